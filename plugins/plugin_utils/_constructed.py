# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jinja expressions over the variables of one host, and the options `compose`, `groups` and `keyed_groups`.

These options give what `ansible.builtin.constructed` gives on the host's own variables, with two differences. They act
on host objects, because ansible-core looks a name up among the groups first: a host named like a group would change
that group. And no keyed group takes a name that belongs to a host or to another group of the plugin.

Evaluating expressions is most of their cost. A static analysis shows where nothing but some variables decides a result,
so that it can be reused for hosts with equal values.
"""

from __future__ import annotations

import dataclasses
import functools
import operator
import typing as t
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping

import jinja2
from ansible.errors import AnsibleValueOmittedError
from ansible.inventory.data import InventoryData
from ansible.inventory.host import Host
from ansible.plugins.inventory import to_safe_group_name
from ansible.template import Templar
from ansible.utils.vars import combine_vars
from jinja2 import nodes
from jinja2.tests import TESTS

from ..module_utils import _errors, _text

Variables = Mapping[str, t.Any]
Path = tuple[str, ...]

MAX_REUSED = 10_000
EMPTY = (None, "")
KINDS = {bool: "true or false", str: "a text", int: "a number", float: "a number", list: "a list", dict: "a dictionary"}
PARSER = jinja2.Environment(autoescape=False)  # It only parses: no template is ever rendered with it.
PURE_NODES = (
    *(nodes.Literal, nodes.Helper, nodes.Name, nodes.BinExpr, nodes.UnaryExpr, nodes.Compare, nodes.Concat),
    *(nodes.CondExpr, nodes.Slice),
)
PURE_FILTERS = {
    *("abs", "bool", "capitalize", "count", "d", "default", "first", "float", "int", "join", "last", "length"),
    *("list", "lower", "max", "min", "regex_replace", "regex_search", "replace", "round", "sort", "split"),
    *("string", "sum", "ternary", "title", "trim", "unique", "upper"),
}
# `sameas` compares more than values.
PURE_TESTS = {*TESTS, "contains", "falsy", "match", "regex", "search", "truthy"} - {"sameas"}
# Globals of Jinja and Ansible, and variables that are not the host's own.
OTHER_NAMES = {
    *("cycler", "dict", "hostvars", "joiner", "lipsum", "lookup", "loop", "namespace", "now", "omit", "q", "query"),
    *("range", "self", "undef", "vars", "group_names", "inventory_hostname", "inventory_hostname_short"),
}
PLAIN_TYPES = (dict, list, str, int, float)


class ExpressionError(Exception):
    """An expression has no usable value for a virtual machine; the message is one line."""


def kind_of(value: t.Any) -> str:
    """The type of a value in a user's words."""
    return next((name for kind, name in KINDS.items() if isinstance(value, kind)), "null")


class Expressions:
    """Evaluates expressions over the variables of a host. Variables in `extra` take precedence."""

    def __init__(self, templar: Templar, extra: Variables) -> None:
        self._templar = templar
        self._extra = extra

    def value(self, expression: str, variables: Variables) -> t.Any:
        """The value of an expression. Raises ExpressionError."""
        self._templar.available_variables = combine_vars(variables, self._extra) if self._extra else variables
        try:
            return self._templar.evaluate_expression(expression)
        except Exception as error:
            raise ExpressionError(_text.printable(error)) from None

    def condition(self, expression: bool | str, variables: Variables) -> bool:
        """Whether a condition is true. Raises ExpressionError, also if it is neither true nor false."""
        value = expression if isinstance(expression, bool) else self.value(expression, variables)
        if not isinstance(value, bool):
            raise ExpressionError(f"it gives {kind_of(value)}, not true or false; use is, in, == or | bool")
        return value

    def may_read(self, expression: bool | str, names: Collection[str]) -> bool:
        """Whether the result of an expression may depend on one of some variables."""
        if isinstance(expression, bool):
            return False
        paths = read_paths(expression, self._extra)
        return paths is None or any(path[0] in names for path in paths)


class KeyedGroups(t.NamedTuple):
    """The result of one entry of `keyed_groups` for a host: names of groups and the parent, each with its value."""

    groups: tuple[tuple[str, str], ...]
    parent: tuple[str, str] | None


