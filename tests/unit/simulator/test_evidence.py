# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recovery points, schedules, transactions and logs, with the fields that the vendor's clients read."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.community.onapp.tests.simulator.answers import Answer
from ansible_collections.community.onapp.tests.simulator.explicit import Explicit
from ansible_collections.community.onapp.tests.simulator.generated import Generated
from ansible_collections.community.onapp.tests.simulator.panel import Panel
from ansible_collections.community.onapp.tests.simulator.routes import understand
from ansible_collections.community.onapp.tests.simulator.settings import Settings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLOUD = {
    "virtual_machines": [
        {
            "id": 1,
            "disks": [{"id": 11}, {"id": 12}],
            "recovery_points": [
                {"id": 5, "created_at": "2026-02-28 10:00:00"},
                {"id": 6, "state": "merging", "updated_at": "2026-03-01T08:00:00.000Z"},
            ],
            "schedules": [{"failure_count": 3}, {"target_id": 12, "status": "disabled"}],
            "transactions": [{"parent_id": 900, "status": "cancelled"}, {"parent_type": "VirtualMachine"}],
        },
        {"id": 2, "user_id": 1876, "backups": [{"id": 901}], "schedules": [{"target_type": "VirtualMachine"}]},
    ],
    "users": [{"id": 1875}, {"id": 1876}],
}
POINTS = "/virtual_machines/1/backups/recovery_points"
LISTS = (
    f"{POINTS}.json",
    "/settings/schedules.json",
    "/settings/disks/11/schedules.json",
    "/virtual_machines/1/schedules.json",
    "/transactions.json",
    "/virtual_machines/1/transactions.json",
)


def make(**spec: Any) -> Panel:
    settings = Settings().changed({"now": NOW} | spec)
    return Panel(lambda now: Explicit(now.generation, now.now, CLOUD), settings)


def get(panel: Panel, target: str, user: int = 1875) -> Answer:
    path, _mark, query = target.partition("?")
    token = base64.b64encode(f"user{user}:canary-password-{user}".encode()).decode()
    return panel.answer(understand("GET", path, query, "", ""), f"Basic {token}", "", "http://panel.test")


def rows(panel: Panel, target: str, wrapper: str, user: int = 1875) -> list[Any]:
    answer = get(panel, target, user)
    assert answer.status == 200
    return [row[wrapper] for row in json.loads(answer.body)]


def test_recovery_points() -> None:
    plain, merging = rows(make(), f"{POINTS}.json", "recovery_point")
    assert plain == {
        "id": 5, "size": 40, "state": "built", "virtual_machine_id": 1, "resource_id": 1,
        "created_at": "2026-02-28 10:00:00", "updated_at": None,
    }  # fmt: skip
    assert merging["state"] == "merging"
    assert json.loads(get(make(), f"{POINTS}/6.json").body) == {"recovery_point": merging}
    assert rows(make(), "/virtual_machines/2/backups/recovery_points.json", "recovery_point") == []


def test_recovery_points_in_xml_have_dashes_on_the_page_of_one() -> None:
    many, one = get(make(), f"{POINTS}.xml").body, get(make(), f"{POINTS}/5.xml").body
    assert b'<recovery_points type="array">\n  <recovery_point>' in many
    assert b'<created_at type="dateTime">2026-02-28 10:00:00</created_at>' in many
    root = ElementTree.fromstring(one)
    assert (root.tag, root.findtext("created-at")) == ("recovery-point", "2026-02-28 10:00:00")


def test_schedules() -> None:
    every = rows(make(), "/settings/schedules.json", "schedule")
    assert {"id", "target_id", "target_type", "action", "period", "duration", "rotation_period", "start_at", "status",
            "failure_count", "user_id", "params", "schedule_logs"} <= set(every[0])  # fmt: skip
    assert [(row["target_type"], row["target_id"]) for row in every] == [
        ("Disk", 11), ("Disk", 12), ("VirtualMachine", 2),
    ]  # fmt: skip
    assert (every[0]["failure_count"], every[1]["status"]) == (3, "disabled")
    assert rows(make(), "/settings/disks/12/schedules.json", "schedule") == [every[1]]
    assert rows(make(), "/virtual_machines/1/schedules.json", "schedule") == every[:2]
    assert rows(make(), "/settings/schedules.json", "schedule", user=1876) == every[2:]
    assert json.loads(get(make(), f"/settings/schedules/{every[1]['id']}.json").body) == {"schedule": every[1]}


