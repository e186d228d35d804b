# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""report.json: one line for each virtual machine and each finding, so that two runs diff cleanly."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._reports.writer import ReportWriter

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report

    Facts = dict[str, t.Any]

# The order of docs/schemas/backup_report.schema.json, before and after the virtual machines. `evidence` may be absent.
BEFORE = (
    "schema_version",
    "tool",
    "status",
    "headline",
    "generated_at",
    "evaluated_at",
    "source",
    "policy",
    "evidence",
    "population",
    "summary",
    "calendar",
)
AFTER = (
    "findings",
    "rules",
    "exemptions",
    "changes",
    "history",
    "retention",
    "backup_servers",
    "orphans",
    "not_assessed",
    "controls",
)
INDENT = "  "


class JsonReport(ReportWriter):
    """report.json. All text is ASCII, so that a label of any characters passes through every channel."""

    def __init__(self, report: Report, write: Callable[[str], object]) -> None:
        super().__init__(report, write)
        write("{\n")
        for key in BEFORE:
            if key in report.head:
                self._write_key(key, report.head[key])
                write(",\n")
        write(f'{INDENT}"virtual_machines": [')
        self._separator = "\n"

    def add(self, vm: Facts) -> None:
        self.write(f"{self._separator}{INDENT * 2}{json.dumps(vm)}")
        self._separator = ",\n"

    def end(self) -> None:
        self.write("]" if self._separator == "\n" else f"\n{INDENT}]")
        for key in AFTER:
            self.write(",\n")
            self._write_key(key, self.report.findings if key == "findings" else self.report.head[key])
        self.write("\n}\n")

    def _write_key(self, key: str, value: t.Any) -> None:
        self.write(f"{INDENT}{json.dumps(key)}: ")
        if isinstance(value, dict):
            # JSON text has no line ends but those of the indentation.
            self.write(json.dumps(value, indent=len(INDENT)).replace("\n", "\n" + INDENT))
        elif isinstance(value, list):
            _write_lines(value, self.write)
        else:
            self.write(json.dumps(value))


class StatusFile(ReportWriter):
    """status.json: what a later run needs for its history."""

    def __init__(self, report: Report, write: Callable[[str], object]) -> None:
        super().__init__(report, write)
        head = report.head
        facts = {
            "schema_version": 1,
            "control_panel": head["source"]["control_panel"],
            "cloud_name": head["source"]["cloud_name"],
            "policy_sha256": head["policy"]["sha256"],
            "generated_at": head["generated_at"],
            "evaluated_at": head["evaluated_at"],
            "status": head["status"],
        }
        write("{\n" + "".join(f"{INDENT}{json.dumps(key)}: {json.dumps(value)},\n" for key, value in facts.items()))
        write(f'{INDENT}"virtual_machines": {{')
        self._separator = "\n"

    def add(self, vm: Facts) -> None:
        self.write(f'{self._separator}{INDENT * 2}"{vm["id"]}": {json.dumps(vm["outcome"])}')
        self._separator = ",\n"

    def end(self) -> None:
        self.write("}" if self._separator == "\n" else f"\n{INDENT}}}")
        self.write("\n}\n")


def _write_lines(items: Iterable[t.Any], write: Callable[[str], object]) -> None:
    """An array with one item on each line."""
    write("[")
    separator = "\n"
    for item in items:
        write(f"{separator}{INDENT * 2}{json.dumps(item)}")
        separator = ",\n"
    write("]" if separator == "\n" else f"\n{INDENT}]")
