# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The compliance module with the option `evidence` on the simulated panel."""

from __future__ import annotations

import csv
import json

import pytest
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import NOT_ASSESSED
from ansible_collections.community.onapp.tests.unit.plugins.modules.test_onapp_backup_compliance import (
    FRESH,
    LOST,
    NOW,
    STALE,
    bytes_of,
    cloud,
    found,
    machine,
    read,
    run,
    shown,
)

__all__ = ["run", "shown"]  # fixtures
ALL = ["recovery_points", "schedules", "transactions"]
POINTS, SCHEDULES, TRANSACTIONS = ([kind] for kind in ALL)
HOURS_AGO_3 = "2026-03-30T03:00:00Z"


def veeam(number, *times, **fields):
    """A virtual machine without a backup that has plug-in recovery points."""
    return machine(number, None, recovery_points=[{"created_at": time, **fields} for time in times])


def attempt(number, at, status=None, backup=7000, last=LOST):
    """A virtual machine with a backup, and an attempt with a transaction of that status."""
    given = machine(number, last)
    given["backups"].append({"id": 7000, "created_at": at, "built": False})
    rows = [] if status is None else [{"parent_id": backup, "status": status, "created_at": at, "updated_at": at}]
    return {**given, "transactions": rows}


def scheduled(*schedules, disks=1):
    """A fresh virtual machine with schedules; its disks are numbered from 101."""
    given = machine(1)
    given["disks"] = [{"id": 101 + number} for number in range(disks)]
    given["backups"] = [{"id": 1 + number, "target_id": 101 + number, "created_at": FRESH} for number in range(disks)]
    return {**given, "schedules": list(schedules)}


def report_of(run, tmp_path, *arguments, **options):
    result = run(*arguments, report_dir=str(tmp_path), report_formats=["json"], **options)
    return result, read(tmp_path)


# Virtual machine 1, the kinds of evidence, and its state, flags and findings.
CASES = {
    "only in Veeam": (veeam(1, FRESH), POINTS, "protected", set(), []),
    "only in Veeam, not asked for": (
        veeam(1, FRESH), [], "unprotected", set(), [("coverage", "fail"), ("rpo", "fail"), ("min_copies", "warn"),
                                                    ("min_backup_servers", "warn")],
    ),
    "a Veeam point older than rpo": (veeam(1, LOST), POINTS, "stale", set(), [("rpo", "fail")]),
    "merging": (
        veeam(1, FRESH, state="merging"), POINTS, "unprotected", set(),
        [("coverage", "fail"), ("rpo", "fail"), ("min_copies", "warn"), ("min_backup_servers", "warn")],
    ),
    "a time without a zone": (
        veeam(1, "2026-03-30 05:00:00"), POINTS, "protected", {"timestamp_zone_assumed"}, [],
    ),
    "a time without a zone that may be too old": (
        veeam(1, "2026-03-29 17:00:00"), POINTS, "stale", {"timestamp_zone_assumed"}, [("rpo", "warn")],
    ),
    "a disk added after the point": (
        {**veeam(1, STALE), "disks": [{"id": 101}, {"id": 102, "created_at": "2026-03-29T00:00:01Z"}]}, POINTS,
        "unprotected", set(), [("coverage", "fail"), ("rpo", "fail"), ("min_copies", "warn"),
                               ("min_backup_servers", "warn")],
    ),
    "a schedule": (scheduled({"target_id": 101}), SCHEDULES, "protected", set(), []),
    "a disabled schedule": (
        scheduled({"status": "disabled"}), SCHEDULES, "protected", {"unscheduled"}, [("plan", "warn")],
    ),
    "a schedule on one of two disks": (
        scheduled({"target_id": 102}, disks=2), SCHEDULES, "protected", {"unscheduled"}, [("plan", "warn")],
    ),
    "a schedule of the virtual machine": (
        scheduled({"target_type": "VirtualMachine"}, disks=2), SCHEDULES, "protected", set(), [],
    ),
    "failure_count 3": (
        scheduled({"failure_count": 3}), SCHEDULES, "protected", set(), [("schedule_failures", "warn")],
    ),
    "a failed transaction newer than the last backup": (
        attempt(1, HOURS_AGO_3, "failed"), TRANSACTIONS, "failing", {"attempt_failed"},
        [("attempt", "fail"), ("rpo", "fail"), ("min_backup_servers", "warn")],
    ),
    "a failed transaction, the last backup is fresh": (
        attempt(1, HOURS_AGO_3, "failed", last=FRESH), TRANSACTIONS, "protected", {"attempt_failed"},
        [("attempt", "fail")],
    ),
    "a failed transaction older than the last backup": (
        attempt(1, LOST, "failed", last=STALE), TRANSACTIONS, "stale", set(), [("rpo", "warn")],
    ),
    "a failed transaction of another virtual machine": (
        attempt(1, HOURS_AGO_3, "failed", backup=1002), TRANSACTIONS, "stale", {"in_progress"},
        [("rpo", "fail"), ("min_backup_servers", "warn")],
    ),
    "a cancelled transaction": (
        attempt(1, HOURS_AGO_3, "cancelled"), TRANSACTIONS, "failing", {"attempt_failed"},
        [("attempt", "fail"), ("rpo", "fail"), ("min_backup_servers", "warn")],
    ),
    "a transaction that is trimmed from the log": (
        attempt(1, HOURS_AGO_3), TRANSACTIONS, "stale", {"in_progress"},
        [("rpo", "fail"), ("min_backup_servers", "warn")],
    ),
}  # fmt: skip
SHOWN = {"attempt_failed", "in_progress", "timestamp_zone_assumed", "unscheduled"}


