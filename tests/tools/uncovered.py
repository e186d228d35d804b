# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which lines and branches of plugins/ the unit tests run, held against the list of those that they need not run.

As a program: `python -m ansible_collections.community.onapp.tests.tools.uncovered`. Only tests that do the same each
time count: what a property test happens to reach today proves nothing. The exit status is 1 when something is not run
and not in the list, or in the list and run after all.
"""

from __future__ import annotations

import collections
import json
import os
import pathlib
import subprocess
import sys
import typing as t

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIST = "tests/coverage.yml"
OUTPUT = ROOT / "tests" / "output"
COUNTED = "not hypothesis"

Place = tuple[str, str]
Report = dict[str, t.Any]


def measure() -> Report | None:
    """The coverage of the unit tests of plugins as coverage.py reports it in JSON; None if a test fails."""
    OUTPUT.mkdir(exist_ok=True)
    report = OUTPUT / "coverage.json"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "--dist",
        "worksteal",
        "-m",
        COUNTED,
        "tests/unit/plugins",
    ]
    command += ["--cov", f"--cov-report=json:{report}"]
    environment = {**os.environ, "COVERAGE_FILE": str(OUTPUT / "coverage")}
    if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
        return None
    found: Report = json.loads(report.read_text(encoding="utf-8"))
    return found


def not_run(report: Report, lines_of: t.Callable[[str], list[str]]) -> dict[Place, list[str]]:
    """What was not run: file and code, with the places where that is.

    Of a branch whose both ends are run, the code is where it begins.
    """
    found: dict[Place, list[str]] = collections.defaultdict(list)
    for file, facts in report["files"].items():
        missing = set(facts["missing_lines"])
        branches = [way for way in facts["missing_branches"] if not missing.intersection(way)]
        if missing or branches:
            lines = lines_of(file)
            for line in sorted(missing):
                found[file, lines[line - 1].strip()].append(f"line {line}")
            for line, to in branches:
                found[file, lines[line - 1].strip()].append(f"line {line}, the way to {to if to > 0 else 'the end'}")
    return dict(found)


def complaints(found: dict[Place, list[str]], listed: list[dict[str, str]]) -> list[str]:
    """What is wrong with the list, as sentences. An entry stands for one place."""
    spec = {"file", "code", "reason"}
    said = [
        f"{LIST}: entry {number} needs a file, its code and a reason."
        for number, entry in enumerate(listed, 1)
        if set(entry) != spec or not all(entry.values())
    ]
    known = collections.Counter((str(entry.get("file")), str(entry.get("code"))) for entry in listed)
    for file, code in sorted(found.keys() | known.keys()):
        places, entries = found.get((file, code), []), known[file, code]
        if len(places) > entries:
            said.append(f"{file}: no unit test runs {code!r} ({'; '.join(places)}; in the list {entries} times).")
        elif len(places) < entries:
            said.append(f"{LIST}: {file}: {code!r} is run, or not there: take it out of the list.")
    return said


def main() -> int:
    """Measure and compare."""
    report = measure()
    if report is None:
        return 1
    found = not_run(report, lambda file: (ROOT / file).read_text(encoding="utf-8").splitlines())
    listed = yaml.safe_load((ROOT / LIST).read_text(encoding="utf-8")) or []
    said = complaints(found, listed)
    total = report["totals"]
    print(
        f"plugins/: {total['covered_lines']} of {total['num_statements']} statements and {total['covered_branches']} of"
        f" {total['num_branches']} branches run; {LIST} says why {len(listed)} lines are not."
    )
    print(*said, sep="\n")
    if said:
        print(f"Add tests (tests with the same input each time count), or an entry with its reason in {LIST}.")
    return int(bool(said))


if __name__ == "__main__":
    sys.exit(main())
