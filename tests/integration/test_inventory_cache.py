# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin with a cache: it holds rows of complete clouds, which are assessed in every run."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest
from ansible_collections.community.onapp.tests.integration.runner import (
    Ansible,
    Listing,
    cached_text,
    info,
    options,
    variables,
)
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = pytest.mark.newest

NOON = "2026-03-30T12:00:00Z"
CACHE = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": "cache", "cache_timeout": 3600}
CLOUD: dict[str, t.Any] = {
    "virtual_machines": [
        {"id": 1, "label": "fresh", "backups": [{"created_at": "2026-03-30T06:00:00Z", "note": "a note"}]},
        {"id": 2, "label": "old", "booted": False, "backups": [{"created_at": "2026-03-20T06:00:00Z"}]},
        {"id": 3, "label": "none", "backups": []},
    ]
}
# Keys that differ between a run that reads the panel and one that reads the cache.
RUN_KEYS = ("source", "cache_age", "requests", "generated_at")


def reset_panel(panel: Simulator) -> None:
    """Reset the panel to a fixed cloud at a fixed time."""
    panel.reset(cloud=CLOUD, now="2026-03-30T12:00:00Z")


def count_requests(panel: Simulator) -> int:
    """The number of requests since the last reset."""
    requests: int = panel.counts()["requests"]
    return requests


def comparable(listing: Listing) -> t.Any:
    """The inventory without the keys that differ between runs."""
    for record in (listing.health, *listing.health["sources"]):
        for name in RUN_KEYS:
            assert name in record
            record[name] = None
    return listing.tree


def test_warm_cache(ansible: Ansible, panel: Simulator) -> None:
    reset_panel(panel)
    shown = {"evaluate_at": NOON, "include_backups": "all", "flag_groups": True}
    plain = ansible.inventory(ansible.source(**shown), panel=panel)
    source = ansible.source(**shown, **CACHE)
    fresh = ansible.inventory(source, panel=panel)
    cost = count_requests(panel)
    assert cost == 2 * 5 and fresh.health["requests"] == 5
    cached = ansible.inventory(source, panel=panel)
    assert count_requests(panel) == cost, "the warm cache asked the panel"
    for listing, kind in ((fresh, "api"), (cached, "cache")):
        assert listing.status == 0, listing.output
        record = listing.health
        assert (record["source"], record["sources"][0]["source"], record["complete"]) == (kind, kind, True)
        assert record["generated_at"] == NOON and record["virtual_machines"] == 3 and record["backups"] == 2
    assert cached.health["requests"] == 0
    assert comparable(plain) == comparable(fresh) == comparable(cached)

    # The same options in a file with another name, or for another user, use another cache.
    other = ansible.source("other", **shown, **CACHE, username="user1875", password="canary-password-1875")
    assert ansible.inventory(other, panel=panel).health["source"] == "api"
    files = list((ansible.folder / "cache").iterdir())
    assert len(files) == 2
    token = base64.b64encode(f"{panel.username}:{panel.password}".encode()).decode()
    for path in files:
        text = path.name + cached_text(path.read_text(encoding="utf-8"))
        assert "a note" in text
        for secret in (panel.password, token, "canary", panel.username, "protected"):
            assert secret not in text

    # An unusable cache file leads to a new read.
    for path in files:
        path.write_text('{"not": "ours"}')
    again = ansible.inventory(source, panel=panel)
    assert again.health["source"] == "api" and again.health["complete"] is True
    assert again.finds("The cache of this inventory source cannot be used, and the control panel is read instead") == 1


@pytest.mark.slow
def test_cached_rows_are_assessed_in_every_run(ansible: Ansible, panel: Simulator) -> None:
    """States, filters, names and limits are those of the current run, not of the run that filled the cache."""
    reset_panel(panel)
    first = ansible.inventory(ansible.source(evaluate_at=NOON, **CACHE), panel=panel)
    cost = count_requests(panel)

    def states(listing: Listing) -> dict[str, str]:
        return {name: own["onapp_backup"]["state"] for name, own in listing.hosts.items()}

    def cached_listing(**changed: t.Any) -> Listing:
        listing = ansible.inventory(ansible.source(**{"evaluate_at": NOON, **CACHE, **changed}), panel=panel)
        assert listing.status == 0, listing.output
        assert listing.health["source"] == "cache" and count_requests(panel) == cost
        return listing

    assert states(first) == {"fresh-1": "protected", "old-2": "stale", "none-3": "unprotected"}
    later = cached_listing(evaluate_at="2026-04-01T12:00:00Z", policy={"defaults": {"rpo": "2w"}})
    assert states(later) == {"fresh-1": "protected", "old-2": "protected", "none-3": "unprotected"}
    assert later.hosts["fresh-1"]["onapp_backup"]["age_seconds"] == 54 * 3600
    assert states(cached_listing(evaluate_at="2026-04-01T12:00:00Z"))["fresh-1"] == "stale"
    filtered = cached_listing(filters=[{"include": "onapp_booted"}, {"exclude": True}], hostnames=["hostname"])
    assert states(filtered) == {"vm-1.example.test": "protected", "vm-3.example.test": "unprotected"}
    assert filtered.health["virtual_machines"] == 2 and filtered.health["backups"] == 1

    # Far in the future the facts are older than the limit, so states are unknown.
    ahead = cached_listing(evaluate_at="2099-01-01T00:00:00Z", max_cache_age="6h", flag_groups=True)
    assert set(states(ahead).values()) == {"unknown"}
    assert ahead.groups["onapp_backup_unknown"] == ahead.groups["onapp_backup_flag_facts_cached"]
    assert len(ahead.groups["onapp_backup_unknown"]) == 3
    assert ahead.health["cache_age"] > 6 * 3600
    assert ahead.finds("(max_cache_age)") == 1
    assert "max_cache_age" in ahead.hosts["fresh-1"]["onapp_backup"]["reasons"][0]

    # include_backups needs another cache, which holds fields of backups such as notes.
    latest = ansible.inventory(ansible.source(evaluate_at=NOON, **CACHE, include_backups="latest"), panel=panel)
    assert latest.health["source"] == "api"
    assert latest.hosts["fresh-1"]["onapp_backups"][0]["note"] == "a note"


