# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which virtual machines a `match` selects."""

from __future__ import annotations

import fnmatch
import re
import types

import pytest
from ansible_collections.community.onapp.plugins.module_utils._policy import rules as _rules
from ansible_collections.community.onapp.plugins.module_utils._policy.rules import (
    CONDITIONS,
    MATCH,
    matches,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.values import PolicyError
from ansible_collections.community.onapp.tests.tools.schemas import schema_of
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import linux_vm


def hits(match, **fields):
    return matches(MATCH(match, "match"), linux_vm(**fields))


@pytest.mark.parametrize(
    ("match", "fields", "expected"),
    [
        ({"any": True}, {}, True),
        ({"any": True}, {"label": None, "user_id": None}, True),
        ({"label": "db-*"}, {}, True),
        ({"label": "db-0?"}, {}, True),
        ({"label": "db-[01][12]"}, {}, True),
        ({"label": "db-[!0]*"}, {}, False),
        ({"label": "DB-*"}, {}, False),
        ({"label": "db"}, {}, False),
        ({"label": "b-01"}, {}, False),
        ({"label": "*"}, {"label": "two\nlines"}, True),
        ({"label": "db-01"}, {"label": "db-01\n"}, False),
        ({"label": "*"}, {"label": None}, False),
        ({"label": ["web-*", "db-*"]}, {}, True),
        ({"label": ("web-*", "db-*")}, {}, True),
        ({"label": ["web-*", "*a*b*c*", "x.1"]}, {"label": "zabc"}, True),
        ({"label": "x.1"}, {"label": "xy1"}, False),
        ({"hostname": "*.example.com"}, {}, True),
        ({"hostname": "*.example.org"}, {}, False),
        ({"identifier": "abc*"}, {}, True),
        ({"identifier": "db*"}, {}, False),
        ({"id": 42}, {}, True),
        ({"id": "42"}, {}, True),
        ({"id": [1, "42"]}, {}, True),
        ({"id": [1, 2]}, {}, False),
        ({"user_id": 7}, {}, True),
        ({"user_id": 7}, {"user_id": None}, False),
        ({"template_id": 3}, {}, True),
        ({"template_id": [4, 5]}, {}, False),
        ({"operating_system": "linux"}, {}, True),
        ({"operating_system": "rhel"}, {}, True),
        ({"operating_system": "win*"}, {}, False),
        ({"operating_system": "*"}, {"operating_system": None}, True),
        ({"operating_system": "*"}, {"operating_system": None, "operating_system_distro": None}, False),
        ({"label": "db-*", "user_id": 7}, {}, True),
        ({"label": "db-*", "user_id": 8}, {}, False),
        ({"label": "db-*", "any": True}, {"label": "web"}, False),
        (types.MappingProxyType({"label": "db-*"}), {}, True),
    ],
)
def test_match(match, fields, expected):
    assert hits(match, **fields) is expected


@pytest.mark.parametrize("pattern", ["*a*b*", "[", "[]a]", "a[!b-d]?", "(x|y)", "**", "\\*", "é*", "[z-a]"])
@pytest.mark.parametrize("label", ["xaybz", "[", "]a", "axe", "(x|y)", "", "\\", "été"])
def test_patterns_equal_fnmatch(pattern, label):
    assert hits({"label": ["no-such-*-thing", pattern]}, label=label) is fnmatch.fnmatchcase(label, pattern)


def test_time_of_hostile_patterns():
    assert not hits({"label": "*a" * 20 + "b"}, label="a" * 200)


@pytest.mark.parametrize(
    ("match", "message"),
    [
        ({}, "m is empty, which matches nothing; write any: true to match every VM"),
        (None, "m is null; write a dictionary with any of label, hostname, identifier, id"),
        ("db-*", "m is 'db-*'; write a dictionary"),
        (["db-*"], "m is ['db-*']; write a dictionary"),
        (
            {"lable": "db-*"},
            "m.lable is not a known key (did you mean label?); write any of label, ho",
        ),
        ({"group": "onapp"}, "m.group is not a known key"),
        ({"user": 7}, "m.user is not a known key (did you mean user_id?)"),
        ({"label": []}, "m.label is an empty list, which matches nothing; write at least one value, or leave it out"),
        ({"label": None}, "m.label is null; write a pattern as text, such as db-*"),
        ({"label": ["a", 7]}, "m.label[1] is 7; write a pattern as text, such as db-* (in quotes if it looks like a"),
        ({"operating_system": [""]}, "m.operating_system[0] is ''; write a pattern"),
        ({"hostname": {"a": 1}}, "m.hostname is {'a': 1}; write a pattern"),
        ({"id": "4*"}, "m.id is '4*'; write an id, a whole number such as 42"),
        ({"id": []}, "m.id is an empty list"),
        ({"user_id": [True]}, "m.user_id[0] is true; write an id"),
        ({"template_id": 0}, "m.template_id is 0; write an id"),
        ({"template_id": -3}, "m.template_id is -3; write an id"),
        ({"id": 1e300}, "m.id is 1e+300; write an id"),
        ({"any": False}, "m.any is false; write true, or leave it out"),
        ({"any": "true"}, "m.any is 'true'; write true"),
        ({"any": 1}, "m.any is 1; write true"),
    ],
)
def test_invalid_match(match, message):
    with pytest.raises(PolicyError) as caught:
        MATCH(match, "m")
    assert str(caught.value).startswith(message)


def test_pattern_that_this_python_cannot_compile(monkeypatch):
    def stumble(pattern):
        raise re.error("bad character range z-a")

    monkeypatch.setattr(_rules.fnmatch, "translate", stumble)
    with pytest.raises(PolicyError) as caught:
        MATCH({"label": "[z-a]"}, "m")
    assert str(caught.value) == "m.label is '[z-a]', which is not a shell pattern; write one such as db-*"


def test_schema_has_the_same_keys():
    schema = schema_of(MATCH)
    assert list(schema["properties"]) == list(CONDITIONS)
    assert schema["additionalProperties"] is False
    assert schema["minProperties"] == 1
