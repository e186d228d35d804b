# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules: the virtual machines that they match, and their limits.

The fields are the keys of the policy language, with what users may write and its default; the documentation of the
option `policy` describes them. Durations are seconds, times of day minutes since midnight.
"""

from __future__ import annotations

import fnmatch
import re
import typing as t
from collections.abc import Iterable, Mapping

from . import catalogue, values

if t.TYPE_CHECKING:
    from .. import _records

# Python converts longer patterns in quadratic time; no label is that long.
MOST_PATTERN_LENGTH = 1000
# Text fields that every VM has.
ALWAYS_SET = ("label", "identifier")
DEFAULTS = "defaults"
# A policy cannot change the severity of population, because a doubtful population makes the status unknown.
RATED_CHECKS = tuple(check for check in catalogue.CHECKS if check != "population")
PERIODS = values.integer(1, 400)
NAME = values.text("a name as text (in quotes if it looks like a number)")
RULE_NAME = NAME._replace(
    parse=lambda value: None if value == DEFAULTS else NAME.parse(value),
    hint=lambda value: ", the name of the rule for all other virtual machines" if value == DEFAULTS else "",
    schema={**NAME.schema, "not": {"const": DEFAULTS}},
)


class Condition(t.NamedTuple):
    """One of some fields is one of some numbers, or matches the pattern of some globs; without fields it always holds.

    A field without a value never matches.
    """

    fields: tuple[str, ...] = ()
    numbers: frozenset[int] = frozenset()
    pattern: re.Pattern[str] | None = None
    globs: tuple[str, ...] = ()

    def holds(self, vm: _records.VirtualMachine) -> bool:
        for field in self.fields:
            value = getattr(vm, field)
            if value in self.numbers or (self.pattern and value is not None and self.pattern.match(value)):
                return True
        return not self.fields


def _globs(*fields: str) -> values.OneOrMore:
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
    return values.OneOrMore(values.text(spec, title="pattern", maxLength=MOST_PATTERN_LENGTH, examples=["db-*"]), build)


def _numbers(field: str) -> values.OneOrMore:
    """Ids, of which one must be the field's."""
    return values.OneOrMore(values.ID, lambda numbers: Condition((field,), frozenset(numbers)))


# All that are given must hold.
CONDITIONS: dict[str, values.Setting] = {
    "label": values.Setting(_globs("label")),
    "hostname": values.Setting(_globs("hostname")),
    "identifier": values.Setting(_globs("identifier")),
    "id": values.Setting(_numbers("id")),
    "user_id": values.Setting(_numbers("user_id")),
    "template_id": values.Setting(_numbers("template_id")),
    "operating_system": values.Setting(_globs("operating_system", "operating_system_distro")),
    "any": values.Setting(
        values.Value("true, or leave it out", lambda value: Condition() if value is True else None, {"const": True})
    ),
}


# Parsed as a tuple of conditions.
MATCH = values.Section(
    CONDITIONS,
    lambda *given: tuple(condition for condition in given if condition is not None),
    lambda given: None if given else " is empty, which matches nothing; write any: true to match every VM",
)


def matches(conditions: tuple[Condition, ...], vm: _records.VirtualMachine) -> bool:
    """Whether a VM meets all conditions."""
    return all(condition.holds(vm) for condition in conditions)


def may_match(conditions: tuple[Condition, ...], vm: _records.VirtualMachine) -> bool:
    """Whether a VM meets all conditions, or could, if fields were readable that are not."""
    return all(condition.holds(vm) or not set(condition.fields).isdisjoint(vm.unreadable) for condition in conditions)


def is_catch_all(conditions: tuple[Condition, ...]) -> bool:
    """Whether conditions hold for every VM: `any`, or a glob of asterisks for a field that every VM has."""
    return all(
        not one.fields or (one.fields[0] in ALWAYS_SET and any(not glob.strip("*") for glob in one.globs))
        for one in conditions
    )


class Tier(t.NamedTuple):
    """At least `held` of the last `periods` completed periods hold a recovery point."""

    periods: int = values.required(PERIODS, key="count")
    held: int = values.required(PERIODS, key="min")

    def problem(self) -> str | None:
        if self.held > self.periods:
            return f".min is {self.held}, more than the {self.periods} periods of count; write at most that"
        return None


TIER = values.Section.of(Tier)


class Retention(t.NamedTuple):
    """The recovery points that are kept per length of period; None is not checked."""

    daily: Tier | None = values.nullable(TIER)
    weekly: Tier | None = values.nullable(TIER)
    monthly: Tier | None = values.nullable(TIER)
    yearly: Tier | None = values.nullable(TIER)
    tier_strict: bool = values.setting(values.FLAG, False)


class MaxGap(t.NamedTuple):
    """The longest time between two consecutive recovery points within a window that ends now."""

    limit: int = values.setting(values.DURATION, "50h")
    window: int = values.setting(values.DURATION, "14d")


class SizeLimits(t.NamedTuple):
    """Limits of the size of the newest normal backup, relative to the median of earlier ones."""

    shrink: float = values.setting(values.number(0, 1), 0.5)
    shrink_critical: float | None = values.nullable(values.number(0, 1), 0.1)
    growth: float = values.setting(values.number(1, 1000000), 2.0)
    min_samples: int = values.setting(values.integer(1, 10), 5)
    floor_kb: int = values.setting(values.integer(0, 10**15), 102400)

    def problem(self) -> str | None:
        if self.shrink_critical is not None and self.shrink_critical > self.shrink:
            return f".shrink_critical is {self.shrink_critical:g}, above shrink ({self.shrink:g}); write at most that"
        return None