@pytest.mark.parametrize("name", CASES)
def test_state_flags_and_findings(run, shown, tmp_path, name):
    data, kinds, state, flags, findings = CASES[name]
    shown(cloud(data, machine(2)))
    result, report = report_of(run, tmp_path, evidence=kinds)
    vm = next(vm for vm in report["virtual_machines"] if vm["id"] == 1)
    assert vm["backup"]["state"] == state
    assert SHOWN & set(vm["backup"]["flags"]) == flags
    got = [item[1:] for item in found(result, "virtual_machine_id", "check", "status") if item[0] == 1]
    assert sorted(got) == sorted(findings)


@pytest.mark.parametrize("severity", ["info", "warning", "critical"])
@pytest.mark.parametrize(
    ("check", "limit"),
    [
        ("min_copies", 2),
        ("max_gap", {"limit": "1h", "window": "14d"}),
        ("retention_daily", {"daily": {"count": 7, "min": 7}}),
        ("retention_monthly", {"monthly": {"count": 2, "min": 2}}),
    ],
)
def test_exemptions_do_not_cover_unread_recovery_points(run, panel, shown, tmp_path, check, limit, severity):
    """Points that were not read could make the result better, whatever its severity."""
    vm = machine(1)
    vm["backups"].append({**vm["backups"][0], "id": 7, "created_at": "2026-03-30T00:30:00Z"})
    shown(cloud(vm if check == "max_gap" else machine(1), machine(2)))
    panel.faults([{"fault": "status", "status": 403, "route": "recovery_points", "vm": 1}])
    policy = {
        "defaults": {
            "rpo": "26h",
            **dict.fromkeys(("retention", "max_gap", "scheduled", "min_backup_servers")),
            "min_copies": 1,
            check.partition("_")[0] if "retention" in check else check: limit,
            "severity": {check: severity},
        },
        "exemptions": [
            {"id": "EX-1", "match": {"any": True}, "checks": [check], "category": "waiver", "reason": "x"}
            | {"approved_by": "y", "expires": "2026-05-01"}
        ],
    }
    result, report = report_of(run, tmp_path, policy, evidence=POINTS)
    (one,) = [vm for vm in report["virtual_machines"] if vm["id"] == 1]
    assert [item["status"] for item in one["results"] if item["check"] == check] == ["unknown"]
    assert (one["backup"]["state"], result["status"], result["failed"]) == ("protected", "unknown", True)


KEYS = ("evidence", "recovery_point", "plan", "schedule_failures")


def test_no_keys_without_evidence(run, panel, shown, tmp_path):
    shown(cloud(veeam(1, FRESH), scheduled({"failure_count": 3}) | {"id": 2}, attempt(3, HOURS_AGO_3, "failed")))
    run(report_dir=str(tmp_path))
    for name, data in bytes_of(tmp_path).items():
        assert not [key for key in KEYS if f'"{key}'.encode() in data or f'="{key}'.encode() in data], name
        assert b"plug-in" not in data, name
    assert not {"recovery_points", "schedules", "transactions"} & {*panel.counts()["by_route"]}


# The unreadable evidence, the panel's answer, and the states and unknown checks of both virtual machines: the first
# needs the evidence, the second does not.
UNREAD = [
    ("recovery_points", "refused", ("unknown", "protected"), {(1, "coverage")}),
    # A panel that has the route for no virtual machine has no recovery points.
    ("recovery_points", "absent", ("unprotected", "protected"), set()),
    ("schedules", "refused", ("protected", "protected"), {(1, "plan"), (2, "plan")}),
    ("schedules", "absent", ("protected", "protected"), {(1, "plan"), (2, "plan")}),
    ("transactions", "refused", ("stale", "protected"), set()),
    ("transactions", "absent", ("stale", "protected"), set()),
]
NEEDING = {
    "recovery_points": veeam(1, FRESH),
    "schedules": scheduled({}),
    "transactions": attempt(1, HOURS_AGO_3, "failed"),
}


