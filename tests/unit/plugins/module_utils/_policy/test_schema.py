# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schema accepts the same policies as the parser, and generated files are up to date."""

from __future__ import annotations

import re
import textwrap

import jsonschema
import pytest
import yaml
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CHECKS, SEVERITIES
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import (
    EXEMPTION,
    POLICY,
    parse_policy,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.rules import CONDITIONS, LIMITS, RULE
from ansible_collections.community.onapp.plugins.module_utils._policy.values import PolicyError, plain
from ansible_collections.community.onapp.tests.tools import schemas
from ansible_collections.community.onapp.tests.tools.schemas import policy_schema
from hypothesis import given, settings
from hypothesis import strategies as st

VALIDATOR = jsonschema.Draft202012Validator(policy_schema())
GUIDE = schemas.GUIDE.with_name("policy_guide.rst").read_text(encoding="utf-8")
STALE = f"is out of date: run {schemas.COMMAND}"


def schema_errors(document):
    """Where and by which keyword the schema refuses a document."""
    return [(list(error.absolute_path), error.validator) for error in VALIDATOR.iter_errors(plain(document))]


def refusals(document):
    """The keywords by which the schema refuses a document, also those within alternatives."""
    found = list(VALIDATOR.iter_errors(plain(document)))
    for error in found:
        found += error.context
    return {error.validator for error in found}


# --- generated files ---


def test_schema_is_valid():
    jsonschema.Draft202012Validator.check_schema(policy_schema())


@pytest.mark.parametrize(
    ("path", "make"), [(schemas.FRAGMENT, schemas.fragment_text), (schemas.SCHEMA, schemas.schema_text)]
)
def test_generated_files_are_up_to_date(path, make):
    assert path.read_text(encoding="utf-8") == make(), f"{path} {STALE}"


def test_table_of_the_guide():
    page = schemas.GUIDE.read_text(encoding="utf-8")
    assert len(schemas.TABLE.findall(page)) == 1
    assert schemas.guide_text(page) == page, f"{schemas.GUIDE} {STALE}"
    assert not [name for name in CHECKS if f"``{name}``" not in page]


def test_documented_keys_and_defaults():
    text = schemas.fragment_text()
    assert len(schemas.KEYS.findall(text)) == 1
    keys = {*POLICY, *LIMITS, *RULE, *CONDITIONS, *EXEMPTION.settings}
    assert not [key for key in keys if not re.search(rf"C\([a-z_.\[\]]*\b{key}\)", text)]
    lines = schemas.key_texts(policy_schema())
    for line in (
        "C(name) (text, default V(null)).",
        'C(day_starts_at) (time of day, default V("00:00")).',
        "C(scope.min_vms) (whole number from 1, or V(null), default V(1)).",
        "C(defaults.min_copies) (whole number from 1 to 10000, or V(null), default V(2)).",
        "C(defaults.retention.weekly) (dictionary as C(defaults.retention.daily), default V(null)).",
        "C(defaults.size.growth) (number above 1, default V(2.0)).",
        "C(rules[].match.label) (pattern, or a list).",
        "C(exemptions[].category) (V(waiver) or V(mitigated), required).",
        "C(exemptions[].match) (dictionary as C(rules[].match), required).",
    ):
        assert sum(one.startswith(line) for one in lines) == 1, line


def test_program(monkeypatch, tmp_path):
    schema, fragment, guide = tmp_path / "a.json", tmp_path / "a.py", tmp_path / "guide.rst"
    guide.write_text("Before.\n\n.. table: checks\n\nstale\n\n.. end of table\n\nAfter.\n", encoding="utf-8")
    current = schemas.FRAGMENT.read_text(encoding="utf-8")
    stale = schemas.KEYS.sub("      - C(version) (stale). Stale.\n", current)
    assert stale != current
    fragment.write_text(stale, encoding="utf-8")
    monkeypatch.setattr(schemas, "SCHEMA", schema)
    monkeypatch.setattr(schemas, "FRAGMENT", fragment)
    monkeypatch.setattr(schemas, "GUIDE", guide)
    page = f"Before.\n\n.. table: checks\n\n{schemas.checks_table()}\n.. end of table\n\nAfter.\n"
    for _time in range(2):
        schemas.main()
        assert schema.read_text(encoding="utf-8") == schemas.schema_text()
        assert fragment.read_text(encoding="utf-8") == schemas.fragment_text() == current
        assert guide.read_text(encoding="utf-8") == page


# --- the examples of the guide ---

BLOCKS = [
    yaml.safe_load(textwrap.dedent(block))
    for block in re.findall(r"^\.\. code-block:: yaml(?:\+jinja)?\n\n((?: {4}.*\n|\n)+)", GUIDE, re.MULTILINE)
]


def policies_of(block):
    """The policies in an example: of tasks, of an inventory, or the example itself."""
    if isinstance(block, list):
        options = [value for task in block for value in task.values() if isinstance(value, dict)]
        return [one["policy"] for one in options if "policy" in one]
    return [block["policy"]] if "plugin" in block else [block]


EXAMPLES = [policy for block in BLOCKS for policy in policies_of(block)]


def test_number_of_examples():
    assert len(BLOCKS) == len(re.findall("code-block::", GUIDE))
    assert len(EXAMPLES) >= 6


def test_policy_of_the_recipes():
    text = (schemas.ROOT / "docs" / "examples" / "backup-policy.yml").read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    assert schema_errors(document) == []
    assert len(parse_policy(document).rules) == len(document["rules"]) > 2


@pytest.mark.parametrize("document", EXAMPLES)
def test_examples_are_valid(document):
    assert schema_errors(document) == []
    effective = parse_policy(document).effective
    assert schema_errors(effective) == []


def test_inheritance_in_the_guide():
    last = {document["rules"][0]["name"]: document for document in EXAMPLES if "rules" in document}
    gold, archive = (parse_policy(last[name]).rules[0].retention for name in ("gold", "archive"))
    assert (gold.daily, gold.weekly, gold.monthly) == ((7, 7), (8, 8), (6, 6))
    assert (archive.daily, archive.weekly, archive.monthly) == (None, None, (12, 12))


# --- accepted and rejected policies ---

words = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=6).map(lambda text: f"a{text}")
# Ranges of limits that never contradict each other.
FITTING = {
    "name": words,
    "rpo": st.integers(1, 99).map(lambda count: f"{count}h"),
    "rpo_critical": st.none() | st.integers(1, 99).map(lambda count: f"{count}w"),
    "count": st.integers(8, 400),
    "min": st.integers(1, 8),
    "shrink": st.floats(0.5, 1),
    "shrink_critical": st.none() | st.floats(0.01, 0.5),
    "limit": st.integers(1, 72).map(lambda count: f"{count}h"),
    "warning": st.integers(1, 99).map(lambda count: f"{count}w"),
    "start": st.sampled_from(["00:00", "06:30"]),
    "end": st.sampled_from(["16:00", "23:59"]),
    "expires": st.dates() | st.dates().map(str),
}


