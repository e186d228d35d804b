# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults in the content of an answer: another status, another body, other rows, other page headers.

Each function is a fault of that name; its arguments are those of the switch. It returns the answer to send.
"""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import Any, Literal

from . import wire
from .answers import Answer, Exchange

BodyShape = Literal["error", "errors_list", "errors_map", "html", "empty"]
LIST_ROOT = re.compile(rb'<\?xml[^>]*>\s*<[^<>]* type="array">')
MARK = "~broken~"
ERROR_PAGE = (
    "<!DOCTYPE html>\n<html>\n<head><title>We're sorry, but something went wrong ({status})</title></head>\n"
    "<body><h1>{status}</h1><p>{text}</p></body>\n</html>\n"
)
ENTITIES = {
    "external": '  <!ENTITY note SYSTEM "file:///etc/passwd">\n',
    "laughs": '  <!ENTITY a0 "aaaaaaaaaa">\n'
    + "".join(f'  <!ENTITY a{step} "{f"&a{step - 1};" * 10}">\n' for step in range(1, 9))
    + '  <!ENTITY note "&a8;">\n',
}


def status(
    exchange: Exchange,
    status: int = 503,
    body_shape: BodyShape = "errors_list",
    text: str = "The simulator was told to fail",
    headers: dict[str, Any] | None = None,
    processed: bool = False,
) -> Answer:
    """An error, also with status 200; ``processed``: after the request took effect."""
    if processed:
        exchange.genuine()
    body, kind = _error(exchange, status, body_shape, text)
    return Answer(status, body, kind, {key: str(value) for key, value in (headers or {}).items()})


def echo_credentials(exchange: Exchange, status: int = 500, body_shape: BodyShape = "html") -> Answer:
    """An error that contains the received credentials."""
    authorization = exchange.request.headers.get("Authorization", "")
    try:
        plain = base64.b64decode(authorization.partition(" ")[2]).decode(errors="replace")
    except ValueError:
        plain = "?"
    secret = plain.partition(":")[2]
    text = f"Could not serve HTTP_AUTHORIZATION={authorization} user={plain} password={secret}"
    return Answer(status, *_error(exchange, status, body_shape, text))


def redirect(exchange: Exchange, location: str = "circle", status: int = 302) -> Answer:
    """A redirect: to the same URL (``circle``), to it without the query (``drop_query``), or to a text.

    ``PANEL`` in the text is replaced by the panel's host and port.
    """
    url = exchange.request.rel_url
    here = {"circle": str(url), "drop_query": url.raw_path}
    return Answer(
        status, b"", wire.HTML, {"Location": here.get(location, location.replace("PANEL", exchange.request.host))}
    )


def html(exchange: Exchange) -> Answer:
    """The log-in page."""
    return Answer(200, wire.LOGIN_PAGE, wire.HTML)


def body(exchange: Exchange, text: str = "", status: int = 200) -> Answer:
    """Any text with the content type of the format."""
    return Answer(status, text.encode(), wire.TYPES[exchange.form])


def nothing(exchange: Exchange, kind: Literal["empty", "null", "no_content"] = "empty") -> Answer:
    """No rows: an empty body, null in the format (XML: the root with ``nil="true"``), or status 204."""
    if kind == "no_content":
        return Answer(204, b"", wire.TYPES[exchange.form])
    genuine = exchange.genuine()
    root = f"{genuine.wrapper or 'object'}" + (' type="array"' if genuine.is_list else "")
    root = root.replace(" ", "s ", 1)
    null = f'{wire.HEAD}<{root} nil="true"/>\n' if exchange.form == "xml" else "null"
    return replace(genuine, body=null.encode() if kind == "null" else b"")


def malformed(exchange: Exchange) -> Answer:
    """The same length, with a syntax error at the end."""
    genuine = exchange.genuine()
    text = genuine.body.rstrip()
    broken = b" " if exchange.form == "xml" else b"]" if text.endswith(b"}") else b"}"
    return replace(genuine, body=text[:-1] + broken)


def wrong_top(exchange: Exchange, shape: Literal["object", "scalar"] = "object") -> Answer:
    """Well-formed, but neither a list nor a row."""
    if exchange.form == "xml":
        text = "<string>ok</string>" if shape == "scalar" else "<hash>\n  <status>ok</status>\n</hash>"
        return replace(exchange.genuine(), body=f"{wire.HEAD}{text}\n".encode())
    return replace(exchange.genuine(), body=b'"ok"' if shape == "scalar" else b'{"status":"ok"}')


def wrong_elements(exchange: Exchange, mixed: bool = False) -> Answer:
    """A list of text, null and a number; ``mixed``: after the rows of the list."""
    genuine = exchange.genuine()
    if exchange.form == "xml":
        parts = b'  <string>text</string>\n  <null nil="true"/>\n  <integer type="integer">7</integer>\n'
        head, closing, tail = genuine.body.rstrip().rpartition(b"</")
        if not (mixed and closing and LIST_ROOT.match(genuine.body)):
            head, closing, tail = wire.HEAD.encode() + b'<objects type="array">\n', b"</", b"objects>\n"
        return replace(genuine, body=head + parts + closing + tail)
    parts = b'"text",null,7]'
    if mixed and genuine.body.startswith(b"[{"):
        return replace(genuine, body=genuine.body[:-1] + b"," + parts)
    return replace(genuine, body=b"[" + parts)


def xml_doctype(exchange: Exchange, kind: Literal["laughs", "external"] = "laughs") -> Answer:
    """A document type with entities: ones that multiply, or one that names a local file."""
    row = '  <backup>\n    <id type="integer">1</id>\n    <note>&note;</note>\n  </backup>\n'
    root = f'<backups type="array">\n{row}</backups>\n'
    return Answer(200, f"{wire.HEAD}<!DOCTYPE backups [\n{ENTITIES[kind]}]>\n{root}".encode(), wire.TYPES["xml"])


# Rows.


def row_value(exchange: Exchange, field: str = "id", value: Any = None, row: int = 0) -> Answer:
    """Another value in one field of one row."""
    return _with_rows(exchange, lambda rows: [{**one, field: value} if n == row else one for n, one in enumerate(rows)])


def broken_byte(exchange: Exchange, field: str = "label", row: int = 0) -> Answer:
    """A byte in a text field that is not UTF-8."""
    answer = row_value(exchange, field, f"a{MARK}b", row)
    return replace(answer, body=answer.body.replace(MARK.encode(), b"\xff"))


def null_row(exchange: Exchange, row: int = 0) -> Answer:
    """Null instead of one row; in JSON without the key around it."""
    answer = _with_rows(exchange, lambda rows: [None if n == row else one for n, one in enumerate(rows)])
    return replace(answer, body=answer.body.replace(f'{{"{answer.wrapper}":null}}'.encode(), b"null"))


def duplicate_rows(exchange: Exchange, count: int = 1) -> Answer:
    """The first rows once more at the end of the page; X-Total counts them."""
    answer = _with_rows(exchange, lambda rows: rows + rows[:count])
    total = answer.headers.get("X-Total")
    return answer if total is None else answer.with_headers(X_Total=str(int(total) + count))


def same_id(exchange: Exchange, field: str = "created_at", value: Any = "2020-01-01T00:00:00Z") -> Answer:
    """The first row twice more, with its id as text and as a fraction and another value; X-Total counts them."""

    def change(rows: list[Any]) -> list[Any]:
        number = rows[0]["id"]
        return [*rows, *({**rows[0], "id": one, field: value} for one in (f"0{number}", float(number)))]

    answer = _with_rows(exchange, change)
    total = answer.headers.get("X-Total")
    return answer if total is None else answer.with_headers(X_Total=str(int(total) + 2))


# Pages.


def wrong_total(exchange: Exchange, total: int = 1) -> Answer:
    """Another X-Total."""
    return exchange.genuine().with_headers(X_Total=str(total))


def short_pages(exchange: Exchange, limit: int = 2) -> Answer:
    """Pages of at most ``limit`` rows, whose X-Limit and X-Total are both the number of rows in the page."""
    answer = exchange.genuine(per_page=limit)
    size = str(len(answer.rows())) if answer.rows else "0"
    return answer.with_headers(X_Limit=size, X_Total=size)


def page_ignored(exchange: Exchange, rows: Literal["all", "first_page"] = "all", total: bool = False) -> Answer:
    """The page parameter has no effect: always all rows or always the first page, with X-Total or without headers."""
    every = exchange.genuine(page=None, per_page=None)
    answer = every if rows == "all" else exchange.genuine(page=1)
    headers = {name: value for name, value in answer.headers.items() if not name.startswith("X-")}
    if total and every.rows:
        headers["X-Total"] = str(len(every.rows()))
    return replace(answer, headers=headers)


def large_per_page(exchange: Exchange, above: int = 50) -> Answer:
    """422 for a per_page above a limit."""
    size = exchange.call.per_page
    if size is None or size <= above:
        return exchange.genuine()
    text = f"per_page must be less than or equal to {above}"
    return Answer(422, *_error(exchange, 422, "errors_list", text))


# The cloud.


def delete_vm(exchange: Exchange, target: Any = None) -> Answer:
    """The VM of the request, or ``target``, is deleted before the panel answers."""
    exchange.panel.delete_vm(exchange.call.vm_key if target is None else exchange.panel.cloud.any_vm(str(target)))
    return exchange.genuine()


def build(
    exchange: Exchange,
    result: Literal["built", "stuck", "failed", "disappears"] = "failed",
    seconds: float | None = None,
) -> Answer:
    """The backup that the request starts ends like this, after this time.

    ``stuck``: it stays unbuilt; ``failed``: it stays unbuilt and its transaction fails; ``disappears``: its row, too.
    """
    return exchange.genuine(build={"result": result, "seconds": seconds})


def other_backup(
    exchange: Exchange,
    when: Literal["before", "after"] = "before",
    disk: Any = None,
    initiated: str = "manual",
    result: Literal["built", "stuck", "failed", "disappears"] = "built",
) -> Answer:
    """Another account starts a backup of the same disk or VM, directly before or after the request."""
    key, disk = exchange.call.vm_key, exchange.call.params.get("disk") if disk is None else str(disk)
    answer = exchange.genuine() if when == "after" else None
    if key is not None:
        exchange.panel.start_backup(key, disk, initiated=initiated, result=result)
    return answer or exchange.genuine()


def _with_rows(exchange: Exchange, change: Any) -> Answer:
    genuine = exchange.genuine()
    if genuine.rows is None or not (rows := genuine.rows()):
        return genuine
    return genuine.with_rows(change(rows), exchange.form, exchange.generation)


def _error(exchange: Exchange, status: int, shape: str, text: str) -> tuple[bytes, str]:
    """An error body and its type: ``error``, ``errors`` as list or map, a web page (as 500 really is), or nothing."""
    if shape == "empty":
        return b"", wire.HTML
    if shape == "html":
        return ERROR_PAGE.format(status=status, text=text).encode(), wire.HTML
    value: Any = {"error": text, "errors_list": [text], "errors_map": {"base": [text]}}[shape]
    name = "error" if shape == "error" else "errors"
    if exchange.form == "json":
        return wire.as_json({name: value}), wire.TYPES["json"]
    if shape == "errors_list":
        return wire.errors("xml", "6.x", [text]), wire.TYPES["xml"]
    return (wire.HEAD + wire.element("hash", {name: value}, exchange.generation, 0)).encode(), wire.TYPES["xml"]


EFFECTS = (
    status, echo_credentials, redirect, html, body, nothing, malformed, wrong_top, wrong_elements, xml_doctype,
    row_value, broken_byte, null_row, duplicate_rows, same_id, wrong_total, short_pages, page_ignored, large_per_page,
    delete_vm, build, other_backup,
)  # fmt: skip
