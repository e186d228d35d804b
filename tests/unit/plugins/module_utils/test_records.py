# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of all generations of the panel give equal records."""

from __future__ import annotations

import zoneinfo

import pytest
from ansible_collections.community.onapp.plugins.module_utils._fields import Instant
from ansible_collections.community.onapp.plugins.module_utils._records import (
    Backup,
    Disk,
    Target,
    VirtualMachine,
    unreadable_values,
)

BUILT_AT = 1387884846  # 2013-12-24T11:34:06Z
CREATED_AT = BUILT_AT - 166
NORMAL_BACKUP = Backup(
    id=1951,
    backup_type="normal",
    target=Target("Disk", 11860),
    created_at=Instant(CREATED_AT, None),
    built_at=Instant(BUILT_AT, None),
    built=True,
    marked_for_delete=False,
    locked=False,
    size=310896,
    backup_server_id=1,
    initiated="days",
)
MODERN_ROW = {
    "id": 1951,
    "backup_type": "normal",
    "initiated": "days",
    "target_type": "Disk",
    "target_id": 11860,
    "disk_id": 11860,
    "created_at": "2013-12-24T14:31:20+03:00",
    "built_at": "2013-12-24T14:34:06+03:00",
    "built": True,
    "marked_for_delete": False,
    "locked": False,
    "backup_size": 310896,
    "backup_server_id": 1,
}


class TestBackup:
    @pytest.mark.parametrize(
        "row",
        [
            pytest.param(MODERN_ROW, id="3.x and 4.x"),
            pytest.param(
                {
                    **MODERN_ROW,
                    "created_at": "2013-12-24T18:31:20.000+07:00",
                    "built_at": "2013-12-24T18:34:06.000+07:00",
                },
                id="5.x and 6.x",
            ),
            pytest.param(
                {
                    "id": "1951",
                    "backup_type": "days-autobackup",
                    "disk_id": "11860",
                    "created_at": "2013-12-24T11:31:20Z",
                    "built_at": "2013-12-24T11:34:06Z",
                    "built": "true",
                    "marked_for_delete": "false",
                    "locked": "0",
                    "backup_size": "310896",
                    "backup_server_id": "1",
                },
                id="2.x, untyped",
            ),
        ],
    )
    def test_generations_agree(self, row):
        assert Backup.from_row(row) == NORMAL_BACKUP

    def test_incremental(self):
        row = {
            **MODERN_ROW,
            "backup_type": "incremental",
            "target_type": "VirtualMachine",
            "target_id": 42,
            "disk_id": None,
        }
        record = Backup.from_row(row)
        assert record.target == Target("VirtualMachine", 42)
        assert record.backup_type == "incremental"

    def test_nothing_but_an_id(self):
        missing = Instant(None, "missing")
        assert Backup.from_row({"id": 5}) == Backup(
            id=5,
            backup_type="incremental",
            target=Target("VirtualMachine", None),
            created_at=missing,
            built_at=missing,
            built=None,
            marked_for_delete=False,
            locked=False,
            size=None,
            backup_server_id=None,
            initiated=None,
        )

    @pytest.mark.parametrize(
        ("sent", "marked"),
        [
            pytest.param(True, True, id="true"),
            pytest.param("1", True, id="1"),
            pytest.param(False, False, id="false"),
            pytest.param("false", False, id="text false"),
            pytest.param(None, False, id="null"),
            pytest.param("", False, id="empty"),
            pytest.param("soon", True, id="unreadable proves nothing"),
            pytest.param([], True, id="list"),
            pytest.param(2, True, id="another number"),
        ],
    )
    def test_marked_for_delete(self, sent, marked):
        assert Backup.from_row({**MODERN_ROW, "marked_for_delete": sent}).marked_for_delete is marked

    @pytest.mark.parametrize(
        ("sent", "built"), [(True, True), ("0", False), (None, None), ("", None), ("maybe", None), ({}, None)]
    )
    def test_built_has_no_default(self, sent, built):
        assert Backup.from_row({**MODERN_ROW, "built": sent}).built is built

    @pytest.mark.parametrize("sent", [None, ""])
    def test_missing_created_at_is_built_at(self, sent):
        assert Backup.from_row({**MODERN_ROW, "created_at": sent}).created_at == Instant(BUILT_AT, None)

    def test_unreadable_created_at_is_not_built_at(self):
        row = {**MODERN_ROW, "created_at": "2013-02-30T00:00:00Z"}
        assert Backup.from_row(row).created_at == Instant(None, "unparsable")

    def test_times_without_an_offset(self):
        row = {**MODERN_ROW, "created_at": "2013-12-24 12:31:20", "built_at": None}
        record = Backup.from_row(row, zoneinfo.ZoneInfo("Europe/Berlin"))
        assert record.created_at == Instant(CREATED_AT, "no_offset")

    @pytest.mark.parametrize("sent", [None, "", "abc", True, 1.5, "1.5", [], {"id": 1}])
    @pytest.mark.parametrize(
        ("record", "name"), [(Backup, "backup"), (Disk, "disk"), (VirtualMachine, "virtual machine")]
    )
    def test_row_without_an_id(self, record, name, sent):
        with pytest.raises(ValueError, match=f"the panel listed a {name} whose id is no whole number"):
            record.from_row({"id": sent})


