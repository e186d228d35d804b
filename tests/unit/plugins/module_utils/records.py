# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records of a virtual machine for the tests of checks. `NOW` is 2026-03-30T06:00:00Z; ages are in seconds before it.

All tenant text contains a marker, by which `results` detects it in messages.
"""

from __future__ import annotations

import re
import types

from ansible_collections.community.onapp.plugins.module_utils._api.fetch import Failure, FetchedVm
from ansible_collections.community.onapp.plugins.module_utils._assessment import state
from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import Survey
from ansible_collections.community.onapp.plugins.module_utils._checks.results import MOST_IDS, STATUSES
from ansible_collections.community.onapp.plugins.module_utils._checks.run import run_checks
from ansible_collections.community.onapp.plugins.module_utils._errors import DecodeError
from ansible_collections.community.onapp.plugins.module_utils._facts import Params
from ansible_collections.community.onapp.plugins.module_utils._fields import Instant, moment
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import SEVERITIES
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.module_utils._records import (
    EVIDENCE,
    Backup,
    Disk,
    RecoveryPoint,
    Schedule,
    Target,
    VirtualMachine,
)

NOW = 1774850400
MINUTE = 60
HOUR = 3600
DAY = 24 * HOUR
VM_ID = 42
VM = Target("VirtualMachine", VM_ID)
DISK_1 = Target("Disk", 1)
DISK_2 = Target("Disk", 2)
MISSING = Instant(None, "missing")
UNPARSABLE = Instant(None, "unparsable")
TENANT = "tenant's own {{ text }}"
GB = 1024 * 1024
NEXT_SENTENCE = re.compile(r"[.!?]\s")


def vm(**fields):
    record = VirtualMachine(
        id=VM_ID,
        identifier=TENANT,
        label=TENANT,
        hostname=TENANT,
        built=True,
        booted=True,
        user_id=7,
        template_id=3,
        operating_system=TENANT,
        operating_system_distro=TENANT,
        created_at=NOW - 800 * DAY,
    )
    return record._replace(**fields)


def linux_vm(**fields):
    """A virtual machine whose texts differ, for patterns of policies."""
    texts = {"identifier": "abcdef123456", "label": "db-01", "hostname": "db-01.example.com"}
    system = {"operating_system": "linux", "operating_system_distro": "rhel"}
    return vm(**{**texts, **system, "created_at": 0, **fields})


def disk(number=1, age=800 * DAY, **fields):
    record = Disk(
        id=number,
        virtual_machine_id=VM_ID,
        identifier=TENANT,
        label=TENANT,
        is_swap=False,
        created_at=None if age is None else NOW - age,
    )
    return record._replace(**fields)


def at(seconds):
    """A readable time."""
    return Instant(seconds, None)


def point(number, age, target=DISK_1, **fields):
    """A usable recovery point of 10 GB that was built at once; backup servers alternate by id."""
    record = Backup(
        id=number,
        backup_type="incremental" if target.kind == "VirtualMachine" else "normal",
        target=target,
        created_at=at(NOW - age),
        built_at=at(NOW - age),
        built=True,
        marked_for_delete=False,
        locked=False,
        size=10 * GB,
        backup_server_id=1 + number % 2,
        initiated="days",
        updated_at=NOW - age,
    )
    return record._replace(**fields)


def attempt(number, age, target=DISK_1, **fields):
    return point(number, age, target, **{"built": False, "built_at": MISSING, "size": None, **fields})


def failed_attempt(number, age, target=DISK_1, status="failed", **fields):
    """An attempt whose transaction ended an hour after the start."""
    at = NOW - age + HOUR
    return attempt(number, age, target, **{"transaction_status": status, "transaction_at": at, **fields})


def plugin_point(number, age, **fields):
    """A usable plug-in recovery point."""
    record = RecoveryPoint(
        id=number,
        virtual_machine_id=VM_ID,
        resource_id=1,
        state="built",
        size=0,
        created_at=at(NOW - age),
        updated_at=None,
    )
    return record._replace(**fields)


def schedule(number, target=DISK_1, **fields):
    """An enabled schedule of daily backups without failures."""
    record = Schedule(
        id=number,
        target=target,
        action="autobackup",
        period="days",
        duration=1,
        rotation_period=2,
        start_at=NOW - 100 * DAY,
        status="enabled",
        failure_count=0,
    )
    return record._replace(**fields)


def dated(number, text, target=DISK_1, **fields):
    """A usable recovery point of a time as text."""
    return point(number, NOW - moment(text), target, **fields)


def healthy(target=DISK_1, first=1000):
    """Points that pass all checks: every day for five weeks, and every 20 days for two years."""
    ages = [4 * HOUR + days * DAY for days in [*range(35), *range(40, 780, 20)]]
    return [point(first + len(ages) - place, age, target) for place, age in enumerate(ages)]


ONE_DISK = (disk(),)
TWO_DISKS = (disk(1), disk(2))


def limits(**keys):
    """A policy with only limits."""
    return {"defaults": keys}


def having(**what):
    """The arguments of `assessed` or `results` in a case."""
    return what


def assess(
    machine,
    disks,
    backups,
    policy,
    now,
    problems=(),
    read_at=None,
    *,
    evidence=(),
    recovery_points=None,
    schedules=None,
    unread=None,
):
    """The assessment of records; `unread` has the reason by kind of unread evidence."""
    fetched = FetchedVm(
        machine,
        disks,
        backups,
        failures=(),
        evidence=dict.fromkeys(evidence),
        recovery_points=recovery_points,
        schedules=schedules,
        evidence_failures={kind: Failure(DecodeError(text), machine) for kind, text in (unread or {}).items()},
    )
    return state.assess(fetched, policy, now, problems, read_at)


def evidence_arguments(recovery_points=MISSING, schedules=MISSING, unread=None, evidence=()):
    """The arguments of `assess` for optional evidence; missing records were not requested."""
    unread = unread or {}
    given = {"recovery_points": recovery_points, "schedules": schedules}
    kinds = tuple(
        kind for kind in EVIDENCE if kind in evidence or kind in unread or given.get(kind, MISSING) is not MISSING
    )
    records = {kind: None if value is MISSING else value for kind, value in given.items()}
    return {**records, "evidence": kinds, "unread": unread}


def assessed(disks=ONE_DISK, backups=(), machine=None, policy=None, problems=(), now=NOW, read_at=None, **more):
    return assess(
        machine or vm(), disks, backups, parse_policy(policy), now, problems, read_at, **evidence_arguments(**more)
    )


def comparable(assessment):
    """An assessment in a form that is equal only with equal evidence."""
    evidence = assessment.evidence and {
        name: vars(value) if isinstance(value, Survey) else value for name, value in vars(assessment.evidence).items()
    }
    return assessment._replace(evidence=evidence)


def facts_of(assessment, now=NOW):
    """The facts of an assessment and of its disks as attributes, times as UTC seconds."""

    def attributes(facts):
        seconds = {key: moment(value) for key, value in facts.items() if key.endswith("_at") and value is not None}
        return types.SimpleNamespace(**{**facts, **seconds})

    facts = assessment.as_facts(now)
    return attributes({**facts, "disks": [attributes(disk) for disk in facts["disks"]]})


def facts_params(policy, now):
    """Parameters with which `onapp_backup_info` reads all data."""
    return Params(
        names=(),
        backup_type="all",
        created_after=None,
        created_before=None,
        initiated=frozenset(),
        usable=None,
        subset=frozenset({"backups", "disks", "virtual_machines"}),
        policy=policy,
        now=now,
        generated_at=now,
        fail_on_error=False,
    )


def case_of(**given):
    return assessed(**given).evidence


def results(disks=ONE_DISK, backups=(), machine=None, policy=None, problems=(), now=NOW, **more):
    """The results of all checks by name, with assertions for every result."""
    machine = machine or vm()
    policy = parse_policy(policy)
    assessment = assess(machine, disks, backups, policy, now, problems, **evidence_arguments(**more))
    found = run_checks(machine, assessment, policy, now)
    for one in found:
        assert_valid_result(one, {backup.id for backup in backups or ()})
    named = {one.check: one for one in found}
    assert len(named) == len(found)
    return named


def assert_valid_result(found, ids):
    """Assert that reports can show a result unchanged."""
    assert found.status in STATUSES, found
    assert found.severity in SEVERITIES, found
    assert (found.status == "fail") <= (found.severity == "critical"), found
    assert (found.status == "warn") <= (found.severity != "critical"), found
    assert found.expected, found
    assert found.actual, found
    assert found.message[0].isupper() or found.message[0].isdigit(), found
    assert found.message.endswith("."), found
    assert not NEXT_SENTENCE.search(found.message[:-1]), found
    assert ".." not in found.message, found
    assert "tenant" not in f"{found.expected} {found.actual} {found.message}", found
    assert len(set(found.backup_ids)) == len(found.backup_ids) <= MOST_IDS, found
    assert ids.issuperset(found.backup_ids), found


# Seven of the last eight days, and older points: the example of retention and gaps.
KEPT_DAYS = ("01-31", "03-01", "03-15", "03-22", "03-23", "03-24", "03-25", "03-26", "03-28", "03-29")
KEPT = [dated(number, f"2026-{day}T02:00:00Z") for number, day in enumerate(KEPT_DAYS, start=1)]
