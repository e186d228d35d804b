# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Limits of time and size for HTTP exchanges: a watchdog that ends them, and answers that count their bytes."""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import threading
import time
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.throttle import Stopped
from ansible_collections.community.onapp.plugins.module_utils._errors import DecodeError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MIB = 1024 * 1024
LARGEST_BODY = 32 * MIB
LARGEST_HEAD = MIB


class Exchange:
    """One request and its answer; `ended_by` is empty, `time` or `stop`. It is connected once bytes may be sent."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.ends_at = time.monotonic() + seconds
        self.ended_by = ""
        self.sock: t.Any = None
        self.connecting: threading.Event | None = None

    @property
    def is_connected(self) -> bool:
        return self.sock is not None

    def connect(self, connect: Callable[[], None], close: Callable[[], None]) -> None:
        """Make a connection in a thread that can be left behind: nothing else ends a stuck name resolution."""
        result: list[BaseException | None] = []
        connecting = self.connecting = threading.Event()

        def work() -> None:
            try:
                connect()
                result.append(None)
            except BaseException as error:  # handed to the thread that waits
                result.append(error)
            connecting.set()
            if self.ended_by:
                close()

        threading.Thread(target=work, name="onapp-connect", daemon=True).start()
        if not self.ended_by:
            connecting.wait()
        if self.ended_by or not result:
            raise TimeoutError("no connection was made in time")
        if result[0] is not None:
            raise result[0]

    def end(self, ended_by: str) -> None:
        """Wake whoever waits for the connection, for headers or for the body, in another thread."""
        self.ended_by = self.ended_by or ended_by
        if self.connecting is not None:
            self.connecting.set()
        if self.sock is not None:
            with contextlib.suppress(OSError, TypeError):
                # Not the method of an SSL socket, whose own closing message would wait for the reader.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


class Watchdog:
    """Ends exchanges that take too long. The time-out of a socket holds for each read anew, this one for them all."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running: set[Exchange] = set()
        self._thread: threading.Thread | None = None
        self._wakes_at = 0.0
        self._is_stopped = False

    @contextlib.contextmanager
    def watch(self, seconds: float) -> Iterator[Exchange]:
        """An exchange of the calling thread that must end in some seconds. Raises Stopped after `stop`."""
        exchange = Exchange(seconds)
        with self._changed:
            if self._is_stopped:
                raise Stopped("The run was stopped.")
            self._running.add(exchange)
            if self._thread is None:
                self._wakes_at = exchange.ends_at
                self._thread = threading.Thread(target=self._run, name="onapp-watchdog", daemon=True)
                self._thread.start()
            elif exchange.ends_at < self._wakes_at:
                self._changed.notify()
        _OF_THREAD.exchange = exchange
        try:
            yield exchange
        finally:
            with self._changed:
                self._running.discard(exchange)

    def extend(self, exchange: Exchange, seconds: float) -> None:
        """Give an exchange some seconds from its start, instead of those it had."""
        with self._changed:
            if not exchange.ended_by:
                exchange.ends_at += seconds - exchange.seconds
                exchange.seconds = seconds

    def stop(self) -> None:
        """End every exchange, and let none begin."""
        with self._changed:
            self._is_stopped = True
            for exchange in self._running:
                exchange.end("stop")
            self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while not self._is_stopped:
                now = time.monotonic()
                for exchange in self._running:
                    if exchange.ends_at <= now:
                        exchange.end("time")
                later = [exchange.ends_at for exchange in self._running if exchange.ends_at > now]
                self._wakes_at = min(later, default=float("inf"))
                self._changed.wait(self._wakes_at - now if later else None)


_OF_THREAD = threading.local()


class _Received(io.RawIOBase):
    """The bytes of one answer, counted as they come from the network, whatever they are part of."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw
        self.left = LARGEST_HEAD

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int | None:
        size = self._raw.readinto(buffer)
        self.left -= size or 0
        if self.left < 0:
            raise too_large()
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """An answer of bounded size, after all interim answers: http.client skips those with status 100 only."""

    def __init__(self, sock: t.Any, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._received = _Received(t.cast("t.Any", self.fp).detach())
        self.fp = io.BufferedReader(self._received)

    def begin(self) -> None:
        super().begin()
        while self.status in (102, 103):
            self.headers = self.msg = t.cast("t.Any", None)
            super().begin()
        self._received.left = LARGEST_BODY + LARGEST_HEAD


class _WatchedConnection:
    """What is added to urllib3's connections: the watchdog knows their sockets, and answers are bounded."""

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


def too_large(size: str = f"is larger than {LARGEST_BODY // MIB} MiB") -> DecodeError:
    """The error for an answer that is over a limit."""
    return DecodeError(
        f"The answer {size}. Lower page_size or concurrency; if one page is still that large, url does not name the API"
        " of a control panel."
    )
