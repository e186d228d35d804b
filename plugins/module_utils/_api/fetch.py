# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""A snapshot of the cloud: virtual machines with their disks and backups, read concurrently, handed on one by one.

Whatever could not be read is told, never left out in silence: as a failure of its virtual machine, or of the whole.
"""

from __future__ import annotations

import collections
import concurrent.futures
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.selection import SelectedVms, VmSelector
from ansible_collections.community.onapp.plugins.module_utils._api.throttle import Stopped
from ansible_collections.community.onapp.plugins.module_utils._errors import (
    AuthError,
    DecodeError,
    NotFoundError,
    OnAppError,
)
from ansible_collections.community.onapp.plugins.module_utils._fields import as_boolean, as_integer, as_text
from ansible_collections.community.onapp.plugins.module_utils._text import printable

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
    from ansible_collections.community.onapp.plugins.module_utils._api.paging import Listing

    Row = dict[str, t.Any]
    Pending = dict[str, concurrent.futures.Future[list[Row]]]

# `normal` is the vendor page's own call; `/backups` answers with both kinds.
BACKUP_ROUTES = {"all": ("backups",), "normal": ("backups", "images"), "incremental": ("backups", "files")}
# A guess at how many disks a virtual machine has, swap included, to tell which way of reading them costs less.
DISKS_PER_VIRTUAL_MACHINE = 2.5
READ_AHEAD = 4


class FetchSpec(t.NamedTuple):
    """What to collect: names of virtual machines (none means all), which backups, and whether disks and backups at
    all.

    `keep` says of a row of the list whether to read more of that virtual machine, and what it raises ends everything.
    With `whole_list` a list of virtual machines that is not whole is an error.
    """

    names: tuple[str, ...] = ()
    backup_type: str = "all"
    disks: bool = True
    backups: bool = True
    keep: Callable[[Row], bool] | None = None
    whole_list: bool = False


class Failure(t.NamedTuple):
    """What could not be read. Without a virtual machine it is the cloud as a whole that is not known to be complete."""

    error: OnAppError
    virtual_machine_id: int | None = None
    virtual_machine_label: str | None = None

    def as_facts(self) -> dict[str, t.Any]:
        """The failure as a user's facts: `virtual_machine_id`, `virtual_machine_label`, `code`, `status`, `text`."""
        return {
            "virtual_machine_id": self.virtual_machine_id,
            "virtual_machine_label": self.virtual_machine_label,
            "code": self.error.code,
            "status": self.error.status,
            "text": self.error.text,
        }


class FetchedVm(t.NamedTuple):
    """One virtual machine as the panel's rows. `disks` or `backups` is None when it was not read; `failures` say
    why."""

    virtual_machine: Row
    disks: list[Row] | None
    backups: list[Row] | None
    failures: tuple[Failure, ...]


