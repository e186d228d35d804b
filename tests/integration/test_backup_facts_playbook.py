# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook community.onapp.backup_facts, run by its full name, as its header comment shows."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.tests.integration.runner import Ansible, variables
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = pytest.mark.newest

PLAYBOOK = "community.onapp.backup_facts"


def test_shows_the_cloud(ansible: Ansible, panel: Simulator) -> None:
    done = ansible.command("ansible-playbook", PLAYBOOK, environment=variables(panel))
    assert done.status == 0, done.output
    lines = [line.strip().rstrip(",").strip('"') for line in done.output.splitlines()]
    for text in ("virtual machines: 3", "cache-11: the VM is not built"):
        assert text in lines
    found = {line.partition(": ")[0]: line.partition(": ")[2] for line in lines}
    assert found["proxy-09"] == "no usable recovery point covers disk 20081; the grace of 24h is over"
    assert found["files-02"].startswith("the newest recovery point of every disk is at most")
    assert found["files-02"].endswith("old; the limit is 26h")
    assert "Everything was read: 12 virtual machines and 83 backups with 14 requests." in done.output
    # The worst comes first.
    states = ["unknown", "unprotected", "failing", "stale", "pending", "not_applicable", "protected"]
    places = [done.output.index(f"(item={state})") for state in states]
    assert places == sorted(places)
    assert "{{" not in done.output and "skipp" not in done.output.replace("skipped=0", "")


def test_variables(ansible: Ansible, panel: Simulator) -> None:
    chosen = '{"onapp_virtual_machines": [4, "files-02"], "onapp_policy": {"defaults": {"rpo": "60d"}}}'
    done = ansible.command("ansible-playbook", PLAYBOOK, "--extra-vars", chosen, environment=variables(panel))
    assert done.status == 0, done.output
    assert "web-04: the newest recovery point" in done.output
    assert "the limit is 60d" in done.output
    assert "Everything was read: 2 virtual machines" in done.output
    assert "seed-document" not in done.output


def test_incomplete_facts_stop_the_playbook(ansible: Ansible, panel: Simulator) -> None:
    panel.faults([{"fault": "status", "status": 500, "route": "backups", "vm": 2}])
    done = ansible.command("ansible-playbook", PLAYBOOK, environment=variables(panel))
    assert done.status == 2
    assert "files-02: The control panel could not answer (HTTP 500)" in done.output
    assert "virtual machines: 1" in done.output
    assert "Everything was read" not in done.output
