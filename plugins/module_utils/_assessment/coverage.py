# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The recovery points that cover each disk of a VM, and the attempts that are stuck or failed.

Backups without a valid time are not usable. All times are UTC seconds since 1970.
"""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._evidence import RecoveryPoint
from ansible_collections.community.onapp.plugins.module_utils._fields import MISSING, utc_text
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import BUILT_AT
from ansible_collections.community.onapp.plugins.module_utils._policy.values import duration_text
from ansible_collections.community.onapp.plugins.module_utils._records import (
    DISK,
    VIRTUAL_MACHINE,
    Backup,
    Disk,
    Target,
)
from ansible_collections.community.onapp.plugins.module_utils._text import ids_named

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ansible_collections.community.onapp.plugins.module_utils._policy.limits import Rule
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Clock
    from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine

Record = t.TypeVar("Record", Backup, Disk, RecoveryPoint)
# In place of the type of a backup.
PLUGIN = "plugin"


class Point(t.NamedTuple):
    """A backup or plug-in recovery point with valid times, ordered by the time of its data, then by id.

    `recorded` is when the panel recorded it, which may be earlier than `time` (see `age_from` of the policy's clock).
    The `backup` of a plug-in recovery point has the type PLUGIN, and no size, server or `initiated`.
    """

    time: int
    id: int
    recorded: int
    backup: Backup

    @property
    def is_plugin(self) -> bool:
        """Whether it is a plug-in recovery point. Their ids are independent of those of backups."""
        return self.backup.backup_type == PLUGIN

    @property
    def named(self) -> str:
        """Its name in texts: `backup 12` or `plug-in recovery point 12`."""
        return f"{'plug-in recovery point' if self.is_plugin else 'backup'} {self.id}"


class Survey(t.NamedTuple):
    """The backups of a VM by target: usable `points`, those in `pending_deletion` (built, but marked for delete), and
    `attempts`.

    The VM's own target always has its id. `unusable_newest` is why the newest backup has no valid time, None if it has
    one. `skewed` are the ids of backups with a time in the future or a completion before their creation, `unclear` of
    those with a missing or unreadable time. `invalid`: one of the latter is the newest of its target, or a time has no
    offset. `records` is the number of all backups.
    """

    points: dict[Target, list[Point]]
    pending_deletion: dict[Target, list[Point]]
    attempts: dict[Target, list[Point]]
    total_kb: int
    unusable_newest: str | None
    skewed: list[int]
    unclear: list[int]
    invalid: bool
    records: int


class Cover(t.NamedTuple):
    """An eligible disk, the usable points that cover it, oldest first, and the backups in `pending_deletion` that
    would cover it.

    `created` is when the disk, or else its VM, was created, None if that is unknown or in the future. `in_grace`:
    created less than `new_vm_grace` ago. `assumed`: covered by a backup of the VM although its creation is unknown.
    """

    disk: Disk
    points: list[Point]
    created: int | None
    in_grace: bool
    assumed: bool
    pending_deletion: list[Point]

    @property
    def backups(self) -> list[Point]:
        """The points that are backups."""
        return [point for point in self.points if not point.is_plugin]

    @property
    def is_pending(self) -> bool:
        """Whether the disk is in grace and has no point yet."""
        return self.in_grace and not self.points


class Past:
    """Removes what did not exist at a past time `now`: records of times after `now`, up to when they were read.

    `until` is that time in UTC seconds, None for an evaluation of the present. `skipped` counts the removed records.
    """

    def __init__(self, now: int, until: int | None) -> None:
        self._now = now
        self.until = until
        self.skipped = 0

    def includes(self, seconds: int | None) -> bool:
        """Whether a time is after the evaluation, and not after the records were read."""
        return self.until is not None and seconds is not None and self._now < seconds <= self.until

    def disks(self, disks: Iterable[Disk]) -> list[Disk]:
        """The disks that existed."""
        return self._existing(disks, lambda disk: disk.created_at)

    def backups(self, backups: Iterable[Backup]) -> list[Backup]:
        """The backups that existed; those that were built later are attempts."""
        existing = self._existing(backups, lambda backup: backup.created_at.seconds)
        existing = [
            backup._replace(transaction_status=None, transaction_at=None)
            if self.includes(backup.transaction_at)
            else backup
            for backup in existing
        ]
        return [
            backup._replace(built=False, built_at=MISSING, size=None)
            if backup.built and self.includes(backup.built_at.seconds)
            else backup
            for backup in existing
        ]

    def recovery_points(self, points: Iterable[RecoveryPoint]) -> list[RecoveryPoint]:
        """The plug-in recovery points that existed."""
        return self._existing(points, lambda point: point.created_at.seconds)

    def _existing(self, records: Iterable[Record], created: Callable[[Record], int | None]) -> list[Record]:
        everything = list(records)
        existing = [record for record in everything if not self.includes(created(record))]
        self.skipped += len(everything) - len(existing)
        return existing


def disks_named(covers: Iterable[Cover]) -> str:
    """The disks of some covers as text: `disks 1, 2`."""
    return ids_named("disk", sorted(cover.disk.id for cover in covers))


def failure_text(attempt: Point) -> str:
    """How an attempt failed, as text: `failed at 2026-03-30T02:00:00Z`."""
    verb = "was cancelled" if attempt.backup.transaction_status == "cancelled" else "failed"
    at = attempt.backup.transaction_at
    return f"{verb} at {utc_text(at)}" if at is not None else f"{verb}; it was started at {utc_text(attempt.recorded)}"


def sound_time(backup: Backup, clock: Clock, latest_valid: int) -> int | None:
    """The time of a backup's data; None if a time is missing, unreadable or later than `latest_valid` (now plus the
    allowed skew)."""
    created, built = backup.created_at.seconds, backup.built_at.seconds
    if created is None or created > latest_valid:
        return None
    time = built if clock.age_from == BUILT_AT and built is not None else created
    return None if time > latest_valid else time


def is_usable(backup: Backup, clock: Clock, now: int) -> bool:
    """Whether a backup is a usable recovery point: built, not marked for delete, with a valid time."""
    return (
        backup.built is True
        and not backup.marked_for_delete
        and sound_time(backup, clock, now + clock.max_skew) is not None
    )


def age_of(backup: Backup, clock: Clock, now: int) -> int | None:
    """Seconds since the time of a backup's data, at least 0; None without a valid time."""
    time = sound_time(backup, clock, now + clock.max_skew)
    return None if time is None else max(0, now - time)


