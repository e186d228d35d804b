# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was measured, as lines of one table; what it should be, as aims that are met or not."""

from __future__ import annotations

import statistics
import typing as t

from ansible_collections.community.onapp.tests.benchmarks.measure import Cost

HEADER = (
    "",
    "VMs",
    "delay ms",
    "in flight",
    "seconds",
    "CPU s",
    "CPU ms/VM",
    "peak MiB",
    "KiB/VM",
    "requests",
    "waiting s",
    "x s",
    "x MiB",
)


class Line(t.NamedTuple):
    """A line of the table. `vms` is how many virtual machines it is about, and 0 for none.

    `in_flight` is how many requests there may be at once, and 0 for what asks the panel nothing; `static` is the static
    inventory to compare with.
    """

    name: str
    vms: int
    cost: Cost
    delay_ms: int = 0
    in_flight: int = 0
    requests: int = 0
    static: Cost | None = None

    @property
    def waiting(self) -> float:
        """For how many seconds the answers alone keep a client waiting that asks as much as it may."""
        return self.requests * self.delay_ms / 1000 / self.in_flight if self.in_flight else 0.0

    def cells(self) -> list[str]:
        """The line as texts, below HEADER. What says nothing about it is left empty."""
        cost, asks = self.cost, self.in_flight > 0
        return [
            self.name,
            str(self.vms) if self.vms else "",
            str(self.delay_ms) if asks else "",
            str(self.in_flight) if asks else "",
            f"{cost.seconds:.2f}",
            f"{cost.cpu:.2f}",
            f"{cost.cpu * 1000 / self.vms:.2f}" if self.vms > 1 else "",
            f"{cost.mebibytes:.0f}",
            f"{cost.mebibytes * 1024 / self.vms:.1f}" if self.vms > 1 else "",
            str(self.requests) if asks else "",
            f"{self.waiting:.1f}" if self.waiting else "",
            f"{cost.seconds / self.static.seconds:.2f}" if self.static else "",
            f"{cost.mebibytes / self.static.mebibytes:.2f}" if self.static else "",
        ]


class Aim(t.NamedTuple):
    """What a ratio should be at most."""

    text: str
    ratio: float
    limit: float

    @property
    def met(self) -> bool:
        """Whether it is."""
        return self.ratio <= self.limit

    def cells(self) -> list[str]:
        """The aim as texts, below AIM_HEADER."""
        return [self.text, f"{self.ratio:.2f}", f"{self.limit:.2f}", "met" if self.met else "not met"]


AIM_HEADER = ("aim", "ratio", "at most", "")


class Outcome(t.NamedTuple):
    """What a benchmark has to say. A note is a sentence that a user reads below the table."""

    lines: list[Line]
    aims: list[Aim]
    notes: list[str]

    @classmethod
    def of(cls, outcomes: t.Sequence[Outcome]) -> Outcome:
        """Several, one after the other."""
        return cls(
            [line for outcome in outcomes for line in outcome.lines],
            [aim for outcome in outcomes for aim in outcome.aims],
            [note for outcome in outcomes for note in outcome.notes],
        )


def ratio(ours: t.Sequence[float], theirs: t.Sequence[float]) -> float:
    """The median of the ratios of pairs, each measured one right after the other, as a machine is not always as fast.

    Infinite if what it is compared with took nothing, which says that the measurement was too small to tell.
    """
    pairs = zip(ours, theirs, strict=True)
    return statistics.median(one / other if other > 0 else float("inf") for one, other in pairs)
