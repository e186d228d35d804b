# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The assessment of one virtual machine: can every disk be restored to a point no older than the rule's limit?

The state answers that; flags are further facts, independent of it. Data that were not read or are invalid can make the
state `unknown`, never `protected`. All times are UTC seconds since 1970.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable, Sequence

from .. import _fields, _records, _text
from .._policy import values
from .._policy.policy import EXCLUDE, EXPIRING
from . import coverage
from .evidence import Comparison, Evidence

if t.TYPE_CHECKING:
    from .._api.fetch import FetchedVm
    from .._policy import rules
    from .._policy.policy import Policy

Record = t.TypeVar("Record")
UNKNOWN = "unknown"
NOT_APPLICABLE = "not_applicable"
PENDING = "pending"
UNPROTECTED = "unprotected"
FAILING = "failing"
STALE = "stale"
PROTECTED = "protected"

# Exactly one: the first that applies.
STATES = (UNKNOWN, NOT_APPLICABLE, PENDING, UNPROTECTED, FAILING, STALE, PROTECTED)

MANUAL = "manual"
# Values of backups that a schedule made. With any value but these and `manual` it is unknown what made the backup.
SCHEDULED = ("hours", "days", "weeks", "months", "years")
AT_RISK_PERCENT = 80


def _sizes(evidence: Evidence) -> Iterable[Comparison]:
    return evidence.sizes.values() if "size" in evidence.rule.written else ()


# When evidence sets a flag. With the built-in limits, OnApp's default rotation of one copy would set those about
# retention, gaps and sizes for nearly every VM: they need a limit that the policy itself writes.
_SET_BY: dict[str, Callable[[Evidence], object]] = {
    "in_progress": lambda evidence: evidence.running,
    "attempt_stuck": lambda evidence: evidence.stuck,
    "attempt_failed": lambda evidence: evidence.failed,
    "partial_coverage": lambda evidence: evidence.uncovered and evidence.covered,
    "new_disk_pending": lambda evidence: 0 < len(evidence.pending) < len(evidence.covers),
    "coverage_assumed": lambda evidence: any(cover.assumed for cover in evidence.covers),
    "at_risk": lambda evidence: (
        evidence.age is not None and evidence.rule.rpo * AT_RISK_PERCENT < evidence.age * 100 <= evidence.rule.rpo * 100
    ),
    "manual_only": lambda evidence: {point.backup.initiated for point in evidence.backups} == {MANUAL},
    "single_copy": lambda evidence: evidence.copies == 1,
    "single_server": lambda evidence: len(evidence.servers) == 1 and None not in evidence.servers,
    "no_backup_server": lambda evidence: evidence.servers == {None},
    "pending_delete_only": lambda evidence: evidence.pending_deletion,
    "locked_latest": lambda evidence: evidence.latest is not None and evidence.latest.backup.locked,
    "size_shrink": lambda evidence: any(one.shrank for one in _sizes(evidence)),
    "size_growth": lambda evidence: any(one.grew for one in _sizes(evidence)),
    "empty_backup": lambda evidence: any(cover.empty_base for cover in evidence.covers),
    "unscheduled": lambda evidence: evidence.unscheduled,
    "timestamp_zone_assumed": lambda evidence: (
        evidence.policy.clock.naive_as is None
        and any(point.created_at.problem == "no_offset" for point in evidence.recovery_points)
    ),
    "retention_missing": lambda evidence: (
        "retention" in evidence.rule.written
        and any(kept.is_short for disks in evidence.kept.values() for kept in disks.values())
    ),
    "gap": lambda evidence: (
        "max_gap" in evidence.rule.written and any(gap.is_too_long for gap in evidence.gaps.values())
    ),
    "incremental_only": lambda evidence: (
        {point.backup.backup_type for point in evidence.backups} == {_records.INCREMENTAL}
    ),
    "clock_skew": lambda evidence: evidence.survey.skewed or evidence.plugin.skewed or evidence.from_future,
    "timestamp_invalid": lambda evidence: evidence.survey.invalid or evidence.plugin.invalid,
}
# They say nothing about a VM that is unknown or not applicable.
_OF_ASSESSED = ("at_risk", "size_shrink", "size_growth", "unscheduled", "retention_missing", "gap")
# Any number, always in this order. The checks set `exempt`, if an exemption covers a failing result.
FLAGS = (*_SET_BY, "powered_off", "exempt", "exemption_expiring")


