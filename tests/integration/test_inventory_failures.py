# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures of the inventory plugin: a VM is unknown or the source adds no host, and onapp_inventory reports it."""

from __future__ import annotations

import base64
import typing as t

import pytest
from ansible_collections.community.onapp.tests.integration.runner import Ansible, Listing, squeezed, variables
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = pytest.mark.newest

FINE = "localhost,"


def check_nothing_added(listing: Listing, code: str, status: int | None, text: str) -> None:
    """Assert that Ansible used the other source, and that this one only added the record with the failure."""
    assert listing.status == 0, listing.output
    assert "Traceback" not in listing.output
    assert set(listing.groups) == {"all", "ungrouped"} and set(listing.hosts) == {"localhost"}, listing.text
    record = listing.health
    (failure,) = record["failures"]
    assert record["complete"] is False and record["sources"][0]["complete"] is False
    assert (record["virtual_machines"], record["backups"], record["source"]) == (0, 0, "api")
    assert (failure["virtual_machine_id"], failure["code"], failure["status"]) == (None, code, status)
    assert text in failure["text"] and listing.finds(failure["text"]) >= 1, failure


def test_unreadable_virtual_machine(ansible: Ansible, panel: Simulator) -> None:
    panel.faults(
        [
            {"fault": "status", "status": 500, "route": "backups", "vm": 2},
            {"fault": "delete_vm", "route": "backups", "vm": 4},
        ]
    )
    listing = ansible.inventory(ansible.source(evaluate_at=panel.now), FINE, panel=panel)
    assert listing.status == 0, listing.output
    record, groups = listing.health, listing.groups
    (failure,) = record["failures"]
    assert record["complete"] is False and record["virtual_machines"] == 11
    assert (failure["virtual_machine_id"], failure["code"], failure["status"]) == (2, "server", 500)
    (name,) = groups["onapp_backup_unknown"]
    assessment = listing.hosts[name]["onapp_backup"]
    assert listing.hosts[name]["onapp_id"] == 2
    assert assessment["state"] == "unknown" and failure["text"] in assessment["reasons"]
    assert (assessment["age_seconds"], assessment["copies"]) == (None, None)
    assert groups["onapp_backup_protected"]
    # The deleted one is a warning and no failure.
    assert "web-04-4" not in listing.hosts and len(groups["onapp"]) == 11
    assert listing.finds("Virtual machine 4 (web-04) was deleted") == 1
    assert listing.finds("onapp_inventory.complete is false") == 1

    check_nothing_added(
        ansible.inventory(ansible.source(on_error="fail"), FINE, panel=panel), "server", 500, "(HTTP 500)"
    )
    strict = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}
    fails = ansible.inventory("cloud.onapp.yml", FINE, panel=panel, environment=strict)
    assert fails.status == 1 and fails.text == "" and fails.finds("(HTTP 500)") >= 1
    assert "Traceback" not in fails.output


@pytest.mark.parametrize(
    ("fault", "code", "status", "text"),
    [
        ({"fault": "status", "status": 401}, "auth", 401, "username"),
        ({"fault": "html"}, "decode", 200, "web page"),
        ({"fault": "status", "status": 500, "route": "virtual_machines", "page": 2}, "server", 500, "(HTTP 500)"),
        ({"fault": "wrong_total", "route": "virtual_machines", "total": 30}, "decode", None, "30"),
    ],
    ids=["refused", "login_page", "second_page", "list_not_whole"],
)
def test_unreadable_list(
    ansible: Ansible, panel: Simulator, fault: dict[str, t.Any], code: str, status: int | None, text: str
) -> None:
    panel.faults([fault])
    # Two pages: no other request is in flight when the second fails, so that the counts agree.
    listing = ansible.inventory(ansible.source(page_size=6), FINE, panel=panel)
    record = listing.health
    assert record["requests"] == panel.counts()["requests"]
    check_nothing_added(listing, code, status, text)


