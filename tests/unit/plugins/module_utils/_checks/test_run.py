# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Properties of all checks: severities, null, grace, several disks, exemptions, and generated clouds."""

from __future__ import annotations

import datetime

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._assessment.state import FLAGS
from ansible_collections.community.onapp.plugins.module_utils._checks.run import (
    RUN,
    enabled_checks,
    run_checks,
    with_exempt_flag,
)
from ansible_collections.community.onapp.plugins.module_utils._compliance.report import heat_map
from ansible_collections.community.onapp.plugins.module_utils._fields import utc_text
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import SCHEDULE_CHECKS, VM_CHECKS
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.tests.unit.plugins.module_utils._assessment.test_state_properties import (
    backups,
    disks,
    eligible,
    holds_for,
    instants,
    is_past_grace,
    machines,
    newest_of,
)
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import (
    DAY,
    DISK_1,
    DISK_2,
    GB,
    HOUR,
    NOW,
    ONE_DISK,
    TWO_DISKS,
    VM_ID,
    assert_valid_result,
    assess,
    assessed,
    at,
    attempt,
    case_of,
    disk,
    having,
    healthy,
    limits,
    point,
    results,
    vm,
)
from hypothesis import strategies as st

TIER_OF_ONE = {"count": 1, "min": 1}
# For each check: points of a disk that fail it, the limits, and the severity.
FAILING = {
    "coverage": (lambda disk: [], {}, "critical"),
    "rpo": (lambda disk: [point(2, 30 * HOUR, disk)], {}, "critical"),
    "attempt": (lambda disk: [point(2, 20 * HOUR, disk), attempt(3, 13 * HOUR, disk)], {}, "critical"),
    "pending_delete": (lambda disk: [point(2, 4 * HOUR, disk, marked_for_delete=True)], {}, "critical"),
    "min_copies": (lambda disk: [point(2, 4 * HOUR, disk)], {}, "warning"),
    "retention_daily": (lambda disk: [point(2, 4 * HOUR, disk)], {}, "warning"),
    "retention_weekly": (lambda disk: [point(2, 4 * HOUR, disk)], {}, "warning"),
    "retention_monthly": (
        lambda disk: [point(2, 4 * HOUR, disk)],
        {"retention": {"monthly": TIER_OF_ONE}},
        "warning",
    ),
    "retention_yearly": (lambda disk: [point(2, 4 * HOUR, disk)], {"retention": {"yearly": TIER_OF_ONE}}, "warning"),
    "max_gap": (lambda disk: [point(2, 60 * HOUR, disk), point(3, 4 * HOUR, disk)], {}, "warning"),
    "size": (lambda disk: [*healthy(disk), point(9000, HOUR, disk, size=4 * GB)], {}, "warning"),
    "empty": (lambda disk: [*healthy(disk), point(9000, HOUR, disk, size=0)], {}, "critical"),
    "min_backup_servers": (
        lambda disk: [point(2, 28 * HOUR, disk), point(4, 4 * HOUR, disk)],
        {"min_backup_servers": {"count": 2}},
        "warning",
    ),
    "scheduled": (lambda disk: [point(2, 4 * HOUR, disk, initiated="manual")], {}, "warning"),
    "full_max_age": (lambda disk: [point(2, 6 * HOUR, disk)], {"full_max_age": "5h"}, "info"),
    "duration": (
        lambda disk: [point(2, 4 * HOUR, disk, built_at=at(NOW - HOUR))],
        {"duration": {"limit": "2h"}},
        "warning",
    ),
    "window": (
        lambda disk: [point(2, 16 * HOUR, disk)],
        {"window": {"start": "22:00", "end": "06:00"}},
        "info",
    ),
    "max_retention": (lambda disk: [point(2, 781 * DAY, disk)], {"max_retention": "780d"}, "info"),
    "locked": (lambda disk: [point(2, 25 * HOUR, disk, locked=True)], {"locked": {}}, "info"),
    "clock": (lambda disk: [*healthy(disk), point(2, -HOUR, disk)], {}, "warning"),
}
# These name no disk.
OF_THE_VM = ("max_retention", "clock")
STATUS_OF = {"critical": "fail", "warning": "warn", "info": "warn"}


