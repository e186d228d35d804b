# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Dictionaries and lists of the policy language: known keys, defaults, required keys, and the paths in messages."""

from __future__ import annotations

import datetime
import types
import typing as t

import jsonschema
import pytest
from ansible_collections.community.onapp.plugins.module_utils._policy.values import (
    DURATION,
    ID,
    Items,
    OneOrMore,
    PolicyError,
    Section,
    Setting,
    Table,
    choice,
    dictionary,
    integer,
    key_path,
    plain,
    setting,
    text,
)
from ansible_collections.community.onapp.tests.tools.schemas import schema_of

HOUR = 3600
DAY = 24 * HOUR


def error_of(parse, *arguments):
    with pytest.raises(PolicyError) as caught:
        parse(*arguments)
    return str(caught.value)


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("rpo", "policy.rpo"),
        ("naïve_as", "policy.naïve_as"),
        ("db-*", "policy.db-*"),
        (1, "policy.1"),
        (True, "policy.true"),
        (None, "policy.null"),
        ("", "policy.''"),
        ("two words", "policy.'two words'"),
        ("two\nlines", r"policy.'two\nlines'"),
        (datetime.date(2026, 1, 1), "policy.the date 2026-01-01"),
    ],
)
def test_path_of_a_key(key, path):
    assert key_path("policy", key) == path


def test_path_of_a_large_key():
    assert len(key_path("policy", "x" * 5000)) < 100
    assert key_path("policy", 16**5000) == "policy.something too large to show"


TEXT = text("a name")
FEW = choice("include", "exclude")
SITES = Table(integer(1, 99), TEXT, "a dictionary of sites")
LEVELS = Table(choice("daily", "weekly", "monthly", "yearly", "never"), FEW, "a dictionary of levels")
NAMED = Items(
    Section({"name": Setting(TEXT, required=True), "size": Setting(integer(1, 9), 1)}),
    "name",
    "a list of things",
)


def fits(reader, value):
    return jsonschema.Draft202012Validator(schema_of(reader)).is_valid(value)


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        (SITES, {}, {}),
        (SITES, {"3": "ams", "07": "fra"}, {3: "ams", 7: "fra"}),
        (LEVELS, {"daily": "include"}, {"daily": "include"}),
        (NAMED, [], []),
        (NAMED, [{"name": "a"}, {"name": "b", "size": 2}], [{"name": "a", "size": 1}, {"name": "b", "size": 2}]),
    ],
)
def test_accepted_by_parser_and_schema(reader, value, expected):
    assert reader(value, "it") == expected
    assert fits(reader, value)


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        (SITES, {3: "ams"}, {3: "ams"}),
        (SITES, types.MappingProxyType({"3": "ams"}), {3: "ams"}),
        (NAMED, ({"name": "a"},), [{"name": "a", "size": 1}]),
    ],
)
def test_accepted_by_the_parser(reader, value, expected):
    assert reader(value, "it") == expected


@pytest.mark.parametrize(
    ("reader", "value", "message"),
    [
        (SITES, [], "it is []; write a dictionary of sites"),
        (SITES, {"x": "ams"}, "it.x is 'x'; write a whole number from 1 to 99"),
        (SITES, {"a\nb": "ams"}, r"it.'a\nb' is 'a\nb'; write a whole number from 1 to 99"),
        (SITES, {"3": 7}, "it.3 is 7; write a name"),
        (LEVELS, None, "it is null; write a dictionary of levels"),
        (LEVELS, {"weakly": "include"}, "it.weakly is not a known key (did you mean weekly?); write any of daily, we"),
        (LEVELS, {"daily": "in"}, "it.daily is 'in'; write include or exclude"),
        (NAMED, {"name": "a"}, "it is {'name': 'a'}; write a list of things"),
        (NAMED, "a", "it is 'a'; write a list of things"),
        (NAMED, ["a"], "it[0] is 'a'; write a dictionary with any of name, size"),
        (NAMED, [{}], "it[0].name is missing"),
        (NAMED, [{"name": "a", "sise": 1}], "it[0].sise is not a known key (did you mean size?)"),
        (NAMED, [{"name": "a", "size": 0}], "it[0].size is 0; write a whole number"),
    ],
)
def test_rejected_by_parser_and_schema(reader, value, message):
    assert error_of(reader, value, "it").startswith(message)
    assert not fits(reader, value)


@pytest.mark.parametrize(
    ("reader", "value", "message"),
    [
        (SITES, {True: "ams"}, "it.true is true; write a whole number"),
        (SITES, {3: "ams", "3": "fra"}, "it.3 is there twice, once as a number and once as text; write it once"),
        (SITES, {"3": "ams", "03": "fra"}, "it.03 is there twice"),
        (
            NAMED,
            [{"name": "a"}, {"name": "b"}, {"name": "a"}],
            "it[2].name is 'a', as is that of it[0]; write a different one for each, because results name it",
        ),
    ],
)
def test_rejected_only_by_the_parser(reader, value, message):
    assert error_of(reader, value, "it").startswith(message)


class Pair(t.NamedTuple):
    low: int
    high: int | None


def _crossed(pair):
    return f".low is {pair.low}, above high" if pair.high is not None and pair.low > pair.high else None


PAIR = Section(
    {
        "low": Setting(integer(0, 9), required=True),
        "high": Setting(integer(0, 9), 5, may_be_off=True),
    },
    Pair,
    _crossed,
)
OUTER = Section({"pair": Setting(PAIR), "every": Setting(DURATION, "1h", may_be_off=True)})


