# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processor time of the steps of ``onapp_backup_info``, with all backups in its result and without.

``python -m ...benchmarks.work OPTIONS RESULT`` runs the module with the options in a JSON file, and writes the seconds
of each step to another one.
"""

from __future__ import annotations

import functools
import json
import pathlib
import statistics
import sys
import threading
import time
import typing as t

from ansible_collections.community.onapp.tests.benchmarks.measure import Cloud, WrongResult
from ansible_collections.community.onapp.tests.benchmarks.modules import NO_BACKUPS
from ansible_collections.community.onapp.tests.benchmarks.report import Outcome, table

MODULE = "ansible_collections.community.onapp.tests.benchmarks.work"
START, HTTP, DECODING, REST, RESULT = "start and imports", "HTTP", "decoding", "records, assessment, facts", "result"
STEPS = (START, HTTP, DECODING, REST, RESULT)


def outcomes(_small: Cloud, large: Cloud, _huge: Cloud, runs: int) -> t.Iterator[Outcome]:
    """Measure the steps on the large cloud. Raises WrongResult if the module did not read it completely."""
    everything, summaries = (steps_of(large, options, runs) for options in ({}, NO_BACKUPS))
    rows = [(step, *cells(everything, step, large.vms), *cells(summaries, step, large.vms)) for step in STEPS]
    header = (f"steps of onapp_backup_info, {large.vms} VMs", *("CPU s", "ms/VM", "%") * 2)
    note = "The columns on the left are of a run that returns all backups, those on the right of one that returns none."
    yield Outcome([], [], [table(header, rows), "", note])


def steps_of(cloud: Cloud, options: t.Mapping[str, t.Any], runs: int) -> dict[str, float]:
    """The median seconds of each step."""
    given, result = cloud.folder / "options.json", cloud.folder / "work.json"
    given.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": options}), encoding="utf-8")
    measured: list[dict[str, float]] = []
    for _turn in range(runs):
        done = cloud.run([sys.executable, "-m", MODULE, str(given), str(result)])
        found = json.loads(done.output)
        if (found["health"]["complete"], len(found["virtual_machines"])) != (True, cloud.vms):
            raise WrongResult(f"onapp_backup_info returned {len(found['virtual_machines'])} VMs, not {cloud.vms}")
        measured.append(json.loads(result.read_text(encoding="utf-8")))
    return {step: statistics.median(one[step] for one in measured) for step in STEPS}


def cells(seconds: t.Mapping[str, float], step: str, vms: int) -> tuple[str, str, str]:
    """The seconds of a step, milliseconds for each VM, and percent of all steps."""
    share = seconds[step] / sum(seconds.values())
    return f"{seconds[step]:.2f}", f"{seconds[step] * 1000 / vms:.2f}", f"{share * 100:.0f}"


def main(options: str, result: str) -> None:
    """Run the module and write the processor time of its steps."""
    from ansible_collections.community.onapp.plugins.module_utils._api import decode, transport
    from ansible_collections.community.onapp.plugins.modules import onapp_backup_info as entry

    spent = dict.fromkeys(STEPS, 0.0)
    lock = threading.Lock()
    gather = entry.gather

    def timed(step: str, function: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
        @functools.wraps(function)
        def call(*arguments: t.Any, **more: t.Any) -> t.Any:
            started = time.thread_time()  # answers are read and decoded in several threads
            try:
                return function(*arguments, **more)
            finally:
                with lock:
                    spent[step] += time.thread_time() - started

        return call

    def timed_gather(*arguments: t.Any) -> t.Any:
        spent[START] = time.process_time()
        try:
            return gather(*arguments)
        finally:
            spent[REST] = time.process_time() - spent[START] - spent[HTTP] - spent[DECODING]

    for owner, name, step in (
        (transport.Transport, "get", HTTP),
        (decode, "decode", DECODING),
        (decode, "rows", DECODING),
    ):
        setattr(owner, name, timed(step, getattr(owner, name)))
    entry.gather = timed_gather
    sys.argv[1:] = [options]
    try:
        entry.main()
    finally:
        spent[RESULT] = time.process_time() - sum(spent.values())
        pathlib.Path(result).write_text(json.dumps(spent), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
