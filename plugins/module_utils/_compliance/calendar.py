# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""The heat map of one virtual machine: a letter for each of the last days, the current one included."""

from __future__ import annotations

import bisect
import datetime
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._assessment.history import policy_calendar

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import Cover
    from ansible_collections.community.onapp.plugins.module_utils._assessment.evidence import Evidence
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Policy

DAYS = 35

SUCCESS = "S"
PLUGIN = "V"
PARTIAL = "P"
FAILED = "F"
MIXED = "M"
RUNNING = "R"
NOT_NEEDED = "."
NEEDED = "N"
UNKNOWABLE = "x"
NOT_THERE = " "


def shown_days(policy: Policy, now: int) -> list[datetime.date]:
    """The days of the heat map at `now` in UTC seconds, oldest first; the last one is not over."""
    today = policy_calendar(policy).day_of(now)
    return [today - datetime.timedelta(days=back) for back in range(DAYS - 1, -1, -1)]


def heat_map(evidence: Evidence) -> str:
    """The letters of the days.

    `S` every disk that was there has a backup of that day, `V` every disk has a recovery point of that day, some only
    from a plug-in, `P` only some disks have one, `F` an attempt of that day failed or was never completed, `M` that and
    a recovery point, `R` one is running, `.` nothing and nothing needed, `N` nothing although the limit was exceeded by
    the end of the day, `x` before the oldest point that is still kept of some disk, which cannot be known, and a
    space before the virtual machine was there.
    """
    calendar = policy_calendar(evidence.policy)
    days = shown_days(evidence.policy, evidence.now)
    starts = [calendar.day_start(day) for day in days] + [evidence.now + 1]
    covered = [_places(starts, [point.time for point in cover.points]) for cover in evidence.covers]
    plugin = bool(evidence.plugin_points)
    backed_up = [_places(starts, [point.time for point in cover.backups]) for cover in evidence.covers if plugin]
    attempts = [point for found in evidence.survey.attempts.values() for point in found]
    begun = evidence.now - evidence.rule.build_timeout
    is_over = [point.recorded < begun or point.backup.has_failed for point in attempts]
    failed = _places(starts, [point.recorded for point, over in zip(attempts, is_over) if over])
    running = _places(starts, [point.recorded for point, over in zip(attempts, is_over) if not over])
    letters = []
    for place in range(len(days)):
        end = starts[place + 1] - 1
        there = [
            number for number, cover in enumerate(evidence.covers) if cover.created is None or cover.created <= end
        ]
        if not there:
            letters.append(NOT_THERE)
            continue
        done = sum(place in covered[number] for number in there)
        letter = _letter(done, len(there), place in failed, place in running)
        if plugin and letter == SUCCESS and not all(place in backed_up[number] for number in there):
            letter = PLUGIN
        letters.append(letter or _nothing(evidence, there, end))
    return "".join(letters)


def _letter(done: int, there: int, failed: bool, running: bool) -> str | None:
    """The letter of a day on which something happened."""
    if done:
        return MIXED if failed else SUCCESS if done == there else PARTIAL
    return FAILED if failed else RUNNING if running else None


def _nothing(evidence: Evidence, there: list[int], end: int) -> str:
    """The letter of a day on which nothing happened, by what could be restored at its end."""
    ages = [_age_at(evidence.covers[number], end) for number in there]
    known = [age for age in ages if age is not None]
    if len(known) < len(ages):
        # Today it is known that there is nothing, and whether that matters yet; of earlier days nothing is known.
        if end < evidence.now:
            return UNKNOWABLE
        if any(evidence.covers[number] in evidence.uncovered for number in there):
            return NEEDED
    return NEEDED if max(known, default=0) > evidence.rule.rpo else NOT_NEEDED


def _age_at(cover: Cover, end: int) -> int | None:
    """How old the newest point was at a time; None where no point of that time is kept."""
    newest = next((point.time for point in reversed(cover.points) if point.time <= end), None)
    return None if newest is None else end - newest


def _places(starts: list[int], times: list[int]) -> set[int]:
    """The places of the days in which times lie: none before the first day, and today for those of the skew."""
    last = len(starts) - 2
    return {min(bisect.bisect_right(starts, seconds) - 1, last) for seconds in times if seconds >= starts[0]}
