# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures of onapp_backup_info have one paragraph of text and a code to branch on."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.community.onapp.tests.failures import Expected, check, config
from ansible_collections.community.onapp.tests.simulator.process import Simulator

Result = dict[str, t.Any]
Run = t.Callable[..., Result]

CLOUD = {
    "virtual_machines": [
        *({"id": number, "backups": [{}]} for number in range(1, 14)),
        {"id": 21, "label": "twin", "hostname": "one.example.test", "backups": [{}]},
        {"id": 22, "label": "twin", "hostname": "two.example.test", "backups": [{}]},
    ]
}
# Each virtual machine's row is answered with another fault.
ROW_FAULTS: list[dict[str, t.Any]] = [
    {"vm": 2, "fault": "html"},
    {"vm": 3, "fault": "redirect", "location": "/users/sign_in"},
    {
        "vm": 4,
        "fault": "status",
        "status": 500,
        "body_shape": "html",
        "text": "We're sorry, but <b>something</b> broke",
    },
    {"vm": 5, "fault": "truncated"},
    {"vm": 6, "fault": "status", "status": 403, "body_shape": "errors_map", "text": "No permission"},
    {"vm": 7, "fault": "status", "status": 429, "headers": {"Retry-After": "0"}},
    {"vm": 8, "fault": "stall", "seconds": 8},
    {"vm": 9, "fault": "malformed"},
    {"vm": 10, "fault": "xml_doctype", "kind": "laughs"},
    {"vm": 11, "fault": "wrong_top"},
    {"vm": 12, "fault": "truncated", "times": 1},
]


@pytest.mark.parametrize(
    ("options", "texts"),
    [
        ({"url": "onapp.example.com"}, ("option url", "https://")),
        ({"url": "https://me:canary@onapp.example.com"}, ("option url", "password")),
        ({"password": ""}, ("option password", "ONAPP_PASSWORD")),
        ({"concurrency": 0}, ("option concurrency", "from 1 to")),
        ({"policy": {"defaults": {"rop": "1h"}}}, ("option policy", "rop")),
        ({"policy": {"defaults": {"rpo": "soon"}}}, ("option policy", "rpo", "26h")),
        ({"evaluate_at": "yesterday"}, ("option evaluate_at", "2026-03-30")),
        ({"created_after": "30.3.2026"}, ("option created_after", "2026-03-30")),
    ],
    ids=str,
)
def test_wrong_options(run: Run, panel: Simulator, options: dict[str, t.Any], texts: tuple[str, ...]) -> None:
    result = run(**options)
    check(result, config(*texts))
    assert panel.counts()["requests"] == 0
    assert "canary" not in str(result)


@pytest.mark.parametrize(
    ("names", "code", "texts"),
    [
        (["vm-1", "no-such-vm"], "not_found", ('"no-such-vm"',)),
        (["99"], "not_found", ('"99"',)),
        (["twin"], "config", ("matches 2", "id 21", "one.example.test", "id 22", "two.example.test")),
    ],
)
def test_names_without_a_match_or_with_two(
    run: Run, panel: Simulator, names: list[str], code: str, texts: tuple[str, ...]
) -> None:
    panel.reset(cloud=CLOUD)
    result = run(virtual_machines=names)
    assert result["failure"]["code"] == code
    assert "vm-1" not in result["msg"]
    for text in ("virtual_machines", *texts):
        assert text in result["msg"]


def test_virtual_machine_named_twice(run: Run, panel: Simulator) -> None:
    panel.reset(cloud=CLOUD)
    result = run(virtual_machines=["22", "two.example.test"])
    assert [vm["id"] for vm in result["virtual_machines"]] == [22]


@pytest.mark.parametrize(
    ("number", "options", "expected"),
    [
        (2, {}, Expected("decode", 200, 1, ("web page, not an API answer", "url"))),
        (3, {}, Expected("config", 302, 1, ("redirects to /users/sign_in (HTTP 302)", "set url"))),
        (4, {"retries": 2}, Expected("server", 500, 1, ("HTTP 500", "panel's own log"))),
        (5, {"retries": 0}, Expected("connection", None, 1, ("broke off",))),
        (6, {"retries": 2}, Expected("forbidden", 403, 1, ("HTTP 403", "No permission", "permission"))),
        (7, {"retries": 1}, Expected("rate_limited", 429, 2, ("HTTP 429", "concurrency", "retries"))),
        (8, {"retries": 0, "timeout": 0.3}, Expected("connection", None, 1, ("0.3 s", "timeout"))),
        (8, {"deadline": 1}, Expected("deadline", None, 1, ("1 s", "deadline"))),
        (9, {"retries": 0}, Expected("decode", 200, 1, ("not readable as JSON", "response_format"))),
        (10, {"retries": 0, "response_format": "xml"}, Expected("decode", 200, 1, ("not readable as XML",))),
        (11, {"retries": 0}, Expected("decode", 200, 1, ("url",))),
    ],
)
def test_invalid_answers(
    run: Run, panel: Simulator, number: int, options: dict[str, t.Any], expected: Expected
) -> None:
    panel.reset(cloud=CLOUD)
    panel.faults([{"route": "virtual_machine", **fault} for fault in ROW_FAULTS])
    check(run(virtual_machines=[number], **options), expected)


@pytest.mark.parametrize(("number", "retries"), [(12, 1), (13, 0)])
def test_answer_that_breaks_off_once_is_requested_again(run: Run, panel: Simulator, number: int, retries: int) -> None:
    panel.reset(cloud=CLOUD)
    panel.faults([{"route": "virtual_machine", **fault} for fault in ROW_FAULTS])
    result = run(virtual_machines=[number], retries=1)
    assert [vm["id"] for vm in result["virtual_machines"]] == [number]
    assert result["api"]["retries"] == retries
