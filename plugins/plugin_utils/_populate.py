# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts and groups of an inventory source: host names, native groups, and adding all of it or nothing.

Tenants choose labels and host names. A name made of them must neither break a host pattern, nor leave the folder in
which Ansible looks for host variables, nor equal the name of a group, of another host or of the controller.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import ipaddress
import re
import typing as t
import unicodedata
import weakref
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from ansible import constants as C
from ansible.inventory.data import InventoryData
from ansible.inventory.group import Group
from ansible.inventory.host import Host

from ..module_utils import _errors, _text
from ..module_utils._assessment.state import FLAGS, STATES
from ._constructed import Constructed, ExpressionError, Expressions, kind_of
from ._vms import ASSESSMENT, CACHED_FLAG, NAMES, TEXT_FIELDS, Facts, prefixed

GROUP_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# With the id behind it still a file name, for host_vars: 255 bytes on common file systems.
MAX_NAME_BYTES = 200
# Names that Ansible takes for something other than a host or group of the inventory.
ANSIBLE_NAMES = frozenset({"all", "ungrouped", *C.LOCALHOST})
UNREACHABLE = ("is_unspecified", "is_loopback", "is_link_local", "is_multicast")


class Added(t.NamedTuple):
    """What earlier sources of this plugin added to an inventory.

    `hosts` has the panel's URL and the VM's id of each host. `groups` are the names of native groups and of groups of
    the option `groups`, `keyed_groups` those that came from values.
    """

    hosts: dict[str, tuple[str, int]]
    groups: set[str]
    keyed_groups: set[str]


# By the group `all`, because ansible-core hands each source a new wrapper of the same inventory.
_ADDED: weakref.WeakKeyDictionary[Group, Added] = weakref.WeakKeyDictionary()


class NativeGroups(t.NamedTuple):
    """The groups of states and flags. `parent` holds them (None: no such group); `flags`: whether flags have any."""

    parent: str | None
    prefix: str
    flags: bool

    @classmethod
    def from_options(cls, group: str | None, group_prefix: str, flag_groups: bool) -> NativeGroups:
        """The groups of the options. Raises ConfigError that names the wrong one."""
        groups = cls(group or None, group_prefix, flag_groups)
        if groups.parent in groups.names():
            raise _errors.ConfigError(
                f"The option group is {group}, the group of a state or flag: choose another name."
            )
        for option, given, name in (("group", group, group or "_"), ("group_prefix", group_prefix, group_prefix + "x")):
            if not GROUP_NAME.fullmatch(name) or name in ANSIBLE_NAMES:
                raise _errors.ConfigError(
                    f'The option {option} is "{given}", which does not make a group name: use letters, digits and'
                    " underscores, not a digit first, such as onapp."
                )
        return groups

    def of(self, states: Iterable[str], flags: Iterable[str]) -> list[str]:
        """The groups of some states and flags."""
        return [
            *(f"{self.prefix}{state}" for state in states),
            *(f"{self.prefix}flag_{flag}" for flag in flags if self.flags),
        ]

    def names(self) -> list[str]:
        """All groups but the parent, those of states first."""
        return self.of(STATES, (*FLAGS, CACHED_FLAG))

    def add_to(self, inventory: InventoryData) -> None:
        """Add all groups to the inventory, also those that stay empty: a play may name them."""
        if self.parent:
            inventory.add_group(self.parent)
        for name in self.names():
            inventory.add_group(name)
            if self.parent:
                inventory.add_child(self.parent, name)

    def warnings(self, inventory: InventoryData) -> Iterator[str]:
        """A sentence if sources with other values of `group` have the same groups of states."""
        groups = [inventory.groups[name] for name in self.of(STATES, ())]
        parents = [{parent.name for parent in group.parent_groups} for group in groups]
        others = set.intersection(*parents) - {self.parent, "all"}
        if self.parent and others:
            yield (
                f"The groups {self.prefix}… are in {self.parent} and in {', '.join(sorted(others))}, so each of these"
                " holds the hosts of all of them. Give each source its own group_prefix, or all of them one group."
            )


