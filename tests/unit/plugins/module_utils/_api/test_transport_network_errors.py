# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Error texts of TLS, proxies and failing connections, over real connections."""

from __future__ import annotations

import contextlib
import datetime
import http.client
import importlib.util
import os
import pathlib
import ssl

import pytest
import trustme
from ansible_collections.community.onapp.plugins.module_utils._api import transport
from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError, ConnectionFailed, TlsError
from ansible_collections.community.onapp.plugins.module_utils._options import Connection
from ansible_collections.community.onapp.tests.connection import connection_options
from ansible_collections.community.onapp.tests.serving import serving

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 21\r\nConnection: close\r\n\r\n{"backup": {"id": 1}}'
LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
FAR_AHEAD = datetime.datetime(2200, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def answering(answer):
    def handle(connection):
        connection.recv(65536)
        connection.sendall(answer)

    return serving(handle)


@contextlib.contextmanager
def tls_server(certificate, change=lambda context: None):
    """The port of a TLS server with a certificate of trustme."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    change(context)

    def handle(connection):
        with context.wrap_socket(connection, server_side=True) as wrapped:
            wrapped.recv(65536)
            wrapped.sendall(ANSWER)

    with serving(handle) as port:
        yield port


def read(url, **options):
    """Read a list of backups, without retries."""
    given = {"retries": 0, "timeout": 5, **options, "url": url}
    with contextlib.closing(Client(Connection.from_options(connection_options(**given)))) as client:
        return client.get_row("backup", "backups", 1)


def failure(kind, url, **options):
    with pytest.raises(kind) as caught:
        read(url, **options)
    assert "\n" not in caught.value.text
    return caught.value.text


class TestCertificates:
    def test_trusted(self, authority, ca_file):
        with tls_server(authority.issue_cert("127.0.0.1")) as port:
            assert read(f"https://127.0.0.1:{port}", ca_path=str(ca_file))["id"] == 1

    @pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
    def test_expired(self, authority, ca_file, name):
        certificate = authority.issue_cert("127.0.0.1", "localhost", not_after=LONG_AGO)
        with tls_server(certificate) as port:
            text = failure(TlsError, f"https://{name}:{port}", ca_path=str(ca_file))
        assert "has expired" in text
        assert "Renew the certificate, or correct the clock" in text
        assert "ca_path" not in text

    def test_not_yet_valid(self, authority, ca_file):
        certificate = authority.issue_cert("127.0.0.1", not_before=FAR_AHEAD, not_after=FAR_AHEAD.replace(year=2201))
        with tls_server(certificate) as port:
            text = failure(TlsError, f"https://127.0.0.1:{port}", ca_path=str(ca_file))
        assert "Correct the clock" in text

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    def test_wrong_name(self, authority, ca_file, host):
        with tls_server(authority.issue_cert("panel.example.test")) as port:
            text = failure(TlsError, f"https://{host}:{port}", ca_path=str(ca_file))
        assert "Put the host name for which the certificate was issued into url" in text
        assert "ca_path" not in text

    def test_no_local_issuer(self, authority):
        with tls_server(authority.issue_cert("127.0.0.1")) as port:
            text = failure(TlsError, f"https://127.0.0.1:{port}")
        assert "Set ca_path to the certificate authority" in text
        assert "intermediate certificate" in text
        assert "certifi" in text

    def test_missing_intermediate(self, authority, ca_file):
        certificate = authority.create_child_ca().issue_cert("127.0.0.1")

        def without_chain(context):
            with certificate.private_key_pem.tempfile() as key, certificate.cert_chain_pems[0].tempfile() as leaf:
                context.load_cert_chain(leaf, key)

        with tls_server(authority.issue_cert("localhost"), without_chain) as port:
            text = failure(TlsError, f"https://127.0.0.1:{port}", ca_path=str(ca_file))
        assert "intermediate certificate" in text

    def test_self_signed(self, tmp_path):
        own = trustme.CA()

        def with_authority_as_server(context):
            with own.private_key_pem.tempfile() as key, own.cert_pem.tempfile() as certificate:
                context.load_cert_chain(certificate, key)

        with tls_server(own.issue_cert("localhost"), with_authority_as_server) as port:
            text = failure(TlsError, f"https://127.0.0.1:{port}")
        assert "self-signed: set ca_path to a copy of it" in text.replace("self signed", "self-signed")

    @pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
    def test_old_tls(self, authority, ca_file):
        def only_old(context):
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1

        with tls_server(authority.issue_cert("127.0.0.1"), only_old) as port:
            text = failure(TlsError, f"https://127.0.0.1:{port}", ca_path=str(ca_file))
        assert "versions of TLS that are too old: enable TLS 1.2" in text

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    def test_client_certificate(self, authority, ca_file, version):
        def demanding(context):
            context.verify_mode = ssl.CERT_REQUIRED
            context.minimum_version = context.maximum_version = version
            authority.configure_trust(context)

        with tls_server(authority.issue_cert("127.0.0.1"), demanding) as port:
            # With TLS 1.3 the alert can be lost, because the request was sent already.
            text = failure((TlsError, ConnectionFailed), f"https://127.0.0.1:{port}", ca_path=str(ca_file))
        assert "a client certificate, which cannot be sent" in text

    def test_not_validated_does_not_need_ca_path(self, authority, tmp_path):
        empty = tmp_path / "empty.pem"
        empty.write_bytes(b"")
        with tls_server(authority.issue_cert("else.test", not_after=LONG_AGO)) as port:
            assert read(f"https://127.0.0.1:{port}", validate_certs=False, ca_path=str(empty))["id"] == 1


class TestCaPath:
    @staticmethod
    def refusal(path):
        text = failure(ConfigError, "https://127.0.0.1:9", ca_path=str(path))
        assert text.startswith(f"The option ca_path names {path}, which ")
        return text

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"this is no certificate\n",
            b"-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n",
            b"\0" * 99,
        ],
        ids=["empty", "text", "broken", "binary"],
    )
    def test_no_certificate(self, tmp_path, content):
        path = tmp_path / "ca.pem"
        path.write_bytes(content)
        assert "has no certificates in PEM format" in self.refusal(path)

    def test_der(self, tmp_path, ca_file):
        path = tmp_path / "ca.der"
        path.write_bytes(ssl.PEM_cert_to_DER_cert(ca_file.read_text()))
        assert "convert a DER file with openssl x509 -inform der" in self.refusal(path)

    def test_directories(self, tmp_path, ca_file):
        assert "run openssl rehash" in self.refusal(tmp_path)
        (tmp_path / "ca.pem").write_bytes(ca_file.read_bytes())
        assert "run openssl rehash" in self.refusal(tmp_path)
        (tmp_path / "0a1b2c3d.0").write_bytes(ca_file.read_bytes())
        assert "Connection refused" in failure(ConnectionFailed, "https://127.0.0.1:9", ca_path=str(tmp_path))

    def test_neither_file_nor_directory(self, tmp_path):
        os.mkfifo(tmp_path / "fifo")
        for path in (tmp_path / "fifo", pathlib.Path("/dev/zero")):
            assert "is neither a file nor a directory" in self.refusal(path)

    def test_unreadable(self, tmp_path, monkeypatch):
        def refuse(*_given):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "listdir", refuse)
        assert "cannot be read: Permission denied" in self.refusal(tmp_path)

    def test_plain_http_does_not_need_it(self, tmp_path):
        assert "Connection refused" in failure(ConnectionFailed, "http://127.0.0.1:9", ca_path=str(tmp_path))


SECRET = "hunter2"


class TestProxies:
    @pytest.fixture(autouse=True)
    def _any_host(self, monkeypatch):
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)

    @pytest.mark.parametrize(("scheme", "status"), [("https", 403), ("https", 407), ("https", 502), ("http", 407)])
    def test_refusals(self, monkeypatch, scheme, status):
        requests = []

        def handle(connection):
            requests.append(connection.recv(65536))
            connection.sendall(f"HTTP/1.1 {status} {SECRET}\r\nContent-Length: 0\r\n\r\n".encode())

        with serving(handle) as port:
            monkeypatch.setenv(f"{scheme}_proxy", f"http://me:{SECRET}@127.0.0.1:{port}")
            text = failure(ConfigError, f"{scheme}://panel.example.test", retries=3)
        assert f"The proxy http://127.0.0.1:{port} " in text
        assert f"(HTTP {status})" in text
        assert "HTTPS_PROXY" in text
        assert SECRET not in text
        assert len(requests) == 1

    def test_unreachable(self, monkeypatch):
        monkeypatch.setenv("https_proxy", f"http://me:{SECRET}@127.0.0.1:9")
        text = failure(ConnectionFailed, "https://panel.example.test")
        assert "proxy http://127.0.0.1:9" in text
        assert "Connection refused" in text
        assert SECRET not in text

    def test_socks_without_its_library(self, monkeypatch):
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        monkeypatch.setenv("https_proxy", f"socks5://me:{SECRET}@127.0.0.1:1080")
        text = failure(ConfigError, "https://panel.example.test")
        assert "The proxy socks5://127.0.0.1:1080 needs the Python library PySocks" in text
        assert SECRET not in text

    @pytest.mark.parametrize(
        "url",
        [
            "http://",
            "http:///x",
            "http://a b",
            "http://me:{}@",
            "http://me:{}@x:port",
            "http://x:99999",
            "http://x:0",
            "http://[::1",
            "http://me:{}@a\\b",
            "ftp://me:{}@x",
            "gopher://x",
            "://x",
            "http://\u00fc..x",
        ],
    )
    def test_malformed(self, monkeypatch, url):
        monkeypatch.setenv("https_proxy", url.format(SECRET))
        text = failure(ConfigError, "https://panel.example.test")
        assert "The URL of the proxy" in text
        assert "HTTPS_PROXY" in text
        assert SECRET not in text

    def test_too_slow(self, monkeypatch):
        with serving(lambda connection: connection.recv(65536) and connection.recv(1)) as port:
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
            text = failure(ConnectionFailed, "https://panel.example.test", timeout=1)
        assert f"No connection to the proxy http://127.0.0.1:{port} could be made within 1 s" in text
        assert "Long lists" not in text


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"nonsense\r\n\r\n", "the answer is not valid HTTP"),
        (b"HTTP/1.1 99999 x\r\n\r\n", "the answer is not valid HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n[]", "the answer is not valid HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"a" * 70000, "the answer is not valid HTTP"),
        (b"", "the connection was closed in the middle of the answer"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[", "closed in the middle of the answer"),
    ],
)
def test_unreadable_answers(answer, why):
    with answering(answer) as port:
        assert why in failure(ConnectionFailed, f"http://127.0.0.1:{port}")


def test_certificate_error_of_an_old_urllib3():
    kind = type("CertificateError", (ValueError,), {})
    wrapped = ssl.SSLError(kind("hostname 'x' doesn't match 'y'"))
    error = transport.network_error(wrapped, None, 1, is_connected=False)
    assert "was issued into url" in error.text


def test_too_many_headers():
    error = transport.network_error(http.client.HTTPException("got more than 100 headers"), None, 1, is_connected=True)
    assert "not valid HTTP" in error.text
