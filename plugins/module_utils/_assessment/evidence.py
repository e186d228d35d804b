# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The evidence of an assessment: the disks of a VM, their recovery points, attempts and schedules."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import (
    backup_of_plugin,
    cover_disk,
    find_attempts,
    survey_backups,
)
from ansible_collections.community.onapp.plugins.module_utils._evidence import RECOVERY_POINTS, SCHEDULES
from ansible_collections.community.onapp.plugins.module_utils._records import (
    DISK,
    VIRTUAL_MACHINE,
    Target,
    unreadable_fields,
)

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import Cover, Point, Survey
    from ansible_collections.community.onapp.plugins.module_utils._evidence import RecoveryPoint, Schedule
    from ansible_collections.community.onapp.plugins.module_utils._policy.limits import Rule
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Policy
    from ansible_collections.community.onapp.plugins.module_utils._records import Backup, Disk, VirtualMachine


class MoreEvidence(t.NamedTuple):
    """Evidence besides disks and backups: the `kinds` of the option `evidence`, and their records.

    `unread` has the reason by kind if records could not be read. Records of such a kind, and of other kinds, are None.
    """

    kinds: tuple[str, ...]
    recovery_points: Sequence[RecoveryPoint] | None
    schedules: Sequence[Schedule] | None
    unread: Mapping[str, str]


class Evidence(t.NamedTuple):
    """The evidence on a VM at `now`; `disks` are all its own, including swap. Times after `latest_valid` are in the
    future.

    The eligible disks (`covers`, by id) are `covered`, `pending` (in grace, without a point) or `uncovered` (past their
    grace, without a point). `latest` is the newest point of the `worst` disk, None if a disk is uncovered. `points` are
    the points of all disks, oldest first. `plugin` are the plug-in recovery points, of
    which `plugin_points` are usable.
    """

    vm: VirtualMachine
    disks: list[Disk]
    rule: Rule
    policy: Policy
    now: int
    latest_valid: int
    survey: Survey
    plugin: Survey
    plugin_points: list[Point]
    covers: list[Cover]
    covered: list[Cover]
    pending: list[Cover]
    uncovered: list[Cover]
    stuck: list[Point]
    failed: list[Point]
    running: bool
    worst: Disk | None
    latest: Point | None
    age: int | None
    copies: int
    points: list[Point]
    more: MoreEvidence

    @property
    def from_future(self) -> list[int | None]:
        """Ids of disks that were created in the future, None for the VM itself."""
        created: list[tuple[int | None, int | None]] = [(None, self.vm.created_at)]
        created += [(disk.id, disk.created_at) for disk in self.disks]
        return [number for number, seconds in created if seconds is not None and seconds > self.latest_valid]

    @property
    def zone_assumed(self) -> bool:
        """Whether a plug-in recovery point has a time without a zone, and the policy does not set the zone."""
        points = self.more.recovery_points or ()
        return self.policy.clock.naive_as is None and any(one.created_at.problem == "no_offset" for one in points)

    @property
    def unscheduled(self) -> list[Disk]:
        """Eligible disks without an enabled schedule, except those whose newest point is a plug-in's."""
        if self.more.schedules is None:
            return []
        planned = {schedule.target for schedule in self.more.schedules if schedule.is_enabled}
        if Target(VIRTUAL_MACHINE, self.vm.id) in planned:
            return []
        return [
            cover.disk
            for cover in self.covers
            if Target(DISK, cover.disk.id) not in planned and not (cover.points and cover.points[-1].is_plugin)
        ]


def more_evidence(
    kinds: Iterable[str],
    recovery_points: Sequence[RecoveryPoint] | None,
    schedules: Sequence[Schedule] | None,
    unread: Mapping[str, str],
) -> MoreEvidence:
    """The evidence of some `kinds`; a kind with any unreadable record counts as not read."""
    why = dict(unread)
    for kind, name, records in (
        (RECOVERY_POINTS, "recovery point", recovery_points),
        (SCHEDULES, "schedule", schedules),
    ):
        if kind in kinds and kind not in why:
            problems = ["there is no list of them"] if records is None else unreadable_fields(name, records)
            why.update((kind, text) for text in problems[:1])
    read = {kind for kind in kinds if kind not in why}
    return MoreEvidence(
        tuple(kinds),
        recovery_points if RECOVERY_POINTS in read else None,
        schedules if SCHEDULES in read else None,
        why,
    )


def build_evidence(
    vm: VirtualMachine,
    disks: list[Disk],
    backups: Iterable[Backup],
    rule: Rule,
    policy: Policy,
    now: int,
    more: MoreEvidence,
) -> Evidence:
    """The evidence on a VM whose own `disks` and backups were read, at `now` in UTC seconds."""
    survey = survey_backups(vm, backups, policy.clock, now)
    plugin_backups = [backup_of_plugin(vm, point) for point in more.recovery_points or ()]
    plugin = survey_backups(vm, plugin_backups, policy.clock, now)
    plugin_points = sorted(point for points in plugin.points.values() for point in points)
    latest_valid = now + policy.clock.max_skew
    eligible = sorted((disk for disk in disks if not disk.is_swap), key=lambda disk: disk.id)
    covers = [cover_disk(disk, vm, survey, plugin_points, rule, now, latest_valid) for disk in eligible]
    covered = [cover for cover in covers if cover.points]
    uncovered = [cover for cover in covers if not cover.points and not cover.in_grace]
    stuck, failed, running = find_attempts(vm, covers, survey, rule, now)
    # The first by id of equally old disks, so that the order of the records does not matter.
    latest, worst = min(
        ((cover.points[-1], cover.disk) for cover in covered if not uncovered),
        key=lambda pair: (pair[0].time, pair[1].id),
        default=(None, None),
    )
    return Evidence(
        vm=vm,
        disks=disks,
        rule=rule,
        policy=policy,
        now=now,
        latest_valid=latest_valid,
        survey=survey,
        plugin=plugin,
        plugin_points=plugin_points,
        covers=covers,
        covered=covered,
        pending=[cover for cover in covers if cover.is_pending],
        uncovered=uncovered,
        stuck=stuck,
        failed=failed,
        running=running,
        worst=worst,
        latest=latest,
        age=None if latest is None else max(0, now - latest.time),
        copies=0 if uncovered else min((len(cover.points) for cover in covered), default=0),
        points=sorted({(point.is_plugin, point.id): point for cover in covered for point in cover.points}.values()),
        more=more,
    )
