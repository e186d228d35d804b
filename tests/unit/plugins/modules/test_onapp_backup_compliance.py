# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module in this process on the simulated panel: result, reports and failures."""

from __future__ import annotations

import base64
import builtins
import csv
import errno
import hashlib
import html.parser
import importlib.util
import json
import os
import pathlib
import re
import tempfile
from xml.etree import ElementTree

import jsonschema
import pytest
import yaml
from ansible_collections.community.onapp.plugins.modules import onapp_backup_compliance
from ansible_collections.community.onapp.tests.sample_report import HOSTILE_LABELS, REPORT_FILES

ROOT = pathlib.Path(__file__).parents[4]
SCHEMA = json.loads((ROOT / "docs/schemas/backup_report.schema.json").read_text(encoding="utf-8"))
NOW = "2026-03-30T06:00:00Z"
FRESH, STALE, LOST = "2026-03-30T01:00:00Z", "2026-03-29T00:00:00Z", "2026-03-20T01:00:00Z"
FILES = sorted(REPORT_FILES)
OF_ANSIBLE = {"invocation", "exception"}
RESULTS = {"status", "passed", "headline", "summary", "findings", "reports", "changed"}
# The requirements that one backup of each disk meets.
LENIENT = {"defaults": {"rpo_critical": "50h", "min_copies": 1, "retention": None, "max_gap": None}}
EXEMPTION = {
    "id": "EX-1",
    "match": {"id": 2},
    "checks": "*",
    "category": "waiver",
    "reason": "Built anew every night",
    "approved_by": "J. Doe",
    "expires": "2026-06-30",
}


def machine(number, at=FRESH, **facts):
    """A virtual machine with one disk and one backup, or without a backup if `at` is None."""
    backups = [] if at is None else [{"id": 1000 + number, "created_at": at}]
    return {"id": number, "label": f"vm-{number}", "disks": [{"id": 100 + number}], "backups": backups, **facts}


def cloud(*machines, **more):
    return {"virtual_machines": list(machines), **more}


def lenient(**more):
    """The lenient policy with additional sections."""
    return {**LENIENT, **more}


def exempt(**keys):
    return lenient(exemptions=[{**EXEMPTION, **keys}])


HEALTHY = cloud(machine(1), machine(2), machine(3))
# By the severity of the worst finding; unknown virtual machines have a backup with an unreadable time.
CLOUDS = {
    "fine": HEALTHY,
    "warning": cloud(machine(1), machine(2, STALE)),
    "critical": cloud(machine(1), machine(2, LOST)),
    "unknown": cloud(machine(1), machine(2, "yesterday")),
    "both": cloud(machine(1, LOST), machine(2, "yesterday")),
}


@pytest.fixture
def run(run_module, panel):
    """A function that runs the module at the time of the clouds, with the lenient policy, another, or (None) none."""

    def check(*policy, **options):
        given = {"evaluate_at": NOW, "retries": 1, "concurrency": 4, **options}
        (given["policy"],) = policy or (options.get("policy", LENIENT),)
        given = {name: value for name, value in given.items() if value is not None}
        result = run_module(onapp_backup_compliance, panel, **given)
        return {name: value for name, value in result.items() if name not in OF_ANSIBLE}

    return check


@pytest.fixture
def shown(panel):
    """A function that lets the panel show a cloud, at the time of the clouds."""

    def show(data):
        panel.reset(cloud=data, now=NOW)

    return show