def values_of(schema):
    """Values that a JSON Schema accepts."""
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of(*map(values_of, schema["anyOf"]))
    kind = schema["type"]
    if kind == "integer":
        return st.integers(schema["minimum"], schema["maximum"])
    if kind == "number":
        return st.floats(schema["exclusiveMinimum"], schema["maximum"], exclude_min=True)
    if kind == "string":
        known = schema.get("title", "") in ("", "pattern")
        return words if known else st.sampled_from(schema["examples"])
    if kind == "array":
        items = schema["items"]
        name = next(iter(items.get("properties", ())), None)
        unique = (lambda item: item[name]) if name else None
        return st.lists(values_of(items), min_size=schema.get("minItems", 0), max_size=3, unique_by=unique)
    return objects(schema) if kind == "object" else st.booleans() if kind == "boolean" else st.none()


def objects(schema):
    if "properties" not in schema:
        names = values_of(schema["propertyNames"]) if "enum" in schema["propertyNames"] else st.integers(1, 99)
        return st.dictionaries(names, values_of(schema["additionalProperties"]), max_size=3)
    properties = schema["properties"]
    values = {key: FITTING[key] if key in FITTING else values_of(one) for key, one in properties.items()}
    if "any" in properties:  # rules before the last one must not match every virtual machine
        return st.fixed_dictionaries({"user_id": values.pop("user_id")}, optional=values)
    if "duration" in values:
        limits = objects(properties["duration"]["anyOf"][0])
        values["duration"] = st.none() | limits.map(lambda one: one if one.get("factor") else {**one, "limit": "4h"})
    required = ["count", "min"] if "count" in properties and "within" not in properties else schema.get("required", ())
    required = ["start", "end"] if "start" in properties else required
    return st.fixed_dictionaries({key: values.pop(key) for key in required}, optional=values)


