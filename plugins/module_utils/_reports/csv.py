# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Spreadsheets: `vms.csv` with a row for each virtual machine and `findings.csv` with one for each finding.

RFC 4180 in UTF-8, times in UTC. Tenants write labels and host names, so no cell may be a formula: where one begins with
a character of OWASP's list, in ASCII or fullwidth, an apostrophe before it makes it plain text.
"""

from __future__ import annotations

import collections
import csv
import re
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report

    Facts = dict[str, t.Any]

BYTES_PER_KB = 1024
# Worst first.
STATUSES = ("fail", "unknown", "warn", "exempt", "insufficient_data", "pass", "not_applicable")
VM_COLUMNS = (
    "id",
    "identifier",
    "label",
    "hostname",
    "user_id",
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


def render_vms(report: Report, write: Callable[[str], object]) -> None:
    """Write `vms.csv`. `worst_status` is that of the worst result, `findings` counts its rows in the other."""
    findings = collections.Counter(finding["virtual_machine_id"] for finding in report.findings)
    _write_table(VM_COLUMNS, (_vm_row(vm, findings[vm["id"]]) for vm in report.vms), write)


def render_findings(report: Report, write: Callable[[str], object]) -> None:
    """Write `findings.csv`."""
    _write_table(FINDING_COLUMNS, report.findings, write)


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


def _write_table(columns: Sequence[str], rows: Iterable[Facts], write: Callable[[str], object]) -> None:
    lines = csv.writer(_Sink(write), lineterminator="\r\n")
    lines.writerow(columns)
    for row in rows:
        lines.writerow([cell(row[column]) for column in columns])


class _Sink(t.NamedTuple):
    """The file that a CSV writer wants."""

    write: t.Callable[[str], object]


def _vm_row(vm: Facts, findings: int) -> Facts:
    size = vm["total_size_bytes"]
    return {
        **vm,
        "worst_status": _worst_status(vm),
        "total_size_kb": None if size is None else size // BYTES_PER_KB,
        "findings": findings,
    }


def _worst_status(vm: Facts) -> str | None:
    """The worst status among a machine's results; one without any has none, unless its state says as much."""
    held = {result["status"] for result in vm["results"]} | {vm["state"]}
    return next((status for status in STATUSES if status in held), None)
