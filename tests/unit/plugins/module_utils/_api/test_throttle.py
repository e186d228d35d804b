# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The throttle of all workers. Tests without threads wait on a simulated clock."""

from __future__ import annotations

import concurrent.futures
import contextlib
import email.utils
import threading
import time

import pytest
from ansible_collections.community.onapp.plugins.module_utils._api.throttle import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    LONGEST_RETRY_AFTER,
    RETRIED_STATUSES,
    Stopped,
    Throttle,
    pause_before,
    retry_after,
)
from ansible_collections.community.onapp.plugins.module_utils._errors import DeadlineError, OnAppError
from hypothesis import example, given
from hypothesis import strategies as st

LONG = 3600
PATIENCE = 30  # Real seconds after which a test has failed.


class Clock:
    """A clock that waits advance. It also replaces the throttle's event."""

    def __init__(self):
        self.seconds = 1000.0
        self.waits = []
        self.is_stopped = False
        self.while_waiting = lambda: None

    def __call__(self):
        return self.seconds

    def wait(self, seconds):
        self.waits.append(seconds)
        self.seconds += seconds
        self.while_waiting()

    def set(self):
        self.is_stopped = True

    def is_set(self):
        return self.is_stopped


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def throttle(clock):
    return make(clock)


def make(clock, slots=2, deadline=0):
    throttle = Throttle(slots, deadline, clock)
    throttle._stopped = clock
    return throttle


def run(workers, work):
    """Run `work` in some threads; returns the results or exceptions."""
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(work) for number in range(workers)]
        return [future.exception(PATIENCE) or future.result() for future in futures]


class TestSlots:
    @pytest.mark.parametrize("slots", [1, 3, 8])
    def test_number_of_slots(self, slots):
        throttle = Throttle(slots)
        lock = threading.Lock()
        in_flight = most = 0
        all_in = threading.Barrier(slots)

        def work():
            nonlocal in_flight, most
            for number in range(20):
                with throttle.request():
                    with lock:
                        in_flight += 1
                        most = max(most, in_flight)
                    if number == 0 and not all_in.broken:
                        # The barrier opens only if all slots are used at the same time.
                        with contextlib.suppress(threading.BrokenBarrierError):
                            all_in.wait(PATIENCE)
                        all_in.abort()
                    with lock:
                        in_flight -= 1

        assert run(3 * slots, work) == [None] * 3 * slots
        assert most == slots
        assert throttle.requests == 3 * slots * 20

    def test_failed_request_frees_its_slot(self, throttle):
        for number in range(5):
            with pytest.raises(OSError, match="broken"), throttle.request():
                raise OSError("broken")
        assert throttle.requests == 5

    def test_refused_request_frees_its_slot(self, clock):
        throttle = make(clock, slots=1)
        throttle.stop()
        for number in range(3):
            with pytest.raises(Stopped), throttle.request():
                pytest.fail("it started")
        clock.is_stopped = False
        with throttle.request():
            pass
        assert throttle.requests == 1


class TestPauses:
    def test_pause_of_one_worker(self, clock, throttle):
        throttle.pause(5, everyone=False)
        assert clock.waits == [5]
        clock.seconds -= 4  # Another worker during the pause.
        with throttle.request():
            assert clock.waits == [5]

    def test_pause_of_all_workers(self, clock, throttle):
        throttle.pause(5, everyone=True)
        clock.seconds -= 4
        with throttle.request():
            assert clock.waits == [5, 4]

    def test_shorter_pause_does_not_end_a_longer_one(self, clock, throttle):
        throttle.pause(60, everyone=True)
        clock.seconds -= 60
        throttle.pause(1, everyone=True)
        with throttle.request():
            assert clock.waits == [60, 1, 59]

    def test_pause_that_begins_during_a_wait(self, clock, throttle):
        def another_pause():
            clock.while_waiting = lambda: None
            throttle._resume_at = clock.seconds + 7

        throttle.pause(5, everyone=True)
        clock.seconds -= 5
        clock.while_waiting = another_pause
        with throttle.request():
            assert clock.waits == [5, 5, 7]
        assert throttle.requests == 1

    def test_threads_wait_for_the_end(self):
        throttle = Throttle(8)
        begun = threading.Event()
        started_at = []

        def other():
            begun.wait(PATIENCE)
            with throttle.request():
                started_at.append(time.monotonic())

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            others = [pool.submit(other) for number in range(7)]
            start = time.monotonic()
            throttle._resume_at = start + 0.1
            begun.set()
            concurrent.futures.wait(others, PATIENCE)
        assert len(started_at) == 7
        assert min(started_at) >= start + 0.1


