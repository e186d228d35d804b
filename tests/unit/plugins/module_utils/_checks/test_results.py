# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results: status and severity of observations, and the worst of several results."""

from __future__ import annotations

import itertools
import json

import pytest
from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import Point
from ansible_collections.community.onapp.plugins.module_utils._checks.results import (
    STATUSES,
    WORST_FIRST,
    Result,
    failed,
    insufficient,
    not_applicable,
    passed,
    result,
    severity_of,
    worst,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CHECKS
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import HOUR, NOW, limits, point

RULE = parse_policy(limits(severity={"window": "critical", "coverage": "info"})).defaults


def found(status, severity="warning", disk_id=1):
    return Result("rpo", status, severity, "expected", "actual", "Message.", disk_id)


def test_names():
    assert sorted(STATUSES) == sorted(WORST_FIRST)
    assert len(set(STATUSES)) == 7


@pytest.mark.parametrize("check", CHECKS)
def test_severity_of_the_catalogue_or_the_policy(check):
    expected = {"window": "critical", "coverage": "info"}.get(check, CHECKS[check].severity)
    assert severity_of(RULE, check) == expected


@pytest.mark.parametrize(
    ("observation", "check", "status", "severity"),
    [
        (passed("a", "M."), "coverage", "pass", "info"),
        (passed("a", "M."), "window", "pass", "critical"),
        (failed("a", "M."), "coverage", "warn", "info"),
        (failed("a", "M."), "size", "warn", "warning"),
        (failed("a", "M."), "window", "fail", "critical"),
        (failed("a", "M.", severity="critical"), "coverage", "fail", "critical"),
        (failed("a", "M.", severity="warning"), "window", "warn", "warning"),
        (insufficient("a", "M."), "window", "insufficient_data", "critical"),
        (not_applicable("a", "M."), "rpo", "not_applicable", "critical"),
    ],
)
def test_result(observation, check, status, severity):
    found = result(RULE, check, "expected", observation)
    assert found == Result(check, status, severity, "expected", "a", "M.")


def test_named_backups():
    points = [Point(NOW - HOUR, number, NOW - HOUR, point(number, HOUR)) for number in range(100, 0, -1)]
    ids = result(RULE, "rpo", "expected", passed("a", "M.", points[5], *points)).backup_ids
    assert ids == (95, 100, 99, 98, 97, 96, *range(94, 50, -1))
    assert len(ids) == 50


@pytest.mark.parametrize(("bad", "good"), list(itertools.combinations(WORST_FIRST, 2)))
def test_worse_status_wins(bad, good):
    assert worst([found(good, "critical", 1), found(bad, "info", 2)]).disk_id == 2
    assert worst([found(bad, "info", 1), found(good, "critical", 2)]).disk_id == 1


def test_greater_severity_of_equal_statuses_wins():
    assert worst([found("warn", "info", 1), found("warn", "warning", 2), found("warn", "warning", 3)]).disk_id == 2


def test_facts():
    facts = found("warn")._replace(backup_ids=(1, 2), exemption="EX-1").as_facts()
    assert json.loads(json.dumps(facts)) == facts
    assert facts == {
        "check": "rpo",
        "status": "warn",
        "severity": "warning",
        "expected": "expected",
        "actual": "actual",
        "message": "Message.",
        "disk_id": 1,
        "backup_ids": [1, 2],
        "exemption": "EX-1",
    }
