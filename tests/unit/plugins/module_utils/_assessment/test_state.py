# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The assessment of a VM, by tables of named cases. `NOW` is 2026-03-30T06:00:00Z; ages are in seconds before it."""

from __future__ import annotations

import json

import pytest
from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import times_after, usability
from ansible_collections.community.onapp.plugins.module_utils._assessment.state import FLAGS, STATES
from ansible_collections.community.onapp.plugins.module_utils._fields import Instant, as_instant, moment
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.module_utils._records import Backup, Target
from ansible_collections.community.onapp.tests.unit.plugins.module_utils import records
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import (
    DAY,
    DISK_1,
    DISK_2,
    HOUR,
    MINUTE,
    MISSING,
    NOW,
    UNPARSABLE,
    VM,
    VM_ID,
    assess,
    at,
    attempt,
    comparable,
    facts_of,
    limits,
)


def vm(**fields):
    own = {"identifier": "abcdef", "label": "db-01", "hostname": "db-01.example.com", "created_at": NOW - 20 * DAY}
    return records.vm(**{**own, "operating_system": "linux", "operating_system_distro": "rhel", **fields})


def disk(number=1, age=20 * DAY, **fields):
    return records.disk(number, age, **{"identifier": f"disk{number}", "label": f"label {number}", **fields})


def point(number, age, target=DISK_1, **fields):
    """A usable recovery point; backup servers alternate by id."""
    return records.point(number, age, target, **{"size": 1000, **fields})


def points(target=DISK_1, first=10):
    """Two healthy points of a target: 4 h and 28 h old, on two backup servers."""
    return [point(first, 28 * HOUR, target), point(first + 1, 4 * HOUR, target)]


ONE_DISK = (disk(),)


def assessment(disks=ONE_DISK, backups=(), machine=None, policy=None, problems=(), now=NOW):
    parsed = parse_policy(policy)
    machine = machine or vm()
    return assess(machine, disks, backups, parsed, now, problems)


def outcome(*args, **kwargs):
    found = assessment(*args, **kwargs)
    return found.state, set(found.flags)


def having(**what):
    """Arguments of `assessment`, or changed fields of a record."""
    return what


# --- acceptance examples ---


@pytest.mark.parametrize(
    ("days", "intervals"),
    [
        (("2026-10-24", "2026-10-25", "2026-10-26"), (25 * HOUR, 24 * HOUR)),
        (("2026-03-28", "2026-03-29", "2026-03-30"), (23 * HOUR, 24 * HOUR)),
    ],
    ids=["autumn", "spring"],
)
def test_daily_schedule_across_a_clock_change(days, intervals):
    zone = parse_policy({"clock": {"naive_as": "Europe/Berlin"}}).clock.naive_as
    runs = [as_instant(f"{day}T04:00:00", zone).seconds for day in days]
    assert (runs[1] - runs[0], runs[2] - runs[1]) == intervals
    for earlier, later in (runs[:2], runs[1:]):
        created = disk(created_at=earlier - 20 * DAY)
        last = [point(10, 0, created_at=Instant(earlier, None))]
        # Just before the next run the last backup has its greatest age.
        assert assessment([created], last, now=later).state == "protected"
        strict = assessment([created], last, policy=limits(rpo="24h"), now=later).state
        assert strict == ("stale" if later - earlier > DAY else "protected")


def test_equal_times_in_different_formats():
    one, other = (
        Backup.from_row({"id": 1, "disk_id": 1, "built": True, "created_at": text})
        for text in ("2013-12-24T14:34:06+03:00", "2013-12-24T11:34:06Z")
    )
    assert one == other


VECTORS = {
    "age exactly the limit": ([disk()], [point(10, 26 * HOUR)], "protected", {"at_risk"}),
    "age one second past the limit": ([disk()], [point(10, 26 * HOUR + 1)], "stale", set()),
    "stamp 3 minutes ahead": ([disk()], [point(10, -3 * MINUTE)], "protected", set()),
    "stamp 5 minutes ahead": ([disk()], [point(10, -5 * MINUTE)], "protected", set()),
    "stamp 5 minutes and a second ahead": ([disk()], [point(10, -5 * MINUTE - 1)], "unknown", {"clock_skew"}),
    "stamp 1 hour ahead, nothing else": ([disk()], [point(10, -HOUR)], "unknown", {"clock_skew"}),
    "stamp 1 hour ahead, only a stale point else": (
        [disk()],
        [point(10, 60 * HOUR), point(11, -HOUR)],
        "unknown",
        {"clock_skew"},
    ),
    "stamp 1 hour ahead, protected by another": (
        [disk()],
        [point(10, 4 * HOUR), point(11, -HOUR)],
        "protected",
        {"clock_skew"},
    ),
    "disk 1 fresh, disk 2 never": ([disk(1), disk(2)], [point(10, 4 * HOUR)], "unprotected", {"partial_coverage"}),
    "incremental today, disk 3 created after it": (
        [disk(1), disk(3, age=3 * HOUR)],
        [point(10, 4 * HOUR, VM)],
        "protected",
        {"new_disk_pending", "incremental_only"},
    ),
    "incremental, disk 3 created after it, 30 hours later": (
        [disk(1), disk(3, age=33 * HOUR)],
        [point(10, 34 * HOUR, VM)],
        "unprotected",
        {"partial_coverage", "incremental_only"},
    ),
    "only copy marked for delete": (
        [disk()],
        [point(10, 4 * HOUR, marked_for_delete=True)],
        "unprotected",
        {"pending_delete_only"},
    ),
    "build 13 h old, good 20 h old": (
        [disk()],
        [point(10, 20 * HOUR), attempt(11, 13 * HOUR)],
        "protected",
        {"attempt_stuck"},
    ),
    "build 13 h old, good 60 h old": (
        [disk()],
        [point(10, 60 * HOUR), attempt(11, 13 * HOUR)],
        "failing",
        {"attempt_stuck"},
    ),
    "VM 3 h old, one build running": ([disk(age=3 * HOUR)], [attempt(10, HOUR)], "pending", {"in_progress"}),
}


