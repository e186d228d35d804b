# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts of the panel are never templates; everything else is left as it is."""

from __future__ import annotations

import pytest
from ansible.utils import unsafe_proxy
from ansible_collections.community.onapp.plugins.plugin_utils import _trust
from ansible_collections.community.onapp.plugins.plugin_utils._trust import as_data
from hypothesis import given
from hypothesis import strategies as st

jsons = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text("{}%ab", max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("ab{", max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


class Marked(str):
    """Stands for the mark of old versions of ansible-core."""


@pytest.fixture
def _old_core(monkeypatch):
    """An ansible-core that takes every text for a template unless it is marked."""
    monkeypatch.setattr(_trust, "UNTRUSTED_BY_DEFAULT", False)
    monkeypatch.setattr(unsafe_proxy, "AnsibleUnsafeText", Marked)


def texts_of(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for item in value for text in texts_of(item)]
    return [value] if isinstance(value, str) else []


@given(jsons)
def test_the_value_is_the_same(value):
    assert as_data(value) == value


@pytest.mark.parametrize("text", ["{{ 6 * 7 }}", "{% if true %}x{% endif %}", "{# x #}", "{{ nothing }}", "a{{"])
def test_no_text_is_a_template(text, templar, trusted):
    for value, expression in ((text, "x"), ([text], "x[0]"), ({"a": [{"b": text}]}, "x.a[0].b")):
        templar.available_variables = {"x": as_data(value)}
        assert templar.template(trusted("{{ " + expression + " }}")) == text


@pytest.mark.usefixtures("_old_core")
class TestOldCores:
    def test_exactly_what_may_be_a_template_is_marked(self):
        @given(jsons)
        def check(value):
            marked = as_data(value)
            assert marked == value
            for text in texts_of(marked):
                assert isinstance(text, Marked) is ("{" in text)

        check()

    def test_at_every_depth(self):
        marked = as_data({"a": [{"b": "{{ x }}", "c": "web"}], "d": 1})
        assert isinstance(marked["a"][0]["b"], Marked)
        assert not isinstance(marked["a"][0]["c"], Marked)

    def test_what_is_given_stays_as_it_is(self):
        row = {"a": ["{{ x }}"]}
        as_data(row)
        assert not isinstance(row["a"][0], Marked)


def test_new_cores_need_no_copy():
    if _trust.UNTRUSTED_BY_DEFAULT:
        row = {"a": ["{{ x }}"]}
        assert as_data(row) is row
    else:
        assert as_data("{{ x }}").__UNSAFE__
