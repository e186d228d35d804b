# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two clouds that differ in every report and every cache, so that each file identifies the run that wrote it."""

from __future__ import annotations

import datetime
import json
import pathlib
import re
import typing as t

from ansible_collections.community.onapp.tests.integration.runner import Ansible, Outcome, options
from ansible_collections.community.onapp.tests.sample_report import REPORT_FILES, REPORTS
from ansible_collections.community.onapp.tests.simulator.process import Simulator

MODULE = "ansible_collections.community.onapp.plugins.modules.onapp_backup_compliance"
FILES = sorted(REPORT_FILES)
NOW = "2026-03-30T12:00:00Z"
OLD = {"virtual_machines": [{"id": number, "label": f"old-{number}", "backups": []} for number in range(1, 30)]}
NEW = {"virtual_machines": [{"id": number, "label": f"new-{number}", "backups": [{}]} for number in range(1, 40)]}
CACHE = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": "cache", "cache_timeout": 3600}


def show(panel: Simulator, cloud: dict[str, t.Any]) -> None:
    """Let the panel show one of the two clouds."""
    panel.reset(cloud=cloud, now=NOW)


def reports_of_both(ansible: Ansible, panel: Simulator, folder: pathlib.Path) -> list[dict[str, bytes]]:
    """The reports of the old cloud and of the new one, written into folders `old` and `new`, each with every file."""
    both = []
    for name, cloud in (("old", OLD), ("new", NEW)):
        show(panel, cloud)
        assert check_cloud(ansible, panel, folder / name).status == 0
        both.append(report_files(folder / name))
    old, new = both
    assert sorted(old) == sorted(new) == FILES
    assert all(old[name] != new[name] for name in FILES)
    return both


def check_cloud(ansible: Ansible, panel: Simulator, folder: pathlib.Path, **environment: str) -> Outcome:
    """Check the cloud against the default policy, and write all reports into a folder, with the module alone."""
    given = {"evaluate_at": NOW, "report_dir": str(folder), "report_formats": list(REPORTS), "fail_on": "never"}
    file = folder.with_name(f"{folder.name} options.json")
    file.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": {**options(panel), **given}}), encoding="utf-8")
    return ansible.python("-m", MODULE, str(file), environment=environment)


def report_files(folder: pathlib.Path) -> dict[str, bytes]:
    """The reports in a folder; temporary files are hidden."""
    return {path.name: without_clock(path.read_bytes()) for path in folder.iterdir() if not path.name.startswith(".")}


def without_clock(data: bytes) -> bytes:
    """A report without the times of yesterday, today and tomorrow, between which it was made."""
    today = datetime.datetime.now(tz=datetime.UTC)
    for day in (today + datetime.timedelta(days=days) for days in (-1, 0, 1)):
        data = re.sub(day.strftime("%Y-%m-%d").encode() + rb"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}Z?)?)?", b"DAY", data)
        data = re.sub(str(int(day.timestamp()))[:5].encode() + rb"[0-9]{5}\b", b"SECONDS", data)
    return data
