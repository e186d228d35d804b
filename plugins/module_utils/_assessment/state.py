# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The assessment of one virtual machine: can every disk be restored to a point no older than the rule's limit?

The state answers that; flags add everything else that is worth attention. Data that were not read or are invalid prove
nothing: they may make the state `unknown`, never `protected`. All times are UTC seconds since 1970.
"""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import Past, disks_named, disks_of
from ansible_collections.community.onapp.plugins.module_utils._assessment.evidence import build_evidence
from ansible_collections.community.onapp.plugins.module_utils._assessment.flags import flags_of_evidence, flags_of_vm
from ansible_collections.community.onapp.plugins.module_utils._fields import utc_text
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import duration_text
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import EXCLUDE
from ansible_collections.community.onapp.plugins.module_utils._records import DISK, VIRTUAL_MACHINE, unreadable_values
from ansible_collections.community.onapp.plugins.module_utils._text import counted, ids_named, printable

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ansible_collections.community.onapp.plugins.module_utils._api.fetch import FetchedVm
    from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import Cover
    from ansible_collections.community.onapp.plugins.module_utils._assessment.evidence import Evidence
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Policy
    from ansible_collections.community.onapp.plugins.module_utils._policy.rules import Rule
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


class DiskAssessment(t.NamedTuple):
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


class Assessment(t.NamedTuple):
    """State, flags and reasons of a VM's backups, and what they rest on.

    `newest_at` is the point that the worst disk can be restored to, None when one past its grace cannot be restored at
    all; `age_seconds` is its age, `oldest_at` the oldest usable point of any disk, `copies` the fewest points of any
    disk. `copies` and `total_size_bytes` are None where the records were not read: that is not the same as 0.
    """

    state: str
    flags: tuple[str, ...]
    reasons: tuple[str, ...]
    rule: Rule
    age_seconds: int | None
    newest_at: int | None
    oldest_at: int | None
    copies: int | None
    total_size_bytes: int | None
    disks: tuple[DiskAssessment, ...]
    evidence: Evidence | None = None

    def as_facts(self, now: int) -> dict[str, t.Any]:
        """The assessment as JSON values, times as UTC text; `now` is the time of the evaluation in UTC seconds."""
        return {
            "state": self.state,
            "flags": list(self.flags),
            "reasons": list(self.reasons),
            "rule": self.rule.name,
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


def assess(
    vm: VirtualMachine,
    disks: Sequence[Disk] | None,
    backups: Sequence[Backup] | None,
    policy: Policy,
    now: int,
    problems: Sequence[str] = (),
    read_at: int | None = None,
) -> Assessment:
    """The assessment of a VM, from its own disks and backups, at `now` in UTC seconds.

    `disks` or `backups` that are None were not read; `problems` are sentences on what else could not be read. Each
    makes the state `unknown`. Neither the order of the records nor a record that comes twice changes the assessment.
    `read_at` is when they were read: where `now` is earlier, what the panel recorded in between did not exist yet and
    is skipped.
    """
    rule = policy.rule_for(vm)
    own = None if disks is None else disks_of(vm, disks)
    unread = tuple(problems) or _unread(vm, own, backups)
    past = Past(now, None if read_at is None or read_at <= now else read_at + policy.clock.max_skew)
    if past.until is not None and own is not None and backups is not None:
        own, backups = past.disks(own), past.backups(backups)
    if unread or own is None or backups is None:
        found = flags_of_vm(vm, policy, now)
        return Assessment(UNKNOWN, found, unread, rule, None, None, None, None, None, ())

    evidence = build_evidence(vm, own, backups, rule, policy, now)
    if past.includes(vm.created_at):
        state, reasons = NOT_APPLICABLE, ["the VM was created after the time of the evaluation"]
    else:
        state, reasons = _state(vm, evidence, rule, policy)
    if state != NOT_APPLICABLE:
        reasons += _asides(evidence, rule, now)
    if past.skipped:
        reasons.append(f"{counted(past.skipped, 'record')} from after the time of the evaluation did not count")
    if evidence.survey.unusable_newest is not None and state != PROTECTED:
        state = UNKNOWN
        reasons.insert(0, evidence.survey.unusable_newest)
    return Assessment(
        state=state,
        flags=flags_of_evidence(
            evidence, is_protected=state == PROTECTED, is_judged=state not in (UNKNOWN, NOT_APPLICABLE)
        ),
        reasons=tuple(reasons),
        rule=rule,
        age_seconds=evidence.age,
        newest_at=None if evidence.latest is None else evidence.latest.time,
        oldest_at=evidence.proof[0].time if evidence.proof else None,
        copies=evidence.copies,
        total_size_bytes=evidence.survey.total_kb * 1024,
        disks=_disk_assessments(own, evidence.covers, now),
        evidence=evidence,
    )


def assess_fetched(
    fetched: FetchedVm, policy: Policy, now: int, problems: Iterable[str] = (), read_at: int | None = None
) -> Assessment:
    """The assessment of a virtual machine as it was fetched; its failures make it `unknown`, as `problems` do."""
    texts = [*(failure.error.text for failure in fetched.failures), *problems]
    return assess(fetched.vm, fetched.disks, fetched.backups, policy, now, texts, read_at)


def _state(vm: VirtualMachine, evidence: Evidence, rule: Rule, policy: Policy) -> tuple[str, list[str]]:
    """The state of a VM whose records were read, and why; `pending` is explained by what waits."""
    if not vm.built:
        return NOT_APPLICABLE, ["the VM is not built"]
    if vm.booted is False and policy.scope.powered_off == EXCLUDE:
        return NOT_APPLICABLE, ["the VM is powered off, and the policy excludes such VMs"]
    if not evidence.covers:
        return NOT_APPLICABLE, ["all disks of the VM are swap disks, which are never backed up"]
    if evidence.uncovered:
        grace = duration_text(rule.new_vm_grace)
        return UNPROTECTED, [
            f"no usable recovery point covers {disks_named(evidence.uncovered)}; the grace of {grace} is over"
        ]
    if evidence.worst is None or evidence.latest is None or evidence.age is None:
        return PENDING, []
    age, limit = duration_text(evidence.age), duration_text(rule.rpo)
    if evidence.age <= rule.rpo:
        every = "every other disk" if evidence.pending else "every disk"
        return PROTECTED, [f"the newest recovery point of {every} is at most {age} old; the limit is {limit}"]
    past = duration_text(evidence.age - rule.rpo)
    which = f"disk {evidence.worst.id} (backup {evidence.latest.id})"
    return FAILING if evidence.stuck else STALE, [
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
    missing += unreadable_values(vm, disks or (), backups or ())
    return tuple(missing)


def _asides(evidence: Evidence, rule: Rule, now: int) -> list[str]:
    """Sentences on what does not make the state, or not alone."""
    said = []
    if evidence.pending:
        grace = duration_text(rule.new_vm_grace)
        said.append(
            f"no usable recovery point covers {disks_named(evidence.pending)} yet; the grace of {grace} is not over"
        )
    pending_deletion = [cover for cover in evidence.covers if cover.pending_deletion and not cover.points]
    if pending_deletion:
        said.append(f"the only copies of {disks_named(pending_deletion)} are marked for delete")
    unknown = [
        (point.id, target.kind)
        for found in (evidence.survey.points, evidence.survey.attempts)
        for target, points in found.items()
        if target.kind not in (DISK, VIRTUAL_MACHINE)
        for point in points
    ]
    if unknown:
        kinds = ", ".join(sorted({printable(kind) for _id, kind in unknown}))
        verbs = ("are", "prove") if len(unknown) > 1 else ("is", "proves")
        named = ids_named("backup", sorted(number for number, _kind in unknown))
        said.append(f"{named} {verbs[0]} of an unknown kind ({kinds}) and {verbs[1]} nothing for any disk")
    if evidence.stuck:
        first = evidence.stuck[0]
        more = f" (and {len(evidence.stuck) - 1} more)" if len(evidence.stuck) > 1 else ""
        elapsed, limit = duration_text(now - first.recorded), duration_text(rule.build_timeout)
        said.append(f"backup {first.id}{more} is not complete {elapsed} after it was started; the limit is {limit}")
    return said


def _disk_assessments(disks: list[Disk], covers: list[Cover], now: int) -> tuple[DiskAssessment, ...]:
    """All disks of the VM, by id."""
    points = {cover.disk.id: cover.points for cover in covers}
    assessments = []
    for disk in sorted(disks, key=lambda disk: disk.id):
        own = points.get(disk.id)
        newest = own[-1] if own else None
        assessments.append(
            DiskAssessment(
                id=disk.id,
                identifier=disk.identifier,
                label=disk.label,
                is_swap=disk.is_swap,
                created_at=disk.created_at,
                newest_at=newest.time if newest else None,
                oldest_at=own[0].time if own else None,
                age_seconds=max(0, now - newest.time) if newest else None,
                copies=len(own) if own else 0,
                source_backup_id=newest.id if newest else None,
            )
        )
    return tuple(assessments)
