# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outcome of virtual machines and of a run: counts, status, headline, percentage."""

from __future__ import annotations

import fractions
import re

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._assessment.state import STATES
from ansible_collections.community.onapp.plugins.module_utils._checks.results import STATUSES, Result
from ansible_collections.community.onapp.plugins.module_utils._checks.run import run_checks
from ansible_collections.community.onapp.plugins.module_utils._compliance.outcome import (
    OUTCOMES,
    Counters,
    Outcome,
    outcome_of,
    rank_of,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CHECKS, CLOUD_CHECKS, VM_CHECKS
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.tests.unit.plugins.module_utils._compliance.test_run import (
    FORBIDDEN,
    LENIENT,
    REFUSED,
    exempt,
    finished_run,
    panel,
)
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import (
    DAY,
    DISK_2,
    HOUR,
    NOW,
    TWO_DISKS,
    assessed,
    attempt,
    disk,
    healthy,
    point,
    vm,
)
from hypothesis import strategies as st


def result(check, status, severity="warning"):
    return Result(check, status, severity, "this", "that", "So it is.")


@pytest.mark.parametrize(
    ("state", "results", "expected"),
    [
        ("protected", [("pass", "critical"), ("fail", "critical"), ("unknown", "warning")], "critical"),
        ("protected", [("pass", "critical"), ("unknown", "warning"), ("warn", "warning")], "unknown"),
        ("unknown", [], "unknown"),
        ("unknown", [("exempt", "critical")], "unknown"),
        ("stale", [("warn", "warning"), ("exempt", "critical")], "warning"),
        ("unprotected", [("exempt", "critical"), ("pass", "warning")], "exempt"),
        ("protected", [("exempt", "info")], "exempt"),
        ("protected", [("pass", "critical"), ("insufficient_data", "warning")], "compliant"),
        ("protected", [("warn", "info")], "compliant"),
        ("stale", [("warn", "info")], "warning"),
        ("pending", [("insufficient_data", "critical")], "not_applicable"),
        ("pending", [("warn", "info")], "not_applicable"),
        ("pending", [("warn", "warning")], "warning"),
        ("not_applicable", [("not_applicable", "critical")], "not_applicable"),
    ],
)
def test_outcome_of_a_virtual_machine(state, results, expected):
    assert outcome_of(state, [result("rpo", *one) for one in results]) == expected


@hypothesis.given(
    st.sampled_from(STATES),
    st.lists(st.tuples(st.sampled_from(STATUSES), st.sampled_from(["critical", "warning", "info"]))),
)
def test_compliant_virtual_machine(state, results):
    statuses = {status for status, _severity in results}
    if outcome_of(state, [result("rpo", *one) for one in results]) == "compliant":
        assert state == "protected"
        assert not statuses & {"fail", "unknown", "exempt"}
        assert ("warn", "warning") not in results


# Counts.


def counted(results):
    counters = Counters()
    for one in results:
        counters.add_result(one)
    return counters


def filled(*evidences, policy=None):
    """The counters of virtual machines with these records and ids from 1."""
    counters = Counters()
    ranks = []
    for number, given in enumerate(evidences, 1):
        machine = vm(id=number)
        assessment = assessed(policy=policy, **{**given, "machine": machine})
        found = run_checks(machine, assessment, parse_policy(policy), NOW)
        ranks.append(counters.add_vm(machine, assessment, found)[1])
    return counters, ranks


def evidence(backups=(), disks=None, **more):
    given = [one._replace(virtual_machine_id=None) for one in (disks or [disk()])]
    return {"disks": given, "backups": list(backups), **more}


@pytest.mark.parametrize(
    ("passing", "failing", "expected"),
    [(0, 0, None), (0, 5, 0.0), (1, 0, 100.0), (1, 2, 33.3), (2, 1, 66.6), (9999, 1, 99.9), (1, 10**6, 0.0)],
)
def test_percentage_is_rounded_down(passing, failing, expected):
    counters = Counters()
    counters.by_check = {"rpo": {**dict.fromkeys(STATUSES, 0), "pass": passing, "fail": failing}}
    assert counters.summary()["percent"] == expected


results = st.builds(
    result, st.sampled_from(list(CHECKS)), st.sampled_from(STATUSES), st.sampled_from(["critical", "warning", "info"])
)


@hypothesis.given(st.lists(results, max_size=60))
def test_any_counts(found):
    own = [one.status for one in found if one.check in VM_CHECKS]
    base = sum(own.count(status) for status in ("pass", "warn", "fail", "unknown"))
    summary = counted(found).summary()
    assert (summary["results_counted"], summary["results_exempt"]) == (base, own.count("exempt"))
    assert sum(sum(counts.values()) for counts in summary["by_check"].values()) == len(found)
    assert list(summary["by_check"]) == [name for name in CHECKS if any(one.check == name for one in found)]
    assert sum(summary["by_severity"].values()) == sum(one.status in ("warn", "fail") for one in found)
    if not base:
        assert summary["percent"] is None
        return
    share = fractions.Fraction(100 * own.count("pass"), base)
    assert summary["percent"] <= share < summary["percent"] + fractions.Fraction(1, 10) + fractions.Fraction(1, 10**9)
    assert (summary["percent"] == 100.0) == (own.count("pass") == base)


def test_percentage_without_checks_of_the_cloud():
    for check in CLOUD_CHECKS:
        for status in STATUSES:
            assert counted([result(check, status)]).summary()["percent"] is None
            assert counted([result(check, status), result("rpo", "pass")]).summary()["percent"] == 100.0


def test_worst_first():
    ordered = [
        ("fail", "critical"),
        ("unknown", "critical"),
        ("warn", "warning"),
        ("warn", "info"),
        ("exempt", "critical"),
        ("insufficient_data", "warning"),
        ("pass", "critical"),
        ("not_applicable", "info"),
    ]
    ranks = [rank_of(*item) for item in ordered]
    assert ranks == sorted(set(ranks))


def test_virtual_machines():
    counters, ranks = filled(
        evidence(healthy()),
        evidence(),
        evidence([point(1, 30 * HOUR)]),
        evidence([point(1, 60 * HOUR), attempt(2, 20 * HOUR)]),
        evidence(healthy(), problems=["the panel did not answer"]),
        evidence(healthy(), disks=[disk(is_swap=True)]),
        evidence(disks=[disk(age=HOUR)]),
        policy=LENIENT,
    )
    assert counters.by_state == {
        "unknown": 1,
        "not_applicable": 1,
        "pending": 1,
        "unprotected": 1,
        "failing": 1,
        "stale": 1,
        "protected": 1,
    }
    assert [rank[-1] for rank in sorted(ranks)] == [2, 4, 5, 3, 7, 1, 6]
    assert counters.by_outcome == {
        "critical": 2,
        "unknown": 1,
        "warning": 1,
        "exempt": 0,
        "compliant": 1,
        "not_applicable": 2,
    }
    assert (counters.total, counters.assessed, counters.proving) == (7, 4, 2)
    assert counters.owners == {7: (4, 3)}
    assert counters.backups == 2 * len(healthy()) + 3


def test_servers():
    backups = [
        point(1, HOUR, backup_server_id=7, size=100),
        point(2, 2 * HOUR, backup_server_id=3, size=50),
        point(3, 3 * HOUR, backup_server_id=7, size=None),
        point(4, 4 * HOUR, backup_server_id=None, size=-5),
        point(5, 5 * HOUR, backup_server_id=7, size=10**6, marked_for_delete=True),
        attempt(6, HOUR, backup_server_id=3, size=10**6),
    ]
    counters, _ranks = filled(evidence(backups), evidence([point(1, HOUR, backup_server_id=3, size=1)]))
    assert counters.servers({7: "fra"}) == [
        {"id": 3, "site": None, "copies": 2, "size_kb": 51},
        {"id": 7, "site": "fra", "copies": 2, "size_kb": 100},
        {"id": None, "site": None, "copies": 1, "size_kb": 0},
    ]


def test_retention():
    policy = {
        "defaults": {"retention": {"daily": {"count": 3, "min": 1}, "weekly": None}},
        "rules": [
            {
                "name": "b",
                "match": {"id": 3},
                "retention": {"daily": None, "monthly": {"count": 1, "min": 1}, "yearly": {"count": 1, "min": 1}},
            }
        ],
    }
    yesterday, before = point(1, DAY), point(2, 2 * DAY)
    counters, _ranks = filled(
        evidence([yesterday, before]),
        # All disks that existed must have a point.
        evidence([yesterday, before, point(3, DAY, DISK_2)], disks=[TWO_DISKS[0], disk(2, age=2 * DAY - 7 * HOUR)]),
        evidence([yesterday]),
        policy=policy,
    )
    assert [(row["rule"], row["tier"], row["count"], row["min"]) for row in counters.retention()] == [
        ("b", "monthly", 1, 1),
        ("b", "yearly", 1, 1),
        ("defaults", "daily", 3, 1),
    ]
    assert counters.retention()[2]["periods"] == [
        {"period": "2026-03-27", "held": 0, "missing": 2, "not_applicable": 0},
        {"period": "2026-03-28", "held": 2, "missing": 0, "not_applicable": 0},
        {"period": "2026-03-29", "held": 2, "missing": 0, "not_applicable": 0},
    ]


# Headline.


def outcome_with(fail_on="critical", cloud_findings=(), aborted_by=None, **numbers):
    counters = Counters()
    counters.by_outcome.update(numbers)
    counters.by_severity.update(critical=numbers.get("critical", 0), warning=numbers.get("warning", 0))
    counters.proving = numbers.get("compliant", 0) + numbers.get("warning", 0)
    return Outcome.of(counters, fail_on, list(cloud_findings), aborted_by)


@pytest.mark.parametrize(
    ("numbers", "headline"),
    [
        (
            {"critical": 3, "warning": 1, "unknown": 2, "compliant": 110, "exempt": 4, "not_applicable": 2},
            (
                "3 of 122 VMs break the policy critically, 1 has warnings, 2 could not be judged; "
                "110 comply, 4 exempt, 2 not applicable"
            ),
        ),
        ({}, "No VM was judged, which proves nothing"),
        ({"compliant": 1}, "1 of 1 VM complies"),
        ({"compliant": 2}, "2 of 2 VMs comply"),
        ({"compliant": 1, "exempt": 1}, "1 of 2 VMs complies, 1 exempt"),
        ({"exempt": 1}, "1 of 1 VM is exempt"),
        ({"exempt": 9, "not_applicable": 1}, "9 of 10 VMs are exempt, 1 not applicable"),
        ({"not_applicable": 1}, "1 of 1 VM is not applicable"),
        ({"not_applicable": 2}, "2 of 2 VMs are not applicable"),
        ({"critical": 1, "compliant": 1}, "1 of 2 VMs breaks the policy critically; 1 complies"),
        ({"warning": 2}, "2 of 2 VMs have warnings"),
        ({"unknown": 1, "not_applicable": 1}, "1 of 2 VMs could not be judged; 1 not applicable"),
    ],
)
def test_headline(numbers, headline):
    assert outcome_with(**numbers).headline == headline


@hypothesis.given(st.fixed_dictionaries({name: st.integers(0, 3) for name in OUTCOMES}))
def test_headline_counts_every_virtual_machine_once(numbers):
    headline = outcome_with(**numbers).headline
    total = sum(numbers.values())
    found = [int(number) for number in re.findall(r"\d+", headline.replace(f"of {total} VM", ""))]
    assert sum(found) == total
    assert sorted(found) == sorted(number for number in numbers.values() if number)
    assert (f"of {total} VM{'s' if total > 1 else ''} " in headline) == (total > 0)


def test_headline_with_exempt_results():
    headline = finished_run(panel("stale", "fresh"), exempt({"match": {"id": 1}, "checks": "rpo"}))[1].headline
    assert headline == "1 of 2 VMs complies, 1 exempt"
    policy = exempt({"match": {"id": 1}, "checks": "rpo"})
    policy["defaults"] = {**policy["defaults"], "min_copies": 2}
    headline = finished_run(panel("stale", "fresh"), policy)[1].headline
    assert headline == "2 of 2 VMs have warnings (1 of them with exemptions)"


def cloud_finding(message, status="warn", severity="warning"):
    return {"message": message, "status": status, "severity": severity}


def test_headline_with_findings_about_the_cloud():
    texts = [cloud_finding(f"Finding {number}.") for number in range(5)]
    assert outcome_with(compliant=1, cloud_findings=texts[:1]).headline == "1 of 1 VM complies. Finding 0."
    assert outcome_with(compliant=1, cloud_findings=texts).headline == (
        "1 of 1 VM complies. Finding 0. Finding 1. Finding 2. And 2 more findings about the cloud and the policy."
    )
    quiet = [cloud_finding("Soon.", severity="info")]
    assert outcome_with(compliant=1, cloud_findings=quiet).headline == "1 of 1 VM complies"


def test_headline_of_a_run_that_ended_early():
    assert (
        finished_run(panel("fresh", virtual_machines=FORBIDDEN))[1].headline
        == "Nothing could be judged: That is forbidden."
    )
    client = panel("fresh", "fresh", virtual_machines__1__backups=REFUSED)
    assert finished_run(client)[1].headline == "2 of 2 VMs could not be judged. The password is refused."


@pytest.mark.parametrize(
    ("numbers", "fail_on", "status", "passed"),
    [
        ({"compliant": 1}, "critical", "compliant", True),
        ({"warning": 1}, "critical", "compliant", True),
        ({"warning": 1}, "warning", "non_compliant", False),
        ({"critical": 1, "compliant": 9}, "critical", "non_compliant", False),
        ({"critical": 1, "compliant": 9}, "unknown", "non_compliant", True),
        ({"critical": 1, "compliant": 9}, "never", "non_compliant", True),
        ({"unknown": 1, "compliant": 9}, "unknown", "unknown", False),
        ({"unknown": 1, "compliant": 9}, "never", "unknown", True),
        ({"exempt": 9}, "unknown", "unknown", False),
        ({"not_applicable": 9}, "critical", "unknown", False),
        ({}, "critical", "unknown", False),
    ],
)
def test_status(numbers, fail_on, status, passed):
    outcome = outcome_with(fail_on, **numbers)
    assert (outcome.status, outcome.passed) == (status, passed)
    assert outcome.is_complete == ("unknown" not in numbers)


def test_aborted_run_is_incomplete():
    outcome = outcome_with(compliant=3, aborted_by="Time is over.")
    assert (outcome.status, outcome.is_complete) == ("unknown", False)
