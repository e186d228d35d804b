# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""Checks of backups over time: retention, gaps, start times, durations and maximum age."""

from __future__ import annotations

import statistics
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._assessment.flags import SCHEDULED
from ansible_collections.community.onapp.plugins.module_utils._assessment.history import (
    is_short,
    kept_periods,
    longest_gap,
    policy_calendar,
)
from ansible_collections.community.onapp.plugins.module_utils._checks.results import (
    Observation,
    Result,
    failed,
    insufficient,
    no_backup,
    passed,
    per_disk,
    result,
)
from ansible_collections.community.onapp.plugins.module_utils._fields import utc_text
from ansible_collections.community.onapp.plugins.module_utils._policy.calendar import clock_text
from ansible_collections.community.onapp.plugins.module_utils._policy.values import duration_text
from ansible_collections.community.onapp.plugins.module_utils._text import counted, ids_named

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import Cover, Point
    from ansible_collections.community.onapp.plugins.module_utils._assessment.evidence import Evidence
    from ansible_collections.community.onapp.plugins.module_utils._policy.limits import (
        DurationLimits,
        MaxGap,
        Tier,
        Window,
    )

SAMPLES = 10
LEAST_SAMPLES = 5
UNITS = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}


def retention(evidence: Evidence, tier: Tier, name: str) -> Result:
    """Whether enough of the last completed periods of a tier hold a recovery point that is still kept."""

    def observe(cover: Cover) -> Observation:
        kept = kept_periods(evidence, name, tier, cover)
        there = [held for _period, held in kept.periods if held is not None]
        if not there:
            return insufficient(
                f"no completed {UNITS[name]}",
                f"Disk {cover.disk.id} was not there for a whole completed {UNITS[name]}.",
            )
        actual = f"{sum(there)} of {len(there)}"
        periods = counted(len(there), UNITS[name])
        text = f"Disk {cover.disk.id} holds a recovery point of {sum(there)} of the last {periods}"
        if kept.missing:
            actual += f", missing {', '.join(kept.missing)}"
            text += f"; missing: {', '.join(kept.missing)}"
        if kept.truncated_at is not None:
            text += (
                f"; nothing from before {utc_text(kept.truncated_at)} is kept, so earlier recovery points are unknown"
            )
        return (failed if is_short(kept, tier) else passed)(actual, f"{text}.", *kept.points)

    return per_disk(
        evidence, f"retention_{name}", f"{tier.held} of the last {counted(tier.periods, UNITS[name])}", observe
    )


def max_gap(evidence: Evidence, limits: MaxGap) -> Result:
    """Whether no gap between two recovery points is too long."""
    limit, window = duration_text(limits.limit), duration_text(limits.window)

    def observe(cover: Cover) -> Observation:
        if not cover.points:
            return no_backup(cover)
        gap = longest_gap(evidence, cover, limits.window)
        unknown = "" if gap.truncated_at is None else f"nothing from before {utc_text(gap.truncated_at)} is kept"
        if gap.seconds is None:
            return insufficient(
                "no two recovery points", f"Disk {cover.disk.id} has no two points in {window}.", *gap.points
            )
        found = duration_text(gap.seconds)
        first, second = gap.points
        between = f"between backups {first.id} and {second.id} of disk {cover.disk.id}"
        if first.is_plugin or second.is_plugin:
            between = f"between {first.named} and {second.named} of disk {cover.disk.id}"
        text = f"The longest gap of the last {window} is {found}, {between}"
        if gap.seconds > limits.limit:
            return failed(found, f"{text}; the limit is {limit}.", *gap.points)
        if unknown:
            return insufficient(
                f"{found}, truncated at {utc_text(gap.truncated_at)}",
                f"{text}, but {unknown}, so older gaps are unknown.",
                *gap.points,
            )
        return passed(found, f"{text}.", *gap.points)

    return per_disk(evidence, "max_gap", f"at most {limit} within {window}", observe)


