# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows in the format of each generation of the control panel: ``shape(generation, facts)`` adds missing fields.

Sources: the vendor's page "Get List of Normal Backups" (field names, order and types of 3.x/4.x), recorded traffic of
2.x panels (sizes as strings, ``days-autobackup``, no ``target_*``, ``Z`` times), and the field tables of the vendor's
own clients for 5.x/6.x (milliseconds in times, ``compatible`` from 6.2, ``primary`` addresses from 6.4).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]

GENERATIONS = ("2.x", "4.x", "6.x")
VERSIONS = {"2.x": "2.3.3", "4.x": "4.1.0", "6.x": "6.5.0"}
ZONE = timedelta(hours=3)

BACKUP: Row = {
    "allow_resize_without_reboot": True,
    "allowed_hot_migrate": True,
    "allowed_swap": True,
    "backup_server_id": 1,
    "backup_size": 0,
    "built": True,
    "built_at": None,
    "created_at": None,
    "data_store_type": "lvm",
    "id": None,
    "identifier": None,
    "image_type": None,
    "initiated": "days",
    "iqn": None,
    "locked": False,
    "marked_for_delete": False,
    "min_disk_size": 5,
    "min_memory_size": 128,
    "note": None,
    "operating_system": "linux",
    "operating_system_distro": "ubuntu",
    "target_id": None,
    "target_type": "Disk",
    "template_id": 897,
    "updated_at": None,
    "user_id": None,
    "volume_id": None,
    "backup_type": "normal",
    "disk_id": None,
}
NOT_IN_2 = {
    "data_store_type",
    "image_type",
    "initiated",
    "iqn",
    "note",
    "target_id",
    "target_type",
    "user_id",
    "volume_id",
}
DISK: Row = {
    "add_to_linux_fstab": True,
    "built": True,
    "created_at": None,
    "data_store_id": 1,
    "disk_size": 10,
    "disk_vm_number": 1,
    "file_system": "ext3",
    "has_autobackups": False,
    "id": None,
    "identifier": None,
    "is_swap": False,
    "locked": False,
    "mount_point": None,
    "primary": True,
    "updated_at": None,
    "virtual_machine_id": None,
}
DISK_FROM_4: Row = {
    "add_to_freebsd_fstab": None,
    "burst_bw": 0,
    "burst_iops": 0,
    "iqn": None,
    "label": None,
    "max_bw": 0,
    "max_iops": 0,
    "min_iops": 0,
    "temporary_virtual_machine_id": None,
    "volume_id": None,
}
DISK_FROM_6: Row = {
    "draas_metadata": None,
    "integrated_storage_cache_enabled": False,
    "io_limits_override": False,
    "mounted": True,
    "openstack_id": None,
}
VIRTUAL_MACHINE: Row = {
    "admin_note": None,
    "allowed_hot_migrate": True,
    "allowed_swap": True,
    "booted": True,
    "built": True,
    "cpu_shares": 100,
    "cpus": 1,
    "created_at": None,
    "hostname": None,
    "hypervisor_id": 1,
    "id": None,
    "identifier": None,
    "initial_root_password": None,
    "ip_addresses": [],
    "label": None,
    "locked": False,
    "memory": 1024,
    "min_disk_size": 5,
    "monthly_bandwidth_used": 0,
    "note": None,
    "operating_system": "linux",
    "operating_system_distro": "ubuntu",
    "recovery_mode": False,
    "remote_access_password": None,
    "state": "delivered",
    "suspended": False,
    "template_id": 897,
    "template_label": "Ubuntu 12.04 x64",
    "total_disk_size": 10,
    "updated_at": None,
    "user_id": None,
    "vip": None,
}
VIRTUAL_MACHINE_FROM_6: Row = {
    "acceleration": False,
    "built_from_iso": False,
    "built_from_ova": False,
    "domain": "example.test",
    "hypervisor_type": "kvm",
    "instance_package_id": None,
    "openstack_id": None,
    "template_version": "1.4",
}


def stamp(generation: str, moment: datetime) -> str:
    """A time as text: UTC ``Z`` in 2.x, the panel's own zone in 4.x, the same with milliseconds in 6.x."""
    naive = (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).replace(tzinfo=None, microsecond=0)
    if generation == "2.x":
        return naive.isoformat() + "Z"
    return (naive + ZONE).isoformat() + (".000+03:00" if generation == "6.x" else "+03:00")


def backup(generation: str, facts: Row) -> Row:
    """One backup. ``facts`` holds values by their 4.x names; ``image_type`` is sent in 6.x only where given."""
    row = BACKUP | facts
    if generation == "2.x":
        row = {name: value for name, value in row.items() if name not in NOT_IN_2}
        row["backup_size"] = str(row["backup_size"])
        # The value of a manual backup in 2.x is unknown; null is documented as possible.
        initiated = facts.get("initiated", "days")
        row["backup_type"] = None if initiated == "manual" else f"{initiated}-autobackup"
    if generation == "6.x":
        if "image_type" not in facts:
            del row["image_type"]
        row["compatible"] = True
    return row


def disk(generation: str, facts: Row) -> Row:
    """One disk; fields by the version that introduced them."""
    row = DISK | ({} if generation == "2.x" else DISK_FROM_4) | (DISK_FROM_6 if generation == "6.x" else {})
    row = {name: facts.get(name, value) for name, value in row.items()}
    row["add_to_linux_fstab"] = None if row["primary"] else True
    if generation == "2.x":
        del row["file_system"]
    if generation == "6.x":
        row["mounted"] = not row["primary"] and not row["is_swap"]
    return row


