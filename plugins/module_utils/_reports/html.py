# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as one HTML file: no script, no network, readable without its style sheet.

The virtual machines appear in three sections. Those parts are rendered into temporary files while the virtual machines
pass by, so that memory does not grow with the cloud.
"""

from __future__ import annotations

import collections
import datetime
import functools
import itertools
import re
import typing as t
import zoneinfo
from collections.abc import Iterable, Iterator

from .. import _text
from .._checks.results import STATUSES
from .._compliance.report import PLUGIN
from .._policy import catalogue, values
from . import html_template
from .writer import STATUS_WORDS, Facts, ReportWriter, TextBuffer, counted, headline_text, percentage_text

if t.TYPE_CHECKING:
    import jinja2

FINDING = ("fail", "unknown", "warn", "exempt")
QUIET_STATES = ("protected", "pending", "not_applicable")
MOST_CALENDAR_ROWS = 2000
MOST_PERIOD_ROWS = 2000
MOST_LISTED = 200
MOST_FAILURES = 50
MOST_CLOUD_FINDINGS = 20
MOST_VMS_OF_A_CHECK = 20
# Every character that an HTML document may contain. The class is negated because a match of its first ranges is fast.
# It is compiled at its first use, which takes long.
FORBIDDEN = (
    "[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd"
    + "".join(f"{chr(plane)}-{chr(plane + 0xFFFD)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)
# Cells of the calendar by the letter, for str.translate.
CELL_MARKUP = {
    ord(letter): f'<td class="{kind}">{letter}' if kind else f"<td>{letter}"
    for letter, (kind, _meaning) in html_template.CELLS.items()
}


class HtmlReport(ReportWriter):
    """report.html; the page shows the attributes. Raises ImportError without Jinja2, which the entry point checks."""

    def begin(self) -> None:
        self.macros: t.Any = _environment().get_template("macros").module
        self.todo: dict[str, TextBuffer] = collections.defaultdict(TextBuffer)
        self.todo_numbers = collections.Counter[str]()
        self.vm_rows, self.calendar_rows = TextBuffer(), TextBuffer()
        self.in_calendar = 0
        # Virtual machines that the calendar omits, by the name of their rule.
        self.omitted = collections.Counter[str]()
        self.vms_of_check: dict[str, list[tuple[int, str]]] = collections.defaultdict(list)
        self.findings_of_check = collections.Counter[str]()
        self.vms = sum(self.head["summary"]["by_outcome"].values())

    def add(self, vm: Facts) -> None:
        state = vm["backup"]["state"]
        findings = [one for one in vm["results"] if one["status"] in FINDING]
        groups = grouped(findings)
        if groups:
            self.todo[state].write(self.macros.vm_findings(vm, groups))
            self.todo_numbers[state] += 1
        for one in findings:
            self.findings_of_check[one["check"]] += 1
            if len(self.vms_of_check[one["check"]]) < MOST_VMS_OF_A_CHECK:
                self.vms_of_check[one["check"]].append((vm["id"], vm["label"]))
        self.vm_rows.write(self.macros.vm_row(vm, len(groups)))
        is_omitted = self.vms > MOST_CALENDAR_ROWS and state in QUIET_STATES
        if not is_omitted and self.in_calendar < MOST_CALENDAR_ROWS:
            days = len(self.head["calendar"]["days"])
            cells = None if vm["calendar"] is None else vm["calendar"][days - 1 :: -1].translate(CELL_MARKUP)
            self.calendar_rows.write(self.macros.calendar_row(vm, cells, days))
            self.in_calendar += 1
        else:
            self.omitted[vm["backup"]["rule"]] += 1

    def end(self) -> None:
        head = self.head
        page = _environment().get_template("page")
        for text in page.generate(
            vars(self),
            word=STATUS_WORDS[head["status"]],
            headline=headline_text(head),
            local_time=local_time(head["evaluated_at"], head["calendar"]["timezone"]),
            imprint=f"{head['evaluated_at']}  policy {head['policy']['sha256']}  {head['source']['control_panel']}",
            about_cloud=[one for one in self.report.findings if one["virtual_machine_id"] is None],
            failures=list(failure_causes(head["population"]["failures"])),
            months=list(months(head["calendar"]["days"])),
            most_calendar_rows=MOST_CALENDAR_ROWS,
            period_rows=period_rows(head["history"]),
            rules=shown_rules(head["rules"]),
            percentage=percentage_text(head["summary"]),
        ):
            self.write(clean(text))


@functools.lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    """The templates, and what they use. Raises ImportError if Jinja2 is missing."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True,
        keep_trailing_newline=True,
        loader=jinja2.DictLoader(html_template.TEMPLATES),
        undefined=jinja2.StrictUndefined,
    )
    environment.globals.update(
        {name: value for name, value in vars(html_template).items() if name.isupper()},
        CHECKS=catalogue.CHECKS,
        MOST_CLOUD_FINDINGS=MOST_CLOUD_FINDINGS,
        MOST_LISTED=MOST_LISTED,
        PLUGIN=PLUGIN,
        STATUSES=list(STATUSES),
        VM_CHECKS=catalogue.VM_CHECKS,
    )
    environment.filters.update(
        counted=counted,
        css=css_escaped,
        duration=values.duration_text,
        grouped=grouped,
        number="{:,}".format,
        setting=setting_text,
        shortened=_text.shortened,
        share=lambda percent: "no day counts" if percent is None else f"{percent} %",
        size=size_text,
        spans=day_spans,
        words=lambda name: name.replace("_", " "),
    )
    return environment


