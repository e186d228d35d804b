# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes what is generated from the tables of the policy language: its JSON Schema, and tables of the guides.

As a program: `python -m ansible_collections.community.onapp.tests.tools.schemas`.
"""

from __future__ import annotations

import json
import pathlib
import re
import typing as t

import yaml
from ansible_collections.community.onapp.plugins.module_utils._policy import readers
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CHECKS
from ansible_collections.community.onapp.plugins.module_utils._policy.exemptions import EXEMPTION, CheckNames
from ansible_collections.community.onapp.plugins.module_utils._policy.language import Section, Setting
from ansible_collections.community.onapp.plugins.module_utils._policy.limits import LIMITS, TIER
from ansible_collections.community.onapp.plugins.module_utils._policy.match import MATCH, Always, Globs, Match, Numbers
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import POLICY, LanguageVersion
from ansible_collections.community.onapp.plugins.module_utils._policy.rules import RULE, RuleName
from ansible_collections.community.onapp.plugins.module_utils._policy.schema import policy_schema

if t.TYPE_CHECKING:
    from collections.abc import Mapping

COMMAND = "python -m ansible_collections.community.onapp.tests.tools.schemas"
ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "docs" / "schemas" / "backup_policy.schema.json"
GUIDE = ROOT / "docs" / "docsite" / "rst" / "policy_guide.rst"
COMPLIANCE_GUIDE = GUIDE.with_name("compliance_guide.rst")
GENERATED = re.compile(
    r"^\.\. table: (?P<name>\w+)\n(?:(?!\.\. ).*\n|\.\. list-table::\n)*\.\. end of table$", re.MULTILINE
)

# What to write for each kind of value.
KINDS: dict[type, t.Callable[[t.Any], str]] = {
    LanguageVersion: lambda read: "``1``",
    RuleName: lambda read: "text",
    Section: lambda read: "dictionary, see below",
    Match: lambda read: "dictionary, see below",
    CheckNames: lambda read: "a name, a list of names, or ``*``",
    Always: lambda read: "``true``",
    Globs: lambda read: "a pattern, or a list",
    Numbers: lambda read: "an id, or a list",
    readers.Items: lambda read: "list, see below",
    readers.Table: lambda read: "dictionary",
    readers.Text: lambda read: "text",
    readers.Choice: lambda read: " or ".join(f"``{word}``" for word in read.words),
    readers.Duration: lambda read: "duration",
    readers.Zone: lambda read: "time zone",
    readers.TimeOfDay: lambda read: "time of day, in quotes",
    readers.Date: lambda read: "date",
    readers.Percent: lambda read: "percentage",
    readers.Flag: lambda read: "``true`` or ``false``",
    readers.Number: lambda read: f"number above {read.above:g}",
    readers.Whole: lambda read: f"whole number from {read.least}" + (f" to {read.most}" if read.most < 10**6 else ""),
}


def kind_text(setting: Setting) -> str:
    """What to write for a setting."""
    return KINDS[setting.read.__class__](setting.read) + (", or ``null``" if setting.may_be_off else "")


def default_text(setting: Setting) -> str:
    """What holds when a setting is not written."""
    default = setting.default
    if setting.required:
        return "required"
    if default is None:
        return "``null``" if setting.may_be_off else "none"
    if default == {} and isinstance(setting.read, Section):
        return "as below"
    if isinstance(setting.read, readers.TimeOfDay):
        return f'``"{default}"``'
    written = yaml.safe_dump([default], default_flow_style=True, sort_keys=False, width=1000).strip()[1:-1]
    return f"``{written}``"


def list_table(rows: list[tuple[str, ...]], widths: str) -> str:
    """A table in reStructuredText; the first row is its head."""
    lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {widths}", ""]
    for row in rows:
        lines += [f"   {' ' if column else '*'} - {cell}" for column, cell in enumerate(row)]
    return "\n".join(lines) + "\n"


def settings_table(settings: Mapping[str, Setting]) -> str:
    """The table of a table of settings."""
    rows = [("Key", "What to write", "Default", "Meaning")]
    rows += [(f"``{key}``", kind_text(one), default_text(one), one.about) for key, one in settings.items()]
    return list_table(rows, "18 22 18 42")


def match_table() -> str:
    """The table of the conditions of a match, which have no defaults."""
    rows = [("Key", "What to write", "Matches")]
    rows += [(f"``{key}``", kind_text(one), one.about) for key, one in MATCH.items()]
    return list_table(rows, "20 25 55")


def checks_table() -> str:
    """The table of the checks."""
    rows = [("Check", "Severity", "It fails when …")]
    rows += [(f"``{name}``", check.severity, check.fails_when) for name, check in CHECKS.items()]
    return list_table(rows, "22 13 65")


def controls_table() -> str:
    """The table of the checks with the controls to which they contribute evidence."""
    rows = [("Check", "Severity", "It fails when …", "Controls")]
    rows += [
        (f"``{name}``", check.severity, check.fails_when, ", ".join(check.controls) or "none")
        for name, check in CHECKS.items()
    ]
    return list_table(rows, "20 12 48 20")


def _nested(settings: Mapping[str, Setting], key: str) -> t.Callable[[], str]:
    section = settings[key].read
    assert isinstance(section, Section)
    return lambda: settings_table(section.settings)


TABLES: dict[str, t.Callable[[], str]] = {
    "policy": lambda: settings_table(POLICY),
    **{key: _nested(POLICY, key) for key in ("clock", "scope", "report")},
    "rule": lambda: settings_table({key: RULE[key] for key in RULE if key not in LIMITS}),
    "limits": lambda: settings_table(LIMITS),
    **{key: _nested(LIMITS, key) for key, setting in LIMITS.items() if isinstance(setting.read, Section)},
    "tier": lambda: settings_table(TIER.settings),
    "match": match_table,
    "exemption": lambda: settings_table(EXEMPTION.settings),
    "checks": checks_table,
    "controls": controls_table,
}


def schema_text() -> str:
    """The file of the JSON Schema."""
    return json.dumps(policy_schema(), indent=2, ensure_ascii=False) + "\n"


def guide_text(page: str) -> str:
    """The page of a guide with its tables made anew."""
    return GENERATED.sub(lambda found: f".. table: {found['name']}\n\n{TABLES[found['name']]()}\n.. end of table", page)


def main() -> None:
    """Write all files."""
    SCHEMA.parent.mkdir(parents=True, exist_ok=True)
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    for guide in (GUIDE, COMPLIANCE_GUIDE):
        guide.write_text(guide_text(guide.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
