# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Switches for faults: which requests a fault applies to, and how often."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, get_args

from aiohttp import web

from . import broken_http, wrong_answers
from .answers import Answer, Exchange
from .cloud import Cloud
from .routes import METHODS, NAMES, Call

EFFECTS: dict[str, Callable[..., Any]] = {
    effect.__name__: effect for effect in (*wrong_answers.EFFECTS, *broken_http.EFFECTS)
}
_PARAMETERS = {
    name: list(inspect.signature(effect, eval_str=True).parameters.values())[1:] for name, effect in EFFECTS.items()
}
# Each fault with its arguments and their defaults, and the values of arguments with a fixed set.
FAULTS = {name: {one.name: one.default for one in parameters} for name, parameters in _PARAMETERS.items()}
_CHOICES = {
    (name, one.name): choices
    for name, parameters in _PARAMETERS.items()
    for one in parameters
    if one.annotation not in (Any,) and isinstance(one.default, str) and (choices := get_args(one.annotation))
}
SELECTORS = {"route": "*", "method": None, "vm": None, "page": None, "times": None, "skip": 0}


@dataclass(slots=True)
class Fault:
    """One switch: the requests it applies to, how often, and the fault."""

    name: str
    route: str
    method: str | None
    vm: str | None
    page: int | None
    times: int | None
    skip: int
    args: dict[str, Any] = field(default_factory=dict)

    def matches(self, call: Call, cloud: Cloud) -> bool:
        """Whether the fault applies to the call."""
        if self.route not in ("*", call.route) or self.method not in (None, call.method):
            return False
        if self.page is not None and self.page != call.page:
            return False
        return self.vm is None or (call.vm_key is not None and cloud.any_vm(self.vm) == call.vm_key)

    async def act(self, exchange: Exchange) -> web.StreamResponse:
        """Do what the fault does, and return what aiohttp sends."""
        result = EFFECTS[self.name](exchange, **self.args)
        if isinstance(result, Answer):
            return exchange.pack(result).response()
        response: web.StreamResponse = await result
        return response


class Faults:
    """The active switches; the first that matches and is not used up acts."""

    def __init__(self) -> None:
        self._on: list[Fault] = []

    def add(self, spec: Any) -> None:
        """Add faults behind the active ones. Raises ValueError and adds none if one is invalid."""
        if not isinstance(spec, list):
            raise ValueError("faults are a list of objects")
        self._on += [_fault(one) for one in spec]

    def clear(self) -> None:
        """Remove all switches."""
        self._on.clear()

    def take(self, call: Call, cloud: Cloud) -> Fault | None:
        """The fault for a call, if any; counts down ``skip`` and ``times``."""
        for fault in self._on:
            if fault.times == 0 or not fault.matches(call, cloud):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
            return fault
        return None


def _fault(spec: Any) -> Fault:
    if not isinstance(spec, dict):
        raise ValueError(f"a fault is an object, not {spec!r}")
    name = spec.get("fault")
    if name not in FAULTS:
        raise ValueError(f"there is no fault {name!r}; faults: {', '.join(sorted(FAULTS))}")
    given = {key: value for key, value in spec.items() if key != "fault"}
    known = FAULTS[name]
    unknown = set(given) - set(known) - set(SELECTORS)
    if unknown:
        raise ValueError(
            f"fault {name} takes no {', '.join(sorted(unknown))}; it takes {', '.join(known) or 'nothing'}"
        )
    chosen = SELECTORS | {key: value for key, value in given.items() if key in SELECTORS}
    if chosen["route"] not in ("*", *NAMES):
        raise ValueError(f"there is no route {chosen['route']!r}; routes: *, {', '.join(NAMES)}")
    if chosen["method"] not in (None, *METHODS):
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {chosen['method']!r}")
    for key, value in given.items():
        if (choices := _CHOICES.get((name, key))) and value not in choices:
            raise ValueError(f"{key} must be one of {', '.join(choices)}, not {value!r}")
    args = {key: value for key, value in given.items() if key in known}
    vm = None if chosen["vm"] is None else str(chosen["vm"])
    return Fault(name, args=args, **chosen | {"vm": vm, "skip": chosen["skip"] or 0})
