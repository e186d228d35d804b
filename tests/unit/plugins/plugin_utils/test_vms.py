# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clouds from the panel and from the cache; filters, host variables and the record of the inventory."""

from __future__ import annotations

import contextlib
import copy
import json

import pytest
from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
from ansible_collections.community.onapp.plugins.module_utils._api.fetch import Failure
from ansible_collections.community.onapp.plugins.module_utils._errors import (
    AuthError,
    ConfigError,
    DecodeError,
    ServerError,
)
from ansible_collections.community.onapp.plugins.module_utils._fields import moment, utc_text
from ansible_collections.community.onapp.plugins.module_utils._options import Connection
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.module_utils._records import ASSESSED_FIELDS
from ansible_collections.community.onapp.plugins.plugin_utils import _vms
from ansible_collections.community.onapp.plugins.plugin_utils._constructed import ExpressionError
from ansible_collections.community.onapp.plugins.plugin_utils._vms import (
    CACHED_FLAG,
    HEALTH,
    NAMES,
    CloudReader,
    DamagedCache,
    Health,
    Snapshot,
    check_prefix,
    is_included,
    latest,
    parse_filters,
    prefixed,
)
from ansible_collections.community.onapp.tests.connection import connection_options
from hypothesis import given
from hypothesis import strategies as st

HOUR = 3600
RUNS = [{"include": "onapp_booted"}, {"exclude": True}]
# Protected, unprotected and powered off machines, and one with backups of two disks.
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
    """A function that creates readers with some options."""

    def make(filters=(), at=now, **options):
        entries = [
            {verb: trusted(condition) if isinstance(condition, str) else condition}
            for each in filters
            for verb, condition in each.items()
        ]
        made = CloudReader(
            panel=panel.url,
            expressions=expressions,
            filters=parse_filters(entries),
            prefix="onapp_",
            policy=parse_policy(None),
            now=at,
            fetched_at=at,
            include_backups=options.pop("include_backups", "none"),
            fail_on_error=options.pop("fail_on_error", False),
            max_cache_age=options.pop("max_cache_age", None),
        )
        assert not options
        return made

    return make


@pytest.fixture
def fresh(panel):
    """A function that reads the panel with a reader."""

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
            return reader.fetch(client, snapshot=snapshot)

    return read


def read_in(snapshot):
    """The ids of the virtual machines with disks and backups in a snapshot, and the number of all."""
    entries = list(snapshot.virtual_machines())
    return {entry.vm.id for entry in entries if entry.backups is not None}, len(entries)


def backups_in(snapshot):
    return [row for entry in snapshot.virtual_machines() for row in entry.backup_rows]


def states(cloud):
    return {machine["id"]: machine["backup"]["state"] for machine in cloud.vms}


class TestFresh:
    def test_cloud(self, cloud, reader, fresh, now):
        found, snapshot = fresh(reader())
        assert states(found) == {1: "protected", 2: "unprotected", 3: "stale", 4: "protected"}
        assert [machine["label"] for machine in found.vms] == ["web", "db", "old", "big"]
        assert [machine.get("backups") for machine in found.vms] == [None] * 4
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
        new_reader = reader(include_backups=include_backups)
        found, snapshot = fresh(new_reader)
        for each in (found, new_reader.from_snapshot(snapshot)):
            shown = [machine.get("backups") for machine in each.vms]
            assert [facts and sorted(backup["id"] for backup in facts) for facts in shown] == backups

    def test_empty_cloud_is_a_warning(self, panel, reader, fresh):
        panel.reset(cloud={"virtual_machines": []})
        found, snapshot = fresh(reader())
        assert found.vms == []
        assert found.warnings == [
            "The control panel listed no virtual machine. That may mean that this account may see none."
        ]
        assert snapshot == Snapshot(moment(panel.now), ())

    def test_incomplete_list_is_an_error(self, cloud, reader, fresh):
        cloud.faults([{"fault": "wrong_total", "route": "virtual_machines", "total": 500}])
        with pytest.raises(DecodeError, match="The list of virtual machines is incomplete"):
            fresh(reader())