def read(directory, name="report.json"):
    """The written record, validated by the schema."""
    record = json.loads((directory / name).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(record)
    return record


def found(result, *names):
    """Some keys of each finding."""
    return [tuple(item[name] for name in names) for item in result["findings"]]


def bytes_of(directory):
    return {file.name: file.read_bytes() for file in directory.iterdir()}


def without_times(data):
    """A report without the time of the run."""
    generated = rb"20[0-9]{2}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}Z)?|run_timestamp_seconds [0-9]+"
    return re.sub(generated, b"then", data)


@pytest.fixture
def clock(monkeypatch):
    """A function that sets the clock of the module to a fixed time."""

    def stop(seconds):
        monkeypatch.setattr(onapp_backup_compliance.time, "time", lambda: seconds)

    return stop


def test_same_bytes_for_the_same_clock(run, panel, tmp_path, clock):
    panel.reset(cloud=HEALTHY, now=NOW, own_date=True)
    clock(1774850400.5)
    run(report_dir=str(tmp_path))
    written = bytes_of(tmp_path)
    assert run(report_dir=str(tmp_path))["changed"] is False
    assert bytes_of(tmp_path) == written
    clock(1774850402.5)
    assert run(report_dir=str(tmp_path), _ansible_check_mode=True)["changed"] is False
    assert run(report_dir=str(tmp_path))["changed"] is False
    record = read(tmp_path)
    assert (record["generated_at"], record["evaluated_at"]) == ("2026-03-30T06:00:02Z", NOW)
    assert "run_timestamp_seconds 1774850402\n" in (tmp_path / "onapp_backup.prom").read_text(encoding="utf-8")


def test_all_states_of_the_generated_cloud(run, panel, tmp_path):
    """The generated cloud has all states, and the record equals the result."""
    panel.reset(generate={"vms": 40, "backups": 10, "seed": 3}, now=NOW)
    result = run(None, report_dir=str(tmp_path))
    record = read(tmp_path)
    assert result["failed"] and result["status"] == "non_compliant"
    assert result["msg"].startswith(f"non_compliant: {result['headline']}. The worst, of virtual machine ")
    assert result["msg"].endswith(f" Reports: {tmp_path}")
    assert set(result) == {"failed", "msg", "warnings", *RESULTS}
    assert result["summary"].pop("virtual_machines") == 40 == len(record["virtual_machines"])
    for name in ("status", "headline", "summary", "findings"):
        assert result[name] == record[name]
    states = record["summary"]["by_state"]
    assert states == {
        state: sum(vm["backup"]["state"] == state for vm in record["virtual_machines"]) for state in states
    }
    assert all(states[state] for state in states if state != "unknown")
    assert record["population"] == {
        "vms_listed": 40,
        "filtered_out": 0,
        "deleted_meanwhile": 0,
        "evaluated": 40 - states["unknown"] - states["not_applicable"] - states["pending"],
        "not_applicable": states["not_applicable"] + states["pending"],
        "unknown": states["unknown"],
        "backups": record["population"]["backups"],
        "api_calls": panel.counts()["requests"],
        "pages_complete": True,
        "failures": [],
    }
    assert record["evaluated_at"] == NOW
    assert record["source"] == {
        "control_panel": panel.url,
        "api_user": panel.username,
        "cloud_name": None,
        "server_date_offset_s": 0,
    }


def test_findings_are_results_that_do_not_pass(run, panel, tmp_path):
    panel.reset(generate={"vms": 40, "backups": 10, "seed": 3}, now=NOW)
    run(None, report_dir=str(tmp_path))
    record = read(tmp_path)
    by_check = record["summary"]["by_check"]
    expected = []
    for vm in record["virtual_machines"]:
        for one in vm["results"]:
            by_check[one["check"]][one["status"]] -= 1
        failed = [one for one in vm["results"] if one["status"] in ("fail", "warn", "exempt")]
        unknown = [one for one in vm["results"] if one["status"] == "unknown"]
        expected += [(vm["id"], vm["backup"]["rule"], one["check"], one["message"]) for one in failed + unknown[:1]]
    assert sorted(found(record, "virtual_machine_id", "rule", "check", "message")) == sorted(expected)
    assert {name: sum(counts.values()) for name, counts in by_check.items() if sum(counts.values())} == {
        "population": 1
    }
    worst = {"fail": 0, "unknown": 1, "warn": 2, "exempt": 3}
    places = [
        (worst[status], status == "warn" and how == "info") for status, how in found(record, "status", "severity")
    ]
    assert places == sorted(places)


def test_healthy_cloud(run, shown, tmp_path):
    shown(HEALTHY)
    result = run(report_dir=str(tmp_path))
    assert (result["status"], result["passed"], result["changed"]) == ("compliant", True, True)
    assert result["headline"] == "3 of 3 VMs comply"
    assert result["summary"]["percent"] == 100.0
    assert result["findings"] == []
    assert "msg" not in result and "failed" not in result
    assert sorted(os.listdir(tmp_path)) == FILES
    assert [report["path"] for report in result["reports"]] == [str(tmp_path / name) for name in REPORT_FILES]


def test_without_a_directory_nothing_is_written(run, shown, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown(HEALTHY)
    result = run()
    assert (result["reports"], result["changed"]) == ([], False)
    assert os.listdir(tmp_path) == []


def test_second_run_changes_nothing(run, panel, tmp_path):
    panel.reset(generate={"vms": 20, "backups": 6, "seed": 5}, now=NOW)
    reports = tmp_path / "new" / "reports"
    first = run(None, report_dir=str(reports))
    written = bytes_of(reports)
    again = run(None, report_dir=str(reports))
    assert sorted(written) == FILES
    assert first.pop("changed") is True
    assert again.pop("changed") is False
    assert first == again
    assert {name: without_times(data) for name, data in bytes_of(reports).items()} == {
        name: without_times(data) for name, data in written.items()
    }
    later = run(None, report_dir=str(reports), evaluate_at="2026-03-30T07:00:00Z")
    assert later["changed"] is True


def test_check_mode(run, shown, tmp_path):
    shown(HEALTHY)
    reports = tmp_path / "new" / "reports"
    result = run(report_dir=str(reports), _ansible_check_mode=True)
    assert result["changed"] is True
    assert [report["path"] for report in result["reports"]][0] == str(reports / "report.json")
    assert os.listdir(tmp_path) == []
    run(report_dir=str(reports))
    assert run(report_dir=str(reports), _ansible_check_mode=True)["changed"] is False
    written = bytes_of(reports)
    shown(cloud(machine(1), machine(2)))
    assert run(report_dir=str(reports), _ansible_check_mode=True)["changed"] is True
    assert bytes_of(reports) == written


def test_selected_formats(run, shown, tmp_path):
    shown(HEALTHY)
    result = run(report_dir=str(tmp_path), report_formats=["csv", "json", "csv"])
    assert sorted(os.listdir(tmp_path)) == ["findings.csv", "report.json", "status.json", "vms.csv"]
    assert [report["format"] for report in result["reports"]] == ["csv", "csv", "json", "status"]
    assert "value of report_formats must be one or more of" in run(report_formats=["pdf"])["msg"]


STATUS = {
    "fine": {"critical": "compliant", "warning": "compliant", "unknown": "compliant", "never": "compliant"},
    "warning": {"critical": "compliant", "warning": "non_compliant", "unknown": "compliant", "never": "compliant"},
    "critical": dict.fromkeys(("critical", "warning", "unknown", "never"), "non_compliant"),
    "unknown": dict.fromkeys(("critical", "warning", "unknown", "never"), "unknown"),
    "both": dict.fromkeys(("critical", "warning", "unknown", "never"), "non_compliant"),
}
FAILS = {
    ("warning", "warning"),
    ("critical", "critical"),
    ("critical", "warning"),
    *((name, fail_on) for name in ("unknown", "both") for fail_on in ("critical", "warning", "unknown")),
}


@pytest.mark.parametrize("fail_on", ["critical", "warning", "unknown", "never"])
@pytest.mark.parametrize("name", CLOUDS)
def test_fail_on(run, shown, name, fail_on):
    shown(CLOUDS[name])
    by_option = run(fail_on=fail_on)
    by_policy = run(lenient(report={"fail_on": fail_on}))
    assert by_option["status"] == STATUS[name][fail_on]
    assert by_option["passed"] is ((name, fail_on) not in FAILS)
    assert by_option.get("failed", False) is not by_option["passed"]
    if not by_option["passed"]:
        assert by_option["msg"].split(": ")[0] == by_option["status"]
    assert by_policy == by_option


def test_option_overrides_the_policy(run, shown):
    shown(CLOUDS["critical"])
    assert run(lenient(report={"fail_on": "never"}))["passed"]
    assert run(lenient(report={"fail_on": "never"}), fail_on="critical")["failed"]
    assert "value of fail_on must be one of" in run(fail_on="sometimes")["msg"]


# Policy files.

POLICY_TEXT = yaml.safe_dump({"name": "file", **LENIENT})


@pytest.mark.parametrize(
    "text",
    [
        POLICY_TEXT,
        "\ufeff" + POLICY_TEXT,
        POLICY_TEXT.replace("\n", "\r\n"),
        json.dumps({"name": "file", **LENIENT}),
        "\ufeff" + json.dumps({"name": "file", **LENIENT}),
    ],
    ids=["YAML", "YAML with a mark", "YAML with other line ends", "JSON", "JSON with a mark"],
)
def test_policy_of_a_file(run, shown, tmp_path, text):
    shown(HEALTHY)
    file = tmp_path / "policy"
    file.write_bytes(text.encode())
    result = run(None, policy_file=str(file), report_dir=str(tmp_path / "reports"), report_formats=["json"])
    policy = read(tmp_path / "reports")["policy"]
    assert result["status"] == "compliant"
    assert policy["name"] == "file"
    assert policy["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert policy["effective"]["defaults"]["retention"] is None
    assert policy["effective"]["defaults"]["rpo"] == "26h"


BAD_FILES = {
    "no UTF-8": ("name: Büro\n".encode("latin-1"), "is not UTF-8 text"),
    "UTF-16": ("name: a\n".encode("utf-16"), "is not UTF-8 text"),
    "broken": (b"name: a\ndefaults: {rpo: 26h\nrules: []\n", "is not YAML in line 3"),
    "tabs": (b"defaults:\n\trpo: 26h\n", "is not YAML in line 2"),
    "control character": (b"name: a\x00b\n", "is not YAML"),
    "twice": (b"name: a\ndefaults:\n  rpo: 26h\n  rpo: 12h\n", "has the key rpo twice in one dictionary (line 4)"),
    "twice in JSON": (b'{"name": "a", "defaults": {"rpo": "26h", "rpo": "12h"}}', "has the key rpo twice"),
    "wrong key": (b"defaults: {rop: 26h}\n", "policy.defaults.rop is not a known key"),
    "wrong key in JSON": (b'{"defaults": {"rop": "26h"}}', "policy.defaults.rop is not a known key"),
    "list": (b"- name: a\n", "policy is [{'name': 'a'}]"),
    "text": (b"strict\n", "policy is 'strict'"),
    "tag": (b"name: !!python/object/apply:os.getcwd []\n", "is not YAML in line 1"),
    "tag of Ansible": (b"name: !vault abc\n", "is not YAML in line 1"),
    "two documents": (b"name: a\n---\nname: b\n", "is not YAML in line 2"),
    "deep": (b"[" * 100_000, "nested more than 50 levels deep"),
    "date that is none": (
        b"exemptions: [{expires: 2026-02-30}]\n",
        "is wrong in line 1: expires is 2026-02-30, which is not a date",
    ),
    "large": (b"#" * (1024 * 1024 + 1), "is larger than 1 MiB"),
    "many keys": (b"".join(b"key%d: 1\n" % number for number in range(31_000)), "has more than 30000 values"),
    "many keys in JSON": (
        json.dumps(dict.fromkeys(map(str, range(80_000)), 1)).encode(),
        "policy.0 is not a known key",
    ),
    "aliases that multiply": (
        b"a: &a [1,1,1,1]\n"
        + b"".join(b"%c: &%c [*%c,*%c,*%c,*%c]\n" % (n + 1, n + 1, n, n, n, n) for n in range(97, 121)),
        "has more than 30000 values",
    ),
    "NUL": (b"name: a\0", "is not YAML: it cannot be read"),
    "NULs alone": (b"\0" * 1024 * 1024, "is not YAML: it cannot be read"),
    "long number with base 60": (b"version: 1" + b":1" * 50_000, "has a number of more than 100 characters (line 1)"),
    "long number": (b"version: " + b"1" * 100_000, "has a number of more than 100 characters (line 1)"),
    "long number in JSON": (b'{"version": ' + b"1" * 100_000 + b"}", "has a number of more than 100 characters"),
    "long pattern": (
        b"rules: [{name: a, match: {label: '" + b"[a" * 100_000 + b"'}}]",
        "which has more than 1000 characters; write a shorter pattern",
    ),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name == "deep" else name for name in BAD_FILES]
)
def test_bad_policy_file_sends_no_request(run, panel, tmp_path, name):
    data, text = BAD_FILES[name]
    file = tmp_path / "policy.yml"
    file.write_bytes(data)
    result = run(None, policy_file=str(file))
    assert result["failure"]["code"] == "config"
    assert re.match(rf"The option policy_file \('?{file}'?\) ", result["msg"])
    assert text in result["msg"]
    assert "\n" not in result["msg"]
    assert "status" not in result
    assert panel.counts()["requests"] == 0


@pytest.mark.parametrize("path", ["", "/does/not/exist.yml", "/dev"])
def test_unreadable_policy_file(run, path):
    result = run(None, policy_file=path)
    assert result["failure"]["code"] == "config"
    assert re.search("policy_file .*(cannot be read|is not a plain file)", result["msg"])


def test_yaml_without_pyyaml(run, shown, tmp_path, monkeypatch):
    shown(HEALTHY)
    original = builtins.__import__

    def importing(name, *args, **kwargs):
        if name == "yaml":
            raise ImportError("No module named 'yaml'")
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", importing)
    file = tmp_path / "policy"
    file.write_text(POLICY_TEXT, encoding="utf-8")
    assert "no PyYAML" in run(None, policy_file=str(file))["msg"]
    file.write_text(json.dumps(LENIENT), encoding="utf-8")
    assert run(None, policy_file=str(file))["status"] == "compliant"


def test_two_policies(run, tmp_path):
    assert "mutually exclusive" in run(LENIENT, policy_file=str(tmp_path / "policy.yml"))["msg"]


def test_fingerprint_of_an_inline_policy(run, shown, tmp_path):
    shown(HEALTHY)
    hashes = []
    for defaults in (
        {"min_copies": 1, "retention": None, "max_gap": None},
        {"max_gap": None, "min_copies": 1, "retention": None},
        {"max_gap": None, "min_copies": 1},
    ):
        run({"defaults": defaults}, report_dir=str(tmp_path), report_formats=["json"])
        hashes.append(read(tmp_path)["policy"]["sha256"])
    assert hashes[0] == hashes[1] != hashes[2]


# Filters.

FILTERED = cloud(machine(1, label="db-1"), machine(2, label="db-test"), machine(3, label="web-1", user_id=1876))
SELECTIONS = {
    "none": ([], [1, 2, 3]),
    "the first decides": ([{"include": {"label": "db-test"}}, {"exclude": {"label": "db-*"}}], [2, 3]),
    "the other way round": ([{"exclude": {"label": "db-*"}}, {"include": {"label": "db-test"}}], [3]),
    "only": ([{"include": {"id": [1, 3]}}, {"exclude": {"any": True}}], [1, 3]),
    "all conditions": ([{"exclude": {"label": ["db-*", "web-*"], "user_id": 1876}}], [1, 2]),
    "include alone": ([{"include": {"id": 1}}], [1, 2, 3]),
}


@pytest.mark.parametrize("name", SELECTIONS)
def test_filters(run, panel, shown, tmp_path, name):
    filters, expected = SELECTIONS[name]
    shown(FILTERED)
    result = run(filters=filters, report_dir=str(tmp_path))
    record = read(tmp_path)
    assert sorted(vm["id"] for vm in record["virtual_machines"]) == expected
    assert result["summary"]["virtual_machines"] == len(expected)
    assert record["population"]["filtered_out"] == 3 - len(expected)
    assert record["population"]["vms_listed"] == 3
    # Backups of excluded virtual machines are not read.
    requested = [entry["path"] for entry in panel.counts()["log"] if "/backups" in entry["path"]]
    assert sorted(requested) == [f"/virtual_machines/{number}/backups.json" for number in expected]


@pytest.mark.parametrize(
    ("filters", "text"),
    [
        ([{"exclude": {"labl": "a"}}], "filters[0].exclude.labl is not a known key"),
        ([{"include": {"any": True}}, {}], "filters[1] must be a dictionary with the one key include or exclude"),
        ([{"exclude": {}}], "filters[0].exclude is empty"),
        ([{"exclude": None}], "filters[0].exclude is null"),
        ([{"exclude": "db-*"}], "filters[0].exclude is 'db-*'"),
        ([{"exclude": {"id": "db-*"}}], "filters[0].exclude.id is 'db-*'"),
        ([{"exclude": {"any": False}}], "filters[0].exclude.any is false"),
        ([{"exclude": {"label": []}}], "filters[0].exclude.label is an empty list"),
        ([{"drop": {"any": True}}], "filters[0] must be a dictionary with the one key include or exclude"),
        ([{"include": {"any": True}, "exclude": {"any": True}}], "filters[0] must be a dictionary with the one key"),
    ],
)
def test_wrong_filters(run, panel, filters, text):
    result = run(filters=filters)
    assert result["failure"]["code"] == "config"
    assert text in result["msg"]
    assert panel.counts()["requests"] == 0


@pytest.mark.parametrize("filters", ["db-*", ["db-*"], [["db-*"]]])
def test_filters_of_a_wrong_type(run, panel, filters):
    result = run(filters=filters)
    assert result["failed"] and "filters" in result["msg"]
    assert panel.counts()["requests"] == 0


@pytest.mark.parametrize("fail_on", ["critical", "warning", "unknown", "never"])
def test_no_virtual_machine_is_not_compliant(run, shown, tmp_path, fail_on):
    shown(HEALTHY)
    result = run(filters=[{"exclude": {"any": True}}], report_dir=str(tmp_path), fail_on=fail_on)
    assert result["status"] == "unknown"
    assert result["passed"] is (fail_on == "never")
    assert found(result, "virtual_machine_id", "check", "status") == [(None, "population", "unknown")]
    assert result["summary"]["percent"] is None
    assert result["headline"].startswith(
        "No VM was judged, which proves nothing. No virtual machine is listed, or filters exclude all"
    )
    assert read(tmp_path)["population"]["filtered_out"] == 3


# Wrong options.


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"evaluate_at": "soon"}, "The option evaluate_at is not a time"),
        ({"evaluate_at": ""}, "The option evaluate_at is not a time"),
        ({"evaluate_at": "2026-02-30"}, "The option evaluate_at is not a time"),
        ({"cloud_name": "  "}, "The option cloud_name is empty"),
        *(
            ({"history_days": days}, f"The option history_days is {days}: it must be from 1 to 3660.")
            for days in (0, -1, 3661)
        ),
        ({"policy": {"defaults": {"rop": "26h"}}}, "The option policy is wrong: policy.defaults.rop"),
        ({"policy": {"defaults": {"rpo": 26}}}, "The option policy is wrong: policy.defaults.rpo"),
        ({"policy": {"exemptions": [{**EXEMPTION, "expires": None}]}}, "policy.exemptions[0].expires"),
        ({"policy": {"exemptions": [{**EXEMPTION, "checks": "population"}]}}, "not a check of a virtual machine"),
        ({"url": "onapp.example.com"}, "The option url"),
        ({"previous_report": "/does/not/exist"}, "The option previous_report ('/does/not/exist') cannot be read"),
    ],
)
def test_wrong_options(run, panel, options, text):
    result = run(**options)
    assert result["failure"]["code"] == "config"
    assert text in result["msg"]
    assert "\n" not in result["msg"]
    assert panel.counts()["requests"] == 0


