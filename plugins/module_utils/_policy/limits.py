# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The limits that a rule sets, one table for each. Durations are seconds, times of day minutes since midnight."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import RATED_CHECKS, SEVERITIES, TIERS
from ansible_collections.community.onapp.plugins.module_utils._policy.language import Section, Setting
from ansible_collections.community.onapp.plugins.module_utils._policy.readers import (
    Choice,
    Duration,
    Flag,
    Number,
    Table,
    TimeOfDay,
    Whole,
)

MOST_PERIODS = 400


class Tier(t.NamedTuple):
    """Of the last `periods` completed ones at least `held` hold a recovery point."""

    periods: int
    held: int


class Retention(t.NamedTuple):
    """What is kept of each length of period; None is not looked at."""

    daily: Tier | None
    weekly: Tier | None
    monthly: Tier | None
    yearly: Tier | None
    tier_strict: bool


class MaxGap(t.NamedTuple):
    """The longest time between two consecutive recovery points within a window that ends now."""

    limit: int
    window: int


class SizeLimits(t.NamedTuple):
    """How the newest normal backup compares to the median of those before it; a change up to `floor_kb` is none."""

    shrink: float
    shrink_critical: float | None
    growth: float
    min_samples: int
    floor_kb: int


class BackupServers(t.NamedTuple):
    """At least `places` (servers, or sites) hold the recovery points of the time `within`."""

    places: int
    within: int


class DurationLimits(t.NamedTuple):
    """A backup takes at most `limit`, and more than `floor` only up to `factor` times the median."""

    limit: int | None
    factor: float | None
    floor: int


class Window(t.NamedTuple):
    """Backups start between two times of day; an `end` before the `start` is on the next day."""

    start: int
    end: int


class LockLimits(t.NamedTuple):
    """A lock that lasts longer than `limit` is told, one that lasts longer than `warning` is a warning."""

    limit: int
    warning: int


def _tier_is_wrong(tier: Tier) -> str | None:
    if tier.held > tier.periods:
        return f".min is {tier.held}, more than the {tier.periods} periods of count; write at most that"
    return None


def _size_is_wrong(size: SizeLimits) -> str | None:
    if size.shrink_critical is not None and size.shrink_critical > size.shrink:
        return f".shrink_critical is {size.shrink_critical:g}, above shrink ({size.shrink:g}); write at most that"
    return None


def _duration_is_wrong(limits: DurationLimits) -> str | None:
    if limits.limit is None and limits.factor is None:
        return " has neither limit nor factor, so it would never fail; write one of them, or null for the whole"
    return None


def _window_is_wrong(window: Window) -> str | None:
    return " starts and ends at the same time; write two times" if window.start == window.end else None


def _lock_is_wrong(lock: LockLimits) -> str | None:
    return ".warning is less than limit; write at least that" if lock.warning < lock.limit else None


def severities_of(checks: tuple[str, ...]) -> Table:
    """Reads how much each of some checks matters."""
    return Table(Choice(checks), Choice(SEVERITIES), "a dictionary from checks to critical, warning or info")


TIER = Section(
    {
        "count": Setting(Whole(1, MOST_PERIODS), "How many completed periods are looked at.", required=True),
        "min": Setting(
            Whole(1, MOST_PERIODS),
            "How many of them must hold a recovery point; of a younger disk the same share.",
            required=True,
        ),
    },
    lambda **written: Tier(written["count"], written["min"]),
    _tier_is_wrong,
    inherits=True,
)

