# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of the policy language: accepted and rejected ones of each kind, JSON Schema, and messages."""

from __future__ import annotations

import datetime
import zoneinfo

import jsonschema
import pytest
import yaml
from ansible_collections.community.onapp.plugins.module_utils._fields import as_instant
from ansible_collections.community.onapp.plugins.module_utils._policy.calendar import ZONE
from ansible_collections.community.onapp.plugins.module_utils._policy.values import (
    DATE,
    DURATION,
    FLAG,
    PERCENT,
    TIME_OF_DAY,
    PolicyError,
    choice,
    duration_text,
    integer,
    nearest,
    number,
    shown,
    text,
)
from hypothesis import given, settings
from hypothesis import strategies as st

HOUR = 3600
DAY = 24 * HOUR


def error_of(parse, *arguments):
    with pytest.raises(PolicyError) as caught:
        parse(*arguments)
    return str(caught.value)


TEXT = text("a name")
FEW = choice("include", "exclude")
MANY = choice("daily", "weekly", "monthly", "yearly", "never")


def fits(reader, value):
    return jsonschema.Draft202012Validator(reader.schema).is_valid(value)


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        (TEXT, "a", "a"),
        (TEXT, " a b ", " a b "),
        (FEW, "include", "include"),
        (DURATION, "1m", 60),
        (DURATION, "26h", 93600),
        (DURATION, "7d", 7 * DAY),
        (DURATION, "2w", 14 * DAY),
        (DURATION, " 010m ", 600),
        (DURATION, "999999w", 999999 * 7 * DAY),
        (ZONE, "UTC", datetime.UTC),
        (TIME_OF_DAY, "00:00", 0),
        (TIME_OF_DAY, "16:00", 960),
        (TIME_OF_DAY, " 23:59 ", 1439),
        (DATE, "2026-12-31", datetime.date(2026, 12, 31)),
        (DATE, " 2028-02-29 ", datetime.date(2028, 2, 29)),
        (PERCENT, "0%", 0.0),
        (PERCENT, "20%", 0.2),
        (PERCENT, " 020 % ", 0.2),
        (PERCENT, "100%", 1.0),
        (integer(1, 9), 1, 1),
        (integer(1, 9), 9.0, 9),
        (number(0, 1), 0.5, 0.5),
        (number(0, 1), 1, 1.0),
        (FLAG, True, True),
        (FLAG, False, False),
    ],
)
def test_accepted_by_parser_and_schema(reader, value, expected):
    read = reader(value, "it")
    assert read == expected
    assert read.__class__ is expected.__class__
    assert fits(reader, value)


# Numbers and flags as text from templates, and dates and ids from YAML, which JSON does not have.
@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        (integer(1, 9), "2", 2),
        (integer(1, 9), " 2.0 ", 2),
        (number(0, 1), "0.5", 0.5),
        (number(0, 1), " 1 ", 1.0),
        (FLAG, "true", True),
        (FLAG, " False ", False),
        (FLAG, 1, True),
        (FLAG, "0", False),
        (DATE, datetime.date(2026, 12, 31), datetime.date(2026, 12, 31)),
    ],
)
def test_accepted_by_the_parser(reader, value, expected):
    assert reader(value, "it") == expected


