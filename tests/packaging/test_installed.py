# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The installed collection works with only the folders that a collection needs."""

from __future__ import annotations

import json
import pathlib

import pytest
from ansible_collections.community.onapp.tests.integration.runner import Ansible, squeezed, variables
from ansible_collections.community.onapp.tests.packaging.conftest import ROOT
from ansible_collections.community.onapp.tests.simulator.process import Simulator

CLOUD = {"virtual_machines": [{"id": 1, "backups": [{}]}, {"id": 2, "label": "bare", "backups": []}]}


@pytest.fixture(autouse=True)
def _cloud(panel: Simulator) -> None:
    panel.reset(cloud=CLOUD)


@pytest.mark.parametrize(
    ("kind", "folder"), [("module", "modules"), *((name, name) for name in ("filter", "inventory", "test"))]
)
def test_documentation(user: Ansible, bare: pathlib.Path, kind: str, folder: str) -> None:
    """ansible-doc reads the installed files."""
    found = user.command("ansible-doc", "--type", kind, "--list_files", "community.onapp")
    files = dict(line.split(maxsplit=1) for line in found.output.splitlines())
    assert sorted(files) == sorted(
        f"community.onapp.{path.stem}" for path in (ROOT / "plugins" / folder).glob("[!_]*.py")
    )
    assert all(pathlib.Path(path).is_relative_to(bare) for path in files.values())
    shown = user.command("ansible-doc", "--type", kind, *files)
    assert shown.status == 0, shown.output
    assert "WARNING" not in shown.output and "ERROR" not in shown.output


def test_facts(user: Ansible, panel: Simulator) -> None:
    done = user.command("ansible-playbook", "community.onapp.backup_facts", environment=variables(panel))
    assert done.status == 0, done.output
    assert "2 virtual machines and 1 backups" in done.output


def test_inventory_and_maintenance(user: Ansible, panel: Simulator) -> None:
    source = user.source(hostnames=["label"], keyed_groups=[{"key": "onapp_backup.state", "prefix": "is"}])
    listing = user.inventory(source, panel=panel)
    assert listing.status == 0, listing.output
    assert listing.groups["onapp_backup_protected"] == ["vm-1"]
    assert listing.groups["is_unprotected"] == ["bare"]
    done = user.command("ansible-playbook", "community.onapp.maintenance", "-i", source, environment=variables(panel))
    assert done.status == 0, done.output
    assert "vm-1: newest recovery point" in done.output


def test_compliance_with_all_reports(user: Ansible, panel: Simulator) -> None:
    done = user.command("ansible-playbook", "community.onapp.backup_compliance", environment=variables(panel))
    assert done.status == 2, done.output
    reports = {path.name: path.read_text(encoding="utf-8") for path in (user.folder / "backup-reports").iterdir()}
    assert {"report.html", "report.json", "junit.xml", "onapp_backup.prom"} <= reports.keys()
    record = json.loads(reports["report.json"])
    assert record["status"] == "non_compliant"
    assert squeezed(record["headline"]) in squeezed(done.output)


def test_templates(user: Ansible, panel: Simulator) -> None:
    assess = "facts.virtual_machines | {}('community.onapp.{}', facts.backups) | map(attribute='{}')"
    fresh, states = assess.format("select", "backup_fresh", "label"), assess.format("map", "backup_state", "state")
    tasks = {
        "facts": {"community.onapp.onapp_backup_info": {}},
        "fresh": {"ansible.builtin.debug": {"var": fresh}},
        "states": {"ansible.builtin.debug": {"var": states}},
    }
    results = user.tasks(tasks, panel=panel).results
    assert results["fresh"][fresh] == ["vm-1"]
    assert results["states"][states] == ["protected", "unprotected"]
