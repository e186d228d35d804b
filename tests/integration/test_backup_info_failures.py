# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""onapp_backup_info through ansible-playbook: failures have one paragraph of text and a code to branch on."""

from __future__ import annotations

import subprocess
import sys

import pytest
from ansible_collections.community.onapp.tests.failures import Expected, check, config
from ansible_collections.community.onapp.tests.integration.runner import MODULE, Ansible, info, variables
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = pytest.mark.once


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
    expected = {
        "unreachable": Expected("connection", None, 1, ("url", "refused")),
        "wrong_password": refused,
        "wrong_password_many": refused,
        "no_requests": config("requests", str(bare), "pip install requests", "delegate_to: localhost"),
    }
    assert done.status == 0, done.output
    assert "Traceback" not in done.output
    for name, failure in expected.items():
        check(done.results[name], failure)
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
