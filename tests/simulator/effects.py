# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each fault does on the wire; the nastiest write to the transport themselves, below HTTP."""

from __future__ import annotations

import asyncio
import functools
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from . import bodies, wire
from .faults import Fault
from .panel import Answer
from .routes import Call

GRACE = 0.05  # lets what was written arrive before a reset throws it away


class Written(web.StreamResponse):
    """A response that is on the wire already: aiohttp has nothing left to send, and closes."""

    def __init__(self, status: int | None) -> None:
        super().__init__(status=status or 500)
        self.sent_status = status
        self.force_close()

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Nothing to prepare."""
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing to end."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What an effect may use. ``genuine`` gives the answer that the panel would give without the fault.

    ``pack`` compresses an answer if the settings and the client want that.
    """

    request: web.BaseRequest
    call: Call
    fault: Fault
    generation: str
    genuine: Callable[[], Answer]
    pack: Callable[[Answer], Answer]
    delete_vm: Callable[[str | None], None]

    @property
    def form(self) -> str:
        """json or xml."""
        return "xml" if self.call.form == "xml" else "json"

    def whole(self) -> Answer:
        """The genuine answer as it would go out."""
        return self.pack(self.genuine())


def respond(answer: Answer) -> web.Response:
    """An answer as an ordinary response."""
    response = web.Response(status=answer.status, body=answer.body, headers=answer.headers)
    response.headers["Content-Type"] = answer.content_type
    return response


async def play(scene: Scene) -> web.StreamResponse:
    """Do what the fault says."""
    effect = EFFECTS.get(scene.fault.name)
    if effect is not None:
        return await effect(scene)
    return respond(scene.pack(_answer(scene)))


def _answer(scene: Scene) -> Answer:
    """Faults that are only another answer."""
    args, form, name = scene.fault.args, scene.form, scene.fault.name
    if name == "html":
        return Answer(200, wire.LOGIN_PAGE, wire.HTML)
    if name == "status":
        body, kind = bodies.error(form, scene.generation, args["status"], args["body_shape"], args["text"])
        return Answer(args["status"], body, kind, {key: str(value) for key, value in args["headers"].items()})
    if name == "echo_credentials":
        text = bodies.credentials(scene.request.headers.get("Authorization", ""))
        body, kind = bodies.error(form, scene.generation, args["status"], args["body_shape"], text)
        return Answer(args["status"], body, kind)
    if name == "redirect":
        here = str(scene.request.rel_url)
        location = here if args["location"] == "circle" else args["location"]
        return Answer(args["status"], b"", wire.HTML, {"Location": location})
    if name == "xml_doctype":
        return Answer(200, bodies.doctype(args["kind"]), wire.TYPES["xml"])
    if name == "delete_vm":
        scene.delete_vm(None if args["target"] is None else str(args["target"]))
        return scene.genuine()
    genuine = scene.genuine()
    if name == "wrong_total":
        return replace(genuine, headers=genuine.headers | {"X-Total": str(args["total"])})
    if name == "malformed":
        return replace(genuine, body=bodies.malformed(form, genuine.body))
    if name == "wrong_top":
        return replace(genuine, body=bodies.wrong_top(form, args["shape"]))
    return replace(genuine, body=bodies.wrong_elements(form, genuine.body, args["mixed"]))


async def _slow_first_byte(scene: Scene) -> web.StreamResponse:
    await asyncio.sleep(scene.fault.args["seconds"])
    return respond(scene.whole())


async def _slow_body(scene: Scene) -> web.StreamResponse:
    answer, args = scene.whole(), scene.fault.args
    response = _stream(answer)
    response.content_length = len(answer.body)
    await response.prepare(scene.request)
    step = max(1, -(-len(answer.body) // max(1, args["pieces"])))
    for start in range(0, len(answer.body), step):
        await asyncio.sleep(args["seconds"])
        await response.write(answer.body[start : start + step])
    return response


async def _big_body(scene: Scene) -> web.StreamResponse:
    response = _stream(Answer(200, b"", wire.TYPES[scene.form]))
    await response.prepare(scene.request)
    for piece in bodies.big(scene.form, scene.fault.args["mib"]):
        await response.write(piece)
    return response


@functools.lru_cache(4)
def _bomb(form: str, mib: float) -> bytes:
    return bodies.bomb(form, mib)


async def _gzip_bomb(scene: Scene) -> web.StreamResponse:
    body = await asyncio.to_thread(_bomb, scene.form, scene.fault.args["mib"])
    return respond(Answer(200, body, wire.TYPES[scene.form], {"Content-Encoding": "gzip"}))


async def _truncated(scene: Scene) -> web.StreamResponse:
    answer = scene.whole()
    half = answer.body[: len(answer.body) // 2]
    if scene.fault.args["chunked"]:
        _write(scene.request, _head(answer, None) + f"{len(half):x}\r\n".encode() + half + b"\r\n")
    else:
        _write(scene.request, _head(answer, len(answer.body)) + half)
    return Written(answer.status)


async def _wrong_length_short(scene: Scene) -> web.StreamResponse:
    answer = scene.whole()
    length = max(0, len(answer.body) - scene.fault.args["missing"])
    # Said, or a client could send its next request on what is being closed, and that would be another fault.
    closing = replace(answer, headers=answer.headers | {"Connection": "close"})
    _write(scene.request, _head(closing, length) + answer.body)
    return Written(answer.status)


async def _stall(scene: Scene) -> web.StreamResponse:
    answer = scene.whole()
    _write(scene.request, _head(answer, max(1, len(answer.body))))
    await asyncio.sleep(scene.fault.args["seconds"])
    return Written(answer.status)


async def _drop(scene: Scene) -> web.StreamResponse:
    _reset(scene.request)
    return Written(None)


async def _reset_in_body(scene: Scene) -> web.StreamResponse:
    answer = scene.whole()
    _write(scene.request, _head(answer, len(answer.body)) + answer.body[: len(answer.body) // 2])
    await asyncio.sleep(GRACE)
    _reset(scene.request)
    return Written(answer.status)


EFFECTS: dict[str, Callable[[Scene], Awaitable[web.StreamResponse]]] = {
    "slow_first_byte": _slow_first_byte,
    "slow_body": _slow_body,
    "big_body": _big_body,
    "gzip_bomb": _gzip_bomb,
    "truncated": _truncated,
    "wrong_length_short": _wrong_length_short,
    "stall": _stall,
    "drop": _drop,
    "reset_in_body": _reset_in_body,
}


def _stream(answer: Answer) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=answer.headers)
    response.headers["Content-Type"] = answer.content_type
    return response


def _head(answer: Answer, length: int | None) -> bytes:
    """The head of an answer as bytes; without a length the body comes in chunks."""
    lines = [f"HTTP/1.1 {answer.status} OK", f"Content-Type: {answer.content_type}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    lines.append("Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _write(request: web.BaseRequest, data: bytes) -> None:
    if request.transport is not None:
        request.transport.write(data)


def _reset(request: web.BaseRequest) -> None:
    """Close with RST: what is unsent is lost, and the client sees "connection reset"."""
    transport = request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
