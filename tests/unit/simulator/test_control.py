# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Control of a running simulator."""

from __future__ import annotations

import concurrent.futures
import itertools
from typing import Any

import pytest
import requests
from ansible_collections.community.onapp.tests.simulator.process import Simulator


def ids(session: requests.Session, panel: Simulator, path: str = "/virtual_machines.json") -> list[Any]:
    return [row["id"] for wrapped in session.get(panel.url + path).json() for row in wrapped.values()]


def test_counts(session: requests.Session, panel: Simulator) -> None:
    headers = {"User-Agent": "tester/1", "Accept": "application/json"}
    session.get(f"{panel.url}/virtual_machines.json?page=1&per_page=5", headers=headers)
    session.get(f"{panel.url}/virtual_machines/2/backups.json")
    requests.get(f"{panel.url}/virtual_machines/99.json", timeout=5, proxies={"http": ""})
    counts = panel.counts()
    assert counts["requests"] == 3
    assert counts["by_route"] == {"virtual_machines": 1, "backups": 1, "virtual_machine": 1}
    assert counts["by_status"] == {"200": 2, "401": 1}
    assert counts["connections"] == 2
    assert counts["in_flight_peak"] == 1
    assert counts["log"][0] == {
        "method": "GET",
        "path": "/virtual_machines.json",
        "query": "page=1&per_page=5",
        "status": 200,
        "authorization": True,
        "user_agent": "tester/1",
        "accept": "application/json",
        "accept_encoding": session.headers["Accept-Encoding"],
    }
    assert counts["log"][2]["authorization"] is False


def test_most_requests_in_flight(session: requests.Session, panel: Simulator) -> None:
    panel.settings(delay_ms=100)

    def one(_number: int) -> int:
        return requests.get(f"{panel.url}/version.json", auth=session.auth, timeout=10).status_code

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        assert set(pool.map(one, range(6))) == {200}
    counts = panel.counts()
    assert counts["connections"] == 6
    assert 2 <= counts["in_flight_peak"] <= 6


def test_abandoned_request_is_counted(session: requests.Session, panel: Simulator) -> None:
    panel.settings(delay_ms=20_000)
    with pytest.raises(requests.exceptions.Timeout):
        session.get(f"{panel.url}/version.json", timeout=0.05)
    for _attempt in itertools.repeat(None, 500):
        if panel.counts()["by_status"]:
            break
    assert panel.counts()["by_status"] == {"none": 1}


def test_settings(session: requests.Session, panel: Simulator) -> None:
    panel.settings(paging="plain", page_cap=3, profile="own", generation="2.x")
    answer = session.get(f"{panel.url}/virtual_machines.json?page=1&per_page=50")
    assert [row["virtual_machine"]["id"] for row in answer.json()] == [1, 6, 11]
    assert "X-Total" not in answer.headers
    assert "service_password" not in answer.json()[0]["virtual_machine"]


def test_reset(session: requests.Session, panel: Simulator) -> None:
    before = session.get(f"{panel.url}/virtual_machines.json").content
    panel.settings(profile="own", now="2030-01-01T00:00:00Z")
    panel.faults([{"fault": "html"}])
    panel.reset()
    assert panel.counts()["requests"] == 0
    assert session.get(f"{panel.url}/virtual_machines.json").content == before


def test_reset_with_other_data(session: requests.Session, panel: Simulator) -> None:
    panel.reset(cloud={"virtual_machines": [{"id": 70}]}, page_cap=1)
    assert ids(session, panel) == [70]
    panel.reset(generate={"vms": 3, "backups": 1, "seed": 9})
    assert ids(session, panel) == [1, 2, 3]
    panel.reset()
    assert len(ids(session, panel)) == 12


@pytest.mark.parametrize(
    "body", [{"paging": "x"}, {"generate": {"vm": 1}}, {"cloud": {"vms": []}}, {"cloud": []}, {"colour": 1}]
)
def test_invalid_calls_change_nothing(session: requests.Session, panel: Simulator, body: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        panel.reset(**body)
    assert len(ids(session, panel)) == 12


def test_faults_are_checked(panel: Simulator) -> None:
    with pytest.raises(ValueError, match="earthquake"):
        panel.faults([{"fault": "earthquake"}])


def test_names(panel: Simulator) -> None:
    names = requests.get(f"{panel.url}/_simulator/names", timeout=5).json()
    assert "backups_images" in names["routes"]
    assert names["faults"]["stall"] == {"seconds": 30.0}


def test_unknown_control_calls(panel: Simulator) -> None:
    assert requests.get(f"{panel.url}/_simulator/other", timeout=5).status_code == 404
    assert panel.counts()["requests"] == 0
