# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the content and the servers of backups, by tables of named cases."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._records import Backup
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import (
    DAY,
    DISK_1,
    DISK_2,
    GB,
    HOUR,
    TWO_DISKS,
    VM,
    attempt,
    disk,
    having,
    healthy,
    limits,
    point,
    results,
)


def outcome_of(check, given):
    found = results(**given)[check]
    return found.status, found.severity, found.actual, found.disk_id, found.backup_ids


# --- size ---

FIVE = (310, 312, 308, 315, 311)


def sized(*gigabytes, target=DISK_1, first=1):
    """Normal backups of these sizes, one a day, the last one 4 hours ago."""
    last = len(gigabytes) - 1
    return [
        point(first + place, 4 * HOUR + (last - place) * DAY, target, size=None if size is None else int(size * GB))
        for place, size in enumerate(gigabytes)
    ]


SIZE = {
    "shrank to 0.48": (sized(*FIVE, 150), ("warn", "warning", "150.0 GB, 48 % of the median", (6, 5, 4, 3, 2, 1))),
    "shrank to 0.10": (sized(*FIVE, 30), ("fail", "critical", "30.0 GB, 10 % of the median", (6, 5, 4, 3, 2, 1))),
    "grew to 2.06": (sized(*FIVE, 640), ("warn", "warning", "640.0 GB, 206 % of the median", (6, 5, 4, 3, 2, 1))),
    "as ever": (sized(*FIVE, 311), ("pass", "warning", "311.0 GB, 100 % of the median", (6, 5, 4, 3, 2, 1))),
    "exactly the lower limit": (
        sized(*FIVE, 155.5),
        ("pass", "warning", "155.5 GB, 50 % of the median", (6, 5, 4, 3, 2, 1)),
    ),
    "exactly the upper limit": (
        sized(*FIVE, 622),
        ("pass", "warning", "622.0 GB, 200 % of the median", (6, 5, 4, 3, 2, 1)),
    ),
    "learning 4/5": (sized(310, 312, 308, 315, 30), ("insufficient_data", "warning", "learning 4/5", (5,))),
    "learning 0/5": (sized(310), ("insufficient_data", "warning", "learning 0/5", (1,))),
    "4 that tell a size and 1 that does not": (
        sized(310, None, 308, 315, 311, 30),
        ("insufficient_data", "warning", "learning 4/5", (6,)),
    ),
    "empty ones before it teach nothing": (
        sized(310, 0, 308, 315, 311, 30),
        ("insufficient_data", "warning", "learning 4/5", (6,)),
    ),
    "median, not mean": (
        sized(10, 10, 10, 10, 100000, 10),
        ("pass", "warning", "10.0 GB, 100 % of the median", (6, 5, 4, 3, 2, 1)),
    ),
    "only the last 10 before it": (
        sized(*[1] * 10, *[10] * 10, 10),
        ("pass", "warning", "10.0 GB, 100 % of the median", (21, *range(20, 10, -1))),
    ),
    "a change below the floor is none": (
        [point(number, (7 - number) * DAY, size=size) for number, size in enumerate([20480] * 5 + [122880], start=1)],
        ("pass", "warning", "0.1 GB, 600 % of the median", (6, 5, 4, 3, 2, 1)),
    ),
    "a change just above the floor": (
        [point(number, (7 - number) * DAY, size=size) for number, size in enumerate([20480] * 5 + [122881], start=1)],
        ("warn", "warning", "0.1 GB, 600 % of the median", (6, 5, 4, 3, 2, 1)),
    ),
    "newest is of size 0": (sized(*FIVE, 0), ("fail", "critical", "0.0 GB, 0 % of the median", (6, 5, 4, 3, 2, 1))),
    "newest has no size": (sized(*FIVE, None), ("insufficient_data", "warning", "not known", (6,))),
    "incremental ones after it, empty, are no shrink": (
        [*sized(*FIVE, 311), point(20, HOUR, VM, size=0)],
        ("not_applicable", "warning", "newest is not a normal backup", ()),
    ),
    "incremental only": (
        [point(number, number * DAY, VM, size=number) for number in range(1, 8)],
        ("not_applicable", "warning", "newest is not a normal backup", ()),
    ),
    "one that is still built does not count": (
        [*sized(*FIVE, 311), attempt(20, HOUR, size=0)],
        ("pass", "warning", "311.0 GB, 100 % of the median", (6, 5, 4, 3, 2, 1)),
    ),
}


