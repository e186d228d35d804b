# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cloud is judged the same from the panel and from its snapshot, and no snapshot hides what could not be read."""

from __future__ import annotations

import contextlib

import pytest
from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError, DecodeError, ServerError
from ansible_collections.community.onapp.plugins.module_utils._fields import moment, utc_text
from ansible_collections.community.onapp.plugins.module_utils._options import Connection
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.module_utils._records import JUDGED_FIELDS
from ansible_collections.community.onapp.plugins.plugin_utils._filters import read_filters
from ansible_collections.community.onapp.plugins.plugin_utils._snapshot import Snapshot
from ansible_collections.community.onapp.plugins.plugin_utils._virtual_machines import CACHED_FLAG, Params, Reader
from ansible_collections.community.onapp.tests.connection import connection_options

HOUR = 3600
RUNS = [{"include": "onapp_booted"}, {"exclude": True}]
# Three machines that are protected, unprotected and powered off, and one with two backups of two disks.
CLOUD = {
    "virtual_machines": [
        {"id": 1, "label": "web", "backups": [{"id": 11}]},
        {"id": 2, "label": "db", "backups": []},
        {"id": 3, "label": "old", "booted": False, "backups": [{"id": 31, "created_at": "2025-12-01T00:00:00Z"}]},
        {
            "id": 4,
            "label": "big",
            "disks": [{"id": 41}, {"id": 42}],
            "backups": [
                {"id": 401, "target_id": 41, "disk_id": 41, "created_at": "2025-12-30T00:00:00Z"},
                {"id": 402, "target_id": 41, "disk_id": 41},
                {"id": 403, "target_id": 42, "disk_id": 42},
            ],
        },
    ]
}
BACKUP_SERVER_ERROR = {"fault": "status", "status": 500, "route": "backups", "vm": 2}


@pytest.fixture
def cloud(panel):
    """A panel with the cloud above."""
    panel.reset(cloud=CLOUD)
    return panel


@pytest.fixture
def now(panel):
    return moment(panel.now)


@pytest.fixture
def reader(panel, now, expressions, trusted):
    """Readers for the question whose options are given."""

    def make(filters=(), at=now, **options):
        entries = [
            {verb: trusted(condition) if isinstance(condition, str) else condition}
            for each in filters
            for verb, condition in each.items()
        ]
        params = Params(
            filters=read_filters(entries),
            prefix="onapp_",
            policy=parse_policy(None),
            now=at,
            fetched_at=at,
            include_backups=options.pop("include_backups", "none"),
            fail_on_error=options.pop("fail_on_error", False),
            max_cache_age=options.pop("max_cache_age", None),
        )
        assert not options
        return Reader(params, expressions, panel.url)

    return make


@pytest.fixture
def fresh(panel):
    """What a reader reads from the panel."""

    def read(reader, snapshot=True):
        connection = Connection.from_options(
            connection_options(
                url=panel.url,
                username=panel.username,
                password=panel.password,
                timeout=10,
                deadline=30,
                retries=0,
                concurrency=2,
            )
        )
        with contextlib.closing(Client(connection)) as client:
            return reader.fresh(client, snapshot=snapshot)

    return read


def read_in(snapshot):
    """The ids of the virtual machines of a snapshot whose disks and backups it has, and how many it has in all."""
    entries = list(snapshot.entries())
    return {row["id"] for row, disks, backups in entries if backups is not None}, len(entries)


def backups_in(snapshot):
    return [row for vm, disks, backups in snapshot.entries() for row in backups]


def states(cloud):
    return {machine.facts["id"]: machine.assessment["state"] for machine in cloud.vms}


