# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conversion of single values; unreadable ones are None."""

from __future__ import annotations

import datetime
import zoneinfo

import pytest
from ansible_collections.community.onapp.plugins.module_utils._fields import (
    EARLIEST,
    LATEST,
    Instant,
    as_boolean,
    as_instant,
    as_integer,
    as_text,
    moment,
    remove_secrets,
    utc_text,
)
from hypothesis import given
from hypothesis import strategies as st

FIRST_SECOND = -62135596800  # 0001-01-01T00:00:00Z
LAST_SECOND = 253402300799  # 9999-12-31T23:59:59Z
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
MISSING = Instant(None, "missing")
UNPARSABLE = Instant(None, "unparsable")

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def seconds(*parts):
    return int(datetime.datetime(*parts, tzinfo=datetime.UTC).timestamp())


class TestInteger:
    @pytest.mark.parametrize(
        ("sent", "read"),
        [
            pytest.param(8, 8, id="number"),
            pytest.param("8", 8, id="text of 2.x"),
            pytest.param(" 8\n", 8, id="text with space around"),
            pytest.param("-8", -8, id="negative text"),
            pytest.param("+8", 8, id="text with plus"),
            pytest.param(0, 0, id="zero"),
            pytest.param("0", 0, id="zero as text"),
            pytest.param("007", 7, id="leading zeros"),
            pytest.param(51.0, 51, id="whole float"),
            pytest.param("51.0", 51, id="whole float as text"),
            pytest.param(10**18 - 1, 10**18 - 1, id="longest number"),
            pytest.param(10**18, None, id="number that is too long"),
            pytest.param(-(10**18), None, id="negative number that is too long"),
            pytest.param(10**400, None, id="number of 400 digits"),
            pytest.param(1e300, None, id="float that is too long"),
            pytest.param("9" * 18, 10**18 - 1, id="longest text"),
            pytest.param("9" * 19, None, id="text that is too long"),
            pytest.param("9" * 5000, None, id="text that Python refuses to read"),
            pytest.param(51.5, None, id="fraction"),
            pytest.param("51.5", None, id="fraction as text"),
            pytest.param(float("nan"), None, id="not a number"),
            pytest.param(float("inf"), None, id="infinity"),
            pytest.param(True, None, id="a flag is no number"),
            pytest.param(None, None, id="null"),
            pytest.param("", None, id="empty"),
            pytest.param("  ", None, id="blank"),
            pytest.param("eight", None, id="word"),
            pytest.param("0x8", None, id="hexadecimal"),
            pytest.param("1e3", None, id="exponent"),
            pytest.param("1_000", None, id="Python's underscore"),
            pytest.param("1,000", None, id="thousands separator"),
            pytest.param("８", None, id="full-width digit"),
            pytest.param("٣", None, id="Arabic digit"),
            pytest.param([8], None, id="list"),
            pytest.param({"id": 8}, None, id="object"),
        ],
    )
    def test_reads(self, sent, read):
        assert as_integer(sent) == read
        assert type(as_integer(sent)) is type(read)

    @given(JSON_VALUES)
    def test_result_is_stable(self, sent):
        read = as_integer(sent)
        assert read is None or read.__class__ is int
        assert as_integer(read) == read


class TestBoolean:
    @pytest.mark.parametrize(
        ("sent", "read"),
        [
            pytest.param(True, True, id="true"),
            pytest.param(False, False, id="false"),
            pytest.param("true", True, id="text true"),
            pytest.param("false", False, id="text false"),
            pytest.param(" True ", True, id="other case, with spaces"),
            pytest.param(1, True, id="1"),
            pytest.param(0, False, id="0"),
            pytest.param("1", True, id="text 1"),
            pytest.param("0", False, id="text 0"),
            pytest.param(2, None, id="2"),
            pytest.param(1.0, None, id="float"),
            pytest.param(None, None, id="null"),
            pytest.param("", None, id="empty"),
            pytest.param("yes", None, id="yes"),
            pytest.param([True], None, id="list"),
            pytest.param({}, None, id="object"),
        ],
    )
    def test_reads(self, sent, read):
        assert as_boolean(sent) is read


class TestText:
    @pytest.mark.parametrize(
        ("sent", "read"),
        [
            pytest.param("linux", "linux", id="text"),
            pytest.param(" a ", " a ", id="spaces are kept"),
            pytest.param("", None, id="empty"),
            pytest.param(None, None, id="null"),
            pytest.param(0, "0", id="zero"),
            pytest.param(12, "12", id="number"),
            pytest.param(1.5, "1.5", id="fraction"),
            pytest.param(True, "true", id="true as in JSON"),
            pytest.param(False, "false", id="false as in JSON"),
            pytest.param(["a"], None, id="list"),
            pytest.param({"a": 1}, None, id="object"),
        ],
    )
    def test_reads(self, sent, read):
        assert as_text(sent) == read


