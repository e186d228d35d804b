# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outcome of a compliance run: every count, the status and the headline that all report formats repeat."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping, Sequence

from .. import _text
from .._assessment import state as states
from .._checks.results import EXEMPT, FAIL, PASS, STATUSES, UNKNOWN, WARN, WORST_FIRST, Result
from .._policy import catalogue

if t.TYPE_CHECKING:
    from .. import _records
    from .._assessment.evidence import Evidence

    Facts = dict[str, t.Any]

COMPLIANT = "compliant"
NON_COMPLIANT = "non_compliant"
NOT_APPLICABLE = "not_applicable"
NEVER = "never"
# Of a virtual machine: the first that holds.
OUTCOMES = (catalogue.CRITICAL, UNKNOWN, catalogue.WARNING, EXEMPT, COMPLIANT, NOT_APPLICABLE)
# What the headline says of one and of several virtual machines; the first three are the bad news.
PHRASES = {
    catalogue.CRITICAL: ("breaks the policy critically", "break the policy critically"),
    catalogue.WARNING: ("has warnings", "have warnings"),
    UNKNOWN: ("could not be judged", "could not be judged"),
    COMPLIANT: ("complies", "comply"),
    EXEMPT: ("is exempt", "are exempt"),
    NOT_APPLICABLE: ("is not applicable", "are not applicable"),
}
BAD_NEWS = (catalogue.CRITICAL, catalogue.WARNING, UNKNOWN)
CLOUD_FINDINGS_SHOWN = 3
STATES_WORST_FIRST = ("unprotected", "failing", "stale", "unknown", "pending", "protected", "not_applicable")


def rank_of(status: str, severity: str) -> int:
    """How bad a result is, 0 for the worst: by status, and results of severity info after other warnings."""
    return 2 * WORST_FIRST.index(status) + (status == WARN and severity == catalogue.INFO)


def outcome_of(state: str, results: Iterable[Result]) -> str:
    """The outcome of a virtual machine, one of OUTCOMES, from its state and its results.

    Findings of severity info change nothing, except that a VM past its limit is never `compliant`.
    """
    found = {(one.status, one.severity) for one in results}
    statuses = {status for status, _severity in found}
    if FAIL in statuses:
        return catalogue.CRITICAL
    if state == states.UNKNOWN or UNKNOWN in statuses:
        return UNKNOWN
    if (WARN, catalogue.WARNING) in found:
        return catalogue.WARNING
    if EXEMPT in statuses:
        return EXEMPT
    if state in (states.NOT_APPLICABLE, states.PENDING):
        return NOT_APPLICABLE
    return COMPLIANT if state == states.PROTECTED else catalogue.WARNING


