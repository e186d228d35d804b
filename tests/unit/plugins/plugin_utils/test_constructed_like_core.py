# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Constructed options give the same result for each host as the plugin ansible.builtin.constructed of ansible-core.

Every expression runs as an entry of `compose`, of `groups` and of `keyed_groups`, over the same hosts.
"""

from __future__ import annotations

import copy
import itertools

import pytest
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import constructed as core
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.tests.properties import examples
from hypothesis import given, settings
from hypothesis import strategies as st

# Equal values of different types: every expression uses two of these.
ALIKE = [1, True, 1.0, "1"]
# Falsy values, texts that look like other types, and no value: every expression uses some of these.
ODD = [
    *(None, False, 0, -1, 7, 0.0, -0.0, 2.5, "", "0", "1.0", "True", "a", "A b", "x-y", " ", "é", "७", "\n", "'"),
    *("{{ 6 * 7 }}", "{% x %}", "#jinja2: x", "[1]", "{}", "None", "null", "lookup('env', 'HOME')", "::1", "localhost"),
    *([], {}, [1], [True], ["1"], [None], [""], ["a", ""], ["a", None, 1], [["a"]], [{}], ["a", "a", "b"]),
    *({"a": 1}, {"a": True}, {"a": "1"}, {"a": None, "b": ""}, {"": "x"}, {"1": {"a": []}}, {"a": ["b"]}),
]
MISSING = object()
DEFAULTS = {
    "strict": False,
    "compose": {},
    "groups": {},
    "keyed_groups": [],
    "leading_separator": True,
    "use_extra_vars": False,
}


def hosts_of(values):
    """Variables of hosts; some hosts have equal variables."""
    pairs = zip(values, reversed(values), strict=True)
    nested = [None if value is MISSING else value for value in values]
    return [
        {"x": x, "y": y, "same": "s", "nested": {"x": nested[place], "list": nested[place:]}, "number": place % 3}
        for place, (x, y) in enumerate(pairs)
    ]


def hosts_for(place):
    """The hosts on which the expression at a place of the list is tried."""
    alike = [ALIKE[:2], ALIKE[1:3], ALIKE[2:], ALIKE[::3]][place % 4]
    return hosts_of([*alike, *(ODD[(2 * place + step) % len(ODD)] for step in range(2)), MISSING])


TESTS = ["defined", "none", "string", "number", "integer", "float", "boolean", "mapping", "sequence", "iterable"]
TESTS += ["true", "false", "truthy", "falsy", "lower", "upper", "odd", "even", "eq(1)", "eq('1')", "eq(true)", "ne(1)"]
TESTS += ["in([1, 'a', none])", "contains('a')", "match('a')", "search('[0-9]')", "regex('^a$')", "gt(0)", "le(1)"]
TESTS += ["divisibleby(2)", "undefined", "sameas(true)", "abs", "file", "no_such_test"]
FILTERS = ["string", "int", "float", "bool", "lower", "upper", "trim", "title", "capitalize", "abs", "round", "sum"]
FILTERS += ["max", "min", "length", "count", "first", "last", "list", "unique", "sort", "join('-')", "split(',')"]
FILTERS += ["default('d')", "d('e', true)", "replace('a', 'b')", "regex_replace('a', 'c')", "regex_search('[a1]')"]
FILTERS += [
    "ternary('p', 'q')",
    "ternary('p', 'q', 'r')",
    "to_json",
    "from_json",
    "hash('md5')",
    "type_debug",
    "dict2items",
]
FILTERS += [
    "map('string') | list",
    "select('defined') | list",
    "reject('none') | list",
    "b64encode",
    "combine({'z': 1})",
]
FILTERS += [
    "default(omit)",
    "mandatory",
    "quote",
    "wordcount",
    "batch(2) | list",
    "items",
    "no_such_filter",
    "random(seed=1)",
]
OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", ">", "<=", ">=", "and", "or", "in", "not in"]
OPERANDS = ["x", "1", "'1'", "1.0", "true", "none", "[1]", "'a'", "y", "number"]
OTHERS = [
    *("x", "y", "same", "nested", "nested.x", "nested['x']", "nested.list", "nested.list[0]", "nested.list[-1]"),
    *("x.a", "x['a']", "x[0]", "x[:1]", "x.items", "x.keys()", "x.upper()", "x.append(1)", "x.__class__", "nothing"),
    *("nothing.here", "x.nothing", "not x", "-x", "x if number else y", "x if x else 'none'", "[x, y]", "{'k': x}"),
    *("{x: 'v'}", "(x, y)", "[x] + [y]", "x, y", "x is not none and x is defined", "x == y", "x is sameas y", "1 2"),
    *(
        "",
        " ",
        "x |",
        "(x",
        "x }} {{ y",
        "{{ x }}",
        "{% if x %}a{% endif %}",
        "'{{ same }}'",
        "'{{ x }}' ~ 'a'",
        "'a{{'",
    ),
    *("inventory_hostname", "inventory_hostname_short", "group_names", "inventory_hostname ~ same", "inventory_file"),
    *(
        "hostvars",
        "groups",
        "vars",
        "lookup('env', 'NO_SUCH_NAME')",
        "query('items', x)",
        "omit",
        "range(number) | list",
    ),
    *("extra", "extra ~ x", "[extra, x]", "lookup", "true", "false", "none", "1", "'text'", "[]", "{}", "''", "0"),
    *(
        "['a', 'b']",
        "['a', '']",
        "{'a': 'b', 'c': ''}",
        "{'a': none}",
        "['a', 7, none]",
        "'x' * number",
        "'\\n'",
        '"é"',
    ),
    *("x | string | length > 1", "(x | string) in ['1', 'True']", "nested | dict2items | map(attribute='key') | list"),
    *("same | upper ~ number", "number == 1", "number is even", "'%s-%s' | format(same, number)", "x ~ y ~ number"),
]
EXPRESSIONS = list(
    dict.fromkeys(
        [
            *OTHERS,
            *(f"x is {test}" for test in TESTS),
            *(f"{path} | {name}" for name in FILTERS for path in ("x", "nested.x", "nested.list")),
            *(f"x {operator} {operand}" for operator, operand in itertools.product(OPERATORS, OPERANDS)),
        ]
    )
)
KEYED = [
    {},
    {"prefix": "p"},
    {"prefix": "p", "separator": "-"},
    {"prefix": "", "separator": ""},
    {"default_value": "none", "prefix": "d"},
    {"default_value": "", "prefix": "d"},
    {"default_value": 0},
    {"trailing_separator": False, "prefix": "t"},
    {"trailing_separator": True, "prefix": "t"},
    {"parent_group": "parent", "prefix": "q"},
    {"parent_group": "parent group", "prefix": "q"},
    {"parent_group": "by_{{ number }}", "prefix": "r"},
    {"parent_group": "{{ same }}{{ extra | default('') }}", "prefix": "r"},
    {"parent_group": "{{ omit }}", "prefix": "r"},
    {"parent_group": "{{ nothing }}", "prefix": "r"},
    {"parent_group": "{{ [1] }}", "prefix": "r"},
    {"parent_group": "", "prefix": "r"},
    {"parent_group": "s", "prefix": "", "separator": ""},
    {"prefix": 7, "separator": None},
    {"prefix": None},
    {"priority": 5, "prefix": "p"},
]
KEYS = ["x", "nested", "same", "['a', '']", "{'a': x}", "{'b': none, 'c': 'd'}", "[x, same]", "''", "7", "extra"]
# Host, options: the cases of ansible-core's own unit tests of the plugin.
OF_CORE = [
    ({"bar": "my_group"}, {"keyed_groups": [{"key": "bar", "prefix": "", "separator": ""}]}),
    ({"bar": "my_group"}, {"keyed_groups": [{"key": "bar"}], "leading_separator": False}),
    (
        {"farm": "mcdonald", "barn": {"origin": "maine"}},
        {
            "keyed_groups": [
                {"key": "farm", "prefix": "farm", "separator": "_old_"},
                {"key": "barn", "separator": "mine"},
            ]
        },
    ),
    ({"barn": {}}, {"keyed_groups": [{"key": "barn", "prefix": "x"}], "strict": True}),
    ({"barn": {}}, {"keyed_groups": [{"key": "bar", "prefix": "x"}], "strict": True}),
    (
        {"region": "sa-east-1", "betsy": "cow"},
        {
            "keyed_groups": [
                {"key": "region", "prefix": "region", "parent_group": "region_list"},
                {"key": "region", "prefix": "r", "parent_group": "{{ betsy }}_type"},
            ]
        },
    ),
    ({"betsy": "cow"}, {"keyed_groups": [{"key": "betsy", "parent_group": "{{ steve }}"}], "strict": True}),
    ({"tags": {"environment": "", "status": "on"}}, {"keyed_groups": [{"key": "tags", "default_value": "unknown"}]}),
    ({"tags": {"environment": None}}, {"keyed_groups": [{"key": "tags", "trailing_separator": False}]}),
    ({"tags": {"environment": ""}}, {"keyed_groups": [{"key": "tags", "trailing_separator": True, "prefix": "p"}]}),
    ({"tags": ["a", "", None]}, {"keyed_groups": [{"key": "tags", "default_value": "d", "separator": ""}]}),
    ({"tag": ""}, {"keyed_groups": [{"key": "tag", "default_value": "d", "prefix": "p"}], "strict": True}),
    ({"tag": ""}, {"keyed_groups": [{"key": "tag", "prefix": "p"}], "strict": True}),
    ({"a": 1}, {"compose": {"b": "a + 1", "c": "b + 1", "a": "'new'"}, "groups": {"later": "a == 'new'"}}),
    ({"a": {"k": 1}}, {"compose": {"a": "{'l': 2}"}, "keyed_groups": [{"key": "a"}]}),
]
EXTRA = {"extra": "e", "same": "from outside", "y": [1]}


class CorePlugin(core.InventoryModule):
    """The plugin of ansible-core with some options."""

    def __init__(self, inventory, options, extra):
        super().__init__()
        self.inventory, self.loader, self._vars = inventory, DataLoader(), extra
        self._given = {**options, "use_vars_plugins": False}

    def get_option(self, option, hostvars=None):
        return self._given[option]

    def apply(self, host):
        """The steps of `parse` for one host. Exceptions would end the source."""
        strict = self._given["strict"]
        variables = self.get_all_host_vars(host, self.loader, [])
        self._set_composite_vars(self._given["compose"], variables, host.name, strict=strict)
        variables = self.get_all_host_vars(host, self.loader, [])
        more = {"strict": strict, "fetch_hostvars": False}
        self._add_host_to_composed_groups(self._given["groups"], variables, host.name, **more)
        self._add_host_to_keyed_groups(self._given["keyed_groups"], variables, host.name, **more)


def filled(hosts):
    inventory = InventoryData()
    for place, variables in enumerate(hosts):
        inventory.add_host(f"h{place}.example")
        own = {name: value for name, value in variables.items() if value is not MISSING}
        inventory.hosts[f"h{place}.example"].vars.update(own)
    return inventory


def typed(value):
    """A value with its types at every depth; ansible-core's tagged types count as the plain types."""
    if isinstance(value, dict):
        return {"dict": [(typed(key), typed(item)) for key, item in value.items()]}
    if isinstance(value, list):
        return [typed(item) for item in value]
    return (type(value).__name__.replace("_AnsibleTagged", "").lower(), repr(value))


