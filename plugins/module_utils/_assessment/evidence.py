# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The evidence of an assessment: the disks of a VM, their recovery points over time, attempts and schedules."""

from __future__ import annotations

import dataclasses
import functools
import statistics
import typing as t
from collections.abc import Iterable, Mapping, Sequence

from .. import _records
from .._policy import catalogue
from .._policy.calendar import completed_periods, period_of
from . import coverage

if t.TYPE_CHECKING:
    from .._policy import rules
    from .._policy.calendar import Period
    from .._policy.policy import Policy

MOST_SAMPLES = 10


class KeptPeriods(t.NamedTuple):
    """The completed periods of a tier, oldest first, with whether a disk holds a point in each: None for periods that
    began before the disk was created.

    The disk existed in `known` of them, and holds points of `held`; `is_short` if the tier requires more.
    `truncated_at` is the time of the oldest point if an earlier period is missing: its points may have been rotated.
    """

    periods: list[tuple[Period, bool | None]]
    points: tuple[coverage.Point, ...]
    truncated_at: int | None
    held: int
    known: int
    is_short: bool


class Gap(t.NamedTuple):
    """The longest time between two consecutive points within the window, None without two points.

    `truncated_at` is the time of the oldest point if the window reaches back further: earlier gaps are unknown.
    """

    seconds: int | None
    points: tuple[coverage.Point, ...]
    truncated_at: int | None
    is_too_long: bool


class Comparison(t.NamedTuple):
    """The newest normal backup of a disk, up to 10 `earlier` ones of known size, newest first, and their median in kB.

    `shrank` and `grew`: by more than the rule allows; `is_critical`: shrank below its `shrink_critical`.
    """

    newest: coverage.Point
    earlier: tuple[coverage.Point, ...]
    median: float | None
    shrank: bool
    is_critical: bool
    grew: bool


