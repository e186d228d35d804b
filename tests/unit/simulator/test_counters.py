# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was counted."""

from __future__ import annotations

from ansible_collections.community.onapp.tests.simulator.counters import LOGGED, Counters


class Connection:
    """Something that can be told apart."""


def test_counts() -> None:
    counters, one, other = Counters(), Connection(), Connection()
    for connection in (one, one, other):
        counters.begin(connection)
    counters.end("backups", 200, {"path": "/a"})
    counters.end("backups", 404, {"path": "/b"})
    counters.begin(other)
    counters.end("disks", None, {"path": "/c"})
    assert counters.report() == {
        "requests": 4,
        "by_route": {"backups": 2, "disks": 1},
        "by_status": {"200": 1, "404": 1, "none": 1},
        "connections": 2,
        "in_flight_peak": 3,
        "log": [{"path": "/a"}, {"path": "/b"}, {"path": "/c"}],
    }


def test_reset_keeps_what_is_under_way() -> None:
    counters = Counters()
    counters.begin(None)
    counters.reset()
    assert (counters.requests, counters.peak, counters.in_flight) == (0, 1, 1)
    counters.end("backups", 200, {})
    assert counters.in_flight == 0


def test_the_log_is_bounded() -> None:
    counters = Counters()
    for number in range(LOGGED + 5):
        counters.begin(None)
        counters.end("backups", 200, {"number": number})
    log = counters.report()["log"]
    assert (len(log), log[0]["number"]) == (LOGGED, 5)
