# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history from the files of earlier runs, and other files in their folder."""

from __future__ import annotations

import datetime
import json
import os

import pytest
from ansible_collections.community.onapp.plugins.module_utils._compliance import earlier
from ansible_collections.community.onapp.plugins.module_utils._compliance.earlier import History
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._fields import utc_text
from ansible_collections.community.onapp.plugins.module_utils._policy.calendar import calendar_of
from ansible_collections.community.onapp.plugins.module_utils._reports import data as _data
from ansible_collections.community.onapp.tests.sample_report import machine, sample_report, text_of

NOW = 1774850400
DAY = 86400
PANEL = "https://onapp.example.com"
SHA = "0" * 64
CALENDAR = calendar_of(datetime.UTC, 0)


def status(days_ago, vms, run="compliant", **more):
    return {
        "schema_version": 1,
        "control_panel": PANEL,
        "cloud_name": None,
        "policy_sha256": SHA,
        "generated_at": utc_text(NOW - days_ago * DAY),
        "evaluated_at": utc_text(NOW - days_ago * DAY),
        "status": run,
        "virtual_machines": vms,
        **more,
    }


def saved(folder, *documents):
    for number, document in enumerate(documents):
        place = folder / f"day-{number:03d}"
        place.mkdir()
        text = document if isinstance(document, str) else json.dumps(document)
        (place / "status.json").write_text(text, encoding="utf-8")


def read(folder, *now, days=5, run="compliant"):
    """The history with the virtual machines of the current run as (id, created days ago or None, outcome)."""
    found = History(CALENDAR, NOW, days, SHA)
    found.read(str(folder), PANEL, None)
    for number, created, outcome in now:
        found.add_vm(number, f"vm-{number}", None if created is None else NOW - created * DAY, outcome)
    found.add_run(NOW, SHA, run, {})
    return found.facts()


def letters(facts):
    return {one["virtual_machine_id"]: one["calendar"] for one in facts["virtual_machines"]}


def test_no_earlier_run(tmp_path):
    facts = read(tmp_path, (1, 100, "compliant"))
    assert (facts["runs"], facts["cloud"]["calendar"], letters(facts)) == (1, "----C", {1: "----C"})
    assert facts["days"] == ["2026-03-26", "2026-03-27", "2026-03-28", "2026-03-29", "2026-03-30"]
    assert facts["days_without_run"] == facts["days"][:4]
    one = facts["virtual_machines"][0]
    assert (one["virtual_machine_label"], one["compliant"], one["unknown"], one["percent"]) == ("vm-1", 1, 4, 20.0)


@pytest.mark.parametrize(
    ("outcome", "letter", "counted", "percent"),
    [
        ("compliant", "C", "compliant", 100.0),
        ("warning", "W", "non_compliant", 0.0),
        ("critical", "N", "non_compliant", 0.0),
        ("unknown", "U", "unknown", 0.0),
        ("exempt", "E", "exempt", None),
        ("not_applicable", ".", "not_applicable", None),
    ],
)
def test_letter_of_an_outcome(tmp_path, outcome, letter, counted, percent):
    (one,) = read(tmp_path, (1, None, outcome), days=1)["virtual_machines"]
    assert (one["calendar"], one[counted], one["percent"]) == (letter, 1, percent)


def test_worst_run_of_a_day(tmp_path):
    saved(tmp_path, *(status(1, {"1": outcome}) for outcome in ("compliant", "critical", "unknown")))
    saved(tmp_path / "day-000", status(2, {"1": "exempt"}), status(2, {"1": "compliant"}, "unknown"))
    facts = read(tmp_path, (1, None, "compliant"))
    assert letters(facts) == {1: "--ENC"}
    assert facts["cloud"]["calendar"] == "--UCC"
    assert facts["runs"] == 6


def test_virtual_machine_that_a_run_did_not_find(tmp_path):
    saved(tmp_path, status(4, {"1": "compliant", "3": "compliant"}), status(2, {"1": "compliant"}))
    facts = read(tmp_path, (1, None, "compliant"), (2, 3, "compliant"))
    assert letters(facts) == {1: "C-C-C", 2: " -U-C", 3: "C-U-U"}
    assert [one["virtual_machine_label"] for one in facts["virtual_machines"]] == ["vm-1", "vm-2", None]
    assert facts["virtual_machines"][1]["percent"] == 25.0


