# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs single cases: a simulator in the right mood, the entry point, and the judgement."""

from __future__ import annotations

import base64
import contextlib
import itertools
import pathlib
import time
import typing as t
import urllib.parse

from ansible_collections.community.onapp.tests.faults import inventories, modules
from ansible_collections.community.onapp.tests.faults.cases import Case, expected, refused, told
from ansible_collections.community.onapp.tests.faults.catalogue import FAULTS
from ansible_collections.community.onapp.tests.faults.cloud import NOW, PAGE_SIZE, cloud
from ansible_collections.community.onapp.tests.faults.entries import ENTRIES
from ansible_collections.community.onapp.tests.faults.judge import MARGIN, Seen, complaints, word_of
from ansible_collections.community.onapp.tests.integration.listener import Listener, listen
from ansible_collections.community.onapp.tests.simulator.process import Simulator

RUNNERS = {"info": modules.info, "inventory": inventories.inventory, "compliance": modules.compliance}
CANARY = "canary-"  # begins every secret that the simulator has
LIMITS = {"timeout": 25, "deadline": 25, "retries": 0, "concurrency": 4, "page_size": PAGE_SIZE}


class Ended(t.NamedTuple):
    """How a case ended: its word and codes, for people, and the complaints."""

    word: str
    codes: list[str]
    complaints: list[str]
    seconds: float


class Stage:
    """Keeps the simulators, the folder for files, and the runs without a fault that others are compared with."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self._stack = contextlib.ExitStack()
        self._panels: dict[bool, Simulator] = {}
        self._healthy: dict[t.Any, Seen] = {}
        self._numbers = itertools.count(1)
        self._elsewhere: Listener = self._stack.enter_context(listen())

    def close(self) -> None:
        """End the simulators."""
        self._stack.close()

    def run(self, case: Case) -> Ended:
        """Run a case, after the same without the fault if nobody did that yet."""
        fault = FAULTS[case.fault]
        spec = expected(case.fault, case.route, case.entry)
        if spec is None:
            raise ValueError(f"{case.entry} does not use {case.route}")
        panel = self._panel(fault.tls)
        place = (case.route, case.entry, case.form, fault.tls)
        if place not in self._healthy:
            self._healthy[place] = self._see(case, panel, refused(case), {})
            _must_be_sound(self._healthy[place], case)
        healthy = self._healthy[place]
        heard = len(self._elsewhere.heads)
        seen = self._see(case, panel, told(case, self._elsewhere.port), fault.options)
        seen.heard = self._elsewhere.heads[heard:]
        if not _was_asked(panel, case.route):
            seen.troubles.append("the route was not asked")
        deadline = {**LIMITS, **fault.options}["deadline"]
        found = complaints(seen, healthy, spec, deadline=deadline, secrets=_secrets(panel))
        return Ended(word_of(seen, healthy), sorted(set(seen.codes)), found, seen.seconds)

    def _panel(self, tls: bool) -> Simulator:
        if tls not in self._panels:
            self._panels[tls] = self._stack.enter_context(Simulator(tls=tls))
        return self._panels[tls]

    def _see(self, case: Case, panel: Simulator, faults: list[dict[str, t.Any]], options: dict[str, t.Any]) -> Seen:
        panel.reset(cloud=cloud(gap=_has_gap(case)), now=NOW)
        panel.faults(faults)
        entry = ENTRIES[case.entry]
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        given = {
            "url": panel.url,
            "username": panel.username,
            "password": panel.password,
            "ca_path": panel.ca_file,
            "response_format": case.form,
            **LIMITS,
            **entry.options,
            **entry.ways[case.route].options,
            **options,
        }
        started = time.monotonic()
        seen = RUNNERS[entry.kind](given, folder)
        seen.seconds = time.monotonic() - started
        return seen


def _was_asked(panel: Simulator, route: str) -> bool:
    """Whether the panel had a request for a route. It counts one that the client gave up a little later."""
    until = time.monotonic() + MARGIN
    while route not in panel.counts()["by_route"]:
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def _must_be_sound(seen: Seen, case: Case) -> None:
    """A run without a fault must be whole, and show the gap if there is one, or comparing with it says nothing."""
    states = {name: part["state"] for name, part in seen.parts.items()}
    well = set(states.values()) <= {"protected", "assessed"}
    shows_the_gap = well is not _has_gap(case) or "backup_type" in ENTRIES[case.entry].ways[case.route].options
    if seen.failed or seen.codes or seen.troubles or not seen.complete or not states or not shows_the_gap:
        raise RuntimeError(f"{case.entry} on {case.route} is not well without a fault: {states}, {seen.troubles}")


def _has_gap(case: Case) -> bool:
    """A gap shows what is wrongly called protected, a cloud without one what is wrongly called compliant."""
    return case.form == "json"


def _secrets(panel: Simulator) -> list[str]:
    token = base64.b64encode(f"{panel.username}:{panel.password}".encode()).decode()
    return [CANARY, panel.password, urllib.parse.quote(panel.password, safe=""), token]
