# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits of all requests: how many are in flight, pauses before retries, the deadline."""

from __future__ import annotations

import contextlib
import datetime
import email.utils
import functools
import threading
import time
import typing as t
from collections.abc import Callable, Iterator

from .. import _errors

Result = t.TypeVar("Result")
RETRIED_STATUSES = frozenset({429, 502, 503, 504})
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
LONGEST_RETRY_AFTER = 120.0


class Stopped(_errors.OnAppError, code="connection"):
    """The run was given up, because of an error elsewhere or by the user; it is not reported again."""


def attempt(
    read: Callable[..., Result], *arguments: t.Any, **options: t.Any
) -> tuple[Result | None, _errors.OnAppError | None]:
    """What `read` returns, or the error that it raises. Raises AuthError and Stopped, which end everything."""
    try:
        return read(*arguments, **options), None
    except (_errors.AuthError, Stopped):
        raise
    except _errors.OnAppError as error:
        # A traceback would keep the objects of the request.
        return None, error.with_traceback(None)


class Throttle:
    """Shared by all workers of one client; every method may be called from any thread.

    At most `slots` requests are in flight. Everything ends in `deadline` seconds, waits included; 0 means no limit.
    `now` is a monotonic clock. `on_stop` is called by `stop`.
    """

    def __init__(
        self,
        slots: int,
        deadline: float = 0,
        now: Callable[[], float] = time.monotonic,
        on_stop: Callable[[], None] = lambda: None,
    ) -> None:
        self._slots = threading.BoundedSemaphore(slots)
        self._deadline = deadline
        self._now = now
        self._on_stop = on_stop
        self._started = now()
        self._resume_at = self._started
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self.requests = 0
        self.retries = 0
        self.waited_seconds = 0.0

    @property
    def elapsed_seconds(self) -> float:
        return self._now() - self._started

    def remaining(self) -> float | None:
        """Seconds until the deadline, None without one. Raises DeadlineError when it is over, Stopped when stopped."""
        if self._stopped.is_set():
            raise Stopped("The run was stopped.")
        if not self._deadline:
            return None
        left = self._deadline - self.elapsed_seconds
        if left <= 0:
            raise self._deadline_error()
        return left

    @contextlib.contextmanager
    def request(self) -> Iterator[None]:
        """Wait for the end of a pause and for a free slot, then hold the slot while one request is in flight."""
        while True:
            self._sleep(self._resume_at - self._now())
            if not self._slots.acquire(timeout=self._at_most(threading.TIMEOUT_MAX)):
                raise self._deadline_error()
            try:
                self.remaining()
                if self._resume_at > self._now():
                    continue
                with self._lock:
                    self.requests += 1
                yield
                return
            finally:
                self._slots.release()

    def pause(self, seconds: float, *, everyone: bool) -> None:
        """Wait before a retry. With `everyone`, no worker starts a request before the pause is over.

        Raises DeadlineError at once when the deadline would come first.
        """
        left = self.remaining()
        if left is not None and seconds >= left:
            raise self._deadline_error()
        with self._lock:
            self.retries += 1
            self.waited_seconds += seconds
            if everyone:
                self._resume_at = max(self._resume_at, self._now() + seconds)
        self._sleep(seconds)

    def stop(self) -> None:
        """End every wait now and let no further request start."""
        self._stopped.set()
        self._on_stop()

    def _sleep(self, seconds: float) -> None:
        if seconds > 0:
            self._stopped.wait(self._at_most(seconds))
        self.remaining()

    def _at_most(self, seconds: float) -> float:
        left = self.remaining()
        return seconds if left is None else min(seconds, left)

    def _deadline_error(self) -> _errors.DeadlineError:
        return _errors.DeadlineError(
            f"The deadline of {self._deadline:g} s for the whole run has passed. Raise deadline, raise concurrency, or"
            " select fewer virtual machines."
        )


def retry_after(header: str | None, date: str | None) -> float | None:
    """Seconds that a `Retry-After` header asks for, at most LONGEST_RETRY_AFTER; None when it asks for nothing.

    The header holds seconds or an HTTP date. A date is compared with the answer's own `Date` header, so that a clock
    that is wrong here or there does not matter; without that header it is ignored.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_RETRY_AFTER)
    until, since = http_date(text), http_date(date)
    if until is None or since is None:
        return None
    return min(max(until - since, 0.0), LONGEST_RETRY_AFTER)


def pause_before(retry: int, asked: float | None, chance: float) -> float:
    """Seconds to wait before the given retry (1 is the first); `chance` is a random number from 0 to 1.

    Between half and all of 0.5, 1, 2, 4 … seconds, at most LONGEST_PAUSE. What the panel `asked` for is waited in full,
    and a little more, so that waiting workers do not all come back in the same moment.
    """
    if asked is not None:
        return asked + chance * min(FIRST_PAUSE, asked / 10)
    return min(FIRST_PAUSE * 2.0 ** min(retry - 1, 16), LONGEST_PAUSE) * (0.5 + chance / 2)


@functools.lru_cache(maxsize=16)  # all answers of one second have the same
def http_date(text: str | None) -> float | None:
    """The UTC seconds of a header such as `Date`; None where there is none or it cannot be read."""
    try:
        moment = email.utils.parsedate_to_datetime(text) if text else None
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)).timestamp()
