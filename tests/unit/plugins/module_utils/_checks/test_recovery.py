# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of recoverability, by tables of named cases."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._fields import Instant, moment
from ansible_collections.community.onapp.plugins.module_utils._records import Backup, Target
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import (
    DAY,
    DISK_2,
    HOUR,
    MINUTE,
    MISSING,
    NOW,
    TWO_DISKS,
    UNPARSABLE,
    VM,
    at,
    attempt,
    dated,
    disk,
    having,
    healthy,
    limits,
    point,
    results,
    vm,
)

SWAP = disk(2, is_swap=True)


def outcome_of(check, given):
    found = results(**given)[check]
    return found.status, found.severity, found.actual, found.disk_id, found.backup_ids


# --- coverage ---

COVERAGE = {
    "one disk covered": (having(backups=[point(1, HOUR), point(2, 60 * DAY)]), ("pass", "1 of 1 disk", None, (1,))),
    "an old point is a point": (having(backups=[point(1, 500 * DAY)]), ("pass", "1 of 1 disk", None, (1,))),
    "one of two": (having(disks=TWO_DISKS, backups=[point(1, HOUR)]), ("fail", "1 of 2 disks", 2, (1,))),
    "swap needs no point": (
        having(disks=[disk(1), SWAP], backups=[point(1, HOUR)]),
        ("pass", "1 of 1 disk", None, (1,)),
    ),
    "swap only": (having(disks=[SWAP], backups=[]), ("not_applicable", "not applicable", None, ())),
    "incremental covers the disks that existed then": (
        having(disks=TWO_DISKS, backups=[point(1, HOUR, VM)]),
        ("pass", "2 of 2 disks", None, (1,)),
    ),
    "incremental does not cover a disk that came later": (
        having(disks=[disk(1), disk(2, age=30 * HOUR)], backups=[point(1, 31 * HOUR, VM)]),
        ("fail", "1 of 2 disks", 2, (1,)),
    ),
    "disk added yesterday, within the grace": (
        having(disks=[disk(1), disk(2, age=23 * HOUR)], backups=[point(1, 31 * HOUR, VM)]),
        ("pass", "1 of 2 disks", None, (1,)),
    ),
    "disk added yesterday, past the grace": (
        having(disks=[disk(1), disk(2, age=24 * HOUR)], backups=[point(1, HOUR)]),
        ("fail", "1 of 2 disks", 2, (1,)),
    ),
    "Windows VM in an incremental cloud has normal copies of each disk": (
        having(
            disks=TWO_DISKS,
            backups=[point(1, HOUR), point(2, HOUR, DISK_2)],
            machine=vm(operating_system="windows"),
        ),
        ("pass", "2 of 2 disks", None, (1, 2)),
    ),
    "Windows VM in an incremental cloud, one disk forgotten": (
        having(disks=TWO_DISKS, backups=[point(1, HOUR)], machine=vm(operating_system="windows")),
        ("fail", "1 of 2 disks", 2, (1,)),
    ),
    "marked for delete": (having(backups=[point(1, HOUR, marked_for_delete=True)]), ("fail", "0 of 1 disk", 1, ())),
    "not built": (having(backups=[attempt(1, HOUR)]), ("fail", "0 of 1 disk", 1, ())),
    "locked is a point": (having(backups=[point(1, HOUR, locked=True)]), ("pass", "1 of 1 disk", None, (1,))),
}


@pytest.mark.parametrize("name", COVERAGE)
def test_coverage(name):
    given, (status, actual, disk_id, ids) = COVERAGE[name]
    assert outcome_of("coverage", given) == (status, "critical", actual, disk_id, ids)


def test_message_of_coverage():
    def message_of(**given):
        return results(**given)["coverage"].message

    in_grace = [disk(number, age=HOUR) for number in (2, 3)]
    text = "No usable recovery point covers disks 1, 2, so the VM cannot be restored completely."
    assert message_of(disks=TWO_DISKS) == text
    assert message_of(backups=healthy()) == "Every disk has a usable recovery point."
    assert message_of(disks=[disk(), *in_grace], backups=healthy()) == (
        "Every disk but disks 2, 3 has a usable recovery point; the grace of 24h is not over."
    )
    assert message_of(disks=in_grace) == (
        "The virtual machine is new and has no recovery point yet; the grace of 24h is not over."
    )


