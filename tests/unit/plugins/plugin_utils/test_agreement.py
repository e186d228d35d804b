# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts, inventory, compliance, filter and test agree on every virtual machine of every generated cloud."""

from __future__ import annotations

import types

import hypothesis
from ansible_collections.community.onapp.plugins.filter.backup_state import FilterModule
from ansible_collections.community.onapp.plugins.module_utils import _facts
from ansible_collections.community.onapp.plugins.module_utils._api.paging import Listing, Page
from ansible_collections.community.onapp.plugins.module_utils._api.throttle import Throttle
from ansible_collections.community.onapp.plugins.module_utils._compliance import run as _compliance
from ansible_collections.community.onapp.plugins.module_utils._errors import (
    DecodeError,
    ForbiddenError,
    NotFoundError,
    ServerError,
)
from ansible_collections.community.onapp.plugins.module_utils._fields import moment, utc_text
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.module_utils._records import EVIDENCE
from ansible_collections.community.onapp.plugins.plugin_utils import _vms
from ansible_collections.community.onapp.plugins.test import backup_fresh as fresh_plugin
from ansible_collections.community.onapp.tests.properties import examples
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import facts_params
from hypothesis import strategies as st

AT = "2026-03-30T06:00:00Z"
NOW = moment(AT)
HOUR = 3600
POLICIES = [
    None,
    {"clock": {"age_from": "built_at"}, "defaults": {"retention": {"daily": {"count": 2, "min": 2}}, "max_gap": {}}},
    {
        "timezone": "Europe/Berlin",
        "day_starts_at": "16:00",
        "scope": {"powered_off": "exclude"},
        "defaults": {"size": {"min_samples": 1, "floor_kb": 0}},
        "rules": [{"name": "first", "match": {"id": 1}, "rpo": "1h", "retention": None}],
        "exemptions": [
            {
                "id": "EX-1",
                "match": {"label": "*b*"},
                "checks": "*",
                "category": "waiver",
                "reason": "a test",
                "approved_by": "nobody",
                "expires": "2026-04-02",
            }
        ],
    },
]

# Ages in hours around the limits; times that are missing, in the future, unreadable.
times = st.one_of(
    st.sampled_from([0, 1, 3, 11, 12, 13, 24, 25, 26, 27, 50, 51, 200, 900, -1, -30]).map(
        lambda hours: utc_text(NOW - hours * HOUR)
    ),
    st.sampled_from([None, "", "yesterday", "2026-03-29T26:00:00Z", "2026-03-29T23:00:00+03:00", 7]),
)
mostly_true = st.sampled_from([True, True, True, True, False, "true", None, "perhaps"])
mostly_false = st.sampled_from([False, False, False, True, "false", None, "perhaps"])


def rows_of(number):
    """A virtual machine's row, disks and backups; None is an unreadable list."""
    disk_ids = [10 * number + 1, 10 * number + 2]
    disk = st.fixed_dictionaries(
        {"id": st.sampled_from(disk_ids), "is_swap": mostly_false, "created_at": times, "label": st.just("{{ disk }}")},
        optional={"virtual_machine_id": st.sampled_from([number, str(number), 99])},
    )
    backup = st.fixed_dictionaries(
        {
            "id": st.integers(100 * number, 100 * number + 9),
            "built": mostly_true,
            "marked_for_delete": mostly_false,
            "created_at": times,
            "built_at": times,
            "updated_at": times,
            "backup_size": st.sampled_from([None, 0, 1000, "2000", 900000, "much"]),
            "initiated": st.sampled_from([None, "days", "manual"]),
            "backup_server_id": st.sampled_from([None, 1, "2"]),
            "locked": mostly_false,
        },
        optional={
            "backup_type": st.sampled_from(["normal", "incremental", "days-autobackup", "other"]),
            "target_type": st.sampled_from(["Disk", "VirtualMachine"]),
            "target_id": st.sampled_from([*disk_ids, number, None]),
            "disk_id": st.sampled_from([*disk_ids, "x", None]),
        },
    )
    vm = st.fixed_dictionaries(
        {
            "id": st.just(number),
            "label": st.sampled_from(["web", "db-1", "{{ 7 * 7 }}", None]),
            "built": mostly_true,
            "booted": mostly_true,
            "created_at": times,
        }
    )
    disks = st.one_of(st.none(), *[st.lists(disk, max_size=3, unique_by=lambda row: row["id"])] * 6)
    backups = st.one_of(st.none(), *[st.lists(backup, max_size=6, unique_by=lambda row: row["id"])] * 6)
    return st.tuples(vm, disks, backups)