def disks_of(vm: VirtualMachine, disks: Iterable[Disk]) -> list[Disk]:
    """The VM's own disks, each once."""
    own = (disk for disk in disks if disk.virtual_machine_id is None or disk.virtual_machine_id == vm.id)
    return _once(own, _disk_evidence)


def survey_backups(vm: VirtualMachine, backups: Iterable[Backup], clock: Clock, now: int) -> Survey:
    """One pass over a VM's backups, or over its plug-in recovery points in their form."""
    latest_valid = now + clock.max_skew
    itself = Target(VIRTUAL_MACHINE, vm.id)
    points: dict[Target, list[Point]] = {}
    pending_deletion: dict[Target, list[Point]] = {}
    attempts: dict[Target, list[Point]] = {}
    total_kb = 0
    newest: Backup | None = None
    unclear: list[Backup] = []
    skewed: list[int] = []
    naive = False
    records = _once(backups, _backup_evidence)
    for backup in records:
        if newest is None or backup.id > newest.id:
            newest = backup
        created, problem = backup.created_at
        built, built_problem = backup.built_at
        if problem == "no_offset" or built_problem == "no_offset":
            naive = True
        if created is None or built_problem == "unparsable":
            unclear.append(backup)
        if _is_skewed(created, built, latest_valid):
            skewed.append(backup.id)
        target = _target(backup, itself)
        if target is None or created is None or created > latest_valid:
            continue
        if backup.built is False:
            if not backup.marked_for_delete:
                attempts.setdefault(target, []).append(Point(created, backup.id, created, backup))
            continue
        time = sound_time(backup, clock, latest_valid)
        if time is None or backup.built is None:
            continue
        if backup.marked_for_delete:
            pending_deletion.setdefault(target, []).append(Point(time, backup.id, created, backup))
        else:
            points.setdefault(target, []).append(Point(time, backup.id, created, backup))
            total_kb += max(0, backup.size or 0)
    return Survey(
        points=points,
        pending_deletion=pending_deletion,
        attempts=attempts,
        total_kb=total_kb,
        unusable_newest=None if newest is None else _time_problem(newest, clock, now),
        skewed=sorted(skewed),
        unclear=sorted(backup.id for backup in unclear),
        invalid=naive or _is_any_newest(unclear, records, itself),
        records=len(records),
    )


def backup_of_plugin(vm: VirtualMachine, point: RecoveryPoint) -> Backup:
    """A plug-in recovery point as a backup of the VM, of the type PLUGIN; an attempt unless it is usable."""
    return Backup(
        id=point.id,
        backup_type=PLUGIN,
        target=Target(VIRTUAL_MACHINE, vm.id),
        # The missing zone is assumed, not a fault of the time.
        created_at=point.created_at._replace(problem=None) if point.created_at.seconds else point.created_at,
        built_at=MISSING,
        built=point.built,
        marked_for_delete=False,
        locked=False,
        size=None,
        backup_server_id=None,
        initiated=None,
    )


