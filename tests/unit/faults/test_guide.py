# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide has each code of a failure, with what it means, what to do, and a screen that shows it."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.community.onapp.plugins.module_utils import _errors
from ansible_collections.community.onapp.tests.faults.page import PAGE
from ansible_collections.community.onapp.tests.guides.reading import SCREEN, read_blocks

GUIDE = PAGE.read_text(encoding="utf-8")


def kinds(error: type[_errors.OnAppError]) -> t.Iterator[type[_errors.OnAppError]]:
    for kind in error.__subclasses__():
        yield kind
        yield from kinds(kind)


# The guide is about reading; these codes are those of the module that creates backups.
CODES_OF_WRITES = {"conflict", "failed", "timeout"}
CODES = {kind.code for kind in kinds(_errors.OnAppError)} - CODES_OF_WRITES


def test_each_code_is_explained_once() -> None:
    (table,) = re.findall(r"^\.\. codes$(.*?)^\.\. end of codes$", GUIDE, re.MULTILINE | re.DOTALL)
    cells = re.findall(r"^   [* ] - (.+)$", table, re.MULTILINE)
    heading, *rows = [tuple(cells[start : start + 3]) for start in range(0, len(cells), 3)]
    assert heading == ("Code", "Meaning", "What to do")
    assert sorted(row[0] for row in rows) == sorted(f"``{code}``" for code in CODES)


def test_each_code_is_shown() -> None:
    shown = [re.findall(r'^ +"code": "(\w+)",$', block.text, re.MULTILINE) for block in read_blocks(GUIDE)]
    assert {code for codes in shown for code in codes} == CODES
    assert all(block.kind == SCREEN for block, codes in zip(read_blocks(GUIDE), shown, strict=True) if codes)
