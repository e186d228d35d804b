# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fetches a cloud: virtual machines with their disks and backups, concurrently, handed on one by one.

Anything that could not be read is reported as a failure of its virtual machine, or of the whole cloud.
"""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import datetime
import itertools
import typing as t
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from .. import _errors, _records, _text
from .._policy import values
from . import paging, throttle
from .selection import VmSelector

if t.TYPE_CHECKING:
    from .client import Client
    from .evidence import EvidenceReader, OwnRows, Pending

# `normal` is the vendor page's own call; `/backups` answers with both kinds.
BACKUP_ROUTES = {"all": ("backups",), "normal": ("backups", "images"), "incremental": ("backups", "files")}
# An estimate, swap included, to choose the cheaper way of reading them.
DISKS_PER_VIRTUAL_MACHINE = 2.5
READ_AHEAD = 4
RECORDS_OF_EVIDENCE = {
    _records.RECOVERY_POINTS: _records.RecoveryPoint,
    _records.SCHEDULES: _records.Schedule,
    _records.TRANSACTIONS: _records.Transaction,
}


class Failure(t.NamedTuple):
    """What could not be read. Without a virtual machine it is the cloud as a whole that may be incomplete."""

    error: _errors.OnAppError
    vm: _records.VirtualMachine | None = None

    def as_facts(self) -> dict[str, t.Any]:
        """The failure as a user's facts: `virtual_machine_id`, `virtual_machine_label`, `code`, `status`, `text`."""
        number, label = (None, None) if self.vm is None else (self.vm.id, self.vm.label)
        return {
            "virtual_machine_id": number,
            "virtual_machine_label": None if label is None else _text.printable(label),
            "code": self.error.code,
            "status": self.error.status,
            "text": self.error.text,
        }


class FetchedVm(t.NamedTuple):
    """One virtual machine: its records and the rows that they were made from, in the same order.

    What was not read is None; `failures` says why. `evidence` has the rows of each kind of EVIDENCE that was asked for,
    and `evidence_failures` says by kind what could not be read of them, which is in no other failure. Transactions are
    in the backups that they made, `schedules` those of the virtual machine and of its disks.
    """

    vm: _records.VirtualMachine
    disks: list[_records.Disk] | None
    backups: list[_records.Backup] | None
    failures: tuple[Failure, ...]
    row: paging.Row = {}
    disk_rows: list[paging.Row] | None = None
    backup_rows: list[paging.Row] | None = None
    evidence: dict[str, list[paging.Row] | None] = {}
    recovery_points: list[_records.RecoveryPoint] | None = None
    schedules: list[_records.Schedule] | None = None
    evidence_failures: dict[str, Failure] = {}

    @classmethod
    def of_rows(
        cls,
        virtual_machine: paging.Row,
        disks: list[paging.Row] | None,
        backups: list[paging.Row] | None,
        errors: Iterable[_errors.OnAppError] = (),
        naive_as: datetime.tzinfo | None = None,
        vm: _records.VirtualMachine | None = None,
    ) -> FetchedVm:
        """The records of rows; `errors` says what was not read. `vm` is the record of its row, if it was made before.

        A value without meaning is a failure, too. Raises ValueError for a row without an id.
        """
        vm = vm or _records.VirtualMachine.from_row(virtual_machine, naive_as)
        disk_records = _records_of(disks, _records.Disk, naive_as)
        backup_records = _records_of(backups, _records.Backup, naive_as)
        unreadable = _records.unreadable_values(vm, disk_records or (), backup_records or ())
        failures = tuple(Failure(error, vm) for error in (*errors, *map(paging.unreadable_value, unreadable)))
        return cls(vm, disk_records, backup_records, failures, virtual_machine, disks, backups)

    def with_evidence(
        self,
        rows: Mapping[str, list[paging.Row] | None],
        errors: Mapping[str, _errors.OnAppError],
        naive_as: datetime.tzinfo | None = None,
    ) -> FetchedVm:
        """The same with the records of evidence, by kind; `errors` says what of it was not read.

        A list with a recovery point of another virtual machine is not read.
        """
        if not rows and not errors:
            return self
        evidence = dict(rows)
        found: dict[str, _errors.OnAppError] = {}
        records = {kind: _records_of(evidence[kind], RECORDS_OF_EVIDENCE[kind], naive_as) for kind in evidence}
        points = records.get(_records.RECOVERY_POINTS) or ()
        foreign = {point.id for point in points if point.virtual_machine_id not in (None, self.vm.id)}
        if foreign:
            found[_records.RECOVERY_POINTS] = _errors.DecodeError(
                f"The panel listed {_text.ids_named('recovery point', sorted(foreign))} of another virtual machine."
            )
            evidence[_records.RECOVERY_POINTS] = records[_records.RECOVERY_POINTS] = None
        for kind, those in records.items():
            for text in _records.unreadable_fields(kind.replace("_", " ")[:-1], those or ())[:1]:
                found.setdefault(kind, paging.unreadable_value(text))
        transactions = records.get(_records.TRANSACTIONS) or ()
        newest = {one.backup_id: one for one in sorted(transactions, key=lambda one: one.id)}
        backups = list(self.backups or ())
        for place, backup in enumerate(backups):
            made = newest.get(backup.id)
            if made and backup.built is False:
                backups[place] = backup._replace(transaction_status=made.status, transaction_at=made.at)
        found.update(errors)
        return self._replace(
            backups=None if self.backups is None else backups,
            evidence=evidence,
            recovery_points=records.get(_records.RECOVERY_POINTS),
            schedules=records.get(_records.SCHEDULES),
            evidence_failures={kind: Failure(error, self.vm) for kind, error in found.items()},
        )


