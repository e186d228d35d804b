# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""As a program, for a Python that has AWX's own code: what a credential gives to a job.

It reads the credential type, the inputs of the credential and the private data folder as JSON, and writes the
environment of the job, and that environment as AWX shows and keeps it.
"""

from __future__ import annotations

import json
import sys
import typing as t

from awx_plugins.interfaces._temporary_private_api import ManagedCredentialType
from awx_plugins.interfaces._temporary_private_credential_api import Credential
from awx_plugins.interfaces._temporary_private_inject_api import inject_credential

if __name__ == "__main__":
    given = json.load(sys.stdin)
    described = {name: given["type"][name] for name in ("name", "kind", "inputs", "injectors")}
    kind = ManagedCredentialType(namespace="onapp", managed=False, **described)
    environment: dict[str, t.Any] = {}
    shown: dict[str, t.Any] = {}
    arguments: list[str] = []
    inject_credential(kind, Credential(given["inputs"]), environment, shown, arguments, given["folder"])
    json.dump({"environment": environment, "shown": shown, "arguments": arguments}, sys.stdout)
