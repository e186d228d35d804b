# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""From the panel, or from a snapshot of it, to judged virtual machines: all there is to know before a host is added."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.fetch import CloudFetch, FetchSpec
from ansible_collections.community.onapp.plugins.module_utils._assessment.records import Records, assess_records
from ansible_collections.community.onapp.plugins.module_utils._facts import virtual_machine_facts
from ansible_collections.community.onapp.plugins.module_utils._fields import as_integer
from ansible_collections.community.onapp.plugins.module_utils._info import backups_of
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import duration_text
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
    from ansible_collections.community.onapp.plugins.module_utils._api.fetch import FetchedVm
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Policy
    from ansible_collections.community.onapp.plugins.plugin_utils._expressions import Expressions

    Facts = dict[str, t.Any]

NONE, LATEST, ALL = "none", "latest", "all"
CACHED_FLAG = "facts_cached"


class AssessedVm(t.NamedTuple):
    """A judged virtual machine: facts, verdict, and its backups' facts, None when the inventory shows none."""

    facts: Facts
    assessment: Facts
    backups: list[Facts] | None


class Params(t.NamedTuple):
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


class Cloud(t.NamedTuple):
    """The judged virtual machines, the record on how they were read, and what the user must be told."""

    vms: list[AssessedVm]
    health: Health
    warnings: list[str]


class Reader:
    """Reads clouds for one question."""

    def __init__(self, params: Params, expressions: Expressions, cloud: str) -> None:
        self._question = params
        self._expressions = expressions
        self._cloud = cloud

    def fresh(self, client: Client, *, snapshot: bool) -> tuple[Cloud, Snapshot | None]:
        """The cloud as the panel shows it now, and on request what to judge again later.

        There is no snapshot of a cloud that could not be read whole: nobody should see its gaps longer than they last.
        Raises OnAppError when the virtual machines cannot be read, or when a part cannot and that is to be fatal.
        """
        params = self._question
        spec = FetchSpec(
            keep=self._is_kept if params.filters else None,
            whole_list=True,
        )
        fetch = CloudFetch(client, spec)
        recorder = Recorder(is_whole=params.include_backups != NONE) if snapshot else None
        vms: list[AssessedVm] = []
        backups = 0
        for fetched in fetch.virtual_machines():
            if params.fail_on_error and fetched.failures:
                raise fetched.failures[0].error
            vm = self._vm(fetched, ())
            vms.append(vm)
            backups += len(fetched.backups or ())
            if recorder:
                recorder.add(fetched.virtual_machine, fetched.disks or [], fetched.backups or [])
        vms.sort(key=lambda vm: vm.facts["id"])
        health = Health(
            cloud=self._cloud,
            generated_at=params.now,
            virtual_machines=len(vms),
            backups=backups,
            requests=client.throttle.requests,
            failures=tuple(failure.as_facts() for failure in fetch.failures),
        )
        kept = None
        if recorder and not fetch.failures:
            settled = {vm.facts["id"] for vm in vms}
            settled.update(as_integer(row["id"]) for row in fetch.dropped)
            for row in fetch.listed:
                if as_integer(row["id"]) not in settled:
                    recorder.add_unread(row)
            kept = recorder.snapshot(params.fetched_at)
        return Cloud(vms, health, fetch.warnings(len(vms), HEALTH)), kept

    def cached(self, snapshot: Snapshot) -> Cloud | None:
        """The cloud of a snapshot, judged now; None when it is damaged, or does not hold all that is asked for."""
        # Whichever clock is ahead: neither a past nor a future time of evaluation makes old facts new.
        age = max(0, max(self._question.now, self._question.fetched_at) - snapshot.fetched_at)
        problems = tuple(self._too_old(age))
        vms, backups = [], 0
        try:
            for fetched in snapshot.kept(self._is_kept):
                vms.append(self._vm(fetched, problems))
                backups += len(fetched.backups or ())
        except Unusable:
            return None
        vms.sort(key=lambda vm: vm.facts["id"])
        health = Health(self._cloud, self._question.now, CACHE, age, len(vms), backups)
        return Cloud(vms, health, list(problems))

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

    def _vm(self, fetched: FetchedVm, problems: tuple[str, ...]) -> AssessedVm:
        params, policy = self._question, self._question.policy
        records = Records.of(fetched, policy.clock.naive_as)
        assessment = assess_records(records, policy, params.now, problems)
        if problems:
            assessment = assessment._replace(flags=(*assessment.flags, CACHED_FLAG))
        backups = None
        if params.include_backups != NONE:
            backups = backups_of(fetched, records, policy.clock, params.now)
            backups = latest(backups) if params.include_backups == LATEST else backups
        facts = virtual_machine_facts(fetched.virtual_machine, policy.clock.naive_as)
        return AssessedVm(facts, assessment.as_facts(params.now), backups)
