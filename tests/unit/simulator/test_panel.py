# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of the panel, without a network."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.community.onapp.tests.simulator.explicit import Explicit
from ansible_collections.community.onapp.tests.simulator.generated import Generated
from ansible_collections.community.onapp.tests.simulator.panel import Answer, Panel
from ansible_collections.community.onapp.tests.simulator.routes import understand
from ansible_collections.community.onapp.tests.simulator.settings import Settings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make(vms: int = 12, backups: int = 4, **spec: Any) -> Panel:
    settings = Settings().changed({"now": NOW} | spec)
    return Panel(lambda now: Generated(now.generation, now.now, vms, backups), settings)


def given(data: dict[str, Any]) -> Panel:
    return Panel(lambda now: Explicit(now.generation, now.now, data), Settings(now=NOW))


def ask(panel: Panel, target: str, user: int = 1875, accept: str = "") -> Answer:
    path, _mark, query = target.partition("?")
    call = understand("GET", path, query, accept, "")
    token = base64.b64encode(f"user{user}:canary-password-{user}".encode()).decode()
    return panel.answer(call, f"Basic {token}", "", "http://panel.test")


def rows(answer: Answer) -> list[dict[str, Any]]:
    assert answer.status == 200
    return [row for wrapped in json.loads(answer.body) for row in wrapped.values()]


def ids(panel: Panel, target: str, user: int = 1875) -> list[Any]:
    return [row["id"] for row in rows(ask(panel, target, user))]


def paged(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("X-")}


# Lists of one VM.


def test_seed_backup_where_the_vendor_page_has_it() -> None:
    panel = make()
    for path in (
        "/virtual_machines/1/backups.json",
        "/virtual_machines/1/backups/images.json",
        "/virtual_machines/1/disks/11860/backups.json",
        "/settings/disks/11860/backups.json",
    ):
        assert ids(panel, path) == [1951]
    assert 1951 in ids(panel, "/users/1875/backups.json")
    assert json.loads(ask(panel, "/backups/1951.json").body)["backup"]["identifier"] == "uml64qyvbzvlkb"
    assert ids(panel, "/virtual_machines/1/backups/files.json") == []
    assert ids(panel, "/virtual_machines/1/disks.json") == [11860]
    vm = json.loads(ask(panel, "/virtual_machines/1.json").body)["virtual_machine"]
    assert (vm["label"], vm["user_id"]) == ("seed-document", 1875)


def test_images_and_files_divide_all_backups() -> None:
    panel = make(vms=20)
    for vm in range(1, 21):
        parts = [ids(panel, f"/virtual_machines/{vm}/backups/{kind}.json") for kind in ("images", "files")]
        assert sorted(parts[0] + parts[1]) == ids(panel, f"/virtual_machines/{vm}/backups.json")


def test_vm_by_identifier() -> None:
    panel = make()
    identifier = rows(ask(panel, "/virtual_machines.json"))[4]["identifier"]
    assert ids(panel, f"/virtual_machines/{identifier}/backups.json") == ids(panel, "/virtual_machines/5/backups.json")


def test_disk_of_another_vm() -> None:
    assert ask(make(), "/virtual_machines/2/disks/11860/backups.json").status == 404


def test_nothing_is_an_empty_list() -> None:
    panel = given({"virtual_machines": [{}]})
    assert ask(panel, "/virtual_machines/1/backups.json").body == b"[]"
    assert given({}).answer(understand("GET", "/virtual_machines.json", "", "", ""), "", "", "").status == 401
    assert ask(given({}), "/virtual_machines.json").body == b"[]"


# Lists of the whole cloud.


def test_cloud_wide_lists_agree_with_those_of_each_vm() -> None:
    panel = make(vms=20)
    vms = ids(panel, "/virtual_machines.json")
    assert vms == list(range(1, 21))
    assert ids(panel, "/settings/disks.json") == [
        disk for vm in vms for disk in ids(panel, f"/virtual_machines/{vm}/disks.json")
    ]
    assert sorted(
        backup for user in range(1875, 1880) for backup in ids(panel, f"/users/{user}/backups.json")
    ) == sorted(backup for vm in vms for backup in ids(panel, f"/virtual_machines/{vm}/backups.json"))
    assert sorted(vm for user in range(1875, 1880) for vm in ids(panel, f"/users/{user}/virtual_machines.json")) == vms


