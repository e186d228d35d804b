# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kinds of values in a policy: single ones, dictionaries of settings, and lists.

Each takes what a user wrote and the path to it, and returns the parsed value or raises PolicyError. Unknown keys are
errors: a key that is accepted and ignored would promise a check that never runs.
"""

from __future__ import annotations

import datetime
import functools
import re
import typing as t
from collections.abc import Callable, Iterable, Mapping

from .. import _fields

if t.TYPE_CHECKING:
    Reader = t.Union["Value", "Section", "Table", "Items", "OneOrMore"]

Schema = dict[str, t.Any]

UNIT_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
# Backups are compared in hours; from the fourth day on, days are easier to read.
DAYS_FROM = 3 * 86400
# Shorter lists of words are shown without a guess.
GUESS_FROM = 5
MOST_ITEMS = 10_000

KEY = re.compile(r"[\w*-]{1,60}")
CALENDAR_UNIT = r"[0-9]+\s*(?:M|mo|mon|months?|y|yr|years?)"
DATE_TEXT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
DECIMAL_TEXT = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"


class PolicyError(ValueError):
    """A policy cannot be used. The message names the key and what to write instead."""


def nearest(word: object, known: Iterable[str]) -> str:
    """A hint in parentheses at the known word that is most similar; empty if none is."""
    import difflib  # only errors need it

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
    """A kind of value: `parse` returns the parsed value, or None if it is invalid; `schema` is its JSON Schema.

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


def pattern(
    title: str,
    regex: str,
    spec: str,
    examples: list[str],
    convert: Callable[[re.Match[str]], t.Any],
) -> Value:
    """A text that a regular expression describes; spaces around it are ignored."""

    def parse(value: t.Any) -> t.Any:
        match = _match(regex, value)
        return convert(match) if match else None

    schema = {"title": title, "type": "string", "pattern": rf"^\s*{regex}\s*$", "examples": examples}
    return Value(spec, parse, schema)


def choice(*words: str) -> Value:
    """One of some words."""
    return Value(
        " or ".join(words),
        lambda value: str(value) if isinstance(value, str) and value in words else None,
        {"enum": list(words)},
        lambda value: nearest(value, words) if len(words) >= GUESS_FROM else "",
    )


def integer(least: int, most: int, **schema: t.Any) -> Value:
    """A whole number in a range."""

    def parse(value: t.Any) -> int | None:
        number = _fields.as_integer(value)
        return None if number is None or not least <= number <= most else int(number)

    schema.update(type="integer", minimum=least, maximum=most)
    return Value(f"a whole number from {least} to {most}", parse, schema)


def number(above: float, most: float) -> Value:
    """A number above `above`, up to `most`."""

    def parse(value: t.Any) -> float | None:
        if _match(DECIMAL_TEXT, value):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not above < value <= most:
            return None
        return float(value)

    schema = {"type": "number", "exclusiveMinimum": above, "maximum": most}
    return Value(f"a number above {above:g} and up to {most:g}", parse, schema)


def _match(regex: str, value: object) -> re.Match[str] | None:
    return re.fullmatch(regex, value.strip()) if isinstance(value, str) else None


def _parse_text(value: object) -> str | None:
    # Ansible's tagged text becomes plain text, because it ends in facts and reports.
    return str(value) if isinstance(value, str) and value.strip() else None


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
    units = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
    for unit, size in units if rest >= DAYS_FROM else units[1:]:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"


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


# Seconds.
DURATION = pattern(
    "duration",
    r"(?!0+[mhdw])[0-9]{1,6}[mhdw]",
    "a whole number above 0 and m, h, d or w, such as 30m, 26h, 7d or 2w",
    ["30m", "26h", "7d", "2w"],
    lambda match: int(match[0][:-1]) * UNIT_SECONDS[match[0][-1]],
)._replace(hint=_duration_hint)
# Minutes since midnight.
TIME_OF_DAY = pattern(
    "time of day",
    "([01][0-9]|2[0-3]):([0-5][0-9])",
    'hours and minutes in quotes, such as "16:00"',
    ["16:00"],
    lambda match: int(match[1]) * 60 + int(match[2]),
)._replace(hint=_time_of_day_hint)
# As YAML's own date or as text.
DATE = Value(
    "a date, such as 2026-12-31",
    _parse_date,
    {"title": "date", "type": "string", "format": "date", "pattern": rf"^\s*{DATE_TEXT}\s*$"},
)
# From 0 to 1.
PERCENT = pattern(
    "percentage",
    r"(100|[0-9]{1,2}|0[0-9]{2})\s*%",
    "a whole number from 0 to 100 and %, such as 20%",
    ["20%"],
    lambda match: int(match[1]) / 100,
)
FLAG = Value("true or false", _fields.as_boolean, {"type": "boolean"})
ID = integer(1, 10**15, title="id")._replace(spec="an id, a whole number such as 42")


class Setting(t.NamedTuple):
    """One key of a dictionary. `default` is in the form that a user writes.

    With `may_be_off`, null is allowed and disables what the key is for. A `deferred` value is parsed later, together
    with the values that it inherits. `key` is what users write, if it is not the name of the field.
    """

    read: Reader
    default: t.Any = None
    required: bool = False
    may_be_off: bool = False
    deferred: bool = False
    key: str | None = None

    def parse(self, written: t.Any, path: str) -> t.Any:
        """The parsed value. Raises PolicyError."""
        return written if self.deferred or (written is None and self.may_be_off) else self.read(written, path)


