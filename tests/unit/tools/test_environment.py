# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The home folder of test runs."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible_collections.community.onapp.tests.tools import environment


def test_two_sessions_make_the_home_at_once(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    symlink_to = pathlib.Path.symlink_to

    def too_late(path: pathlib.Path, target: t.Any) -> None:
        symlink_to(path, target)  # by the other session
        symlink_to(path, target)

    monkeypatch.setattr(pathlib.Path, "symlink_to", too_late)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".cache").mkdir()
    environment.make_home(tmp_path / "venv")
    assert (tmp_path / "venv" / "home" / ".cache").readlink() == tmp_path / ".cache"
