# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible's own commands as a user runs them, with nothing of this machine's Ansible settings around them."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import typing as t

import yaml
from ansible_collections.community.onapp.tests.simulator.process import Simulator

MODULE = "community.onapp.onapp_backup_info"
SECONDS = 100
# What a process needs to find its programs and its place for temporary files. Nothing else is handed on.
KEPT_VARIABLES = ("PATH", "TMPDIR")

Result = dict[str, t.Any]
Task = dict[str, t.Any]


class Outcome(t.NamedTuple):
    """How a command ended: exit status, standard output and error together, and the results of its tasks by name."""

    status: int
    output: str
    results: dict[str, Result]


def info(task: t.Mapping[str, t.Any] | None = None, /, **options: t.Any) -> Task:
    """A task that gathers backup facts; `task` holds keywords of the task itself, such as `vars`."""
    return {MODULE: options, **(task or {})}


def variables(panel: Simulator) -> dict[str, str]:
    """The environment variables that lead to a control panel."""
    return {"ONAPP_URL": panel.url, "ONAPP_USERNAME": panel.username, "ONAPP_PASSWORD": panel.password}


def options(panel: Simulator) -> dict[str, str]:
    """The module options that lead to a control panel."""
    return {"url": panel.url, "username": panel.username, "password": panel.password}


class Ansible:
    """Runs commands in a folder of their own, with the Ansible that belongs to this Python."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        (folder / "ansible.cfg").touch()
        search_path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        self._environment = {
            **{name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
            "PATH": search_path,
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "ANSIBLE_HOME": str(self.home / ".ansible"),
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_NOCOWS": "1",
        }

    def command(self, name: str, *arguments: str, environment: t.Mapping[str, str] | None = None) -> Outcome:
        """Run a command, such as `ansible-doc`."""
        whole = {**self._environment, **(environment or {})}
        program = shutil.which(name, path=whole["PATH"])
        assert program, f"there is no {name}"
        done = subprocess.run(
            [program, *arguments],
            cwd=self.folder,
            env=whole,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="backslashreplace",
            timeout=SECONDS,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, {})

    def tasks(
        self,
        tasks: t.Mapping[str, t.Mapping[str, t.Any]],
        *arguments: str,
        panel: Simulator | None = None,
        environment: t.Mapping[str, str] | None = None,
        play: t.Mapping[str, t.Any] | None = None,
    ) -> Outcome:
        """Run tasks on this machine in one play, whatever becomes of each, and hand back their results.

        `panel` is where they connect to unless they say otherwise; `play` holds further keywords of the play.
        """
        into = self.folder / "results.json"
        into.unlink(missing_ok=True)
        named = [{"name": name, **task, "register": name, "ignore_errors": True} for name, task in tasks.items()]
        collected = "{{ {" + ", ".join(f"'{name}': {name}" for name in tasks) + "} | to_json }}"
        keep = {"name": "results", "ansible.builtin.copy": {"content": collected, "dest": str(into), "mode": "0600"}}
        whole = {
            "name": "test",
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "module_defaults": {"group/community.onapp.onapp": options(panel) if panel else {}},
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            **(play or {}),
            "tasks": [*named, {**keep, "check_mode": False}],
        }
        playbook = self.folder / "playbook.yml"
        playbook.write_text(yaml.safe_dump([whole], allow_unicode=True, sort_keys=False), encoding="utf-8")
        done = self.command("ansible-playbook", *arguments, str(playbook), environment=environment)
        assert into.exists(), done.output
        return done._replace(results=json.loads(into.read_text(encoding="utf-8")))
