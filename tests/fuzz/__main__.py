# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: ``python -m ansible_collections.community.onapp.tests.fuzz --help``.

Inputs of all kinds go into everything that reads what others wrote, and each must come out as promised. The exit status
is 1, with a minimal input, as soon as a promise is broken.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import os
import random
import sys
import traceback
import typing as t

from ansible_collections.community.onapp.tests.fuzz.running import BrokenPromise, Figures, run
from ansible_collections.community.onapp.tests.fuzz.targets import TARGETS, shares

REPLAY = """
An input that broke a promise comes again with the target and the seed that were printed with it, for example
  --target verdicts --seed 1234 --inputs 500
as long as neither the target nor the version of hypothesis has changed: nothing is kept between runs.
"""
LONGEST_VALUE = 4000


class Broken(t.NamedTuple):
    """A broken promise, as text: it comes from another process."""

    name: str
    seed: int
    value: str
    trace: str


def main(given: t.Sequence[str] | None = None) -> int:
    """Run the targets that were asked for, several at a time; 1 if one of them broke its promise."""
    options = arguments(given)
    if options.list:
        for target in TARGETS.values():
            print(f"{target.name:20} {target.promise}")
        return 0
    names = options.target or list(TARGETS)
    spec = shares(names, options.inputs)
    print(f"seed {options.seed}, hypothesis makes {sum(spec.values())} inputs", flush=True)
    print(f"{'target':20} {'inputs':>8} {'seconds':>8} {'refused':>8}", flush=True)
    total = Figures(0, 0, 0.0)
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        runs = [pool.submit(one, name, spec[name], options.seed) for name in names]
        for name, future in zip(names, runs, strict=True):
            outcome = future.result()
            if isinstance(outcome, Broken):
                pool.shutdown(wait=False, cancel_futures=True)
                tell(outcome)
                return 1
            print(line(name, outcome), flush=True)
            total = Figures(*(a + b for a, b in zip(total, outcome, strict=True)))
    print(line("all", total))
    return 0


def one(name: str, inputs: int, seed: int) -> Figures | Broken:
    """One target, in a process of its own."""
    try:
        return run(TARGETS[name], inputs, seed)
    except BrokenPromise as broken:
        trace = "".join(traceback.format_exception(broken.error))
        return Broken(name, broken.seed, repr(broken.value), trace)


def line(name: str, figures: Figures) -> str:
    return f"{name:20} {figures.inputs:8} {figures.seconds:8.1f} {figures.refused:8}"


def tell(broken: Broken) -> None:
    """What is needed to mend it."""
    shown = broken.value if len(broken.value) <= LONGEST_VALUE else f"{broken.value[:LONGEST_VALUE]} ..."
    print(broken.trace, file=sys.stderr)
    print(f"BROKEN: {broken.name}: {TARGETS[broken.name].promise}\nminimal input: {shown}")
    print(f"again with: --target {broken.name!r} --seed {broken.seed} --inputs 500", flush=True)


def arguments(given: t.Sequence[str] | None = None) -> argparse.Namespace:
    """The command line, checked."""
    parser = argparse.ArgumentParser(
        prog="fuzz",
        description="Give inputs of all kinds to everything that reads what others wrote.",
        epilog=REPLAY,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--inputs", type=_positive, default=100_000, help="in all (default: %(default)s)")
    parser.add_argument("--seed", type=int, help="of the first round of each target (default: any, and it is printed)")
    parser.add_argument("--target", action="append", choices=list(TARGETS), help="only this one; may be repeated")
    parser.add_argument(
        "--jobs", type=_positive, default=os.cpu_count(), help="targets at a time (default: %(default)s)"
    )
    parser.add_argument("--list", action="store_true", help="list the targets with what they promise")
    options = parser.parse_args(given)
    if options.seed is None:
        options.seed = random.randrange(10**6)
    return options


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError("not above 0")
    return number


if __name__ == "__main__":
    sys.exit(main())
