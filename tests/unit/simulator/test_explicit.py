# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Explicit data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.community.onapp.tests.simulator.explicit import Explicit

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def cloud(*vms: dict[str, Any], generation: str = "6.x", **more: Any) -> Explicit:
    return Explicit(generation, NOW, {"virtual_machines": list(vms)} | more)


def test_defaults_make_a_protected_vm() -> None:
    data = cloud({"backups": [{}]})
    vm, (disk,), (backup,) = data.vm(0), data.disks(0), data.backups(0)
    assert (vm["id"], vm["built"], vm["booted"], vm["user_id"]) == (1, True, True, 1875)
    assert (disk["primary"], disk["is_swap"], disk["virtual_machine_id"]) == (True, False, 1)
    assert (backup["built"], backup["marked_for_delete"], backup["backup_type"]) == (True, False, "normal")
    assert (backup["target_type"], backup["target_id"], backup["disk_id"]) == ("Disk", disk["id"], disk["id"])
    assert backup["created_at"] == backup["built_at"] == "2026-03-01T10:00:00.000+03:00"


def test_values_are_sent_verbatim() -> None:
    hostile = {"id": "57", "label": "{{ 7 * 7 }}\r\n\x00", "memory": [1], "note": None, "new_in_9": {"a": 1}}
    row = cloud(hostile).vm(0)
    assert {name: row[name] for name in hostile} == hostile


def test_absent_keys_are_omitted() -> None:
    data = cloud(
        {
            "label": "__absent__",
            "created_at": "__absent__",
            "disks": [{"created_at": "__absent__", "is_swap": "__absent__"}],
            "backups": [{"created_at": "__absent__", "disk_id": "__absent__"}],
        }
    )
    assert not {"label", "created_at"} & set(data.vm(0))
    assert not {"created_at", "is_swap"} & set(data.disks(0)[0])
    backup = data.backups(0)[0]
    assert not {"created_at", "disk_id"} & set(backup)
    assert backup["built_at"] == "2026-03-01T10:00:00.000+03:00"


def test_defaults_follow_given_values() -> None:
    data = cloud(
        {
            "id": 9,
            "disks": [{"id": 5, "is_swap": True}, {"id": 6}],
            "backups": [
                {"created_at": "2026-02-01T00:00:00Z"},
                {"built": False},
                {"backup_type": "incremental"},
                {"disk_id": 5},
                {"target_id": 77},
            ],
        }
    )
    dated, running, whole, swap, elsewhere = data.backups(0)
    assert dated["disk_id"] == 6
    assert dated["built_at"] == dated["updated_at"] == "2026-02-01T00:00:00Z"
    assert (running["built_at"], running["backup_size"]) == (None, 0)
    assert (whole["target_type"], whole["target_id"], whole["disk_id"]) == ("VirtualMachine", 9, None)
    assert (swap["target_id"], elsewhere["disk_id"]) == (5, 77)
    assert [row["primary"] for row in data.disks(0)] == [False, False]


def test_vm_by_any_id() -> None:
    data = cloud({"id": "x1"}, {"id": 12, "identifier": "abcdefghijklmn"}, {"id": None})
    assert data.find_vm("x1") == 0
    assert data.find_vm("12") == data.find_vm("abcdefghijklmn") == 1
    assert data.find_vm("None") is None


def test_vm_without_disks() -> None:
    data = cloud({"disks": [], "backups": [{}]})
    assert data.disks(0) == []
    assert data.backups(0)[0]["disk_id"] is None


def test_old_generation() -> None:
    row = cloud({"backups": [{"initiated": "weeks"}, {}]}, generation="2.x").backups(0)[1]
    assert row["backup_size"] == "310896"
    assert row["backup_type"] == "days-autobackup"


def test_users_and_orphans() -> None:
    data = cloud({}, users=[{"id": 5, "login": "joe"}], orphan_backups=[{"id": 4, "user_id": 5, "disk_id": 999}])
    assert [row["id"] for row in data.users()] == [1875, 5]
    assert data.find("backups", "4") == (None, data.orphans()[0])


def test_misspelt_data_is_refused() -> None:
    with pytest.raises(ValueError, match="vms"):
        Explicit("6.x", NOW, {"vms": []})
