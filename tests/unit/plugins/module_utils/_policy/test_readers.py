# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Readers: what each takes and refuses, and that its schema says the same."""

from __future__ import annotations

import datetime
import types

import jsonschema
import pytest
import yaml
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import PolicyError
from ansible_collections.community.onapp.plugins.module_utils._policy.language import Section, Setting
from ansible_collections.community.onapp.plugins.module_utils._policy.readers import (
    Choice,
    Date,
    Duration,
    Flag,
    Items,
    Number,
    Percent,
    Table,
    Text,
    TimeOfDay,
    Whole,
    Zone,
)

TEXT = Text("a name")
FEW = Choice(("include", "exclude"))
MANY = Choice(("daily", "weekly", "monthly", "yearly", "never"))
SITES = Table(Whole(1, 99), TEXT, "a dictionary of sites")
LEVELS = Table(MANY, FEW, "a dictionary of levels")
NAMED = Items(
    Section({"name": Setting(TEXT, "Its name.", required=True), "size": Setting(Whole(1, 9), "Its size.", 1)}, dict),
    "name",
    "a list of things",
)


def fits(reader, value):
    return jsonschema.Draft202012Validator(reader.schema()).is_valid(value)


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        (TEXT, "a", "a"),
        (TEXT, " a b ", " a b "),
        (FEW, "include", "include"),
        (Duration(), "26h", 93600),
        (Duration(), " 010m ", 600),
        (Zone(), "UTC", datetime.UTC),
        (TimeOfDay(), "00:00", 0),
        (TimeOfDay(), "16:00", 960),
        (TimeOfDay(), " 23:59 ", 1439),
        (Date(), "2026-12-31", datetime.date(2026, 12, 31)),
        (Date(), " 2028-02-29 ", datetime.date(2028, 2, 29)),
        (Percent(), "0%", 0.0),
        (Percent(), "20%", 0.2),
        (Percent(), " 020 % ", 0.2),
        (Percent(), "100%", 1.0),
        (Whole(1, 9), 1, 1),
        (Whole(1, 9), 9.0, 9),
        (Number(0, 1), 0.5, 0.5),
        (Number(0, 1), 1, 1.0),
        (Flag(), True, True),
        (Flag(), False, False),
        (SITES, {}, {}),
        (SITES, {"3": "ams", "07": "fra"}, {3: "ams", 7: "fra"}),
        (LEVELS, {"daily": "include"}, {"daily": "include"}),
        (NAMED, [], []),
        (NAMED, [{"name": "a"}, {"name": "b", "size": 2}], [{"name": "a", "size": 1}, {"name": "b", "size": 2}]),
    ],
)
def test_taken_by_the_reader_and_by_its_schema(reader, value, expected):
    read = reader(value, "it")
    assert read == expected
    assert read.__class__ is expected.__class__
    assert fits(reader, value)


# What templates make of numbers and flags, and what YAML makes of dates and ids, which JSON does not have.
@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        (Whole(1, 9), "2", 2),
        (Whole(1, 9), " 2.0 ", 2),
        (Number(0, 1), "0.5", 0.5),
        (Number(0, 1), " 1 ", 1.0),
        (Flag(), "true", True),
        (Flag(), " False ", False),
        (Flag(), 1, True),
        (Flag(), "0", False),
        (Date(), datetime.date(2026, 12, 31), datetime.date(2026, 12, 31)),
        (SITES, {3: "ams"}, {3: "ams"}),
        (SITES, types.MappingProxyType({"3": "ams"}), {3: "ams"}),
        (NAMED, ({"name": "a"},), [{"name": "a", "size": 1}]),
    ],
)
def test_taken_by_the_reader(reader, value, expected):
    assert reader(value, "it") == expected


@pytest.mark.parametrize(
    ("reader", "value", "told"),
    [
        (TEXT, "", "''; write a name"),
        (TEXT, " ", "' '; write a name"),
        (TEXT, 7, "7; write a name"),
        (TEXT, None, "null; write a name"),
        (FEW, "Include", "'Include'; write include or exclude"),
        (FEW, False, "false; write include or exclude"),
        (FEW, ["include"], "['include']; write include or exclude"),
        (MANY, "weakly", "'weakly' (did you mean weekly?); write daily or weekly or monthly or yearly or never"),
        (Duration(), 26, "26, a number without a unit"),
        (Duration(), "00h", "'00h', which is no time at all"),
        (Zone(), None, "null; write the IANA name of a time zone, such as UTC or Europe/Berlin"),
        (Zone(), 2, "2; write the IANA name"),
        (TimeOfDay(), 960, "960, a number (YAML 1.1 turns an unquoted 16:00 into the number 960); write hours and"),
        (TimeOfDay(), True, 'true; write hours and minutes in quotes, such as "16:00"'),
        (TimeOfDay(), "24:00", "'24:00'; write hours"),
        (TimeOfDay(), "16:60", "'16:60'; write hours"),
        (TimeOfDay(), "6:00", "'6:00'; write hours"),
        (TimeOfDay(), "16:00:00", "'16:00:00'; write hours"),
        (TimeOfDay(), "١٦:00", "'١٦:00'; write hours"),
        (Date(), "31.12.2026", "'31.12.2026'; write a date, such as 2026-12-31"),
        (Date(), "2026-12-31T00:00:00Z", "'2026-12-31T00:00:00Z'; write a date"),
        (Date(), "20261231", "'20261231'; write a date"),
        (Date(), 2026, "2026; write a date"),
        (Date(), None, "null; write a date"),
        (Percent(), "101%", "'101%'; write a whole number from 0 to 100 and %, such as 20%"),
        (Percent(), "-1%", "'-1%'; write a whole number"),
        (Percent(), "2.5%", "'2.5%'; write a whole number"),
        (Percent(), "20", "'20'; write a whole number"),
        (Percent(), 0.2, "0.2; write a whole number"),
        (Whole(1, 9), 0, "0; write a whole number from 1 to 9"),
        (Whole(1, 9), 10, "10; write a whole number from 1 to 9"),
        (Whole(1, 9), 1.5, "1.5; write a whole number"),
        (Whole(1, 9), True, "true; write a whole number"),
        (Whole(1, 9), None, "null; write a whole number"),
        (Whole(1, 9), "two", "'two'; write a whole number"),
        (Number(0, 1), 0, "0; write a number above 0 and up to 1"),
        (Number(0, 1), 1.01, "1.01; write a number above 0 and up to 1"),
        (Number(0, 1), True, "true; write a number"),
        (Number(0, 1), "50%", "'50%'; write a number"),
        (Number(0, 1), None, "null; write a number"),
        (Flag(), "yes", "'yes'; write true or false"),
        (Flag(), 2, "2; write true or false"),
        (Flag(), None, "null; write true or false"),
        (SITES, [], "[]; write a dictionary of sites"),
        (LEVELS, None, "null; write a dictionary of levels"),
        (NAMED, {"name": "a"}, "{'name': 'a'}; write a list of things"),
        (NAMED, "a", "'a'; write a list of things"),
    ],
)
def test_refused_by_the_reader_and_by_its_schema(reader, value, told):
    with pytest.raises(PolicyError) as caught:
        reader(value, "it")
    assert str(caught.value).startswith(f"it is {told}")
    assert not fits(reader, value) or (reader, value) == (Flag(), 2)