@pytest.mark.parametrize(
    ("row", "target"),
    [
        pytest.param({"target_type": "Disk", "target_id": 7, "disk_id": 7}, ("Disk", 7), id="normal"),
        pytest.param({"target_type": "Disk", "target_id": 7}, ("Disk", 7), id="normal without disk_id"),
        pytest.param({"target_type": "Disk", "disk_id": 7}, ("Disk", 7), id="normal without target_id"),
        pytest.param({"target_type": "Disk"}, ("Disk", None), id="normal of no known disk"),
        pytest.param({"disk_id": "7"}, ("Disk", 7), id="2.x"),
        pytest.param({"target_type": "", "disk_id": 7}, ("Disk", 7), id="empty type"),
        pytest.param({"target_type": "VirtualMachine", "target_id": 3}, ("VirtualMachine", 3), id="incremental"),
        pytest.param(
            {"target_type": "VirtualMachine", "target_id": 3, "disk_id": 7},
            ("Disk", 7),
            id="what names a disk is of it",
        ),
        pytest.param(
            {"target_type": "VirtualMachine", "target_id": 3, "disk_id": ""}, ("VirtualMachine", 3), id="empty disk"
        ),
        pytest.param({"disk_id": "seven"}, ("Disk", None), id="2.x, an unreadable disk"),
        pytest.param({"target_type": "Bucket", "target_id": 3}, ("Bucket", 3), id="a type not known yet"),
        pytest.param({"target_type": "Bucket", "target_id": 3, "disk_id": 7}, ("Disk", 7), id="the disk id decides"),
        pytest.param({"target_type": "Storage::Disk", "target_id": 7}, ("Disk", 7), id="namespaced disk"),
        pytest.param(
            {"target_type": "A::B::VirtualMachine", "target_id": 3}, ("VirtualMachine", 3), id="namespaced machine"
        ),
        pytest.param({}, ("VirtualMachine", None), id="neither"),
    ],
)
def test_backup_target(row, target):
    assert Backup.from_row({"id": 1, **row}).target == Target(*target)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        pytest.param({"backup_type": "normal", "target_type": "VirtualMachine"}, "normal", id="normal as said"),
        pytest.param({"backup_type": "incremental", "disk_id": 7}, "incremental", id="incremental as said"),
        pytest.param({"backup_type": "days-autobackup", "disk_id": 7}, "normal", id="2.x"),
        pytest.param({"backup_type": "days-autobackup"}, "incremental", id="2.x without a disk"),
        pytest.param({"backup_type": None, "target_type": "Disk"}, "normal", id="null, of a disk"),
        pytest.param(
            {"backup_type": "full", "target_type": "VirtualMachine"}, "incremental", id="a type not known yet"
        ),
    ],
)
def test_backup_type(row, kind):
    assert Backup.from_row({"id": 1, **row}).backup_type == kind


