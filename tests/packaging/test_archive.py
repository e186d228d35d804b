# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The archive holds what users run and read, and nothing else, whatever lies about where it is built."""

from __future__ import annotations

import json
import pathlib
import re
import shutil

import yaml
from ansible_collections.community.onapp.tests.packaging.archive import ROOT, build, contents

TOP = {
    "CHANGELOG.rst",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "SECURITY.md",
    "changelogs",
    "docs",
    "meta",
    "playbooks",
    "plugins",
}
MOST_BYTES = 350_000
PICTURES = "docs/pictures/"  # of the documentation site only
PLUGINS = {"doc_fragments", "filter", "inventory", "module_utils", "modules", "plugin_utils", "test"}
KINDS = re.compile(
    r".*\.(?:ini|json|md|png|py|rego|rst|service|sh|svg|timer|txt|ya?ml)|.*/(?:LICENSE|Jenkinsfile|ansible\.cfg)"
)

# What tools leave behind, besides what .gitignore names.
DIRT = (
    ".venv/lib/python3.12/site-packages/ansible_collections/community/other/plugins/modules/x.py",
    ".ansible/collections/x.py",
    ".coverage.host.1234",
    ".env",
    ".vscode/settings.json",
    "build/docs/index.html",
    "build/community-onapp-0.0.9.tar.gz",
    "community-onapp-0.0.9.tar.gz",
    "community.onapp.egg-info/PKG-INFO",
    "docs/.DS_Store",
    "htmlcov/index.html",
    "importer_result.json",
    "playbooks/backup-reports/report.json",
    "playbooks/backup_facts.retry",
    "plugins/.mypy_cache/x.json",
    "plugins/module_utils/_api/__pycache__/client.cpython-312.pyc",
    "plugins/module_utils/_api/client.py.orig",
    "plugins/modules/.onapp_backup_info.py.swp",
    "plugins/modules/onapp_backup_info.py~",
    "plugins/modules/onapp_backup_info.py.rej",
    "plugins/modules/onapp_backup_info.pyc",
    "tests/output/junit/x.xml",
)


def test_what_is_in_it(archive: pathlib.Path) -> None:
    found = contents(archive)
    assert {name.partition("/")[0] for name in found} == TOP
    assert {name.split("/")[1] for name in found if name.startswith("plugins/")} == PLUGINS
    assert [name for name in found if not KINDS.fullmatch(f"/{name}")] == []
    assert [name for name in found if any(part.startswith(".") for part in name.split("/"))] == []
    assert sorted(name for name in found if name.startswith("changelogs/")) == [
        "changelogs/changelog.yaml",
        "changelogs/config.yaml",
    ]


def test_it_is_small(archive: pathlib.Path) -> None:
    assert archive.stat().st_size <= MOST_BYTES


def test_every_file_of_the_plugins_is_in_it(archive: pathlib.Path, checkout: pathlib.Path) -> None:
    """What a list of things to leave out covers by mistake would be missed only where it is used."""
    found = contents(archive)
    for folder in ("docs", "meta", "playbooks", "plugins"):
        for path in (checkout / folder).rglob("*"):
            name = str(path.relative_to(checkout))
            if path.is_file() and not name.startswith(PICTURES):
                assert found[name][1] == path.read_bytes()


def test_its_manifest_is_that_of_the_collection(archive: pathlib.Path) -> None:
    stated = json.loads(contents(archive)["MANIFEST.json"][1])["collection_info"]
    described = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    for key in ("namespace", "name", "version", "authors", "tags", "dependencies", "repository", "issues"):
        assert stated[key] == described[key]
    assert archive.name == f"community-onapp-{described['version']}.tar.gz"


def test_what_lies_about_does_not_get_into_it(
    archive: pathlib.Path, checkout: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    dirty = tmp_path / "dirty"
    shutil.copytree(checkout, dirty)
    ignored = [line.strip("/").replace("*", "x") for line in (checkout / ".gitignore").read_text().splitlines() if line]
    for name in (*DIRT, *(f"{name}/x.py" if "." not in name[1:] else name for name in ignored)):
        path = dirty / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text("dirt\n")
    clean, found = contents(archive), contents(build(dirty, tmp_path / "built"))
    assert sorted(set(found) - set(clean)) == []
    assert sorted(set(clean) - set(found)) == []
    listings = ("FILES.json", "MANIFEST.json")  # they name the files in the order of the folder, and each other
    assert [name for name in clean if clean[name] != found[name] and name not in listings] == []
