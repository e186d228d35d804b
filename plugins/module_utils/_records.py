# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""What a verdict needs to know of a virtual machine, a disk and a backup, read from the panel's rows.

Rows of all generations give the same records: OnApp 2.x (no target, sizes as text, `days-autobackup`), 3.x/4.x and
5.x/6.x. A row that was normalised already (a fact returned by the module) gives the same record as the raw one.
"""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._fields import (
    Instant,
    as_boolean,
    as_instant,
    as_integer,
    as_text,
)

if t.TYPE_CHECKING:
    from collections.abc import Mapping

DISK = "Disk"
VIRTUAL_MACHINE = "VirtualMachine"
NORMAL = "normal"
INCREMENTAL = "incremental"
AUTOBACKUP_SUFFIX = "-autobackup"
# Of a backup's row, all that its record is read from.
JUDGED_FIELDS = (
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


class Target(t.NamedTuple):
    """What a backup was taken of: `kind` is `Disk` or `VirtualMachine` (or a kind not known yet), `id` may be None."""

    kind: str
    id: int | None


class VirtualMachine(t.NamedTuple):
    """A virtual machine, as far as a verdict or a policy rule looks at it. `created_at` is UTC seconds or None."""

    id: int
    identifier: str | None
    label: str | None
    hostname: str | None
    built: bool | None
    booted: bool | None
    user_id: int | None
    template_id: int | None
    operating_system: str | None
    operating_system_distro: str | None
    created_at: int | None

    @classmethod
    def from_row(cls, row: Mapping[str, t.Any], naive_as: datetime.tzinfo = datetime.timezone.utc) -> VirtualMachine:
        """The record of a panel's row. Raises ValueError when the row has no whole number as its id."""
        return cls(
            id=row_id(row, "virtual machine"),
            identifier=as_text(row.get("identifier")),
            label=as_text(row.get("label")),
            hostname=as_text(row.get("hostname")),
            built=as_boolean(row.get("built")),
            booted=as_boolean(row.get("booted")),
            user_id=as_integer(row.get("user_id")),
            template_id=as_integer(row.get("template_id")),
            operating_system=as_text(row.get("operating_system")),
            operating_system_distro=as_text(row.get("operating_system_distro")),
            created_at=as_instant(row.get("created_at"), naive_as).seconds,
        )


class Disk(t.NamedTuple):
    """A disk of a virtual machine. `created_at` is UTC seconds or None; swap disks are never backed up."""

    id: int
    virtual_machine_id: int | None
    identifier: str | None
    label: str | None
    is_swap: bool
    created_at: int | None

    @classmethod
    def from_row(cls, row: Mapping[str, t.Any], naive_as: datetime.tzinfo = datetime.timezone.utc) -> Disk:
        """The record of a panel's row. Raises ValueError when the row has no whole number as its id."""
        return cls(
            id=row_id(row, "disk"),
            virtual_machine_id=as_integer(row.get("virtual_machine_id")),
            identifier=as_text(row.get("identifier")),
            label=as_text(row.get("label")),
            is_swap=as_boolean(row.get("is_swap")) is True,
            created_at=as_instant(row.get("created_at"), naive_as).seconds,
        )


class Backup(t.NamedTuple):
    """A backup: a recovery point when it is built, an attempt when it is not.

    `backup_type` is `normal` or `incremental`. `created_at` is when the panel recorded it (its `built_at` where it
    recorded none); `built_at` is when the copy was complete. `initiated` is an open set: `days`, `weeks`, `months`,
    `years`, `manual` and what later versions add. `size` is kB. `built` is None when the panel's flag is unreadable;
    an unreadable `marked_for_delete` counts as marked, because such a copy must not prove anything. `updated_at` is UTC
    seconds and read of locked ones only: it tells since when, unless an edited note moved it.
    """

    id: int
    backup_type: str
    target: Target
    created_at: Instant
    built_at: Instant
    built: bool | None
    marked_for_delete: bool
    locked: bool
    size: int | None
    backup_server_id: int | None
    initiated: str | None
    updated_at: int | None = None

    @classmethod
    def from_row(cls, row: Mapping[str, t.Any], naive_as: datetime.tzinfo = datetime.timezone.utc) -> Backup:
        """The record of a panel's row. Raises ValueError when the row has no whole number as its id."""
        created_at = as_instant(row.get("created_at"), naive_as)
        built_at = as_instant(row.get("built_at"), naive_as)
        marked = row.get("marked_for_delete")
        locked = as_boolean(row.get("locked")) is True
        return cls(
            id=row_id(row, "backup"),
            backup_type=backup_type(row),
            target=backup_target(row),
            created_at=built_at if created_at.problem == "missing" else created_at,
            built_at=built_at,
            built=as_boolean(row.get("built")),
            marked_for_delete=False if marked is None or marked == "" else as_boolean(marked) is not False,
            locked=locked,
            size=as_integer(row.get("backup_size")),
            backup_server_id=as_integer(row.get("backup_server_id")),
            initiated=initiated(row),
            updated_at=as_instant(row.get("updated_at"), naive_as).seconds if locked else None,
        )


def judged_only(row: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """A backup's row without what no verdict looks at: most of its size."""
    return {name: row[name] for name in JUDGED_FIELDS if name in row}


def row_id(row: Mapping[str, t.Any], what: str) -> int:
    """The id of a panel's row. Raises ValueError when it is no whole number: such a row identifies nothing."""
    number = as_integer(row.get("id"))
    if number is None:
        raise ValueError(f"the panel listed a {what} whose id is no whole number")
    return number


def backup_target(row: Mapping[str, t.Any]) -> Target:
    """What a backup row was taken of.

    3.x and later say it in `target_type` and `target_id` (a disk for normal, the virtual machine for incremental
    backups); 2.x has just `disk_id`. With neither, the backup is one of the whole virtual machine. A backup that names
    a disk, readably or not, never is: it must not prove the other disks.
    """
    kind = as_text(row.get("target_type"))
    target_id, disk_id = as_integer(row.get("target_id")), as_integer(row.get("disk_id"))
    if kind == DISK:
        return Target(DISK, target_id if disk_id is None else disk_id)
    if kind in (None, VIRTUAL_MACHINE) and row.get("disk_id") not in (None, ""):
        return Target(DISK, disk_id)
    return Target(kind or VIRTUAL_MACHINE, target_id)


def backup_type(row: Mapping[str, t.Any]) -> str:
    """`normal` or `incremental`: as the row says it, else (2.x and unknown kinds) by what the backup was taken of."""
    sent = as_text(row.get("backup_type"))
    if sent in (NORMAL, INCREMENTAL):
        return sent
    return NORMAL if backup_target(row).kind == DISK else INCREMENTAL


def initiated(row: Mapping[str, t.Any]) -> str | None:
    """What started a backup: the row's `initiated`, or the period in 2.x's `backup_type` (`days-autobackup`)."""
    sent = as_text(row.get("initiated"))
    kind = as_text(row.get("backup_type"))
    if sent is None and kind is not None and kind.endswith(AUTOBACKUP_SUFFIX):
        return kind[: -len(AUTOBACKUP_SUFFIX)] or None
    return sent
