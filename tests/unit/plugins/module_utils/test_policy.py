# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policy language: what is accepted, what it means, and what a user is told about the rest."""

from __future__ import annotations

import datetime
import fnmatch
import types
import zoneinfo

import pytest
from ansible_collections.community.onapp.plugins.module_utils import _policy
from ansible_collections.community.onapp.plugins.module_utils._fields import as_instant
from ansible_collections.community.onapp.plugins.module_utils._policy import (
    PolicyError,
    duration,
    duration_text,
    parse_policy,
)
from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine

HOUR = 3600
DAY = 24 * HOUR
# The very object for which reading times takes its fast path.
UTC = as_instant.__defaults__[0]


def vm(**fields):
    record = VirtualMachine(
        id=42,
        identifier="abcdef123456",
        label="db-01",
        hostname="db-01.example.com",
        built=True,
        booted=True,
        user_id=7,
        template_id=3,
        operating_system="linux",
        operating_system_distro="rhel",
        created_at=0,
    )
    return record._replace(**fields)


def rule(**keys):
    return {"name": "only", "match": {"any": True}, **keys}


def policy_of_match(match):
    return parse_policy({"rules": [{"name": "hit", "match": match}]})


def hits(match, **fields):
    return policy_of_match(match).rule_for(vm(**fields)).name == "hit"


# --- durations ---


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30m", 1800), ("1h", HOUR), ("26h", 26 * HOUR), ("7d", 7 * DAY), ("2w", 14 * DAY), (" 26h ", 26 * HOUR)],
)
def test_duration(text, seconds):
    assert duration(text) == seconds


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (960, "is 960, a number without a unit (YAML 1.1 also turns an unquoted 16:00 into the number 960)"),
        (1.5, "is 1.5, a number without a unit"),
        (True, "is true, which is true or false"),
        (None, "is null, which is no value"),
        ("0h", "is '0h', which is no time at all"),
        ("1M", "is '1M', but months and years have no fixed length"),
        ("2 months", "is '2 months', but months and years have no fixed length"),
        ("1y", "is '1y', but months and years have no fixed length"),
        ("26", "is '26'; write"),
        ("1d 2h", "is '1d 2h'; write"),
        ("-1h", "is '-1h'; write"),
        ("1.5h", "is '1.5h'; write"),
        ("26H", "is '26H'; write"),
        ("30s", "is '30s'; write"),
        ("٣h", "is '٣h'; write"),
        ("", "is ''; write"),
        (datetime.date(2026, 12, 31), "is the date 2026-12-31; write"),
        ({}, "is {}; write"),
    ],
)
def test_duration_that_is_none(value, told):
    with pytest.raises(PolicyError) as caught:
        parse_policy({"rules": [rule(rpo=value)]})
    assert str(caught.value).startswith(f"policy.rules[0].rpo {told}")
    assert str(caught.value).endswith("such as 30m, 26h, 7d or 2w")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0s"),
        (0, "0s"),
        (59, "59s"),
        (3 * HOUR + 120 + 5, "3h 2m"),
        (26 * HOUR, "26h"),
        (26 * HOUR + 1, "26h 1s"),
        (50 * HOUR, "50h"),
        (3 * DAY, "3d"),
        (4 * DAY + 3 * HOUR + 60, "4d 3h"),
        (14 * DAY, "14d"),
    ],
)
def test_duration_text(seconds, text):
    assert duration_text(seconds) == text


# --- documents ---


@pytest.mark.parametrize(
    "document", [None, {}, {"rules": []}, {"version": 1, "clock": {}, "scope": {}, "defaults": {}}]
)
def test_defaults(document):
    policy = parse_policy(document)
    assert policy.clock == _policy.Clock(max_skew=300, naive_as=UTC, age_from="created_at")
    assert policy.scope == _policy.Scope(powered_off="include", new_vm_grace=DAY)
    assert policy.defaults == _policy.Rule("defaults", rpo=26 * HOUR, build_timeout=12 * HOUR, new_vm_grace=DAY)
    assert policy.rules == ()
    assert policy.name is None
    assert policy.rule_for(vm()) is policy.defaults