def _records_of(rows: list[paging.Row] | None, kind: t.Any, naive_as: datetime.tzinfo | None) -> list[t.Any] | None:
    return None if rows is None else [kind.from_row(row, naive_as) for row in rows]


@dataclasses.dataclass
class CloudFetch:
    """One fetch of a cloud: of the virtual machines with these `names`, none means all.

    `keep` says of a listed virtual machine whether to read its disks and backups; an exception from `keep` aborts the
    run. With `whole_list` an incomplete list of virtual machines is an error, with `fail_on_error` anything that cannot
    be read. Times without an offset are in the zone `naive_as`. `evidence` are the kinds of EVIDENCE to read.

    `failures` is what could not be read, `unread` the same, by kind, for evidence that decides no state alone;
    `dropped` are the virtual machines that were deleted during the fetch, `listed` all that the panel showed, and
    `skipped_rows` the rows of those that `keep` refused. They are complete after the last virtual machine was taken.
    """

    client: Client
    names: Sequence[str] = ()
    backup_type: str = "all"
    disks: bool = True
    backups: bool = True
    keep: Callable[[_records.VirtualMachine], bool] | None = None
    whole_list: bool = False
    fail_on_error: bool = False
    naive_as: datetime.tzinfo | None = None
    evidence: Sequence[str] = ()

    def __post_init__(self) -> None:
        self._pool = concurrent.futures.ThreadPoolExecutor(self.client.connection.concurrency, "onapp")
        self._evidence: EvidenceReader | None = None
        if self.evidence:
            # A fetch without need not compile it.
            from .evidence import EvidenceReader

            self._evidence = EvidenceReader(self.client, self._pool, self.evidence, self.naive_as)
        self._disks: dict[int, list[paging.Row]] = {}
        # Those that were not handed on yet, by id. Their rows take much memory, so none is kept longer.
        self._left: dict[int, tuple[_records.VirtualMachine, paging.Row]] = {}
        self._broken: frozenset[int] = frozenset()
        self._not_found: list[FetchedVm] = []
        self.failures: list[Failure] = []
        self.unread: dict[str, list[Failure]] = {_records.SCHEDULES: [], _records.TRANSACTIONS: []}
        self.dropped: list[_records.VirtualMachine] = []
        self.listed: list[_records.VirtualMachine] = []
        self.skipped_rows: list[paging.Row] = []

    def virtual_machines(self) -> Iterator[FetchedVm]:
        """The virtual machines in the order of the names, else by id; last those whose own routes answered 404.

        Raises OnAppError when the virtual machines themselves cannot be read, or on request anything, and AuthError
        whenever it occurs.
        """
        try:
            self._list()
            ids = list(self._left)
            if self._evidence:
                self._evidence.prepare(ids, self.client.connection.concurrency)
            for fetched in itertools.chain(self._read_ahead(ids), self._settle_not_found()):
                del self._left[fetched.vm.id]
                self.failures += fetched.failures
                for kind, failure in fetched.evidence_failures.items():
                    (self.failures if kind == _records.RECOVERY_POINTS else self.unread[kind]).append(failure)
                self._end_by_failure()
                yield fetched
        except throttle.Stopped as stopped:
            raise self.client.refused or stopped from None
        except BaseException:
            self.client.throttle.stop()
            raise
        finally:
            self._pool.shutdown(cancel_futures=True)

    def unread_by(self, error: _errors.OnAppError) -> Iterator[FetchedVm]:
        """The virtual machines that were not handed on before an error ended the fetch."""
        for vm, row in self._left.values():
            yield FetchedVm.of_rows(row, None, None, [error], vm=vm).with_evidence(dict.fromkeys(self.evidence), {})

    def warnings(self, found: int, record: str = "health") -> list[str]:
        """Warnings about a fetch that has ended, in which `found` virtual machines were read.

        `record` is the name of the returned value that shows whether it is complete.
        """
        texts = self.notes()
        if self.failures:
            texts.append(
                f"{_text.counted(len(self.failures), 'part')} of the cloud could not be read, and {record}.complete is"
                f" false. {_first_of(self.failures)}"
            )
        if not self.listed and not found and not self.dropped:
            texts.append("The control panel listed no virtual machine. That may mean that this account may see none.")
        return texts

    def notes(self) -> list[str]:
        """A sentence on each virtual machine that was deleted during the fetch, and on each kind in `unread`."""
        named = (_text.vm_named(vm.id, vm.label) for vm in self.dropped)
        texts = [f"{text[0].upper()}{text[1:]} was deleted while it was read; it is skipped." for text in named]
        for kind, unread in self.unread.items():
            if unread:
                texts.append(
                    f"The {kind} of {_text.counted(len(unread), 'virtual machine')} could not be read, and nothing is"
                    f" known of them. {_first_of(unread)}"
                )
        return texts

    def _list(self) -> None:
        """Read the list of virtual machines and, where that costs less than one list each, that of all disks."""
        selected = VmSelector(self.client, self._pool.map).select(self.names)
        if selected.problem:
            error = paging.incomplete("virtual machines", selected.problem)
            if self.whole_list:
                raise error
            self.failures.append(Failure(error))
        if selected.strange:
            self.failures.append(Failure(paging.strange_rows("virtual machines", selected.strange)))
        self._end_by_failure()
        self._broken = selected.broken
        self.listed = [_records.VirtualMachine.from_row(row, self.naive_as) for row in selected.rows]
        for vm, row in zip(self.listed, selected.rows):
            if self.keep is None or self._may_keep(vm, self.keep):
                self._left[vm.id] = vm, row
            else:
                self.skipped_rows.append(row)
        if self.disks:
            self._disks = self._disks_of_cloud(selected.listed)

    def _may_keep(self, vm: _records.VirtualMachine, keep: Callable[[_records.VirtualMachine], bool]) -> bool:
        """Whether to keep a virtual machine. Of a damaged row, `keep` gets the damaged fields as `unreadable`."""
        if vm.id not in self._broken:
            return keep(vm)
        damaged = [name for name, value in vm._asdict().items() if isinstance(value, str) and "\ufffd" in value]
        # Without any, two rows differ in fields that are not known.
        return not damaged or keep(vm._replace(unreadable=(*vm.unreadable, *damaged)))

    def _end_by_failure(self) -> None:
        if self.fail_on_error and self.failures:
            raise self.failures[0].error

    def _read_ahead(self, ids: list[int]) -> Iterator[FetchedVm]:
        """Each virtual machine in order, while the requests for those behind it are in flight."""
        in_flight: collections.deque[tuple[int, Pending]] = collections.deque()
        limit = READ_AHEAD * self.client.connection.concurrency
        for number in ids:
            in_flight.append((number, self._start(number)))
            if len(in_flight) > limit:
                yield from self._finish(*in_flight.popleft())
        while in_flight:
            yield from self._finish(*in_flight.popleft())

    def _start(self, number: int) -> Pending:
        pending = {}
        if self.backups:
            route = BACKUP_ROUTES[self.backup_type]
            pending["backups"] = self._pool.submit(self._read, number, "backup", *route)
        if self.disks and number not in self._disks:
            pending["disks"] = self._pool.submit(self._read, number, "disk", "disks")
        if self._evidence:
            # Threads take up tasks in their order, so that none waits for disks that are not being read.
            disks = pending.get("disks")
            pending.update(
                self._evidence.start(number, lambda: disks.result()[0] if disks else self._disks.get(number))
            )
        return pending

    def _read(self, number: int, wrapper: str, *route: str) -> OwnRows:
        """A list that belongs to one virtual machine; None if it is incomplete."""
        listing, error = throttle.attempt(self.client.get_list, wrapper, "virtual_machines", number, *route, exact=True)
        if listing is None:
            return None, error
        return None if listing.problem else listing.rows, paging.list_error(listing, wrapper)

    def _finish(self, number: int, pending: Pending) -> Iterator[FetchedVm]:
        vm, row = self._left[number]
        read: dict[str, list[paging.Row] | None] = {"backups": None, "disks": self._disks.get(number)}
        errors: list[_errors.OnAppError] = []
        if number in self._broken:
            errors.append(paging.damaged_text("virtual_machine", [number]))
        is_not_found = False
        for part in [name for name in read if name in pending]:
            read[part], error = pending[part].result()
            # One is enough where all routes of the virtual machine answer 404.
            if error and not (is_not_found and isinstance(error, _errors.NotFoundError)):
                errors.append(error)
            is_not_found = is_not_found or isinstance(error, _errors.NotFoundError)
        fetched = FetchedVm.of_rows(row, read["disks"], read["backups"], errors, self.naive_as, vm=vm)
        if self._evidence:
            evidence = self._evidence.finish(number, pending, read["disks"], fetched.backups or ())
            fetched = fetched.with_evidence(*evidence, self.naive_as)
        self._disks.pop(number, None)
        if is_not_found:
            self._not_found.append(fetched)
        else:
            yield fetched

    def _settle_not_found(self) -> Iterator[FetchedVm]:
        """Those whose own routes answered 404: dropped if the list, read once more, no longer has them.

        Panels answer 404 for what belongs to others, too. Without the list all are unknown, by errors of their own.
        """
        if not self._not_found:
            return
        deleted: set[int] = set()
        listing, _error = throttle.attempt(VmSelector(self.client, self._pool.map).list_all)
        if listing and not listing.problem and not listing.strange:
            unread = {fetched.vm.id for fetched in self._not_found}
            read = {vm.id for vm in self.listed} - unread - {row["id"] for row in self.skipped_rows}
            still = {row["id"] for row in listing.rows}
            # A list without most of those that were just read shows what the account may see, not what was deleted.
            if 2 * len(read & still) >= len(read):
                deleted = unread - still
        for fetched in self._not_found:
            if fetched.vm.id in deleted:
                self.dropped.append(fetched.vm)
                del self._left[fetched.vm.id]
            else:
                yield fetched

    def _disks_of_cloud(self, listed: int | None) -> dict[int, list[paging.Row]]:
        """Disks by virtual machine from the cloud-wide list, where reading that costs less than one list each.

        A virtual machine without a disk in it is not in the result, and its own list is read: an account may see all
        virtual machines and only its own disks.
        """
        pages = 1 + (listed or 0) * DISKS_PER_VIRTUAL_MACHINE // self.client.connection.page_size
        if listed is None or len(self._left) <= pages:
            return {}
        listing, _error = throttle.attempt(self.client.get_list, "disk", "settings", "disks", map_pages=self._pool.map)
        if listing is None or paging.list_error(listing, "disk"):
            return {}
        disks: dict[int, list[paging.Row]] = {}
        for disk in listing.rows:
            owner = _records.as_owner(disk.get("virtual_machine_id"))
            if owner is None:
                # It may be of any virtual machine: their own lists say of which.
                return {}
            disks.setdefault(owner, []).append(disk)
        for vm, _row in self._left.values():
            if vm.built is False:
                disks.setdefault(vm.id, [])
        return disks


def _first_of(failures: list[Failure]) -> str:
    first = failures[0]
    where = "the cloud" if first.vm is None else _text.vm_named(first.vm.id, first.vm.label)
    return f"The first, of {where}: {first.error.text}"


def clock_offset(client: Client, started: float) -> float | None:
    """The panel's clock minus the one here in seconds, None before the panel's first answer.

    The client was made at `started`, in UTC seconds.
    """
    if client.server_date is None:
        return None
    theirs, elapsed = client.server_date
    return theirs - started - elapsed


def clock_warnings(client: Client, started: float, max_skew: int) -> list[str]:
    """A warning if both clocks differ by more than `max_skew` seconds."""
    offset = clock_offset(client, started)
    if offset is None or abs(offset) <= max_skew:
        return []
    side = "ahead of" if offset > 0 else "behind"
    text = f"The control panel's clock is {values.duration_text(int(abs(offset)))} {side} the clock here"
    return [f"{text}, which makes ages wrong by as much: set both by the same time server."]
