# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Kinds of single values in a policy, with their JSON Schema, and the parts of error messages."""

from __future__ import annotations

import datetime
import difflib
import re
import typing as t
import zoneinfo

from ansible_collections.community.onapp.plugins.module_utils._fields import as_boolean, as_integer

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Schema = dict[str, t.Any]

UNIT_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
# Backups are compared in hours; from the fourth day on, days are easier to read.
DAYS_FROM = 3 * 86400
# Shorter lists of words are shown without a guess.
GUESS_FROM = 5
MOST_ID = 10**15

DURATION_TEXT = re.compile(r"([0-9]{1,6})([mhdw])")
CALENDAR_UNIT = re.compile(r"[0-9]+\s*(?:M|mo|mon|months?|y|yr|years?)")
TIME_OF_DAY_TEXT = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
DATE_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
PERCENT_TEXT = re.compile(r"([0-9]{1,3})\s*%")
DECIMAL_TEXT = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


class PolicyError(ValueError):
    """A policy cannot be used. The message names the key and what to write instead."""


def nearest(word: object, known: Iterable[str]) -> str:
    """A hint in parentheses at the known word that is most similar; empty if none is."""
    near = difflib.get_close_matches(word, list(known), n=1) if isinstance(word, str) else []
    return f" (did you mean {near[0]}?)" if near else ""


