# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option that says what else than disks and backups to read."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  evidence:
    description:
      - What else than disks and backups to read. By default nothing more is read.
      - What cannot be read of it never makes a state better. Without readable recovery points, a virtual machine is
        V(unknown) unless its backups alone make it V(protected).
    type: list
    elements: str
    choices:
      recovery_points: >-
        Recovery points of backup plug-ins, such as Veeam or R1Soft, which count like backups of the whole virtual
        machine. One request for each virtual machine.
      schedules: >-
        Schedules of automatic backups. One list for the whole cloud if the account may read it, else one for each
        virtual machine and disk.
      transactions: >-
        The log of transactions, which shows that an attempt failed. Its newest pages, and only if there are attempts
        that are not built.
    default: []
"""