@pytest.mark.parametrize("path", ["/backups.json", "/nothing.json", "/virtual_machines/99.json", "/users/1.json"])
def test_not_found(path: str) -> None:
    assert (ask(make(), path).status, ask(make(), path).body) == (404, b'{"errors":["Resource not found"]}')
    assert ask(make(generation="2.x"), path).body == b'{"error":"Resource not found"}'


def test_orphan_backups_are_found_only_through_their_user() -> None:
    panel = given({"virtual_machines": [{"backups": [{"id": 1}]}], "orphan_backups": [{"id": 2}]})
    assert ids(panel, "/virtual_machines/1/backups.json") == [1]
    assert ids(panel, "/users/1875/backups.json") == [1, 2]
    assert ask(panel, "/backups/2.json").status == 200


def test_search() -> None:
    panel = given({"virtual_machines": [{"label": "Web one"}, {"label": "db"}, {"label": None}]})
    assert ids(panel, "/virtual_machines.json?q=wEB") == [1]
    assert ids(panel, "/virtual_machines.json?q=") == [1, 2, 3]
    assert paged(ask(panel, "/virtual_machines.json?q=web&page=1&per_page=5"))["X-Total"] == "1"
    panel.change(panel.settings.changed({"search": "ignored"}))
    assert ids(panel, "/virtual_machines.json?q=web") == [1, 2, 3]


def test_transactions() -> None:
    panel = make(vms=20)
    newest = rows(ask(panel, "/transactions.json"))
    assert len(newest) == 10
    assert [row["created_at"] for row in newest] == sorted((row["created_at"] for row in newest), reverse=True)
    assert all("log_output" not in row for row in newest)
    every = rows(ask(panel, "/transactions.json?page=1&per_page=1000&detailed"))
    assert all(row["log_output"] for row in every)
    assert {row["status"] for row in every} == {"complete", "running", "failed"}
    assert {row["action"] for row in every} == {"take_backup", "take_incremental_backup"}
    assert {row["parent_type"] for row in every} == {"Backup"}
    assert len(rows(ask(panel, "/virtual_machines/2/transactions.json"))) == 4


def test_profile_and_version() -> None:
    panel = make()
    assert json.loads(ask(panel, "/profile.json").body)["user"]["id"] == 1875
    assert json.loads(ask(panel, "/version.json").body) == {"version": "6.5.0"}
    assert ask(panel, "/version.xml").body.endswith(b"<version>6.5.0</version>\n")


# Paging.


def test_pages_in_headers() -> None:
    panel = make()
    answer = ask(panel, "/virtual_machines.json?page=2&per_page=5")
    assert [row["id"] for row in rows(answer)] == [6, 7, 8, 9, 10]
    assert paged(answer) == {"X-Page": "2", "X-Limit": "5", "X-Total": "12"}
    assert ids(panel, "/virtual_machines.json?page=3&per_page=5") == [11, 12]
    assert ids(panel, "/virtual_machines.json?page=4&per_page=5") == []


def test_whole_list_without_parameters() -> None:
    answer = ask(make(vms=50, page_cap=5), "/virtual_machines.json")
    assert len(rows(answer)) == 50
    assert paged(answer) == {}


def test_plain_pages() -> None:
    answer = ask(make(paging="plain"), "/virtual_machines.json?page=2&per_page=5")
    assert [row["id"] for row in rows(answer)] == [6, 7, 8, 9, 10]
    assert paged(answer) == {}


def test_ignored_pages() -> None:
    answer = ask(make(paging="ignored", page_cap=3), "/virtual_machines.json?page=2&per_page=5")
    assert [row["id"] for row in rows(answer)] == list(range(1, 13))
    assert paged(answer) == {}


def test_cap() -> None:
    answer = ask(make(page_cap=3), "/virtual_machines.json?page=2&per_page=100")
    assert [row["id"] for row in rows(answer)] == [4, 5, 6]
    assert paged(answer) == {"X-Page": "2", "X-Limit": "3", "X-Total": "12"}
    assert len(ids(make(page_cap=3, paging="plain"), "/virtual_machines.json?page=1&per_page=100")) == 3


def test_backup_lists_page_or_not() -> None:
    target = "/virtual_machines/2/backups.json?page=2&per_page=3"
    assert len(ids(make(), target)) == 1
    answer = ask(make(backup_lists_page=False), target)
    assert len(rows(answer)) == 4
    assert paged(answer) == {}
    other = make(backup_lists_page=False)
    assert len(ids(other, "/virtual_machines.json?page=1&per_page=3")) == 3


