# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory, fresh and cached, compared with a static one, a raw client and Ansible's own constructed groups.

On the large cloud without delay, all sources are read in turn and compared within a turn. With a delay, only fresh
reads are compared, and once if the answers alone take more than LONG seconds. The small and the huge cloud show how the
cost grows with VMs, two clouds with few and many backups how it grows with backups. `--graph` prints little: it shows
the cost of reading a source without that of printing all variables.
"""

from __future__ import annotations

import json
import shlex
import sys
import typing as t

from ansible_collections.community.onapp.tests.benchmarks.measure import (
    BIN,
    IN_FLIGHT,
    Cloud,
    Cost,
    Measured,
    WrongResult,
    median,
    ratio,
)
from ansible_collections.community.onapp.tests.benchmarks.report import Aim, Line, Outcome, growth

DELAYED = ((30, 8), (30, 32), (200, 32))
LONG_DELAY, LONG = (200, 8), 20.0  # on the small cloud: the large one would take minutes for the same result
DEPTHS = (10, 60)  # backups of each VM
GRAPH = "onapp_backup_unknown"
FRESH, STATIC, RAW = "inventory: fresh", "inventory: static script, the same content", "raw client, as many requests"
ALONE = "inventory: hosts alone, the same content"
FRESH_LIMIT, CACHED_LIMIT, MEMORY_LIMIT, KEYED_LIMIT, DEPTH_LIMIT = 1.0, 0.7, 0.8, 1.0, 1.1
KEYED_GROUPS = [
    {"key": "onapp_user_id | string", "prefix": "user"},
    {"key": "onapp_hypervisor_id | string", "prefix": "hypervisor"},
    {"key": "onapp_backup.state", "prefix": "state"},
]
HEALTH, MARK = "onapp_inventory", "__ansible_unsafe"
# The first lines work for a Python in a folder of any name.
SCRIPT = """\
#!/bin/sh
'''exec' {python} "$0" "$@"
' '''
import sys
print(open({data!r}).read() if "--list" in sys.argv else "{{}}")
"""
# The lower bound for an inventory plugin with the same content: it only adds hosts, groups and variables.
HOSTS_ALONE = """\
import json
from ansible.plugins.inventory import BaseInventoryPlugin

DOCUMENTATION = "name: hosts_alone"


class InventoryModule(BaseInventoryPlugin):
    NAME = "hosts_alone"

    def verify_file(self, path):
        return path.endswith("hosts_alone.yml")

    def parse(self, inventory, loader, path, cache=True):
        with open({data!r}, encoding="utf-8") as stream:
            listing = json.load(stream)
        hosts = listing.pop("_meta")["hostvars"]
        for group, content in listing.items():
            inventory.add_group(group)
            for child in content.get("children", ()):
                inventory.add_group(child)
                inventory.add_child(group, child)
            for host in content.get("hosts", ()):
                inventory.add_host(host, group)
            for name, value in content.get("vars", {{}}).items():
                inventory.set_variable(group, name, value)
        for host, variables in hosts.items():
            inventory.hosts[host].vars.update(variables)
