# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible's templar and inventory, with texts marked as trusted like those of an inventory file."""

from __future__ import annotations

import pytest
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible_collections.community.onapp.plugins.plugin_utils._constructed import Constructed, Expressions

DEFAULTS = {
    "strict": False,
    "compose": {},
    "groups": {},
    "keyed_groups": [],
    "leading_separator": True,
    "use_extra_vars": False,
}


@pytest.fixture(scope="session")
def trusted():
    """A function that marks texts at every depth as those of the user's file: only these may be expressions."""

    def trust(value):
        if isinstance(value, dict):
            return {name: trust(item) for name, item in value.items()}
        if isinstance(value, list):
            return [trust(item) for item in value]
        return trust_as_template(value) if isinstance(value, str) else value

    return trust


@pytest.fixture(scope="session")
def templar():
    return Templar(loader=DataLoader())


@pytest.fixture(scope="session")
def expressions(templar):
    """Expressions over the variables of a virtual machine only."""
    return Expressions(templar, {})


@pytest.fixture
def inventory():
    """An inventory with `all` and `ungrouped` only."""
    return InventoryData()


@pytest.fixture(scope="session")
def make_constructed(templar, trusted):
    """A function that creates constructed options, as those of a file, with extra variables."""

    def make(extra=(), **options):
        return Constructed({**DEFAULTS, **trusted(options)}.__getitem__, templar, dict(extra))

    return make
