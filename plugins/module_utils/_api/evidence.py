# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Reads further evidence on virtual machines: plug-in recovery points, schedules and transactions; finds orphans.

Rows are reduced to the fields that are known: `params` and `log_output` hold secrets.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import typing as t

from .._errors import DecodeError, NotFoundError
from .._fields import as_boolean, as_integer, utc_text
from .._records import (
    DISK,
    RECOVERY_POINT_FIELDS,
    RECOVERY_POINTS,
    SCHEDULE_FIELDS,
    SCHEDULES,
    TRANSACTION_FIELDS,
    VIRTUAL_MACHINE,
    Backup,
    Schedule,
    Target,
    Transaction,
    unreadable_fields,
    with_fields,
)
from .paging import MOST_WEIGHT, list_error, strange_rows, unreadable_value
from .throttle import attempt

if t.TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .._errors import OnAppError
    from .client import Client

    Row = dict[str, t.Any]
    # Rows, None if they could not be read, and what is wrong with them.
    OwnRows = tuple[t.Optional[list[Row]], t.Optional[OnAppError]]
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
        self._schedules: dict[Target, list[Row]] | None = None
        self._log = TransactionLog(self.client, self.naive_as)

    def prepare(self, ids: Sequence[int], ahead: int) -> None:
        """Read what concerns all virtual machines, by their ids, and the recovery points of the first ones, `ahead`.

        Raises AuthError and Stopped.
        """
        if RECOVERY_POINTS in self.kinds:
            self._has_points = not ids or self._find_points(ids, ahead)
        if SCHEDULES in self.kinds and ids:
            self._schedules = self._schedules_of_cloud()

    def start(self, number: int, read_disks: Callable[[], list[Row] | None]) -> Pending:
        """Start to read the evidence on a virtual machine; `read_disks` waits for the rows of its disks."""
        pending: Pending = {}
        if RECOVERY_POINTS in self.kinds and self._has_points:
            read = self._points.pop(number, None)
            pending[RECOVERY_POINTS] = read or self.pool.submit(attempt, self._own_points, number)
        if SCHEDULES in self.kinds and self._schedules is None:
            pending[SCHEDULES] = self.pool.submit(attempt, self._own_schedules, number, read_disks)
        return pending

    def finish(
        self, number: int, pending: Pending, disks: list[Row] | None, backups: Iterable[Backup]
    ) -> tuple[dict[str, list[Row] | None], dict[str, OnAppError]]:
        """The rows of each kind, None for those that could not be read, and the errors of these.

        Raises AuthError and Stopped.
        """
        rows: dict[str, list[Row] | None] = {}
        errors: dict[str, OnAppError] = {}
        for kind in self.kinds:
            error = None
            if kind in pending:
                rows[kind], error = pending[kind].result()
            elif kind == RECOVERY_POINTS:
                rows[kind] = []
            elif kind == SCHEDULES:
                rows[kind], error = attempt(self._listed_schedules, number, disks)
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
            reads = {number: self.pool.submit(attempt, self._own_points, number) for number in group}
            self._points.update(reads)
            if not all(isinstance(read.result()[1], NotFoundError) for read in reads.values()):
                return True
        self._points.clear()
        return False

    def _own_points(self, number: int) -> list[Row]:
        rows = self._whole_list("recovery_point", "virtual_machines", number, "backups", "recovery_points")
        return [with_fields(row, RECOVERY_POINT_FIELDS) for row in rows]

    def _schedules_of_cloud(self) -> dict[Target, list[Row]] | None:
        """All schedules by their target; None where it cannot be read or a target is unclear, so that the lists of
        each virtual machine and disk have to be read."""
        rows, _error = attempt(self._whole_list, "schedule", "settings", "schedules", map_pages=self.pool.map)
        if rows is None:
            return None
        found: dict[Target, list[Row]] = {}
        for row in rows:
            found.setdefault(Schedule.from_row(row).target, []).append(with_fields(row, SCHEDULE_FIELDS))
        return None if any(map(_is_unclear, found)) else found

    def _listed_schedules(self, number: int, disks: list[Row] | None) -> list[Row]:
        """The schedules of a virtual machine and its disks out of those of the cloud."""
        found = self._schedules or {}
        return _by_id(row for target in _targets(number, disks) for row in found.get(target, ()))

    def _own_schedules(self, number: int, read_disks: Callable[[], list[Row] | None]) -> list[Row]:
        """The schedules of a virtual machine and its disks, each read for itself; those of others are skipped."""
        targets = _targets(number, read_disks())
        rows = self._whole_list("schedule", "virtual_machines", number, "schedules")
        for disk in targets[1:]:
            rows += self._whole_list("schedule", "settings", "disks", disk.id, "schedules")
        own = ((row, Schedule.from_row(row).target) for row in rows)
        return _by_id(
            with_fields(row, SCHEDULE_FIELDS) for row, target in own if target in targets or _is_unclear(target)
        )

    def _whole_list(self, wrapper: str, *segments: t.Any, **options: t.Any) -> list[Row]:
        listing = self.client.get_list(wrapper, *segments, exact=True, **options)
        error = list_error(listing, wrapper)
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
        self._newest: dict[int, Row] = {}
        self._seen: set[int] = set()
        self._pages = 0
        self._weight = 0
        self._oldest: int | None = None
        self._is_over = False
        self.error: OnAppError | None = None

    def of_attempts(self, backups: Iterable[Backup]) -> tuple[list[Row], OnAppError | None]:
        """The newest transactions of those attempts that no later backup of their target supersedes; what is wrong."""
        backups = list(backups)
        built: dict[Target, int] = {}
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

    def newest(self, wanted: Mapping[int, int | None]) -> dict[int, Row]:
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
        page, error = attempt(self._client.get_page, "transaction", "transactions", number=self._pages)
        if page is None:
            self.error, self._is_over = error, True
            return
        new = [row for row in page.rows if row["id"] not in self._seen]
        self._seen.update(row["id"] for row in new)
        for row in new:
            record = Transaction.from_row(row, self._naive_as)
            if record.created_at is not None:
                oldest = record.created_at if self._oldest is None else self._oldest
                self._oldest = min(record.created_at, oldest)
            for text in unreadable_fields("transaction", (record,)):
                self.error = unreadable_value(text)
            if record.backup_id is not None:
                known = self._newest.get(record.backup_id)
                if known is None or known["id"] < record.id:
                    self._newest[record.backup_id] = with_fields(row, TRANSACTION_FIELDS)
        if page.strange:
            self.error = strange_rows("transactions", page.strange)
        self._weight += page.weight
        is_too_long = self._pages == MOST_LOG_PAGES or self._weight > MOST_WEIGHT
        if is_too_long:
            self.error = DecodeError(
                f"Only the newest {len(self._seen)} entries of the log of transactions are read, and an attempt that is"
                " not built is older."
            )
        self._is_over = not new or is_too_long or len(self._seen) == page.total


