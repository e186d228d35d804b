# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: ``python -m ansible_collections.community.onapp.tests.faults --help``."""

from __future__ import annotations

import argparse
import sys
import time

from ansible_collections.community.onapp.tests.benchmarks.measure import progress
from ansible_collections.community.onapp.tests.faults import page, workers
from ansible_collections.community.onapp.tests.faults.cases import cases
from ansible_collections.community.onapp.tests.faults.catalogue import FAULTS
from ansible_collections.community.onapp.tests.faults.entries import ENTRIES, ROUTES


def main() -> int:
    """Run the matrix, show its tables, and end with 1 if any outcome is wrong."""
    parser = argparse.ArgumentParser(
        prog="faults", description="Run every fault on every route of the panel, in each entry point."
    )
    parser.add_argument("--fault", metavar="TEXT", help="only faults whose name has this text in it")
    parser.add_argument("--route", choices=ROUTES, action="append", help="only this route; may be given again")
    parser.add_argument("--entry", choices=list(ENTRIES), action="append", help="only this entry point")
    parser.add_argument("--processes", type=int, default=5, help="cases at once (default: %(default)s)")
    parser.add_argument("--quiet", action="store_true", help="no tables, only what is wrong")
    parser.add_argument("--write", action="store_true", help="bring the tables of the page in docs/ up to date")
    options = parser.parse_args()
    part = bool(options.fault or options.route or options.entry)
    if options.write and part:
        parser.error("--write needs the whole matrix")
    chosen = cases(
        [name for name in FAULTS if (options.fault or "") in name], options.route or ROUTES, options.entry or ENTRIES
    )
    if not chosen or options.processes < 1:
        parser.error("nothing to run")

    started, done = time.monotonic(), 0

    def tell(result: workers.Result) -> None:
        nonlocal done
        done += 1
        progress(f"{done} of {len(chosen)} ...")
        if result.complaints:
            case = result.case
            where = f"{case.entry}, {case.route}, {case.form}, {f'page {case.page}' if case.page else 'every page'}"
            print(f"WRONG: {case.fault}: {where}: {'; '.join(result.complaints)}", flush=True)

    results = workers.run(chosen, options.processes, tell)
    progress()
    wrong = sum(bool(result.complaints) for result in results)
    if not options.quiet:
        print(page.ended(results))
    print(f"{len(results)} cases, {wrong} wrong, {time.monotonic() - started:.0f} s")
    if options.write and not wrong:
        print(f"{page.PAGE.name}: {'written' if page.write() else 'up to date'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
