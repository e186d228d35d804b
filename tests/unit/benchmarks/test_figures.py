# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines of the table, ratios of pairs, and aims."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.tests.benchmarks.figures import (
    AIM_HEADER,
    HEADER,
    Aim,
    Line,
    Outcome,
    ratio,
)
from ansible_collections.community.onapp.tests.benchmarks.measure import Cost, median, table


def test_a_line_of_what_asks_the_panel() -> None:
    line = Line("fresh", 1000, Cost(6.0, 5.0, 90.0), 200, 8, 1036, Cost(3.0, 3.0, 60.0))
    assert dict(zip(HEADER, line.cells(), strict=True)) == {
        "": "fresh",
        "VMs": "1000",
        "delay ms": "200",
        "in flight": "8",
        "seconds": "6.00",
        "CPU s": "5.00",
        "CPU ms/VM": "5.00",
        "peak MiB": "90",
        "KiB/VM": "92.2",
        "requests": "1036",
        "waiting s": "25.9",
        "x s": "2.00",
        "x MiB": "1.50",
    }


def test_a_line_says_nothing_about_what_it_did_not_do() -> None:
    cells = dict(zip(HEADER, Line("ping", 0, Cost(1.0, 0.9, 50.0)).cells(), strict=True))
    assert {name for name, cell in cells.items() if cell} == {"", "seconds", "CPU s", "peak MiB"}


def test_no_figure_per_virtual_machine_for_a_single_one() -> None:
    cells = dict(zip(HEADER, Line("one", 1, Cost(1.0, 0.9, 50.0), 30, 8, 3).cells(), strict=True))
    assert (cells["VMs"], cells["CPU ms/VM"], cells["KiB/VM"], cells["requests"]) == ("1", "", "", "3")


def test_zero_delay_is_told_and_keeps_nobody_waiting() -> None:
    cells = dict(zip(HEADER, Line("fresh", 10, Cost(1.0, 0.9, 50.0), 0, 8, 12).cells(), strict=True))
    assert (cells["delay ms"], cells["waiting s"]) == ("0", "")


@pytest.mark.parametrize(("found", "met"), [(0.99, True), (1.0, True), (1.01, False), (float("inf"), False)])
def test_an_aim_is_met_up_to_its_limit(found: float, met: bool) -> None:
    aim = Aim("fresh / static", found, 1.0)
    assert aim.met is met
    assert aim.cells()[2:] == ["1.00", "met" if met else "not met"]
    assert len(aim.cells()) == len(AIM_HEADER)


def test_a_ratio_is_the_median_of_pairs() -> None:
    # The machine was slow in the second turn. The medians alone, 4 / 3, would say nothing of that.
    assert ratio([2.0, 40.0, 4.0], [1.0, 10.0, 3.0]) == 2.0


def test_a_ratio_to_nothing_is_no_good_one() -> None:
    assert ratio([1.0], [0.0]) == float("inf")
    assert ratio([1.0], [-0.1]) == float("inf")


def test_pairs_must_be_whole() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratio([1.0, 2.0], [1.0])


def test_outcomes_follow_each_other() -> None:
    one, two = (Outcome([Line(name, 0, Cost(1, 1, 1))], [Aim(name, 1, 1)], [name]) for name in ("one", "two"))
    both = Outcome.of([one, two])
    assert both == Outcome([*one.lines, *two.lines], [*one.aims, *two.aims], ["one", "two"])


def test_each_figure_has_its_own_median() -> None:
    assert median([Cost(1, 9, 5), Cost(2, 8, 4), Cost(3, 7, 6)]) == Cost(2, 8, 5)


def test_a_table_has_straight_columns() -> None:
    rows = table(("", "seconds"), [["ping", "1.00"], ["everything", "10.00"]]).splitlines()
    assert rows == [
        "            seconds",
        "----------  -------",
        "ping           1.00",
        "everything    10.00",
    ]