# --- rpo ---

UP_TO_50H = limits(rpo_critical="50h")
RPO = {
    "exactly at the limit": ([point(1, 26 * HOUR)], ("pass", "critical", "26h", (1,))),
    "a second past the limit": ([point(1, 26 * HOUR + 1)], ("warn", "warning", "26h 1s", (1,))),
    "exactly at the critical limit": ([point(1, 50 * HOUR)], ("warn", "warning", "50h", (1,))),
    "a second past the critical limit": ([point(1, 50 * HOUR + 1)], ("fail", "critical", "50h 1s", (1,))),
    "3 minutes in the future": ([point(1, -3 * MINUTE)], ("pass", "critical", "0s", (1,))),
    "an hour in the future, another is fresh": (
        [point(1, 2 * HOUR), point(2, -HOUR)],
        ("pass", "critical", "2h", (1,)),
    ),
    "older record in the future, another is old": (
        [point(1, -HOUR), point(2, 30 * HOUR)],
        ("warn", "warning", "30h", (2,)),
    ),
    "marked for delete": (
        [point(1, 30 * HOUR), point(2, HOUR, marked_for_delete=True)],
        ("warn", "warning", "30h", (1,)),
    ),
}


@pytest.mark.parametrize("name", RPO)
def test_rpo(name):
    backups, (status, severity, actual, ids) = RPO[name]
    assert outcome_of("rpo", having(backups=backups, policy=UP_TO_50H)) == (status, severity, actual, 1, ids)


def test_rpo_of_one_fresh_and_one_old_disk():
    backups = [point(1, HOUR), point(2, 30 * HOUR, DISK_2), point(3, 60 * HOUR, DISK_2)]
    assert outcome_of("rpo", having(disks=TWO_DISKS, backups=backups, policy=UP_TO_50H)) == (
        "warn",
        "warning",
        "30h",
        2,
        (2,),
    )


def test_rpo_never():
    assert outcome_of("rpo", having(disks=TWO_DISKS, backups=[point(1, HOUR)])) == ("fail", "critical", "never", 2, ())
    assert outcome_of("rpo", having(policy=limits(rpo_critical=None)))[:2] == ("fail", "critical")


@pytest.mark.parametrize("policy", [None, limits(rpo_critical=None), limits(severity={"rpo": "info"})])
def test_rpo_without_rpo_critical(policy):
    given = having(backups=[point(1, 26 * HOUR + 1)], policy=policy)
    assert outcome_of("rpo", given)[:2] == ("fail", "critical")
    assert results(**given)["rpo"].expected == "at most 26h"


def test_rpo_of_a_rule_with_a_later_limit_in_defaults():
    rule = {"name": "gold", "match": {"any": True}, "rpo": "8h"}
    policy = {**limits(rpo="26h", rpo_critical="50h"), "rules": [rule]}
    assert outcome_of("rpo", having(backups=[point(1, 20 * HOUR)], policy=policy))[:2] == ("fail", "critical")


def test_rpo_past_the_critical_limit_with_any_severity():
    policy = limits(severity={"rpo": "info"}, rpo_critical="50h")
    assert outcome_of("rpo", having(backups=[point(1, 30 * HOUR)], policy=policy))[:2] == ("warn", "info")
    assert outcome_of("rpo", having(backups=[point(1, 51 * HOUR)], policy=policy))[:2] == ("fail", "critical")


def test_message_of_rpo():
    found = results(backups=[point(1, 30 * HOUR)], policy=UP_TO_50H)["rpo"]
    assert found.expected == "at most 26h, a warning up to 50h"
    assert found.message == (
        "Disk 1 can be restored to 2026-03-29T00:00:00Z (backup 1), 30h ago, which is 4h past the limit of 26h."
    )


