# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Spreadsheets: `vms.csv` with one row per virtual machine and `findings.csv` with one row per finding.

RFC 4180 in UTF-8 with a byte order mark, times in UTC. Tenants write labels and host names, so no cell may be a
formula: a cell that begins with a character of OWASP's list, in ASCII or fullwidth, gets an apostrophe before it.
"""

from __future__ import annotations

import collections
import csv
import re
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._evidence import RECOVERY_POINTS
from ansible_collections.community.onapp.plugins.module_utils._reports.writer import ReportWriter

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report

    Facts = dict[str, t.Any]

BYTE_ORDER_MARK = "\ufeff"
BYTES_PER_KB = 1024
# Worst first.
STATUSES = ("fail", "unknown", "warn", "exempt", "insufficient_data", "pass", "not_applicable")
VM_COLUMNS = (
    "id",
    "identifier",
    "label",
    "hostname",
    "user_id",
    "outcome",
    "rule",
    "state",
    "worst_status",
    "newest_at",
    "age_seconds",
    "rpo_seconds",
    "copies",
    "total_size_bytes",
    "total_size_kb",
    "flags",
    "findings",
)
# Columns of vms.csv that are in `backup`.
BACKUP_COLUMNS = ("rule", "state", "newest_at", "age_seconds", "copies", "total_size_bytes", "flags")
FINDING_COLUMNS = (
    "virtual_machine_id",
    "virtual_machine_label",
    "rule",
    "check",
    "status",
    "severity",
    "disk_id",
    "expected",
    "actual",
    "message",
    "backup_ids",
    "exemption",
)
WHITE_SPACE = re.compile(r"[\t\n\r\x0b\x0c\x85\u2028\u2029]+")
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
SURROGATES = re.compile(r"[\ud800-\udfff]")
# The beginning of a cell that a spreadsheet would take for a formula, and what it may skip before that. A semicolon
# begins a cell, too, where the user's language has it as the separator.
FORMULA = re.compile(
    r"(\A|;)(?=[\s\"\xad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20])"
)


class VmsCsv(ReportWriter):
    """vms.csv. `worst_status` is the status of the worst result, `findings` counts rows of findings.csv.

    Where plug-in recovery points were read, both files have one more column for them.
    """

    def __init__(self, report: Report, write: Callable[[str], object]) -> None:
        super().__init__(report, write)
        self._findings = collections.Counter(finding["virtual_machine_id"] for finding in report.findings)
        self._columns = VM_COLUMNS + ((RECOVERY_POINTS,) if self.shows_recovery_points else ())
        self._rows = _table(self._columns, write)

    def add(self, vm: Facts) -> None:
        backup, size = vm["backup"], vm["backup"]["total_size_bytes"]
        row = {
            **vm,
            **{name: backup[name] for name in BACKUP_COLUMNS},
            "worst_status": _worst_status(vm),
            "total_size_kb": None if size is None else size // BYTES_PER_KB,
            "findings": self._findings[vm["id"]],
        }
        self._rows.writerow([cell(row[column]) for column in self._columns])


class FindingsCsv(ReportWriter):
    """findings.csv."""

    def end(self) -> None:
        columns = FINDING_COLUMNS + (("recovery_point_ids",) if self.shows_recovery_points else ())
        rows = _table(columns, self.write)
        for finding in self.report.findings:
            rows.writerow([cell(finding.get(column)) for column in columns])


def cell(value: t.Any) -> int | float | str:
    """A value as a cell: numbers as they are, null as nothing, lists joined by spaces, text without control characters.

    Line ends and tabulators become a space.
    """
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    text = " ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    clean = SURROGATES.sub("\ufffd", CONTROLS.sub("", WHITE_SPACE.sub(" ", text)))
    bare = text.startswith(("\t", "\r")) and not FORMULA.match(clean)
    return ("'" if bare else "") + FORMULA.sub(r"\1'", clean)


def _table(columns: Sequence[str], write: Callable[[str], object]) -> t.Any:
    """A CSV writer that has written a byte order mark, without which Excel reads a local code page, and the columns."""
    write(BYTE_ORDER_MARK)
    rows = csv.writer(_Sink(write), lineterminator="\r\n")
    rows.writerow(columns)
    return rows


class _Sink(t.NamedTuple):
    """The file object that csv.writer needs."""

    write: t.Callable[[str], object]


def _worst_status(vm: Facts) -> str | None:
    """The worst status of a virtual machine's results and its state; None without any."""
    held = {result["status"] for result in vm["results"]} | {vm["backup"]["state"]}
    return next((status for status in STATUSES if status in held), None)