class TestFilters:
    def test_backups_of_excluded_machines_are_not_requested(self, cloud, reader, fresh):
        found, snapshot = fresh(reader(filters=RUNS))
        assert list(states(found)) == [1, 2, 4]
        assert cloud.counts()["by_route"]["backups"] == 3
        assert not any("/virtual_machines/3" in entry["path"] for entry in cloud.counts()["log"])
        assert found.health.virtual_machines == 3
        assert read_in(snapshot) == ({1, 2, 4}, 4)

    def test_no_requests_if_all_are_excluded(self, cloud, reader, fresh):
        found, snapshot = fresh(reader(filters=[{"exclude": True}]))
        assert found.vms == []
        assert found.warnings == []
        assert set(cloud.counts()["by_route"]) == {"virtual_machines"}
        assert read_in(snapshot) == (set(), 4)

    @pytest.mark.parametrize(
        "fault",
        [
            {"fault": "broken_byte", "field": "label"},
            {"fault": "row_value", "field": "label", "value": {"a": "b"}},
            {"fault": "row_value", "field": "user_id", "value": "9" * 30},
        ],
        ids=["damaged", "an object", "a long number"],
    )
    def test_unreadable_fields_exclude_no_machine(self, cloud, reader, fresh, fault):
        cloud.faults([{**fault, "route": "virtual_machines", "row": 1}])
        name = f"onapp_{fault['field']}"
        for filters, kept in (
            ([{"exclude": f"{name} is defined"}], True),
            ([{"include": f"{name} | default('') == 'x'"}, {"exclude": True}], True),
            ([{"exclude": "onapp_id == 2"}], False),
            ([{"exclude": f"{name} == 'x'"}, {"exclude": "onapp_id == 2"}], False),
            ([{"exclude": True}], False),
        ):
            found, snapshot = fresh(reader(filters=filters))
            assert (states(found).get(2) == "unknown") is kept, filters
            assert snapshot is None or not kept

    def test_failing_filter_requests_no_backups(self, cloud, reader, fresh):
        with pytest.raises(
            ConfigError, match=r"^The option filters\[1\]\.include cannot be decided for virtual machine 1:"
        ):
            fresh(reader(filters=[{"include": False}, {"include": "onapp_nothing"}]))
        assert set(cloud.counts()["by_route"]) == {"virtual_machines"}

    def test_snapshot_with_other_filters(self, cloud, reader, fresh):
        snapshot = fresh(reader(filters=RUNS))[1]
        web = [{"include": "onapp_label == 'web'"}, {"exclude": True}]
        assert states(reader(filters=web).from_snapshot(snapshot)) == {1: "protected"}
        assert reader().from_snapshot(snapshot) is None
        assert reader(filters=[{"exclude": "onapp_booted"}]).from_snapshot(snapshot) is None


class TestCached:
    @pytest.mark.parametrize("include_backups", ["none", "latest", "all"])
    @pytest.mark.parametrize("filters", [(), RUNS], ids=["all", "filtered"])
    def test_equals_fresh(self, panel, reader, fresh, include_backups, filters):
        """With the generated cloud of all states in the newest generation."""
        new_reader = reader(filters=filters, include_backups=include_backups)
        found, snapshot = fresh(new_reader)
        requests = panel.counts()["requests"]
        again = new_reader.from_snapshot(Snapshot.from_text(snapshot.as_text()))
        assert len(set(states(found).values())) > 3
        assert again.vms == found.vms
        assert again.warnings == []
        assert again.health == found.health._replace(source="cache", requests=0)
        assert panel.counts()["requests"] == requests

    def test_stored_fields_of_backups(self, cloud, reader, fresh):
        rows = backups_in(fresh(reader())[1])
        assert rows
        assert all(set(row) <= set(ASSESSED_FIELDS) for row in rows)
        rows = backups_in(fresh(reader(include_backups="latest"))[1])
        assert all("operating_system" in row for row in rows)

    def test_assessed_at_the_time_of_loading(self, cloud, reader, fresh, now):
        snapshot = fresh(reader())[1]
        later = reader(at=now + 22 * HOUR).from_snapshot(snapshot)
        assert states(later) == {1: "stale", 2: "unprotected", 3: "stale", 4: "stale"}
        assert later.health.cache_age == 22 * HOUR
        assert later.health.generated_at == now + 22 * HOUR
        assert {machine["backup"]["evaluated_at"] for machine in later.vms} == {utc_text(now + 22 * HOUR)}

    def test_clock_that_was_set_back(self, cloud, reader, fresh, now):
        """By less than `max_skew`, the facts are new. By more, their age is not known."""
        snapshot = fresh(reader())[1]
        assert reader().from_snapshot(snapshot._replace(fetched_at=now + 300)).health.cache_age == 0
        with pytest.raises(DamagedCache, match="from the future"):
            reader().from_snapshot(snapshot._replace(fetched_at=now + 301))

    @pytest.mark.parametrize(("age", "too_old"), [(6 * HOUR, False), (6 * HOUR + 1, True)])
    def test_limit_of_the_age(self, cloud, reader, fresh, now, age, too_old):
        snapshot = fresh(reader())[1]
        found = reader(at=now + age, max_cache_age=6 * HOUR).from_snapshot(snapshot)
        assert (set(states(found).values()) == {"unknown"}) is too_old
        for machine in found.vms:
            assert (CACHED_FLAG in machine["backup"]["flags"]) is too_old
        text = "the facts come from the cache and are 6h 1s old, past the limit of 6h (max_cache_age)"
        assert found.warnings == [text] * too_old
        assert [text in machine["backup"]["reasons"] for machine in found.vms] == [too_old] * 4
        assert found.vms[2]["backup"]["flags"][-1] == (CACHED_FLAG if too_old else "powered_off")

    def test_no_limit_of_the_age(self, cloud, reader, fresh, now):
        found = reader(at=now + 900 * HOUR).from_snapshot(fresh(reader())[1])
        assert "unknown" not in states(found).values()
        assert not any(CACHED_FLAG in machine["backup"]["flags"] for machine in found.vms)

    def test_damaged_page(self, cloud, reader, fresh):
        snapshot = fresh(reader())[1]
        with pytest.raises(DamagedCache):
            reader().from_snapshot(snapshot._replace(pages=(snapshot.pages[0], "x")))


