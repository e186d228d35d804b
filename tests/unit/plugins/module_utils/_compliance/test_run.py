# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A complete run on a panel that answers from memory: requests and counts."""

from __future__ import annotations

import types

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._api.paging import Listing
from ansible_collections.community.onapp.plugins.module_utils._api.throttle import Throttle
from ansible_collections.community.onapp.plugins.module_utils._compliance.run import Params, Run, parse_filters
from ansible_collections.community.onapp.plugins.module_utils._errors import (
    AuthError,
    DeadlineError,
    ForbiddenError,
    NotFoundError,
)
from ansible_collections.community.onapp.plugins.module_utils._fields import utc_text
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CLOUD_CHECKS, VM_CHECKS
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import FAIL_ON, parse_policy
from hypothesis import strategies as st

NOW = 1774850400
HOUR = 3600
DAY = 24 * HOUR
OLD = utc_text(NOW - 100 * DAY)
LENIENT = {
    "defaults": {"rpo_critical": "50h", "min_copies": 1, "retention": None, "max_gap": None, "min_backup_servers": None}
}
DELETED = NotFoundError("gone")
REFUSED = AuthError("The password is refused.", status=401)
FORBIDDEN = ForbiddenError("That is forbidden.", status=403)


class Memory:
    """A client that answers from a dictionary of rows or errors by path. `partial` are paths of incomplete lists."""

    def __init__(self, lists, partial=(), server_date=None):
        self.connection = types.SimpleNamespace(
            url="https://onapp.example.com", username="auditor@example.com", concurrency=2, page_size=100
        )
        self.throttle = Throttle(2)
        self.refused = None
        self.server_date = server_date
        self.lists = lists
        self.partial = partial
        self.requested = []

    def get_list(self, wrapper, *segments, query=None, map_pages=map, exact=False):
        path = "/".join(str(segment) for segment in segments)
        self.requested.append(path)
        answer = self.lists.get(path, FORBIDDEN)
        if isinstance(answer, Exception):
            raise answer
        if path == "virtual_machines" and self.requested.count(path) > 1:
            answer = [row for row in answer if self.lists.get(f"{path}/{row['id']}/backups") is not DELETED]
        return Listing([dict(row) for row in answer], "rows are missing" if path in self.partial else None)

    def get_row(self, wrapper, *segments):
        path = "/".join(str(segment) for segment in segments)
        if self.lists.get(f"{path}/backups") is DELETED:
            raise DELETED
        return {"id": segments[-1]}


def backup(number, age, **fields):
    stamp = utc_text(NOW - age)
    return {
        "id": number,
        "target_type": "Disk",
        "target_id": 100 + number % 100,
        "created_at": stamp,
        "built_at": stamp,
        "built": True,
        "backup_size": 1000000,
        "backup_server_id": 1,
        "initiated": "days",
        **fields,
    }


def kinds(number):
    """The backups of a virtual machine by kind of case, or the error of reading them."""
    first = 1000 * number + number
    return {
        "fresh": [backup(first, 5 * HOUR)],
        "stale": [backup(first, 30 * HOUR)],
        "lost": [backup(first, 60 * HOUR)],
        "none": [],
        "bad time": [backup(first, 5 * HOUR, created_at="soon")],
        "unread": FORBIDDEN,
        "gone": DELETED,
    }


KINDS = tuple(kinds(1))


def panel(*names, built=True, users=None, partial=(), server_date=None, **lists):
    """A panel with a virtual machine of each kind, with ids from 1; all belong to user 7."""
    machines = [
        {"id": number, "label": f"vm-{number}", "built": built, "booted": True, "user_id": 7, "created_at": OLD}
        for number in range(1, len(names) + 1)
    ]
    answers = {
        "virtual_machines": machines,
        "settings/disks": [
            {"id": 100 + row["id"], "virtual_machine_id": row["id"], "created_at": OLD} for row in machines
        ],
        **{f"virtual_machines/{number}/backups": kinds(number)[kind] for number, kind in enumerate(names, 1)},
        **{f"virtual_machines/{row['id']}/disks": [{"id": 100 + row["id"], "created_at": OLD}] for row in machines},
        **(users or {}),
        **{path.replace("__", "/"): answer for path, answer in lists.items()},
    }
    return Memory(answers, partial, server_date)


