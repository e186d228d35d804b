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
WHOLE = "whole"  # as without the fault
UNKNOWN = "unknown"  # what could not be read is unknown, everything else is assessed, the run is incomplete
INCOMPLETE = "incomplete"  # everything received is assessed, the run is incomplete
FAILS = "fails"  # the run ends with an error

# What a route is needed for.
LIST = "list"  # the list of all VMs
ROW = "row"  # one VM that the options name by its id
SPARE = "spare"  # a cheaper way to what other routes return too
PART = "part"  # disks or backups of one VM
OWNER = "owner"  # backups by owner, which include those of deleted VMs
# How a run ends if a route cannot be read; `expected` has the exceptions.
OUTCOMES = {LIST: FAILS, ROW: FAILS, SPARE: WHOLE, PART: UNKNOWN, OWNER: UNKNOWN}


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
}
LIMITS = {"min_copies": 1, "retention": None, "max_gap": None}
POLICY = {"policy": {"defaults": LIMITS}}
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
    },
    "inventory": dict.fromkeys(("virtual_machines", "settings_disks", "disks", "backups"), {"include_backups": "all"}),
    "onapp_backup_compliance": {
        **dict.fromkeys(("virtual_machines", "settings_disks", "disks", "backups"), POLICY),
        "user_backups": {"policy": {"defaults": LIMITS, "scope": {"orphans": True}}},
    },
}
# A later page: the first one, already read, must not count as the whole list. None: every page.
LATER = 2
BOTH = (("json", LATER), ("xml", None))
JSON = (("json", LATER),)
EVERY_PAGE = (("json", None), ("xml", None))


class Fault(t.NamedTuple):
    """A fault as the guide names it.

    `switch` is what the simulator is given. `code` is the code of the failure, None if the client waits, retries or
    need not care. `options` are options of the entry points, `variants` the response formats with the page that has the
    fault. `no_time_left`: nothing else can be read either. `count_only`: all rows arrive, and a higher number of rows
    is announced.
    """

    name: str
    switch: dict[str, t.Any]
    code: str | None
    options: dict[str, t.Any] = {}
    variants: tuple[tuple[str, int | None], ...] = BOTH
    no_time_left: bool = False
    count_only: bool = False
    tls: bool = False


def _status(name: str, code: str, status: int, body: str = "errors_list") -> Fault:
    return Fault(name, {"fault": "status", "status": status, "body_shape": body}, code)


def _once(name: str, **switch: t.Any) -> Fault:
    return Fault(name, {"fault": "status", "times": 1, **switch}, None, {"retries": 1}, JSON)


