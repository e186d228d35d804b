# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cloud that changes between answers: the same from the same seed, and as a panel's lists would show it."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from ansible_collections.community.onapp.tests.simulator.churn import FIRST_ID, KINDS, Churn
from ansible_collections.community.onapp.tests.simulator.explicit import Explicit
from ansible_collections.community.onapp.tests.simulator.generated import Generated
from ansible_collections.community.onapp.tests.simulator.process import Simulator
from ansible_collections.community.onapp.tests.simulator.shapes import GENERATIONS

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLOUD = {"virtual_machines": [{"id": number, "backups": [{"id": 100 + number}]} for number in range(1, 8)]}


def cloud(generation: str = "6.x") -> Explicit:
    return Explicit(generation, NOW, CLOUD)


def shown(data: Explicit) -> list[tuple[Any, Any, list[tuple[Any, ...]]]]:
    """Id and flag of every VM that exists, in order, with those of its backups."""
    return [
        (
            data.vm(key)["id"],
            data.vm(key)["built"],
            [(row["id"], row["built"], row["marked_for_delete"]) for row in data.backups(key)],
        )
        for key in data.existing()
    ]


def after(kind: str, answers: int = 1, data: Explicit | None = None, seed: int = 1) -> tuple[Churn, Explicit]:
    """A churn of one kind after some answers, and the cloud that it changed."""
    data = data or cloud()
    churn = Churn(seed=seed, kinds=[kind])
    for _answer in range(answers):
        churn.answered(data)
    return churn, data


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_function_of_the_seed(generation: str) -> None:
    results = {}
    for seed, take in itertools.product((1, 2), (1, 2)):
        data, churn = cloud(generation), Churn(seed=seed)
        for _answer in range(60):
            churn.answered(data)
        results[seed, take] = (churn.log, shown(data))
    assert results[1, 1] == results[1, 2]
    assert results[2, 1] == results[2, 2]
    assert results[1, 1] != results[2, 1]
    assert {entry["change"] for entry in results[1, 1][0]} == set(KINDS)


def test_new_vms_come_in_front_and_at_the_end() -> None:
    churn, data = after("vm_created", 10)
    ids = [entry[0] for entry in shown(data)]
    new = [number for number in ids if number > FIRST_ID]
    assert len(new) == 10 == len(churn.log)
    assert [number for number in ids if number < FIRST_ID] == list(range(1, 8))
    assert ids[0] > FIRST_ID and ids[-1] > FIRST_ID
    key = data.any_vm(str(new[0]))
    assert key is not None
    assert data.vm(key)["built"] is False and len(data.disks(key)) == 1 and data.backups(key) == []


def test_a_vm_is_finished() -> None:
    _churn, data = after("vm_created")
    churn, data = after("vm_built", 2, data)
    assert [entry["change"] for entry in churn.log] == ["vm_built"], "there was one to finish"
    assert all(built for _number, built, _backups in shown(data))


def test_vms_go_until_one_is_left() -> None:
    churn, data = after("vm_removed", 20)
    assert len(churn.log) == 6 and len(shown(data)) == 1
    gone = {entry["vm"] for entry in churn.log}
    assert gone == set(range(1, 8)) - {shown(data)[0][0]}


def test_the_life_of_a_backup() -> None:
    churn, data = after("backup_created")
    vm, number = churn.log[0]["vm"], churn.log[0]["backup"]

    def found() -> list[tuple[Any, ...]]:
        rows = next(backups for own, _built, backups in shown(data) if own == vm)
        return [row for row in rows if row[0] == number]

    assert found() == [(number, False, False)]
    after("backup_built", 1, data)
    assert found() == [(number, True, False)]
    marked = after("backup_marked", 20, data)[0]
    assert len(marked.log) == 8 and found() == [(number, True, True)]
    after("backup_removed", 20, data)
    assert all(backups == [] for _number, _built, backups in shown(data))


def test_how_often_and_how_much() -> None:
    data, churn = cloud(), Churn(every=3, changes=2, times=5, kinds=["vm_created"])
    changed = [churn.answered(data) for _answer in range(12)]
    assert changed == [False, False, True] * 3 + [False] * 3
    assert [entry["answer"] for entry in churn.log] == [3, 3, 6, 6, 9]
    assert churn.log[0] == {"answer": 3, "change": "vm_created", "vm": FIRST_ID + 1}


@pytest.mark.parametrize(
    "wrong",
    [{"kinds": ["vm_eaten"]}, {"kinds": []}, {"every": 0}, {"changes": "2"}, {"times": -1}],
    ids=["unknown kind", "no kind", "never", "text", "negative"],
)
def test_what_is_wrong_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be|kinds are"):
        Churn(**wrong)


def test_generated_rows_do_not_change() -> None:
    with pytest.raises(ValueError, match="row by row"):
        Churn().answered(Generated("6.x", NOW, 5, 5, 1))


class TestRunning:
    """In a simulator, steered as tests steer it."""

    def ids(self, session: requests.Session, panel: Simulator, page: int = 1) -> list[int]:
        rows = session.get(f"{panel.url}/virtual_machines.json?page={page}&per_page=3").json()
        return [row["id"] for wrapped in rows for row in wrapped.values()]

    def test_rows_move_between_pages(self, session: requests.Session, panel: Simulator) -> None:
        panel.reset(cloud=CLOUD)
        panel.churn(seed=1, kinds=["vm_removed"], times=1)
        first, second = self.ids(session, panel), self.ids(session, panel, 2)
        gone = panel.changes()[0]["vm"]
        assert first == [1, 2, 3] and gone in first
        assert second == [5, 6, 7], "row 4 moved to the first page after that was read"
        assert session.get(f"{panel.url}/virtual_machines/{gone}/backups.json").status_code == 404

    def test_its_end(self, session: requests.Session, panel: Simulator) -> None:
        panel.reset(cloud=CLOUD)
        panel.churn(kinds=["vm_created"])
        panel.counts()
        assert panel.changes() == [], "steering is no answer"
        self.ids(session, panel)
        assert len(panel.changes()) == 1
        panel.end_churn()
        before = self.ids(session, panel)
        assert self.ids(session, panel) == before
        panel.churn(kinds=["vm_created"])
        panel.reset()
        assert panel.changes() == []
        assert self.ids(session, panel) == self.ids(session, panel)

    def test_wrong_calls(self, panel: Simulator) -> None:
        with pytest.raises(ValueError, match="row by row"):
            panel.churn()
        panel.reset(cloud=CLOUD)
        with pytest.raises(ValueError, match="kinds are some of vm_created"):
            panel.churn(kinds=["vm_eaten"])
        with pytest.raises(ValueError, match="unexpected keyword argument"):
            panel.churn(often=True)
        assert panel.changes() == []
