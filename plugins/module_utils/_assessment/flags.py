# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Flags: further facts about a virtual machine's backups, independent of the state."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._assessment.history import has_gap, misses_periods
from ansible_collections.community.onapp.plugins.module_utils._assessment.sizes import (
    GROWTH,
    SHRINK,
    SHRINK_CRITICAL,
    empty_base,
    size_changes,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import EXPIRING
from ansible_collections.community.onapp.plugins.module_utils._records import INCREMENTAL

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import Point
    from ansible_collections.community.onapp.plugins.module_utils._assessment.evidence import Evidence
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Policy
    from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine

# Any number, always in this order.
FLAGS = (
    "in_progress",
    "attempt_stuck",
    "attempt_failed",
    "partial_coverage",
    "new_disk_pending",
    "coverage_assumed",
    "at_risk",
    "manual_only",
    "single_copy",
    "single_server",
    "no_backup_server",
    "pending_delete_only",
    "locked_latest",
    "size_shrink",
    "size_growth",
    "empty_backup",
    "unscheduled",
    "timestamp_zone_assumed",
    "retention_missing",
    "gap",
    "incremental_only",
    "clock_skew",
    "timestamp_invalid",
    "powered_off",
    "exempt",  # set by the checks, which know whether an exemption turned a failing result
    "exemption_expiring",
)

MANUAL = "manual"
# Values of backups that a schedule made. With any value but these and `manual` it is unknown what made the backup.
SCHEDULED = ("hours", "days", "weeks", "months", "years")
AT_RISK_PERCENT = 80


def flags_of_vm(vm: VirtualMachine, policy: Policy, now: int) -> tuple[str, ...]:
    """The flags that need neither disks nor backups, at `now` in UTC seconds."""
    found = _vm_flags(vm, policy, now)
    return tuple(flag for flag in FLAGS if found.get(flag))


def flags_of_evidence(evidence: Evidence, *, is_protected: bool, is_judged: bool) -> tuple[str, ...]:
    """All flags of a VM whose records were read; those about the past only if it `is_judged`."""
    found = {
        **_vm_flags(evidence.vm, evidence.policy, evidence.now),
        **_disk_flags(evidence),
        **_backup_flags(evidence.points),
        **(_history_flags(evidence) if is_judged else {}),
        "at_risk": is_protected
        and evidence.age is not None
        and evidence.age * 100 > evidence.rule.rpo * AT_RISK_PERCENT,
        "clock_skew": bool(evidence.survey.skewed or evidence.plugin.skewed or evidence.from_future),
        "timestamp_invalid": evidence.survey.invalid or evidence.plugin.invalid,
        "timestamp_zone_assumed": evidence.zone_assumed,
        "unscheduled": is_judged and bool(evidence.unscheduled),
    }
    return tuple(flag for flag in FLAGS if found.get(flag))


def _vm_flags(vm: VirtualMachine, policy: Policy, now: int) -> dict[str, bool]:
    states = {state for _exemption, state in policy.exemptions_for(vm, now)}
    return {
        "powered_off": vm.booted is False,
        "exemption_expiring": EXPIRING in states,
    }


def _disk_flags(evidence: Evidence) -> dict[str, bool]:
    """Flags about the disks."""
    return {
        "in_progress": evidence.running,
        "attempt_stuck": bool(evidence.stuck),
        "attempt_failed": bool(evidence.failed),
        "partial_coverage": bool(evidence.uncovered and evidence.covered),
        "new_disk_pending": 0 < len(evidence.pending) < len(evidence.covers),
        "coverage_assumed": any(cover.assumed for cover in evidence.covers),
        "single_copy": evidence.copies == 1,
        "pending_delete_only": any(cover.pending_deletion and not cover.points for cover in evidence.covers),
        "locked_latest": evidence.latest is not None and evidence.latest.backup.locked,
        "empty_backup": any(empty_base(cover) is not None for cover in evidence.covered),
    }


def _backup_flags(points: list[Point]) -> dict[str, bool]:
    """Flags about what all backups have in common."""
    points = [point for point in points if not point.is_plugin]
    servers = {point.backup.backup_server_id for point in points}
    return {
        "manual_only": bool(points) and all(point.backup.initiated == MANUAL for point in points),
        "single_server": len(servers) == 1 and None not in servers,
        "no_backup_server": servers == {None},
        "incremental_only": bool(points) and all(point.backup.backup_type == INCREMENTAL for point in points),
    }


def _history_flags(evidence: Evidence) -> dict[str, bool]:
    """Flags about retention, gaps and sizes, if the policy itself sets these limits.

    With the built-in limits, OnApp's default rotation of one copy would set them for nearly every VM.
    """
    written = evidence.rule.written
    changes = size_changes(evidence) if "size" in written else set()
    return {
        "size_shrink": SHRINK in changes or SHRINK_CRITICAL in changes,
        "size_growth": GROWTH in changes,
        "retention_missing": "retention" in written and misses_periods(evidence),
        "gap": "max_gap" in written and has_gap(evidence),
    }