@pytest.mark.parametrize("name", VECTORS)
def test_acceptance_example(name):
    disks, backups, state, flags = VECTORS[name]
    found_state, found_flags = outcome(disks, backups)
    # These cases ignore that there is one copy on one server.
    assert (found_state, found_flags - {"single_copy", "single_server"}) == (state, flags)


def test_time_within_the_clock_skew():
    assert facts_of(assessment(backups=[point(10, -3 * MINUTE)])).age_seconds == 0


# --- the states, row by row ---


def test_names_are_unique_and_cover_every_state():
    assert len(set(STATES)) == 7
    assert len(set(FLAGS)) == len(FLAGS)


GOOD = points()
STATE_CASES = {
    # 1
    "disks not read": (having(disks=None, backups=GOOD), "unknown", "the disks of the VM were not read"),
    "backups not read": (having(backups=None), "unknown", "the backups of the VM were not read"),
    "no disk listed": (
        having(disks=[], backups=GOOD),
        "unknown",
        "the panel lists no disk of this VM, although it is built",
    ),
    "only disks of another VM": (
        having(disks=[disk(virtual_machine_id=43)], backups=GOOD),
        "unknown",
        "the panel lists no disk of this VM, although it is built",
    ),
    "not said whether built": (
        having(backups=GOOD, machine=vm(built=None)),
        "unknown",
        "the panel does not say whether the VM is built",
    ),
    "problems": (having(backups=GOOD, problems=["forbidden", "HTTP 503"]), "unknown", "forbidden"),
    "problems of a VM that is not built": (
        having(machine=vm(built=False), problems=["forbidden"]),
        "unknown",
        "forbidden",
    ),
    "disks of a VM that is not built, not read": (
        having(disks=None, machine=vm(built=False)),
        "unknown",
        "the disks of the VM were not read",
    ),
    "newest record without a time": (
        having(backups=[point(10, 60 * HOUR), point(11, 0, created_at=MISSING)]),
        "unknown",
        "the newest backup record (11) has no time, so the age of its data is unknown",
    ),
    "newest record with an unreadable time": (
        having(backups=[point(11, 0, created_at=UNPARSABLE)]),
        "unknown",
        "the newest backup record (11) has a time that cannot be read, so the age of its data is unknown",
    ),
    "newest record from the future": (
        having(backups=[attempt(11, -2 * HOUR)]),
        "unknown",
        "the newest backup record (11) is dated 2h in the future, so the age of its data is unknown",
    ),
    "newest record built in the future, where that is what counts": (
        having(
            backups=[point(11, HOUR, built_at=Instant(NOW + 2 * HOUR, None))],
            policy={"clock": {"age_from": "built_at"}},
        ),
        "unknown",
        "the newest backup record (11) is dated 2h in the future, so the age of its data is unknown",
    ),
    "newest record within the skew": (
        having(backups=[attempt(11, -5 * MINUTE)]),
        "unprotected",
        "no usable recovery point covers disk 1; the grace of 24h is over",
    ),
    "newest record of something else without a time": (
        having(backups=[point(10, 60 * HOUR), point(11, 0, Target("Disk", 99), created_at=MISSING)]),
        "unknown",
        "the newest backup record (11) has no time, so the age of its data is unknown",
    ),
    "newest record without a time, swap disks only": (
        having(disks=[disk(is_swap=True)], backups=[point(11, 0, created_at=MISSING)]),
        "unknown",
        "the newest backup record (11) has no time, so the age of its data is unknown",
    ),
    # 2
    "not built": (having(disks=[], machine=vm(built=False)), "not_applicable", "the VM is not built"),
    "swap only": (
        having(disks=[disk(is_swap=True)]),
        "not_applicable",
        "all disks of the VM are swap disks, which are never backed up",
    ),
    "powered off and excluded": (
        having(backups=GOOD, machine=vm(booted=False), policy={"scope": {"powered_off": "exclude"}}),
        "not_applicable",
        "the VM is powered off, and the policy excludes such VMs",
    ),
    "running where powered-off VMs are excluded": (
        having(machine=vm(booted=True), policy={"scope": {"powered_off": "exclude"}}),
        "unprotected",
        "no usable recovery point covers disk 1; the grace of 24h is over",
    ),
    "not said whether running where powered-off VMs are excluded": (
        having(machine=vm(booted=None), policy={"scope": {"powered_off": "exclude"}}),
        "unprotected",
        "no usable recovery point covers disk 1; the grace of 24h is over",
    ),
    # 3
    "all disks young": (
        having(disks=[disk(2, age=HOUR), disk(1, age=2 * HOUR)]),
        "pending",
        "no usable recovery point covers disks 1, 2 yet; the grace of 24h is not over",
    ),
    "disk of unknown age in a young VM": (
        having(disks=[disk(age=None)], machine=vm(created_at=NOW - HOUR)),
        "pending",
        "no usable recovery point covers disk 1 yet; the grace of 24h is not over",
    ),
    "a second within the grace": (
        having(disks=[disk(age=DAY - 1)]),
        "pending",
        "no usable recovery point covers disk 1 yet; the grace of 24h is not over",
    ),
    # 4
    "exactly at the end of the grace": (
        having(disks=[disk(age=DAY)]),
        "unprotected",
        "no usable recovery point covers disk 1; the grace of 24h is over",
    ),
    "longer grace by policy": (
        having(disks=[disk(age=DAY)], policy={"scope": {"new_vm_grace": "2d"}}),
        "pending",
        "no usable recovery point covers disk 1 yet; the grace of 48h is not over",
    ),
    "disk of unknown age in an old VM": (
        having(disks=[disk(age=None)]),
        "unprotected",
        "no usable recovery point covers disk 1; the grace of 24h is over",
    ),
    "nothing tells the age": (
        having(disks=[disk(age=None)], machine=vm(created_at=None)),
        "unprotected",
        "no usable recovery point covers disk 1; the grace of 24h is over",
    ),
    "disk from the future is not young": (
        having(disks=[disk(age=-HOUR)]),
        "unprotected",
        "no usable recovery point covers disk 1; the grace of 24h is over",
    ),
    "disk created at the end of the skew is young": (
        having(disks=[disk(age=-5 * MINUTE)]),
        "pending",
        "no usable recovery point covers disk 1 yet; the grace of 24h is not over",
    ),
    "disk created within the skew is young": (
        having(disks=[disk(age=-MINUTE)]),
        "pending",
        "no usable recovery point covers disk 1 yet; the grace of 24h is not over",
    ),
    "one disk past its grace, one young, none covered": (
        having(disks=[disk(1), disk(2, age=HOUR)]),
        "unprotected",
        "no usable recovery point covers disk 1; the grace of 24h is over",
    ),
    "ten disks": (
        having(disks=[disk(number) for number in range(1, 11)]),
        "unprotected",
        "no usable recovery point covers disks 1, 2, 3, 4, 5, 6, 7, 8, 9, 10; the grace of 24h is over",
    ),
    "many disks": (
        having(disks=[disk(number) for number in range(1, 14)]),
        "unprotected",
        "no usable recovery point covers disks 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 3 more; the grace of 24h is over",
    ),
    # 5
    "stuck and too old": (
        having(backups=[point(10, 60 * HOUR), attempt(11, 13 * HOUR)]),
        "failing",
        "the newest recovery point of disk 1 (backup 10) is 60h old, 34h past the limit of 26h",
    ),
    # 6
    "too old": (
        having(backups=[point(10, 99 * HOUR)]),
        "stale",
        "the newest recovery point of disk 1 (backup 10) is 4d 3h old, 3d 1h past the limit of 26h",
    ),
    "too old by a second": (
        having(backups=[point(10, 26 * HOUR + 1)]),
        "stale",
        "the newest recovery point of disk 1 (backup 10) is 26h 1s old, 1s past the limit of 26h",
    ),
    "too old, one running": (
        having(backups=[point(10, 60 * HOUR), attempt(11, HOUR)]),
        "stale",
        "the newest recovery point of disk 1 (backup 10) is 60h old, 34h past the limit of 26h",
    ),
    "the worst disk decides": (
        having(disks=[disk(1), disk(2)], backups=[point(10, HOUR), point(11, 60 * HOUR, DISK_2)]),
        "stale",
        "the newest recovery point of disk 2 (backup 11) is 60h old, 34h past the limit of 26h",
    ),
    "a disk in its grace is too old once it has a point": (
        having(disks=[disk(1, age=5 * HOUR)], backups=[point(10, 2 * HOUR)], policy=limits(rpo="1h")),
        "stale",
        "the newest recovery point of disk 1 (backup 10) is 2h old, 1h past the limit of 1h",
    ),
    # 7
    "fresh": (
        having(backups=[point(10, 3 * HOUR + 2 * MINUTE)]),
        "protected",
        "the newest recovery point of every disk is at most 3h 2m old; the limit is 26h",
    ),
    "fresh, with a swap disk": (
        having(disks=[disk(1), disk(2, is_swap=True)], backups=[point(10, 3 * HOUR)]),
        "protected",
        "the newest recovery point of every disk is at most 3h old; the limit is 26h",
    ),
    "fresh, but for a new disk": (
        having(disks=[disk(1), disk(2, age=HOUR)], backups=[point(10, 3 * HOUR)]),
        "protected",
        "the newest recovery point of every other disk is at most 3h old; the limit is 26h",
    ),
    "fresh, newest record without a time": (
        having(backups=[point(10, 3 * HOUR), point(11, 0, created_at=MISSING)]),
        "protected",
        "the newest recovery point of every disk is at most 3h old; the limit is 26h",
    ),
}


