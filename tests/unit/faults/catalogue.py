# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault, every route that each entry point reads, and how a run must end.

To add a fault, add a row to `FAULTS` and to the table of the faults guide. To add a route, add it to `ROUTES` and to
the entry points that read it.
"""

from __future__ import annotations

import typing as t

NOW = "2026-03-30T06:00:00Z"
PAGE_SIZE = 4
AFFECTED = 2  # id of the VM whose own routes have the fault

# How a run ends.
COMPLETE = "complete"  # as without the fault
UNKNOWN = "unknown"  # what could not be read is unknown, everything else is assessed, the run is incomplete
INCOMPLETE = "incomplete"  # everything received is assessed, the run is incomplete
ROWS_EXTRA = "extra rows"  # as incomplete, but the inventory keeps the VMs, because none is missing
FAILS = "fails"  # the run ends with an error

# What a route is needed for.
LIST = "list"  # the list of all VMs
ROW = "row"  # one VM that the options name by its id
SPARE = "spare"  # a cheaper way to data that other routes return too
PART = "part"  # disks or backups of one VM
OWNER = "owner"  # backups by owner, which include those of deleted VMs
LOG = "log"  # additional evidence, whose absence proves nothing
# How a run ends if a route cannot be read; `expected` has the exceptions.
OUTCOMES = {LIST: FAILS, ROW: FAILS, SPARE: COMPLETE, PART: UNKNOWN, OWNER: UNKNOWN, LOG: COMPLETE}


class Route(t.NamedTuple):
    """A route of the panel: its path in the API, what it is needed for, and whether it belongs to one VM."""

    path: str
    role: str
    of_one_vm: bool = False


ROUTES = {
    "virtual_machines": Route("/virtual_machines", LIST),
    "virtual_machine": Route("/virtual_machines/ID", ROW, True),
    "settings_disks": Route("/settings/disks", SPARE),
    "disks": Route("/virtual_machines/ID/disks", PART, True),
    "backups": Route("/virtual_machines/ID/backups", PART, True),
    "backups_images": Route("/virtual_machines/ID/backups/images", PART, True),
    "backups_files": Route("/virtual_machines/ID/backups/files", PART, True),
    "user_backups": Route("/users/ID/backups", OWNER),
    "recovery_points": Route("/virtual_machines/ID/backups/recovery_points", PART, True),
    "schedules": Route("/settings/schedules", SPARE),
    "transactions": Route("/transactions", LOG),
}
# All formats share their decoding, and XML would make the affected VM protected by its backups alone.
EVIDENCE = ("recovery_points", "schedules", "transactions")  # JSON only
LIMITS = {"min_copies": 1, "retention": None, "max_gap": None}
POLICY = {"policy": {"defaults": LIMITS}}
NAMED = {"virtual_machines": [f"vm-{number}" for number in range(1, PAGE_SIZE + 1)], "max_age": "26h"}
# Entry point -> route -> the options that make it read that route.
ENTRY_POINTS: dict[str, dict[str, dict[str, t.Any]]] = {
    "onapp_backup_info": {
        "virtual_machines": {},
        "virtual_machine": {"virtual_machines": [str(AFFECTED)]},
        "settings_disks": {},
        "disks": {},
        "backups": {},
        "backups_images": {"backup_type": "normal"},
        "backups_files": {"backup_type": "incremental"},
        "schedules": {"evidence": ["schedules"]},
        "recovery_points": {"evidence": ["recovery_points"]},
        "transactions": {"evidence": ["transactions"]},
    },
    "inventory": {
        **dict.fromkeys(("virtual_machines", "settings_disks", "disks", "backups"), {"include_backups": "all"}),
        "recovery_points": {"evidence": ["recovery_points"]},
        "schedules": {"evidence": ["schedules"]},
        "transactions": {"evidence": ["transactions"]},
    },
    "onapp_backup_compliance": {
        **dict.fromkeys(("virtual_machines", "settings_disks", "disks", "backups"), POLICY),
        "user_backups": {"policy": {"defaults": LIMITS, "scope": {"orphans": True}}},
        "recovery_points": {**POLICY, "evidence": ["recovery_points"]},
        "transactions": {**POLICY, "evidence": ["transactions"]},
        "schedules": {**POLICY, "evidence": ["schedules"]},
    },
    # In check mode, which decides like a run. The VMs of the first page are named by their labels.
    "onapp_backup": {
        "virtual_machine": {"virtual_machines": [str(AFFECTED)], "max_age": "26h"},
        **dict.fromkeys(("virtual_machines", "disks", "backups"), NAMED),
        **{kind: {**NAMED, "evidence": [kind]} for kind in EVIDENCE},
    },
}
# Each route that fails in a way of its own is read with every fault by these entry points, and else with those in
# `SAMPLED`: the lists of backups of one type are read as the list of all, and a route fails alike for all.
WITH_EVERY_FAULT = {
    "onapp_backup_info": {"virtual_machines", "virtual_machine", "settings_disks", "disks", "backups", "schedules"},
    "inventory": {"virtual_machines", "backups", "recovery_points"},
    "onapp_backup_compliance": {"virtual_machines", "backups", "user_backups", "recovery_points", "transactions"},
    "onapp_backup": {"virtual_machine", "virtual_machines", "backups"},
}
# One of each code, and one that passes.
SAMPLED = (
    *("HTTP 401", "HTTP 403", "HTTP 404", "HTTP 407", "HTTP 429", "HTTP 500 with an HTML page", "HTTP 503 once"),
    *("HTTP 429, ``Retry-After`` beyond the deadline", "Body cut, chunked", "Some elements are not rows"),
)
# A later page: the first one, already read, must not count as the complete list. None: every page.
LATER = 2
BOTH = (("json", LATER), ("xml", None))
JSON = (("json", LATER),)
EVERY_PAGE = (("json", None), ("xml", None))


class Fault(t.NamedTuple):
    """A fault with the name that the guide uses.

    `switch` is the fault of the simulator. `code` is the code of the failure, None if the client waits, retries or
    is not affected. `options` are options of the entry points, `variants` the response formats with the page that has
    the fault. `outcomes` has roles of routes with another outcome than in `OUTCOMES`. With `is_odd_value` the outcome
    depends on the field: the run ends as without the fault, or with one protected VM less.
    """

    name: str
    switch: dict[str, t.Any]
    code: str | None
    options: dict[str, t.Any] = {}
    variants: tuple[tuple[str, int | None], ...] = BOTH
    outcomes: dict[str, str] = {}
    tls: bool = False
    is_odd_value: bool = False


TIMEOUT = {"timeout": 1, "deadline": 25}
DEADLINE = {"timeout": 60, "deadline": 1.5}
NO_TIME_LEFT = {SPARE: UNKNOWN}  # no other route can be read either
MISCOUNTED = {LIST: INCOMPLETE, ROW: COMPLETE}  # all rows arrive, but the total is higher; a single row has no count
ROW_LOST = {LIST: ROWS_EXTRA}
ROW_DAMAGED = {LIST: UNKNOWN, ROW: UNKNOWN, OWNER: COMPLETE}
# Replaced by the port of a server that must not receive requests.
ELSEWHERE = "{elsewhere}"


def _status(name: str, code: str, status: int, body: str = "errors_list", **more: t.Any) -> Fault:
    return Fault(name, {"fault": "status", "status": status, "body_shape": body}, code, **more)


def _once(name: str, **switch: t.Any) -> Fault:
    return Fault(name, {"fault": "status", "times": 1, **switch}, None, {"retries": 1}, JSON)


def _redirect(name: str, location: str, status: int = 302, **more: t.Any) -> Fault:
    return Fault(name, {"fault": "redirect", "location": location, "status": status}, "config", **more)


def _slow(name: str, fault: str, **switch: t.Any) -> Fault:
    return Fault(name, {"fault": fault, **switch}, None, TIMEOUT, JSON)


def _past_timeout(name: str, fault: str, **switch: t.Any) -> Fault:
    return Fault(name, {"fault": fault, **switch}, "connection", TIMEOUT, JSON)


def _past_deadline(name: str, fault: str, **switch: t.Any) -> Fault:
    return Fault(name, {"fault": fault, **switch}, "deadline", DEADLINE, JSON, NO_TIME_LEFT)


def _body(name: str, fault: str, code: str | None = "decode", **more: t.Any) -> Fault:
    own = {key: more.pop(key) for key in ("variants", "outcomes", "is_odd_value") if key in more}
    return Fault(name, {"fault": fault, **more}, code, **own)


def _odd_value(name: str, field: str, value: t.Any) -> Fault:
    return _body(name, "row_value", field=field, value=value, variants=JSON, is_odd_value=True)


FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        _status("HTTP 401", "auth", 401, outcomes=dict.fromkeys((LIST, ROW, SPARE, PART, LOG), FAILS)),
        _status("HTTP 403", "forbidden", 403),
        _status("HTTP 404", "not_found", 404, outcomes={ROW: COMPLETE}),
        _status("HTTP 406", "server", 406, "empty"),
        _status("HTTP 407", "config", 407),
        _status("HTTP 422, ``errors`` as a list", "server", 422),
        _status("HTTP 422, ``errors`` as a map", "server", 422, "errors_map"),
        _status("HTTP 422, ``error`` as text", "server", 422, "error"),
        _body(
            "HTTP 422 for a large ``per_page``",
            "large_per_page",
            "server",
            above=PAGE_SIZE - 1,
            outcomes={ROW: COMPLETE},
        ),
        _status("HTTP 429", "rate_limited", 429),
        Fault(
            "HTTP 429, ``Retry-After`` beyond the deadline",
            {"fault": "status", "status": 429, "headers": {"Retry-After": 90}},
            "deadline",
            {"retries": 1},
        ),
        _once("HTTP 429 once, ``Retry-After: 1``", status=429, headers={"Retry-After": 1}),
        _status("HTTP 500 with an HTML page", "server", 500, "html"),
        _status("HTTP 502", "server", 502, "html"),
        _status("HTTP 503", "server", 503, "html"),
        _once("HTTP 503 once", status=503),
        _status("HTTP 504", "server", 504, "html"),
        _body("Error page that contains the credentials", "echo_credentials", "server"),
        _body(
            "``errors`` that contain the credentials",
            "echo_credentials",
            "server",
            status=422,
            body_shape="errors_list",
        ),
        _slow("Slow first byte", "slow_first_byte", seconds=0.1),
        _past_timeout("First byte later than ``timeout``", "slow_first_byte", seconds=90),
        _past_deadline("First byte later than ``deadline``", "slow_first_byte", seconds=90),
        _past_timeout("Headers byte by byte", "slow_headers", seconds=0.2),
        _past_timeout("``100 Continue`` without end", "endless", part="interim"),
        _past_timeout("Headers without end", "endless", part="headers", seconds=0.1),
        _slow("Slow body", "slow_body", seconds=0.05, pieces=4),
        _past_deadline("Body slower than ``deadline``", "slow_body", seconds=0.4, pieces=200),
        _past_timeout("No body after the headers", "stall", seconds=90),
        _past_deadline("Chunks without end", "endless", part="chunks"),
        _past_deadline("Trailers without end", "endless", part="trailers"),
        _past_deadline("Empty gzip members without end", "endless", part="gzip_members"),
        _body("Connection reset before the headers", "drop", "connection"),
        _body("Connection reset within the body", "reset_in_body", "connection"),
        _body("Body cut, ``Content-Length``", "truncated", "connection"),
        _body("Body cut, chunked", "truncated", "connection", chunked=True),
        _body("``Content-Length`` too small", "wrong_length_short"),
        _body("``Content-Length: -1``", "content_length", None, value="-1", variants=JSON),
        _body("``Content-Length: \u00b2``", "content_length", None, value="\u00b2", variants=JSON),
        _body("``Content-Length: 0x10``", "content_length", None, value="0x10", variants=JSON),
        _body("``Content-Encoding: br``", "content_encoding", encoding="br"),
        _body("``Content-Encoding: deflate``", "content_encoding", encoding="deflate"),
        _body("``Content-Encoding: gzip, gzip``", "content_encoding", encoding="gzip, gzip", layers=2),
        _body("Compressed body of 80 MiB", "gzip_bomb", mib=80, variants=JSON),
        _body("Body of 80 MiB, compressed twice", "gzip_bomb", mib=80, layers=2, variants=JSON),
        _body("Body of 200 MiB", "big_body", mib=200, variants=JSON),
        _body("Empty body", "nothing"),
        _body("``null``, or an XML array with ``nil``", "nothing", kind="null"),
        _body(
            "HTTP 204 for the second page",
            "nothing",
            kind="no_content",
            variants=(("json", LATER), ("xml", LATER)),
            outcomes={LIST: INCOMPLETE},
        ),
        _body("``errors`` with HTTP 200", "status", status=200),
        _body("Malformed JSON or XML", "malformed"),
        _body("XML entities that multiply", "xml_doctype"),
        _body("XML entity that names a file", "xml_doctype", kind="external"),
        _body("An object instead of a list or row", "wrong_top"),
        _body("A text instead of a list or row", "wrong_top", shape="scalar"),
        _body("No element is a row", "wrong_elements", outcomes=ROW_LOST),
        _body("Some elements are not rows", "wrong_elements", mixed=True, outcomes={LIST: ROWS_EXTRA}),
        _body("``null`` instead of a row", "null_row", outcomes=ROW_LOST),
        _body("Row without an id", "row_value", field="id", value=None, outcomes=ROW_LOST),
        _body("Row with the id 7.5", "row_value", field="id", value=7.5, outcomes=ROW_LOST),
        _body("Row with an id of 400 digits", "row_value", field="id", value=10**399, variants=JSON, outcomes=ROW_LOST),
        _body(
            "Row with an id of 4299 digits", "row_value", field="id", value=10**4298, variants=JSON, outcomes=ROW_LOST
        ),
        _odd_value("``user_id`` of 400 digits", "user_id", 10**399),
        _odd_value("``backup_size`` of 4299 digits", "backup_size", 10**4298),
        _odd_value("``created_at`` outside the calendar", "created_at", "0001-01-01T00:00:00+23:59"),
        Fault(
            "Rows with one id, as ``7``, ``07`` and ``7.0``",
            {"fault": "same_id"},
            "decode",
            {"page_size": 10},
            (("json", None),),
            {LIST: UNKNOWN, ROW: COMPLETE, OWNER: COMPLETE},
        ),
        Fault("Rows twice on a page", {"fault": "duplicate_rows"}, None, {"page_size": 10}, (("json", None),)),
        _body("Byte that is not UTF-8", "broken_byte", outcomes=ROW_DAMAGED),
        _body("Login page with HTTP 200", "html"),
        _redirect("Redirect to another host", f"http://localhost:{ELSEWHERE}/"),
        _redirect("Redirect to another port", f"http://127.0.0.1:{ELSEWHERE}/", 301),
        _redirect("Redirect with a backslash", f"http://127.0.0.1:{ELSEWHERE}\\@PANEL/", 307),
        _redirect("Redirect without the query", "drop_query", 308),
        _redirect("Redirect in a circle", "circle", 303),
        _redirect("Redirect from HTTPS to HTTP", f"http://127.0.0.1:{ELSEWHERE}/", variants=JSON, tls=True),
        _body("``X-Total`` too high", "wrong_total", total=50, outcomes=MISCOUNTED),
        _body("``X-Total`` too low", "wrong_total", None, total=1, variants=EVERY_PAGE),
        _body("``X-Total`` too low, at the end of a page", "wrong_total", None, total=PAGE_SIZE, variants=EVERY_PAGE),
        _body("Pages shorter than requested", "short_pages", None, variants=(("json", None),)),
        _body(
            "The first page for every page",
            "page_ignored",
            rows="first_page",
            variants=(("json", None),),
            outcomes={LIST: INCOMPLETE, ROW: COMPLETE},
        ),
        _body("All rows on every page", "page_ignored", None, total=True, variants=EVERY_PAGE),
    )
}


class Case(t.NamedTuple):
    """One run of an entry point with a fault on a route; `page` is the page with the fault, None for every page."""

    fault: Fault
    entry_point: str
    route: str
    response_format: str
    page: int | None

    @property
    def options(self) -> dict[str, t.Any]:
        """Options that make the entry point read the route."""
        return ENTRY_POINTS[self.entry_point][self.route]

    def __str__(self) -> str:
        return f"{self.fault.name.replace('``', '')}-{self.entry_point}-{self.route}-{self.response_format}"


# Only the client depends on the format: XML is read by the first entry point that reads a route.
READS_XML = {route: entry_point for entry_point, routes in reversed(ENTRY_POINTS.items()) for route in routes}
CASES = [
    Case(fault, entry_point, route, response_format, None if route == "virtual_machine" else page)
    for fault in FAULTS.values()
    for entry_point, routes in ENTRY_POINTS.items()
    for route in routes
    for response_format, page in fault.variants
    if response_format == "json" or (READS_XML[route] == entry_point and route not in EVIDENCE)
    if route in WITH_EVERY_FAULT[entry_point] or fault.name in SAMPLED
]


def expected(case: Case) -> tuple[str, set[str]]:
    """The outcome of a run, and the codes of the failures that it reports."""
    role = ROUTES[case.route].role
    outcome = COMPLETE if case.fault.code is None else case.fault.outcomes.get(role, OUTCOMES[role])
    if case.entry_point == "onapp_backup":
        if role == LIST and outcome in (INCOMPLETE, ROWS_EXTRA):
            outcome = FAILS  # a missing row may be that of the named VM
        if role == LIST and outcome == UNKNOWN and case.page == LATER:
            outcome = COMPLETE  # the VM with the damaged row is not named
        if role in (PART, LOG) and outcome == FAILS:
            outcome = UNKNOWN  # the results of all VMs are returned
        if case.route == "recovery_points" and case.fault.code not in (None, "auth"):
            return outcome, {"failed"}  # other data may still make the VM fresh, so this is not reported as a failure
    if outcome == INCOMPLETE and case.entry_point == "inventory":
        outcome = FAILS  # no play should run on a part of the hosts
    if outcome == ROWS_EXTRA:
        outcome = INCOMPLETE
    return outcome, {case.fault.code} if case.fault.code and outcome != COMPLETE else set()


def switches(case: Case, elsewhere: int) -> list[dict[str, t.Any]]:
    """The simulator's faults for a case; `elsewhere` is the port of the server that must not receive requests."""
    where = {"route": case.route, "page": case.page, "vm": AFFECTED if ROUTES[case.route].of_one_vm else None}
    switch = dict(case.fault.switch)
    if "location" in switch:
        switch["location"] = switch["location"].replace(ELSEWHERE, str(elsewhere))
    return [*refused_routes(case), {**switch, **where}]


