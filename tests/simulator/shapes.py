# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows as each generation of the control panel sends them.

Sources: the vendor's page "Get List of Normal Backups" (field names, order and types of 3.x/4.x), recorded traffic of
2.x panels (string sizes, ``days-autobackup``, no ``target_*``, ``Z`` times), and the field tables of the vendor's own
clients for 5.x/6.x (milliseconds in times, ``compatible`` from 6.2, ``primary`` addresses from 6.4).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]

GENERATIONS = ("2.x", "4.x", "6.x")
VERSIONS = {"2.x": "2.3.3", "4.x": "4.1.0", "6.x": "6.5.0"}
ZONE = timedelta(hours=3)


def stamp(generation: str, moment: datetime) -> str:
    """A time as text: UTC ``Z`` in 2.x, the panel's own zone in 4.x, the same with milliseconds in 6.x."""
    naive = (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).replace(tzinfo=None, microsecond=0)
    if generation == "2.x":
        return naive.isoformat() + "Z"
    return (naive + ZONE).isoformat() + (".000+03:00" if generation == "6.x" else "+03:00")


def backup(generation: str, facts: Row) -> Row:
    """One backup. ``facts`` holds values by their 4.x names; ``backup_type`` is ``normal`` or ``incremental``."""
    f = facts
    if generation == "2.x":
        return {
            "allow_resize_without_reboot": f["allow_resize_without_reboot"],
            "allowed_hot_migrate": f["allowed_hot_migrate"],
            "allowed_swap": f["allowed_swap"],
            "backup_server_id": f["backup_server_id"],
            "backup_size": str(f["backup_size"]),
            # What 2.x sends for a manual backup is not known; null is a documented possibility.
            "backup_type": None if f["initiated"] == "manual" else f"{f['initiated']}-autobackup",
            "built": f["built"],
            "built_at": f["built_at"],
            "created_at": f["created_at"],
            "disk_id": f["disk_id"],
            "id": f["id"],
            "identifier": f["identifier"],
            "locked": f["locked"],
            "marked_for_delete": f["marked_for_delete"],
            "min_disk_size": f["min_disk_size"],
            "min_memory_size": f["min_memory_size"],
            "operating_system": f["operating_system"],
            "operating_system_distro": f["operating_system_distro"],
            "template_id": f["template_id"],
            "updated_at": f["updated_at"],
        }
    row = {
        "allow_resize_without_reboot": f["allow_resize_without_reboot"],
        "allowed_hot_migrate": f["allowed_hot_migrate"],
        "allowed_swap": f["allowed_swap"],
        "backup_server_id": f["backup_server_id"],
        "backup_size": f["backup_size"],
        "built": f["built"],
        "built_at": f["built_at"],
        "created_at": f["created_at"],
        "data_store_type": f["data_store_type"],
        "id": f["id"],
        "identifier": f["identifier"],
        "image_type": None,
        "initiated": f["initiated"],
        "iqn": None,
        "locked": f["locked"],
        "marked_for_delete": f["marked_for_delete"],
        "min_disk_size": f["min_disk_size"],
        "min_memory_size": f["min_memory_size"],
        "note": f["note"],
        "operating_system": f["operating_system"],
        "operating_system_distro": f["operating_system_distro"],
        "target_id": f["target_id"],
        "target_type": f["target_type"],
        "template_id": f["template_id"],
        "updated_at": f["updated_at"],
        "user_id": f["user_id"],
        "volume_id": None,
        "backup_type": f["backup_type"],
        "disk_id": f["disk_id"],
    }
    if generation == "6.x":
        if not f.get("image_type_sent"):
            del row["image_type"]
        row["compatible"] = True
    return row


