# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schema and the guide say what the policy language takes, and what they hold is what is generated."""

from __future__ import annotations

import re
import textwrap

import jsonschema
import pytest
import yaml
from ansible_collections.community.onapp.plugins.module_utils._policy import readers
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CHECKS, SEVERITIES
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import PolicyError
from ansible_collections.community.onapp.plugins.module_utils._policy.exemptions import EXEMPTION, CheckNames
from ansible_collections.community.onapp.plugins.module_utils._policy.language import Later, Section, Setting, plain
from ansible_collections.community.onapp.plugins.module_utils._policy.limits import LIMITS
from ansible_collections.community.onapp.plugins.module_utils._policy.match import MATCH, Always, Globs, Match, Numbers
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import (
    POLICY,
    LanguageVersion,
    parse_policy,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.rules import RULE, RuleName
from ansible_collections.community.onapp.plugins.module_utils._policy.schema import policy_schema
from ansible_collections.community.onapp.tests.tools import schemas
from hypothesis import given, settings
from hypothesis import strategies as st

VALIDATOR = jsonschema.Draft202012Validator(policy_schema())
GUIDE = schemas.GUIDE.read_text(encoding="utf-8")
GUIDES = GUIDE + schemas.COMPLIANCE_GUIDE.read_text(encoding="utf-8")
STALE = f"is not what the tables say: run {schemas.COMMAND}"


def mistakes(document):
    """Where and by which keyword the schema refuses a document."""
    return [(list(error.absolute_path), error.validator) for error in VALIDATOR.iter_errors(plain(document))]


def refusals(document):
    """The keywords by which the schema refuses a document, also those within alternatives."""
    found = list(VALIDATOR.iter_errors(plain(document)))
    for error in found:
        found += error.context
    return {error.validator for error in found}


# --- what is generated ---


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(policy_schema())


def test_the_documentation_of_the_option_is_up_to_date():
    assert schemas.FRAGMENT_FILE.read_text(encoding="utf-8") == schemas.fragment_text(), f"the fragment {STALE}"


def test_the_documentation_of_the_option_names_every_key():
    text = schemas.fragment_text()
    keys = {*POLICY, *LIMITS, *RULE, *MATCH, *EXEMPTION.settings}
    assert not [key for key in keys if not re.search(rf"C\([a-z_.\[\]]*\b{key}\)", text)]


def test_the_committed_schema_is_up_to_date():
    assert schemas.SCHEMA.read_text(encoding="utf-8") == schemas.schema_text(), f"{schemas.SCHEMA} {STALE}"


@pytest.mark.parametrize("guide", [schemas.GUIDE, schemas.COMPLIANCE_GUIDE], ids=lambda path: path.stem)
def test_the_tables_of_the_guides_are_up_to_date(guide):
    page = guide.read_text(encoding="utf-8")
    assert schemas.guide_text(page) == page, f"{guide} {STALE}"


def test_the_guides_have_every_table_once():
    assert sorted(re.findall(r"^\.\. table: (\w+)$", GUIDES, re.MULTILINE)) == sorted(schemas.TABLES)
    assert len(schemas.GENERATED.findall(GUIDES)) == len(schemas.TABLES)


def test_the_guide_names_every_key():
    keys = {*POLICY, *LIMITS, *CHECKS}
    assert not [key for key in keys if f"``{key}``" not in GUIDE]


def test_the_program_writes_what_is_stale(monkeypatch, tmp_path):
    schema, guide = tmp_path / "schemas" / "a.json", tmp_path / "guide.rst"
    guide.write_text("Before.\n\n.. table: tier\n\nstale\n\n.. end of table\n\nAfter.\n", encoding="utf-8")
    monkeypatch.setattr(schemas, "SCHEMA", schema)
    monkeypatch.setattr(schemas, "GUIDE", guide)
    monkeypatch.setattr(schemas, "COMPLIANCE_GUIDE", guide)
    schemas.main()
    assert schema.read_text(encoding="utf-8") == schemas.schema_text()
    page = f"Before.\n\n.. table: tier\n\n{schemas.TABLES['tier']()}\n.. end of table\n\nAfter.\n"
    assert guide.read_text(encoding="utf-8") == page
    schemas.main()
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


def test_the_guide_has_examples():
    assert len(BLOCKS) == len(re.findall("code-block::", GUIDE))
    assert len(EXAMPLES) >= 6


def test_the_policy_of_the_recipes_is_one():
    text = (schemas.ROOT / "docs" / "examples" / "backup-policy.yml").read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    assert mistakes(document) == []
    assert len(parse_policy(document).rules) == len(document["rules"]) > 2


@pytest.mark.parametrize("document", EXAMPLES)
def test_the_examples_are_policies(document):
    assert mistakes(document) == []
    effective = parse_policy(document).effective
    assert mistakes(effective) == []


def test_what_the_guide_says_of_inheritance():
    last = {document["rules"][0]["name"]: document for document in EXAMPLES if "rules" in document}
    gold, archive = (parse_policy(last[name]).rules[0].retention for name in ("gold", "archive"))
    assert (gold.daily, gold.weekly, gold.monthly) == ((7, 7), (8, 8), (6, 6))
    assert (archive.daily, archive.weekly, archive.monthly) == (None, None, (12, 12))


# --- what the schema takes and refuses ---

small = st.integers(1, 99)
words = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=6).map(lambda text: f"a{text}")
durations = st.builds(lambda count, unit: f"{count}{unit}", small, st.sampled_from("mhdw"))
hours = small.map(lambda count: f"{count}h")
weeks = small.map(lambda count: f"{count}w")


