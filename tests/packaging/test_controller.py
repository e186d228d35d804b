# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples for the automation controller (AWX): credential type, inventory source and job templates.

AWX's code passes the credential to a job; commands and variables are those of AWX.
"""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import subprocess
import typing as t

import jinja2
import jinja2.sandbox
import pytest
import yaml
from ansible_collections.community.onapp.tests.guides.reading import read_blocks
from ansible_collections.community.onapp.tests.integration.runner import Ansible
from ansible_collections.community.onapp.tests.packaging.conftest import ROOT
from ansible_collections.community.onapp.tests.simulator.process import Simulator

EXAMPLES = ROOT / "docs" / "examples" / "controller"
GUIDE = ROOT / "docs" / "docsite" / "rst" / "automation_controller_guide.rst"
CLOUD = {"virtual_machines": [{"id": 1, "backups": [{}]}, {"id": 2, "label": "bare", "backups": []}]}
# Variables that AWX sets for every inventory update.
UPDATE = {
    "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
    "ANSIBLE_INVENTORY_EXPORT": "True",
    "ANSIBLE_VERBOSE_TO_STDERR": "True",
}
# Reads the credential type and its inputs, and writes the environment of a job, and the environment as AWX shows it.
INJECT = """\
import json, sys
from awx_plugins.interfaces._temporary_private_api import ManagedCredentialType
from awx_plugins.interfaces._temporary_private_credential_api import Credential
from awx_plugins.interfaces._temporary_private_inject_api import inject_credential
kind, inputs, folder = json.load(sys.stdin)
described = {name: kind[name] for name in ("name", "kind", "inputs", "injectors")}
environment, shown, arguments = {}, {}, []
kind = ManagedCredentialType(namespace="onapp", managed=False, **described)
inject_credential(kind, Credential(inputs), environment, shown, arguments, folder)
json.dump([environment, shown], sys.stdout)
"""


def example(name: str) -> dict[str, t.Any]:
    read: dict[str, t.Any] = yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))
    return read


(KIND,) = example("credential-type.yml")["credential_types"]


class Controller:
    """A project folder, and the commands that AWX runs in it."""

    def __init__(self, folder: pathlib.Path, programs: pathlib.Path, collections: pathlib.Path) -> None:
        self.folder, self.programs = folder, programs
        self.project = folder / "project"
        shutil.copytree(EXAMPLES / "project", self.project)
        settings = {"ANSIBLE_COLLECTIONS_PATH": str(collections), "ANSIBLE_CONFIG": str(self.project / "ansible.cfg")}
        (folder / "env").mkdir()
        self.ansible = Ansible(self.project, programs, {**settings, "ANSIBLE_SHOW_CUSTOM_STATS": "true"})

    def inject(self, **inputs: str | bool) -> tuple[dict[str, str], dict[str, str]]:
        """The environment that a credential with these inputs gives to a job, and the environment that AWX displays."""
        done = subprocess.run(
            [str(self.programs / "python"), "-P", "-c", INJECT],
            input=json.dumps([KIND, inputs, str(self.folder)]),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        # /runner is where the folder is mounted in the container of a job.
        environment, shown = json.loads(done.stdout)
        return {name: value.replace("/runner/", f"{self.folder}/") for name, value in environment.items()}, shown


@pytest.fixture
def controller(tmp_path: pathlib.Path, programs: pathlib.Path, installed: pathlib.Path) -> Controller:
    return Controller(tmp_path, programs, installed)


def test_credential_type_is_valid() -> None:
    fields = KIND["inputs"]["fields"]
    names = [field["id"] for field in fields]
    assert KIND["kind"] in ("cloud", "net") and len(set(names)) == len(names)
    assert all(field["type"] in ("string", "boolean") and field["label"] for field in fields)
    assert set(KIND["inputs"]["required"]) <= set(names)
    assert [field["id"] for field in fields if field.get("secret")] == ["api_key"]
    files = {name.partition(".")[2]: "x" for name in KIND["injectors"]["file"]}
    strict = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
    for name, template in {**KIND["injectors"]["file"], **KIND["injectors"]["env"]}.items():
        assert template.isascii() and not name.startswith("ANSIBLE_")
        strict.from_string(template).render({**dict.fromkeys(names, "x"), "tower": {"filename": files}})


def test_credential_gives_the_variables_of_the_collection(controller: Controller) -> None:
    login = {"url": "https://onapp.example.com", "username": "me@example.com", "api_key": "s3cret-k3y"}
    given, shown = controller.inject(**login, ca_certificate="-----BEGIN", skip_certificate_check=True)
    authority = pathlib.Path(given.pop("ONAPP_CA_PATH"))
    assert authority.read_text() == "-----BEGIN" and authority.stat().st_mode & 0o077 == 0
    assert given == {
        "ONAPP_URL": "https://onapp.example.com",
        "ONAPP_USERNAME": "me@example.com",
        "ONAPP_PASSWORD": "s3cret-k3y",
        "ONAPP_VALIDATE_CERTS": "False",
    }
    assert "s3cret-k3y" not in shown.values()
    for empty in ({}, {"ca_certificate": "", "skip_certificate_check": False}):
        given, _shown = controller.inject(**login, **empty)
        assert (given["ONAPP_VALIDATE_CERTS"], given["ONAPP_CA_PATH"]) == ("True", "")


def test_inventory_update_and_jobs_behind_a_private_authority(controller: Controller, tls_panel: Simulator) -> None:
    tls_panel.reset(cloud=CLOUD)
    assert tls_panel.ca_file
    login = {"url": tls_panel.url, "username": tls_panel.username}
    authority = pathlib.Path(tls_panel.ca_file).read_text()
    described = example("backups.yml")
    (source,) = described["inventory_sources"]
    compliance, maintenance = (template["playbook"] for template in described["job_templates"])
    written = controller.folder / "output.json"
    command = ["ansible-inventory", "--list", "--export", "-i", source["source_path"], "--output", str(written), "-vvv"]

    # A failed update saves nothing.
    refused, _shown = controller.inject(**login, api_key="wr0ng-k3y", ca_certificate=authority)
    done = controller.ansible.command(*command, environment={**UPDATE, **refused})
    assert done.status != 0 and not written.exists() and "wr0ng-k3y" not in done.output

    given, _shown = controller.inject(**login, api_key=tls_panel.password, ca_certificate=authority)
    done = controller.ansible.command(*command, environment={**UPDATE, **given})
    assert done.status == 0, done.output
    inventory = json.loads(written.read_text())
    assert inventory["all"]["vars"]["onapp_inventory"]["complete"] is True
    assert len(inventory["onapp_backup_unprotected"]["hosts"]) == 1

    # AWX gives the saved inventory to a job as a script; the maintenance job has no credential.
    script = controller.folder / "hosts"
    script.write_text(f"#!/usr/bin/env python3\nprint({written.read_text()!r})\n")
    script.chmod(0o700)
    done = controller.ansible.command("ansible-playbook", "-i", str(script), maintenance)
    assert done.status == 0, done.output
    assert "newest recovery point" in done.output

    reports = controller.folder / "reports"
    done = controller.ansible.command(
        "ansible-playbook", "-i", "localhost,", compliance, "-e", f"report_dir={reports}", environment=given
    )
    assert done.status == 2
    assert re.search(r'onapp_backup_status"?: "?non_compliant', done.output)
    assert json.loads((reports / "report.json").read_text())["status"] == "non_compliant"
    assert tls_panel.password not in done.output + written.read_text()


def test_examples_in_the_guide() -> None:
    folders = (EXAMPLES, EXAMPLES / "project", EXAMPLES.parent / "execution-environment")
    found = {path: folder for folder in folders for path in folder.rglob("*") if path.is_file()}
    texts = {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path, folder in found.items()}
    blocks = read_blocks(GUIDE.read_text(encoding="utf-8"))
    assert {block.caption: f"{block.text}\n" for block in blocks if block.caption} == texts
