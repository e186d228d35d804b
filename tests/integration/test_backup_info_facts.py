# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""onapp_backup_info through ansible-playbook: facts in both formats, and the number of requests."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.community.onapp.plugins.module_utils._facts import BACKUP_FIELDS
from ansible_collections.community.onapp.tests.integration.runner import Ansible, Result, info
from ansible_collections.community.onapp.tests.simulator.process import Simulator
from ansible_collections.community.onapp.tests.vendor_page import VENDOR_ROW

pytestmark = pytest.mark.once

DOCUMENTED = {
    **VENDOR_ROW,
    "built_at": "2013-12-24T11:34:06Z",  # on the page 2013-12-24T14:34:06+03:00
    "created_at": "2013-12-24T11:31:20Z",
    "updated_at": "2013-12-24T11:34:06Z",
}
TWO_HOURS_LATER = "2013-12-24T13:31:20Z"
# Virtual machines of the simulator: that of the vendor's page, one without backups, one with several of both kinds.
SEED, WITHOUT_BACKUPS, PROTECTED = 1, 5, 2
PROTECTED_NAMES = {"id": "2", "identifier": "02bo1f806z049q", "label": "files-02", "hostname": "files-02.example.test"}
VIRTUAL_MACHINES = 12


def typed(record: Result) -> dict[str, tuple[type, t.Any]]:
    """The values with their types, because True equals 1 in Python."""
    return {name: (type(value), value) for name, value in record.items()}


def without_time(result: Result) -> Result:
    """The result without the keys that differ between runs."""
    changing = {"api", "health", "invocation", "warnings"}
    return {name: value for name, value in result.items() if name not in changing}


@pytest.mark.slow
def test_documented_backup(ansible: Ansible, panel: Simulator) -> None:
    one: dict[str, t.Any] = {"virtual_machines": [SEED], "evaluate_at": TWO_HOURS_LATER}
    normal = {**one, "backup_type": "normal", "gather_subset": ["backups"]}
    none = {"virtual_machines": [WITHOUT_BACKUPS], "evaluate_at": panel.now}
    done = ansible.tasks(
        {
            "normal_json": info(**normal),
            "normal_xml": info(**normal, response_format="xml"),
            "all_json": info(**one),
            "all_xml": info(**one, response_format="xml"),
            "none_json": info(**none),
            "none_xml": info(**none, response_format="xml"),
        },
        panel=panel,
    )
    assert done.status == 0, done.output
    results = done.results

    # The request of the vendor's page, and one for the virtual machine before it.
    for place, form in enumerate(("json", "xml")):
        entries = panel.counts()["log"][2 * place : 2 * place + 2]
        assert [entry["path"] for entry in entries] == [
            f"/virtual_machines/{SEED}.{form}",
            f"/virtual_machines/{SEED}/backups/images.{form}",
        ]
        assert {entry["accept"] for entry in entries} == {f"application/{form}"}

    for name in ("normal_json", "normal_xml", "all_json", "all_xml"):
        (backup,) = results[name]["backups"]
        assert {key: value for key, value in typed(backup).items() if key in DOCUMENTED} == typed(DOCUMENTED)
        added = {key: value for key, value in backup.items() if key not in {*DOCUMENTED, *BACKUP_FIELDS}}
        identifier = added.pop("virtual_machine_identifier")
        assert isinstance(identifier, str) and len(identifier) == 14
        assert typed(added) == typed(
            {
                "virtual_machine_id": SEED,
                "virtual_machine_label": "seed-document",
                "backup_size_bytes": 318357504,
                "usable": True,
                "age_seconds": 7200,
                "extra": {"compatible": True},  # sent by OnApp 6.2 and later, not on the page
            }
        )
        assert results[name]["changed"] is False
        assert results[name]["health"]["complete"] is True
    for kind in ("normal", "all", "none"):
        assert without_time(results[f"{kind}_json"]) == without_time(results[f"{kind}_xml"])

    (assessment,) = [vm["backup"] for vm in results["all_json"]["virtual_machines"]]
    assert (assessment["state"], assessment["age_seconds"], assessment["evaluated_at"]) == (
        "protected",
        7200,
        TWO_HOURS_LATER,
    )
    assert results["normal_json"]["virtual_machines"] == []
    assert results["normal_json"]["summary"]["states"]["unknown"] == 1  # one kind of backups proves nothing

    for name in ("none_json", "none_xml"):
        assert results[name]["backups"] == []
        assert results[name]["health"] == {**results[name]["health"], "complete": True, "failures": []}
        (vm,) = results[name]["virtual_machines"]
        assert (vm["backup"]["state"], vm["backup"]["copies"], vm["backup"]["newest_at"]) == ("unprotected", 0, None)


