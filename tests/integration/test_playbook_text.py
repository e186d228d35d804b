# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tenants' text in the output of every playbook is one short line and no command for a CI system."""

from __future__ import annotations

import json
import re
import typing as t

import pytest
from ansible_collections.community.onapp.tests.integration.runner import Ansible, variables
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = [pytest.mark.newest, pytest.mark.slow]

LABELS = [
    "##vso[task.complete result=Succeeded;]done",
    "###vso[task.setvariable variable=a]b",
    "#\u200b##[command]x",
    "##[error]wrong",
    "::error::file broken",
    "word ::warning file=a,line=1::text",
    ":::set-output name=a::b",
    "bell\a and \x1b[31mred\x1b[0m",
    "start\r\x1b[0Ksection_start:1:x",
    "line\n##teamcity[buildProblem]",
    "separator\u2028::debug::x\u2029y\x85z",
    "\u202egnp.exe\u2066",
    "x" * 5000,
    "long words " * 400,
]
CLOUD: dict[str, t.Any] = {
    "virtual_machines": [
        {"id": number, "label": text, "identifier": f"a{number:013}", "backups": [{}]}
        for number, text in enumerate(LABELS, 1)
    ]
}
# Forbidden in a line of output, also as JSON escapes.
COMMANDS = re.compile(
    r"##|::[a-z]|\x1b|\r|\x07|\\u001b|\\u0007|\\r|[\u2028-\u202e\x85\u200b\u2066]|x{201}|(long words ){19}"
)
POLICY = {"defaults": {"min_copies": 3, "retention": None}}
PLAYBOOKS = {
    "backup_facts": [],
    "backup_compliance": ["-e", json.dumps({"onapp_policy": POLICY, "onapp_report_formats": ["json"]})],
    "maintenance": ["-i", "cloud.onapp.yml"],
}


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_labels_in_the_output(name: str, ansible: Ansible, panel: Simulator) -> None:
    panel.reset(cloud=CLOUD)
    ansible.source(hostnames=["identifier"])
    given = [*PLAYBOOKS[name], "-e", "maintenance_batch=100%"]
    for columns, form in (("80", "json"), ("200", "yaml")):
        environment = {**variables(panel), "COLUMNS": columns, "ANSIBLE_CALLBACK_RESULT_FORMAT": form}
        done = ansible.command("ansible-playbook", f"community.onapp.{name}", *given, environment=environment)
        assert "Traceback" not in done.output
        assert "separator" in done.output or name == "backup_compliance", done.output
        found = [line for line in done.output.splitlines() if COMMANDS.search(line)]
        assert not found, found
