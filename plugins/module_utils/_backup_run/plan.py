# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decides which backups a virtual machine needs, from its records. Pure; all times are UTC seconds since 1970."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable

from .. import _errors, _records
from .._assessment import state
from .._policy import values
from .._policy.policy import INCLUDE

if t.TYPE_CHECKING:
    from .._assessment import coverage
    from .._policy.policy import Policy

    Row = dict[str, t.Any]

AUTO = "auto"
FAILED, STARTED, JOINED, FRESH = "failed", "started", "joined", "fresh"


class Params(t.NamedTuple):
    """The options of a run. Durations and intervals are seconds; `policy` comes from `policy_for`; `evidence` are kinds
    of EVIDENCE; `now` is the clock of this host, for a panel that sends no `Date`."""

    names: tuple[str, ...]
    max_age: int | None
    backup_type: str
    note: str | None
    force_windows_backup: bool
    wait: bool
    wait_timeout: int
    poll_interval: float
    max_parallel: int
    policy: Policy
    evidence: tuple[str, ...]
    check_mode: bool
    now: Callable[[], float]


class Plan(t.NamedTuple):
    """What to do for one virtual machine.

    `unserved` are the ids of the disks that need a new backup, `joined` the ids of the running attempts to wait for.
    `incremental` says whether one backup of the virtual machine is started instead of one for each unserved disk.
    """

    unserved: tuple[int, ...] = ()
    joined: frozenset[int] = frozenset()
    incremental: bool = False

    @property
    def action(self) -> str:
        return STARTED if self.unserved else JOINED if self.joined else FRESH


def policy_for(policy: Policy, max_age: int | None) -> Policy:
    """The policy by which `fresh` is decided: `max_age` seconds as the limit of every rule (None: the limits stay), no
    grace, every VM in scope."""
    # The clock skew lets a disk be created a little after now: that must not give it a grace either.
    scope = policy.scope._replace(powered_off=INCLUDE, new_vm_grace=-policy.clock.max_skew - 1)
    policy = policy._replace(scope=scope)
    if max_age is None:
        return policy
    rules = tuple(rule._replace(rpo=max_age) for rule in policy.rules)
    return policy._replace(defaults=policy.defaults._replace(rpo=max_age), rules=rules)


def plan_backups(assessment: state.Assessment, max_age: int | None, backup_type: str) -> Plan:
    """The plan for a virtual machine that was assessed under the policy of `policy_for`.

    A disk is served by a recovery point, or by an attempt that is neither stuck nor failed, not older than `max_age`
    seconds; without `max_age` only by an attempt that began after the assessment. `backup_type` is `auto`, `normal` or
    `incremental`. Raises BackupFailed without an assessment, ConflictError if a stuck attempt is in the way.
    """
    evidence = assessment.evidence
    if evidence is None or not assessment.is_assessed:
        raise _errors.BackupFailed(f"No backup was started: {'; '.join(assessment.reasons)}.")
    if max_age is not None and assessment.state == state.PROTECTED:
        return Plan()
    since = evidence.now + 1 if max_age is None else evidence.now - max_age
    running = [
        attempt
        for attempts in evidence.survey.attempts.values()
        for attempt in attempts
        if attempt.recorded >= since and evidence.is_running(attempt)
    ]
    unserved: list[coverage.Cover] = []
    joined: set[int] = set()
    for cover in evidence.covers:
        if max_age is not None and is_served(cover, since):
            continue
        serving = {attempt.id for attempt in running if _covers(attempt, cover)}
        joined |= serving
        if not serving:
            unserved.append(cover)
    stuck = next((point for cover in unserved for point in evidence.stuck if _covers(point, cover)), None)
    if stuck is not None:
        age = values.duration_text(evidence.now - stuck.recorded)
        limit = values.duration_text(evidence.rule.build_timeout)
        raise _errors.ConflictError(
            f"Backup {stuck.id} was started {age} ago and is still not built; the limit is {limit} (build_timeout of"
            " the policy). No second one is started: find the cause in OnApp and delete it there."
        )
    supported = backup_type == AUTO and evidence.vm.support_incremental_backups is True
    incremental = backup_type == _records.INCREMENTAL or supported
    return Plan(tuple(cover.disk.id for cover in unserved), frozenset(joined), incremental)


def is_served(cover: coverage.Cover, since: int) -> bool:
    """Whether a disk has a recovery point of `since` or later."""
    return bool(cover.points) and cover.points[-1].time >= since


def find_made(new: Iterable[Row], target: _records.Target, is_last: bool) -> Row | None:
    """The row of the backup that a start of a backup of `target` has made, out of those that are `new` in the list.

    None if there is none yet; `is_last` says that the list will not be read again.
    """
    made = sorted(((row["id"], _records.Backup.from_row(row).target, row) for row in new), key=lambda one: one[0])
    of_vm = _records.Target(_records.VIRTUAL_MACHINE, None)
    own = (target, of_vm) if target.kind == _records.VIRTUAL_MACHINE else (target,)
    matching = [row for _number, whose, row in made if whose in own]
    if is_last and target.kind == _records.VIRTUAL_MACHINE:
        # The panel may have made a backup of one disk. Not taken earlier: a schedule may have made it.
        matching += [row for _number, whose, row in made if whose.kind == _records.DISK]
    return matching[0] if matching else None


def _covers(attempt: coverage.Point, cover: coverage.Cover) -> bool:
    """Whether an attempt is of a disk, or of the virtual machine when the disk was there already."""
    target = attempt.backup.target
    if target.kind == _records.DISK:
        return target.id == cover.disk.id
    created = cover.disk.created_at
    return target.kind == _records.VIRTUAL_MACHINE and (created is None or attempt.recorded >= created)
