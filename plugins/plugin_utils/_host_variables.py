# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The variables of a host: facts of its virtual machine under a prefix, the verdict, backups, and its address."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible import constants as C
from ansible.vars.reserved import get_reserved_names
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._facts import VIRTUAL_MACHINE_FIELDS

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    Facts = dict[str, t.Any]

ASSESSMENT, BACKUPS, HEALTH = "backup", "backups", "onapp_inventory"
NAMES = (*VIRTUAL_MACHINE_FIELDS, "ip_addresses", ASSESSMENT, BACKUPS)


def check_prefix(prefix: str) -> str:
    """The option `hostvars_prefix`. Raises ConfigError when it would make a name that Ansible has another use for."""
    reserved = get_reserved_names() | set(C.INTERNAL_STATIC_VARS) | {HEALTH}
    for name in NAMES:
        variable = prefix + name
        if not variable.isidentifier() or not variable.isascii():
            raise ConfigError(
                f'The option hostvars_prefix is "{prefix}", which does not begin a variable name: write letters, digits'
                " and underscores, such as onapp_."
            )
        if variable in reserved or variable.startswith("ansible_"):
            raise ConfigError(
                f'The option hostvars_prefix is "{prefix}", which makes the variable {variable}, a name for which'
                " Ansible has another use: choose another prefix, such as onapp_."
            )
    return prefix


def prefixed(facts: Facts, prefix: str) -> Facts:
    """Facts as variables."""
    return {prefix + name: value for name, value in facts.items()}


def address_of(addresses: Iterable[str]) -> str | None:
    """The first of a virtual machine's addresses that is one."""
    for text in addresses:
        try:
            return str(ipaddress.ip_address(text.partition("/")[0]))
        except ValueError:
            continue
    return None


def latest(backups: Iterable[Facts]) -> list[Facts]:
    """The newest usable backup of each disk, or of the whole virtual machine."""
    found: dict[tuple[t.Any, t.Any], Facts] = {}
    for backup in backups:
        if backup["usable"]:
            target = (backup["target_type"], backup["target_id"])
            found[target] = min(found.get(target, backup), backup, key=lambda each: (each["age_seconds"], -each["id"]))
    return list(found.values())
