# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts and groups come into an inventory as a whole, or leave no trace."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleParserError
from ansible_collections.community.onapp.plugins.module_utils._assessment.flags import FLAGS
from ansible_collections.community.onapp.plugins.module_utils._assessment.state import STATES
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.plugin_utils._constructed import Constructor
from ansible_collections.community.onapp.plugins.plugin_utils._host_names import HostNames
from ansible_collections.community.onapp.plugins.plugin_utils._population import (
    BackupGroups,
    Population,
    all_or_nothing,
)
from ansible_collections.community.onapp.plugins.plugin_utils._virtual_machines import AssessedVm

DEFAULT = BackupGroups("onapp", "onapp_backup_", False)


def machine(number, label=None, state="protected", flags=(), addresses=("192.0.2.1",), backups=None):
    facts = {"id": number, "identifier": f"identifier{number}", "label": label, "hostname": None}
    return AssessedVm(
        {**facts, "ip_addresses": list(addresses)}, {"state": state, "flags": list(flags), "reasons": ["so"]}, backups
    )


@pytest.fixture
def add(plugin, inventory, expressions):
    """Adds machines to the inventory with some options."""

    def run(machines, native=DEFAULT, on_duplicate="suffix", strict=False, **options):
        names = HostNames(["label", "identifier"], on_duplicate, "onapp_")
        constructor = Constructor(plugin(strict=strict, **options))
        population = Population(inventory, native, names, constructor, "onapp_")
        return population.add(machines, expressions, strict=strict)

    return run


def members(inventory, name):
    return [host.name for host in inventory.groups[name].hosts]


def shape(inventory):
    """All that an inventory holds."""
    return (
        {name: (dict(host.vars), [group.name for group in host.groups]) for name, host in inventory.hosts.items()},
        {
            name: ([host.name for host in group.hosts], {child.name for child in group.child_groups})
            for name, group in inventory.groups.items()
        },
    )


class TestGroups:
    def test_names(self):
        assert DEFAULT.names() == [f"onapp_backup_{state}" for state in STATES]
        with_flags = DEFAULT._replace(flags=True, prefix="x_").names()
        assert with_flags[: len(STATES)] == [f"x_{state}" for state in STATES]
        assert with_flags[len(STATES) :] == [f"x_flag_{flag}" for flag in (*FLAGS, "facts_cached")]

    @pytest.mark.parametrize(
        ("options", "groups"),
        [
            (("onapp", "onapp_backup_", False), DEFAULT),
            (("", "p_", True), BackupGroups(None, "p_", True)),
            ((None, "", False), BackupGroups(None, "", False)),
        ],
    )
    def test_from_options(self, options, groups):
        assert BackupGroups.from_options(*options) == groups

    @pytest.mark.parametrize(
        "name", ["all", "ungrouped", "on app", "on-app", "7s", "b\u00fcro", "{{ x }}", "onapp\n", "\u0967"]
    )
    def test_a_name_that_makes_no_group_is_refused(self, name):
        with pytest.raises(ConfigError, match="^The option group is "):
            BackupGroups.from_options(name, "onapp_backup_", False)

    @pytest.mark.parametrize("prefix", ["on app_", "on-app-", "7_", "b\u00fcro_", "*", "\n"])
    def test_a_prefix_that_makes_no_group_is_refused(self, prefix):
        with pytest.raises(ConfigError, match="^The option group_prefix is "):
            BackupGroups.from_options("onapp", prefix, False)

    @pytest.mark.parametrize("flags", [False, True])
    def test_are_there_when_the_cloud_is_empty(self, add, inventory, flags):
        groups = DEFAULT._replace(flags=flags)
        assert add([], native=groups) == []
        assert set(inventory.groups) == {"all", "ungrouped", "onapp", *groups.names()}
        assert {child.name for child in inventory.groups["onapp"].child_groups} == set(groups.names())
        assert inventory.hosts == {}

    def test_none_holds_the_others_without_a_name(self, add, inventory):
        add([machine(1)], native=DEFAULT._replace(leading=None))
        assert set(inventory.groups) == {"all", "ungrouped", *DEFAULT.names()}

    def test_of_two_leading_groups_are_told(self, add, inventory):
        assert add([machine(1, "web")], DEFAULT._replace(leading="north")) == []
        (text,) = add([machine(2, "db")], DEFAULT._replace(leading="south"))
        assert "are in south and in north," in text
        assert "group_prefix" in text
        assert add([machine(3, "app")], BackupGroups("east", "east_", False)) == []
        assert add([machine(4, "mail")], BackupGroups("east", "east_", True)) == []
        assert add([machine(5, "dns")], DEFAULT._replace(leading=None)) == []

    def test_that_the_user_has_put_into_a_group_are_no_matter(self, add, inventory):
        inventory.add_group("mine")
        inventory.add_group("onapp_backup_stale")
        inventory.add_child("mine", "onapp_backup_stale")
        assert add([machine(1, "web")]) == []


