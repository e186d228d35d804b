# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which backups are started, which are joined, and where nothing may be started."""

from __future__ import annotations

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._api.fetch import Failure, FetchedVm
from ansible_collections.community.onapp.plugins.module_utils._assessment.state import assess
from ansible_collections.community.onapp.plugins.module_utils._backup_run.plan import plan_backups, policy_for
from ansible_collections.community.onapp.plugins.module_utils._errors import DecodeError, OnAppError
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.module_utils._records import Target
from ansible_collections.community.onapp.tests.properties import examples
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import (
    DAY,
    DISK_1,
    DISK_2,
    HOUR,
    MINUTE,
    MISSING,
    NOW,
    ONE_DISK,
    TWO_DISKS,
    UNPARSABLE,
    VM,
    VM_ID,
    at,
    attempt,
    disk,
    failed_attempt,
    point,
    vm,
)
from hypothesis import strategies as st

AGE = 4 * HOUR
OF_VM = (Target("VirtualMachine", None),)
SWAP = disk(9, is_swap=True)


def assessed(disks=ONE_DISK, backups=(), machine=None, max_age=AGE, incremental=False, **more):
    failures = tuple(Failure(DecodeError(text)) for text in more.pop("problems", ()))
    machine = (machine or vm())._replace(support_incremental_backups=incremental)
    fetched = FetchedVm(machine, disks, backups, failures)
    policy = policy_for(parse_policy(more.pop("policy", None)), max_age)
    assert not more
    return assess(fetched, policy, NOW)


def planned(max_age=AGE, kind="auto", **given):
    return plan_backups(assessed(max_age=max_age, **given), max_age, kind)


def of_disks(*numbers):
    return tuple(Target("Disk", number) for number in numbers)


def targets_of(plan):
    return OF_VM if plan.unserved and plan.incremental else of_disks(*plan.unserved)


