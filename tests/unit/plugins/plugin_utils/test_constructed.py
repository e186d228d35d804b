# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Constructed options: failures are reported, only the own host changes, and names of others are refused."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.plugin_utils import _constructed

HOSTS = {
    "web": {"label": "web", "user": 7, "size": 4, "tag": "a", "empty": ""},
    "db": {"label": "{{ 6 * 7 }}", "user": 8, "size": 0, "tag": None, "empty": ""},
    "old": {"label": "old", "user": 7, "tag": "b", "empty": ""},
}


@pytest.fixture
def construct(make_constructed, inventory):
    """A function that applies options to hosts and returns the object with the warnings."""

    def run(hosts=None, reserved=(), extra=(), **options):
        constructed = make_constructed(extra, **options)
        for name, variables in (hosts or HOSTS).items():
            inventory.add_host(name)
            inventory.hosts[name].vars.update(variables)
        for host in list(inventory.hosts.values()):
            constructed.apply(inventory, host, dict(reserved))
        return constructed

    return run


def members(inventory, name):
    return [host.name for host in inventory.groups[name].hosts] if name in inventory.groups else []


class TestResults:
    def test_no_options(self, construct, inventory):
        constructed = construct()
        assert (constructed.warnings(), constructed.group_names) == ([], [])
        assert set(inventory.groups) == {"all", "ungrouped"}
        assert inventory.hosts["db"].vars["label"] == "{{ 6 * 7 }}"

    def test_entries_of_compose_are_independent(self, construct, inventory):
        compose = {"one": "user + 1", "two": "one + 1", "user": "'new'"}
        constructed = construct(compose=compose, groups={"new": "user == 'new' and one == 8"})
        assert "two" not in inventory.hosts["web"].vars
        assert members(inventory, "new") == ["web", "old"]
        (warning,) = constructed.warnings()
        assert warning.startswith("The expression of compose.two failed for 3 hosts")

    def test_empty_key(self, construct, inventory):
        assert construct(keyed_groups=[{"key": "tag", "prefix": "tag"}, {"key": "empty"}]).warnings() == []
        assert set(inventory.groups) == {"all", "ungrouped", "tag_a", "tag_b"}

    def test_group_names_are_known_before(self, make_constructed):
        assert make_constructed(groups={"a": "true", "b-c": "false"}).group_names == ["a", "b_c"]


class TestFailingExpressions:
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
    def test_warning(self, construct, options, name, hosts, first, why):
        (text,) = construct(**options).warnings()
        counted = "1 host" if hosts == 1 else f"{hosts} hosts"
        assert text.startswith(
            f"The expression of {name} failed for {counted}, and is ignored there; the first is {first}: "
        )
        assert why in text
        assert text.endswith(". Set strict to true to make this an error.")
        assert text.isprintable()

    def test_one_warning_for_each_expression(self, construct, inventory):
        constructed = construct(
            compose={"x": "nothing", "good": "user"},
            groups={"y": "nothing", "sevens": "user == 7"},
            keyed_groups=[{"key": "nothing"}, {"key": "tag"}],
        )
        assert list(constructed._failed) == ["compose.x", "groups.y", "keyed_groups[0]"]
        assert [len(hosts) for _reason, hosts in constructed._failed.values()] == [3, 3, 3]
        assert len(constructed.warnings()) == 3
        # All other entries were applied.
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
    def test_strict(self, construct, options, name):
        with pytest.raises(ConfigError, match=f"^The expression of {name} failed for host old: .*'size' is undefined"):
            construct(strict=True, **options)

    def test_strict_with_an_empty_key(self, construct):
        with pytest.raises(
            ConfigError, match=r"^The expression of keyed_groups\[0\] failed for host db: its key is empty"
        ):
            construct(strict=True, keyed_groups=[{"key": "tag"}])

    def test_strict_without_failures(self, construct, inventory):
        construct(
            strict=True, compose={"x": "user"}, groups={"y": "user == 7"}, keyed_groups=[{"key": "label[:0] ~ 'k'"}]
        )
        assert members(inventory, "y") == ["web", "old"]
        assert members(inventory, "_k") == list(HOSTS)


