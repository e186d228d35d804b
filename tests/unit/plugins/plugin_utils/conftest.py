# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible's own templar and inventory, with texts trusted as those of an inventory file are."""

from __future__ import annotations

import pytest
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import BaseInventoryPlugin, Constructable
from ansible.template import Templar
from ansible_collections.community.onapp.plugins.plugin_utils._expressions import Expressions, evaluate

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core 2.18 trusts every text
    trust_as_template = str


@pytest.fixture(scope="session")
def trusted():
    """A text as it stands in a file of the user: the only one that may be a template or an expression."""
    return trust_as_template


@pytest.fixture(scope="session")
def templar():
    return Templar(loader=DataLoader())


@pytest.fixture(scope="session")
def expressions(templar):
    """Expressions over nothing but the variables of a virtual machine."""
    return Expressions(templar, {})


@pytest.fixture
def inventory():
    """An inventory with `all` and `ungrouped` only."""
    return InventoryData()


class TinyPlugin(BaseInventoryPlugin, Constructable):
    """No more of an inventory plugin than constructed options need."""

    NAME = "tiny"

    def __init__(self, inventory, templar, options):
        super().__init__()
        self.inventory = inventory
        self.templar = templar
        self.options = {
            "strict": False,
            "compose": None,
            "groups": None,
            "keyed_groups": None,
            "leading_separator": True,
            "use_extra_vars": False,
            **options,
        }

    def get_option(self, option, hostvars=None):
        return self.options[option]

    def _compose(self, template, variables, disable_lookups=True):
        self.templar.available_variables = variables
        return evaluate(self.templar, template)


@pytest.fixture(scope="session")
def trusted_throughout(trusted):
    """The options of a file of the user: all texts in them are trusted, at every depth."""

    def trust(value):
        if isinstance(value, dict):
            return {name: trust(item) for name, item in value.items()}
        if isinstance(value, list):
            return [trust(item) for item in value]
        return trusted(value) if isinstance(value, str) else value

    return trust


@pytest.fixture
def plugin(inventory, templar, trusted_throughout):
    """Makes a plugin that fills `inventory`, with options as those of a file are: trusted."""
    return lambda **options: TinyPlugin(inventory, templar, trusted_throughout(options))
