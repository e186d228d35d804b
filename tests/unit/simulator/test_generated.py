# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clouds from a seed number: reproducible, of any size, with every state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.community.onapp.tests.simulator.generated import Generated
from ansible_collections.community.onapp.tests.simulator.shapes import GENERATIONS
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def everything(data: Generated) -> list[Any]:
    return [(data.vm(key), data.disks(key), data.backups(key), data.transactions(key)) for key in data.existing()]


def test_same_seed() -> None:
    assert everything(Generated("6.x", NOW, 60, 7, 3)) == everything(Generated("6.x", NOW, 60, 7, 3))


def test_other_seed() -> None:
    one, other = Generated("6.x", NOW, 60, 7, 3), Generated("6.x", NOW, 60, 7, 4)
    assert one.vm(0)["label"] == other.vm(0)["label"] == "seed-document"
    assert everything(one)[1:] != everything(other)[1:]


@given(
    generation=st.sampled_from(GENERATIONS),
    copies=st.integers(0, 40),
    seed=st.integers(-(2**40), 2**40),
    key=st.integers(0, 49_999),
)
def test_vms_are_consistent(generation: str, copies: int, seed: int, key: int) -> None:
    data = Generated(generation, NOW, 50_000, copies, seed)
    vm, disks, backups = data.vm(key), data.disks(key), data.backups(key)
    own = {row["id"] for row in disks if not row["is_swap"]} | ({None} if generation != "2.x" else set())
    assert {row["disk_id"] for row in backups} <= own
    assert all(row["created_at"] >= vm["created_at"] for row in backups)
    assert all((row["built_at"] is None) == (row["built"] is False) for row in backups)


def test_identifiers_are_unique() -> None:
    data = Generated("6.x", NOW, 2_000, 3, 1)
    rows = [row for key in data.existing() for row in (data.vm(key), *data.disks(key), *data.backups(key))]
    assert len({row["identifier"] for row in rows}) == len(rows)
    assert all(len(row["identifier"]) == 14 for row in rows)


def test_twelve_vms_have_every_state() -> None:
    data = Generated("6.x", NOW, 12, 10, 1)
    vms = [(data.vm(key), data.disks(key), data.backups(key)) for key in data.existing()]

    def fresh(row: dict[str, Any]) -> bool:
        made = datetime.fromisoformat(row["created_at"])
        return row["built"] and not row["marked_for_delete"] and NOW - made < timedelta(hours=26)

    assert any(any(map(fresh, rows)) for _vm, _disks, rows in vms)
    assert any(rows and not any(map(fresh, rows)) for _vm, _disks, rows in vms)
    old = [row for vm, _disks, row in vms if vm["built"] and vm["created_at"] < "2026-02"]
    new = [row for vm, _disks, row in vms if vm["built"] and vm["created_at"] > "2026-03-01"]
    assert [] in old
    assert new == [[]]
    assert any(not vm["built"] for vm, _disks, _rows in vms)
    assert any(rows and all(row["marked_for_delete"] for row in rows) for _vm, _disks, rows in vms)
    unbuilt = [row for _vm, _disks, rows in vms for row in rows if not row["built"]]
    assert sorted(row["created_at"][:10] for row in unbuilt) == ["2026-02-28", "2026-03-01"]
    assert any(row["initiated"] == "manual" and row["note"] for _vm, _disks, rows in vms for row in rows)
    assert any(row["target_type"] == "VirtualMachine" and row["disk_id"] is None for *_vm, rows in vms for row in rows)
    assert any(row["is_swap"] for _vm, disks, _rows in vms for row in disks)
    assert any(
        rows and {row["id"] for row in disks if not row["is_swap"]} - {row["disk_id"] for row in rows} - {None}
        for _vm, disks, rows in vms
        if rows and rows[0]["disk_id"]
    )


def test_many_vms_have_every_kind() -> None:
    data = Generated("6.x", NOW, 20, 6, 1)
    assert any(data.vm(key)["built"] and not data.vm(key)["booted"] for key in data.existing())
    assert any(all(row["is_swap"] for row in data.disks(key)) for key in data.existing())
    assert any(rows and rows[0]["backup_server_id"] is None for rows in map(data.backups, data.existing()))
    kinds = [{row["backup_type"] for row in data.backups(key)} for key in data.existing()]
    assert {"normal", "incremental"} in kinds


def test_deleted_vm() -> None:
    data = Generated("6.x", NOW, 12, 4, 1)
    disk, backup = data.disks(1)[0]["id"], data.backups(1)[0]["id"]
    assert data.find("disks", str(disk)) == (1, data.disks(1)[0])
    assert data.find("backups", str(backup)) == (1, data.backups(1)[0])
    assert data.find_vm("2") == data.find_vm(data.vm(1)["identifier"]) == 1
    data.delete(1)
    assert 1 not in data.existing()
    assert data.find_vm("2") is None
    assert data.find("disks", str(disk)) is None
    assert data.find("backups", str(backup)) is None


@pytest.mark.parametrize("text", ["0", "13", "-1", "", "abc", "zzzzzzzzzzzzzz", "99999999999999", "\u0661"])
def test_unknown_ids(text: str) -> None:
    data = Generated("6.x", NOW, 12, 4, 1)
    assert data.find_vm(text) is None
    assert data.find("disks", text) is None
    assert data.find("backups", text) is None