def address(generation: str, number: int, address: str, gateway: str) -> Row:
    """One wrapped, primary IP address; ``primary`` is inside only from 6.4."""
    row: Row = {
        "address": address,
        "free": False,
        "gateway": gateway,
        "id": number,
        "netmask": "255.255.0.0",
        "network_id": 3,
    }
    if generation == "6.x":
        row["primary"] = True
    return {"ip_address": row}


def virtual_machine(generation: str, facts: Row) -> Row:
    """One VM, with the clear-text secrets that real panels send in every list (canaries here)."""
    row = VIRTUAL_MACHINE | (VIRTUAL_MACHINE_FROM_6 if generation == "6.x" else {})
    row = {name: facts.get(name, value) for name, value in row.items()}
    row["monthly_bandwidth_used"] = {"2.x": 7204, "4.x": 1887, "6.x": 0}[generation]
    row["initial_root_password"] = f"canary-root-{row['id']}"
    row["remote_access_password"] = f"canary-remote-{row['id']}"
    if generation == "2.x":
        return row | {"allow_resize_without_reboot": True}
    return row | {
        "initial_root_password_encrypted": False,
        "service_password": f"canary-service-{row['id']}",
        "support_incremental_backups": facts.get("support_incremental_backups", False),
    }


def user(generation: str, now: datetime, user_id: Any) -> Row:
    """One user. The API key is not in it: only the answer of make_new_api_key was recorded with one."""
    created = stamp(generation, now - timedelta(days=900))
    return {
        "created_at": created,
        "email": f"user{user_id}@example.test",
        "first_name": "Robin",
        "id": user_id,
        "last_name": f"Example {user_id}",
        "login": f"user{user_id}",
        "status": "active",
        "updated_at": created,
    }


def transaction(generation: str, facts: Row) -> Row:
    """One transaction of a backup, with canaries where panels have secrets and paths; ``vm_id`` is its VM."""
    number = facts["id"]
    row: Row = {
        "action": facts.get("action", "take_backup"),
        "actor": None,
        "allowed_cancel": True,
        "created_at": facts["created_at"],
        "dependent_transaction_id": None,
        "id": number,
        "identifier": facts.get("identifier"),
        "log_output": f"Executing Rollback... canary-log-{number}\n",
        "params": {"new_password": f"canary-params-{number}"},
        "parent_id": facts.get("parent_id"),
        "parent_type": "Backup",
        "pid": 4711,
        "priority": 10,
        "start_after": None,
        "started_at": facts["created_at"],
        "status": facts.get("status", "failed"),
        "updated_at": facts.get("updated_at", facts["created_at"]),
        "user_id": facts.get("user_id"),
    }
    if generation != "2.x":
        row |= {"associated_object_id": facts["vm_id"], "associated_object_type": "VirtualMachine", "scheduled": True}
    if generation == "6.x":
        row |= {"chain_id": None, "lock_version": 1}
    return row


def log_item(transaction: Row) -> Row:
    """The entry of /logs that belongs to a transaction."""
    row = {name: transaction.get(name) for name in ("id", "action", "status", "created_at", "updated_at")}
    return row | {"target_type": transaction.get("parent_type"), "target_id": transaction.get("parent_id")}


def schedule(generation: str, facts: Row) -> Row:
    """One automatic backup of a disk or VM, with canaries where panels have parameters and output."""
    number, created = facts["id"], facts["created_at"]
    log = {
        "id": 10 * number,
        "schedule_id": number,
        "status": "complete",
        "log_output": f"canary-log-{number}",
        "created_at": created,
        "updated_at": created,
    }
    row: Row = {
        "action": "autobackup",
        "created_at": created,
        "duration": 1,
        "failure_count": 0,
        "id": number,
        "params": {"token": f"canary-params-{number}"},
        "period": "days",
        "rotation_period": 2,
        "schedule_logs": [{"schedule_log": log}],
        "start_at": created,
        "status": "enabled",
        "target_id": facts["target_id"],
        "target_type": facts["target_type"],
        "updated_at": created,
        "user_id": facts.get("user_id"),
    }
    if generation == "2.x":
        del row["rotation_period"]
    return row


def recovery_point(_generation: str, facts: Row) -> Row:
    """One recovery point of a backup plug-in, as the vendor's list page shows it."""
    return {
        "id": facts["id"],
        "size": 40,
        "state": "built",
        "virtual_machine_id": facts["vm_id"],
        "resource_id": 1,
        "created_at": facts["created_at"],
        "updated_at": None,
    }


def backup_servers(generation: str, now: datetime) -> list[Row]:
    """The three servers that generated backups are on."""
    created = stamp(generation, now - timedelta(days=900))
    row = {"enabled": True, "backup_ip_address": None, "backup_server_group_id": 1, "capacity": 2000, "cpu_idle": 90,
           "distro": "centos6", "created_at": created, "updated_at": created}  # fmt: skip
    return [{"id": n, "label": f"backup-{n}", "ip_address": f"10.9.0.{n}", **row} for n in (1, 2, 3)]


def templates() -> list[Row]:
    """The template of the vendor page's VM."""
    row = {"id": 897, "label": "Ubuntu 12.04 x64", "operating_system": "linux", "operating_system_distro": "ubuntu"}
    return [row | {"min_disk_size": 5, "min_memory_size": 128, "allowed_swap": True, "allowed_hot_migrate": True}]
