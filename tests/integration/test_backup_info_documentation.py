# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of onapp_backup_info: it renders, and its examples run."""

from __future__ import annotations

import json

import pytest
import yaml
from ansible_collections.community.onapp.tests.integration.listener import listen
from ansible_collections.community.onapp.tests.integration.runner import MODULE, Ansible, Result
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = pytest.mark.newest


def documentation(ansible: Ansible) -> Result:
    """The module's documentation as Ansible reads it: `doc`, `examples` and `return`."""
    done = ansible.command("ansible-doc", "--json", MODULE)
    assert done.status == 0, done.output
    document: Result = json.loads(done.output)[MODULE]
    return document


def test_documentation_renders(ansible: Ansible) -> None:
    done = ansible.command("ansible-doc", MODULE)
    assert done.status == 0, done.output
    for text in ("ONAPP_URL", "virtual_machines", "backup_size_bytes", "community.onapp"):
        assert text in done.output
    assert "WARNING" not in done.output and "ERROR" not in done.output
    listed = ansible.command("ansible-doc", "--list", "community.onapp")
    assert MODULE in listed.output
    document = documentation(ansible)["doc"]
    assert document["attributes"]["check_mode"]["support"] == "full"


@pytest.mark.slow
def test_examples(ansible: Ansible) -> None:
    """Every example unchanged, in one play on a host that is named like a virtual machine."""
    examples = yaml.safe_load(documentation(ansible)["examples"])
    named = {task.get("register", f"example_{number}"): task for number, task in enumerate(examples)}
    credentials = {"username": "auditor@example.com", "password": "the key of the example"}
    with Simulator(tls=True, tls_name="onapp.example.com", **credentials) as panel, listen(panel.port) as proxy:
        environment = {
            "ONAPP_URL": "https://onapp.example.com",
            "ONAPP_USERNAME": panel.username,
            "ONAPP_PASSWORD": panel.password,
            "ONAPP_CA_PATH": str(panel.ca_file),
            "HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}",
        }
        lines = {"ansible_python_interpreter": "{{ ansible_playbook_python }}", "onapp_api_key": panel.password}
        done = ansible.tasks(
            named,
            "--inventory",
            "cache-12,",
            environment=environment,
            play={"hosts": "cache-12", "vars": lines},
        )
        counts = panel.counts()
    assert done.status == 0, done.output
    assert {name for name, result in done.results.items() if result.get("failed")} == set(), done.output
    assert set(counts["by_status"]) == {"200"}
    assert all(head.startswith("CONNECT onapp.example.com:443 ") for head in proxy.heads)
    assert all("uthorization" not in head for head in proxy.heads)
    results = [result for result in done.results.values() if "virtual_machines" in result]
    assert len(results) >= 5
    assert "/virtual_machines/1/backups/images.json" in [entry["path"] for entry in counts["log"]]
    (last,) = results[-1]["virtual_machines"]
    assert last["label"] == "cache-12"
    assert "unprotected (no usable recovery point" in done.output
