# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of an earlier run, and what is refused as one."""

from __future__ import annotations

import json

import pytest
from ansible_collections.community.onapp.plugins.module_utils._compliance.previous import Previous, read_previous
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._reports import json as _json
from ansible_collections.community.onapp.tests.sample_report import machine, sample_report, text_of

PANEL = "https://onapp.example.com"
GOOD = {
    "schema_version": 1,
    "generated_at": "2026-03-29T06:00:00Z",
    "source": {"control_panel": PANEL},
    "summary": {"by_state": {"protected": 2, "stale": 1}},
    "findings": [],
}


@pytest.fixture
def read(tmp_path):
    def from_file(document, panel=PANEL):
        file = tmp_path / "earlier.json"
        file.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        return read_previous(str(file), panel)

    return from_file


def item(vm_id, check, status):
    return {"virtual_machine_id": vm_id, "check": check, "status": status}


def test_of_this_collection(read):
    report = sample_report()
    previous = read(text_of(_json.render, report))
    assert previous == Previous(
        report.head["generated_at"],
        len(list(report.vms)),
        frozenset((one["virtual_machine_id"], one["check"]) for one in report.findings),
    )
    empty = read(text_of(_json.render, sample_report([])))
    assert (empty.vms, empty.findings) == (0, frozenset())
    assert read(text_of(_json.render, sample_report([machine(1, "unknown")]))).vms == 1


def test_exempt_results_are_no_findings(read):
    findings = [item(1, "rpo", "fail"), item(2, "rpo", "exempt"), item(None, "population", "unknown")]
    assert read({**GOOD, "findings": findings}).findings == {(1, "rpo"), (None, "population")}


def test_large_parts_are_not_kept(read):
    """Nor looked at: a later one may have other things there."""
    previous = read(
        {**GOOD, "virtual_machines": "anything", "findings": [{**item(1, "rpo", "warn"), "message": [], "disks": 0}]}
    )
    assert previous.vms == 3


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": 2},
        {"schema_version": "1"},
        {"schema_version": None},
        {"source": None},
        {"source": []},
        {"source": {}},
        {"summary": {}},
        {"summary": {"by_state": [1, 2]}},
        {"summary": {"by_state": {"protected": None}}},
        {"summary": {"by_state": {"protected": "x"}}},
        {"summary": {"by_state": {"protected": float("inf")}}},
        {"summary": {"by_state": {"protected": float("nan")}}},
        {"findings": None},
        {"findings": {"a": 1}},
        {"findings": [None]},
        {"findings": [{"check": "rpo", "status": "fail"}]},
        {"findings": [item("one", "rpo", "fail")]},
    ],
    ids=str,
)
def test_other_json(read, change):
    with pytest.raises(ConfigError) as caught:
        read({**GOOD, **change})
    assert "previous_report is no report of this collection" in caught.value.text


@pytest.mark.parametrize("missing", list(GOOD))
def test_a_part_is_missing(read, missing):
    with pytest.raises(ConfigError):
        read({name: value for name, value in GOOD.items() if name != missing})


@pytest.mark.parametrize("text", ["", "<html>", "{", "[" * 100_000, '{"a": 1} {"b": 2}'], ids=lambda text: text[:9])
def test_no_json(read, text):
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert "previous_report is no JSON" in caught.value.text


@pytest.mark.parametrize("panel", ["https://other.example.com", f"{PANEL}/prefix", "http://onapp.example.com"])
def test_of_another_panel(read, panel):
    with pytest.raises(ConfigError) as caught:
        read(GOOD, panel)
    assert "of another control panel" in caught.value.text


def test_not_there(tmp_path):
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(ConfigError) as caught:
            read_previous(str(path), PANEL)
        assert str(path) in caught.value.text and "cannot be read" in caught.value.text
