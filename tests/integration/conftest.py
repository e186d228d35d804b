# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fixture for tests that run Ansible's commands."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.community.onapp.tests.integration.runner import Ansible


@pytest.fixture
def ansible(tmp_path: pathlib.Path) -> Ansible:
    """Run Ansible's commands in an empty folder, with an empty home folder."""
    return Ansible(tmp_path)
