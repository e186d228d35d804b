# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the backups of a disk: retention, gaps, sizes, backup servers, durations, start times and maximum age."""

from __future__ import annotations

import statistics
import typing as t

from .. import _fields, _records, _text
from .._assessment.state import SCHEDULED
from .._policy import catalogue, values
from .._policy.calendar import clock_text
from . import results

if t.TYPE_CHECKING:
    from .._assessment import coverage
    from .._assessment.evidence import Evidence
    from .._policy import rules

KB_PER_GB = 1024 * 1024
SAMPLES = 10
LEAST_SAMPLES = 5


def retention(evidence: Evidence, _tier: rules.Tier, cover: coverage.Cover, *, name: str) -> results.Result:
    """Whether enough of the last completed periods of the tier `name` hold a recovery point that is still kept."""
    kept = evidence.kept[name][cover.disk.id]
    unit = catalogue.TIERS[name].removesuffix("s")
    if not kept.known:
        text = f"Disk {cover.disk.id} was not there for a whole completed {unit}."
        return results.insufficient(f"no completed {unit}", text)
    missing = [period.name for period, is_held in kept.periods if is_held is False]
    actual = f"{kept.held} of {kept.known}"
    text = f"Disk {cover.disk.id} holds a recovery point of {kept.held} of the last {_text.counted(kept.known, unit)}"
    if missing:
        actual += f", missing {', '.join(missing)}"
        text += f"; missing: {', '.join(missing)}"
    if kept.truncated_at is not None:
        start = _fields.utc_text(kept.truncated_at)
        text += f"; nothing from before {start} is kept, so earlier recovery points are unknown"
    return (results.failed if kept.is_short else results.passed)(actual, f"{text}.", *kept.points)


def retention_named(_evidence: Evidence, tier: rules.Tier, *, name: str) -> str:
    """The required periods as text."""
    return f"{tier.held} of the last {_text.counted(tier.periods, catalogue.TIERS[name].removesuffix('s'))}"


def max_gap(evidence: Evidence, limits: rules.MaxGap, cover: coverage.Cover) -> results.Result:
    """Whether no gap between two recovery points is too long."""
    limit, window = values.duration_text(limits.limit), values.duration_text(limits.window)
    gap = evidence.gaps[cover.disk.id]
    if gap.seconds is None:
        text = f"Disk {cover.disk.id} has no two points in {window}."
        return results.insufficient("no two recovery points", text, *gap.points)
    found = values.duration_text(gap.seconds)
    first, second = gap.points
    between = f"backups {first.id} and {second.id}"
    if first.is_plugin or second.is_plugin:
        between = f"{first.named} and {second.named}"
    text = f"The longest gap of the last {window} is {found}, between {between} of disk {cover.disk.id}"
    if gap.is_too_long:
        return results.failed(found, f"{text}; the limit is {limit}.", *gap.points)
    if gap.truncated_at is not None:
        oldest = _fields.utc_text(gap.truncated_at)
        text += f", but nothing from before {oldest} is kept, so older gaps are unknown."
        return results.insufficient(f"{found}, truncated at {oldest}", text, *gap.points)
    return results.passed(found, f"{text}.", *gap.points)


