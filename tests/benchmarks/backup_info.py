# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""onapp_backup_info on a large cloud and on one virtual machine, beside what Ansible offers without the collection."""

from __future__ import annotations

import json
import pathlib
import tempfile
import typing as t

from ansible_collections.community.onapp.tests.benchmarks.measure import (
    Cost,
    Run,
    WrongResult,
    clean_environment,
    median,
    progress,
    run,
    table,
    versions,
)
from ansible_collections.community.onapp.tests.benchmarks.packed import module, playbook
from ansible_collections.community.onapp.tests.simulator.generated import Generated
from ansible_collections.community.onapp.tests.simulator.process import Simulator
from ansible_collections.community.onapp.tests.simulator.settings import moment

MODULE = "community.onapp.onapp_backup_info"
BACKUPS = 10
DELAY_MS = 30
CONCURRENCY = 32
LOOPED_VMS = 50
LIMITS = {"concurrency": CONCURRENCY}
HEADER = ("", "seconds", "CPU s", "CPU ms/VM", "peak MiB", "requests", "connections", "in flight")

Counts = dict[str, t.Any]


class Row(t.NamedTuple):
    """A line of the table; `vms` is how many virtual machines it is about, 0 for none."""

    name: str
    vms: int
    cost: Cost
    counts: Counts | None


def main(vms: int, runs: int) -> None:
    """Measure and print. Raises WrongResult when what was measured did not do its job."""
    with (
        tempfile.TemporaryDirectory(prefix="onapp-benchmark-") as name,
        Simulator(vms=vms, backups=BACKUPS, delay_ms=DELAY_MS) as panel,
    ):
        bench = Bench(pathlib.Path(name), panel, vms, runs)
        rows = bench.rows()
    print(f"onapp_backup_info: {versions()}")
    print(f"{vms} virtual machines, {bench.backups} backups, {DELAY_MS} ms for each answer, medians of {runs} runs.\n")
    print(table(HEADER, _cells(rows)))
    print("\n" + "\n".join(_notes(rows, vms)))


class Bench:
    """Runs the commands against one simulated panel."""

    def __init__(self, folder: pathlib.Path, panel: Simulator, vms: int, runs: int) -> None:
        self.folder, self.panel, self.vms, self.runs = folder, panel, vms, runs
        cloud = Generated("6.x", moment(panel.now), vms=vms, backups=BACKUPS)
        self.backups = sum(map(cloud.backup_count, cloud.all_keys()))
        self.environment = {
            **clean_environment(folder),
            "ONAPP_URL": panel.url,
            "ONAPP_USERNAME": panel.username,
            "ONAPP_PASSWORD": panel.password,
        }

    def rows(self) -> list[Row]:
        """Everything measured."""
        looped = min(LOOPED_VMS, self.vms)
        return [
            self.row("module alone, all VMs", self.vms, self.module("whole", LIMITS), self.check_facts),
            self.row("ansible-playbook, all VMs", self.vms, self.playbook("whole", {MODULE: LIMITS}), self.check_peak),
            self.row(f"uri in a loop, {looped} VMs", looped, self.playbook("uri", *_uri_tasks(looped))),
            self.row("module alone, one VM", 1, self.module("one", {"virtual_machines": [2]})),
            self.row("ansible-playbook, one VM", 1, self.playbook("one", {MODULE: {"virtual_machines": [2]}})),
            self.row("ansible-playbook, ping", 0, self.playbook("ping", {"ansible.builtin.ping": {}})),
        ]

    def row(self, name: str, vms: int, command: list[str], check: t.Callable[[Run, Counts], None] | None = None) -> Row:
        """Run a command several times, with the counts of the last run."""
        costs = []
        for number in range(self.runs):
            progress(f"{name}, {number + 1} of {self.runs} ...")
            self.panel.reset()
            done, counts = run(command, self.environment, self.folder), self.panel.counts()
            if check:
                check(done, counts)
            costs.append(done.cost)
        progress()
        return Row(name, vms, median(costs), counts if counts["requests"] else None)

    def playbook(self, name: str, *tasks: t.Mapping[str, t.Any]) -> list[str]:
        """The command for a play with these tasks."""
        return playbook(self.folder, name, *tasks)

    def module(self, name: str, options: t.Mapping[str, t.Any]) -> list[str]:
        """The command for the module alone."""
        return module(self.folder, self.environment, name, {MODULE: options})

    def check_facts(self, done: Run, counts: Counts) -> None:
        """The module must have found everything, with as many requests in flight as it was told."""
        facts = json.loads(done.output)
        found = (facts["health"]["complete"], len(facts["virtual_machines"]), len(facts["backups"]))
        if found != (True, self.vms, self.backups):
            raise WrongResult(f"found {found} (complete, VMs, backups), not {(True, self.vms, self.backups)}")
        self.check_peak(done, counts)

    def check_peak(self, done: Run, counts: Counts) -> None:
        """As many requests in flight as asked for, unless there are too few to ask."""
        peak = counts["in_flight_peak"]
        if peak > CONCURRENCY or (peak < CONCURRENCY and self.vms >= 4 * CONCURRENCY):
            raise WrongResult(f"{peak} requests were in flight at most, not {CONCURRENCY}")


