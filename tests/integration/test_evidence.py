# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option `evidence` through Ansible's commands: modules, inventory and playbooks, also on panels that refuse it."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.community.onapp.tests.integration.runner import (
    Ansible,
    cached_text,
    info,
    squeezed,
    variables,
)
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = pytest.mark.once

ALL = ["recovery_points", "schedules", "transactions"]
OLD = {"created_at": "2020-01-01T00:00:00Z", "built_at": "2020-01-01T00:00:00Z"}
# 1 and 5 are only in Veeam, the schedule of 2 fails, a backup of 3 failed, 4 has no schedule.
CLOUD: dict[str, t.Any] = {
    "virtual_machines": [
        {"id": 1, "backups": [], "recovery_points": [{"id": 5}]},
        {"id": 2, "backups": [{}], "schedules": [{"failure_count": 3}]},
        {"id": 3, "backups": [OLD, {"built": False}], "schedules": [{"target_type": "VirtualMachine"}]},
        {"id": 4, "backups": [{}]},
        {"id": 5, "backups": [], "recovery_points": [{"id": 6}]},
    ]
}
WITH = {1: "protected", 2: "protected", 3: "failing", 4: "protected", 5: "protected"}
REFUSED = {1: "unknown", 2: "protected", 3: "unknown", 4: "protected", 5: "unknown"}
POLICY = {"defaults": dict.fromkeys(("min_copies", "retention", "max_gap", "min_backup_servers"))}
NO_EVIDENCE = {"profile": "no_evidence"}


def states(result: dict[str, t.Any]) -> dict[int, str]:
    return {vm["id"]: vm["backup"]["state"] for vm in result["virtual_machines"]}


def test_modules(ansible: Ansible, panel: Simulator) -> None:
    panel.reset(cloud=CLOUD)
    given = "facts.virtual_machines | select('community.onapp.backup_fresh', facts.backups, recovery_points=POINTS)"
    fresh = given.replace("POINTS", "facts.recovery_points") + " | map(attribute='id')"
    done = ansible.tasks(
        {
            "facts": info(evidence=ALL),
            "fresh": {"ansible.builtin.debug": {"msg": "{{ " + fresh + " }}"}},
            "judged": {"community.onapp.onapp_backup_compliance": {"evidence": ALL, "policy": POLICY}},
        },
        panel=panel,
    )
    facts, compliance = done.results["facts"], done.results["judged"]
    assert states(facts) == WITH, done.output
    assert [point["id"] for point in facts["recovery_points"]] == [5, 6]
    assert [len(vm["schedules"]) for vm in facts["virtual_machines"]] == [0, 1, 1, 0, 0]
    assert [vm["id"] for vm in facts["virtual_machines"] if "unscheduled" in vm["backup"]["flags"]] == [4]
    assert [backup["transaction_status"] for backup in facts["backups"] if not backup["built"]] == ["failed"]
    assert done.results["fresh"]["msg"] == [1, 2, 4, 5]
    assert {(one["virtual_machine_id"], one["check"]) for one in compliance["findings"]} == {
        *((2, "schedule_failures"), (3, "attempt"), (3, "rpo"), (4, "plan"))
    }


def test_inventory_and_its_cache(ansible: Ansible, panel: Simulator) -> None:
    panel.reset(cloud=CLOUD)
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": "cache"}
    source = ansible.source(evidence=ALL, include_backups="all", evaluate_at=panel.now, flag_groups=True, **cache)
    fresh = ansible.inventory(source, panel=panel)
    assert (fresh.status, fresh.health["complete"]) == (0, True), fresh.output
    # One list of virtual machines, disks, schedules and transactions each, one of backups and of points for each VM.
    assert panel.counts()["requests"] == 4 + 5 + 5
    panel.settings(**NO_EVIDENCE)
    cached = ansible.inventory(source, panel=panel)
    assert (cached.health["source"], cached.hosts, cached.groups) == ("cache", fresh.hosts, fresh.groups)
    assert panel.counts()["requests"] == 14
    hosts = {own["onapp_id"]: own for own in fresh.hosts.values()}
    assert {number: own["onapp_backup"]["state"] for number, own in hosts.items()} == WITH
    assert [len(hosts[number]["onapp_recovery_points"]) for number in sorted(hosts)] == [1, 0, 0, 0, 1]
    assert hosts[2]["onapp_schedules"][0]["failure_count"] == 3
    assert [backup["transaction_status"] for backup in hosts[3]["onapp_backups"]] == ["failed", None]
    assert fresh.groups["onapp_backup_flag_unscheduled"] == ["vm-4-4"]
    (stored,) = (ansible.folder / "cache").iterdir()
    text = cached_text(stored.read_text(encoding="utf-8"))
    assert "failure_count" in text and "canary" not in text


def test_compliance_playbook_without_access_to_evidence(ansible: Ansible, panel: Simulator) -> None:
    panel.reset(cloud=CLOUD, **NO_EVIDENCE)
    given = {"onapp_evidence": ALL, "onapp_policy": POLICY, "onapp_report_formats": ["json"]}
    command = ["community.onapp.backup_compliance", "-e", json.dumps(given)]
    done = ansible.command("ansible-playbook", *command, environment=variables(panel))
    assert done.status == 2, done.output
    report = json.loads((ansible.folder / "backup-reports" / "report.json").read_text(encoding="utf-8"))
    assert (report["status"], report["evidence"], states(report)) == ("unknown", ALL, REFUSED)
    assert {(one["virtual_machine_id"], one["check"], one["status"]) for one in report["findings"]} == {
        *((number, "coverage", "unknown") for number in (1, 3, 5)),
        *((number, "plan", "unknown") for number in (2, 4)),
    }
    assert "HTTP403" in squeezed(done.output)


@pytest.mark.slow
def test_maintenance_playbook(ansible: Ansible, panel: Simulator) -> None:
    """A virtual machine that is only in Veeam needs no backup. If its points cannot be read, it is skipped."""
    panel.reset(cloud=CLOUD)
    panel.settings(build_seconds=0)
    panel.faults([{"fault": "status", "status": 403, "route": "recovery_points", "vm": 1}])
    given = {"maintenance_max_backup_age": "6h", "maintenance_hosts": "onapp", "maintenance_batch": "100%"}
    extra = json.dumps({**given, "onapp_evidence": ALL, "onapp_poll_interval": 1})
    command = ["community.onapp.maintenance", "-i", ansible.source(), "-e", extra]
    done = ansible.command("ansible-playbook", *command, environment=variables(panel))
    assert done.status == 2, done.output
    shown = squeezed(done.output)
    assert squeezed("No backup was started: the plug-in recovery points of the VM were not read") in shown
    assert [squeezed(f"vm-{number}: newest recovery point") in shown for number in WITH] == [False, *[True] * 4]
    assert [entry["virtual_machine_id"] for entry in panel.counts()["backups_accepted"]] == [3]
