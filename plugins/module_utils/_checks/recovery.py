# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""Checks of recoverability: coverage, age, copies, stuck and failed attempts, deletion, schedules, locks, times."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import disks_named, failure_text
from ansible_collections.community.onapp.plugins.module_utils._assessment.flags import MANUAL, SCHEDULED
from ansible_collections.community.onapp.plugins.module_utils._checks.results import (
    MOST_IDS,
    Observation,
    Result,
    failed,
    insufficient,
    no_backup,
    passed,
    per_disk,
    result,
    severer,
    severity_of,
    unknown,
)
from ansible_collections.community.onapp.plugins.module_utils._evidence import SCHEDULES
from ansible_collections.community.onapp.plugins.module_utils._fields import utc_text
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CRITICAL, WARNING
from ansible_collections.community.onapp.plugins.module_utils._policy.values import duration_text
from ansible_collections.community.onapp.plugins.module_utils._records import DISK
from ansible_collections.community.onapp.plugins.module_utils._text import counted, ids_named, printable

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import Cover, Point
    from ansible_collections.community.onapp.plugins.module_utils._assessment.evidence import Evidence
    from ansible_collections.community.onapp.plugins.module_utils._policy.limits import LockLimits


def coverage(evidence: Evidence, _limit: None) -> Result:
    """Whether every disk has a usable recovery point."""
    actual = f"{len(evidence.covered)} of {counted(len(evidence.covers), 'disk')}"
    newest = [cover.points[-1] for cover in evidence.covered]
    grace = f"the grace of {duration_text(evidence.rule.new_vm_grace)} is not over"
    disk = None
    if evidence.uncovered:
        disk = evidence.uncovered[0].disk.id
        named = disks_named(evidence.uncovered)
        observation = failed(
            actual, f"No usable recovery point covers {named}, so the VM cannot be restored completely.", *newest
        )
    elif not evidence.covered:
        observation = insufficient(actual, f"The virtual machine is new and has no recovery point yet; {grace}.")
    elif evidence.pending:
        named = disks_named(evidence.pending)
        observation = passed(actual, f"Every disk but {named} has a usable recovery point; {grace}.", *newest)
    else:
        observation = passed(actual, "Every disk has a usable recovery point.", *newest)
    return result(evidence.rule, "coverage", "every disk has a usable recovery point", observation, disk)


def rpo(evidence: Evidence, limit: int) -> Result:
    """Whether the newest recovery point of the worst disk is recent enough; a breach is critical unless the rule sets
    `rpo_critical` and the age is not past it."""
    critical = evidence.rule.rpo_critical
    expected = f"at most {duration_text(limit)}"
    if critical is not None:
        expected += f", a warning up to {duration_text(critical)}"
    if evidence.uncovered:
        disk = evidence.uncovered[0].disk.id
        observation = failed("never", f"Disk {disk} has no usable recovery point at all.", severity=CRITICAL)
        return result(evidence.rule, "rpo", expected, observation, disk)
    if evidence.latest is None or evidence.worst is None or evidence.age is None:
        return result(
            evidence.rule, "rpo", expected, insufficient("no recovery point yet", "There is no recovery point yet.")
        )
    age = duration_text(evidence.age)
    newest = f"{utc_text(evidence.latest.time)} ({evidence.latest.named})"
    message = f"Disk {evidence.worst.id} can be restored to {newest}, {age} ago"
    if evidence.age <= limit:
        observation = passed(age, f"{message}.", evidence.latest)
    else:
        message = f"{message}, which is {duration_text(evidence.age - limit)} past the limit of {duration_text(limit)}."
        is_critical = critical is None or evidence.age > critical
        severity = CRITICAL if is_critical else evidence.rule.severity.get("rpo", WARNING)
        observation = failed(age, message, evidence.latest, severity=severity)
    return result(evidence.rule, "rpo", expected, observation, evidence.worst.id)


