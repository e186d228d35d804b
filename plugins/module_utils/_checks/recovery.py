# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of recoverability: coverage, age, copies, stuck and failed attempts, deletion, schedules, locks, times."""

from __future__ import annotations

import typing as t

from .. import _fields, _records, _text
from .._assessment.coverage import disks_named, failure_text
from .._assessment.state import MANUAL, SCHEDULED
from .._policy import catalogue, values
from . import results

if t.TYPE_CHECKING:
    from .._assessment.coverage import Cover
    from .._assessment.evidence import Evidence
    from .._policy import rules


def coverage(evidence: Evidence, _limit: None) -> results.Result:
    """Whether every disk has a usable recovery point."""
    actual = f"{len(evidence.covered)} of {_text.counted(len(evidence.covers), 'disk')}"
    newest = [cover.points[-1] for cover in evidence.covered]
    if evidence.uncovered:
        named = disks_named(evidence.uncovered)
        text = f"No usable recovery point covers {named}, so the VM cannot be restored completely."
        return results.failed(actual, text, *newest, disk_id=evidence.uncovered[0].disk.id)
    grace = f"the grace of {values.duration_text(evidence.policy.scope.new_vm_grace)} is not over"
    if not evidence.covered:
        return results.insufficient(actual, f"The virtual machine is new and has no recovery point yet; {grace}.")
    if not evidence.pending:
        return results.passed(actual, "Every disk has a usable recovery point.", *newest)
    named = disks_named(evidence.pending)
    return results.passed(actual, f"Every disk but {named} has a usable recovery point; {grace}.", *newest)


def rpo(evidence: Evidence, limit: int) -> results.Result:
    """Whether the newest recovery point of the worst disk is recent enough; a breach is critical unless the rule sets
    `rpo_critical` and the age is not past it."""
    if evidence.uncovered:
        disk = evidence.uncovered[0].disk.id
        text = f"Disk {disk} has no usable recovery point at all."
        return results.failed("never", text, severity=catalogue.CRITICAL, disk_id=disk)
    if evidence.latest is None or evidence.worst is None or evidence.age is None:
        return results.insufficient("no recovery point yet", "There is no recovery point yet.")
    age, disk = values.duration_text(evidence.age), evidence.worst.id
    newest = f"{_fields.utc_text(evidence.latest.time)} ({evidence.latest.named})"
    text = f"Disk {disk} can be restored to {newest}, {age} ago"
    if evidence.age <= limit:
        return results.passed(age, f"{text}.", evidence.latest, disk_id=disk)
    text += f", which is {values.duration_text(evidence.age - limit)} past the limit of {values.duration_text(limit)}."
    critical = evidence.rule.rpo_critical
    is_critical = critical is None or evidence.age > critical
    severity = catalogue.CRITICAL if is_critical else evidence.rule.severity.get("rpo", catalogue.WARNING)
    return results.failed(age, text, evidence.latest, severity=severity, disk_id=disk)


def rpo_named(evidence: Evidence, limit: int) -> str:
    """The limits of the age as text."""
    critical = evidence.rule.rpo_critical
    more = "" if critical is None else f", a warning up to {values.duration_text(critical)}"
    return f"at most {values.duration_text(limit)}{more}"


def attempt(evidence: Evidence, _limit: None) -> results.Result:
    """Whether no backup is stuck or has failed: OnApp starts none of the same schedule while one is stuck."""
    stuck, failures = evidence.stuck, evidence.failed
    if not stuck and not failures:
        if evidence.running:
            return results.passed("running", "A backup is running, within its time.")
        return results.passed("none is stuck", "No backup is stuck.")
    first = stuck[0] if stuck else failures[-1]
    disk = _disk_of(first.backup.target)
    named = f"Backup {first.id}" if disk is None else f"Backup {first.id} of disk {disk}"
    if not stuck:
        text = f"{named} {failure_text(first)}, and no later one is complete"
        text += f"; {_text.counted(len(failures) - 1, 'earlier attempt')} failed, too." if len(failures) > 1 else "."
        return results.failed("failed", text, *failures, disk_id=disk)
    verb = "is"
    if len(stuck) > 1:
        named, verb = _text.ids_named("Backup", [point.id for point in stuck]), "are"
    elapsed = values.duration_text(evidence.now - first.recorded)
    timeout = values.duration_text(evidence.rule.build_timeout)
    text = (
        f"{named} {verb} not complete {elapsed} after the start; the limit is {timeout}, and OnApp starts no"
        " other backup of that schedule meanwhile"
    )
    if failures:
        text += f"; {failures[-1].named} {failure_text(failures[-1])}"
    return results.failed(f"{elapsed} and not complete", f"{text}.", *stuck, *failures, disk_id=disk)


def pending_delete(evidence: Evidence, _limit: None, cover: Cover) -> results.Result:
    """Whether sufficiently recent copies are not about to be deleted."""
    disk, limit = cover.disk.id, evidence.rule.rpo
    newest = cover.points[-1] if cover.points else None
    marked = max(cover.pending_deletion, default=None)
    if newest is not None and evidence.now - newest.time <= limit:
        return results.passed("not needed", f"Disk {disk} has a recent copy that is not marked for delete.", newest)
    if marked is None or (newest is not None and (marked < newest or evidence.now - marked.time > limit)):
        return results.passed("none", f"No sufficiently recent copy of disk {disk} is marked for delete.")
    text = f"The only recent copy of disk {disk}, backup {marked.id}, is marked for delete."
    return results.failed(f"backup {marked.id} is marked", text, marked)


