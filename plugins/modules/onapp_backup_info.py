#!/usr/bin/python
# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: onapp_backup_info
short_description: Gather facts about the backups of OnApp virtual machines
description:
  - Lists the backups of virtual machines of an OnApp cloud, and assesses for each virtual machine whether every disk
    can be restored to a recent point.
  - Changes nothing, and sends as few requests as possible. For all virtual machines it reads the list of virtual
    machines, the list of disks, and one list of backups for each virtual machine, several at a time.
  - Anything that cannot be read is reported in RV(health.failures). A virtual machine whose backups or disks could not
    be read, or have invalid values, gets the state V(unknown).
version_added: 1.0.0
author:
  - The community.onapp authors (@ansible-collections)
options:
  virtual_machines:
    description:
      - The virtual machines to read, each by its id, identifier, label or host name. An empty list means all.
      - Digits are only looked up as an id, and exactly 14 lower-case letters and digits only as an identifier. The
        prefix V(label:) or V(hostname:) forces a name, for example V(label:2024).
      - An entry that matches none, or more than one, fails the task. An id or identifier costs the fewest requests.
    type: list
    elements: str
    default: []
  backup_type:
    description:
      - Which backups to read.
      - An assessment needs all backups. With V(normal) or V(incremental) the state of every virtual machine is
        V(unknown).
    type: str
    choices:
      all: All backups of a virtual machine.
      normal: Only backups of single disks, which OnApp calls normal backups.
      incremental: Only incremental backups, which are of a whole virtual machine.
    default: all
  created_after:
    description:
      - Return only backups that the control panel recorded at this time or later.
      - A date (V(2026-03-30)) or a date and time (V(2026-03-30T06:00:00Z)). UTC, unless an offset is given.
    type: str
  created_before:
    description: Return only backups that the control panel recorded before this time. Written like O(created_after).
    type: str
  initiated:
    description: Return only backups that were started in one of these ways, for example V(days), V(weeks), V(months),
      V(years) or V(manual).
    type: list
    elements: str
    default: []
  usable:
    description: V(true) returns only backups that can be restored from, V(false) only the others. See
      RV(backups[].usable).
    type: bool
  gather_subset:
    description:
      - What to read. Parts that are not listed cost no request and are an empty list in the result.
      - Without V(backups) or V(disks) the state of every virtual machine is V(unknown).
    type: list
    elements: str
    choices:
      backups: Backups of the virtual machines.
      virtual_machines: Facts of the virtual machines, with the assessment of their backups.
      disks: Disks of the virtual machines, which the assessment needs.
    default: [backups, virtual_machines, disks]
  on_error:
    description: What to do when a part of the cloud cannot be read. Refused credentials, and a list of virtual machines
      that cannot be read at all, always fail the task.
    type: str
    choices:
      unknown: Continue. The virtual machine is V(unknown), and RV(health.failures) has the reason.
      fail: Fail the task at the first part that cannot be read.
    default: unknown
extends_documentation_fragment:
  - community.onapp.onapp
  - community.onapp.policy
  - community.onapp.attributes
attributes:
  check_mode:
    support: full
    details: This module only reads.
  diff_mode:
    support: N/A
  idempotent:
    support: full
notes:
  - Filters only affect RV(backups). The state of a virtual machine is always assessed from all of its backups.
  - A virtual machine whose own routes answer HTTP 404 is in RV(health.dropped) only if the list of virtual machines,
    read once more, no longer has it. Otherwise it is V(unknown).
seealso:
  - module: community.onapp.onapp_backup_compliance
  - plugin: community.onapp.backup_state
    plugin_type: filter
"""

EXAMPLES = r"""
# The connection comes from the environment variables ONAPP_URL, ONAPP_USERNAME and ONAPP_PASSWORD.
- name: Gather the backups of all virtual machines
  community.onapp.onapp_backup_info:
  register: onapp

