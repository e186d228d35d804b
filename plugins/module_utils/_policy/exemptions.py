# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Exemptions: checks that may fail for some virtual machines, with a reason, somebody's approval and a last day."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import VM_CHECKS
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import PolicyError, nearest, shown
from ansible_collections.community.onapp.plugins.module_utils._policy.language import (
    Schema,
    Section,
    Setting,
    alternatives,
    one_or_more,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.match import Condition, Match
from ansible_collections.community.onapp.plugins.module_utils._policy.readers import Choice, Date, Text

EVERY = "*"
ACTIVE = "active"
EXPIRING = "expiring"
EXPIRED = "expired"


class Exemption(t.NamedTuple):
    """An exemption; `expires` is its last day, `checks` the names of all that it covers."""

    id: str
    match: tuple[Condition, ...]
    checks: tuple[str, ...]
    category: str
    reason: str
    approved_by: str
    ticket: str | None
    expires: datetime.date

    def state(self, today: datetime.date, warn_days: int) -> str:
        """`active`, `expiring` (within some days; it still holds) or `expired`, on a day of the policy's time zone."""
        left = (self.expires - today).days
        if left < 0:
            return EXPIRED
        return EXPIRING if left <= warn_days else ACTIVE


@dataclasses.dataclass(frozen=True)
class CheckNames:
    """Reads names of checks, or `*` for all that look at a virtual machine."""

    def __call__(self, value: t.Any, path: str) -> tuple[str, ...]:
        names = []
        for where, item in alternatives(value, path):
            if item == EVERY:
                names += list(VM_CHECKS)
            elif isinstance(item, str) and item in VM_CHECKS:
                names.append(str(item))
            else:
                near = nearest(item, VM_CHECKS)
                raise PolicyError(
                    f"{where} is {shown(item)}, which is no check of a virtual machine{near}; write any of "
                    f'{", ".join(VM_CHECKS)}, or "*" for all'
                )
        return tuple(dict.fromkeys(names))

    def schema(self) -> Schema:
        return one_or_more({"enum": [EVERY, *VM_CHECKS]})


EXEMPTION = Section(
    {
        "id": Setting(Text("a name of its own, which results show"), "Its name, shown by results.", required=True),
        "match": Setting(Match(), "The virtual machines that it covers.", required=True),
        "checks": Setting(CheckNames(), "The checks that may fail, or * for all. Never covers unknown.", required=True),
        "category": Setting(
            Choice(("waiver", "mitigated")),
            "waiver: the risk is accepted. mitigated: it is met otherwise.",
            required=True,
        ),
        "reason": Setting(Text("why these virtual machines are exempt"), "Why.", required=True),
        "approved_by": Setting(Text("who approved it"), "Who approved it.", required=True),
        "ticket": Setting(
            Text("where that is recorded (in quotes if it is a number)"), "Where that is recorded.", may_be_off=True
        ),
        "expires": Setting(Date(), "Its last day in the policy's time zone, that day included.", required=True),
    },
    Exemption,
)
