# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The options `compose`, `groups` and `keyed_groups`.

They give what `ansible.builtin.constructed` gives on the host's own variables, with two differences. They act on host
objects, because ansible-core looks a name up among the groups first: a host named like a group would change that group.
And no keyed group takes a name that belongs to a host or to another group of the plugin.
"""

from __future__ import annotations

import functools
import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleValueOmittedError
from ansible.plugins.inventory import to_safe_group_name
from ansible.utils.vars import combine_vars
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._text import printable
from ansible_collections.community.onapp.plugins.plugin_utils._expressions import (
    ExpressionError,
    identity_at,
    kind_of,
    read_paths,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from ansible.inventory.data import InventoryData
    from ansible.inventory.host import Host
    from ansible.template import Templar
    from ansible_collections.community.onapp.plugins.plugin_utils._expressions import Path, Variables

MAX_SHOWN = 5
MAX_REUSED = 10_000
EMPTY = (None, "")


class ConstructedOptions(t.NamedTuple):
    """The options of the documentation fragment `constructed`, as given."""

    strict: bool
    compose: t.Any
    groups: t.Any
    keyed_groups: t.Any
    leading_separator: bool
    use_extra_vars: bool


class KeyedGroups(t.NamedTuple):
    """The result of one entry of `keyed_groups` for a host: names of groups and the parent, each with its value."""

    groups: tuple[tuple[str, str], ...]
    parent: tuple[str, str] | None


class Problem(t.NamedTuple):
    """What happened to some hosts: how many, the first of them, and the reason."""

    hosts: int
    first: str
    reason: str


class Constructed:
    """The options `compose`, `groups` and `keyed_groups`.

    `extra` are the extra variables. Raises ConfigError for entries that are wrong whatever the variables are.
    `group_names` are the names of the groups that the option `groups` makes, `keyed_group_names` those of the keyed
    groups and their parents so far.
    """

    def __init__(self, options: ConstructedOptions, templar: Templar, extra: Variables) -> None:
        self._templar = templar
        self._extra = extra if options.use_extra_vars else {}
        self._options = options
        self._compose = [
            Entry(f"compose.{name}", name, self._value_of(expression), read_paths(expression, self._extra))
            for name, expression in _names_of("compose", options.compose).items()
        ]
        self._groups = [
            # ansible-core does not use extra variables here.
            Entry(f"groups.{name}", _group_name(name), self._condition_of(condition), read_paths(condition, {}))
            for name, condition in _names_of("groups", options.groups).items()
        ]
        self._keyed_groups = [
            Entry(f"keyed_groups[{place}]", None, self._keyed_groups_of(entry), self._paths_of(entry))
            for place, entry in enumerate(_checked_keyed_groups(options.keyed_groups))
        ]
        self.group_names = [entry.name for entry in self._groups]
        self.keyed_group_names: set[str] = set()
        self._failed: dict[str, Problem] = {}
        self._refused: dict[str, dict[str, Problem]] = {}

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
            f"The expression of {place} failed for {problem.hosts} host(s), which go without it; the first is"
            f" {problem.first}: {problem.reason}. Set strict to true to make this an error."
            for place, problem in self._failed.items()
        ]
        return failed + [
            f"Group names made by {place} are refused: {shown(_refusals(names))}. Add a prefix or change the key."
            for place, names in self._refused.items()
        ]

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
        reason = printable(error)
        if self._options.strict:
            raise ConfigError(f"The expression of {entry.place} failed for host {host.name}: {reason}.") from error
        known = self._failed.get(entry.place)
        self._failed[entry.place] = known._replace(hosts=known.hosts + 1) if known else Problem(1, host.name, reason)

    def _value_of(self, expression: t.Any) -> Callable[[Variables], t.Any]:
        def evaluate(variables: Variables) -> t.Any:
            self._templar.available_variables = combine_vars(variables, self._extra) if self._extra else variables
            return self._templar.evaluate_expression(expression)

        return evaluate

    def _condition_of(self, condition: t.Any) -> Callable[[Variables], bool]:
        def evaluate(variables: Variables) -> bool:
            self._templar.available_variables = variables
            return bool(self._templar.evaluate_conditional(condition))

        return evaluate

    def _keyed_groups_of(self, entry: Mapping[str, t.Any]) -> Callable[[Variables], KeyedGroups]:
        key_of = self._value_of(entry["key"])

        def evaluate(variables: Variables) -> KeyedGroups:
            key = key_of(variables)
            use_default = key in EMPTY and entry.get("default_value") is not None
            if not key and not use_default:
                # An empty list or dictionary is a valid key for no group.
                if self._options.strict and key not in ([], {}):
                    raise ExpressionError("its key is empty")
                return KeyedGroups((), None)
            parent = self._parent_of(entry.get("parent_group"))
            names = [entry["default_value"]] if use_default else _bare_names(key, entry)
            return KeyedGroups(tuple((self._full_name(name, entry), f"{name}") for name in names), parent)

        return evaluate

    def _parent_of(self, template: t.Any) -> tuple[str, str] | None:
        try:
            parent = self._templar.template(template)
        except AnsibleValueOmittedError:
            return None
        return (_group_name(parent), parent) if parent else None

    def _full_name(self, name: t.Any, entry: Mapping[str, t.Any]) -> str:
        prefix, separator = entry.get("prefix", ""), entry.get("separator", "_")
        if prefix == "" and self._options.leading_separator is False:
            separator = ""
        return _group_name(f"{prefix}{separator}{name}")

    def _paths_of(self, entry: Mapping[str, t.Any]) -> frozenset[Path] | None:
        parent = entry.get("parent_group")
        # A parent group may be a template.
        is_plain = parent is None or (isinstance(parent, str) and parent.isidentifier())
        return read_paths(entry["key"], self._extra) if is_plain else None

    def _add_to(
        self, inventory: InventoryData, host: Host, entry: Entry, keyed: KeyedGroups, reserved: Mapping[str, str]
    ) -> None:
        """Add a host to its keyed groups, to all that are not refused or, if one is impossible, to none."""
        allowed = [pair for pair in keyed.groups if not self._is_refused(inventory, host, entry, *pair, reserved)]
        parent = None
        if keyed.parent and allowed and not self._is_refused(inventory, host, entry, *keyed.parent, reserved):
            parent = keyed.parent[0]
        for name, _value in allowed:
            if parent is not None and _makes_a_loop(inventory, parent, name):
                raise ExpressionError(f"the group {name} cannot be below its parent group {parent}: that is a loop")
        for name, _value in allowed:
            self.keyed_group_names.add(name)
            inventory.add_host(host.name, inventory.add_group(name))
            if parent is not None:
                self.keyed_group_names.add(parent)
                # Both are groups, which add_child looks up before hosts.
                inventory.add_child(inventory.add_group(parent), name)

    def _is_refused(
        self, inventory: InventoryData, host: Host, entry: Entry, name: str, value: str, reserved: Mapping[str, str]
    ) -> bool:
        reason = reserved.get(name) or ("a host has it" if name in inventory.hosts else None)
        if reason is None:
            return False
        names = self._refused.setdefault(entry.place, {})
        known = names.get(name)
        names[name] = (
            known._replace(hosts=known.hosts + 1)
            if known
            else Problem(1, host.name, f'the value "{printable(value)}" makes {name}, but {reason}')
        )
        return True


class Entry:
    """One entry of an option. `place` names it in messages; `name` is the variable or group that it makes.

    `evaluate` gives its result for the variables of a host, raising any exception; `paths` are those of `read_paths`.
    """

    def __init__(
        self, place: str, name: t.Any, evaluate: Callable[[Variables], t.Any], paths: frozenset[Path] | None
    ) -> None:
        self.place = place
        self.name = name
        self._evaluate = evaluate
        self._paths = paths
        self._known: dict[Hashable, t.Any] = {}

    def result(self, own: Variables, variables: Callable[[], Variables]) -> t.Any:
        """The result for a host whose own variables are `own` and whose variables in all are `variables()`."""
        key = None if self._paths is None else identity_at(self._paths, own)
        if key is not None and key in self._known:
            return self._known[key]
        result = self._evaluate(variables())
        # Hosts must not share a list or dictionary, which a play may change.
        is_shareable = result is None or isinstance(result, (str, int, float, KeyedGroups))
        if key is not None and is_shareable and len(self._known) < MAX_REUSED:
            self._known[key] = result
        return result


def shown(texts: list[str]) -> str:
    """Some texts for one sentence, and how many more there are."""
    more = len(texts) - MAX_SHOWN
    return "; ".join(texts[:MAX_SHOWN]) + (f"; and {more} more" if more > 0 else "")


def _refusals(names: Mapping[str, Problem]) -> list[str]:
    return [f"{one.reason} ({one.hosts} host(s), the first is {one.first})" for one in names.values()]


def _bare_names(key: t.Any, entry: Mapping[str, t.Any]) -> list[t.Any]:
    """The group names of a key that is not empty, without prefix."""
    default = entry.get("default_value")
    if isinstance(key, str):
        return [key]
    if isinstance(key, list):
        return [default if name in EMPTY and default is not None else name for name in key]
    if not isinstance(key, Mapping):
        raise ExpressionError(f"its key is {kind_of(key)}: it must be a text, or a list or dictionary of texts")
    separator = entry.get("separator", "_")
    names = []
    for name, value in key.items():
        if value in EMPTY and default is None and entry.get("trailing_separator") is False:
            names.append(name)
        else:
            names.append(f"{name}{separator}{default if value in EMPTY and default is not None else value}")
    return names


def _group_name(name: t.Any) -> str:
    if not isinstance(name, str):
        raise ExpressionError(f"a group name is {kind_of(name)}: it must be a text")
    # The same as in the constructed options of ansible-core.
    safe = to_safe_group_name(name)
    if not safe:
        raise ExpressionError("a group name is empty")
    return str(safe)


def _makes_a_loop(inventory: InventoryData, parent: str, child: str) -> bool:
    if parent == child:
        return True
    groups = inventory.groups
    return parent in groups and child in groups and groups[child] in groups[parent].get_ancestors()


def _names_of(option: str, value: t.Any) -> Mapping[str, t.Any]:
    if not isinstance(value or {}, Mapping) or not all(isinstance(name, str) and name for name in value or ()):
        raise ConfigError(f"The option {option} must be a dictionary of names and expressions.")
    return value or {}


def _checked_keyed_groups(entries: t.Any) -> list[Mapping[str, t.Any]]:
    if not isinstance(entries or [], list):
        raise ConfigError("The option keyed_groups must be a list of dictionaries.")
    for place, entry in enumerate(entries or ()):
        if not isinstance(entry, Mapping) or not isinstance(entry.get("key"), str):
            raise ConfigError(f"The option keyed_groups[{place}] must be a dictionary with a key, an expression.")
        if entry.get("default_value") is not None and entry.get("trailing_separator") is not None:
            raise ConfigError(
                f"The option keyed_groups[{place}] must not have both default_value and trailing_separator: remove one."
            )
    return entries or []