@pytest.mark.parametrize(
    ("at", "evaluated"), [("2026-03-30", "2026-03-30T00:00:00Z"), ("2026-03-30T08:00:00+02:00", NOW)]
)
def test_evaluate_at(run, shown, tmp_path, at, evaluated):
    shown(HEALTHY)
    run(evaluate_at=at, report_dir=str(tmp_path), fail_on="never")
    record = read(tmp_path)
    assert record["evaluated_at"] == evaluated


def test_file_in_place_of_the_folder(run, panel, tmp_path):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for path in (tmp_path / "file", tmp_path / "file" / "reports"):
        result = run(report_dir=str(path))
        assert result["failure"]["code"] == "config"
        assert "report_dir" in result["msg"] and "is not a directory" in result["msg"]
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"
    assert panel.counts()["requests"] == 0


def test_read_only_folder(run, panel, tmp_path, monkeypatch):
    original = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) != str(tmp_path) and original(path, mode))
    result = run(report_dir=str(tmp_path / "reports"))
    assert "this user may not write" in result["msg"]
    assert panel.counts()["requests"] == 0


@pytest.mark.parametrize("name", ["fine", "critical", "unknown"])
def test_write_error_returns_the_result(run, shown, tmp_path, name):
    shown(CLOUDS[name])
    expected = run(fail_on="never")
    (tmp_path / "report.html").mkdir()
    result = run(report_dir=str(tmp_path), fail_on="never")
    assert result["failed"] is True
    assert result["failure"]["code"] == "config"
    assert result["msg"].startswith(f"{result['status']}: {result['headline']}. ")
    assert "The reports cannot be written into report_dir" in result["msg"]
    for key in ("status", "passed", "headline", "summary", "findings", "changed"):
        assert result[key] == expected[key]
    assert result["reports"] == []
    assert os.listdir(tmp_path) == ["report.html"]