@pytest.mark.parametrize(
    ("given", "action", "targets", "joined"),
    [
        pytest.param({"backups": [point(1, AGE)]}, "fresh", (), (), id="just fresh"),
        pytest.param({"backups": [point(1, AGE + 1)]}, "started", of_disks(1), (), id="just stale"),
        pytest.param({"backups": []}, "started", of_disks(1), (), id="no backup at all"),
        pytest.param({"backups": [point(1, AGE, VM)]}, "fresh", (), (), id="backup of the VM"),
        pytest.param({"disks": (*ONE_DISK, SWAP), "backups": [point(1, 0)]}, "fresh", (), (), id="swap does not count"),
        pytest.param({"disks": TWO_DISKS, "backups": [point(1, 0)]}, "started", of_disks(2), (), id="one of two disks"),
        pytest.param({"disks": TWO_DISKS}, "started", of_disks(1, 2), (), id="both disks"),
        pytest.param({"backups": [failed_attempt(1, HOUR)]}, "started", of_disks(1), (), id="failed attempt"),
        pytest.param({"backups": [failed_attempt(1, DAY)]}, "started", of_disks(1), (), id="old failed attempt"),
        pytest.param(
            {"disks": (disk(1), disk(2, age=HOUR)), "backups": [point(1, 2 * HOUR, VM)]},
            "started",
            of_disks(2),
            (),
            id="disk younger than the backup of the VM",
        ),
        pytest.param(
            {"disks": (disk(1), disk(2, age=-MINUTE)), "backups": [point(1, 0)]},
            "started",
            of_disks(2),
            (),
            id="disk created within the clock skew has no grace",
        ),
        pytest.param(
            {"machine": vm(created_at=NOW - 60), "disks": (disk(age=60),)}, "started", of_disks(1), (), id="no grace"
        ),
        pytest.param({"machine": vm(booted=False)}, "started", of_disks(1), (), id="powered off"),
        pytest.param(
            {"machine": vm(booted=False), "policy": {"scope": {"powered_off": "exclude"}}},
            "started",
            of_disks(1),
            (),
            id="powered off and excluded by the policy",
        ),
        pytest.param(
            {"policy": {"rules": [{"name": "x", "match": {"any": True}, "rpo": "7d"}]}, "backups": [point(1, DAY)]},
            "started",
            of_disks(1),
            (),
            id="max_age takes the place of the rpo of a rule",
        ),
        # Attempts.
        pytest.param({"backups": [attempt(1, AGE)]}, "joined", (), (1,), id="attempt just young enough"),
        pytest.param({"backups": [attempt(1, AGE + 1)]}, "started", of_disks(1), (), id="attempt too old to count"),
        pytest.param({"backups": [attempt(1, 0, VM)]}, "joined", (), (1,), id="attempt of the VM"),
        pytest.param(
            {"disks": TWO_DISKS, "backups": [attempt(1, 0, VM)]}, "joined", (), (1,), id="attempt of the VM, two disks"
        ),
        pytest.param(
            {"disks": TWO_DISKS, "backups": [attempt(1, 0)]}, "started", of_disks(2), (1,), id="joined and started"
        ),
        pytest.param(
            {"disks": TWO_DISKS, "backups": [point(1, 0), attempt(2, 0)]},
            "started",
            of_disks(2),
            (),
            id="an attempt of a disk with a fresh point is not waited for",
        ),
        pytest.param(
            {"disks": (disk(1), disk(2, age=HOUR)), "backups": [attempt(1, 2 * HOUR, VM)]},
            "started",
            of_disks(2),
            (1,),
            id="disk younger than the attempt of the VM",
        ),
        pytest.param(
            {"disks": (disk(1), disk(2, age=None)), "backups": [attempt(1, 0, VM)]},
            "joined",
            (),
            (1,),
            id="disk of unknown age",
        ),
        pytest.param(
            {"backups": [attempt(1, 0, marked_for_delete=True)]}, "started", of_disks(1), (), id="attempt being deleted"
        ),
        pytest.param(
            {"backups": [point(1, 0, marked_for_delete=True)]}, "started", of_disks(1), (), id="backup being deleted"
        ),
        pytest.param(
            {"backups": [attempt(1, 0, Target("Disk", 77))]}, "started", of_disks(1), (), id="attempt of another disk"
        ),
        pytest.param(
            {"backups": [attempt(1, 0, Target("VirtualMachine", 77))]},
            "started",
            of_disks(1),
            (),
            id="attempt of another VM",
        ),
        # The kind of backup.
        pytest.param({"incremental": True}, "started", OF_VM, (), id="incremental where supported"),
        pytest.param({"kind": "normal", "incremental": True}, "started", of_disks(1), (), id="normal is forced"),
        pytest.param({"kind": "incremental"}, "started", OF_VM, (), id="incremental is forced"),
        pytest.param(
            {"disks": TWO_DISKS, "incremental": True, "backups": [point(1, 0)]},
            "started",
            OF_VM,
            (),
            id="one incremental backup for one of two disks",
        ),
        # Without max_age each run starts a backup.
        pytest.param({"max_age": None, "backups": [point(1, 0)]}, "started", of_disks(1), (), id="no max_age"),
        pytest.param(
            {"max_age": None, "backups": [attempt(1, 0)]}, "started", of_disks(1), (), id="begun at that time"
        ),
        pytest.param({"max_age": None, "backups": [attempt(1, -5)]}, "joined", (), (1,), id="begun after now"),
    ],
)
def test_plan(given, action, targets, joined):
    plan = planned(**given)
    assert (plan.action, targets_of(plan), plan.joined) == (action, targets, set(joined))


def test_no_grace():
    """The plan has no grace with any policy."""
    assert assessed().reasons == ("no usable recovery point covers disk 1",)


@pytest.mark.parametrize(
    ("given", "code", "reason"),
    [
        pytest.param({"machine": vm(built=False)}, "failed", "not built", id="not built"),
        pytest.param({"machine": vm(built=None)}, "failed", "whether the VM is built", id="unreadable flag"),
        pytest.param({"disks": (SWAP,)}, "failed", "swap", id="only swap disks"),
        pytest.param({"disks": ()}, "failed", "no disk", id="no disks listed"),
        pytest.param({"disks": None}, "failed", "not read", id="disks not read"),
        pytest.param({"backups": None}, "failed", "not read", id="backups not read"),
        pytest.param({"problems": ["a part is missing"]}, "failed", "a part is missing", id="a part not read"),
        pytest.param(
            {"backups": [attempt(1, 0, created_at=UNPARSABLE)]}, "failed", "cannot be read", id="unreadable time"
        ),
        pytest.param({"backups": [attempt(1, 0, created_at=MISSING)]}, "failed", "no time", id="no time"),
        pytest.param({"backups": [point(1, -DAY)]}, "failed", "in the future", id="newest from the future"),
        pytest.param({"backups": [attempt(1, 13 * HOUR)]}, "conflict", "Backup 1", id="stuck"),
        pytest.param({"backups": [attempt(1, 13 * HOUR, VM)]}, "conflict", "Backup 1", id="stuck backup of the VM"),
        pytest.param(
            {"backups": [attempt(1, 3 * HOUR)], "policy": {"defaults": {"build_timeout": "2h"}}},
            "conflict",
            "the limit is 2h (build_timeout",
            id="stuck by the policy, though young enough",
        ),
        pytest.param(
            {"disks": TWO_DISKS, "backups": [attempt(1, 13 * HOUR)]}, "conflict", "Backup 1", id="one of two is stuck"
        ),
        pytest.param({"max_age": None, "backups": [attempt(1, 13 * HOUR)]}, "conflict", "Backup 1", id="no max_age"),
    ],
)
def test_failure_before_the_start(given, code, reason):
    with pytest.raises(OnAppError) as raised:
        planned(**given)
    assert raised.value.code == code
    assert reason in raised.value.text


