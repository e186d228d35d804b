#!/usr/bin/python
# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: onapp_backup
short_description: Make sure that OnApp virtual machines have a fresh backup
description:
  - Makes sure that every disk of a virtual machine can be restored to a point that is not older than O(max_age). Where
    it cannot, the module starts the missing backups, waits until they are built, and fails if they are not.
  - It creates backups. It never deletes, restores or changes one.
  - The module waits for a running backup that is recent enough, whoever started it, and starts no second one.
  - Virtual machines are independent of each other. One that fails does not stop the others; the task fails at the end,
    with the results of all.
version_added: 1.0.0
author:
  - The community.onapp authors (@ansible-collections)
options:
  virtual_machines:
    description:
      - The virtual machines, each by its id, identifier, label or host name. At least one.
      - Digits are always an id. A name that matches none, or more than one, fails the task before anything is started.
    type: list
    elements: str
    required: true
  max_age:
    description:
      - The age that a backup may have, such as V(30m), V(4h) or V(1d). Swap disks need none.
      - Without it each run takes a backup.
    type: str
  backup_type:
    description: Which backups to take.
    type: str
    choices:
      auto: One incremental backup of a virtual machine that supports it, else as V(normal). Also as V(normal) if the
        control panel makes a backup of one disk instead, because its configuration allows no incremental backups.
      normal: A normal backup of each disk that has no fresh one.
      incremental: One incremental backup of the virtual machine. If the control panel makes a normal one, the virtual
        machine fails.
    default: auto
  note:
    description: The note of the new backups.
    type: str
  force_windows_backup:
    description: Sent with normal backups, for virtual machines that run Windows.
    type: bool
    default: false
  wait:
    description:
      - Whether to wait until each backup that was started or joined is built.
      - With V(false), a later run with the same O(max_age) and O(wait=true) waits for them.
    type: bool
    default: true
  wait_timeout:
    description:
      - How long to wait for the backups of one virtual machine, counted from the first that was started or joined.
      - After it the virtual machine fails with V(timeout), and the backup continues in OnApp.
    type: str
    default: 3h
  poll_interval:
    description: Seconds between two readings of the backups of a virtual machine, 1 or more. Each is one request.
    type: float
    default: 15
  max_parallel:
    description:
      - How many virtual machines are backed up at a time. With O(wait=false), how many requests that start a backup are
        in flight.
    type: int
    default: 4
  policy:
    description:
      - The backup policy, as in the module M(community.onapp.onapp_backup_info). Only its C(build_timeout) (after which
        a backup that is not built counts as stuck, default V(12h)) and C(clock) decide which backups are started.
      - O(max_age) replaces C(rpo) in every rule. Without O(max_age), C(rpo) is the limit of the assessment in
        RV(virtual_machines[].backup). C(scope) is ignored, so virtual machines that are new or powered off are backed
        up, too.
    type: dict
extends_documentation_fragment:
  - community.onapp.onapp
  - community.onapp.attributes
attributes:
  check_mode:
    support: full
    details: Starts nothing. RV(virtual_machines[].action) and C(changed) are those of a run at that moment.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details: With O(max_age), a second run within that time changes nothing.
notes:
  - OnApp does not rotate the backups that this module starts, because they are manual backups. They stay until
    somebody deletes them, and count against the limits of their owner.
  - O(deadline) includes the waiting. After it the task fails, and returns the backups that are still running.
  - Each change of state is written to the log of the host that runs the module (with systemd,
    C(journalctl -t ansible-community.onapp.onapp_backup)). If it is interrupted (SIGINT or SIGTERM), it starts nothing
    more, and logs which backups are still running. For a wait that outlasts a connection use C(async) and C(poll).
  - With V(transactions) in O(evidence), each look is two requests, and a backup whose transaction failed or was
    cancelled ends the wait with V(failed). Recovery points of plug-ins count as backups of the whole virtual machine.
  - A request that starts a backup is never sent twice. If its answer is lost, the module looks for the new backup in
    the list until O(timeout) has passed.
  - The account needs the permission to create backups, besides those to read virtual machines, disks and backups.
seealso:
  - module: community.onapp.onapp_backup_info
"""

EXAMPLES = r"""
# The connection comes from the environment variables ONAPP_URL, ONAPP_USERNAME and ONAPP_PASSWORD.
- name: Back up a virtual machine that has no backup of the last four hours
  community.onapp.onapp_backup:
    virtual_machines: [db-01]
    max_age: 4h
    note: before the upgrade

# OnApp does not rotate the backups of this task: delete old ones, or give the virtual machines a schedule instead.
- name: Back up every night the virtual machines without a backup of the last day
  community.onapp.onapp_backup:
    virtual_machines: "{{ groups['onapp_backup_stale'] | map('extract', hostvars, 'onapp_id') }}"
    max_age: 1d
    max_parallel: 8
    wait_timeout: 6h
    note: nightly
  delegate_to: localhost
  run_once: true
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  when: groups['onapp_backup_stale'] | length > 0

- name: Start a backup, and go on with other work
  community.onapp.onapp_backup:
    virtual_machines: [1]
    max_age: 4h
    wait: false

- name: Wait for the backup that the task above started
  community.onapp.onapp_backup:
    virtual_machines: [1]
    max_age: 4h
  register: backed_up

