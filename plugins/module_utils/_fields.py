# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Single values as the control panel sends them, brought to one type each.

The panel's generations disagree: sizes are numbers or text (`"8"`), flags are JSON booleans or XML text, times carry
`Z`, `+03:00` or `.000+03:00`. A value that cannot be read becomes None, never a guess.
"""

from __future__ import annotations

import datetime
import functools
import re
import typing as t

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
HOUR_AND_MINUTE = re.compile(r"[T ]([0-9]{2}):([0-9]{2}):")
SECOND_AND_OFFSET = re.compile(r"([0-9]{2})(?:\.[0-9]+)?\s?(Z|UTC|[+-][0-9]{2}:?[0-9]{2})?")
CONTAINERS = frozenset((dict, list))
EPOCH_DAY = datetime.date(1970, 1, 1).toordinal()
INTEGER = re.compile(r"[+-]?[0-9]{1,18}(?:\.0+)?")
SECRET_NAME = re.compile(
    r"passw|passphrase|secret|token|credential|(?:^|[_-])keys?(?:$|[_-])|api_?key|private_?key", re.IGNORECASE
)


class Instant(t.NamedTuple):
    """A time read from the panel.

    `seconds` is UTC seconds since 1970, None where nothing could be read. `problem` is None, `missing` (null, absent
    or empty), `unparsable`, or `no_offset` (read, but the panel did not say in which zone).
    """

    seconds: int | None
    problem: str | None


def as_integer(value: t.Any) -> int | None:
    """A whole number, from a number or its text; None for anything else (`true` is no number)."""
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and INTEGER.fullmatch(value.strip()):
        return int(value.strip().partition(".")[0])
    return None


def as_boolean(value: t.Any) -> bool | None:
    """A flag, from JSON's own, from 0 and 1, or from their text; None for anything else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, str)):
        return {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower())
    return None


def as_text(value: t.Any) -> str | None:
    """Text as it was sent; numbers and flags as their JSON text; None for null, for `""` and for containers."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return None


# The parts of a time come again and again in the rows of a cloud: each is read once and remembered.


@functools.lru_cache(maxsize=4096)
def _days(text: str) -> int | None:
    """Days from 1970-01-01 to a date `YYYY-MM-DD`; None when it is none, or there is no such day."""
    try:
        day = datetime.date(int(text[:4]), int(text[5:7]), int(text[8:])) if DATE.fullmatch(text) else None
    except ValueError:
        return None
    return None if day is None else day.toordinal() - EPOCH_DAY


@functools.lru_cache(maxsize=4096)
def _minutes(text: str) -> int | None:
    """Seconds from midnight to `T05:12:`; None when it is no such text."""
    match = HOUR_AND_MINUTE.fullmatch(text)
    if match is None or int(match.group(1)) > 23 or int(match.group(2)) > 59:
        return None
    return int(match.group(1)) * 3600 + int(match.group(2)) * 60


@functools.lru_cache(maxsize=4096)
def _seconds(text: str) -> tuple[int, bool] | None:
    """Seconds of `33Z` or `33.000+03:00` less its offset, and whether it has one; None when it is no such text."""
    match = SECOND_AND_OFFSET.fullmatch(text)
    if match is None or int(match.group(1)) > 59:
        return None
    if match.group(2) is None:
        return int(match.group(1)), False
    offset = _offset(match.group(2))
    return None if offset is None else (int(match.group(1)) - offset, True)


def _offset(text: str) -> int | None:
    """Seconds east of UTC of `Z`, `+03:00` or `+0300`; None when it is beyond a day."""
    if text in ("Z", "UTC"):
        return 0
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 23 or minutes > 59:
        return None
    return (hours * 3600 + minutes * 60) * (-1 if text[0] == "-" else 1)


def as_instant(value: t.Any, naive_as: datetime.tzinfo = datetime.timezone.utc) -> Instant:
    """A time in ISO 8601 with `Z` or an offset; fractions of a second are dropped.

    A time without an offset is read in the zone `naive_as` and told by the problem `no_offset`. Of a local time that
    a change of clocks repeats, the earlier is taken.
    """
    if value is None or value == "":
        return Instant(None, "missing")
    if not isinstance(value, str):
        return Instant(None, "unparsable")
    text = value.strip()
    days, minutes, rest = _days(text[:10]), _minutes(text[10:17]), _seconds(text[17:])
    if days is None or minutes is None or rest is None:
        return Instant(None, "unparsable")
    seconds, has_offset = rest
    seconds += days * 86400 + minutes
    if has_offset:
        return Instant(seconds, None)
    if naive_as is datetime.timezone.utc:
        return Instant(seconds, "no_offset")
    try:
        wall = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
        return Instant(int(wall.replace(tzinfo=naive_as).timestamp()), "no_offset")
    except (OverflowError, ValueError):
        return Instant(None, "unparsable")


def utc_text(seconds: int | None) -> str | None:
    """UTC seconds since 1970 as `YYYY-MM-DDTHH:MM:SSZ`; None stays None, and so does what no calendar holds."""
    if seconds is None:
        return None
    day, rest = divmod(seconds, 86400)
    if not 1 <= day + EPOCH_DAY <= datetime.date.max.toordinal():
        return None
    return f"{_day_text(day)}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}Z"


@functools.lru_cache(maxsize=4096)
def _day_text(day: int) -> str:
    return datetime.date.fromordinal(day + EPOCH_DAY).isoformat()


def moment(text: str) -> int:
    """A time that a user wrote, as UTC seconds: a date (its first second) or a date and time; no offset means UTC.

    Raises ValueError when it is neither.
    """
    spec = text.strip()
    seconds = as_instant(spec + "T00:00:00Z" if DATE.fullmatch(spec) else spec).seconds
    if seconds is None:
        raise ValueError("write it as 2026-03-30T06:00:00Z, or as a date such as 2026-03-30")
    return seconds


def containers_in(value: t.Any) -> list[t.Any]:
    """The lists and dictionaries directly in a JSON list or dictionary; most rows hold none, which costs little."""
    items = value.values() if isinstance(value, dict) else value
    return [] if CONTAINERS.isdisjoint(map(type, items)) else [item for item in items if isinstance(item, (dict, list))]


def remove_secrets(value: t.Any) -> t.Any:
    """Remove from a JSON value, in place and at any depth, every entry whose name tells of a password, key or token."""
    if isinstance(value, dict):
        for name in _secret_names(tuple(value)):
            del value[name]
    if isinstance(value, (dict, list)):
        for item in containers_in(value):
            remove_secrets(item)
    return value


@functools.lru_cache(maxsize=1024)
def _secret_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of a row's field names that are secrets. Rows of one list share their names, so this is a look-up."""
    return tuple(name for name in names if SECRET_NAME.search(name))