def shown(value: object) -> str:
    """A value that a user wrote, for a message: one line of at most 80 characters."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.date):
        return f"the {'time' if isinstance(value, datetime.datetime) else 'date'} {value.isoformat()}"
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, or deeply nested lists
        return "something too large to show"
    if not isinstance(value, str):
        text = " ".join(text.split())
    return text if len(text) <= 80 else text[:77] + "..."


class Value(t.NamedTuple):
    """A kind of value: `parse` returns the parsed value, or None if it is invalid.

    `spec` and `hint` are parts of the error message: `path is …{hint}; write {spec}`.
    """

    spec: str
    parse: Callable[[t.Any], t.Any]
    schema: Schema
    hint: Callable[[t.Any], str] = lambda value: ""

    def __call__(self, value: t.Any, path: str) -> t.Any:
        parsed = self.parse(value)
        if parsed is None:
            raise PolicyError(f"{path} is {shown(value)}{self.hint(value)}; write {self.spec}")
        return parsed


def text(spec: str, **schema: t.Any) -> Value:
    """A text that is not blank."""
    return Value(spec, _parse_text, {"type": "string", "pattern": r"\S", **schema})


def choice(*words: str) -> Value:
    """One of some words."""
    return Value(
        " or ".join(words),
        lambda value: str(value) if isinstance(value, str) and value in words else None,
        {"enum": list(words)},
        lambda value: nearest(value, words) if len(words) >= GUESS_FROM else "",
    )


def integer(least: int, most: int) -> Value:
    """A whole number in a range."""

    def parse(value: t.Any) -> int | None:
        number = as_integer(value)
        return None if number is None or not least <= number <= most else int(number)

    schema = {"type": "integer", "minimum": least, "maximum": most}
    return Value(f"a whole number from {least} to {most}", parse, schema)


def number(above: float, most: float) -> Value:
    """A number above `above`, up to `most`."""

    def parse(value: t.Any) -> float | None:
        if isinstance(value, str) and DECIMAL_TEXT.fullmatch(value.strip()):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not above < value <= most:
            return None
        return float(value)

    schema = {"type": "number", "exclusiveMinimum": above, "maximum": most}
    return Value(f"a number above {above:g} and up to {most:g}", parse, schema)


def _match(pattern: re.Pattern[str], value: object) -> re.Match[str] | None:
    return pattern.fullmatch(value.strip()) if isinstance(value, str) else None


def _parse_text(value: object) -> str | None:
    # Ansible's tagged text becomes plain text, because it ends in facts and reports.
    return str(value) if isinstance(value, str) and value.strip() else None


def _parse_duration(value: object) -> int | None:
    match = _match(DURATION_TEXT, value)
    return (int(match[1]) * UNIT_SECONDS[match[2]] or None) if match else None


def _duration_hint(value: object) -> str:
    if value is None or isinstance(value, bool):
        return ", which is not a duration"
    if isinstance(value, int):
        return ", a number without a unit (YAML 1.1 also turns an unquoted 16:00 into the number 960)"
    if isinstance(value, float):
        return ", a number without a unit"
    return ", but months and years have no fixed length" if _match(CALENDAR_UNIT, value) else ""


def duration_text(seconds: int) -> str:
    """A duration in its two largest units: `26h`, `3h 2m`, `4d 3h`, `26h 1s`, `0s`. A negative one is `0s`."""
    rest = max(0, seconds)
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        if unit == "d" and rest < DAYS_FROM:
            continue
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"


def _parse_zone(value: object) -> datetime.tzinfo | None:
    if value == "UTC":
        # Works without a time zone database, and is the zone for which times are parsed fastest.
        return datetime.timezone.utc
    try:
        return zoneinfo.ZoneInfo(value) if isinstance(value, str) else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _zone_hint(value: object) -> str:
    if _parse_text(value) is None:
        return ""
    known = zoneinfo.available_timezones()
    if not known:
        return (
            ", but this machine has no time zone database (install the Python package tzdata, or the tzdata package of"
            " the operating system)"
        )
    return f", which is not a time zone known to this machine{nearest(value, sorted(known))}"


def zone_name(zone: datetime.tzinfo) -> str:
    """The IANA name of a zone."""
    return "UTC" if zone is datetime.timezone.utc else str(zone)


def _parse_time_of_day(value: object) -> int | None:
    match = _match(TIME_OF_DAY_TEXT, value)
    return int(match[1]) * 60 + int(match[2]) if match else None


def _time_of_day_hint(value: object) -> str:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return ", a number (YAML 1.1 turns an unquoted 16:00 into the number 960)" if is_number else ""


def _parse_date(value: object) -> datetime.date | None:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    match = _match(DATE_TEXT, value)
    try:
        return datetime.date.fromisoformat(match[0]) if match else None
    except ValueError:
        return None


def _parse_percent(value: object) -> float | None:
    match = _match(PERCENT_TEXT, value)
    return int(match[1]) / 100 if match and int(match[1]) <= 100 else None


# Seconds.
DURATION = Value(
    "a whole number above 0 and m, h, d or w, such as 30m, 26h, 7d or 2w",
    _parse_duration,
    {
        "title": "duration",
        "type": "string",
        "pattern": r"^\s*(?!0+[mhdw])[0-9]{1,6}[mhdw]\s*$",
        "examples": ["30m", "26h", "7d", "2w"],
    },
    _duration_hint,
)
ZONE = Value(
    "the IANA name of a time zone, such as UTC or Europe/Berlin",
    _parse_zone,
    {"title": "time zone", "type": "string", "pattern": r"\S", "examples": ["UTC", "Europe/Berlin"]},
    _zone_hint,
)
# Minutes since midnight.
TIME_OF_DAY = Value(
    'hours and minutes in quotes, such as "16:00"',
    _parse_time_of_day,
    {
        "title": "time of day",
        "type": "string",
        "pattern": rf"^\s*{TIME_OF_DAY_TEXT.pattern}\s*$",
        "examples": ["16:00"],
    },
    _time_of_day_hint,
)
# As YAML's own date or as text.
DATE = Value(
    "a date, such as 2026-12-31",
    _parse_date,
    {"title": "date", "type": "string", "format": "date", "pattern": rf"^\s*{DATE_TEXT.pattern}\s*$"},
)
# From 0 to 1.
PERCENT = Value(
    "a whole number from 0 to 100 and %, such as 20%",
    _parse_percent,
    {
        "title": "percentage",
        "type": "string",
        "pattern": r"^\s*(100|[0-9]{1,2}|0[0-9]{2})\s*%\s*$",
        "examples": ["20%"],
    },
)
FLAG = Value(
    "true or false",
    lambda value: as_boolean(value) if not isinstance(value, int) or value in (0, 1) else None,
    {"type": "boolean"},
)
ID = Value(
    "an id, a whole number such as 42",
    integer(1, MOST_ID).parse,
    {"title": "id", "type": "integer", "minimum": 1, "maximum": MOST_ID},
)
