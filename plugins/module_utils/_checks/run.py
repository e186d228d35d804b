# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""All checks of one virtual machine, in the order of the catalogue."""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._assessment import state
from ansible_collections.community.onapp.plugins.module_utils._assessment.flags import FLAGS
from ansible_collections.community.onapp.plugins.module_utils._checks import contents, history, recovery
from ansible_collections.community.onapp.plugins.module_utils._checks.results import (
    EXEMPT,
    FAIL,
    INSUFFICIENT_DATA,
    NOT_APPLICABLE,
    UNKNOWN,
    WARN,
    Result,
    severity_of,
)
from ansible_collections.community.onapp.plugins.module_utils._evidence import RECOVERY_POINTS, SCHEDULES
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import (
    SCHEDULE_CHECKS,
    TIERS,
    VM_CHECKS,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ansible_collections.community.onapp.plugins.module_utils._assessment.evidence import Evidence
    from ansible_collections.community.onapp.plugins.module_utils._policy.limits import Rule
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Exemption, Policy
    from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine

# Each takes the evidence and what the rule sets for the check: None if there is nothing to set.
RUN: dict[str, Callable[[Evidence, t.Any], Result]] = {
    "coverage": recovery.coverage,
    "rpo": recovery.rpo,
    "attempt": recovery.attempt,
    "pending_delete": recovery.pending_delete,
    "min_copies": recovery.min_copies,
    **{f"retention_{tier}": functools.partial(history.retention, name=tier) for tier in TIERS},
    "max_gap": history.max_gap,
    "size": contents.size,
    "empty": contents.empty,
    "min_backup_servers": contents.min_backup_servers,
    "scheduled": recovery.scheduled,
    "plan": recovery.plan,
    "schedule_failures": recovery.schedule_failures,
    "duration": history.duration,
    "window": history.window,
    "max_retention": history.max_retention,
    "locked": recovery.locked,
    "clock": recovery.clock,
}
# Checks that no policy can disable. Rules always set rpo.
ALWAYS = ("coverage", "attempt", "pending_delete", "clock")
# Checks whose result may be better with plug-in recovery points, also if the backups alone protect the VM.
COUNT_POINTS = ("min_copies", "max_gap", *(f"retention_{tier}" for tier in TIERS))


def run_checks(vm: VirtualMachine, assessment: state.Assessment, policy: Policy, now: int) -> list[Result]:
    """The results of the checks that are enabled for the VM, in the order of the catalogue.

    All results of a VM whose state is unknown are unknown, because the missing data could change any of them. An
    exemption turns `warn` and `fail` into `exempt`, and nothing else.
    """
    evidence = assessment.evidence
    ids: tuple[int, ...] | None = () if RECOVERY_POINTS in assessment.kinds else None
    if evidence is None or assessment.state in (state.UNKNOWN, state.NOT_APPLICABLE):
        status = NOT_APPLICABLE if assessment.state == state.NOT_APPLICABLE else UNKNOWN
        why = _sentence("; ".join(assessment.reasons))
        rule = assessment.rule
        return [
            Result(
                name,
                status,
                severity_of(rule, name),
                "data",
                status.replace("_", " "),
                why,
                recovery_point_ids=ids,
            )
            for name in enabled_checks(rule, assessment.kinds)
        ]
    exemptions = [exemption for exemption, _held in policy.exemptions_for(vm, now)]
    results = [
        RUN[name](evidence, _limit_of(evidence.rule, name)) for name in enabled_checks(evidence.rule, assessment.kinds)
    ]
    if RECOVERY_POINTS in evidence.more.unread:
        results = [_without_recovery_points(one) for one in results]
    if ids is not None:
        results = [one._replace(recovery_point_ids=one.recovery_point_ids or ids) for one in results]
    return [_exempted(one, exemptions) for one in results]


def flag_exempt(assessment: state.Assessment, vm: VirtualMachine, policy: Policy, now: int) -> state.Assessment:
    """The assessment with the flag `exempt` if an exemption covers a failing result of the VM."""
    if not policy.exemptions_for(vm, now):
        return assessment
    return with_exempt_flag(assessment, run_checks(vm, assessment, policy, now))


def with_exempt_flag(assessment: state.Assessment, results: list[Result]) -> state.Assessment:
    """The assessment with the flag `exempt` if one of its results is exempt."""
    if all(one.status != EXEMPT for one in results):
        return assessment
    flags = {*assessment.flags, "exempt"}
    return assessment._replace(flags=tuple(flag for flag in FLAGS if flag in flags))


def enabled_checks(rule: Rule, kinds: Sequence[str] = ()) -> list[str]:
    """The names of the checks of a virtual machine that a rule enables, with the `kinds` of evidence that are used."""
    return [
        name
        for name in VM_CHECKS
        if (_limit_of(rule, name) or name in ALWAYS) and (name not in SCHEDULE_CHECKS or SCHEDULES in kinds)
    ]


def _limit_of(rule: Rule, check: str) -> t.Any:
    tier = check.removeprefix("retention_")
    return getattr(rule.retention, tier, None) if tier in TIERS else getattr(rule, check, None)


def _without_recovery_points(found: Result) -> Result:
    """The result, unknown if the plug-in recovery points that were not read could make it better."""
    if found.check not in COUNT_POINTS or found.status not in (WARN, INSUFFICIENT_DATA):
        return found
    text = f"{found.message.rstrip('.')}, and the plug-in recovery points, which may change that, could not be read."
    return found._replace(status=UNKNOWN, message=text)


def _exempted(found: Result, exemptions: list[Exemption]) -> Result:
    if found.status in (WARN, FAIL):
        for exemption in exemptions:
            if found.check in exemption.checks:
                return found._replace(status=EXEMPT, exemption=exemption.id)
    return found


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}"
