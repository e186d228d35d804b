# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client that does nothing but fetch, against a simulated panel and against answers that are of no use."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import typing as t

import pytest
from ansible_collections.community.onapp.tests.benchmarks.raw_client import fetch
from ansible_collections.community.onapp.tests.simulator.process import Simulator

PATHS = [f"/virtual_machines/{number}/backups.json?page=1&per_page=100" for number in range(1, 13)]


def job(port: int, login: str = "user:secret", concurrency: int = 3) -> dict[str, t.Any]:
    token = base64.b64encode(login.encode()).decode()
    return {
        "host": "127.0.0.1",
        "port": port,
        "authorization": f"Basic {token}",
        "concurrency": concurrency,
        "paths": PATHS,
    }


def answered(*pieces: bytes) -> dict[str, t.Any]:
    """What the client makes of these pieces, sent one by one as the answer to each request before the end."""

    async def both() -> dict[str, t.Any]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while pieces:
                    await reader.readuntil(b"\r\n\r\n")
                    for piece in pieces:
                        writer.write(piece)
                        await writer.drain()
                        await asyncio.sleep(0)
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            return await asyncio.wait_for(fetch(job(server.sockets[0].getsockname()[1])), 20)

    return asyncio.run(both())


def test_every_answer_is_fetched_on_as_many_connections_as_wanted() -> None:
    with Simulator(vms=12, backups=4) as panel:
        said = asyncio.run(fetch(job(panel.port, f"{panel.username}:{panel.password}")))
        counts = panel.counts()
    assert said["answers"] == len(PATHS)
    assert counts["by_route"] == {"backups": len(PATHS)}
    assert counts["by_status"] == {"200": len(PATHS)}
    assert counts["connections"] == 3
    assert counts["in_flight_peak"] <= 3
    assert {f"{entry['path']}?{entry['query']}" for entry in counts["log"]} == set(PATHS)


def test_bytes_of_bodies_are_counted_however_they_are_cut() -> None:
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: x\r\n\r\nhello"
    for pieces in ([whole], [whole[:7], whole[7:-3], whole[-3:]], [whole[:-5], whole[-5:]]):
        said = answered(*pieces)
        assert (said["answers"], said["bytes"]) == (len(PATHS), 5 * len(PATHS))


def test_a_refused_login_is_an_error() -> None:
    with Simulator(vms=2) as panel, pytest.raises(ValueError, match="401"):
        asyncio.run(fetch(job(panel.port)))


@pytest.mark.parametrize(
    ("pieces", "error"),
    [
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"], ValueError),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab"], ValueError),
        ([], ConnectionError),
    ],
    ids=["no length", "too long", "closed"],
)
def test_what_is_no_whole_answer_is_an_error(pieces: list[bytes], error: type[Exception]) -> None:
    with pytest.raises(error):
        answered(*pieces)
