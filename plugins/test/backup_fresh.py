# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: backup_fresh
short_description: Whether every disk of an OnApp virtual machine can be restored to a recent point
description:
  - True exactly when the filter P(community.onapp.backup_state#filter) gives the state V(protected) for the same
    arguments. An unknown state is not fresh.
version_added: 1.0.0
author:
  - The community.onapp authors (@ansible-collections)
extends_documentation_fragment:
  - community.onapp.assessment
seealso:
  - plugin: community.onapp.backup_state
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Gather facts of one virtual machine
  community.onapp.onapp_backup_info:
    virtual_machines: [db-01]
  register: onapp

- name: Continue only if it can be restored to a recent point
  ansible.builtin.assert:
    that: onapp.virtual_machines[0] is community.onapp.backup_fresh(onapp.backups, policy=strict)
  vars:
    strict:
      defaults:
        rpo: 6h
"""

RETURN = r"""
_value:
  description: Whether the state is V(protected).
  type: bool
"""

import typing as t

from ansible.errors import AnsibleTemplateError

from ..module_utils import _errors
from ..module_utils._assessment.state import PROTECTED
from ..plugin_utils._assess import assess_rows


def backup_fresh(*arguments: t.Any, **named: t.Any) -> bool:
    """Whether the state of a virtual machine is `protected`."""
    try:
        assessment = assess_rows(*arguments, **named)
    except _errors.ConfigError as error:
        raise AnsibleTemplateError(f"community.onapp.backup_fresh: {error.text}") from error
    return bool(assessment["state"] == PROTECTED)


class TestModule:
    """The test of this file."""

    def tests(self) -> dict[str, t.Callable[..., bool]]:
        """Tests by name."""
        return {"backup_fresh": backup_fresh}
