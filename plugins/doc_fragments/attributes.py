# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules say about check mode, diff mode, action groups, where they run, and the inventory."""

from __future__ import annotations


class ModuleDocFragment:
    # Every module names the support of the last three itself.
    DOCUMENTATION = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/community.onapp.onapp) in C(module_defaults) to set the connection once for all modules.
    support: full
    membership:
      - community.onapp.onapp
  check_mode:
    description: Can run in C(check_mode) and report what it would do without changing anything.
  diff_mode:
    description: Shows what changed, or would change in C(check_mode), when run with C(--diff).
  idempotent:
    description:
      - A second run with the same options reports no change.
      - This assumes that nobody else changed the cloud meanwhile.
notes:
  - The module runs on the host that the task is for, and needs C(requests) on the Python used there. To run it on the
    controller, add C(delegate_to=localhost) and set C(ansible_python_interpreter) to C(ansible_playbook_python).
seealso:
  - plugin: community.onapp.onapp
    plugin_type: inventory
"""
