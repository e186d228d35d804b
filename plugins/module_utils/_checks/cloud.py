# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""Checks of the cloud and of the policy: population, rules, exemptions, orphaned backups."""

from __future__ import annotations

import typing as t

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
from ansible_collections.community.onapp.plugins.module_utils._policy.match import matches, pattern_hint
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import EXPIRED, EXPIRING
from ansible_collections.community.onapp.plugins.module_utils._policy.values import duration_text
from ansible_collections.community.onapp.plugins.module_utils._text import counted, ids_named

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Exemption, Policy
    from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine

DAY = 86400


class Population(t.NamedTuple):
    """What a run saw: virtual machines of the report (`total`), those of them that were `judged`, and by user id how
    many should have backups and how many have any. `before` is the number judged in the previous report. `problem`
    says why the list itself may be incomplete. `proof` names what counts as one."""

    total: int
    judged: int
    owners: Mapping[int | None, tuple[int, int]]
    before: int | None
    problem: str | None
    proof: tuple[str, str] = ("backup", "backups")


class RuleMatches(t.NamedTuple):
    """Of the virtual machines in the list before `filters`: how many a rule matches, how many of them no earlier rule
    takes, and the first of the earlier rules that take one."""

    matched: int
    decided: int
    taken_by: str | None


class ListMatches(t.NamedTuple):
    """What the policy's rules, in order, and its exemptions, by id, match in the list before `filters`."""

    rules: list[RuleMatches]
    exemptions: dict[str, int]


def match_list(policy: Policy, vms: Iterable[VirtualMachine]) -> ListMatches:
    """Match every listed virtual machine against all rules and exemptions."""
    matched, decided = [0] * len(policy.rules), [0] * len(policy.rules)
    takers: list[int | None] = [None] * len(policy.rules)
    exempt = dict.fromkeys((one.id for one in policy.exemptions), 0)
    for vm in vms:
        first: int | None = None
        for number, rule in enumerate(policy.rules):
            if not matches(rule.match, vm):
                continue
            matched[number] += 1
            if first is None:
                first = number
                decided[number] += 1
            else:
                taker = takers[number]
                takers[number] = first if taker is None else min(taker, first)
        for one in policy.exemptions:
            exempt[one.id] += matches(one.match, vm)
    names = [None if taker is None else policy.rules[taker].name for taker in takers]
    return ListMatches([RuleMatches(*found) for found in zip(matched, decided, names)], exempt)


def population(found: Population, policy: Policy) -> Result:
    """Whether enough was seen to say anything: an account with few permissions gets short lists, not errors."""
    least = max(1, policy.scope.min_vms or 0)
    doubt = found.problem or _population_doubt(found, policy, least)
    expected = f"at least {counted(least, 'virtual machine')} assessed"
    actual = f"{found.judged} of {found.total}"
    if doubt is not None:
        return Result("population", UNKNOWN, CRITICAL, expected, actual, doubt)
    with_backups = sum(some for _all, some in found.owners.values())
    text = (
        f"{found.judged} of {counted(found.total, 'virtual machine')} assessed, {with_backups} with {found.proof[1]}."
    )
    return Result("population", PASS, CRITICAL, expected, actual, text)


def _population_doubt(found: Population, policy: Policy, least: int) -> str | None:
    """Why the number of virtual machines or backups is implausible, None if it is not."""
    if not found.total:
        return "No virtual machine is listed, or filters exclude all; the account may not be allowed to see any."
    if found.judged < least:
        number = f"Only {found.judged}" if found.judged else "None"
        others = found.total - found.judged
        why = f" ({others} unknown or not applicable)" if others else ""
        return (
            f"{number} of {counted(found.total, 'virtual machine')} could be assessed{why}, and the policy requires"
            f" at least {least}."
        )
    if found.before and policy.scope.max_drop is not None:
        gone, most = found.before - found.judged, round(policy.scope.max_drop * 100)
        if gone * 100 > most * found.before:
            return (
                f"{found.judged} virtual machines were assessed, {gone} fewer than the {found.before} of the previous"
                f" report; at most {most} % may be missing."
            )
    hint = "the account may not be allowed to see them"
    if found.owners and not any(some for _all, some in found.owners.values()):
        return f"No virtual machine has any {found.proof[0]}: {hint}."
    for user, (vms, some) in sorted(found.owners.items(), key=lambda item: item[0] or 0):
        if user is not None and vms > 2 and not some:
            return f"None of the {vms} virtual machines of user {user} has any {found.proof[0]}: {hint}."
    return None


def rules(policy: Policy, found: Sequence[RuleMatches]) -> Iterator[tuple[str, Result]]:
    """A warning for each rule that applies to no listed virtual machine, with the name of the rule."""
    severity = policy.defaults.severity.get("rule", CHECKS["rule"].severity)
    for rule, one in zip(policy.rules, found):
        if one.decided:
            continue
        text = f"Rule {rule.name} applies to no virtual machine: "
        if one.matched:
            text += (
                f"earlier rules apply to all {one.matched} that it matches, the first of them {one.taken_by}; move the"
                " narrower rule up."
            )
        else:
            text += f"it matches none{pattern_hint(rule.match)}."
        actual = f"matches {one.matched}, applies to 0"
        yield rule.name, _policy_result("rule", severity, "applies to a virtual machine", actual, text)


def exemptions(policy: Policy, usage: Mapping[str, ExemptionUsage], now: int) -> Iterator[Result]:
    """Findings about the policy's exemptions; `usage` is by id of the exemption."""
    for exemption in policy.exemptions:
        for severity, actual, message in _remarks(exemption, policy, usage[exemption.id], now):
            found = _policy_result("exemption", severity, "valid and needed", actual, message)
            yield found._replace(exemption=exemption.id)


class ExemptionUsage(t.NamedTuple):
    """How many virtual machines an exemption matches in the list before `filters` (None: the list is incomplete), for
    how many of them all its checks were evaluated, and how many results it turned into `exempt`."""

    listed: int | None
    judged: int
    hidden: int


def _policy_result(check: str, severity: str, expected: str, actual: str, message: str) -> Result:
    return Result(check, FAIL if severity == CRITICAL else WARN, severity, expected, actual, message)


def _remarks(exemption: Exemption, policy: Policy, usage: ExemptionUsage, now: int) -> Iterator[tuple[str, str, str]]:
    name, last = f"Exemption {exemption.id}", exemption.expires.isoformat()
    state = policy.state_of(exemption, now)
    own = policy.defaults.severity.get("exemption", CHECKS["exemption"].severity)
    if state == EXPIRED:
        yield own, f"expired {last}", f"{name} expired after {last}; its findings count again."
    elif state == EXPIRING:
        yield INFO, f"expires {last}", f"{name} expires after {last}."
    limit = policy.report.max_exemption
    if limit is not None and (exemption.expires - policy.today(now)).days > limit // DAY:
        yield own, f"expires {last}", f"{name} lasts until {last}, longer than the {duration_text(limit)} allowed."
    if usage.listed == 0:
        yield own, "matches nothing", f"{name} matches no virtual machine{pattern_hint(exemption.match)}."
    elif state != EXPIRED and usage.judged and not usage.hidden:
        text = f"{name} is not needed: none of its checks failed."
        yield INFO, "not needed", text


def orphan(found: Sequence[Mapping[str, t.Any]], policy: Policy) -> Result:
    """Whether every backup belongs to a listed virtual machine."""
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
    """The result if orphans were not searched; `failed` says whether something could not be read."""
    status = UNKNOWN if failed else INSUFFICIENT_DATA
    return Result("orphan", status, INFO, "no backup without a virtual machine", "not known", why)
