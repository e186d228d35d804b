# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads further evidence on virtual machines: plug-in recovery points, schedules and transactions.

Rows are reduced to the fields that are known: `params` and `log_output` hold secrets.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime
import typing as t
from collections.abc import Callable, Iterable, Mapping, Sequence

from .. import _errors, _fields, _records
from . import paging, throttle

if t.TYPE_CHECKING:
    from .client import Client

    # Rows, None if they could not be read, and what is wrong with them.
    OwnRows = tuple[t.Optional[list[paging.Row]], t.Optional[_errors.OnAppError]]
    Pending = dict[str, concurrent.futures.Future[OwnRows]]

# How far back the log of transactions is read at most: an attempt that is not built may be years old.
MOST_LOG_PAGES = 50
# A transaction and its backup are recorded one after the other.
LOG_SLACK = 3600


@dataclasses.dataclass
class EvidenceReader:
    """Reads the evidence of `kinds` on the virtual machines of one fetch, with the threads of `pool`."""

    client: Client
    pool: concurrent.futures.ThreadPoolExecutor
    kinds: Sequence[str]
    naive_as: datetime.tzinfo | None

    def __post_init__(self) -> None:
        self._points: dict[int, concurrent.futures.Future[OwnRows]] = {}
        self._has_points = True
        self._schedules: dict[_records.Target, list[paging.Row]] | None = None
        self._log = TransactionLog(self.client, self.naive_as)

    def prepare(self, ids: Sequence[int], ahead: int) -> None:
        """Read what concerns all virtual machines, by their ids, and the recovery points of the first ones, `ahead`.

        Raises AuthError and Stopped.
        """
        if _records.RECOVERY_POINTS in self.kinds:
            self._has_points = not ids or self._find_points(ids, ahead)
        if _records.SCHEDULES in self.kinds and ids:
            self._schedules = self._schedules_of_cloud()

    def forget(self, ids: Iterable[int]) -> None:
        """Let the recovery points of some virtual machines be read again when they are needed."""
        for number in ids:
            self._points.pop(number, None)

    def start(self, number: int, read_disks: Callable[[], list[paging.Row] | None]) -> Pending:
        """Start to read the evidence on a virtual machine; `read_disks` waits for the rows of its disks."""
        pending: Pending = {}
        if _records.RECOVERY_POINTS in self.kinds and self._has_points:
            read = self._points.pop(number, None)
            pending[_records.RECOVERY_POINTS] = read or self.pool.submit(throttle.attempt, self._own_points, number)
        if _records.SCHEDULES in self.kinds and self._schedules is None:
            pending[_records.SCHEDULES] = self.pool.submit(throttle.attempt, self._own_schedules, number, read_disks)
        return pending

    def finish(
        self, number: int, pending: Pending, disks: list[paging.Row] | None, backups: Iterable[_records.Backup]
    ) -> tuple[dict[str, list[paging.Row] | None], dict[str, _errors.OnAppError]]:
        """The rows of each kind, None for those that could not be read, and the errors of these.

        Raises AuthError and Stopped.
        """
        rows: dict[str, list[paging.Row] | None] = {}
        errors: dict[str, _errors.OnAppError] = {}
        for kind in self.kinds:
            error = None
            if kind in pending:
                rows[kind], error = pending[kind].result()
            elif kind == _records.RECOVERY_POINTS:
                rows[kind] = []
            elif kind == _records.SCHEDULES:
                rows[kind], error = throttle.attempt(self._listed_schedules, number, disks)
            else:
                rows[kind], error = self._log.of_attempts(backups)
            if error is not None:
                errors[kind] = error
        return rows, errors

    def _find_points(self, ids: Sequence[int], ahead: int) -> bool:
        """Whether the panel has recovery points: not if it answers 404 for every virtual machine.

        Their lists are read in groups, until one is there. They are kept, so that no request is sent twice.
        """
        size = self.client.connection.concurrency
        for group in (ids[:ahead], *(ids[start : start + size] for start in range(ahead, len(ids), size))):
            reads = {number: self.pool.submit(throttle.attempt, self._own_points, number) for number in group}
            self._points.update(reads)
            if not all(isinstance(read.result()[1], _errors.NotFoundError) for read in reads.values()):
                return True
        self._points.clear()
        return False

    def _own_points(self, number: int) -> list[paging.Row]:
        rows = self._whole_list("recovery_point", "virtual_machines", number, "backups", "recovery_points")
        return [_records.with_fields(row, _records.RECOVERY_POINT_FIELDS) for row in rows]

    def _schedules_of_cloud(self) -> dict[_records.Target, list[paging.Row]] | None:
        """All schedules by their target; None where it cannot be read or a target is unclear, so that the lists of
        each virtual machine and disk have to be read."""
        rows, _error = throttle.attempt(self._whole_list, "schedule", "settings", "schedules", map_pages=self.pool.map)
        if rows is None:
            return None
        found: dict[_records.Target, list[paging.Row]] = {}
        for row in rows:
            found.setdefault(_records.Schedule.from_row(row).target, []).append(
                _records.with_fields(row, _records.SCHEDULE_FIELDS)
            )
        return None if any(map(_is_unclear, found)) else found

    def _listed_schedules(self, number: int, disks: list[paging.Row] | None) -> list[paging.Row]:
        """The schedules of a virtual machine and its disks out of those of the cloud."""
        found = self._schedules or {}
        return _by_id(row for target in _targets(number, disks) for row in found.get(target, ()))

    def _own_schedules(self, number: int, read_disks: Callable[[], list[paging.Row] | None]) -> list[paging.Row]:
        """The schedules of a virtual machine and its disks, each read for itself; those of others are skipped."""
        targets = _targets(number, read_disks())
        rows = self._whole_list("schedule", "virtual_machines", number, "schedules")
        for disk in targets[1:]:
            rows += self._whole_list("schedule", "settings", "disks", disk.id, "schedules")
        own = ((row, _records.Schedule.from_row(row).target) for row in rows)
        return _by_id(
            _records.with_fields(row, _records.SCHEDULE_FIELDS)
            for row, target in own
            if target in targets or _is_unclear(target)
        )

    def _whole_list(self, wrapper: str, *segments: t.Any, **options: t.Any) -> list[paging.Row]:
        listing = self.client.get_list(wrapper, *segments, exact=True, **options)
        error = paging.list_error(listing, wrapper)
        if error is not None:
            raise error
        return listing.rows


