# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generate JSON Schema, documentation and a table of a guide from the tables of the policy language.

As a program: `python -m ansible_collections.community.onapp.tests.tools.schemas`.
"""

from __future__ import annotations

import json
import pathlib
import re
import textwrap
import typing as t

import yaml
from ansible_collections.community.onapp.plugins.doc_fragments.policy import ModuleDocFragment
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CHECKS
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import POLICY
from ansible_collections.community.onapp.plugins.module_utils._policy.rules import LIMITS, MATCH
from ansible_collections.community.onapp.plugins.module_utils._policy.values import (
    Items,
    OneOrMore,
    Section,
    Setting,
    Table,
    Value,
)

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._policy.values import Reader

Schema = dict[str, t.Any]

COMMAND = "python -m ansible_collections.community.onapp.tests.tools.schemas"
ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "docs" / "schemas" / "backup_policy.schema.json"
GUIDE = ROOT / "docs" / "docsite" / "rst" / "compliance_guide.rst"
FRAGMENT = ROOT / "plugins" / "doc_fragments" / "policy.py"
# The items on the keys of a policy in the documentation fragment.
KEYS = re.compile(r'^ {6}- "?C\(.*?(?=^ {4}type: dict$)', re.MULTILINE | re.DOTALL)
# Dictionaries with the same keys, of which one is documented.
SAME_KEYS = {
    r"^rules\[\]\.(?!name$|match\b)": "defaults.",
    r"^exemptions\[\]\.match\.": "rules[].match.",
    r"(?<=\.retention\.)(weekly|monthly|yearly)\.": "daily.",
}
TABLE = re.compile(r"^\.\. table: checks\n(?:(?!\.\. end of table).*\n)*\.\. end of table$", re.MULTILINE)


def schema_of(read: Reader, inherits: bool = False) -> Schema:
    """The JSON Schema of the values that a reader accepts. Inherited keys are not required."""
    if isinstance(read, Value):
        return read.schema
    if isinstance(read, Items):
        return {"type": "array", "items": schema_of(read.item)}
    if isinstance(read, OneOrMore):
        return {"anyOf": [read.item.schema, {"type": "array", "items": read.item.schema, "minItems": 1}]}
    if isinstance(read, Table):
        # Keys in JSON are texts, also those that are parsed as numbers.
        keys = read.key.schema if "enum" in read.key.schema else {"pattern": "^[0-9]+$"}
        return {"type": "object", "propertyNames": keys, "additionalProperties": read.value.schema}
    required = [] if inherits else [key for key, setting in read.settings.items() if setting.required]
    return {
        "type": "object",
        "properties": {
            key: _setting_schema(setting, inherits or key in LIMITS) for key, setting in read.settings.items()
        },
        **({"required": required} if required else {}),
        **({"minProperties": 1} if read is MATCH else {}),
        "additionalProperties": False,
    }


def _setting_schema(setting: Setting, inherits: bool) -> Schema:
    accepted = schema_of(setting.read, inherits)
    if setting.may_be_off:
        accepted = {"anyOf": [accepted, {"type": "null"}]}
    default = {} if setting.default is None else {"default": setting.default}
    return {**default, **accepted}


def sentences() -> dict[str, str]:
    """The sentence on each key of a policy, by its path. They are written in the documentation fragment alone."""
    lines = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]["policy"]["description"]
    return {path[1]: line.partition("). ")[2] for line in lines if (path := re.match(r"C\(([^)]*)\) \(", line))}


def _describe(schema: Schema, about: dict[str, str], path: str = "") -> None:
    """Add to each key in a schema its sentence, or else that on the same key of another dictionary."""
    for part in (schema, *schema.get("anyOf", ())):
        if "items" in part:
            _describe(part["items"], about, f"{path}[]")
        for key, one in part.get("properties", {}).items():
            own = f"{path}.{key}".removeprefix(".")
            known = own
            for place, other in SAME_KEYS.items():
                known = re.sub(place, other, known)
            part["properties"][key] = {"description": about.get(known, ""), **one}
            _describe(one, about, own)


def policy_schema() -> Schema:
    """The JSON Schema (draft 2020-12) of a policy file, for editors.

    It is laxer where it takes a second look, as with names of time zones, and stricter with numbers and flags as text,
    which are accepted because templates return them.
    """
    schema = schema_of(Section(POLICY))
    _describe(schema, sentences())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Backup policy of community.onapp",
        "description": "What good backups are: limits by rule, and who is exempt. Durations are a whole number and m, "
        "h, d or w. Null switches a check off where it is allowed.",
        **schema,
    }


def kind_text(schema: Schema) -> str:
    """A description of the values of a JSON Schema in Ansible's markup."""
    if "title" in schema:
        return str(schema["title"])
    if "const" in schema:
        return f"V({json.dumps(schema['const'])})"
    if "enum" in schema:
        return " or ".join(f"V({word})" for word in schema["enum"])
    if "anyOf" in schema:
        one, other = schema["anyOf"]
        if other["type"] == "null":
            return f"{kind_text(one)}, or V(null)"
        return f"{kind_text(one)}, or a list"
    if schema["type"] == "integer":
        most = schema["maximum"]
        return f"whole number from {schema['minimum']}" + (f" to {most}" if most < 10**6 else "")
    if schema["type"] == "number":
        return f"number above {schema['exclusiveMinimum']}"
    return {"boolean": "V(true) or V(false)", "string": "text", "array": "list", "object": "dictionary"}[schema["type"]]


