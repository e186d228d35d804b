# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All checks of one virtual machine, in the order of the catalogue."""

from __future__ import annotations

import functools
import typing as t
from collections.abc import Callable, Sequence

from .. import _records
from .._assessment import state
from .._policy import catalogue, values
from . import backups, recovery, results

if t.TYPE_CHECKING:
    from .._assessment.evidence import Evidence
    from .._policy import rules
    from .._policy.policy import Policy


class Procedure(t.NamedTuple):
    """How a check is made. `observe` takes the evidence, what the rule sets for the check (None if there is nothing to
    set) and, unless the check is of the whole virtual machine, the cover of a disk.

    `expected` is a text, or makes one of the evidence and what the rule sets.
    """

    observe: Callable[..., results.Result]
    expected: str | Callable[[Evidence, t.Any], str]
    is_of_vm: bool = False


RUN: dict[str, Procedure] = {
    "coverage": Procedure(recovery.coverage, "every disk has a usable recovery point", is_of_vm=True),
    "rpo": Procedure(recovery.rpo, recovery.rpo_named, is_of_vm=True),
    "attempt": Procedure(
        recovery.attempt,
        lambda evidence, limit: f"complete within {values.duration_text(evidence.rule.build_timeout)}",
        is_of_vm=True,
    ),
    "pending_delete": Procedure(recovery.pending_delete, "a recent copy is not marked for delete"),
    "min_copies": Procedure(recovery.min_copies, lambda evidence, limit: f"at least {limit} for every disk"),
    **{
        f"retention_{name}": Procedure(
            functools.partial(backups.retention, name=name), functools.partial(backups.retention_named, name=name)
        )
        for name in catalogue.TIERS
    },
    "max_gap": Procedure(
        backups.max_gap,
        lambda evidence, gap: f"at most {values.duration_text(gap.limit)} within {values.duration_text(gap.window)}",
    ),
    "size": Procedure(
        backups.size, lambda evidence, size: f"{size.shrink * 100:.0f} % to {size.growth * 100:.0f} % of the median"
    ),
    "empty": Procedure(backups.empty, "no empty backup that a restore needs"),
    "min_backup_servers": Procedure(backups.min_backup_servers, backups.servers_named),
    "scheduled": Procedure(recovery.scheduled, "made by a schedule"),
    "plan": Procedure(recovery.plan, "an enabled schedule for every disk", is_of_vm=True),
    "schedule_failures": Procedure(recovery.schedule_failures, "no failure", is_of_vm=True),
    "full_max_age": Procedure(backups.full_max_age, lambda evidence, limit: f"at most {values.duration_text(limit)}"),
    "duration": Procedure(backups.duration, backups.durations_named),
    "window": Procedure(backups.window, backups.hours_named),
    "max_retention": Procedure(
        backups.max_retention, lambda evidence, limit: f"at most {values.duration_text(limit)}", is_of_vm=True
    ),
    "locked": Procedure(recovery.locked, lambda evidence, lock: f"at most {values.duration_text(lock.limit)}"),
    "clock": Procedure(recovery.clock, "plausible times", is_of_vm=True),
}
# Checks that no policy can disable. Rules always set rpo.
ALWAYS = ("coverage", "attempt", "pending_delete", "clock")
# Checks of a disk that has a recovery point, or a backup.
NEED_POINTS = ("max_gap", "size", "empty", "scheduled")
NEED_BACKUPS = ("full_max_age", "duration", "locked")
# Checks whose result may be better with plug-in recovery points, also if the backups alone protect the VM.
COUNT_POINTS = ("min_copies", "max_gap", *(f"retention_{tier}" for tier in catalogue.TIERS))


