# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows as JSON and as typed XML."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.community.onapp.tests.simulator import wire
from ansible_collections.community.onapp.tests.simulator.generated import Generated, seed_backup
from ansible_collections.community.onapp.tests.simulator.shapes import GENERATIONS
from ansible_collections.community.onapp.tests.vendor_page import VENDOR_PAGE, VENDOR_ROW
from hypothesis import given
from hypothesis import strategies as st

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\t\n\r")),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda rows: [{"row": row} for row in rows])
        | st.dictionaries(st.from_regex(r"\A[a-z_]{1,8}\Z"), inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


def plain(node: ElementTree.Element, typed: bool = True) -> Any:
    """The value of a typed element, parsed independently of the code under test."""
    kind = node.get("type")
    if node.get("nil") == "true":
        return None
    if kind == "array":
        return [{child.tag: plain(child, typed)} for child in node]
    if kind == "boolean":
        return node.text == "true"
    if kind == "integer":
        return int(node.text or "")
    if len(node):
        return {child.tag: plain(child, typed) for child in node}
    return node.text or ""


def untyped(value: Any) -> Any:
    """Numbers as 2.x's XML leaves them: as text."""
    if isinstance(value, dict):
        return {name: untyped(part) for name, part in value.items()}
    if isinstance(value, list):
        return [untyped(part) for part in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def test_vendor_page_in_xml() -> None:
    assert wire.many("xml", "4.x", "backup", [seed_backup("4.x")]).decode() == VENDOR_PAGE


def test_vendor_page_in_json() -> None:
    body = wire.many("json", "4.x", "backup", [seed_backup("4.x")])
    assert json.loads(body) == [{"backup": VENDOR_ROW}]
    assert list(json.loads(body)[0]["backup"]) == list(VENDOR_ROW)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_both_formats_are_equal(generation: str) -> None:
    data = Generated(generation, datetime(2026, 3, 1, tzinfo=UTC), 20, 6)
    lists = {
        "virtual_machine": [data.vm(key) for key in data.existing()],
        "disk": [row for key in data.existing() for row in data.disks(key)],
        "backup": [row for key in data.existing() for row in data.backups(key)],
        "user": data.users(),
    }
    for wrapper, rows in lists.items():
        from_json = json.loads(wire.many("json", generation, wrapper, rows))
        from_xml = plain(ElementTree.fromstring(wire.many("xml", generation, wrapper, rows)))
        assert from_xml == (untyped(from_json) if generation == "2.x" else from_json)


def test_both_spellings_of_datetime() -> None:
    assert b'type="datetime"' in wire.many("xml", "4.x", "backup", [seed_backup("4.x")])
    assert b'type="dateTime"' in wire.many("xml", "6.x", "recovery_point", [{"created_at": "2026-03-01T12:00:00Z"}])


def test_empty_lists() -> None:
    assert wire.many("json", "6.x", "backup", []) == b"[]"
    assert wire.many("xml", "6.x", "backup", []).endswith(b'<backups type="array"/>\n')


@given(VALUES)
def test_any_text_in_xml(value: Any) -> None:
    body = wire.one("xml", "6.x", "row", {"value": value, "other": 1})
    assert plain(ElementTree.fromstring(body)) == {"value": value, "other": 1}


@given(st.text())
def test_any_text_gives_valid_bodies(text: str) -> None:
    row = {"note": text}
    assert json.loads(wire.one("json", "6.x", "vm", row)) == {"vm": row}
    ElementTree.fromstring(wire.one("xml", "6.x", "vm", row))


def test_text_that_utf8_cannot_encode() -> None:
    assert json.loads(wire.as_json({"label": "\ud800"})) == {"label": "\ud800"}
    assert b"<label>*</label>" in wire.one("xml", "6.x", "vm", {"label": "\ud800"})


def test_keys_that_are_no_xml_names() -> None:
    assert b'<entry name="two words"/>' in wire.one("xml", "6.x", "vm", {"two words": 1})


@pytest.mark.parametrize(
    ("form", "generation", "body"),
    [
        ("json", "2.x", b'{"error":"Gone"}'),
        ("json", "4.x", b'{"errors":["Gone"]}'),
        ("xml", "6.x", b'<errors type="array">\n  <error>Gone</error>\n</errors>\n'),
        ("xml", "2.x", b"<hash>\n  <error>Gone</error>\n</hash>\n"),
    ],
)
def test_errors(form: str, generation: str, body: bytes) -> None:
    assert wire.errors(form, generation, ["Gone"]).endswith(body)