def result(inventory, host):
    """The result for a host: variables, groups, and the parents of the groups."""
    own = [group for group in inventory.groups.values() if host.name in group.host_names]
    parents = {group.name: sorted(parent.name for parent in group.parent_groups) for group in own}
    return {name: typed(value) for name, value in host.vars.items()}, parents


def compare(make_constructed, trusted, hosts, extra=(), **options):
    """Compare both results for each host; a host that would end the source of ansible-core must get a warning."""
    constructed = make_constructed(extra, **options)
    whole = {**DEFAULTS, **trusted(options)}
    ours, theirs = filled(hosts), filled(hosts)
    plugin = CorePlugin(theirs, whole, dict(extra))
    for name, host in ours.hosts.items():
        failures, error = copy.deepcopy(constructed._failed), None
        try:
            constructed.apply(ours, host, {})
        except ConfigError as failure:
            assert whole["strict"], name
            error = failure
        try:
            plugin.apply(theirs.hosts[name])
        except Exception as failure:
            if whole["strict"]:
                assert error, (name, failure)
                return
            assert constructed._failed != failures, (name, failure)
            assert set(result(ours, host)[1]) <= set(whole["groups"]), (name, failure)
            for group in theirs.groups.values():
                group.remove_host(theirs.hosts[name])
        else:
            assert error is None, (name, error)
            assert result(ours, host) == result(theirs, theirs.hosts[name]), name


