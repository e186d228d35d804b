# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lower bound for any client: it sends requests, and only counts the bytes of the answers.

``python -I raw_client.py FILE`` reads ``port``, ``authorization``, ``in_flight`` and ``paths`` as JSON, and prints the
seconds. It keeps a connection for each request in flight, and knows HTTP/1.1 with a Content-Length.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
import typing as t

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
END_OF_HEAD = b"\r\n\r\n"


class Connection(asyncio.Protocol):
    """One connection: sends the next request when the answer is complete."""

    transport: asyncio.Transport

    def __init__(self, requests: t.Iterator[bytes]) -> None:
        self.requests = requests
        self.missing = 0
        self.head = b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = t.cast(asyncio.Transport, transport)

    def send(self) -> None:
        """Send the next request, or finish."""
        if request := next(self.requests, None):
            self.transport.write(request)
        else:
            self.done.set_result(None)

    def data_received(self, data: bytes) -> None:
        if self.missing:
            self.missing -= len(data)
        else:
            self.head += data
            end = self.head.find(END_OF_HEAD)
            if end < 0:
                return
            length = LENGTH.search(self.head, 0, end + 2)
            if length is None or not self.head.startswith(b"HTTP/1.1 200 "):
                self.done.set_exception(ValueError(f"unexpected answer: {self.head[:end]!r}"))
                return
            self.missing = int(length[1]) + end + len(END_OF_HEAD) - len(self.head)
            self.head = b""
        if self.missing == 0:
            self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the connection was closed too early"))


async def fetch(job: dict[str, t.Any]) -> float:
    """Fetch every path once, and return the seconds."""
    fields = f"Host: 127.0.0.1\r\nAuthorization: {job['authorization']}\r\nAccept: application/json"
    requests = iter([f"GET {path} HTTP/1.1\r\n{fields}\r\n\r\n".encode() for path in job["paths"]])
    loop = asyncio.get_running_loop()
    started = time.monotonic()
    opened = [
        (await loop.create_connection(lambda: Connection(requests), "127.0.0.1", job["port"]))[1]
        for _number in range(job["in_flight"])
    ]
    for connection in opened:
        connection.send()
    await asyncio.gather(*(connection.done for connection in opened))
    return time.monotonic() - started


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as stream:
        spec = json.load(stream)
    print(asyncio.run(fetch(spec)))
