# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever goes wrong on whichever route: the right verdict, or unknown, or no inventory at all."""

from __future__ import annotations

import json

import pytest
from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
from ansible_collections.community.onapp.plugins.module_utils._errors import AuthError, OnAppError
from ansible_collections.community.onapp.plugins.module_utils._fields import moment
from ansible_collections.community.onapp.plugins.module_utils._options import Connection
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.plugin_utils._machines import Question, Reader
from ansible_collections.community.onapp.tests.sample_faults import FAULTS, HARMLESS

CLOUD = {
    "virtual_machines": [
        {"id": number, "label": f"vm-{number}", "disks": [{"id": 10 * number}], "backups": [{"id": 100 + number}]}
        for number in range(1, 6)
    ]
}
REFUSED = {"fault": "status", "status": 401}


@pytest.fixture
def read(panel, expressions):
    """Reads the cloud with a fault on a route: verdicts by id as text, and the health record."""
    panel.reset(cloud=CLOUD)

    def run(fault=None, **where):
        panel.faults([{**fault, **where}] if fault else [])
        options = {"url": panel.url, "username": panel.username, "password": panel.password, "validate_certs": True}
        limits = {"timeout": 1.5, "deadline": 4, "retries": 0, "concurrency": 4, "page_size": 100}
        connection = Connection.from_options({**options, **limits, "ca_path": None, "response_format": "json"})
        now = moment(panel.now)
        question = Question([], "onapp_", parse_policy(None), now, now, "none", False, None)
        client = Client(connection)
        try:
            cloud, snapshot = Reader(question, expressions, panel.url).fresh(client, snapshot=True)
        finally:
            client.close()
        assert (snapshot is None) == bool(cloud.health.failures)
        assert panel.password not in json.dumps(cloud.health.as_facts())
        return {machine.facts["id"]: machine.verdict for machine in cloud.machines}, cloud.health

    return run


def named(fault):
    return " ".join(str(value) for value in fault.values())


def test_healthy(read):
    verdicts, health = read()
    assert {verdict["state"] for verdict in verdicts.values()} == {"protected"}
    assert (len(verdicts), health.failures) == (5, ())


@pytest.mark.parametrize("route", ["virtual_machines", "backups", "settings_disks"])
@pytest.mark.parametrize("fault", HARMLESS, ids=named)
def test_slow_is_no_fault(read, fault, route):
    assert read(fault, route=route)[0] == read()[0]


@pytest.mark.parametrize("fault", [*FAULTS, REFUSED], ids=named)
def test_no_list_is_no_inventory(read, fault, panel):
    with pytest.raises(OnAppError) as caught:
        read(fault, route="virtual_machines")
    assert panel.password not in caught.value.text


@pytest.mark.parametrize("fault", FAULTS, ids=named)
def test_unread_backups_are_unknown(read, fault):
    """Those of the other virtual machines are judged as ever, unless the time for all of them is over."""
    healthy = read()[0]
    verdicts, health = read(fault, route="backups", vm=3)
    assert verdicts[3]["state"] == "unknown" and verdicts[3]["reasons"]
    assert 3 in [failure["virtual_machine_id"] for failure in health.failures]
    assert all(verdicts[number] == healthy[number] for number in (1, 2, 4, 5))


@pytest.mark.parametrize("fault", FAULTS, ids=named)
def test_unread_disks_of_the_cloud_are_read_one_by_one(read, fault):
    healthy = read()[0]
    verdicts, health = read(fault, route="settings_disks")
    # What took all of the time leaves none to read them elsewhere.
    overdue = {failure["code"] for failure in health.failures}
    assert overdue <= {"deadline"}
    for number, verdict in verdicts.items():
        assert verdict == healthy[number] or (overdue and verdict["state"] == "unknown")


@pytest.mark.parametrize("route", ["backups", "settings_disks"])
def test_refused_is_fatal_everywhere(read, route):
    with pytest.raises(AuthError):
        read(REFUSED, route=route)


def test_deleted_meanwhile_is_left_out(read):
    verdicts, health = read({"fault": "delete_vm"}, route="backups", vm=3)
    assert (sorted(verdicts), health.failures) == ([1, 2, 4, 5], ())
