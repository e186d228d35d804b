# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Building blocks of the policy schema: dictionaries of settings, and lists.

Each takes what a user wrote and the path to it, and returns the parsed value or raises PolicyError. Its `schema` is the
JSON Schema of what it accepts. Unknown keys are errors: a key that is accepted and ignored would promise a check that
never runs.
"""

from __future__ import annotations

import datetime
import re
import typing as t
from collections.abc import Mapping

from ansible_collections.community.onapp.plugins.module_utils._policy.values import (
    PolicyError,
    Schema,
    Value,
    nearest,
    shown,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST_ITEMS = 10_000
KEY = re.compile(r"[\w*-]{1,60}")


class Reader(t.Protocol):
    """Parses one kind of value."""

    def __call__(self, value: t.Any, path: str) -> t.Any:
        """Return the parsed value. Raises PolicyError."""

    @property
    def schema(self) -> Schema:
        """What may be written, as JSON Schema."""


class Setting(t.NamedTuple):
    """One key of a dictionary. `about` describes it in a sentence; `default` is in the form that a user writes.

    With `may_be_off`, null is allowed and disables what the key is for. A `deferred` value is parsed later, together
    with the values that it inherits.
    """

    read: Reader
    about: str
    default: t.Any = None
    required: bool = False
    may_be_off: bool = False
    deferred: bool = False

    def parse(self, written: t.Any, path: str) -> t.Any:
        """The parsed value. Raises PolicyError."""
        return written if self.deferred or (written is None and self.may_be_off) else self.read(written, path)

    @property
    def schema(self) -> Schema:
        """JSON Schema with the description and the default."""
        accepted = self.read.schema
        if self.may_be_off:
            accepted = {"anyOf": [accepted, {"type": "null"}]}
        default = {} if self.default is None else {"default": self.default}
        return {"description": self.about, **default, **accepted}


class Section(t.NamedTuple):
    """A dictionary of settings. `build` takes the values in the order of the settings; without it they stay a dict.

    `check` returns what is wrong with the values together, as the rest of a sentence that begins with the path. With
    `inherits`, required keys may come from where the section inherits, so the JSON Schema does not require them.
    `min_keys` is for the JSON Schema only.
    """

    settings: Mapping[str, Setting]
    build: Callable[..., t.Any] | None = None
    check: Callable[[t.Any], str | None] | None = None
    inherits: bool = False
    min_keys: int = 0

    def __call__(self, value: t.Any, path: str) -> t.Any:
        given = dictionary(value, path, self.settings)
        values = {}
        for key, setting in self.settings.items():
            if key in given:
                values[key] = setting.parse(given[key], f"{path}.{key}")
            elif setting.required:
                raise PolicyError(f"{path}.{key} is missing; write it, it is needed here")
            else:
                values[key] = None if setting.default is None else setting.parse(setting.default, f"{path}.{key}")
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
        for key, setting in self.settings.items():
            written = value.get(key, setting.default)
            if written is None and not setting.may_be_off:
                continue
            if isinstance(setting.read, Section) and isinstance(written, Mapping):
                written = setting.read.complete(written)
            completed[key] = plain(written)
        return completed

    @property
    def schema(self) -> Schema:
        required = [] if self.inherits else [key for key, setting in self.settings.items() if setting.required]
        return {
            "type": "object",
            "properties": {key: setting.schema for key, setting in self.settings.items()},
            **({"required": required} if required else {}),
            **({"minProperties": self.min_keys} if self.min_keys else {}),
            "additionalProperties": False,
        }


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

    @property
    def schema(self) -> Schema:
        # Keys in JSON are texts, also those that are parsed as numbers.
        keys = self.key.schema if "enum" in self.key.schema else {"pattern": "^[0-9]+$"}
        return {"type": "object", "propertyNames": keys, "additionalProperties": self.value.schema}


class Items(t.NamedTuple):
    """A list of dictionaries with different values of the key `unique`."""

    item: Section
    unique: str
    spec: str

    def __call__(self, value: t.Any, path: str) -> list[dict[str, t.Any]]:
        if not isinstance(value, (list, tuple)):
            raise PolicyError(f"{path} is {shown(value)}; write {self.spec}")
        places: dict[t.Any, str] = {}
        parsed = []
        for where, item in _numbered(value, path):
            parsed.append(self.item(item, where))
            name = parsed[-1][self.unique]
            if name in places:
                raise PolicyError(
                    f"{where}.{self.unique} is {shown(name)}, as is that of {places[name]}; write a different one for "
                    "each, because results name it"
                )
            places[name] = where
        return parsed

    @property
    def schema(self) -> Schema:
        return {"type": "array", "items": self.item.schema}


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

    @property
    def schema(self) -> Schema:
        items = self.item.schema
        return {"anyOf": [items, {"type": "array", "items": items, "minItems": 1}]}


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
