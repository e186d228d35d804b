# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins and permissions of the users."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import Any

from .cloud import SEED_USER
from .shapes import Row


@dataclass(frozen=True, slots=True)
class Caller:
    """The user of a request; ``only_own`` is an account whose permissions all end in ``.read.own``."""

    user_id: Any
    only_own: bool = True

    @property
    def scope(self) -> Any:
        """The owner to whom lists are limited, None for no limit."""
        return self.user_id if self.only_own else None


class Accounts:
    """The users' logins: e-mail with API key, or login with password.

    The primary user (the vendor page's, or else the first) has the chosen profile and the given ``login``.
    """

    def __init__(self, users: list[Row], login: tuple[str, str] | None) -> None:
        users = [row for row in users if row.get("id") is not None]
        primary = next((row for row in users if row["id"] == SEED_USER), users[0])
        self._primary = primary["id"]
        self.credentials = login or (str(primary.get("email")), _api_key(primary))
        self._logins: dict[str, Any] = {":".join(self.credentials): self._primary}
        self._sessions: dict[str, Any] = {}
        self._cookies: dict[Any, str] = {}
        for row in users:
            user_id, session = row["id"], secrets.token_hex(16)
            self._logins.setdefault(f"{row.get('email')}:{_api_key(row)}", user_id)
            self._logins.setdefault(f"{row.get('login')}:canary-password-{user_id}", user_id)
            self._sessions[session] = user_id
            self._cookies[user_id] = f"_session_id={session}; path=/; HttpOnly"

    def authenticate(self, authorization: str, cookie: str) -> tuple[Any, dict[str, str]] | None:
        """The user, by Basic (which sets the session cookie, as panels do) or by that cookie alone; None: refused."""
        if authorization:
            scheme, _space, token = authorization.partition(" ")
            if scheme.lower() != "basic" or (user_id := self._logins.get(_decoded(token))) is None:
                return None
            return user_id, {"Set-Cookie": self._cookies[user_id]}
        for part in cookie.split(";"):
            name, _equals, value = part.strip().partition("=")
            if name == "_session_id" and value in self._sessions:
                return self._sessions[value], {}
        return None

    def caller(self, user_id: Any, profile: str) -> Caller:
        """The user's permissions: the profile's for the primary user, only their own objects for all others."""
        return Caller(user_id, only_own=profile == "own" or user_id != self._primary)


def _api_key(user: Row) -> str:
    return f"canary-api-key-{user['id']}"


def _decoded(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode()
    except ValueError:
        return ""