@dataclasses.dataclass(eq=False)
class Evidence:
    """The evidence on a VM whose own `disks`, including swap, and backups were read, at `now` in UTC seconds.

    Times after `latest_valid` are in the future. The eligible disks (`covers`, by id) are `covered`, `pending` (in
    grace, without a point) or `uncovered` (past their grace, without a point). `latest` is the newest point of the
    `worst` disk and `age` its age in seconds, None if a disk is uncovered. `points` are the points of all disks, oldest
    first, `backups` those that are backups, and `servers` the backup servers of these, None for one without a server.
    `plugin` are the plug-in recovery points, of which `plugin_points` are usable. `stuck` and `failed` are attempts,
    oldest first, without a later usable backup of the same target; `running` is whether one is within its time.
    `schedules` are None if they were not read; `unread` says by kind of further evidence why.
    """

    vm: _records.VirtualMachine
    disks: list[_records.Disk]
    all_backups: dataclasses.InitVar[Iterable[_records.Backup]]
    rule: rules.Rule
    policy: Policy
    now: int
    recovery_points: Sequence[_records.RecoveryPoint]
    schedules: Sequence[_records.Schedule] | None
    unread: Mapping[str, str]

    def __post_init__(self, all_backups: Iterable[_records.Backup]) -> None:
        clock, now = self.policy.clock, self.now
        plugin_backups = (coverage.backup_of_plugin(self.vm, point) for point in self.recovery_points)
        self.latest_valid = now + clock.max_skew
        self.survey = coverage.Survey(self.vm, all_backups, clock, now)
        self.plugin = coverage.Survey(self.vm, plugin_backups, clock, now)
        self.plugin_points = sorted(point for points in self.plugin.points.values() for point in points)
        eligible = sorted((disk for disk in self.disks if not disk.is_swap), key=lambda disk: disk.id)
        self.covers = [self._cover(disk) for disk in eligible]
        self.covered = [cover for cover in self.covers if cover.points]
        self.pending = [cover for cover in self.covers if cover.is_pending]
        self.uncovered = [cover for cover in self.covers if not cover.points and not cover.in_grace]
        # Their only backups are in pending deletion.
        self.pending_deletion = [cover for cover in self.covers if cover.pending_deletion and not cover.points]
        self.stuck: list[coverage.Point] = []
        self.failed: list[coverage.Point] = []
        self.running = False
        self._find_attempts()
        self.worst: _records.Disk | None = None
        self.latest: coverage.Point | None = None
        if self.covered and not self.uncovered:
            # The first by id of equally old disks, so that the order of the records does not matter.
            cover = min(self.covered, key=lambda cover: (cover.points[-1].time, cover.disk.id))
            self.worst, self.latest = cover.disk, cover.points[-1]
        self.age = None if self.latest is None else max(0, now - self.latest.time)
        self.copies = 0 if self.uncovered else min((len(cover.points) for cover in self.covered), default=0)
        # Covers share the points of the VM.
        self.points = sorted({id(point): point for cover in self.covered for point in cover.points}.values())
        self.backups = [point for point in self.points if not point.is_plugin] if self.plugin_points else self.points
        self.servers = {point.backup.backup_server_id for point in self.backups}

    @property
    def from_future(self) -> list[int | None]:
        """Ids of disks that were created in the future, None for the VM itself."""
        created: list[tuple[int | None, int | None]] = [(None, self.vm.created_at)]
        created += [(disk.id, disk.created_at) for disk in self.disks]
        return [number for number, seconds in created if seconds is not None and seconds > self.latest_valid]

    @property
    def unscheduled(self) -> list[_records.Disk]:
        """Eligible disks without an enabled schedule, except those whose newest point is a plug-in's."""
        planned = {schedule.target for schedule in self.schedules or () if schedule.is_enabled}
        if self.schedules is None or _records.Target(_records.VIRTUAL_MACHINE, self.vm.id) in planned:
            return []
        return [
            cover.disk
            for cover in self.covers
            if _records.Target(_records.DISK, cover.disk.id) not in planned
            and not (cover.points and cover.points[-1].is_plugin)
        ]

    @functools.cached_property
    def kept(self) -> dict[str, dict[int, KeptPeriods]]:
        """The kept periods by tier of the rule's retention and by id of the disk; pending disks are not included."""
        found = {}
        for name in catalogue.TIERS:
            tier = getattr(self.rule.retention, name, None)
            if tier is not None:
                covers = (cover for cover in self.covers if not cover.is_pending)
                found[name] = {cover.disk.id: self._kept_periods(name, tier, cover) for cover in covers}
        return found

    @functools.cached_property
    def gaps(self) -> dict[int, Gap]:
        """The longest gap of each covered disk by its id, if the rule limits gaps."""
        limits = self.rule.max_gap
        return {} if limits is None else {cover.disk.id: self._longest_gap(limits, cover) for cover in self.covered}

    @functools.cached_property
    def sizes(self) -> dict[int, Comparison]:
        """The comparisons of sizes by id of the disk, if the rule limits sizes; disks without one are not included."""
        limits = self.rule.size
        found = {} if limits is None else {cover.disk.id: _compare_sizes(cover, limits) for cover in self.covered}
        return {disk: comparison for disk, comparison in found.items() if comparison is not None}

    def _kept_periods(self, name: str, tier: rules.Tier, cover: coverage.Cover) -> KeptPeriods:
        """The completed periods of the tier `name` of which a disk still holds a recovery point."""
        calendar = self.policy.calendar
        periods = completed_periods(name, calendar.day_of(self.now), tier.periods)
        is_strict = self.rule.retention is not None and self.rule.retention.tier_strict
        earliest = calendar.day_start(periods[0].first) if periods else self.now
        holding: dict[str, coverage.Point] = {}
        for point in cover.points:
            if point.time >= earliest and (not is_strict or point.backup.initiated == catalogue.TIERS[name]):
                holding[period_of(name, calendar.day_of(point.time)).name] = point
        oldest = cover.points[0].time if cover.points else None
        found: list[tuple[Period, bool | None]] = []
        is_truncated = False
        for period in periods:
            starts = calendar.day_start(period.first)
            held = period.name in holding or (False if cover.created is None or cover.created <= starts else None)
            is_truncated |= held is False and oldest is not None and starts < oldest
            found.append((period, held))
        points = tuple(holding[period.name] for period in periods if period.name in holding)
        known = [held for _period, held in found if held is not None]
        # For younger disks the number is scaled down proportionally, and rounded up.
        is_short = sum(known) * tier.periods < tier.held * len(known)
        return KeptPeriods(found, points, oldest if is_truncated else None, sum(known), len(known), is_short)

    def _longest_gap(self, limits: rules.MaxGap, cover: coverage.Cover) -> Gap:
        """The longest gap of a disk that has points.

        An interval that begins before the window counts with its full length. The time since the newest point is its
        age, not a gap.
        """
        begins = self.now - limits.window
        seconds: int | None = None
        points: tuple[coverage.Point, ...] = (cover.points[-1],)
        for before, after in zip(cover.points, cover.points[1:]):
            if after.time > begins and (seconds is None or after.time - before.time > seconds):
                seconds, points = after.time - before.time, (before, after)
        oldest = cover.points[0].time
        first_due = begins if cover.created is None else max(begins, cover.created + self.policy.scope.new_vm_grace)
        is_too_long = seconds is not None and seconds > limits.limit
        return Gap(seconds, points, oldest if oldest > first_due else None, is_too_long)

    def _cover(self, disk: _records.Disk) -> coverage.Cover:
        """The points of a disk: its own backups, and those of the VM and of plug-ins recorded no earlier than it."""
        own, whole = _records.Target(_records.DISK, disk.id), _records.Target(_records.VIRTUAL_MACHINE, self.vm.id)

        def since(points: list[coverage.Point]) -> list[coverage.Point]:
            return [point for point in points if disk.created_at is None or point.recorded >= disk.created_at]

        vm_points = since(self.survey.points.get(whole, []) + self.plugin_points)
        # A disk without a creation time is as old as its VM. With a time in the future it would be in grace for ever.
        created = self.vm.created_at if disk.created_at is None else disk.created_at
        if created is not None and created > self.latest_valid:
            created = None
        marked = self.survey.pending_deletion
        return coverage.Cover(
            disk=disk,
            points=sorted(self.survey.points.get(own, []) + vm_points),
            created=created,
            in_grace=created is not None and self.now - created < self.policy.scope.new_vm_grace,
            assumed=disk.created_at is None and bool(vm_points),
            pending_deletion=marked.get(own, []) + since(marked.get(whole, [])),
        )

    def is_running(self, attempt: coverage.Point) -> bool:
        """Whether an attempt has neither failed nor taken longer than `build_timeout`."""
        return self.now - attempt.recorded <= self.rule.build_timeout and not attempt.backup.has_failed

    def _find_attempts(self) -> None:
        """Set `stuck`, `failed` and `running`."""
        targets = {
            _records.Target(_records.VIRTUAL_MACHINE, self.vm.id),
            *(_records.Target(_records.DISK, cover.disk.id) for cover in self.covers),
        }
        for target in targets & self.survey.attempts.keys():
            usable = self.survey.points.get(target, ())
            done = max(((point.recorded, point.id) for point in usable), default=None)
            for attempt in self.survey.attempts[target]:
                if self.is_running(attempt):
                    self.running = True
                elif done is None or (attempt.recorded, attempt.id) > done:
                    (self.failed if attempt.backup.has_failed else self.stuck).append(attempt)
        self.stuck.sort()
        self.failed.sort()


def _compare_sizes(cover: coverage.Cover, limits: rules.SizeLimits) -> Comparison | None:
    """The comparison of a disk; None if its newest recovery point is not a normal backup.

    Sizes of incremental backups say nothing: they are empty if nothing changed.
    """
    points = [point for point in cover.points if point.backup.backup_type == _records.NORMAL]
    if not points or points[-1] is not cover.points[-1]:
        return None
    size = points[-1].backup.size
    earlier = tuple(point for point in reversed(points[:-1]) if (point.backup.size or 0) > 0)[:MOST_SAMPLES]
    median = statistics.median(point.backup.size or 0 for point in earlier) if earlier else None
    ratio = 1.0
    if size is not None and median and len(earlier) >= limits.min_samples and abs(size - median) > limits.floor_kb:
        ratio = size / median
    is_critical = ratio < (limits.shrink_critical or 0)
    return Comparison(points[-1], earlier, median, ratio < limits.shrink, is_critical, ratio > limits.growth)
