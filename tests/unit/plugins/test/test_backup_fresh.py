# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The test as Ansible loads it: true for a protected virtual machine only, or an error that names the test."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleTemplateError
from ansible_collections.community.onapp.plugins.test.backup_fresh import TestModule as Plugin

AT = "2026-03-30T06:00:00Z"
VM = {"id": 7, "built": True, "booted": True, "created_at": "2026-01-01T00:00:00Z"}
DISK = {"id": 91, "virtual_machine_id": 7, "created_at": "2026-01-01T00:00:00Z"}
BACKUP = {"id": 1, "target_type": "Disk", "target_id": 91, "built": True, "created_at": "2026-03-30T01:00:00Z"}

backup_fresh = Plugin().tests()["backup_fresh"]


def test_only_protected_is_true():
    assert backup_fresh(VM, [BACKUP], [DISK], evaluate_at=AT) is True
    assert backup_fresh(VM, [], [DISK], evaluate_at=AT) is False
    assert backup_fresh(VM, None, [DISK], evaluate_at=AT) is False, "backups that were not read"


def test_error_names_the_test():
    with pytest.raises(AnsibleTemplateError, match=r"community\.onapp\.backup_fresh: The argument policy must be"):
        backup_fresh(VM, [BACKUP], [DISK], policy="gold")
