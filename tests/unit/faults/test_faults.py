# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault on every route in every entry point: the outcome is that of the catalogue, and never a false green."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import io
import json
import pathlib
import time
import typing as t
import urllib.parse
from xml.etree import ElementTree

import pytest
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible_collections.community.onapp.tests.integration.listener import Listener, listen
from ansible_collections.community.onapp.tests.sample_report import REPORT_FILES, REPORTS
from ansible_collections.community.onapp.tests.simulator.process import Simulator
from ansible_collections.community.onapp.tests.unit.faults.catalogue import (
    AFFECTED,
    CASES,
    COMPLETE,
    FAILS,
    FAULTS,
    INCOMPLETE,
    LATER,
    NOW,
    PAGE_SIZE,
    UNKNOWN,
    Case,
    cloud,
    expected,
    refused_routes,
    switches,
)
from ansible_collections.community.onapp.tests.unit.plugins.inventory_in_process import PLUGIN, inventory_plugin
from ansible_collections.community.onapp.tests.unit.plugins.module_in_process import run_module

# Always run, also by `make units`.
QUICK = ("HTTP 401", "Some elements are not rows", "Redirect to another host")
OPTIONS = {"timeout": 25, "deadline": 25, "retries": 0, "concurrency": 4, "page_size": PAGE_SIZE}
MARGIN = 20.0  # seconds that a busy machine may need beyond the deadline
GROUPS = "onapp_backup_"
Options = dict[str, t.Any]
Parts = dict[str, dict[str, t.Any]]


@dataclasses.dataclass
class Observed:
    """The output of a run.

    `complete`: the run reports that everything was read. `parts`: per VM (and `orphans`) its `state`, `backups` and
    other facts. `passing`: parts of the output that report success. `text`: output, reports and cache.
    """

    failed: bool
    codes: set[str]
    complete: bool
    parts: Parts
    text: str
    passing: list[str] = dataclasses.field(default_factory=list)


def run_info(options: Options, folder: pathlib.Path) -> Observed:
    result, text = run_module("onapp_backup_info", options)
    if result.get("failed"):
        return Observed(True, {result["failure"]["code"]}, False, {}, text)
    parts: Parts = {}
    for vm in result["virtual_machines"]:
        own = [backup for backup in result["backups"] if backup["virtual_machine_id"] == vm["id"]]
        parts[f"VM {vm['id']}"] = {"state": vm["backup"]["state"], "facts": vm, "backups": own}
    assert result["summary"]["virtual_machines"] == len(parts)
    assert result["summary"]["backups"] == sum(len(part["backups"]) for part in parts.values())
    health = result["health"]
    return Observed(False, {failure["code"] for failure in health["failures"]}, health["complete"], parts, text)


def run_compliance(options: Options, folder: pathlib.Path) -> Observed:
    """The module with reports of all formats, which are always written completely."""
    where = {"report_dir": str(folder / "reports"), "report_formats": list(REPORTS)}
    result, text = run_module("onapp_backup_compliance", {**options, **where})
    texts = {path.name: path.read_text(encoding="utf-8") for path in (folder / "reports").iterdir()}
    assert sorted(texts) == sorted(REPORT_FILES)
    assert all(report.endswith("\n") for report in texts.values())
    assert texts["report.html"].rstrip().endswith("</html>")
    ElementTree.fromstring(texts["junit.xml"])
    report = json.loads(texts["report.json"])
    assert {name: report[name] for name in ("status", "findings", "headline")} == {
        name: result[name] for name in ("status", "findings", "headline")
    }
    population, codes = report["population"], {failure["code"] for failure in report["population"]["failures"]}
    failed = "failure" in result
    assert not failed or result["failure"]["code"] in codes
    parts: Parts = {
        f"VM {vm['id']}": {"state": vm["backup"]["state"], "facts": vm, "backups": []}
        for vm in report["virtual_machines"]
    }
    if "scope" in options["policy"] and not failed:
        state = "assessed" if report["orphans"]["assessed"] else UNKNOWN
        parts["orphans"] = {"state": state, "facts": report["orphans"], "backups": []}
    passing = {
        "passed": result["passed"],
        "the task": not result.get("failed", False),
        "status": result["status"] == "compliant",
        "metrics": "\nonapp_backup_report_success 1\n" in texts["onapp_backup.prom"],
        "findings": all(finding["status"] != "unknown" for finding in report["findings"]),
        "JUnit": "<error" not in texts["junit.xml"],
    }
    successes = [name for name, holds in passing.items() if holds]
    complete = population["pages_complete"] and not codes
    return Observed(failed, codes, complete, parts, text + "".join(texts.values()), successes)


