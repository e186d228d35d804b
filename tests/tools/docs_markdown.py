# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Markdown files of the repository: their links lead somewhere, and their blocks of code have a type."""

from __future__ import annotations

import pathlib
import re
import typing as t
import urllib.parse

from ansible_collections.community.onapp.tests.tools import checkout, docs_files
from markdown_it import MarkdownIt
from markdown_it.token import Token


def complaints(root: pathlib.Path) -> list[str]:
    """What is wrong in any Markdown file that git knows or would add, a line each."""
    names = checkout.names(root, "*.md")
    return [f"{name}:{line}: {text}" for name in names for line, text in check(root, root / name)]


def check(root: pathlib.Path, path: pathlib.Path) -> t.Iterator[tuple[int, str]]:
    """What is wrong in a Markdown file: the number of the line, and a sentence."""
    line = 1
    for token in _tokens(path):
        line = token.map[0] + 1 if token.map else line
        if token.type == "code_block" or (token.type == "fence" and not token.info.strip()):
            yield line, "this block of code has no type"
        for part in token.children or []:
            target = part.attrGet("href") or part.attrGet("src")
            if target is not None and (wrong := _wrong_target(root, path, str(target))):
                yield line, wrong
            if part.type == "code_inline" and not docs_files.is_there(part.content):
                yield line, f"{part.content} is not in the collection"


def _tokens(path: pathlib.Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))


def _wrong_target(root: pathlib.Path, path: pathlib.Path, target: str) -> str | None:
    if docs_files.OUTSIDE.match(target):
        return docs_files.wrong_address(target)
    name, _hash, anchor = urllib.parse.unquote(target).partition("#")
    file = (path.parent / name).resolve() if name else path
    if not file.is_relative_to(root):
        return f"this link leads out of the repository: {target}"
    if not file.exists():
        return f"there is no such file: {target}"
    if anchor and (file.suffix != ".md" or anchor not in anchors(file)):
        return f"there is no such heading: {target}"
    return None


def anchors(path: pathlib.Path) -> set[str]:
    """The anchors that GitHub makes of the headings of a file."""
    found: set[str] = set()
    tokens = _tokens(path)
    for opening, content in zip(tokens, tokens[1:], strict=False):
        if opening.type == "heading_open":
            words = "".join(part.content for part in content.children or [] if part.type in ("text", "code_inline"))
            name = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
            repeated = sum(1 for other in found if re.fullmatch(rf"{re.escape(name)}(-\d+)?", other))
            found.add(f"{name}-{repeated}" if repeated else name)
    return found
