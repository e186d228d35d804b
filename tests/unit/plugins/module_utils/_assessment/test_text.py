# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Words of messages."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._assessment.text import counted, disks_named, ids_named
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import case_of, disk


@pytest.mark.parametrize(("number", "words"), [(0, "0 disks"), (1, "1 disk"), (2, "2 disks"), (1000, "1000 disks")])
def test_counted(number, words):
    assert counted(number, "disk") == words


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([7], "disk 7"),
        ([7, 3], "disks 7, 3"),
        (list(range(1, 11)), "disks 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"),
        (list(range(1, 12)), "disks 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 1 more"),
        (list(range(1, 1001)), "disks 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 990 more"),
    ],
)
def test_ids_named(ids, words):
    assert ids_named("disk", ids) == words


def test_disks_are_named_by_id():
    covers = case_of(disks=[disk(number) for number in (3, 1, 2)]).covers
    assert disks_named(covers[::-1]) == "disks 1, 2, 3"
    assert disks_named(cover for cover in covers[:1]) == "disk 1"
