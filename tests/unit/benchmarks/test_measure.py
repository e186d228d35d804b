# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measurements of the benchmarks on a simulated panel, and the figures of their tables."""

from __future__ import annotations

import contextlib
import sys

import pytest
from ansible_collections.community.onapp.tests.benchmarks.measure import Cloud, Cost, WrongResult, ratio
from ansible_collections.community.onapp.tests.benchmarks.report import HEADER, Aim, Line, growth


@pytest.mark.slow
def test_command_and_raw_client() -> None:
    with contextlib.closing(Cloud(12)) as cloud:
        done = cloud.run([sys.executable, "-c", "print('done')"])
        assert (done.output, done.requests) == ("done\n", 0)
        assert done.cost.seconds > 0 and done.cost.mebibytes > 1
        cloud.raw({"virtual_machines": 2, "settings_disks": 1, "virtual_machine": 1, "backups": 24, "disks": 1}, 4)
        assert cloud.panel.counts()["by_route"]["backups"] == 24
        with pytest.raises(WrongResult, match="no path for the route users"):
            cloud.raw({"users": 1}, 1)
        with pytest.raises(WrongResult, match="ended with 3"):
            cloud.run([sys.executable, "-c", "raise SystemExit(3)"])


def test_line() -> None:
    line = Line("fresh", 1000, Cost(6.0, 5.0, 90.0), 200, 8, 1036, Cost(3.0, 3.0, 60.0))
    cells = ["fresh", "1000", "200", "8", "6.00", "5.00", "5.00", "90", "92.2", "1036", "25.9", "2.00", "1.50"]
    assert line.cells() == cells and len(cells) == len(HEADER)
    assert [cell for cell in Line("ping", 0, Cost(1.0, 0.9, 50.0)).cells() if cell] == ["ping", "1.00", "0.90", "50"]


def test_ratio_is_the_median_of_pairs() -> None:
    assert ratio([2.0, 40.0, 4.0], [1.0, 10.0, 3.0]) == 2.0
    assert ratio([1.0], [0.0]) == float("inf")
    assert Aim("", 1.0, 1.0).cells()[3] == "met" and Aim("", 1.01, 1.0).cells()[3] == "not met"


def test_growth_compares_the_cost_of_one_more_vm() -> None:
    lines = [Line("x", vms, Cost(0, cpu, mib)) for vms, cpu, mib in ((100, 1, 50), (200, 2, 60), (400, 6, 80))]
    outcome = growth(lines)
    assert [aim.ratio for aim in outcome.aims] == [2.0, 1.0]
    assert outcome.notes[1] == "x: each VM more takes 20.00 ms of CPU and 102.4 KiB from 200 to 400."


@pytest.mark.parametrize("cpu", [(2, 1, 3), (1, 2, 1), (1, 1, 2)])
def test_growth_within_the_noise_is_unknown(cpu: tuple[float, float, float]) -> None:
    lines = [Line("x", vms, Cost(0, seconds, vms)) for vms, seconds in zip((10, 20, 40), cpu, strict=True)]
    seconds, memory = growth(lines).aims
    assert (seconds.ratio, seconds.cells()[3]) == (None, "unknown, measure more VMs")
    assert (memory.ratio, memory.cells()[3]) == (1.0, "met")
