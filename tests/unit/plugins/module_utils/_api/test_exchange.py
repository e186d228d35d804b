# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endless and expensive answers end in limited time and memory."""

from __future__ import annotations

import concurrent.futures
import contextlib
import gzip
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import zlib

import pytest
from ansible_collections.community.onapp.plugins.module_utils._api import exchange, transport
from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
from ansible_collections.community.onapp.plugins.module_utils._api.throttle import Stopped
from ansible_collections.community.onapp.plugins.module_utils._errors import (
    ConnectionFailed,
    DeadlineError,
    DecodeError,
    OnAppError,
    ServerError,
)
from ansible_collections.community.onapp.plugins.module_utils._options import Connection
from ansible_collections.community.onapp.tests.connection import connection_options
from ansible_collections.community.onapp.tests.serving import serving

MIB = 1024 * 1024
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
GZIP = HEAD + b"Content-Encoding: gzip\r\n\r\n"
PATIENCE = 60  # Seconds after which a test has failed.


def sending(first, *again, pause=0.0):
    """The port of a server that sends some bytes, then repeats others until the client disconnects."""

    def handle(connection):
        connection.recv(65536)
        connection.sendall(first)
        for piece in itertools.cycle(again):
            time.sleep(pause)
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)

    return serving(handle)


def client_of(port, **options):
    given = {"retries": 0, "timeout": PATIENCE, **options, "url": f"http://127.0.0.1:{port}"}
    return contextlib.closing(Client(Connection.from_options(connection_options(**given))))


def failure(kind, port, **options):
    with client_of(port, **options) as client, pytest.raises(kind) as caught:
        client.get_row("backup", "backups", 1)
    return caught.value


class TestEndlessAnswers:
    @pytest.mark.parametrize(
        ("first", "again"),
        [
            pytest.param(HEAD + b"\r\n", b" " * 65536, id="body"),
            pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100, id="100 Continue"),
            pytest.param(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100, id="103 Early Hints"),
            pytest.param(HEAD, b"a" * 65536, id="one header"),
            pytest.param(HEAD, b"a: b\r\n" * 100, id="headers"),
            pytest.param(CHUNKED, b"0" * 65536, id="chunk size"),
            pytest.param(CHUNKED + b"1;", b"x" * 65536, id="chunk extension"),
            pytest.param(CHUNKED + b"-1\r\n", b" " * 65536, id="negative chunk"),
            pytest.param(CHUNKED + b"f" * 17 + b"\r\n", b" " * 65536, id="one chunk"),
            pytest.param(CHUNKED + b"0\r\n", b"a" * 65536, id="one trailer"),
            pytest.param(GZIP, gzip.compress(b"") * 1000, id="empty gzip members"),
            pytest.param(GZIP, gzip.compress(b" " * MIB), id="gzip members"),
        ],
    )
    def test_of_size(self, first, again):
        with sending(first, again) as port:
            error = failure((DecodeError, ConnectionFailed), port)
        assert "did not answer within" not in error.text

    @pytest.mark.parametrize(
        ("first", "again"),
        [
            pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", id="100 Continue"),
            pytest.param(b"HTTP/1.1 ", b"2", id="status line"),
            pytest.param(HEAD, b"a", id="header"),
            pytest.param(HEAD, b"a: b\r\n", id="headers"),
            pytest.param(HEAD + b"Content-Length: 2\r\n", b"a", id="header after the length"),
        ],
    )
    def test_headers_end_with_the_time_out(self, first, again):
        with sending(first, again, pause=0.05) as port:
            assert "did not answer within 1 s" in failure(ConnectionFailed, port, timeout=1).text

    @pytest.mark.parametrize(
        ("first", "again"),
        [
            pytest.param(HEAD + b"\r\n", b" ", id="body without a length"),
            pytest.param(HEAD + b'\r\n{"backup": {"id": 1}}', b" ", id="body that is whole but for its end"),
            pytest.param(HEAD + b"Content-Length: 9999\r\n\r\n", b" ", id="body"),
            pytest.param(CHUNKED, b"1\r\n \r\n", id="chunks"),
            pytest.param(CHUNKED + b'15\r\n{"backup": {"id": 1}}\r\n0\r\n', b"a: b\r\n", id="trailers"),
        ],
    )
    def test_answer_ends_after_some_time_outs(self, first, again, monkeypatch):
        assert transport.BODY_TIMEOUTS == 10
        monkeypatch.setattr(transport, "BODY_TIMEOUTS", 0.75)
        with sending(first, again, pause=0.02) as port:
            assert "did not answer within 1.5 s" in failure(ConnectionFailed, port, timeout=2).text

    @pytest.mark.parametrize("first", [b"", HEAD, HEAD + b"\r\n{", CHUNKED + b"9\r\n", CHUNKED + b"0\r\n"])
    def test_silence_ends_with_the_time_out(self, first):
        """Also within a body, which may take longer in total."""
        with sending(first, b"1", pause=PATIENCE) as port:
            assert "did not answer within 0.3 s" in failure(ConnectionFailed, port, timeout=0.3).text

    @pytest.mark.parametrize("first", [b"", HEAD, HEAD + b"\r\n", CHUNKED, CHUNKED + b"0\r\n"])
    def test_answer_ends_with_the_deadline(self, first):
        with sending(first, b"1", pause=0.05) as port:
            assert "The deadline of 1 s" in failure(DeadlineError, port, deadline=1, retries=9).text


