# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The other tables of the HTML report, and what stands in their place where there is nothing to show."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._reports import html_elements
from ansible_collections.community.onapp.tests.sample_report import machine, sample_report
from ansible_collections.community.onapp.tests.unit.plugins.module_utils._reports.pages import (
    rows_of,
    section,
    words_of,
)


def test_failures_are_told_by_cause():
    report = sample_report([machine(number, "unknown") for number in range(1, 31)])
    report.head["population"]["failures"].append(
        {"virtual_machine_id": None, "code": "denied", "status": None, "text": "Not you."}
    )
    rows = rows_of(section(report, "covers"), "failures")
    assert [row[:4] for row in rows] == [
        ["The control panel could not answer.", "server", "503", "30"],
        ["Not you.", "denied", "none", "1"],
    ]
    assert rows[0][4].endswith("#19, #20 and 10 more")
    assert rows[1][4] == "the whole cloud"


def test_retention_ticks_counts_and_names_its_gaps():
    counts = (("2026-01", 4, 0, 0), ("2026-02", 3, 1, 0), ("2026-03", 0, 4, 0), ("2026-04", 0, 0, 4))
    periods = [{"period": name, "held": a, "missing": b, "not_applicable": c} for name, a, b, c in counts]
    gold = {"rule": "gold", "tier": "monthly", "count": 4, "min": 3, "periods": periods}
    short = {"rule": "short", "tier": "monthly", "count": 1, "min": 1, "periods": periods[:1]}
    part = section(sample_report(retention=[gold, short]), "retention")
    assert rows_of(part, "retention") == [
        ["gold", "3 of 4", "2026-02 (1 without), 2026-03 (4 without)", "✓", "3 of 4", "0 of 4", "–"],
        ["short", "1 of 1", "none", "✓", "not asked", "not asked", "not asked"],
    ]


def test_checks_have_percentages_that_are_rounded_down():
    counts = dict.fromkeys(("warn", "unknown", "exempt", "not_applicable", "insufficient_data"), 0)
    report = sample_report()
    report.head["summary"].update(percent=99.9, by_check={"rpo": {**counts, "pass": 1999, "fail": 1, "exempt": 7}})
    part = section(report, "checks")
    (row,) = rows_of(part, "checks")
    assert row[0] == "rpo"
    assert row[2:] == ["1,999", "0", "1", "0", "7", "0", "0", "99.9 %", "CIS 11.2"]
    assert "99.9 % of 64 results that count pass." in words_of(part)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("covers", "Everything that was asked for could be read."),
        ("worst", "There is no virtual machine to show."),
        ("calendar", "There is no virtual machine to show."),
        ("retention", "No rule asks for retention, or there is no virtual machine to ask it of."),
        ("servers", "There is no usable copy on any backup server."),
        ("checks", "No check has a result."),
        ("exemptions", "The policy has no exemption."),
        ("orphans", "Not assessed: the policy does not ask for it (scope.orphans)."),
        ("changes", "No earlier report was given to compare with."),
    ],
)
def test_section_with_nothing_to_show_says_so(name, sentence):
    empty = {"retention": [], "backup_servers": [], "exemptions": []}
    part = section(sample_report([], orphans={"assessed": False, "backups": []}, **empty), name)
    assert words_of(part.findall("p")[-1]) == sentence


def test_no_orphan_was_found():
    part = section(sample_report(orphans={"assessed": True, "backups": []}), "orphans")
    assert words_of(part.findall("p")[-1]) == "No backup was found of a virtual machine that is not listed."


def test_orphans_stop_somewhere():
    orphan = sample_report().head["orphans"]["backups"][0]
    backups = [{**orphan, "id": number} for number in range(1, 1502)]
    part = section(sample_report(orphans={"assessed": True, "backups": backups}), "orphans")
    assert words_of(part.findall("p")[0]).startswith("1,501 backups of ")
    assert len(part.findall(".//tbody/tr")) == 500
    assert words_of(part.findall("p")[-1]) == "And 1,001 more, which the record lists."


def test_causes_of_failures_stop_somewhere():
    report = sample_report([machine(1)])
    report.head["population"]["failures"] = [
        {"virtual_machine_id": number, "code": "server", "status": 500, "text": f"Error {number}."}
        for number in range(1, 53)
    ]
    part = section(report, "covers")
    assert len(rows_of(part, "failures")) == 50
    assert "And 2 more causes, which the record (JSON) lists." in words_of(part)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, "not known: the answers had no date"),
        (59, "agrees with the clock here to the minute"),
        (-59, "agrees with the clock here to the minute"),
        (60, "1 min ahead of the clock here"),
        (-420, "7 min behind the clock here"),
    ],
)
def test_clock_of_the_panel(seconds, told):
    report = sample_report([machine(1)])
    report.head["source"]["server_date_offset_s"] = seconds
    assert told in words_of(section(report, "covers"))


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (None, "unknown"),
        (0, "0 B"),
        (1023, "1023 B"),
        (318357504, "303.6 MiB"),
        (2**30, "1.0 GiB"),
        (3000 * 2**40, "3,000.0 TiB"),
    ],
)
def test_sizes_are_readable(size, text):
    assert html_elements.size_text(size) == text
