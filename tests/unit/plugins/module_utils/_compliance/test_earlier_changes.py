# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of an earlier run: valid files, and changes since then."""

from __future__ import annotations

import json
import os

import pytest
from ansible_collections.community.onapp.plugins.module_utils._compliance import earlier
from ansible_collections.community.onapp.plugins.module_utils._compliance.earlier import KINDS, Key, read_previous
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._reports import data as _data
from ansible_collections.community.onapp.tests.sample_report import sample_report, text_of
from ansible_collections.community.onapp.tests.unit.plugins.module_utils._compliance.test_run import (
    FORBIDDEN,
    LENIENT,
    exempt,
    finished_run,
    panel,
)

PANEL = "https://onapp.example.com"
COUNTS = {"critical": 1, "unknown": 4, "warning": 1, "exempt": 0, "compliant": 2, "not_applicable": 7}
GOOD = {
    "schema_version": 1,
    "generated_at": "2026-03-29T06:00:00Z",
    "source": {"control_panel": PANEL, "cloud_name": None},
    "policy": {"sha256": "0" * 64},
    "summary": {"by_outcome": COUNTS},
    "findings": [],
}


@pytest.fixture
def read(tmp_path):
    def from_file(document, panel=PANEL, cloud_name=None):
        file = tmp_path / "earlier.json"
        file.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        return read_previous(str(file), panel, cloud_name)

    return from_file


def item(number, check, status="fail", label=None, exemption=None, rule="standard"):
    names = {"virtual_machine_id": number, "virtual_machine_label": label, "rule": rule}
    return {**names, "check": check, "status": status, "exemption": exemption}


def test_valid_report(read):
    report = sample_report()
    previous = read(text_of(_data.JsonReport, report))
    assert previous.assessed == sum(report.head["summary"]["by_outcome"][name] for name in ("critical", "warning")) + 8
    assert set(previous.findings) == {
        Key(one["virtual_machine_id"], one["check"], None) for one in report.findings if one["status"] != "exempt"
    }
    assert read(text_of(_data.JsonReport, sample_report([]))).findings == {}


def test_exempt_results_are_no_findings(read):
    found = read({**GOOD, "findings": [item(1, "rpo"), item(2, "rpo", "exempt"), item(None, "population", "unknown")]})
    assert {key[:2] for key in found.findings} == {(1, "rpo"), (None, "population")}
    assert found.assessed == 4


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": 2},
        {"schema_version": "1"},
        {"generated_at": "yesterday"},
        {"generated_at": 7},
        {"source": None},
        {"source": []},
        {"source": {"control_panel": PANEL}},
        {"policy": None},
        {"policy": {"sha256": 5}},
        {"summary": {}},
        {"summary": {"by_outcome": [1, 2]}},
        {"summary": {"by_outcome": {**COUNTS, "critical": None}}},
        {"summary": {"by_outcome": {**COUNTS, "critical": "1"}}},
        {"summary": {"by_outcome": {**COUNTS, "critical": True}}},
        {"summary": {"by_outcome": {**COUNTS, "critical": -1}}},
        {"summary": {"by_outcome": {**COUNTS, "critical": float("nan")}}},
        {"findings": None},
        {"findings": {"a": 1}},
        {"findings": [None]},
        {"findings": [{"check": "rpo", "status": "fail"}]},
        {"findings": [item("one", "rpo")]},
        {"findings": [item(True, "rpo")]},
        {"findings": [item(1, "rpo", "pass")]},
        {"findings": [item(1, "rpo", [])]},
        {"findings": [item(1, ["rpo"])]},
        {"findings": [item(1, "new check")]},
        {"findings": [item(1, "rpo", label=5)]},
        {"findings": [item(None, "exemption", exemption=5)]},
    ],
    ids=str,
)
def test_other_json(read, change):
    with pytest.raises(ConfigError, match="previous_report is not a report of this collection"):
        read({**GOOD, **change})


@pytest.mark.parametrize("missing", list(GOOD))
def test_missing_key(read, missing):
    with pytest.raises(ConfigError, match="previous_report"):
        read({name: value for name, value in GOOD.items() if name != missing})


