# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: ``python -m ansible_collections.community.onapp.tests.benchmarks --help``.

One run measures everything, prints one table, and says which aims are met. Each benchmark says at its top what it
measures, and why just that. The exit status is 1 when something did not do its job, so that its figures say nothing,
but not when an aim is missed: that depends on the machine, too.
"""

from __future__ import annotations

import argparse
import sys
import typing as t

from ansible_collections.community.onapp.tests.benchmarks import (
    depth,
    inventory,
    modules,
    report,
    stages,
    tasks,
)
from ansible_collections.community.onapp.tests.benchmarks.cloud import BACKUPS, Clouds, Plan
from ansible_collections.community.onapp.tests.benchmarks.figures import Outcome
from ansible_collections.community.onapp.tests.benchmarks.measure import WrongResult, progress, versions

BENCHMARKS: dict[str, tuple[t.Callable[[Plan, Clouds], Outcome], str]] = {
    "inventory": (inventory.main, "the inventory, fresh and cached, beside a static one, on three sizes of cloud"),
    "depth": (depth.main, "the inventory, with few and with many backups of each virtual machine"),
    "modules": (modules.main, "facts and compliance of a whole cloud"),
    "tasks": (tasks.main, "one virtual machine beside a ping, a small cloud beside uri in a loop"),
    "stages": (stages.main, "where the work on one virtual machine goes"),
}
FULL, QUICK = Plan(1_000, 10_000, 50_000, 3), Plan(200, 1_000, 2_000, 1)


def main() -> int:
    """Run the benchmarks asked for; 1 if one of them did not do its job."""
    options = arguments()
    if options.list:
        for name, (_function, about) in BENCHMARKS.items():
            print(f"{name}  {about}")
        return 0
    plan, names = plan_of(options), options.names or list(BENCHMARKS)
    outcomes, failed = [], False
    with Clouds() as clouds:
        for name in names:
            try:
                outcomes.append(BENCHMARKS[name][0](plan, clouds))
            except WrongResult as error:
                progress()
                print(f"{name}: {error}", file=sys.stderr)
                failed = True
    command = ["make benchmark", *([f"BENCHMARK='{' '.join(sys.argv[1:])}'"] if sys.argv[1:] else [])]
    text = report.text(Outcome.of(outcomes), report.heading(versions(), command, plan.runs, BACKUPS))
    print(text)
    if options.write and not failed:
        report.write(text)
    return int(failed)


def arguments(given: t.Sequence[str] | None = None) -> argparse.Namespace:
    """The command line, checked."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measure the collection on simulated clouds.")
    parser.add_argument("names", nargs="*", metavar="name", help="which benchmarks to run (default: all)")
    parser.add_argument("--quick", action="store_true", help="small clouds, once: minutes, and rough figures")
    parser.add_argument("--vms", type=int, help=f"virtual machines in the large cloud (default: {FULL.vms})")
    parser.add_argument("--runs", type=int, help=f"runs, of which the medians are shown (default: {FULL.runs})")
    parser.add_argument("--write", action="store_true", help="put the figures into the guide on performance")
    parser.add_argument("--list", action="store_true", help="list the benchmarks and stop")
    options = parser.parse_args(given)
    if set(options.names) - set(BENCHMARKS):
        parser.error(f"benchmarks: {', '.join(BENCHMARKS)}")
    if options.write and options.names:
        parser.error("--write puts the figures of all benchmarks into the guide, so name none")
    if (options.vms is not None and options.vms < 50) or (options.runs is not None and options.runs < 1):
        parser.error("at least 50 virtual machines and 1 run")
    return options


def plan_of(options: argparse.Namespace) -> Plan:
    """How large and how often: the full or the quick plan, or in its proportions what was asked for."""
    plan = QUICK if options.quick else FULL
    if options.vms is not None:
        small, huge = plan.small * options.vms // plan.vms, plan.huge * options.vms // plan.vms
        plan = plan._replace(small=max(small, 10), vms=options.vms, huge=huge)
    return plan if options.runs is None else plan._replace(runs=options.runs)


if __name__ == "__main__":
    sys.exit(main())
