# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A panel in this process whose cloud changes between answers, and all versions of its rows."""

from __future__ import annotations

import contextlib
import copy
import datetime

from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
from ansible_collections.community.onapp.plugins.module_utils._api.fetch import FetchedVm
from ansible_collections.community.onapp.plugins.module_utils._api.transport import Answer
from ansible_collections.community.onapp.plugins.module_utils._assessment.state import assess
from ansible_collections.community.onapp.plugins.module_utils._options import Connection
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.tests.connection import connection_options
from ansible_collections.community.onapp.tests.simulator import routes
from ansible_collections.community.onapp.tests.simulator.explicit import Explicit
from ansible_collections.community.onapp.tests.simulator.panel import Panel
from ansible_collections.community.onapp.tests.simulator.settings import Settings
from ansible_collections.community.onapp.tests.unit.plugins.module_utils._api.churn import Churn
from hypothesis import strategies as st

CLOCK = datetime.datetime(2026, 3, 30, 6, tzinfo=datetime.UTC)
NOW = int(CLOCK.timestamp())
POLICY = parse_policy(None)
UNCHANGED = None


class ChangingPanel:
    """A panel with some virtual machines, which `churn` changes after answers, if it is not None.

    `versions` has all versions of each virtual machine's rows as a collection would fetch them, by id. `stayed` has the
    ids of virtual machines that existed from the first answer to the last.
    """

    def __init__(self, virtual_machines, churn=UNCHANGED, paging="headers", on_answer=None):
        given = {"virtual_machines": virtual_machines}
        self.panel = Panel(
            lambda settings: Explicit(settings.generation, settings.now, given),
            Settings(now=CLOCK, paging=paging),
            ("auditor", "secret"),
        )
        self.churn = churn
        self.on_answer = on_answer
        self.first_pages = []
        self.versions = {}
        self._recorded = {}
        self.record_versions()
        self.stayed = set(self.versions)

    def record_versions(self):
        """Record changed rows of each virtual machine, and keep those of deleted ones."""
        cloud = self.panel.cloud
        for key in cloud.existing():
            rows = (cloud.vm(key), cloud.disks(key), cloud.backups(key))
            if self._recorded.get(key) != repr(rows):
                self._recorded[key] = repr(rows)
                fetched = FetchedVm.of_rows(*copy.deepcopy(rows))
                self.versions.setdefault(fetched.vm.id, []).append(fetched)

    def get(self, path, query, remaining):
        """Answer as the transport of a client does."""
        if query.get("page") == "1":
            self.first_pages.append(path)
        call = routes.parse_call("GET", path, "&".join(f"{name}={value}" for name, value in query.items()), "", "")
        answer = self.panel.answer(call, "Basic YXVkaXRvcjpzZWNyZXQ=", "", "http://panel")
        changed = self.on_answer is not None and self.on_answer(self.panel.cloud, path, query)
        changed = (self.churn is not None and self.churn.answered(self.panel.cloud)) or changed
        if changed:
            self.panel.change(self.panel.settings)
            self.record_versions()
            cloud = self.panel.cloud
            self.stayed &= {cloud.vm(key)["id"] for key in cloud.existing()}
        return Answer(answer.status, answer.headers, answer.body)

    def close(self):
        """Do nothing."""

    @contextlib.contextmanager
    def client(self, page_size, response_format="json"):
        """A client of this panel without concurrency."""
        client = Client(
            Connection.from_options(
                connection_options(
                    username="auditor",
                    password="secret",
                    retries=0,
                    concurrency=1,
                    page_size=page_size,
                    response_format=response_format,
                )
            )
        )
        client._transport = self
        with contextlib.closing(client):
            yield client

    def had_state(self, number, state, policy=POLICY):
        """Whether any version of a virtual machine's rows has the state."""
        return any(assessment_of(version, policy).state == state for version in self.versions[number])


def assessment_of(fetched, policy=POLICY):
    return assess(fetched, policy, NOW)


def small_machine(number, disks, covered, age_hours):
    """A virtual machine with an old backup of each of its first `covered` disks."""
    stamp = (CLOCK - datetime.timedelta(hours=age_hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "id": number,
        "disks": [{"id": 1000 * number + place} for place in range(disks)],
        "backups": [
            {"id": 1000 * number + 500 + place, "target_id": 1000 * number + place, "created_at": stamp}
            for place in range(covered)
        ],
    }


@st.composite
def clouds(draw, most=12):
    """Up to `most` virtual machines of one or two disks, some of them without a backup."""
    number = draw(st.integers(2, most))
    machines = []
    for place in range(1, number + 1):
        disks = draw(st.integers(1, 2))
        machines.append(small_machine(place, disks, draw(st.integers(0, disks)), draw(st.sampled_from([5, 5, 40]))))
    return machines


churns = st.builds(
    Churn,
    seed=st.integers(0, 10**6),
    every=st.integers(1, 4),
    changes=st.integers(1, 3),
    kinds=st.sampled_from(
        [
            None,
            ["vm_created"],
            ["vm_removed"],
            ["vm_created", "vm_removed"],
            ["vm_created", "vm_removed"],
            ["vm_created", "vm_built", "vm_removed"],
            ["backup_created", "backup_built", "backup_marked", "backup_removed"],
        ]
    ),
    times=st.sampled_from([None, 1, 2, 4, 8]),
)
pagings = st.sampled_from(["headers", "plain"])