class TestFresh:
    def test_a_cloud(self, cloud, reader, fresh, now):
        found, snapshot = fresh(reader())
        assert states(found) == {1: "protected", 2: "unprotected", 3: "stale", 4: "protected"}
        assert [machine.facts["label"] for machine in found.vms] == ["web", "db", "old", "big"]
        assert [machine.backups for machine in found.vms] == [None] * 4
        assert found.warnings == []
        assert found.health == (cloud.url, now, "api", 0, 4, 5, cloud.counts()["requests"], ())
        assert snapshot.fetched_at == now

    def test_no_snapshot_without_a_cache(self, cloud, reader, fresh):
        assert fresh(reader(), snapshot=False)[1] is None

    @pytest.mark.parametrize(
        ("include_backups", "backups"),
        [
            pytest.param("none", [None, None, None, None], id="none"),
            pytest.param("latest", [[11], [], [31], [402, 403]], id="latest"),
            pytest.param("all", [[11], [], [31], [401, 402, 403]], id="all"),
        ],
    )
    def test_backups(self, cloud, reader, fresh, include_backups, backups):
        asked = reader(include_backups=include_backups)
        found, snapshot = fresh(asked)
        for each in (found, asked.cached(snapshot)):
            shown = [machine.backups for machine in each.vms]
            assert [facts and sorted(backup["id"] for backup in facts) for facts in shown] == backups

    def test_an_empty_cloud_is_told(self, panel, reader, fresh):
        panel.reset(cloud={"virtual_machines": []})
        found, snapshot = fresh(reader())
        assert found.vms == []
        assert found.warnings == [
            "The control panel listed no virtual machine. That may mean that this account may see none."
        ]
        assert snapshot == Snapshot(moment(panel.now), ())

    def test_a_list_that_is_not_whole_is_an_error(self, cloud, reader, fresh):
        cloud.faults([{"fault": "wrong_total", "route": "virtual_machines", "total": 500}])
        with pytest.raises(DecodeError, match="The list of virtual machines is not whole"):
            fresh(reader())


class TestFilters:
    def test_come_before_backups_are_asked_for(self, cloud, reader, fresh):
        found, snapshot = fresh(reader(filters=RUNS))
        assert list(states(found)) == [1, 2, 4]
        assert cloud.counts()["by_route"]["backups"] == 3
        assert not any("/virtual_machines/3" in entry["path"] for entry in cloud.counts()["log"])
        assert found.health.virtual_machines == 3
        assert read_in(snapshot) == ({1, 2, 4}, 4)

    def test_that_leave_nothing_ask_for_nothing(self, cloud, reader, fresh):
        found, snapshot = fresh(reader(filters=[{"exclude": True}]))
        assert found.vms == []
        assert found.warnings == []
        assert set(cloud.counts()["by_route"]) == {"virtual_machines"}
        assert read_in(snapshot) == (set(), 4)

    def test_that_cannot_be_decided_ask_for_no_backup(self, cloud, reader, fresh):
        with pytest.raises(
            ConfigError, match=r"^The option filters\[1\]\.include cannot be decided for virtual machine 1:"
        ):
            fresh(reader(filters=[{"include": False}, {"include": "onapp_nothing"}]))
        assert set(cloud.counts()["by_route"]) == {"virtual_machines"}

    def test_a_snapshot_answers_narrower_filters_only(self, cloud, reader, fresh):
        snapshot = fresh(reader(filters=RUNS))[1]
        web = [{"include": "onapp_label == 'web'"}, {"exclude": True}]
        assert states(reader(filters=web).cached(snapshot)) == {1: "protected"}
        assert reader().cached(snapshot) is None
        assert reader(filters=[{"exclude": "onapp_booted"}]).cached(snapshot) is None