class TestHosts:
    def test_are_in_the_group_of_their_state(self, add, inventory):
        add([machine(number, state=state, flags=["at_risk"]) for number, state in enumerate(STATES)])
        for number, state in enumerate(STATES):
            assert members(inventory, f"onapp_backup_{state}") == [f"identifier{number}"]
            names = {group.name for group in inventory.hosts[f"identifier{number}"].get_groups()}
            assert names == {"onapp", f"onapp_backup_{state}"}

    def test_are_in_the_groups_of_their_flags_when_asked_for(self, add, inventory):
        machines = [machine(1, flags=["at_risk", "facts_cached"]), machine(2, flags=["at_risk"]), machine(3)]
        add(machines, native=DEFAULT._replace(flags=True))
        assert members(inventory, "onapp_backup_flag_at_risk") == ["identifier1", "identifier2"]
        assert members(inventory, "onapp_backup_flag_facts_cached") == ["identifier1"]
        assert members(inventory, "onapp_backup_flag_single_copy") == []

    def test_have_their_variables(self, add, inventory):
        add([machine(1, "web", backups=[{"id": 11}]), machine(2, "{{ 6 * 7 }}")])
        found = inventory.hosts["web"].vars
        assert found["onapp_label"] == "web"
        assert found["onapp_backup"] == {"state": "protected", "flags": [], "reasons": ["so"]}
        assert found["onapp_backups"] == [{"id": 11}]
        other = inventory.hosts["___6___7___"].vars
        assert other["onapp_label"] == "{{ 6 * 7 }}"
        assert "onapp_backups" not in other

    @pytest.mark.parametrize(
        ("addresses", "found"),
        [
            ([], None),
            (["192.0.2.1", "192.0.2.2"], "192.0.2.1"),
            (["-oProxyCommand=id", "2001:db8::1/64"], "2001:db8::1"),
            (["{{ 6 * 7 }}", "web.example.com", "192.0.2"], None),
        ],
    )
    def test_ansible_host_is_a_readable_address_or_not_there(self, add, inventory, addresses, found):
        add([machine(1, addresses=addresses)])
        assert inventory.hosts["identifier1"].vars.get("ansible_host") == found
        assert ("ansible_host" in inventory.hosts["identifier1"].vars) is (found is not None)

    def test_never_have_the_name_of_a_group(self, add, inventory):
        inventory.add_group("other")
        labels = ["other", "mine", "onapp", "onapp_backup_stale", "all", "localhost"]
        machines = [machine(number, label) for number, label in enumerate(labels, 1)]
        add(machines)
        assert set(inventory.hosts) == {"other-1", "mine", "onapp-3", "onapp_backup_stale-4", "all-5", "localhost-6"}

    def test_never_have_the_name_of_a_machine_of_another_cloud(self, add, inventory):
        add([machine(1, "web")])
        add([machine(1, "web", addresses=["192.0.2.9"]), machine(2, "db")])
        assert set(inventory.hosts) == {"web", "web-1", "db"}
        addresses = {name: inventory.hosts[name].vars["ansible_host"] for name in ("web", "web-1")}
        assert addresses == {"web": "192.0.2.1", "web-1": "192.0.2.9"}

    def test_of_the_name_of_the_users_own_host_are_that_host(self, add, inventory):
        inventory.add_host("web")
        inventory.set_variable("web", "own", 1)
        add([machine(1, "web")])
        assert list(inventory.hosts) == ["web"]
        assert (inventory.hosts["web"].vars["own"], inventory.hosts["web"].vars["onapp_id"]) == (1, 1)

    def test_that_have_no_name_are_left_out_and_told(self, add, inventory):
        (note,) = add([machine(1, "twin"), machine(2, "twin")], on_duplicate="skip")
        assert "twin (ids 1, 2)" in note
        assert list(inventory.hosts) == ["twin"]
        assert inventory.hosts["twin"].vars["onapp_id"] == 1

    def test_get_what_is_constructed_and_failures_are_told(self, add, inventory):
        notes = add(
            [machine(1, "web"), machine(2, "db", state="stale")],
            compose={"short": "onapp_label[:1]", "bad": "nothing"},
            keyed_groups=[{"key": "onapp_backup.state", "prefix": "by"}],
        )
        assert inventory.hosts["web"].vars["short"] == "w"
        assert members(inventory, "by_stale") == ["db"]
        (note,) = notes
        assert note.startswith("The expression of compose.bad failed for 2 host(s)")