@pytest.mark.parametrize(
    ("reader", "value", "message"),
    [
        (TEXT, "", "''; write a name"),
        (TEXT, " ", "' '; write a name"),
        (TEXT, 7, "7; write a name"),
        (TEXT, None, "null; write a name"),
        (FEW, "Include", "'Include'; write include or exclude"),
        (FEW, False, "false; write include or exclude"),
        (FEW, ["include"], "['include']; write include or exclude"),
        (MANY, "weakly", "'weakly' (did you mean weekly?); write daily or weekly or monthly or yearly or never"),
        (DURATION, 960, "960, a number without a unit (YAML 1.1 also turns an unquoted 16:00 into the number 960)"),
        (DURATION, 1.5, "1.5, a number without a unit; write a whole number above 0 and m, h, d or w, such as 30m,"),
        (DURATION, True, "true, which is not a duration"),
        (DURATION, None, "null, which is not a duration"),
        (DURATION, "0h", "'0h'; write"),
        (DURATION, "000000w", "'000000w'; write"),
        (DURATION, "1M", "'1M', but months and years have no fixed length; write"),
        (DURATION, "2 months", "'2 months', but months and years have no fixed length; write"),
        (DURATION, "1y", "'1y', but months and years have no fixed length; write"),
        (DURATION, "26", "'26'; write"),
        (DURATION, "1d 2h", "'1d 2h'; write"),
        (DURATION, "-1h", "'-1h'; write"),
        (DURATION, "1.5h", "'1.5h'; write"),
        (DURATION, "26H", "'26H'; write"),
        (DURATION, "26 h", "'26 h'; write"),
        (DURATION, "30s", "'30s'; write"),
        (DURATION, "1000000m", "'1000000m'; write"),
        (DURATION, "٣h", "'٣h'; write"),
        (DURATION, "", "''; write"),
        (DURATION, {}, "{}; write"),
        (ZONE, None, "null; write the IANA name of a time zone, such as UTC or Europe/Berlin"),
        (ZONE, 2, "2; write the IANA name"),
        (TIME_OF_DAY, 960, "960, a number (YAML 1.1 turns an unquoted 16:00 into the number 960); write hours and"),
        (TIME_OF_DAY, True, 'true; write hours and minutes in quotes, such as "16:00"'),
        (TIME_OF_DAY, "24:00", "'24:00'; write hours"),
        (TIME_OF_DAY, "16:60", "'16:60'; write hours"),
        (TIME_OF_DAY, "6:00", "'6:00'; write hours"),
        (TIME_OF_DAY, "16:00:00", "'16:00:00'; write hours"),
        (TIME_OF_DAY, "١٦:00", "'١٦:00'; write hours"),
        (DATE, "31.12.2026", "'31.12.2026'; write a date, such as 2026-12-31"),
        (DATE, "2026-12-31T00:00:00Z", "'2026-12-31T00:00:00Z'; write a date"),
        (DATE, "20261231", "'20261231'; write a date"),
        (DATE, 2026, "2026; write a date"),
        (DATE, None, "null; write a date"),
        (PERCENT, "101%", "'101%'; write a whole number from 0 to 100 and %, such as 20%"),
        (PERCENT, "-1%", "'-1%'; write a whole number"),
        (PERCENT, "2.5%", "'2.5%'; write a whole number"),
        (PERCENT, "20", "'20'; write a whole number"),
        (PERCENT, 0.2, "0.2; write a whole number"),
        (integer(1, 9), 0, "0; write a whole number from 1 to 9"),
        (integer(1, 9), 10, "10; write a whole number from 1 to 9"),
        (integer(1, 9), 1.5, "1.5; write a whole number"),
        (integer(1, 9), True, "true; write a whole number"),
        (integer(1, 9), None, "null; write a whole number"),
        (integer(1, 9), "two", "'two'; write a whole number"),
        (number(0, 1), 0, "0; write a number above 0 and up to 1"),
        (number(0, 1), 1.01, "1.01; write a number above 0 and up to 1"),
        (number(0, 1), True, "true; write a number"),
        (number(0, 1), "50%", "'50%'; write a number"),
        (number(0, 1), None, "null; write a number"),
        (FLAG, "yes", "'yes'; write true or false"),
        (FLAG, 2, "2; write true or false"),
        (FLAG, None, "null; write true or false"),
    ],
)
def test_rejected_by_parser_and_schema(reader, value, message):
    assert error_of(reader, value, "it").startswith(f"it is {message}")
    assert not fits(reader, value) or (reader, value) == (FLAG, 2)


def test_rejected_only_by_the_parser():
    for reader, value, message in (
        *((reader, 16**5000, "it is something too large to show") for reader in (DURATION, integer(1, 9), FLAG)),
        (number(0, 1), 16**5000, "it is something too large to show; write a number above 0"),
        (DATE, "2026-02-30", "it is '2026-02-30'; write a date"),
        (DATE, datetime.datetime(2026, 12, 31, 6), "it is the time 2026-12-31T06:00:00; write a date"),
        (ZONE, "Europe/Nowhere", "it is 'Europe/Nowhere', which is not a time zone known"),
        (number(0, 1), float("nan"), "it is nan; write a number"),
    ):
        assert error_of(reader, value, "it").startswith(message)