@pytest.mark.parametrize(
    ("last", "now", "limit", "status"),
    [
        # 04:00 in Berlin each day: 25 h from 24 to 25 October, 23 h from 28 to 29 March.
        ("2026-10-24T02:00:00Z", "2026-10-25T03:00:00Z", "24h", "fail"),
        ("2026-10-24T02:00:00Z", "2026-10-25T03:00:00Z", "26h", "pass"),
        ("2026-03-28T03:00:00Z", "2026-03-29T02:00:00Z", "24h", "pass"),
        ("2026-03-28T03:00:00Z", "2026-03-29T02:00:00Z", "22h", "fail"),
    ],
    ids=["autumn, 24h", "autumn, 26h", "spring, 24h", "spring, 22h"],
)
def test_rpo_across_a_clock_change(last, now, limit, status):
    for zone in ("UTC", "Europe/Berlin"):
        policy = {"timezone": zone, **limits(rpo=limit)}
        found = results([disk(age=None)], [dated(1, last)], vm(created_at=0), policy, now=moment(now))
        assert found["rpo"].status == status


# --- attempt ---

ATTEMPT = {
    "none": (having(backups=healthy()), ("pass", "none is stuck", None, ())),
    "running at its limit": (having(backups=[attempt(1, 12 * HOUR)]), ("pass", "running", None, ())),
    "a second past its limit": (
        having(backups=[attempt(1, 12 * HOUR + 1)]),
        ("fail", "12h 1s and not complete", 1, (1,)),
    ),
    "stuck although a good point is 20 h old": (
        having(backups=[point(1, 20 * HOUR), attempt(2, 13 * HOUR)]),
        ("fail", "13h and not complete", 1, (2,)),
    ),
    "a note edited a minute ago does not make it younger": (
        having(backups=[attempt(1, 13 * HOUR, updated_at=NOW - MINUTE)]),
        ("fail", "13h and not complete", 1, (1,)),
    ),
    "superseded by a success": (
        having(backups=[attempt(1, 13 * HOUR), point(2, 4 * HOUR)]),
        ("pass", "none is stuck", None, ()),
    ),
    "followed by a success of another disk": (
        having(disks=TWO_DISKS, backups=[attempt(1, 13 * HOUR), point(2, 4 * HOUR, DISK_2)]),
        ("fail", "13h and not complete", 1, (1,)),
    ),
    "two disks, one stuck": (
        having(disks=TWO_DISKS, backups=[*healthy(), point(1, 14 * HOUR, DISK_2), attempt(2, 13 * HOUR, DISK_2)]),
        ("fail", "13h and not complete", 2, (2,)),
    ),
    "of the VM": (having(backups=[attempt(1, 13 * HOUR, VM)]), ("fail", "13h and not complete", None, (1,))),
    "several": (
        having(disks=TWO_DISKS, backups=[attempt(1, 13 * HOUR), attempt(2, 14 * HOUR, DISK_2)]),
        ("fail", "14h and not complete", 2, (2, 1)),
    ),
    "marked for delete": (
        having(backups=[attempt(1, 13 * HOUR, marked_for_delete=True)]),
        ("pass", "none is stuck", None, ()),
    ),
}


@pytest.mark.parametrize("name", ATTEMPT)
def test_attempt(name):
    given, (status, actual, disk_id, ids) = ATTEMPT[name]
    assert outcome_of("attempt", given) == (status, "critical", actual, disk_id, ids)


def test_message_of_attempt():
    found = results(disks=TWO_DISKS, backups=[attempt(1, 13 * HOUR), attempt(2, 14 * HOUR, DISK_2)])["attempt"]
    assert found.message == (
        "Backups 2, 1 are not complete 14h after the start; the limit is 12h, and OnApp starts no other backup of that"
        " schedule meanwhile."
    )


# --- pending_delete ---

