# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Which virtual machines a rule, an exemption or a filter is about: the dictionary `match`."""

from __future__ import annotations

import dataclasses
import fnmatch
import re
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._fields import as_integer
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import PolicyError, shown
from ansible_collections.community.onapp.plugins.module_utils._policy.language import (
    Schema,
    Setting,
    alternatives,
    dictionary,
    one_or_more,
    setting_schema,
    text,
)

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine


MOST = 10**15
# Text fields that every VM has.
ALWAYS_SET = ("label", "identifier")


class Condition(t.Protocol):
    """What is demanded of a VM."""

    def holds(self, vm: VirtualMachine) -> bool:
        """Whether a VM meets the demand."""


class TextCondition(t.NamedTuple):
    """One of some fields matches the pattern; a field without a value never does."""

    fields: tuple[str, ...]
    pattern: re.Pattern[str]
    globs: tuple[str, ...]

    def holds(self, vm: VirtualMachine) -> bool:
        for field in self.fields:
            value = getattr(vm, field)
            if value is not None and self.pattern.match(value) is not None:
                return True
        return False


class NumberCondition(t.NamedTuple):
    """A field is one of some numbers."""

    field: str
    numbers: frozenset[int]

    def holds(self, vm: VirtualMachine) -> bool:
        return getattr(vm, self.field) in self.numbers


class Anything(t.NamedTuple):
    """Every VM does."""

    def holds(self, vm: VirtualMachine) -> bool:
        return True


@dataclasses.dataclass(frozen=True)
class Globs:
    """Reads shell patterns, compared with case, of which one has to match one of the fields."""

    fields: tuple[str, ...]

    def __call__(self, value: t.Any, path: str) -> Condition:
        patterns = [
            text(item, where, "a pattern as text, such as db-* (in quotes if it looks like a number)")
            for where, item in alternatives(value, path)
        ]
        try:
            compiled = re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns))
            return TextCondition(self.fields, compiled, tuple(patterns))
        except re.error as error:  # Python 3.9 stumbles over ranges such as [z-a]
            raise PolicyError(f"{path} is {shown(value)}, which is no shell pattern; write one such as db-*") from error

    def schema(self) -> Schema:
        return one_or_more({"type": "string", "pattern": r"\S", "examples": ["db-*"]})


@dataclasses.dataclass(frozen=True)
class Numbers:
    """Reads ids, of which one has to be the field's."""

    field: str

    def __call__(self, value: t.Any, path: str) -> Condition:
        numbers = set()
        for where, item in alternatives(value, path):
            number = as_integer(item)
            if number is None or not 1 <= number <= MOST:
                raise PolicyError(f"{where} is {shown(item)}; write an id, a whole number such as 42")
            numbers.add(int(number))
        return NumberCondition(self.field, frozenset(numbers))

    def schema(self) -> Schema:
        return one_or_more({"type": "integer", "minimum": 1, "maximum": MOST})


@dataclasses.dataclass(frozen=True)
class Always:
    """Reads `true`, which every VM meets."""

    def __call__(self, value: t.Any, path: str) -> Condition:
        if value is not True:
            raise PolicyError(f"{path} is {shown(value)}; write true, or leave it out")
        return Anything()

    def schema(self) -> Schema:
        return {"const": True}


# All that are given must hold.
MATCH: dict[str, Setting] = {
    "label": Setting(Globs(("label",)), "Shell patterns of labels; one must match. Compared with case."),
    "hostname": Setting(Globs(("hostname",)), "Shell patterns of host names; one must match."),
    "identifier": Setting(Globs(("identifier",)), "Shell patterns of identifiers; one must match."),
    "id": Setting(Numbers("id"), "Ids of virtual machines."),
    "user_id": Setting(Numbers("user_id"), "Ids of owners."),
    "template_id": Setting(Numbers("template_id"), "Ids of the templates that virtual machines were built from."),
    "operating_system": Setting(
        Globs(("operating_system", "operating_system_distro")),
        "Shell patterns of the operating system or its distribution; one must match one of them.",
    ),
    "any": Setting(Always(), "Every virtual machine."),
}


@dataclasses.dataclass(frozen=True)
class Match:
    """Reads a dictionary of conditions, which must all hold."""

    def __call__(self, value: t.Any, path: str) -> tuple[Condition, ...]:
        given = dictionary(value, path, MATCH)
        if not given:
            raise PolicyError(f"{path} is empty, which matches nothing; write any: true to match every VM")
        return tuple(setting.read(given[key], f"{path}.{key}") for key, setting in MATCH.items() if key in given)

    def schema(self) -> Schema:
        return {
            "type": "object",
            "properties": {key: setting_schema(setting) for key, setting in MATCH.items()},
            "minProperties": 1,
            "additionalProperties": False,
        }


def is_catch_all(conditions: tuple[Condition, ...]) -> bool:
    """Whether conditions hold for every VM: `any`, or a glob of asterisks for what every VM has."""
    return all(
        isinstance(one, Anything)
        or (
            isinstance(one, TextCondition)
            and one.fields[0] in ALWAYS_SET
            and any(not glob.strip("*") for glob in one.globs)
        )
        for one in conditions
    )


def pattern_hint(conditions: tuple[Condition, ...]) -> str:
    """What may be wrong with the patterns of conditions that match nothing, in brackets; empty without a suspicion."""
    globs = "".join(glob for one in conditions if isinstance(one, TextCondition) for glob in one.globs)
    hints = []
    if "^" in globs or "$" in globs:
        hints.append("patterns are shell globs such as db-*, not regular expressions with ^ and $")
    if "," in globs:
        hints.append("a comma is part of the pattern, so write several patterns as a list")
    if globs.lower() != globs:
        hints.append("patterns are compared with case, so upper case matches only upper case")
    return f" ({'; '.join(hints)})" if hints else ""


def matches(conditions: tuple[Condition, ...], vm: VirtualMachine) -> bool:
    """Whether a VM meets all conditions."""
    return all(condition.holds(vm) for condition in conditions)
