# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual environments in which Python and Ansible find this checkout as the collection community.onapp.

As a program: `python3 tests/tools/environment.py FOLDER REQUIREMENTS...` creates the environment in FOLDER, or updates
it, and installs the requirement files. It avoids new syntax, so that an old Python can say that it is too old.
"""

import argparse
import contextlib
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
OLDEST_PYTHON = (3, 11)
# Python compiles what is imported, which is a small part.
PIP_OPTIONS = ("--quiet", "--disable-pip-version-check", "--no-compile")

# pip writes the path of the environment into the first line of every command. That fails if the path has quotes or
# dollar signs in it. This head finds the Python beside the command; it is valid as shell and as Python code.
COMMAND_HEAD = re.compile(rb"#!(?:/bin/sh\n'''exec' [^\n]*\n' '''|[^\n]*/python[0-9.]*)\n")
PORTABLE_HEAD = b"""#!/bin/sh\n'''exec' "${0%/*}/python" "$0" "$@"\n' '''\n"""

# ansible-test downloads a script that installs pip, from a server that is not reachable everywhere. This replaces it.
GET_PIP = """\
import subprocess, sys
subprocess.check_call([sys.executable, "-m", "ensurepip", "--upgrade"], stdout=subprocess.DEVNULL)
others = [argument for argument in sys.argv[1:] if "==" in argument and not argument.startswith("pip==")]
if others:
    subprocess.check_call([sys.executable, "-m", "pip", "install", "--quiet"] + others)
"""


def link(packages):
    """Link the checkout into a folder of Python packages, under the full name of the collection."""
    name = packages.resolve() / "ansible_collections" / "community" / "onapp"
    name.parent.mkdir(parents=True, exist_ok=True)
    if name.is_symlink():
        name.unlink()
    name.symlink_to(os.path.relpath(str(ROOT), str(name.parent)), target_is_directory=True)


def make_portable(folder):
    """Rewrite the first line of an environment's commands."""
    for path in (folder / "bin").iterdir():
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            portable = COMMAND_HEAD.sub(PORTABLE_HEAD, content, count=1) if COMMAND_HEAD.match(content) else content
            if portable != content:
                path.write_bytes(portable)


def make_home(folder, tested=None):
    """Make a home folder without the user's Ansible settings, but with pip's cache and settings, for tests to run in.

    `tested` is the environment whose ansible-test will be run.
    """
    cache = folder / "home" / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for name in (".cache", ".config", ".netrc", ".pip"):
        theirs, ours = pathlib.Path(os.path.expanduser("~"), name), folder / "home" / name
        if theirs.exists() and not (ours.exists() or ours.is_symlink()):
            with contextlib.suppress(FileExistsError):  # the other half of `make test` makes it, too
                ours.symlink_to(theirs)
    for source in (
        tested.glob("lib/python*/site-packages/ansible_test/_internal/python_requirements.py") if tested else ()
    ):
        for version in re.findall(r"pip='([0-9.]+)'", source.read_text()):
            (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(GET_PIP)


def main():
    """Create or update an environment."""
    parser = argparse.ArgumentParser(description="Make a virtual environment that finds this checkout.")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("requirements", nargs="+", help="requirement files")
    options = parser.parse_args()
    if sys.version_info[:2] < OLDEST_PYTHON:
        found, needed = (".".join(map(str, version[:2])) for version in (sys.version_info, OLDEST_PYTHON))
        sys.exit(f"{sys.executable} is Python {found}. Name {needed} or newer, for example: make PYTHON=python3.12")
    print(f"Setting up {options.folder} from {', '.join(options.requirements)} ...", flush=True)
    folder = options.folder.absolute()
    python = str(folder / "bin" / "python")
    files = [argument for name in options.requirements for argument in ("-r", name)]
    if pathlib.Path(sys.prefix).resolve() != folder.resolve() and subprocess.call(
        [sys.executable, "-m", "venv", "--clear", str(folder)]
    ):
        sys.exit("Creating the virtual environment failed. On Debian and Ubuntu this needs the package python3-venv.")
    if subprocess.call([python, "-m", "pip", "install", *PIP_OPTIONS, *files], cwd=str(ROOT)):
        sys.exit(f"pip could not install {', '.join(options.requirements)}.")
    make_portable(folder)
    for packages in folder.glob("lib/python*/site-packages"):
        link(packages)
    link(folder / "typing")


if __name__ == "__main__":
    main()
