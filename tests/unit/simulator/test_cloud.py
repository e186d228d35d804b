# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Slices of long lists make only their rows."""

from __future__ import annotations

from ansible_collections.community.onapp.tests.simulator.cloud import PerVm, is_incremental, of_disk
from ansible_collections.community.onapp.tests.simulator.shapes import Row
from hypothesis import given
from hypothesis import strategies as st


@given(counts=st.lists(st.integers(0, 4), max_size=8), start=st.integers(0, 40), size=st.integers(0, 40))
def test_slice_over_many_vms(counts: list[int], start: int, size: int) -> None:
    rows: list[list[Row]] = [[{"vm": vm, "n": n} for n in range(count)] for vm, count in enumerate(counts)]
    every = [row for part in rows for row in part]
    lazy = PerVm(range(len(counts)), rows.__getitem__)
    assert len(lazy) == len(every)
    assert lazy[start : start + size] == every[start : start + size]
    assert lazy[:] == every


def test_slice_makes_only_its_vms() -> None:
    made: list[int] = []

    def rows(key: int) -> list[Row]:
        made.append(key)
        return [{"id": key}] * 10

    lazy = PerVm(range(1000), rows)
    made.clear()
    assert len(lazy[5000:5020]) == 20
    assert made == [500, 501]


def test_kind_and_disk_of_a_backup() -> None:
    assert is_incremental({"backup_type": "incremental"})
    assert is_incremental({"target_type": "VirtualMachine"})
    assert not is_incremental({"backup_type": "days-autobackup"})
    assert of_disk({"target_type": "Disk", "target_id": 5, "disk_id": None}, "5")
    assert of_disk({"disk_id": 5}, "5")
    assert not of_disk({"target_type": "VirtualMachine", "target_id": 5, "disk_id": None}, "5")
