# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A summary in Markdown for CI jobs and merge requests: short, worst first.

GitHub refuses a summary above 1,024 KiB, so that every table and every text has an end. Texts of tenants stay texts:
what Markdown gives a meaning is escaped, and what GitHub and GitLab look for afterwards in the finished page (mentions,
references, addresses, emoji) is parted by a space of no width.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Iterable, Iterator, Sequence

from .. import _text
from .._compliance.earlier import KINDS
from .writer import STATUS_WORDS, Facts, ReportWriter, counted, headline_text, percentage_text

MOST_ROWS = 50
MOST_CHANGES = 20
LONGEST_NAME = 80
LONGEST_SENTENCE = 300
LONGEST_HEADLINE = 2000
# Control and direction characters, line ends, surrogates, noncharacters, and characters without a width.
UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufdd0-\ufdef\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]+"
)
APART = "\u200b"
JOINED = re.compile(r"(?<=[@#!~%$^&*\[{])(?=\S)|(?<=:)(?=[^\s\d])|(?<=www)(?=\.)", re.IGNORECASE)
MARKUP = re.compile(r"[\\`*_{}\[\]#!|~$^]")
ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", APART: "&#8203;"})


class MarkdownSummary(ReportWriter):
    """summary.md, never above 1,024 KiB; it shows counts and findings, so it needs no virtual machine."""

    def end(self) -> None:
        head = self.head
        policy, source = head["policy"], head["source"]
        cloud = f"{escaped(source['cloud_name'])}, " if source["cloud_name"] else ""
        self.write(
            "# OnApp backup compliance\n\n"
            f"**{STATUS_WORDS[head['status']]}**: {escaped(headline_text(head), LONGEST_HEADLINE)}\n\n"
            f"Policy {escaped(policy['name'] or 'without a name')} (SHA-256 {policy['sha256'][:12]}), evaluated at"
            f" {head['evaluated_at']}, made at {head['generated_at']}. Read from {cloud}"
            f"{escaped(source['control_panel'], LONGEST_SENTENCE)} as {escaped(source['api_user'])}.\n"
        )
        for title, lines in (
            ("Virtual machines", _counts(head)),
            ("Findings", _findings(self.report.findings)),
            ("Changes", _changes(head["changes"])),
            ("Exemptions", _exemptions(head["exemptions"])),
            ("Not read", _failures(head["population"])),
        ):
            text = "\n".join(lines)
            if text:
                self.write(f"\n## {title}\n\n{text}\n")


def escaped(text: str, longest: int = LONGEST_NAME) -> str:
    """One line that shows as this text everywhere in Markdown but at the start of a line; cut before it is escaped."""
    line = _text.shortened(" ".join(UNPRINTABLE.sub(" ", text).split()), longest)
    return MARKUP.sub(r"\\\g<0>", JOINED.sub(APART, line)).translate(ENTITIES)


def _table(columns: Sequence[str], items: Sequence[t.Any], cells: Callable[..., Sequence[object]]) -> Iterator[str]:
    """A table of MOST_ROWS items at most, each with its escaped `cells`; nothing without items."""
    if items:
        yield f"| {' | '.join(columns)} |"
        yield f"|{' --- |' * len(columns)}"
        yield from (f"| {' | '.join(map(str, cells(item)))} |" for item in items[:MOST_ROWS])
    yield from _and_more(len(items) - MOST_ROWS)


def _and_more(number: int) -> Iterator[str]:
    if number > 0:
        yield ""
        yield f"and {number:,} more in the report"


def _vm(item: Facts) -> str:
    """The virtual machine of a finding or a change."""
    number, label = item["virtual_machine_id"], item["virtual_machine_label"]
    return "the cloud" if number is None else f"{escaped(label or 'no label')} (vm {number})"


