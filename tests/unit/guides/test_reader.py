# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reader runs the commands of a guide in one shell, and reports every difference from the guide."""

from __future__ import annotations

import os
import pathlib
import time

import pytest
from ansible_collections.community.onapp.tests.guides.reader import follow, fragments
from ansible_collections.community.onapp.tests.guides.reading import Block, GuideError
from ansible_collections.community.onapp.tests.guides.terminal import Terminal, TerminalError

ENVIRONMENT = {"PATH": os.environ["PATH"], "GIVEN": "what the reader has"}


def block(kind: str, text: str, caption: str | None = None, not_run: str | None = None) -> Block:
    return Block(7, kind, caption, not_run, text)


def test_variables_folders_and_files_persist(tmp_path: pathlib.Path) -> None:
    blocks = [
        block("yaml", "a: 1", "below/here.yml"),
        block("shell", "cd below\nexport NAME='two  words'"),
        block("bash", "exit 1", not_run="it ends the shell"),
        block("console", '$ cat here.yml; pwd\na: 1\n.../below\n$ echo "$NAME"; cat\ntwo  words'),
        block("console", "$ echo $GIVEN; echo to the other stream >&2\nwhat the reader has\nto the other stream"),
        block("console", "$ printf unended; false\nunended\n(exit status 1)\n$ echo on\non"),
    ]
    assert follow(blocks, tmp_path, ENVIRONMENT) == 6


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (block("console", "$ echo two\none"), "does not come where it is shown: 'one'\nIt printed:\ntwo"),
        (block("console", "$ false"), "it ends with the status 1, not 0"),
        (block("console", "$ true\n(exit status 2)"), "it ends with the status 0, not 2"),
        (block("console", "$ echo 'unclosed"), "it ends with the status"),
        (block("console", "$ no-such-command-here"), "it ends with the status 127, not 0"),
        (block("console", "$ exit 3"), "the shell ended with 3"),
        (block("shell", "false\ntrue"), "the shell ended with 1"),
        (block("shell", "echo 'unclosed"), "the shell ended with"),
        (block("yaml", "a: [1"), "expected ',' or ']'"),
        (block("json", "{"), "Expecting property name"),
        (block("yaml+jinja", "a: {{ b }}\nc: [", "x.yml"), "while parsing"),
    ],
)
def test_differences_are_errors(given: Block, message: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(GuideError) as error:
        follow([given], tmp_path, ENVIRONMENT)
    assert str(error.value).startswith("block at line 7: ")
    assert message in str(error.value)


def test_endless_command_is_killed(tmp_path: pathlib.Path) -> None:
    with Terminal(tmp_path, ENVIRONMENT) as terminal, pytest.raises(TerminalError, match="takes longer than 1 s"):
        terminal.run("echo $$ > pid; sleep 1000", seconds=1)
    shell = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 10
    while pathlib.Path(f"/proc/{shell}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_nothing_is_run_after_the_end(tmp_path: pathlib.Path) -> None:
    with Terminal(tmp_path, ENVIRONMENT) as terminal:
        with pytest.raises(TerminalError, match="the shell ended with 3"):
            terminal.run("exit 3")
        with pytest.raises(TerminalError):
            terminal.run("touch here")
    assert not (tmp_path / "here").exists()


def test_plays_and_tasks_that_are_not_run() -> None:
    play = {"hosts": "all", "tasks": []}
    task = {"name": "x", "ansible.builtin.debug": {"msg": "y"}}
    blocks = [
        block("yaml", "- hosts: all\n  tasks: []"),
        block("yaml+jinja", "- name: x\n  ansible.builtin.debug: {msg: y}"),
        block("yaml", "- hosts: saved", "saved.yml"),
        block("yaml", "- id: EX-1\n  match: {label: 'a.b.c'}"),
        block("yaml", "plugin: community.onapp.onapp"),
        block("text", "- hosts: all"),
    ]
    assert fragments(blocks) == [play, {"name": "Tasks of the guide", "hosts": "localhost", "tasks": [task]}]
    assert fragments(blocks[2:]) == []
