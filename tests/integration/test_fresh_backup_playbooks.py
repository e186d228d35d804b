# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks that create backups: community.onapp.maintenance with maintenance_max_backup_age, and fresh_backups."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.community.onapp.tests.integration.runner import Ansible, Outcome, squeezed, variables
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = pytest.mark.newest

STALE = "2020-01-01T00:00:00Z"
# Virtual machine 1 is fresh, 5 is not built; the others are stale or without any backup.
CLOUD: dict[str, t.Any] = {
    "virtual_machines": [
        {"id": 1, "backups": [{}]},
        *({"id": number, "backups": [{"created_at": STALE, "built_at": STALE}]} for number in (2, 3)),
        {"id": 4, "backups": []},
        {"id": 5, "backups": [], "built": False},
    ]
}
QUICK = {"onapp_poll_interval": 1}
TASK = [{"name": "work", "ansible.builtin.debug": {"msg": "worked on {{ onapp_id }}"}}]


def play(ansible: Ansible, panel: Simulator, name: str, *arguments: str, **given: t.Any) -> Outcome:
    (ansible.folder / "work.yml").write_text(json.dumps(TASK))
    extra = json.dumps({"maintenance_tasks": "work.yml", **QUICK, **given})
    command = [f"community.onapp.{name}", "-i", "cloud.onapp.yml", "-e", extra, *arguments]
    return ansible.command("ansible-playbook", *command, environment=variables(panel))


def maintain(ansible: Ansible, panel: Simulator, *arguments: str, **given: t.Any) -> Outcome:
    every = {"maintenance_max_backup_age": "6h", "maintenance_hosts": "onapp", "maintenance_batch": 2}
    return play(ansible, panel, "maintenance", *arguments, **{**every, **given})


def worked_on(done: Outcome) -> list[int]:
    """The ids of the virtual machines that were worked on."""
    return sorted(int(part.partition('"')[0]) for part in done.output.split('"worked on ')[1:])


def backed_up(panel: Simulator) -> list[int]:
    return sorted(entry["virtual_machine_id"] for entry in panel.counts()["backups_accepted"])


@pytest.fixture
def cloud(ansible: Ansible, panel: Simulator) -> Simulator:
    """A panel with `CLOUD` that builds backups in no time, and an inventory source for it."""
    panel.reset(cloud=CLOUD)
    panel.settings(build_seconds=0)
    ansible.source()
    return panel


def test_maintenance_makes_backups_first(ansible: Ansible, cloud: Simulator) -> None:
    """Stale hosts are backed up and worked on; one that cannot be is skipped, and the playbook fails at its end."""
    text = "check Location Group settings"
    cloud.faults([{"fault": "status", "status": 422, "text": text, "route": "create_disk_backup", "vm": 3}])
    done = maintain(ansible, cloud)
    assert done.status == 2, done.output
    assert worked_on(done) == [1, 2, 4]
    assert backed_up(cloud) == [2, 4]
    shown = squeezed(done.output)
    assert "Thishostisskipped,becauseithasnobackupofthelast6h." in shown
    assert "checkLocationGroupsettings" in shown and "theVMisnotbuilt" in shown
    assert done.output.count("PLAY [Maintain") == 3
    recap = done.output.split("PLAY RECAP")[1]
    assert recap.count("failed=1") == 2
    # The second run needs no backup; --limit excludes localhost, too.
    cloud.clear_faults()
    again = maintain(ansible, cloud, "--limit", "vm-1*,vm-2*,vm-4*")
    assert again.status == 0, again.output
    assert worked_on(again) == [1, 2, 4]
    assert backed_up(cloud) == [2, 4]


@pytest.mark.slow
def test_check_mode_starts_nothing(ansible: Ansible, cloud: Simulator) -> None:
    done = maintain(ansible, cloud, "--check", "--limit", "!vm-5*")
    assert done.status == 0, done.output
    assert worked_on(done) == [1, 2, 3, 4]
    assert backed_up(cloud) == []


@pytest.mark.slow
def test_maintenance_refuses(ansible: Ansible, cloud: Simulator) -> None:
    """More than one panel, a host without an id, a wrong age and refused credentials: nothing is worked on."""
    ansible.source("other")
    (ansible.folder / "static.ini").write_text("[onapp]\nstranger\n")
    for text, arguments, given in (
        ("The inventory comes from 2 sources", ["-i", "other.onapp.yml"], {}),
        ("1 of 6 hosts have no onapp_id, so no backup of them can be started: stranger.", ["-i", "static.ini"], {}),
        ("The option max_age is '4'", [], {"maintenance_max_backup_age": "4"}),
        ("The option max_age is ''", [], {"maintenance_max_backup_age": None}),
    ):
        done = maintain(ansible, cloud, *arguments, **given)
        assert done.status == 2, done.output
        assert squeezed(text) in squeezed(done.output), done.output
        assert (worked_on(done), backed_up(cloud)) == ([], [])
    cloud.faults([{"fault": "status", "status": 401, "route": "virtual_machine"}])
    done = maintain(ansible, cloud)
    assert done.status == 2 and worked_on(done) == [], done.output
    assert "refusesthecredentials" in squeezed(done.output)


@pytest.mark.slow
def test_fresh_backups(ansible: Ansible, cloud: Simulator) -> None:
    """Only hosts that are not protected in the inventory are read and backed up, in batches."""
    cloud.faults([{"fault": "build", "result": "disappears", "route": "create_disk_backup", "vm": 3}])
    done = play(ansible, cloud, "fresh_backups", fresh_backups_batch=2)
    assert done.status == 2, done.output
    assert backed_up(cloud) == [2, 3, 4]
    assert done.output.count("PLAY [Back up") == 2
    recap = done.output.split("PLAY RECAP")[1]
    assert recap.count("failed=1") == 1 and "vm-1" not in recap and "vm-5" not in recap
    assert squeezed("started: the newest recovery point of every disk is at most") in squeezed(done.output)
    cloud.clear_faults()
    again = play(ansible, cloud, "fresh_backups", fresh_backups_batch="100%")
    assert again.status == 0, again.output
    assert backed_up(cloud) == [2, 3, 3, 4]
    done = play(ansible, cloud, "fresh_backups")
    assert done.status == 0 and "skipping: no hosts matched" in done.output, done.output