# Untyped, to be the default of a field of any type: such a NamedTuple is a section.
setting: Callable[..., t.Any] = Setting
required: Callable[..., t.Any] = functools.partial(Setting, required=True)
nullable: Callable[..., t.Any] = functools.partial(Setting, may_be_off=True)


class Section(t.NamedTuple):
    """A dictionary of settings. `build` takes the values in the order of the settings; without it they stay a dict.

    `check` returns what is wrong with the values together, as the rest of a sentence that begins with the path.
    """

    settings: Mapping[str, Setting]
    build: Callable[..., t.Any] | None = None
    check: Callable[[t.Any], str | None] | None = None

    @classmethod
    def of(cls, kind: t.Any) -> Section:
        """The section whose settings are the fields of a NamedTuple; its method `problem`, if it has one, checks."""
        settings = {one.key or name: one for name, one in kind._field_defaults.items()}
        return cls(settings, kind, getattr(kind, "problem", None))

    def __call__(self, value: t.Any, path: str) -> t.Any:
        given = dictionary(value, path, self.settings)
        values = {}
        for key, one in self.settings.items():
            if one.required and key not in given:
                raise PolicyError(f"{path}.{key} is missing; write it, it is needed here")
            written = given.get(key, one.default)
            is_unset = written is None and key not in given
            values[key] = None if is_unset else one.parse(written, f"{path}.{key}")
        if self.build is None:
            return values
        built = self.build(*values.values())
        problem = self.check(built) if self.check else None
        if problem:
            raise PolicyError(f"{path}{problem}")
        return built

    def complete(self, value: Mapping[str, t.Any]) -> dict[str, t.Any]:
        """The dictionary with every default written out, as plain JSON values."""
        completed = {}
        for key, one in self.settings.items():
            written = value.get(key, one.default)
            if written is None and not one.may_be_off:
                continue
            if isinstance(one.read, Section) and isinstance(written, Mapping):
                written = one.read.complete(written)
            completed[key] = plain(written)
        return completed


class Table(t.NamedTuple):
    """A dictionary in which every key is of one kind and every value of another."""

    key: Value
    value: Value
    spec: str

    def __call__(self, value: t.Any, path: str) -> dict[t.Any, t.Any]:
        if not isinstance(value, Mapping):
            raise PolicyError(f"{path} is {shown(value)}; write {self.spec}")
        if "enum" in self.key.schema:
            dictionary(value, path, self.key.schema["enum"])
        parsed: dict[t.Any, t.Any] = {}
        for name, item in value.items():
            where = key_path(path, name)
            key = self.key(name, where)
            if key in parsed:
                raise PolicyError(f"{where} is there twice, once as a number and once as text; write it once")
            parsed[key] = self.value(item, where)
        return parsed


class Items(t.NamedTuple):
    """A list of dictionaries with different values of the key `unique`."""

    item: Section
    unique: str
    spec: str

    def __call__(self, value: t.Any, path: str) -> list[t.Any]:
        if not isinstance(value, (list, tuple)):
            raise PolicyError(f"{path} is {shown(value)}; write {self.spec}")
        places: dict[str, str] = {}
        parsed = []
        for where, item in _numbered(value, path):
            parsed.append(self.item(item, where))
            name = str(item[self.unique])
            if name in places:
                raise PolicyError(
                    f"{where}.{self.unique} is {shown(name)}, as is that of {places[name]}; write a different one for "
                    "each, because results name it"
                )
            places[name] = where
        return parsed


class OneOrMore(t.NamedTuple):
    """A value or a list of them; `build` takes the list and raises ValueError with the rest of `path is …, `."""

    item: Value
    build: Callable[[list[t.Any]], t.Any]

    def __call__(self, value: t.Any, path: str) -> t.Any:
        values = _numbered(value, path) if isinstance(value, (list, tuple)) else [(path, value)]
        if not values:
            raise PolicyError(
                f"{path} is an empty list, which matches nothing; write at least one value, or leave it out"
            )
        parsed = [self.item(item, where) for where, item in values]
        try:
            return self.build(parsed)
        except ValueError as error:
            raise PolicyError(f"{path} is {shown(value)}, {error}") from error


def key_path(path: str, key: object) -> str:
    """The path of a key below `path`; a key may be any value."""
    return f"{path}.{key if isinstance(key, str) and KEY.fullmatch(key) else shown(key)}"


def dictionary(value: t.Any, path: str, known: Iterable[str]) -> Mapping[t.Any, t.Any]:
    """The value, if it is a dictionary of known keys only. Raises PolicyError."""
    if not isinstance(value, Mapping):
        raise PolicyError(f"{path} is {shown(value)}; write a dictionary with any of {', '.join(known)}")
    for key in value:
        if key not in known:
            raise PolicyError(
                f"{key_path(path, key)} is not a known key{nearest(key, known)}; "
                f"write any of {', '.join(known)}, or leave it out"
            )
    return value


def _numbered(values: list[t.Any] | tuple[t.Any, ...], path: str) -> list[tuple[str, t.Any]]:
    """The items of a list with their paths."""
    if len(values) > MOST_ITEMS:
        raise PolicyError(f"{path} has {len(values)} entries; write at most {MOST_ITEMS}")
    return [(f"{path}[{number}]", item) for number, item in enumerate(values)]


def plain(value: t.Any) -> t.Any:
    """A value of a policy as plain JSON; dates become `YYYY-MM-DD`."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, datetime.date):
        return value.isoformat()
    for kind in (str, bool, int, float):
        if isinstance(value, kind):
            return kind(value)
    return value
