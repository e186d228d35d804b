# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The cached form of a cloud: rows as the control panel sent them, without secrets, never an assessment.

The virtual machines are kept in pages, compressed one by one, so that neither writing nor reading has more than one
page in memory besides the text.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import typing as t
import zlib

from ansible_collections.community.onapp.plugins.module_utils._api.fetch import FetchedVm
from ansible_collections.community.onapp.plugins.module_utils._fields import as_integer
from ansible_collections.community.onapp.plugins.module_utils._records import JUDGED_FIELDS, with_fields

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    Row = dict[str, t.Any]
    Evidence = dict[str, list[Row] | None]
    Entry = tuple[Row, list[Row] | None, list[Row] | None, Evidence]

# Raise it when the cached form changes: entries of older versions are then not found.
FORM = 3
PAGE = 100
MAX_PAGE_BYTES = 16 * 2**20
# The year 9999.
MAX_TIME = 253_402_300_799


class DamagedCache(Exception):
    """A cache entry is not what `Snapshot.as_text` made; the message says what is wrong."""


class Snapshot(t.NamedTuple):
    """The virtual machines of a cloud in pages, in the order of their ids; read at `fetched_at`, in UTC seconds."""

    fetched_at: int
    pages: tuple[str, ...]

    def virtual_machines(self, naive_as: datetime.tzinfo | None = None) -> Iterator[FetchedVm]:
        """Each virtual machine with its disks, backups and evidence; None for those that were not read.

        Times without an offset are in the zone `naive_as`. Raises DamagedCache.
        """
        numbers = set()
        for page in self.pages:
            for vm, disks, backups, evidence in _entries(page):
                number = as_integer(vm["id"])
                if number in numbers:
                    raise DamagedCache(f"virtual machine {number} is in it twice")
                numbers.add(number)
                try:
                    fetched = FetchedVm.of_rows(vm, disks, backups, naive_as=naive_as)
                    if evidence:
                        fetched = fetched.with_evidence(evidence, naive_as=naive_as)
                except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as error:
                    raise DamagedCache(f"a value in it is wrong: {error}") from error
                yield fetched

    def as_text(self) -> str:
        """One text, because ansible-core copies and inspects anything else that is put into its cache."""
        return "\n".join([json.dumps([FORM, self.fetched_at, len(self.pages)]), *self.pages])

    @classmethod
    def from_text(cls, text: t.Any) -> Snapshot:
        """The snapshot of a text; its pages are not unpacked yet. Raises DamagedCache."""
        if not isinstance(text, str):
            raise DamagedCache("it is not a text")
        head, *pages = text.split("\n")
        try:
            form, fetched_at, length = json.loads(head)
        except (ValueError, TypeError, RecursionError):
            raise DamagedCache("it has no header") from None
        if form != FORM or fetched_at.__class__ is not int or not 0 <= fetched_at <= MAX_TIME or length != len(pages):
            raise DamagedCache("its header is wrong")
        return cls(fetched_at, tuple(pages))


class Recorder:
    """Makes a snapshot of virtual machines as they come; with `whole_backups` their backups keep all fields."""

    def __init__(self, *, whole_backups: bool) -> None:
        self._whole_backups = whole_backups
        self._pages: list[str] = []
        self._entries: list[Entry] = []

    def add(self, row: Row, disks: list[Row] | None, backups: list[Row] | None, evidence: Evidence) -> None:
        """A virtual machine; without disks, backups and evidence if only the list of virtual machines was read."""
        if backups is not None and not self._whole_backups:
            backups = [with_fields(row, JUDGED_FIELDS) for row in backups]
        self._entries.append((row, disks, backups, evidence))
        if len(self._entries) == PAGE:
            self._end_page()

    def snapshot(self, fetched_at: int) -> Snapshot | None:
        """The snapshot of everything added, read at a time in UTC seconds; None if a page is too large."""
        self._end_page()
        return None if "" in self._pages else Snapshot(fetched_at, tuple(self._pages))

    def _end_page(self) -> None:
        if self._entries:
            text = json.dumps(self._entries, separators=(",", ":")).encode()
            # Level 1 is the fastest.
            packed = base64.b64encode(zlib.compress(text, 1)).decode() if len(text) <= MAX_PAGE_BYTES else ""
            self._pages.append(packed)
            self._entries = []


def cache_key(plugin_key: str, *parts: t.Any) -> str:
    """A key that changes with everything that decides the rows; it shows neither URL nor user."""
    digest = hashlib.sha256(json.dumps([FORM, *parts]).encode()).hexdigest()
    return f"{plugin_key}_{digest[:16]}"


def _entries(page: str) -> list[Entry]:
    """The entries of a page, of which every type was checked. Raises DamagedCache."""
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(base64.b64decode(page, validate=True), MAX_PAGE_BYTES)
        if not unpacker.eof:
            raise DamagedCache("a page is cut or too large")
        entries = json.loads(text)
    except (ValueError, RecursionError, zlib.error):
        raise DamagedCache("a page cannot be unpacked") from None
    if not isinstance(entries, list):
        raise DamagedCache("a page is not a list")
    for entry in entries:
        if not isinstance(entry, list) or len(entry) != 4 or not _is_row(entry[0]) or not isinstance(entry[3], dict):
            raise DamagedCache("an entry is not a virtual machine with its disks, backups and evidence")
        for rows in (*entry[1:3], *entry[3].values()):
            if rows is not None and not (isinstance(rows, list) and all(map(_is_row, rows))):
                raise DamagedCache("disks, backups or evidence are not a list of rows")
    return entries


def _is_row(row: t.Any) -> bool:
    return isinstance(row, dict) and as_integer(row.get("id")) is not None
