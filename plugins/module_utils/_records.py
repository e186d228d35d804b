# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Typed records made from the panel's rows: virtual machines, disks, backups, and what the option `evidence` reads.

Rows of all generations give the same records: OnApp 2.x (no target, sizes as text, `days-autobackup`), 3.x/4.x and
5.x/6.x. A row that was typed before (a fact returned by a module) gives the same record as the raw one. Each `from_row`
raises ValueError when the row has no whole number as its id.
"""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Callable, Iterable

from . import _fields

Row = t.Mapping[str, t.Any]

DISK = "Disk"
VIRTUAL_MACHINE = "VirtualMachine"
NORMAL = "normal"
INCREMENTAL = "incremental"
AUTOBACKUP_SUFFIX = "-autobackup"
FAILED_STATUSES = frozenset(("failed", "cancelled"))
# The values of the option `evidence`.
RECOVERY_POINTS, SCHEDULES, TRANSACTIONS = EVIDENCE = ("recovery_points", "schedules", "transactions")
# The zone in which the digits of a time mean the oldest instant that they can mean anywhere.
EARLIEST_ZONE = datetime.timezone(datetime.timedelta(hours=14))
# Of plug-in recovery points. In other states, such as `merging`, one is being made or deleted.
USABLE_POINT_STATES = frozenset(("built", "available"))
BACKUP_ACTIONS = frozenset(("take_backup", "take_incremental_backup"))
# The fields of a backup's row that its record is made from.
ASSESSED_FIELDS = (
    "id",
    "backup_type",
    "target_type",
    "target_id",
    "disk_id",
    "created_at",
    "built_at",
    "built",
    "marked_for_delete",
    "locked",
    "backup_size",
    "backup_server_id",
    "initiated",
    "updated_at",
)
# Those in which a value without meaning makes a backup unreadable.
CHECKED_BACKUP_FIELDS = {
    "built": _fields.as_boolean,
    "marked_for_delete": _fields.as_boolean,
    "locked": _fields.as_boolean,
    "backup_type": _fields.as_word,
    "initiated": _fields.as_word,
    "target_type": _fields.as_word,
    "backup_size": _fields.as_integer,
    "backup_server_id": _fields.as_integer,
    "target_id": _fields.as_integer,
    "disk_id": _fields.as_integer,
}
# The fields of other rows that are kept. The rest, such as `params` and `log_output`, may hold secrets.
RECOVERY_POINT_FIELDS = ("id", "virtual_machine_id", "resource_id", "state", "size", "created_at", "updated_at")
TRANSACTION_FIELDS = ("id", "parent_type", "parent_id", "action", "status", "created_at", "updated_at")
SCHEDULE_FIELDS = (
    *("id", "target_type", "target_id", "action", "period", "duration", "rotation_period"),
    *("start_at", "status", "failure_count"),
)


class Target(t.NamedTuple):
    """What a backup was taken of: `kind` is `Disk` or `VirtualMachine` (or an unknown kind), `id` may be None."""

    kind: str
    id: int | None


class VirtualMachine(t.NamedTuple):
    """A virtual machine: all fields of its facts, in their order. Times are UTC seconds or None.

    `unreadable` names the fields whose values have no meaning, such as a number of 400 digits.
    """

    id: int
    identifier: str | None = None
    label: str | None = None
    hostname: str | None = None
    booted: bool | None = None
    built: bool | None = None
    suspended: bool | None = None
    locked: bool | None = None
    user_id: int | None = None
    hypervisor_id: int | None = None
    template_id: int | None = None
    template_label: str | None = None
    operating_system: str | None = None
    operating_system_distro: str | None = None
    created_at: int | None = None
    support_incremental_backups: bool | None = None
    ip_addresses: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()

    @classmethod
    def from_row(cls, row: Row, naive_as: datetime.tzinfo | None = None) -> VirtualMachine:
        unreadable: list[str] = []
        return cls(
            id=row_id(row, "virtual machine"),
            identifier=typed(row, "identifier", _fields.as_word, unreadable),
            label=typed(row, "label", _fields.as_text, unreadable),
            hostname=typed(row, "hostname", _fields.as_text, unreadable),
            built=typed(row, "built", _fields.as_boolean, unreadable),
            booted=typed(row, "booted", _fields.as_boolean, unreadable),
            user_id=typed(row, "user_id", _fields.as_integer, unreadable),
            template_id=typed(row, "template_id", _fields.as_integer, unreadable),
            operating_system=typed(row, "operating_system", _fields.as_word, unreadable),
            operating_system_distro=typed(row, "operating_system_distro", _fields.as_word, unreadable),
            created_at=_fields.as_instant(row.get("created_at"), naive_as).seconds,
            suspended=_fields.as_boolean(row.get("suspended")),
            locked=_fields.as_boolean(row.get("locked")),
            hypervisor_id=_fields.as_integer(row.get("hypervisor_id")),
            template_label=_fields.as_text(row.get("template_label")),
            support_incremental_backups=_fields.as_boolean(row.get("support_incremental_backups")),
            ip_addresses=tuple(_addresses(row.get("ip_addresses"))),
            unreadable=tuple(unreadable),
        )


class Disk(t.NamedTuple):
    """A disk of a virtual machine. `created_at` is UTC seconds or None; swap disks are never backed up."""

    id: int
    virtual_machine_id: int | None
    identifier: str | None
    label: str | None
    is_swap: bool
    created_at: int | None
    unreadable: tuple[str, ...] = ()

    @classmethod
    def from_row(cls, row: Row, naive_as: datetime.tzinfo | None = None) -> Disk:
        unreadable: list[str] = []
        return cls(
            id=row_id(row, "disk"),
            virtual_machine_id=typed(row, "virtual_machine_id", as_owner, unreadable),
            identifier=_fields.as_word(row.get("identifier")),
            label=_fields.as_text(row.get("label")),
            is_swap=typed(row, "is_swap", _fields.as_boolean, unreadable) is True,
            created_at=_fields.as_instant(row.get("created_at"), naive_as).seconds,
            unreadable=tuple(unreadable),
        )


class Backup(t.NamedTuple):
    """A backup: a recovery point when it is built, an attempt when it is not.

    `backup_type` is `normal` or `incremental`. `created_at` is when the panel recorded it (its `built_at` where it
    recorded none). `initiated` is an open set: `days`, `weeks`, `months`, `years`, `manual` and what later versions
    add. `size` is kB. An unreadable `marked_for_delete` counts as marked, because such a backup must not prove
    anything. `updated_at` (UTC seconds) is set for locked ones only: the lock is at most that old, unless an edited
    note changed it. `transaction_status` and `transaction_at` (UTC seconds) are those of the newest transaction that
    made an attempt, None where none was found, which proves nothing.
    """

    id: int
    backup_type: str
    target: Target
    created_at: _fields.Instant
    built_at: _fields.Instant
    built: bool | None
    marked_for_delete: bool
    locked: bool
    size: int | None
    backup_server_id: int | None
    initiated: str | None
    updated_at: int | None = None
    unreadable: tuple[str, ...] = ()
    transaction_status: str | None = None
    transaction_at: int | None = None

    @property
    def has_failed(self) -> bool:
        """Whether its transaction shows that this attempt failed or was cancelled."""
        return self.built is False and self.transaction_status in FAILED_STATUSES

    @classmethod
    def from_row(cls, row: Row, naive_as: datetime.tzinfo | None = None) -> Backup:
        get = row.get
        created_at = _fields.as_instant(get("created_at"), naive_as)
        built_at = _fields.as_instant(get("built_at"), naive_as)
        built, marked = _fields.as_boolean(get("built")), _fields.as_boolean(get("marked_for_delete"))
        size, server = _fields.as_integer(get("backup_size")), _fields.as_integer(get("backup_server_id"))
        kind, target_id = _fields.as_word(get("target_type")), _fields.as_integer(get("target_id"))
        target = _target(row, kind, target_id)
        locked = _fields.as_boolean(get("locked"))
        sent_type, initiated = _fields.as_word(get("backup_type")), _fields.as_word(get("initiated"))
        unreadable: list[str] = []
        if None in (built, marked, size, server, kind, target_id, target.id, locked, sent_type, initiated):
            for name, convert in CHECKED_BACKUP_FIELDS.items():
                typed(row, name, convert, unreadable)
        if initiated is None and sent_type is not None and sent_type.endswith(AUTOBACKUP_SUFFIX):
            # OnApp 2.x has the period in backup_type.
            initiated = sent_type[: -len(AUTOBACKUP_SUFFIX)] or None
        if sent_type not in (NORMAL, INCREMENTAL):
            sent_type = NORMAL if target.kind == DISK else INCREMENTAL
        updated_at = _fields.as_instant(get("updated_at"), naive_as).seconds if locked is True else None
        # Not by name, which takes twice as long.
        return cls(
            row_id(row, "backup"),
            sent_type,
            target,
            built_at if created_at.problem == "missing" else created_at,
            built_at,
            built,
            marked is True or (marked is None and "marked_for_delete" in unreadable),
            locked is True,
            size,
            server,
            initiated,
            updated_at,
            tuple(unreadable),
        )


class RecoveryPoint(t.NamedTuple):
    """A recovery point that a backup plug-in made of a whole virtual machine; `size` is bytes.

    The instant `created_at` has the problem `no_offset` where the panel sent no zone, as plug-ins do.
    """

    id: int
    virtual_machine_id: int | None
    resource_id: int | None
    state: str | None
    size: int | None
    created_at: _fields.Instant
    updated_at: int | None
    unreadable: tuple[str, ...] = ()

    @property
    def built(self) -> bool:
        """Whether its state says that it can be restored from."""
        return self.state is not None and self.state.lower() in USABLE_POINT_STATES

    @classmethod
    def from_row(cls, row: Row, naive_as: datetime.tzinfo | None = None) -> RecoveryPoint:
        """The record; without `naive_as`, a time without an offset is the oldest instant that it can mean."""
        unreadable: list[str] = []
        zone = EARLIEST_ZONE if naive_as is None else naive_as
        return cls(
            id=row_id(row, "recovery point"),
            virtual_machine_id=typed(row, "virtual_machine_id", _fields.as_integer, unreadable),
            resource_id=_fields.as_integer(row.get("resource_id")),
            state=typed(row, "state", _fields.as_word, unreadable),
            size=_fields.as_integer(row.get("size", row.get("size_bytes"))),
            created_at=_fields.as_instant(row.get("created_at"), zone),
            updated_at=_fields.as_instant(row.get("updated_at"), zone).seconds,
            unreadable=tuple(unreadable),
        )


class Schedule(t.NamedTuple):
    """A schedule of automatic backups of a disk or a virtual machine. `start_at` is UTC seconds or None.

    Every `duration` `period`s a backup is made, and `rotation_period` of them are kept. `failure_count` is how many
    failed, by the panel's own count.
    """

    id: int
    target: Target
    action: str | None
    period: str | None
    duration: int | None
    rotation_period: int | None
    start_at: int | None
    status: str | None
    failure_count: int | None
    unreadable: tuple[str, ...] = ()

    @property
    def is_enabled(self) -> bool:
        """Whether it makes backups."""
        return self.status is not None and self.status.lower() == "enabled" and self.action in (None, "autobackup")

    @classmethod
    def from_row(cls, row: Row, naive_as: datetime.tzinfo | None = None) -> Schedule:
        unreadable: list[str] = []
        return cls(
            id=row_id(row, "schedule"),
            target=Target(
                (typed(row, "target_type", _fields.as_word, unreadable) or "").rpartition("::")[2],
                typed(row, "target_id", _fields.as_integer, unreadable),
            ),
            action=typed(row, "action", _fields.as_word, unreadable),
            period=_fields.as_word(row.get("period")),
            duration=_fields.as_integer(row.get("duration")),
            rotation_period=_fields.as_integer(row.get("rotation_period")),
            start_at=_fields.as_instant(row.get("start_at"), naive_as).seconds,
            status=typed(row, "status", _fields.as_word, unreadable),
            failure_count=typed(row, "failure_count", _as_count, unreadable),
            unreadable=tuple(unreadable),
        )


class Transaction(t.NamedTuple):
    """An entry of the panel's log of transactions. `at` is when it last changed, in UTC seconds.

    `backup_id` is the backup that it makes, None for every other kind of transaction. `created_at` is UTC seconds.
    """

    id: int
    backup_id: int | None
    status: str | None
    created_at: int | None
    at: int | None
    unreadable: tuple[str, ...] = ()

    @classmethod
    def from_row(cls, row: Row, naive_as: datetime.tzinfo | None = None) -> Transaction:
        unreadable: list[str] = []
        kind = (typed(row, "parent_type", _fields.as_word, unreadable) or "").rpartition("::")[2]
        is_backup = typed(row, "action", _fields.as_word, unreadable) in BACKUP_ACTIONS and kind == "Backup"
        created_at = _fields.as_instant(row.get("created_at"), naive_as).seconds
        updated_at = _fields.as_instant(row.get("updated_at"), naive_as).seconds
        status = typed(row, "status", _fields.as_word, unreadable)
        return cls(
            id=row_id(row, "transaction"),
            backup_id=typed(row, "parent_id", _fields.as_integer, unreadable) if is_backup else None,
            status=None if status is None else status.lower(),
            created_at=created_at,
            at=created_at if updated_at is None else updated_at,
            unreadable=tuple(unreadable),
        )


def as_owner(value: t.Any) -> int | None:
    """The virtual machine that a disk's row names, by its id above 0; None for anything else."""
    number = _fields.as_integer(value)
    return None if number is None or number < 1 else number