CHUNK = 25


@pytest.mark.slow
@pytest.mark.newest
@pytest.mark.parametrize("start", range(0, len(EXPRESSIONS), CHUNK))
def test_expressions(make_constructed, trusted, start):
    for place, expression in enumerate(EXPRESSIONS[start : start + CHUNK], start):
        compare(
            make_constructed,
            trusted,
            hosts_for(place),
            compose={"composed": expression},
            groups={"group": expression},
            keyed_groups=[{"key": expression, "prefix": "k"}],
        )


def test_number_of_expressions():
    assert len(set(EXPRESSIONS)) == len(EXPRESSIONS) > 400


@pytest.mark.parametrize("entry", KEYED, ids=str)
@pytest.mark.parametrize("strict", [False, True])
def test_keyed_groups(make_constructed, trusted, entry, strict):
    for place, key in enumerate(KEYS):
        hosts = [hosts_for(place + step)[step] for step in range(5)] + hosts_of(["", "a"])
        for host in [hosts] if not strict else [[each] for each in hosts]:
            options = {"strict": strict, "use_extra_vars": place % 2 == 0, "leading_separator": place % 3 > 0}
            compare(make_constructed, trusted, host, EXTRA, keyed_groups=[{"key": key, **entry}], **options)


@pytest.mark.parametrize("use_extra_vars", [False, True])
def test_extra_vars(make_constructed, trusted, use_extra_vars):
    """Extra variables apply to compose and keyed_groups, not to groups."""
    options = {"compose": {"a": "same ~ x", "same": "x"}, "groups": {"g": "same == 's'", "h": "extra is defined"}}
    keyed = [{"key": "same", "parent_group": "{{ extra }}"}]
    compare(
        make_constructed, trusted, hosts_for(3), EXTRA, keyed_groups=keyed, use_extra_vars=use_extra_vars, **options
    )


