# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The recovery points of the worst virtual machines on a time axis, a strip for each, and the same in words.

The axis is logarithmic and ends at the time of the evaluation, so that the last hours and the last years both show.
"""

from __future__ import annotations

import collections
import math
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._fields import moment
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import duration_text
from ansible_collections.community.onapp.plugins.module_utils._reports.html_elements import (
    count,
    element,
    heading_row,
    row,
    time,
    vm_name,
)

if t.TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report
    from ansible_collections.community.onapp.plugins.module_utils._reports.html_elements import Content, Page
    from ansible_collections.community.onapp.plugins.module_utils._reports.html_survey import Survey

    Facts = dict[str, t.Any]

HOUR = 3600
DAY = 24 * HOUR
WIDTH = 600
# Room at both ends for marks and labels that stand on the first or last moment.
MARGIN = 24
HEIGHT = 66
LANE = 11
TICKS = (
    (HOUR, "1h"),
    (6 * HOUR, "6h"),
    (DAY, "1d"),
    (3 * DAY, "3d"),
    (7 * DAY, "1w"),
    (30 * DAY, "30d"),
    (90 * DAY, "90d"),
    (365 * DAY, "1y"),
    (3 * 365 * DAY, "3y"),
    (10 * 365 * DAY, "10y"),
)
MIN_TICK_DISTANCE = 34
# Here and below, colours as attributes are for where the style sheet is stripped.
BAND: dict[str, t.Any] = {"y": 0, "height": HEIGHT, "fill": "none", "stroke": "currentColor"}
# By what started a backup: the mark in words, its sign in the legend, and its outline around the point (0, 0).
TIERS = {
    "years": ("yearly", "◆", "M0-5L5 0L0 5L-5 0Z"),
    "months": ("monthly", "▲", "M0-5L5 4H-5Z"),
    "weeks": ("weekly", "■", "M-4-4H4V4H-4Z"),
    "days": ("daily", "●", "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0-4 0Z"),
    "manual": ("manual", "✚", "M-1.5-5H1.5V-1.5H5V1.5H1.5V5H-1.5V1.5H-5V-1.5H-1.5Z"),
    "other": ("other", "▼", "M0 5L5-4H-5Z"),
}


class Axis(t.NamedTuple):
    """A logarithmic axis from `span` seconds ago on its left to now on its right."""

    span: int

    def place(self, age: int) -> float:
        """Where an age stands, from the left."""
        share = math.log1p(min(max(age, 0), self.span) / HOUR) / math.log1p(self.span / HOUR)
        return round(WIDTH - MARGIN - (WIDTH - 2 * MARGIN) * share, 1)

    def ticks(self) -> list[tuple[float, str]]:
        """The moments that have a line and a label, with room between them."""
        chosen = [(self.place(0), "now")]
        for age, label in TICKS:
            place = self.place(age)
            if age <= self.span and chosen[-1][0] - place >= MIN_TICK_DISTANCE:
                chosen.append((place, label))
        return chosen


def timelines(page: Page, report: Report, survey: Survey) -> None:
    """A row for each of the worst virtual machines."""
    now = moment(report.head["evaluated_at"])
    shown = [item for item in report.head["timelines"] if item["virtual_machine_id"] in survey.chosen]
    if not shown:
        page.put(element("p", "There is no virtual machine whose recovery points would have to be shown."))
        return
    axis = _axis(shown, survey, now)
    page.put(
        element(
            "p",
            "Each mark is a usable recovery point, in the row of what started it: ",
            ", ".join(f"{sign} {name}" for name, sign, outline in TIERS.values()),
            ". The time axis is logarithmic. The blue band ends at the limit, the orange one where exceeding it "
            "becomes critical; the line on the right is the time of the evaluation.",
        )
    )
    headings = heading_row("Virtual machine", "Limit", _scale(axis), "Newest", "Oldest", "Points")
    with page.table("Recovery points of the worst virtual machines", headings, kind="times"):
        for item in shown:
            page.put(_row(item, survey.chosen[item["virtual_machine_id"]], axis, now))


def _axis(shown: list[Facts], survey: Survey, now: int) -> Axis:
    """An axis that holds every point and every limit."""
    ages = [now - moment(point["at"]) for item in shown for point in item["points"]]
    vms = [survey.chosen[item["virtual_machine_id"]] for item in shown]
    limits = [limit for vm in vms for limit in (vm["rpo_seconds"], vm["rpo_critical_seconds"]) if limit]
    return Axis(max([2 * DAY, *ages, *limits]))


def _row(item: Facts, vm: Facts, axis: Axis, now: int) -> Element:
    points = item["points"]
    critical = vm["rpo_critical_seconds"]
    limit = duration_text(vm["rpo_seconds"])
    return row(
        vm_name(item["virtual_machine_id"], vm["label"]),
        f"{limit}, critical {duration_text(critical)}" if critical else limit,
        strip(item, vm, axis, now),
        time(points[0]["at"] if points else None, "never"),
        time(points[-1]["at"] if points else None, "never"),
        in_words(points),
    )


def in_words(points: list[Facts]) -> str:
    """The number of points, by what started them."""
    if not points:
        return "no usable recovery point"
    tiers = collections.Counter(_tier(point) for point in points)
    named = ", ".join(f"{tiers[tier]:,} {TIERS[tier][0]}" for tier in TIERS if tiers[tier])
    return f"{len(points):,}: {named}"


def _tier(point: Facts) -> str:
    return point["initiated"] if point["initiated"] in TIERS else "other"


def strip(item: Facts, vm: Facts, axis: Axis, now: int) -> Element:
    """The points of one virtual machine."""
    number = item["virtual_machine_id"]
    limit = axis.place(vm["rpo_seconds"])
    drawn: list[Element] = [element("rect", class_="inside", x=limit, width=_wide(axis, limit), **BAND)]
    if vm["rpo_critical_seconds"]:
        critical = axis.place(vm["rpo_critical_seconds"])
        drawn.append(element("rect", class_="over", x=critical, width=f"{max(limit - critical, 0):.1f}", **BAND))
    drawn += [
        element("path", class_="now" if label == "now" else "tick", stroke="currentColor", d=f"M{place} 0V{HEIGHT}")
        for place, label in axis.ticks()
    ]
    # Points that would lie on one another are drawn once.
    marks = {(axis.place(now - moment(point["at"])), _tier(point)): None for point in item["points"]}
    lanes = list(TIERS)
    drawn += [
        element(
            "path",
            class_="mark",
            fill="currentColor",
            d=TIERS[tier][2],
            transform=f"translate({x} {6 + LANE * lanes.index(tier)})",
        )
        for x, tier in marks
    ]
    title = f"Recovery points of virtual machine {number}"
    text = count(len(item["points"]), "usable recovery point") + ", listed by the columns beside the picture."
    return _picture(f"points-{number}", title, text, drawn, HEIGHT)


def _wide(axis: Axis, start: float) -> str:
    return f"{axis.place(0) - start:.1f}"


def _scale(axis: Axis) -> Element:
    """The labels of the axis, for the head of the column."""
    labels = axis.ticks()
    drawn = [
        element("text", label, fill="currentColor", x=place, y=14, text_anchor="middle") for place, label in labels
    ]
    text = "Logarithmic, from the past on the left to the time of the evaluation on the right: " + ", ".join(
        label for place, label in reversed(labels)
    )
    return _picture("points-axis", "Time axis", text, drawn, 20)


def _picture(name: str, title: str, text: str, drawn: list[Element], height: int) -> Element:
    content: Content = [element("title", title, id=f"{name}-title"), element("desc", text, id=f"{name}-desc"), drawn]
    return element(
        "svg",
        content,
        viewBox=f"0 0 {WIDTH} {height}",
        width=WIDTH,
        height=height,
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )
