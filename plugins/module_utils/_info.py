# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The result of `onapp_backup_info`: collect, judge, filter, count. No clock, no environment, no AnsibleModule."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.collect import Collected, Collection, Wanted
from ansible_collections.community.onapp.plugins.module_utils._facts import backup_facts, virtual_machine_facts
from ansible_collections.community.onapp.plugins.module_utils._fields import as_integer, utc_text
from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine
from ansible_collections.community.onapp.plugins.module_utils._verdict.collected import (
    Records,
    judged_protected,
    verdict_on,
)
from ansible_collections.community.onapp.plugins.module_utils._verdict.state import STATES

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Clock, Policy
    from ansible_collections.community.onapp.plugins.module_utils._records import Backup

    Facts = dict[str, t.Any]


class Question(t.NamedTuple):
    """What the user asked for, checked. Times are UTC seconds; None means that a filter is not set."""

    names: tuple[str, ...]
    backup_type: str
    created_after: int | None
    created_before: int | None
    initiated: frozenset[str]
    usable: bool | None
    subset: frozenset[str]
    policy: Policy
    now: int
    generated_at: int
    fail_on_error: bool
    by_owner: bool = False

    @property
    def wanted(self) -> Wanted:
        wanted = Wanted(self.names, self.backup_type, "disks" in self.subset, "backups" in self.subset)
        # Without a verdict, nothing says whether the list of an owner suffices.
        if not self.by_owner or self.backup_type != "all" or not {"backups", "disks"} <= self.subset:
            return wanted
        return wanted._replace(suffices=judged_protected(self.policy, self.now))

    def keeps(self, backup: Facts, record: Backup) -> bool:
        """Whether a backup passes the filters. One without a readable creation time passes no filter on that time."""
        created = record.created_at.seconds
        if self.created_after is not None and (created is None or created < self.created_after):
            return False
        if self.created_before is not None and (created is None or created >= self.created_before):
            return False
        if self.initiated and backup["initiated"] not in self.initiated:
            return False
        return self.usable is None or backup["usable"] is self.usable


class Result(t.NamedTuple):
    """The facts to return, and what the user must be told besides."""

    facts: Facts
    warnings: list[str]


def gather(client: Client, question: Question) -> Result:
    """Answer a question. Raises OnAppError when nothing can be said, or at the first failure if that was asked for."""
    collection = Collection(client, question.wanted)
    backups: list[Facts] = []
    virtual_machines: list[Facts] = []
    states = dict.fromkeys(STATES, 0)
    listed = 0
    for collected in collection.virtual_machines():
        if question.fail_on_error and collected.failures:
            raise collected.failures[0].error
        listed += 1
        records = Records.of(collected, question.policy.clock.naive_as)
        verdict = verdict_on(records, question.policy, question.now, _not_asked(question))
        states[verdict.state] += 1
        backups += backups_of(collected, records, question.policy.clock, question.now, question.keeps)
        if "virtual_machines" in question.subset:
            facts = virtual_machine_facts(collected.virtual_machine, question.policy.clock.naive_as)
            virtual_machines.append({**facts, "backup": verdict.as_facts(question.now)})
    if question.by_owner:
        places = {as_integer(row["id"]): place for place, row in enumerate(collection.listed)}
        virtual_machines.sort(key=lambda facts: places[facts["id"]])
        backups.sort(key=lambda facts: places[facts["virtual_machine_id"]])
    if question.fail_on_error and collection.failures:
        raise collection.failures[0].error
    return Result(
        {
            "backups": backups,
            "virtual_machines": virtual_machines,
            "summary": {
                "virtual_machines": listed,
                "states": states,
                "backups": len(backups),
                "total_size_bytes": sum(backup["backup_size_bytes"] or 0 for backup in backups),
            },
            "cloud": {"url": client.connection.url},
            "health": _health(collection, question),
            "api": _api(client),
        },
        collection.warnings(listed),
    )


def _not_asked(question: Question) -> Iterator[str]:
    """Why there is no verdict to be had from what was asked for."""
    if question.backup_type != "all":
        yield f"only {question.backup_type} backups were read (backup_type), and a verdict needs all"
    for part in ("backups", "disks"):
        if part not in question.subset:
            yield f"{part} were not gathered (gather_subset), and a verdict needs them"


def backups_of(
    collected: Collected,
    records: Records,
    clock: Clock,
    now: int,
    keeps: Callable[[Facts, Backup], bool] = lambda facts, record: True,
) -> list[Facts]:
    """The facts of a virtual machine's backups that are to be kept, newest first."""
    kept = []
    for row, record in zip(collected.backups or (), records.backups or ()):
        facts = backup_facts(row, record, records.vm, clock, now)
        if keeps(facts, record):
            kept.append((record.created_at.seconds or 0, record.id, facts))
    return [facts for _created, _id, facts in sorted(kept, key=lambda item: item[:2], reverse=True)]


def _health(collection: Collection, question: Question) -> Facts:
    return {
        "complete": not collection.failures,
        "failures": [failure.as_facts() for failure in collection.failures],
        "dropped": [
            {"id": vm.id, "identifier": vm.identifier, "label": vm.label}
            for vm in map(VirtualMachine.from_row, collection.dropped)
        ],
        "generated_at": utc_text(question.generated_at),
    }


def _api(client: Client) -> Facts:
    throttle = client.throttle
    return {
        "requests": throttle.requests,
        "retries": throttle.retries,
        "waited_seconds": round(throttle.waited_seconds, 3),
        "elapsed_seconds": round(throttle.elapsed_seconds, 3),
    }
