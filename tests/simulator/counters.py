# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was asked of the panel. Control calls are never counted."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any
from weakref import WeakSet

LOGGED = 1000


class Counters:
    """Requests by route and status, connections, the most requests in flight at once, and the last requests."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.reset()

    def reset(self) -> None:
        """Start again from nothing; requests that are under way stay counted as in flight."""
        self.requests = 0
        self.peak = self.in_flight
        self.by_route: Counter[str] = Counter()
        self.by_status: Counter[str] = Counter()
        self.log: deque[dict[str, Any]] = deque(maxlen=LOGGED)
        self.connections = 0
        self._seen: WeakSet[Any] = WeakSet()

    def begin(self, connection: Any) -> None:
        """A request arrived."""
        self.requests += 1
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        if connection is not None and connection not in self._seen:
            self._seen.add(connection)
            self.connections += 1

    def end(self, route: str, status: int | None, entry: dict[str, Any]) -> None:
        """A request is finished: answered, or (status None) cut off without an answer."""
        self.in_flight -= 1
        self.by_route[route] += 1
        self.by_status["none" if status is None else str(status)] += 1
        self.log.append(entry)

    def report(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "requests": self.requests,
            "by_route": dict(self.by_route),
            "by_status": dict(self.by_status),
            "connections": self.connections,
            "in_flight_peak": self.peak,
            "log": list(self.log),
        }
