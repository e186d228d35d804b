# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A changelog fragment is asked for where plugins change, in this commit or in one before it on the branch."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest
from ansible_collections.community.onapp.tests.tools import fragment

PLUGIN, FRAGMENT = "plugins/filter/backup_state.py", "changelogs/fragments/1-a.yml"


@pytest.mark.parametrize(
    ("changed", "lacks"),
    [
        ([], False),
        (["README.md", "tests/conftest.py"], False),
        ([PLUGIN], True),
        ([PLUGIN, FRAGMENT], False),
        ([PLUGIN, "changelogs/fragments/.keep"], True),
        ([PLUGIN, "changelogs/config.yaml"], True),
        (["plugins/module_utils/_version.py", "changelogs/changelog.yaml"], False),
    ],
)
def test_what_needs_one(changed, lacks):
    assert fragment.lacks_fragment(changed) is lacks


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Commits and checks in a repository of its own: `stage(name)`, `commit()`, `check()`."""
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):  # Git sets them for its hooks
        monkeypatch.delenv(name, raising=False)
    return Repository(tmp_path)


class Repository:
    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.name", "a")
        self.git("config", "user.email", "a@example.com")
        self.stage("README.md")
        self.commit()

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.folder, check=True)

    def stage(self, name: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text\n", encoding="utf-8")
        self.git("add", name)

    def commit(self) -> None:
        self.git("commit", "--quiet", "--no-verify", "--message=m")

    def check(self) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, fragment.__file__]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)


def test_on_the_main_branch(repository):
    assert repository.check().returncode == 0
    repository.stage(PLUGIN)
    refused = repository.check()
    assert (refused.returncode, "changelogs/fragments/short-name.yml" in refused.stdout) == (1, True)
    repository.stage(FRAGMENT)
    assert repository.check().returncode == 0
    repository.commit()
    repository.stage("plugins/test/backup_fresh.py")
    assert repository.check().returncode == 1


def test_one_for_a_branch(repository):
    repository.git("checkout", "--quiet", "-b", "work")
    repository.stage(PLUGIN)
    repository.stage(FRAGMENT)
    repository.commit()
    repository.stage("plugins/test/backup_fresh.py")
    assert repository.check().returncode == 0
    repository.git("rm", "--quiet", "--force", FRAGMENT)
    assert repository.check().returncode == 1
