# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""Checks of the cloud and of the policy: whether the population can be believed, exemptions, backups of nobody."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._assessment.history import policy_calendar
from ansible_collections.community.onapp.plugins.module_utils._checks.results import (
    FAIL,
    INSUFFICIENT_DATA,
    MOST_IDS,
    PASS,
    UNKNOWN,
    WARN,
    Result,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CHECKS, CRITICAL, INFO
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import duration_text
from ansible_collections.community.onapp.plugins.module_utils._policy.exemptions import EXPIRED, EXPIRING
from ansible_collections.community.onapp.plugins.module_utils._text import counted, ids_named

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ansible_collections.community.onapp.plugins.module_utils._policy.exemptions import Exemption
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Policy

DAY = 86400


class Population(t.NamedTuple):
    """What was seen: virtual machines that the policy is about, those of them whose records were read, those with any
    backup record, and the number of the previous report. `problem` says why the list itself is in doubt."""

    seen: int
    read: int
    with_backups: int
    before: int | None
    problem: str | None


def population(found: Population, policy: Policy) -> Result:
    """Whether enough was seen to say anything: an account that may see little gets short lists, not errors."""
    scope = policy.scope
    least = max(1, scope.min_vms or 0)
    expected = f"at least {counted(least, 'virtual machine')}"
    unusable_newest = found.problem
    if unusable_newest is None and found.seen < least:
        unusable_newest = (
            f"{counted(found.seen, 'virtual machine')} of at least {least} can be seen: an account may see too few."
        )
    if unusable_newest is None and found.before and scope.max_drop is not None:
        gone, most = found.before - found.seen, round(scope.max_drop * 100)
        if gone * 100 > most * found.before:
            unusable_newest = (
                f"{gone} of the {counted(found.before, 'virtual machine')} of the previous report"
                f" {'is' if gone == 1 else 'are'} gone; at most {most} % may be."
            )
    if unusable_newest is None and found.read and not found.with_backups:
        unusable_newest = "No virtual machine has any backup: the account may not be allowed to see them."
    if unusable_newest is None:
        text = f"{counted(found.seen, 'virtual machine')}, {found.with_backups} with backups."
        return Result("population", PASS, CRITICAL, expected, str(found.seen), text)
    return Result("population", UNKNOWN, CRITICAL, expected, str(found.seen), unusable_newest)


def exemptions(policy: Policy, matched: Mapping[str, Sequence[int]], now: int) -> Iterator[Result]:
    """What is to be said of the policy's exemptions; `matched` are ids of virtual machines by id of the exemption."""
    for exemption in policy.exemptions:
        for severity, actual, message in _remarks(exemption, policy, len(matched[exemption.id]), now):
            status = FAIL if severity == CRITICAL else WARN
            yield Result("exemption", status, severity, "in force and of use", actual, message, exemption=exemption.id)


def _remarks(exemption: Exemption, policy: Policy, matched: int, now: int) -> Iterator[tuple[str, str, str]]:
    name, last = f"Exemption {exemption.id}", exemption.expires.isoformat()
    state = policy.state_of(exemption, now)
    own = policy.defaults.severity.get("exemption", CHECKS["exemption"].severity)
    if state == EXPIRED:
        yield own, f"expired {last}", f"{name} expired after {last}; what it covered counts again."
    elif state == EXPIRING:
        yield INFO, f"expires {last}", f"{name} expires after {last}."
    limit = policy.report.max_exemption
    end = policy_calendar(policy).day_start(exemption.expires)
    if limit is not None and end - now > limit:
        yield own, f"expires {last}", f"{name} lasts until {last}, longer than the {duration_text(limit)} allowed."
    if not matched:
        yield own, "matches nothing", f"{name} matches no virtual machine."


def orphan(found: Sequence[Mapping[str, t.Any]], policy: Policy) -> Result:
    """Whether every backup belongs to a virtual machine that is listed."""
    severity = policy.defaults.severity.get("orphan", CHECKS["orphan"].severity)
    expected = "no backup without a virtual machine"
    if not found:
        text = "Every backup that the owners of virtual machines have belongs to one of them."
        return Result("orphan", PASS, severity, expected, "none", text)
    ids = [backup["id"] for backup in found]
    text = f"{counted(len(ids), 'backup')} of no listed virtual machine: {ids_named('backup', ids)}."
    status = FAIL if severity == CRITICAL else WARN
    return Result("orphan", status, severity, expected, str(len(ids)), text, backup_ids=tuple(ids[:MOST_IDS]))


def orphan_not_judged(why: str, *, failed: bool) -> Result:
    """The result where orphans cannot be told; `failed` where that is because something could not be read."""
    status = UNKNOWN if failed else INSUFFICIENT_DATA
    return Result("orphan", status, INFO, "no backup without a virtual machine", "not known", why)
