# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The record itself, `report.json`: a line for each virtual machine and each finding, so that two runs diff cleanly."""

from __future__ import annotations

import json
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report

# The order of docs/schemas/backup_report.schema.json.
KEYS = (
    "schema_version",
    "tool",
    "status",
    "headline",
    "generated_at",
    "evaluated_at",
    "source",
    "policy",
    "population",
    "summary",
    "calendar",
    "virtual_machines",
    "findings",
    "timelines",
    "retention",
    "backup_servers",
    "exemptions",
    "orphans",
    "changes",
    "not_assessed",
    "controls",
)
INDENT = "  "


def render(report: Report, write: Callable[[str], object]) -> None:
    """Write the record. All text is ASCII, so that whatever a tenant named a machine comes through every channel."""
    streamed: dict[str, Iterable[t.Any]] = {"virtual_machines": report.vms, "findings": report.findings}
    write("{")
    separator = "\n"
    for key in KEYS:
        write(f"{separator}{INDENT}{json.dumps(key)}: ")
        value = streamed.get(key, report.head.get(key))
        if isinstance(value, dict):
            # JSON text has no line ends but those of the indentation.
            write(json.dumps(value, indent=len(INDENT)).replace("\n", "\n" + INDENT))
        elif key in streamed or isinstance(value, list):
            _write_lines(t.cast("Iterable[t.Any]", value), write)
        else:
            write(json.dumps(value))
        separator = ",\n"
    write("\n}\n")


def _write_lines(items: Iterable[t.Any], write: Callable[[str], object]) -> None:
    """An array with one item on each line."""
    write("[")
    separator = "\n"
    for item in items:
        write(f"{separator}{INDENT * 2}{json.dumps(item)}")
        separator = ",\n"
    write("]" if separator == "\n" else f"\n{INDENT}]")
