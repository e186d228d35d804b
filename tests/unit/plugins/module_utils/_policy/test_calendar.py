# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Days, weeks, months and years in a zone, across changes of clocks and up to the limits of the calendar."""

from __future__ import annotations

import datetime
import itertools

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._fields import moment, utc_text
from ansible_collections.community.onapp.plugins.module_utils._policy.calendar import (
    LEAST,
    MOST,
    ZONE,
    Calendar,
    calendar_of,
    completed_periods,
    period_of,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import TIERS
from hypothesis import strategies as st

# Clock changes at 02:00, 00:01 and midnight, by half an hour, and by one day (Apia has no 2011-12-30).
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
)
ONE_DAY = datetime.timedelta(days=1)
HOUR = 3600


def calendar(zone="UTC", starts_at="00:00"):
    hours, minutes = starts_at.split(":")
    return calendar_of(ZONE(zone, "zone"), int(hours) * 60 + int(minutes))


def day(text):
    return datetime.date.fromisoformat(text)


def test_zone_and_start_of_days():
    found = calendar("Europe/Berlin", "02:05")
    assert (found.timezone, found.day_starts_at) == ("Europe/Berlin", "02:05")
    assert (calendar().timezone, calendar().day_starts_at) == ("UTC", "00:00")
    assert calendar("Europe/Berlin", "02:05") is found


# --- days ---

DAYS = {
    "July in Berlin, June in UTC": ("2026-06-30T22:30:00Z", "Europe/Berlin", "00:00", "2026-07-01"),
    "the same in UTC": ("2026-06-30T22:30:00Z", "UTC", "00:00", "2026-06-30"),
    "16:00, local 06-30 23:30": ("2026-06-30T21:30:00Z", "Europe/Berlin", "16:00", "2026-06-30"),
    "16:00, local 07-01 03:00": ("2026-07-01T01:00:00Z", "Europe/Berlin", "16:00", "2026-06-30"),
    "16:00, local 07-01 17:00": ("2026-07-01T15:00:00Z", "Europe/Berlin", "16:00", "2026-07-01"),
    "16:00, local 07-01 16:00": ("2026-07-01T14:00:00Z", "Europe/Berlin", "16:00", "2026-07-01"),
    "16:00 in UTC, a second before": ("2026-07-01T15:59:59Z", "UTC", "16:00", "2026-06-30"),
    "16:00 in UTC": ("2026-07-01T16:00:00Z", "UTC", "16:00", "2026-07-01"),
    "end of a year": ("2026-12-31T23:59:59Z", "UTC", "00:00", "2026-12-31"),
    "end of a year, further east": ("2026-12-31T23:59:59Z", "Europe/Berlin", "00:00", "2027-01-01"),
    "end of a year, further west": ("2027-01-01T03:00:00Z", "America/St_Johns", "00:00", "2026-12-31"),
    "end of a year, days start late": ("2027-01-01T14:59:59Z", "Europe/Berlin", "16:00", "2026-12-31"),
    "leap day": ("2028-02-29T12:00:00Z", "UTC", "00:00", "2028-02-29"),
    "before 1970": ("1969-12-31T23:59:59Z", "UTC", "00:00", "1969-12-31"),
    # 02:30 does not exist on 2026-03-29 in Berlin: that day begins at 03:30 summer time, 01:30 UTC.
    "spring, 01:59:59": ("2026-03-29T00:59:59Z", "Europe/Berlin", "02:30", "2026-03-28"),
    "spring, 03:00": ("2026-03-29T01:00:00Z", "Europe/Berlin", "02:30", "2026-03-28"),
    "spring, 03:29:59": ("2026-03-29T01:29:59Z", "Europe/Berlin", "02:30", "2026-03-28"),
    "spring, 03:30": ("2026-03-29T01:30:00Z", "Europe/Berlin", "02:30", "2026-03-29"),
    # 02:30 comes twice on 2026-10-25: the first one counts, 00:30 UTC.
    "autumn, 02:29:59, first": ("2026-10-25T00:29:59Z", "Europe/Berlin", "02:30", "2026-10-24"),
    "autumn, 02:30, first": ("2026-10-25T00:30:00Z", "Europe/Berlin", "02:30", "2026-10-25"),
    "autumn, 02:15, second": ("2026-10-25T01:15:00Z", "Europe/Berlin", "02:30", "2026-10-25"),
    "autumn, 02:30, second": ("2026-10-25T01:30:00Z", "Europe/Berlin", "02:30", "2026-10-25"),
    "a day that a zone leaves out": ("2011-12-30T10:00:00Z", "Pacific/Apia", "00:00", "2011-12-31"),
    "the second before": ("2011-12-30T09:59:59Z", "Pacific/Apia", "00:00", "2011-12-29"),
}


