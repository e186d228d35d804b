# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of backups over time, by tables of named cases."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._fields import moment
from ansible_collections.community.onapp.plugins.module_utils._records import Target
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import (
    DAY,
    DISK_2,
    HOUR,
    KEPT,
    MINUTE,
    MISSING,
    NOW,
    TWO_DISKS,
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


def outcome_of(check, given):
    found = results(**given)[check]
    return found.status, found.actual, found.disk_id, found.backup_ids


def tier(name, count, least, **more):
    return limits(retention={"daily": None, "weekly": None, name: {"count": count, "min": least}, **more})


# --- retention ---

RETENTION = {
    "daily(7) of the vector": (
        having(backups=KEPT, policy=tier("daily", 7, 7)),
        ("retention_daily", "warn", "6 of 7, missing 2026-03-27", (5, 6, 7, 8, 9, 10)),
    ),
    "daily(7), one may be missing": (
        having(backups=KEPT, policy=tier("daily", 7, 6)),
        ("retention_daily", "pass", "6 of 7, missing 2026-03-27", (5, 6, 7, 8, 9, 10)),
    ),
    "weekly(4) of the vector": (
        having(backups=KEPT, policy=tier("weekly", 4, 4)),
        ("retention_weekly", "warn", "3 of 4, missing 2026-W10", (3, 4, 10)),
    ),
    "monthly(3) of the vector": (
        having(backups=KEPT, policy=tier("monthly", 3, 3)),
        ("retention_monthly", "warn", "1 of 3, missing 2025-12, 2026-02", (1,)),
    ),
    "current partial period ignored": (
        having(backups=[point(1, HOUR)], policy=tier("daily", 1, 1)),
        ("retention_daily", "warn", "0 of 1, missing 2026-03-29", ()),
    ),
    "current partial week ignored": (
        having(
            backups=[dated(1, "2026-03-30T00:00:00Z"), dated(2, "2026-03-29T23:59:59Z")], policy=tier("weekly", 1, 1)
        ),
        ("retention_weekly", "pass", "1 of 1", (2,)),
    ),
    "yearly": (
        having(
            disks=[disk(age=5000 * DAY)],
            backups=[dated(1, "2025-12-31T23:59:59Z"), dated(2, "2026-01-01T00:00:00Z")],
            policy=tier("yearly", 2, 1),
        ),
        ("retention_yearly", "pass", "1 of 2, missing 2024", (1,)),
    ),
    "newest of a period is the one that is named": (
        having(
            backups=[dated(1, "2026-03-29T01:00:00Z"), dated(2, "2026-03-29T20:00:00Z")],
            policy=tier("daily", 1, 1),
        ),
        ("retention_daily", "pass", "1 of 1", (2,)),
    ),
    "marked for delete": (
        having(backups=[dated(1, "2026-03-29T01:00:00Z", marked_for_delete=True)], policy=tier("daily", 1, 1)),
        ("retention_daily", "warn", "0 of 1, missing 2026-03-29", ()),
    ),
    "periods before the disk existed do not apply": (
        having(
            disks=[disk(age=10 * DAY)],
            backups=[dated(1, "2026-03-28T02:00:00Z")],
            policy=tier("weekly", 4, 4),
        ),
        ("retention_weekly", "pass", "1 of 1", (1,)),
    ),
    "the day on which the disk came does not apply": (
        having(
            disks=[disk(age=NOW - moment("2026-03-27T00:00:01Z"))],
            backups=[dated(1, "2026-03-28T02:00:00Z"), dated(2, "2026-03-29T02:00:00Z")],
            policy=tier("daily", 7, 7),
        ),
        ("retention_daily", "pass", "2 of 2", (1, 2)),
    ),
    "from the first second of a day on it does": (
        having(
            disks=[disk(age=NOW - moment("2026-03-27T00:00:00Z"))],
            backups=[dated(1, "2026-03-28T02:00:00Z"), dated(2, "2026-03-29T02:00:00Z")],
            policy=tier("daily", 7, 7),
        ),
        ("retention_daily", "warn", "2 of 3, missing 2026-03-27", (1, 2)),
    ),
    "periods before the VM existed do not apply": (
        having(
            disks=[disk(age=None)],
            backups=[dated(1, "2026-03-29T02:00:00Z")],
            machine=vm(created_at=moment("2026-03-28T12:00:00Z")),
            policy=tier("daily", 7, 7),
        ),
        ("retention_daily", "pass", "1 of 1", (1,)),
    ),
    "younger than one period": (
        having(disks=[disk(age=20 * DAY)], backups=[point(1, DAY)], policy=tier("monthly", 3, 3)),
        ("retention_monthly", "insufficient_data", "no completed month", ()),
    ),
    "a point may serve several tiers": (
        having(
            backups=[dated(1, "2025-12-31T12:00:00Z")],
            policy=limits(
                retention={name: {"count": 1, "min": 1} for name in ("daily", "weekly", "monthly", "yearly")}
            ),
            now=moment("2026-01-01T12:00:00Z"),
        ),
        ("retention_monthly", "pass", "1 of 1", (1,)),
    ),
    "ISO week 53": (
        having(
            backups=[dated(1, "2026-12-31T12:00:00Z")],
            policy=tier("weekly", 2, 2),
            now=moment("2027-01-04T00:00:00Z"),
        ),
        ("retention_weekly", "warn", "1 of 2, missing 2026-W52", (1,)),
    ),
    "ISO week 53, on its last day": (
        having(
            backups=[dated(1, "2027-01-03T12:00:00Z")],
            policy=tier("weekly", 1, 1),
            now=moment("2027-01-04T00:00:00Z"),
        ),
        ("retention_weekly", "pass", "1 of 1", (1,)),
    ),
    "ISO week 53 is the current one": (
        having(
            backups=[dated(1, "2026-12-31T12:00:00Z")],
            policy=tier("weekly", 1, 1),
            now=moment("2027-01-03T23:59:59Z"),
        ),
        ("retention_weekly", "warn", "0 of 1, missing 2026-W52", ()),
    ),
    "month boundary in UTC": (
        having(
            backups=[dated(1, "2026-06-30T22:30:00Z")],
            policy=tier("monthly", 1, 1),
            now=moment("2026-08-10T00:00:00Z"),
        ),
        ("retention_monthly", "warn", "0 of 1, missing 2026-07", ()),
    ),
    "month boundary in the policy zone": (
        having(
            backups=[dated(1, "2026-06-30T22:30:00Z")],
            policy={"timezone": "Europe/Berlin", **tier("monthly", 1, 1)},
            now=moment("2026-08-10T00:00:00Z"),
        ),
        ("retention_monthly", "pass", "1 of 1", (1,)),
    ),
    "days that start at 16:00": (
        having(
            # The current day begins on 03-29 at 16:00; 03-29 15:59 belongs to 03-28.
            backups=[dated(1, "2026-03-29T15:59:59Z"), dated(2, "2026-03-29T16:00:00Z")],
            policy={"day_starts_at": "16:00", **tier("daily", 1, 1)},
        ),
        ("retention_daily", "pass", "1 of 1", (1,)),
    ),
    "a strict tier with a point of its schedule": (
        having(
            backups=[dated(1, "2026-03-29T02:00:00Z", initiated="weeks"), dated(2, "2026-03-29T03:00:00Z")],
            policy=tier("weekly", 1, 1, tier_strict=True),
        ),
        ("retention_weekly", "pass", "1 of 1", (1,)),
    ),
    "a strict tier without one": (
        having(backups=[dated(2, "2026-03-29T03:00:00Z")], policy=tier("weekly", 1, 1, tier_strict=True)),
        ("retention_weekly", "warn", "0 of 1, missing 2026-W13", ()),
    ),
    "a copy of the VM counts for each disk": (
        having(disks=TWO_DISKS, backups=[dated(1, "2026-03-29T02:00:00Z", VM)], policy=tier("daily", 1, 1)),
        ("retention_daily", "pass", "1 of 1", (1,)),
    ),
}


@pytest.mark.parametrize("name", RETENTION)
def test_retention(name):
    given, (check, status, actual, ids) = RETENTION[name]
    found = results(**given)[check]
    assert (found.status, found.actual, found.disk_id) == (status, actual, 1)
    assert found.backup_ids == ids


def test_point_in_all_tiers():
    given, _expected = RETENTION["a point may serve several tiers"]
    found = results(**given)
    assert {found[f"retention_{name}"].status for name in ("daily", "monthly", "yearly")} == {"pass"}
    # Week 1 of 2026 is the current one.
    assert found["retention_weekly"].actual == "0 of 1, missing 2025-W52"


def test_message_of_retention():
    found = results(backups=KEPT, policy=tier("daily", 7, 6))["retention_daily"]
    assert found.expected == "6 of the last 7 days"
    assert found.message == "Disk 1 holds a recovery point of 6 of the last 7 days; missing: 2026-03-27."
    assert results(policy=tier("weekly", 1, 1))["retention_weekly"].expected == "1 of the last 1 week"


def test_periods_before_the_oldest_point_are_unknown():
    def message_of(backups, policy):
        return next(
            iter(one for name, one in results(backups=backups, policy=policy).items() if "ention_" in name)
        ).message

    unknown = "; nothing from before 2026-03-26T02:00:00Z is kept, so earlier recovery points are unknown."
    assert message_of(KEPT[-3:], tier("daily", 7, 6)).endswith(unknown)
    assert message_of(KEPT[-3:], tier("monthly", 1, 1)).endswith(unknown)
    # Older points are kept, so the period had none.
    assert message_of(KEPT, tier("weekly", 4, 4)).endswith("missing: 2026-W10.")
    # The first missing day is before the oldest point, but is not the first day.
    assert message_of(KEPT, tier("monthly", 3, 3)).endswith(
        "; nothing from before 2026-01-31T02:00:00Z is kept, so earlier recovery points are unknown."
    )
    assert message_of([], tier("daily", 1, 1)) == (
        "Disk 1 holds a recovery point of 0 of the last 1 day; missing: 2026-03-29."
    )


# --- max_gap ---


def gap(limit="50h", window="14d"):
    return limits(max_gap={"limit": limit, "window": window})


BIRTH = {"disks": [disk(age=5 * DAY)]}
MAX_GAP = {
    "anchored by an older point": (having(backups=KEPT, policy=gap()), ("warn", "7d", (3, 4))),
    "anchored by an older point, within the limit": (having(backups=KEPT, policy=gap("7d")), ("pass", "7d", (3, 4))),
    "truncated with the 3 newest": (
        having(backups=KEPT[-3:], policy=gap()),
        ("insufficient_data", "48h, truncated at 2026-03-26T02:00:00Z", (8, 9)),
    ),
    "truncated, and too long already": (having(backups=KEPT[-3:], policy=gap("47h")), ("warn", "48h", (8, 9))),
    "exactly the limit": (having(backups=KEPT[5:], policy=gap("48h", "6d")), ("pass", "48h", (8, 9))),
    "a second too long": (
        having(backups=[point(1, 60 * HOUR + 1), point(2, 10 * HOUR), point(3, 900 * HOUR)], policy=gap("50h", "2d")),
        ("warn", "50h 1s", (1, 2)),
    ),
    "the time since the newest belongs to rpo": (
        having(backups=[point(1, 15 * DAY), point(2, 14 * DAY), point(3, 13 * DAY)], policy=gap()),
        ("pass", "24h", (2, 3)),
    ),
    "gaps before the window do not count": (
        having(
            backups=[point(1, 90 * DAY), point(2, 3 * DAY), point(3, 2 * DAY), point(4, DAY)], policy=gap("50h", "3d")
        ),
        ("pass", "24h", (2, 3)),
    ),
    "a gap that ends as the window begins": (
        having(backups=[point(1, 9 * DAY), point(2, 3 * DAY), point(3, 2 * DAY)], policy=gap("50h", "3d")),
        ("pass", "24h", (2, 3)),
    ),
    "a gap that ends a second later": (
        having(backups=[point(1, 9 * DAY), point(2, 3 * DAY - 1), point(3, 2 * DAY)], policy=gap("50h", "3d")),
        ("warn", "6d 1s", (1, 2)),
    ),
    "one point": (having(backups=[point(1, DAY)], policy=gap()), ("insufficient_data", "no two recovery points", (1,))),
    "one point in the window, and none before": (
        having(backups=[point(1, DAY)], policy=gap(window="2d")),
        ("insufficient_data", "no two recovery points", (1,)),
    ),
    "all points before the window": (
        having(backups=[point(1, 5 * DAY), point(2, 4 * DAY)], policy=gap(window="1d")),
        ("insufficient_data", "no two recovery points", (2,)),
    ),
    "complete life of a new disk": (
        having(backups=[point(1, 4 * DAY), point(2, 3 * DAY)], policy=gap(), **BIRTH),
        ("pass", "24h", (1, 2)),
    ),
    "a new disk whose first point came after its grace": (
        having(backups=[point(1, 4 * DAY - 1), point(2, 3 * DAY)], policy=gap(), **BIRTH),
        ("insufficient_data", "23h 59m, truncated at 2026-03-26T06:00:01Z", (1, 2)),
    ),
    "marked for delete does not bridge": (
        having(backups=[point(1, 15 * DAY), point(2, 8 * DAY, marked_for_delete=True), point(3, DAY)], policy=gap()),
        ("warn", "14d", (1, 3)),
    ),
}


@pytest.mark.parametrize("name", MAX_GAP)
def test_max_gap(name):
    given, (status, actual, ids) = MAX_GAP[name]
    assert outcome_of("max_gap", given) == (status, actual, 1, ids)


def test_message_of_max_gap():
    assert results(backups=KEPT, policy=gap())["max_gap"].message == (
        "The longest gap of the last 14d is 7d, between backups 3 and 4 of disk 1; the limit is 50h."
    )
    assert results(backups=KEPT[-3:], policy=gap())["max_gap"].message == (
        "The longest gap of the last 14d is 48h, between backups 8 and 9 of disk 1, but nothing from before"
        " 2026-03-26T02:00:00Z is kept, so older gaps are unknown."
    )


def test_gap_is_reported_once():
    found = results(backups=[point(1, 14 * DAY), point(2, 13 * DAY), point(3, 20 * DAY)], policy=gap("8d"))
    assert (found["max_gap"].status, found["rpo"].status) == ("pass", "fail")


# --- window ---


def started(text, number=1, **fields):
    return dated(number, text, **fields)


def hours(start, end, zone="UTC"):
    return {"timezone": zone, **limits(window={"start": start, "end": end})}


WINDOW = {
    "from its start on": (
        having(backups=[started("2026-03-29T22:00:00Z")], policy=hours("22:00", "23:00")),
        ("pass", "22:00"),
    ),
    "the minute before": (
        having(backups=[started("2026-03-29T21:59:59Z")], policy=hours("22:00", "23:00")),
        ("warn", "21:59"),
    ),
    "until its end": (
        having(backups=[started("2026-03-29T22:59:59Z")], policy=hours("22:00", "23:00")),
        ("pass", "22:59"),
    ),
    "at its end": (
        having(backups=[started("2026-03-29T23:00:00Z")], policy=hours("22:00", "23:00")),
        ("warn", "23:00"),
    ),
    "across midnight, before it": (
        having(backups=[started("2026-03-29T23:59:00Z")], policy=hours("22:00", "06:00")),
        ("pass", "23:59"),
    ),
    "across midnight, after it": (
        having(backups=[started("2026-03-30T00:00:00Z")], policy=hours("22:00", "06:00")),
        ("pass", "00:00"),
    ),
    "across midnight, outside": (
        having(backups=[started("2026-03-30T06:00:00Z")], policy=hours("22:00", "06:00")),
        ("warn", "06:00"),
    ),
    "in local time": (
        having(backups=[started("2026-03-29T20:30:00Z")], policy=hours("22:00", "23:00", "Europe/Berlin")),
        ("pass", "22:30"),
    ),
    "in local time, the day before summer time": (
        having(backups=[started("2026-03-28T20:30:00Z")], policy=hours("22:00", "23:00", "Europe/Berlin")),
        ("warn", "21:30"),
    ),
    "manual ones are ignored": (
        having(
            backups=[started("2026-03-29T22:30:00Z"), started("2026-03-30T05:00:00Z", 2, initiated="manual")],
            policy=hours("22:00", "23:00"),
        ),
        ("pass", "22:30"),
    ),
    "manual only": (
        having(backups=[started("2026-03-30T05:00:00Z", initiated="manual")], policy=hours("22:00", "23:00")),
        ("insufficient_data", "none"),
    ),
    "unknown what started it": (
        having(backups=[started("2026-03-30T05:00:00Z", initiated=None)], policy=hours("22:00", "23:00")),
        ("insufficient_data", "none"),
    ),
    "the newest counts": (
        having(
            backups=[started("2026-03-30T05:00:00Z"), started("2026-03-29T22:30:00Z", 2)],
            policy=hours("22:00", "23:00"),
        ),
        ("warn", "05:00"),
    ),
    "when it started, not when it was complete": (
        having(
            backups=[started("2026-03-29T22:30:00Z", built_at=at(NOW))],
            policy={"clock": {"age_from": "built_at"}, **hours("22:00", "23:00")},
        ),
        ("pass", "22:30"),
    ),
}


@pytest.mark.parametrize("name", WINDOW)
def test_window(name):
    given, expected = WINDOW[name]
    found = results(**given)["window"]
    assert (found.status, found.actual, found.severity) == (*expected, "info")


def test_message_of_window():
    found = results(backups=[started("2026-03-30T05:00:00Z")], policy=hours("22:00", "06:30", "Europe/Berlin"))[
        "window"
    ]
    assert found.expected == "22:00 to 06:30 Europe/Berlin"
    assert found.message == (
        "Backup 1, the newest scheduled one of disk 1, was started at 07:00, outside 22:00 to 06:30 Europe/Berlin."
    )


# --- duration ---


def took(*minutes, **fields):
    """Backups with these durations, one a day, the last one a day ago."""
    return [
        point(
            number,
            (len(minutes) - number + 1) * DAY,
            **{"built_at": at(NOW - (len(minutes) - number + 1) * DAY + count * MINUTE), **fields},
        )
        for number, count in enumerate(minutes, start=1)
    ]


def slow(**keys):
    return limits(duration=keys)


DURATION = {
    "exactly the limit": (took(120), slow(limit="2h"), ("pass", "2h", (1,))),
    "a minute too long": (took(121), slow(limit="2h"), ("warn", "2h 1m", (1,))),
    "a limit below the floor holds all the same": (took(20), slow(limit="10m"), ("warn", "20m", (1,))),
    "negative is bad data": (took(-1), slow(limit="2h"), ("insufficient_data", "not known", (1,))),
    "unknown completion": (
        took(1, built_at=MISSING),
        slow(limit="2h"),
        ("insufficient_data", "not known", (1,)),
    ),
    "only the newest": (took(600, 5), slow(limit="2h"), ("pass", "5m", (2,))),
    "within the factor of the median": (took(60, 60, 60, 60, 60, 120), slow(factor=2), ("pass", "2h", (6,))),
    "beyond the factor of the median": (took(60, 60, 60, 60, 60, 121), slow(factor=2), ("warn", "2h 1m", (6,))),
    "median, not mean": (took(60, 60, 60, 60, 6000, 121), slow(factor=2), ("warn", "2h 1m", (6,))),
    "up to the floor nothing is compared": (took(1, 1, 1, 1, 1, 30), slow(factor=2), ("pass", "30m", (6,))),
    "just above the floor": (took(1, 1, 1, 1, 1, 31), slow(factor=2), ("warn", "31m", (6,))),
    "learning": (
        took(60, 60, 60, 60, 600),
        slow(factor=2),
        ("insufficient_data", "10h, learning 4/5", (5,)),
    ),
    "negative ones teach nothing": (
        took(60, 60, -1, 60, 60, 600),
        slow(factor=2),
        ("insufficient_data", "10h, learning 4/5", (6,)),
    ),
    "the constant holds while it learns": (took(60, 600), slow(factor=2, limit="9h"), ("warn", "10h", (2,))),
    "only the last 10 before it": (took(*[1] * 10, *[60] * 10, 100), slow(factor=2), ("pass", "100m", (21,))),
    "compared with its own kind": (
        [
            *took(*[1] * 5, backup_type="incremental"),
            *(one._replace(id=one.id + 10) for one in took(*[60] * 5, 100)),
        ],
        slow(factor=2, floor="1m"),
        ("pass", "100m", (16,)),
    ),
}


@pytest.mark.parametrize("name", DURATION)
def test_duration(name):
    backups, policy, (status, actual, ids) = DURATION[name]
    expected = (status, actual.replace("100m", "1h 40m"), 1, ids)
    assert outcome_of("duration", having(backups=backups, policy=policy)) == expected


def test_message_of_duration():
    found = results(backups=took(60, 60, 60, 60, 60, 300), policy=slow(factor=2.5, limit="6h"))["duration"]
    assert found.expected == "at most 6h and at most 2.5 times the median"
    assert found.message == "Backup 6 took 5h, more than 2.5 times that; the median of 5 earlier ones is 1h."
    found = results(backups=took(60, 60, 60, 60, 60, 120), policy=slow(factor=2.5))["duration"]
    assert found.message == "Backup 6 took 2h; the median of 5 earlier ones is 1h."


# --- full_max_age ---

INCREMENTAL = {"backup_type": "incremental"}
FULL_MAX_AGE = {
    "exactly the limit": ([point(1, 10 * DAY)], ("pass", "10d", 1, (1,))),
    "a second past it": ([point(1, 10 * DAY + 1)], ("warn", "10d 1s", 1, (1,))),
    "the newest normal one": ([point(1, 30 * DAY), point(2, 9 * DAY)], ("pass", "9d", 1, (2,))),
    "newer incremental ones": (
        [point(1, 11 * DAY), *(point(number, DAY, VM, **INCREMENTAL) for number in (2, 3))],
        ("warn", "11d", 1, (1,)),
    ),
    "a chain of incremental ones": (
        [point(number, (13 - number) * DAY, VM, **INCREMENTAL) for number in (1, 2, 3)],
        ("warn", "12d", 1, (1,)),
    ),
    "a short chain": ([point(1, 3 * DAY, VM, **INCREMENTAL)], ("pass", "3d", 1, (1,))),
    "not built": ([attempt(1, HOUR)], ("insufficient_data", "no recovery point", 1, ())),
    "marked for delete": (
        [point(1, 11 * DAY), point(2, DAY, marked_for_delete=True)], ("warn", "11d", 1, (1,)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FULL_MAX_AGE)
def test_full_max_age(name):
    backups, expected = FULL_MAX_AGE[name]
    assert outcome_of("full_max_age", having(backups=backups, policy=limits(full_max_age="10d"))) == expected


def test_message_of_full_max_age():
    def message_of(*backups):
        return results(backups=backups, policy=limits(full_max_age="10d"))["full_max_age"].message

    assert message_of(point(7, 11 * DAY)) == (
        "The newest normal backup of disk 1 (backup 7) is 11d old; the limit is 10d."
    )
    assert message_of(point(7, 3 * DAY, VM, **INCREMENTAL)) == (
        "The first incremental backup of disk 1 (backup 7) is 3d old."
    )


# --- max_retention ---

MAX_RETENTION = {
    "exactly the limit": ([point(1, 10 * DAY)], ("pass", "10d", None, ())),
    "a second past it": ([point(1, 10 * DAY + 1), point(2, DAY)], ("warn", "10d 1s", None, (1,))),
    "manual ones that were not deleted": (
        [point(number, (10 + number) * DAY, initiated="manual") for number in range(1, 4)],
        ("warn", "13d", None, (3, 2, 1)),
    ),
    "marked for delete": ([point(1, 11 * DAY, marked_for_delete=True)], ("pass", "no copy", None, ())),
    "not built": ([attempt(1, 11 * DAY)], ("pass", "no copy", None, ())),
    "of a deleted disk": ([point(1, 11 * DAY, Target("Disk", 99))], ("warn", "11d", None, (1,))),
    "of another VM": ([point(1, 11 * DAY, Target("VirtualMachine", 43))], ("pass", "no copy", None, ())),
}


@pytest.mark.parametrize("name", MAX_RETENTION)
def test_max_retention(name):
    backups, expected = MAX_RETENTION[name]
    assert outcome_of("max_retention", having(backups=backups, policy=limits(max_retention="10d"))) == expected


def test_message_of_max_retention():
    def message_of(*ages):
        backups = [point(number, age * DAY) for number, age in enumerate(ages, start=1)]
        return results(backups=backups, policy=limits(max_retention="10d"))["max_retention"].message

    assert message_of(11) == "1 usable copy is older than 10d: backup 1; the oldest is 11d old."
    assert message_of(11, 12) == "2 usable copies are older than 10d: backups 2, 1; the oldest is 12d old."


def test_max_retention_names_the_50_oldest():
    found = results(backups=healthy(), policy=limits(max_retention="1d"))["max_retention"]
    assert found.backup_ids == tuple(range(1001, 1051))


def test_two_disks_are_checked_one_by_one():
    policy = {**limits(window={"start": "22:00", "end": "23:00"}, duration={"limit": "1h"})}
    backups = [
        dated(1, "2026-03-29T22:30:00Z"),
        dated(2, "2026-03-29T21:30:00Z", DISK_2, built_at=at(NOW)),
    ]
    found = results(TWO_DISKS, backups, policy=policy)
    assert [(found[name].status, found[name].disk_id) for name in ("window", "duration")] == [("warn", 2), ("warn", 2)]


@pytest.mark.parametrize(
    ("least", "backups", "status"),
    [
        (1, [point(1, 4 * HOUR)], "warn"),
        (1, [point(1, 4 * HOUR), point(2, 3 * DAY)], "pass"),
        (2, [point(1, 4 * HOUR), point(2, 3 * DAY)], "pass"),
        (3, [point(1, 4 * HOUR), point(2, 3 * DAY)], "warn"),
        (3, [point(1, 4 * HOUR), point(2, 3 * DAY), point(3, 10 * DAY)], "pass"),
    ],
)
def test_fewer_periods_are_required_of_younger_disks(least, backups, status):
    policy = limits(retention={"daily": None, "weekly": {"count": 4, "min": least}})
    found = results(disks=[disk(1, age=16 * DAY)], backups=backups, policy=policy)["retention_weekly"]
    assert found.status == status