@pytest.mark.parametrize("name", STATE_CASES)
def test_state(name):
    given, state, reason = STATE_CASES[name]
    found = assessment(**given)
    assert (found.state, found.reasons[0]) == (state, reason)


def test_one_stuck_attempt():
    found = assessment(backups=[point(10, 20 * HOUR), attempt(11, 13 * HOUR)])
    assert found.reasons[1:] == ("backup 11 is not complete 13h after it was started; the limit is 12h",)


def test_every_reason_has_a_case():
    found = assessment(
        [disk(1), disk(2, age=HOUR), disk(3)],
        [
            point(10, 60 * HOUR, marked_for_delete=True),
            attempt(11, 14 * HOUR),
            attempt(12, 13 * HOUR, DISK_2),
            point(13, 0, Target("Disk", 3), created_at=MISSING),
        ],
    )
    assert found.state == "unknown"
    assert found.reasons == (
        "the newest backup record (13) has no time, so the age of its data is unknown",
        "no usable recovery point covers disks 1, 3; the grace of 24h is over",
        "no usable recovery point covers disk 2 yet; the grace of 24h is not over",
        "the only copies of disk 1 are marked for delete",
        "backup 11 (and 1 more) is not complete 14h after it was started; the limit is 12h",
    )


def test_rule_of_the_policy():
    policy = {"rules": [{"name": "gold", "match": {"label": "db-*"}, "rpo": "3h"}]}
    found = assessment(backups=[point(10, 4 * HOUR)], policy=policy)
    assert (found.state, found.rule.name) == ("stale", "gold")
    found = assessment(backups=[point(10, 4 * HOUR)], policy=policy, machine=vm(label="web"))
    assert (found.state, found.rule.name) == ("protected", "defaults")


# --- coverage of a disk ---

