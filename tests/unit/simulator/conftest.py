# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulator process for tests that need one, and a plain socket that receives its raw answers."""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import requests
from ansible_collections.community.onapp.tests.simulator.process import Simulator

NOW = "2026-03-01T12:00:00+00:00"


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    """A simulator process with generated data."""
    with Simulator(now=NOW) as panel:
        yield panel


@pytest.fixture
def panel(running: Simulator) -> Simulator:
    """The simulator after a reset of counters and faults."""
    running.reset()
    return running


@pytest.fixture
def session(panel: Simulator) -> Iterator[requests.Session]:
    """A logged-in client that ignores the environment."""
    with requests.Session() as client:
        client.trust_env = False
        client.auth = (panel.username, panel.password)
        yield client


@dataclass(frozen=True)
class Received:
    """All data of a connection, and its end: ``closed``, ``reset`` or ``silence``."""

    head: str
    body: bytes
    end: str

    @property
    def length(self) -> int:
        """The value of Content-Length."""
        lines = [line.partition(":") for line in self.head.lower().split("\r\n")]
        return next(int(value) for name, _colon, value in lines if name == "content-length")


@pytest.fixture
def receive(panel: Simulator) -> Callable[..., Received]:
    """A function that requests a path through a plain socket."""

    def fetch(path: str, patience: float = 5) -> Received:
        token = base64.b64encode(f"{panel.username}:{panel.password}".encode()).decode()
        lines = [f"GET {path} HTTP/1.1", "Host: panel", f"Authorization: Basic {token}", "Connection: close"]
        heard, end = b"", "closed"
        with socket.create_connection(("127.0.0.1", panel.port), timeout=patience) as connection:
            connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
            try:
                while piece := connection.recv(65536):
                    heard += piece
            except ConnectionResetError:
                end = "reset"
            except TimeoutError:
                end = "silence"
        head, _blank, body = heard.partition(b"\r\n\r\n")
        return Received(head.decode("iso-8859-1"), body, end)

    return fetch