@pytest.mark.parametrize(("kind", "how", "states", "unknown"), UNREAD)
def test_unreadable_evidence(run, panel, tmp_path, kind, how, states, unknown):
    routes = ["schedules", "virtual_machine_schedules", "disk_schedules"] if kind == "schedules" else [kind]
    panel.reset(cloud=cloud(NEEDING[kind], machine(2)), now=NOW, **{how: routes})
    result, report = report_of(run, tmp_path, evidence=[kind])
    vms = sorted(report["virtual_machines"], key=lambda vm: vm["id"])
    assert tuple(vm["backup"]["state"] for vm in vms) == states
    assert result["passed"] is False
    found_unknown = {
        item[:2] for item in found(result, "virtual_machine_id", "check", "status") if item[2] == "unknown"
    }
    assert found_unknown == unknown
    assert {item["id"]: item["text"] for item in report["not_assessed"]} == NOT_ASSESSED
    # The number of unread points is not 0.
    points = [vm.get("recovery_points", "absent") for vm in vms]
    assert points == [("absent" if kind != "recovery_points" else None if how == "refused" else 0)] * 2


def test_recovery_points_in_every_format(run, shown, tmp_path):
    shown(cloud(veeam(1, FRESH, STALE), machine(2), scheduled({"target_id": 101}) | {"id": 3}))
    result = run(report_dir=str(tmp_path), evidence=ALL)
    report = read(tmp_path)
    assert report["evidence"] == ALL
    assert report["population"]["recovery_points"] == 2
    by_id = {vm["id"]: vm for vm in report["virtual_machines"]}
    disk = by_id[1]["backup"]["disks"][0]
    assert (disk["source_backup_id"], disk["source_recovery_point_id"] is None) == (None, False)
    assert [by_id[number]["recovery_points"] for number in (1, 2, 3)] == [2, 0, 0]
    assert by_id[1]["calendar"][-2:] == "VV"
    assert by_id[2]["calendar"][-1] == "S"
    rpo = next(one for one in by_id[1]["results"] if one["check"] == "rpo")
    assert (rpo["backup_ids"], rpo["recovery_point_ids"]) == ([], [disk["source_recovery_point_id"]])
    assert "plug-in recovery point" in rpo["message"]
    assert {"plan", "schedule_failures"} <= report["summary"]["by_check"].keys() & report["controls"].keys() | {
        "schedule_failures"
    }
    rows = list(csv.DictReader((tmp_path / "vms.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert {row["id"]: row["recovery_points"] for row in rows} == {"1": "2", "2": "0", "3": "0"}
    assert "recovery_point_ids" in (tmp_path / "findings.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert 'onapp_backup_vm_recovery_points{vm_id="1"} 2\n' in (tmp_path / "onapp_backup.prom").read_text()
    assert "2 usable plug-in recovery points beside 2 backups." in (tmp_path / "summary.md").read_text()
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "2 (2 plug-in recovery points)" in page
    assert "some of them only from a backup plug-in" in page
    assert "plug-in recovery point" in (tmp_path / "junit.xml").read_text(encoding="utf-8")
    assert [item[1] for item in found(result, "virtual_machine_id", "check") if item[0] == 2] == ["plan"]


def test_not_assessed(run, shown, tmp_path):
    def texts(**options):
        _result, report = report_of(run, tmp_path, **options)
        return {item["id"]: item["text"] for item in report["not_assessed"]}

    shown(cloud(scheduled({}), attempt(2, HOURS_AGO_3, "failed")))
    plain, more = texts(), texts(evidence=ALL)
    assert plain.keys() == more.keys()
    assert {name for name in plain if plain[name] != more[name]} == {"schedules", "failure_reason"}
    off = {"defaults": {"plan": None, "schedule_failures": None}}
    assert texts(policy=off, evidence=ALL)["schedules"] == plain["schedules"]


def test_population_with_recovery_points_only(run, shown, tmp_path):
    shown(cloud(veeam(1, FRESH), veeam(2, FRESH)))
    result, report = report_of(run, tmp_path, {"defaults": {"retention": None, "min_copies": 1}}, evidence=POINTS)
    assert (result["status"], result["passed"]) == ("compliant", True)
    assert report["population"]["backups"] == 0


def test_switched_off_checks(run, shown, tmp_path):
    shown(cloud(scheduled({"failure_count": 3, "status": "disabled"})))
    for keys, checks in (({}, {"plan", "schedule_failures"}), ({"plan": None}, {"schedule_failures"})):
        policy = {"defaults": {"min_copies": 1, "retention": None, **keys}}
        result, report = report_of(run, tmp_path, policy, evidence=SCHEDULES)
        assert {check for (check,) in found(result, "check")} == checks
        assert json.dumps(report["policy"]["effective"]["defaults"]["plan"]) == ("null" if keys else "true")
