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
import shutil
import sys
import threading
import time
import typing as t

import environment
from cores import (
    CORES,
    MODULE_FLOOR,
    ROOT,
    VENV,
    call,
    choose_cores,
    install_core,
    install_packaging,
    make_home,
    sanity,
)

STEPS = ("all", "lint", "docs", "unit", "coverage", "integration", "sanity", "packaging")
# Units that stand on ansible-core's own code, so that they are tested on each version.
UNITS_ON_CORE = [f"tests/unit/plugins/{name}" for name in ("filter", "inventory", "plugin_utils", "test")]
QUICK = ["-m", "not slow", "--hypothesis-profile=quick"]
BETWEEN = ["-m", "not oldest_and_newest"]
LEFT_OUT_QUICKLY = (
    "tests marked slow, and nine of ten examples of property tests. `make test` has all of it, and so has make unit"
    " TEST=tests/unit"
)
# antsibull-docs takes the name of its temporary folder for a broken link when it ends with an underscore, as one in 37
# does by chance.
ANTSIBULL_DOCS = """\
import sys, tempfile
tempfile._RandomNameSequence.characters = tempfile._RandomNameSequence.characters.replace("_", "")
from antsibull_docs.cli.antsibull_docs import run
sys.exit(run(["antsibull-docs", *sys.argv[1:]]))
"""

print_lock = threading.Lock()


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
        is_between = what == "all" and version not in (min(cores), max(cores))
        command = ["-m", "pytest", "-n", "2", *(BETWEEN if is_between else []), *chosen]
        chosen = [options.test] if options.test else UNITS_ON_CORE
        folder = VENV / "cores" / version
        install.append(ready)
        name = f"integration{', but no guides and killed runs' if is_between else ''}, {label}"
        integration.append(Step(name, functools.partial(call, command, folder, capture), ready))
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