def new_run(client, policy=None, filters=(), **more):
    """A run before its start."""
    parsed = parse_policy(LENIENT if policy is None else policy)
    fixed = {"sha256": "0" * 64, "now": NOW, "started": float(NOW), "previous": None, "cloud_name": None}
    given = {"policy": parsed, "filters": parse_filters(filters), "fail_on": parsed.report.fail_on, **fixed, **more}
    return Run(client, Params(**{"keep_vms": True, **given}))


def finished_run(client, policy=None, filters=(), **more):
    """A finished run with its outcome and report."""
    run = new_run(client, policy, filters, **more)
    outcome, report = run.execute()
    return run, types.SimpleNamespace(**outcome._asdict(), report=report)


def found(outcome, *names):
    return [tuple(item[name] for name in names) for item in outcome.report.findings]


def test_state_of_each_kind():
    run, outcome = finished_run(panel(*KINDS))
    assert {vm["id"]: vm["backup"]["state"] for vm in run.spool} == {
        1: "protected",
        2: "stale",
        3: "stale",
        4: "unprotected",
        5: "unknown",
        6: "unknown",
    }
    assert [vm.id for vm in run.fetch.dropped] == [7]
    assert (outcome.status, outcome.passed) == ("non_compliant", False)
    assert run.warnings() == ["Virtual machine 7 (vm-7) was deleted while it was read; it is skipped."]


def test_worst_first_in_the_report():
    run, outcome = finished_run(panel("fresh", "stale", "bad time", "none", "lost", "none"))
    assert [vm["id"] for vm in run.spool] == [4, 6, 5, 3, 2, 1]
    assert found(outcome, "virtual_machine_id", "check", "status") == [
        (4, "coverage", "fail"),
        (4, "rpo", "fail"),
        (5, "rpo", "fail"),
        (6, "coverage", "fail"),
        (6, "rpo", "fail"),
        (3, "coverage", "unknown"),
        (2, "rpo", "warn"),
        (4, "min_copies", "warn"),
        (6, "min_copies", "warn"),
    ]


def test_vms_are_kept_only_for_reports():
    run, outcome = finished_run(panel("none", "fresh"), keep_vms=False)
    assert list(run.spool) == []
    assert len(outcome.report.findings) == 3


def test_backups_of_excluded_vms_are_not_requested():
    client = panel("fresh", "none", "fresh")
    run, outcome = finished_run(client, filters=[{"exclude": {"id": 2}}])
    assert (outcome.status, len(run.fetch.skipped_rows), len(run.fetch.listed)) == ("compliant", 1, 3)
    assert "virtual_machines/2/backups" not in client.requested


@pytest.mark.parametrize(
    ("filters", "reported"),
    [
        ([{"include": {"label": "vm-1"}}, {"exclude": {"any": True}}], [1, 2]),
        ([{"exclude": {"label": "vm-*"}}], [2]),
        ([{"exclude": {"id": 2}}], [1]),
        ([{"exclude": {"id": [1, 2], "label": "*"}}], [2]),
        ([{"include": {"label": "*"}}, {"exclude": {"id": 2}}], [1, 2]),
        ([{"exclude": {"label": "test-*"}}, {"exclude": {"id": 2}}], [1]),
        ([{"exclude": {"label": "test-*"}}, {"include": {"id": 1}}, {"exclude": {"any": True}}], [1]),
    ],
)
def test_unreadable_fields_decide_no_filter(filters, reported):
    client = panel("fresh", "fresh")
    client.lists["virtual_machines"][1]["label"] = {"a": "b"}
    run, outcome = finished_run(client, filters=filters)
    assert sorted(vm["id"] for vm in run.spool) == reported
    assert outcome.status == ("unknown" if 2 in reported else "compliant")


