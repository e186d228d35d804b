# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The backup policy: what a user writes, checked and brought to seconds, and the rule that decides for a VM.

The language is defined once, by the tables `CLOCK`, `SCOPE`, `LIMITS`, `MATCH`, `RULE` and `POLICY`: a key that is in
none of them is refused, because a key that is accepted and not evaluated would promise a check that never runs. What
reads a value is a callable `(value, path)`; those with parameters are data classes, so that the tables can be walked.
"""

from __future__ import annotations

import dataclasses
import datetime
import difflib
import fnmatch
import re
import typing as t
import zoneinfo
from collections.abc import Iterable, Mapping

from ansible_collections.community.onapp.plugins.module_utils._fields import as_integer

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine

CREATED_AT = "created_at"
BUILT_AT = "built_at"
INCLUDE = "include"
EXCLUDE = "exclude"
DEFAULTS = "defaults"

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
        f"{path} is {_shown(value)}{hint}; write a whole number above 0 and m, h, d or w, such as 30m, 26h, 7d or 2w"
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


def time_zone(value: object, path: str) -> datetime.tzinfo:
    """The zone of an IANA name such as `Europe/Berlin`. Raises PolicyError when this machine does not know it."""
    name = _text(value, path, "the IANA name of a time zone, such as UTC or Europe/Berlin")
    if name == "UTC":
        # Works on machines without a time zone database, and is what the fast reading of times looks for.
        return datetime.timezone.utc
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        known = zoneinfo.available_timezones()
        if not known:
            raise PolicyError(
                f"{path} is {_shown(name)}, but this machine has no time zone database; write UTC, or install the "
                "Python package tzdata or the tzdata package of the operating system"
            ) from error
        raise PolicyError(
            f"{path} is {_shown(name)}, which is no time zone known to this machine{nearest(name, sorted(known))}; "
            "write the IANA name of one, such as UTC or Europe/Berlin"
        ) from error


def _version(value: object, path: str) -> int:
    if as_integer(value) != 1:
        raise PolicyError(f"{path} is {_shown(value)}; this release reads version 1 of the policy language: write 1")
    return 1


def _name(value: object, path: str) -> str:
    return _text(value, path, "a name as text (in quotes if it looks like a number)")


def _rule_name(value: object, path: str) -> str:
    name = _name(value, path)
    if name == DEFAULTS:
        raise PolicyError(
            f"{path} is {_shown(name)}, the name of what decides where no rule matches; write another one"
        )
    return name


def _rule_documents(value: object, path: str) -> list[t.Any]:
    if not isinstance(value, (list, tuple)):
        raise PolicyError(f"{path} is {_shown(value)}; write a list of rules, each with a name and a match")
    return list(value)


@dataclasses.dataclass(frozen=True)
class Choice:
    """Reads one word of several."""

    words: tuple[str, ...]

    def __call__(self, value: object, path: str) -> str:
        if isinstance(value, str) and value in self.words:
            return str(value)
        raise PolicyError(f"{path} is {_shown(value)}; write {' or '.join(self.words)}")


class Condition(t.Protocol):
    """What a rule demands of a VM."""

    def holds(self, vm: VirtualMachine) -> bool:
        """Whether a VM meets the demand."""


class TextCondition(t.NamedTuple):
    """One of some fields matches the pattern; a field without a value never does."""

    fields: tuple[str, ...]
    pattern: re.Pattern[str]

    def holds(self, vm: VirtualMachine) -> bool:
        for field in self.fields:
            text = getattr(vm, field)
            if text is not None and self.pattern.match(text) is not None:
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

    def __call__(self, value: object, path: str) -> Condition:
        patterns = [
            _text(item, where, "a pattern as text, such as db-* (in quotes if it looks like a number)")
            for where, item in _alternatives(value, path)
        ]
        return TextCondition(self.fields, re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns)))


@dataclasses.dataclass(frozen=True)
class Numbers:
    """Reads ids, of which one has to be the field's."""

    field: str

    def __call__(self, value: object, path: str) -> Condition:
        numbers = set()
        for where, item in _alternatives(value, path):
            number = as_integer(item)
            if number is None or number < 1:
                raise PolicyError(f"{where} is {_shown(item)}; write an id, a whole number such as 42")
            numbers.add(int(number))
        return NumberCondition(self.field, frozenset(numbers))


