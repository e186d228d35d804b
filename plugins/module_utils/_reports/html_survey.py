# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""What the HTML report needs to know of all virtual machines before it shows the first of them."""

from __future__ import annotations

import dataclasses
import typing as t

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report

    Facts = dict[str, t.Any]

FINDING = "finding"
MEETS_ALL = "meets_all"
WAITS = "waits"
NOT_APPLICABLE = "not_applicable"
# The worst first; what is not here is no finding.
STATUS_ORDER = ("fail", "unknown", "warn", "exempt")
SEVERITY_ORDER = ("critical", "warning", "info")
# A page with more rows than this is nothing that a person reads or a browser shows at once.
MAX_ROWS = 2000
# What the calendar of a large cloud leaves out.
CALM_STATES = ("protected", "not_applicable")


@dataclasses.dataclass
class RuleDays:
    """One rule: its virtual machines, those with a calendar, and how many of these have an `S` on each day."""

    machines: int
    with_calendar: int
    whole: list[int]


@dataclasses.dataclass
class Survey:
    """Counts over all virtual machines.

    `restless` are those that the calendar of a large cloud shows.
    """

    machines: int = 0
    restless: int = 0
    standing: dict[str, int] = dataclasses.field(
        default_factory=lambda: dict.fromkeys((FINDING, MEETS_ALL, WAITS, NOT_APPLICABLE), 0)
    )
    rules: dict[str, RuleDays] = dataclasses.field(default_factory=dict)

    @property
    def is_large(self) -> bool:
        """Whether the calendar leaves out the virtual machines of the calm states."""
        return self.machines > MAX_ROWS


def standing_of(vm: Facts) -> str:
    """Whether a virtual machine has a finding, and else why it has none."""
    if vm["backup"]["state"] not in CALM_STATES or findings_of(vm):
        return FINDING
    if vm["backup"]["state"] == "not_applicable":
        return NOT_APPLICABLE
    return WAITS if any(item["status"] == "insufficient_data" for item in vm["results"]) else MEETS_ALL


def findings_of(vm: Facts) -> list[Facts]:
    """The results that break the policy or could not be judged, the worst first."""
    found = [item for item in vm["results"] if item["status"] in STATUS_ORDER]
    return sorted(found, key=lambda item: (STATUS_ORDER.index(item["status"]), SEVERITY_ORDER.index(item["severity"])))


def survey_of(report: Report) -> Survey:
    """Go once through all virtual machines."""
    survey = Survey()
    days = len(report.head["calendar"]["days"])
    for vm in report.vms:
        survey.machines += 1
        survey.restless += vm["backup"]["state"] not in CALM_STATES
        survey.standing[standing_of(vm)] += 1
        rule = survey.rules.setdefault(vm["backup"]["rule"], RuleDays(0, 0, [0] * days))
        rule.machines += 1
        _count_days(rule, vm["calendar"])
    return survey


def _count_days(rule: RuleDays, calendar: str | None) -> None:
    if calendar is None:
        return
    rule.with_calendar += 1
    for place, letter in enumerate(calendar[: len(rule.whole)]):
        rule.whole[place] += letter == "S"