@pytest.mark.parametrize(
    ("given", "action"),
    [
        pytest.param({"backups": [attempt(1, 2 * DAY), point(2, 0)]}, "fresh", id="followed by a fresh backup"),
        pytest.param({"backups": [attempt(1, 2 * DAY), point(2, DAY)]}, "started", id="followed by a stale backup"),
        pytest.param(
            {"disks": TWO_DISKS, "backups": [attempt(1, 2 * DAY), point(2, 0, VM), point(3, 0)]},
            "fresh",
            id="every disk is served",
        ),
        pytest.param(
            {"disks": TWO_DISKS, "backups": [attempt(1, 13 * HOUR), attempt(2, 0)]},
            "started",
            id="a second attempt runs",
        ),
        pytest.param(
            {"disks": (disk(1, age=HOUR),), "backups": [attempt(1, 13 * HOUR, VM)]},
            "started",
            id="the stuck backup of the VM is older than the disk",
        ),
    ],
)
def test_stuck_attempt_of_another_disk(given, action):
    assert planned(**given).action == action


BACKUPS = st.builds(
    lambda number, age, target, built, marked: point(
        number,
        age,
        target,
        built=built,
        built_at=at(NOW - age) if built else MISSING,
        marked_for_delete=marked,
    ),
    st.integers(1, 30),
    st.sampled_from([0, HOUR, AGE, AGE + 1, 11 * HOUR, 13 * HOUR, 3 * DAY]),
    st.sampled_from([VM, DISK_1, DISK_2, Target("VirtualMachine", None)]),
    st.booleans(),
    st.sampled_from([False, False, False, True]),
)
DISKS = st.lists(
    st.builds(disk, st.integers(1, 3), st.sampled_from([None, 0, 2 * HOUR, 800 * DAY]), is_swap=st.booleans()),
    max_size=3,
    unique_by=lambda one: one.id,
)


@hypothesis.settings(max_examples=examples(500), deadline=None)
@hypothesis.given(
    disks=DISKS,
    backups=st.lists(BACKUPS, max_size=6, unique_by=lambda one: one.id),
    max_age=st.sampled_from([None, HOUR, AGE, DAY]),
    incremental=st.booleans(),
)
def test_any_plan_starts_only_needed_backups(disks, backups, max_age, incremental):
    """Started disks have no point or attempt to use; other disks have a fresh point or a joined attempt."""
    given = {"disks": tuple(disks), "backups": backups, "max_age": max_age, "incremental": incremental}
    reversed_given = {**given, "disks": tuple(disks[::-1]), "backups": backups[::-1]}
    try:
        plan = planned(**given)
    except OnAppError:
        with pytest.raises(OnAppError):
            planned(**reversed_given)
        return
    assert planned(**reversed_given) == plan
    eligible = {one.id: one for one in disks if not one.is_swap}
    assert eligible and set(plan.unserved) <= eligible.keys()
    assert (plan.action == "fresh") == (max_age is not None and assessed(**given).state == "protected")
    since = NOW + 1 if max_age is None else NOW - max_age

    def covers(backup, one):
        if backup.target.kind == "Disk":
            return backup.target.id == one.id
        return one.created_at is None or backup.created_at.seconds >= one.created_at

    in_grace = [backup for backup in backups if not backup.marked_for_delete and backup.created_at.seconds >= since]
    for one in eligible.values():
        fresh = [backup for backup in in_grace if covers(backup, one) and backup.built]
        running = {backup.id for backup in in_grace if covers(backup, one) and not backup.built}
        if one.id in plan.unserved:
            assert not fresh and not running
        else:
            assert fresh or running & plan.joined
    assert all(not backup.built for backup in backups if backup.id in plan.joined)
    assert VM_ID not in plan.unserved