def size(evidence: Evidence, limits: rules.SizeLimits, cover: coverage.Cover) -> results.Result:
    """Whether the newest normal backup of a disk is about as large as earlier ones."""
    found = evidence.sizes.get(cover.disk.id)
    if found is None:
        return results.not_applicable(
            "newest is not a normal backup",
            f"The newest recovery point of disk {cover.disk.id} is not a normal backup: sizes are not compared.",
        )
    current = found.newest.backup.size
    if current is None:
        text = f"The control panel does not send the size of backup {found.newest.id} of disk {cover.disk.id}."
        return results.insufficient("not known", text, found.newest)
    backup = f"Backup {found.newest.id} of disk {cover.disk.id} ({_fields.utc_text(found.newest.time)})"
    samples = len(found.earlier)
    if found.median is None or samples < limits.min_samples:
        learning = f"learning {samples}/{limits.min_samples}"
        text = f"{backup} has too few earlier normal backups to compare with ({learning})."
        return results.insufficient(learning, text, found.newest)
    holds, percent = f"{current / KB_PER_GB:.1f} GB", f"{current / found.median * 100:.0f} % of"
    usual = f"its usual {found.median / KB_PER_GB:.1f} GB (median of the last {samples})"
    points = (found.newest, *found.earlier)
    if not found.grew and not found.shrank:
        return results.passed(f"{holds}, {percent} the median", f"{backup} holds {holds}; {usual}.", *points)
    moved = "grew" if found.grew else "shrank"
    text = f"{backup} {moved} to {holds}, {percent} {usual}; a resized disk can also explain this."
    severity = catalogue.CRITICAL if found.is_critical else ""
    return results.failed(f"{holds}, {percent} the median", text, *points, severity=severity)


def empty(_evidence: Evidence, _limit: bool, cover: coverage.Cover) -> results.Result:
    """Whether a restore of a disk to its newest recovery point needs no empty backup."""
    newest, base = cover.points[-1], cover.empty_base
    if newest.is_plugin:
        text = f"The newest recovery point of disk {cover.disk.id} is a plug-in's, whose size is not known."
        return results.not_applicable("newest is not a backup", text)
    if base is None:
        return results.passed("none", f"The newest recovery point of disk {cover.disk.id} needs no empty backup.")
    text = f"Backup {base.id} of disk {cover.disk.id} ({_fields.utc_text(base.time)}) has size 0 or no known size"
    if base is not newest:
        text += f", and the newest recovery point (backup {newest.id}) builds on it"
    return results.failed("1 empty backup", f"{text}.", base)


def min_backup_servers(evidence: Evidence, limits: rules.BackupServers, cover: coverage.Cover) -> results.Result:
    """Whether recent backups are on enough backup servers, or at enough sites if the policy names sites."""
    recent = [point for point in cover.backups if evidence.now - point.time <= limits.within]
    if not recent and cover.points and cover.points[-1].is_plugin:
        return results.no_backup(cover)
    sites = evidence.policy.server_sites
    servers = {point.backup.backup_server_id for point in recent} - {None}
    places = {sites.get(server or 0) for server in servers} - {None} if sites else servers
    actual = _text.counted(len(places), _place(evidence))
    text = (
        f"The recovery points of disk {cover.disk.id} of the last {values.duration_text(limits.within)} are on {actual}"
    )
    if len(places) >= limits.places:
        return results.passed(actual, f"{text}.", *recent)
    return results.failed(actual, f"{text}; the policy requires {limits.places}.", *recent)


def servers_named(evidence: Evidence, limits: rules.BackupServers) -> str:
    """The required backup servers or sites as text."""
    return f"at least {_text.counted(limits.places, _place(evidence))} within {values.duration_text(limits.within)}"


def window(evidence: Evidence, hours: rules.Window, cover: coverage.Cover) -> results.Result:
    """Whether the newest scheduled backup of a disk started within the allowed hours."""
    scheduled = [point for point in cover.backups if point.backup.initiated in SCHEDULED]
    if not scheduled:
        return results.insufficient("none", f"Disk {cover.disk.id} has no scheduled backup.")
    newest = max(scheduled, key=lambda point: (point.recorded, point.id))
    minute = evidence.policy.calendar.minute_of_day(newest.recorded)
    is_after, is_before = minute >= hours.start, minute < hours.end
    is_inside = is_after and is_before if hours.start < hours.end else is_after or is_before
    started = clock_text(minute)
    text = f"Backup {newest.id}, the newest scheduled one of disk {cover.disk.id}, was started at {started}"
    if is_inside:
        return results.passed(started, f"{text}.", newest)
    return results.failed(started, f"{text}, outside {hours_named(evidence, hours)}.", newest)


