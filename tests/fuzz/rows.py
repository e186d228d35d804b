# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of virtual machines, disks and backups: an id each, and anything at all in the other fields."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.fetch import FetchedVm
from ansible_collections.community.onapp.plugins.module_utils._assessment.records import Records
from ansible_collections.community.onapp.plugins.module_utils._facts import (
    BACKUP_FIELDS,
    VIRTUAL_MACHINE_FIELDS,
    virtual_machine_facts,
)
from ansible_collections.community.onapp.plugins.module_utils._info import backups_of
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.module_utils._records import Backup, Disk, VirtualMachine
from ansible_collections.community.onapp.tests.fuzz.running import Target
from ansible_collections.community.onapp.tests.fuzz.values import NOW, VM_ID, json_values, no, seldom, texts, times, yes
from hypothesis import strategies as st

Row = dict[str, t.Any]
CLOCK = parse_policy(None).clock

machine_rows = st.fixed_dictionaries(
    {"id": st.just(VM_ID), "built": yes, "booted": yes, "created_at": times},
    optional={
        "identifier": seldom(st.just("a1b2c3")),
        "label": seldom(texts),
        "hostname": seldom(texts),
        "user_id": seldom(st.just(7)),
        "template_id": seldom(st.just(3)),
        "operating_system": seldom(texts),
        "ip_addresses": json_values,
    },
)
disk_rows = st.fixed_dictionaries(
    {"id": st.integers(1, 3), "created_at": times, "is_swap": no},
    optional={
        "virtual_machine_id": seldom(st.sampled_from([VM_ID, VM_ID, str(VM_ID), None, 43])),
        "label": seldom(texts),
        "identifier": seldom(texts),
    },
)
target_fields = st.one_of(
    st.integers(1, 3).map(lambda disk: {"target_type": "Disk", "target_id": disk}),
    st.integers(1, 3).map(lambda disk: {"disk_id": disk, "backup_type": "days-autobackup"}),
    st.just({"target_type": "VirtualMachine", "target_id": VM_ID, "backup_type": "incremental"}),
    st.fixed_dictionaries(
        {},
        optional={
            "target_type": seldom(st.sampled_from(["Disk", "VirtualMachine", "Cluster", None, ""])),
            "target_id": seldom(st.sampled_from([1, "2", VM_ID, 43, None])),
            "disk_id": seldom(st.sampled_from([1, "2", "", None])),
        },
    ),
)
backup_rows = st.builds(
    lambda target, rest: {**rest, **target},
    target_fields,
    st.fixed_dictionaries(
        {"id": st.integers(1, 40), "built": yes, "created_at": times, "built_at": times, "marked_for_delete": no},
        optional={
            "locked": no,
            "backup_size": seldom(st.sampled_from([0, 310896, "8", None])),
            "backup_server_id": seldom(st.sampled_from([1, 2, None])),
            "initiated": seldom(st.sampled_from(["days", "weeks", "manual", None])),
            "note": seldom(texts),
            "updated_at": times,
        },
    ),
)
# Whatever the names: those that the collection reads, and others.
wild_rows = st.builds(
    lambda row, more, number: {**more, **row, "id": number},
    st.dictionaries(st.sampled_from(sorted({*BACKUP_FIELDS, *VIRTUAL_MACHINE_FIELDS, "ip_addresses"})), json_values),
    st.dictionaries(texts, json_values, max_size=3),
    json_values,
)


def keeps_records(row: Row) -> bool:
    """No exception but the one for an id that is none, and facts that are JSON."""
    records: tuple[t.Any, ...] = (VirtualMachine, Disk, Backup)
    refused = [_refuses(record, row) for record in records]
    assert len(set(refused)) == 1, "one record takes the id that another refuses"
    if refused[0]:
        return True
    vm = VirtualMachine.from_row(row)
    facts = virtual_machine_facts(row, CLOCK.naive_as)
    fetched = FetchedVm(row, [], [row], ())
    (backup,) = backups_of(fetched, Records.of(fetched, CLOCK.naive_as), CLOCK, NOW)
    for found in (facts, backup):
        assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert facts["id"] == vm.id == backup["id"] == backup["virtual_machine_id"]
    assert set(VIRTUAL_MACHINE_FIELDS) < set(facts)
    assert set(BACKUP_FIELDS) < set(backup)
    assert backup["usable"] in (True, False)
    return False


def _refuses(record: t.Any, row: Row) -> bool:
    try:
        record.from_row(row)
    except ValueError as error:
        assert "whose id is no whole number" in str(error)
        return True
    return False


TARGETS = [
    Target(
        "records",
        "a row with an id gives records and facts, one without is refused",
        120,
        st.one_of(wild_rows, backup_rows, machine_rows),
        keeps_records,
    )
]