def attempt(evidence: Evidence, _limit: None) -> Result:
    """Whether no backup is stuck or has failed: OnApp starts none of the same schedule while one is stuck."""
    timeout = duration_text(evidence.rule.build_timeout)
    expected = f"complete within {timeout}"
    if evidence.failed and not evidence.stuck:
        last = evidence.failed[-1]
        others = counted(len(evidence.failed) - 1, "earlier attempt")
        text = f"{_attempt_named(last)} {failure_text(last)}, and no later one is complete"
        text += f"; {others} failed, too." if len(evidence.failed) > 1 else "."
        return result(evidence.rule, "attempt", expected, failed("failed", text, *evidence.failed), _disk_of(last))
    if not evidence.stuck:
        text = "A backup is running, within its time." if evidence.running else "No backup is stuck."
        return result(
            evidence.rule, "attempt", expected, passed("running" if evidence.running else "none is stuck", text)
        )
    first = evidence.stuck[0]
    elapsed = duration_text(evidence.now - first.recorded)
    named = ids_named("backup", [point.id for point in evidence.stuck]).capitalize()
    verb = "is" if len(evidence.stuck) == 1 else "are"
    if len(evidence.stuck) == 1:
        named = _attempt_named(first)
    text = (
        f"{named} {verb} not complete {elapsed} after the start; the limit is {timeout}, and OnApp starts no"
        " other backup of that schedule meanwhile"
    )
    if evidence.failed:
        text += f"; {evidence.failed[-1].named} {failure_text(evidence.failed[-1])}"
    observation = failed(f"{elapsed} and not complete", f"{text}.", *evidence.stuck, *evidence.failed)
    return result(evidence.rule, "attempt", expected, observation, _disk_of(first))


def _disk_of(attempt: Point) -> int | None:
    target = attempt.backup.target
    return target.id if target.kind == DISK else None


def _attempt_named(attempt: Point) -> str:
    disk = _disk_of(attempt)
    return f"Backup {attempt.id}" if disk is None else f"Backup {attempt.id} of disk {disk}"


def pending_delete(evidence: Evidence, _limit: None) -> Result:
    """Whether sufficiently recent copies are not about to be deleted."""

    def observe(cover: Cover) -> Observation:
        newest = cover.points[-1] if cover.points else None
        pending_deletion = max(cover.pending_deletion, default=None)
        if newest is not None and evidence.now - newest.time <= evidence.rule.rpo:
            return passed(
                "not needed", f"Disk {cover.disk.id} has a recent copy that is not marked for delete.", newest
            )
        if pending_deletion is None or (
            newest is not None
            and (pending_deletion < newest or evidence.now - pending_deletion.time > evidence.rule.rpo)
        ):
            return passed("none", f"No sufficiently recent copy of disk {cover.disk.id} is marked for delete.")
        return failed(
            f"backup {pending_deletion.id} is marked",
            f"The only recent copy of disk {cover.disk.id}, backup {pending_deletion.id}, is marked for delete.",
            pending_deletion,
        )

    return per_disk(evidence, "pending_delete", "a recent copy is not marked for delete", observe)


def min_copies(evidence: Evidence, limit: int) -> Result:
    """Whether every disk has enough usable recovery points."""

    def observe(cover: Cover) -> Observation:
        found = len(cover.points)
        newest = cover.points[-1:]
        if found >= limit:
            return passed(f"{found}", f"Disk {cover.disk.id} has {counted(found, 'usable recovery point')}.", *newest)
        hint = ""
        if found == 1:
            hint = "; a schedule that keeps one copy, as OnApp's do unless their rotation is raised, cannot give more"
        return failed(
            f"{found}",
            f"Disk {cover.disk.id} has {counted(found, 'usable recovery point')} of at least {limit}{hint}.",
            *newest,
        )

    return per_disk(evidence, "min_copies", f"at least {limit} for every disk", observe)


def scheduled(evidence: Evidence, _limit: bool) -> Result:
    """Whether a schedule made a recent backup: a manual one must not hide that the schedule stopped."""

    def observe(cover: Cover) -> Observation:
        if not cover.points:
            return no_backup(cover)
        newest = cover.points[-1]
        started = newest.backup.initiated
        if started is None and not newest.is_plugin:
            return insufficient("not known", f"The control panel does not say what started backup {newest.id}.", newest)
        if started is not None and started not in (*SCHEDULED, MANUAL):
            text = f"Whether a schedule made backup {newest.id} is not known: its initiated is {printable(started)}."
            return insufficient(printable(started), text, newest)
        if started is not None and started != MANUAL:
            return passed(started, f"The newest recovery point of disk {cover.disk.id} was made by a schedule.", newest)
        for point in reversed(cover.points):
            if point.backup.initiated in SCHEDULED and evidence.now - point.time <= evidence.rule.rpo:
                return passed(
                    f"{'plug-in' if newest.is_plugin else 'manual'}, and {point.backup.initiated}",
                    f"A schedule made backup {point.id} of disk {cover.disk.id} within the limit.",
                    newest,
                    point,
                )
        if newest.is_plugin:
            text = f"A plug-in made the newest recovery point of disk {cover.disk.id}, and its schedule is not known."
            return insufficient("plug-in", text, newest)
        return failed(
            "manual only",
            f"The newest recovery point of disk {cover.disk.id}, backup {newest.id}, is manual, and no schedule"
            f" made one within {duration_text(evidence.rule.rpo)}.",
            newest,
        )

    return per_disk(evidence, "scheduled", "made by a schedule", observe)


