# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""Sizes of backups: the newest compared with earlier ones, and empty backups that a restore needs."""

from __future__ import annotations

import statistics
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._records import INCREMENTAL, NORMAL

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import Cover, Point
    from ansible_collections.community.onapp.plugins.module_utils._assessment.evidence import Evidence
    from ansible_collections.community.onapp.plugins.module_utils._policy.limits import SizeLimits

MOST_SAMPLES = 10
SHRINK = "shrink"
SHRINK_CRITICAL = "shrink_critical"
GROWTH = "growth"


class Comparison(t.NamedTuple):
    """The newest normal backup of a disk and up to 10 `earlier` ones of known size, newest first; sizes are kB.

    `median` and `ratio` are None without a size to compare.
    """

    newest: Point
    size: int | None
    earlier: tuple[Point, ...]
    median: float | None
    ratio: float | None


def compare_sizes(cover: Cover) -> Comparison | None:
    """The comparison of a disk; None if its newest recovery point is not a normal backup.

    Sizes of incremental backups say nothing: they are empty if nothing changed.
    """
    points = [point for point in cover.points if point.backup.backup_type == NORMAL]
    if not points or points[-1] is not cover.points[-1]:
        return None
    size = points[-1].backup.size
    earlier = tuple(point for point in reversed(points[:-1]) if (point.backup.size or 0) > 0)[:MOST_SAMPLES]
    if not earlier or size is None:
        return Comparison(points[-1], size, earlier, None, None)
    median = statistics.median(point.backup.size or 0 for point in earlier)
    return Comparison(points[-1], size, earlier, median, size / median)


def size_change(comparison: Comparison, limits: SizeLimits) -> str | None:
    """The change of the size: `shrink`, `shrink_critical` or `growth`; None if it is normal or not known."""
    size, median, ratio = comparison.size, comparison.median, comparison.ratio
    if size is None or median is None or ratio is None or len(comparison.earlier) < limits.min_samples:
        return None
    if abs(size - median) <= limits.floor_kb:
        return None
    if limits.shrink_critical is not None and ratio < limits.shrink_critical:
        return SHRINK_CRITICAL
    if ratio < limits.shrink:
        return SHRINK
    return GROWTH if ratio > limits.growth else None


def size_changes(evidence: Evidence) -> set[str]:
    """The changes of the sizes of a VM's disks."""
    limits = evidence.rule.size
    if limits is None:
        return set()
    comparisons = filter(None, map(compare_sizes, evidence.covered))
    return {change for change in (size_change(comparison, limits) for comparison in comparisons) if change}


def empty_base(cover: Cover) -> Point | None:
    """The empty backup that a restore of the disk to its newest recovery point needs, None if there is none.

    That is the newest point itself if it is a normal backup, else the first of the incremental ones: later ones may be
    empty, because nothing changed between them. A normal backup of unknown size counts as empty.
    """
    newest = cover.points[-1] if cover.points else None
    if newest is None or newest.is_plugin:
        return None
    if newest.backup.backup_type == NORMAL:
        return newest if (newest.backup.size or 0) <= 0 else None
    first = next(point for point in cover.points if point.backup.backup_type == INCREMENTAL)
    return first if first.backup.size is not None and first.backup.size <= 0 else None
