# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules return exactly the documented keys, with values of the documented types."""

from __future__ import annotations

import re
import typing as t

import yaml
from ansible_collections.community.onapp.plugins.modules import onapp_backup, onapp_backup_info
from ansible_collections.community.onapp.tests.simulator.process import Simulator

Result = dict[str, t.Any]

TYPES: dict[str, t.Any] = {"bool": bool, "int": int, "float": (float, int), "str": str, "list": list, "dict": dict}
# Keys that Ansible adds to every result.
ANSIBLE_KEYS = {"ansible_parsed", "changed", "failed", "warnings", "invocation", "deprecations", "msg", "exception"}
# Dictionaries whose keys are data; `states` is compared with its sample.
OPEN = {"backups[].extra"}
KIND_OF_EVIDENCE = re.compile(r"V\((recovery_points|schedules|transactions)\)")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
EVIDENCE = ["recovery_points", "transactions"]
STALE = "2020-01-01T00:00:00Z"
OLD_BACKUP = {"created_at": STALE, "built_at": STALE}
CLOUD: dict[str, t.Any] = {
    "virtual_machines": [
        {"id": 1, "label": "db-01", "backups": [OLD_BACKUP]},
        {"id": 2, "label": "fresh", "backups": [{}]},
        {"id": 3, "label": "stale", "backups": [OLD_BACKUP]},
        {"id": 4, "label": "new", "built": False, "backups": []},
    ]
}


def contents(entries: Result, evidence: t.Collection[str]) -> Result:
    """The entries that are returned with the option `evidence`."""
    return {
        name: entry
        for name, entry in entries.items()
        if all(kind in evidence for kind in KIND_OF_EVIDENCE.findall(entry.get("returned") or ""))
    }


def assert_documented(
    where: str, value: t.Any, entry: Result, seen: set[str], evidence: t.Collection[str] = ()
) -> None:
    """Assert that a value has the documented type and exactly the keys that are documented for `evidence`."""
    seen.add(where)
    if value is None:
        return
    kind = entry["type"]
    assert isinstance(value, TYPES[kind]), f"{where} is {value!r}, documented as {kind}"
    assert kind == "bool" or not isinstance(value, bool), f"{where} is {value!r}, documented as {kind}"
    if kind == "str" and where.endswith("_at"):
        assert TIME.fullmatch(value), f"{where} is {value!r}"
    if kind == "list":
        assert entry["elements"], where
        for item in value:
            assert item is not None, where
            assert_documented(f"{where}[]", item, {**entry, "type": entry["elements"]}, seen, evidence)
    elif kind == "dict" and where not in OPEN:
        contained = contents(entry.get("contains") or {name: {"type": "int"} for name in entry["sample"]}, evidence)
        assert set(value) == set(contained), f"{where}: {set(value) ^ set(contained)}"
        for name, item in value.items():
            assert_documented(f"{where}.{name}" if where else name, item, contained[name], seen, evidence)


def documented_paths(entries: Result, where: str = "") -> set[str]:
    """The path of every documented return value."""
    found = set()
    for name, entry in entries.items():
        place = f"{where}{name}"
        found |= {
            place,
            *documented_paths(entry.get("contains") or {}, place + ("[]." if entry["type"] == "list" else ".")),
        }
    return found


def assert_samples(entries: Result, where: str = "") -> None:
    """Assert that samples have the documented type."""
    for name, entry in entries.items():
        if "sample" in entry:
            assert_documented(f"{where}{name}", entry["sample"], {**entry, "contains": None}, set())
        assert_samples(entry.get("contains") or {}, f"{where}{name}" + ("[]." if entry["type"] == "list" else "."))


