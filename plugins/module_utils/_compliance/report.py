# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The content of report.json, as docs/schemas/backup_report.schema.json describes it; all other formats show it.

The virtual machines of a large cloud do not fit into memory: they are kept in an unnamed temporary file and read back
one by one, once for all formats together.
"""

from __future__ import annotations

import errno
import json
import os
import tempfile
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._assessment import state as states
from ansible_collections.community.onapp.plugins.module_utils._assessment.history import policy_calendar
from ansible_collections.community.onapp.plugins.module_utils._checks.results import NOT_APPLICABLE, UNKNOWN
from ansible_collections.community.onapp.plugins.module_utils._compliance.calendar import heat_map, shown_days
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._evidence import RECOVERY_POINTS, SCHEDULES, TRANSACTIONS
from ansible_collections.community.onapp.plugins.module_utils._fields import utc_text
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import (
    CHECKS,
    NOT_ASSESSED,
    SCHEDULE_CHECKS,
    STILL_NOT_ASSESSED,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.limits import DEFAULTS
from ansible_collections.community.onapp.plugins.module_utils._version import VERSION

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ansible_collections.community.onapp.plugins.module_utils._assessment.state import Assessment
    from ansible_collections.community.onapp.plugins.module_utils._checks.results import Result
    from ansible_collections.community.onapp.plugins.module_utils._compliance.outcome import Outcome
    from ansible_collections.community.onapp.plugins.module_utils._compliance.run import Run
    from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine

    Facts = dict[str, t.Any]


class Report(t.NamedTuple):
    """A report: `vms` and `findings` are its arrays `virtual_machines` and `findings`, `head` is everything else.

    `vms` can be iterated more than once; only one of them is in memory at a time.
    """

    head: Facts
    vms: Iterable[Facts]
    findings: Sequence[Facts]


class SpoolError(ConfigError):
    """The folder for temporary files cannot be written to."""

    def __init__(self, error: OSError) -> None:
        super().__init__(
            f"The folder for temporary files cannot be used: {error.strerror or error}. Free space in it, or set the"
            " environment variable TMPDIR to another folder."
        )


class Spool:
    """JSON objects in an unnamed temporary file, iterated in the order of their keys. Raises SpoolError."""

    def __init__(self) -> None:
        self._places: list[tuple[t.Any, int, int]] = []
        self._end = 0
        try:
            # Unbuffered, so that a full disk is noticed here and not while the file is read.
            self._file: t.IO[bytes] = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
        except OSError as error:
            raise SpoolError(error) from error

    def add(self, key: t.Any, value: Facts) -> None:
        """Keep an object under a sort key."""
        data = json.dumps(value).encode()
        try:
            self._file.seek(self._end)
            if self._file.write(data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise SpoolError(error) from error
        self._places.append((key, self._end, len(data)))
        self._end += len(data)

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Facts]:
        self._places.sort()
        for _key, start, size in self._places:
            self._file.seek(start)
            yield json.loads(self._file.read(size))

    def close(self) -> None:
        """Delete the file."""
        self._file.close()


def vm_entry(vm: VirtualMachine, assessment: Assessment, results: list[Result], outcome: str, now: int) -> Facts:
    """An entry of `virtual_machines`; `backup` is the assessment as onapp_backup_info returns it."""
    evidence = assessment.evidence
    worst = None
    if evidence is not None and evidence.uncovered:
        worst = evidence.uncovered[0].disk.id
    elif evidence is not None and evidence.worst is not None:
        worst = evidence.worst.id
    counts = {}
    if RECOVERY_POINTS in assessment.kinds:
        counts["recovery_points"] = None if evidence is None else len(evidence.plugin_points)
    is_judged = evidence is not None and assessment.state not in (states.UNKNOWN, states.NOT_APPLICABLE)
    return {
        "id": vm.id,
        "identifier": vm.identifier,
        "label": vm.label,
        "hostname": vm.hostname,
        "user_id": vm.user_id,
        "created_at": utc_text(vm.created_at),
        "outcome": outcome,
        "backup": assessment.as_facts(now),
        **counts,
        "rpo_seconds": assessment.rule.rpo,
        "rpo_critical_seconds": assessment.rule.rpo_critical,
        "worst_disk_id": worst,
        "calendar": heat_map(evidence) if evidence is not None and is_judged else None,
        "results": [one.as_facts() for one in results],
    }


def finding(one: Result, vm: VirtualMachine | None, rule: str | None) -> Facts:
    """An entry of `findings`; without a virtual machine it is about the cloud or the policy."""
    return {
        "virtual_machine_id": None if vm is None else vm.id,
        "virtual_machine_label": None if vm is None else vm.label,
        "rule": rule,
        **one.as_facts(),
    }


def report_head(run: Run, outcome: Outcome) -> Facts:
    """Everything in the report but `virtual_machines` and `findings`."""
    params, counters, policy = run.params, run.counters, run.params.policy
    calendar = policy_calendar(policy)
    off = _off_checks(run)
    effective = {
        **policy.effective,
        DEFAULTS: _without(policy.effective[DEFAULTS], off),
        "rules": [_without(rule, off) for rule in policy.effective["rules"]],
    }
    return {
        "schema_version": 1,
        "tool": {"name": "community.onapp", "version": VERSION},
        "status": outcome.status,
        "headline": outcome.headline,
        "generated_at": utc_text(int(params.started)),
        "evaluated_at": utc_text(params.now),
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
            "effective": effective,
        },
        "population": _population(run),
        "summary": {**counters.summary(), "is_complete": outcome.is_complete},
        "calendar": {
            "timezone": calendar.timezone,
            "day_starts_at": calendar.day_starts_at,
            "days": [day.isoformat() for day in shown_days(policy, params.now)],
        },
        **({"evidence": list(params.evidence)} if params.evidence else {}),
        "rules": _rules(run, effective),
        "retention": counters.retention(),
        "backup_servers": counters.servers(policy.server_sites) if _counts_servers(run) else [],
        "exemptions": _exemptions(run),
        "orphans": {"assessed": run.orphans_assessed, "backups": run.orphans},
        "changes": None if run.changes is None else run.changes.lists(),
        "history": None if params.history is None else params.history.facts(),
        "not_assessed": [{"id": name, "text": text} for name, text in _not_assessed(run).items()],
        "controls": {name: list(one.controls) for name, one in CHECKS.items() if one.controls and name not in off},
    }


def _off_checks(run: Run) -> tuple[str, ...]:
    """The checks that cannot run because the evidence that they need is not read: the report does not show them."""
    return () if SCHEDULES in run.params.evidence else SCHEDULE_CHECKS


def _without(limits: Facts, checks: tuple[str, ...]) -> Facts:
    return {key: value for key, value in limits.items() if key not in checks}


def _not_assessed(run: Run) -> dict[str, str]:
    """What the run did not assess, by id. Evidence that could not be read counts as not asked for."""
    judged = (
        number
        for check in SCHEDULE_CHECKS
        for status, number in run.counters.by_check.get(check, {}).items()
        if status not in (UNKNOWN, NOT_APPLICABLE)
    )
    read = {"schedules": any(judged), "failure_reason": TRANSACTIONS in run.params.evidence and not run.unread_log}
    return {name: STILL_NOT_ASSESSED[name] if read.get(name) else text for name, text in NOT_ASSESSED.items()}


def _population(run: Run) -> Facts:
    outcomes = run.counters.by_outcome
    return {
        "vms_listed": len(run.fetch.listed),
        "filtered_out": run.filtered_out,
        "deleted_meanwhile": len(run.fetch.dropped),
        "evaluated": run.counters.judged,
        "not_applicable": outcomes["not_applicable"],
        "unknown": outcomes["unknown"],
        "backups": run.counters.backups,
        **({"recovery_points": run.counters.recovery_points} if RECOVERY_POINTS in run.params.evidence else {}),
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


def _rules(run: Run, effective: Facts) -> list[Facts]:
    """Each rule with its limits in the policy language, defaults last.

    `matched` counts the virtual machines that it matches in the list before `filters`, `decided` those of the report
    that it decided for.
    """
    rules = [
        {
            "name": rule["name"],
            "match": rule["match"],
            "limits": {key: value for key, value in rule.items() if key not in ("name", "match")},
            "matched": run.list_matches.rules[number].matched,
            "decided": run.counters.by_rule.get(rule["name"], 0),
        }
        for number, rule in enumerate(effective["rules"])
    ]
    return [
        *rules,
        {
            "name": DEFAULTS,
            "match": None,
            "limits": effective[DEFAULTS],
            "matched": len(run.fetch.listed),
            "decided": run.counters.by_rule.get(DEFAULTS, 0),
        },
    ]


def _exemptions(run: Run) -> list[Facts]:
    """Each exemption with the virtual machines of the report that it matches and the results that it hid."""
    policy = run.params.policy
    return [
        {
            "id": one.id,
            "state": policy.state_of(one, run.params.now),
            "category": one.category,
            "checks": [check for check in one.checks if check not in _off_checks(run)],
            "reason": one.reason,
            "approved_by": one.approved_by,
            "ticket": one.ticket,
            "expires": one.expires.isoformat(),
            "virtual_machine_ids": sorted(run.matched[one.id]),
            "hidden": run.hidden[one.id],
        }
        for one in policy.exemptions
    ]


def _counts_servers(run: Run) -> bool:
    """Whether a rule wants recovery points on more than one backup server or site."""
    policy = run.params.policy
    limits = (rule.min_backup_servers for rule in (policy.defaults, *policy.rules))
    return any(one is not None and one.places > 1 for one in limits)
