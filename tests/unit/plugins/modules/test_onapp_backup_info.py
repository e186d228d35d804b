# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module in this process on the simulated panel: requests, facts and failures."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.community.onapp.plugins.modules import onapp_backup_info

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.tests.simulator.process import Simulator

Run = t.Callable[..., dict[str, t.Any]]
VMS = 7
OLD = "2020-01-01T00:00:00Z"


def cloud(count: int) -> dict[str, t.Any]:
    """Virtual machines 1 to `count`, each with three backups of its one disk."""
    return {
        "virtual_machines": [
            {
                "id": number,
                "label": f"vm-{number}",
                "disks": [{"id": 100 + number, "created_at": OLD}],
                "backups": [{"id": 1000 * number + copy, "disk_id": 100 + number} for copy in range(3)],
            }
            for number in range(1, count + 1)
        ]
    }


def paths(panel: Simulator) -> list[str]:
    return [entry["path"] for entry in panel.counts()["log"]]


def states(result: dict[str, t.Any]) -> dict[int, str]:
    return {vm["id"]: vm["backup"]["state"] for vm in result["virtual_machines"]}


def test_requests_of_all_virtual_machines(run: Run, panel: Simulator) -> None:
    panel.reset(cloud=cloud(VMS))
    result = run()
    assert result["api"]["requests"] == panel.counts()["requests"] == VMS + 2
    assert result["summary"]["virtual_machines"] == VMS
    assert result["summary"]["backups"] == 3 * VMS


def test_concurrency(run: Run, panel: Simulator) -> None:
    panel.reset(cloud=cloud(24), delay_ms=100)
    run(concurrency=8)
    counts = panel.counts()
    assert counts["in_flight_peak"] == 8
    assert counts["connections"] <= 8


@pytest.mark.parametrize(
    ("name", "most"), [("3", 3), ("vm000000000003", 3), ("vm-3", 4)], ids=["id", "identifier", "label"]
)
def test_requests_of_one_virtual_machine(run: Run, panel: Simulator, name: str, most: int) -> None:
    panel.reset(cloud=cloud(VMS))
    result = run(virtual_machines=[name])
    assert [vm["id"] for vm in result["virtual_machines"]] == [3]
    assert panel.counts()["requests"] <= most


def test_documented_request_of_normal_backups(run: Run, panel: Simulator) -> None:
    result = run(virtual_machines=["1"], backup_type="normal")
    assert "/virtual_machines/1/backups/images.json" in paths(panel)
    assert {vm["backup"]["state"] for vm in result["virtual_machines"]} == {"unknown"}


@pytest.mark.parametrize("generation", ["2.x", "4.x", "6.x"])
def test_xml_and_json_give_the_same_facts(run: Run, panel: Simulator, generation: str) -> None:
    panel.reset(generate={"vms": 30, "backups": 5, "seed": 3}, generation=generation)
    moment = panel.now
    json_result = run(evaluate_at=moment)
    xml_result = run(evaluate_at=moment, response_format="xml")
    for part in ("backups", "virtual_machines", "summary"):
        assert json_result[part] == xml_result[part]
    assert len(set(states(json_result).values())) > 3


@pytest.mark.parametrize(
    "settings",
    [
        {"paging": "headers"},
        {"paging": "headers", "page_cap": 5},
        {"paging": "plain"},
        {"paging": "plain", "page_cap": 5},
        {"paging": "ignored"},
    ],
    ids=str,
)
def test_all_rows_with_every_kind_of_paging(run: Run, panel: Simulator, settings: dict[str, t.Any]) -> None:
    panel.reset(cloud=cloud(23), **settings)
    result = run(page_size=10)
    assert result["health"]["complete"]
    assert [vm["id"] for vm in result["virtual_machines"]] == list(range(1, 24))
    assert result["summary"]["backups"] == 69


def test_assessments_without_the_list_of_disks(run: Run, panel: Simulator) -> None:
    moment = panel.now
    expected = states(run(evaluate_at=moment))
    panel.settings(profile="no_disk_list")
    assert states(run(evaluate_at=moment)) == expected


def test_wrong_password_is_sent_once(run: Run, panel: Simulator) -> None:
    result = run(password="not the password", retries=3)
    assert result["failed"]
    assert result["failure"]["code"] == "auth"
    assert panel.counts()["requests"] == 1


def test_password_that_is_refused_during_the_run(run: Run, panel: Simulator) -> None:
    panel.faults([{"route": "backups", "fault": "status", "status": 401}])
    assert run()["failure"]["code"] == "auth"


@pytest.mark.parametrize(
    "fault", [{"fault": "status", "status": 503}, {"fault": "drop"}, {"fault": "truncated"}], ids=str
)
def test_temporary_fault_is_retried(run: Run, panel: Simulator, fault: dict[str, t.Any]) -> None:
    panel.faults([{"route": "backups", "vm": 2, "times": 1, **fault}])
    result = run()
    assert result["health"]["complete"]
    assert result["api"]["retries"] == 1