# An earlier report.


def earlier(tmp_path, **changes):
    """A changed copy of the report in a directory."""
    record = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    for path, value in changes.items():
        *parents, last = path.split("__")
        part = record
        for name in parents:
            part = part[name]
        part[last] = value
    file = tmp_path / "earlier.json"
    file.write_text(json.dumps(record), encoding="utf-8")
    return str(file)


def test_changes_since_the_earlier_report(run, shown, tmp_path):
    shown(cloud(machine(1, LOST), machine(2, STALE), machine(3)))
    run(report_dir=str(tmp_path))
    assert read(tmp_path)["changes"] is None
    path = earlier(tmp_path, generated_at="2026-03-29T06:00:00Z")
    shown(cloud(machine(1, LOST), machine(2), machine(3, STALE), machine(4)))
    result = run(report_dir=str(tmp_path), previous_report=path)
    assert found(result, "virtual_machine_id", "check") == [(1, "rpo"), (1, "min_backup_servers"), (3, "rpo")]
    changes = read(tmp_path)["changes"]
    assert (changes.pop("previous_generated_at"), changes.pop("judged_before")) == ("2026-03-29T06:00:00Z", 3)
    assert {
        kind: [(one["virtual_machine_label"], one["check"]) for one in items] for kind, items in changes.items()
    } == {
        "new": [("vm-3", "rpo")],
        "still": [("vm-1", "rpo"), ("vm-1", "min_backup_servers")],
        "resolved": [("vm-2", "rpo")],
        "no_longer_judged": [],
        "exempted": [],
        "policy_changed": [],
    }


