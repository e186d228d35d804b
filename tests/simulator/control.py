# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The routes that control the simulator, under ``/_simulator/``: no login, no delay, never counted."""

from __future__ import annotations

import json
from collections import Counter, deque
from typing import Any
from weakref import WeakSet

from aiohttp import web

from .explicit import Explicit
from .faults import FAULTS, Faults
from .generated import Generated
from .panel import MakeCloud, Panel
from .routes import NAMES
from .settings import Settings

ROOT = "/_simulator/"
GENERATE = {"vms", "backups", "seed"}
LOGGED = 1000


class Counters:
    """Requests by route and status, connections, the peak of requests in flight, and the last requests."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.reset()

    def reset(self) -> None:
        """Set all to 0; current requests stay counted as in flight."""
        self.requests = self.connections = 0
        self.peak = self.in_flight
        self.by_route: Counter[str] = Counter()
        self.by_status: Counter[str] = Counter()
        self.log: deque[dict[str, Any]] = deque(maxlen=LOGGED)
        self._seen: WeakSet[Any] = WeakSet()

    def begin(self, connection: Any) -> None:
        """Count a request that begins."""
        self.requests += 1
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        if connection is not None and connection not in self._seen:
            self._seen.add(connection)
            self.connections += 1

    def end(self, route: str, status: int | None, entry: dict[str, Any]) -> None:
        """Count a request that ends with an answer, or without one (status None)."""
        self.in_flight -= 1
        self.by_route[route] += 1
        self.by_status["none" if status is None else str(status)] += 1
        self.log.append(entry)

    def report(self) -> dict[str, Any]:
        """The counters as plain data."""
        return {
            "requests": self.requests,
            "by_route": dict(self.by_route),
            "by_status": dict(self.by_status),
            "connections": self.connections,
            "in_flight_peak": self.peak,
            "log": list(self.log),
        }


def cloud_maker(data: dict[str, Any]) -> MakeCloud:
    """A function that makes the cloud for settings, from ``{"cloud": {...}}`` or ``{"generate": {...}}``."""
    if data.get("cloud") is not None:
        return lambda settings: Explicit(settings.generation, settings.now, data["cloud"])
    spec = data.get("generate") or {}
    if set(spec) - GENERATE:
        raise ValueError(f"generate takes {', '.join(sorted(GENERATE))}, not {', '.join(sorted(spec))}")
    return lambda settings: Generated(settings.generation, settings.now, **spec)


class Control:
    """Answer control calls. ``reset`` restores the start values."""

    def __init__(self, data: dict[str, Any], settings: Settings, login: tuple[str, str] | None) -> None:
        self._make_cloud, self._settings = cloud_maker(data), settings
        self.panel = Panel(self._make_cloud, settings, login)
        self.counters, self.faults = Counters(), Faults()

    async def handle(self, request: web.BaseRequest, name: str) -> web.Response:
        """Answer one control call; 400 names what is wrong with it."""
        work = getattr(self, f"_{request.method.lower()}_{name.strip('/')}", None)
        if work is None:
            return web.json_response({"error": f"there is no {request.method} {ROOT}{name}"}, status=404)
        try:
            body = await request.read()
            return web.json_response(work(json.loads(body)) if body else work())
        except Exception as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

    def _get_counts(self) -> Any:
        return self.counters.report() | self.panel.builds.report()

    def _get_names(self) -> Any:
        return {"routes": NAMES, "faults": FAULTS}

    def _get_settings(self) -> Any:
        values = {key: getattr(self.panel.settings, key) for key in Settings.__slots__}
        return values | {"now": self.panel.settings.now.isoformat()}

    def _post_settings(self, spec: dict[str, Any]) -> Any:
        self.panel.change(self.panel.settings.changed(spec))
        return {}

    def _post_faults(self, spec: Any) -> Any:
        self.faults.add(spec)
        return {}

    def _delete_faults(self) -> Any:
        self.faults.clear()
        return {}

    def _post_advance(self, spec: dict[str, Any]) -> Any:
        self.panel.builds.clock.advance(float(spec["seconds"]))
        return {}

    def _post_backups(self, spec: dict[str, Any]) -> Any:
        """Start a backup as another account or as a schedule."""
        key, disk = self.panel.cloud.find_vm(str(spec.pop("vm"))), spec.pop("disk", None)
        if key is None:
            raise ValueError("there is no such VM")
        return self.panel.start_backup(key, None if disk is None else str(disk), **spec)

    def _post_reset(self, body: dict[str, Any] | None = None) -> Any:
        spec = dict(body or {})
        data: dict[str, Any] = {key: spec.pop(key) for key in ("cloud", "generate") if key in spec}
        settings = self._settings.changed(spec)
        self.panel.replace(cloud_maker(data) if data else self._make_cloud, settings)
        self.faults.clear()
        self.counters.reset()
        return {}
