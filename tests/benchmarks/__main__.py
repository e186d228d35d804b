# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure the collection on simulated clouds and print tables: `make benchmark`, `BENCHMARK=--help` for options.

The exit status is 1 if a measured command fails. A missed limit does not count, because it depends on the machine.
"""

from __future__ import annotations

import argparse
import contextlib
import sys

from ansible_collections.community.onapp.tests.benchmarks import backups, evidence, inventory, modules
from ansible_collections.community.onapp.tests.benchmarks.measure import Cloud, WrongResult
from ansible_collections.community.onapp.tests.benchmarks.report import Outcome

PARTS = {
    "inventory": inventory.outcomes,
    "modules": modules.outcomes,
    "evidence": evidence.outcomes,
    "backups": backups.outcomes,
}
FULL, QUICK = 10_000, 1_000  # virtual machines of the large cloud; the small one has a tenth, the huge one five times


def main() -> int:
    """Run the selected parts."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measure the collection on simulated clouds.")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"{', '.join(PARTS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} VMs, and each command once")
    parser.add_argument("--vms", type=int, help=f"VMs in the large cloud, at least 100 (default: {FULL})")
    parser.add_argument("--runs", type=int, help="measure each command so often, and show the medians (default: 3)")
    options = parser.parse_args()
    parts = options.parts or [*PARTS]
    vms, runs = options.vms or (QUICK if options.quick else FULL), options.runs or (1 if options.quick else 3)
    if vms < 100 or runs < 1 or not PARTS.keys() >= set(parts):
        parser.error(f"at least 100 VMs, at least 1 run, and the parts {' and '.join(PARTS)}")
    found, failed = Outcome([], [], []), False
    with contextlib.ExitStack() as stack:
        # The part backups uses another cloud, and large clouds take minutes to create.
        clouds = [Cloud(size) for size in (vms // 10, vms, vms * 5)] if set(parts) != {"backups"} else []
        for cloud in clouds:
            stack.callback(cloud.close)
        for name in parts:
            print(f"Measuring {name}, which takes minutes.", file=sys.stderr)
            try:
                for outcome in PARTS[name](*clouds, runs):
                    found = Outcome(*(mine + more for mine, more in zip(found, outcome, strict=True)))
            except WrongResult as error:
                print(f"{name}: {error}", file=sys.stderr)
                failed = True
    print(found.text(f"make benchmark BENCHMARK='{' '.join(sys.argv[1:])}'", runs))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
