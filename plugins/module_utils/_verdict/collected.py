# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""From a virtual machine as it was collected to the verdict on it: one way for every entry point."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._records import Backup, Disk
from ansible_collections.community.onapp.plugins.module_utils._verdict.state import assess

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible_collections.community.onapp.plugins.module_utils._api.collect import Collected
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Policy
    from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine
    from ansible_collections.community.onapp.plugins.module_utils._verdict.state import Assessment, Verdict


def verdict_on(
    collected: Collected, vm: VirtualMachine, policy: Policy, now: int, problems: Iterable[str] = ()
) -> Verdict:
    """The verdict of `assessment_of`."""
    return assessment_of(collected, vm, policy, now, problems).verdict


def assessment_of(
    collected: Collected, vm: VirtualMachine, policy: Policy, now: int, problems: Iterable[str] = ()
) -> Assessment:
    """The verdict, and what it rests on, at `now` in UTC seconds; `problems` are sentences on why none is to be had,
    besides the failures."""
    naive_as = policy.clock.naive_as
    disks, backups = collected.disks, collected.backups
    return assess(
        vm,
        None if disks is None else [Disk.from_row(row, naive_as) for row in disks],
        None if backups is None else [Backup.from_row(row, naive_as) for row in backups],
        policy,
        now,
        [*(failure.error.text for failure in collected.failures), *problems],
    )
