# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""The report of an earlier run: how much it covered, and what it found."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError

HINT = "give the report.json of an earlier run of this check on this control panel"


class Previous(t.NamedTuple):
    """What a later report needs of an earlier one: its time, the number of virtual machines that it covered, and its
    findings as pairs of virtual machine and check."""

    generated_at: str
    vms: int
    findings: frozenset[tuple[int | None, str]]


def read_previous(path: str, control_panel: str) -> Previous:
    """The earlier report in a file. Raises ConfigError that names the option where it is none, or of another panel."""
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file, object_pairs_hook=_needed)
    except OSError as error:
        raise ConfigError(f"The option previous_report cannot be read: {error.strerror}: {path}; {HINT}.") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"The option previous_report is no JSON: {path}; {HINT}.") from error
    try:
        if document["schema_version"] != 1:
            raise ValueError
        panel = document["source"]["control_panel"]
        previous = Previous(
            generated_at=str(document["generated_at"]),
            vms=sum(int(number) for number in document["summary"]["by_state"].values()),
            findings=frozenset(
                (None if item["virtual_machine_id"] is None else int(item["virtual_machine_id"]), str(item["check"]))
                for item in document["findings"]
                if item["status"] != "exempt"
            ),
        )
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise ConfigError(f"The option previous_report is no report of this collection: {path}; {HINT}.") from error
    if panel != control_panel:
        raise ConfigError(f"The option previous_report is of another control panel: {path}; {HINT}.")
    return previous


def _needed(pairs: list[tuple[str, t.Any]]) -> dict[str, t.Any]:
    """An object of the report without what is large and not looked at."""
    return {
        name: value
        for name, value in pairs
        if name not in ("virtual_machines", "results", "disks", "message", "backup_ids")
    }
