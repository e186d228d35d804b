# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the cloud and of the policy: population, rules, exemptions, orphaned backups."""

from __future__ import annotations

import collections
import typing as t
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from .. import _text
from .._policy import catalogue, values
from .._policy.policy import EXPIRED, EXPIRING
from .._policy.rules import matches
from . import results

if t.TYPE_CHECKING:
    from .. import _records
    from .._policy.policy import Policy
    from .._policy.rules import Condition

DAY = 86400


class Population(t.NamedTuple):
    """What a run saw: virtual machines of the report (`total`), those of them that were `assessed`, and by user id how
    many should have backups and how many have any. `before` is the number assessed in the previous report. `problem`
    says why the list itself may be incomplete. `proof` names what counts as one."""

    total: int
    assessed: int
    owners: Mapping[int | None, tuple[int, int]]
    before: int | None
    problem: str | None
    proof: tuple[str, str] = ("backup", "backups")


def match_list(
    policy: Policy, vms: Iterable[_records.VirtualMachine]
) -> tuple[list[collections.Counter[int]], collections.Counter[str]]:
    """What matches of some virtual machines: for each rule, its machines counted by the place of the rule that applies
    to them, itself or an earlier one; and for each exemption, by id, the number of machines."""
    by_rule: list[collections.Counter[int]] = [collections.Counter() for _rule in policy.rules]
    by_exemption: collections.Counter[str] = collections.Counter()
    for vm in vms:
        places = [place for place, rule in enumerate(policy.rules) if matches(rule.match, vm)]
        for place in places:
            by_rule[place][places[0]] += 1
        by_exemption.update(one.id for one in policy.exemptions if matches(one.match, vm))
    return by_rule, by_exemption


def population(found: Population, policy: Policy) -> results.Result:
    """Whether enough was seen to say anything: an account with few permissions gets short lists, not errors."""
    least = max(1, policy.scope.min_vms or 0)
    doubt = found.problem or _population_doubt(found, policy, least)
    with_backups = sum(some for _all, some in found.owners.values())
    vms = _text.counted(found.total, "virtual machine")
    text = f"{found.assessed} of {vms} assessed, {with_backups} with {found.proof[1]}."
    outcome = results.observed(
        results.UNKNOWN if doubt else results.PASS, f"{found.assessed} of {found.total}", doubt or text
    )
    return results.result(
        policy.defaults, "population", f"at least {_text.counted(least, 'virtual machine')} assessed", outcome
    )


def _population_doubt(found: Population, policy: Policy, least: int) -> str | None:
    """Why the number of virtual machines or backups is implausible, None if it is not."""
    if not found.total:
        return "No virtual machine is listed, or filters exclude all; the account may not be allowed to see any."
    if found.assessed < least:
        number = f"Only {found.assessed}" if found.assessed else "None"
        others, machines = found.total - found.assessed, _text.counted(found.total, "virtual machine")
        why = f" ({others} unknown or not applicable)" if others else ""
        return f"{number} of {machines} could be assessed{why}, and the policy requires at least {least}."
    if found.before and policy.scope.max_drop is not None:
        gone, most = found.before - found.assessed, round(policy.scope.max_drop * 100)
        if gone * 100 > most * found.before:
            return (
                f"{found.assessed} virtual machines were assessed, {gone} fewer than the {found.before} of the previous"
                f" report; at most {most} % may be missing."
            )
    hint = "the account may not be allowed to see them"
    if found.owners and not any(some for _all, some in found.owners.values()):
        return f"No virtual machine has any {found.proof[0]}: {hint}."
    for user, (vms, some) in sorted(found.owners.items(), key=lambda item: item[0] or 0):
        if user is not None and vms > 2 and not some:
            return f"None of the {vms} virtual machines of user {user} has any {found.proof[0]}: {hint}."
    return None


