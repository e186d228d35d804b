# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The report as one HTML file: no script, no network, readable without its style sheet.

The virtual machines appear in three sections. Each section is written to a temporary file while they pass by once, so
that memory does not grow with the cloud.
"""

from __future__ import annotations

import itertools
import re
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._compliance.calendar import PLUGIN
from ansible_collections.community.onapp.plugins.module_utils._evidence import RECOVERY_POINTS
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CHECKS
from ansible_collections.community.onapp.plugins.module_utils._reports.html_labels import (
    CELLS,
    MONTHS,
    STATES,
    STATUS_WORDS,
    TERMS,
)
from ansible_collections.community.onapp.plugins.module_utils._reports.html_sections import (
    MOST_VMS_OF_A_CHECK,
    age_text,
    change_lists,
    copies_text,
    counted,
    exemption_entry,
    failure_causes,
    grouped_findings,
    local_time_text,
    notices,
    orphan_table,
    percentage_text,
    period,
    population_texts,
    rule_rows,
    size_text,
    words,
)
from ansible_collections.community.onapp.plugins.module_utils._reports.html_style import STYLE, print_style
from ansible_collections.community.onapp.plugins.module_utils._reports.html_template import TEMPLATES
from ansible_collections.community.onapp.plugins.module_utils._reports.writer import ReportWriter, TextBuffer

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report

    Facts = dict[str, t.Any]

FINDING = ("fail", "unknown", "warn", "exempt")
SHOWN_STATUSES = ("pass", "warn", "fail", "unknown", "exempt", "not_applicable", "insufficient_data")
SECTIONS = (
    ("todo", "What to do"),
    ("all", "All VMs"),
    ("calendar", "Calendar"),
    ("period", "Period"),
    ("rules", "Rules"),
    ("checks", "Checks"),
    ("exemptions", "Exemptions"),
    ("changes", "Changes"),
    ("retention", "Retention"),
    ("servers", "Backup servers"),
    ("not-assessed", "Not assessed"),
    ("method", "Method"),
)
QUIET_STATES = ("protected", "pending", "not_applicable")
MOST_CALENDAR_ROWS = 2000
MONTH_FITS = 5
# What an HTML document must not contain: controls except tab and line feed, lone surrogates and noncharacters.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)


def clean(value: t.Any) -> t.Any:
    """A text with U+FFFD in place of every character that HTML does not allow; any other value as it is."""
    return FORBIDDEN.sub("\ufffd", value) if isinstance(value, str) and not hasattr(value, "__html__") else value


class HtmlReport(ReportWriter):
    """report.html. Raises ImportError if Jinja2 is missing, which the entry point checks before it fetches anything."""

    def __init__(self, report: Report, write: Callable[[str], object]) -> None:
        super().__init__(report, write)
        import jinja2

        environment = jinja2.Environment(  # autoescape is on for every template
            autoescape=True,
            finalize=clean,
            keep_trailing_newline=True,
            loader=jinja2.DictLoader(TEMPLATES),
            undefined=jinja2.StrictUndefined,
        )
        self._templates = {name: environment.get_template(name) for name in TEMPLATES if name != "macros"}
        self._markup = environment.filters["safe"]
        self._findings = {state: TextBuffer() for state in STATES}
        self._vms, self._calendar = TextBuffer(), TextBuffer()
        self._in_state = dict.fromkeys(STATES, 0)
        self._of_check: dict[str, tuple[list[tuple[t.Any, ...]], int]] = {}
        self._calendar_rows = self._calendar_skipped = 0
        total = sum(report.head["summary"]["by_outcome"].values())
        self._is_large = total > MOST_CALENDAR_ROWS

    def add(self, vm: Facts) -> None:
        findings = [one for one in vm["results"] if one["status"] in FINDING]
        backup = vm["backup"]
        owner = "unknown" if vm["user_id"] is None else vm["user_id"]
        if findings:
            self._in_state[backup["state"]] += 1
            self._render(
                "findings",
                self._findings[backup["state"]].write,
                vm=vm,
                owner=owner,
                outcome=words(vm["outcome"]),
                findings=grouped_findings(findings),
            )
            for one in findings:
                vms, more = self._of_check.setdefault(one["check"], ([], 0))
                if len(vms) < MOST_VMS_OF_A_CHECK:
                    vms.append((vm["id"], vm["label"]))
                else:
                    self._of_check[one["check"]] = (vms, more + 1)
        self._render(
            "vm_row",
            self._vms.write,
            vm=vm,
            owner=owner,
            state=words(backup["state"]),
            reason="; ".join(backup["reasons"]),
            age=age_text(vm),
            copies=copies_text(vm),
            findings=counted(len(grouped_findings(findings)), "finding") if findings else None,
        )
        self._add_to_calendar(vm)

    def end(self) -> None:
        report, head = self.report, self.report.head
        self._render("top", self.write, **self._top())
        for state in STATES:
            if self._in_state[state]:
                heading = f"{words(state).capitalize()}: {counted(self._in_state[state], 'VM')}"
                self._render("state_heading", self.write, heading=heading)
            self._findings[state].copy_to(self.write)
        by_state = head["summary"]["by_state"]
        states = [(state, f"{by_state[state]:,}", words(state), meaning) for state, meaning in STATES.items()]
        self._render(
            "all_head", self.write, states=states, has_findings=bool(head["population"]["failures"] or report.findings)
        )
        self._vms.copy_to(self.write)
        self._render("calendar_head", self.write, **self._calendar_parts())
        self._calendar.copy_to(self.write)
        self._render("bottom", self.write, **self._bottom())

    def _render(self, name: str, write: Callable[[str], object], **values: t.Any) -> None:
        for piece in self._templates[name].generate(values):
            write(piece)

    def _add_to_calendar(self, vm: Facts) -> None:
        state, letters = vm["backup"]["state"], vm["calendar"]
        days = self.report.head["calendar"]["days"]
        if (self._is_large and state in QUIET_STATES) or self._calendar_rows >= MOST_CALENDAR_ROWS:
            self._calendar_skipped += 1
            return
        self._calendar_rows += 1
        self._render(
            "calendar_row",
            self._calendar.write,
            vm=vm,
            days=len(days),
            kind="o" if state == "not_applicable" else "q",
            reason="not applicable" if state == "not_applicable" else "could not be judged",
            cells=None
            if letters is None
            else [(letter, CELLS[letter][0]) for letter in reversed(letters[: len(days)])],
        )

    def _top(self) -> Facts:
        head = self.report.head
        calendar, population = head["calendar"], head["population"]
        imprint = f"{head['evaluated_at']}  policy {head['policy']['sha256']}  {head['source']['control_panel']}"
        return {
            "head": head,
            "word": STATUS_WORDS[head["status"]],
            "cloud": head["source"]["cloud_name"] or head["source"]["control_panel"],
            "style": self._markup(STYLE + print_style(clean(imprint))),
            "local_time": local_time_text(head["evaluated_at"], calendar["timezone"]),
            "notices": list(notices(population)),
            "population": f"{', '.join(population_texts(population))}; {counted(population['api_calls'], 'request')}.",
            "contents": [(name, heading) for name, heading in SECTIONS if self._has(name)],
            "cloud_findings": grouped_findings(
                item for item in self.report.findings if item["virtual_machine_id"] is None
            ),
            "failures": list(failure_causes(population["failures"])),
        }

    def _has(self, section: str) -> bool:
        head = self.report.head
        return bool(head[{"period": "history", "servers": "backup_servers"}.get(section, "tool")])

    def _calendar_parts(self) -> Facts:
        head = self.report.head
        days = list(reversed(head["calendar"]["days"]))
        months = [(month, sum(1 for _day in found)) for month, found in itertools.groupby(days, lambda day: day[:7])]
        note = None
        if self._is_large:
            note = (
                f"With more than {MOST_CALENDAR_ROWS:,} VMs the calendar omits those that are protected, pending or not"
                " applicable; the record (JSON) has them."
            )
        return {
            "head": head,
            "vms": sum(head["summary"]["by_outcome"].values()),
            "cells": [
                (letter.strip() or "blank", kind, meaning)
                for letter, (kind, meaning) in CELLS.items()
                if letter != PLUGIN or RECOVERY_POINTS in head.get("evidence", ())
            ],
            "note": note,
            "days": days,
            "months": [
                (f"{MONTHS[int(month[5:]) - 1]} {month[:4]}" if number >= MONTH_FITS else month[5:], number)
                for month, number in months
            ],
        }

    def _bottom(self) -> Facts:
        head = self.report.head
        rules, rules_rest = rule_rows(head["rules"])
        summary = head["summary"]
        return {
            "head": head,
            "calendar_rest": None
            if not self._calendar_skipped
            else f"{counted(self._calendar_skipped, 'VM')} not shown.",
            "history": None if head["history"] is None else period(head["history"]),
            "rules": rules,
            "rules_rest": rules_rest,
            "percentage": percentage_text(summary),
            "columns": [words(status) for status in SHOWN_STATUSES],
            "checks": [
                {
                    "name": name,
                    "fails_when": CHECKS[name].fails_when,
                    "counts": [f"{counts[status]:,}" for status in SHOWN_STATUSES],
                    "vms": self._of_check.get(name, ([], 0))[0],
                    "rest": f" and {self._of_check[name][1]:,} more" if self._of_check.get(name, ([], 0))[1] else "",
                }
                for name, counts in summary["by_check"].items()
            ],
            "exemptions": [exemption_entry(one) for one in head["exemptions"]],
            "changes": None if head["changes"] is None else list(change_lists(head["changes"])),
            "retention": [
                {**tier, "unit": {"daily": "days"}.get(tier["tier"], f"{tier['tier'][:-2]}s")}
                for tier in head["retention"]
            ],
            "servers": [
                {
                    "name": "no backup server" if one["id"] is None else f"#{one['id']}",
                    "site": one["site"] or "",
                    "copies": f"{one['copies']:,}",
                    "size": size_text(one["size_kb"] * 1024),
                }
                for one in head["backup_servers"]
            ],
            "orphans": orphan_table(head["orphans"]),
            "terms": TERMS.items(),
        }
