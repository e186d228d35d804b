# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stop commands when they open or rename a file in a folder, until a test kills them or lets them continue."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import time

SECONDS = 90
# Python imports a module of this name when it starts. The audit hook is called before each file is opened or renamed.
STOPPER = """
import os
import pathlib
import sys
import time

state = pathlib.Path(os.environ["STOP_STATE"])
folder = os.path.realpath(os.environ["STOP_FOLDER"])
event, number = os.environ["STOP_AT"].split()
calls = []


def note_process():
    (state / f"{os.getpid()}.process").touch()


def is_moment(name, arguments):
    if event == "write":
        path, writes = arguments[0], name == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    else:
        path, writes = arguments[1], name == "os.rename"
    if not writes or not isinstance(path, str) or os.path.realpath(os.path.dirname(path)) != folder:
        return False
    calls.append(name)
    return len(calls) == int(number)


def stop(name, arguments):
    if name in ("open", "os.rename") and is_moment(name, arguments):
        (state / f"{os.getpid()}.stopped").touch()
        until = time.monotonic() + 120
        while not (state / "continue").exists() and time.monotonic() < until:
            time.sleep(0.01)


os.register_at_fork(after_in_child=note_process)
note_process()
sys.addaudithook(stop)
"""


class Stopper:
    """Commands with its `environment` stop at a moment: before they open the third file for writing in a folder
    (`write 3`), or before they rename the first one (`rename 1`). `state` is a new folder for its own files."""

    def __init__(self, state: pathlib.Path, folder: pathlib.Path, moment: str) -> None:
        self.state = state
        state.mkdir()
        (state / "sitecustomize.py").write_text(STOPPER, encoding="utf-8")
        self.environment = {
            "PYTHONPATH": str(state),
            "STOP_STATE": str(state),
            "STOP_FOLDER": str(folder),
            "STOP_AT": moment,
        }

    def wait(self, stopped: int = 1) -> None:
        """Wait until this many processes have stopped."""
        until = time.monotonic() + SECONDS
        while len(list(self.state.glob("*.stopped"))) < stopped:
            assert time.monotonic() < until, "the command did not reach that moment"
            time.sleep(0.02)

    def proceed(self) -> None:
        """Let all of them continue."""
        (self.state / "continue").touch()

    def kill(self) -> None:
        """Kill all processes that were started with this environment at once, as a crash of the machine would."""
        numbers = sorted(int(path.stem) for path in self.state.glob("*.process"))
        assert numbers
        for number in numbers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