COVERAGE = {
    "backup of the disk": (point(10, HOUR), True),
    "backup of another disk": (point(10, HOUR, DISK_2), False),
    "backup of the disk from before the disk": (point(10, 30 * DAY), True),
    "backup of the VM": (point(10, HOUR, VM), True),
    "backup of the VM without its id": (point(10, HOUR, Target("VirtualMachine", None)), True),
    "backup of another VM": (point(10, HOUR, Target("VirtualMachine", 43)), False),
    "backup of the VM from the second of the disk's creation": (point(10, 20 * DAY, VM), True),
    "backup of the VM from before the disk": (point(10, 20 * DAY + 1, VM), False),
    "backup of something unknown": (point(10, HOUR, Target("Cluster", 1)), False),
    "backup of something unknown without an id": (point(10, HOUR, Target("Cluster", None)), False),
    "backup of a disk without an id": (point(10, HOUR, Target("Disk", None)), False),
    "not built": (attempt(10, HOUR), False),
    "not said whether built": (point(10, HOUR, built=None), False),
    "marked for delete": (point(10, HOUR, marked_for_delete=True), False),
    "locked": (point(10, HOUR, locked=True), True),
    "without a time": (point(10, HOUR, created_at=MISSING), False),
    "read without an offset": (point(10, 0, created_at=Instant(NOW - HOUR, "no_offset")), True),
    "from the future": (point(10, -HOUR), False),
}


@pytest.mark.parametrize("name", COVERAGE)
def test_covers(name):
    backup, covers = COVERAGE[name]
    found = facts_of(assessment(backups=[backup]))
    assert found.disks[0].copies == (1 if covers else 0)
    assert found.copies == (1 if covers else 0)


def test_built_at_as_the_data_time():
    slow = point(10, 30 * HOUR, VM, built_at=Instant(NOW - 20 * HOUR, None))
    policy = {"clock": {"age_from": "built_at"}}
    assert facts_of(assessment(backups=[slow])).age_seconds == 30 * HOUR
    assert facts_of(assessment(backups=[slow], policy=policy)).age_seconds == 20 * HOUR
    without_end = [slow._replace(built_at=MISSING)]
    assert facts_of(assessment(backups=without_end, policy=policy)).age_seconds == 30 * HOUR
    # A backup does not include a disk that was added while it ran.
    assert assessment([disk(age=25 * HOUR)], [slow], policy=policy).state == "unprotected"
    assert assessment(backups=[slow._replace(created_at=UNPARSABLE)], policy=policy).state == "unknown"
    assert assessment(backups=[slow._replace(built_at=Instant(NOW + HOUR, None))], policy=policy).state == "unknown"


# --- flags ---


def sizes(*kilobytes):
    """Points of these sizes, one a day, the last one an hour old."""
    last = len(kilobytes) - 1
    return [point(10 + place, HOUR + (last - place) * DAY, size=size) for place, size in enumerate(kilobytes)]


def exempt(expires):
    """A policy with an exemption for the VM."""
    exemption = {"id": "EX-1", "match": {"id": VM_ID}, "checks": "*", "category": "waiver", "reason": "a reason"}
    return {"exemptions": [{**exemption, "approved_by": "somebody", "expires": expires}]}


