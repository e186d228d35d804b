# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts of onapp_backup_info in both formats, and the number of requests."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._facts import BACKUP_FIELDS
from ansible_collections.community.onapp.tests.simulator.process import Simulator
from ansible_collections.community.onapp.tests.vendor_page import VENDOR_ROW

Result = dict[str, t.Any]
Run = t.Callable[..., Result]

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


def test_documented_backup(run: Run, panel: Simulator) -> None:
    one: dict[str, t.Any] = {"virtual_machines": [SEED], "evaluate_at": TWO_HOURS_LATER}
    normal = {**one, "backup_type": "normal", "gather_subset": ["backups"]}
    none = {"virtual_machines": [WITHOUT_BACKUPS], "evaluate_at": panel.now}
    results = {
        f"{name}_{response_format}": run(**options, response_format=response_format)
        for name, options in {"normal": normal, "all": one, "none": none}.items()
        for response_format in ("json", "xml")
    }

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


def test_selection_filters_and_requests(run: Run, panel: Simulator) -> None:
    results = {name: run(virtual_machines=[text]) for name, text in PROTECTED_NAMES.items()}
    results["whole"] = run(concurrency=4)
    results["manual"] = run(initiated=["manual"], created_before="2100-01-01")
    results["unusable"] = run(usable=False)
    results["future"] = run(created_after="2100-01-01", virtual_machines=[SEED, PROTECTED])
    counts = panel.counts()
    assert sum(result["api"]["requests"] for result in results.values()) == counts["requests"]
    assert sum(result["api"]["retries"] for result in results.values()) == 0
    for name in PROTECTED_NAMES:
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
