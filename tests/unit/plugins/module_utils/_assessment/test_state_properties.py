# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Properties of every assessment, over generated VMs.

Times and ids are drawn from few values, so that ties, boundaries and doubled rows are common.
"""

from __future__ import annotations

import hypothesis
from ansible_collections.community.onapp.plugins.module_utils._assessment.state import FLAGS, STATES
from ansible_collections.community.onapp.plugins.module_utils._fields import Instant
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.module_utils._records import Backup, Disk, Target, VirtualMachine
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import assess, facts_of
from hypothesis import strategies as st

NOW = 1774850400
HOUR = 3600
SKEW = 300
VM_ID = 42

# Around each limit of the policy, on both sides of now.
AGES = [
    -48 * HOUR,
    -SKEW - 1,
    -SKEW,
    -1,
    0,
    HOUR,
    12 * HOUR,
    12 * HOUR + 1,
    20 * HOUR,
    24 * HOUR - 1,
    24 * HOUR,
    26 * HOUR,
    26 * HOUR + 1,
    40 * HOUR,
    900 * HOUR,
]
created = st.one_of(st.none(), st.sampled_from(AGES).map(lambda age: NOW - age))
instants = st.one_of(
    st.sampled_from([Instant(None, "missing"), Instant(None, "unparsable")]),
    st.builds(
        lambda age, problem: Instant(NOW - age, problem), st.sampled_from(AGES), st.sampled_from([None, "no_offset"])
    ),
    st.sampled_from(AGES).map(lambda age: Instant(NOW - age, None)),
)
mostly_true = st.sampled_from([True, True, True, False, None])
mostly_false = st.sampled_from([False, False, False, True])
machines = st.builds(
    VirtualMachine,
    unreadable=st.just(()),
    suspended=st.none(),
    locked=st.none(),
    hypervisor_id=st.none(),
    template_label=st.none(),
    support_incremental_backups=st.none(),
    ip_addresses=st.just(()),
    id=st.just(VM_ID),
    identifier=st.none(),
    label=st.none(),
    hostname=st.none(),
    built=mostly_true,
    booted=mostly_true,
    user_id=st.none(),
    template_id=st.none(),
    operating_system=st.none(),
    operating_system_distro=st.none(),
    created_at=created,
)
disks = st.builds(
    Disk,
    unreadable=st.just(()),
    id=st.integers(1, 3),
    virtual_machine_id=st.sampled_from([VM_ID, VM_ID, None, 43]),
    identifier=st.none(),
    label=st.none(),
    is_swap=mostly_false,
    created_at=created,
)
targets = st.one_of(
    st.builds(Target, st.just("Disk"), st.sampled_from([1, 1, 2, 3, 99, None])),
    st.builds(Target, st.just("VirtualMachine"), st.sampled_from([VM_ID, VM_ID, None, 43])),
    st.builds(Target, st.just("Cluster"), st.sampled_from([1, VM_ID, None])),
)
backups = st.builds(
    Backup,
    unreadable=st.just(()),
    id=st.integers(1, 12),
    backup_type=st.sampled_from(["normal", "incremental"]),
    target=targets,
    created_at=instants,
    built_at=instants,
    built=mostly_true,
    marked_for_delete=mostly_false,
    locked=mostly_false,
    size=st.sampled_from([None, 0, 1, 1000]),
    backup_server_id=st.sampled_from([None, 1, 2]),
    initiated=st.sampled_from([None, "days", "manual"]),
)
policies = st.builds(
    lambda age_from, powered_off: parse_policy(
        {"clock": {"age_from": age_from}, "scope": {"powered_off": powered_off}}
    ),
    st.sampled_from(["created_at", "built_at"]),
    st.sampled_from(["include", "include", "exclude"]),
)
clouds = st.tuples(machines, st.lists(disks, max_size=4), st.lists(backups, max_size=8), policies)
clouds_of_single_rows = st.tuples(
    machines,
    st.lists(disks, max_size=4, unique_by=lambda disk: disk.id),
    st.lists(backups, max_size=8, unique_by=lambda backup: backup.id),
    policies,
)


def holds_for(*strategies):
    """A property without a deadline, because machines can be slow."""
    return lambda test: hypothesis.settings(deadline=None, database=None)(hypothesis.given(*strategies)(test))


def assessed_cloud(cloud, problems=()):
    machine, its_disks, its_backups, policy = cloud
    return facts_of(assess(machine, its_disks, its_backups, policy, NOW, problems))


def usable_time(backup, policy):
    """The data time of a usable point by the specification, None if it is not usable."""
    created, built = backup.created_at.seconds, backup.built_at.seconds
    time = built if policy.clock.age_from == "built_at" and built is not None else created
    sound = created is not None and created <= NOW + SKEW and time <= NOW + SKEW
    return time if backup.built is True and not backup.marked_for_delete and sound else None


def is_past_grace(machine, disk):
    created = machine.created_at if disk.created_at is None else disk.created_at
    return created is None or created > NOW + SKEW or NOW - created >= 24 * HOUR


def newest_of(machine, disk, its_backups, policy):
    """The time of the newest usable point that covers a disk by the specification, None if there is none."""
    times = []
    for backup in its_backups:
        time, target = usable_time(backup, policy), backup.target
        of_disk = target == ("Disk", disk.id)
        of_vm = target.kind == "VirtualMachine" and target.id in (None, machine.id)
        if of_vm and disk.created_at is not None and time is not None:
            of_vm = disk.created_at <= backup.created_at.seconds
        if time is not None and (of_disk or of_vm):
            times.append(time)
    return max(times, default=None)


def eligible(cloud):
    machine, its_disks = cloud[:2]
    return [disk for disk in its_disks if not disk.is_swap and disk.virtual_machine_id in (None, machine.id)]


@holds_for(clouds)
def test_one_known_state_with_a_reason(cloud):
    found = assessed_cloud(cloud)
    assert found.state in STATES
    assert found.reasons
    assert all(isinstance(reason, str) and reason for reason in found.reasons)
    assert list(found.flags) == [flag for flag in FLAGS if flag in found.flags]


@holds_for(clouds, st.randoms(use_true_random=False))
def test_order_of_records(cloud, random):
    machine, its_disks, its_backups, policy = cloud
    shuffled_disks, shuffled_backups = list(its_disks), list(its_backups)
    random.shuffle(shuffled_disks)
    random.shuffle(shuffled_backups)
    assert assessed_cloud((machine, shuffled_disks, shuffled_backups, policy)) == assessed_cloud(cloud)


@holds_for(clouds)
def test_repeated_rows(cloud):
    machine, its_disks, its_backups, policy = cloud
    assert assessed_cloud((machine, its_disks * 2, its_backups * 2, policy)) == assessed_cloud(cloud)


@holds_for(clouds_of_single_rows)
def test_protected_means_that_every_disk_has_a_recent_point(cloud):
    machine, _disks, its_backups, policy = cloud
    found = assessed_cloud(cloud)
    if found.state != "protected":
        return
    assert machine.built is True
    assert 0 <= found.age_seconds <= policy.defaults.rpo
    newest = [(disk, newest_of(machine, disk, its_backups, policy)) for disk in eligible(cloud)]
    assert any(time is not None for disk, time in newest)
    for disk, time in newest:
        if time is None:
            assert not is_past_grace(machine, disk)
        else:
            assert NOW - time <= policy.defaults.rpo


@holds_for(clouds_of_single_rows)
def test_state_by_the_specification(cloud):
    """The table of states, implemented independently without indexes and shortcuts."""
    machine, its_disks, its_backups, policy = cloud
    newest = {disk.id: newest_of(machine, disk, its_backups, policy) for disk in eligible(cloud)}
    uncovered = [disk for disk in eligible(cloud) if newest[disk.id] is None]
    found = assessed_cloud(cloud)
    own = [disk for disk in its_disks if disk.virtual_machine_id in (None, machine.id)]
    if machine.built is None or (machine.built and not own):
        expected = "unknown"
    elif not machine.built or not newest or (machine.booted is False and policy.scope.powered_off == "exclude"):
        expected = "not_applicable"
    elif any(is_past_grace(machine, disk) for disk in uncovered):
        expected = "unprotected"
    elif len(uncovered) == len(newest):
        expected = "pending"
    elif NOW - min(time for time in newest.values() if time is not None) <= policy.defaults.rpo:
        expected = "protected"
    else:
        expected = "failing" if "attempt_stuck" in found.flags else "stale"
    last = max(its_backups, key=lambda backup: backup.id, default=None)
    if last is not None and expected != "protected":
        sound = usable_time(last._replace(built=True, marked_for_delete=False), policy) is not None
        expected = expected if sound else "unknown"
    assert found.state == expected


@holds_for(clouds)
def test_problems_are_always_unknown(cloud):
    found = assessed_cloud(cloud, problems=["the list of backups is not whole"])
    assert (found.state, found.reasons) == ("unknown", ["the list of backups is not whole"])


@holds_for(clouds, st.booleans(), st.booleans())
def test_unread_data_is_always_unknown(cloud, no_disks, no_backups):
    machine, its_disks, its_backups, policy = cloud
    partial = (machine, None if no_disks else its_disks, None if no_backups else its_backups, policy)
    if no_disks or no_backups:
        assert assessed_cloud(partial).state == "unknown"


@holds_for(clouds, backups, st.integers(SKEW + 1, 10**9), st.integers(0, 30))
def test_backup_from_the_future_improves_nothing(cloud, backup, ahead, number):
    machine, its_disks, its_backups, policy = cloud
    hypothesis.assume(number not in {other.id for other in its_backups})
    dated = backup._replace(id=number, created_at=Instant(NOW + ahead, None), built_at=Instant(NOW + ahead, None))
    before, after = assessed_cloud(cloud), assessed_cloud((machine, its_disks, [*its_backups, dated], policy))
    assert after.state in (before.state, "unknown")
    assert after.age_seconds == before.age_seconds
    assert after.copies == before.copies
    assert after.total_size_bytes == before.total_size_bytes


@holds_for(clouds, backups)
def test_deleted_backup_improves_nothing(cloud, backup):
    """A mark for deletion removes evidence, even if the same backup is also listed without it."""
    machine, its_disks, its_backups, policy = cloud
    before = assessed_cloud((machine, its_disks, [*its_backups, backup], policy))
    going = backup._replace(marked_for_delete=True)
    for changed in ([*its_backups, going], [*its_backups, backup, going]):
        after = assessed_cloud((machine, its_disks, changed, policy))
        assert after.state != "protected" or before.state == "protected"


@holds_for(clouds)
def test_numbers_agree(cloud):
    found = assessed_cloud(cloud)
    if found.copies is None:
        assert found.state == "unknown"
        assert (found.total_size_bytes, found.age_seconds, found.disks) == (None, None, [])
        return
    assert (found.newest_at is None) == (found.age_seconds is None)
    assert found.age_seconds is None or found.age_seconds == max(0, NOW - found.newest_at)
    assert found.oldest_at is None or found.newest_at is None or found.oldest_at <= found.newest_at
    with_points = [disk for disk in found.disks if disk.copies]
    assert all((disk.source_backup_id is None) == (disk.newest_at is None) == (not disk.copies) for disk in found.disks)
    assert not any(disk.is_swap for disk in with_points)
    assert [disk.id for disk in found.disks] == sorted({disk.id for disk in found.disks})
    assert found.oldest_at == min((disk.oldest_at for disk in with_points), default=None)
    if found.newest_at is not None:
        assert found.newest_at == min(disk.newest_at for disk in with_points)
        assert found.copies == min(disk.copies for disk in with_points)
    else:
        assert found.copies == 0


@holds_for(clouds)
def test_flags_agree_with_the_state(cloud):
    found = assessed_cloud(cloud)
    flags = set(found.flags)
    assert "at_risk" not in flags or found.state == "protected"
    assert "single_copy" not in flags or found.copies == 1
    assert not {"single_server", "no_backup_server"} <= flags
    assert found.state != "failing" or "attempt_stuck" in flags
    assert found.state != "stale" or "attempt_stuck" not in flags
    assert "partial_coverage" not in flags or found.state in ("unprotected", "unknown", "not_applicable")
    assert "new_disk_pending" not in flags or found.state != "pending"
