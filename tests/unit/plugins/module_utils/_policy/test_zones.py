# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time zones by their IANA names."""

from __future__ import annotations

import datetime
import zoneinfo

import pytest
from ansible_collections.community.onapp.plugins.module_utils._fields import as_instant
from ansible_collections.community.onapp.plugins.module_utils._policy import zones
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import PolicyError
from ansible_collections.community.onapp.plugins.module_utils._policy.zones import time_zone, zone_name
from hypothesis import given, settings
from hypothesis import strategies as st


def test_utc_is_the_zone_of_times_without_one():
    text = "2026-03-29T04:00:00"
    assert as_instant(text) == as_instant(text, time_zone("UTC", "zone"))


@pytest.mark.parametrize("name", ["UTC", "Etc/UTC", "Europe/Berlin", "Asia/Kathmandu", "America/Argentina/Ushuaia"])
def test_a_zone_has_its_name(name):
    assert zone_name(time_zone(name, "zone")) == name


def test_a_zone_knows_its_summer_time():
    zone = time_zone("Europe/Berlin", "zone")
    assert datetime.datetime(2026, 7, 1, tzinfo=zone).utcoffset() == datetime.timedelta(hours=2)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Europe/Berln", "'Europe/Berln', which is no time zone known to this machine (did you mean Europe/Berlin?)"),
        ("Europe", "'Europe', which is no time zone known"),
        ("../etc/passwd", "'../etc/passwd', which is no time zone known"),
        ("/etc/localtime", "'/etc/localtime', which is no time zone known"),
        ("+02:00", "'+02:00', which is no time zone known"),
        (" UTC", "' UTC', which is no time zone known"),
        ("zone.tab", "'zone.tab', which is no time zone known"),
        ("a\0b", r"'a\x00b', which is no time zone known"),
        ("x" * 5000, "'xxxx"),
    ],
)
def test_unknown_zone(name, told):
    with pytest.raises(PolicyError) as caught:
        time_zone(name, "policy.timezone")
    assert str(caught.value).startswith(f"policy.timezone is {told}")
    assert str(caught.value).endswith("; write the IANA name of one, such as UTC or Europe/Berlin")


@settings(deadline=None)
@given(st.text())
def test_any_name_is_a_zone_or_told(name):
    try:
        assert isinstance(time_zone(name, "zone"), datetime.tzinfo)
    except PolicyError as error:
        assert "\n" not in str(error)


def test_no_time_zone_database(monkeypatch):
    def not_found(name):
        raise zoneinfo.ZoneInfoNotFoundError(name)

    monkeypatch.setattr(zones.zoneinfo, "ZoneInfo", not_found)
    monkeypatch.setattr(zones.zoneinfo, "available_timezones", set)
    with pytest.raises(PolicyError, match="this machine has no time zone database; write UTC, or install"):
        time_zone("Europe/Berlin", "zone")
    assert time_zone("UTC", "zone") is datetime.UTC
