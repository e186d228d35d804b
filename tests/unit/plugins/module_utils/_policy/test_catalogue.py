# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The catalogue of checks: stable names, severities, and texts."""

from __future__ import annotations

import re

import pytest
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import (
    CHECKS,
    CLOUD_CHECKS,
    NOT_ASSESSED,
    SEVERITIES,
    TIERS,
    VM_CHECKS,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.rules import LIMITS


def test_names_are_stable():
    assert list(VM_CHECKS) == [
        "coverage",
        "rpo",
        "attempt",
        "pending_delete",
        "min_copies",
        "retention_daily",
        "retention_weekly",
        "retention_monthly",
        "retention_yearly",
        "max_gap",
        "size",
        "empty",
        "min_backup_servers",
        "scheduled",
        "plan",
        "schedule_failures",
        "full_max_age",
        "duration",
        "window",
        "max_retention",
        "locked",
        "clock",
    ]
    assert list(CLOUD_CHECKS) == ["population", "exemption", "rule", "orphan"]
    assert {**VM_CHECKS, **CLOUD_CHECKS} == CHECKS
    assert SEVERITIES == ("critical", "warning", "info")


@pytest.mark.parametrize("name", CHECKS)
def test_check(name):
    check = CHECKS[name]
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name)
    assert check.severity in SEVERITIES
    assert check.fails_when[0].islower()
    assert not check.fails_when.endswith(".")
    assert all(re.fullmatch(r"(CIS|NIST|ISO 27001|SOC 2) [A-Z0-9.-]+", control) for control in check.controls)


def test_tiers_have_a_check_each():
    assert [f"retention_{tier}" for tier in TIERS] == [name for name in CHECKS if name.startswith("retention_")]


def test_nullable_limits_are_those_of_a_check():
    named = {key for key, setting in LIMITS.items() if setting.may_be_off}
    assert named - set(CHECKS) == {"rpo_critical", "retention"}


def test_texts_of_limits_of_the_assessment():
    assert set(NOT_ASSESSED) >= {"encryption", "immutability", "restore", "off_site", "schedules", "history"}
    assert all(text[0].isupper() and text.endswith(".") for text in NOT_ASSESSED.values())
