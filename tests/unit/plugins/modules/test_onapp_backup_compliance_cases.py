# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clouds and policies for which backup reports are often misleading, in every format."""

from __future__ import annotations

import csv
import datetime
import json
import pathlib
import re
from xml.etree import ElementTree

import jsonschema
import pytest
from ansible_collections.community.onapp.plugins.modules import onapp_backup_compliance

ROOT = pathlib.Path(__file__).parents[4]
SCHEMA = json.loads((ROOT / "docs/schemas/backup_report.schema.json").read_text(encoding="utf-8"))
NOW = datetime.datetime(2026, 3, 30, 6, tzinfo=datetime.UTC)
# Checks other than coverage and rpo are off, so that only the case decides.
OFF = {"min_copies": None, "retention": None, "max_gap": None, "min_backup_servers": None, "scheduled": None}
WORDS = {"compliant": "Compliant", "non_compliant": "Not compliant", "unknown": "Unknown"}
JUNIT = {"compliant": [], "non_compliant": ["failure"], "unknown": ["error"]}


def stamp(**ago):
    return (NOW - datetime.timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def vm(number, hours=5, **facts):
    """A virtual machine with one disk and one backup of some hours ago, or without a backup if `hours` is None."""
    backups = [] if hours is None else [{"id": 1000 + number, "created_at": stamp(hours=hours)}]
    return {"id": number, "label": f"vm-{number}", "disks": [{"id": 100 + number}], "backups": backups, **facts}


def policy(defaults=None, **sections):
    return {"defaults": {**OFF, **(defaults or {})}, **sections}


def exemption(**keys):
    return {
        "id": "EX-1",
        "match": {"any": True},
        "checks": "*",
        "category": "waiver",
        "reason": "Built again every night",
        "approved_by": "J. Doe",
        "expires": "2026-06-30",
        **keys,
    }


@pytest.fixture
def run(run_module, panel, tmp_path):
    """A function that runs the module, asserts that all formats agree, and returns the result and the record."""

    def check(machines, given, **options):
        panel.reset(cloud={"virtual_machines": machines}, now=stamp())
        folder = pathlib.Path(options.get("report_dir", tmp_path / "reports"))
        options = {"evaluate_at": stamp(), "retries": 0, "report_dir": str(folder), **options}
        result = run_module(onapp_backup_compliance, panel, policy=given, **options)
        if "status" not in result:
            return result, None
        record = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator(SCHEMA).validate(record)
        assert_agreement(folder, result, record)
        return result, record

    return check


def assert_agreement(folder, result, record):
    status, headline = result["status"], result["headline"]
    assert (record["status"], record["headline"]) == (status, headline)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert f'<header class="band {status}">\n<p class="word">{WORDS[status]}</p>' in page
    assert page.count('<td><span class="state ') == sum(result["summary"]["by_outcome"].values())
    assert f"\n**{WORDS[status]}**: " in (folder / "summary.md").read_text(encoding="utf-8")
    suite = ElementTree.parse(folder / "junit.xml").getroot().find("testsuite")
    assert [detail.tag for detail in suite[0]] == JUNIT[status]
    metrics = (folder / "onapp_backup.prom").read_text(encoding="utf-8")
    assert f'onapp_backup_report_status{{status="{status}"}} 1\n' in metrics
    success = re.search("^onapp_backup_report_success (.)$", metrics, re.MULTILINE)[1]
    assert success == str(int(status != "unknown" and result["summary"]["is_complete"]))
    assert json.loads((folder / "status.json").read_text(encoding="utf-8"))["status"] == status


def found(result, check=None):
    return [
        (item["virtual_machine_id"], item["check"], item["status"])
        for item in result["findings"]
        if check in (None, item["check"])
    ]


# The limit.


@pytest.mark.parametrize(
    ("defaults", "rule", "hours", "status"),
    [
        ({"rpo": "26h", "rpo_critical": "50h"}, {"rpo": "8h"}, 20, "fail"),
        ({"rpo": "26h", "rpo_critical": "50h"}, {"rpo": "8h", "rpo_critical": "24h"}, 20, "warn"),
        ({"rpo": "26h", "rpo_critical": "50h"}, {"rpo": "8h", "rpo_critical": "24h"}, 25, "fail"),
        ({"rpo": "26h", "rpo_critical": "50h"}, {"rpo": "8h"}, 8, None),
        ({"rpo": "26h", "rpo_critical": "50h"}, {"min_copies": 1}, 30, "warn"),
        ({"rpo": "26h"}, {"min_copies": 1}, 27, "fail"),
        ({"rpo": "26h", "rpo_critical": "50h"}, {"rpo": "30h"}, 31, "fail"),
    ],
)
def test_severity_of_rpo(run, defaults, rule, hours, status):
    given = policy(defaults, rules=[{"name": "gold", "match": {"label": "prod-*"}, **rule}])
    result, _record = run([vm(1, hours, label="prod-1"), vm(2, 1)], given)
    assert found(result, "rpo") == ([(1, "rpo", status)] if status else [])
    assert result["status"] == ("non_compliant" if status == "fail" else "compliant")
    assert result.get("failed", False) == (status == "fail")


# Runs without evidence.

EMPTY_RUNS = {
    "all powered off": ([vm(n, booted=False) for n in range(1, 9)], {"scope": {"powered_off": "exclude"}}),
    "all powered off, and a minimum": (
        [vm(n, booted=False) for n in range(1, 9)],
        {"scope": {"powered_off": "exclude", "min_vms": 5}},
    ),
    "most powered off, and a minimum": (
        [*(vm(n, booted=False) for n in range(1, 9)), vm(9), vm(10)],
        {"scope": {"powered_off": "exclude", "min_vms": 5}},
    ),
    "not built": ([vm(n, built=False) for n in (1, 2)], {}),
    "swap disks only": ([vm(n, disks=[{"id": n, "is_swap": True}]) for n in (1, 2)], {}),
    "all new": ([vm(n, None, created_at=stamp(hours=2)) for n in (1, 2)], {}),
    "all exempt": ([vm(n, 90) for n in (1, 2)], {"exemptions": [exemption()]}),
    "no virtual machine": ([], {}),
    "fewer than the minimum": ([vm(1), vm(2)], {"scope": {"min_vms": 3}}),
}


@pytest.mark.parametrize("name", EMPTY_RUNS)
def test_run_without_evidence_is_unknown(run, name):
    machines, sections = EMPTY_RUNS[name]
    result, record = run(machines, policy({"rpo_critical": None}, **sections))
    assert (result["status"], result["failed"]) == ("unknown", True)
    assert sum(record["summary"]["by_outcome"].values()) == len(machines)


def test_exempt_virtual_machines_are_counted_in_the_headline(run, tmp_path):
    machines = [vm(1), *(vm(n, None) for n in range(2, 11))]
    result, record = run(machines, policy(exemptions=[exemption(match={"id": list(range(2, 11))})]))
    assert result["headline"] == "1 of 10 VMs complies, 9 exempt"
    assert record["summary"]["by_outcome"] == {
        "critical": 0, "unknown": 0, "warning": 0, "exempt": 9, "compliant": 1, "not_applicable": 0
    }  # fmt: skip
    assert record["summary"]["results_exempt"] == len(record["exemptions"][0]["hidden"]) >= 9
    page = (tmp_path / "reports" / "report.html").read_text(encoding="utf-8")
    assert f"{record['summary']['results_exempt']} exempt." in page
    assert page.count("Exempt (EX-1): ") >= 9


def test_flag_exempt(run):
    given = policy({"min_copies": 2}, exemptions=[exemption(checks=["rpo"])])
    _result, record = run([vm(1, 5), vm(2, 90)], given)
    assert {one["id"]: "exempt" in one["backup"]["flags"] for one in record["virtual_machines"]} == {1: False, 2: True}


def test_one_owner_with_empty_virtual_machines_points_to_permissions(run):
    machines = [vm(1), vm(2), *(vm(n, None, user_id=9) for n in range(3, 12))]
    result, _record = run(machines, policy())
    assert (None, "population", "unknown") in found(result)
    (text,) = [item["message"] for item in result["findings"] if item["check"] == "population"]
    assert text.startswith("None of the 9 virtual machines of user 9 has any backup: the account may not be allowed")


@pytest.mark.parametrize("number", [0, 1, 2])
def test_singular_and_plural(run, tmp_path, number):
    result, _record = run([vm(n, 60) for n in range(1, number + 1)], policy(scope={"min_vms": 5}))
    texts = [result["headline"], result.get("msg", "")]
    texts += [(tmp_path / "reports" / name).read_text(encoding="utf-8") for name in ("summary.md", "report.html")]
    for text in texts:
        assert not re.search(
            r"(?<![\d,.])1 (VMs|virtual machines|findings|backups|requests|results|rules|days)\b", text
        )
        assert not re.search(r"(?<![\d,.])(0|[2-9]|[1-9]\d+) (VM|virtual machine|finding|backup|request|rule)\b", text)


# Changes.


def change_of(record):
    return {
        kind: [(one["virtual_machine_id"], one["check"]) for one in items]
        for kind, items in record["changes"].items()
        if isinstance(items, list) and items
    }


LATE = {"rpo": "26h", "rpo_critical": None}
FATES = {
    "resolved": ([vm(1), vm(2, 5)], policy(LATE), {}, "resolved"),
    "still": ([vm(1), vm(2, 40)], policy(LATE), {}, "still"),
    "unreadable": ([vm(1), vm(2, backups=[{"id": 1002, "created_at": "soon"}])], policy(LATE), {}, "no_longer_judged"),
    "deleted": ([vm(1)], policy(LATE), {}, "no_longer_judged"),
    "filtered out": ([vm(1), vm(2, 40)], policy(LATE), {"filters": [{"exclude": {"id": 2}}]}, "no_longer_judged"),
    "powered off": ([vm(1), vm(2, 40, built=False)], policy(LATE), {}, "no_longer_judged"),
    "exempt": ([vm(1), vm(2, 40)], policy(LATE, exemptions=[exemption(match={"id": 2})]), {}, "exempted"),
    "a looser limit": ([vm(1), vm(2, 40)], policy({"rpo": "48h"}), {}, "policy_changed"),
    "check off": ([vm(1), vm(2, 40)], policy({"rpo": "9d", "min_copies": 1}), {}, "policy_changed"),
}


@pytest.mark.parametrize("name", FATES)
def test_resolved_findings(run, tmp_path, name):
    machines, given, options, fate = FATES[name]
    run([vm(1), vm(2, 40)], policy(LATE), report_dir=str(tmp_path / "earlier"))
    _result, record = run(machines, given, previous_report=str(tmp_path / "earlier" / "report.json"), **options)
    changes = change_of(record)
    assert (2, "rpo") in changes[fate]
    assert all((2, "rpo") not in items for kind, items in changes.items() if kind != fate)
    page = (tmp_path / "reports" / "report.html").read_text(encoding="utf-8")
    assert "vm-2" in page[page.index('<section id="changes"') :]


# Rules.


@pytest.mark.parametrize(
    ("match", "hint"),
    [
        ({"label": "DB-*"}, "case"),
        ({"label": "^db-[0-9]+$"}, "glob"),
        ({"label": "db-01,db-02"}, "list"),
        ({"id": 99}, None),
    ],
)
def test_rule_without_a_match(run, match, hint):
    given = policy(rules=[{"name": "gold", "match": match, "rpo": "8h"}])
    result, _record = run([vm(1, label="db-01"), vm(2, label="db-02")], given)
    (item,) = [item for item in result["findings"] if item["check"] == "rule"]
    assert (item["rule"], item["status"], item["severity"]) == ("gold", "warn", "warning")
    assert "gold" in item["message"] and (hint is None or hint in item["message"]), item["message"]
    assert item["message"] in result["headline"]


def test_rule_behind_a_wider_one(run):
    rules = [
        {"name": "wide", "match": {"label": "vm-*"}},
        {"name": "narrow", "match": {"label": "vm-1"}, "rpo": "1h"},
    ]
    result, _record = run([vm(1), vm(2)], policy(rules=rules))
    (item,) = [item for item in result["findings"] if item["check"] == "rule"]
    assert item["rule"] == "narrow" and "wide" in item["message"]


# Single checks.


def backups(*ages, **facts):
    """Backups of these ages in days, newest first."""
    return [
        {"id": 5000 + place, "created_at": stamp(days=age), "built_at": stamp(days=age), **facts}
        for place, age in enumerate(ages)
    ]


def test_old_normal_backups_beside_fresh_incremental_ones(run):
    sizes = [0, 9, 900000, 8, 900000, 7, 6]
    odd = [{**one, "backup_size": size} for one, size in zip(backups(*range(60, 67)), sizes, strict=True)]
    fresh = [
        {"id": 6000, "created_at": stamp(hours=5), "backup_type": "incremental", "target_type": "VirtualMachine"},
        {"id": 5999, "created_at": stamp(hours=29), "backup_type": "incremental", "target_type": "VirtualMachine"},
    ]
    result, record = run([vm(1, backups=[*fresh, *odd])], policy())
    statuses = {one["check"]: one["status"] for one in record["virtual_machines"][0]["results"]}
    assert (statuses["size"], statuses["empty"]) == ("not_applicable", "pass")
    assert result["findings"] == []


def test_disk_of_eighteen_months(run):
    """On 2025-12-30 the disk has not existed for a complete calendar year."""
    created = "2024-07-01T00:00:00Z"
    machine = vm(1, hours=90 * 24 + 5, created_at=created, disks=[{"id": 2001, "created_at": created}])
    given = policy({"retention": {"yearly": {"count": 1, "min": 1}, "monthly": None, "weekly": None, "daily": None}})
    _result, record = run([machine], given, evaluate_at="2025-12-30T06:00:00Z")
    (one,) = [one for one in record["virtual_machines"][0]["results"] if one["check"] == "retention_yearly"]
    assert (one["status"], one["message"]) == (
        "insufficient_data",
        "Disk 2001 was not there for a whole completed year.",
    )


@pytest.mark.parametrize(
    ("initiated", "status"),
    [
        ("days", "pass"),
        ("weeks", "pass"),
        ("manual", "warn"),
        ("on_demand", "insufficient_data"),
        (7, "insufficient_data"),
    ],
)
def test_unknown_origin(run, initiated, status):
    machine = vm(1, backups=backups(0.2, initiated=initiated))
    _result, record = run([machine], policy({"scheduled": True}))
    (one,) = [one for one in record["virtual_machines"][0]["results"] if one["check"] == "scheduled"]
    assert one["status"] == status
    assert status == "pass" or "by a schedule" not in one["message"]


# Times.


def test_evaluation_of_the_past(run):
    machine = vm(1, backups=backups(0.1, 1.1, 2.1, 3.1))
    result, record = run([machine], policy(), evaluate_at=stamp(days=2))
    assert (result["status"], result["findings"]) == ("compliant", [])
    assert record["virtual_machines"][0]["backup"]["newest_at"] == stamp(days=2.1)
    assert record["evaluated_at"] == stamp(days=2)


def test_metric_of_the_last_run(run, tmp_path):
    before = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    _result, record = run([vm(1)], policy(), evaluate_at="2036-01-01T00:00:00Z", fail_on="never")
    made = datetime.datetime.fromisoformat(record["generated_at"].replace("Z", "+00:00"))
    assert before <= made <= before + datetime.timedelta(minutes=5)
    metrics = (tmp_path / "reports" / "onapp_backup.prom").read_text(encoding="utf-8")
    assert f"onapp_backup_report_last_run_timestamp_seconds {int(made.timestamp())}\n" in metrics


@pytest.mark.parametrize("day_starts_at", ["00:00", "07:00", "16:00", "23:59"])
@pytest.mark.parametrize(("expires", "is_long"), [("2026-04-29", False), ("2026-04-30", True)])
def test_length_of_an_exemption(run, day_starts_at, expires, is_long):
    given = policy(
        exemptions=[exemption(match={"id": 2}, expires=expires)],
        report={"max_exemption": "30d", "warn_days_before_expiry": 0},
        day_starts_at=day_starts_at,
    )
    result, _record = run([vm(1), vm(2, 90)], given)
    assert bool(found(result, "exemption")) == is_long


@pytest.mark.parametrize("expires", ["2027-02-29", "2026-13-01", "2026-06-31", "31.12.2026", "never", 20261231])
def test_invalid_date(run, panel, expires):
    result, _record = run([vm(1)], policy(exemptions=[exemption(expires=expires)]))
    assert result["failure"]["code"] == "config"
    assert "policy.exemptions[0].expires" in result["msg"] and str(expires) in result["msg"]
    assert panel.counts()["requests"] == 0


# History.


def test_days_of_earlier_runs(run, tmp_path):
    """Four runs on three days; one day has no run."""
    archive = tmp_path / "archive"
    for days, hours in ((4, 5), (3, 60), (1, 5)):
        machines = [vm(1, days * 24 + 5), vm(2, days * 24 + hours)]
        run(machines, policy(), evaluate_at=stamp(days=days), report_dir=str(archive / str(days)))
    (archive / "broken").mkdir()
    (archive / "broken" / "status.json").write_text("{", encoding="utf-8")
    result, record = run([vm(1), vm(2)], policy(), history=str(archive), history_days=5)
    history = record["history"]
    assert result["status"] == "compliant"
    assert (history["runs"], history["days_without_run"]) == (4, ["2026-03-28"])
    letters = {one["virtual_machine_id"]: one["calendar"] for one in history["virtual_machines"]}
    assert (history["cloud"]["calendar"], letters) == ("CN-CC", {1: "CC-CC", 2: "CN-CC"})
    assert (history["cloud"]["compliant"], history["cloud"]["non_compliant"], history["cloud"]["unknown"]) == (3, 1, 1)
    assert history["cloud"]["percent"] == 60.0
    assert [one["path"] for one in history["skipped"]] == ["broken/status.json"]
    page = (tmp_path / "reports" / "report.html").read_text(encoding="utf-8")
    period = page[page.index('<section id="period"') : page.index('<section id="rules"')]
    assert "2026-03-28" in period and "60.0 %" in period and "broken/status.json" in period


def test_runs_of_other_clouds_and_policies(run, tmp_path):
    archive = tmp_path / "archive"
    run([vm(1)], policy(), report_dir=str(archive / "a"), evaluate_at=stamp(days=1))
    run([vm(1)], policy({"rpo": "9d"}), report_dir=str(archive / "b"), evaluate_at=stamp(days=2))
    status = json.loads((archive / "a" / "status.json").read_text(encoding="utf-8"))
    for name, change in (("panel", {"control_panel": "https://other.example.com"}), ("name", {"cloud_name": "ams"})):
        (archive / f"status-{name}.json").write_text(json.dumps({**status, **change}), encoding="utf-8")
    _result, record = run([vm(1)], policy(), history=str(archive))
    history = record["history"]
    assert (history["runs"], len(history["other_policies"])) == (2, 1)
    assert sorted(one["path"] for one in history["skipped"]) == ["status-name.json", "status-panel.json"]


@pytest.mark.parametrize("history", ["/does/not/exist", "", "/dev/null"])
def test_history_that_is_no_folder(run, panel, history):
    result, _record = run([vm(1)], policy(), history=history)
    assert result["failure"]["code"] == "config" and "history" in result["msg"]
    assert panel.counts()["requests"] == 0


# Spreadsheets.


def test_spreadsheets_open_in_excel(run, tmp_path):
    labels = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "B\u00fcro; =1+1", 'a","b', "\uff1d1"]
    run([vm(n, 90, label=label) for n, label in enumerate(labels, 1)], policy())
    for name in ("vms.csv", "findings.csv"):
        data = (tmp_path / "reports" / name).read_bytes()
        assert data.startswith(b"\xef\xbb\xbf") and b"\r\n" in data
        rows = list(csv.reader(data.decode("utf-8-sig").splitlines(), strict=True))
        cells = [cell for row in rows for field in row for cell in field.split(";")]
        assert not any(cell.strip().startswith(("=", "+", "-", "@", "\uff1d")) for cell in cells)
        assert any("B\u00fcro" in cell for cell in cells)
