# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The faults guide lists every code with an example, every route, and every fault of the catalogue."""

from __future__ import annotations

import pathlib
import re

from ansible_collections.community.onapp.plugins.module_utils import _errors
from ansible_collections.community.onapp.tests.guides.reading import SCREEN, read_blocks
from ansible_collections.community.onapp.tests.unit.faults.catalogue import FAULTS, OUTCOMES, ROUTES, SAMPLED

ROOT = pathlib.Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "docs" / "docsite" / "rst" / "faults_guide.rst").read_text(encoding="utf-8")
ERRORS = [kind for kind in vars(_errors).values() if isinstance(kind, type) and issubclass(kind, _errors.OnAppError)]
# Codes of the module that creates backups, which the guide does not cover.
CODES = {kind.code for kind in ERRORS} - {"conflict", "failed", "timeout"}


def table(name: str) -> list[list[str]]:
    """The rows of a table of the guide, without the header."""
    (text,) = re.findall(rf"^\.\. {name}$(.*?)^\.\. end of {name}$", GUIDE, re.MULTILINE | re.DOTALL)
    rows = re.split(r"^   \* - ", text, flags=re.MULTILINE)[2:]
    return [re.split(r"\n     - ", row.strip()) for row in rows]


def test_each_code_is_explained_once() -> None:
    assert sorted(row[0] for row in table("codes")) == sorted(f"``{code}``" for code in CODES)
    assert {fault.code for fault in FAULTS.values() if fault.code} <= CODES
    assert {FAULTS[name].code for name in SAMPLED} == {None, *CODES} - {"tls"}


def test_each_code_has_an_example() -> None:
    shown = [re.findall(r'^ +"code": "(\w+)",$', block.text, re.MULTILINE) for block in read_blocks(GUIDE)]
    assert {code for codes in shown for code in codes} == CODES
    assert all(block.kind == SCREEN for block, codes in zip(read_blocks(GUIDE), shown, strict=True) if codes)


def test_each_route_has_its_outcome() -> None:
    assert [(row[0], row[2]) for row in table("routes")] == [
        (f"``{route.path}``", OUTCOMES[route.role]) for route in ROUTES.values()
    ]


def test_each_fault_has_its_code() -> None:
    assert table("faults") == [[fault.name, f"``{fault.code}``" if fault.code else "none"] for fault in FAULTS.values()]