class Assessment(t.NamedTuple):
    """State, flags and reasons of a VM's backups, and the evidence for them, None if the records were not read.

    `kinds` are those of the option `evidence`.
    """

    state: str
    flags: tuple[str, ...]
    reasons: tuple[str, ...]
    rule: rules.Rule
    kinds: tuple[str, ...] = ()
    evidence: Evidence | None = None

    @property
    def is_assessed(self) -> bool:
        """Whether the backups decide the state: it is neither unknown nor not applicable."""
        return self.state not in (UNKNOWN, NOT_APPLICABLE)

    def as_facts(self, now: int) -> dict[str, t.Any]:
        """The assessment as JSON values, times as UTC text; `now` is the time of the evaluation in UTC seconds.

        `newest_at` is the point that the worst disk can be restored to, None if a disk past its grace has none;
        `age_seconds` is its age, `oldest_at` the oldest usable point of any disk, `copies` the fewest points of any
        disk. `copies` and `total_size_bytes` are None if the records were not read, which is not the same as 0.
        """
        facts: dict[str, t.Any] = {
            "state": self.state,
            "flags": list(self.flags),
            "reasons": list(self.reasons),
            "rule": self.rule.name,
            **dict.fromkeys(("age_seconds", "newest_at", "oldest_at", "copies", "total_size_bytes")),
            "disks": [],
            "evaluated_at": _fields.utc_text(now),
        }
        found = self.evidence
        if found is not None:
            by_disk = {cover.disk.id: cover.points for cover in found.covers}
            shows_plugins = _records.RECOVERY_POINTS in self.kinds
            facts.update(
                age_seconds=found.age,
                newest_at=None if found.latest is None else _fields.utc_text(found.latest.time),
                oldest_at=_fields.utc_text(found.points[0].time) if found.points else None,
                copies=found.copies,
                total_size_bytes=found.survey.total_size_bytes,
                disks=[
                    _disk_facts(disk, by_disk.get(disk.id, ()), now, shows_plugins)
                    for disk in sorted(found.disks, key=lambda disk: disk.id)
                ],
            )
        return facts


