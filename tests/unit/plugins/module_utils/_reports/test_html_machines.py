# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTML report on virtual machines: the worst of them, and all of them by day."""

from __future__ import annotations

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._reports import html, html_machines
from ansible_collections.community.onapp.plugins.module_utils._reports.html_words import CELLS
from ansible_collections.community.onapp.tests.sample_report import machine, result, sample_report, text_of
from ansible_collections.community.onapp.tests.unit.plugins.module_utils._reports.pages import (
    rows_of,
    section,
    words_of,
)
from hypothesis import strategies as st

# --- worst first ---


def test_worst_table_says_everything_about_a_machine():
    vm = machine(4, "stale", flags=["single_copy", "at_risk"])
    vm["results"] += [
        result("size", "warn", "info", message="info"),
        result("attempt", "fail", "critical", message="the attempt is stuck"),
        result("max_gap", "exempt", "critical", message="a gap", exemption="EX-1"),
    ]
    (row,) = rows_of(section(sample_report([vm]), "worst"), "worst")
    assert row == [
        "web-04 #4",
        "stale",
        "standard",
        "1.6x 42h of 26h",
        "root #91",
        "24",
        "single copy, at risk",
        "the attempt is stuck and 4 more findings",
    ]


def test_machines_without_an_age_say_why():
    vms = [machine(1, "unprotected"), machine(2, "unknown", reasons=["HTTP 503", "no disks"]), machine(3, "pending")]
    rows = rows_of(section(sample_report(vms), "worst"), "worst")
    assert [row[3] for row in rows] == ["never limit 26h", "unknown limit 26h", "none yet limit 26h"]
    assert [row[5] for row in rows] == ["0", "unknown", "0"]
    assert rows[1][7] == "HTTP 503 and 1 more reason"
    assert rows[2][7] == "it is pending"


def test_machines_without_a_finding_are_counted_and_not_shown():
    waiting = machine(3, results=[result("size", "insufficient_data")])
    exempt = machine(4, results=[result("rpo", "exempt", exemption="EX-1", message="old")])
    vms = [machine(1), machine(2), waiting, exempt, machine(5, "not_applicable")]
    part = section(sample_report(vms), "worst")
    assert [row[0] for row in rows_of(part, "worst")] == ["web-04 #4"]
    assert rows_of(part, "worst")[0][7] == "old (exempt: EX-1)"
    assert [words_of(item) for item in part.findall("p")] == [
        "2 virtual machines meet every check.",
        "1 virtual machine has no finding, but a check needs more data.",
        "1 virtual machine is not subject to the policy.",
    ]


def test_findings_about_the_cloud_come_before_the_machines():
    report = sample_report([machine(1)])
    about = {
        "virtual_machine_id": None,
        "virtual_machine_label": None,
        "rule": None,
        **result("population", "unknown", message="no backup at all"),
    }
    part = section(report._replace(findings=[about]), "worst")
    assert [words_of(item) for item in part.iter("li")] == ["population: no backup at all"]


@hypothesis.example(93601, 93600)
@hypothesis.example(93600, 93600)
@hypothesis.given(st.integers(0, 10**9), st.integers(1, 10**8))
def test_multiple_of_the_limit_never_hides_that_it_is_exceeded(age, limit):
    text = html_machines.multiple(age, limit)
    if text == "over 1.0x":
        assert limit < age < limit * 1.05
    else:
        value = float(text.rstrip("x").replace(",", ""))
        assert abs(value - age / limit) <= 0.0500001 * max(1, age / limit / 1e9)
        assert (value > 1) <= (age > limit)
        assert (value <= 1) == (age <= limit)


@pytest.mark.parametrize(
    ("age", "limit", "text"),
    [(5, 0, "over 1.0x"), (101, 100, "over 1.0x"), (100, 100, "1.0x"), (106, 100, "1.1x"), (123456, 10, "12,345.6x")],
)
def test_multiple_of_the_limit(age, limit, text):
    assert html_machines.multiple(age, limit) == text


# --- calendar ---


def test_letters_of_every_machine_can_be_read_without_the_style_sheet():
    vms = [machine(1, calendar="SPFMRNx. " * 3 + "x" * 8), machine(2, calendar=" " * 34 + "R"), machine(3, "unknown")]
    table = section(sample_report([*vms, machine(4, "not_applicable")]), "calendar").find(".//table[@class='heat']")
    back = {"·": ".", "": " "}
    rows = {words_of(row[0]): [words_of(cell) for cell in row[1:]] for row in table.find("tbody")}
    read = {name: "".join(back.get(cell, cell) for cell in cells) for name, cells in rows.items()}
    assert read == {
        "web-01 #1": vms[0]["calendar"],
        "web-02 #2": vms[1]["calendar"],
        "web-03 #3": "could not be judged",
        "web-04 #4": "not applicable",
    }
    assert [row[1].get("colspan") for row in table.find("tbody")] == [None, None, "35", "35"]


def test_columns_are_the_days_below_their_months():
    report = sample_report()
    report.head["calendar"]["days"] = ["2026-01-31", *(f"2026-02-{day:02d}" for day in range(1, 29)), "2026-03-01"]
    months, days = section(report, "calendar").find(".//table[@class='heat']/thead")
    assert [(words_of(cell), cell.get("colspan")) for cell in months] == [
        ("Virtual machine", None),
        ("Jan", "1"),
        ("February 2026", "28"),
        ("Mar", "1"),
    ]
    assert [cell[0].get("datetime") for cell in days] == report.head["calendar"]["days"]
    assert [words_of(cell) for cell in days][:3] == ["31", "01", "02"]


def test_legend_explains_every_letter_that_the_schema_knows():
    terms = section(sample_report(), "calendar").find("dl[@class='legend']")
    assert {words_of(item) for item in terms.iter("dt")} == set("SPFMRNx") | {"·", "blank"}
    assert set(CELLS) == set("SPFMRNx. ")
    assert all(words_of(item) for item in terms.iter("dd"))


def large_cloud(stale=100):
    """5,000 machines of two rules."""
    return [
        machine(number, "stale" if number <= stale else "protected", rule="gold" if number > 4000 else "standard")
        for number in range(1, 5001)
    ]


@pytest.mark.slow
def test_large_cloud_shows_those_that_matter_and_counts_the_others_by_rule():
    part = section(sample_report(large_cloud()), "calendar")
    assert [row[0] for row in rows_of(part, "heat")] == [f"web-{number:02d} #{number}" for number in range(1, 101)]
    gold, standard = rows_of(part, "heat rules")
    assert (gold[0], standard[0]) == ("gold 1,000 virtual machines", "standard 4,000 virtual machines")
    assert (gold[-1], standard[-1], standard[1], standard[-2]) == ("1000", "3900", "0", "4000")
    assert gold[27] == "0", "a day of mixed results is not a day of S"


@pytest.mark.slow
def test_a_calm_cloud_of_5000_is_short():
    text = text_of(html.HtmlReport, sample_report(large_cloud(0)))
    assert len(text.encode()) < 64 * 1024
    assert "Every virtual machine is protected or not applicable" in text


@pytest.mark.slow
def test_rows_keep_to_the_size_budget_and_tables_stop_somewhere():
    text = text_of(html.HtmlReport, sample_report(large_cloud(5000)))
    begin, end = text.index('<section id="calendar"'), text.index('<section id="retention"')
    assert text.count("<tr>", begin, end) > 2000
    assert len(text[begin:end].encode()) < 2000 * 524
    assert len(text.encode()) < 2 * 1024 * 1024
    assert text.count("the table stops after 2,000 rows") == 2
    assert "And 3,000 virtual machines more" in text
