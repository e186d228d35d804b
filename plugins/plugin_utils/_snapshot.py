# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""What the panel said, to be judged again later: the cache holds rows as they were read, never a verdict."""

from __future__ import annotations

import hashlib
import json
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.collect import Collected
from ansible_collections.community.onapp.plugins.module_utils._fields import as_integer

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Row = dict[str, t.Any]

# Raise it when the stored form changes: what an older version stored is then not found.
FORM = 1
# All that a verdict looks at. The rest is stored only where an inventory shows it.
JUDGED_FIELDS = (
    "id",
    "backup_type",
    "target_type",
    "target_id",
    "disk_id",
    "created_at",
    "built_at",
    "built",
    "marked_for_delete",
    "locked",
    "backup_size",
    "backup_server_id",
    "initiated",
)


class Snapshot(t.NamedTuple):
    """Rows of all virtual machines listed; disks and backups, by id, of those that were read; when, in UTC seconds."""

    fetched_at: int
    virtual_machines: list[Row]
    parts: dict[int, tuple[list[Row], list[Row]]]

    def kept(self, keep: Callable[[Row], bool]) -> Iterator[Collected] | None:
        """The virtual machines to keep, in order; None when one of them was not read."""
        rows = [row for row in self.virtual_machines if keep(row)]
        numbers = [as_integer(row["id"]) for row in rows]
        if any(number not in self.parts for number in numbers):
            return None
        return (Collected(row, *self.parts[t.cast(int, number)], ()) for row, number in zip(rows, numbers, strict=True))

    def as_text(self) -> str:
        """One text, because ansible-core copies and inspects whatever else is put into its cache."""
        return json.dumps([FORM, self.fetched_at, self.virtual_machines, list(self.parts.items())])

    @classmethod
    def from_text(cls, text: t.Any) -> Snapshot | None:
        """The snapshot of a text; None when it is none, or one of another form."""
        try:
            form, fetched_at, virtual_machines, parts = json.loads(text)
            read = {number: (disks, backups) for number, (disks, backups) in parts}
            rows = [
                row for rows in (virtual_machines, *(part for pair in read.values() for part in pair)) for row in rows
            ]
        except (ValueError, TypeError, RecursionError):
            return None
        is_one = form == FORM and fetched_at.__class__ is int
        is_one = is_one and all(isinstance(row, dict) and as_integer(row.get("id")) is not None for row in rows)
        return cls(fetched_at, virtual_machines, read) if is_one else None


def cache_key(plugin_key: str, *parts: t.Any) -> str:
    """A key that changes with whatever shapes the rows; it shows neither address nor user."""
    digest = hashlib.sha256(json.dumps([FORM, *parts]).encode()).hexdigest()
    return f"{plugin_key}_{digest[:16]}"


def judged_only(backups: Sequence[Row]) -> list[Row]:
    """Rows of backups without what no verdict looks at: most of their size."""
    return [{name: row[name] for name in JUDGED_FIELDS if name in row} for row in backups]
