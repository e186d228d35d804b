# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Backups fetched by virtual machine, by user, and by user in large pages: how many requests that takes, and how long.

On the small cloud, with 30 ms for each answer: what matters is the number of requests, and its users have as many
virtual machines each as users of large clouds may have.
"""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.tests.benchmarks.cloud import Clouds, Measured, Plan
from ansible_collections.community.onapp.tests.benchmarks.figures import Line, Outcome
from ansible_collections.community.onapp.tests.benchmarks.inventory import IN_FLIGHT
from ansible_collections.community.onapp.tests.benchmarks.measure import WrongResult
from ansible_collections.community.onapp.tests.benchmarks.modules import (
    COMPLIANCE,
    INFO,
    JUDGE,
    NO_BACKUPS,
    check_facts,
    check_verdict,
)
from ansible_collections.community.onapp.tests.benchmarks.packed import module
from ansible_collections.community.onapp.tests.benchmarks.sources import Sources

DELAY_MS = 30
BY_VIRTUAL_MACHINE = "fetch_by virtual_machine"
WAYS: dict[str, dict[str, t.Any]] = {
    BY_VIRTUAL_MACHINE: {"fetch_by": "virtual_machine"},
    "fetch_by user": {"fetch_by": "user"},
    "fetch_by user, page_size 1000": {"fetch_by": "user", "page_size": 1000},
}


def main(plan: Plan, clouds: Clouds) -> Outcome:
    """Measure it all. Raises WrongResult when what was measured did not do its job."""
    maker, cloud = clouds.of(2), clouds.of(plan.small)
    cloud.delay_ms = DELAY_MS
    sources = Sources(cloud)

    def run(name: str, task: dict[str, t.Any]) -> Measured:
        return cloud.run(module(maker.folder, maker.environment, name.replace(" ", "-"), task), name)

    def inventory(way: str) -> Measured:
        return sources.read("fresh", sources.write("fetch-by", **WAYS[way]), asks=True)

    def facts(way: str) -> Measured:
        done = run(f"{way}, facts", {INFO: {**NO_BACKUPS, **WAYS[way]}})
        check_facts(done.output, cloud, 0)
        return done

    def verdict(way: str) -> Measured:
        done = run(f"{way}, verdict", {COMPLIANCE: {**JUDGE, **WAYS[way]}})
        check_verdict(done.output, cloud)
        return done

    kinds: dict[str, t.Callable[[str], Measured]] = {
        "inventory": inventory,
        "onapp_backup_info": facts,
        "onapp_backup_compliance": verdict,
    }
    lines = []
    for name, measure in kinds.items():
        done = {way: measure(way) for way in WAYS}
        most = done[BY_VIRTUAL_MACHINE].by_route["backups"]
        if any(one.by_route.get("backups", 0) >= most for way, one in done.items() if way != BY_VIRTUAL_MACHINE):
            raise WrongResult(f"{name}: fetch_by made no difference")
        lines += [
            Line(f"{name}: {way}", cloud.vms, one.cost, DELAY_MS, IN_FLIGHT, one.requests) for way, one in done.items()
        ]
    return Outcome(lines, [], [])
