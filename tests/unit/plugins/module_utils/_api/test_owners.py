# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Backups from lists of owners lead to the verdicts that each virtual machine's own list does, or to an error."""

from __future__ import annotations

import types

import pytest
from ansible_collections.community.onapp.plugins.module_utils._api.collect import Collection, Wanted
from ansible_collections.community.onapp.plugins.module_utils._api.paging import Listing
from ansible_collections.community.onapp.plugins.module_utils._api.throttle import Stopped, Throttle
from ansible_collections.community.onapp.plugins.module_utils._errors import (
    AuthError,
    ConfigError,
    ForbiddenError,
    ServerError,
)
from ansible_collections.community.onapp.plugins.module_utils._fields import moment, utc_text
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.module_utils._verdict.collected import (
    Records,
    judged_protected,
    verdict_on,
)
from ansible_collections.community.onapp.tests.properties import examples
from hypothesis import given, settings
from hypothesis import strategies as st

NOW = moment("2026-03-30T06:00:00Z")
POLICY = parse_policy(None)
FRESH, OLD = utc_text(NOW - 5 * 3600), utc_text(NOW - 500 * 3600)


class Panel:
    """As much of a client as a collection asks for. `machines` are (id, owner, disk ids, backups); `asked` counts.

    `spoil` changes the rows that the list of an owner shows, or raises.
    """

    def __init__(self, machines, spoil=lambda owner, rows: rows):
        self.machines = machines
        self.spoil = spoil
        self.asked = []
        self.connection = types.SimpleNamespace(url="https://panel", concurrency=2, page_size=1000)
        self.throttle = Throttle(2)
        self.refused = self.server_date = None

    def get_list(self, wrapper, *segments, query=None, map_pages=map, exact=False, trim=None):
        self.asked.append("/".join(map(str, segments)))
        rows = [dict(row) for row in self.rows(segments)]
        return Listing(list(map(trim, rows)) if trim else rows, None)

    def rows(self, segments):
        if segments == ("virtual_machines",):
            return [
                {"id": number, "user_id": owner, "built": True, "booted": True, "created_at": OLD}
                for number, owner, _disks, _backups in self.machines
            ]
        if segments == ("settings", "disks"):
            return [
                {"id": disk, "virtual_machine_id": number, "created_at": OLD}
                for number, _owner, disks, _backups in self.machines
                for disk in disks
            ]
        if segments[0] == "users":
            own = [row for _number, owner, _disks, rows in self.machines if owner == segments[1] for row in rows]
            return self.spoil(segments[1], own)
        return next(backups for number, _owner, _disks, backups in self.machines if number == segments[1])

    def of(self, prefix):
        return [path for path in self.asked if path.startswith(prefix)]


def backup(number, disk, created_at=FRESH, **fields):
    return {"id": number, "target_type": "Disk", "target_id": disk, "built": True, "created_at": created_at, **fields}


def protected(number, owner):
    return (number, owner, [10 * number], [backup(100 * number, 10 * number)])


def stale(number, owner):
    return (number, owner, [10 * number], [backup(100 * number, 10 * number, OLD)])


def verdicts(panel, *, by_owner=True, **wanted):
    """The verdicts by id, and the backups that each rests on."""
    suffices = judged_protected(POLICY, NOW) if by_owner else None
    collection = Collection(panel, Wanted(suffices=suffices, **wanted))
    found = {}
    for collected in collection.virtual_machines():
        records = Records.of(collected, POLICY.clock.naive_as)
        assert records.vm.id not in found
        found[records.vm.id] = (verdict_on(records, POLICY, NOW), collected.backups)
    return found


MACHINES = [*(protected(number, 7) for number in range(1, 6)), stale(6, 7), protected(8, 9), protected(9, None)]


class TestRequests:
    def test_one_list_for_an_owner_and_what_it_does_not_show_to_be_protected(self):
        panel = Panel(MACHINES)
        found = verdicts(panel)
        assert {number: verdict.state for number, (verdict, _rows) in found.items()} == {
            **dict.fromkeys((1, 2, 3, 4, 5, 8, 9), "protected"),
            6: "stale",
        }
        # The first is asked for as a proof, 8 is the only one of its owner, 9 has none.
        assert panel.of("users") == ["users/7/backups"]
        assert sorted(panel.of("virtual_machines/")) == [f"virtual_machines/{n}/backups" for n in (1, 6, 8, 9)]

    @pytest.mark.parametrize("error", [ForbiddenError("no"), ServerError("no")])
    def test_without_the_first_list_no_other_owner_is_asked_for(self, error):
        def refuse(owner, rows):
            raise error

        panel = Panel([*MACHINES, protected(20, 9), protected(21, 30), protected(22, 30)], refuse)
        assert verdicts(panel) == verdicts(panel, by_owner=False)
        assert panel.of("users") == ["users/7/backups"]

    def test_more_owners_than_requests_in_flight(self):
        panel = Panel([protected(2 * owner + twin, owner) for owner in range(1, 8) for twin in (0, 1)])
        assert {verdict.state for verdict, _rows in verdicts(panel).values()} == {"protected"}
        assert sorted(panel.of("users")) == [f"users/{owner}/backups" for owner in range(1, 8)]

    def test_a_refused_login_ends_it(self):
        def refuse(owner, rows):
            raise AuthError("no")

        with pytest.raises(AuthError):
            verdicts(Panel(MACHINES, refuse))

    @pytest.mark.parametrize("refused", [None, AuthError("no")])
    def test_the_refused_login_is_told_where_another_thread_met_it(self, refused):
        panel = Panel(MACHINES)

        def stop(owner, rows):
            panel.refused = refused
            raise Stopped("stopped")

        panel.spoil = stop
        with pytest.raises(Stopped if refused is None else AuthError):
            verdicts(panel)

    def test_rows_are_whole_unless_only_judged(self):
        machines = [(*machine[:3], [{**row, "note": "n"} for row in machine[3]]) for machine in MACHINES]
        assert all(rows[0].get("note") for _verdict, rows in verdicts(Panel(machines)).values())
        trimmed = verdicts(Panel(machines), judged_only=True)
        assert {number for number, (_verdict, rows) in trimmed.items() if "note" not in rows[0]} == {2, 3, 4, 5}


