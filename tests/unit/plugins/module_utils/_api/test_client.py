# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client on small servers: writes, redirects, dates, and credentials in answers."""

from __future__ import annotations

import base64
import contextlib
import html
import json
import socket
import threading
import urllib.parse

import pytest
from ansible_collections.community.onapp.plugins.module_utils._api import decode
from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
from ansible_collections.community.onapp.plugins.module_utils._errors import (
    AuthError,
    ConfigError,
    ConnectionFailed,
    DeadlineError,
    DecodeError,
    OnAppError,
    ServerError,
)
from ansible_collections.community.onapp.plugins.module_utils._options import Connection
from ansible_collections.community.onapp.tests.connection import connection_options

PASSWORD = 'canary "pä$$"/<&>\\+%~ 1'
DATE = "Thu, 26 Nov 2026 12:00:00 GMT"
BACKUP = b'{"backup": {"id": 9, "built": false}}'


class Server:
    """A server that sends the next of its answers to each connection, and keeps the requests."""

    def __init__(self, answers):
        self.answers = list(answers)
        self.requests = []
        self.connections = 0

    def serve(self, server):
        with contextlib.suppress(OSError):
            while True:
                connection, _address = server.accept()
                self.connections += 1
                threading.Thread(target=self.handle, args=(connection,), daemon=True).start()

    def handle(self, connection):
        with connection, contextlib.suppress(OSError, IndexError):
            while request := self.read(connection):
                self.requests.append(request)
                answer = self.answers.pop(0)
                if answer is None:
                    connection.recv(1)
                    break
                connection.sendall(answer)

    @staticmethod
    def read(connection):
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65536)
            if not piece:
                return b""
            received += piece
        head, _blank, body = received.partition(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                while len(body) < int(line.partition(b":")[2]):
                    body += connection.recv(65536)
        return head + b"\r\n\r\n" + body


def http(status=200, body=b"[]", **headers):
    """An answer that keeps the connection open."""
    lines = [f"HTTP/1.1 {status} Any", f"Content-Length: {len(body)}", *(f"{n}: {v}" for n, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@contextlib.contextmanager
def panel(*answers, **options):
    """A client of a server with these answers, and that server."""
    served = Server(answers)
    with socket.create_server(("127.0.0.1", 0)) as server:
        accepting = threading.Thread(target=served.serve, args=(server,), daemon=True)
        accepting.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        given = {"retries": 0, "password": PASSWORD, "url": url, **options}
        client = Client(Connection.from_options(connection_options(**given)))
        try:
            with contextlib.closing(client):
                yield client, served
        finally:
            server.shutdown(socket.SHUT_RDWR)
            accepting.join()


def post(client, known=()):
    body = {"backup": {"note": "ä"}}
    return client.post_row("backup", "settings", "disks", 7, "backups", body=body, known=known)


class TestPost:
    @pytest.mark.parametrize("response_format", ["json", "xml"])
    def test_row(self, response_format):
        body = BACKUP if response_format == "json" else b"<backup><id>9</id><built>false</built></backup>"
        with panel(http(201, body), response_format=response_format) as (client, server):
            assert post(client)["id"] in (9, "9")
            assert client.throttle.requests == 1
        (request,) = server.requests
        assert request.startswith(f"POST /settings/disks/7/backups.{response_format} HTTP/1.1\r\n".encode())
        assert b"Content-Type: application/json\r\n" in request
        assert f"Accept: application/{response_format}\r\n".encode() in request
        assert request.endswith(b'{"backup": {"note": "\\u00e4"}}')

    def test_new_connection(self):
        row = http(200, BACKUP)
        with panel(row, http(201, BACKUP), row) as (client, server):
            client.get_row("backup", "backups", 9)
            post(client)
            client.get_row("backup", "backups", 9)
            assert server.connections == 2

    @pytest.mark.parametrize(
        ("answer", "kind", "may_have_been_accepted"),
        [
            pytest.param(http(302, Location="/login"), ConfigError, False, id="redirect"),
            pytest.param(http(401), AuthError, False, id="401"),
            pytest.param(http(407), ConfigError, False, id="407"),
            pytest.param(http(422, b'{"errors": {"base": ["Backup cannot be made"]}}'), ServerError, False, id="422"),
            pytest.param(http(429), OnAppError, False, id="429"),
            pytest.param(http(500), ServerError, True, id="500"),
            pytest.param(http(503, **{"Retry-After": "0"}), ServerError, True, id="503"),
            pytest.param(http(201, b"{"), DecodeError, True, id="cut JSON"),
            pytest.param(http(201, b"[]"), DecodeError, True, id="no row"),
            pytest.param(http(201, b""), DecodeError, True, id="empty"),
            pytest.param(http(204, b""), DecodeError, True, id="204"),
            pytest.param(http(202, BACKUP), DecodeError, True, id="202"),
            pytest.param(http(206, BACKUP), DecodeError, True, id="206"),
            pytest.param(http(201, BACKUP.replace(b"9", b"5")), DecodeError, True, id="a backup that was there"),
            pytest.param(http(201, b'{"transaction": {"id": 9}}'), DecodeError, True, id="a transaction"),
            pytest.param(http(201, BACKUP, **{"Content-Encoding": "br"}), DecodeError, True, id="brotli"),
            pytest.param(b"", ConnectionFailed, True, id="closed without an answer"),
            pytest.param(b"HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\n{", ConnectionFailed, True, id="cut body"),
            pytest.param(b"nonsense\r\n\r\n", ConnectionFailed, True, id="not HTTP"),
            pytest.param(None, ConnectionFailed, True, id="time-out"),
        ],
    )
    def test_sent_once(self, answer, kind, may_have_been_accepted):
        with panel(answer, http(201, BACKUP), retries=5, timeout=0.5) as (client, server):
            with pytest.raises(kind) as caught:
                post(client, known={5})
            assert len(server.requests) == 1
        assert caught.value.may_have_been_accepted is may_have_been_accepted
        assert (caught.value.method, caught.value.attempts) == ("POST", 1)
        assert caught.value.path == "/settings/disks/7/backups.json"

    def test_unreachable_panel(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with panel(url=url) as (client, _server), pytest.raises(ConnectionFailed) as caught:
            post(client)
        assert not caught.value.may_have_been_accepted

    def test_deadline_during_the_answer(self):
        with panel(None, deadline=0.5) as (client, server):
            with pytest.raises(DeadlineError, match="The last attempt ended with: .*did not answer") as caught:
                post(client)
            assert len(server.requests) == 1
        assert caught.value.may_have_been_accepted
        assert caught.value.method == "POST"

    def test_deadline_before_the_request(self):
        with panel(http(201, BACKUP), deadline=0.001) as (client, server):
            threading.Event().wait(0.01)
            with pytest.raises(DeadlineError) as caught:
                post(client)
            assert server.requests == []
        assert not caught.value.may_have_been_accepted


class TestDate:
    def test_of_a_list(self):
        total = {"X-Total": "0"}
        answers = [http(Date=DATE, **total), http(Date="nonsense", **total), http(**total)]
        with panel(*answers) as (client, _server):
            assert client.get_list("backup", "backups").date == 1795694400.0
            assert client.get_list("backup", "backups").date is None
            assert client.get_list("backup", "backups").date is None
            assert client.server_date is not None
            assert client.server_date[0] == 1795694400.0

    def test_last_of_several_pages(self):
        pages = [
            http(200, f'[{{"backup": {{"id": {number}}}}}]'.encode(), Date=f"Thu, 26 Nov 2026 12:00:0{number} GMT")
            for number in (1, 2, 1, 2)
        ]
        ends = [http(Date="Thu, 26 Nov 2026 12:00:03 GMT")] * 2
        with panel(*pages[:2], ends[0], *pages[2:], ends[1], page_size=1) as (client, _server):
            listing = client.get_list("backup", "backups")
        assert (len(listing.rows), listing.date) == (2, 1795694403.0)


class TestRedirects:
    @pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308, 399])
    def test_none_is_followed(self, status):
        with panel(http(status, Location="/virtual_machines.json"), http(), retries=3) as (client, server):
            with pytest.raises(
                ConfigError, match=rf"redirects to /virtual_machines.json \(HTTP {status}\).*set url"
            ) as caught:
                client.get_list("virtual_machine", "virtual_machines")
            assert len(server.requests) == 1
        assert caught.value.status == status

    @pytest.mark.parametrize(
        ("location", "target"),
        [
            ("https://panel.test/onapp/", "https://panel.test/onapp/"),
            ("HTTPS://Panel.test:8443/users/sign_in?token=hidden#hidden", "HTTPS://Panel.test:8443/users/sign_in"),
            ("//panel.test/x", "//panel.test/x"),
            ("http://[2001:db8::1]:80/", "http://[2001:db8::1]:80/"),
            ("http://me:hidden@panel.test/", "http://panel.test/"),
            ("http://hidden\\@panel.test/", "http://panel.test/"),
            ("http://me:hid/den@panel.test/", "http://panel.test/"),
            ("http://me:hid?den#x@panel.test/", "http://panel.test/"),
            ("http://me:hidden%40panel.test/", "http://panel.test/"),
            ("http://a@hidden@panel.test/x;hidden", "http://panel.test/x"),
            ("http://me:hidden/", "an address that is not valid"),
            ("http://panel.test\\hidden", "an address that is not valid"),
            ("http://panel.test{{ hidden }}/", "an address that is not valid"),
            ("javascript:hidden", "an address that is not valid"),
            ("##vso[hidden]", "an address that is not valid"),
            ("/\x1b[31mhidden", "/"),
            ("http://[::1/", "an address that is not valid"),
            (f"/{urllib.parse.quote(PASSWORD, safe='')}/hidden", "/"),
            ("", "an address that is not valid"),
            ("/" + 1000 * "x", "/" + 199 * "x"),
        ],
    )
    def test_target_is_named_and_cleaned(self, location, target):
        with panel(http(302, Location=location)) as (client, _server), pytest.raises(ConfigError) as caught:
            client.get_list("virtual_machine", "virtual_machines")
        assert f" redirects to {target} (HTTP 302)" in caught.value.text
        assert "hidden" not in caught.value.text

    def test_without_a_target(self):
        with panel(http(302)) as (client, _server), pytest.raises(ConfigError, match="an address that is not valid"):
            client.get_list("virtual_machine", "virtual_machines")


def partly_quoted(text):
    return "".join(f"%{ord(c):02x}" if c in "cny1~" else urllib.parse.quote(c) for c in text)


TOKEN = base64.b64encode(f"auditor@example.com:{PASSWORD}".encode()).decode()


@pytest.mark.parametrize(
    "form",
    [
        PASSWORD,
        urllib.parse.quote(PASSWORD),
        urllib.parse.quote(PASSWORD, safe=""),
        urllib.parse.quote_plus(PASSWORD),
        urllib.parse.quote(PASSWORD, safe="").lower(),
        urllib.parse.quote(urllib.parse.quote(PASSWORD)),
        partly_quoted(PASSWORD),
        PASSWORD.replace("\\", "\\\\").replace('"', '\\"'),
        PASSWORD.replace("ä", "\\u00E4"),
        TOKEN,
        TOKEN.rstrip("="),
        TOKEN.rstrip("=").translate(str.maketrans("+/", "-_")),
        urllib.parse.quote(TOKEN, safe=""),
        base64.b64encode(PASSWORD.encode()).decode(),
        base64.urlsafe_b64encode(PASSWORD.encode()).decode().rstrip("="),
        html.escape(PASSWORD),
        html.escape(PASSWORD, quote=False),
        html.escape(PASSWORD).replace("&quot;", "&#34;"),
        html.escape(html.escape(PASSWORD)),
        "".join(f"&#{ord(c)};" for c in PASSWORD),
        "".join(f"&#x00{ord(c):X};" for c in PASSWORD),
        TOKEN.replace("+", "&#43;").replace("/", "&#x2f;").replace("=", ""),
    ],
)
def test_credentials_are_not_quoted(form):
    with panel() as (client, _server):
        assert client._redacted(f"before {form} after") == "before ******** after"


@pytest.mark.parametrize("number", [1, 9_970, 9_990, 9_999, 10_000])
@pytest.mark.parametrize("blank", [" ", "\n", "\x1b[31m"])
def test_cut_texts_end_with_no_part_of_a_credential(blank, number):
    with panel(password="sekret-password-1") as (client, _server):
        assert "sek" not in client._redacted(blank * number + "sekret-password-1" + "x" * 10_000)
        assert client._redacted("sekret-password-1" * 2_000).strip("*") == ""


@pytest.mark.parametrize(
    "password",
    ["\\\\\\cd12345", "a" + "\\" * 6 + "b1234567", "\\" * 12, "p\xe4ssw\U0001f600x123", "\U0001f600" * 9],
)
def test_backslashes_and_wide_characters(password):
    escaped = json.dumps(password)[1:-1]
    forms = [password, escaped, json.dumps(escaped)[1:-1], urllib.parse.quote(password), html.escape(password)]
    with panel(password=password) as (client, _server):
        for form in forms:
            assert client._redacted(f"before {form} after") == "before ******** after"
        # A search that goes on for minutes would end by the time-out of the test.
        client._redacted("\\" * 9_000)
        client._redacted(("a" + "\\" * 40) * 200)


@pytest.mark.parametrize("piece", ["\\", "%25", "&amp;", "%", "&#", "\\\\%25&amp;"])
def test_long_texts_are_quoted_in_part(piece):
    """A search that goes on for minutes would end by the time-out of the test."""
    with panel() as (client, _server):
        assert len(client._redacted(piece * 1_000_000)) <= 10_000


@pytest.mark.parametrize(
    ("headers", "total", "limit"),
    [
        ({}, None, None),
        ({"X-Total": "7", "X-Limit": "5"}, 7, 5),
        ({"X-Total": "7, 7"}, 7, None),
        ({"X-Total": "7, 8"}, None, 1),
        ({"X-Total": "abc", "X-Limit": "5"}, None, 1),
        ({"X-Total": "-3"}, None, 1),
        ({"X-Total": "3;"}, None, 1),
        ({"X-Total": ""}, None, None),
        ({"X-Limit": "x"}, None, None),
    ],
)
def test_counts_of_a_page(headers, total, limit):
    with panel(http(200, b"[]", **headers)) as (client, _server):
        page = client.get_page("backup", "backups", number=1)
        assert (page.total, page.limit) == (total, limit)


@pytest.mark.parametrize("status", [202, 205, 206, 226])
def test_part_of_an_answer(status):
    with panel(http(status, b"[]"), http(status, b"[]"), retries=1) as (client, server):
        with pytest.raises(DecodeError, match=f"HTTP {status}, which is not a whole answer"):
            client.get_list("backup", "backups")
        assert len(server.requests) == 2


def test_no_content_is_an_empty_list():
    with panel(http(204, b"", **{"X-Total": "0"})) as (client, _server):
        assert client.get_list("backup", "backups").rows == []


def test_answer_that_cannot_be_converted(monkeypatch):
    monkeypatch.setattr(decode, "rows", lambda document, wrapper: int(float("inf")))
    answer = http(200, b'[{"backup": {"id": 1}}]')
    with panel(answer) as (client, _server), pytest.raises(DecodeError, match=r"cannot be converted \(OverflowError\)"):
        client.get_list("backup", "backups")
