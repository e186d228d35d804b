# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On a Python that is too old, each module fails before it imports the collection."""

from __future__ import annotations

import ast
import importlib
import pathlib
import sys

import pytest
from ansible_collections.community.onapp.plugins.module_utils import _errors
from ansible_collections.community.onapp.tests.unit.collection.tree import PLUGINS, python_files


def test_old_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 18, "final", 0))
    with pytest.raises(RuntimeError, match=r"need Python 3\.9 or newer: set ansible_python_interpreter"):
        importlib.reload(_errors)


@pytest.mark.parametrize("path", python_files(PLUGINS / "modules"), ids=lambda path: path.stem)
def test_each_module_checks_the_version_first(path: pathlib.Path) -> None:
    body = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8)).body
    ours = [ast.unparse(node) for node in body if isinstance(node, ast.ImportFrom) and node.level]
    assert ours[0].startswith("from ..module_utils import _errors, ")