def assess(
    fetched: FetchedVm, policy: Policy, now: int, problems: Iterable[str] = (), read_at: int | None = None
) -> Assessment:
    """The assessment of a VM, from its own disks and backups, at `now` in UTC seconds.

    Its failures, `problems` (sentences on what else could not be read), and disks or backups that are None each make
    the state `unknown`. Neither the order of the records nor duplicates change the assessment. `read_at` is when they
    were read: if `now` is earlier, records from between the two times did not exist yet and are skipped.

    Without readable recovery points, if they were asked for, the state is `protected` if the backups alone make it so,
    else `unknown`; unread schedules change no state.
    """
    vm, disks, backups = fetched.vm, fetched.disks, fetched.backups
    rule = policy.rule_for(vm)
    own = None if disks is None else coverage.disks_of(vm, disks)
    why = {kind: failure.error.text for kind, failure in fetched.evidence_failures.items()}
    recovery_points = _readable(
        _records.RECOVERY_POINTS, "recovery point", fetched.recovery_points, fetched.evidence, why
    )
    schedules = _readable(_records.SCHEDULES, "schedule", fetched.schedules, fetched.evidence, why)
    missing = (*(failure.error.text for failure in fetched.failures), *problems) or _unread(vm, own, backups)
    own_flags = ["powered_off"] if vm.booted is False else []
    if any(state == EXPIRING for _exemption, state in policy.exemptions_for(vm, now)):
        own_flags.append("exemption_expiring")
    nothing = Assessment(UNKNOWN, tuple(own_flags), missing, rule, tuple(fetched.evidence))
    if missing or own is None or backups is None:
        return nothing
    later = coverage.times_after(now, read_at, policy.clock)
    listed = len(own) + len(backups) + len(recovery_points or ())
    has_eligible = any(not disk.is_swap for disk in own)
    own, backups = coverage.existing(own, later), coverage.existing(backups, later)
    points = coverage.existing(recovery_points or (), later)
    skipped = listed - len(own) - len(backups) - len(points)
    found = Evidence(vm, own, backups, rule, policy, now, points, schedules, why)
    if coverage.is_in(vm.created_at, later):
        state, reasons = NOT_APPLICABLE, ["the VM was created after the time of the evaluation"]
    elif vm.built and has_eligible and not found.covers:
        state, reasons = UNKNOWN, ["all disks that the panel lists were created after the time of the evaluation"]
    else:
        state, reasons = _state(found)
    if state != NOT_APPLICABLE:
        reasons += _remarks(found)
    if _records.RECOVERY_POINTS in why:
        lack = f"the plug-in recovery points of the VM were not read: {why[_records.RECOVERY_POINTS].rstrip('.')}"
        if state != PROTECTED:
            return nothing._replace(reasons=(lack, *reasons))
        reasons.append(f"{lack}, so only its backups were assessed")
    if skipped:
        reasons.append(f"ignored {_text.counted(skipped, 'record')} from after the time of the evaluation")
    doubts = [doubt for doubt in (found.survey.unusable_newest, found.plugin.unusable_newest) if doubt]
    if doubts and state != PROTECTED:
        state = UNKNOWN
        reasons = doubts + reasons
    assessment = nothing._replace(state=state, reasons=tuple(reasons), evidence=found)
    skip = () if assessment.is_assessed else _OF_ASSESSED
    flags = [flag for flag, is_set in _SET_BY.items() if flag not in skip and is_set(found)]
    return assessment._replace(flags=(*flags, *nothing.flags))


def _state(evidence: Evidence) -> tuple[str, list[str]]:
    """The state of a VM whose records were read, and the reasons; `_remarks` has those of `pending`."""
    rule = evidence.rule
    if not evidence.vm.built:
        return NOT_APPLICABLE, ["the VM is not built"]
    if evidence.vm.booted is False and evidence.policy.scope.powered_off == EXCLUDE:
        return NOT_APPLICABLE, ["the VM is powered off, and the policy excludes such VMs"]
    if not evidence.covers:
        return NOT_APPLICABLE, ["all disks of the VM are swap disks, which are never backed up"]
    if evidence.uncovered:
        grace = evidence.policy.scope.new_vm_grace
        text = f"; the grace of {values.duration_text(grace)} is over" if grace > 0 else ""
        return UNPROTECTED, [f"no usable recovery point covers {coverage.disks_named(evidence.uncovered)}{text}"]
    if evidence.worst is None or evidence.latest is None or evidence.age is None:
        return PENDING, []
    age, limit = values.duration_text(evidence.age), values.duration_text(rule.rpo)
    if evidence.age <= rule.rpo:
        every = "every other disk" if evidence.pending else "every disk"
        return PROTECTED, [f"the newest recovery point of {every} is at most {age} old; the limit is {limit}"]
    past = values.duration_text(evidence.age - rule.rpo)
    which = f"disk {evidence.worst.id} ({evidence.latest.named})"
    return FAILING if evidence.stuck or evidence.failed else STALE, [
        f"the newest recovery point of {which} is {age} old, {past} past the limit of {limit}"
    ]


