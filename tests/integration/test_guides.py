# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every guide is run as written, from top to bottom. tests/guides/reading.py has the rules."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys

import pytest
import yaml
from ansible_collections.community.onapp.tests.guides.reader import follow, fragments
from ansible_collections.community.onapp.tests.guides.reading import Block, read_blocks
from ansible_collections.community.onapp.tests.integration.runner import (
    KEPT_VARIABLES,
    Ansible,
    programs_for_async,
    variables,
)
from ansible_collections.community.onapp.tests.simulator.process import Simulator

ROOT = pathlib.Path(__file__).resolve().parents[2]
GUIDES = sorted((ROOT / "docs" / "docsite" / "rst").glob("*_guide.rst"))

# Blocks of guides that are not run, by the reason in the guide. All others are run.
NOT_RUN = {
    "automation_controller_guide": [
        "it needs a container engine, and a registry to push to",
        "it needs a controller",
        "it needs a controller",
        "ansible-runner may not be there; the tests of the packaging run these",
    ],
    "compliance_guide": [
        "it is docs/examples/daily-report.sh, which has a test of its own",
        "jq may not be there; a test of its own runs these where it is",
    ],
    "getting_started_guide": [
        "it loads packages from the network, and they are here already",
        "it needs a clone, and goes on until it is interrupted",
    ],
    "performance_guide": [
        "it takes minutes",
        "it takes minutes",
        "it takes a minute",
        "it needs a clone, and minutes to hours",
    ],
}
QUICK = {"getting_started_guide", "policy_guide"}
# Guides whose readers start with the collection's archive in their folder, and without an installed collection.
WITH_ARCHIVE = {"getting_started_guide"}


def blocks_of(guide: pathlib.Path) -> list[Block]:
    return read_blocks(guide.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The archive that `make build` creates."""
    folder = tmp_path_factory.mktemp("archive")
    command = ["ansible-galaxy", "collection", "build", str(ROOT), "--output-path", str(folder)]
    command[0] = str(pathlib.Path(sys.executable).with_name(command[0]))
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (path,) = folder.iterdir()
    return path


@pytest.mark.once
@pytest.mark.parametrize(
    "guide",
    [pytest.param(guide, id=guide.stem, marks=[] if guide.stem in QUICK else pytest.mark.slow) for guide in GUIDES],
)
def test_guide(guide: pathlib.Path, tmp_path: pathlib.Path, request: pytest.FixtureRequest) -> None:
    blocks = blocks_of(guide)
    folder, home = tmp_path / "work", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    if guide.stem in WITH_ARCHIVE:
        shutil.copy(request.getfixturevalue("archive"), folder)
    with Simulator() as panel:
        environment = {
            "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": str(guide.stem not in WITH_ARCHIVE),
            **{name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
            **variables(panel),
            "PATH": os.pathsep.join([str(programs_for_async(tmp_path)), os.environ.get("PATH", os.defpath)]),
            "HOME": str(home),
            # async takes the home folder from the list of accounts to wait, and from HOME to run.
            "ANSIBLE_ASYNC_DIR": str(home / ".ansible_async"),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),  # a file of the guide, or none
        }
        follow(blocks, folder, environment)


@pytest.mark.once
@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_syntax_of_plays_and_tasks_that_are_not_run(guide: pathlib.Path, ansible: Ansible) -> None:
    plays = fragments(blocks_of(guide))
    (ansible.folder / "shown.yml").write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    if plays:
        done = ansible.command("ansible-playbook", "--syntax-check", "-i", "localhost,", "shown.yml")
        assert done.status == 0, done.output


@pytest.mark.once
@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_only_listed_blocks_are_not_run(guide: pathlib.Path) -> None:
    found = [block.not_run for block in blocks_of(guide) if block.not_run is not None]
    assert found == NOT_RUN.get(guide.stem, [])


def test_listed_guides_exist() -> None:
    assert (NOT_RUN.keys() | WITH_ARCHIVE | QUICK) - {guide.stem for guide in GUIDES} == set()
