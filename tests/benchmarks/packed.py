# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands that run a task with ansible-playbook, or its module alone as Ansible packs it."""

from __future__ import annotations

import json
import pathlib
import shutil
import sys
import typing as t

from ansible_collections.community.onapp.tests.benchmarks.measure import BIN, run


def playbook(folder: pathlib.Path, name: str, *tasks: t.Mapping[str, t.Any]) -> list[str]:
    """The command for a play with these tasks."""
    variables = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": tasks}
    path = folder / f"{name}.yml"
    path.write_text(json.dumps([play]), encoding="utf-8")
    return [str(BIN / "ansible-playbook"), str(path)]


def module(folder: pathlib.Path, environment: t.Mapping[str, str], name: str, task: t.Mapping[str, t.Any]) -> list[str]:
    """The command with which Ansible runs the module of a task, as Ansible itself made it.

    To make it, the task runs once, in this environment: where a panel comes from the environment, one with few virtual
    machines will do.
    """
    kept = folder / f"kept-{name}"
    keeping = {**environment, "ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TMP": str(kept)}
    run(playbook(folder, f"kept-{name}", task), keeping, folder)
    (made,) = kept.glob("*/AnsiballZ_*.py")
    return [sys.executable, shutil.move(str(made), str(folder / f"{name}.py"))]
