# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Flags that test_state does not cover, their conditions and order."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._assessment.state import FLAGS
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import (
    DAY,
    GB,
    HOUR,
    VM_ID,
    assessed,
    disk,
    having,
    healthy,
    limits,
    point,
    vm,
)

SHRUNK = [*healthy(), point(9000, HOUR, size=GB)]
GROWN = [*healthy(), point(9000, HOUR, size=90 * GB)]
FEW = [point(1, 9 * DAY), point(2, HOUR)]
# The flag, points that set it, and the limit that the policy must have.
HISTORY = {
    "size_shrink": (SHRUNK, "size", {}),
    "size_shrink, critically": ([*healthy(), point(9000, HOUR, size=1)], "size", {"shrink_critical": 0.2}),
    "size_growth": (GROWN, "size", {"growth": 3}),
    "retention_missing": (FEW, "retention", {}),
    "gap": (FEW, "max_gap", {"limit": "3d"}),
}
HISTORY_FLAGS = {name.partition(",")[0] for name in HISTORY}


def flags(**given):
    return assessed(**given).flags


@pytest.mark.parametrize("name", HISTORY)
def test_flags_of_history_need_a_limit_in_the_policy(name):
    backups, key, written = HISTORY[name]
    flag = name.partition(",")[0]
    everywhere = limits(**{key: written})
    here = {"rules": [{"name": "own", "match": {"id": VM_ID}, key: written}]}
    elsewhere = {"rules": [{"name": "other", "match": {"id": 43}, key: written}]}
    inherited = {**everywhere, "rules": [{"name": "own", "match": {"id": VM_ID}, "rpo": "20h"}]}
    for policy in (everywhere, here, inherited):
        assert HISTORY_FLAGS & set(flags(backups=backups, policy=policy)) == {flag}
    for policy in (None, elsewhere, limits(rpo="20h"), limits(**{key: None})):
        assert not HISTORY_FLAGS & set(flags(backups=backups, policy=policy))


@pytest.mark.parametrize("name", HISTORY)
def test_flags_of_history_need_a_reason(name):
    key, written = HISTORY[name][1:]
    assert not HISTORY_FLAGS & set(flags(backups=healthy(), policy=limits(**{key: written})))


ALL_WRITTEN = limits(size={}, retention={}, max_gap={})


@pytest.mark.parametrize(
    "given",
    [
        having(backups=FEW, machine=vm(built=False)),
        having(backups=[point(1, 9 * DAY), point(2, 30 * HOUR), point(3, -HOUR)]),
        having(backups=FEW, problems=["forbidden"]),
    ],
    ids=["not applicable", "unknown by a doubt", "unknown"],
)
def test_flags_of_history_need_an_assessment(given):
    assessment = assessed(**given, policy=ALL_WRITTEN)
    assert assessment.state in ("unknown", "not_applicable")
    assert not HISTORY_FLAGS & set(assessment.flags)
    assert {"gap", "retention_missing"} <= set(flags(backups=FEW, policy=ALL_WRITTEN))


def test_new_disk():
    given = having(disks=[disk(), disk(2, age=HOUR)], backups=healthy())
    assert flags(**given, policy=ALL_WRITTEN) == ("new_disk_pending",)


def exemption(expires, match=None, name="EX-1"):
    return {
        "id": name,
        "match": match or {"id": VM_ID},
        "checks": "rpo",
        "category": "waiver",
        "reason": "a reason",
        "approved_by": "somebody",
        "expires": expires,
    }


@pytest.mark.parametrize(
    ("exemptions", "expected"),
    [
        ([exemption("2026-12-31")], ()),
        ([exemption("2026-04-14")], ()),
        ([exemption("2026-04-13")], ("exemption_expiring",)),
        ([exemption("2026-03-30")], ("exemption_expiring",)),
        ([exemption("2026-03-29")], ()),
        ([exemption("2026-12-31", {"id": 43})], ()),
        ([exemption("2026-12-31"), exemption("2026-03-31", name="EX-2")], ("exemption_expiring",)),
        ([exemption("2026-12-31"), exemption("2026-03-01", name="EX-2")], ()),
    ],
    ids=["active", "15 days left", "14 days left", "last day", "expired", "of another", "one of two", "one is over"],
)
def test_exemptions(exemptions, expected):
    policy = {"exemptions": exemptions}
    assert flags(backups=healthy(), policy=policy) == expected
    # Also for unread records, and with any state.
    assert flags(backups=None, policy=policy) == expected
    assert flags(machine=vm(built=False), policy=policy) == expected


def test_at_risk_needs_protected():
    backups = [point(1, 25 * HOUR), point(2, 49 * HOUR)]
    assert "at_risk" in flags(backups=backups)
    assert "at_risk" not in flags(backups=backups, machine=vm(built=False))
    assert "at_risk" not in flags(backups=[point(1, 26 * HOUR + 1), point(2, 49 * HOUR)])


def test_order():
    policy = {**ALL_WRITTEN, "exemptions": [exemption("2026-03-31")]}
    found = flags(
        disks=[disk(), disk(2, age=HOUR)],
        backups=[
            point(number, (number - 1) * 3 * DAY, locked=True, initiated="manual", size=0) for number in (1, 2, 3)
        ],
        machine=vm(booted=False),
        policy=policy,
    )
    assert len(found) == 8
    assert list(found) == [flag for flag in FLAGS if flag in found]
