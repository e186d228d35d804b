# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Harmless and hostile inputs for property tests: values, bodies of answers, and rows of a cloud."""

from __future__ import annotations

import datetime
import json
import typing as t
import xml.sax.saxutils

from ansible_collections.community.onapp.plugins.module_utils._facts import BACKUP_FIELDS, VIRTUAL_MACHINE_FIELDS
from hypothesis import strategies as st

NOW = 1774850400
HOUR = 3600
VM_ID = 42
SPECIAL = (
    "<>&\"'`|*_[]{}()#@=+-;,:!\\/% \t\r\n\x00\x0b\x1b\x7f\x85\xa0\u200b\u2028\u202e\ufeff\ufffe\U0001f4be\ud800\udfff"
)
# Ages in seconds on both sides of now and of each limit of the policy.
AGES = (-48 * HOUR, -301, -300, 0, HOUR, 5 * HOUR, 24 * HOUR - 1, 24 * HOUR, 26 * HOUR, 26 * HOUR + 1, 900 * HOUR)

texts = st.text(st.one_of(st.sampled_from(SPECIAL), st.characters()), max_size=40)
words = st.sampled_from(
    [
        "",
        "true",
        "no",
        "0",
        "-1",
        " 8 ",
        "1e999",
        "9" * 30,
        "NaN",
        "26h",
        "2026-03-30",
        "0000-00-00T00:00:00Z",
        "{{ 7 * 7 }}",
        "</script><script>alert(1)</script>",
        '=HYPERLINK("https://evil.example/")',
        "]]>",
        "Disk",
        "VirtualMachine",
    ]
)
numbers = st.one_of(
    st.integers(-2, 50),
    st.sampled_from([0, -1, 2**31, 2**63, -(2**63) - 1, 10**18, 10**40, 10**320, 10**4000]),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, words, texts)
# Values that a decoder can return, without infinity and NaN.
json_values: st.SearchStrategy[t.Any] = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.one_of(words, texts), inner, max_size=4)),
    max_leaves=12,
)


