# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record as a file: equal to the record, valid by the schema, and suitable for diff."""

from __future__ import annotations

import json
import pathlib

import hypothesis
import jsonschema
import pytest
from ansible_collections.community.onapp.plugins.module_utils._reports import data as _data
from ansible_collections.community.onapp.tests.sample_report import machine, sample_report, text_of
from hypothesis import strategies as st

ROOT = pathlib.Path(__file__).parents[5]
SCHEMA = json.loads((ROOT / "docs/schemas/backup_report.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("report", [sample_report(), sample_report([]), sample_report([machine(1, "unknown")])])
def test_file_is_the_record(report):
    text = text_of(_data.JsonReport, report)
    read = json.loads(text)
    assert read == {**report.head, "virtual_machines": list(report.vms), "findings": list(report.findings)}
    assert list(read) == [name for name in SCHEMA["properties"] if name in read]
    assert SCHEMA["required"] == [name for name in SCHEMA["properties"] if name != "evidence"]
    jsonschema.Draft202012Validator(SCHEMA).validate(read)
    assert text.isascii()
    assert text.endswith("}\n")
    assert not text.endswith("\n\n")


def test_one_line_for_each_machine_and_finding():
    report = sample_report()
    lines = text_of(_data.JsonReport, report).splitlines()
    start = lines.index('  "virtual_machines": [') + 1
    end = lines.index("  ],", start)
    assert [json.loads(line.rstrip(",")) for line in lines[start:end]] == list(report.vms)
    start = lines.index('  "findings": [') + 1
    end = lines.index("  ],", start)
    assert [json.loads(line.rstrip(",")) for line in lines[start:end]] == list(report.findings)


def test_head_is_readable():
    lines = text_of(_data.JsonReport, sample_report()).splitlines()
    assert '  "status": "non_compliant",' in lines
    assert '    "control_panel": "https://onapp.example.com",' in lines
    assert max(map(len, lines[: lines.index('  "virtual_machines": [')])) < 160


def test_one_changed_machine_changes_one_line():
    before = text_of(_data.JsonReport, sample_report([machine(1), machine(2), machine(3)])).splitlines()
    after = text_of(_data.JsonReport, sample_report([machine(1), machine(2, copies=3), machine(3)])).splitlines()
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 1


@hypothesis.given(st.text(st.characters()))
def test_any_label(label):
    text = text_of(_data.JsonReport, sample_report([machine(1, "stale", label)]))
    text.encode("utf-8")
    read = json.loads(text)
    assert read["virtual_machines"][0]["label"] == label
    assert {finding["virtual_machine_label"] for finding in read["findings"]} == {label}
