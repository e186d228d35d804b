# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cost of commands on a simulated cloud: seconds, processor time, memory and requests."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import typing as t

from ansible_collections.community.onapp.tests.benchmarks import raw_client
from ansible_collections.community.onapp.tests.simulator.generated import Generated
from ansible_collections.community.onapp.tests.simulator.process import Simulator
from ansible_collections.community.onapp.tests.simulator.settings import moment

BACKUPS = 30  # of each virtual machine that has any
IN_FLIGHT = 8  # the default of the option `concurrency`
PAGE_SIZE = 100
DISKS_PER_VM = 1.59
BIN = pathlib.Path(sys.executable).parent
RSS_UNIT = 1 if sys.platform == "darwin" else 1024
# The first memory figure of a process is that of the process that started it, so a small one starts the command.
LAUNCHER = """\
import json, os, sys, time
started = time.monotonic()
process = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
status, usage = os.wait4(process, 0)[1:]
figures = [time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss]
with open(sys.argv[1], "w") as stream:
    json.dump([os.waitstatus_to_exitcode(status), figures], stream)
"""


class WrongResult(Exception):
    """Raised if a measured command failed, so that its cost is meaningless."""


class Cost(t.NamedTuple):
    """Seconds, processor seconds of a command and its children, and the memory of the largest process in MiB."""

    seconds: float
    cpu: float
    mebibytes: float


class Measured(t.NamedTuple):
    """One run of a command: its cost and standard output, requests by route, and the most requests in flight."""

    cost: Cost
    output: str
    by_route: dict[str, int]
    in_flight: int

    @property
    def requests(self) -> int:
        """All requests."""
        return sum(self.by_route.values())


def run(command: t.Sequence[str], environment: t.Mapping[str, str], folder: pathlib.Path) -> tuple[Cost, str]:
    """Run a command, and return its cost and standard output. Raises WrongResult if it fails."""
    report = folder / "cost.json"
    launcher = [sys.executable, "-I", "-S", "-c", LAUNCHER, str(report), *command]
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:  # reading pipes would cost time
        streams: dict[str, t.Any] = {"stdin": subprocess.DEVNULL, "stdout": stdout, "stderr": stderr}
        subprocess.run(launcher, env=environment, cwd=folder, check=True, **streams)
        texts = []
        for stream in (stdout, stderr):
            stream.seek(0)
            texts.append(stream.read().decode(errors="replace"))
    status, (seconds, cpu, rss) = json.loads(report.read_text())
    if status:
        raise WrongResult(f"{command[0]} ended with {status}:\n{texts[0][-3000:]}\n{texts[1][-3000:]}")
    return Cost(seconds, cpu, rss * RSS_UNIT / 1024**2), texts[0]


def median(costs: t.Sequence[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(*(statistics.median(figures) for figures in zip(*costs, strict=True)))


def ratio(ours: t.Sequence[float], theirs: t.Sequence[float]) -> float:
    """The median of the ratios of pairs that were measured in turn; infinite for a pair with a divisor of 0."""
    return statistics.median(a / b if b > 0 else float("inf") for a, b in zip(ours, theirs, strict=True))


class Cloud:
    """A simulated cloud with prepared answers, a folder, and an environment with defaults only."""

    def __init__(self, vms: int, backups: int = BACKUPS) -> None:
        self.vms, self.delay_ms = vms, 0
        with contextlib.ExitStack() as stack:
            self.folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onapp-benchmark-")))
            self.panel = stack.enter_context(Simulator(vms=vms, backups=backups))
            rows = Generated("6.x", moment(self.panel.now), vms=vms, backups=backups)
            self.backups = sum(len(rows.backups(key)) for key in rows.all_keys())
            (self.folder / "ansible.cfg").touch()
            self.environment = {
                "PATH": os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)]),
                "HOME": str(self.folder),
                "LC_ALL": "C.UTF-8",
                "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"),
                "ANSIBLE_HOME": str(self.folder / ".ansible"),
                "ANSIBLE_INVENTORY_PLUGINS": str(self.folder / "inventory_plugins"),
                "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
                "ANSIBLE_LOCALHOST_WARNING": "false",
                **self.panel.variables,
            }
            self.raw({"virtual_machines": 1, "settings_disks": 1, "backups": vms}, IN_FLIGHT)
            self.close = stack.pop_all().close

    def run(self, command: t.Sequence[str], **settings: t.Any) -> Measured:
        """Run a command to its end, with some settings of the panel."""
        self.panel.reset(delay_ms=self.delay_ms, **settings)
        cost, output = run(command, self.environment, self.folder)
        counts = self.panel.counts()
        return Measured(cost, output, counts["by_route"], counts["in_flight_peak"])

    def raw(self, by_route: t.Mapping[str, int], in_flight: int) -> Cost:
        """The cost of as many requests of each kind for a client that ignores the answers, without Python's start."""
        self.panel.reset(delay_ms=self.delay_ms)
        login = base64.b64encode(f"{self.panel.username}:{self.panel.password}".encode()).decode()
        paths = [self._path(route, number) for route, times in by_route.items() for number in range(times)]
        job = {"port": self.panel.port, "authorization": f"Basic {login}", "paths": paths}
        file = self.folder / "requests.json"
        file.write_text(json.dumps({**job, "in_flight": min(in_flight, len(paths))}), encoding="utf-8")
        cost, output = run([sys.executable, "-I", raw_client.__file__, str(file)], {}, self.folder)
        return cost._replace(seconds=float(output))

    def _path(self, route: str, number: int) -> str:
        """The path of a route's request, over its pages or virtual machines in turn."""
        vm, size = number % self.vms + 1, f"per_page={PAGE_SIZE}"
        rows = self.vms * (DISKS_PER_VM if route == "settings_disks" else 1)
        page = f"page={number % (1 + int(rows - 1) // PAGE_SIZE) + 1}"
        try:
            return {
                "virtual_machines": f"/virtual_machines.json?{page}&{size}",
                "settings_disks": f"/settings/disks.json?{page}&{size}",
                "virtual_machine": f"/virtual_machines/{vm}.json",
                "backups": f"/virtual_machines/{vm}/backups.json?page=1&{size}",
                "disks": f"/virtual_machines/{vm}/disks.json?page=1&{size}",
            }[route]
        except KeyError:
            raise WrongResult(f"the raw client has no path for the route {route}") from None
