# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin, fresh and from its cache, beside a static inventory of the same hosts and variables."""

from __future__ import annotations

import asyncio
import json
import pathlib
import stat
import sys
import tempfile
import time
import typing as t

import aiohttp
import yaml
from ansible_collections.community.onapp.tests.benchmarks.measure import (
    BIN,
    Cost,
    WrongResult,
    clean_environment,
    median,
    progress,
    run,
    table,
    versions,
)
from ansible_collections.community.onapp.tests.simulator.process import Simulator

BACKUPS = 30
CONCURRENCY = 32
DELAYS_MS = (0, 30)
HEADER = ("", "seconds", "CPU s", "peak MiB", "requests", "seconds / static", "MiB / static")
SCRIPT = """\
#!{python}
import sys
print(open({data!r}).read() if "--list" in sys.argv else "{{}}")
"""


class Row(t.NamedTuple):
    """A line of the table."""

    name: str
    cost: Cost
    requests: int | None


def main(vms: int, runs: int) -> None:
    """Measure and print. Raises WrongResult when what was measured did not do its job."""
    rows: list[Row] = []
    notes: list[str] = []
    static: Cost | None = None
    with tempfile.TemporaryDirectory(prefix="onapp-benchmark-") as name:
        for delay in DELAYS_MS:
            with Simulator(vms=vms, backups=BACKUPS, delay_ms=delay) as panel:
                bench = Bench(pathlib.Path(name), panel, vms, runs)
                waiting = asyncio.run(seconds_of_answers(panel, vms))
                fresh = bench.row(f"fresh, {delay} ms an answer", "fresh")
                rows += [fresh, bench.row(f"cached, {delay} ms an answer", "cached")]
                if static is None:
                    bench.write_static()
                    row = bench.row("static script, the same hosts and variables", "static")
                    rows.insert(0, row)
                    static = row.cost
                floor = static.seconds + waiting
                notes.append(
                    f"{delay} ms: a client that only fetches the answers, {CONCURRENCY} at a time, takes {waiting:.2f}"
                    f" s; fresh takes {fresh.cost.seconds / floor:.2f} x (static + that)."
                )
    print(f"inventory: {versions()}")
    print(f"{vms} virtual machines with {BACKUPS} backups each, ansible-inventory --list, medians of {runs} runs.\n")
    print(table(HEADER, [_cells(row, t.cast(Cost, static)) for row in rows]))
    print("\n" + "\n".join(notes))


class Bench:
    """Runs ansible-inventory against one simulated panel."""

    def __init__(self, folder: pathlib.Path, panel: Simulator, vms: int, runs: int) -> None:
        self.folder, self.panel, self.vms, self.runs = folder, panel, vms, runs
        self.environment = {
            **clean_environment(folder),
            "ONAPP_URL": panel.url,
            "ONAPP_USERNAME": panel.username,
            "ONAPP_PASSWORD": panel.password,
        }
        plain = {"plugin": "community.onapp.onapp", "concurrency": CONCURRENCY, "evaluate_at": panel.now}
        cache = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(folder / f"cache-{panel.url[-5:]}")}
        for name, options in {"fresh": plain, "cached": {**plain, **cache}}.items():
            (folder / f"{name}.onapp.yml").write_text(json.dumps(options), encoding="utf-8")
        self.sources = {name: str(folder / f"{name}.onapp.yml") for name in ("fresh", "cached")}
        self.sources["static"] = str(folder / "static.py")

    def command(self, source: str, *options: str) -> list[str]:
        """The command that reads a source."""
        return [str(BIN / "ansible-inventory"), "-i", self.sources[source], "--list", *options]

    def row(self, name: str, source: str) -> Row:
        """Run a command several times; the cached one after a run that fills the cache."""
        into = self.folder / "inventory.yml"
        if source == "cached":
            run(self.command(source), self.environment, self.folder)
        costs, requests = [], 0
        for number in range(self.runs):
            progress(f"{name}, {number + 1} of {self.runs} ...")
            self.panel.reset()
            costs.append(run(self.command(source, "--output", str(into)), self.environment, self.folder).cost)
            requests = self.panel.counts()["requests"]
        progress()
        hosts = len(json.loads(into.read_text(encoding="utf-8"))["_meta"]["hostvars"])
        if hosts != self.vms or (source != "fresh") != (requests == 0):
            raise WrongResult(f"{source}: {hosts} hosts with {requests} requests, not {self.vms}")
        return Row(name, median(costs), requests)

    def write_static(self) -> None:
        """An inventory script with the hosts, groups and variables of a fresh inventory."""
        into = self.folder / "fresh.yml"
        run(self.command("fresh", "--export", "--yaml", "--output", str(into)), self.environment, self.folder)
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        groups = yaml.load(into.read_text(encoding="utf-8"), Loader=loader)["all"]["children"]["onapp"]["children"]
        listing: dict[str, t.Any] = {"onapp": {"children": list(groups)}, "_meta": {"hostvars": {}}}
        for group, content in groups.items():
            listing[group] = {"hosts": list(content.get("hosts", {}))}
            listing["_meta"]["hostvars"].update(content.get("hosts", {}))
        (self.folder / "static.json").write_text(json.dumps(listing), encoding="utf-8")
        script = pathlib.Path(self.sources["static"])
        script.write_text(SCRIPT.format(python=sys.executable, data=str(self.folder / "static.json")), encoding="utf-8")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)


async def seconds_of_answers(panel: Simulator, vms: int) -> float:
    """How long the answers alone keep a client waiting: it fetches the same lists and looks at none of them."""
    login = aiohttp.BasicAuth(panel.username, panel.password)
    pages = -(-vms // 100)
    disks = -(-vms * 5 // 2 // 100)
    paths = [f"/virtual_machines.json?page={page}&per_page=100" for page in range(1, pages + 1)]
    paths += [f"/settings/disks.json?page={page}&per_page=100" for page in range(1, disks + 1)]
    paths += [f"/virtual_machines/{number}/backups.json?page=1&per_page=100" for number in range(1, vms + 1)]
    waiting = iter(paths)
    async with aiohttp.ClientSession(panel.url, auth=login) as session:

        async def work() -> None:
            for path in waiting:
                async with session.get(path) as answer:
                    if answer.status != 200:
                        raise WrongResult(f"{path}: {answer.status}")
                    await answer.read()

        started = time.monotonic()
        await asyncio.gather(*(work() for worker in range(CONCURRENCY)))
        return time.monotonic() - started


def _cells(row: Row, static: Cost) -> list[str]:
    return [
        row.name,
        f"{row.cost.seconds:.2f}",
        f"{row.cost.cpu:.2f}",
        f"{row.cost.mebibytes:.0f}",
        "" if row.requests is None else str(row.requests),
        f"{row.cost.seconds / static.seconds:.2f}",
        f"{row.cost.mebibytes / static.mebibytes:.2f}",
    ]