FLAG_CASES = {
    "nothing to say": (having(backups=points()), set()),
    "running": (having(backups=[*points(), attempt(20, 12 * HOUR)]), {"in_progress"}),
    "running, of the VM": (having(backups=[*points(), attempt(20, HOUR, VM)]), {"in_progress"}),
    "running, of the VM without its id": (
        having(backups=[*points(), attempt(20, HOUR, Target("VirtualMachine", None))]),
        {"in_progress"},
    ),
    "running, of another VM": (having(backups=[*points(), attempt(20, HOUR, Target("VirtualMachine", 43))]), set()),
    "running, of a disk that is gone": (having(backups=[*points(), attempt(20, HOUR, Target("Disk", 99))]), set()),
    "running, of a swap disk": (
        having(disks=[disk(1), disk(2, is_swap=True)], backups=[*points(), attempt(20, HOUR, DISK_2)]),
        set(),
    ),
    "attempt marked for delete": (having(backups=[*points(), attempt(20, HOUR, marked_for_delete=True)]), set()),
    "attempt from the future": (having(backups=[*points(), attempt(20, -HOUR)]), {"clock_skew"}),
    "attempt that says it was built in the future": (
        having(
            backups=[*points(), attempt(20, 13 * HOUR, VM, built_at=Instant(NOW + HOUR, None))],
            policy={"clock": {"age_from": "built_at"}},
        ),
        {"attempt_stuck", "clock_skew"},
    ),
    "stuck": (having(backups=[*points(VM), attempt(20, 12 * HOUR + 1)]), {"attempt_stuck", "incremental_only"}),
    "stuck, then a success": (having(backups=[*points(), attempt(9, 13 * HOUR)]), set()),
    "stuck, then a success marked for delete": (
        having(backups=[*points(VM), attempt(9, 13 * HOUR), point(20, HOUR, marked_for_delete=True)]),
        {"attempt_stuck", "incremental_only"},
    ),
    "stuck, a success of the same second but an earlier id": (
        having(backups=[point(8, 13 * HOUR), point(7, 28 * HOUR), attempt(9, 13 * HOUR)]),
        {"attempt_stuck"},
    ),
    "stuck, then a success of another target": (
        having(disks=[disk(1), disk(2)], backups=[*points(VM), attempt(9, 13 * HOUR, DISK_2)]),
        {"attempt_stuck", "incremental_only"},
    ),
    "stuck, of the VM without its id, then a success with it": (
        having(backups=[*points(VM), attempt(9, 13 * HOUR, Target("VirtualMachine", None))]),
        {"incremental_only"},
    ),
    "stuck by a shorter time-out": (
        having(backups=[*points(), attempt(20, HOUR + 1)], policy=limits(build_timeout="1h")),
        {"attempt_stuck"},
    ),
    "partly covered": (having(disks=[disk(1), disk(2)], backups=points()), {"partial_coverage"}),
    "new disk": (having(disks=[disk(1), disk(2, age=HOUR)], backups=points()), {"new_disk_pending"}),
    "new VM": (having(disks=[disk(1, age=HOUR)]), set()),
    "coverage assumed": (having(disks=[disk(age=None)], backups=points(VM)), {"coverage_assumed", "incremental_only"}),
    "coverage of one disk assumed": (
        having(disks=[disk(1), disk(2, age=None)], backups=points(VM)),
        {"coverage_assumed", "incremental_only"},
    ),
    "disk of unknown age with points of its own": (having(disks=[disk(age=None)], backups=points()), set()),
    "at risk": (having(backups=[point(10, 21 * HOUR), point(11, 28 * HOUR)]), {"at_risk"}),
    "exactly 80 percent": (having(backups=[point(10, 4 * HOUR), point(11, 28 * HOUR)], policy=limits(rpo="5h")), set()),
    "too old is not at risk": (having(backups=[point(10, 27 * HOUR), point(11, 28 * HOUR)]), set()),
    "manual only": (having(backups=[backup._replace(initiated="manual") for backup in points()]), {"manual_only"}),
    "manual and scheduled": (having(backups=[*points(), point(20, HOUR, initiated="manual")]), set()),
    "scheduled of a disk that is gone": (
        having(
            backups=[
                *(backup._replace(initiated="manual") for backup in points()),
                point(20, HOUR, Target("Disk", 99)),
            ]
        ),
        {"manual_only"},
    ),
    "single copy": (having(backups=points()[1:]), {"single_copy", "single_server"}),
    "single server": (having(backups=[backup._replace(backup_server_id=3) for backup in points()]), {"single_server"}),
    "one on a server": (having(backups=[points()[0], points()[1]._replace(backup_server_id=None)]), set()),
    "no backup server": (
        having(backups=[backup._replace(backup_server_id=None) for backup in points()]),
        {"no_backup_server"},
    ),
    "all marked": (
        having(backups=[backup._replace(marked_for_delete=True) for backup in points()]),
        {"pending_delete_only"},
    ),
    "all marked of one disk": (
        having(disks=[disk(1), disk(2)], backups=[*points(), point(20, HOUR, DISK_2, marked_for_delete=True)]),
        {"partial_coverage", "pending_delete_only"},
    ),
    "all marked, of the VM": (
        having(backups=[backup._replace(marked_for_delete=True) for backup in points(VM)]),
        {"pending_delete_only"},
    ),
    "marked, of the VM before the disk": (
        having(disks=[disk(age=HOUR)], backups=[point(10, 4 * HOUR, VM, marked_for_delete=True)]),
        set(),
    ),
    "one marked": (having(backups=[*points(), point(20, HOUR, marked_for_delete=True)]), set()),
    "locked latest": (having(backups=[points()[0], points()[1]._replace(locked=True)]), {"locked_latest"}),
    "locked earlier": (having(backups=[points()[0]._replace(locked=True), points()[1]]), set()),
    "locked latest of a better disk": (
        having(
            disks=[disk(1), disk(2)],
            backups=[*points(), point(21, HOUR, DISK_2, locked=True), point(20, DAY, DISK_2)],
        ),
        set(),
    ),
    "empty": (having(backups=[points()[0], points()[1]._replace(size=0)]), {"empty_backup"}),
    "size not said": (having(backups=[points()[0], points()[1]._replace(size=None)]), {"empty_backup"}),
    "empty earlier": (having(backups=[points()[0]._replace(size=0), points()[1]]), set()),
    "empty first increment": (
        having(backups=[points(VM)[0]._replace(size=0), points(VM)[1]]),
        {"empty_backup", "incremental_only"},
    ),
    "first increment of a size not said": (
        having(backups=[points(VM)[0]._replace(size=None), points(VM)[1]]),
        {"incremental_only"},
    ),
    "empty later increment": (having(backups=[points(VM)[0], points(VM)[1]._replace(size=0)]), {"incremental_only"}),
    "increments beside normal copies": (having(backups=[*points(), *points(VM, first=20)]), set()),
    "built before it was recorded": (
        having(backups=[points()[0], points()[1]._replace(built_at=Instant(NOW - 5 * HOUR, None))]),
        {"clock_skew"},
    ),
    "built in the future": (
        having(backups=[points()[0], points()[1]._replace(built_at=Instant(NOW + HOUR, None))]),
        {"clock_skew"},
    ),
    "older record from the future": (having(backups=[*points(), point(5, -HOUR)]), {"clock_skew"}),
    "disk from the future": (
        having(disks=[disk(1), disk(2, age=-HOUR)], backups=[*points(), *points(DISK_2, first=20)]),
        {"clock_skew"},
    ),
    "disk from the end of the skew": (
        having(disks=[disk(1), disk(2, age=-5 * MINUTE)], backups=[*points(), *points(DISK_2, first=20)]),
        set(),
    ),
    "VM from the future": (having(backups=points(), machine=vm(created_at=NOW + HOUR)), {"clock_skew"}),
    "newest time missing": (having(backups=[*points(), point(20, 0, created_at=MISSING)]), {"timestamp_invalid"}),
    "newest time unreadable": (
        having(backups=[*points(), attempt(20, 0, created_at=UNPARSABLE)]),
        {"timestamp_invalid"},
    ),
    "newest built time unreadable": (
        having(backups=[*points(), point(20, HOUR, built_at=UNPARSABLE)]),
        {"timestamp_invalid"},
    ),
    "older time unreadable": (having(backups=[*points(), point(5, 0, created_at=UNPARSABLE)]), set()),
    "newest time of another target unreadable": (
        having(backups=[*points(), point(5, 0, VM, created_at=UNPARSABLE)]),
        {"timestamp_invalid"},
    ),
    "newest time of one of two unreadable": (
        having(
            backups=[
                *points(),
                point(5, 0, created_at=UNPARSABLE),
                point(20, 0, VM, created_at=UNPARSABLE),
            ]
        ),
        {"timestamp_invalid"},
    ),
    "older time without an offset": (
        having(backups=[*points(), point(5, 0, created_at=Instant(NOW - DAY, "no_offset"))]),
        {"timestamp_invalid"},
    ),
    "built time without an offset": (
        having(backups=[*points(), point(5, DAY, built_at=Instant(NOW - DAY, "no_offset"))]),
        {"timestamp_invalid"},
    ),
    "powered off": (having(backups=points(), machine=vm(booted=False)), {"powered_off"}),
    "not said whether running": (having(backups=points(), machine=vm(booted=None)), set()),
    "powered off and not read": (having(backups=None, machine=vm(booted=False)), {"powered_off"}),
    "shrunk, where the policy says how far it may": (
        having(backups=sizes(10, 10, 10, 10, 10, 4), policy=limits(size={"floor_kb": 0})),
        {"size_shrink"},
    ),
    "shrunk critically": (
        having(backups=sizes(100, 100, 100, 100, 100, 4), policy=limits(size={"floor_kb": 0})),
        {"size_shrink"},
    ),
    "grown, where the policy says how far it may": (
        having(backups=sizes(10, 10, 10, 10, 10, 40), policy=limits(size={"floor_kb": 0})),
        {"size_growth"},
    ),
    "shrunk, where the policy says nothing of it": (having(backups=sizes(*[10 * 2**20] * 5, 2**20)), set()),
    "days missing, where the policy says how many may": (
        having(backups=points(), policy=limits(retention={"daily": {"count": 2, "min": 2}, "weekly": None})),
        {"retention_missing"},
    ),
    "no day missing": (
        having(backups=points(), policy=limits(retention={"daily": {"count": 1, "min": 1}, "weekly": None})),
        set(),
    ),
    "days missing, where the policy says nothing of them": (
        having(backups=points(), policy=limits(min_copies=3)),
        set(),
    ),
    "gap, where the policy says how long it may be": (
        having(backups=points(), policy=limits(max_gap={"limit": "23h"})),
        {"gap"},
    ),
    "no gap": (having(backups=points(), policy=limits(max_gap={"limit": "24h"})), set()),
    "gap, where the policy says nothing of it": (having(backups=[point(10, 19 * DAY), point(11, HOUR)]), set()),
    "exempt": (having(backups=points(), policy=exempt("2026-12-31")), set()),
    "exempt for the last two weeks": (
        having(backups=points(), policy=exempt("2026-04-13")),
        {"exemption_expiring"},
    ),
    "exempt and not read": (having(backups=None, policy=exempt("2026-12-31")), set()),
    "exempt no longer": (having(backups=points(), policy=exempt("2026-03-29")), set()),
}


