# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules on clouds, and tasks compared with a ping and with ``ansible.builtin.uri`` in a loop."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._reports.files import FORMATS
from ansible_collections.community.onapp.tests.benchmarks.inventory import RAW
from ansible_collections.community.onapp.tests.benchmarks.measure import (
    BIN,
    IN_FLIGHT,
    Cloud,
    Cost,
    Measured,
    WrongResult,
    median,
    ratio,
    run,
)
from ansible_collections.community.onapp.tests.benchmarks.report import Aim, Line, Outcome, growth

INFO, COMPLIANCE = "community.onapp.onapp_backup_info", "community.onapp.onapp_backup_compliance"
NO_BACKUPS = {"created_after": "9999-01-01"}
DELAY_MS, LOOPED, TASK_LIMIT = 30, 50, 1.3


def outcomes(small: Cloud, large: Cloud, huge: Cloud, runs: int) -> t.Iterator[Outcome]:
    """Measure all modules. Raises WrongResult if a module did not read or assess the complete cloud."""
    reports = large.folder / "reports"
    every = {"fail_on": "never", "report_dir": str(reports), "report_formats": list(FORMATS)}
    with contextlib.closing(Cloud(2)) as maker:
        lines = [facts(maker, large, "everything", {}), compliance(maker, large, "all reports", every)]
        if len(list(reports.glob("*"))) < len(FORMATS):
            raise WrongResult(f"only these reports were written: {sorted(reports.glob('*'))}")
        lines += [compliance(maker, cloud, "no report", {"fail_on": "never"}) for cloud in (small, large)]
        summaries = [facts(maker, cloud, "summaries only", NO_BACKUPS) for cloud in (small, large, huge)]
    yield Outcome([*lines, *summaries], [], [])
    yield growth(summaries)
    yield tasks(small, 2 * runs + 1)


def playbook(cloud: Cloud, name: str, *listed: t.Mapping[str, t.Any]) -> list[str]:
    """The command for a play with these tasks."""
    variables = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": listed}
    path = cloud.folder / f"{name}.yml"
    path.write_text(json.dumps([play]), encoding="utf-8")
    return [str(BIN / "ansible-playbook"), str(path)]


def packed(cloud: Cloud, task: t.Mapping[str, t.Any]) -> list[str]:
    """The command that runs only the module of a task, as packed by Ansible.

    ansible-playbook would mostly measure the size of the result. The task runs once on a tiny cloud to pack the module.
    """
    kept = cloud.folder / "kept"
    shutil.rmtree(kept, ignore_errors=True)
    keeping = {**cloud.environment, "ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TMP": str(kept)}
    run(playbook(cloud, "kept", task), keeping, cloud.folder)
    (made,) = kept.glob("*/AnsiballZ_*.py")
    return [sys.executable, str(made)]


def facts(maker: Cloud, cloud: Cloud, name: str, options: t.Mapping[str, t.Any]) -> Line:
    done = cloud.run(packed(maker, {INFO: options}))
    result = json.loads(done.output)
    found = (result["health"]["complete"], len(result["virtual_machines"]), len(result["backups"]))
    if found != (True, cloud.vms, 0 if options else cloud.backups):
        raise WrongResult(f"onapp_backup_info found {found} (complete, VMs, backups)")
    return Line(f"onapp_backup_info: {name}", cloud.vms, done.cost, 0, IN_FLIGHT, done.requests)


def compliance(maker: Cloud, cloud: Cloud, name: str, options: t.Mapping[str, t.Any]) -> Line:
    command = packed(maker, {COMPLIANCE: options})
    shutil.rmtree(cloud.folder / "reports", ignore_errors=True)  # those of the cloud that packed it
    done = cloud.run(command)
    found = json.loads(done.output)["summary"]["virtual_machines"]
    if found != cloud.vms:
        raise WrongResult(f"onapp_backup_compliance assessed {found} VMs, not {cloud.vms}")
    return Line(f"onapp_backup_compliance: {name}", cloud.vms, done.cost, 0, IN_FLIGHT, done.requests)


def tasks(cloud: Cloud, runs: int) -> Outcome:
    """A task for one VM and a ping in turn, then a small cloud once in one task, and once with uri in a loop."""
    cloud.delay_ms = DELAY_MS
    ping, one, raw = t.cast(list[Cost], []), t.cast(list[Cost], []), t.cast(list[Cost], [])
    for _turn in range(runs):
        ping.append(cloud.run(playbook(cloud, "ping", {"ansible.builtin.ping": {}})).cost)
        done = require_success(cloud.run(playbook(cloud, "one", {INFO: {"virtual_machines": [2]}})), 1)
        one.append(done.cost)
        raw.append(cloud.raw(done.by_route, 1))  # one at a time: each request depends on the previous answer
    looped = min(LOOPED, cloud.vms // 10)
    whole = require_success(cloud.run(playbook(cloud, "whole", {INFO: {}})), cloud.vms)
    loop = require_success(cloud.run(playbook(cloud, "loop", *uri_tasks(looped))), looped + 1)
    cloud.delay_ms = 0
    start = median(ping).seconds
    ours, theirs = (whole.cost.seconds - start) / cloud.vms, (loop.cost.seconds - start) / looped
    lines = [
        Line("task: ping", 0, median(ping)),
        Line("task: onapp_backup_info, one VM", 1, median(one), DELAY_MS, IN_FLIGHT, done.requests),
        Line(RAW, 1, median(raw), DELAY_MS, IN_FLIGHT, done.requests),
        Line("task: onapp_backup_info, all VMs", cloud.vms, whole.cost, DELAY_MS, IN_FLIGHT, whole.requests),
        Line("task: uri in a loop", looped, loop.cost, DELAY_MS, 1, loop.requests),
    ]
    rest = [cost.seconds - answers.seconds for cost, answers in zip(one, raw, strict=True)]
    found = ratio(rest, [cost.seconds for cost in ping])
    note = f"Per VM, without the start of ansible-playbook: {ours * 1000:.1f} ms; with uri in a loop, which reads only"
    note += f" backups and judges nothing, {theirs * 1000:.0f} ms, {theirs / ours:.0f} times as long."
    return Outcome(lines, [Aim("(task for one VM - its answers) / ping, seconds", found, TASK_LIMIT)], [note])


def require_success(done: Measured, least: int) -> Measured:
    """Raise WrongResult unless the play succeeded, with at least so many requests."""
    if "failed=0" not in done.output or done.requests < least:
        raise WrongResult(f"{done.requests} requests, and:\n{done.output[-1000:]}")
    return done


def uri_tasks(vms: int) -> list[dict[str, t.Any]]:
    """The backups of some VMs, read without this collection."""
    shared = {
        "url_username": "{{ lookup('env', 'ONAPP_USERNAME') }}",
        "url_password": "{{ lookup('env', 'ONAPP_PASSWORD') }}",
        "force_basic_auth": True,
        "headers": {"Accept": "application/json"},
    }
    base = "{{ lookup('env', 'ONAPP_URL') }}/virtual_machines"
    listing = {"url": f"{base}.json?page=1&per_page={vms}", **shared}
    each = {"url": base + "/{{ item.virtual_machine.id }}/backups.json", **shared}
    control = {"label": "{{ item.virtual_machine.id }}"}
    return [
        {"ansible.builtin.uri": listing, "register": "vms"},
        {"ansible.builtin.uri": each, "loop": "{{ vms.json }}", "loop_control": control, "register": "backups"},
    ]
