# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of expressions, the variables that they depend on, and tenants' texts as data."""

from __future__ import annotations

import json

import pytest
from ansible_collections.community.onapp.plugins.plugin_utils._constructed import (
    ExpressionError,
    Expressions,
    identity_at,
    read_paths,
)
from hypothesis import given
from hypothesis import strategies as st

VARIABLES = {
    "onapp_label": "web",
    "onapp_id": 7,
    "onapp_booted": True,
    "onapp_note": None,
    "onapp_ip_addresses": ["192.0.2.1", "192.0.2.2"],
    "onapp_backup": {"state": "protected", "flags": ["at_risk"], "age_seconds": 3600},
    "listed": "[1, 2]",
    "template": "{{ onapp_id }}",
}
jsons = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=6,
)


class TestValue:
    @pytest.mark.parametrize(
        ("expression", "value"),
        [
            pytest.param("onapp_label", "web", id="a text"),
            pytest.param("onapp_id", 7, id="a number"),
            pytest.param("onapp_id ~ ''", "7", id="a text that looks like a number"),
            pytest.param("listed", "[1, 2]", id="a text that looks like a list"),
            pytest.param("'{' ~ '}'", "{}", id="a text that looks like a dictionary"),
            pytest.param("'true'", "true", id="a text that looks like a flag"),
            pytest.param("' x '", " x ", id="spaces around"),
            pytest.param("'x\\n'", "x\n", id="a line break at the end"),
            pytest.param("onapp_note", None, id="nothing"),
            pytest.param("onapp_ip_addresses", ["192.0.2.1", "192.0.2.2"], id="a list"),
            pytest.param("onapp_backup", VARIABLES["onapp_backup"], id="a dictionary"),
            pytest.param("onapp_backup.age_seconds // 3600", 1, id="arithmetic"),
            pytest.param("onapp_id == 7 and onapp_booted", True, id="logic"),
            pytest.param("onapp_ip_addresses | first", "192.0.2.1", id="a filter"),
            pytest.param("onapp_label if onapp_id > 9 else 'small'", "small", id="a condition"),
            pytest.param("template", "{{ onapp_id }}", id="a template in a variable"),
        ],
    )
    def test_examples(self, expression, value, expressions, trusted):
        found = expressions.value(trusted(expression), VARIABLES)
        assert found == value
        assert isinstance(found, bool) is isinstance(value, bool)

    @given(jsons)
    def test_any_variable_is_returned_unchanged(self, expressions, trusted, value):
        found = expressions.value(trusted("onapp_x"), {"onapp_x": value})
        assert json.dumps(found) == json.dumps(value)

    @given(st.text("{}%# '\"abx()[]|", max_size=12))
    def test_tenant_text_is_no_template(self, expressions, trusted, text):
        for template in (text, "{{ " + text + " }}", "{% set x = 1 %}" + text, "{{ nothing }}"):
            assert expressions.value(trusted("onapp_label"), {"onapp_label": template}) == template
            nested = expressions.value(trusted("onapp_all"), {"onapp_all": [{"label": template}]})
            assert nested == [{"label": template}]

    def test_extra_variables_have_precedence(self, templar, trusted):
        expressions = Expressions(templar, {"onapp_label": "extra", "limit": 5})
        assert expressions.value(trusted("onapp_label ~ limit ~ onapp_id"), VARIABLES) == "extra57"

    def test_variables_do_not_leak_to_the_next_machine(self, expressions, trusted):
        assert expressions.value(trusted("a | default('none')"), {"a": "own"}) == "own"
        assert expressions.value(trusted("a | default('none')"), {"b": "own"}) == "none"

    @pytest.mark.parametrize(
        "expression",
        ["nothing", "onapp_id +", "onapp_label + 1", "onapp_id | no_such_filter", "1 }} {{ 2", "1 / 0"],
    )
    def test_failing_expressions(self, expression, expressions, trusted):
        with pytest.raises(ExpressionError) as caught:
            expressions.value(trusted(expression), VARIABLES)
        assert str(caught.value)
        assert str(caught.value).isprintable()

    def test_error_names_the_cause(self, expressions, trusted):
        with pytest.raises(ExpressionError, match="'nothing' is undefined"):
            expressions.value(trusted("nothing"), {})


class TestCondition:
    @pytest.mark.parametrize(
        ("expression", "holds"),
        [
            ("onapp_booted", True),
            ("not onapp_booted", False),
            ("onapp_label in ['web', 'db']", True),
            ("onapp_label is match('w')", True),
            ("onapp_id > 7", False),
            ("onapp_note is none", True),
            ("onapp_id | bool", True),
        ],
    )
    def test_expressions(self, expression, holds, expressions, trusted):
        variables = {**VARIABLES, "onapp_id": 1 if "bool" in expression else 7}
        assert expressions.condition(trusted(expression), variables) is holds

    @pytest.mark.parametrize("value", [True, False])
    def test_true_and_false_are_not_evaluated(self, value):
        assert Expressions(None, {}).condition(value, {}) is value

    @pytest.mark.parametrize(
        ("expression", "kind"),
        [
            ("onapp_note", "null"),
            ("onapp_label", "a text"),
            ("'true'", "a text"),
            ("onapp_id", "a number"),
            ("onapp_ip_addresses", "a list"),
            ("onapp_backup", "a dictionary"),
        ],
    )
    def test_neither_true_nor_false(self, expression, kind, expressions, trusted):
        with pytest.raises(ExpressionError) as caught:
            expressions.condition(trusted(expression), VARIABLES)
        assert str(caught.value) == f"it gives {kind}, not true or false; use is, in, == or | bool"

    def test_failing_expressions(self, expressions, trusted):
        with pytest.raises(ExpressionError, match="'nothing' is undefined"):
            expressions.condition(trusted("nothing"), VARIABLES)


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
def test_used_variables(expression, paths):
    assert read_paths(expression, {}) == paths


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
        "'{{ label }}'",
        "'{' ~ label",
        "'#jinja2: x'",
        "inventory_hostname",
        "group_names",
        None,
        7,
        ["label"],
    ],
)
def test_dynamic_expressions(expression):
    assert read_paths(expression, {}) is None


def test_constants_use_no_variables():
    assert read_paths(True, {}) == read_paths("'text'", {}) == frozenset()


def test_extra_variables():
    assert read_paths("label ~ extra", {"extra": 1}) is None


def identity(value):
    return identity_at(frozenset({("x",)}), {"x": value})


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


def test_values_of_other_types_differ():
    identities = [identity(value) for value in DIFFERENT]
    assert len(set(identities)) == len(DIFFERENT)
    assert identities == [identity(value) for value in DIFFERENT]


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize("value", [Text("x"), [Text("x")], {"a": (1, 2)}, (1,), object(), {Text("a"): 1}, b"x"])
def test_other_data_has_no_identity(value):
    assert identity(value) is None


@pytest.mark.parametrize("path", [("y",), ("x", "y"), ("x", "a", "b"), ("inventory_hostname",)])
def test_missing_variable_has_no_identity(path):
    assert identity_at(frozenset({path}), {"x": {"a": 1}}) is None
