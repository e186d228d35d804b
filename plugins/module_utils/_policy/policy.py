# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The backup policy: its schema, the parsed policy, and the rule and the exemptions of a VM.

The fields here and in `rules` define the language: policies are parsed by them, and the JSON Schema and the
documentation are generated from them, with the sentences that the documentation has on each.
"""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Mapping

from .. import _errors, _fields
from . import catalogue, values
from .calendar import ZONE, Calendar, calendar_of
from .rules import DEFAULTS, LIMITS, MATCH, NAME, RULE, Condition, Rule, is_catch_all, matches, parse_rule

if t.TYPE_CHECKING:
    from .. import _records

CREATED_AT, BUILT_AT = "created_at", "built_at"
INCLUDE, EXCLUDE = "include", "exclude"
FAIL_ON = ("critical", "warning", "unknown", "never")
EVERY_CHECK = "*"
ACTIVE, EXPIRING, EXPIRED = "active", "expiring", "expired"

VERSION = values.Value(
    "1, the version of the policy language that this release supports",
    lambda value: 1 if _fields.as_integer(value) == 1 else None,
    {"const": 1},
)


class Clock(t.NamedTuple):
    """How times are parsed: `max_skew` in seconds, the zone of times without one, and which time of a backup counts."""

    max_skew: int = values.setting(values.DURATION, "5m")
    naive_as: datetime.tzinfo | None = values.nullable(ZONE)
    age_from: str = values.setting(values.choice(CREATED_AT, BUILT_AT), CREATED_AT)


class Scope(t.NamedTuple):
    """Which VMs count, and how many there must be. `new_vm_grace` is seconds, `max_drop` a share from 0 to 1."""

    powered_off: str = values.setting(values.choice(INCLUDE, EXCLUDE), INCLUDE)
    new_vm_grace: int = values.setting(values.DURATION, "24h")
    min_vms: int | None = values.nullable(values.integer(1, 10**9), 1)
    max_drop: float | None = values.nullable(values.PERCENT, "20%")
    orphans: bool = values.setting(values.FLAG, False)


class Reporting(t.NamedTuple):
    """When a run fails, and when exemptions are reported; `max_exemption` is seconds."""

    fail_on: str = values.setting(values.choice(*FAIL_ON), "critical")
    warn_days_before_expiry: int = values.setting(values.integer(0, 3650), 14)
    max_exemption: int | None = values.nullable(values.DURATION, "180d")


def _expand_checks(names: list[str]) -> tuple[str, ...]:
    checks = [check for name in names for check in (catalogue.VM_CHECKS if name == EVERY_CHECK else (name,))]
    return tuple(dict.fromkeys(checks))


CHECK_NAME = values.choice(EVERY_CHECK, *catalogue.VM_CHECKS)._replace(
    spec=f'any of {", ".join(catalogue.VM_CHECKS)}, or "*" for all',
    schema={"title": "name of a check", "enum": [EVERY_CHECK, *catalogue.VM_CHECKS]},
    hint=lambda value: f", which is not a check of a virtual machine{values.nearest(value, catalogue.VM_CHECKS)}",
)


class Exemption(t.NamedTuple):
    """Checks that may fail for some VMs until the end of the day `expires`; `checks` are names of checks."""

    id: str = values.required(values.text("a name of its own, which results show"))
    match: tuple[Condition, ...] = values.required(MATCH)
    checks: tuple[str, ...] = values.required(values.OneOrMore(CHECK_NAME, _expand_checks))
    category: str = values.required(values.choice("waiver", "mitigated"))
    reason: str = values.required(values.text("why these virtual machines are exempt"))
    approved_by: str = values.required(values.text("who approved it"))
    ticket: str | None = values.nullable(values.text("where that is recorded (in quotes if it is a number)"))
    expires: datetime.date = values.required(values.DATE)


EXEMPTION = values.Section.of(Exemption)


class Policy(t.NamedTuple):
    """A parsed policy. `defaults` is the rule of that name, for VMs that no other rule matches.

    `day_starts_at` is minutes since midnight. `effective` is the policy with every default and inherited value written
    out, as plain JSON values in the policy language.
    """

    effective: dict[str, t.Any]
    version: int = values.setting(VERSION, 1)
    name: str | None = values.nullable(NAME)
    timezone: datetime.tzinfo = values.setting(ZONE, "UTC")
    day_starts_at: int = values.setting(values.TIME_OF_DAY, "00:00")
    clock: Clock = values.setting(values.Section.of(Clock), {})
    scope: Scope = values.setting(values.Section.of(Scope), {})
    server_sites: Mapping[int, str] = values.setting(
        values.Table(
            values.integer(1, 10**9),
            values.text("the name of a site as text"),
            "a dictionary from ids of backup servers to names of sites",
        ),
        {},
    )
    defaults: Rule = values.setting(values.Section(LIMITS), {}, deferred=True)
    rules: tuple[Rule, ...] = values.setting(
        values.Items(values.Section(RULE), "name", "a list of rules, each with a name and a match"), []
    )
    exemptions: tuple[Exemption, ...] = values.setting(
        values.Items(EXEMPTION, "id", "a list of exemptions, each with an id, a match and checks"), []
    )
    report: Reporting = values.setting(values.Section.of(Reporting), {})

    @property
    def calendar(self) -> Calendar:
        """Its calendar."""
        return calendar_of(self.timezone, self.day_starts_at)

    def rule_for(self, vm: _records.VirtualMachine) -> Rule:
        """The rule that decides for a VM: the first that matches."""
        return next((rule for rule in self.rules if matches(rule.match, vm)), self.defaults)

    def exemptions_for(self, vm: _records.VirtualMachine, now: int) -> list[tuple[Exemption, str]]:
        """The exemptions of a VM that apply at `now` (UTC seconds), each with its state: `active` or `expiring`."""
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


POLICY: dict[str, values.Setting] = Policy._field_defaults


def parse_policy(document: Mapping[str, t.Any] | None) -> Policy:
    """The policy of a dictionary as a user writes it; None is a policy of defaults only.

    Raises PolicyError, with a message for the user, for anything that would not be evaluated as written.
    """
    given = {} if document is None else document
    parsed = values.Section(POLICY)(given, "policy")
    built_in = values.Section(LIMITS).complete({})
    defaults, limits = parse_rule(parsed[DEFAULTS], built_in, "policy.defaults", name=DEFAULTS, match=())
    severities = {check: severity for check, severity in limits["severity"].items() if check in catalogue.VM_CHECKS}
    inherited = {**limits, "severity": severities}
    rules: list[Rule] = []
    effective_rules = []
    for number, (item, own) in enumerate(zip(given.get("rules", ()), parsed["rules"])):
        path = f"policy.rules[{number}]"
        if rules and is_catch_all(rules[-1].match):
            raise values.PolicyError(
                f"{path} can never decide, because policy.rules[{number - 1}] before it matches every VM and the first"
                " match wins; write the rule that matches every VM last"
            )
        written = {key: item[key] for key in LIMITS if key in item}
        rule, complete = parse_rule(written, inherited, path, name=own["name"], match=own["match"])
        rules.append(rule._replace(written=defaults.written | rule.written))
        effective_rules.append({"name": own["name"], "match": values.plain(item["match"]), **complete})
    effective = values.Section(POLICY).complete(given)
    exemptions = [EXEMPTION.complete(item) for item in given.get("exemptions", ())]
    effective.update({DEFAULTS: limits, "rules": effective_rules, "exemptions": exemptions})
    parsed.update(defaults=defaults, rules=tuple(rules), exemptions=tuple(parsed["exemptions"]))
    return Policy(**parsed, effective=effective)


def read_policy(document: Mapping[str, t.Any] | None) -> Policy:
    """The policy of the option `policy`. Raises ConfigError that names the key to fix."""
    try:
        return parse_policy(document)
    except values.PolicyError as error:
        raise _errors.ConfigError(f"The option policy is wrong: {error}.") from error
