# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cloud of any size out of a seed number: a plausible mix in which every state of a VM's backups appears.

Everything is a function of the seed number and the VM's place, so a VM's rows can be made and dropped again, alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from . import shapes
from .cloud import SEED_USER, Cloud
from .shapes import Row

HOUR = 60  # minutes, as all ages here
DAY = 24 * HOUR
# The first generated VMs take these in turn: twelve VMs (with the vendor page's one before them) show every state.
ORDER = (
    "daily", "incremental", "stale", "never", "new", "stuck", "running", "uncovered", "marked", "unbuilt", "manual",
    "powered_off", "no_server", "swap_only", "mixed",
)  # fmt: skip
# All later ones by weight, out of 100.
WEIGHTS = (
    ("daily", 48), ("incremental", 16), ("powered_off", 6), ("stale", 6), ("no_server", 4), ("manual", 4),
    ("running", 3), ("never", 2), ("new", 2), ("stuck", 2), ("uncovered", 2), ("mixed", 2), ("marked", 1),
    ("unbuilt", 1), ("swap_only", 1),
)  # fmt: skip
DECK = tuple(name for name, weight in WEIGHTS for _times in range(weight))
WITHOUT_BACKUPS = frozenset({"never", "new", "unbuilt", "swap_only"})
LABELS = ("web", "db", "mail", "shop", "build", "proxy", "files", "cache", "queue", "wiki", "git", "monitor")
SYSTEMS = (("linux", "ubuntu", 897, "Ubuntu 12.04 x64"), ("linux", "rhel", 914, "CentOS 6.5 x64"),
           ("windows", "2008", 931, "Windows 2008 R2 x64"))  # fmt: skip
USERS = 5
LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
TRIPLES = tuple(a + b + c for a in LETTERS for b in LETTERS for c in LETTERS)
HALF = 36**7  # seven letters
STEP = 31_415_926_537  # shares no factor with 36, so no two numbers give the same letters
MASK = (1 << 64) - 1

SEED_VM, SEED_DISK, SEED_BACKUP = 1, 11860, 1951
FIRST_DISK, FIRST_BACKUP, FIRST_SCHEDULE = 20_000, 100_000, 700_000
SEED_CREATED = datetime(2013, 12, 24, 11, 31, 20, tzinfo=UTC)
SEED_BUILT = datetime(2013, 12, 24, 11, 34, 6, tzinfo=UTC)


