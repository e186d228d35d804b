# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The result of `onapp_backup_info`: collect, judge, filter, count. No clock, no environment, no AnsibleModule."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.fetch import CloudFetch, FetchedVm, FetchSpec
from ansible_collections.community.onapp.plugins.module_utils._assessment.records import Records, assess_records
from ansible_collections.community.onapp.plugins.module_utils._assessment.state import STATES
from ansible_collections.community.onapp.plugins.module_utils._checks.run import flag_exempt
from ansible_collections.community.onapp.plugins.module_utils._facts import backup_facts, virtual_machine_facts
from ansible_collections.community.onapp.plugins.module_utils._fields import utc_text
from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Clock, Policy
    from ansible_collections.community.onapp.plugins.module_utils._records import Backup

    Facts = dict[str, t.Any]


class Params(t.NamedTuple):
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

    @property
    def spec(self) -> FetchSpec:
        return FetchSpec(self.names, self.backup_type, "disks" in self.subset, "backups" in self.subset)

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


def gather(client: Client, params: Params) -> Result:
    """Answer a question. Raises OnAppError when nothing can be said, or at the first failure if that was asked for."""
    fetch = CloudFetch(client, params.spec)
    backups: list[Facts] = []
    virtual_machines: list[Facts] = []
    states = dict.fromkeys(STATES, 0)
    listed = 0
    for fetched in fetch.virtual_machines():
        if params.fail_on_error and fetched.failures:
            raise fetched.failures[0].error
        listed += 1
        records = Records.of(fetched, params.policy.clock.naive_as)
        assessment = assess_records(records, params.policy, params.now, _not_asked(params))
        assessment = flag_exempt(assessment, records.vm, params.policy, params.now)
        states[assessment.state] += 1
        backups += backups_of(fetched, records, params.policy.clock, params.now, params.keeps)
        if "virtual_machines" in params.subset:
            facts = virtual_machine_facts(fetched.virtual_machine, params.policy.clock.naive_as)
            virtual_machines.append({**facts, "backup": assessment.as_facts(params.now)})
    if params.fail_on_error and fetch.failures:
        raise fetch.failures[0].error
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
            "health": _health(fetch, params),
            "api": api_facts(client),
        },
        fetch.warnings(listed),
    )


def _not_asked(params: Params) -> Iterator[str]:
    """Why there is no verdict to be had from what was asked for."""
    if params.backup_type != "all":
        yield f"only {params.backup_type} backups were read (backup_type), and a verdict needs all"
    for part in ("backups", "disks"):
        if part not in params.subset:
            yield f"{part} were not gathered (gather_subset), and a verdict needs them"


def backups_of(
    fetched: FetchedVm,
    records: Records,
    clock: Clock,
    now: int,
    keeps: Callable[[Facts, Backup], bool] = lambda facts, record: True,
) -> list[Facts]:
    """The facts of a virtual machine's backups that are to be kept, newest first."""
    kept = []
    for row, record in zip(fetched.backups or (), records.backups or ()):
        facts = backup_facts(row, record, records.vm, clock, now)
        if keeps(facts, record):
            kept.append((record.created_at.seconds or 0, record.id, facts))
    return [facts for _created, _id, facts in sorted(kept, key=lambda item: item[:2], reverse=True)]


def _health(fetch: CloudFetch, params: Params) -> Facts:
    return {
        "complete": not fetch.failures,
        "failures": [failure.as_facts() for failure in fetch.failures],
        "dropped": [
            {"id": vm.id, "identifier": vm.identifier, "label": vm.label}
            for vm in map(VirtualMachine.from_row, fetch.dropped)
        ],
        "generated_at": utc_text(params.generated_at),
    }


def api_facts(client: Client) -> Facts:
    """What the run cost: `requests`, `retries`, `waited_seconds`, `elapsed_seconds`."""
    throttle = client.throttle
    return {
        "requests": throttle.requests,
        "retries": throttle.retries,
        "waited_seconds": round(throttle.waited_seconds, 3),
        "elapsed_seconds": round(throttle.elapsed_seconds, 3),
    }
