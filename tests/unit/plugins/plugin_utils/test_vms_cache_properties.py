# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any cached text gives the complete stored cloud or is unusable, without other exceptions."""

from __future__ import annotations

import base64
import json
import typing as t
import zlib

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._api.fetch import FetchedVm
from ansible_collections.community.onapp.plugins.module_utils._assessment.state import assess
from ansible_collections.community.onapp.plugins.module_utils._fields import as_integer
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.plugin_utils._vms import DamagedCache, Recorder, Snapshot
from ansible_collections.community.onapp.tests.properties import examples, find
from ansible_collections.community.onapp.tests.unit.strategies import (
    NOW,
    Row,
    backup_rows,
    disk_rows,
    json_values,
    mostly,
    texts,
    vm_rows,
)
from hypothesis import strategies as st

POLICY = parse_policy(None)
FRAGMENTS = ("\n", "\n\n", "[", "null", "9" * 5000, "=", "\u00e9", "[" * 5000, "eee")
Entry = tuple[Row, list[Row], list[Row]]

clouds = st.lists(
    st.tuples(vm_rows, st.lists(disk_rows, max_size=2), st.lists(backup_rows, max_size=2)),
    max_size=3,
    unique_by=lambda entry: as_integer(entry[0]["id"]),
)


def snapshot_of(cloud: list[Entry]) -> Snapshot:
    recorder = Recorder(whole_backups=True)
    for entry in cloud:
        recorder.add(*entry)
    snapshot = recorder.snapshot(NOW)
    assert snapshot
    return snapshot


def packed(document: t.Any) -> str:
    """A page that can be decompressed, with any content."""
    return base64.b64encode(zlib.compress(json.dumps(document).encode())).decode()


@st.composite
def cached_texts(draw: st.DrawFn) -> tuple[list[Entry], str]:
    """A cloud and its cached text, damaged or not."""
    cloud = draw(clouds)
    text = snapshot_of(cloud).as_text()
    for damage in draw(st.lists(st.sampled_from(["insert", "cut", "replace", "page", "head", "garbage"]), max_size=2)):
        place = draw(st.integers(0, max(0, len(text) - 1)))
        head, newline, pages = text.partition("\n")
        if damage == "insert":
            text = text[:place] + draw(st.one_of(st.sampled_from(FRAGMENTS), texts)) + text[place:]
        elif damage == "cut":
            text = text[:place]
        elif damage == "replace":
            text = text[:place] + draw(st.characters(codec="ascii")) + text[place + 1 :]
        elif damage == "page":
            text = head + newline + packed(draw(mostly(json_values, clouds)))
        elif damage == "head":
            text = json.dumps(draw(json_values)) + newline + pages
        else:
            text = draw(st.one_of(texts, json_values.map(json.dumps)))
    return cloud, text


def virtual_machines_of(text: str) -> list[FetchedVm] | None:
    """The virtual machines in a text, None if it is unusable."""
    try:
        return list(Snapshot.from_text(text).virtual_machines())
    except DamagedCache:
        return None


@hypothesis.settings(max_examples=examples(80))
@hypothesis.given(cached_texts())
def test_stored_cloud_or_unusable(case: tuple[list[Entry], str]) -> None:
    cloud, text = case
    is_undamaged = text == snapshot_of(cloud).as_text()
    found = virtual_machines_of(text)
    if found is None:
        assert not is_undamaged
        return
    for fetched in found:
        assess(fetched, POLICY, NOW)
    if is_undamaged:
        assert comparable(found) == comparable(FetchedVm.of_rows(*entry) for entry in cloud)


def comparable(vms: t.Iterable[FetchedVm]) -> list[tuple[FetchedVm, list[str]]]:
    """Virtual machines with failures as texts, because errors are equal only to themselves."""
    return [(vm._replace(failures=()), [failure.error.text for failure in vm.failures]) for vm in vms]


@pytest.mark.parametrize("unusable", [True, False])
def test_texts_are_both_usable_and_unusable(unusable: bool) -> None:
    find(cached_texts(), lambda case: (virtual_machines_of(case[1]) is None) is unusable)