@pytest.mark.parametrize("text", ["null", "[]", "5", '"a"'])
def test_json_of_something_else(read, text):
    with pytest.raises(ConfigError, match="previous_report is not a report"):
        read(text)


@pytest.mark.parametrize(
    "text", ["", "<html>", "{", "[" * 100_000, '{"a":' * 100_000, '{"a": 1} {"b": 2}', "\0"], ids=lambda text: text[:9]
)
def test_no_json(read, text):
    with pytest.raises(ConfigError, match="previous_report is not a report of this collection"):
        read(text)


@pytest.mark.parametrize(
    ("panel_url", "cloud_name", "message"),
    [
        ("https://other.example.com", None, "of another control panel"),
        (f"{PANEL}/prefix", None, "of another control panel"),
        (PANEL, "ams", "of another cloud_name"),
    ],
)
def test_report_of_another_cloud(read, panel_url, cloud_name, message):
    with pytest.raises(ConfigError, match=message):
        read(GOOD, panel_url, cloud_name)


def test_unreadable(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_text("[]" + " " * 100)
    monkeypatch.setattr(earlier, "MOST_REPORT_BYTES", 100)
    for path, why in (
        ("none.json", "cannot be read: No such file"),
        (".", "is not a plain file"),
        ("pipe", "is not a plain file"),
        ("large", "is larger than"),
        ("a\0b", "cannot be read: the path is not valid"),
    ):
        with pytest.raises(ConfigError, match=f"previous_report .*{why}"):
            read_previous(os.path.join(tmp_path, path), PANEL, None)
    with pytest.raises(ConfigError, match="is not a plain file"):
        read_previous("/dev/zero", PANEL, None)


# Changes.

KINDS_NOW = ("fresh", "stale", "lost", "none", "bad time", "unread", "gone")


def previous_of(read, *findings, sha256="0" * 64):
    counts = dict.fromkeys(COUNTS, 0)
    return read({**GOOD, "policy": {"sha256": sha256}, "summary": {"by_outcome": counts}, "findings": list(findings)})


def changes_of(previous, *names, policy=None, filters=()):
    _run, outcome = finished_run(panel(*names), policy, filters, previous=previous)
    found = outcome.report.head["changes"]
    assert set(found) == {"previous_generated_at", "judged_before", *KINDS}
    return {kind: [(one["virtual_machine_id"], one["check"]) for one in found[kind]] for kind in KINDS if found[kind]}


def test_nothing_to_compare():
    assert finished_run(panel("fresh"))[1].report.head["changes"] is None


RPO_1 = [(1, "rpo")]
TO_WARN_LATER = {"defaults": {**LENIENT["defaults"], "rpo": "40h"}}


@pytest.mark.parametrize(
    ("names", "policy", "filters", "sha256", "expected"),
    [
        (["fresh"], None, [], "0" * 64, {"resolved": RPO_1}),
        (["stale"], None, [], "0" * 64, {"still": RPO_1}),
        (["stale"], None, [], "1" * 64, {"still": RPO_1}),
        (["fresh"], None, [], "1" * 64, {"policy_changed": RPO_1}),
        (["stale"], TO_WARN_LATER, [], "1" * 64, {"policy_changed": RPO_1}),
        (["unread", "fresh"], None, [], "0" * 64, {"new": [(1, "coverage")], "no_longer_judged": RPO_1}),
        (["bad time", "fresh"], None, [], "1" * 64, {"new": [(1, "coverage")], "no_longer_judged": RPO_1}),
        (["gone", "fresh"], None, [], "0" * 64, {"no_longer_judged": RPO_1}),
        (["lost", "fresh"], None, [{"exclude": {"id": 1}}], "0" * 64, {"no_longer_judged": RPO_1}),
        (["stale", "fresh"], exempt({"match": {"id": 1}}), [], "0" * 64, {"exempted": RPO_1}),
        (["stale", "fresh"], exempt({"match": {"id": 1}}), [], "1" * 64, {"exempted": RPO_1}),
    ],
)
def test_changes_of_findings(read, names, policy, filters, sha256, expected):
    previous = previous_of(read, item(1, "rpo"), sha256=sha256)
    assert changes_of(previous, *names, policy=policy, filters=filters) == expected


def test_findings_that_change_from_and_to_unknown(read):
    previous = previous_of(read, item(1, "coverage"), item(2, "coverage", "unknown"), item(3, "coverage", "unknown"))
    assert changes_of(previous, "unread", "none", "fresh", "fresh") == {
        "new": [(2, "coverage"), (2, "rpo"), (1, "coverage"), (2, "min_copies")],
        "no_longer_judged": [(1, "coverage")],
        "resolved": [(3, "coverage")],
    }


def test_check_that_was_switched_off(read):
    previous = previous_of(read, item(1, "max_gap", "warn"), sha256="1" * 64)
    assert changes_of(previous, "fresh") == {"policy_changed": [(1, "max_gap")]}


def test_findings_about_the_policy(read):
    policy = exempt({"match": {"label": "none"}}, {"match": {"label": "none"}})
    previous = previous_of(read, *(item(None, "exemption", "warn", None, f"EX-{number}") for number in (2, 3)))
    _run, outcome = finished_run(panel("fresh"), policy, previous=previous)
    found = outcome.report.head["changes"]
    assert [(kind, one["about"]) for kind in KINDS for one in found[kind]] == [
        ("new", "EX-1"),
        ("still", "EX-2"),
        ("resolved", "EX-3"),
    ]


def test_two_findings_about_an_exemption_are_one_change(read):
    policy = exempt({"match": {"label": "none"}, "expires": "2026-03-01"})
    _run, outcome = finished_run(panel("fresh"), policy, previous=previous_of(read))
    assert [item["actual"] for item in outcome.report.findings] == ["expired 2026-03-01", "matches nothing"]
    assert [one["about"] for one in outcome.report.head["changes"]["new"]] == ["EX-1"]


def test_virtual_machines_are_named(read):
    previous = previous_of(read, item(9, "rpo", label="old-9"))
    _run, outcome = finished_run(panel("stale"), previous=previous)
    found = outcome.report.head["changes"]
    assert [one["virtual_machine_label"] for one in found["new"]] == ["vm-1"]
    assert [one["virtual_machine_label"] for one in found["no_longer_judged"]] == ["old-9"]


def test_unreadable_list_resolves_nothing(read):
    previous = previous_of(read, item(1, "rpo"), item(None, "exemption", "warn", None, "EX-1"))
    client = panel("fresh", virtual_machines=FORBIDDEN)
    _run, outcome = finished_run(client, exempt({"match": {"any": True}}), previous=previous)
    found = outcome.report.head["changes"]
    assert {kind: len(found[kind]) for kind in KINDS if found[kind]} == {"new": 1, "no_longer_judged": 2}


@pytest.mark.parametrize(("before", "status"), [(10, "compliant"), (11, "unknown")])
def test_fewer_assessed_than_before(read, before, status):
    counts = {**COUNTS, "critical": 0, "warning": 0, "compliant": before}
    previous = read({**GOOD, "summary": {"by_outcome": counts}})
    assert finished_run(panel(*["fresh"] * 8), previous=previous)[1].status == status


def test_unknown_schedules_hide_no_drop(read):
    """Virtual machines of which only schedules were not read count as assessed, before as now."""
    counts = {**dict.fromkeys(COUNTS, 0), "unknown": 11, "compliant": 1, "critical": 1}
    findings = [item(number, "plan", "unknown") for number in range(1, 12)]
    findings += [item(12, "plan", "unknown"), item(12, "rpo", "fail"), item(13, "coverage", "unknown")]
    previous = read({**GOOD, "summary": {"by_outcome": counts}, "findings": findings})
    assert previous.assessed == 13
    _run, outcome = finished_run(panel(*["fresh"] * 8), previous=previous)
    assert outcome.status == "unknown"
