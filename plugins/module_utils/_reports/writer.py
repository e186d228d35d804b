# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all report formats share: they are written side by side, in one pass over the virtual machines."""

from __future__ import annotations

import functools
import re
import tempfile
import typing as t
from collections.abc import Callable, Iterator

from .. import _records, _text

if t.TYPE_CHECKING:
    from .._compliance.report import Report

Facts = dict[str, t.Any]

# As people read numbers: `5,000 VMs`.
counted = functools.partial(_text.counted, form=",")
STATUS_WORDS = {"compliant": "Compliant", "non_compliant": "Not compliant", "unknown": "Unknown"}
# The parts of a headline that count: its first sentence, and its last one. Between them are messages of findings.
COUNTS = re.compile(r"\A\d+ of \d+ VM[^.]*|And \d+ more findings about the cloud and the policy\.\Z")


class ReportWriter:
    """Writes one file of a report.

    `head` and `report.findings` are complete from the beginning; `report.vms` is not for writers: reading it again
    would cost another pass. With `shows_recovery_points` the report has plug-in recovery points.
    """

    def __init__(self, report: Report, write: Callable[[str], object]) -> None:
        self.report = report
        self.head = report.head
        self.write = write
        self.shows_recovery_points = _records.RECOVERY_POINTS in report.head.get("evidence", ())
        self.begin()

    def begin(self) -> None:
        """Write what comes before the virtual machines; the constructor calls this."""

    def add(self, vm: Facts) -> None:
        """Write an entry of `virtual_machines`; this is called for each of them in the order of the report."""

    def end(self) -> None:
        """Write what comes after the virtual machines."""


class TextBuffer:
    """Text that is written while the virtual machines pass by. Iterating returns it in pieces, and then deletes it."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogatepass", newline="")  # noqa: SIM115
        self.write = self._file.write

    def __iter__(self) -> Iterator[str]:
        with self._file:
            self._file.seek(0)
            while chunk := self._file.read(1 << 16):
                yield chunk


def headline_text(head: Facts) -> str:
    """The headline with its counts as people read them: `346 of 5,000 VMs`."""
    return COUNTS.sub(lambda part: re.sub(r"\d(?=(?:\d{3})+\b)", r"\g<0>,", part[0]), head["headline"])


def percentage_text(summary: Facts) -> str:
    """The share of results that pass, with what it is a share of."""
    exempt = f"; {summary['results_exempt']:,} exempt" if summary["results_exempt"] else ""
    if summary["percent"] is None:
        return f"No result counts{exempt}."
    number = summary["results_counted"]
    verbs = "counts passes" if number == 1 else "count pass"
    return f"{summary['percent']} % of {counted(number, 'result')} that {verbs}{exempt}."