@pytest.mark.parametrize(
    ("row", "started_by"),
    [
        pytest.param({"initiated": "manual"}, "manual", id="as said"),
        pytest.param({"initiated": "fortnights"}, "fortnights", id="open set"),
        pytest.param({"initiated": "", "backup_type": "weeks-autobackup"}, "weeks", id="2.x"),
        pytest.param({"initiated": "manual", "backup_type": "weeks-autobackup"}, "manual", id="its own field first"),
        pytest.param({"backup_type": "-autobackup"}, None, id="no period"),
        pytest.param({"backup_type": "normal"}, None, id="not said"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_initiated(row, started_by):
    assert Backup.from_row({"id": 1, **row}).initiated == started_by


def test_virtual_machine():
    row = {
        "id": "42",
        "identifier": "abcdefghijklmn",
        "label": "db",
        "hostname": "",
        "built": "true",
        "booted": 0,
        "user_id": "7",
        "template_id": None,
        "operating_system": "linux",
        "created_at": "2013-12-24T11:31:20Z",
    }
    assert VirtualMachine.from_row(row) == VirtualMachine(
        id=42,
        identifier="abcdefghijklmn",
        label="db",
        hostname=None,
        built=True,
        booted=False,
        user_id=7,
        template_id=None,
        operating_system="linux",
        operating_system_distro=None,
        created_at=CREATED_AT,
    )


@pytest.mark.parametrize(
    ("sent", "is_swap"), [(True, True), ("1", True), (False, False), (None, False), ("maybe", False)]
)
def test_is_swap(sent, is_swap):
    record = Disk.from_row({"id": 1, "virtual_machine_id": "42", "is_swap": sent, "created_at": "garbage"})
    unreadable = ("is_swap",) if sent == "maybe" else ()
    assert record == Disk(1, 42, None, None, is_swap, None, unreadable)


@pytest.mark.parametrize(
    ("record", "name", "values"),
    [
        (Backup, "backup_size", [int("9" * 400), "9" * 4299, 10**18, 1e300, float("inf"), "NaN", "8 GB", True, [], {}]),
        (Backup, "disk_id", [10**30, "seven", 7.5, {}]),
        (Backup, "target_id", [10**30, "seven"]),
        (Backup, "backup_server_id", [10**30, "one"]),
        (Backup, "built", ["maybe", 2, [], {}]),
        (Backup, "marked_for_delete", ["soon", 2, []]),
        (Backup, "locked", ["maybe", 2, {}]),
        (Backup, "target_type", [{"x": 1}, ["Disk"], [], {}]),
        (Backup, "backup_type", [{"x": 1}, ["normal"]]),
        (Backup, "initiated", [{"x": 1}, ["days"]]),
        (Disk, "virtual_machine_id", [10**30, "x", 0, -1, "-7"]),
        (Disk, "is_swap", ["maybe", 7]),
        (VirtualMachine, "built", ["maybe", 2]),
        (VirtualMachine, "booted", ["maybe", 2]),
        (VirtualMachine, "user_id", [10**30, "x"]),
        (VirtualMachine, "label", [{}, ["x"]]),
    ],
)
def test_invalid_values(record, name, values):
    for value in values:
        assert record.from_row({"id": 1, name: value}).unreadable == (name,), value
    for value in (None, "", " "):
        assert record.from_row({"id": 1, name: value}).unreadable == ()


def test_unreadable_values_are_sentences():
    vm = VirtualMachine.from_row({"id": 1, "built": True})
    backups = [Backup.from_row({"id": 7, "backup_size": 10**400, "built": "x"}), Backup.from_row({"id": 8})]
    assert unreadable_values(vm, [], backups) == ["the panel sent no readable value for built, backup_size of backup 7"]


def test_white_space_around_values_of_xml():
    row = {
        "id": 1,
        "backup_type": "\n incremental\n",
        "target_type": " Disk ",
        "target_id": " 7 ",
        "initiated": " days ",
    }
    record = Backup.from_row(row)
    assert (record.backup_type, record.target, record.initiated) == ("incremental", Target("Disk", 7), "days")
