# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The report as one HTML file: no script, no network, readable without its style sheet.

The virtual machines appear in three sections. Each section is rendered in batches into a temporary file, so that memory
does not grow with the cloud.
"""

from __future__ import annotations

import functools
import itertools
import re
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._compliance.report import PLUGIN
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CHECKS
from ansible_collections.community.onapp.plugins.module_utils._reports.html_sections import (
    CELLS,
    MOST_VMS_OF_A_CHECK,
    STATES,
    TERMS,
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
    period,
    population_texts,
    rule_rows,
    size_text,
    words,
)
from ansible_collections.community.onapp.plugins.module_utils._reports.html_style import STYLE, print_style
from ansible_collections.community.onapp.plugins.module_utils._reports.html_template import TEMPLATES
from ansible_collections.community.onapp.plugins.module_utils._reports.writer import (
    STATUS_WORDS,
    ReportWriter,
    TextBuffer,
    percentage_text,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable

    import jinja2
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
MOST_CLOUD_FINDINGS = 20
MONTH_FITS = 4
BATCH = 50
# Every character that an HTML document may contain. The class is negated because a match of its first ranges is fast.
# It is compiled at its first use, which takes long.
FORBIDDEN = (
    "[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd"
    + "".join(f"{chr(plane)}-{chr(plane + 0xFFFD)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)
# Cells of the calendar by the letter, for str.translate.
CELL_MARKUP = {
    ord(letter): f'<td class="{kind}">{letter}' if kind else f"<td>{letter}" for letter, (kind, _text) in CELLS.items()
}


def clean(text: str) -> str:
    """The text with U+FFFD in place of every character that HTML does not allow."""
    return re.sub(FORBIDDEN, "\ufffd", text)


@functools.lru_cache(maxsize=1)
def _templates() -> dict[str, jinja2.Template]:
    """The compiled templates by name. Raises ImportError if Jinja2 is missing."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True,
        keep_trailing_newline=True,
        loader=jinja2.DictLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
    )
    return {name: environment.get_template(name) for name in TEMPLATES if name != "macros"}


class _Rows:
    """Entries of a section, which its template renders in batches into a temporary file. `number` counts them."""

    def __init__(self, template: str) -> None:
        self.number = 0
        self._template = _templates()[template]
        self._batch: list[tuple[t.Any, ...]] = []
        self._buffer = TextBuffer()

    def add(self, *row: t.Any) -> None:
        self.number += 1
        self._batch.append(row)
        if len(self._batch) == BATCH:
            self._render()

    def copy_to(self, write: Callable[[str], object]) -> None:
        self._render()
        self._buffer.copy_to(write)

    def _render(self) -> None:
        self._buffer.write(clean(self._template.render(rows=self._batch)))
        self._batch.clear()