class TestInvalidOptions:
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
            pytest.param({"compose": ["x"]}, "compose must be a dictionary of names", id="a list"),
            pytest.param({"groups": {"": "true"}}, "groups must be a dictionary of names", id="an empty name"),
            pytest.param({"keyed_groups": [{}]}, r"keyed_groups\[0\] must be a dictionary with a key", id="empty"),
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
    def test_refused_before_any_host(self, make_constructed, options, text):
        with pytest.raises(ConfigError, match=f"^The option {text}"):
            make_constructed(**options)

    @pytest.mark.parametrize("entry", [{"default_value": "none"}, {"trailing_separator": False}])
    def test_one_of_two_exclusive_options(self, construct, inventory, entry):
        assert construct(keyed_groups=[{"key": "{'tag': tag or ''}", **entry}]).warnings() == []
        empty = "_tag_none" if "default_value" in entry else "_tag"
        assert members(inventory, empty) == ["db"]
        assert members(inventory, "_tag_a") == ["web"]


class TestPartialEntries:
    """An entry that fails for a host changes nothing, even if a part of it was possible."""

    @pytest.mark.parametrize(
        "entry",
        [
            {"key": "['good', 'also good', '']", "prefix": "", "separator": ""},
            {"key": "['good', 'parent']", "prefix": "", "separator": "", "parent_group": "parent"},
            {"key": "'good'", "parent_group": "{{ nothing }}"},
            {"key": "'good'", "parent_group": "{{ [user] }}"},
            {"key": "'good'", "parent_group": "{{ user }}"},
            {"key": "user"},
            {"key": "true"},
        ],
        ids=str,
    )
    def test_keyed_groups(self, construct, inventory, entry):
        (warning,) = construct(keyed_groups=[entry], strict=False).warnings()
        assert warning.startswith("The expression of keyed_groups[0] failed for 3 hosts")
        assert set(inventory.groups) == {"all", "ungrouped"}

    def test_loop_of_parents(self, construct, inventory):
        hosts = {"one": {"own": "a", "up": "b"}, "two": {"own": "b", "up": "a"}, "three": {"own": "c", "up": "a"}}
        entry = {"key": "[own, 'x' ~ own]", "prefix": "", "separator": "", "parent_group": "{{ up }}"}
        (warning,) = construct(hosts, keyed_groups=[entry]).warnings()
        assert "failed for 1 host, and is ignored there; the first is two: the group b cannot be below" in warning
        assert members(inventory, "a") == ["one"]
        assert "xb" not in inventory.groups
        assert [host.name for host in inventory.groups["a"].get_hosts()] == ["one", "three"]


class TestHostsNamedLikeGroups:
    """Core looks up a name among groups first, so a host with the name of a group would change the group."""

    HOSTS = {name: {"own": f"by {name}", "label": name} for name in ("maintain", "onapp_user_7", "all", "other")}

    @pytest.fixture(autouse=True)
    def _groups(self, inventory):
        for name in ("maintain", "onapp_user_7"):
            inventory.add_group(name)
            inventory.add_host(f"member of {name}", name)
            inventory.hosts[f"member of {name}"].vars.update(own="member", label="member")

    def test_variables_are_set_on_the_host(self, construct, inventory):
        construct(self.HOSTS, compose={"ansible_host": "own"})
        for name in self.HOSTS:
            assert inventory.hosts[name].vars["ansible_host"] == f"by {name}"
            assert name not in inventory.groups or "ansible_host" not in inventory.groups[name].vars

    def test_host_is_added_to_groups(self, construct, inventory):
        construct(self.HOSTS, groups={"true_for_it": "label in ['maintain', 'onapp_user_7']"})
        assert members(inventory, "true_for_it") == ["maintain", "onapp_user_7"]
        assert inventory.groups["true_for_it"].child_groups == []

    @pytest.mark.parametrize("parent", [{}, {"parent_group": "above"}])
    def test_keyed_groups_hold_the_host(self, construct, inventory, parent):
        construct(self.HOSTS, keyed_groups=[{"key": "label", "prefix": "by", **parent}])
        assert members(inventory, "by_maintain") == ["maintain"]
        assert inventory.groups["by_maintain"].child_groups == []