def key_texts(schema: Schema, path: str = "", documented: dict[str, str] | None = None) -> list[str]:
    """A sentence for each key of an object: its path, its values, and its default.

    A dictionary of the same keys as an earlier one refers to that one.
    """
    documented = {} if documented is None else documented
    lines = []
    for key, one in schema["properties"].items():
        name = f"{path}{key}"
        is_nullable = one.get("anyOf", [{}])[-1].get("type") == "null"
        inner = one["anyOf"][0] if is_nullable else one
        inner = inner.get("items", inner)
        keys = json.dumps(sorted(inner.get("properties", ())))
        kind = kind_text(one)
        if "properties" in inner and keys in documented:
            kind = kind.replace("dictionary", f"dictionary as C({documented[keys]})")
        if key in schema.get("required", ()):
            kind += ", required"
        elif "default" in one and one["default"] not in ({}, []):
            kind += f", default V({_default_text(one)})"
        elif is_nullable and "default" not in one:
            kind = kind.replace("or V(null)", "default V(null)")
        lines.append(f"C({name}) ({kind}). {one['description']}".rstrip())
        if "properties" in inner and keys not in documented:
            documented[keys] = name
            own = dict(inner, properties={k: v for k, v in inner["properties"].items() if k not in _limits()})
            is_list = inner is not one and one.get("type") == "array"
            lines += key_texts(own if is_list else inner, f"{name}{'[]' if is_list else ''}.", documented)
    return lines


def _default_text(schema: Schema) -> str:
    default = schema["default"]
    if schema.get("title") == "time of day":
        return json.dumps(default)
    return yaml.safe_dump([default], default_flow_style=True, sort_keys=False, width=1000).strip()[1:-1]


def _limits() -> Schema:
    limits: Schema = policy_schema()["properties"]["defaults"]["properties"]
    return limits


def fragment_text() -> str:
    """The documentation fragment with what the keys of a policy accept; the rest of it is written there alone."""
    lines = []
    for one in key_texts(policy_schema()):
        # A dictionary in YAML, unless it is in quotes.
        text = json.dumps(one, ensure_ascii=False) if ": " in one else one
        lines += textwrap.wrap(text, 120, initial_indent="      - ", subsequent_indent=" " * 8, break_on_hyphens=False)
    keys = "".join(f"{line}\n" for line in lines)
    return KEYS.sub(lambda _items: keys, FRAGMENT.read_text(encoding="utf-8"), count=1)


def schema_text() -> str:
    """The file of the JSON Schema."""
    return json.dumps(policy_schema(), indent=2, ensure_ascii=False) + "\n"


def checks_table() -> str:
    """The table of the checks with the controls to which they contribute evidence, in reStructuredText."""
    rows = [("Check", "Severity", "It fails when …", "Controls")]
    rows += [
        (f"``{name}``", check.severity, check.fails_when, ", ".join(check.controls) or "none")
        for name, check in CHECKS.items()
    ]
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: 20 12 48 20", ""]
    for row in rows:
        lines += [f"   {' ' if column else '*'} - {cell}" for column, cell in enumerate(row)]
    return "\n".join(lines) + "\n"


def guide_text(page: str) -> str:
    """The page of the guide with the generated table."""
    return TABLE.sub(lambda found: f".. table: checks\n\n{checks_table()}\n.. end of table", page)


def main() -> None:
    """Write all files."""
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    FRAGMENT.write_text(fragment_text(), encoding="utf-8")
    GUIDE.write_text(guide_text(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
