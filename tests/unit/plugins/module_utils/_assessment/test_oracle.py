# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An independent oracle confirms every `protected`, and less evidence never improves a state."""

from __future__ import annotations

import json
import typing as t

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._api.fetch import FetchedVm
from ansible_collections.community.onapp.plugins.module_utils._assessment.state import STATES, assess
from ansible_collections.community.onapp.plugins.module_utils._checks.run import run_checks
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.tests.properties import examples
from ansible_collections.community.onapp.tests.unit.plugins.module_utils._assessment import oracle
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import facts_of
from ansible_collections.community.onapp.tests.unit.strategies import (
    HOUR,
    NOW,
    VM_ID,
    Row,
    backup_rows,
    disk_rows,
    good_backups,
    good_disks,
    good_vms,
    json_values,
    stamp,
    vm_rows,
)
from hypothesis import strategies as st

POLICY = parse_policy(oracle.POLICY)
Cloud = tuple[Row, list[Row], list[Row]]

clouds: st.SearchStrategy[Cloud] = st.tuples(
    st.one_of(good_vms, vm_rows),
    st.lists(st.one_of(good_disks, disk_rows), max_size=3, unique_by=lambda row: row["id"]),
    st.lists(st.one_of(good_backups, backup_rows), max_size=5, unique_by=lambda row: row["id"]),
)
# Changes of a backup that remove evidence. None: the backup is removed.
damages = st.one_of(
    st.just(None),
    st.sampled_from(
        [
            {"marked_for_delete": True},
            {"marked_for_delete": "soon"},
            {"built": False},
            {"built": None},
            {"created_at": "soon"},
            {"created_at": None, "built_at": None},
            {"created_at": stamp(-48 * HOUR)},
            {"target_type": "Disk", "target_id": 99, "disk_id": 99},
            {"target_type": "Cluster", "target_id": 1, "disk_id": None},
        ]
    ),
    json_values.filter(lambda value: value not in (None, "")).map(lambda value: {"marked_for_delete": [value]}),
)


def assess_cloud(cloud: Cloud, **unread: t.Any) -> t.Any:
    """The assessment of a cloud with one VM, with assertions for every assessment."""
    row, disks, backups = cloud
    fetched = FetchedVm.of_rows(row, unread.get("disks", disks), unread.get("backups", backups))
    assessment = assess(fetched, POLICY, NOW, unread.get("problems", ()))
    assert assessment.state in STATES
    assert assessment.reasons
    facts = assessment.as_facts(NOW)
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    for result in run_checks(fetched.vm, assessment, POLICY, NOW):
        json.dumps(result.as_facts(), allow_nan=False)
    return facts_of(assessment)


@hypothesis.settings(max_examples=examples(180))
@hypothesis.given(clouds)
def test_protected_only_if_the_oracle_agrees(cloud: Cloud) -> None:
    if assess_cloud(cloud).state == "protected":
        assert oracle.may_be_protected(*cloud)
    assert assess_cloud(cloud, backups=None).state == "unknown"
    assert assess_cloud(cloud, disks=None).state == "unknown"
    assert assess_cloud(cloud, problems=["a page is missing"]).state == "unknown"


# A disk of a new VM, with a creation time that no calendar holds in every zone, is as old as the VM.
NEW_VM: Cloud = (
    {"id": VM_ID, "built": True, "created_at": stamp(-300)},
    [{"id": 1, "created_at": "9999-12-31T23:59:59Z"}, {"id": 2, "created_at": stamp(900 * HOUR)}],
    [
        {"id": 10 + disk, "target_type": "Disk", "target_id": disk, "built": True, "created_at": stamp(HOUR)}
        for disk in (1, 2)
    ],
)


@hypothesis.settings(max_examples=examples(150))
@hypothesis.example(NEW_VM, 0, None)
@hypothesis.given(clouds, st.integers(0, 9), damages)
def test_less_evidence_never_improves_an_assessment(cloud: Cloud, place: int, damage: Row | None) -> None:
    """A disk in grace without its recovery point is not eligible any more, so only the oracle decides."""
    row, disks, backups = cloud
    hypothesis.assume(backups)
    place %= len(backups)
    before = assess_cloud(cloud)
    less = backups[:place] + ([] if damage is None else [{**backups[place], **damage}]) + backups[place + 1 :]
    after = assess_cloud((row, disks, less))
    in_grace = any(oracle.is_in_grace(disk, row) for disk in disks)
    if after.state == "protected":
        assert before.state == "protected" or in_grace
        assert oracle.may_be_protected(row, disks, less)
    if not in_grace and before.copies is not None and after.copies is not None:
        assert after.copies <= before.copies
        assert after.newest_at is None or (before.newest_at is not None and after.newest_at <= before.newest_at)


VM = {"id": VM_ID, "built": True, "booted": True, "created_at": stamp(900 * HOUR)}
DISK = {"id": 1, "created_at": stamp(900 * HOUR)}
BACKUP = {"id": 9, "target_type": "Disk", "target_id": 1, "built": True, "created_at": stamp(HOUR)}


@pytest.mark.parametrize(
    ("disks", "changes", "protected"),
    [
        ([DISK], {}, True),
        ([DISK], {"target_type": "VirtualMachine", "target_id": VM_ID}, True),
        ([DISK, {"id": 2, "is_swap": True}], {}, True),
        ([DISK, {"id": 2, "created_at": stamp(HOUR)}], {}, True),
        ([DISK, {"id": 2, "created_at": stamp(900 * HOUR)}], {}, False),
        ([], {}, False),
        ([DISK], {"target_id": 2}, False),
        ([DISK], {"target_type": "VirtualMachine", "target_id": 43}, False),
        ([DISK], {"built": False}, False),
        ([DISK], {"marked_for_delete": True}, False),
        ([DISK], {"created_at": stamp(27 * HOUR)}, False),
        ([DISK], {"created_at": stamp(-HOUR)}, False),
        ([DISK], {"created_at": "soon"}, False),
    ],
)
def test_oracle_itself(disks: list[Row], changes: Row, protected: bool) -> None:
    backups = [{**BACKUP, **changes}]
    assert oracle.may_be_protected(VM, disks, backups) is protected
    assert (assess_cloud((VM, disks, backups)).state == "protected") is protected