class HtmlReport(ReportWriter):
    """report.html. Raises ImportError if Jinja2 is missing, which the entry point checks before it fetches anything."""

    def __init__(self, report: Report, write: Callable[[str], object]) -> None:
        super().__init__(report, write)
        self._findings = {state: _Rows("findings") for state in STATES}
        self._vms, self._calendar = _Rows("vm_rows"), _Rows("calendar_rows")
        self._of_check: dict[str, tuple[list[tuple[t.Any, ...]], int]] = {}
        self._vms_total = sum(report.head["summary"]["by_outcome"].values())
        self._is_large = self._vms_total > MOST_CALENDAR_ROWS

    def add(self, vm: Facts) -> None:
        findings = [one for one in vm["results"] if one["status"] in FINDING]
        backup, number, label = vm["backup"], vm["id"], vm["label"]
        state, rule = backup["state"], backup["rule"]
        owner = "unknown" if vm["user_id"] is None else vm["user_id"]
        age, newest_at, copies = age_text(vm), backup["newest_at"], copies_text(vm)
        link = None
        if findings:
            groups = grouped_findings(findings)
            link = counted(len(groups), "finding")
            self._findings[state].add(number, label, words(vm["outcome"]), rule, owner, newest_at, groups)
            for one in findings:
                vms, more = self._of_check.setdefault(one["check"], ([], 0))
                if len(vms) < MOST_VMS_OF_A_CHECK:
                    vms.append((number, label))
                else:
                    self._of_check[one["check"]] = (vms, more + 1)
        reason = "; ".join(backup["reasons"])
        self._vms.add(number, label, state, reason, age, newest_at, copies, rule, owner, link)
        if (self._is_large and state in QUIET_STATES) or self._calendar.number >= MOST_CALENDAR_ROWS:
            return
        days = len(self.report.head["calendar"]["days"])
        if vm["calendar"] is not None:
            cells = vm["calendar"][days - 1 :: -1].translate(CELL_MARKUP)
            self._calendar.add(number, label, None, days, cells)
        elif state == "not_applicable":
            self._calendar.add(number, label, "o", days, "not applicable")
        else:
            self._calendar.add(number, label, "q", days, "could not be judged")

    def end(self) -> None:
        report, head = self.report, self.report.head
        self._render("top", **self._top())
        for state, rows in self._findings.items():
            if rows.number:
                heading = f"{words(state).capitalize()}: {counted(rows.number, 'VM')}"
                self._render("state_heading", heading=heading)
            rows.copy_to(self.write)
        by_state = head["summary"]["by_state"]
        states = [(state, f"{by_state[state]:,}", words(state), meaning) for state, meaning in STATES.items()]
        self._render("all_head", states=states, has_findings=bool(head["population"]["failures"] or report.findings))
        self._vms.copy_to(self.write)
        self._render("calendar_head", **self._calendar_parts())
        self._calendar.copy_to(self.write)
        self._render("bottom", **self._bottom())

    def _render(self, name: str, **values: t.Any) -> None:
        stream = _templates()[name].stream(values)
        stream.enable_buffering(1000)
        for text in stream:
            self.write(clean(text))

    def _top(self) -> Facts:
        head = self.report.head
        calendar, population = head["calendar"], head["population"]
        about_cloud = [item for item in self.report.findings if item["virtual_machine_id"] is None]
        imprint = f"{head['evaluated_at']}  policy {head['policy']['sha256']}  {head['source']['control_panel']}"
        return {
            "head": head,
            "word": STATUS_WORDS[head["status"]],
            "cloud": head["source"]["cloud_name"] or head["source"]["control_panel"],
            "style": STYLE + print_style(clean(imprint)),
            "local_time": local_time_text(head["evaluated_at"], calendar["timezone"]),
            "notices": list(notices(population)),
            "population": f"{', '.join(population_texts(population))}; {counted(population['api_calls'], 'request')}.",
            "contents": [
                (name, heading)
                for name, heading in SECTIONS
                if head[{"period": "history", "servers": "backup_servers"}.get(name, "tool")]
            ],
            "cloud_findings": grouped_findings(about_cloud[:MOST_CLOUD_FINDINGS]),
            "cloud_rest": max(0, len(about_cloud) - MOST_CLOUD_FINDINGS),
            "failures": list(failure_causes(population["failures"])),
        }

    def _calendar_parts(self) -> Facts:
        head = self.report.head
        days = head["calendar"]["days"][::-1]
        months = [(month, sum(1 for _day in found)) for month, found in itertools.groupby(days, lambda day: day[:7])]
        note = None
        if self._is_large:
            note = (
                f"With more than {MOST_CALENDAR_ROWS:,} VMs the calendar omits those that are protected, pending or not"
                " applicable; the record (JSON) has them."
            )
        return {
            "head": head,
            "vms": self._vms_total,
            "cells": [
                (letter.strip() or "blank", kind, meaning)
                for letter, (kind, meaning) in CELLS.items()
                if letter != PLUGIN or self.shows_recovery_points
            ],
            "note": note,
            "days": days,
            "months": [(month if number >= MONTH_FITS else month[5:], number) for month, number in months],
        }

    def _bottom(self) -> Facts:
        head = self.report.head
        rules, rules_rest = rule_rows(head["rules"])
        summary = head["summary"]
        not_shown = self._vms.number - self._calendar.number
        return {
            "head": head,
            "calendar_rest": f"{counted(not_shown, 'VM')} not shown." if not_shown else None,
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
