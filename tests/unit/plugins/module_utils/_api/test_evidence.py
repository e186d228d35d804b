# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Optional evidence of a simulated panel: rows, requests and failures."""

from __future__ import annotations

import contextlib
import datetime
import json
import threading

import pytest
from ansible_collections.community.onapp.plugins.module_utils._api import evidence, paging
from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
from ansible_collections.community.onapp.plugins.module_utils._api.evidence import TransactionLog
from ansible_collections.community.onapp.plugins.module_utils._api.fetch import CloudFetch
from ansible_collections.community.onapp.plugins.module_utils._api.transport import Answer
from ansible_collections.community.onapp.plugins.module_utils._options import Connection
from ansible_collections.community.onapp.plugins.module_utils._records import EVIDENCE
from ansible_collections.community.onapp.tests.connection import connection_options
from ansible_collections.community.onapp.tests.simulator import routes
from ansible_collections.community.onapp.tests.simulator.explicit import Explicit
from ansible_collections.community.onapp.tests.simulator.panel import Panel
from ansible_collections.community.onapp.tests.simulator.settings import Settings

CLOCK = datetime.datetime(2026, 3, 30, 6, tzinfo=datetime.UTC)
OLD = "2020-01-01T00:00:00Z"
HOUR = 3600
POINT = {"id": 5, "state": "built", "size": 40, "resource_id": 1, "created_at": "2026-03-30T04:00:00Z"}
ATTEMPT = {"id": 900, "disk_id": 11, "built": False, "created_at": "2026-03-30T02:00:00Z"}
POINTS = "/virtual_machines/{}/backups/recovery_points.json"


