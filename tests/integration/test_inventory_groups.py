# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin through ansible-inventory: groups of states and flags, variables, and constructed groups."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible_collections.community.onapp.tests.integration.runner import Ansible, info, options, variables
from ansible_collections.community.onapp.tests.simulator.process import Simulator

STATES = ("unknown", "not_applicable", "pending", "unprotected", "failing", "stale", "protected")
NOON = "2026-03-30T12:00:00Z"
# The exact inventory of two VMs at NOON in every ansible-core. To update it, copy the file ACTUAL.
EXPECTED = pathlib.Path(__file__).parent / "expected" / "inventory.txt"
CLOUD: dict[str, t.Any] = {
    "virtual_machines": [
        {
            "id": 1,
            "label": "db",
            "hostname": "db.example.test",
            "user_id": 7,
            "disks": [{"id": 11}, {"id": 12}, {"id": 13, "is_swap": True}],
            "backups": [
                {"id": 101, "disk_id": 11, "target_id": 11, "created_at": "2026-03-29T06:00:00Z"},
                {"id": 102, "disk_id": 11, "target_id": 11, "created_at": "2026-03-30T06:00:00Z"},
                {"id": 103, "disk_id": 11, "target_id": 11, "created_at": "2026-03-30T11:00:00Z", "built": False},
                {"id": 104, "disk_id": 12, "target_id": 12, "created_at": "2026-03-30T06:05:00Z", "note": "{{ 1 }}"},
            ],
        },
        {"id": 2, "label": "web äöü", "ip_addresses": [], "booted": False, "created_at": "2026-01-02T00:00:00Z"},
    ]
}


def reset_panel(panel: Simulator) -> None:
    """Reset the panel to a fixed cloud at a fixed time."""
    panel.reset(cloud=CLOUD, now="2026-03-30T13:00:00Z")


def test_states_equal_those_of_the_module(ansible: Ansible, panel: Simulator) -> None:
    panel.faults([{"fault": "status", "route": "backups", "vm": 2, "status": 500}])
    policy = {"defaults": {"rpo": "20h"}, "rules": [{"name": "git", "match": {"label": "git-*"}, "rpo": "1h"}]}
    same_options = {"evaluate_at": panel.now, "policy": policy}
    source = ansible.source(**same_options, include_backups="all", hostnames=["identifier"], flag_groups=True)
    listing = ansible.inventory(source, panel=panel)
    assert listing.status == 0, listing.output
    facts = ansible.tasks({"facts": info(**same_options)}, panel=panel).results["facts"]

    assert len(facts["virtual_machines"]) == len(listing.hosts) == 12
    groups: dict[str, set[str]] = {}
    for vm in facts["virtual_machines"]:
        name, assessment = vm["identifier"], vm["backup"]
        own = {f"onapp_{field}": value for field, value in vm.items()}
        own["onapp_backups"] = [backup for backup in facts["backups"] if backup["virtual_machine_id"] == vm["id"]]
        if vm["ip_addresses"]:
            own["ansible_host"] = vm["ip_addresses"][0]
        assert listing.hosts[name] == own
        for group in (assessment["state"], *(f"flag_{flag}" for flag in assessment["flags"])):
            groups.setdefault(f"onapp_backup_{group}", set()).add(name)
    assert {f"onapp_backup_{state}" for state in STATES} <= set(groups)
    assert {name: set(hosts) for name, hosts in listing.groups.items() if name.startswith("onapp_backup_")} == groups
    assert listing.health["backups"] == facts["summary"]["backups"]
    assert [failure["text"] for failure in listing.health["failures"]] == [
        failure["text"] for failure in facts["health"]["failures"]
    ]


@pytest.mark.newest
def test_empty_groups(ansible: Ansible, panel: Simulator) -> None:
    panel.reset(cloud={"virtual_machines": []})
    listing = ansible.inventory(ansible.source(), panel=panel)
    assert listing.hosts == {} and listing.health["complete"] is True
    named = ansible.source("named", group="cloud", group_prefix="b_", flag_groups=True)
    done = ansible.command("ansible-inventory", "--graph", "-i", "cloud.onapp.yml", environment=variables(panel))
    assert done.status == 0, done.output
    lines = [line.partition("--@")[2] for line in done.output.splitlines() if line.startswith("  |  |--@")]
    assert lines == [f"onapp_backup_{state}:" for state in STATES]
    assert "\n  |--@onapp:\n" in done.output

    done = ansible.command("ansible-inventory", "--graph", "-i", named, environment=variables(panel))
    lines = [line.partition("--@")[2].rstrip(":") for line in done.output.splitlines() if line.startswith("  |  |--@")]
    assert "\n  |--@cloud:\n" in done.output and "onapp" not in done.output.partition("@all")[2]
    assert {"b_flag_at_risk", "b_flag_facts_cached"} <= set(lines)
    assert [name for name in lines if not name.startswith("b_flag_")] == [f"b_{state}" for state in STATES]