def test_unreadable_machine_is_unknown(run: Run, panel: Simulator) -> None:
    panel.reset(cloud=cloud(VMS))
    panel.faults([{"route": "backups", "vm": 3, "fault": "status", "status": 500}])
    result = run()
    assert [number for number, state in states(result).items() if state == "unknown"] == [3]
    assert result["health"]["complete"] is False
    assert result["health"]["failures"][0]["code"] == "server"
    assert run(on_error="fail")["failure"]["status"] == 500


def test_machine_that_is_deleted_during_the_run(run: Run, panel: Simulator) -> None:
    panel.reset(cloud=cloud(VMS))
    panel.faults([{"route": "backups", "vm": 3, "fault": "delete_vm"}])
    result = run()
    assert 3 not in states(result)
    assert [vm["id"] for vm in result["health"]["dropped"]] == [3]
    assert result["health"]["complete"] is True


def test_missing_route_is_no_deleted_machine(run: Run, panel: Simulator) -> None:
    panel.faults([{"route": "backups", "fault": "status", "status": 404}])
    result = run()
    assert set(states(result).values()) == {"unknown"}
    assert result["health"]["dropped"] == []


def test_incomplete_list_is_not_used(run: Run, panel: Simulator) -> None:
    panel.reset(cloud=cloud(VMS))
    panel.faults([{"route": "backups", "vm": 3, "fault": "wrong_total", "total": 50}])
    result = run()
    assert {number for number, state in states(result).items() if state == "unknown"} == {3}
    assert [(failure["virtual_machine_id"], failure["code"]) for failure in result["health"]["failures"]] == [
        (3, "decode")
    ]


@pytest.mark.parametrize("owner", [None, "2 x", "", {}, [2], True, "9" * 40, -1, 0], ids=repr)
def test_disk_without_a_readable_owner(run: Run, panel: Simulator, owner: t.Any) -> None:
    """It may be of any virtual machine, so that the list of each is read."""
    data = cloud(VMS)
    second = {**data["virtual_machines"][1]["disks"][0], "id": 9999}
    data["virtual_machines"][1]["disks"].append({**second, "virtual_machine_id": owner})
    panel.reset(cloud=data)
    found = states(run())
    assert [path for path in paths(panel) if path.endswith("/disks.json")][1:] != []
    expected = "unprotected" if owner is None or owner == "" else "unknown"
    assert found == {number: expected if number == 2 else "protected" for number in found}


def test_on_error_fail(run: Run, panel: Simulator) -> None:
    panel.reset(cloud=cloud(VMS))
    panel.faults([{"route": "virtual_machines", "fault": "wrong_total", "total": 50}])
    result = run(on_error="fail")
    assert (result["failed"], result["failure"]["code"]) == (True, "decode")


def test_failure_of_another_virtual_machine(run: Run, panel: Simulator) -> None:
    panel.reset(cloud=cloud(VMS))
    result = run(gather_subset=["backups"])
    assert (result["virtual_machines"], len(result["backups"])) == ([], 3 * VMS)


def test_too_high_total_is_incomplete(run: Run, panel: Simulator) -> None:
    panel.faults([{"route": "virtual_machines", "fault": "wrong_total", "total": 500}])
    assert run()["health"]["complete"] is False


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"url": "onapp.example.com"}, "url"),
        ({"concurrency": 0}, "concurrency"),
        ({"evaluate_at": "soon"}, "evaluate_at"),
        ({"policy": {"defaults": {"rop": "26h"}}}, "policy.defaults"),
        ({"policy": {"defaults": {"rpo": 960}}}, "policy.defaults.rpo"),
        ({"ca_path": "/does/not/exist"}, "ca_path"),
    ],
    ids=str,
)
def test_wrong_options(run: Run, panel: Simulator, options: dict[str, t.Any], named: str) -> None:
    result = run(**options)
    assert result["failure"]["code"] == "config"
    assert named in result["msg"]
    assert "\n" not in result["msg"]
    assert panel.counts()["requests"] == 0


def test_no_secret_is_printed(run_module: t.Any, panel: Simulator) -> None:
    panel.faults([{"route": "backups", "vm": 2, "fault": "echo_credentials"}])
    result = run_module(onapp_backup_info, panel)
    assert result["health"]["complete"] is False
    assert "canary" not in run_module.output
    assert panel.password not in run_module.output


def test_filters_do_not_change_the_assessment(run: Run, panel: Simulator) -> None:
    moment = panel.now
    everything = run(evaluate_at=moment)
    narrowed = run(evaluate_at=moment, usable=False, created_after="2020-01-01")
    assert 0 < len(narrowed["backups"]) < len(everything["backups"])
    assert not any(backup["usable"] for backup in narrowed["backups"])
    assert states(narrowed) == states(everything)


def test_schedules_with_invalid_values_are_omitted(run: Run, panel: Simulator) -> None:
    """With them the filter would know more than the module."""
    given = cloud(2)
    given["virtual_machines"][0]["schedules"] = [{"failure_count": -1, "status": "disabled"}]
    panel.reset(cloud=given)
    result = run(evidence=["schedules"])
    first, second = result["virtual_machines"]
    assert (first["schedules"], second["schedules"]) == (None, [])
    assert ["unscheduled" in vm["backup"]["flags"] for vm in (first, second)] == [False, True]
    assert "no readable value for failure_count of schedule" in str(result["warnings"]), result["warnings"]
