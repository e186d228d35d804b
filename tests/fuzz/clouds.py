# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole runs over clouds of any rows: facts and a verdict that adds up, and reports that are valid in each format."""

from __future__ import annotations

import datetime
import json
import typing as t
import urllib.parse

from ansible_collections.community.onapp.plugins.module_utils import _info
from ansible_collections.community.onapp.plugins.module_utils._api.transport import Answer
from ansible_collections.community.onapp.plugins.module_utils._compliance.run import Params, Run
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.tests.fuzz.formats import CHECKS, must_be_valid
from ansible_collections.community.onapp.tests.fuzz.panel import OPTIONS, client_of
from ansible_collections.community.onapp.tests.fuzz.rows import Row, backup_rows, disk_rows, machine_rows, wild_rows
from ansible_collections.community.onapp.tests.fuzz.running import Target
from ansible_collections.community.onapp.tests.fuzz.values import NOW, seldom
from ansible_collections.community.onapp.tests.fuzz.verdicts import good_backups, good_disks, good_vms
from ansible_collections.community.onapp.tests.simulator import routes
from ansible_collections.community.onapp.tests.simulator.explicit import Explicit
from ansible_collections.community.onapp.tests.simulator.panel import Panel
from ansible_collections.community.onapp.tests.simulator.settings import Settings
from hypothesis import strategies as st

POLICY = parse_policy({"scope": {"orphans": True}, "server_sites": {"1": "ams"}})
LOGIN = (OPTIONS["username"], "secret")
AUTHORIZATION = "Basic YXVkaXRvcjpzZWNyZXQ="

clouds = st.lists(
    st.tuples(
        st.one_of(good_vms, machine_rows, seldom(machine_rows, wild_rows)),
        st.lists(st.one_of(good_disks, disk_rows), max_size=2, unique_by=lambda row: row["id"]),
        st.lists(st.one_of(good_backups, backup_rows, seldom(backup_rows, wild_rows)), max_size=3),
    ),
    max_size=4,
)


def panel_of(cloud: list[tuple[Row, list[Row], list[Row]]]) -> Panel:
    """A panel that shows these rows, with ids of their own."""
    machines = [
        {
            **row,
            "id": number,
            "disks": [{**disk, "id": 10 * number + disk["id"], "virtual_machine_id": number} for disk in disks],
            "backups": [_of_machine(backup, number, place) for place, backup in enumerate(backups)],
        }
        for number, (row, disks, backups) in enumerate(cloud, 1)
    ]
    now = datetime.datetime.fromtimestamp(NOW, datetime.UTC)
    settings = Settings(now=now)
    return Panel(lambda chosen: Explicit("6.x", now, {"virtual_machines": machines}), settings, LOGIN)


def _of_machine(backup: Row, number: int, place: int) -> Row:
    moved = {**backup, "id": 100 * number + place}
    for name in ("disk_id", "target_id"):
        if isinstance(backup.get(name), int) and not isinstance(backup[name], bool) and 0 < backup[name] < 4:
            moved[name] = 10 * number + backup[name]
    return moved


def answers_of(panel: Panel) -> t.Callable[[str, t.Any], Answer]:
    """What the panel answers to a path and a query."""

    def answer(path: str, query: t.Any) -> Answer:
        call = routes.understand("GET", path, urllib.parse.urlencode(query), "", "")
        found = panel.answer(call, AUTHORIZATION, "", "https://panel.example.test")
        return Answer(found.status, found.headers, found.body)

    return answer


def adds_up(cloud: list[tuple[Row, list[Row], list[Row]]]) -> bool:
    """Facts of all that there is, the same states from both modules, and seven valid files."""
    answer = answers_of(panel_of(cloud))
    with client_of(answer) as client:
        result = _info.gather(client, _question_on_facts())
    facts = result.facts
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    assert [machine["id"] for machine in facts["virtual_machines"]] == list(range(1, len(cloud) + 1))
    with client_of(answer) as client:
        run = Run(client, _question_on_compliance())
        try:
            outcome = run.judge()
            assert outcome.report.head["summary"]["by_state"] == facts["summary"]["states"]
            assert outcome.status != "compliant" or facts["summary"]["states"]["unknown"] == 0
            # A page takes long to read: one of a single machine must do.
            must_be_valid(outcome.report, [name for name in CHECKS if name != "html" or len(cloud) == 1])
        finally:
            run.close()
    return False


def _question_on_facts() -> _info.Params:
    return _info.Params(
        names=(),
        backup_type="all",
        created_after=None,
        created_before=None,
        initiated=frozenset(),
        usable=None,
        subset=frozenset({"backups", "disks", "virtual_machines"}),
        policy=POLICY,
        now=NOW,
        generated_at=NOW,
        fail_on_error=False,
    )


def _question_on_compliance() -> Params:
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


TARGETS = [Target("clouds", "facts, verdict and valid reports", 10, clouds, adds_up)]