@pytest.mark.newest
def test_options_of_hosts_and_groups(ansible: Ansible, panel: Simulator) -> None:
    """Several sources of one cloud with different host names."""
    reset_panel(panel)
    sources = [
        ansible.source("none", evaluate_at=NOON, hostnames=["'none' ~ onapp_id"]),
        ansible.source("latest", evaluate_at=NOON, hostnames=["'latest' ~ onapp_id"], include_backups="latest"),
        ansible.source("all", evaluate_at=NOON, hostnames=["'all' ~ onapp_id"], include_backups="all", group="whole"),
        ansible.source(
            "own",
            evaluate_at=NOON,
            hostnames=["'own' ~ vm_id"],
            hostvars_prefix="vm_",
            group="",
            group_prefix="own_",
            flag_groups=True,
            filters=[{"include": "vm_id == 2"}, {"exclude": True}],
        ),
    ]
    listing = ansible.inventory(*sources, panel=panel)
    assert listing.status == 0, listing.output
    hosts, groups = listing.hosts, listing.groups
    assert {name.rstrip("12") for name in hosts} == {"none", "latest", "all", "own"}
    assert "onapp_backups" not in hosts["none1"]
    assert {backup["id"] for backup in hosts["latest1"]["onapp_backups"]} == {102, 104}
    assert {backup["id"] for backup in hosts["all1"]["onapp_backups"]} == {101, 102, 103, 104}
    assert hosts["latest2"]["onapp_backups"] == hosts["all2"]["onapp_backups"] == []
    for name in ("latest1", "all1"):
        assert {**hosts[name], "onapp_backups": None} == {**hosts["none1"], "onapp_backups": None}

    assert "own1" not in hosts and "ansible_host" not in hosts["own2"]
    assert {name.removeprefix("vm_") for name in hosts["own2"]} == {
        name.removeprefix("onapp_") for name in hosts["none2"]
    }
    assert all(name.startswith("vm_") for name in hosts["own2"])
    assert groups["own_unprotected"] == groups["own_flag_powered_off"] == ["own2"]
    assert set(groups["onapp"]) & set(hosts) == {"none1", "none2", "latest1", "latest2"} | set(groups["onapp"])
    assert "own2" not in groups["onapp"] and "whole" in groups
    assert len(listing.health["sources"]) == 4 and listing.health["virtual_machines"] == 7


@pytest.mark.newest
def test_constructed(ansible: Ansible, panel: Simulator) -> None:
    reset_panel(panel)
    constructed = {
        "compose": {
            "hours": "onapp_backup.age_seconds // 3600",  # None without a backup
            "short": "onapp_label[:2]",
            "count": "onapp_backup.disks | length",
            "wrong": "no_such_variable + 1",
        },
        "groups": {"running": "onapp_booted", "of_user_7": "onapp_user_id == 7", "broken": "nothing.here"},
        "keyed_groups": [
            {"key": "onapp_user_id", "prefix": "number"},
            {"key": "onapp_user_id | string", "prefix": "user"},
            {"key": "onapp_backup.state", "prefix": "is", "parent_group": "states"},
            {"key": "onapp_backup.flags", "prefix": "flag"},
            {"key": "onapp_template_label", "separator": ""},
            {"key": "nothing.here"},
        ],
    }
    listing = ansible.inventory(ansible.source(evaluate_at=NOON, **constructed), panel=panel)
    assert listing.status == 0, listing.output
    db, web = listing.hosts["db-1"], listing.hosts["web_äöü-2"]
    assert (db["hours"], db["short"], db["count"]) == (6, "db", 3)
    assert (web["short"], web["count"]) == ("we", 1)
    assert "hours" not in web and "wrong" not in db
    groups = listing.groups
    assert groups["running"] == groups["of_user_7"] == groups["user_7"] == groups["is_protected"] == ["db-1"]
    assert groups["is_unprotected"] == groups["flag_powered_off"] == ["web_äöü-2"]
    assert sorted(listing.tree["all"]["children"]["states"]["children"]) == ["is_protected", "is_unprotected"]
    assert groups["Ubuntu_12_04_x64"] == ["db-1", "web_äöü-2"]
    assert not any(name.startswith("number") for name in groups)
    for name, hosts, first in (
        ("compose.hours", 1, "web_äöü-2"),
        ("compose.wrong", 2, "db-1"),
        ("groups.broken", 2, "db-1"),
        ("keyed_groups[0]", 2, "db-1"),
        ("keyed_groups[5]", 2, "db-1"),
    ):
        counted = "1 host" if hosts == 1 else f"{hosts} hosts"
        text = f"The expression of {name} failed for {counted}, and is ignored there; the first is {first}: "
        assert listing.finds(text) == 1, listing.output
    assert listing.finds("The expression of ") == 5, listing.output
    assert "Traceback" not in listing.output


def test_same_text_in_every_run_and_core(ansible: Ansible, panel: Simulator) -> None:
    reset_panel(panel)
    source = ansible.source(
        **options(panel),
        evaluate_at=NOON,
        include_backups="all",
        flag_groups=True,
        keyed_groups=[{"key": "onapp_label", "prefix": "label"}],
        compose={"again": "onapp_backups | map(attribute='note') | list"},
    )
    first, second = ansible.inventory(source), ansible.inventory(source, environment={"PYTHONHASHSEED": "4"})
    assert first.status == 0, first.output
    assert first.text == second.text
    actual = first.text.replace(panel.url, "http://panel")
    (ansible.folder / "ACTUAL").write_text(actual, encoding="utf-8")
    assert actual == EXPECTED.read_text(encoding="utf-8"), f"see {ansible.folder}/ACTUAL"