class Constructed:
    """The options `compose`, `groups` and `keyed_groups`.

    `option` gives the value of an option of the documentation fragment `constructed`, `extra` are the extra variables.
    Raises ConfigError for entries that are wrong whatever the variables are. `group_names` are the names of the groups
    that the option `groups` makes, `keyed_group_names` those of the keyed groups and their parents so far.
    """

    def __init__(self, option: Callable[[str], t.Any], templar: Templar, extra: Variables) -> None:
        extra = extra if option("use_extra_vars") else {}
        self._templar = templar
        self._expressions = Expressions(templar, extra)
        self._strict = option("strict")
        self._leading_separator = option("leading_separator")
        self._compose = [
            Entry(f"compose.{name}", name, functools.partial(self._expressions.value, text), read_paths(text, extra))
            for name, text in _names_of("compose", option("compose")).items()
        ]
        self._groups = [
            # ansible-core does not use extra variables here.
            Entry(f"groups.{name}", _group_name(name), functools.partial(self._condition, text), read_paths(text, {}))
            for name, text in _names_of("groups", option("groups")).items()
        ]
        self._keyed_groups = [
            self._keyed_entry(f"keyed_groups[{place}]", entry, extra)
            for place, entry in enumerate(option("keyed_groups") or ())
        ]
        self.group_names = [entry.name for entry in self._groups]
        self.keyed_group_names: set[str] = set()
        # By entry, and by group name: the reason for the first host, and the names of all hosts.
        self._failed: dict[str, tuple[str, list[str]]] = {}
        self._refused: dict[str, dict[str, tuple[str, list[str]]]] = {}

    def apply(self, inventory: InventoryData, host: Host, reserved: Mapping[str, str]) -> None:
        """Apply the options to a host of the inventory that has its own variables.

        `reserved` maps names that no keyed group may have to the reason. Raises ConfigError for an expression that
        fails if `strict` is set.
        """
        for entry, value in self._results(self._compose, host):
            try:
                host.set_variable(entry.name, value)
            except Exception as error:
                self._fail(entry, host, error)
        for entry, result in self._results([*self._groups, *self._keyed_groups], host):
            if not isinstance(result, KeyedGroups):
                if result:
                    inventory.add_host(host.name, inventory.add_group(entry.name))
            elif result.groups:
                try:
                    self._add_to(inventory, host, entry, result, reserved)
                except ExpressionError as error:
                    self._fail(entry, host, error)

    def warnings(self) -> list[str]:
        """One sentence for each entry that failed for some hosts, and for each that made refused group names."""
        failed = [
            f"The expression of {place} failed for {_text.counted(len(hosts), 'host')}, and is ignored there; the first"
            f" is {hosts[0]}: {reason}. Set strict to true to make this an error."
            for place, (reason, hosts) in self._failed.items()
        ]
        for place, names in self._refused.items():
            each = [
                f"{reason} ({_text.counted(len(hosts), 'host')}, the first is {hosts[0]})"
                for reason, hosts in names.values()
            ]
            failed.append(
                f"Group names made by {place} are refused: {_text.some_of(each)}. Add a prefix or change the key."
            )
        return failed

    def _results(self, entries: Iterable[Entry], host: Host) -> list[tuple[Entry, t.Any]]:
        """The result of each entry that does not fail, all of them on the variables that the host has now."""
        variables = functools.cache(host.get_vars)
        results = []
        for entry in entries:
            try:
                results.append((entry, entry.result(host.vars, variables)))
            except Exception as error:
                self._fail(entry, host, error)
        return results

    def _fail(self, entry: Entry, host: Host, error: Exception) -> None:
        reason = _text.printable(error)
        if self._strict:
            raise _errors.ConfigError(
                f"The expression of {entry.place} failed for host {host.name}: {reason}."
            ) from None
        self._failed.setdefault(entry.place, (reason, []))[1].append(host.name)

    def _condition(self, text: t.Any, variables: Variables) -> bool:
        self._templar.available_variables = variables
        return bool(self._templar.evaluate_conditional(text))

    def _keyed_entry(self, place: str, entry: t.Any, extra: Variables) -> Entry:
        if not isinstance(entry, Mapping) or not isinstance(entry.get("key"), str):
            raise _errors.ConfigError(f"The option {place} must be a dictionary with a key, an expression.")
        if entry.get("default_value") is not None and entry.get("trailing_separator") is not None:
            raise _errors.ConfigError(
                f"The option {place} must not have both default_value and trailing_separator: remove one."
            )
        parent = entry.get("parent_group")
        # A parent group may be a template.
        is_plain = parent is None or (isinstance(parent, str) and parent.isidentifier())
        paths = read_paths(entry["key"], extra) if is_plain else None
        return Entry(place, None, functools.partial(self._keyed, entry), paths)

    def _keyed(self, entry: Mapping[str, t.Any], variables: Variables) -> KeyedGroups:
        key, default = self._expressions.value(entry["key"], variables), entry.get("default_value")
        use_default = key in EMPTY and default is not None
        if not key and not use_default:
            # An empty list or dictionary is a valid key for no group.
            if self._strict and key not in ([], {}):
                raise ExpressionError("its key is empty")
            return KeyedGroups((), None)
        try:
            raw_parent = self._templar.template(entry.get("parent_group"))
        except AnsibleValueOmittedError:
            raw_parent = None
        parent = (_group_name(raw_parent), raw_parent) if raw_parent else None
        prefix, separator = entry.get("prefix", ""), entry.get("separator", "_")
        if prefix == "" and self._leading_separator is False:
            separator = ""
        names = [default] if use_default else _bare_names(key, entry)
        return KeyedGroups(tuple((_group_name(f"{prefix}{separator}{name}"), f"{name}") for name in names), parent)

    def _add_to(
        self, inventory: InventoryData, host: Host, entry: Entry, keyed: KeyedGroups, reserved: Mapping[str, str]
    ) -> None:
        """Add a host to its keyed groups, to all that are not refused or, if one is impossible, to none."""

        def is_allowed(name: str, value: str) -> bool:
            reason = reserved.get(name) or ("a host has it" if name in inventory.hosts else None)
            if reason is not None:
                text = f'the value "{_text.printable(value)}" makes {name}, but {reason}'
                self._refused.setdefault(entry.place, {}).setdefault(name, (text, []))[1].append(host.name)
            return reason is None

        names = [name for name, value in keyed.groups if is_allowed(name, value)]
        parent = keyed.parent[0] if keyed.parent and names and is_allowed(*keyed.parent) else None
        for name in names:
            if parent is not None and _makes_a_loop(inventory, parent, name):
                raise ExpressionError(f"the group {name} cannot be below its parent group {parent}: that is a loop")
        for name in names:
            self.keyed_group_names.add(name)
            inventory.add_host(host.name, inventory.add_group(name))
            if parent is not None:
                self.keyed_group_names.add(parent)
                # Both are groups, which add_child looks up before hosts.
                inventory.add_child(inventory.add_group(parent), name)


