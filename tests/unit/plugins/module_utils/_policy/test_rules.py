# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits and rules: accepted values, contradictions, and inheritance."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CHECKS
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.module_utils._policy.rules import (
    LIMITS,
    RULE,
    RULE_NAME,
    TIER,
    BackupServers,
    DurationLimits,
    LockLimits,
    MaxGap,
    Retention,
    Rule,
    SizeLimits,
    Tier,
    Window,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.values import PolicyError, Section

MINUTE = 60
HOUR = 3600
DAY = 24 * HOUR
WEEK = 7 * DAY


def read(key, written):
    return LIMITS[key].parse(written, key)


@pytest.mark.parametrize(
    ("key", "written", "value"),
    [
        ("rpo", "26h", 26 * HOUR),
        ("rpo_critical", "50h", 50 * HOUR),
        ("rpo_critical", None, None),
        ("build_timeout", "12h", 12 * HOUR),
        ("min_copies", 2, 2),
        ("min_copies", "10000", 10000),
        ("min_copies", None, None),
        ("scheduled", False, False),
        ("scheduled", None, None),
        ("retention", {}, Retention(None, None, None, None, False)),
        ("retention", None, None),
        ("retention", {"daily": {"count": 7, "min": 6}}, Retention(Tier(7, 6), None, None, None, False)),
        ("retention", {"weekly": {"count": 4, "min": 4}}, Retention(None, Tier(4, 4), None, None, False)),
        ("retention", {"monthly": {"count": 400, "min": 1}}, Retention(None, None, Tier(400, 1), None, False)),
        ("retention", {"yearly": {"count": 1, "min": 1}}, Retention(None, None, None, Tier(1, 1), False)),
        ("retention", {"daily": None, "tier_strict": True}, Retention(None, None, None, None, True)),
        ("max_gap", {}, MaxGap(50 * HOUR, 2 * WEEK)),
        ("max_gap", {"limit": "30h"}, MaxGap(30 * HOUR, 2 * WEEK)),
        ("max_gap", {"window": "30d"}, MaxGap(50 * HOUR, 30 * DAY)),
        ("max_gap", None, None),
        ("size", {}, SizeLimits(0.5, 0.1, 2.0, 5, 102400)),
        ("size", {"shrink": 0.4}, SizeLimits(0.4, 0.1, 2.0, 5, 102400)),
        ("size", {"shrink_critical": 0.5}, SizeLimits(0.5, 0.5, 2.0, 5, 102400)),
        ("size", {"shrink_critical": None}, SizeLimits(0.5, None, 2.0, 5, 102400)),
        ("size", {"growth": 3}, SizeLimits(0.5, 0.1, 3.0, 5, 102400)),
        ("size", {"min_samples": 10}, SizeLimits(0.5, 0.1, 2.0, 10, 102400)),
        ("size", {"floor_kb": 0}, SizeLimits(0.5, 0.1, 2.0, 5, 0)),
        ("size", None, None),
        ("empty", True, True),
        ("empty", None, None),
        ("min_backup_servers", {}, BackupServers(1, WEEK)),
        ("min_backup_servers", {"count": 2}, BackupServers(2, WEEK)),
        ("min_backup_servers", {"within": "3d"}, BackupServers(1, 3 * DAY)),
        ("min_backup_servers", None, None),
        ("duration", {"limit": "4h"}, DurationLimits(4 * HOUR, None, 30 * MINUTE)),
        ("duration", {"factor": 3}, DurationLimits(None, 3.0, 30 * MINUTE)),
        ("duration", {"limit": "4h", "factor": 1.5, "floor": "5m"}, DurationLimits(4 * HOUR, 1.5, 5 * MINUTE)),
        ("duration", None, None),
        ("window", {"start": "22:00", "end": "04:30"}, Window(22 * 60, 4 * 60 + 30)),
        ("window", {"start": "00:00", "end": "06:00"}, Window(0, 360)),
        ("window", None, None),
        ("max_retention", "365d", 365 * DAY),
        ("full_max_age", "30d", 30 * DAY),
        ("max_retention", None, None),
        ("locked", {}, LockLimits(DAY, 3 * DAY)),
        ("locked", {"limit": "72h"}, LockLimits(3 * DAY, 3 * DAY)),
        ("locked", {"warning": "25h"}, LockLimits(DAY, 25 * HOUR)),
        ("locked", None, None),
        ("severity", {}, {}),
        ("severity", {"size": "info", "orphan": "warning"}, {"size": "info", "orphan": "warning"}),
    ],
)
def test_limit(key, written, value):
    assert read(key, written) == value


@pytest.mark.parametrize(
    ("key", "written", "message"),
    [
        ("rpo", None, "rpo is null, which is not a duration; write a whole number above 0 and m, h, d or w"),
        ("rpo", "26", "rpo is '26'; write"),
        ("rpo_critical", "0h", "rpo_critical is '0h'; write"),
        ("build_timeout", None, "build_timeout is null"),
        ("min_copies", 0, "min_copies is 0; write a whole number from 1 to 10000"),
        ("scheduled", "sometimes", "scheduled is 'sometimes'; write true or false"),
        ("retention", "7d", "retention is '7d'; write a dictionary with any of daily, weekly, monthly, yearly, tier_s"),
        (
            "retention",
            {"dayly": {}},
            "retention.dayly is not a known key (did you mean d",
        ),
        ("retention", {"hourly": {}}, "retention.hourly is not a known key"),
        ("retention", {"tier_strict": None}, "retention.tier_strict is null; write true or false"),
        ("retention", {"daily": 7}, "retention.daily is 7; write a dictionary with any of count, min"),
        ("retention", {"daily": {"count": 7}}, "retention.daily.min is missing; write it"),
        ("retention", {"daily": {"min": 7}}, "retention.daily.count is missing; write it"),
        ("retention", {"daily": {"count": 401, "min": 1}}, "retention.daily.count is 401; write a whole number from 1"),
        (
            "retention",
            {"daily": {"count": 7, "min": 0}},
            "retention.daily.min is 0; write a whole number from 1 to 400",
        ),
        (
            "retention",
            {"weekly": {"count": 4, "min": 5}},
            "retention.weekly.min is 5, more than the 4 periods of count; write at most that",
        ),
        (
            "retention",
            {"daily": {"count": 7, "minimum": 6}},
            "retention.daily.minimum is not a known key",
        ),
        ("max_gap", "50h", "max_gap is '50h'; write a dictionary with any of limit, window"),
        (
            "max_gap",
            {"limits": "50h"},
            "max_gap.limits is not a known key (did you mean l",
        ),
        ("max_gap", {"limit": None}, "max_gap.limit is null"),
        ("size", {"shrink": 0}, "size.shrink is 0; write a number above 0 and up to 1"),
        ("size", {"shrink": "50%"}, "size.shrink is '50%'; write a number above 0 and up to 1"),
        ("size", {"growth": 1}, "size.growth is 1; write a number above 1 and up to 1e+06"),
        ("size", {"min_samples": 11}, "size.min_samples is 11; write a whole number from 1 to 10"),
        ("size", {"floor_kb": -1}, "size.floor_kb is -1; write a whole number from 0"),
        (
            "size",
            {"floor": 1},
            "size.floor is not a known key (did you mean floor_kb?)",
        ),
        ("size", {"shrink_critical": 0.6}, "size.shrink_critical is 0.6, above shrink (0.5); write at most that"),
        ("size", {"shrink": 0.05}, "size.shrink_critical is 0.1, above shrink (0.05); write at most that"),
        ("empty", "never", "empty is 'never'; write true or false"),
        ("min_backup_servers", 2, "min_backup_servers is 2; write a dictionary with any of count, within"),
        ("min_backup_servers", {"count": 0}, "min_backup_servers.count is 0; write a whole number from 1 to 1000"),
        (
            "min_backup_servers",
            {"withn": "1d"},
            "min_backup_servers.withn is not a known key",
        ),
        ("duration", {}, "duration has neither limit nor factor, so it would never fail; write one of them, or null"),
        ("duration", {"floor": "5m"}, "duration has neither limit nor factor"),
        ("duration", {"limit": None, "factor": None}, "duration has neither limit nor factor"),
        ("duration", {"factor": 0}, "duration.factor is 0; write a number above 1 and up to 1000"),
        ("duration", "4h", "duration is '4h'; write a dictionary with any of limit, factor, floor"),
        (
            "duration",
            {"limt": "4h"},
            "duration.limt is not a known key (did you mean lim",
        ),
        ("window", {"start": "22:00"}, "window.end is missing; write it"),
        ("window", {"start": "22:00", "end": "22:00"}, "window starts and ends at the same time; write two times"),
        ("window", {"start": 1320, "end": "04:00"}, "window.start is 1320, a number (YAML 1.1 turns an unquoted 16:00"),
        ("window", {"from": "22:00"}, "window.from is not a known key"),
        ("max_retention", "1y", "max_retention is '1y', but months and years have no fixed length"),
        ("locked", {"limit": "100h"}, "locked.warning is less than limit; write at least that"),
        ("locked", {"limit": "2d", "warning": "1d"}, "locked.warning is less than limit; write at least that"),
        (
            "locked",
            {"limits": "2d"},
            "locked.limits is not a known key (did you mean li",
        ),
        ("severity", None, "severity is null; write a dictionary from checks to critical, warning or info"),
        ("severity", "critical", "severity is 'critical'; write a dictionary from checks to critical, warning or info"),
        (
            "severity",
            {"min_copys": "info"},
            "severity.min_copys is not a known key (did y",
        ),
        (
            "severity",
            {"retention": "info"},
            "severity.retention is not a known key (did",
        ),
        ("severity", {"size": "error"}, "severity.size is 'error'; write critical or warning or info"),
        ("severity", {"size": None}, "severity.size is null; write critical or warning or info"),
    ],
)
def test_invalid_limit(key, written, message):
    with pytest.raises(PolicyError) as caught:
        read(key, written)
    assert str(caught.value).startswith(message)


def test_checks_with_a_severity():
    written = {name: "info" for name in CHECKS if name != "population"}
    assert read("severity", written) == written
    with pytest.raises(PolicyError, match="severity.population is not a known key"):
        read("severity", {"population": "info"})


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("retention", Retention),
        ("max_gap", MaxGap),
        ("size", SizeLimits),
        ("duration", DurationLimits),
        ("window", Window),
        ("locked", LockLimits),
    ],
)
def test_tables_equal_fields(key, kind):
    assert LIMITS[key].read.build is kind
    assert tuple(LIMITS[key].read.settings) == kind._fields