class BackupServers(t.NamedTuple):
    """At least `places` servers or sites hold the recovery points of the time `within`."""

    places: int = values.setting(values.integer(1, 1000), 1, key="count")
    within: int = values.setting(values.DURATION, "7d")


class DurationLimits(t.NamedTuple):
    """A backup takes at most `limit`, and at most `factor` times the median unless it takes at most `floor`."""

    limit: int | None = values.nullable(values.DURATION)
    factor: float | None = values.nullable(values.number(1, 1000))
    floor: int = values.setting(values.DURATION, "30m")

    def problem(self) -> str | None:
        if self.limit is None and self.factor is None:
            return " has neither limit nor factor, so it would never fail; write one of them, or null for the whole"
        return None


class Window(t.NamedTuple):
    """Backups start between two times of day; an `end` before the `start` is on the next day."""

    start: int = values.required(values.TIME_OF_DAY)
    end: int = values.required(values.TIME_OF_DAY)

    def problem(self) -> str | None:
        return " starts and ends at the same time; write two times" if self.start == self.end else None


class LockLimits(t.NamedTuple):
    """A lock that lasts longer than `limit` is a finding, longer than `warning` at least a warning."""

    limit: int = values.setting(values.DURATION, "24h")
    warning: int = values.setting(values.DURATION, "72h")

    def problem(self) -> str | None:
        return ".warning is less than limit; write at least that" if self.warning < self.limit else None


def severities_of(checks: Iterable[str]) -> values.Table:
    """The severities of some checks."""
    return values.Table(
        values.choice(*checks),
        values.choice(*catalogue.SEVERITIES),
        "a dictionary from checks to critical, warning or info",
    )


class Rule(t.NamedTuple):
    """The limits for a VM, under the name of the rule that set them; `match` selects the VMs.

    None is a check that is disabled. `written` are the keys of the limits that the policy itself sets.
    """

    written: frozenset[str]
    name: str = values.required(RULE_NAME)
    match: tuple[Condition, ...] = values.required(MATCH)
    rpo: int = values.setting(values.DURATION, "26h")
    rpo_critical: int | None = values.nullable(values.DURATION)
    build_timeout: int = values.setting(values.DURATION, "12h")
    min_copies: int | None = values.nullable(values.integer(1, 10000), 2)
    scheduled: bool | None = values.nullable(values.FLAG, True)
    plan: bool | None = values.nullable(values.FLAG, True)
    schedule_failures: bool | None = values.nullable(values.FLAG, True)
    retention: Retention | None = values.nullable(
        values.Section.of(Retention), {"daily": {"count": 7, "min": 6}, "weekly": {"count": 4, "min": 4}}
    )
    max_gap: MaxGap | None = values.nullable(values.Section.of(MaxGap), {})
    size: SizeLimits | None = values.nullable(values.Section.of(SizeLimits), {})
    empty: bool | None = values.nullable(values.FLAG, True)
    min_backup_servers: BackupServers | None = values.nullable(values.Section.of(BackupServers), {})
    full_max_age: int | None = values.nullable(values.DURATION)
    duration: DurationLimits | None = values.nullable(values.Section.of(DurationLimits))
    window: Window | None = values.nullable(values.Section.of(Window))
    max_retention: int | None = values.nullable(values.DURATION)
    locked: LockLimits | None = values.nullable(values.Section.of(LockLimits))
    severity: Mapping[str, str] = values.setting(severities_of(RATED_CHECKS), {})


SETTINGS: dict[str, values.Setting] = Rule._field_defaults
# What `defaults` sets. A rule takes what it does not say from there.
LIMITS = {key: one for key, one in SETTINGS.items() if key not in ("name", "match")}
RULE = {
    **SETTINGS,
    **{key: one._replace(default=None, deferred=True) for key, one in LIMITS.items()},
    # Checks of the whole cloud have one severity, set in defaults.
    "severity": LIMITS["severity"]._replace(read=severities_of(catalogue.VM_CHECKS), default=None),
}


def parse_rule(
    given: Mapping[str, t.Any], inherited: Mapping[str, t.Any], path: str, **fixed: t.Any
) -> tuple[Rule, dict[str, t.Any]]:
    """A rule and all its limits as they would be written: as given, else as inherited, key by key at every depth.

    `fixed` are the fields of the rule that are not limits. Raises PolicyError.
    """
    values.dictionary(given, path, LIMITS)
    if "rpo" in given and "rpo_critical" not in given:
        # Its own limit must not be softened by an age that was written for another one.
        inherited = {**inherited, "rpo_critical": None}
    merged = _merged(inherited, given)
    limits = values.Section(LIMITS)(merged, path)
    complete = values.Section(LIMITS).complete(merged)
    if limits["rpo_critical"] is not None and limits["rpo_critical"] < limits["rpo"]:
        raise values.PolicyError(
            f"{path}.rpo_critical is {values.shown(complete['rpo_critical'])}, less than rpo ({complete['rpo']}); write"
            " at least that, or omit it: without it a breach of rpo is critical"
        )
    return Rule(**fixed, **limits, written=frozenset(given)), complete


def _merged(inherited: Mapping[str, t.Any], given: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The given values, else the inherited ones; dictionaries within are merged the same way."""
    merged = dict(inherited)
    for key, value in given.items():
        base = inherited.get(key)
        merged[key] = _merged(base, value) if isinstance(value, Mapping) and isinstance(base, Mapping) else value
    return merged
