# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The plain tables of the HTML report: retention, backup servers, checks, exemptions, orphans and what changed."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CHECKS
from ansible_collections.community.onapp.plugins.module_utils._reports.html_elements import (
    count,
    element,
    foreign,
    heading_row,
    machines,
    row,
    size_text,
    some,
    time,
)
from ansible_collections.community.onapp.plugins.module_utils._reports.html_words import STATUSES, words
from ansible_collections.community.onapp.plugins.module_utils._reports.markdown import percentage

if t.TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report
    from ansible_collections.community.onapp.plugins.module_utils._reports.html_elements import Content, Page
    from ansible_collections.community.onapp.plugins.module_utils._reports.html_survey import Survey

    Facts = dict[str, t.Any]

TIERS = ("daily", "weekly", "monthly", "yearly")
COUNTED = ("pass", "warn", "fail", "unknown")
MAX_ORPHANS = 500


def retention(page: Page, report: Report, survey: Survey) -> None:
    """A table for each tier: a row for each rule, a column for each period."""
    tiers = report.head["retention"]
    if not tiers:
        page.put(element("p", "No rule asks for retention, or there is no virtual machine to ask it of."))
        return
    page.put(
        element(
            "p",
            "✓: every virtual machine of the rule that existed for all of the period holds a recovery point of every "
            "disk in it. A number such as 3 of 4: so many do. –: none existed for all of the period. A period without "
            "a point may have had one that was rotated away.",
        )
    )
    for tier in TIERS:
        rules = [item for item in tiers if item["tier"] == tier]
        if rules:
            _tier(page, tier, rules)


def _tier(page: Page, tier: str, rules: list[Facts]) -> None:
    # All rules look back from the same moment, so the longest has every period of the others.
    periods = sorted({period["period"] for item in rules for period in item["periods"]})
    names = [element("time", period, datetime=period) for period in periods]
    headings = heading_row("Rule", "Asked for", "Gaps", *names)
    with page.table(f"Retention, {tier}", headings, kind="retention"):
        for item in rules:
            held = {period["period"]: period for period in item["periods"]}
            page.put(
                element(
                    "tr",
                    element("th", foreign(item["rule"]), scope="row"),
                    element("td", f"{item['min']} of {item['count']}"),
                    element("td", _gaps(item["periods"])),
                    *(_period(held.get(period)) for period in periods),
                )
            )


def _period(period: Facts | None) -> Element:
    if period is None:
        return element("td", element("small", "not asked"))
    total = period["held"] + period["missing"]
    if not total:
        return element("td", "–")
    if not period["missing"]:
        return element("td", "✓", class_="held")
    return element("td", f"{period['held']:,} of {total:,}", class_="part" if period["held"] else "gap")


def _gaps(periods: list[Facts]) -> str:
    gaps = [f"{period['period']} ({period['missing']:,} without)" for period in periods if period["missing"]]
    return some(gaps, 12) or "none"


def servers(page: Page, report: Report, survey: Survey) -> None:
    """How many usable copies lie where."""
    found = report.head["backup_servers"]
    if not found:
        page.put(element("p", "There is no usable copy on any backup server."))
        return
    total = sum(server["copies"] for server in found)
    with page.table(
        "Usable copies by backup server", heading_row("Backup server", "Site", "Copies", "Share of copies", "Size")
    ):
        for server in found:
            page.put(
                row(
                    "no backup server" if server["id"] is None else f"#{server['id']}",
                    foreign(server["site"]) if server["site"] else "not named",
                    f"{server['copies']:,}",
                    _percent(server["copies"], total),
                    size_text(server["size_kb"] * 1024),
                )
            )


def checks(page: Page, report: Report, survey: Survey) -> None:
    """The results of each check by status, and the share that passes."""
    summary = report.head["summary"]
    asked = {check: counts for check, counts in summary["by_check"].items() if any(counts.values())}
    if not asked:
        page.put(element("p", "No check has a result."))
        return
    page.put(
        element(
            "p",
            percentage(summary),
            " Exempt, not applicable and insufficient data do not count.",
        )
    )
    headings = heading_row(
        "Check", "Fails when", *(words(status) for status in STATUSES), "Passes", "Contributes evidence to"
    )
    controls = report.head["controls"]
    with page.table("Results by check", headings, kind="checks"):
        for check, counts in asked.items():
            page.put(
                row(
                    element("code", check),
                    CHECKS[check].fails_when if check in CHECKS else None,
                    *(f"{counts[status]:,}" for status in STATUSES),
                    _share(counts),
                    some(controls.get(check, [])) or "none",
                )
            )


