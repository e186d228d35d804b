# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory, fresh and cached, beside a static one, a raw client and Ansible's own constructed groups.

On the large cloud, with answers that come at once, everything is read in turn, as often as asked for: static, hosts
alone, fresh, cached, static and cached with three keyed groups, and the raw client. Hosts alone is the same inventory
out of a file by a plugin that does nothing but add hosts: no plugin that adds them can do with less. What is compared
is of the same turn. The graph of a group, which prints little, is read once.

A delay concerns fresh readings only, and the number of requests in flight matters only with a delay. So these are read
again, beside static and raw: with 30 ms and 8 or 32 in flight, and with 200 ms and 32; once where the answers alone
take more than LONG seconds, as waiting is the same each time. With 200 ms and 8 in flight these would be minutes for
nothing else, so there the small cloud must do.

The small and the huge cloud, static and fresh, show how both grow. The huge one is read once, and each cloud's first
reading, from which the static script is made, counts.
"""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.tests.benchmarks.cloud import Cloud, Clouds, Measured, Plan
from ansible_collections.community.onapp.tests.benchmarks.figures import Aim, Line, Outcome, ratio
from ansible_collections.community.onapp.tests.benchmarks.growth import growth
from ansible_collections.community.onapp.tests.benchmarks.measure import Cost, WrongResult, median
from ansible_collections.community.onapp.tests.benchmarks.sources import KEYED_GROUPS, Sources

IN_FLIGHT = 8  # the default of the option `concurrency`
DELAYED = ((30, 8), (30, 32), (200, 32))
LONG_DELAY = (200, 8)
LONG = 20.0
GRAPH = "onapp_backup_unknown"
FRESH, STATIC, RAW = "inventory: fresh", "inventory: static script, the same content", "raw client, as many requests"
ALONE = "inventory: hosts alone, the same content"
FRESH_LIMIT, CACHED_LIMIT, MEMORY_LIMIT, KEYED_LIMIT = 1.0, 0.7, 0.8, 1.0

Taken = dict[str, list[Cost]]


def main(plan: Plan, clouds: Clouds) -> Outcome:
    """Measure it all. Raises WrongResult when what was measured did not do its job."""
    large, small = Bench(clouds.of(plan.vms)), Bench(clouds.of(plan.small))
    outcomes = [large.at_once(plan.runs)]
    outcomes += [large.delayed(delay, in_flight, plan.runs) for delay, in_flight in DELAYED]
    outcomes += [small.delayed(*LONG_DELAY, plan.runs), small.grown(plan.runs), Bench(clouds.of(plan.huge)).grown(1)]
    outcome = Outcome.of(outcomes)
    return Outcome.of([outcome, growth([line for line in outcome.lines if line.name == FRESH and not line.delay_ms])])


class Bench:
    """Reads the inventory of one cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud, self.sources = cloud, Sources(cloud)
        self.first = self.sources.read("fresh", self.sources.write("first"), asks=True)
        self.static = self.sources.write_static()

    def at_once(self, runs: int) -> Outcome:
        """Everything there is to read."""
        sources, taken = self.sources, Taken()
        fresh, constructed = sources.write("fresh"), [*self.static, sources.write_constructed()]
        alone = sources.write_hosts_alone()
        sources.read("cached, first run", sources.write("cached", cached=True), asks=True)
        for turn in range(runs):
            self.take(taken, "static", self.static)
            if turn == 0:
                sources.check_static()
            self.take(taken, "alone", alone)
            if turn == 0:
                sources.check_static()
            self.take(taken, "static, keyed", constructed)
            theirs = sources.groups()
            done = self.take(taken, "fresh", fresh, asks=True)
            taken.setdefault("raw", []).append(self.cloud.raw(done, IN_FLIGHT))
            self.take(taken, "cached", sources.write("cached", cached=True))
            # The same file again, as each file has a cache of its own.
            keyed = sources.write("cached", cached=True, keyed_groups=KEYED_GROUPS, strict=True)
            self.take(taken, "cached, keyed", keyed)
            if sources.groups() != theirs:
                raise WrongResult("our keyed groups are not those of ansible.builtin.constructed")
        static, asked = median(taken["static"]), (0, IN_FLIGHT, done.requests)
        lines = [
            self.line(STATIC, taken["static"], static),
            self.line(f"{STATIC}, keyed groups", taken["static, keyed"], static),
            self.line(ALONE, taken["alone"], static),
            self.line(FRESH, taken["fresh"], static, *asked),
            self.line(RAW, taken["raw"], None, *asked),
            self.line("inventory: cached", taken["cached"], static),
            self.line("inventory: cached, keyed groups", taken["cached, keyed"], static),
        ]
        aims = [
            fresh_aim(taken, 0, IN_FLIGHT),
            Aim("fresh / static, peak MiB", _ratio(taken, "fresh", "static", "mebibytes"), MEMORY_LIMIT),
            Aim("cached / static, seconds", _ratio(taken, "cached", "static", "seconds"), CACHED_LIMIT),
            Aim("cached / static, peak MiB", _ratio(taken, "cached", "static", "mebibytes"), MEMORY_LIMIT),
            Aim("3 keyed groups / by ansible.builtin.constructed, CPU s", keyed_ratio(taken), KEYED_LIMIT),
        ]
        return Outcome([*lines, *self.graphs(fresh, sources.write("cached", cached=True))], aims, [])

    def delayed(self, delay_ms: int, in_flight: int, runs: int) -> Outcome:
        """Only what waits for answers, and what it is compared with."""
        self.cloud.delay_ms = delay_ms
        taken = Taken()
        fresh = self.sources.write(f"fresh-{delay_ms}-{in_flight}", concurrency=in_flight)
        long = self.cloud.vms * delay_ms / 1000 / in_flight > LONG
        for turn in range(1 if long else runs):
            self.take(taken, "static", self.static)
            done = self.take(taken, "fresh", fresh, asks=True)
            if done.in_flight > in_flight:
                raise WrongResult(f"{done.in_flight} requests were in flight, not {in_flight} at most")
            taken.setdefault("raw", []).append(self.cloud.raw(done, in_flight))
        self.cloud.delay_ms = 0
        asked = (delay_ms, in_flight, done.requests)
        static = median(taken["static"])
        lines = [self.line(FRESH, taken["fresh"], static, *asked), self.line(RAW, taken["raw"], None, *asked)]
        return Outcome(lines, [fresh_aim(taken, delay_ms, in_flight)], [])

    def grown(self, runs: int) -> Outcome:
        """Static and fresh only, for another size of the cloud."""
        fresh, taken = self.sources.write("fresh"), Taken(fresh=[self.first.cost])
        self.take(taken, "static", self.static)
        for turn in range(1, runs):
            self.take(taken, "fresh", fresh, asks=True)
            self.take(taken, "static", self.static)
        static = median(taken["static"])
        ours = self.line(FRESH, taken["fresh"], static, 0, IN_FLIGHT, self.first.requests)
        return Outcome([self.line(STATIC, taken["static"], static), ours], [], [])

    def graphs(self, fresh: list[str], cached: list[str]) -> list[Line]:
        """The same sources, read by a command that prints little."""
        static = self.sources.read("static", self.static, graph=GRAPH)
        alone = self.sources.read("alone", self.sources.write_hosts_alone(), graph=GRAPH)
        new = self.sources.read("fresh", fresh, asks=True, graph=GRAPH)
        old = self.sources.read("cached", cached, graph=GRAPH)
        return [
            self.line("--graph: static script", [static.cost], static.cost),
            self.line("--graph: hosts alone", [alone.cost], static.cost),
            self.line("--graph: fresh", [new.cost], static.cost, 0, IN_FLIGHT, new.requests),
            self.line("--graph: cached", [old.cost], static.cost),
        ]

    def take(self, taken: Taken, name: str, sources: list[str], asks: bool = False) -> Measured:
        """Read once more."""
        done = self.sources.read(name, sources, asks)
        taken.setdefault(name, []).append(done.cost)
        return done

    def line(
        self,
        name: str,
        costs: list[Cost],
        static: Cost | None,
        delay_ms: int = 0,
        in_flight: int = 0,
        requests: int = 0,
    ) -> Line:
        """A line on this cloud."""
        return Line(name, self.cloud.vms, median(costs), delay_ms, in_flight, requests, static)


def fresh_aim(taken: t.Mapping[str, t.Sequence[Cost]], delay_ms: int, in_flight: int) -> Aim:
    """A fresh inventory is to take no longer than a static one and the answers."""
    floors = [static.seconds + raw.seconds for static, raw in zip(taken["static"], taken["raw"], strict=True)]
    found = ratio([cost.seconds for cost in taken["fresh"]], floors)
    return Aim(f"fresh / (static + raw client), seconds, {delay_ms} ms, {in_flight} in flight", found, FRESH_LIMIT)


def keyed_ratio(taken: t.Mapping[str, t.Sequence[Cost]]) -> float:
    """What keyed groups add here, beside what they add to a static inventory; in CPU seconds, which are less noisy."""
    ours = [keyed.cpu - plain.cpu for keyed, plain in zip(taken["cached, keyed"], taken["cached"], strict=True)]
    theirs = [keyed.cpu - plain.cpu for keyed, plain in zip(taken["static, keyed"], taken["static"], strict=True)]
    return ratio(ours, theirs)


def _ratio(taken: t.Mapping[str, t.Sequence[Cost]], one: str, other: str, figure: str) -> float:
    return ratio([getattr(cost, figure) for cost in taken[one]], [getattr(cost, figure) for cost in taken[other]])
