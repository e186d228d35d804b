# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On generated clouds, lost, refused or damaged evidence improves nothing."""

from __future__ import annotations

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._assessment.state import FLAGS, STATES
from ansible_collections.community.onapp.plugins.module_utils._checks.run import run_checks
from ansible_collections.community.onapp.plugins.module_utils._compliance.report import heat_map
from ansible_collections.community.onapp.plugins.module_utils._fields import Instant
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.module_utils._records import EVIDENCE, RecoveryPoint, Schedule, Target
from ansible_collections.community.onapp.tests.unit.plugins.module_utils._assessment import test_state
from ansible_collections.community.onapp.tests.unit.plugins.module_utils._assessment.test_state_properties import (
    HOUR,
    NOW,
    VM_ID,
    backups,
    holds_for,
    instants,
    is_past_grace,
    targets,
)
from ansible_collections.community.onapp.tests.unit.plugins.module_utils._assessment.test_state_properties import (
    clouds as any_clouds,
)
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import (
    assess,
    comparable,
    disk,
    facts_of,
    plugin_point,
    point,
    schedule,
    vm,
)
from hypothesis import strategies as st

GOOD = ("pass", "insufficient_data", "not_applicable", "exempt")
REFUSED = dict.fromkeys(EVIDENCE, "That is forbidden.")
recovery_points = st.lists(
    st.builds(
        RecoveryPoint,
        id=st.integers(1, 6),
        virtual_machine_id=st.sampled_from([VM_ID, None]),
        resource_id=st.none(),
        state=st.sampled_from(["built", "built", "Available", "merging", None]),
        size=st.none(),
        created_at=instants,
        updated_at=st.none(),
        unreadable=st.sampled_from([(), (), (), (), ("state",)]),
    ),
    max_size=5,
)
schedules = st.lists(
    st.builds(
        Schedule,
        id=st.integers(1, 6),
        target=targets,
        action=st.sampled_from(["autobackup", "autobackup", None, "start"]),
        period=st.just("days"),
        duration=st.just(1),
        rotation_period=st.none(),
        start_at=st.none(),
        status=st.sampled_from(["enabled", "enabled", "disabled", None]),
        failure_count=st.sampled_from([0, 0, None, 3]),
        unreadable=st.sampled_from([(), (), (), ("status",)]),
    ),
    max_size=4,
)
# Most generated clouds are not protected, so some have a recent backup of the only disk.
protected = st.tuples(
    st.just(vm()),
    st.just([disk()]),
    st.lists(backups, max_size=3).map(lambda others: [point(50, HOUR), *others]),
    st.sampled_from([parse_policy(None), parse_policy({"defaults": {"min_copies": 1, "retention": None}})]),
)
clouds = st.one_of(any_clouds, protected)
transactions = st.sampled_from([None, None, "complete", "running", "failed", "cancelled"])
damages = st.sampled_from(
    [
        {"state": "merging"},
        {"state": None, "unreadable": ("state",)},
        {"created_at": Instant(None, "missing")},
        {"created_at": Instant(NOW + 10**6, None)},
        {"created_at": Instant(NOW - 10**7, None)},
    ]
)


def assess_and_check(cloud, evidence=(), **more):
    """The assessment and the statuses of the checks, with assertions for every assessment."""
    machine, its_disks, its_backups, policy = cloud
    found = assess(machine, its_disks, its_backups, policy, NOW, evidence=evidence, **more)
    assert found.state in STATES
    assert found.reasons
    assert list(found.flags) == [flag for flag in FLAGS if flag in found.flags]
    facts = found.as_facts(NOW)
    assert all(("source_recovery_point_id" in disk) == ("recovery_points" in evidence) for disk in facts["disks"])
    results = {one.check: one for one in run_checks(machine, found, policy, NOW)}
    assert all(("recovery_point_ids" in one.as_facts()) == ("recovery_points" in evidence) for one in results.values())
    assert (("plan" in results) and ("schedule_failures" in results)) == ("schedules" in evidence)
    if found.evidence is not None and found.state not in ("unknown", "not_applicable"):
        heat_map(found.evidence)
    return found, {check: one.status in GOOD for check, one in results.items()}


def with_transactions(cloud, statuses):
    """The cloud with transactions of some attempts."""
    machine, its_disks, its_backups, policy = cloud
    known = [
        backup._replace(transaction_status=status, transaction_at=NOW - 60) if backup.built is False else backup
        for backup, status in zip(its_backups, statuses, strict=False)
    ]
    return machine, its_disks, [*known, *its_backups[len(known) :]], policy


def not_better(after, before):
    """Whether no result is better than before, except results about the lost evidence."""
    return all(not good or before.get(check, True) for check, good in after.items() if check != "clock")