@pytest.mark.slow
def test_several_sources(ansible: Ansible, panel: Simulator) -> None:
    """The record has failed and healthy sources in any order."""
    fine, broken = ansible.source("fine", evaluate_at=panel.now), ansible.source("broken", password="wrong")
    away = ansible.source("away", url="http://127.0.0.1:1", retries=0)
    for sources in ((fine, broken, away), (away, broken, fine)):
        listing = ansible.inventory(*sources, panel=panel)
        assert listing.status == 0, listing.output
        record = listing.health
        place = sources.index(fine)
        assert [source["complete"] for source in record["sources"]] == [source == fine for source in sources]
        assert record["complete"] is False and record["virtual_machines"] == len(listing.hosts) == 12
        assert sorted(failure["code"] for failure in record["failures"]) == ["auth", "connection"]
        assert record["sources"][place]["cloud"] == panel.url and record["sources"][place]["requests"] == 14
        assert listing.groups["onapp_backup_protected"]
    assert panel.counts()["by_status"] == {"200": 28, "401": 2}
    twice = ansible.inventory(fine, ansible.source("again", hostnames=["identifier"]), panel=panel)
    assert twice.health["complete"] is True and twice.health["failures"] == []
    assert twice.health["virtual_machines"] == len(twice.hosts) == 24


@pytest.mark.slow
def test_strict_adds_nothing(ansible: Ansible, panel: Simulator) -> None:
    """An expression that fails at the last host removes all hosts and the new groups of the source."""
    machines: list[dict[str, t.Any]] = [{"id": number, "backups": [{}]} for number in (1, 2)]
    panel.reset(cloud={"virtual_machines": [*machines, {"id": 3, "backups": []}]})
    keyed = {"keyed_groups": [{"key": "onapp_label", "prefix": "l", "parent_group": "labels"}], "groups": {"x": "true"}}
    failing: dict[str, dict[str, t.Any]] = {
        "compose.hours": {"compose": {"hours": "onapp_backup.age_seconds // 3600"}},
        "groups.fresh": {"groups": {"x": "true", "fresh": "onapp_backup.age_seconds < 3600"}},
        "keyed_groups[1]": {"keyed_groups": [*keyed["keyed_groups"], {"key": "onapp_backup.newest_at[:4]"}]},
        "hostnames[0]": {"hostnames": ["onapp_backup.newest_at[:4] ~ onapp_id"]},
        "filters[0].include": {"filters": [{"include": "onapp_id // (3 - onapp_id) == 1"}]},
        "on_duplicate": {"hostnames": ["onapp_user_id | string"], "on_duplicate": "fail"},
    }
    sources = [
        ansible.source(f"bad{number}", strict=True, **{**keyed, **given})
        for number, given in enumerate(failing.values())
    ]
    listing = ansible.inventory(*sources, FINE, panel=panel)
    assert listing.status == 0 and "Traceback" not in listing.output
    assert set(listing.groups) == {"all", "ungrouped"} and set(listing.hosts) == {"localhost"}, listing.text
    assert [source["complete"] for source in listing.health["sources"]] == [False] * len(failing)
    for name, failure in zip(failing, listing.health["failures"], strict=True):
        assert name in failure["text"] and failure["code"] == "config", failure
        assert listing.finds(failure["text"][:60]) >= 1

    # Hosts and groups of earlier sources stay, also with the same names.
    loose = ansible.source("loose", **{**keyed, **failing["compose.hours"]})
    both = ansible.inventory(loose, *sources, panel=panel)
    alone = ansible.inventory(loose, panel=panel)
    assert set(both.hosts) == set(alone.hosts) == {"vm-1-1", "vm-2-2", "vm-3-3"}
    assert both.groups == alone.groups
    assert alone.health["complete"] is True and both.health["complete"] is False


def test_no_secret_is_printed(ansible: Ansible, panel: Simulator) -> None:
    token = base64.b64encode(f"{panel.username}:{panel.password}".encode()).decode()
    log = ansible.folder / "ansible.log"
    panel.faults(
        [
            {"fault": "echo_credentials", "route": "backups", "vm": 2, "body_shape": "errors_map"},
            {"fault": "echo_credentials", "route": "virtual_machines", "skip": 1, "times": 1},
        ]
    )
    sources = [
        ansible.source("part", include_backups="all"),
        ansible.source("none"),
        ansible.source("option", password=panel.password, timeout="soon"),
        ansible.source("strict", password=panel.password, strict=True, compose={"x": "no_such_variable"}),
    ]
    given = [part for source in sources for part in ("-i", source)]
    environment = {**variables(panel), "ANSIBLE_LOG_PATH": str(log)}
    done = ansible.command("ansible-inventory", "-vvvv", "--list", *given, environment=environment)
    assert done.status == 0, done.output
    assert panel.counts()["requests"] >= 14 + 1 + 14
    assert squeezed("Could not serve HTTP_AUTHORIZATION") in squeezed(done.output)
    assert "canary-api-key" in panel.password
    for text in (squeezed(done.output), squeezed(log.read_text(encoding="utf-8"))):
        for secret in (panel.password, token, "canary"):
            assert secret not in text