class TestFailures:
    @pytest.mark.parametrize("route", ["backups", "disks"])
    def test_unreadable_machine_is_unknown_and_not_cached(self, cloud, reader, fresh, route):
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

    def test_fail_on_error(self, cloud, reader, fresh):
        cloud.faults([BACKUP_SERVER_ERROR])
        with pytest.raises(ServerError, match="HTTP 500"):
            fresh(reader(fail_on_error=True))
        cloud.clear_faults()
        assert fresh(reader(fail_on_error=True))[1] is not None

    @pytest.mark.parametrize("filters", [(), [{"exclude": True}]], ids=["all", "none left"])
    def test_fail_on_error_of_the_list(self, cloud, reader, fresh, filters):
        cloud.faults([{"fault": "wrong_elements", "mixed": True, "route": "virtual_machines"}])
        with pytest.raises(DecodeError, match="without a whole number as id"):
            fresh(reader(filters=filters, fail_on_error=True))

    def test_failure_of_an_excluded_machine(self, cloud, reader, fresh):
        cloud.faults([BACKUP_SERVER_ERROR])
        found, snapshot = fresh(reader(filters=[{"exclude": "onapp_label == 'db'"}], fail_on_error=True))
        assert found.health.failures == ()
        assert read_in(snapshot) == ({1, 3, 4}, 4)

    def test_machine_that_is_deleted_during_the_run(self, cloud, reader, fresh):
        cloud.faults([{"fault": "delete_vm", "route": "backups", "vm": 2}])
        new_reader = reader()
        found, snapshot = fresh(new_reader)
        assert list(states(found)) == [1, 3, 4]
        assert found.health.failures == ()
        assert found.warnings == ["Virtual machine 2 (db) was deleted while it was read; it is skipped."]
        assert new_reader.from_snapshot(snapshot).vms == found.vms


class FakeExpressions:
    """Expressions that hold if they are true or `yes`; `fails` raises an error."""

    def __init__(self):
        self.evaluated = []

    def condition(self, expression, variables):
        self.evaluated.append(expression)
        if expression == "fails":
            raise ExpressionError("'x' is undefined")
        return expression is True or expression == "yes"


filter_entries = st.lists(
    st.builds(
        lambda verb, condition: {verb: condition},
        st.sampled_from(["include", "exclude"]),
        st.sampled_from([True, False, "yes", "no"]),
    ),
    max_size=6,
)


