# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The backup policy: what a user writes, checked and brought to seconds, and the rule that decides for a VM.

The language is defined once, by the tables here and in `limits`, `match` and `exemptions`: what they hold is what is
accepted, what is evaluated, and what the JSON Schema says.
"""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Mapping

from ansible_collections.community.onapp.plugins.module_utils._fields import as_integer
from ansible_collections.community.onapp.plugins.module_utils._policy.calendar import calendar_of
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import PolicyError, shown
from ansible_collections.community.onapp.plugins.module_utils._policy.exemptions import EXEMPTION, EXPIRED, Exemption
from ansible_collections.community.onapp.plugins.module_utils._policy.language import (
    Schema,
    Section,
    Setting,
    dictionary,
    plain,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.limits import LIMITS
from ansible_collections.community.onapp.plugins.module_utils._policy.match import is_catch_all, matches
from ansible_collections.community.onapp.plugins.module_utils._policy.readers import (
    Choice,
    Duration,
    Flag,
    Items,
    Percent,
    Table,
    Text,
    TimeOfDay,
    Whole,
    Zone,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.rules import (
    DEFAULTS,
    NAME,
    RULE,
    WRITTEN,
    Rule,
    read_rule,
)

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine

CREATED_AT = "created_at"
BUILT_AT = "built_at"
INCLUDE = "include"
EXCLUDE = "exclude"
FAIL_ON = ("critical", "warning", "unknown", "never")


class LanguageVersion:
    """Reads the version of the policy language."""

    def __call__(self, value: t.Any, path: str) -> int:
        if as_integer(value) != 1:
            raise PolicyError(f"{path} is {shown(value)}; this release reads version 1 of the policy language: write 1")
        return 1

    def schema(self) -> Schema:
        return {"const": 1}


class Clock(t.NamedTuple):
    """How times are read: `max_skew` in seconds, the zone of times without an offset, and which time is a point's.

    Without `naive_as` they are UTC, those of plug-in recovery points the oldest instants that they can mean.
    """

    max_skew: int
    naive_as: datetime.tzinfo | None
    age_from: str


class Scope(t.NamedTuple):
    """Which VMs count, how many there must be at least, how large a part may be gone since the last report, and
    whether backups without a VM are looked for. `new_vm_grace` is seconds, `max_drop` from 0 to 1."""

    powered_off: str
    new_vm_grace: int
    min_vms: int | None
    max_drop: float | None
    orphans: bool


class Reporting(t.NamedTuple):
    """When a run fails, and what is said of exemptions; `max_exemption` is seconds."""

    fail_on: str
    warn_days_before_expiry: int
    max_exemption: int | None


POLICY: dict[str, Setting] = {
    "version": Setting(LanguageVersion(), "Version of the policy language.", 1),
    "name": Setting(NAME, "Name of the policy.", may_be_off=True),
    "timezone": Setting(
        Zone(), "For calendar periods, days, times of day and expiry: nothing else depends on it.", "UTC"
    ),
    "day_starts_at": Setting(TimeOfDay(), "When a day begins, for backups that run past midnight. In quotes.", "00:00"),
    "clock": Setting(
        Section(
            {
                "max_skew": Setting(Duration(), "How far a time may be in the future.", "5m"),
                "naive_as": Setting(
                    Zone(),
                    "The zone of times that the control panel sends without one. When it is not set, they are in UTC,"
                    " and a plug-in recovery point is as old as it can be.",
                    may_be_off=True,
                ),
                "age_from": Setting(
                    Choice((CREATED_AT, BUILT_AT)),
                    "The time of a backup's data: when it was recorded or completed.",
                    CREATED_AT,
                ),
            },
            Clock,
        ),
        "How times are read.",
        {},
    ),
    "scope": Setting(
        Section(
            {
                "powered_off": Setting(
                    Choice((INCLUDE, EXCLUDE)), "Whether virtual machines that are powered off count.", INCLUDE
                ),
                "new_vm_grace": Setting(
                    Duration(), "How long a new virtual machine or disk may be without a backup.", "24h"
                ),
                "min_vms": Setting(
                    Whole(1, 10**9), "Fewer virtual machines than this prove nothing.", 1, may_be_off=True
                ),
                "max_drop": Setting(
                    Percent(), "The largest part that may be gone since the previous report.", "20%", may_be_off=True
                ),
                "orphans": Setting(
                    Flag(),
                    "Whether to look for backups of virtual machines that are gone: one request for each owner.",
                    False,
                ),
            },
            Scope,
        ),
        "What counts.",
        {},
    ),
    "server_sites": Setting(
        Table(
            Whole(1, 10**9),
            Text("the name of a site as text"),
            "a dictionary from ids of backup servers to names of sites",
        ),
        "The site of each backup server. With it, min_backup_servers counts sites.",
        {},
    ),
    DEFAULTS: Setting(Section(WRITTEN, dict), "The limits of every rule that does not set its own.", {}),
    "rules": Setting(
        Items(Section(RULE, dict), "name", "a list of rules, each with a name and a match"),
        "Limits for some virtual machines. The first rule that matches decides; where none does, defaults do.",
        [],
    ),
    "exemptions": Setting(
        Items(EXEMPTION, "id", "a list of exemptions, each with an id, a match and checks"),
        "Checks that may fail for some virtual machines. They are evaluated anyway.",
        [],
    ),
    "report": Setting(
        Section(
            {
                "fail_on": Setting(Choice(FAIL_ON), "The severity from which on a run fails.", "critical"),
                "warn_days_before_expiry": Setting(
                    Whole(0, 3650), "How many days before its last day an exemption is told.", 14
                ),
                "max_exemption": Setting(Duration(), "How far ahead an exemption may end.", "180d", may_be_off=True),
            },
            Reporting,
        ),
        "How a compliance run ends.",
        {},
    ),
}


class Policy(t.NamedTuple):
    """A policy that was read. `defaults` is the rule of that name, for VMs that no other rule matches.

    `day_starts_at` is minutes since midnight. `effective` is the policy with every default and inherited value written
    out, as plain JSON values in the policy language.
    """

    version: int
    name: str | None
    timezone: datetime.tzinfo
    day_starts_at: int
    clock: Clock
    scope: Scope
    server_sites: Mapping[int, str]
    defaults: Rule
    rules: tuple[Rule, ...]
    exemptions: tuple[Exemption, ...]
    report: Reporting
    effective: dict[str, t.Any]

    def rule_for(self, vm: VirtualMachine) -> Rule:
        """The rule that decides for a VM: the first that matches."""
        for rule in self.rules:
            if matches(rule.match, vm):
                return rule
        return self.defaults

    def exemptions_for(self, vm: VirtualMachine, now: int) -> list[tuple[Exemption, str]]:
        """The exemptions of a VM that hold at `now` in UTC seconds, each with its state: `active` or `expiring`."""
        if not self.exemptions:
            return []
        states = [(exemption, self.state_of(exemption, now)) for exemption in self.exemptions]
        return [(one, state) for one, state in states if state != EXPIRED and matches(one.match, vm)]

    def state_of(self, exemption: Exemption, now: int) -> str:
        """`active`, `expiring` or `expired`, at `now` in UTC seconds; its last day is one from midnight to midnight."""
        return exemption.state(self.today(now), self.report.warn_days_before_expiry)

    def today(self, now: int) -> datetime.date:
        """The calendar date in the policy's time zone at `now`, from midnight to midnight."""
        return calendar_of(self.timezone, 0).day_of(now)


