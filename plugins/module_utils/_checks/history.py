# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""Checks of how backups lie in time: kept periods, gaps, hours, how long they took, and how long they are kept."""

from __future__ import annotations

import statistics
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._checks.results import (
    Outcome,
    Result,
    breaks,
    holds,
    nothing_to_judge,
    per_disk,
    result,
    waits,
)
from ansible_collections.community.onapp.plugins.module_utils._fields import utc_text
from ansible_collections.community.onapp.plugins.module_utils._policy.calendar import clock_text
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import duration_text
from ansible_collections.community.onapp.plugins.module_utils._verdict.flags import MANUAL
from ansible_collections.community.onapp.plugins.module_utils._verdict.history import (
    is_short,
    keeping,
    longest_gap,
    policy_calendar,
    tier_of,
)
from ansible_collections.community.onapp.plugins.module_utils._verdict.wording import counted, ids_named

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._policy.limits import DurationLimits
    from ansible_collections.community.onapp.plugins.module_utils._verdict.case import Case
    from ansible_collections.community.onapp.plugins.module_utils._verdict.points import Cover, Point

SAMPLES = 10
LEAST_SAMPLES = 5
UNITS = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}


def retention(case: Case, name: str) -> Result | None:
    """Whether enough of the last completed periods of a tier hold a recovery point that is still kept."""
    tier = tier_of(case, name)
    if tier is None:
        return None

    def judge(cover: Cover) -> Outcome:
        kept = keeping(case, name, tier, cover)
        there = [held for _period, held in kept.periods if held is not None]
        if not there:
            return waits(f"no completed {UNITS[name]}", f"Disk {cover.disk.id} is younger than one {UNITS[name]}.")
        actual = f"{sum(there)} of {len(there)}"
        periods = counted(len(there), UNITS[name])
        text = f"Disk {cover.disk.id} holds a recovery point of {sum(there)} of the last {periods}"
        if kept.missing:
            actual += f", missing {', '.join(kept.missing)}"
            text += f"; missing: {', '.join(kept.missing)}"
        if kept.truncated_at is not None:
            text += f"; nothing from before {utc_text(kept.truncated_at)} is kept, so what was made then is unknown"
        return (breaks if is_short(kept, tier) else holds)(actual, f"{text}.", *kept.points)

    return per_disk(case, f"retention_{name}", f"{tier.held} of the last {counted(tier.periods, UNITS[name])}", judge)


def max_gap(case: Case) -> Result | None:
    """Whether no gap between two recovery points is too long."""
    limits = case.rule.max_gap
    if limits is None:
        return None
    limit, window = duration_text(limits.limit), duration_text(limits.window)

    def judge(cover: Cover) -> Outcome:
        if not cover.points:
            return nothing_to_judge(cover)
        gap = longest_gap(case, cover, limits.window)
        unknown = "" if gap.truncated_at is None else f"nothing from before {utc_text(gap.truncated_at)} is kept"
        if gap.seconds is None:
            return waits("no two recovery points", f"Disk {cover.disk.id} has no two points in {window}.", *gap.points)
        found = duration_text(gap.seconds)
        between = f"between backups {gap.points[0].id} and {gap.points[1].id} of disk {cover.disk.id}"
        text = f"The longest gap of the last {window} is {found}, {between}"
        if gap.seconds > limits.limit:
            return breaks(found, f"{text}; the limit is {limit}.", *gap.points)
        if unknown:
            return waits(
                f"{found}, truncated at {utc_text(gap.truncated_at)}",
                f"{text}, but {unknown}, so older gaps are unknown.",
                *gap.points,
            )
        return holds(found, f"{text}.", *gap.points)

    return per_disk(case, "max_gap", f"at most {limit} within {window}", judge)


