# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures for tests of the built archive, with programs that do not see this checkout."""

from __future__ import annotations

import pathlib
import shutil

import pytest
from ansible_collections.community.onapp.tests.integration.runner import Ansible
from ansible_collections.community.onapp.tests.packaging.archive import PROGRAMS, ROOT, build
from ansible_collections.community.onapp.tests.tools.checkout import copy

# What a collection must need for its work. Whoever makes packages of collections may leave out everything else.
NEEDED = ("meta", "playbooks", "plugins", "roles")


@pytest.fixture(scope="session", autouse=True)
def _programs() -> None:
    """The environment of its own is there, and knows no collection besides what a test installs."""
    assert PROGRAMS.is_dir(), f"{PROGRAMS.parent} is missing: `make packaging` sets it up"
    seen = list(PROGRAMS.parent.glob("lib/python*/site-packages/ansible_collections/*"))
    assert seen == [], f"{PROGRAMS.parent} must not hold collections"


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A copy of the checkout that nobody has worked in."""
    return copy(ROOT, tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def archive(checkout: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The archive."""
    return build(checkout, tmp_path_factory.mktemp("built") / "archive")


@pytest.fixture(scope="session")
def installed(archive: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The folder into which ansible-galaxy installed the archive, with a name that needs quoting everywhere."""
    place = tmp_path_factory.mktemp("installed")
    folder = place / "it's my c\u00f6llections"
    installer = Ansible(place, PROGRAMS)
    done = installer.command("ansible-galaxy", "collection", "install", str(archive), "-p", str(folder))
    assert done.status == 0, done.output
    return folder


@pytest.fixture(scope="session")
def bare(installed: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The same, with nothing left of the collection but what it must need."""
    folder = tmp_path_factory.mktemp("bare") / "collections"
    shutil.copytree(installed, folder)
    for path in (folder / "ansible_collections" / "community" / "onapp").iterdir():
        if path.name not in NEEDED:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in (folder / "ansible_collections").glob("*.info"):  # where ansible-galaxy notes what it did
        shutil.rmtree(path)
    return folder


@pytest.fixture
def stranger(installed: pathlib.Path, tmp_path: pathlib.Path) -> Ansible:
    """Runs the commands of somebody who has nothing but the installed archive."""
    return Ansible(tmp_path, PROGRAMS, {"ANSIBLE_COLLECTIONS_PATH": str(installed)})
