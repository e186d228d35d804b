# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each fault really does on the wire."""

from __future__ import annotations

import contextlib
import gzip
import json
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


# Other answers.


@pytest.mark.parametrize(
    ("shape", "form", "body"),
    [
        ("error", "json", b'{"error":"No luck"}'),
        ("errors_list", "json", b'{"errors":["No luck"]}'),
        ("errors_map", "json", b'{"errors":{"base":["No luck"]}}'),
        ("empty", "json", b""),
        ("errors_list", "xml", b"<error>No luck</error>"),
        ("error", "xml", b"<error>No luck</error>"),
        ("errors_map", "xml", b'<base type="array">'),
    ],
)
def test_status(session: requests.Session, panel: Simulator, shape: str, form: str, body: bytes) -> None:
    panel.faults([{"fault": "status", "status": 422, "body_shape": shape, "text": "No luck"}])
    answer = get(session, panel, f"/virtual_machines.{form}")
    assert answer.status_code == 422
    assert answer.content == body if form == "json" else body in answer.content


def test_status_as_web_page(session: requests.Session, panel: Simulator) -> None:
    panel.faults([{"fault": "status", "status": 500, "body_shape": "html"}])
    answer = get(session, panel)
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "text/html; charset=utf-8")


def test_503_then_fine(session: requests.Session, panel: Simulator, genuine: bytes) -> None:
    panel.faults([{"fault": "status", "status": 503, "times": 1}])
    assert [get(session, panel).status_code for _time in range(3)] == [503, 200, 200]
    assert get(session, panel).content == genuine


def test_429_with_retry_after(session: requests.Session, panel: Simulator) -> None:
    panel.faults([{"fault": "status", "status": 429, "headers": {"Retry-After": 7}}])
    answer = get(session, panel)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_html(session: requests.Session, panel: Simulator) -> None:
    panel.faults([{"fault": "html"}])
    answer = get(session, panel)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"<form" in answer.content


@pytest.mark.parametrize("path", ["/virtual_machines", "/virtual_machines/1", "/virtual_machines/4/backups"])
@pytest.mark.parametrize("form", ["json", "xml"])
def test_malformed(session: requests.Session, panel: Simulator, path: str, form: str) -> None:
    panel.faults([{"fault": "malformed"}])
    answer = get(session, panel, f"{path}.{form}")
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    with pytest.raises((ValueError, ElementTree.ParseError)):
        json.loads(answer.content) if form == "json" else ElementTree.fromstring(answer.content)


@pytest.mark.parametrize(("shape", "kind"), [("object", dict), ("scalar", str)])
def test_wrong_top(session: requests.Session, panel: Simulator, shape: str, kind: type) -> None:
    panel.faults([{"fault": "wrong_top", "shape": shape}])
    assert isinstance(get(session, panel).json(), kind)
    assert ElementTree.fromstring(get(session, panel, "/users.xml").content).get("type") is None


def test_wrong_elements(session: requests.Session, panel: Simulator, genuine: bytes) -> None:
    panel.faults([{"fault": "wrong_elements", "times": 2}, {"fault": "wrong_elements", "mixed": True}])
    assert get(session, panel).json() == ["text", None, 7]
    assert len(ElementTree.fromstring(get(session, panel, "/users.xml").content)) == 3
    assert get(session, panel).json() == [*json.loads(genuine), "text", None, 7]
    mixed = ElementTree.fromstring(get(session, panel, "/users.xml").content)
    assert [child.tag for child in mixed] == ["user"] * 5 + ["string", "null", "integer"]


def test_wrong_elements_of_a_row(session: requests.Session, panel: Simulator) -> None:
    """A row is no list, also when it holds one."""
    panel.faults([{"fault": "wrong_elements", "mixed": True}])
    assert get(session, panel, "/virtual_machines/1.json").json() == ["text", None, 7]
    assert len(ElementTree.fromstring(get(session, panel, "/virtual_machines/1.xml").content)) == 3


