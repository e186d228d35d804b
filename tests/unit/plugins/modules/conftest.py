# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a module in this process, as Ansible runs it in its own process."""

from __future__ import annotations

import functools
import typing as t

import pytest
from ansible_collections.community.onapp.plugins.module_utils._api import throttle
from ansible_collections.community.onapp.plugins.modules import onapp_backup_info
from ansible_collections.community.onapp.tests.unit.plugins import module_in_process

if t.TYPE_CHECKING:
    import types

    from ansible_collections.community.onapp.tests.simulator.process import Simulator


class ModuleRunner:
    """Call a module's `main()` with options and return the JSON that it prints; `output` is its complete output."""

    output = ""

    def __call__(self, module: types.ModuleType, panel: Simulator | None = None, **options: t.Any) -> dict[str, t.Any]:
        """The result of the module with the connection options of a panel, which `options` can override."""
        connection: dict[str, t.Any] = {}
        if panel is not None:
            connection = {"url": panel.url, "username": panel.username, "password": panel.password}
        result, self.output = module_in_process.run_module(
            module.__name__.rpartition(".")[2], {**connection, **options}
        )
        return result


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the pauses before retries, whose lengths test_throttle tests."""
    monkeypatch.setattr(throttle, "FIRST_PAUSE", 0.01)


@pytest.fixture
def run_module() -> ModuleRunner:
    """`run_module(module, panel, option=value)` returns the result of the module."""
    return ModuleRunner()


@pytest.fixture
def run(run_module: ModuleRunner, panel: Simulator) -> t.Callable[..., dict[str, t.Any]]:
    """`run(option=value)` returns the result of onapp_backup_info on the panel."""
    return functools.partial(run_module, onapp_backup_info, panel)
