# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every stage of reading a cloud is measured, and a stage that loses a virtual machine is no measurement."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.community.onapp.tests.benchmarks import stages
from ansible_collections.community.onapp.tests.benchmarks.cloud import Cloud, Clouds, Plan
from ansible_collections.community.onapp.tests.benchmarks.measure import WrongResult

PLAN = Plan(12, 50, 250, 1)


@pytest.fixture(scope="module")
def clouds() -> t.Iterator[Clouds]:
    with Clouds() as made:
        yield made


def test_each_stage_takes_time(clouds: Clouds) -> None:
    alone, together = stages.measure(clouds.of(PLAN.small), 1)
    assert list(alone) == ["HTTP", "JSON", "rows without secrets", "records", "assessment"]
    assert min(*alone.values(), together) > 0


def test_the_note_tells_each_stage(clouds: Clouds) -> None:
    outcome = stages.main(PLAN, clouds)
    assert (outcome.lines, outcome.aims) == ([], [])
    (note,) = outcome.notes
    assert all(name in note for name in ("30 backups", "HTTP ", "JSON ", "assessment ", "8 threads"))


def test_a_lost_virtual_machine_is_told(clouds: Clouds, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud: Cloud = clouds.of(PLAN.small)
    monkeypatch.setattr(cloud, "vms", cloud.vms + 1)
    with pytest.raises(WrongResult, match="12 of 13"):
        stages.measure(cloud, 1)
