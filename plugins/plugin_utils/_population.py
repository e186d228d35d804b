# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Hosts and groups of an inventory source: all of them, or, when something fails, none."""

from __future__ import annotations

import contextlib
import re
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._assessment.flags import FLAGS
from ansible_collections.community.onapp.plugins.module_utils._assessment.state import STATES
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.plugin_utils._host_variables import (
    ASSESSMENT,
    BACKUPS,
    address_of,
    prefixed,
)
from ansible_collections.community.onapp.plugins.plugin_utils._trust import as_data
from ansible_collections.community.onapp.plugins.plugin_utils._virtual_machines import CACHED_FLAG

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ansible_collections.community.onapp.plugins.plugin_utils._constructed import Constructor
    from ansible_collections.community.onapp.plugins.plugin_utils._expressions import Expressions
    from ansible_collections.community.onapp.plugins.plugin_utils._host_names import HostNames
    from ansible_collections.community.onapp.plugins.plugin_utils._virtual_machines import AssessedVm

GROUP_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class BackupGroups(t.NamedTuple):
    """The native groups: `leading` holds the others (None when there is none), `flags` tells whether flags have any."""

    leading: str | None
    prefix: str
    flags: bool

    @classmethod
    def from_options(cls, leading: str | None, prefix: str, flags: bool) -> BackupGroups:
        """The groups of the options. Raises ConfigError that names the one to mend."""
        groups = cls(leading or None, prefix, flags)
        if groups.leading in groups.names():
            raise ConfigError(
                f"The option group is {leading}, which is a group of a state or flag: choose another name."
            )
        for option, name in (("group", groups.leading or "_"), ("group_prefix", prefix + "x")):
            if not GROUP_NAME.fullmatch(name) or name in ("all", "ungrouped"):
                shown = leading if option == "group" else prefix
                raise ConfigError(
                    f'The option {option} is "{shown}", which does not make a group name: write letters, digits and'
                    " underscores, not a digit first, such as onapp."
                )
        return groups

    def of_state(self, state: str) -> str:
        """The group of a state."""
        return self.prefix + state

    def of_flag(self, flag: str) -> str:
        """The group of a flag."""
        return f"{self.prefix}flag_{flag}"

    def names(self) -> list[str]:
        """All groups, those of states first; each is there even when empty, so that no play's pattern dangles."""
        flags = (*FLAGS, CACHED_FLAG) if self.flags else ()
        return [*map(self.of_state, STATES), *map(self.of_flag, flags)]

    def add_to(self, inventory: t.Any) -> None:
        """Add all groups to the inventory."""
        if self.leading:
            inventory.add_group(self.leading)
        for name in self.names():
            inventory.add_group(name)
            if self.leading:
                inventory.add_child(self.leading, name)

    def shared_texts(self, inventory: t.Any) -> Iterator[str]:
        """A sentence on leading groups of other sources that hold these groups, too, if there are any."""
        own = [inventory.groups[self.of_state(state)] for state in STATES]
        # A group with some of them is the user's own choice.
        parents = [{parent.name for parent in group.parent_groups} for group in own]
        others = set.intersection(*parents) - {self.leading, "all"}
        if self.leading and others:
            yield (
                f"The groups {self.prefix}… are in {self.leading} and in {', '.join(sorted(others))}, so each of these"
                " holds the hosts of all of them. Give each source a group_prefix of its own, or all of them one group."
            )