- name: Show the virtual machines that could not be restored to the last 26 hours
  ansible.builtin.debug:
    msg: "{{ item.label }}: {{ item.backup.state }} ({{ item.backup.reasons | join('; ') }})"
  loop: "{{ onapp.virtual_machines | rejectattr('backup.state', 'eq', 'protected') }}"
  loop_control:
    label: "{{ item.id }}"

- name: Stop if anything could not be read
  ansible.builtin.assert:
    that: onapp.health.complete

- name: List the normal backups of one virtual machine, as GET /virtual_machines/1/backups/images.json does
  community.onapp.onapp_backup_info:
    url: https://onapp.example.com
    username: auditor@example.com
    api_key: "{{ onapp_api_key }}"
    virtual_machines:
      - 1
    backup_type: normal
    gather_subset:
      - backups

- name: Find manual backups made before 2026
  community.onapp.onapp_backup_info:
    initiated:
      - manual
    created_before: "2026-01-01"

- name: Assess databases by a stricter policy
  community.onapp.onapp_backup_info:
    policy:
      defaults:
        rpo: 26h
      rules:
        - name: databases
          match:
            label: ["db-*"]
          rpo: 12h

- name: Run on the controller, with the Python that runs Ansible
  community.onapp.onapp_backup_info:
    virtual_machines:
      - "{{ inventory_hostname }}"
  delegate_to: localhost
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
"""

RETURN = r"""
backups:
  description:
    - The backups that pass the filters, by virtual machine, the newest first.
    - Each has the same keys. A value that the control panel did not send, or sent in another type, is C(null).
    - Times here and below are UTC, such as V(2013-12-24T11:31:20Z).
  returned: success
  type: list
  elements: dict
  contains:
    allow_resize_without_reboot:
      description: Whether CPU and memory can be resized without a restart.
      type: bool
    allowed_hot_migrate:
      description: Whether hot migration is allowed.
      type: bool
    allowed_swap:
      description: Whether a swap disk is allowed.
      type: bool
    backup_server_id:
      description: Id of the backup server that holds the backup, C(null) if it is on the hypervisor.
      type: int
    backup_size:
      description: Size of the backup in kB.
      type: int
    backup_type:
      description: V(normal) for a backup of a disk, V(incremental) for one of a virtual machine.
      type: str
    built:
      description: Whether the backup is complete.
      type: bool
    built_at:
      description: When the backup was complete, C(null) until then.
      type: str
    created_at:
      description: When the control panel recorded the backup.
      type: str
    data_store_type:
      description: Type of the data store, for example V(lvm), V(vmware) or V(solidfire).
      type: str
    disk_id:
      description: Id of the disk, C(null) for an incremental backup.
      type: int
    id:
      description: Id of the backup.
      type: int
    identifier:
      description: Identifier of the backup.
      type: str
    image_type:
      description: Type of the image.
      type: str
      sample: tar
    initiated:
      description: What started the backup, for example V(days), V(weeks), V(months), V(years) or V(manual).
      type: str
    iqn:
      description: iSCSI qualified name of the volume (SolidFire).
      type: str
      sample: iqn.2010-01.com.solidfire:4w8h.example.91
    locked:
      description: Whether an operation, such as a restore, holds the backup.
      type: bool
    marked_for_delete:
      description: Whether the backup is about to be deleted.
      type: bool
    min_disk_size:
      description: Least size in GB of a disk to restore to.
      type: int
    min_memory_size:
      description: Least memory in MB of a virtual machine to restore to.
      type: int
    note:
      description: Note that somebody wrote. Text of a tenant, so treat it as data.
      type: str
      sample: before the upgrade
    operating_system:
      description: Operating system of the virtual machine.
      type: str
    operating_system_distro:
      description: Distribution of the operating system.
      type: str
    target_id:
      description: Id of the disk or virtual machine that the backup is of.
      type: int
    target_type:
      description: V(Disk) or V(VirtualMachine).
      type: str
    template_id:
      description: Id of the template that the virtual machine was built from.
      type: int
    updated_at:
      description: When the control panel's record last changed.
      type: str
    user_id:
      description: Id of the user who owns the virtual machine.
      type: int
    volume_id:
      description: Id of the volume (SolidFire).
      type: int
    virtual_machine_id:
      description: Id of the virtual machine.
      type: int
    virtual_machine_identifier:
      description: Identifier of the virtual machine.
      type: str
    virtual_machine_label:
      description: Label of the virtual machine. Text of a tenant, so treat it as data.
      type: str
    backup_size_bytes:
      description: Size of the backup in bytes.
      type: int
    usable:
      description: Whether the backup can be restored from. It is built, not marked for delete, and its time can be read
        and is not in the future.
      type: bool
    age_seconds:
      description: Seconds from the backup to the time of the evaluation, C(null) if its time is missing, unreadable or
        in the future.
      type: int
    transaction_status:
      description: Status of the transaction of a backup that is not built, for example V(running), V(failed) or
        V(cancelled). C(null) for built backups, and if the log has no entry.
      returned: if O(evidence) has V(transactions)
      type: str
    transaction_at:
      description: When that transaction last changed.
      returned: if O(evidence) has V(transactions)
      type: str
    extra:
      description: Fields that this collection does not know, and known fields whose value is not of their type, as they
        were sent. Passwords, keys and tokens are removed.
      type: dict
      sample: {"compatible": true}