class TestConnecting:
    """A stuck `getaddrinfo` simulates a resolver that drops queries, and hosts that do not answer."""

    @pytest.fixture
    def stuck(self, monkeypatch):
        end = threading.Event()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_given, **_more: end.wait(PATIENCE) and [])
        yield
        end.set()

    @pytest.mark.usefixtures("stuck")
    def test_ends_with_the_time_out(self):
        error = failure(ConnectionFailed, 1, timeout=0.2)
        assert "No connection to the control panel could be made within 0.2 s" in error.text
        assert "Long lists" not in error.text
        assert not error.may_have_been_accepted

    @pytest.mark.usefixtures("stuck")
    def test_ends_with_the_deadline(self):
        failure(DeadlineError, 1, deadline=0.2)

    @pytest.mark.usefixtures("stuck")
    def test_ends_when_it_is_stopped(self):
        with client_of(1) as client, concurrent.futures.ThreadPoolExecutor(1) as pool:
            future = pool.submit(client.get_row, "backup", "backups", 1)
            while not client._transport.running:
                time.sleep(0.01)
            client.throttle.stop()
            assert isinstance(future.exception(PATIENCE), Stopped)

    def test_slow_handshake(self):
        with sending(b"", b"\x16\x03\x03", pause=0.05) as port:
            given = connection_options(url=f"https://127.0.0.1:{port}", timeout=1, retries=0)
            client = Client(Connection.from_options(given))
            with contextlib.closing(client), pytest.raises(OnAppError) as caught:
                client.get_row("backup", "backups", 1)
        assert caught.value.code in ("connection", "tls")


class TestStop:
    @pytest.mark.parametrize("first", [b"", HEAD + b"\r\n", CHUNKED])
    def test_ends_requests_in_flight(self, first):
        pool = concurrent.futures.ThreadPoolExecutor(8)
        with pool, sending(first, b"1", pause=0.05) as port, client_of(port, concurrency=4) as client:
            futures = [pool.submit(client.get_row, "backup", "backups", number) for number in range(8)]
            while len(client._transport.running) < 4:
                time.sleep(0.01)
            client.throttle.stop()
            assert {type(future.exception(PATIENCE)) for future in futures} == {Stopped}

    def test_no_new_requests(self):
        with sending(HEAD) as port, client_of(port) as client:
            client._transport.stop()
            with pytest.raises(Stopped):
                client._transport.get("/x", {}, lambda: None)

    @pytest.mark.parametrize("host", ["127.0.0.1", "resolver.test"])
    @pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
    def test_signal_ends_the_process(self, signal_number, host):
        """Workers wait for headers, or for a resolver that does not answer."""
        script = f"""
import concurrent.futures, socket, sys, time
sys.path[:0] = {sys.path!r}
real = socket.getaddrinfo
socket.getaddrinfo = lambda host, *more: time.sleep(3600) if host.endswith(".test") else real(host, *more)
from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
from ansible_collections.community.onapp.plugins.module_utils._api.fetch import CloudFetch
from ansible_collections.community.onapp.plugins.module_utils._options import Connection
from ansible_collections.community.onapp.tests.connection import connection_options
client = Client(Connection.from_options(connection_options(url="http://{host}:" + sys.argv[1], timeout=3600)))
fetch = CloudFetch(client)
print("started", flush=True)
try:
    list(fetch.virtual_machines())
finally:
    client.close()
"""
        with sending(HEAD, b"a", pause=0.1) as port:
            process = subprocess.Popen([sys.executable, "-c", script, str(port)], stdout=-1, stderr=-1)
            try:
                assert process.stdout.readline() == b"started\n"
                time.sleep(0.5)
                process.send_signal(signal_number)
                _output, errors = process.communicate(timeout=PATIENCE)
            finally:
                process.kill()
        assert process.returncode in (-signal_number, 1)
        assert signal_number == signal.SIGTERM or errors.rstrip().endswith(b"KeyboardInterrupt")