# The panel's evidence: plug-in recovery points by virtual machine (None is unreadable), schedules, and transactions by
# backup.
point_times = st.one_of(times, st.sampled_from(["2026-03-30 02:00:00", "2026-03-28 05:00:00"]))
recovery_points = st.one_of(
    st.none(),
    st.lists(
        st.fixed_dictionaries(
            {
                "id": st.integers(1, 5),
                "state": st.sampled_from(["built", "Available", "merging", None, {}]),
                "created_at": point_times,
                "virtual_machine_id": st.sampled_from([None, None, None, 99]),
            }
        ),
        max_size=3,
        unique_by=lambda row: row["id"],
    ),
)
schedules = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.integers(1, 9),
            "target_type": st.sampled_from(["Disk", "VirtualMachine"]),
            "target_id": st.sampled_from([1, 2, 3, 11, 12, 21, 22]),
            "status": st.sampled_from(["enabled", "disabled"]),
            "failure_count": st.sampled_from([0, 3, "x"]),
        }
    ),
    max_size=4,
    unique_by=lambda row: row["id"],
)
transactions = st.dictionaries(st.integers(100, 309), st.sampled_from(["failed", "cancelled", "complete"]), max_size=20)
more_evidence = st.fixed_dictionaries(
    {
        "kinds": st.lists(st.sampled_from(EVIDENCE), unique=True).map(lambda kinds: tuple(sorted(kinds))),
        "recovery_points": st.tuples(recovery_points, recovery_points, recovery_points),
        "schedules": schedules,
        "transactions": transactions,
    }
)
NO_EVIDENCE = {"kinds": (), "recovery_points": (None, None, None), "schedules": [], "transactions": {}}

clouds = st.integers(0, 3).flatmap(lambda many: st.tuples(*(rows_of(number) for number in range(1, many + 1))))


class TinyPanel:
    """The methods of a client that a collection uses, with the rows of a cloud."""

    def __init__(self, cloud, evidence):
        self._evidence = evidence
        self._cloud = {vm["id"]: (vm, disks, backups) for vm, disks, backups in cloud}
        self.connection = types.SimpleNamespace(url="https://panel", username="me", concurrency=1, page_size=1)
        self.throttle = Throttle(1)
        self.refused = self.server_date = None

    def get_list(self, wrapper, *segments, **unused):
        if segments == ("virtual_machines",):
            return self._listing([dict(vm) for vm, _disks, _backups in self._cloud.values()])
        if segments == ("settings", "disks"):
            raise ServerError("not here")
        if segments == ("settings", "schedules"):
            return self._listing([dict(row) for row in self._evidence["schedules"]])
        if segments[-1] == "recovery_points":
            rows = self._evidence["recovery_points"][segments[1] - 1]
            if rows is None:
                raise ServerError("not now")
            return self._listing([dict(row) for row in rows])
        rows = self._cloud[segments[1]][{"disks": 1, "backups": 2}[segments[2]]]
        if rows is None:
            raise ServerError("not now")
        return self._listing([dict(row) for row in rows])

    def get_page(self, wrapper, *segments, number):
        rows = [
            {"id": backup, "parent_type": "Backup", "parent_id": backup, "action": "take_backup", "status": status}
            for backup, status in self._evidence["transactions"].items()
        ]
        return Page(rows if number == 1 else [], None)

    @staticmethod
    def _listing(rows):
        return Listing(rows, None)


class RefusingPanel(TinyPanel):
    """A panel that has none of the requested evidence, or refuses access."""

    def get_list(self, wrapper, *segments, **unused):
        if wrapper in ("recovery_point", "schedule"):
            raise self._evidence["error"]
        return super().get_list(wrapper, *segments)

    def get_page(self, wrapper, *segments, number):
        raise self._evidence["error"]


# An invalid value of another VM's disk does not affect this VM.
WITH_A_FOREIGN_DISK = [
    (
        {"id": 1, "label": "web", "built": True, "booted": True, "created_at": AT},
        [
            {"id": 11, "is_swap": False, "created_at": AT, "virtual_machine_id": 1},
            {"id": 12, "is_swap": "perhaps", "created_at": AT, "virtual_machine_id": 99},
        ],
        [],
    )
]