def failed_severity(check, policy_limits=None, its_disks=ONE_DISK, target=DISK_1, others=()):
    make, own_limits, severity = FAILING[check]
    policy = limits(**own_limits, **(policy_limits or {}))
    return results(its_disks, [*make(target), *others], policy=policy)


def test_order_of_checks():
    assert list(RUN) == list(VM_CHECKS)
    # Checks of schedules have their cases in the tests of the assessment.
    assert [check for check in VM_CHECKS if check not in SCHEDULE_CHECKS] == list(FAILING)


@pytest.mark.parametrize("check", FAILING)
def test_passes(check):
    """A healthy disk passes each check under the limits of the failing case."""
    found = results(backups=healthy(), policy=limits(**FAILING[check][1]))[check]
    assert found.status == "pass"
    assert found.exemption is None


@pytest.mark.parametrize("check", FAILING)
def test_fails_with_its_severity(check):
    found, severity = failed_severity(check)[check], FAILING[check][2]
    assert (found.severity, found.status) == (severity, STATUS_OF[severity])
    assert found.severity == VM_CHECKS[check].severity


@pytest.mark.parametrize("severity", STATUS_OF)
@pytest.mark.parametrize("check", FAILING)
def test_severity_of_the_policy(check, severity):
    own = {"severity": {check: severity}}
    if check == "rpo":
        # rpo is critical past rpo_critical, without rpo_critical, and without any point.
        found = failed_severity(check, own)[check]
        assert (found.severity, found.status) == ("critical", "fail")
        own["rpo_critical"] = "50h"
        no_points = results(policy=limits(severity={"rpo": severity}))["rpo"]
        assert (no_points.severity, no_points.status) == ("critical", "fail")
    found = failed_severity(check, own)[check]
    assert (found.severity, found.status) == (severity, STATUS_OF[severity])


OFF = {
    "min_copies": {"min_copies": None},
    "retention_daily": {"retention": {"daily": None}},
    "retention_weekly": {"retention": {"weekly": None}},
    "retention_monthly": {"retention": {"monthly": None}},
    "retention_yearly": {"retention": {"yearly": None}},
    "max_gap": {"max_gap": None},
    "size": {"size": None},
    "empty": {"empty": None},
    "min_backup_servers": {"min_backup_servers": None},
    "scheduled": {"scheduled": None},
    "full_max_age": {"full_max_age": None},
    "duration": {"duration": None},
    "window": {"window": None},
    "max_retention": {"max_retention": None},
    "locked": {"locked": None},
}


def test_required_checks():
    assert set(FAILING) - set(OFF) == {"coverage", "rpo", "attempt", "pending_delete", "clock"}


@pytest.mark.parametrize("check", OFF)
def test_null_switches_off(check):
    make, own_limits, severity = FAILING[check]
    policy = {**limits(**own_limits), "rules": [{"name": "off", "match": {"any": True}, **OFF[check]}]}
    found = results(backups=make(DISK_1), policy=policy)
    assert check not in found
    assert check not in results(backups=None, policy=policy)
    assert check not in results(machine=vm(built=False), policy=policy)
    assert "coverage" in found


def test_retention_off():
    found = results(policy=limits(retention=None))
    assert not [name for name in found if name.startswith("retention_")]


@pytest.mark.parametrize("check", ["scheduled", "empty"])
def test_false_switches_off(check):
    assert check not in results(backups=FAILING[check][0](DISK_1), policy=limits(**{check: False}))


@pytest.mark.parametrize("order", [1, -1], ids=["in order", "backwards"])
@pytest.mark.parametrize("check", FAILING)
def test_worst_of_two_disks(check, order):
    found = failed_severity(check, its_disks=TWO_DISKS[::order], target=DISK_2, others=healthy(first=2000))[check]
    assert found.status == STATUS_OF[FAILING[check][2]]
    assert found.disk_id == (None if check in OF_THE_VM else 2)


@pytest.mark.parametrize("check", FAILING)
def test_first_of_two_equal_disks(check):
    make, own_limits, severity = FAILING[check]
    second = [backup._replace(id=backup.id + 20000) for backup in make(DISK_2)]
    found = results(TWO_DISKS[::-1], [*second, *make(DISK_1)], policy=limits(**own_limits))[check]
    assert (found.status, found.severity) == (STATUS_OF[severity], severity)
    assert found.disk_id == (None if check in OF_THE_VM else 1)


