# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands that stop in the middle of writing into a folder, at a moment that a test chooses, until it lets them go."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import time

SECONDS = 90
# Python imports a module of this name at its start. It stops at the nth call of a kind on a file of the folder: in a
# write, of which half is on the disk by then, or before a rename.
STOPPER = """
import builtins
import io
import os
import pathlib
import time

room = pathlib.Path(os.environ["STOP_ROOM"])
folder = os.path.realpath(os.environ["STOP_FOLDER"])
kind, number = os.environ["STOP_AT"].split()
calls, paths = [], {}
really_open, really_open_descriptor = builtins.open, os.open


def note_process():
    (room / f"{os.getpid()}.process").touch()


def is_there(path):
    return isinstance(path, (str, os.PathLike)) and os.path.realpath(os.path.dirname(os.fspath(path))) == folder


def stop():
    calls.append(kind)
    if len(calls) == int(number):
        (room / f"{os.getpid()}.stopped").touch()
        until = time.monotonic() + 120
        while not (room / "go").exists() and time.monotonic() < until:
            time.sleep(0.01)


def open_descriptor(path, *arguments, **more):
    descriptor = really_open_descriptor(path, *arguments, **more)
    paths[descriptor] = path
    return descriptor


def open_file(file, mode="r", *arguments, **more):
    opened = really_open(file, mode, *arguments, **more)
    if kind == "write" and "w" in mode and is_there(paths.get(file, file) if isinstance(file, int) else file):
        really_write = opened.write

        def write(data):
            half = len(data) // 2
            really_write(data[:half])
            opened.flush()
            stop()
            really_write(data[half:])
            return len(data)

        opened.write = write
    return opened


def renaming(really):
    def rename(source, target, **more):
        if kind == "rename" and is_there(target):
            stop()
        return really(source, target, **more)

    return rename


builtins.open = io.open = open_file
os.open = open_descriptor
os.rename, os.replace = renaming(os.rename), renaming(os.replace)
os.register_at_fork(after_in_child=note_process)
note_process()
"""


class Stopper:
    """Commands with its `environment` stop at a moment, such as `write 3` or `rename 1`, in what they write into a
    folder; `room` is an empty folder for what it needs itself."""

    def __init__(self, room: pathlib.Path, folder: pathlib.Path, moment: str) -> None:
        self.room = room
        room.mkdir()
        (room / "sitecustomize.py").write_text(STOPPER, encoding="utf-8")
        self.environment = {
            "PYTHONPATH": str(room),
            "STOP_ROOM": str(room),
            "STOP_FOLDER": str(folder),
            "STOP_AT": moment,
        }

    def wait(self, stopped: int = 1) -> None:
        """Until so many processes have stopped."""
        until = time.monotonic() + SECONDS
        while len(list(self.room.glob("*.stopped"))) < stopped:
            assert time.monotonic() < until, "the command did not come to that moment"
            time.sleep(0.02)

    def let_go(self) -> None:
        """Let all go on."""
        (self.room / "go").touch()

    def kill(self) -> None:
        """End all processes that were started with this environment at once, as a crash of the machine would."""
        numbers = sorted(int(path.stem) for path in self.room.glob("*.process"))
        assert numbers
        for number in numbers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
