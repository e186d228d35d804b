# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""A summary in Markdown for CI jobs and merge requests: short, worst first.

GitHub refuses a summary above 1,024 KiB, so that every table and every text has an end. Texts of tenants stay texts:
what Markdown gives a meaning is escaped, and what GitHub and GitLab look for afterwards in the finished page (mentions,
references, addresses, emoji) is parted by a space of no width.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._reports.writer import (
    STATUS_WORDS,
    ReportWriter,
    percentage_text,
)
from ansible_collections.community.onapp.plugins.module_utils._text import counted

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Facts = dict[str, t.Any]

MOST_ROWS = 50
LONGEST_NAME = 80
LONGEST_SENTENCE = 300
LONGEST_HEADLINE = 2000
MOST_CHANGES = 20
CHANGES = ("new", "still", "resolved", "no_longer_judged", "exempted", "policy_changed")
COUNTED = ("fail", "unknown", "warn")
# Control and direction characters, line ends, surrogates, noncharacters, and characters without a width.
UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufdd0-\ufdef\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]+"
)
APART = "\u200b"
JOINED = re.compile(r"(?<=[@#!~%$^&*\[{])(?=\S)|(?<=:)(?=[^\s\d])|(?<=www)(?=\.)", re.IGNORECASE)
MARKUP = re.compile(r"[\\`*_{}\[\]#!|~$^]")
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", APART: "&#8203;"}


class MarkdownSummary(ReportWriter):
    """summary.md, never above 1,024 KiB; it shows counts and findings, so it needs no virtual machine."""

    def end(self) -> None:
        head, write = self.report.head, self.write
        write("# OnApp backup compliance\n\n")
        write(f"**{STATUS_WORDS[head['status']]}**: {escaped(head['headline'], LONGEST_HEADLINE)}\n\n")
        write(f"{_circumstances(head)}\n")
        _write_section("Virtual machines", _counts(head), write)
        _write_section("Findings", _findings(self.report.findings), write)
        _write_section("Changes", _changes(head["changes"]), write)
        _write_section("Exemptions", _exemptions(head["exemptions"]), write)
        _write_section("Not read", _failures(head["population"]), write)


def name(text: str) -> str:
    """What somebody named a thing, escaped, of at most LONGEST_NAME characters."""
    return escaped(text, LONGEST_NAME)


def sentence(text: str) -> str:
    """A sentence, escaped, of at most LONGEST_SENTENCE characters."""
    return escaped(text, LONGEST_SENTENCE)


def escaped(text: str, longest: int) -> str:
    """One line that shows as this text everywhere in Markdown but at the start of a line; cut before it is escaped."""
    line = " ".join(UNPRINTABLE.sub(" ", text).split())
    if len(line) > longest:
        line = line[: longest - 1] + "\u2026"
    line = MARKUP.sub(r"\\\g<0>", JOINED.sub(APART, line))
    return "".join(ENTITIES.get(character, character) for character in line)


