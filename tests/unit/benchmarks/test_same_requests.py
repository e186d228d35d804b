# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""As many requests of each kind, for a client that only fetches."""

from __future__ import annotations

from collections import Counter

import pytest
from ansible_collections.community.onapp.tests.benchmarks.measure import WrongResult
from ansible_collections.community.onapp.tests.benchmarks.same_requests import paths
from ansible_collections.community.onapp.tests.simulator.routes import understand

COUNTED = {"virtual_machines": 6, "settings_disks": 8, "backups": 250, "disks": 3, "virtual_machine": 1, "users": 1}


def routes(spec: list[str]) -> Counter[str]:
    calls = (path.partition("?") for path in spec)
    return Counter(understand("GET", path, query, "application/json", "").route for path, _mark, query in calls)


def test_each_route_is_asked_for_as_often_as_was_counted() -> None:
    assert routes(paths(COUNTED, 250)) == COUNTED


def test_each_virtual_machine_is_asked_for_once_before_any_twice() -> None:
    spec = paths({"backups": 5}, 3)
    assert [path.split("/")[2] for path in spec] == ["1", "2", "3", "1", "2"]


def test_lists_are_read_from_the_first_page_to_the_last_and_again() -> None:
    spec = paths({"virtual_machines": 5}, 201)
    assert [path.partition("?")[2] for path in spec] == [f"page={page}&per_page=100" for page in (1, 2, 3, 1, 2)]


def test_a_full_last_page_is_not_followed_by_an_empty_one() -> None:
    assert [path.partition("?")[2][5] for path in paths({"virtual_machines": 3}, 200)] == ["1", "2", "1"]


def test_lists_of_users_are_read_in_step() -> None:
    spec = paths({"user_backups": 7}, 100)
    assert routes(spec) == {"user_backups": 7}
    assert len(set(spec)) == 7
    assert [path.partition("page=")[2][0] for path in spec] == ["1"] * 5 + ["2"] * 2


def test_a_route_that_is_not_known_is_no_floor() -> None:
    with pytest.raises(WrongResult, match="transactions"):
        paths({"transactions": 1}, 10)
