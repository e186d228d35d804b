# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""What tables of settings are made of: readers of values, and sections that hold settings.

A reader takes what a user wrote and the path to it, and gives what is used or raises PolicyError; its `schema` says in
JSON Schema what it takes. A key that no table knows is refused: one that is accepted and not evaluated would promise a
check that never runs.
"""

from __future__ import annotations

import dataclasses
import datetime
import re
import typing as t
from collections.abc import Mapping

from ansible_collections.community.onapp.plugins.module_utils._policy.durations import PolicyError, nearest, shown

Schema = dict[str, t.Any]
MOST_ALTERNATIVES = 10_000
WORD = re.compile(r"[\w*-]{1,60}")


class Reader(t.Protocol):
    """Reads one kind of value."""

    def __call__(self, value: t.Any, path: str) -> t.Any:
        """What is used of what was written at a path. Raises PolicyError."""

    def schema(self) -> Schema:
        """What may be written, as JSON Schema."""


class Setting(t.NamedTuple):
    """One key of a table and what it is about, in a sentence.

    `default` is written as a user would write it. With `may_be_off` it may be null, which switches off what it is for.
    """

    read: Reader
    about: str
    default: t.Any = None
    required: bool = False
    may_be_off: bool = False

    def value(self, written: t.Any, path: str) -> t.Any:
        """What is used of what was written."""
        return None if written is None and self.may_be_off else self.read(written, path)


@dataclasses.dataclass(frozen=True)
class Section:
    """Reads a dictionary of settings and builds what holds them.

    `check` says what is wrong with the values together, as the rest of a sentence that begins with the path. With
    `inherits`, what is required may also come from where the section inherits, so that no schema can demand it.
    """

    settings: Mapping[str, Setting]
    build: t.Callable[..., t.Any]
    check: t.Callable[[t.Any], str | None] | None = None
    inherits: bool = False

    def __call__(self, value: t.Any, path: str) -> t.Any:
        built = self.build(**self.read(value, path))
        wrong = self.check(built) if self.check else None
        if wrong:
            raise PolicyError(f"{path}{wrong}")
        return built

    def read(self, value: t.Any, path: str) -> dict[str, t.Any]:
        """The value of every setting: as given, else its default."""
        given = dictionary(value, path, self.settings)
        read = {}
        for key, setting in self.settings.items():
            if key in given:
                read[key] = setting.value(given[key], f"{path}.{key}")
            elif setting.required:
                raise PolicyError(f"{path}.{key} is missing; write it, it is needed here")
            else:
                read[key] = None if setting.default is None else setting.read(setting.default, f"{path}.{key}")
        return read

    def complete(self, value: Mapping[str, t.Any]) -> dict[str, t.Any]:
        """The dictionary with every default written out, as plain JSON values."""
        whole = {}
        for key, setting in self.settings.items():
            written = value.get(key, setting.default)
            if isinstance(setting.read, Section) and isinstance(written, Mapping):
                written = setting.read.complete(written)
            whole[key] = plain(written)
        return whole

    def schema(self) -> Schema:
        required = [key for key, setting in self.settings.items() if setting.required and not self.inherits]
        return {
            "type": "object",
            "properties": {key: setting_schema(setting) for key, setting in self.settings.items()},
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }


def setting_schema(setting: Setting) -> Schema:
    """What may be written for a setting, with what it is about and its default."""
    taken = setting.read.schema()
    if setting.may_be_off:
        taken = {"anyOf": [taken, {"type": "null"}]}
    default = {} if setting.default is None else {"default": setting.default}
    return {"description": setting.about, **default, **taken}


@dataclasses.dataclass(frozen=True)
class Later:
    """Takes anything: `read` reads it later, together with what it inherits."""

    read: Reader

    def __call__(self, value: t.Any, path: str) -> t.Any:
        return value

    def schema(self) -> Schema:
        return self.read.schema()


def below(path: str, key: object) -> str:
    """The path of a key, which may be anything that a user wrote as one."""
    name = key if isinstance(key, str) else shown(key)
    return f"{path}.{name if WORD.fullmatch(name) else shown(key)}"


def dictionary(value: t.Any, path: str, known: Mapping[str, t.Any]) -> Mapping[t.Any, t.Any]:
    """A dictionary of known keys only."""
    if not isinstance(value, Mapping):
        raise PolicyError(f"{path} is {shown(value)}; write a dictionary with any of {', '.join(known)}")
    for key in value:
        if key not in known:
            raise PolicyError(
                f"{below(path, key)} is no key of this version of the policy language{nearest(key, known)}; "
                f"write any of {', '.join(known)}, or leave it out"
            )
    return value


def alternatives(value: t.Any, path: str) -> list[tuple[str, t.Any]]:
    """The paths and values of a list; a single value is a list of one."""
    if not isinstance(value, (list, tuple)):
        return [(path, value)]
    if len(value) > MOST_ALTERNATIVES:
        raise PolicyError(f"{path} has {len(value)} entries; write at most {MOST_ALTERNATIVES}")
    if not value:
        raise PolicyError(f"{path} is an empty list, which matches nothing; write at least one value, or leave it out")
    return [(f"{path}[{number}]", item) for number, item in enumerate(value)]


def one_or_more(items: Schema) -> Schema:
    """The schema of what `alternatives` takes."""
    return {"anyOf": [items, {"type": "array", "items": items, "minItems": 1}]}


def text(value: t.Any, path: str, spec: str) -> str:
    """A text that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise PolicyError(f"{path} is {shown(value)}; write {spec}")
    # Ansible's tagged text becomes plain text: what is kept here ends in facts and reports.
    return str(value)


def plain(value: t.Any) -> t.Any:
    """What a user wrote as plain JSON values; dates become `YYYY-MM-DD`."""
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
