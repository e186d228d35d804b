# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An inventory without backups in its variables, of virtual machines with few and with many backups.

Two clouds that differ only in the number of backups, read in turn: what is kept of a virtual machine must not grow with
its backups. A part of the large cloud will do, as the backups that should not be kept would be many times the rest.
"""

from __future__ import annotations

import contextlib

from ansible_collections.community.onapp.tests.benchmarks.cloud import Cloud, Clouds, Plan
from ansible_collections.community.onapp.tests.benchmarks.figures import Aim, Line, Outcome, ratio
from ansible_collections.community.onapp.tests.benchmarks.inventory import IN_FLIGHT
from ansible_collections.community.onapp.tests.benchmarks.measure import Cost, median
from ansible_collections.community.onapp.tests.benchmarks.sources import Sources

BACKUPS = (10, 60)
LIMIT = 1.1  # the few that are read at the same time may show


def main(plan: Plan, clouds: Clouds) -> Outcome:
    """Measure both clouds. Raises WrongResult when what was measured did not do its job."""
    vms = max(plan.vms // 5, plan.small)
    with contextlib.ExitStack() as stack:
        every = [Sources(stack.enter_context(Cloud(vms, backups))) for backups in BACKUPS]
        costs: list[list[Cost]] = [[], []]
        requests = [0, 0]
        for turn in range(plan.runs):
            for place, sources in enumerate(every):
                name = f"fresh, {BACKUPS[place]} backups"
                done = sources.read(name, sources.write("fresh", include_backups="none"), asks=True)
                costs[place].append(done.cost)
                requests[place] = done.requests
    lines = [
        Line(f"inventory: fresh, {backups} backups each", vms, median(costs[place]), 0, IN_FLIGHT, requests[place])
        for place, backups in enumerate(BACKUPS)
    ]
    few, many = ([cost.mebibytes for cost in taken] for taken in costs)
    aim = Aim(f"inventory: fresh, {BACKUPS[1]} / {BACKUPS[0]} backups each, peak MiB", ratio(many, few), LIMIT)
    return Outcome(lines, [aim], [])
