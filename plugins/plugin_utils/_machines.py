# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""From the panel, or from a snapshot of it, to judged virtual machines: all there is to know before a host is added."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.collect import Collection, Wanted
from ansible_collections.community.onapp.plugins.module_utils._facts import virtual_machine_facts
from ansible_collections.community.onapp.plugins.module_utils._fields import as_integer
from ansible_collections.community.onapp.plugins.module_utils._info import backups_of
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import duration_text
from ansible_collections.community.onapp.plugins.module_utils._verdict.collected import (
    Records,
    judged_protected,
    verdict_on,
)
from ansible_collections.community.onapp.plugins.plugin_utils._filters import Filter, is_kept
from ansible_collections.community.onapp.plugins.plugin_utils._health import CACHE, Health
from ansible_collections.community.onapp.plugins.plugin_utils._host_variables import HEALTH, latest, prefixed
from ansible_collections.community.onapp.plugins.plugin_utils._snapshot import (
    Recorder,
    Snapshot,
    Unusable,
)

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
    from ansible_collections.community.onapp.plugins.module_utils._api.collect import Collected
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Policy
    from ansible_collections.community.onapp.plugins.plugin_utils._expressions import Expressions

    Facts = dict[str, t.Any]

NONE, LATEST, ALL = "none", "latest", "all"
CACHED_FLAG = "facts_cached"


class Machine(t.NamedTuple):
    """A judged virtual machine: facts, verdict, and its backups' facts, None when the inventory shows none."""

    facts: Facts
    verdict: Facts
    backups: list[Facts] | None


class Question(t.NamedTuple):
    """What the options ask for, checked. Times are UTC seconds, `now` that of the evaluation, `fetched_at` that of
    the clock; `max_cache_age` is seconds or None."""

    filters: list[Filter]
    prefix: str
    policy: Policy
    now: int
    fetched_at: int
    include_backups: str
    fail_on_error: bool
    max_cache_age: int | None
    by_owner: bool = False


class Cloud(t.NamedTuple):
    """The judged virtual machines, the record on how they were read, and what the user must be told."""

    machines: list[Machine]
    health: Health
    warnings: list[str]


class Reader:
    """Reads clouds for one question."""

    def __init__(self, question: Question, expressions: Expressions, cloud: str) -> None:
        self._question = question
        self._expressions = expressions
        self._cloud = cloud

    def fresh(self, client: Client, *, snapshot: bool) -> tuple[Cloud, Snapshot | None]:
        """The cloud as the panel shows it now, and on request what to judge again later.

        There is no snapshot of a cloud that could not be read whole: nobody should see its gaps longer than they last.
        Raises OnAppError when the virtual machines cannot be read, or when a part cannot and that is to be fatal.
        """
        question = self._question
        wanted = Wanted(
            keep=self._is_kept if question.filters else None,
            whole_list=True,
            suffices=judged_protected(question.policy, question.now) if question.by_owner else None,
            judged_only=question.include_backups == NONE,
        )
        collection = Collection(client, wanted)
        recorder = Recorder(is_whole=question.include_backups != NONE) if snapshot else None
        machines: list[Machine] = []
        backups = 0
        for collected in collection.virtual_machines():
            if question.fail_on_error and collected.failures:
                raise collected.failures[0].error
            machine = self._machine(collected, ())
            machines.append(machine)
            backups += len(collected.backups or ())
            if recorder:
                recorder.add(collected.virtual_machine, collected.disks or [], collected.backups or [])
        machines.sort(key=lambda machine: machine.facts["id"])
        health = Health(
            cloud=self._cloud,
            generated_at=question.now,
            virtual_machines=len(machines),
            backups=backups,
            requests=client.throttle.requests,
            failures=tuple(failure.as_facts() for failure in collection.failures),
        )
        kept = None
        if recorder and not collection.failures:
            settled = {machine.facts["id"] for machine in machines}
            settled.update(as_integer(row["id"]) for row in collection.dropped)
            for row in collection.listed:
                if as_integer(row["id"]) not in settled:
                    recorder.add_unread(row)
            kept = recorder.snapshot(question.fetched_at)
        return Cloud(machines, health, collection.warnings(len(machines), HEALTH)), kept

    def cached(self, snapshot: Snapshot) -> Cloud | None:
        """The cloud of a snapshot, judged now; None when it is damaged, or does not hold all that is asked for."""
        # Whichever clock is ahead: neither a past nor a future time of evaluation makes old facts new.
        age = max(0, max(self._question.now, self._question.fetched_at) - snapshot.fetched_at)
        problems = tuple(self._too_old(age))
        machines, backups = [], 0
        try:
            for collected in snapshot.kept(self._is_kept):
                machines.append(self._machine(collected, problems))
                backups += len(collected.backups or ())
        except Unusable:
            return None
        machines.sort(key=lambda machine: machine.facts["id"])
        health = Health(self._cloud, self._question.now, CACHE, age, len(machines), backups)
        return Cloud(machines, health, list(problems))

    def _too_old(self, age: int) -> Iterable[str]:
        limit = self._question.max_cache_age
        if limit is not None and age > limit:
            yield (
                f"the facts come from the cache and are {duration_text(age)} old, past the limit of"
                f" {duration_text(limit)} (max_cache_age)"
            )

    def _is_kept(self, row: Facts) -> bool:
        filters, policy = self._question.filters, self._question.policy
        if not filters:
            return True
        facts = virtual_machine_facts(row, policy.clock.naive_as)
        return is_kept(filters, prefixed(facts, self._question.prefix), str(facts["id"]), self._expressions)

    def _machine(self, collected: Collected, problems: tuple[str, ...]) -> Machine:
        question, policy = self._question, self._question.policy
        records = Records.of(collected, policy.clock.naive_as)
        verdict = verdict_on(records, policy, question.now, problems)
        if problems:
            verdict = verdict._replace(flags=(*verdict.flags, CACHED_FLAG))
        backups = None
        if question.include_backups != NONE:
            backups = backups_of(collected, records, policy.clock, question.now)
            backups = latest(backups) if question.include_backups == LATEST else backups
        facts = virtual_machine_facts(collected.virtual_machine, policy.clock.naive_as)
        return Machine(facts, verdict.as_facts(question.now), backups)