@pytest.mark.parametrize("error", [REFUSED, DeadlineError("Time is over.")])
def test_aborted_early(error):
    """Unread virtual machines are unknown; none is counted twice."""
    client = panel(*["fresh"] * 30, virtual_machines__20__backups=error)
    run, outcome = finished_run(client, filters=[{"exclude": {"id": [3, 25]}}])
    states = {vm["id"]: vm["backup"]["state"] for vm in run.spool}
    read = {number for number, state in states.items() if state == "protected"}
    assert sorted(states) == [number for number in range(1, 31) if number not in (3, 25)]
    assert set(states.values()) == {"protected", "unknown"}
    assert states[20] == "unknown"
    assert len(run.fetch.skipped_rows) == 2
    assert (outcome.status, outcome.passed) == ("unknown", False)
    if isinstance(error, AuthError):
        assert (run.aborted_by, run.is_whole) == (error, False)
        assert read == {number for number in range(1, 20) if number != 3}
    else:
        assert (run.aborted_by, run.is_whole) == (None, True)
        assert [failure.vm.id for failure in run.fetch.failures] == [20]


def test_not_found_before_the_abort():
    """Without another read of the list the deletion is not confirmed."""
    client = panel("gone", *["fresh"] * 29, virtual_machines__20__backups=REFUSED)
    run, outcome = finished_run(client)
    assert sorted(vm["id"] for vm in run.spool) == list(range(1, 31))
    assert outcome.report.head["population"]["deleted_meanwhile"] == 0


@pytest.mark.parametrize(
    ("still", "dropped"),
    [
        ([], []),
        ([1], []),
        ([1, 2], [5]),
        ([1, 2, 3, 4], [5]),
        ([1, 2, 3, 4, 5], []),
    ],
)
def test_second_list_that_contradicts_the_first(still, dropped):
    """After a loss of permissions the second list lacks virtual machines that were just read, too."""
    client = panel(*["fresh"] * 4, "gone")
    first = client.lists["virtual_machines"]
    lists = iter([first, [row for row in first if row["id"] in still]])
    read = client.get_list
    client.get_list = lambda wrapper, *segments, **options: (
        Listing([dict(row) for row in next(lists)], None)
        if segments == ("virtual_machines",)
        else read(wrapper, *segments, **options)
    )
    run, outcome = finished_run(client)
    assert [vm.id for vm in run.fetch.dropped] == dropped
    assert outcome.status == ("compliant" if dropped else "unknown")


def test_no_list():
    run, outcome = finished_run(panel("fresh", virtual_machines=FORBIDDEN), fail_on="never")
    assert (outcome.status, outcome.passed, run.aborted_by) == ("unknown", True, FORBIDDEN)
    assert sum(run.counters.by_state.values()) == 0


def test_incomplete_list():
    run, outcome = finished_run(panel("fresh", "fresh", partial=("virtual_machines",)))
    assert (outcome.status, run.is_whole, run.aborted_by) == ("unknown", False, None)
    assert found(outcome, "check", "status") == [("population", "unknown")]


@pytest.mark.parametrize(
    ("server", "offset", "warning"),
    [
        (None, None, None),
        ((NOW + 2.0, 2.0), 0, None),
        ((NOW + 29.0, 0.0), 0, None),
        ((NOW + 301.0, 1.0), 300, None),
        ((NOW + 326.0, 1.0), 300, "ahead of the clock here"),
        ((NOW + 361.0, 1.0), 360, "6m ahead of the clock here"),
        ((NOW - 7200.0, 0.0), -7200, "2h behind the clock here"),
    ],
)
def test_clocks(server, offset, warning):
    run, outcome = finished_run(panel("fresh", server_date=server))
    assert run.clock_offset == offset
    assert outcome.report.head["source"]["server_date_offset_s"] == offset
    assert [warning in text for text in run.warnings()] == [True] * (warning is not None)


@pytest.mark.parametrize(
    ("fail_on", "status", "passed"),
    [("critical", "compliant", True), ("warning", "non_compliant", False), ("never", "compliant", True)],
)
def test_stale_with_a_finding_of_severity_info(fail_on, status, passed):
    """The VM has warnings in the headline, so that a run which fails at warnings does not pass."""
    policy = {"defaults": {**LENIENT["defaults"], "severity": {"rpo": "info"}}}
    run, outcome = finished_run(panel("fresh", "stale"), policy, fail_on=fail_on)
    assert run.counters.by_outcome["warning"] == 1
    assert (outcome.status, outcome.passed) == (status, passed)


