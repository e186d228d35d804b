# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Days, weeks, months, years and times of day in the time zone of the policy.

Days begin at `day_starts_at`, so that a backup run that crosses midnight can belong to one day. Weeks are ISO weeks.
Times are UTC seconds since 1970.
"""

from __future__ import annotations

import datetime
import functools
import typing as t
import zoneinfo

from . import values

EPOCH = datetime.date(1970, 1, 1)
ONE_DAY = datetime.timedelta(days=1)
# Times outside are clamped, because Python's calendar ends shortly after.
LEAST, MOST = -62072524800, 253338796800


def _parse_zone(value: object) -> datetime.tzinfo | None:
    if value == "UTC":
        # Works without a time zone database, and is the zone for which times are parsed fastest.
        return datetime.timezone.utc
    try:
        return zoneinfo.ZoneInfo(value) if isinstance(value, str) else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _zone_hint(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        return ""
    known = zoneinfo.available_timezones()
    if not known:
        return (
            ", but this machine has no time zone database (install the Python package tzdata, or the tzdata package of"
            " the operating system)"
        )
    return f", which is not a time zone known to this machine{values.nearest(value, sorted(known))}"


ZONE = values.Value(
    "the IANA name of a time zone, such as UTC or Europe/Berlin",
    _parse_zone,
    {"title": "time zone", "type": "string", "pattern": r"\S", "examples": ["UTC", "Europe/Berlin"]},
    _zone_hint,
)


def clock_text(minutes: int) -> str:
    """Minutes since midnight as `HH:MM`."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


class Calendar:
    """The calendar of a zone in which days begin some minutes after midnight.

    `timezone` is the IANA name of the zone, `day_starts_at` when days begin as `HH:MM`.
    """

    def __init__(self, zone: datetime.tzinfo, day_starts_at: int) -> None:
        self._zone = zone
        self._starts_at = day_starts_at
        self.timezone = str(zone)
        self.day_starts_at = clock_text(day_starts_at)
        self.day_start = functools.lru_cache(maxsize=4096)(self._day_start)
        self.day_of = functools.lru_cache(maxsize=4096)(self._day_of)

    def _day_of(self, seconds: int) -> datetime.date:
        """The day in which a time lies."""
        seconds = min(max(seconds, LEAST), MOST)
        if self._zone is datetime.timezone.utc:
            return EPOCH + datetime.timedelta(days=(seconds - self._starts_at * 60) // 86400)
        wall = datetime.datetime.fromtimestamp(seconds, self._zone).replace(tzinfo=None)
        day = (wall - datetime.timedelta(minutes=self._starts_at)).date()
        # Around a change of clocks the local time can be on the wrong side of the beginning of a day.
        while seconds < self.day_start(day):
            day -= ONE_DAY
        while seconds >= self.day_start(day + ONE_DAY):
            day += ONE_DAY
        return day

    def last_days(self, seconds: int, count: int) -> list[datetime.date]:
        """The day in which a time lies, and those before it, oldest first."""
        today = self.day_of(seconds)
        return [today - back * ONE_DAY for back in range(count - 1, -1, -1)]

    def minute_of_day(self, seconds: int) -> int:
        """Minutes since midnight on the clocks of the zone."""
        wall = datetime.datetime.fromtimestamp(min(max(seconds, LEAST), MOST), self._zone)
        return wall.hour * 60 + wall.minute

    def _day_start(self, day: datetime.date) -> int:
        """When a day begins. A skipped local time is shifted forward; of a repeated one the first counts."""
        midnight = datetime.datetime(day.year, day.month, day.day)
        begins = midnight + datetime.timedelta(minutes=self._starts_at)
        return int(begins.replace(tzinfo=self._zone).timestamp())


# Cached because calendars cache when days begin.
calendar_of = functools.lru_cache(maxsize=16)(Calendar)


class Period(t.NamedTuple):
    """A calendar period by its name, such as `2026-03-29`, `2026-W13`, `2026-03` or `2026`, and its first day."""

    name: str
    first: datetime.date


@functools.lru_cache(maxsize=4096)
def period_of(tier: str, day: datetime.date) -> Period:
    """The period of a tier in which a day lies."""
    if tier == "weekly":
        year, week, weekday = day.isocalendar()
        return Period(f"{year}-W{week:02d}", day - datetime.timedelta(days=weekday - 1))
    if tier == "monthly":
        return Period(f"{day.year:04d}-{day.month:02d}", day.replace(day=1))
    if tier == "yearly":
        return Period(f"{day.year:04d}", day.replace(month=1, day=1))
    return Period(day.isoformat(), day)


@functools.lru_cache(maxsize=64)
def completed_periods(tier: str, today: datetime.date, count: int) -> tuple[Period, ...]:
    """The last completed periods before the one in which today lies, oldest first; fewer where the calendar begins."""
    periods: list[Period] = []
    first = period_of(tier, today).first
    while len(periods) < count and first > datetime.date(1, 1, 8):
        periods.append(period_of(tier, first - ONE_DAY))
        first = periods[-1].first
    return tuple(periods[::-1])
