# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Assessment of records in a playbook as of those of the panel; missing records are unknown."""

from __future__ import annotations

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.plugin_utils._assess import assess_rows
from ansible_collections.community.onapp.tests.unit.plugins.module_utils._policy.test_policy import FULL, full, kinds

AT = "2026-03-30T06:00:00Z"
VM = {"id": 1, "built": True, "created_at": "2026-01-01T00:00:00Z"}
DISKS = [{"id": 11, "is_swap": False, "created_at": "2026-01-01T00:00:00Z"}]
BACKUP = {"id": 101, "built": True, "created_at": "2026-03-30T02:00:00Z", "target_type": "Disk", "target_id": 11}


def state(backups=(BACKUP,), disks=tuple(DISKS), **arguments):
    return assess_rows(VM, backups, disks, evaluate_at=AT, **arguments)["state"]


def test_protected():
    assert state() == "protected"


def test_records_of_other_vms_are_ignored():
    other = {"virtual_machine_id": 2}
    assert state(backups=[{**BACKUP, **other}]) == "unprotected"
    assert state(backups=[{"backup": {**BACKUP, **other}}]) == "unprotected"
    assert state(disks=[*DISKS, {"id": 12, **other}]) == "protected"
    assert state(disks=[*DISKS, {"id": 12, "virtual_machine_id": "1"}]) == "unprotected"


def test_wrappers_of_the_api_are_removed():
    wrapped = assess_rows(
        {"virtual_machine": VM}, [{"backup": BACKUP}], [{"disk": disk} for disk in DISKS], evaluate_at=AT
    )
    assert wrapped == assess_rows(VM, [BACKUP], DISKS, evaluate_at=AT)


def test_disks_of_facts():
    fact = {**VM, "backup": {"disks": DISKS, "copies": 1}}
    assert assess_rows(fact, [BACKUP], evaluate_at=AT)["state"] == "protected"
    unread = {**VM, "built": False, "backup": {"disks": [], "copies": None}}
    assert assess_rows(unread, [], evaluate_at=AT)["state"] == "unknown"


@pytest.mark.parametrize("missing", ["backups", "disks"])
def test_missing_records_are_unknown(missing):
    assert state(**{missing: None}) == "unknown"


def test_unreadable_time():
    unreadable = {**BACKUP, "created_at": None, "built_at": "2026-03-30T02:30:00Z", "extra": {"created_at": "noon"}}
    assert state(backups=[unreadable]) == "unknown"
    assert state(backups=[{**unreadable, "extra": {}}]) == "protected"


def test_policy():
    assert state(policy={"defaults": {"rpo": "3h"}}) == "stale"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("db-01",), "The value must be a dictionary with an id"),
        (({"label": "db-01"},), "The value must be a dictionary with an id"),
        (({"id": "seven"},), "These are not records of a control panel: the panel listed a virtual machine whose id"),
        ((VM, "none"), "The argument backups must be a list of dictionaries."),
        ((VM, {}), "The argument backups must be a list of dictionaries."),
        ((VM, [BACKUP, None]), "The argument backups[1] must be a dictionary with an id"),
        ((VM, [], [[]]), "The argument disks[0] must be a dictionary with an id"),
        ((VM, [], [], "gold"), "The argument policy must be a dictionary."),
        ((VM, [], [], {"rpo": "1h"}), "The option policy is wrong: policy.rpo is not a known key"),
        ((VM, [], [], None, "noon"), "The option evaluate_at is not a time"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ConfigError) as caught:
        assess_rows(*arguments)
    assert message in caught.value.text


def test_policy_loaded_by_ansible():
    policy = parse_policy(DataLoader().load(FULL))
    assert policy == parse_policy(full())
    assert kinds(policy.effective) == {dict, list, str, int, float, bool, None.__class__}
