# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cached cloud is equal to the stored one or unusable, and no assessment depends on the dropped fields."""

from __future__ import annotations

import base64
import json
import string
import zlib

import pytest
from ansible_collections.community.onapp.plugins.module_utils._api.fetch import FetchedVm
from ansible_collections.community.onapp.plugins.module_utils._assessment.state import assess
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.module_utils._records import ASSESSED_FIELDS, EVIDENCE, with_fields
from ansible_collections.community.onapp.plugins.plugin_utils import _vms
from ansible_collections.community.onapp.plugins.plugin_utils._vms import (
    FORM,
    MAX_PAGE_BYTES,
    PAGE,
    DamagedCache,
    Recorder,
    Snapshot,
    cache_key,
)
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import comparable
from hypothesis import given, settings
from hypothesis import strategies as st

NOW = 1774850400
ENTRIES = [
    ({"id": 1, "label": "web"}, [{"id": 11}], [{"id": 21}, {"id": 22}], {}),
    ({"id": "2", "label": "db"}, [], [], {"recovery_points": [{"id": 31}], "schedules": [], "transactions": []}),
    ({"id": 3}, None, None, {}),
]

values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=4,
)
row = st.builds(
    lambda number, row: {**row, "id": number},
    st.integers(1 - 10**18, 10**18 - 1),
    st.dictionaries(st.text(max_size=5), values, max_size=3),
)
rows = st.lists(row, max_size=3)
evidence = st.dictionaries(st.sampled_from(EVIDENCE), st.one_of(st.none(), st.lists(st.builds(dict, id=st.just(5)))))
entries = st.lists(
    st.one_of(st.tuples(row, rows, rows, evidence), st.tuples(row, st.none(), st.none(), st.just({}))),
    max_size=4,
    unique_by=lambda entry: entry[0]["id"],
)


def recorded(entries, fetched_at=NOW, *, whole_backups=True):
    recorder = Recorder(whole_backups=whole_backups)
    for entry in entries:
        recorder.add(*entry)
    return recorder.snapshot(fetched_at)


def entries_of(snapshot):
    return [(vm.row, vm.disk_rows, vm.backup_rows, vm.evidence) for vm in snapshot.virtual_machines()]


SNAPSHOT = recorded(ENTRIES)


def page_of(value):
    return base64.b64encode(zlib.compress(value if isinstance(value, bytes) else json.dumps(value).encode())).decode()


