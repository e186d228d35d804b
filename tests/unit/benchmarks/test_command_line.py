# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which benchmarks to run, how large, and how often."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.tests.benchmarks.__main__ import FULL, QUICK, arguments, plan_of
from ansible_collections.community.onapp.tests.benchmarks.cloud import Plan


@pytest.mark.parametrize(
    ("given", "plan"),
    [
        ([], FULL),
        (["--quick"], QUICK),
        (["--runs", "5"], FULL._replace(runs=5)),
        (["--vms", "500"], Plan(50, 500, 2500, 3)),
        (["--quick", "--vms", "500", "--runs", "2"], Plan(100, 500, 1000, 2)),
        (["--vms", "50"], Plan(10, 50, 250, 3)),
    ],
)
def test_the_plan(given: list[str], plan: Plan) -> None:
    assert plan_of(arguments(given)) == plan


@pytest.mark.parametrize(
    "given", [["nonsense"], ["--vms", "49"], ["--runs", "0"], ["inventory", "--write"]], ids=" ".join
)
def test_what_makes_no_sense_is_refused(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments(given)
    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_names_choose() -> None:
    assert arguments(["inventory", "depth"]).names == ["inventory", "depth"]
