# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Backups that are started: accepted requests, and results of the builds."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.community.onapp.tests.simulator.generated import Generated
from ansible_collections.community.onapp.tests.simulator.panel import CANNOT_BE_BACKED_UP, Panel
from ansible_collections.community.onapp.tests.simulator.settings import Settings
from ansible_collections.community.onapp.tests.unit.simulator.client import NOW, explicit, ids, row, rows, send

SETTINGS: dict[str, Any] = {"build_seconds": 60, "simultaneous_backups": 2}
CLOUD = {
    "virtual_machines": [
        {"id": 1, "disks": [{"id": 11}, {"id": 12}, {"id": 13, "is_swap": True}], "backups": []},
        {"id": 2, "support_incremental_backups": True, "disks": [{"id": 21}], "backups": [{"id": 5}, {"id": 6}]},
        {"id": 3, "built": False, "disks": [{"id": 31}], "user_id": 1876},
    ],
    "users": [{"id": 1875}, {"id": 1876}],
}
DISK, VM = "/settings/disks/{}/backups.json", "/virtual_machines/{}/backups.json"


def make(**spec: Any) -> Panel:
    return explicit(CLOUD, **SETTINGS | spec)


def start(panel: Panel, target: str, **more: Any) -> Any:
    return row(panel, target, method="POST", **more)


def backup(panel: Panel, backup_id: int) -> Any:
    """The row of a backup, None if there is none."""
    path = f"/backups/{backup_id}.json"
    return row(panel, path) if send(panel, path).status == 200 else None


def transaction(panel: Panel, backup_id: int) -> Any:
    """The status of a backup's transaction."""
    return next(one["status"] for one in rows(panel, "/transactions.json") if one["parent_id"] == backup_id)


def test_normal_backup_of_a_disk() -> None:
    panel = make()
    new = start(panel, DISK.format(12), body={"backup": {"note": "mine", "force_windows_backup": 0}})
    assert (new["built"], new["built_at"], new["note"], new["initiated"]) == (False, None, "mine", "manual")
    assert (new["backup_type"], new["target_type"], new["target_id"], new["disk_id"]) == ("normal", "Disk", 12, 12)
    assert new["created_at"] == "2026-03-01T15:00:00.000+03:00"
    assert transaction(panel, new["id"]) == "running"
    assert ids(panel, VM.format(1)) == [new["id"]]
    panel.builds.clock.advance(60)
    built = backup(panel, new["id"])
    assert (built["built"], built["built_at"]) == (True, "2026-03-01T15:01:00.000+03:00")
    assert built["backup_size"] > 0
    assert transaction(panel, new["id"]) == "complete"


def test_nested_path_and_identifier() -> None:
    panel = make()
    assert start(panel, "/virtual_machines/vm000000000001/disks/11/backups.json")["disk_id"] == 11
    assert send(panel, "/virtual_machines/2/disks/11/backups.json", "POST").status == 404


def test_incremental_backup_of_a_vm() -> None:
    new = start(make(), VM.format(2))
    assert (new["backup_type"], new["target_type"], new["target_id"], new["disk_id"], new["note"]) == (
        "incremental", "VirtualMachine", 2, None, None,
    )  # fmt: skip


@pytest.mark.parametrize(("vm", "spec"), [(2, {"allow_incremental_backups": False}), (1, {})])
def test_vm_route_without_incremental_backups(vm: int, spec: dict[str, Any]) -> None:
    new = start(make(**spec), VM.format(vm))
    assert (new["backup_type"], new["disk_id"]) == ("normal", vm * 10 + 1)


def test_queue() -> None:
    panel = make()
    first, second, third = (start(panel, DISK.format(disk))["id"] for disk in (11, 12, 21))
    assert [transaction(panel, one) for one in (first, second, third)] == ["running", "running", "pending"]
    panel.builds.clock.advance(60)
    assert [backup(panel, one)["built"] for one in (first, second, third)] == [True, True, False]
    panel.builds.clock.advance(59)
    assert not backup(panel, third)["built"]
    panel.builds.clock.advance(1)
    assert backup(panel, third)["built_at"] == "2026-03-01T15:02:00.000+03:00"


@pytest.mark.parametrize(
    ("result", "remains", "status"),
    [("stuck", True, "running"), ("failed", True, "failed"), ("disappears", False, None)],
)
def test_failed_builds(result: str, remains: bool, status: str | None) -> None:
    panel = make()
    new = start(panel, DISK.format(11), result=result, seconds=1)
    panel.builds.clock.advance(100)
    found = backup(panel, new["id"])
    assert (found is not None) is remains
    if remains:
        assert found["built"] is False
        assert transaction(panel, new["id"]) == status


def test_refused_backups() -> None:
    panel = make()
    for target in (DISK.format(13), VM.format(3), DISK.format(31)):
        answer = send(panel, target, "POST")
        assert (answer.status, CANNOT_BE_BACKED_UP in answer.body.decode()) == (422, True)
    assert panel.builds.accepted == []


def test_permissions() -> None:
    assert send(make(profile="read_only"), DISK.format(11), "POST").status == 403
    assert send(make(profile="read_only"), VM.format(1)).status == 200
    assert send(make(), DISK.format(11), "POST", user=1876).status == 404
    assert send(make(refused=["create_backup"]), VM.format(2), "POST").status == 403
    assert send(make(absent=["create_backup"]), VM.format(2), "POST").status == 404


def test_rotation() -> None:
    panel = make()
    manual, automatic = start(panel, DISK.format(21)), panel.start_backup(1, "21", initiated="days")
    panel.builds.clock.advance(59)
    assert [backup(panel, one) is not None for one in (5, 6)] == [True, True]
    panel.builds.clock.advance(1)
    assert ids(panel, VM.format(2)) == [6, manual["id"], automatic["id"]]


def test_report_of_accepted_backups() -> None:
    panel = make()
    start(panel, DISK.format(11))
    start(panel, DISK.format(11))
    panel.start_backup(1)
    report = panel.builds.report()
    assert report["accepted_by_virtual_machine"] == {"1": 2, "2": 1}
    assert report["accepted_by_disk"] == {"11": 2}
    assert [one["by"] for one in report["backups_accepted"]] == ["request", "request", "other"]


def test_reset_removes_new_backups() -> None:
    def cloud(settings: Settings) -> Generated:
        return Generated(settings.generation, settings.now, 12, 4)

    settings = Settings(now=NOW)
    panel = Panel(cloud, settings)
    before = rows(panel, VM.format(2))
    new = start(panel, VM.format(2))
    assert rows(panel, VM.format(2)) == [*before, new]
    panel.replace(cloud, settings)
    assert rows(panel, VM.format(2)) == before
    assert panel.builds.accepted == []


def test_deleted() -> None:
    panel = make()
    assert send(panel, "/backups/5.json", "DELETE").status == 204
    assert backup(panel, 5) is None
    assert send(panel, "/virtual_machines/2.json", "DELETE").status == 204
    assert send(panel, VM.format(2)).status == 404
