# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: backup_state
short_description: Assess the backups of an OnApp virtual machine
description:
  - Assesses records that a playbook already has, without a request to the control panel.
  - It gives the same assessment as the module M(community.onapp.onapp_backup_info) and the inventory
    P(community.onapp.onapp#inventory) for the same records, policy and time.
version_added: 1.0.0
author:
  - The community.onapp authors (@ansible-collections)
positional: backups
extends_documentation_fragment:
  - community.onapp.assessment
seealso:
  - plugin: community.onapp.backup_fresh
    plugin_type: test
  - module: community.onapp.onapp_backup_info
"""

EXAMPLES = r"""
- name: Gather facts once
  community.onapp.onapp_backup_info:
  register: onapp

- name: Assess them by a stricter policy, without another request
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
    - The assessment, with the keys of RV(community.onapp.onapp_backup_info#module:virtual_machines[].backup).
  type: dict
  sample: {"state": "protected", "flags": [], "rule": "defaults", "age_seconds": 7200}
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils import _errors
from ..plugin_utils._assess import assess_rows


def backup_state(*arguments: t.Any, **named: t.Any) -> dict[str, t.Any]:
    """The assessment of a virtual machine's records."""
    try:
        return assess_rows(*arguments, **named)
    except _errors.ConfigError as error:
        raise AnsibleFilterError(f"community.onapp.backup_state: {error.text}") from error


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Filters by name."""
        return {"backup_state": backup_state}
