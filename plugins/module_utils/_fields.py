# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conversion of single values of the control panel, and removal of secrets.

The panel's generations disagree: sizes are numbers or text (`"8"`), booleans are JSON or XML text, times carry `Z`,
`+03:00` or `.000+03:00`. A value that cannot be converted becomes None, never a guess.
"""

from __future__ import annotations

import datetime
import functools
import math
import re
import typing as t

# Of a whole number; more are no id, size or count of any panel.
MOST_DIGITS = 18
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# With slashes, without seconds, with an hour as the offset, and in lower case it is no less clear.
HOUR_AND_MINUTE = re.compile(r"[Tt ]([0-9]{2}):([0-9]{2})")
SECOND_AND_OFFSET = re.compile(
    r"(?::([0-9]{2}))?(?:[.,][0-9]+)?\s*(Z|UTC|GMT|([+-])([0-9]{2}):?([0-9]{2})?)?", re.IGNORECASE
)
LIMIT = 10**MOST_DIGITS
CONTAINERS = frozenset((dict, list))
EPOCH_DAY = datetime.date(1970, 1, 1).toordinal()
# A day is left at both ends, so that no time zone leads out of the calendar.
EARLIEST = (datetime.date.min.toordinal() + 1 - EPOCH_DAY) * 86400
LATEST = (datetime.date.max.toordinal() - 1 - EPOCH_DAY) * 86400
INTEGER = re.compile(rf"[+-]?[0-9]{{1,{MOST_DIGITS}}}(?:\.0+)?")
CAMEL_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
SECRET_NAME = re.compile(
    r"passw|passphrase|passcode|secret|token|credential|cookie|api_?key|access_?key|private_?key|yubikey|authori[sz]ation"
    r"|(?:^|_)(?:pwd|pw|pass|pin|keys?|otp|totp|salt|vnc|session|sessions|auth|jwt)(?:$|_)|(?:^|_)session_?id|^vnc"
    # What OnApp's transactions have of commands, with the passwords in them.
    r"|rootpw|^params$|^log_output$"
)
PUBLIC_KEY = re.compile(r"(?:^|_)public_(?:ssh_|rsa_|gpg_|host_)?keys?(?=$|_)")
# Objects that hold one name and its value, such as custom variables.
PAIR_NAMES = ("key", "name", "label", "title", "field", "variable", "attribute", "option", "property")
PAIR_VALUES = frozenset(("value", "values", "val", "content", "data", "text", "default", "default_value"))


class Instant(t.NamedTuple):
    """A time of the panel.

    `seconds` is UTC seconds since 1970, None where there is no readable time. `problem` is None, `missing` (null,
    absent or empty), `unparsable`, or `no_offset` (parsed, but without its zone).
    """

    seconds: int | None
    problem: str | None


MISSING = Instant(None, "missing")
UNPARSABLE = Instant(None, "unparsable")


def as_integer(value: t.Any) -> int | None:
    """A whole number of at most MOST_DIGITS digits, from a number or its text; None for anything else.

    `true` is no number.
    """
    # Not by class: ansible-core gives templates a subclass of int.
    if isinstance(value, int) and value is not True and value is not False:
        return value if -LIMIT < value < LIMIT else None
    if isinstance(value, float):
        return int(value) if value.is_integer() and -LIMIT < value < LIMIT else None
    if isinstance(value, str) and INTEGER.fullmatch(value.strip()):
        return int(value.strip().partition(".")[0])
    return None


def as_boolean(value: t.Any) -> bool | None:
    """A boolean, from JSON's own, from 0 and 1, or from their text; None for anything else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) or (isinstance(value, int) and value in (0, 1)):
        return {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower())
    return None


def finite_float(text: str) -> float | str:
    """The number of a text; one that no float holds stays text, because infinity is no JSON. Raises ValueError."""
    number = float(text)
    return number if math.isfinite(number) else text