class TestListsThatDoNotTellAll:
    def test_a_missing_backup_is_an_error_where_a_machine_is_asked_for_itself(self):
        with pytest.raises(ConfigError, match=r"user 7 lacks backup 100 of virtual machine 1.*virtual_machine\.$"):
            verdicts(Panel(MACHINES, lambda owner, rows: rows[1:]))

    def test_a_backup_of_another_owners_machine_is_an_error(self):
        with pytest.raises(ConfigError, match="which user 9 owns"):
            verdicts(Panel([*MACHINES, protected(10, 9)], lambda owner, rows: [*rows, backup(5, 80)]))

    @pytest.mark.parametrize(
        "row", [backup(5, 999), {"id": 5, "built": True}, {"id": 5, "target_type": "Cluster", "target_id": 1}]
    )
    def test_a_backup_of_nobody_knows_what_makes_every_machine_be_asked_for(self, row):
        panel = Panel(MACHINES, lambda owner, rows: [*rows, row])
        assert verdicts(panel) == verdicts(panel, by_owner=False)
        assert len(panel.of("virtual_machines/")) == 2 * len(MACHINES)

    def test_a_newer_backup_is_no_sign_of_a_gap(self):
        machines = [protected(1, 7), stale(2, 7)]
        panel = Panel(machines, lambda owner, rows: list(rows))
        machines[1][3].append(backup(999, 20, OLD))
        panel.spoil = lambda owner, rows: [row for row in rows if row["id"] != 999]
        assert verdicts(panel)[2][0].state == "stale"

    def test_what_cannot_be_noticed(self):
        """A list that lacks an attempt of a protected machine, on a panel whose list is right where it can be held
        against a machine's own: nobody asks twice for what looks protected."""
        machines = [protected(1, 7), (2, 7, [20], [backup(200, 20), backup(201, 20, OLD, built=False)])]
        found = verdicts(Panel(machines, lambda owner, rows: [row for row in rows if row["id"] != 201]))
        assert found[2][0].state == "protected"


def machine(number):
    disks = st.sampled_from([[10 * number], [10 * number, 10 * number + 1], []])
    targets = st.sampled_from(
        [
            *({"target_type": "Disk", "target_id": 10 * number + place} for place in (0, 0, 1, 5)),
            {"target_type": "VirtualMachine", "target_id": number},
            {"disk_id": 10 * number},
            {"target_type": "VirtualMachine", "target_id": None},
            {},
        ]
    )
    times = st.sampled_from([FRESH, FRESH, OLD, None, "soon", utc_text(NOW + 90000)])
    backups = st.lists(
        st.builds(
            lambda place, target, created_at, built, marked: {
                "id": 100 * number + place,
                "created_at": created_at,
                "built": built,
                "marked_for_delete": marked,
                **target,
            },
            st.integers(0, 9),
            targets,
            times,
            st.sampled_from([True, True, True, False]),
            st.sampled_from([False, False, False, True]),
        ),
        max_size=4,
        unique_by=lambda row: row["id"],
    )
    return st.tuples(st.just(number), st.sampled_from([7, 7, 8, None]), disks, backups)


machines = st.integers(1, 6).flatmap(lambda many: st.tuples(*(machine(number) for number in range(1, many + 1))))


@settings(deadline=None, database=None, max_examples=examples(300))
@given(machines)
def test_the_very_same_verdicts(machines):
    panel = Panel(machines)
    by_owner = {number: verdict for number, (verdict, _rows) in verdicts(panel).items()}
    assert by_owner == {number: verdict for number, (verdict, _rows) in verdicts(panel, by_owner=False).items()}


@settings(deadline=None, database=None, max_examples=examples(200))
@given(machines, st.sets(st.integers(100, 609)))
def test_with_rows_left_out_only_what_was_not_asked_for_differs(machines, left_out):
    """Where the lists of owners lack rows, it is an error, or seen nowhere but in machines that look protected."""
    panel = Panel(machines, lambda owner, rows: [row for row in rows if row["id"] not in left_out])
    truth = verdicts(panel, by_owner=False)
    try:
        found = verdicts(panel)
    except ConfigError:
        return
    for number, (verdict, rows) in found.items():
        if verdict != truth[number][0]:
            assert verdict.state == "protected"
            assert {row["id"] for row in truth[number][1]} - {row["id"] for row in rows} <= left_out