PENDING_DELETE = {
    "the only copy": ([point(1, HOUR, marked_for_delete=True)], ("fail", "backup 1 is marked", (1,))),
    "the newest of several marked": (
        [point(1, HOUR, marked_for_delete=True), point(2, 4 * HOUR, marked_for_delete=True)],
        ("fail", "backup 1 is marked", (1,)),
    ),
    "the only copy, older than the limit": (
        [point(1, 30 * HOUR, marked_for_delete=True)],
        ("fail", "backup 1 is marked", (1,)),
    ),
    "the only one within the limit": (
        [point(1, 30 * HOUR), point(2, 4 * HOUR, marked_for_delete=True)],
        ("fail", "backup 2 is marked", (2,)),
    ),
    "for a moment after rotation": (
        [point(1, 28 * HOUR, marked_for_delete=True), point(2, 4 * HOUR)],
        ("pass", "not needed", (2,)),
    ),
    "newer, but what stays is within the limit": (
        [point(1, 26 * HOUR), point(2, 4 * HOUR, marked_for_delete=True)],
        ("pass", "not needed", (1,)),
    ),
    "exactly at the limit": (
        [point(1, 60 * HOUR), point(2, 26 * HOUR, marked_for_delete=True)],
        ("fail", "backup 2 is marked", (2,)),
    ),
    "would not do either": (
        [point(1, 60 * HOUR), point(2, 30 * HOUR, marked_for_delete=True)],
        ("pass", "none", ()),
    ),
    "older than what stays": ([point(1, 30 * HOUR), point(2, 60 * HOUR, marked_for_delete=True)], ("pass", "none", ())),
    "not built": ([attempt(1, HOUR, marked_for_delete=True)], ("pass", "none", ())),
    "of another disk": ([point(1, HOUR, DISK_2, marked_for_delete=True)], ("pass", "none", ())),
}


@pytest.mark.parametrize("name", PENDING_DELETE)
def test_pending_delete(name):
    backups, (status, actual, ids) = PENDING_DELETE[name]
    assert outcome_of("pending_delete", having(backups=backups)) == (status, "critical", actual, 1, ids)


# --- min_copies ---

MIN_COPIES = {
    "exactly enough": (having(backups=[point(1, HOUR), point(2, DAY)]), ("pass", "2", 1, (1,))),
    "one too few": (having(backups=[point(1, HOUR)]), ("warn", "1", 1, (1,))),
    "copies marked for delete do not count": (
        having(backups=[point(1, HOUR), point(2, DAY, marked_for_delete=True), attempt(3, HOUR)]),
        ("warn", "1", 1, (1,)),
    ),
    "copies of the VM count for each disk": (
        having(disks=TWO_DISKS, backups=[point(1, HOUR, VM), point(2, DAY, VM)]),
        ("pass", "2", 1, (1,)),
    ),
    "per disk, not in sum": (
        having(disks=TWO_DISKS, backups=[point(1, HOUR), point(2, DAY), point(3, DAY, DISK_2)]),
        ("warn", "1", 2, (3,)),
    ),
}


@pytest.mark.parametrize("name", MIN_COPIES)
def test_min_copies(name):
    given, (status, actual, disk_id, ids) = MIN_COPIES[name]
    assert outcome_of("min_copies", given) == (status, "warning", actual, disk_id, ids)


def test_min_copies_with_a_rotation_of_one():
    def message_of(count, least):
        backups = [point(number, number * HOUR) for number in range(1, count + 1)]
        return results(backups=backups, policy=limits(min_copies=least))["min_copies"].message

    assert message_of(1, 2) == (
        "Disk 1 has 1 usable recovery point of at least 2; a schedule that keeps one copy, as OnApp's do unless their"
        " rotation is raised, cannot give more."
    )
    assert message_of(2, 3) == "Disk 1 has 2 usable recovery points of at least 3."
    assert message_of(0, 2) == "Disk 1 has 0 usable recovery points of at least 2."
    assert message_of(1, 1) == "Disk 1 has 1 usable recovery point."


# --- scheduled ---


def manual(number, age):
    return point(number, age, initiated="manual")


SCHEDULED = {
    "by a schedule": ([point(1, HOUR, initiated="weeks")], ("pass", "weeks", (1,))),
    "a kind that is not known yet": ([point(1, HOUR, initiated="hours")], ("pass", "hours", (1,))),
    "by a dead schedule is for rpo to tell": ([point(1, 60 * HOUR)], ("pass", "days", (1,))),
    "manual before a change, the schedule works": (
        [point(1, 26 * HOUR), manual(2, HOUR)],
        ("pass", "manual, and days", (2, 1)),
    ),
    "manual before a change must not hide a stopped schedule": (
        [point(1, 26 * HOUR + 1), manual(2, HOUR)],
        ("warn", "manual only", (2,)),
    ),
    "manual only": ([manual(1, HOUR), manual(2, 30 * HOUR)], ("warn", "manual only", (1,))),
    "scheduled, but marked for delete": (
        [point(1, 4 * HOUR, marked_for_delete=True), manual(2, HOUR)],
        ("warn", "manual only", (2,)),
    ),
    "not known": ([point(1, HOUR, initiated=None)], ("insufficient_data", "not known", (1,))),
    "earlier one not known": (
        [point(1, 4 * HOUR, initiated=None), manual(2, HOUR)],
        ("warn", "manual only", (2,)),
    ),
}


