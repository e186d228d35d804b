# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option `filters` of a compliance run."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._compliance.run import parse_filters
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._policy.rules import matches, may_match
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import vm


def filter_error(entries):
    with pytest.raises(ConfigError) as caught:
        parse_filters(entries)
    return caught.value.text


@pytest.mark.parametrize("entries", [None, [], ()])
def test_no_filters(entries):
    assert parse_filters(entries) == ()


def test_order_of_filters():
    filters = parse_filters(
        [{"exclude": {"label": "db-*"}}, {"include": {"id": [42, "43"], "user_id": 7}}, {"exclude": {"any": True}}]
    )
    assert [one.include for one in filters] == [False, True, False]
    assert [matches(one.match, vm(label="db-1")) for one in filters] == [True, True, True]
    assert [matches(one.match, vm(label="web-1")) for one in filters] == [False, True, True]
    assert [matches(one.match, vm(label="web-1", user_id=8)) for one in filters] == [False, False, True]
    assert [matches(one.match, vm(id=43, label=None)) for one in filters] == [False, True, True]


@pytest.mark.parametrize(
    ("match", "unreadable", "expected"),
    [
        ({"label": "db-*"}, (), False),
        ({"label": "web-*"}, ("label",), True),
        ({"label": "db-*"}, ("label",), True),
        ({"label": "db-*"}, ("user_id",), False),
        ({"label": "db-*", "id": 42}, ("label",), True),
        ({"label": "db-*", "id": 7}, ("label",), False),
        ({"operating_system": "linux"}, ("operating_system_distro",), True),
    ],
)
def test_match_of_an_unreadable_field(match, unreadable, expected):
    (one,) = parse_filters([{"exclude": match}])
    assert may_match(one.match, vm(id=42, label="web-1", unreadable=unreadable)) is expected


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
def test_invalid_entry(entry):
    text = filter_error([{"include": {"any": True}}, entry])
    assert text.startswith("The option filters[1] must be a dictionary with the one key include or exclude")


@pytest.mark.parametrize(
    ("match", "message"),
    [
        ({}, "filters[0].exclude is empty"),
        (None, "filters[0].exclude is null"),
        (["db-*"], "filters[0].exclude is ['db-*']"),
        ({"labels": "db-*"}, "filters[0].exclude.labels is not a known key"),
        ({"label": 5}, "filters[0].exclude.label is 5"),
        ({"label": ["a", None]}, "filters[0].exclude.label[1] is null"),
        ({"id": 0}, "filters[0].exclude.id is 0"),
        ({"any": False}, "filters[0].exclude.any is false"),
    ],
)
def test_invalid_match_of_a_filter(match, message):
    assert filter_error([{"exclude": match}]).startswith(f"The option filters is wrong: {message}")