@pytest.mark.parametrize("name", SIZE)
def test_size(name):
    backups, (status, severity, actual, ids) = SIZE[name]
    assert outcome_of("size", having(backups=backups)) == (status, severity, actual, 1, ids)


def test_size_of_a_resized_disk():
    found = results(backups=sized(*FIVE, 640))["size"]
    assert found.expected == "50 % to 200 % of the median"
    assert found.message == (
        "Backup 6 of disk 1 (2026-03-30T02:00:00Z) grew to 640.0 GB, 206 % of its usual 311.0 GB (median of the last"
        " 5); a resized disk can also explain this."
    )
    assert "shrank to 150.0 GB, 48 % of its usual" in results(backups=sized(*FIVE, 150))["size"].message


def test_size_as_text_from_an_old_panel():
    rows = [
        {
            "id": number,
            "disk_id": 1,
            "built": True,
            "created_at": f"2026-03-{number:02d}T02:00:00Z",
            "backup_size": size,
        }
        for number, size in enumerate([str(300 * GB)] * 5 + [str(100 * GB)], start=24)
    ]
    found = results(backups=[Backup.from_row({**row, "backup_type": "days-autobackup"}) for row in rows])["size"]
    assert (found.status, found.actual) == ("warn", "100.0 GB, 33 % of the median")


def test_size_by_the_limits_of_the_policy():
    def status(*gigabytes, **keys):
        return results(backups=sized(*gigabytes), policy=limits(size=keys))["size"].status

    assert status(10, 8, min_samples=1) == "pass"
    assert status(10, 8, min_samples=1, shrink=0.9) == "warn"
    assert status(10, 8, min_samples=1, shrink=0.9, shrink_critical=0.9) == "fail"
    assert status(10, 0.5, min_samples=1, shrink_critical=None) == "warn"
    assert status(10, 12, min_samples=1, growth=1.1) == "warn"
    assert status(10, 12, min_samples=1, growth=1.1, floor_kb=3 * GB) == "pass"
    assert status(10, 8, min_samples=2, shrink=0.9) == "insufficient_data"


def test_size_compares_each_disk_with_itself():
    given = having(disks=TWO_DISKS, backups=[*sized(*FIVE, 311), *sized(1, 1, 1, 1, 1, 1, target=DISK_2, first=20)])
    assert outcome_of("size", given)[0] == "pass"
    given = having(disks=TWO_DISKS, backups=[*sized(*FIVE, 150), *sized(9, 9, 9, 9, 9, 0.1, target=DISK_2, first=20)])
    assert outcome_of("size", given)[:4] == ("fail", "critical", "0.1 GB, 1 % of the median", 2)


# --- empty ---

EMPTY = {
    "none": (sized(1, 1), ("pass", "critical", "none", 1, ())),
    "newest of size 0": (sized(1, 0), ("fail", "critical", "1 empty backup", 1, (2,))),
    "newest of no size": (sized(1, None), ("fail", "critical", "1 empty backup", 1, (2,))),
    "older of size 0": (sized(0, 1), ("pass", "critical", "none", 1, ())),
    "older of no size": (sized(None, 1), ("pass", "critical", "none", 1, ())),
    "all": (sized(0, None, 0), ("fail", "critical", "1 empty backup", 1, (3,))),
    "no size while it is built": ([*sized(1), attempt(2, HOUR)], ("pass", "critical", "none", 1, ())),
    "empty, but marked for delete": (
        [*sized(1), point(2, HOUR, size=0, marked_for_delete=True)],
        ("pass", "critical", "none", 1, ()),
    ),
    "first incremental of size 0": (
        [point(1, 2 * DAY, VM, size=0), point(2, HOUR, VM)],
        ("fail", "critical", "1 empty backup", 1, (1,)),
    ),
    "first incremental of no size is not known to be empty": (
        [point(1, 2 * DAY, VM, size=None), point(2, HOUR, VM)],
        ("pass", "critical", "none", 1, ()),
    ),
    "later incremental of size 0, right after another": (
        [point(1, 2 * DAY, VM), point(2, HOUR, VM, size=0)],
        ("pass", "critical", "none", 1, ()),
    ),
    "an old chain that no restore to the newest point needs": (
        [*sized(0, 1), point(10, 2 * DAY, VM, size=0)],
        ("pass", "critical", "none", 1, ()),
    ),
    "old empty normal ones beside fresh incrementals": (
        [*sized(0, 0), point(10, 2 * DAY, VM), point(11, HOUR, VM, size=0)],
        ("pass", "critical", "none", 1, ()),
    ),
}


