# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of a cached cloud: what was put in, or nothing; never half of it, and never another exception."""

from __future__ import annotations

import base64
import json
import typing as t
import zlib

from ansible_collections.community.onapp.plugins.module_utils._api.fetch import FetchedVm
from ansible_collections.community.onapp.plugins.module_utils._assessment.records import Records, assess_records
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.plugin_utils._snapshot import Recorder, Snapshot, Unusable
from ansible_collections.community.onapp.tests.fuzz.rows import Row, backup_rows, disk_rows, machine_rows
from ansible_collections.community.onapp.tests.fuzz.running import Target
from ansible_collections.community.onapp.tests.fuzz.values import NOW, json_values, seldom, texts
from hypothesis import strategies as st

POLICY = parse_policy(None)
SPLINTERS = ("\n", "\n\n", "[", "null", "9" * 5000, "=", "\u00e9", "[" * 5000, "e" * 3)

clouds = st.lists(
    st.tuples(machine_rows, st.lists(disk_rows, max_size=2), st.lists(backup_rows, max_size=2)), max_size=3
)


def recorded(cloud: list[tuple[Row, list[Row], list[Row]]]) -> Snapshot:
    recorder = Recorder(is_whole=True)
    for entry in cloud:
        recorder.add(*entry)
    return recorder.snapshot(NOW)


def packed(document: t.Any) -> str:
    """A page that unpacks well, whatever it holds."""
    return base64.b64encode(zlib.compress(json.dumps(document).encode())).decode()


@st.composite
def cached_texts(draw: st.DrawFn) -> tuple[list[t.Any], t.Any]:
    """A cloud, and what is left of its text after some damage, or after none."""
    cloud = draw(clouds)
    text: t.Any = recorded(cloud).as_text()
    for damage in draw(st.lists(st.sampled_from(["put", "cut", "turn", "page", "head", "junk"]), max_size=2)):
        place = draw(st.integers(0, max(0, len(text) - 1)))
        head, newline, pages = text.partition("\n")
        if damage == "put":
            text = text[:place] + draw(st.one_of(st.sampled_from(SPLINTERS), texts)) + text[place:]
        elif damage == "cut":
            text = text[:place]
        elif damage == "turn":
            text = text[:place] + draw(st.characters(codec="ascii")) + text[place + 1 :]
        elif damage == "page":
            text = head + newline + packed(draw(seldom(json_values, clouds)))
        elif damage == "head":
            text = json.dumps(draw(json_values)) + newline + pages
        else:
            text = draw(st.one_of(texts, json_values.map(json.dumps)))
    return cloud, text


def returns_what_was_kept(case: tuple[list[t.Any], t.Any]) -> bool:
    """None or Unusable, or virtual machines that can be judged; and all of them, where the text was left alone."""
    cloud, text = case
    snapshot = Snapshot.from_text(text)
    if snapshot is None:
        assert text != recorded(cloud).as_text()
        return True
    try:
        found = list(snapshot.kept(lambda row: True))
    except Unusable:
        assert text != recorded(cloud).as_text()
        return True
    for fetched in found:
        assess_records(Records.of(fetched, POLICY.clock.naive_as), POLICY, NOW)
    if text == recorded(cloud).as_text():
        assert found == [FetchedVm(*entry, ()) for entry in cloud]
    return False


TARGETS = [Target("cache", "what was kept, or nothing", 60, cached_texts(), returns_what_was_kept)]
