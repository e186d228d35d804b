# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parse the code blocks of a guide by rules with which a test can run guides as a reader does.

A test runs each file docs/docsite/rst/*_guide.rst from top to bottom in one empty folder and one shell. ONAPP_URL,
ONAPP_USERNAME and ONAPP_PASSWORD lead to the simulated control panel that `make simulator` starts.

* A block with `:caption: NAME` is a file, which the reader saves in the folder under that name.
* A block of type `console` is a screen. A line that begins with `$ ` is a command. Where a command goes on, the next
  line begins with `> `. What follows is its output, all of it: `...` stands for any text within a line and, alone on a
  line, for any lines. A command that ends with another status than 0 says so in a last line, `(exit status 2)`.
* A block of type `shell` or `bash` is run, too. All of its commands must succeed, their output does not matter.
* Blocks of other types are read only. Those of YAML and JSON must be well-formed, and the tasks and plays among them
  are checked as far as `ansible-playbook --syntax-check` does.
* `.. not run: REASON`, right above a block, exempts it. The test has a list of these.

Everything else that makes a block of code is an error: a block without a type, a paragraph that ends with two colons,
a directive or an option of a block that is not named here, a screen of another type.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
import textwrap

SCREEN = "console"
RUN = ("bash", "shell")
READ = ("csv", "diff", "groovy", "html", "ini", "jinja", "json", "python", "rst", "text", "xml", "yaml", "yaml+jinja")
TYPES = (SCREEN, *RUN, *READ)

DIRECTIVE = re.compile(r"^(?P<indent> *)\.\. (?P<name>[a-z][a-z-]*)::(?: +(?P<argument>.*?))? *$")
NOT_RUN = re.compile(r"^ *\.\. not run:(?P<reason>.*)$")
OPTION = re.compile(r"^(?P<indent> *):(?P<name>[a-z-]+):(?P<value>.*)$")
OTHER_CODE = ("code", "highlight", "literalinclude", "parsed-literal", "prompt", "sourcecode")


class GuideError(Exception):
    """Raised if a guide breaks the rules; the text has the line and the reason."""


@dataclasses.dataclass(frozen=True)
class Block:
    """A code block: first line, type, file name, reason for not running it, and content."""

    line: int
    kind: str
    caption: str | None
    not_run: str | None
    text: str

    @property
    def is_run(self) -> bool:
        """Whether commands in it are run."""
        return self.not_run is None and self.caption is None and self.kind in (SCREEN, *RUN)


def read_blocks(text: str) -> list[Block]:
    """All code blocks of a guide in order."""
    lines = text.splitlines()
    found: list[Block] = []
    reason: str | None = None  # from the comment above the block
    at = 0
    while at < len(lines):
        number, line = at + 1, lines[at]
        at += 1
        mark, directive = NOT_RUN.match(line), DIRECTIVE.match(line)
        if reason is not None and line.strip() and not (directive and directive["name"] == "code-block"):
            raise GuideError(f"line {number}: 'not run' has no code block below it")
        if mark:
            reason = mark["reason"].strip()
            if not reason:
                raise GuideError(f"line {number}: 'not run' needs a reason")
        elif directive and directive["name"] in OTHER_CODE:
            raise GuideError(f"line {number}: write '.. code-block:: TYPE' instead of '{directive['name']}'")
        elif directive and directive["name"] == "code-block":
            content, at = _indented(lines, at, len(directive["indent"]))
            found.append(_block(number, directive["argument"] or "", reason, content))
            reason = None
        elif line.endswith("::") and not directive:
            raise GuideError(f"line {number}: a block after '::' has no type, write '.. code-block:: TYPE'")
    if reason is not None:
        raise GuideError("the last 'not run' has no code block below it")
    return found


def _indented(lines: list[str], at: int, indent: int) -> tuple[list[str], int]:
    """The lines from `at` on that are empty or further in than `indent`, and where they end."""
    end = at
    while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip(" ")) > indent):
        end += 1
    return lines[at:end], end


def _block(number: int, kind: str, reason: str | None, content: list[str]) -> Block:
    if kind not in TYPES:
        raise GuideError(f"line {number}: the type of a code block is one of {', '.join(TYPES)}, not {kind!r}")
    options: dict[str, str] = {}
    indents = set()
    while content and (option := OPTION.match(content[0])):
        options[option["name"]] = option["value"].strip()
        indents.add(len(option["indent"]))
        content = content[1:]
    if content and content[0].strip():
        raise GuideError(f"line {number}: an empty line belongs above the content of a code block")
    text = textwrap.dedent("\n".join(content)).strip("\n")
    if not text.strip():
        raise GuideError(f"line {number}: the code block is empty")
    if indents and indents != {min(len(line) - len(line.lstrip()) for line in content if line.strip())}:
        raise GuideError(f"line {number}: the content belongs right below the options, no further in or out")
    if unknown := sorted(options.keys() - {"caption"}):
        raise GuideError(f"line {number}: no such option here: {', '.join(unknown)}")
    caption = options.get("caption")
    if caption is not None:
        path = pathlib.PurePosixPath(caption)
        if not path.name or path.is_absolute() or ".." in path.parts or caption.split() != [caption]:
            raise GuideError(f"line {number}: {caption!r} is no name of a file in the reader's folder")
        if kind == SCREEN or reason is not None:
            raise GuideError(f"line {number}: a file is neither a screen nor run, so it has no such mark or type")
    if reason is not None and kind in READ:
        raise GuideError(f"line {number}: a block of type {kind} is never run, so it needs no mark")
    if kind in READ and caption is None and re.search(r"^\$ ", text, re.MULTILINE):
        raise GuideError(f"line {number}: a screen is of type {SCREEN}")
    return Block(number, kind, caption, reason, text)
