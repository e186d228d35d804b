# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names for hosts: every one can be selected, each is there once, and nothing but ids and texts decides."""

from __future__ import annotations

import os
import unicodedata

import pytest
from ansible import constants as C
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.plugin_utils._expressions import ExpressionError
from ansible_collections.community.onapp.plugins.plugin_utils._host_names import (
    LONGEST_NAME,
    MOST_SHOWN,
    NEVER_NAMES,
    HostNames,
    clean_name,
    name_hosts,
)
from hypothesis import example, given
from hypothesis import strategies as st

# Few characters, so that names meet; `-1` and the like, so that they meet what a suffix makes of others.
close_names = st.one_of(
    st.text("ab-1", min_size=1, max_size=4), st.sampled_from(["all", "localhost", "all-1", "onapp", "onapp-2", "a-1-1"])
).map(clean_name)
clouds = st.lists(st.tuples(st.integers(1, 20), close_names), max_size=12, unique_by=lambda vm: vm[0]).map(sorted)
groups = st.sets(st.sampled_from(["onapp", "a", "b", "ab", "a-1", "onapp-3"]))


class TestCleanName:
    @given(st.text())
    @example("\u0958" * 100)  # NFC makes two characters of this one
    @example("\U0001d160.")
    @example("\ud800-")
    def test_every_text_becomes_a_name_that_can_be_selected(self, text):
        name = clean_name(text)
        assert all(c in "._-" or unicodedata.category(c)[0] in "LMN" for c in name)
        assert not name.startswith(("-", "."))
        assert len(name.encode()) <= LONGEST_NAME == 200
        assert bool(name) is bool(text.strip())
        assert clean_name(name) == name

    @given(st.text(st.characters(categories=("L", "M", "N")), min_size=1, max_size=200 // 12))
    def test_scripts_are_kept(self, text):
        assert clean_name(text) == unicodedata.normalize("NFC", text)

    @given(st.text(st.characters(codec="utf-8"), max_size=20))
    def test_forms_of_one_text_give_one_name(self, text):
        stripped = text.strip()
        assert clean_name(unicodedata.normalize("NFD", stripped)) == clean_name(unicodedata.normalize("NFC", stripped))

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            pytest.param(" web ", "web", id="spaces around"),
            pytest.param("web.example.com", "web.example.com", id="host name"),
            pytest.param("B\u00fcro-\u6771\u4eac_\u0663", "B\u00fcro-\u6771\u4eac_\u0663", id="scripts"),
            pytest.param("a:b,c;d e", "a_b_c_d_e", id="separators of patterns"),
            pytest.param("!a&b~c@d", "_a_b_c_d", id="operators of patterns"),
            pytest.param("w*[0:3]?", "w__0_3__", id="wildcards"),
            pytest.param("-rf", "_rf", id="an option"),
            pytest.param("../../etc/passwd", "_._.._etc_passwd", id="another folder"),
            pytest.param("{{ x }}", "___x___", id="a template"),
            pytest.param("a\u200b\u202eb\n", "a__b", id="invisible characters"),
            pytest.param("x" * 300, "x" * 200, id="too long"),
            pytest.param("\u20ac\u6771" * 100, "_\u6771" * 50, id="too long in bytes"),
            pytest.param("x" * 199 + "\u00fc", "x" * 199, id="no half a character"),
            pytest.param("", "", id="nothing"),
            pytest.param(" \t\n", "", id="blank"),
        ],
    )
    def test_examples(self, text, name):
        assert clean_name(text) == name

    @given(st.text())
    def test_a_name_stays_in_its_folder(self, text):
        assert os.path.normpath(os.path.join("host_vars", clean_name(text + "x"))).startswith("host_vars" + os.sep)


