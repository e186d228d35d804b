# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Constructed options do what Ansible's do, and what fails of them is told instead of swallowed."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleParserError
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.plugin_utils._constructed import Constructor
from ansible_collections.community.onapp.plugins.plugin_utils._trust import as_data

HOSTS = {
    "web": {"label": "web", "user": 7, "size": 4, "tag": "a", "empty": ""},
    "db": {"label": "{{ 6 * 7 }}", "user": 8, "size": 0, "tag": None, "empty": ""},
    "old": {"label": "old", "user": 7, "tag": "b", "empty": ""},
}


@pytest.fixture
def construct(plugin, inventory):
    """Applies options to the hosts above and hands back the constructor."""
    for name, variables in HOSTS.items():
        inventory.add_host(name)
        inventory.hosts[name].vars.update(as_data(variables))

    def run(**options):
        constructor = Constructor(plugin(**options))
        for name in HOSTS:
            constructor.construct(name)
        return constructor

    return run


def members(inventory, name):
    return [host.name for host in inventory.groups[name].hosts]


class TestWhatHolds:
    def test_nothing_is_set(self, construct, inventory):
        before = {name: dict(host.vars) for name, host in inventory.hosts.items()}
        constructor = construct()
        assert constructor.skipped_texts() == []
        assert constructor.group_names == []
        assert set(inventory.groups) == {"all", "ungrouped"}
        assert {name: host.vars for name, host in inventory.hosts.items()} == before

    def test_compose(self, construct, inventory):
        assert construct(compose={"double": "user * 2", "shown": "label"}).skipped_texts() == []
        assert {name: host.vars["double"] for name, host in inventory.hosts.items()} == {"web": 14, "db": 16, "old": 14}
        assert inventory.hosts["db"].vars["shown"] == "{{ 6 * 7 }}"

    def test_compose_may_use_what_it_made_before(self, construct, inventory):
        construct(compose={"one": "user + 1", "two": "one + 1"}, groups={"nine": "two == 9"})
        assert inventory.hosts["web"].vars["two"] == 9
        assert members(inventory, "nine") == ["web", "old"]

    def test_groups(self, construct, inventory):
        assert construct(groups={"sevens": "user == 7", "nobody": "user == 9"}).skipped_texts() == []
        assert members(inventory, "sevens") == ["web", "old"]
        assert "nobody" not in inventory.groups

    def test_keyed_groups(self, construct, inventory):
        entry = {"key": "user | string", "prefix": "user", "parent_group": "users"}
        assert construct(keyed_groups=[entry]).skipped_texts() == []
        assert members(inventory, "user_7") == ["web", "old"]
        assert members(inventory, "user_8") == ["db"]
        assert {group.name for group in inventory.groups["users"].child_groups} == {"user_7", "user_8"}

    def test_an_empty_key_makes_no_group_and_is_no_failure(self, construct, inventory):
        constructor = construct(keyed_groups=[{"key": "tag", "prefix": "tag"}, {"key": "empty"}])
        assert constructor.skipped_texts() == []
        assert set(inventory.groups) == {"all", "ungrouped", "tag_a", "tag_b"}

    def test_the_names_of_groups_are_known_before(self, plugin):
        assert Constructor(plugin(groups={"a": "true", "b-c": "false"})).group_names == ["a", "b_c"]


