# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any row with an id gives records and facts; others are refused."""

from __future__ import annotations

import json
import typing as t

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._api.fetch import FetchedVm
from ansible_collections.community.onapp.plugins.module_utils._facts import (
    BACKUP_FIELDS,
    VIRTUAL_MACHINE_FIELDS,
    backups_of,
    virtual_machine_facts,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.module_utils._records import (
    Backup,
    Disk,
    RecoveryPoint,
    Schedule,
    Transaction,
    VirtualMachine,
)
from ansible_collections.community.onapp.tests.properties import examples, find
from ansible_collections.community.onapp.tests.unit.strategies import NOW, Row, any_rows, backup_rows, vm_rows
from hypothesis import strategies as st

CLOCK = parse_policy(None).clock
rows = st.one_of(any_rows, backup_rows, vm_rows)


def is_refused(row: Row) -> bool:
    """Whether all records refuse the id. All or none must do so."""
    records: tuple[t.Any, ...] = (VirtualMachine, Disk, Backup, RecoveryPoint, Schedule, Transaction)
    refused = set()
    for record in records:
        try:
            record.from_row(row)
            refused.add(False)
        except ValueError as error:
            assert "whose id is no whole number" in str(error)
            refused.add(True)
    (result,) = refused
    return result


@hypothesis.settings(max_examples=examples(150))
@hypothesis.given(rows)
def test_facts_of_any_row_with_an_id(row: Row) -> None:
    if is_refused(row):
        return
    vm = VirtualMachine.from_row(row)
    facts = virtual_machine_facts(VirtualMachine.from_row(row, CLOCK.naive_as))
    fetched = FetchedVm.of_rows(row, [], [row], naive_as=CLOCK.naive_as)
    (backup,) = backups_of(fetched, CLOCK, NOW, range(0))
    for found in (facts, backup):
        assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert facts["id"] == vm.id == backup["id"] == backup["virtual_machine_id"]
    assert set(VIRTUAL_MACHINE_FIELDS) == set(facts)
    assert set(BACKUP_FIELDS) < set(backup)
    assert backup["usable"] in (True, False)


@pytest.mark.parametrize("refused", [True, False])
def test_rows_are_both_accepted_and_refused(refused: bool) -> None:
    find(rows, lambda row: is_refused(row) is refused)
