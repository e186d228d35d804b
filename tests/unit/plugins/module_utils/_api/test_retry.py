# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a panel asks for is waited, within limits; what it does not say is waited longer each time."""

from __future__ import annotations

import email.utils

import pytest
from ansible_collections.community.onapp.plugins.module_utils._api.retry import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    LONGEST_RETRY_AFTER,
    RETRIED_STATUSES,
    pause_before,
    retry_after,
)
from hypothesis import example, given
from hypothesis import strategies as st

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
def test_any_header_asks_for_nothing_or_for_a_time_within_limits(header, date):
    seconds = retry_after(header, date)
    assert seconds is None or 0 <= seconds <= LONGEST_RETRY_AFTER


@given(st.integers(0, 10**6), st.integers(0, 4 * 10**9))
def test_a_date_and_seconds_ask_for_the_same(seconds, now):
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
    whole = pause_before(retry, None, 1.0)
    assert whole / 2 <= pause_before(retry, None, chance) <= whole <= LONGEST_PAUSE
    assert pause_before(retry, None, chance) <= pause_before(retry + 1, None, chance)
    assert pause_before(retry, None, chance) >= FIRST_PAUSE / 2


@given(st.integers(1, 1000), st.floats(0, LONGEST_RETRY_AFTER), CHANCES)
def test_what_the_panel_asks_for_is_waited_in_full(retry, asked, chance):
    assert asked <= pause_before(retry, asked, chance) <= asked + FIRST_PAUSE
    assert pause_before(retry, asked, chance) <= asked * 1.1 + 1e-9


def test_jitter_on_top_of_what_the_panel_asks_for():
    assert pause_before(1, 2.0, 0.0) == 2.0
    assert pause_before(1, 2.0, 1.0) == 2.2
    assert pause_before(9, 60.0, 1.0) == 60.0 + FIRST_PAUSE


def test_refusals_are_never_retried():
    assert not RETRIED_STATUSES & {400, 401, 403, 404, 406, 413, 422, 500, 501}
    assert {429, 502, 503, 504} == RETRIED_STATUSES
