# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The evidence of an assessment: the disks of a VM, their recovery points, attempts and schedules."""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import (
    Cover,
    Point,
    Survey,
    backup_of_plugin,
)
from ansible_collections.community.onapp.plugins.module_utils._assessment.history import (
    Comparison,
    Gap,
    KeptPeriods,
    compare_sizes,
    kept_periods,
    longest_gap,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import TIERS
from ansible_collections.community.onapp.plugins.module_utils._records import DISK, VIRTUAL_MACHINE, Target

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ansible_collections.community.onapp.plugins.module_utils._evidence import RecoveryPoint, Schedule
    from ansible_collections.community.onapp.plugins.module_utils._policy.limits import Rule
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Policy
    from ansible_collections.community.onapp.plugins.module_utils._records import Backup, Disk, VirtualMachine


class Evidence:
    """The evidence on a VM whose own `disks`, including swap, and backups were read, at `now` in UTC seconds.

    Times after `latest_valid` are in the future. The eligible disks (`covers`, by id) are `covered`, `pending` (in
    grace, without a point) or `uncovered` (past their grace, without a point). `latest` is the newest point of the
    `worst` disk and `age` its age in seconds, None if a disk is uncovered. `points` are the points of all disks, oldest
    first. `plugin` are the plug-in recovery points, of which `plugin_points` are usable. `stuck` and `failed` are
    attempts, oldest first, without a later usable backup of the same target; `running` is whether one is within its
    time. `schedules` are None if they were not read; `unread` says by kind of further evidence why.
    """

    def __init__(
        self,
        vm: VirtualMachine,
        disks: list[Disk],
        backups: Iterable[Backup],
        rule: Rule,
        policy: Policy,
        now: int,
        recovery_points: Sequence[RecoveryPoint],
        schedules: Sequence[Schedule] | None,
        unread: Mapping[str, str],
    ) -> None:
        self.vm = vm
        self.disks = disks
        self.rule = rule
        self.policy = policy
        self.now = now
        self.recovery_points = recovery_points
        self.schedules = schedules
        self.unread = unread
        self.latest_valid = now + policy.clock.max_skew
        self.survey = Survey(vm, backups, policy.clock, now)
        self.plugin = Survey(vm, (backup_of_plugin(vm, point) for point in recovery_points), policy.clock, now)
        self.plugin_points = sorted(point for points in self.plugin.points.values() for point in points)
        eligible = sorted((disk for disk in disks if not disk.is_swap), key=lambda disk: disk.id)
        self.covers = [self._cover(disk) for disk in eligible]
        self.covered = [cover for cover in self.covers if cover.points]
        self.pending = [cover for cover in self.covers if cover.is_pending]
        self.uncovered = [cover for cover in self.covers if not cover.points and not cover.in_grace]
        # Their only backups are in pending deletion.
        self.pending_deletion = [cover for cover in self.covers if cover.pending_deletion and not cover.points]
        self.stuck: list[Point] = []
        self.failed: list[Point] = []
        self.running = False
        self._find_attempts()
        self.worst: Disk | None = None
        self.latest: Point | None = None
        if self.covered and not self.uncovered:
            # The first by id of equally old disks, so that the order of the records does not matter.
            cover = min(self.covered, key=lambda cover: (cover.points[-1].time, cover.disk.id))
            self.worst, self.latest = cover.disk, cover.points[-1]
        self.age = None if self.latest is None else max(0, now - self.latest.time)
        self.copies = 0 if self.uncovered else min((len(cover.points) for cover in self.covered), default=0)
        once = {(point.is_plugin, point.id): point for cover in self.covered for point in cover.points}
        self.points = sorted(once.values())

    @property
    def from_future(self) -> list[int | None]:
        """Ids of disks that were created in the future, None for the VM itself."""
        created: list[tuple[int | None, int | None]] = [(None, self.vm.created_at)]
        created += [(disk.id, disk.created_at) for disk in self.disks]
        return [number for number, seconds in created if seconds is not None and seconds > self.latest_valid]

    @property
    def zone_assumed(self) -> bool:
        """Whether a plug-in recovery point has a time without a zone, and the policy does not set the zone."""
        is_naive = any(point.created_at.problem == "no_offset" for point in self.recovery_points)
        return is_naive and self.policy.clock.naive_as is None

    @property
    def unscheduled(self) -> list[Disk]:
        """Eligible disks without an enabled schedule, except those whose newest point is a plug-in's."""
        planned = {schedule.target for schedule in self.schedules or () if schedule.is_enabled}
        if self.schedules is None or Target(VIRTUAL_MACHINE, self.vm.id) in planned:
            return []
        return [
            cover.disk
            for cover in self.covers
            if Target(DISK, cover.disk.id) not in planned and not (cover.points and cover.points[-1].is_plugin)
        ]

    @functools.cached_property
    def kept(self) -> dict[str, dict[int, KeptPeriods]]:
        """The kept periods by tier of the rule's retention and by id of the disk; pending disks are not included."""
        found = {}
        for name in TIERS:
            tier = getattr(self.rule.retention, name, None)
            if tier is not None:
                covers = (cover for cover in self.covers if not cover.is_pending)
                found[name] = {cover.disk.id: kept_periods(self, name, tier, cover) for cover in covers}
        return found

    @functools.cached_property
    def gaps(self) -> dict[int, Gap]:
        """The longest gap of each covered disk by its id, if the rule limits gaps."""
        limits = self.rule.max_gap
        return {} if limits is None else {cover.disk.id: longest_gap(self, limits, cover) for cover in self.covered}

    @functools.cached_property
    def sizes(self) -> dict[int, Comparison]:
        """The comparisons of sizes by id of the disk, if the rule limits sizes; disks without one are not included."""
        limits = self.rule.size
        found = {} if limits is None else {cover.disk.id: compare_sizes(cover, limits) for cover in self.covered}
        return {disk: comparison for disk, comparison in found.items() if comparison is not None}

    def _cover(self, disk: Disk) -> Cover:
        """The points of a disk: its own backups, and those of the VM and of plug-ins recorded no earlier than it."""
        own, whole = Target(DISK, disk.id), Target(VIRTUAL_MACHINE, self.vm.id)

        def since(points: list[Point]) -> list[Point]:
            return [point for point in points if disk.created_at is None or point.recorded >= disk.created_at]

        vm_points = since(self.survey.points.get(whole, []) + self.plugin_points)
        # A disk without a creation time is as old as its VM. With a time in the future it would be in grace for ever.
        created = self.vm.created_at if disk.created_at is None else disk.created_at
        if created is not None and created > self.latest_valid:
            created = None
        marked = self.survey.pending_deletion
        return Cover(
            disk=disk,
            points=sorted(self.survey.points.get(own, []) + vm_points),
            created=created,
            in_grace=created is not None and self.now - created < self.rule.new_vm_grace,
            assumed=disk.created_at is None and bool(vm_points),
            pending_deletion=marked.get(own, []) + since(marked.get(whole, [])),
        )

    def is_running(self, attempt: Point) -> bool:
        """Whether an attempt has neither failed nor taken longer than `build_timeout`."""
        return self.now - attempt.recorded <= self.rule.build_timeout and not attempt.backup.has_failed

    def _find_attempts(self) -> None:
        """Set `stuck`, `failed` and `running`."""
        for target in (Target(VIRTUAL_MACHINE, self.vm.id), *(Target(DISK, cover.disk.id) for cover in self.covers)):
            usable = self.survey.points.get(target, ())
            done = max(((point.recorded, point.id) for point in usable), default=None)
            for attempt in self.survey.attempts.get(target, ()):
                if self.is_running(attempt):
                    self.running = True
                elif done is None or (attempt.recorded, attempt.id) > done:
                    (self.failed if attempt.backup.has_failed else self.stuck).append(attempt)
        self.stuck.sort()
        self.failed.sort()