# What a rule may set; it takes what it does not say from `defaults`.
LIMITS: dict[str, Setting] = {
    "rpo": Setting(
        Duration(), "Recovery point objective: how old the newest recovery point of every disk may be.", "26h"
    ),
    "rpo_critical": Setting(
        Duration(),
        "Up to this age a breach of rpo is only a warning. Null: a breach is critical at once. A rule that sets rpo"
        " does not inherit it.",
        may_be_off=True,
    ),
    "build_timeout": Setting(Duration(), "How long a backup may take before it counts as stuck.", "12h"),
    "min_copies": Setting(Whole(1, 10000), "Usable recovery points that every disk must have.", 2, may_be_off=True),
    "scheduled": Setting(
        Flag(), "Whether a backup by hand may not stand in for a scheduled one.", True, may_be_off=True
    ),
    "plan": Setting(
        Flag(), "With evidence schedules: whether an enabled schedule must cover every disk.", True, may_be_off=True
    ),
    "schedule_failures": Setting(
        Flag(), "With evidence schedules: whether failures that a schedule counts are a finding.", True, may_be_off=True
    ),
    "retention": Setting(
        Section(
            {
                **{
                    name: Setting(TIER, f"Recovery points kept of the last completed {unit}.", may_be_off=True)
                    for name, unit in TIERS.items()
                },
                "tier_strict": Setting(
                    Flag(),
                    "Whether a point counts only in the tier whose schedule made it, such as weeks for weekly.",
                    False,
                ),
            },
            Retention,
        ),
        "For how many of the last completed calendar periods a recovery point is still kept.",
        {"daily": {"count": 7, "min": 6}, "weekly": {"count": 4, "min": 4}},
        may_be_off=True,
    ),
    "max_gap": Setting(
        Section(
            {
                "limit": Setting(Duration(), "The longest time between two consecutive recovery points.", "50h"),
                "window": Setting(Duration(), "How far back they are looked at.", "14d"),
            },
            MaxGap,
        ),
        "Gaps between the recovery points that are kept.",
        {},
        may_be_off=True,
    ),
    "size": Setting(
        Section(
            {
                "shrink": Setting(Number(0, 1), "Below this share of the median a backup is suspiciously small.", 0.5),
                "shrink_critical": Setting(Number(0, 1), "Below this share that is critical.", 0.1, may_be_off=True),
                "growth": Setting(
                    Number(1, 1000000), "Above this multiple of the median it is suspiciously large.", 2.0
                ),
                "min_samples": Setting(Whole(1, 10), "Earlier backups that are needed to compare with.", 5),
                "floor_kb": Setting(Whole(0, 10**15), "A change of at most this many kB is none.", 102400),
            },
            SizeLimits,
            _size_is_wrong,
        ),
        "The size of the newest normal backup beside the median of up to 10 before it.",
        {},
        may_be_off=True,
    ),
    "empty": Setting(Flag(), "Whether a backup that holds nothing is a finding.", True, may_be_off=True),
    "min_backup_servers": Setting(
        Section(
            {
                "count": Setting(Whole(1, 1000), "How many backup servers, or sites where server_sites is set.", 1),
                "within": Setting(Duration(), "Which recovery points count: those of this time.", "7d"),
            },
            lambda **written: BackupServers(written["count"], written["within"]),
        ),
        "How many backup servers recent recovery points must lie on.",
        {},
        may_be_off=True,
    ),
    "duration": Setting(
        Section(
            {
                "limit": Setting(Duration(), "The longest time from start to completion.", may_be_off=True),
                "factor": Setting(
                    Number(1, 1000), "The largest multiple of the median of earlier ones.", may_be_off=True
                ),
                "floor": Setting(Duration(), "What takes no longer than this is never compared.", "30m"),
            },
            DurationLimits,
            _duration_is_wrong,
        ),
        "How long the newest backup may have taken, waiting included.",
        may_be_off=True,
    ),
    "window": Setting(
        Section(
            {
                "start": Setting(
                    TimeOfDay(), "From when on scheduled backups may start, in the time zone.", required=True
                ),
                "end": Setting(TimeOfDay(), "Until when; before start it is on the next day.", required=True),
            },
            Window,
            _window_is_wrong,
            inherits=True,
        ),
        "The hours in which scheduled backups may start.",
        may_be_off=True,
    ),
    "max_retention": Setting(Duration(), "How old a usable copy may become.", may_be_off=True),
    "locked": Setting(
        Section(
            {
                "limit": Setting(Duration(), "How long a lock is expected, as while a backup is restored.", "24h"),
                "warning": Setting(Duration(), "From when on it is a warning.", "72h"),
            },
            LockLimits,
            _lock_is_wrong,
        ),
        "How long the newest recovery point may be locked.",
        may_be_off=True,
    ),
    "severity": Setting(
        severities_of(RATED_CHECKS),
        "How much a check matters, where that is not its own severity. What is past a critical limit stays critical, as"
        " a breach of rpo without rpo_critical.",
        {},
    ),
}
