# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first filter that holds decides, and one that cannot be decided ends everything."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.plugin_utils._expressions import ExpressionError
from ansible_collections.community.onapp.plugins.plugin_utils._filters import Filter, is_kept, read_filters
from hypothesis import given
from hypothesis import strategies as st


class FakeExpressions:
    """Holds what is written; `fails` is what fails."""

    def __init__(self):
        self.asked = []

    def condition(self, expression, variables):
        self.asked.append(expression)
        if expression == "fails":
            raise ExpressionError("'x' is undefined")
        return expression is True or expression == "yes"


entries = st.lists(
    st.builds(
        lambda verb, condition: {verb: condition},
        st.sampled_from(["include", "exclude"]),
        st.sampled_from([True, False, "yes", "no"]),
    ),
    max_size=6,
)


class TestReading:
    def test_entries(self):
        assert read_filters([{"include": "onapp_booted"}, {"exclude": True}]) == [
            Filter(0, "include", "onapp_booted"),
            Filter(1, "exclude", True),
        ]

    @pytest.mark.parametrize("option", [None, []])
    def test_none(self, option):
        assert read_filters(option) == []

    @pytest.mark.parametrize(
        "entry",
        [
            pytest.param({}, id="empty"),
            pytest.param({"include": True, "exclude": True}, id="both"),
            pytest.param({"included": True}, id="another key"),
            pytest.param({1: True}, id="no key"),
            pytest.param("include", id="no dictionary"),
            pytest.param(None, id="nothing"),
        ],
    )
    def test_an_entry_of_another_shape_is_named(self, entry):
        with pytest.raises(
            ConfigError, match=r"^The option filters\[1\] must be a dictionary with the one key include"
        ):
            read_filters([{"include": True}, entry])

    @pytest.mark.parametrize("condition", [None, "", 1, 0, [], ["onapp_booted"], {"a": 1}, 1.5])
    @pytest.mark.parametrize("verb", ["include", "exclude"])
    def test_a_condition_that_is_none_is_named(self, verb, condition):
        with pytest.raises(ConfigError) as caught:
            read_filters([{"include": True}, {verb: condition}])
        assert str(caught.value) == f"The option filters[1].{verb} must be an expression, or true or false."


class TestDeciding:
    @pytest.mark.parametrize(
        ("option", "kept"),
        [
            pytest.param([], True, id="no filter"),
            pytest.param([{"include": "no"}], True, id="none holds"),
            pytest.param([{"exclude": "yes"}], False, id="exclude"),
            pytest.param([{"include": "yes"}, {"exclude": True}], True, id="include before exclude"),
            pytest.param([{"exclude": True}, {"include": "yes"}], False, id="exclude before include"),
            pytest.param([{"include": "no"}, {"exclude": True}], False, id="the rest"),
            pytest.param([{"exclude": "no"}, {"exclude": "no"}, {"exclude": "yes"}], False, id="the third"),
        ],
    )
    def test_the_first_that_holds(self, option, kept):
        assert is_kept(read_filters(option), {}, "7", FakeExpressions()) is kept

    @given(entries)
    def test_the_first_that_holds_and_none_behind_it(self, option):
        expressions = FakeExpressions()
        kept = is_kept(read_filters(option), {}, "7", expressions)
        holding = [place for place, entry in enumerate(option) if set(entry.values()) & {True, "yes"}]
        if holding:
            assert kept is ("include" in option[holding[0]])
            assert len(expressions.asked) == holding[0] + 1
        else:
            assert kept is True
            assert len(expressions.asked) == len(option)

    @pytest.mark.parametrize("verb", ["include", "exclude"])
    def test_one_that_fails_is_named(self, verb):
        with pytest.raises(ConfigError) as caught:
            is_kept(read_filters([{"include": "no"}, {verb: "fails"}]), {}, "42", FakeExpressions())
        assert str(caught.value) == (
            f"The option filters[1].{verb} cannot be decided for virtual machine 42: 'x' is undefined. Mend the"
            " expression, for example with | default(false)."
        )

    def test_one_behind_the_first_that_holds_may_fail(self):
        assert is_kept(read_filters([{"include": "yes"}, {"exclude": "fails"}]), {}, "42", FakeExpressions())

    @pytest.mark.parametrize(
        ("condition", "kept"),
        [
            pytest.param("onapp_booted", True, id="a flag"),
            pytest.param("onapp_label is match('web')", True, id="a test"),
            pytest.param("onapp_user_id == 7", False, id="a comparison"),
            pytest.param("nothing | default(false)", False, id="a default"),
        ],
    )
    def test_real_expressions(self, condition, kept, expressions, trusted):
        filters = read_filters([{"include": trusted(condition)}, {"exclude": True}])
        variables = {"onapp_booted": True, "onapp_label": "web-{{ 1 }}", "onapp_user_id": 8}
        assert is_kept(filters, variables, "42", expressions) is kept

    @pytest.mark.parametrize("condition", ["nothing", "onapp_label", "onapp_user_id", "onapp_user_id ==", "none"])
    def test_real_expressions_that_are_neither_true_nor_false(self, condition, expressions, trusted):
        filters = read_filters([{"include": trusted(condition)}])
        with pytest.raises(
            ConfigError, match=r"^The option filters\[0\]\.include cannot be decided for virtual machine 4"
        ):
            is_kept(filters, {"onapp_label": "web", "onapp_user_id": 8}, "4", expressions)