def disk(generation: str, facts: Row) -> Row:
    """One disk; fields by the version that introduced them."""
    f = facts
    row: Row = {
        "add_to_linux_fstab": None if f["primary"] else True,
        "built": f["built"],
        "created_at": f["created_at"],
        "data_store_id": f["data_store_id"],
        "disk_size": f["disk_size"],
        "disk_vm_number": f["disk_vm_number"],
        **({} if generation == "2.x" else {"file_system": f["file_system"]}),
        "has_autobackups": f["has_autobackups"],
        "id": f["id"],
        "identifier": f["identifier"],
        "is_swap": f["is_swap"],
        "locked": f["locked"],
        "mount_point": f["mount_point"],
        "primary": f["primary"],
        "updated_at": f["updated_at"],
        "virtual_machine_id": f["virtual_machine_id"],
    }
    if generation != "2.x":
        row |= {
            "add_to_freebsd_fstab": None,
            "burst_bw": 0,
            "burst_iops": 0,
            "iqn": None,
            "label": f["label"],
            "max_bw": 0,
            "max_iops": 0,
            "min_iops": 0,
            "temporary_virtual_machine_id": None,
            "volume_id": None,
        }
    if generation == "6.x":
        row |= {
            "draas_metadata": None,
            "integrated_storage_cache_enabled": False,
            "io_limits_override": False,
            "mounted": not f["primary"] and not f["is_swap"],
            "openstack_id": None,
        }
    return row


def address(generation: str, facts: Row) -> Row:
    """One wrapped IP address; ``primary`` is inside only from 6.4."""
    row: Row = {
        "address": facts["address"],
        "free": False,
        "gateway": facts["gateway"],
        "id": facts["id"],
        "netmask": "255.255.0.0",
        "network_id": 3,
    }
    if generation == "6.x":
        row["primary"] = facts["primary"]
    return {"ip_address": row}


def virtual_machine(generation: str, facts: Row) -> Row:
    """One VM, with the clear-text secrets that real panels send in every list (canaries here)."""
    f = facts
    row: Row = {
        "admin_note": f["admin_note"],
        "allowed_hot_migrate": True,
        "allowed_swap": True,
        "booted": f["booted"],
        "built": f["built"],
        "cpu_shares": 100,
        "cpus": f["cpus"],
        "created_at": f["created_at"],
        "hostname": f["hostname"],
        "hypervisor_id": f["hypervisor_id"],
        "id": f["id"],
        "identifier": f["identifier"],
        "initial_root_password": f"canary-root-{f['id']}",
        "ip_addresses": f["ip_addresses"],
        "label": f["label"],
        "locked": f["locked"],
        "memory": f["memory"],
        "min_disk_size": f["min_disk_size"],
        "monthly_bandwidth_used": {"2.x": 7204, "4.x": 1887, "6.x": 0}[generation],
        "note": f["note"],
        "operating_system": f["operating_system"],
        "operating_system_distro": f["operating_system_distro"],
        "recovery_mode": False,
        "remote_access_password": f"canary-remote-{f['id']}",
        "state": f["state"],
        "suspended": f["suspended"],
        "template_id": f["template_id"],
        "template_label": f["template_label"],
        "total_disk_size": f["total_disk_size"],
        "updated_at": f["updated_at"],
        "user_id": f["user_id"],
        "vip": None,
    }
    if generation == "2.x":
        row["allow_resize_without_reboot"] = True
    else:
        row |= {
            "initial_root_password_encrypted": False,
            "service_password": f"canary-service-{f['id']}",
            "support_incremental_backups": f["support_incremental_backups"],
        }
    if generation == "6.x":
        row |= {
            "acceleration": False,
            "built_from_iso": False,
            "built_from_ova": False,
            "domain": "example.test",
            "hypervisor_type": "kvm",
            "instance_package_id": None,
            "openstack_id": None,
            "template_version": "1.4",
        }
    return row


