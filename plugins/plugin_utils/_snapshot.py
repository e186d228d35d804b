# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""What the panel said, to be judged again later: the cache holds rows as they were read, never a verdict.

A cloud is kept in pages of some virtual machines each, compressed one by one, so that neither writing nor reading it
ever has more than one page in memory besides the text.
"""

from __future__ import annotations

import base64
import hashlib
import json
import typing as t
import zlib

from ansible_collections.community.onapp.plugins.module_utils._api.fetch import FetchedVm
from ansible_collections.community.onapp.plugins.module_utils._fields import as_integer
from ansible_collections.community.onapp.plugins.module_utils._records import judged_only

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Row = dict[str, t.Any]
    Entry = tuple[Row, list[Row] | None, list[Row] | None]

# Raise it when the stored form changes: what an older version stored is then not found.
FORM = 2
PAGE = 100
FASTEST = 1


class Unusable(Exception):
    """A snapshot is damaged, or does not hold all that is asked for."""


class Snapshot(t.NamedTuple):
    """The virtual machines of a cloud in the order of their ids, in pages; read at `fetched_at`, in UTC seconds."""

    fetched_at: int
    pages: tuple[str, ...]

    def entries(self) -> Iterator[Entry]:
        """Each virtual machine's row with its disks and backups; None for those that were not read.

        Raises Unusable at a page that is damaged.
        """
        for page in self.pages:
            try:
                entries = json.loads(zlib.decompress(base64.b64decode(page, validate=True)))
                rows = [row for vm, disks, backups in entries for row in (vm, *(disks or ()), *(backups or ()))]
            except (ValueError, TypeError, RecursionError, zlib.error) as error:
                raise Unusable from error
            if not all(isinstance(row, dict) and as_integer(row.get("id")) is not None for row in rows):
                raise Unusable
            yield from map(tuple, entries)

    def kept(self, keep: Callable[[Row], bool]) -> Iterator[FetchedVm]:
        """The virtual machines to keep. Raises Unusable when one of them was not read, or is damaged."""
        for row, disks, backups in self.entries():
            if keep(row):
                if disks is None or backups is None:
                    raise Unusable
                yield FetchedVm(row, disks, backups, ())

    def as_text(self) -> str:
        """One text, because ansible-core copies and inspects whatever else is put into its cache."""
        return "\n".join([json.dumps([FORM, self.fetched_at, len(self.pages)]), *self.pages])

    @classmethod
    def from_text(cls, text: t.Any) -> Snapshot | None:
        """The snapshot of a text; None when it is none, or one of another form. Its pages are not looked at yet."""
        if not isinstance(text, str):
            return None
        head, *pages = text.split("\n")
        try:
            form, fetched_at, length = json.loads(head)
        except (ValueError, TypeError, RecursionError):
            return None
        is_one = form == FORM and fetched_at.__class__ is int and length == len(pages)
        return cls(fetched_at, tuple(pages)) if is_one else None


class Recorder:
    """Makes a snapshot of virtual machines as they come; with `is_whole` their backups' rows are kept whole."""

    def __init__(self, *, is_whole: bool) -> None:
        self._is_whole = is_whole
        self._pages: list[str] = []
        self._entries: list[Entry] = []

    def add(self, row: Row, disks: list[Row], backups: list[Row]) -> None:
        """A virtual machine that was read."""
        self._add(row, disks, backups if self._is_whole else list(map(judged_only, backups)))

    def add_unread(self, row: Row) -> None:
        """A virtual machine that was listed only."""
        self._add(row, None, None)

    def snapshot(self, fetched_at: int) -> Snapshot:
        """What was added, as read at a time in UTC seconds."""
        self._end_page()
        return Snapshot(fetched_at, tuple(self._pages))

    def _add(self, *entry: t.Any) -> None:
        self._entries.append(t.cast("Entry", entry))
        if len(self._entries) == PAGE:
            self._end_page()

    def _end_page(self) -> None:
        if self._entries:
            text = json.dumps(self._entries, separators=(",", ":"))
            self._pages.append(base64.b64encode(zlib.compress(text.encode(), FASTEST)).decode())
            self._entries = []


def cache_key(plugin_key: str, *parts: t.Any) -> str:
    """A key that changes with whatever shapes the rows; it shows neither address nor user."""
    digest = hashlib.sha256(json.dumps([FORM, *parts]).encode()).hexdigest()
    return f"{plugin_key}_{digest[:16]}"