# One old point that the other evidence lacks makes a gap.
@hypothesis.example((vm(), [disk()], [point(50, HOUR)], parse_policy(None)), [plugin_point(1, 900 * HOUR)], [], [])
@holds_for(clouds, recovery_points, schedules, st.lists(transactions, max_size=8))
def test_refused_evidence(cloud, points, its_schedules, statuses):
    plain, plain_good = assess_and_check(cloud)
    full, full_good = assess_and_check(
        with_transactions(cloud, statuses), EVIDENCE, recovery_points=points, schedules=its_schedules
    )
    lost, lost_good = assess_and_check(cloud, EVIDENCE, unread=REFUSED)
    assert (lost.state == "protected") == (plain.state == "protected")
    assert lost.state in ("protected", "unknown")
    assert not_better(lost_good, plain_good)
    assert not {flag for flag in lost.flags if flag not in plain.flags}
    # A disk in grace is not eligible until it has a point, which can be too old.
    machine, its_disks = cloud[:2]
    if all(disk.is_swap or is_past_grace(machine, disk) for disk in its_disks):
        assert full.state == "protected" or lost.state != "protected"
        assert not_better(lost_good, {**full_good, "attempt": True})


@holds_for(clouds, recovery_points, schedules, damages, st.integers(0, 4))
def test_damaged_or_missing_recovery_points(cloud, points, its_schedules, damage, place):
    hypothesis.assume(points)
    machine, its_disks = cloud[:2]
    hypothesis.assume(all(disk.is_swap or is_past_grace(machine, disk) for disk in its_disks))
    kinds, place = ("recovery_points", "schedules"), place % len(points)
    # A time does not damage a point that has none in one of its rows, or one in the future.
    times = [point.created_at.seconds for point in points if point.id == points[place].id]
    hypothesis.assume("created_at" not in damage or all(time is not None and time <= NOW for time in times))
    given = {"schedules": its_schedules}
    before = facts_of(assess_and_check(cloud, kinds, recovery_points=points, **given)[0])
    # Rows with the same id count as the one with less evidence.
    others = [point for point in points if point.id != points[place].id]
    for less in (others, [*others, points[place]._replace(**damage)]):
        after = facts_of(assess_and_check(cloud, kinds, recovery_points=less, **given)[0])
        was_readable = not any(point.unreadable for point in points)
        assert after.state != "protected" or before.state == "protected" or not was_readable
        if before.copies is not None and after.copies is not None and was_readable:
            assert after.copies <= before.copies


@holds_for(clouds, st.lists(transactions, min_size=1, max_size=8))
def test_transactions_change_only_causes_of_an_age(cloud, statuses):
    before, _good = assess_and_check(cloud)
    after, _good = assess_and_check(with_transactions(cloud, statuses), ("transactions",))
    assert after.state == before.state or (before.state, after.state) == ("stale", "failing")
    assert facts_of(before).copies == facts_of(after).copies
    assert ("attempt_failed" in after.flags or "attempt_stuck" in after.flags) or after.state != "failing"


@holds_for(clouds, schedules)
def test_schedules_change_no_state(cloud, its_schedules):
    before, good = assess_and_check(cloud)
    after, more = assess_and_check(cloud, ("schedules",), schedules=its_schedules)
    assert (before.state, before.reasons) == (after.state, after.reasons)
    assert set(after.flags) - {"unscheduled"} == set(before.flags)
    assert {check: more[check] for check in good} == good


@holds_for(clouds, recovery_points, st.randoms(use_true_random=False))
def test_order_and_repeated_rows(cloud, points, random):
    shuffled = points * 2
    random.shuffle(shuffled)
    kinds = ("recovery_points",)
    one, other = (assess_and_check(cloud, kinds, recovery_points=those)[0] for those in (points, shuffled))
    assert facts_of(one) == facts_of(other)


@holds_for(clouds, backups)
def test_unused_evidence(cloud, backup):
    machine, its_disks, its_backups, policy = cloud
    more = {"recovery_points": [plugin_point(5, 60)], "schedules": [], "unread": {}}
    (found, statuses), (plain, plain_statuses) = assess_and_check(cloud, (), **more), assess_and_check(cloud)
    assert comparable(found) == comparable(plain)
    assert statuses == plain_statuses


@pytest.mark.parametrize("name", [*test_state.VECTORS, *test_state.FLAG_CASES])
def test_unrequested_evidence(name):
    """Records of evidence that was not requested change no fact and no result."""
    if name in test_state.VECTORS:
        its_disks, its_backups = test_state.VECTORS[name][:2]
        given = {"disks": its_disks, "backups": its_backups}
    else:
        given = test_state.FLAG_CASES[name][0]
    policy = parse_policy(given.get("policy"))
    machine = given.get("machine") or test_state.vm()
    its_disks, its_backups = given.get("disks", test_state.ONE_DISK), given.get("backups", ())
    problems = given.get("problems", ())
    plain = assess(machine, its_disks, its_backups, policy, NOW, problems)
    more = {"recovery_points": [plugin_point(5, 60)], "schedules": [schedule(1, Target("Disk", 1), failure_count=3)]}
    found = assess(machine, its_disks, its_backups, policy, NOW, problems, evidence=(), **more)
    assert found.as_facts(NOW) == plain.as_facts(NOW)
    results = [one.as_facts() for one in run_checks(machine, found, policy, NOW)]
    assert results == [one.as_facts() for one in run_checks(machine, plain, policy, NOW)]
    assert not {"plan", "schedule_failures"} & {one["check"] for one in results}
