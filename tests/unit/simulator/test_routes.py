# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parsing of request lines."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.tests.simulator.routes import NAMES, Call, parse_call


def call(path: str, accept: str = "*/*", method: str = "GET", query: str = "", prefix: str = "") -> Call:
    return parse_call(method, path, query, accept, prefix)


@pytest.mark.parametrize(
    ("path", "route", "params"),
    [
        ("/virtual_machines.json", "virtual_machines", {}),
        ("/virtual_machines/5.json", "virtual_machine", {"vm": "5"}),
        ("/virtual_machines/abcdefghijklmn/disks.json", "disks", {"vm": "abcdefghijklmn"}),
        ("/virtual_machines/5/disks/7/backups.json", "disk_backups", {"vm": "5", "disk": "7"}),
        ("/virtual_machines/5/backups.json", "backups", {"vm": "5"}),
        ("/virtual_machines/5/backups/images.json", "backups_images", {"vm": "5"}),
        ("/virtual_machines/5/backups/files.json", "backups_files", {"vm": "5"}),
        ("/virtual_machines/5/transactions.json", "virtual_machine_transactions", {"vm": "5"}),
        ("/settings/disks.json", "settings_disks", {}),
        ("/settings/disks/7.json", "settings_disk", {"disk": "7"}),
        ("/settings/disks/7/backups.json", "disk_backups", {"disk": "7"}),
        ("/backups/9.json", "backup", {"backup": "9"}),
        ("/users.json", "users", {}),
        ("/users/1875.json", "user", {"user": "1875"}),
        ("/users/1875/virtual_machines.json", "user_virtual_machines", {"user": "1875"}),
        ("/users/1875/backups.json", "user_backups", {"user": "1875"}),
        ("/profile.json", "profile", {}),
        ("/version.json", "version", {}),
        ("/transactions.json", "transactions", {}),
        ("/transactions/7.json", "transaction", {"transaction": "7"}),
        ("/virtual_machines/status.json", "virtual_machines_status", {}),
        ("/virtual_machines/5/disks/7.json", "disk", {"vm": "5", "disk": "7"}),
        ("/virtual_machines/5/backups/recovery_points.json", "recovery_points", {"vm": "5"}),
        ("/settings/disks/7/schedules.json", "disk_schedules", {"disk": "7"}),
        ("/settings/schedules.json", "schedules", {}),
    ],
)
def test_paths(path: str, route: str, params: dict[str, str]) -> None:
    understood = call(path)
    assert (understood.route, understood.params, understood.form) == (route, params, "json")
    assert route in NAMES


@pytest.mark.parametrize(
    "path", ["/backups.json", "/disks.json", "/virtual_machines/5/backups/other.json", "/", "/settings.json"]
)
def test_unknown_paths(path: str) -> None:
    assert call(path).route == "unknown"


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("POST", "/virtual_machines/5/backups.json", "create_backup"),
        ("POST", "/virtual_machines/5/disks/7/backups.json", "create_disk_backup"),
        ("POST", "/settings/disks/7/backups.json", "create_disk_backup"),
        ("DELETE", "/backups/9.json", "delete_backup"),
        ("DELETE", "/virtual_machines/5.json", "delete_virtual_machine"),
        ("PUT", "/virtual_machines/5/backups.json", "unknown"),
        ("DELETE", "/virtual_machines/5/backups.json", "unknown"),
        ("POST", "/virtual_machines.json", "unknown"),
        ("GET", "/GET ", "unknown"),
        ("GET", "/virtual_machines/:vm/disks.json", "disks"),
    ],
)
def test_methods(method: str, path: str, route: str) -> None:
    assert call(path, method=method).route == route


@pytest.mark.parametrize(
    ("path", "route", "page", "size"),
    [
        ("/transactions/page/2.json", "transactions", 2, None),
        ("/virtual_machines/per_page/40.json", "virtual_machines", 1, 40),
        ("/virtual_machines/5/transactions.json/per_page/150", "virtual_machine_transactions", 1, 150),
        ("/transactions/page/3/per_page/20.json", "transactions", 3, 20),
        ("/virtual_machines/per_page/all.json", "virtual_machines", 1, None),
    ],
)
def test_pages_in_the_path(path: str, route: str, page: int, size: int | None) -> None:
    parsed = call(path)
    assert (parsed.route, parsed.form, parsed.page, parsed.per_page) == (route, "json", page, size)


@pytest.mark.parametrize(
    ("path", "accept", "form"),
    [
        ("/profile.json", "application/xml", "json"),
        ("/profile.xml", "application/json", "xml"),
        ("/profile", "application/json", "json"),
        ("/profile", "application/xml", "xml"),
        ("/profile", "*/*", None),
        ("/profile", "text/html,application/xhtml+xml,application/xml;q=0.9", None),
        ("/profile.csv", "application/json", "other"),
    ],
)
def test_format(path: str, accept: str, form: str | None) -> None:
    assert call(path, accept).form == form


def test_slashes_and_prefix() -> None:
    assert call("//cp//virtual_machines/5.json", prefix="/cp").route == "virtual_machine"
    outside = call("/virtual_machines/5.json", prefix="/cp")
    assert (outside.route, outside.form) == ("unknown", "json")


def test_sign_in_page() -> None:
    assert call("/users/sign_in").route == "sign_in"


def test_query() -> None:
    understood = call("/virtual_machines.json", query="page=3&q=a%20b&per_page=")
    assert (understood.page, understood.first("q"), understood.first("per_page")) == (3, "a b", "")
    assert [call("/x", query=f"page={page}").page for page in ("0", "-1", "x", "\u0661")] == [1, 1, 1, 1]
