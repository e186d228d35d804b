# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cloud given row by row: what is given is sent verbatim, what is missing gets a sensible default.

``{"virtual_machines": [{"id": 7, "label": "x", "disks": [{...}], "backups": [{...}]}], "users": [{...}],
"orphan_backups": [{...}]}``. A VM may also have ``schedules``, ``recovery_points`` and ``transactions``. A key set to
``"__absent__"`` is left out of the row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from . import shapes
from .cloud import ABSENT, SEED_USER, Cloud
from .generated import user_row
from .shapes import Row

FIRST_DISK, FIRST_BACKUP = 2_000, 1_000
EVIDENCE = ("schedules", "recovery_points", "transactions")


class Explicit(Cloud):
    """Rows as given."""

    def __init__(self, generation: str, now: datetime, data: Row) -> None:
        super().__init__(generation, now)
        unknown = set(data) - {"virtual_machines", "users", "orphan_backups"}
        if unknown:
            raise ValueError(f"unknown keys in the cloud's data: {', '.join(sorted(unknown))}")
        self._disk_id, self._backup_id, self._evidence_id = FIRST_DISK, FIRST_BACKUP, 500
        self._vms: list[Row] = []
        self._disks: list[list[Row]] = []
        self._backups: list[list[Row]] = []
        self._evidence: list[dict[str, list[Row]]] = []
        self._order: list[int] = []
        for given in data.get("virtual_machines", []):
            self.add(given)
        self._orphans = [self._backup({}, [], given) for given in data.get("orphan_backups", [])]
        self._users = [self._user(given) for given in data.get("users", [])]
        if all(row.get("id") != SEED_USER for row in self._users):
            self._users.insert(0, user_row(generation, now, SEED_USER))

    def all_keys(self) -> Sequence[int]:
        return self._order

    def owner(self, key: int) -> Any:
        return self._vms[key].get("user_id")

    def vm(self, key: int) -> Row:
        return self._vms[key]

    def disks(self, key: int) -> list[Row]:
        return self._disks[key]

    def first_backups(self, key: int) -> list[Row]:
        return self._backups[key]

    def own_backups(self, key: int) -> list[Row]:
        return self._backups[key]

    def schedules(self, key: int) -> list[Row]:
        return self._evidence[key]["schedules"]

    def recovery_points(self, key: int) -> list[Row]:
        return self._evidence[key]["recovery_points"]

    def extra_transactions(self, key: int) -> list[Row] | None:
        return self._evidence[key].get("transactions")

    def disk_count(self, key: int) -> int:
        return len(self._disks[key])

    def first_backup_count(self, key: int) -> int:
        return len(self._backups[key])

    def any_vm(self, text: str) -> int | None:
        for name in ("id", "identifier"):
            for key, row in enumerate(self._vms):
                if name in row and row[name] is not None and str(row[name]) == text:
                    return key
        return None

    def vm_of_disk(self, disk_id: str) -> int | None:
        return _place(self._disks, disk_id)

    def vm_of_first_backup(self, backup_id: str) -> int | None:
        return _place(self._backups, backup_id)

    def users(self) -> list[Row]:
        return self._users

    def orphans(self) -> list[Row]:
        return self._orphans

    def add(self, given: Row, *, in_front: bool = False) -> None:
        """One VM more, as the last or the first of all lists."""
        place = len(self._vms)
        vm_id = given.get("id", place + 1)
        created = _text(given, "created_at", self._ago(days=100))
        facts: Row = {
            "id": vm_id,
            "identifier": f"vm{place + 1:012d}",
            "label": f"vm-{vm_id}",
            "hostname": f"vm-{vm_id}.example.test",
            "booted": given.get("built", True),
            "built": True,
            "locked": False,
            "suspended": False,
            "state": "delivered",
            "cpus": 1,
            "memory": 1024,
            "min_disk_size": 5,
            "total_disk_size": 10,
            "hypervisor_id": 1,
            "user_id": SEED_USER,
            "note": None,
            "admin_note": None,
            "operating_system": "linux",
            "operating_system_distro": "ubuntu",
            "template_id": 897,
            "template_label": "Ubuntu 12.04 x64",
            "support_incremental_backups": False,
            "ip_addresses": [self._address(place)],
            "created_at": created,
            "updated_at": created,
        }
        own = {name: value for name, value in given.items() if name not in ("disks", "backups", *EVIDENCE)}
        vm = _merged(shapes.virtual_machine(self.generation, facts), own)
        disks = [self._disk(vm, number, row) for number, row in enumerate(given.get("disks", [{}]))]
        self._vms.append(vm)
        self._disks.append(disks)
        self._backups.append([self._backup(vm, disks, row) for row in given.get("backups", [])])
        self._evidence.append(self._evidence_of(vm, disks, given))
        self._order.insert(0 if in_front else place, place)

    def add_backup(self, key: int, given: Row, *, in_front: bool = False) -> None:
        """One backup more of a VM, as the last or the first of its lists."""
        rows = self._backups[key]
        rows.insert(0 if in_front else len(rows), self._backup(self._vms[key], self._disks[key], given))

    def _address(self, place: int) -> Row:
        facts = {"id": place + 1, "address": f"10.1.{place // 250}.{place % 250 + 4}", "gateway": "10.1.0.1"}
        return shapes.address(self.generation, facts | {"primary": True})

    def _disk(self, vm: Row, number: int, given: Row) -> Row:
        self._disk_id += 1
        disk_id = given.get("id", self._disk_id)
        created = _text(given, "created_at", _text(vm, "created_at", self._ago(days=100)))
        swap = given.get("is_swap", False)
        facts: Row = {
            "id": disk_id,
            "identifier": f"dk{self._disk_id:012d}",
            "label": None,
            "primary": number == 0 and not swap,
            "is_swap": False,
            "disk_size": 10,
            "disk_vm_number": number + 1,
            "data_store_id": 1,
            "file_system": "swap" if swap else "ext3",
            "mount_point": None,
            "built": vm.get("built", True),
            "locked": False,
            "has_autobackups": False,
            "virtual_machine_id": vm.get("id"),
            "created_at": created,
            "updated_at": created,
        }
        return _merged(shapes.disk(self.generation, facts), given)

    def _backup(self, vm: Row, disks: list[Row], given: Row) -> Row:
        self._backup_id += 1
        incremental = given.get("backup_type") == "incremental" or given.get("target_type") == "VirtualMachine"
        first = next((row.get("id") for row in disks if not row.get("is_swap")), None)
        disk_id = None if incremental else given.get("disk_id", given.get("target_id", first))
        created = _text(given, "created_at", self._ago(hours=5))
        finished = created if given.get("built", True) else None
        facts: Row = {
            "id": self._backup_id,
            "identifier": f"bk{self._backup_id:012d}",
            "allow_resize_without_reboot": True,
            "allowed_hot_migrate": True,
            "allowed_swap": True,
            "backup_server_id": 1,
            "backup_size": 310896 if given.get("built", True) else 0,
            "built": True,
            "built_at": finished,
            "created_at": created,
            "updated_at": _text(given, "built_at", created),
            "data_store_type": "lvm",
            "initiated": "days",
            "locked": False,
            "marked_for_delete": False,
            "min_disk_size": 5,
            "min_memory_size": 128,
            "note": None,
            "operating_system": vm.get("operating_system"),
            "operating_system_distro": vm.get("operating_system_distro"),
            "template_id": vm.get("template_id"),
            "user_id": vm.get("user_id", SEED_USER),
            "target_id": vm.get("id") if incremental else disk_id,
            "target_type": "VirtualMachine" if incremental else "Disk",
            "disk_id": disk_id,
            "backup_type": "incremental" if incremental else "normal",
        }
        return _merged(shapes.backup(self.generation, facts), given)

    def _evidence_of(self, vm: Row, disks: list[Row], given: Row) -> dict[str, list[Row]]:
        """Rows as given; a schedule without a target is one of the first disk, a transaction one of a failed backup."""
        created, disk_id = self._ago(hours=5), disks[0].get("id") if disks else None
        shared = {"user_id": vm.get("user_id"), "created_at": created, "updated_at": created, "start_at": created}
        found = {}
        for name, shape, facts in (
            ("schedules", shapes.schedule, {"target_type": "Disk", "target_id": disk_id}),
            ("recovery_points", shapes.recovery_point, {"virtual_machine_id": vm.get("id")}),
            ("transactions", shapes.transaction, {"action": "take_backup", "parent_id": None, "status": "failed",
                                                  "identifier": "tr0000000001", "vm_id": vm.get("id")}),
        ):  # fmt: skip
            if name != "transactions" or name in given:
                found[name] = [self._evidence_row(shape, shared | facts, row) for row in given.get(name, [])]
        return found

    def _evidence_row(self, shape: Callable[[str, Row], Row], facts: Row, given: Row) -> Row:
        self._evidence_id += 1
        return _merged(shape(self.generation, facts | {"id": self._evidence_id}), given)

    def _user(self, given: Row) -> Row:
        return _merged(user_row(self.generation, self.now, given.get("id", SEED_USER)), given)

    def _ago(self, **since: float) -> str:
        return shapes.stamp(self.generation, self.now - timedelta(**since))


def _text(given: Row, name: str, default: str) -> str:
    """A value to derive other defaults from: only real text will do."""
    value = given.get(name)
    return value if isinstance(value, str) and value != ABSENT else default


def _merged(row: Row, given: Row) -> Row:
    whole = row | given
    return {name: value for name, value in whole.items() if not (isinstance(value, str) and value == ABSENT)}


def _place(lists: list[list[Row]], spec: str) -> int | None:
    for key, rows in enumerate(lists):
        if any(str(row.get("id")) == spec for row in rows):
            return key
    return None
