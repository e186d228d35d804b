# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of VM that a generated cloud is made of, so that every state of a VM's backups appears.

Nothing here is known from panels: it is a plausible mix. Everything is a pure function of the seed number and the
VM's place in the cloud, so a VM's rows can be built, dropped and built again, alone.
"""

from __future__ import annotations

from dataclasses import dataclass

HOUR = 60
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
MASK = (1 << 64) - 1


class Dice:
    """A tiny seeded generator (SplitMix64): cheap to make for every VM, equal on every machine."""

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


@dataclass(frozen=True, slots=True)
class DiskPlan:
    """One disk to be: its size in GB and its age in minutes."""

    primary: bool
    swap: bool
    size: int
    age: int


@dataclass(frozen=True, slots=True)
class Copy:
    """One backup to be: ``disk`` is the place in the VM's disk list, None for an incremental backup of the VM."""

    age: int
    disk: int | None
    size: int
    initiated: str = "days"
    built: bool = True
    marked: bool = False
    locked: bool = False
    server: int | None = 1
    note: str | None = None


def persona(seed: int, index: int) -> str:
    """What kind of VM stands at this place (1 and up) of the cloud."""
    if index <= len(ORDER):
        return ORDER[index - 1]
    return DECK[Dice(seed, index, 1).below(len(DECK))]


def disk_count(seed: int, index: int, copies: int) -> int:
    """How many disks the VM has, without building them."""
    kind = persona(seed, index)
    if kind == "swap_only":
        return 1
    return _data_disks(kind, seed, index, copies) + _has_swap(index)


def backup_count(seed: int, index: int, copies: int) -> int:
    """How many backups the VM has, without building them."""
    kind = persona(seed, index)
    if kind in WITHOUT_BACKUPS:
        return 0
    return copies + (kind in ("running", "stuck"))


def age(seed: int, index: int, copies: int) -> int:
    """The VM's own age in minutes: always older than its oldest backup."""
    kind = persona(seed, index)
    if kind == "new":
        return 3 * HOUR
    if kind == "unbuilt":
        return 2 * DAY
    return (copies + 60 + Dice(seed, index, 2).below(300)) * DAY


def disks(seed: int, index: int, copies: int) -> list[DiskPlan]:
    """The VM's disks: the primary one, perhaps another, perhaps swap."""
    kind = persona(seed, index)
    vm_age = age(seed, index, copies)
    if kind == "swap_only":
        return [DiskPlan(primary=False, swap=True, size=1, age=vm_age)]
    dice = Dice(seed, index, 3)
    plans = [DiskPlan(primary=True, swap=False, size=5 + dice.below(36), age=vm_age)]
    if _data_disks(kind, seed, index, copies) > 1:
        later = 40 * DAY if kind == "uncovered" else vm_age
        plans.append(DiskPlan(primary=False, swap=False, size=10 + dice.below(90), age=later))
    if _has_swap(index):
        plans.append(DiskPlan(primary=False, swap=True, size=1 + dice.below(4), age=vm_age))
    return plans


def backups(seed: int, index: int, copies: int) -> list[Copy]:
    """The VM's backups, oldest first."""
    kind = persona(seed, index)
    if kind in WITHOUT_BACKUPS:
        return []
    dice = Dice(seed, index, 4)
    plans = disks(seed, index, copies)
    # One disk of an "uncovered" VM is never backed up; swap never is.
    covered = [0] if kind == "uncovered" else [place for place, plan in enumerate(plans) if not plan.swap]
    newest = {"stale": 2 * DAY + dice.below(8 * DAY), "stuck": 60 * HOUR}.get(kind, 2 * HOUR + dice.below(16 * HOUR))
    server = None if kind == "no_server" else 1 + dice.below(3)
    result = []
    for number in range(copies):
        turn, place = divmod(number, len(covered))
        whole_vm = kind == "incremental" or (kind == "mixed" and number < copies // 2)
        size = plans[covered[place]].size * 1024 * (280 + dice.below(40))
        if whole_vm:
            turn, size = number, size if number == copies - 1 else size // (20 + dice.below(20))
        result.append(
            Copy(
                age=newest + turn * DAY + place * 10,
                disk=None if whole_vm else covered[place],
                size=size,
                initiated="manual" if kind == "manual" else "weeks" if turn % 7 == 6 else "days",
                marked=kind == "marked",
                server=server,
                note=f"before change {1000 + dice.below(9000)}" if kind == "manual" else None,
            )
        )
    if kind in ("running", "stuck"):
        since = 20 if kind == "running" else 36 * HOUR
        result.append(Copy(age=since, disk=covered[0], size=0, built=False, locked=kind == "running", server=server))
    return sorted(result, key=lambda copy: -copy.age)


def _data_disks(kind: str, seed: int, index: int, copies: int) -> int:
    if kind == "uncovered":
        return 2
    return 2 if copies >= 2 and Dice(seed, index, 5).below(4) == 0 else 1


def _has_swap(index: int) -> int:
    return int(index % 3 == 0)
