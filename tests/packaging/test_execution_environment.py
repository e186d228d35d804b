# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-builder finds the requirements of the collection, and creates the context of the example image.

Building the image needs a container engine, so it is not tested.
"""

from __future__ import annotations

import pathlib
import shutil

import yaml
from ansible_collections.community.onapp.tests.integration.runner import Ansible
from ansible_collections.community.onapp.tests.packaging.conftest import ROOT

EXAMPLE = ROOT / "docs" / "examples" / "execution-environment"
NEEDED = (ROOT / "meta" / "ee-requirements.txt").read_text().splitlines()[-1]


def test_requirements_of_the_collection(
    programs: pathlib.Path, installed: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    done = Ansible(tmp_path, programs).command("ansible-builder", "introspect", str(installed))
    assert done.status == 0, done.output
    found = yaml.safe_load(done.output.partition("---\n")[2])
    assert NEEDED == "requests>=2.25"
    assert [entry.partition("#")[0].strip() for entry in found["python"]] == [NEEDED]
    assert found["system"] == []


def test_example(programs: pathlib.Path, installed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    done = Ansible(tmp_path, programs).command("ansible-builder", "create", "--output-filename", "Containerfile")
    assert done.status == 0, done.output
    definition = yaml.safe_load((EXAMPLE / "execution-environment.yml").read_text())
    runtime = installed / "ansible_collections" / "community" / "onapp" / "meta" / "runtime.yml"
    oldest = yaml.safe_load(runtime.read_text())["requires_ansible"].removesuffix(".0")
    assert definition["dependencies"]["ansible_core"]["package_pip"] == f"ansible-core{oldest}"
    text = (tmp_path / "context" / "Containerfile").read_text()
    assert definition["images"]["base_image"]["name"] in text and f"ansible-core{oldest}" in text
    copied = tmp_path / "context" / "_build" / "requirements.yml"
    assert yaml.safe_load(copied.read_text()) == yaml.safe_load((EXAMPLE / "requirements.yml").read_text())
