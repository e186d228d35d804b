# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Backups of many virtual machines from one list for each of their owners, told apart by what they were taken of.

It saves requests where it tells the same as each virtual machine's own list. So a virtual machine is asked for itself
where its owner's list does not suffice, and every such answer is held against that list: a panel whose lists of owners
leave something out is an error, not a good verdict.
"""

from __future__ import annotations

import collections
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.throttle import Stopped
from ansible_collections.community.onapp.plugins.module_utils._errors import (
    AuthError,
    ConfigError,
    OnAppError,
)
from ansible_collections.community.onapp.plugins.module_utils._fields import as_integer
from ansible_collections.community.onapp.plugins.module_utils._records import (
    DISK,
    VIRTUAL_MACHINE,
    backup_target,
    judged_only,
)

if t.TYPE_CHECKING:
    import concurrent.futures
    from collections.abc import Callable, Iterator

    from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
    from ansible_collections.community.onapp.plugins.module_utils._api.paging import Listing

    Row = dict[str, t.Any]
    Waiting = collections.deque[tuple[int, concurrent.futures.Future[Listing | None]]]

ADVICE = "Set fetch_by to virtual_machine."


class OwnersLists:
    """Reads the lists of owners. `rest` are the virtual machines that must be asked for themselves, whole after the
    last of `read` was taken.

    `suffices` says of a virtual machine's row, its disks and its backups whether no more needs to be read. With
    `is_judged_only` rows of backups keep just what a verdict looks at.
    """

    def __init__(
        self,
        client: Client,
        pool: concurrent.futures.Executor,
        suffices: Callable[[Row, list[Row], list[Row]], bool],
        *,
        is_judged_only: bool,
    ) -> None:
        self._client = client
        self._pool = pool
        self._suffices = suffices
        self._trim = judged_only if is_judged_only else None
        self._seen: dict[int, tuple[frozenset[int], int]] = {}
        self._is_tried = False
        self.rest: list[Row] = []

    def read(self, rows: list[Row], disks: dict[int, list[Row]]) -> Iterator[tuple[Row, list[Row]]]:
        """Virtual machines whose owner's list suffices, with their backups, owner by owner.

        `disks` are those of the cloud by virtual machine. Raises AuthError and Stopped, and ConfigError when the lists
        of owners are not by the owner of the virtual machine.
        """
        machines: dict[int, list[Row]] = {}
        for row in rows:
            owner = as_integer(row.get("user_id"))
            if owner is None or _number(row) not in disks:
                self.rest.append(row)
            else:
                machines.setdefault(owner, []).append(row)
        owned_by = {_number(row): owner for owner, own in machines.items() for row in own}
        machine_of = {as_integer(disk["id"]): number for number, own in disks.items() for disk in own}
        # The list of an owner of one machine tells no more than that of the machine.
        owners = [owner for owner, own in machines.items() if len(own) > 1]
        self.rest += [row for own in machines.values() if len(own) == 1 for row in own]
        for owner, listing in self._listings(owners):
            if listing is None or listing.problem:
                self.rest += machines[owner]
                continue
            backups = self._by_machine(owner, listing.rows, machine_of, owned_by)
            yield from self._sufficient(machines[owner], disks, backups)

    def check(self, row: Row, backups: list[Row] | None) -> None:
        """Hold a virtual machine's own list against its owner's.

        Raises ConfigError when a backup is in the former that the latter, which is older, should have had.
        """
        ids, newest = self._seen.get(_number(row), (frozenset(), -1))
        missing = [number for number in map(_number, backups or ()) if number <= newest and number not in ids]
        if missing:
            raise ConfigError(
                f"The list of backups of user {row.get('user_id')} lacks backup {missing[0]} of virtual machine"
                f" {_number(row)}, so fetch_by: user does not tell all on this control panel. {ADVICE}"
            )

    def _listings(self, owners: list[int]) -> Iterator[tuple[int, Listing | None]]:
        """The list of each owner, None for one that cannot be read; the first alone, as not every panel has them."""
        waiting: Waiting = collections.deque()
        for place, owner in enumerate(owners):
            if place == 0:
                first = self._listing(owner)
                yield owner, first
                if first is None:
                    yield from ((other, None) for other in owners[1:])
                    return
                continue
            waiting.append((owner, self._pool.submit(self._listing, owner)))
            if len(waiting) > self._client.connection.concurrency:
                number, future = waiting.popleft()
                yield number, future.result()
        for number, future in waiting:
            yield number, future.result()

    def _listing(self, owner: int) -> Listing | None:
        try:
            return self._client.get_list("backup", "users", owner, "backups", exact=True, trim=self._trim)
        except (AuthError, Stopped):
            raise
        except OnAppError:
            return None

    def _by_machine(
        self, owner: int, rows: list[Row], machine_of: dict[int | None, int], owned_by: dict[int, int]
    ) -> dict[int, list[Row]] | None:
        """An owner's backups by virtual machine; None when it cannot be told of which machine one is.

        That of a disk that is gone may be of any machine: its own list would show it.
        """
        found: dict[int, list[Row]] = {}
        for row in rows:
            target = backup_target(row)
            number = machine_of.get(target.id) if target.kind == DISK else target.id
            if number is None or target.kind not in (DISK, VIRTUAL_MACHINE):
                return None
            if owned_by.get(number, owner) != owner:
                raise ConfigError(
                    f"The list of backups of user {owner} holds backup {_number(row)} of virtual machine {number},"
                    f" which user {owned_by[number]} owns, so fetch_by: user does not tell all on this control panel."
                    f" {ADVICE}"
                )
            found.setdefault(number, []).append(row)
        return found

    def _sufficient(
        self, machines: list[Row], disks: dict[int, list[Row]], backups: dict[int, list[Row]] | None
    ) -> Iterator[tuple[Row, list[Row]]]:
        if backups is None:
            self.rest += machines
            return
        newest = max((_number(row) for rows in backups.values() for row in rows), default=-1)
        for machine in machines:
            own = backups.get(_number(machine), [])
            # One at least is asked for in any case, so that there is something to hold the lists against.
            is_proof = bool(own) and not self._is_tried
            self._is_tried = self._is_tried or is_proof
            if not is_proof and self._suffices(machine, disks[_number(machine)], own):
                yield machine, own
            else:
                self._seen[_number(machine)] = (frozenset(map(_number, own)), newest)
                self.rest.append(machine)


def _number(row: Row) -> int:
    return t.cast(int, as_integer(row["id"]))
