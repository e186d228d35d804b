# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request and its answer: a connection that can be given up, and limits of the answer's time, size and cost."""

from __future__ import annotations

import contextlib
import http.client
import io
import re
import socket
import threading
import time
import typing as t
import zlib
from collections.abc import Callable, Iterator

from .. import _errors

MIB = 1024 * 1024
CHUNK = MIB // 4
# With these limits one answer costs less than 400 MiB, parsed objects included.
LARGEST_BODY = 32 * MIB
LARGEST_HEAD = MIB
LARGEST_ERROR_BODY = MIB // 4
MOST_VALUES = 1_250_000
MOST_GZIP_MEMBERS = 64


class Exchange:
    """One request of the calling thread and its answer, all of which must be read in some seconds.

    `silence` is how long a read may take; `seconds`, which may be raised, is for all of them. `limit` is the one that
    ends the next read.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = self.silence = self.limit = seconds
        self._started = time.monotonic()
        self.is_stopped = False
        self.sock: t.Any = None
        self._connecting = threading.Event()
        _OF_THREAD.exchange = self

    @property
    def is_connected(self) -> bool:
        """Whether bytes may have been sent."""
        return self.sock is not None

    def left(self) -> float:
        """How long the next read may take. Raises TimeoutError when the time is over, or the exchange was stopped."""
        left = self._started + self.seconds - time.monotonic()
        self.limit = self.silence if left > self.silence else self.seconds
        if self.is_stopped or left <= 0:
            raise TimeoutError("no answer came in time")
        return min(left, self.silence)

    def connect(self, connect: Callable[[], None], close: Callable[[], None]) -> None:
        """Make a connection in a thread that can be left behind: nothing else ends a stuck name resolution."""
        result: list[BaseException | None] = []
        is_late = threading.Event()

        def work() -> None:
            _OF_THREAD.exchange = self
            try:
                connect()
                result.append(None)
            except BaseException as error:  # handed to the thread that waits
                result.append(error)
            self._connecting.set()
            if is_late.is_set():
                close()

        threading.Thread(target=work, name="onapp-connect", daemon=True).start()
        self._connecting.wait(self.left())
        if self.is_stopped or not result:
            is_late.set()
            raise TimeoutError("no connection was made in time")
        if result[0] is not None:
            raise result[0]

    def stop(self) -> None:
        """Wake whoever waits for the connection, for headers or for the body, in another thread."""
        self.is_stopped = True
        self._connecting.set()
        if self.sock is not None:
            with contextlib.suppress(OSError, TypeError):
                # Not the method of an SSL socket, whose own closing message would wait for the reader.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


_OF_THREAD = threading.local()


class _Received(io.RawIOBase):
    """The bytes of one answer, counted and timed as they come from the network, whatever they are part of."""

    def __init__(self, raw: io.RawIOBase, sock: t.Any) -> None:
        self._raw = raw
        self._sock = sock
        self._exchange: Exchange = _OF_THREAD.exchange
        self.left = LARGEST_HEAD

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int:
        left = self._exchange.left()
        # A system call, so not for a difference of a few milliseconds.
        if not left <= (self._sock.gettimeout() or 0) <= left * 1.05:
            self._sock.settimeout(left)
        size: int = self._sock.recv_into(buffer)
        self.left -= size
        if self.left < 0:
            raise too_large(f"is larger than {LARGEST_BODY // MIB} MiB")
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """An answer of bounded size, after all interim answers: http.client skips those with status 100 only."""

    def __init__(self, sock: t.Any, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._received = _Received(t.cast("t.Any", self.fp).detach(), sock)
        self.fp = io.BufferedReader(self._received, MIB // 16)

    def begin(self) -> None:
        super().begin()
        while self.status in (102, 103):
            self.headers = self.msg = t.cast("t.Any", None)
            super().begin()
        self._received.left = LARGEST_BODY + LARGEST_HEAD


class _WatchedConnection:
    """Mixin for urllib3's connections that records their sockets and bounds answers."""

    response_class = _Response
    sock: t.Any

    def connect(self) -> None:
        exchange = _OF_THREAD.exchange
        upper: t.Any = super()
        exchange.connect(upper.connect, upper.close)
        exchange.sock = self.sock

    def putrequest(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        if self.sock is not None:
            _OF_THREAD.exchange.sock = self.sock
        upper: t.Any = super()
        return upper.putrequest(*args, **kwargs)


def watch_connections(manager: t.Any) -> None:
    """Let a pool manager of urllib3 make watched connections."""
    watched = {}
    for scheme, pool in manager.pool_classes_by_scheme.items():
        connection = type("Connection", (_WatchedConnection, pool.ConnectionCls), {})
        watched[scheme] = type("Pool", (pool,), {"ConnectionCls": connection})
    manager.pool_classes_by_scheme = watched


def read_body(response: t.Any, limit: int) -> bytes:
    """The whole body, decompressed. That of a redirect is not read, and a bad or long one of an error is ignored."""
    status = response.status
    if 300 <= status < 400:
        return b""
    if 200 <= status < 300:
        body = _limited_body(response, limit)
        _check_cost(body)
        return body
    try:
        return _limited_body(response, LARGEST_ERROR_BODY)
    except Exception:
        # The status says more than why its explanation could not be read.
        return b""


def _limited_body(response: t.Any, limit: int) -> bytes:
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip"):
        raise _errors.DecodeError(
            "The answer has a compression that was not asked for (only gzip is). Check what stands between this"
            " machine and the control panel."
        )
    # Requests in flight share the memory, so the limit of each depends on their number.
    larger = f"is larger than {limit / MIB:.3g} MiB"
    length = response.headers.get("Content-Length", "").strip()
    declared = int(length) if re.fullmatch("[0-9]{1,18}", length) else None
    if (declared or 0) > limit:
        raise too_large(larger)
    received = 0

    def pieces() -> Iterator[bytes]:
        nonlocal received
        while True:
            piece = response.read(CHUNK, decode_content=False)
            if not piece:
                break
            received += len(piece)
            yield piece
            if received == declared and "Transfer-Encoding" not in response.headers:
                break
        if "Transfer-Encoding" not in response.headers and received < (declared or 0):
            raise ConnectionError("the answer is shorter than its length says")

    decoded = bytearray()
    for piece in _gunzipped(pieces(), limit) if "gzip" in coding else pieces():
        decoded += piece
        if len(decoded) > limit:
            raise too_large(larger)
    return bytes(decoded)


def _gunzipped(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """The decompressed pieces, each at most one byte larger than the limit. Raises zlib.error."""
    unzip: t.Any = None
    members = 0
    for piece in pieces:
        while piece:
            if unzip is None or unzip.eof:
                members += 1
                if members > MOST_GZIP_MEMBERS:
                    raise zlib.error("too many members")
                unzip = zlib.decompressobj(16 + zlib.MAX_WBITS)
            yield unzip.decompress(piece, limit + 1)
            piece = unzip.unused_data if unzip.eof else unzip.unconsumed_tail
    if unzip is not None and not unzip.eof:
        raise zlib.error("it is cut")


def _check_cost(body: bytes) -> None:
    """Raise DecodeError for a body that would become too many objects: 64 MiB of `[],` take 2 GiB."""
    if len(body) <= MIB:
        return
    if body[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        number = max(map(body.count, (b"<", b"=", b"&")))  # elements, attributes or references
    else:
        number = sum(map(body.count, (b",", b"<", b"{", b"{", b"[", b"[")))
    if number > MOST_VALUES:
        raise too_large(f"has more than {MOST_VALUES:,} values")


def too_large(what: str) -> _errors.DecodeError:
    """The error for an answer that is over a limit."""
    return _errors.DecodeError(
        f"The answer {what}. Lower page_size or concurrency; if one page is still that large, url does not name the API"
        " of a control panel."
    )
