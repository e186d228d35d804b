# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cloud of any size out of a seed number; rows are built when first asked for, VM by VM."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from . import personas, shapes
from .cloud import SEED_USER, Cloud
from .shapes import Row

LABELS = ("web", "db", "mail", "shop", "build", "proxy", "files", "cache", "queue", "wiki", "git", "monitor")
SYSTEMS = (("linux", "ubuntu", 897, "Ubuntu 12.04 x64"), ("linux", "rhel", 914, "CentOS 6.5 x64"),
           ("windows", "2008", 931, "Windows 2008 R2 x64"))  # fmt: skip
USERS = 5
LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
TRIPLES = tuple(a + b + c for a in LETTERS for b in LETTERS for c in LETTERS)
HALF = 36**7  # seven letters
STEP = 31_415_926_537  # shares no factor with 36, so no two numbers give the same letters
UNDO = pow(STEP, -1, HALF)

SEED_VM, SEED_DISK, SEED_BACKUP = 1, 11860, 1951
FIRST_DISK, FIRST_BACKUP = 20_000, 100_000
SEED_CREATED = datetime(2013, 12, 24, 11, 31, 20, tzinfo=UTC)
SEED_BUILT = datetime(2013, 12, 24, 11, 34, 6, tzinfo=UTC)


class Generated(Cloud):
    """Place 0 is the vendor page's VM; the VM at place n has id n + 1."""

    def __init__(self, generation: str, now: datetime, vms: int = 12, backups: int = 10, seed: int = 1) -> None:
        super().__init__(generation, now)
        self._count, self._copies, self._seed = max(vms, 1), max(backups, 0), seed
        self._stride = self._copies + 10
        self._shifts = [seed * 7_919 + family * (HALF // 5) for family in range(4)]
        self._rows = lru_cache(256)(self._build_backups)
        self._ago = lru_cache(200_000)(lambda seconds: shapes.stamp(generation, now - timedelta(seconds=seconds)))

    def __eq__(self, other: object) -> bool:
        """Whether the other has the very same rows."""
        return isinstance(other, Generated) and (
            self._recipe() == other._recipe() and self._gone == other._gone and self._own == other._own
        )

    def __hash__(self) -> int:
        return hash(self._recipe())

    def all_keys(self) -> Sequence[int]:
        return range(self._count)

    def owner(self, key: int) -> int:
        return SEED_USER + key % USERS

    def disk_count(self, key: int) -> int:
        return 1 if key == 0 else personas.disk_count(self._seed, key, self._copies)

    def first_backup_count(self, key: int) -> int:
        return 1 if key == 0 else personas.backup_count(self._seed, key, self._copies)

    def any_vm(self, text: str) -> int | None:
        if text.isascii() and text.isdigit():
            key = int(text) - 1
        elif len(text) == 14 and not set(text) - set(LETTERS):
            key = self._number(text, 1) - 1
            key = key if 0 <= key < self._count and self._identifier(key + 1, 1) == text else -1
        else:
            return None
        return key if 0 <= key < self._count else None

    def vm_of_disk(self, disk_id: str) -> int | None:
        return self._block(disk_id, SEED_DISK, FIRST_DISK, 10)

    def vm_of_first_backup(self, backup_id: str) -> int | None:
        return self._block(backup_id, SEED_BACKUP, FIRST_BACKUP, self._stride)

    def users(self) -> list[Row]:
        return [user_row(self.generation, self.now, SEED_USER + number) for number in range(USERS)]

    def vm(self, key: int) -> Row:
        kind = "seed" if key == 0 else personas.persona(self._seed, key)
        dice = personas.Dice(self._seed, key, 6)
        system, distro, template, template_label = self._system(key)
        built = kind != "unbuilt"
        born = self._born(key)
        label = "seed-document" if key == 0 else f"{LABELS[dice.below(len(LABELS))]}-{key + 1:02d}"
        facts: Row = {
            "id": key + 1,
            "identifier": self._identifier(key + 1, 1),
            "label": label,
            "hostname": f"{label}.example.test",
            "booted": built and kind != "powered_off",
            "built": built,
            "locked": False,
            "suspended": False,
            "state": "delivered" if built else "new",
            "cpus": 1 + dice.below(8),
            "memory": 512 * (1 + dice.below(16)),
            "min_disk_size": 5,
            "total_disk_size": sum(row["disk_size"] for row in self.disks(key)),
            "hypervisor_id": 1 + dice.below(6),
            "user_id": self.owner(key),
            "note": None if dice.below(3) else "role=app;env=production",
            "admin_note": None,
            "operating_system": system if built else None,
            "operating_system_distro": distro if built else None,
            "template_id": template if built else None,
            "template_label": template_label if built else None,
            "support_incremental_backups": kind in ("incremental", "mixed"),
            "ip_addresses": self._addresses(key) if built else [],
            "created_at": self._stamp(born),
            "updated_at": self._stamp(born + timedelta(minutes=4)),
        }
        return shapes.virtual_machine(self.generation, facts)

    def disks(self, key: int) -> list[Row]:
        if key == 0:
            plans = [personas.DiskPlan(primary=True, swap=False, size=5, age=0)]
        else:
            plans = personas.disks(self._seed, key, self._copies)
        built = key == 0 or personas.persona(self._seed, key) != "unbuilt"
        born = self._born(key)
        rows = []
        for number, plan in enumerate(plans):
            disk_id = SEED_DISK if key == 0 else FIRST_DISK + key * 10 + number
            created = self._stamp(born if key == 0 else self.now - timedelta(minutes=plan.age))
            facts: Row = {
                "id": disk_id,
                "identifier": self._identifier(disk_id, 2),
                "label": None if plan.primary else f"disk {number + 1}",
                "primary": plan.primary,
                "is_swap": plan.swap,
                "disk_size": plan.size,
                "disk_vm_number": number + 1,
                "data_store_id": 1,
                "file_system": "swap" if plan.swap else "ext3",
                "mount_point": None if plan.primary or plan.swap else f"/mnt/onapp-disk-{disk_id}",
                "built": built,
                "locked": False,
                "has_autobackups": built and not plan.swap and self.generation == "2.x",
                "virtual_machine_id": key + 1,
                "created_at": created,
                "updated_at": created,
            }
            rows.append(shapes.disk(self.generation, facts))
        return rows

    def first_backups(self, key: int) -> list[Row]:
        return self._rows(key)

    def schedules(self, key: int) -> list[Row]:
        """Daily ones for what has automatic backups."""
        kind = "daily" if key == 0 else personas.persona(self._seed, key)
        if kind in ("never", "unbuilt", "swap_only", "manual"):
            return []
        if kind == "incremental" and self.generation != "2.x":
            targets = [("VirtualMachine", key + 1)]
        else:
            targets = [("Disk", row["id"]) for row in self.disks(key) if not row["is_swap"]]
            targets = targets[:1] if kind == "uncovered" else targets
        created = self._stamp(self._born(key))
        return [
            shapes.schedule(self.generation, {"id": 700_000 + key * 10 + place, "target_type": kind_of_target,
                            "target_id": target, "user_id": self.owner(key), "start_at": created})
            for place, (kind_of_target, target) in enumerate(targets)
        ]  # fmt: skip

    def _build_backups(self, key: int) -> list[Row]:
        if key == 0:
            return [seed_backup(self.generation)]
        system, distro, template, _label = self._system(key)
        shared: Row = {
            "allow_resize_without_reboot": True,
            "allowed_hot_migrate": True,
            "allowed_swap": True,
            "data_store_type": "lvm",
            "min_disk_size": 5,
            "min_memory_size": 128,
            "operating_system": system,
            "operating_system_distro": distro,
            "template_id": template,
            "user_id": self.owner(key),
        }
        rows: list[Row] = []
        for number, copy in enumerate(personas.backups(self._seed, key, self._copies)):
            backup_id = FIRST_BACKUP + key * self._stride + number
            # Incremental backups came with 3.3; before, the primary disk is the target.
            place = 0 if copy.disk is None and self.generation == "2.x" else copy.disk
            disk_id = None if place is None else FIRST_DISK + key * 10 + place
            created = self._ago(copy.age * 60)
            finished = self._ago(copy.age * 60 - 166) if copy.built else None
            own: Row = {
                "id": backup_id,
                "identifier": self._identifier(backup_id, 3),
                "backup_server_id": copy.server,
                "backup_size": copy.size,
                "built": copy.built,
                "built_at": finished,
                "created_at": created,
                "updated_at": finished or created,
                "initiated": copy.initiated,
                "locked": copy.locked,
                "marked_for_delete": copy.marked,
                "note": copy.note,
                "target_id": key + 1 if disk_id is None else disk_id,
                "target_type": "VirtualMachine" if disk_id is None else "Disk",
                "disk_id": disk_id,
                "backup_type": "incremental" if disk_id is None else "normal",
            }
            # From 3.x on these facts have the names of the row, so only the first row must be put into shape.
            if rows and self.generation != "2.x":
                rows.append(rows[0] | own)
            else:
                rows.append(shapes.backup(self.generation, shared | own))
        return rows

    def _recipe(self) -> tuple[str, datetime, int, int, int]:
        return self.generation, self.now, self._count, self._copies, self._seed

    def _system(self, key: int) -> tuple[str, str, int, str]:
        return SYSTEMS[0 if key == 0 else personas.Dice(self._seed, key, 7).below(3)]

    def _born(self, key: int) -> datetime:
        if key == 0:
            return SEED_CREATED - timedelta(days=30)
        return self.now - timedelta(minutes=personas.age(self._seed, key, self._copies))

    def _addresses(self, key: int) -> list[Row]:
        high, low = divmod(key + 1, 250)
        facts = {"id": key + 1, "address": f"10.{high // 250}.{high % 250}.{low + 4}", "gateway": "10.0.0.1"}
        return [shapes.address(self.generation, facts | {"primary": True})]

    def _stamp(self, moment: datetime) -> str:
        return shapes.stamp(self.generation, moment)

    def _block(self, text: str, seed_id: int, first: int, size: int) -> int | None:
        if not (text.isascii() and text.isdigit()):
            return None
        if int(text) == seed_id:
            return 0
        key = (int(text) - first) // size
        return key if 0 < key < self._count else None

    def _identifier(self, number: int, family: int) -> str:
        """Fourteen letters that differ for every number; the first seven can be read back."""
        value = number * STEP + self._shifts[family]
        return _letters(value % HALF) + _letters((value * 3 + number) % HALF)

    def _number(self, identifier: str, family: int) -> int:
        return (int(identifier[:7], 36) - self._shifts[family]) * UNDO % HALF


def _letters(value: int) -> str:
    high, rest = divmod(value, 36**4)
    middle, last = divmod(rest, 36)
    return TRIPLES[high] + TRIPLES[middle] + LETTERS[last]


def seed_backup(generation: str) -> Row:
    """The very backup of the vendor's page, in the generation's own spelling."""
    facts: Row = {
        "allow_resize_without_reboot": False,
        "allowed_hot_migrate": True,
        "allowed_swap": True,
        "backup_server_id": 1,
        "backup_size": 310896,
        "built": True,
        "built_at": shapes.stamp(generation, SEED_BUILT),
        "created_at": shapes.stamp(generation, SEED_CREATED),
        "data_store_type": "lvm",
        "id": SEED_BACKUP,
        "identifier": "uml64qyvbzvlkb",
        "image_type_sent": True,
        "initiated": "days",
        "locked": False,
        "marked_for_delete": False,
        "min_disk_size": 5,
        "min_memory_size": 128,
        "note": None,
        "operating_system": "linux",
        "operating_system_distro": "ubuntu",
        "target_id": SEED_DISK,
        "target_type": "Disk",
        "template_id": 897,
        "updated_at": shapes.stamp(generation, SEED_BUILT),
        "user_id": SEED_USER,
        "backup_type": "normal",
        "disk_id": SEED_DISK,
    }
    return shapes.backup(generation, facts)


def user_row(generation: str, now: datetime, user_id: int) -> Row:
    """A user with canary credentials."""
    facts = {
        "id": user_id,
        "login": f"user{user_id}",
        "email": f"user{user_id}@example.test",
        "api_key": f"canary-api-key-{user_id}",
        "first_name": "Robin",
        "last_name": f"Example {user_id}",
        "created_at": shapes.stamp(generation, now - timedelta(days=900)),
    }
    return shapes.user(generation, facts)
