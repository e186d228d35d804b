# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that a run leaves behind: all of them and each whole, or none."""

from __future__ import annotations

import json
import pathlib
from xml.etree import ElementTree

# The one list of the reports for all tests: the names of each format's files, in the order of their writing.
REPORTS = {
    "json": ("report.json",),
    "html": ("report.html",),
    "junit": ("junit.xml",),
    "markdown": ("summary.md",),
    "prometheus": ("onapp_backup.prom",),
    "csv": ("vms.csv", "findings.csv"),
}


REPORT_FILES = [name for names in REPORTS.values() for name in names]


def reports(folder: pathlib.Path) -> tuple[dict[str, str], list[str]]:
    """The texts of the reports by name, and what is wrong with them."""
    texts = texts_below(folder)
    if texts.keys() != set(REPORT_FILES):
        return texts, [f"report_dir holds {', '.join(sorted(texts)) or 'nothing'}"]
    troubles = []
    try:
        json.loads(texts["report.json"])
        ElementTree.fromstring(texts["junit.xml"])
    except (ValueError, ElementTree.ParseError) as error:
        troubles.append(f"a report is not whole: {type(error).__name__}")
    if not texts["report.html"].rstrip().endswith("</html>"):
        troubles.append("report.html has no end")
    troubles += [f"{name} does not end with a line" for name, text in sorted(texts.items()) if not text.endswith("\n")]
    return texts, troubles


def texts_below(folder: pathlib.Path) -> dict[str, str]:
    """Every file below a folder, also hidden and temporary ones; none when there is no such folder."""
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8", errors="replace")
        for path in folder.rglob("*")
        if path.is_file()
    }
