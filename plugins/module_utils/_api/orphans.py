# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""Backups of virtual machines that were deleted: only the list of their owner still shows them."""

from __future__ import annotations

import concurrent.futures
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._errors import DecodeError, OnAppError
from ansible_collections.community.onapp.plugins.module_utils._fields import utc_text
from ansible_collections.community.onapp.plugins.module_utils._records import VIRTUAL_MACHINE, Backup

if t.TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

    from ansible_collections.community.onapp.plugins.module_utils._api.client import Client

    Facts = dict[str, t.Any]


def find_orphans(
    client: Client,
    owners: Iterable[int],
    vms: set[int],
    backups: set[int],
    before: int,
    naive_as: datetime.tzinfo | None,
) -> list[Facts]:
    """The backups of some owners that belong to no virtual machine, by id; one request for each owner.

    `vms` are the ids of all virtual machines, `backups` those of all their backups. A backup recorded later than
    `before` (UTC seconds) may be of a virtual machine that was created after the others were listed. Raises
    OnAppError when a list cannot be read.
    """
    with concurrent.futures.ThreadPoolExecutor(client.connection.concurrency, "onapp-owners") as pool:
        try:
            lists = list(pool.map(lambda owner: (owner, _backups_of(client, owner)), sorted(set(owners))))
        except OnAppError:
            raise
        except BaseException:
            client.throttle.stop()
            raise
    found: dict[int, Facts] = {}
    for owner, rows in lists:
        for row in rows:
            backup = Backup.from_row(row, naive_as)
            seconds = backup.created_at.seconds
            is_of_vm = backup.target.kind == VIRTUAL_MACHINE and backup.target.id in vms
            if backup.id in backups or is_of_vm or (seconds is not None and seconds > before):
                continue
            found[backup.id] = {
                "id": backup.id,
                "user_id": owner,
                "target_type": backup.target.kind,
                "target_id": backup.target.id,
                "created_at": utc_text(seconds),
                "size_bytes": None if backup.size is None else backup.size * 1024,
            }
    return [found[number] for number in sorted(found)]


def _backups_of(client: Client, owner: int) -> list[Facts]:
    listing = client.get_list("backup", "users", owner, "backups")
    if listing.problem or listing.strange:
        why = listing.problem or "it holds elements that are no rows"
        raise DecodeError(f"The list of backups of user {owner} is incomplete: {why}. Run again.")
    return listing.rows
