# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets in the panel's rows and the user's password are never printed, also with failures and full verbosity."""

from __future__ import annotations

import base64
import html
import json
import re
import typing as t
import urllib.parse

import pytest
from ansible_collections.community.onapp.tests.integration.runner import MODULE, Ansible, info, variables
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = pytest.mark.newest

USERNAME = "auditor@example.test"
PASSWORD = 'canary "pä$$"/<&>\\+%'
SHAPES = ("error", "errors_list", "errors_map", "html")


@pytest.fixture(scope="module")
def guarded_panel() -> t.Iterator[Simulator]:
    """A panel with a password that is encoded differently in a URL, in HTML and in JSON."""
    with Simulator(username=USERNAME, password=PASSWORD) as panel:
        yield panel


def forms(password: str) -> set[str]:
    """Texts that would reveal the password: the sent header, and the password's middle part in every encoding."""
    middle = password.partition(" ")[2]
    token = base64.b64encode(f"{USERNAME}:{password}".encode()).decode()
    spellings = {middle, html.escape(middle), urllib.parse.quote(middle), urllib.parse.quote(middle, safe="")}
    return {token, token.rstrip("=")[:-2], "canary", repr(middle)[1:-1], *spellings} | {
        json.dumps(spelling)[1:-1] for spelling in spellings
    }


def test_no_secret_is_printed(ansible: Ansible, guarded_panel: Simulator) -> None:
    panel = guarded_panel
    panel.reset()
    # Rows of virtual machines and users have canaries, and an error page repeats the request's header.
    echoes = [
        {"fault": "echo_credentials", "route": "virtual_machine", "vm": number, "body_shape": shape, "status": status}
        for number, (shape, status) in enumerate(
            [*((shape, 500) for shape in SHAPES), ("html", 403), ("errors_list", 404), ("error", 422), ("html", 200)], 2
        )
    ]
    in_list = {"fault": "echo_credentials", "route": "backups", "vm": 10, "body_shape": "errors_map"}
    redirects = {"fault": "redirect", "route": "virtual_machine", "vm": 11, "location": f"http://me:{PASSWORD}@else/"}
    panel.faults([*echoes, in_list, redirects])
    log = ansible.folder / "ansible.log"
    calls = {f"vm_{number}": info(virtual_machines=[number], retries=1) for number in (*range(2, 10), 11)}
    # The last task names an unknown virtual machine, so its message could quote rows of others.
    others = {"vm_12_xml": info(virtual_machines=[12], response_format="xml"), "unknown": info(virtual_machines=["x"])}
    done = ansible.tasks(
        {**calls, **others, "all": info(), "all_xml": info(response_format="xml")},
        "-vvvv",
        "--diff",
        panel=panel,
        environment={"ANSIBLE_LOG_PATH": str(log), "ANSIBLE_INJECT_INVOCATION": "1"},
    )
    assert done.status == 0, done.output
    failed = {name for name, result in done.results.items() if result.get("failed")}
    assert {"vm_2", "vm_3", "vm_4", "vm_5", "vm_6", "vm_8", "vm_9", "vm_11", "unknown"} <= failed
    assert "Could not serve HTTP_AUTHORIZATION" in done.results["vm_2"]["msg"]
    assert done.results["all"]["health"]["failures"][0]["virtual_machine_id"] == 10
    assert log.stat().st_size > 10_000
    # ansible-core 2.22 and later can register options unmasked, and masks only its output.
    returned = [{**result, "invocation": None} for result in done.results.values()]
    results = json.dumps(returned) + json.dumps(returned, ensure_ascii=False)
    for secret in forms(PASSWORD):
        assert secret not in done.output
        assert secret not in log.read_text(encoding="utf-8")
        assert secret not in results
    shown = re.findall(r'"password": "([^"]*)"', done.output)
    assert shown, "the options of the tasks are not there, so that this test shows nothing"
    assert set(shown) <= {"VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "$REDACTED$"}


def test_no_secret_of_the_environment_is_printed(ansible: Ansible, guarded_panel: Simulator) -> None:
    panel = guarded_panel
    panel.reset()
    panel.faults([{"fault": "echo_credentials", "route": "virtual_machine", "body_shape": "errors_map"}])
    arguments = ["localhost", "-vvvv", "-m", MODULE, "-a", "virtual_machines=1"]
    done = ansible.command("ansible", *arguments, environment=variables(panel))
    assert done.status == 2
    assert "Could not serve HTTP_AUTHORIZATION" in done.output
    for secret in forms(PASSWORD):
        assert secret not in done.output