@dataclasses.dataclass(frozen=True)
class HostNames:
    """The options `hostnames`, `on_duplicate` and `strict`; `prefix` begins the names of host variables.

    Raises ConfigError for an entry of `hostnames` that can never give a text.
    """

    hostnames: t.Any
    on_duplicate: str
    prefix: str
    expressions: Expressions
    strict: bool

    def __post_init__(self) -> None:
        for place, entry in enumerate(self.hostnames or ()):
            if not isinstance(entry, str) or not entry.strip():
                raise _errors.ConfigError(
                    f"The option hostnames[{place}] is {kind_of(entry) if entry != '' else 'empty'}: it must be the"
                    " name of a field, such as identifier, or an expression that gives a text."
                )
            field = entry.removeprefix(self.prefix)
            if field in NAMES and field not in TEXT_FIELDS:
                raise _errors.ConfigError(
                    f"The option hostnames[{place}] is {entry}, which is not a text: use one of"
                    f" {', '.join(TEXT_FIELDS)}, or an expression that gives a text, such as 'vm-' ~ {self.prefix}id."
                )

    def name_all(
        self, variables: Sequence[Facts], taken: Collection[str], own: Mapping[str, int]
    ) -> tuple[list[str | None], list[str]]:
        """A name for each virtual machine, in the order of their ids, and warnings. None: the VM is skipped.

        `taken` are names that belong to others, `own` maps names that are taken by VMs of the same panel to their ids.
        Raises ConfigError for duplicates if they are to fail, for an entry whose value is no text and, when strict, for
        an entry that fails.
        """
        failed: dict[int, str] = {}
        wanted = [(each[f"{self.prefix}id"], self._preferred(each, failed)) for each in variables]
        names, skipped = name_hosts(wanted, taken, own, self.on_duplicate)
        return names, [
            *(f"{text}. The next entry is used. Set strict to true to make this an error." for text in failed.values()),
            *skipped,
        ]

    def _preferred(self, variables: Facts, failed: dict[int, str]) -> str:
        number = variables[f"{self.prefix}id"]
        for place, entry in enumerate(self.hostnames or ()):
            try:
                field = self.prefix + entry.removeprefix(self.prefix)
                value = variables[field] if field in variables else self.expressions.value(entry, variables)
            except ExpressionError as error:
                text = f"The expression of hostnames[{place}] failed for virtual machine {number}: {error}"
                if self.strict:
                    raise _errors.ConfigError(f"{text}.") from None
                failed.setdefault(place, text)
                continue
            if value is not None and not isinstance(value, str):
                raise _errors.ConfigError(
                    f"The option hostnames[{place}] gives {kind_of(value)} for virtual machine {number}: it must give a"
                    " text, for example with | string."
                )
            name = clean_name(value or "")
            if name.strip("_"):
                return name
        label = clean_name(variables[f"{self.prefix}label"] or "")
        if not self.hostnames and label.strip("_"):
            return f"{label}-{number}"
        return clean_name(variables[f"{self.prefix}identifier"] or "") or f"virtual-machine-{number}"


def clean_name(text: str) -> str:
    """A text as part of a host name: letters, marks and digits of any script, and `._-`; the rest becomes `_`."""
    # Cut first: many marks on one letter take long.
    normal = unicodedata.normalize("NFC", text.strip()[:MAX_NAME_BYTES])
    kept = "".join(c if c in "._-" or unicodedata.category(c)[0] in "LMN" else "_" for c in normal)
    short = kept.encode(errors="replace")[:MAX_NAME_BYTES].decode(errors="ignore")
    # `--limit -name` would be an option, and `..` another folder.
    return "_" + short[1:] if short[:1] in ("-", ".") else short


def name_hosts(
    wanted: Sequence[tuple[int, str]], taken: Collection[str], own: Mapping[str, int], on_duplicate: str
) -> tuple[list[str | None], list[str]]:
    """Names for (id, wanted name) in the order of ids, and warnings.

    A name that belongs to others gets `-<id>` until it is free. Of VMs that want the same name the lowest id gets it;
    `on_duplicate` says what happens to the others: `suffix`, `skip` (None) or `fail` (ConfigError).
    """
    others = ANSIBLE_NAMES.union(taken)
    owners: dict[str, int] = {}
    later: dict[str, list[int]] = {}

    def is_free(name: str, number: int) -> bool:
        return (name not in others or own.get(name) == number) and owners.get(name, number) == number

    for number, name in wanted:
        if is_free(name, number):
            owners[name] = number
        elif name in owners:
            later.setdefault(name, []).append(number)
    texts = [f"{name} (ids {', '.join(map(str, [owners[name], *ids][:5]))})" for name, ids in later.items()]
    if texts and on_duplicate == "fail":
        raise _errors.ConfigError(
            f"Several virtual machines have the same host name: {_text.some_of(texts)}. Change hostnames so that each"
            " gets its own, for example with identifier, or set on_duplicate to suffix or skip."
        )
    skipped = {number for ids in later.values() for number in ids} if on_duplicate == "skip" else set()
    names: list[str | None] = []
    for number, name in wanted:
        unique = name
        while owners.get(unique) != number and number not in skipped:
            unique += f"-{number}"
            if is_free(unique, number):
                owners[unique] = number
        names.append(None if number in skipped else unique)
    warning = f"Virtual machines are skipped because others have their host name: {_text.some_of(texts)}."
    return names, [warning] if skipped else []


