# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the cloud and of the policy, without a cloud."""

from __future__ import annotations

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._checks import cloud
from ansible_collections.community.onapp.plugins.module_utils._checks.cloud import Population
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import NOW, must_be_sound
from hypothesis import strategies as st

FINE = Population(seen=10, read=10, with_backups=9, before=None, problem=None)


def population(policy=None, **found):
    result = cloud.population(FINE._replace(**found), parse_policy(policy))
    must_be_sound(result, set())
    assert (result.check, result.severity) == ("population", "critical")
    assert result.status in ("pass", "unknown")
    return result


def scope(**keys):
    return {"scope": keys}


def test_population_that_can_be_believed():
    result = population()
    assert (result.status, result.actual, result.expected) == ("pass", "10", "at least 1 virtual machine")
    assert result.message == "10 virtual machines, 9 with backups."


@pytest.mark.parametrize(
    ("found", "policy", "said"),
    [
        ({"seen": 0, "read": 0, "with_backups": 0}, None, "0 virtual machines of at least 1 can be seen"),
        ({"seen": 0, "read": 0, "with_backups": 0}, scope(min_vms=None), "0 virtual machines of at least 1"),
        ({}, scope(min_vms=11), "10 virtual machines of at least 11 can be seen"),
        ({"before": 13}, None, "3 of the 13 virtual machines of the previous report are gone; at most 20 % may be"),
        ({"before": 11}, scope(max_drop="0%"), "1 of the 11 virtual machines of the previous report is gone"),
        ({"with_backups": 0}, None, "No virtual machine has any backup"),
        ({"read": 1, "with_backups": 0}, None, "No virtual machine has any backup"),
        ({"problem": "The list is not whole."}, None, "The list is not whole."),
    ],
)
def test_population_in_doubt(found, policy, said):
    result = population(policy, **found)
    assert result.status == "unknown"
    assert said in result.message


@pytest.mark.parametrize(
    ("found", "policy"),
    [
        ({}, scope(min_vms=10)),
        ({"before": 12}, None),
        ({"before": 10}, scope(max_drop="0%")),
        ({"before": 5}, scope(max_drop="0%")),
        ({"before": 0}, scope(max_drop="0%")),
        ({"before": 10**6}, scope(max_drop=None)),
        ({"before": 10**6}, scope(max_drop="100%")),
        # What could not be read says nothing about who may see what; it is unknown by itself.
        ({"read": 0, "with_backups": 0}, None),
    ],
)
def test_population_at_the_limits(found, policy):
    assert population(policy, **found).status == "pass"


def test_the_first_doubt_is_told():
    result = population(scope(min_vms=20), problem="The list is not whole.", before=100, with_backups=0)
    assert result.message == "The list is not whole."
    assert "20 can be seen" in population(scope(min_vms=20), before=100, with_backups=0).message
    assert "are gone" in population(before=100, with_backups=0).message


@hypothesis.given(st.integers(1, 500), st.integers(1, 500), st.integers(0, 100))
def test_drop_by_the_letter(seen, before, percent):
    """In whole numbers: a drop of exactly so much is allowed."""
    result = population(scope(max_drop=f"{percent}%"), seen=seen, before=before)
    assert (result.status == "unknown") == ((before - seen) * 100 > percent * before)


def exemption(number=1, **keys):
    return {
        "id": f"EX-{number}",
        "match": {"any": True},
        "checks": "*",
        "category": "waiver",
        "reason": "b",
        "approved_by": "c",
        "expires": "2026-06-01",
        **keys,
    }


def remarks(policy, matched=(42,), now=NOW):
    parsed = parse_policy(policy)
    results = list(cloud.exemptions(parsed, {one.id: list(matched) for one in parsed.exemptions}, now))
    for one in results:
        must_be_sound(one, set())
        assert (one.check, one.exemption[:3]) == ("exemption", "EX-")
    return results


def said(*given, **more):
    return [(one.status, one.severity, one.actual) for one in remarks(*given, **more)]


def test_nothing_to_say():
    assert remarks(None) == []
    assert remarks({"exemptions": [exemption()]}) == []


