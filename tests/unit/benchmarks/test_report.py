# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of a run, and its place in the guide."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.community.onapp.tests.benchmarks.figures import Aim, Line, Outcome
from ansible_collections.community.onapp.tests.benchmarks.measure import Cost
from ansible_collections.community.onapp.tests.benchmarks.report import BEGIN, END, GUIDE, heading, placed, text, write

BLANK = f"Before\n\n{BEGIN}\n\n{END}\n\nAfter\n"


def test_the_text_has_lines_aims_and_notes() -> None:
    outcome = Outcome([Line("fresh", 0, Cost(1, 1, 1))], [Aim("fresh / static", 2.0, 1.0)], ["A note."])
    said = text(outcome, heading("ansible-core 9", ["make", "benchmark"], 3, 30))
    places = [said.index(part) for part in ("ansible-core 9. make benchmark", "fresh  ", "2.00", "not met", "A note.")]
    assert places == sorted(places)
    assert max(map(len, said.splitlines())) <= 140


def test_figures_replace_only_figures() -> None:
    once = placed(BLANK, "one\n\ntwo")
    assert once == f"Before\n\n{BEGIN}\n\n.. code-block:: text\n\n    one\n\n    two\n\n{END}\n\nAfter\n"
    assert placed(once, "one\n\ntwo") == once
    assert placed(placed(BLANK, "other"), "one\n\ntwo") == once


@pytest.mark.parametrize(
    "guide",
    ["", f"{BEGIN}\n", f"{END}\n", f"{END}\n{BEGIN}\n", BLANK + BLANK, BLANK + f"{END}\n"],
)
def test_a_guide_without_clear_marks_is_left_alone(guide: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "guide.rst"
    path.write_text(guide, encoding="utf-8")
    with pytest.raises(ValueError, match="once each"):
        write("figures", path)
    assert path.read_text(encoding="utf-8") == guide


def test_the_guide_has_a_place_for_figures(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "guide.rst"
    path.write_text(GUIDE.read_text(encoding="utf-8"), encoding="utf-8")
    write("figures of this test", path)
    assert path.read_text(encoding="utf-8").count("    figures of this test\n") == 1
