# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of the matrix: on the terminal as it ended, on the page as it must be."""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.community.onapp.tests.benchmarks.measure import table
from ansible_collections.community.onapp.tests.faults.cases import expected
from ansible_collections.community.onapp.tests.faults.catalogue import FAULTS
from ansible_collections.community.onapp.tests.faults.entries import ENTRIES, PATHS, ROUTES
from ansible_collections.community.onapp.tests.faults.workers import Result

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "faults_guide.rst"
BEGIN = ".. The tables begin here. They are generated: make faults WRITE=1\n"
END = ".. The tables end here.\n"
TITLES = {
    "onapp_backup_info": "The module onapp_backup_info",
    "inventory": "The inventory plugin",
    "onapp_backup_compliance": "The module onapp_backup_compliance",
}


def ended(results: t.Iterable[Result]) -> str:
    """How the cases ended, for each entry point; a cell is WRONG when one of its cases has a complaint."""
    cells: dict[tuple[str, str, str], set[str]] = {}
    for result in results:
        case = result.case
        text = "WRONG" if result.complaints else ": ".join([result.word, *result.codes])
        cells.setdefault((case.entry, case.fault, case.route), set()).add(text)
    parts = []
    for entry in ENTRIES:
        faults = [fault for fault in FAULTS if any((entry, fault, route) in cells for route in ROUTES)]
        rows = [
            [fault.replace("``", ""), *(" / ".join(sorted(cells.get((entry, fault, route), ()))) for route in ROUTES)]
            for fault in faults
        ]
        if rows:
            parts.append(f"{entry}\n\n{table(['', *ROUTES], rows)}\n")
    return "\n".join(parts)


def tables() -> str:
    """What the page must say between its markers."""
    parts = []
    for name in ENTRIES:
        title = TITLES.get(name, name)
        parts.append(f"{title}\n{'^' * len(title)}\n\n.. csv-table::\n   :header-rows: 1\n   :stub-columns: 1\n")
        parts.append(_line("Fault", *(f"``{PATHS[route]}``" for route in ROUTES)))
        for fault in FAULTS:
            cells = (expected(fault, route, name) for route in ROUTES)
            parts.append(_line(fault, *("" if cell is None else str(cell) for cell in cells)))
        parts.append("")
    return "\n".join(parts)


def on_page() -> str:
    """What the page says between its markers. Raises ValueError when it has none."""
    _before, generated, _after = _parts()
    return generated


def write() -> bool:
    """Bring the page up to date; whether that changed it."""
    before, generated, after = _parts()
    PAGE.write_text(f"{before}{BEGIN}\n{tables()}\n{END}{after}", encoding="utf-8")
    return generated != tables()


def _parts() -> tuple[str, str, str]:
    before, begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    generated, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has lost the comments between which its tables stand")
    return before, generated.removeprefix("\n").removesuffix("\n"), after


def _line(*cells: str) -> str:
    return "   " + ", ".join(f'"{cell}"' for cell in cells)
