# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator as a child process: for tests, the demo and benchmarks. Standard library only."""

from __future__ import annotations

import json
import os
import select
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

READY_WITHIN = 60.0
OPTIONS = {"port", "vms", "backups", "seed", "cloud", "tls", "tls_name", "path_prefix", "username", "password"}
HERE = Path(__file__).resolve().parent


class Simulator:
    """Start a simulator and stop it at the end: ``with Simulator(vms=100, delay_ms=30) as panel:``.

    Keywords are the options of the command line with underscores, or settings.
    """

    url: str
    port: int
    username: str
    password: str
    ca_file: str | None
    pid: int
    now: str

    def __init__(self, **options: Any) -> None:
        # Imported from its folder, not by the collection's name: works in any checkout and working directory.
        path = os.pathsep.join(filter(None, (str(HERE.parent), os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", HERE.name, "--with-parent", *_arguments(options)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": path},
        )
        try:
            ready = json.loads(self._ready_line())
        except BaseException:
            self.stop()
            raise
        for name in ("url", "port", "username", "password", "ca_file", "pid", "now"):
            setattr(self, name, ready[name])
        # Control calls go directly to the port, without proxies, path prefixes and certificate names.
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if self.ca_file:
            trust = ssl.create_default_context(cafile=self.ca_file)
            trust.check_hostname = False
            handlers.append(urllib.request.HTTPSHandler(context=trust))
        self._opener = urllib.request.build_opener(*handlers)

    def __enter__(self) -> Simulator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables for a connection, as users of the collection set them."""
        return {"ONAPP_URL": self.url, "ONAPP_USERNAME": self.username, "ONAPP_PASSWORD": self.password}

    def counts(self) -> dict[str, Any]:
        """Requests since the last reset, and the backups that were accepted."""
        result: dict[str, Any] = self._call("GET", "counts")
        return result

    def reset(self, **body: Any) -> None:
        """Restore counters, faults, settings and data of the start, except for the given ones."""
        self._call("POST", "reset", body)

    def settings(self, **spec: Any) -> None:
        """Change settings; the data stays."""
        self._call("POST", "settings", spec)

    def faults(self, spec: list[dict[str, Any]]) -> None:
        """Add faults behind the active ones."""
        self._call("POST", "faults", spec)

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._call("DELETE", "faults")

    def advance(self, seconds: float) -> None:
        """Advance the panel's time for builds and its clock."""
        self._call("POST", "advance", {"seconds": seconds})

    def start_backup(self, vm: Any, disk: Any = None, initiated: str = "manual", **more: Any) -> dict[str, Any]:
        """Start a backup as another account (`manual`) or as a schedule (`days` and so on), and return its row."""
        spec = {"vm": vm, "disk": disk, "initiated": initiated, **more}
        result: dict[str, Any] = self._call("POST", "backups", spec)
        return result

    def stop(self) -> None:
        """Stop the process; does nothing if it has ended."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def _ready_line(self) -> bytes:
        assert self._process.stdout is not None
        line, deadline = b"", time.monotonic() + READY_WITHIN
        while not line.endswith(b"\n"):
            wait = deadline - time.monotonic()
            piece = b""
            if wait > 0 and select.select([self._process.stdout], [], [], wait)[0]:
                piece = os.read(self._process.stdout.fileno(), 4096)
            if not piece:
                raise RuntimeError("the simulator did not start; its own message, if any, is on the standard error")
            line += piece
        return line

    def _call(self, method: str, name: str, body: Any = None) -> Any:
        url = f"http{'s' if self.ca_file else ''}://127.0.0.1:{self.port}/_simulator/{name}"
        data = None if body is None else json.dumps(body).encode()
        try:
            with self._opener.open(urllib.request.Request(url, data, method=method), timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(json.load(error)["error"]) from None


def _arguments(options: dict[str, Any]) -> list[str]:
    result = []
    for name, value in options.items():
        if name not in OPTIONS:
            text = value.isoformat() if hasattr(value, "isoformat") else json.dumps(value)
            result.append(f"--setting={name}={text}")
        elif value is True:
            result.append(f"--{name.replace('_', '-')}")
        elif value is not False and value is not None:
            result.append(f"--{name.replace('_', '-')}={value}")
    return result
