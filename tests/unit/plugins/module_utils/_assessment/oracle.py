# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a VM may be called protected, derived from the raw rows as simply as possible.

An independent implementation of the definitions of a recovery point, coverage and `protected`, to catch an assessment
without evidence. For contradicting rows it allows more than the assessment. Limits are fixed:
`POLICY` sets the same.
"""

from __future__ import annotations

import datetime
import re
import typing as t

from ansible_collections.community.onapp.tests.unit.strategies import HOUR, NOW

Row = dict[str, t.Any]
RPO, GRACE, SKEW = 26 * HOUR, 24 * HOUR, 300
POLICY = {"defaults": {"rpo": "26h"}, "scope": {"new_vm_grace": "24h"}, "clock": {"max_skew": "5m"}}


def may_be_protected(vm: Row, disks: list[Row], backups: list[Row]) -> bool:
    """Whether every eligible disk has a recent recovery point; disks in grace need none."""
    own = [disk for disk in disks if not is_true(disk.get("is_swap")) and belongs_to(disk, vm)]
    recent = [any(covers(backup, disk, vm) for backup in backups) for disk in own]
    return any(recent) and all(has or is_in_grace(disk, vm) for has, disk in zip(recent, own, strict=True))


def covers(backup: Row, disk: Row, vm: Row) -> bool:
    """Whether a backup is a usable, recent recovery point of a disk."""
    if not is_true(backup.get("built")) or not is_unmarked(backup.get("marked_for_delete")):
        return False
    created = time_of(backup.get("created_at"))
    if backup.get("created_at") in (None, ""):
        created = time_of(backup.get("built_at"))
    if created is None or not -SKEW <= NOW - created <= RPO:
        return False
    numbers = [number_of(backup.get("disk_id"))]
    if str(backup.get("target_type")).rpartition("::")[2] == "Disk":
        numbers.append(number_of(backup.get("target_id")))
    if any(number is not None for number in numbers) or backup.get("disk_id") not in (None, ""):
        return number_of(disk["id"]) in numbers
    is_of_vm = backup.get("target_type") in (None, "", "VirtualMachine") or not _is_scalar(backup["target_type"])
    disk_created = time_of(disk.get("created_at"))
    return (
        is_of_vm
        and number_of(backup.get("target_id")) in (None, number_of(vm["id"]))
        and (disk_created is None or disk_created <= created)
    )


def is_in_grace(disk: Row, vm: Row) -> bool:
    """Whether a disk is in grace: so new that it needs no recovery point yet."""
    created_at = time_of(disk.get("created_at"))
    if created_at is None:
        created_at = time_of(vm.get("created_at"))
    return created_at is not None and -SKEW <= NOW - created_at < GRACE


def belongs_to(disk: Row, vm: Row) -> bool:
    """Whether a disk belongs to the VM, or names none."""
    return number_of(disk.get("virtual_machine_id")) in (None, number_of(vm["id"]))


def is_true(value: t.Any) -> bool:
    return value is True or (_is_scalar(value) and str(value).strip().lower() in ("true", "1"))


def is_unmarked(value: t.Any) -> bool:
    return value is None or (_is_scalar(value) and str(value).strip().lower() in ("", "false", "0"))


def number_of(value: t.Any) -> int | None:
    if isinstance(value, bool):
        return None
    try:
        return int(float(value)) if isinstance(value, str) and len(value) < 20 else int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def time_of(value: t.Any) -> int | None:
    if not isinstance(value, str):
        return None
    try:
        text = re.sub(r"\s+(?=[+-]\d)", "", value.strip().replace(" UTC", "Z").replace("/", "-")).upper()
        time = datetime.datetime.fromisoformat(text)
        if not datetime.MINYEAR < time.year < datetime.MAXYEAR:
            return None  # at the ends of the calendar, where other time zones have no such time
        return int((time if time.tzinfo else time.replace(tzinfo=datetime.UTC)).timestamp() // 1)
    except (ValueError, OverflowError):
        return None


def _is_scalar(value: t.Any) -> bool:
    return not isinstance(value, (list, dict))