WAITS_FOR_NOTHING = ("coverage", "rpo", "attempt", "max_retention", "clock")


@pytest.mark.parametrize("check", FAILING)
def test_disk_in_grace(check):
    found = results([disk(1), disk(2, age=HOUR)], healthy(), policy=limits(**FAILING[check][1]))[check]
    if check in WAITS_FOR_NOTHING:
        assert (found.status, found.disk_id in (None, 1)) == ("pass", True)
    else:
        assert (found.status, found.disk_id) == ("insufficient_data", 2)
        assert found.message == "Disk 2 is new and has no recovery point yet."


@pytest.mark.parametrize("check", FAILING)
def test_disk_in_grace_beside_a_failing_one(check):
    found = failed_severity(check, its_disks=[disk(1), disk(2, age=HOUR)])[check]
    assert found.status == STATUS_OF[FAILING[check][2]]


@pytest.mark.parametrize("check", FAILING)
def test_virtual_machine_in_grace(check):
    found = results([disk(age=HOUR)], policy=limits(**FAILING[check][1]))[check]
    passes = check in ("attempt", "max_retention", "clock")
    assert found.status == ("pass" if passes else "insufficient_data")
    assert found.backup_ids == ()


WITHOUT_A_POINT = {
    "coverage": "fail",
    "rpo": "fail",
    "attempt": "pass",
    "pending_delete": "pass",
    "min_copies": "warn",
    "retention_daily": "warn",
    "retention_weekly": "warn",
    "retention_monthly": "warn",
    "retention_yearly": "warn",
    "max_gap": "insufficient_data",
    "size": "insufficient_data",
    "empty": "insufficient_data",
    "min_backup_servers": "warn",
    "scheduled": "insufficient_data",
    "full_max_age": "insufficient_data",
    "duration": "insufficient_data",
    "window": "insufficient_data",
    "max_retention": "pass",
    "locked": "insufficient_data",
    "clock": "pass",
}


@pytest.mark.parametrize("check", FAILING)
def test_virtual_machine_without_any_point(check):
    found = results(policy=limits(**FAILING[check][1]))[check]
    assert (found.status, found.backup_ids) == (WITHOUT_A_POINT[check], ())


# --- virtual machines that are not assessed ---

FUTURE = (
    "The newest backup record (2) is dated 1h in the future, so the age of its data is unknown; the newest"
    " recovery point of disk 1 (backup 1) is 30h old, 4h past the limit of 26h."
)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (having(disks=None), "The disks of the VM were not read."),
        (having(disks=[]), "The panel lists no disk of this VM, although it is built."),
        (having(backups=None), "The backups of the VM were not read."),
        (having(machine=vm(built=None)), "The panel does not say whether the VM is built."),
        (having(problems=["forbidden", "HTTP 503 after 3 tries"]), "Forbidden; HTTP 503 after 3 tries."),
        (having(problems=["Is it there?"]), "Is it there?"),
        (having(backups=[point(1, 30 * HOUR), point(2, -HOUR)]), FUTURE),
    ],
)
def test_unknown(given, message):
    policy = {**limits(severity={"rpo": "critical"}), "exemptions": [exemption("EX-1", "*")]}
    assessment = assessed(**given, policy=policy)
    assert assessment.state == "unknown"
    read = parse_policy(policy)
    found = run_checks(given.get("machine", vm()), assessment, read, NOW)
    assert [one.check for one in found] == enabled_checks(read.defaults)
    assert {one.status for one in found} == {"unknown"}
    assert {one.message for one in found} == {message}
    assert {(one.actual, one.exemption, one.disk_id, one.backup_ids) for one in found} == {("unknown", None, None, ())}
    assert next(one for one in found if one.check == "rpo").severity == "critical"
    assert next(one for one in found if one.check == "clock").severity == "warning"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (having(machine=vm(built=False)), "The VM is not built."),
        (having(disks=[disk(is_swap=True)]), "All disks of the VM are swap disks, which are never backed up."),
        (
            having(machine=vm(booted=False), policy={"scope": {"powered_off": "exclude"}}),
            "The VM is powered off, and the policy excludes such VMs.",
        ),
    ],
    ids=["not built", "swap only", "powered off"],
)
def test_not_applicable(given, message):
    found = results(**given)
    assert list(found) == enabled_checks(parse_policy(given.get("policy")).defaults)
    assert {(one.status, one.actual, one.message) for one in found.values()} == {
        ("not_applicable", "not applicable", message)
    }