class Counters:
    """Counts over the virtual machines and the results of a run.

    `owners` counts by user the virtual machines that should have backups by now, and those of them that have any backup
    or recovery point. `only_schedules_unknown` are unknown for no other reason than that schedules could not be read:
    of the population, they count as assessed.
    """

    def __init__(self) -> None:
        self.by_state = dict.fromkeys(states.STATES, 0)
        self.by_outcome = dict.fromkeys(OUTCOMES, 0)
        self.by_check: dict[str, dict[str, int]] = {}
        self.by_severity = dict.fromkeys(catalogue.SEVERITIES, 0)
        self.by_rule: dict[str, int] = {}
        self.owners: dict[int | None, tuple[int, int]] = {}
        self.proving = 0
        self.partly_exempt = 0
        self.unknown_results = 0
        self.only_schedules_unknown = 0
        self.backups = 0
        self.recovery_points = 0
        self._retention: dict[tuple[str, int], Facts] = {}
        self._servers: dict[int | None, list[int]] = {}

    def add_vm(
        self, vm: _records.VirtualMachine, assessment: states.Assessment, results: Sequence[Result]
    ) -> tuple[str, tuple[int, ...]]:
        """Count a virtual machine; returns its outcome, and the key by which the report is sorted, worst first."""
        self.by_state[assessment.state] += 1
        self.by_rule[assessment.rule.name] = self.by_rule.get(assessment.rule.name, 0) + 1
        for one in results:
            self.add_result(one)
        outcome = outcome_of(assessment.state, results)
        self.by_outcome[outcome] += 1
        unknown = {one.check for one in results if one.status == UNKNOWN}
        self.only_schedules_unknown += outcome == UNKNOWN and bool(unknown) and unknown <= {*catalogue.SCHEDULE_CHECKS}
        is_exempt = any(one.status == EXEMPT for one in results)
        self.proving += outcome in (COMPLIANT, catalogue.WARNING) and not is_exempt
        self.partly_exempt += outcome == catalogue.WARNING and is_exempt
        if assessment.evidence is not None:
            self._add_evidence(vm, assessment.evidence, assessment.state)
        worst = min((rank_of(one.status, one.severity) for one in results), default=2 * len(WORST_FIRST))
        return outcome, (worst, STATES_WORST_FIRST.index(assessment.state), vm.id)

    def add_result(self, one: Result) -> None:
        """Count a result."""
        counts = self.by_check.setdefault(one.check, dict.fromkeys(STATUSES, 0))
        counts[one.status] += 1
        self.unknown_results += one.status == UNKNOWN
        if one.status in (WARN, FAIL):
            self.by_severity[one.severity] += 1

    @property
    def total(self) -> int:
        """Virtual machines that were listed, not filtered out, and still there when they were read."""
        return sum(self.by_outcome.values())

    @property
    def assessed(self) -> int:
        """Virtual machines that the policy applies to and whose state and results are known."""
        return self.total - self.by_outcome[NOT_APPLICABLE] - self.by_outcome[UNKNOWN]

    @property
    def population(self) -> int:
        """Virtual machines that count as assessed when the population is compared with that of another run."""
        return self.assessed + self.only_schedules_unknown

    def summary(self) -> Facts:
        """The counts as JSON values. `percent` is the share of `results_counted` that passes, rounded down to 0.1."""
        of_vms = [self.by_check[check] for check in catalogue.VM_CHECKS if check in self.by_check]
        totals = {status: sum(counts[status] for counts in of_vms) for status in STATUSES}
        counted_results = totals[PASS] + totals[WARN] + totals[FAIL] + totals[UNKNOWN]
        return {
            "by_outcome": self.by_outcome,
            "by_state": self.by_state,
            "by_check": {name: self.by_check[name] for name in catalogue.CHECKS if name in self.by_check},
            "by_severity": self.by_severity,
            "percent": totals[PASS] * 1000 // counted_results / 10 if counted_results else None,
            "results_counted": counted_results,
            "results_exempt": totals[EXEMPT],
        }

    def retention(self) -> list[Facts]:
        """How many virtual machines hold a recovery point in each period, by rule and tier."""
        return [self._retention[key] for key in sorted(self._retention)]

    def servers(self, sites: Mapping[int, str]) -> list[Facts]:
        """Usable backups and their size by backup server, those on none last."""
        ordered = sorted(self._servers.items(), key=lambda item: (item[0] is None, item[0] or 0))
        return [
            {"id": number, "site": None if number is None else sites.get(number), "copies": copies, "size_kb": size}
            for number, (copies, size) in ordered
        ]

    def _add_evidence(self, vm: _records.VirtualMachine, evidence: Evidence, state: str) -> None:
        self.backups += evidence.survey.records
        self.recovery_points += len(evidence.plugin_points)
        has_any = bool(evidence.survey.records or evidence.plugin_points)
        if state not in (states.NOT_APPLICABLE, states.PENDING):
            vms, with_backups = self.owners.get(vm.user_id, (0, 0))
            self.owners[vm.user_id] = vms + 1, with_backups + has_any
        for points in evidence.survey.points.values():
            for point in points:
                counts = self._servers.setdefault(point.backup.backup_server_id, [0, 0])
                counts[0] += 1
                counts[1] += max(0, point.backup.size or 0)
        for name, found in evidence.kept.items():
            kept = [one.periods for one in found.values()]
            if not kept:
                continue
            key = evidence.rule.name, list(catalogue.TIERS).index(name)
            if key not in self._retention:
                tier = getattr(evidence.rule.retention, name)
                none = {"held": 0, "missing": 0, "not_applicable": 0}
                periods = [{"period": period.name, **none} for period, _held in kept[0]]
                one = {"rule": evidence.rule.name, "tier": name, "count": tier.periods, "min": tier.held}
                self._retention[key] = {**one, "periods": periods}
            for row, column in zip(self._retention[key]["periods"], zip(*kept)):
                held = [held for _period, held in column if held is not None]
                row["not_applicable" if not held else "held" if all(held) else "missing"] += 1


