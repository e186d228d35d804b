# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The backup policy: its schema, the parsed policy, and the rule and the exemptions of a VM.

The tables here and in `limits` and `match` define the language: policies are parsed by them, and the JSON Schema and
the documentation are generated from them.
"""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Mapping

from ansible_collections.community.onapp.plugins.module_utils._fields import as_integer
from ansible_collections.community.onapp.plugins.module_utils._policy.calendar import calendar_of
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import VM_CHECKS
from ansible_collections.community.onapp.plugins.module_utils._policy.language import (
    Items,
    OneOrMore,
    Section,
    Setting,
    Table,
    dictionary,
    plain,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.limits import (
    DEFAULTS,
    LIMITS,
    NAME,
    RULE,
    Rule,
    parse_rule,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.match import (
    MATCH,
    Condition,
    is_catch_all,
    matches,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.values import (
    DATE,
    DURATION,
    FLAG,
    PERCENT,
    TIME_OF_DAY,
    ZONE,
    PolicyError,
    Value,
    choice,
    integer,
    nearest,
    text,
)

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine

CREATED_AT = "created_at"
BUILT_AT = "built_at"
INCLUDE = "include"
EXCLUDE = "exclude"
FAIL_ON = ("critical", "warning", "unknown", "never")
EVERY_CHECK = "*"
ACTIVE = "active"
EXPIRING = "expiring"
EXPIRED = "expired"

VERSION = Value(
    "1, the version of the policy language that this release supports",
    lambda value: 1 if as_integer(value) == 1 else None,
    {"const": 1},
)


class Clock(t.NamedTuple):
    """How times are parsed: `max_skew` in seconds, the zone of times without one, and which time of a backup counts.

    If `naive_as` is None, times without a zone are UTC, those of plug-in recovery points the oldest instants that they
    can mean.
    """

    max_skew: int
    naive_as: datetime.tzinfo | None
    age_from: str


class Scope(t.NamedTuple):
    """Which VMs count, and how many there must be: at least `min_vms`, and at most the share `max_drop` (0 to 1) fewer
    than in the previous report. `new_vm_grace` is seconds; `orphans` is whether to look for backups without a VM."""

    powered_off: str
    new_vm_grace: int
    min_vms: int | None
    max_drop: float | None
    orphans: bool


class Reporting(t.NamedTuple):
    """When a run fails, and when exemptions are reported; `max_exemption` is seconds."""

    fail_on: str
    warn_days_before_expiry: int
    max_exemption: int | None


class Exemption(t.NamedTuple):
    """Checks that may fail for some VMs until the end of the day `expires`; `checks` are names of checks."""

    id: str
    match: tuple[Condition, ...]
    checks: tuple[str, ...]
    category: str
    reason: str
    approved_by: str
    ticket: str | None
    expires: datetime.date


def _expand_checks(names: list[str]) -> tuple[str, ...]:
    checks = [check for name in names for check in (VM_CHECKS if name == EVERY_CHECK else (name,))]
    return tuple(dict.fromkeys(checks))


CHECK_NAME = choice(EVERY_CHECK, *VM_CHECKS)._replace(
    spec=f'any of {", ".join(VM_CHECKS)}, or "*" for all',
    schema={"title": "name of a check", "enum": [EVERY_CHECK, *VM_CHECKS]},
    hint=lambda value: f", which is not a check of a virtual machine{nearest(value, VM_CHECKS)}",
)
EXEMPTION = Section(
    {
        "id": Setting(text("a name of its own, which results show"), "Its name, shown in results.", required=True),
        "match": Setting(MATCH, "The virtual machines that it covers.", required=True),
        "checks": Setting(
            OneOrMore(CHECK_NAME, _expand_checks),
            "The checks that may fail, or * for all. Unknown results are never exempt.",
            required=True,
        ),
        "category": Setting(
            choice("waiver", "mitigated"),
            "waiver: the risk is accepted. mitigated: something else reduces it.",
            required=True,
        ),
        "reason": Setting(text("why these virtual machines are exempt"), "The reason.", required=True),
        "approved_by": Setting(text("who approved it"), "Who approved it.", required=True),
        "ticket": Setting(
            text("where that is recorded (in quotes if it is a number)"),
            "Where that is recorded.",
            may_be_off=True,
        ),
        "expires": Setting(DATE, "Its last day, inclusive, in the time zone of the policy.", required=True),
    }
)

POLICY: dict[str, Setting] = {
    "version": Setting(VERSION, "Version of the policy language.", 1),
    "name": Setting(NAME, "Name of the policy.", may_be_off=True),
    "timezone": Setting(ZONE, "The time zone of days, weeks, months, years, times of day and expiry dates.", "UTC"),
    "day_starts_at": Setting(TIME_OF_DAY, "When a day begins, for backups that run past midnight. In quotes.", "00:00"),
    "clock": Setting(
        Section(
            {
                "max_skew": Setting(DURATION, "How far in the future a time may be.", "5m"),
                "naive_as": Setting(
                    ZONE,
                    "The zone of times that the control panel sends without one. By default they are UTC, and those of"
                    " plug-in recovery points the oldest time that they can mean.",
                    may_be_off=True,
                ),
                "age_from": Setting(
                    choice(CREATED_AT, BUILT_AT),
                    "Which time of a backup its age is computed from.",
                    CREATED_AT,
                ),
            },
            Clock,
        ),
        "How times are interpreted.",
        {},
    ),
    "scope": Setting(
        Section(
            {
                "powered_off": Setting(
                    choice(INCLUDE, EXCLUDE), "Whether virtual machines that are powered off are assessed.", INCLUDE
                ),
                "new_vm_grace": Setting(
                    DURATION, "How long a new virtual machine or disk may be without a backup.", "24h"
                ),
                "min_vms": Setting(
                    integer(1, 10**9),
                    "With fewer virtual machines, the status is unknown.",
                    1,
                    may_be_off=True,
                ),
                "max_drop": Setting(
                    PERCENT,
                    "How many virtual machines may be missing since the previous report.",
                    "20%",
                    may_be_off=True,
                ),
                "orphans": Setting(
                    FLAG,
                    "Whether to look for backups of deleted virtual machines, with one request for each owner.",
                    False,
                ),
            },
            Scope,
        ),
        "Which virtual machines are assessed, and how many there must be.",
        {},
    ),
    "server_sites": Setting(
        Table(
            integer(1, 10**9),
            text("the name of a site as text"),
            "a dictionary from ids of backup servers to names of sites",
        ),
        "The site of each backup server. With it, min_backup_servers counts sites.",
        {},
    ),
    DEFAULTS: Setting(Section(LIMITS), "Limits of all virtual machines; rules can override them.", {}, deferred=True),
    "rules": Setting(
        Items(Section(RULE), "name", "a list of rules, each with a name and a match"),
        "Limits for some virtual machines. The first rule that matches applies, or else defaults.",
        [],
    ),
    "exemptions": Setting(
        Items(EXEMPTION, "id", "a list of exemptions, each with an id, a match and checks"),
        "Allow checks to fail for some virtual machines. They are evaluated anyway.",
        [],
    ),
    "report": Setting(
        Section(
            {
                "fail_on": Setting(choice(*FAIL_ON), "The lowest severity that makes a run fail.", "critical"),
                "warn_days_before_expiry": Setting(
                    integer(0, 3650), "How many days before its last day an exemption is reported.", 14
                ),
                "max_exemption": Setting(
                    DURATION, "How far in the future an exemption may end.", "180d", may_be_off=True
                ),
            },
            Reporting,
        ),
        "When a compliance run fails, and what it reports about exemptions.",
        {},
    ),
}


class Policy(t.NamedTuple):
    """A parsed policy. `defaults` is the rule of that name, for VMs that no other rule matches.

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
        """The exemptions of a VM that apply at `now` (UTC seconds), each with its state: `active` or `expiring`."""
        if not self.exemptions:
            return []
        states = [(exemption, self.state_of(exemption, now)) for exemption in self.exemptions]
        return [(one, state) for one, state in states if state != EXPIRED and matches(one.match, vm)]

    def state_of(self, exemption: Exemption, now: int) -> str:
        """`active`, `expiring` (within `warn_days_before_expiry`; it still applies) or `expired` at `now`, UTC seconds.

        An exemption applies through its last day, from midnight to midnight in the policy's time zone.
        """
        left = (exemption.expires - self.today(now)).days
        if left < 0:
            return EXPIRED
        return EXPIRING if left <= self.report.warn_days_before_expiry else ACTIVE

    def today(self, now: int) -> datetime.date:
        """The calendar date in the policy's time zone at `now` (UTC seconds), whatever `day_starts_at`."""
        return calendar_of(self.timezone, 0).day_of(now)