class TestRefusedNames:
    RESERVED = {"onapp_backup_protected": "it is a group of this source", "all": "Ansible has another use for it"}

    @pytest.mark.parametrize("strict", [False, True])
    @pytest.mark.parametrize(
        ("label", "reason"),
        [
            ("web", "a host has it"),
            ("onapp_backup_protected", "it is a group of this source"),
            ("onapp-backup protected", "it is a group of this source"),
            ("all", "Ansible has another use for it"),
        ],
    )
    @pytest.mark.parametrize(
        "entry",
        [
            {"key": "label", "prefix": "", "separator": ""},
            {"key": "['good', label]", "prefix": "", "separator": ""},
            {"key": "{label: ''}", "trailing_separator": False, "prefix": "", "separator": ""},
            {"key": "''", "default_value": "LABEL", "prefix": "", "separator": ""},
            {"key": "'good'", "prefix": "", "separator": "", "parent_group": "{{ label }}"},
        ],
        ids=str,
    )
    def test_refused(self, construct, inventory, entry, label, reason, strict):
        entry = {name: label if value == "LABEL" else value for name, value in entry.items()}
        hosts = {"web": {"label": "fine"}, "evil": {"label": label}}
        constructed = construct(hosts, self.RESERVED, keyed_groups=[entry], strict=strict)
        (warning,) = constructed.warnings()
        safe = label.replace("-", "_").replace(" ", "_")
        assert warning.startswith(f'Group names made by keyed_groups[0] are refused: the value "{label}" makes {safe},')
        assert reason in warning
        assert "evil" not in members(inventory, safe)
        assert safe == "all" or safe not in inventory.groups
        if "good" in entry["key"]:
            assert members(inventory, "good")[-1] == "evil"

    def test_many_refused_names_are_one_warning(self, construct, inventory):
        hosts = {f"h{number}": {"label": f"h{number}"} for number in range(9)}
        entry = {"key": "label", "prefix": "", "separator": ""}
        (warning,) = construct(hosts, keyed_groups=[entry]).warnings()
        assert warning.count("a host has it") == 5
        assert warning.endswith("; and 4 more. Add a prefix or change the key.")


SAME = [{"user": number % 3, "state": {"name": "stale", "age": number}, "flags": ["a"]} for number in range(30)]


class TestReuse:
    """How often expressions are evaluated; test_constructed_like_core compares the results with ansible-core's."""

    @pytest.fixture
    def evaluated(self, construct, monkeypatch, templar):
        def run(hosts, **options):
            counted = []
            evaluate = templar.evaluate_expression
            monkeypatch.setattr(templar, "evaluate_expression", lambda text: counted.append(text) or evaluate(text))
            construct({f"h{place}": variables for place, variables in enumerate(hosts)}, **options)
            return len(counted)

        return run

    @pytest.mark.parametrize(
        ("options", "times"),
        [
            ({"keyed_groups": [{"key": key} for key in ("user | string", "state.name", "flags")]}, 5),
            ({"keyed_groups": [{"key": "'' if user else ''"}]}, 3),
            ({"keyed_groups": [{"key": "state.name", "parent_group": "above"}]}, 1),
            ({"keyed_groups": [{"key": "state.name", "parent_group": "user_{{ user }}"}]}, 30),
            ({"keyed_groups": [{"key": "state.age | string"}]}, 30),
            ({"keyed_groups": [{"key": "inventory_hostname"}]}, 30),
            ({"keyed_groups": [{"key": "state.name ~ lookup('env', 'x')"}]}, 30),
            ({"compose": {"twice": "user * 2"}}, 3),
            ({"compose": {"pair": "[user, user]"}}, 30),
        ],
        ids=str,
    )
    def test_once_for_equal_values(self, evaluated, inventory, options, times):
        assert evaluated(SAME, **options) == times
        if "pair" in options.get("compose", {}):
            assert len({id(host.vars["pair"]) for host in inventory.hosts.values()}) == 30

    def test_equal_values_of_other_types(self, evaluated, inventory):
        assert evaluated([{"x": value} for value in (1, True, 1.0, "1", 1, True)], compose={"y": "x"}) == 4
        assert [repr(host.vars["y"]) for host in inventory.hosts.values()] == ["1", "True", "1.0", "'1'", "1", "True"]

    def test_variable_with_a_name_of_ansible(self, construct, inventory):
        construct(compose={"inventory_hostname": "'same'"}, keyed_groups=[{"key": "inventory_hostname"}])
        assert {"_web", "_db", "_old"} < set(inventory.groups)

    def test_limit_of_kept_results(self, evaluated, monkeypatch):
        monkeypatch.setattr(_constructed, "MAX_REUSED", 2)
        assert evaluated(SAME, keyed_groups=[{"key": "user | string"}]) == 2 + 10