@pytest.mark.slow
def test_wider_filters_than_those_of_the_cache(ansible: Ansible, panel: Simulator) -> None:
    """Excluded virtual machines are not in the cache, so a filter that includes them reads the panel again."""
    reset_panel(panel)
    few = {**CACHE, "filters": [{"include": "onapp_id == 1"}, {"exclude": True}]}
    assert set(ansible.inventory(ansible.source(**few), panel=panel).hosts) == {"fresh-1"}
    cost = count_requests(panel)
    narrower = ansible.inventory(ansible.source(**CACHE, filters=[{"exclude": True}]), panel=panel)
    assert narrower.hosts == {} and count_requests(panel) == cost
    wider = ansible.inventory(ansible.source(**CACHE), panel=panel)
    assert set(wider.hosts) == {"fresh-1", "old-2", "none-3"} and count_requests(panel) == cost + 5
    assert ansible.inventory("cloud.onapp.yml", panel=panel).health["source"] == "cache"


@pytest.mark.slow
def test_not_cached(ansible: Ansible, panel: Simulator) -> None:
    reset_panel(panel)
    source = ansible.source(evaluate_at=NOON, **CACHE)
    panel.faults([{"fault": "status", "status": 500, "route": "backups", "vm": 2, "times": 1}])
    part = ansible.inventory(source, panel=panel)
    assert part.health["complete"] is False and part.groups["onapp_backup_unknown"] == ["old-2"]
    latest = ansible.inventory(source, panel=panel)
    assert latest.health["complete"] is True and latest.health["source"] == "api"

    # --flush-cache reads the panel and fills the cache. ansible-inventory has this option from 2.19 on.
    assert ansible.inventory(source, panel=panel).health["source"] == "cache"
    cost = count_requests(panel)
    (ansible.folder / "all.yml").write_text('[{"name": "all", "hosts": "all"}]')
    flush = ["all.yml", "--list-hosts", "--flush-cache", "-i", source]
    done = ansible.command("ansible-playbook", *flush, environment=variables(panel))
    assert done.status == 0 and "fresh" in done.output and count_requests(panel) == cost + 5
    panel.faults([{"fault": "status", "status": 500, "route": "virtual_machines", "times": 1}])
    failed = ansible.command("ansible-playbook", *flush, "-i", "localhost,", environment=variables(panel))
    assert "localhost" in failed.output and "fresh" not in failed.output.partition("hosts (")[2]
    kept = ansible.inventory(source, panel=panel)
    assert set(kept.hosts) == {"fresh-1", "old-2", "none-3"} and kept.health["complete"] is True

    # The plugin memory, which lives only as long as the command, gives one warning and works.
    memory = ansible.source(cache=True)
    listing = ansible.inventory(memory, panel=panel)
    assert listing.health["source"] == "api" and set(listing.hosts) == {"fresh-1", "old-2", "none-3"}
    assert listing.finds("cache_plugin is memory") == 1


@pytest.mark.slow
def test_refresh_in_a_play(ansible: Ansible, panel: Simulator) -> None:
    """`meta: refresh_inventory` reads the panel, and the play continues with the new inventory."""
    reset_panel(panel)
    source = ansible.source(evaluate_at=NOON, **CACHE)
    ansible.inventory(source, panel=panel)
    refresh = [{"name": "refresh", "ansible.builtin.meta": "refresh_inventory"}]
    (ansible.folder / "refresh.yml").write_text(json.dumps(refresh), encoding="utf-8")
    panel.faults([{"fault": "delete_vm", "route": "virtual_machine", "vm": 1}])
    requests = "onapp_inventory.sources | map(attribute='requests')"
    seen = "{{ [groups.onapp_backup_protected, " + requests + ", groups.onapp | length] }}"
    delete = {"virtual_machines": [1], "gather_subset": ["virtual_machines"], **options(panel)}
    done = ansible.tasks(
        {
            "before": {"ansible.builtin.debug": {"msg": seen}},
            "delete": info(**delete),
            "after": {"ansible.builtin.include_tasks": "refresh.yml"},
            "seen": {"ansible.builtin.debug": {"msg": seen}},
        },
        "-i",
        source,
        environment=variables(panel),
    )
    assert done.status == 0, done.output
    assert done.results["before"]["msg"] == [["fresh-1"], [0], 3]
    assert done.results["seen"]["msg"] == [[], [4], 2]
