# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""As much of the automation controller's API as `awx import` needs: lists of objects, their fields and relations."""

from __future__ import annotations

import http.server
import json
import re
import threading
import typing as t
import urllib.parse

BASE = "/api/v2/"
# The fields that can be set, of those that matter here: `!` marks required ones; `>` is followed by the list that the
# number of another object belongs to.
FIELDS: dict[str, str] = {
    "organizations": "name! description",
    "credential_types": "name! description kind! inputs injectors",
    "credentials": "name! description organization>organizations credential_type!>credential_types inputs",
    "projects": """
        name! description organization>organizations scm_type scm_url scm_branch scm_clean scm_update_on_launch
        scm_update_cache_timeout timeout allow_override default_environment>execution_environments
        credential>credentials""",
    "inventories": "name! description organization!>organizations kind variables",
    "inventory_sources": """
        name! description source! source_path source_vars scm_branch credential>credentials enabled_var enabled_value
        overwrite overwrite_vars timeout verbosity limit inventory!>inventories update_on_launch update_cache_timeout
        source_project>projects execution_environment>execution_environments""",
    "job_templates": """
        name! description job_type inventory>inventories project!>projects playbook! forks limit verbosity extra_vars
        timeout execution_environment>execution_environments ask_limit_on_launch ask_variables_on_launch
        allow_simultaneous""",
    "schedules": "name! description rrule! enabled extra_data unified_job_template>job_templates",
    "execution_environments": "name! description image!",
    "users": "username!",
    "teams": "name!",
    "notification_templates": "name!",
    "workflow_job_templates": "name!",
    "applications": "name!",
    "system_job_templates": "name!",
}
CHOICES = {
    "credential_types.kind": ("cloud", "net"),
    "inventory_sources.source": ("scm", "file"),
    "inventory_sources.verbosity": (0, 1, 2),
    "job_templates.job_type": ("run", "check"),
    "projects.scm_type": ("", "git", "svn", "insights", "archive"),
}
TYPES = {"inventories": "inventory"}
RRULE = re.compile(r"DTSTART;TZID=\S+:\d{8}T\d{6} RRULE:FREQ=\w+;INTERVAL=\d+(?:;\S+)?")

Row = dict[str, t.Any]


class Field(t.NamedTuple):
    required: bool
    target: str | None


def fields(fetch: str) -> dict[str, Field]:
    """The fields of a list's objects by name."""
    split = [re.fullmatch(r"(\w+)(!?)(?:>(\w+))?", word) for word in FIELDS[fetch].split()]
    return {found[1]: Field(bool(found[2]), found[3]) for found in split if found}


