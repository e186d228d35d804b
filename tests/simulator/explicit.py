# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cloud given row by row: what is given is sent verbatim, what is missing gets a sensible default.

``{"virtual_machines": [{"id": 7, "label": "x", "disks": [{...}], "backups": [{...}]}], "users": [{...}],
"orphan_backups": [{...}]}``. A VM may also have ``schedules``, ``recovery_points`` and ``transactions``. The value
``"__absent__"`` omits a key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from . import shapes
from .cloud import SEED_USER, Cloud
from .shapes import Row

ABSENT = "__absent__"
LISTS = ("disks", "backups", "schedules", "recovery_points", "transactions")


class Explicit(Cloud):
    """Rows as given."""

    def __init__(self, generation: str, now: datetime, data: Row) -> None:
        super().__init__(generation, now)
        unknown = set(data) - {"virtual_machines", "users", "orphan_backups"}
        if unknown:
            raise ValueError(f"unknown keys in the cloud's data: {', '.join(sorted(unknown))}")
        self._disk_id, self._backup_id, self._evidence_id = 2_000, 1_000, 500
        self._vms: list[Row] = []
        self._order: list[int] = []
        for given in data.get("virtual_machines", []):
            self.add(given)
        self._orphans = [self._backup({}, [], given) for given in data.get("orphan_backups", [])]
        self._users = [
            _merged(shapes.user(generation, now, given.get("id", SEED_USER)), given) for given in data.get("users", [])
        ]
        if all(row.get("id") != SEED_USER for row in self._users):
            self._users.insert(0, shapes.user(generation, now, SEED_USER))

    def all_keys(self) -> Sequence[int]:
        return self._order

    def vm(self, key: int) -> Row:
        return self._vms[key]

    def make(self, kind: str, key: int) -> list[Row]:
        raise LookupError(f"the {kind} of VM {key} are not stored")

    def users(self) -> list[Row]:
        return self._users

    def orphans(self) -> list[Row]:
        return self._orphans

    def add(self, given: Row, *, in_front: bool = False) -> None:
        """Add a VM as the last or the first of all lists."""
        key = len(self._vms)
        vm_id = given.get("id", key + 1)
        created = _text(given, "created_at", self.ago(days=100))
        address = f"10.1.{key // 250}.{key % 250 + 4}"
        facts: Row = {
            "id": vm_id,
            "identifier": f"vm{key + 1:012d}",
            "label": f"vm-{vm_id}",
            "hostname": f"vm-{vm_id}.example.test",
            "booted": given.get("built", True),
            "user_id": SEED_USER,
            "ip_addresses": [shapes.address(self.generation, key + 1, address, "10.1.0.1")],
            "created_at": created,
            "updated_at": created,
        }
        own = {name: value for name, value in given.items() if name not in LISTS}
        vm = _merged(shapes.virtual_machine(self.generation, facts), own)
        disks = [self._disk(vm, number, row) for number, row in enumerate(given.get("disks", [{}]))]
        self._vms.append(vm)
        self._stored["disks", key] = disks
        self._stored["backups", key] = [self._backup(vm, disks, row) for row in given.get("backups", [])]
        disk_id = disks[0].get("id") if disks else None
        shared = {"vm_id": vm.get("id"), "user_id": vm.get("user_id"), "created_at": self.ago(hours=5)}
        on_disk = shared | {"target_type": "Disk", "target_id": disk_id}
        of_vm = {"target_id": vm.get("id")}
        schedules = [
            of_vm | row if row.get("target_type") == "VirtualMachine" else row for row in given.get("schedules", [])
        ]
        self._evidence("schedules", key, shapes.schedule, on_disk, schedules)
        self._evidence("recovery_points", key, shapes.recovery_point, shared, given.get("recovery_points", []))
        if "transactions" in given:
            self._evidence("transactions", key, shapes.transaction, shared, given["transactions"])
        self._order.insert(0 if in_front else key, key)
        self._index.clear()

    def add_backup(self, key: int, given: Row, *, in_front: bool = False) -> None:
        """Add a backup of a VM as the last or the first of its lists."""
        rows = self.own_backups(key)
        rows.insert(0 if in_front else len(rows), self._backup(self._vms[key], self.disks(key), given))

    def _disk(self, vm: Row, number: int, given: Row) -> Row:
        self._disk_id += 1
        created = _text(given, "created_at", _text(vm, "created_at", self.ago(days=100)))
        swap = given.get("is_swap", False)
        facts: Row = {
            "id": given.get("id", self._disk_id),
            "identifier": f"dk{self._disk_id:012d}",
            "primary": number == 0 and not swap,
            "disk_vm_number": number + 1,
            "file_system": "swap" if swap else "ext3",
            "built": vm.get("built", True),
            "virtual_machine_id": vm.get("id"),
            "created_at": created,
            "updated_at": created,
        }
        return _merged(shapes.disk(self.generation, facts), given)

    def _backup(self, vm: Row, disks: list[Row], given: Row) -> Row:
        self._backup_id += 1
        incremental = given.get("backup_type") == "incremental" or given.get("target_type") == "VirtualMachine"
        first = next((row.get("id") for row in disks if not row.get("is_swap")), None)
        disk = None if incremental else {"id": given.get("disk_id", given.get("target_id", first))}
        created = _text(given, "created_at", self.ago(hours=5))
        built = given.get("built", True)
        facts = self.backup_facts(vm, disk) | {
            "id": self._backup_id,
            "identifier": f"bk{self._backup_id:012d}",
            "backup_size": 310896 if built else 0,
            "built_at": created if built else None,
            "created_at": created,
            "updated_at": _text(given, "built_at", created),
        }
        return _merged(shapes.backup(self.generation, facts), given)

    def _evidence(self, kind: str, key: int, shape: Callable[[str, Row], Row], facts: Row, given: list[Row]) -> None:
        rows = []
        for row in given:
            self._evidence_id += 1
            rows.append(_merged(shape(self.generation, facts | {"id": self._evidence_id}), row))
        self._stored[kind, key] = rows


def _text(given: Row, name: str, default: str) -> str:
    """A value from which defaults are derived, if it is text, else the default."""
    value = given.get(name)
    return value if isinstance(value, str) and value != ABSENT else default


def _merged(row: Row, given: Row) -> Row:
    merged: dict[str, Any] = row | given
    return {name: value for name, value in merged.items() if not (isinstance(value, str) and value == ABSENT)}
