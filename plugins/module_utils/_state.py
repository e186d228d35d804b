# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The verdict on one virtual machine: could every disk be restored to a point no older than the rule's limit?

The state says whether it could; flags say everything else that is worth a look. What was not read, or does not make
sense, proves nothing: it may turn a verdict to `unknown`, never to `protected`. All times are UTC seconds since 1970.
"""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._fields import utc_text
from ansible_collections.community.onapp.plugins.module_utils._points import (
    cover_disk,
    disks_of,
    find_attempts,
    survey_backups,
)
from ansible_collections.community.onapp.plugins.module_utils._policy import EXCLUDE, duration_text
from ansible_collections.community.onapp.plugins.module_utils._records import INCREMENTAL, NORMAL

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.community.onapp.plugins.module_utils._points import Cover, Point, Survey
    from ansible_collections.community.onapp.plugins.module_utils._policy import Policy, Rule
    from ansible_collections.community.onapp.plugins.module_utils._records import Backup, Disk, VirtualMachine

UNKNOWN = "unknown"
NOT_APPLICABLE = "not_applicable"
PENDING = "pending"
UNPROTECTED = "unprotected"
FAILING = "failing"
STALE = "stale"
PROTECTED = "protected"

# Exactly one; the first whose definition holds.
STATES = (UNKNOWN, NOT_APPLICABLE, PENDING, UNPROTECTED, FAILING, STALE, PROTECTED)

# Any number, always in this order.
FLAGS = (
    "in_progress",
    "attempt_stuck",
    "partial_coverage",
    "new_disk_pending",
    "coverage_assumed",
    "at_risk",
    "manual_only",
    "single_copy",
    "single_server",
    "no_backup_server",
    "pending_delete_only",
    "locked_latest",
    "empty_backup",
    "incremental_only",
    "clock_skew",
    "timestamp_invalid",
    "powered_off",
)

MANUAL = "manual"
AT_RISK_PERCENT = 80
IDS_SHOWN = 10


class DiskVerdict(t.NamedTuple):
    """A disk and its usable points: times are UTC seconds or None, `source_backup_id` is the newest point's id.

    Swap disks are listed without points, because they are never backed up.
    """

    id: int
    identifier: str | None
    label: str | None
    is_swap: bool
    created_at: int | None
    newest_at: int | None
    oldest_at: int | None
    age_seconds: int | None
    copies: int
    source_backup_id: int | None


class Verdict(t.NamedTuple):
    """What is to be said of a VM's backups.

    `newest_at` is the point that the worst disk can be restored to, None when one past its grace cannot be restored at
    all; `age_seconds` is its age, `oldest_at` the oldest usable point of any disk, `copies` the fewest points of any
    disk. `copies` and `total_size_bytes` are None where the records were not read: that is not the same as 0.
    """

    state: str
    flags: tuple[str, ...]
    reasons: tuple[str, ...]
    rule: str
    age_seconds: int | None
    newest_at: int | None
    oldest_at: int | None
    copies: int | None
    total_size_bytes: int | None
    disks: tuple[DiskVerdict, ...]

    def as_facts(self, now: int) -> dict[str, t.Any]:
        """The verdict as JSON values, times as UTC text; `now` is the time of the evaluation in UTC seconds."""
        return {
            "state": self.state,
            "flags": list(self.flags),
            "reasons": list(self.reasons),
            "rule": self.rule,
            "age_seconds": self.age_seconds,
            "newest_at": utc_text(self.newest_at),
            "oldest_at": utc_text(self.oldest_at),
            "copies": self.copies,
            "total_size_bytes": self.total_size_bytes,
            "disks": [
                {
                    **disk._asdict(),
                    "created_at": utc_text(disk.created_at),
                    "newest_at": utc_text(disk.newest_at),
                    "oldest_at": utc_text(disk.oldest_at),
                }
                for disk in self.disks
            ],
            "evaluated_at": utc_text(now),
        }


def judge(
    vm: VirtualMachine,
    disks: Sequence[Disk] | None,
    backups: Sequence[Backup] | None,
    rule: Rule,
    policy: Policy,
    now: int,
    problems: Sequence[str] = (),
) -> Verdict:
    """The verdict on a VM, from its own disks and backups, at `now` in UTC seconds.

    `disks` or `backups` that are None were not read; `problems` are sentences that say what else could not be. Each
    makes the state `unknown`. Neither the order of the records nor a record that comes twice changes the verdict.
    """
    own = None if disks is None else disks_of(vm, disks)
    unread = tuple(problems) or _unread(vm, own, backups)
    if unread or own is None or backups is None:
        flags = ("powered_off",) if vm.booted is False else ()
        return Verdict(UNKNOWN, flags, unread, rule.name, None, None, None, None, None, ())

    survey = survey_backups(vm, backups, policy.clock, now)
    case = _case(vm, own, survey, rule, policy, now)
    state, reasons = _state(vm, case, rule, policy)
    if state != NOT_APPLICABLE:
        reasons += _asides(case, rule, now)
    if survey.doubt is not None and state != PROTECTED:
        state = UNKNOWN
        reasons.insert(0, survey.doubt)
    at_risk = state == PROTECTED and case.age is not None and case.age * 100 > rule.rpo * AT_RISK_PERCENT
    skewed = survey.skewed or _is_from_future(vm, own, now + policy.clock.max_skew)
    found = {
        "at_risk": at_risk,
        "clock_skew": skewed,
        "timestamp_invalid": survey.invalid,
        "powered_off": vm.booted is False,
        **_disk_flags(case),
        **_proof_flags(case.proof),
    }
    return Verdict(
        state=state,
        flags=tuple(flag for flag in FLAGS if found[flag]),
        reasons=tuple(reasons),
        rule=rule.name,
        age_seconds=case.age,
        newest_at=None if case.latest is None else case.latest.time,
        oldest_at=case.proof[0].time if case.proof else None,
        copies=case.copies,
        total_size_bytes=survey.total_kb * 1024,
        disks=_disk_verdicts(own, case.covers, now),
    )


class _Case(t.NamedTuple):
    """What speaks for and against a VM.

    Of the eligible disks (`covers`), some are `covered`, some `waiting` for their first point within their grace, and
    some `lost`: past it without one. `latest` is the newest point of the `worst` disk; there is none where a disk is
    lost. `proof` holds the points of all disks, oldest first.
    """

    covers: list[Cover]
    covered: list[Cover]
    waiting: list[Cover]
    lost: list[Cover]
    stuck: list[Point]
    running: bool
    worst: Disk | None
    latest: Point | None
    age: int | None
    copies: int
    proof: list[Point]


def _case(vm: VirtualMachine, disks: list[Disk], survey: Survey, rule: Rule, policy: Policy, now: int) -> _Case:
    horizon = now + policy.clock.max_skew
    covers = [cover_disk(disk, vm, survey, rule, now, horizon) for disk in disks if not disk.is_swap]
    covered = [cover for cover in covers if cover.points]
    lost = [cover for cover in covers if not cover.points and not cover.young]
    stuck, running = find_attempts(vm, covers, survey, rule, now)
    # Of disks that are equally old the first by id, so that the order of the records does not matter.
    latest, worst = min(
        ((max(cover.points), cover.disk) for cover in covered if not lost),
        key=lambda pair: (pair[0].time, pair[1].id),
        default=(None, None),
    )
    return _Case(
        covers=covers,
        covered=covered,
        waiting=[cover for cover in covers if not cover.points and cover.young],
        lost=lost,
        stuck=stuck,
        running=running,
        worst=worst,
        latest=latest,
        age=None if latest is None else max(0, now - latest.time),
        copies=0 if lost else min((len(cover.points) for cover in covered), default=0),
        proof=sorted({point.id: point for cover in covered for point in cover.points}.values()),
    )


def _state(vm: VirtualMachine, case: _Case, rule: Rule, policy: Policy) -> tuple[str, list[str]]:
    """The state of a VM whose records were read, and why; `pending` is explained by what waits."""
    if not vm.built:
        return NOT_APPLICABLE, ["the VM is not built"]
    if vm.booted is False and policy.scope.powered_off == EXCLUDE:
        return NOT_APPLICABLE, ["the VM is powered off, and the policy excludes such VMs"]
    if not case.covers:
        return NOT_APPLICABLE, ["all disks of the VM are swap disks, which are never backed up"]
    if case.lost:
        grace = duration_text(rule.new_vm_grace)
        return UNPROTECTED, [f"no usable recovery point covers {_listed(case.lost)}; the grace of {grace} is over"]
    if case.worst is None or case.latest is None or case.age is None:
        return PENDING, []
    age, limit = duration_text(case.age), duration_text(rule.rpo)
    if case.age <= rule.rpo:
        every = "every other disk" if case.waiting else "every disk"
        return PROTECTED, [f"the newest recovery point of {every} is at most {age} old; the limit is {limit}"]
    past = duration_text(case.age - rule.rpo)
    which = f"disk {case.worst.id} (backup {case.latest.id})"
    return FAILING if case.stuck else STALE, [
        f"the newest recovery point of {which} is {age} old, {past} past the limit of {limit}"
    ]


def _unread(vm: VirtualMachine, disks: Sequence[Disk] | None, backups: Sequence[Backup] | None) -> tuple[str, ...]:
    """What is missing for a verdict, as sentences; nothing when all is there."""
    missing = []
    if disks is None:
        missing.append("the disks of the VM were not read")
    if backups is None:
        missing.append("the backups of the VM were not read")
    if vm.built is None:
        missing.append("the panel does not say whether the VM is built")
    if vm.built and disks is not None and not disks:
        missing.append("the panel lists no disk of this VM, although it is built")
    return tuple(missing)


def _asides(case: _Case, rule: Rule, now: int) -> list[str]:
    """Sentences on what does not make the state, or not alone."""
    said = []
    if case.waiting:
        grace = duration_text(rule.new_vm_grace)
        said.append(f"no usable recovery point covers {_listed(case.waiting)} yet; the grace of {grace} is not over")
    leaving = [cover for cover in case.covers if cover.leaving and not cover.points]
    if leaving:
        said.append(f"the only copies of {_listed(leaving)} are marked for delete")
    if case.stuck:
        first = case.stuck[0]
        more = f" (and {len(case.stuck) - 1} more)" if len(case.stuck) > 1 else ""
        elapsed, limit = duration_text(now - first.recorded), duration_text(rule.build_timeout)
        said.append(f"backup {first.id}{more} is not complete {elapsed} after it was started; the limit is {limit}")
    return said


def _listed(covers: list[Cover]) -> str:
    """Disks by id; of many, the first and how many more."""
    ids = sorted(cover.disk.id for cover in covers)
    more = f" and {len(ids) - IDS_SHOWN} more" if len(ids) > IDS_SHOWN else ""
    return f"disk{'s' if len(ids) > 1 else ''} {', '.join(str(number) for number in ids[:IDS_SHOWN])}{more}"


def _is_from_future(vm: VirtualMachine, disks: list[Disk], horizon: int) -> bool:
    """Whether the VM or a disk was created past the horizon."""
    born = (vm.created_at, *(disk.created_at for disk in disks))
    return any(seconds is not None and seconds > horizon for seconds in born)


def _disk_flags(case: _Case) -> dict[str, bool]:
    """Flags that look at each disk."""
    return {
        "in_progress": case.running,
        "attempt_stuck": bool(case.stuck),
        "partial_coverage": bool(case.lost and case.covered),
        "new_disk_pending": 0 < len(case.waiting) < len(case.covers),
        "coverage_assumed": any(cover.assumed for cover in case.covers),
        "single_copy": case.copies == 1,
        "pending_delete_only": any(cover.leaving and not cover.points for cover in case.covers),
        "locked_latest": case.latest is not None and case.latest.backup.locked,
        "empty_backup": _is_empty(case),
    }


def _proof_flags(proof: list[Point]) -> dict[str, bool]:
    """Flags for what all points have in common."""
    servers = {point.backup.backup_server_id for point in proof}
    return {
        "manual_only": bool(proof) and all(point.backup.initiated == MANUAL for point in proof),
        "single_server": len(servers) == 1 and None not in servers,
        "no_backup_server": servers == {None},
        "incremental_only": bool(proof) and all(point.backup.backup_type == INCREMENTAL for point in proof),
    }


def _is_empty(case: _Case) -> bool:
    """Whether what a restore would take holds nothing: a disk's newest normal copy, or what increments build upon.

    Later increments may be empty: nothing changed between them.
    """
    for cover in case.covered:
        normal = max((point for point in cover.points if point.backup.backup_type == NORMAL), default=None)
        if normal is not None and (normal.backup.size or 0) <= 0:
            return True
    first = next((point.backup.size for point in case.proof if point.backup.backup_type == INCREMENTAL), None)
    return first is not None and first <= 0


def _disk_verdicts(disks: list[Disk], covers: list[Cover], now: int) -> tuple[DiskVerdict, ...]:
    """All disks of the VM, by id."""
    points = {cover.disk.id: cover.points for cover in covers}
    verdicts = []
    for disk in sorted(disks, key=lambda disk: disk.id):
        own = points.get(disk.id)
        newest = max(own) if own else None
        verdicts.append(
            DiskVerdict(
                id=disk.id,
                identifier=disk.identifier,
                label=disk.label,
                is_swap=disk.is_swap,
                created_at=disk.created_at,
                newest_at=newest.time if newest else None,
                oldest_at=min(own).time if own else None,
                age_seconds=max(0, now - newest.time) if newest else None,
                copies=len(own) if own else 0,
                source_backup_id=newest.id if newest else None,
            )
        )
    return tuple(verdicts)
