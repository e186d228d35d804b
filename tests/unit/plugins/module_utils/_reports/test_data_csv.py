# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The spreadsheets: their content, without formulas."""

from __future__ import annotations

import csv
import io
import unicodedata

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._reports import data as _data
from ansible_collections.community.onapp.tests.sample_report import machine, result, sample_report, text_of
from hypothesis import strategies as st

DANGEROUS = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"
texts = st.text(st.one_of(st.sampled_from("=+-@;,\"'\t\r\n \x00\x1b\x85\xa0\u200b\ufeff\uff1d1a"), st.characters()))


def table(text):
    """The rows of a CSV file as dictionaries, with assertions about its format."""
    assert text.endswith("\r\n")
    assert text.startswith("\ufeff") and not text.startswith("\ufeff\ufeff")
    text = text[1:]
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert all(len(row) == len(header) for row in rows)
    return [dict(zip(header, row, strict=True)) for row in rows]


def bare(text):
    """The text without characters that may be added to or removed from cells."""
    unsurrogated = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    kept = [character for character in unsurrogated if unicodedata.category(character) not in ("Cc", "Zl", "Zp")]
    return "".join(kept).replace("'", "").replace(" ", "")


def is_safe(cell):
    """Whether no part of a cell is a formula, with any separator."""
    for part in cell.split(";"):
        visible = "".join(sign for sign in part if unicodedata.category(sign) != "Cf").strip().lstrip('" \xa0\u3000')
        if visible[:1] in tuple(DANGEROUS):
            return False
    return cell[:1] not in tuple(DANGEROUS)


def test_one_row_for_each_machine():
    report = sample_report()
    rows = table(text_of(_data.VmsCsv, report))
    assert [int(row["id"]) for row in rows] == [vm["id"] for vm in report.vms]
    assert [row["worst_status"] for row in rows[:7]] == [
        "fail",
        "fail",
        "unknown",
        "warn",
        "insufficient_data",
        "pass",
        "not_applicable",
    ]
    assert sum(int(row["findings"]) for row in rows) == len(report.findings)


def test_columns_of_a_machine():
    vm = machine(4, "stale", "db,1", flags=["single_copy", "at_risk"], rule='the "gold" rule')
    (row,) = table(text_of(_data.VmsCsv, sample_report([vm])))
    assert row == {
        "id": "4",
        "identifier": "vm00000004",
        "label": "db,1",
        "hostname": "web-04.example.com",
        "user_id": "7",
        "outcome": "warning",
        "rule": 'the "gold" rule',
        "state": "stale",
        "worst_status": "warn",
        "newest_at": "2026-03-28T12:00:00Z",
        "age_seconds": "151200",
        "rpo_seconds": "93600",
        "copies": "24",
        "total_size_bytes": "7640580096",
        "total_size_kb": "7461504",
        "flags": "single_copy at_risk",
        "findings": "2",
    }


def test_unknown_values_are_empty_cells():
    (row,) = table(text_of(_data.VmsCsv, sample_report([machine(1, "unknown", hostname=None, user_id=None)])))
    for column in ("hostname", "user_id", "newest_at", "age_seconds", "copies", "total_size_bytes", "total_size_kb"):
        assert row[column] == ""


@pytest.mark.parametrize(("state", "worst"), [("unknown", "unknown"), ("not_applicable", "not_applicable")])
def test_worst_status_of_a_machine_without_results(state, worst):
    (row,) = table(text_of(_data.VmsCsv, sample_report([machine(1, state, results=[])])))
    assert row["worst_status"] == worst


def test_failure_is_worse_than_unknown():
    results = [result("rpo"), result("size", "unknown"), result("coverage", "fail"), result("attempt", "warn")]
    (row,) = table(text_of(_data.VmsCsv, sample_report([machine(1, "stale", results=results)])))
    assert row["worst_status"] == "fail"


def test_one_row_for_each_finding():
    results = [result("rpo", "exempt", exemption="EX-014", disk_id=91, backup_ids=[5, 7], message="a,\nb")]
    report = sample_report([machine(1, "stale", "x", results=results)])
    assert table(text_of(_data.FindingsCsv, report)) == [
        {
            "virtual_machine_id": "1",
            "virtual_machine_label": "x",
            "rule": "standard",
            "check": "rpo",
            "status": "exempt",
            "severity": "warning",
            "disk_id": "91",
            "expected": "at most 26h",
            "actual": "5h",
            "message": "a, b",
            "backup_ids": "5 7",
            "exemption": "EX-014",
        }
    ]


def test_empty_report_has_headers():
    assert text_of(_data.VmsCsv, sample_report([])) == "\ufeff" + ",".join(_data.VM_COLUMNS) + "\r\n"
    assert text_of(_data.FindingsCsv, sample_report([])) == "\ufeff" + ",".join(_data.FINDING_COLUMNS) + "\r\n"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (-5, -5),
        (1.5, 1.5),
        (None, ""),
        ("", ""),
        ([], ""),
        ([3, 4], "3 4"),
        ("web-01", "web-01"),
        ("a=b", "a=b"),
        ("=1", "'=1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\u200b=1", "'\u200b=1"),
        ("\x00=1", "'=1"),
        ("\tx", "' x"),
        ("\rx", "' x"),
        ("\t=1", "' =1"),
        ("\t;=1", "' ;'=1"),
        ("\nx", " x"),
        ("\uff1d1", "'\uff1d1"),
        ("a;=1", "a;'=1"),
        ('a; "=1', "a;' \"=1"),
        ("a\x1b[31m\x7fb", "a[31mb"),
        ("a\r\nb", "a b"),
        ("a\udcffb", "a\ufffdb"),
    ],
)
def test_cell(value, cell):
    assert _data.cell(value) == cell


@hypothesis.given(label=texts, hostname=texts, message=texts)
def test_every_cell_is_safe_and_holds_its_text(label, hostname, message):
    vm = machine(1, "stale", label, hostname=hostname, results=[result("rpo", "warn", message=message)])
    report = sample_report([vm])
    (row,), (finding,) = table(text_of(_data.VmsCsv, report)), table(text_of(_data.FindingsCsv, report))
    assert bare(row["label"]) == bare(finding["virtual_machine_label"]) == bare(label)
    assert bare(row["hostname"]) == bare(hostname)
    assert bare(finding["message"]) == bare(message)
    for cell in [*row.values(), *finding.values()]:
        assert is_safe(cell)
        assert all(unicodedata.category(character) not in ("Cc", "Cs") for character in cell)
    assert row["label"].startswith("'") >= label.startswith(tuple(DANGEROUS))


def test_names_are_read_back_as_numbers_and_text():
    lines = text_of(_data.VmsCsv, sample_report([machine(5, "protected", "007")])).splitlines()
    assert lines[1].startswith("5,vm00000005,007,")
