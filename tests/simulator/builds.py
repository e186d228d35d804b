# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Backups that are started: accepted, queued, building, then built or failed, as simulated time passes.

The panel calls ``tick`` before each answer; nothing runs in between.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from .cloud import Cloud, is_incremental
from .settings import Settings
from .shapes import Row, stamp

RESULTS = ("built", "stuck", "failed", "disappears")
SIZE_KB = 310896


class Clock:
    """The panel's time: it runs from a start, and can be advanced."""

    def __init__(self, start: datetime) -> None:
        self.start = start
        self._since = time.monotonic()
        self._advanced = 0.0

    def now(self) -> datetime:
        """The present moment in UTC."""
        return self.start + timedelta(seconds=time.monotonic() - self._since + self._advanced)

    def date(self, settings: Settings) -> datetime:
        """The time of the Date header: the real time plus advances, or with ``own_date`` the time of the panel."""
        return self.now() if settings.own_date else datetime.now(UTC) + timedelta(seconds=self._advanced)

    def advance(self, seconds: float) -> None:
        """Advance the time."""
        self._advanced += seconds


@dataclass(slots=True)
class _Build:
    key: int
    row: Row
    seconds: float
    result: str
    end: datetime | None = None


@dataclass(slots=True)
class Builds:
    """The queue of one cloud. ``accepted`` has one entry per backup that was started, oldest first."""

    cloud: Cloud
    clock: Clock
    accepted: list[Row] = field(default_factory=list)
    _queue: list[_Build] = field(default_factory=list)
    _running: list[_Build] = field(default_factory=list)

    def start(
        self,
        settings: Settings,
        key: int,
        disk: Row | None,
        user_id: Any,
        note: str | None = None,
        initiated: str = "manual",
        by: str = "request",
        result: str = "built",
        seconds: float | None = None,
    ) -> Row:
        """Accept a backup of one disk, or with None of the VM, and return its unbuilt row."""
        now = self.clock.now()
        created = stamp(settings.generation, now)
        facts = {"created_at": created, "updated_at": created, "user_id": user_id, "note": note, "initiated": initiated}
        row = self.cloud.new_backup(key, disk, facts)
        self.cloud.status[row["id"]] = "pending"
        self.accepted.append(
            {
                "virtual_machine_id": self.cloud.vm(key).get("id"),
                "disk_id": None if disk is None else disk.get("id"),
                "backup_id": row["id"],
                "user_id": user_id,
                "initiated": initiated,
                "by": by,
            }
        )
        self._queue.append(_Build(key, row, settings.build_seconds if seconds is None else seconds, result))
        self._fill(settings, now)
        return row

    def tick(self, settings: Settings) -> bool:
        """Finish builds that are due; returns whether anything changed."""
        now, changed = self.clock.now(), False
        while due := [one for one in self._running if one.end is not None and one.end <= now]:
            build = min(due, key=lambda one: one.end or now)
            self._running.remove(build)
            self._finish(settings, build, build.end or now)
            self._fill(settings, build.end or now)
            changed = True
        return changed

    def report(self) -> dict[str, Any]:
        """The accepted backups, also counted per VM and per disk (backups of a VM: only per VM)."""
        return {
            "backups_accepted": list(self.accepted),
            "accepted_by_virtual_machine": dict(Counter(str(one["virtual_machine_id"]) for one in self.accepted)),
            "accepted_by_disk": dict(Counter(str(one["disk_id"]) for one in self.accepted if one["disk_id"])),
        }

    def _fill(self, settings: Settings, now: datetime) -> None:
        """Begin queued builds while fewer than ``simultaneous_backups`` run."""
        while self._queue and len(self._running) < settings.simultaneous_backups:
            build = self._queue.pop(0)
            build.end = now + timedelta(seconds=build.seconds)
            self.cloud.status[build.row["id"]] = "running"
            self._running.append(build)

    def _finish(self, settings: Settings, build: _Build, end: datetime) -> None:
        row, rows = build.row, self.cloud.backups(build.key)
        if build.result == "stuck" or row not in rows:
            return
        self.cloud.status[row["id"]] = "complete" if build.result == "built" else "failed"
        if build.result == "disappears":
            rows.remove(row)
        if build.result != "built":
            return
        moment = stamp(settings.generation, end)
        size: Any = str(SIZE_KB) if settings.generation == "2.x" else SIZE_KB
        row.update(built=True, built_at=moment, updated_at=moment, backup_size=size)
        if not _is_manual(row):
            self._rotate(rows, row)

    def _rotate(self, rows: list[Row], new: Row) -> None:
        """Delete the oldest automatic backup of the same target; manual ones are not rotated."""
        old = [
            row
            for row in rows
            if row is not new
            and row.get("built") is True
            and not _is_manual(row)
            and is_incremental(row) == is_incremental(new)
            and row.get("disk_id") == new.get("disk_id")
        ]
        if old:
            rows.remove(min(old, key=lambda row: str(row.get("created_at"))))


def _is_manual(row: Row) -> bool:
    return row.get("initiated", "manual" if row.get("backup_type") is None else None) == "manual"
