# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The panel caches answers until a change that could affect them."""

from __future__ import annotations

import base64
import typing as t
from datetime import UTC, datetime

import pytest
from ansible_collections.community.onapp.tests.simulator.generated import Generated
from ansible_collections.community.onapp.tests.simulator.panel import Panel
from ansible_collections.community.onapp.tests.simulator.routes import parse_call
from ansible_collections.community.onapp.tests.simulator.settings import Settings

SETTINGS = Settings(now=datetime(2026, 3, 1, 12, tzinfo=UTC))
LOGIN = ("auditor", "secret")
PATHS = ("/virtual_machines.json", "/settings/disks.json", "/virtual_machines/2/backups.json")


def generated(settings: Settings) -> Generated:
    return Generated(settings.generation, settings.now, vms=6, backups=4)


class Counted(Generated):
    """A cloud that counts how often backups are looked up."""

    def __init__(self, *given: t.Any, **more: t.Any) -> None:
        super().__init__(*given, **more)
        self.lookups = 0

    def backups(self, key: int) -> list[dict[str, t.Any]]:
        self.lookups += 1
        return super().backups(key)


def counted(settings: Settings) -> Counted:
    return Counted(settings.generation, settings.now, vms=6, backups=4)


def fetch(panel: Panel, path: str) -> bytes:
    call = parse_call("GET", path, "page=1&per_page=100", "application/json", "")
    answer = panel.answer(call, f"Basic {base64.b64encode(':'.join(LOGIN).encode()).decode()}", "", "http://panel")
    assert answer.status == 200
    return answer.body


def lookups(panel: Panel) -> int:
    fetch(panel, PATHS[-1])
    return t.cast(Counted, panel.cloud).lookups


def test_cached_answer_is_equal() -> None:
    panel = Panel(generated, SETTINGS, LOGIN)
    assert [fetch(panel, path) for path in PATHS] == [fetch(panel, path) for path in PATHS]


def test_kept_by_a_delay_and_a_reset_to_the_same_cloud() -> None:
    panel = Panel(counted, SETTINGS, LOGIN)
    before = lookups(panel)
    panel.change(SETTINGS.changed({"delay_ms": 30}))
    assert lookups(panel) == before
    panel.replace(counted, SETTINGS)
    assert lookups(panel) == before
    assert panel.settings.delay_ms == 0


@pytest.mark.parametrize("spec", [{"generation": "4.x"}, {"now": "2026-03-02"}, {"page_cap": 2}, {"search": "ignored"}])
def test_dropped_by_other_settings(spec: dict[str, t.Any]) -> None:
    for way in ("change", "replace"):
        panel, other = Panel(generated, SETTINGS, LOGIN), SETTINGS.changed(spec)
        for path in PATHS:
            fetch(panel, path)
        if way == "change":
            panel.change(other)
        else:
            panel.replace(generated, other)
        fresh = Panel(generated, other, LOGIN)
        assert not panel._bodies
        assert [fetch(panel, path) for path in PATHS] == [fetch(fresh, path) for path in PATHS]


def test_dropped_by_equal_settings() -> None:
    # Called after every change of rows.
    panel = Panel(counted, SETTINGS, LOGIN)
    before = lookups(panel)
    panel.change(panel.settings)
    assert lookups(panel) == before + 1
