# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook community.onapp.maintenance runs tasks on protected virtual machines, or refuses to run."""

from __future__ import annotations

import json
import re
import typing as t

import pytest
from ansible_collections.community.onapp.tests.integration.runner import Ansible, Outcome, squeezed, variables
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = pytest.mark.newest

PLAYBOOK = "community.onapp.maintenance"
CLOUD: dict[str, t.Any] = {
    "virtual_machines": [
        *({"id": number, "backups": [{}]} for number in (1, 2, 3)),
        {"id": 4, "label": "bare", "backups": []},
        {"id": 5, "label": "{{ lookup('pipe', 'touch trap') }}", "backups": [{}]},
    ]
}
TASK = [{"name": "work", "ansible.builtin.debug": {"msg": "worked on {{ onapp_id }}"}}]


def run(ansible: Ansible, panel: Simulator, *arguments: str, source: str = "cloud.onapp.yml") -> Outcome:
    """Run the playbook with a task that prints the id of its virtual machine."""
    (ansible.folder / "work.yml").write_text(json.dumps(TASK))
    given = ["-i", source, "-e", "maintenance_tasks=work.yml", *arguments]
    return ansible.command("ansible-playbook", PLAYBOOK, *given, environment=variables(panel))


def worked_on(done: Outcome) -> list[int]:
    """The ids of the virtual machines that were worked on."""
    return sorted(int(part.partition('"')[0]) for part in done.output.split('"worked on ')[1:])


def test_only_protected_virtual_machines(ansible: Ansible, panel: Simulator) -> None:
    panel.reset(cloud=CLOUD)
    source = ansible.source()
    done = ansible.command("ansible-playbook", PLAYBOOK, "-i", source, environment=variables(panel))
    assert done.status == 0, done.output
    shown = squeezed(done.output)
    for number in (1, 2, 3):
        assert f"vm-{number}:newestrecoverypoint" in shown
    assert "bare" not in done.output
    assert "{{lookup('pipe','touchtrap')}}:newestrecoverypoint" in shown
    assert "5virtualmachinesand4backups,7requests" in shown
    assert not (ansible.folder / "trap").exists()

    done = run(ansible, panel, "-e", "maintenance_batch=2")
    assert done.status == 0, done.output
    assert worked_on(done) == [1, 2, 3, 5]
    assert done.output.count("PLAY [Maintain") == 2
    # The age is checked only at the start, because a long run must not end half-way.
    assert done.output.count("The inventory is complete and") == 2
    assert worked_on(run(ansible, panel, "--limit", "localhost,vm-2-2,bare-4")) == [2]


@pytest.mark.slow
def test_unusable_inventories(ansible: Ansible, panel: Simulator) -> None:
    """A missing, incomplete or old inventory ends the playbook before any work."""
    panel.reset(cloud=CLOUD)
    ansible.source()
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": "cache"}
    old = ansible.source("old", **cache)
    assert worked_on(run(ansible, panel, source=old)) == [1, 2, 3, 5]
    (cached,) = (ansible.folder / "cache").iterdir()
    rows = re.sub(
        r"\[([0-9]+), ([0-9]+), ", lambda found: f"[{found[1]}, {int(found[2]) - 7200}, ", cached.read_text(), count=1
    )
    cached.write_text(rows)

    def assert_refused(text: str, *arguments: str, source: str = "cloud.onapp.yml") -> None:
        done = run(ansible, panel, *arguments, source=source)
        assert done.status == 2, done.output
        assert worked_on(done) == []
        assert squeezed(text) in squeezed(done.output), done.output

    assert_refused("There is no inventory of community.onapp.onapp", source="localhost,")
    requests = panel.counts()["requests"]
    assert_refused("The facts of the inventory are 72", source=old)
    assert worked_on(run(ansible, panel, "-e", "maintenance_oldest_facts=9000", source=old)) == [1, 2, 3, 5]
    assert panel.counts()["requests"] == requests
    panel.faults([{"fault": "status", "status": 500, "route": "backups", "vm": 1}])
    assert_refused("The inventory is incomplete: The control panel could not answer (HTTP 500)")
    assert_refused("The inventory is incomplete: The control panel could not answer (HTTP 500)", "--limit", "vm-2-2")
    panel.faults([{"fault": "status", "status": 500, "route": "virtual_machines"}])
    assert_refused("The inventory is incomplete: The control panel could not answer (HTTP 500)", "-i", old)


BY_HAND = {
    "no facts at all": "[onapp_backup_protected]\nstranger\n",
    "state of an old import": '[onapp_backup_protected]\nstranger onapp_backup=\'{"state": "stale"}\'\n',
    "facts without a state": "[onapp_backup_protected]\nstranger onapp_backup='{}'\n",
    "text instead of facts": "[onapp_backup_protected]\nstranger onapp_backup=protected\n",
    "a host of the inventory": "[onapp_backup_protected]\nbare\n",
}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=name, marks=[] if name == "no facts at all" else pytest.mark.slow)
        for name, text in BY_HAND.items()
    ],
)
def test_hosts_in_the_group_without_the_state(text: str, ansible: Ansible, panel: Simulator) -> None:
    """A host whose facts do not have the state `protected` ends the run before the first batch, and is named."""
    panel.reset(cloud=CLOUD)
    ansible.source()
    (ansible.folder / "static.ini").write_text(text)
    arguments = ["-e", "maintenance_batch=1"] if "stranger " in text else ["--limit", "vm-1,stranger,bare"]
    done = run(ansible, panel, "-i", "static.ini", *arguments)
    assert done.status == 2, done.output
    assert worked_on(done) == []
    assert re.search(r"onapp_backup\.stateisnotprotected:(stranger|bare)\.", squeezed(done.output)), done.output


def test_missing_requests_library(ansible: Ansible, panel: Simulator) -> None:
    """Without requests the inventory cannot be read: the message points to the warning that names the library."""
    panel.reset(cloud=CLOUD)
    ansible.source()
    (ansible.folder / "without").mkdir()
    (ansible.folder / "without" / "requests.py").write_text("raise ImportError('no requests')\n")
    environment = {**variables(panel), "PYTHONPATH": str(ansible.folder / "without")}
    done = ansible.command("ansible-playbook", PLAYBOOK, "-i", "cloud.onapp.yml", environment=environment)
    assert done.status == 2, done.output
    assert "pipinstallrequests" in squeezed(done.output)
