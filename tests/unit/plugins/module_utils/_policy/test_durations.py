# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Durations as users write and read them, and values in messages."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import (
    PolicyError,
    duration,
    duration_text,
    nearest,
    shown,
)

HOUR = 3600
DAY = 24 * HOUR
WEEK = 7 * DAY


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1m", 60),
        ("30m", 1800),
        ("1h", HOUR),
        ("26h", 26 * HOUR),
        ("7d", WEEK),
        ("2w", 2 * WEEK),
        (" 26h ", 26 * HOUR),
        ("007d", WEEK),
        ("999999w", 999999 * WEEK),
    ],
)
def test_duration(text, seconds):
    assert duration(text) == seconds


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (960, "is 960, a number without a unit (YAML 1.1 also turns an unquoted 16:00 into the number 960)"),
        (1.5, "is 1.5, a number without a unit"),
        (True, "is true, which is true or false"),
        (None, "is null, which is no value"),
        ("0h", "is '0h', which is no time at all"),
        ("000000w", "is '000000w', which is no time at all"),
        ("1M", "is '1M', but months and years have no fixed length"),
        ("2 months", "is '2 months', but months and years have no fixed length"),
        ("1y", "is '1y', but months and years have no fixed length"),
        ("26", "is '26'; write"),
        ("1d 2h", "is '1d 2h'; write"),
        ("-1h", "is '-1h'; write"),
        ("1.5h", "is '1.5h'; write"),
        ("26H", "is '26H'; write"),
        ("26 h", "is '26 h'; write"),
        ("30s", "is '30s'; write"),
        ("1000000m", "is '1000000m'; write"),
        ("٣h", "is '٣h'; write"),
        ("", "is ''; write"),
        (datetime.date(2026, 12, 31), "is the date 2026-12-31; write"),
        ({}, "is {}; write"),
    ],
)
def test_duration_that_is_none(value, told):
    with pytest.raises(PolicyError) as caught:
        duration(value, "policy.rules[0].rpo")
    assert str(caught.value).startswith(f"policy.rules[0].rpo {told}")
    assert str(caught.value).endswith("; write a whole number above 0 and m, h, d or w, such as 30m, 26h, 7d or 2w")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0s"),
        (0, "0s"),
        (59, "59s"),
        (3 * HOUR + 120 + 5, "3h 2m"),
        (26 * HOUR, "26h"),
        (26 * HOUR + 1, "26h 1s"),
        (50 * HOUR, "50h"),
        (3 * DAY - 1, "71h 59m"),
        (3 * DAY, "3d"),
        (4 * DAY + 3 * HOUR + 60, "4d 3h"),
        (14 * DAY, "14d"),
    ],
)
def test_duration_text(seconds, text):
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("rulez", " (did you mean rules?)"),
        ("xyz", ""),
        ("", ""),
        (7, ""),
        (None, ""),
    ],
)
def test_nearest(word, told):
    assert nearest(word, ("name", "rules")) == told


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (0.5, "0.5"),
        ("two\nlines", r"'two\nlines'"),
        ("two\u2028lines", r"'two\u2028lines'"),
        (["a", None], "['a', None]"),
        (datetime.date(2026, 12, 31), "the date 2026-12-31"),
        (datetime.datetime(2026, 12, 31, 6), "the time 2026-12-31T06:00:00"),
        ("x" * 200, "'" + "x" * 76 + "..."),
    ],
)
def test_shown(value, text):
    assert shown(value) == text


def test_shown_is_one_line_whatever_it_is():
    class Odd:
        def __repr__(self):
            return "odd\n  thing"

    endless = []
    for depth in range(100000):
        endless = [endless]
    assert shown(Odd()) == "odd thing"
    assert shown(endless) == "something too large to show"
    assert shown(16**5000) == "something too large to show"
