# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""onapp_backup_info through ansible-playbook: a whole cloud in both formats, also in check mode."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.tests.integration.runner import Ansible, Result, info
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = pytest.mark.once

VIRTUAL_MACHINES = 12


def without_time(result: Result) -> Result:
    """The result without the keys that differ between runs."""
    changing = {"api", "health", "invocation", "warnings"}
    return {name: value for name, value in result.items() if name not in changing}


@pytest.mark.slow
def test_cloud_is_the_same_in_both_formats(ansible: Ansible, panel: Simulator) -> None:
    calls = {"json": info(evaluate_at=panel.now), "xml": info(evaluate_at=panel.now, response_format="xml")}
    done = ansible.tasks(calls, panel=panel)
    assert done.status == 0, done.output
    first = done.results["json"]
    assert first["changed"] is False
    assert first["summary"]["virtual_machines"] == len(first["virtual_machines"]) == VIRTUAL_MACHINES
    assert first["summary"]["backups"] == len(first["backups"]) > 50
    assert len({vm["backup"]["state"] for vm in first["virtual_machines"]}) == 6  # all but unknown
    assert {tuple(sorted(backup)) for backup in first["backups"]} == {tuple(sorted(first["backups"][0]))}
    assert without_time(done.results["xml"]) == without_time(first)
    checked = ansible.tasks({"json": calls["json"]}, "--check", "--diff", panel=panel)
    assert without_time(checked.results["json"]) == without_time(first)
