# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small part of the matrix of faults as it is run, and the page that shows all of it."""

from __future__ import annotations

import pathlib
import re

import pytest
from ansible_collections.community.onapp.plugins.module_utils import _errors
from ansible_collections.community.onapp.tests.faults import page, workers
from ansible_collections.community.onapp.tests.faults.cases import Case, cases, expected
from ansible_collections.community.onapp.tests.faults.catalogue import FAULTS
from ansible_collections.community.onapp.tests.faults.cloud import PAGE_SIZE, TOUCHED, cloud
from ansible_collections.community.onapp.tests.faults.entries import ENTRIES, OF_ONE, PATHS, ROUTES

SOME = ("HTTP 401", "some elements are no rows", "redirect to another host")
ANY = Case("HTTP 403", "backups", "onapp_backup_info", "json", 2)
ROW = re.compile(r'^   "(?P<cells>.*)"$', re.MULTILINE)


@pytest.mark.slow
def test_some_faults_on_every_route_in_every_entry_point() -> None:
    chosen = [case for case in cases(SOME) if case.form == "json"]
    assert {(case.route, case.entry) for case in chosen} == {
        (route, name) for name, entry in ENTRIES.items() for route in entry.ways
    }
    results = workers.run(chosen, 2)
    assert [result for result in results if result.complaints] == []
    assert [(one.word, one.codes) for one in results] == [
        (spec.word, [spec.code] if spec.code else [])
        for spec in (expected(case.fault, case.route, case.entry) for case in chosen)
        if spec is not None
    ]


@pytest.mark.parametrize(
    ("program", "longest", "told"),
    [("raise SystemExit('no luck')", 60, "no luck"), ("import time; time.sleep(60)", 0.2, "it hangs")],
)
def test_a_process_that_gives_no_answer_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, program: str, longest: float, told: str
) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text(program)
    monkeypatch.setattr(workers, "WORKER", worker)
    monkeypatch.setattr(workers, "LONGEST", longest)
    (result,) = workers.run([ANY], 1)
    assert told in result.complaints[0]


def test_every_fault_is_run_wherever_a_route_is_used() -> None:
    run = {(case.fault, case.route, case.entry) for case in cases()}
    assert run == {
        (fault, route, entry)
        for fault in FAULTS
        for route in ROUTES
        for entry in ENTRIES
        if route in ENTRIES[entry].ways
    }
    assert all((expected(*each) is None) is (each not in run) for each in _everything())


def test_every_list_has_a_later_page() -> None:
    whole = cloud(gap=True)
    machines = whole["virtual_machines"]
    (touched,) = (machine for machine in machines if machine["id"] == TOUCHED)
    incremental = [backup for backup in touched["backups"] if backup.get("backup_type") == "incremental"]
    lists = [machines, touched["disks"], incremental, touched["backups"][: -len(incremental)]]
    assert all(len(rows) > PAGE_SIZE for rows in lists)
    # The gap is on it.
    backed_up = {backup.get("target_id") for backup in touched["backups"]}
    assert [disk["id"] in backed_up for disk in touched["disks"]] == [True] * PAGE_SIZE + [False]


def test_the_page_has_these_faults_and_routes() -> None:
    text = page.on_page()
    assert text == page.tables(), "call: make faults WRITE=1"
    rows = [match["cells"].split('", "') for match in ROW.finditer(text)]
    header = ["Fault", *(f"``{PATHS[route]}``" for route in ROUTES)]
    assert [row[0] for row in rows] == ["Fault", *FAULTS] * len(ENTRIES)
    assert [row for row in rows if row[0] == "Fault"] == [header] * len(ENTRIES)
    empty = [[not cell for cell in row[1:]] for row in rows if row[0] != "Fault"]
    assert empty == [[route not in entry.ways for route in ROUTES] for entry in ENTRIES.values() for fault in FAULTS]


def test_the_page_explains_every_code() -> None:
    kinds = [kind for kind in vars(_errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    codes = {kind.code for kind in kinds} - {"conflict", "failed", "timeout"}
    listed = re.findall(r"^   \* - ``([a-z_]+)``$", page.PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(codes) == sorted(listed)
    assert {fault.code for fault in FAULTS.values()} - {None} <= codes


def test_a_cell_with_a_complaint_is_shown_as_wrong() -> None:
    good = workers.Result(ANY, "unknown", ["forbidden"], [], 0.1)
    bad = workers.Result(ANY._replace(form="xml"), "whole", [], ["it is whole"], 0.1)
    assert "unknown: forbidden" in page.ended([good])
    assert "WRONG" in page.ended([good, bad])


def test_routes_of_one_virtual_machine_are_routes() -> None:
    assert set(ROUTES) == set(PATHS) > OF_ONE


def _everything() -> list[tuple[str, str, str]]:
    return [(fault, route, entry) for fault in FAULTS for route in ROUTES for entry in ENTRIES]