def test_doctype(session: requests.Session, panel: Simulator) -> None:
    panel.faults([{"fault": "xml_doctype", "times": 1}, {"fault": "xml_doctype", "kind": "external"}])
    answer = get(session, panel, "/users.xml")
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    assert "<!ENTITY a8" in answer.text
    assert "file:///" in get(session, panel, "/users.xml").text


def test_redirect(session: requests.Session, panel: Simulator) -> None:
    panel.faults(
        [{"fault": "redirect", "times": 1}, {"fault": "redirect", "location": "http://x.test/", "status": 307}]
    )
    circle, away = get(session, panel, LIST + "?page=1"), get(session, panel)
    assert (circle.status_code, circle.headers["Location"]) == (302, LIST + "?page=1")
    assert (away.status_code, away.headers["Location"]) == (307, "http://x.test/")


def test_wrong_total(session: requests.Session, panel: Simulator) -> None:
    panel.faults([{"fault": "wrong_total", "total": 99}])
    answer = get(session, panel, LIST + "?page=1&per_page=5")
    assert (answer.headers["X-Total"], answer.headers["X-Limit"], len(answer.json())) == ("99", "5", 5)


def test_delete_vm(session: requests.Session, panel: Simulator) -> None:
    panel.faults([{"fault": "delete_vm", "route": "backups", "vm": 3}])
    assert get(session, panel, "/virtual_machines/3.json").status_code == 200
    assert get(session, panel, "/virtual_machines/3/backups.json").status_code == 404
    assert get(session, panel, "/virtual_machines/3.json").status_code == 404
    assert [row["virtual_machine"]["id"] for row in get(session, panel).json()][:3] == [1, 2, 4]
    panel.reset()
    assert get(session, panel, "/virtual_machines/3.json").status_code == 200


def test_another_vm_disappears_between_two_pages(session: requests.Session, panel: Simulator) -> None:
    panel.faults([{"fault": "delete_vm", "route": "virtual_machines", "page": 2, "target": 1, "times": 1}])
    seen = [
        row["virtual_machine"]["id"]
        for page in (1, 2, 3)
        for row in get(session, panel, f"{LIST}?page={page}&per_page=5").json()
    ]
    assert seen == [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12]  # 6 moved to the first page after that was read


@pytest.mark.parametrize("shape", ["html", "error", "errors_list", "errors_map"])
def test_echo_credentials(session: requests.Session, panel: Simulator, shape: str) -> None:
    panel.faults([{"fault": "echo_credentials", "status": 422, "body_shape": shape}])
    answer = get(session, panel)
    assert answer.status_code == 422
    assert panel.password in answer.text
    assert str(answer.request.headers["Authorization"]) in answer.text


# Slow ones.


def test_slow_first_byte(session: requests.Session, panel: Simulator, genuine: bytes) -> None:
    panel.faults([{"fault": "slow_first_byte", "seconds": 0.2}])
    start = time.monotonic()
    assert get(session, panel).content == genuine
    assert time.monotonic() - start >= 0.2


def test_slow_body(session: requests.Session, panel: Simulator, genuine: bytes) -> None:
    panel.faults([{"fault": "slow_body", "seconds": 0.05, "pieces": 4}])
    start = time.monotonic()
    answer = get(session, panel, stream=True)
    headers_after = time.monotonic() - start
    assert answer.content == genuine
    assert time.monotonic() - start - headers_after >= 0.1
    assert int(answer.headers["Content-Length"]) == len(genuine)


def test_stall(panel: Simulator, listen: Listen, genuine: bytes) -> None:
    panel.faults([{"fault": "stall", "seconds": 20}])
    heard = listen(LIST, patience=0.2)
    assert heard.head.startswith("HTTP/1.1 200")
    assert (heard.length, heard.body, heard.end) == (len(genuine), b"", "silence")


# Broken ones.


