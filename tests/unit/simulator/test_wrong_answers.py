# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The answer of each fault in wrong_answers."""

from __future__ import annotations

import contextlib
import json
from typing import Any
from xml.etree import ElementTree

import pytest
import requests
from ansible_collections.community.onapp.tests.simulator.process import Simulator

LIST = "/virtual_machines.json"
PAGE = f"{LIST}?page=2&per_page=5"
MIXED = ["text", None, 7]


def get(session: requests.Session, panel: Simulator, path: str = LIST) -> requests.Response:
    return session.get(panel.url + path, allow_redirects=False, timeout=10)


def ids(answer: requests.Response) -> list[Any]:
    return [row["id"] for wrapped in answer.json() for row in wrapped.values()]


@pytest.mark.parametrize(
    ("spec", "form", "status", "body"),
    [
        ({"fault": "status", "body_shape": "error"}, "json", 503, '{"error":"No luck"}'),
        ({"fault": "status", "body_shape": "errors_list"}, "json", 503, '{"errors":["No luck"]}'),
        ({"fault": "status", "body_shape": "errors_map"}, "json", 503, '{"errors":{"base":["No luck"]}}'),
        ({"fault": "status", "status": 200}, "json", 200, '{"errors":["No luck"]}'),
        ({"fault": "status", "status": 406, "body_shape": "empty"}, "json", 406, ""),
        ({"fault": "status", "status": 500, "body_shape": "html"}, "json", 500, "<p>No luck</p>"),
        ({"fault": "status", "status": 422}, "xml", 422, "<error>No luck</error>"),
        ({"fault": "status", "body_shape": "error"}, "xml", 503, "<error>No luck</error>"),
        ({"fault": "status", "body_shape": "errors_map"}, "xml", 503, '<base type="array">'),
        ({"fault": "html"}, "json", 200, "<form"),
        ({"fault": "body", "text": "{}"}, "json", 200, "{}"),
        ({"fault": "nothing"}, "json", 200, ""),
        ({"fault": "nothing", "kind": "no_content"}, "json", 204, ""),
        ({"fault": "nothing", "kind": "null"}, "json", 200, "null"),
        ({"fault": "nothing", "kind": "null"}, "xml", 200, '\n<virtual_machines type="array" nil="true"/>\n'),
        ({"fault": "wrong_top"}, "json", 200, '{"status":"ok"}'),
        ({"fault": "wrong_top", "shape": "scalar"}, "json", 200, '"ok"'),
        ({"fault": "wrong_top", "shape": "scalar"}, "xml", 200, "<string>ok</string>"),
        ({"fault": "xml_doctype"}, "xml", 200, "<!ENTITY a8"),
        ({"fault": "xml_doctype", "kind": "external"}, "xml", 200, 'SYSTEM "file:///'),
    ],
)
def test_bodies(
    session: requests.Session, panel: Simulator, spec: dict[str, Any], form: str, status: int, body: str
) -> None:
    panel.faults([spec | ({"text": "No luck"} if spec["fault"] == "status" else {})])
    answer = get(session, panel, f"/virtual_machines.{form}")
    assert answer.status_code == status
    assert body in answer.text if body else answer.text == ""


def test_headers(session: requests.Session, panel: Simulator) -> None:
    panel.faults([{"fault": "status", "status": 429, "headers": {"Retry-After": 7}}])
    answer = get(session, panel)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


@pytest.mark.parametrize("shape", ["html", "error", "errors_list", "errors_map"])
def test_echo_credentials(session: requests.Session, panel: Simulator, shape: str) -> None:
    panel.faults([{"fault": "echo_credentials", "status": 422, "body_shape": shape}])
    answer = get(session, panel)
    assert answer.status_code == 422
    assert panel.password in answer.text
    assert str(answer.request.headers["Authorization"]) in answer.text


@pytest.mark.parametrize("path", ["/virtual_machines", "/virtual_machines/1", "/virtual_machines/4/backups"])
@pytest.mark.parametrize("form", ["json", "xml"])
def test_malformed(session: requests.Session, panel: Simulator, path: str, form: str) -> None:
    panel.faults([{"fault": "malformed"}])
    answer = get(session, panel, f"{path}.{form}")
    with pytest.raises((ValueError, ElementTree.ParseError)):
        json.loads(answer.content) if form == "json" else ElementTree.fromstring(answer.content)