def clean(text: str) -> str:
    """The text with U+FFFD in place of every character that HTML does not allow."""
    return re.sub(FORBIDDEN, "\ufffd", text)


def css_escaped(text: str) -> str:
    """The inside of a string of a style sheet. All but letters and digits is escaped, so the text cannot end it."""
    return re.sub("[^A-Za-z0-9]", lambda found: f"\\{ord(found[0]):x} ", clean(text))


def local_time(text: str, zone: str) -> str:
    """The time in the time zone of the policy, in parentheses; empty for UTC."""
    if zone == "UTC":
        return ""
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return f" ({moment.astimezone(zoneinfo.ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone})"


def grouped(findings: Iterable[Facts]) -> list[tuple[str, str]]:
    """Findings as labels and messages; checks with the same status and message share one entry."""
    groups: dict[tuple[str, str], list[Facts]] = {}
    for one in findings:
        groups.setdefault((one["status"], one["message"]), []).append(one)
    entries = []
    for (status, message), items in groups.items():
        label = "Unknown" if status == "unknown" else items[0]["severity"].capitalize()
        if status == "exempt":
            label = f"Exempt ({items[0]['exemption']})"
        entries.append((f"{label}: {', '.join(one['check'] for one in items)}", message))
    return entries


def size_text(size: int | None) -> str:
    """Bytes as people read them: `620 B`, `303.6 MiB`."""
    if size is None:
        return "unknown"
    if size < 1024:
        return f"{size} B"
    power = min((size.bit_length() - 1) // 10, 4)
    return f"{size / 1024**power:,.1f} {' KMGT'[power]}iB"


def setting_text(value: t.Any) -> str:
    """A value of the policy language on one line, as YAML writes it."""
    if value is None:
        return "off"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {setting_text(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(setting_text, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def failure_causes(failures: list[Facts]) -> Iterator[tuple[str, str]]:
    """What could not be read, by cause: one cause can affect thousands of VMs."""
    causes: dict[tuple[str, str], list[int | None]] = {}
    for one in failures:
        causes.setdefault((one["code"], one["text"]), []).append(one["virtual_machine_id"])
    for (code, text), ids in itertools.islice(causes.items(), MOST_FAILURES):
        named = [f"#{number}" for number in ids[:MOST_VMS_OF_A_CHECK] if number is not None]
        more = f" and {len(ids) - MOST_VMS_OF_A_CHECK:,} more" if len(ids) > MOST_VMS_OF_A_CHECK else ""
        yield f"VM {', '.join(named)}{more}" if named else "The cloud", f"{text} ({code})"
    if len(causes) > MOST_FAILURES:
        more = counted(len(causes) - MOST_FAILURES, "more cause")
        yield "The cloud", f"{more}, see report.json"


def months(days: list[str]) -> Iterator[tuple[str, int]]:
    """The months of the days, the newest first, with the number of their days."""
    for month, group in itertools.groupby(reversed(days), lambda day: day[:7]):
        yield month, len(list(group))


def shown_rules(rules: list[Facts]) -> list[Facts]:
    """The rules that the page shows, in their order; of very many, first those that decide for a VM."""
    places = sorted(range(len(rules)), key=lambda place: (not rules[place]["decided"], place))
    return [rules[place] for place in sorted(places[:MOST_LISTED])]


def period_rows(history: Facts | None) -> list[Facts]:
    """The days of the cloud, then those of the VMs with the fewest compliant days."""
    if history is None:
        return []
    vms = sorted(
        history["virtual_machines"],
        key=lambda one: (101 if one["percent"] is None else one["percent"], one["virtual_machine_id"]),
    )
    return [{"virtual_machine_id": None, **history["cloud"]}, *vms[:MOST_PERIOD_ROWS]]


def day_spans(days: list[str]) -> Iterator[str]:
    """Days in ascending order, those that follow one another as `first to last`."""
    for _shift, group in itertools.groupby(
        enumerate(days), lambda item: datetime.date.fromisoformat(item[1]).toordinal() - item[0]
    ):
        found = [day for _number, day in group]
        yield found[0] if len(found) == 1 else f"{found[0]} to {found[-1]}"
