# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The dictionary `match`, which selects virtual machines for a rule, an exemption or a filter."""

from __future__ import annotations

import fnmatch
import re
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._policy.values import (
    ID,
    OneOrMore,
    PolicyError,
    Section,
    Setting,
    Value,
    text,
)

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine

# Python converts longer patterns in quadratic time; no label is that long.
MOST_PATTERN_LENGTH = 1000
# Text fields that every VM has.
ALWAYS_SET = ("label", "identifier")


class Condition(t.NamedTuple):
    """One of some fields is one of some numbers, or matches the pattern of some globs; without fields it always holds.

    A field without a value never matches.
    """

    fields: tuple[str, ...] = ()
    numbers: frozenset[int] = frozenset()
    pattern: re.Pattern[str] | None = None
    globs: tuple[str, ...] = ()

    def holds(self, vm: VirtualMachine) -> bool:
        for field in self.fields:
            value = getattr(vm, field)
            if value in self.numbers or (self.pattern and value is not None and self.pattern.match(value)):
                return True
        return not self.fields


def _globs(*fields: str) -> OneOrMore:
    """Shell patterns, case-sensitive, of which one must match one of the fields."""

    def build(globs: list[str]) -> Condition:
        if any(len(glob) > MOST_PATTERN_LENGTH for glob in globs):
            raise ValueError(f"which has more than {MOST_PATTERN_LENGTH} characters; write a shorter pattern")
        try:
            pattern = re.compile("|".join(map(fnmatch.translate, globs)))
        except re.error as error:  # Python 3.9 rejects ranges such as [z-a]
            raise ValueError("which is not a shell pattern; write one such as db-*") from error
        return Condition(fields, pattern=pattern, globs=tuple(globs))

    spec = "a pattern as text, such as db-* (in quotes if it looks like a number)"
    return OneOrMore(text(spec, title="pattern", maxLength=MOST_PATTERN_LENGTH, examples=["db-*"]), build)


def _numbers(field: str) -> OneOrMore:
    """Ids, of which one must be the field's."""
    return OneOrMore(ID, lambda numbers: Condition((field,), frozenset(numbers)))


# All that are given must hold.
CONDITIONS: dict[str, Setting] = {
    "label": Setting(_globs("label"), "Shell patterns of labels; one must match. Case-sensitive."),
    "hostname": Setting(_globs("hostname"), "Shell patterns of host names; one must match."),
    "identifier": Setting(_globs("identifier"), "Shell patterns of identifiers; one must match."),
    "id": Setting(_numbers("id"), "Ids of virtual machines."),
    "user_id": Setting(_numbers("user_id"), "Ids of owners."),
    "template_id": Setting(_numbers("template_id"), "Ids of the templates that virtual machines were built from."),
    "operating_system": Setting(
        _globs("operating_system", "operating_system_distro"),
        "Shell patterns of the operating system or its distribution; one must match one of them.",
    ),
    "any": Setting(
        Value("true, or leave it out", lambda value: Condition() if value is True else None, {"const": True}),
        "Every virtual machine.",
    ),
}


# Parsed as a tuple of conditions.
MATCH = Section(
    CONDITIONS,
    lambda *given: tuple(condition for condition in given if condition is not None),
    lambda given: None if given else " is empty, which matches nothing; write any: true to match every VM",
)


def matches(conditions: tuple[Condition, ...], vm: VirtualMachine) -> bool:
    """Whether a VM meets all conditions."""
    return all(condition.holds(vm) for condition in conditions)


def is_catch_all(conditions: tuple[Condition, ...]) -> bool:
    """Whether conditions hold for every VM: `any`, or a glob of asterisks for a field that every VM has."""
    return all(
        not one.fields or (one.fields[0] in ALWAYS_SET and any(not glob.strip("*") for glob in one.globs))
        for one in conditions
    )


def pattern_hint(conditions: tuple[Condition, ...]) -> str:
    """What may be wrong with patterns that match nothing, in parentheses; empty if nothing looks wrong."""
    globs = "".join(glob for one in conditions for glob in one.globs)
    hints = []
    if "^" in globs or "$" in globs:
        hints.append("patterns are shell globs such as db-*, not regular expressions with ^ and $")
    if "," in globs:
        hints.append("a comma is part of the pattern, so write several patterns as a list")
    if globs.lower() != globs:
        hints.append("patterns are case-sensitive, so upper case matches only upper case")
    return f" ({'; '.join(hints)})" if hints else ""


class Filter(t.NamedTuple):
    """An entry of the option `filters`: includes or excludes the VMs that match. The first that matches decides."""

    include: bool
    match: tuple[Condition, ...]


def parse_filters(entries: t.Any) -> tuple[Filter, ...]:
    """The entries of the option `filters`. Raises ConfigError that names the invalid entry."""
    filters = []
    for position, entry in enumerate(entries or ()):
        where = f"filters[{position}]"
        if not isinstance(entry, dict) or len(entry) != 1 or next(iter(entry)) not in ("include", "exclude"):
            raise ConfigError(
                f"The option {where} must be a dictionary with the one key include or exclude, such as"
                " exclude: {label: test-*}."
            )
        ((verb, match),) = entry.items()
        try:
            filters.append(Filter(verb == "include", MATCH(match, f"{where}.{verb}")))
        except PolicyError as error:
            raise ConfigError(f"The option filters is wrong: {error}.") from error
    return tuple(filters)