@pytest.mark.parametrize(
    ("before", "max_drop", "status"),
    [(3, "20%", "compliant"), (4, "20%", "unknown"), (4, "25%", "compliant"), (100, None, "compliant")],
)
def test_fewer_virtual_machines_than_before(run, shown, tmp_path, before, max_drop, status):
    shown(HEALTHY)
    run(report_dir=str(tmp_path))
    path = earlier(tmp_path, summary__by_outcome__compliant=before)
    result = run(lenient(scope={"max_drop": max_drop}), previous_report=path)
    assert result["status"] == status
    assert [item["check"] for item in result["findings"]] == (["population"] if status == "unknown" else [])


@pytest.mark.parametrize("is_missing", [True, False], ids=["no folder", "no space in it"])
def test_unusable_folder_for_temporary_files(run, shown, tmp_path, monkeypatch, is_missing):
    def temporary(*_args, **_options):
        if is_missing:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return open("/dev/full", "r+b", buffering=0)

    shown(HEALTHY)
    run(report_dir=str(tmp_path))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr(tempfile, "TemporaryFile", temporary)
    result = run(report_dir=str(tmp_path))
    assert result["failure"]["code"] == "config" and not result.get("passed")
    assert "The folder for temporary files cannot be used: No s" in result["msg"] and "TMPDIR" in result["msg"]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_jinja2_is_missing(run, panel, tmp_path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "jinja2" else find(name, *more)
    )
    result = run(report_dir=str(tmp_path))
    assert result["failure"]["code"] == "config" and "omit html from report_formats" in result["msg"]
    assert panel.counts()["requests"] == 0 and list(tmp_path.iterdir()) == []


BAD_REPORTS = {
    "no JSON": ("<html>", "is not a report"),
    "no UTF-8": (b"\xff\xfe\x00", "is not a report"),
    "deep": ("[" * 200_000, "is not a report"),
    "NUL": ("{}\0", "is not a report of this collection"),
    "many keys": (json.dumps(dict.fromkeys(map(str, range(150_000)), 1)), "is not a report of this collection"),
    "many values": ('{"a": [' + "[]," * 5_000_000 + "0]}", "is not a report of this collection"),
    "long number": ('{"schema_version": ' + "1" * 5_000 + "}", "is not a report of this collection"),
    "a list": ("[]", "is not a report of this collection"),
    "null": ("null", "is not a report of this collection"),
    "other JSON": ('{"schema_version": 1}', "is not a report of this collection"),
    "a later version": ({"schema_version": 2}, "is not a report of this collection"),
    "findings of another kind": ({"findings": ["rpo"]}, "is not a report of this collection"),
    "no counts": ({"summary": {"by_outcome": {"compliant": "many"}}}, "is not a report of this collection"),
    "another cloud": ({"source": {"control_panel": None, "cloud_name": "ams"}}, "is of another cloud_name"),
    "another panel": (
        {"source": {"control_panel": "https://other.example.com", "cloud_name": None}},
        "is of another control panel",
    ),
}


@pytest.mark.parametrize("name", BAD_REPORTS)
def test_invalid_earlier_report(run, panel, tmp_path, name):
    content, text = BAD_REPORTS[name]
    file = tmp_path / "earlier.json"
    if isinstance(content, dict):
        good = {
            "schema_version": 1,
            "generated_at": NOW,
            "source": {"control_panel": panel.url, "cloud_name": None},
            "policy": {"sha256": "0" * 64},
            "summary": {"by_outcome": dict.fromkeys(("critical", "warning", "exempt", "compliant"), 1)},
            "findings": [],
        }
        source = content.get("source", good["source"])
        content = {**good, **content, "source": {**source, "control_panel": source["control_panel"] or panel.url}}
        content = json.dumps(content)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    result = run(previous_report=str(file))
    assert result["failure"]["code"] == "config"
    assert "previous_report" in result["msg"] and text in result["msg"]
    assert panel.counts()["requests"] == 0


def test_name_of_the_cloud(run, shown, tmp_path):
    shown(HEALTHY)
    run(report_dir=str(tmp_path), cloud_name="ams-1")
    assert read(tmp_path, "report-ams-1.json")["source"]["cloud_name"] == "ams-1"
    samples = (tmp_path / "onapp_backup-ams-1.prom").read_text(encoding="utf-8").splitlines()
    series = [line for line in samples if line and not line.startswith("#")]
    assert len(series) > 10
    assert all('cp="ams-1"' in line for line in series)
    assert "ams-1" in (tmp_path / "junit-ams-1.xml").read_text(encoding="utf-8")
    assert sorted(os.listdir(tmp_path)) == sorted(
        f"{stem}-ams-1{extension}" for stem, extension in map(os.path.splitext, REPORT_FILES)
    )