def _readable(
    kind: str, name: str, records: Sequence[Record] | None, kinds: t.Container[str], unread: dict[str, str]
) -> Sequence[Record] | None:
    """The records of a kind of further evidence, None if it was not asked for or could not be read.

    A kind with any unreadable record counts as not read: `unread` gets the reason.
    """
    if kind not in kinds or kind in unread:
        return None
    problems = ["there is no list of them"] if records is None else _records.unreadable_fields(name, records)
    if problems:
        unread[kind] = problems[0]
    return None if problems else records


def _unread(
    vm: _records.VirtualMachine, disks: Sequence[_records.Disk] | None, backups: Sequence[_records.Backup] | None
) -> tuple[str, ...]:
    """What is missing for an assessment, as sentences."""
    found = {
        "the disks of the VM were not read": disks is None,
        "the backups of the VM were not read": backups is None,
        "the panel does not say whether the VM is built": vm.built is None,
        "the panel lists no disk of this VM, although it is built": vm.built and disks is not None and not disks,
    }
    missing = [text for text, is_missing in found.items() if is_missing]
    return (*missing, *_records.unreadable_values(vm, disks or (), backups or ()))


def _remarks(evidence: Evidence) -> list[str]:
    """Reasons that do not, or not alone, determine the state."""
    rule, survey = evidence.rule, evidence.survey
    remarks = []
    if evidence.pending:
        grace = values.duration_text(evidence.policy.scope.new_vm_grace)
        remarks.append(
            f"no usable recovery point covers {coverage.disks_named(evidence.pending)} yet; the grace of {grace} is not"
            " over"
        )
    if evidence.pending_deletion:
        remarks.append(f"the only copies of {coverage.disks_named(evidence.pending_deletion)} are marked for delete")
    unknown = {
        point.id: target.kind
        for target, points in (*survey.points.items(), *survey.attempts.items())
        if target.kind not in (_records.DISK, _records.VIRTUAL_MACHINE)
        for point in points
    }
    if unknown:
        kinds = ", ".join(sorted({_text.printable(kind) for kind in unknown.values()}))
        verbs = ("are", "prove") if len(unknown) > 1 else ("is", "proves")
        named = _text.ids_named("backup", sorted(unknown))
        remarks.append(f"{named} {verbs[0]} of an unknown kind ({kinds}) and {verbs[1]} nothing for any disk")
    if evidence.stuck:
        first = evidence.stuck[0]
        elapsed, limit = values.duration_text(evidence.now - first.recorded), values.duration_text(rule.build_timeout)
        named = _named(first, evidence.stuck)
        remarks.append(f"{named} is not complete {elapsed} after it was started; the limit is {limit}")
    if evidence.failed:
        last = evidence.failed[-1]
        remarks.append(f"{_named(last, evidence.failed)} {coverage.failure_text(last)}")
    return remarks


def _named(attempt: coverage.Point, attempts: list[coverage.Point]) -> str:
    more = f" (and {len(attempts) - 1} more)" if len(attempts) > 1 else ""
    return f"backup {attempt.id}{more}"


def _disk_facts(
    disk: _records.Disk, points: Sequence[coverage.Point], now: int, shows_plugins: bool
) -> dict[str, t.Any]:
    """The facts of a disk and its points; swap disks have none, because they are never backed up."""
    newest = points[-1] if points else None
    facts = {
        "id": disk.id,
        "identifier": disk.identifier,
        "label": disk.label,
        "is_swap": disk.is_swap,
        "created_at": _fields.utc_text(disk.created_at),
        "newest_at": _fields.utc_text(newest.time) if newest else None,
        "oldest_at": _fields.utc_text(points[0].time) if points else None,
        "age_seconds": max(0, now - newest.time) if newest else None,
        "copies": len(points),
        "source_backup_id": newest.id if newest and not newest.is_plugin else None,
    }
    if shows_plugins:
        facts["source_recovery_point_id"] = newest.id if newest and newest.is_plugin else None
    return facts
