# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: onapp
short_description: Virtual machines of an OnApp cloud, grouped by the state of their backups
description:
  - Reads the virtual machines of an OnApp cloud with their disks and backups, and puts each into the group of its
    backup state.
  - The states are V(unknown), V(not_applicable), V(pending), V(unprotected), V(failing), V(stale) and V(protected).
    Each has its group, also when it is empty.
  - What could not be read is V(unknown), never a state that looks good. Work on an allow-list, such as
    C(hosts=onapp_backup_protected), because a list of what to leave out lets V(unknown) through.
  - Nothing is added to the inventory when the virtual machines cannot be listed whole.
  - The variable C(onapp_inventory) of the group C(all) tells whether the inventory is complete, and how old it is. It
    is there even when the source failed. Let plays test it, as the playbook C(community.onapp.maintenance) does.
  - It has C(complete), C(failures) (as RV(community.onapp.onapp_backup_info#module:health.failures)), C(generated_at),
    C(source) (V(api), V(cache) or V(mixed)), C(cache_age) in seconds, the numbers of C(virtual_machines), C(backups)
    and C(requests), and in C(sources) the same for each OnApp source.
  - Ansible goes on with a warning when an inventory source fails, and ends with 0. Set
    C(any_unparsed_is_failed=true) in the section C([inventory]) of C(ansible.cfg) to make it fail.
  - The name of the file must end in C(onapp.yml) or C(onapp.yaml).
  - Every option that is a text may be a template, for example with a lookup or an extra variable. Texts that come from
    environment variables are taken as they are.
version_added: 1.0.0
author:
  - The community.onapp authors (@ansible-collections)
extends_documentation_fragment:
  - community.onapp.onapp
  - community.onapp.onapp.environment
  - constructed
  - inventory_cache
options:
  plugin:
    description: Marks the file as one for this plugin.
    type: str
    required: true
    choices:
      - community.onapp.onapp
  filters:
    description:
      - Which virtual machines to take in. Each entry is a dictionary with the one key C(include) or C(exclude), whose
        value is an expression over the variables of the virtual machine, except its backups.
      - The first entry that holds decides. A virtual machine for which none holds is taken in.
      - Backups are read only of the virtual machines that are taken in.
      - An expression that fails is an error, because neither way would be safe.
    type: list
    elements: dict
    default: []
  hostnames:
    description:
      - What to name a host, the preferred first. Each entry is a field of the virtual machine, or an expression over
        its variables. The first that gives a text is taken; if none does, it is V(identifier) or the id.
      - Characters that have a meaning in host patterns become V(_), so that every host can be selected with C(--limit).
        The label itself stays in the variable C(onapp_label).
      - Tenants choose labels and host names. Use V(identifier) where that is not to be trusted.
    type: list
    elements: str
    default:
      - label
      - hostname
      - identifier
  on_duplicate:
    description:
      - What to do when several virtual machines would have the same name. The one with the lowest id always has it.
      - A name that is in use for something else, such as V(localhost), the name of a group or that of a virtual machine
        of another cloud, always gets a suffix.
    type: str
    choices:
      suffix: The others get C(-) and their id behind the name.
      fail: The source fails.
      skip: The others are left out, with a warning.
    default: suffix
  hostvars_prefix:
    description:
      - Begins the name of every variable of a host, except C(ansible_host), which is the first address.
      - The variables are those of RV(community.onapp.onapp_backup_info#module:virtual_machines), the verdict among them
        as C(onapp_backup), and with O(include_backups) those of
        RV(community.onapp.onapp_backup_info#module:backups) as C(onapp_backups).
    type: str
    default: onapp_
  include_backups:
    description: Which backups to put into the variable C(onapp_backups) of a host.
    type: str
    choices:
      none: No backups; the variable is not there.
      latest: The newest usable backup of each disk, or of the whole virtual machine.
      all: All backups.
    default: none
  group:
    description:
      - The group that holds all groups of this source. An empty text means that there is none.
      - Groups of states that have one name in several sources hold the hosts of all of them. To keep the hosts of a
        source apart, give it its own O(group_prefix), too.
    type: str
    default: onapp
  group_prefix:
    description: Begins the names of the groups of states and flags.
    type: str
    default: onapp_backup_
  flag_groups:
    description: Whether there is a group for each flag, such as C(onapp_backup_flag_at_risk).
    type: bool
    default: false
  policy:
    description:
      - What a good backup is, see the option O(community.onapp.onapp_backup_info#module:policy).
    type: dict
  evaluate_at:
    description: The time at which to judge, for example V(2026-03-30T06:00:00Z). The default is now.
    type: str
  on_error:
    description: What to do when the disks or backups of a virtual machine cannot be read.
    type: str
    choices:
      unknown: The virtual machine is in the inventory with the state V(unknown) and the reason.
      fail: The source fails.
    default: unknown
  max_cache_age:
    description:
      - Facts from the cache that are older make every state V(unknown), with the flag V(facts_cached).
      - A number and V(m), V(h), V(d) or V(w), for example V(6h). Without it there is no such limit, except that of
        O(cache_timeout).
      - States and ages are always those at the time of loading, also with facts from the cache.
    type: str
  cache:
    description:
      - Whether to keep what was read for the next run. This needs O(cache_plugin), because the default, V(memory),
        keeps nothing between runs.
      - Only rows that the control panel sent are kept, without secrets, and only when everything could be read.
seealso:
  - module: community.onapp.onapp_backup_info
  - module: community.onapp.onapp_backup_compliance
"""

EXAMPLES = r"""
# cloud.onapp.yml: virtual machines by backup state. The environment holds ONAPP_URL, ONAPP_USERNAME, ONAPP_PASSWORD.
---
plugin: community.onapp.onapp

# Only virtual machines that run, without those of one user, named by their identifier, with a policy of their own.
---
plugin: community.onapp.onapp
url: https://onapp.example.com
username: backup-audit@example.com
password: "{{ lookup('ansible.builtin.env', 'ONAPP_API_KEY') }}"
filters:
  - exclude: onapp_user_id == 7
  - include: onapp_booted
  - exclude: true
hostnames:
  - identifier
policy:
  version: 1
  defaults:
    rpo: 26h
flag_groups: true

# Facts from a cache for at most six hours, and groups by user.
---
plugin: community.onapp.onapp
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/ansible-onapp
cache_timeout: 86400
max_cache_age: 6h
keyed_groups:
  - key: onapp_user_id | string
    prefix: onapp_user
compose:
  onapp_age_hours: (onapp_backup.age_seconds or 0) // 3600
"""

import time
import typing as t

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.vars import combine_vars
from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError, OnAppError
from ansible_collections.community.onapp.plugins.module_utils._options import (
    Connection,
    argument_spec,
    read_duration,
    read_moment,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.document import read_policy
from ansible_collections.community.onapp.plugins.module_utils._text import printable
from ansible_collections.community.onapp.plugins.plugin_utils._constructed import Constructor
from ansible_collections.community.onapp.plugins.plugin_utils._expressions import Expressions, evaluate
from ansible_collections.community.onapp.plugins.plugin_utils._filters import read_filters
from ansible_collections.community.onapp.plugins.plugin_utils._health import Health, joined
from ansible_collections.community.onapp.plugins.plugin_utils._host_names import HostNames
from ansible_collections.community.onapp.plugins.plugin_utils._host_variables import HEALTH, check_prefix
from ansible_collections.community.onapp.plugins.plugin_utils._population import BackupGroups, Population
from ansible_collections.community.onapp.plugins.plugin_utils._snapshot import Snapshot, cache_key
from ansible_collections.community.onapp.plugins.plugin_utils._templates import check_names, filled_in
from ansible_collections.community.onapp.plugins.plugin_utils._trust import as_data
from ansible_collections.community.onapp.plugins.plugin_utils._virtual_machines import Cloud, Params, Reader

SUFFIXES = ("onapp.yml", "onapp.yaml")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Virtual machines of an OnApp cloud, grouped by the state of their backups."""

    NAME = "community.onapp.onapp"

    def verify_file(self, path: str) -> bool:
        """Whether the name of the file is one for this plugin."""
        if not super().verify_file(path):
            return False
        if path.endswith(SUFFIXES):
            return True
        self.display.v(f"{self.NAME} leaves {path} alone: the name of its file must end in {' or '.join(SUFFIXES)}")
        return False

    def set_options(self, task_keys: t.Any = None, var_options: t.Any = None, direct: t.Any = None) -> None:
        """Take the options of the file, with their templates filled in."""
        check_names(direct, self.option_definitions)
        direct = filled_in(direct, self.templar, self._vars)
        super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Fill the inventory; on any error add nothing but the record that says so, and raise AnsibleParserError."""
        super().parse(inventory, loader, path, cache)
        now = int(time.time())
        self._requests = 0
        try:
            self._read_config_data(path)
            self._fill(self._question(now), path, cache)
        except OnAppError as error:
            self._record(Health.of_failure(now, error, self._requests))
            raise AnsibleParserError(error.text) from None
        except Exception as error:
            self._record(Health.of_failure(now, ConfigError(printable(error)), self._requests))
            raise

    def _compose(self, template: str, variables: t.Any, disable_lookups: bool = True) -> t.Any:
        """The value of an expression in a constructed option: as it is, on every ansible-core."""
        extra = self._vars if self.get_option("use_extra_vars") else {}
        self.templar.available_variables = combine_vars(variables, extra)
        return evaluate(self.templar, template)

    def _fill(self, params: Params, path: str, cache: bool) -> None:
        connection = Connection.from_options({name: self.get_option(name) for name in argument_spec()})
        groups = BackupGroups.from_options(*map(self.get_option, ("group", "group_prefix", "flag_groups")))
        names = HostNames(self.get_option("hostnames"), self.get_option("on_duplicate"), params.prefix)
        population = Population(self.inventory, groups, names, Constructor(self), params.prefix)
        expressions = Expressions(self.templar, self._vars)
        warnings = connection.warnings()
        cloud = self._cloud(Reader(params, expressions, connection.url), connection, path, cache)
        warnings += cloud.warnings
        warnings += population.add(cloud.vms, expressions, strict=self.get_option("strict"))
        self._record(cloud.health)
        for warning in warnings:
            self.display.warning(warning)

    def _question(self, now: int) -> Params:
        evaluate_at = read_moment("evaluate_at", self.get_option("evaluate_at"))
        return Params(
            filters=read_filters(self.get_option("filters")),
            prefix=check_prefix(self.get_option("hostvars_prefix")),
            policy=read_policy(self.get_option("policy")),
            now=now if evaluate_at is None else evaluate_at,
            fetched_at=now,
            include_backups=self.get_option("include_backups"),
            fail_on_error=self.get_option("on_error") == "fail",
            max_cache_age=read_duration("max_cache_age", self.get_option("max_cache_age")),
        )

    def _cloud(self, reader: Reader, connection: Connection, path: str, cache: bool) -> Cloud:
        """The cloud from the cache where that may be and holds it, else from the panel, and then into the cache."""
        uses_cache = self.get_option("cache")
        if uses_cache and self.get_option("cache_plugin") in ("memory", "ansible.builtin.memory"):
            self.display.warning(
                "The option cache is true, but cache_plugin is memory, which keeps nothing between runs: choose"
                " another, such as ansible.builtin.jsonfile with a folder as cache_connection."
            )
        key = cache_key(
            self.get_cache_key(path), connection.url, connection.username, self.get_option("include_backups") != "none"
        )
        if uses_cache and cache:
            snapshot = Snapshot.from_text(self._cache.get(key))
            cloud = snapshot and reader.cached(snapshot)
            if cloud:
                return cloud
        client = Client(connection)
        try:
            cloud, snapshot = reader.fresh(client, snapshot=uses_cache)
        finally:
            client.close()
            self._requests = client.throttle.requests
        if snapshot:
            self._cache[key] = snapshot.as_text()
        return cloud

    def _record(self, health: Health) -> None:
        before = self.inventory.groups["all"].vars.get(HEALTH)
        # Not through set_variable, which would merge it into the record before.
        self.inventory.groups["all"].vars[HEALTH] = as_data(joined(before, health))
