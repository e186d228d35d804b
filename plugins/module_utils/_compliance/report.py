# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The content of report.json, as docs/schemas/backup_report.schema.json describes it; all other formats show it.

The virtual machines of a large cloud do not fit into memory: they are kept in an unnamed temporary file and read back
one by one, once for all formats together.
"""

from __future__ import annotations

import bisect
import errno
import json
import os
import tempfile
import typing as t
from collections.abc import Iterable, Iterator, Sequence

from .. import _errors, _fields, _records
from .._assessment import state as states
from .._checks.results import NOT_APPLICABLE, UNKNOWN
from .._policy import catalogue
from .._policy.rules import DEFAULTS
from .._version import VERSION

if t.TYPE_CHECKING:
    from .._assessment import coverage
    from .._assessment.evidence import Evidence
    from .._checks.results import Result
    from .outcome import Outcome
    from .run import Run

    Facts = dict[str, t.Any]

# The number of days of the heat map, and its letter for a day with recovery points of plug-ins.
DAYS = 35
PLUGIN = "V"


class Report(t.NamedTuple):
    """A report: `vms` and `findings` are its arrays `virtual_machines` and `findings`, `head` is everything else.

    `vms` can be iterated more than once; only one of them is in memory at a time.
    """

    head: Facts
    vms: Iterable[Facts]
    findings: Sequence[Facts]


class SpoolError(_errors.ConfigError):
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
        try:
            # Unbuffered, so that a full disk is noticed here and not while the file is read.
            self._file: t.IO[bytes] = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
        except OSError as error:
            raise SpoolError(error) from error

    def add(self, key: t.Any, value: Facts) -> None:
        """Keep an object under a sort key."""
        data = json.dumps(value).encode()
        try:
            start = self._file.seek(0, os.SEEK_END)
            if self._file.write(data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise SpoolError(error) from error
        self._places.append((key, start, len(data)))

    def __iter__(self) -> Iterator[Facts]:
        self._places.sort()
        for _key, start, size in self._places:
            self._file.seek(start)
            yield json.loads(self._file.read(size))

    def close(self) -> None:
        """Delete the file."""
        self._file.close()


def vm_entry(
    vm: _records.VirtualMachine, assessment: states.Assessment, results: list[Result], outcome: str, now: int
) -> Facts:
    """An entry of `virtual_machines`; `backup` is the assessment as onapp_backup_info returns it."""
    evidence = assessment.evidence
    worst = None if evidence is None else evidence.uncovered[0].disk if evidence.uncovered else evidence.worst
    recovery_points = (
        None if evidence is None or _records.RECOVERY_POINTS in evidence.unread else len(evidence.plugin_points)
    )
    return {
        "id": vm.id,
        "identifier": vm.identifier,
        "label": vm.label,
        "hostname": vm.hostname,
        "user_id": vm.user_id,
        "created_at": _fields.utc_text(vm.created_at),
        "outcome": outcome,
        "backup": assessment.as_facts(now),
        **({"recovery_points": recovery_points} if _records.RECOVERY_POINTS in assessment.kinds else {}),
        "rpo_seconds": assessment.rule.rpo,
        "rpo_critical_seconds": assessment.rule.rpo_critical,
        "worst_disk_id": None if worst is None else worst.id,
        "calendar": heat_map(evidence) if evidence is not None and assessment.is_assessed else None,
        "results": [one.as_facts() for one in results],
    }


def report_head(run: Run, outcome: Outcome) -> Facts:
    """Everything in report.json but `virtual_machines` and `findings`, in its order; they come after `calendar`."""
    params, counters, policy = run.params, run.counters, run.params.policy
    calendar = policy.calendar
    # Checks that cannot run because the evidence that they need is not read are not shown.
    off = () if _records.SCHEDULES in params.evidence else catalogue.SCHEDULE_CHECKS
    limits = (rule.min_backup_servers for rule in (policy.defaults, *policy.rules))
    needs_servers = any(one is not None and one.places > 1 for one in limits)
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
        "generated_at": _fields.utc_text(int(params.started)),
        "evaluated_at": _fields.utc_text(params.now),
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
        **({"evidence": list(params.evidence)} if params.evidence else {}),
        "population": _population(run),
        "summary": {**counters.summary(), "is_complete": outcome.is_complete},
        "calendar": {
            "timezone": calendar.timezone,
            "day_starts_at": calendar.day_starts_at,
            "days": [day.isoformat() for day in calendar.last_days(params.now, DAYS)],
        },
        "rules": _rules(run, effective),
        "exemptions": _exemptions(run, off),
        "changes": run.changes,
        "history": None if params.history is None else params.history.facts(),
        "retention": counters.retention(),
        "backup_servers": counters.servers(policy.server_sites) if needs_servers else [],
        "orphans": {"assessed": run.orphans is not None, "backups": run.orphans or []},
        "not_assessed": [{"id": name, "text": text} for name, text in _not_assessed(run).items()],
        "controls": {
            name: list(one.controls) for name, one in catalogue.CHECKS.items() if one.controls and name not in off
        },
    }


def _without(limits: Facts, checks: tuple[str, ...]) -> Facts:
    return {key: value for key, value in limits.items() if key not in checks}


def _not_assessed(run: Run) -> dict[str, str]:
    """What the run did not assess, by id. Evidence that could not be read counts as not asked for."""
    evaluated = (
        number
        for check in catalogue.SCHEDULE_CHECKS
        for status, number in run.counters.by_check.get(check, {}).items()
        if status not in (UNKNOWN, NOT_APPLICABLE)
    )
    has_read_log = _records.TRANSACTIONS in run.params.evidence and not run.fetch.unread[_records.TRANSACTIONS]
    read = {"schedules": any(evaluated), "failure_reason": has_read_log}
    return {
        name: catalogue.STILL_NOT_ASSESSED[name] if read.get(name) else text
        for name, text in catalogue.NOT_ASSESSED.items()
    }


def _population(run: Run) -> Facts:
    outcomes = run.counters.by_outcome
    return {
        "vms_listed": len(run.fetch.listed),
        "filtered_out": len(run.fetch.skipped_rows),
        "deleted_meanwhile": len(run.fetch.dropped),
        "evaluated": run.counters.assessed,
        "not_applicable": outcomes["not_applicable"],
        "unknown": outcomes["unknown"],
        "backups": run.counters.backups,
        **(
            {"recovery_points": run.counters.recovery_points} if _records.RECOVERY_POINTS in run.params.evidence else {}
        ),
        "api_calls": run.client.throttle.requests,
        "pages_complete": run.is_whole,
        "failures": [
            {key: value for key, value in failure.as_facts().items() if key != "virtual_machine_label"}
            for failure in run.fetch.failures
        ],
    }


def _rules(run: Run, effective: Facts) -> list[Facts]:
    """Each rule, defaults last, with how many virtual machines it matches in the list before `filters`, and for how
    many of the report it decided."""
    rules = [*effective["rules"], {"name": DEFAULTS, "match": None, **effective[DEFAULTS]}]
    matched = [*(sum(applied.values()) for applied in run.rule_matches), len(run.fetch.listed)]
    return [
        {
            "name": rule["name"],
            "match": rule["match"],
            "limits": {key: value for key, value in rule.items() if key not in ("name", "match")},
            "matched": number,
            "decided": run.counters.by_rule.get(rule["name"], 0),
        }
        for rule, number in zip(rules, matched)
    ]


def _exemptions(run: Run, off: tuple[str, ...]) -> list[Facts]:
    """Each exemption with the virtual machines of the report that it matches and the results that it hid."""
    policy = run.params.policy
    return [
        {
            "id": one.id,
            "state": policy.state_of(one, run.params.now),
            "category": one.category,
            "checks": [check for check in one.checks if check not in off],
            "reason": one.reason,
            "approved_by": one.approved_by,
            "ticket": one.ticket,
            "expires": one.expires.isoformat(),
            "virtual_machine_ids": sorted(run.matched[one.id]),
            "hidden": run.hidden[one.id],
        }
        for one in policy.exemptions
    ]


def heat_map(evidence: Evidence) -> str:
    """The letters of the days, as the schema explains them."""
    calendar = evidence.policy.calendar
    days = calendar.last_days(evidence.now, DAYS)
    starts = [calendar.day_start(day) for day in days] + [evidence.now + 1]
    covered = [_places(starts, [point.time for point in cover.points]) for cover in evidence.covers]
    plugin = bool(evidence.plugin_points)
    backed_up = [_places(starts, [point.time for point in cover.backups]) for cover in evidence.covers if plugin]
    attempts = [point for found in evidence.survey.attempts.values() for point in found]
    failed = _places(starts, [point.recorded for point in attempts if not evidence.is_running(point)])
    running = _places(starts, [point.recorded for point in attempts if evidence.is_running(point)])
    letters = []
    for place in range(len(days)):
        end = starts[place + 1] - 1
        there = [
            number for number, cover in enumerate(evidence.covers) if cover.created is None or cover.created <= end
        ]
        if not there:
            letters.append(" ")
            continue
        done = sum(place in covered[number] for number in there)
        if done:
            letter = "M" if place in failed else "S" if done == len(there) else "P"
        elif place in failed or place in running:
            letter = "F" if place in failed else "R"
        else:
            letter = _idle_letter(evidence, [evidence.covers[number] for number in there], end)
        if plugin and letter == "S" and not all(place in backed_up[number] for number in there):
            letter = PLUGIN
        letters.append(letter)
    return "".join(letters)


def _idle_letter(evidence: Evidence, covers: list[coverage.Cover], end: int) -> str:
    """The letter of a day on which nothing happened, by what could be restored at its end."""
    newest = [next((point.time for point in reversed(cover.points) if point.time <= end), None) for cover in covers]
    if None in newest:
        # Today it is known that there is nothing, and whether that matters yet; of earlier days nothing is known.
        if end < evidence.now:
            return "x"
        if any(cover in evidence.uncovered for cover in covers):
            return "N"
    oldest = min((time for time in newest if time is not None), default=end)
    return "N" if end - oldest > evidence.rule.rpo else "."


def _places(starts: list[int], times: list[int]) -> set[int]:
    """The places of the days in which times lie: none before the first day, and today for those of the skew."""
    last = len(starts) - 2
    return {min(bisect.bisect_right(starts, seconds) - 1, last) for seconds in times if seconds >= starts[0]}
