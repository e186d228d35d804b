# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""What a constructed option did to a host, to do the same to hosts that are alike without evaluating it again.

Evaluating expressions is most of what constructed options cost, and thousands of hosts have a handful of values.
"""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.plugin_utils._reads import Unknown, paths_of, values_at

if t.TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    Step = tuple[str, str, t.Any]

MOST_KEPT = 10_000
UNCHANGING = (str, int, float, bool, type(None))


class Outcomes:
    """The outcomes of one entry of an option, by what its expression looks at.

    `expression` is None for an entry of which more than an expression decides. Variables named in `elsewhere` do not
    come from the host alone.
    """

    def __init__(self, expression: t.Any, elsewhere: Mapping[str, t.Any]) -> None:
        paths = paths_of(expression)
        self._paths = None if paths is None or any(path[0] in elsewhere for path in paths) else paths
        self._kept: dict[Hashable, list[Step]] = {}

    def key(self, variables: Mapping[str, t.Any]) -> Hashable | None:
        """What is the same for hosts that are alike; None for a host that must be looked at by itself."""
        try:
            return None if self._paths is None else values_at(self._paths, variables)
        except Unknown:
            return None

    def repeat(self, key: Hashable, inventory: t.Any, host: str) -> bool:
        """Do to a host what was done to one that is alike; whether there was one."""
        steps = self._kept.get(key)
        if steps is None:
            return False
        for method, name, value in steps:
            if method == "set_variable":
                inventory.set_variable(host, name, value)
            elif method == "add_host":
                inventory.add_host(host, name)
            else:
                inventory.add_child(name, host)
        return True

    def keep(self, key: Hashable, steps: list[Step]) -> None:
        """Remember what was done, unless hosts would share a value that may change."""
        is_repeatable = all(method != "set_variable" or isinstance(value, UNCHANGING) for method, name, value in steps)
        if is_repeatable and len(self._kept) < MOST_KEPT:
            self._kept[key] = steps


class Recording:
    """An inventory that notes in `steps` what is done to a host."""

    def __init__(self, inventory: t.Any, host: str) -> None:
        self._inventory = inventory
        self._host = host
        self.steps: list[Step] = []

    def __getattr__(self, name: str) -> t.Any:
        return getattr(self._inventory, name)

    def set_variable(self, entity: str, name: str, value: t.Any) -> None:
        self._inventory.set_variable(entity, name, value)
        self.steps.append(("set_variable", name, value))

    def add_host(self, host: str, group: str | None = None, port: t.Any = None) -> t.Any:
        added = self._inventory.add_host(host, group, port)
        self.steps.append(("add_host", t.cast(str, group), None))
        return added

    def add_child(self, group: str, child: str) -> t.Any:
        added = self._inventory.add_child(group, child)
        if child == self._host:
            self.steps.append(("add_child", group, None))
        return added


def recorded(plugin: t.Any, host: str, apply: Callable[[], None]) -> list[Step]:
    """Apply an option by a plugin's own means; what that did to the host."""
    inventory = plugin.inventory
    recording = plugin.inventory = Recording(inventory, host)
    try:
        apply()
    finally:
        plugin.inventory = inventory
    return recording.steps
