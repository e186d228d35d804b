# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The content of the archive, also if there are other files in the folder of the build."""

from __future__ import annotations

import json
import pathlib
import re
import shutil

import pytest
import yaml
from ansible_collections.community.onapp.tests.integration.runner import Ansible
from ansible_collections.community.onapp.tests.packaging.conftest import build, contents

TOP = {"CHANGELOG.rst", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"}
TOP |= {"FILES.json", "MANIFEST.json", "changelogs", "docs", "meta", "playbooks", "plugins"}
MOST_BYTES = 350_000
PICTURES = "docs/pictures/"  # only for the documentation site
KINDS = re.compile(r".*\.(json|md|py|rego|rst|service|sh|timer|txt|ya?ml)|.*/(LICENSE|Jenkinsfile|ansible\.cfg)")
# Files that tools create, besides those in .gitignore.
LITTER = [
    ".ansible/collections/x.py",
    ".env",
    ".vscode/settings.json",
    "build/community-onapp-0.0.9.tar.gz",
    "community-onapp-0.0.9.tar.gz",
    "community.onapp.egg-info/PKG-INFO",
    "docs/.DS_Store",
    "importer_result.json",
    "playbooks/backup-reports/report.json",
    "playbooks/backup_facts.retry",
    "plugins/module_utils/_api/__pycache__/client.cpython-312.pyc",
    "plugins/module_utils/_api/client.py.orig",
    "plugins/modules/.x.py.swp",
    "plugins/modules/x.py~",
    "plugins/modules/x.py.rej",
    "plugins/modules/x.pyc",
]
# All checks but ansible-test, which runs elsewhere, and flake8, whose rule W503 contradicts the formatter.
IMPORTER = """\
[galaxy-importer]
check_changelog = True
check_required_tags = True
run_ansible_doc = True
run_ansible_lint = True
offline_ansible_lint = True
run_ansible_test = False
run_flake8 = False
"""
# The importer's ansible-lint looks in the wrong folder for the playbook that an example imports.
NOT_FOUND = "WARNING: ERROR    Failed to find community.onapp.maintenance playbook."


def test_contents_and_size(archive: pathlib.Path, checkout: pathlib.Path) -> None:
    found = contents(archive)
    assert {name.partition("/")[0] for name in found} == TOP
    assert [name for name in found if not KINDS.fullmatch(f"/{name}") or "/." in f"/{name}"] == []
    assert archive.stat().st_size <= MOST_BYTES
    for folder in ("docs", "meta", "playbooks", "plugins"):  # build_ignore could exclude too much
        for path in (checkout / folder).rglob("*"):
            name = str(path.relative_to(checkout))
            assert path.is_dir() or name.startswith(PICTURES) or found[name] == path.read_bytes(), name
    stated, described = (
        json.loads(found["MANIFEST.json"])["collection_info"],
        yaml.safe_load((checkout / "galaxy.yml").open()),
    )
    assert {
        key: stated[key] for key in ("namespace", "name", "version", "tags", "dependencies")
    }.items() <= described.items()


def test_files_of_tools_are_excluded(
    programs: pathlib.Path, archive: pathlib.Path, checkout: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    littered = tmp_path / "littered"
    shutil.copytree(checkout, littered)
    ignored = [line.strip("/").replace("*", "x") for line in (checkout / ".gitignore").read_text().splitlines()]
    for name in (*LITTER, *(f"{name}/x.py" if "." not in name[1:] else name for name in ignored if name)):
        (littered / name).parent.mkdir(parents=True, exist_ok=True)
        (littered / name).touch()
    assert contents(build(programs, littered, tmp_path / "built")).keys() == contents(archive).keys()


def test_import_into_galaxy(
    programs: pathlib.Path, archive: pathlib.Path, checkout: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    settings = tmp_path / "galaxy-importer.cfg"
    settings.write_text(IMPORTER)
    importer = Ansible(tmp_path, programs, {"GALAXY_IMPORTER_CONFIG": str(settings)})
    done = importer.command("python", "-m", "galaxy_importer.main", str(archive))
    assert done.status == 0, done.output
    # The importer always exits with 0, and prefixes all findings with a level.
    assert [line for line in done.output.splitlines() if re.match(r"[A-Z]+:|Traceback", line)] == [NOT_FOUND]
    assert "Importer processing completed successfully" in done.output
    result = json.loads((tmp_path / "importer_result.json").read_text())
    folders = ("modules", "inventory", "filter", "test")
    plugins = {path.stem for folder in folders for path in (checkout / "plugins" / folder).glob("[!_]*.py")}
    assert {page["content_name"] for page in result["docs_blob"]["contents"] if page["doc_strings"]} == plugins


@pytest.mark.parametrize("file", ["execution-environment.yml", "ee-requirements.txt", "runtime.yml"])
def test_files_for_other_tools(archive: pathlib.Path, file: str) -> None:
    assert contents(archive)[f"meta/{file}"]
