# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults of HTTP: time, encodings, lengths and connections. Most write to the transport directly.

Each function is a fault of that name; its arguments are those of the switch. It returns the response that was sent.
"""

from __future__ import annotations

import asyncio
import functools
import gzip
import itertools
import socket
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from . import wire
from .answers import Answer, Exchange

MIB = 1024 * 1024
GRACE = 0.05  # lets written data arrive before a reset discards it
EndlessPart = Literal["interim", "headers", "chunks", "trailers", "gzip_members"]


class Written(web.StreamResponse):
    """A response that was sent already: aiohttp sends nothing more, and closes the connection."""

    def __init__(self, status: int | None) -> None:
        super().__init__(status=status or 500)
        self.sent_status = status
        self.force_close()

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Nothing to prepare."""
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing to end."""


# Time.


async def slow_first_byte(exchange: Exchange, seconds: float = 1.0, processed: bool = False) -> web.StreamResponse:
    """The answer comes late; ``processed``: the request takes effect at once."""
    answer = exchange.packed() if processed else None
    await asyncio.sleep(seconds)
    return (answer or exchange.packed()).response()


async def slow_headers(exchange: Exchange, seconds: float = 0.1) -> web.StreamResponse:
    """The head of the answer byte by byte; the connection is closed after it, and says so."""
    answer = exchange.packed().with_headers(Connection="close")
    for byte in _head(answer, len(answer.body)):
        _write(exchange, bytes([byte]))
        await asyncio.sleep(seconds)
    _write(exchange, answer.body)
    return Written(answer.status)


async def slow_body(exchange: Exchange, seconds: float = 0.1, pieces: int = 10) -> web.StreamResponse:
    """The body in some pieces, with a pause before each."""
    answer = exchange.packed()
    response = _stream(answer)
    response.content_length = len(answer.body)
    await response.prepare(exchange.request)
    step = max(1, -(-len(answer.body) // max(1, pieces)))
    for start in range(0, len(answer.body), step):
        await asyncio.sleep(seconds)
        await response.write(answer.body[start : start + step])
    return response


async def stall(exchange: Exchange, seconds: float = 30.0) -> web.StreamResponse:
    """The head, then silence."""
    answer = exchange.packed()
    _write(exchange, _head(answer, max(1, len(answer.body))))
    await asyncio.sleep(seconds)
    return Written(answer.status)


async def endless(
    exchange: Exchange, part: EndlessPart = "chunks", seconds: float = 0.01, most: float = 120
) -> Written:
    """One part of the answer never ends, as long as the client listens, or for ``most`` seconds."""
    answer = replace(exchange.genuine(), body=b"")
    head, piece = b"", _head(answer, None)
    if part == "interim":
        head, piece = b"", b"HTTP/1.1 100 Continue\r\n\r\n"
    elif part == "headers":
        head, piece = piece.removesuffix(b"\r\n"), b"X-More: x\r\n"
    elif part == "chunks":
        head, piece = piece, b"1\r\n \r\n"
    elif part == "trailers":
        head, piece = piece + b"2\r\n[]\r\n0\r\n", b"X-More: x\r\n"
    else:
        member = gzip.compress(b"")
        head = _head(answer.with_headers(Content_Encoding="gzip"), None)
        piece = f"{len(member):x}\r\n".encode() + member + b"\r\n"
    _write(exchange, head)
    loop = asyncio.get_running_loop()
    end = loop.time() + most
    while loop.time() < end and exchange.request.transport is not None and not exchange.request.transport.is_closing():
        _write(exchange, piece * (100 if seconds == 0 else 1))
        await asyncio.sleep(seconds)
    return Written(answer.status)


# Size and encoding.


async def big_body(exchange: Exchange, mib: float = 64) -> web.StreamResponse:
    """A valid list of at least that size."""
    response = _stream(Answer(200, b"", wire.TYPES[exchange.form]))
    await response.prepare(exchange.request)
    for piece in _big(exchange.form, mib):
        await response.write(piece)
    return response


async def gzip_bomb(exchange: Exchange, mib: float = 64, layers: int = 1) -> web.StreamResponse:
    """A small body that unpacks to a valid, empty list of that size; ``layers`` is how often it is compressed."""
    body = await asyncio.to_thread(_bomb, exchange.form, mib)
    for _layer in range(1, layers):
        body = gzip.compress(body)
    return Answer(200, body, wire.TYPES[exchange.form], {"Content-Encoding": ", ".join(["gzip"] * layers)}).response()


async def content_encoding(exchange: Exchange, encoding: str = "br", layers: int = 0) -> web.StreamResponse:
    """A body with any Content-Encoding, whatever the client accepts; ``layers`` is how often it really is gzip."""
    answer = exchange.genuine().with_headers(Content_Encoding=encoding)
    for _layer in range(layers):
        answer = replace(answer, body=gzip.compress(answer.body, 1))
    return answer.response()


async def content_length(exchange: Exchange, value: str = "\u00b2", repeat: int = 1) -> web.StreamResponse:
    """Any text as Content-Length, in ISO 8859-1, then the body and the end of the connection."""
    answer = exchange.packed().with_headers(Connection="close")
    head = _head(answer, len(answer.body)).decode("iso-8859-1")
    genuine = f"Content-Length: {len(answer.body)}\r\n"
    _write(exchange, head.replace(genuine, f"Content-Length: {value}\r\n" * repeat).encode("iso-8859-1") + answer.body)
    return Written(answer.status)


async def wrong_length_short(exchange: Exchange, missing: int = 10) -> web.StreamResponse:
    """A Content-Length that is too small by some bytes."""
    length = max(0, len(exchange.packed().body) - missing)
    return await content_length(exchange, str(length))


async def truncated(exchange: Exchange, chunked: bool = False) -> web.StreamResponse:
    """Half of the body, then the end of the connection."""
    answer = exchange.packed()
    half = answer.body[: len(answer.body) // 2]
    if chunked:
        _write(exchange, _head(answer, None) + f"{len(half):x}\r\n".encode() + half + b"\r\n")
    else:
        _write(exchange, _head(answer, len(answer.body)) + half)
    return Written(answer.status)


# Connections.


async def drop(exchange: Exchange, processed: bool = False, reset: bool = True) -> web.StreamResponse:
    """No answer, the connection is reset or just closed; ``processed``: after the request took effect."""
    if processed:
        exchange.genuine()
    if reset:
        _reset(exchange.request)
    return Written(None)


async def reset_in_body(exchange: Exchange) -> web.StreamResponse:
    """Half of the body, then a reset."""
    answer = exchange.packed()
    _write(exchange, _head(answer, len(answer.body)) + answer.body[: len(answer.body) // 2])
    await asyncio.sleep(GRACE)
    _reset(exchange.request)
    return Written(answer.status)


EFFECTS = (
    slow_first_byte, slow_headers, slow_body, stall, endless, big_body, gzip_bomb, content_encoding, content_length,
    wrong_length_short, truncated, drop, reset_in_body,
)  # fmt: skip


def _stream(answer: Answer) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=answer.headers)
    response.headers["Content-Type"] = answer.content_type
    return response


def _head(answer: Answer, length: int | None) -> bytes:
    """The head of an answer as bytes; without a length the body comes in chunks."""
    lines = [f"HTTP/1.1 {answer.status} OK", f"Content-Type: {answer.content_type}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    lines.append("Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _write(exchange: Exchange, data: bytes) -> None:
    if exchange.request.transport is not None:
        exchange.request.transport.write(data)


def _reset(request: web.BaseRequest) -> None:
    """Close with RST: unsent data is lost, and the client gets "connection reset"."""
    transport = request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _big(form: str, mib: float) -> Iterator[bytes]:
    """Pieces of a valid list of at least that size."""
    note = "x" * 1000
    if form == "xml":
        first, between, last = f'{wire.HEAD}<backups type="array">\n', "", "</backups>\n"
        row = f'  <backup>\n    <id type="integer">1</id>\n    <note>{note}</note>\n  </backup>\n'
    else:
        first, between, last = "[", ",", "]"
        row = f'{{"backup":{{"id":1,"note":"{note}"}}}}'
    piece = (row + between) * 64
    yield first.encode()
    yield from itertools.repeat(piece.encode(), int(mib * MIB / len(piece)) + 1)
    yield (row + last).encode()


@functools.lru_cache(4)
def _bomb(form: str, mib: float) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    first, last = (b'<backups type="array">', b"</backups>") if form == "xml" else (b"[", b"]")
    blank = b" " * MIB
    packed = [packer.compress(first)]
    packed += [packer.compress(blank) for _time in range(int(mib))]
    packed.append(packer.compress(blank[: int((mib % 1) * MIB)]))
    return b"".join([*packed, packer.compress(last), packer.flush()])