def as_text(value: t.Any) -> str | None:
    """Text as it was sent; numbers and booleans as their JSON text; None for null, `""` and containers."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) or (isinstance(value, int) and -LIMIT < value < LIMIT):
        return str(value)
    return None


def as_word(value: t.Any) -> str | None:
    """Text without white space around it, which XML may add: for what is compared, not for what tenants write."""
    if value.__class__ is str:
        return value.strip() or None
    text = as_text(value)
    return None if text is None else text.strip() or None


# The parts of a time repeat in the rows of a cloud: each is parsed once.


@functools.lru_cache(maxsize=4096)
def _days(text: str) -> int | None:
    """Days from 1970-01-01 to a date `YYYY-MM-DD`; None when it is not a date."""
    date = text.replace("/", "-")
    try:
        return datetime.date(*map(int, date.split("-"))).toordinal() - EPOCH_DAY if DATE.fullmatch(date) else None
    except ValueError:
        return None


@functools.lru_cache(maxsize=4096)
def _minutes(text: str) -> int | None:
    """Seconds from midnight to `T05:12`; None for other text."""
    match = HOUR_AND_MINUTE.fullmatch(text)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        return None
    return int(match[1]) * 3600 + int(match[2]) * 60


@functools.lru_cache(maxsize=4096)
def _seconds(text: str) -> tuple[int, bool] | None:
    """The seconds of `:33.000+03:00` less its offset, and whether it has one; None for other text."""
    match = SECOND_AND_OFFSET.fullmatch(text)
    if match is None:
        return None
    second, east_hours, east_minutes = (int(part or 0) for part in match.group(1, 4, 5))
    if east_hours > 23 or max(second, east_minutes) > 59:
        return None
    east = east_hours * 3600 + east_minutes * 60
    return second - (-east if match[3] == "-" else east), match[2] is not None


def as_instant(value: t.Any, naive_as: datetime.tzinfo | None = None) -> Instant:
    """A time in ISO 8601 or one of its unambiguous variants; fractions of a second are dropped.

    A time without an offset is read in the zone `naive_as` (None: UTC), with the problem `no_offset`. Where a change of
    clocks repeats a local time, the earlier instant is taken. A time that no calendar holds in every zone is
    unparsable.
    """
    if value is None or value == "":
        return MISSING
    if not isinstance(value, str):
        return UNPARSABLE
    text = value.strip()
    days, minutes, rest = _days(text[:10]), _minutes(text[10:16]), _seconds(text[16:])
    if days is None or minutes is None or rest is None:
        return UNPARSABLE
    seconds, has_offset = days * 86400 + minutes + rest[0], rest[1]
    if not EARLIEST <= seconds <= LATEST:
        return UNPARSABLE
    if has_offset:
        return Instant(seconds, None)
    if naive_as is not None and naive_as is not datetime.timezone.utc:
        wall = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
        seconds = int(wall.replace(tzinfo=naive_as).timestamp())
    return Instant(seconds, "no_offset")


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
    """Remove from a JSON value, in place and at any depth, every entry whose name suggests a password, key or token.

    Of an object that pairs a name with a value, such as `{"key": "root_password", "value": …}`, the value is removed.
    """
    if isinstance(value, dict):
        secrets, pair = _names_of_interest(tuple(value))
        for name in secrets:
            del value[name]
        if pair and any(is_secret_name(value[name]) for name in pair if isinstance(value[name], str)):
            for name in PAIR_VALUES & value.keys():
                del value[name]
    if isinstance(value, (dict, list)):
        for item in containers_in(value):
            remove_secrets(item)
    return value


@functools.lru_cache(maxsize=1024)
def _names_of_interest(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those of a row's field names that are secrets, and those that name the value beside them.

    Rows of one list share their names, so this is a look-up.
    """
    is_pair = not PAIR_VALUES.isdisjoint(names)
    pair = tuple(name for name in names if is_pair and name in PAIR_NAMES)
    return tuple(name for name in names if name not in pair and is_secret_name(name)), pair


def is_secret_name(name: str) -> bool:
    """Whether a name suggests a password, a key, a token or the like; camel case and dashes do not hide it."""
    words = CAMEL_CASE.sub("_", name).replace("-", "_").replace(" ", "_").replace(".", "_").lower()
    return SECRET_NAME.search(PUBLIC_KEY.sub("", words)) is not None