def test_section():
    assert PAIR({"low": 1}, "pair") == Pair(1, 5)
    assert PAIR({"low": 1, "high": 2}, "pair") == Pair(1, 2)
    assert PAIR({"low": 1, "high": None}, "pair") == Pair(1, None)
    assert OUTER({}, "outer") == {"pair": None, "every": 3600}
    assert OUTER({"pair": {"low": 3}, "every": None}, "outer") == {"pair": Pair(3, 5), "every": None}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "outer is []; write a dictionary with any of pair, every"),
        (None, "outer is null; write a dictionary with any of pair, every"),
        (
            {"pear": {}},
            "outer.pear is not a known key (did you mean pair?); write any of pair, e",
        ),
        ({"pair": None}, "outer.pair is null; write a dictionary with any of low, high"),
        ({"pair": {}}, "outer.pair.low is missing; write it, it is needed here"),
        ({"pair": {"low": None}}, "outer.pair.low is null; write a whole number from 0 to 9"),
        ({"pair": {"low": 1, "hi": 2}}, "outer.pair.hi is not a known key"),
        ({"pair": {"low": 6}}, "outer.pair.low is 6, above high"),
    ],
)
def test_invalid_section(value, message):
    assert error_of(OUTER, value, "outer").startswith(message)


def test_complete():
    assert OUTER.complete({}) == {"every": "1h"}
    assert OUTER.complete({"pair": {"low": 1}, "every": None}) == {"pair": {"low": 1, "high": 5}, "every": None}


def test_schema_of_a_section():
    assert schema_of(OUTER) == {
        "type": "object",
        "properties": {
            "pair": {
                "type": "object",
                "properties": {
                    "low": {"type": "integer", "minimum": 0, "maximum": 9},
                    "high": {
                        "default": 5,
                        "anyOf": [{"type": "integer", "minimum": 0, "maximum": 9}, {"type": "null"}],
                    },
                },
                "required": ["low"],
                "additionalProperties": False,
            },
            "every": {
                "default": "1h",
                "anyOf": [DURATION.schema, {"type": "null"}],
            },
        },
        "additionalProperties": False,
    }


def test_section_of_a_named_tuple():
    class Range(t.NamedTuple):
        first: int = setting(integer(0, 9), required=True)
        places: int | None = setting(integer(0, 9), 5, may_be_off=True, key="count")

        def problem(self):
            return " ends too late" if self.places and self.first + self.places > 9 else None

    section = Section.of(Range)
    assert section({"first": 1}, "it") == Range(1, 5)
    assert section({"first": 9, "count": None}, "it") == Range(9, None)
    assert error_of(section, {"first": 9}, "it") == "it ends too late"
    assert error_of(section, {}, "it").startswith("it.first is missing")
    assert error_of(section, {"first": 1, "places": 2}, "it").startswith("it.places is not a known key; write any of f")
    assert schema_of(section)["required"] == ["first"]
    assert Section.of(Pair) == Section({}, Pair)


def test_inherited_keys_are_not_required():
    assert schema_of(PAIR)["required"] == ["low"]
    assert "required" not in schema_of(PAIR, inherits=True)
    limits = Section({"size": Setting(PAIR), "clock": Setting(PAIR)})
    properties = schema_of(limits)["properties"]
    assert [key for key, one in properties.items() if "required" in one] == ["clock"]
    assert error_of(PAIR, {}, "pair").startswith("pair.low is missing")


def test_deferred_setting():
    deferred = Setting(PAIR, deferred=True)
    assert deferred.parse("anything", "pair") == "anything"
    assert schema_of(Section({"pair": deferred}))["properties"] == {"pair": schema_of(PAIR)}


def test_dictionary():
    document = types.MappingProxyType({"a": 1})
    assert dictionary(document, "it", {"a": None, "b": None}) is document
    assert error_of(dictionary, {7: 1}, "it", {"a": None}).startswith("it.7 is not a known key")


def test_one_or_more():
    def build(values):
        if 9 in values:
            raise ValueError("which has a nine")
        return tuple(values)

    some = OneOrMore(integer(1, 9), build)
    assert some(1, "it") == some([1], "it") == some((1,), "it") == (1,)
    assert some(["2", 3], "it") == (2, 3)
    assert error_of(some, None, "it") == "it is null; write a whole number from 1 to 9"
    assert error_of(some, [1, "x"], "it") == "it[1] is 'x'; write a whole number from 1 to 9"
    assert error_of(some, [9], "it") == "it is [9], which has a nine"
    assert error_of(some, [], "it") == (
        "it is an empty list, which matches nothing; write at least one value, or leave it out"
    )
    assert [fits(some, value) for value in (1, [1, 2], [], [0])] == [True, True, False, False]


def test_limit_of_lists():
    for reader in (NAMED, OneOrMore(ID, tuple)):
        assert error_of(reader, [1] * 10001, "it") == "it has 10001 entries; write at most 10000"


def test_tagged_text_becomes_plain():
    class Tagged(str):
        pass

    assert TEXT(Tagged(" a "), "it").__class__ is str


def test_plain():
    class Taggedtext(str):
        pass

    class Taggednumber(int):
        pass

    class TaggedShare(float):
        pass

    written = types.MappingProxyType(
        {
            Taggedtext("a"): (Taggedtext("b"), [None, True]),
            7: datetime.date(2026, 12, 31),
            "numbers": [Taggednumber(7), TaggedShare(0.5)],
        }
    )
    made = plain(written)
    assert made == {"a": ["b", [None, True]], "7": "2026-12-31", "numbers": [7, 0.5]}
    assert made.__class__ is dict
    assert [key.__class__ for key in made] == [str, str, str]
    assert made["a"][0].__class__ is str
    assert made["a"][1][1] is True
    assert [number.__class__ for number in made["numbers"]] == [int, float]
