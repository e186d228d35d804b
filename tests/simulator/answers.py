# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An answer of the panel, and the exchange that a fault acts on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from aiohttp import web

from . import wire
from .routes import Call
from .shapes import Row

if TYPE_CHECKING:
    from .panel import Panel


@dataclass(slots=True)
class Answer:
    """A complete answer. ``rows`` returns its rows, if it has any; ``wrapper`` is the key around each."""

    status: int
    body: bytes
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)
    wrapper: str = ""
    is_list: bool = False
    rows: Callable[[], list[Row]] | None = None

    def with_rows(self, rows: list[Any], form: str, generation: str) -> Answer:
        """The same answer with other rows."""
        if self.is_list:
            return replace(self, body=wire.many(form, generation, self.wrapper, rows))
        return replace(self, body=wire.one(form, generation, self.wrapper, rows[0]))

    def with_headers(self, **headers: str) -> Answer:
        """The same answer with more headers; an underscore stands for a hyphen."""
        return replace(self, headers=self.headers | {key.replace("_", "-"): value for key, value in headers.items()})

    def response(self) -> web.Response:
        """The answer as a response of aiohttp."""
        response = web.Response(status=self.status, body=self.body, headers=self.headers)
        response.headers["Content-Type"] = self.content_type
        return response


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that a fault acts on. ``answer`` is the panel's, ``pack`` compresses if settings and client allow."""

    request: web.BaseRequest
    call: Call
    panel: Panel
    answer: Callable[[Call, Row], Answer]
    pack: Callable[[Answer], Answer]

    @property
    def form(self) -> str:
        """json or xml."""
        return "xml" if self.call.form == "xml" else "json"

    @property
    def generation(self) -> str:
        """The generation of the control panel."""
        return self.panel.settings.generation

    def genuine(self, build: Row | None = None, **query: Any) -> Answer:
        """The answer without the fault; ``query`` replaces parameters of the request, None removes one.

        ``build`` says how a backup ends that the request starts, see ``Builds.start``.
        """
        given = {name: values for name, values in self.call.query.items() if name not in query}
        given |= {name: [str(value)] for name, value in query.items() if value is not None}
        return self.answer(replace(self.call, query=given), build or {})

    def packed(self) -> Answer:
        """The answer without the fault as a response."""
        return self.pack(self.genuine())
