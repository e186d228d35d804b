# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""onapp_backup_info through ansible-playbook: failures have one paragraph of text and a code to branch on."""

from __future__ import annotations

import re
import subprocess
import sys
import typing as t

import pytest
from ansible_collections.community.onapp.tests.integration.runner import MODULE, Ansible, Outcome, info, variables
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = pytest.mark.once

FAILURE = {"code", "status", "method", "path", "attempts"}
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


class Expected(t.NamedTuple):
    """An expected failure: code, HTTP status, attempts, and texts in its message."""

    code: str
    status: int | None
    attempts: int
    texts: tuple[str, ...]


def config(*texts: str) -> Expected:
    """A failure before any request is sent."""
    return Expected("config", None, 0, texts)


def check(done: Outcome, expected: dict[str, Expected]) -> None:
    """Each result fails as expected, and its message is one paragraph."""
    assert done.status == 0, done.output
    assert "Traceback" not in done.output
    for name, spec in expected.items():
        result = done.results[name]
        assert result.get("failed"), (name, result)
        assert set(result["failure"]) == FAILURE
        failure, message = result["failure"], result["msg"]
        assert (name, failure["code"], failure["status"]) == (name, spec.code, spec.status), message
        assert failure["attempts"] == spec.attempts, (name, failure)
        sent = failure["attempts"] > 0
        assert (failure["method"], failure["path"] is not None) == ("GET" if sent else None, sent), name
        assert re.fullmatch(r"[A-Z][^\n]{30,700}[.]", message), (name, message)
        for text in spec.texts:
            assert text in message, (name, message)
        assert "Traceback" not in str(result)


@pytest.mark.slow
def test_wrong_options(ansible: Ansible, panel: Simulator) -> None:
    panel.reset(cloud=CLOUD)
    calls = {
        "no_scheme": (info(url="onapp.example.com"), config("option url", "https://")),
        "secret_in_url": (info(url="https://me:canary@onapp.example.com"), config("option url", "password")),
        "empty_password": (info(password=""), config("option password", "ONAPP_PASSWORD")),
        "concurrency": (info(concurrency=0), config("option concurrency", "from 1 to")),
        "unknown_policy_key": (info(policy={"defaults": {"rop": "1h"}}), config("option policy", "rop")),
        "wrong_duration": (info(policy={"defaults": {"rpo": "soon"}}), config("option policy", "rpo", "26h")),
        "evaluate_at": (info(evaluate_at="yesterday"), config("option evaluate_at", "2026-03-30")),
        "created_after": (info(created_after="30.3.2026"), config("option created_after", "2026-03-30")),
    }
    done = ansible.tasks({name: task for name, (task, _expected) in calls.items()}, "-vvv", panel=panel)
    check(done, {name: expected for name, (_task, expected) in calls.items()})
    assert panel.counts()["requests"] == 0
    assert "canary" not in done.output


@pytest.mark.slow
def test_names_without_a_match_or_with_two(ansible: Ansible, panel: Simulator) -> None:
    panel.reset(cloud=CLOUD)
    done = ansible.tasks(
        {
            "nothing": info(virtual_machines=["vm-1", "no-such-vm"]),
            "no_id": info(virtual_machines=["99"]),
            "twin": info(virtual_machines=["twin"]),
            "by_id": info(virtual_machines=["22", "two.example.test"]),
        },
        panel=panel,
    )
    results = done.results
    for name, code in {"nothing": "not_found", "no_id": "not_found", "twin": "config"}.items():
        assert results[name]["failure"]["code"] == code
        assert "virtual_machines" in results[name]["msg"]
    assert '"no-such-vm"' in results["nothing"]["msg"] and "vm-1" not in results["nothing"]["msg"]
    assert '"99"' in results["no_id"]["msg"]
    for text in ("matches 2", "id 21", "one.example.test", "id 22", "two.example.test"):
        assert text in results["twin"]["msg"]
    assert [vm["id"] for vm in results["by_id"]["virtual_machines"]] == [22]


@pytest.mark.slow
def test_invalid_answers(ansible: Ansible, panel: Simulator) -> None:
    panel.reset(cloud=CLOUD)
    panel.faults([{"route": "virtual_machine", **fault} for fault in ROW_FAULTS])
    web_page = ("web page, not as the API", "url")
    expected = {
        2: (info(), Expected("decode", 200, 1, web_page)),
        3: (info(), Expected("config", 302, 1, ("redirects to /users/sign_in (HTTP 302)", "set url"))),
        4: (info(retries=2), Expected("server", 500, 1, ("HTTP 500", "panel's own log"))),
        5: (info(retries=0), Expected("connection", None, 1, ("broke off",))),
        6: (info(retries=2), Expected("forbidden", 403, 1, ("HTTP 403", "No permission", "permission"))),
        7: (info(retries=1), Expected("rate_limited", 429, 2, ("HTTP 429", "concurrency", "retries"))),
        8: (info(retries=0, timeout=0.3), Expected("connection", None, 1, ("0.3 s", "timeout"))),
        9: (info(retries=0), Expected("decode", 200, 1, ("not readable as JSON", "response_format"))),
        10: (info(retries=0, response_format="xml"), Expected("decode", 200, 1, ("not readable as XML",))),
        11: (info(retries=0), Expected("decode", 200, 1, ("url",))),
    }
    calls = {f"vm_{number}": task for number, (task, _expected) in expected.items()}
    for number in (*expected, 12, 13):
        task = calls.setdefault(f"vm_{number}", info(retries=1))
        next(iter(task.values()))["virtual_machines"] = [number]
    calls["deadline"] = info(virtual_machines=[8], deadline=2)
    done = ansible.tasks(calls, "-vvv", panel=panel)
    check(
        done,
        {f"vm_{number}": spec for number, (_task, spec) in expected.items()}
        | {"deadline": Expected("deadline", None, 1, ("2 s", "deadline"))},
    )
    for number, retries in {12: 1, 13: 0}.items():  # a body that broke off once is requested again
        result = done.results[f"vm_{number}"]
        assert [vm["id"] for vm in result["virtual_machines"]] == [number]
        assert result["api"]["retries"] == retries


