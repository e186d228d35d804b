# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Fetches a cloud: virtual machines with their disks and backups, concurrently, handed on one by one.

Anything that could not be read is reported as a failure of its virtual machine, or of the whole cloud.
"""

from __future__ import annotations

import collections
import concurrent.futures
import datetime
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.evidence import EvidenceReader, OwnRows
from ansible_collections.community.onapp.plugins.module_utils._api.paging import (
    damaged_text,
    incomplete,
    list_error,
    strange_rows,
)
from ansible_collections.community.onapp.plugins.module_utils._api.selection import SelectedVms, VmSelector
from ansible_collections.community.onapp.plugins.module_utils._api.throttle import Stopped
from ansible_collections.community.onapp.plugins.module_utils._errors import (
    AuthError,
    DecodeError,
    NotFoundError,
    OnAppError,
)
from ansible_collections.community.onapp.plugins.module_utils._evidence import (
    RECOVERY_POINTS,
    SCHEDULES,
    TRANSACTIONS,
    EvidenceRecords,
)
from ansible_collections.community.onapp.plugins.module_utils._fields import as_boolean, as_integer
from ansible_collections.community.onapp.plugins.module_utils._records import (
    Backup,
    Disk,
    VirtualMachine,
    unreadable_values,
)
from ansible_collections.community.onapp.plugins.module_utils._text import (
    counted,
    printable,
    vm_named,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
    from ansible_collections.community.onapp.plugins.module_utils._api.paging import Listing
    from ansible_collections.community.onapp.plugins.module_utils._evidence import RecoveryPoint, Schedule

    Row = dict[str, t.Any]
    Pending = dict[str, concurrent.futures.Future[OwnRows]]

# `normal` is the vendor page's own call; `/backups` answers with both kinds.
BACKUP_ROUTES = {"all": ("backups",), "normal": ("backups", "images"), "incremental": ("backups", "files")}
# An estimate, swap included, to choose the cheaper way of reading them.
DISKS_PER_VIRTUAL_MACHINE = 2.5
READ_AHEAD = 4


class FetchSpec(t.NamedTuple):
    """What to fetch: names of virtual machines (none means all), which backups, and whether disks and backups at all.

    `keep` tells of a listed virtual machine whether to read its disks and backups; an exception from `keep` aborts the
    run. With `whole_list` an incomplete list of virtual machines is an error. Times without an offset are in the zone
    `naive_as`. `evidence` are the kinds of EVIDENCE to read.
    """

    names: tuple[str, ...] = ()
    backup_type: str = "all"
    disks: bool = True
    backups: bool = True
    keep: Callable[[VirtualMachine], bool] | None = None
    whole_list: bool = False
    naive_as: datetime.tzinfo | None = None
    evidence: tuple[str, ...] = ()


class Failure(t.NamedTuple):
    """What could not be read. Without a virtual machine it is the cloud as a whole that may be incomplete."""

    error: OnAppError
    virtual_machine_id: int | None = None
    virtual_machine_label: str | None = None

    @classmethod
    def of_vm(cls, error: OnAppError, vm: VirtualMachine) -> Failure:
        return cls(error, vm.id, None if vm.label is None else printable(vm.label))

    def as_facts(self) -> dict[str, t.Any]:
        """The failure as a user's facts: `virtual_machine_id`, `virtual_machine_label`, `code`, `status`, `text`."""
        return {
            "virtual_machine_id": self.virtual_machine_id,
            "virtual_machine_label": self.virtual_machine_label,
            "code": self.error.code,
            "status": self.error.status,
            "text": self.error.text,
        }


class VmRows(t.NamedTuple):
    """The panel's rows of one virtual machine; None for disks or backups that were not read.

    `evidence` has the rows of each kind of EVIDENCE that was asked for, None where they could not be read.
    """

    virtual_machine: Row
    disks: list[Row] | None
    backups: list[Row] | None
    evidence: dict[str, list[Row] | None] = {}


