# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connection options for tests: what a test says, and everything else as it is when a user says nothing."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._options import argument_spec


def connection_options(**given: t.Any) -> dict[str, t.Any]:
    """All connection options as an entry point has them."""
    unsaid = {name: spec.get("default") for name, spec in argument_spec().items()}
    login = {"url": "https://panel.example.test", "username": "auditor@example.com", "password": "a secret key"}
    return {**unsaid, **login, **given}
