# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The calendar of the HTML report: a table of virtual machines by days, with a letter in every cell."""

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._reports.html_elements import (
    element,
    foreign,
    machines,
    vm_name,
)
from ansible_collections.community.onapp.plugins.module_utils._reports.html_survey import CALM_STATES, MAX_ROWS
from ansible_collections.community.onapp.plugins.module_utils._reports.html_words import CELLS

if t.TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report
    from ansible_collections.community.onapp.plugins.module_utils._reports.html_elements import Page
    from ansible_collections.community.onapp.plugins.module_utils._reports.html_survey import Survey

    Facts = dict[str, t.Any]

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
ROOM_FOR_A_MONTH = 5
# Cells that are no letter: how they look, and the name of their class. The most frequent cell, S, has no class.
SHOWN = {".": "·", " ": ""}
CLASSES: dict[str, str | None] = {"S": None, ".": "d", " ": "e"}


def calendar(page: Page, report: Report, survey: Survey) -> None:
    """The rules that a cell follows, then a row for each virtual machine, or for those that matter in a large cloud."""
    days = report.head["calendar"]["days"]
    if not days or not survey.machines:
        page.put(element("p", "There is no virtual machine to show." if days else "The calendar has no days."))
        return
    zone, begin = report.head["calendar"]["timezone"], report.head["calendar"]["day_starts_at"]
    page.put(
        element("p", f"A day begins at {begin} in the zone {zone}. The last day is not over."),
        legend(),
    )
    if survey.is_large:
        _rules(page, days, survey)
    _machines(page, report, survey)


def legend() -> Element:
    """What the letters mean."""
    return element(
        "dl",
        *(
            element(
                "div",
                element("dt", SHOWN.get(letter, letter) or "blank", class_=CLASSES.get(letter, letter)),
                element("dd", meaning),
            )
            for letter, meaning in CELLS.items()
        ),
        class_="legend",
    )


def _rules(page: Page, days: list[str], survey: Survey) -> None:
    page.put(
        element(
            "p",
            f"With more than {machines(MAX_ROWS)}, those that are protected or not applicable have no row below; "
            "this table counts them all.",
        )
    )
    caption = "Virtual machines of each rule whose every disk has a backup of that day (S)"
    with page.table(caption, *_headings(days, "Rule"), kind="heat rules"):
        for name, rule in sorted(survey.rules.items()):
            page.put_lean_row(
                element(
                    "tr",
                    element("th", foreign(name), " ", element("small", machines(rule.machines)), scope="row"),
                    *(element("td", f"{number}") for number in rule.whole),
                )
            )


def _machines(page: Page, report: Report, survey: Survey) -> None:
    days = report.head["calendar"]["days"]
    number = survey.restless if survey.is_large else survey.machines
    if not number:
        page.put(element("p", "Every virtual machine is protected or not applicable, so none has a row here."))
        return
    shown = (vm for vm in report.vms if not (survey.is_large and vm["backup"]["state"] in CALM_STATES))
    with page.table("Backups by virtual machine and day", *_headings(days, "Virtual machine"), kind="heat"):
        for vm in itertools.islice(shown, MAX_ROWS):
            page.put_lean_row(_machine_row(vm, len(days)))
    if number > MAX_ROWS:
        page.put(
            element(
                "p",
                f"And {machines(number - MAX_ROWS)} more: the table stops after "
                f"{MAX_ROWS:,} rows, the record (JSON) has them all.",
            )
        )


def _headings(days: list[str], first: str) -> list[Element]:
    """A row with the months and a row with the days."""
    months = [(month, sum(1 for day in found)) for month, found in itertools.groupby(days, lambda day: day[:7])]
    return [
        element(
            "tr",
            element("th", first, scope="col", rowspan=2),
            *(element("th", _month(month, number), scope="colgroup", colspan=number) for month, number in months),
        ),
        element("tr", *(element("th", element("time", day[8:], datetime=day), scope="col") for day in days)),
    ]


def _month(month: str, days: int) -> Element:
    """The name of a month, cut where few columns lie below it."""
    name = MONTHS[int(month[5:]) - 1]
    whole = f"{name} {month[:4]}"
    return element("span", whole) if days >= ROOM_FOR_A_MONTH else element("abbr", name[:3], title=whole)


def _machine_row(vm: Facts, days: int) -> Element:
    letters = vm["calendar"]
    if letters is None:
        reason, kind = (
            ("not applicable", "o") if vm["backup"]["state"] == "not_applicable" else ("could not be judged", "q")
        )
        cells = [element("td", reason, class_=kind, colspan=days)]
    else:
        cells = [
            element("td", SHOWN.get(letter, letter), class_=CLASSES.get(letter, letter)) for letter in letters[:days]
        ]
    # The label and the id are in a block of their own so that a long label can be cut to two lines, and the id not.
    return element("tr", element("th", element("div", vm_name(vm["id"], vm["label"])), scope="row"), *cells)