@pytest.mark.parametrize("path", [LIST, "/virtual_machines/5/backups.json", "/users.xml"])
def test_truncated(session: requests.Session, panel: Simulator, listen: Listen, path: str) -> None:
    whole = get(session, panel, path).content
    panel.faults([{"fault": "truncated"}])
    heard = listen(path)
    assert (heard.length, heard.body, heard.end) == (len(whole), whole[: len(whole) // 2], "closed")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(session, panel, path)


def test_truncated_in_chunks(session: requests.Session, panel: Simulator, listen: Listen, genuine: bytes) -> None:
    panel.faults([{"fault": "truncated", "chunked": True}])
    heard = listen(LIST)
    assert "Transfer-Encoding: chunked" in heard.head
    assert genuine[: len(genuine) // 2] in heard.body
    assert not heard.body.endswith(b"0\r\n\r\n")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(session, panel)


def test_wrong_length_short(session: requests.Session, panel: Simulator, listen: Listen, genuine: bytes) -> None:
    panel.faults([{"fault": "wrong_length_short"}])
    heard = listen(LIST)
    assert (heard.length, heard.body, heard.end) == (len(genuine) - 10, genuine, "closed")
    assert "Connection: close" in heard.head
    assert get(session, panel).content == genuine[:-10]


def test_drop(session: requests.Session, panel: Simulator, listen: Listen) -> None:
    panel.faults([{"fault": "drop"}])
    heard = listen(LIST)
    assert (heard.head, heard.body, heard.end) == ("", b"", "reset")
    with pytest.raises(requests.exceptions.ConnectionError):
        get(session, panel)
    assert panel.counts()["by_status"] == {"none": 2}


def test_reset_in_body(session: requests.Session, panel: Simulator, listen: Listen, genuine: bytes) -> None:
    panel.faults([{"fault": "reset_in_body"}])
    heard = listen(LIST)
    assert (heard.length, heard.end) == (len(genuine), "reset")
    assert 0 < len(heard.body) < len(genuine)
    with pytest.raises((requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        get(session, panel)


# Big ones.


@pytest.mark.parametrize(("form", "first"), [("json", b"["), ("xml", b"<backups")])
def test_gzip_bomb(session: requests.Session, panel: Simulator, listen: Listen, form: str, first: bytes) -> None:
    panel.faults([{"fault": "gzip_bomb", "mib": 8}])
    heard = listen(f"/users.{form}")
    assert "Content-Encoding: gzip" in heard.head
    assert len(heard.body) < 20_000
    assert len(zlib.decompress(heard.body, 31)) >= 8 * 1024 * 1024
    assert gzip.decompress(heard.body).startswith(first)


def test_big_body(session: requests.Session, panel: Simulator) -> None:
    panel.faults([{"fault": "big_body", "mib": 2}])
    in_json, in_xml = get(session, panel), get(session, panel, "/users.xml")
    assert len(in_json.content) >= 2 * 1024 * 1024
    assert {tuple(row) for row in in_json.json()} == {("backup",)}
    assert len(in_xml.content) >= 2 * 1024 * 1024
    assert {row.tag for row in ElementTree.fromstring(in_xml.content)} == {"backup"}


# All of them.


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_the_panel_is_fine_afterwards(session: requests.Session, panel: Simulator, genuine: bytes, fault: str) -> None:
    brief = {name: 0.005 for name in ("seconds", "mib", "most") if name in FAULTS[fault]}
    panel.faults([{"fault": fault, "times": 1} | brief])
    with contextlib.suppress(requests.exceptions.RequestException):
        get(session, panel)
    assert get(session, panel).content == genuine
    counts = panel.counts()
    assert counts["requests"] == sum(counts["by_status"].values()) == 3


def test_compressed_on_request(session: requests.Session, panel: Simulator, genuine: bytes) -> None:
    panel.settings(gzip=True)
    packed = get(session, panel)
    assert (packed.headers["Content-Encoding"], packed.content) == ("gzip", genuine)
    assert "Content-Encoding" not in get(session, panel, headers={"Accept-Encoding": "identity"}).headers
    panel.faults([{"fault": "truncated"}])
    with pytest.raises(requests.exceptions.RequestException):
        get(session, panel)


# Redirects, empty answers, odd rows and pages.


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("circle", f"{LIST}?page=1"),
        ("drop_query", LIST),
        ("http://PANEL/other", "http://127.0.0.1:{port}/other"),
        ("http://EVIL\\@PANEL/", "http://EVIL\\@127.0.0.1:{port}/"),
    ],
)
def test_redirects(session: requests.Session, panel: Simulator, status: int, location: str, expected: str) -> None:
    panel.faults([{"fault": "redirect", "status": status, "location": location}])
    answer = get(session, panel, f"{LIST}?page=1")
    assert (answer.status_code, answer.headers["Location"]) == (status, expected.format(port=panel.port))


@pytest.mark.parametrize(
    ("kind", "form", "status", "body"),
    [
        ("empty", "json", 200, ""),
        ("null", "json", 200, "null"),
        ("null", "xml", 200, '<virtual_machines type="array" nil="true"/>'),
        ("no_content", "json", 204, ""),
    ],
)
def test_nothing(session: requests.Session, panel: Simulator, kind: str, form: str, status: int, body: str) -> None:
    panel.faults([{"fault": "nothing", "kind": kind}])
    answer = get(session, panel, f"/virtual_machines.{form}")
    assert (answer.status_code, answer.text.split("\n", 1)[-1].strip()) == (status, body)


@pytest.mark.parametrize(
    ("value", "text"),
    [("07", b'"07"'), (7.0, b"7.0"), (10**400, b"1" + b"0" * 400), (10**4298, b"1" + b"0" * 4298), (None, b"null")],
)
def test_row_value(session: requests.Session, panel: Simulator, value: Any, text: bytes) -> None:
    panel.faults([{"fault": "row_value", "field": "memory", "value": value, "row": 1}])
    assert get(session, panel).content.count(b'"memory":' + text) == 1
    assert get(session, panel, "/virtual_machines.xml").status_code == 200


def test_odd_rows(session: requests.Session, panel: Simulator) -> None:
    whole = get(session, panel).json()
    panel.faults([{"fault": "null_row", "row": 1, "times": 1}, {"fault": "broken_byte", "times": 1}])
    panel.faults([{"fault": "duplicate_rows"}])
    assert get(session, panel).json() == [whole[0], None, *whole[2:]]
    broken = get(session, panel).content
    assert b'"label":"a\xffb"' in broken
    assert json.loads(broken.replace(b"\xff", b""))[1:] == whole[1:]
    doubled = get(session, panel, f"{LIST}?page=1&per_page=5")
    assert [row["virtual_machine"]["id"] for row in doubled.json()] == [1, 2, 3, 4, 5, 1]
    assert (doubled.headers["X-Total"], doubled.headers["X-Limit"]) == ("13", "5")


@pytest.mark.parametrize(
    ("spec", "ids", "headers"),
    [
        ({"fault": "short_pages", "limit": 3}, [4, 5, 6], {"X-Page": "2", "X-Limit": "3", "X-Total": "3"}),
        ({"fault": "page_ignored"}, list(range(1, 13)), {}),
        ({"fault": "page_ignored", "total": True}, list(range(1, 13)), {"X-Total": "12"}),
        ({"fault": "page_ignored", "rows": "first_page"}, [1, 2, 3, 4, 5], {}),
        ({"fault": "page_ignored", "rows": "first_page", "total": True}, [1, 2, 3, 4, 5], {"X-Total": "12"}),
    ],
)
def test_odd_pages(
    session: requests.Session, panel: Simulator, spec: dict[str, Any], ids: list[int], headers: dict[str, str]
) -> None:
    panel.faults([spec])
    answer = get(session, panel, f"{LIST}?page=2&per_page=5")
    assert [row["virtual_machine"]["id"] for row in answer.json()] == ids
    assert {name: value for name, value in answer.headers.items() if name.startswith("X-")} == headers


def test_large_per_page(session: requests.Session, panel: Simulator) -> None:
    panel.faults([{"fault": "large_per_page", "above": 50}])
    sizes = [f"{LIST}?page=1&per_page={size}" for size in (50, 51)]
    assert [get(session, panel, path).status_code for path in sizes] == [200, 422]


# Heads, encodings and endless answers.


@pytest.mark.parametrize("value", ["\u00b2", "-1", "999999", "", "1, 2"])
def test_content_length(panel: Simulator, listen: Listen, genuine: bytes, value: str) -> None:
    panel.faults([{"fault": "content_length", "value": value}])
    heard = listen(LIST)
    assert f"Content-Length: {value}\r\n" in f"{heard.head}\r\n"
    assert (heard.body, heard.end) == (genuine, "closed")


@pytest.mark.parametrize(
    ("spec", "encoding", "layers"),
    [
        ({"fault": "content_encoding"}, "br", 0),
        ({"fault": "content_encoding", "encoding": "gzip, gzip", "layers": 2}, "gzip, gzip", 2),
        ({"fault": "gzip_bomb", "mib": 1, "layers": 2}, "gzip, gzip", 2),
    ],
)
def test_encodings(
    panel: Simulator, listen: Listen, genuine: bytes, spec: dict[str, Any], encoding: str, layers: int
) -> None:
    panel.faults([spec])
    heard = listen(LIST)
    assert f"Content-Encoding: {encoding}\r\n" in f"{heard.head}\r\n"
    body = heard.body
    for _layer in range(layers):
        body = gzip.decompress(body)
    assert body == genuine if spec["fault"] != "gzip_bomb" else len(body) > 2**20


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
def test_endless(panel: Simulator, listen: Listen, part: str, expected: str) -> None:
    panel.faults([{"fault": "endless", "part": part, "seconds": 0.001, "most": 0.1}])
    heard = listen(LIST, 0.1)
    assert expected in f"{heard.head}\r\n\r\n{heard.body.decode('iso-8859-1')}"


def test_slow_headers(panel: Simulator, listen: Listen) -> None:
    panel.faults([{"fault": "slow_headers", "seconds": 0.005}])
    heard = listen(LIST, 0.1)
    assert heard.head.startswith("HTTP/1.1 200 OK\r\nContent-Type")


# Requests that change something.


@pytest.mark.parametrize(
    ("spec", "accepted"),
    [
        ({"fault": "drop"}, 0),
        ({"fault": "drop", "processed": True}, 1),
        ({"fault": "status", "status": 502}, 0),
        ({"fault": "status", "status": 502, "processed": True}, 1),
        ({"fault": "slow_first_byte", "seconds": 1}, 0),
        ({"fault": "slow_first_byte", "seconds": 1, "processed": True}, 1),
        ({"fault": "truncated"}, 1),
        ({"fault": "other_backup", "when": "before"}, 2),
        ({"fault": "other_backup", "when": "after"}, 2),
    ],
)
def test_what_a_fault_lets_through(
    session: requests.Session, panel: Simulator, spec: dict[str, Any], accepted: int
) -> None:
    panel.faults([{"route": "create_disk_backup", "method": "POST", **spec}])
    with contextlib.suppress(requests.exceptions.RequestException):
        session.post(f"{panel.url}/settings/disks/11860/backups.json", timeout=0.1 if "seconds" in spec else 5)
    assert panel.counts()["accepted_by_disk"] == ({"11860": accepted} if accepted else {})


def test_build_and_time(session: requests.Session, panel: Simulator) -> None:
    panel.settings(build_seconds=600, own_date=True)
    panel.faults([{"fault": "build", "result": "disappears", "seconds": 30, "times": 1}])
    first, second = (session.post(f"{panel.url}/settings/disks/11860/backups.json") for _time in range(2))
    assert [answer.status_code for answer in (first, second)] == [201, 201]
    by_schedule = panel.start_backup(1, disk=11860, initiated="days")
    panel.advance(601)
    rows = {
        row["backup"]["id"]: row["backup"] for row in get(session, panel, "/virtual_machines/1/backups.json").json()
    }
    assert set(rows) == {second.json()["backup"]["id"], by_schedule["id"]}
    assert all(row["built"] for row in rows.values())
    assert get(session, panel).headers["Date"].startswith("Sun, 01 Mar 2026 12:10:0")
