# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entry of a virtual machine and a finding, as the schema of the report has them."""

from __future__ import annotations

import json
import pathlib

import jsonschema
import pytest
from ansible_collections.community.onapp.plugins.module_utils._checks.results import Result
from ansible_collections.community.onapp.plugins.module_utils._checks.run import run_checks
from ansible_collections.community.onapp.plugins.module_utils._compliance.entries import finding, vm_entry
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import (
    DAY,
    DISK_2,
    HOUR,
    NOW,
    TWO_DISKS,
    assessed,
    disk,
    point,
    vm,
)

ROOT = pathlib.Path(__file__).parents[5]
SCHEMA = json.loads((ROOT / "docs/schemas/backup_report.schema.json").read_text(encoding="utf-8"))


def must_be(kind, entry):
    jsonschema.Draft202012Validator({"$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{kind}"}).validate(entry)


def entry_of(policy=None, **given):
    machine = given.get("machine") or vm()
    parsed = parse_policy(policy)
    assessment = assessed(policy=policy, **given)
    entry = vm_entry(machine, assessment, run_checks(machine, assessment, parsed, NOW))
    must_be("vm", entry)
    return entry


ENTRIES = {
    "protected": ({"backups": [point(1, HOUR)]}, "protected", 1, True),
    "the older disk is the worst": (
        {"disks": TWO_DISKS, "backups": [point(1, HOUR), point(2, 2 * HOUR, DISK_2)]},
        "protected",
        2,
        True,
    ),
    "unprotected": ({"disks": TWO_DISKS, "backups": [point(1, HOUR)]}, "unprotected", 2, True),
    "pending": ({"disks": [disk(age=HOUR)]}, "pending", None, True),
    "swap only": ({"disks": [disk(is_swap=True)]}, "not_applicable", None, False),
    "not built": ({"machine": vm(built=False), "backups": [point(1, HOUR)]}, "not_applicable", 1, False),
    "unread": ({"backups": None}, "unknown", None, False),
    "in doubt": ({"backups": [point(1, -DAY)]}, "unknown", 1, False),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_entry(name):
    given, state, worst, has_calendar = ENTRIES[name]
    entry = entry_of(**given)
    assert (entry["state"], entry["worst_disk_id"], entry["calendar"] is not None) == (state, worst, has_calendar)
    assert (entry["copies"] is None) == (name == "unread")


def test_limits_of_its_rule():
    policy = {
        "defaults": {"rpo_critical": None},
        "rules": [{"name": "gold", "match": {"id": 42}, "rpo": "12h", "rpo_critical": "1d"}],
    }
    entry = entry_of(policy, backups=[point(1, HOUR)])
    assert (entry["rule"], entry["rpo_seconds"], entry["rpo_critical_seconds"]) == ("gold", 12 * HOUR, DAY)
    other = entry_of(policy, machine=vm(id=7), disks=[disk(virtual_machine_id=7)], backups=[point(1, HOUR)])
    assert (other["rule"], other["rpo_seconds"], other["rpo_critical_seconds"]) == ("defaults", 26 * HOUR, None)


def test_times_are_text_and_none_is_of_the_evaluation():
    entry = entry_of(backups=[point(1, HOUR), point(2, DAY)])
    assert (entry["newest_at"], entry["oldest_at"]) == ("2026-03-30T05:00:00Z", "2026-03-29T06:00:00Z")
    assert "evaluated_at" not in entry
    assert entry_of(machine=vm(created_at=None))["created_at"] is None


def test_finding():
    one = Result("rpo", "fail", "critical", "at most 26h", "3d", "It is old.", 1, (7, 8), None)
    of_machine = finding(one, vm(), "gold")
    must_be("finding", of_machine)
    assert (of_machine["virtual_machine_id"], of_machine["virtual_machine_label"], of_machine["rule"]) == (
        42,
        vm().label,
        "gold",
    )
    assert of_machine["backup_ids"] == [7, 8]
    of_cloud = finding(one._replace(check="population"), None, None)
    must_be("finding", of_cloud)
    assert (of_cloud["virtual_machine_id"], of_cloud["virtual_machine_label"], of_cloud["rule"]) == (None, None, None)
