# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""JSON with one line for each virtual machine and each finding, so that two runs diff cleanly.

All text is ASCII, so that a label of any characters passes through every channel.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._reports.writer import Facts, ReportWriter

INDENT = "  "


class _JsonFile(ReportWriter):
    """An object whose values may have one item on each line."""

    _before_key = "{\n"
    _before_item = "\n"

    def write_key(self, key: str) -> None:
        self.write(f"{self._before_key}{INDENT}{json.dumps(key)}: ")
        self._before_key = ",\n"

    def write_value(self, key: str, value: t.Any) -> None:
        self.write_key(key)
        if isinstance(value, dict):
            # JSON text has no line ends but those of the indentation.
            self.write(json.dumps(value, indent=len(INDENT)).replace("\n", "\n" + INDENT))
        elif isinstance(value, list):
            self.write("[")
            for item in value:
                self.write_item(json.dumps(item))
            self.end_items("]")
        else:
            self.write(json.dumps(value))

    def write_item(self, text: str) -> None:
        self.write(f"{self._before_item}{INDENT * 2}{text}")
        self._before_item = ",\n"

    def end_items(self, bracket: str) -> None:
        self.write(bracket if self._before_item == "\n" else f"\n{INDENT}{bracket}")
        self._before_item = "\n"


class JsonReport(_JsonFile):
    """report.json: the keys of the head in their order, the virtual machines and the findings after `calendar`."""

    def begin(self) -> None:
        self._rest = iter(self.head.items())
        for key, value in self._rest:
            self.write_value(key, value)
            if key == "calendar":
                break
        self.write_key("virtual_machines")
        self.write("[")

    def add(self, vm: Facts) -> None:
        self.write_item(json.dumps(vm))

    def end(self) -> None:
        self.end_items("]")
        for key, value in (("findings", self.report.findings), *self._rest):
            self.write_value(key, value)
        self.write("\n}\n")


class StatusFile(_JsonFile):
    """status.json: what a later run needs for its history."""

    def begin(self) -> None:
        source = self.head["source"]
        facts = {
            "schema_version": 1,
            "control_panel": source["control_panel"],
            "cloud_name": source["cloud_name"],
            "policy_sha256": self.head["policy"]["sha256"],
            **{key: self.head[key] for key in ("generated_at", "evaluated_at", "status")},
        }
        for key, value in facts.items():
            self.write_value(key, value)
        self.write_key("virtual_machines")
        self.write("{")

    def add(self, vm: Facts) -> None:
        self.write_item(f'"{vm["id"]}": {json.dumps(vm["outcome"])}')

    def end(self) -> None:
        self.end_items("}")
        self.write("\n}\n")