class TestDeadline:
    def test_none(self, clock, throttle):
        clock.seconds += 10**9
        assert throttle.remaining() is None

    def test_remaining(self, clock):
        throttle = make(clock, deadline=10)
        clock.seconds += 4
        assert throttle.remaining() == 6
        assert throttle.elapsed_seconds == 4

    @pytest.mark.parametrize("elapsed", [10, 11])
    def test_over(self, clock, elapsed):
        throttle = make(clock, deadline=10)
        clock.seconds += elapsed
        with pytest.raises(DeadlineError, match="The deadline of 10 s for the whole run has passed. Raise deadline"):
            throttle.remaining()
        with pytest.raises(DeadlineError), throttle.request():
            pytest.fail("it started")
        with pytest.raises(DeadlineError):
            throttle.pause(0, everyone=False)
        assert (throttle.requests, throttle.retries) == (0, 0)

    @pytest.mark.parametrize("seconds", [6, 6.1, 120])
    @pytest.mark.parametrize("everyone", [False, True])
    def test_pause_longer_than_the_deadline(self, clock, seconds, everyone):
        throttle = make(clock, deadline=10)
        clock.seconds += 4
        with pytest.raises(DeadlineError):
            throttle.pause(seconds, everyone=everyone)
        assert clock.waits == []
        assert (throttle.retries, throttle.waited_seconds) == (0, 0)
        with throttle.request():
            assert clock.waits == []

    def test_pause_within_the_deadline(self, clock):
        throttle = make(clock, deadline=10)
        throttle.pause(9, everyone=True)
        assert clock.waits == [9]

    def test_wait_for_a_slot(self):
        throttle = Throttle(1, 0.05)
        with throttle.request():
            (error,) = run(1, lambda: throttle.request().__enter__())
        assert isinstance(error, DeadlineError)
        assert throttle.requests == 1

    def test_time_of_requests_counts(self, clock):
        throttle = make(clock, deadline=10)
        with throttle.request():
            clock.seconds += 11
            with pytest.raises(DeadlineError):
                throttle.remaining()


class TestStop:
    def test_no_new_requests(self, throttle):
        throttle.stop()
        for attempt in (throttle.remaining, lambda: throttle.pause(1, everyone=False), throttle.request().__enter__):
            with pytest.raises(Stopped, match="The run was stopped."):
                attempt()
        assert (throttle.requests, throttle.retries) == (0, 0)

    def test_pauses_end_at_once(self):
        throttle = Throttle(4)
        waiting = threading.Barrier(5)

        def pause():
            waiting.wait(PATIENCE)
            throttle.pause(LONG, everyone=True)

        def request():
            waiting.wait(PATIENCE)
            with throttle.request():
                pytest.fail("it started")

        throttle._resume_at += LONG
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            futures = [pool.submit(work) for work in (pause, pause, request, request)]
            waiting.wait(PATIENCE)
            throttle.stop()
            assert all(isinstance(future.exception(PATIENCE), Stopped) for future in futures)

    def test_waiting_worker_starts_no_request(self):
        throttle = Throttle(1)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            with throttle.request():
                waiter = pool.submit(lambda: throttle.request().__enter__())
                throttle.stop()
            assert isinstance(waiter.exception(PATIENCE), Stopped)
        assert throttle.requests == 1

    def test_stop_has_precedence_over_the_deadline(self, clock):
        throttle = make(clock, deadline=10)
        clock.seconds += 11
        throttle.stop()
        with pytest.raises(OnAppError) as caught:
            throttle.remaining()
        assert caught.type is Stopped


class TestCounts:
    def test_one_worker(self, throttle):
        for seconds in (0, 0.5, 2):
            throttle.pause(seconds, everyone=False)
            with throttle.request():
                pass
        assert (throttle.requests, throttle.retries, throttle.waited_seconds) == (3, 3, 2.5)

    def test_many_workers(self):
        throttle = Throttle(4)

        def work():
            for number in range(200):
                with throttle.request():
                    pass
                throttle.pause(0, everyone=False)

        run(8, work)
        assert (throttle.requests, throttle.retries) == (1600, 1600)

    def test_waits_for_others_are_not_counted(self, clock, throttle):
        throttle.pause(5, everyone=True)
        clock.seconds -= 5
        with throttle.request():
            pass
        assert throttle.waited_seconds == 5
        assert throttle.retries == 1


# Retries.

NOW = "Mon, 30 Mar 2026 06:00:00 GMT"
CHANCES = st.floats(0, 1)