- name: Show the result
  ansible.builtin.debug:
    msg: "{{ backed_up.virtual_machines[0].action }}: {{ backed_up.virtual_machines[0].backup.state }}"

- name: Wait for up to six hours in the background
  community.onapp.onapp_backup:
    virtual_machines: [db-01]
    max_age: 4h
    wait_timeout: 6h
  async: 25200
  poll: 60
"""

RETURN = r"""
failure:
  description:
    - Why the task failed, or else the first virtual machine that did, for a playbook to branch on. Has the keys of
      RV(community.onapp.onapp_backup_info#module:failure).
    - C(code) may also be V(conflict) (a stuck backup is in the way), V(failed) (the backup failed or could not be made)
      and V(timeout) (not built within O(wait_timeout)).
  returned: failure
  type: dict
virtual_machines:
  description: The virtual machines, in the order of O(virtual_machines).
  returned: success, and failure of single virtual machines
  type: list
  elements: dict
  contains:
    id:
      description: Id of the virtual machine.
      type: int
    identifier:
      description: Identifier of the virtual machine.
      type: str
    label:
      description: Label. Text of a tenant, so treat it as data.
      type: str
    action:
      description: V(failed) wherever RV(virtual_machines[].failure) is set, else V(started) if a backup was started,
        V(joined) if only backups that were running already were waited for, and V(fresh) if nothing was needed.
      type: str
    changed:
      description: Whether a backup was started, or in check mode would be, even if the virtual machine failed later.
      type: bool
    backups:
      description: Ids of the backups that were started or joined.
      type: list
      elements: int
      sample: [1951]
    seconds:
      description: How long this virtual machine took.
      type: float
    backup:
      description: The assessment of its backups at the end. Started but unfinished backups do not count. Has the keys
        of RV(community.onapp.onapp_backup_info#module:virtual_machines[].backup).
      type: dict
    failure:
      description: Why it failed, C(null) if it did not. Has the keys of RV(failure), and C(text) with what to do.
      type: dict
backups:
  description:
    - The backups that were started or joined, as they were seen last. Those whose C(built) is not V(true)
      are still running in OnApp, or failed.
    - Each has the keys of RV(community.onapp.onapp_backup_info#module:backups), without those of transactions.
  returned: success, and failure of single virtual machines
  type: list
  elements: dict
summary:
  description: Numbers of virtual machines, by RV(virtual_machines[].action), and of RV(backups). C(backups_going_on)
    counts those that were not built when the task ended.
  returned: success, and failure of single virtual machines
  type: dict
  sample: {"virtual_machines": 12, "fresh": 8, "joined": 1, "started": 2, "failed": 1, "backups_started": 3,
    "backups_joined": 1, "backups_going_on": 0}
api:
  description: Requests and time of this task, with the keys of RV(community.onapp.onapp_backup_info#module:api).
  returned: success, and failure of single virtual machines
  type: dict
"""

import signal
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils import _errors, _options
from ..module_utils._backup_run.plan import Params, policy_for
from ..module_utils._backup_run.run import ensure_backups
from ..module_utils._policy.policy import read_policy
from ..module_utils._run_module import run_module


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **_options.argument_spec(),
            "virtual_machines": {"type": "list", "elements": "str", "required": True},
            "max_age": {"type": "str"},
            "backup_type": {"type": "str", "choices": ["auto", "normal", "incremental"], "default": "auto"},
            "note": {"type": "str"},
            "force_windows_backup": {"type": "bool", "default": False},
            "wait": {"type": "bool", "default": True},
            "wait_timeout": {"type": "str", "default": "3h"},
            "poll_interval": {"type": "float", "default": 15},
            "max_parallel": {"type": "int", "default": 4},
            "policy": {"type": "dict"},
        },
        supports_check_mode=True,
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        run_module(
            module,
            lambda options, connection: parse_params(options, connection, module.check_mode),
            lambda client, params: ensure_backups(client, params, module.log),
        )
    except KeyboardInterrupt:
        module.fail_json(msg="Interrupted. No more backups are started; the log of this host names those that go on.")


def _interrupt(number: int, frame: t.Any) -> None:
    """Raise KeyboardInterrupt once: the second Ctrl-C must not stop the log from being written."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def parse_params(options: dict[str, t.Any], connection: _options.Connection, check_mode: bool) -> Params:
    """The parsed options. Raises ConfigError that names the option to fix."""
    if not options["virtual_machines"]:
        raise _errors.ConfigError("The option virtual_machines is empty: name at least one virtual machine.")
    max_age = _options.read_duration("max_age", options["max_age"])
    return Params(
        names=tuple(options["virtual_machines"]),
        max_age=max_age,
        backup_type=options["backup_type"],
        note=options["note"],
        force_windows_backup=options["force_windows_backup"],
        wait=options["wait"],
        wait_timeout=t.cast(int, _options.read_duration("wait_timeout", options["wait_timeout"])),
        poll_interval=_options.between("poll_interval", options["poll_interval"], 1, 86400),
        max_parallel=_options.between("max_parallel", options["max_parallel"], 1, 256),
        policy=policy_for(read_policy(options["policy"]), max_age),
        evidence=_options.read_evidence(options["evidence"]),
        check_mode=check_mode,
        now=time.time,
    )


if __name__ == "__main__":
    main()