@pytest.mark.parametrize("name", DAYS)
def test_day_of(name):
    text, zone, starts_at, expected = DAYS[name]
    assert calendar(zone, starts_at).day_of(moment(text)) == day(expected)


@pytest.mark.parametrize(
    ("text", "zone", "starts_at", "expected", "hours"),
    [
        ("2026-03-30", "UTC", "00:00", "2026-03-30T00:00:00Z", 24),
        ("2026-03-30", "UTC", "16:00", "2026-03-30T16:00:00Z", 24),
        ("2026-03-28", "Europe/Berlin", "00:00", "2026-03-27T23:00:00Z", 24),
        ("2026-03-29", "Europe/Berlin", "00:00", "2026-03-28T23:00:00Z", 23),
        ("2026-03-30", "Europe/Berlin", "00:00", "2026-03-29T22:00:00Z", 24),
        ("2026-10-25", "Europe/Berlin", "00:00", "2026-10-24T22:00:00Z", 25),
        ("2026-03-28", "Europe/Berlin", "02:30", "2026-03-28T01:30:00Z", 24),
        ("2026-03-29", "Europe/Berlin", "02:30", "2026-03-29T01:30:00Z", 23),
        ("2026-10-24", "Europe/Berlin", "02:30", "2026-10-24T00:30:00Z", 24),
        ("2026-10-25", "Europe/Berlin", "02:30", "2026-10-25T00:30:00Z", 25),
        ("2026-03-28", "Europe/Berlin", "16:00", "2026-03-28T15:00:00Z", 23),
        # Midnight itself does not exist.
        ("2018-11-04", "America/Sao_Paulo", "00:00", "2018-11-04T03:00:00Z", 23),
        ("2026-04-05", "Australia/Lord_Howe", "00:00", "2026-04-04T13:00:00Z", 24.5),
        ("2011-12-30", "Pacific/Apia", "00:00", "2011-12-30T10:00:00Z", 0),
    ],
)
def test_day_start_and_length(text, zone, starts_at, expected, hours):
    found = calendar(zone, starts_at)
    assert utc_text(found.day_start(day(text))) == expected
    assert found.day_start(day(text) + ONE_DAY) - found.day_start(day(text)) == hours * HOUR


CHANGES = [
    moment(text)
    for text in (
        "2026-03-29T01:00:00Z",
        "2026-10-25T01:00:00Z",
        "2018-11-04T03:00:00Z",
        "2018-02-18T02:00:00Z",
        "2011-12-30T10:00:00Z",
        "2006-10-29T02:31:00Z",
        "2027-01-01T00:00:00Z",
    )
]
times = st.one_of(
    st.builds(lambda change, beside: change + beside, st.sampled_from(CHANGES), st.integers(-30 * HOUR, 30 * HOUR)),
    st.integers(LEAST, MOST),
    st.sampled_from([LEAST, LEAST + 1, MOST - 1, MOST, -1, 0]),
)
calendars = st.builds(
    lambda zone, minutes: calendar_of(ZONE(zone, "zone"), minutes),
    st.sampled_from(ZONES),
    st.one_of(st.sampled_from([0, 1, 59, 60, 120, 150, 180, 960, 1439]), st.integers(0, 1439)),
)


@hypothesis.settings(deadline=None, database=None)
@hypothesis.given(calendars, times)
def test_every_time_is_in_its_day(found, seconds):
    today = found.day_of(seconds)
    assert found.day_start(today) <= seconds < found.day_start(today + ONE_DAY)


@hypothesis.settings(deadline=None, database=None)
@hypothesis.given(calendars, times, times)
def test_days_are_in_order(found, one, other):
    earlier, later = sorted((one, other))
    assert found.day_of(earlier) <= found.day_of(later)


@pytest.mark.parametrize("starts_at", ["00:00", "02:30", "23:59"])
@pytest.mark.parametrize("zone", ZONES)
def test_times_beyond_the_calendar(zone, starts_at):
    found = calendar(zone, starts_at)
    for seconds in (-(10**18), LEAST - 1, LEAST):
        assert datetime.date(2, 12, 30) <= found.day_of(seconds) <= datetime.date(3, 1, 1)
        # A heat map, and the longest possible retention, begin long before today.
        for name in TIERS:
            for period in completed_periods(name, found.day_of(seconds), 400):
                found.day_start(period.first)
    for seconds in (MOST, MOST + 1, 10**18):
        assert datetime.date(9997, 12, 1) <= found.day_of(seconds) <= datetime.date(9998, 1, 2)
        found.day_start(found.day_of(seconds) + ONE_DAY)
    for seconds in (-(10**18), 10**18):
        assert 0 <= found.minute_of_day(seconds) < 1440


