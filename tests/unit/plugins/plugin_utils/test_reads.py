# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What decides an expression is known exactly, or said to be unknown."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.plugin_utils._reads import Unknown, paths_of, values_at
from ansible_collections.community.onapp.plugins.plugin_utils._trust import UNTRUSTED_BY_DEFAULT, as_data


@pytest.mark.parametrize(
    ("expression", "paths"),
    [
        ("label", {("label",)}),
        ("backup.state", {("backup", "state")}),
        ("backup['state']", {("backup", "state")}),
        ("backup['x'].y", {("backup", "x", "y")}),
        ("user | string", {("user",)}),
        ("'u' ~ user ~ backup.state", {("user",), ("backup", "state")}),
        ("backup.flags[0]", {("backup", "flags")}),
        ("backup[name]", {("backup",), ("name",)}),
        ("(flags | first).x", {("flags",)}),
        ("'stale' if age > 3 else other", {("age",), ("other",)}),
        ("label is match('a.*') and not booted", {("label",), ("booted",)}),
        ("label in ['a', b]", {("label",), ("b",)}),
        ("{'a': x}", {("x",)}),
        ("a, b", {("a",), ("b",)}),
        ("-x[1:n]", {("x",), ("n",)}),
        ("'constant'", set()),
    ],
)
def test_what_decides(expression, paths):
    assert paths_of(expression) == paths


@pytest.mark.parametrize(
    "expression",
    [
        "lookup('env', 'HOME')",
        "label.upper()",
        "now()",
        "range(3) | list",
        "[1, 2] | random",
        "[1, 2] | shuffle",
        "users | map('random')",
        "users | selectattr('x')",
        "label | password_hash",
        "label | lower(*flags)",
        "label | default(**more)",
        "hostvars['web'].label",
        "vars.label",
        "omit",
        "backup.items",
        "backup['keys']",
        "(users | first).pop",
        "label is file",
        "label }} {{ now()",
        "label) }}{{ (now()",
        "label }}{% set x = 1 %}{{ x",
        "",
        "label |",
        "(" * 5000,
        True,
        None,
        7,
        ["label"],
    ],
)
def test_more_may_decide(expression):
    assert paths_of(expression) is None


def identity(value):
    return values_at(frozenset({("x",)}), {"x": value})


DIFFERENT = [
    None,
    True,
    1,
    1.0,
    "1",
    0,
    False,
    0.0,
    -0.0,
    "",
    [],
    {},
    [1],
    [True],
    [[1]],
    {"a": 1},
    {"a": True},
    {1: 1},
]


def test_values_of_other_types_are_others():
    identities = [identity(value) for value in DIFFERENT]
    assert len(set(identities)) == len(DIFFERENT)
    assert identities == [identity(value) for value in DIFFERENT]


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize("value", [Text("x"), [Text("x")], {"a": (1, 2)}, (1,), object(), {Text("a"): 1}, b"x"])
def test_what_is_no_plain_data_is_unknown(value):
    with pytest.raises(Unknown):
        identity(value)


@pytest.mark.parametrize("path", [("y",), ("x", "y"), ("x", "a", "b"), ("inventory_hostname",)])
def test_what_is_not_there_is_unknown(path):
    with pytest.raises(Unknown):
        values_at(frozenset({path}), {"x": {"a": 1}})


def test_a_template_is_not_plain_data():
    text = "{{ 6 * 7 }}"
    if UNTRUSTED_BY_DEFAULT:
        assert identity(text) == identity(text)
    else:
        for value in (text, as_data(text)):
            with pytest.raises(Unknown):
                identity(value)