documents = objects(policy_schema())


@settings(deadline=None)
@given(documents)
def test_generated_policies_are_valid(document):
    policy = parse_policy(document)
    assert schema_errors(document) == []
    assert schema_errors(policy.effective) == []
    assert parse_policy(policy.effective).effective == policy.effective


def dictionaries(value, path=()):
    """The paths to all dictionaries in a document."""
    if isinstance(value, dict):
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield from dictionaries(item, (*path, key))


def at(document, path):
    for key in path:
        document = document[key]
    return document


@settings(deadline=None)
@given(documents, st.data(), st.sampled_from(["rpos", "", "two words", "a\nb", "Rpo", "group"]))
def test_unknown_keys_are_refused_by_both(document, data, key):
    path = data.draw(st.sampled_from(list(dictionaries(document))))
    at(document, path)[key] = "26h"
    assert refusals(document) & {"additionalProperties", "pattern", "enum"}
    with pytest.raises(PolicyError):
        parse_policy(document)


@settings(deadline=None)
@given(documents, st.data())
def test_missing_keys_are_refused_by_both(document, data):
    items = [("rules", key) for key in ("name", "match")]
    items += [("exemptions", key) for key in ("id", "match", "checks", "category", "reason", "approved_by", "expires")]
    section_name, key = data.draw(st.sampled_from(items))
    document[section_name] = data.draw(values_of(policy_schema()["properties"][section_name]).filter(bool))
    number = data.draw(st.integers(0, len(document[section_name]) - 1))
    del document[section_name][number][key]
    assert schema_errors(document) == [([section_name, number], "required")]
    with pytest.raises(PolicyError, match=re.escape(f"policy.{section_name}[{number}].{key} is missing")):
        parse_policy(document)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"version": 2},
        {"name": 7},
        {"day_starts_at": 960},
        {"clock": {"age_from": "updated_at"}},
        {"scope": {"max_drop": "120%"}},
        {"scope": {"min_vms": 0}},
        {"server_sites": {"ams": "3"}},
        {"defaults": None},
        {"defaults": {"rpo": None}},
        {"defaults": {"rpo": "0h"}},
        {"defaults": {"rpo": "1d 2h"}},
        {"defaults": {"size": {"shrink": 0}}},
        {"defaults": {"severity": {"size": "error"}}},
        {"defaults": {"severity": {"sizes": "info"}}},
        {"defaults": {"window": {"start": "24:00", "end": "04:00"}}},
        {"rules": {}},
        {"rules": [{"name": "defaults", "match": {"any": True}}]},
        {"rules": [{"name": "a", "match": {}}]},
        {"rules": [{"name": "a", "match": {"any": False}}]},
        {"rules": [{"name": "a", "match": {"label": []}}]},
        {"rules": [{"name": "a", "match": {"id": 0}}]},
        {"rules": [{"name": "a", "match": {"id": "x"}}]},
        {"report": {"fail_on": "info"}},
    ],
)
def test_wrong_values_are_refused_by_both(document):
    assert schema_errors(document)
    with pytest.raises(PolicyError):
        parse_policy(document)


def test_inherited_keys_are_not_required():
    document = {"rules": [{"name": "a", "match": {"any": True}, "retention": {"daily": {"min": 7}}}]}
    assert schema_errors(document) == []
    assert parse_policy(document).rules[0].retention.daily == (7, 7)


def test_every_key_has_a_description():
    def undescribed(schema, path=""):
        for key, one in schema.get("properties", {}).items():
            if not one.get("description", "").endswith("."):
                yield f"{path}.{key}"
            for part in (one, *one.get("anyOf", ()), one.get("items", {})):
                yield from undescribed(part, f"{path}.{key}")

    assert list(undescribed(policy_schema())) == []
    assert policy_schema()["properties"]["defaults"]["properties"]["rpo"]["default"] == "26h"
    severities = policy_schema()["properties"]["defaults"]["properties"]["severity"]
    assert severities["additionalProperties"] == {"enum": list(SEVERITIES)}