class TestInstant:
    @pytest.mark.parametrize(
        ("sent", "time"),
        [
            pytest.param("2013-12-24T11:34:06Z", (2013, 12, 24, 11, 34, 6), id="2.x: Z"),
            pytest.param("2013-12-24T14:34:06+03:00", (2013, 12, 24, 11, 34, 6), id="3.x and 4.x: the panel's zone"),
            pytest.param("2024-05-01T00:30:00.000+07:00", (2024, 4, 30, 17, 30, 0), id="5.x and 6.x: milliseconds"),
            pytest.param(
                "2024-05-01T00:30:00.999999999-0930", (2024, 5, 1, 10, 0, 0), id="west, no colon, nanoseconds"
            ),
            pytest.param("2024-05-01 00:30:00 UTC", (2024, 5, 1, 0, 30, 0), id="Ruby's to_s"),
            pytest.param("2024-05-01 00:30:00 +0200", (2024, 4, 30, 22, 30, 0), id="Ruby's to_s with an offset"),
            pytest.param(" 2024-05-01T00:30:00Z\n", (2024, 5, 1, 0, 30, 0), id="space around"),
            pytest.param("2024-02-29T23:59:59Z", (2024, 2, 29, 23, 59, 59), id="leap day"),
            pytest.param("1969-12-31T23:59:59Z", (1969, 12, 31, 23, 59, 59), id="before 1970"),
            pytest.param("2024-05-01T00:30:00-00:00", (2024, 5, 1, 0, 30, 0), id="minus zero"),
            pytest.param("2026/11/26 12:00:00 +0000", (2026, 11, 26, 12, 0, 0), id="slashes"),
            pytest.param("2026-11-26T12:00:00+07", (2026, 11, 26, 5, 0, 0), id="offset of hours"),
            pytest.param("2026-11-26t12:00:00z", (2026, 11, 26, 12, 0, 0), id="lower case"),
            pytest.param("2026-11-26 12:00:00 utc", (2026, 11, 26, 12, 0, 0), id="lower-case UTC"),
            pytest.param("2026-11-26T12:00Z", (2026, 11, 26, 12, 0, 0), id="no seconds"),
            pytest.param("2026/11/26 12:00 -03", (2026, 11, 26, 15, 0, 0), id="slashes, no seconds, offset of hours"),
            pytest.param("2026-11-26T12:00:00,5+01:00", (2026, 11, 26, 11, 0, 0), id="comma"),
        ],
    )
    def test_reads(self, sent, time):
        assert as_instant(sent) == Instant(seconds(*time), None)

    def test_equal_times_in_two_zones(self):
        assert as_instant("2013-12-24T14:34:06+03:00") == as_instant("2013-12-24T11:34:06Z")

    @pytest.mark.parametrize("sent", [None, ""])
    def test_missing(self, sent):
        assert as_instant(sent) == MISSING

    @pytest.mark.parametrize(
        "sent",
        [
            pytest.param("2024-05-01T25:00:00Z", id="25 hours"),
            pytest.param("2024-05-01T24:00:00Z", id="24 hours"),
            pytest.param("2024-05-01T12:60:00Z", id="60 minutes"),
            pytest.param("2024-05-01T12:00:60Z", id="60 seconds"),
            pytest.param("2024-02-30T12:00:00Z", id="February 30"),
            pytest.param("2023-02-29T12:00:00Z", id="no leap year"),
            pytest.param("2024-13-01T12:00:00Z", id="month 13"),
            pytest.param("0000-01-01T00:00:00Z", id="year 0"),
            pytest.param("12024-01-01T00:00:00Z", id="five digits"),
            pytest.param("2024-05-01T12:00:00+24:00", id="offset of a day"),
            pytest.param("2024-05-01T12:00:00+03:60", id="offset of 60 minutes"),
            pytest.param("2024-05-01T12:00:00+3", id="half an offset"),
            pytest.param("2024-05-01T12:00:00 CET", id="zone by name"),
            pytest.param("0001-01-01T00:00:00+23:59", id="before the calendar"),
            pytest.param("9999-12-31T23:59:59-23:59", id="after the calendar"),
            pytest.param("2024/02/30 12:00Z", id="slashes, February 30"),
            pytest.param("05/01/2024 12:00:00 +0000", id="month first"),
            pytest.param("2024-05-01", id="date alone"),
            pytest.param("２０２４-05-01T12:00:00Z", id="full-width digits"),
            pytest.param("٢٠٢٤-05-01T12:00:00Z", id="Arabic digits"),
            pytest.param("2024-05-01T12:00:00Z\x00", id="control character"),
            pytest.param("2024-05-01T12:00:00Z; rm", id="more behind it"),
            pytest.param("Wed, 01 May 2024 12:00:00 GMT", id="HTTP date"),
            pytest.param("never", id="word"),
            pytest.param("   ", id="blank"),
            pytest.param("9" * 100_000, id="huge"),
            pytest.param("2024-05-01T12:00:00." + "9" * 100_000 + "?", id="huge fraction"),
            pytest.param(1714564800, id="epoch number"),
            pytest.param(False, id="flag"),
            pytest.param([], id="list"),
            pytest.param({}, id="object"),
        ],
    )
    def test_unparsable(self, sent):
        assert as_instant(sent) == UNPARSABLE
        assert as_instant(sent, BERLIN) == UNPARSABLE

    def test_no_offset_means_utc(self):
        assert as_instant("2024-05-01T12:00:00") == Instant(seconds(2024, 5, 1, 12), "no_offset")

    @pytest.mark.parametrize(
        ("sent", "time"),
        [
            pytest.param("2024-01-15 12:00:00", (2024, 1, 15, 11), id="winter"),
            pytest.param("2024-07-15T12:00:00", (2024, 7, 15, 10), id="summer"),
            pytest.param("2024-07-15T12:00:00.500", (2024, 7, 15, 10), id="fraction"),
            pytest.param("2024-10-27T02:30:00", (2024, 10, 27, 0, 30), id="repeated hour: the earlier"),
            pytest.param("2024-03-31T02:30:00", (2024, 3, 31, 1, 30), id="skipped hour: as if clocks had not changed"),
        ],
    )
    def test_no_offset_with_a_zone(self, sent, time):
        assert as_instant(sent, BERLIN) == Instant(seconds(*time), "no_offset")

    def test_offset_overrides_the_zone(self):
        assert as_instant("2024-07-15T12:00:00Z", BERLIN) == Instant(seconds(2024, 7, 15, 12), None)

    @pytest.mark.parametrize("zone", [datetime.UTC, BERLIN, zoneinfo.ZoneInfo("Pacific/Kiritimati")])
    @pytest.mark.parametrize("sent", ["0001-01-01T00:00:00", "9999-12-31T23:59:59"])
    def test_ends_of_the_calendar(self, sent, zone):
        read = as_instant(sent, zone)
        assert read.problem in ("no_offset", "unparsable")
        assert (read.seconds is None) == (read.problem == "unparsable")

    @given(JSON_VALUES, st.sampled_from([datetime.UTC, BERLIN]))
    def test_any_value(self, sent, zone):
        read = as_instant(sent, zone)
        assert (read.seconds is None) == (read.problem in ("missing", "unparsable"))

    @given(
        st.datetimes(min_value=datetime.datetime(2, 1, 1), max_value=datetime.datetime(9998, 12, 31)),
        st.integers(-23 * 60 - 59, 23 * 60 + 59),
        st.sampled_from(["T", " "]),
        st.booleans(),
    )
    def test_agrees_with_the_standard_library(self, wall, offset_minutes, separator, milliseconds):
        aware = wall.replace(tzinfo=datetime.timezone(datetime.timedelta(minutes=offset_minutes)))
        sent = aware.isoformat(sep=separator, timespec="milliseconds" if milliseconds else "seconds")
        assert as_instant(sent) == Instant(int(aware.replace(microsecond=0).timestamp()), None)


