# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The evidence for the assessment of one virtual machine: its disks, their recovery points, and stuck attempts."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import (
    cover_disk,
    find_attempts,
    survey_backups,
)

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import Cover, Point, Survey
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Policy
    from ansible_collections.community.onapp.plugins.module_utils._policy.rules import Rule
    from ansible_collections.community.onapp.plugins.module_utils._records import Backup, Disk, VirtualMachine


class Evidence(t.NamedTuple):
    """The evidence on a VM at `now`; `disks` are all its own, including swap, `latest_valid` is the latest time that is
    not in the future.

    Of the eligible disks (`covers`, by id), some are `covered`, some `pending` (in grace without a point), and some
    `uncovered` (past their grace without a point). `latest` is the newest point of the `worst` disk, None while a disk
    is uncovered. `proof` holds the points of all disks, oldest first.
    """

    vm: VirtualMachine
    disks: list[Disk]
    rule: Rule
    policy: Policy
    now: int
    latest_valid: int
    survey: Survey
    covers: list[Cover]
    covered: list[Cover]
    pending: list[Cover]
    uncovered: list[Cover]
    stuck: list[Point]
    running: bool
    worst: Disk | None
    latest: Point | None
    age: int | None
    copies: int
    proof: list[Point]

    @property
    def from_future(self) -> list[int | None]:
        """Ids of disks that were created in the future, None for the VM itself."""
        created: list[tuple[int | None, int | None]] = [(None, self.vm.created_at)]
        created += [(disk.id, disk.created_at) for disk in self.disks]
        return [number for number, seconds in created if seconds is not None and seconds > self.latest_valid]


def build_evidence(
    vm: VirtualMachine, disks: list[Disk], backups: Iterable[Backup], rule: Rule, policy: Policy, now: int
) -> Evidence:
    """The evidence on a VM whose own `disks` and backups were read, at `now` in UTC seconds."""
    survey = survey_backups(vm, backups, policy.clock, now)
    latest_valid = now + policy.clock.max_skew
    eligible = sorted((disk for disk in disks if not disk.is_swap), key=lambda disk: disk.id)
    covers = [cover_disk(disk, vm, survey, rule, now, latest_valid) for disk in eligible]
    covered = [cover for cover in covers if cover.points]
    uncovered = [cover for cover in covers if not cover.points and not cover.in_grace]
    stuck, running = find_attempts(vm, covers, survey, rule, now)
    # Of equally old disks the first by id: the order of the records does not matter.
    latest, worst = min(
        ((cover.points[-1], cover.disk) for cover in covered if not uncovered),
        key=lambda pair: (pair[0].time, pair[1].id),
        default=(None, None),
    )
    return Evidence(
        vm=vm,
        disks=disks,
        rule=rule,
        policy=policy,
        now=now,
        latest_valid=latest_valid,
        survey=survey,
        covers=covers,
        covered=covered,
        pending=[cover for cover in covers if cover.is_pending],
        uncovered=uncovered,
        stuck=stuck,
        running=running,
        worst=worst,
        latest=latest,
        age=None if latest is None else max(0, now - latest.time),
        copies=0 if uncovered else min((len(cover.points) for cover in covered), default=0),
        proof=sorted({point.id: point for cover in covered for point in cover.points}.values()),
    )
