# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""Recovery points over time: which calendar periods hold one, and the longest gap between two."""

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


class KeptPeriods(t.NamedTuple):
    """The completed periods of a tier, oldest first, with whether a disk holds a point in each: None for periods that
    began before the disk was created.

    `truncated_at` is the time of the oldest point if an earlier period is missing: its points may have been rotated.
    """

    periods: list[tuple[Period, bool | None]]
    points: tuple[Point, ...]
    truncated_at: int | None

    @property
    def missing(self) -> list[str]:
        """Names of the periods without a point."""
        return [period.name for period, held in self.periods if held is False]


class Gap(t.NamedTuple):
    """The longest time between two consecutive points within the window, None without two points.

    `truncated_at` is the time of the oldest point if the window reaches back further: earlier gaps are unknown.
    """

    seconds: int | None
    points: tuple[Point, ...]
    truncated_at: int | None


def policy_calendar(policy: Policy) -> Calendar:
    """The calendar of a policy."""
    return calendar_of(policy.timezone, policy.day_starts_at)


def kept_periods(evidence: Evidence, name: str, tier: Tier, cover: Cover) -> KeptPeriods:
    """The completed periods of a tier of which a disk still holds a recovery point."""
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
    return KeptPeriods(
        found,
        tuple(held[period.name] for period in periods if period.name in held),
        oldest if is_truncated else None,
    )


def is_short(kept: KeptPeriods, tier: Tier) -> bool:
    """Whether a disk holds points of fewer periods than the tier requires.

    For younger disks the number is scaled down proportionally, and rounded up.
    """
    judged = [held for _period, held in kept.periods if held is not None]
    return sum(judged) * tier.periods < tier.held * len(judged)


def misses_periods(evidence: Evidence) -> bool:
    """Whether any disk misses more periods of a tier than the rule allows."""
    for name in TIERS:
        tier = getattr(evidence.rule.retention, name, None)
        if tier is None:
            continue
        covers = (cover for cover in evidence.covers if not cover.is_pending)
        if any(is_short(kept_periods(evidence, name, tier, cover), tier) for cover in covers):
            return True
    return False


def longest_gap(evidence: Evidence, cover: Cover, window: int) -> Gap:
    """The longest gap of a disk in the time `window` (seconds) before now.

    An interval that begins before the window counts with its full length. The time since the newest point is its age,
    not a gap.
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
    """Whether the longest gap of any disk exceeds the limit of the rule."""
    limits = evidence.rule.max_gap
    if limits is None:
        return False
    return any((longest_gap(evidence, cover, limits.window).seconds or 0) > limits.limit for cover in evidence.covered)
