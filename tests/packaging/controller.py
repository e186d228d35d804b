# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the automation controller does with the examples: projects, credentials, inventory updates and jobs.

Credentials are handed over by AWX's own code. Commands are the ones that AWX runs, in the folders that it makes, except
that /runner, where they lie in the container, is a folder of the test.
"""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import subprocess
import typing as t

import yaml
from ansible_collections.community.onapp.tests.integration.runner import Ansible, Outcome
from ansible_collections.community.onapp.tests.packaging.archive import PROGRAMS, ROOT

EXAMPLES = ROOT / "docs" / "examples" / "controller"
GUIDE = ROOT / "docs" / "docsite" / "rst" / "automation_controller_guide.rst"

# What AWX sets for every inventory update.
UPDATE = {
    "INVENTORY_UPDATE_ID": "1",
    "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
    "ANSIBLE_INVENTORY_EXPORT": "True",
    "ANSIBLE_VERBOSE_TO_STDERR": "True",
    "ANSIBLE_HOST_PATTERN_MISMATCH": "error",
}
SCRIPT = "#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint({!r})\n"  # an inventory as AWX gives it to a job


def imported(name: str) -> dict[str, t.Any]:
    """An example for `awx import`."""
    read: dict[str, t.Any] = yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))
    return read


def credential_type() -> dict[str, t.Any]:
    """The credential type."""
    (found,) = imported("credential-type.yml")["credential_types"]
    described: dict[str, t.Any] = found
    return described


def shown_files() -> dict[str, str]:
    """The files that the guide shows, by name."""
    text = GUIDE.read_text(encoding="utf-8")
    pattern = r"^\.\. code-block:: \S+\n {4}:caption: (\S+)\n\n((?: {4}.*\n|\n(?= {4}|\n))+)"
    found = re.findall(pattern, text, re.MULTILINE)
    return {name: "\n".join(line[4:] for line in block.rstrip().splitlines()) + "\n" for name, block in found}


class Injected(t.NamedTuple):
    """The environment that a credential gives to a job, and the same as AWX shows and keeps it."""

    environment: dict[str, str]
    shown: dict[str, str]


class Controller:
    """A controller with the project of the examples and the installed collection, as far as it matters to jobs."""

    def __init__(self, folder: pathlib.Path, collections: pathlib.Path) -> None:
        self.data = folder / "runner"
        self.project = self.data / "project"
        shutil.copytree(EXAMPLES / "project", self.project)
        (self.project / "maintenance.yml").write_text(shown_files()["maintenance.yml"], encoding="utf-8")
        (self.data / "env").mkdir()
        # The controller has no settings of its own, so those of the project hold.
        self._environment = {
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            "ANSIBLE_CONFIG": str(self.project / "ansible.cfg"),
        }
        (folder / "at").mkdir()
        self._runner = Ansible(folder / "at", PROGRAMS)
        self._inventory = Ansible(self.project, PROGRAMS)
        self.written = self.data / "output.json"

    def inject(self, **inputs: str | bool) -> Injected:
        """What a credential with these inputs gives to a job."""
        given = {"type": credential_type(), "inputs": inputs, "folder": str(self.data)}
        command = [str(PROGRAMS / "python"), "-P", str(pathlib.Path(__file__).with_name("inject.py"))]
        done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert answer["arguments"] == []
        environment = {
            name: value.replace("/runner/", f"{self.data}/") if name == "ONAPP_CA_PATH" else value
            for name, value in answer["environment"].items()
        }
        return Injected(environment, answer["shown"])

    def update(self, credential: Injected) -> Outcome:
        """Update the inventory from its source; a status other than 0 fails the update, and nothing is saved then."""
        (source,) = imported("backups.yml")["inventory_sources"]
        command = ["ansible-inventory", "--list", "--export", "-i", str(self.project / source["source_path"])]
        command += ["--output", str(self.written), "--playbook-dir", str(self.project), "-vvv"]
        environment = {**self._environment, **UPDATE, **credential.environment}
        return self._inventory.command(*command, environment=environment)

    def job(self, template: str, credential: Injected | None = None, **variables: t.Any) -> Outcome:
        """Run a job of a template, on the inventory of the last update."""
        (job,) = [entry for entry in imported("backups.yml")["job_templates"] if entry["name"] == template]
        (self.data / "inventory").mkdir(exist_ok=True)
        script = self.data / "inventory" / "hosts"
        script.write_text(SCRIPT.format(self.written.read_text() if self.written.exists() else "{}"))
        script.chmod(0o700)
        command = ["run", str(self.data), "--ident", "job", "-p", job["playbook"]]
        (self.data / "env" / "extravars").write_text(json.dumps(variables))
        environment = {**self._environment, **(credential.environment if credential else {})}
        (self.data / "env" / "envvars").write_text(yaml.safe_dump(environment))
        shutil.rmtree(self.data / "artifacts", ignore_errors=True)
        return self._runner.command("ansible-runner", *command)

    def events(self) -> list[dict[str, t.Any]]:
        """The events of the last job, which are what its page shows."""
        paths = (self.data / "artifacts" / "job" / "job_events").glob("*-*.json")
        return sorted((json.loads(path.read_text()) for path in paths), key=lambda event: int(event["counter"]))
