# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The facts of virtual machines, backups and further evidence: always the same keys, each with one type.

`gather` makes the result of `onapp_backup_info` of them. No clock, no environment, no AnsibleModule.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable, Mapping

from . import _fields, _records
from ._api.fetch import CloudFetch, FetchedVm, clock_warnings
from ._assessment import coverage
from ._assessment.state import STATES, Assessment, assess

if t.TYPE_CHECKING:
    from ._api.client import Client
    from ._policy.policy import Clock, Policy

    Facts = dict[str, t.Any]

BYTES_PER_KB = 1024
TIME = "time"
# Every field of the vendor page "Get List of Normal Backups", under its own name, with the type that it has there.
# A field that is not here is in `extra`.
BACKUP_FIELDS: dict[str, t.Any] = {
    "allow_resize_without_reboot": _fields.as_boolean,
    "allowed_hot_migrate": _fields.as_boolean,
    "allowed_swap": _fields.as_boolean,
    "backup_server_id": _fields.as_integer,
    "backup_size": _fields.as_integer,
    "backup_type": _fields.as_word,
    "built": _fields.as_boolean,
    "built_at": TIME,
    "created_at": TIME,
    "data_store_type": _fields.as_word,
    "disk_id": _fields.as_integer,
    "id": _fields.as_integer,
    "identifier": _fields.as_word,
    "image_type": _fields.as_word,
    "initiated": _fields.as_word,
    "iqn": _fields.as_text,
    "locked": _fields.as_boolean,
    "marked_for_delete": _fields.as_boolean,
    "min_disk_size": _fields.as_integer,
    "min_memory_size": _fields.as_integer,
    "note": _fields.as_text,
    "operating_system": _fields.as_word,
    "operating_system_distro": _fields.as_word,
    "target_id": _fields.as_integer,
    "target_type": _fields.as_word,
    "template_id": _fields.as_integer,
    "updated_at": TIME,
    "user_id": _fields.as_integer,
    "volume_id": _fields.as_integer,
}
VIRTUAL_MACHINE_FIELDS = tuple(name for name in _records.VirtualMachine._fields if name != "unreadable")


def backup_facts(
    row: Mapping[str, t.Any],
    backup: _records.Backup,
    vm: _records.VirtualMachine,
    clock: Clock,
    now: int,
    later: range = range(0),
) -> Facts:
    """The facts of a backup: the documented fields, what is derived from them, and in `extra` anything else of its row.

    Times are UTC text, sizes whole numbers, `age_seconds` counts from the data time that the policy's clock chooses and
    is None when that time is missing, unreadable, in the future or among those of `later`. A value that cannot be
    converted is None, and in `extra` as the panel sent it.
    """
    get = row.get
    # What the record derives, and its times, which take long to parse.
    typed: Facts = {
        "backup_type": backup.backup_type,
        "built_at": _fields.utc_text(backup.built_at.seconds),
        # The record has built_at where the panel recorded no creation.
        "created_at": None if get("created_at") in (None, "") else _fields.utc_text(backup.created_at.seconds),
        "initiated": backup.initiated,
    }
    extra = {} if row.keys() <= BACKUP_FIELDS.keys() else {name: row[name] for name in row if name not in BACKUP_FIELDS}
    facts: Facts = {}
    for name, convert in BACKUP_FIELDS.items():
        sent = get(name)
        if name in typed:
            value = typed[name]
        elif sent is None:
            value = None
        else:
            value = (
                _fields.utc_text(_fields.as_instant(sent, clock.naive_as).seconds) if convert is TIME else convert(sent)
            )
        facts[name] = value
        if value is None and sent not in (None, ""):
            extra[name] = sent
    sent_type = get("backup_type")
    if sent_type not in (None, "", backup.backup_type) and _fields.as_word(sent_type) != backup.backup_type:
        extra["backup_type"] = sent_type
    facts.update(
        virtual_machine_id=vm.id,
        virtual_machine_identifier=vm.identifier,
        virtual_machine_label=vm.label,
        backup_size_bytes=None if backup.size is None else backup.size * BYTES_PER_KB,
        **coverage.usability(backup, clock, now, later),
        extra=extra,
    )
    return facts


def virtual_machine_facts(vm: _records.VirtualMachine) -> Facts:
    """A virtual machine's facts; no other field of its row is handed on."""
    facts = {name: getattr(vm, name) for name in VIRTUAL_MACHINE_FIELDS}
    facts.update(created_at=_fields.utc_text(vm.created_at), ip_addresses=list(vm.ip_addresses))
    return facts


def recovery_point_facts(
    row: Mapping[str, t.Any],
    point: _records.RecoveryPoint,
    vm: _records.VirtualMachine,
    clock: Clock,
    now: int,
    later: range,
) -> Facts:
    """The facts of a plug-in recovery point. `extra` has times without a zone, and values of another type, as sent."""
    backup = coverage.backup_of_plugin(vm, point)
    facts: Facts = {
        "id": point.id,
        "virtual_machine_id": vm.id,
        "resource_id": point.resource_id,
        "state": point.state,
        "size_bytes": point.size,
        "created_at": _fields.utc_text(point.created_at.seconds),
        "updated_at": _fields.utc_text(point.updated_at),
        **coverage.usability(backup, clock, now, later),
    }
    sent = {("size_bytes" if name == "size" else name): value for name, value in row.items()}
    facts["extra"] = {
        name: value for name, value in sent.items() if value not in (None, "") and facts.get(name) is None
    }
    if point.created_at.problem == "no_offset":
        facts["extra"]["created_at"] = row["created_at"]
    return facts