class TestSizes:
    @pytest.mark.parametrize("coding", ["br", "deflate", "gzip, gzip", "gzip,gzip", "identity, gzip", "zstd", "\xff"])
    def test_other_compression_is_refused_before_the_body(self, coding):
        first = HEAD + f"Content-Encoding: {coding}\r\n\r\n".encode("latin-1")
        with sending(first, b"", pause=1) as port:
            assert "compression that was not asked for" in failure(DecodeError, port).text

    def test_nested_compression(self):
        with sending(HEAD + b"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n\r\n") as port:
            assert "compression that was not asked for" in failure(DecodeError, port).text

    @pytest.mark.parametrize(
        "length",
        [b"\xb2", b"-1", b"-5", b"1e3", b"0x10", b"", b"+21", b"21, 21", b"21 ", b"nan", b"\xef\xbc\x92", b"9" * 18],
    )
    def test_invalid_lengths(self, length):
        body = b'{"backup": {"id": 1}}'
        answer = HEAD + b"Content-Length: " + length + b"\r\n\r\n" + body
        with sending(answer) as port, client_of(port) as client, contextlib.suppress(OnAppError):
            assert client.get_row("backup", "backups", 1) == {"id": 1}

    def test_length_over_the_limit(self):
        with sending(HEAD + b"Content-Length: 99999999999\r\n\r\n", b"", pause=1) as port:
            assert "larger than 32 MiB" in failure(DecodeError, port).text

    @pytest.mark.parametrize(("concurrency", "limit"), [(1, "32"), (8, "32"), (9, "28.4"), (32, "8"), (256, "1")])
    @pytest.mark.parametrize("is_declared", [True, False])
    def test_requests_in_flight_share_the_memory(self, concurrency, limit, is_declared):
        size = 256 * MIB // max(concurrency, 8) + 1
        head = HEAD + (b"Content-Length: %d\r\n\r\n" % size if is_declared else b"\r\n")
        with sending(head + b" " * size) as port:
            assert (
                f"is larger than {limit} MiB. Lower page_size or concurrency"
                in failure(DecodeError, port, concurrency=concurrency).text
            )

    @pytest.mark.parametrize("cut", [1, 4, 9, 15])
    def test_truncated_gzip(self, cut):
        with sending(GZIP + gzip.compress(b'{"backup": {"id": 1}}')[:-cut]) as port:
            error = failure(DecodeError, port)
        assert "compression is broken" in error.text
        assert error.worth_retrying

    def test_two_gzip_members(self):
        body = gzip.compress(b'{"backup": ') + gzip.compress(b'{"id": 1}}')
        with sending(GZIP + body) as port, client_of(port) as client:
            assert client.get_row("backup", "backups", 1) == {"id": 1}

    def test_long_reason_phrase(self):
        with sending(b"HTTP/1.1 500 x\r\n\r\n", b'{"error": "x' * 10000) as port:
            assert "says" not in failure(ServerError, port).text

    def test_interim_answer_is_skipped(self):
        interim = b"HTTP/1.1 103 x\r\nLink: x\r\n\r\nHTTP/1.1 102 x\r\n\r\n"
        answer = HEAD + b'Content-Length: 21\r\n\r\n{"backup": {"id": 1}}'
        with sending(interim + answer) as port, client_of(port) as client:
            assert client.get_row("backup", "backups", 1) == {"id": 1}

    @pytest.mark.parametrize("row", [b"[],", b"{},", b"1,", b'"",', b'{"a":1},', b"<b/>"])
    def test_many_values(self, row):
        with pytest.raises(DecodeError, match=r"more than 1,250,000 values\. Lower page_size"):
            exchange._check_cost(row * 1_260_000)
        exchange._check_cost(row * 400_000)