def window(case: Case) -> Result | None:
    """Whether the newest scheduled backup of every disk started within the allowed hours."""
    hours = case.rule.window
    if hours is None:
        return None
    calendar = policy_calendar(case.policy)
    allowed = f"{clock_text(hours.start)} to {clock_text(hours.end)} {calendar.timezone}"

    def judge(cover: Cover) -> Outcome:
        newest = max(filter(_is_scheduled, cover.points), key=_recorded, default=None)
        if newest is None:
            return waits("none", f"Disk {cover.disk.id} has no scheduled backup to judge by.")
        minute = calendar.minute_of_day(newest.recorded)
        is_after, is_before = minute >= hours.start, minute < hours.end
        is_inside = is_after and is_before if hours.start < hours.end else is_after or is_before
        started = clock_text(minute)
        text = f"Backup {newest.id}, the newest scheduled one of disk {cover.disk.id}, was started at {started}"
        return (
            holds(started, f"{text}.", newest) if is_inside else breaks(started, f"{text}, outside {allowed}.", newest)
        )

    return per_disk(case, "window", allowed, judge)


def duration(case: Case) -> Result | None:
    """Whether the newest backup of every disk took neither too long nor much longer than usual."""
    limits = case.rule.duration
    if limits is None:
        return None

    def judge(cover: Cover) -> Outcome:
        if not cover.points:
            return nothing_to_judge(cover)
        newest = cover.points[-1]
        took = _seconds_taken(newest)
        if took is None:
            return waits("not told", f"The times of backup {newest.id} do not tell how long it took.", newest)
        alike = [point for point in cover.points[:-1] if point.backup.backup_type == newest.backup.backup_type]
        times = [seconds for seconds in map(_seconds_taken, reversed(alike)) if seconds is not None][:SAMPLES]
        return _judge_duration(limits, newest, took, times)

    wanted = []
    if limits.limit is not None:
        wanted.append(f"at most {duration_text(limits.limit)}")
    if limits.factor is not None:
        wanted.append(f"at most {limits.factor:g} times the median")
    return per_disk(case, "duration", " and ".join(wanted), judge)


def _judge_duration(limits: DurationLimits, newest: Point, took: int, times: list[int]) -> Outcome:
    actual = duration_text(took)
    text = f"Backup {newest.id} took {actual}"
    if limits.limit is not None and took > limits.limit:
        return breaks(actual, f"{text}; the limit is {duration_text(limits.limit)}.", newest)
    if limits.factor is None or took <= limits.floor:
        return holds(actual, f"{text}.", newest)
    if len(times) < LEAST_SAMPLES:
        return waits(
            f"{actual}, learning {len(times)}/{LEAST_SAMPLES}", f"{text}; too few before it to compare.", newest
        )
    median = statistics.median(times)
    usual = f"the median of {len(times)} before it is {duration_text(int(median))}"
    if took > limits.factor * median:
        return breaks(actual, f"{text}, more than {limits.factor:g} times the usual; {usual}.", newest)
    return holds(actual, f"{text}; {usual}.", newest)


def max_retention(case: Case) -> Result | None:
    """Whether no usable copy is kept for too long, also of disks that are gone."""
    limit = case.rule.max_retention
    if limit is None:
        return None
    points = sorted({point.id: point for found in case.survey.points.values() for point in found}.values())
    old = [point for point in points if case.now - point.time > limit]
    expected = f"at most {duration_text(limit)}"
    if not old:
        oldest = duration_text(case.now - points[0].time) if points else "no copy"
        return result(case.rule, "max_retention", expected, holds(oldest, "No copy is older than the limit."))
    age = duration_text(case.now - old[0].time)
    named = ids_named("backup", [point.id for point in old])
    copies = "1 usable copy is" if len(old) == 1 else f"{len(old)} usable copies are"
    text = f"{copies} older than {duration_text(limit)}: {named}; the oldest is {age} old."
    return result(case.rule, "max_retention", expected, breaks(age, text, *old))


def _is_scheduled(point: Point) -> bool:
    return point.backup.initiated not in (None, MANUAL)


def _recorded(point: Point) -> tuple[int, int]:
    return point.recorded, point.id


def _seconds_taken(point: Point) -> int | None:
    """From the start, waiting included, to completion; None where the times do not tell."""
    done = point.backup.built_at.seconds
    return None if done is None or done < point.recorded else done - point.recorded
