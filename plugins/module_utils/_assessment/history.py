# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""How recovery points lie in time: which calendar periods hold one, and the longest gap between two."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._policy.calendar import (
    calendar_of,
    completed_periods,
    period_of,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import TIERS

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import Cover, Point
    from ansible_collections.community.onapp.plugins.module_utils._assessment.evidence import Evidence
    from ansible_collections.community.onapp.plugins.module_utils._policy.calendar import Calendar, Period
    from ansible_collections.community.onapp.plugins.module_utils._policy.limits import Tier
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Policy


class Keeping(t.NamedTuple):
    """The completed periods of a tier, oldest first, with whether a disk holds a point in each: None for those that
    began before the disk was there.

    `truncated_at` is the time of the oldest point where a period from before it is missing: nobody knows what was then.
    """

    cover: Cover
    periods: list[tuple[Period, bool | None]]
    points: tuple[Point, ...]
    truncated_at: int | None

    @property
    def missing(self) -> list[str]:
        """Names of the periods without a point."""
        return [period.name for period, held in self.periods if held is False]


class Gap(t.NamedTuple):
    """The longest time between two consecutive points within the window, None where there are no two.

    `truncated_at` is the time of the oldest point where nothing older is kept although the window reaches back further:
    nobody knows what was before.
    """

    seconds: int | None
    points: tuple[Point, ...]
    truncated_at: int | None


def policy_calendar(policy: Policy) -> Calendar:
    """The calendar that a policy counts days by."""
    return calendar_of(policy.timezone, policy.day_starts_at)


def tier_of(evidence: Evidence, name: str) -> Tier | None:
    """The tier that the rule sets under a name such as `daily`."""
    retention = evidence.rule.retention
    return None if retention is None else getattr(retention, name)


def keeping(evidence: Evidence, name: str, tier: Tier, cover: Cover) -> Keeping:
    """What a disk keeps of a tier's periods."""
    calendar = policy_calendar(evidence.policy)
    periods = completed_periods(name, calendar.day_of(evidence.now), tier.periods)
    is_strict = evidence.rule.retention is not None and evidence.rule.retention.tier_strict
    earliest = calendar.day_start(periods[0].first) if periods else evidence.now
    held: dict[str, Point] = {}
    for point in cover.points:
        if point.time >= earliest and (not is_strict or point.backup.initiated == TIERS[name]):
            held[period_of(name, calendar.day_of(point.time)).name] = point
    created = cover.created
    found: list[tuple[Period, bool | None]] = []
    for period in periods:
        was_there = created is None or created <= calendar.day_start(period.first)
        found.append((period, True if period.name in held else False if was_there else None))
    oldest = cover.points[0].time if cover.points else None
    is_truncated = oldest is not None and any(
        is_held is False and calendar.day_start(period.first) < oldest for period, is_held in found
    )
    return Keeping(
        cover,
        found,
        tuple(held[period.name] for period in periods if period.name in held),
        oldest if is_truncated else None,
    )


def is_short(kept: Keeping, tier: Tier) -> bool:
    """Whether a disk holds fewer periods than the tier asks for.

    Of a disk that was not there for all of them it is the same share that is asked for, rounded up.
    """
    judged = [held for _period, held in kept.periods if held is not None]
    return sum(judged) * tier.periods < tier.held * len(judged)


def misses_periods(evidence: Evidence) -> bool:
    """Whether any disk misses more periods of a tier than its rule allows."""
    for name in TIERS:
        tier = tier_of(evidence, name)
        if tier is not None and any(
            is_short(keeping(evidence, name, tier, cover), tier) for cover in evidence.covers if not cover.is_pending
        ):
            return True
    return False


def longest_gap(evidence: Evidence, cover: Cover, window: int) -> Gap:
    """The longest gap of a disk in the time `window` (seconds) before now.

    The interval that reaches into the window from an older point counts whole. The time since the newest point does
    not: that is its age.
    """
    begins = evidence.now - window
    seconds: int | None = None
    points: tuple[Point, ...] = (cover.points[-1],)
    for before, after in zip(cover.points, cover.points[1:]):
        if after.time > begins and (seconds is None or after.time - before.time > seconds):
            seconds, points = after.time - before.time, (before, after)
    oldest = cover.points[0].time
    first_due = begins if cover.created is None else max(begins, cover.created + evidence.rule.new_vm_grace)
    return Gap(seconds, points, oldest if oldest > first_due else None)


def has_gap(evidence: Evidence) -> bool:
    """Whether the gap of any disk is longer than its rule allows."""
    limits = evidence.rule.max_gap
    if limits is None:
        return False
    return any((longest_gap(evidence, cover, limits.window).seconds or 0) > limits.limit for cover in evidence.covered)