def test_close_deletes_the_file():
    run, _ending = finished_run(panel("fresh"))
    run.spool.close()
    with pytest.raises(ValueError):
        list(run.spool)


# Exemptions.


def exempt(*exemptions, **report):
    written = [
        {
            "id": f"EX-{number}",
            "match": {"id": 2},
            "checks": "*",
            "category": "waiver",
            "reason": "b",
            "approved_by": "c",
            "expires": "2026-06-01",
            **one,
        }
        for number, one in enumerate(exemptions, 1)
    ]
    return {**LENIENT, "exemptions": written, "report": report}


def used(outcome):
    return [
        (one["id"], one["state"], one["virtual_machine_ids"], len(one["hidden"]))
        for one in outcome.report.head["exemptions"]
    ]


def test_percentage_without_exempt_results():
    run, outcome = finished_run(panel("fresh", "lost"), exempt({"checks": ["rpo", "coverage"]}))
    assert (outcome.status, run.counters.summary()["percent"]) == ("compliant", 100.0)
    assert used(outcome) == [("EX-1", "active", [2], 1)]
    assert found(outcome, "virtual_machine_id", "check", "status", "exemption") == [(2, "rpo", "exempt", "EX-1")]


def test_first_exemption_that_covers():
    policy = exempt({"checks": "min_copies"}, {"match": {"any": True}}, {"checks": "rpo"})
    _run, outcome = finished_run(panel("fresh", "lost"), policy)
    assert used(outcome) == [("EX-1", "active", [2], 0), ("EX-2", "active", [1, 2], 1), ("EX-3", "active", [2], 0)]
    # The last one is needed as much as the one before it.
    assert [one for one in found(outcome, "check", "exemption", "actual") if one[0] == "exemption"] == [
        ("exemption", "EX-1", "not needed")
    ]


def test_expired_exemption():
    run, outcome = finished_run(panel("fresh", "lost"), exempt({"expires": "2026-03-29"}))
    assert outcome.status == "non_compliant"
    assert used(outcome) == [("EX-1", "expired", [2], 0)]
    assert found(outcome, "virtual_machine_id", "check", "status", "exemption") == [
        (2, "rpo", "fail", None),
        (None, "exemption", "warn", "EX-1"),
    ]
    assert run.counters.summary()["percent"] < 100


@pytest.mark.parametrize("kind", ["unread", "bad time"])
def test_exemptions_do_not_cover_unknown(kind):
    _run, outcome = finished_run(panel("fresh", kind), exempt({"match": {"any": True}}))
    assert outcome.status == "unknown"
    assert used(outcome) == [("EX-1", "active", [1, 2], 0)]


# Orphaned backups.

LOOK = {**LENIENT, "scope": {"orphans": True}}
ORPHAN = backup(77, 50 * DAY, target_id=990)


def test_orphans_need_every_backup():
    own = [backup(1001, 5 * HOUR), ORPHAN]
    client = panel("fresh", "fresh", users={"users/7/backups": own})
    run, outcome = finished_run(client, LOOK)
    assert [one["id"] for one in run.orphans] == [77]
    assert client.requested.count("users/7/backups") == 1
    for kind in ("unread", "bad time"):
        client = panel("fresh", kind, users={"users/7/backups": own})
        run, outcome = finished_run(client, LOOK)
        expected = (False, "unknown") if kind == "unread" else (True, "warn")
        assert (run.orphans is not None, run.counters.by_check["orphan"][expected[1]]) == (expected[0], 1)


def test_backups_of_a_virtual_machine_deleted_during_the_run():
    client = panel("fresh", "gone", users={"users/7/backups": [backup(2, 5 * HOUR, target_type="VirtualMachine")]})
    client.lists["users/7/backups"][0]["target_id"] = 2
    run, _ending = finished_run(client, LOOK)
    assert [one["id"] for one in run.orphans] == [2]


