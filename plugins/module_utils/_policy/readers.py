# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Readers of the values of the policy language."""

from __future__ import annotations

import dataclasses
import datetime
import re
import typing as t
from collections.abc import Mapping

from ansible_collections.community.onapp.plugins.module_utils._fields import as_boolean, as_integer
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import (
    PATTERN,
    PolicyError,
    duration,
    nearest,
    shown,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.language import (
    Reader,
    Schema,
    Section,
    below,
    dictionary,
    text,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.zones import ZONE_HINT, time_zone

SPACES = r"^\s*"
TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
CALENDAR_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
PERCENT = re.compile(r"([0-9]{1,3})\s*%")
DECIMAL = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
FEW = 4
MOST_ITEMS = 10_000


@dataclasses.dataclass(frozen=True)
class Text:
    """Reads a text that is not blank; `wanted` completes `write …`."""

    spec: str

    def __call__(self, value: t.Any, path: str) -> str:
        return text(value, path, self.spec)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"\S"}


@dataclasses.dataclass(frozen=True)
class Choice:
    """Reads one word of several."""

    words: tuple[str, ...]

    def __call__(self, value: t.Any, path: str) -> str:
        if isinstance(value, str) and value in self.words:
            return str(value)
        near = nearest(value, self.words) if isinstance(value, str) and len(self.words) > FEW else ""
        raise PolicyError(f"{path} is {shown(value)}{near}; write {' or '.join(self.words)}")

    def schema(self) -> Schema:
        return {"enum": list(self.words)}


@dataclasses.dataclass(frozen=True)
class Duration:
    """Reads a duration as seconds."""

    def __call__(self, value: t.Any, path: str) -> int:
        return duration(value, path)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": rf"^\s*(?!0+[mhdw]){PATTERN}\s*$", "examples": ["30m", "26h", "7d", "2w"]}


@dataclasses.dataclass(frozen=True)
class Zone:
    """Reads the IANA name of a time zone."""

    def __call__(self, value: t.Any, path: str) -> datetime.tzinfo:
        return time_zone(text(value, path, ZONE_HINT), path)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"\S", "examples": ["UTC", "Europe/Berlin"]}


@dataclasses.dataclass(frozen=True)
class TimeOfDay:
    """Reads a time of day as minutes since midnight."""

    def __call__(self, value: t.Any, path: str) -> int:
        match = TIME_OF_DAY.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None:
            quotes = isinstance(value, int) and not isinstance(value, bool)
            hint = ", a number (YAML 1.1 turns an unquoted 16:00 into the number 960)" if quotes else ""
            raise PolicyError(f'{path} is {shown(value)}{hint}; write hours and minutes in quotes, such as "16:00"')
        return int(match.group(1)) * 60 + int(match.group(2))

    def schema(self) -> Schema:
        return {"type": "string", "pattern": SPACES + TIME_OF_DAY.pattern + r"\s*$", "examples": ["16:00"]}


@dataclasses.dataclass(frozen=True)
class Date:
    """Reads a calendar date, as YAML's own date or as text."""

    def __call__(self, value: t.Any, path: str) -> datetime.date:
        if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
            return value
        try:
            if isinstance(value, str) and CALENDAR_DATE.fullmatch(value.strip()):
                return datetime.date.fromisoformat(value.strip())
        except ValueError:
            pass
        raise PolicyError(f"{path} is {shown(value)}; write a date, such as 2026-12-31")

    def schema(self) -> Schema:
        return {"type": "string", "format": "date", "pattern": SPACES + CALENDAR_DATE.pattern + r"\s*$"}


@dataclasses.dataclass(frozen=True)
class Percent:
    """Reads a percentage with its sign as a number from 0 to 1."""

    def __call__(self, value: t.Any, path: str) -> float:
        match = PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None or int(match.group(1)) > 100:
            raise PolicyError(f"{path} is {shown(value)}; write a whole number from 0 to 100 and %, such as 20%")
        return int(match.group(1)) / 100

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^\s*(100|[0-9]{1,2}|0[0-9]{2})\s*%\s*$", "examples": ["20%"]}


@dataclasses.dataclass(frozen=True)
class Whole:
    """Reads a whole number from `least` to `most`."""

    least: int
    most: int

    def __call__(self, value: t.Any, path: str) -> int:
        number = as_integer(value)
        if number is None or not self.least <= number <= self.most:
            raise PolicyError(f"{path} is {shown(value)}; write a whole number from {self.least} to {self.most}")
        return int(number)

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclasses.dataclass(frozen=True)
class Number:
    """Reads a number above `above` and up to `most`."""

    above: float
    most: float

    def __call__(self, value: t.Any, path: str) -> float:
        number = value
        if isinstance(value, str) and DECIMAL.fullmatch(value.strip()):
            number = float(value)
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not self.above < number <= self.most:
            raise PolicyError(f"{path} is {shown(value)}; write a number above {self.above:g} and up to {self.most:g}")
        return float(number)

    def schema(self) -> Schema:
        return {"type": "number", "exclusiveMinimum": self.above, "maximum": self.most}


@dataclasses.dataclass(frozen=True)
class Flag:
    """Reads true or false."""

    def __call__(self, value: t.Any, path: str) -> bool:
        flag = as_boolean(value) if not isinstance(value, int) or value in (0, 1) else None
        if flag is None:
            raise PolicyError(f"{path} is {shown(value)}; write true or false")
        return flag

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclasses.dataclass(frozen=True)
class Table:
    """Reads a dictionary from keys that `key` reads to values that `value` reads."""

    key: Reader
    value: Reader
    spec: str

    def __call__(self, value: t.Any, path: str) -> dict[t.Any, t.Any]:
        if not isinstance(value, Mapping):
            raise PolicyError(f"{path} is {shown(value)}; write {self.spec}")
        if isinstance(self.key, Choice):
            dictionary(value, path, dict.fromkeys(self.key.words))
        read: dict[t.Any, t.Any] = {}
        for name, item in value.items():
            where = below(path, name)
            key = self.key(name, where)
            if key in read:
                raise PolicyError(f"{where} is there twice, once as a number and once as text; write it once")
            read[key] = self.value(item, where)
        return read

    def schema(self) -> Schema:
        # The names in JSON are texts, also those that are read as numbers.
        names = self.key.schema() if isinstance(self.key, Choice) else {"pattern": "^[0-9]+$"}
        return {"type": "object", "propertyNames": names, "additionalProperties": self.value.schema()}


@dataclasses.dataclass(frozen=True)
class Items:
    """Reads a list of things that are told apart by the setting `unique`."""

    item: Section
    unique: str
    spec: str

    def __call__(self, value: t.Any, path: str) -> list[dict[str, t.Any]]:
        if not isinstance(value, (list, tuple)):
            raise PolicyError(f"{path} is {shown(value)}; write {self.spec}")
        if len(value) > MOST_ITEMS:
            raise PolicyError(f"{path} has {len(value)} entries; write at most {MOST_ITEMS}")
        places: dict[t.Any, str] = {}
        read = []
        for number, item in enumerate(value):
            where = f"{path}[{number}]"
            one = self.item.read(item, where)
            name = one[self.unique]
            if name in places:
                raise PolicyError(
                    f"{where}.{self.unique} is {shown(name)}, as is that of {places[name]}; write a different one for "
                    "each, because results name it"
                )
            places[name] = where
            read.append(one)
        return read

    def schema(self) -> Schema:
        return {"type": "array", "items": self.item.schema()}
