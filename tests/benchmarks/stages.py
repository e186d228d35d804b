# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the work on a virtual machine goes: the processor time of each stage from its request to its verdict.

On the small cloud, in this process and in one thread, stage after stage over all virtual machines, so that each is
measured alone. Then everything at once, as a collection does it in its threads: what that takes more is the price of
handing over between them. Of several passes the fastest counts, as whatever else the machine does only adds.
"""

from __future__ import annotations

import time
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api import decode
from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
from ansible_collections.community.onapp.plugins.module_utils._api.fetch import CloudFetch, FetchedVm, FetchSpec
from ansible_collections.community.onapp.plugins.module_utils._assessment.records import Records, assess_records
from ansible_collections.community.onapp.plugins.module_utils._fields import moment
from ansible_collections.community.onapp.plugins.module_utils._options import Connection
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.tests.benchmarks.cloud import BACKUPS, Cloud, Clouds, Plan
from ansible_collections.community.onapp.tests.benchmarks.figures import Outcome
from ansible_collections.community.onapp.tests.benchmarks.measure import WrongResult
from ansible_collections.community.onapp.tests.connection import connection_options

IN_FLIGHT = 8
PASSES = 3
PAGE = {"page": "1", "per_page": "100"}
T = t.TypeVar("T")


def main(plan: Plan, clouds: Clouds) -> Outcome:
    """Measure it all. Raises WrongResult when a stage did not find every virtual machine."""
    cloud = clouds.of(plan.small)
    alone, together = measure(cloud, PASSES if plan.runs > 1 else 1)
    parts = ", ".join(f"{name} {milliseconds:.2f}" for name, milliseconds in alone.items())
    note = (
        f"The work on one virtual machine with {BACKUPS} backups, in ms of CPU: {parts}. Read by {IN_FLIGHT} threads,"
        f" all but the last two take {together:.2f} ms."
    )
    return Outcome([], [], [note])


def measure(cloud: Cloud, passes: int) -> tuple[dict[str, float], float]:
    """Milliseconds for each virtual machine: of each stage alone, and of the whole collection."""
    panel, policy = cloud.panel, parse_policy(None)
    panel.reset(delay_ms=cloud.delay_ms)
    now = moment(panel.now)
    options = {"url": panel.url, "username": panel.username, "password": panel.password, "concurrency": IN_FLIGHT}
    client = Client(Connection.from_options(connection_options(**options)))
    found: dict[str, float] = {}

    def timed(name: str, work: t.Callable[[], list[T]]) -> list[T]:
        best = float("inf")
        for _pass in range(passes):
            started = time.process_time()
            done = work()
            best = min(best, time.process_time() - started)
        if len(done) != cloud.vms:
            raise WrongResult(f"{name}: {len(done)} of {cloud.vms} virtual machines")
        found[name] = best * 1000 / cloud.vms
        return done

    try:
        fetched = timed("all", lambda: _collect(client.connection))
        together = found.pop("all")
        paths = [f"/virtual_machines/{each.virtual_machine['id']}/backups.json" for each in fetched]
        transport, remaining = client._transport, client.throttle.remaining
        answers = timed("HTTP", lambda: [transport.get(path, PAGE, remaining).body for path in paths])
        documents = timed("JSON", lambda: [decode.decode(body, "json") for body in answers])
        timed("rows without secrets", lambda: [decode.rows(document, "backup") for document in documents])
        naive_as = policy.clock.naive_as
        records = timed("records", lambda: [Records.of(each, naive_as) for each in fetched])
        timed("assessment", lambda: [assess_records(each, policy, now) for each in records])
    finally:
        client.close()
    return found, together


def _collect(connection: Connection) -> list[FetchedVm]:
    """Everything, with a client of its own, as one that has collected once is done."""
    client = Client(connection)
    try:
        return list(CloudFetch(client, FetchSpec()).virtual_machines())
    finally:
        client.close()
