# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The verdict of the HTML report and what it covers."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._fields import moment
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import PolicyError
from ansible_collections.community.onapp.plugins.module_utils._policy.zones import time_zone
from ansible_collections.community.onapp.plugins.module_utils._reports.html_elements import (
    count,
    element,
    foreign,
    heading_row,
    row,
    some,
    time,
)
from ansible_collections.community.onapp.plugins.module_utils._reports.html_words import STATES, words

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report
    from ansible_collections.community.onapp.plugins.module_utils._reports.html_elements import Content, Page
    from ansible_collections.community.onapp.plugins.module_utils._reports.html_survey import Survey

    Facts = dict[str, t.Any]

RESULTS = {"compliant": "Compliant", "non_compliant": "Not compliant", "unknown": "Unknown"}
POPULATION = {
    "vms_listed": "listed",
    "evaluated": "evaluated",
    "unknown": "unknown",
    "not_applicable": "not applicable",
    "filtered_out": "filtered out",
    "deleted_meanwhile": "deleted meanwhile",
}
# Failures are told by cause, because one cause can fail thousands of virtual machines.
MAX_CAUSES = 50
MAX_NAMED = 20


def result_of(head: Facts) -> tuple[str, str]:
    """The kind of the verdict band and its word. Where nothing was judged, nothing is called compliant."""
    population = head["population"]
    if head["status"] == "compliant" and not (population["evaluated"] and population["pages_complete"]):
        return "unknown", "Nothing was judged" if not population["evaluated"] else "Not everything was read"
    return head["status"], RESULTS[head["status"]]


def band(page: Page, head: Facts) -> None:
    """The result in a word and a sentence, for when and by which policy."""
    kind, word = result_of(head)
    policy = head["policy"]
    with page.inside("header", class_=f"band {kind}"):
        page.put(
            element("p", word, class_="word"),
            element("h1", foreign(head["headline"])),
            *(element("p", sentence, class_="notice") for sentence in notices(head)),
            element(
                "p",
                "Evaluated for ",
                element("strong", *_evaluated(head)),
                " · policy ",
                element("strong", foreign(policy["name"]) if policy["name"] else "without a name"),
                " · SHA-256 ",
                element("code", policy["sha256"][:12]),
                "…",
            ),
        )


def notices(head: Facts) -> Iterator[str]:
    """Why the verdict covers less than one might think."""
    population = head["population"]
    if not population["vms_listed"]:
        yield (
            "The control panel listed no virtual machine. That is no evidence that there is none: an account with too "
            "few permissions sees an empty list, too."
        )
    elif population["unknown"] and not population["evaluated"]:
        yield "No virtual machine could be judged: nothing in this report says that a backup exists."
    elif not population["evaluated"]:
        yield "The policy applies to none of the virtual machines: nothing was judged."
    if not population["pages_complete"]:
        yield "The list of virtual machines was not read whole: some may be missing from every number in this report."


def covers(page: Page, report: Report, survey: Survey) -> None:
    """The number of virtual machines in each state, where the facts come from, and what could not be read."""
    head = report.head
    states = head["summary"]["by_state"]
    page.put(
        element(
            "ul",
            *(
                element(
                    "li",
                    element("b", f"{states[state]:,}"),
                    " ",
                    element("span", words(state)),
                    " ",
                    element("small", meaning),
                    class_=f"{state}" if states[state] else "none",
                )
                for state, meaning in STATES.items()
            ),
            class_="states",
        ),
        element(
            "dl",
            *(element("div", element("dt", name), element("dd", value)) for name, value in _facts(head)),
            class_="facts",
        ),
    )
    _failures(page, head["population"]["failures"])


def _facts(head: Facts) -> Iterator[tuple[str, Content]]:
    source, population, policy = head["source"], head["population"], head["policy"]
    severities = head["summary"]["by_severity"]
    yield "Evaluated for", _evaluated(head)
    yield "Zone of the policy", f"{head['calendar']['timezone']}, a day begins at {head['calendar']['day_starts_at']}"
    yield "Policy", [foreign(policy["name"]) if policy["name"] else "without a name", f", language {policy['version']}"]
    yield "SHA-256 of the policy", element("code", policy["sha256"])
    yield "Control panel", [foreign(source["control_panel"]), *_cloud(source)]
    yield "Account", foreign(source["api_user"])
    yield "Its clock", _offset(source["server_date_offset_s"])
    yield "Virtual machines", ", ".join(f"{population[name]:,} {word}" for name, word in POPULATION.items())
    yield "Backup records", f"{population['backups']:,} read with {count(population['api_calls'], 'API call')}"
    yield (
        "List of virtual machines",
        "all pages were read" if population["pages_complete"] else element("strong", "NOT all pages were read"),
    )
    yield (
        "Findings that count",
        ", ".join(f"{severities[severity]:,} {severity}" for severity in ("critical", "warning", "info")),
    )


def _cloud(source: Facts) -> list[Content]:
    return [" (", foreign(source["cloud_name"]), ")"] if source["cloud_name"] else []


def _offset(seconds: int | None) -> str:
    if seconds is None:
        return "not known: the answers had no date"
    if abs(seconds) < 60:
        return "agrees with the clock here to the minute"
    return f"{abs(seconds) // 60:,} min {'ahead of' if seconds > 0 else 'behind'} the clock here"


def _evaluated(head: Facts) -> list[Content]:
    """The time of the evaluation, in UTC and in the zone of the policy."""
    name = head["calendar"]["timezone"]
    shown: list[Content] = [time(head["evaluated_at"])]
    if name == "UTC":
        return shown
    try:
        zone = time_zone(name, "calendar.timezone")
        local = datetime.datetime.fromtimestamp(moment(head["evaluated_at"]), zone)
    except (PolicyError, OverflowError, OSError, ValueError):
        # The machine that renders may know fewer zones than the one that judged.
        return [*shown, f" (policy's zone {name})"]
    return [*shown, f" ({local:%Y-%m-%d %H:%M} {name})"]


def _failures(page: Page, failures: list[Facts]) -> None:
    if not failures:
        page.put(element("p", "Everything that was asked for could be read."))
        return
    causes: dict[tuple[t.Any, ...], list[str]] = {}
    for failure in failures:
        whose = "the whole cloud" if failure["virtual_machine_id"] is None else f"#{failure['virtual_machine_id']}"
        causes.setdefault((failure["code"], failure["status"], failure["text"]), []).append(whose)
    page.put(element("p", f"{count(len(failures), 'failure')} while the cloud was read."))
    headings = heading_row("What happened and what to do", "Kind", "HTTP status", "Number", "Virtual machines")
    with page.table("What could not be read", headings, kind="failures"):
        for (code, status, text), whose_all in list(causes.items())[:MAX_CAUSES]:
            page.put(
                row(
                    foreign(text),
                    words(code),
                    "none" if status is None else str(status),
                    f"{len(whose_all):,}",
                    some(whose_all, MAX_NAMED),
                )
            )
    if len(causes) > MAX_CAUSES:
        page.put(element("p", f"And {len(causes) - MAX_CAUSES:,} more causes, which the record (JSON) lists."))