def _as_count(value: t.Any) -> int | None:
    """A whole number that is not negative; None for anything else."""
    number = _fields.as_integer(value)
    return None if number is None or number < 0 else number


def unreadable_values(vm: VirtualMachine, disks: Iterable[Disk], backups: Iterable[Backup]) -> list[str]:
    """A sentence for each record with a value that has no meaning, in an order that does not depend on theirs.

    Disks of other virtual machines do not count.
    """
    found = unreadable_fields("virtual machine", (vm,))
    own = (disk for disk in disks if disk.virtual_machine_id in (None, vm.id))
    return found + unreadable_fields("disk", own) + unreadable_fields("backup", backups)


def unreadable_fields(kind: str, records: Iterable[t.Any]) -> list[str]:
    """A sentence for each record of one kind with a value that has no meaning, in the order of their ids."""
    found = {(record.id, record.unreadable) for record in records if record.unreadable}
    return [
        f"the panel sent no readable value for {', '.join(names)} of {kind} {number}" for number, names in sorted(found)
    ]


def with_fields(row: Row, fields: Iterable[str]) -> dict[str, t.Any]:
    """A row without all other fields."""
    return {name: row[name] for name in fields if name in row}


def row_id(row: Row, what: str) -> int:
    """The id of a panel's row. Raises ValueError when it is no whole number: such a row identifies nothing."""
    number = _fields.as_integer(row.get("id"))
    if number is None:
        raise ValueError(f"the panel listed a {what} whose id is no whole number")
    return number