def test_whole_policy():
    policy = parse_policy(
        {
            "version": "1",
            "name": "production-backups",
            "clock": {"max_skew": "10m", "naive_as": "Europe/Berlin", "age_from": "built_at"},
            "scope": {"powered_off": "exclude", "new_vm_grace": "2d"},
            "defaults": {"rpo": "30h"},
            "rules": [
                {"name": "gold", "match": {"label": ["db-*", "erp-*"]}, "rpo": "12h"},
                {"name": "slow", "match": {"label": "archive-*"}, "build_timeout": "1d"},
                {"name": "standard", "match": {"any": True}},
            ],
        }
    )
    assert policy.name == "production-backups"
    assert policy.clock == _policy.Clock(600, zoneinfo.ZoneInfo("Europe/Berlin"), "built_at")
    assert policy.scope == _policy.Scope("exclude", 2 * DAY)
    assert [limits[:4] for limits in policy.rules] == [
        ("gold", 12 * HOUR, 12 * HOUR, 2 * DAY),
        ("slow", 30 * HOUR, DAY, 2 * DAY),
        ("standard", 30 * HOUR, 12 * HOUR, 2 * DAY),
    ]
    assert policy.rule_for(vm(label="erp-2")).name == "gold"
    assert policy.rule_for(vm(label="archive-2")).name == "slow"
    assert policy.rule_for(vm(label=None)).name == "standard"


def test_first_match_wins():
    policy = parse_policy(
        {
            "rules": [
                {"name": "one", "match": {"label": "db-*"}},
                {"name": "two", "match": {"label": "db-01"}},
            ]
        }
    )
    assert policy.rule_for(vm()).name == "one"
    assert policy.rule_for(vm(label="web")).name == "defaults"


def test_any_beside_another_condition_does_not_match_every_vm():
    policy = parse_policy({"rules": [rule(match={"any": True, "label": "db-*"}), rule(name="next")]})
    assert policy.rule_for(vm(label="web")).name == "next"


def test_subclasses_of_text_mappings_and_tuples_become_plain():
    class Tagged(str):
        pass

    document = types.MappingProxyType(
        {
            Tagged("name"): Tagged("p"),
            Tagged("rules"): (
                types.MappingProxyType(
                    {Tagged("name"): Tagged("gold"), "match": {"label": (Tagged("db-*"),)}, "rpo": Tagged("6h")}
                ),
            ),
        }
    )
    policy = parse_policy(document)
    assert policy.name.__class__ is str
    assert policy.rules[0].name.__class__ is str
    assert policy.rules[0].rpo == 6 * HOUR