def parse_policy(document: Mapping[str, t.Any] | None) -> Policy:
    """The policy of a dictionary as a user writes it; None is a policy of defaults only.

    Raises PolicyError, with a message for the user, for anything that would not be evaluated as written.
    """
    given = dictionary({} if document is None else document, "policy", POLICY)
    values = Section(POLICY)(given, "policy")
    grace = values["scope"].new_vm_grace
    defaults, default_limits = parse_rule(
        {"name": DEFAULTS, "new_vm_grace": grace},
        values[DEFAULTS],
        Section(LIMITS).complete({}),
        "policy.defaults",
    )
    rules: list[Rule] = []
    effective_rules = []
    catch_all: str | None = None
    for number, (item, own) in enumerate(zip(given.get("rules", ()), values["rules"])):
        path = f"policy.rules[{number}]"
        if catch_all is not None:
            raise PolicyError(
                f"{path} can never decide, because {catch_all} before it matches every VM and the first match wins; "
                "write the rule that matches every VM last"
            )
        if is_catch_all(own["match"]):
            catch_all = path
        limits = {key: item[key] for key in LIMITS if key in item}
        fixed = {"name": own["name"], "match": own["match"], "new_vm_grace": grace}
        rule, complete = parse_rule(fixed, limits, default_limits, path)
        rules.append(rule._replace(written=defaults.written | rule.written))
        effective_rules.append({"name": own["name"], "match": plain(item["match"]), **complete})
    effective = Section(POLICY).complete(given)
    exemptions = [EXEMPTION.complete(item) for item in given.get("exemptions", ())]
    effective.update({DEFAULTS: default_limits, "rules": effective_rules, "exemptions": exemptions})
    values.update(
        defaults=defaults,
        rules=tuple(rules),
        exemptions=tuple(Exemption(**item) for item in values["exemptions"]),
    )
    return Policy(**values, effective=effective)


def policy_schema() -> dict[str, t.Any]:
    """The JSON Schema (draft 2020-12) of a policy file, for editors.

    It is laxer where it takes a second look, as with names of time zones, and stricter with numbers and flags as text,
    which are accepted because templates return them.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Backup policy of community.onapp",
        "description": "What good backups are: limits by rule, and who is exempt. Durations are a whole number and m, "
        "h, d or w. Null switches a check off where it is allowed.",
        **Section(POLICY).schema,
    }
