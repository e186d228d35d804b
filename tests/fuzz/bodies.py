# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bodies of answers: JSON and XML as panels send them, the same damaged, and bytes of any kind."""

from __future__ import annotations

import json
import typing as t
import xml.sax.saxutils

from ansible_collections.community.onapp.tests.fuzz.values import json_values, scalars, seldom, texts, words
from hypothesis import strategies as st

SECRET = "cAnArY-5ecret"
SECRET_NAMES = ("password", "initial_root_password", "api_key", "remote_access_password", "Token", "private_key")
TYPES = ("integer", "float", "boolean", "datetime", "array", "decimal", "symbol", "")
NAMES = ("created_at", "label", "note", "built", "backup_size")
# What breaks readers, put anywhere into a body.
SPLINTERS = (
    b"\x00",
    b"\xff",
    b"\xed\xa0\x80",
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"9" * 5000,
    b"[" * 500,
    b"<a>" * 100,
    b"]]>",
    b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
    b"&b;",
    b"&#0;",
    b"&#" + b"9" * 200 + b";",
    rb"\ud800",
    rb"\u0000",
    b"<html>",
    b"<!-- ",
    b"<script>",
    b"<?xml version='1.0' encoding='utf-7'?>",
    b"\xef\xbb\xbf",
    b'"',
    b"{",
    b",",
    b' nil="true"',
    b' type="integer"',
)

rows = st.builds(
    lambda number, more: {"id": number, **more},
    seldom(st.integers(1, 9)),
    st.dictionaries(seldom(st.sampled_from(NAMES), st.one_of(words, texts)), scalars, max_size=4),
)
wrapped = rows.map(lambda row: {"backup": row})
lists = st.lists(seldom(wrapped, st.one_of(rows, json_values)), max_size=3)
documents = seldom(lists, st.one_of(wrapped, json_values))


@st.composite
def secretive(draw: st.DrawFn) -> t.Any:
    """A list of rows with passwords and keys at any depth."""
    hidden: t.Any = SECRET
    for wrap in draw(st.lists(st.sampled_from(["list", "object"]), max_size=2)):
        hidden = [hidden] if wrap == "list" else {"value": hidden}
    holder: t.Any = {draw(st.sampled_from(SECRET_NAMES)): hidden}
    for wrap in draw(st.lists(st.sampled_from(["list", "object"]), max_size=3)):
        holder = [holder] if wrap == "list" else {"nested": holder}
    return [{"backup": {"id": 1, "extra": holder, draw(st.sampled_from(SECRET_NAMES)): hidden}}]


def as_json(document: t.Any) -> bytes:
    return json.dumps(document).encode()


def as_xml(document: t.Any, name: str = "backups", kind: str = "") -> bytes:
    """A document in the manner of Rails; `kind` is the type that is claimed for single values."""
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + _element(document, name, kind)).encode("utf-8", "replace")


def _element(value: t.Any, name: str, kind: str) -> str:
    name = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in name).lstrip("-0123456789") or "field"
    if value is None:
        return f'<{name} nil="true"/>'
    if isinstance(value, list):
        inner = "".join(_item(item, kind) for item in value)
        return f'<{name} type="array">{inner}</{name}>'
    if isinstance(value, dict):
        return f"<{name}>{''.join(_element(item, key, kind) for key, item in value.items())}</{name}>"
    typed = f' type="{kind}"' if kind else ""
    text = json.dumps(value) if isinstance(value, (bool, int, float)) else str(value)
    return f"<{name}{typed}>{xml.sax.saxutils.escape(text)}</{name}>"


def _item(item: t.Any, kind: str) -> str:
    """An item of a list, under its own name where it has one."""
    if isinstance(item, dict) and len(item) == 1:
        ((name, inner),) = item.items()
        return _element(inner, name, kind)
    return _element(item, "backup", kind)


@st.composite
def damaged(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """A body with up to three places where something was put in, taken out or cut off."""
    body = draw(whole)
    kinds = draw(st.lists(st.sampled_from(["put", "take", "cut", "turn"]), max_size=3)) if draw(st.booleans()) else []
    for damage in kinds:
        place = draw(st.integers(0, max(0, len(body) - 1)))
        if damage == "put":
            body = body[:place] + draw(st.sampled_from(SPLINTERS)) + body[place:]
        elif damage == "take":
            body = body[:place] + body[place + draw(st.integers(1, 9)) :]
        elif damage == "cut":
            body = body[:place]
        elif body:
            body = body[:place] + bytes([draw(st.integers(0, 255))]) + body[place + 1 :]
    return body


json_bodies = seldom(damaged(documents.map(as_json)), st.binary(max_size=60))
xml_bodies = seldom(
    damaged(st.builds(as_xml, documents, st.just("backups"), st.sampled_from(TYPES))), st.binary(max_size=60)
)