def min_copies(_evidence: Evidence, limit: int, cover: Cover) -> results.Result:
    """Whether a disk has enough usable recovery points."""
    found = len(cover.points)
    text = f"Disk {cover.disk.id} has {_text.counted(found, 'usable recovery point')}"
    if found >= limit:
        return results.passed(f"{found}", f"{text}.", *cover.points[-1:])
    hint = ""
    if found == 1:
        hint = "; a schedule that keeps one copy, as OnApp's do unless their rotation is raised, cannot give more"
    return results.failed(f"{found}", f"{text} of at least {limit}{hint}.", *cover.points[-1:])


def scheduled(evidence: Evidence, _limit: bool, cover: Cover) -> results.Result:
    """Whether a schedule made a recent backup: a manual one must not hide that the schedule stopped."""
    newest, limit = cover.points[-1], evidence.rule.rpo
    started = newest.backup.initiated
    point_named = f"The newest recovery point of disk {cover.disk.id}"
    if not newest.is_plugin:
        if started is None:
            return results.insufficient(
                "not known", f"The control panel does not say what started backup {newest.id}.", newest
            )
        if started in SCHEDULED:
            return results.passed(started, f"{point_named} was made by a schedule.", newest)
        if started != MANUAL:
            text = (
                f"Whether a schedule made backup {newest.id} is not known: its initiated is {_text.printable(started)}."
            )
            return results.insufficient(_text.printable(started), text, newest)
    for point in reversed(cover.points):
        if point.backup.initiated in SCHEDULED and evidence.now - point.time <= limit:
            text = f"A schedule made backup {point.id} of disk {cover.disk.id} within the limit."
            actual = f"{'plug-in' if newest.is_plugin else 'manual'}, and {point.backup.initiated}"
            return results.passed(actual, text, newest, point)
    if newest.is_plugin:
        text = f"A plug-in made the newest recovery point of disk {cover.disk.id}, and its schedule is not known."
        return results.insufficient("plug-in", text, newest)
    text = (
        f"{point_named}, backup {newest.id}, is manual, and no schedule made one within {values.duration_text(limit)}."
    )
    return results.failed("manual only", text, newest)


def locked(evidence: Evidence, limits: rules.LockLimits, cover: Cover) -> results.Result:
    """Whether the newest backup is not locked for too long. A lock does not make a backup unusable."""
    newest = cover.backups[-1]
    if not newest.backup.locked:
        return results.passed("not locked", f"The newest recovery point of disk {cover.disk.id} is not locked.")
    changed = newest.backup.updated_at
    since = newest.recorded if changed is None or changed > evidence.latest_valid else max(changed, newest.recorded)
    lasted = evidence.now - since
    actual = values.duration_text(lasted)
    text = f"Backup {newest.id}, the newest of disk {cover.disk.id}, is locked and unchanged for {actual}"
    if lasted <= limits.limit:
        return results.passed(actual, f"{text}.", newest)
    text += f"; the limit is {values.duration_text(limits.limit)}."
    severity = (
        catalogue.WARNING
        if lasted > limits.warning and results.severity_of(evidence.rule, "locked") == catalogue.INFO
        else ""
    )
    return results.failed(actual, text, newest, severity=severity)


def clock(evidence: Evidence, _limit: None) -> results.Result:
    """Whether the times of all records are plausible."""
    survey, plugin, future = evidence.survey, evidence.plugin, evidence.from_future
    disks = sorted({number for number in future if number is not None})
    what = ["the virtual machine"] if None in future else []
    what += [_text.ids_named("disk", disks)] if disks else []
    groups = (
        ("backup", survey.skewed, "in the future, or completed before the start"),
        ("backup", survey.unclear, "missing or unreadable"),
        ("plug-in recovery point", sorted({*plugin.skewed, *plugin.unclear}), "in the future, missing or unreadable"),
    )
    problems = [f"{_text.ids_named(kind, ids)}: {problem}" for kind, ids, problem in groups if ids]
    if future:
        problems.append(f"{', '.join(what)}: created in the future")
    if not problems:
        return results.passed("all plausible", "All times are plausible.")
    count = sum(len(ids) for _kind, ids, _problem in groups) + len(future)
    ids = sorted({*survey.skewed, *survey.unclear})[: results.MOST_IDS]
    return results.failed(_text.counted(count, "record"), f"Times: {'; '.join(problems)}.")._replace(
        backup_ids=tuple(ids)
    )


def plan(evidence: Evidence, _limit: bool) -> results.Result:
    """Whether an enabled schedule covers every disk whose newest recovery point is not a plug-in's."""
    disks = [disk.id for disk in evidence.unscheduled]
    if not disks:
        text = "An enabled schedule covers every disk whose newest recovery point is not a plug-in's."
        return results.passed("every disk", text)
    named = _text.ids_named("disk", disks)
    text = f"No enabled schedule of automatic backups covers {named}."
    return results.failed(f"none for {named}", text, disk_id=disks[0])


def schedule_failures(evidence: Evidence, _limit: bool) -> results.Result:
    """Whether no schedule of the virtual machine and its disks has failures."""
    schedules = sorted(evidence.schedules or (), key=lambda schedule: schedule.id)
    failing = [schedule for schedule in schedules if (schedule.failure_count or 0) > 0]
    if failing:
        count = _text.counted(sum(one.failure_count or 0 for one in failing), "failure")
        named = _text.ids_named("Schedule", [one.id for one in failing])
        text = f"{named} {'has' if len(failing) == 1 else 'have'} {count}."
        return results.failed(count, text, disk_id=_disk_of(failing[0].target))
    silent = [schedule.id for schedule in schedules if schedule.failure_count is None]
    if silent:
        text = f"The control panel does not say how often {_text.ids_named('schedule', silent)} failed."
        return results.insufficient("not known", text)
    return results.passed("none", "No schedule has a failure.")


def _disk_of(target: _records.Target) -> int | None:
    return target.id if target.kind == _records.DISK else None