def test_table_of_limits_equals_fields_of_a_rule():
    assert set(LIMITS) == set(Rule._fields) - {"name", "match", "new_vm_grace", "written"}


def test_tables_whose_keys_have_the_names_of_methods():
    # A tuple has a method count, and min is a function.
    assert TIER({"count": 7, "min": 6}, "it") == Tier(periods=7, held=6)
    assert read("min_backup_servers", {"count": 2, "within": "1d"}) == BackupServers(places=2, within=DAY)


def test_limits_that_are_off_by_default():
    off = [key for key, setting in LIMITS.items() if setting.default is None]
    assert off == ["rpo_critical", "full_max_age", "duration", "window", "max_retention", "locked"]
    assert all(LIMITS[key].may_be_off for key in off)
    assert list(Section(LIMITS)({}, "defaults")) == list(LIMITS)


# --- rules ---

BUILT_IN = {
    "rpo": 26 * HOUR,
    "rpo_critical": None,
    "build_timeout": 12 * HOUR,
    "min_copies": 2,
    "scheduled": True,
    "plan": True,
    "schedule_failures": True,
    "retention": Retention(Tier(7, 6), Tier(4, 4), None, None, False),
    "max_gap": MaxGap(50 * HOUR, 2 * WEEK),
    "size": SizeLimits(0.5, 0.1, 2.0, 5, 102400),
    "empty": True,
    "min_backup_servers": BackupServers(1, WEEK),
    "full_max_age": None,
    "duration": None,
    "window": None,
    "max_retention": None,
    "locked": None,
    "severity": {},
}
# For each limit: defaults, a rule, and the limits of the rule.
INHERITED = {
    "rpo of defaults": ({"rpo": "30h"}, {}, {"rpo": 30 * HOUR}),
    "rpo of the rule": ({"rpo": "30h"}, {"rpo": "6h"}, {"rpo": 6 * HOUR}),
    "build_timeout": ({"build_timeout": "1d"}, {}, {"build_timeout": DAY}),
    "min_copies off": ({"min_copies": None}, {}, {"min_copies": None}),
    "min_copies off in the rule": ({"min_copies": 5}, {"min_copies": None}, {"min_copies": None}),
    "min_copies on again": ({"min_copies": None}, {"min_copies": 3}, {"min_copies": 3}),
    "scheduled": ({"scheduled": False}, {}, {"scheduled": False}),
    "scheduled on again": ({"scheduled": None}, {"scheduled": True}, {"scheduled": True}),
    "empty": ({"empty": None}, {}, {"empty": None}),
    "max_retention": ({"max_retention": "1w"}, {}, {"max_retention": WEEK}),
    "max_retention off": ({"max_retention": "1w"}, {"max_retention": None}, {"max_retention": None}),
    # A rule that sets rpo is critical at its rpo with any defaults.
    "rpo of a rule": (
        {"rpo": "26h", "rpo_critical": "50h"},
        {"rpo": "8h"},
        {"rpo": 8 * HOUR, "rpo_critical": None},
    ),
    "rpo of a rule above rpo_critical": (
        {"rpo_critical": "50h"},
        {"rpo": "8d"},
        {"rpo": 8 * DAY, "rpo_critical": None},
    ),
    "rpo of a rule that repeats defaults": (
        {"rpo": "12h", "rpo_critical": "24h"},
        {"rpo": "12h"},
        {"rpo": 12 * HOUR, "rpo_critical": None},
    ),
    "neither": ({"rpo": "1h", "rpo_critical": "2h"}, {}, {"rpo": HOUR, "rpo_critical": 2 * HOUR}),
    "rpo of defaults alone": ({"rpo": "60h"}, {}, {"rpo": 60 * HOUR, "rpo_critical": None}),
    "rpo as large as rpo_critical": (
        {},
        {"rpo": "50h", "rpo_critical": "50h"},
        {"rpo": 50 * HOUR, "rpo_critical": 50 * HOUR},
    ),
    "rpo_critical off": ({"rpo_critical": "50h"}, {"rpo_critical": None}, {"rpo_critical": None}),
    "rpo_critical on": ({}, {"rpo_critical": "4d"}, {"rpo_critical": 4 * DAY}),
    "huge rpo": ({}, {"rpo": "700000m"}, {"rpo": 700000 * MINUTE, "rpo_critical": None}),
    # Retention: tiers beside each other, and keys within a tier.
    "one more tier": (
        {},
        {"retention": {"monthly": {"count": 6, "min": 6}}},
        {"retention": Retention(Tier(7, 6), Tier(4, 4), Tier(6, 6), None, False)},
    ),
    "tiers of defaults and of the rule": (
        {"retention": {"yearly": {"count": 2, "min": 1}, "tier_strict": True}},
        {"retention": {"weekly": None}},
        {"retention": Retention(Tier(7, 6), None, None, Tier(2, 1), True)},
    ),
    "tier off and on again": (
        {"retention": {"weekly": None}},
        {"retention": {"weekly": {"count": 8, "min": 8}}},
        {"retention": Retention(Tier(7, 6), Tier(8, 8), None, None, False)},
    ),
    "one key of a tier": (
        {"retention": {"daily": {"min": 7}}},
        {"retention": {"daily": {"count": 14}}},
        {"retention": Retention(Tier(14, 7), Tier(4, 4), None, None, False)},
    ),
    "no retention": ({"retention": None}, {}, {"retention": None}),
    "no retention in the rule": ({}, {"retention": None}, {"retention": None}),
    "monthly only": (
        {"retention": None},
        {"retention": {"monthly": {"count": 6, "min": 5}}},
        {"retention": Retention(None, None, Tier(6, 5), None, False)},
    ),
    # Keys within the others.
    "max_gap": ({"max_gap": {"limit": "30h"}}, {"max_gap": {"window": "7d"}}, {"max_gap": MaxGap(30 * HOUR, WEEK)}),
    "max_gap on again": ({"max_gap": None}, {"max_gap": {}}, {"max_gap": MaxGap(50 * HOUR, 2 * WEEK)}),
    "size": (
        {"size": {"shrink": 0.8, "shrink_critical": None, "growth": 5}},
        {"size": {"floor_kb": 0, "min_samples": 1}},
        {"size": SizeLimits(0.8, None, 5.0, 1, 0)},
    ),
    "size checked only with what it inherits": (
        {"size": {"shrink": 0.9, "shrink_critical": 0.01}},
        {"size": {"shrink": 0.05}},
        {"size": SizeLimits(0.05, 0.01, 2.0, 5, 102400)},
    ),
    "min_backup_servers": (
        {"min_backup_servers": {"count": 2}},
        {"min_backup_servers": {"within": "1d"}},
        {"min_backup_servers": BackupServers(2, DAY)},
    ),
    "duration": (
        {"duration": {"factor": 3}},
        {"duration": {"floor": "10m"}},
        {"duration": DurationLimits(None, 3.0, 10 * MINUTE)},
    ),
    "duration by the other limit": (
        {"duration": {"factor": 3}},
        {"duration": {"factor": None, "limit": "4h"}},
        {"duration": DurationLimits(4 * HOUR, None, 30 * MINUTE)},
    ),
    "window": (
        {"window": {"start": "22:00", "end": "04:00"}},
        {"window": {"end": "06:00"}},
        {"window": Window(1320, 360)},
    ),
    "locked": (
        {"locked": {"warning": "200h"}},
        {"locked": {"limit": "100h"}},
        {"locked": LockLimits(100 * HOUR, 200 * HOUR)},
    ),
    "severity": (
        {"severity": {"size": "info", "rpo": "critical"}},
        {"severity": {"size": "warning", "locked": "critical"}},
        {"severity": {"size": "warning", "rpo": "critical", "locked": "critical"}},
    ),
}