def user(generation: str, facts: Row) -> Row:
    """One user. The API key is not in it: only the answer of make_new_api_key was recorded with one."""
    return {
        "created_at": facts["created_at"],
        "email": facts["email"],
        "first_name": facts["first_name"],
        "id": facts["id"],
        "last_name": facts["last_name"],
        "login": facts["login"],
        "status": "active",
        "updated_at": facts["created_at"],
    }


def transaction(generation: str, facts: Row) -> Row:
    """One transaction of a backup, with canaries where panels have secrets and paths."""
    f = facts
    row: Row = {
        "action": f["action"],
        "actor": None,
        "allowed_cancel": True,
        "created_at": f["created_at"],
        "dependent_transaction_id": None,
        "id": f["id"],
        "identifier": f["identifier"],
        "log_output": f"Executing Rollback... canary-log-{f['id']}\n",
        "params": {"new_password": f"canary-params-{f['id']}"},
        "parent_id": f["parent_id"],
        "parent_type": "Backup",
        "pid": 1000 + f["id"] % 30000 if isinstance(f["id"], int) else None,
        "priority": 10,
        "start_after": None,
        "started_at": f["created_at"],
        "status": f["status"],
        "updated_at": f["updated_at"],
        "user_id": f["user_id"],
    }
    if generation != "2.x":
        row |= {"associated_object_id": f["vm_id"], "associated_object_type": "VirtualMachine", "scheduled": True}
    if generation == "6.x":
        row |= {"chain_id": None, "lock_version": 1}
    return row


def log_item(transaction: Row) -> Row:
    """The entry of /logs that belongs to a transaction."""
    row = {name: transaction.get(name) for name in ("id", "action", "status", "created_at", "updated_at")}
    return row | {"target_type": transaction.get("parent_type"), "target_id": transaction.get("parent_id")}


def schedule(generation: str, facts: Row) -> Row:
    """One automatic backup of a disk or VM, with canaries where panels have parameters and output."""
    f = facts
    log = {
        "id": 10 * f["id"],
        "schedule_id": f["id"],
        "status": "complete",
        "log_output": f"canary-log-{f['id']}",
        "created_at": f["start_at"],
        "updated_at": f["start_at"],
    }
    row: Row = {
        "action": "autobackup",
        "created_at": f["start_at"],
        "duration": 1,
        "failure_count": 0,
        "id": f["id"],
        "params": {"token": f"canary-params-{f['id']}"},
        "period": "days",
        "schedule_logs": [{"schedule_log": log}],
        "start_at": f["start_at"],
        "status": "enabled",
        "target_id": f["target_id"],
        "target_type": f["target_type"],
        "updated_at": f["start_at"],
        "user_id": f["user_id"],
    }
    if generation != "2.x":
        row["rotation_period"] = 2
    return row


def recovery_point(generation: str, facts: Row) -> Row:
    """One recovery point of a backup plug-in, as the vendor's list page shows it."""
    return {
        "id": facts["id"],
        "size": 40,
        "state": "built",
        "virtual_machine_id": facts["virtual_machine_id"],
        "resource_id": 1,
        "created_at": facts["created_at"],
        "updated_at": None,
    }


def backup_servers(generation: str, now: datetime) -> list[Row]:
    """The three servers that generated backups are on."""
    created = stamp(generation, now - timedelta(days=900))
    return [
        {
            "id": number,
            "label": f"backup-{number}",
            "enabled": True,
            "ip_address": f"10.9.0.{number}",
            "backup_ip_address": None,
            "backup_server_group_id": 1,
            "capacity": 2000,
            "cpu_idle": 90,
            "distro": "centos6",
            "created_at": created,
            "updated_at": created,
        }
        for number in (1, 2, 3)
    ]


def templates() -> list[Row]:
    """The template of the vendor page's VM."""
    row = {"id": 897, "label": "Ubuntu 12.04 x64", "operating_system": "linux", "operating_system_distro": "ubuntu"}
    return [row | {"min_disk_size": 5, "min_memory_size": 128, "allowed_swap": True, "allowed_hot_migrate": True}]
