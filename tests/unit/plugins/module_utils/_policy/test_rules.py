# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules: what they inherit, key by key at every depth, and what null switches off."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import PolicyError
from ansible_collections.community.onapp.plugins.module_utils._policy.limits import (
    LIMITS,
    BackupServers,
    DurationLimits,
    LockLimits,
    MaxGap,
    Retention,
    SizeLimits,
    Tier,
    Window,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.module_utils._policy.rules import RULE, RuleName

MINUTE = 60
HOUR = 3600
DAY = 24 * HOUR
WEEK = 7 * DAY

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
    "duration": None,
    "window": None,
    "max_retention": None,
    "locked": None,
    "severity": {},
}
# For each limit: defaults, a rule, and what the rule has then.
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
    # A rule that sets rpo is critical at its rpo, whatever defaults say.
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
    "size judged only with what it inherits": (
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
    unsaid = {key: value for key, value in BUILT_IN.items() if key not in expected}
    found = limits_of(policy.rules[0])
    assert {key: found[key] for key in expected} == expected
    assert {key: found[key] for key in unsaid if key != "rpo_critical"} == {
        key: value for key, value in unsaid.items() if key != "rpo_critical"
    }
    # A rule changes nothing for the virtual machines that it does not match.
    assert policy.defaults == parse_policy({"defaults": defaults}).defaults


def test_rules_do_not_inherit_from_each_other():
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
    ("defaults", "limits", "told"),
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
        ({}, {"rpo": None}, "policy.rules[0].rpo is null, which is no value"),
        ({"rpo": None}, {}, "policy.defaults.rpo is null, which is no value"),
        ({}, {"build_timeout": None}, "policy.rules[0].build_timeout is null"),
        ({}, {"severity": None}, "policy.rules[0].severity is null"),
        ({}, {"severity": {"orphan": "info"}}, "policy.rules[0].severity.orphan is no key of this"),
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
        ({"size": {"shrnk": 1}}, {}, "policy.defaults.size.shrnk is no key of this version of the policy language (di"),
        ({}, {"retention": {"daily": {"cuont": 1}}}, "policy.rules[0].retention.daily.cuont is no key of this version"),
        ({}, {"retentoin": None}, "policy.rules[0].retentoin is no key of this version of the policy language (did yo"),
        ({"retention": {"daily": {"cuont": 1}}}, {}, "policy.defaults.retention.daily.cuont is no key of this version"),
    ],
)
def test_what_contradicts_itself(defaults, limits, told):
    with pytest.raises(PolicyError) as caught:
        policy_of(defaults, limits)
    assert str(caught.value).startswith(told)


def test_what_the_policy_itself_sets():
    policy = policy_of({"rpo": "26h", "window": None}, {"size": {}})
    assert parse_policy(None).defaults.written == frozenset()
    assert policy.defaults.written == {"rpo", "window"}
    assert policy.rules[0].written == {"rpo", "window", "size"}


def test_name_of_a_rule():
    assert RuleName()("gold", "name") == "gold"
    with pytest.raises(PolicyError, match="^name is 'defaults', the name of what decides where no rule matches"):
        RuleName()("defaults", "name")
    with pytest.raises(PolicyError, match="^name is 7; write a name as text"):
        RuleName()(7, "name")
    assert RuleName().schema()["not"] == {"const": "defaults"}


def test_a_rule_may_set_every_limit():
    assert list(RULE) == ["name", "match", *LIMITS]
    assert all(RULE[key].may_be_off == LIMITS[key].may_be_off for key in LIMITS)
