# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The arguments of the filter and the test that assess the backups of a virtual machine."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  _input:
    description: The virtual machine, from RV(community.onapp.onapp_backup_info#module:virtual_machines), or a row of
      the API.
    type: dict
    required: true
  backups:
    description:
      - All backups of the virtual machine, from RV(community.onapp.onapp_backup_info#module:backups), or rows of the
        API. Backups of other virtual machines are ignored.
      - Without it the state is V(unknown). With a filtered list the state may be worse than it really is.
    type: list
    elements: dict
  disks:
    description: The disks of the virtual machine, as rows of the API. The default is the disks in C(backup) of the
      facts. If there are none either, the state is V(unknown).
    type: list
    elements: dict
  recovery_points:
    description:
      - All plug-in recovery points of the virtual machine, from
        RV(community.onapp.onapp_backup_info#module:recovery_points), or rows of the API. Those of other virtual
        machines are ignored.
      - Without it, only backups count. Schedules and transactions are in the facts of virtual machines and backups.
    type: list
    elements: dict
  policy:
    description: The rules for backups, see the option O(community.onapp.onapp_backup_info#module:policy).
    type: dict
  evaluate_at:
    description: The time of the assessment, a date or a date and time. The default is now.
    type: str
"""
