# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of a run: measured lines, and ratios with their limits."""

from __future__ import annotations

import os
import platform
import textwrap
import typing as t

import ansible.release
from ansible_collections.community.onapp.tests.benchmarks.measure import BACKUPS, Cost

HEADER = ("", "VMs", "delay ms", "in flight", "seconds", "CPU s", "CPU ms/VM", "peak MiB", "KiB/VM", "requests")
HEADER += ("waiting s", "x s", "x MiB")
LEGEND = """\
CPU s: of the command and all it started. peak MiB: of the largest process. waiting s: requests x delay / in flight.
x s, x MiB: relative to the static script on the same cloud."""
LIMIT_OF_GROWTH = 1.2


class Line(t.NamedTuple):
    """A line of the table; `vms` is 0 for a command without VMs, `in_flight` 0 for one without requests.

    `static` is the static inventory to compare with.
    """

    name: str
    vms: int
    cost: Cost
    delay_ms: int = 0
    in_flight: int = 0
    requests: int = 0
    static: Cost | None = None

    def cells(self) -> list[str]:
        """The texts of the columns of HEADER, empty for meaningless figures."""
        cost, sends = self.cost, self.in_flight > 0
        waiting = self.requests * self.delay_ms / 1000 / self.in_flight if sends else 0
        return [
            self.name,
            str(self.vms or ""),
            str(self.delay_ms) if sends else "",
            str(self.in_flight) if sends else "",
            f"{cost.seconds:.2f}",
            f"{cost.cpu:.2f}",
            f"{cost.cpu * 1000 / self.vms:.2f}" if self.vms > 1 else "",
            f"{cost.mebibytes:.0f}",
            f"{cost.mebibytes * 1024 / self.vms:.1f}" if self.vms > 1 else "",
            str(self.requests) if sends else "",
            f"{waiting:.1f}" if waiting else "",
            f"{cost.seconds / self.static.seconds:.2f}" if self.static else "",
            f"{cost.mebibytes / self.static.mebibytes:.2f}" if self.static else "",
        ]


class Aim(t.NamedTuple):
    """A ratio and its limit. The ratio of costs is None if one of them is lost in the noise of a small cloud."""

    text: str
    ratio: float | None
    limit: float

    def cells(self) -> list[str]:
        """The texts of the columns."""
        if self.ratio is None:
            return [self.text, "", f"{self.limit:.2f}", "unknown, measure more VMs"]
        return [self.text, f"{self.ratio:.2f}", f"{self.limit:.2f}", "met" if self.ratio <= self.limit else "not met"]


class Outcome(t.NamedTuple):
    """The lines, limits and notes of a benchmark; a note is a sentence below the tables."""

    lines: list[Line]
    aims: list[Aim]
    notes: list[str]

    def text(self, command: str, runs: int) -> str:
        """The tables and notes as plain text."""
        often = "once" if runs == 1 else f"medians of {runs} runs, or once where a command takes long"
        about = f"ansible-core {ansible.release.__version__}, Python {platform.python_version()}, {os.cpu_count()}"
        about += f" processors. {command}: simulated clouds with {BACKUPS} backups for each VM that has any; {often}."
        parts = [textwrap.fill(f"{about} Panel and client share the processors.", 118)]
        parts += [table(HEADER, [line.cells() for line in self.lines]), LEGEND]
        parts += [table(("aim", "ratio", "at most", ""), [aim.cells() for aim in self.aims])] if self.aims else []
        return "\n\n".join([*parts, "\n".join(self.notes)])


def growth(lines: t.Iterable[Line]) -> Outcome:
    """One measurement on three sizes of cloud: one more VM should cost as much in the largest as in smaller ones."""
    few, some, many = sorted(lines, key=lambda line: line.vms)
    (cpu, memory), (cpu_later, memory_later) = (
        (
            (b.cost.cpu - a.cost.cpu) * 1000 / (b.vms - a.vms),
            (b.cost.mebibytes - a.cost.mebibytes) * 1024 / (b.vms - a.vms),
        )
        for a, b in ((few, some), (some, many))
    )
    costs = (("CPU s", cpu, cpu_later), ("peak MiB", memory, memory_later))
    aims = [
        Aim(f"{few.name}, growth of {unit} per VM", after / before if min(before, after) > 0 else None, LIMIT_OF_GROWTH)
        for unit, before, after in costs
    ]
    text = "{}: each VM more takes {:.2f} ms of CPU and {:.1f} KiB from {} to {}."
    notes = [text.format(few.name, cpu, memory, few.vms, some.vms)]
    return Outcome([], aims, [*notes, text.format(few.name, cpu_later, memory_later, some.vms, many.vms)])


def table(header: t.Sequence[str], rows: t.Sequence[t.Sequence[str]]) -> str:
    """Rows in columns, the first aligned to the left, the others to the right."""
    widths = [max(len(row[place]) for row in [header, *rows]) for place in range(len(header))]

    def line(cells: t.Sequence[str]) -> str:
        others = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
        return "  ".join([cells[0].ljust(widths[0]), *others]).rstrip()

    return "\n".join([line(header), "  ".join("-" * width for width in widths), *map(line, rows)])
