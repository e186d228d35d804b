# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the inventory plugin in this process, because Ansible's commands take seconds per run."""

from __future__ import annotations

import functools
import importlib
import typing as t

import yaml
from ansible import constants
from ansible_collections.community.onapp.plugins.inventory import onapp

PLUGIN = "community.onapp.onapp"


def inventory_plugin() -> t.Any:
    """A new inventory plugin with its options defined, as Ansible's loader creates it for each source."""
    _define_options()
    plugin = onapp.InventoryModule()
    plugin._load_name, plugin._redirected_names = PLUGIN, [PLUGIN]
    return plugin


@functools.cache
def _define_options() -> None:
    documentation = yaml.safe_load(onapp.DOCUMENTATION)
    options: dict[str, dict[str, t.Any]] = {}
    for part in (*_fragments(documentation), documentation):
        for name, option in part.get("options", {}).items():
            options.setdefault(name, {}).update(option)
    constants.config.initialize_plugin_configuration_definitions("inventory", PLUGIN, options)


def _fragments(documentation: dict[str, t.Any]) -> t.Iterator[dict[str, t.Any]]:
    for name in documentation["extends_documentation_fragment"]:
        *collection, module, part = name.split(".") if name.count(".") > 2 else [*name.split("."), "documentation"]
        place = f"ansible_collections.{'.'.join(collection)}.plugins" if len(collection) == 2 else "ansible.plugins"
        found = importlib.import_module(f"{place}.doc_fragments.{module}").ModuleDocFragment
        yield yaml.safe_load(getattr(found, part.upper()))