"""

Costs = dict[str, list[Cost]]


def outcomes(small: Cloud, large: Cloud, huge: Cloud, runs: int) -> t.Iterator[Outcome]:
    """Measure all sources. Raises WrongResult if a source does not list the expected hosts."""
    bench, few = Bench(large), Bench(small)
    found = [bench.at_once(runs), *(bench.delayed(*how, runs) for how in DELAYED), few.delayed(*LONG_DELAY, runs)]
    found += [few.grown(runs), Bench(huge).grown(1)]
    yield from found
    yield growth([line for outcome in found for line in outcome.lines if line.name == FRESH and not line.delay_ms])
    yield depth(max(large.vms // 5, small.vms), runs)


def depth(vms: int, runs: int) -> Outcome:
    """The memory of an inventory without backups in its variables must not depend on the number of backups."""
    benches = [Bench(Cloud(vms, backups), first=False) for backups in DEPTHS]
    costs: list[list[Cost]] = [[], []]
    for _turn in range(runs):
        for place, bench in enumerate(benches):
            done = bench.read(bench.write("fresh", include_backups="none"), sends=True)
            costs[place].append(done.cost)
    name = "inventory: fresh, {} backups each"
    lines = [Line(name.format(n), vms, median(costs[i]), 0, IN_FLIGHT, done.requests) for i, n in enumerate(DEPTHS)]
    for bench in benches:
        bench.cloud.close()
    few, many = ([cost.mebibytes for cost in taken] for taken in costs)
    text = f"inventory: fresh, {DEPTHS[1]} / {DEPTHS[0]} backups each, peak MiB"
    return Outcome(lines, [Aim(text, ratio(many, few), DEPTH_LIMIT)], [])


class Bench:
    """Writes and reads inventory sources of one cloud."""

    def __init__(self, cloud: Cloud, first: bool = True) -> None:
        self.cloud, self.folder = cloud, cloud.folder
        self.listing, self.data = self.folder / "listing.json", self.folder / "static.json"
        self.content: dict[str, t.Any] = {}
        if first:
            self.first = self.read(self.write("first"), sends=True)
            self.static = self.write_static()

    def at_once(self, runs: int) -> Outcome:
        """All sources, without delay."""
        costs: Costs = {}
        fresh, alone, constructed = self.write("fresh"), self.write_hosts_alone(), self.write_constructed()
        cached = self.write("cached", cached=True)
        self.read(cached, sends=True)
        for turn in range(runs):
            for name, sources in (("static", self.static), ("alone", alone)):
                self.measure_read(costs, name, sources)
                if turn == 0 and self.listed() != self.content:
                    raise WrongResult(f"{name}: not the content that it was made from")
            self.measure_read(costs, "static, keyed", [*self.static, *constructed])
            theirs = self.groups()
            done = self.measure_read(costs, "fresh", fresh, sends=True)
            costs.setdefault("raw", []).append(self.cloud.raw(done.by_route, IN_FLIGHT))
            self.measure_read(costs, "cached", self.write("cached", cached=True))
            # The same file, because each file has its own cache.
            keyed = self.write("cached", cached=True, keyed_groups=KEYED_GROUPS, strict=True)
            self.measure_read(costs, "cached, keyed", keyed)
            if self.groups() != theirs:
                raise WrongResult("the keyed groups are not those of ansible.builtin.constructed")
        static = median(costs["static"])
        lines = [
            self.line(STATIC, costs["static"], static),
            self.line(f"{STATIC}, keyed groups", costs["static, keyed"], static),
            self.line(ALONE, costs["alone"], static),
            self.line(FRESH, costs["fresh"], static, 0, IN_FLIGHT, done.requests),
            self.line(RAW, costs["raw"], None, 0, IN_FLIGHT, done.requests),
            self.line("inventory: cached", costs["cached"], static),
            self.line("inventory: cached, keyed groups", costs["cached, keyed"], static),
        ]
        # Keyed groups are compared by what they add, in processor seconds, which vary less.
        added = [
            [
                with_groups.cpu - without.cpu
                for with_groups, without in zip(costs[f"{one}, keyed"], costs[one], strict=True)
            ]
            for one in ("cached", "static")
        ]
        aims = [
            fresh_aim(costs, 0, IN_FLIGHT),
            self.aim(costs, "fresh", "mebibytes", "peak MiB", MEMORY_LIMIT),
            self.aim(costs, "cached", "seconds", "seconds", CACHED_LIMIT),
            self.aim(costs, "cached", "mebibytes", "peak MiB", MEMORY_LIMIT),
            Aim("3 keyed groups / by ansible.builtin.constructed, CPU s", ratio(*added), KEYED_LIMIT),
        ]
        graphs: Costs = {}
        for name, sources, sends in (
            ("static script", self.static, False),
            ("hosts alone", alone, False),
            ("fresh", fresh, True),
            ("cached", self.write("cached", cached=True), False),
        ):
            done = self.measure_read(graphs, name, sources, sends, graph=True)
            in_flight = IN_FLIGHT if sends else 0
            static = graphs["static script"][0]
            lines.append(self.line(f"--graph: {name}", graphs[name], static, 0, in_flight, done.requests))
        return Outcome(lines, aims, [])

    def delayed(self, delay_ms: int, in_flight: int, runs: int) -> Outcome:
        """Fresh reads with a delay of each answer, and reads to compare with."""
        self.cloud.delay_ms, costs = delay_ms, t.cast(Costs, {})
        fresh = self.write(f"fresh-{delay_ms}-{in_flight}", concurrency=in_flight)
        for _turn in range(1 if self.cloud.vms * delay_ms / 1000 / in_flight > LONG else runs):
            self.measure_read(costs, "static", self.static)
            done = self.measure_read(costs, "fresh", fresh, sends=True)
            if done.in_flight > in_flight:
                raise WrongResult(f"{done.in_flight} requests were in flight, more than {in_flight}")
            costs.setdefault("raw", []).append(self.cloud.raw(done.by_route, in_flight))
        self.cloud.delay_ms = 0
        how = (delay_ms, in_flight, done.requests)
        lines = [self.line(FRESH, costs["fresh"], median(costs["static"]), *how)]
        return Outcome([*lines, self.line(RAW, costs["raw"], None, *how)], [fresh_aim(costs, delay_ms, in_flight)], [])

    def grown(self, runs: int) -> Outcome:
        """Static and fresh reads of a cloud of another size."""
        costs: Costs = {"fresh": [self.first.cost]}
        self.measure_read(costs, "static", self.static)
        for _turn in range(1, runs):
            self.measure_read(costs, "fresh", self.write("fresh"), sends=True)
            self.measure_read(costs, "static", self.static)
        static = median(costs["static"])
        ours = self.line(FRESH, costs["fresh"], static, 0, IN_FLIGHT, self.first.requests)
        return Outcome([self.line(STATIC, costs["static"], static), ours], [], [])

    def measure_read(
        self, costs: Costs, name: str, sources: list[str], sends: bool = False, graph: bool = False
    ) -> Measured:
        """Read once and keep the cost."""
        done = self.read(sources, sends, graph)
        costs.setdefault(name, []).append(done.cost)
        return done

    def line(self, name: str, costs: list[Cost], static: Cost | None, *how: int) -> Line:
        return Line(name, self.cloud.vms, median(costs), *(how or (0, 0, 0)), static=static)

    @staticmethod
    def aim(costs: Costs, name: str, figure: str, unit: str, limit: float) -> Aim:
        """The limit of a ratio to the static script."""
        ours, theirs = ([getattr(cost, figure) for cost in costs[one]] for one in (name, "static"))
        return Aim(f"{name} / static, {unit}", ratio(ours, theirs), limit)

    def read(self, sources: list[str], sends: bool = False, graph: bool = False) -> Measured:
        """List everything into a file, or print the graph of one group. Raises WrongResult if hosts are missing."""
        command = [str(BIN / "ansible-inventory"), *(part for source in sources for part in ("-i", source))]
        self.listing.unlink(missing_ok=True)
        done = self.cloud.run(
            [*command, "--graph", GRAPH] if graph else [*command, "--list", "--output", str(self.listing)]
        )
        if sends != bool(done.requests):
            raise WrongResult(f"{sources}: {done.requests} requests")
        if graph and f"@{GRAPH}:" not in done.output:
            raise WrongResult(f"{sources}: no group {GRAPH} in {done.output[:1000]!r}")
        if not graph and len(json.loads(self.listing.read_text())["_meta"]["hostvars"]) != self.cloud.vms:
            raise WrongResult(f"{sources}: not {self.cloud.vms} hosts")
        return done

    def listed(self) -> dict[str, t.Any]:
        """The last listing in a fixed order, without Ansible's marks of unsafe texts."""
        text = self.listing.read_text(encoding="utf-8")
        listing: dict[str, t.Any] = json.loads(text, object_hook=lambda v: v[MARK] if list(v) == [MARK] else v)
        listing["_meta"] = {"hostvars": listing["_meta"]["hostvars"]}  # without what ansible-core 2.20 and newer add
        for name in listing.keys() - {"_meta"}:
            listing[name] = {part: sorted(names) for part, names in listing[name].items()}
        return listing

    def groups(self) -> dict[str, list[str]]:
        """The hosts of each group in the last listing."""
        return {name: group.get("hosts", []) for name, group in self.listed().items() if name != "_meta"}

    def write(self, name: str, cached: bool = False, **options: t.Any) -> list[str]:
        """A source of this collection, evaluated at the time of the panel, so that states are always the same."""
        spec = {"plugin": "community.onapp.onapp", "evaluate_at": self.cloud.panel.now, **options}
        if cached:
            spec |= {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(self.folder / "cache")}
        return self._file(f"{name}.onapp.yml", spec)

    def write_static(self) -> list[str]:
        """A script with the content of the last listing."""
        self.content = self.listed()
        listing = self.listed()
        # A variable of all hosts is listed with each host; the source set it once, for the group `all`.
        health = [variables.pop(HEALTH) for variables in listing["_meta"]["hostvars"].values()]
        listing["all"]["vars"] = {HEALTH: health[0]}
        self.data.write_text(json.dumps(listing), encoding="utf-8")
        script = self.folder / "static.py"
        script.write_text(SCRIPT.format(python=shlex.quote(sys.executable), data=str(self.data)), encoding="utf-8")
        script.chmod(0o700)
        return [str(script)]

    def write_hosts_alone(self) -> list[str]:
        """A plugin that adds the content of the script, and its source."""
        plugin = self.folder / "inventory_plugins" / "hosts_alone.py"
        plugin.parent.mkdir(exist_ok=True)
        plugin.write_text(HOSTS_ALONE.format(data=str(self.data)), encoding="utf-8")
        return self._file("hosts_alone.yml", {"plugin": "hosts_alone"})

    def write_constructed(self) -> list[str]:
        """Ansible's own plugin with the same keyed groups."""
        spec = {"plugin": "ansible.builtin.constructed", "strict": True, "keyed_groups": KEYED_GROUPS}
        return self._file("constructed.yml", spec)

    def _file(self, name: str, content: t.Mapping[str, t.Any]) -> list[str]:
        (self.folder / name).write_text(json.dumps(content), encoding="utf-8")
        return [str(self.folder / name)]


def fresh_aim(costs: Costs, delay_ms: int, in_flight: int) -> Aim:
    """The limit of a fresh inventory: the time of a static one and of the answers together."""
    floors = [static.seconds + raw.seconds for static, raw in zip(costs["static"], costs["raw"], strict=True)]
    found = ratio([cost.seconds for cost in costs["fresh"]], floors)
    return Aim(f"fresh / (static + raw client), seconds, {delay_ms} ms, {in_flight} in flight", found, FRESH_LIMIT)