def _uri_tasks(vms: int) -> list[dict[str, t.Any]]:
    """The backups of some virtual machines as playbooks read them today."""
    shared = {
        "url_username": "{{ lookup('env', 'ONAPP_USERNAME') }}",
        "url_password": "{{ lookup('env', 'ONAPP_PASSWORD') }}",
        "force_basic_auth": True,
        "headers": {"Accept": "application/json"},
    }
    base = "{{ lookup('env', 'ONAPP_URL') }}/virtual_machines"
    listing = {"url": base + f".json?page=1&per_page={vms}", **shared}
    each = {"url": base + "/{{ item.virtual_machine.id }}/backups.json", **shared}
    control = {"label": "{{ item.virtual_machine.id }}"}
    return [
        {"ansible.builtin.uri": listing, "register": "vms"},
        {"ansible.builtin.uri": each, "loop": "{{ vms.json }}", "loop_control": control, "register": "backups"},
    ]


def _cells(rows: list[Row]) -> list[list[str]]:
    cells = []
    for row in rows:
        counts = row.counts or {}
        counted = [str(counts.get(name, "")) for name in ("requests", "connections", "in_flight_peak")]
        per_vm = f"{row.cost.cpu * 1000 / row.vms:.1f}" if row.vms > 1 else ""
        seconds, mebibytes = f"{row.cost.seconds:.2f}", f"{row.cost.mebibytes:.0f}"
        cells.append([row.name, seconds, f"{row.cost.cpu:.2f}", per_vm, mebibytes, *counted])
    return cells


def _notes(rows: list[Row], vms: int) -> t.Iterator[str]:
    alone, whole, looped, _one_alone, one, ping = rows
    assert alone.counts and looped.counts
    floor = alone.counts["requests"] * DELAY_MS / 1000 / CONCURRENCY
    yield (
        f"{alone.counts['requests']} answers of {DELAY_MS} ms, {CONCURRENCY} at a time, alone keep a client waiting"
        f" {floor:.2f} s; the module took {alone.cost.seconds / floor:.1f} times as long."
    )
    ours = (whole.cost.seconds - ping.cost.seconds) / vms
    theirs = (looped.cost.seconds - ping.cost.seconds) / looped.vms
    yield (
        f"Per VM, without the start of ansible-playbook (the ping): {ours * 1000:.1f} ms; uri in a loop"
        f" {theirs * 1000:.0f} ms, {theirs / ours:.0f} times as long. The loop was measured on {looped.vms} VMs only;"
        f" {vms} would take about {theirs * vms:.0f} s. It reads backups only, no disks, and judges nothing."
    )
    yield f"One VM by id costs {one.cost.seconds - ping.cost.seconds:+.2f} s more than a ping."