def test_wrong_elements(session: requests.Session, panel: Simulator) -> None:
    whole = get(session, panel).json()
    panel.faults([{"fault": "wrong_elements", "times": 1}, {"fault": "wrong_elements", "mixed": True}])
    assert get(session, panel).json() == MIXED
    assert get(session, panel).json() == [*whole, *MIXED]
    mixed = ElementTree.fromstring(get(session, panel, "/users.xml").content)
    assert [child.tag for child in mixed] == ["user"] * 5 + ["string", "null", "integer"]
    assert get(session, panel, "/virtual_machines/1.json").json() == MIXED
    assert len(ElementTree.fromstring(get(session, panel, "/virtual_machines/1.xml").content)) == 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("circle", PAGE),
        ("drop_query", LIST),
        ("http://PANEL/other", "http://127.0.0.1:{port}/other"),
        ("http://EVIL\\@PANEL/", "http://EVIL\\@127.0.0.1:{port}/"),
    ],
)
def test_redirects(session: requests.Session, panel: Simulator, status: int, location: str, expected: str) -> None:
    panel.faults([{"fault": "redirect", "status": status, "location": location}])
    answer = get(session, panel, PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (status, expected.format(port=panel.port))


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
    assert get(session, panel).json() == [whole[0], None, *whole[2:]]
    broken = get(session, panel).content
    assert b'"label":"a\xffb"' in broken
    assert json.loads(broken.replace(b"\xff", b""))[1:] == whole[1:]


@pytest.mark.parametrize(
    ("spec", "numbers", "headers"),
    [
        ({"fault": "wrong_total", "total": 99}, [6, 7, 8, 9, 10], ("2", "5", "99")),
        ({"fault": "duplicate_rows"}, [6, 7, 8, 9, 10, 6], ("2", "5", "13")),
        ({"fault": "same_id"}, [6, 7, 8, 9, 10, "06", 6.0], ("2", "5", "14")),
        ({"fault": "short_pages", "limit": 3}, [4, 5, 6], ("2", "3", "3")),
        ({"fault": "page_ignored"}, list(range(1, 13)), (None, None, None)),
        ({"fault": "page_ignored", "total": True}, list(range(1, 13)), (None, None, "12")),
        ({"fault": "page_ignored", "rows": "first_page"}, [1, 2, 3, 4, 5], (None, None, None)),
        ({"fault": "page_ignored", "rows": "first_page", "total": True}, [1, 2, 3, 4, 5], (None, None, "12")),
        ({"fault": "large_per_page", "above": 5}, [6, 7, 8, 9, 10], ("2", "5", "12")),
        ({"fault": "delete_vm", "target": 1}, [7, 8, 9, 10, 11], ("2", "5", "11")),
    ],
)
def test_pages(
    session: requests.Session, panel: Simulator, spec: dict[str, Any], numbers: list[Any], headers: tuple[str, ...]
) -> None:
    panel.faults([spec])
    answer = get(session, panel, PAGE)
    assert ids(answer) == numbers
    assert tuple(answer.headers.get(name) for name in ("X-Page", "X-Limit", "X-Total")) == headers


def test_large_per_page(session: requests.Session, panel: Simulator) -> None:
    panel.faults([{"fault": "large_per_page", "above": 4}])
    assert get(session, panel, PAGE).status_code == 422


def test_delete_vm(session: requests.Session, panel: Simulator) -> None:
    panel.faults([{"fault": "delete_vm", "route": "backups", "vm": 3}])
    paths = ["/virtual_machines/3.json", "/virtual_machines/3/backups.json", "/virtual_machines/3.json"]
    assert [get(session, panel, path).status_code for path in paths] == [200, 404, 404]
    assert ids(get(session, panel))[:3] == [1, 2, 4]
    panel.reset()
    assert get(session, panel, "/virtual_machines/3.json").status_code == 200


@pytest.mark.parametrize(
    ("spec", "accepted"),
    [
        ({"fault": "drop"}, 0),
        ({"fault": "drop", "processed": True}, 1),
        ({"fault": "drop", "processed": True, "reset": False}, 1),
        ({"fault": "status", "status": 502}, 0),
        ({"fault": "status", "status": 502, "processed": True}, 1),
        ({"fault": "slow_first_byte", "seconds": 1}, 0),
        ({"fault": "slow_first_byte", "seconds": 1, "processed": True}, 1),
        ({"fault": "truncated"}, 1),
        ({"fault": "other_backup", "when": "before"}, 2),
        ({"fault": "other_backup", "when": "after"}, 2),
    ],
)
def test_accepted_backups(session: requests.Session, panel: Simulator, spec: dict[str, Any], accepted: int) -> None:
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
    found = get(session, panel, "/virtual_machines/1/backups.json")
    assert ids(found) == [second.json()["backup"]["id"], by_schedule["id"]]
    assert all(row["backup"]["built"] for row in found.json())
    assert found.headers["Date"].startswith("Sun, 01 Mar 2026 12:10:0")
