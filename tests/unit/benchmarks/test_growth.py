# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each virtual machine more costs, on three sizes of a cloud."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.tests.benchmarks.figures import Line
from ansible_collections.community.onapp.tests.benchmarks.growth import growth, slope
from ansible_collections.community.onapp.tests.benchmarks.measure import Cost

START = Cost(1.0, 1.0, 60.0)


def line(vms: int, milliseconds: float, kibibytes: float) -> Line:
    """A line that costs so much per virtual machine, and START at any rate."""
    cost = Cost(0.0, START.cpu + vms * milliseconds / 1000, START.mebibytes + vms * kibibytes / 1024)
    return Line("fresh", vms, cost)


def test_what_it_costs_at_any_rate_is_no_slope() -> None:
    assert slope(line(100, 4, 16), line(1100, 4, 16)) == pytest.approx((4, 16))


def test_even_growth_meets_its_aims_in_any_order() -> None:
    outcome = growth([line(5000, 4, 16), line(100, 4, 16), line(1000, 4, 16)])
    assert [round(aim.ratio, 6) for aim in outcome.aims] == [1.0, 1.0]
    assert all(aim.met for aim in outcome.aims)
    assert outcome.notes == [
        "fresh: each virtual machine more takes 4.00 ms of CPU and 16.0 KiB from 100 to 1000.",
        "fresh: each virtual machine more takes 4.00 ms of CPU and 16.0 KiB from 1000 to 5000.",
    ]


@pytest.mark.parametrize(("huge", "met"), [((6, 16), [False, True]), ((4, 24), [True, False])])
def test_steeper_growth_misses_them(huge: tuple[float, float], met: list[bool]) -> None:
    outcome = growth([line(100, 4, 16), line(1000, 4, 16), line(5000, *huge)])
    assert [aim.met for aim in outcome.aims] == met


def test_two_sizes_are_not_enough_to_tell() -> None:
    with pytest.raises(ValueError, match="unpack"):
        growth([line(100, 4, 16), line(1000, 4, 16)])
