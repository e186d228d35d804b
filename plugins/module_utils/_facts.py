# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The facts of a virtual machine, a backup and further evidence: always the same keys, each with one type."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import (
    age_of,
    backup_of_plugin,
    is_usable,
)
from ansible_collections.community.onapp.plugins.module_utils._fields import (
    as_boolean,
    as_instant,
    as_integer,
    as_text,
    as_word,
    utc_text,
)
from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Clock
    from ansible_collections.community.onapp.plugins.module_utils._records import Backup, RecoveryPoint, Schedule

BYTES_PER_KB = 1024

TIME = "time"

# Every field of the vendor page "Get List of Normal Backups", under its own name, with the type that it has there.
# A field that is not here is in `extra`.
BACKUP_FIELDS: dict[str, t.Any] = {
    "allow_resize_without_reboot": as_boolean,
    "allowed_hot_migrate": as_boolean,
    "allowed_swap": as_boolean,
    "backup_server_id": as_integer,
    "backup_size": as_integer,
    "backup_type": as_word,
    "built": as_boolean,
    "built_at": TIME,
    "created_at": TIME,
    "data_store_type": as_word,
    "disk_id": as_integer,
    "id": as_integer,
    "identifier": as_word,
    "image_type": as_word,
    "initiated": as_word,
    "iqn": as_text,
    "locked": as_boolean,
    "marked_for_delete": as_boolean,
    "min_disk_size": as_integer,
    "min_memory_size": as_integer,
    "note": as_text,
    "operating_system": as_word,
    "operating_system_distro": as_word,
    "target_id": as_integer,
    "target_type": as_word,
    "template_id": as_integer,
    "updated_at": TIME,
    "user_id": as_integer,
    "volume_id": as_integer,
}
VIRTUAL_MACHINE_FIELDS = tuple(name for name in VirtualMachine._fields if name != "unreadable")


def backup_facts(
    row: Mapping[str, t.Any], backup: Backup, vm: VirtualMachine, clock: Clock, now: int
) -> dict[str, t.Any]:
    """The facts of a backup: the documented fields, what is derived from them, and in `extra` anything else of its row.

    Times are UTC text, sizes whole numbers, `age_seconds` counts from the data time that the policy's clock chooses and
    is None when that time is missing, unreadable or in the future. A value that cannot be converted is None, and in
    `extra` as the panel sent it.
    """
    get = row.get
    # What the record holds already.
    typed: dict[str, t.Any] = {
        "id": backup.id,
        "backup_server_id": backup.backup_server_id,
        "backup_size": backup.size,
        "backup_type": backup.backup_type,
        "built": backup.built,
        "built_at": utc_text(backup.built_at.seconds),
        # The record has built_at where the panel recorded no creation.
        "created_at": None if get("created_at") in (None, "") else utc_text(backup.created_at.seconds),
        "initiated": backup.initiated,
    }
    extra = {} if row.keys() <= BACKUP_FIELDS.keys() else {name: row[name] for name in row if name not in BACKUP_FIELDS}
    facts: dict[str, t.Any] = {}
    for name, convert in BACKUP_FIELDS.items():
        sent = get(name)
        if name in typed:
            value = typed[name]
        elif sent is None:
            value = None
        else:
            value = utc_text(as_instant(sent, clock.naive_as).seconds) if convert is TIME else convert(sent)
        facts[name] = value
        if value is None and sent not in (None, ""):
            extra[name] = sent
    sent_type = get("backup_type")
    if sent_type not in (None, "", backup.backup_type) and as_word(sent_type) != backup.backup_type:
        extra["backup_type"] = sent_type
    facts.update(
        virtual_machine_id=vm.id,
        virtual_machine_identifier=vm.identifier,
        virtual_machine_label=vm.label,
        backup_size_bytes=None if backup.size is None else backup.size * BYTES_PER_KB,
        usable=is_usable(backup, clock, now),
        age_seconds=age_of(backup, clock, now),
        extra=extra,
    )
    return facts


def virtual_machine_facts(vm: VirtualMachine) -> dict[str, t.Any]:
    """A virtual machine's facts; no other field of its row is handed on."""
    facts = {name: getattr(vm, name) for name in VIRTUAL_MACHINE_FIELDS}
    facts.update(created_at=utc_text(vm.created_at), ip_addresses=list(vm.ip_addresses))
    return facts


def recovery_point_facts(
    row: Mapping[str, t.Any], point: RecoveryPoint, vm: VirtualMachine, clock: Clock, now: int
) -> dict[str, t.Any]:
    """The facts of a plug-in recovery point. `extra` has times without a zone, and values of another type, as sent."""
    backup = backup_of_plugin(vm, point)
    facts: dict[str, t.Any] = {
        "id": point.id,
        "virtual_machine_id": vm.id,
        "resource_id": point.resource_id,
        "state": point.state,
        "size_bytes": point.size,
        "created_at": utc_text(point.created_at.seconds),
        "updated_at": utc_text(point.updated_at),
        "usable": is_usable(backup, clock, now),
        "age_seconds": age_of(backup, clock, now),
    }
    sent = {("size_bytes" if name == "size" else name): value for name, value in row.items()}
    facts["extra"] = {
        name: value for name, value in sent.items() if value not in (None, "") and facts.get(name) is None
    }
    if point.created_at.problem == "no_offset":
        facts["extra"]["created_at"] = row["created_at"]
    return facts


def schedule_facts(schedule: Schedule) -> dict[str, t.Any]:
    """The facts of a schedule of automatic backups."""
    facts = schedule._asdict()
    del facts["unreadable"]
    target = facts.pop("target")
    facts.update(target_type=target.kind or None, target_id=target.id, start_at=utc_text(schedule.start_at))
    return facts
