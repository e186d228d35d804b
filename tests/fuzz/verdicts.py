# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verdicts: green only with evidence, by an oracle that reads the rows itself, and never greener with less of it."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.fetch import FetchedVm
from ansible_collections.community.onapp.plugins.module_utils._assessment.records import Records, assess_records
from ansible_collections.community.onapp.plugins.module_utils._assessment.state import STATES
from ansible_collections.community.onapp.plugins.module_utils._checks.run import run_checks
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.tests.fuzz import oracle
from ansible_collections.community.onapp.tests.fuzz.rows import Row, backup_rows, disk_rows, machine_rows
from ansible_collections.community.onapp.tests.fuzz.running import Target
from ansible_collections.community.onapp.tests.fuzz.values import NOW, VM_ID, json_values, stamp
from hypothesis import strategies as st

POLICY = parse_policy(oracle.POLICY)
Cloud = tuple[Row, list[Row], list[Row]]

# Most would be green, so that one thing that is wrong shows.
good_backups = st.builds(
    lambda number, disk, age: {
        "id": number,
        "target_type": "Disk",
        "target_id": disk,
        "built": True,
        "marked_for_delete": False,
        "created_at": stamp(age),
        "built_at": stamp(age),
    },
    st.integers(1, 40),
    st.integers(1, 3),
    st.sampled_from([3600, 7200, 3600 * 25]),
)
good_vms = st.just({"id": VM_ID, "built": True, "booted": True, "created_at": stamp(3600 * 900)})
good_disks = st.integers(1, 3).map(lambda number: {"id": number, "created_at": stamp(3600 * 900)})
clouds: st.SearchStrategy[Cloud] = st.tuples(
    st.one_of(good_vms, machine_rows),
    st.lists(st.one_of(good_disks, disk_rows), max_size=3, unique_by=lambda row: row["id"]),
    st.lists(st.one_of(good_backups, backup_rows), max_size=5, unique_by=lambda row: row["id"]),
)
# What may become of a row; each takes away something that it proved.
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
            {"created_at": stamp(-3600 * 48)},
            {"target_type": "Disk", "target_id": 99, "disk_id": 99},
            {"target_type": "Cluster", "target_id": 1, "disk_id": None},
        ]
    ),
    json_values.filter(lambda value: value not in (None, "")).map(lambda value: {"marked_for_delete": [value]}),
)


def judged(cloud: Cloud, **unread: t.Any) -> t.Any:
    """The verdict on a cloud of one virtual machine, after a look at what holds for every verdict."""
    row, disks, backups = cloud
    fetched = FetchedVm(row, unread.get("disks", disks), unread.get("backups", backups), ())
    records = Records.of(fetched, POLICY.clock.naive_as)
    assessment = assess_records(records, POLICY, NOW, unread.get("problems", ()))
    assert assessment.state in STATES
    assert assessment.reasons
    facts = assessment.as_facts(NOW)
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    for result in run_checks(records.vm, assessment, POLICY, NOW):
        json.dumps(result.as_facts(), allow_nan=False)
    return assessment


def keeps_green_honest(cloud: Cloud) -> bool:
    """Protected only where the oracle finds a recent point of each disk; unknown where something was not read."""
    if judged(cloud).state == "protected":
        assert oracle.may_be_protected(*cloud), "protected without a usable point younger than the limit for every disk"
    assert judged(cloud, backups=None).state == "unknown"
    assert judged(cloud, disks=None).state == "unknown"
    assert judged(cloud, problems=["a page is missing"]).state == "unknown"
    return False


def keeps_with_less(case: tuple[Cloud, int, Row | None]) -> bool:
    """A backup that goes, or is damaged, turns nothing green, adds no copy and makes nothing younger.

    A new disk that loses its point waits again, and its age is no longer asked for: there, the oracle says what holds.
    """
    (row, disks, backups), place, damage = case
    if not backups:
        return False
    waits = any(oracle.is_new(disk, row) for disk in disks)
    place %= len(backups)
    before = judged((row, disks, backups))
    less = backups[:place] + ([] if damage is None else [{**backups[place], **damage}]) + backups[place + 1 :]
    after = judged((row, disks, less))
    if after.state == "protected":
        assert before.state == "protected" or waits, "less evidence made it protected"
        assert oracle.may_be_protected(row, disks, less)
    if not waits and before.copies is not None and after.copies is not None:
        assert after.copies <= before.copies
        assert after.newest_at is None or (before.newest_at is not None and after.newest_at <= before.newest_at)
    return False


TARGETS = [
    Target("verdicts", "protected only with a recent usable point of every disk", 150, clouds, keeps_green_honest),
    Target(
        "evidence",
        "less evidence is never greener",
        120,
        st.tuples(clouds, st.integers(0, 9), damages),
        keeps_with_less,
    ),
]
