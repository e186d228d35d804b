# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The recovery points that cover each disk of a VM, and the attempts that are stuck or failed.

Backups without a valid time are not usable. All times are UTC seconds since 1970.
"""

from __future__ import annotations

import operator
import typing as t
from collections.abc import Callable, Iterable

from .. import _fields, _records, _text
from .._policy import values
from .._policy.policy import BUILT_AT

if t.TYPE_CHECKING:
    from .._policy.policy import Clock

Record = t.TypeVar("Record", _records.Backup, _records.Disk, _records.RecoveryPoint)
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
    backup: _records.Backup

    @property
    def is_plugin(self) -> bool:
        """Whether it is a plug-in recovery point. Their ids are independent of those of backups."""
        return self.backup.backup_type == PLUGIN

    @property
    def named(self) -> str:
        """Its name in texts: `backup 12` or `plug-in recovery point 12`."""
        return f"{'plug-in recovery point' if self.is_plugin else 'backup'} {self.id}"


class Survey:
    """The backups of a VM by target, or its plug-in recovery points in their form: usable `points`, those in
    `pending_deletion` (built, but marked for delete), and `attempts`.

    The VM's own target always has its id. `unusable_newest` is why the newest backup has no valid time, None if it has
    one. `skewed` are the ids of backups with a time in the future or a completion before their creation, `unclear` of
    those with a missing or unreadable time. `invalid`: one of the latter is the newest of its target, or a time has no
    offset. `records` is the number of all backups.
    """

    def __init__(self, vm: _records.VirtualMachine, backups: Iterable[_records.Backup], clock: Clock, now: int) -> None:
        latest_valid = now + clock.max_skew
        self.points: dict[_records.Target, list[Point]] = {}
        self.pending_deletion: dict[_records.Target, list[Point]] = {}
        self.attempts: dict[_records.Target, list[Point]] = {}
        self.skewed: list[int] = []
        self.unclear: list[int] = []
        self.invalid = False
        records = _once(backups, _backup_evidence)
        for backup in records:
            created, problem = backup.created_at
            built, built_problem = backup.built_at
            target = _target(backup, vm)
            if problem == "no_offset" or built_problem == "no_offset":
                self.invalid = True
            if created is None or built_problem == "unparsable":
                self.unclear.append(backup.id)
            is_future = (created or 0) > latest_valid or (built or 0) > latest_valid
            if is_future or (created is not None and built is not None and built < created):
                self.skewed.append(backup.id)
            is_attempt = backup.built is False
            time = created if is_attempt else sound_time(backup, clock, latest_valid)
            if target is None or created is None or created > latest_valid or time is None or backup.built is None:
                continue
            if is_attempt and backup.marked_for_delete:
                continue
            kind = self.attempts if is_attempt else self.pending_deletion if backup.marked_for_delete else self.points
            kind.setdefault(target, []).append(Point(time, backup.id, created, backup))
        sizes = (point.backup.size for points in self.points.values() for point in points)
        self.total_size_bytes = 1024 * sum(size for size in sizes if size and size > 0)
        self.skewed.sort()
        self.unclear.sort()
        self.records = len(records)
        last = max(records, key=operator.attrgetter("id"), default=None)
        if self.unclear:
            newest = {_target(backup, vm): backup.id for backup in sorted(records, key=lambda backup: backup.id)}
            self.invalid |= not set(self.unclear).isdisjoint(newest.values())
        self.unusable_newest = None if last is None else _time_problem(last, clock, now)


class Cover(t.NamedTuple):
    """An eligible disk, the usable points that cover it, oldest first, and the backups in `pending_deletion` that
    would cover it.

    `created` is when the disk, or else its VM, was created, None if that is unknown or in the future. `in_grace`:
    created less than `new_vm_grace` ago. `assumed`: covered by a backup of the VM although its creation is unknown.
    """

    disk: _records.Disk
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

    @property
    def empty_base(self) -> Point | None:
        """The empty backup that a restore of the disk to its newest point needs, None if there is none.

        That is the newest point itself if it is a normal backup, else the first of the incremental ones: later ones may
        be empty, because nothing changed between them. A normal backup of unknown size counts as empty.
        """
        newest = self.points[-1] if self.points else None
        if newest is None or newest.is_plugin:
            return None
        if newest.backup.backup_type == _records.NORMAL:
            return newest if (newest.backup.size or 0) <= 0 else None
        first = next(point for point in self.points if point.backup.backup_type == _records.INCREMENTAL)
        return first if first.backup.size is not None and first.backup.size <= 0 else None


def is_in(seconds: int | None, times: range) -> bool:
    """Whether a time is known and among some times; a range would look for None in each of its numbers."""
    return seconds is not None and seconds in times


def times_after(now: int, read_at: int | None, clock: Clock) -> range:
    """The times between `now` and when the records were read, in which nothing may be recorded that counts at `now`."""
    return range(now + 1, now + 1 if read_at is None or read_at <= now else read_at + clock.max_skew + 1)


def existing(records: Iterable[Record], later: range) -> list[Record]:
    """The records as they were before the times `later`; backups that were built in these are attempts."""
    if not later:
        return list(records)
    found = []
    for record in records:
        if isinstance(record, _records.Backup) and is_in(record.transaction_at, later):
            record = record._replace(transaction_status=None, transaction_at=None)
        if isinstance(record, _records.Backup) and record.built and is_in(record.built_at.seconds, later):
            record = record._replace(built=False, built_at=_fields.MISSING, size=None)
        if not is_in(record.created_at if isinstance(record, _records.Disk) else record.created_at.seconds, later):
            found.append(record)
    return found


def disks_named(covers: Iterable[Cover]) -> str:
    """The disks of some covers as text: `disks 1, 2`."""
    return _text.ids_named("disk", sorted(cover.disk.id for cover in covers))


def failure_text(attempt: Point) -> str:
    """How an attempt failed, as text: `failed at 2026-03-30T02:00:00Z`."""
    verb = "was cancelled" if attempt.backup.transaction_status == "cancelled" else "failed"
    at = attempt.backup.transaction_at
    if at is not None:
        return f"{verb} at {_fields.utc_text(at)}"
    return f"{verb}; it was started at {_fields.utc_text(attempt.recorded)}"


def sound_time(backup: _records.Backup, clock: Clock, latest_valid: int) -> int | None:
    """The time of a backup's data; None if a time is missing, unreadable or later than `latest_valid` (now plus the
    allowed skew)."""
    created, built = backup.created_at.seconds, backup.built_at.seconds
    if created is None or created > latest_valid:
        return None
    time = built if clock.age_from == BUILT_AT and built is not None else created
    return None if time > latest_valid else time


def usability(backup: _records.Backup, clock: Clock, now: int, later: range) -> dict[str, t.Any]:
    """The facts `usable` (built, not marked for delete, with a valid time) and `age_seconds` of a backup.

    The age is that of its data, at least 0; None without a valid time, and for a backup from the times `later`.
    """
    was = existing([backup], later)
    if not was:
        return {"usable": False, "age_seconds": None}
    backup = was[0]
    time = sound_time(backup, clock, now + clock.max_skew)
    return {
        "usable": backup.built is True and not backup.marked_for_delete and time is not None,
        "age_seconds": None if time is None else max(0, now - time),
    }


def disks_of(vm: _records.VirtualMachine, disks: Iterable[_records.Disk]) -> list[_records.Disk]:
    """The VM's own disks, each once."""
    own = (disk for disk in disks if disk.virtual_machine_id is None or disk.virtual_machine_id == vm.id)
    # The weakest evidence is an eligible disk that was created as late as possible.
    return _once(own, lambda disk: (disk.is_swap, disk.created_at is None, -(disk.created_at or 0), repr(disk)))


