# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of `onapp_backup`: the turns of all virtual machines, several at a time, and the facts of them."""

from __future__ import annotations

import concurrent.futures
import queue
import threading
import typing as t
from collections.abc import Callable

from .. import _records, _text
from .._api import paging
from .._api.evidence import EvidenceReader
from .._api.selection import VmSelector
from .._facts import api_facts, backup_facts
from .plan import FAILED, FRESH, JOINED, STARTED
from .vm_run import VmRun

if t.TYPE_CHECKING:
    from .._api.client import Client
    from .plan import Params

    Facts = dict[str, t.Any]

# Python runs the handler of a signal in the main thread only, which a signal for another thread does not wake up.
SIGNAL_SECONDS = 0.5


def ensure_backups(client: Client, params: Params, log: Callable[[str], None]) -> tuple[Facts, list[str]]:
    """Make sure that every virtual machine has a fresh backup; `log` gets a sentence for each change of state.

    Returns the facts, and warnings. If one failed, `msg` and `failure` of the facts say why the first one did. Raises
    OnAppError when the virtual machines cannot be found. An exception that interrupts this thread, such as
    KeyboardInterrupt, starts nothing more, and logs which backups go on.
    """
    stop = threading.Event()
    runs: list[VmRun] = []
    with concurrent.futures.ThreadPoolExecutor(client.connection.concurrency) as pool:
        try:
            selected = VmSelector(client, pool.map).select(params.names)
            # The transactions have to be read again with each look.
            kinds = [kind for kind in params.evidence if kind != _records.TRANSACTIONS]
            reader = EvidenceReader(client, pool, kinds, params.policy.clock.naive_as)
            # The points of the first virtual machine mostly show that there are any. All others are read in their turn.
            ids = [row["id"] for row in selected.rows]
            reader.prepare(ids, 1)
            reader.forget(ids[params.max_parallel :])
            for row in selected.rows:
                error = paging.damaged_text("virtual_machine", [row["id"]]) if row["id"] in selected.broken else None
                runs.append(VmRun(client, params, row, error, reader, stop, log))
            _take_turns(runs, params.max_parallel, stop)
        except BaseException:
            stop.set()
            client.throttle.stop()
            for run in runs:
                left = " ".join(run.left_behind())
                if left:
                    log(f"virtual machine {run.vm.id}: interrupted. {left}")
            raise
    return _result(client, params, runs)


def _take_turns(runs: list[VmRun], max_parallel: int, stop: threading.Event) -> None:
    """Run all, at most `max_parallel` at a time and in their order, until the last one ends."""
    ended: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
    # The threads share it: each takes the next one.
    turns = iter(runs)

    def work() -> None:
        try:
            for run in turns:
                if stop.is_set():
                    break
                run.run()
            ended.put(None)
        except BaseException as error:  # a defect of this collection, raised by the main thread
            ended.put(error)

    # Daemons, because an interrupted process must not wait for the answer to a request.
    workers = [threading.Thread(target=work, daemon=True) for _number in range(min(max_parallel, len(runs)))]
    for worker in workers:
        worker.start()
    missing = len(workers)
    while missing:
        try:
            error = ended.get(timeout=SIGNAL_SECONDS)
        except queue.Empty:
            continue
        if error is not None:
            raise error
        missing -= 1


def _result(client: Client, params: Params, runs: list[VmRun]) -> tuple[Facts, list[str]]:
    clock = params.policy.clock
    virtual_machines: list[Facts] = []
    backups: list[Facts] = []
    warnings: list[str] = []
    for run in runs:
        records, assessment, now = run.assess()
        vm = records.vm
        for _number, row in sorted(run.rows.items()):
            backups.append(backup_facts(row, _records.Backup.from_row(row, clock.naive_as), vm, clock, now))
        virtual_machines.append(
            {
                "id": vm.id,
                "identifier": vm.identifier,
                "label": vm.label,
                "action": run.action,
                "changed": run.changed,
                "backups": sorted(run.rows),
                "seconds": run.seconds,
                "backup": assessment.as_facts(now),
                "failure": None if run.failure is None else {**run.failure.as_failure(), "text": run.failure.text},
            }
        )
        warnings += run.warnings
        for kind, unread in records.evidence_failures.items():
            if kind != _records.RECOVERY_POINTS or run.failure is None:
                what = f"The {kind.replace('_', ' ')} of {_text.vm_named(vm.id, vm.label)}"
                warnings.append(f"{what} could not be read: {unread.error.text}")
    actions = [one["action"] for one in virtual_machines]
    started = sum(len(run.started) for run in runs)
    facts = {
        "changed": any(run.changed for run in runs),
        "virtual_machines": virtual_machines,
        "backups": backups,
        "summary": {
            "virtual_machines": len(runs),
            **{action: actions.count(action) for action in (FRESH, JOINED, STARTED, FAILED)},
            "backups_started": started,
            "backups_joined": len(backups) - started,
            "backups_going_on": sum(len(run.going_on) for run in runs),
        },
        "api": api_facts(client),
    }
    if FAILED in actions:
        first = virtual_machines[actions.index(FAILED)]
        failure = dict(first["failure"])
        facts["msg"] = (
            f"No fresh backup of {actions.count(FAILED)} of {_text.counted(len(runs), 'virtual machine')}. The first,"
            f" {_text.vm_named(first['id'], first['label'])}: {failure.pop('text')}"
        )
        facts["failure"] = failure
    return facts, warnings
