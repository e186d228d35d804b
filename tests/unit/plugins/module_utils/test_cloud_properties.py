# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs on clouds of any rows: complete facts, a status that agrees with them, and valid reports."""

from __future__ import annotations

import datetime
import json
import typing as t
import urllib.parse

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils import _facts
from ansible_collections.community.onapp.plugins.module_utils._api.transport import Answer
from ansible_collections.community.onapp.plugins.module_utils._compliance.run import Params, Run
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.tests.connection import OPTIONS, client_of
from ansible_collections.community.onapp.tests.properties import examples
from ansible_collections.community.onapp.tests.simulator import routes
from ansible_collections.community.onapp.tests.simulator.explicit import Explicit
from ansible_collections.community.onapp.tests.simulator.panel import Panel
from ansible_collections.community.onapp.tests.simulator.settings import Settings
from ansible_collections.community.onapp.tests.unit.plugins.module_utils._reports.formats import CHECKS, assert_valid
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import facts_params
from ansible_collections.community.onapp.tests.unit.strategies import (
    NOW,
    Row,
    any_rows,
    backup_rows,
    disk_rows,
    good_backups,
    good_disks,
    good_vms,
    mostly,
    vm_rows,
)
from hypothesis import strategies as st

POLICY = parse_policy({"scope": {"orphans": True}, "server_sites": {"1": "ams"}})
LOGIN = (OPTIONS["username"], "secret")
AUTHORIZATION = "Basic YXVkaXRvcjpzZWNyZXQ="

Cloud = list[tuple[Row, list[Row], list[Row]]]

clouds = st.lists(
    st.tuples(
        st.one_of(good_vms, vm_rows, mostly(vm_rows, any_rows)),
        st.lists(st.one_of(good_disks, disk_rows), max_size=2, unique_by=lambda row: row["id"]),
        st.lists(st.one_of(good_backups, backup_rows, mostly(backup_rows, any_rows)), max_size=3),
    ),
    max_size=4,
)


def panel_of(cloud: Cloud) -> Panel:
    """A panel that returns these rows with unique ids."""
    vms = [
        {
            **row,
            "id": number,
            "disks": [{**disk, "id": 10 * number + disk["id"], "virtual_machine_id": number} for disk in disks],
            "backups": [_moved(backup, number, place) for place, backup in enumerate(backups)],
        }
        for number, (row, disks, backups) in enumerate(cloud, 1)
    ]
    now = datetime.datetime.fromtimestamp(NOW, datetime.UTC)
    settings = Settings(now=now)
    return Panel(lambda chosen: Explicit("6.x", now, {"virtual_machines": vms}), settings, LOGIN)


def _moved(backup: Row, number: int, place: int) -> Row:
    moved = {**backup, "id": 100 * number + place}
    for name in ("disk_id", "target_id"):
        if isinstance(backup.get(name), int) and not isinstance(backup[name], bool) and 0 < backup[name] < 4:
            moved[name] = 10 * number + backup[name]
    return moved


def answers_of(panel: Panel) -> t.Callable[[str, t.Any], Answer]:
    """A function that returns the panel's answer to a path and a query."""

    def answer(path: str, query: t.Any) -> Answer:
        call = routes.parse_call("GET", path, urllib.parse.urlencode(query), "", "")
        found = panel.answer(call, AUTHORIZATION, "", "https://panel.example.test")
        return Answer(found.status, found.headers, found.body)

    return answer


@pytest.mark.slow
@hypothesis.settings(max_examples=examples(15))
@hypothesis.given(clouds)
def test_facts_status_and_reports_agree(cloud: Cloud) -> None:
    answer = answers_of(panel_of(cloud))
    with client_of(answer) as client:
        facts = _facts.gather(client, facts_params(POLICY, NOW))[0]
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    assert [vm["id"] for vm in facts["virtual_machines"]] == list(range(1, len(cloud) + 1))
    with client_of(answer) as client:
        run = Run(client, _compliance_params())
        try:
            outcome, report = run.execute()
            assert report.head["summary"]["by_state"] == facts["summary"]["states"]
            assert outcome.status != "compliant" or facts["summary"]["states"]["unknown"] == 0
            # Parsing HTML takes long, so only pages with one VM are parsed.
            assert_valid(report, [name for name in CHECKS if name != "html" or len(cloud) == 1])
        finally:
            run.spool.close()


def _compliance_params() -> Params:
    return Params(
        policy=POLICY,
        sha256="0" * 64,
        filters=(),
        now=NOW,
        started=float(NOW),
        fail_on="critical",
        previous=None,
        cloud_name=None,
        keep_vms=True,
    )
