# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of the panel, without a network."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from ansible_collections.community.onapp.tests.simulator.answers import Answer
from ansible_collections.community.onapp.tests.simulator.explicit import Explicit
from ansible_collections.community.onapp.tests.simulator.routes import parse_call
from ansible_collections.community.onapp.tests.simulator.settings import Settings
from ansible_collections.community.onapp.tests.unit.simulator.client import (
    NOW,
    explicit,
    generated,
    ids,
    row,
    rows,
    send,
)


def paged(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("X-")}


def test_paths_of_the_seed_backup() -> None:
    panel = generated()
    for path in (
        "/virtual_machines/1/backups.json",
        "/virtual_machines/1/backups/images.json",
        "/virtual_machines/1/disks/11860/backups.json",
        "/settings/disks/11860/backups.json",
    ):
        assert ids(panel, path) == [1951]
    assert 1951 in ids(panel, "/users/1875/backups.json")
    assert row(panel, "/backups/1951.json")["identifier"] == "uml64qyvbzvlkb"
    assert ids(panel, "/virtual_machines/1/backups/files.json") == []
    assert ids(panel, "/virtual_machines/1/disks.json") == [11860]
    assert row(panel, "/virtual_machines/1/disks/11860.json") == row(panel, "/settings/disks/11860.json")
    vm = row(panel, "/virtual_machines/1.json")
    assert (vm["label"], vm["user_id"]) == ("seed-document", 1875)


def test_images_and_files_divide_all_backups() -> None:
    panel = generated(vms=20)
    for vm in range(1, 21):
        parts = [ids(panel, f"/virtual_machines/{vm}/backups/{kind}.json") for kind in ("images", "files")]
        assert sorted(parts[0] + parts[1]) == ids(panel, f"/virtual_machines/{vm}/backups.json")


def test_vm_by_identifier() -> None:
    panel = generated()
    identifier = rows(panel, "/virtual_machines.json")[4]["identifier"]
    assert ids(panel, f"/virtual_machines/{identifier}/backups.json") == ids(panel, "/virtual_machines/5/backups.json")


def test_empty_lists() -> None:
    assert send(explicit({"virtual_machines": [{}]}), "/virtual_machines/1/backups.json").body == b"[]"
    assert send(explicit({}), "/virtual_machines.json").body == b"[]"


def test_cloud_wide_lists_equal_those_of_all_vms() -> None:
    panel = generated(vms=20)
    vms = ids(panel, "/virtual_machines.json")
    assert vms == list(range(1, 21))
    assert ids(panel, "/settings/disks.json") == [
        disk for vm in vms for disk in ids(panel, f"/virtual_machines/{vm}/disks.json")
    ]
    assert sorted(
        backup for user in range(1875, 1880) for backup in ids(panel, f"/users/{user}/backups.json")
    ) == sorted(backup for vm in vms for backup in ids(panel, f"/virtual_machines/{vm}/backups.json"))
    assert sorted(vm for user in range(1875, 1880) for vm in ids(panel, f"/users/{user}/virtual_machines.json")) == vms


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/backups.json"),
        ("GET", "/nothing.json"),
        ("GET", "/virtual_machines/99.json"),
        ("GET", "/virtual_machines/2/nothing.json"),
        ("GET", "/virtual_machines/2/disks/11860/backups.json"),
        ("GET", "/users/1.json"),
        ("PUT", "/virtual_machines/1.json"),
        ("POST", "/virtual_machines.json"),
    ],
)
def test_not_found(method: str, path: str) -> None:
    answer = send(generated(), path, method)
    assert (answer.status, answer.body) == (404, b'{"errors":["Resource not found"]}')
    assert send(generated(generation="2.x"), path, method).body == b'{"error":"Resource not found"}'


def test_orphan_backups_are_only_in_the_list_of_their_user() -> None:
    panel = explicit({"virtual_machines": [{"backups": [{"id": 1}]}], "orphan_backups": [{"id": 2}]})
    assert ids(panel, "/virtual_machines/1/backups.json") == [1]
    assert ids(panel, "/users/1875/backups.json") == [1, 2]
    assert send(panel, "/backups/2.json").status == 200


def test_search() -> None:
    panel = explicit({"virtual_machines": [{"label": "Web one"}, {"label": "db"}, {"label": None}]})
    assert ids(panel, "/virtual_machines.json?q=wEB") == [1]
    assert ids(panel, "/virtual_machines.json?q=") == [1, 2, 3]
    assert paged(send(panel, "/virtual_machines.json?q=web&page=1&per_page=5"))["X-Total"] == "1"
    panel.change(panel.settings.changed({"search": "ignored"}))
    assert ids(panel, "/virtual_machines.json?q=web") == [1, 2, 3]


def test_profile_and_version() -> None:
    panel = generated()
    assert row(panel, "/profile.json")["id"] == 1875
    assert json.loads(send(panel, "/version.json").body) == {"version": "6.5.0"}
    assert send(panel, "/version.xml").body.endswith(b"<version>6.5.0</version>\n")
    assert send(generated(profile="own"), "/version.json").status == 403