# --- exemptions ---


def exemption(name, checks, expires="2026-12-31", match=None):
    return {
        "id": name,
        "match": match or {"id": VM_ID},
        "checks": checks,
        "category": "waiver",
        "reason": "tenant's own reason. Another sentence.",
        "approved_by": "tenant",
        "expires": expires,
    }


def exempted(*exemptions, **given):
    return results(**given, policy={"exemptions": list(exemptions)})


def test_exemption_of_named_checks():
    plain = results()
    found = exempted(exemption("EX-1", ["rpo", "min_copies"]))
    assert {name for name, one in found.items() if one.status == "exempt"} == {"rpo", "min_copies"}
    for name, one in found.items():
        # Only the status changes.
        assert one._replace(status="", exemption=None) == plain[name]._replace(status="", exemption=None)
        assert one.exemption == ("EX-1" if name in ("rpo", "min_copies") else None)
        assert name in ("rpo", "min_copies") or one.status == plain[name].status


def test_exemption_of_all_checks():
    plain = results()
    assert {"fail", "warn", "pass", "insufficient_data"} == {one.status for one in plain.values()}
    for name, one in exempted(exemption("EX-1", "*")).items():
        was = plain[name].status
        assert one.status == ("exempt" if was in ("warn", "fail") else was)
        assert one.exemption == ("EX-1" if was in ("warn", "fail") else None)


def test_exemption_does_not_cover_unknown():
    assert {one.status for one in exempted(exemption("EX-1", "*"), backups=None).values()} == {"unknown"}


def test_exemption_of_another_virtual_machine():
    assert exempted(exemption("EX-1", "*", match={"id": 43})) == results()


@pytest.mark.parametrize(
    ("expires", "now", "status"),
    [
        ("2026-03-30", "2026-03-30T23:59:59Z", "exempt"),
        ("2026-03-30", "2026-03-31T00:00:00Z", "fail"),
        ("2026-03-29", "2026-03-30T06:00:00Z", "fail"),
        ("2026-03-31", "2026-03-30T06:00:00Z", "exempt"),
    ],
    ids=["last second of its last day", "first second after it", "expired", "expiring"],
)
def test_last_day_of_an_exemption(expires, now, status):
    seconds = next(second for second in range(NOW - DAY, NOW + DAY) if utc_text(second) == now)
    found = exempted(exemption("EX-1", "coverage", expires), now=seconds)["coverage"]
    assert (found.status, found.exemption) == (status, "EX-1" if status == "exempt" else None)


def test_first_of_two_exemptions():
    expired = exemption("EX-0", "*", "2026-01-01")
    other = exemption("EX-1", "min_copies")
    first, second = exemption("EX-2", ["coverage"]), exemption("EX-3", "*")
    found = exempted(expired, other, first, second)
    assert [found[name].exemption for name in ("min_copies", "coverage", "rpo")] == ["EX-1", "EX-2", "EX-3"]


# --- any cloud ---