def limits_of(rule):
    return {key: getattr(rule, key) for key in LIMITS}


def policy_of(defaults, limits):
    return parse_policy({"defaults": defaults, "rules": [{"name": "only", "match": {"id": 1}, **limits}]})


def test_built_in_limits():
    assert limits_of(parse_policy(None).defaults) == BUILT_IN
    assert limits_of(policy_of({}, {}).rules[0]) == BUILT_IN


@pytest.mark.parametrize("name", INHERITED)
def test_inherited(name):
    defaults, limits, expected = INHERITED[name]
    policy = policy_of(defaults, limits)
    unchanged = {key: value for key, value in BUILT_IN.items() if key not in expected}
    found = limits_of(policy.rules[0])
    assert {key: found[key] for key in expected} == expected
    assert {key: found[key] for key in unchanged if key != "rpo_critical"} == {
        key: value for key, value in unchanged.items() if key != "rpo_critical"
    }
    # A rule changes nothing for the virtual machines that it does not match.
    assert policy.defaults == parse_policy({"defaults": defaults}).defaults


def test_rules_are_independent():
    policy = parse_policy(
        {
            "rules": [
                {"name": "a", "match": {"id": 1}, "rpo": "1h", "severity": {"size": "info"}},
                {"name": "b", "match": {"id": 2}},
            ]
        }
    )
    assert limits_of(policy.rules[1]) == BUILT_IN


