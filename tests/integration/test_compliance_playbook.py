# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook community.onapp.backup_compliance: status, reports, exit status."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from ansible_collections.community.onapp.tests.integration.runner import Ansible, Outcome, squeezed, variables
from ansible_collections.community.onapp.tests.integration.two_clouds import without_clock
from ansible_collections.community.onapp.tests.sample_report import REPORT_FILES
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = pytest.mark.newest

PLAYBOOK = "community.onapp.backup_compliance"
FILES = sorted(REPORT_FILES)
LABEL = "{{ lookup('pipe', 'touch trap') }}"
# One backup for each virtual machine is enough.
LENIENT = {"defaults": dict.fromkeys(("min_copies", "retention", "max_gap"))}
HEALTHY = {"virtual_machines": [{"id": number, "backups": [{}]} for number in (1, 2)]}


def run(ansible: Ansible, panel: Simulator, *arguments: str, **given: t.Any) -> Outcome:
    """Run the playbook with variables, in the folder in which `ansible` runs its commands."""
    extra_vars = {"onapp_evaluate_at": panel.now, "onapp_report_dir": str(ansible.folder / "reports"), **given}
    command = ["-e", json.dumps({name: value for name, value in extra_vars.items() if value is not None}), *arguments]
    return ansible.command("ansible-playbook", PLAYBOOK, *command, environment=variables(panel))


def reports(ansible: Ansible) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((ansible.folder / "reports").glob("*"))}


def test_non_compliant_cloud_fails_after_writing_reports(ansible: Ansible, panel: Simulator) -> None:
    done = run(ansible, panel)
    assert done.status == 2
    record = json.loads(reports(ansible)["report.json"])
    assert sorted(reports(ansible)) == FILES
    shown = squeezed(done.output)
    assert squeezed(f"non_compliant: {record['headline']}") in shown
    assert squeezed(f"unprotected {record['summary']['by_state']['unprotected']}, failing") in shown
    assert squeezed(f"and {len(record['findings']) - 10} more") in shown
    assert "Traceback" not in done.output


@pytest.mark.slow
def test_fail_on_never(ansible: Ansible, panel: Simulator) -> None:
    done = run(ansible, panel, onapp_fail_on="never")
    assert done.status == 0, done.output
    assert "non_compliant" in done.output
    assert sorted(reports(ansible)) == FILES


def test_compliant_cloud(ansible: Ansible, panel: Simulator) -> None:
    panel.reset(cloud=HEALTHY)
    done = run(ansible, panel, onapp_policy=LENIENT)
    assert done.status == 0, done.output
    assert "compliant: 2 of 2 VMs comply" in done.output
    assert json.loads(reports(ansible)["report.json"])["status"] == "compliant"


@pytest.mark.slow
def test_reports_from_xml_are_equal(ansible: Ansible, panel: Simulator) -> None:
    folder = str(ansible.folder / "reports")
    options = {"evaluate_at": panel.now, "report_dir": folder, "fail_on": "never"}
    task = {"community.onapp.onapp_backup_compliance": options}
    done = ansible.tasks({"first": task}, panel=panel)
    first = reports(ansible)
    assert (done.results["first"]["status"], sorted(first)) == ("non_compliant", FILES)
    (ansible.folder / "reports" / "report.json").unlink()
    options["response_format"] = "xml"
    done = ansible.tasks({"again": task}, panel=panel)
    assert done.results["again"]["changed"]
    again = reports(ansible)
    assert {name: without_clock(data) for name, data in again.items()} == {
        name: without_clock(data) for name, data in first.items()
    }


def test_default_report_folder(ansible: Ansible, panel: Simulator) -> None:
    panel.reset(cloud=HEALTHY)
    given = {"onapp_policy": LENIENT, "onapp_evaluate_at": panel.now, "onapp_report_formats": ["markdown"]}
    environment = {**variables(panel), "PWD": str(ansible.home)}  # PWD may be that of the calling program
    done = ansible.command("ansible-playbook", PLAYBOOK, "-e", json.dumps(given), environment=environment)
    assert done.status == 0, done.output
    names = sorted(path.name for path in (ansible.folder / "backup-reports").iterdir())
    assert names == ["status.json", "summary.md"]


def test_check_mode_writes_nothing(ansible: Ansible, panel: Simulator) -> None:
    done = run(ansible, panel, "--check")
    assert done.status == 2
    assert not (ansible.folder / "reports").exists()


def test_wrong_credentials_give_an_unknown_report(ansible: Ansible, panel: Simulator) -> None:
    environment = {**variables(panel), "ONAPP_PASSWORD": "wr0ng-Passw0rd"}
    given = json.dumps({"onapp_report_dir": str(ansible.folder / "reports")})
    done = ansible.command("ansible-playbook", PLAYBOOK, "-e", given, "-vvv", environment=environment)
    assert done.status == 2
    assert json.loads(reports(ansible)["report.json"])["status"] == "unknown"
    assert squeezed("unknown: Nothing could be judged: The control panel refuses the credentials") in squeezed(
        done.output
    )
    all_output = done.output.encode() + b"".join(reports(ansible).values())
    assert b"wr0ng-Passw0rd" not in all_output
    assert "Traceback" not in done.output


def test_wrong_key_of_a_policy_file(ansible: Ansible, panel: Simulator) -> None:
    path = ansible.folder / "policy.yml"
    path.write_text("rules:\n  - {name: gold, match: {label: 'db-*'}, rpoo: 12h}\n", encoding="utf-8")
    done = run(ansible, panel, onapp_policy_file=str(path))
    assert done.status == 2
    assert squeezed("policy.rules[0].rpoo is not a known key (did you mean rpo?)") in (squeezed(done.output))
    assert panel.counts()["requests"] == 0
    assert not (ansible.folder / "reports").exists()


def test_labels_are_shown_unchanged(ansible: Ansible, panel: Simulator) -> None:
    panel.reset(cloud={"virtual_machines": [{"id": 1, "label": LABEL, "backups": []}, {"id": 2, "backups": [{}]}]})
    done = run(ansible, panel, onapp_policy=LENIENT)
    assert done.status == 2
    assert squeezed(f"critical: coverage: 1 {LABEL}: No usable") in squeezed(done.output)
    assert not list(pathlib.Path(ansible.folder).rglob("trap"))
    assert json.loads(reports(ansible)["report.json"])["virtual_machines"][0]["label"] == LABEL


@pytest.mark.slow
def test_action_group(ansible: Ansible, panel: Simulator) -> None:
    panel.reset(cloud=HEALTHY)
    done = ansible.tasks({"judged": {"community.onapp.onapp_backup_compliance": {"policy": LENIENT}}}, panel=panel)
    assert done.results["judged"]["status"] == "compliant"
    assert done.results["judged"]["reports"] == []
