# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter backup_state and the test backup_fresh in templates of a playbook."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.tests.integration.runner import Ansible, info
from ansible_collections.community.onapp.tests.simulator.process import Simulator

ASSESSED = "facts.virtual_machines[item] | community.onapp.backup_state(facts.backups, evaluate_at=at)"
FRESH = "facts.virtual_machines[item] is community.onapp.backup_fresh(facts.backups, evaluate_at=at)"
FIRST = "facts.virtual_machines[0]"


def shown(template: str) -> dict[str, dict[str, str]]:
    return {"ansible.builtin.debug": {"msg": "{{ " + template + " }}"}}


def test_filter_gives_the_assessment_of_the_module(ansible: Ansible, panel: Simulator) -> None:
    each = {"loop": "{{ range(facts.virtual_machines | length) | list }}"}
    done = ansible.tasks(
        {
            "facts": info(evaluate_at="{{ at }}"),
            "states": {**shown(ASSESSED), **each},
            "tests": {**shown(FRESH), **each},
        },
        panel=panel,
        play={"vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}", "at": panel.now}},
    )
    expected = [vm["backup"] for vm in done.results["facts"]["virtual_machines"]]
    assert len({assessment["state"] for assessment in expected}) == 6
    assert [item["msg"] for item in done.results["states"]["results"]] == expected
    fresh = [str(item["msg"]) == "True" for item in done.results["tests"]["results"]]
    assert fresh == [assessment["state"] == "protected" for assessment in expected]


@pytest.mark.newest
def test_wrapped_rows_of_the_api(ansible: Ansible, panel: Simulator) -> None:
    panel.reset(cloud={"virtual_machines": [{"id": 7, "label": "{{ 7 * 7 }}", "backups": [{"id": 71}]}]})
    login = {"url_username": panel.username, "url_password": panel.password, "force_basic_auth": True}
    rows = {
        name: {"ansible.builtin.uri": {"url": f"{panel.url}/{path}.json", "return_content": True, **login}}
        for name, path in (
            ("machines", "virtual_machines"),
            ("disks", "virtual_machines/7/disks"),
            ("backups", "virtual_machines/7/backups"),
        )
    }
    assessment = "machines.json[0] | community.onapp.backup_state(backups.json, disks=disks.json)"
    done = ansible.tasks({**rows, "headline": shown(assessment)}, panel=panel)
    assert done.results["headline"]["msg"]["state"] == "protected"
    assert done.results["headline"]["msg"]["disks"][0]["source_backup_id"] == 71


@pytest.mark.newest
@pytest.mark.slow
def test_wrong_arguments(ansible: Ansible, panel: Simulator) -> None:
    state = "community.onapp.backup_state"
    wrong = {
        "no machine": (f"'db-01' | {state}", "The value must be a dictionary with an id"),
        "no list": (f"{FIRST} | {state}(backups='none')", "The argument backups must be a list of dictionaries."),
        "no backup": (f"{FIRST} | {state}([7])", "The argument backups[0] must be a dictionary with an id"),
        "wrong policy": (f"{FIRST} | {state}([], policy=dict(rulez=1))", "policy.rulez is not a known key"),
        "policy as text": (f"{FIRST} | {state}([], policy='gold')", "The argument policy must be a dictionary."),
        "wrong time": (f"{FIRST} | {state}([], evaluate_at='noon')", "The option evaluate_at is not a time"),
        "in a test": (f"{FIRST} is community.onapp.backup_fresh(7)", "The argument backups must be a list"),
    }
    tasks = {name.replace(" ", "_"): shown(template) for name, (template, _text) in wrong.items()}
    done = ansible.tasks({"facts": info(virtual_machines=["1"]), **tasks}, panel=panel)
    for name, (_template, text) in wrong.items():
        found = done.results[name.replace(" ", "_")]
        assert found["failed"], name
        assert text in found["msg"], name
    assert "Traceback" not in done.output


@pytest.mark.newest
def test_missing_records_are_unknown(ansible: Ansible, panel: Simulator) -> None:
    tasks = {
        "no_backups": shown(f"({FIRST} | community.onapp.backup_state).state"),
        "no_disks": shown("({'id': 1, 'built': true} | community.onapp.backup_state([])).state"),
        "not_fresh": shown(f"{FIRST} is community.onapp.backup_fresh"),
    }
    done = ansible.tasks({"facts": info(virtual_machines=["1"]), **tasks}, panel=panel)
    assert done.results["no_backups"]["msg"] == "unknown"
    assert done.results["no_disks"]["msg"] == "unknown"
    assert str(done.results["not_fresh"]["msg"]) == "False"
