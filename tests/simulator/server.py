# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listening process: requests in, answers or faults out, counted."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import gzip
import json
import os
import signal
import tempfile
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from . import control, routes, tls
from .answers import Answer, Scene
from .counters import Counters
from .faults import Faults
from .panel import Panel
from .settings import Settings

HOST = "127.0.0.1"
BACKLOG = 1024


@dataclass(slots=True)
class Options:
    """How to start."""

    settings: Settings
    data: dict[str, Any] = field(default_factory=dict)
    port: int = 0
    path_prefix: str = ""
    login: tuple[str, str] | None = None
    use_tls: bool = False
    tls_name: str = HOST
    announce: Path | None = None
    with_parent: bool = False


class Simulator:
    """One panel behind one port."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._prefix = "/" + options.path_prefix.strip("/") if options.path_prefix.strip("/") else ""
        self.panel = Panel(control.cloud_maker(options.data), options.settings, options.login)
        self.counters, self.faults = Counters(), Faults()
        self._control = control.Control(self.panel, self.counters, self.faults, options.data)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Any request at all."""
        path = request.rel_url.raw_path
        for root in (control.ROOT, self._prefix + control.ROOT):
            if path.startswith(root):
                return await self._control.handle(request, path[len(root) :])
        self.counters.begin(request.transport)
        route, status = "unknown", None
        try:
            query = request.rel_url.raw_query_string
            call = routes.understand(request.method, path, query, request.headers.get("Accept", ""), self._prefix)
            call.body = await request.read()
            route = call.route
            call.vm_key = self.panel.locate(call) if call.params else None
            response, settings = await self._answer(request, call), self.panel.settings
            # The panel's own clock, which tests may advance.
            response.headers["Date"] = format_datetime(self.panel.builds.clock.date(settings), usegmt=True)
            await response.prepare(request)
            status = getattr(response, "sent_status", response.status)
            await response.write_eof()
            return response
        finally:
            entry = {
                "method": request.method,
                "path": path,
                "query": request.rel_url.raw_query_string,
                "status": status,
                "authorization": "Authorization" in request.headers,
                "user_agent": request.headers.get("User-Agent"),
                "accept": request.headers.get("Accept"),
                "accept_encoding": request.headers.get("Accept-Encoding"),
            }
            self.counters.end(route, status, entry)

    async def _answer(self, request: web.BaseRequest, call: routes.Call) -> web.StreamResponse:
        settings = self.panel.settings
        if settings.delay_ms:
            await asyncio.sleep(settings.delay_ms / 1000)
        headers = request.headers

        def genuine(call: routes.Call, build: dict[str, Any]) -> Answer:
            base_url = f"{request.scheme}://{request.host}{self._prefix}"
            login = headers.get("Authorization", ""), headers.get("Cookie", "")
            answer = self.panel.answer(call, *login, base_url, build)
            self._control.answered()
            return answer

        def pack(answer: Answer) -> Answer:
            if not (settings.gzip and answer.body and "gzip" in headers.get("Accept-Encoding", "")):
                return answer
            return replace(answer, body=gzip.compress(answer.body, 1)).with_headers(
                Content_Encoding="gzip", Vary="Accept-Encoding"
            )

        fault = self.faults.take(call, self.panel.cloud)
        if fault is None:
            return pack(genuine(call, {})).response()
        return await fault.act(Scene(request, call, self.panel, genuine, pack))


async def serve(options: Options) -> None:
    """Listen, say so in one line, and go on until a signal or, if asked, the parent's end."""
    gc.set_threshold(100_000, 20, 100)  # rows are many and make no cycles: looking through them often is wasted time
    parent = os.getppid()  # who waits for the line below may end right after it
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with contextlib.ExitStack() as stack:
        context, ca_file = None, None
        if options.use_tls:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onapp-simulator-")))
            context, ca_file = tls.context(folder, options.tls_name)
        simulator = Simulator(options)
        server = web.Server(simulator.handle, handler_cancellation=True, access_log=None)
        listener = await loop.create_server(server, HOST, options.port, ssl=context, backlog=BACKLOG)
        port = listener.sockets[0].getsockname()[1]
        _announce(options, simulator, port, ca_file)
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 1 if options.with_parent else None)
            if options.with_parent and os.getppid() != parent:
                break
        listener.close()
        await server.shutdown(0.5)


def _announce(options: Options, simulator: Simulator, port: int, ca_file: Path | None) -> None:
    scheme = "https" if options.use_tls else "http"
    prefix = options.path_prefix.strip("/")
    username, password = simulator.panel.announced
    line = json.dumps(
        {
            "url": f"{scheme}://{HOST}:{port}" + (f"/{prefix}" if prefix else ""),
            "port": port,
            "username": username,
            "password": password,
            "ca_file": str(ca_file) if ca_file else None,
            "pid": os.getpid(),
            "now": simulator.panel.settings.now.isoformat(),
        }
    )
    if options.announce:
        partial = options.announce.with_name(f".{options.announce.name}.{os.getpid()}")
        partial.write_text(line + "\n", encoding="utf-8")
        partial.replace(options.announce)
    print(line, flush=True)