def parse_policy(document: Mapping[str, t.Any] | None) -> Policy:
    """The policy of a dictionary as a user writes it; None is the policy of nothing but defaults.

    Raises PolicyError, with a message for the user, for everything that would not be evaluated as it is written.
    """
    given = dictionary({} if document is None else document, "policy", POLICY)
    read = Section(POLICY, dict).read(given, "policy")
    grace = read["scope"].new_vm_grace
    defaults, default_limits = read_rule(
        {"name": DEFAULTS, "new_vm_grace": grace, "written": frozenset(given.get(DEFAULTS, ()))},
        given.get(DEFAULTS, {}),
        Section(LIMITS, dict).complete({}),
        "policy.defaults",
    )
    rules: list[Rule] = []
    effective_rules = []
    everything: str | None = None
    for number, (item, own) in enumerate(zip(given.get("rules", ()), read["rules"])):
        path = f"policy.rules[{number}]"
        if everything is not None:
            raise PolicyError(
                f"{path} can never decide, because {everything} before it matches every VM and the first match wins; "
                "write the rule that matches every VM last"
            )
        if is_catch_all(own["match"]):
            everything = path
        limits = {key: item[key] for key in LIMITS if key in item}
        written = defaults.written | frozenset(limits)
        fixed = {"name": own["name"], "match": own["match"], "new_vm_grace": grace, "written": written}
        rule, complete = read_rule(fixed, limits, default_limits, path)
        rules.append(rule)
        effective_rules.append({"name": own["name"], "match": plain(item["match"]), **complete})
    effective = Section(POLICY, dict).complete(given)
    exemptions = [EXEMPTION.complete(item) for item in given.get("exemptions", ())]
    effective.update({DEFAULTS: default_limits, "rules": effective_rules, "exemptions": exemptions})
    return Policy(
        **{key: read[key] for key in POLICY if key not in (DEFAULTS, "rules", "exemptions")},
        defaults=defaults,
        rules=tuple(rules),
        exemptions=tuple(Exemption(**item) for item in read["exemptions"]),
        effective=effective,
    )