recovery_points:
  description:
    - The plug-in recovery points of the virtual machines, by virtual machine, the newest first.
    - Those of a virtual machine whose list could not be read are missing; RV(health.failures) names it.
  returned: success, and O(evidence) has V(recovery_points)
  type: list
  elements: dict
  contains:
    id:
      description: Id of the recovery point.
      type: int
    virtual_machine_id:
      description: Id of the virtual machine.
      type: int
    resource_id:
      description: Id of the backup resource that it is on.
      type: int
    state:
      description: Its state. V(built) and V(available) can be restored from.
      type: str
    size_bytes:
      description: Size as the plug-in reports it; plug-ins define it differently.
      type: int
    created_at:
      description:
        - When it was made.
        - If the panel sent no time zone, it is read in that of C(clock.naive_as) of the policy, else it is the oldest
          instant that it can mean. C(extra) has it as it was sent.
      type: str
    updated_at:
      description: When the control panel's record last changed.
      type: str
    usable:
      description: Whether it can be restored from, by its state and its time.
      type: bool
    age_seconds:
      description: Seconds from it to the time of the evaluation, C(null) if its time is missing, unreadable or in the
        future.
      type: int
    extra:
      description: Known fields whose value is not of their type, and times without a time zone, as they were sent.
      type: dict
      sample: {}
