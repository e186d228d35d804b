# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request over a real connection: TLS, redirects, and errors of connections."""

from __future__ import annotations

import contextlib
import re
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


def no_deadline():
    """No deadline."""


def send(url, path=PATH, query=None, remaining=no_deadline, **options):
    """The answer to one request."""
    given = {name: options.pop(name) for name in ("username", "password") if name in options}
    connection = Connection.from_options({**OPTIONS, "url": "https://panel.example.test", **given})
    client = Transport(connection._replace(url=url, **options), "test")
    with contextlib.closing(client):
        return client.get(path, query or {}, remaining)


def send_to(panel, path=PATH, query=None, **more):
    return send(panel.url, path, query, username=panel.username, password=panel.password, **more)


def answering(answer, stays=False):
    """The port of a server that reads a request, sends an answer and disconnects, or `stays` connected."""

    def handle(connection):
        connection.recv(65536)
        connection.sendall(answer)
        if stays:
            connection.recv(1)

    return serving(handle)


def test_answer(panel):
    answer = send_to(panel, "/virtual_machines.json", {"page": 1, "per_page": 2})
    assert (answer.status, answer.headers["x-total"]) == (200, answer.headers["X-Total"])
    assert answer.body.startswith(b"[")
    (entry,) = panel.counts()["log"]
    assert entry["path"] == "/virtual_machines.json"


def test_missing_requests_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "requests", None)
    python = re.escape(sys.executable)
    with pytest.raises(MissingLibrary, match=f"requests is not installed for {python}.* -m pip install requests"):
        send("https://panel.example.test")


def without_reason():
    error = ssl.SSLError(1, "[SSL]")
    error.reason = None
    return error


class TestTls:
    def test_private_authority(self, tls_panel):
        assert send_to(tls_panel, ca_path=tls_panel.ca_file).status == 200

    def test_unknown_authority(self, tls_panel):
        with pytest.raises(TlsError, match=r"is not trusted \(.*\)\. .*ca_path"):
            send_to(tls_panel)
        assert tls_panel.counts()["requests"] == 0

    def test_not_validated_and_no_warning(self, tls_panel, recwarn):
        assert send_to(tls_panel, validate_certs=False).status == 200
        assert [warning for warning in recwarn if "certificate" in str(warning.message)] == []

    def test_port_without_tls(self, panel):
        with pytest.raises(TlsError, match=r"No TLS connection .* \((wrong version number|record layer failure)\)"):
            send(f"https://127.0.0.1:{panel.port}")

    def test_server_that_disconnects(self):
        with answering(b"") as port, pytest.raises(ConnectionFailed, match="HTTPS port|cannot be reached or broke off"):
            send(f"https://127.0.0.1:{port}")

    @pytest.mark.parametrize(
        ("cause", "kind", "expected"),
        [
            (ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), ConnectionFailed, "names its HTTPS port"),
            (ssl.SSLZeroReturnError(6, "TLS/SSL connection has been closed (EOF)"), ConnectionFailed, "HTTPS port"),
            (without_reason(), TlsError, "(protocol error)"),
        ],
        ids=["end of file", "closed", "without a reason"],
    )
    def test_ssl_errors(self, cause, kind, expected):
        error = transport._tls_error([cause])
        assert error.__class__ is kind
        assert expected in error.text


class TestConnectionErrors:
    @pytest.mark.parametrize(
        "url", ["http://a..b", f"http://{'a' * 64}.example.test", "http://*.example.test", "http://xn--\u00fc.test"]
    )
    def test_invalid_host_name(self, url):
        with pytest.raises(ConfigError, match=r"is not a valid URL: check its host name"):
            send(url)

    def test_unknown_host(self):
        with pytest.raises(ConnectionFailed, match="the host name cannot be resolved"):
            send("http://panel.invalid")

    def test_connection_refused(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        with pytest.raises(ConnectionFailed, match=r"broke off: Connection refused\. Check url"):
            send(f"http://127.0.0.1:{port}")

    def test_time_out(self, panel):
        panel.faults([{"fault": "slow_first_byte", "seconds": 30}])
        with pytest.raises(ConnectionFailed, match=r"did not answer within 0\.2 s"):
            send_to(panel, timeout=0.2)

    def test_deadline_before_the_time_out(self, panel):
        panel.faults([{"fault": "slow_first_byte", "seconds": 30}])
        with pytest.raises(ConnectionFailed, match=r"did not answer within 0\.2 s"):
            send_to(panel, timeout=30, remaining=lambda: 0.2)

    def test_slow_body_ends_with_the_deadline(self, panel):
        panel.faults([{"fault": "slow_body", "seconds": 0.1, "pieces": 600}])
        with pytest.raises((ConnectionFailed, DecodeError)):
            send_to(panel, timeout=30, remaining=lambda: 0.3)

    def test_stalled_body_ends_with_the_deadline(self):
        """The panel closes the connection after its answer, so that urllib3 does not expose the socket."""
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\n[]"
        with answering(answer, stays=True) as port, pytest.raises(ConnectionFailed, match=r"answer within 0\.3 s"):
            send(f"http://127.0.0.1:{port}", timeout=30, remaining=lambda: 0.3)

    def test_kept_deadline(self, panel):
        assert send_to(panel, remaining=lambda: 20.0).status == 200

    def test_disconnect_within_the_body(self, panel):
        panel.faults([{"fault": "truncated"}])
        with pytest.raises(ConnectionFailed, match="cannot be reached or broke off"):
            send_to(panel)

    def test_disconnect_as_the_end(self):
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[]"
        with answering(answer) as port, pytest.raises(ConnectionFailed, match="closed in the middle of the answer"):
            send(f"http://127.0.0.1:{port}")

    def test_broken_compression(self):
        answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"
        with answering(answer) as port, pytest.raises(DecodeError, match="compression is broken") as caught:
            send(f"http://127.0.0.1:{port}")
        assert caught.value.worth_retrying

    def test_endless_body(self, panel):
        panel.faults([{"fault": "gzip_bomb", "mib": 40}])
        with pytest.raises(DecodeError, match=r"larger than 32 MiB\. Lower page_size"):
            send_to(panel)
