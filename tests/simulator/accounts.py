# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may log in, and what they may see."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import Any

from .cloud import SEED_USER
from .shapes import Row

SESSION_KEY = os.urandom(16)


@dataclass(frozen=True, slots=True)
class Account:
    """A user who may log in: e-mail with API key, or login with password."""

    user_id: Any
    email: str
    api_key: str
    login: str
    password: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks; ``only_own`` is an account whose permissions all end in ``.read.own``."""

    user_id: Any
    only_own: bool = True

    @property
    def scope(self) -> Any:
        """The owner to narrow lists to; None for everything."""
        return self.user_id if self.only_own else None


class Accounts:
    """The users' logins; the primary one (the vendor page's user, or else the first) has the chosen profile."""

    def __init__(self, users: list[Row], login: tuple[str, str] | None) -> None:
        accounts = [_account(row) for row in users if row.get("id") is not None]
        self._primary = next((one for one in accounts if one.user_id == SEED_USER), accounts[0])
        self.announced = login or (self._primary.email, self._primary.api_key)
        self._logins: dict[str, Any] = {}
        for one in accounts:
            self._logins[f"{one.email}:{one.api_key}"] = one.user_id
            self._logins[f"{one.login}:{one.password}"] = one.user_id
        self._logins[":".join(self.announced)] = self._primary.user_id
        self._cookies = {_session(one.user_id): one.user_id for one in accounts}

    def who(self, authorization: str, cookie: str) -> tuple[Any, dict[str, str]] | None:
        """The user, by Basic (which sets the session cookie, as panels do) or by that cookie alone; None: refused."""
        if authorization:
            scheme, _space, token = authorization.partition(" ")
            if scheme.lower() != "basic" or (user_id := self._logins.get(_decoded(token))) is None:
                return None
            return user_id, {"Set-Cookie": f"_session_id={_session(user_id)}; path=/; HttpOnly"}
        for part in cookie.split(";"):
            name, _equals, value = part.strip().partition("=")
            if name == "_session_id" and value in self._cookies:
                return self._cookies[value], {}
        return None

    def caller(self, user_id: Any, profile: str) -> Caller:
        """The user's permissions: the profile's for the primary user, only their own objects for all others."""
        if user_id != self._primary.user_id:
            return Caller(user_id)
        return Caller(user_id, only_own=profile == "own")


def _account(row: Row) -> Account:
    return Account(
        user_id=row["id"],
        email=str(row.get("email")),
        api_key=f"canary-api-key-{row['id']}",
        login=str(row.get("login")),
        password=f"canary-password-{row['id']}",
    )


def _session(user_id: Any) -> str:
    return hmac.new(SESSION_KEY, repr(user_id).encode(), hashlib.sha256).hexdigest()[:32]


def _decoded(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode()
    except ValueError:
        return ""
