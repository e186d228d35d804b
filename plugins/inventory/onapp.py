# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: onapp
short_description: Virtual machines of an OnApp cloud, grouped by the state of their backups
description:
  - Adds the virtual machines of an OnApp cloud to groups by the state of their backups, which is V(unknown),
    V(not_applicable), V(pending), V(unprotected), V(failing), V(stale) or V(protected). Empty groups exist, too.
  - Select hosts by the states that you accept (C(hosts=onapp_backup_protected)). Excluding bad states selects
    V(unknown) hosts, too.
  - If the list of virtual machines is incomplete, the source fails and adds nothing.
  - The variable C(onapp_inventory) of the group C(all) says whether the inventory is complete, and how old it is, even
    when the source fails. Check it in plays, as the playbook C(community.onapp.maintenance) does.
  - It has C(complete), C(failures) (as RV(community.onapp.onapp_backup_info#module:health.failures)), C(generated_at),
    C(source) (V(api), V(cache) or V(mixed)), C(cache_age) in seconds, the numbers of C(virtual_machines), C(backups)
    and C(requests), and in C(sources) the same for each OnApp source.
  - When an inventory source fails, Ansible only warns and exits with 0. Set C(any_unparsed_is_failed=true) in the
    section C([inventory]) of C(ansible.cfg) to make it fail.
  - The name of the file must end in C(onapp.yml) or C(onapp.yaml).
  - Every text option may be a template, for example with a lookup. Values of environment variables never are.
  - O(compose), O(groups) and O(keyed_groups) give the same results as P(ansible.builtin.constructed#inventory) on the
    variables of the host itself, and change only that host. A keyed group or its parent group is refused, with a
    warning, if its name is that of a host, of a group of states or flags, of an entry of O(groups), or V(all),
    V(ungrouped) or V(localhost).
version_added: 1.0.0
author:
  - The community.onapp authors (@ansible-collections)
extends_documentation_fragment:
  - community.onapp.onapp
  - community.onapp.policy
  - constructed
  - inventory_cache
options:
  url:
    env:
      - name: ONAPP_URL
  username:
    env:
      - name: ONAPP_USERNAME
  password:
    env:
      - name: ONAPP_PASSWORD
      - name: ONAPP_API_KEY
  validate_certs:
    env:
      - name: ONAPP_VALIDATE_CERTS
  ca_path:
    env:
      - name: ONAPP_CA_PATH
  timeout:
    env:
      - name: ONAPP_TIMEOUT
  plugin:
    description: Marks the file as one for this plugin.
    type: str
    required: true
    choices:
      - community.onapp.onapp
  filters:
    description:
      - Which virtual machines to include. Each entry is a dictionary with the one key C(include) or C(exclude), whose
        value is an expression over the variables of the virtual machine, except its backups.
      - The first entry that is true decides; without one the virtual machine is included. An expression that fails is
        an error. Backups are only read of included virtual machines.
    type: list
    elements: dict
    default: []
  hostnames:
    description:
      - Where the name of a host comes from, the preferred source first. Each entry is a text field of the virtual
        machine, such as V(identifier), or an expression that gives a text. The first text that is not empty is used, or
        else the identifier.
      - By default the name is C(<label>-<id>), or the identifier of a virtual machine without a label. It is unique and
        stable, and a tenant cannot choose it freely.
      - With V(label) tenants name your hosts. Use it only where you own all labels.
      - Characters that have a meaning in host patterns become V(_). The label itself is in C(onapp_label).
      - A name that a host or group of the inventory, a group of this source or Ansible itself already has, such as
        V(localhost), gets C(-<id>) until it is free. A virtual machine that an earlier source of the same panel added
        under this name is the same host. Sources that are parsed later cannot be considered; V(identifier) is
        safe from them, too.
    type: list
    elements: str
    default: []
  on_duplicate:
    description: What to do when virtual machines would have the same name. The one with the lowest id always gets it.
    type: str
    choices:
      suffix: The others get C(-) and their id behind the name.
      fail: The source fails.
      skip: The others are skipped, with a warning.
    default: suffix
  hostvars_prefix:
    description:
      - Begins the names of all variables of a host but C(ansible_host), its first address that is neither unspecified,
        loopback, link-local nor multicast.
      - The variables are those of RV(community.onapp.onapp_backup_info#module:virtual_machines), with the assessment as
        C(onapp_backup), with O(include_backups) those of
        RV(community.onapp.onapp_backup_info#module:backups) as C(onapp_backups), and with O(evidence)
        RV(community.onapp.onapp_backup_info#module:recovery_points) as C(onapp_recovery_points) and
        RV(community.onapp.onapp_backup_info#module:virtual_machines[].schedules) as C(onapp_schedules).
    type: str
    default: onapp_
  include_backups:
    description: Which backups to put into the variable C(onapp_backups) of a host.
    type: str
    choices:
      none: No backups; the variable is not set.
      latest: The newest usable backup of each disk, or of the whole virtual machine.
      all: All backups.
    default: none
  group:
    description:
      - The parent of all groups of states and flags. With an empty text there is none.
      - To separate the hosts of several sources, give each its own O(group_prefix), too.
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
  on_error:
    description: What to do when the disks or backups of a virtual machine cannot be read.
    type: str
    choices:
      unknown: The virtual machine is in the inventory with the state V(unknown) and the reason.
      fail: The source fails.
    default: unknown
  max_cache_age:
    description:
      - If cached facts are older, every state is V(unknown), with the flag V(facts_cached). States and ages are
        computed when the inventory is loaded, also from cached facts.
      - A number and V(m), V(h), V(d) or V(w), for example V(6h). Without it only O(cache_timeout) limits the age.
    type: str
  cache:
    description:
      - Whether to cache the virtual machines for the next run. This needs O(cache_plugin), because the default,
        V(memory), caches nothing between runs.
      - Only rows of the control panel are cached, without secrets, and only when everything could be read. A cache that
        cannot be used or written causes a warning.
notes:
  - C(ansible-inventory --toml) fails for facts that are null, because TOML has no null. Use C(--yaml), or JSON.
  - C(ansible-inventory) shows the texts of tenants as they are, with C(--graph --vars) also line ends and control
    characters, which a terminal or a CI system may take as commands. In a CI job, use C(--list) with C(--output), or
    C(--graph) without C(--vars), which only shows cleaned names.
seealso:
  - module: community.onapp.onapp_backup_info
  - module: community.onapp.onapp_backup_compliance
"""

EXAMPLES = r"""
# cloud.onapp.yml: virtual machines by backup state. The environment holds ONAPP_URL, ONAPP_USERNAME, ONAPP_PASSWORD.
---
plugin: community.onapp.onapp

# Only booted virtual machines, named by their identifier, with another policy and groups by user.
---
plugin: community.onapp.onapp
url: https://onapp.example.com
username: backup-audit@example.com
password: "{{ lookup('ansible.builtin.env', 'ONAPP_API_KEY') }}"
filters:
  - include: onapp_booted
  - exclude: true
hostnames:
  - identifier
policy:
  version: 1
  defaults:
    rpo: 26h
keyed_groups:
  - key: onapp_user_id | string
    prefix: onapp_user

# Facts from a cache for at most six hours.
---
plugin: community.onapp.onapp
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/ansible-onapp
cache_timeout: 86400
max_cache_age: 6h
"""

import re
import time
import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.plugins.loader import cache_loader

from ..module_utils import _errors, _options, _text
from ..module_utils._api.fetch import Failure
from ..module_utils._policy import values
from ..module_utils._policy.policy import read_policy
from ..plugin_utils._constructed import Constructed, Expressions, kind_of
from ..plugin_utils._populate import HostNames, NativeGroups, Population
from ..plugin_utils._vms import (
    HEALTH,
    Cloud,
    CloudReader,
    DamagedCache,
    Health,
    Snapshot,
    cache_key,
    check_prefix,
    parse_filters,
)

SUFFIXES = ("onapp.yml", "onapp.yaml")
# Expressions over the variables of a host, which do not exist yet when options are read.
HOST_EXPRESSIONS = frozenset({"plugin", "compose", "groups", "keyed_groups", "filters", "hostnames"})
# Errors of their templates may show what a filter or a lookup was given.
SECRETS = ("url", "password", "api_key")
UNDEFINED = re.compile(r"'\w+' is undefined")

# Values that ansible-core would convert, or show in an error, by the type that an option has.
NO_TEXT = (list, tuple, set, Mapping)
MISPLACED = {"str": NO_TEXT, "path": NO_TEXT, "dict": (list, str, int, float), "list": (Mapping, int)}


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Virtual machines of an OnApp cloud, grouped by the state of their backups."""

    NAME = "community.onapp.onapp"

    def verify_file(self, path: str) -> bool:
        """Whether the name of the file is one for this plugin."""
        if not super().verify_file(path):
            return False
        if path.endswith(SUFFIXES):
            return True
        self.display.v(f"{self.NAME} ignores {path}: the name of its file must end in {' or '.join(SUFFIXES)}")
        return False

    def set_options(self, task_keys: t.Any = None, var_options: t.Any = None, direct: t.Any = None) -> None:
        """Set the options of the file, with their templates rendered.

        Raises ConfigError that names an unknown option, which ansible-core would ignore, a template that fails, or an
        option of a wrong type. No value is shown, because it may be a password.
        """
        definitions = self.option_definitions
        names = {alias: name for name, each in definitions.items() for alias in (name, *(each.get("aliases") or ()))}
        self.templar.available_variables = self._vars
        rendered = {}
        for name, value in (direct or {}).items():
            if name not in names:
                raise _errors.ConfigError(
                    f"There is no option {_text.printable(name)}{values.nearest(str(name), sorted(names))}; remove it"
                    " or correct its name. ansible-doc -t inventory community.onapp.onapp lists the options."
                )
            try:
                value = rendered[name] = value if name in HOST_EXPRESSIONS else self.templar.template(value)
            except Exception as error:
                reason = _text.printable(error)
                if name in SECRETS and not UNDEFINED.fullmatch(reason):
                    reason = "the reason is not shown, because it may hold the password"
                raise _errors.ConfigError(f"The option {name} is a template that fails: {reason}") from None
            expected = definitions[names[name]].get("type")
            if expected in MISPLACED and isinstance(value, MISPLACED[expected]):
                what = {"dict": "a dictionary", "list": "a list"}.get(expected, "a text")
                raise _errors.ConfigError(f"The option {name} is {kind_of(value)}: it must be {what}.")
        super().set_options(task_keys=task_keys, var_options=var_options, direct=rendered)
        if self.get_option("cache"):
            self._check_cache()

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Populate the inventory; on any error only add the record of it, and raise AnsibleParserError."""
        super().parse(inventory, loader, path, cache)
        now = int(time.time())
        self._requests = 0
        try:
            self._read_config_data(path)
            self._populate(now, path, cache)
        except Exception as error:
            is_ours = isinstance(error, _errors.OnAppError)
            failure = Failure(error if is_ours else _errors.ConfigError(_text.printable(error))).as_facts()
            self._record(Health(None, now, requests=self._requests, failures=(failure,)))
            if is_ours:
                raise AnsibleParserError(error.text) from None
            raise

    def update_cache_if_changed(self) -> None:
        """Write the cache; ansible-core calls this after `parse`, and fails the source for any error."""
        if not self.get_option("cache"):
            return
        try:
            super().update_cache_if_changed()
        except Exception as error:
            self.display.warning(f"The cache of this inventory source cannot be written: {_text.printable(error)}")

    def _populate(self, now: int, path: str, cache: bool) -> None:
        option = self.get_option
        connection = _options.Connection.from_options({name: option(name) for name in _options.argument_spec()})
        evaluate_at = _options.read_moment("evaluate_at", option("evaluate_at"))
        reader = CloudReader(
            panel=connection.url,
            expressions=Expressions(self.templar, self._vars),
            filters=parse_filters(option("filters")),
            prefix=check_prefix(option("hostvars_prefix")),
            policy=read_policy(option("policy")),
            now=now if evaluate_at is None else evaluate_at,
            fetched_at=now,
            include_backups=option("include_backups"),
            fail_on_error=option("on_error") == "fail",
            max_cache_age=_options.read_duration("max_cache_age", option("max_cache_age")),
            evidence=_options.read_evidence(option("evidence")),
        )
        groups = NativeGroups.from_options(*map(option, ("group", "group_prefix", "flag_groups")))
        names = HostNames(
            option("hostnames"), option("on_duplicate"), reader.prefix, reader.expressions, option("strict")
        )
        constructed = Constructed(option, self.templar, self._vars)
        population = Population(self.inventory, connection.url, groups, names, constructed)
        parts = (connection.url, connection.username, reader.include_backups != "none", reader.evidence)
        cloud = self._read(reader, connection, cache_key(self.get_cache_key(path), *parts), cache)
        warnings = population.add(cloud.vms)
        self._record(cloud.health)
        for warning in [*connection.warnings(), *cloud.warnings, *warnings]:
            self.display.warning(warning)

    def _read(self, reader: CloudReader, connection: _options.Connection, key: str, cache: bool) -> Cloud:
        """The cloud from the cache if that is allowed and possible, else from the control panel."""
        uses_cache = self.get_option("cache")
        if uses_cache and cache and (cloud := self._cached(reader, key)):
            return cloud
        # A cached inventory need not compile the client.
        from ..module_utils._api.client import Client

        client = Client(connection)
        try:
            cloud, snapshot = reader.fetch(client, snapshot=uses_cache)
        finally:
            client.close()
            self._requests = client.throttle.requests
        if snapshot:
            self._cache[key] = snapshot.as_text()
        return cloud

    def _cached(self, reader: CloudReader, key: str) -> Cloud | None:
        try:
            text = self._cache[key]
        except KeyError:
            # ansible-core hides an entry that it cannot read behind the same error as one that is missing.
            if not self._cache._plugin.contains(key):
                return None
            problem = "it is not an entry that this ansible-core wrote."
        except Exception as error:
            problem = _text.printable(error)
        else:
            try:
                return reader.from_snapshot(Snapshot.from_text(text))
            except DamagedCache as error:
                problem = f"{_text.printable(error)}."
        self.display.warning(
            f"The cache of this inventory source cannot be used, and the control panel is read instead: {problem}"
        )
        return None

    def _check_cache(self) -> None:
        """Load the cache plugin. One that cannot be used disables caching, with a warning; ansible-core would fail."""
        name = self.get_option("cache_plugin")
        if name in ("memory", "ansible.builtin.memory"):
            self.display.warning(
                "The option cache is true, but cache_plugin is memory, which caches nothing between runs: use another,"
                " such as ansible.builtin.jsonfile with a folder as cache_connection."
            )
        try:
            self.load_cache_plugin()
        except AnsibleError as error:
            if not self.get_option("cache_connection") or not cache_loader.find_plugin(name):
                raise
            self.set_option("cache", False)
            self.display.warning(f"The cache of this inventory source cannot be used: {_text.printable(error)}")

    def _record(self, health: Health) -> None:
        variables = self.inventory.groups["all"].vars
        # Not by set_variable, which would merge it into the record before.
        variables[HEALTH] = health.joined_to(variables.get(HEALTH))