def backup_of_plugin(vm: _records.VirtualMachine, point: _records.RecoveryPoint) -> _records.Backup:
    """A plug-in recovery point as a backup of the VM, of the type PLUGIN; an attempt unless it is usable."""
    return _records.Backup(
        id=point.id,
        backup_type=PLUGIN,
        target=_records.Target(_records.VIRTUAL_MACHINE, vm.id),
        # The missing zone is assumed, not a fault of the time.
        created_at=point.created_at._replace(problem=None) if point.created_at.seconds else point.created_at,
        built_at=_fields.MISSING,
        built=point.built,
        marked_for_delete=False,
        locked=False,
        size=None,
        backup_server_id=None,
        initiated=None,
    )


def _once(records: Iterable[Record], evidence: Callable[[Record], tuple[t.Any, ...]]) -> list[Record]:
    """The records without duplicates: a list that changes while it is paged repeats rows.

    Of different records with one id the one with the least `evidence` is kept, independent of their order.
    """
    records = list(records)
    kept = {record.id: record for record in records}
    if len(kept) == len(records):
        return records
    for record in records:
        other = kept[record.id]
        if other is not record and other != record:
            kept[record.id] = min(other, record, key=evidence)
    return list(kept.values())


def _backup_evidence(backup: _records.Backup) -> tuple[t.Any, ...]:
    seconds = backup.created_at.seconds
    return (not backup.marked_for_delete, backup.built is True, seconds is not None, seconds or 0, repr(backup))


def _target(backup: _records.Backup, vm: _records.VirtualMachine) -> _records.Target | None:
    """The target of a backup, the VM always with its id; None for another VM."""
    target = backup.target
    if target.kind != _records.VIRTUAL_MACHINE or target.id == vm.id:
        return target
    return _records.Target(_records.VIRTUAL_MACHINE, vm.id) if target.id is None else None


def _time_problem(backup: _records.Backup, clock: Clock, now: int) -> str | None:
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
        what = f"is dated {values.duration_text(ahead)} in the future"
    kind = "plug-in recovery point" if backup.backup_type == PLUGIN else "backup record"
    return f"the newest {kind} ({backup.id}) {what}, so the age of its data is unknown"
