# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A local server that records requests, to test that nothing is sent to it."""

from __future__ import annotations

import contextlib
import socket
import threading
import typing as t

from ansible_collections.community.onapp.tests.serving import serving


class Listener(t.NamedTuple):
    """The port, and the head of the first request of each connection as text."""

    port: int
    heads: list[str]


def _head(connection: socket.socket) -> str:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            break
        received += piece
    return received.decode("latin-1")


def _answer(connection: socket.socket, head: str, forward_to: int | None) -> None:
    if forward_to is None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]")
    elif head.startswith("CONNECT "):
        with socket.create_connection(("127.0.0.1", forward_to)) as target:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_copy, args=(target, connection), daemon=True)
            back.start()
            _copy(connection, target)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def listen(forward_to: int | None = None) -> t.Iterator[Listener]:
    """Listen until the context ends, and answer `[]`, or as a proxy forward every CONNECT to one port."""
    heads: list[str] = []

    def handle(connection: socket.socket) -> None:
        head = _head(connection)
        heads.append(head)
        _answer(connection, head, forward_to)

    with serving(handle) as port:
        yield Listener(port, heads)
