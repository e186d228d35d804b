# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The floor: what the fastest client takes for as many requests of each kind as were counted."""

from __future__ import annotations

import base64
import itertools
import json
import pathlib
import sys
import typing as t

from ansible_collections.community.onapp.tests.benchmarks import raw_client
from ansible_collections.community.onapp.tests.benchmarks.measure import Cost, WrongResult, run
from ansible_collections.community.onapp.tests.simulator.cloud import SEED_USER
from ansible_collections.community.onapp.tests.simulator.generated import USERS
from ansible_collections.community.onapp.tests.simulator.process import Simulator

PAGE_SIZE = 100
DISKS_PER_VM = 1.59
LISTS = {"virtual_machines": "/virtual_machines.json", "settings_disks": "/settings/disks.json"}
OF_ONE = {
    "virtual_machine": "/virtual_machines/{vm}.json",
    "backups": "/virtual_machines/{vm}/backups.json",
    "disks": "/virtual_machines/{vm}/disks.json",
}


def paths(by_route: t.Mapping[str, int], vms: int) -> list[str]:
    """As many paths of each route as were asked for, over the pages and virtual machines in turn."""
    found: list[str] = []
    for route, times in by_route.items():
        found += itertools.islice(_of_route(route, vms), times)
    return found


def _of_route(route: str, vms: int) -> t.Iterator[str]:
    if route in LISTS:
        rows = vms if route == "virtual_machines" else vms * DISKS_PER_VM
        pages = range(1, 2 + int(rows - 1) // PAGE_SIZE)
        return (f"{LISTS[route]}?page={page}&per_page={PAGE_SIZE}" for page in itertools.cycle(pages))
    if route in OF_ONE:
        numbers = itertools.cycle(range(1, vms + 1))
        page = "" if route == "virtual_machine" else f"?page=1&per_page={PAGE_SIZE}"
        return (OF_ONE[route].format(vm=number) + page for number in numbers)
    if route == "users":
        return (f"/users.json?page={page}&per_page={PAGE_SIZE}" for page in itertools.count(1))
    if route == "user_backups":
        users = range(SEED_USER, SEED_USER + USERS)
        return (
            f"/users/{user}/backups.json?page={page}&per_page={PAGE_SIZE}"
            for page in itertools.count(1)
            for user in users
        )
    raise WrongResult(f"no client is known here that asks for {route}")


def fetch(folder: pathlib.Path, panel: Simulator, by_route: t.Mapping[str, int], vms: int, concurrency: int) -> Cost:
    """What the client costs; the seconds are those of its requests, without the start of Python."""
    login = base64.b64encode(f"{panel.username}:{panel.password}".encode()).decode()
    spec = paths(by_route, vms)
    job = {
        "host": "127.0.0.1",
        "port": panel.port,
        "authorization": f"Basic {login}",
        "concurrency": min(concurrency, len(spec)),
        "paths": spec,
    }
    path = folder / "requests.json"
    path.write_text(json.dumps(job), encoding="utf-8")
    done = run([sys.executable, "-I", raw_client.__file__, str(path)], {}, folder)
    said = json.loads(done.output)
    if said["answers"] != len(spec):
        raise WrongResult(f"the raw client had {said['answers']} answers, not {len(spec)}")
    return done.cost._replace(seconds=said["seconds"])