class TestParseFilters:
    def test_entries(self):
        assert parse_filters([{"include": "onapp_booted"}, {"exclude": True}]) == [
            ("include", "onapp_booted"),
            ("exclude", True),
        ]

    @pytest.mark.parametrize("option", [None, []])
    def test_none(self, option):
        assert parse_filters(option) == []

    @pytest.mark.parametrize(
        "entry",
        [
            pytest.param({}, id="empty"),
            pytest.param({"include": True, "exclude": True}, id="both"),
            pytest.param({"included": True}, id="another key"),
            pytest.param({1: True}, id="no key"),
            pytest.param("include", id="no dictionary"),
            pytest.param(None, id="nothing"),
        ],
    )
    def test_invalid_entry(self, entry):
        with pytest.raises(
            ConfigError, match=r"^The option filters\[1\] must be a dictionary with the one key include"
        ):
            parse_filters([{"include": True}, entry])

    @pytest.mark.parametrize("condition", [None, "", 1, 0, [], ["onapp_booted"], {"a": 1}, 1.5])
    @pytest.mark.parametrize("verb", ["include", "exclude"])
    def test_invalid_condition(self, verb, condition):
        with pytest.raises(ConfigError) as caught:
            parse_filters([{"include": True}, {verb: condition}])
        assert str(caught.value) == f"The option filters[1].{verb} must be an expression, or true or false."


class TestIsIncluded:
    @pytest.mark.parametrize(
        ("option", "kept"),
        [
            pytest.param([], True, id="no filter"),
            pytest.param([{"include": "no"}], True, id="none holds"),
            pytest.param([{"exclude": "yes"}], False, id="exclude"),
            pytest.param([{"include": "yes"}, {"exclude": True}], True, id="include before exclude"),
            pytest.param([{"exclude": True}, {"include": "yes"}], False, id="exclude before include"),
            pytest.param([{"include": "no"}, {"exclude": True}], False, id="the rest"),
            pytest.param([{"exclude": "no"}, {"exclude": "no"}, {"exclude": "yes"}], False, id="the third"),
        ],
    )
    def test_first_match_wins(self, option, kept):
        assert is_included(parse_filters(option), {}, 7, FakeExpressions()) is kept

    @given(filter_entries)
    def test_filters_behind_the_first_match_are_not_evaluated(self, option):
        expressions = FakeExpressions()
        kept = is_included(parse_filters(option), {}, 7, expressions)
        holding = [place for place, entry in enumerate(option) if set(entry.values()) & {True, "yes"}]
        if holding:
            assert kept is ("include" in option[holding[0]])
            assert len(expressions.evaluated) == holding[0] + 1
        else:
            assert kept is True
            assert len(expressions.evaluated) == len(option)

    @pytest.mark.parametrize("verb", ["include", "exclude"])
    def test_failing_filter(self, verb):
        with pytest.raises(ConfigError) as caught:
            is_included(parse_filters([{"include": "no"}, {verb: "fails"}]), {}, 42, FakeExpressions())
        assert str(caught.value) == (
            f"The option filters[1].{verb} cannot be decided for virtual machine 42: 'x' is undefined. Fix the"
            " expression, for example with | default(false)."
        )

    def test_failing_filter_behind_the_first_match(self):
        assert is_included(parse_filters([{"include": "yes"}, {"exclude": "fails"}]), {}, 42, FakeExpressions())

    @pytest.mark.parametrize(
        ("condition", "kept"),
        [
            pytest.param("onapp_booted", True, id="a flag"),
            pytest.param("onapp_label is match('web')", True, id="a test"),
            pytest.param("onapp_user_id == 7", False, id="a comparison"),
            pytest.param("nothing | default(false)", False, id="a default"),
        ],
    )
    def test_real_expressions(self, condition, kept, expressions, trusted):
        filters = parse_filters([{"include": trusted(condition)}, {"exclude": True}])
        variables = {"onapp_booted": True, "onapp_label": "web-{{ 1 }}", "onapp_user_id": 8}
        assert is_included(filters, variables, 42, expressions) is kept

    @pytest.mark.parametrize("condition", ["nothing", "onapp_label", "onapp_user_id", "onapp_user_id ==", "none"])
    def test_real_expressions_without_a_truth_value(self, condition, expressions, trusted):
        filters = parse_filters([{"include": trusted(condition)}])
        with pytest.raises(
            ConfigError, match=r"^The option filters\[0\]\.include cannot be decided for virtual machine 4"
        ):
            is_included(filters, {"onapp_label": "web", "onapp_user_id": 8}, 4, expressions)


NOW = 1774850400
NOW_TEXT = "2026-03-30T06:00:00Z"
URL = "https://onapp.example.com"
FAILURE = {
    "virtual_machine_id": 3,
    "virtual_machine_label": "web",
    "code": "server",
    "status": 503,
    "text": "The control panel could not answer.",
}
COUNTS = ("virtual_machines", "backups", "requests")

