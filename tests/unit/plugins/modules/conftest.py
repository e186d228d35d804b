# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running a module in this process, as ansible would run it in its own."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings
from ansible_collections.community.onapp.plugins.module_utils._api import throttle

if t.TYPE_CHECKING:
    import types

    from ansible_collections.community.onapp.tests.simulator.process import Simulator


class ModuleRunner:
    """Calls a module's `main()` with options and returns the JSON that it prints."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        self.output = ""

    def __call__(self, module: types.ModuleType, panel: Simulator | None = None, **options: t.Any) -> dict[str, t.Any]:
        """The result of the module with a panel's connection, which `options` may override."""
        connection: dict[str, t.Any] = {}
        if panel is not None:
            connection = {"url": panel.url, "username": panel.username, "password": panel.password}
        arguments = {"ANSIBLE_MODULE_ARGS": {"_ansible_remote_tmp": "/tmp", **connection, **options}}
        self._monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(arguments).encode())
        if hasattr(basic, "_ANSIBLE_PROFILE"):
            self._monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy")
        # Other tests of this process may have made it a controller's, whose warnings are shown and not returned.
        if hasattr(warnings, "_internal"):
            self._monkeypatch.setattr(warnings._internal, "is_controller", False)
        self._monkeypatch.setattr(warnings, "_global_warnings", type(warnings._global_warnings)())
        self._capsys.readouterr()
        with pytest.raises(SystemExit):
            module.main()
        printed = self._capsys.readouterr()
        self.output = printed.out + printed.err
        result: dict[str, t.Any] = json.loads(printed.out)
        return result


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a request is sent again; how long the pauses are is tested where they are computed."""
    monkeypatch.setattr(throttle, "FIRST_PAUSE", 0.01)


@pytest.fixture
def run_module(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> ModuleRunner:
    """`run_module(module, panel, option=value)` gives what the module prints; `.output` is all of it as text."""
    return ModuleRunner(capsys, monkeypatch)