@dataclasses.dataclass(frozen=True)
class Entry:
    """One entry of an option. `place` names it in messages; `name` is the variable or group that it makes.

    `evaluate` gives its result for the variables of a host, raising any exception; `paths` are those of `read_paths`.
    """

    place: str
    name: t.Any
    evaluate: Callable[[Variables], t.Any]
    paths: frozenset[Path] | None
    known: dict[Hashable, t.Any] = dataclasses.field(default_factory=dict)

    def result(self, own: Variables, variables: Callable[[], Variables]) -> t.Any:
        """The result for a host whose own variables are `own` and whose variables in all are `variables()`."""
        key = None if self.paths is None else identity_at(self.paths, own)
        if key is not None and key in self.known:
            return self.known[key]
        result = self.evaluate(variables())
        # Hosts must not share a list or dictionary, which a play may change.
        is_shareable = result is None or isinstance(result, (str, int, float, KeyedGroups))
        if key is not None and is_shareable and len(self.known) < MAX_REUSED:
            self.known[key] = result
        return result


def _bare_names(key: t.Any, entry: Mapping[str, t.Any]) -> list[t.Any]:
    """The group names of a key that is not empty, without prefix."""
    default, separator = entry.get("default_value"), entry.get("separator", "_")

    def filled(value: t.Any) -> t.Any:
        return default if value in EMPTY and default is not None else value

    if isinstance(key, str):
        return [key]
    if isinstance(key, list):
        return list(map(filled, key))
    if not isinstance(key, Mapping):
        raise ExpressionError(f"its key is {kind_of(key)}: it must be a text, or a list or dictionary of texts")
    is_bare = default is None and entry.get("trailing_separator") is False
    return [name if is_bare and value in EMPTY else f"{name}{separator}{filled(value)}" for name, value in key.items()]


