# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fastest client there is to compare with: it asks, counts bytes, and looks at nothing that it gets.

``python -I raw_client.py FILE`` reads from the file, as JSON, ``host``, ``port``, ``authorization``, ``concurrency``
and ``paths``. It prints ``{"seconds": ..., "answers": ..., "bytes": ...}``; the seconds are without Python's start.
It keeps its connections, one for each request in flight, and does no more than HTTP/1.1 with a Content-Length needs.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
import typing as t

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
GOOD = b"HTTP/1.1 200 "
END_OF_HEAD = b"\r\n\r\n"


class Connection(asyncio.Protocol):
    """One connection: the next request goes out when the answer before it is whole."""

    transport: asyncio.Transport

    def __init__(self, requests: t.Iterator[bytes]) -> None:
        self.requests = requests
        self.answers = self.bytes = self.missing = 0
        self.head = b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Nothing is asked before all connections are there."""
        self.transport = t.cast(asyncio.Transport, transport)

    def ask(self) -> None:
        """Send the next request; without one, the work is done."""
        request = next(self.requests, None)
        if request is None:
            self.end(None)
        else:
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """A part of the head, or of the body, whose length the head gave."""
        if self.missing:
            self.missing -= len(data)
        else:
            self.head += data
            place = self.head.find(END_OF_HEAD)
            if place < 0:
                return
            place += len(END_OF_HEAD)
            length = LENGTH.search(self.head, 0, place)
            if length is None or not self.head.startswith(GOOD):
                self.end(ValueError(f"an answer that is of no use: {self.head[:place]!r}"))
                return
            self.bytes += int(length[1])
            self.missing = int(length[1]) + place - len(self.head)
            self.head = b""
        if self.missing == 0:
            self.answers += 1
            self.ask()
        elif self.missing < 0:
            self.end(ValueError("more came than was announced"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Before the work is done, nobody should close."""
        self.end(exc or ConnectionError("the connection was closed too early"))

    def end(self, error: Exception | None) -> None:
        """There is nothing more to do, or to be had."""
        if not self.done.done():
            if error is None:
                self.done.set_result(None)
            else:
                self.done.set_exception(error)
            self.transport.close()


async def fetch(job: dict[str, t.Any]) -> dict[str, t.Any]:
    """Fetch every path once, as many at a time as the job says."""
    fields = f"Host: {job['host']}:{job['port']}\r\nAuthorization: {job['authorization']}\r\nAccept: application/json"
    requests = iter([f"GET {path} HTTP/1.1\r\n{fields}\r\n\r\n".encode() for path in job["paths"]])
    loop = asyncio.get_running_loop()
    started = time.monotonic()
    connections = [
        (await loop.create_connection(lambda: Connection(requests), job["host"], job["port"]))[1]
        for number in range(job["concurrency"])
    ]
    for connection in connections:
        connection.ask()
    try:
        await asyncio.gather(*(connection.done for connection in connections))
    finally:
        for connection in connections:
            connection.transport.close()
    seconds = time.monotonic() - started
    answers, size = (sum(getattr(one, name) for one in connections) for name in ("answers", "bytes"))
    return {"seconds": seconds, "answers": answers, "bytes": size}


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as stream:
        spec = json.load(stream)
    print(json.dumps(asyncio.run(fetch(spec))))
