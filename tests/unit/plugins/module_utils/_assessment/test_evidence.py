# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Evidence: covered, pending and uncovered disks, and the newest points."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._records import Target
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import (
    DAY,
    DISK_2,
    HOUR,
    MINUTE,
    NOW,
    VM,
    attempt,
    case_of,
    disk,
    point,
    vm,
)


def ids(covers):
    return [cover.disk.id for cover in covers]


def test_every_eligible_disk_is_covered_pending_or_uncovered():
    evidence = case_of(
        disks=[disk(4), disk(3, age=HOUR), disk(2, is_swap=True), disk(1)],
        backups=[point(1, DAY, Target("Disk", 4)), attempt(2, HOUR)],
    )
    assert ids(evidence.covers) == [1, 3, 4]
    assert (ids(evidence.covered), ids(evidence.pending), ids(evidence.uncovered)) == ([4], [3], [1])
    assert sorted(each.id for each in evidence.disks) == [1, 2, 3, 4]
    assert evidence.latest_valid == NOW + 5 * MINUTE
    assert evidence.running


def test_no_worst_disk_with_an_uncovered_one():
    evidence = case_of(disks=[disk(1), disk(2)], backups=[point(1, HOUR)])
    assert (evidence.worst, evidence.latest, evidence.age, evidence.copies) == (None, None, None, 0)
    assert [found.id for found in evidence.points] == [1]


def test_worst_disk():
    backups = [point(1, HOUR), point(2, 60 * HOUR), point(3, 2 * HOUR, DISK_2)]
    evidence = case_of(disks=[disk(1), disk(2)], backups=backups)
    assert (evidence.worst.id, evidence.latest.id, evidence.age) == (2, 3, 2 * HOUR)
    assert evidence.copies == 1


@pytest.mark.parametrize("order", [1, -1])
def test_worst_of_equally_old_disks(order):
    backups = [point(9, HOUR), point(3, HOUR, DISK_2)][::order]
    evidence = case_of(disks=[disk(2), disk(1)][::order], backups=backups)
    assert (evidence.worst.id, evidence.latest.id) == (1, 9)


def test_pending_disk():
    evidence = case_of(disks=[disk(1), disk(2, age=HOUR)], backups=[point(1, 2 * HOUR), point(2, DAY)])
    assert (evidence.worst.id, evidence.copies) == (1, 2)


def test_age_is_not_negative():
    assert case_of(backups=[point(1, -3 * MINUTE)]).age == 0


def test_points_of_all_disks():
    backups = [point(1, HOUR, VM), point(2, 3 * HOUR), point(3, 2 * HOUR, DISK_2), point(4, HOUR, Target("Disk", 99))]
    evidence = case_of(disks=[disk(1), disk(2)], backups=backups)
    assert [found.id for found in evidence.points] == [2, 3, 1]


@pytest.mark.parametrize(
    ("disks", "created_at", "expected"),
    [
        ([disk(1)], NOW - DAY, []),
        ([disk(1)], None, []),
        ([disk(1, age=-5 * MINUTE)], NOW + 5 * MINUTE, []),
        ([disk(1, age=-5 * MINUTE - 1)], NOW - DAY, [1]),
        ([disk(1)], NOW + 5 * MINUTE + 1, [None]),
        ([disk(1, age=-HOUR), disk(2, age=-HOUR, is_swap=True)], NOW + HOUR, [None, 1, 2]),
    ],
)
def test_from_the_future(disks, created_at, expected):
    assert case_of(disks=disks, machine=vm(created_at=created_at)).from_future == expected