@pytest.mark.parametrize("generation", ["2.x", "4.x", "6.x"])
@pytest.mark.slow
def test_cloud_is_the_same_in_both_formats(generation: str, ansible: Ansible, panel: Simulator) -> None:
    panel.settings(generation=generation)
    calls = {"json": info(evaluate_at=panel.now), "xml": info(evaluate_at=panel.now, response_format="xml")}
    done = ansible.tasks(calls, panel=panel)
    assert done.status == 0, done.output
    first = done.results["json"]
    assert first["changed"] is False
    assert first["summary"]["virtual_machines"] == len(first["virtual_machines"]) == VIRTUAL_MACHINES
    assert first["summary"]["backups"] == len(first["backups"]) > 50
    assert len({vm["backup"]["state"] for vm in first["virtual_machines"]}) == 6  # all but unknown
    assert {tuple(sorted(backup)) for backup in first["backups"]} == {tuple(sorted(first["backups"][0]))}
    assert without_time(done.results["xml"]) == without_time(first)
    if generation == "6.x":
        checked = ansible.tasks(calls, "--check", "--diff", panel=panel)
        assert without_time(checked.results["json"]) == without_time(first)


@pytest.mark.slow
def test_selection_filters_and_requests(ansible: Ansible, panel: Simulator) -> None:
    names = {name: info(virtual_machines=[text]) for name, text in PROTECTED_NAMES.items()}
    done = ansible.tasks(
        {
            **names,
            "whole": info(concurrency=4),
            "manual": info(initiated=["manual"], created_before="2100-01-01"),
            "unusable": info(usable=False),
            "future": info(created_after="2100-01-01", virtual_machines=[SEED, PROTECTED]),
        },
        panel=panel,
    )
    assert done.status == 0, done.output
    counts, results = panel.counts(), done.results
    assert sum(result["api"]["requests"] for result in results.values()) == counts["requests"]
    assert sum(result["api"]["retries"] for result in results.values()) == 0
    for name in names:
        assert [found["id"] for found in results[name]["virtual_machines"]] == [PROTECTED]
        assert len(results[name]["backups"]) == len(results["id"]["backups"]) > 0
    assert results["id"]["api"]["requests"] <= 3
    assert results["identifier"]["api"]["requests"] <= 3
    assert results["label"]["api"]["requests"] <= 4
    assert results["hostname"]["api"]["requests"] <= 5  # the panel's search may cover labels only
    assert results["whole"]["api"]["requests"] <= VIRTUAL_MACHINES + 4
    assert counts["in_flight_peak"] <= 8

    all_backups = results["whole"]["backups"]
    assert {backup["initiated"] for backup in results["manual"]["backups"]} == {"manual"}
    assert len(results["manual"]["backups"]) == len([one for one in all_backups if one["initiated"] == "manual"])
    assert {backup["usable"] for backup in results["unusable"]["backups"]} == {False}
    assert results["future"]["backups"] == []
    states = {vm["id"]: vm["backup"]["state"] for vm in results["whole"]["virtual_machines"]}
    for name in ("manual", "unusable"):  # filters apply to the returned backups, not to the assessment
        assert {vm["id"]: vm["backup"]["state"] for vm in results[name]["virtual_machines"]} == states
