# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures for tests of the built archive. Commands run in an environment without this checkout."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import tarfile

import pytest
from ansible_collections.community.onapp.tests.integration.runner import Ansible
from ansible_collections.community.onapp.tests.tools.checkout import copy

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Packagers may remove all other folders of a collection.
NEEDED = ("meta", "playbooks", "plugins")


@pytest.fixture(scope="session")
def programs() -> pathlib.Path:
    """The folder with the commands of the environment that the nox session `packaging` makes."""
    folder = os.environ.get("PACKAGING_BIN")
    assert folder, "these tests run with `make packaging`, which sets up their environment"
    return pathlib.Path(folder)


def build(programs: pathlib.Path, source: pathlib.Path, into: pathlib.Path) -> pathlib.Path:
    """Build the archive of a copy of the checkout, and return its path."""
    into.mkdir()
    command = [str(programs / "ansible-galaxy"), "collection", "build", str(source), "--output-path", str(into)]
    environment = {"PATH": os.environ["PATH"], "HOME": str(into), "LC_ALL": "C.UTF-8"}
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    (path,) = into.glob("*.tar.gz")
    return path


def contents(archive: pathlib.Path) -> dict[str, bytes]:
    """The bytes of every file in an archive, by name."""
    with tarfile.open(archive) as opened:
        files = {member.name: opened.extractfile(member) for member in opened if member.isfile()}
        return {name: stream.read() for name, stream in files.items() if stream}


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A fresh copy of the checkout."""
    return copy(ROOT, tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def archive(programs: pathlib.Path, checkout: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The built archive."""
    return build(programs, checkout, tmp_path_factory.mktemp("built") / "archive")


@pytest.fixture(scope="session")
def installed(programs: pathlib.Path, archive: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The folder into which ansible-galaxy installed the archive, with a name that needs quotes."""
    place = tmp_path_factory.mktemp("installed")
    folder = place / "it's my c\u00f6llections"
    done = Ansible(place, programs).command("ansible-galaxy", "collection", "install", str(archive), "-p", str(folder))
    assert done.status == 0, done.output
    return folder


@pytest.fixture(scope="session")
def bare(installed: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The installed collection with only the folders that a collection needs."""
    folder = tmp_path_factory.mktemp("bare") / "collections"
    source, target = (place / "ansible_collections" / "community" / "onapp" for place in (installed, folder))
    for name in NEEDED:
        shutil.copytree(source / name, target / name)
    return folder


@pytest.fixture
def user(bare: pathlib.Path, programs: pathlib.Path, tmp_path: pathlib.Path) -> Ansible:
    """Run commands of a user who has only the installed collection."""
    return Ansible(tmp_path, programs, {"ANSIBLE_COLLECTIONS_PATH": str(bare)})