class TestNameHosts:
    @given(clouds, groups)
    def test_each_name_is_there_once_and_never_a_reserved_one(self, spec, taken):
        names, notes = name_hosts(spec, taken, "suffix")
        assert len(names) == len(set(names)) == len(spec)
        assert not set(names) & (taken | NEVER_NAMES)
        assert notes == []

    @given(clouds, groups)
    def test_the_lowest_id_keeps_the_plain_name(self, spec, taken):
        names = name_hosts(spec, taken, "suffix").names
        seen = set()
        for name, (number, text) in zip(names, spec, strict=True):
            if text in seen or text in taken | NEVER_NAMES:
                assert name.startswith(f"{text}-{number}")
            else:
                assert name == text
            seen.add(text)

    @given(clouds, groups)
    def test_a_name_given_again_changes_no_name(self, spec, taken):
        """A second run over its own result, as with names that are kept somewhere, is the same."""
        names = name_hosts(spec, taken, "suffix").names
        again = [(number, name) for (number, text), name in zip(spec, names, strict=True)]
        assert name_hosts(again, taken, "suffix").names == names

    @given(clouds, groups)
    def test_skip_leaves_out_all_but_the_lowest_id(self, spec, taken):
        names, notes = name_hosts(spec, taken, "skip")
        texts = [text for number, text in spec]
        forbidden = taken | NEVER_NAMES
        for place, name in enumerate(names):
            is_twin = texts[place] in texts[:place] and texts[place] not in forbidden
            assert (name is None) is is_twin
        given_names = [name for name in names if name is not None]
        assert len(given_names) == len(set(given_names))
        assert not set(given_names) & forbidden
        assert len(notes) == (None in names)

    @given(clouds, groups)
    def test_fail_fails_only_for_twins(self, spec, taken):
        texts = [text for number, text in spec if text not in taken | NEVER_NAMES]
        if len(texts) == len(set(texts)):
            assert name_hosts(spec, taken, "fail") == name_hosts(spec, taken, "suffix")
        else:
            with pytest.raises(ConfigError, match="^Several virtual machines have one host name: "):
                name_hosts(spec, taken, "fail")

    @given(clouds, groups, st.data())
    def test_other_machines_without_the_name_change_nothing(self, spec, taken, data):
        others = data.draw(st.lists(st.integers(100, 120), unique=True).map(sorted))
        with_others = [*spec, *((number, f"zz{number}") for number in others)]
        names = name_hosts(with_others, taken, "suffix").names
        assert names[: len(spec)] == name_hosts(spec, taken, "suffix").names

    def test_a_suffix_makes_way_for_a_name_that_is_there(self):
        spec = [(1, "web"), (2, "web"), (3, "web-2"), (4, "web-2-2")]
        assert name_hosts(spec, (), "suffix").names == ["web", "web-2-2-2", "web-2", "web-2-2"]
        assert name_hosts([(1, "a"), (2, "a")], {"a-2"}, "suffix").names == ["a", "a-2-2"]

    def test_controllers_and_groups_of_ansible_are_no_names(self):
        for name in ("all", "ungrouped", "localhost", "127.0.0.1", *C.LOCALHOST):
            for on_duplicate in ("suffix", "fail", "skip"):
                assert name_hosts([(7, name)], (), on_duplicate).names == [f"{name}-7"]

    @pytest.mark.parametrize("on_duplicate", ["fail", "skip"])
    def test_twins_are_named_with_their_ids(self, on_duplicate):
        spec = [(number, f"n{number % 7}") for number in range(1, 60)]
        if on_duplicate == "fail":
            with pytest.raises(ConfigError) as caught:
                name_hosts(spec, (), on_duplicate)
            text = str(caught.value)
        else:
            (text,) = name_hosts(spec, (), on_duplicate).notes
        assert "n1 (ids 1, 8, 15, 22, 29); " in text
        assert text.count("(ids") == MOST_SHOWN
        assert "; and 2 more names." in text
        assert "on_duplicate" in text


class FakeExpressions:
    """Knows the value of each expression; an exception is raised."""

    def __init__(self, **values):
        self.values = values
        self.asked = []

    def value(self, expression, variables):
        self.asked.append((expression, variables["onapp_id"]))
        value = self.values[expression]
        if isinstance(value, Exception):
            raise value
        return value


def vm(number, **fields):
    facts = {"id": number, "identifier": f"identifier{number}", "label": None, "hostname": None, **fields}
    return {f"onapp_{name}": value for name, value in facts.items()}


def named(machines, hostnames=("label", "hostname", "identifier"), expressions=None, strict=False, taken=()):
    names = HostNames(hostnames, "suffix", "onapp_")
    return names.naming(machines, taken, expressions or FakeExpressions(), strict=strict)