tiers = st.sampled_from([None, {"count": 3, "min": 2}, {"count": 1, "min": 1}, {"count": 35, "min": 1}])
rule_limits = st.fixed_dictionaries(
    {},
    optional={
        "rpo": st.sampled_from(["1h", "26h", "40d"]),
        "rpo_critical": st.sampled_from([None, "41d"]),
        "build_timeout": st.sampled_from(["1h", "12h", "50d"]),
        "min_copies": st.sampled_from([None, 1, 3]),
        "scheduled": st.sampled_from([None, False, True]),
        "empty": st.sampled_from([None, False, True]),
        "retention": st.one_of(
            st.none(),
            st.fixed_dictionaries(
                {},
                optional={
                    "daily": tiers,
                    "weekly": tiers,
                    "monthly": tiers,
                    "yearly": tiers,
                    "tier_strict": st.booleans(),
                },
            ),
        ),
        "max_gap": st.sampled_from([None, {}, {"limit": "1h", "window": "1h"}, {"limit": "30h", "window": "60d"}]),
        "size": st.sampled_from([None, {}, {"floor_kb": 0, "min_samples": 1, "shrink": 0.9, "growth": 1.5}]),
        "min_backup_servers": st.sampled_from([None, {}, {"count": 2, "within": "30d"}]),
        "duration": st.sampled_from([None, {"limit": "1h"}, {"factor": 2, "floor": "1m"}]),
        "window": st.sampled_from([None, {"start": "22:00", "end": "06:00"}, {"start": "06:00", "end": "06:01"}]),
        "full_max_age": st.sampled_from([None, "1h", "20d"]),
        "max_retention": st.sampled_from([None, "1h", "20d"]),
        "locked": st.sampled_from([None, {}, {"limit": "1h", "warning": "1h"}]),
        "severity": st.dictionaries(st.sampled_from(list(VM_CHECKS)), st.sampled_from(list(STATUS_OF)), max_size=4),
    },
)
policies = st.builds(
    lambda own, sites, exempt, zone, **general: parse_policy(
        {
            **general,
            "timezone": zone,
            "defaults": own,
            "server_sites": sites,
            "exemptions": [exemption("EX-1", names) for names in exempt],
        }
    ),
    own=rule_limits,
    sites=st.sampled_from([{}, {}, {1: "ams"}]),
    exempt=st.lists(st.sampled_from(["*", "rpo", "coverage"]), max_size=1),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Kiritimati"]),
    day_starts_at=st.sampled_from(["00:00", "16:00"]),
    clock=st.fixed_dictionaries({"age_from": st.sampled_from(["created_at", "built_at"])}),
)
# Ages of the tests of the assessment, and some that are days apart.
regular = st.builds(
    lambda backup, age, took, server, updated: backup._replace(
        created_at=at(NOW - age),
        built_at=at(NOW - age + took),
        backup_server_id=server,
        updated_at=updated.seconds,
        size=backup.size and backup.size * GB,
    ),
    backups,
    st.one_of(st.integers(0, 40).map(lambda days: days * DAY), st.integers(0, 50 * DAY)),
    st.sampled_from([0, HOUR, 2 * HOUR, -1]),
    st.sampled_from([None, 1, 2]),
    instants,
)
many_backups = st.lists(st.one_of(backups, regular, regular), max_size=12).map(
    lambda found: [backup._replace(id=number + 1) if number % 3 else backup for number, backup in enumerate(found)]
)
clouds = st.tuples(machines, st.lists(disks, max_size=3), many_backups, policies)


def assessed_cloud(cloud):
    """The assessment as modules return it, the results and the heat map of a cloud."""
    machine, its_disks, its_backups, policy = cloud
    assessment = assess(machine, its_disks, its_backups, policy, NOW)
    letters = None if assessment.evidence is None else heat_map(assessment.evidence)
    found = run_checks(machine, assessment, policy, NOW)
    return with_exempt_flag(assessment, found), found, letters


@holds_for(clouds)
def test_any_cloud_gives_valid_results_of_all_enabled_checks(cloud):
    machine, _disks, its_backups, policy = cloud
    _assessment, found, _letters = assessed_cloud(cloud)
    assert [one.check for one in found] == enabled_checks(policy.defaults)
    for one in found:
        assert_valid_result(one, {backup.id for backup in its_backups})


@holds_for(clouds, st.randoms(use_true_random=False))
def test_order_and_repeated_rows(cloud, random):
    machine, its_disks, its_backups, policy = cloud
    changed_disks, changed_backups = its_disks * 2, its_backups * 2
    random.shuffle(changed_disks)
    random.shuffle(changed_backups)
    _assessment, found, letters = assessed_cloud(cloud)
    _assessment, other_found, other_letters = assessed_cloud((machine, changed_disks, changed_backups, policy))
    assert (found, letters) == (other_found, other_letters)


@holds_for(clouds)
def test_vm_that_is_not_assessed(cloud):
    assessment, found, _letters = assessed_cloud(cloud)
    if assessment.state in ("unknown", "not_applicable"):
        assert {one.status for one in found} <= {assessment.state}
    else:
        assert not {one.status for one in found} & {"unknown"}