def _by_id(rows: Iterable[Row]) -> list[Row]:
    """Each row once, so that it does not matter which lists they are from."""
    return [row for _number, row in sorted({row["id"]: row for row in rows}.items())]


def _targets(number: int, disks: list[Row] | None) -> list[Target]:
    """A virtual machine and its disks, except those of others and swap disks, which are never backed up."""
    if disks is None:
        raise DecodeError(
            "It is not known which schedules are of this virtual machine, because its disks were not read."
        )
    own = (disk for disk in disks if as_integer(disk.get("virtual_machine_id")) in (None, number))
    eligible = (disk for disk in own if as_boolean(disk.get("is_swap")) is not True)
    return [Target(VIRTUAL_MACHINE, number), *(Target(DISK, disk["id"]) for disk in eligible)]


def _is_unclear(target: Target) -> bool:
    """Whether it is not known what a schedule is of, so that it counts where the panel lists it."""
    return target.kind not in (DISK, VIRTUAL_MACHINE) or target.id is None


def find_orphans(
    client: Client,
    owners: Iterable[int],
    vms: set[int],
    backups: set[int],
    before: int,
    naive_as: datetime.tzinfo | None,
) -> list[Row]:
    """The backups of some owners that belong to no virtual machine, by id; one request for each owner.

    `vms` and `backups` are the ids that are known. A backup recorded later than `before` (UTC seconds) may be of a
    virtual machine that was created meanwhile. Raises OnAppError when a list cannot be read.
    """
    with concurrent.futures.ThreadPoolExecutor(client.connection.concurrency, "onapp-owners") as pool:
        try:
            lists = list(pool.map(lambda owner: (owner, _backups_of(client, owner)), sorted(set(owners))))
        except BaseException:
            client.throttle.stop()
            raise
    found: dict[int, Row] = {}
    for owner, rows in lists:
        for row in rows:
            backup = Backup.from_row(row, naive_as)
            seconds = backup.created_at.seconds
            is_of_vm = backup.target.kind == VIRTUAL_MACHINE and backup.target.id in vms
            if backup.id in backups or is_of_vm or (seconds is not None and seconds > before):
                continue
            found[backup.id] = {
                "id": backup.id,
                "user_id": owner,
                "target_type": backup.target.kind,
                "target_id": backup.target.id,
                "created_at": utc_text(seconds),
                "size_bytes": None if backup.size is None else backup.size * 1024,
            }
    return [found[number] for number in sorted(found)]


def _backups_of(client: Client, owner: int) -> list[Row]:
    listing = client.get_list("backup", "users", owner, "backups")
    if listing.problem or listing.strange:
        why = listing.problem or "it holds elements that are no rows"
        raise DecodeError(f"The list of backups of user {owner} is incomplete: {why}. Run again.")
    return listing.rows