def typed(row: Row, name: str, convert: Callable[[t.Any], t.Any], unreadable: list[str]) -> t.Any:
    """A field's value; the name of one that has a value without meaning is added to `unreadable`."""
    sent = row.get(name)
    if sent is None or (convert is _fields.as_boolean and (sent is True or sent is False)):
        return sent
    value = convert(sent)
    if value is None and not (isinstance(sent, str) and not sent.strip()):
        unreadable.append(name)
    return value


def _target(row: Row, kind: str | None, target_id: int | None) -> Target:
    """What a backup row was taken of.

    A disk id decides where there is one: a backup that names a disk, readably or not, must not prove the other disks.
    Else 3.x and later have `target_type` (perhaps namespaced: `Storage::Disk`) and `target_id`. Without either, the
    backup is one of the whole virtual machine.
    """
    disk_id = row.get("disk_id")
    if disk_id not in (None, ""):
        return Target(DISK, _fields.as_integer(disk_id))
    return Target(VIRTUAL_MACHINE if kind is None else kind.rpartition("::")[2], target_id)


def _addresses(value: t.Any) -> list[str]:
    """Addresses from `[{"ip_address": {"address": "…"}}]`, from the join rows of some generations, or from texts."""
    found: list[str] = []
    if isinstance(value, str):
        found += filter(None, [value.strip()])
    elif isinstance(value, list):
        for item in value:
            found += _addresses(item)
    elif isinstance(value, dict):
        for name in ("ip_address", "ip_address_join", "address"):
            found += _addresses(value.get(name))
    return list(dict.fromkeys(found))
