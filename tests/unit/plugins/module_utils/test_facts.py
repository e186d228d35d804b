# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts have the same keys and types for any row, and contain all fields; filters."""

from __future__ import annotations

import datetime
import json
import zoneinfo

import pytest
from ansible_collections.community.onapp.plugins.module_utils._api.decode import decode, rows
from ansible_collections.community.onapp.plugins.module_utils._facts import (
    BACKUP_FIELDS,
    TIME,
    VIRTUAL_MACHINE_FIELDS,
    backup_facts,
    virtual_machine_facts,
)
from ansible_collections.community.onapp.plugins.module_utils._fields import (
    as_boolean,
    as_integer,
    as_text,
    as_word,
    moment,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import (
    BUILT_AT,
    CREATED_AT,
    Clock,
    parse_policy,
)
from ansible_collections.community.onapp.plugins.module_utils._records import Backup, VirtualMachine
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import facts_params
from ansible_collections.community.onapp.tests.vendor_page import VENDOR_ROW
from hypothesis import given
from hypothesis import strategies as st

UTC = datetime.UTC
CLOCK = Clock(max_skew=300, naive_as=UTC, age_from=CREATED_AT)
NOW = moment("2013-12-24T12:31:20Z")
VM = VirtualMachine.from_row({"id": 42, "identifier": "abcdefghijklmn", "label": "web"})

VENDOR_FACTS = {
    **dict.fromkeys(BACKUP_FIELDS),  # fields that are not on the page
    **VENDOR_ROW,
    "built_at": "2013-12-24T11:34:06Z",
    "created_at": "2013-12-24T11:31:20Z",
    "updated_at": "2013-12-24T11:34:06Z",
    "virtual_machine_id": 42,
    "virtual_machine_identifier": "abcdefghijklmn",
    "virtual_machine_label": "web",
    "backup_size_bytes": 318357504,
    "usable": True,
    "age_seconds": 3600,
    "extra": {},
}

KINDS = {as_boolean: bool, as_integer: int, as_text: str, as_word: str, TIME: str}
READABLE = {
    "backup_type": st.sampled_from(["normal", "incremental", "days-autobackup", "full", None]),
    "initiated": st.sampled_from(["days", "manual", "", None]),
    "target_type": st.sampled_from(["Disk", "VirtualMachine", "Bucket", None]),
    "target_id": st.sampled_from([1, "2", None]),
    "disk_id": st.sampled_from([1, "2", "", None]),
    "created_at": st.sampled_from(["2013-12-24T14:31:20+03:00", "2013-12-24T11:31:20.000Z", None]),
    "built_at": st.sampled_from(["2013-12-24T14:34:06+03:00", "", None]),
    "built": st.sampled_from([True, "false", "1", None]),
    "marked_for_delete": st.sampled_from([True, "0", None]),
    "locked": st.sampled_from([True, "0", None]),
    "backup_size": st.sampled_from([0, "8", 310896, None]),
    "backup_server_id": st.sampled_from([1, "2", None]),
}


def facts_of_row(row, clock=CLOCK, now=NOW):
    return backup_facts(row, Backup.from_row(row, clock.naive_as), VM, clock, now)


def facts_of(clock=CLOCK, now=NOW, **fields):
    return facts_of_row({**VENDOR_ROW, **fields}, clock, now)


class TestBackupFacts:
    def test_vendor_page(self):
        assert facts_of_row(VENDOR_ROW) == VENDOR_FACTS

    def test_all_fields_of_the_vendor_page(self):
        assert set(VENDOR_ROW) <= set(BACKUP_FIELDS)

    def test_json_and_xml_give_equal_facts(self):
        def element(name, value):
            if value is None:
                return f'<{name} nil="true"/>'
            kind = {bool: ' type="boolean"', int: ' type="integer"', str: ""}[type(value)]
            return f"<{name}{kind}>{str(value).lower() if isinstance(value, bool) else value}</{name}>"

        fields = "".join(element(name, value) for name, value in VENDOR_ROW.items())
        bodies = {
            "json": json.dumps([{"backup": VENDOR_ROW}]).encode(),
            "xml": f'<backups type="array"><backup>{fields}</backup></backups>'.encode(),
        }
        for response_format, body in bodies.items():
            (row,) = rows(decode(body, response_format), "backup").rows
            assert facts_of_row(row) == VENDOR_FACTS

    def test_untyped_row_of_2_x(self):
        facts = facts_of_row(
            {
                "id": "1951",
                "identifier": "uml64qyvbzvlkb",
                "backup_type": "days-autobackup",
                "backup_size": "8",
                "built": "true",
                "built_at": "2013-12-24T11:34:06Z",
                "created_at": "2013-12-24T11:31:20Z",
                "disk_id": "11860",
                "locked": "false",
            },
        )
        assert facts == {
            **dict.fromkeys(VENDOR_FACTS),
            "id": 1951,
            "identifier": "uml64qyvbzvlkb",
            "backup_type": "normal",
            "initiated": "days",
            "backup_size": 8,
            "backup_size_bytes": 8192,
            "built": True,
            "built_at": "2013-12-24T11:34:06Z",
            "created_at": "2013-12-24T11:31:20Z",
            "disk_id": 11860,
            "locked": False,
            "virtual_machine_id": 42,
            "virtual_machine_identifier": "abcdefghijklmn",
            "virtual_machine_label": "web",
            "usable": True,
            "age_seconds": 3600,
            "extra": {"backup_type": "days-autobackup"},
        }

    @pytest.mark.parametrize(
        ("sent", "extra"),
        [
            pytest.param({"compatible": True}, {"compatible": True}, id="a field of a later version"),
            pytest.param({"nested": {"a": [1]}}, {"nested": {"a": [1]}}, id="a nested field"),
            pytest.param({"backup_size": "big"}, {"backup_size": "big"}, id="no number"),
            pytest.param({"built": "maybe"}, {"built": "maybe"}, id="no flag"),
            pytest.param({"created_at": "never"}, {"created_at": "never"}, id="no time"),
            pytest.param({"note": {"a": 1}}, {"note": {"a": 1}}, id="no text"),
            pytest.param({"volume_id": "vol-1"}, {"volume_id": "vol-1"}, id="an id that is text"),
            pytest.param({"backup_type": "full"}, {"backup_type": "full"}, id="a type not known yet"),
            pytest.param({"backup_type": ["a"]}, {"backup_type": ["a"]}, id="no type"),
            pytest.param({"backup_type": None}, {}, id="null as type"),
            pytest.param({"note": "", "iqn": "", "built_at": ""}, {}, id="empty text is null"),
            pytest.param({"extra": 1}, {"extra": 1}, id="a field named extra"),
            pytest.param({"usable": "x"}, {"usable": "x"}, id="a field named as a derived one"),
        ],
    )
    def test_all_fields_are_kept(self, sent, extra):
        facts = facts_of(**sent)
        assert facts["extra"] == extra
        assert set(facts) == set(VENDOR_FACTS)
        assert facts["usable"] is (not {"built", "created_at"} & set(extra))

    @pytest.mark.parametrize(
        ("sent", "age", "usable"),
        [
            pytest.param({}, 3600, True, id="complete"),
            pytest.param({"built": False, "built_at": None}, 3600, False, id="not built"),
            pytest.param({"built": None}, 3600, False, id="not known to be built"),
            pytest.param({"marked_for_delete": True}, 3600, False, id="marked for delete"),
            pytest.param({"marked_for_delete": "soon"}, 3600, False, id="perhaps marked for delete"),
            pytest.param({"created_at": None}, 3434, True, id="only built_at"),
            pytest.param({"created_at": None, "built_at": None}, None, False, id="no time"),
            pytest.param({"created_at": "2013-02-30T00:00:00Z"}, None, False, id="no such time"),
            pytest.param({"created_at": "2013-12-24T12:36:20Z"}, 0, True, id="ahead by the skew allowed"),
            pytest.param({"created_at": "2013-12-24T12:36:21Z"}, None, False, id="ahead by more"),
            pytest.param({"locked": True}, 3600, True, id="locked"),
        ],
    )
    def test_age_and_use(self, sent, age, usable):
        facts = facts_of(**sent)
        assert (facts["age_seconds"], facts["usable"]) == (age, usable)

    def test_clock_selects_the_data_time(self):
        assert facts_of(CLOCK._replace(age_from=BUILT_AT))["age_seconds"] == 3434

    def test_times_without_an_offset_are_read_in_the_zone_of_the_clock(self):
        berlin = CLOCK._replace(naive_as=zoneinfo.ZoneInfo("Europe/Berlin"))
        facts = facts_of(berlin, created_at="2013-12-24 12:31:20", built_at=None, updated_at="2013-07-24T12:31:20")
        assert facts["created_at"] == "2013-12-24T11:31:20Z"
        assert facts["updated_at"] == "2013-07-24T10:31:20Z"
        assert facts["age_seconds"] == 3600

    @pytest.mark.parametrize(("sent", "size_bytes"), [(0, 0), (None, None), ("8", 8192), (10**15, 1024 * 10**15)])
    def test_sizes_are_kilobytes(self, sent, size_bytes):
        assert facts_of(backup_size=sent)["backup_size_bytes"] == size_bytes

    @pytest.mark.parametrize(
        ("sent", "value", "unreadable"),
        [
            pytest.param({"backup_size": "8"}, 8, {}, id="readable"),
            pytest.param({}, None, {}, id="absent"),
            pytest.param({"backup_size": None}, None, {}, id="null"),
            pytest.param({"backup_size": ""}, None, {}, id="empty"),
            pytest.param({"backup_size": "big"}, None, {"backup_size": "big"}, id="word"),
            pytest.param({"backup_size": False}, None, {"backup_size": False}, id="false"),
            pytest.param({"backup_size": []}, None, {"backup_size": []}, id="empty list"),
        ],
    )
    def test_unreadable_values_are_kept(self, sent, value, unreadable):
        facts = facts_of_row({"id": 1, **sent})
        assert (facts["backup_size"], facts["extra"]) == (value, unreadable)

    def test_row_is_not_changed(self):
        row = {**VENDOR_ROW, "compatible": True}
        before = json.dumps(row)
        facts_of_row(row)
        assert json.dumps(row) == before

    @given(
        st.fixed_dictionaries(
            {},
            optional={
                name: st.sampled_from([None, "", "x", "8", 8, True, False, [], {"a": 1}, 1.5, "2013-12-24T11:31:20Z"])
                for name in [*BACKUP_FIELDS, "compatible"]
                if name != "id"
            },
        )
    )
    def test_any_row_gives_the_same_keys_and_types(self, fields):
        facts = facts_of_row({"id": 1, **fields})
        assert set(facts) == set(VENDOR_FACTS)
        types = {name: type(value) for name, value in VENDOR_FACTS.items()}
        types |= {name: KINDS[read] for name, read in BACKUP_FIELDS.items()}
        for name, value in facts.items():
            assert value is None or value.__class__ is types[name], name
        for name, value in fields.items():
            # Unreadable values are unchanged in extra.
            assert value in (None, "") or facts.get(name) is not None or facts["extra"][name] == value
        assert json.loads(json.dumps(facts, allow_nan=False)) == facts

    @given(st.fixed_dictionaries({"id": st.sampled_from([7, "7"])}, optional=READABLE))
    def test_facts_give_the_record_of_their_row(self, row):
        record = Backup.from_row(row)
        facts = facts_of_row(row)
        assert Backup.from_row(facts) == record
        again = facts_of_row(facts)
        assert {name: again[name] for name in BACKUP_FIELDS} == {name: facts[name] for name in BACKUP_FIELDS}
        assert (again["usable"], again["age_seconds"]) == (facts["usable"], facts["age_seconds"])


class TestVirtualMachineFacts:
    ROW = {
        "id": "42",
        "identifier": "abcdefghijklmn",
        "label": "web",
        "hostname": "web.example.com",
        "booted": True,
        "built": "true",
        "suspended": 0,
        "locked": False,
        "user_id": 7,
        "hypervisor_id": "3",
        "template_id": None,
        "template_label": "Ubuntu",
        "operating_system": "linux",
        "operating_system_distro": "ubuntu",
        "ip_addresses": [{"ip_address": {"address": "192.0.2.1", "netmask": "255.255.255.0"}}],
        "created_at": "2013-12-24T14:31:20+03:00",
        "support_incremental_backups": True,
        "admin_note": "internal",
        "initial_root_password": "hunter2",
    }

    def test_row(self):
        assert virtual_machine_facts(VirtualMachine.from_row(self.ROW)) == {
            "id": 42,
            "identifier": "abcdefghijklmn",
            "label": "web",
            "hostname": "web.example.com",
            "booted": True,
            "built": True,
            "suspended": False,
            "locked": False,
            "user_id": 7,
            "hypervisor_id": 3,
            "template_id": None,
            "template_label": "Ubuntu",
            "operating_system": "linux",
            "operating_system_distro": "ubuntu",
            "ip_addresses": ["192.0.2.1"],
            "created_at": "2013-12-24T11:31:20Z",
            "support_incremental_backups": True,
        }

    def test_nothing_but_an_id(self):
        facts = virtual_machine_facts(VirtualMachine.from_row({"id": 1}))
        assert facts == {**dict.fromkeys(VIRTUAL_MACHINE_FIELDS), "id": 1, "ip_addresses": []}

    @pytest.mark.parametrize(
        ("sent", "addresses"),
        [
            pytest.param(None, [], id="null"),
            pytest.param("", [], id="empty"),
            pytest.param([], [], id="none"),
            pytest.param([{"ip_address": {"address": "192.0.2.1"}}], ["192.0.2.1"], id="one"),
            pytest.param(
                [{"ip_address": {"address": "2001:db8::1"}}, {"ip_address": {"address": "192.0.2.1"}}],
                ["2001:db8::1", "192.0.2.1"],
                id="two, in their order",
            ),
            pytest.param(
                [{"ip_address_join": {"id": 1, "ip_address": {"address": "192.0.2.1"}}}], ["192.0.2.1"], id="join rows"
            ),
            pytest.param([{"address": "192.0.2.1"}], ["192.0.2.1"], id="rows without wrappers"),
            pytest.param(["192.0.2.1", "192.0.2.2"], ["192.0.2.1", "192.0.2.2"], id="texts"),
            pytest.param("192.0.2.1", ["192.0.2.1"], id="one text"),
            pytest.param(["192.0.2.1", {"address": "192.0.2.1"}], ["192.0.2.1"], id="twice"),
            pytest.param([{"ip_address": {"address": ""}}, {"ip_address": {"address": None}}, " "], [], id="blank"),
            pytest.param([{"ip_address": None}, 7, True, {"network_id": "1"}], [], id="no addresses"),
            pytest.param({"ip_address": {"address": "192.0.2.1"}}, ["192.0.2.1"], id="a list collapsed to its row"),
        ],
    )
    def test_addresses(self, sent, addresses):
        assert VirtualMachine.from_row({"id": 1, "ip_addresses": sent}).ip_addresses == tuple(addresses)

    def test_time_zone(self):
        row = {"id": 1, "created_at": "2013-12-24 12:31:20"}
        facts = virtual_machine_facts(VirtualMachine.from_row(row, zoneinfo.ZoneInfo("Europe/Berlin")))
        assert facts["created_at"] == "2013-12-24T11:31:20Z"


class TestFilters:
    """Filters of backups."""

    CREATED = moment("2026-03-30T06:00:00Z")
    EVERYTHING = facts_params(parse_policy(None), CREATED)

    def keeps(self, created_at, **params):
        record = Backup.from_row({"id": 1, "created_at": created_at})
        return self.EVERYTHING._replace(**params).keeps({"initiated": "days", "usable": True}, record)

    @pytest.mark.parametrize(
        ("params", "kept"),
        [
            ({}, True),
            ({"created_after": CREATED}, True),
            ({"created_after": CREATED + 1}, False),
            ({"created_before": CREATED}, False),
            ({"created_before": CREATED + 1}, True),
            ({"initiated": frozenset({"days", "weeks"})}, True),
            ({"initiated": frozenset({"weeks"})}, False),
            ({"usable": True}, True),
            ({"usable": False}, False),
        ],
    )
    def test_filters(self, params, kept):
        assert self.keeps("2026-03-30T06:00:00Z", **params) is kept

    @pytest.mark.parametrize(
        ("params", "kept"), [({}, True), ({"created_after": 0}, False), ({"created_before": CREATED + 1}, False)]
    )
    def test_without_a_readable_time(self, params, kept):
        assert self.keeps(None, **params) is kept