@holds_for(clouds)
def test_coverage_and_rpo_agree_with_the_state(cloud):
    assessment, found, _letters = assessed_cloud(cloud)
    state, statuses = assessment.state, {one.check: one.status for one in found}
    assert (statuses["rpo"] == "pass") == (state == "protected")
    assert state != "protected" or statuses["coverage"] == "pass"
    assert state not in ("unprotected", "stale", "failing") or statuses["rpo"] in ("warn", "fail", "exempt")
    assert (state == "unprotected") == (statuses["coverage"] in ("fail", "warn", "exempt"))
    assert state != "failing" or statuses["attempt"] in ("fail", "warn", "exempt")
    assert state != "pending" or (statuses["coverage"], statuses["rpo"]) == ("insufficient_data", "insufficient_data")


@holds_for(clouds)
def test_coverage_needs_a_point_of_every_disk(cloud):
    machine, its_disks, its_backups, policy = cloud
    its_disks = list({one.id: one for one in its_disks}.values())
    its_backups = list({one.id: one for one in its_backups}.values())
    single = (machine, its_disks, its_backups, policy)
    _assessment, found, _letters = assessed_cloud(single)
    if {one.check: one.status for one in found}["coverage"] == "pass":
        for one in eligible(single):
            assert newest_of(machine, one, its_backups, policy) is not None or not is_past_grace(machine, one)


@holds_for(clouds)
def test_flags_of_history_agree_with_the_checks(cloud):
    assessment, found, _letters = assessed_cloud(cloud)
    flags = set(assessment.flags)
    if assessment.state in ("unknown", "not_applicable"):
        assert not {"retention_missing", "gap", "size_shrink", "size_growth"} & flags
        return
    written = cloud[3].defaults.written
    bad = {one.check for one in found if one.status in ("warn", "fail", "exempt")}
    tiers_broken = any(name.startswith("retention_") for name in bad)
    assert ("retention_missing" in flags) == ("retention" in written and tiers_broken)
    assert ("gap" in flags) == ("max_gap" in written and "max_gap" in bad)
    assert bool({"size_shrink", "size_growth"} & flags) == ("size" in written and "size" in bad)
    assert ("exempt" in flags) == any(one.status == "exempt" for one in found)


@holds_for(clouds)
def test_heat_map(cloud):
    assessment, _found, letters = assessed_cloud(cloud)
    if letters is None:
        assert assessment.state == "unknown"
        return
    assert len(letters) == 35
    assert set(letters) <= set("SPFMR.Nx ")
    evidence = assessment.evidence
    zone, starts_at = evidence.policy.timezone, evidence.policy.day_starts_at
    days = {
        min(shifted_day(point.time, zone, starts_at), shifted_day(NOW, zone, starts_at)) for point in evidence.points
    }
    were_there = all(cover.created is None or cover.created < NOW - 36 * DAY for cover in evidence.covers)
    for back, letter in enumerate(reversed(letters)):
        has_point = shifted_day(NOW, zone, starts_at) - back in days
        assert letter not in "SPM" or has_point
        assert not (has_point and were_there) or letter in "SPM"


def shifted_day(seconds, zone, starts_at):
    """The number of a day, independent of the calendar; wrong only at clock changes."""
    return (datetime.datetime.fromtimestamp(seconds, zone) - datetime.timedelta(minutes=starts_at)).toordinal()


@hypothesis.settings(deadline=None, database=None)
@hypothesis.given(rule_limits)
def test_only_enabled_checks(own):
    for given_backups in (healthy(), [], None):
        assert list(results(backups=given_backups, policy=limits(**own))) == enabled_checks(
            parse_policy(limits(**own)).defaults
        )


def test_evidence_needs_backups():
    assert case_of(backups=None) is None
    assert case_of(backups=[]).uncovered


@pytest.mark.parametrize(
    ("backups", "checks", "is_flagged"),
    [
        (healthy(), "*", False),
        ([point(1, 30 * HOUR)], "rpo", True),
        ([point(1, 30 * HOUR)], "coverage", False),
        ([], "*", True),
        (None, "*", False),
    ],
)
def test_with_exempt_flag(backups, checks, is_flagged):
    policy = {"defaults": {"min_copies": None, "retention": None}, "exemptions": [exemption("EX-1", checks)]}
    assessment = assessed(backups=backups, policy=policy)
    assert "exempt" not in assessment.flags
    flagged = with_exempt_flag(assessment, run_checks(vm(), assessment, parse_policy(policy), NOW))
    assert ("exempt" in flagged.flags) is is_flagged
    assert [flag for flag in FLAGS if flag in flagged.flags] == list(flagged.flags)
