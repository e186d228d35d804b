# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a text may point to: addresses of a right form, and files that are there."""

from __future__ import annotations

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUTSIDE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
ADDRESS = re.compile(r"https://(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?(?:/[^\s<>\"]*)?(?:#[^\s<>\"]*)?|mailto:\S+@\S+\.\S+")
# A file of the collection is named by its whole path. What a placeholder or a pattern stands for is not looked for.
FILE = re.compile(r"(?:changelogs|docs|meta|playbooks|plugins|requirements|tests)/[\w./-]*\w/?")
PLACEHOLDER = re.compile(r"\b(?:NAME|NUMBER|VERSION)\b")
MADE = ("tests/output",)


def wrong_address(address: str) -> str | None:
    """What is wrong with the form of an address outside of this collection; None where nothing is."""
    if OUTSIDE.match(address) and not ADDRESS.fullmatch(address):
        return f"this address has not the form that it should have: {address}"
    return None


def is_there(text: str) -> bool:
    """Whether a file that is named like one of the collection is there; true for all other texts."""
    if not FILE.fullmatch(text) or PLACEHOLDER.search(text) or text.rstrip("/") in MADE:
        return True
    return (ROOT / text).exists()