def test_runs_outside_the_period_do_not_count(tmp_path):
    saved(tmp_path, status(5, {"1": "critical"}), status(-1, {"1": "critical"}), status(99, {"2": "critical"}))
    facts = read(tmp_path, (1, None, "compliant"))
    assert (facts["runs"], letters(facts), facts["skipped"]) == (1, {1: "----C"}, [])


def test_other_policies(tmp_path):
    saved(tmp_path, status(1, {"1": "critical"}, "non_compliant", policy_sha256="1" * 64))
    facts = read(tmp_path, (1, None, "compliant"))
    assert letters(facts) == {1: "----C"}
    (other,) = facts["other_policies"]
    assert (other["sha256"], other["runs"], other["calendar"]) == ("1" * 64, 1, "---N-")


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (status(1, {}, control_panel="https://other.example.com"), "It is of another control panel."),
        (status(1, {}, cloud_name="ams"), "It is of another cloud name."),
        ("", "damaged"),
        ("{", "damaged"),
        ("[]", "damaged"),
        ("[" * 100000, "damaged"),
        ("null", "damaged"),
        (status(1, {}, schema_version=2), "damaged"),
        (status(1, {}, control_panel=5), "damaged"),
        (status(1, {}, status="fine"), "damaged"),
        (status(1, {}, evaluated_at="yesterday"), "damaged"),
        (status(1, {}, policy_sha256="x"), "damaged"),
        (status(1, {}, policy_sha256=None), "damaged"),
        (status(1, []), "damaged"),
        (status(1, {"1": "fine"}), "damaged"),
        (status(1, {"1": ["critical"]}), "damaged"),
        (status(1, {"one": "critical"}), "damaged"),
    ],
)
def test_skipped_files_are_named(tmp_path, document, reason):
    saved(tmp_path, document, status(1, {"1": "compliant"}))
    facts = read(tmp_path, (1, None, "compliant"))
    (skipped,) = facts["skipped"]
    assert skipped["path"] == "day-000/status.json"
    assert reason in skipped["reason"]
    assert letters(facts) == {1: "---CC"}


@pytest.mark.timeout(30)
def test_other_files_in_the_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(earlier, "MOST_STATUS_BYTES", 500)
    saved(tmp_path, status(1, {"1": "compliant"}))
    os.mkfifo(tmp_path / "status-pipe.json")
    (tmp_path / "status-zero.json").symlink_to("/dev/zero")
    (tmp_path / "status-gone.json").symlink_to("nowhere")
    (tmp_path / "status-large.json").write_text(json.dumps(status(1, {"1": "compliant"})) + " " * 500)
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "status-folder.json").mkdir()
    (tmp_path / "report.json").write_text("{")
    (tmp_path / "xstatus.json").write_text("{")
    deep = tmp_path
    for _each in range(200):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (deep / "status-ams.json").write_text(json.dumps(status(2, {"1": "critical"})))
    facts = read(tmp_path, (1, None, "compliant"))
    assert letters(facts) == {1: "--NCC"}
    assert [one["path"] for one in facts["skipped"]] == [
        f"status-{name}.json" for name in ("gone", "large", "pipe", "zero")
    ]


def test_many_skipped_files_are_counted(tmp_path):
    for number in range(103):
        (tmp_path / f"status-{number:03d}\n.json").write_text("")
    facts = read(tmp_path)
    assert (len(facts["skipped"]), facts["more_skipped"]) == (100, 3)
    assert all("\n" not in one["path"] for one in facts["skipped"])


def test_unusable_folders(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for path in (tmp_path / "none", tmp_path / "file", f"{tmp_path}/a\0b", "/dev/zero"):
        with pytest.raises(ConfigError, match="The option history .* is not a folder"):
            read(path)
    monkeypatch.setattr(earlier, "MOST_ENTRIES", 3)
    saved(tmp_path, "", "")
    with pytest.raises(ConfigError, match="holds more than 3 files and folders"):
        read(tmp_path)


def test_status_file_of_another_run(tmp_path):
    report = sample_report([machine(1), machine(2, "stale"), machine(3, "unknown")], status="unknown")
    report.head["policy"]["sha256"] = SHA
    (tmp_path / "status.json").write_text(text_of(_data.StatusFile, report), encoding="utf-8")
    assert letters(read(tmp_path, days=1)) == {1: "C", 2: "W", 3: "U"}
    empty = json.loads(text_of(_data.StatusFile, sample_report([])))
    assert empty["virtual_machines"] == {}
