# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Valid and invalid settings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.community.onapp.tests.simulator.settings import Settings, moment


@pytest.mark.parametrize(
    "spec",
    [
        {"paging": "sideways"},
        {"profile": "root"},
        {"generation": "7.x"},
        {"search": 1},
        {"page_cap": 0},
        {"page_cap": "10"},
        {"backup_lists_page": 1},
        {"delay_ms": -1},
        {"simultaneous_backups": 0},
        {"refused": ["nothing"]},
        {"absent": "users"},
        {"now": "yesterday"},
        {"colour": "red"},
    ],
)
def test_invalid_settings(spec: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Settings().changed(spec)


def test_times() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert (
        moment("2026-03-01T15:00:00.123+03:00") == moment("2026-03-01T12:00:00Z") == moment("2026-03-01T12:00") == noon
    )


def test_other_settings_stay() -> None:
    changed = Settings().changed({"page_cap": 5, "delay_ms": 1.5})
    assert changed.changed({"page_cap": None, "delay_ms": 0}) == Settings()
