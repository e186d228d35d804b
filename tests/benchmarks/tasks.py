# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task costs: one virtual machine beside a ping, and a small cloud beside ``ansible.builtin.uri`` in a loop.

Each answer takes 30 ms. The ping and the one virtual machine are measured in turn, and more often than asked for, as
they are short. The loop takes long, so it reads some virtual machines only, once, and is told per virtual machine.
"""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.tests.benchmarks.cloud import Cloud, Clouds, Measured, Plan
from ansible_collections.community.onapp.tests.benchmarks.figures import Aim, Line, Outcome, ratio
from ansible_collections.community.onapp.tests.benchmarks.inventory import IN_FLIGHT, RAW
from ansible_collections.community.onapp.tests.benchmarks.measure import Cost, WrongResult, median
from ansible_collections.community.onapp.tests.benchmarks.modules import INFO
from ansible_collections.community.onapp.tests.benchmarks.packed import playbook

DELAY_MS = 30
LOOPED = 50
ONE = {"virtual_machines": [2]}
LIMIT = 1.3


def main(plan: Plan, clouds: Clouds) -> Outcome:
    """Measure it all. Raises WrongResult when what was measured did not do its job."""
    cloud = clouds.of(plan.small)
    cloud.delay_ms = DELAY_MS
    ping, one, raw = _in_turn(cloud, 2 * plan.runs + 1)
    looped = min(LOOPED, cloud.vms // 10)
    loop = cloud.run(playbook(cloud.folder, "loop", *_uri_tasks(looped)), "uri in a loop")
    whole = cloud.run(playbook(cloud.folder, "whole", {INFO: {}}), "all virtual machines")
    _check(loop, looped + 1)
    _check(whole, cloud.vms)
    start = median(ping).seconds
    ours, theirs = (whole.cost.seconds - start) / cloud.vms, (loop.cost.seconds - start) / looped
    lines = [
        Line("task: ping", 0, median(ping)),
        Line("task: onapp_backup_info, one VM", 1, median(one[0]), DELAY_MS, IN_FLIGHT, one[1]),
        Line(RAW, 1, median(raw), DELAY_MS, IN_FLIGHT, one[1]),
        Line("task: onapp_backup_info, all VMs", cloud.vms, whole.cost, DELAY_MS, IN_FLIGHT, whole.requests),
        Line("task: uri in a loop", looped, loop.cost, DELAY_MS, 1, loop.requests),
    ]
    rest = [cost.seconds - answers.seconds for cost, answers in zip(one[0], raw, strict=True)]
    aim = Aim("(task for one VM - its answers) / ping, seconds", ratio(rest, [cost.seconds for cost in ping]), LIMIT)
    note = (
        f"Per virtual machine, without the start of ansible-playbook (the ping): {ours * 1000:.1f} ms, and with uri in"
        f" a loop {theirs * 1000:.0f} ms, which is {theirs / ours:.0f} times as long. The loop reads backups only, no"
        " disks, and judges nothing."
    )
    return Outcome(lines, [aim], [note])


def _in_turn(cloud: Cloud, runs: int) -> tuple[list[Cost], tuple[list[Cost], int], list[Cost]]:
    ping, one, raw = [], [], []
    for turn in range(runs):
        ping.append(cloud.run(playbook(cloud.folder, "ping", {"ansible.builtin.ping": {}}), "ping").cost)
        done = cloud.run(playbook(cloud.folder, "one", {INFO: ONE}), "one virtual machine")
        _check(done, 1)
        one.append(done.cost)
        # One at a time: what to ask next depends on the answer.
        raw.append(cloud.raw(done, 1))
    return ping, (one, done.requests), raw


def _check(done: Measured, least: int) -> None:
    if "failed=0" not in done.output or done.requests < least:
        raise WrongResult(f"{done.requests} requests, and:\n{done.output[-1000:]}")


def _uri_tasks(vms: int) -> list[dict[str, t.Any]]:
    """The backups of some virtual machines as playbooks without this collection read them."""
    shared = {
        "url_username": "{{ lookup('env', 'ONAPP_USERNAME') }}",
        "url_password": "{{ lookup('env', 'ONAPP_PASSWORD') }}",
        "force_basic_auth": True,
        "headers": {"Accept": "application/json"},
    }
    base = "{{ lookup('env', 'ONAPP_URL') }}/virtual_machines"
    listing = {"url": base + f".json?page=1&per_page={vms}", **shared}
    each = {"url": base + "/{{ item.virtual_machine.id }}/backups.json", **shared}
    control = {"label": "{{ item.virtual_machine.id }}"}
    return [
        {"ansible.builtin.uri": listing, "register": "vms"},
        {"ansible.builtin.uri": each, "loop": "{{ vms.json }}", "loop_control": control, "register": "backups"},
    ]
