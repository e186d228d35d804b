# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports if a route fails: unread data is never compliant.

tests/unit/faults has every fault; these tests check a few in each report. Without a fault the cloud is compliant, so
that only the fault can make a run fail.
"""

from __future__ import annotations

import json
import pathlib

import jsonschema
import pytest
from ansible_collections.community.onapp.plugins.modules import onapp_backup_compliance
from ansible_collections.community.onapp.tests.unit.faults.catalogue import FAULTS

ROOT = pathlib.Path(__file__).parents[4]
SCHEMA = json.loads((ROOT / "docs/schemas/backup_report.schema.json").read_text(encoding="utf-8"))
NOW = "2026-03-30T06:00:00Z"
CLOUD = {
    "virtual_machines": [
        {
            "id": number,
            "label": f"vm-{number}",
            "user_id": 1876,
            "disks": [{"id": 100 + number}],
            "backups": [{"id": 1000 + number, "created_at": "2026-03-30T01:00:00Z"}],
        }
        for number in (1, 2, 3)
    ],
    "users": [{"id": 1876}],
}
POLICY = {"defaults": {"min_copies": 1, "retention": None, "max_gap": None}, "scope": {"orphans": True}}
PASSING = ("HTTP 503", "Connection reset before the headers", "Body cut, ``Content-Length``", "Malformed JSON or XML")
LASTING = ("HTTP 403", "Malformed JSON or XML")
MISCOUNTED = "``X-Total`` too high"
REFUSED = {"fault": "status", "status": 401}
ROUTES = ("virtual_machines", "settings_disks", "disks", "backups", "user_backups")


@pytest.fixture
def run(run_module, panel, tmp_path):
    """A function that runs the module with a fault, and asserts that result and record contain no password."""

    def check(fault=None, cloud=None, **options):
        panel.reset(cloud=cloud or CLOUD, now=NOW)
        panel.faults(fault if isinstance(fault, list) else [fault] if fault else [])
        result = run_module(
            onapp_backup_compliance,
            panel,
            **{
                "evaluate_at": NOW,
                "policy": POLICY,
                "report_dir": str(tmp_path),
                "report_formats": ["json", "prometheus", "junit", "markdown"],
                "timeout": 0.8,
                "deadline": 1.5,
                "retries": 0,
                "concurrency": 4,
                **options,
            },
        )
        record = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator(SCHEMA).validate(record)
        assert panel.password not in run_module.output + json.dumps(record)
        assert record["status"] == result["status"]
        assert record["findings"] == result["findings"]
        assert ("\n" not in result["msg"]) if result.get("failed") else ("msg" not in result)
        return result, record

    return check


@pytest.fixture
def assert_not_compliant(tmp_path):
    """Assert that every report in the directory shows that data is missing."""

    def check(result, record):
        assert (result["status"], result["failed"], result["passed"]) == ("unknown", True, False)
        assert result["msg"].startswith("unknown: ")
        assert record["population"]["failures"]
        assert any(item["status"] == "unknown" for item in record["findings"])
        assert "\nonapp_backup_report_success 0\n" in (tmp_path / "onapp_backup.prom").read_text(encoding="utf-8")
        assert "<error" in (tmp_path / "junit.xml").read_text(encoding="utf-8")
        assert "unknown" in (tmp_path / "summary.md").read_text(encoding="utf-8").lower()

    return check


def assessment(result):
    """The content of a report without the source of the data."""
    return {name: result[name] for name in ("status", "passed", "headline", "summary", "findings")}


def states(record):
    return {vm["id"]: vm["backup"]["state"] for vm in record["virtual_machines"]}


def codes(record):
    return {failure["code"] for failure in record["population"]["failures"]}


def of_route(fault, route):
    """A fault, given itself or by name, on a route; on lists of virtual machines for only one of them."""
    fault = FAULTS[fault].switch if isinstance(fault, str) else fault
    return {**fault, "route": route, **({"vm": 2} if route in ("backups", "disks") else {})}


def test_healthy(run, panel):
    result, record = run()
    assert (result["status"], result["passed"], result["findings"]) == ("compliant", True, [])
    assert (set(states(record).values()), record["population"]["failures"]) == ({"protected"}, [])
    requests = panel.counts()["by_route"]
    assert {route: requests.get(route) for route in ROUTES} == {
        "virtual_machines": 1,
        "settings_disks": 1,
        "disks": None,
        "backups": 3,
        "user_backups": 1,
    }


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("fault", PASSING)
def test_temporary_fault_is_retried(run, fault, route):
    result, record = run({**of_route(fault, route), "times": 1}, retries=1, deadline=0)
    assert assessment(result) == assessment(run()[0])
    assert record["population"]["failures"] == []


@pytest.mark.parametrize("fault", [*LASTING, MISCOUNTED])
def test_no_list_of_virtual_machines(run, assert_not_compliant, fault):
    result, record = run(of_route(fault, "virtual_machines"))
    assert_not_compliant(result, record)
    assert [(item["check"], item["status"]) for item in result["findings"]] == [
        ("population", "unknown"),
        ("orphan", "unknown"),
    ]
    assert record["population"]["pages_complete"] is False
    # A list with a wrong total is used; all others are unknown.
    assert (sorted(states(record)), "failure" in result) == (([1, 2, 3], False) if fault == MISCOUNTED else ([], True))


@pytest.mark.parametrize("fault", LASTING)
def test_unread_backups(run, assert_not_compliant, fault):
    result, record = run(of_route(fault, "backups"))
    assert_not_compliant(result, record)
    assert states(record) == {1: "protected", 2: "unknown", 3: "protected"}
    assert {failure["virtual_machine_id"] for failure in record["population"]["failures"]} == {2}
    assert [item["check"] for item in result["findings"] if item["virtual_machine_id"] == 2] == ["coverage"]
    assert result["summary"]["percent"] < 100


@pytest.mark.parametrize("fault", LASTING)
def test_unread_disks_of_a_virtual_machine(run, assert_not_compliant, fault):
    panel_wide = {"fault": "status", "status": 403, "route": "settings_disks"}
    result, record = run([panel_wide, of_route(fault, "disks")])
    assert_not_compliant(result, record)
    assert states(record) == {1: "protected", 2: "unknown", 3: "protected"}


@pytest.mark.parametrize("fault", [*LASTING, "HTTP 401"])
def test_unread_backups_of_owners(run, assert_not_compliant, fault):
    result, record = run(of_route(fault, "user_backups"))
    assert_not_compliant(result, record)
    assert [(item["check"], item["status"]) for item in result["findings"]] == [("orphan", "unknown")]
    assert record["orphans"] == {"assessed": False, "backups": []}
    assert set(states(record).values()) == {"protected"}


@pytest.mark.parametrize("route", ["settings_disks", "disks", "backups"])
def test_login_that_is_refused_during_the_run(run, assert_not_compliant, route):
    faults = [of_route(REFUSED, route)]
    if route == "disks":
        faults.insert(0, {"fault": "status", "status": 403, "route": "settings_disks"})
    result, record = run(faults, concurrency=1)
    assert_not_compliant(result, record)
    assert result["failure"]["code"] == "auth"
    assert "auth" in codes(record)
    unread = {2, 3} if route != "settings_disks" else {1, 2, 3}
    assert {number for number, state in states(record).items() if state == "unknown"} == unread


@pytest.mark.parametrize(("route", "seconds"), [("virtual_machines", 5), ("backups", 0.4)])
def test_no_time_left(run, assert_not_compliant, route, seconds):
    """Three lists take 0.4 s each, one after the other, so that only some are read in time."""
    fault = {"fault": "slow_first_byte", "seconds": seconds, "route": route}
    result, record = run(fault, deadline=0.9, concurrency=1)
    assert_not_compliant(result, record)
    assert codes(record) <= {"deadline", "connection"}
    assert record["population"]["vms_listed"] == (0 if route == "virtual_machines" else 3)


@pytest.mark.parametrize("route", ROUTES)
def test_fail_on_never(run, route):
    fault = of_route({"fault": "status", "status": 500}, route)
    faults = [fault, {"fault": "status", "status": 403, "route": "settings_disks"}] if route == "disks" else [fault]
    result, record = run(faults, fail_on="never")
    assert record["status"] == ("compliant" if route == "settings_disks" else "unknown")
    # Without any list the run has failed.
    assert result.get("failed", False) is (route == "virtual_machines")


def test_known_failure_stays(run):
    lost = {**CLOUD["virtual_machines"][2], "backups": []}
    cloud = {**CLOUD, "virtual_machines": [*CLOUD["virtual_machines"][:2], lost]}
    result, record = run(of_route({"fault": "html"}, "backups"), cloud=cloud)
    assert (result["status"], result["failed"]) == ("non_compliant", True)
    assert states(record) == {1: "protected", 2: "unknown", 3: "unprotected"}