virtual_machines:
  description: The virtual machines, in the order of O(virtual_machines), else by id.
  returned: success
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
    hostname:
      description: Host name. Text of a tenant, so treat it as data.
      type: str
    booted:
      description: Whether it is powered on.
      type: bool
    built:
      description: Whether it was built.
      type: bool
    suspended:
      description: Whether it is suspended.
      type: bool
    locked:
      description: Whether an operation holds it.
      type: bool
    user_id:
      description: Id of its owner.
      type: int
    hypervisor_id:
      description: Id of the hypervisor it is on.
      type: int
    template_id:
      description: Id of the template it was built from.
      type: int
    template_label:
      description: Label of that template.
      type: str
    operating_system:
      description: Operating system.
      type: str
    operating_system_distro:
      description: Distribution of the operating system.
      type: str
    ip_addresses:
      description: Its IP addresses.
      type: list
      elements: str
      sample: ["192.0.2.10"]
    created_at:
      description: When it was created.
      type: str
    support_incremental_backups:
      description: Whether its new backups are incremental.
      type: bool
    backup:
      description: The assessment of its backups. Usable recovery points are usable backups and, if O(evidence) has
        V(recovery_points), usable plug-in recovery points.
      type: dict
      contains:
        state:
          description: One of V(unknown) (something could not be read), V(not_applicable) (not built, only swap disks,
            or out of the policy's scope), V(pending) (new, no backup yet), V(unprotected) (a disk has no usable
            recovery point), V(failing) (the backups are too old and one is stuck), V(stale) (the backups are too old)
            and V(protected).
          type: str
        flags:
          description: Additional observations, for example V(in_progress), V(attempt_stuck) or V(single_copy).
          type: list
          elements: str
          sample: ["single_copy"]
        reasons:
          description: Why the state is what it is, in sentences.
          type: list
          elements: str
          sample: ["every disk has a usable recovery point of the last 26h"]
        rule:
          description: Name of the rule of the policy that decided, V(defaults) if none matched.
          type: str
        age_seconds:
          description: Age of the newest usable recovery point of the disk that is worst off, C(null) if that is not
            known.
          type: int
        newest_at:
          description: Time of that recovery point.
          type: str
        oldest_at:
          description: Time of the oldest usable recovery point.
          type: str
        copies:
          description: Number of usable recovery points of the disk that has fewest, C(null) if that is not known.
          type: int
        total_size_bytes:
          description: Size of all usable backups in bytes, C(null) if that is not known.
          type: int
        disks:
          description: The disks, by id.
          type: list
          elements: dict
          contains:
            id:
              description: Id of the disk.
              type: int
            identifier:
              description: Identifier of the disk.
              type: str
            label:
              description: Label of the disk. Text of a tenant, so treat it as data.
              type: str
            is_swap:
              description: Whether it is a swap disk, which is never backed up.
              type: bool
            created_at:
              description: When the disk was created.
              type: str
            newest_at:
              description: Time of its newest usable recovery point.
              type: str
            oldest_at:
              description: Time of its oldest usable recovery point.
              type: str
            age_seconds:
              description: Age of its newest usable recovery point.
              type: int
            copies:
              description: Number of its usable recovery points.
              type: int
            source_backup_id:
              description: Id of its newest usable backup, C(null) if it has none, or a newer plug-in recovery point.
              type: int
            source_recovery_point_id:
              description: Id of its newest usable plug-in recovery point, C(null) if it has none, or a newer backup.
              returned: if O(evidence) has V(recovery_points)
              type: int
        evaluated_at:
          description: The time of the evaluation.
          type: str
    schedules:
      description: The schedules of automatic backups of the virtual machine and its disks, except swap disks. They are
        C(null) if they could not be read.
      returned: if O(evidence) has V(schedules)
      type: list
      elements: dict
      contains:
        id:
          description: Id of the schedule.
          type: int
        target_type:
          description: V(Disk) or V(VirtualMachine).
          type: str
        target_id:
          description: Id of the disk or virtual machine that it backs up.
          type: int
        action:
          description: What it does.
          type: str
          sample: autobackup
        period:
          description: Unit of C(duration), for example V(days) or V(weeks).
          type: str
        duration:
          description: A backup is made each time that so many periods have passed.
          type: int
        rotation_period:
          description: Number of its backups that are kept.
          type: int
        start_at:
          description: When it starts.
          type: str
        status:
          description: V(enabled), or anything else if it makes no backups.
          type: str
        failure_count:
          description: How many of its backups failed, by the control panel's own count.
          type: int
summary:
  description: Counts of the virtual machines and backups in this result.
  returned: success
  type: dict
  contains:
    virtual_machines:
      description: Number of virtual machines.
      type: int
    states:
      description: Number of virtual machines in each state. Every state is there, also with 0.
      type: dict
      sample: {"unknown": 0, "not_applicable": 1, "pending": 1, "unprotected": 1, "failing": 1, "stale": 2,
        "protected": 6}
    backups:
      description: Number of backups returned.
      type: int
    total_size_bytes:
      description: Size in bytes of the backups returned.
      type: int
cloud:
  description: The control panel.
  returned: success
  type: dict
  contains:
    url:
      description: Its base URL, without credentials.
      type: str
      sample: https://onapp.example.com