def run_checks(
    vm: _records.VirtualMachine, assessment: state.Assessment, policy: Policy, now: int
) -> list[results.Result]:
    """The results of the checks that are enabled for the VM, in the order of the catalogue.

    All results of a VM whose state is unknown are unknown, because the missing data could change any of them. An
    exemption turns `warn` and `fail` into `exempt`, and nothing else.
    """
    evidence, rule = assessment.evidence, assessment.rule
    names = enabled_checks(rule, assessment.kinds)
    if evidence is None or not assessment.is_assessed:
        status = results.NOT_APPLICABLE if assessment.state == state.NOT_APPLICABLE else results.UNKNOWN
        why = "; ".join(assessment.reasons)
        why = f"{why[:1].upper()}{why[1:]}{'' if why.endswith(('.', '!', '?')) else '.'}"
        outcome = results.observed(status, status.replace("_", " "), why)
        found = [results.result(rule, name, "data", outcome) for name in names]
    else:
        found = [_run_check(name, evidence) for name in names]
        if _records.RECOVERY_POINTS in evidence.unread:
            found = [_without_recovery_points(one) for one in found]
    if _records.RECOVERY_POINTS in assessment.kinds:
        found = [one._replace(recovery_point_ids=one.recovery_point_ids or ()) for one in found]
    exempt = {check: one.id for one, _state in reversed(policy.exemptions_for(vm, now)) for check in one.checks}
    return [
        one._replace(status=results.EXEMPT, exemption=exempt[one.check])
        if one.status in (results.WARN, results.FAIL) and one.check in exempt
        else one
        for one in found
    ]


def _run_check(name: str, evidence: Evidence) -> results.Result:
    """The result of a check; of one that is made for each eligible disk, the worst."""
    observe, expected, is_of_vm = RUN[name]
    limit = _limit_of(evidence.rule, name)
    text = expected if isinstance(expected, str) else expected(evidence, limit)
    if name in catalogue.SCHEDULE_CHECKS and _records.SCHEDULES in evidence.unread:
        why = f"The schedules could not be read: {evidence.unread[_records.SCHEDULES].rstrip('.')}."
        return results.result(evidence.rule, name, text, results.observed(results.UNKNOWN, "not known", why))
    if is_of_vm:
        return results.result(evidence.rule, name, text, observe(evidence, limit))
    of_disks = []
    for cover in evidence.covers:
        lacks = (name in NEED_POINTS and not cover.points) or (name in NEED_BACKUPS and not cover.backups)
        found = results.no_backup(cover) if lacks or cover.is_pending else observe(evidence, limit, cover)
        of_disks.append(results.result(evidence.rule, name, text, found._replace(disk_id=cover.disk.id)))
    return results.worst(of_disks)


def with_exempt_flag(assessment: state.Assessment, found: list[results.Result]) -> state.Assessment:
    """The assessment with the flag `exempt` if one of the results is exempt."""
    if all(one.status != results.EXEMPT for one in found):
        return assessment
    flags = {*assessment.flags, "exempt"}
    return assessment._replace(flags=tuple(flag for flag in state.FLAGS if flag in flags))


def enabled_checks(rule: rules.Rule, kinds: Sequence[str] = ()) -> list[str]:
    """The names of the checks of a virtual machine that a rule enables, with the `kinds` of evidence that are used."""
    return [
        name
        for name in catalogue.VM_CHECKS
        if (_limit_of(rule, name) or name in ALWAYS)
        and (name not in catalogue.SCHEDULE_CHECKS or _records.SCHEDULES in kinds)
    ]


def _limit_of(rule: rules.Rule, check: str) -> t.Any:
    tier = check.removeprefix("retention_")
    return getattr(rule.retention, tier, None) if tier in catalogue.TIERS else getattr(rule, check, None)


def _without_recovery_points(found: results.Result) -> results.Result:
    """The result, unknown if the plug-in recovery points that were not read could make it better."""
    if found.check not in COUNT_POINTS or found.status in (results.PASS, results.NOT_APPLICABLE):
        return found
    text = f"{found.message.rstrip('.')}, and the plug-in recovery points, which may change that, could not be read."
    return found._replace(status=results.UNKNOWN, message=text)