REFUSED = {
    "no dictionary": ("gold", "policy is 'gold'; write a dictionary with any of version, name, clock"),
    "unknown key": (
        {"rulez": []},
        "policy.rulez is no key of this version of the policy language (did you mean rules?)",
    ),
    "key of a later version": ({"exemptions": []}, "policy.exemptions is no key of this version"),
    "key in the wrong place": ({"rpo": "26h"}, "policy.rpo is no key of this version"),
    "number as a key": ({1: "x"}, "policy.1 is no key of this version"),
    "unknown limit": (
        {"defaults": {"rpo_critical": "50h"}},
        "policy.defaults.rpo_critical is no key of this version of the policy language; write any of rpo, build_",
    ),
    "check that is not built yet": ({"rules": [rule(retention=None)]}, "policy.rules[0].retention is no key of"),
    "grace outside scope": ({"rules": [rule(new_vm_grace="1h")]}, "policy.rules[0].new_vm_grace is no key of"),
    "other version": ({"version": 2}, "policy.version is 2; this release reads version 1"),
    "version as a flag": ({"version": True}, "policy.version is true; this release reads version 1"),
    "name as a number": ({"name": 2026}, "policy.name is 2026; write a name as text"),
    "section of null": ({"defaults": None}, "policy.defaults is null; write a dictionary with any of rpo"),
    "unknown word": (
        {"scope": {"powered_off": "skip"}},
        "policy.scope.powered_off is 'skip'; write include or exclude",
    ),
    "word as a flag": (
        {"scope": {"powered_off": False}},
        "policy.scope.powered_off is false; write include or exclude",
    ),
    "unknown time": (
        {"clock": {"age_from": "updated_at"}},
        "policy.clock.age_from is 'updated_at'; write created_at or",
    ),
    "unknown zone": (
        {"clock": {"naive_as": "Europe/Berln"}},
        "policy.clock.naive_as is 'Europe/Berln', which is no time zone known to this machine (did you mean Europe/Be",
    ),
    "folder of zones": ({"clock": {"naive_as": "Europe"}}, "policy.clock.naive_as is 'Europe', which is no time zone"),
    "path as a zone": (
        {"clock": {"naive_as": "../etc/passwd"}},
        "policy.clock.naive_as is '../etc/passwd', which is no",
    ),
    "zone of null": ({"clock": {"naive_as": None}}, "policy.clock.naive_as is null; write the IANA name"),
    "rules as a dictionary": ({"rules": {"gold": {}}}, "policy.rules is {'gold': {}}; write a list of rules"),
    "rules as text": ({"rules": "gold"}, "policy.rules is 'gold'; write a list of rules"),
    "rule as text": ({"rules": ["gold"]}, "policy.rules[0] is 'gold'; write a dictionary with any of name, match"),
    "rule without a name": ({"rules": [{"match": {"any": True}}]}, "policy.rules[0].name is missing"),
    "rule without a match": ({"rules": [{"name": "gold"}]}, "policy.rules[0].match is missing"),
    "rule named defaults": ({"rules": [rule(name="defaults")]}, "policy.rules[0].name is 'defaults', the name of what"),
    "empty name": ({"rules": [rule(name=" ")]}, "policy.rules[0].name is ' '; write a name"),
    "two rules of a name": (
        {"rules": [rule(match={"vm_id": 1}), rule(match={"vm_id": 2})]},
        "policy.rules[1].name is 'only', as is that of policy.rules[0]; write a name of its own",
    ),
    "rule that never decides": (
        {"rules": [rule(), rule(name="gold", match={"label": "db-*"}, rpo="6h")]},
        "policy.rules[1] can never decide, because policy.rules[0] before it matches every VM",
    ),
    "empty match": (
        {"rules": [rule(match={})]},
        "policy.rules[0].match is empty, which matches nothing; write any: true",
    ),
    "match of null": ({"rules": [rule(match=None)]}, "policy.rules[0].match is null; write a dictionary"),
    "unknown match key": (
        {"rules": [rule(match={"lable": "db-*"})]},
        "policy.rules[0].match.lable is no key of this version of the policy language (did you mean label?)",
    ),
    "match by group": (
        {"rules": [rule(match={"group": "x"})]},
        "policy.rules[0].match.group is no key of this version",
    ),
    "empty list": ({"rules": [rule(match={"label": []})]}, "policy.rules[0].match.label is an empty list"),
    "pattern of null": (
        {"rules": [rule(match={"label": None})]},
        "policy.rules[0].match.label is null; write a pattern",
    ),
    "pattern as a number": (
        {"rules": [rule(match={"label": ["a", 7]})]},
        "policy.rules[0].match.label[1] is 7; write a",
    ),
    "empty pattern": ({"rules": [rule(match={"os": [""]})]}, "policy.rules[0].match.os[0] is ''; write a pattern"),
    "id as a pattern": ({"rules": [rule(match={"vm_id": "4*"})]}, "policy.rules[0].match.vm_id is '4*'; write an id"),
    "id as a flag": (
        {"rules": [rule(match={"user_id": [True]})]},
        "policy.rules[0].match.user_id[0] is true; write an id",
    ),
    "id of 0": ({"rules": [rule(match={"template_id": 0})]}, "policy.rules[0].match.template_id is 0; write an id"),
    "any that is false": ({"rules": [rule(match={"any": False})]}, "policy.rules[0].match.any is false; write true"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    document, told = REFUSED[name]
    with pytest.raises(PolicyError) as caught:
        parse_policy(document)
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)


def test_errors_stay_short():
    with pytest.raises(PolicyError) as caught:
        parse_policy({"name": ["x" * 5000]})
    assert len(str(caught.value)) < 200


def test_no_time_zone_database(monkeypatch):
    def not_found(name):
        raise zoneinfo.ZoneInfoNotFoundError(name)

    monkeypatch.setattr(_policy.zoneinfo, "ZoneInfo", not_found)
    monkeypatch.setattr(_policy.zoneinfo, "available_timezones", set)
    with pytest.raises(PolicyError, match="this machine has no time zone database; write UTC, or install"):
        parse_policy({"clock": {"naive_as": "Europe/Berlin"}})
    assert parse_policy({"clock": {"naive_as": "UTC"}}).clock.naive_as is UTC


# --- what a rule demands ---


@pytest.mark.parametrize(
    ("match", "fields", "expected"),
    [
        ({"any": True}, {}, True),
        ({"label": "db-*"}, {}, True),
        ({"label": "db-0?"}, {}, True),
        ({"label": "db-[01][12]"}, {}, True),
        ({"label": "db-[!0]*"}, {}, False),
        ({"label": "DB-*"}, {}, False),
        ({"label": "db"}, {}, False),
        ({"label": "b-01"}, {}, False),
        ({"label": "*"}, {"label": "two\nlines"}, True),
        ({"label": "db-01"}, {"label": "db-01\n"}, False),
        ({"label": "*"}, {"label": None}, False),
        ({"label": ["web-*", "db-*"]}, {}, True),
        ({"label": ["web-*", "*a*b*c*", "x.1"]}, {"label": "zabc"}, True),
        ({"label": "x.1"}, {"label": "xy1"}, False),
        ({"hostname": "*.example.com"}, {}, True),
        ({"identifier": "abc*"}, {}, True),
        ({"vm_id": 42}, {}, True),
        ({"vm_id": "42"}, {}, True),
        ({"vm_id": [1, "42"]}, {}, True),
        ({"vm_id": [1, 2]}, {}, False),
        ({"user_id": 7}, {}, True),
        ({"user_id": 7}, {"user_id": None}, False),
        ({"template_id": 3}, {}, True),
        ({"os": "linux"}, {}, True),
        ({"os": "rhel"}, {}, True),
        ({"os": "win*"}, {}, False),
        ({"os": "*"}, {"operating_system": None}, True),
        ({"os": "*"}, {"operating_system": None, "operating_system_distro": None}, False),
        ({"label": "db-*", "user_id": 7}, {}, True),
        ({"label": "db-*", "user_id": 8}, {}, False),
        ({"label": "db-*", "any": True}, {"label": "web"}, False),
    ],
)
def test_match(match, fields, expected):
    assert hits(match, **fields) is expected


@pytest.mark.parametrize("pattern", ["*a*b*", "[", "[]a]", "a[!b-d]?", "(x|y)", "**", "\\*", "é*"])
@pytest.mark.parametrize("label", ["xaybz", "[", "]a", "axe", "(x|y)", "", "\\", "été"])
def test_patterns_are_those_of_fnmatch_also_beside_others(pattern, label):
    assert hits({"label": ["no-such-*-thing", pattern]}, label=label) is fnmatch.fnmatchcase(label, pattern)


def test_a_hostile_pattern_takes_no_time():
    assert not hits({"label": "*a" * 20 + "b"}, label="a" * 200)


# --- one definition ---


def test_the_tables_are_the_fields():
    assert tuple(_policy.CLOCK) == _policy.Clock._fields
    assert tuple(_policy.SCOPE) == _policy.Scope._fields
    assert set(_policy.LIMITS) == set(_policy.Rule._fields) - {"name", "match", "new_vm_grace"}
    assert set(_policy.POLICY) == set(_policy.Policy._fields)


def test_every_key_that_can_be_written_changes_the_policy():
    assert parse_policy({"name": "p"}) != parse_policy(None)
    for section, key, value in (
        ("clock", "max_skew", "6m"),
        ("clock", "naive_as", "Asia/Tokyo"),
        ("clock", "age_from", "built_at"),
        ("scope", "powered_off", "exclude"),
        ("scope", "new_vm_grace", "1h"),
        ("defaults", "rpo", "1h"),
        ("defaults", "build_timeout", "1h"),
    ):
        assert parse_policy({section: {key: value}}) != parse_policy(None), key
