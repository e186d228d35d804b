# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Constructed options do the same to every host whether expressions are evaluated for each or once for those alike."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible_collections.community.onapp.plugins.plugin_utils import _outcomes
from ansible_collections.community.onapp.plugins.plugin_utils._constructed import Constructor
from ansible_collections.community.onapp.plugins.plugin_utils._trust import as_data
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

scalars = st.sampled_from(
    [None, True, False, 0, 1, 7, -1, 1.0, 2.5, "", "1", "a", "A b", "é", "{{ 6 * 7 }}", "[1]", "True", "x-y", " "]
)
values = st.one_of(
    scalars,
    st.lists(scalars, max_size=2),
    st.dictionaries(st.sampled_from(["a", "b", "items"]), scalars, max_size=2),
)
hosts = st.lists(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("x", "y", "z"), values)), min_size=1, max_size=6
).map(lambda few: few + few)

names = st.sampled_from(["x", "y", "z", "x.a", "y['b']", "x.items", "inventory_hostname", "extra"])
literals = st.sampled_from(["1", "0", "'a'", "''", "none", "true", "[1, 'a']", "2.5"])
leaves = st.one_of(names, names, literals)
filters = st.one_of(
    st.sampled_from(
        ["string", "int", "float", "bool", "lower", "upper", "trim", "title", "abs", "round", "sum", "max"]
    ),
    st.sampled_from(["length", "first", "last", "list", "unique", "sort", "join('-')", "split(',')", "default('d')"]),
    st.sampled_from(["default('e', true)", "replace('a', 'b')", "regex_replace('a', 'c')", "ternary('p', 'q')"]),
)
tests = st.sampled_from(["defined", "none", "string", "number", "mapping", "truthy", "in('ab')", "eq(1)", "match('a')"])
operators = st.sampled_from(["+", "-", "*", "//", "%", "~", "==", "!=", "<", ">=", "and", "or", "in"])


def grown(inner):
    return st.one_of(
        st.builds("({} | {})".format, inner, filters),
        st.builds("({} is {})".format, inner, tests),
        st.builds("({} {} {})".format, inner, operators, inner),
        st.builds("(not {})".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{'k': {}}}".format, inner),
    )


expressions = st.recursive(leaves, grown, max_leaves=4)
keyed = st.builds(
    lambda key, extra: {"key": key, **extra},
    expressions,
    st.fixed_dictionaries(
        {},
        optional={
            "prefix": st.sampled_from(["", "p"]),
            "separator": st.sampled_from(["_", ""]),
            "default_value": st.just("none"),
            "parent_group": st.sampled_from(["parent", "{{ x }}"]),
        },
    ),
)
options = st.fixed_dictionaries(
    {"leading_separator": st.booleans()},
    optional={
        "compose": st.dictionaries(st.sampled_from(["x", "y", "new"]), expressions, max_size=2),
        "groups": st.dictionaries(st.sampled_from(["one", "two"]), expressions, max_size=2),
        "keyed_groups": st.lists(keyed, max_size=2),
    },
)


def built(plugin, given_options, hosts):
    """What an inventory is made of after the options were applied: hosts, their variables, groups, what failed."""
    inventory = plugin.inventory = InventoryData()
    for place, variables in enumerate(hosts):
        inventory.add_host(f"h{place}")
        inventory.hosts[f"h{place}"].vars.update(as_data(variables))
    constructor = Constructor(plugin)
    failed = None
    try:
        for name in list(inventory.hosts):
            constructor.construct(name)
    except AnsibleParserError as error:
        failed = str(error)
    assert plugin.inventory is inventory
    groups = {
        name: ([host.name for host in group.hosts], sorted(child.name for child in group.child_groups))
        for name, group in inventory.groups.items()
    }
    variables = {
        name: {key: (type(value), repr(value)) for key, value in host.vars.items()}
        for name, host in inventory.hosts.items()
    }
    return groups, variables, constructor.skipped, failed


@settings(deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(options, hosts, st.booleans(), st.booleans())
def test_the_same_as_one_by_one(plugin, monkeypatch, given_options, hosts, strict, use_extra_vars):
    plain = plugin(**given_options, strict=strict, use_extra_vars=use_extra_vars)
    plain._vars = {"extra": "e", "z": "from outside"}
    once = built(plain, given_options, hosts)
    with monkeypatch.context() as patch:
        patch.setattr(_outcomes, "paths_of", lambda expression: None)
        one_by_one = built(plain, given_options, hosts)
    assert once == one_by_one


@pytest.fixture
def evaluated(plugin, inventory):
    """How often expressions are evaluated for options over some hosts."""

    def run(hosts, **given_options):
        made = plugin(**given_options)
        counted = []
        compose = made._compose
        made._compose = lambda template, variables: counted.append(template) or compose(template, variables)
        for place, variables in enumerate(hosts):
            inventory.add_host(f"h{place}")
            inventory.hosts[f"h{place}"].vars.update(variables)
        constructor = Constructor(made)
        for name in list(inventory.hosts):
            constructor.construct(name)
        return len(counted)

    return run


HOSTS = [{"user": number % 3, "state": {"name": "stale", "age": number}, "flags": ["a"]} for number in range(30)]


class TestHowOften:
    def test_once_for_each_value_that_is_looked_at(self, evaluated, inventory):
        keyed_groups = [{"key": key} for key in ("user | string", "state.name", "flags")]
        assert evaluated(HOSTS, keyed_groups=keyed_groups) == 3 + 1 + 1
        assert len(inventory.groups["_1"].hosts) == 10
        assert len(inventory.groups["_stale"].hosts) == len(inventory.groups["_a"].hosts) == 30

    def test_once_for_values_that_make_no_group(self, evaluated, inventory):
        assert evaluated(HOSTS, keyed_groups=[{"key": "'' if user else ''"}]) == 3
        assert set(inventory.groups) == {"all", "ungrouped"}

    def test_a_composed_text_or_number_once(self, evaluated, inventory):
        assert evaluated(HOSTS, compose={"twice": "user * 2"}) == 3
        assert [host.vars["twice"] for host in inventory.hosts.values()] == [number % 3 * 2 for number in range(30)]

    def test_a_composed_list_for_each_host(self, evaluated, inventory):
        """Hosts must not share what a later play may change."""
        assert evaluated(HOSTS, compose={"pair": "[user, user]"}) == 30
        assert len({id(host.vars["pair"]) for host in inventory.hosts.values()}) == 30

    @pytest.mark.parametrize("key", ["state.age | string", "inventory_hostname", "state.name ~ lookup('env', 'x')"])
    def test_for_each_host_where_hosts_differ_or_more_decides(self, evaluated, key):
        assert evaluated(HOSTS, keyed_groups=[{"key": key}]) == 30

    def test_for_each_host_whose_parent_group_is_a_template(self, evaluated, inventory):
        keyed_groups = [{"key": "state.name", "parent_group": "user_{{ user }}"}]
        assert evaluated(HOSTS, keyed_groups=keyed_groups) == 30
        assert {"user_0", "user_1", "user_2"} <= set(inventory.groups)

    def test_no_more_is_kept_than_helps(self, evaluated, monkeypatch):
        monkeypatch.setattr(_outcomes, "MOST_KEPT", 2)
        assert evaluated(HOSTS, keyed_groups=[{"key": "user | string"}]) == 2 + 10
