# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The result of `onapp_backup_info`: fetch, assess, filter, count. No clock, no environment, no AnsibleModule."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.fetch import CloudFetch, FetchedVm, FetchSpec
from ansible_collections.community.onapp.plugins.module_utils._assessment.state import STATES, assess
from ansible_collections.community.onapp.plugins.module_utils._facts import (
    backup_facts,
    recovery_point_facts,
    schedule_facts,
    virtual_machine_facts,
)
from ansible_collections.community.onapp.plugins.module_utils._fields import utc_text
from ansible_collections.community.onapp.plugins.module_utils._records import (
    RECOVERY_POINTS,
    SCHEDULES,
    TRANSACTIONS,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
    from ansible_collections.community.onapp.plugins.module_utils._assessment.state import Assessment
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Clock, Policy
    from ansible_collections.community.onapp.plugins.module_utils._records import Backup

    Facts = dict[str, t.Any]
    Keeps = Callable[[Facts, Backup], bool]


class Params(t.NamedTuple):
    """The parsed options. Times are UTC seconds; None means that a filter is not set."""

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
    evidence: tuple[str, ...] = ()

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
    """The facts to return, and warnings."""

    facts: Facts
    warnings: list[str]


def gather(client: Client, params: Params) -> Result:
    """Fetch and assess. Raises OnAppError when the virtual machines cannot be read, or, on request, at any failure."""
    clock, now = params.policy.clock, params.now
    spec = FetchSpec(
        params.names,
        params.backup_type,
        disks="disks" in params.subset,
        backups="backups" in params.subset,
        naive_as=clock.naive_as,
        evidence=params.evidence,
    )
    fetch = CloudFetch(client, spec)
    found: dict[int, tuple[Facts, list[Facts], list[Facts]]] = {}
    states = dict.fromkeys(STATES, 0)
    not_assessed = list(_not_assessed(params))
    for fetched in fetch.virtual_machines():
        if params.fail_on_error and fetch.failures:
            raise fetch.failures[0].error
        assessment = assess_vm(fetched, params.policy, now, not_assessed, params.generated_at)
        states[assessment.state] += 1
        more = evidence_of(fetched, clock, now)
        points = more.pop(RECOVERY_POINTS, [])
        facts = {**virtual_machine_facts(fetched.vm), "backup": assessment.as_facts(now), **more}
        found[fetched.vm.id] = facts, backups_of(fetched, clock, now, params.keeps), points
    if params.fail_on_error and fetch.failures:
        raise fetch.failures[0].error
    ordered = [found[vm.id] for vm in fetch.listed if vm.id in found]
    backups = [backup for _facts, those, _points in ordered for backup in those]
    points = [point for _facts, _backups, those in ordered for point in those]
    return Result(
        {
            "backups": backups,
            **({RECOVERY_POINTS: points} if RECOVERY_POINTS in params.evidence else {}),
            "virtual_machines": [facts for facts, _backups, _points in ordered if "virtual_machines" in params.subset],
            "summary": {
                "virtual_machines": len(found),
                "states": states,
                "backups": len(backups),
                "total_size_bytes": sum(backup["backup_size_bytes"] or 0 for backup in backups),
            },
            "cloud": {"url": client.connection.url},
            "health": {
                "complete": not fetch.failures,
                "failures": [failure.as_facts() for failure in fetch.failures],
                "dropped": [{"id": vm.id, "identifier": vm.identifier, "label": vm.label} for vm in fetch.dropped],
                "generated_at": utc_text(params.generated_at),
            },
            "api": api_facts(client),
        },
        fetch.warnings(len(found)),
    )


def assess_vm(
    fetched: FetchedVm, policy: Policy, now: int, problems: Iterable[str] = (), read_at: int | None = None
) -> Assessment:
    """The assessment of a virtual machine as it was fetched, with the flag `exempt` if it applies."""
    assessment = assess(fetched, policy, now, problems, read_at)
    if not policy.exemptions_for(fetched.vm, now):
        return assessment
    # A task without exemptions need not compile the checks.
    from ansible_collections.community.onapp.plugins.module_utils._checks.run import run_checks, with_exempt_flag

    return with_exempt_flag(assessment, run_checks(fetched.vm, assessment, policy, now))


def _not_assessed(params: Params) -> Iterator[str]:
    """Why the options do not allow an assessment."""
    if params.backup_type != "all":
        yield f"only {params.backup_type} backups were read (backup_type), and an assessment needs all"
    for part in ("backups", "disks"):
        if part not in params.subset:
            yield f"{part} were not read (gather_subset), and an assessment needs them"


def backups_of(fetched: FetchedVm, clock: Clock, now: int, keeps: Keeps | None = None) -> list[Facts]:
    """The facts of the backups of a virtual machine, or of those that `keeps` accepts, newest first."""
    kept = []
    for row, record in zip(fetched.rows.backups or (), fetched.backups or ()):
        facts = backup_facts(row, record, fetched.vm, clock, now)
        if TRANSACTIONS in fetched.evidence:
            facts["transaction_status"] = record.transaction_status
            facts["transaction_at"] = utc_text(record.transaction_at)
        if keeps is None or keeps(facts, record):
            kept.append((record.created_at.seconds or 0, record.id, facts))
    return [facts for _created, _id, facts in sorted(kept, key=lambda item: item[:2], reverse=True)]


def evidence_of(fetched: FetchedVm, clock: Clock, now: int) -> Facts:
    """The facts of further evidence on a virtual machine, by kind; a kind that was not asked for has no key.

    `recovery_points` are the newest first, empty if they could not be read; `schedules` are None then.
    """
    facts: Facts = {}
    if RECOVERY_POINTS in fetched.evidence:
        pairs = zip(fetched.rows.evidence[RECOVERY_POINTS] or (), fetched.recovery_points or ())
        newest_first = sorted(pairs, key=lambda pair: (pair[1].created_at.seconds or 0, pair[1].id), reverse=True)
        facts[RECOVERY_POINTS] = [recovery_point_facts(row, one, fetched.vm, clock, now) for row, one in newest_first]
    if SCHEDULES in fetched.evidence:
        schedules = None if SCHEDULES in fetched.evidence_failures else fetched.schedules
        facts[SCHEDULES] = None if schedules is None else list(map(schedule_facts, schedules))
    return facts


def api_facts(client: Client) -> Facts:
    """What the run cost: `requests`, `retries`, `waited_seconds`, `elapsed_seconds`."""
    throttle = client.throttle
    return {
        "requests": throttle.requests,
        "retries": throttle.retries,
        "waited_seconds": round(throttle.waited_seconds, 3),
        "elapsed_seconds": round(throttle.elapsed_seconds, 3),
    }