@pytest.mark.parametrize(("host", "options"), OF_CORE)
def test_cases_of_ansible_core(make_constructed, trusted, host, options):
    compare(make_constructed, trusted, [host, {}, host], **options)


NAMES = st.sampled_from(["x", "y", "same", "nested.x", "nested.list", "number", "inventory_hostname", "extra"])
LEAVES = st.one_of(NAMES, NAMES, st.sampled_from(["1", "0", "'a'", "''", "none", "true", "[1, 'a']", "2.5"]))


def grown(inner):
    return st.one_of(
        st.builds("({} | {})".format, inner, st.sampled_from(FILTERS)),
        st.builds("({} is {})".format, inner, st.sampled_from(TESTS)),
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "~", "==", "<", "and", "or", "in"]), inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{'k': {}}}".format, inner),
    )


@settings(deadline=None, database=None, max_examples=examples(20))
@given(
    st.recursive(LEAVES, grown, max_leaves=4),
    st.lists(st.sampled_from([*ALIKE, *ODD, MISSING]), min_size=1, max_size=5),
    st.sampled_from(KEYED),
    st.booleans(),
)
def test_any_expression(make_constructed, trusted, expression, values, entry, use_extra_vars):
    compare(
        make_constructed,
        trusted,
        hosts_of(values * 2),
        EXTRA,
        compose={"x": expression, "composed": expression},
        groups={"group": expression},
        keyed_groups=[{"key": expression, **entry}],
        use_extra_vars=use_extra_vars,
    )
