# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reader's terminal: one shell that keeps variables and the current folder between commands."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import select
import shlex
import signal
import subprocess
import time
import types
import typing as t
import uuid

SECONDS = 100


class TerminalError(Exception):
    """Raised if the shell has ended, or a command takes too long."""


class Terminal:
    """`with Terminal(folder, environment) as terminal: status, output = terminal.run("ls")`"""

    def __init__(self, folder: pathlib.Path, environment: t.Mapping[str, str]) -> None:
        self._mark = uuid.uuid4().hex  # a text that no command prints
        self._shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            start_new_session=True,
        )

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        """Stop the shell and all processes that it started."""
        with contextlib.suppress(ProcessLookupError):  # all processes have ended
            os.killpg(self._shell.pid, signal.SIGKILL)
        self._shell.wait()
        for stream in (self._shell.stdin, self._shell.stdout):
            if stream:
                stream.close()

    def run(self, commands: str, *, all_must_succeed: bool = False, seconds: float = SECONDS) -> tuple[int, str]:
        """Run commands. Returns the status of the last one and all output.

        With `all_must_succeed` the first command that fails ends the shell.
        """
        assert self._shell.stdin
        before, after = ("set -e; ", "set +e; ") if all_must_succeed else ("", "")
        line = f"{before}eval {shlex.quote(commands)} </dev/null; {after}printf '\\n{self._mark} %d\\n' $?\n"
        try:
            self._shell.stdin.write(line.encode())
        except BrokenPipeError:
            raise TerminalError("the shell has ended before this command") from None
        return self._read(seconds)

    def _read(self, seconds: float) -> tuple[int, str]:
        assert self._shell.stdout
        output, deadline = b"", time.monotonic() + seconds
        outcome = re.compile(rb"\n%s (\d+)\n\Z" % self._mark.encode())
        while not (found := outcome.search(output)):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._shell.stdout], [], [], left)[0]:
                raise TerminalError(f"this takes longer than {seconds:.0f} s; so far it has printed:\n{_text(output)}")
            piece = os.read(self._shell.stdout.fileno(), 65536)
            if not piece:
                raise TerminalError(f"the shell ended with {self._shell.wait()}, after this:\n{_text(output)}")
            output += piece
        return int(found[1]), _text(output[: found.start()])


def _text(output: bytes) -> str:
    return output.decode("utf-8", "backslashreplace")
