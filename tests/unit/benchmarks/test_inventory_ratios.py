# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an inventory is compared with."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.tests.benchmarks.inventory import fresh_aim, keyed_ratio
from ansible_collections.community.onapp.tests.benchmarks.measure import Cost


def seconds(*figures: float) -> list[Cost]:
    return [Cost(figure, 0, 0) for figure in figures]


def processor(*figures: float) -> list[Cost]:
    return [Cost(100, figure, 0) for figure in figures]


@pytest.mark.parametrize(("fresh", "met"), [((4.9, 9.8), True), ((5.1, 10.2), False)])
def test_fresh_is_compared_with_static_and_answers_of_the_same_turn(fresh: tuple[float, float], met: bool) -> None:
    taken = {"fresh": seconds(*fresh), "static": seconds(3, 6), "raw": seconds(2, 4)}
    aim = fresh_aim(taken, 30, 8)
    assert aim.ratio == pytest.approx(fresh[0] / 5)
    assert aim.met is met
    assert "30 ms, 8 in flight" in aim.text


def test_keyed_groups_are_compared_by_what_they_add() -> None:
    taken = {
        "static": processor(10, 20),
        "static, keyed": processor(14, 28),
        "cached": processor(5, 10),
        "cached, keyed": processor(7, 14),
    }
    assert keyed_ratio(taken) == 0.5