def rules(policy: Policy, found: Sequence[collections.Counter[int]]) -> Iterator[tuple[str, results.Result]]:
    """A warning for each rule that applies to no listed virtual machine, with the name of the rule."""
    for place, (rule, applied) in enumerate(zip(policy.rules, found)):
        if applied[place]:
            continue
        matched = sum(applied.values())
        reason = f"it matches none{_pattern_hint(rule.match)}."
        if matched:
            reason = (
                f"earlier rules apply to {'the one VM' if matched == 1 else f'all {matched} VMs'} that it matches, the"
                f" first of them {policy.rules[min(applied)].name}; move the narrower rule up."
            )
        text = f"Rule {rule.name} applies to no virtual machine: {reason}"
        outcome = results.failed(f"matches {matched}, applies to 0", text)
        yield rule.name, results.result(policy.defaults, "rule", "applies to a virtual machine", outcome)


def exemptions(
    policy: Policy,
    listed: collections.Counter[str] | None,
    assessed: collections.Counter[str],
    needed: Container[str],
    now: int,
) -> Iterator[results.Result]:
    """Findings about the policy's exemptions.

    By their ids, `listed` counts the virtual machines that they match in the list before `filters` (None: the list is
    incomplete), `assessed` those of which all checks were evaluated; `needed` are those that cover a failing result.
    """
    limit = policy.report.max_exemption
    for exemption in policy.exemptions:
        name, last = f"Exemption {exemption.id}", exemption.expires.isoformat()
        state = policy.state_of(exemption, now)
        found = []
        if state == EXPIRED:
            found.append(results.failed(f"expired {last}", f"{name} expired after {last}; its findings count again."))
        elif state == EXPIRING:
            found.append(results.failed(f"expires {last}", f"{name} expires after {last}.", severity=catalogue.INFO))
        if limit is not None and (exemption.expires - policy.today(now)).days > limit // DAY:
            text = f"{name} lasts until {last}, longer than the {values.duration_text(limit)} allowed."
            found.append(results.failed(f"expires {last}", text))
        if listed is not None and not listed[exemption.id]:
            text = f"{name} matches no virtual machine{_pattern_hint(exemption.match)}."
            found.append(results.failed("matches nothing", text))
        elif state != EXPIRED and assessed[exemption.id] and exemption.id not in needed:
            text = f"{name} is not needed: none of its checks failed."
            found.append(results.failed("not needed", text, severity=catalogue.INFO))
        for one in found:
            completed = results.result(policy.defaults, "exemption", "valid and needed", one)
            yield completed._replace(exemption=exemption.id)


def orphan(found: Sequence[Mapping[str, t.Any]], policy: Policy) -> results.Result:
    """Whether every backup belongs to a listed virtual machine."""
    if found:
        ids = [backup["id"] for backup in found]
        text = f"{_text.counted(len(ids), 'backup')} of no listed virtual machine: {_text.ids_named('backup', ids)}."
        outcome = results.failed(str(len(ids)), text)._replace(backup_ids=tuple(ids[: results.MOST_IDS]))
    else:
        outcome = results.passed(
            "none", "Every backup that the owners of virtual machines have belongs to one of them."
        )
    return results.result(policy.defaults, "orphan", "no backup without a virtual machine", outcome)


def orphan_not_assessed(why: str, *, failed: bool) -> results.Result:
    """The result if orphans were not searched; `failed` says whether something could not be read."""
    status = results.UNKNOWN if failed else results.INSUFFICIENT_DATA
    return results.Result("orphan", status, catalogue.INFO, "no backup without a virtual machine", "not known", why)


def _pattern_hint(conditions: tuple[Condition, ...]) -> str:
    """What may be wrong with patterns that match nothing, in parentheses; empty if nothing looks wrong."""
    globs = "".join(glob for one in conditions for glob in one.globs)
    hints = []
    if "^" in globs or "$" in globs:
        hints.append("patterns are shell globs such as db-*, not regular expressions with ^ and $")
    if "," in globs:
        hints.append("a comma is part of the pattern, so write several patterns as a list")
    if globs.lower() != globs:
        hints.append("patterns are case-sensitive, so upper case matches only upper case")
    return f" ({'; '.join(hints)})" if hints else ""