@pytest.mark.parametrize("name", FLAG_CASES)
def test_flags(name):
    given, flags = FLAG_CASES[name]
    found = assessment(**given)
    assert set(found.flags) == flags
    assert list(found.flags) == [flag for flag in FLAGS if flag in flags]


def test_every_flag_has_a_case():
    of_evidence = {"attempt_failed", "unscheduled", "timestamp_zone_assumed"}  # in test_optional_evidence
    assert set().union(*(flags for given, flags in FLAG_CASES.values())) == set(FLAGS) - {"exempt"} - of_evidence


# --- numbers ---


def test_numbers_of_a_vm():
    found = assessment(
        [disk(2), disk(1), disk(4, age=HOUR), disk(3, is_swap=True)],
        [
            point(10, 50 * HOUR, VM, size=7),
            point(11, 20 * HOUR, DISK_1, size=5),
            point(12, 3 * HOUR, DISK_2, size=3),
            point(9, 5 * HOUR, DISK_2, size=None),
            point(13, 2 * HOUR, Target("Disk", 99), size=2),
            point(14, HOUR, DISK_2, size=100, marked_for_delete=True),
            point(15, HOUR, Target("VirtualMachine", 43), size=100),
            attempt(16, HOUR, DISK_1, size=100),
            point(17, HOUR, Target("Disk", 99), size=None),
        ],
    )
    found = facts_of(found)
    assert found.state == "protected"
    assert found.age_seconds == 20 * HOUR
    assert found.newest_at == NOW - 20 * HOUR
    assert found.oldest_at == NOW - 50 * HOUR
    assert found.copies == 2
    assert found.total_size_bytes == (7 + 5 + 3 + 2) * 1024
    assert [(each.id, each.copies, each.source_backup_id, each.age_seconds) for each in found.disks] == [
        (1, 2, 11, 20 * HOUR),
        (2, 3, 12, 3 * HOUR),
        (3, 0, None, None),
        (4, 0, None, None),
    ]


def test_vm_with_an_uncovered_disk():
    found = facts_of(assessment([disk(1), disk(2)], points()))
    assert (found.newest_at, found.age_seconds, found.copies) == (None, None, 0)
    assert found.oldest_at == NOW - 28 * HOUR
    assert found.disks[0].newest_at == NOW - 4 * HOUR


def test_unread_records_have_no_numbers():
    found = assessment(backups=points(), problems=["the list of backups is not whole"])
    assert found.reasons == ("the list of backups is not whole",)
    assert found[4:] == ((), None)
    facts = found.as_facts(NOW)
    numbers = [facts[name] for name in ("age_seconds", "newest_at", "oldest_at", "copies", "total_size_bytes", "disks")]
    assert numbers == [None, None, None, None, None, []]


