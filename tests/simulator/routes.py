# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths to route names. Each path here is one that the vendor's pages, clients or recorded traffic use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

PATHS = {
    "virtual_machines": "virtual_machines",
    "virtual_machines/:vm": "virtual_machine",
    "virtual_machines/:vm/disks": "disks",
    "virtual_machines/:vm/disks/:disk/backups": "disk_backups",
    "virtual_machines/:vm/backups": "backups",
    "virtual_machines/:vm/backups/images": "backups_images",
    "virtual_machines/:vm/backups/files": "backups_files",
    "virtual_machines/:vm/transactions": "virtual_machine_transactions",
    "settings/disks": "settings_disks",
    "settings/disks/:disk": "settings_disk",
    "settings/disks/:disk/backups": "disk_backups",
    "backups/:backup": "backup",
    "users": "users",
    "users/sign_in": "sign_in",
    "users/:user": "user",
    "users/:user/virtual_machines": "user_virtual_machines",
    "users/:user/backups": "user_backups",
    "profile": "profile",
    "version": "version",
    "transactions": "transactions",
}
NAMES = tuple(sorted({*PATHS.values(), "unknown"}))
BACKUP_LISTS = frozenset({"backups", "backups_images", "backups_files", "disk_backups", "user_backups"})


@dataclass(slots=True)
class Call:
    """One request, understood."""

    route: str
    form: str | None  # json, xml, other (a suffix that no route has) or None (a browser's request)
    params: dict[str, str] = field(default_factory=dict)
    query: dict[str, list[str]] = field(default_factory=dict)
    vm_key: int | None = None

    def first(self, name: str) -> str | None:
        """The first value of a query parameter."""
        values = self.query.get(name)
        return values[0] if values else None

    @property
    def page(self) -> int:
        """The page asked for; nonsense is page 1."""
        return number(self.first("page")) or 1


def number(text: str | None) -> int | None:
    """A positive number, or None."""
    return int(text) if text and text.isascii() and text.isdigit() and int(text) > 0 else None


def understand(method: str, raw_path: str, raw_query: str, accept: str, prefix: str) -> Call:
    """The call that a request line and its Accept header make. Double slashes count as one, as on real panels."""
    segments = [unquote(part) for part in raw_path.split("/") if part]
    query = parse_qs(raw_query, keep_blank_values=True) if raw_query else {}
    form = "json" if "json" in accept else "xml" if "xml" in accept and "html" not in accept else None
    if segments and "." in segments[-1]:
        segments[-1], _dot, suffix = segments[-1].rpartition(".")
        form = suffix if suffix in ("json", "xml") else "other"
    expected = [part for part in prefix.split("/") if part]
    if segments[: len(expected)] != expected:
        return Call("unknown", form, query=query)
    segments = segments[len(expected) :]
    route, params = _match(segments)
    return Call(route if method == "GET" else "unknown", form, params, query)


def _tree() -> dict[str, Any]:
    root: dict[str, Any] = {}
    for path, name in PATHS.items():
        node = root
        for part in path.split("/"):
            node = node.setdefault(part, {})
        node[""] = name
    return root


TREE = _tree()


def _match(segments: list[str]) -> tuple[str, dict[str, str]]:
    node, params = TREE, {}
    for segment in segments:
        if segment and segment in node:
            node = node[segment]
            continue
        name = next((part for part in node if part.startswith(":")), None)
        if name is None:
            return "unknown", {}
        params[name[1:]] = segment
        node = node[name]
    return node.get("", "unknown"), params
