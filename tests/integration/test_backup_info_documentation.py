# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of onapp_backup_info: its examples run, and its return values are those of the module."""

from __future__ import annotations

import json
import re
import typing as t

import pytest
import yaml
from ansible_collections.community.onapp.tests.integration.listener import listen
from ansible_collections.community.onapp.tests.integration.runner import MODULE, Ansible, Result, info
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = pytest.mark.twice

TYPES: dict[str, t.Any] = {"bool": bool, "int": int, "float": (float, int), "str": str, "list": list, "dict": dict}
# Keys that Ansible adds to every result.
ANSIBLE_KEYS = {"ansible_parsed", "changed", "failed", "warnings", "invocation", "deprecations", "msg", "exception"}
# Dictionaries whose keys are data; `states` is compared with its sample.
OPEN = {"backups[].extra"}
KIND_OF_EVIDENCE = re.compile(r"V\((recovery_points|schedules|transactions)\)")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def documentation(ansible: Ansible) -> Result:
    """The module's documentation as Ansible reads it: `doc`, `examples` and `return`."""
    done = ansible.command("ansible-doc", "--json", MODULE)
    assert done.status == 0, done.output
    document: Result = json.loads(done.output)[MODULE]
    return document


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


@pytest.mark.slow
def test_return_values(ansible: Ansible, panel: Simulator) -> None:
    entries = documentation(ansible)["return"]
    panel.faults(
        [
            {"fault": "status", "route": "backups", "vm": 2, "status": 500},
            {"fault": "delete_vm", "route": "backups", "vm": 3},
            {"fault": "wrong_total", "route": "virtual_machines", "total": 30, "times": 1},
        ]
    )
    calls = {
        "everything": info(),
        "one": info(virtual_machines=[4], response_format="xml"),
        "little": info(gather_subset=["virtual_machines"], virtual_machines=[4]),
        "normal": info(backup_type="normal", virtual_machines=[4]),
        "evidence": info(evidence=["recovery_points", "schedules", "transactions"]),
        "failed_before": info(url="nonsense"),
        "failed_after": info(virtual_machines=[2], on_error="fail"),
    }
    done = ansible.tasks(calls, panel=panel)
    assert done.status == 0, done.output
    panel.reset(cloud={"virtual_machines": [{"id": 1, "recovery_points": [{}], "schedules": [{}]}]})
    more = ansible.tasks({"evidence": calls["evidence"]}, panel=panel)
    assert more.status == 0, more.output
    seen: set[str] = set()
    for name, result in [*done.results.items(), *more.results.items()]:
        when = "failure" if name.startswith("failed") else "success"
        own = {key: value for key, value in result.items() if key not in ANSIBLE_KEYS}
        contained = {key: entry for key, entry in entries.items() if entry["returned"].split(",")[0] == when}
        assert_documented(
            "", own, {"type": "dict", "contains": contained}, seen, calls[name][MODULE].get("evidence", ())
        )
    places = {place for place in documented_paths(entries) if not place.startswith("summary.states.")}
    assert places <= seen, f"documented, but never returned: {places - seen}"
    assert_samples(entries)


def test_documentation_renders(ansible: Ansible) -> None:
    done = ansible.command("ansible-doc", MODULE)
    assert done.status == 0, done.output
    for text in ("ONAPP_URL", "virtual_machines", "backup_size_bytes", "community.onapp"):
        assert text in done.output
    assert "WARNING" not in done.output and "ERROR" not in done.output
    listed = ansible.command("ansible-doc", "--list", "community.onapp")
    assert MODULE in listed.output
    document = documentation(ansible)["doc"]
    assert document["attributes"]["check_mode"]["support"] == "full"


@pytest.mark.slow
def test_examples(ansible: Ansible) -> None:
    """Every example unchanged, in one play on a host that is named like a virtual machine."""
    examples = yaml.safe_load(documentation(ansible)["examples"])
    named = {task.get("register", f"example_{number}"): task for number, task in enumerate(examples)}
    credentials = {"username": "auditor@example.com", "password": "the key of the example"}
    with Simulator(tls=True, tls_name="onapp.example.com", **credentials) as panel, listen(panel.port) as proxy:
        environment = {
            "ONAPP_URL": "https://onapp.example.com",
            "ONAPP_USERNAME": panel.username,
            "ONAPP_PASSWORD": panel.password,
            "ONAPP_CA_PATH": str(panel.ca_file),
            "HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}",
        }
        lines = {"ansible_python_interpreter": "{{ ansible_playbook_python }}", "onapp_api_key": panel.password}
        done = ansible.tasks(
            named,
            "--inventory",
            "cache-12,",
            environment=environment,
            play={"hosts": "cache-12", "vars": lines},
        )
        counts = panel.counts()
    assert done.status == 0, done.output
    assert {name for name, result in done.results.items() if result.get("failed")} == set(), done.output
    assert set(counts["by_status"]) == {"200"}
    assert all(head.startswith("CONNECT onapp.example.com:443 ") for head in proxy.heads)
    assert all("uthorization" not in head for head in proxy.heads)
    results = [result for result in done.results.values() if "virtual_machines" in result]
    assert len(results) >= 5
    assert "/virtual_machines/1/backups/images.json" in [entry["path"] for entry in counts["log"]]
    (last,) = results[-1]["virtual_machines"]
    assert last["label"] == "cache-12"
    assert "unprotected (no usable recovery point" in done.output
