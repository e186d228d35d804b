# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pictures and colours of the HTML report: that they show what the tables say, to everybody."""

from __future__ import annotations

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._reports import (
    html_elements,
    html_style,
    html_timeline,
)
from ansible_collections.community.onapp.tests.sample_report import machine, sample_report
from ansible_collections.community.onapp.tests.unit.plugins.module_utils._reports.pages import (
    page_of,
    rows_of,
    section,
    words_of,
)
from hypothesis import strategies as st

SVG = "{http://www.w3.org/2000/svg}"


# --- pictures ---


def test_every_picture_has_a_title_a_description_and_a_table():
    page = page_of(sample_report())
    pictures = list(page.iter(f"{SVG}svg"))
    assert len(pictures) == 1 + 1 + 4  # ages, axis, and a strip for each of the worst
    parents = {child: parent for parent in page.iter() for child in parent}
    for picture in pictures:
        title, text = picture.find(f"{SVG}title"), picture.find(f"{SVG}desc")
        assert picture.get("role") == "img"
        assert picture.get("aria-labelledby").split() == [title.get("id"), text.get("id")]
        assert words_of(title)
        assert words_of(text)
        above = picture
        while above.tag != "section":
            above = parents[above]
        assert above.find(".//table") is not None


def test_ages_are_drawn_and_written():
    report = sample_report()
    report.head["summary"]["rpo_grades"] = {"0.5x": 400, "1x": 0, "2x": 200, "4x": 1, "over_4x": 0, "never": 3}
    part = section(report, "ages")
    bars = list(part.iter(f"{SVG}rect"))
    assert [strip.get("width") for strip in bars] == ["400.0", "0.0", "200.0", "2.0", "0.0", "3.0"]
    assert [words_of(row) for row in part.findall(".//tbody/tr/td[2]")] == ["400", "0", "200", "1", "0", "3"]
    assert "≤ 2x 200" in words_of(next(part.iter(f"{SVG}desc")))


def test_timeline_draws_and_names_every_tier():
    tiers = ("days", "weeks", "months", "years", "manual", "api", None)
    points = [
        {"id": place, "at": f"2026-03-{29 - place}T06:00:00Z", "initiated": tier, "backup_type": "normal"}
        for place, tier in enumerate(tiers)
    ]
    report = sample_report([machine(9, "stale")], timelines=[{"virtual_machine_id": 9, "points": points}])
    part = section(report, "timelines")
    (row,) = rows_of(part, "times")
    assert row[0] == "web-09 #9"
    assert row[1] == "26h, critical 50h"
    assert row[3:5] == ["2026-03-29 06:00 UTC", "2026-03-23 06:00 UTC"]
    assert row[5] == "7: 1 yearly, 1 monthly, 1 weekly, 1 daily, 1 manual, 2 other"
    marks = [item for item in part.iter(f"{SVG}path") if item.get("class") == "mark"]
    assert len(marks) == 7
    assert len({mark.get("d") for mark in marks}) == 6
    assert len([item for item in part.iter(f"{SVG}path") if item.get("class") == "now"]) == 1
    assert len([item for item in part.iter(f"{SVG}rect") if item.get("class") == "inside"]) == 1


def test_a_limit_that_is_never_critical_has_one_band():
    vm = machine(9, "stale", rpo_critical_seconds=None)
    bands = [item.get("class") for item in section(sample_report([vm]), "timelines").iter(f"{SVG}rect")]
    assert "inside" in bands
    assert "over" not in bands


@hypothesis.given(st.integers(1, 10**10), st.lists(st.integers(-(10**5), 10**10)))
def test_older_points_stand_further_left_and_all_within_the_picture(span, ages):
    axis = html_timeline.Axis(span)
    places = [axis.place(age) for age in sorted(ages)]
    assert places == sorted(places, reverse=True)
    assert all(html_timeline.MARGIN <= place <= html_timeline.WIDTH - html_timeline.MARGIN for place in places)
    ticks = [place for place, label in axis.ticks()]
    assert all(right - left >= 34 for right, left in zip(ticks, ticks[1:], strict=False))


# --- colours ---


def luminance(colour):
    """The relative luminance of WCAG 2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 2])
@pytest.mark.parametrize("name", html_style.PALETTE)
def test_text_stands_out_from_its_ground(name, scheme):
    text, ground = (luminance(colour) for colour in html_style.PALETTE[name][scheme : scheme + 2])
    assert (max(text, ground) + 0.05) / (min(text, ground) + 0.05) >= 4.5


@hypothesis.given(st.text())
def test_foot_of_the_page_stays_within_its_quotes(text):
    style = html_style.page_style(html_elements.clean(text))
    assert style.count('"') == 4
    assert "<" not in style
    assert style.isascii()