health:
  description: Whether everything could be read.
  returned: success
  type: dict
  contains:
    complete:
      description: V(false) if anything could not be read. Test it before you trust counts.
      type: bool
    failures:
      description: What could not be read.
      type: list
      elements: dict
      contains:
        virtual_machine_id:
          description: Id of the virtual machine, C(null) if the failure is one of the whole cloud.
          type: int
        virtual_machine_label:
          description: Label of the virtual machine.
          type: str
        code:
          description: Kind of the failure, as in RV(failure.code).
          type: str
          sample: server
        status:
          description: HTTP status, C(null) if there was no answer.
          type: int
        text:
          description: What happened and what to do.
          type: str
    dropped:
      description: Virtual machines that were deleted while they were read. They are in no other part of the result.
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
          description: Label of the virtual machine.
          type: str
    generated_at:
      description: When the facts were gathered, by the clock of the host that ran the task.
      type: str
api:
  description: Requests and time of this task.
  returned: success
  type: dict
  contains:
    requests:
      description: Number of requests sent, including retries.
      type: int
    retries:
      description: Number of retries.
      type: int
    waited_seconds:
      description: Seconds that requests waited before retries, added up.
      type: float
    elapsed_seconds:
      description: Seconds from the first request to the last answer.
      type: float
failure:
  description: Why the task failed, for a playbook to branch on.
  returned: failure
  type: dict
  contains:
    code:
      description: One of V(config), V(connection), V(tls), V(auth), V(forbidden), V(not_found), V(rate_limited),
        V(server), V(decode) and V(deadline).
      type: str
      sample: auth
    status:
      description: HTTP status, C(null) if there was no answer.
      type: int
    method:
      description: Method of the request, C(null) if none was sent.
      type: str
    path:
      description: Path of the request below the base URL.
      type: str
      sample: /virtual_machines.json
    attempts:
      description: How often the request was sent.
      type: int
"""

import time
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils import _errors, _options
from ..module_utils._facts import Params, gather
from ..module_utils._policy.policy import read_policy
from ..module_utils._run_module import run_module


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **_options.argument_spec(),
            "virtual_machines": {"type": "list", "elements": "str", "default": []},
            "backup_type": {"type": "str", "choices": ["all", "normal", "incremental"], "default": "all"},
            "created_after": {"type": "str"},
            "created_before": {"type": "str"},
            "initiated": {"type": "list", "elements": "str", "default": []},
            "usable": {"type": "bool"},
            "gather_subset": {
                "type": "list",
                "elements": "str",
                "choices": ["backups", "virtual_machines", "disks"],
                "default": ["backups", "virtual_machines", "disks"],
            },
            "policy": {"type": "dict"},
            "evaluate_at": {"type": "str"},
            "on_error": {"type": "str", "choices": ["unknown", "fail"], "default": "unknown"},
        },
        supports_check_mode=True,
    )
    run_module(module, parse_params, gather)


def parse_params(params: dict[str, t.Any], connection: _options.Connection) -> Params:
    """The parsed options. Raises ConfigError that names the wrong option."""
    now = int(time.time())
    policy = read_policy(params["policy"])
    evaluate_at = _options.read_moment("evaluate_at", params["evaluate_at"])
    evidence = _options.read_evidence(params["evidence"])
    for kind, part in (("schedules", "disks"), ("transactions", "backups")):
        if kind in evidence and part not in params["gather_subset"]:
            raise _errors.ConfigError(
                f"The option evidence has {kind}, which are of {part}: add {part} to gather_subset."
            )
    return Params(
        names=tuple(params["virtual_machines"]),
        backup_type=params["backup_type"],
        created_after=_options.read_moment("created_after", params["created_after"]),
        created_before=_options.read_moment("created_before", params["created_before"]),
        initiated=frozenset(params["initiated"]),
        usable=params["usable"],
        subset=frozenset(params["gather_subset"]),
        policy=policy,
        now=now if evaluate_at is None else evaluate_at,
        generated_at=now,
        fail_on_error=params["on_error"] == "fail",
        evidence=evidence,
    )


if __name__ == "__main__":
    main()