@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        pytest.param(None, NOW, None, id="absent"),
        pytest.param("", NOW, None, id="empty"),
        pytest.param("7", None, 7, id="seconds"),
        pytest.param(" 7 ", None, 7, id="seconds with spaces"),
        pytest.param("0", None, 0, id="at once"),
        pytest.param("120", None, 120, id="longest"),
        pytest.param("121", None, 120, id="too long"),
        pytest.param("9" * 5000, None, 120, id="huge"),
        pytest.param("-7", NOW, None, id="negative"),
        pytest.param("+7", NOW, None, id="plus sign"),
        pytest.param("1.5", NOW, None, id="fraction"),
        pytest.param("1e3", NOW, None, id="exponent"),
        pytest.param("nan", NOW, None, id="not a number"),
        pytest.param("٧", NOW, None, id="Arabic digit"),
        pytest.param("²", NOW, None, id="superscript"),
        pytest.param("soon", NOW, None, id="word"),
        pytest.param("7, 9", NOW, None, id="two"),
        pytest.param("Mon, 30 Mar 2026 06:00:30 GMT", NOW, 30, id="date"),
        pytest.param("Mon, 30 Mar 2026 08:00:30 +0200", NOW, 30, id="date of another zone"),
        pytest.param("Monday, 30-Mar-26 06:00:30 GMT", NOW, 30, id="date as in RFC 850"),
        pytest.param("Mon, 30 Mar 2026 06:00:30 -0000", NOW, 30, id="date of no zone"),
        pytest.param(NOW, NOW, 0, id="now"),
        pytest.param("Mon, 30 Mar 2026 05:00:00 GMT", NOW, 0, id="date in the past"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 GMT", NOW, 120, id="date far off"),
        pytest.param("Mon, 30 Mar 2026 06:00:30 GMT", None, None, id="date without a Date header"),
        pytest.param("Mon, 30 Mar 2026 06:00:30 GMT", "", None, id="date with an empty Date header"),
        pytest.param("Mon, 30 Mar 2026 06:00:30 GMT", "today", None, id="date with a Date header that is none"),
        pytest.param("Mon, 32 Mar 2026 06:00:30 GMT", NOW, None, id="no such day"),
        pytest.param("Mon, 30 Mar 2026 25:00:30 GMT", NOW, None, id="no such hour"),
        pytest.param("Mon, 30 Mar 2026 06:00:30 +9999", NOW, None, id="no such zone"),
        pytest.param("Mon, 30 Mar 2026 06:00:30 +" + "9" * 50, NOW, None, id="a zone beyond all numbers"),
    ],
)
def test_retry_after(header, date, seconds):
    assert retry_after(header, date) == seconds


HEADERS = st.text() | st.sampled_from([NOW, "Mon, 30 Mar", "30", "Mon, 30 Mar 2026 06:00", ":", "0 0 0 0:0", ", ,"])


@given(HEADERS, st.none() | HEADERS)
@example("0 0 0 0 0 0", "1 Jan 1 0:0:0 +0000")
@example("Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 01 Jan 0001 00:00:00 +2359")
def test_any_retry_after_header(header, date):
    seconds = retry_after(header, date)
    assert seconds is None or 0 <= seconds <= LONGEST_RETRY_AFTER


@given(st.integers(0, 10**6), st.integers(0, 4 * 10**9))
def test_date_equals_seconds(seconds, now):
    date, until = (email.utils.formatdate(time, usegmt=True) for time in (now, now + seconds))
    assert retry_after(until, date) == retry_after(str(seconds), date)


@pytest.mark.parametrize(
    ("retry", "least", "most"),
    [
        (1, 0.25, 0.5),
        (2, 0.5, 1),
        (3, 1, 2),
        (4, 2, 4),
        (5, 4, 8),
        (6, 8, 16),
        (7, 15, 30),
        (8, 15, 30),
        (100, 15, 30),
        (10**9, 15, 30),
    ],
)
def test_pauses_grow_up_to_a_limit(retry, least, most):
    assert pause_before(retry, None, 0.0) == least
    assert pause_before(retry, None, 1.0) == most


@given(st.integers(1, 1000), CHANCES)
def test_jitter_is_half_of_the_pause_at_most(retry, chance):
    full_pause = pause_before(retry, None, 1.0)
    assert full_pause / 2 <= pause_before(retry, None, chance) <= full_pause <= LONGEST_PAUSE
    assert pause_before(retry, None, chance) <= pause_before(retry + 1, None, chance)
    assert pause_before(retry, None, chance) >= FIRST_PAUSE / 2


@given(st.integers(1, 1000), st.floats(0, LONGEST_RETRY_AFTER), CHANCES)
def test_retry_after_is_waited_in_full(retry, seconds, chance):
    assert seconds <= pause_before(retry, seconds, chance) <= seconds + FIRST_PAUSE
    assert pause_before(retry, seconds, chance) <= seconds * 1.1 + 1e-9


def test_jitter_after_retry_after():
    assert pause_before(1, 2.0, 0.0) == 2.0
    assert pause_before(1, 2.0, 1.0) == 2.2
    assert pause_before(9, 60.0, 1.0) == 60.0 + FIRST_PAUSE


def test_refused_logins_are_not_retried():
    assert not RETRIED_STATUSES & {400, 401, 403, 404, 406, 413, 422, 500, 501}
    assert {429, 502, 503, 504} == RETRIED_STATUSES
