# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Backups of deleted virtual machines in the lists of their owners."""

from __future__ import annotations

import datetime
import types

import pytest
from ansible_collections.community.onapp.plugins.module_utils._api.paging import Listing
from ansible_collections.community.onapp.plugins.module_utils._compliance.run import find_orphans
from ansible_collections.community.onapp.plugins.module_utils._errors import DecodeError, ForbiddenError, OnAppError

BEFORE = 1774850400
OF_MACHINE = {"target_type": "VirtualMachine"}
CREATED = "2026-03-01T00:00:00Z"


class Owners:
    """A client with lists of backups by owner."""

    def __init__(self, lists):
        self.connection = types.SimpleNamespace(concurrency=3)
        self.lists = lists
        self.requested = []
        self.throttle = types.SimpleNamespace(stopped=False, stop=self.stop)

    def stop(self):
        self.throttle.stopped = True

    def get_list(self, wrapper, *segments):
        self.requested.append((wrapper, *segments))
        answer = self.lists[segments[1]]
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, Listing) else Listing(answer, None)


def row(number, **fields):
    return {"id": number, "target_type": "Disk", "target_id": 9, "created_at": CREATED, "backup_size": 2, **fields}


def found(lists, machines=(), backups=(), naive_as=datetime.UTC):
    client = Owners(lists)
    return client, find_orphans(client, list(lists), set(machines), set(backups), BEFORE, naive_as)


def ids(*given, **more):
    return [one["id"] for one in found(*given, **more)[1]]


def test_facts():
    _client, orphans = found({7: [row(5)]})
    assert orphans == [
        {"id": 5, "user_id": 7, "target_type": "Disk", "target_id": 9, "created_at": CREATED, "size_bytes": 2048}
    ]
    (bare,) = found({7: [{"id": "6", "target_type": "VirtualMachine"}]})[1]
    assert (bare["created_at"], bare["size_bytes"], bare["target_id"]) == (None, None, None)


def test_backups_of_existing_virtual_machines():
    rows = [row(1), row(2), row(3, **OF_MACHINE, target_id=4), row(4, **OF_MACHINE, target_id=5)]
    assert ids({7: rows}, machines=[4], backups=[1]) == [2, 4]
    # A disk and a virtual machine can have the same id.
    assert ids({7: [row(1, target_id=4)]}, machines=[4]) == [1]


def test_backup_created_during_the_run_is_no_orphan():
    assert ids({7: [row(1, created_at="2026-03-30T06:00:00Z"), row(2, created_at="2026-03-30T06:00:01Z")]}) == [1]
    berlin = datetime.timezone(datetime.timedelta(hours=2))
    rows = [row(1, created_at="2026-03-30T07:30:00")]
    assert (ids({7: rows}), ids({7: rows}, naive_as=berlin)) == ([], [1])


def test_interrupt_ends_the_other_requests():
    client = Owners({7: KeyboardInterrupt(), 8: []})
    with pytest.raises(KeyboardInterrupt):
        find_orphans(client, [7, 8], set(), set(), BEFORE, datetime.UTC)
    assert client.throttle.stopped


def test_one_request_for_each_owner():
    client, orphans = found({8: [row(3), row(1)], 7: [row(2)], 9: []})
    assert sorted(client.requested) == [("backup", "users", owner, "backups") for owner in (7, 8, 9)]
    assert [(one["id"], one["user_id"]) for one in orphans] == [(1, 8), (2, 7), (3, 8)]
    assert found({})[0].requested == []


def test_in_the_lists_of_two_owners():
    assert ids({7: [row(1)], 8: [row(1)]}) == [1]


@pytest.mark.parametrize("broken", [ForbiddenError("no"), Listing([row(1)], "rows are missing")])
def test_incomplete_list(broken):
    with pytest.raises(OnAppError) as caught:
        found({7: [row(1)], 8: broken})
    assert isinstance(caught.value, DecodeError) == isinstance(broken, Listing)
    if isinstance(broken, Listing):
        assert "user 8 is incomplete: rows are missing" in caught.value.text
