# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run Ansible's commands as a user does, without the Ansible settings of this machine."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import typing as t

import yaml
from ansible_collections.community.onapp.plugins.plugin_utils._vms import Snapshot
from ansible_collections.community.onapp.tests.simulator.process import Simulator

MODULE = "community.onapp.onapp_backup_info"
PLUGIN = "community.onapp.onapp"
RESULTS = "results of the other tasks"
SECONDS = 280  # less than the limit of a test; busy machines are slow
# Variables to find programs and the folder for temporary files. No others are passed on.
KEPT_VARIABLES = ("PATH", "TMPDIR")

Result = dict[str, t.Any]
Task = dict[str, t.Any]


class Outcome(t.NamedTuple):
    """Exit status, standard output and error together, and the results of tasks by name."""

    status: int
    output: str
    results: dict[str, Result]


class Listing(t.NamedTuple):
    """The output of `ansible-inventory --list --export -y`: exit status, errors, output, and the parsed output."""

    status: int
    output: str
    text: str
    tree: dict[str, t.Any]

    @property
    def groups(self) -> dict[str, list[str]]:
        """The hosts of each group, and of the groups in it, by name. Groups without hosts are omitted."""
        found: dict[str, set[str]] = {}
        for name, hosts, _own in _walk("all", self.tree["all"]):
            found.setdefault(name, set()).update(hosts)
        return {name: sorted(hosts) for name, hosts in found.items()}

    @property
    def hosts(self) -> dict[str, dict[str, t.Any]]:
        """The variables of each host, by name. Variables of groups are not included."""
        found: dict[str, dict[str, t.Any]] = {}
        for _name, _hosts, own in _walk("all", self.tree["all"]):
            for host, values in own.items():
                found.setdefault(host, {}).update(values or {})
        return found

    def finds(self, text: str) -> int:
        """How often the standard error contains a text, which Ansible wraps, also at hyphens."""
        return squeezed(self.output).count(squeezed(text))

    @property
    def health(self) -> dict[str, t.Any]:
        """The variable `onapp_inventory`."""
        record: dict[str, t.Any] = self.tree["all"]["vars"]["onapp_inventory"]
        return record


def squeezed(text: str) -> str:
    """A text without white space."""
    return "".join(text.split())


def _walk(name: str, group: dict[str, t.Any]) -> t.Iterator[tuple[str, set[str], dict[str, t.Any]]]:
    own = group.get("hosts") or {}
    hosts = set(own)
    for child, content in (group.get("children") or {}).items():
        below = list(_walk(child, content or {}))
        hosts |= below[-1][1]
        yield from below
    yield name, hosts, own


def info(task: t.Mapping[str, t.Any] | None = None, /, **options: t.Any) -> Task:
    """A task that gathers backup facts; `task` holds keywords of the task itself, such as `vars`."""
    return {MODULE: options, **(task or {})}


def cached_text(stored: str | bytes) -> str:
    """The file of a cache plugin as text to search in."""
    content = json.loads(stored)
    if isinstance(content, dict):  # since ansible-core 2.19 it is JSON in JSON
        content = json.loads(content["__payload__"])
    snapshot = Snapshot.from_text(content)
    return json.dumps([snapshot.fetched_at, *snapshot.virtual_machines()], ensure_ascii=False)


def programs_for_async(folder: pathlib.Path) -> pathlib.Path:
    """The programs of this environment, through a link in a folder.

    Ansible cannot run asynchronous tasks with a Python whose path has a space, as that of a checkout may.
    """
    link = folder / "venv"
    link.symlink_to(sys.prefix)
    return link / "bin"


def variables(panel: Simulator) -> dict[str, str]:
    """The environment variables for a connection to a control panel."""
    return panel.variables


def options(panel: Simulator) -> dict[str, str]:
    """The module options for a connection to a control panel."""
    return {"url": panel.url, "username": panel.username, "password": panel.password}


