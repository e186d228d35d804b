# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The changes in the contributor guide apply to the code, and its commands and files exist."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
from ansible_collections.community.onapp.tests.guides.reading import read_blocks
from ansible_collections.community.onapp.tests.unit.collection.tree import GUIDES, ROOT, files

PAGE = (GUIDES / "contributor_guide.rst").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CHANGES = [block.text for block in read_blocks(PAGE) if block.kind == "diff"]

FIELD = """
import datetime
from {plugins}.module_utils._facts import backup_facts
from {plugins}.module_utils._policy.policy import parse_policy
from {plugins}.module_utils._records import Backup, VirtualMachine

row = {"id": 1, "compression": "zstd"}
clock = parse_policy(None).clock
facts = backup_facts(row, Backup.from_row(row), VirtualMachine.from_row({"id": 2}), clock, 0)
assert (facts["compression"], facts["extra"]) == ("zstd", {}), facts
"""
CHECK = """
from {plugins}.module_utils._policy.catalogue import VM_CHECKS
from {plugins}.module_utils._checks.run import RUN
from {tests}.tools import schemas
from {tests}.unit.plugins.module_utils.records import healthy, limits, results

assert list(RUN) == list(VM_CHECKS)
assert "max_copies" not in results(backups=healthy())
assert results(backups=healthy(), policy=limits(max_copies=500))["max_copies"].status == "pass"
assert results(backups=healthy(), policy=limits(max_copies=1))["max_copies"].status == "warn"
exempt = {"max_copies": 1, "severity": {"max_copies": "critical"}}
assert results(backups=healthy(), policy=limits(**exempt))["max_copies"].status == "fail"
schemas.main()
for path in (schemas.SCHEMA, schemas.FRAGMENT, schemas.GUIDE):
    assert "max_copies" in path.read_text(encoding="utf-8")
"""


def apply(change: str, folder: pathlib.Path) -> None:
    """Apply a change to the files in a folder that do not have it already.

    Contributors who follow a recipe run this test in a checkout with the change.
    """
    for part in re.split(r"^\+\+\+ ", change, flags=re.MULTILINE)[1:]:
        name, _end, content = part.partition("\n")
        path = folder / name
        text = path.read_text(encoding="utf-8")
        marked = [(line[:1], f"{line[1:]}\n") for line in content.splitlines()]
        assert {mark for mark, _line in marked} == {"+", " "}
        before, added, after = ("".join(line for mark, line in marked if mark in marks) for marks in (" ", "+", "+ "))
        # The generator of the documentation completes what is in parentheses.
        if "\n" + added.partition(" (")[0] not in text:
            assert text.count(f"\n{before}") == 1, f"{name} does not have this once:\n{before}"
            path.write_text(text.replace(f"\n{before}", f"\n{after}"), encoding="utf-8")


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A folder to import from, with a copy of the collection and all changes of the guide."""
    place = tmp_path_factory.mktemp("changed")
    copy = place / "ansible_collections" / "community" / "onapp"
    for path in files():
        target = copy / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    for change in CHANGES:
        apply(change, copy)
    return place


def test_number_of_changes() -> None:
    assert len(CHANGES) == 2


@pytest.mark.parametrize("program", [FIELD, CHECK], ids=["field", "check"])
def test_changed_collection(program: str, changed: pathlib.Path) -> None:
    fetch = "ansible_collections.community.onapp"
    text = program.replace("{plugins}", f"{fetch}.plugins").replace("{tests}", f"{fetch}.tests")
    here = f"import {fetch}.plugins.module_utils._facts as here\nassert here.__file__.startswith({str(changed)!r})\n"
    environment = {**os.environ, "PYTHONPATH": str(changed)}
    done = subprocess.run(
        [sys.executable, "-c", here + text], env=environment, cwd=changed, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("change", CHANGES, ids=["field", "check"])
def test_change_that_was_made_already(change: str, changed: pathlib.Path) -> None:
    copy = changed / "ansible_collections" / "community" / "onapp"
    names = re.findall(r"^\+\+\+ (.*)$", change, re.MULTILINE)
    made = {name: (copy / name).read_bytes() for name in names}
    apply(change, copy)
    assert {name: (copy / name).read_bytes() for name in names} == made


def test_changed_code_is_formatted(changed: pathlib.Path) -> None:
    copy = changed / "ansible_collections" / "community" / "onapp"
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "plugins"], cwd=copy, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_commands_and_files_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    named = set(re.findall(r"(?:``|^ +)make ([a-z-]+)", PAGE, re.MULTILINE))
    assert {"units", "integration", "sanity", "test", "simulator", "benchmark", "build"} <= named <= targets
    for name in re.findall(r"\b((?:tests|plugins|docs)/[\w/.]+\.\w+)", PAGE):
        assert (ROOT / name).exists(), name


def test_place_that_interprets_a_404() -> None:
    errors = (ROOT / "plugins" / "module_utils" / "_errors.py").read_text(encoding="utf-8")
    assert "404" in errors
    for name in ("error_for_status", "NotFoundError"):
        assert f"``{name}``" in PAGE and re.search(rf"^(?:def|class) {name}\b", errors, re.MULTILINE)
    assert "NotFoundError" in (ROOT / "plugins" / "module_utils" / "_api" / "fetch.py").read_text(encoding="utf-8")