def by_module(cloud, policy, evidence, panel=TinyPanel):
    params = facts_params(policy, NOW)._replace(evidence=evidence["kinds"])
    return _facts.gather(panel(cloud, evidence), params)[0]


def by_inventory(cloud, policy, evidence):
    reader = _vms.CloudReader(
        "https://panel", None, [], "onapp_", policy, NOW, NOW, "all", False, None, evidence["kinds"]
    )
    read, _snapshot = reader.fetch(TinyPanel(cloud, evidence), snapshot=False)
    return {vm["id"]: vm["backup"] for vm in read.vms}


def by_compliance(cloud, policy, evidence, panel=TinyPanel):
    params = _compliance.Params(
        policy, "0" * 64, (), NOW, float(NOW), "critical", None, None, True, evidence=evidence["kinds"]
    )
    run = _compliance.Run(panel(cloud, evidence), params)
    outcome, report = run.execute()
    return outcome, {vm["id"]: vm for vm in report.vms}


@hypothesis.settings(deadline=None, database=None, max_examples=examples(150))
@hypothesis.given(clouds, st.sampled_from(POLICIES), st.one_of(st.just(NO_EVIDENCE), more_evidence))
@hypothesis.example(WITH_A_FOREIGN_DISK, None, NO_EVIDENCE)
def test_all_entry_points_agree(cloud, document, evidence):
    policy = parse_policy(document)
    facts = by_module(cloud, policy, evidence)
    inventory = by_inventory(cloud, policy, evidence)
    outcome, entries = by_compliance(cloud, policy, evidence)
    points = facts.get("recovery_points")
    backup_state = FilterModule().filters()["backup_state"]
    backup_fresh = fresh_plugin.TestModule().tests()["backup_fresh"]
    assert [vm["id"] for vm in facts["virtual_machines"]] == sorted(entries) == sorted(inventory)
    for vm, (row, disks, backups) in zip(facts["virtual_machines"], cloud, strict=True):
        assessment = vm["backup"]
        assert inventory[vm["id"]] == assessment
        entry = entries[vm["id"]]["backup"]
        assert {key: entry.get(key) for key in assessment if key != "evaluated_at"} == {
            key: value for key, value in assessment.items() if key != "evaluated_at"
        }
        from_facts = backup_state(vm, facts["backups"], policy=document, evaluate_at=AT, recovery_points=points)
        # Reasons of unread evidence are missing if records are assessed.
        assert (from_facts["state"], from_facts["flags"]) == (assessment["state"], assessment["flags"])
        if not evidence["kinds"]:
            from_rows = backup_state(row, backups, disks=disks, policy=document, evaluate_at=AT)
            assert without_reasons(from_rows) == without_reasons(assessment)
            assert backup_fresh(row, backups, disks=disks, policy=document, evaluate_at=AT) is (
                assessment["state"] == "protected"
            )
    if any(vm["backup"]["state"] == "unknown" for vm in facts["virtual_machines"]) or not cloud:
        assert outcome.status != "compliant"
        assert not outcome.passed


@hypothesis.settings(deadline=None, database=None, max_examples=examples(100))
@hypothesis.given(
    clouds,
    st.sampled_from(POLICIES),
    st.sampled_from([(kind,) for kind in EVIDENCE] + [EVIDENCE]),
    st.sampled_from([ForbiddenError("no"), NotFoundError("nothing"), ServerError("not now"), DecodeError("what?")]),
)
def test_unreadable_evidence_improves_nothing(cloud, document, kinds, error):
    policy = parse_policy(document)
    before = by_module(cloud, policy, NO_EVIDENCE)
    after = by_module(cloud, policy, {"kinds": kinds, "error": error}, RefusingPanel)
    for one, other in zip(before["virtual_machines"], after["virtual_machines"], strict=True):
        assert other["backup"]["state"] in (one["backup"]["state"], "unknown")
        if "recovery_points" not in kinds or isinstance(error, NotFoundError):
            assert other["backup"] == one["backup"]
    assert before["health"]["complete"] >= after["health"]["complete"]
    without, _entries = by_compliance(cloud, policy, NO_EVIDENCE)
    compliance, _entries = by_compliance(cloud, policy, {"kinds": kinds, "error": error}, RefusingPanel)
    assert without.passed >= compliance.passed
    assert (compliance.status == "compliant") <= (without.status == "compliant")


def without_reasons(assessment):
    return {key: value for key, value in assessment.items() if key != "reasons"}
