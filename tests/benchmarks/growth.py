# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the cost of one thing grows with the cloud."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.tests.benchmarks.figures import Aim, Line, Outcome, ratio

LIMIT = 1.2


class Slope(t.NamedTuple):
    """What each virtual machine more adds."""

    milliseconds: float
    kibibytes: float


def slope(few: Line, many: Line) -> Slope:
    """From one size of the cloud to a larger one."""
    more = many.vms - few.vms
    seconds = many.cost.cpu - few.cost.cpu
    return Slope(seconds * 1000 / more, (many.cost.mebibytes - few.cost.mebibytes) * 1024 / more)


def growth(lines: t.Iterable[Line]) -> Outcome:
    """Lines of one thing on three clouds. Each virtual machine more is to cost as much in the largest as before."""
    small, large, huge = sorted(lines, key=lambda line: line.vms)
    before, after = slope(small, large), slope(large, huge)
    aims = [
        Aim(f"{small.name}, grows evenly, CPU s", ratio([after.milliseconds], [before.milliseconds]), LIMIT),
        Aim(f"{small.name}, grows evenly, peak MiB", ratio([after.kibibytes], [before.kibibytes]), LIMIT),
    ]
    notes = [
        f"{small.name}: each virtual machine more takes {one.milliseconds:.2f} ms of CPU and {one.kibibytes:.1f} KiB"
        f" from {few.vms} to {many.vms}."
        for one, few, many in ((before, small, large), (after, large, huge))
    ]
    return Outcome([], aims, notes)
