# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""The recovery points of one disk over time: kept periods, the longest gap, and sizes compared with earlier ones."""

from __future__ import annotations

import statistics
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._policy.calendar import completed_periods, period_of
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import TIERS
from ansible_collections.community.onapp.plugins.module_utils._records import NORMAL

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import Cover, Point
    from ansible_collections.community.onapp.plugins.module_utils._assessment.evidence import Evidence
    from ansible_collections.community.onapp.plugins.module_utils._policy.calendar import Period
    from ansible_collections.community.onapp.plugins.module_utils._policy.limits import MaxGap, SizeLimits, Tier

MOST_SAMPLES = 10
SHRINK = "shrink"
SHRINK_CRITICAL = "shrink_critical"
GROWTH = "growth"


class KeptPeriods(t.NamedTuple):
    """The completed periods of a tier, oldest first, with whether a disk holds a point in each: None for periods that
    began before the disk was created.

    `truncated_at` is the time of the oldest point if an earlier period is missing: its points may have been rotated.
    """

    periods: list[tuple[Period, bool | None]]
    points: tuple[Point, ...]
    truncated_at: int | None
    tier: Tier

    @property
    def known(self) -> list[bool]:
        """Whether there is a point in each of the periods in which the disk existed."""
        return [held for _period, held in self.periods if held is not None]

    @property
    def missing(self) -> list[str]:
        """Names of the periods without a point."""
        return [period.name for period, held in self.periods if held is False]

    @property
    def is_short(self) -> bool:
        """Whether the disk holds points of fewer periods than the tier requires.

        For younger disks the number is scaled down proportionally, and rounded up.
        """
        return sum(self.known) * self.tier.periods < self.tier.held * len(self.known)


class Gap(t.NamedTuple):
    """The longest time between two consecutive points within the window, None without two points.

    `truncated_at` is the time of the oldest point if the window reaches back further: earlier gaps are unknown.
    """

    seconds: int | None
    points: tuple[Point, ...]
    truncated_at: int | None
    is_too_long: bool


class Comparison(t.NamedTuple):
    """The newest normal backup of a disk and up to 10 `earlier` ones of known size, newest first; sizes are kB.

    `median` and `ratio` are None without a size to compare. `change` is `shrink`, `shrink_critical` or `growth`, None
    if the size is normal or there are too few samples.
    """

    newest: Point
    size: int | None
    earlier: tuple[Point, ...]
    median: float | None = None
    ratio: float | None = None
    change: str | None = None


def kept_periods(evidence: Evidence, name: str, tier: Tier, cover: Cover) -> KeptPeriods:
    """The completed periods of the tier `name` of which a disk still holds a recovery point."""
    calendar = evidence.policy.calendar
    periods = completed_periods(name, calendar.day_of(evidence.now), tier.periods)
    is_strict = evidence.rule.retention is not None and evidence.rule.retention.tier_strict
    earliest = calendar.day_start(periods[0].first) if periods else evidence.now
    holding: dict[str, Point] = {}
    for point in cover.points:
        if point.time >= earliest and (not is_strict or point.backup.initiated == TIERS[name]):
            holding[period_of(name, calendar.day_of(point.time)).name] = point
    oldest = cover.points[0].time if cover.points else None
    found: list[tuple[Period, bool | None]] = []
    is_truncated = False
    for period in periods:
        starts = calendar.day_start(period.first)
        held = period.name in holding or (False if cover.created is None or cover.created <= starts else None)
        is_truncated |= held is False and oldest is not None and starts < oldest
        found.append((period, held))
    points = tuple(holding[period.name] for period in periods if period.name in holding)
    return KeptPeriods(found, points, oldest if is_truncated else None, tier)


def longest_gap(evidence: Evidence, limits: MaxGap, cover: Cover) -> Gap:
    """The longest gap of a disk that has points.

    An interval that begins before the window counts with its full length. The time since the newest point is its age,
    not a gap.
    """
    begins = evidence.now - limits.window
    seconds: int | None = None
    points: tuple[Point, ...] = (cover.points[-1],)
    for before, after in zip(cover.points, cover.points[1:]):
        if after.time > begins and (seconds is None or after.time - before.time > seconds):
            seconds, points = after.time - before.time, (before, after)
    oldest = cover.points[0].time
    first_due = begins if cover.created is None else max(begins, cover.created + evidence.rule.new_vm_grace)
    is_too_long = seconds is not None and seconds > limits.limit
    return Gap(seconds, points, oldest if oldest > first_due else None, is_too_long)


def compare_sizes(cover: Cover, limits: SizeLimits) -> Comparison | None:
    """The comparison of a disk; None if its newest recovery point is not a normal backup.

    Sizes of incremental backups say nothing: they are empty if nothing changed.
    """
    points = [point for point in cover.points if point.backup.backup_type == NORMAL]
    if not points or points[-1] is not cover.points[-1]:
        return None
    size = points[-1].backup.size
    earlier = tuple(point for point in reversed(points[:-1]) if (point.backup.size or 0) > 0)[:MOST_SAMPLES]
    if not earlier or size is None:
        return Comparison(points[-1], size, earlier)
    median = statistics.median(point.backup.size or 0 for point in earlier)
    ratio = size / median
    change = None
    if len(earlier) >= limits.min_samples and abs(size - median) > limits.floor_kb:
        if ratio < (limits.shrink_critical or 0):
            change = SHRINK_CRITICAL
        elif ratio < limits.shrink:
            change = SHRINK
        elif ratio > limits.growth:
            change = GROWTH
    return Comparison(points[-1], size, earlier, median, ratio, change)
