# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""What all report formats share: they are written side by side, in one pass over the virtual machines."""

from __future__ import annotations

import tempfile
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._evidence import RECOVERY_POINTS

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report

    Facts = dict[str, t.Any]

CHUNK = 1 << 16
STATUS_WORDS = {"compliant": "Compliant", "non_compliant": "Not compliant", "unknown": "Unknown"}


class ReportWriter:
    """Writes one file of a report.

    The constructor writes what comes before the virtual machines, `add` is called once for each of them in the order
    of the report, and `end` writes the rest. `report.head` and `report.findings` are complete from the beginning;
    `report.vms` is not for writers: reading it again would cost another pass. With `shows_recovery_points` the report
    has plug-in recovery points.
    """

    def __init__(self, report: Report, write: Callable[[str], object]) -> None:
        self.report = report
        self.write = write
        self.shows_recovery_points = RECOVERY_POINTS in report.head.get("evidence", ())

    def add(self, vm: Facts) -> None:
        """Write an entry of `virtual_machines`."""

    def end(self) -> None:
        """Write what comes after the virtual machines."""


class TextBuffer:
    """Text that is written while the virtual machines pass by, and copied into the file after them."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace", newline="")  # noqa: SIM115
        self.write = self._file.write

    def copy_to(self, write: Callable[[str], object]) -> None:
        """Write all of it somewhere else, and delete it."""
        with self._file:
            self._file.seek(0)
            while chunk := self._file.read(CHUNK):
                write(chunk)


def percentage_text(summary: Facts) -> str:
    """The share of results that pass, with what it is a share of."""
    exempt = f"; {summary['results_exempt']:,} exempt" if summary["results_exempt"] else ""
    if summary["percent"] is None:
        return f"No result counts{exempt}."
    number = summary["results_counted"]
    return f"{summary['percent']} % of {number:,} result{'' if number == 1 else 's'} that count pass{exempt}."
