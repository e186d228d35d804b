# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which request gets which fault. What a fault does on the wire is in ``effects``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .cloud import Cloud
from .routes import NAMES, Call

SHAPES = ("error", "errors_list", "errors_map", "html", "empty")

# Each fault and the arguments it takes, with their defaults.
FAULTS: dict[str, dict[str, Any]] = {
    "status": {"status": 503, "body_shape": "errors_list", "text": "The simulator was told to fail", "headers": {}},
    "html": {},
    "truncated": {"chunked": False},
    "wrong_length_short": {"missing": 10},
    "malformed": {},
    "wrong_top": {"shape": "object"},
    "wrong_elements": {"mixed": False},
    "slow_first_byte": {"seconds": 1.0},
    "slow_body": {"seconds": 0.1, "pieces": 10},
    "stall": {"seconds": 30.0},
    "drop": {},
    "reset_in_body": {},
    "gzip_bomb": {"mib": 64},
    "big_body": {"mib": 64},
    "xml_doctype": {"kind": "laughs"},
    "redirect": {"location": "circle", "status": 302},
    "delete_vm": {"target": None},
    "wrong_total": {"total": 1},
    "echo_credentials": {"status": 500, "body_shape": "html"},
}
SELECTORS = {"route": "*", "vm": None, "page": None, "times": None, "skip": 0}
CHOICES = {"body_shape": SHAPES, "shape": ("object", "scalar"), "kind": ("laughs", "external")}


@dataclass(slots=True)
class Fault:
    """One switch: which requests it is for, how often, and what it does."""

    name: str
    route: str
    vm: str | None
    page: int | None
    times: int | None
    skip: int
    args: dict[str, Any] = field(default_factory=dict)

    def matches(self, call: Call, cloud: Cloud) -> bool:
        """Whether the call is one of those meant."""
        if self.route not in ("*", call.route) or (self.page is not None and self.page != call.page):
            return False
        return self.vm is None or (call.vm_key is not None and cloud.any_vm(self.vm) == call.vm_key)


class Faults:
    """The switches that are on; the first that matches, and is not used up, acts."""

    def __init__(self) -> None:
        self._on: list[Fault] = []

    def add(self, spec: Any) -> None:
        """Switch faults on, after those that are on already; raises ValueError, adding none, if one is wrong."""
        if not isinstance(spec, list):
            raise ValueError("faults are a list of objects")
        self._on += [_fault(one) for one in spec]

    def clear(self) -> None:
        """Switch all off."""
        self._on.clear()

    def take(self, call: Call, cloud: Cloud) -> Fault | None:
        """The fault for this call, if any; counts down ``skip`` and ``times``."""
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
    chosen = {key: given.get(key, default) for key, default in SELECTORS.items()}
    if chosen["route"] not in ("*", *NAMES):
        raise ValueError(f"there is no route {chosen['route']!r}; routes: *, {', '.join(NAMES)}")
    args = {key: given.get(key, default) for key, default in known.items()}
    for key, choices in CHOICES.items():
        if key in args and args[key] not in choices:
            raise ValueError(f"{key} must be one of {', '.join(choices)}, not {args[key]!r}")
    vm = None if chosen["vm"] is None else str(chosen["vm"])
    return Fault(name, chosen["route"], vm, chosen["page"], chosen["times"], chosen["skip"] or 0, args)
