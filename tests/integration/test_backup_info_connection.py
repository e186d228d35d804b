# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""onapp_backup_info through Ansible's commands: URL, credentials and certificates from every source."""

from __future__ import annotations

import json

import pytest
from ansible_collections.community.onapp.tests.integration.runner import MODULE, Ansible, info, variables
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = pytest.mark.once

LOGIN = {"username": "user1875", "password": "canary-password-1875"}


@pytest.mark.slow
def test_logins(ansible: Ansible, panel: Simulator) -> None:
    url = {"url": panel.url, "virtual_machines": [1], "gather_subset": ["virtual_machines"]}
    in_environment = {"environment": variables(panel)}
    wrong = {"environment": {**variables(panel), "ONAPP_PASSWORD": "wrong"}}
    done = ansible.tasks(
        {
            "key": info(**url, username=panel.username, password=panel.password),
            "alias": info(**url, username=panel.username, api_key=panel.password),
            "login": info(**url, **LOGIN),
            "slash": info(**{**url, "url": panel.url + "/"}, **LOGIN),
            "task_environment": info(in_environment, virtual_machines=[1]),
            "option_before_environment": info(wrong, virtual_machines=[1], password=panel.password),
        }
    )
    assert done.status == 0, done.output
    for name, result in done.results.items():
        assert not result.get("failed"), (name, result)
        assert [vm["id"] for vm in result["virtual_machines"]] == [1]
        assert result["cloud"] == {"url": panel.url}
    assert set(panel.counts()["by_status"]) == {"200"}
    assert done.output.count("is plain http") >= 1


def test_environment_variables_with_the_ad_hoc_command(ansible: Ansible, panel: Simulator) -> None:
    own = {"ONAPP_URL": panel.url, "ONAPP_USERNAME": panel.username, "ONAPP_API_KEY": panel.password}
    done = ansible.command("ansible", "localhost", "-m", MODULE, "-a", "virtual_machines=1,2", environment=own)
    assert done.status == 0, done.output
    head, _brace, rest = done.output.partition("=> {")
    assert head.startswith("localhost | SUCCESS") or "\nlocalhost | SUCCESS" in head
    result, _end = json.JSONDecoder().raw_decode("{" + rest)
    assert [vm["id"] for vm in result["virtual_machines"]] == [1, 2]

    refused = ansible.command(
        "ansible", "localhost", "-m", MODULE, environment={**variables(panel), "ONAPP_PASSWORD": "x"}
    )
    assert refused.status == 2
    assert "localhost | FAILED!" in refused.output
    assert '"code": "auth"' in refused.output