def _counts(head: Facts) -> Iterator[str]:
    summary, population = head["summary"], head["population"]
    outcomes = [(outcome.replace("_", " "), f"{count:,}") for outcome, count in summary["by_outcome"].items() if count]
    yield from _table(("Outcome", "Number"), outcomes, tuple)
    if outcomes:
        yield ""
    listed = [f"{counted(population['vms_listed'], 'VM')} listed"]
    for key in ("filtered_out", "deleted_meanwhile"):
        if population[key]:
            listed.append(f"{population[key]:,} {key.replace('_', ' ')}")
    states = [f"{count:,} {state.replace('_', ' ')}" for state, count in summary["by_state"].items() if count]
    yield f"{', '.join(listed)}. States: {', '.join(states)}." if states else f"{', '.join(listed)}."
    if "recovery_points" in population:
        points = counted(population["recovery_points"], "usable plug-in recovery point")
        yield ""
        yield f"{points} beside {counted(population['backups'], 'backup')}."
    yield ""
    severities = summary["by_severity"]
    yield (
        f"{counted(severities['critical'], 'critical finding')}, {counted(severities['warning'], 'warning')},"
        f" {counted(severities['info'], 'finding')} of severity info. {percentage_text(summary)}"
    )


def _findings(findings: Iterable[Facts]) -> Iterator[str]:
    """The worst finding of each virtual machine; what is about the cloud has a row of its own each time."""
    shown: list[Facts] = []
    more: dict[int | None, int] = {}
    for finding in findings:
        if finding["status"] in ("fail", "unknown", "warn"):
            vm_id = finding["virtual_machine_id"]
            if vm_id is None or vm_id not in more:
                shown.append(finding)
                more[vm_id] = 0
            else:
                more[vm_id] += 1
    yield from _table(
        ("Virtual machine", "Result", "Check", "What", "Rule", "More"),
        shown,
        lambda finding: (
            _vm(finding),
            "unknown" if finding["status"] == "unknown" else finding["severity"],
            escaped(finding["check"]),
            escaped(finding["message"], LONGEST_SENTENCE),
            escaped(finding["rule"] or ""),
            more[finding["virtual_machine_id"]],
        ),
    )


def _changes(changes: Facts | None) -> Iterator[str]:
    """What changed since the previous report, by name."""
    if changes is None:
        return
    yield f"Since the report of {changes['previous_generated_at']}:"
    yield ""
    for kind in KINDS:
        items = changes[kind]
        if items:
            names = [
                f"{_vm(item)}: {escaped(item['check'])}{' ' + escaped(item['about']) if item['about'] else ''}"
                for item in items[:MOST_CHANGES]
            ]
            more = f" and {len(items) - MOST_CHANGES:,} more" if len(items) > MOST_CHANGES else ""
            yield f"- {kind.replace('_', ' ')}: {len(items):,} ({', '.join(names)}{more})"


def _exemptions(exemptions: Iterable[Facts]) -> Iterator[str]:
    """Exemptions that hid a result, expire soon or have expired."""
    shown = [one for one in exemptions if one["hidden"] or one["state"] in ("expiring", "expired")]
    yield from _table(
        ("Exemption", "State", "Last day", "Reason", "Approved by", "Hidden results"),
        shown,
        lambda one: (
            escaped(one["id"]),
            one["state"],
            one["expires"],
            escaped(one["reason"], LONGEST_SENTENCE),
            escaped(one["approved_by"]),
            f"{len(one['hidden']):,}",
        ),
    )


def _failures(population: Facts) -> Iterator[str]:
    """What could not be read, one line each."""
    failures = population["failures"]
    if not population["pages_complete"]:
        yield "- The list of virtual machines is incomplete."
    for failure in failures[:MOST_ROWS]:
        what = "the cloud" if failure["virtual_machine_id"] is None else f"vm {failure['virtual_machine_id']}"
        status = "" if failure["status"] is None else f", HTTP {failure['status']}"
        yield f"- {what}: {escaped(failure['text'], LONGEST_SENTENCE)} ({escaped(failure['code'])}{status})"
    yield from _and_more(len(failures) - MOST_ROWS)
