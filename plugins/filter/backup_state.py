# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: backup_state
short_description: Verdict on the backups of an OnApp virtual machine
description:
  - Judges records that a playbook already holds, with no request to the control panel.
  - It gives the same verdict as the module M(community.onapp.onapp_backup_info) and the inventory
    P(community.onapp.onapp#inventory) do for the same records, policy and time.
version_added: 1.0.0
author:
  - The community.onapp authors (@ansible-collections)
positional: backups
options:
  _input:
    description:
      - The virtual machine, from RV(community.onapp.onapp_backup_info#module:virtual_machines), or a row of the API.
    type: dict
    required: true
  backups:
    description:
      - Its backups, all of them, from RV(community.onapp.onapp_backup_info#module:backups), or rows of the API. Those
        of other virtual machines are left aside.
      - Without it the state is V(unknown). Where filters have narrowed the list, the state may be worse than it
        really is.
    type: list
    elements: dict
  disks:
    description:
      - Its disks, as rows of the API. The default is the disks in C(backup) of the facts. Without any the state is
        V(unknown).
    type: list
    elements: dict
  policy:
    description:
      - What a good backup is, see the option O(community.onapp.onapp_backup_info#module:policy).
    type: dict
  evaluate_at:
    description:
      - The time at which to judge, a date or a date and time. The default is now.
    type: str
seealso:
  - plugin: community.onapp.backup_fresh
    plugin_type: test
  - module: community.onapp.onapp_backup_info
"""

EXAMPLES = r"""
- name: Gather facts once
  community.onapp.onapp_backup_info:
  register: onapp

- name: Judge them by a stricter policy, without asking the control panel again
  ansible.builtin.debug:
    msg: "{{ item.label }}: {{ (item | community.onapp.backup_state(onapp.backups, policy=strict)).state }}"
  loop: "{{ onapp.virtual_machines }}"
  loop_control:
    label: "{{ item.id }}"
  vars:
    strict:
      defaults:
        rpo: 6h
"""

RETURN = r"""
_value:
  description:
    - The verdict, with the keys of RV(community.onapp.onapp_backup_info#module:virtual_machines[].backup).
  type: dict
  sample: {"state": "protected", "flags": [], "rule": "defaults", "age_seconds": 7200}
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.plugin_utils._assess import assess_rows


def backup_state(
    virtual_machine: t.Any, backups: t.Any = None, disks: t.Any = None, policy: t.Any = None, evaluate_at: t.Any = None
) -> dict[str, t.Any]:
    """The verdict on a virtual machine's records."""
    try:
        return assess_rows(virtual_machine, backups, disks, policy, evaluate_at)
    except ConfigError as error:
        raise AnsibleFilterError(f"community.onapp.backup_state: {error.text}") from error


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Filters by name."""
        return {"backup_state": backup_state}
