# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The panel's answer to a call, from settings, a cloud, its builds, and accounts. No network."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

from . import shapes, wire
from .accounts import Accounts, Caller
from .answers import Answer
from .builds import Builds, Clock
from .cloud import Cloud, PerVm, Rows, is_incremental, of_disk
from .routes import BACKUP_LISTS, Call, number
from .settings import REFUSED_ROUTES, Settings
from .shapes import Row

MakeCloud = Callable[[Settings], Cloud]

MOST_CACHED = 30_000
DEFAULT_PAGE = 30  # for a page without per_page: the real default is unknown
DEFAULT_TRANSACTIONS = 10
# The texts of 401 and 403 are not proven by any source; the statuses are.
REFUSED = {401: "Invalid login or password", 403: "You do not have permissions for this action",
           404: "Resource not found"}  # fmt: skip
CANNOT_BE_BACKED_UP = (
    "Backup cannot be made at this time: This disk cannot be backed up, check Location Group settings."
)
STATUS_FIELDS = ("id", "identifier", "booted", "built", "locked", "suspended", "state")


class Refused(Exception):
    """Raised to answer a request with an error of this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Panel:
    """Answer calls from a cloud. The primary account has the profile of the settings, others see their own objects."""

    def __init__(self, make_cloud: MakeCloud, settings: Settings, login: tuple[str, str] | None = None) -> None:
        self._make_cloud, self.settings, self._login = make_cloud, settings, login
        self._begin(make_cloud(settings))

    def replace(self, make_cloud: MakeCloud, settings: Settings) -> None:
        """Replace data and settings; the clock restarts."""
        same = make_cloud is self._make_cloud and not self.cloud.is_changed and _shows_the_same(settings, self.settings)
        cloud = self.cloud if same else make_cloud(settings)  # may refuse the data, then nothing changes
        self._make_cloud, self.settings = make_cloud, settings
        self._begin(cloud, keep=same)

    def change(self, settings: Settings) -> None:
        """Replace the settings. Rows are made again only if they differ now, so deleted VMs stay deleted."""
        before, self.settings = self.settings, settings
        if before != settings and _shows_the_same(before, settings):
            return
        if (before.generation, before.now) != (settings.generation, settings.now):
            self._begin(self._make_cloud(settings))
        self.drop_cache()

    def drop_cache(self) -> None:
        """Drop the cached answers, because rows have changed."""
        self._bodies: dict[Any, tuple[bytes, int]] = {}  # compressed, so that a large cloud fits
        self._rows: dict[Any, Rows] = {}

    def delete_vm(self, key: int | None) -> None:
        """Delete a VM; None deletes nothing."""
        if key is not None:
            self.cloud.delete(key)
            self.drop_cache()

    def start_backup(
        self, key: int, disk_id: str | None = None, user_id: Any = None, by: str = "other", **more: Any
    ) -> Row:
        """Start a backup of a disk or of the VM; without incremental backups, of its primary disk."""
        vm, disks, settings = self.cloud.vm(key), self.cloud.disks(key), self.settings
        incremental = settings.allow_incremental_backups and vm.get("support_incremental_backups") is True
        disk = None
        if disk_id is not None:
            disk = next(one for one in disks if str(one.get("id")) == disk_id)
        elif not incremental:
            disk = next((one for one in disks if one.get("primary") is True), disks[0] if disks else {"is_swap": True})
        if vm.get("built") is False or (disk is not None and disk.get("is_swap") is True):
            raise Refused(422)
        owner = self.cloud.owner(key) if user_id is None else user_id
        row = self.builds.start(settings, key, disk, owner, by=by, **more)
        self.drop_cache()
        return row

    @property
    def credentials(self) -> tuple[str, str]:
        """The user name and secret for clients: the given ones, or e-mail and API key of the first user."""
        return self._accounts.credentials

    def locate(self, call: Call) -> int | None:
        """The VM of a call, also through its disk or backup."""
        params = call.params
        if "vm" in params:
            return self.cloud.any_vm(params["vm"])
        if "disk" in params:
            return self.cloud.vm_of("disks", params["disk"])
        return self.cloud.vm_of("backups", params["backup"]) if "backup" in params else None

    def answer(self, call: Call, authorization: str, cookie: str, base_url: str, build: Row | None = None) -> Answer:
        """The panel's answer: a web page for browsers, otherwise rows or an error.

        ``build`` are arguments of ``Builds.start`` for a backup that the call starts.
        """
        if self.builds.tick(self.settings):
            self.drop_cache()
        if call.route == "sign_in" and call.form is None:
            return Answer(200, wire.LOGIN_PAGE, wire.HTML)
        if call.form is None:
            return Answer(302, b"", wire.HTML, {"Location": f"{base_url}/users/sign_in"})
        if call.form == "other":
            return Answer(406, b"", wire.HTML)
        known = self._accounts.authenticate(authorization, cookie)
        if known is None:
            return self._refuse(call, 401).with_headers(WWW_Authenticate='Basic realm="Application"')
        caller, headers = self._accounts.caller(known[0], self.settings.profile), known[1]
        try:
            if call.route in self.settings.absent:
                raise Refused(404)
            if not caller.only_own and call.route in (*REFUSED_ROUTES[self.settings.profile], *self.settings.refused):
                raise Refused(403)
            answer = self._answer(call, caller, build or {})
        except Refused as refused:
            answer = self._refuse(call, refused.status)
        return replace(answer, headers=answer.headers | headers)

    def _begin(self, cloud: Cloud, *, keep: bool = False) -> None:
        self.cloud, self.builds = cloud, Builds(cloud, Clock(self.settings.now))
        if not keep:
            self._accounts = Accounts(cloud.users(), self._login)
            self.drop_cache()

    # Routes.

    def _answer(self, call: Call, caller: Caller, build: Row) -> Answer:
        if "disk" in call.params:
            return self._of_disk(call, caller, build)
        if "vm" in call.params:
            return self._of_vm(call, caller, build)
        if "backup" in call.params:
            return self._of_backup(call, caller)
        if "user" in call.params:
            return self._of_user(call, caller)
        return self._of_panel(call, caller)

    def _of_panel(self, call: Call, caller: Caller) -> Answer:
        cloud, route, scope = self.cloud, call.route, caller.scope
        keys = cloud.existing(scope)
        if route == "virtual_machines":
            return self._list(call, "virtual_machine", lambda: self._vms(call, scope), ("vms", scope))
        if route == "virtual_machines_status":
            return self._list(call, "virtual_machine", lambda: [_status(cloud.vm(key)) for key in keys])
        if route == "settings_disks":
            return self._list(call, "disk", lambda: PerVm(keys, cloud.disks), ("disks", scope))
        if route == "users":
            users = [row for row in cloud.users() if scope is None or row.get("id") == scope]
            return self._list(call, "user", lambda: users)
        if route == "profile":
            return self._one(call, "user", _found(cloud.users(), str(caller.user_id)))
        if route == "version":
            return self._version(call, caller)
        if route in ("transactions", "transaction", "logs", "log"):
            return self._transactions(call, cloud.newest_transactions(keys, self.settings.transactions_kept))
        if route in ("schedules", "schedule"):
            schedules = [row for key in keys for row in cloud.schedules(key)]
            return self._list_or_one(call, "schedule", schedules)
        if route in ("backup_servers", "backup_server"):
            servers = shapes.backup_servers(self.settings.generation, self.settings.now)
            return self._list_or_one(call, "backup_server", servers)
        if route == "templates":
            return self._list(call, "image_template", shapes.templates)
        raise Refused(404)

    def _of_vm(self, call: Call, caller: Caller, build: Row) -> Answer:
        cloud, route = self.cloud, call.route
        key = cloud.find_vm(call.params["vm"])
        if key is None or (caller.only_own and cloud.owner(key) != caller.user_id):
            raise Refused(404)
        if route == "virtual_machine":
            return self._one(call, "virtual_machine", cloud.vm(key))
        if route == "virtual_machine_status":
            return self._one(call, "virtual_machine", _status(cloud.vm(key)))
        if route == "delete_virtual_machine":
            self.delete_vm(key)
            return self._deleted(call)
        if route == "create_backup":
            row = self.start_backup(key, None, caller.user_id, "request", **_note(call), **build)
            return self._one(call, "backup", row, 201)
        if route == "disks":
            return self._list(call, "disk", lambda: cloud.disks(key), ("disks of", key))
        if route in ("virtual_machine_transactions", "virtual_machine_logs"):
            return self._transactions(call, cloud.transactions(key))
        if route == "virtual_machine_schedules":
            return self._list(call, "schedule", lambda: cloud.schedules(key))
        if route in ("recovery_points", "recovery_point"):
            if self.settings.generation != "6.x":  # plug-in backups came with 5.7
                raise Refused(404)
            if route == "recovery_point" and call.form == "xml":  # as on the vendor's page
                row = _found(cloud.recovery_points(key), call.params["recovery_point"])
                return self._one(call, "recovery-point", {name.replace("_", "-"): row[name] for name in row})
            return self._list_or_one(call, "recovery_point", cloud.recovery_points(key))
        kinds = {"backups_images": {False}, "backups_files": {True}}.get(route, {False, True})
        return self._list(
            call, "backup", lambda: [row for row in cloud.backups(key) if is_incremental(row) in kinds], (route, key)
        )

    def _of_disk(self, call: Call, caller: Caller, build: Row) -> Answer:
        cloud, disk_id = self.cloud, call.params["disk"]
        key, disk = cloud.find("disks", disk_id) or (None, {})
        if key is None or (caller.only_own and cloud.owner(key) != caller.user_id):
            raise Refused(404)
        if "vm" in call.params and cloud.find_vm(call.params["vm"]) != key:
            raise Refused(404)
        if call.route in ("settings_disk", "disk"):
            return self._one(call, "disk", disk)
        if call.route == "create_disk_backup":
            row = self.start_backup(key, disk_id, caller.user_id, "request", **_note(call), **build)
            return self._one(call, "backup", row, 201)
        if call.route == "disk_schedules":
            return self._list(call, "schedule", lambda: [row for row in cloud.schedules(key) if of_disk(row, disk_id)])
        rows = [row for row in cloud.backups(key) if of_disk(row, disk_id)]
        return self._list(call, "backup", lambda: rows, ("backups of disk", disk_id))

    def _of_backup(self, call: Call, caller: Caller) -> Answer:
        found = self.cloud.find("backups", call.params["backup"])
        if found is None:
            raise Refused(404)
        key, row = found
        if caller.only_own and caller.user_id != (row.get("user_id") if key is None else self.cloud.owner(key)):
            raise Refused(404)
        if call.route == "backup":
            return self._one(call, "backup", row)
        rows = self.cloud.orphans() if key is None else self.cloud.own_backups(key)
        rows.remove(row)
        self.drop_cache()
        return self._deleted(call)

    def _of_user(self, call: Call, caller: Caller) -> Answer:
        user = _found(self.cloud.users(), call.params["user"])
        owner = user.get("id")
        if caller.only_own and owner != caller.user_id:
            raise Refused(404)
        if call.route == "user":
            return self._one(call, "user", user)
        if call.route == "user_virtual_machines":
            return self._list(call, "virtual_machine", lambda: self._vms(call, owner), ("vms", owner))

        def backups() -> Rows:
            orphans = [row for row in self.cloud.orphans() if row.get("user_id") == owner]
            rows = PerVm(self.cloud.existing(owner), self.cloud.backups)
            return rows[:] + orphans if orphans else rows

        if call.route == "user_backups_search":
            return self._list(call, "backup", lambda: [row for row in backups()[:] if _is_searched(row, call)])
        return self._list(call, "backup", backups, ("backups of user", owner))

    def _vms(self, call: Call, owner: Any) -> Rows:
        cloud, text = self.cloud, call.first("q")
        keys = cloud.existing(owner)
        if text and self.settings.search == "label":
            keys = [key for key in keys if text.casefold() in str(cloud.vm(key).get("label")).casefold()]
        return PerVm(keys, lambda key: [cloud.vm(key)])

    def _version(self, call: Call, caller: Caller) -> Answer:
        if caller.only_own:
            raise Refused(403)
        version = shapes.VERSIONS[self.settings.generation]
        if call.form == "json":
            return Answer(200, wire.as_json({"version": version}), wire.TYPES["json"])
        body = wire.HEAD + wire.element("version", version, self.settings.generation, 0)
        return Answer(200, body.encode(), wire.TYPES["xml"])

    def _transactions(self, call: Call, rows: list[Row]) -> Answer:
        """The ten newest without a page size; ``log_output`` only with ``detailed``, in a single one with ``log``."""
        if call.route.endswith(("logs", "log")):
            return self._list_or_one(call, "log_item", [shapes.log_item(row) for row in rows], DEFAULT_TRANSACTIONS)
        if not {"detailed", "log"} & set(call.query):
            rows = [{name: row[name] for name in row if name != "log_output"} for row in rows]
        return self._list_or_one(call, "transaction", rows, DEFAULT_TRANSACTIONS)

    # Answers.

    def _list_or_one(self, call: Call, wrapper: str, rows: list[Row], default: int | None = None) -> Answer:
        if call.route in call.params:
            return self._one(call, wrapper, _found(rows, call.params[call.route]))
        return self._list(call, wrapper, lambda: rows, default=default)

    def _one(self, call: Call, wrapper: str, row: Row, status: int = 200) -> Answer:
        form = str(call.form)
        body = wire.one(form, self.settings.generation, wrapper, row)
        return Answer(status, body, wire.TYPES[form], wrapper=wrapper, rows=lambda: [row])

    def _deleted(self, call: Call) -> Answer:
        """The answer 204, in 2.x an empty object."""
        if self.settings.generation == "2.x":
            return Answer(200, b"{}", wire.TYPES["json"])
        return Answer(204, b"", wire.TYPES[str(call.form)])

    def _refuse(self, call: Call, status: int) -> Answer:
        form, generation = str(call.form), self.settings.generation
        if status != 422:
            return Answer(status, wire.errors(form, generation, [REFUSED[status]]), wire.TYPES[form])
        errors = {"errors": {"base": [CANNOT_BE_BACKED_UP]}}
        if form == "json":
            return Answer(422, wire.as_json(errors), wire.TYPES[form])
        return Answer(422, (wire.HEAD + wire.element("hash", errors, generation, 0)).encode(), wire.TYPES[form])

    def _list(
        self, call: Call, wrapper: str, rows: Callable[[], Rows], key: Any = None, default: int | None = None
    ) -> Answer:
        """One page of a list, or all of it. ``key`` names rows that stay the same until something changes."""
        settings, form, query = self.settings, str(call.form), call.first("q")
        page, size = self._page(call, default)

        def every() -> Rows:
            if key is None:
                return rows()
            if (key, query) not in self._rows:
                self._rows[key, query] = rows()
            return self._rows[key, query]

        def part() -> list[Row]:
            return every()[:] if size is None else every()[(page - 1) * size : page * size]

        cached = self._bodies.get((key, query, form, page, size)) if key is not None else None
        if cached is None:
            cached = zlib.compress(wire.many(form, settings.generation, wrapper, part()), 1), len(every())
            if key is not None and len(self._bodies) < MOST_CACHED:
                self._bodies[key, query, form, page, size] = cached
        body = zlib.decompress(cached[0])
        answer = Answer(200, body, wire.TYPES[form], wrapper=wrapper, is_list=True, rows=part)
        # No recording of a 2.x panel has these headers.
        if size is None or settings.paging != "headers" or settings.generation == "2.x":
            return answer
        return answer.with_headers(X_Page=str(page), X_Limit=str(size), X_Total=str(cached[1]))

    def _page(self, call: Call, default: int | None) -> tuple[int, int | None]:
        """The page and its size. Without both all rows are sent: the real default is unknown."""
        settings = self.settings
        if settings.paging == "ignored" or (call.route in BACKUP_LISTS and not settings.backup_lists_page):
            return 1, default
        size = call.per_page
        if call.first("per_page") == "all":
            return (1, None) if settings.page_cap is None else (call.page, settings.page_cap)
        if "page" not in call.query and size is None:
            return 1, default
        size = size or default or DEFAULT_PAGE
        return call.page, min(size, settings.page_cap or size)


def _shows_the_same(one: Settings, other: Settings) -> bool:
    """Whether answers are equal under both settings."""
    return replace(one, delay_ms=other.delay_ms) == other


def _status(row: Row) -> Row:
    return {name: row[name] for name in STATUS_FIELDS if name in row}


def _found(rows: list[Row], spec: str) -> Row:
    for row in rows:
        if row.get("id") is not None and str(row["id"]) == spec:
            return row
    raise Refused(404)


def _note(call: Call) -> Row:
    """The note of a new backup; a request without one, or without a body, is valid."""
    try:
        if call.body.lstrip().startswith(b"<"):
            return {"note": ElementTree.fromstring(call.body).findtext("note")}
        return {"note": json.loads(call.body or b"null")["backup"].get("note")}
    except (ValueError, TypeError, KeyError, AttributeError, ElementTree.ParseError):
        return {"note": None}


def _is_searched(row: Row, call: Call) -> bool:
    """Whether a backup matches a search: sizes in MB, days as dates."""
    text, day = call.first("searching"), str(row.get("created_at"))[:10]
    smallest, largest = number(call.first("size[from]")), number(call.first("size[to]"))
    size = int(row.get("backup_size") or 0) / 1024
    return (
        (not text or text in f"{row.get('note')} {row.get('identifier')}")
        and (smallest is None or size >= smallest)
        and (largest is None or size <= largest)
        and (call.first("period[startdate]") or day) <= day <= (call.first("period[enddate]") or day)
    )
