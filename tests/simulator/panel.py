# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the panel answers to a call: no network here, only settings, a cloud, its builds, and accounts."""

from __future__ import annotations

import json
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

from . import shapes, wire
from .accounts import Accounts, Caller
from .answers import Answer
from .builds import Builds, Clock
from .cloud import Cloud, PerVm, Plain, Rows, is_incremental, of_disk
from .routes import BACKUP_LISTS, Call, number
from .settings import REFUSED_ROUTES, Settings
from .shapes import Row

MakeCloud = Callable[[Settings], Cloud]

KEPT_BYTES = 128 * 1024 * 1024
DEFAULT_PAGE = 30  # for a page without per_page: the real default is not known
DEFAULT_TRANSACTIONS = 10
# The texts of 401 and 403 are not proven by any source; the statuses are.
REFUSED = {401: "Invalid login or password", 403: "You do not have permissions for this action",
           404: "Resource not found"}  # fmt: skip
CANNOT_BE_BACKED_UP = (
    "Backup cannot be made at this time: This disk cannot be backed up, check Location Group settings."
)
STATUS_FIELDS = ("id", "identifier", "booted", "built", "locked", "suspended", "state")


class Refused(Exception):
    """The request is answered with an error of this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Panel:
    """Answers calls from a cloud; the primary account has the profile of the settings, all others only their own."""

    def __init__(self, make_cloud: MakeCloud, settings: Settings, login: tuple[str, str] | None = None) -> None:
        self._make_cloud, self.settings, self._login = make_cloud, settings, login
        self._begin(make_cloud(settings))

    def replace(self, make_cloud: MakeCloud, settings: Settings) -> None:
        """Other data, other settings; the clock starts again."""
        cloud = make_cloud(settings)  # may refuse the data: then everything stays as it was
        same = cloud == self.cloud and _shows_the_same(settings, self.settings)
        self._make_cloud, self.settings = make_cloud, settings
        if same:  # the cached answers are still right
            self.builds = Builds(self.cloud, Clock(settings.now))
        else:
            self._begin(cloud)

    def change(self, settings: Settings) -> None:
        """Other settings. The rows are built again only if they look different now, so deleted VMs stay deleted."""
        before, self.settings = self.settings, settings
        if before != settings and _shows_the_same(before, settings):
            return
        if (before.generation, before.now) != (settings.generation, settings.now):
            self._begin(self._make_cloud(settings))
        self.forget()

    def delete_vm(self, key: int | None) -> None:
        """The VM is gone from now on."""
        if key is not None:
            self.cloud.delete(key)
            self.forget()

    def start_backup(
        self, key: int, disk_id: str | None = None, user_id: Any = None, by: str = "other", **more: Any
    ) -> Row:
        """Start a backup of a disk, or of the VM; where that makes no incremental backups, of its primary disk."""
        vm, disks = self.cloud.vm(key), self.cloud.disks(key)
        incremental = (
            self.settings.generation != "2.x"
            and self.settings.allow_incremental_backups
            and vm.get("support_incremental_backups") is True
        )
        disk = None
        if disk_id is not None:
            disk = next(one for one in disks if str(one.get("id")) == disk_id)
        elif not incremental:
            disk = next((one for one in disks if one.get("primary") is True), disks[0] if disks else {"is_swap": True})
        if vm.get("built") is False or (disk is not None and disk.get("is_swap") is True):
            raise Refused(422)
        owner = self.cloud.owner(key) if user_id is None else user_id
        row = self.builds.start(self.settings, key, disk, owner, by=by, **more)
        self.forget()
        return row

    @property
    def announced(self) -> tuple[str, str]:
        """The user name and secret for clients: the given ones, or the first user's e-mail and API key."""
        return self._accounts.announced

    def locate(self, call: Call) -> int | None:
        """The VM that a call is about, also through its disk or backup."""
        cloud, params = self.cloud, call.params
        if "vm" in params:
            return cloud.any_vm(params["vm"])
        if "disk" in params:
            return cloud.vm_of_disk(params["disk"])
        return cloud.vm_of_backup(params["backup"]) if "backup" in params else None

    def answer(
        self, call: Call, authorization: str, cookie: str, base_url: str, build: dict[str, Any] | None = None
    ) -> Answer:
        """The panel's answer: a web page for browsers, otherwise rows or an error.

        ``build`` are arguments of ``Builds.start`` for a backup that the call starts.
        """
        if self.builds.tick(self.settings):
            self.forget()
        if call.route == "sign_in" and call.form is None:
            return Answer(200, wire.LOGIN_PAGE, wire.HTML)
        if call.form is None:
            return Answer(302, b"", wire.HTML, {"Location": f"{base_url}/users/sign_in"})
        if call.form == "other":
            return Answer(406, b"", wire.HTML)
        known = self._accounts.who(authorization, cookie)
        if known is None:
            return self._refuse(call, 401).with_headers(WWW_Authenticate='Basic realm="Application"')
        user_id, headers = known
        caller = self._accounts.caller(user_id, self.settings.profile)
        try:
            if call.route in self.settings.absent:
                raise Refused(404)
            if not caller.only_own and call.route in (*REFUSED_ROUTES[self.settings.profile], *self.settings.refused):
                raise Refused(403)
            answer = self._answer(call, caller, build or {})
        except Refused as refused:
            answer = self._refuse(call, refused.status)
        return replace(answer, headers=answer.headers | headers)

    def forget(self) -> None:
        """Rows have changed: cached answers are wrong now."""
        self._bodies: OrderedDict[Any, tuple[bytes, int]] = OrderedDict()  # compressed, so that a large cloud fits
        self._rows: dict[Any, Rows] = {}
        self._kept = 0

    def _begin(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.builds = Builds(cloud, Clock(self.settings.now))
        self._accounts = Accounts(cloud.users(), self._login)
        self.forget()

    # Routes.

    def _answer(self, call: Call, caller: Caller, build: dict[str, Any]) -> Answer:
        for name, handler in (
            ("disk", self._of_disk),
            ("vm", self._of_vm),
            ("backup", self._of_backup),
            ("user", self._of_user),
        ):
            if name in call.params:
                return handler(call, caller, build)
        return self._of_panel(call, caller)

    def _of_panel(self, call: Call, caller: Caller) -> Answer:
        route, scope, keys = call.route, caller.scope, self.cloud.existing(caller.scope)
        if route == "virtual_machines":
            return self._list(call, "virtual_machine", ("vms", scope), self._vms(call, scope))
        if route == "virtual_machines_status":
            statuses = [_status(self.cloud.vm(key)) for key in keys]
            return self._list(call, "virtual_machine", None, lambda: Plain(statuses))
        if route == "settings_disks":
            return self._list(call, "disk", ("disks", scope), self._per_vm(scope, "disk_count", "disks"))
        if route == "users":
            rows = [row for row in self.cloud.users() if scope is None or row.get("id") == scope]
            return self._list(call, "user", None, lambda: Plain(rows))
        if route == "profile":
            return self._one(call, "user", self._user(caller.user_id))
        if route == "version" and not caller.only_own:
            return self._version(call)
        if route == "version":
            raise Refused(403)
        if route in ("transactions", "logs"):
            return self._transactions(
                call, lambda: self.cloud.newest_transactions(keys, self.settings.transactions_kept)
            )
        if route in ("transaction", "log"):
            newest = self.cloud.newest_transactions(keys, self.settings.transactions_kept)
            return self._transaction(call, _found(newest, call.params[route]))
        if route in ("schedules", "schedule"):
            schedules = [row for key in keys for row in self.cloud.schedules(key)]
            if route == "schedules":
                return self._list(call, "schedule", None, lambda: Plain(schedules))
            return self._one(call, "schedule", _found(schedules, call.params["schedule"]))
        if route == "templates":
            return self._list(call, "image_template", None, lambda: Plain(shapes.templates()))
        servers = shapes.backup_servers(self.settings.generation, self.settings.now)
        if route == "backup_servers":
            return self._list(call, "backup_server", None, lambda: Plain(servers))
        if route == "backup_server":
            return self._one(call, "backup_server", _found(servers, call.params["backup_server"]))
        raise Refused(404)

    def _of_vm(self, call: Call, caller: Caller, build: dict[str, Any]) -> Answer:
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
            return self._created(call, self.start_backup(key, None, caller.user_id, "request", **_note(call), **build))
        if route == "disks":
            return self._list(call, "disk", ("disks of", key), lambda: Plain(cloud.disks(key)))
        if route in ("virtual_machine_transactions", "virtual_machine_logs"):
            return self._transactions(call, lambda: cloud.transactions(key))
        if route == "virtual_machine_schedules":
            return self._list(call, "schedule", None, lambda: Plain(cloud.schedules(key)))
        if route in ("recovery_points", "recovery_point"):
            if self.settings.generation != "6.x":  # plug-in backups came with 5.7
                raise Refused(404)
            if route == "recovery_points":
                return self._list(call, "recovery_point", None, lambda: Plain(cloud.recovery_points(key)))
            row = _found(cloud.recovery_points(key), call.params["recovery_point"])
            if call.form == "xml":
                dashed = {name.replace("_", "-"): value for name, value in row.items()}
                return self._one(call, "recovery-point", dashed)
            return self._one(call, "recovery_point", row)
        if route in ("backups", "backups_images", "backups_files"):
            return self._list(call, "backup", (route, key), lambda: Plain(self._kind(route, key)))
        raise Refused(404)

    def _of_disk(self, call: Call, caller: Caller, build: dict[str, Any]) -> Answer:
        disk_id = call.params["disk"]
        found = self.cloud.find_disk(disk_id)
        if not found or (caller.only_own and self.cloud.owner(found[0]) != caller.user_id):
            raise Refused(404)
        key, disk = found
        if "vm" in call.params and self.cloud.find_vm(call.params["vm"]) != key:
            raise Refused(404)
        if call.route in ("settings_disk", "disk"):
            return self._one(call, "disk", disk)
        if call.route == "create_disk_backup":
            return self._created(
                call, self.start_backup(key, disk_id, caller.user_id, "request", **_note(call), **build)
            )
        if call.route == "disk_schedules":
            rows = [row for row in self.cloud.schedules(key) if of_disk(row, disk_id)]
            return self._list(call, "schedule", None, lambda: Plain(rows))
        rows = [row for row in self.cloud.backups(key) if of_disk(row, disk_id)]
        return self._list(call, "backup", ("backups of disk", disk_id), lambda: Plain(rows))

    def _of_backup(self, call: Call, caller: Caller, _build: dict[str, Any]) -> Answer:
        found = self.cloud.find_backup(call.params["backup"])
        if not found:
            raise Refused(404)
        key, row = found
        owner = row.get("user_id") if key is None else self.cloud.owner(key)
        if caller.only_own and owner != caller.user_id:
            raise Refused(404)
        if call.route == "backup":
            return self._one(call, "backup", row)
        if key is not None:
            self.cloud.own_backups(key).remove(row)
            self.forget()
        return self._deleted(call)

    def _of_user(self, call: Call, caller: Caller, _build: dict[str, Any]) -> Answer:
        user = _found(self.cloud.users(), call.params["user"])
        owner = user.get("id")
        if caller.only_own and owner != caller.user_id:
            raise Refused(404)
        if call.route == "user":
            return self._one(call, "user", user)
        if call.route == "user_virtual_machines":
            return self._list(call, "virtual_machine", ("vms", owner), self._vms(call, owner))
        if call.route == "user_backups_search":
            every = self._user_backups(owner)
            rows = [row for row in every.part(0, len(every)) if _is_searched(row, call)]
            return self._list(call, "backup", None, lambda: Plain(rows))
        return self._list(call, "backup", ("backups of user", owner), lambda: self._user_backups(owner))

    def _version(self, call: Call) -> Answer:
        version = shapes.VERSIONS[self.settings.generation]
        if call.form == "json":
            return Answer(200, wire.as_json({"version": version}), wire.TYPES["json"])
        body = wire.HEAD + wire.element("version", version, self.settings.generation, 0)
        return Answer(200, body.encode(), wire.TYPES["xml"])

    def _transactions(self, call: Call, rows: Callable[[], list[Row]]) -> Answer:
        """Ten newest without a page size; ``log_output`` only with ``detailed``."""
        if call.route.endswith("logs"):
            return self._list(
                call, "log_item", None, lambda: Plain(list(map(shapes.log_item, rows()))), DEFAULT_TRANSACTIONS
            )
        hidden = () if "detailed" in call.query else ("log_output",)
        return self._list(
            call, "transaction", None, lambda: Plain([_without(row, hidden) for row in rows()]), DEFAULT_TRANSACTIONS
        )

    def _transaction(self, call: Call, row: Row) -> Answer:
        if call.route == "log":
            return self._one(call, "log_item", shapes.log_item(row))
        return self._one(call, "transaction", row if "log" in call.query else _without(row, ("log_output",)))

    # Rows.

    def _vms(self, call: Call, owner: Any) -> Callable[[], Rows]:
        cloud, text = self.cloud, call.first("q")
        spec = text.casefold() if text and self.settings.search == "label" else ""

        def rows() -> Rows:
            keys = cloud.existing(owner)
            if spec:
                keys = [key for key in keys if spec in str(cloud.vm(key).get("label")).casefold()]
            return PerVm(keys, lambda _key: 1, lambda key: [cloud.vm(key)])

        return rows

    def _per_vm(self, owner: Any, count: str, rows: str) -> Callable[[], Rows]:
        return lambda: PerVm(self.cloud.existing(owner), getattr(self.cloud, count), getattr(self.cloud, rows))

    def _kind(self, route: str, key: int) -> list[Row]:
        rows = self.cloud.backups(key)
        if route == "backups":
            return rows
        return [row for row in rows if is_incremental(row) == (route == "backups_files")]

    def _user_backups(self, owner: Any) -> Rows:
        orphans = [row for row in self.cloud.orphans() if row.get("user_id") == owner]
        rows = self._per_vm(owner, "backup_count", "backups")()
        return Plain(rows.part(0, len(rows)) + orphans) if orphans else rows

    def _user(self, user_id: Any) -> Row:
        return next(row for row in self.cloud.users() if row.get("id") == user_id)

    # Answers.

    def _one(self, call: Call, wrapper: str, row: Row, status: int = 200) -> Answer:
        form = str(call.form)
        body = wire.one(form, self.settings.generation, wrapper, row)
        return Answer(status, body, wire.TYPES[form], wrapper=wrapper, rows=lambda: [row])

    def _created(self, call: Call, row: Row) -> Answer:
        return self._one(call, "backup", row, 201)

    def _deleted(self, call: Call) -> Answer:
        """204, in 2.x an empty object."""
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

    def _list(self, call: Call, wrapper: str, key: Any, rows: Callable[[], Rows], default: int | None = None) -> Answer:
        """One page of a list, or all of it. ``key`` names rows that stay the same until something changes."""
        settings, form = self.settings, str(call.form)
        page, size = self._page(call, default)
        query = call.first("q")

        def part() -> tuple[list[Row], int]:
            every = rows() if key is None else self._kept_rows((key, query), rows)
            total = len(every)
            return every.part(0, total) if size is None else every.part(
                (page - 1) * size, min(page * size, total)
            ), total

        cache = None if key is None else (key, query, form, page, size)
        if cache is None or (kept := self._bodies.get(cache)) is None:
            found, total = part()
            kept = (zlib.compress(wire.many(form, settings.generation, wrapper, found), 1), total)
            if cache is not None:
                self._keep(cache, kept)
        elif cache is not None:
            self._bodies.move_to_end(cache)
        answer = Answer(
            200, zlib.decompress(kept[0]), wire.TYPES[form], wrapper=wrapper, is_list=True, rows=lambda: part()[0]
        )
        # No recording of a 2.x panel has these headers.
        if size is None or settings.paging != "headers" or settings.generation == "2.x":
            return answer
        return answer.with_headers(X_Page=str(page), X_Limit=str(size), X_Total=str(kept[1]))

    def _page(self, call: Call, default: int | None) -> tuple[int, int | None]:
        """The page and its size. Without either a list comes whole: what panels do then is not known."""
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

    def _kept_rows(self, key: Any, rows: Callable[[], Rows]) -> Rows:
        if key not in self._rows:
            if len(self._rows) >= 256:
                self._rows.clear()
            self._rows[key] = rows()
        return self._rows[key]

    def _keep(self, cache: Any, kept: tuple[bytes, int]) -> None:
        self._bodies[cache] = kept
        self._kept += len(kept[0])
        while self._kept > KEPT_BYTES and self._bodies:
            self._kept -= len(self._bodies.popitem(last=False)[1][0])


def _shows_the_same(one: Settings, other: Settings) -> bool:
    """Whether the settings differ in nothing that an answer shows."""
    return replace(one, delay_ms=other.delay_ms) == other


def _status(row: Row) -> Row:
    return {name: row[name] for name in STATUS_FIELDS if name in row}


def _without(row: Row, names: tuple[str, ...]) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def _found(rows: list[Row], spec: str) -> Row:
    for row in rows:
        if row.get("id") is not None and str(row["id"]) == spec:
            return row
    raise Refused(404)


def _note(call: Call) -> dict[str, Any]:
    """The note of a new backup; a request without one, or without a body, is valid."""
    try:
        if call.body.lstrip().startswith(b"<"):
            return {"note": ElementTree.fromstring(call.body).findtext("note")}
        given = json.loads(call.body or b"null")
        return {"note": given["backup"].get("note")}
    except (ValueError, TypeError, KeyError, AttributeError, ElementTree.ParseError):
        return {"note": None}


def _is_searched(row: Row, call: Call) -> bool:
    """Whether a backup is found: sizes of the search are in MB, days are dates."""
    text, day = call.first("searching"), str(row.get("created_at"))[:10]
    smallest, largest = number(call.first("size[from]")), number(call.first("size[to]"))
    size = int(row.get("backup_size") or 0) / 1024
    return (
        (not text or text in f"{row.get('note')} {row.get('identifier')}")
        and (smallest is None or size >= smallest)
        and (largest is None or size <= largest)
        and (call.first("period[startdate]") or day) <= day <= (call.first("period[enddate]") or day)
    )
