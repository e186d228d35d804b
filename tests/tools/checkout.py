# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a checkout that git tracks or would add, without any other files."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess

LISTING = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")


def names(root: pathlib.Path, *patterns: str) -> list[str]:
    """The sorted paths of existing files and links, relative to the checkout."""
    done = subprocess.run([*LISTING, *patterns], cwd=root, stdout=subprocess.PIPE, check=True)
    listed = map(os.fsdecode, filter(None, done.stdout.split(b"\0")))
    return sorted(name for name in listed if (root / name).is_symlink() or (root / name).is_file())


def copy(root: pathlib.Path, target: pathlib.Path) -> pathlib.Path:
    """Copy the files as in a new clone of the repository, and return the folder."""
    for name in names(root):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, target / name, follow_symlinks=False)
    return target
