# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""onapp_backup_compliance on two clouds, the second ten times as large: judging alone, and each report on top."""

from __future__ import annotations

import json
import pathlib
import tempfile
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._reports.files import FORMATS
from ansible_collections.community.onapp.tests.benchmarks.measure import (
    Cost,
    WrongResult,
    clean_environment,
    median,
    progress,
    run,
    table,
    versions,
)
from ansible_collections.community.onapp.tests.benchmarks.packed import module
from ansible_collections.community.onapp.tests.simulator.process import Simulator

MODULE = "community.onapp.onapp_backup_compliance"
INFO = "community.onapp.onapp_backup_info"
BACKUPS = 30
CONCURRENCY = 32
GROWTH = 10
HEADER = ("", "seconds", "CPU s", "CPU ms/VM", "peak MiB", "MiB written")


class Row(t.NamedTuple):
    """A line of the table; `written` is the size of the reports in MiB."""

    name: str
    cost: Cost
    written: float


def main(vms: int, runs: int) -> None:
    """Measure and print. Raises WrongResult when what was measured did not do its job."""
    print(f"onapp_backup_compliance: {versions()}")
    print(f"{BACKUPS} backups for each virtual machine that has any, no delay of answers, medians of {runs} runs.")
    measured = [(size, _rows(size, runs)) for size in (max(2, vms // GROWTH), vms)]
    for size, rows in measured:
        print(f"\n{size} virtual machines\n")
        print(table(HEADER, [_cells(row, size) for row in rows]))
    print("\n" + "\n".join(_notes(measured)))


def _rows(vms: int, runs: int) -> list[Row]:
    with (
        tempfile.TemporaryDirectory(prefix="onapp-benchmark-") as name,
        Simulator(vms=vms, backups=BACKUPS) as panel,
    ):
        folder = pathlib.Path(name)
        environment = {
            **clean_environment(folder),
            "ONAPP_URL": panel.url,
            "ONAPP_USERNAME": panel.username,
            "ONAPP_PASSWORD": panel.password,
        }
        limits = {"concurrency": CONCURRENCY}
        facts = {**limits, "gather_subset": ["backups", "disks"], "created_after": "9999-01-01"}
        kinds: list[tuple[str, str, dict[str, t.Any]]] = [
            ("facts, none returned", INFO, facts),
            ("judged, no report", MODULE, {**limits, "fail_on": "never"}),
        ]
        for formats in [*([one] for one in FORMATS), list(FORMATS)]:
            options = {**limits, "fail_on": "never", "report_dir": str(folder / "reports"), "report_formats": formats}
            kinds.append((f"+ {formats[0] if len(formats) == 1 else 'all reports'}", MODULE, options))
        return [_row(folder, environment, vms, runs, kind, place) for place, kind in enumerate(kinds)]


def _row(
    folder: pathlib.Path,
    environment: dict[str, str],
    vms: int,
    runs: int,
    kind: tuple[str, str, dict[str, t.Any]],
    place: int,
) -> Row:
    name, what, options = kind
    command = module(folder, environment, f"row-{place}", {what: options})
    costs = []
    for number in range(runs):
        progress(f"{vms} virtual machines, {name}, {number + 1} of {runs} ...")
        for old in (folder / "reports").glob("*"):
            old.unlink()
        done = run(command, environment, folder)
        found = json.loads(done.output)["summary"]["virtual_machines"]
        if found != vms:
            raise WrongResult(f"{name}: {found} virtual machines, not {vms}")
        costs.append(done.cost)
    progress()
    written = sum(path.stat().st_size for path in (folder / "reports").glob("*")) / 1024**2
    return Row(name, median(costs), written)


def _cells(row: Row, vms: int) -> list[str]:
    cost = row.cost
    written = f"{row.written:.1f}" if row.written else ""
    return [
        row.name,
        f"{cost.seconds:.2f}",
        f"{cost.cpu:.2f}",
        f"{cost.cpu * 1000 / vms:.2f}",
        f"{cost.mebibytes:.0f}",
        written,
    ]


def _notes(measured: list[tuple[int, list[Row]]]) -> t.Iterator[str]:
    (few, small), (many, large) = measured
    yield f"From {few} to {many}, each virtual machine more takes:"
    for before, after in zip(small, large, strict=True):
        cpu = (after.cost.cpu - before.cost.cpu) * 1000 / (many - few)
        memory = (after.cost.mebibytes - before.cost.mebibytes) * 1024 / (many - few)
        yield f"  {after.name}: {cpu:.2f} ms of CPU, {memory:.1f} KiB of memory"
