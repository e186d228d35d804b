# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of a panel: VMs with their disks, backups, schedules, recovery points and transactions, and users."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from . import shapes
from .shapes import Row

SEED_USER = 1875
FIRST_NEW_BACKUP = 9_000_001


class PerVm:
    """The rows of many VMs in one list, which makes only the rows of a slice."""

    def __init__(self, keys: Sequence[int], rows: Callable[[int], list[Row]]) -> None:
        self._keys, self._rows = keys, rows
        self._ends = list(accumulate(len(rows(key)) for key in keys))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, selection: slice) -> list[Row]:
        start, stop, _step = selection.indices(len(self))
        result: list[Row] = []
        place = bisect_right(self._ends, start)
        first = self._ends[place - 1] if place else 0
        while place < len(self._keys) and first + len(result) < stop:
            result += self._rows(self._keys[place])
            place += 1
        return result[start - first : stop - first]


Rows = list[Row] | PerVm


class Cloud(ABC):
    """VMs have a key (their place); rows are those of one generation, with times relative to ``now``."""

    def __init__(self, generation: str, now: datetime) -> None:
        self.generation, self.now = generation, now
        self.is_changed = False  # since its creation
        self.status: dict[Any, str] = {}  # of transactions of backups that were started later
        self._deleted: set[int] = set()
        self._stored: dict[tuple[str, int], list[Row]] = {}  # rows that are stored instead of made on request
        self._index: dict[str, dict[str, int]] = {}  # the VM of each id, by kind

    @abstractmethod
    def all_keys(self) -> Sequence[int]:
        """The key of every VM, deleted ones included."""

    @abstractmethod
    def vm(self, key: int) -> Row:
        """The VM's row."""

    @abstractmethod
    def make(self, kind: str, key: int) -> list[Row]:
        """The VM's ``disks``, ``backups``, ``schedules`` or ``recovery_points``, unless they are stored."""

    @abstractmethod
    def users(self) -> list[Row]:
        """Every user's row."""

    def owner(self, key: int) -> Any:
        """The id of the VM's user."""
        return self.vm(key).get("user_id")

    def orphans(self) -> list[Row]:
        """Backups that outlived their VM: reachable only through their user or by id."""
        return []

    def disks(self, key: int) -> list[Row]:
        """The VM's disks."""
        return self._rows("disks", key)

    def backups(self, key: int) -> list[Row]:
        """The VM's backups of both kinds."""
        return self._rows("backups", key)

    def schedules(self, key: int) -> list[Row]:
        """The automatic backups of the VM and of its disks."""
        return self._rows("schedules", key)

    def recovery_points(self, key: int) -> list[Row]:
        """The VM's recovery points of a backup plug-in."""
        return self._rows("recovery_points", key)

    def existing(self, owner: Any = None) -> Sequence[int]:
        """The VMs that exist, of one owner when given."""
        every = self.all_keys()
        if owner is None and not self._deleted:
            return every
        return [key for key in every if key not in self._deleted and (owner is None or self.owner(key) == owner)]

    def any_vm(self, text: str) -> int | None:
        """The key of the VM with this id or identifier, deleted or not."""
        if "vms" not in self._index:
            named = [(str(self.vm(key).get(name)), key) for name in ("identifier", "id") for key in self._last_first()]
            self._index["vms"] = {name: key for name, key in named if name != "None"}
        return self._index["vms"].get(text)

    def find_vm(self, text: str) -> int | None:
        """The VM with this id or identifier, if it still exists."""
        key = self.any_vm(text)
        return None if key is None or key in self._deleted else key

    def vm_of(self, kind: str, row_id: str) -> int | None:
        """The key of the VM that has this disk or backup (``kind``: disks or backups)."""
        if kind not in self._index:
            self._index[kind] = {
                str(row.get("id")): key for key in self._last_first() for row in reversed(self._rows(kind, key))
            }
        return self._index[kind].get(row_id)

    def find(self, kind: str, row_id: str) -> tuple[int | None, Row] | None:
        """The disk or backup and its VM's key, which is None for an orphan."""
        key = self.vm_of(kind, row_id)
        if key in self._deleted:
            return None
        rows = self._rows(kind, key) if key is not None else self.orphans() if kind == "backups" else []
        return next(((key, row) for row in rows if str(row.get("id")) == row_id), None)

    def delete(self, key: int) -> None:
        """Delete the VM with its disks and backups."""
        self._deleted.add(key)
        self.is_changed = True

    def own_backups(self, key: int) -> list[Row]:
        """The VM's backups as a list that may be changed."""
        self.is_changed = True
        self._index.pop("backups", None)
        return self._stored.setdefault(("backups", key), self.backups(key))

    def new_backup(self, key: int, disk: Row | None, facts: Row) -> Row:
        """A new, accepted backup of a disk or the VM, at the end of the VM's list."""
        vm, number = self.vm(key), FIRST_NEW_BACKUP + len(self.status)
        facts = self.backup_facts(vm, disk) | {"id": number, "identifier": f"nb{number:012d}", "built": False} | facts
        row = shapes.backup(self.generation, facts)
        self.own_backups(key).append(row)
        return row

    def backup_facts(self, vm: Row, disk: Row | None) -> Row:
        """The fields of a backup that depend on its VM and disk; without a disk it is a backup of the VM."""
        disk_id = None if disk is None else disk.get("id")
        return {
            "operating_system": vm.get("operating_system"),
            "operating_system_distro": vm.get("operating_system_distro"),
            "template_id": vm.get("template_id"),
            "user_id": vm.get("user_id", SEED_USER),
            "target_id": vm.get("id") if disk is None else disk_id,
            "target_type": "VirtualMachine" if disk is None else "Disk",
            "disk_id": disk_id,
            "backup_type": "incremental" if disk is None else "normal",
        }

    def transactions(self, key: int) -> list[Row]:
        """The VM's transactions, newest first: the given ones, else one for each backup (failed for stuck ones)."""
        if ("transactions", key) in self._stored:
            return self._stored["transactions", key]
        shared = {"user_id": self.owner(key), "vm_id": self.vm(key).get("id")}
        rows = []
        for row in reversed(self.backups(key)):
            number = row.get("id")
            status = "complete" if row.get("built") is not False else "running" if row.get("locked") else "failed"
            facts = {
                "id": 3_000_000 + number if isinstance(number, int) else 3_000_000,
                "identifier": row.get("identifier"),
                "action": "take_incremental_backup" if is_incremental(row) else "take_backup",
                "parent_id": number,
                "status": self.status.get(number, status),
                "created_at": row.get("created_at"),
                "updated_at": row.get("updated_at"),
            }
            rows.append(shapes.transaction(self.generation, shared | facts))
        return rows

    def newest_transactions(self, keys: Sequence[int], most: int) -> list[Row]:
        """The newest transactions of some VMs, limited as on real panels."""
        rows: list[Row] = []
        for key in reversed(keys):
            rows += self.transactions(key)
            if len(rows) >= most and not self.is_changed:  # enough for a large cloud
                break
        rows.sort(key=lambda row: (str(row.get("created_at")), str(row.get("id"))), reverse=True)
        return rows[:most]

    def ago(self, **since: float) -> str:
        """The text of a time before now."""
        return shapes.stamp(self.generation, self.now - timedelta(**since))

    def _rows(self, kind: str, key: int) -> list[Row]:
        stored = self._stored.get((kind, key))
        return self.make(kind, key) if stored is None else stored

    def _last_first(self) -> list[int]:
        """All keys in reverse, so that the first of two rows with one id wins."""
        return list(reversed(self.all_keys()))


def is_incremental(row: Row) -> bool:
    """Which of the two partial lists (files or images) a backup belongs to."""
    return row.get("backup_type") == "incremental" or row.get("target_type") == "VirtualMachine"


def of_disk(row: Row, disk_id: str) -> bool:
    """Whether a backup is one of this disk: only ``disk_id`` (2.x) or ``target_id`` says so."""
    if row.get("target_type") == "Disk" and str(row.get("target_id")) == disk_id:
        return True
    return str(row.get("disk_id")) == disk_id