def _share(counts: dict[str, int]) -> str:
    """What passes of what counts."""
    total = sum(counts[status] for status in COUNTED)
    return _percent(counts["pass"], total)


def _percent(part: int, total: int) -> str:
    """A share, rounded down to one place, as the record does it; a dash where there is nothing to share."""
    if not total:
        return "–"
    tenths = part * 1000 // total
    return f"{tenths // 10}.{tenths % 10} %"


def exemptions(page: Page, report: Report, survey: Survey) -> None:
    """All exemptions, with those that hold no longer or match nothing."""
    found = report.head["exemptions"]
    if not found:
        page.put(element("p", "The policy has no exemption."))
        return
    headings = heading_row(
        "Exemption", "State", "Last day", "Kind", "Checks", "Virtual machines", "Results covered", "Reason"
    )
    with page.table("Exemptions of the policy", headings, kind="exemptions"):
        for item in found:
            page.put(
                row(
                    foreign(item["id"]),
                    [element("b", item["state"]), None if item["virtual_machine_ids"] else ", unmatched"],
                    element("time", item["expires"], datetime=item["expires"]),
                    item["category"],
                    some(item["checks"]),
                    some(f"#{number}" for number in item["virtual_machine_ids"]) or "none: it is of no use",
                    f"{len(item['hidden']):,}",
                    _grounds(item),
                )
            )


def _grounds(item: Facts) -> Content:
    ticket: Content = [", ", foreign(item["ticket"])] if item["ticket"] else None
    return [foreign(item["reason"]), " (approved by ", foreign(item["approved_by"]), ticket, ")"]


def orphans(page: Page, report: Report, survey: Survey) -> None:
    """Backups of virtual machines that are not listed. They are in no percentage."""
    found = report.head["orphans"]["backups"]
    if not report.head["orphans"]["assessed"]:
        page.put(element("p", "Not assessed: the policy does not ask for it (scope.orphans)."))
        return
    if not found:
        page.put(element("p", "No backup was found of a virtual machine that is not listed."))
        return
    total = sum(item["size_bytes"] or 0 for item in found)
    page.put(element("p", f"{count(len(found), 'backup')} of {size_text(total)} in all. They are in no percentage."))
    with page.table("Orphaned backups", heading_row("Backup", "User", "Taken of", "Recorded", "Size")):
        for item in found[:MAX_ORPHANS]:
            target = (
                "unknown" if item["target_id"] is None else f"{item['target_type'] or 'target'} #{item['target_id']}"
            )
            page.put(
                row(
                    f"#{item['id']}",
                    f"#{item['user_id']}",
                    foreign(target),
                    time(item["created_at"], "unknown"),
                    size_text(item["size_bytes"]),
                )
            )
    if len(found) > MAX_ORPHANS:
        page.put(element("p", f"And {len(found) - MAX_ORPHANS:,} more, which the record lists."))


def changes(page: Page, report: Report, survey: Survey) -> None:
    """What is new and what is gone since the report before."""
    found = report.head["changes"]
    if found is None:
        page.put(element("p", "No earlier report was given to compare with."))
        return
    page.put(
        element(
            "p",
            "Against the report of ",
            time(found["previous_generated_at"]),
            f", which judged {machines(found['judged_before'])} ({survey.machines:,} now): "
            f"{count(len(found['new']), 'finding')} new, {len(found['resolved']):,} resolved.",
        )
    )


def not_assessed(page: Page, report: Report, survey: Survey) -> None:
    """What these data cannot show."""
    found = report.head["not_assessed"]
    if not found:
        page.put(element("p", "The record names nothing."))
        return
    page.put(element("ul", *(element("li", item["text"]) for item in found)))
