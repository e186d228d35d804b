# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each limit that a rule sets: what is written, what it becomes, and what contradicts itself."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._policy import limits
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CHECKS
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import PolicyError
from ansible_collections.community.onapp.plugins.module_utils._policy.language import Section
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
from ansible_collections.community.onapp.plugins.module_utils._policy.rules import Rule

MINUTE = 60
HOUR = 3600
DAY = 24 * HOUR
WEEK = 7 * DAY


def read(key, written):
    return LIMITS[key].value(written, key)


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
    ("key", "written", "told"),
    [
        ("rpo", None, "rpo is null, which is no value; write a whole number above 0 and m, h, d or w"),
        ("rpo", "26", "rpo is '26'; write"),
        ("rpo_critical", "0h", "rpo_critical is '0h', which is no time at all"),
        ("build_timeout", None, "build_timeout is null"),
        ("min_copies", 0, "min_copies is 0; write a whole number from 1 to 10000"),
        ("scheduled", "sometimes", "scheduled is 'sometimes'; write true or false"),
        ("retention", "7d", "retention is '7d'; write a dictionary with any of daily, weekly, monthly, yearly, tier_s"),
        (
            "retention",
            {"dayly": {}},
            "retention.dayly is no key of this version of the policy language (did you mean d",
        ),
        ("retention", {"hourly": {}}, "retention.hourly is no key of this version"),
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
            "retention.daily.minimum is no key of this version of the",
        ),
        ("max_gap", "50h", "max_gap is '50h'; write a dictionary with any of limit, window"),
        (
            "max_gap",
            {"limits": "50h"},
            "max_gap.limits is no key of this version of the policy language (did you mean l",
        ),
        ("max_gap", {"limit": None}, "max_gap.limit is null"),
        ("size", {"shrink": 0}, "size.shrink is 0; write a number above 0 and up to 1"),
        ("size", {"shrink": "50%"}, "size.shrink is '50%'; write a number above 0 and up to 1"),
        ("size", {"growth": 1}, "size.growth is 1; write a number above 1 and up to 1e+06"),
        ("size", {"min_samples": 11}, "size.min_samples is 11; write a whole number from 1 to 10"),
        ("size", {"floor_kb": -1}, "size.floor_kb is -1; write a whole number from 0"),
        ("size", {"floor": 1}, "size.floor is no key of this version of the policy language (did you mean floor_kb?)"),
        ("size", {"shrink_critical": 0.6}, "size.shrink_critical is 0.6, above shrink (0.5); write at most that"),
        ("size", {"shrink": 0.05}, "size.shrink_critical is 0.1, above shrink (0.05); write at most that"),
        ("empty", "never", "empty is 'never'; write true or false"),
        ("min_backup_servers", 2, "min_backup_servers is 2; write a dictionary with any of count, within"),
        ("min_backup_servers", {"count": 0}, "min_backup_servers.count is 0; write a whole number from 1 to 1000"),
        ("min_backup_servers", {"withn": "1d"}, "min_backup_servers.withn is no key of this version of the policy lan"),
        ("duration", {}, "duration has neither limit nor factor, so it would never fail; write one of them, or null"),
        ("duration", {"floor": "5m"}, "duration has neither limit nor factor"),
        ("duration", {"limit": None, "factor": None}, "duration has neither limit nor factor"),
        ("duration", {"factor": 0}, "duration.factor is 0; write a number above 1 and up to 1000"),
        ("duration", "4h", "duration is '4h'; write a dictionary with any of limit, factor, floor"),
        (
            "duration",
            {"limt": "4h"},
            "duration.limt is no key of this version of the policy language (did you mean lim",
        ),
        ("window", {"start": "22:00"}, "window.end is missing; write it"),
        ("window", {"start": "22:00", "end": "22:00"}, "window starts and ends at the same time; write two times"),
        ("window", {"start": 1320, "end": "04:00"}, "window.start is 1320, a number (YAML 1.1 turns an unquoted 16:00"),
        ("window", {"from": "22:00"}, "window.from is no key of this version"),
        ("max_retention", "1y", "max_retention is '1y', but months and years have no fixed length"),
        ("locked", {"limit": "100h"}, "locked.warning is less than limit; write at least that"),
        ("locked", {"limit": "2d", "warning": "1d"}, "locked.warning is less than limit; write at least that"),
        ("locked", {"limits": "2d"}, "locked.limits is no key of this version of the policy language (did you mean li"),
        ("severity", None, "severity is null; write a dictionary from checks to critical, warning or info"),
        ("severity", "critical", "severity is 'critical'; write a dictionary from checks to critical, warning or info"),
        (
            "severity",
            {"min_copys": "info"},
            "severity.min_copys is no key of this version of the policy language (did y",
        ),
        ("severity", {"retention": "info"}, "severity.retention is no key of this version of the policy language (did"),
        ("severity", {"size": "error"}, "severity.size is 'error'; write critical or warning or info"),
        ("severity", {"size": None}, "severity.size is null; write critical or warning or info"),
    ],
)
def test_limit_that_is_none(key, written, told):
    with pytest.raises(PolicyError) as caught:
        read(key, written)
    assert str(caught.value).startswith(told)


def test_a_severity_can_be_set_for_every_check_but_population():
    written = {name: "info" for name in CHECKS if name != "population"}
    assert read("severity", written) == written
    with pytest.raises(PolicyError, match="severity.population is no key"):
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
def test_the_tables_are_the_fields(key, kind):
    assert LIMITS[key].read.build is kind
    assert tuple(LIMITS[key].read.settings) == kind._fields


def test_the_table_of_limits_is_the_fields_of_a_rule():
    assert set(LIMITS) == set(Rule._fields) - {"name", "match", "new_vm_grace", "written"}


def test_tables_whose_keys_have_the_names_of_methods():
    # A tuple has a method count, and min is a function.
    assert limits.TIER({"count": 7, "min": 6}, "it") == Tier(periods=7, held=6)
    assert read("min_backup_servers", {"count": 2, "within": "1d"}) == BackupServers(places=2, within=DAY)


def test_what_is_not_on_by_default():
    off = [key for key, setting in LIMITS.items() if setting.default is None]
    assert off == ["rpo_critical", "duration", "window", "max_retention", "locked"]
    assert all(LIMITS[key].may_be_off for key in off)
    Section(LIMITS, dict).read({}, "defaults")
