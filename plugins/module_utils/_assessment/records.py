# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""From a virtual machine as it was collected to the verdict on it: one way for every entry point."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._assessment.state import assess
from ansible_collections.community.onapp.plugins.module_utils._records import Backup, Disk, VirtualMachine

if t.TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

    from ansible_collections.community.onapp.plugins.module_utils._api.fetch import FetchedVm
    from ansible_collections.community.onapp.plugins.module_utils._assessment.state import Assessment
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Policy


class Records(t.NamedTuple):
    """A virtual machine's rows, each read once, in their order; None for disks or backups that were not read, with
    sentences on why in `problems`."""

    vm: VirtualMachine
    disks: list[Disk] | None
    backups: list[Backup] | None
    problems: tuple[str, ...]

    @classmethod
    def of(cls, fetched: FetchedVm, naive_as: datetime.tzinfo) -> Records:
        """The records of rows; times without an offset are in the zone `naive_as`."""
        disks, backups = fetched.disks, fetched.backups
        return cls(
            VirtualMachine.from_row(fetched.virtual_machine, naive_as),
            None if disks is None else [Disk.from_row(row, naive_as) for row in disks],
            None if backups is None else [Backup.from_row(row, naive_as) for row in backups],
            tuple(failure.error.text for failure in fetched.failures),
        )


def assess_records(records: Records, policy: Policy, now: int, problems: Iterable[str] = ()) -> Assessment:
    """The verdict, and what it rests on, at `now` in UTC seconds; `problems` are sentences on why none is to be had,
    besides those of the records."""
    return assess(records.vm, records.disks, records.backups, policy, now, [*records.problems, *problems])