class TestNativeMembers:
    @pytest.mark.parametrize("flags", [False, True], ids=["states", "states and flags"])
    def test_nobody_gets_into_a_native_group_by_a_label(self, add, inventory, flags):
        native = BackupGroups("onapp", "onapp_backup_", flags)
        labels = ["onapp_backup_protected", "onapp_backup_flag_at_risk"]
        machines = [machine(number, label, state="unprotected") for number, label in enumerate(labels, 1)]
        keyed = [{"key": "onapp_label", "prefix": "", "separator": ""}]
        notes = add([*machines, machine(9, "web")], native=native, keyed_groups=keyed)
        assert members(inventory, "onapp_backup_protected") == ["web"]
        assert [note.split()[4] for note in notes] == [f"{label}," for label in labels[: 1 + flags]]

    def test_no_group_of_hosts_gets_below_a_native_group(self, add, inventory):
        keyed = [{"key": "'x'", "prefix": "any", "parent_group": "onapp_backup_protected"}]
        (note,) = add([machine(1, "web"), machine(2, "db", state="stale")], keyed_groups=keyed)
        assert "onapp_backup_protected" in note
        assert [host.name for host in inventory.groups["onapp_backup_protected"].get_hosts()] == ["web"]
        assert sorted(host.name for host in inventory.groups["any_x"].get_hosts()) == ["db", "web"]
        groups = {name: {group.name for group in inventory.hosts[name].get_groups()} for name in ("web", "db")}
        assert ("onapp_backup_protected" in groups["web"], "onapp_backup_protected" in groups["db"]) == (True, False)

    def test_no_expression_makes_a_native_group(self, add, inventory):
        before = shape(inventory)
        with pytest.raises(ConfigError, match="^The option groups.onapp_backup_protected "):
            add([machine(1, "web", state="stale")], groups={"onapp_backup_protected": "true"})
        assert shape(inventory) == before

    def test_no_leading_group_is_a_native_one(self):
        with pytest.raises(ConfigError, match="^The option group is onapp_backup_stale"):
            BackupGroups.from_options("onapp_backup_stale", "onapp_backup_", False)


class TestAllOrNothing:
    FAILING = {"strict": True, "groups": {"fine": "true", "bad": "onapp_label == 'web' or nothing == 1"}}

    def test_a_failure_leaves_no_trace(self, add, inventory):
        with pytest.raises(AnsibleParserError, match="^The option groups.bad: "):
            add([machine(1, "web"), machine(2, "db")], **self.FAILING)
        assert shape(inventory) == ({}, {"all": ([], {"ungrouped"}), "ungrouped": ([], set())})

    def test_what_was_there_before_stays(self, add, inventory):
        inventory.add_group("onapp_backup_protected")
        inventory.add_host("mine", "onapp_backup_protected")
        inventory.groups["onapp_backup_protected"].set_variable("mine", 1)
        before = shape(inventory)
        with pytest.raises(AnsibleParserError):
            add([machine(1, "web"), machine(2, "db")], **self.FAILING)
        assert shape(inventory) == before
        assert inventory.groups["onapp_backup_protected"].vars == {"mine": 1}

    def test_hosts_of_before_are_still_in_all(self, add, inventory):
        inventory.add_group("onapp_backup_protected")
        inventory.add_host("web", "onapp_backup_protected")
        inventory.set_variable("web", "ansible_host", "192.0.2.99")
        with pytest.raises(AnsibleParserError):
            add([machine(1, "web"), machine(2, "db")], **self.FAILING)
        assert inventory.hosts["web"].vars["ansible_host"] == "192.0.2.99"
        assert not any(name.startswith("onapp_") for name in inventory.hosts["web"].vars)
        inventory.reconcile_inventory()
        assert [host.name for host in inventory.groups["all"].get_hosts()] == ["web"]

    def test_a_group_that_was_there_before_loses_its_new_groups(self, add, inventory):
        inventory.add_group("onapp")
        before = shape(inventory)
        with pytest.raises(AnsibleParserError):
            add([machine(1, "web"), machine(2, "db")], **self.FAILING)
        assert shape(inventory) == before

    def test_the_next_source_finds_the_inventory_as_it_was(self, add, inventory):
        with pytest.raises(AnsibleParserError):
            add([machine(1, "web"), machine(2, "db")], **self.FAILING)
        add([machine(1, "web")], native=BackupGroups("cloud", "cloud_", False))
        inventory.reconcile_inventory()
        assert {group.name for group in inventory.hosts["web"].get_groups()} == {"all", "cloud", "cloud_protected"}

    @pytest.mark.parametrize("options", [{"on_duplicate": "fail"}, {"strict": True, "compose": {"x": "nothing"}}])
    def test_every_way_to_fail(self, add, inventory, options):
        before = shape(inventory)
        with pytest.raises((ConfigError, AnsibleParserError)):
            add([machine(1, "twin"), machine(2, "twin")], **options)
        assert shape(inventory) == before

    def test_an_interruption_counts_too(self, inventory):
        before = shape(inventory)
        with pytest.raises(KeyboardInterrupt), all_or_nothing(inventory):
            DEFAULT.add_to(inventory)
            inventory.add_host("web", "onapp_backup_protected")
            raise KeyboardInterrupt
        assert shape(inventory) == before

    def test_without_an_error_everything_stays(self, inventory):
        with all_or_nothing(inventory):
            DEFAULT.add_to(inventory)
            inventory.add_host("web", "onapp_backup_protected")
        assert members(inventory, "onapp_backup_protected") == ["web"]
