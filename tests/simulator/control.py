# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The routes that steer the simulator, under ``/_simulator/``: no login, no delay, never counted."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from .churn import KINDS, Churn
from .counters import Counters
from .explicit import Explicit
from .faults import FAULTS, Faults
from .generated import Generated
from .panel import MakeCloud, Panel
from .routes import NAMES
from .settings import Settings

ROOT = "/_simulator/"
GENERATE = {"vms", "backups", "seed"}


def cloud_maker(data: dict[str, Any]) -> MakeCloud:
    """What builds the cloud for given settings: from ``{"cloud": {...}}`` or from ``{"generate": {...}}``."""
    if data.get("cloud") is not None:
        given = data["cloud"]
        return lambda settings: Explicit(settings.generation, settings.now, given)
    spec = data.get("generate") or {}
    if set(spec) - GENERATE:
        raise ValueError(f"generate takes {', '.join(sorted(GENERATE))}, not {', '.join(sorted(spec))}")
    return lambda settings: Generated(settings.generation, settings.now, **spec)


class Control:
    """Knows the start values, to which ``reset`` returns."""

    def __init__(self, panel: Panel, counters: Counters, faults: Faults, data: dict[str, Any]) -> None:
        self._panel, self._counters, self._faults = panel, counters, faults
        self._start_data = data
        self._start_settings: Settings = panel.settings
        self._churn: Churn | None = None

    def answered(self) -> None:
        """The panel gave an answer: whatever changes between two answers changes now."""
        if self._churn is not None and self._churn.answered(self._panel.cloud):
            self._panel.change(self._panel.settings)

    async def handle(self, request: web.BaseRequest, name: str) -> web.Response:
        """Answer one control call; what is wrong with it is said in a 400."""
        try:
            body = await request.read()
            return self._do(request.method, name.strip("/"), json.loads(body) if body else None)
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            return _json({"error": f"{type(error).__name__}: {error}"}, 400)

    def _do(self, method: str, name: str, body: Any) -> web.Response:
        call = (method, name)
        if call == ("GET", "counts"):
            return _json(self._counters.report() | self._panel.builds.report())
        if call == ("GET", "settings"):
            values = {key: getattr(self._panel.settings, key) for key in Settings.__slots__}
            return _json(values | {"now": self._panel.settings.now.isoformat()})
        if call == ("GET", "names"):
            return _json({"routes": NAMES, "faults": FAULTS, "churn": KINDS})
        if call == ("GET", "churn"):
            return _json([] if self._churn is None else self._churn.log)
        if call == ("POST", "settings"):
            self._panel.change(self._panel.settings.changed(body or {}))
            return _json({})
        if call == ("POST", "advance"):
            self._panel.builds.clock.advance(float(body["seconds"]))
            return _json({})
        if call == ("POST", "backups"):
            return _json(self._start_backup(dict(body)))
        if call == ("POST", "churn"):
            self._start_churn(dict(body or {}))
            return _json({})
        if call == ("DELETE", "churn"):
            self._churn = None
            return _json({})
        if call == ("POST", "faults"):
            self._faults.add(body)
            return _json({})
        if call == ("DELETE", "faults"):
            self._faults.clear()
            return _json({})
        if call == ("POST", "reset"):
            self._reset(dict(body or {}))
            return _json({})
        return _json({"error": f"there is no {method} {ROOT}{name}"}, 404)

    def _start_backup(self, spec: dict[str, Any]) -> Any:
        """A backup by someone else, or by a schedule."""
        key = self._panel.cloud.find_vm(str(spec.pop("vm")))
        if key is None:
            raise ValueError("there is no such VM")
        disk = spec.pop("disk", None)
        return self._panel.start_backup(key, None if disk is None else str(disk), **spec)

    def _start_churn(self, spec: dict[str, Any]) -> None:
        if not isinstance(self._panel.cloud, Explicit):
            raise ValueError("only a cloud that is given row by row can change")
        self._churn = Churn(**spec)

    def _reset(self, body: dict[str, Any]) -> None:
        data: dict[str, Any] = {key: body.pop(key) for key in ("cloud", "generate") if key in body}
        settings = self._start_settings.changed(body)
        self._panel.replace(cloud_maker(data or self._start_data), settings)
        self._churn = None
        self._faults.clear()
        self._counters.reset()


def _json(value: Any, status: int = 200) -> web.Response:
    return web.json_response(value, status=status)
