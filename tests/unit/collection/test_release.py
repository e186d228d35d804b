# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Version, changelog and metadata agree in all files."""

from __future__ import annotations

import re
import typing as t

import pytest
import yaml
from ansible_collections.community.onapp.plugins.module_utils._version import VERSION
from ansible_collections.community.onapp.tests.unit.collection.tree import ROOT, documented_files, files, name_of
from packaging.specifiers import SpecifierSet
from packaging.version import Version

README = (ROOT / "README.md").read_text(encoding="utf-8")


def read(name: str) -> t.Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


GALAXY = read("galaxy.yml")
RELEASES = read("changelogs/changelog.yaml")["releases"]
TESTED = re.findall(r'^    "(2\.[0-9]+)": ">=', (ROOT / "noxfile.py").read_text(encoding="utf-8"), re.MULTILINE)


def test_one_version() -> None:
    newest = max(RELEASES, key=Version)
    assert GALAXY["version"] == newest == VERSION
    assert re.fullmatch(r"[1-9][0-9]*\.[0-9]+\.[0-9]+", VERSION)


def test_all_content_is_in_the_changelog() -> None:
    documented: dict[str, set[str]] = {"modules": set(), "playbooks": set()}
    for release in RELEASES.values():
        assert release["changes"]["release_summary"]
        documented["modules"] |= {entry["name"] for entry in release.get("modules", [])}
        documented["playbooks"] |= {entry["name"] for entry in release.get("objects", {}).get("playbook", [])}
        for kind, entries in release.get("plugins", {}).items():
            documented.setdefault(kind, set()).update(entry["name"] for entry in entries)
    there: dict[str, set[str]] = {}
    for path in documented_files():
        there.setdefault(path.parent.name, set()).add(path.stem)
    there["playbooks"] = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
    assert documented == there


def test_changelog_is_rendered() -> None:
    page = (ROOT / "CHANGELOG.rst").read_text(encoding="utf-8")
    assert re.findall(r"^v([0-9.]+)\n=+$", page, re.MULTILINE) == sorted(RELEASES, key=Version, reverse=True)


def test_version_added_is_a_released_version() -> None:
    added = {
        name_of(path): version
        for path in files()
        if name_of(path).startswith("plugins/") and path.suffix == ".py"
        for version in re.findall(r"^ *version_added: *\"?([^\s\"]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    # New content has the next version.
    assert {version for version in added.values() if Version(version) <= Version(VERSION)} <= RELEASES.keys()
    assert {name_of(path) for path in documented_files()} <= added.keys()


def test_galaxy() -> None:
    assert (GALAXY["namespace"], GALAXY["name"], GALAXY["readme"]) == ("community", "onapp", "README.md")
    assert "cloud" in GALAXY["tags"] and all(re.fullmatch(r"[a-z][a-z0-9]*", tag) for tag in GALAXY["tags"])
    assert all(GALAXY[key].startswith("https://") for key in ("repository", "documentation", "homepage", "issues"))
    for bound in GALAXY["dependencies"].values():
        lower = [part for part in SpecifierSet(bound) if part.operator in (">=", ">", "==")]
        assert lower and all(Version(part.version) >= Version("1.0.0") for part in lower)


def test_oldest_ansible_core() -> None:
    spec = SpecifierSet(read("meta/runtime.yml")["requires_ansible"])
    assert len(TESTED) >= 4
    assert all(spec.contains(f"{version}.0") for version in TESTED)
    (oldest,) = [part for part in spec if part.operator == ">="]
    assert oldest.version == f"{min(TESTED, key=Version)}.0"
    assert f"| {', '.join(sorted(TESTED, key=Version))} |" in README


def test_oldest_python_of_modules() -> None:
    floor = read("tests/config.yml")["modules"]["python_requires"]
    assert f"| {floor.removeprefix('>=')} or newer |" in README


@pytest.mark.parametrize("name", ["CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.rst", "LICENSE"])
def test_required_files_exist_and_are_linked(name: str) -> None:
    assert (ROOT / name).stat().st_size > 0
    assert f"]({name})" in README


def test_generated_files_stay_out_of_git_and_the_archive() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert {"/.venv/", "/build/", "/tests/output/", "__pycache__/"} <= set(ignored)
    assert {".*", "tests", "requirements", "build"} <= set(GALAXY["build_ignore"])