@pytest.mark.parametrize(
    ("defaults", "limits", "message"),
    [
        (
            {"rpo": "26h", "rpo_critical": "12h"},
            {},
            "policy.defaults.rpo_critical is '12h', less than rpo (26h); write at least that, or omit it",
        ),
        ({"rpo_critical": "12h"}, {}, "policy.defaults.rpo_critical is '12h', less than rpo (26h)"),
        ({}, {"rpo": "3d", "rpo_critical": "2d"}, "policy.rules[0].rpo_critical is '2d', less than rpo (3d)"),
        ({"rpo_critical": "50h"}, {"rpo": "3d", "rpo_critical": "50h"}, "policy.rules[0].rpo_critical is '50h', less"),
        ({"rpo": "30h"}, {"rpo_critical": "29h"}, "policy.rules[0].rpo_critical is '29h', less than rpo (30h)"),
        ({}, {"rpo": None}, "policy.rules[0].rpo is null, which is not a duration"),
        ({"rpo": None}, {}, "policy.defaults.rpo is null, which is not a duration"),
        ({}, {"build_timeout": None}, "policy.rules[0].build_timeout is null"),
        ({}, {"severity": None}, "policy.rules[0].severity is null"),
        ({}, {"severity": {"orphan": "info"}}, "policy.rules[0].severity.orphan is not a known key"),
        ({}, {"retention": {"daily": {"min": 8}}}, "policy.rules[0].retention.daily.min is 8, more than the 7 periods"),
        ({}, {"retention": {"daily": {"count": 5}}}, "policy.rules[0].retention.daily.min is 6, more than the 5 peri"),
        ({}, {"retention": {"monthly": {"count": 6}}}, "policy.rules[0].retention.monthly.min is missing"),
        (
            {"retention": None},
            {"retention": {"daily": {"min": 3}}},
            "policy.rules[0].retention.daily.count is missing",
        ),
        ({}, {"duration": {"floor": "5m"}}, "policy.rules[0].duration has neither limit nor factor"),
        ({"window": {"start": "22:00"}}, {}, "policy.defaults.window.end is missing"),
        (
            {"window": {"start": "22:00", "end": "04:00"}},
            {"window": {"start": "04:00"}},
            "policy.rules[0].window starts and ends at the same time",
        ),
        (
            {"size": {"shrink_critical": 0.4}},
            {"size": {"shrink": 0.3}},
            "policy.rules[0].size.shrink_critical is 0.4, above shrink (0.3)",
        ),
        ({"locked": {}}, {"locked": {"limit": "80h"}}, "policy.rules[0].locked.warning is less than limit"),
        (
            {"size": {"shrnk": 1}},
            {},
            "policy.defaults.size.shrnk is not a known key (di",
        ),
        (
            {},
            {"retention": {"daily": {"cuont": 1}}},
            "policy.rules[0].retention.daily.cuont is not a known key",
        ),
        (
            {},
            {"retentoin": None},
            "policy.rules[0].retentoin is not a known key (did yo",
        ),
        (
            {"retention": {"daily": {"cuont": 1}}},
            {},
            "policy.defaults.retention.daily.cuont is not a known key",
        ),
    ],
)
def test_contradictions(defaults, limits, message):
    with pytest.raises(PolicyError) as caught:
        policy_of(defaults, limits)
    assert str(caught.value).startswith(message)


def test_limits_in_the_policy():
    policy = policy_of({"rpo": "26h", "window": None}, {"size": {}})
    assert parse_policy(None).defaults.written == frozenset()
    assert policy.defaults.written == {"rpo", "window"}
    assert policy.rules[0].written == {"rpo", "window", "size"}


def test_name_of_a_rule():
    assert RULE_NAME("gold", "name") == "gold"
    with pytest.raises(PolicyError, match="^name is 'defaults', the name of the rule for all other virtual machines"):
        RULE_NAME("defaults", "name")
    with pytest.raises(PolicyError, match="^name is 7; write a name as text"):
        RULE_NAME(7, "name")
    assert RULE_NAME.schema["not"] == {"const": "defaults"}


def test_rule_with_every_limit():
    assert list(RULE) == ["name", "match", *LIMITS]
    assert all(RULE[key].may_be_off == LIMITS[key].may_be_off for key in LIMITS)
