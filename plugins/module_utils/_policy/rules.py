# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Rules: the virtual machines that they match, and their limits.

The fields are the keys of the policy language, with what users may write, its description and its default. Durations
are seconds, times of day minutes since midnight.
"""

from __future__ import annotations

import fnmatch
import re
import typing as t
from collections.abc import Mapping

from . import catalogue, values

if t.TYPE_CHECKING:
    from collections.abc import Iterable

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
    "label": values.Setting(_globs("label"), "Shell patterns of labels; one must match. Case-sensitive."),
    "hostname": values.Setting(_globs("hostname"), "Shell patterns of host names; one must match."),
    "identifier": values.Setting(_globs("identifier"), "Shell patterns of identifiers; one must match."),
    "id": values.Setting(_numbers("id"), "Ids of virtual machines."),
    "user_id": values.Setting(_numbers("user_id"), "Ids of owners."),
    "template_id": values.Setting(
        _numbers("template_id"), "Ids of the templates that virtual machines were built from."
    ),
    "operating_system": values.Setting(
        _globs("operating_system", "operating_system_distro"),
        "Shell patterns of the operating system or its distribution; one must match one of them.",
    ),
    "any": values.Setting(
        values.Value("true, or leave it out", lambda value: Condition() if value is True else None, {"const": True}),
        "Every virtual machine.",
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

    periods: int = values.required(PERIODS, "How many of the last completed periods are checked.", key="count")
    held: int = values.required(
        PERIODS, "How many of them must have a recovery point; proportionally fewer for younger disks.", key="min"
    )

    def problem(self) -> str | None:
        if self.held > self.periods:
            return f".min is {self.held}, more than the {self.periods} periods of count; write at most that"
        return None


TIER = values.Section.of(Tier)


class Retention(t.NamedTuple):
    """The recovery points that are kept per length of period; None is not checked."""

    daily: Tier | None = values.nullable(TIER, "Requires recovery points of the last days: count and min.")
    weekly: Tier | None = values.nullable(TIER, "Requires recovery points of the last weeks: count and min.")
    monthly: Tier | None = values.nullable(TIER, "Requires recovery points of the last months: count and min.")
    yearly: Tier | None = values.nullable(TIER, "Requires recovery points of the last years: count and min.")
    tier_strict: bool = values.setting(
        values.FLAG, "Whether a backup counts only for the periods of its schedule, such as weekly for weeks.", False
    )


class MaxGap(t.NamedTuple):
    """The longest time between two consecutive recovery points within a window that ends now."""

    limit: int = values.setting(values.DURATION, "The longest time between two consecutive recovery points.", "50h")
    window: int = values.setting(values.DURATION, "How far back gaps are checked.", "14d")


class SizeLimits(t.NamedTuple):
    """Limits of the size of the newest normal backup, relative to the median of earlier ones."""

    shrink: float = values.setting(values.number(0, 1), "A backup below this share of the median is too small.", 0.5)
    shrink_critical: float | None = values.nullable(values.number(0, 1), "Below this share it is critical.", 0.1)
    growth: float = values.setting(
        values.number(1, 1000000), "A backup above this multiple of the median is too large.", 2.0
    )
    min_samples: int = values.setting(
        values.integer(1, 10), "The minimum number of earlier backups to compare with.", 5
    )
    floor_kb: int = values.setting(values.integer(0, 10**15), "Smaller changes, in kB, are ignored.", 102400)

    def problem(self) -> str | None:
        if self.shrink_critical is not None and self.shrink_critical > self.shrink:
            return f".shrink_critical is {self.shrink_critical:g}, above shrink ({self.shrink:g}); write at most that"
        return None


class BackupServers(t.NamedTuple):
    """At least `places` servers or sites hold the recovery points of the time `within`."""

    places: int = values.setting(
        values.integer(1, 1000), "How many backup servers, or sites if server_sites is set.", 1, key="count"
    )
    within: int = values.setting(values.DURATION, "The maximum age of the backups that count.", "7d")


class DurationLimits(t.NamedTuple):
    """A backup takes at most `limit`, and at most `factor` times the median unless it takes at most `floor`."""

    limit: int | None = values.nullable(values.DURATION, "The maximum time from start to completion.")
    factor: float | None = values.nullable(
        values.number(1, 1000), "The maximum multiple of the median of earlier backups."
    )
    floor: int = values.setting(values.DURATION, "Shorter backups are not compared.", "30m")

    def problem(self) -> str | None:
        if self.limit is None and self.factor is None:
            return " has neither limit nor factor, so it would never fail; write one of them, or null for the whole"
        return None


class Window(t.NamedTuple):
    """Backups start between two times of day; an `end` before the `start` is on the next day."""

    start: int = values.required(values.TIME_OF_DAY, "The earliest start, in the time zone of the policy.")
    end: int = values.required(values.TIME_OF_DAY, "The latest start; on the next day if it is before start.")

    def problem(self) -> str | None:
        return " starts and ends at the same time; write two times" if self.start == self.end else None


class LockLimits(t.NamedTuple):
    """A lock that lasts longer than `limit` is a finding, longer than `warning` at least a warning."""

    limit: int = values.setting(values.DURATION, "The maximum duration, such as that of a restore.", "24h")
    warning: int = values.setting(values.DURATION, "After this time, the finding is at least a warning.", "72h")

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
    name: str = values.required(RULE_NAME, "Its name, shown in all results.")
    match: tuple[Condition, ...] = values.required(
        MATCH, "The virtual machines that it applies to. All conditions must hold."
    )
    rpo: int = values.setting(
        values.DURATION, "Recovery point objective: the maximum age of the newest recovery point of every disk.", "26h"
    )
    rpo_critical: int | None = values.nullable(
        values.DURATION,
        "Up to this age, exceeding rpo is only a warning. With null it is always critical. A rule that sets rpo does"
        " not inherit it.",
    )
    build_timeout: int = values.setting(
        values.DURATION, "How long a backup may take. After that it counts as stuck.", "12h"
    )
    min_copies: int | None = values.nullable(
        values.integer(1, 10000), "How many usable recovery points every disk needs.", 2
    )
    scheduled: bool | None = values.nullable(values.FLAG, "Whether recent backups must include a scheduled one.", True)
    plan: bool | None = values.nullable(
        values.FLAG, "With the evidence schedules: whether every disk needs an enabled schedule.", True
    )
    schedule_failures: bool | None = values.nullable(
        values.FLAG, "With the evidence schedules: whether a schedule with failures is a finding.", True
    )
    retention: Retention | None = values.nullable(
        values.Section.of(Retention),
        "Requires recovery points of the last completed days, weeks, months or years.",
        {"daily": {"count": 7, "min": 6}, "weekly": {"count": 4, "min": 4}},
    )
    max_gap: MaxGap | None = values.nullable(
        values.Section.of(MaxGap), "Limits gaps between existing recovery points.", {}
    )
    size: SizeLimits | None = values.nullable(
        values.Section.of(SizeLimits),
        "Compares the size of the newest normal backup with the median of up to 10 earlier ones.",
        {},
    )
    empty: bool | None = values.nullable(
        values.FLAG, "Whether an empty backup that a restore needs is a finding.", True
    )
    min_backup_servers: BackupServers | None = values.nullable(
        values.Section.of(BackupServers), "Requires recent backups on several backup servers.", {}
    )
    duration: DurationLimits | None = values.nullable(
        values.Section.of(DurationLimits), "Limits the duration of the newest backup, including its time in the queue."
    )
    window: Window | None = values.nullable(
        values.Section.of(Window), "Limits the hours in which scheduled backups start: start and end."
    )
    max_retention: int | None = values.nullable(values.DURATION, "The maximum age of usable backups.")
    locked: LockLimits | None = values.nullable(
        values.Section.of(LockLimits), "Limits how long the newest backup may be locked."
    )
    severity: Mapping[str, str] = values.setting(
        severities_of(RATED_CHECKS),
        "The severity by name of the check, if it differs from the default. Values past a critical limit are critical"
        " anyway, such as an exceeded rpo without rpo_critical.",
        {},
    )


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