class CloudFetch:
    """One collection of a cloud; `failures` and `dropped` are whole after the last virtual machine was taken.

    `failures` is what could not be read, `dropped` the virtual machines that were deleted while they were read,
    `listed` the rows of all virtual machines that the panel showed, kept or not.
    """

    def __init__(self, client: Client, spec: FetchSpec) -> None:
        self._client = client
        self._wanted = spec
        self._pool = concurrent.futures.ThreadPoolExecutor(client.connection.concurrency, "onapp")
        self.failures: list[Failure] = []
        self.dropped: list[Row] = []
        self.listed: list[Row] = []

    def virtual_machines(self) -> Iterator[FetchedVm]:
        """The virtual machines, in the order of the names asked for, else by id.

        Raises OnAppError when the virtual machines themselves cannot be read, and AuthError whenever it occurs.
        """
        try:
            chosen = VmSelector(self._client, self._pool.map).choose(self._wanted.names)
            if chosen.problem:
                incomplete = _incomplete("virtual machines", chosen.problem)
                if self._wanted.whole_list:
                    raise incomplete
                self.failures.append(Failure(incomplete))
            self.listed = chosen.rows
            if self._wanted.keep is not None:
                chosen = chosen._replace(rows=[row for row in chosen.rows if self._wanted.keep(row)])
            disks = self._disks_of_cloud(chosen) if self._wanted.disks else {}
            yield from self._read_ahead(chosen.rows, disks)
        except Stopped as error:
            raise self._client.refused or error from None
        except BaseException:
            self._client.throttle.stop()
            raise
        finally:
            self._pool.shutdown(cancel_futures=True)

    def warnings(self, found: int, record: str = "health") -> list[str]:
        """What the user must be told of a collection that has ended, in which `found` virtual machines were read.

        `record` is the name of what tells whether it is complete.
        """
        texts = self.deletions()
        if self.failures:
            first = self.failures[0]
            where = "the cloud" if first.virtual_machine_id is None else f"virtual machine {first.virtual_machine_id}"
            texts.append(
                f"{len(self.failures)} part(s) of the cloud could not be read, and {record}.complete is"
                f" false. The first, of {where}: {first.error.text}"
            )
        if not self.listed and not found and not self.dropped:
            texts.append("The control panel listed no virtual machine. That may mean that this account may see none.")
        return texts

    def deletions(self) -> list[str]:
        """A sentence on each virtual machine that was deleted while it was read."""
        return [
            f"Virtual machine {row['id']} ({label_of(row)}) was deleted while it was read; it is left out."
            for row in self.dropped
        ]

    def _read_ahead(self, rows: list[Row], disks: dict[int, list[Row]]) -> Iterator[FetchedVm]:
        """Each virtual machine in order, while the requests for those behind it are under way."""
        under_way: collections.deque[tuple[Row, Pending]] = collections.deque()
        limit = READ_AHEAD * self._client.connection.concurrency
        for row in rows:
            under_way.append((row, self._start(row, disks)))
            if len(under_way) > limit:
                yield from self._finish(*under_way.popleft(), disks)
        while under_way:
            yield from self._finish(*under_way.popleft(), disks)

    def _start(self, row: Row, disks: dict[int, list[Row]]) -> Pending:
        number, pending = _number(row), {}
        if self._wanted.backups:
            route = BACKUP_ROUTES[self._wanted.backup_type]
            pending["backups"] = self._pool.submit(self._read, number, "backup", *route)
        if self._wanted.disks and number not in disks:
            pending["disks"] = self._pool.submit(self._read, number, "disk", "disks")
        return pending

    def _read(self, number: int, wrapper: str, *route: str) -> list[Row]:
        """A list that belongs to one virtual machine."""
        try:
            listing = self._client.get_list(wrapper, "virtual_machines", number, *route, exact=True)
        except NotFoundError as error:
            # The panel answers the same for a route it does not have, so the virtual machine itself is asked for.
            try:
                self._client.get_row("virtual_machine", "virtual_machines", number)
            except NotFoundError as gone:
                raise _Deleted from gone
            raise error
        if listing.problem:
            raise _incomplete(f"{wrapper}s", listing.problem)
        return listing.rows

    def _finish(self, row: Row, pending: Pending, disks: dict[int, list[Row]]) -> Iterator[FetchedVm]:
        read: dict[str, list[Row] | None] = {"backups": None, "disks": disks.get(_number(row))}
        failures: list[Failure] = []
        for part, future in pending.items():
            try:
                read[part] = future.result()
            except _Deleted:
                self.dropped.append(row)
                return
            except OnAppError as error:
                if isinstance(error, (AuthError, Stopped)):
                    raise
                failures.append(Failure(error, _number(row), label_of(row)))
        self.failures += failures
        yield FetchedVm(row, read["disks"], read["backups"], tuple(failures))

    def _disks_of_cloud(self, chosen: SelectedVms) -> dict[int, list[Row]]:
        """Disks by virtual machine from the cloud-wide list, where reading that costs less than one list each.

        Empty where the account may not read it or it is not whole; then each virtual machine's own list is read. A
        virtual machine without a disk in it is asked for its own list, too: an account may see all machines and only
        its own disks.
        """
        pages = 1 + (chosen.listed or 0) * DISKS_PER_VIRTUAL_MACHINE // self._client.connection.page_size
        if chosen.listed is None or len(chosen.rows) <= pages:
            return {}
        try:
            listing = self._client.get_list("disk", "settings", "disks", map_pages=self._pool.map)
        except (AuthError, Stopped):
            raise
        except OnAppError:
            return {}
        return _by_virtual_machine(listing, chosen.rows)


class _Deleted(Exception):
    """The virtual machine was deleted between two requests."""


def _by_virtual_machine(listing: Listing, rows: list[Row]) -> dict[int, list[Row]]:
    disks: dict[int, list[Row]] = {}
    for disk in () if listing.problem else listing.rows:
        owner = as_integer(disk.get("virtual_machine_id"))
        if owner is not None:
            disks.setdefault(owner, []).append(disk)
    for row in rows:
        if as_boolean(row.get("built")) is False:
            disks.setdefault(_number(row), [])
    return {} if listing.problem else disks


def _number(row: Row) -> int:
    return t.cast(int, as_integer(row["id"]))


def label_of(row: Row) -> str | None:
    """The label of a virtual machine, fit for one line of a message."""
    label = as_text(row.get("label"))
    return None if label is None else printable(label)


def _incomplete(what: str, problem: str) -> DecodeError:
    return DecodeError(f"The list of {what} is not whole: {problem}. Run again; if it stays so, change page_size.")
