# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's archive: built from a copy of the checkout, read, and installed."""

from __future__ import annotations

import os
import pathlib
import subprocess
import tarfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / ".venv" / "packaging" / "bin"  # of an environment that does not see the checkout


def build(source: pathlib.Path, into: pathlib.Path) -> pathlib.Path:
    """Build the archive of a copy of the checkout, and hand back its path."""
    into.mkdir()
    command = [str(PROGRAMS / "ansible-galaxy"), "collection", "build", str(source), "--output-path", str(into)]
    environment = {"PATH": os.environ["PATH"], "HOME": str(into), "LC_ALL": "C.UTF-8", "ANSIBLE_HOME": str(into / "h")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = into.glob("*.tar.gz")
    return path


def contents(archive: pathlib.Path) -> dict[str, tuple[int, bytes]]:
    """Mode and bytes of every file in an archive, by name."""
    found: dict[str, tuple[int, bytes]] = {}
    with tarfile.open(archive) as opened:
        for member in opened:
            stream = opened.extractfile(member)
            if stream:
                found[member.name] = (member.mode, stream.read())
    return found
