# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Serialize rows as JSON or as Rails' typed XML (as on the vendor's page "Get List of Normal Backups")."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from .shapes import Row

TYPES = {"json": "application/json; charset=utf-8", "xml": "application/xml; charset=utf-8"}
HTML = "text/html; charset=utf-8"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
# Characters that XML 1.0 does not allow; Rails' builder writes an asterisk for each.
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NAME = re.compile(r"[A-Za-z_][\w.-]*\Z")
LOGIN_PAGE = (
    b'<!DOCTYPE html>\n<html>\n<head><meta charset="utf-8"><title>OnApp</title></head>\n<body>\n'
    b'<form action="/users/sign_in" method="post">\n<label>Login <input name="user[login]"></label>\n'
    b'<label>Password <input name="user[password]" type="password"></label>\n'
    b"<button>Log in</button>\n</form>\n</body>\n</html>\n"
)


def many(form: str, generation: str, wrapper: str, rows: list[Row]) -> bytes:
    """A list of wrapped rows."""
    if form == "json":
        return as_json([{wrapper: row} for row in rows])
    root = f"{wrapper}s"
    if not rows:
        return f'{HEAD}<{root} type="array"/>\n'.encode()
    inner = "".join(element(wrapper, row, generation, 1, _times(wrapper)) for row in rows)
    return f'{HEAD}<{root} type="array">\n{inner}</{root}>\n'.encode()


def one(form: str, generation: str, wrapper: str, row: Row) -> bytes:
    """A single wrapped row."""
    if form == "json":
        return as_json({wrapper: row})
    return (HEAD + element(wrapper, row, generation, 0, _times(wrapper))).encode()


def _times(wrapper: str) -> str:
    """Both spellings of the type occur: ``dateTime`` on the vendor's page on recovery points."""
    return "dateTime" if wrapper.startswith("recovery") else "datetime"


def errors(form: str, generation: str, texts: list[str]) -> bytes:
    """An error: ``{"error": text}`` in 2.x, ``{"errors": [text]}`` later. The XML twin is an inference."""
    if form == "json":
        return as_json({"error": texts[0]} if generation == "2.x" else {"errors": texts})
    if generation == "2.x":
        return (HEAD + element("hash", {"error": texts[0]}, generation, 0)).encode()
    inner = "".join(element("error", text, generation, 1) for text in texts)
    return f'{HEAD}<errors type="array">\n{inner}</errors>\n'.encode()


def as_json(value: Any) -> bytes:
    """UTF-8 JSON as panels write it; text that UTF-8 cannot encode is escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def element(name: str, value: Any, generation: str, depth: int, times: str = "datetime") -> str:
    """One element with Rails' type attribute: 2.x leaves numbers untyped."""
    pad = "  " * depth
    if not NAME.match(name):
        return f"{pad}<entry name={quoteattr(_clean(name))}/>\n"
    if value is None:
        return f'{pad}<{name} nil="true"/>\n'
    if isinstance(value, bool):
        return f'{pad}<{name} type="boolean">{"true" if value else "false"}</{name}>\n'
    if isinstance(value, int | float):
        kind = "integer" if isinstance(value, int) else "float"
        typed = "" if generation == "2.x" else f' type="{kind}"'
        return f"{pad}<{name}{typed}>{value}</{name}>\n"
    if isinstance(value, str):
        typed = f' type="{times}"' if name.endswith(("_at", "-at")) and value else ""
        return f"{pad}<{name}{typed}>{_text(value)}</{name}>\n"
    if isinstance(value, dict):
        inner = "".join(element(key, part, generation, depth + 1, times) for key, part in value.items())
        return f"{pad}<{name}>\n{inner}{pad}</{name}>\n"
    if not value:
        return f'{pad}<{name} type="array"/>\n'
    inner = "".join(_item(name, part, generation, depth + 1, times) for part in value)
    return f'{pad}<{name} type="array">\n{inner}{pad}</{name}>\n'


def _item(name: str, part: Any, generation: str, depth: int, times: str) -> str:
    singular = name.removesuffix("es") if name.endswith("sses") else name.removesuffix("s")
    if isinstance(part, dict) and len(part) == 1:
        ((wrapper, row),) = part.items()
        return element(wrapper, row, generation, depth, times)
    return element(singular or name, part, generation, depth, times)


def _text(value: str) -> str:
    return escape(_clean(value), {"\r": "&#13;"})


def _clean(value: str) -> str:
    return FORBIDDEN.sub("*", value)
