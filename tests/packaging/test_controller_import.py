# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`awx import` takes the examples for the automation controller, and makes of them what they say."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest
from ansible_collections.community.onapp.tests.integration.runner import Ansible, Outcome
from ansible_collections.community.onapp.tests.packaging.archive import PROGRAMS
from ansible_collections.community.onapp.tests.packaging.controller import EXAMPLES, Controller, imported, shown_files
from ansible_collections.community.onapp.tests.packaging.controller_api import Controller as Api
from ansible_collections.community.onapp.tests.packaging.controller_api import Row, fields

LISTS = {"inventory": "inventories"}
# By what AWX recognizes a playbook among the files of a project.
PLAYBOOK = re.compile(r"^\s*?-?\s*?(?:hosts|(?:ansible\.builtin\.)?import_playbook):\s*?.*?$", re.MULTILINE)


@pytest.fixture
def api() -> t.Iterator[Api]:
    with Api() as server:
        yield server


@pytest.fixture
def awx(tmp_path: pathlib.Path, api: Api) -> Ansible:
    """Runs the command awx, which connects to the API."""
    return Ansible(tmp_path, PROGRAMS, {"CONTROLLER_HOST": api.url, "CONTROLLER_OAUTH_TOKEN": "t0ken"})


def take(awx: Ansible, name: str) -> Outcome:
    return awx.command("sh", "-c", f"awx import -f yaml < '{EXAMPLES / name}'")


def add_credential(api: Api) -> Row:
    (kind,) = api.rows["credential_types"]
    (organization,) = api.rows["organizations"]
    values = {"name": "OnApp", "organization": organization["id"], "credential_type": kind["id"], "inputs": {}}
    return api.add("credentials", values)


def assets(name: str) -> t.Iterator[tuple[str, Row]]:
    """Every object of an example, with the list that it belongs to."""
    for kind, entries in imported(name).items():
        for entry in entries:
            yield LISTS.get(kind, kind), entry
            for schedule in entry.get("related", {}).get("schedules", []):
                yield "schedules", schedule


@pytest.mark.parametrize("name", ["credential-type.yml", "backups.yml"])
def test_no_field_is_dropped(name: str) -> None:
    """`awx import` says nothing of fields that the API does not know."""
    for kind, entry in assets(name):
        assert set(entry) - {"natural_key", "related"} <= set(fields(kind)), entry["name"]


def test_all_of_it_is_made(awx: Ansible, api: Api) -> None:
    done = take(awx, "credential-type.yml")
    assert done.status == 0, done.output
    credential = add_credential(api)
    for name in ("backups.yml", "backups.yml"):  # the second time, it brings up to date what is there
        done = take(awx, name)
        assert done.status == 0, done.output
        made = {name: [row["name"] for row in rows] for name, rows in api.rows.items() if rows}
        assert made == {
            "organizations": ["Default"],
            "credential_types": ["OnApp control panel"],
            "credentials": ["OnApp"],
            "projects": ["OnApp backups"],
            "inventories": ["OnApp", "Controller only"],
            "inventory_sources": ["OnApp"],
            "job_templates": ["OnApp backup compliance", "OnApp maintenance"],
            "schedules": ["OnApp backup compliance, every morning"],
        }
    (project,), (source,), (schedule,) = (api.rows[name] for name in ("projects", "inventory_sources", "schedules"))
    inventories, (compliance, maintenance) = api.rows["inventories"], api.rows["job_templates"]
    assert (source["inventory"], source["source_project"], source["credential"]) == (
        inventories[0]["id"],
        project["id"],
        credential["id"],
    )
    assert source["overwrite"] is source["overwrite_vars"] is source["update_on_launch"] is True
    assert compliance["inventory"] == inventories[1]["id"]
    assert maintenance["inventory"] == inventories[0]["id"]
    assert schedule["unified_job_template"] == compliance["id"]
    assert api.attached == {compliance["id"]: [credential["id"]]}
    (kind,) = api.rows["credential_types"]
    (described,) = imported("credential-type.yml")["credential_types"]
    assert (kind["inputs"], kind["injectors"]) == (described["inputs"], described["injectors"])


def test_it_says_so_when_there_is_no_credential_yet(awx: Ansible, api: Api) -> None:
    assert take(awx, "credential-type.yml").status == 0
    done = take(awx, "backups.yml")
    assert done.status != 0
    assert "Could not find matching object" in done.output


def test_the_guide_shows_the_examples_as_they_are() -> None:
    folders = (EXAMPLES, EXAMPLES / "project", EXAMPLES.parent / "execution-environment")
    files = {str(path.relative_to(folder)): path for folder in folders for path in folder.rglob("*") if path.is_file()}
    shown = shown_files()
    for name, path in files.items():
        if not name.startswith("project/"):
            assert shown.pop(name) == path.read_text(encoding="utf-8"), name
    # A playbook that only imports another by its full name is shown alone: Galaxy's importer cannot find the other.
    assert list(shown) == ["maintenance.yml"]


def test_the_project_has_what_they_name(tmp_path: pathlib.Path, installed: pathlib.Path) -> None:
    project = Controller(tmp_path, installed).project
    described = imported("backups.yml")
    for source in described["inventory_sources"]:
        assert (project / source["source_path"]).is_file()
    for template in described["job_templates"]:
        assert PLAYBOOK.search((project / template["playbook"]).read_text())