def run_backup(options: Options, folder: pathlib.Path) -> Observed:
    """The module in check mode: a failed VM is unknown, one that needs no backup is green."""
    del options["evaluate_at"]
    result, text = run_module("onapp_backup", {**options, "_ansible_check_mode": True})
    if "virtual_machines" not in result:
        return Observed(True, {result["failure"]["code"]}, False, {}, text)
    parts: Parts = {}
    codes: set[str] = set()
    for vm in result["virtual_machines"]:
        codes |= {vm["failure"]["code"]} if vm["failure"] else set()
        facts = {"action": vm["action"], "changed": vm["changed"], "copies": vm["backup"]["copies"]}
        state = UNKNOWN if vm["action"] == "failed" else vm["backup"]["state"]
        assert (vm["action"] == "fresh") is (state == "protected")
        parts[f"VM {vm['id']}"] = {"state": state, "facts": facts, "backups": []}
    assert bool(result.get("failed")) is bool(codes)
    return Observed(False, codes, not codes, parts, text)


def run_inventory(options: Options, folder: pathlib.Path) -> Observed:
    """Read the source; if that creates a cache, read the cache too, which must give the same."""
    cached = cache_in(folder)
    observed = _read_source({**options, **cached}, folder, "api")
    cache = folder / "cache"
    files = [path.read_text(encoding="utf-8") for path in cache.iterdir()] if cache.exists() else []
    is_cacheable = observed.complete and "nothing is known of them" not in " ".join(observed.text.split())
    assert len(files) == int(is_cacheable), "only a complete cloud is cached"
    if files:
        again = _read_source({**options, **cached}, folder, "cache")
        assert (again.failed, again.parts) == (False, observed.parts)
    observed.text += "".join(files)
    return observed


def cache_in(folder: pathlib.Path) -> Options:
    return {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(folder / "cache")}


def _read_source(options: Options, folder: pathlib.Path, source: str, is_refresh: bool = False) -> Observed:
    file = folder / "cloud.onapp.yml"
    file.write_text(json.dumps({"plugin": PLUGIN, **options}), encoding="utf-8")
    inventory, printed, failed = InventoryData(), io.StringIO(), False
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        plugin = inventory_plugin()
        try:
            plugin.parse(inventory, DataLoader(), str(file), cache=not is_refresh)
            plugin.update_cache_if_changed()
        except AnsibleParserError as error:
            failed = True
            printed.write(str(error))
    record = inventory.groups["all"].vars["onapp_inventory"]
    assert record["source"] == source
    parts = {f"VM {host.vars['onapp_id']}": _host_part(host) for host in inventory.hosts.values()}
    assert not failed or not parts, "a source that fails adds no host"
    codes = {str(failure["code"]) for failure in record["failures"]}
    text = printed.getvalue() + json.dumps([record, parts])
    return Observed(failed, codes, bool(record["complete"]), parts, text)


