# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counts of results, and the parts of a report that add up over virtual machines."""

from __future__ import annotations

import fractions

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._checks.results import STATUSES, Result
from ansible_collections.community.onapp.plugins.module_utils._checks.run import run_checks
from ansible_collections.community.onapp.plugins.module_utils._compliance.counters import WORST_SHOWN, Counters, rank_of
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import (
    CHECKS,
    CLOUD_CHECKS,
    VM_CHECKS,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import (
    DAY,
    DISK_1,
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


def counted(results):
    counters = Counters()
    for one in results:
        counters.count(one)
    return counters


def filled(*evidences, policy=None):
    """The tally of some virtual machines, each as the records that were read, with ids from 1."""
    counters = Counters()
    ranks = []
    for number, given in enumerate(evidences, 1):
        machine = vm(id=number)
        assessment = assessed(policy=policy, **{**given, "machine": machine})
        found = run_checks(machine, assessment, parse_policy(policy), NOW)
        ranks.append(counters.add_vm(machine, assessment, found))
    return counters, ranks


def evidence(backups=(), disks=None, **more):
    given = [one._replace(virtual_machine_id=None) for one in (disks or [disk()])]
    return {"disks": given, "backups": list(backups), **more}


@pytest.mark.parametrize(
    ("passing", "failing", "expected"),
    [
        (0, 0, None),
        (0, 5, 0.0),
        (1, 0, 100.0),
        (1, 2, 33.3),
        (2, 1, 66.6),
        (999, 1, 99.9),
        (9999, 1, 99.9),
        (10**6, 1, 99.9),
        (1, 10**6, 0.0),
    ],
)
def test_percentage_is_rounded_down(passing, failing, expected):
    counters = Counters()
    counters.by_check = {"rpo": {**dict.fromkeys(STATUSES, 0), "pass": passing, "fail": failing}}
    assert counters.percent == expected


def test_a_machine_without_results_is_no_ones_worst():
    counters = Counters()
    counters.add_vm(vm(), assessed(**evidence()), [])
    assert sum(counters.vms_by_worst.values()) == 0
    assert sum(counters.by_state.values()) == 1


results = st.builds(
    result, st.sampled_from(list(CHECKS)), st.sampled_from(STATUSES), st.sampled_from(["critical", "warning", "info"])
)


@hypothesis.given(st.lists(results, max_size=60))
def test_percentage_by_the_letter(found):
    own = [one.status for one in found if one.check in VM_CHECKS]
    judged = sum(own.count(status) for status in ("pass", "warn", "fail", "unknown"))
    percent = counted(found).percent
    if not judged:
        assert percent is None
        return
    share = fractions.Fraction(100 * own.count("pass"), judged)
    assert percent <= share < percent + fractions.Fraction(1, 10) + fractions.Fraction(1, 10**9)
    assert (percent == 100.0) == (own.count("pass") == judged)


@hypothesis.given(st.lists(results, max_size=60))
def test_every_result_is_counted_once(found):
    counters = counted(found)
    assert sum(sum(counts.values()) for counts in counters.checks().values()) == len(found)
    assert list(counters.checks()) == [name for name in CHECKS if any(one.check == name for one in found)]
    assert sum(counters.by_severity.values()) == sum(one.status in ("warn", "fail") for one in found)


def test_checks_of_the_cloud_are_no_part_of_the_percentage():
    for check in CLOUD_CHECKS:
        for status in STATUSES:
            assert counted([result(check, status)]).percent is None
            assert counted([result(check, status), result("rpo", "pass")]).percent == 100.0


@pytest.mark.parametrize("status", ["exempt", "not_applicable", "insufficient_data"])
def test_what_was_not_judged_is_no_part_of_the_percentage(status):
    assert counted([result("rpo", status)]).percent is None
    assert counted([result("rpo", status), result("rpo", "pass"), result("rpo", "fail")]).percent == 50.0


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


def test_machines():
    counters, ranks = filled(
        evidence(healthy()),
        evidence(),
        evidence([point(1, 30 * HOUR)]),
        evidence([point(1, 60 * HOUR), attempt(2, 20 * HOUR)]),
        evidence(healthy(), problems=["the panel did not answer"]),
        evidence(healthy(), disks=[disk(is_swap=True)]),
        evidence(disks=[disk(age=HOUR)]),
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
    assert counters.vms_by_worst == {
        "pass": 1,
        "warn": 1,
        "fail": 2,
        "unknown": 1,
        "exempt": 0,
        "not_applicable": 1,
        "insufficient_data": 1,
    }
    assert (counters.read, counters.with_backups, counters.backups) == (6, 4, 2 * len(healthy()) + 3)


@pytest.mark.parametrize(
    ("ages", "grade"),
    [
        ([13 * HOUR], "0.5x"),
        ([13 * HOUR + 1], "1x"),
        ([26 * HOUR], "1x"),
        ([26 * HOUR + 1], "2x"),
        ([52 * HOUR], "2x"),
        ([104 * HOUR], "4x"),
        ([104 * HOUR + 1], "over_4x"),
        ([], "never"),
        ([-HOUR], None),
    ],
)
def test_grades(ages, grade):
    """A virtual machine whose state is unknown has none."""
    counters, _ranks = filled(evidence([point(number, age) for number, age in enumerate(ages)]))
    assert {name for name, number in counters.grades.items() if number} == ({grade} if grade else set())


def test_grade_of_what_waits():
    counters, _ranks = filled(evidence(disks=[disk(age=HOUR)]))
    assert set(counters.grades.values()) == {0}


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
        # One disk of two is not enough, and a disk that was not there yet does not count.
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


def test_timelines_are_of_the_worst():
    evidences = [evidence([point(1, age * HOUR), point(2, age * HOUR + DAY)]) for age in range(30, 60)]
    counters, ranks = filled(evidence(healthy()), *evidences)
    expected = [rank[-1] for rank in sorted(ranks)][:WORST_SHOWN]
    assert [line["virtual_machine_id"] for line in counters.timelines()] == expected
    assert all([item["id"] for item in line["points"]] == [1, 2] for line in counters.timelines())
    assert set(counters.timelines()[0]["points"][0]) == {"id", "at", "initiated", "backup_type"}


def test_timelines_leave_out_what_is_fine():
    counters, _ranks = filled(evidence(healthy()), evidence(healthy(), problems=["the panel did not answer"]))
    assert counters.timelines() == []


def test_points_of_a_timeline_are_limited():
    backups = [point(number, 30 * HOUR + number * HOUR, DISK_1) for number in range(300)]
    (line,) = filled(evidence(backups))[0].timelines()
    assert [item["id"] for item in line["points"]] == list(range(200))