def test_newest_of_equal_times():
    backups = [point(10, HOUR), point(12, HOUR), point(11, HOUR)]
    assert facts_of(assessment(backups=backups)).disks[0].source_backup_id == 12
    assert facts_of(assessment(backups=backups[::-1])).disks[0].source_backup_id == 12


def test_repeated_row_counts_once():
    found = assessment([disk(), disk()], [*points(), *points()])
    assert comparable(found) == comparable(assessment(backups=points()))
    assert (facts_of(found).copies, len(facts_of(found).disks)) == (2, 1)


@pytest.mark.parametrize(
    "changed",
    [
        having(marked_for_delete=True),
        having(built=False),
        having(created_at=MISSING),
        having(created_at=Instant(NOW - DAY, None)),
    ],
)
def test_weaker_of_two_versions_of_a_backup(changed):
    row = point(10, HOUR)
    lesser = row._replace(**changed)
    one, other, alone = (comparable(assessment(backups=those)) for those in ([row, lesser], [lesser, row], [lesser]))
    assert one == other == alone


def test_weaker_of_two_versions_of_a_disk():
    early, late, swap, unknown = disk(), disk(age=HOUR), disk(is_swap=True), disk(age=None)
    for good, lesser in ((early, late), (unknown, late), (swap, early)):
        versions = ([good, lesser], [lesser, good], [lesser])
        one, other, alone = (comparable(assessment(those, points(VM))) for those in versions)
        assert one == other == alone


# --- records of the panel ---


def backup_row(**fields):
    return {
        "id": 1951,
        "backup_type": "normal",
        "target_type": "Disk",
        "target_id": 1,
        "disk_id": 1,
        "built": True,
        "created_at": "2026-03-30T05:00:00.000+03:00",
        "built_at": "2026-03-30T05:10:00.000+03:00",
        "marked_for_delete": False,
        "locked": False,
        "backup_size": 100,
        "backup_server_id": 3,
        "initiated": "days",
        **fields,
    }


ROW_2X = {
    "id": 7,
    "backup_type": "days-autobackup",
    "disk_id": 1,
    "backup_size": "8",
    "built": True,
    "created_at": "2026-03-30T02:00:00Z",
    "built_at": "2026-03-30T02:01:00Z",
    "marked_for_delete": False,
    "locked": False,
}

ROWS = {
    "5.x": (backup_row(), "protected", {"single_copy", "single_server"}),
    "2.x": (ROW_2X, "protected", {"single_copy", "no_backup_server"}),
    "2.x, not of a disk": (
        {**ROW_2X, "disk_id": None},
        "protected",
        {"single_copy", "no_backup_server", "incremental_only"},
    ),
    "2.x, of a disk that cannot be read": ({**ROW_2X, "disk_id": "sda"}, "unknown", set()),
    "of the VM": (
        backup_row(target_type="VirtualMachine", target_id=VM_ID, disk_id=None, backup_type="incremental"),
        "protected",
        {"single_copy", "single_server", "incremental_only"},
    ),
    "of the VM, but of a disk of another id": (
        backup_row(target_type="VirtualMachine", target_id=VM_ID, disk_id=2),
        "unprotected",
        set(),
    ),
    "of something new": (backup_row(target_type="Cluster", disk_id=None), "unprotected", set()),
    "of something new that names a disk": (
        backup_row(target_type="Cluster", disk_id=1),
        "protected",
        {"single_copy", "single_server"},
    ),
    "namespaced": (
        backup_row(target_type="Storage::Disk", disk_id=None),
        "protected",
        {"single_copy", "single_server"},
    ),
    "size of 400 digits": (backup_row(backup_size=10**400), "unknown", set()),
    "created_at null": (backup_row(created_at=None), "protected", {"single_copy", "single_server"}),
    "no time": (backup_row(created_at=None, built_at=None), "unknown", {"timestamp_invalid"}),
    "nonsense as its time": (backup_row(created_at="yesterday"), "unknown", {"timestamp_invalid"}),
    "no offset": (
        backup_row(created_at="2026-03-30T02:00:00", built_at="2026-03-30T02:10:00"),
        "protected",
        {"single_copy", "single_server", "timestamp_invalid"},
    ),
    "mark that cannot be read": (backup_row(marked_for_delete="soon"), "unknown", set()),
}


@pytest.mark.parametrize("name", ROWS)
def test_row(name):
    row, state, flags = ROWS[name]
    assert outcome(backups=[Backup.from_row(row)]) == (state, flags)


def test_backups_of_an_unknown_type():
    backups = [Backup.from_row(backup_row(id=number, target_type="Cluster", disk_id=None)) for number in (7, 8)]
    reasons = assessment(backups=backups).reasons
    assert "backups 7, 8 are of an unknown kind (Cluster) and prove nothing for any disk" in reasons


