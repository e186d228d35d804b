# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""Checks of the content of backups and of their backup servers."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._assessment.sizes import (
    GROWTH,
    SHRINK_CRITICAL,
    compare_sizes,
    empty_base,
    size_change,
)
from ansible_collections.community.onapp.plugins.module_utils._checks.results import (
    Observation,
    Result,
    failed,
    insufficient,
    no_backup,
    not_applicable,
    passed,
    per_disk,
)
from ansible_collections.community.onapp.plugins.module_utils._fields import utc_text
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CRITICAL
from ansible_collections.community.onapp.plugins.module_utils._policy.values import duration_text
from ansible_collections.community.onapp.plugins.module_utils._text import counted

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import Cover
    from ansible_collections.community.onapp.plugins.module_utils._assessment.evidence import Evidence
    from ansible_collections.community.onapp.plugins.module_utils._policy.limits import BackupServers, SizeLimits

KB_PER_GB = 1024 * 1024


def size(evidence: Evidence, limits: SizeLimits) -> Result:
    """Whether the newest normal backup of every disk is about as large as earlier ones."""

    def observe(cover: Cover) -> Observation:
        if not cover.points:
            return no_backup(cover)
        found = compare_sizes(cover)
        if found is None:
            return not_applicable(
                "newest is not a normal backup",
                f"The newest recovery point of disk {cover.disk.id} is not a normal backup: sizes are not compared.",
            )
        backup = f"Backup {found.newest.id} of disk {cover.disk.id} ({utc_text(found.newest.time)})"
        if found.size is None:
            return insufficient(
                "not known",
                f"The control panel does not send the size of backup {found.newest.id} of disk {cover.disk.id}.",
                found.newest,
            )
        samples = len(found.earlier)
        if found.median is None or found.ratio is None or samples < limits.min_samples:
            learning = f"learning {samples}/{limits.min_samples}"
            return insufficient(
                learning, f"{backup} has too few earlier normal backups to compare with ({learning}).", found.newest
            )
        actual = f"{_gigabytes(found.size)}, {found.ratio * 100:.0f} % of the median"
        usual = f"its usual {_gigabytes(found.median)} (median of the last {samples})"
        points = (found.newest, *found.earlier)
        change = size_change(found, limits)
        if change is None:
            return passed(actual, f"{backup} holds {_gigabytes(found.size)}; {usual}.", *points)
        moved = "grew" if change == GROWTH else "shrank"
        return failed(
            actual,
            f"{backup} {moved} to {_gigabytes(found.size)}, {found.ratio * 100:.0f} % of {usual}; a resized disk"
            " can also explain this.",
            *points,
            severity=CRITICAL if change == SHRINK_CRITICAL else "",
        )

    expected = f"{limits.shrink * 100:.0f} % to {limits.growth * 100:.0f} % of the median"
    return per_disk(evidence, "size", expected, observe)


def empty(evidence: Evidence, _limit: bool) -> Result:
    """Whether a restore of every disk to its newest recovery point needs no empty backup."""

    def observe(cover: Cover) -> Observation:
        if not cover.points:
            return no_backup(cover)
        newest = cover.points[-1]
        if newest.is_plugin:
            text = f"The newest recovery point of disk {cover.disk.id} is a plug-in's, whose size is not known."
            return not_applicable("newest is not a backup", text)
        base = empty_base(cover)
        if base is None:
            return passed("none", f"The newest recovery point of disk {cover.disk.id} needs no empty backup.")
        text = f"Backup {base.id} of disk {cover.disk.id} ({utc_text(base.time)}) has size 0 or no known size"
        if base is not newest:
            text += f", and the newest recovery point (backup {newest.id}) builds on it"
        return failed("1 empty backup", f"{text}.", base)

    return per_disk(evidence, "empty", "no empty backup that a restore needs", observe)


def min_backup_servers(evidence: Evidence, limits: BackupServers) -> Result:
    """Whether recent backups are on enough backup servers, or at enough sites if the policy names sites."""
    sites = evidence.policy.server_sites
    what = "site" if sites else "backup server"
    within = duration_text(limits.within)

    def observe(cover: Cover) -> Observation:
        recent = [point for point in cover.backups if evidence.now - point.time <= limits.within]
        if not recent and cover.points and cover.points[-1].is_plugin:
            return no_backup(cover)
        servers = {point.backup.backup_server_id for point in recent} - {None}
        places = {sites.get(server or 0) for server in servers} - {None} if sites else servers
        actual = counted(len(places), what)
        text = f"The recovery points of disk {cover.disk.id} of the last {within} are on {actual}"
        if len(places) >= limits.places:
            return passed(actual, f"{text}.", *recent)
        return failed(actual, f"{text}; the policy requires {limits.places}.", *recent)

    return per_disk(evidence, "min_backup_servers", f"at least {counted(limits.places, what)} within {within}", observe)


def _gigabytes(kilobytes: float) -> str:
    return f"{kilobytes / KB_PER_GB:.1f} GB"
