# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""Checks of whether every disk can be restored to a recent point: coverage, age, what hangs, what is about to go."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._checks.results import (
    MOST_IDS,
    Outcome,
    Result,
    breaks,
    holds,
    nothing_to_judge,
    per_disk,
    result,
    severer,
    severity_of,
    waits,
)
from ansible_collections.community.onapp.plugins.module_utils._fields import utc_text
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CRITICAL, WARNING
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import duration_text
from ansible_collections.community.onapp.plugins.module_utils._records import DISK
from ansible_collections.community.onapp.plugins.module_utils._verdict.flags import MANUAL
from ansible_collections.community.onapp.plugins.module_utils._verdict.wording import counted, disks_named, ids_named

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._verdict.case import Case
    from ansible_collections.community.onapp.plugins.module_utils._verdict.points import Cover


def coverage(case: Case) -> Result:
    """Whether every disk has a usable recovery point."""
    actual = f"{len(case.covered)} of {counted(len(case.covers), 'disk')}"
    newest = [cover.points[-1] for cover in case.covered]
    grace = f"the grace of {duration_text(case.rule.new_vm_grace)} is not over"
    disk = None
    if case.lost:
        disk = case.lost[0].disk.id
        named = disks_named(case.lost)
        outcome = breaks(
            actual, f"No usable recovery point covers {named}, so the VM cannot be restored whole.", *newest
        )
    elif not case.covered:
        outcome = waits(actual, f"The virtual machine is new and has no recovery point yet; {grace}.")
    elif case.waiting:
        named = disks_named(case.waiting)
        outcome = holds(actual, f"Every disk but {named} has a usable recovery point; {grace}.", *newest)
    else:
        outcome = holds(actual, "Every disk has a usable recovery point.", *newest)
    return result(case.rule, "coverage", "every disk has a usable recovery point", outcome, disk)


def rpo(case: Case) -> Result:
    """Whether what the worst disk can be restored to is young enough."""
    limit, critical = case.rule.rpo, case.rule.rpo_critical
    expected = f"at most {duration_text(limit)}"
    if critical is not None:
        expected += f", critical past {duration_text(critical)}"
    if case.lost:
        disk = case.lost[0].disk.id
        outcome = breaks("never", f"Disk {disk} has no usable recovery point at all.", severity=CRITICAL)
        return result(case.rule, "rpo", expected, outcome, disk)
    if case.latest is None or case.worst is None or case.age is None:
        return result(case.rule, "rpo", expected, waits("no recovery point yet", "There is no recovery point yet."))
    age = duration_text(case.age)
    message = (
        f"Disk {case.worst.id} can be restored to {utc_text(case.latest.time)} (backup {case.latest.id}), {age} ago"
    )
    if case.age <= limit:
        outcome = holds(age, f"{message}.", case.latest)
    else:
        message = f"{message}, which is {duration_text(case.age - limit)} past the limit of {duration_text(limit)}."
        is_critical = critical is not None and case.age > critical
        outcome = breaks(age, message, case.latest, severity=CRITICAL if is_critical else "")
    return result(case.rule, "rpo", expected, outcome, case.worst.id)


def attempt(case: Case) -> Result:
    """Whether no backup hangs: OnApp starts none of the same schedule while one does."""
    limit = duration_text(case.rule.build_timeout)
    expected = f"complete within {limit}"
    if not case.stuck:
        text = "One is running, within its time." if case.running else "No backup hangs."
        return result(case.rule, "attempt", expected, holds("running" if case.running else "none hangs", text))
    first = case.stuck[0]
    elapsed = duration_text(case.now - first.recorded)
    target = first.backup.target
    disk = target.id if target.kind == DISK else None
    named = ids_named("backup", [point.id for point in case.stuck]).capitalize()
    verb = "is" if len(case.stuck) == 1 else "are"
    if len(case.stuck) == 1 and disk is not None:
        named += f" of disk {disk}"
    outcome = breaks(
        f"{elapsed} and not complete",
        f"{named} {verb} not complete {elapsed} after the start; the limit is {limit}, and OnApp makes no"
        " other backup of that schedule meanwhile.",
        *case.stuck,
    )
    return result(case.rule, "attempt", expected, outcome, disk)


