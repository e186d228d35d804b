# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kinds of errors, each with a machine-readable part and one paragraph that names the fix."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils import _errors
from ansible_collections.community.onapp.plugins.module_utils._errors import (
    AuthError,
    BackupFailed,
    BackupTimeout,
    ConfigError,
    ConflictError,
    ConnectionFailed,
    DeadlineError,
    DecodeError,
    ForbiddenError,
    MissingLibrary,
    NotFoundError,
    OnAppError,
    RateLimitedError,
    ServerError,
    TlsError,
    error_for_status,
)

CODES = {
    ConfigError: "config",
    MissingLibrary: "config",
    ConnectionFailed: "connection",
    TlsError: "tls",
    AuthError: "auth",
    ForbiddenError: "forbidden",
    NotFoundError: "not_found",
    RateLimitedError: "rate_limited",
    ServerError: "server",
    DecodeError: "decode",
    DeadlineError: "deadline",
    ConflictError: "conflict",
    BackupFailed: "failed",
    BackupTimeout: "timeout",
}


@pytest.mark.parametrize(("kind", "code"), list(CODES.items()), ids=lambda value: getattr(value, "__name__", value))
def test_every_kind(kind, code):
    error = kind("What happened. What to do.")
    error.status, error.method, error.path, error.attempts = 418, "GET", "/virtual_machines.json", 2
    assert isinstance(error, OnAppError)
    assert str(error) == error.text == "What happened. What to do."
    assert error.as_failure() == {
        "code": code,
        "status": 418,
        "method": "GET",
        "path": "/virtual_machines.json",
        "attempts": 2,
    }
    assert error.may_have_been_accepted is False
    assert kind("x").as_failure() == {"code": code, "status": None, "method": None, "path": None, "attempts": 0}


def test_there_are_no_other_kinds():
    kinds = {
        kind
        for kind in vars(_errors).values()
        if isinstance(kind, type) and issubclass(kind, OnAppError) and kind is not OnAppError
    }
    assert kinds == set(CODES)


def test_text_can_be_extended():
    error = DeadlineError("It is over.")
    error.text = f"{error.text} The last attempt ended with: x"
    assert str(error) == "It is over. The last attempt ended with: x"


def test_decode_error_can_be_retried():
    assert not DecodeError("x").worth_retrying
    assert DecodeError("x", worth_retrying=True).worth_retrying


@pytest.mark.parametrize(
    ("status", "kind", "what_to_do"),
    [
        (401, AuthError, "Check username and password"),
        (403, ForbiddenError, "Give its role the permission"),
        (404, NotFoundError, "check the path in url"),
        (429, RateLimitedError, "Lower concurrency"),
        (302, ServerError, "If url is right, this panel does not support it"),
        (400, ServerError, "If url is right, this panel does not support it"),
        (406, ServerError, "Try the other response_format"),
        (422, ServerError, "lower page_size. If url is right, this panel does not support it"),
        (500, ServerError, "Look into the panel's own log"),
        (503, ServerError, "raise timeout and retries"),
        (999, ServerError, "Look into the panel's own log"),
    ],
)
@pytest.mark.parametrize("quoted", ["", "Resource not found"])
def test_error_for_status(status, kind, what_to_do, quoted):
    error = error_for_status(status, quoted)
    assert error.__class__ is kind
    assert error.status == status
    assert f"(HTTP {status})" in error.text
    assert what_to_do in error.text
    assert ('and says "Resource not found".' in error.text) == bool(quoted)
    assert "says" in error.text or not quoted
    assert error.text.startswith("The control panel ")
    assert error.text.endswith(".")
    assert "\n" not in error.text
    assert "  " not in error.text