def _host_part(host: t.Any) -> dict[str, t.Any]:
    facts = {name: value for name, value in host.vars.items() if name != "onapp_backups"}
    (state,) = (group.name.removeprefix(GROUPS) for group in host.groups if group.name.startswith(GROUPS))
    assert state == facts["onapp_backup"]["state"], "plays select hosts by group, and the group says something else"
    plain = json.dumps({"state": state, "facts": facts, "backups": host.vars.get("onapp_backups", [])})
    part: dict[str, t.Any] = json.loads(plain)
    return part


RUNNERS = {
    "onapp_backup_info": run_info,
    "inventory": run_inventory,
    "onapp_backup_compliance": run_compliance,
    "onapp_backup": run_backup,
}


def run(case: Case, panel: Simulator, folder: pathlib.Path, faults: list[Options], **limits: t.Any) -> Observed:
    """Run the entry point of a case with some faults in a new folder."""
    folder.mkdir()
    # Without a gap a lost page could make the run compliant, with one it could make the affected VM protected.
    panel.reset(cloud=cloud(gap=case.response_format == "json"), now=NOW, own_date=True)
    panel.faults(faults)
    return RUNNERS[case.entry_point]({**connection(case, panel), **case.options, **limits}, folder)


def connection(case: Case, panel: Simulator) -> Options:
    login = {"url": panel.url, "username": panel.username, "password": panel.password, "ca_path": panel.ca_file}
    return {**login, **OPTIONS, "response_format": case.response_format, "evaluate_at": NOW}


def outcome(observed: Observed, healthy: Observed) -> str:
    """The outcome of a run, as in the catalogue."""
    if observed.failed:
        return FAILS
    # With one kind of backups only, states are unknown without a fault too.
    if any(part["state"] == UNKNOWN and part != healthy.parts.get(name) for name, part in observed.parts.items()):
        return UNKNOWN
    return COMPLETE if observed.complete and not observed.codes and observed.parts == healthy.parts else INCOMPLETE


def assert_no_false_green(observed: Observed, healthy: Observed) -> None:
    """Whatever differs from the run without the fault is unknown, has no partial list, and is reported."""
    assert observed.failed or outcome(observed, healthy) == INCOMPLETE or observed.parts.keys() == healthy.parts.keys()
    assert observed.parts.keys() <= healthy.parts.keys()
    for name, part in observed.parts.items():
        assert part == healthy.parts[name] or part["state"] == UNKNOWN, f"{name} was assessed from partial data"
        assert len(part["backups"]) <= len(healthy.parts[name]["backups"]), (
            f"{name} shows backups that it does not have"
        )
    if observed.parts != healthy.parts:
        assert not observed.complete
        assert observed.codes
        assert observed.passing == []


def assert_not_better(observed: Observed, healthy: Observed) -> None:
    """The run succeeds with every VM, and none is protected only because of the fault."""
    assert not observed.failed
    assert observed.parts.keys() == healthy.parts.keys()
    for name, part in observed.parts.items():
        assert part["state"] != "protected" or healthy.parts[name]["state"] == "protected"


def assert_healthy(case: Case, healthy: Observed) -> None:
    """Without a fault a run is complete and reports the gap; otherwise a comparison with it would prove nothing."""
    assert (healthy.failed, healthy.codes, healthy.complete) == (False, set(), True)
    states = {name: part["state"] for name, part in healthy.parts.items()}
    chosen = {"virtual_machine": [AFFECTED], "onapp_backup": range(1, PAGE_SIZE + 1)}
    ids = chosen.get(case.route) or chosen.get(case.entry_point) or range(1, PAGE_SIZE + 2)
    assert set(states) - {"orphans"} == {f"VM {number}" for number in ids}
    assert states.pop("orphans", "assessed") == "assessed"
    if "backup_type" in case.options:
        assert set(states.values()) == {UNKNOWN}
        return
    affected = states.pop(f"VM {AFFECTED}")
    assert affected == ("stale" if case.response_format == "json" else "protected")
    assert set(states.values()) <= {"protected"}


@pytest.fixture(scope="session")
def elsewhere() -> t.Iterator[Listener]:
    """A server that must not receive requests."""
    with listen() as listener:
        yield listener


