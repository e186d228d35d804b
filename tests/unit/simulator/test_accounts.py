# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins and permissions."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from ansible_collections.community.onapp.tests.simulator.accounts import Accounts
from ansible_collections.community.onapp.tests.simulator.generated import Generated

USERS = Generated("6.x", datetime(2026, 3, 1, tzinfo=UTC)).users()


def basic(username: str, secret: str, encoding: str = "utf-8") -> str:
    return "Basic " + base64.b64encode(f"{username}:{secret}".encode(encoding)).decode()


@pytest.mark.parametrize("user_id", [1875, 1876, 1879])
def test_logins(user_id: int) -> None:
    accounts = Accounts(USERS, None)
    for header in (
        basic(f"user{user_id}@example.test", f"canary-api-key-{user_id}"),
        basic(f"user{user_id}", f"canary-password-{user_id}").replace("Basic", "basic"),
    ):
        found = accounts.authenticate(header, "")
        assert found
        assert found[0] == user_id
        assert found[1]["Set-Cookie"].startswith("_session_id=")


@pytest.mark.parametrize(
    "header",
    [
        basic("user1875", "canary-api-key-1875"),
        basic("user1875@example.test", "canary-password-1875"),
        basic("user1875", ""),
        basic("", ""),
        "Basic",
        "Basic \u00e9",
        "Basic !!!",
        "Basic /w==",
        "Bearer canary-api-key-1875",
    ],
)
def test_refused(header: str) -> None:
    assert Accounts(USERS, None).authenticate(header, "") is None


def test_chosen_login_in_utf8() -> None:
    accounts = Accounts(USERS, ("j\u00f6rg", "p\u00e4ss:w\u00f6rd \u20ac"))
    assert accounts.credentials == ("j\u00f6rg", "p\u00e4ss:w\u00f6rd \u20ac")
    assert accounts.authenticate(basic(*accounts.credentials), "")
    assert accounts.authenticate(basic("j\u00f6rg", "p\u00e4ss", "latin-1"), "") is None


def test_session_cookie() -> None:
    accounts = Accounts(USERS, None)
    found = accounts.authenticate(basic(*accounts.credentials), "")
    assert found
    cookie = found[1]["Set-Cookie"].partition(";")[0]
    assert accounts.authenticate("", f"other=1; {cookie}") == (1875, {})
    assert accounts.authenticate("", "_session_id=wrong") is None
    assert accounts.authenticate("", "") is None


def test_profiles() -> None:
    accounts = Accounts(USERS, None)
    assert accounts.caller(1875, "admin").scope is None
    assert accounts.caller(1875, "own").scope == 1875
    assert accounts.caller(1876, "admin").scope == 1876
