# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environments that tests run in: one for each ansible-core version, and one that does not see this checkout."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import typing as t
import zipfile

import checkout
import environment

ROOT = environment.ROOT
VENV = ROOT / ".venv"
CORES = {  # the Pythons that can run each version, the preferred one first
    "2.19": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.13", "3.14", "3.12"),
    "2.22": ("3.13", "3.14"),
}
PRE_RELEASES = {"2.22": "rc1"}  # pip takes a pre-release only where the requirement names one
MODULE_FLOOR = "3.9"  # see tests/config.yml
CACHE_PLUGINS = "ansible==11.*"  # carries a community.general that works with all these versions

# ansible-test downloads this script from a host that not everyone can reach. All it needs from it is pip.
GET_PIP = """\
import subprocess, sys
subprocess.check_call([sys.executable, "-m", "ensurepip", "--upgrade"], stdout=subprocess.DEVNULL)
others = [argument for argument in sys.argv[1:] if "==" in argument and not argument.startswith("pip==")]
if others:
    subprocess.check_call([sys.executable, "-m", "pip", "install", "--quiet"] + others)
"""

# What pip says while it installs, and the way that mypy goes to find the collection.
NOISE = re.compile(
    r"^(?: *(?:Collecting|Downloading|Installing|Looking in|Processing|Successfully|Using cached|\u2501).*"
    r"|WARNING: Location .*)\n|\.venv/typing/ansible_collections/community/onapp/",
    re.MULTILINE,
)

install_lock = threading.Lock()


def call(
    command: list[str], folder: pathlib.Path, capture: bool, cwd: pathlib.Path = ROOT, path: str = os.environ["PATH"]
) -> tuple[int, str]:
    """Run a command of the environment `folder`, which comes first on the PATH, without the user's Ansible settings."""
    foreign = ("ANSIBLE_", "ONAPP_", "GIT_", "PYTHONDONTWRITEBYTECODE")
    ours = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    # Compiled code is kept, outside the checkout: to compile the tests takes longer than most of them.
    ours["PYTHONPYCACHEPREFIX"] = str(VENV / "pycache")
    ours |= {"PATH": f"{folder / 'bin'}{os.pathsep}{path}", "VIRTUAL_ENV": str(folder), "HOME": str(folder / "home")}
    where: dict[str, t.Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} if capture else {}
    command = [str(folder / "bin" / "python"), *command]
    done = subprocess.run(command, cwd=cwd, env=ours, errors="replace", check=False, **where)
    return done.returncode, NOISE.sub("", done.stdout or "")


def make_home(folder: pathlib.Path) -> None:
    """A home for the tests: none of the user's Ansible settings and files, but pip's cache, settings and passwords."""
    cache = folder / "home" / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for name in (".cache", ".config", ".netrc", ".pip"):
        theirs, ours = pathlib.Path(os.path.expanduser("~"), name), folder / "home" / name
        if ours.is_symlink():
            ours.unlink()
        if theirs.exists() and not ours.exists():  # a program may have made its own where there was none to share
            ours.symlink_to(theirs)
    for source in folder.glob("lib/python*/site-packages/ansible_test/_internal/python_requirements.py"):
        for version in re.findall(r"pip='([0-9.]+)'", source.read_text()):
            (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(GET_PIP)


def install_cache_plugins() -> None:
    """Unpack the cache plugins of community.general, for the test with Redis, out of the Python package that has it."""
    folder = VENV / "collections"
    with install_lock:
        if (folder / ".ready").exists():
            return
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        download = [str(VENV / "bin" / "python"), "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*download, "--no-deps", "--dest", str(folder), CACHE_PLUGINS], cwd=ROOT, check=True)
        (wheel,) = folder.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            spec = re.compile(r"ansible_collections/community/general/(plugins/(cache|module_utils)|meta)/")
            archive.extractall(folder, [name for name in archive.namelist() if spec.match(name)])
        wheel.unlink()
        (folder / ".ready").touch()


def install_core(version: str, python: pathlib.Path) -> tuple[int, str]:
    """Make the environment of one ansible-core version, unless it is there and up to date."""
    folder = VENV / "cores" / version
    names = ("run.txt", "test.txt", "../meta/ee-requirements.txt")
    spec = "\n".join([str(python), str(folder), *((ROOT / "requirements" / name).read_text() for name in names)])
    stamp = folder / ".ready"
    if not stamp.exists() or stamp.read_text() != spec:
        environment.create(folder, python)
        environment.install(
            folder, ["-r", "requirements/test.txt", f"ansible-core~={version}.0{PRE_RELEASES.get(version, '')}"]
        )
        stamp.write_text(spec)
    install_cache_plugins()
    make_home(folder)
    return 0, ""


def install_packaging() -> tuple[int, str]:
    """Make the environment that does not see this checkout, for what others do with the archive."""
    folder, requirements = VENV / "packaging", "requirements/packaging.txt"
    spec = "\n".join((ROOT / name).read_text() for name in (requirements, "meta/ee-requirements.txt"))
    stamp = folder / ".ready"
    if not stamp.exists() or stamp.read_text() != spec:
        environment.create(folder, pathlib.Path(sys.executable), linked=False)
        environment.install(folder, ["-r", requirements])
        stamp.write_text(spec)
    return 0, ""


def sanity(version: str, pythons: dict[str, pathlib.Path], python: str) -> tuple[int, str]:
    """Run ansible-test on a copy of the files that git knows or would add, as it refuses a link to the checkout."""
    folder = VENV / "cores" / version
    tree = folder / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    copy = tree / "ansible_collections" / "community" / "onapp"
    checkout.copy(ROOT, copy)
    subprocess.run(["git", "init", "--quiet", "."], cwd=copy, check=True)

    # It tests on every Python that it finds by name: the modules' floor and the one that runs it are enough.
    # Commands of version managers do not run there, as it drops the variables that choose the version.
    links = tree / "pythons"
    links.mkdir()
    for spec in {MODULE_FLOOR, python} & pythons.keys():
        (links / f"python{spec}").symlink_to(pythons[spec])
    path = os.pathsep.join([str(links), *(d for d in os.get_exec_path() if pathlib.Path(d).name != "shims")])

    command = [str(folder / "bin" / "ansible-test"), "sanity", "--venv", "--color", "no"]
    return call(command, folder, capture=True, cwd=copy, path=path)


def choose_cores(pythons: dict[str, pathlib.Path], only: str | None) -> tuple[dict[str, str], list[str]]:
    """The Python to run each version with, and a sentence for each version that none can run."""
    chosen, left_out = {}, []
    for version in [only] if only else CORES:
        python = next((python for python in CORES[version] if python in pythons), None)
        if python:
            chosen[version] = python
        else:
            left_out.append(f"ansible-core {version}: needs one of Python {', '.join(CORES[version])}; found none")
    return chosen, left_out
