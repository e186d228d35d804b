# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module onapp_backup in plays: documentation, examples, and async."""

from __future__ import annotations

import json
import threading
import typing as t

import pytest
import yaml
from ansible_collections.community.onapp.tests.integration.runner import (
    Ansible,
    Outcome,
    Result,
    options,
    programs_for_async,
    variables,
)
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = pytest.mark.newest

MODULE = "community.onapp.onapp_backup"
STALE = "2020-01-01T00:00:00Z"
CLOUD = {"virtual_machines": [{"id": 1, "label": "db-01", "backups": [{"created_at": STALE, "built_at": STALE}]}]}


def task(**given: t.Any) -> dict[str, t.Any]:
    return {MODULE: {"virtual_machines": ["db-01"], "max_age": "6h", "poll_interval": 1, **given}}


def documentation(ansible: Ansible) -> Result:
    done = ansible.command("ansible-doc", "--json", MODULE)
    assert done.status == 0, done.output
    document: Result = json.loads(done.output)[MODULE]
    return document


def test_documentation_renders(ansible: Ansible) -> None:
    done = ansible.command("ansible-doc", MODULE)
    assert done.status == 0, done.output
    assert "WARNING" not in done.output and "ERROR" not in done.output
    for text in ("ONAPP_URL", "max_age", "does not rotate"):
        assert text in done.output


@pytest.mark.slow
def test_examples(ansible: Ansible, panel: Simulator) -> None:
    """Every example but for one poll interval, on a host without a recent backup."""
    panel.reset(cloud=CLOUD)
    panel.settings(build_seconds=0)
    examples = yaml.safe_load(documentation(ansible)["examples"])
    examples[-1]["poll"] = 1  # the only change: the example polls once a minute
    play = {
        "name": "examples",
        "hosts": "onapp",
        "gather_facts": False,
        "connection": "local",
        "vars": {
            "ansible_python_interpreter": str(programs_for_async(ansible.folder) / "python"),
            "ansible_async_dir": str(ansible.folder / "async"),
        },
        "module_defaults": {"group/community.onapp.onapp": options(panel)},
        "tasks": examples,
    }
    (ansible.folder / "examples.yml").write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    given = ["-i", ansible.source(**options(panel)), "examples.yml"]
    done = ansible.command("ansible-playbook", *given)
    assert done.status == 0, done.output
    assert "fresh: protected" in done.output
    assert len(panel.counts()["backups_accepted"]) == 1
    assert "ASYNC OK" in done.output


@pytest.mark.slow
def test_two_simultaneous_plays(ansible: Ansible, panel: Simulator) -> None:
    """The second play joins the backup of the first."""
    panel.reset(cloud=CLOUD)
    panel.settings(build_seconds=60)
    tasks = [{"name": "back up", "delegate_to": "localhost", **task(wait_timeout="5m")}]
    play = [{"name": "play", "hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks,
             "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}}]  # fmt: skip
    (ansible.folder / "play.yml").write_text(yaml.safe_dump(play), encoding="utf-8")
    found: list[Outcome] = []

    def run() -> None:
        found.append(ansible.command("ansible-playbook", "play.yml", environment=variables(panel)))

    threads = [threading.Thread(target=run) for _number in range(2)]
    threads[0].start()
    while not panel.counts()["backups_accepted"]:
        pass
    threads[1].start()
    while sum(entry["path"].endswith("/disks.json") for entry in panel.counts()["log"]) < 2:
        pass
    panel.advance(60)
    for thread in threads:
        thread.join()
    assert [done.status for done in found] == [0, 0], found
    assert sorted(done.output.count("changed=1 ") for done in found) == [0, 1]
    assert len(panel.counts()["backups_accepted"]) == 1
