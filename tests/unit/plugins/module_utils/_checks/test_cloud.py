# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the cloud and of the policy, without a cloud."""

from __future__ import annotations

import collections

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._checks import cloud
from ansible_collections.community.onapp.plugins.module_utils._checks.cloud import Population
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import NOW, assert_valid_result, vm
from hypothesis import strategies as st

FINE = Population(total=12, assessed=10, owners={7: (10, 9)}, before=None, problem=None)


def population(policy=None, **found):
    result = cloud.population(FINE._replace(**found), parse_policy(policy))
    assert_valid_result(result, set())
    assert (result.check, result.severity) == ("population", "critical")
    assert result.status in ("pass", "unknown")
    return result


def scope(**keys):
    return {"scope": keys}


def test_plausible_population():
    result = population()
    assert (result.status, result.actual, result.expected) == (
        "pass",
        "10 of 12",
        "at least 1 virtual machine assessed",
    )
    assert result.message == "10 of 12 virtual machines assessed, 9 with backups."


@pytest.mark.parametrize(
    ("found", "policy", "message"),
    [
        ({"total": 0, "assessed": 0, "owners": {}}, None, "No virtual machine is listed"),
        ({"total": 0, "assessed": 0, "owners": {}}, scope(min_vms=None), "No virtual machine is listed"),
        ({"assessed": 0, "owners": {}}, None, "None of 12 virtual machines could be assessed"),
        ({"assessed": 0, "owners": {}}, scope(min_vms=None), "None of 12 virtual machines could be assessed"),
        (
            {},
            scope(min_vms=11),
            "Only 10 of 12 virtual machines could be assessed (2 unknown or not applicable), and the ",
        ),
        ({"before": 13}, None, "10 virtual machines were assessed, 3 fewer than the 13 of the previous report"),
        ({"before": 11}, scope(max_drop="0%"), "1 fewer than the 11"),
        ({"owners": {7: (10, 0)}}, None, "No virtual machine has any backup: the account may not be allowed to see"),
        ({"owners": {7: (1, 0)}}, None, "No virtual machine has any backup"),
        ({"owners": {1: (5, 5), 8: (9, 0)}}, None, "None of the 9 virtual machines of user 8 has any backup: the acco"),
        ({"owners": {1: (5, 5), 8: (3, 0), 9: (4, 0)}}, None, "None of the 3 virtual machines of user 8"),
        ({"problem": "The list is incomplete."}, None, "The list is incomplete."),
    ],
)
def test_implausible_population(found, policy, message):
    result = population(policy, **found)
    assert result.status == "unknown"
    assert message in result.message


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
        ({"owners": {1: (5, 1), 8: (2, 0)}}, None),
        ({"owners": {1: (5, 1), None: (9, 0)}}, None),
        # Unread backups prove nothing about permissions, and are unknown already.
        ({"owners": {}}, None),
    ],
)
def test_population_at_the_limits(found, policy):
    assert population(policy, **found).status == "pass"


@hypothesis.given(st.integers(1, 500), st.integers(1, 500), st.integers(0, 100))
def test_any_drop(assessed, before, percent):
    """A drop equal to the limit is allowed."""
    result = population(scope(max_drop=f"{percent}%"), total=500, assessed=assessed, before=before)
    assert (result.status == "unknown") == ((before - assessed) * 100 > percent * before)


def vms_labelled(*labels):
    return [vm(id=number, label=label) for number, label in enumerate(labels, 1)]


def rules_of(*matches, labels=("db-1", "db-2", "web-1")):
    written = [{"name": f"rule-{number}", "match": match} for number, match in enumerate(matches, 1)]
    policy = parse_policy({"rules": written})
    found = dict(cloud.rules(policy, cloud.match_list(policy, vms_labelled(*labels))[0]))
    for one in found.values():
        assert_valid_result(one, set())
        assert (one.check, one.status, one.severity) == ("rule", "warn", "warning")
    return {name: one.message.partition(": ")[2] for name, one in found.items()}


@pytest.mark.parametrize(
    ("matches", "message"),
    [
        ([{"label": "db-*"}, {"any": True}], {}),
        (
            [{"label": "db-*"}, {"label": "db-1"}],
            {"rule-2": "earlier rules apply to the one VM that it matches, the first of"},
        ),
        (
            [{"label": "*-1"}, {"id": 2}, {"label": "db-*"}],
            {"rule-3": "earlier rules apply to all 2 VMs that it matches, the"},
        ),
        ([{"id": 99}], {"rule-1": "it matches none."}),
        ([{"label": "DB-*"}], {"rule-1": "it matches none (patterns are case-sensitive"}),
        ([{"label": "^db-[0-9]+$"}], {"rule-1": "it matches none (patterns are shell globs such as db-*, not regular"}),
        ([{"label": "db-1$"}], {"rule-1": "it matches none (patterns are shell globs"}),
        ([{"label": "db-1,db-2"}], {"rule-1": "it matches none (a comma is part of the pattern"}),
        ([{"hostname": ["^A", "b,c"]}], {"rule-1": "it matches none (patterns are shell globs"}),
    ],
)
def test_rules_without_a_vm(matches, message):
    found = rules_of(*matches)
    assert found.keys() == message.keys()
    assert all(found[name].startswith(text) for name, text in message.items())