def test_no_connection_and_no_login(ansible: Ansible, panel: Simulator) -> None:
    bare = ansible.folder / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    without_requests = {"vars": {"ansible_python_interpreter": str(bare / "bin" / "python")}}
    calls = {
        "unreachable": info(url="http://127.0.0.1:1", retries=0),
        "wrong_password": info(password="wrong"),
        "wrong_password_many": info(password="wrong", virtual_machines=list(range(1, 10))),
        "no_requests": info(without_requests),
    }
    done = ansible.tasks(calls, "-vvv", panel=panel)
    refused = Expected("auth", 401, 1, ("HTTP 401", "username", "password", "API key"))
    check(
        done,
        {
            "unreachable": Expected("connection", None, 1, ("url", "refused")),
            "wrong_password": refused,
            "wrong_password_many": refused,
            "no_requests": config("requests", str(bare), "pip install requests", "delegate_to: localhost"),
        },
    )
    # One request for each task: panels lock accounts after a few wrong passwords.
    assert panel.counts()["by_status"] == {"401": 2}


def test_unreadable_part_of_the_cloud(ansible: Ansible, panel: Simulator) -> None:
    panel.faults(
        [
            {"fault": "status", "status": 500, "route": "backups", "vm": 2},
            {"fault": "delete_vm", "route": "backups", "vm": 4},
        ]
    )
    done = ansible.tasks(
        {"default": info(), "failed": info(on_error="fail"), "one": info(virtual_machines=[2])}, panel=panel
    )
    assert done.status == 0, done.output
    default, failed, one = done.results["default"], done.results["failed"], done.results["one"]

    assert default["health"]["complete"] is False
    (failure,) = default["health"]["failures"]
    assert (failure["virtual_machine_id"], failure["code"], failure["status"]) == (2, "server", 500)
    states = {vm["id"]: vm["backup"] for vm in default["virtual_machines"]}
    assert states[2]["state"] == "unknown" and failure["text"] in states[2]["reasons"]
    assert [number for number, assessment in states.items() if assessment["state"] == "unknown"] == [2]
    assert default["summary"]["states"]["unknown"] == 1
    assert 4 not in states and [vm["id"] for vm in default["health"]["dropped"]] == [4]
    assert all(backup["virtual_machine_id"] not in (2, 4) for backup in default["backups"])
    assert default["summary"]["virtual_machines"] == len(states) == 11
    warnings = " ".join(default["warnings"])
    assert "Virtual machine 4 (web-04) was deleted" in warnings
    assert "health.complete is false" in warnings and "virtual machine 2" in warnings
    flat = " ".join(done.output.split())
    assert "was deleted while it was read" in flat and "could not be read" in flat

    assert failed["failed"] and failed["failure"]["status"] == 500
    assert failed["failure"]["path"] == "/virtual_machines/2/backups.json"
    assert one["health"]["complete"] is False
    assert one["virtual_machines"][0]["backup"]["state"] == "unknown"


def test_incomplete_list(ansible: Ansible, panel: Simulator) -> None:
    panel.faults([{"fault": "wrong_total", "route": "virtual_machines", "total": 30}])
    result = ansible.tasks({"default": info()}, panel=panel).results["default"]
    (failure,) = result["health"]["failures"]
    assert result["health"]["complete"] is False
    assert (failure["virtual_machine_id"], failure["code"]) == (None, "decode")
    assert "30" in failure["text"] and "12" in failure["text"]
    assert any("health.complete is false" in warning for warning in result["warnings"])


def test_exit_status_and_error_output(ansible: Ansible, panel: Simulator) -> None:
    """A failed task ends with the usual exit status and prints the reason, whatever on_error is."""
    panel.faults([{"fault": "status", "status": 500, "route": "virtual_machines"}])
    arguments = ["localhost", "-m", MODULE, "-a", "on_error=unknown"]
    done = ansible.command("ansible", *arguments, environment=variables(panel))
    assert done.status == 2
    assert "The control panel could not answer (HTTP 500)" in done.output