class FetchedVm(t.NamedTuple):
    """One virtual machine: its records and the rows that they were made from, in the same order.

    `disks` or `backups` is None when they were not read; `failures` say why. `evidence` are the kinds of EVIDENCE that
    were asked for. `recovery_points` is None when they were not asked for or could not be read, and so is `schedules`,
    which are those of the virtual machine and of its disks. `evidence_failures` says by kind what could not be read of
    it, which is in no other failure of the virtual machine. Transactions are in the backups that they made.
    """

    vm: VirtualMachine
    disks: list[Disk] | None
    backups: list[Backup] | None
    failures: tuple[Failure, ...]
    rows: VmRows
    evidence: tuple[str, ...] = ()
    recovery_points: list[RecoveryPoint] | None = None
    schedules: list[Schedule] | None = None
    evidence_failures: dict[str, Failure] = {}

    @classmethod
    def of_rows(
        cls,
        virtual_machine: Row,
        disks: list[Row] | None,
        backups: list[Row] | None,
        failures: tuple[Failure, ...] = (),
        naive_as: datetime.tzinfo | None = None,
    ) -> FetchedVm:
        """The records of rows. A value without meaning is a failure. Raises ValueError for a row without an id."""
        vm = VirtualMachine.from_row(virtual_machine, naive_as)
        disk_records = None if disks is None else [Disk.from_row(row, naive_as) for row in disks]
        backup_records = None if backups is None else [Backup.from_row(row, naive_as) for row in backups]
        for problem in unreadable_values(vm, disk_records or (), backup_records or ()):
            failures += (Failure.of_vm(DecodeError(f"{problem[0].upper()}{problem[1:]}."), vm),)
        return cls(vm, disk_records, backup_records, failures, VmRows(virtual_machine, disks, backups))

    def with_evidence(
        self,
        rows: dict[str, list[Row] | None],
        errors: Mapping[str, OnAppError] | None = None,
        naive_as: datetime.tzinfo | None = None,
    ) -> FetchedVm:
        """The same with the records of evidence, whose kinds are the keys of `rows`; `errors` says what was not read.

        Raises ValueError for a row without an id.
        """
        parsed = EvidenceRecords.of_rows(self.vm.id, rows, naive_as)
        found = {**{kind: DecodeError(text) for kind, text in parsed.problems.items()}, **(errors or {})}
        return self._replace(
            backups=parsed.with_transactions(self.backups),
            rows=self.rows._replace(evidence=parsed.rows),
            evidence=tuple(rows),
            recovery_points=parsed.recovery_points,
            schedules=parsed.schedules,
            evidence_failures={kind: Failure.of_vm(error, self.vm) for kind, error in found.items()},
        )


