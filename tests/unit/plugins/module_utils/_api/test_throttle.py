# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One throttle for all workers. Waits are on a clock that the tests move, where threads do not matter."""

from __future__ import annotations

import concurrent.futures
import contextlib
import threading
import time

import pytest
from ansible_collections.community.onapp.plugins.module_utils._api.throttle import Stopped, Throttle
from ansible_collections.community.onapp.plugins.module_utils._errors import DeadlineError, OnAppError

LONG = 3600
PATIENCE = 30  # A wait of this many real seconds means that a test has failed; none comes near it.


class Clock:
    """A clock that moves when somebody waits. It stands in for the throttle's event, too."""

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
    """Run `work` in as many threads; their results, or what they raised."""
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(work) for number in range(workers)]
        return [future.exception(PATIENCE) or future.result() for future in futures]


class TestSlots:
    @pytest.mark.parametrize("slots", [1, 3, 8])
    def test_are_all_used_and_never_exceeded(self, slots):
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
                        # The first so many can only pass together, each in a slot of its own.
                        with contextlib.suppress(threading.BrokenBarrierError):
                            all_in.wait(PATIENCE)
                        all_in.abort()
                    with lock:
                        in_flight -= 1

        assert run(3 * slots, work) == [None] * 3 * slots
        assert most == slots
        assert throttle.requests == 3 * slots * 20

    def test_a_request_that_fails_frees_its_slot(self, throttle):
        for number in range(5):
            with pytest.raises(OSError, match="broken"), throttle.request():
                raise OSError("broken")
        assert throttle.requests == 5

    def test_a_request_that_may_not_start_frees_its_slot(self, clock):
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
    def test_a_pause_for_one_leaves_the_others_alone(self, clock, throttle):
        throttle.pause(5, everyone=False)
        assert clock.waits == [5]
        clock.seconds -= 4  # Another worker, in the midst of the pause.
        with throttle.request():
            assert clock.waits == [5]

    def test_a_pause_for_everyone_holds_the_others_back(self, clock, throttle):
        throttle.pause(5, everyone=True)
        clock.seconds -= 4
        with throttle.request():
            assert clock.waits == [5, 4]

    def test_a_shorter_pause_does_not_end_a_longer_one(self, clock, throttle):
        throttle.pause(60, everyone=True)
        clock.seconds -= 60
        throttle.pause(1, everyone=True)
        with throttle.request():
            assert clock.waits == [60, 1, 59]

    def test_a_pause_that_begins_during_a_wait_is_waited_too(self, clock, throttle):
        def another_pause():
            clock.while_waiting = lambda: None
            throttle._resume_at = clock.seconds + 7

        throttle.pause(5, everyone=True)
        clock.seconds -= 5
        clock.while_waiting = another_pause
        with throttle.request():
            assert clock.waits == [5, 5, 7]
        assert throttle.requests == 1

    def test_threads_start_nothing_before_its_end(self):
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
        assert not throttle.is_over

    def test_remaining(self, clock):
        throttle = make(clock, deadline=10)
        clock.seconds += 4
        assert throttle.remaining() == 6
        assert throttle.elapsed_seconds == 4
        assert not throttle.is_over

    @pytest.mark.parametrize("elapsed", [10, 11])
    def test_over(self, clock, elapsed):
        throttle = make(clock, deadline=10)
        clock.seconds += elapsed
        assert throttle.is_over
        with pytest.raises(DeadlineError, match="The deadline of 10 s for the whole run has passed. Raise deadline"):
            throttle.remaining()
        with pytest.raises(DeadlineError), throttle.request():
            pytest.fail("it started")
        with pytest.raises(DeadlineError):
            throttle.pause(0, everyone=False)
        assert (throttle.requests, throttle.retries) == (0, 0)

    @pytest.mark.parametrize("seconds", [6, 6.1, 120])
    @pytest.mark.parametrize("everyone", [False, True])
    def test_a_pause_that_would_outlive_it_is_not_begun(self, clock, seconds, everyone):
        throttle = make(clock, deadline=10)
        clock.seconds += 4
        with pytest.raises(DeadlineError):
            throttle.pause(seconds, everyone=everyone)
        assert clock.waits == []
        assert (throttle.retries, throttle.waited_seconds) == (0, 0)
        with throttle.request():
            assert clock.waits == []

    def test_a_pause_within_it_is_waited(self, clock):
        throttle = make(clock, deadline=10)
        throttle.pause(9, everyone=True)
        assert clock.waits == [9]

    def test_a_wait_for_a_slot_ends_with_it(self):
        throttle = Throttle(1, 0.05)
        with throttle.request():
            (error,) = run(1, lambda: throttle.request().__enter__())
        assert isinstance(error, DeadlineError)
        assert throttle.requests == 1

    def test_it_counts_while_a_request_is_in_flight(self, clock):
        throttle = make(clock, deadline=10)
        with throttle.request():
            clock.seconds += 11
            with pytest.raises(DeadlineError):
                throttle.remaining()


class TestStop:
    def test_nothing_starts_any_more(self, throttle):
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

    def test_who_waits_for_a_slot_starts_nothing_when_one_is_freed(self):
        throttle = Throttle(1)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            with throttle.request():
                waiter = pool.submit(lambda: throttle.request().__enter__())
                throttle.stop()
            assert isinstance(waiter.exception(PATIENCE), Stopped)
        assert throttle.requests == 1

    def test_it_goes_before_the_deadline_and_is_an_error_of_the_collection(self, clock):
        throttle = make(clock, deadline=10)
        clock.seconds += 11
        throttle.stop()
        with pytest.raises(OnAppError) as caught:
            throttle.remaining()
        assert caught.type is Stopped


class TestCounts:
    def test_of_one_worker(self, throttle):
        for seconds in (0, 0.5, 2):
            throttle.pause(seconds, everyone=False)
            with throttle.request():
                pass
        assert (throttle.requests, throttle.retries, throttle.waited_seconds) == (3, 3, 2.5)

    def test_of_many(self):
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