class TestEvaluationOfThePast:
    """Records from after the time of the evaluation are skipped."""

    LATER = NOW + 10 * DAY

    def test_later_backups_are_skipped_and_counted(self):
        backups = [point(1, HOUR), *(point(number, -number * HOUR) for number in range(2, 5))]
        found = facts_of(assess(vm(), [disk()], backups, parse_policy(None), NOW, (), self.LATER))
        assert (found.state, found.copies) == ("protected", 1)
        assert "clock_skew" not in found.flags
        assert "ignored 3 records from after the time of the evaluation" in found.reasons

    @pytest.mark.parametrize(
        ("disks", "state"),
        [
            ([disk(age=-DAY)], "unknown"),
            ([disk(age=-DAY), disk(2, is_swap=True)], "unknown"),
            ([disk(age=-DAY), disk(2)], "protected"),
            ([disk(age=-DAY, is_swap=True), disk(2, is_swap=True)], "not_applicable"),
        ],
    )
    def test_disks_that_did_not_exist_yet(self, disks, state):
        backups = [point(1, HOUR, DISK_1), point(2, HOUR, DISK_2)]
        found = assess(vm(), disks, backups, parse_policy(None), NOW, (), self.LATER)
        assert found.state == state
        text = "all disks that the panel lists were created after the time of the evaluation"
        assert (text in found.reasons) == (state == "unknown")

    def test_missing_times_are_never_later(self):
        backup = point(1, HOUR)._replace(created_at=MISSING, built_at=MISSING)
        found = assess(vm(created_at=None), [disk(age=None)], [backup], parse_policy(None), 0, (), 10**15)
        assert found.state == "unknown"
        assert not any(reason.startswith("ignored") for reason in found.reasons)

    def test_later_backups_are_no_evidence(self):
        found = facts_of(assess(vm(), [disk()], [point(1, -HOUR)], parse_policy(None), NOW, (), self.LATER))
        assert (found.state, found.copies) == ("unprotected", 0)

    def test_backup_that_was_built_later_is_an_attempt(self):
        backup = point(2, HOUR, built_at=at(NOW + HOUR))
        found = assess(vm(), [disk()], [backup], parse_policy(None), NOW, (), self.LATER)
        assert (found.state, "in_progress" in found.flags) == ("unprotected", True)

    def test_later_disks_and_machines_are_skipped(self):
        disks = [disk(), disk(2, age=-HOUR)]
        found = facts_of(assess(vm(), disks, [point(1, HOUR)], parse_policy(None), NOW, (), self.LATER))
        assert (found.state, [one.id for one in found.disks]) == ("protected", [1])
        found = assess(vm(created_at=NOW + HOUR), [disk()], [], parse_policy(None), NOW, (), self.LATER)
        assert found.state == "not_applicable"

    @pytest.mark.parametrize("read_at", [None, NOW, NOW - DAY])
    def test_no_later_records_in_the_present(self, read_at):
        found = assess(vm(), [disk()], [point(1, -HOUR)], parse_policy(None), NOW, (), read_at)
        assert (found.state, "clock_skew" in found.flags) == ("unknown", True)

    def test_times_after_the_reading(self):
        found = assess(vm(), [disk()], [point(1, -30 * DAY)], parse_policy(None), NOW, (), self.LATER)
        assert (found.state, "clock_skew" in found.flags) == ("unknown", True)


def test_size_as_text():
    assert facts_of(assessment(backups=[Backup.from_row(ROW_2X)])).total_size_bytes == 8 * 1024


# --- facts ---


def test_facts():
    found = assessment([disk(1), disk(2, age=HOUR)], points())
    facts = found.as_facts(NOW)
    assert json.loads(json.dumps(facts)) == facts
    assert facts == {
        "state": "protected",
        "flags": ["new_disk_pending"],
        "reasons": [
            "the newest recovery point of every other disk is at most 4h old; the limit is 26h",
            "no usable recovery point covers disk 2 yet; the grace of 24h is not over",
        ],
        "rule": "defaults",
        "age_seconds": 4 * HOUR,
        "newest_at": "2026-03-30T02:00:00Z",
        "oldest_at": "2026-03-29T02:00:00Z",
        "copies": 2,
        "total_size_bytes": 2000 * 1024,
        "disks": [
            {
                "id": 1,
                "identifier": "disk1",
                "label": "label 1",
                "is_swap": False,
                "created_at": "2026-03-10T06:00:00Z",
                "newest_at": "2026-03-30T02:00:00Z",
                "oldest_at": "2026-03-29T02:00:00Z",
                "age_seconds": 4 * HOUR,
                "copies": 2,
                "source_backup_id": 11,
            },
            {
                "id": 2,
                "identifier": "disk2",
                "label": "label 2",
                "is_swap": False,
                "created_at": "2026-03-30T05:00:00Z",
                "newest_at": None,
                "oldest_at": None,
                "age_seconds": None,
                "copies": 0,
                "source_backup_id": None,
            },
        ],
        "evaluated_at": "2026-03-30T06:00:00Z",
    }


def test_facts_of_unread_records():
    nothing = assessment(backups=None).as_facts(NOW)
    assert list(nothing) == list(assessment(backups=points()).as_facts(NOW))
    assert (nothing["copies"], nothing["disks"]) == (None, [])


def test_reasons_have_no_labels():
    found = assessment([disk(label="{{ evil }}")], [], machine=vm(label="{{ evil }}"))
    assert "evil" not in str(found.reasons)


# --- one backup ---


def test_time_of_the_evaluation():
    assert moment("2026-03-30T06:00:00Z") == NOW


@pytest.mark.parametrize(
    ("backup", "usable", "age"),
    [
        (point(10, HOUR), True, HOUR),
        (point(10, HOUR, locked=True), True, HOUR),
        (point(10, -5 * MINUTE), True, 0),
        (point(10, -5 * MINUTE - 1), False, None),
        (point(10, HOUR, marked_for_delete=True), False, HOUR),
        (attempt(10, HOUR), False, HOUR),
        (point(10, HOUR, built=None), False, HOUR),
        (point(10, HOUR, created_at=MISSING), False, None),
    ],
)
def test_one_backup(backup, usable, age):
    clock = parse_policy(None).clock
    assert usability(backup, clock, NOW, times_after(NOW, NOW, clock)) == {"usable": usable, "age_seconds": age}


@pytest.mark.parametrize(
    ("backup", "usable", "age"),
    [
        (point(10, HOUR), True, HOUR),
        pytest.param(point(10, -1), False, None, id="created later"),
        pytest.param(point(10, -DAY - 5 * MINUTE), False, None, id="created while it was read"),
        pytest.param(point(10, HOUR, built_at=Instant(NOW + HOUR, None)), False, HOUR, id="built later"),
    ],
)
def test_one_backup_at_a_time_in_the_past(backup, usable, age):
    clock = parse_policy(None).clock
    later = times_after(NOW, NOW + DAY, clock)
    assert usability(backup, clock, NOW, later) == {"usable": usable, "age_seconds": age}