@pytest.mark.parametrize(
    ("spec", "query", "numbers", "headers"),
    [
        ({}, "page=2&per_page=5", range(6, 11), ("2", "5", "12")),
        ({}, "page=3&per_page=5", range(11, 13), ("3", "5", "12")),
        ({}, "page=4&per_page=5", (), ("4", "5", "12")),
        ({}, "", range(1, 13), ()),
        ({"page_cap": 5}, "", range(1, 13), ()),
        ({"page_cap": 3}, "page=2&per_page=100", range(4, 7), ("2", "3", "12")),
        ({"page_cap": 3, "paging": "plain"}, "page=1&per_page=100", range(1, 4), ()),
        ({"paging": "plain"}, "page=2&per_page=5", range(6, 11), ()),
        ({"paging": "ignored", "page_cap": 3}, "page=2&per_page=5", range(1, 13), ()),
        ({"generation": "2.x"}, "page=2&per_page=5", range(6, 11), ()),
        ({}, "per_page=all", range(1, 13), ()),
        ({"page_cap": 3}, "page=2&per_page=all", range(4, 7), ("2", "3", "12")),
    ],
)
def test_pages(spec: dict[str, object], query: str, numbers: range, headers: tuple[str, ...]) -> None:
    answer = send(generated(**spec), f"/virtual_machines.json?{query}")  # type: ignore[arg-type]
    assert [one["virtual_machine"]["id"] for one in json.loads(answer.body)] == list(numbers)
    assert tuple(paged(answer).values()) == headers


def test_backup_lists_page_or_not() -> None:
    target = "/virtual_machines/2/backups.json?page=2&per_page=3"
    assert len(ids(generated(), target)) == 1
    other = generated(backup_lists_page=False)
    assert (len(ids(other, target)), paged(send(other, target))) == (4, {})
    assert len(ids(other, "/virtual_machines.json?page=1&per_page=3")) == 3


def test_pages_in_both_formats() -> None:
    panel = generated()
    in_json, in_xml = (send(panel, f"/settings/disks.{form}?page=2&per_page=4") for form in ("json", "xml"))
    assert paged(in_json) == paged(in_xml)
    assert in_xml.body.count(b"<disk>") == 4


def test_own_objects_only() -> None:
    panel = generated(vms=20, profile="own")
    own = [1, 6, 11, 16]
    assert ids(panel, "/virtual_machines.json") == own
    assert ids(panel, "/users/1875/virtual_machines.json") == own
    disks = [disk for vm in own for disk in ids(panel, f"/virtual_machines/{vm}/disks.json")]
    assert ids(panel, "/settings/disks.json") == disks
    assert ids(panel, "/users.json") == [1875]
    assert {found["user_id"] for found in rows(panel, "/transactions.json")} == {1875}
    assert ids(generated(), "/virtual_machines.json", user=1876) == [2, 7, 12]


def test_objects_of_others_are_not_found() -> None:
    panel, everything = generated(profile="own"), generated()
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
        assert send(everything, path).status == 200
        assert send(panel, path).status == 404


def test_no_disk_list() -> None:
    panel = generated(profile="no_disk_list")
    assert send(panel, "/settings/disks.json").status == 403
    assert send(panel, "/settings/disks/11860.json").status == 200
    assert ids(panel, "/virtual_machines.json") == list(range(1, 13))


def test_browsers_are_sent_to_the_login_page() -> None:
    answer = send(generated(), "/virtual_machines", accept="text/html")
    assert (answer.status, answer.headers) == (302, {"Location": "http://panel.test/users/sign_in"})
    page = send(generated(), "/users/sign_in", accept="*/*")
    assert (page.status, page.content_type) == (200, "text/html; charset=utf-8")
    assert send(generated(), "/virtual_machines.csv").status == 406


def test_wrong_login() -> None:
    answer = send(generated(), "/virtual_machines.json", user=1)
    assert (answer.status, answer.body) == (401, b'{"errors":["Invalid login or password"]}')
    assert "Set-Cookie" not in answer.headers
    assert generated().answer(parse_call("GET", "/users.json", "", "", ""), "", "", "").status == 401


def test_deleted_vms_stay_deleted_until_a_reset() -> None:
    panel = generated()
    assert ids(panel, "/virtual_machines.json?page=1&per_page=3") == [1, 2, 3]
    panel.delete_vm(1)
    assert ids(panel, "/virtual_machines.json?page=1&per_page=3") == [1, 3, 4]
    assert send(panel, "/virtual_machines/2/backups.json").status == 404
    panel.change(panel.settings.changed({"paging": "plain"}))
    assert ids(panel, "/virtual_machines.json?page=1&per_page=3") == [1, 3, 4]


def test_other_generation_and_time() -> None:
    panel = generated()
    before = rows(panel, "/virtual_machines/2/backups.json")[0]["created_at"]
    panel.change(panel.settings.changed({"generation": "2.x", "now": "2026-03-02T12:00:00Z"}))
    after = rows(panel, "/virtual_machines/2/backups.json")[0]["created_at"]
    moved = datetime.fromisoformat(after) - datetime.fromisoformat(before)
    assert moved.total_seconds() == 86400


def test_invalid_data_changes_nothing() -> None:
    panel = generated()
    with pytest.raises(ValueError, match="vms"):
        panel.replace(lambda now: Explicit(now.generation, now.now, {"vms": []}), Settings(now=NOW, generation="2.x"))
    assert panel.settings.generation == "6.x"
    assert len(ids(panel, "/virtual_machines.json")) == 12
