# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: ``python -m ansible_collections.community.onapp.tests.benchmarks --help``."""

from __future__ import annotations

import argparse
import sys
import typing as t

from ansible_collections.community.onapp.tests.benchmarks import backup_info, compliance, inventory
from ansible_collections.community.onapp.tests.benchmarks.measure import WrongResult

BENCHMARKS: dict[str, tuple[t.Callable[[int, int], None], str]] = {
    "backup_info": (backup_info.main, "facts of a whole cloud and of one virtual machine"),
    "compliance": (compliance.main, "judging a cloud, and each report, on two sizes"),
    "inventory": (inventory.main, "the inventory, fresh and cached, beside a static one"),
}


def main() -> int:
    """Run the benchmarks asked for; 1 if one of them did not do its job."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measure the collection on simulated clouds.")
    parser.add_argument("names", nargs="*", metavar="name", help="which benchmarks to run (default: all)")
    parser.add_argument("--vms", type=int, default=1000, help="virtual machines in the cloud (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="runs, of which the medians are shown (default: 3)")
    parser.add_argument("--list", action="store_true", help="list the benchmarks and stop")
    options = parser.parse_args()
    if options.list:
        for name, (_function, about) in BENCHMARKS.items():
            print(f"{name}  {about}")
        return 0
    unknown = set(options.names) - set(BENCHMARKS)
    if unknown or options.vms < 2 or options.runs < 1:
        parser.error(f"benchmarks: {', '.join(BENCHMARKS)}; at least 2 virtual machines and 1 run")
    status = 0
    for name in options.names or BENCHMARKS:
        try:
            BENCHMARKS[name][0](options.vms, options.runs)
        except WrongResult as error:
            print(f"\n{name}: {error}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
