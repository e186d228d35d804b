# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a checkout: those that git knows or would add, without whatever else lies around."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess

LISTING = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")


def names(root: pathlib.Path, *patterns: str) -> list[str]:
    """The names of the files that are there, in order, relative to the checkout; links are among them."""
    done = subprocess.run([*LISTING, *patterns], cwd=root, stdout=subprocess.PIPE, check=True)
    listed = map(os.fsdecode, filter(None, done.stdout.split(b"\0")))
    return sorted(name for name in listed if (root / name).is_symlink() or (root / name).is_file())


def copy(root: pathlib.Path, target: pathlib.Path) -> pathlib.Path:
    """Copy the files, as somebody has them who has just cloned the repository; hand back where to."""
    for name in names(root):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, target / name, follow_symlinks=False)
    return target
