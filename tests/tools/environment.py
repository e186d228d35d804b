# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual environments in which Ansible finds this checkout as the collection community.onapp.

As a program: `python3 tests/tools/environment.py [--add] FOLDER PIP_ARGUMENT...`. It avoids new syntax, so that an old
Python gets as far as the message that it is too old.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
OLDEST_PYTHON = (3, 11)

# pip writes the folder into the head of every command it installs, which fails for folders with quotes or dollar signs
# in their name. This head finds the Python beside the command. It is valid as shell and as Python.
COMMAND_HEAD = re.compile(rb"#!(?:/bin/sh\n'''exec' [^\n]*\n' '''|[^\n]*/python[0-9.]*)\n")
PORTABLE_HEAD = b"""#!/bin/sh\n'''exec' "${0%/*}/python" "$0" "$@"\n' '''\n"""


class SetupError(Exception):
    """The environment cannot be made; the text says what to do."""


def create(folder, python, linked=True):
    """Make an empty environment (whatever was there before goes) that finds the collection, unless told otherwise."""
    if os.pathsep in str(folder):
        raise SetupError(
            f"{folder} has a {os.pathsep!r} in its name, which no PATH can hold. Move the checkout to another folder."
        )
    made = subprocess.run(
        [str(python), "-m", "venv", "--clear", str(folder)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise SetupError(f"{python} cannot make a virtual environment:\n{made.stdout}{made.stderr}")
    for packages in folder.glob("lib/python*/site-packages") if linked else ():
        link(packages)


def link(packages):
    """Let Python and Ansible find the checkout under its full name below `packages`."""
    namespace = packages.resolve() / "ansible_collections" / "community"
    namespace.mkdir(parents=True, exist_ok=True)
    name = namespace / "onapp"
    if name.is_symlink():
        name.unlink()
    name.symlink_to(os.path.relpath(str(ROOT), str(namespace)), target_is_directory=True)


def install(folder, arguments):
    """Install with pip; requirement files are named relative to the checkout."""
    command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(command + list(arguments), cwd=str(ROOT), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupError(f"pip could not install {' '.join(arguments)}:\n{done.stdout}{done.stderr}")
    for path in (folder / "bin").iterdir():
        if path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        portable = COMMAND_HEAD.sub(PORTABLE_HEAD, content, count=1) if COMMAND_HEAD.match(content) else content
        if portable != content:
            path.write_bytes(portable)


def find_pythons():
    """The usable Pythons here by version ("3.12"): the real programs behind version managers and environments."""
    probe = (
        "import sys, os, ensurepip, venv; "
        "print('%d.%d' % sys.version_info[:2], os.path.realpath(getattr(sys, '_base_executable', sys.executable)))"
    )
    found = {}
    names = [f"python3.{minor}" for minor in range(9, 20)]
    for candidate in [sys.executable] + [os.path.join(folder, name) for folder in os.get_exec_path() for name in names]:
        if os.access(candidate, os.X_OK) and os.path.basename(candidate)[len("python") :] not in found:
            done = subprocess.run([candidate, "-c", probe], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                version, path = done.stdout.strip().split(" ", 1)
                found.setdefault(version, pathlib.Path(path))
    return found


def require_usable_python():
    if sys.version_info[:2] < OLDEST_PYTHON:
        found, needed = (".".join(map(str, version[:2])) for version in (sys.version_info, OLDEST_PYTHON))
        raise SetupError(
            f"{sys.executable} is Python {found}, but this needs {needed} or newer. If there is a newer one here, name "
            "it: make PYTHON=python3.12"
        )
    try:
        import ensurepip
        import venv  # noqa: F401

        ensurepip.version()
    except ImportError:
        raise SetupError(
            f"{sys.executable} comes without the venv module, which this needs. Install it (Debian and Ubuntu: apt "
            "install python3-venv) or name another Python: make PYTHON=python3.12"
        ) from None


def main():
    parser = argparse.ArgumentParser(description="Make a virtual environment that finds this checkout.")
    parser.add_argument("--add", action="store_true", help="install into the environment that is there")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("requirements", nargs="+", help="requirement files")
    options = parser.parse_args()
    files = [argument for name in options.requirements for argument in ("-r", name)]
    folder = options.folder.absolute()
    print(f"Setting up {options.folder} from {', '.join(options.requirements)} ...", flush=True)
    try:
        if not options.add:
            require_usable_python()
            create(folder, sys.executable)
            link(folder / "typing")
        install(folder, files)
    except SetupError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
