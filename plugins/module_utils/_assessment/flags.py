# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Flags: further facts about a virtual machine's backups, independent of the state."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._assessment.evidence import (
    GROWTH,
    SHRINK,
    SHRINK_CRITICAL,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import EXPIRING
from ansible_collections.community.onapp.plugins.module_utils._records import INCREMENTAL

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.community.onapp.plugins.module_utils._assessment.evidence import Evidence
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Policy
    from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine

MANUAL = "manual"
# Values of backups that a schedule made. With any value but these and `manual` it is unknown what made the backup.
SCHEDULED = ("hours", "days", "weeks", "months", "years")
AT_RISK_PERCENT = 80


def _values(evidence: Evidence, field: str) -> set[t.Any]:
    """The values that a field has in the usable backups."""
    return {getattr(point.backup, field) for point in evidence.backups}


def _size_changes(evidence: Evidence) -> set[str | None]:
    return {one.change for one in evidence.sizes.values()} if "size" in evidence.rule.written else set()


# When evidence sets a flag. With the built-in limits, OnApp's default rotation of one copy would set those about
# retention, gaps and sizes for nearly every VM: they need a limit that the policy itself writes.
_SET_BY: dict[str, Callable[[Evidence], object]] = {
    "in_progress": lambda evidence: evidence.running,
    "attempt_stuck": lambda evidence: evidence.stuck,
    "attempt_failed": lambda evidence: evidence.failed,
    "partial_coverage": lambda evidence: evidence.uncovered and evidence.covered,
    "new_disk_pending": lambda evidence: 0 < len(evidence.pending) < len(evidence.covers),
    "coverage_assumed": lambda evidence: any(cover.assumed for cover in evidence.covers),
    "at_risk": lambda evidence: (
        evidence.age is not None and evidence.rule.rpo * AT_RISK_PERCENT < evidence.age * 100 <= evidence.rule.rpo * 100
    ),
    "manual_only": lambda evidence: _values(evidence, "initiated") == {MANUAL},
    "single_copy": lambda evidence: evidence.copies == 1,
    "single_server": lambda evidence: (
        len(_values(evidence, "backup_server_id")) == 1 and _values(evidence, "backup_server_id") != {None}
    ),
    "no_backup_server": lambda evidence: _values(evidence, "backup_server_id") == {None},
    "pending_delete_only": lambda evidence: evidence.pending_deletion,
    "locked_latest": lambda evidence: evidence.latest is not None and evidence.latest.backup.locked,
    "size_shrink": lambda evidence: _size_changes(evidence) & {SHRINK, SHRINK_CRITICAL},
    "size_growth": lambda evidence: GROWTH in _size_changes(evidence),
    "empty_backup": lambda evidence: any(cover.empty_base for cover in evidence.covers),
    "unscheduled": lambda evidence: evidence.unscheduled,
    "timestamp_zone_assumed": lambda evidence: evidence.zone_assumed,
    "retention_missing": lambda evidence: (
        "retention" in evidence.rule.written
        and any(kept.is_short for disks in evidence.kept.values() for kept in disks.values())
    ),
    "gap": lambda evidence: (
        "max_gap" in evidence.rule.written and any(gap.is_too_long for gap in evidence.gaps.values())
    ),
    "incremental_only": lambda evidence: _values(evidence, "backup_type") == {INCREMENTAL},
    "clock_skew": lambda evidence: evidence.survey.skewed or evidence.plugin.skewed or evidence.from_future,
    "timestamp_invalid": lambda evidence: evidence.survey.invalid or evidence.plugin.invalid,
}
# They say nothing about a VM that is unknown or not applicable.
_OF_ASSESSED = ("at_risk", "size_shrink", "size_growth", "unscheduled", "retention_missing", "gap")
# Any number, always in this order. `exempt` is set by the checks, which know whether an exemption turned a failing
# result.
FLAGS = (*_SET_BY, "powered_off", "exempt", "exemption_expiring")


def flags_of_vm(vm: VirtualMachine, policy: Policy, now: int) -> tuple[str, ...]:
    """The flags that need neither disks nor backups, at `now` in UTC seconds."""
    found = {
        "powered_off": vm.booted is False,
        "exemption_expiring": any(state == EXPIRING for _exemption, state in policy.exemptions_for(vm, now)),
    }
    return tuple(flag for flag in found if found[flag])


def flags_of_evidence(evidence: Evidence, *, is_assessed: bool) -> tuple[str, ...]:
    """The other flags, of a VM whose records were read; `is_assessed` unless it is unknown or not applicable."""
    skipped = () if is_assessed else _OF_ASSESSED
    return tuple(flag for flag, is_set in _SET_BY.items() if flag not in skipped and is_set(evidence))