def _anything(value: object, path: str) -> Condition:
    if value is not True:
        raise PolicyError(f"{path} is {_shown(value)}; write true, or leave it out")
    return Anything()


def _conditions(value: object, path: str) -> tuple[Condition, ...]:
    given = _dictionary(value, path, MATCH)
    if not given:
        raise PolicyError(f"{path} is empty, which matches nothing; write any: true to match every VM")
    return tuple(read(given[key], f"{path}.{key}") for key, read in MATCH.items() if key in given)


class Setting(t.NamedTuple):
    """One key of the policy language.

    `read` turns what was written at a path into what is used, or raises PolicyError. `default` is written as a user
    would write it; None where the value is None unless given.
    """

    read: t.Callable[[t.Any, str], t.Any]
    default: t.Any = None
    required: bool = False


@dataclasses.dataclass(frozen=True)
class Section:
    """Reads a dictionary of settings and builds what holds them."""

    settings: Mapping[str, Setting]
    build: t.Callable[..., t.Any]

    def __call__(self, value: object, path: str) -> t.Any:
        return self.build(**_settings(value, path, self.settings))


class Clock(t.NamedTuple):
    """How times are read: `max_skew` in seconds, the zone of times without an offset, and which time is a point's."""

    max_skew: int
    naive_as: datetime.tzinfo
    age_from: str


CLOCK: dict[str, Setting] = {
    "max_skew": Setting(duration, "5m"),
    "naive_as": Setting(time_zone, "UTC"),
    "age_from": Setting(Choice((CREATED_AT, BUILT_AT)), CREATED_AT),
}


class Scope(t.NamedTuple):
    """Which VMs count: those powered off (`include` or `exclude`), and new VMs and disks only after some seconds."""

    powered_off: str
    new_vm_grace: int


SCOPE: dict[str, Setting] = {
    "powered_off": Setting(Choice((INCLUDE, EXCLUDE)), INCLUDE),
    "new_vm_grace": Setting(duration, "24h"),
}


class Rule(t.NamedTuple):
    """The limits for a VM, in seconds, under the name of the rule that set them; `match` is what it demands of it."""

    name: str
    rpo: int
    build_timeout: int
    new_vm_grace: int
    match: tuple[Condition, ...] = ()


# In `defaults`, and in every rule, which takes what it does not say from there.
LIMITS: dict[str, Setting] = {
    "rpo": Setting(duration, "26h"),
    "build_timeout": Setting(duration, "12h"),
}

# All that are given must hold.
MATCH: dict[str, t.Callable[[t.Any, str], Condition]] = {
    "label": Globs(("label",)),
    "hostname": Globs(("hostname",)),
    "identifier": Globs(("identifier",)),
    "vm_id": Numbers("id"),
    "user_id": Numbers("user_id"),
    "template_id": Numbers("template_id"),
    "os": Globs(("operating_system", "operating_system_distro")),
    "any": _anything,
}

RULE: dict[str, Setting] = {
    "name": Setting(_rule_name, required=True),
    "match": Setting(_conditions, required=True),
    **LIMITS,
}

POLICY: dict[str, Setting] = {
    "version": Setting(_version, 1),
    "name": Setting(_name),
    "clock": Setting(Section(CLOCK, Clock), {}),
    "scope": Setting(Section(SCOPE, Scope), {}),
    DEFAULTS: Setting(Section(LIMITS, dict), {}),
    "rules": Setting(_rule_documents, []),
}