def refused_routes(case: Case) -> list[dict[str, t.Any]]:
    """Faults of the run without the fault, too: disks are read VM by VM only if the list of all disks is refused."""
    return [{"fault": "status", "status": 403, "route": "settings_disks"}] if case.route == "disks" else []


def cloud(*, gap: bool) -> dict[str, t.Any]:
    """Five VMs with a recent backup of every disk, and one backup of a deleted VM. All lists have several pages.

    With a gap the last disk of the affected VM has no recent backup. Without the second page of its disks the VM looks
    protected. An attempt of the first VM is not in the log of transactions, whose newest page ends before it.
    """
    return {
        "virtual_machines": [_vm(number, gap=gap) for number in range(1, 6)],
        "users": [{"id": 1876}],
        "orphan_backups": [
            {
                "id": 9000,
                "user_id": 1876,
                "target_type": "VirtualMachine",
                "target_id": 6,
                "created_at": "2025-06-01T01:00:00Z",
            }
        ],
    }


def _vm(number: int, *, gap: bool) -> dict[str, t.Any]:
    recent, old = {"created_at": "2026-03-30T01:00:00Z"}, {"created_at": "2026-02-20T01:00:00Z"}
    disks = [10 * number + place for place in range(PAGE_SIZE + 1 if number == AFFECTED else 1)]
    backups = [{"target_id": disk, **recent} for disk in (disks[:-1] if gap and number == AFFECTED else disks)]
    if number == AFFECTED:
        backups += [{"target_id": disks[0], **old}]
        backups += [{"backup_type": "incremental", **old} for disk in disks]
    if number == 1:
        backups += [{"target_id": disks[0], "built": False, "created_at": "2026-03-30T00:30:00Z"}]
    return {
        "id": number,
        "label": f"vm-{number}",
        "user_id": 1876,
        "disks": [{"id": disk} for disk in disks],
        "backups": [{"id": 100 * number + place, **backup} for place, backup in enumerate(backups)],
        "recovery_points": [{"id": 10 * number + place, **old} for place in range(PAGE_SIZE + 1)],
        "schedules": [{"id": 10 * number + place, "target_id": disk} for place, disk in enumerate(disks)],
        **({"transactions": []} if number == 1 else {}),
    }
