# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Galaxy takes the archive without a complaint: its own importer reads it, with ansible-doc and ansible-lint."""

from __future__ import annotations

import json
import pathlib
import re

from ansible_collections.community.onapp.tests.integration.runner import Ansible
from ansible_collections.community.onapp.tests.packaging.archive import PROGRAMS

# All checks but those that need a container (ansible-test, which has a step of its own) and flake8, whose rule W503
# asks for the opposite of what the formatter writes.
SETTINGS = """\
[galaxy-importer]
check_changelog = True
check_required_tags = True
run_ansible_doc = True
run_ansible_lint = True
offline_ansible_lint = True
run_ansible_test = False
run_flake8 = False
"""
SAID = {
    "Getting doc strings via ansible-doc",
    "...ansible-lint run complete",
    "Importer processing completed successfully",
}


def test_it_passes(archive: pathlib.Path, tmp_path: pathlib.Path) -> None:
    settings = tmp_path / "galaxy-importer.cfg"
    settings.write_text(SETTINGS)
    importer = Ansible(tmp_path, PROGRAMS, {"GALAXY_IMPORTER_CONFIG": str(settings)})
    done = importer.command("python", "-m", "galaxy_importer.main", str(archive))
    assert done.status == 0, done.output
    lines = done.output.splitlines()
    # It says everything but progress by a level's name, and ends with 0 whatever that is.
    assert [line for line in lines if re.match(r"[A-Z]+:|Traceback", line)] == []
    assert set(lines) >= SAID
    result = json.loads((tmp_path / "importer_result.json").read_text())
    documented = {page["content_name"] for page in result["docs_blob"]["contents"] if page["doc_strings"]}
    assert documented == {"backup_fresh", "backup_state", "onapp", "onapp_backup_compliance", "onapp_backup_info"}
    assert result["requires_ansible"] == ">=2.19.0"
    assert "<h1>" in result["docs_blob"]["collection_readme"]["html"]
