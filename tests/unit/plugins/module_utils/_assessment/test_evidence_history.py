# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kept periods and gaps."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._fields import moment
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import (
    DAY,
    DISK_2,
    HOUR,
    KEPT,
    NOW,
    TWO_DISKS,
    assessed,
    case_of,
    dated,
    disk,
    healthy,
    limits,
    point,
)


def kept(name, count, least=1, **given):
    policy = limits(retention={name: {"count": count, "min": least}, **given.pop("more", {})})
    found = case_of(policy=policy, **given).kept[name][1]
    return found, found.is_short


def missing_in(found):
    return [period.name for period, held in found.periods if held is False]


@pytest.mark.parametrize(
    ("name", "count", "missing"),
    [
        ("daily", 7, ["2026-03-27"]),
        ("weekly", 4, ["2026-W10"]),
        ("monthly", 3, ["2025-12", "2026-02"]),
    ],
)
def test_example(name, count, missing):
    found, _short = kept(name, count, backups=KEPT)
    assert missing_in(found) == missing
    assert len(found.periods) == count
    enough = count - len(missing)
    assert kept(name, count, enough, backups=KEPT)[1] is False
    assert kept(name, count, enough + 1, backups=KEPT)[1] is True


def test_kept_periods():
    found, _short = kept("daily", 3, backups=KEPT)
    assert [(period.name, held) for period, held in found.periods] == [
        ("2026-03-27", False),
        ("2026-03-28", True),
        ("2026-03-29", True),
    ]
    assert [each.id for each in found.points] == [9, 10]


def test_periods_before_the_disk():
    found, short = kept("daily", 4, 4, disks=[disk(age=2 * DAY)], backups=[point(1, DAY)])
    assert [held for period, held in found.periods] == [None, None, None, True]
    assert (missing_in(found), short) == ([], False)
    # A backup from before the creation shows that the disk existed.
    found, _short = kept("daily", 2, disks=[disk(age=HOUR)], backups=[point(1, DAY)])
    assert [held for period, held in found.periods] == [None, True]


@pytest.mark.parametrize(
    ("name", "initiated", "held"),
    [
        ("daily", "days", True),
        ("daily", "weeks", False),
        ("weekly", "weeks", True),
        ("monthly", "months", True),
        ("yearly", "years", True),
        ("yearly", "manual", False),
        ("yearly", None, False),
    ],
)
def test_strict_tier(name, initiated, held):
    backups = [dated(1, "2025-12-28T12:00:00Z", initiated=initiated)]
    now = moment({"daily": "2025-12-29T01:00:00Z", "weekly": "2025-12-29T01:00:00Z"}.get(name, "2026-01-01T01:00:00Z"))
    assert missing_in(kept(name, 1, backups=backups, now=now)[0]) == []
    found, _short = kept(name, 1, backups=backups, now=now, more={"tier_strict": True})
    assert (missing_in(found) == []) is held


@pytest.mark.parametrize(
    ("first_day", "name", "count", "truncated"),
    [
        ("2026-03-26", "daily", 4, False),
        ("2026-03-26", "daily", 5, True),
        ("2026-03-26", "weekly", 1, False),
        ("2026-03-26", "weekly", 2, True),
        ("2026-03-20", "daily", 9, False),
    ],
)
def test_truncated_at(first_day, name, count, truncated):
    backups = [dated(1, f"{first_day}T02:00:00Z"), dated(2, "2026-03-28T02:00:00Z")]
    found, _short = kept(name, count, backups=backups)
    assert found.truncated_at == (moment(f"{first_day}T02:00:00Z") if truncated else None)


def test_point_at_the_start_of_a_period():
    backups = [dated(1, "2026-03-28T00:00:00Z")]
    found, _short = kept("daily", 2, backups=backups)
    assert (missing_in(found), [each.id for each in found.points]) == (["2026-03-29"], [1])
    # That day is completely known, so that nothing is truncated.
    found, _short = kept("daily", 2, backups=backups, more={"tier_strict": True})
    assert (len(missing_in(found)), found.truncated_at) == (1, None)
    by_hand = [backups[0]._replace(initiated="manual")]
    found, _short = kept("daily", 2, backups=by_hand, more={"tier_strict": True})
    assert (len(missing_in(found)), found.truncated_at) == (2, None)