@pytest.mark.parametrize("error", [FORBIDDEN, REFUSED])
def test_unreadable_owner(error):
    run, outcome = finished_run(panel("fresh", users={"users/7/backups": error}), LOOK)
    assert outcome.report.head["orphans"] == {"assessed": False, "backups": []}
    assert (outcome.status, run.orphans, run.is_whole) == ("unknown", None, True)
    assert found(outcome, "check", "status") == [("orphan", "unknown")]
    assert [failure.error for failure in run.fetch.failures] == [error]


# Any cloud.

clouds = st.lists(st.sampled_from(KINDS), max_size=6)


@hypothesis.settings(deadline=None)
@hypothesis.given(clouds, st.sampled_from(FAIL_ON), st.booleans(), st.sets(st.integers(1, 6), max_size=2))
def test_counts_agree(names, fail_on, exempted, excluded):
    policy = exempt({"match": {"id": [1, 2]}}) if exempted else LENIENT
    filters = [{"exclude": {"id": sorted(excluded)}}] if excluded else []
    run, outcome = finished_run(panel(*names), policy, filters, fail_on=fail_on)
    seen = [kind for number, kind in enumerate(names, 1) if number not in excluded and kind != "gone"]
    head, findings = outcome.report.head, outcome.report.findings
    summary, machines = head["summary"], list(run.spool)
    assert sum(summary["by_state"].values()) == len(machines) == len(seen)
    for check in VM_CHECKS:
        results = [one["status"] for vm in machines for one in vm["results"] if one["check"] == check]
        counts = summary["by_check"].get(check, {})
        assert {name: number for name, number in counts.items() if number} == {
            status: results.count(status) for status in set(results)
        }
    assert set(summary["by_check"]) <= {*VM_CHECKS, *CLOUD_CHECKS}
    broken = [item["severity"] for item in findings if item["status"] in ("warn", "fail")]
    assert summary["by_severity"] == {name: broken.count(name) for name in ("critical", "warning", "info")}
    counted = [
        one["status"]
        for vm in machines
        for one in vm["results"]
        if one["status"] in ("pass", "warn", "fail", "unknown")
    ]
    passing = counted.count("pass")
    assert summary["percent"] == (1000 * passing // len(counted) / 10 if counted else None)
    assert (summary["percent"] == 100.0) == (bool(counted) and passing == len(counted))
    population = head["population"]
    assert population["evaluated"] + population["not_applicable"] + population["unknown"] == len(machines)
    assert population["vms_listed"] == len(seen) + population["filtered_out"] + population["deleted_meanwhile"]
    assert sum(len(one["hidden"]) for one in head["exemptions"]) == sum(item["status"] == "exempt" for item in findings)


@hypothesis.settings(deadline=None)
@hypothesis.given(clouds)
def test_unknown_is_never_compliant(names):
    ends = {fail_on: finished_run(panel(*names), fail_on=fail_on)[1] for fail_on in FAIL_ON}
    unknown = not set(names) & {"fresh", "stale", "lost"} or set(names) & {"unread", "bad time"}
    nothing_proved = not set(names) & {"fresh", "stale"}
    for fail_on, outcome in ends.items():
        broken = bool(set(names) & {"lost", "none"}) or (fail_on == "warning" and "stale" in names)
        expected = "non_compliant" if broken else "unknown" if unknown or nothing_proved else "compliant"
        assert outcome.status == expected
        fails = unknown or nothing_proved or (broken and fail_on != "unknown")
        assert outcome.passed == (fail_on == "never" or not fails)


@hypothesis.settings(deadline=None)
@hypothesis.given(st.permutations(list(enumerate(["fresh", "stale", "none", "bad time", "fresh"], 1))))
def test_order_of_the_list(order):
    client = panel("fresh", "stale", "none", "bad time", "fresh")
    rows = client.lists["virtual_machines"]
    expected = finished_run(panel("fresh", "stale", "none", "bad time", "fresh"))
    client.lists["virtual_machines"] = [rows[number - 1] for number, _kind in order]
    run, outcome = finished_run(client)
    assert list(run.spool) == list(expected[0].spool)
    assert outcome.report.head == expected[1].report.head
    assert outcome.report.findings == expected[1].report.findings
