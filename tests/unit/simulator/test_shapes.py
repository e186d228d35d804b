# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows in the format of each generation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from ansible_collections.community.onapp.tests.simulator import shapes
from ansible_collections.community.onapp.tests.simulator.generated import Generated, seed_backup
from ansible_collections.community.onapp.tests.simulator.shapes import GENERATIONS, Row

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def cloud(generation: str) -> Generated:
    return Generated(generation, NOW, vms=20, backups=6)


@pytest.mark.parametrize(
    ("generation", "text"),
    [("2.x", "2026-03-01T12:00:00Z"), ("4.x", "2026-03-01T15:00:00+03:00"), ("6.x", "2026-03-01T15:00:00.000+03:00")],
)
def test_stamp(generation: str, text: str) -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-5)))
    assert shapes.stamp(generation, NOW) == shapes.stamp(generation, elsewhere) == text


def test_old_backup() -> None:
    row = seed_backup("2.x")
    assert row["backup_size"] == "310896"
    assert row["backup_type"] == "days-autobackup"
    assert row["created_at"] == "2013-12-24T11:31:20Z"
    assert row["disk_id"] == 11860
    assert not {"target_id", "target_type", "initiated", "user_id", "note", "compatible"} & set(row)


def test_newest_backup() -> None:
    row = seed_backup("6.x")
    assert row["created_at"] == "2013-12-24T14:31:20.000+03:00"
    assert row["compatible"] is True
    assert set(row) == set(seed_backup("4.x")) | {"compatible"}


def test_fields_that_old_panels_lack() -> None:
    vm, disk = cloud("2.x").vm(3), cloud("2.x").disks(3)[0]
    assert "allow_resize_without_reboot" in vm
    assert not {"support_incremental_backups", "service_password", "hypervisor_type", "domain"} & set(vm)
    assert "label" not in disk
    assert "mounted" not in disk
    assert all("primary" not in one["ip_address"] for one in vm["ip_addresses"])


def test_no_incremental_backups_in_old_generations() -> None:
    rows = [row for key in range(20) for row in cloud("2.x").backups(key)]
    assert rows
    assert all(row["disk_id"] for row in rows)
    manual = [row for row in rows if row["backup_type"] is None]
    assert manual  # the real value of 2.x is unknown


def test_newest_vm_and_disk() -> None:
    vm, disk = cloud("6.x").vm(3), cloud("6.x").disks(3)[0]
    assert {"domain", "hypervisor_type", "built_from_iso", "template_version"} <= set(vm)
    assert vm["ip_addresses"][0]["ip_address"]["primary"] is True
    assert {"mounted", "openstack_id", "draas_metadata"} <= set(disk)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_canaries_in_every_row(generation: str) -> None:
    vm = cloud(generation).vm(3)
    assert vm["initial_root_password"] == "canary-root-4"
    assert vm["remote_access_password"] == "canary-remote-4"
    assert generation == "2.x" or vm["service_password"] == "canary-service-4"
    assert "api_key" not in cloud(generation).users()[0]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_all_rows_of_a_kind_have_the_same_fields(generation: str) -> None:
    def fields(rows: list[Row]) -> set[tuple[str, ...]]:
        return {tuple(row) for row in rows}

    data = cloud(generation)
    keys = range(1, 20)
    assert len(fields([data.vm(key) for key in keys])) == 1
    assert len(fields([row for key in keys for row in data.disks(key)])) == 1
    assert len(fields([row for key in keys for row in data.backups(key)])) == 1


@pytest.mark.parametrize(("generation", "bandwidth"), [("2.x", 7204), ("4.x", 1887), ("6.x", 0)])
def test_types_of_the_vendors_clients(generation: str, bandwidth: int) -> None:
    vm, disk = cloud(generation).vm(3), cloud(generation).disks(3)[0]
    assert (vm["monthly_bandwidth_used"], vm["recovery_mode"]) == (bandwidth, False)
    assert isinstance(vm["total_disk_size"], int)
    assert ("file_system" in disk) is (generation != "2.x")
    transaction = cloud(generation).transactions(3)[0]
    assert isinstance(transaction["pid"], int)
    assert "finished_at" not in transaction
