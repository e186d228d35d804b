# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request over a real connection: what TLS trusts, where redirects may lead, and how each breakdown is told."""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys

import pytest
from ansible_collections.community.onapp.plugins.module_utils._api import transport
from ansible_collections.community.onapp.plugins.module_utils._api.transport import Transport
from ansible_collections.community.onapp.plugins.module_utils._errors import (
    ConfigError,
    ConnectionFailed,
    DecodeError,
    MissingLibrary,
    TlsError,
)
from ansible_collections.community.onapp.plugins.module_utils._options import Connection
from ansible_collections.community.onapp.tests.connection import OPTIONS
from ansible_collections.community.onapp.tests.serving import serving

PATH = "/virtual_machines.json"


def endless():
    """No deadline."""


def ask(url, path=PATH, query=None, remaining=endless, **options):
    """The answer to one request."""
    given = {name: options.pop(name) for name in ("username", "password") if name in options}
    connection = Connection.from_options({**OPTIONS, "url": "https://panel.example.test", **given})
    client = Transport(connection._replace(url=url, **options), "test")
    with contextlib.closing(client):
        return client.get(path, query or {}, remaining)


def ask_panel(panel, path=PATH, query=None, **more):
    return ask(panel.url, path, query, username=panel.username, password=panel.password, **more)


def answering(answer, stays=False):
    """The port of a server that hears a request out, sends these bytes and hangs up, or `stays` on the line."""

    def converse(connection):
        connection.recv(65536)
        connection.sendall(answer)
        if stays:
            connection.recv(1)

    return serving(converse)


def test_an_answer(panel):
    answer = ask_panel(panel, "/virtual_machines.json", {"page": 1, "per_page": 2})
    assert (answer.status, answer.headers["x-total"]) == (200, answer.headers["X-Total"])
    assert answer.body.startswith(b"[")
    (entry,) = panel.counts()["log"]
    assert entry["path"] == "/virtual_machines.json"


def test_without_the_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "requests", None)
    with pytest.raises(
        MissingLibrary, match=f"requests is not installed for {sys.executable}.* -m pip install requests"
    ):
        ask("https://panel.example.test")


def without_reason():
    error = ssl.SSLError(1, "[SSL]")
    error.reason = None
    return error


class TestTls:
    def test_an_authority_of_its_own(self, tls_panel):
        assert ask_panel(tls_panel, ca_path=tls_panel.ca_file).status == 200

    def test_an_authority_that_nobody_knows(self, tls_panel):
        with pytest.raises(TlsError, match=r"is not trusted \(.*\)\. .*ca_path"):
            ask_panel(tls_panel)
        assert tls_panel.counts()["requests"] == 0

    def test_not_validated_and_no_warning(self, tls_panel, recwarn):
        assert ask_panel(tls_panel, validate_certs=False).status == 200
        assert [warning for warning in recwarn if "certificate" in str(warning.message)] == []

    def test_a_port_without_tls(self, panel):
        with pytest.raises(TlsError, match=r"No TLS connection .* \((wrong version number|record layer failure)\)"):
            ask(f"https://127.0.0.1:{panel.port}")

    def test_a_peer_that_hangs_up(self):
        with answering(b"") as port, pytest.raises(ConnectionFailed, match="HTTPS port|cannot be reached or broke off"):
            ask(f"https://127.0.0.1:{port}")

    @pytest.mark.parametrize(
        ("cause", "kind", "told"),
        [
            (ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), ConnectionFailed, "names its HTTPS port"),
            (ssl.SSLZeroReturnError(6, "TLS/SSL connection has been closed (EOF)"), ConnectionFailed, "HTTPS port"),
            (without_reason(), TlsError, "(protocol error)"),
        ],
        ids=["end of file", "closed", "without a reason"],
    )
    def test_what_ssl_says(self, cause, kind, told):
        error = transport._tls_error([cause])
        assert error.__class__ is kind
        assert told in error.text


class TestBreakdowns:
    @pytest.mark.parametrize(
        "url", ["http://a..b", f"http://{'a' * 64}.example.test", "http://*.example.test", "http://xn--\u00fc.test"]
    )
    def test_no_host_name(self, url):
        with pytest.raises(ConfigError, match=r"is not a valid URL: check its host name"):
            ask(url)

    def test_an_unknown_host(self):
        with pytest.raises(ConnectionFailed, match="the host name cannot be resolved"):
            ask("http://panel.invalid")

    def test_nobody_there(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        with pytest.raises(ConnectionFailed, match=r"broke off: Connection refused\. Check url"):
            ask(f"http://127.0.0.1:{port}")

    def test_too_late(self, panel):
        panel.faults([{"fault": "slow_first_byte", "seconds": 30}])
        with pytest.raises(ConnectionFailed, match=r"did not answer within 0\.2 s"):
            ask_panel(panel, timeout=0.2)

    def test_a_deadline_before_the_time_out(self, panel):
        panel.faults([{"fault": "slow_first_byte", "seconds": 30}])
        with pytest.raises(ConnectionFailed, match=r"did not answer within 0\.2 s"):
            ask_panel(panel, timeout=30, remaining=lambda: 0.2)

    def test_a_body_that_trickles_ends_with_the_deadline(self, panel):
        panel.faults([{"fault": "slow_body", "seconds": 0.1, "pieces": 600}])
        with pytest.raises((ConnectionFailed, DecodeError)):
            ask_panel(panel, timeout=30, remaining=lambda: 0.3)

    def test_a_body_that_stops_ends_with_the_deadline(self):
        """The panel closes the connection after its answer, so that urllib3 does not show its socket."""
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\n[]"
        with answering(answer, stays=True) as port, pytest.raises(ConnectionFailed, match=r"answer within 0\.3 s"):
            ask(f"http://127.0.0.1:{port}", timeout=30, remaining=lambda: 0.3)

    def test_a_deadline_that_holds(self, panel):
        assert ask_panel(panel, remaining=lambda: 20.0).status == 200

    def test_in_the_middle_of_the_body(self, panel):
        panel.faults([{"fault": "truncated"}])
        with pytest.raises(ConnectionFailed, match="cannot be reached or broke off"):
            ask_panel(panel)

    def test_an_end_that_nothing_marks(self):
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[]"
        with answering(answer) as port, pytest.raises(ConnectionFailed, match="closed in the middle of the answer"):
            ask(f"http://127.0.0.1:{port}")

    def test_broken_compression(self):
        answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"
        with answering(answer) as port, pytest.raises(DecodeError, match="compression is broken") as caught:
            ask(f"http://127.0.0.1:{port}")
        assert caught.value.worth_retrying

    def test_a_body_without_end(self, panel):
        panel.faults([{"fault": "gzip_bomb", "mib": 40}])
        with pytest.raises(DecodeError, match=r"larger than 32 MiB\. Lower page_size"):
            ask_panel(panel)