class Controller(http.server.ThreadingHTTPServer):
    """``with Controller() as api:`` serves on a port of this machine.

    `rows` holds what was made, by its list, and `attached` the numbers of a job template's credentials, by its own.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.rows: dict[str, list[Row]] = {name: [] for name in FIELDS}
        self.attached: dict[int, list[int]] = {}
        self.add("organizations", {"name": "Default"})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Controller:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *unused: object) -> None:
        self.shutdown()
        self.server_close()

    def complaints(self, fetch: str, values: Row) -> dict[str, str]:
        """What is wrong with the values of an object, by field."""
        known = fields(fetch)
        found = {name: "is unknown" for name in values if name not in known}
        found |= {name: "is required" for name, field in known.items() if field.required and not values.get(name)}
        for name, value in values.items():
            target, choices = known.get(name, Field(False, None)).target, CHOICES.get(f"{fetch}.{name}")
            if choices and value not in choices:
                found[name] = f"{value!r} is none of the choices"
            if target and value is not None and not any(row["id"] == value for row in self.rows[target]):
                found[name] = f"there is no {value!r} in {target}"
        if fetch == "inventory_sources" and values.get("source") == "scm" and not values.get("source_project"):
            found["source_project"] = "is required for a source from a project"
        if fetch == "schedules" and not RRULE.fullmatch(values.get("rrule", "")):
            found["rrule"] = "has no start with a time zone, or no interval"
        return found

    def add(self, fetch: str, values: Row) -> Row:
        """Make an object, and hand it back."""
        number = 1 + sum(map(len, self.rows.values()))
        kind = TYPES.get(fetch, fetch.removesuffix("s"))
        row = {**dict.fromkeys(fields(fetch)), **values, "id": number, "type": kind}
        row["url"] = f"{BASE}{fetch}/{number}/"
        self.rows[fetch].append(row)
        return row

    def shown(self, fetch: str, row: Row) -> Row:
        """An object as the API shows it, with the addresses of those it names."""
        targets = {name: field.target for name, field in fields(fetch).items() if field.target}
        related = {name: f"{BASE}{target}/{row[name]}/" for name, target in targets.items() if row[name] is not None}
        if fetch == "job_templates":
            related |= {name: f"{row['url']}{name}/" for name in ("credentials", "schedules")}
            (project,) = [other for other in self.rows["projects"] if other["id"] == row["project"]]
            related["organization"] = f"{BASE}organizations/{project['organization']}/"
        return {**row, "related": related, "status": "successful"}


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers one request."""

    server: Controller
    protocol_version = "HTTP/1.1"

    def log_message(self, *unused: object) -> None:
        """Say nothing on the standard error."""

    def _answer(self, status: int, body: t.Any = None) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Allow", "GET, POST, PUT, OPTIONS")
        self.end_headers()
        self.wfile.write(content)

    def _body(self) -> Row:
        read: Row = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return read

    def _parts(self) -> list[str]:
        """The parts of the path below the base, such as `job_templates`, `7`, `schedules`."""
        return urllib.parse.urlsplit(self.path).path.removeprefix(BASE).strip("/").split("/")

    def _page(self, fetch: str, rows: list[Row]) -> None:
        results = [self.server.shown(fetch, row) for row in rows]
        self._answer(200, {"count": len(results), "next": None, "previous": None, "results": results})

    def do_GET(self) -> None:
        path, parts = urllib.parse.urlsplit(self.path).path, self._parts()
        if path == "/api/":
            self._answer(200, {"current_version": BASE, "available_versions": {"v2": BASE}})
        elif path == BASE:
            urls = {TYPES.get(name, name): f"{BASE}{name}/" for name in FIELDS}
            self._answer(200, urls)
        elif len(parts) == 2:
            (row,) = [row for row in self.server.rows[parts[0]] if row["id"] == int(parts[1])]
            self._answer(200, self.server.shown(parts[0], row))
        elif len(parts) == 3:
            numbers = self.server.attached.get(int(parts[1]), [])
            self._page(parts[2], [row for row in self.server.rows[parts[2]] if row["id"] in numbers])
        else:
            asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
            spec = {name: value for name, value in asked.items() if name in fields(parts[0])}
            rows = self.server.rows[parts[0]]
            self._page(parts[0], [row for row in rows if all(row[name] == value for name, value in spec.items())])

    def do_OPTIONS(self) -> None:
        fetch = self._parts()[-1]
        described = {
            name: {"type": "id" if field.target else "field", "required": field.required}
            for name, field in fields(fetch).items()
        }
        self._answer(200, {"actions": {"POST": described}, "search_fields": ["name"]})

    def do_POST(self) -> None:
        parts, values = self._parts(), self._body()
        if parts[-1] == "credentials" and len(parts) == 3:
            self.server.attached.setdefault(int(parts[1]), []).append(values["id"])
            self._answer(204)
            return
        if len(parts) == 3:
            values["unified_job_template"] = int(parts[1])
        complaints = self.server.complaints(parts[-1], values)
        if complaints:
            self._answer(400, complaints)
        else:
            self._answer(201, self.server.shown(parts[-1], self.server.add(parts[-1], values)))

    def do_PUT(self) -> None:
        (fetch, number), values = self._parts(), self._body()
        complaints = self.server.complaints(fetch, values)
        (row,) = [row for row in self.server.rows[fetch] if row["id"] == int(number)]
        if complaints:
            self._answer(400, complaints)
        else:
            row.update(values)
            self._answer(200, self.server.shown(fetch, row))