class CloudFetch:
    """One fetch of a cloud; `failures` and `dropped` are complete after the last virtual machine was taken.

    `failures` is what could not be read, `unread` the same for schedules and transactions, by kind, which decide no
    state alone; `dropped` are the virtual machines that were deleted during the fetch, `listed` all that the panel
    showed, kept or not, and `listed_rows` their rows in the same order.
    """

    def __init__(self, client: Client, spec: FetchSpec) -> None:
        self._client = client
        self._spec = spec
        self._pool = concurrent.futures.ThreadPoolExecutor(client.connection.concurrency, "onapp")
        self._evidence = EvidenceReader(client, self._pool, spec.evidence, spec.naive_as)
        self._disks: dict[int, list[Row]] = {}
        self._broken: frozenset[int] = frozenset()
        self._not_found: list[FetchedVm] = []
        self.failures: list[Failure] = []
        self.unread: dict[str, list[Failure]] = {SCHEDULES: [], TRANSACTIONS: []}
        self.dropped: list[VirtualMachine] = []
        self.listed: list[VirtualMachine] = []
        self.listed_rows: list[Row] = []

    def virtual_machines(self) -> Iterator[FetchedVm]:
        """The virtual machines in the order of the names, else by id; last those whose own routes answered 404.

        Raises OnAppError when the virtual machines themselves cannot be read, and AuthError whenever it occurs.
        """
        try:
            selected = VmSelector(self._client, self._pool.map).select(self._spec.names)
            if selected.problem:
                error = incomplete("virtual machines", selected.problem)
                if self._spec.whole_list:
                    raise error
                self.failures.append(Failure(error))
            if selected.strange:
                self.failures.append(Failure(strange_rows("virtual machines", selected.strange)))
            self._broken = selected.broken
            self.listed_rows = selected.rows
            self.listed = [VirtualMachine.from_row(row, self._spec.naive_as) for row in selected.rows]
            rows = [
                row for row, vm in zip(self.listed_rows, self.listed) if self._spec.keep is None or self._spec.keep(vm)
            ]
            if self._spec.disks:
                self._disks = self._disks_of_cloud(selected, rows)
            self._evidence.prepare([row["id"] for row in rows], self._client.connection.concurrency)
            yield from self._read_ahead(rows)
            yield from self._settle_not_found()
        except Stopped as stopped:
            raise self._client.refused or stopped from None
        except BaseException:
            self._client.throttle.stop()
            raise
        finally:
            self._pool.shutdown(cancel_futures=True)

    def warnings(self, found: int, record: str = "health") -> list[str]:
        """Warnings about a fetch that has ended, in which `found` virtual machines were read.

        `record` is the name of the returned value that shows whether it is complete.
        """
        texts = self.notes()
        if self.failures:
            texts.append(
                f"{counted(len(self.failures), 'part')} of the cloud could not be read, and {record}.complete is"
                f" false. {_first_of(self.failures)}"
            )
        if not self.listed and not found and not self.dropped:
            texts.append("The control panel listed no virtual machine. That may mean that this account may see none.")
        return texts

    def notes(self) -> list[str]:
        """A sentence on each virtual machine that was deleted during the fetch, and on each kind in `unread`."""
        named = (vm_named(vm.id, vm.label) for vm in self.dropped)
        texts = [f"{text[0].upper()}{text[1:]} was deleted while it was read; it is skipped." for text in named]
        for kind, unread in self.unread.items():
            if unread:
                texts.append(
                    f"The {kind} of {counted(len(unread), 'virtual machine')} could not be read, and nothing is known"
                    f" of them. {_first_of(unread)}"
                )
        return texts

    def _read_ahead(self, rows: list[Row]) -> Iterator[FetchedVm]:
        """Each virtual machine in order, while the requests for those behind it are in flight."""
        in_flight: collections.deque[tuple[Row, Pending]] = collections.deque()
        limit = READ_AHEAD * self._client.connection.concurrency
        for row in rows:
            in_flight.append((row, self._start(row)))
            if len(in_flight) > limit:
                yield from self._finish(*in_flight.popleft())
        while in_flight:
            yield from self._finish(*in_flight.popleft())

    def _start(self, row: Row) -> Pending:
        number, pending = row["id"], {}
        if self._spec.backups:
            route = BACKUP_ROUTES[self._spec.backup_type]
            pending["backups"] = self._pool.submit(self._read, number, "backup", *route)
        if self._spec.disks and number not in self._disks:
            pending["disks"] = self._pool.submit(self._read, number, "disk", "disks")
        # Threads take up tasks in their order, so that none waits for disks that are not being read.
        disks = pending.get("disks")
        pending.update(self._evidence.start(number, lambda: disks.result().rows if disks else self._disks.get(number)))
        return pending

    def _read(self, number: int, wrapper: str, *route: str) -> OwnRows:
        """A list that belongs to one virtual machine."""
        listing = self._client.get_list(wrapper, "virtual_machines", number, *route, exact=True)
        error = list_error(listing, wrapper)
        if error is not None and listing.problem:
            raise error
        return OwnRows(listing.rows, error)

    def _finish(self, row: Row, pending: Pending) -> Iterator[FetchedVm]:
        read: dict[str, list[Row] | None] = {"backups": None, "disks": self._disks.get(row["id"])}
        errors: list[OnAppError] = []
        if row["id"] in self._broken:
            errors.append(damaged_text("virtual_machine", [row["id"]]))
        for part in [name for name in read if name in pending]:
            try:
                own = pending[part].result()
                read[part] = own.rows
                if own.error:
                    errors.append(own.error)
            except OnAppError as error:
                if isinstance(error, (AuthError, Stopped)):
                    raise
                # One is enough where all routes of the virtual machine answer 404.
                if not (isinstance(error, NotFoundError) and any(isinstance(each, NotFoundError) for each in errors)):
                    errors.append(error)
        fetched = FetchedVm.of_rows(row, read["disks"], read["backups"], (), self._spec.naive_as)
        fetched = fetched._replace(
            failures=(*(Failure.of_vm(error, fetched.vm) for error in errors), *fetched.failures)
        )
        if self._spec.evidence:
            rows, problems = self._evidence.finish(row["id"], pending, read["disks"], fetched.backups)
            fetched = fetched.with_evidence(rows, problems, self._spec.naive_as)
        if any(isinstance(error, NotFoundError) for error in errors):
            self._not_found.append(fetched)
            return
        yield self._reported(fetched)

    def _settle_not_found(self) -> Iterator[FetchedVm]:
        """Those whose own routes answered 404: dropped if the list, read once more, no longer has them.

        Panels answer 404 for what belongs to others, too.
        """
        if not self._not_found:
            return
        deleted: set[int] = set()
        try:
            listing = VmSelector(self._client, self._pool.map).list_all()
            if not listing.problem and not listing.strange:
                deleted = {fetched.vm.id for fetched in self._not_found} - {row["id"] for row in listing.rows}
        except (AuthError, Stopped):
            raise
        except OnAppError:
            # Without the list nobody knows whether they were deleted: they are unknown, by the errors of their own.
            pass
        for fetched in self._not_found:
            if fetched.vm.id in deleted:
                self.dropped.append(fetched.vm)
            else:
                yield self._reported(fetched)

    def _reported(self, fetched: FetchedVm) -> FetchedVm:
        """The same, with its failures among those of the fetch."""
        self.failures += fetched.failures
        for kind, failure in fetched.evidence_failures.items():
            (self.failures if kind == RECOVERY_POINTS else self.unread[kind]).append(failure)
        return fetched

    def _disks_of_cloud(self, selected: SelectedVms, rows: list[Row]) -> dict[int, list[Row]]:
        """Disks by virtual machine from the cloud-wide list, where reading that costs less than one list each.

        Empty where the account may not read it or it is incomplete; then each virtual machine's own list is read. The
        own list is also read of a virtual machine without a disk in it: an account may see all virtual machines and
        only its own disks.
        """
        pages = 1 + (selected.listed or 0) * DISKS_PER_VIRTUAL_MACHINE // self._client.connection.page_size
        if selected.listed is None or len(rows) <= pages:
            return {}
        try:
            listing = self._client.get_list("disk", "settings", "disks", map_pages=self._pool.map)
        except (AuthError, Stopped):
            raise
        except OnAppError:
            return {}
        return _by_virtual_machine(listing, rows)


def _first_of(failures: list[Failure]) -> str:
    first = failures[0]
    number = first.virtual_machine_id
    where = "the cloud" if number is None else vm_named(number, first.virtual_machine_label)
    return f"The first, of {where}: {first.error.text}"


def _by_virtual_machine(listing: Listing, rows: list[Row]) -> dict[int, list[Row]]:
    if listing.problem or listing.strange or listing.broken:
        return {}
    disks: dict[int, list[Row]] = {}
    for disk in listing.rows:
        owner = as_integer(disk.get("virtual_machine_id"))
        if owner is not None:
            disks.setdefault(owner, []).append(disk)
    for row in rows:
        if as_boolean(row.get("built")) is False:
            disks.setdefault(row["id"], [])
    return disks