def test_without_points_nothing_is_truncated():
    found, short = kept("daily", 2)
    assert (missing_in(found), found.points, found.truncated_at, short) == (
        ["2026-03-28", "2026-03-29"],
        (),
        None,
        True,
    )


def test_calendar_of_a_policy():
    policy = parse_policy({"timezone": "Europe/Berlin", "day_starts_at": "16:00"})
    assert (policy.calendar.timezone, policy.calendar.day_starts_at) == ("Europe/Berlin", "16:00")


ONLY_DAILY = {"weekly": None, "daily": {"count": 7, "min": 7}}


@pytest.mark.parametrize(
    ("disks", "backups", "retention", "misses"),
    [
        ([disk()], healthy(), {}, False),
        ([disk()], KEPT, ONLY_DAILY, True),
        ([disk()], KEPT, {"weekly": None}, False),
        ([disk()], KEPT, {}, True),
        ([disk()], KEPT, None, False),
        ([disk()], [], {}, True),
        (TWO_DISKS, [*healthy(), *[one._replace(id=one.id + 50, target=DISK_2) for one in KEPT]], ONLY_DAILY, True),
        ([disk(), disk(2, age=29 * HOUR)], healthy(), {"weekly": None, "daily": {"count": 1, "min": 1}}, False),
        ([disk(), disk(2, age=30 * HOUR)], healthy(), {"weekly": None, "daily": {"count": 1, "min": 1}}, True),
        ([disk(), disk(2, age=HOUR)], healthy(), {}, False),
    ],
)
def test_misses_periods(disks, backups, retention, misses):
    flags = assessed(disks=disks, backups=backups, policy=limits(retention=retention)).flags
    assert ("retention_missing" in flags) is misses


# --- gaps ---


def gap_of(*ages, **given):
    """The longest gap of points of these ages in days, numbered from the first."""
    backups = [point(number, int(age * DAY)) for number, age in enumerate(ages, start=1)]
    found = case_of(backups=backups, **given).gaps[1]
    return found.seconds and found.seconds / DAY, [each.id for each in found.points], found.truncated_at


@pytest.mark.parametrize(
    ("ages", "seconds", "ids", "truncated"),
    [
        ((20, 10, 1), 10, [1, 2], None),
        ((14, 10, 1), 9, [2, 3], None),
        ((13.5, 10, 1), 9, [2, 3], 13.5),
        ((1,), None, [1], 1),
        ((20,), None, [1], None),
        ((20, 15), None, [2], None),
        ((30, 14, 13), 1, [2, 3], None),
        ((30, 13.5, 13), 16.5, [1, 2], None),
        ((15, 13, 11), 2, [1, 2], None),
    ],
)
def test_longest_gap(ages, seconds, ids, truncated):
    found = gap_of(*ages)
    assert found == (seconds, ids, None if truncated is None else NOW - int(truncated * DAY))


def test_example_of_gaps():
    found = case_of(backups=KEPT).gaps[1]
    assert (found.seconds, found.truncated_at) == (7 * DAY, None)
    found = case_of(backups=KEPT[-3:]).gaps[1]
    assert (found.seconds, found.truncated_at) == (2 * DAY, moment("2026-03-26T02:00:00Z"))


@pytest.mark.parametrize(("age", "truncated"), [(5, None), (5.01, 4)])
def test_new_disk(age, truncated):
    found = gap_of(4, 3, disks=[disk(age=int(age * DAY))])
    assert found[2] == (None if truncated is None else NOW - truncated * DAY)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"limit": "7d"}, False),
        ({"limit": "167h"}, True),
        ({"limit": "48h", "window": "6d"}, False),
        ({"limit": "47h", "window": "6d"}, True),
        (None, False),
    ],
)
def test_has_gap(keys, expected):
    found = assessed(backups=KEPT, policy=limits(max_gap=keys))
    assert [gap.is_too_long for gap in found.evidence.gaps.values()] == ([] if keys is None else [expected])
    assert ("gap" in found.flags) is expected


def test_has_gap_of_any_disk():
    backups = [*healthy(), point(1, 9 * DAY, DISK_2), point(2, DAY, DISK_2)]
    policy = limits(max_gap={})
    assert "gap" in assessed(disks=TWO_DISKS, backups=backups, policy=policy).flags
    without = assessed(disks=TWO_DISKS, backups=healthy(), policy=policy)
    assert (list(without.evidence.gaps), "gap" in without.flags) == ([1], False)
