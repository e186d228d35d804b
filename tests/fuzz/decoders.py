# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From bytes to rows or to an error: nothing but OnAppError comes out, and no secret."""

from __future__ import annotations

import base64
import json
import typing as t
import unicodedata
import urllib.parse

from ansible_collections.community.onapp.plugins.module_utils._api import decode
from ansible_collections.community.onapp.plugins.module_utils._api.transport import Answer
from ansible_collections.community.onapp.plugins.module_utils._errors import DecodeError, OnAppError
from ansible_collections.community.onapp.plugins.module_utils._fields import as_integer
from ansible_collections.community.onapp.tests.fuzz.bodies import (
    SECRET,
    as_json,
    as_xml,
    damaged,
    json_bodies,
    secretive,
    xml_bodies,
)
from ansible_collections.community.onapp.tests.fuzz.panel import OPTIONS, client_of
from ansible_collections.community.onapp.tests.fuzz.running import Target
from ansible_collections.community.onapp.tests.fuzz.values import texts, words
from hypothesis import strategies as st

PASSWORD: str = OPTIONS["password"]
CREDENTIALS = (
    PASSWORD,
    urllib.parse.quote(PASSWORD, safe=""),
    base64.b64encode(f"{OPTIONS['username']}:{PASSWORD}".encode()).decode(),
)
MOST_REQUESTS = 500
STATUSES = (204, 304, 400, 401, 403, 404, 406, 422, 429, 500, 503)

error_bodies = damaged(
    st.one_of(
        st.builds(
            lambda name, text: as_json({name: text}),
            st.sampled_from(["error", "errors", "base", "x"]),
            st.one_of(texts, st.lists(st.one_of(texts, st.sampled_from(CREDENTIALS)), max_size=3)),
        ),
        st.builds(lambda text, form: f"<html><p>{form}{text}</p>".encode(), words, st.sampled_from(CREDENTIALS)),
        st.builds(as_xml, st.lists(st.one_of(words, st.sampled_from(CREDENTIALS)), max_size=3), st.just("errors")),
        json_bodies,
        st.binary(max_size=80),
    )
)
headers = st.dictionaries(
    st.sampled_from(["X-Total", "Retry-After", "Date"]),
    st.one_of(words, texts, st.integers(-1, 10**6).map(str), st.just("Mon, 30 Mar 2026 06:00:00 GMT")),
)
answers = st.tuples(
    st.sampled_from(["json", "xml"]),
    st.one_of(st.just(200), st.just(200), st.sampled_from(STATUSES), st.integers(100, 999)),
    headers,
    st.one_of(json_bodies, xml_bodies, error_bodies),
)


def decodes(case: tuple[str, bytes]) -> bool:
    """Rows with ids or a DecodeError, and nothing that JSON or UTF-8 cannot hold."""
    response_format, body = case
    try:
        document = decode.decode(body, response_format)
        json.dumps(document, allow_nan=False, ensure_ascii=False).encode()
        rows = decode.rows(document, "backup")
    except DecodeError as error:
        must_be_one_line(error.text)
        return True
    assert all(as_integer(row["id"]) is not None for row in rows)
    return False


def keeps_secrets(case: tuple[str, t.Any]) -> bool:
    """What stands under the name of a secret never comes out of the decoder."""
    response_format, document = case
    body = as_json(document) if response_format == "json" else as_xml(document)
    (row,) = decode.rows(decode.decode(body, response_format), "backup")
    assert SECRET not in json.dumps(row)
    assert SECRET not in decode.error_text(as_json(document[0]["backup"]))
    return False


def tells_in_a_line(body: bytes) -> bool:
    """The text of an error is one short line without control characters, and without the credentials as they are."""
    with client_of(lambda path, query: Answer(422, {}, body)) as client:
        try:
            client.get_row("virtual_machine", "virtual_machines", 1)
        except OnAppError as error:
            must_be_one_line(error.text)
            must_not_leak(error.text)
            return True
    raise AssertionError("an answer with the status 422 was taken for a success")


def answers_or_refuses(case: tuple[str, int, dict[str, str], bytes]) -> bool:
    """A list through the client: rows and whether they are whole, or an OnAppError, in a bounded number of requests."""
    response_format, status, sent, body = case
    requests: list[str] = []

    def answer(path: str, query: t.Any) -> Answer:
        requests.append(path)
        assert len(requests) <= MOST_REQUESTS, "requests without end"
        return Answer(status, sent, body)

    with client_of(answer, response_format=response_format, page_size=2) as client:
        try:
            listing = client.get_list("backup", "virtual_machines", 1, "backups")
        except OnAppError as error:
            must_be_one_line(error.text)
            must_not_leak(error.text)
            assert error.code
            return True
    assert 200 <= status < 300, "rows out of an error"
    numbers = [str(row["id"]) for row in listing.rows]
    assert len(numbers) == len(set(numbers))
    return False


def must_be_one_line(text: str) -> None:
    assert text
    assert len(text) < 1000
    strange = [sign for sign in text if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp")]
    assert not strange, f"not fit for one line: {strange}"


def must_not_leak(text: str) -> None:
    for form in CREDENTIALS:
        assert form not in text, "a credential is in the text of an error"


TARGETS = [
    Target("json", "rows or a DecodeError", 150, st.tuples(st.just("json"), json_bodies), decodes),
    Target("xml", "rows or a DecodeError", 150, st.tuples(st.just("xml"), xml_bodies), decodes),
    Target("secrets", "no secret leaves", 30, st.tuples(st.sampled_from(["json", "xml"]), secretive()), keeps_secrets),
    Target("errors", "one line without credentials", 60, error_bodies, tells_in_a_line),
    Target("answers", "rows or an OnAppError, in few requests", 100, answers, answers_or_refuses),
]