class TestUtcText:
    @pytest.mark.parametrize(
        ("sent", "text"),
        [
            (None, None),
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (1387884846, "2013-12-24T11:34:06Z"),
            (FIRST_SECOND, "0001-01-01T00:00:00Z"),
            (LAST_SECOND, "9999-12-31T23:59:59Z"),
            (FIRST_SECOND - 1, None),
            (LAST_SECOND + 1, None),
            (10**30, None),
        ],
    )
    def test_writes(self, sent, text):
        assert utc_text(sent) == text

    @given(st.integers(EARLIEST, LATEST))
    def test_round_trip(self, time):
        assert as_instant(utc_text(time)) == Instant(time, None)
        assert moment(utc_text(time)) == time

    @given(st.integers(FIRST_SECOND, LAST_SECOND), st.integers(FIRST_SECOND, LAST_SECOND))
    def test_texts_sort_like_times(self, one, other):
        assert (utc_text(one) < utc_text(other)) == (one < other)


class TestMoment:
    @pytest.mark.parametrize(
        ("written", "time"),
        [
            pytest.param("2026-03-30", (2026, 3, 30), id="date: its first second"),
            pytest.param(" 2026-03-30 ", (2026, 3, 30), id="spaces around"),
            pytest.param("2026-03-30T06:00:00Z", (2026, 3, 30, 6), id="UTC"),
            pytest.param("2026-03-30T06:00:00+02:00", (2026, 3, 30, 4), id="offset"),
            pytest.param("2026-03-30 06:00:00", (2026, 3, 30, 6), id="no offset: UTC"),
        ],
    )
    def test_reads(self, written, time):
        assert moment(written) == seconds(*time)

    @pytest.mark.parametrize("written", ["", " ", "yesterday", "2026-02-30", "2026-3-1", "30.03.2026", "1774850400"])
    def test_refuses_with_an_example(self, written):
        with pytest.raises(ValueError, match="write it as 2026-03-30T06:00:00Z, or as a date such as 2026-03-30"):
            moment(written)