class TestText:
    @given(entries, st.integers(0, 10**10))
    def test_round_trip(self, entries, fetched_at):
        text = recorded(entries, fetched_at).as_text()
        assert isinstance(text, str)
        snapshot = Snapshot.from_text(text)
        assert snapshot.fetched_at == fetched_at
        assert entries_of(snapshot) == entries

    @pytest.mark.parametrize("length", [0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE])
    def test_pages(self, length):
        entries = [({"id": number}, [], [], {}) for number in range(length)]
        snapshot = recorded(entries)
        assert entries_of(Snapshot.from_text(snapshot.as_text())) == entries
        assert len(snapshot.pages) == -(-length // PAGE)

    def test_fields_of_backups(self):
        row = {"id": 5, "note": "x", "built": True}
        for whole_backups, kept in ((True, row), (False, {"id": 5, "built": True})):
            assert entries_of(recorded([({"id": 1}, [], [row], {})], whole_backups=whole_backups)) == [
                ({"id": 1}, [], [kept], {})
            ]

    @pytest.mark.parametrize("form", [FORM + 1, FORM - 1, None, str(FORM), [FORM]])
    def test_other_form_is_damaged(self, form):
        head, *pages = SNAPSHOT.as_text().split("\n")
        assert json.loads(head)[0] == FORM
        with pytest.raises(DamagedCache):
            Snapshot.from_text("\n".join([json.dumps([form, *json.loads(head)[1:]]), *pages]))

    def test_later_form_is_damaged(self, monkeypatch):
        text = SNAPSHOT.as_text()
        monkeypatch.setattr(_vms, "FORM", FORM + 1)
        with pytest.raises(DamagedCache):
            Snapshot.from_text(text)

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param(None, id="nothing cached"),
            pytest.param("", id="empty"),
            pytest.param("{}", id="an object"),
            pytest.param("7", id="a number"),
            pytest.param("null", id="null"),
            pytest.param('"text"', id="a text"),
            pytest.param("[1, 2]", id="too short"),
            pytest.param("[1, 2, 0, 0]", id="too long"),
            pytest.param(f'[{FORM}, "2026-01-01", 0]', id="no time"),
            pytest.param(f"[{FORM}, 1.5, 0]", id="half a second"),
            pytest.param(f"[{FORM}, null, 0]", id="time is null"),
            pytest.param(f"[{FORM}, true, 0]", id="a time that is true"),
            pytest.param(f"[{FORM}, -1, 0]", id="a time before 1970"),
            pytest.param(f"[{FORM}, {'9' * 400}, 0]", id="a time of 400 digits"),
            pytest.param(f"[{FORM}, 7, 1]", id="a page is missing"),
            pytest.param(f"[{FORM}, 7, 0]\n", id="a page too many"),
            pytest.param("[" * 100000, id="too deep"),
            pytest.param(b"\xff\xfe", id="bytes"),
            pytest.param({"hosts": {}}, id="what another plugin keeps"),
            pytest.param([FORM, 7, 0], id="a list"),
        ],
    )
    def test_other_text_is_damaged(self, text):
        with pytest.raises(DamagedCache):
            Snapshot.from_text(text)

    @pytest.mark.parametrize(
        "page",
        [
            pytest.param("", id="empty"),
            pytest.param("{}", id="not encoded"),
            pytest.param(base64.b64encode(b"[]").decode(), id="not compressed"),
            pytest.param(page_of(b"\xff\xfe"), id="no text"),
            pytest.param(page_of(b"[" * 100000), id="too deep"),
            pytest.param(page_of(7), id="a number"),
            pytest.param(page_of({}), id="an object"),
            pytest.param(page_of([]), id="nothing"),
            pytest.param(page_of([3]), id="no entries"),
            pytest.param(page_of([[{"id": 1}, [], {}]]), id="an entry without backups"),
            pytest.param(page_of([[None, [], [], {}]]), id="an entry without its row"),
            pytest.param(page_of([[{}, [], [], {}]]), id="a row without its id"),
            pytest.param(page_of([[{"id": "x"}, [], [], {}]]), id="a row with no number"),
            pytest.param(page_of([[{"id": 1}, [{}], [], {}]]), id="a disk without its id"),
            pytest.param(page_of([[{"id": 1}, [], "ab", {}]]), id="backups that are text"),
            pytest.param(page_of([[{"id": 1}, 5, [], {}]]), id="disks that are a number"),
            pytest.param(page_of({"a": [{"id": 1}, [], [], {}]}), id="a dictionary"),
            pytest.param(page_of([[{"id": 7}, [], [[]], {}]]), id="a backup that is a list"),
            pytest.param(page_of([[{"id": 1}, [], [], {}]]), id="a virtual machine that is there already"),
            pytest.param(page_of([[{"id": 7}, [], []]]), id="an entry without evidence"),
            pytest.param(page_of([[{"id": 7}, [], [], []]]), id="evidence that is a list"),
            pytest.param(page_of([[{"id": 7}, [], [], {"schedules": [{}]}]]), id="a schedule without its id"),
            pytest.param(page_of([[{"id": 7}, [], [], {"recovery_points": 5}]]), id="points that are a number"),
            pytest.param(page_of(b" " * (MAX_PAGE_BYTES + 1)), id="too large"),
            pytest.param(SNAPSHOT.pages[0][:-8], id="cut"),
        ],
    )
    def test_wrong_page_is_damaged(self, page):
        snapshot = Snapshot.from_text(Snapshot(NOW, (*SNAPSHOT.pages, page)).as_text())
        with pytest.raises(DamagedCache):
            entries_of(snapshot)

    @given(entries, st.data())
    def test_truncated_text_is_damaged(self, entries, data):
        text = recorded(entries).as_text()
        with pytest.raises(DamagedCache):
            entries_of(Snapshot.from_text(text[: data.draw(st.integers(0, len(text) - 1))]))


