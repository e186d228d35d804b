# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tenants' text in the compliance playbook's messages and in every report is not evaluated and breaks no line."""

from __future__ import annotations

import csv
import json
import pathlib
import typing as t
import xml.etree.ElementTree

import pytest
from ansible_collections.community.onapp.tests.integration.runner import Ansible, variables
from ansible_collections.community.onapp.tests.integration.test_backup_info_hostile_text import only_in_json, texts
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = pytest.mark.newest

PLAYBOOK = "community.onapp.backup_compliance"
SHOWN = 10  # as many findings as the playbook shows


def cloud(labels: list[str]) -> dict[str, t.Any]:
    """For each text a virtual machine without a backup, and one with a backup that has the text in its note."""
    return {
        "virtual_machines": [
            *({"id": number, "label": text, "hostname": text, "backups": []} for number, text in enumerate(labels, 1)),
            *(
                {"id": 100 + number, "label": text, "hostname": text, "backups": [{"note": text, "unknown": [text]}]}
                for number, text in enumerate(labels, 1)
            ),
        ]
    }


def play(ansible: Ansible, panel: Simulator, **given: t.Any) -> str:
    """The output of the playbook, which writes its reports into the folder `reports`."""
    extra_vars = {"onapp_report_dir": str(ansible.folder / "reports"), "onapp_evaluate_at": panel.now, **given}
    done = ansible.command("ansible-playbook", PLAYBOOK, "-e", json.dumps(extra_vars), environment=variables(panel))
    assert done.status == 2, done.output
    assert "Traceback" not in done.output
    return done.output


def shown_findings(output: str) -> list[str]:
    """The lines of the task that shows the worst findings, parsed from JSON strings."""
    task = output.split("TASK [Show the most severe findings]")[1].split("TASK [")[0]
    lines = task.split('"msg": [\n')[1].split("\n    ]")[0].split("\n")
    found: list[str] = [json.loads(line.strip().rstrip(",")) for line in lines]
    return found


def letters_and_digits(text: str) -> str:
    """The letters and digits at the beginning of a text, which every cleaned form keeps."""
    return "".join(filter(str.isalnum, text[:60]))


def labels_of_reports(folder: pathlib.Path) -> dict[str, dict[int, str]]:
    """The labels of virtual machines by id, parsed from each machine-readable report."""
    record = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    with open(folder / "vms.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    cases = xml.etree.ElementTree.parse(folder / "junit.xml").iter("testcase")
    names = [case.get("name", "").removesuffix(")").rpartition(" (vm ") for case in cases]
    return {
        "json": {vm["id"]: vm["label"] for vm in record["virtual_machines"]},
        "csv": {int(row["id"]): row["label"] for row in rows},
        "junit": {int(number): label for label, _between, number in names if number.isdigit()},
    }


def test_tenant_text_is_data(ansible: Ansible, panel: Simulator) -> None:
    trap = ansible.folder / "trap"
    labels = [*texts(trap), *only_in_json(trap)]
    panel.reset(cloud=cloud(labels))
    # The control panel quotes such a text in an error, too.
    panel.faults([{"fault": "status", "status": 500, "route": "backups", "vm": 101, "text": labels[0]}])
    for first in (0, len(labels) // 2, len(labels) - SHOWN // 2):  # the playbook shows five only
        chosen = list(range(first + 1, len(labels) + 1))
        only = {"onapp_filters": [{"include": {"id": [*chosen, 101]}}, {"exclude": {"any": True}}]}
        output = play(ansible, panel, **(only if first else {}))
        assert not trap.exists(), "text of a tenant was run"
        assert "\x1b" not in output and "\x00" not in output
        # Two findings for each virtual machine, on a line each, with the unchanged text.
        found = shown_findings(output)
        assert len(found) == SHOWN + 1
        for place, line in enumerate(found[:SHOWN]):
            number = chosen[place // 2]
            start = f"critical: {('coverage', 'rpo')[place % 2]}: {number} "
            assert line.startswith(start)
            assert letters_and_digits(line.removeprefix(start)).startswith(letters_and_digits(labels[number - 1]))
        if not first:
            assert found[0].startswith(f"critical: coverage: 1 {labels[0]}: No usable recovery point")

        # The message with the worst finding is one line of limited length without control characters.
        (message,) = [line for line in output.splitlines() if line.strip().startswith('"msg": "non_compliant: ')]
        assert message.isprintable() and len(message) < 1500
    record = json.loads((ansible.folder / "reports" / "report.json").read_text(encoding="utf-8"))
    (failure,) = record["population"]["failures"]
    assert "{{ lookup('pipe'" in failure["text"] and failure["text"].isprintable()


def test_labels_are_text_in_reports(ansible: Ansible, panel: Simulator) -> None:
    trap = ansible.folder / "trap"
    labels = [*texts(trap), *only_in_json(trap)]
    panel.reset(cloud=cloud(labels))
    play(ansible, panel)
    assert not trap.exists(), "text of a tenant was run"
    folder = ansible.folder / "reports"
    found = labels_of_reports(folder)
    expected = {offset + number: text for offset in (0, 100) for number, text in enumerate(labels, 1)}
    assert found["json"] == expected
    for kind in ("csv", "junit"):
        assert found[kind].keys() == expected.keys()
        for number, text in expected.items():
            assert letters_and_digits(found[kind][number]).startswith(letters_and_digits(text)), (kind, number)

    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page and "&lt;script&gt;" in page
    for name in ("report.html", "summary.md", "onapp_backup.prom", "vms.csv", "findings.csv", "junit.xml"):
        text = (folder / name).read_bytes()
        assert b"\x1b" not in text and b"\x00" not in text, name
    # One line for each series and for each row of the summary.
    metrics = (folder / "onapp_backup.prom").read_text(encoding="utf-8")
    info = [line for line in metrics.split("\n") if line.startswith("onapp_backup_vm_info{")]
    assert len(info) == len(expected)
    assert all(line.endswith("} 1") for line in info)
    summary = (folder / "summary.md").read_text(encoding="utf-8")
    rows = summary.partition("\n## Findings\n\n")[2].strip().split("\n")
    assert len(rows) == len(expected) + 2
    assert all(row.startswith("| ") and row.endswith(" |") for row in [rows[0], *rows[2:]])


@pytest.mark.slow
def test_no_label_is_a_ci_command(ansible: Ansible, panel: Simulator) -> None:
    label = "##vso[task.complete result=Succeeded;]\x9b\u202edone"
    panel.reset(cloud={"virtual_machines": [{"id": 1, "label": label, "backups": []}]})
    output = play(ansible, panel)
    assert "vso[task.complete result=Succeeded;]" in output
    assert "##" not in output
    facts = ansible.command("ansible-playbook", "community.onapp.backup_facts", environment=variables(panel))
    assert "vso[task.complete result=Succeeded;]" in facts.output
    assert "##" not in facts.output
    for character in ("\x9b", "\u202e", "\\u009b", "\\u202e"):
        assert character not in output + facts.output