class Ansible:
    """Runs commands in a folder of their own, with the Ansible that belongs to this Python, or lies in `programs`.

    `environment` is what all of them get besides.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        programs: pathlib.Path | None = None,
        environment: t.Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        (folder / "ansible.cfg").touch()
        programs = programs or pathlib.Path(sys.executable).parent
        search_path = os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)])
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
            **(environment or {}),
        }

    def command(self, name: str, *arguments: str, environment: t.Mapping[str, str] | None = None) -> Outcome:
        """Run a command, such as `ansible-doc`."""
        done = self._run(name, arguments, environment, subprocess.STDOUT)
        return Outcome(done.returncode, done.stdout, {})

    def python(self, *arguments: str, environment: t.Mapping[str, str] | None = None) -> Outcome:
        """Run this Python, which has Ansible's packages, and return its standard output alone."""
        done = self._run(sys.executable, arguments, environment, subprocess.PIPE)
        return Outcome(done.returncode, done.stdout if done.returncode == 0 else done.stderr, {})

    def _run(
        self, name: str, arguments: t.Sequence[str], environment: t.Mapping[str, str] | None, errors: int
    ) -> subprocess.CompletedProcess[str]:
        complete = {**self._environment, **(environment or {})}
        program = shutil.which(name, path=complete["PATH"])
        assert program, f"there is no {name}"
        return subprocess.run(
            [program, *arguments],
            cwd=self.folder,
            env=complete,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
            errors="backslashreplace",
            timeout=SECONDS,
            check=False,
        )

    def source(self, name: str = "cloud", /, **options: t.Any) -> str:
        """Write an inventory file of the plugin as JSON, which is YAML, and return its name."""
        path = self.folder / f"{name}.onapp.yml"
        path.write_text(json.dumps({"plugin": PLUGIN, **options}), encoding="utf-8")
        return path.name

    def inventory(
        self,
        *sources: str,
        panel: Simulator | None = None,
        arguments: t.Sequence[str] = (),
        environment: t.Mapping[str, str] | None = None,
    ) -> Listing:
        """The inventory of some sources; `panel` is their default control panel."""
        given = [part for source in sources for part in ("--inventory", source)]
        own = {**(variables(panel) if panel else {}), **(environment or {})}
        command = ["--list", "--export", "--yaml", *given, *arguments]
        done = self._run("ansible-inventory", command, own, subprocess.PIPE)
        tree = yaml.safe_load(done.stdout) if done.returncode == 0 else {}
        return Listing(done.returncode, done.stderr, done.stdout, tree)

    def tasks(
        self,
        tasks: t.Mapping[str, t.Mapping[str, t.Any]],
        *arguments: str,
        panel: Simulator | None = None,
        environment: t.Mapping[str, str] | None = None,
        play: t.Mapping[str, t.Any] | None = None,
    ) -> Outcome:
        """Run tasks on this machine in one play that ignores failures, and return their results.

        `panel` is where they connect to unless they say otherwise; `play` holds further keywords of the play.
        """
        named = [{"name": name, **task, "register": name, "ignore_errors": True} for name, task in tasks.items()]
        results = "{{ {" + ", ".join(f"'{name}': {name}" for name in tasks) + "} | to_json }}"
        complete = {
            "name": "test",
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "module_defaults": {"group/community.onapp.onapp": options(panel) if panel else {}},
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            **(play or {}),
            "tasks": [*named, {"name": RESULTS, "ansible.builtin.debug": {"msg": results}}],
        }
        playbook = self.folder / "playbook.yml"
        playbook.write_text(yaml.safe_dump([complete], allow_unicode=True, sort_keys=False), encoding="utf-8")
        done = self.command("ansible-playbook", *arguments, str(playbook), environment=environment)
        # The output without this last task, so that tests of it do not find what they find in the results.
        output, _task, shown = done.output.partition(f"TASK [{RESULTS}]")
        found = re.search(r'^    "msg": (".*")$', shown, re.MULTILINE)
        assert found, done.output
        return Outcome(done.status, output + shown[found.end() :], json.loads(json.loads(found[1])))
