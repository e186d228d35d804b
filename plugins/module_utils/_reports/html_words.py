# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""What the HTML report calls things, and what they mean."""

from __future__ import annotations

# By what the operator has to do, not in the order in which states are decided.
STATES = {
    "unprotected": "some disk has no usable recovery point: no full restore is possible",
    "failing": "older than the limit, and the last attempt is stuck or failed",
    "stale": "older than the limit, and no attempt says why",
    "unknown": "could not be judged: nothing is known about its backups",
    "pending": "too young to need a backup",
    "protected": "every disk can be restored to a point no older than the limit",
    "not_applicable": "the policy asks nothing of it",
}
STATUSES = {
    "pass": "the policy is met",
    "warn": "the policy is broken, and a usable recent copy exists",
    "fail": "the policy is broken critically: a restore to policy is impossible now, or protection has stopped",
    "unknown": "could not be judged; no exemption covers that",
    "exempt": "the policy would be broken, but an exemption holds",
    "not_applicable": "the policy asks nothing here",
    "insufficient_data": "will be judged when there is more to judge",
}
CELLS = {
    "S": "every disk has a completed backup dated that day",
    "P": "only some disks have one",
    "F": "an attempt of that day was never completed, and none succeeded",
    "M": "mixed: a backup and also an attempt that failed or is stuck",
    "R": "a backup is running",
    ".": "no backup, and none was needed to stay inside the limit",
    "N": "no backup although the limit was exceeded by the end of that day",
    "x": "before the oldest copy that is still kept: rotated away or never made, nobody can know",
    " ": "the virtual machine did not exist",
}
TERMS = {
    "Usable recovery point": "a backup that is complete, not marked for delete, and of a readable time that is not in "
    "the future. A locked backup is one, too.",
    "Eligible disk": "a disk of the virtual machine that is no swap disk. Swap disks are never backed up.",
    "Age": "the time since the newest usable recovery point of the worst disk. A disk counts as covered by a backup "
    "of itself, or by a backup of the whole virtual machine that was made after the disk was.",
    "Limit": "the recovery point objective (rpo) of the rule that decides. An age of exactly the limit passes.",
    "Worst disk": "every check looks at each eligible disk; the virtual machine shows the worst.",
    "Horizon": "the control panel lists the copies that still exist, not what ran. Nothing before the oldest retained "
    "copy can be known, so it is called unknown there, never missed.",
    "Completed is not restorable": "a backup that was completed was not restored by anybody for this report.",
    "Percentage": "results that pass, of all that pass, warn, fail or are unknown, rounded down. Exempt and not "
    "applicable results are counted beside it, never inside.",
    "Times": "ages are differences of UTC times. Days, weeks, months and years are those of the policy's time zone; "
    "a week begins on Monday, and the period that is not over yet is left out of retention.",
}


def words(name: str) -> str:
    """An id such as `not_applicable` as words."""
    return name.replace("_", " ")