def _group_name(name: t.Any) -> str:
    if not isinstance(name, str):
        raise ExpressionError(f"a group name is {kind_of(name)}: it must be a text")
    # The same as in the constructed options of ansible-core.
    safe = to_safe_group_name(name)
    if not safe:
        raise ExpressionError("a group name is empty")
    return str(safe)


def _makes_a_loop(inventory: InventoryData, parent: str, child: str) -> bool:
    groups = inventory.groups
    is_below = parent in groups and child in groups and groups[child] in groups[parent].get_ancestors()
    return parent == child or is_below


def _names_of(option: str, value: t.Any) -> Mapping[str, t.Any]:
    if not isinstance(value or {}, Mapping) or not all(isinstance(name, str) and name for name in value or ()):
        raise _errors.ConfigError(f"The option {option} must be a dictionary of names and expressions.")
    return value or {}


class Unknown(Exception):
    """The result of an expression may depend on more than plain data in the variables."""


def read_paths(expression: t.Any, extra: Variables) -> frozenset[Path] | None:
    """The variables, and the keys in them, that an expression reads; None if more may decide its result.

    `onapp_backup.state == "stale"` reads `("onapp_backup", "state")`. Names in `extra` are not the host's own.
    """
    if isinstance(expression, bool):
        return frozenset()
    if not isinstance(expression, str):
        return None
    try:
        body = PARSER.parse("{{ " + expression + "\n}}").body
        if len(body) != 1 or not isinstance(body[0], nodes.Output) or len(body[0].nodes) != 1:
            return None
        paths = frozenset(_paths(body[0].nodes[0]))
    except (jinja2.TemplateError, RecursionError, Unknown):
        return None
    return None if any(path[0] in extra for path in paths) else paths


def identity_at(paths: frozenset[Path], variables: Variables) -> Hashable | None:
    """The values at some paths as something that is equal only if they are equal and of the same types.

    None if there is no such value, or one that is not plain data.
    """
    try:
        return tuple(_identity(functools.reduce(operator.getitem, path, variables)) for path in sorted(paths))
    except (KeyError, TypeError, Unknown):
        return None


def _paths(node: nodes.Node) -> Iterator[Path]:
    path = _path(node)
    if not _is_pure(node) or path[:1] and path[0] in OTHER_NAMES:
        raise Unknown
    if path:
        yield path
        return
    for child in node.iter_child_nodes():
        yield from _paths(child)


def _is_pure(node: nodes.Node) -> bool:
    """Whether a part of an expression gives the same result for the same input."""
    match node:
        case nodes.Const(value=str() as text):
            # ansible-core still renders templates in constants, with a deprecation warning.
            return not any(sign in text for sign in "{#")
        case nodes.Getattr(attr=str() as key) | nodes.Getitem(arg=nodes.Const(value=str() as key)):
            # A method of the value, such as items, is something else.
            return not any(hasattr(kind, key) for kind in PLAIN_TYPES)
        case nodes.Filter() | nodes.Test():
            known = PURE_FILTERS if isinstance(node, nodes.Filter) else PURE_TESTS
            return node.name in known and not node.dyn_args and not node.dyn_kwargs
    return isinstance(node, (nodes.Getitem, *PURE_NODES))


def _path(node: nodes.Node) -> Path:
    """The path of `name`, `name.key` and `name["key"]`; empty for anything else."""
    match node:
        case nodes.Name():
            return (node.name,)
        case nodes.Getattr(attr=str() as key) | nodes.Getitem(arg=nodes.Const(value=str() as key)):
            before = _path(node.node)
            return (*before, key) if before else ()
    return ()


def _identity(value: t.Any) -> Hashable:
    kind = value.__class__
    if kind is str or kind is int or kind is bool or value is None:
        return (kind, value)
    if kind is float:
        return (kind, repr(value))
    if kind is list:
        return (kind, tuple(map(_identity, value)))
    if kind is dict:
        return (kind, tuple((_identity(key), _identity(item)) for key, item in value.items()))
    raise Unknown
