# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Picture and table of the ages of all virtual machines relative to their limits."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._reports.html_elements import (
    element,
    heading_row,
    machines,
    row,
)

if t.TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report
    from ansible_collections.community.onapp.plugins.module_utils._reports.html_elements import Page
    from ansible_collections.community.onapp.plugins.module_utils._reports.html_survey import Survey

# Each grade: how its bar is labelled, what it means, and the class of its colour.
GRADES = {
    "0.5x": ("≤ 0.5x", "at most half the limit", "well"),
    "1x": ("≤ 1x", "at most the limit", "well"),
    "2x": ("≤ 2x", "at most twice the limit", "late"),
    "4x": ("≤ 4x", "at most four times the limit", "later"),
    "over_4x": ("> 4x", "more than four times the limit", "gone"),
    "never": ("never", "some disk has no usable recovery point", "gone"),
}
WIDTH = 560
BAR_FROM = 70
BAR_WIDTH = 400
STEP = 30


def ages(page: Page, report: Report, survey: Survey) -> None:
    """Bars and the same numbers as a table."""
    grades = report.head["summary"]["rpo_grades"]
    total = sum(grades[grade] for grade in GRADES)
    if not total:
        page.put(element("p", "No virtual machine has an age that could be compared with its limit."))
        return
    left_out = survey.machines - total
    page.put(
        element(
            "p",
            "The age of what the worst disk can be restored to, as a multiple of the limit that applies. ",
            f"{machines(left_out)} unknown, pending or not applicable: not counted here." if left_out > 0 else None,
        ),
    )
    with page.inside("div", class_="pair"):
        page.put(
            element("div", histogram(grades, total), class_="wide", role="region", tabindex=0, aria_label="Histogram")
        )
        with page.table("Virtual machines by age relative to limit", heading_row("Age", "Meaning", "Virtual machines")):
            for grade, (label, meaning, kind) in GRADES.items():
                page.put(row(label, meaning, f"{grades[grade]:,}"))


def histogram(grades: dict[str, int], total: int) -> Element:
    """A horizontal bar for each grade, with its number at its end."""
    most = max(grades[grade] for grade in GRADES)
    bars: list[Element] = []
    for place, (grade, (label, meaning, kind)) in enumerate(GRADES.items()):
        top = place * STEP
        width = f"{max(BAR_WIDTH * grades[grade] / most, 2 if grades[grade] else 0):.1f}"
        bars += [
            element("text", label, fill="currentColor", x=BAR_FROM - 8, y=top + 20, text_anchor="end"),
            element("rect", class_=kind, fill="currentColor", x=BAR_FROM, y=top + 4, width=width, height=STEP - 8),
            element(
                "text", f"{grades[grade]:,}", fill="currentColor", x=f"{BAR_FROM + float(width) + 8:.1f}", y=top + 20
            ),
        ]
    summary = ", ".join(f"{label} {grades[grade]:,}" for grade, (label, meaning, kind) in GRADES.items())
    height = len(GRADES) * STEP
    return element(
        "svg",
        element("title", "Virtual machines by age relative to limit", id="ages-title"),
        element("desc", f"A bar for each grade, of {machines(total)}: {summary}.", id="ages-desc"),
        bars,
        viewBox=f"0 0 {WIDTH} {height}",
        width=WIDTH,
        height=height,
        role="img",
        aria_labelledby="ages-title ages-desc",
    )
