# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command: a table, and a minimal example with its seed where a promise is broken."""

from __future__ import annotations

import collections.abc
import concurrent.futures
import typing as t

import pytest
from ansible_collections.community.onapp.tests.fuzz import __main__ as command
from ansible_collections.community.onapp.tests.fuzz.running import Target
from hypothesis import strategies as st


class Here(concurrent.futures.Executor):
    """Runs in this process, where a test can put targets of its own."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def submit(
        self, fn: collections.abc.Callable[..., t.Any], /, *args: t.Any, **more: t.Any
    ) -> concurrent.futures.Future[t.Any]:
        future: concurrent.futures.Future[t.Any] = concurrent.futures.Future()
        future.set_result(fn(*args, **more))
        return future


def below_ten(value: int) -> bool:
    assert value < 10
    return value > 4


@pytest.fixture(autouse=True)
def _targets(monkeypatch: pytest.MonkeyPatch) -> None:
    targets = {
        "sound": Target("sound", "numbers are small", 3, st.integers(0, 9), below_ten),
        "broken": Target("broken", "numbers stay below ten", 1, st.integers(0, 50), below_ten),
    }
    monkeypatch.setattr(command.concurrent.futures, "ProcessPoolExecutor", Here)
    monkeypatch.setitem(command.shares.__globals__, "TARGETS", targets)
    monkeypatch.setattr(command, "TARGETS", targets)


@pytest.mark.slow
def test_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--inputs", "1200", "--target", "sound", "--seed", "3"]) == 0
    heading, columns, sound, total = capsys.readouterr().out.splitlines()
    assert heading == "seed 3, hypothesis makes 1200 inputs"
    assert columns.split() == ["target", "inputs", "seconds", "refused"]
    name, inputs, _seconds, refused = sound.split()
    assert (name, total.split()[0]) == ("sound", "all")
    assert int(inputs) >= 1200 and 0 < int(refused) < int(inputs)


def test_a_broken_promise(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--inputs", "400", "--seed", "3"]) == 1
    printed = capsys.readouterr()
    assert "BROKEN: broken: numbers stay below ten\nminimal input: 10\n" in printed.out
    assert "again with: --target 'broken' --seed 3 --inputs 500" in printed.out
    assert "AssertionError" in printed.err
    assert command.main(["--target", "broken", "--seed", "3", "--inputs", "500"]) == 1
    assert "minimal input: 10\n" in capsys.readouterr().out


def test_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--list"]) == 0
    assert "broken               numbers stay below ten" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        command.main(["--help"])
    assert "comes again with the target and the seed" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [["--inputs", "0"], ["--target", "none"], ["--jobs", "x"]])
def test_wrong_arguments(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(wrong)
    assert "error: argument" in capsys.readouterr().err
