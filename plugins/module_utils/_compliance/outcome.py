# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""How a compliance run ended: its status, its verdict in one sentence, and the report of it all."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._assessment.history import policy_calendar
from ansible_collections.community.onapp.plugins.module_utils._checks.results import FAIL, UNKNOWN, WARN
from ansible_collections.community.onapp.plugins.module_utils._compliance.heat_map import shown_days
from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report
from ansible_collections.community.onapp.plugins.module_utils._fields import utc_text
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import (
    CHECKS,
    CRITICAL,
    NOT_ASSESSED,
    WARNING,
)
from ansible_collections.community.onapp.plugins.module_utils._text import counted, vm_named
from ansible_collections.community.onapp.plugins.module_utils._version import VERSION

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._compliance.run import Run
    from ansible_collections.community.onapp.plugins.module_utils._errors import OnAppError

    Facts = dict[str, t.Any]

COMPLIANT = "compliant"
NON_COMPLIANT = "non_compliant"
NEVER = "never"
BESIDES_SHOWN = 3


class Outcome(t.NamedTuple):
    """The end of a run: `passed` says whether it may end without an error, by the severity that was asked for."""

    status: str
    passed: bool
    report: Report

    @classmethod
    def of(cls, run: Run) -> Outcome:
        """The end of a run that has judged everything."""
        fail_on = run.params.fail_on
        severities = run.counters.by_severity
        broken = severities[CRITICAL] + (severities[WARNING] if fail_on == WARNING else 0)
        unknown = run.aborted_by is not None or any(item["status"] == UNKNOWN for _rank, item in run.findings)
        status = NON_COMPLIANT if broken else UNKNOWN if unknown else COMPLIANT
        passed = fail_on == NEVER or not (unknown or (broken and fail_on != UNKNOWN))
        findings = [item for _rank, item in run.findings]
        return cls(status, passed, Report(_head(run, status, findings), run.spool, findings))

    def message(self, reports: list[Facts], error: OnAppError | None) -> str:
        """What a failed task says: status, verdict, the worst finding, why it was not all, and where to read more."""
        parts = [f"{self.status}: {self.report.head['headline']}"]
        item = self.report.findings[0] if self.report.findings else None
        if item is not None and item["message"] not in parts[0]:
            number = item["virtual_machine_id"]
            who = "the cloud" if number is None else vm_named(number, item["virtual_machine_label"])
            parts.append(f"The worst, of {who}: {item['check']}: {item['message']}")
        if error is not None:
            parts.append(error.text)
        if reports:
            parts.append(f"Reports: {os.path.dirname(reports[0]['path'])}")
        return " ".join(parts)


def _head(run: Run, status: str, findings: list[Facts]) -> Facts:
    params, counters, policy, now = run.params, run.counters, run.params.policy, run.params.now
    calendar = policy_calendar(policy)
    return {
        "schema_version": 1,
        "tool": {"name": "community.onapp", "version": VERSION},
        "status": status,
        "headline": _sentence(run),
        "generated_at": utc_text(now),
        "evaluated_at": utc_text(now),
        "source": {
            "control_panel": run.client.connection.url,
            "api_user": run.client.connection.username,
            "cloud_name": params.cloud_name,
            "server_date_offset_s": run.clock_offset,
        },
        "policy": {
            "name": policy.name,
            "version": policy.version,
            "sha256": params.sha256,
            "effective": policy.effective,
        },
        "population": _population(run),
        "summary": {
            "by_state": counters.by_state,
            "by_check": counters.checks(),
            "by_severity": counters.by_severity,
            "rpo_grades": counters.grades,
            "percent": counters.percent,
        },
        "calendar": {
            "timezone": calendar.timezone,
            "day_starts_at": calendar.day_starts_at,
            "days": [day.isoformat() for day in shown_days(policy, now)],
        },
        "timelines": counters.timelines(),
        "retention": counters.retention(),
        "backup_servers": counters.servers(policy.server_sites),
        "exemptions": [
            {
                "id": one.id,
                "state": policy.state_of(one, now),
                "category": one.category,
                "checks": list(one.checks),
                "reason": one.reason,
                "approved_by": one.approved_by,
                "ticket": one.ticket,
                "expires": one.expires.isoformat(),
                "virtual_machine_ids": sorted(run.matched[one.id]),
                "used": run.used[one.id],
            }
            for one in policy.exemptions
        ],
        "orphans": {"assessed": run.orphans_assessed, "backups": run.orphans},
        "changes": _changes(run, findings),
        "not_assessed": [{"id": name, "text": text} for name, text in NOT_ASSESSED.items()],
        "controls": {name: list(check.controls) for name, check in CHECKS.items() if check.controls},
    }


def _population(run: Run) -> Facts:
    states = run.counters.by_state
    return {
        "vms_listed": len(run.fetch.listed),
        "filtered_out": run.filtered_out,
        "deleted_meanwhile": len(run.fetch.dropped),
        "evaluated": sum(states.values()) - states["unknown"] - states["not_applicable"],
        "not_applicable": states["not_applicable"],
        "unknown": states["unknown"],
        "backups": run.counters.backups,
        "api_calls": run.client.throttle.requests,
        "pages_complete": run.is_whole,
        "failures": [
            {
                "virtual_machine_id": failure.virtual_machine_id,
                "code": failure.error.code,
                "status": failure.error.status,
                "text": failure.error.text,
            }
            for failure in run.fetch.failures
        ],
    }


def _changes(run: Run, findings: list[Facts]) -> Facts | None:
    previous = run.params.previous
    if previous is None:
        return None
    now = {(item["virtual_machine_id"], item["check"]) for item in findings if item["status"] in (WARN, FAIL, UNKNOWN)}
    return {
        "previous_generated_at": previous.generated_at,
        "vms_before": previous.vms,
        "new": len(now - previous.findings),
        "resolved": len(previous.findings - now),
    }


def _sentence(run: Run) -> str:
    """The verdict in one sentence."""
    if run.aborted_by is not None and not sum(run.counters.by_state.values()):
        return f"Nothing could be judged: {run.aborted_by.text}"
    worst, states = run.counters.vms_by_worst, run.counters.by_state
    total = sum(states.values())
    vms = counted(total, "virtual machine")
    if not total:
        return "No virtual machine was seen, which proves nothing."
    parts = []
    if worst[FAIL]:
        parts.append(f"{worst[FAIL]} of {vms} {'breaks' if worst[FAIL] == 1 else 'break'} the policy critically")
    if worst[WARN]:
        which = "more " if parts else f"of {vms} "
        parts.append(f"{worst[WARN]} {which}{'has' if worst[WARN] == 1 else 'have'} warnings")
    if states["unknown"]:
        parts.append(f"{states['unknown']} {'' if parts else f'of {vms} '}could not be judged")
    if not parts and states["not_applicable"] == total:
        parts.append(f"the policy applies to none of {vms}")
    elif not parts:
        parts.append(f"none of {counted(total - states['not_applicable'], 'virtual machine')} breaks the policy")
    besides = [
        item["message"]
        for _rank, item in run.findings
        if item["virtual_machine_id"] is None and (item["status"] in (UNKNOWN, FAIL) or item["severity"] == WARNING)
    ]
    more = len(besides) - BESIDES_SHOWN
    if more > 0:
        besides[BESIDES_SHOWN:] = [f"And {counted(more, 'more finding')} about the cloud and the policy."]
    text = ", ".join(parts)
    return " ".join([f"{text[0].upper()}{text[1:]}.", *besides])
