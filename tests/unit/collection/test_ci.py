# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Continuous integration runs everything, when it should; and the page on requirements names tests that are there."""

from __future__ import annotations

import os
import re
import typing as t

import yaml
from ansible_collections.community.onapp.tests.unit.collection.tree import GUIDES, ROOT

WORKFLOW: dict[str, t.Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
CORES = (ROOT / "tests" / "tools" / "cores.py").read_text(encoding="utf-8")


def test_it_runs_for_pull_requests_releases_and_every_week() -> None:
    when = WORKFLOW["on"]
    assert {"push", "pull_request", "schedule"} <= when.keys()
    assert when["push"]["branches"] == ["main"] and len(when["push"]["tags"]) == 1
    (entry,) = when["schedule"]
    minute, hour, day, month, weekday = entry["cron"].split()
    assert (day, month) == ("*", "*") and minute.isdigit() and hour.isdigit()
    assert weekday == "*" or weekday.isdigit()


def test_it_runs_the_script_on_every_ansible_core() -> None:
    (job,) = WORKFLOW["jobs"].values()
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert commands == [".ci/run"]
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "REQUIRE_ALL_CORES=1 exec make test" in script.read_text(encoding="utf-8")
    (pythons,) = [set(step["with"]["python-version"].split()) for step in job["steps"] if "with" in step]
    cores = re.findall(r'^    "2\.[0-9]+": \(([^)]*)\)', CORES, re.MULTILINE)
    assert len(cores) >= 4
    for line in cores:
        assert pythons & set(re.findall(r'"(3\.[0-9]+)"', line))
    (floor,) = re.findall(r'^MODULE_FLOOR = "([0-9.]+)"', CORES, re.MULTILINE)
    assert floor in pythons


def test_the_page_on_requirements_names_tests_that_are_there() -> None:
    page = (GUIDES / "requirements_guide.rst").read_text(encoding="utf-8")
    named = set(re.findall(r"``((?:tests/[\w/]+|test_\w+)(?:\.py|/))``", page))
    assert len(named) >= 8
    for name in named:
        assert (ROOT / name if "/" in name else ROOT / "tests" / "unit" / "collection" / name).exists(), name
    unnamed = {path.name for path in (ROOT / "tests" / "unit" / "collection").glob("test_*.py")} - named
    # These are about what is ours, and asked by nobody.
    assert unnamed == {"test_architecture.py", "test_contributor_guide.py"}