class Population:
    """Adds judged virtual machines to an inventory."""

    def __init__(
        self, inventory: t.Any, groups: BackupGroups, names: HostNames, constructor: Constructor, prefix: str
    ) -> None:
        self._inventory = inventory
        self._groups = groups
        self._names = names
        self._constructor = constructor
        self._prefix = prefix

    def add(self, vms: Sequence[AssessedVm], expressions: Expressions, *, strict: bool) -> list[str]:
        """Add hosts and groups, all or none, and hand back what the user must be told.

        Raises ConfigError or AnsibleParserError for names that cannot be given and expressions that fail when strict.
        """
        variables = [self._variables(vm) for vm in vms]
        naming = self._names.naming(variables, self._taken(), expressions, strict=strict)
        for name in self._constructor.group_names:
            if name in self._groups.names():
                raise ConfigError(f"The option groups.{name} is the group of a state or flag: choose another name.")
        with all_or_nothing(self._inventory):
            self._groups.add_to(self._inventory)
            hosts = []
            for name, vm, own in zip(naming.names, vms, variables, strict=True):
                if name is not None:
                    self._add_host(name, vm.assessment, own)
                    hosts.append(name)
            guard = NativeMembers(self._inventory, self._groups.names())
            for name in hosts:
                self._constructor.construct(name)
            told = [*naming.notes, *self._constructor.skipped_texts(), *guard.restore()]
            return [*told, *self._groups.shared_texts(self._inventory)]

    def _taken(self) -> set[str]:
        """Names that would make a host pass for something else: those of groups, and of hosts of other OnApp clouds.

        A host of the same name in a source of another kind is the user's own, who adds variables to it there.
        """
        ours = {*self._groups.names(), self._groups.leading or "", *self._constructor.group_names}
        clouds = (name for name, host in self._inventory.hosts.items() if any(map(_is_assessment, host.vars.values())))
        return ours.union(self._inventory.groups, clouds)

    def _variables(self, vm: AssessedVm) -> dict[str, t.Any]:
        shown: dict[str, t.Any] = {ASSESSMENT: vm.assessment}
        if vm.backups is not None:
            shown[BACKUPS] = vm.backups
        return as_data(prefixed({**vm.facts, **shown}, self._prefix))

    def _add_host(self, name: str, assessment: dict[str, t.Any], variables: dict[str, t.Any]) -> None:
        inventory = self._inventory
        inventory.add_host(name, self._groups.of_state(assessment["state"]))
        if self._groups.flags:
            for flag in assessment["flags"]:
                inventory.add_host(name, self._groups.of_flag(flag))
        # In one step: set_variable for each costs more than all else that is done for a host.
        inventory.hosts[name].vars.update(variables)
        address = address_of(variables[f"{self._prefix}ip_addresses"])
        if address:
            inventory.hosts[name].vars["ansible_host"] = address


class NativeMembers:
    """Who is in the groups of states and flags before expressions build groups, out of tenants' texts too."""

    def __init__(self, inventory: t.Any, names: Sequence[str]) -> None:
        self._groups = [inventory.groups[name] for name in names]
        self._before = [({*group.hosts}, [*group.child_groups]) for group in self._groups]

    def restore(self) -> Iterator[str]:
        """Take out whoever came in since, with one sentence for each group."""
        for group, (hosts, children) in zip(self._groups, self._before, strict=True):
            intruders = [host for host in group.hosts if host not in hosts]
            below = [child for child in group.child_groups if child not in children]
            for host in intruders:
                group.remove_host(host)
            for child in below:
                group.child_groups.remove(child)
                child.parent_groups.remove(group)
            if below:
                group.clear_hosts_cache()
                own = group.get_hosts()
                for host in (host for child in below for host in child.get_hosts()):
                    if host not in own and group in host.groups:
                        host.groups.remove(group)
            if intruders or below:
                yield (
                    f"keyed_groups makes the name {group.name}, which is the group of a state or flag, for"
                    f" {len(intruders) + len(below)} host(s) or group(s); they are not put into it. Give keyed_groups"
                    " another prefix."
                )


@contextlib.contextmanager
def all_or_nothing(inventory: t.Any) -> Iterator[None]:
    """Make the inventory what it was before when an error leaves the context.

    ansible-core would keep what was added so far, and go on with half an inventory when another source is fine.
    """
    before = {kind: dict(getattr(inventory, kind)) for kind in ("hosts", "groups")}
    contents = [(thing, _contents(thing)) for things in before.values() for thing in things.values()]
    try:
        yield
    except BaseException:
        for kind, things in before.items():
            getattr(inventory, kind).clear()
            getattr(inventory, kind).update(things)
        for thing, content in contents:
            thing.__dict__.update(content)
        inventory._groups_dict_cache = {}
        raise


def _is_assessment(value: t.Any) -> bool:
    return isinstance(value, dict) and {"state", "flags"} <= value.keys()


def _contents(thing: t.Any) -> dict[str, t.Any]:
    """The attributes of a host or group, with copies of those that change in place."""
    return {
        name: value.copy() if isinstance(value, (dict, list, set)) else value for name, value in vars(thing).items()
    }