@pytest.mark.parametrize("name", SCHEDULED)
def test_scheduled(name):
    backups, (status, actual, ids) = SCHEDULED[name]
    assert outcome_of("scheduled", having(backups=backups)) == (status, "warning", actual, 1, ids)


def test_scheduled_in_old_generations():
    row = {"id": 1, "disk_id": 1, "built": True, "created_at": "2026-03-30T05:00:00Z", "backup_size": "8"}
    old = Backup.from_row({**row, "backup_type": "days-autobackup"})
    assert outcome_of("scheduled", having(backups=[old])) == ("pass", "warning", "days", 1, (1,))
    plain = Backup.from_row({**row, "backup_type": "normal"})
    assert outcome_of("scheduled", having(backups=[plain]))[0] == "insufficient_data"


# --- locked ---


def is_locked(age, since, **fields):
    return point(1, age, locked=True, updated_at=NOW - since, **fields)


LOCKED = {
    "not locked": ([point(1, 90 * HOUR)], ("pass", "info", "not locked", ())),
    "exactly at the limit": ([is_locked(90 * HOUR, 24 * HOUR)], ("pass", "info", "24h", (1,))),
    "a second past the limit": ([is_locked(90 * HOUR, 24 * HOUR + 1)], ("warn", "info", "24h 1s", (1,))),
    "exactly at the limit of the warning": ([is_locked(90 * HOUR, 72 * HOUR)], ("warn", "info", "3d", (1,))),
    "a second past that": ([is_locked(90 * HOUR, 72 * HOUR + 1)], ("warn", "warning", "3d 1s", (1,))),
    "an old copy that was locked just now": ([is_locked(900 * HOUR, MINUTE)], ("pass", "info", "1m", (1,))),
    "changed before it was recorded": ([is_locked(30 * HOUR, 900 * HOUR)], ("warn", "info", "30h", (1,))),
    "changed within the skew": ([is_locked(30 * HOUR, -5 * MINUTE)], ("pass", "info", "0s", (1,))),
    "changed in the future": ([is_locked(30 * HOUR, -HOUR)], ("warn", "info", "30h", (1,))),
    "not told when it changed": (
        [point(1, 30 * HOUR, locked=True, updated_at=None)],
        ("warn", "info", "30h", (1,)),
    ),
    "an older one is locked": ([is_locked(90 * HOUR, 90 * HOUR), point(2, HOUR)], ("pass", "info", "not locked", ())),
}


@pytest.mark.parametrize("name", LOCKED)
def test_locked(name):
    backups, (status, severity, actual, ids) = LOCKED[name]
    given = having(backups=backups, policy=limits(locked={}))
    assert outcome_of("locked", given) == (status, severity, actual, 1, ids)


def test_lock_does_not_affect_rpo():
    found = results(backups=[is_locked(25 * HOUR, 25 * HOUR)], policy=limits(locked={}))
    assert (found["locked"].status, found["rpo"].status, found["coverage"].status) == ("warn", "pass", "pass")


@pytest.mark.parametrize(
    ("severity", "before", "after"),
    [("critical", "critical", "critical"), ("warning", "warning", "warning"), ("info", "info", "warning")],
)
def test_longer_lock_is_never_better(severity, before, after):
    policy = limits(locked={}, severity={"locked": severity})
    for since, expected in ((25, before), (73, after)):
        given = having(backups=[is_locked(90 * HOUR, since * HOUR)], policy=policy)
        assert results(**given)["locked"].severity == expected


