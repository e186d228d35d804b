# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated cloud of the matrix: lists of several pages, and a gap that only the later pages show."""

from __future__ import annotations

import typing as t

NOW = "2026-03-30T06:00:00Z"
PAGE_SIZE = 4
TOUCHED = 2  # the virtual machine whose own routes have the fault
OWNER = 1876
RECENT, OLD, LONG_AGO = "2026-03-30T01:00:00Z", "2026-02-20T01:00:00Z", "2025-06-01T01:00:00Z"
DISKS = 5
Row = dict[str, t.Any]


def cloud(*, gap: bool) -> Row:
    """Five virtual machines, and one backup of a sixth that is gone.

    Every disk has a recent backup. With a gap the last disk of the second virtual machine has none: who loses the later
    page of its disks finds it protected.
    """
    return {
        "virtual_machines": [_machine(number, gap=gap) for number in range(1, 6)],
        "users": [{"id": OWNER}],
        "orphan_backups": [
            {"id": 9000, "user_id": OWNER, "target_type": "VirtualMachine", "target_id": 6, "created_at": LONG_AGO}
        ],
    }


def _machine(number: int, *, gap: bool) -> Row:
    disks = [10 * number + place for place in range(DISKS if number == TOUCHED else 1)]
    backed_up = disks[:-1] if gap and number == TOUCHED else disks
    backups: list[Row] = [{"target_id": disk, "created_at": RECENT} for disk in backed_up]
    if number == TOUCHED:
        backups += [{"target_id": disks[0], "created_at": OLD}]
        backups += [{"backup_type": "incremental", "created_at": OLD} for unused in range(DISKS)]
    return {
        "id": number,
        "label": f"vm-{number}",
        "user_id": OWNER,
        "disks": [{"id": disk} for disk in disks],
        "backups": [{"id": 100 * number + place, **backup} for place, backup in enumerate(backups)],
    }