def window(evidence: Evidence, hours: Window) -> Result:
    """Whether the newest scheduled backup of every disk started within the allowed hours."""
    calendar = policy_calendar(evidence.policy)
    allowed = f"{clock_text(hours.start)} to {clock_text(hours.end)} {calendar.timezone}"

    def observe(cover: Cover) -> Observation:
        newest = max(filter(_is_scheduled, cover.backups), key=_recorded, default=None)
        if newest is None:
            return insufficient("none", f"Disk {cover.disk.id} has no scheduled backup.")
        minute = calendar.minute_of_day(newest.recorded)
        is_after, is_before = minute >= hours.start, minute < hours.end
        is_inside = is_after and is_before if hours.start < hours.end else is_after or is_before
        started = clock_text(minute)
        text = f"Backup {newest.id}, the newest scheduled one of disk {cover.disk.id}, was started at {started}"
        return (
            passed(started, f"{text}.", newest) if is_inside else failed(started, f"{text}, outside {allowed}.", newest)
        )

    return per_disk(evidence, "window", allowed, observe)


def duration(evidence: Evidence, limits: DurationLimits) -> Result:
    """Whether the newest backup of every disk took neither too long nor much longer than usual."""

    def observe(cover: Cover) -> Observation:
        backups = cover.backups
        if not backups:
            return no_backup(cover)
        newest = backups[-1]
        took = _seconds_taken(newest)
        if took is None:
            return insufficient("not known", f"The times of backup {newest.id} do not show how long it took.", newest)
        alike = [point for point in backups[:-1] if point.backup.backup_type == newest.backup.backup_type]
        times = [seconds for seconds in map(_seconds_taken, reversed(alike)) if seconds is not None][:SAMPLES]
        return _compare_durations(limits, newest, took, times)

    spec = []
    if limits.limit is not None:
        spec.append(f"at most {duration_text(limits.limit)}")
    if limits.factor is not None:
        spec.append(f"at most {limits.factor:g} times the median")
    return per_disk(evidence, "duration", " and ".join(spec), observe)


def _compare_durations(limits: DurationLimits, newest: Point, took: int, times: list[int]) -> Observation:
    actual = duration_text(took)
    text = f"Backup {newest.id} took {actual}"
    if limits.limit is not None and took > limits.limit:
        return failed(actual, f"{text}; the limit is {duration_text(limits.limit)}.", newest)
    if limits.factor is None or took <= limits.floor:
        return passed(actual, f"{text}.", newest)
    if len(times) < LEAST_SAMPLES:
        return insufficient(
            f"{actual}, learning {len(times)}/{LEAST_SAMPLES}", f"{text}; too few earlier ones to compare with.", newest
        )
    median = statistics.median(times)
    usual = f"the median of {len(times)} earlier ones is {duration_text(int(median))}"
    if took > limits.factor * median:
        return failed(actual, f"{text}, more than {limits.factor:g} times that; {usual}.", newest)
    return passed(actual, f"{text}; {usual}.", newest)


def max_retention(evidence: Evidence, limit: int) -> Result:
    """Whether no usable backup is kept for too long, also of deleted disks."""
    points = sorted({point.id: point for found in evidence.survey.points.values() for point in found}.values())
    old = [point for point in points if evidence.now - point.time > limit]
    expected = f"at most {duration_text(limit)}"
    if not old:
        oldest = duration_text(evidence.now - points[0].time) if points else "no copy"
        return result(evidence.rule, "max_retention", expected, passed(oldest, "No copy is older than the limit."))
    age = duration_text(evidence.now - old[0].time)
    named = ids_named("backup", [point.id for point in old])
    copies = "1 usable copy is" if len(old) == 1 else f"{len(old)} usable copies are"
    text = f"{copies} older than {duration_text(limit)}: {named}; the oldest is {age} old."
    return result(evidence.rule, "max_retention", expected, failed(age, text, *old))


def _is_scheduled(point: Point) -> bool:
    return point.backup.initiated in SCHEDULED


def _recorded(point: Point) -> tuple[int, int]:
    return point.recorded, point.id


def _seconds_taken(point: Point) -> int | None:
    """Seconds from the start, including time in the queue, to completion; None if a time is missing or implausible."""
    done = point.backup.built_at.seconds
    return None if done is None or done < point.recorded else done - point.recorded
