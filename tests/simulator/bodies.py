# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bodies that a panel should never send, and error bodies in every shape that panels do send."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator
from typing import Any

from . import wire

MIB = 1024 * 1024
LIST_ROOT = re.compile(rb'<\?xml[^>]*>\s*<[^<>]* type="array">')
ERROR_PAGE = (
    "<!DOCTYPE html>\n<html>\n<head><title>We're sorry, but something went wrong ({status})</title></head>\n"
    "<body><h1>{status}</h1><p>{text}</p></body>\n</html>\n"
)


def error(form: str, generation: str, status: int, shape: str, text: str) -> tuple[bytes, str]:
    """An error body and its type: ``error``, ``errors`` as list or map, a web page (as 500 really is), or nothing."""
    if shape == "empty":
        return b"", wire.HTML
    if shape == "html":
        return ERROR_PAGE.format(status=status, text=text).encode(), wire.HTML
    value: Any = {"error": text, "errors_list": [text], "errors_map": {"base": [text]}}[shape]
    name = "error" if shape == "error" else "errors"
    if form != "xml":
        return wire.as_json({name: value}), wire.TYPES["json"]
    if shape == "errors_list":
        return wire.errors("xml", "6.x", [text]), wire.TYPES["xml"]
    return (wire.HEAD + wire.element("hash", {name: value}, generation, 0)).encode(), wire.TYPES["xml"]


def malformed(form: str, body: bytes) -> bytes:
    """The same length, with a syntax error at the end."""
    body = body.rstrip()
    broken = b" " if form == "xml" else b"]" if body.endswith(b"}") else b"}"
    return body[:-1] + broken


def wrong_top(form: str, shape: str) -> bytes:
    """Something well-formed that is not the list asked for."""
    if shape == "scalar":
        return f"{wire.HEAD}<string>ok</string>\n".encode() if form == "xml" else b'"ok"'
    if form == "xml":
        return f"{wire.HEAD}<hash>\n  <status>ok</status>\n</hash>\n".encode()
    return b'{"status":"ok"}'


def wrong_elements(form: str, genuine: bytes, mixed: bool) -> bytes:
    """A list of text, null and a number; ``mixed`` puts them behind the genuine rows, if it is a list of such."""
    if form == "xml":
        parts = b'  <string>text</string>\n  <null nil="true"/>\n  <integer type="integer">7</integer>\n'
        head, closing, tail = genuine.rstrip().rpartition(b"</")
        if mixed and closing and LIST_ROOT.match(genuine):
            return head + parts + closing + tail
        return wire.HEAD.encode() + b'<objects type="array">\n' + parts + b"</objects>\n"
    parts = b'"text",null,7'
    if mixed and genuine.startswith(b"[{"):
        return genuine[:-1] + b"," + parts + b"]"
    return b"[" + parts + b"]"


def doctype(kind: str) -> bytes:
    """A document type with entities: ones that multiply, or one that names a local file."""
    if kind == "external":
        entities = '  <!ENTITY note SYSTEM "file:///etc/passwd">\n'
    else:
        entities = '  <!ENTITY a0 "aaaaaaaaaa">\n' + "".join(
            f'  <!ENTITY a{step} "{f"&a{step - 1};" * 10}">\n' for step in range(1, 9)
        )
        entities += '  <!ENTITY note "&a8;">\n'
    row = '  <backup>\n    <id type="integer">1</id>\n    <note>&note;</note>\n  </backup>\n'
    text = f'{wire.HEAD}<!DOCTYPE backups [\n{entities}]>\n<backups type="array">\n{row}</backups>\n'
    return text.encode()


def big(form: str, mib: float) -> Iterator[bytes]:
    """Pieces of a valid list of at least that size."""
    note = "x" * 1000
    if form == "xml":
        first, between, last = f'{wire.HEAD}<backups type="array">\n', "", "</backups>\n"
        row = f'  <backup>\n    <id type="integer">1</id>\n    <note>{note}</note>\n  </backup>\n'
    else:
        first, between, last = "[", ",", "]"
        row = f'{{"backup":{{"id":1,"note":"{note}"}}}}'
    per_piece = 64
    piece = (row + between) * per_piece
    yield first.encode()
    sent = 0
    while sent < mib * MIB:
        yield piece.encode()
        sent += len(piece)
    yield (row + last).encode()


def bomb(form: str, mib: float) -> bytes:
    """A small gzip body that inflates to a valid, empty list of that size."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    first, last = (b'<backups type="array">', b"</backups>") if form == "xml" else (b"[", b"]")
    blank = b" " * MIB
    packed = [packer.compress(first)]
    packed += [packer.compress(blank) for _time in range(int(mib))]
    packed.append(packer.compress(blank[: int((mib % 1) * MIB)]))
    return b"".join([*packed, packer.compress(last), packer.flush()])


def credentials(authorization: str) -> str:
    """What careless software puts in an error page: the header as received, and what it decodes to."""
    token = authorization.partition(" ")[2]
    try:
        plain = base64.b64decode(token).decode(errors="replace")
    except ValueError:
        plain = "?"
    secret = plain.partition(":")[2]
    return f"Could not serve HTTP_AUTHORIZATION={authorization} user={plain} password={secret}"