@pytest.fixture(scope="session")
def healthy_runs() -> dict[tuple[str, ...], Observed]:
    """Runs without a fault by entry point, route, format and panel, added when needed."""
    return {}


def param(case: Case) -> t.Any:
    is_quick = case.fault.name in QUICK and case.response_format == "json"
    return pytest.param(case, id=str(case), marks=[] if is_quick else [pytest.mark.slow])


@pytest.mark.parametrize("case", [param(case) for case in CASES])
def test_fault(
    case: Case,
    elsewhere: Listener,
    healthy_runs: dict[tuple[str, ...], Observed],
    request: pytest.FixtureRequest,
    tmp_path: pathlib.Path,
) -> None:
    panel: Simulator = request.getfixturevalue("tls_panel" if case.fault.tls else "panel")
    key = (case.entry_point, case.route, case.response_format, panel.url)
    if key not in healthy_runs:
        healthy_runs[key] = run(case, panel, tmp_path / "healthy", refused_routes(case))
        assert_healthy(case, healthy_runs[key])
    healthy = healthy_runs[key]
    heard = len(elsewhere.heads)
    started = time.monotonic()
    observed = run(case, panel, tmp_path / "fault", switches(case, elsewhere.port), **case.fault.options)
    seconds = time.monotonic() - started

    if case.fault.is_odd_value:
        assert_not_better(observed, healthy)
    else:
        assert (outcome(observed, healthy), observed.codes) == expected(case)
        assert_no_false_green(observed, healthy)
    assert seconds < {**OPTIONS, **case.fault.options}["deadline"] + MARGIN
    assert elsewhere.heads[heard:] == [], "a request was sent to another server"
    assert "Traceback (most recent call last)" not in observed.text
    token = base64.b64encode(f"{panel.username}:{panel.password}".encode()).decode()
    # The simulator's secrets all begin with "canary-".
    for secret in ("canary-", panel.password, urllib.parse.quote(panel.password, safe=""), token):
        assert secret not in observed.text
    assert_requested(panel, case.route)


def assert_requested(panel: Simulator, route: str) -> None:
    """Assert that the panel received a request for the route. It counts abandoned requests a little later."""
    until = time.monotonic() + MARGIN
    while route not in panel.counts()["by_route"]:
        assert time.monotonic() < until, "the route was not requested"
        time.sleep(0.02)


@pytest.mark.parametrize("name", ["HTTP 503", "Body cut, chunked", "Some elements are not rows"])
@pytest.mark.parametrize("route", ["virtual_machines", "backups"])
def test_incomplete_refresh_keeps_the_cache(name: str, route: str, panel: Simulator, tmp_path: pathlib.Path) -> None:
    case = Case(FAULTS[name], "inventory", route, "json", LATER)
    healthy = run(case, panel, tmp_path / "run", [])
    panel.faults(switches(case, 0))
    options = {**connection(case, panel), **case.options, **cache_in(tmp_path / "run")}
    refreshed = _read_source(options, tmp_path / "run", "api", is_refresh=True)
    assert not refreshed.complete
    panel.clear_faults()
    cached = _read_source(options, tmp_path / "run", "cache")
    assert (cached.failed, cached.complete, cached.parts) == (False, True, healthy.parts)


def test_second_pages_contain_the_gap() -> None:
    vms = cloud(gap=True)["virtual_machines"]
    affected = vms[AFFECTED - 1]
    incremental = [backup for backup in affected["backups"] if backup.get("backup_type") == "incremental"]
    for rows in (vms, affected["disks"], incremental, affected["backups"][: -len(incremental)]):
        assert len(rows) > PAGE_SIZE
    backed_up = {backup.get("target_id") for backup in affected["backups"]}
    assert [disk["id"] in backed_up for disk in affected["disks"]] == [True] * PAGE_SIZE + [False]