def test_both_formats_page_alike() -> None:
    panel = make()
    in_json, in_xml = (ask(panel, f"/settings/disks.{form}?page=2&per_page=4") for form in ("json", "xml"))
    assert paged(in_json) == paged(in_xml)
    assert in_xml.body.count(b"<disk>") == 4


# Permissions.


def test_own_objects_only() -> None:
    panel = make(vms=20, profile="own")
    own = [1, 6, 11, 16]
    assert ids(panel, "/virtual_machines.json") == own
    assert ids(panel, "/users/1875/virtual_machines.json") == own
    disks = [disk for vm in own for disk in ids(panel, f"/virtual_machines/{vm}/disks.json")]
    assert ids(panel, "/settings/disks.json") == disks
    assert ids(panel, "/users.json") == [1875]
    assert {row["user_id"] for row in rows(ask(panel, "/transactions.json"))} == {1875}


def test_objects_of_others_are_not_found() -> None:
    panel = make(profile="own")
    everything = make()
    disk = ids(everything, "/virtual_machines/2/disks.json")[0]
    backup = ids(everything, "/virtual_machines/2/backups.json")[0]
    for path in (
        "/virtual_machines/2.json",
        "/virtual_machines/2/backups.json",
        f"/settings/disks/{disk}.json",
        f"/settings/disks/{disk}/backups.json",
        f"/backups/{backup}.json",
        "/users/1876.json",
        "/users/1876/backups.json",
    ):
        assert ask(everything, path).status == 200
        assert ask(panel, path).status == 404


def test_version_is_for_those_with_the_permission() -> None:
    assert ask(make(profile="own"), "/version.json").status == 403


def test_everyone_but_the_primary_user_sees_only_their_own() -> None:
    panel = make()
    assert ids(panel, "/virtual_machines.json", user=1876) == [2, 7, 12]
    assert ids(panel, "/virtual_machines.json") == list(range(1, 13))


def test_no_disk_list() -> None:
    panel = make(profile="no_disk_list")
    assert ask(panel, "/settings/disks.json").status == 403
    assert ask(panel, "/settings/disks/11860.json").status == 200
    assert ids(panel, "/virtual_machines.json") == list(range(1, 13))


# Web pages and formats.


def test_browsers_are_sent_to_the_login_page() -> None:
    answer = ask(make(), "/virtual_machines", accept="text/html")
    assert (answer.status, answer.headers) == (302, {"Location": "http://panel.test/users/sign_in"})
    page = ask(make(), "/users/sign_in", accept="*/*")
    assert (page.status, page.content_type) == (200, "text/html; charset=utf-8")


def test_format_that_no_route_has() -> None:
    assert ask(make(), "/virtual_machines.csv").status == 406


def test_wrong_login() -> None:
    answer = ask(make(), "/virtual_machines.json", user=1)
    assert (answer.status, answer.body) == (401, b'{"errors":["Invalid login or password"]}')
    assert "Set-Cookie" not in answer.headers


# Changes while it runs.


def test_deleted_vms_stay_deleted_until_the_data_is_new() -> None:
    panel = make()
    assert ids(panel, "/virtual_machines.json?page=1&per_page=3") == [1, 2, 3]
    panel.delete_vm(1)
    assert ids(panel, "/virtual_machines.json?page=1&per_page=3") == [1, 3, 4]
    assert ask(panel, "/virtual_machines/2/backups.json").status == 404
    panel.change(panel.settings.changed({"paging": "plain"}))
    assert ids(panel, "/virtual_machines.json?page=1&per_page=3") == [1, 3, 4]


def test_other_generation_and_moment() -> None:
    panel = make()
    before = rows(ask(panel, "/virtual_machines/2/backups.json"))[0]["created_at"]
    panel.change(panel.settings.changed({"generation": "2.x", "now": "2026-03-02T12:00:00Z"}))
    after = rows(ask(panel, "/virtual_machines/2/backups.json"))[0]["created_at"]
    moved = datetime.fromisoformat(after) - datetime.fromisoformat(before)
    assert moved.total_seconds() == 86400


def test_data_that_is_refused_changes_nothing() -> None:
    panel = make()
    with pytest.raises(ValueError, match="vms"):
        panel.replace(lambda now: Explicit(now.generation, now.now, {"vms": []}), Settings(now=NOW, generation="2.x"))
    assert panel.settings.generation == "6.x"
    assert len(ids(panel, "/virtual_machines.json")) == 12
