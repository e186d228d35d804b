# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option `filters`: what is taken as an entry, and what the first match decides."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._policy.filters import read_filters
from ansible_collections.community.onapp.plugins.module_utils._policy.match import matches
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import vm


def told(entries):
    with pytest.raises(ConfigError) as caught:
        read_filters(entries)
    return caught.value.text


@pytest.mark.parametrize("entries", [None, [], ()])
def test_none(entries):
    assert read_filters(entries) == ()


def test_order_and_verbs():
    filters = read_filters(
        [{"exclude": {"label": "db-*"}}, {"include": {"id": [42, "43"], "user_id": 7}}, {"exclude": {"any": True}}]
    )
    assert [one.include for one in filters] == [False, True, False]
    assert [matches(one.match, vm(label="db-1")) for one in filters] == [True, True, True]
    assert [matches(one.match, vm(label="web-1")) for one in filters] == [False, True, True]
    assert [matches(one.match, vm(label="web-1", user_id=8)) for one in filters] == [False, False, True]
    assert [matches(one.match, vm(id=43, label=None)) for one in filters] == [False, True, True]


@pytest.mark.parametrize(
    "entry",
    [
        {},
        None,
        "exclude",
        ["exclude"],
        {"exclude": {"any": True}, "include": {"any": True}},
        {"Exclude": {"any": True}},
        {"exclude ": {"any": True}},
        {None: {"any": True}},
        {1: {"any": True}},
        {"label": "db-*"},
    ],
    ids=str,
)
def test_what_is_no_entry(entry):
    text = told([{"include": {"any": True}}, entry])
    assert text.startswith("The option filters[1] must be a dictionary with the one key include or exclude")


@pytest.mark.parametrize(
    ("match", "said"),
    [
        ({}, "filters[0].exclude is empty"),
        (None, "filters[0].exclude is null"),
        (["db-*"], "filters[0].exclude is ['db-*']"),
        ({"labels": "db-*"}, "filters[0].exclude.labels is no key"),
        ({"label": 5}, "filters[0].exclude.label is 5"),
        ({"label": ["a", None]}, "filters[0].exclude.label[1] is null"),
        ({"id": 0}, "filters[0].exclude.id is 0"),
        ({"any": False}, "filters[0].exclude.any is false"),
    ],
)
def test_what_is_no_match(match, said):
    assert told([{"exclude": match}]).startswith(f"The option filters is wrong: {said}")