def pending_delete(case: Case) -> Result:
    """Whether the copies that would do are not about to be deleted."""

    def judge(cover: Cover) -> Outcome:
        newest = cover.points[-1] if cover.points else None
        leaving = max(cover.leaving, default=None)
        if newest is not None and case.now - newest.time <= case.rule.rpo:
            return holds("not needed", f"Disk {cover.disk.id} has a recent copy that stays.", newest)
        if leaving is None or (newest is not None and (leaving < newest or case.now - leaving.time > case.rule.rpo)):
            return holds("none", f"No copy of disk {cover.disk.id} that would do is marked for delete.")
        return breaks(
            f"backup {leaving.id} is marked",
            f"The only copy of disk {cover.disk.id} that would do, backup {leaving.id}, is marked for delete.",
            leaving,
        )

    return per_disk(case, "pending_delete", "a copy that would do is not marked for delete", judge)


def min_copies(case: Case) -> Result | None:
    """Whether every disk has enough usable recovery points."""
    least = case.rule.min_copies
    if least is None:
        return None

    def judge(cover: Cover) -> Outcome:
        found = len(cover.points)
        newest = cover.points[-1:]
        if found >= least:
            return holds(f"{found}", f"Disk {cover.disk.id} has {counted(found, 'usable recovery point')}.", *newest)
        hint = ""
        if found == 1:
            hint = "; a schedule that keeps one copy, as OnApp's do unless their rotation is raised, cannot give more"
        return breaks(
            f"{found}",
            f"Disk {cover.disk.id} has {counted(found, 'usable recovery point')} of at least {least}{hint}.",
            *newest,
        )

    return per_disk(case, "min_copies", f"at least {least} for every disk", judge)


def scheduled(case: Case) -> Result | None:
    """Whether no backup by hand hides a dead schedule."""
    if not case.rule.scheduled:
        return None

    def judge(cover: Cover) -> Outcome:
        if not cover.points:
            return nothing_to_judge(cover)
        newest = cover.points[-1]
        started = newest.backup.initiated
        if started is None:
            return waits("not told", f"The control panel does not say what started backup {newest.id}.", newest)
        if started != MANUAL:
            return holds(started, f"The newest recovery point of disk {cover.disk.id} was made by a schedule.", newest)
        for point in reversed(cover.points):
            if point.backup.initiated not in (None, MANUAL) and case.now - point.time <= case.rule.rpo:
                return holds(
                    f"by hand, and {point.backup.initiated}",
                    f"A schedule made backup {point.id} of disk {cover.disk.id} within the limit, too.",
                    newest,
                    point,
                )
        return breaks(
            "by hand only",
            f"The newest recovery point of disk {cover.disk.id}, backup {newest.id}, was made by hand, and no schedule"
            f" made one within {duration_text(case.rule.rpo)}.",
            newest,
        )

    return per_disk(case, "scheduled", "made by a schedule", judge)


def locked(case: Case) -> Result | None:
    """Whether the newest recovery point is not locked for too long. A lock is no lack of freshness."""
    limits = case.rule.locked
    if limits is None:
        return None

    def judge(cover: Cover) -> Outcome:
        if not cover.points:
            return nothing_to_judge(cover)
        newest = cover.points[-1]
        if not newest.backup.locked:
            return holds("not locked", f"The newest recovery point of disk {cover.disk.id} is not locked.")
        changed = newest.backup.updated_at
        since = newest.recorded if changed is None or changed > case.horizon else max(changed, newest.recorded)
        lasted = case.now - since
        actual = duration_text(lasted)
        text = f"Backup {newest.id}, the newest of disk {cover.disk.id}, is locked and unchanged for {actual}"
        if lasted <= limits.limit:
            return holds(actual, f"{text}.", newest)
        told = f"{text}; the limit is {duration_text(limits.limit)}."
        severity = severity_of(case.rule, "locked")
        return breaks(actual, told, newest, severity=severer(severity, WARNING) if lasted > limits.warning else "")

    return per_disk(case, "locked", f"at most {duration_text(limits.limit)}", judge)


def clock(case: Case) -> Result:
    """Whether the times of all records make sense."""
    skewed, unclear, future = case.survey.skewed, case.survey.unclear, case.from_future
    said = []
    if skewed:
        said.append(f"{ids_named('backup', skewed)}: in the future, or complete before the start")
    if unclear:
        said.append(f"{ids_named('backup', unclear)}: missing, or not readable")
    if future:
        disks = sorted({number for number in future if number is not None})
        what = ["the virtual machine"] if None in future else []
        what += [ids_named("disk", disks)] if disks else []
        said.append(f"{', '.join(what)}: created in the future")
    if not said:
        return result(case.rule, "clock", "times that make sense", holds("all do", "All times make sense."))
    outcome = breaks(f"{counted(len(skewed) + len(unclear) + len(future), 'record')}", f"Times: {'; '.join(said)}.")
    ids = tuple(sorted({*skewed, *unclear}))[:MOST_IDS]
    return result(case.rule, "clock", "times that make sense", outcome)._replace(backup_ids=ids)
