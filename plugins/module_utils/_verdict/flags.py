# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Flags: what is worth knowing of a virtual machine's backups besides the state, any number of them."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._policy.exemptions import EXPIRING
from ansible_collections.community.onapp.plugins.module_utils._records import INCREMENTAL
from ansible_collections.community.onapp.plugins.module_utils._verdict.history import has_gap, misses_periods
from ansible_collections.community.onapp.plugins.module_utils._verdict.sizes import (
    GROWTH,
    SHRINK,
    SHRINK_CRITICAL,
    restores_nothing,
    size_changes,
)

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Policy
    from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine
    from ansible_collections.community.onapp.plugins.module_utils._verdict.case import Case
    from ansible_collections.community.onapp.plugins.module_utils._verdict.points import Point

# Any number, always in this order.
FLAGS = (
    "in_progress",
    "attempt_stuck",
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
    "retention_missing",
    "gap",
    "incremental_only",
    "clock_skew",
    "timestamp_invalid",
    "powered_off",
    "exempt",
    "exemption_expiring",
)

MANUAL = "manual"
AT_RISK_PERCENT = 80


def flags_of_machine(vm: VirtualMachine, policy: Policy, now: int) -> tuple[str, ...]:
    """The flags that need neither disks nor backups, at `now` in UTC seconds."""
    found = _machine_flags(vm, policy, now)
    return tuple(flag for flag in FLAGS if found.get(flag))


def flags_of_case(case: Case, *, is_protected: bool, is_judged: bool) -> tuple[str, ...]:
    """All flags of a VM whose records were read; what looks back in time is said only of one that was judged."""
    found = {
        **_machine_flags(case.vm, case.policy, case.now),
        **_disk_flags(case),
        **_proof_flags(case.proof),
        **(_history_flags(case) if is_judged else {}),
        "at_risk": is_protected and case.age is not None and case.age * 100 > case.rule.rpo * AT_RISK_PERCENT,
        "clock_skew": bool(case.survey.skewed or case.from_future),
        "timestamp_invalid": case.survey.invalid,
    }
    return tuple(flag for flag in FLAGS if found.get(flag))


def _machine_flags(vm: VirtualMachine, policy: Policy, now: int) -> dict[str, bool]:
    states = {state for _exemption, state in policy.exemptions_for(vm, now)}
    return {
        "powered_off": vm.booted is False,
        "exempt": bool(states),
        "exemption_expiring": EXPIRING in states,
    }


def _disk_flags(case: Case) -> dict[str, bool]:
    """Flags that look at each disk."""
    return {
        "in_progress": case.running,
        "attempt_stuck": bool(case.stuck),
        "partial_coverage": bool(case.lost and case.covered),
        "new_disk_pending": 0 < len(case.waiting) < len(case.covers),
        "coverage_assumed": any(cover.assumed for cover in case.covers),
        "single_copy": case.copies == 1,
        "pending_delete_only": any(cover.leaving and not cover.points for cover in case.covers),
        "locked_latest": case.latest is not None and case.latest.backup.locked,
        "empty_backup": restores_nothing(case),
    }


def _proof_flags(proof: list[Point]) -> dict[str, bool]:
    """Flags for what all points have in common."""
    servers = {point.backup.backup_server_id for point in proof}
    return {
        "manual_only": bool(proof) and all(point.backup.initiated == MANUAL for point in proof),
        "single_server": len(servers) == 1 and None not in servers,
        "no_backup_server": servers == {None},
        "incremental_only": bool(proof) and all(point.backup.backup_type == INCREMENTAL for point in proof),
    }


def _history_flags(case: Case) -> dict[str, bool]:
    """Flags that look at how the points lie in time, and how their sizes change: where the policy itself says how.

    Without such words OnApp's own rotation of one copy would set them for nearly every VM.
    """
    asked = case.rule.written
    changes = size_changes(case) if "size" in asked else set()
    return {
        "size_shrink": SHRINK in changes or SHRINK_CRITICAL in changes,
        "size_growth": GROWTH in changes,
        "retention_missing": "retention" in asked and misses_periods(case),
        "gap": "max_gap" in asked and has_gap(case),
    }
