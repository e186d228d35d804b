# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The report as one HTML file for people and for paper: no script, no network, readable without its style sheet."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._reports import (
    html_calendar,
    html_machines,
    html_method,
    html_tables,
    html_verdict,
)
from ansible_collections.community.onapp.plugins.module_utils._reports.html_elements import (
    Page,
    clean,
    element,
    foreign,
    time,
)
from ansible_collections.community.onapp.plugins.module_utils._reports.html_style import STYLE, page_style
from ansible_collections.community.onapp.plugins.module_utils._reports.html_survey import Survey, survey_of
from ansible_collections.community.onapp.plugins.module_utils._reports.writer import ReportWriter

if t.TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report

    Facts = dict[str, t.Any]
    Room = t.Callable[[Page, Report, Survey], None]

CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
# In the order of the page: where links lead, the heading, and who writes it.
SECTIONS: tuple[tuple[str, str, Room], ...] = (
    ("covers", "What this covers", html_verdict.covers),
    ("worst", "Worst first", html_machines.worst_first),
    ("calendar", "Calendar", html_calendar.calendar),
    ("retention", "Retention", html_tables.retention),
    ("servers", "Backup servers", html_tables.servers),
    ("checks", "Results by check", html_tables.checks),
    ("exemptions", "Exemptions", html_tables.exemptions),
    ("orphans", "Orphaned backups", html_tables.orphans),
    ("changes", "Changes", html_tables.changes),
    ("not-assessed", "Not assessed", html_tables.not_assessed),
    ("method", "Method", html_method.method),
)


class HtmlReport(ReportWriter):
    """report.html."""

    def end(self) -> None:
        render(self.report, self.write)


def render(report: Report, write: t.Callable[[str], object]) -> None:
    """Write the page piece by piece. The same record gives the same text."""
    page = Page(write)
    survey = survey_of(report)
    write("<!DOCTYPE html>\n")
    with page.inside("html", lang="en"):
        _head(page, report.head)
        with page.inside("body"):
            page.put(
                element("a", "Skip to the worst virtual machines", href="#worst", class_="skip"),
                element("a", "Skip to the method", href="#method", class_="skip"),
            )
            html_verdict.band(page, report.head)
            page.put(_contents())
            with page.inside("main"):
                for name, heading, write_section in SECTIONS:
                    with page.section(name, heading):
                        write_section(page, report, survey)
            _footer(page, report.head)


def _head(page: Page, head: Facts) -> None:
    word = html_verdict.result_of(head)[1]
    title = f"{word}: backups of {head['source']['control_panel']}, {head['evaluated_at'][:10]}"
    with page.inside("head"):
        page.put(
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=CONTENT_SECURITY_POLICY),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("title", title),
            element("style", STYLE),
            element("style", page_style(clean(_imprint(head)))),
        )


def _contents() -> Element:
    """Links to all sections."""
    return element(
        "nav",
        element("ul", *(element("li", element("a", heading, href=f"#{name}")) for name, heading, room in SECTIONS)),
        aria_label="Contents",
    )


def _footer(page: Page, head: Facts) -> None:
    """Where the report comes from, once more for those who begin at the end."""
    tool = head["tool"]
    page.put(
        element(
            "footer",
            foreign(head["source"]["control_panel"]),
            " · evaluated for ",
            time(head["evaluated_at"]),
            " · made ",
            time(head["generated_at"]),
            " · policy SHA-256 ",
            element("code", head["policy"]["sha256"]),
            f" · {tool['name']} {tool['version']}",
        )
    )


def _imprint(head: Facts) -> str:
    """The same for the foot of every printed page."""
    return f"{head['evaluated_at']}  policy SHA-256 {head['policy']['sha256']}  {head['source']['control_panel']}"