class TestCached:
    @pytest.mark.parametrize("include_backups", ["none", "latest", "all"])
    @pytest.mark.parametrize("filters", [(), RUNS], ids=["all", "filtered"])
    def test_is_the_same_as_fresh(self, panel, reader, fresh, include_backups, filters):
        """The generated cloud: all personas, in the shapes of the newest generation."""
        asked = reader(filters=filters, include_backups=include_backups)
        found, snapshot = fresh(asked)
        requests = panel.counts()["requests"]
        again = asked.cached(Snapshot.from_text(snapshot.as_text()))
        assert len(set(states(found).values())) > 3
        assert again.vms == found.vms
        assert again.warnings == []
        assert again.health == found.health._replace(source="cache", requests=0)
        assert panel.counts()["requests"] == requests

    def test_holds_only_what_is_judged_or_shown(self, cloud, reader, fresh):
        rows = backups_in(fresh(reader())[1])
        assert rows
        assert all(set(row) <= set(JUDGED_FIELDS) for row in rows)
        rows = backups_in(fresh(reader(include_backups="latest"))[1])
        assert all("operating_system" in row for row in rows)

    def test_is_judged_at_the_time_of_loading(self, cloud, reader, fresh, now):
        snapshot = fresh(reader())[1]
        later = reader(at=now + 22 * HOUR).cached(snapshot)
        assert states(later) == {1: "stale", 2: "unprotected", 3: "stale", 4: "stale"}
        assert later.health.cache_age == 22 * HOUR
        assert later.health.generated_at == now + 22 * HOUR
        assert {machine.assessment["evaluated_at"] for machine in later.vms} == {utc_text(now + 22 * HOUR)}

    def test_of_a_clock_that_was_set_back_has_no_age(self, cloud, reader, fresh, now):
        snapshot = fresh(reader())[1]._replace(fetched_at=now + HOUR)
        assert reader().cached(snapshot).health.cache_age == 0

    @pytest.mark.parametrize(("age", "too_old"), [(6 * HOUR, False), (6 * HOUR + 1, True)])
    def test_facts_past_the_limit_are_unknown(self, cloud, reader, fresh, now, age, too_old):
        snapshot = fresh(reader())[1]
        found = reader(at=now + age, max_cache_age=6 * HOUR).cached(snapshot)
        assert (set(states(found).values()) == {"unknown"}) is too_old
        for machine in found.vms:
            assert (CACHED_FLAG in machine.assessment["flags"]) is too_old
        text = "the facts come from the cache and are 6h 1s old, past the limit of 6h (max_cache_age)"
        assert found.warnings == [text] * too_old
        assert [text in machine.assessment["reasons"] for machine in found.vms] == [too_old] * 4
        assert found.vms[2].assessment["flags"][-1] == (CACHED_FLAG if too_old else "powered_off")

    def test_no_limit_no_flag(self, cloud, reader, fresh, now):
        found = reader(at=now + 900 * HOUR).cached(fresh(reader())[1])
        assert "unknown" not in states(found).values()
        assert not any(CACHED_FLAG in machine.assessment["flags"] for machine in found.vms)

    def test_of_a_damaged_snapshot_there_is_no_cloud(self, cloud, reader, fresh):
        snapshot = fresh(reader())[1]
        assert reader().cached(snapshot._replace(pages=(snapshot.pages[0], "x"))) is None


class TestFailures:
    @pytest.mark.parametrize("route", ["backups", "disks"])
    def test_one_machine_is_unknown_and_nothing_is_kept(self, cloud, reader, fresh, route):
        cloud.settings(profile="no_disk_list")
        cloud.faults([{**BACKUP_SERVER_ERROR, "route": route}])
        found, snapshot = fresh(reader())
        assert states(found) == {1: "protected", 2: "unknown", 3: "stale", 4: "protected"}
        assert snapshot is None
        (failure,) = found.health.failures
        assert (failure["virtual_machine_id"], failure["virtual_machine_label"], failure["status"]) == (2, "db", 500)
        assert found.health.virtual_machines == 4
        assert len(found.warnings) == 1
        assert "onapp_inventory.complete is false" in found.warnings[0]

    def test_are_fatal_when_asked_for(self, cloud, reader, fresh):
        cloud.faults([BACKUP_SERVER_ERROR])
        with pytest.raises(ServerError, match="HTTP 500"):
            fresh(reader(fail_on_error=True))
        cloud.clear_faults()
        assert fresh(reader(fail_on_error=True))[1] is not None

    def test_of_machines_that_are_left_out_do_not_matter(self, cloud, reader, fresh):
        cloud.faults([BACKUP_SERVER_ERROR])
        found, snapshot = fresh(reader(filters=[{"exclude": "onapp_label == 'db'"}], fail_on_error=True))
        assert found.health.failures == ()
        assert read_in(snapshot) == ({1, 3, 4}, 4)

    def test_a_machine_deleted_under_way_is_left_out_of_both(self, cloud, reader, fresh):
        cloud.faults([{"fault": "delete_vm", "route": "backups", "vm": 2}])
        asked = reader()
        found, snapshot = fresh(asked)
        assert list(states(found)) == [1, 3, 4]
        assert found.health.failures == ()
        assert found.warnings == ["Virtual machine 2 (db) was deleted while it was read; it is left out."]
        assert asked.cached(snapshot).vms == found.vms