def hours_named(evidence: Evidence, hours: rules.Window) -> str:
    """The allowed hours as text."""
    return f"{clock_text(hours.start)} to {clock_text(hours.end)} {evidence.policy.calendar.timezone}"


def duration(_evidence: Evidence, limits: rules.DurationLimits, cover: coverage.Cover) -> results.Result:
    """Whether the newest backup of a disk took neither too long nor much longer than usual."""
    *earlier, newest = cover.backups
    took = _seconds_taken(newest)
    if took is None:
        return results.insufficient(
            "not known", f"The times of backup {newest.id} do not show how long it took.", newest
        )
    actual = values.duration_text(took)
    text = f"Backup {newest.id} took {actual}"
    if limits.limit is not None and took > limits.limit:
        return results.failed(actual, f"{text}; the limit is {values.duration_text(limits.limit)}.", newest)
    if limits.factor is None or took <= limits.floor:
        return results.passed(actual, f"{text}.", newest)
    alike = [point for point in reversed(earlier) if point.backup.backup_type == newest.backup.backup_type]
    times = [seconds for seconds in map(_seconds_taken, alike) if seconds is not None][:SAMPLES]
    if len(times) < LEAST_SAMPLES:
        text += "; too few earlier ones to compare with."
        return results.insufficient(f"{actual}, learning {len(times)}/{LEAST_SAMPLES}", text, newest)
    median = statistics.median(times)
    usual = f"the median of {len(times)} earlier ones is {values.duration_text(int(median))}"
    if took > limits.factor * median:
        return results.failed(actual, f"{text}, more than {limits.factor:g} times that; {usual}.", newest)
    return results.passed(actual, f"{text}; {usual}.", newest)


def full_max_age(evidence: Evidence, limit: int, cover: coverage.Cover) -> results.Result:
    """Whether the last full backup of a disk is recent: incremental backups build on their first one."""
    full = [point for point in cover.backups if point.backup.backup_type == _records.NORMAL]
    base = full[-1] if full else cover.backups[0]
    what = "newest normal backup" if full else "first incremental backup"
    age = values.duration_text(max(0, evidence.now - base.time))
    text = f"The {what} of disk {cover.disk.id} (backup {base.id}) is {age} old"
    if evidence.now - base.time > limit:
        return results.failed(age, f"{text}; the limit is {values.duration_text(limit)}.", base)
    return results.passed(age, f"{text}.", base)


def durations_named(_evidence: Evidence, limits: rules.DurationLimits) -> str:
    """The limits of a duration as text."""
    longest = [] if limits.limit is None else [f"at most {values.duration_text(limits.limit)}"]
    factor = [] if limits.factor is None else [f"at most {limits.factor:g} times the median"]
    return " and ".join(longest + factor)


def max_retention(evidence: Evidence, limit: int) -> results.Result:
    """Whether no usable backup is kept for too long, also of deleted disks."""
    points = sorted(point for found in evidence.survey.points.values() for point in found)
    old = [point for point in points if evidence.now - point.time > limit]
    oldest = values.duration_text(evidence.now - points[0].time) if points else "no copy"
    if not old:
        return results.passed(oldest, "No copy is older than the limit.")
    named = _text.ids_named("backup", [point.id for point in old])
    copies = "1 usable copy is" if len(old) == 1 else f"{len(old)} usable copies are"
    return results.failed(
        oldest, f"{copies} older than {values.duration_text(limit)}: {named}; the oldest is {oldest} old.", *old
    )


def _place(evidence: Evidence) -> str:
    return "site" if evidence.policy.server_sites else "backup server"


def _seconds_taken(point: coverage.Point) -> int | None:
    """Seconds from the start, including time in the queue, to completion; None if a time is missing or implausible."""
    done = point.backup.built_at.seconds
    return None if done is None or done < point.recorded else done - point.recorded