class Policy(t.NamedTuple):
    """A policy that was read. `defaults` is the rule of that name, for VMs that no other rule matches."""

    version: int
    name: str | None
    clock: Clock
    scope: Scope
    defaults: Rule
    rules: tuple[Rule, ...]

    def rule_for(self, vm: VirtualMachine) -> Rule:
        """The rule that decides for a VM: the first that matches."""
        for rule in self.rules:
            if all(condition.holds(vm) for condition in rule.match):
                return rule
        return self.defaults


def parse_policy(document: Mapping[str, t.Any] | None) -> Policy:
    """The policy of a dictionary as a user writes it; None is the policy of nothing but defaults.

    Raises PolicyError, with a message for the user, for everything that would not be evaluated as it is written.
    """
    read = _settings({} if document is None else document, "policy", POLICY)
    limits, grace = read[DEFAULTS], read["scope"].new_vm_grace
    rules: list[Rule] = []
    places: dict[str, str] = {}
    everything: str | None = None
    for number, item in enumerate(read["rules"]):
        path = f"policy.rules[{number}]"
        rule = Rule(new_vm_grace=grace, **_settings(item, path, RULE, limits))
        if rule.name in places:
            raise PolicyError(
                f"{path}.name is {_shown(rule.name)}, as is that of {places[rule.name]}; write a name of its own for "
                "each rule, because every result names the rule that decided it"
            )
        if everything is not None:
            raise PolicyError(
                f"{path} can never decide, because {everything} before it matches every VM and the first match wins; "
                "write the rule that matches every VM last"
            )
        places[rule.name] = path
        if all(isinstance(condition, Anything) for condition in rule.match):
            everything = path
        rules.append(rule)
    return Policy(
        version=read["version"],
        name=read["name"],
        clock=read["clock"],
        scope=read["scope"],
        defaults=Rule(name=DEFAULTS, new_vm_grace=grace, **limits),
        rules=tuple(rules),
    )


def _settings(
    value: object, path: str, settings: Mapping[str, Setting], inherited: Mapping[str, t.Any] | None = None
) -> dict[str, t.Any]:
    """The value of every setting: as given, else as inherited, else its default."""
    given = _dictionary(value, path, settings)
    read: dict[str, t.Any] = {}
    for key, setting in settings.items():
        if key in given:
            read[key] = setting.read(given[key], f"{path}.{key}")
        elif setting.required:
            raise PolicyError(f"{path}.{key} is missing; write it, it is needed here")
        elif inherited is not None and key in inherited:
            read[key] = inherited[key]
        else:
            read[key] = None if setting.default is None else setting.read(setting.default, f"{path}.{key}")
    return read


def _dictionary(value: object, path: str, known: Mapping[str, t.Any]) -> Mapping[t.Any, t.Any]:
    """A dictionary of known keys only."""
    if not isinstance(value, Mapping):
        raise PolicyError(f"{path} is {_shown(value)}; write a dictionary with any of {', '.join(known)}")
    for key in value:
        if key not in known:
            raise PolicyError(
                f"{path}.{key} is no key of this version of the policy language{nearest(str(key), known)}; "
                f"write any of {', '.join(known)}, or leave it out"
            )
    return value


def _alternatives(value: object, path: str) -> list[tuple[str, object]]:
    """The paths and values of a list; a single value is a list of one."""
    if not isinstance(value, (list, tuple)):
        return [(path, value)]
    if not value:
        raise PolicyError(f"{path} is an empty list, which matches nothing; write at least one value, or leave it out")
    return [(f"{path}[{number}]", item) for number, item in enumerate(value)]


def _text(value: object, path: str, wanted: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise PolicyError(f"{path} is {_shown(value)}; write {wanted}")
    # Ansible's tagged text becomes plain text: what is kept here ends in facts and reports.
    return str(value)


def nearest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _shown(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.date):
        return f"the date {value.isoformat()}"
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
