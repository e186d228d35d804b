# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every case of the matrix, and what must become of it."""

from __future__ import annotations

import random
import typing as t

from ansible_collections.community.onapp.tests.faults.catalogue import FAULTS, Fault
from ansible_collections.community.onapp.tests.faults.cloud import TOUCHED
from ansible_collections.community.onapp.tests.faults.entries import ENTRIES, LIST, OF_ONE, OWNERS, ROUTES, ROW, SPARE

# How a run may end.
WHOLE = "whole"  # as on a panel without the fault
UNKNOWN = "unknown"  # what the fault touched is unknown, the rest is judged, and the run says that it is not whole
INCOMPLETE = "incomplete"  # all that came is judged, and the run says that it is not whole
FAILS = "fails"  # the run ends with an error


class Case(t.NamedTuple):
    """One run of an entry point; `page` is the page with the fault, None for every page."""

    fault: str
    route: str
    entry: str
    form: str
    page: int | None


class Expected(t.NamedTuple):
    """How a run must end, and the code of each failure it tells, None when it tells none."""

    word: str
    code: str | None

    def __str__(self) -> str:
        return self.word if self.code is None else f"{self.word}: {self.code}"


def cases(
    faults: t.Iterable[str] = FAULTS, routes: t.Iterable[str] = ROUTES, entries: t.Iterable[str] = ENTRIES
) -> list[Case]:
    """All cases of some faults, routes and entry points, mixed: while some wait, others have work to do."""
    routes, entries = list(routes), list(entries)
    found = [
        Case(name, route, entry, form, None if route == "virtual_machine" else page)
        for name in faults
        for entry in entries
        for route in routes
        if route in ENTRIES[entry].ways
        for form, page in FAULTS[name].variants
    ]
    random.Random(1).shuffle(found)
    return found


def expected(fault_name: str, route: str, entry_name: str) -> Expected | None:
    """What must become of a fault on a route in an entry point; None when it does not use that route."""
    fault, entry = FAULTS[fault_name], ENTRIES[entry_name]
    if route not in entry.ways:
        return None
    word = _word(fault, entry.ways[route].role, entry.kind)
    return Expected(word, None if word == WHOLE else fault.code)


def _word(fault: Fault, role: str, kind: str) -> str:
    if fault.code is None:
        return WHOLE
    if fault.code == "auth" and role != OWNERS:
        return FAILS  # no further request may be sent
    if role == LIST:
        return INCOMPLETE if fault.counts_only and kind != "inventory" else FAILS
    if role == ROW:
        # A row has no number of rows; one that is not found is looked for in the list.
        return WHOLE if fault.counts_only or fault.code == "not_found" else FAILS
    if role == SPARE:
        return UNKNOWN if fault.eats_time else WHOLE
    return UNKNOWN


def told(case: Case, elsewhere: int) -> list[dict[str, t.Any]]:
    """What the simulator is told for a case; `elsewhere` is the port of the server that must hear nothing."""
    does = dict(FAULTS[case.fault].does)
    if "location" in does:
        does["location"] = does["location"].format(elsewhere=elsewhere)
    where = {"route": case.route, "page": case.page, "vm": TOUCHED if case.route in OF_ONE else None}
    return [*refused(case), {**does, **where}]


def refused(case: Case) -> list[dict[str, t.Any]]:
    """The routes that answer 403 for a case, with the fault or without."""
    way = ENTRIES[case.entry].ways[case.route]
    return [{"fault": "status", "status": 403, "route": route} for route in way.refused]