def stamp(age: int) -> str:
    """The time `age` seconds before now, as panels write it."""
    return datetime.datetime.fromtimestamp(NOW - age, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@st.composite
def mostly(draw: st.DrawFn, good: st.SearchStrategy[t.Any], bad: st.SearchStrategy[t.Any] = json_values) -> t.Any:
    """A good value, one time in twelve a bad one."""
    return draw(bad if draw(st.integers(0, 11)) == 11 else good)


times = mostly(
    st.one_of(
        st.sampled_from(AGES).map(stamp),
        st.sampled_from(AGES).map(stamp),
        st.sampled_from(
            [None, "", "soon", "2026-03-30 05:00:00", "2026-03-30T05:00:00.000+03:00", "9999-12-31T23:59:59Z"]
        ),
    )
)
yes = mostly(st.sampled_from([True, True, True, True, "true", 1, False, None]))
no = mostly(st.sampled_from([False, False, False, False, "false", None, True]))

SECRET = "cAnArY-5ecret"
SECRET_NAMES = ("password", "initial_root_password", "api_key", "remote_access_password", "Token", "private_key")
TYPES = ("integer", "float", "boolean", "datetime", "array", "decimal", "symbol", "")
NAMES = ("created_at", "label", "note", "built", "backup_size")
# Bytes that break parsers, inserted anywhere into a body.
FRAGMENTS = (
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
    mostly(st.integers(1, 9)),
    st.dictionaries(mostly(st.sampled_from(NAMES), st.one_of(words, texts)), scalars, max_size=4),
)
wrapped = rows.map(lambda row: {"backup": row})
lists = st.lists(mostly(wrapped, st.one_of(rows, json_values)), max_size=3)
documents = mostly(lists, st.one_of(wrapped, json_values))


@st.composite
def documents_with_secrets(draw: st.DrawFn) -> t.Any:
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
    """A document as Rails serializes it; `kind` is the `type` attribute of single values."""
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
    """An item of a list, under its own name if it has one."""
    if isinstance(item, dict) and len(item) == 1:
        ((name, inner),) = item.items()
        return _element(inner, name, kind)
    return _element(item, "backup", kind)


@st.composite
def damaged(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """A body with up to three changes: bytes inserted, removed, cut off or replaced."""
    body = draw(whole)
    kinds = (
        draw(st.lists(st.sampled_from(["insert", "remove", "cut", "replace"]), max_size=3))
        if draw(st.booleans())
        else []
    )
    for damage in kinds:
        place = draw(st.integers(0, max(0, len(body) - 1)))
        if damage == "insert":
            body = body[:place] + draw(st.sampled_from(FRAGMENTS)) + body[place:]
        elif damage == "remove":
            body = body[:place] + body[place + draw(st.integers(1, 9)) :]
        elif damage == "cut":
            body = body[:place]
        elif body:
            body = body[:place] + bytes([draw(st.integers(0, 255))]) + body[place + 1 :]
    return body


json_bodies = mostly(damaged(documents.map(as_json)), st.binary(max_size=60))
xml_bodies = mostly(
    damaged(st.builds(as_xml, documents, st.just("backups"), st.sampled_from(TYPES))), st.binary(max_size=60)
)

Row = dict[str, t.Any]

vm_rows = st.fixed_dictionaries(
    {"id": st.just(VM_ID), "built": yes, "booted": yes, "created_at": times},
    optional={
        "identifier": mostly(st.just("a1b2c3")),
        "label": mostly(texts),
        "hostname": mostly(texts),
        "user_id": mostly(st.just(7)),
        "template_id": mostly(st.just(3)),
        "operating_system": mostly(texts),
        "ip_addresses": json_values,
    },
)
disk_rows = st.fixed_dictionaries(
    {"id": st.integers(1, 3), "created_at": times, "is_swap": no},
    optional={
        "virtual_machine_id": mostly(st.sampled_from([VM_ID, VM_ID, str(VM_ID), None, 43])),
        "label": mostly(texts),
        "identifier": mostly(texts),
    },
)
target_fields = st.one_of(
    st.integers(1, 3).map(lambda disk: {"target_type": "Disk", "target_id": disk}),
    st.integers(1, 3).map(lambda disk: {"disk_id": disk, "backup_type": "days-autobackup"}),
    st.just({"target_type": "VirtualMachine", "target_id": VM_ID, "backup_type": "incremental"}),
    st.fixed_dictionaries(
        {},
        optional={
            "target_type": mostly(st.sampled_from(["Disk", "VirtualMachine", "Cluster", None, ""])),
            "target_id": mostly(st.sampled_from([1, "2", VM_ID, 43, None])),
            "disk_id": mostly(st.sampled_from([1, "2", "", None])),
        },
    ),
)
backup_rows = st.builds(
    lambda target, rest: {**rest, **target},
    target_fields,
    st.fixed_dictionaries(
        {"id": st.integers(1, 40), "built": yes, "created_at": times, "built_at": times, "marked_for_delete": no},
        optional={
            "locked": no,
            "backup_size": mostly(st.sampled_from([0, 310896, "8", None])),
            "backup_server_id": mostly(st.sampled_from([1, 2, None])),
            "initiated": mostly(st.sampled_from(["days", "weeks", "manual", None])),
            "note": mostly(texts),
            "updated_at": times,
        },
    ),
)
# Names of fields that the collection reads and others, with any values.
any_rows = st.builds(
    lambda row, more, number: {**more, **row, "id": number},
    st.dictionaries(st.sampled_from(sorted({*BACKUP_FIELDS, *VIRTUAL_MACHINE_FIELDS, "ip_addresses"})), json_values),
    st.dictionaries(texts, json_values, max_size=3),
    json_values,
)
# Mostly protected, so that a single wrong field has an effect.
good_backups = st.builds(
    lambda number, disk, age: {
        "id": number,
        "target_type": "Disk",
        "target_id": disk,
        "built": True,
        "marked_for_delete": False,
        "created_at": stamp(age),
        "built_at": stamp(age),
    },
    st.integers(1, 40),
    st.integers(1, 3),
    st.sampled_from([3600, 7200, 3600 * 25]),
)
good_vms = st.just({"id": VM_ID, "built": True, "booted": True, "created_at": stamp(3600 * 900)})
good_disks = st.integers(1, 3).map(lambda number: {"id": number, "created_at": stamp(3600 * 900)})
