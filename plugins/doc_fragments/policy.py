# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of an assessment. tests/tools/schemas.py generates the keys of a policy and what they accept."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  policy:
    description:
      - What good backups are, in the policy language. All keys are optional, except those marked as required. Without a
        policy, every disk must have a usable recovery point of the last 26 hours.
      - Durations are a whole number and V(m), V(h), V(d) or V(w), such as V(26h). V(null) switches a check off where it
        is allowed; other dictionaries apply with the defaults of their keys. Unknown keys are errors. Patterns are
        shell globs and case-sensitive.
      - Each of C(rules[]) also takes the keys of C(defaults). It inherits what it does not set, see also
        C(defaults.rpo_critical).
      - C(version) (V(1), default V(1)). Version of the policy language.
      - C(name) (text, default V(null)). Name of the policy.
      - C(timezone) (time zone, default V(UTC)). The time zone of days, weeks, months, years, times of day and expiry
        dates.
      - C(day_starts_at) (time of day, default V("00:00")). When a day begins, for backups that run past midnight. In
        quotes.
      - C(clock) (dictionary). How times are interpreted.
      - C(clock.max_skew) (duration, default V(5m)). How far in the future a time may be.
      - C(clock.naive_as) (time zone, default V(null)). The zone of times that the control panel sends without one. By
        default they are UTC, and those of plug-in recovery points the oldest time that they can mean.
      - C(clock.age_from) (V(created_at) or V(built_at), default V(created_at)). Which time of a backup its age is
        computed from.
      - C(scope) (dictionary). Which virtual machines are assessed, and how many there must be.
      - C(scope.powered_off) (V(include) or V(exclude), default V(include)). Whether virtual machines that are powered
        off are assessed.
      - C(scope.new_vm_grace) (duration, default V(24h)). How long a new virtual machine or disk may be without a
        backup.
      - C(scope.min_vms) (whole number from 1, or V(null), default V(1)). With fewer virtual machines, the status is
        unknown.
      - C(scope.max_drop) (percentage, or V(null), default V(20%)). How many virtual machines may be missing since the
        previous report.
      - C(scope.orphans) (V(true) or V(false), default V(false)). Whether to look for backups of deleted virtual
        machines, with one request for each owner.
      - C(server_sites) (dictionary). The site of each backup server. With it, min_backup_servers counts sites.
      - C(defaults) (dictionary). Limits of all virtual machines; rules can override them.
      - "C(defaults.rpo) (duration, default V(26h)). Recovery point objective: the maximum age of the newest recovery
        point of every disk."
      - C(defaults.rpo_critical) (duration, default V(null)). Up to this age, exceeding rpo is only a warning. With null
        it is always critical. A rule that sets rpo does not inherit it.
      - C(defaults.build_timeout) (duration, default V(12h)). How long a backup may take. After that it counts as stuck.
      - C(defaults.min_copies) (whole number from 1 to 10000, or V(null), default V(2)). How many usable recovery points
        every disk needs.
      - C(defaults.scheduled) (V(true) or V(false), or V(null), default V(true)). Whether recent backups must include a
        scheduled one.
      - "C(defaults.plan) (V(true) or V(false), or V(null), default V(true)). With the evidence schedules: whether every
        disk needs an enabled schedule."
      - "C(defaults.schedule_failures) (V(true) or V(false), or V(null), default V(true)). With the evidence schedules:
        whether a schedule with failures is a finding."
      - "C(defaults.retention) (dictionary, or V(null), default V({daily: {count: 7, min: 6}, weekly: {count: 4, min:
        4}})). Requires recovery points of the last completed days, weeks, months or years."
      - "C(defaults.retention.daily) (dictionary, default V(null)). Requires recovery points of the last days: count and
        min."
      - C(defaults.retention.daily.count) (whole number from 1 to 400). How many of the last completed periods are
        checked.
      - C(defaults.retention.daily.min) (whole number from 1 to 400). How many of them must have a recovery point;
        proportionally fewer for younger disks.
      - "C(defaults.retention.weekly) (dictionary as C(defaults.retention.daily), default V(null)). Requires recovery
        points of the last weeks: count and min."
      - "C(defaults.retention.monthly) (dictionary as C(defaults.retention.daily), default V(null)). Requires recovery
        points of the last months: count and min."
      - "C(defaults.retention.yearly) (dictionary as C(defaults.retention.daily), default V(null)). Requires recovery
        points of the last years: count and min."
      - C(defaults.retention.tier_strict) (V(true) or V(false), default V(false)). Whether a backup counts only for the
        periods of its schedule, such as weekly for weeks.
      - C(defaults.max_gap) (dictionary, or V(null)). Limits gaps between existing recovery points.
      - C(defaults.max_gap.limit) (duration, default V(50h)). The longest time between two consecutive recovery points.
      - C(defaults.max_gap.window) (duration, default V(14d)). How far back gaps are checked.
      - C(defaults.size) (dictionary, or V(null)). Compares the size of the newest normal backup with the median of up
        to 10 earlier ones.
      - C(defaults.size.shrink) (number above 0, default V(0.5)). A backup below this share of the median is too small.
      - C(defaults.size.shrink_critical) (number above 0, or V(null), default V(0.1)). Below this share it is critical.
      - C(defaults.size.growth) (number above 1, default V(2.0)). A backup above this multiple of the median is too
        large.
      - C(defaults.size.min_samples) (whole number from 1 to 10, default V(5)). The minimum number of earlier backups to
        compare with.
      - C(defaults.size.floor_kb) (whole number from 0, default V(102400)). Smaller changes, in kB, are ignored.
      - C(defaults.empty) (V(true) or V(false), or V(null), default V(true)). Whether an empty backup that a restore
        needs is a finding.
      - C(defaults.min_backup_servers) (dictionary, or V(null)). Requires recent backups on several backup servers.
      - C(defaults.min_backup_servers.count) (whole number from 1 to 1000, default V(1)). How many backup servers, or
        sites if server_sites is set.
      - C(defaults.min_backup_servers.within) (duration, default V(7d)). The maximum age of the backups that count.
      - C(defaults.full_max_age) (duration, default V(null)). The maximum age of the newest normal backup of a disk, or
        without one of the first incremental backup.
      - C(defaults.duration) (dictionary, default V(null)). Limits the duration of the newest backup, including its time
        in the queue.
      - C(defaults.duration.limit) (duration, default V(null)). The maximum time from start to completion.
      - C(defaults.duration.factor) (number above 1, default V(null)). The maximum multiple of the median of earlier
        backups.
      - C(defaults.duration.floor) (duration, default V(30m)). Shorter backups are not compared.
      - "C(defaults.window) (dictionary, default V(null)). Limits the hours in which scheduled backups start: start and
        end."
      - C(defaults.window.start) (time of day). The earliest start, in the time zone of the policy.
      - C(defaults.window.end) (time of day). The latest start; on the next day if it is before start.
      - C(defaults.max_retention) (duration, default V(null)). The maximum age of usable backups.
      - C(defaults.locked) (dictionary, default V(null)). Limits how long the newest backup may be locked.
      - C(defaults.locked.limit) (duration, default V(24h)). The maximum duration, such as that of a restore.
      - C(defaults.locked.warning) (duration, default V(72h)). After this time, the finding is at least a warning.
      - C(defaults.severity) (dictionary). The severity by name of the check, if it differs from the default. Values
        past a critical limit are critical anyway, such as an exceeded rpo without rpo_critical.
      - C(rules) (list). Limits for some virtual machines. The first rule that matches applies, or else defaults.
      - C(rules[].name) (text, required). Its name, shown in all results.
      - C(rules[].match) (dictionary, required). The virtual machines that it applies to. All conditions must hold.
      - C(rules[].match.label) (pattern, or a list). Shell patterns of labels; one must match. Case-sensitive.
      - C(rules[].match.hostname) (pattern, or a list). Shell patterns of host names; one must match.
      - C(rules[].match.identifier) (pattern, or a list). Shell patterns of identifiers; one must match.
      - C(rules[].match.id) (id, or a list). Ids of virtual machines.
      - C(rules[].match.user_id) (id, or a list). Ids of owners.
      - C(rules[].match.template_id) (id, or a list). Ids of the templates that virtual machines were built from.
      - C(rules[].match.operating_system) (pattern, or a list). Shell patterns of the operating system or its
        distribution; one must match one of them.
      - C(rules[].match.any) (V(true)). Every virtual machine.
      - C(exemptions) (list). Allow checks to fail for some virtual machines. They are evaluated anyway.
      - C(exemptions[].id) (text, required). Its name, shown in results.
      - C(exemptions[].match) (dictionary as C(rules[].match), required). The virtual machines that it covers.
      - C(exemptions[].checks) (name of a check, or a list, required). The checks that may fail, or * for all. Unknown
        results are never exempt.
      - "C(exemptions[].category) (V(waiver) or V(mitigated), required). waiver: the risk is accepted. mitigated:
        something else reduces it."
      - C(exemptions[].reason) (text, required). The reason.
      - C(exemptions[].approved_by) (text, required). Who approved it.
      - C(exemptions[].ticket) (text, default V(null)). Where that is recorded.
      - C(exemptions[].expires) (date, required). Its last day, inclusive, in the time zone of the policy.
      - C(report) (dictionary). When a compliance run fails, and what it reports about exemptions.
      - C(report.fail_on) (V(critical) or V(warning) or V(unknown) or V(never), default V(critical)). The lowest
        severity that makes a run fail.
      - C(report.warn_days_before_expiry) (whole number from 0 to 3650, default V(14)). How many days before its last
        day an exemption is reported.
      - C(report.max_exemption) (duration, or V(null), default V(180d)). How far in the future an exemption may end.
    type: dict
  evaluate_at:
    description:
      - The time of the assessment, a date (V(2026-03-30)) or a date and time (V(2026-03-30T06:00:00Z)). UTC, unless an
        offset is given. Ages and states are those of that time.
      - With a time in the past, backups and disks that were created later are skipped and counted in the reasons.
        Backups that were deleted since then are not known.
      - The default is the time on the host that runs the task, for an inventory the time on the controller.
    type: str
"""
