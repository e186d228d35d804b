# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""The result of a check, and how results of single disks become that of their virtual machine: the worst one counts."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CHECKS, CRITICAL, SEVERITIES

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import Cover, Point
    from ansible_collections.community.onapp.plugins.module_utils._assessment.evidence import Evidence
    from ansible_collections.community.onapp.plugins.module_utils._policy.limits import Rule

PASS = "pass"
WARN = "warn"
FAIL = "fail"
UNKNOWN = "unknown"
EXEMPT = "exempt"
NOT_APPLICABLE = "not_applicable"
INSUFFICIENT_DATA = "insufficient_data"
# In the order of the reports' tables.
STATUSES = (PASS, WARN, FAIL, UNKNOWN, EXEMPT, NOT_APPLICABLE, INSUFFICIENT_DATA)
WORST_FIRST = (FAIL, UNKNOWN, WARN, EXEMPT, INSUFFICIENT_DATA, PASS, NOT_APPLICABLE)
MOST_IDS = 50


class Result(t.NamedTuple):
    """What a check found: `expected` and `actual` in a few words, `message` in one sentence.

    `disk_id` is the disk that decided, `backup_ids` are the backups that it rests on, `recovery_point_ids` the plug-in
    recovery points (None: they were not asked for), `exemption` is the id of one that covers it. `warn` and `fail` both
    break the policy, `fail` critically.
    """

    check: str
    status: str
    severity: str
    expected: str
    actual: str
    message: str
    disk_id: int | None = None
    backup_ids: tuple[int, ...] = ()
    exemption: str | None = None
    recovery_point_ids: tuple[int, ...] | None = None

    def as_facts(self) -> dict[str, t.Any]:
        """The result as JSON values; `recovery_point_ids` only where it is not None."""
        facts = {**self._asdict(), "backup_ids": list(self.backup_ids)}
        ids = facts.pop("recovery_point_ids")
        return facts if ids is None else {**facts, "recovery_point_ids": list(ids)}


class Observation(t.NamedTuple):
    """What a check found of one disk, or of a virtual machine.

    `broken` is None where the check holds, else the severity of the break: one of the catalogue's, or empty for the
    check's own. `status` says more where it is neither held nor broken.
    """

    actual: str
    message: str
    points: tuple[Point, ...] = ()
    failed_severity: str | None = None
    status: str = PASS


def passed(actual: str, message: str, *points: Point) -> Observation:
    """The check holds."""
    return Observation(actual, message, points)


def failed(actual: str, message: str, *points: Point, severity: str = "") -> Observation:
    """The check does not hold; `severity` is one that the break has whatever the policy says of the check."""
    return Observation(actual, message, points, failed_severity=severity)


def insufficient(actual: str, message: str, *points: Point) -> Observation:
    """There is not enough to judge yet."""
    return Observation(actual, message, points, status=INSUFFICIENT_DATA)


def not_applicable(actual: str, message: str) -> Observation:
    """The check says nothing here."""
    return Observation(actual, message, status=NOT_APPLICABLE)


def unknown(message: str) -> Observation:
    """What the check needs could not be read."""
    return Observation("not known", message, status=UNKNOWN)


def severity_of(rule: Rule, check: str) -> str:
    """How much a check matters under a rule."""
    return rule.severity.get(check, CHECKS[check].severity)


def severer(one: str, other: str) -> str:
    """The severity that matters more."""
    return min(one, other, key=SEVERITIES.index)


def milder(one: str, other: str) -> str:
    """The severity that matters less."""
    return max(one, other, key=SEVERITIES.index)


def result(rule: Rule, check: str, expected: str, observation: Observation, disk_id: int | None = None) -> Result:
    """The result of an outcome."""
    severity, status = severity_of(rule, check), observation.status
    if observation.failed_severity is not None:
        severity = observation.failed_severity or severity
        status = FAIL if severity == CRITICAL else WARN
    ids = tuple(dict.fromkeys(point.id for point in observation.points if not point.is_plugin))[:MOST_IDS]
    plugin_ids = tuple(dict.fromkeys(point.id for point in observation.points if point.is_plugin))[:MOST_IDS]
    return Result(
        check,
        status,
        severity,
        expected,
        observation.actual,
        observation.message,
        disk_id,
        ids,
        recovery_point_ids=plugin_ids or None,
    )


def worst(results: Iterable[Result]) -> Result:
    """The worst of some results; of equally bad ones the first."""
    return min(results, key=lambda one: (WORST_FIRST.index(one.status), SEVERITIES.index(one.severity)))


def per_disk(evidence: Evidence, check: str, expected: str, judge: Callable[[Cover], Observation]) -> Result:
    """The worst result of the eligible disks. One that waits for its first recovery point has nothing to judge."""
    return worst(
        result(
            evidence.rule, check, expected, _no_point_yet(cover) if cover.is_pending else judge(cover), cover.disk.id
        )
        for cover in evidence.covers
    )


def nothing_to_judge(cover: Cover) -> Observation:
    """What a check says of a disk without a backup; that it has no recovery point is for others to find."""
    if cover.points:
        return insufficient("no backup", f"Disk {cover.disk.id} has plug-in recovery points only, no backup to judge.")
    return insufficient("no recovery point", f"Disk {cover.disk.id} has no recovery point to judge by.")


def _no_point_yet(cover: Cover) -> Observation:
    return insufficient("no recovery point yet", f"Disk {cover.disk.id} is new and has no recovery point yet.")