@pytest.mark.parametrize(
    ("cloud_name", "pattern"),
    [
        ("../../etc/x y", "etc-x-y"),
        ("A.b_c", "A.b_c"),
        ("/", "[0-9a-f]{12}"),
        ("..", "[0-9a-f]{12}"),
        ("\u6771\u4eac", "[0-9a-f]{12}"),
        ("a" * 300, "a{80}-[0-9a-f]{12}"),
    ],
)
def test_file_names_with_any_cloud_name(run, shown, tmp_path, cloud_name, pattern):
    shown(HEALTHY)
    result = run(report_dir=str(tmp_path / "here"), cloud_name=cloud_name, report_formats=["json"])
    assert os.path.dirname(result["reports"][0]["path"]) == str(tmp_path / "here")
    report, status = sorted(os.listdir(tmp_path / "here"))
    assert re.fullmatch(rf"report-{pattern}\.json", report)
    assert re.fullmatch(rf"status-{pattern}\.json", status)


@pytest.mark.parametrize("names", [("a", "b"), (None, "b"), ("a/b", "a b")])
def test_two_clouds_in_one_folder(run, shown, panel, tmp_path, names):
    """The metrics of both clouds stay, and the file of another cloud is not changed."""
    shown(HEALTHY)
    assert "failed" not in run(report_dir=str(tmp_path), cloud_name=names[0])
    before = bytes_of(tmp_path)
    result = run(report_dir=str(tmp_path), cloud_name=names[1])
    if names == ("a/b", "a b"):
        assert result["failure"]["code"] == "config" and "metrics of another cloud" in result["msg"]
        assert bytes_of(tmp_path) == before
    else:
        assert len(os.listdir(tmp_path)) == 2 * len(before)


def test_metrics_of_another_panel_stay(run, shown, panel, tmp_path):
    shown(HEALTHY)
    run(report_dir=str(tmp_path))
    file = tmp_path / "onapp_backup.prom"
    other = file.read_text(encoding="utf-8").replace(panel.url, "https://other.example.com")
    file.write_text(other, encoding="utf-8")
    result = run(report_dir=str(tmp_path))
    assert result["failure"]["code"] == "config" and "cloud_name" in result["msg"]
    assert file.read_text(encoding="utf-8") == other
    assert "failed" not in run(report_dir=str(tmp_path), report_formats=["json"])


# Exemptions.


def test_exemption_covers(run, shown, tmp_path):
    shown(CLOUDS["critical"])
    assert run()["status"] == "non_compliant"
    result = run(exempt(), report_dir=str(tmp_path))
    record = read(tmp_path)
    assert result["status"] == "compliant"
    assert found(result, "virtual_machine_id", "check", "status", "exemption") == [
        (2, "rpo", "exempt", "EX-1"),
        (2, "min_backup_servers", "exempt", "EX-1"),
    ]
    assert result["summary"]["percent"] == 100.0
    assert result["summary"]["by_severity"] == {"critical": 0, "warning": 0, "info": 0}
    (one,) = record["exemptions"]
    assert (one["state"], one["virtual_machine_ids"]) == ("active", [2])
    assert [(item["virtual_machine_label"], item["check"]) for item in one["hidden"]] == [
        ("vm-2", "rpo"),
        ("vm-2", "min_backup_servers"),
    ]
    assert result["headline"] == "1 of 2 VMs complies, 1 exempt"
    # The state does not change.
    assert record["summary"]["by_state"]["stale"] == 1


def test_exempt_finding_is_never_the_worst(run, shown):
    shown(CLOUDS["critical"])
    result = run(exempt())
    assert result["findings"][0]["status"] == "exempt"
    message = onapp_backup_compliance.failure_message({**result, "headline": "No report."}, None)
    assert message == "compliant: No report."


def test_exemption_covers_only_its_checks(run, shown):
    shown(CLOUDS["critical"])
    result = run(exempt(checks=["min_backup_servers"]))
    assert (result["status"], result["summary"]["by_check"]["rpo"]["fail"]) == ("non_compliant", 1)
    assert result["summary"]["by_check"]["min_backup_servers"]["exempt"] == 1


def test_exemption_never_covers_unknown(run, shown, tmp_path):
    shown(CLOUDS["unknown"])
    result = run(exempt(), report_dir=str(tmp_path))
    assert result["status"] == "unknown"
    assert found(result, "virtual_machine_id", "status") == [(2, "unknown")]
    (one,) = read(tmp_path)["exemptions"]
    assert (one["virtual_machine_ids"], one["hidden"]) == ([2], [])


@pytest.mark.parametrize(
    ("keys", "state", "status", "remark"),
    [
        ({"expires": "2026-03-30"}, "expiring", "compliant", "expires after 2026-03-30"),
        ({"expires": "2026-04-13"}, "expiring", "compliant", "expires after 2026-04-13"),
        ({"expires": "2026-04-14"}, "active", "compliant", None),
        ({"expires": "2026-03-29"}, "expired", "non_compliant", "expired after 2026-03-29"),
        ({"expires": "2026-09-27"}, "active", "compliant", "longer than the 180d allowed"),
        ({"expires": "2026-09-26"}, "active", "compliant", None),
        ({"match": {"label": "none-*"}}, "active", "non_compliant", "matches no virtual machine"),
    ],
)
def test_findings_about_an_exemption(run, shown, tmp_path, keys, state, status, remark):
    shown(CLOUDS["critical"])
    result = run(exempt(**keys), report_dir=str(tmp_path))
    assert result["status"] == status
    assert read(tmp_path)["exemptions"][0]["state"] == state
    remarks = [item for item in result["findings"] if item["check"] == "exemption"]
    assert len(remarks) == (remark is not None)
    for item in remarks:
        assert remark in item["message"]
        assert (item["virtual_machine_id"], item["status"], item["exemption"]) == (None, "warn", "EX-1")
        assert item["severity"] == ("info" if state == "expiring" else "warning")


def test_dates_at_the_ends_of_the_calendar(run, shown):
    shown(HEALTHY)
    for zone in ("UTC", "Pacific/Auckland", "America/Los_Angeles"):
        for expires in ("0001-01-01", "9999-12-31"):
            result = run({**exempt(expires=expires), "timezone": zone})
            assert {item["check"] for item in result["findings"]} == {"exemption"}