class Outcome(t.NamedTuple):
    """How a run ended, said once for all reports.

    `status` is `compliant`, `non_compliant` or `unknown`; `passed` says whether the task may succeed under `fail_on`;
    `is_complete` says whether nothing is unknown.
    """

    status: str
    passed: bool
    headline: str
    is_complete: bool

    @classmethod
    def of(cls, counters: Counters, fail_on: str, cloud_findings: Sequence[Facts], aborted_by: str | None) -> Outcome:
        """The outcome from the counts of a run that is over; `aborted_by` is the message of the error that ended it.

        `compliant` needs at least one virtual machine that was assessed without an exempt result, and nothing unknown.
        """
        broken = counters.by_severity[catalogue.CRITICAL]
        if fail_on == catalogue.WARNING:
            # A VM past its limit has warnings, also if the policy lowers the severity of that finding.
            broken += counters.by_severity[catalogue.WARNING] + counters.by_outcome[catalogue.WARNING]
        is_complete = aborted_by is None and not counters.unknown_results and not counters.by_outcome[UNKNOWN]
        unknown = not is_complete or not counters.proving
        return cls(
            status=NON_COMPLIANT if broken else UNKNOWN if unknown else COMPLIANT,
            passed=fail_on == NEVER or not (unknown or (broken and fail_on != UNKNOWN)),
            headline=_headline(counters, cloud_findings, aborted_by),
            is_complete=is_complete,
        )


def _headline(counters: Counters, cloud_findings: Sequence[Facts], aborted_by: str | None) -> str:
    """The result in one sentence that counts every virtual machine once, then what is wrong with the cloud."""
    if not counters.total:
        if aborted_by is not None:
            return f"Nothing could be judged: {aborted_by}"
        first = "No VM was judged, which proves nothing"
    else:
        first = _sentence(counters)
    texts = [
        item["message"]
        for item in cloud_findings
        if item["status"] in (UNKNOWN, FAIL) or (item["status"] == WARN and item["severity"] == catalogue.WARNING)
    ]
    more = len(texts) - CLOUD_FINDINGS_SHOWN
    if more > 0:
        texts[CLOUD_FINDINGS_SHOWN:] = [f"And {_text.counted(more, 'more finding')} about the cloud and the policy."]
    return " ".join([f"{first}.", *texts]) if texts else first


def _sentence(counters: Counters) -> str:
    """Such as `3 of 122 VMs break the policy critically, 1 has warnings; 112 comply, 4 exempt, 2 not applicable`."""
    number = counters.by_outcome
    parts: list[str] = []
    rest: list[str] = []
    for outcome, (one, many) in PHRASES.items():
        if not number[outcome]:
            continue
        phrase = one if number[outcome] == 1 else many
        if outcome == catalogue.WARNING and counters.partly_exempt:
            phrase += f" ({counters.partly_exempt} of them with exemptions)"
        if not parts and not rest:
            phrase = f"of {_text.counted(counters.total, 'VM')} {phrase}"
        elif outcome in (EXEMPT, NOT_APPLICABLE):
            phrase = phrase.partition(" ")[2]
        (parts if outcome in BAD_NEWS else rest).append(f"{number[outcome]} {phrase}")
    return "; ".join(", ".join(some) for some in (parts, rest) if some)