def cover_disk(
    disk: Disk, vm: VirtualMachine, survey: Survey, plugin: list[Point], rule: Rule, now: int, latest_valid: int
) -> Cover:
    """The points of a disk: its own backups, and backups and `plugin` points of the VM recorded no earlier than it."""
    own, whole = Target(DISK, disk.id), Target(VIRTUAL_MACHINE, vm.id)
    vm_points = _since(survey.points.get(whole, []) + plugin, disk)
    # A disk without a creation time is as old as its VM. With a time in the future it would be in grace for ever.
    created = vm.created_at if disk.created_at is None else disk.created_at
    if created is not None and created > latest_valid:
        created = None
    return Cover(
        disk=disk,
        points=sorted(survey.points.get(own, []) + vm_points),
        created=created,
        in_grace=created is not None and now - created < rule.new_vm_grace,
        assumed=disk.created_at is None and bool(vm_points),
        pending_deletion=survey.pending_deletion.get(own, []) + _since(survey.pending_deletion.get(whole, []), disk),
    )


def find_attempts(
    vm: VirtualMachine, covers: Iterable[Cover], survey: Survey, rule: Rule, now: int
) -> tuple[list[Point], list[Point], bool]:
    """The attempts that are stuck and those that failed, oldest first, and whether one is still within its time.

    A stuck or failed attempt with a later usable backup of the same target is ignored.
    """
    stuck: list[Point] = []
    failed: list[Point] = []
    running = False
    for target in (Target(VIRTUAL_MACHINE, vm.id), *(Target(DISK, cover.disk.id) for cover in covers)):
        attempts = survey.attempts.get(target)
        if not attempts:
            continue
        done = max(((point.recorded, point.id) for point in survey.points.get(target, ())), default=None)
        for attempt in attempts:
            if now - attempt.recorded <= rule.build_timeout and not attempt.backup.has_failed:
                running = True
            elif done is None or (attempt.recorded, attempt.id) > done:
                (failed if attempt.backup.has_failed else stuck).append(attempt)
    return sorted(stuck), sorted(failed), running


def _once(records: Iterable[Record], evidence: Callable[[Record], tuple[t.Any, ...]]) -> list[Record]:
    """The records without duplicates: a list that changes while it is paged repeats rows.

    Of different records with one id, the one that is weaker evidence is kept, independent of their order.
    """
    kept: dict[int, Record] = {}
    for record in records:
        other = kept.setdefault(record.id, record)
        if other is not record and other != record:
            kept[record.id] = min(other, record, key=evidence)
    return list(kept.values())


def _backup_evidence(backup: Backup) -> tuple[t.Any, ...]:
    seconds = backup.created_at.seconds
    return (not backup.marked_for_delete, backup.built is True, seconds is not None, seconds or 0, repr(backup))


def _disk_evidence(disk: Disk) -> tuple[t.Any, ...]:
    """Sort key: the weakest evidence first, an eligible disk that was created as late as possible."""
    return (disk.is_swap, disk.created_at is None, -(disk.created_at or 0), repr(disk))


def _is_skewed(created: int | None, built: int | None, latest_valid: int) -> bool:
    """Whether a time is in the future, or a backup was complete before it was recorded."""
    if created is not None and created > latest_valid:
        return True
    return built is not None and (built > latest_valid or (created is not None and built < created))


def _target(backup: Backup, itself: Target) -> Target | None:
    """The target of a backup, the VM always with its id; None for another VM."""
    target = backup.target
    if target.kind != VIRTUAL_MACHINE:
        return target
    return itself if target.id is None or target.id == itself.id else None


def _is_any_newest(unclear: list[Backup], records: list[Backup], itself: Target) -> bool:
    """Whether one of the unclear backups is the newest (by id) of its target."""
    if not unclear:
        return False
    newest: dict[Target | None, int] = {}
    for backup in records:
        target = _target(backup, itself)
        newest[target] = max(backup.id, newest.get(target, backup.id))
    return any(newest[_target(backup, itself)] == backup.id for backup in unclear)


def _time_problem(backup: Backup, clock: Clock, now: int) -> str | None:
    """Why the newest backup or plug-in recovery point has no valid time; None if it has one."""
    created, problem = backup.created_at
    if sound_time(backup, clock, now + clock.max_skew) is not None:
        return None
    if created is None:
        what = "has no time" if problem == "missing" else "has a time that cannot be read"
    else:
        ahead = created - now
        if clock.age_from == BUILT_AT:
            ahead = max(ahead, (backup.built_at.seconds or created) - now)
        what = f"is dated {duration_text(ahead)} in the future"
    kind = "plug-in recovery point" if backup.backup_type == PLUGIN else "backup record"
    return f"the newest {kind} ({backup.id}) {what}, so the age of its data is unknown"


def _since(points: list[Point], disk: Disk) -> list[Point]:
    """The points of the VM that include a disk: those recorded no earlier than the disk was created."""
    if disk.created_at is None:
        return points
    return [point for point in points if point.recorded >= disk.created_at]
