# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The README's sections, dependencies, links and commands."""

from __future__ import annotations

import fnmatch
import re

import pytest
import yaml
from ansible_collections.community.onapp.tests.unit.collection.tree import ROOT, documented_files, files, name_of

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PARTS = [
    "Description",
    "Requirements",
    "Installation",
    "Use Cases",
    "Testing",
    "Contributing",
    "Support",
    "Release Notes and Roadmap",
    "Related Information",
    "License Information",
]
MOST_LINES = 160
# Dependencies outside the requirement files, with the file that names them.
NAMED_ELSEWHERE = {
    "PyYAML": ("plugins/module_utils/_policy/document.py", "import yaml"),  # comes with ansible-core
    "Jinja2": ("plugins/module_utils/_reports/html.py", "import jinja2"),  # comes with ansible-core
    "community.general": ("noxfile.py", "community.general"),  # a collection
}
PAGES = [path for path in files() if path.suffix == ".md" and "tests" not in path.relative_to(ROOT).parts]


def required() -> set[str]:
    """The packages in all requirement files."""
    found = set()
    for path in files():
        if not (path.name.endswith("requirements.txt") or path.parent == ROOT / "requirements"):
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            requirement = line.partition("#")[0].strip()
            if requirement and not requirement.startswith("-r "):
                found.add(re.split(r"[\[<>=!~; ]", requirement)[0].lower())
    assert {"requests", "ansible-core", "pytest"} <= found
    return found


def dependencies() -> dict[str, str]:
    """The packages in the README's table with their reasons."""
    (table,) = re.findall(r"^\| Package \| For \| Why \|\n\|[ |-]+\|\n((?:\|.*\|\n)+)", README, re.MULTILINE)
    found: dict[str, str] = {}
    for row in table.splitlines():
        names, _use, why = (cell.strip() for cell in row.strip("|").split(" | "))
        for name in names.split(", "):
            assert name not in found, f"{name} is there twice"
            found[name] = why
    return found


def test_table_of_dependencies() -> None:
    assert {name.lower() for name in dependencies()} == required() | {name.lower() for name in NAMED_ELSEWHERE}
    assert all(len(why.split()) >= 3 for why in dependencies().values())
    for name, text in NAMED_ELSEWHERE.values():
        assert text in (ROOT / name).read_text(encoding="utf-8")


def test_sections_of_certified_collections_and_length() -> None:
    assert re.findall(r"^## (.*)$", README, re.MULTILINE) == PARTS
    assert README.startswith("# community.onapp\n")
    assert len(README.splitlines()) <= MOST_LINES
    assert "![" not in README, "no badges, no pictures"


def test_all_content_is_named() -> None:
    for path in documented_files():
        assert f"`community.onapp.{path.stem}`" in README
    for path in (ROOT / "playbooks").glob("*.yml"):
        assert f"`community.onapp.{path.stem}`" in README


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links(page) -> None:
    ignored = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["build_ignore"]
    targets = re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    assert targets
    for target in targets:
        if not re.match(r"https://|#", target):
            path = (page.parent / target.partition("#")[0]).resolve()
            assert path.exists(), target
            first = path.relative_to(ROOT).parts[0]
            assert not any(fnmatch.fnmatch(first, pattern) for pattern in ignored), f"{target} is not in the archive"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_targets_exist(page) -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= targets
    assert page.name != "README.md" or {"demo", "test", "help"} <= named
