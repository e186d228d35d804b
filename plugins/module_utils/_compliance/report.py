# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The record of a compliance run, as docs/schemas/backup_report.schema.json describes it.

A large cloud's record does not fit into the memory of a small machine: its virtual machines lie in a file without a
name and are read anew, one by one, by whoever renders the record.
"""

from __future__ import annotations

import json
import tempfile
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Facts = dict[str, t.Any]


class Report(t.NamedTuple):
    """A record: `vms` and `findings` are its arrays of that name, `head` is everything else.

    `vms` may be gone through any number of times, and there is never more than one of them in memory.
    """

    head: Facts
    vms: Iterable[Facts]
    findings: Sequence[Facts]


class Spool:
    """JSON objects on disk, in the order of their keys; the file goes away with the object, whatever happens."""

    def __init__(self) -> None:
        self._file: t.IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._places: list[tuple[t.Any, int, int]] = []
        self._end = 0

    def add(self, key: t.Any, value: Facts) -> None:
        """Keep an object; `key` says where it belongs."""
        data = json.dumps(value, separators=(",", ":")).encode()
        self._file.seek(self._end)
        self._file.write(data)
        self._places.append((key, self._end, len(data)))
        self._end += len(data)

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Facts]:
        self._places.sort()
        for place in self._places:
            self._file.seek(place[1])
            yield json.loads(self._file.read(place[2]))

    def close(self) -> None:
        """Give the disk space back."""
        self._file.close()
