# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The static script has just what was listed, and what differs is found."""

from __future__ import annotations

import copy
import json
import pathlib
import subprocess
import types
import typing as t

import pytest
from ansible_collections.community.onapp.tests.benchmarks.cloud import Cloud
from ansible_collections.community.onapp.tests.benchmarks.measure import WrongResult
from ansible_collections.community.onapp.tests.benchmarks.sources import Sources

HEALTH = {"complete": True, "source": {"__ansible_unsafe": "api"}}
LISTING: dict[str, t.Any] = {
    "_meta": {
        "hostvars": {
            "db": {"onapp_label": {"__ansible_unsafe": "db"}, "onapp_id": 1, "onapp_inventory": HEALTH},
            "web": {"onapp_label": "web", "onapp_id": 2, "onapp_inventory": HEALTH},
        }
    },
    "all": {"children": ["ungrouped", "onapp"]},
    "onapp": {"hosts": ["db", "web"]},
}


@pytest.fixture
def sources(tmp_path: pathlib.Path) -> Sources:
    made = Sources(t.cast(Cloud, types.SimpleNamespace(folder=tmp_path, vms=2)))
    made.listing.write_text(json.dumps(LISTING), encoding="utf-8")
    return made


def changed(**parts: t.Any) -> dict[str, t.Any]:
    """The listing with some values of the host `db` replaced."""
    listing = copy.deepcopy(LISTING)
    listing["_meta"]["hostvars"]["db"].update(parts)
    return listing


def test_the_script_says_variables_of_all_hosts_once(sources: Sources) -> None:
    (script,) = sources.write_static()
    said = json.loads(subprocess.run([script, "--list"], capture_output=True, check=True).stdout)
    assert said["_meta"]["hostvars"] == {
        "db": {"onapp_label": "db", "onapp_id": 1},
        "web": {"onapp_label": "web", "onapp_id": 2},
    }
    assert said["all"] == {"children": ["ungrouped", "onapp"], "vars": {"onapp_inventory": HEALTH | {"source": "api"}}}
    assert said["onapp"] == {"hosts": ["db", "web"]}


def test_marks_and_order_make_no_difference(sources: Sources) -> None:
    sources.write_static()
    other = changed(onapp_label="db")
    other["onapp"]["hosts"] = ["web", "db"]
    sources.listing.write_text(json.dumps(other), encoding="utf-8")
    sources.check_static()
    assert sources.groups() == {"all": [], "onapp": ["db", "web"]}


def without_a_group() -> dict[str, t.Any]:
    return {**changed(), "onapp": {"hosts": ["db"]}}


@pytest.mark.parametrize("other", [changed(onapp_id=3), changed(more=None), without_a_group()])
def test_another_value_variable_or_group_is_found(sources: Sources, other: dict[str, t.Any]) -> None:
    sources.write_static()
    sources.listing.write_text(json.dumps(other), encoding="utf-8")
    with pytest.raises(WrongResult):
        sources.check_static()


def test_a_variable_that_is_not_the_same_for_all_cannot_be_said_once(sources: Sources) -> None:
    sources.listing.write_text(json.dumps(changed(onapp_inventory={"complete": False})), encoding="utf-8")
    with pytest.raises(WrongResult, match="onapp_inventory"):
        sources.write_static()