def test_transactions() -> None:
    every = rows(make(), "/transactions.json", "transaction")
    assert {(row["parent_type"], row["parent_id"], row["status"]) for row in every} == {
        ("Backup", 900, "cancelled"), ("VirtualMachine", None, "failed"), ("Backup", 901, "complete"),
    }  # fmt: skip
    assert all("log_output" not in row and isinstance(row["pid"], int) for row in every)
    assert len(rows(make(transactions_kept=1), "/transactions.json", "transaction")) == 1
    detailed = rows(make(), "/transactions.json?detailed", "transaction")
    assert all("canary" in row["log_output"] and "canary" in str(row["params"]) for row in detailed)
    path = f"/transactions/{every[0]['id']}.json"
    assert json.loads(get(make(), path).body) == {"transaction": every[0]}
    assert json.loads(get(make(), f"{path}?log").body) == {"transaction": detailed[0]}
    assert "finished_at" not in rows(make(generation="2.x"), "/transactions.json", "transaction")[0]


def test_pages_of_transactions() -> None:
    panel = Panel(lambda now: Generated(now.generation, now.now), Settings(now=NOW))
    first = rows(panel, "/transactions.json", "transaction")
    assert len(first) == 10
    second = rows(panel, "/transactions/page/2.json", "transaction")
    assert second == rows(panel, "/transactions.json?page=2&per_page=10", "transaction")
    assert first[-1]["created_at"] >= second[0]["created_at"]
    assert len(rows(panel, "/virtual_machines/2/transactions.json/per_page/150", "transaction")) == 10
    assert len(rows(panel, "/transactions.json?per_page=1000", "transaction")) > 50


def test_logs() -> None:
    transaction = rows(make(), "/virtual_machines/2/transactions.json", "transaction")[0]
    expected = {"id": transaction["id"], "action": "take_backup", "status": "complete", "target_type": "Backup",
                "target_id": 901, "created_at": transaction["created_at"],
                "updated_at": transaction["updated_at"]}  # fmt: skip
    assert rows(make(), "/virtual_machines/2/logs.json", "log_item") == [expected]
    assert json.loads(get(make(), f"/logs/{transaction['id']}.json").body) == {"log_item": expected}


@pytest.mark.parametrize("path", LISTS)
def test_permissions(path: str) -> None:
    call = understand("GET", path, "", "", "")
    assert get(make(), path).status == 200
    assert get(make(profile="no_evidence"), path).status == 403
    assert get(make(refused=[call.route]), path).status == 403
    assert get(make(absent=[call.route]), path).status == 404


def test_old_panels_have_no_recovery_points() -> None:
    assert get(make(generation="4.x"), f"{POINTS}.json").status == 404
    assert "rotation_period" not in rows(make(generation="2.x"), "/settings/schedules.json", "schedule")[0]


@pytest.mark.parametrize("generation", ["2.x", "6.x"])
def test_generated_schedules_fit_the_backups(generation: str) -> None:
    panel = Panel(lambda now: Generated(now.generation, now.now), Settings(now=NOW, generation=generation))
    every = rows(panel, "/settings/schedules.json", "schedule")
    assert {row["target_type"] for row in every} == ({"Disk"} if generation == "2.x" else {"Disk", "VirtualMachine"})
    targets = {(row["target_type"], row["target_id"]) for row in every}
    disks = {row["id"] for row in rows(panel, "/settings/disks.json", "disk")}
    assert {number for kind, number in targets if kind == "Disk"} < disks
    assert len(targets) == len(every)


@pytest.mark.parametrize(
    ("path", "wrapper", "count"),
    [
        ("/virtual_machines/status.json", "virtual_machine", 2),
        ("/settings/backup_servers.json", "backup_server", 3),
        ("/templates.json", "image_template", 1),
        ("/users/1876/backups_search.json", "backup", 1),
        ("/users/1876/backups_search.json?searching=nothing", "backup", 0),
        ("/users/1876/backups_search.json?size[from]=900", "backup", 0),
        ("/users/1876/backups_search.json?size[to]=900&period[startdate]=2026-03-01", "backup", 1),
        ("/users/1876/backups_search.json?period[enddate]=2026-02-01", "backup", 0),
    ],
)
def test_other_lists(path: str, wrapper: str, count: int) -> None:
    assert len(rows(make(), path, wrapper)) == count
