# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A panel in this process, and calls to it without a network."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

from ansible_collections.community.onapp.tests.simulator.answers import Answer
from ansible_collections.community.onapp.tests.simulator.explicit import Explicit
from ansible_collections.community.onapp.tests.simulator.generated import Generated
from ansible_collections.community.onapp.tests.simulator.panel import Panel
from ansible_collections.community.onapp.tests.simulator.routes import parse_call
from ansible_collections.community.onapp.tests.simulator.settings import Settings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def generated(vms: int = 12, backups: int = 4, **spec: Any) -> Panel:
    """A panel with a generated cloud."""
    settings = Settings().changed({"now": NOW} | spec)
    return Panel(lambda now: Generated(now.generation, now.now, vms, backups), settings)


def explicit(data: dict[str, Any], **spec: Any) -> Panel:
    """A panel with an explicit cloud."""
    settings = Settings().changed({"now": NOW} | spec)
    return Panel(lambda now: Explicit(now.generation, now.now, data), settings)


def send(
    panel: Panel, target: str, method: str = "GET", user: int = 1875, accept: str = "", body: Any = None, **build: Any
) -> Answer:
    """The answer to a request of a user; ``build`` are arguments of a build that it starts."""
    path, _mark, query = target.partition("?")
    call = parse_call(method, path, query, accept, "")
    call.body = b"" if body is None else json.dumps(body).encode()
    token = base64.b64encode(f"user{user}:canary-password-{user}".encode()).decode()
    return panel.answer(call, f"Basic {token}", "", "http://panel.test", build)


def row(panel: Panel, target: str, **more: Any) -> Any:
    """The single row of an answer, without the key around it."""
    answer = send(panel, target, **more)
    assert 200 <= answer.status < 300, answer
    (found,) = json.loads(answer.body).values()
    return found


def rows(panel: Panel, target: str, **more: Any) -> list[Any]:
    """The rows of an answer, without the keys around them."""
    answer = send(panel, target, **more)
    assert answer.status == 200, answer
    return [found for wrapped in json.loads(answer.body) for found in wrapped.values()]


def ids(panel: Panel, target: str, **more: Any) -> list[Any]:
    """The ids of the rows of an answer."""
    return [found["id"] for found in rows(panel, target, **more)]
