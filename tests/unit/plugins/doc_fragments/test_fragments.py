# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each documentation fragment is valid, and a module or plugin extends it."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.community.onapp.plugins.doc_fragments import attributes, onapp, policy
from ansible_collections.community.onapp.plugins.inventory import onapp as inventory
from ansible_collections.community.onapp.plugins.modules import onapp_backup_compliance, onapp_backup_info

OWN = "community.onapp."
PARTS = {
    f"{OWN}{module.__name__.rpartition('.')[2]}.{name.lower()}".removesuffix(".documentation"): text
    for module in (attributes, onapp, policy)
    for name, text in vars(module.ModuleDocFragment).items()
    if name.isupper()
}


@pytest.mark.parametrize("name", PARTS)
def test_fragment_has_options_or_attributes(name):
    part = yaml.safe_load(PARTS[name])
    entries = {**part.get("options", {}), **part.get("attributes", {})}
    assert entries
    assert part.keys() <= {"options", "attributes", "notes", "requirements", "seealso"}


def test_extended_fragments_are_the_existing_ones():
    extended = {
        name
        for plugin in (inventory, onapp_backup_compliance, onapp_backup_info)
        for name in yaml.safe_load(plugin.DOCUMENTATION)["extends_documentation_fragment"]
        if name.startswith(OWN)
    }
    assert extended == set(PARTS)
