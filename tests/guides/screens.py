# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Screens: the commands in a block of type `console`, and comparison of their output with the guide."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .reading import GuideError

ANYTHING = "..."
STATUS = re.compile(r"^\(exit status (?P<status>[1-9][0-9]*)\)$")


@dataclasses.dataclass(frozen=True)
class Command:
    """One command of a screen, with its output in the guide and its exit status."""

    text: str
    output: tuple[str, ...]
    status: int = 0


def read_screen(text: str) -> list[Command]:
    """The commands of a screen in order."""
    lines = text.splitlines()
    if not lines or not lines[0].startswith("$ "):
        raise GuideError("a screen begins with a command, '$ ...'")
    found = []
    at = 0
    while at < len(lines):
        typed = [lines[at][2:]]
        at += 1
        while at < len(lines) and (lines[at] == ">" or lines[at].startswith("> ")):
            typed.append(lines[at][2:])
            at += 1
        if typed[-1].endswith("\\"):
            raise GuideError(f"the line after {typed[-1]!r} begins with '> '")
        start = at
        while at < len(lines) and not lines[at].startswith("$ "):
            at += 1
        found.append(_command("\n".join(typed), lines[start:at]))
    return found


def _command(text: str, output: list[str]) -> Command:
    if not text.strip():
        raise GuideError("there is a '$ ' without a command")
    output = _trimmed(output)
    status = 0
    if output and (stated := STATUS.match(output[-1])):
        status = int(stated["status"])
        output = _trimmed(output[:-1])
    if wrong := [line for line in output if line.startswith("(exit status")]:
        raise GuideError(f"{wrong[0]!r}: a status is a number above 0 in the last line of its command")
    return Command(text, tuple(output), status)


def _trimmed(lines: t.Sequence[str]) -> list[str]:
    """Lines without white space at their ends, and without empty lines at the beginning and the end."""
    return "\n".join(line.rstrip() for line in lines).strip("\n").splitlines()


def difference(shown: t.Sequence[str], output: str) -> str | None:
    """The first difference between an output and the guide as a sentence, None if there is none."""
    printed = _trimmed(output.splitlines())
    reached = {0}  # the numbers of printed lines that the lines of the guide so far can match
    for line in shown:
        if line.strip() == ANYTHING:
            reached = set(range(min(reached), len(printed) + 1))
            continue
        pattern = re.compile(".*".join(map(re.escape, line.split(ANYTHING))))
        following = {at + 1 for at in reached if at < len(printed) and pattern.fullmatch(printed[at])}
        if not following:
            return f"this line of the screen does not come where it is shown: {line!r}"
        reached = following
    if len(printed) in reached:
        return None
    return f"the screen ends, but this comes after it: {printed[max(reached)]!r}"