# Values of YAML 1.1 without quotes.
@pytest.mark.parametrize(
    ("written", "loaded", "reader", "read"),
    [
        ("16:00", 960, TIME_OF_DAY, None),
        ('"16:00"', "16:00", TIME_OF_DAY, 960),
        ("00:00", "00:00", TIME_OF_DAY, 0),
        ("08:30", "08:30", TIME_OF_DAY, 510),
        ("2026-12-31", datetime.date(2026, 12, 31), DATE, datetime.date(2026, 12, 31)),
        ('"2026-12-31"', "2026-12-31", DATE, datetime.date(2026, 12, 31)),
        ("2026-12-31 06:00:00", datetime.datetime(2026, 12, 31, 6), DATE, None),
        ("20%", "20%", PERCENT, 0.2),
        ("26h", "26h", DURATION, 93600),
        ("1e5", "1e5", DURATION, None),
        ("yes", True, FLAG, True),
        ("off", False, FLAG, False),
        ("no", False, TEXT, None),
        ("0x10", 16, integer(1, 99), 16),
        ("1_0", 10, integer(1, 99), 10),
        (".5", 0.5, number(0, 1), 0.5),
        (".nan", None, number(0, 1), None),
        (".inf", float("inf"), number(0, 1), None),
    ],
)
def test_yaml_without_quotes(written, loaded, reader, read):
    value = yaml.safe_load(written)
    assert value == loaded or loaded is None
    if read is None:
        with pytest.raises(PolicyError):
            reader(value, "it")
    else:
        assert reader(value, "it") == read


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


def test_default_zone():
    text = "2026-03-29T04:00:00"
    assert as_instant(text) == as_instant(text, ZONE("UTC", "zone"))


@pytest.mark.parametrize("name", ["UTC", "Etc/UTC", "Europe/Berlin", "Asia/Kathmandu", "America/Argentina/Ushuaia"])
def test_name_of_a_zone(name):
    assert str(ZONE(name, "zone")) == name


def test_summer_time_of_a_zone():
    zone = ZONE("Europe/Berlin", "zone")
    assert datetime.datetime(2026, 7, 1, tzinfo=zone).utcoffset() == datetime.timedelta(hours=2)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "Europe/Berln",
            "'Europe/Berln', which is not a time zone known to this machine (did you mean Europe/Berlin?)",
        ),
        ("Europe", "'Europe', which is not a time zone known"),
        ("../etc/passwd", "'../etc/passwd', which is not a time zone known"),
        ("/etc/localtime", "'/etc/localtime', which is not a time zone known"),
        ("+02:00", "'+02:00', which is not a time zone known"),
        (" UTC", "' UTC', which is not a time zone known"),
        ("zone.tab", "'zone.tab', which is not a time zone known"),
        ("a\0b", r"'a\x00b', which is not a time zone known"),
        ("x" * 5000, "'xxxx"),
    ],
)
def test_unknown_zone(name, message):
    error = error_of(ZONE, name, "policy.timezone")
    assert error.startswith(f"policy.timezone is {message}")
    assert error.endswith("; write the IANA name of a time zone, such as UTC or Europe/Berlin")


@settings(deadline=None)
@given(st.text())
def test_any_name_is_a_zone_or_an_error(name):
    try:
        assert isinstance(ZONE(name, "zone"), datetime.tzinfo)
    except PolicyError as error:
        assert "\n" not in str(error)


def test_no_time_zone_database(monkeypatch):
    def not_found(name):
        raise zoneinfo.ZoneInfoNotFoundError(name)

    monkeypatch.setattr(zoneinfo, "ZoneInfo", not_found)
    monkeypatch.setattr(zoneinfo, "available_timezones", set)
    assert "this machine has no time zone database (install the Python package tzdata" in error_of(
        ZONE, "Europe/Berlin", "zone"
    )
    assert ZONE("UTC", "zone") is datetime.UTC


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("rulez", " (did you mean rules?)"),
        ("xyz", ""),
        ("", ""),
        (7, ""),
        (None, ""),
    ],
)
def test_nearest(word, hint):
    assert nearest(word, ("name", "rules")) == hint


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


def test_shown_is_always_one_line():
    class Odd:
        def __repr__(self):
            return "odd\n  thing"

    endless = []
    for depth in range(100000):
        endless = [endless]
    assert shown(Odd()) == "odd thing"
    assert shown(endless) == "something too large to show"
    assert shown(16**5000) == "something too large to show"