def test_finding_about_an_exemption(run, shown):
    """A finding about an exemption makes the status non_compliant."""
    shown(HEALTHY)
    policy = exempt(expires="2026-03-01")
    warned = run(policy, fail_on="warning")
    assert (warned["status"], warned["passed"]) == ("non_compliant", False)
    assert "Exemption EX-1 expired" in warned["headline"]
    policy["defaults"] = {**policy["defaults"], "severity": {"exemption": "critical"}}
    failed = run(policy)
    assert (failed["status"], failed["passed"]) == ("non_compliant", False)
    assert "Exemption EX-1 expired" in failed["headline"]


# The population.


@pytest.mark.parametrize(
    ("data", "scope", "text"),
    [
        (cloud(), {}, "No virtual machine is listed"),
        (HEALTHY, {"min_vms": 4}, "Only 3 of 3 virtual machines could be assessed, and the policy requires"),
        (
            cloud(machine(1, None), machine(2, None)),
            {},
            "None of 2 virtual machines could be assessed (2 unknown or",
        ),
    ],
)
def test_population(run, shown, tmp_path, data, scope, text):
    shown(data)
    result = run(lenient(scope={"new_vm_grace": "5000d", **scope}), report_dir=str(tmp_path))
    assert (result["status"], result["failed"]) == ("unknown", True)
    assert found(result, "virtual_machine_id", "check", "status") == [(None, "population", "unknown")]
    assert text in result["msg"]
    assert read(tmp_path)["status"] == "unknown"


def test_incomplete_list(run, shown, panel, tmp_path):
    shown(HEALTHY)
    panel.faults([{"route": "virtual_machines", "fault": "wrong_total", "total": 9}])
    result = run(report_dir=str(tmp_path))
    assert (result["status"], result["failed"]) == ("unknown", True)
    assert found(result, "check", "status") == [("population", "unknown")]
    assert read(tmp_path)["population"]["pages_complete"] is False


def test_account_without_permissions(run_module, shown, panel, tmp_path):
    shown(cloud(machine(1), users=[{"id": 1876}]))
    result = run_module(
        onapp_backup_compliance,
        panel,
        username="user1876@example.test",
        password="canary-api-key-1876",
        evaluate_at=NOW,
        policy=LENIENT,
    )
    assert (result["status"], result["failed"]) == ("unknown", True)


# Orphaned backups.

ORPHAN = {"id": 77, "user_id": 1876, "target_id": 990, "target_type": "Disk", "created_at": "2026-01-02T03:04:05Z"}
ORPHANS = cloud(
    machine(1),
    machine(2, user_id=1876),
    machine(3, user_id=1876),
    users=[{"id": 1876}],
    orphan_backups=[ORPHAN],
)
LOOK = lenient(scope={"orphans": True})


def test_orphans(run, panel, shown, tmp_path):
    shown(ORPHANS)
    result = run(LOOK, report_dir=str(tmp_path))
    record = read(tmp_path)
    assert result["status"] == "compliant"
    assert found(result, "check", "severity", "status", "backup_ids") == [("orphan", "info", "warn", [77])]
    assert record["orphans"] == {
        "assessed": True,
        "backups": [
            {
                "id": 77,
                "user_id": 1876,
                "target_type": "Disk",
                "target_id": 990,
                "created_at": "2026-01-02T03:04:05Z",
                "size_bytes": 310896 * 1024,
            }
        ],
    }
    assert result["summary"]["percent"] == 100.0
    assert panel.counts()["by_route"]["user_backups"] == 2


def test_orphans_only_when_enabled(run, panel, shown, tmp_path):
    shown(ORPHANS)
    result = run(report_dir=str(tmp_path))
    assert result["findings"] == []
    assert read(tmp_path)["orphans"] == {"assessed": False, "backups": []}
    assert "user_backups" not in panel.counts()["by_route"]


def test_severity_of_orphans(run, shown):
    shown(ORPHANS)
    for severity, fail_on in (("critical", "critical"), ("warning", "warning")):
        policy = {**LOOK, "defaults": {**LENIENT["defaults"], "severity": {"orphan": severity}}}
        result = run(policy, fail_on=fail_on)
        assert (result["status"], result["failed"]) == ("non_compliant", True)
        assert "1 backup of no listed virtual machine: backup 77." in result["headline"]


def test_orphans_are_not_assessed_with_filters(run, shown, panel, tmp_path):
    shown(ORPHANS)
    result = run(LOOK, filters=[{"exclude": {"id": 1}}], report_dir=str(tmp_path))
    assert (result["status"], result["findings"]) == ("compliant", [])
    assert result["summary"]["by_check"]["orphan"]["insufficient_data"] == 1
    assert read(tmp_path)["orphans"] == {"assessed": False, "backups": []}
    assert "user_backups" not in panel.counts()["by_route"]


def test_unreadable_owners(run, shown, panel, tmp_path):
    shown(ORPHANS)
    panel.faults([{"route": "user_backups", "fault": "status", "status": 403}])
    result = run(LOOK, report_dir=str(tmp_path))
    record = read(tmp_path)
    assert (result["status"], result["failed"]) == ("unknown", True)
    assert found(result, "check", "status") == [("orphan", "unknown")]
    assert record["orphans"] == {"assessed": False, "backups": []}
    assert [(one["virtual_machine_id"], one["code"]) for one in record["population"]["failures"]] == [
        (None, "forbidden")
    ]
    # The list of virtual machines is complete.
    assert record["population"]["pages_complete"] is True


# Errors during the run.


def test_login_that_is_refused_during_the_run(run, shown, panel, tmp_path):
    shown(cloud(*(machine(number) for number in range(1, 13))))
    panel.faults([{"route": "backups", "vm": 5, "fault": "status", "status": 401}])
    result = run(report_dir=str(tmp_path), concurrency=1, fail_on="never")
    record = read(tmp_path)
    assert (result["status"], result["failed"]) == ("unknown", True)
    assert result["failure"]["code"] == "auth" and result["failure"]["status"] == 401
    assert result["msg"].startswith("unknown: 8 of 12 VMs could not be judged; 4 comply.")
    assert result["msg"].count("lock accounts") == 1
    states = {vm["id"]: vm["backup"]["state"] for vm in record["virtual_machines"]}
    assert states == {number: "unknown" if number > 4 else "protected" for number in range(1, 13)}
    assert record["status"] == "unknown"
    assert record["population"]["unknown"] == 8
    assert [(one["virtual_machine_id"], one["code"]) for one in record["population"]["failures"]] == [(None, "auth")]