class TransactionLog:
    """The panel's log of transactions, read from its newest entry on, and only as far back as necessary.

    `error` says why it could not be read further, None as long as it could.
    """

    def __init__(self, client: Client, naive_as: datetime.tzinfo | None = None) -> None:
        self._client = client
        self._naive_as = naive_as
        self._newest: dict[int, paging.Row] = {}
        self._seen: set[int] = set()
        self._pages = 0
        self._weight = 0
        self._oldest: int | None = None
        self._is_over = False
        self.error: _errors.OnAppError | None = None

    def of_attempts(self, backups: Iterable[_records.Backup]) -> tuple[list[paging.Row], _errors.OnAppError | None]:
        """The newest transactions of those attempts that no later backup of their target supersedes; what is wrong."""
        backups = list(backups)
        built: dict[_records.Target, int] = {}
        for backup in backups:
            if backup.built and not backup.marked_for_delete:
                built[backup.target] = max(backup.id, built.get(backup.target, 0))
        wanted = {
            backup.id: backup.created_at.seconds
            for backup in backups
            if backup.built is False and not backup.marked_for_delete and backup.id > built.get(backup.target, -1)
        }
        found = self.newest(wanted)
        return list(found.values()), self.error if len(found) < len(wanted) else None

    def newest(self, wanted: Mapping[int, int | None]) -> dict[int, paging.Row]:
        """The rows of the newest transactions that made some backups, by their ids.

        `wanted` has the ids of the backups, and when they were recorded (UTC seconds or None). That one is missing
        proves nothing: panels trim their logs. Raises AuthError and Stopped.
        """
        while not self._is_over and any(
            self._oldest is None or (seconds is not None and self._oldest >= seconds - LOG_SLACK)
            for id_, seconds in wanted.items()
            if id_ not in self._newest
        ):
            self._read_page()
        return {number: self._newest[number] for number in wanted if number in self._newest}

    def _read_page(self) -> None:
        self._pages += 1
        page, error = throttle.attempt(self._client.get_page, "transaction", "transactions", number=self._pages)
        if page is None:
            self.error, self._is_over = error, True
            return
        new = [row for row in page.rows if row["id"] not in self._seen]
        self._seen.update(row["id"] for row in new)
        for row in new:
            record = _records.Transaction.from_row(row, self._naive_as)
            if record.created_at is not None:
                oldest = record.created_at if self._oldest is None else self._oldest
                self._oldest = min(record.created_at, oldest)
            for text in _records.unreadable_fields("transaction", (record,)):
                self.error = paging.unreadable_value(text)
            if record.backup_id is not None:
                known = self._newest.get(record.backup_id)
                if known is None or known["id"] < record.id:
                    self._newest[record.backup_id] = _records.with_fields(row, _records.TRANSACTION_FIELDS)
        if page.strange:
            self.error = paging.strange_rows("transactions", page.strange)
        self._weight += page.weight
        is_too_long = self._pages == MOST_LOG_PAGES or self._weight > paging.MOST_WEIGHT
        if is_too_long:
            self.error = _errors.DecodeError(
                f"Only the newest {len(self._seen)} entries of the log of transactions are read, and an attempt that is"
                " not built is older."
            )
        self._is_over = not new or is_too_long or len(self._seen) == page.total


def _by_id(rows: Iterable[paging.Row]) -> list[paging.Row]:
    """Each row once, so that it does not matter which lists they are from."""
    return [row for _number, row in sorted({row["id"]: row for row in rows}.items())]


def _targets(number: int, disks: list[paging.Row] | None) -> list[_records.Target]:
    """A virtual machine and its disks, except those of others and swap disks, which are never backed up."""
    if disks is None:
        raise _errors.DecodeError(
            "It is not known which schedules are of this virtual machine, because its disks were not read."
        )
    own = (disk for disk in disks if _records.as_owner(disk.get("virtual_machine_id")) in (None, number))
    eligible = (disk for disk in own if _fields.as_boolean(disk.get("is_swap")) is not True)
    return [
        _records.Target(_records.VIRTUAL_MACHINE, number),
        *(_records.Target(_records.DISK, disk["id"]) for disk in eligible),
    ]


def _is_unclear(target: _records.Target) -> bool:
    """Whether it is not known what a schedule is of, so that it counts where the panel lists it."""
    return target.kind not in (_records.DISK, _records.VIRTUAL_MACHINE) or target.id is None