def zipped(pieces):
    unit = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*map(unit.compress, pieces), unit.flush()])


MEASURE = """
import json, re, sys
sys.path[:0] = {path!r}
from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
from ansible_collections.community.onapp.plugins.module_utils._errors import OnAppError
from ansible_collections.community.onapp.plugins.module_utils._options import Connection
from ansible_collections.community.onapp.tests.connection import connection_options
options = connection_options(url="http://127.0.0.1:" + sys.argv[1], response_format=sys.argv[2], retries=0)
client = Client(Connection.from_options(options))
try:
    code = "decode" if client.get_list("backup", "backups").strange else None
except OnAppError as error:
    code = error.code
# Not ru_maxrss, which keeps the peak of the process that started this one.
print(json.dumps([code, int(re.search("VmHWM:[^0-9]*([0-9]+)", open("/proc/self/status").read()).group(1)) // 1024]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("response_format", "pieces"),
    [
        pytest.param("json", [b"["] + [b"[]," * MIB] * 21 + [b"[]]"], id="64 MiB of lists"),
        pytest.param("json", [b"["] + [b"[]," * 10000] * 41 + [b"[]]"], id="as many lists as may be"),
        pytest.param(
            "json", [b"["] + [b'{"a%d":%d},' % (n, n + 10**6) for n in range(410_000)] + [b"1]"], id="objects"
        ),
        pytest.param(
            "json", [b"["] + [b'{"a%d" :%d},' % (n, n + 10**6) for n in range(410_000)] + [b"1]"], id="spaced objects"
        ),
        pytest.param("json", [b'["\xf0\x9f\x98\x80'] + [b"a" * MIB] * 31 + [b'"]'], id="wide text"),
        pytest.param("json", [b'["\\ud83d\\ude00'] + [b"a" * MIB] * 31 + [b'"]'], id="escaped wide text"),
        pytest.param("json", [b'["\xff\xf0\x9f\x98\x80'] + [b"a" * MIB] * 31 + [b'"]'], id="damaged wide text"),
        pytest.param("json", [b'["\\ud83d', *[b"\xe2\x82\xac" * (MIB // 3)] * 31, b'"]'], id="a lone surrogate"),
        pytest.param("json", [b'{"a":1,"a":2,"b":"', *[b"\xe2\x82\xac" * (MIB // 3)] * 31, b'"}'], id="a name twice"),
        pytest.param("json", [b" " * MIB] * 200, id="200 MiB of space"),
        pytest.param("xml", [b"<a>"] + [b"<b/>" * MIB] * 16 + [b"</a>"], id="64 MiB of elements"),
        pytest.param("xml", [b"<a"] + [b' b="" c=""' * (MIB // 10)] * 31 + [b"/>"], id="attributes"),
        pytest.param(
            "xml", [b"<?xml version='1.0'?>\n<a>"] + [b"&#233;" * (MIB // 6)] * 31 + [b"</a>"], id="references"
        ),
        pytest.param("xml", [b"<a>\x01"] + [b"\xe2\x82\xac" * (MIB // 3)] * 31 + [b"</a>"], id="damaged XML"),
        pytest.param("xml", [b"<a>\xf0\x9f\x98\x80"] + [b"a\n" * (MIB // 2)] * 31 + [b"</a>"], id="wide lines in XML"),
    ],
)
def test_limit_of_memory(response_format, pieces):
    body = zipped(pieces)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV_")}
    with sending(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body) as port:
        script = MEASURE.format(path=sys.path)
        command = [sys.executable, "-c", script, str(port), response_format]
        done = subprocess.run(command, capture_output=True, check=True, timeout=5 * PATIENCE, env=environment)
    code, mib = json.loads(done.stdout)
    assert code == "decode"
    assert mib < 460, "and what Ansible itself needs comes on top"