def test_filters_apply_to_unread_virtual_machines(run, shown, panel, tmp_path):
    shown(HEALTHY)
    panel.faults([{"route": "backups", "vm": 1, "fault": "status", "status": 401}])
    run(report_dir=str(tmp_path), concurrency=1, filters=[{"exclude": {"id": 2}}])
    record = read(tmp_path)
    assert sorted(vm["id"] for vm in record["virtual_machines"]) == [1, 3]
    assert record["population"]["filtered_out"] == 1


def test_no_list_of_virtual_machines(run, shown, panel, tmp_path):
    shown(HEALTHY)
    panel.faults([{"route": "virtual_machines", "fault": "status", "status": 403}])
    result = run(report_dir=str(tmp_path), fail_on="never")
    assert (result["status"], result["passed"], result["failed"]) == ("unknown", True, True)
    assert result["msg"].startswith("unknown: Nothing could be judged: ")
    assert result["msg"].count("HTTP 403") == 1
    assert result["failure"]["code"] == "forbidden"
    assert read(tmp_path)["population"]["pages_complete"] is False
    assert sorted(os.listdir(tmp_path)) == FILES


def test_virtual_machine_that_is_deleted_during_the_run(run, shown, panel, tmp_path):
    shown(HEALTHY)
    panel.faults([{"route": "backups", "vm": 2, "fault": "delete_vm"}])
    result = run(report_dir=str(tmp_path))
    record = read(tmp_path)
    assert (result["status"], [vm["id"] for vm in record["virtual_machines"]]) == ("compliant", [1, 3])
    assert (record["population"]["vms_listed"], record["population"]["deleted_meanwhile"]) == (3, 1)
    assert "Virtual machine 2 (vm-2) was deleted while it was read" in json.dumps(result["warnings"])


def test_all_are_deleted_during_the_run(run, shown, panel):
    shown(HEALTHY)
    panel.faults([{"route": "backups", "vm": number, "fault": "delete_vm"} for number in (1, 2, 3)])
    result = run()
    assert (result["status"], result["failed"]) == ("unknown", True)
    assert found(result, "check", "status") == [("population", "unknown")]


# Hostile texts.


def test_no_secret_anywhere(run_module, shown, panel, tmp_path):
    secret = {"initial_root_password": "canary-root", "vnc_password": "canary-vnc", "api_key": "canary-key"}
    data = cloud(
        machine(1, **secret),
        machine(2, disks=[{"id": 102, "iscsi_password": "canary-disk"}], at=None),
        machine(3, backups=[{"id": 1003, "created_at": FRESH, "remote_password": "canary-backup"}]),
        machine(4),
        machine(5),
    )
    shown(data)
    panel.faults(
        [
            {"route": "backups", "vm": 4, "fault": "echo_credentials"},
            {"route": "backups", "vm": 5, "fault": "status", "status": 401, "text": f"No user {panel.password}"},
        ]
    )
    result = run_module(onapp_backup_compliance, panel, report_dir=str(tmp_path), evaluate_at=NOW, retries=0)
    assert result["failed"] and len(result["reports"]) == len(FILES)
    token = base64.b64encode(f"{panel.username}:{panel.password}".encode()).decode()
    everything = run_module.output + "".join(file.read_text(encoding="utf-8") for file in tmp_path.iterdir())
    for text in ("canary", panel.password, token):
        assert text not in everything


class Page(html.parser.HTMLParser):
    """Collect the tags of a page, the names of their attributes, and the targets of links."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.links = set(), set(), set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attrs}
        self.links |= {value for name, value in attrs if name in ("href", "src")}


def test_hostile_names(run, shown, tmp_path):
    labels = [
        *HOSTILE_LABELS,
        "<img src=x onerror=alert(1)>",
        '" onclick="',
        "\u2028next",
        "\ud800",
        "<![CDATA[",
        "x" * 5000,
    ]
    machines = [machine(number, LOST, label=label, hostname=label) for number, label in enumerate(labels, 1)]
    shown(cloud(*machines))
    # A lone surrogate is damaged text, so the assessment of such a virtual machine is unknown.
    damaged = [number for number, label in enumerate(labels, 1) if re.search("[\ud800-\udfff]", label)]
    assert len(damaged) == 2
    for worst in range(1, len(labels) + 1):
        result = run(filters=[{"include": {"id": worst}}, {"exclude": {"any": True}}])
        assert result["status"] == ("unknown" if worst in damaged else "non_compliant")
        assert len(result["msg"].splitlines()) == 1
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", result["msg"])
    result = run(report_dir=str(tmp_path))
    record = read(tmp_path)
    assert {vm["id"]: vm["label"] for vm in record["virtual_machines"]} == {
        # A lone surrogate is no character.
        number: label.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        for number, label in enumerate(labels, 1)
    }
    page = Page()
    page.feed((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert not page.tags & {"script", "img", "iframe", "form", "object"}
    assert not any(name.startswith("on") for name in page.attributes)
    assert all(link.startswith("#") for link in page.links)
    suites = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert suites.get("failures") == str(len(labels) - len(damaged) + 1)
    errors = {case.get("name", "") for case in suites.iter("testcase") if case.find("error") is not None}
    assert all(any(f"(vm {number})" in name for name in errors) for number in damaged)
    with open(tmp_path / "vms.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(labels)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row.values())
    metrics = (tmp_path / "onapp_backup.prom").read_text(encoding="utf-8")
    assert metrics.count("onapp_backup_vm_info{") == len(labels)
    assert all(line.startswith(("#", "onapp_backup_")) for line in metrics.split("\n") if line)
    assert result["summary"]["virtual_machines"] == len(labels)


@pytest.mark.parametrize("generation", ["2.x", "4.x", "6.x"])
def test_xml_and_json_give_the_same_result(run, panel, tmp_path, generation):
    panel.reset(generate={"vms": 20, "backups": 5, "seed": 3}, generation=generation, now=NOW)
    by_json = run(None)
    by_xml = run(None, response_format="xml")
    for name in ("status", "headline", "summary", "findings"):
        assert by_json[name] == by_xml[name]
