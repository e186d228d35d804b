# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is not run is told unless it is listed with a reason, and a list that is not true is told, too."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.tests.tools.uncovered import complaints, not_run

FILE = "plugins/a.py"
LINES = ["if a:", "    b()", "for c in d:", "    e()", "", "    e()"]
FOUND = {(FILE, "b()"): ["line 2"], (FILE, "for c in d:"): ["line 3, the way to the end"]}
LISTED = [{"file": file, "code": code, "reason": "Only at night."} for file, code in FOUND]


def reported(lines=(), branches=()):
    facts = {"missing_lines": list(lines), "missing_branches": list(branches)}
    return {"files": {FILE: facts, "plugins/whole.py": {"missing_lines": [], "missing_branches": []}}}


@pytest.mark.parametrize(
    ("report", "found"),
    [
        (reported(), {}),
        (reported([2]), {(FILE, "b()"): ["line 2"]}),
        (reported([4, 6]), {(FILE, "e()"): ["line 4", "line 6"]}),
        (
            reported([], [[1, 3], [3, -1]]),
            {(FILE, "if a:"): ["line 1, the way to 3"], (FILE, "for c in d:"): ["line 3, the way to the end"]},
        ),
        (reported([1], [[1, 2]]), {(FILE, "if a:"): ["line 1"]}),
        (reported([2], [[1, 2]]), {(FILE, "b()"): ["line 2"]}),
    ],
    ids=["nothing", "line", "same code twice", "branches", "from a line that is not run", "to one that is not run"],
)
def test_what_is_not_run(report, found):
    assert not_run(report, lambda file: LINES) == found


def test_a_true_list():
    assert complaints(FOUND, LISTED) == []


def test_what_is_not_listed():
    (said,) = complaints(FOUND, LISTED[:1])
    assert said == "plugins/a.py: no unit test runs 'for c in d:' (line 3, the way to the end; in the list 0 times)."


def test_what_is_run_after_all():
    (said,) = complaints({}, LISTED[:1])
    assert "plugins/a.py: 'b()' is run, or not there" in said


@pytest.mark.parametrize("change", [{"reason": ""}, {"reason": None}, {"why": "because"}])
def test_an_entry_without_a_reason(change):
    (said,) = complaints(FOUND, [{**LISTED[0], **change}, LISTED[1]])
    assert "entry 1 needs a file, its code and a reason" in said


def test_an_entry_is_for_one_place():
    twice = {(FILE, "e()"): ["line 4", "line 6"]}
    entry = {"file": FILE, "code": "e()", "reason": "Never mind."}
    (said,) = complaints(twice, [entry])
    assert "(line 4; line 6; in the list 1 times)" in said
    assert complaints(twice, [entry, entry]) == []
    (said,) = complaints(twice, [entry] * 3)
    assert "take it out" in said
