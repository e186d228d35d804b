# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies as files and as dictionaries, and their fingerprints."""

from __future__ import annotations

import hashlib
import json

import pytest
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._policy.document import inline_policy, policy_of_file
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy

HOUR = 3600


@pytest.fixture
def read(tmp_path):
    def from_file(data):
        file = tmp_path / "policy"
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        return policy_of_file(str(file))

    return from_file


def error_of(read, data):
    with pytest.raises(ConfigError) as caught:
        read(data)
    assert "policy_file" in caught.value.text and "\n" not in caught.value.text
    return caught.value.text


def rules(policy):
    """Name, match and limits of every rule."""
    return [(rule.name, rule.rpo, rule.min_copies) for rule in (*policy.rules, policy.defaults)]


# Merge keys are YAML 1.1; keys of the rule override merged ones.
MERGED = """
rules:
  - &gold
    name: gold
    match: {label: gold-*}
    rpo: 12h
    min_copies: 5
  - <<: *gold
    name: silver
    match: {label: silver-*}
    rpo: 24h
  - name: tin
    rpo: 48h
    match: {label: tin-*}
    <<: *gold
"""


def test_merge_keys(read):
    assert rules(read(MERGED)[0]) == [
        ("gold", 12 * HOUR, 5),
        ("silver", 24 * HOUR, 5),
        ("tin", 48 * HOUR, 5),
        ("defaults", 26 * HOUR, 2),
    ]


def test_list_of_merges(read):
    text = "rules:\n- &a {name: a, match: {id: 1}}\n- <<: [{rpo: 1h}, *a]\n  name: b\n"
    with pytest.raises(ConfigError, match=r"merges a list of dictionaries \(line 3\)"):
        read(text)


def test_merge_key_of_a_merge_key(read):
    text = "defaults: &a {rpo: 12h}\nrules:\n- &b {<<: *a, rpo: 13h, name: b, match: {id: 1}}\n"
    text += "- {<<: *b, name: c, match: {id: 2}}\n- {<<: *b, rpo: 14h, name: d, match: {id: 3}}\n"
    assert [rpo for _name, rpo, _copies in rules(read(text)[0])] == [13 * HOUR, 13 * HOUR, 14 * HOUR, 12 * HOUR]


def test_aliases(read):
    policy, _sha256 = read("defaults: {retention: {daily: &tier {count: 7, min: 6}, weekly: *tier}}\n")
    assert policy.defaults.retention.weekly == policy.defaults.retention.daily


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("name: a\nname: b\n", "name", 2),
        ("defaults:\n  rpo: 1h\n\n  rpo: 2h\n", "rpo", 4),
        ("name: a\n'name': b\n", "name", 2),
        ("server_sites:\n  3: ams\n  7: fra\n  0x3: ams\n", "3", 4),
        ("rules:\n- {name: a, match: {any: true}, name: b}\n", "name", 2),
        ("defaults: &a {rpo: 1h}\nrules:\n- <<: *a\n  name: a\n  <<: *a\n", "<<", 5),
    ],
)
def test_duplicate_key(read, text, key, line):
    assert f"has the key {key} twice in one dictionary (line {line}): write it once" in error_of(read, text)


def test_same_key_in_two_dictionaries(read):
    assert read("defaults: {rpo: 1h}\nrules: [{name: a, match: {any: true}, rpo: 2h}]\n")[0].rules[0].rpo == 7200


@pytest.mark.parametrize("data", ["", "\ufeff", "# nothing\n", "---\n", "null", "~", "\n\n"])
def test_empty_file_is_refused(read, data):
    """A truncated file must not mean the defaults."""
    assert "is empty: write a policy into it" in error_of(read, data)


@pytest.mark.parametrize("data", ["{}", "defaults: {}\n"])
def test_policy_of_defaults(read, data):
    policy, sha256 = read(data)
    assert policy == parse_policy(None)
    assert sha256 == hashlib.sha256(data.encode()).hexdigest()


