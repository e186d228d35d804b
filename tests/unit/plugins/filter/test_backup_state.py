# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter as Ansible loads it: it returns an assessment, or raises an error that names the filter."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.community.onapp.plugins.filter.backup_state import FilterModule

AT = "2026-03-30T06:00:00Z"
VM = {"id": 7, "built": True, "booted": True, "created_at": "2026-01-01T00:00:00Z"}
DISK = {"id": 91, "virtual_machine_id": 7, "created_at": "2026-01-01T00:00:00Z"}
BACKUP = {"id": 1, "target_type": "Disk", "target_id": 91, "built": True, "created_at": "2026-03-30T01:00:00Z"}

backup_state = FilterModule().filters()["backup_state"]


def test_filter_returns_the_assessment():
    assert backup_state(VM, [BACKUP], [DISK], evaluate_at=AT)["state"] == "protected"
    assert backup_state(VM, [], [DISK], evaluate_at=AT)["state"] == "unprotected"


def test_error_names_the_filter():
    with pytest.raises(AnsibleFilterError, match=r"^community\.onapp\.backup_state: The argument policy must be"):
        backup_state(VM, [BACKUP], [DISK], policy="gold")