class TestWhatFails:
    @pytest.mark.parametrize(
        ("options", "name", "hosts", "first", "why"),
        [
            pytest.param({"compose": {"x": "size + 1"}}, "compose.x", 1, "old", "'size' is undefined", id="compose"),
            pytest.param(
                {"compose": {"x": "nothing"}}, "compose.x", 3, "web", "'nothing' is undefined", id="all hosts"
            ),
            pytest.param({"groups": {"x": "size > 1"}}, "groups.x", 1, "old", "'size' is undefined", id="groups"),
            pytest.param(
                {"keyed_groups": [{"key": "user | string"}, {"key": "size | string"}]},
                "keyed_groups[1]",
                1,
                "old",
                "'size' is undefined",
                id="keyed_groups",
            ),
            pytest.param(
                {"keyed_groups": [{"key": "size"}]}, "keyed_groups[0]", 2, "web", "", id="a key that is no text"
            ),
        ],
    )
    def test_is_one_sentence(self, construct, options, name, hosts, first, why):
        (text,) = construct(**options).skipped_texts()
        assert text.startswith(
            f"The expression of {name} failed for {hosts} host(s), which go without it; the first is {first}: "
        )
        assert why in text
        assert text.endswith(". Set strict to true to make this an error.")
        assert text.isprintable()

    def test_is_one_sentence_for_each_expression(self, construct, inventory):
        constructor = construct(
            compose={"x": "nothing", "good": "user"},
            groups={"y": "nothing", "sevens": "user == 7"},
            keyed_groups=[{"key": "nothing"}, {"key": "tag"}],
        )
        assert list(constructor.skipped) == ["compose.x", "groups.y", "keyed_groups[0]"]
        assert [skipped.hosts for skipped in constructor.skipped.values()] == [3, 3, 3]
        assert len(constructor.skipped_texts()) == 3
        # All the others did their work.
        assert inventory.hosts["old"].vars["good"] == 7
        assert members(inventory, "sevens") == ["web", "old"]
        assert members(inventory, "_a") == ["web"]

    @pytest.mark.parametrize(
        ("options", "name"),
        [
            ({"compose": {"good": "user", "x": "size"}}, "compose.x"),
            ({"groups": {"good": "user == 7", "x": "size > 1"}}, "groups.x"),
            ({"keyed_groups": [{"key": "user | string"}, {"key": "size | string"}]}, r"keyed_groups\[1\]"),
        ],
    )
    def test_is_an_error_when_strict(self, construct, options, name):
        with pytest.raises(AnsibleParserError, match=f"^The option {name}: .*'size' is undefined"):
            construct(strict=True, **options)

    def test_an_empty_key_is_an_error_when_strict(self, construct):
        with pytest.raises(
            AnsibleParserError, match=r"^The option keyed_groups\[0\]: No key or key resulted empty for tag"
        ):
            construct(strict=True, keyed_groups=[{"key": "tag"}])

    def test_nothing_fails_when_strict(self, construct, inventory):
        construct(strict=True, compose={"x": "user"}, groups={"y": "x == 7"}, keyed_groups=[{"key": "label[:0] ~ 'k'"}])
        assert members(inventory, "y") == ["web", "old"]
        assert members(inventory, "_k") == list(HOSTS)


class TestWhatNoHostCouldBeGiven:
    @pytest.mark.parametrize(
        ("options", "text"),
        [
            pytest.param({"compose": {7: "x"}}, "compose must be a dictionary of names", id="compose"),
            pytest.param({"groups": {True: "x"}}, "groups must be a dictionary of names", id="groups"),
            pytest.param({"keyed_groups": ["user"]}, r"keyed_groups\[0\] must be a dictionary with a key", id="a text"),
            pytest.param({"keyed_groups": [None]}, r"keyed_groups\[0\] must be a dictionary with a key", id="nothing"),
            pytest.param(
                {"keyed_groups": [{"key": "user"}, {"prefix": "x"}]},
                r"keyed_groups\[1\] must be a dictionary with a key",
                id="without a key",
            ),
            pytest.param(
                {"keyed_groups": [{"key": 7}]}, r"keyed_groups\[0\] must be a dictionary with a key", id="a number"
            ),
            pytest.param(
                {"keyed_groups": [{"key": "tag", "default_value": "x", "trailing_separator": False}]},
                r"keyed_groups\[0\] must not have both default_value and trailing_separator",
                id="what excludes each other",
            ),
        ],
    )
    def test_is_refused_before_any_host(self, plugin, options, text):
        with pytest.raises(ConfigError, match=f"^The option {text}"):
            Constructor(plugin(**options))

    @pytest.mark.parametrize("entry", [{"default_value": "none"}, {"trailing_separator": False}])
    def test_one_of_both_is_fine(self, construct, inventory, entry):
        assert construct(keyed_groups=[{"key": "{'tag': tag or ''}", **entry}]).skipped_texts() == []
        empty = "_tag_none" if "default_value" in entry else "_tag"
        assert members(inventory, empty) == ["db"]
        assert members(inventory, "_tag_a") == ["web"]