healths = st.builds(
    Health,
    cloud=st.sampled_from([URL, "https://other.example.com", None]),
    generated_at=st.integers(0, 4 * 10**9),
    source=st.sampled_from(["api", "cache"]),
    cache_age=st.integers(0, 10**6),
    virtual_machines=st.integers(0, 1000),
    backups=st.integers(0, 1000),
    requests=st.integers(0, 1000),
    failures=st.lists(st.just(FAILURE), max_size=2).map(tuple),
)


def own(health):
    """The record of one source."""
    return health.joined_to(None)["sources"][0]


def joined_all(several):
    record = None
    for health in several:
        record = health.joined_to(record)
    return record


class TestOneSource:
    def test_complete(self):
        health = Health(URL, NOW, virtual_machines=2, backups=5, requests=7)
        facts = {
            "complete": True,
            "cloud": URL,
            "generated_at": NOW_TEXT,
            "source": "api",
            "cache_age": 0,
            "virtual_machines": 2,
            "backups": 5,
            "requests": 7,
            "failures": [],
        }
        assert own(health) == facts
        without_cloud = {name: value for name, value in facts.items() if name != "cloud"}
        assert health.joined_to(None) == {**without_cloud, "sources": [facts]}

    def test_incomplete(self):
        record = Health(URL, NOW, failures=(FAILURE,)).joined_to(None)
        assert record["complete"] is False
        assert record["failures"] == record["sources"][0]["failures"] == [FAILURE]

    def test_failed(self):
        error = AuthError("The control panel refuses the credentials.", status=401)
        health = Health(None, NOW, requests=1, failures=(Failure(error).as_facts(),))
        assert own(health) == {
            "complete": False,
            "cloud": None,
            "generated_at": NOW_TEXT,
            "source": "api",
            "cache_age": 0,
            "virtual_machines": 0,
            "backups": 0,
            "requests": 1,
            "failures": [
                {
                    "virtual_machine_id": None,
                    "virtual_machine_label": None,
                    "code": "auth",
                    "status": 401,
                    "text": "The control panel refuses the credentials.",
                }
            ],
        }

    def test_no_requests(self):
        assert Health(None, NOW, failures=(Failure(ConfigError("The option url is empty.")).as_facts(),)).requests == 0


class TestSeveralSources:
    COMPLETE = Health(URL, NOW, virtual_machines=2, backups=5, requests=7)
    CACHED = Health("https://other.example.com", NOW - 60, "cache", 3600, 10, 20)
    EMPTY_URL = Failure(ConfigError("The option url is empty.")).as_facts()
    FAILED = Health(None, NOW + 60, requests=2, failures=(EMPTY_URL,))

    def test_record(self):
        record = joined_all([self.COMPLETE, self.CACHED])
        assert {name: value for name, value in record.items() if name != "sources"} == {
            "complete": True,
            "generated_at": "2026-03-30T05:59:00Z",
            "source": "mixed",
            "cache_age": 3600,
            "virtual_machines": 12,
            "backups": 25,
            "requests": 7,
            "failures": [],
        }
        assert [source["cloud"] for source in record["sources"]] == [URL, "https://other.example.com"]

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_failed_source_in_any_place(self, place):
        several = [self.COMPLETE, self.CACHED]
        several.insert(place, self.FAILED)
        record = joined_all(several)
        assert record["complete"] is False
        assert [failure["text"] for failure in record["failures"]] == ["The option url is empty."]
        assert [source["complete"] for source in record["sources"]] == [number != place for number in range(3)]
        assert record["requests"] == 9

    def test_sources_of_one_kind(self):
        assert joined_all([self.CACHED, self.CACHED])["source"] == "cache"
        assert joined_all([self.COMPLETE, self.FAILED])["source"] == "api"

    @given(st.lists(healths, min_size=1, max_size=5))
    def test_any_sources(self, several):
        record = joined_all(several)
        assert record["complete"] is not any(health.failures for health in several)
        assert len(record["failures"]) == sum(len(health.failures) for health in several)
        for name in COUNTS:
            assert record[name] == sum(getattr(health, name) for health in several)
        oldest = min(several, key=lambda health: health.generated_at)
        assert record["generated_at"] == own(oldest)["generated_at"]
        assert record["cache_age"] == max(health.cache_age for health in several)
        assert record["sources"] == [own(health) for health in several]
        assert json.loads(json.dumps(record)) == record

    @given(st.lists(healths, min_size=2, max_size=4), st.randoms(use_true_random=False))
    def test_any_order(self, several, random):
        def without_order(record):
            return {name: value for name, value in record.items() if name != "sources"}

        shuffled = list(several)
        random.shuffle(shuffled)
        assert without_order(joined_all(shuffled)) == without_order(joined_all(several))

    @given(st.lists(healths, min_size=1, max_size=3), healths)
    def test_earlier_record_stays_unchanged(self, several, health):
        before = joined_all(several)
        kept = copy.deepcopy(before)
        health.joined_to(before)
        assert before == kept

    def test_failures_are_copied(self):
        record = Health(URL, NOW, failures=(FAILURE,)).joined_to(None)
        assert record["failures"][0] is not record["sources"][0]["failures"][0]


