# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text for messages, warnings, playbook output and report headers: cleaned tenant text, counts and lists of ids."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

# Character classes, as the inside of a regular expression's brackets.
CONTROLS = "\x00-\x1f\x7f-\x9f"
LINE_SEPARATORS = "\u2028\u2029"
DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
INVISIBLE = "\xad\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
SURROGATES = "\ud800-\udfff"
NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)

# What XML 1.0 cannot hold, escaped or not. A negated class takes ten times as long to compile.
XML_FORBIDDEN = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f{SURROGATES}\ufffe\uffff]")

TEXT_LIMIT = 200
NAME_LIMIT = 255
IDS_SHOWN = 10
# Colours and cursor movements of a terminal, whole; any other escape loses its control character alone.
_TERMINAL_SEQUENCE = re.compile("(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]")
_UNPRINTABLE = re.compile(f"[{CONTROLS}{LINE_SEPARATORS}{DIRECTIONS}{INVISIBLE}{SURROGATES}{NONCHARACTERS}]+")
# Azure Pipelines and TeamCity read `##vso[` and `##teamcity[` anywhere in a line, GitHub reads `::name::` where a line
# starts, and ansible-core folds long lines anywhere.
_COMMAND_MARK = re.compile("#(?=#)|:(?=:)")


def printable(value: object, limit: int = TEXT_LIMIT, redact: Callable[[str], str] = str) -> str:
    """One line of at most `limit` characters that neither a terminal nor a CI system takes as a command.

    For every text of a tenant or of the panel that is shown to a user. `redact` removes credentials from a text; it is
    also applied to the cleaned text, because cleaning may put the parts of a credential together.
    """
    text = _UNPRINTABLE.sub(" ", _TERMINAL_SEQUENCE.sub(" ", redact(str(value))))
    line = _COMMAND_MARK.sub(r"\g<0> ", redact(" ".join(text.split())))
    return shortened(line, limit)


def shortened(text: str, limit: int = NAME_LIMIT) -> str:
    """A text of at most `limit` characters, so that no label makes a report too large for its readers."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def vm_named(number: int, label: object) -> str:
    """A virtual machine in words: `virtual machine 57 (web-07)`, without a label `virtual machine 57`."""
    text = "" if label is None else printable(label)
    return f"virtual machine {number} ({text})" if text else f"virtual machine {number}"


def counted(number: int, what: str, form: str = "") -> str:
    """A number and what is counted: `1 disk`, `2 disks`, and in the form `,` also `5,000 disks`."""
    return f"{number:{form}} {what}{'' if number == 1 else 's'}"


def some_of(texts: Sequence[str], most: int = 5) -> str:
    """The first of some texts for one sentence, and how many more there are."""
    more = len(texts) - most
    return "; ".join(texts[:most]) + (f"; and {more} more" if more > 0 else "")


def ids_named(what: str, ids: Sequence[int]) -> str:
    """Ids in words: `disk 1`, `disks 1, 2`; of many, the first ten and the number of the others."""
    more = f" and {len(ids) - IDS_SHOWN} more" if len(ids) > IDS_SHOWN else ""
    return f"{what}{'s' if len(ids) > 1 else ''} {', '.join(str(number) for number in ids[:IDS_SHOWN])}{more}"