def schedule_facts(schedule: _records.Schedule) -> Facts:
    """The facts of a schedule of automatic backups."""
    facts = schedule._asdict()
    del facts["unreadable"]
    target = facts.pop("target")
    facts.update(target_type=target.kind or None, target_id=target.id, start_at=_fields.utc_text(schedule.start_at))
    return facts


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

    def keeps(self, backup: Facts, record: _records.Backup) -> bool:
        """Whether a backup passes the filters. One without a readable creation time passes no filter on that time."""
        created = record.created_at.seconds
        if self.created_after is not None and (created is None or created < self.created_after):
            return False
        if self.created_before is not None and (created is None or created >= self.created_before):
            return False
        if self.initiated and backup["initiated"] not in self.initiated:
            return False
        return self.usable is None or backup["usable"] is self.usable


def gather(client: Client, params: Params) -> tuple[Facts, list[str]]:
    """The facts to return, and warnings. Raises OnAppError if the list, or on request anything, cannot be read."""
    clock, now = params.policy.clock, params.now
    later = coverage.times_after(now, params.generated_at, clock)
    fetch = CloudFetch(
        client,
        params.names,
        params.backup_type,
        disks="disks" in params.subset,
        backups="backups" in params.subset,
        fail_on_error=params.fail_on_error,
        naive_as=clock.naive_as,
        evidence=params.evidence,
    )
    found: dict[int, tuple[Facts, list[Facts], list[Facts]]] = {}
    states = dict.fromkeys(STATES, 0)
    unread = [part for part in ("backups", "disks") if part not in params.subset]
    not_assessed = [f"{part} were not read (gather_subset), and an assessment needs them" for part in unread]
    if params.backup_type != "all":
        text = f"only {params.backup_type} backups were read (backup_type), and an assessment needs all"
        not_assessed.insert(0, text)
    for fetched in fetch.virtual_machines():
        assessment = assess_vm(fetched, params.policy, now, not_assessed, params.generated_at)
        states[assessment.state] += 1
        more = evidence_of(fetched, clock, now, later)
        points = more.pop(_records.RECOVERY_POINTS, [])
        machine = {**virtual_machine_facts(fetched.vm), "backup": assessment.as_facts(now), **more}
        found[fetched.vm.id] = machine, backups_of(fetched, clock, now, later, params.keeps), points
    ordered = [found[vm.id] for vm in fetch.listed if vm.id in found]
    backups = [backup for _machine, those, _points in ordered for backup in those]
    points = [point for _machine, _backups, those in ordered for point in those]
    facts = {
        "backups": backups,
        **({_records.RECOVERY_POINTS: points} if _records.RECOVERY_POINTS in params.evidence else {}),
        "virtual_machines": [machine for machine, _backups, _points in ordered if "virtual_machines" in params.subset],
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
            "generated_at": _fields.utc_text(params.generated_at),
        },
        "api": api_facts(client),
    }
    return facts, fetch.warnings(len(found)) + clock_warnings(client, params.generated_at, clock.max_skew)


def assess_vm(
    fetched: FetchedVm, policy: Policy, now: int, problems: Iterable[str] = (), read_at: int | None = None
) -> Assessment:
    """The assessment of a virtual machine as it was fetched, with the flag `exempt` if it applies."""
    assessment = assess(fetched, policy, now, problems, read_at)
    if not policy.exemptions_for(fetched.vm, now):
        return assessment
    # A task without exemptions need not compile the checks.
    from ._checks.run import run_checks, with_exempt_flag

    return with_exempt_flag(assessment, run_checks(fetched.vm, assessment, policy, now))


def backups_of(
    fetched: FetchedVm,
    clock: Clock,
    now: int,
    later: range,
    keeps: Callable[[Facts, _records.Backup], bool] | None = None,
) -> list[Facts]:
    """The facts of the backups of a virtual machine, or of those that `keeps` accepts, newest first."""
    kept = []
    for row, record in zip(fetched.backup_rows or (), fetched.backups or ()):
        facts = backup_facts(row, record, fetched.vm, clock, now, later)
        if _records.TRANSACTIONS in fetched.evidence:
            facts["transaction_status"] = record.transaction_status
            facts["transaction_at"] = _fields.utc_text(record.transaction_at)
        if keeps is None or keeps(facts, record):
            kept.append((record.created_at.seconds or 0, record.id, facts))
    return [facts for _created, _id, facts in sorted(kept, key=lambda item: item[:2], reverse=True)]


def evidence_of(fetched: FetchedVm, clock: Clock, now: int, later: range) -> Facts:
    """The facts of further evidence on a virtual machine, by kind; a kind that was not asked for has no key.

    `recovery_points` are the newest first, empty if they could not be read; `schedules` are None then.
    """
    facts: Facts = {}
    if _records.RECOVERY_POINTS in fetched.evidence:
        pairs = zip(fetched.evidence[_records.RECOVERY_POINTS] or (), fetched.recovery_points or ())
        newest_first = sorted(pairs, key=lambda pair: (pair[1].created_at.seconds or 0, pair[1].id), reverse=True)
        facts[_records.RECOVERY_POINTS] = [
            recovery_point_facts(row, one, fetched.vm, clock, now, later) for row, one in newest_first
        ]
    if _records.SCHEDULES in fetched.evidence:
        schedules = None if _records.SCHEDULES in fetched.evidence_failures else fetched.schedules
        facts[_records.SCHEDULES] = None if schedules is None else list(map(schedule_facts, schedules))
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
