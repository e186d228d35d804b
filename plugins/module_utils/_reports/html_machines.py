# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The table of virtual machines with a finding, the worst first."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._policy.durations import duration_text
from ansible_collections.community.onapp.plugins.module_utils._reports.html_elements import (
    count,
    element,
    foreign,
    heading_row,
    machines,
    row,
    vm_name,
)
from ansible_collections.community.onapp.plugins.module_utils._reports.html_survey import (
    FINDING,
    MAX_ROWS,
    MEETS_ALL,
    NOT_APPLICABLE,
    WAITS,
    findings_of,
    standing_of,
)
from ansible_collections.community.onapp.plugins.module_utils._reports.html_words import words

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report
    from ansible_collections.community.onapp.plugins.module_utils._reports.html_elements import Content, Page
    from ansible_collections.community.onapp.plugins.module_utils._reports.html_survey import Survey

    Facts = dict[str, t.Any]

COLUMNS = ("Virtual machine", "State", "Rule", "Age and limit", "Worst disk", "Copies", "Flags", "Reason")
# What to say where there is no age.
NO_AGE = {"unknown": "unknown", "not_applicable": "not applicable", "pending": "none yet"}


def worst_first(page: Page, report: Report, survey: Survey) -> None:
    """What is wrong with the cloud or the policy, then the virtual machines with a finding; the others are counted."""
    whole = [finding for finding in report.findings if finding["virtual_machine_id"] is None]
    if whole:
        page.put(
            element("p", "About the cloud and the policy as a whole:"),
            element(
                "ul",
                *(
                    element("li", element("strong", f"{words(item['check'])}: "), foreign(item["message"]))
                    for item in whole
                ),
            ),
        )
    number = survey.standing[FINDING]
    if number:
        with page.table("Virtual machines with a finding, worst first", heading_row(*COLUMNS), kind="worst"):
            _rows(page, report)
    for sentence in _others(survey):
        page.put(element("p", sentence))


def _rows(page: Page, report: Report) -> None:
    shown = 0
    for vm in report.vms:
        if standing_of(vm) != FINDING:
            continue
        if shown == MAX_ROWS:
            return
        shown += 1
        page.put(
            row(
                vm_name(vm["id"], vm["label"]),
                element("span", words(vm["backup"]["state"]), class_=f"state {vm['backup']['state']}"),
                foreign(vm["backup"]["rule"]),
                age_against_limit(vm),
                _worst_disk(vm),
                "unknown" if vm["backup"]["copies"] is None else f"{vm['backup']['copies']:,}",
                ", ".join(words(flag) for flag in vm["backup"]["flags"]) or "none",
                _reason(vm),
            )
        )


def _others(survey: Survey) -> list[str]:
    """Those that have no row."""
    standing = survey.standing
    if not survey.machines:
        return ["There is no virtual machine to show."]
    sentences = []
    if standing[FINDING] > MAX_ROWS:
        sentences.append(
            f"And {machines(standing[FINDING] - MAX_ROWS)} more with a finding: the table stops after {MAX_ROWS:,} "
            "rows, the record (JSON) has them all."
        )
    if not standing[FINDING]:
        sentences.append("No virtual machine has a finding.")
    for kind, one, many in (
        (MEETS_ALL, "meets every check", "meet every check"),
        (WAITS, "has no finding, but a check needs more data", "have no finding, but checks that need more data"),
        (NOT_APPLICABLE, "is not subject to the policy", "are not subject to the policy"),
    ):
        if standing[kind]:
            sentences.append(f"{machines(standing[kind])} {one if standing[kind] == 1 else many}.")
    return sentences


def age_against_limit(vm: Facts) -> list[Content]:
    """The age as a multiple of the limit and both as durations: `1.6x`, `42h of 26h`."""
    limit = duration_text(vm["rpo_seconds"])
    if vm["backup"]["age_seconds"] is None:
        return [element("b", NO_AGE.get(vm["backup"]["state"], "never")), " ", element("small", f"limit {limit}")]
    return [
        element("b", multiple(vm["backup"]["age_seconds"], vm["rpo_seconds"])),
        " ",
        element("small", f"{duration_text(vm['backup']['age_seconds'])} of {limit}"),
    ]


def multiple(age: int, limit: int) -> str:
    """An age as a multiple of its limit, to one place; an age over the limit never reads as one that keeps it."""
    if limit <= 0:
        return "over 1.0x"
    tenths = (age * 20 + limit) // (limit * 2)
    if age > limit and tenths <= 10:
        return "over 1.0x"
    return f"{tenths // 10:,}.{tenths % 10}x"


def _worst_disk(vm: Facts) -> Content:
    if vm["worst_disk_id"] is None:
        return "none"
    label = next((disk["label"] for disk in vm["backup"]["disks"] if disk["id"] == vm["worst_disk_id"]), None)
    return [foreign(label) if label else "disk", " ", element("small", f"#{vm['worst_disk_id']}")]


def _reason(vm: Facts) -> list[Content]:
    """The worst of what was found. Where nothing could be judged, the checks do not know why, but the state does."""
    found = findings_of(vm)
    if vm["backup"]["reasons"] and (vm["backup"]["state"] == "unknown" or not found):
        texts, more = vm["backup"]["reasons"], "reason"
        first: list[Content] = [foreign(texts[0])]
    else:
        texts, more = found, "finding"
        first = [foreign(found[0]["message"])] if found else ["no reason given"]
        if found and found[0]["status"] == "exempt":
            first.append(f" (exempt: {found[0]['exemption']})")
    rest = len(texts) - 1
    if rest > 0:
        first += [" ", element("small", f"and {count(rest, 'more ' + more)}")]
    return first
