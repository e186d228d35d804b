# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From any bytes to rows or an error: only OnAppError is raised, and no secret is in rows or messages."""

from __future__ import annotations

import base64
import json
import typing as t
import unicodedata
import urllib.parse

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._api import decode
from ansible_collections.community.onapp.plugins.module_utils._api.transport import Answer
from ansible_collections.community.onapp.plugins.module_utils._errors import DecodeError, OnAppError
from ansible_collections.community.onapp.tests.connection import OPTIONS, client_of
from ansible_collections.community.onapp.tests.properties import examples, find
from ansible_collections.community.onapp.tests.unit.strategies import (
    SECRET,
    as_json,
    as_xml,
    damaged,
    documents_with_secrets,
    json_bodies,
    texts,
    words,
    xml_bodies,
)
from hypothesis import strategies as st

PASSWORD: str = OPTIONS["password"]
CREDENTIALS = (
    PASSWORD,
    urllib.parse.quote(PASSWORD, safe=""),
    base64.b64encode(f"{OPTIONS['username']}:{PASSWORD}".encode()).decode(),
)
MOST_REQUESTS = 500
STATUSES = (204, 304, 400, 401, 403, 404, 406, 422, 429, 500, 503)
BODIES = {"json": json_bodies, "xml": xml_bodies}
FORMATS = pytest.mark.parametrize("response_format", BODIES)

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
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text('ab,:"{[', max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("ab"), inner, max_size=2)),
    max_leaves=6,
)
headers = st.dictionaries(
    st.sampled_from(["X-Total", "X-Limit", "Retry-After", "Date"]),
    st.one_of(words, texts, st.integers(-1, 10**6).map(str), st.just("Mon, 30 Mar 2026 06:00:00 GMT")),
)
statuses = st.one_of(st.just(200), st.just(200), st.sampled_from(STATUSES), st.integers(100, 999))


def rows_of(body: bytes, response_format: str) -> list[dict[str, t.Any]]:
    return decode.rows(decode.decode(body, response_format), "backup").rows


def is_refused(body: bytes, response_format: str) -> bool:
    try:
        rows_of(body, response_format)
    except DecodeError:
        return True
    return False


def assert_one_line(text: str) -> None:
    assert 0 < len(text) < 1000
    strange = [sign for sign in text if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp")]
    assert not strange


def assert_no_credentials(text: str) -> None:
    assert not any(form in text for form in CREDENTIALS)


@FORMATS
@hypothesis.settings(max_examples=examples(180))
@hypothesis.given(st.data())
def test_rows_with_ids_or_a_decode_error(response_format: str, data: st.DataObject) -> None:
    body = data.draw(BODIES[response_format])
    try:
        rows = rows_of(body, response_format)
    except DecodeError as error:
        assert_one_line(error.text)
        return
    json.dumps(rows, allow_nan=False, ensure_ascii=False).encode()
    assert all(int(row["id"]) is not None for row in rows)


@FORMATS
@pytest.mark.parametrize("refused", [True, False])
def test_bodies_are_both_accepted_and_refused(response_format: str, refused: bool) -> None:
    find(BODIES[response_format], lambda body: is_refused(body, response_format) is refused)


@hypothesis.settings(max_examples=examples(100))
@hypothesis.given(
    st.lists(st.dictionaries(st.text("ab,{", max_size=2), json_values, max_size=4), min_size=1, max_size=4),
    st.randoms(use_true_random=False),
    st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t: ")]),
)
def test_a_name_with_two_values(objects: list[dict[str, t.Any]], random: t.Any, separators: tuple[str, str]) -> None:
    place = random.randrange(len(objects))
    sent = [dict(each) for each in objects]
    sent[place] = dict(random.sample([*sent[place].items(), ("x", 1), ("y", 2)], len(sent[place]) + 2))
    body = json.dumps(sent, separators=separators).replace('"y"', '"x"').encode()
    expected = [{name: value for name, value in each.items() if name != "y"} for each in sent]
    expected[place]["x"] = "\ufffd"
    assert decode.decode(body, "json") == expected


@FORMATS
@hypothesis.settings(max_examples=examples(40))
@hypothesis.given(document=documents_with_secrets())
def test_secrets_are_removed_from_rows_and_error_texts(response_format: str, document: t.Any) -> None:
    body = as_json(document) if response_format == "json" else as_xml(document)
    assert SECRET.encode() in body
    (row,) = rows_of(body, response_format)
    assert SECRET not in json.dumps(row)
    assert SECRET not in decode.error_text(as_json(document[0]["backup"]))


@hypothesis.settings(max_examples=examples(80))
@hypothesis.given(error_bodies)
def test_error_text_is_one_line_without_credentials(body: bytes) -> None:
    with client_of(lambda path, query: Answer(422, {}, body)) as client, pytest.raises(OnAppError) as caught:
        client.get_row("virtual_machine", "virtual_machines", 1)
    assert_one_line(caught.value.text)
    assert_no_credentials(caught.value.text)


@hypothesis.settings(max_examples=examples(120))
@hypothesis.given(st.sampled_from(list(BODIES)), statuses, headers, st.one_of(json_bodies, xml_bodies, error_bodies))
def test_any_list(response_format: str, status: int, sent: dict[str, str], body: bytes) -> None:
    requests: list[str] = []

    def answer(path: str, query: t.Any) -> Answer:
        requests.append(path)
        assert len(requests) <= MOST_REQUESTS, "requests without end"
        return Answer(status, sent, body)

    with client_of(answer, response_format=response_format, page_size=2) as client:
        try:
            listing = client.get_list("backup", "virtual_machines", 1, "backups")
        except OnAppError as error:
            assert_one_line(error.text)
            assert_no_credentials(error.text)
            assert error.code
            return
    assert 200 <= status < 300
    numbers = [str(row["id"]) for row in listing.rows]
    assert len(numbers) == len(set(numbers))
