# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Optional evidence: plug-in recovery points, schedules and transactions, by tables of named cases.

Each case has the arguments of `assessed`, the state, the flags of evidence, and the statuses of some checks.
"""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._fields import utc_text
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.module_utils._records import RecoveryPoint, Target
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import (
    DAY,
    DISK_2,
    HOUR,
    MISSING,
    NOW,
    TWO_DISKS,
    UNPARSABLE,
    VM,
    VM_ID,
    assessed,
    attempt,
    disk,
    facts_of,
    failed_attempt,
    having,
    healthy,
    limits,
    plugin_point,
    point,
    results,
    schedule,
    vm,
)

FLAGS = frozenset(
    {
        "attempt_failed",
        "attempt_stuck",
        "clock_skew",
        "coverage_assumed",
        "in_progress",
        "new_disk_pending",
        "no_backup_server",
        "partial_coverage",
        "timestamp_invalid",
        "timestamp_zone_assumed",
        "unscheduled",
    }
)
TRANSACTIONS = ("transactions",)
WHY = {"recovery_points": "The recovery points are forbidden."}
WITHOUT_ZONE = utc_text(NOW - 4 * HOUR).rstrip("Z")


def from_panel(created_at, policy=None, number=5, **fields):
    """A plug-in recovery point as the panel sends it."""
    row = {"id": number, "virtual_machine_id": VM_ID, "state": "built", "created_at": created_at, **fields}
    return RecoveryPoint.from_row(row, parse_policy(policy).clock.naive_as)


def points(*ages, **fields):
    return [plugin_point(number, age, **fields) for number, age in enumerate(ages, 5)]


IN_BERLIN = {"clock": {"naive_as": "Europe/Berlin"}}
RECOVERY_POINTS = {
    "only in Veeam": (having(recovery_points=points(28 * HOUR, 4 * HOUR)), "protected", set(), {
        "coverage": "pass", "rpo": "pass", "min_copies": "pass", "scheduled": "insufficient_data",
        "size": "not_applicable", "empty": "not_applicable", "min_backup_servers": "insufficient_data",
    }),
    "only in Veeam, but not asked for": (having(), "unprotected", set(), {"coverage": "fail"}),
    "none": (having(recovery_points=[]), "unprotected", set(), {"coverage": "fail"}),
    "one": (having(recovery_points=points(4 * HOUR)), "protected", {"single_copy"}, {"min_copies": "warn"}),
    "exactly rpo old": (having(recovery_points=points(26 * HOUR)), "protected", {"single_copy"}, {"rpo": "pass"}),
    "older than rpo": (having(recovery_points=points(26 * HOUR + 1)), "stale", {"single_copy"}, {"rpo": "fail"}),
    "older than rpo, a backup is fresh": (
        having(recovery_points=points(60 * HOUR), backups=[point(1, HOUR)]), "protected", set(), {"rpo": "pass"},
    ),
    "fresh, the backup is old": (
        having(recovery_points=points(HOUR), backups=[point(1, 60 * HOUR)]), "protected", set(), {"max_gap": "warn"},
    ),
    "the id of a backup": (
        having(recovery_points=[plugin_point(1, 4 * HOUR)], backups=[point(1, 4 * HOUR)]), "protected", set(),
        {"min_copies": "pass"},
    ),
    "state merging": (having(recovery_points=points(HOUR, state="merging")), "unprotected", set(), {}),
    "state Built": (having(recovery_points=points(HOUR, state="Built")), "protected", {"single_copy"}, {}),
    "state available": (having(recovery_points=points(HOUR, state="available")), "protected", {"single_copy"}, {}),
    "state built, please": (having(recovery_points=points(HOUR, state="built, please")), "unprotected", set(), {}),
    "no state": (having(recovery_points=points(HOUR, state=None)), "unprotected", set(), {}),
    "without a zone, read as 14 hours older": (
        having(recovery_points=[from_panel(WITHOUT_ZONE)]), "protected", {"single_copy", "timestamp_zone_assumed"},
        {"clock": "pass"},
    ),
    "without a zone, too old if it is in the east": (
        having(recovery_points=[from_panel(WITHOUT_ZONE)], policy=limits(rpo="17h")), "stale",
        {"single_copy", "timestamp_zone_assumed"}, {"rpo": "fail"},
    ),
    "without a zone, 14 hours ahead of the clock": (
        having(recovery_points=[from_panel(utc_text(NOW + 14 * HOUR).rstrip("Z"))]), "protected",
        {"single_copy", "timestamp_zone_assumed"}, {},
    ),
    "without a zone, which the policy sets": (
        having(recovery_points=[from_panel(WITHOUT_ZONE, IN_BERLIN)], policy=IN_BERLIN), "protected", {"single_copy"},
        {},
    ),
    "a zone that the policy sets makes it stale": (
        having(
            recovery_points=[from_panel(WITHOUT_ZONE, IN_BERLIN)], policy={**IN_BERLIN, **limits(rpo="5h")},
        ), "stale", {"single_copy"}, {},
    ),
    "a disk added after the point": (
        having(disks=[disk(1), disk(2, age=30 * HOUR)], recovery_points=points(31 * HOUR), policy=limits(rpo="2d")),
        "unprotected", {"partial_coverage"}, {"coverage": "fail"},
    ),
    "a disk added after the point, in its grace": (
        having(disks=[disk(1), disk(2, age=3 * HOUR)], recovery_points=points(4 * HOUR)), "protected",
        {"new_disk_pending", "single_copy"}, {"coverage": "pass"},
    ),
    "a disk as old as the point": (
        having(disks=[disk(1), disk(2, age=4 * HOUR)], recovery_points=points(4 * HOUR)), "protected", {"single_copy"},
        {},
    ),
    "a disk of unknown age": (
        having(disks=[disk(1, age=None)], recovery_points=points(4 * HOUR)), "protected",
        {"coverage_assumed", "single_copy"}, {},
    ),
    "a disk added between the oldest instant that a time can mean and its digits": (
        having(
            disks=[disk(1), disk(2, age=10 * HOUR)], recovery_points=[from_panel(WITHOUT_ZONE)],
            policy={"scope": {"new_vm_grace": "1h"}},
        ), "unprotected", {"partial_coverage", "timestamp_zone_assumed"}, {},
    ),
    "in the future": (
        having(recovery_points=points(4 * HOUR, -HOUR)), "protected", {"clock_skew", "single_copy"}, {"clock": "warn"},
    ),
    "in the future, and nothing else": (
        having(recovery_points=points(-HOUR)), "unknown", {"clock_skew"}, {"coverage": "unknown"},
    ),
    "a time that cannot be read": (
        having(recovery_points=[from_panel("soon")]), "unknown", {"timestamp_invalid"}, {"rpo": "unknown"},
    ),
    "no time, and an old backup": (
        having(recovery_points=points(0, created_at=MISSING), backups=[point(1, 60 * HOUR)]), "unknown",
        {"single_copy", "timestamp_invalid"}, {},
    ),
    "no time, and a fresh backup": (
        having(recovery_points=points(0, created_at=UNPARSABLE), backups=healthy()), "protected", {"timestamp_invalid"},
        {"clock": "warn"},
    ),
    "an older one without a time": (
        having(recovery_points=[plugin_point(4, 0, created_at=MISSING), plugin_point(5, 60 * HOUR)]), "stale",
        {"single_copy"}, {"clock": "warn"},
    ),
    "the same twice, once merging": (
        having(recovery_points=[plugin_point(5, HOUR), plugin_point(5, HOUR, state="merging")]), "unprotected", set(),
        {},
    ),
    "a plug-in does not free a stuck backup": (
        having(recovery_points=points(4 * HOUR, 28 * HOUR), backups=[attempt(1, 13 * HOUR)]), "protected",
        {"attempt_stuck"}, {"attempt": "fail"},
    ),
    "a plug-in point has no backup server": (
        having(recovery_points=points(4 * HOUR), backups=[point(1, 28 * HOUR, backup_server_id=None)]), "protected",
        {"no_backup_server"}, {"min_backup_servers": "warn"},
    ),
    "a schedule beside the plug-in": (
        having(recovery_points=points(HOUR), backups=healthy()), "protected", set(), {"scheduled": "pass"},
    ),
    "only by hand beside the plug-in": (
        having(recovery_points=points(HOUR), backups=[point(1, 2 * HOUR, initiated="manual")]), "protected", set(),
        {"scheduled": "insufficient_data"},
    ),
    "an empty backup that is not the newest": (
        having(recovery_points=points(HOUR), backups=[point(1, 2 * HOUR, size=0)]), "protected", set(),
        {"empty": "not_applicable", "size": "not_applicable"},
    ),
    "retention": (
        having(
            recovery_points=points(*(4 * HOUR + day * DAY for day in range(35))),
            policy=limits(retention={"daily": {"count": 7, "min": 7}}),
        ), "protected", set(), {"retention_daily": "pass", "max_gap": "pass"},
    ),
    "not read, unprotected by the backups": (having(unread=WHY), "unknown", set(), {"coverage": "unknown"}),
    "not read, stale by the backups": (
        having(unread=WHY, backups=[point(1, 60 * HOUR)]), "unknown", set(), {"rpo": "unknown"},
    ),
    "not read, pending": (having(unread=WHY, machine=vm(created_at=NOW), disks=[disk(age=0)]), "unknown", set(), {}),
    "not read, not built": (having(unread=WHY, machine=vm(built=False)), "unknown", set(), {}),
    "not read, protected by the backups": (
        having(unread=WHY, backups=healthy()), "protected", set(),
        {"coverage": "pass", "rpo": "pass", "min_copies": "pass", "max_gap": "pass", "retention_daily": "pass"},
    ),
    "not read, one backup": (
        having(unread=WHY, backups=[point(1, HOUR)]), "protected", {"single_copy"},
        {"min_copies": "unknown", "max_gap": "unknown", "retention_daily": "unknown", "rpo": "pass"},
    ),
    "damaged, protected by the readable one": (
        having(recovery_points=[*points(HOUR), plugin_point(9, HOUR, state=None, unreadable=("state",))]), "unknown",
        set(), {"coverage": "unknown"},
    ),
    "damaged, protected by the backups": (
        having(recovery_points=points(HOUR, unreadable=("state",)), backups=healthy()), "protected", set(),
        {"rpo": "pass"},
    ),
}  # fmt: skip
SCHEDULES = {
    "none": (having(schedules=[]), {"unscheduled"}, "warn", "pass"),
    "of the disk": (having(schedules=[schedule(1)]), set(), "pass", "pass"),
    "of the VM": (having(disks=TWO_DISKS, schedules=[schedule(1, VM)]), set(), "pass", "pass"),
    "of another VM": (having(schedules=[schedule(1, Target("VirtualMachine", 43))]), {"unscheduled"}, "warn", "pass"),
    "of another disk": (having(schedules=[schedule(1, DISK_2)]), {"unscheduled"}, "warn", "pass"),
    "of an unknown kind": (having(schedules=[schedule(1, Target("Edge", 1))]), {"unscheduled"}, "warn", "pass"),
    "disabled": (having(schedules=[schedule(1, status="disabled")]), {"unscheduled"}, "warn", "pass"),
    "Enabled": (having(schedules=[schedule(1, status="Enabled")]), set(), "pass", "pass"),
    "of no known status": (having(schedules=[schedule(1, status=None)]), {"unscheduled"}, "warn", "pass"),
    "of another action": (having(schedules=[schedule(1, action="start")]), {"unscheduled"}, "warn", "pass"),
    "on one of two disks": (having(disks=TWO_DISKS, schedules=[schedule(1)]), {"unscheduled"}, "warn", "pass"),
    "on both disks": (having(disks=TWO_DISKS, schedules=[schedule(1), schedule(2, DISK_2)]), set(), "pass", "pass"),
    "on one disk, the other is for swap": (
        having(disks=[disk(1), disk(2, is_swap=True)], schedules=[schedule(1)]), set(), "pass", "pass",
    ),
    "none, by a plug-in": (having(schedules=[], recovery_points=points(HOUR)), set(), "pass", "pass"),
    "none, by a backup that is newer than the plug-in's": (
        having(schedules=[], recovery_points=points(60 * HOUR)), {"unscheduled"}, "warn", "pass",
    ),
    "failure_count 3": (having(schedules=[schedule(1, failure_count=3)]), set(), "pass", "warn"),
    "failure_count of a disabled one": (
        having(schedules=[schedule(1), schedule(2, status="disabled", failure_count=1)]), set(), "pass", "warn",
    ),
    "no failure_count": (having(schedules=[schedule(1, failure_count=None)]), set(), "pass", "insufficient_data"),
    "not read": (having(unread={"schedules": "That is forbidden."}), set(), "unknown", "unknown"),
    "damaged": (
        having(schedules=[schedule(1), schedule(2, unreadable=("status",))]), set(), "unknown", "unknown",
    ),
    "switched off": (
        having(schedules=[], policy=limits(plan=None, schedule_failures=None)), {"unscheduled"}, None, None,
    ),
    "not asked for": (having(), set(), None, None),
}  # fmt: skip
OLD, FRESH = [point(1, 60 * HOUR)], [point(1, 20 * HOUR), point(2, 2 * DAY)]
ATTEMPTS = {
    "failed, newer than the last backup": ([*OLD, failed_attempt(9, 3 * HOUR)], "failing", {"attempt_failed"}, "fail"),
    "failed, and the last backup is fresh": (
        [*FRESH, failed_attempt(9, 3 * HOUR)], "protected", {"attempt_failed"}, "fail",
    ),
    "failed, older than the last backup": ([*OLD, failed_attempt(9, 61 * HOUR)], "stale", set(), "pass"),
    "failed at the same second, by an older id": ([point(9, 60 * HOUR), failed_attempt(8, 60 * HOUR)], "stale", set(),
                                                  "pass"),
    "failed, of another disk that is fresh": (
        [*OLD, point(3, 50 * HOUR, DISK_2), failed_attempt(9, 51 * HOUR, DISK_2)], "stale", set(), "pass",
    ),
    "cancelled": ([*OLD, failed_attempt(9, 3 * HOUR, status="cancelled")], "failing", {"attempt_failed"}, "fail"),
    "failed, of the whole VM": ([*OLD, failed_attempt(9, 3 * HOUR, VM)], "failing", {"attempt_failed"}, "fail"),
    "failed, of a VM that another one is": (
        [*OLD, failed_attempt(9, 3 * HOUR, Target("VirtualMachine", 43))], "stale", set(), "pass",
    ),
    "failed, marked for delete": ([*OLD, failed_attempt(9, 3 * HOUR, marked_for_delete=True)], "stale", set(), "pass"),
    "failed, but built": ([*OLD, failed_attempt(9, 30 * HOUR, built=True)], "stale", set(), "pass"),
    "complete, but not built": (
        [*OLD, failed_attempt(9, 3 * HOUR, status="complete")], "stale", {"in_progress"}, "pass",
    ),
    "running": ([*OLD, failed_attempt(9, 3 * HOUR, status="running")], "stale", {"in_progress"}, "pass"),
    "trimmed from the log, within its time": ([*OLD, attempt(9, 3 * HOUR)], "stale", {"in_progress"}, "pass"),
    "trimmed from the log, past its time": ([*OLD, attempt(9, 13 * HOUR)], "failing", {"attempt_stuck"}, "fail"),
    "failed, past its time": ([*OLD, failed_attempt(9, 13 * HOUR)], "failing", {"attempt_failed"}, "fail"),
    "failed, and another is running": (
        [*OLD, failed_attempt(9, 5 * HOUR), attempt(10, HOUR)], "failing", {"attempt_failed", "in_progress"}, "fail",
    ),
    "failed, and another is stuck": (
        [*OLD, failed_attempt(9, 5 * HOUR), attempt(8, 20 * HOUR)], "failing", {"attempt_failed", "attempt_stuck"},
        "fail",
    ),
    "the first one failed": ([failed_attempt(9, 5 * HOUR)], "unprotected", {"attempt_failed"}, "fail"),
}  # fmt: skip


def assert_case(given, flags, statuses, compared=FLAGS):
    """Compare flags of an assessment and statuses of its checks, and return the assessment."""
    found = assessed(**given)
    checks = results(**given)
    assert set(compared) & set(found.flags) == flags
    assert {name: checks[name].status if name in checks else None for name in statuses} == statuses
    return found


@pytest.mark.parametrize("name", RECOVERY_POINTS)
def test_recovery_points(name):
    given, state, flags, statuses = RECOVERY_POINTS[name]
    found = facts_of(assert_case(given, flags, statuses, {*FLAGS, "single_copy"}))
    assert found.state == state
    assert (found.copies is None) == (name.startswith(("not read", "damaged")) and state == "unknown")


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(name):
    given, flags, plan, failures = SCHEDULES[name]
    given = having(backups=[*healthy(), point(9000, 2 * HOUR, VM)], **given)
    assert assert_case(given, flags, {"plan": plan, "schedule_failures": failures}).state == "protected"


@pytest.mark.parametrize("name", ATTEMPTS)
def test_transactions(name):
    backups, state, flags, status = ATTEMPTS[name]
    given = having(backups=backups, evidence=TRANSACTIONS, disks=TWO_DISKS if "another disk" in name else [disk()])
    assert assert_case(given, flags, {"attempt": status}).state == state


def test_sources_and_ids():
    given = having(
        disks=[*TWO_DISKS, disk(3, age=HOUR)],
        recovery_points=[plugin_point(5, 3 * HOUR)],
        backups=[point(5, 2 * HOUR), point(6, 30 * HOUR)],
    )
    found = assessed(**given).as_facts(NOW)
    assert [(one["source_backup_id"], one["source_recovery_point_id"]) for one in found["disks"]] == [
        (5, None), (None, 5), (None, None),
    ]  # fmt: skip
    assert [one["copies"] for one in found["disks"]] == [3, 1, 0]
    assert found["total_size_bytes"] == 2 * point(5, 0).size * 1024
    rpo = results(**given)["rpo"]
    assert rpo.message == "Disk 2 can be restored to 2026-03-30T03:00:00Z (plug-in recovery point 5), 3h ago."
    assert (rpo.backup_ids, rpo.recovery_point_ids) == ((), (5,))
    assert rpo.as_facts()["recovery_point_ids"] == [5]
    without = having(backups=[point(5, 2 * HOUR)])
    assert "source_recovery_point_id" not in assessed(**without).as_facts(NOW)["disks"][0]
    assert "recovery_point_ids" not in results(**without)["rpo"].as_facts()


TEXTS = {
    "the newest is a plug-in's, and old": (
        having(recovery_points=points(60 * HOUR)), "rpo",
        ("Disk 1 can be restored to 2026-03-27T18:00:00Z (plug-in recovery point 5), 60h ago, which is 34h past the"
         " limit of 26h."),
    ),
    "a gap": (
        having(recovery_points=points(HOUR), backups=[point(1, 60 * HOUR)]), "max_gap",
        ("The longest gap of the last 14d is 59h, between backup 1 and plug-in recovery point 5 of disk 1; the limit is"
         " 50h."),
    ),
    "no schedule": (
        having(disks=TWO_DISKS, backups=[point(1, HOUR, VM)], schedules=[]), "plan",
        "No enabled schedule of automatic backups covers disks 1, 2.",
    ),
    "schedules that fail": (
        having(backups=healthy(), schedules=[schedule(8, VM, failure_count=1), schedule(7, failure_count=3)]),
        "schedule_failures",
        "Schedules 7, 8 have 4 failures.",
    ),
    "schedules that were not read": (
        having(backups=healthy(), unread={"schedules": "That is forbidden."}), "plan",
        "The schedules could not be read: That is forbidden.",
    ),
    "a failed attempt": (
        having(backups=[*OLD, failed_attempt(9, 3 * HOUR)], evidence=TRANSACTIONS), "attempt",
        "Backup 9 of disk 1 failed at 2026-03-30T04:00:00Z, and no later one is complete.",
    ),
    "failed attempts": (
        having(backups=[failed_attempt(9, 3 * HOUR, VM, status="cancelled"), failed_attempt(8, 5 * HOUR)],
               evidence=TRANSACTIONS), "attempt",
        ("Backup 9 was cancelled at 2026-03-30T04:00:00Z, and no later one is complete; 1 earlier attempt failed,"
         " too."),
    ),
    "a failed attempt of an unknown time": (
        having(backups=[failed_attempt(9, 3 * HOUR, transaction_at=None)], evidence=TRANSACTIONS), "attempt",
        "Backup 9 of disk 1 failed; it was started at 2026-03-30T03:00:00Z, and no later one is complete.",
    ),
    "points that were not read": (
        having(backups=[point(1, HOUR)], unread=WHY), "min_copies",
        ("Disk 1 has 1 usable recovery point of at least 2; a schedule that keeps one copy, as OnApp's do unless their"
         " rotation is raised, cannot give more, and the plug-in recovery points, which may change that, could not be"
         " read."),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_texts(name):
    given, check, text = TEXTS[name]
    assert results(**given)[check].message == text


def test_reasons_name_unread_evidence():
    unknown, protected = (assessed(unread=WHY, backups=backups).reasons for backups in ((), healthy()))
    assert unknown[0] == "the plug-in recovery points of the VM were not read: The recovery points are forbidden"
    assert protected[-1] == f"{unknown[0]}, so only its backups were assessed"


def test_evaluation_of_the_past():
    past = NOW - 10 * HOUR
    later = [plugin_point(5, 5 * HOUR), plugin_point(4, 20 * HOUR)]
    found = facts_of(assessed(recovery_points=later, now=past, read_at=NOW), past)
    assert found.disks[0].source_recovery_point_id == 4
    # Without a zone the point has its greatest possible age, and existed.
    naive = [from_panel(utc_text(past + 4 * HOUR).rstrip("Z"))]
    assert facts_of(assessed(recovery_points=naive, now=past, read_at=NOW), past).age_seconds == 10 * HOUR
    backups = [*OLD, failed_attempt(9, 12 * HOUR, transaction_at=NOW - 9 * HOUR)]
    assert "attempt_failed" not in assessed(backups=backups, evidence=TRANSACTIONS, now=past, read_at=NOW).flags
