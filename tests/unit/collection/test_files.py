# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the files of the repository: licence, names, places, white space."""

from __future__ import annotations

import pathlib
import re

import pytest
import yaml
from ansible.plugins import loader
from ansible_collections.community.onapp.tests.unit.collection.tree import (
    PLUGINS,
    ROOT,
    files,
    name_of,
    python_files,
)

HEADER = (
    r"(?:#!/usr/bin/python\n)?"
    r"# Copyright \(c\) [0-9]{4}, [^\n]+\n"
    r"# GNU General Public License v3\.0\+ \(see LICENSE or https://www\.gnu\.org/licenses/gpl-3\.0\.txt\)\n"
    r"# SPDX[-]License-Identifier: GPL-3\.0-or-later\n"
)
SPDX = re.compile(r"SPDX[-]License-Identifier: *([^\s*]+)")
MOST_BYTES = 500_000
# Files that tools create, and binary programs.
UNWANTED = re.compile(r"(?:~|\.(?:bak|orig|rej|swp|tmp|pyc|log|retry|tar|gz|zip|whl|so|exe|class|jar)|/\.DS_Store)$")
# Make, Rego and the output of awx indent with tabs, also in guides.
WITH_TABS = (
    "Makefile",
    "docs/examples/compliance.rego",
    "docs/docsite/rst/compliance_guide.rst",
    "docs/docsite/rst/automation_controller_guide.rst",
)


TEXTS = [path for path in files() if path.suffix != ".png"]


def folders_of_ansible() -> set[str]:
    """The folders from which ansible-core loads plugins of a collection."""
    loaders = [found for found in vars(loader).values() if isinstance(found, loader.PluginLoader)]
    assert len(loaders) > 10
    return {found.package.rpartition(".")[2] for found in loaders} | {"modules", "module_utils", "doc_fragments"}


@pytest.mark.parametrize("path", python_files(ROOT), ids=name_of)
def test_licence_of_code_files(path: pathlib.Path) -> None:
    assert re.match(HEADER, path.read_text(encoding="utf-8")), "it does not begin with the three lines of the others"


def test_no_other_licence() -> None:
    found = {name: name_of(path) for path in TEXTS for name in SPDX.findall(path.read_text(encoding="utf-8"))}
    assert set(found) == {"GPL-3.0-or-later"}, found
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in licence and "Version 3, 29 June 2007" in licence
    assert yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["license"] == ["GPL-3.0-or-later"]


def test_folders() -> None:
    used = {path.relative_to(PLUGINS).parts[0] for path in files() if PLUGINS in path.parents}
    assert used >= {"modules", "module_utils", "inventory"}
    assert used <= folders_of_ansible() | {"plugin_utils", "sub_plugins"}
    assert not [name_of(path) for path in files() if path.parent == PLUGINS]


@pytest.mark.parametrize("path", [path for path in python_files() if "utils" in name_of(path)], ids=name_of)
def test_utilities_are_private(path: pathlib.Path) -> None:
    room = path.relative_to(PLUGINS).parts[1]
    assert room.startswith("_")


def test_no_ignore_comments() -> None:
    assert not [name_of(path) for path in files() if path.match("tests/sanity/ignore*")]
    marks = ("# pylint:", "# type: ignore", "# fmt: off", "# nosec")
    found = [
        f"{name_of(path)}: {line.strip()}"
        for path in python_files()
        for line in path.read_text(encoding="utf-8").splitlines()
        if any(mark in line for mark in marks)
    ]
    assert found == []


def test_no_large_or_foreign_files() -> None:
    assert {name_of(path): path.stat().st_size for path in files() if path.stat().st_size > MOST_BYTES} == {}
    assert [name_of(path) for path in files() if UNWANTED.search(name_of(path))] == []
    assert [name_of(path) for path in files() if path.is_symlink()] == []
    assert [name_of(path) for path in files() if not name_of(path).isascii() or " " in name_of(path)] == []


@pytest.mark.parametrize("path", [path for path in TEXTS if path.stat().st_size], ids=name_of)
def test_white_space(path: pathlib.Path) -> None:
    text = path.read_bytes().decode("utf-8")
    wrong = [number for number, line in enumerate(text.split("\n"), 1) if line != line.rstrip()]
    assert not wrong, f"white space at the end of lines {wrong}"
    assert text.endswith("\n")
    if name_of(path) not in WITH_TABS:
        assert "\t" not in text


def test_user_facing_files_are_self_contained() -> None:
    """A collection must work with these folders alone, so no file in them refers to a path outside."""
    elsewhere = re.compile(r"\.\./|\b(?:docs|tests|changelogs)/(?!docsite)")
    named = {
        f"{name_of(path)}: {line.strip()}"
        for path in files()
        if path.suffix in (".py", ".yml") and path.relative_to(ROOT).parts[0] in ("plugins", "playbooks")
        for line in path.read_text(encoding="utf-8").splitlines()
        if elsewhere.search(line) and not line.lstrip().startswith(("#", '"""'))
    }
    assert named == set()
