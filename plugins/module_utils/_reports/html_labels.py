# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Words of the HTML report: states, letters of the calendar, terms, changes."""

from __future__ import annotations

STATUS_WORDS = {"compliant": "Compliant", "non_compliant": "Not compliant", "unknown": "Unknown"}
# In the order in which an operator works.
STATES = {
    "unprotected": "some disk has no usable recovery point: no full restore is possible",
    "failing": "older than the limit, and the last attempt is stuck or failed",
    "stale": "older than the limit, without a sign of an attempt",
    "unknown": "could not be judged: nothing is known about its backups",
    "pending": "too new to need a backup",
    "protected": "every disk can be restored to a point no older than the limit",
    "not_applicable": "the policy does not apply to it",
}
# Letters of the calendar with their class and meaning. The most frequent one, S, needs no class.
CELLS = {
    "S": ("", "every disk has a completed backup dated that day"),
    "V": ("", "every disk has a recovery point of that day, some of them only from a backup plug-in"),
    "P": ("P", "only some disks have one"),
    "F": ("F", "an attempt of that day was never completed, and none succeeded"),
    "M": ("M", "mixed: a backup, and an attempt that failed or is stuck"),
    "R": ("R", "a backup is running"),
    ".": ("d", "no backup, and none was needed to stay within the limit"),
    "N": ("N", "no backup, although the limit was exceeded by the end of that day"),
    "x": ("x", "before the oldest backup that is still kept: rotated or never made, which cannot be known"),
    " ": ("e", "the VM did not exist"),
}
TERMS = {
    "Usable recovery point": "a backup that is complete, not marked for delete, and has a valid time that is "
    "not in the future. A locked backup is usable.",
    "Eligible disk": "a disk that is not a swap disk. Swap disks are never backed up.",
    "Age": "the time since the newest usable recovery point of the worst disk. A backup covers its disk; a "
    "backup of the whole VM covers the disks that existed when it was made.",
    "Limit": "the recovery point objective (rpo) of the rule. An age of exactly the limit passes.",
    "Oldest retained backup": "the control panel lists the backups that still exist, not every run. Nothing is "
    "claimed about the time before the oldest one.",
    "Completed is not restorable": "no backup was restored for this report.",
    "Exempt": "a result that fails and that an exemption of the policy covers. It never counts as compliant, "
    "and no exemption covers what is unknown.",
    "Times": "ages are differences of UTC times. Days, weeks, months and years are those of the policy's time "
    "zone; weeks begin on Monday; the current period does not count for retention.",
}
PERIOD = {
    "C": "compliant",
    "N": "not compliant",
    "W": "only warnings, which count as not compliant",
    "U": "unknown",
    "E": "exempt",
    ".": "not applicable",
    "-": "no run, which counts as unknown",
}
CHANGES = {
    "new": "New findings",
    "still": "Findings that remain",
    "resolved": "Resolved: judged again, and passed under the same policy",
    "no_longer_judged": "No longer judged: not read, deleted or filtered out",
    "exempted": "Exempted since then",
    "policy_changed": "No finding under the changed policy",
}
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