@pytest.mark.parametrize(
    ("expires", "expected"),
    [
        ("2026-03-29", [("warn", "warning", "expired 2026-03-29")]),
        ("2026-03-30", [("warn", "info", "expires 2026-03-30")]),
        ("2026-04-13", [("warn", "info", "expires 2026-04-13")]),
        ("2026-04-14", []),
        ("2026-09-26", []),
        ("2026-09-27", [("warn", "warning", "expires 2026-09-27")]),
        ("9999-12-31", [("warn", "warning", "expires 9999-12-31")]),
        ("0001-01-01", [("warn", "warning", "expired 0001-01-01")]),
    ],
)
def test_days(expires, expected):
    assert said({"exemptions": [exemption(expires=expires)]}) == expected


def test_the_last_day_is_one_of_the_time_zone():
    """At 06:00 UTC it is 23:00 of the day before in Los Angeles."""
    policy = {"exemptions": [exemption(expires="2026-03-29")], "timezone": "America/Los_Angeles"}
    assert [one[2] for one in said(policy)] == ["expires 2026-03-29"]
    assert [one[2] for one in said(policy, now=NOW + 3600)] == ["expired 2026-03-29"]


def test_limits_of_the_report_section():
    policy = {"exemptions": [exemption(expires="2026-05-01")], "report": {"max_exemption": "30d"}}
    assert said(policy) == [("warn", "warning", "expires 2026-05-01")]
    assert "longer than the 30d allowed" in remarks(policy)[0].message
    policy["report"] = {"max_exemption": None, "warn_days_before_expiry": 32}
    assert said(policy) == [("warn", "info", "expires 2026-05-01")]


def test_matches_nothing():
    assert said({"exemptions": [exemption()]}, matched=()) == [("warn", "warning", "matches nothing")]
    expired = {"exemptions": [exemption(expires="2026-03-01")]}
    assert [one[2] for one in said(expired, matched=())] == ["expired 2026-03-01", "matches nothing"]


@pytest.mark.parametrize(("severity", "status"), [("critical", "fail"), ("warning", "warn"), ("info", "warn")])
def test_severity_of_exemptions(severity, status):
    policy = {"exemptions": [exemption(expires="2026-03-01")], "defaults": {"severity": {"exemption": severity}}}
    assert said(policy) == [(status, severity, "expired 2026-03-01")]
    policy["exemptions"] = [exemption(expires="2026-04-01")]
    assert said(policy) == [("warn", "info", "expires 2026-04-01")]


def test_in_the_order_of_the_policy():
    policy = {"exemptions": [exemption(2), exemption(1, expires="2026-03-01"), exemption(3)]}
    assert [one.exemption for one in remarks(policy, matched=())] == ["EX-2", "EX-1", "EX-1", "EX-3"]


def orphan(ids, severity=None):
    policy = parse_policy({"defaults": {"severity": {"orphan": severity}}} if severity else None)
    result = cloud.orphan([{"id": number} for number in ids], policy)
    must_be_sound(result, set(ids))
    return result


def test_orphans():
    none, one, many = orphan([]), orphan([7]), orphan(range(1, 61))
    assert (none.status, none.actual, none.backup_ids) == ("pass", "none", ())
    assert (one.status, one.severity, one.actual, one.backup_ids) == ("warn", "info", "1", (7,))
    assert one.message == "1 backup of no listed virtual machine: backup 7."
    assert (many.actual, many.backup_ids) == ("60", tuple(range(1, 51)))
    assert many.message.endswith("backups 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 50 more.")


@pytest.mark.parametrize(("severity", "status"), [("critical", "fail"), ("warning", "warn"), ("info", "warn")])
def test_severity_of_orphans(severity, status):
    assert (orphan([7], severity).status, orphan([7], severity).severity) == (status, severity)
    assert orphan([], severity).status == "pass"


@pytest.mark.parametrize(("failed", "status"), [(True, "unknown"), (False, "insufficient_data")])
def test_orphans_that_cannot_be_told(failed, status):
    result = cloud.orphan_not_judged("Nobody knows.", failed=failed)
    must_be_sound(result, set())
    assert (result.check, result.status, result.message) == ("orphan", status, "Nobody knows.")
