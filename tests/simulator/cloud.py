# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every cloud can be asked, whether generated or given: VMs, their disks, backups and transactions, and users."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any

from . import shapes
from .shapes import Row

SEED_USER = 1875
ABSENT = "__absent__"
FIRST_NEW_BACKUP = 9_000_001


class PerVm:
    """The rows of many VMs in one list that is built only where it is looked at."""

    def __init__(self, keys: Sequence[int], count: Callable[[int], int], rows: Callable[[int], list[Row]]) -> None:
        self._keys = keys
        self._rows = rows
        self._ends = list(accumulate(count(key) for key in keys))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def part(self, start: int, stop: int) -> list[Row]:
        """The rows from ``start`` up to ``stop``."""
        if stop <= start:
            return []
        result: list[Row] = []
        place = bisect_right(self._ends, start)
        first = self._ends[place - 1] if place else 0
        while place < len(self._keys):
            result += self._rows(self._keys[place])
            if self._ends[place] >= stop:
                break
            place += 1
        return result[start - first :][: stop - start]


class Plain:
    """A list that exists already."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def part(self, start: int, stop: int) -> list[Row]:
        """The rows from ``start`` up to ``stop``."""
        return self._rows[start:stop]


Rows = PerVm | Plain


class Cloud(ABC):
    """VMs are known by a key (their place); rows are built for one generation and one moment."""

    def __init__(self, generation: str, now: datetime) -> None:
        self.generation = generation
        self.now = now
        self._gone: set[int] = set()
        self._own: dict[int, list[Row]] = {}  # backups of the VMs whose list has changed
        self._added: dict[str, int] = {}  # the VM of each backup that was made while the panel runs
        self.status: dict[Any, str] = {}  # of the transaction of such a backup

    # What a kind of cloud must know.

    @abstractmethod
    def all_keys(self) -> Sequence[int]:
        """The key of every VM, deleted ones included."""

    @abstractmethod
    def owner(self, key: int) -> Any:
        """The id of the VM's user."""

    @abstractmethod
    def vm(self, key: int) -> Row:
        """The VM's row."""

    @abstractmethod
    def disks(self, key: int) -> list[Row]:
        """The VM's disks."""

    @abstractmethod
    def first_backups(self, key: int) -> list[Row]:
        """The VM's backups of both kinds, as they were at the start."""

    @abstractmethod
    def disk_count(self, key: int) -> int:
        """How many disks the VM has."""

    @abstractmethod
    def first_backup_count(self, key: int) -> int:
        """How many backups the VM had at the start."""

    @abstractmethod
    def any_vm(self, text: str) -> int | None:
        """The key of the VM with this id or identifier, deleted or not."""

    @abstractmethod
    def vm_of_disk(self, disk_id: str) -> int | None:
        """The key of the VM that has this disk."""

    @abstractmethod
    def vm_of_first_backup(self, backup_id: str) -> int | None:
        """The key of the VM that had this backup at the start."""

    @abstractmethod
    def users(self) -> list[Row]:
        """Every user's row."""

    def orphans(self) -> list[Row]:
        """Backups that outlived their VM: reachable only through their user or by id."""
        return []

    @abstractmethod
    def schedules(self, key: int) -> list[Row]:
        """The VM's automatic backups, and those of its disks."""

    def recovery_points(self, key: int) -> list[Row]:
        """The VM's recovery points of a backup plug-in."""
        return []

    def extra_transactions(self, key: int) -> list[Row] | None:
        """The VM's transactions where they were given, else None: one for each backup."""
        return None

    # What follows from that.

    def backups(self, key: int) -> list[Row]:
        """The VM's backups of both kinds."""
        return self._own[key] if key in self._own else self.first_backups(key)

    def backup_count(self, key: int) -> int:
        """How many backups the VM has."""
        return len(self._own[key]) if key in self._own else self.first_backup_count(key)

    def own_backups(self, key: int) -> list[Row]:
        """The VM's backups as a list that may be changed."""
        if key not in self._own:
            self._own[key] = list(self.first_backups(key))
        return self._own[key]

    def vm_of_backup(self, backup_id: str) -> int | None:
        """The key of the VM that has this backup."""
        return self._added.get(backup_id, self.vm_of_first_backup(backup_id))

    def new_backup(
        self, key: int, disk: Row | None, created: str, user_id: Any, note: str | None, initiated: str
    ) -> Row:
        """A backup that has just been accepted, at the end of the VM's list."""
        vm = self.vm(key)
        number = FIRST_NEW_BACKUP + len(self._added)
        target = vm.get("id") if disk is None else disk.get("id")
        facts: Row = {
            "id": number,
            "identifier": f"nb{number:012d}",
            "allow_resize_without_reboot": True,
            "allowed_hot_migrate": True,
            "allowed_swap": True,
            "backup_server_id": 1,
            "backup_size": 0,
            "built": False,
            "built_at": None,
            "created_at": created,
            "updated_at": created,
            "data_store_type": "lvm",
            "initiated": initiated,
            "locked": False,
            "marked_for_delete": False,
            "min_disk_size": 5,
            "min_memory_size": 128,
            "note": note,
            "operating_system": vm.get("operating_system"),
            "operating_system_distro": vm.get("operating_system_distro"),
            "template_id": vm.get("template_id"),
            "user_id": user_id,
            "target_id": target,
            "target_type": "VirtualMachine" if disk is None else "Disk",
            "disk_id": None if disk is None else target,
            "backup_type": "incremental" if disk is None else "normal",
        }
        row = shapes.backup(self.generation, facts)
        self.own_backups(key).append(row)
        self._added[str(number)] = key
        return row

    def existing(self, owner: Any = None) -> Sequence[int]:
        """The VMs that exist, of one owner when given."""
        every = self.all_keys()
        if owner is None and not self._gone:
            return every
        return [key for key in every if key not in self._gone and (owner is None or self.owner(key) == owner)]

    def find_vm(self, text: str) -> int | None:
        """The VM with this id or identifier, if it still exists."""
        key = self.any_vm(text)
        return None if key is None or key in self._gone else key

    def delete(self, key: int) -> None:
        """The VM is gone from now on, with its disks and backups."""
        self._gone.add(key)

    def find_disk(self, disk_id: str) -> tuple[int, Row] | None:
        """The disk and its VM's key."""
        key = self.vm_of_disk(disk_id)
        if key is None or key in self._gone:
            return None
        return next(((key, row) for row in self.disks(key) if str(row.get("id")) == disk_id), None)

    def find_backup(self, backup_id: str) -> tuple[int | None, Row] | None:
        """The backup and its VM's key (None for an orphan)."""
        key = self.vm_of_backup(backup_id)
        if key is None:
            return next(((None, row) for row in self.orphans() if str(row.get("id")) == backup_id), None)
        if key in self._gone:
            return None
        return next(((key, row) for row in self.backups(key) if str(row.get("id")) == backup_id), None)

    def transactions(self, key: int) -> list[Row]:
        """The VM's transactions, newest first: those given, else one for each backup. A stuck build is a failed one."""
        given = self.extra_transactions(key)
        if given is not None:
            return given
        vm_id = self.vm(key).get("id")
        rows = []
        for row in reversed(self.backups(key)):
            backup_id = row.get("id")
            old = "complete" if row.get("built") is not False else "running" if row.get("locked") else "failed"
            facts = {
                "id": 3_000_000 + backup_id if isinstance(backup_id, int) else 3_000_000,
                "identifier": row.get("identifier"),
                "action": "take_incremental_backup" if is_incremental(row) else "take_backup",
                "parent_id": backup_id,
                "status": self.status.get(backup_id, old),
                "created_at": row.get("created_at"),
                "updated_at": row.get("updated_at"),
                "user_id": self.owner(key),
                "vm_id": vm_id,
            }
            rows.append(shapes.transaction(self.generation, facts))
        return rows

    def newest_transactions(self, keys: Sequence[int], most: int) -> list[Row]:
        """The newest transactions of some VMs; panels trim their log, too."""
        rows: list[Row] = []
        for key in reversed(keys):
            rows += self.transactions(key)
            if len(rows) >= most and not self._added:
                break
        rows.sort(key=lambda row: (str(row["created_at"]), str(row["id"])), reverse=True)
        return rows[:most]


def is_incremental(row: Row) -> bool:
    """Which of the two partial lists (files or images) a backup belongs to."""
    return row.get("backup_type") == "incremental" or row.get("target_type") == "VirtualMachine"


def of_disk(row: Row, disk_id: str) -> bool:
    """Whether a backup is one of this disk: only ``disk_id`` (2.x) or ``target_id`` says so."""
    if row.get("target_type") == "Disk" and str(row.get("target_id")) == disk_id:
        return True
    return str(row.get("disk_id")) == disk_id
