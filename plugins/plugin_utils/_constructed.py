# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Ansible's constructed options, and which of their expressions failed: ansible-core swallows that unless strict."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import Constructable
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._text import printable
from ansible_collections.community.onapp.plugins.plugin_utils._outcomes import Outcomes, recorded

if t.TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator


class Skipped(t.NamedTuple):
    """An expression that failed: for how many hosts, the first of them, and why."""

    hosts: int
    first: str
    why: str


class Entry(t.NamedTuple):
    """One entry of an option: its name for messages, what of the plugin applies it, and what that did to hosts."""

    name: str
    apply: Callable[..., None]
    content: t.Any
    outcomes: Outcomes


class Constructor:
    """Applies `compose`, `groups` and `keyed_groups` of a plugin to hosts, and keeps in `skipped` what failed.

    Raises ConfigError for entries that no host could be given, whatever its variables are.
    """

    def __init__(self, plugin: Constructable) -> None:
        self._plugin = plugin
        self._strict = plugin.get_option("strict")
        self._compose, self._groups, self._keyed_groups = _checked(plugin)
        self.group_names = [plugin._sanitize_group_name(name) for name in self._groups]
        self.skipped: dict[str, Skipped] = {}
        self._entries = list(self._read_entries())

    def construct(self, host: str) -> None:
        """Apply the options to a host that has its variables. Costs nothing when none of them is set.

        Raises AnsibleParserError for an expression that fails when the plugin is strict.
        """
        for entry in self._entries:
            key = entry.outcomes.key(self._plugin.inventory.hosts[host].vars)
            if key is None or not entry.outcomes.repeat(key, self._plugin.inventory, host):
                self._apply(host, entry, key)

    def _read_entries(self) -> Iterator[Entry]:
        plugin = self._plugin
        elsewhere = plugin._vars if plugin.get_option("use_extra_vars") else {}
        for name, expression in self._compose.items():
            yield Entry(
                f"compose.{name}", plugin._set_composite_vars, {name: expression}, Outcomes(expression, elsewhere)
            )
        for name, condition in self._groups.items():
            add = plugin._add_host_to_composed_groups
            # ansible-core takes no extra variables here.
            yield Entry(f"groups.{name}", add, {name: condition}, Outcomes(condition, {}))
        for place, entry in enumerate(self._keyed_groups):
            # A parent group may be a template of its own.
            expression = None if "{" in str(entry.get("parent_group")) else entry["key"]
            add = plugin._add_host_to_keyed_groups
            yield Entry(f"keyed_groups[{place}]", add, [entry], Outcomes(expression, elsewhere))

    def skipped_texts(self) -> list[str]:
        """One sentence for each expression that failed."""
        return [
            f"The expression of {name} failed for {skipped.hosts} host(s), which go without it; the first is"
            f" {skipped.first}: {skipped.why}. Set strict to true to make this an error."
            for name, skipped in self.skipped.items()
        ]

    def _apply(self, host: str, entry: Entry, key: Hashable | None) -> None:
        variables = self._plugin.inventory.get_host(host).get_vars()
        steps: list[t.Any] = []
        try:
            steps = recorded(self._plugin, host, lambda: entry.apply(entry.content, variables, host, strict=True))
        except Exception as error:
            # Not AnsibleError alone: a label that is the name of its own parent group is another kind of error.
            why = str(error)
            # A host whose key is empty has no group by that key: nothing failed.
            if not why.startswith("No key or key resulted empty") or self._strict:
                if self._strict:
                    raise AnsibleParserError(f"The option {entry.name}: {printable(why)}") from None
                self._skip(entry.name, host, printable(why))
                return
        if key is not None:
            entry.outcomes.keep(key, steps)

    def _skip(self, name: str, host: str, why: str) -> None:
        known = self.skipped.get(name)
        self.skipped[name] = Skipped(1, host, why) if known is None else known._replace(hosts=known.hosts + 1)


def _checked(plugin: Constructable) -> tuple[t.Any, t.Any, t.Any]:
    compose, groups, keyed_groups = (plugin.get_option(name) for name in ("compose", "groups", "keyed_groups"))
    for option, value in (("compose", compose), ("groups", groups)):
        if not all(isinstance(name, str) for name in value or ()):
            raise ConfigError(f"The option {option} must be a dictionary of names and expressions.")
    for place, entry in enumerate(keyed_groups or ()):
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str):
            raise ConfigError(
                f"The option keyed_groups[{place}] must be a dictionary with a key, which is an expression."
            )
        if entry.get("default_value") is not None and entry.get("trailing_separator") is not None:
            raise ConfigError(
                f"The option keyed_groups[{place}] must not have both default_value and trailing_separator: remove one."
            )
    return compose or {}, groups or {}, keyed_groups or []