@pytest.mark.parametrize(
    ("text", "zone", "minutes"),
    [
        ("2026-03-30T00:00:00Z", "UTC", 0),
        ("2026-03-30T23:59:59Z", "UTC", 1439),
        ("1969-12-31T23:59:59Z", "UTC", 1439),
        ("2026-03-29T00:59:59Z", "Europe/Berlin", 119),
        ("2026-03-29T01:00:00Z", "Europe/Berlin", 180),
        ("2026-10-25T00:30:00Z", "Europe/Berlin", 150),
        ("2026-10-25T01:30:00Z", "Europe/Berlin", 150),
        ("2026-06-30T22:30:00Z", "Europe/Berlin", 30),
        ("2026-06-30T22:30:00Z", "America/St_Johns", 20 * 60),
    ],
)
def test_minute_of_day(text, zone, minutes):
    assert calendar(zone).minute_of_day(moment(text)) == minutes
    # The time of the clock does not depend on the start of days.
    assert calendar(zone, "16:00").minute_of_day(moment(text)) == minutes


def test_zone_of_another_type():
    found = Calendar(datetime.timezone(datetime.timedelta(hours=5)), 0)
    assert found.day_of(moment("2026-03-29T19:00:00Z")) == day("2026-03-30")


# --- periods ---


@pytest.mark.parametrize(
    ("tier", "text", "name", "first"),
    [
        ("daily", "2026-03-29", "2026-03-29", "2026-03-29"),
        ("weekly", "2026-12-31", "2026-W53", "2026-12-28"),
        ("weekly", "2027-01-03", "2026-W53", "2026-12-28"),
        ("weekly", "2027-01-04", "2027-W01", "2027-01-04"),
        ("weekly", "2024-12-30", "2025-W01", "2024-12-30"),
        ("weekly", "2026-03-01", "2026-W09", "2026-02-23"),
        ("monthly", "2026-02-28", "2026-02", "2026-02-01"),
        ("monthly", "2028-02-29", "2028-02", "2028-02-01"),
        ("yearly", "2026-12-31", "2026", "2026-01-01"),
        ("yearly", "2026-01-01", "2026", "2026-01-01"),
    ],
)
def test_period_of(tier, text, name, first):
    assert period_of(tier, day(text)) == (name, day(first))


@pytest.mark.parametrize(
    ("tier", "today", "names"),
    [
        ("daily", "2026-03-01", ["2026-02-27", "2026-02-28"]),
        ("daily", "2028-03-01", ["2028-02-28", "2028-02-29"]),
        ("weekly", "2026-03-30", ["2026-W12", "2026-W13"]),
        ("weekly", "2026-03-29", ["2026-W11", "2026-W12"]),
        ("weekly", "2027-01-03", ["2026-W51", "2026-W52"]),
        ("weekly", "2027-01-04", ["2026-W52", "2026-W53"]),
        ("weekly", "2027-01-11", ["2026-W53", "2027-W01"]),
        ("monthly", "2026-01-31", ["2025-11", "2025-12"]),
        ("monthly", "2026-03-31", ["2026-01", "2026-02"]),
        ("yearly", "2026-01-01", ["2024", "2025"]),
        ("yearly", "2026-12-31", ["2024", "2025"]),
    ],
)
def test_completed_periods(tier, today, names):
    assert [period.name for period in completed_periods(tier, day(today), 2)] == names


def test_no_period_before_the_calendar():
    assert [period.name for period in completed_periods("yearly", datetime.date(3, 6, 1), 400)] == ["0001", "0002"]
    assert completed_periods("daily", datetime.date(1, 1, 1), 7) == ()


@hypothesis.settings(deadline=None, database=None)
@hypothesis.given(
    st.sampled_from(list(TIERS)), st.dates(datetime.date(500, 1, 1), datetime.date(9990, 1, 1)), st.integers(1, 400)
)
def test_completed_periods_are_contiguous(tier, today, count):
    periods = completed_periods(tier, today, count)
    assert len({period.name for period in periods}) == len(periods) == count
    following = [*periods, period_of(tier, today)]
    for one, other in itertools.pairwise(following):
        assert period_of(tier, one.first) == one
        assert period_of(tier, other.first - ONE_DAY) == one
    assert following[-1].first <= today