def one_or_more(values):
    return values | st.lists(values, min_size=1, max_size=3)


# Where limits must fit each other, ranges that always do.
FITTING = {
    "name": words,
    "rpo": hours,
    "rpo_critical": st.none() | weeks,
    "count": st.integers(8, 400),
    "min": st.integers(1, 8),
    "shrink": st.floats(0.5, 1),
    "shrink_critical": st.none() | st.floats(0.01, 0.5),
    "limit": st.integers(1, 72).map(lambda count: f"{count}h"),
    "warning": weeks,
    "start": st.sampled_from(["00:00", "06:30"]),
    "end": st.sampled_from(["16:00", "23:59"]),
}
STRATEGIES = {
    LanguageVersion: lambda read: st.just(1),
    RuleName: lambda read: words,
    CheckNames: lambda read: one_or_more(st.sampled_from(["*", "rpo", "size", "retention_daily"])),
    Always: lambda read: st.just(True),
    Globs: lambda read: one_or_more(words),
    Numbers: lambda read: one_or_more(small),
    Later: lambda read: values_of(read.read),
    readers.Text: lambda read: words,
    readers.Choice: lambda read: st.sampled_from(read.words),
    readers.Duration: lambda read: durations,
    readers.Zone: lambda read: st.sampled_from(["UTC", "Europe/Berlin"]),
    readers.TimeOfDay: lambda read: st.times().map(lambda time: f"{time:%H:%M}"),
    readers.Date: lambda read: st.dates() | st.dates().map(str),
    readers.Percent: lambda read: st.integers(0, 100).map(lambda share: f"{share}%"),
    readers.Flag: lambda read: st.booleans(),
    readers.Number: lambda read: st.floats(read.above, read.most, exclude_min=True),
    readers.Whole: lambda read: st.integers(read.least, read.most),
    Match: lambda read: matches,
    readers.Table: lambda read: st.dictionaries(
        st.sampled_from(read.key.words) if isinstance(read.key, readers.Choice) else small,
        values_of(read.value),
        max_size=3,
    ),
    readers.Items: lambda read: st.lists(values_of(read.item), max_size=3, unique_by=lambda item: item[read.unique]),
    Section: lambda read: section(read.settings),
}


def values_of(read):
    """What a reader takes."""
    return st.deferred(lambda: STRATEGIES[read.__class__](read))


def written(key, setting):
    values = FITTING[key] if key in FITTING else values_of(setting.read)
    if key == "duration":
        values = values.map(lambda limits: limits if limits.get("factor") else {**limits, "limit": "4h"})
    return values | st.none() if setting.may_be_off else values


def section(settings):
    """A dictionary of settings: what is required, and some others."""
    required = {key: written(key, setting) for key, setting in settings.items() if setting.required}
    optional = {key: written(key, setting) for key, setting in settings.items() if not setting.required}
    return st.fixed_dictionaries(required, optional=optional)


matches = st.fixed_dictionaries(
    {"user_id": small},
    optional={"label": one_or_more(words), "operating_system": one_or_more(words), "any": st.just(True)},
)
documents = section(POLICY)


@settings(deadline=None)
@given(documents)
def test_generated_policies_are_policies(document):
    policy = parse_policy(document)
    assert mistakes(document) == []
    assert mistakes(policy.effective) == []
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
def test_what_is_missing_is_refused_by_both(document, data):
    items = [("rules", key) for key in ("name", "match")]
    items += [("exemptions", key) for key in ("id", "match", "checks", "category", "reason", "approved_by", "expires")]
    section_name, key = data.draw(st.sampled_from(items))
    document[section_name] = data.draw(written(section_name, POLICY[section_name]).filter(bool))
    number = data.draw(st.integers(0, len(document[section_name]) - 1))
    del document[section_name][number][key]
    assert mistakes(document) == [([section_name, number], "required")]
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
    assert mistakes(document)
    with pytest.raises(PolicyError):
        parse_policy(document)


def test_what_a_rule_inherits_is_not_demanded_of_it():
    document = {"rules": [{"name": "a", "match": {"any": True}, "retention": {"daily": {"min": 7}}}]}
    assert mistakes(document) == []
    assert parse_policy(document).rules[0].retention.daily == (7, 7)


def test_an_editor_can_tell_what_each_key_is_about():
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


def test_every_kind_of_value_has_words_in_the_guide():
    assert schemas.kind_text(Setting(readers.Whole(1, 9), "", may_be_off=True)) == (
        "whole number from 1 to 9, or ``null``"
    )
    assert set(STRATEGIES) - {Later} == set(schemas.KINDS)