TIMEOUT = {"timeout": 1, "deadline": 25}
DEADLINE = {"timeout": 60, "deadline": 1.5}
# Replaced by the port of a server that must not receive anything.
ELSEWHERE = "{elsewhere}"

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        _status("HTTP 401", "auth", 401),
        _status("HTTP 403", "forbidden", 403),
        _status("HTTP 404", "not_found", 404),
        _status("HTTP 406", "server", 406, "empty"),
        _status("HTTP 422, ``errors`` as a list", "server", 422),
        _status("HTTP 422, ``errors`` as a map", "server", 422, "errors_map"),
        _status("HTTP 422, ``error`` as text", "server", 422, "error"),
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
        Fault("Error page that contains the credentials", {"fault": "echo_credentials"}, "server"),
        Fault(
            "``errors`` that contain the credentials",
            {"fault": "echo_credentials", "status": 422, "body_shape": "errors_list"},
            "server",
        ),
        Fault("Slow first byte", {"fault": "slow_first_byte", "seconds": 0.1}, None, TIMEOUT, JSON),
        Fault(
            "First byte later than ``timeout``",
            {"fault": "slow_first_byte", "seconds": 90},
            "connection",
            TIMEOUT,
            JSON,
        ),
        Fault(
            "First byte later than ``deadline``",
            {"fault": "slow_first_byte", "seconds": 90},
            "deadline",
            DEADLINE,
            JSON,
            no_time_left=True,
        ),
        Fault("Slow body", {"fault": "slow_body", "seconds": 0.05, "pieces": 4}, None, TIMEOUT, JSON),
        Fault(
            "Body slower than ``deadline``",
            {"fault": "slow_body", "seconds": 0.4, "pieces": 200},
            "deadline",
            DEADLINE,
            JSON,
            no_time_left=True,
        ),
        Fault("No body after the headers", {"fault": "stall", "seconds": 90}, "connection", TIMEOUT, JSON),
        Fault("Connection reset before the headers", {"fault": "drop"}, "connection"),
        Fault("Connection reset within the body", {"fault": "reset_in_body"}, "connection"),
        Fault("Body cut, ``Content-Length``", {"fault": "truncated"}, "connection"),
        Fault("Body cut, chunked", {"fault": "truncated", "chunked": True}, "connection"),
        Fault("``Content-Length`` too small", {"fault": "wrong_length_short"}, "decode"),
        Fault("Compressed body of 80 MiB", {"fault": "gzip_bomb", "mib": 80}, "decode", variants=JSON),
        Fault("Body of 200 MiB", {"fault": "big_body", "mib": 200}, "decode", variants=JSON),
        Fault("Malformed JSON or XML", {"fault": "malformed"}, "decode"),
        Fault("XML entities that multiply", {"fault": "xml_doctype"}, "decode"),
        Fault("XML entity that names a file", {"fault": "xml_doctype", "kind": "external"}, "decode"),
        Fault("An object instead of a list or row", {"fault": "wrong_top"}, "decode"),
        Fault("A text instead of a list or row", {"fault": "wrong_top", "shape": "scalar"}, "decode"),
        Fault("No element is a row", {"fault": "wrong_elements"}, "decode"),
        Fault("Some elements are not rows", {"fault": "wrong_elements", "mixed": True}, "decode"),
        Fault("Login page with HTTP 200", {"fault": "html"}, "decode"),
        Fault(
            "Redirect to another host", {"fault": "redirect", "location": f"http://localhost:{ELSEWHERE}/"}, "config"
        ),
        Fault(
            "Redirect to another port", {"fault": "redirect", "location": f"http://127.0.0.1:{ELSEWHERE}/"}, "config"
        ),
        Fault(
            "Redirect from HTTPS to HTTP",
            {"fault": "redirect", "location": f"http://127.0.0.1:{ELSEWHERE}/"},
            "config",
            variants=JSON,
            tls=True,
        ),
        Fault("Redirect in a circle", {"fault": "redirect"}, "config"),
        Fault("``X-Total`` too high", {"fault": "wrong_total", "total": 50}, "decode", count_only=True),
        Fault("``X-Total`` too low", {"fault": "wrong_total", "total": 1}, None, variants=EVERY_PAGE),
        Fault(
            "``X-Total`` too low, at the end of a page",
            {"fault": "wrong_total", "total": PAGE_SIZE},
            None,
            variants=EVERY_PAGE,
        ),
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


CASES = [
    Case(fault, entry_point, route, response_format, None if route == "virtual_machine" else page)
    for fault in FAULTS.values()
    for entry_point, routes in ENTRY_POINTS.items()
    for route in routes
    for response_format, page in fault.variants
]


def expected(case: Case) -> tuple[str, set[str]]:
    """How a run must end, and the codes of the failures that it reports."""
    word = _word(case.fault, ROUTES[case.route].role, case.entry_point)
    return word, set() if word == WHOLE or case.fault.code is None else {case.fault.code}


def _word(fault: Fault, role: str, entry_point: str) -> str:
    if fault.code is None:
        return WHOLE
    if fault.code == "auth" and role != OWNER:
        return FAILS  # no further request is sent, because panels lock accounts
    if fault.no_time_left and role == SPARE:
        return UNKNOWN
    if fault.code == "not_found" and role == ROW:
        return WHOLE  # the VM is looked up in the list
    if fault.count_only and role == ROW:
        return WHOLE  # a row has no number of rows
    if fault.count_only and role == LIST and entry_point != "inventory":
        return INCOMPLETE
    return OUTCOMES[role]


def switches(case: Case, elsewhere: int) -> list[dict[str, t.Any]]:
    """What the simulator is given for a case; `elsewhere` is the port of the server that must not receive anything."""
    where = {"route": case.route, "page": case.page, "vm": AFFECTED if ROUTES[case.route].of_one_vm else None}
    switch = dict(case.fault.switch)
    if "location" in switch:
        switch["location"] = switch["location"].replace(ELSEWHERE, str(elsewhere))
    return [*refused(case), {**switch, **where}]


def refused(case: Case) -> list[dict[str, t.Any]]:
    """Switches that a case needs in any case: disks are read VM by VM only if the list of all disks is refused."""
    return [{"fault": "status", "status": 403, "route": "settings_disks"}] if case.route == "disks" else []


def cloud(*, gap: bool) -> dict[str, t.Any]:
    """Five VMs with a recent backup of every disk, and one backup of a deleted VM. All lists have several pages.

    With a gap the last disk of the affected VM has no recent backup. Without the second page of its disks the VM looks
    protected.
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
    return {
        "id": number,
        "label": f"vm-{number}",
        "user_id": 1876,
        "disks": [{"id": disk} for disk in disks],
        "backups": [{"id": 100 * number + place, **backup} for place, backup in enumerate(backups)],
    }