class SeededRandom:
    """A small seeded generator (SplitMix64): cheap to create for every VM, equal on every machine."""

    __slots__ = ("_state",)

    def __init__(self, *seeds: int) -> None:
        self._state = 0
        for seed in seeds:
            self._state = (self._state * 0x5851F42D4C957F2D + seed + 1) & MASK
            self.below(2)

    def below(self, limit: int) -> int:
        """A number from 0 to ``limit - 1``."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        return (mixed ^ (mixed >> 31)) % limit


class Generated(Cloud):
    """Place 0 is the vendor page's VM; the VM at place n has id n + 1."""

    def __init__(self, generation: str, now: datetime, vms: int = 12, backups: int = 10, seed: int = 1) -> None:
        super().__init__(generation, now)
        self._count, self._copies, self._seed = max(vms, 1), max(backups, 0), seed
        self._stride = self._copies + 10
        self._shifts = [seed * 7_919 + family * (HALF // 5) for family in range(4)]
        self._cached_backups = lru_cache(256)(self._backups)
        self._stamp = lru_cache(200_000)(lambda age, later=0: self.ago(minutes=age, seconds=-later))

    def all_keys(self) -> Sequence[int]:
        return range(self._count)

    def owner(self, key: int) -> int:
        return SEED_USER + key % USERS

    def users(self) -> list[Row]:
        return [shapes.user(self.generation, self.now, SEED_USER + number) for number in range(USERS)]

    def make(self, kind: str, key: int) -> list[Row]:
        if kind == "backups":
            return self._cached_backups(key)
        if kind == "disks":
            return self._disks(key)
        return self._schedules(key) if kind == "schedules" else []

    def vm(self, key: int) -> Row:
        kind, numbers = self._kind(key), SeededRandom(self._seed, key, 6)
        built = kind != "unbuilt"
        label = "seed-document" if key == 0 else f"{LABELS[numbers.below(len(LABELS))]}-{key + 1:02d}"
        high, low = divmod(key + 1, 250)
        address = f"10.{high // 250}.{high % 250}.{low + 4}"
        facts: Row = {
            "id": key + 1,
            "identifier": self._identifier(key + 1, 1),
            "label": label,
            "hostname": f"{label}.example.test",
            "booted": built and kind != "powered_off",
            "built": built,
            "state": "delivered" if built else "new",
            "cpus": 1 + numbers.below(8),
            "memory": 512 * (1 + numbers.below(16)),
            "total_disk_size": sum(size for _primary, _swap, size, _age in self._disk_plans(key)),
            "hypervisor_id": 1 + numbers.below(6),
            "user_id": self.owner(key),
            "note": None if numbers.below(3) else "role=app;env=production",
            "support_incremental_backups": kind in ("incremental", "mixed"),
            "ip_addresses": [shapes.address(self.generation, key + 1, address, "10.0.0.1")] if built else [],
            "created_at": self._stamp(self._age(key)),
            "updated_at": self._stamp(self._age(key) - 4),
        }
        if key == 0:
            facts |= {name: self._seed_stamp(timedelta(days=-30, minutes=late)) for name, late in
                      (("created_at", 0), ("updated_at", 4))}  # fmt: skip
        names = ("operating_system", "operating_system_distro", "template_id", "template_label")
        facts |= zip(names, self._system(key) if built else (None,) * 4, strict=True)
        return shapes.virtual_machine(self.generation, facts)

    def _kind(self, key: int) -> str:
        if key == 0:
            return "seed"
        return ORDER[key - 1] if key <= len(ORDER) else DECK[SeededRandom(self._seed, key, 1).below(len(DECK))]

    def _age(self, key: int) -> int:
        """The VM's own age in minutes: always older than its oldest backup."""
        ages = {"new": 3 * HOUR, "unbuilt": 2 * DAY}
        return ages.get(self._kind(key)) or (self._copies + 60 + SeededRandom(self._seed, key, 2).below(300)) * DAY

    def _disk_plans(self, key: int) -> list[tuple[bool, bool, int, int]]:
        """Whether primary, whether swap, GB and age: the primary disk, perhaps another, perhaps swap."""
        kind, age = self._kind(key), self._age(key)
        if key == 0:
            return [(True, False, 5, 0)]
        if kind == "swap_only":
            return [(False, True, 1, age)]
        numbers = SeededRandom(self._seed, key, 3)
        plans = [(True, False, 5 + numbers.below(36), age)]
        if kind == "uncovered" or (self._copies >= 2 and SeededRandom(self._seed, key, 5).below(4) == 0):
            plans.append((False, False, 10 + numbers.below(90), 40 * DAY if kind == "uncovered" else age))
        if key % 3 == 0:
            plans.append((False, True, 1 + numbers.below(4), age))
        return plans

    def _disks(self, key: int) -> list[Row]:
        built = self._kind(key) != "unbuilt"
        rows = []
        for number, (primary, swap, size, age) in enumerate(self._disk_plans(key)):
            disk_id = SEED_DISK if key == 0 else FIRST_DISK + key * 10 + number
            created = self._seed_stamp(timedelta(days=-30)) if key == 0 else self._stamp(age)
            facts: Row = {
                "id": disk_id,
                "identifier": self._identifier(disk_id, 2),
                "label": None if primary else f"disk {number + 1}",
                "primary": primary,
                "is_swap": swap,
                "disk_size": size,
                "disk_vm_number": number + 1,
                "file_system": "swap" if swap else "ext3",
                "mount_point": None if primary or swap else f"/mnt/onapp-disk-{disk_id}",
                "built": built,
                "has_autobackups": built and not swap and self.generation == "2.x",
                "virtual_machine_id": key + 1,
                "created_at": created,
                "updated_at": created,
            }
            rows.append(shapes.disk(self.generation, facts))
        return rows

    def _backups(self, key: int) -> list[Row]:
        """The VM's backups, oldest first."""
        kind, copies = self._kind(key), self._copies
        if key == 0:
            return [seed_backup(self.generation)]
        if kind in WITHOUT_BACKUPS:
            return []
        numbers, plans = SeededRandom(self._seed, key, 4), self._disk_plans(key)
        # One disk of an "uncovered" VM is never backed up; swap never is.
        covered = [0] if kind == "uncovered" else [n for n, (_primary, swap, *_more) in enumerate(plans) if not swap]
        newest = {"stale": 2 * DAY + numbers.below(8 * DAY), "stuck": 60 * HOUR}.get(
            kind, 2 * HOUR + numbers.below(16 * HOUR)
        )
        server = None if kind == "no_server" else 1 + numbers.below(3)
        made: list[tuple[int, int | None, Row]] = []  # age, place of the disk (None: the VM), facts
        for number in range(copies):
            turn, place = divmod(number, len(covered))
            of_vm = kind == "incremental" or (kind == "mixed" and number < copies // 2)
            size = plans[covered[place]][2] * 1024 * (280 + numbers.below(40))
            if of_vm:
                turn, size = number, size if number == copies - 1 else size // (20 + numbers.below(20))
            facts: Row = {"backup_size": size, "initiated": "weeks" if turn % 7 == 6 else "days"}
            if kind == "manual":
                facts |= {"initiated": "manual", "note": f"before change {1000 + numbers.below(9000)}"}
            made.append((newest + turn * DAY + place * 10, None if of_vm else covered[place], facts))
        if kind in ("running", "stuck"):
            facts = {"backup_size": 0, "built": False, "locked": kind == "running"}
            made.append((20 if kind == "running" else 36 * HOUR, covered[0], facts))
        made.sort(key=lambda one: -one[0])
        shared: Row = {"user_id": self.owner(key), "backup_server_id": server, "marked_for_delete": kind == "marked"}
        shared |= zip(("operating_system", "operating_system_distro", "template_id"), self._system(key), strict=False)
        base = shapes.backup(self.generation, shared)
        rows = []
        for number, (age, of_disk, facts) in enumerate(made):
            facts |= self._backup_facts(key, number, age, of_disk, facts.get("built", True))
            # From 3.x on facts have the names of the row, so that one row can be the pattern of all.
            old = self.generation == "2.x"
            rows.append(shapes.backup(self.generation, shared | facts) if old else base | facts)
        return rows

    def _backup_facts(self, key: int, number: int, age: int, place: int | None, built: bool) -> Row:
        # Incremental backups came with 3.3; before, the primary disk is the target.
        place = 0 if place is None and self.generation == "2.x" else place
        backup_id = FIRST_BACKUP + key * self._stride + number
        disk_id = None if place is None else FIRST_DISK + key * 10 + place
        created = self._stamp(age)
        built_at = self._stamp(age, 166) if built else None
        return {
            "id": backup_id,
            "identifier": self._identifier(backup_id, 3),
            "created_at": created,
            "built_at": built_at,
            "updated_at": built_at or created,
            "target_id": key + 1 if disk_id is None else disk_id,
            "target_type": "VirtualMachine" if disk_id is None else "Disk",
            "disk_id": disk_id,
            "backup_type": "incremental" if disk_id is None else "normal",
        }

    def _schedules(self, key: int) -> list[Row]:
        """Daily ones for what has automatic backups: each disk, or a VM with incremental backups."""
        kind = self._kind(key)
        if kind in ("never", "unbuilt", "swap_only", "manual"):
            return []
        targets = [("Disk", row["id"]) for row in self._disks(key) if not row["is_swap"]]
        if kind == "uncovered":
            targets = targets[:1]
        if kind == "incremental" and self.generation != "2.x":
            targets = [("VirtualMachine", key + 1)]
        shared = {"user_id": self.owner(key), "created_at": self._stamp(self._age(key))}
        return [
            shapes.schedule(
                self.generation,
                shared | {"id": FIRST_SCHEDULE + key * 10 + number, "target_type": target_type, "target_id": target_id},
            )
            for number, (target_type, target_id) in enumerate(targets)
        ]

    def _system(self, key: int) -> tuple[str, str, int, str]:
        return SYSTEMS[0 if key == 0 else SeededRandom(self._seed, key, 7).below(3)]

    def _seed_stamp(self, later: timedelta) -> str:
        return shapes.stamp(self.generation, SEED_CREATED + later)

    def _identifier(self, number: int, family: int) -> str:
        """Fourteen letters that differ for every number."""
        value = number * STEP + self._shifts[family]
        return _letters(value % HALF) + _letters((value * 3 + number) % HALF)


def _letters(value: int) -> str:
    high, rest = divmod(value, 36**4)
    middle, last = divmod(rest, 36)
    return TRIPLES[high] + TRIPLES[middle] + LETTERS[last]


def seed_backup(generation: str) -> Row:
    """The backup of the vendor's page in the format of a generation."""
    built = shapes.stamp(generation, SEED_BUILT)
    facts: Row = {
        "allow_resize_without_reboot": False,
        "backup_size": 310896,
        "built_at": built,
        "created_at": shapes.stamp(generation, SEED_CREATED),
        "id": SEED_BACKUP,
        "identifier": "uml64qyvbzvlkb",
        "image_type": None,
        "target_id": SEED_DISK,
        "updated_at": built,
        "user_id": SEED_USER,
        "disk_id": SEED_DISK,
    }
    return shapes.backup(generation, facts)
