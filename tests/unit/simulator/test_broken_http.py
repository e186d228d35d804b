# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The raw HTTP of each fault in broken_http."""

from __future__ import annotations

import contextlib
import gzip
import time
import zlib
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
import requests
from ansible_collections.community.onapp.tests.simulator.faults import FAULTS
from ansible_collections.community.onapp.tests.simulator.process import Simulator

LIST = "/virtual_machines.json"
Listen = Callable[..., Any]


@pytest.fixture
def genuine(session: requests.Session, panel: Simulator) -> bytes:
    return session.get(panel.url + LIST).content


def get(session: requests.Session, panel: Simulator, path: str = LIST, **more: Any) -> requests.Response:
    return session.get(panel.url + path, allow_redirects=False, timeout=10, **more)


@pytest.mark.parametrize(
    ("spec", "at_least"),
    [({"fault": "slow_first_byte", "seconds": 0.2}, 0.2), ({"fault": "slow_body", "seconds": 0.05, "pieces": 4}, 0.2)],
)
def test_slow(
    session: requests.Session, panel: Simulator, genuine: bytes, spec: dict[str, Any], at_least: float
) -> None:
    panel.faults([spec])
    start = time.monotonic()
    assert get(session, panel).content == genuine
    assert time.monotonic() - start >= at_least


def test_slow_headers(panel: Simulator, receive: Listen) -> None:
    panel.faults([{"fault": "slow_headers", "seconds": 0.005}])
    assert receive(LIST, 0.1).head.startswith("HTTP/1.1 200 OK\r\nContent-Type")


def test_stall(panel: Simulator, receive: Listen, genuine: bytes) -> None:
    panel.faults([{"fault": "stall", "seconds": 20}])
    heard = receive(LIST, patience=0.2)
    assert (heard.length, heard.body, heard.end) == (len(genuine), b"", "silence")


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("interim", "HTTP/1.1 100 Continue\r\n\r\n" * 3),
        ("headers", "X-More: x\r\n" * 3),
        ("chunks", "1\r\n \r\n" * 3),
        ("trailers", "0\r\n" + "X-More: x\r\n" * 3),
        ("gzip_members", "Content-Encoding: gzip"),
    ],
)
def test_endless(panel: Simulator, receive: Listen, part: str, expected: str) -> None:
    panel.faults([{"fault": "endless", "part": part, "seconds": 0.001, "most": 0.1}])
    heard = receive(LIST, 0.1)
    assert expected in f"{heard.head}\r\n\r\n{heard.body.decode('iso-8859-1')}"


@pytest.mark.parametrize("path", [LIST, "/virtual_machines/5/backups.json", "/users.xml"])
def test_truncated(session: requests.Session, panel: Simulator, receive: Listen, path: str) -> None:
    whole = get(session, panel, path).content
    panel.faults([{"fault": "truncated"}])
    heard = receive(path)
    assert (heard.length, heard.body, heard.end) == (len(whole), whole[: len(whole) // 2], "closed")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(session, panel, path)


def test_truncated_in_chunks(panel: Simulator, receive: Listen, genuine: bytes) -> None:
    panel.faults([{"fault": "truncated", "chunked": True}])
    heard = receive(LIST)
    assert "Transfer-Encoding: chunked" in heard.head
    assert genuine[: len(genuine) // 2] in heard.body
    assert not heard.body.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("value", ["\u00b2", "-1", "999999", "", "1, 2"])
def test_content_length(panel: Simulator, receive: Listen, genuine: bytes, value: str) -> None:
    panel.faults([{"fault": "content_length", "value": value}])
    heard = receive(LIST)
    assert f"Content-Length: {value}\r\n" in f"{heard.head}\r\n"
    assert (heard.body, heard.end) == (genuine, "closed")


def test_wrong_length_short(session: requests.Session, panel: Simulator, genuine: bytes) -> None:
    panel.faults([{"fault": "wrong_length_short"}])
    answer = get(session, panel)
    assert answer.content == genuine[:-10]
    # Otherwise a client could send its next request on a connection that is being closed, which is another fault.
    assert answer.headers["Connection"] == "close"


@pytest.mark.parametrize(("fault", "first"), [("drop", ""), ("reset_in_body", "HTTP/1.1 200")])
def test_resets(
    session: requests.Session, panel: Simulator, receive: Listen, genuine: bytes, fault: str, first: str
) -> None:
    panel.faults([{"fault": fault}])
    heard = receive(LIST)
    assert heard.head.startswith(first)
    assert (len(heard.body) < len(genuine), heard.end) == (True, "reset")
    with pytest.raises((requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        get(session, panel)


@pytest.mark.parametrize(
    ("spec", "encoding", "layers"),
    [
        ({"fault": "content_encoding"}, "br", 0),
        ({"fault": "content_encoding", "encoding": "gzip, gzip", "layers": 2}, "gzip, gzip", 2),
        ({"fault": "gzip_bomb", "mib": 1, "layers": 2}, "gzip, gzip", 2),
    ],
)
def test_encodings(
    panel: Simulator, receive: Listen, genuine: bytes, spec: dict[str, Any], encoding: str, layers: int
) -> None:
    panel.faults([spec])
    heard = receive(LIST)
    assert f"Content-Encoding: {encoding}\r\n" in f"{heard.head}\r\n"
    body = heard.body
    for _layer in range(layers):
        body = gzip.decompress(body)
    assert body == genuine if spec["fault"] != "gzip_bomb" else len(body) > 2**20


@pytest.mark.parametrize(("form", "first"), [("json", b"["), ("xml", b"<backups")])
def test_gzip_bomb(panel: Simulator, receive: Listen, form: str, first: bytes) -> None:
    panel.faults([{"fault": "gzip_bomb", "mib": 8}])
    heard = receive(f"/users.{form}")
    assert "Content-Encoding: gzip" in heard.head
    assert len(heard.body) < 20_000
    whole = zlib.decompress(heard.body, 31)
    assert whole.startswith(first)
    assert len(whole) >= 8 * 1024 * 1024


def test_big_body(session: requests.Session, panel: Simulator) -> None:
    panel.faults([{"fault": "big_body", "mib": 2}])
    in_json, in_xml = get(session, panel), get(session, panel, "/users.xml")
    assert min(len(in_json.content), len(in_xml.content)) >= 2 * 1024 * 1024
    assert {tuple(row) for row in in_json.json()} == {("backup",)}
    assert {row.tag for row in ElementTree.fromstring(in_xml.content)} == {"backup"}


def test_compressed_on_request(session: requests.Session, panel: Simulator, genuine: bytes) -> None:
    panel.settings(gzip=True)
    packed = get(session, panel)
    assert (packed.headers["Content-Encoding"], packed.content) == ("gzip", genuine)
    assert "Content-Encoding" not in get(session, panel, headers={"Accept-Encoding": "identity"}).headers


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_panel_works_after_all_faults(session: requests.Session, panel: Simulator, genuine: bytes, fault: str) -> None:
    brief = {name: 0.005 for name in ("seconds", "mib", "most") if name in FAULTS[fault]}
    panel.faults([{"fault": fault, "times": 1} | brief])
    with contextlib.suppress(requests.exceptions.RequestException):
        get(session, panel)
    assert get(session, panel).content == genuine
    counts = panel.counts()
    assert counts["requests"] == sum(counts["by_status"].values()) == 3
