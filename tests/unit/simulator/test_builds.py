# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Backups that are started: what the panel accepts, and how they end."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.community.onapp.tests.simulator.answers import Answer
from ansible_collections.community.onapp.tests.simulator.explicit import Explicit
from ansible_collections.community.onapp.tests.simulator.generated import Generated
from ansible_collections.community.onapp.tests.simulator.panel import CANNOT_BE_BACKED_UP, Panel
from ansible_collections.community.onapp.tests.simulator.routes import understand
from ansible_collections.community.onapp.tests.simulator.settings import Settings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SETTINGS = Settings(now=NOW, build_seconds=60, simultaneous_backups=2)
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
    return Panel(lambda now: Explicit(now.generation, now.now, CLOUD), SETTINGS.changed(spec))


def call(panel: Panel, target: str, method: str = "GET", body: Any = None, user: int = 1875, **build: Any) -> Answer:
    request = understand(method, target, "", "", "")
    request.body = json.dumps(body).encode() if body is not None else b""
    token = base64.b64encode(f"user{user}:canary-password-{user}".encode()).decode()
    return panel.answer(request, f"Basic {token}", "", "http://panel.test", build)


def start(panel: Panel, target: str, **more: Any) -> Any:
    answer = call(panel, target, "POST", **more)
    assert answer.status == 201
    return json.loads(answer.body)["backup"]


def row(panel: Panel, backup_id: int) -> Any:
    answer = call(panel, f"/backups/{backup_id}.json")
    return json.loads(answer.body)["backup"] if answer.status == 200 else None


def transaction(panel: Panel, backup_id: int) -> str:
    rows = json.loads(call(panel, "/transactions.json").body)
    status: str = next(one["transaction"]["status"] for one in rows if one["transaction"]["parent_id"] == backup_id)
    return status


def test_normal_backup_of_a_disk() -> None:
    panel = make()
    new = start(panel, DISK.format(12), body={"backup": {"note": "mine", "force_windows_backup": 0}})
    assert (new["built"], new["built_at"], new["note"], new["initiated"]) == (False, None, "mine", "manual")
    assert (new["backup_type"], new["target_type"], new["target_id"], new["disk_id"]) == ("normal", "Disk", 12, 12)
    assert new["created_at"] == "2026-03-01T15:00:00.000+03:00"
    assert transaction(panel, new["id"]) == "running"
    assert [one["backup"]["id"] for one in json.loads(call(panel, VM.format(1)).body)] == [new["id"]]
    panel.builds.clock.advance(60)
    built = row(panel, new["id"])
    assert (built["built"], built["built_at"]) == (True, "2026-03-01T15:01:00.000+03:00")
    assert built["backup_size"] > 0
    assert transaction(panel, new["id"]) == "complete"


def test_nested_path_and_identifier() -> None:
    panel = make()
    assert start(panel, "/virtual_machines/vm000000000001/disks/11/backups.json")["disk_id"] == 11
    assert call(panel, "/virtual_machines/2/disks/11/backups.json", "POST").status == 404


def test_incremental_backup_of_a_vm() -> None:
    new = start(make(), VM.format(2))
    assert (new["backup_type"], new["target_type"], new["target_id"], new["disk_id"], new["note"]) == (
        "incremental", "VirtualMachine", 2, None, None,
    )  # fmt: skip


@pytest.mark.parametrize(("vm", "spec"), [(2, {"allow_incremental_backups": False}), (1, {})])
def test_without_incremental_backups_the_vm_route_takes_one_disk(vm: int, spec: dict[str, Any]) -> None:
    new = start(make(**spec), VM.format(vm))
    assert (new["backup_type"], new["disk_id"]) == ("normal", vm * 10 + 1)


def test_queue() -> None:
    panel = make()
    first, second, third = (start(panel, DISK.format(disk))["id"] for disk in (11, 12, 21))
    assert [transaction(panel, one) for one in (first, second, third)] == ["running", "running", "pending"]
    panel.builds.clock.advance(60)
    assert [row(panel, one)["built"] for one in (first, second, third)] == [True, True, False]
    panel.builds.clock.advance(59)
    assert not row(panel, third)["built"]
    panel.builds.clock.advance(1)
    assert row(panel, third)["built_at"] == "2026-03-01T15:02:00.000+03:00"


@pytest.mark.parametrize(
    ("result", "remains", "status"),
    [("stuck", True, "running"), ("failed", True, "failed"), ("disappears", False, None)],
)
def test_failed_builds(result: str, remains: bool, status: str | None) -> None:
    panel = make()
    new = start(panel, DISK.format(11), result=result, seconds=1)
    panel.builds.clock.advance(100)
    found = row(panel, new["id"])
    assert (found is not None) is remains
    if remains:
        assert found["built"] is False
        assert transaction(panel, new["id"]) == status


def test_what_cannot_be_backed_up() -> None:
    panel = make()
    for target in (DISK.format(13), VM.format(3), DISK.format(31)):
        answer = call(panel, target, "POST")
        assert (answer.status, json.loads(answer.body)) == (422, {"errors": {"base": [CANNOT_BE_BACKED_UP]}})
    assert panel.builds.accepted == []


def test_permissions() -> None:
    assert call(make(profile="read_only"), DISK.format(11), "POST").status == 403
    assert call(make(profile="read_only"), VM.format(1)).status == 200
    assert call(make(), DISK.format(11), "POST", user=1876).status == 404
    assert call(make(refused=["create_backup"]), VM.format(2), "POST").status == 403
    assert call(make(absent=["create_backup"]), VM.format(2), "POST").status == 404


def test_rotation_deletes_the_oldest_automatic_backup_of_the_disk() -> None:
    panel = make()
    manual, automatic = start(panel, DISK.format(21)), panel.start_backup(1, "21", initiated="days")
    panel.builds.clock.advance(59)
    assert [row(panel, one) is not None for one in (5, 6)] == [True, True]
    panel.builds.clock.advance(1)
    ids = [one["backup"]["id"] for one in json.loads(call(panel, VM.format(2)).body)]
    assert ids == [6, manual["id"], automatic["id"]]


def test_report_counts_what_was_accepted() -> None:
    panel = make()
    start(panel, DISK.format(11))
    start(panel, DISK.format(11))
    panel.start_backup(1)
    report = panel.builds.report()
    assert report["accepted_by_virtual_machine"] == {"1": 2, "2": 1}
    assert report["accepted_by_disk"] == {"11": 2}
    assert [one["by"] for one in report["backups_accepted"]] == ["request", "request", "other"]


def test_new_backups_of_a_generated_cloud_are_gone_after_a_reset() -> None:
    def cloud(settings: Settings) -> Generated:
        return Generated(settings.generation, settings.now, 12, 4)

    panel = Panel(cloud, SETTINGS)
    before = call(panel, VM.format(2)).body
    new = start(panel, VM.format(2))
    assert json.loads(call(panel, VM.format(2)).body)[-1]["backup"] == new
    panel.replace(cloud, SETTINGS)
    assert call(panel, VM.format(2)).body == before
    assert panel.builds.accepted == []


def test_deleted() -> None:
    panel = make()
    assert call(panel, "/backups/5.json", "DELETE").status == 204
    assert row(panel, 5) is None
    assert call(panel, "/virtual_machines/2.json", "DELETE").status == 204
    assert call(panel, VM.format(2)).status == 404
