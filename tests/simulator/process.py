# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator as a child process: for tests, the demo and benchmarks. Standard library only."""

from __future__ import annotations

import http.client
import json
import os
import select
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

READY_WITHIN = 60.0
HERE = Path(__file__).resolve().parent


class Simulator:
    """``with Simulator(vms=100, delay_ms=30) as panel:`` starts one and stops it at the end.

    Keywords are the options of the command line with underscores; ``cloud`` may be a file or the data itself, and
    a true or false value is a switch.
    """

    url: str
    port: int
    username: str
    password: str
    ca_file: str | None
    pid: int
    now: str

    def __init__(self, **options: Any) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._data_file: str | None = None
        self._lock = threading.Lock()
        self._control: http.client.HTTPConnection | None = None
        cloud = options.get("cloud")
        if isinstance(cloud, dict):
            handle, self._data_file = tempfile.mkstemp(prefix="onapp-simulator-", suffix=".json")
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump(cloud, stream)
            options = options | {"cloud": self._data_file}
        try:
            self._start(options)
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Simulator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that lead to it, as users of the collection set them."""
        return {"ONAPP_URL": self.url, "ONAPP_USERNAME": self.username, "ONAPP_PASSWORD": self.password}

    def counts(self) -> dict[str, Any]:
        """What was asked since the last reset."""
        result: dict[str, Any] = self._call("GET", "counts")
        return result

    def reset(self, **body: Any) -> None:
        """Counters, faults, settings and data as at the start, except for what is given here."""
        self._call("POST", "reset", body)

    def settings(self, **spec: Any) -> None:
        """Change settings; the data stays."""
        self._call("POST", "settings", spec)

    def faults(self, spec: list[dict[str, Any]]) -> None:
        """Switch faults on, after those that are on already."""
        self._call("POST", "faults", spec)

    def clear_faults(self) -> None:
        """Switch all faults off."""
        self._call("DELETE", "faults")

    def advance(self, seconds: float) -> None:
        """Let time pass on the panel: builds go on, and its clock."""
        self._call("POST", "advance", {"seconds": seconds})

    def start_backup(self, vm: Any, disk: Any = None, initiated: str = "manual", **more: Any) -> dict[str, Any]:
        """Start a backup as another account (`manual`) or as a schedule (`days` and so on), and return its row."""
        spec = {"vm": vm, "disk": disk, "initiated": initiated, **more}
        result: dict[str, Any] = self._call("POST", "backups", spec)
        return result

    def churn(self, **spec: Any) -> None:
        """Let the cloud change between answers, see ``churn.Churn``."""
        self._call("POST", "churn", spec)

    def end_churn(self) -> None:
        """Let the cloud stay as it is now."""
        self._call("DELETE", "churn")

    def changes(self) -> list[dict[str, Any]]:
        """What has changed since the churn began."""
        result: list[dict[str, Any]] = self._call("GET", "churn")
        return result

    def stop(self) -> None:
        """End the process; harmless when it has ended."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            if self._process.poll() is None:
                self._process.terminate()
                try:
                    self._process.wait(10)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
            if self._process.stdout:
                self._process.stdout.close()
        if self._data_file:
            Path(self._data_file).unlink(missing_ok=True)
            self._data_file = None

    def _start(self, options: dict[str, Any]) -> None:
        # Found by its own folder, not by the collection's name: works in any checkout, from any working directory.
        path = os.pathsep.join(filter(None, (str(HERE.parent), os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", HERE.name, "--with-parent", *_arguments(options)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": path},
        )
        ready = json.loads(self._ready_line(self._process))
        for name in ("url", "port", "username", "password", "ca_file", "pid", "now"):
            setattr(self, name, ready[name])

    def _ready_line(self, process: subprocess.Popen[bytes]) -> bytes:
        assert process.stdout is not None
        line, deadline = b"", time.monotonic() + READY_WITHIN
        while not line.endswith(b"\n"):
            wait = deadline - time.monotonic()
            piece = b""
            if wait > 0 and select.select([process.stdout], [], [], wait)[0]:
                piece = os.read(process.stdout.fileno(), 4096)
            if not piece:
                raise RuntimeError("the simulator did not start; its own message, if any, is on the standard error")
            line += piece
        return line

    def _call(self, method: str, name: str, body: Any = None) -> Any:
        """A control call, directly to the port: proxies and path prefixes play no part."""
        data = None if body is None else json.dumps(body)
        with self._lock:
            for attempt in (1, 2):
                try:
                    connection = self._connection()
                    connection.request(method, f"/_simulator/{name}", data)
                    response = connection.getresponse()
                    answer = response.read()
                    break
                except (http.client.HTTPException, OSError):
                    connection.close()
                    self._control = None
                    if attempt == 2:
                        raise
        result = json.loads(answer)
        if response.status != 200:
            raise ValueError(result["error"])
        return result

    def _connection(self) -> http.client.HTTPConnection:
        if self._control is None:
            if self.ca_file:
                trust = ssl.create_default_context(cafile=self.ca_file)
                trust.check_hostname = False
                self._control = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=trust)
            else:
                self._control = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        return self._control


def _arguments(options: dict[str, Any]) -> list[str]:
    result = []
    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        if value is False and name == "backup_lists_page":
            result.append("--no-backup-lists-page")
        elif value is True and name != "backup_lists_page":
            result.append(flag)
        elif not isinstance(value, bool) and value is not None:
            text = value.isoformat() if hasattr(value, "isoformat") else str(value)
            result.append(f"{flag}={text}")
    return result
