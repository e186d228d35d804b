# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records of plug-in recovery points, schedules and transactions."""

from __future__ import annotations

import zoneinfo

import pytest
from ansible_collections.community.onapp.plugins.module_utils._fields import Instant
from ansible_collections.community.onapp.plugins.module_utils._records import (
    Backup,
    RecoveryPoint,
    Schedule,
    Target,
    Transaction,
)


@pytest.mark.parametrize(
    ("record", "name", "values"),
    [
        (RecoveryPoint, "virtual_machine_id", [10**30, "x", {}]),
        (RecoveryPoint, "state", [{}, ["built"]]),
        (Schedule, "target_id", [10**30, "x"]),
        (Schedule, "target_type", [{}, ["Disk"]]),
        (Schedule, "action", [{}]),
        (Schedule, "status", [{}, ["enabled"]]),
        (Schedule, "failure_count", [10**30, "three", 1.5, -3, "-3", True]),
        (Transaction, "parent_type", [{}, ["Backup"]]),
        (Transaction, "action", [{}, 10**30]),
        (Transaction, "status", [{}, ["failed"]]),
    ],
)
def test_invalid_values(record, name, values):
    for value in values:
        assert record.from_row({"id": 1, name: value}).unreadable == (name,), value
    for value in (None, "", " "):
        assert record.from_row({"id": 1, name: value}).unreadable == ()


class TestRecoveryPoint:
    ROW = {"id": "5", "virtual_machine_id": " 42 ", "resource_id": "1", "state": "built", "size": "5368709120"}

    def test_fields(self):
        row = {**self.ROW, "created_at": "2026-03-29T04:00:00+02:00", "updated_at": None}
        created_at = Instant(1774749600, None)
        assert RecoveryPoint.from_row(row) == RecoveryPoint(5, 42, 1, "built", 5368709120, created_at, None)

    @pytest.mark.parametrize("state", ["built", "available", "Built", "AVAILABLE", " built "])
    def test_usable_states(self, state):
        assert RecoveryPoint.from_row({**self.ROW, "state": state}).built is True

    @pytest.mark.parametrize("state", ["merging", "merged", "building", "failed", "", None, "un-built", 1, True, {}])
    def test_other_states(self, state):
        assert RecoveryPoint.from_row({**self.ROW, "state": state}).built is False

    @pytest.mark.parametrize(
        ("zone", "seconds"),
        [
            (None, 1774706400),  # 2026-03-28T14:00:00Z: 04:00 on the next day at UTC+14
            (zoneinfo.ZoneInfo("UTC"), 1774756800),
            (zoneinfo.ZoneInfo("Europe/Berlin"), 1774749600),
        ],
    )
    @pytest.mark.parametrize("text", ["2026-03-29 04:00:00", "2026-03-29T04:00:00", "2026/03/29 04:00"])
    def test_times_without_a_zone(self, zone, seconds, text):
        point = RecoveryPoint.from_row({**self.ROW, "created_at": text}, zone)
        assert point.created_at == Instant(seconds, "no_offset")

    @pytest.mark.parametrize(("sent", "problem"), [(None, "missing"), ("", "missing"), ("soon", "unparsable")])
    def test_no_time(self, sent, problem):
        assert RecoveryPoint.from_row({**self.ROW, "created_at": sent}).created_at == Instant(None, problem)


class TestSchedule:
    ROW = {"id": 3, "target_type": "Disk", "target_id": 11, "action": "autobackup", "status": "enabled"}

    def test_fields(self):
        row = {
            **self.ROW,
            "period": "days",
            "duration": "1",
            "rotation_period": 2,
            "start_at": "2026-03-29T04:00:00.000+02:00",
            "failure_count": "3",
            "params": {"token": "canary"},
        }
        expected = Schedule(3, Target("Disk", 11), "autobackup", "days", 1, 2, 1774749600, "enabled", 3)
        assert Schedule.from_row(row) == expected
        assert Schedule.from_row({**row, "target_type": "Storage::Disk", "target_id": "11"}) == expected

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({}, True),
            ({"status": "Enabled"}, True),
            ({"action": None}, True),
            ({"status": "disabled"}, False),
            ({"status": None}, False),
            ({"status": "failed"}, False),
            ({"action": "stop"}, False),
        ],
    )
    def test_enabled(self, fields, expected):
        assert Schedule.from_row({**self.ROW, **fields}).is_enabled is expected


class TestTransaction:
    ROW = {
        "id": 7,
        "parent_type": "Backup",
        "parent_id": "900",
        "action": "take_backup",
        "status": "Failed",
        "created_at": "2026-03-29T02:00:00Z",
        "updated_at": "2026-03-29T03:00:00Z",
    }

    def test_fields(self):
        assert Transaction.from_row(self.ROW) == Transaction(7, 900, "failed", 1774749600, 1774753200)
        assert Transaction.from_row({**self.ROW, "updated_at": None}).at == 1774749600

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"action": "take_incremental_backup"}, 900),
            ({"action": "restore_backup"}, None),
            ({"action": None}, None),
            ({"parent_type": "VirtualMachine"}, None),
            ({"parent_type": None}, None),
            ({"parent_id": "x"}, None),
        ],
    )
    def test_target(self, fields, expected):
        assert Transaction.from_row({**self.ROW, **fields}).backup_id == expected

    @pytest.mark.parametrize(
        ("built", "status", "expected"),
        [
            (False, "failed", True),
            (False, "cancelled", True),
            (False, "complete", False),
            (False, "running", False),
            (False, None, False),
            (True, "failed", False),
            (None, "failed", False),
        ],
    )
    def test_failed_attempts(self, built, status, expected):
        assert Backup.from_row({"id": 1, "built": built})._replace(transaction_status=status).has_failed is expected