def test_onapp_backup_info(run_module: t.Any, panel: Simulator) -> None:
    entries = yaml.safe_load(onapp_backup_info.RETURN)
    panel.faults(
        [
            {"fault": "status", "route": "backups", "vm": 2, "status": 500},
            {"fault": "delete_vm", "route": "backups", "vm": 3},
            {"fault": "wrong_total", "route": "virtual_machines", "total": 30, "times": 1},
        ]
    )
    calls: list[Result] = [
        {},
        {"virtual_machines": [4], "response_format": "xml"},
        {"virtual_machines": [4], "gather_subset": ["virtual_machines"]},
        {"virtual_machines": [4], "backup_type": "normal"},
        {"evidence": ["recovery_points", "schedules", "transactions"]},
        {"url": "nonsense"},
        {"virtual_machines": [2], "on_error": "fail"},
    ]
    results = [(options, run_module(onapp_backup_info, panel, **options)) for options in calls]
    panel.reset(cloud={"virtual_machines": [{"id": 1, "recovery_points": [{}], "schedules": [{}]}]})
    results.append((calls[4], run_module(onapp_backup_info, panel, **calls[4])))
    assert [bool(result.get("failed")) for _options, result in results] == [False] * 5 + [True] * 2 + [False]
    seen: set[str] = set()
    for options, result in results:
        when = "failure" if result.get("failed") else "success"
        own = {key: value for key, value in result.items() if key not in ANSIBLE_KEYS}
        contained = {key: entry for key, entry in entries.items() if entry["returned"].split(",")[0] == when}
        assert_documented("", own, {"type": "dict", "contains": contained}, seen, options.get("evidence", ()))
    places = {place for place in documented_paths(entries) if not place.startswith("summary.states.")}
    assert places <= seen, f"documented, but never returned: {places - seen}"
    assert_samples(entries)


def test_onapp_backup(run_module: t.Any, panel: Simulator) -> None:
    """Each result has the documented keys and types; it is the same on success, failure and in check mode."""
    panel.reset(cloud=CLOUD)
    panel.settings(build_seconds=0)
    entries, facts = (yaml.safe_load(module.RETURN) for module in (onapp_backup, onapp_backup_info))
    entries["backups"]["contains"] = contents(facts["backups"]["contains"], ())
    entries["api"]["contains"] = facts["api"]["contains"]
    entries["failure"]["contains"] = facts["failure"]["contains"]
    own_failure = entries["virtual_machines"]["contains"]["failure"]
    own_failure["contains"] = {**facts["failure"]["contains"], "text": {"type": "str"}}
    entries["virtual_machines"]["contains"]["backup"] = facts["virtual_machines"]["contains"]["backup"]
    calls: dict[str, Result] = {
        "checked": {"_ansible_check_mode": True},
        "all": {"virtual_machines": ["db-01", "fresh"], "response_format": "xml", "evidence": EVIDENCE},
        "again": {"virtual_machines": ["db-01", "fresh"]},
        "failed_vm": {"virtual_machines": ["new", "stale"]},
        "failed_before": {"virtual_machines": ["nobody"]},
    }
    common = {"virtual_machines": ["db-01"], "max_age": "6h", "poll_interval": 1}
    results = {name: run_module(onapp_backup, panel, **{**common, **options}) for name, options in calls.items()}
    assert [results[name].get("changed", False) for name in calls] == [True, True, False, True, False]
    assert [vm["action"] for vm in results["failed_vm"]["virtual_machines"]] == ["failed", "started"]
    seen: set[str] = set()
    for name, result in results.items():
        own = {key: value for key, value in result.items() if key not in ANSIBLE_KEYS}
        expected = {"failed_vm": set(entries), "failed_before": {"failure"}}.get(name, set(entries) - {"failure"})
        contained = {key: entry for key, entry in entries.items() if key in expected}
        assert_documented("", own, {"type": "dict", "contains": contained}, seen, EVIDENCE if name == "all" else ())
    places = {place for place in documented_paths(entries) if "disks[]" not in place}
    assert places <= seen, f"documented, but never returned: {places - seen}"
    assert_samples(entries)