def locked(evidence: Evidence, limits: LockLimits) -> Result:
    """Whether the newest backup is not locked for too long. A lock does not make a backup unusable."""

    def observe(cover: Cover) -> Observation:
        newest = next(reversed(cover.backups), None)
        if newest is None:
            return no_backup(cover)
        if not newest.backup.locked:
            return passed("not locked", f"The newest recovery point of disk {cover.disk.id} is not locked.")
        changed = newest.backup.updated_at
        since = newest.recorded if changed is None or changed > evidence.latest_valid else max(changed, newest.recorded)
        lasted = evidence.now - since
        actual = duration_text(lasted)
        text = f"Backup {newest.id}, the newest of disk {cover.disk.id}, is locked and unchanged for {actual}"
        if lasted <= limits.limit:
            return passed(actual, f"{text}.", newest)
        text = f"{text}; the limit is {duration_text(limits.limit)}."
        severity = severity_of(evidence.rule, "locked")
        return failed(actual, text, newest, severity=severer(severity, WARNING) if lasted > limits.warning else "")

    return per_disk(evidence, "locked", f"at most {duration_text(limits.limit)}", observe)


def clock(evidence: Evidence, _limit: None) -> Result:
    """Whether the times of all records are plausible."""
    skewed, unclear, future = evidence.survey.skewed, evidence.survey.unclear, evidence.from_future
    odd = sorted({*evidence.plugin.skewed, *evidence.plugin.unclear})
    problems = []
    if skewed:
        problems.append(f"{ids_named('backup', skewed)}: in the future, or completed before the start")
    if unclear:
        problems.append(f"{ids_named('backup', unclear)}: missing or unreadable")
    if odd:
        problems.append(f"{ids_named('plug-in recovery point', odd)}: in the future, missing or unreadable")
    if future:
        disks = sorted({number for number in future if number is not None})
        what = ["the virtual machine"] if None in future else []
        what += [ids_named("disk", disks)] if disks else []
        problems.append(f"{', '.join(what)}: created in the future")
    if not problems:
        return result(evidence.rule, "clock", "plausible times", passed("all plausible", "All times are plausible."))
    count = len(skewed) + len(unclear) + len(odd) + len(future)
    observation = failed(counted(count, "record"), f"Times: {'; '.join(problems)}.")
    ids = tuple(sorted({*skewed, *unclear}))[:MOST_IDS]
    return result(evidence.rule, "clock", "plausible times", observation)._replace(backup_ids=ids)


def plan(evidence: Evidence, _limit: bool) -> Result:
    """Whether an enabled schedule covers every disk whose newest recovery point is not a plug-in's."""
    without = ids_named("disk", [disk.id for disk in evidence.unscheduled])
    disk = None
    if SCHEDULES in evidence.more.unread:
        observation = _schedules_unread(evidence)
    elif evidence.unscheduled:
        disk = evidence.unscheduled[0].id
        observation = failed(f"none for {without}", f"No enabled schedule of automatic backups covers {without}.")
    else:
        text = "An enabled schedule covers every disk whose newest recovery point is not a plug-in's."
        observation = passed("every disk", text)
    return result(evidence.rule, "plan", "an enabled schedule for every disk", observation, disk)


def schedule_failures(evidence: Evidence, _limit: bool) -> Result:
    """Whether no schedule of the virtual machine and its disks has failures."""
    schedules = sorted(evidence.more.schedules or (), key=lambda schedule: schedule.id)
    failing = [schedule for schedule in schedules if (schedule.failure_count or 0) > 0]
    silent = [schedule.id for schedule in schedules if schedule.failure_count is None]
    disk = None
    if SCHEDULES in evidence.more.unread:
        observation = _schedules_unread(evidence)
    elif failing:
        target = failing[0].target
        disk = target.id if target.kind == DISK else None
        count = counted(sum(one.failure_count or 0 for one in failing), "failure")
        named = ids_named("schedule", [one.id for one in failing]).capitalize()
        observation = failed(count, f"{named} {'has' if len(failing) == 1 else 'have'} {count}.")
    elif silent:
        text = f"The control panel does not say how often {ids_named('schedule', silent)} failed."
        observation = insufficient("not known", text)
    else:
        observation = passed("none", "No schedule has a failure.")
    return result(evidence.rule, "schedule_failures", "no failure", observation, disk)


def _schedules_unread(evidence: Evidence) -> Observation:
    return unknown(f"The schedules could not be read: {evidence.more.unread[SCHEDULES].rstrip('.')}.")
