# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault that the matrix knows: what the simulator is told, and which failure it is for a client."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.tests.faults.cloud import PAGE_SIZE

Told = dict[str, t.Any]

# A later page: what came before it must not pass for the whole list.
LATER = 2
BOTH = (("json", LATER), ("xml", None))
JSON = (("json", LATER),)
EVERY_PAGE = (("json", None), ("xml", None))
# Stands for the port of the server that must hear nothing.
ELSEWHERE = "{elsewhere}"


class Fault(t.NamedTuple):
    """A row of the table.

    `does` is what the simulator is told. `code` is the failure that a client has, None when it has none: it waits, asks
    again, or need not care. `options` are those of the entry points, `variants` the response formats and the pages
    (None: every page). `eats_time` tells that no time is left to read anything else, `counts_only` that all rows come
    and only their number is wrong.
    """

    name: str
    does: Told
    code: str | None
    options: Told = {}
    variants: tuple[tuple[str, int | None], ...] = BOTH
    eats_time: bool = False
    counts_only: bool = False
    tls: bool = False


def _status(name: str, code: str, status: int, body_shape: str = "errors_list", **more: t.Any) -> Fault:
    return Fault(name, {"fault": "status", "status": status, "body_shape": body_shape, **more}, code)


def _slow(name: str, does: Told, code: str | None, *, eats_time: bool = False) -> Fault:
    """One that waits for the time-out of a request, or, where it eats the time, for the deadline of all."""
    limits = {"timeout": 60, "deadline": 2.5} if eats_time else {"timeout": 2, "deadline": 25}
    return Fault(name, does, code, limits, JSON, eats_time=eats_time)


def _once(name: str, **more: t.Any) -> Fault:
    return Fault(name, {"fault": "status", "times": 1, **more}, None, {"retries": 1}, JSON)


ANSWERS = (
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
    _status("HTTP 500 as a web page", "server", 500, "html"),
    _status("HTTP 502", "server", 502, "html"),
    _status("HTTP 503", "server", 503, "html"),
    _once("HTTP 503 once", status=503),
    _status("HTTP 504", "server", 504, "html"),
    Fault("error page with the credentials", {"fault": "echo_credentials"}, "server"),
    Fault(
        "error list with the credentials",
        {"fault": "echo_credentials", "status": 422, "body_shape": "errors_list"},
        "server",
    ),
)
TIMES = (
    _slow("slow first byte, in time", {"fault": "slow_first_byte", "seconds": 0.2}, None),
    _slow("slow first byte, past the time-out", {"fault": "slow_first_byte", "seconds": 90}, "connection"),
    _slow(
        "slow first byte, past the deadline", {"fault": "slow_first_byte", "seconds": 90}, "deadline", eats_time=True
    ),
    _slow("slow body, in time", {"fault": "slow_body", "seconds": 0.05, "pieces": 4}, None),
    _slow(
        "slow body, past the deadline",
        {"fault": "slow_body", "seconds": 0.4, "pieces": 200},
        "deadline",
        eats_time=True,
    ),
    _slow("stall after the headers", {"fault": "stall", "seconds": 90}, "connection"),
)
BODIES = (
    Fault("connection reset before the answer", {"fault": "drop"}, "connection"),
    Fault("connection reset in the body", {"fault": "reset_in_body"}, "connection"),
    Fault("body cut, ``Content-Length``", {"fault": "truncated"}, "connection"),
    Fault("body cut, chunked", {"fault": "truncated", "chunked": True}, "connection"),
    Fault("``Content-Length`` too small", {"fault": "wrong_length_short"}, "decode"),
    Fault("small body that unpacks to 80 MiB", {"fault": "gzip_bomb", "mib": 80}, "decode", variants=JSON),
    Fault("body of 200 MiB", {"fault": "big_body", "mib": 200}, "decode", variants=JSON),
    Fault("malformed JSON or XML", {"fault": "malformed"}, "decode"),
    Fault("XML entities that multiply", {"fault": "xml_doctype"}, "decode"),
    Fault("XML entity that names a file", {"fault": "xml_doctype", "kind": "external"}, "decode"),
    Fault("an object instead of a list or row", {"fault": "wrong_top"}, "decode"),
    Fault("a text instead of a list or row", {"fault": "wrong_top", "shape": "scalar"}, "decode"),
    Fault("no element is a row", {"fault": "wrong_elements"}, "decode"),
    Fault("some elements are no rows", {"fault": "wrong_elements", "mixed": True}, "decode"),
    Fault("log-in page with HTTP 200", {"fault": "html"}, "decode"),
)
PLACES = (
    Fault("redirect to another host", {"fault": "redirect", "location": f"http://localhost:{ELSEWHERE}/"}, "config"),
    Fault("redirect to another port", {"fault": "redirect", "location": f"http://127.0.0.1:{ELSEWHERE}/"}, "config"),
    Fault(
        "redirect from https to http",
        {"fault": "redirect", "location": f"http://127.0.0.1:{ELSEWHERE}/"},
        "config",
        variants=JSON,
        tls=True,
    ),
    Fault("redirect in a circle", {"fault": "redirect"}, "server"),
)
COUNTS = (
    Fault("``X-Total`` too high", {"fault": "wrong_total", "total": 50}, "decode", counts_only=True),
    Fault("``X-Total`` too low", {"fault": "wrong_total", "total": 1}, None, variants=EVERY_PAGE),
    Fault(
        "``X-Total`` too low, at the end of a page",
        {"fault": "wrong_total", "total": PAGE_SIZE},
        None,
        variants=EVERY_PAGE,
    ),
)
FAULTS: dict[str, Fault] = {fault.name: fault for fault in (*ANSWERS, *TIMES, *BODIES, *PLACES, *COUNTS)}
