# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run modules and the inventory plugin in this process: Ansible's commands would take seconds for each run."""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import json
import signal
import typing as t
from unittest import mock

import pytest
import yaml
from ansible import constants
from ansible.module_utils import basic
from ansible.module_utils.common import warnings
from ansible_collections.community.onapp.plugins.inventory import onapp

PLUGIN = "community.onapp.onapp"
Result = dict[str, t.Any]


def run_module(name: str, options: dict[str, t.Any]) -> tuple[Result, str]:
    """The result of a module of this collection, and all that it printed."""
    module = importlib.import_module(f"ansible_collections.community.onapp.plugins.modules.{name}")
    arguments = json.dumps({"ANSIBLE_MODULE_ARGS": {"_ansible_remote_tmp": "/tmp", **options}}).encode()
    out, err = io.StringIO(), io.StringIO()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(basic, "_ANSIBLE_ARGS", arguments))
        stack.enter_context(mock.patch.object(basic, "_ANSIBLE_PROFILE", "legacy"))
        # Other tests may have made this process a controller, whose warnings are displayed and not returned.
        stack.enter_context(mock.patch.object(warnings._internal, "is_controller", False))
        stack.enter_context(mock.patch.object(warnings, "_global_warnings", type(warnings._global_warnings)()))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        with pytest.raises(SystemExit):
            module.main()
    for number, handler in handlers.items():
        signal.signal(number, handler)
    result: Result = json.loads(out.getvalue())
    return result, out.getvalue() + err.getvalue()


def inventory_plugin() -> t.Any:
    """A new instance of the inventory plugin with its options defined, as Ansible's loader makes one per source."""
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