def test_first_of_the_earlier_rules():
    assert rules_of({"label": "db-2"}, {"label": "db-*"}, {"label": "db-?"})["rule-3"] == (
        "earlier rules apply to all 2 VMs that it matches, the first of them rule-1; move the narrower rule up."
    )


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


def remarks(policy, listed=1, assessed=1, is_needed=True, now=NOW):
    parsed = parse_policy(policy)
    ids = [one.id for one in parsed.exemptions]
    matched = None if listed is None else collections.Counter(dict.fromkeys(ids, listed))
    evaluated = collections.Counter(dict.fromkeys(ids, assessed))
    results = list(cloud.exemptions(parsed, matched, evaluated, ids if is_needed else (), now))
    for one in results:
        assert_valid_result(one, set())
        assert (one.check, one.exemption[:3]) == ("exemption", "EX-")
    return results


def outcomes(*given, **more):
    return [(one.status, one.severity, one.actual) for one in remarks(*given, **more)]


def test_no_remarks():
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
    assert outcomes({"exemptions": [exemption(expires=expires)]}) == expected


def test_last_day_in_the_time_zone():
    """06:00 UTC is 23:00 of the previous day in Los Angeles."""
    policy = {"exemptions": [exemption(expires="2026-03-29")], "timezone": "America/Los_Angeles"}
    assert [one[2] for one in outcomes(policy)] == ["expires 2026-03-29"]
    assert [one[2] for one in outcomes(policy, now=NOW + 3600)] == ["expired 2026-03-29"]


def test_limits_of_the_report_section():
    policy = {"exemptions": [exemption(expires="2026-05-01")], "report": {"max_exemption": "30d"}}
    assert outcomes(policy) == [("warn", "warning", "expires 2026-05-01")]
    assert "longer than the 30d allowed" in remarks(policy)[0].message
    policy["report"] = {"max_exemption": None, "warn_days_before_expiry": 32}
    assert outcomes(policy) == [("warn", "info", "expires 2026-05-01")]


@pytest.mark.parametrize(("expires", "is_long"), [("2026-09-26", False), ("2026-09-27", True)])
@pytest.mark.parametrize("day_starts_at", ["00:00", "05:59", "12:00", "23:59"])
def test_max_exemption_is_counted_in_calendar_days(expires, is_long, day_starts_at):
    policy = {"exemptions": [exemption(expires=expires)], "day_starts_at": day_starts_at}
    assert bool(remarks(policy)) == is_long


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"listed": 0, "assessed": 0, "is_needed": False}, [("warn", "warning", "matches nothing")]),
        ({"listed": 3, "assessed": 0, "is_needed": False}, []),
        ({"listed": None, "assessed": 0, "is_needed": False}, []),
        ({"listed": 3, "assessed": 3, "is_needed": False}, [("warn", "info", "not needed")]),
        ({"listed": None, "assessed": 3, "is_needed": False}, [("warn", "info", "not needed")]),
        ({"listed": 3, "assessed": 3, "is_needed": True}, []),
    ],
)
def test_unused_exemptions(usage, expected):
    assert outcomes({"exemptions": [exemption()]}, **usage) == expected


def test_matches_nothing():
    expired = {"exemptions": [exemption(expires="2026-03-01", match={"label": "DB-*"})]}
    found = remarks(expired, listed=0, is_needed=False)
    assert [one.actual for one in found] == ["expired 2026-03-01", "matches nothing"]
    assert "case-sensitive" in found[1].message


@pytest.mark.parametrize(("severity", "status"), [("critical", "fail"), ("warning", "warn"), ("info", "warn")])
def test_severity_of_exemptions(severity, status):
    policy = {"exemptions": [exemption(expires="2026-03-01")], "defaults": {"severity": {"exemption": severity}}}
    assert outcomes(policy) == [(status, severity, "expired 2026-03-01")]
    policy["exemptions"] = [exemption(expires="2026-04-01")]
    assert outcomes(policy) == [("warn", "info", "expires 2026-04-01")]


def test_order_of_the_policy():
    policy = {"exemptions": [exemption(2), exemption(1, expires="2026-03-01"), exemption(3)]}
    assert [one.exemption for one in remarks(policy, listed=0)] == ["EX-2", "EX-1", "EX-1", "EX-3"]


def orphan(ids, severity=None):
    policy = parse_policy({"defaults": {"severity": {"orphan": severity}}} if severity else None)
    result = cloud.orphan([{"id": number} for number in ids], policy)
    assert_valid_result(result, set(ids))
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
def test_unread_orphans(failed, status):
    result = cloud.orphan_not_assessed("Nobody knows.", failed=failed)
    assert_valid_result(result, set())
    assert (result.check, result.status, result.message) == ("orphan", status, "Nobody knows.")
