# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Typed records of further evidence, made from the panel's rows: plug-in recovery points, schedules, transactions."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._fields import (
    Instant,
    as_instant,
    as_integer,
    as_word,
)
from ansible_collections.community.onapp.plugins.module_utils._records import (
    Target,
    row_id,
    typed,
    unreadable_fields,
)
from ansible_collections.community.onapp.plugins.module_utils._text import ids_named

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._records import Backup, Row

# The values of the option `evidence`.
RECOVERY_POINTS, SCHEDULES, TRANSACTIONS = EVIDENCE = ("recovery_points", "schedules", "transactions")
# The zone in which the digits of a time mean the oldest instant that they can mean anywhere.
EARLIEST_ZONE = datetime.timezone(datetime.timedelta(hours=14))
# Of plug-in recovery points. In other states, such as `merging`, one is being made or deleted.
USABLE_POINT_STATES = frozenset(("built", "available"))
BACKUP_ACTIONS = frozenset(("take_backup", "take_incremental_backup"))
# The fields of other rows that are kept. The rest, such as `params` and `log_output`, may hold secrets.
RECOVERY_POINT_FIELDS = ("id", "virtual_machine_id", "resource_id", "state", "size", "created_at", "updated_at")
SCHEDULE_FIELDS = (
    "id",
    "target_type",
    "target_id",
    "action",
    "period",
    "duration",
    "rotation_period",
    "start_at",
    "status",
    "failure_count",
)
TRANSACTION_FIELDS = ("id", "parent_type", "parent_id", "action", "status", "created_at", "updated_at")


class RecoveryPoint(t.NamedTuple):
    """A recovery point that a backup plug-in made of a whole virtual machine; `size` is bytes.

    The instant `created_at` has the problem `no_offset` where the panel sent no zone, as plug-ins do.
    """

    id: int
    virtual_machine_id: int | None
    resource_id: int | None
    state: str | None
    size: int | None
    created_at: Instant
    updated_at: int | None
    unreadable: tuple[str, ...] = ()

    @property
    def built(self) -> bool:
        """Whether its state says that it can be restored from."""
        return self.state is not None and self.state.lower() in USABLE_POINT_STATES

    @classmethod
    def from_row(cls, row: Row, naive_as: datetime.tzinfo | None = None) -> RecoveryPoint:
        """The record of a panel's row. Raises ValueError when the row has no whole number as its id.

        Without `naive_as`, a time without an offset is the oldest instant that it can mean.
        """
        unreadable: list[str] = []
        zone = EARLIEST_ZONE if naive_as is None else naive_as
        return cls(
            id=row_id(row, "recovery point"),
            virtual_machine_id=typed(row, "virtual_machine_id", as_integer, unreadable),
            resource_id=as_integer(row.get("resource_id")),
            state=typed(row, "state", as_word, unreadable),
            size=as_integer(row.get("size", row.get("size_bytes"))),
            created_at=as_instant(row.get("created_at"), zone),
            updated_at=as_instant(row.get("updated_at"), zone).seconds,
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
        """The record of a panel's row. Raises ValueError when the row has no whole number as its id."""
        unreadable: list[str] = []
        return cls(
            id=row_id(row, "schedule"),
            target=Target(
                (typed(row, "target_type", as_word, unreadable) or "").rpartition("::")[2],
                typed(row, "target_id", as_integer, unreadable),
            ),
            action=typed(row, "action", as_word, unreadable),
            period=as_word(row.get("period")),
            duration=as_integer(row.get("duration")),
            rotation_period=as_integer(row.get("rotation_period")),
            start_at=as_instant(row.get("start_at"), naive_as).seconds,
            status=typed(row, "status", as_word, unreadable),
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
        """The record of a panel's row. Raises ValueError when the row has no whole number as its id."""
        unreadable: list[str] = []
        kind = (typed(row, "parent_type", as_word, unreadable) or "").rpartition("::")[2]
        is_backup = typed(row, "action", as_word, unreadable) in BACKUP_ACTIONS and kind == "Backup"
        created_at = as_instant(row.get("created_at"), naive_as).seconds
        updated_at = as_instant(row.get("updated_at"), naive_as).seconds
        status = typed(row, "status", as_word, unreadable)
        return cls(
            id=row_id(row, "transaction"),
            backup_id=typed(row, "parent_id", as_integer, unreadable) if is_backup else None,
            status=None if status is None else status.lower(),
            created_at=created_at,
            at=created_at if updated_at is None else updated_at,
            unreadable=tuple(unreadable),
        )


class EvidenceRecords(t.NamedTuple):
    """The records of a virtual machine's evidence; None for a kind that was not asked for or could not be read.

    `rows` are what they were made from, by kind. `transactions` are the newest of each backup, by its id. `problems`
    says by kind which rows are damaged.
    """

    rows: dict[str, list[dict[str, t.Any]] | None]
    recovery_points: list[RecoveryPoint] | None
    schedules: list[Schedule] | None
    transactions: dict[int | None, Transaction]
    problems: dict[str, str]

    @classmethod
    def of_rows(
        cls, vm_id: int, rows: dict[str, list[dict[str, t.Any]] | None], naive_as: datetime.tzinfo | None = None
    ) -> EvidenceRecords:
        """The records of rows by kind. A list with a recovery point of another virtual machine is not read.

        Raises ValueError for a row without an id.
        """
        problems: dict[str, str] = {}
        points, schedules = rows.get(RECOVERY_POINTS), rows.get(SCHEDULES)
        point_records = None if points is None else [RecoveryPoint.from_row(row, naive_as) for row in points]
        foreign = {point.id for point in point_records or () if point.virtual_machine_id not in (None, vm_id)}
        if foreign:
            problems[RECOVERY_POINTS] = (
                f"The panel listed {ids_named('recovery point', sorted(foreign))} of another virtual machine."
            )
            rows, point_records = {**rows, RECOVERY_POINTS: None}, None
        schedule_records = None if schedules is None else [Schedule.from_row(row, naive_as) for row in schedules]
        transactions = [Transaction.from_row(row, naive_as) for row in rows.get(TRANSACTIONS) or ()]
        for kind, texts in (
            (RECOVERY_POINTS, unreadable_fields("recovery point", point_records or ())),
            (SCHEDULES, unreadable_fields("schedule", schedule_records or ())),
            (TRANSACTIONS, unreadable_fields("transaction", transactions)),
        ):
            for text in texts:
                problems.setdefault(kind, f"{text[0].upper()}{text[1:]}.")
        newest = {one.backup_id: one for one in sorted(transactions, key=lambda one: one.id)}
        return cls(rows, point_records, schedule_records, newest, problems)

    def with_transactions(self, backups: list[Backup] | None) -> list[Backup] | None:
        """Backups, the attempts among them with what their transactions say."""
        if backups is None or not self.transactions:
            return backups
        return [
            backup
            if backup.built is not False or (made := self.transactions.get(backup.id)) is None
            else backup._replace(transaction_status=made.status, transaction_at=made.at)
            for backup in backups
        ]


def _as_count(value: t.Any) -> int | None:
    """A whole number that is not negative; None for anything else."""
    number = as_integer(value)
    return None if number is None or number < 0 else number
