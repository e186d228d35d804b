# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Selection of the fault for a request."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.community.onapp.tests.simulator.faults import Faults
from ansible_collections.community.onapp.tests.simulator.generated import Generated
from ansible_collections.community.onapp.tests.simulator.routes import Call, parse_call

CLOUD = Generated("6.x", datetime(2026, 3, 1, tzinfo=UTC))


def call(path: str, query: str = "") -> Call:
    parsed = parse_call("GET", path, query, "", "")
    parsed.vm_key = CLOUD.any_vm(parsed.params["vm"]) if "vm" in parsed.params else None
    return parsed


def switched(**spec: Any) -> Faults:
    faults = Faults()
    faults.add([{"fault": "html"} | spec])
    return faults


def hits(faults: Faults, *calls: Call) -> list[bool]:
    return [faults.take(one, CLOUD) is not None for one in calls]


def test_route() -> None:
    calls = call("/virtual_machines.json"), call("/virtual_machines/1.json"), call("/nothing.json")
    assert hits(switched(), *calls) == [True, True, True]
    assert hits(switched(route="*"), *calls) == [True, True, True]
    assert hits(switched(route="virtual_machine"), *calls) == [False, True, False]
    assert hits(switched(route="unknown"), *calls) == [False, False, True]


def test_vm_by_id_or_identifier() -> None:
    identifier = CLOUD.vm(1)["identifier"]
    calls = (
        call("/virtual_machines/2/backups.json"),
        call(f"/virtual_machines/{identifier}/disks.json"),
        call("/virtual_machines/3/backups.json"),
        call("/virtual_machines.json"),
    )
    for vm in (2, "2", identifier):
        assert hits(switched(vm=vm), *calls) == [True, True, False, False]
    assert hits(switched(vm=99), *calls) == [False, False, False, False]


def test_page() -> None:
    calls = [call("/virtual_machines.json", query) for query in ("", "page=1", "page=2", "page=22")]
    assert hits(switched(page=1), *calls) == [True, True, False, False]
    assert hits(switched(page=2), *calls) == [False, False, True, False]


def test_skip_then_times() -> None:
    faults = switched(route="backups", skip=2, times=1)
    backups, other = call("/virtual_machines/1/backups.json"), call("/virtual_machines.json")
    assert hits(faults, backups, other, backups, other, backups, backups) == [False, False, False, False, True, False]


def test_first_unused_fault_acts() -> None:
    faults = Faults()
    faults.add([{"fault": "status", "status": 503, "times": 1}])
    faults.add([{"fault": "status", "status": 500}])
    taken = [faults.take(call("/profile.json"), CLOUD) for _time in range(3)]
    assert [fault and fault.args["status"] for fault in taken] == [503, 500, 500]
    faults.clear()
    assert faults.take(call("/profile.json"), CLOUD) is None


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ([{"fault": "earthquake"}], "earthquake"),
        ([{"route": "*"}], "there is no fault None"),
        ([{"fault": "html", "route": "backup_images"}], "backup_images"),
        ([{"fault": "stall", "second": 1}], "second"),
        ([{"fault": "status", "body_shape": "list"}], "list"),
        ([{"fault": "html"}, 5], "5"),
        ({"fault": "html"}, "list of objects"),
    ],
)
def test_invalid_faults(spec: Any, text: str) -> None:
    faults = Faults()
    with pytest.raises(ValueError, match=text):
        faults.add(spec)
    assert faults.take(call("/profile.json"), CLOUD) is None
