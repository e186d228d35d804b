# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record as data: report.json and status.json, vms.csv and findings.csv.

JSON has one line for each virtual machine and each finding, so that two runs diff cleanly. All its text is ASCII, so
that a label of any characters passes through every channel.

CSV is RFC 4180 in UTF-8 with a byte order mark, times in UTC. Tenants write labels and host names, so no cell may be a
formula: a cell that begins with a character of OWASP's list, in ASCII or fullwidth, gets an apostrophe before it.
"""

from __future__ import annotations

import collections
import csv
import json
import re
import typing as t

from .. import _text
from .._checks.results import WORST_FIRST
from .writer import Facts, ReportWriter

INDENT = "  "
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
# Excel cuts cells after 32,767 characters.
LONGEST_CELL = 32_000
WHITE_SPACE = re.compile(r"[\t\n\r\x0b\x0c\x85\u2028\u2029]+")
CONTROL = re.compile(f"[{_text.CONTROLS}]+")
SURROGATE = re.compile(f"[{_text.SURROGATES}]")
# The beginning of a cell that a spreadsheet would take for a formula, and what it may skip before that. A semicolon
# begins a cell, too, where the user's language has it as the separator.
FORMULA = re.compile(
    r"(\A|;)(?=[\s\"\xad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20])"
)


class JsonReport(ReportWriter):
    """report.json: the keys of the head in their order, the virtual machines and the findings after `calendar`.

    Each item of a list has a line of its own.
    """

    def begin(self) -> None:
        self._rest = iter(self.head.items())
        self._before_vm = "["
        self.write("{")
        for key, value in self._rest:
            self._write_entry(key, value)
            self.write(",")
            if key == "calendar":
                break
        self.write(f'\n{INDENT}"virtual_machines": ')

    def add(self, vm: Facts) -> None:
        self.write(f"{self._before_vm}\n{INDENT * 2}{json.dumps(vm)}")
        self._before_vm = ","

    def end(self) -> None:
        self.write("[]" if self._before_vm == "[" else f"\n{INDENT}]")
        for key, value in (("findings", self.report.findings), *self._rest):
            self.write(",")
            self._write_entry(key, value)
        self.write("\n}\n")

    def _write_entry(self, key: str, value: t.Any) -> None:
        self.write(f"\n{INDENT}{json.dumps(key)}: ")
        if isinstance(value, list):
            for place, item in enumerate(value):
                self.write(f"{',' if place else '['}\n{INDENT * 2}{json.dumps(item)}")
            self.write(f"\n{INDENT}]" if value else "[]")
        else:
            # JSON text has no line ends but those of the indentation.
            self.write(json.dumps(value, indent=len(INDENT)).replace("\n", "\n" + INDENT))


class StatusFile(ReportWriter):
    """status.json: what a later run needs for its history."""

    def begin(self) -> None:
        self._outcomes: dict[str, str] = {}

    def add(self, vm: Facts) -> None:
        self._outcomes[str(vm["id"])] = vm["outcome"]

    def end(self) -> None:
        source = self.head["source"]
        facts = {
            "schema_version": 1,
            "control_panel": source["control_panel"],
            "cloud_name": source["cloud_name"],
            "policy_sha256": self.head["policy"]["sha256"],
            **{key: self.head[key] for key in ("generated_at", "evaluated_at", "status")},
            "virtual_machines": self._outcomes,
        }
        self.write(json.dumps(facts, indent=len(INDENT)) + "\n")


class _CsvFile(ReportWriter):
    """Rows of cells; where plug-in recovery points were read, with one more column for them."""

    def write_columns(self, columns: tuple[str, ...], recovery_points: str) -> None:
        self._columns = (*columns, recovery_points) if self.shows_recovery_points else columns
        self._rows = csv.writer(self, lineterminator="\r\n")
        self.write("\ufeff")  # Without a byte order mark, Excel reads a local code page.
        self._rows.writerow(self._columns)

    def write_row(self, row: Facts) -> None:
        self._rows.writerow([cell(row.get(column)) for column in self._columns])


class VmsCsv(_CsvFile):
    """vms.csv. `worst_status` is that of the results and the state, `findings` counts rows of findings.csv."""

    def begin(self) -> None:
        self.write_columns(VM_COLUMNS, "recovery_points")
        self._findings = collections.Counter(finding["virtual_machine_id"] for finding in self.report.findings)

    def add(self, vm: Facts) -> None:
        backup, size = vm["backup"], vm["backup"]["total_size_bytes"]
        statuses = {backup["state"], *(result["status"] for result in vm["results"])}
        row = {
            **backup,
            **vm,
            "worst_status": next((status for status in WORST_FIRST if status in statuses), None),
            "total_size_kb": None if size is None else size // 1024,
            "findings": self._findings[vm["id"]],
        }
        self.write_row(row)


class FindingsCsv(_CsvFile):
    """findings.csv."""

    def end(self) -> None:
        self.write_columns(FINDING_COLUMNS, "recovery_point_ids")
        for finding in self.report.findings:
            self.write_row(finding)


def cell(value: t.Any) -> int | float | str:
    """A value as a cell: numbers as they are, null as nothing, lists joined by spaces, text without control characters.

    Line ends and tabulators become a space.
    """
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    text = " ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    clean = SURROGATE.sub("\ufffd", CONTROL.sub("", WHITE_SPACE.sub(" ", _text.shortened(text, LONGEST_CELL))))
    bare = text.startswith(("\t", "\r")) and not FORMULA.match(clean)
    return ("'" if bare else "") + FORMULA.sub(r"\1'", clean)
