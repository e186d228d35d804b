# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-runner, which the automation controller runs jobs with, runs the playbooks of the installed archive."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
import yaml
from ansible_collections.community.onapp.tests.integration.runner import Ansible, Outcome, variables
from ansible_collections.community.onapp.tests.packaging.archive import PROGRAMS
from ansible_collections.community.onapp.tests.simulator.process import Simulator

CLOUD = {"virtual_machines": [{"id": 1, "backups": [{}]}, {"id": 2, "label": "bare", "backups": []}]}


class Runner:
    """A private data folder, and ansible-runner on it."""

    def __init__(self, folder: pathlib.Path, collections: pathlib.Path, panel: Simulator) -> None:
        self.data = folder / "data"
        for name in ("env", "inventory", "project"):
            (self.data / name).mkdir(parents=True)
        self._ansible = Ansible(folder, PROGRAMS)
        environment = {**variables(panel), "ANSIBLE_COLLECTIONS_PATH": str(collections)}
        (self.data / "env" / "envvars").write_text(yaml.safe_dump(environment))
        (self.data / "inventory" / "cloud.onapp.yml").write_text("plugin: community.onapp.onapp\n")

    def run(self, playbook: str) -> Outcome:
        """Run a playbook; what it leaves goes into the folder `artifacts/run`."""
        return self._ansible.command("ansible-runner", "run", str(self.data), "--ident", "run", "-p", playbook)

    def artifact(self, name: str) -> str:
        return (self.data / "artifacts" / "run" / name).read_text()

    def events(self) -> list[dict[str, t.Any]]:
        """The events of the run, in order."""
        paths = (self.data / "artifacts" / "run" / "job_events").glob("*-*.json")
        events = [json.loads(path.read_text()) for path in paths]
        return sorted(events, key=lambda event: int(event["counter"]))

    def holding(self, text: str) -> list[str]:
        """The names of what the run left with a text in it."""
        files = [path for path in (self.data / "artifacts").rglob("*") if path.is_file()]
        return [path.name for path in files if text in path.read_text()]


@pytest.fixture
def runner(tmp_path: pathlib.Path, installed: pathlib.Path, panel: Simulator) -> Runner:
    panel.reset(cloud=CLOUD)
    return Runner(tmp_path, installed, panel)


def results(runner: Runner, kind: str) -> dict[str, t.Any]:
    """The results of the tasks with that event, by the task's name; of several hosts, the last one's."""
    data = [event["event_data"] for event in runner.events() if event["event"] == kind]
    return {event["task"]: event["res"] for event in data}


def assert_secret(runner: Runner, done: Outcome, panel: Simulator) -> None:
    """The password is nowhere but where ansible-runner itself notes the environment, for the eyes of its owner."""
    assert panel.password not in done.output
    assert runner.holding(panel.password) == ["command"]
    assert (runner.data / "artifacts" / "run" / "command").stat().st_mode & 0o077 == 0


def test_facts(runner: Runner, panel: Simulator) -> None:
    done = runner.run("community.onapp.backup_facts")
    assert done.status == 0, done.output
    assert (runner.artifact("rc"), runner.artifact("status")) == ("0", "successful")
    found = results(runner, "runner_on_ok")["Ask the control panel"]
    assert [machine["backup"]["state"] for machine in found["virtual_machines"]] == ["protected", "unprotected"]
    assert runner.events()[-1]["event"] == "playbook_on_stats"
    assert_secret(runner, done, panel)


def test_maintenance(runner: Runner, panel: Simulator) -> None:
    done = runner.run("community.onapp.maintenance")
    assert done.status == 0, done.output
    worked = [e["event_data"] for e in runner.events() if e["event"] == "runner_on_ok"]
    assert {e["host"] for e in worked if e["task"] == "Show what would be maintained"} == {"vm-1"}
    assert_secret(runner, done, panel)


def test_maintenance_refuses_what_could_not_be_read(runner: Runner, panel: Simulator) -> None:
    panel.faults([{"fault": "status", "status": 500, "route": "backups", "vm": 2}])
    done = runner.run("community.onapp.maintenance")
    assert done.status == 2
    assert (runner.artifact("rc"), runner.artifact("status")) == ("2", "failed")
    assert (
        "The inventory is incomplete"
        in results(runner, "runner_on_failed")["Stop if the inventory is incomplete"]["msg"]
    )


def test_compliance(runner: Runner, panel: Simulator) -> None:
    """The reports lie in the folder of the project, which is where Ansible runs."""
    done = runner.run("community.onapp.backup_compliance")
    assert done.status == 2
    assert (runner.artifact("rc"), runner.artifact("status")) == ("2", "failed")
    failed = results(runner, "runner_on_failed")
    assert list(failed) == ["Stop if the policy is broken, or something could not be judged"]
    judged = results(runner, "runner_on_ok")["Judge all virtual machines"]
    assert judged["status"] == "non_compliant"
    folder = runner.data / "project" / "backup-reports"
    assert {report["path"] for report in judged["reports"]} == {str(path) for path in folder.iterdir()}
    assert json.loads((folder / "report.json").read_text())["status"] == "non_compliant"
    assert_secret(runner, done, panel)