class TestPrefix:
    @pytest.mark.parametrize("prefix", ["onapp_", "_", "o", "Cloud7_"])
    def test_valid(self, prefix):
        assert check_prefix(prefix) == prefix

    @pytest.mark.parametrize("prefix", ["7_", "on-app_", "on app", "onapp.", "b\u00fcro_", "{{ x }}", "\u0967", "a\n"])
    def test_invalid(self, prefix):
        with pytest.raises(ConfigError, match="which does not begin a variable name: use letters"):
            check_prefix(prefix)

    @pytest.mark.parametrize(
        ("prefix", "variable"),
        [
            pytest.param("ansible_", "ansible_id", id="those of connections"),
            pytest.param("ansible_x_", "ansible_x_id", id="any of Ansible's"),
        ],
    )
    def test_names_of_ansible(self, prefix, variable):
        with pytest.raises(ConfigError) as caught:
            check_prefix(prefix)
        assert f'"{prefix}", which makes the variable {variable}, a name for which Ansible has another' in str(
            caught.value
        )

    def test_reserved_names(self, monkeypatch):
        """Versions of Ansible reserve different names."""
        for name in NAMES:
            monkeypatch.setattr(_vms, "get_reserved_names", lambda name=name: {f"x_{name}"})
            with pytest.raises(ConfigError, match=f"the variable x_{name}, "):
                check_prefix("x_")
            assert check_prefix("y_") == "y_"

    def test_checked_names(self):
        assert {"id", "ip_addresses", "backup", "backups"} < set(NAMES)
        assert HEALTH not in {"onapp_" + name for name in NAMES}

    def test_variables(self):
        assert prefixed({"id": 1, "label": "web"}, "onapp_") == {"onapp_id": 1, "onapp_label": "web"}


def backup(number, age, target=("Disk", 1), usable=True):
    return {
        "id": number,
        "age_seconds": age,
        "usable": usable,
        "target_type": target[0],
        "target_id": target[1],
    }


facts_of_backups = st.lists(
    st.builds(
        backup,
        st.integers(1, 30),
        st.integers(0, 3),
        st.sampled_from([("Disk", 1), ("Disk", 2), ("VirtualMachine", 1), (None, None)]),
        st.booleans(),
    ),
    max_size=12,
    unique_by=lambda each: each["id"],
)


class TestLatest:
    def test_newest_usable_of_each_target(self):
        listed = [
            backup(9, None, usable=False),
            backup(8, 30),
            backup(7, 20),
            backup(6, 90, ("Disk", 2)),
            backup(5, 10, ("VirtualMachine", 1)),
            backup(4, 5, ("Disk", 3), usable=False),
        ]
        assert [each["id"] for each in latest(listed)] == [7, 6, 5]

    def test_highest_id_of_equal_ages(self):
        assert [each["id"] for each in latest([backup(3, 5), backup(4, 5), backup(2, 5)])] == [4]

    def test_none(self):
        assert latest([]) == latest([backup(1, None, usable=False)]) == []

    @given(facts_of_backups, st.randoms(use_true_random=False))
    def test_any_backups_in_any_order(self, listed, random):
        expected = {}
        for each in listed:
            rivals = [other for other in listed if other["usable"] and other["target_type"] == each["target_type"]]
            rivals = [other for other in rivals if other["target_id"] == each["target_id"]]
            if rivals:
                newest = max(rivals, key=lambda other: (-other["age_seconds"], other["id"]))
                expected[newest["id"]] = newest
        shuffled = list(listed)
        random.shuffle(shuffled)
        for order in (listed, shuffled):
            found = latest(order)
            assert {each["id"]: each for each in found} == expected
            assert len(found) == len(expected)
