# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fresh backups for 200 VMs by onapp_backup, and for some of them by ``ansible.builtin.uri`` in a loop."""

from __future__ import annotations

import contextlib
import json
import typing as t

from ansible_collections.community.onapp.tests.benchmarks.measure import IN_FLIGHT, Cloud, Measured, run
from ansible_collections.community.onapp.tests.benchmarks.modules import playbook, require_success
from ansible_collections.community.onapp.tests.benchmarks.report import Line, Outcome

MODULE = "community.onapp.onapp_backup"
VMS, BY_HAND, MAX_PARALLEL = 200, 10, 8
DELAY_MS, BUILD_SECONDS = 30, 2
OLD = {"created_at": "2020-01-01T00:00:00Z", "built_at": "2020-01-01T00:00:00Z"}


def outcomes(*_clouds: t.Any) -> t.Iterator[Outcome]:
    """Measure both. Raises WrongResult if a VM got no backup."""
    options = {"virtual_machines": [*range(1, VMS + 1)], "max_age": "4h", "poll_interval": 1}
    with contextlib.closing(Cloud(2)) as cloud:
        ours = back_up(cloud, VMS, {MODULE: {**options, "max_parallel": MAX_PARALLEL}})
        task = {"ansible.builtin.include_tasks": "one.yml", "loop": [*range(1, BY_HAND + 1)]}
        (cloud.folder / "one.yml").write_text(json.dumps(uri_tasks()), encoding="utf-8")
        theirs = back_up(cloud, BY_HAND, task)
    lines = [
        Line("onapp_backup: all stale", VMS, ours.cost, DELAY_MS, IN_FLIGHT, ours.requests),
        Line("uri in a loop: the same by hand", BY_HAND, theirs.cost, DELAY_MS, 1, theirs.requests),
    ]
    seconds = ours.cost.seconds / VMS, theirs.cost.seconds / BY_HAND
    note = f"A backup takes {BUILD_SECONDS} s, {MAX_PARALLEL} at a time. Per VM: {seconds[0]:.2f} s and"
    note += f" {ours.requests / VMS:.1f} requests, of which {ours.by_route['backups'] / VMS:.1f} are looks at its list;"
    note += f" by hand {seconds[1]:.2f} s and {theirs.requests / BY_HAND:.1f} requests, without disks or an assessment."
    yield Outcome(lines, [], [note])


def back_up(cloud: Cloud, vms: int, task: t.Mapping[str, t.Any]) -> Measured:
    """The cost of a task on a cloud of VMs that all need a backup."""
    rows = [{"id": number, "label": f"vm-{number}", "backups": [OLD]} for number in range(1, vms + 1)]
    panel = cloud.panel
    panel.reset(cloud={"virtual_machines": rows})
    panel.settings(delay_ms=DELAY_MS, build_seconds=BUILD_SECONDS, simultaneous_backups=MAX_PARALLEL)
    cost, output = run(playbook(cloud, "backups", task), cloud.environment, cloud.folder)
    counts = panel.counts()
    measured = Measured(cost, output, counts["by_route"], counts["in_flight_peak"])
    return require_success(
        measured, counts["requests"] if len(counts["backups_accepted"]) == vms else counts["requests"] + 1
    )


def uri_tasks() -> list[dict[str, t.Any]]:
    """One VM's list of backups, the start of a backup of its disk, and the wait for it, without this collection."""
    shared = {
        "url_username": "{{ lookup('env', 'ONAPP_USERNAME') }}",
        "url_password": "{{ lookup('env', 'ONAPP_PASSWORD') }}",
        "force_basic_auth": True,
        "headers": {"Accept": "application/json"},
    }
    panel = "{{ lookup('env', 'ONAPP_URL') }}"
    listing = {"url": panel + "/virtual_machines/{{ item }}/backups.json", **shared}
    start = {
        "url": panel + "/settings/disks/{{ listed.json[0].backup.disk_id }}/backups.json",
        "method": "POST",
        "body_format": "json",
        "body": {"backup": {"note": ""}},
        "status_code": 201,
        **shared,
    }
    look = {"url": panel + "/backups/{{ started.json.backup.id }}.json", **shared}
    return [
        {"ansible.builtin.uri": listing, "register": "listed"},
        {"ansible.builtin.uri": start, "register": "started"},
        {
            "ansible.builtin.uri": look,
            "register": "look",
            "until": "look.json.backup.built",
            "retries": 60,
            "delay": 1,
        },
    ]
