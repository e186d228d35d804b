# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-builder finds what the collection needs, and makes the context of an image of the example.

There is no container engine here. The two steps of the image that concern the collection are run without one: its
installation as the context says, and the search for what it needs, by the script of the context.
"""

from __future__ import annotations

import pathlib
import re
import shutil

import pytest
import yaml
from ansible_collections.community.onapp.tests.integration.runner import Ansible
from ansible_collections.community.onapp.tests.packaging.archive import PROGRAMS, ROOT, contents

EXAMPLE = ROOT / "docs" / "examples" / "execution-environment"
INTROSPECT = (
    "RUN $PYCMD /output/scripts/introspect.py introspect --write-bindep=/tmp/src/bindep.txt"
    " --write-pip=/tmp/src/requirements.txt"
)
NEEDED = (ROOT / "meta" / "ee-requirements.txt").read_text().splitlines()[-1]


def create(builder: Ansible) -> pathlib.Path:
    """Make the context of the definition in the builder's folder."""
    done = builder.command("ansible-builder", "create", "--output-filename", "Containerfile", "--verbosity", "2")
    assert done.status == 0, done.output
    return builder.folder / "context"


@pytest.fixture
def builder(tmp_path: pathlib.Path) -> Ansible:
    """Runs ansible-builder in a folder with the example."""
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    return Ansible(tmp_path, PROGRAMS)


def test_the_collection_says_what_it_needs(builder: Ansible, installed: pathlib.Path) -> None:
    assert NEEDED == "requests>=2.25"
    done = builder.command("ansible-builder", "introspect", str(installed))
    assert done.status == 0, done.output
    found = yaml.safe_load(done.output.partition("---\n")[2])
    assert [entry.partition("#")[0].strip() for entry in found["python"]] == [NEEDED]
    assert found["system"] == []


def test_every_file_that_it_points_to_is_there(archive: pathlib.Path) -> None:
    found = contents(archive)
    pointers = yaml.safe_load(found["meta/execution-environment.yml"][1])
    assert pointers["version"] == 1
    assert set(pointers["dependencies"].values()) <= found.keys()


def test_the_example(builder: Ansible) -> None:
    context = create(builder)
    text = (context / "Containerfile").read_text()
    definition = yaml.safe_load((EXAMPLE / "execution-environment.yml").read_text())
    for line in (
        f'ARG EE_BASE_IMAGE="{definition["images"]["base_image"]["name"]}"',
        'ARG ANSIBLE_INSTALL_REFS="ansible-core>=2.19 ansible-runner>=2.4"',
        INTROSPECT,
    ):
        assert f"\n{line}\n" in f"\n{text}"
    assert yaml.safe_load((context / "_build" / "requirements.yml").read_text()) == yaml.safe_load(
        (EXAMPLE / "requirements.yml").read_text()
    )


def test_the_example_with_the_archive(builder: Ansible, archive: pathlib.Path) -> None:
    """What the image would install is the collection, and what it would find is all that the collection needs."""
    shutil.copy(archive, builder.folder)
    path = builder.folder / "execution-environment.yml"
    definition = yaml.safe_load(path.read_text())
    definition["additional_build_files"] = [{"src": archive.name, "dest": "archives"}]
    spec = {"collections": [{"name": f"archives/{archive.name}", "type": "file"}]}
    (builder.folder / definition["dependencies"]["galaxy"]).write_text(yaml.safe_dump(spec))
    path.write_text(yaml.safe_dump(definition))
    context = create(builder)
    text = (context / "Containerfile").read_text()

    build = context / "_build"
    assert (build / "archives" / archive.name).read_bytes() == archive.read_bytes()
    (install,) = re.findall(
        r"^RUN \S+ (ansible-galaxy collection install) .*(-r requirements\.yml) ", text, re.MULTILINE
    )
    target = builder.folder / "share"
    inside = Ansible(build, PROGRAMS)
    done = inside.command(*install[0].split(), *install[1].split(), "--collections-path", str(target))
    assert done.status == 0, done.output
    script = str(build / "scripts" / "introspect.py")
    found = builder.folder / "requirements.txt"
    done = inside.command("python", script, "introspect", f"--write-pip={found}", str(target))
    assert done.status == 0, done.output
    assert [line.partition("#")[0].strip() for line in found.read_text().splitlines()] == [NEEDED]


def test_the_example_names_versions_that_the_collection_runs_on(installed: pathlib.Path) -> None:
    definition = yaml.safe_load((EXAMPLE / "execution-environment.yml").read_text())
    runtime = installed / "ansible_collections" / "community" / "onapp" / "meta" / "runtime.yml"
    lowest = yaml.safe_load(runtime.read_text())["requires_ansible"].removesuffix(".0")
    assert definition["dependencies"]["ansible_core"]["package_pip"] == f"ansible-core{lowest}"
