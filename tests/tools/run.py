# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks and tests behind `make test`, on every ansible-core version that the Pythons here can run.

Two lanes run side by side, as ansible-test uses one processor only. A step that fails shows its output, the others go
on, and the exit status says that something failed. With REQUIRE_ALL_CORES=1 a version that is left out fails too.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time
import typing as t
import zipfile

import environment

ROOT = environment.ROOT
VENV = ROOT / ".venv"
STEPS = ("all", "lint", "docs", "unit", "coverage", "integration", "sanity", "packaging")
CORES = {  # the Pythons that can run each version, the preferred one first
    "2.18": ("3.11", "3.12", "3.13"),
    "2.19": ("3.12", "3.11", "3.13"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.13", "3.14", "3.12"),
}
MODULE_FLOOR = "3.9"  # see tests/config.yml
# Units that stand on ansible-core's own code, so that they are tested on each version.
UNITS_ON_CORE = [f"tests/unit/plugins/{name}" for name in ("filter", "inventory", "plugin_utils", "test")]
QUICK = ["-m", "not slow", "--hypothesis-profile=quick"]
LEFT_OUT_QUICKLY = (
    "tests marked slow, and nine of ten examples of property tests. `make test` has all of it, and so has make unit"
    " TEST=tests/unit"
)
CACHE_PLUGINS = "ansible==11.*"  # carries a community.general that works with all these versions

# ansible-test downloads this script from a host that not everyone can reach. All it needs from it is pip.
GET_PIP = """\
import subprocess, sys
subprocess.check_call([sys.executable, "-m", "ensurepip", "--upgrade"], stdout=subprocess.DEVNULL)
others = [argument for argument in sys.argv[1:] if "==" in argument and not argument.startswith("pip==")]
if others:
    subprocess.check_call([sys.executable, "-m", "pip", "install", "--quiet"] + others)
"""

# antsibull-docs takes the name of its temporary folder for a broken link when it ends with an underscore, as one in 37
# does by chance.
ANTSIBULL_DOCS = """\
import sys, tempfile
tempfile._RandomNameSequence.characters = tempfile._RandomNameSequence.characters.replace("_", "")
from antsibull_docs.cli.antsibull_docs import run
sys.exit(run(["antsibull-docs", *sys.argv[1:]]))
"""

# What pip says while it installs, and the way that mypy goes to find the collection.
NOISE = re.compile(
    r"^(?: *(?:Collecting|Downloading|Installing|Looking in|Processing|Successfully|Using cached|\u2501).*"
    r"|WARNING: Location .*)\n|\.venv/typing/ansible_collections/community/onapp/",
    re.MULTILINE,
)

print_lock, install_lock = threading.Lock(), threading.Lock()


def say(*lines: str) -> None:
    with print_lock:
        print(*lines, sep="\n", flush=True)


class Step:
    """One thing to run: `action` returns an exit status and what there is to read."""

    def __init__(self, name: str, action: t.Callable[[], tuple[int, str]], needs: Step | None = None) -> None:
        self.name, self.action, self.needs = name, action, needs
        self.result, self.seconds = "not run", 0.0
        self.finished = threading.Event()

    def run(self) -> None:
        if self.needs:
            self.needs.finished.wait()
        if not self.needs or self.needs.result == "passed":
            say(f"-- {self.name}")
            started = time.monotonic()
            try:
                status, output = self.action()
            except Exception as error:  # a lane must go on, and so must whoever waits for this step
                status, output = 1, str(error)
            self.seconds = time.monotonic() - started
            self.result = "failed" if status else "passed"
            closing = [line for line in output.splitlines()[-1:] if line.startswith("=")]  # pytest's counts
            say(f"== {self.name}: {self.result} in {self.seconds:.0f} s", *([output.rstrip()] if status else closing))
        self.finished.set()


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
            wanted = re.compile(r"ansible_collections/community/general/(plugins/(cache|module_utils)|meta)/")
            archive.extractall(folder, [name for name in archive.namelist() if wanted.match(name)])
        wheel.unlink()
        (folder / ".ready").touch()


def install_core(version: str, python: pathlib.Path) -> tuple[int, str]:
    """Make the environment of one ansible-core version, unless it is there and up to date."""
    folder = VENV / "cores" / version
    names = ("run.txt", "test.txt", "../meta/ee-requirements.txt")
    wanted = "\n".join([str(python), str(folder), *((ROOT / "requirements" / name).read_text() for name in names)])
    stamp = folder / ".ready"
    if not stamp.exists() or stamp.read_text() != wanted:
        environment.create(folder, python)
        environment.install(folder, ["-r", "requirements/test.txt", f"ansible-core~={version}.0"])
        stamp.write_text(wanted)
    install_cache_plugins()
    make_home(folder)
    return 0, ""


def install_packaging() -> tuple[int, str]:
    """Make the environment that does not see this checkout, for what others do with the archive."""
    folder, requirements = VENV / "packaging", "requirements/packaging.txt"
    wanted = "\n".join((ROOT / name).read_text() for name in (requirements, "meta/ee-requirements.txt"))
    stamp = folder / ".ready"
    if not stamp.exists() or stamp.read_text() != wanted:
        environment.create(folder, pathlib.Path(sys.executable), linked=False)
        environment.install(folder, ["-r", requirements])
        stamp.write_text(wanted)
    return 0, ""


def sanity(version: str, pythons: dict[str, pathlib.Path], python: str) -> tuple[int, str]:
    """Run ansible-test on a copy of the files that git knows or would add, as it refuses a link to the checkout."""
    folder = VENV / "cores" / version
    tree = folder / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    copy = tree / "ansible_collections" / "community" / "onapp"
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listing, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout.split(b"\0"):
        source, target = ROOT / os.fsdecode(name), copy / os.fsdecode(name)
        if name and (source.is_symlink() or source.is_file()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    subprocess.run(["git", "init", "--quiet", "."], cwd=copy, check=True)

    # It tests on every Python that it finds by name: the modules' floor and the one that runs it are enough.
    # Commands of version managers do not run there, as it drops the variables that choose the version.
    links = tree / "pythons"
    links.mkdir()
    for wanted in {MODULE_FLOOR, python} & pythons.keys():
        (links / f"python{wanted}").symlink_to(pythons[wanted])
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


def complain_of(options: argparse.Namespace) -> None:
    """End with what to do if there is no such version or test."""
    if options.core and options.core not in CORES:
        sys.exit(f"CORE={options.core}: choose one of {', '.join(CORES)}.")
    path = (options.test or "").partition("::")[0]
    if path and not (ROOT / path).exists():
        sys.exit(f"TEST={options.test}: there is no {path}. Name a folder, a file or FILE::TEST below the checkout.")


def plan(options: argparse.Namespace, pythons: dict[str, pathlib.Path], cores: dict[str, str]) -> list[list[Step]]:
    """The steps of the two lanes."""
    what, capture = options.steps, options.steps in ("all", "lint") or len(cores) > 1

    def main(name: str, *command: str) -> Step:
        return Step(name, functools.partial(call, list(command), VENV, capture))

    utils = [name for name in ("module_utils", "plugin_utils") if (ROOT / "plugins" / name).is_dir()]
    typed = [part for name in utils for part in ("-p", f"ansible_collections.community.onapp.plugins.{name}")]
    lint = [
        main("format", "-m", "ruff", "format", "--check", "."),
        main("ruff", "-m", "ruff", "check", "."),
        main("mypy", "-m", "mypy", *typed),
        main("ansible-lint", ".venv/bin/ansible-lint"),
        main("changelog fragments", ".venv/bin/antsibull-changelog", "lint"),
        main("changelog", ".venv/bin/antsibull-changelog", "lint-changelog-yaml", "changelogs/changelog.yaml"),
    ]
    how = ["--plugin-docs", "--check-extra-docs-refs", "--validate-collection-refs", "dependent"]
    how += ["--disallow-unknown-collection-refs", "."]
    docs = [
        main("documentation of plugins", "-c", ANTSIBULL_DOCS, "lint-collection-docs", *how),
        main("documentation site", "-m", "ansible_collections.community.onapp.tests.tools.docs"),
    ]
    quick = QUICK if what == "unit" and not options.test else []
    units = ["-m", "pytest", "-n", "2", "--dist", "worksteal", *quick]
    unit = [main("unit", *units, options.test or "tests/unit")]
    coverage = [main("coverage", "-m", "ansible_collections.community.onapp.tests.tools.uncovered")]
    outside = Step("set up packaging", install_packaging)
    command = ["-m", "pytest", "-n", "2", options.test or "tests/packaging"]
    packaging = [outside, Step("packaging", functools.partial(call, command, VENV, capture), outside)]
    faults = [main("faults", "-m", "ansible_collections.community.onapp.tests.faults", "--quiet")]
    install, integration, checks, unit_on_core = [], [], [], []
    for version, python in cores.items():
        label = f"ansible-core {version}, Python {python}"
        ready = Step(f"set up {label}", functools.partial(install_core, version, pythons[python]))
        chosen = [options.test] if options.test else ["tests/integration", *UNITS_ON_CORE]
        command = ["-m", "pytest", "-n", "2", *chosen]
        chosen = [options.test] if options.test else UNITS_ON_CORE
        folder = VENV / "cores" / version
        install.append(ready)
        integration.append(Step(f"integration, {label}", functools.partial(call, command, folder, capture), ready))
        unit_on_core.append(Step(f"unit, {label}", functools.partial(call, [*units, *chosen], folder, capture), ready))
        checks.append(Step(f"sanity, {label}", functools.partial(sanity, version, pythons, python), ready))
    return {
        "all": [lint + docs + unit + coverage + faults + packaging + integration, install + checks],
        "lint": [lint, []],
        "docs": [docs, []],
        "unit": [unit_on_core, install] if cores else [unit, []],
        "coverage": [coverage, []],
        "integration": [integration, install],
        "sanity": [[], install + checks],
        "packaging": [packaging, []],
    }[what]


def run(lanes: list[list[Step]]) -> None:
    """Run both lanes; the first helps the second out when it has nothing left to do."""
    first, second = map(collections.deque[Step], lanes)

    def work(take: t.Callable[[], Step]) -> None:
        with contextlib.suppress(IndexError):  # no step left to take
            while True:
                take().run()

    helper = threading.Thread(target=work, args=(second.popleft,))
    helper.start()
    work(lambda: first.popleft() if first else second.pop())
    helper.join()


def main() -> int:
    parser = argparse.ArgumentParser(description="Run checks and tests.")
    parser.add_argument("steps", choices=STEPS)
    parser.add_argument("--core", help="this ansible-core version only")
    parser.add_argument("--test", help="this test folder, file or test only")
    options = parser.parse_args()
    complain_of(options)

    started = time.monotonic()
    make_home(VENV)
    pythons, cores, left_out = {}, {}, []
    if options.steps in ("all", "integration", "sanity") or options.core:
        pythons = environment.find_pythons()
        cores, left_out = choose_cores(pythons, options.core)
    if options.steps in ("all", "sanity") and MODULE_FLOOR not in pythons:
        left_out.append(f"import on Python {MODULE_FLOOR}, the oldest for modules: python{MODULE_FLOOR} not found")
    if options.steps in ("all", "integration") and not shutil.which("redis-server"):
        left_out.append("cache in Redis: redis-server not found; your system's package redis-server or redis has it")
    lanes = plan(options, pythons, cores)
    run(lanes)

    steps = [step for lane in lanes for step in lane]
    if options.steps == "unit" and not options.test:
        say("", f"left out for speed: {LEFT_OUT_QUICKLY}.")
    table = [f"{step.result:7}  {step.seconds:4.0f} s  {step.name}" for step in steps]
    failed = [step.name for step in steps if step.result != "passed"]
    if left_out and os.environ.get("REQUIRE_ALL_CORES") == "1":
        failed.append("REQUIRE_ALL_CORES=1, but something was left out")
    result = f"{len(failed)} failed: {'; '.join(failed)}" if failed else f"{len(steps)} passed"
    say("", *table, *(f"left out: {text}" for text in left_out), "", f"{result}, {time.monotonic() - started:.0f} s")
    return bool(failed or not steps)


if __name__ == "__main__":
    sys.exit(main())