class TestCacheKey:
    PARTS = ("https://onapp.example.com", "backup-audit@example.com", True)

    def test_file_name(self):
        key = cache_key("onapp_1a2b", *self.PARTS)
        assert key.startswith("onapp_1a2b_")
        rest = key.removeprefix("onapp_1a2b_")
        assert len(rest) == 16
        assert set(rest) <= set(string.hexdigits.lower())
        assert cache_key("onapp_1a2b", *self.PARTS) == key

    def test_hides_address_and_user(self):
        key = cache_key("onapp", *self.PARTS)
        assert not any(word in key for word in ("example", "http", "audit", "backup"))

    @given(st.tuples(st.text(), st.text(), st.booleans()), st.tuples(st.text(), st.text(), st.booleans()))
    def test_changes_with_each_part(self, one, other):
        assert (cache_key("onapp", *one) == cache_key("onapp", *other)) is (one == other)

    def test_parts_are_separate(self):
        keys = [
            ("ab", "c", True),
            ("a", "bc", True),
            ("ab", "c", False),
            ("ab", "c", "true"),
            ("ab", "c"),
            ("c", "ab", True),
        ]
        assert len({cache_key("onapp", *parts) for parts in keys}) == len(keys)
        assert cache_key("one", "x") != cache_key("two", "x")

    def test_changes_with_the_form(self, monkeypatch):
        key = cache_key("onapp", *self.PARTS)
        monkeypatch.setattr(_vms, "FORM", FORM + 1)
        assert cache_key("onapp", *self.PARTS) != key


times = st.sampled_from(
    ["2026-03-30T05:00:00Z", "2026-03-29 05:00:00", "2026-03-01T05:00:00+02:00", "2027-01-01T00:00:00Z", "", None, "x"]
)
flags = st.sampled_from([True, False, "true", "false", None, "soon"])
backup_rows = st.fixed_dictionaries(
    {"id": st.one_of(st.integers(1, 9), st.sampled_from(["3", "4"]))},
    optional={
        "backup_type": st.sampled_from(["normal", "incremental", "days-autobackup", None, "full"]),
        "target_type": st.sampled_from(["Disk", "VirtualMachine", "Cluster", None]),
        "target_id": st.sampled_from([1, 2, 42, "1", None]),
        "disk_id": st.sampled_from([1, 2, "1", "", None]),
        "created_at": times,
        "built_at": times,
        "built": flags,
        "marked_for_delete": flags,
        "locked": flags,
        "backup_size": st.sampled_from([0, 8, "8", None]),
        "backup_server_id": st.sampled_from([1, 2, "1", None]),
        "initiated": st.sampled_from(["manual", "days", None]),
        # Fields that no assessment uses, although their names suggest it.
        "updated_at": times,
        "note": st.text(max_size=3),
        "identifier": st.text(max_size=3),
        "volume_id": st.integers(0, 2),
        "status": st.sampled_from(["failed", "ok"]),
        "size": st.integers(0, 2),
        "virtual_machine_id": st.sampled_from([42, 43]),
    },
)
# Usable rows, so that every state occurs.
GOOD = {"built": True, "created_at": "2026-03-30T05:00:00Z", "built_at": None, "marked_for_delete": False}
usable_rows = backup_rows.map(lambda row: {**row, **GOOD})
good_rows = usable_rows.map(lambda row: {**row, "target_type": "Disk", "target_id": 1, "disk_id": 1})
policies = st.builds(
    lambda age_from, zone: parse_policy({"clock": {"age_from": age_from, "naive_as": zone}}),
    st.sampled_from(["created_at", "built_at"]),
    st.sampled_from(["UTC", "Europe/Berlin"]),
)


class TestDroppedFields:
    @pytest.mark.slow
    def test_same_assessment(self):
        seen = set()

        @settings(max_examples=400, deadline=None, database=None)
        @given(
            st.lists(st.one_of(backup_rows, usable_rows, good_rows), max_size=5),
            policies,
            st.sampled_from([True, True, False]),
        )
        def check(listed, policy, built):
            row = {"id": 42, "built": built, "booted": True, "created_at": "2026-01-01T00:00:00Z"}
            disks = [{"id": 1, "virtual_machine_id": 42, "created_at": "2026-01-01T00:00:00Z"}]
            complete, kept = (
                assess(FetchedVm.of_rows(row, disks, backups, naive_as=policy.clock.naive_as), policy, NOW)
                for backups in (listed, [with_fields(row, ASSESSED_FIELDS) for row in listed])
            )
            assert comparable(kept) == comparable(complete)
            seen.add(complete.state)

        check()
        assert seen >= {"protected", "unprotected", "unknown", "not_applicable"}

    @given(st.lists(backup_rows, max_size=3))
    def test_kept_fields(self, listed):
        before = json.dumps(listed)
        for row, kept in zip(listed, [with_fields(row, ASSESSED_FIELDS) for row in listed], strict=True):
            assert kept == {name: value for name, value in row.items() if name in ASSESSED_FIELDS}
        assert json.dumps(listed) == before
