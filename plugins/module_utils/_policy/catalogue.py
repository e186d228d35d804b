# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks by name: when each fails, its severity, and the controls it provides evidence for.

Names are stable, because policies, JUnit histories and metrics contain them.
"""

from __future__ import annotations

import typing as t

# Worst first.
SEVERITIES = CRITICAL, WARNING, INFO = ("critical", "warning", "info")

FREQUENCY = ("CIS 11.2", "NIST CP-9", "ISO 27001 A.8.13")
KEEPING = ("NIST CP-9", "ISO 27001 A.8.13")
POPULATION = ("SOC 2 A1.2",)


class Check(t.NamedTuple):
    """A check: the rest of `It fails when …`, its default severity, and its controls."""

    fails_when: str
    severity: str
    controls: tuple[str, ...] = ()


# Checks of each virtual machine, in the order of the reports.
VM_CHECKS: dict[str, Check] = {
    "coverage": Check("a disk has no usable recovery point at all", CRITICAL, (*FREQUENCY, *POPULATION)),
    "rpo": Check(
        "the newest recovery point of the worst disk is older than rpo (a warning up to rpo_critical, if that is set)",
        CRITICAL,
        FREQUENCY,
    ),
    "attempt": Check(
        "a backup is not complete build_timeout after it was started, which blocks its schedule", CRITICAL, KEEPING
    ),
    "pending_delete": Check("the only sufficiently recent backups are marked for delete", CRITICAL, KEEPING),
    "min_copies": Check("a disk has fewer usable recovery points than min_copies", WARNING, KEEPING),
    "retention_daily": Check("too few of the last completed days hold a recovery point", WARNING, KEEPING),
    "retention_weekly": Check("too few of the last completed weeks hold a recovery point", WARNING, KEEPING),
    "retention_monthly": Check("too few of the last completed months hold a recovery point", WARNING, KEEPING),
    "retention_yearly": Check("too few of the last completed years hold a recovery point", WARNING, KEEPING),
    "max_gap": Check("the time between two consecutive recovery points is longer than max_gap.limit", WARNING, KEEPING),
    "size": Check("the newest recovery point is a normal backup much smaller or larger than those before it", WARNING),
    "empty": Check("the backup that a restore to the newest recovery point needs is empty", CRITICAL),
    "min_backup_servers": Check("recent backups are on too few backup servers", WARNING, ("CIS 11.4",)),
    "scheduled": Check("the newest backup is manual, and no scheduled one is within rpo", WARNING, ("CIS 11.2",)),
    "plan": Check(
        "no enabled schedule of automatic backups covers a disk whose newest recovery point is not a plug-in's",
        WARNING,
        ("CIS 11.2",),
    ),
    "schedule_failures": Check("the panel reports failed backups of a schedule", WARNING),
    "full_max_age": Check(
        "the newest normal backup, or without one the first of the incremental backups, is older than full_max_age",
        INFO,
    ),
    "duration": Check("the newest backup took longer than duration.limit, or much longer than usual", WARNING),
    "window": Check("the newest scheduled backup was started outside the allowed hours", INFO),
    "max_retention": Check("a usable backup is older than max_retention", INFO, ("ISO 27001 A.8.10",)),
    "locked": Check("the newest backup is locked for too long", INFO),
    "clock": Check("a time is in the future or unreadable, or a backup was completed before it was started", WARNING),
}

# Checks of the cloud and of the policy.
CLOUD_CHECKS: dict[str, Check] = {
    "population": Check(
        "too few virtual machines were assessed, or far fewer than before; or no virtual machine has a backup; or an"
        " owner has more than two virtual machines and none of them has one",
        CRITICAL,
        POPULATION,
    ),
    "exemption": Check(
        "an exemption has expired, expires soon, lasts too long, matches nothing, or is not needed", WARNING, POPULATION
    ),
    "rule": Check(
        "a rule of the policy applies to no virtual machine, because of its patterns or earlier rules", WARNING
    ),
    "orphan": Check("a backup belongs to no listed virtual machine", INFO),
}

CHECKS = {**VM_CHECKS, **CLOUD_CHECKS}
# Only with the evidence schedules.
SCHEDULE_CHECKS = ("plan", "schedule_failures")
TIERS = {"daily": "days", "weekly": "weeks", "monthly": "months", "yearly": "years"}

NOT_ASSESSED: dict[str, str] = {
    "encryption": "Whether backups are encrypted: the control panel does not say.",
    "immutability": "Whether anyone can change or delete backups, and who: the control panel does not say.",
    "restore": "Whether a backup can be restored, and how long that takes: only a restore test shows it.",
    "consistency": "Whether applications find their data consistent after a restore.",
    "off_site": "Whether backups are kept at another site: two backup servers are not two sites.",
    "other_servers": "Backups of smart servers, application servers and other kinds that the panel lists elsewhere.",
    "schedules": "Whether a schedule exists and how often it runs: only the existing backups are assessed.",
    "failure_reason": "Why a backup failed: that is in the control panel's transactions, which are not read.",
    "history": "Missed runs and success rates before the oldest existing backup, because rotation deletes old backups.",
}
# These replace the texts above if the evidence was read.
STILL_NOT_ASSESSED: dict[str, str] = {
    "schedules": "How often a schedule runs: only whether one is enabled and whether it has failures is assessed.",
    "failure_reason": "Why a backup failed: only the status of its transaction is read, not the log.",
}