def address_of(addresses: Iterable[str]) -> str | None:
    """The first address of a virtual machine that other hosts can reach, None without one."""
    for text in addresses:
        try:
            address = ipaddress.ip_address(text.partition("/")[0])
        except ValueError:
            continue
        plain = getattr(address, "ipv4_mapped", None) or address
        # Any text may stand in the zone of an address, and only link-local addresses need one.
        if not getattr(address, "scope_id", None) and not any(getattr(plain, kind) for kind in UNREACHABLE):
            return str(address)
    return None


@dataclasses.dataclass
class Population:
    """Adds assessed virtual machines of one panel to an inventory.

    Raises ConfigError for a group of the option `groups` whose name is taken, before anything is fetched.
    """

    inventory: InventoryData
    panel: str
    groups: NativeGroups
    names: HostNames
    constructed: Constructed

    def __post_init__(self) -> None:
        self._added = _ADDED.get(self.inventory.groups["all"], Added({}, set(), set()))
        native = {*self.groups.names(), self.groups.parent}
        for name in self.constructed.group_names:
            if name in native or name in ANSIBLE_NAMES:
                owner = "Ansible has another use for" if name in ANSIBLE_NAMES else "is the group of a state or flag"
                raise _errors.ConfigError(f"The option groups.{name} makes a group that {owner}: choose another name.")
            if name in self.inventory.hosts:
                raise _errors.ConfigError(
                    f"The option groups.{name} makes a group with the name of a host: choose another."
                )
        for name in self._own_groups() & self._added.keyed_groups:
            raise _errors.ConfigError(
                f"The group {name} of this source has hosts from keyed_groups of another OnApp source: give those"
                " keyed_groups a prefix."
            )
        # Names that no keyed group may have, with the reason.
        self._reserved = {
            **dict.fromkeys(self._added.groups, "it is a group of another OnApp source"),
            **dict.fromkeys(self._own_groups(), "it is a group of this source"),
            **dict.fromkeys(ANSIBLE_NAMES, "Ansible has another use for it"),
        }

    def add(self, vms: Sequence[Facts]) -> list[str]:
        """Add hosts and groups, all or none, and return warnings.

        Raises ConfigError for names that are impossible and, when strict, for expressions that fail.
        """
        inventory, added = self.inventory, self._added
        variables = [prefixed(vm, self.names.prefix) for vm in vms]
        own = {name: number for name, (panel, number) in added.hosts.items() if panel == self.panel}
        taken = {*inventory.hosts, *inventory.groups, *self._reserved}
        names, warnings = self.names.name_all(variables, taken, own)
        named = [(name, vm, values) for name, vm, values in zip(names, vms, variables, strict=True) if name is not None]
        with all_or_nothing(inventory):
            self.groups.add_to(inventory)
            for host in [self._add_host(*each) for each in named]:
                self.constructed.apply(inventory, host, self._reserved)
        added.hosts.update((name, (self.panel, vm["id"])) for name, vm, _values in named)
        added.groups.update(self._own_groups())
        added.keyed_groups.update(self.constructed.keyed_group_names)
        _ADDED[inventory.groups["all"]] = added
        return [*warnings, *self.constructed.warnings(), *self.groups.warnings(inventory)]

    def _own_groups(self) -> set[str]:
        return {*self.groups.names(), *filter(None, [self.groups.parent]), *self.constructed.group_names}

    def _add_host(self, name: str, vm: Facts, variables: Facts) -> Host:
        inventory, groups = self.inventory, self.groups.of([vm[ASSESSMENT]["state"]], vm[ASSESSMENT]["flags"])
        is_new = name not in inventory.hosts
        for group in groups:
            inventory.add_host(name, group)
        host = inventory.hosts[name]
        if not is_new:
            # The same VM from an earlier source, which may have had another policy.
            for group in {*self.groups.names()}.difference(groups):
                inventory.groups[group].remove_host(host)
        # At once: set_variable for each costs more than everything else that is done for a host.
        host.vars.update(variables)
        address = address_of(vm["ip_addresses"]) if is_new else None
        if address:
            host.vars["ansible_host"] = address
        return host


@contextlib.contextmanager
def all_or_nothing(inventory: InventoryData) -> Iterator[None]:
    """Restore the inventory when an error leaves the context.

    ansible-core would keep what was added so far, and go on with half an inventory when another source is fine.
    """
    before = [(things, things.copy()) for things in (inventory.hosts, inventory.groups)]
    # Shallow copies, because hosts and groups refer to each other.
    contents = [
        (vars(thing), {name: copy.copy(value) for name, value in vars(thing).items()})
        for _things, kept in before
        for thing in kept.values()
    ]
    try:
        yield
    except BaseException:
        for current, kept in [*before, *contents]:
            current.clear()
            current.update(kept)
        # ansible-core keeps the members of all groups here, and has no public way to drop them.
        inventory._groups_dict_cache = {}
        raise
