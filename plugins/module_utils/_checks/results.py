# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""Results of checks. The result of a virtual machine is the worst result of its disks."""

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
    """The result of a check: `expected` and `actual` in a few words, `message` in one sentence.

    `disk_id` is the disk that decided, `backup_ids` and `recovery_point_ids` are the backups and plug-in recovery
    points that the result is based on (None: recovery points were not fetched), `exemption` is the id of the exemption
    that applies. `warn` and `fail` both mean that the policy is not met; `fail` is critical.
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
    """The outcome of a check for one disk or one virtual machine, based on some `points`.

    `failed_severity` is None unless the check failed. It is empty for the check's own severity.
    """

    actual: str
    message: str
    points: tuple[Point, ...] = ()
    failed_severity: str | None = None
    status: str = PASS


def passed(actual: str, message: str, *points: Point) -> Observation:
    """The check passed."""
    return Observation(actual, message, points)


def failed(actual: str, message: str, *points: Point, severity: str = "") -> Observation:
    """The check failed; `severity` overrides the severity of the check, also that of the policy."""
    return Observation(actual, message, points, failed_severity=severity)


def insufficient(actual: str, message: str, *points: Point) -> Observation:
    """There is too little data."""
    return Observation(actual, message, points, status=INSUFFICIENT_DATA)


def not_applicable(actual: str, message: str) -> Observation:
    """The check does not apply."""
    return Observation(actual, message, status=NOT_APPLICABLE)


def unknown(message: str) -> Observation:
    """Data that the check needs could not be read."""
    return Observation("not known", message, status=UNKNOWN)


def severity_of(rule: Rule, check: str) -> str:
    """The severity of a check under a rule."""
    return rule.severity.get(check, CHECKS[check].severity)


def severer(one: str, other: str) -> str:
    """The higher of two severities."""
    return min(one, other, key=SEVERITIES.index)


def result(rule: Rule, check: str, expected: str, observation: Observation, disk_id: int | None = None) -> Result:
    """The result of a check with an observation."""
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
    """The worst of some results; the first of equally bad ones."""
    return min(results, key=lambda one: (WORST_FIRST.index(one.status), SEVERITIES.index(one.severity)))


def per_disk(evidence: Evidence, check: str, expected: str, observe: Callable[[Cover], Observation]) -> Result:
    """The worst result of the eligible disks. A disk in grace without a recovery point has too little data."""

    def observation(cover: Cover) -> Observation:
        if cover.is_pending:
            text = f"Disk {cover.disk.id} is new and has no recovery point yet."
            return insufficient("no recovery point yet", text)
        return observe(cover)

    return worst(result(evidence.rule, check, expected, observation(cover), cover.disk.id) for cover in evidence.covers)


def no_backup(cover: Cover) -> Observation:
    """The observation of a check that needs a backup for a disk without one."""
    if cover.points:
        return insufficient("no backup", f"Disk {cover.disk.id} has only plug-in recovery points and no backup.")
    return insufficient("no recovery point", f"Disk {cover.disk.id} has no recovery point.")
