# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was installed from the archive works on its own, also when nothing is left of it but what it must need."""

from __future__ import annotations

import json
import pathlib

import pytest
from ansible_collections.community.onapp.tests.integration.runner import Ansible, squeezed, variables
from ansible_collections.community.onapp.tests.packaging.archive import PROGRAMS
from ansible_collections.community.onapp.tests.packaging.conftest import NEEDED
from ansible_collections.community.onapp.tests.simulator.process import Simulator

REPORTS = ["findings.csv", "junit.xml", "onapp_backup.prom", "report.html", "report.json", "summary.md", "vms.csv"]
PLUGINS = {
    "filter": ["community.onapp.backup_state"],
    "inventory": ["community.onapp.onapp"],
    "module": ["community.onapp.onapp_backup_compliance", "community.onapp.onapp_backup_info"],
    "test": ["community.onapp.backup_fresh"],
}
CLOUD = {"virtual_machines": [{"id": 1, "backups": [{}]}, {"id": 2, "label": "bare", "backups": []}]}


@pytest.fixture(params=["installed", "bare"])
def collections(request: pytest.FixtureRequest) -> pathlib.Path:
    """The folder with the collection: as installed, and with what it must need only."""
    folder: pathlib.Path = request.getfixturevalue(request.param)
    return folder


@pytest.fixture
def user(collections: pathlib.Path, tmp_path: pathlib.Path) -> Ansible:
    return Ansible(tmp_path, PROGRAMS, {"ANSIBLE_COLLECTIONS_PATH": str(collections)})


def test_only_what_it_must_need_is_left(bare: pathlib.Path) -> None:
    folder = bare / "ansible_collections" / "community" / "onapp"
    assert {path.name for path in folder.iterdir()} <= set(NEEDED)


@pytest.mark.parametrize("kind", PLUGINS)
def test_documentation(user: Ansible, collections: pathlib.Path, kind: str) -> None:
    """It is that of the installed files: each path is shown, and no plugin is missing or comes from elsewhere."""
    found = user.command("ansible-doc", "--type", kind, "--list_files", "community.onapp")
    assert found.status == 0, found.output
    files = dict(line.split(maxsplit=1) for line in found.output.splitlines())
    assert sorted(files) == PLUGINS[kind]
    for path in files.values():
        assert pathlib.Path(path).is_relative_to(collections / "ansible_collections" / "community" / "onapp")
    shown = user.command("ansible-doc", "--type", kind, *files)
    assert shown.status == 0, shown.output
    for name in files:
        assert f"> {kind.upper()} {name} (" in shown.output
    assert "WARNING" not in shown.output and "ERROR" not in shown.output


def test_facts(user: Ansible, panel: Simulator) -> None:
    panel.reset(cloud=CLOUD)
    done = user.command("ansible-playbook", "community.onapp.backup_facts", environment=variables(panel))
    assert done.status == 0, done.output
    assert "Everything was read: 2 virtual machines and 1 backups" in done.output


def test_inventory_and_maintenance(user: Ansible, panel: Simulator) -> None:
    panel.reset(cloud=CLOUD)
    source = user.source(flag_groups=True, keyed_groups=[{"key": "onapp_backup.state", "prefix": "is"}])
    listing = user.inventory(source, panel=panel)
    assert listing.status == 0, listing.output
    assert listing.groups["onapp_backup_protected"] == ["vm-1"]
    assert listing.groups["is_unprotected"] == ["bare"]
    assert listing.health["complete"] is True
    done = user.command("ansible-playbook", "community.onapp.maintenance", "-i", source, environment=variables(panel))
    assert done.status == 0, done.output
    assert "vm-1: newest recovery point" in done.output


def test_compliance_with_all_reports(user: Ansible, panel: Simulator) -> None:
    panel.reset(cloud=CLOUD)
    done = user.command("ansible-playbook", "community.onapp.backup_compliance", environment=variables(panel))
    assert done.status == 2, done.output
    reports = {path.name: path.read_text(encoding="utf-8") for path in (user.folder / "backup-reports").iterdir()}
    assert sorted(reports) == REPORTS
    record = json.loads(reports["report.json"])
    assert record["status"] == "non_compliant"
    assert squeezed(record["headline"]) in squeezed(done.output)
    assert all("bare" in text for name, text in reports.items())


def test_templates(user: Ansible, panel: Simulator) -> None:
    panel.reset(cloud=CLOUD)
    judge = "facts.virtual_machines | {}('community.onapp.{}', facts.backups) | map(attribute='{}')"
    fresh, states = judge.format("select", "backup_fresh", "label"), judge.format("map", "backup_state", "state")
    tasks = {
        "facts": {"community.onapp.onapp_backup_info": {}},
        "fresh": {"ansible.builtin.debug": {"var": fresh}},
        "states": {"ansible.builtin.debug": {"var": states}},
    }
    results = user.tasks(tasks, panel=panel).results
    assert results["fresh"][fresh] == ["vm-1"]
    assert results["states"][states] == ["protected", "unprotected"]