class TestHostNames:
    @pytest.mark.parametrize(
        ("fields", "name"),
        [
            pytest.param({"label": "web", "hostname": "h"}, "web", id="the first"),
            pytest.param({"label": None, "hostname": "h"}, "h", id="the first is null"),
            pytest.param({"label": "  ", "hostname": "h"}, "h", id="the first is blank"),
            pytest.param({"label": "_/\u202e*", "hostname": "h"}, "h", id="the first has nothing to keep"),
            pytest.param({"label": "all"}, "all-7", id="a reserved one gets a suffix"),
            pytest.param({"label": "onapp"}, "onapp-7", id="a group gets a suffix"),
            pytest.param({}, "identifier7", id="the last"),
            pytest.param({"identifier": None}, "virtual-machine-7", id="none"),
        ],
    )
    def test_precedence(self, fields, name):
        assert named([vm(7, **fields)], taken={"onapp"}) == ([name], [])

    def test_the_identifier_comes_after_all_that_is_listed(self):
        assert named([vm(7)], hostnames=["label"]).names == ["identifier7"]
        assert named([vm(7)], hostnames=[]).names == ["identifier7"]

    def test_a_field_is_no_expression(self):
        expressions = FakeExpressions()
        assert named([vm(7, label="1 + 1")], expressions=expressions).names == ["1___1"]
        assert expressions.asked == []

    @pytest.mark.parametrize("entry", ["hostname", "onapp_hostname"])
    def test_a_field_may_be_written_with_its_prefix(self, entry):
        expressions = FakeExpressions()
        assert named([vm(7, label="web", hostname="h")], [entry], expressions).names == ["h"]
        assert expressions.asked == []

    def test_values_of_expressions_are_texts(self):
        expressions = FakeExpressions(number=12, nothing=None, empty="")
        assert named([vm(7)], ["nothing", "empty", "number"], expressions).names == ["12"]
        assert [expression for expression, number in expressions.asked] == ["nothing", "empty", "number"]

    def test_a_failing_expression_is_told_once_and_the_next_is_taken(self):
        expressions = FakeExpressions(bad=ExpressionError("'x' is undefined"))
        machines = [vm(number, label=f"web{number}") for number in (3, 4, 5)]
        names, (note,) = named(machines, ["bad", "label"], expressions)
        assert names == ["web3", "web4", "web5"]
        assert note == (
            "The expression of hostnames[0] failed for virtual machine 3: 'x' is undefined. The next entry was taken."
            " Set strict to true to make this an error."
        )

    def test_each_failing_expression_is_told(self):
        expressions = FakeExpressions(bad=ExpressionError("one"), worse=ExpressionError("two"))
        names, notes = named([vm(3)], ["bad", "worse"], expressions)
        assert names == ["identifier3"]
        assert [note.partition(" failed")[0][-12:] for note in notes] == ["hostnames[0]", "hostnames[1]"]

    def test_what_failed_is_forgotten_by_the_next_source(self):
        expressions = FakeExpressions(bad=ExpressionError("one"))
        names = HostNames(["bad"], "suffix", "onapp_")
        first = names.naming([vm(3)], (), expressions, strict=False)
        assert names.naming([vm(3)], (), expressions, strict=False) == first
        assert names.naming([], (), expressions, strict=False) == ([], [])

    def test_a_failing_expression_is_an_error_when_strict(self):
        expressions = FakeExpressions(bad=ExpressionError("'x' is undefined"))
        with pytest.raises(ConfigError) as caught:
            named([vm(2, label="web"), vm(3)], ["label", "bad"], expressions, strict=True)
        assert str(caught.value) == "The expression of hostnames[1] failed for virtual machine 3: 'x' is undefined."

    def test_strict_says_nothing_of_expressions_that_are_not_needed(self):
        expressions = FakeExpressions(bad=ExpressionError("one"))
        assert named([vm(3, label="web")], ["label", "bad"], expressions, strict=True) == (["web"], [])

    def test_real_expressions(self, expressions, trusted):
        machines = [vm(3, label="web"), vm(4, label="{{ 7 * 7 }}")]
        hostnames = [trusted("onapp_label ~ '.example.com'")]
        assert named(machines, hostnames, expressions).names == ["web.example.com", "___7___7___.example.com"]

    @given(st.lists(st.tuples(st.one_of(st.none(), st.text(max_size=5)), st.text(max_size=3)), max_size=8))
    def test_whatever_tenants_write_every_machine_has_its_name(self, texts):
        machines = [vm(number, label=label, hostname=name) for number, (label, name) in enumerate(texts, 1)]
        names, notes = named(machines, taken={"onapp"})
        assert len(set(names)) == len(machines)
        assert all(name and clean_name(name) == name for name in names)
        assert notes == []
