# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parse requests into calls of routes. All paths are from the vendor's pages, clients or recorded traffic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

VM = "virtual_machines/:vm"
DISK = "settings/disks/:disk"
ROUTES = {
    ("GET", "virtual_machines"): "virtual_machines",
    ("GET", "virtual_machines/status"): "virtual_machines_status",
    ("GET", VM): "virtual_machine",
    ("DELETE", VM): "delete_virtual_machine",
    ("GET", f"{VM}/status"): "virtual_machine_status",
    ("GET", f"{VM}/disks"): "disks",
    ("GET", f"{VM}/disks/:disk"): "disk",
    ("GET", f"{VM}/disks/:disk/backups"): "disk_backups",
    ("POST", f"{VM}/disks/:disk/backups"): "create_disk_backup",
    ("GET", f"{VM}/backups"): "backups",
    ("POST", f"{VM}/backups"): "create_backup",
    ("GET", f"{VM}/backups/images"): "backups_images",
    ("GET", f"{VM}/backups/files"): "backups_files",
    ("GET", f"{VM}/backups/recovery_points"): "recovery_points",
    ("GET", f"{VM}/backups/recovery_points/:recovery_point"): "recovery_point",
    ("GET", f"{VM}/schedules"): "virtual_machine_schedules",
    ("GET", f"{VM}/transactions"): "virtual_machine_transactions",
    ("GET", f"{VM}/logs"): "virtual_machine_logs",
    ("GET", "settings/disks"): "settings_disks",
    ("GET", DISK): "settings_disk",
    ("GET", f"{DISK}/backups"): "disk_backups",
    ("POST", f"{DISK}/backups"): "create_disk_backup",
    ("GET", f"{DISK}/schedules"): "disk_schedules",
    ("GET", "settings/schedules"): "schedules",
    ("GET", "settings/schedules/:schedule"): "schedule",
    ("GET", "settings/backup_servers"): "backup_servers",
    ("GET", "settings/backup_servers/:backup_server"): "backup_server",
    ("GET", "backups/:backup"): "backup",
    ("DELETE", "backups/:backup"): "delete_backup",
    ("GET", "users"): "users",
    ("GET", "users/sign_in"): "sign_in",
    ("GET", "users/:user"): "user",
    ("GET", "users/:user/virtual_machines"): "user_virtual_machines",
    ("GET", "users/:user/backups"): "user_backups",
    ("GET", "users/:user/backups_search"): "user_backups_search",
    ("GET", "profile"): "profile",
    ("GET", "version"): "version",
    ("GET", "templates"): "templates",
    ("GET", "transactions"): "transactions",
    ("GET", "transactions/:transaction"): "transaction",
    ("GET", "logs"): "logs",
    ("GET", "logs/:log"): "log",
}
METHODS = ("GET", "POST", "DELETE")
NAMES = tuple(sorted({*ROUTES.values(), "unknown"}))
BACKUP_LISTS = frozenset({"backups", "backups_images", "backups_files", "disk_backups", "user_backups"})


@dataclass(slots=True)
class Call:
    """One request, parsed."""

    route: str
    form: str | None  # json, xml, other (an unknown suffix) or None (a browser's request)
    params: dict[str, str] = field(default_factory=dict)
    query: dict[str, list[str]] = field(default_factory=dict)
    vm_key: int | None = None
    method: str = "GET"
    body: bytes = b""

    def first(self, name: str) -> str | None:
        """The first value of a query parameter."""
        values = self.query.get(name)
        return values[0] if values else None

    @property
    def page(self) -> int:
        """The requested page; anything but a positive number is page 1."""
        return number(self.first("page")) or 1

    @property
    def per_page(self) -> int | None:
        """The requested page size, if it is a positive number."""
        return number(self.first("per_page"))


def number(text: str | None) -> int | None:
    """The text as a positive number, or None."""
    return int(text) if text and text.isascii() and text.isdigit() and int(text) > 0 else None


def parse_call(method: str, raw_path: str, raw_query: str, accept: str, prefix: str) -> Call:
    """Parse a request line and its Accept header. Double slashes count as one, as on real panels."""
    segments = [unquote(part) for part in raw_path.split("/") if part]
    query = parse_qs(raw_query, keep_blank_values=True) if raw_query else {}
    form = "json" if "json" in accept else "xml" if "xml" in accept and "html" not in accept else None
    suffix = None
    # /transactions/page/2.json, /virtual_machines/per_page/all.json and /transactions.json/per_page/150
    while len(segments) > 2 and segments[-2] in ("page", "per_page"):
        name, value = segments[-2], segments[-1]
        del segments[-2:]
        value, _dot, found = value.partition(".")
        suffix = found or suffix
        query.setdefault(name, [value])
    if segments and "." in segments[-1]:
        segments[-1], _dot, suffix = segments[-1].rpartition(".")
    if suffix:
        form = suffix if suffix in ("json", "xml") else "other"
    expected = [part for part in prefix.split("/") if part]
    route: str = "unknown"
    params: dict[str, str] = {}
    if segments[: len(expected)] == expected:
        route, params = _match(method, segments[len(expected) :])
    return Call(route, form, params, query, method=method)


def _tree() -> dict[str, Any]:
    root: dict[str, Any] = {}
    for (method, path), name in ROUTES.items():
        node = root
        for part in path.split("/"):
            node = node.setdefault(part, {})
        node[f"{method} "] = name
    return root


TREE = _tree()


def _match(method: str, segments: list[str]) -> tuple[str, dict[str, str]]:
    node, params = TREE, {}
    for segment in segments:
        if segment in node and not segment.endswith(" ") and not segment.startswith(":"):
            node = node[segment]
            continue
        name = next((part for part in node if part.startswith(":")), None)
        if name is None:
            return "unknown", {}
        params[name[1:]] = segment
        node = node[name]
    route = node.get(f"{method} ")
    return (route, params) if route else ("unknown", {})
