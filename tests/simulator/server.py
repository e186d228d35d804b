# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP server: it counts requests and sends answers or faults."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import gzip
import json
import os
import signal
import ssl
import tempfile
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import trustme
from aiohttp import web

from . import control, routes
from .answers import Answer, Exchange
from .settings import Settings

HOST = "127.0.0.1"
BACKLOG = 1024


@dataclass(slots=True)
class Options:
    """Options of the start."""

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
    """A panel on a port."""

    def __init__(self, options: Options) -> None:
        self.prefix = "/" + options.path_prefix.strip("/") if options.path_prefix.strip("/") else ""
        self.control = control.Control(options.data, options.settings, options.login)
        self.panel = self.control.panel

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Any request at all."""
        path, query, headers = request.rel_url.raw_path, request.rel_url.raw_query_string, request.headers
        for root in (control.ROOT, self.prefix + control.ROOT):
            if path.startswith(root):
                return await self.control.handle(request, path[len(root) :])
        self.control.counters.begin(request.transport)
        route, status = "unknown", None
        try:
            call = routes.parse_call(request.method, path, query, headers.get("Accept", ""), self.prefix)
            call.body = await request.read()
            route = call.route
            call.vm_key = self.panel.locate(call)
            response = await self._answer(request, call)
            date = self.panel.builds.clock.date(self.panel.settings)
            response.headers["Date"] = format_datetime(date, usegmt=True)
            await response.prepare(request)
            status = getattr(response, "sent_status", response.status)
            await response.write_eof()
            return response
        finally:
            entry = {
                "method": request.method,
                "path": path,
                "query": query,
                "status": status,
                "authorization": "Authorization" in headers,
                "user_agent": headers.get("User-Agent"),
                "accept": headers.get("Accept"),
                "accept_encoding": headers.get("Accept-Encoding"),
            }
            self.control.counters.end(route, status, entry)

    async def _answer(self, request: web.BaseRequest, call: routes.Call) -> web.StreamResponse:
        settings, headers = self.panel.settings, request.headers
        if settings.delay_ms:
            await asyncio.sleep(settings.delay_ms / 1000)

        def genuine(call: routes.Call, build: dict[str, Any]) -> Answer:
            login = headers.get("Authorization", ""), headers.get("Cookie", "")
            return self.panel.answer(call, *login, f"{request.scheme}://{request.host}{self.prefix}", build)

        def pack(answer: Answer) -> Answer:
            if not (settings.gzip and answer.body and "gzip" in headers.get("Accept-Encoding", "")):
                return answer
            packed = replace(answer, body=gzip.compress(answer.body, 1))
            return packed.with_headers(Content_Encoding="gzip", Vary="Accept-Encoding")

        fault = self.control.faults.take(call, self.panel.cloud)
        if fault is None:
            return pack(genuine(call, {})).response()
        return await fault.act(Exchange(request, call, self.panel, genuine, pack))


async def serve(options: Options) -> None:
    """Listen, say so in one line, and go on until a signal or, if so chosen, the parent's end."""
    gc.set_threshold(100_000, 20, 100)  # the many rows have no cycles, so frequent collections waste time
    parent = os.getppid()  # a program that waits for the line below may end right after it
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with contextlib.ExitStack() as stack:
        context, ca_file = None, None
        if options.use_tls:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onapp-simulator-")))
            context, ca_file = _certificate(folder, options.tls_name)
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


def _certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS context for a name, and the file with the CA that a client must trust."""
    authority = trustme.CA()
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    names = (HOST, "localhost") if name == HOST else (name,)
    authority.issue_cert(*names).configure_cert(context)
    return context, ca_file


def _announce(options: Options, simulator: Simulator, port: int, ca_file: Path | None) -> None:
    username, password = simulator.panel.credentials
    line = json.dumps(
        {
            "url": f"{'https' if options.use_tls else 'http'}://{HOST}:{port}{simulator.prefix}",
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