def at(hours):
    return (CLOCK - datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def vm(number=1, disks=(11,), **more):
    return {"id": number, "disks": [{"id": disk, "created_at": OLD} for disk in disks], "backups": [], **more}


class InProcess:
    """A panel in this process that replaces a transport. `paths` are the requested ones; `wrong` has other answers by
    the end of the path."""

    def __init__(self, virtual_machines, wrong=None, **settings):
        given = {"virtual_machines": list(virtual_machines), "users": [{"id": 1875}]}
        self.panel = Panel(
            lambda now: Explicit(now.generation, now.now, given),
            Settings().changed({"now": CLOCK, **settings}),
            ("auditor", "secret"),
        )
        self.paths = []
        self.wrong = wrong or {}

    def get(self, path, query, remaining):
        self.paths.append(path)
        for end, (status, body) in self.wrong.items():
            if path.endswith(end):
                return Answer(status, {}, body if isinstance(body, bytes) else json.dumps(body).encode())
        call = routes.parse_call("GET", path, "&".join(f"{name}={value}" for name, value in query.items()), "", "")
        answer = self.panel.answer(call, "Basic YXVkaXRvcjpzZWNyZXQ=", "", "http://panel")
        return Answer(answer.status, answer.headers, answer.body)

    def stop(self):
        """Do nothing."""

    close = stop

    @contextlib.contextmanager
    def client(self, **options):
        given = {"username": "auditor", "password": "secret", "retries": 0, "concurrency": 2, **options}
        client = Client(Connection.from_options(connection_options(**given)))
        client._transport = self
        with contextlib.closing(client):
            yield client

    def fetch(self, *kinds, options=None, **spec):
        """The virtual machines with some evidence, by id, and the fetch."""
        with self.client(**(options or {})) as client:
            fetch = CloudFetch(client, evidence=kinds, **spec)
            return {fetched.vm.id: fetched for fetched in fetch.virtual_machines()}, fetch

    def read(self, word):
        """How many requests were sent for paths with a word in them."""
        return len([path for path in self.paths if word in path])


@pytest.fixture(params=["json", "xml"])
def options(request):
    return {"response_format": request.param}


CLOUD = [
    vm(1, (11, 12), recovery_points=[POINT], schedules=[{"id": 7}, {"id": 8, "target_id": 12, "status": "disabled"}]),
    vm(2, (21,), backups=[dict(ATTEMPT, disk_id=21)], schedules=[{"id": 9, "target_type": "VirtualMachine"}]),
    vm(3, (31,)),
]


def test_only_requested_evidence_is_read():
    panel = InProcess(CLOUD)
    found, fetch = panel.fetch()
    assert len(panel.paths) == 2 + len(CLOUD)
    assert all(not vm.evidence and vm.recovery_points is None and vm.schedules is None for vm in found.values())
    assert (fetch.failures, fetch.notes()) == ([], [])


def test_all_evidence(options):
    panel = InProcess(CLOUD)
    found, fetch = panel.fetch(*EVIDENCE, options=options)
    assert {number: [point.id for point in vm.recovery_points] for number, vm in found.items()} == {
        1: [5],
        2: [],
        3: [],
    }
    assert {number: [one.id for one in vm.schedules] for number, vm in found.items()} == {1: [7, 8], 2: [9], 3: []}
    (attempt,) = found[2].backups
    assert (attempt.transaction_status, attempt.has_failed) == ("failed", True)
    assert (fetch.failures, fetch.notes()) == ([], [])
    # The lists of virtual machines and disks, one list of backups each, and the evidence of each kind.
    assert len(panel.paths) == 2 + len(CLOUD) + len(CLOUD) + 1 + 1
    canaries = repr([vm.evidence for vm in found.values()])
    assert "canary" not in canaries
    assert "params" not in canaries


class TestRecoveryPoints:
    def test_one_request_each(self):
        panel = InProcess([vm(number) for number in range(1, 8)])
        found, _fetch = panel.fetch("recovery_points")
        assert panel.read("recovery_points") == len(found) == 7

    @pytest.mark.parametrize("settings", [{"absent": ["recovery_points"]}, {"generation": "4.x"}])
    def test_panel_without_recovery_points(self, settings):
        """A panel without recovery points answers 404 for every virtual machine."""
        panel = InProcess(CLOUD, **settings)
        found, fetch = panel.fetch("recovery_points")
        assert [vm.recovery_points for vm in found.values()] == [[], [], []]
        assert all(not vm.evidence_failures for vm in found.values())
        assert (fetch.failures, panel.read("recovery_points")) == ([], 3)

    @pytest.mark.parametrize("missing", [1, 2, 3])
    def test_404_for_some(self, missing):
        panel = InProcess(CLOUD, wrong={POINTS.format(missing): (404, {})})
        found, fetch = panel.fetch("recovery_points")
        assert [number for number, vm in found.items() if vm.recovery_points is None] == [missing]
        assert [failure.as_facts()["virtual_machine_id"] for failure in fetch.failures] == [missing]
        assert found[missing].evidence_failures["recovery_points"].error.code == "not_found"
        assert found[missing].failures == ()
        assert panel.read("recovery_points") == 3

    @pytest.mark.parametrize("count", [1, 2, 5])
    def test_404_for_all_but_the_last(self, count):
        wrong = {POINTS.format(number): (404, {}) for number in range(1, count + 1)}
        panel = InProcess([vm(number) for number in range(1, count + 2)], wrong=wrong)
        found, _fetch = panel.fetch("recovery_points")
        assert [vm.recovery_points for vm in found.values()] == [None] * count + [[]]
        assert panel.read("recovery_points") == count + 1

    @pytest.mark.parametrize(
        ("status", "body", "code"),
        [
            (403, {"errors": ["no"]}, "forbidden"),
            (500, b"", "server"),
            (503, b"", "server"),
            (200, b"", "decode"),
            (200, b"null", "decode"),
            (200, b'[{"recovery_point": {"id": 5', "decode"),
            (200, b"<html></html>", "decode"),
            (200, {"recovery_point": POINT}, "decode"),
            (200, [None], "decode"),
            (200, [{"recovery_point": {"state": "built"}}], "decode"),
            (200, [{"recovery_point": {**POINT, "id": "x"}}], "decode"),
            (200, [{"recovery_point": {**POINT, "state": {}}}], "decode"),
            (200, [{"recovery_point": {**POINT, "virtual_machine_id": 3}}], "decode"),
            (200, [{"recovery_point": {**POINT, "virtual_machine_id": 10**400}}], "decode"),
            (200, b'[{"recovery_point": {"id": 5, "state": "b\xff"}}]', "decode"),
        ],
    )
    def test_unreadable(self, status, body, code):
        panel = InProcess(CLOUD, wrong={POINTS.format(2): (status, body)})
        found, fetch = panel.fetch("recovery_points")
        failure = found[2].evidence_failures["recovery_points"]
        assert failure.error.code == code
        assert fetch.failures == [failure]
        assert found[2].failures == ()
        assert all(not vm.evidence_failures for number, vm in found.items() if number != 2)
        assert not any(point.built and point.virtual_machine_id == 2 for point in found[2].recovery_points or ())

    def test_recovery_point_of_another_virtual_machine(self):
        rows = [{"recovery_point": {**POINT, "virtual_machine_id": 2}}]
        rows += [{"recovery_point": {**POINT, "id": 6, "virtual_machine_id": 3}}]
        found, fetch = InProcess(CLOUD, wrong={POINTS.format(2): (200, rows)}).fetch("recovery_points")
        assert found[2].recovery_points is None
        assert "recovery point 6 of another virtual machine" in fetch.failures[0].error.text

    def test_pages(self, options):
        points = [{"id": number, "created_at": at(number)} for number in range(1, 8)]
        panel = InProcess([vm(recovery_points=points)])
        found, fetch = panel.fetch("recovery_points", options={"page_size": 3, **options})
        assert sorted(point.id for point in found[1].recovery_points) == list(range(1, 8))
        assert fetch.failures == []

    def test_times_without_a_zone(self):
        panel = InProcess([vm(recovery_points=[{"id": 5, "created_at": "2026-03-30 04:00:00"}])])
        for zone, hours in ((None, 2 + 14), (datetime.UTC, 2)):
            found, _fetch = panel.fetch("recovery_points", naive_as=zone)
            (point,) = found[1].recovery_points
            assert point.created_at == (CLOCK.timestamp() - hours * HOUR, "no_offset")

    def test_deleted_virtual_machine_is_dropped(self):
        panel = InProcess(CLOUD)
        panel.wrong = {f"/2/{end}.json": (404, {}) for end in ("backups", "backups/recovery_points")}
        listed = [{"virtual_machine": {"id": number, "built": True}} for number in (1, 3, 2)]

        def get(path, query, remaining, real=panel.get):
            answer = real(path, query, remaining)
            if path != "/virtual_machines.json":
                return answer
            deleted = panel.read("/2/backups.json") > 0
            return Answer(200, {}, json.dumps(listed[:2] if deleted else listed).encode())

        panel.get = get
        found, fetch = panel.fetch("recovery_points")
        assert (sorted(found), [vm.id for vm in fetch.dropped], fetch.failures) == ([1, 3], [2], [])


class TestSchedules:
    @pytest.mark.parametrize("settings", [{"refused": ["schedules"]}, {"absent": ["schedules"]}])
    def test_unreadable_list_of_the_cloud(self, settings, options):
        from_cloud, _fetch = InProcess(CLOUD).fetch("schedules", options=options)
        panel = InProcess(CLOUD, **settings)
        found, fetch = panel.fetch("schedules", options=options)
        assert {number: vm.schedules for number, vm in found.items()} == {
            number: vm.schedules for number, vm in from_cloud.items()
        }
        # The list of the cloud, one list each, and one for each disk.
        assert panel.read("schedules") == 1 + 3 + 4
        assert (fetch.failures, fetch.notes()) == ([], [])

    @pytest.mark.parametrize(
        "fields",
        [{"target_id": None}, {"target_type": None}, {"target_type": {}}, {"target_id": "x"}, {"target_id": 10**30}],
    )
    def test_listed_schedule_without_a_known_owner(self, fields):
        """The schedule may have failures of any virtual machine, so the lists of each are read."""
        row = {"id": 9, "target_type": "VirtualMachine", "target_id": 2, "status": "enabled", **fields}
        listed = [{"schedule": {**row, "failure_count": 3}}]
        panel = InProcess(CLOUD, wrong={"settings/schedules.json": (200, listed)})
        found, fetch = panel.fetch("schedules")
        assert panel.read("schedules") == 1 + 3 + 4
        assert [[one.id for one in vm.schedules] for vm in found.values()] == [[7, 8], [9], []]
        assert fetch.notes() == []

    @pytest.mark.parametrize("target", [("Disk", 31), ("VirtualMachine", 3), ("Storage::Disk", "31")])
    def test_schedules_of_another_virtual_machine(self, target):
        rows = [
            {"schedule": {"id": number, "target_type": kind, "target_id": of, "status": "enabled", "failure_count": 0}}
            for number, (kind, of) in enumerate([target, ("Disk", 21), ("Other", 5)])
        ]
        panel = InProcess(CLOUD, wrong={"/2/schedules.json": (200, rows)}, absent=["schedules"])
        found, fetch = panel.fetch("schedules")
        assert [one.id for one in found[2].schedules] == [1, 2]
        assert fetch.notes() == []

    def test_pages_are_read_concurrently(self):
        """The second page is not answered before the third is requested."""
        schedules = [{"id": number, "target_id": 11} for number in range(1, 8)]
        panel = InProcess([vm(1, (11,), schedules=schedules)])
        barrier = threading.Barrier(2)

        def get(path, query, remaining, real=panel.get):
            if path == "/settings/schedules.json" and query["page"] in ("2", "3"):
                barrier.wait(10)
            return real(path, query, remaining)

        panel.get = get
        found, _fetch = panel.fetch("schedules", options={"page_size": 3})
        assert [one.id for one in found[1].schedules] == list(range(1, 8))

    @pytest.mark.parametrize("names", [("2",), ()])
    def test_disks_are_read_first(self, names):
        panel = InProcess(CLOUD[1:2], absent=["schedules"])
        found, _fetch = panel.fetch("schedules", names=names)
        assert [one.id for one in found[2].schedules] == [9]

    @pytest.mark.parametrize("absent", [[], ["schedules"]])
    def test_disk_of_another_in_the_list_of_disks(self, absent):
        disks = [{"disk": {"id": 21, "virtual_machine_id": 2}}, {"disk": {"id": 11, "virtual_machine_id": 1}}]
        panel = InProcess(CLOUD, wrong={"/2/disks.json": (200, disks)}, refused=["settings_disks"], absent=absent)
        found, _fetch = panel.fetch("schedules")
        assert [one.id for one in found[2].schedules] == [9]

    def test_swap_disks(self):
        swap = vm(1, ()) | {"disks": [{"id": 11, "is_swap": True}, {"id": 12}]}
        panel = InProcess([swap], absent=["schedules"])
        panel.fetch("schedules")
        assert [path for path in panel.paths if "settings/disks/" in path] == ["/settings/disks/12/schedules.json"]

    @pytest.mark.parametrize(
        ("disks", "rows", "expected"),
        [
            # The panel lists schedules of swap disks with those of the virtual machine.
            ([{"id": 11, "is_swap": True}, {"id": 12}], [{"id": 7}, {"id": 8, "target_id": 12}], [8]),
            ([{"id": 11, "is_swap": "true"}, {"id": 12}], [{"id": 7}, {"id": 8, "target_id": 12}], [8]),
            ([{"id": 11, "is_swap": 1}], [{"id": 7}, {"id": 8, "target_type": "VirtualMachine"}], [8]),
            ([{"id": 11, "is_swap": "perhaps"}], [{"id": 7}], [7]),
            ([{"id": 11, "is_swap": None}], [{"id": 7, "target_type": "Storage::Disk"}], [7]),
            ([{"id": 11, "is_swap": True}], [{"id": 7, "target_type": "Storage::Disk"}], []),
            # A disk that is not listed, and one of another virtual machine.
            ([{"id": 11}], [{"id": 7}, {"id": 8, "target_id": 99}], [7]),
            ([{"id": 11}, {"id": 12, "virtual_machine_id": 9}], [{"id": 7}, {"id": 8, "target_id": 12}], [7]),
            # A schedule without a known target counts for the VM whose list has it.
            (
                [{"id": 11}, {"id": 12, "is_swap": True}],
                [{"id": 7, "target_type": None}, {"id": 8, "target_id": 12}],
                [7],
            ),
            ([{"id": 11}], [{"id": 7, "target_id": None}, {"id": 8}], [7, 8]),
            ([{"id": 11, "is_swap": True}], [{"id": 7}, {"id": 8, "target_type": "Other", "target_id": 5}], [8]),
        ],
    )
    def test_list_of_the_cloud_equals_lists_of_disks(self, disks, rows, expected, options):
        cloud = [vm(1, ()) | {"disks": disks, "schedules": rows}, vm(2, (21,), schedules=[{"id": 20}])]
        found = []
        for settings in ({}, {"absent": ["schedules"]}):
            virtual_machines, fetch = InProcess(cloud, **settings).fetch("schedules", options=options)
            assert [one.id for one in virtual_machines[1].schedules] == expected
            assert fetch.notes() == []
            found.append([(one.schedules, one.evidence) for one in virtual_machines.values()])
        assert found[0] == found[1]

    def test_schedule_with_an_invalid_target(self):
        cloud = [vm(1, (11,), schedules=[{"id": 7, "target_id": {}}]), vm(2, (21,), schedules=[{"id": 20}])]
        for settings in ({}, {"absent": ["schedules"]}):
            found, fetch = InProcess(cloud, **settings).fetch("schedules")
            assert (list(found[1].evidence_failures), list(found[2].evidence_failures)) == (["schedules"], [])
            assert len(fetch.notes()) == 1

    @pytest.mark.parametrize("refused", [["disk_schedules"], ["virtual_machine_schedules"]])
    def test_refused(self, refused):
        panel = InProcess(CLOUD, refused=["schedules", *refused])
        found, fetch = panel.fetch("schedules")
        assert [vm.schedules for vm in found.values()] == [None, None, None]
        assert {vm.evidence_failures["schedules"].error.code for vm in found.values()} == {"forbidden"}
        assert fetch.failures == []
        (note,) = fetch.notes()
        assert note.startswith("The schedules of 3 virtual machines could not be read, and nothing is known of them.")
        assert "The first, of virtual machine 1" in note
        assert "HTTP 403" in note

    def test_unread_disks(self):
        panel = InProcess(CLOUD, refused=["settings_disks", "disks"])
        found, fetch = panel.fetch("schedules")
        assert [vm.schedules for vm in found.values()] == [None, None, None]
        assert len(fetch.failures) == 3

    @pytest.mark.parametrize(
        "row", [{"failure_count": "many"}, {"target_id": {}}, {"status": ["enabled"]}, {"action": {}}]
    )
    def test_invalid_values(self, row):
        rows = [{"schedule": {"id": 7, "target_type": "VirtualMachine", "target_id": 3, "status": "enabled", **row}}]
        panel = InProcess(CLOUD, wrong={"/3/schedules.json": (200, rows)}, absent=["schedules"])
        found, fetch = panel.fetch("schedules")
        assert list(found[3].evidence_failures) == ["schedules"]
        assert len(fetch.notes()) == 1

    def test_damaged_rows(self):
        row = b'{"schedule": {"id": 7, "target_type": "Disk", "target_id": 31, "status": "\xff"}}'
        wrong = {"settings/schedules.json": (200, b"[" + row + b"]"), "31/schedules.json": (200, b"[" + row + b"]")}
        found, fetch = InProcess(CLOUD, wrong=wrong).fetch("schedules")
        assert [number for number, vm in found.items() if vm.schedules is None] == [3]
        assert len(fetch.notes()) == 1


def transaction(number, hours, parent=900, **more):
    return {"id": number, "parent_id": parent, "created_at": at(hours), "updated_at": at(hours), **more}


class TestTransactions:
    @pytest.mark.parametrize(
        ("transactions", "expected"),
        [
            ([transaction(1, 3)], "failed"),
            ([transaction(1, 3, status="Cancelled")], "cancelled"),
            ([transaction(1, 3, status="running")], "running"),
            ([transaction(1, 3, action="take_incremental_backup")], "failed"),
            ([transaction(1, 3, action="restore_backup")], None),
            ([transaction(1, 3, parent_type="VirtualMachine")], None),
            ([transaction(1, 3, parent=901)], None),
            ([transaction(2, 3, status="running"), transaction(1, 4)], "running"),
            ([transaction(2, 3), transaction(1, 4, status="running")], "failed"),
            ([], None),
        ],
    )
    def test_newest_of_the_attempt(self, transactions, expected, options):
        panel = InProcess([vm(backups=[ATTEMPT], transactions=transactions)])
        found, fetch = panel.fetch("transactions", options=options)
        assert found[1].backups[0].transaction_status == expected
        assert (fetch.failures, fetch.notes()) == ([], [])

    @pytest.mark.parametrize("order", [1, -1])
    def test_newest_in_any_order(self, order):
        shared = {"parent_type": "Backup", "parent_id": 900, "action": "take_backup", "created_at": at(3)}
        rows = [{"transaction": {"id": number, "status": word, **shared}} for number, word in ((1, "failed"), (2, "x"))]
        panel = InProcess([vm(backups=[ATTEMPT])], wrong={"/transactions.json": (200, rows[::order])})
        found, _fetch = panel.fetch("transactions")
        assert found[1].backups[0].transaction_status == "x"

    @pytest.mark.parametrize(
        "backups",
        [
            [],
            [{"id": 900, "disk_id": 11}],
            [dict(ATTEMPT, marked_for_delete=True)],
            [ATTEMPT, {"id": 901, "disk_id": 11, "created_at": at(1)}],
        ],
        ids=["no backup", "built", "marked for delete", "a later backup of its disk"],
    )
    def test_no_request_without_a_relevant_attempt(self, backups):
        panel = InProcess([vm(backups=backups, transactions=[transaction(1, 3)])])
        found, fetch = panel.fetch("transactions")
        assert panel.read("transactions") == 0
        assert [backup.transaction_status for backup in found[1].backups] == [None] * len(backups)
        assert fetch.notes() == []

    def test_attempt_of_another_disk_is_relevant(self):
        panel = InProcess([vm(backups=[ATTEMPT, {"id": 901, "disk_id": 12}], transactions=[transaction(1, 3)])])
        found, _fetch = panel.fetch("transactions")
        assert found[1].backups[0].transaction_status == "failed"

    @pytest.mark.parametrize(
        ("hours", "requests"), [(4, 1), (14, 2), (24, 3), (200, 10)], ids=["newest", "second page", "third", "trimmed"]
    )
    def test_pages_back_to_the_attempt(self, hours, requests):
        """A page has ten entries, one for each hour; the log has 100."""
        log = [transaction(1000 - number, number, parent=number) for number in range(1, 101)]
        attempt = dict(ATTEMPT, id=hours, created_at=at(hours))
        panel = InProcess([vm(backups=[attempt], transactions=log)])
        found, fetch = panel.fetch("transactions", options={"page_size": 10})
        assert panel.read("transactions") == requests
        assert found[1].backups[0].transaction_status == ("failed" if hours <= 100 else None)
        assert fetch.notes() == []

    def test_stops_at_older_transactions(self):
        log = [transaction(1000 - number, number, parent=number) for number in range(1, 101)]
        panel = InProcess([vm(backups=[dict(ATTEMPT, id=900, created_at=at(15))], transactions=log)])
        panel.fetch("transactions", options={"page_size": 10})
        assert panel.read("transactions") == 2

    def test_pages_are_read_once(self):
        log = [transaction(1000 - number, number, parent=number) for number in range(1, 31)]
        cloud = [vm(n, (10 + n,), backups=[dict(ATTEMPT, id=n, created_at=at(n))]) for n in range(1, 25)]
        cloud[0]["transactions"] = log
        for other in cloud[1:]:
            other["transactions"] = []
        panel = InProcess(cloud)
        found, _fetch = panel.fetch("transactions", options={"page_size": 10})
        assert panel.read("transactions") == 3
        assert {vm.backups[0].transaction_status for vm in found.values()} == {"failed"}

    def test_limit_of_pages(self, monkeypatch):
        monkeypatch.setattr(evidence, "MOST_LOG_PAGES", 3)
        log = [transaction(1000 - number, number, parent=number) for number in range(1, 101)]
        panel = InProcess([vm(backups=[dict(ATTEMPT, id=99, created_at=at(99))], transactions=log)])
        found, fetch = panel.fetch("transactions", options={"page_size": 10})
        assert panel.read("transactions") == 3
        assert found[1].backups[0].transaction_status is None
        assert "Only the newest 30 entries of the log of transactions are read" in fetch.notes()[0]
        assert fetch.failures == []

    def test_limit_of_weight(self, monkeypatch):
        monkeypatch.setattr(paging, "MOST_WEIGHT", 2000)
        log = [transaction(1000 - number, number, parent=number) for number in range(1, 101)]
        panel = InProcess([vm(backups=[dict(ATTEMPT, id=99, created_at=at(99))], transactions=log)])
        _found, fetch = panel.fetch("transactions", options={"page_size": 10})
        assert panel.read("transactions") == 2
        assert "Only the newest 20 entries of the log of transactions are read" in fetch.notes()[0]

    @pytest.mark.parametrize(
        ("settings", "code"),
        [({"refused": ["transactions"]}, "forbidden"), ({"absent": ["transactions"]}, "not_found")],
    )
    def test_refused(self, settings, code):
        panel = InProcess([vm(n, (10 + n,), backups=[dict(ATTEMPT, id=n)]) for n in (1, 2, 3)], **settings)
        found, fetch = panel.fetch("transactions")
        assert panel.read("transactions") == 1
        assert {vm.evidence_failures["transactions"].error.code for vm in found.values()} == {code}
        assert fetch.failures == []
        assert len(fetch.notes()) == 1

    @pytest.mark.parametrize(
        "body", [b"", b"null", b"<html></html>", b'[{"transaction": {"id": 1', [None], {"transaction": {"id": 1}}]
    )
    def test_malformed(self, body):
        panel = InProcess([vm(backups=[ATTEMPT])], wrong={"/transactions.json": (200, body)})
        found, fetch = panel.fetch("transactions")
        assert found[1].backups[0].transaction_status is None
        assert found[1].evidence_failures["transactions"].error.code == "decode"
        assert len(fetch.notes()) == 1

    @pytest.mark.parametrize(
        ("field", "value"), [("parent_type", {}), ("parent_id", "x"), ("action", []), ("status", {"a": 1})]
    )
    def test_invalid_values(self, field, value):
        row = {"id": 5, "parent_type": "Backup", "parent_id": 900, "action": "take_backup", "status": "failed"}
        rows = [{"transaction": {**row, field: value}}]
        panel = InProcess([vm(backups=[ATTEMPT])], wrong={"/transactions.json": (200, rows)})
        found, fetch = panel.fetch("transactions")
        assert found[1].backups[0].transaction_status is None
        assert f"no readable value for {field} of transaction 5" in fetch.notes()[0]

    def test_attempt_without_a_time(self):
        panel = InProcess([vm(backups=[dict(ATTEMPT, created_at=None)], transactions=[transaction(1, 3)])])
        found, _fetch = panel.fetch("transactions")
        assert found[1].backups[0].transaction_status == "failed"

    def test_log_alone(self):
        panel = InProcess([vm(backups=[ATTEMPT], transactions=[transaction(1, 3)])])
        with panel.client() as client:
            log = TransactionLog(client)
            assert log.newest({900: None, 901: None})[900]["status"] == "failed"
            assert log.newest({}) == {}
            assert log.error is None
