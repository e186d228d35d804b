# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of checks. The result of a virtual machine is the worst result of its disks."""

from __future__ import annotations

import functools
import typing as t
from collections.abc import Iterable

from .._policy import catalogue

if t.TYPE_CHECKING:
    from .._assessment import coverage
    from .._policy import rules

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


def observed(
    status: str, actual: str, message: str, *points: coverage.Point, severity: str = "", disk_id: int | None = None
) -> Result:
    """What a check found for a disk or a virtual machine, based on some `points`, to be completed by `result`.

    The status FAIL stands for any failure; `severity` overrides the severity of the check, also that of the policy.
    """
    backup_ids = tuple(dict.fromkeys(point.id for point in points if not point.is_plugin))[:MOST_IDS]
    plugin_ids = tuple(dict.fromkeys(point.id for point in points if point.is_plugin))[:MOST_IDS]
    return Result("", status, severity, "", actual, message, disk_id, backup_ids, None, plugin_ids or None)


passed = functools.partial(observed, PASS)
failed = functools.partial(observed, FAIL)
insufficient = functools.partial(observed, INSUFFICIENT_DATA)
not_applicable = functools.partial(observed, NOT_APPLICABLE)


def no_backup(cover: coverage.Cover) -> Result:
    """The result of a check that needs a backup for a disk without one."""
    if cover.points:
        return insufficient("no backup", f"Disk {cover.disk.id} has only plug-in recovery points and no backup.")
    if cover.is_pending:
        return insufficient("no recovery point yet", f"Disk {cover.disk.id} is new and has no recovery point yet.")
    return insufficient("no recovery point", f"Disk {cover.disk.id} has no recovery point.")


def severity_of(rule: rules.Rule, check: str) -> str:
    """The severity of a check under a rule."""
    return rule.severity.get(check, catalogue.CHECKS[check].severity)


def result(rule: rules.Rule, check: str, expected: str, found: Result) -> Result:
    """The result of a check under a rule from what was observed."""
    severity, status = found.severity or severity_of(rule, check), found.status
    if status == FAIL and severity != catalogue.CRITICAL:
        status = WARN
    return found._replace(check=check, status=status, severity=severity, expected=expected)


def worst(results: Iterable[Result]) -> Result:
    """The worst of some results; the first of equally bad ones."""
    return min(results, key=lambda one: (WORST_FIRST.index(one.status), catalogue.SEVERITIES.index(one.severity)))