SECRET_NAMES = [
    "initial_root_password",
    "initial_root_password_encrypted",
    "initial_root_password_encryption_key",
    "remote_access_password",
    "service_password",
    "encrypted_password",
    "crypted_password",
    "password_salt",
    "new_password",
    "PASSWORD",
    "root-passwd",
    "passphrase",
    "api_key",
    "apikey",
    "apiKey",
    "API-Key",
    "key",
    "keys",
    "ssh_keys",
    "private_key",
    "privateKey",
    "access_key_id",
    "license-key",
    "client_secret",
    "token",
    "auth_token",
    "billing_token_id",
    "credentials",
    "pwd",
    "root_pwd",
    "pass",
    "rootPass",
    "passwd",
    "pin",
    "pin_code_pin",
    "passcode",
    "vnc_password",
    "vnc_port",
    "vncKey",
    "encryption_key",
    "accesskey",
    "AccessKey",
    "authorization",
    "Cookie",
    "set-cookie",
    "session",
    "session_id",
    "sessionId",
    "_session_id",
    "Secret Word",
    "totp",
    "yubikey",
    "public_password",
    "is_public_token",
    "republican_password",
    "publicApiKey",
    "public_key_password",
    "root_pw",
    "rootpw",
    "params",
    "log_output",
]
INNOCENT_NAMES = [
    "keyboard",
    "keyboard_layout",
    "monkey",
    "turkey",
    "hockey_team",
    "keystone",
    "note",
    "admin_note",
    "identifier",
    "passive",
    "passthrough",
    "bypass",
    "iqn",
    "id",
    "label",
    "backup_type",
    "",
    "public_key",
    "ssh_public_key",
    "publicKey",
    "public_ssh_key",
    "public_keys",
    "param",
    "output",
    "pinned",
    "spinning",
    "author",
    "compass",
    "value",
]


class TestRemoveSecrets:
    @pytest.mark.parametrize("name", SECRET_NAMES)
    def test_removes(self, name):
        assert remove_secrets({"id": 1, name: "hunter2"}) == {"id": 1}

    @pytest.mark.parametrize("name", INNOCENT_NAMES)
    def test_keeps(self, name):
        assert remove_secrets({name: "x"}) == {name: "x"}

    def test_removes_at_any_depth(self):
        row = {
            "id": 1,
            "nested": [{"deeper": {"label": "x", "service_password": "a"}}, ["text", {"api_key": "b"}]],
            "credentials": {"user": "c", "more": ["d"]},
            "initial_root_password": None,
        }
        assert remove_secrets(row) == {"id": 1, "nested": [{"deeper": {"label": "x"}}, ["text", {}]]}

    @pytest.mark.parametrize(
        ("pair", "expected"),
        [
            ({"key": "root_password", "value": "x"}, {"key": "root_password"}),
            ({"name": "API key", "value": {"a": 1}}, {"name": "API key"}),
            ({"label": "dbToken", "content": "x", "id": 1}, {"label": "dbToken", "id": 1}),
            ({"field": "pin", "default_value": 1234}, {"field": "pin"}),
            ({"key": "role", "value": "db"}, {"key": "role", "value": "db"}),
            ({"name": "public_key", "value": "ssh-rsa"}, {"name": "public_key", "value": "ssh-rsa"}),
            ({"label": "token-service", "id": 1}, {"label": "token-service", "id": 1}),
            ({"key": 7, "value": "x"}, {"key": 7, "value": "x"}),
        ],
    )
    def test_pairs_of_name_and_value(self, pair, expected):
        assert remove_secrets({"a": [dict(pair)]}) == {"a": [expected]}

    @pytest.mark.parametrize("value", [None, 1, "password"])
    def test_single_value_has_no_name(self, value):
        assert remove_secrets(value) == value

    def test_works_in_place(self):
        row = {"password": "x", "rows": [{"password": "y"}]}
        assert remove_secrets(row) is row
        assert row == {"rows": [{}]}

    @given(JSON_VALUES, st.sampled_from(SECRET_NAMES))
    def test_no_secret_name_remains(self, value, name):
        def walk(item):
            if isinstance(item, dict):
                assert name not in item
                for inner in item.values():
                    walk(inner)
            elif isinstance(item, list):
                for inner in item:
                    walk(inner)

        walk(remove_secrets({"a": [value, {name: value}], name: value}))
