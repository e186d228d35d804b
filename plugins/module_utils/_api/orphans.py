# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""Finds backups of deleted virtual machines."""

from __future__ import annotations

import concurrent.futures
import typing as t

from .. import _errors, _fields, _records

if t.TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

    from .client import Client

    Row = dict[str, t.Any]


def find_orphans(
    client: Client,
    owners: Iterable[int],
    vms: set[int],
    backups: set[int],
    before: int,
    naive_as: datetime.tzinfo | None,
) -> list[Row]:
    """The backups of some owners that belong to no virtual machine, by id; one request for each owner.

    `vms` and `backups` are the ids that are known. A backup recorded later than `before` (UTC seconds) may be of a
    virtual machine that was created meanwhile. Raises OnAppError when a list cannot be read.
    """
    with concurrent.futures.ThreadPoolExecutor(client.connection.concurrency, "onapp-owners") as pool:
        try:
            lists = list(pool.map(lambda owner: (owner, _backups_of(client, owner)), sorted(set(owners))))
        except BaseException:
            client.throttle.stop()
            raise
    found: dict[int, Row] = {}
    for owner, rows in lists:
        for row in rows:
            backup = _records.Backup.from_row(row, naive_as)
            seconds = backup.created_at.seconds
            is_of_vm = backup.target.kind == _records.VIRTUAL_MACHINE and backup.target.id in vms
            if backup.id in backups or is_of_vm or (seconds is not None and seconds > before):
                continue
            found[backup.id] = {
                "id": backup.id,
                "user_id": owner,
                "target_type": backup.target.kind,
                "target_id": backup.target.id,
                "created_at": _fields.utc_text(seconds),
                "size_bytes": None if backup.size is None else backup.size * 1024,
            }
    return [found[number] for number in sorted(found)]


def _backups_of(client: Client, owner: int) -> list[Row]:
    listing = client.get_list("backup", "users", owner, "backups")
    if listing.problem or listing.strange:
        why = listing.problem or "it holds elements that are no rows"
        raise _errors.DecodeError(f"The list of backups of user {owner} is incomplete: {why}. Run again.")
    return listing.rows
