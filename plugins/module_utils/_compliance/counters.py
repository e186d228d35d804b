# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""The counts of a compliance run, kept while virtual machines pass by one at a time."""

from __future__ import annotations

import bisect
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._assessment.history import keeping, tier_of
from ansible_collections.community.onapp.plugins.module_utils._assessment.state import STATES, UNPROTECTED
from ansible_collections.community.onapp.plugins.module_utils._checks.results import (
    FAIL,
    PASS,
    STATUSES,
    UNKNOWN,
    WARN,
    WORST_FIRST,
    Result,
)
from ansible_collections.community.onapp.plugins.module_utils._fields import utc_text
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import (
    CHECKS,
    INFO,
    SEVERITIES,
    TIERS,
    VM_CHECKS,
)

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._assessment.evidence import Evidence
    from ansible_collections.community.onapp.plugins.module_utils._assessment.state import Assessment
    from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine

    Facts = dict[str, t.Any]

# Ages as multiples of the limit; mixed policies make raw hours hard to compare.
GRADES = (("0.5x", 0.5), ("1x", 1), ("2x", 2), ("4x", 4))
OVER, NEVER = "over_4x", "never"
WORST_SHOWN = 20
POINTS_SHOWN = 200
STATES_WORST_FIRST = ("unprotected", "failing", "stale", "unknown", "pending", "protected", "not_applicable")
Rank = tuple[int, ...]


def rank_of(status: str, severity: str) -> int:
    """How bad a result is, 0 for the worst: its status, and of those that only warn the mere remarks last."""
    return 2 * WORST_FIRST.index(status) + (status == WARN and severity == INFO)


class Counters:
    """What is counted; the parts of the report that it makes are JSON values."""

    def __init__(self) -> None:
        self.by_state = dict.fromkeys(STATES, 0)
        self.by_check: dict[str, dict[str, int]] = {}
        self.by_severity = dict.fromkeys(SEVERITIES, 0)
        self.grades = {**{name: 0 for name, _most in GRADES}, OVER: 0, NEVER: 0}
        self.vms_by_worst = dict.fromkeys(STATUSES, 0)
        self.backups = self.read = self.with_backups = 0
        self._retention: dict[tuple[str, str], tuple[int, int, dict[str, list[int]]]] = {}
        self._servers: dict[int | None, list[int]] = {}
        self._worst: list[tuple[Rank, int, list[Facts]]] = []

    def add_vm(self, vm: VirtualMachine, assessment: Assessment, results: list[Result]) -> Rank:
        """Count a virtual machine; returns where it belongs in the report."""
        evidence = assessment.evidence
        self.by_state[assessment.state] += 1
        for one in results:
            self.count(one)
        worst = min((rank_of(one.status, one.severity) for one in results), default=2 * len(WORST_FIRST))
        rank = (worst, STATES_WORST_FIRST.index(assessment.state), vm.id)
        if results:
            self.vms_by_worst[WORST_FIRST[min(worst // 2, len(WORST_FIRST) - 1)]] += 1
        if evidence is not None:
            self._add_evidence(evidence)
            self._grade(evidence, assessment.state)
            if worst < 2 * WORST_FIRST.index(PASS):
                self._keep_worst(rank, vm.id, evidence)
        return rank

    def count(self, one: Result) -> None:
        """Count a result."""
        counts = self.by_check.setdefault(one.check, dict.fromkeys(STATUSES, 0))
        counts[one.status] += 1
        if one.status in (WARN, FAIL):
            self.by_severity[one.severity] += 1

    @property
    def percent(self) -> float | None:
        """Results that pass in percent of those that were judged or could not be, rounded down to one place."""
        judged = dict.fromkeys((PASS, WARN, FAIL, UNKNOWN), 0)
        for name in VM_CHECKS:
            counts = self.by_check.get(name, {})
            for status in judged:
                judged[status] += counts.get(status, 0)
        total = sum(judged.values())
        return judged[PASS] * 1000 // total / 10 if total else None

    def checks(self) -> Facts:
        """The counts of each check, in the order of the catalogue."""
        return {name: self.by_check[name] for name in CHECKS if name in self.by_check}

    def retention(self) -> list[Facts]:
        """How many virtual machines hold a point in each period, by rule and tier."""
        return [
            {
                "rule": rule,
                "tier": tier,
                "count": count,
                "min": least,
                "periods": [
                    {"period": name, "held": held, "missing": missing, "not_applicable": outside}
                    for name, (held, missing, outside) in periods.items()
                ],
            }
            for (rule, tier), (count, least, periods) in sorted(
                self._retention.items(), key=lambda item: (item[0][0], list(TIERS).index(item[0][1]))
            )
        ]

    def servers(self, sites: t.Mapping[int, str]) -> list[Facts]:
        """Copies and their size by backup server, those on none last."""
        ordered = sorted(self._servers.items(), key=lambda item: (item[0] is None, item[0] or 0))
        return [
            {"id": number, "site": None if number is None else sites.get(number), "copies": copies, "size_kb": size}
            for number, (copies, size) in ordered
        ]

    def timelines(self) -> list[Facts]:
        """The points of the worst virtual machines."""
        return [{"virtual_machine_id": number, "points": points} for _rank, number, points in self._worst]

    def _add_evidence(self, evidence: Evidence) -> None:
        self.read += 1
        self.backups += evidence.survey.records
        self.with_backups += evidence.survey.records > 0
        for points in evidence.survey.points.values():
            for point in points:
                counts = self._servers.setdefault(point.backup.backup_server_id, [0, 0])
                counts[0] += 1
                counts[1] += max(0, point.backup.size or 0)
        for name in TIERS:
            self._add_tier(evidence, name)

    def _add_tier(self, evidence: Evidence, name: str) -> None:
        tier = tier_of(evidence, name)
        covers = [cover for cover in evidence.covers if not cover.is_pending]
        if tier is None or not covers:
            return
        kept = [keeping(evidence, name, tier, cover).periods for cover in covers]
        places = {period.name: [0, 0, 0] for period, _held in kept[0]}
        _count, _least, periods = self._retention.setdefault((evidence.rule.name, name), (*tier, places))
        for column in zip(*kept):
            held = [held for _period, held in column if held is not None]
            periods[column[0][0].name][2 if not held else 0 if all(held) else 1] += 1

    def _grade(self, evidence: Evidence, state: str) -> None:
        if state == UNPROTECTED:
            self.grades[NEVER] += 1
        elif evidence.age is not None and state in STATES_WORST_FIRST[1:3] + ("protected",):
            ratio = evidence.age / evidence.rule.rpo
            self.grades[next((name for name, most in GRADES if ratio <= most), OVER)] += 1

    def _keep_worst(self, rank: Rank, number: int, evidence: Evidence) -> None:
        if len(self._worst) == WORST_SHOWN and rank >= self._worst[-1][0]:
            return
        points = [
            {
                "id": point.id,
                "at": utc_text(point.time),
                "initiated": point.backup.initiated,
                "backup_type": point.backup.backup_type,
            }
            for point in reversed(evidence.proof[-POINTS_SHOWN:])
        ]
        bisect.insort(self._worst, (rank, number, points))
        del self._worst[WORST_SHOWN:]
