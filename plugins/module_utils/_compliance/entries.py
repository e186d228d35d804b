# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""The parts of a report that belong to one virtual machine: its entry, and a finding."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._assessment.state import NOT_APPLICABLE, UNKNOWN
from ansible_collections.community.onapp.plugins.module_utils._compliance.heat_map import heat_map
from ansible_collections.community.onapp.plugins.module_utils._fields import utc_text

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._assessment.state import Assessment
    from ansible_collections.community.onapp.plugins.module_utils._checks.results import Result
    from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine

    Facts = dict[str, t.Any]


def vm_entry(vm: VirtualMachine, assessment: Assessment, results: list[Result]) -> Facts:
    """A virtual machine of the report's `vms`."""
    evidence = assessment.evidence
    facts = assessment.as_facts(0)
    del facts["evaluated_at"]
    worst = None
    if evidence is not None:
        worst = (
            evidence.uncovered[0].disk.id
            if evidence.uncovered
            else None
            if evidence.worst is None
            else evidence.worst.id
        )
    is_judged = evidence is not None and assessment.state not in (UNKNOWN, NOT_APPLICABLE)
    return {
        "id": vm.id,
        "identifier": vm.identifier,
        "label": vm.label,
        "hostname": vm.hostname,
        "user_id": vm.user_id,
        "created_at": utc_text(vm.created_at),
        **facts,
        "rpo_seconds": assessment.rule.rpo,
        "rpo_critical_seconds": assessment.rule.rpo_critical,
        "worst_disk_id": worst,
        "calendar": heat_map(evidence) if evidence is not None and is_judged else None,
        "results": [one.as_facts() for one in results],
    }


def finding(one: Result, vm: VirtualMachine | None, rule: str | None) -> Facts:
    """A result of the report's `findings`; without a virtual machine it is one of the cloud or the policy."""
    return {
        "virtual_machine_id": None if vm is None else vm.id,
        "virtual_machine_label": None if vm is None else vm.label,
        "rule": rule,
        **one.as_facts(),
    }
