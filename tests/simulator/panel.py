# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the panel answers to a call: no network here, only settings, a cloud, and accounts."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from . import shapes, wire
from .accounts import Accounts, Caller
from .cloud import Cloud, PerVm, Plain, Rows, is_incremental, of_disk
from .routes import BACKUP_LISTS, Call, number
from .settings import Settings

MakeCloud = Callable[[Settings], Cloud]

KEPT_BYTES = 128 * 1024 * 1024
DEFAULT_PAGE = 30  # asked for a page without per_page: the real default is not known
DEFAULT_TRANSACTIONS = 10
KEPT_TRANSACTIONS = 1000
# The texts of 401 and 403 are not proven by any source; the statuses are.
REFUSED = {401: "Invalid login or password", 403: "You do not have permissions for this action",
           404: "Resource not found"}  # fmt: skip


@dataclass(slots=True)
class Answer:
    """A whole answer, before any fault touches it."""

    status: int
    body: bytes
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)


class Panel:
    """Answers calls from a cloud; the primary account has the profile of the settings, all others only their own."""

    def __init__(self, make_cloud: MakeCloud, settings: Settings, login: tuple[str, str] | None = None) -> None:
        self._make_cloud, self.settings, self._login = make_cloud, settings, login
        self.cloud = make_cloud(settings)
        self._ready()

    def replace(self, make_cloud: MakeCloud, settings: Settings) -> None:
        """Other data, other settings."""
        cloud = make_cloud(settings)  # may refuse the data: then everything stays as it was
        same = cloud == self.cloud and _only_slower(settings, self.settings)
        self._make_cloud, self.settings = make_cloud, settings
        if not same:  # otherwise the answers that are kept are still the right ones
            self.cloud = cloud
            self._ready()

    def change(self, settings: Settings) -> None:
        """Other settings. The rows are built anew only if they look different now, so deleted VMs stay deleted."""
        before, self.settings = self.settings, settings
        if before != settings and _only_slower(before, settings):
            return
        if (before.generation, before.now) != (settings.generation, settings.now):
            self.cloud = self._make_cloud(settings)
        self._ready()

    def delete_vm(self, key: int) -> None:
        """The VM is gone from now on."""
        self.cloud.delete(key)
        self._forget()

    @property
    def announced(self) -> tuple[str, str]:
        """The user name and secret that clients are told: the given ones, or the first user's e-mail and API key."""
        return self._accounts.announced

    def locate(self, call: Call) -> int | None:
        """The VM that a call is about, also through its disk or backup."""
        cloud, params = self.cloud, call.params
        if "vm" in params:
            return cloud.any_vm(params["vm"])
        if "disk" in params:
            return cloud.vm_of_disk(params["disk"])
        return cloud.vm_of_backup(params["backup"]) if "backup" in params else None

    def answer(self, call: Call, authorization: str, cookie: str, base_url: str) -> Answer:
        """The panel's answer: a web page for browsers, otherwise rows or an error."""
        if call.route == "sign_in" and call.form is None:
            return Answer(200, wire.LOGIN_PAGE, wire.HTML)
        if call.form is None:
            return Answer(302, b"", wire.HTML, {"Location": f"{base_url}/users/sign_in"})
        if call.form == "other":
            return Answer(406, b"", wire.HTML)
        known = self._accounts.who(authorization, cookie)
        if known is None:
            return self._refuse(call, 401, {"WWW-Authenticate": 'Basic realm="Application"'})
        user_id, headers = known
        caller = self._accounts.caller(user_id, self.settings.profile)
        answer = self._routes(call, caller)
        return replace(answer, headers=answer.headers | headers)

    def _ready(self) -> None:
        self._forget()
        self._accounts = Accounts(self.cloud.users(), self._login)

    # Routes.

    def _routes(self, call: Call, caller: Caller) -> Answer:
        route = call.route
        if "vm" in call.params:
            return self._vm_routes(call, caller)
        if route == "virtual_machines":
            return self._list(call, "virtual_machine", ("vms", caller.scope), self._vms(call, caller.scope))
        if route == "settings_disks":
            if not caller.may_list_disks:
                return self._refuse(call, 403)
            return self._list(call, "disk", ("disks", caller.scope), lambda: self._all_disks(caller.scope))
        if "disk" in call.params:
            return self._disk_routes(call, caller)
        if route == "backup":
            found = self.cloud.find_backup(call.params["backup"])
            visible = found and (not caller.only_own or self._owner(found) == caller.user_id)
            return self._one(call, "backup", found[1]) if found and visible else self._refuse(call, 404)
        if "user" in call.params:
            return self._user_routes(call, caller)
        if route == "users":
            rows = [row for row in self.cloud.users() if not caller.only_own or row.get("id") == caller.user_id]
            return self._list(call, "user", None, lambda: Plain(rows))
        if route == "profile":
            return self._one(call, "user", self._user(caller.user_id))
        if route == "version":
            return self._version(call) if not caller.only_own else self._refuse(call, 403)
        if route == "transactions":
            return self._transactions(call, lambda: self._newest_transactions(caller.scope))
        return self._refuse(call, 404)

    def _vm_routes(self, call: Call, caller: Caller) -> Answer:
        cloud = self.cloud
        key = cloud.find_vm(call.params["vm"])
        if key is None or (caller.only_own and cloud.owner(key) != caller.user_id):
            return self._refuse(call, 404)
        if call.route == "virtual_machine":
            return self._one(call, "virtual_machine", cloud.vm(key))
        if call.route == "disks":
            return self._list(call, "disk", ("disks of", key), lambda: Plain(cloud.disks(key)))
        if call.route == "virtual_machine_transactions":
            return self._transactions(call, lambda: Plain(cloud.transactions(key)))
        if call.route == "disk_backups":
            return self._disk_routes(call, caller, key)
        return self._list(call, "backup", (call.route, key), lambda: Plain(self._kind(call.route, key)))

    def _disk_routes(self, call: Call, caller: Caller, of_vm: int | None = None) -> Answer:
        disk_id = call.params["disk"]
        found = self.cloud.find_disk(disk_id)
        foreign = found and caller.only_own and self.cloud.owner(found[0]) != caller.user_id
        if not found or foreign or (of_vm is not None and found[0] != of_vm):
            return self._refuse(call, 404)
        if call.route == "settings_disk":
            return self._one(call, "disk", found[1])
        rows = [row for row in self.cloud.backups(found[0]) if of_disk(row, disk_id)]
        return self._list(call, "backup", ("backups of disk", disk_id), lambda: Plain(rows))

    def _user_routes(self, call: Call, caller: Caller) -> Answer:
        user = next(
            (row for row in self.cloud.users() if row.get("id") is not None and str(row["id"]) == call.params["user"]),
            None,
        )
        if user is None or (caller.only_own and user.get("id") != caller.user_id):
            return self._refuse(call, 404)
        owner = user.get("id")
        if call.route == "user":
            return self._one(call, "user", user)
        if call.route == "user_virtual_machines":
            return self._list(call, "virtual_machine", ("vms", owner), self._vms(call, owner))
        return self._list(call, "backup", ("backups of user", owner), lambda: self._user_backups(owner))

    def _version(self, call: Call) -> Answer:
        version = shapes.VERSIONS[self.settings.generation]
        if call.form == "json":
            return Answer(200, wire.as_json({"version": version}), wire.TYPES["json"])
        body = wire.HEAD + wire.element("version", version, self.settings.generation, 0)
        return Answer(200, body.encode(), wire.TYPES["xml"])

    def _transactions(self, call: Call, rows: Callable[[], Rows]) -> Answer:
        """Ten newest unless asked otherwise; ``log_output`` only with ``detailed``."""
        if "detailed" not in call.query:
            return self._list(call, "transaction", None, rows, DEFAULT_TRANSACTIONS)
        plain = rows()
        detailed = Plain([row | {"log_output": "Executing Rollback...\n"} for row in plain.part(0, len(plain))])
        return self._list(call, "transaction", None, lambda: detailed, DEFAULT_TRANSACTIONS)

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

    def _all_disks(self, owner: Any) -> Rows:
        return PerVm(self.cloud.existing(owner), self.cloud.disk_count, self.cloud.disks)

    def _kind(self, route: str, key: int) -> list[shapes.Row]:
        rows = self.cloud.backups(key)
        if route == "backups":
            return rows
        return [row for row in rows if is_incremental(row) == (route == "backups_files")]

    def _user_backups(self, owner: Any) -> Rows:
        orphans = [row for row in self.cloud.orphans() if row.get("user_id") == owner]
        rows = PerVm(self.cloud.existing(owner), self.cloud.backup_count, self.cloud.backups)
        return Plain(rows.part(0, len(rows)) + orphans) if orphans else rows

    def _newest_transactions(self, owner: Any) -> Rows:
        """The newest of the last VMs; panels trim this log too."""
        rows: list[shapes.Row] = []
        for key in reversed(self.cloud.existing(owner)):
            rows += self.cloud.transactions(key)
            if len(rows) >= KEPT_TRANSACTIONS:
                break
        rows.sort(key=lambda row: (str(row["created_at"]), row["id"]), reverse=True)
        return Plain(rows[:KEPT_TRANSACTIONS])

    def _user(self, user_id: Any) -> shapes.Row:
        return next(row for row in self.cloud.users() if row.get("id") == user_id)

    def _owner(self, found: tuple[int | None, shapes.Row]) -> Any:
        key, row = found
        return row.get("user_id") if key is None else self.cloud.owner(key)

    # Answers.

    def _one(self, call: Call, wrapper: str, row: shapes.Row) -> Answer:
        form = str(call.form)
        return Answer(200, wire.one(form, self.settings.generation, wrapper, row), wire.TYPES[form])

    def _refuse(self, call: Call, status: int, headers: dict[str, str] | None = None) -> Answer:
        form = str(call.form)
        body = wire.errors(form, self.settings.generation, [REFUSED[status]])
        return Answer(status, body, wire.TYPES[form], headers or {})

    def _list(self, call: Call, wrapper: str, key: Any, rows: Callable[[], Rows], default: int | None = None) -> Answer:
        """One page of a list, or all of it. ``key`` names rows that stay the same until the settings change."""
        settings, form = self.settings, str(call.form)
        page, size = self._page(call, default)
        cache = None if key is None else (key, call.first("q"), form, page, size)
        if cache is None or (kept := self._bodies.get(cache)) is None:
            every = rows() if key is None else self._kept_rows((key, call.first("q")), rows)
            total = len(every)
            part = every.part(0, total) if size is None else every.part((page - 1) * size, min(page * size, total))
            kept = (zlib.compress(wire.many(form, settings.generation, wrapper, part), 1), total)
            if cache is not None:
                self._keep(cache, kept)
        elif cache is not None:
            self._bodies.move_to_end(cache)
        body, total = zlib.decompress(kept[0]), kept[1]
        headers = {}
        if size is not None and settings.paging == "headers":
            headers = {"X-Page": str(page), "X-Limit": str(size), "X-Total": str(total)}
        return Answer(200, body, wire.TYPES[form], headers)

    def _page(self, call: Call, default: int | None) -> tuple[int, int | None]:
        """The page and its size. Asked without either, a list comes whole: what panels do then is not known."""
        settings = self.settings
        if settings.paging == "ignored" or (call.route in BACKUP_LISTS and not settings.backup_lists_page):
            return 1, default
        size = number(call.first("per_page"))
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

    def _forget(self) -> None:
        self._bodies: OrderedDict[Any, tuple[bytes, int]] = OrderedDict()  # compressed, so that a large cloud fits
        self._rows: dict[Any, Rows] = {}
        self._kept = 0


def _only_slower(one: Settings, other: Settings) -> bool:
    """Whether the settings differ in nothing that an answer shows."""
    return replace(one, delay_ms=other.delay_ms) == other