@pytest.mark.parametrize(
    ("reader", "value", "told"),
    [
        (SITES, {"x": "ams"}, "it.x is 'x'; write a whole number from 1 to 99"),
        (SITES, {"a\nb": "ams"}, r"it.'a\nb' is 'a\nb'; write a whole number from 1 to 99"),
        (SITES, {"3": 7}, "it.3 is 7; write a name"),
        (LEVELS, {"weakly": "include"}, "it.weakly is no key of this version of the policy language (did you mean w"),
        (LEVELS, {"daily": "in"}, "it.daily is 'in'; write include or exclude"),
        (NAMED, ["a"], "it[0] is 'a'; write a dictionary with any of name, size"),
        (NAMED, [{}], "it[0].name is missing"),
        (NAMED, [{"name": "a", "sise": 1}], "it[0].sise is no key of this version of the policy language (did you mea"),
        (NAMED, [{"name": "a", "size": 0}], "it[0].size is 0; write a whole number"),
    ],
)
def test_what_is_inside_is_refused_by_the_reader_and_by_its_schema(reader, value, told):
    with pytest.raises(PolicyError) as caught:
        reader(value, "it")
    assert str(caught.value).startswith(told)
    assert not fits(reader, value)


def test_what_only_the_reader_refuses():
    for reader, value, told in (
        *((reader, 16**5000, "it is something too large to show") for reader in (Duration(), Whole(1, 9), Flag())),
        (Number(0, 1), 16**5000, "it is something too large to show; write a number above 0"),
        (Date(), "2026-02-30", "it is '2026-02-30'; write a date"),
        (Date(), datetime.datetime(2026, 12, 31, 6), "it is the time 2026-12-31T06:00:00; write a date"),
        (Zone(), "Europe/Nowhere", "it is 'Europe/Nowhere', which is no time zone known"),
        (Number(0, 1), float("nan"), "it is nan; write a number"),
        (SITES, {True: "ams"}, "it.true is true; write a whole number"),
        (SITES, {3: "ams", "3": "fra"}, "it.3 is there twice, once as a number and once as text; write it once"),
        (SITES, {"3": "ams", "03": "fra"}, "it.03 is there twice"),
        (
            NAMED,
            [{"name": "a"}, {"name": "b"}, {"name": "a"}],
            "it[2].name is 'a', as is that of it[0]; write a different one for each, because results name it",
        ),
    ):
        with pytest.raises(PolicyError) as caught:
            reader(value, "it")
        assert str(caught.value).startswith(told)


# What YAML 1.1 makes of values without quotes.
@pytest.mark.parametrize(
    ("written", "loaded", "reader", "read"),
    [
        ("16:00", 960, TimeOfDay(), None),
        ('"16:00"', "16:00", TimeOfDay(), 960),
        ("00:00", "00:00", TimeOfDay(), 0),
        ("08:30", "08:30", TimeOfDay(), 510),
        ("2026-12-31", datetime.date(2026, 12, 31), Date(), datetime.date(2026, 12, 31)),
        ('"2026-12-31"', "2026-12-31", Date(), datetime.date(2026, 12, 31)),
        ("2026-12-31 06:00:00", datetime.datetime(2026, 12, 31, 6), Date(), None),
        ("20%", "20%", Percent(), 0.2),
        ("26h", "26h", Duration(), 93600),
        ("1e5", "1e5", Duration(), None),
        ("yes", True, Flag(), True),
        ("off", False, Flag(), False),
        ("no", False, TEXT, None),
        ("0x10", 16, Whole(1, 99), 16),
        ("1_0", 10, Whole(1, 99), 10),
        (".5", 0.5, Number(0, 1), 0.5),
        (".nan", None, Number(0, 1), None),
        (".inf", float("inf"), Number(0, 1), None),
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
