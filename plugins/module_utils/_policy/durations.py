# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Durations as users write and read them, and how a wrong value is told."""

from __future__ import annotations

import datetime
import difflib
import re
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterable

PATTERN = "[0-9]{1,6}[mhdw]"
DURATION = re.compile(r"([0-9]{1,6})([mhdw])")
CALENDAR_UNIT = re.compile(r"[0-9]+\s*(?:M|mo|mon|months?|y|yr|years?)")
UNIT_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
# Hours are what people compare backups in; days are shorter to read from the fourth day on.
DAYS_FROM = 3 * 86400


class PolicyError(ValueError):
    """A policy cannot be used. The message names the key and what to write instead."""


def duration(value: object, path: str = "the duration") -> int:
    """Seconds of a duration such as `30m`, `26h`, `7d` or `2w`. Raises PolicyError, naming `path`, for all else."""
    match = DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is not None and int(match.group(1)) > 0:
        return int(match.group(1)) * UNIT_SECONDS[match.group(2)]
    hint = ""
    if value is None:
        hint = ", which is no value"
    elif isinstance(value, bool):
        hint = ", which is true or false"
    elif isinstance(value, int):
        hint = ", a number without a unit (YAML 1.1 also turns an unquoted 16:00 into the number 960)"
    elif isinstance(value, float):
        hint = ", a number without a unit"
    elif match is not None:
        hint = ", which is no time at all"
    elif isinstance(value, str) and CALENDAR_UNIT.fullmatch(value.strip()):
        hint = ", but months and years have no fixed length, so write days or weeks"
    raise PolicyError(
        f"{path} is {shown(value)}{hint}; write a whole number above 0 and m, h, d or w, such as 30m, 26h, 7d or 2w"
    )


def duration_text(seconds: int) -> str:
    """A duration in its two largest units: `26h`, `3h 2m`, `4d 3h`, `26h 1s`, `0s`. Less than nothing is `0s`."""
    rest = max(0, seconds)
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        if unit == "d" and rest < DAYS_FROM:
            continue
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"


def nearest(word: object, known: Iterable[str]) -> str:
    """A question after the known word that is nearest, in brackets; nothing when none is near."""
    near = difflib.get_close_matches(word, list(known), n=1) if isinstance(word, str) else []
    return f" (did you mean {near[0]}?)" if near else ""


def shown(value: object) -> str:
    """A value that a user wrote, short and on one line for a message."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.date):
        return f"the {'time' if isinstance(value, datetime.datetime) else 'date'} {value.isoformat()}"
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, or lists in lists without end
        return "something too large to show"
    if not isinstance(value, str):
        text = " ".join(text.split())
    return text if len(text) <= 80 else text[:77] + "..."
