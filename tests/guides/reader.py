# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the commands of a guide from top to bottom, and compare their output with the guide."""

from __future__ import annotations

import json
import pathlib
import typing as t

import yaml

from .reading import SCREEN, Block, GuideError
from .screens import difference, read_screen
from .terminal import Terminal, TerminalError


def follow(blocks: t.Sequence[Block], folder: pathlib.Path, environment: t.Mapping[str, str]) -> int:
    """Save the files and run the commands of a guide in a folder. Returns the number of commands."""
    commands = 0
    with Terminal(folder, environment) as terminal:
        for block in blocks:
            try:
                if block.caption is not None:
                    path = folder / block.caption
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(block.text + "\n", encoding="utf-8")
                elif block.is_run:
                    commands += _run(block, terminal)
                check_form(block)
            except (GuideError, TerminalError, ValueError, yaml.YAMLError) as error:
                raise GuideError(f"block at line {block.line}: {error}") from None
    return commands


def _run(block: Block, terminal: Terminal) -> int:
    if block.kind != SCREEN:
        terminal.run(block.text, all_must_succeed=True)
        return 1
    commands = read_screen(block.text)
    for command in commands:
        status, output = terminal.run(command.text)
        wrong = difference(command.output, output)
        if status != command.status:
            wrong = f"it ends with the status {status}, not {command.status}"
        if wrong:
            raise GuideError(f"$ {command.text}\n{wrong}\nIt printed:\n{output}")
    return len(commands)


def check_form(block: Block) -> None:
    """Raise an error if YAML or JSON is not well-formed."""
    if block.kind in ("yaml", "yaml+jinja"):
        yaml.safe_load(block.text)
    elif block.kind == "json":
        json.loads(block.text)


def fragments(blocks: t.Sequence[Block]) -> list[dict[str, t.Any]]:
    """The plays in blocks that are not run, and a play with the tasks in them, for a syntax check."""
    plays: list[dict[str, t.Any]] = []
    tasks: list[dict[str, t.Any]] = []
    for block in blocks:
        if block.caption is None and block.kind in ("yaml", "yaml+jinja"):
            content = yaml.safe_load(block.text)
            for item in content if isinstance(content, list) else []:
                if isinstance(item, dict) and ("hosts" in item or "ansible.builtin.import_playbook" in item):
                    plays.append(item)
                elif isinstance(item, dict) and ("block" in item or any(key.count(".") >= 2 for key in item)):
                    tasks.append(item)
    return plays + ([{"name": "Tasks of the guide", "hosts": "localhost", "tasks": tasks}] if tasks else [])
