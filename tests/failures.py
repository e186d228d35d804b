# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Expected failures of modules."""

from __future__ import annotations

import re
import typing as t

FAILURE = {"code", "status", "method", "path", "attempts"}


class Expected(t.NamedTuple):
    """An expected failure: code, HTTP status, attempts, and texts in its message."""

    code: str
    status: int | None
    attempts: int
    texts: tuple[str, ...]


def config(*texts: str) -> Expected:
    """A failure before any request is sent."""
    return Expected("config", None, 0, texts)


def check(result: t.Mapping[str, t.Any], expected: Expected) -> None:
    """The result fails as expected, and its message is one paragraph."""
    assert result["failed"]
    assert set(result["failure"]) == FAILURE
    failure, message = result["failure"], result["msg"]
    assert (failure["code"], failure["status"], failure["attempts"]) == expected[:3], message
    sent = failure["attempts"] > 0
    assert (failure["method"], failure["path"] is not None) == ("GET" if sent else None, sent)
    assert re.fullmatch(r"[A-Z][^\n]{30,700}[.]", message), message
    for text in expected.texts:
        assert text in message
    assert "Traceback" not in str(result)
