# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recovery points, schedules, transactions and logs with the fields of the vendor's clients."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.community.onapp.tests.simulator.panel import Panel
from ansible_collections.community.onapp.tests.simulator.routes import parse_call
from ansible_collections.community.onapp.tests.unit.simulator.client import explicit, generated, row, rows, send

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
    return explicit(CLOUD, **spec)


def test_recovery_points() -> None:
    plain, merging = rows(make(), f"{POINTS}.json")
    assert plain == {
        "id": 5, "size": 40, "state": "built", "virtual_machine_id": 1, "resource_id": 1,
        "created_at": "2026-02-28 10:00:00", "updated_at": None,
    }  # fmt: skip
    assert merging["state"] == "merging"
    assert row(make(), f"{POINTS}/6.json") == merging
    assert rows(make(), "/virtual_machines/2/backups/recovery_points.json") == []


def test_single_recovery_point_in_xml_has_dashes() -> None:
    many, one = send(make(), f"{POINTS}.xml").body, send(make(), f"{POINTS}/5.xml").body
    assert b'<recovery_points type="array">\n  <recovery_point>' in many
    assert b'<created_at type="dateTime">2026-02-28 10:00:00</created_at>' in many
    root = ElementTree.fromstring(one)
    assert (root.tag, root.findtext("created-at")) == ("recovery-point", "2026-02-28 10:00:00")


def test_schedules() -> None:
    every = rows(make(), "/settings/schedules.json")
    assert {"id", "target_id", "target_type", "action", "period", "duration", "rotation_period", "start_at", "status",
            "failure_count", "user_id", "params", "schedule_logs"} <= set(every[0])  # fmt: skip
    assert [(row["target_type"], row["target_id"]) for row in every] == [
        ("Disk", 11), ("Disk", 12), ("VirtualMachine", 2),
    ]  # fmt: skip
    assert (every[0]["failure_count"], every[1]["status"]) == (3, "disabled")
    assert rows(make(), "/settings/disks/12/schedules.json") == [every[1]]
    assert rows(make(), "/virtual_machines/1/schedules.json") == every[:2]
    assert rows(make(), "/settings/schedules.json", user=1876) == every[2:]
    assert row(make(), f"/settings/schedules/{every[1]['id']}.json") == every[1]


def test_transactions() -> None:
    every = rows(make(), "/transactions.json")
    assert {(row["parent_type"], row["parent_id"], row["status"]) for row in every} == {
        ("Backup", 900, "cancelled"), ("VirtualMachine", None, "failed"), ("Backup", 901, "complete"),
    }  # fmt: skip
    assert all("log_output" not in row and isinstance(row["pid"], int) for row in every)
    assert len(rows(make(transactions_kept=1), "/transactions.json")) == 1
    detailed = rows(make(), "/transactions.json?detailed")
    assert all("canary" in row["log_output"] and "canary" in str(row["params"]) for row in detailed)
    path = f"/transactions/{every[0]['id']}.json"
    assert row(make(), path) == every[0]
    assert row(make(), f"{path}?log") == detailed[0]
    assert "finished_at" not in rows(make(generation="2.x"), "/transactions.json")[0]


def test_pages_of_transactions() -> None:
    panel = generated(backups=10)
    first = rows(panel, "/transactions.json")
    assert len(first) == 10
    second = rows(panel, "/transactions/page/2.json")
    assert second == rows(panel, "/transactions.json?page=2&per_page=10")
    assert first[-1]["created_at"] >= second[0]["created_at"]
    assert len(rows(panel, "/virtual_machines/2/transactions.json/per_page/150")) == 10
    assert len(rows(panel, "/transactions.json?per_page=1000")) > 50


def test_logs() -> None:
    transaction = rows(make(), "/virtual_machines/2/transactions.json")[0]
    expected = {"id": transaction["id"], "action": "take_backup", "status": "complete", "target_type": "Backup",
                "target_id": 901, "created_at": transaction["created_at"],
                "updated_at": transaction["updated_at"]}  # fmt: skip
    assert rows(make(), "/virtual_machines/2/logs.json") == [expected]
    assert row(make(), f"/logs/{transaction['id']}.json") == expected


@pytest.mark.parametrize("path", LISTS)
def test_permissions(path: str) -> None:
    call = parse_call("GET", path, "", "", "")
    assert send(make(), path).status == 200
    assert send(make(profile="no_evidence"), path).status == 403
    assert send(make(refused=[call.route]), path).status == 403
    assert send(make(absent=[call.route]), path).status == 404


def test_old_panels_have_no_recovery_points() -> None:
    assert send(make(generation="4.x"), f"{POINTS}.json").status == 404
    assert "rotation_period" not in rows(make(generation="2.x"), "/settings/schedules.json")[0]


@pytest.mark.parametrize("generation", ["2.x", "6.x"])
def test_generated_schedules_fit_the_backups(generation: str) -> None:
    panel = generated(backups=10, generation=generation)
    every = rows(panel, "/settings/schedules.json")
    assert {row["target_type"] for row in every} == ({"Disk"} if generation == "2.x" else {"Disk", "VirtualMachine"})
    targets = {(row["target_type"], row["target_id"]) for row in every}
    disks = {row["id"] for row in rows(panel, "/settings/disks.json")}
    assert {number for kind, number in targets if kind == "Disk"} < disks
    assert len(targets) == len(every)


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/virtual_machines/status.json", 2),
        ("/settings/backup_servers.json", 3),
        ("/templates.json", 1),
        ("/users/1876/backups_search.json", 1),
        ("/users/1876/backups_search.json?searching=nothing", 0),
        ("/users/1876/backups_search.json?size[from]=900", 0),
        ("/users/1876/backups_search.json?size[to]=900&period[startdate]=2026-03-01", 1),
        ("/users/1876/backups_search.json?period[enddate]=2026-02-01", 0),
    ],
)
def test_other_lists(path: str, count: int) -> None:
    assert len(rows(make(), path)) == count
