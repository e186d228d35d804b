# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulated cloud to measure on: its panel, a folder, and an environment in which every command finds both."""

from __future__ import annotations

import contextlib
import pathlib
import tempfile
import typing as t

from ansible_collections.community.onapp.tests.benchmarks.measure import Cost, Run, clean_environment, progress, run
from ansible_collections.community.onapp.tests.benchmarks.same_requests import fetch
from ansible_collections.community.onapp.tests.simulator.generated import Generated
from ansible_collections.community.onapp.tests.simulator.process import Simulator
from ansible_collections.community.onapp.tests.simulator.settings import moment

BACKUPS = 30


class Measured(t.NamedTuple):
    """One run of a command beside a panel: what it cost and printed, and how often each route was asked for."""

    cost: Cost
    output: str
    by_route: dict[str, int]
    in_flight: int

    @property
    def requests(self) -> int:
        """How often the panel was asked at all."""
        return sum(self.by_route.values())


class Cloud:
    """``with Cloud(1000) as cloud:`` has all answers ready, so that nothing measured waits for them to be made."""

    def __init__(self, vms: int, backups: int = BACKUPS) -> None:
        self.vms = vms
        self.delay_ms = 0
        self._folder = tempfile.TemporaryDirectory(prefix="onapp-benchmark-")
        self.folder = pathlib.Path(self._folder.name)
        progress(f"{vms} virtual machines with {backups} backups each are made ...")
        try:
            self.panel = Simulator(vms=vms, backups=backups)
            rows = Generated("6.x", moment(self.panel.now), vms=vms, backups=backups)
            self.backups = sum(len(rows.backups(key)) for key in rows.all_keys())
            self.environment = {**clean_environment(self.folder), **self.panel.variables}
            fetch(self.folder, self.panel, {"virtual_machines": 1, "settings_disks": 1, "backups": vms}, vms, 8)
        except BaseException:
            self.__exit__()
            raise
        progress()

    def __enter__(self) -> Cloud:
        return self

    def __exit__(self, *error: object) -> None:
        if hasattr(self, "panel"):
            self.panel.stop()
        self._folder.cleanup()

    def run(self, command: t.Sequence[str], about: str = "") -> Measured:
        """Run a command to its end."""
        progress(f"{self.vms} virtual machines, {self.delay_ms} ms, {about} ...")
        self.panel.reset(delay_ms=self.delay_ms)
        done: Run = run(command, self.environment, self.folder)
        counts = self.panel.counts()
        progress()
        return Measured(done.cost, done.output, counts["by_route"], counts["in_flight_peak"])

    def raw(self, like: Measured, concurrency: int) -> Cost:
        """What the fastest client costs for as many requests of each kind."""
        progress(f"{self.vms} virtual machines, {self.delay_ms} ms, raw client ...")
        self.panel.reset(delay_ms=self.delay_ms)
        cost = fetch(self.folder, self.panel, like.by_route, self.vms, concurrency)
        progress()
        return cost


class Plan(t.NamedTuple):
    """How large, and how often: `vms` is the cloud that most is measured on, between a small and a huge one."""

    small: int
    vms: int
    huge: int
    runs: int


class Clouds:
    """``with Clouds() as clouds: clouds.of(1000)``: a cloud of each size, made when it is first asked for."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._made: dict[int, Cloud] = {}

    def __enter__(self) -> Clouds:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def of(self, vms: int) -> Cloud:
        """The cloud with so many virtual machines; its answers come at once until it is told otherwise."""
        if vms not in self._made:
            self._made[vms] = self._stack.enter_context(Cloud(vms))
        self._made[vms].delay_ms = 0
        return self._made[vms]
