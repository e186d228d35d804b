# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of the collection, for tests of the collection as a whole."""

from __future__ import annotations

import functools
import pathlib

from ansible_collections.community.onapp.tests.tools import checkout

ROOT = pathlib.Path(__file__).resolve().parents[3]
PLUGINS = ROOT / "plugins"
GUIDES = ROOT / "docs" / "docsite" / "rst"
# Folders of plugins/ with documented files for users.
ENTRY_POINTS = ("modules", "inventory", "filter", "test")


@functools.cache
def files() -> tuple[pathlib.Path, ...]:
    """The existing files that git tracks or would add."""
    found = tuple(sorted(path for path in map(ROOT.joinpath, checkout.names(ROOT)) if path.is_file()))
    assert len(found) > 100, "git does not list the files of the collection"
    return found


def name_of(path: pathlib.Path) -> str:
    """A file's path relative to the repository."""
    return path.relative_to(ROOT).as_posix()


def python_files(folder: pathlib.Path = PLUGINS) -> list[pathlib.Path]:
    """The Python files with code in a folder."""
    return [path for path in files() if path.suffix == ".py" and folder in path.parents and path.stat().st_size]


def documented_files() -> list[pathlib.Path]:
    """The modules and plugins."""
    return [path for path in python_files() if path.parent.name in ENTRY_POINTS and path.parent.parent == PLUGINS]