@pytest.mark.parametrize("name", EMPTY)
def test_empty(name):
    backups, expected = EMPTY[name]
    assert outcome_of("empty", having(backups=backups)) == expected


def test_message_of_empty():
    assert results(backups=sized(0, 0))["empty"].message == (
        "Backup 2 of disk 1 (2026-03-30T02:00:00Z) has size 0 or no known size."
    )
    assert results(backups=[point(1, 2 * HOUR, VM, size=0), point(2, HOUR, VM)])["empty"].message == (
        "Backup 1 of disk 1 (2026-03-30T04:00:00Z) has size 0 or no known size, and the newest recovery point"
        " (backup 2) builds on it."
    )


@pytest.mark.parametrize("severity", ["critical", "warning", "info"])
def test_severity_of_empty(severity):
    assert results(backups=sized(1, 0), policy=limits(severity={"empty": severity}))["empty"].severity == severity


# --- min_backup_servers ---


def on(*servers, age=DAY):
    return [point(number, age * number, backup_server_id=server) for number, server in enumerate(servers, start=1)]


TWO_SERVERS = {"count": 2, "within": "7d"}
MIN_BACKUP_SERVERS = {
    "two of two": (on(3, 4), ("pass", "2 backup servers", (2, 1))),
    "one of two": (on(3, 3), ("warn", "1 backup server", (2, 1))),
    "a null server never counts": (on(3, None), ("warn", "1 backup server", (2, 1))),
    "null servers only": (on(None, None), ("warn", "0 backup servers", (2, 1))),
    "exactly within": ([point(1, HOUR), point(2, 7 * DAY)], ("pass", "2 backup servers", (2, 1))),
    "a second too long ago": ([point(1, HOUR), point(2, 7 * DAY + 1)], ("warn", "1 backup server", (1,))),
    "marked for delete": (
        [point(1, HOUR), point(2, DAY, marked_for_delete=True)],
        ("warn", "1 backup server", (1,)),
    ),
}


@pytest.mark.parametrize("name", MIN_BACKUP_SERVERS)
def test_min_backup_servers(name):
    backups, (status, actual, ids) = MIN_BACKUP_SERVERS[name]
    given = having(backups=backups, policy=limits(min_backup_servers=TWO_SERVERS))
    assert outcome_of("min_backup_servers", given) == (status, "warning", actual, 1, ids)


def test_servers_are_no_sites():
    found = results(backups=on(3, 4), policy=limits(min_backup_servers=TWO_SERVERS))["min_backup_servers"]
    assert found.expected == "at least 2 backup servers within 7d"
    assert found.message == "The recovery points of disk 1 of the last 7d are on 2 backup servers."
    found = results(backups=on(3, 3), policy=limits(min_backup_servers=TWO_SERVERS))["min_backup_servers"]
    assert found.message == (
        "The recovery points of disk 1 of the last 7d are on 1 backup server; the policy requires 2."
    )


@pytest.mark.parametrize(
    ("servers", "status", "actual"),
    [
        ((3, 7), "pass", "2 sites"),
        ((3, 4), "warn", "1 site"),
        ((3, 9), "warn", "1 site"),
        ((9, None), "warn", "0 sites"),
    ],
    ids=["two sites", "two servers of one site", "a server of no known site", "no site"],
)
def test_sites(servers, status, actual):
    policy = {"server_sites": {3: "ams", 4: "ams", 7: "fra"}, **limits(min_backup_servers=TWO_SERVERS)}
    found = results(backups=on(*servers), policy=policy)["min_backup_servers"]
    assert (found.status, found.actual) == (status, actual)
    assert found.expected == "at least 2 sites within 7d"
    assert "server" not in found.message


def test_servers_of_each_disk():
    backups = [*on(3, 4), point(10, HOUR, DISK_2), point(12, DAY, DISK_2)]
    found = results(TWO_DISKS, backups, policy=limits(min_backup_servers=TWO_SERVERS))["min_backup_servers"]
    assert (found.status, found.disk_id, found.backup_ids) == ("warn", 2, (12, 10))


def test_at_most_50_backups_are_named():
    found = results([disk()], healthy(), policy=limits(min_backup_servers={"count": 3, "within": "2000d"}))
    assert len(found["min_backup_servers"].backup_ids) == 50 < len(healthy())
