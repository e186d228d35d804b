# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of settings: known keys only, defaults, what is required, and the paths in messages."""

from __future__ import annotations

import datetime
import types
import typing as t

import pytest
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import PolicyError
from ansible_collections.community.onapp.plugins.module_utils._policy.language import (
    Later,
    Section,
    Setting,
    alternatives,
    below,
    dictionary,
    one_or_more,
    plain,
    setting_schema,
    text,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.readers import Duration, Text, Whole


class Pair(t.NamedTuple):
    low: int
    high: int | None


def _crossed(pair):
    return f".low is {pair.low}, above high" if pair.high is not None and pair.low > pair.high else None


PAIR = Section(
    {
        "low": Setting(Whole(0, 9), "The lower one.", required=True),
        "high": Setting(Whole(0, 9), "The higher one.", 5, may_be_off=True),
    },
    Pair,
    _crossed,
)
OUTER = Section(
    {"pair": Setting(PAIR, "Two numbers."), "every": Setting(Duration(), "How often.", "1h", may_be_off=True)}, dict
)


def told(read, *arguments):
    with pytest.raises(PolicyError) as caught:
        read(*arguments)
    return str(caught.value)


def test_a_section_builds_what_holds_its_settings():
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
            "outer.pear is no key of this version of the policy language (did you mean pair?); write any of pair, e",
        ),
        ({"pair": None}, "outer.pair is null; write a dictionary with any of low, high"),
        ({"pair": {}}, "outer.pair.low is missing; write it, it is needed here"),
        ({"pair": {"low": None}}, "outer.pair.low is null; write a whole number from 0 to 9"),
        ({"pair": {"low": 1, "hi": 2}}, "outer.pair.hi is no key of this version of the policy language"),
        ({"pair": {"low": 6}}, "outer.pair.low is 6, above high"),
    ],
)
def test_what_a_section_refuses(value, message):
    assert told(OUTER, value, "outer").startswith(message)


def test_complete_writes_every_default_out():
    assert OUTER.complete({}) == {"pair": None, "every": "1h"}
    assert OUTER.complete({"pair": {"low": 1}, "every": None}) == {"pair": {"low": 1, "high": 5}, "every": None}


def test_schema_of_a_section():
    assert OUTER.schema() == {
        "type": "object",
        "properties": {
            "pair": {
                "description": "Two numbers.",
                "type": "object",
                "properties": {
                    "low": {"description": "The lower one.", "type": "integer", "minimum": 0, "maximum": 9},
                    "high": {
                        "description": "The higher one.",
                        "default": 5,
                        "anyOf": [{"type": "integer", "minimum": 0, "maximum": 9}, {"type": "null"}],
                    },
                },
                "required": ["low"],
                "additionalProperties": False,
            },
            "every": {
                "description": "How often.",
                "default": "1h",
                "anyOf": [Duration().schema(), {"type": "null"}],
            },
        },
        "additionalProperties": False,
    }


def test_a_schema_demands_nothing_that_may_be_inherited():
    inherits = Section(PAIR.settings, Pair, inherits=True)
    assert "required" not in inherits.schema()
    assert told(inherits, {}, "pair").startswith("pair.low is missing")


def test_later_takes_anything_and_has_the_schema_of_what_reads_it():
    later = Later(PAIR)
    assert later("anything", "pair") == "anything"
    assert later.schema() == PAIR.schema()
    assert Setting(later, "Two.").value(None, "pair") is None


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
    assert below("policy", key) == path


def test_the_path_of_a_large_key_is_short():
    assert len(below("policy", "x" * 5000)) < 100
    assert below("policy", 16**5000) == "policy.something too large to show"


def test_dictionary_gives_what_it_takes():
    document = types.MappingProxyType({"a": 1})
    assert dictionary(document, "it", {"a": None, "b": None}) is document
    assert told(dictionary, {7: 1}, "it", {"a": None}).startswith("it.7 is no key")


def test_alternatives():
    assert alternatives("x", "it") == [("it", "x")]
    assert alternatives(None, "it") == [("it", None)]
    assert alternatives(["x", "y"], "it") == [("it[0]", "x"), ("it[1]", "y")]
    assert alternatives(("x",), "it") == [("it[0]", "x")]
    assert told(alternatives, [], "it") == (
        "it is an empty list, which matches nothing; write at least one value, or leave it out"
    )
    assert one_or_more({"type": "string"})["anyOf"][1]["minItems"] == 1


def test_text():
    class Tagged(str):
        pass

    assert text(" a ", "it", "something") == " a "
    assert text(Tagged("a"), "it", "something").__class__ is str
    for value in ("", " \n", None, 7, ["a"], b"a"):
        assert told(text, value, "it", "something").endswith("; write something")


def test_plain():
    class TaggedText(str):
        pass

    class TaggedNumber(int):
        pass

    class TaggedShare(float):
        pass

    written = types.MappingProxyType(
        {
            TaggedText("a"): (TaggedText("b"), [None, True]),
            7: datetime.date(2026, 12, 31),
            "numbers": [TaggedNumber(7), TaggedShare(0.5)],
        }
    )
    made = plain(written)
    assert made == {"a": ["b", [None, True]], "7": "2026-12-31", "numbers": [7, 0.5]}
    assert made.__class__ is dict
    assert [key.__class__ for key in made] == [str, str, str]
    assert made["a"][0].__class__ is str
    assert made["a"][1][1] is True
    assert [number.__class__ for number in made["numbers"]] == [int, float]


def test_setting_schema_of_a_text():
    assert setting_schema(Setting(Text("a name"), "Its name.")) == {
        "description": "Its name.",
        "type": "string",
        "pattern": r"\S",
    }