def _write_section(title: str, lines: Iterable[str], write: Callable[[str], object]) -> None:
    """A headline and what belongs under it; nothing where there is nothing."""
    empty = True
    for line in lines:
        if empty:
            write(f"\n## {title}\n\n")
        empty = False
        write(f"{line}\n")


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A table of cells that are escaped already; nothing without rows."""
    empty = True
    for row in rows:
        if empty:
            yield f"| {' | '.join(columns)} |"
            yield f"|{' --- |' * len(columns)}"
        empty = False
        yield f"| {' | '.join(map(str, row))} |"


def _circumstances(head: Facts) -> str:
    policy, source = head["policy"], head["source"]
    named = name(policy["name"] or "without a name")
    cloud = f"{name(source['cloud_name'])}, " if source["cloud_name"] else ""
    return (
        f"Policy {named} (SHA-256 {policy['sha256'][:12]}), evaluated at {head['evaluated_at']}, made at"
        f" {head['generated_at']}. Read from {cloud}{sentence(source['control_panel'])} as {name(source['api_user'])}."
    )


def _counts(head: Facts) -> Iterator[str]:
    summary, population = head["summary"], head["population"]
    outcomes = summary["by_outcome"]
    yield from _table(
        ("Outcome", "Number"), ((outcome.replace("_", " "), count) for outcome, count in outcomes.items() if count)
    )
    if any(outcomes.values()):
        yield ""
    states = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in summary["by_state"].items() if count)
    skipped = [
        f"{population[key]} {what}"
        for key, what in (("filtered_out", "filtered out"), ("deleted_meanwhile", "deleted meanwhile"))
        if population[key]
    ]
    yield (
        f"{counted(population['vms_listed'], 'VM')} listed"
        + "".join(f", {text}" for text in skipped)
        + (f". States: {states}." if states else ".")
    )
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


def _changes(changes: Facts | None) -> Iterator[str]:
    """What changed since the previous report, by name."""
    if changes is None:
        return
    yield f"Since the report of {changes['previous_generated_at']}:"
    yield ""
    for kind in CHANGES:
        items = changes[kind]
        if not items:
            continue
        names = ", ".join(_change(item) for item in items[:MOST_CHANGES])
        more = f" and {len(items) - MOST_CHANGES} more" if len(items) > MOST_CHANGES else ""
        yield f"- {kind.replace('_', ' ')}: {len(items)} ({names}{more})"


def _change(item: Facts) -> str:
    number = item["virtual_machine_id"]
    who = "the cloud" if number is None else f"{name(item['virtual_machine_label'] or 'no label')} (vm {number})"
    about = f" {name(item['about'])}" if item["about"] else ""
    return f"{who}: {name(item['check'])}{about}"


def _findings(findings: Sequence[Facts]) -> Iterator[str]:
    """The worst finding of each virtual machine; what is about the cloud has a row of its own each time."""
    rows: list[Facts] = []
    more: dict[int, int] = {}
    omitted = 0
    for finding in findings:
        vm_id = finding["virtual_machine_id"]
        if finding["status"] not in COUNTED:
            continue
        if vm_id is not None and vm_id in more:
            more[vm_id] += 1
            continue
        if vm_id is not None:
            more[vm_id] = 0
        if len(rows) < MOST_ROWS:
            rows.append(finding)
        else:
            omitted += 1
    yield from _table(
        ("Virtual machine", "Result", "Check", "What", "Rule", "More"),
        (_finding_row(finding, more) for finding in rows),
    )
    yield from _and_more(omitted)


def _finding_row(finding: Facts, more: dict[int, int]) -> Sequence[object]:
    vm_id = finding["virtual_machine_id"]
    result = "unknown" if finding["status"] == "unknown" else finding["severity"]
    return (
        "the cloud" if vm_id is None else f"{name(finding['virtual_machine_label'] or 'no label')} (vm {vm_id})",
        result,
        name(finding["check"]),
        sentence(finding["message"]),
        name(finding["rule"] or ""),
        more.get(vm_id, 0),
    )


def _exemptions(exemptions: Iterable[Facts]) -> Iterator[str]:
    """Exemptions that hid a result, expire soon or have expired."""
    shown = [one for one in exemptions if one["hidden"] or one["state"] in ("expiring", "expired")]
    yield from _table(
        ("Exemption", "State", "Last day", "Reason", "Approved by", "Hidden results"),
        (
            (
                name(one["id"]),
                one["state"],
                one["expires"],
                sentence(one["reason"]),
                name(one["approved_by"]),
                len(one["hidden"]),
            )
            for one in shown[:MOST_ROWS]
        ),
    )
    yield from _and_more(len(shown) - MOST_ROWS)


def _failures(population: Facts) -> Iterator[str]:
    """What could not be read, one line each."""
    failures = population["failures"]
    if not population["pages_complete"]:
        yield "- The list of virtual machines is incomplete."
    for failure in failures[:MOST_ROWS]:
        what = "the cloud" if failure["virtual_machine_id"] is None else f"vm {failure['virtual_machine_id']}"
        status = "" if failure["status"] is None else f", HTTP {failure['status']}"
        yield f"- {what}: {sentence(failure['text'])} ({name(failure['code'])}{status})"
    yield from _and_more(len(failures) - MOST_ROWS)


def _and_more(number: int) -> Iterator[str]:
    if number > 0:
        yield ""
        yield f"and {number} more in the report"