def test_longer_of_two_locks():
    backups = [is_locked(90 * HOUR, 25 * HOUR), point(2, 90 * HOUR, DISK_2, locked=True)]
    found = results(TWO_DISKS, backups, policy=limits(locked={}))["locked"]
    assert (found.severity, found.disk_id) == ("warning", 2)


# --- clock ---

SENSE = "All times are plausible."
EVERYTHING = (
    "Times: backup 1: in the future, or completed before the start; backup 2: missing or unreadable; the virtual"
    " machine, disks 1, 3: created in the future."
)
CLOCK = {
    "all plausible": (having(backups=healthy()), "pass", (), SENSE),
    "within the skew": (having(backups=[point(1, -5 * MINUTE)]), "pass", (), SENSE),
    "later than now and the skew": (
        having(backups=[point(1, -5 * MINUTE - 1), *healthy()]),
        "warn",
        (1,),
        "Times: backup 1: in the future, or completed before the start.",
    ),
    "built before it was created": (
        having(backups=[point(1, HOUR, built_at=at(NOW - HOUR - 1))]),
        "warn",
        (1,),
        "Times: backup 1: in the future, or completed before the start.",
    ),
    "not readable": (
        having(backups=[point(1, 0, created_at=UNPARSABLE), *healthy()]),
        "warn",
        (1,),
        "Times: backup 1: missing or unreadable.",
    ),
    "built time not readable": (
        having(backups=[point(1, HOUR, built_at=UNPARSABLE)]),
        "warn",
        (1,),
        "Times: backup 1: missing or unreadable.",
    ),
    "missing": (
        having(backups=[point(1, 0, created_at=MISSING), *healthy()]),
        "warn",
        (1,),
        "Times: backup 1: missing or unreadable.",
    ),
    "built time missing while it runs": (having(backups=[*healthy(), attempt(9000, HOUR)]), "pass", (), SENSE),
    "no offset is read in the zone of the policy": (
        having(backups=[point(1, 0, created_at=Instant(NOW - HOUR, "no_offset"), built_at=at(NOW))]),
        "pass",
        (),
        SENSE,
    ),
    "of a deleted disk": (
        having(backups=[point(1, -HOUR, Target("Disk", 99)), *healthy()]),
        "warn",
        (1,),
        "Times: backup 1: in the future, or completed before the start.",
    ),
    "of a disk": (
        having(disks=[disk(), disk(2, age=-HOUR)], backups=[*healthy(), *healthy(DISK_2, first=2000)]),
        "warn",
        (),
        "Times: disk 2: created in the future.",
    ),
    "of the virtual machine": (
        having(backups=healthy(), machine=vm(created_at=NOW + HOUR)),
        "warn",
        (),
        "Times: the virtual machine: created in the future.",
    ),
    "of everything": (
        having(
            disks=[disk(age=-HOUR), disk(3, age=-HOUR)],
            backups=[
                point(2, 0, created_at=UNPARSABLE),
                point(1, -HOUR),
                point(3, HOUR),
                point(4, HOUR, Target("Disk", 3)),
            ],
            machine=vm(created_at=NOW + HOUR),
        ),
        "warn",
        (1, 2),
        EVERYTHING,
    ),
    "newest record, protected by another": (
        having(backups=[point(1, HOUR), point(2, -HOUR)]),
        "warn",
        (2,),
        "Times: backup 2: in the future, or completed before the start.",
    ),
}


@pytest.mark.parametrize("name", CLOCK)
def test_clock(name):
    given, status, ids, message = CLOCK[name]
    found = results(**given)["clock"]
    assert (found.status, found.backup_ids, found.message) == (status, ids, message)


def test_clock_counts_records():
    def actual(name):
        return results(**CLOCK[name][0])["clock"].actual

    assert actual("of everything") == "5 records"
    assert actual("not readable") == "1 record"


def test_clock_is_unknown_if_it_affects_the_newest_point():
    found = results(backups=[point(1, 60 * HOUR), point(2, -HOUR)])["clock"]
    assert found.status == "unknown"


def test_clock_names_at_most_50_backups():
    found = results(backups=[*healthy(), *(point(number, -HOUR) for number in range(60, 0, -1))])["clock"]
    assert found.backup_ids == tuple(range(1, 51))
