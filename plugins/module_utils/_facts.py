# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The facts that users get of a virtual machine and of a backup: always the same keys, each with one type."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import age_of, is_usable
from ansible_collections.community.onapp.plugins.module_utils._fields import (
    as_boolean,
    as_instant,
    as_integer,
    as_text,
    utc_text,
)
from ansible_collections.community.onapp.plugins.module_utils._records import backup_type, initiated

if t.TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Clock
    from ansible_collections.community.onapp.plugins.module_utils._records import Backup, VirtualMachine

BYTES_PER_KB = 1024
TIME = "time"

# Every field of the vendor page "Get List of Normal Backups", under its own name, with the type it has on that page.
# A field that is not here is in `extra`.
BACKUP_FIELDS: dict[str, t.Any] = {
    "allow_resize_without_reboot": as_boolean,
    "allowed_hot_migrate": as_boolean,
    "allowed_swap": as_boolean,
    "backup_server_id": as_integer,
    "backup_size": as_integer,
    "backup_type": as_text,
    "built": as_boolean,
    "built_at": TIME,
    "created_at": TIME,
    "data_store_type": as_text,
    "disk_id": as_integer,
    "id": as_integer,
    "identifier": as_text,
    "image_type": as_text,
    "initiated": as_text,
    "iqn": as_text,
    "locked": as_boolean,
    "marked_for_delete": as_boolean,
    "min_disk_size": as_integer,
    "min_memory_size": as_integer,
    "note": as_text,
    "operating_system": as_text,
    "operating_system_distro": as_text,
    "target_id": as_integer,
    "target_type": as_text,
    "template_id": as_integer,
    "updated_at": TIME,
    "user_id": as_integer,
    "volume_id": as_integer,
}

VIRTUAL_MACHINE_FIELDS: dict[str, t.Any] = {
    "id": as_integer,
    "identifier": as_text,
    "label": as_text,
    "hostname": as_text,
    "booted": as_boolean,
    "built": as_boolean,
    "suspended": as_boolean,
    "locked": as_boolean,
    "user_id": as_integer,
    "hypervisor_id": as_integer,
    "template_id": as_integer,
    "template_label": as_text,
    "operating_system": as_text,
    "operating_system_distro": as_text,
    "created_at": TIME,
    "support_incremental_backups": as_boolean,
}


def backup_facts(
    row: Mapping[str, t.Any], record: Backup, vm: VirtualMachine, clock: Clock, now: int
) -> dict[str, t.Any]:
    """The facts of a backup's row and its record: the documented fields, what is derived from them, and in `extra`
    whatever else the panel sent.

    Times are UTC text, sizes whole numbers, `age_seconds` counts from the data time that the policy's clock chooses and
    is None when that time is missing, unreadable or in the future.
    """
    facts, extra = _typed(row, BACKUP_FIELDS, clock.naive_as)
    facts["backup_type"] = backup_type(row)
    facts["initiated"] = initiated(row)
    sent_type = as_text(row.get("backup_type"))
    if sent_type not in (None, facts["backup_type"]):
        extra["backup_type"] = sent_type
    extra.update((name, value) for name, value in row.items() if name not in BACKUP_FIELDS)
    size = facts["backup_size"]
    facts.update(
        virtual_machine_id=vm.id,
        virtual_machine_identifier=vm.identifier,
        virtual_machine_label=vm.label,
        backup_size_bytes=None if size is None else size * BYTES_PER_KB,
        usable=is_usable(record, clock, now),
        age_seconds=age_of(record, clock, now),
        extra=extra,
    )
    return facts


def virtual_machine_facts(row: Mapping[str, t.Any], naive_as: datetime.tzinfo) -> dict[str, t.Any]:
    """A virtual machine's facts; `ip_addresses` is a list of texts. Of the other fields none is handed on."""
    facts, _unreadable = _typed(row, VIRTUAL_MACHINE_FIELDS, naive_as)
    facts["ip_addresses"] = _addresses(row.get("ip_addresses"))
    return facts


def _typed(
    row: Mapping[str, t.Any], fields: Mapping[str, t.Any], naive_as: datetime.tzinfo
) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """The fields of a row, each with its type or None, and what was sent for those that could not be read."""
    facts: dict[str, t.Any] = {}
    unreadable: dict[str, t.Any] = {}
    for name, read in fields.items():
        sent = row.get(name)
        if sent is None:
            facts[name] = None
            continue
        value = facts[name] = utc_text(as_instant(sent, naive_as).seconds) if read is TIME else read(sent)
        if value is None and sent != "":
            unreadable[name] = sent
    return facts, unreadable


def _addresses(value: t.Any) -> list[str]:
    """Addresses from `[{"ip_address": {"address": "…"}}]`, from the join rows of some generations, or from texts."""
    found: list[str] = []
    if isinstance(value, str):
        found += filter(None, [value.strip()])
    elif isinstance(value, list):
        for item in value:
            found += _addresses(item)
    elif isinstance(value, dict):
        for name in ("ip_address", "ip_address_join", "address"):
            found += _addresses(value.get(name))
    return list(dict.fromkeys(found))
