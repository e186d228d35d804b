# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comparison of the sizes of backups."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import (
    DAY,
    DISK_1,
    DISK_2,
    GB,
    HOUR,
    TWO_DISKS,
    VM,
    assessed,
    case_of,
    limits,
    point,
)


def sized(*sizes, target=DISK_1, first=1, **fields):
    """Backups of these sizes in kB, one a day."""
    return [
        point(first + place, (len(sizes) - place) * DAY, target, size=size, **fields)
        for place, size in enumerate(sizes)
    ]


def comparison(*backups):
    return case_of(backups=backups).sizes.get(1)


def ratio_of(found):
    return found.median and found.newest.backup.size / found.median


def change_of(found):
    """As the policy names the limit; a critical change is a change, too."""
    assert found.shrank >= found.is_critical and not (found.shrank and found.grew)
    return "growth" if found.grew else "shrink_critical" if found.is_critical else "shrink" if found.shrank else None


def changes(**given):
    """The changes of the disks, on which flags depend."""
    assessment = assessed(**given)
    found = set(map(change_of, assessment.evidence.sizes.values())) - {None}
    if "size" in assessment.rule.written:
        assert ("size_growth" in assessment.flags) == ("growth" in found)
        assert ("size_shrink" in assessment.flags) == bool(found & {"shrink", "shrink_critical"})
    return found


def test_nothing_to_compare():
    assert comparison() is None
    assert comparison(*sized(1, 2, target=VM)) is None
    found = comparison(*sized(5))
    assert (found.newest.id, found.earlier, found.median, change_of(found)) == (1, (), None, None)
    found = comparison(*sized(5, None))
    assert (found.newest.id, len(found.earlier), found.median, change_of(found)) == (2, 1, 5, None)


@pytest.mark.parametrize(
    ("sizes", "earlier", "median", "ratio"),
    [
        ([10, 20], [1], 10, 2),
        ([10, 30, 20], [2, 1], 20, 1),
        ([10, 10, 1000, 10], [3, 2, 1], 10, 1),
        ([10, 0, None, 5], [1], 10, 0.5),
        ([10, 0], [1], 10, 0),
        ([*[1] * 5, *[10] * 10, 10], list(range(15, 5, -1)), 10, 1),
        ([0, None, 5], [], None, None),
    ],
)
def test_comparison(sizes, earlier, median, ratio):
    found = comparison(*sized(*sizes))
    assert (found.newest.id, [each.id for each in found.earlier]) == (len(sizes), earlier)
    assert (found.median, ratio_of(found)) == (median, ratio)


GIGABYTES = (310, 312, 308, 315, 311)


@pytest.mark.parametrize(
    ("last", "keys", "change"),
    [
        (150, {}, "shrink"),
        (30, {}, "shrink_critical"),
        (640, {}, "growth"),
        (311, {}, None),
        (155.5, {}, None),
        (622, {}, None),
        (155, {}, "shrink"),
        (623, {}, "growth"),
        (30, {"shrink_critical": None}, "shrink"),
        (32, {}, "shrink"),
        (30, {"floor_kb": 281 * GB}, None),
        (30, {"floor_kb": 281 * GB - 1}, "shrink_critical"),
        (30, {"min_samples": 6}, None),
        (30, {"min_samples": 5}, "shrink_critical"),
    ],
)
def test_change(last, keys, change):
    backups = sized(*(int(size * GB) for size in (*GIGABYTES, last)))
    assert change_of(case_of(backups=backups, policy=limits(size=keys)).sizes[1]) == change
    assert changes(backups=backups, policy=limits(size=keys)) == ({change} if change else set())


def test_critical_limit():
    backups = sized(*[10 * GB] * 5, GB)
    assert ratio_of(comparison(*backups)) == 0.1
    assert changes(backups=backups) == {"shrink"}


def test_example_ratios():
    compared = [comparison(*sized(*(size * GB for size in (*GIGABYTES, last)))) for last in (150, 30, 640)]
    ratios = map(ratio_of, compared)
    assert [round(ratio, 2) for ratio in ratios] == [0.48, 0.1, 2.06]


def test_changes_of_all_disks():
    backups = [*sized(*[9 * GB] * 5, GB), *sized(*[GB] * 5, 9 * GB, target=DISK_2, first=20)]
    assert changes(disks=TWO_DISKS, backups=backups) == {"shrink", "growth"}
    assert changes(disks=TWO_DISKS, backups=backups, policy=limits(size={})) == {"shrink", "growth"}
    assert changes(disks=TWO_DISKS, backups=backups, policy=limits(size=None)) == set()


@pytest.mark.parametrize(
    ("backups", "empty"),
    [
        (sized(1, 1), None),
        (sized(1, 0), 2),
        (sized(1, None), 2),
        (sized(0, 1), None),
        (sized(0, None, 0), 3),
        (sized(1, 0, target=VM), None),
        (sized(0, 1, target=VM), 1),
        (sized(None, 1, target=VM), None),
        ([*sized(1), point(9, HOUR // 2, VM, size=0)], 9),
        ([*sized(0), point(9, 60 * DAY, VM), point(10, HOUR // 2, VM, size=0)], None),
        ([], None),
    ],
)
def test_empty(backups, empty):
    assessment = assessed(backups=backups)
    found = assessment.evidence.covers[0].empty_base
    assert (None if found is None else found.id) == empty
    assert ("empty_backup" in assessment.flags) is (empty is not None)
