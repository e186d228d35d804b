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


def test_exit_status_and_error_output(ansible: Ansible, panel: Simulator) -> None:
    """A failed task ends with the usual exit status and prints the reason, whatever on_error is."""
    panel.faults([{"fault": "status", "status": 500, "route": "virtual_machines"}])
    arguments = ["localhost", "-m", MODULE, "-a", "on_error=unknown"]
    done = ansible.command("ansible", *arguments, environment=variables(panel))
    assert done.status == 2
    assert "The control panel could not answer (HTTP 500)" in done.output