def test_dates_with_and_without_quotes(read):
    text = (
        "exemptions: [{id: a, match: {any: true}, checks: '*', category: waiver, reason: b, approved_by: c, expires: "
    )
    assert read(text + "2026-12-31}]")[0].exemptions == read(text + "'2026-12-31'}]")[0].exemptions


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ("name: [a\n", 2),
        ("name: a\n b: c\n", 2),
        ("name: 'a\n\n", 3),
        ("name: *a\n", 1),
        ("a\n---\nb\n", 2),
        ("defaults:\n  rpo: !!python/name:os.system\n", 2),
        ("- ? [a]\n  : b\n- ? {c: d}\n  : e\n", 1),
    ],
)
def test_invalid_yaml(read, data, line):
    assert f"is not YAML in line {line}: " in error_of(read, data)


@pytest.mark.parametrize("pattern", ["*", "*-db", "*db", "*.example.com", "[*, web]", "{any: *}"])
def test_pattern_without_quotes(read, pattern):
    text = error_of(read, f"rules:\n  - match: {{label: {pattern}}}\n")
    assert "is not YAML in line 2: " in text
    assert text.endswith('. Quote patterns that begin with an asterisk, such as "*-db".')


@pytest.mark.parametrize("data", ["a: [", "- a\n  -b: c: d\n", "a: &x.y!\n"])
def test_other_invalid_yaml_has_no_hint_about_patterns(read, data):
    assert "Quote patterns" not in error_of(read, data)


@pytest.mark.parametrize(
    "value", ["!!timestamp soon", "!!bool maybe", "!!int ''", "!!float a", "!!binary é", "9" * 5000]
)
def test_value_that_does_not_match_its_tag(read, value):
    assert "policy_file" in error_of(read, f"name: {value}\n")


@pytest.mark.parametrize("data", [b"\xff\xfe", b"name: \xe4", "name: a".encode("utf-32")])
def test_no_utf_8(read, data):
    assert "is not UTF-8 text" in error_of(read, data)


@pytest.mark.slow
@pytest.mark.parametrize("data", ["{" * 50_000, "[" * 50_000, "- " * 50_000, '{"a":' * 50_000])
def test_endless_depth(read, data):
    assert "nested more than 50 levels deep" in error_of(read, data)


@pytest.mark.slow
def test_largest_file(read):
    least = b'{"name": "a"}'
    assert read(least + b" " * (1024 * 1024 - len(least)))[0].name == "a"
    assert "larger than 1 MiB" in error_of(read, least + b" " * (1024 * 1024 - len(least) + 1))


@pytest.mark.parametrize(
    "data", [b"{}", *(json.dumps(value).encode() for value in ({"name": "a"}, {"defaults": {"rpo": "1h"}}))]
)
def test_fingerprint_of_a_file(read, data):
    for more in (b"", b"\n", b" \n"):
        assert read(data + more)[1] == hashlib.sha256(data + more).hexdigest()


def test_inline():
    policy, sha256 = inline_policy({"name": "a", "defaults": {"rpo": "12h"}})
    assert policy == parse_policy({"name": "a", "defaults": {"rpo": "12h"}})
    canonical = b'{"defaults":{"rpo":"12h"},"name":"a"}'
    assert sha256 == hashlib.sha256(canonical).hexdigest()
    assert inline_policy({"defaults": {"rpo": "12h"}, "name": "a"})[1] == sha256
    assert inline_policy({"defaults": {"rpo": "13h"}, "name": "a"})[1] != sha256


def test_empty_inline_policy():
    assert inline_policy(None) == inline_policy({})
    assert inline_policy(None)[1] == hashlib.sha256(b"{}").hexdigest()


def test_invalid_inline_policy():
    for wrong in ({"defaults": {"rop": "1h"}}, {"defaults": {"rpo": 26}}, {1: 2}):
        with pytest.raises(ConfigError) as caught:
            inline_policy(wrong)
        assert caught.value.text.startswith("The option policy is wrong: policy.")
