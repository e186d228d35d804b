# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""One HTTP exchange with the control panel, on `requests`: connections, TLS, proxies, limits of size and time.

`requests` is imported when a client is made, so that documentation and checks work without it. Its adapter is used
without its session: a session lets environment variables replace the certificate check, takes credentials from
`.netrc`, follows redirects with them and keeps cookies; none of that may happen here.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
import typing as t
import urllib.parse
import warnings
import zlib

from ansible_collections.community.onapp.plugins.module_utils._api.network_errors import (
    check_certificates,
    invalid_url,
    network_error,
    proxy_error,
    usable_proxy,
)
from ansible_collections.community.onapp.plugins.module_utils._api.throttle import (
    LARGEST_BODY,
    MIB,
    Exchanges,
    Stopped,
    too_large,
    watch_connections,
)
from ansible_collections.community.onapp.plugins.module_utils._errors import (
    ConfigError,
    DecodeError,
    MissingLibrary,
    OnAppError,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ansible_collections.community.onapp.plugins.module_utils._options import Connection

CHUNK = 256 * 1024
# With these limits, and LARGEST_BODY, one answer costs less than 400 MiB, parsed objects included.
LARGEST_ERROR_BODY = MIB // 4
# The bodies of all answers that are read at the same time.
LARGEST_TOGETHER = 256 * MIB
MOST_VALUES = 1_250_000
MOST_GZIP_MEMBERS = 64
# A whole answer may take this many times the time-out of its headers.
BODY_TIMEOUTS = 10


class Answer(t.NamedTuple):
    """An answer: the HTTP status, the headers (names in any case), the whole decompressed body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """Sends requests to one control panel; may be used from any number of threads.

    Raises MissingLibrary without `requests`, ConfigError when `ca_path` or the proxy cannot be used.
    """

    def __init__(self, connection: Connection, user_agent: str) -> None:
        try:
            import requests
            import requests.adapters
            import requests.utils
            import urllib3.exceptions
        except ImportError as error:
            raise MissingLibrary(
                f"The Python library requests is not installed for {sys.executable}, which runs this: {sys.executable}"
                " -m pip install requests."
            ) from error
        self._requests = requests
        self._connection = connection
        self.exchanges = Exchanges()
        self._largest_body = min(LARGEST_BODY, LARGEST_TOGETHER // connection.concurrency)
        self._proxies = requests.utils.get_environ_proxies(connection.url)
        self._proxy = usable_proxy(requests.utils.select_proxy(connection.url, self._proxies))
        self._adapter = self._new_adapter()
        self._verify: t.Any = connection.validate_certs and (connection.ca_path or True)
        self._auth = (connection.username.encode(), connection.password.encode())
        self._headers = {
            "Accept": f"application/{connection.response_format}",
            "Content-Type": f"application/{connection.response_format}",
            "Accept-Encoding": "gzip",
            "User-Agent": user_agent,
        }
        if not connection.validate_certs:
            # The user is warned once; a warning for each connection would drown what matters.
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
        elif connection.ca_path and connection.url.startswith("https:"):
            check_certificates(connection.ca_path)
        try:
            self._get = requests.Request("GET", connection.url, headers=self._headers, auth=self._auth).prepare()
        except (requests.exceptions.RequestException, ValueError) as error:
            raise invalid_url() from error

    def close(self) -> None:
        """End what is in flight and close the idle connections."""
        self.exchanges.stop()
        self._adapter.close()

    def get(self, path: str, query: Mapping[str, t.Any], remaining: Callable[[], float | None]) -> Answer:
        """Send one GET and read its answer.

        `path` starts with a slash and is quoted already. `remaining` gives the seconds until the deadline, None without
        one, and raises when it is over. Raises ConfigError, ConnectionFailed, TlsError, DecodeError, Stopped.
        """
        url = self._connection.url + path + ("?" + urllib.parse.urlencode(query) if query else "")
        request = self._get.copy()
        request.prepare_url(url, None)
        return self._exchange(self._adapter, request, remaining)

    def post(self, path: str, document: Mapping[str, t.Any], remaining: Callable[[], float | None]) -> Answer:
        """Send one POST with a JSON body over a connection of its own, and read its answer. Raises what `get` does.

        An idle connection that the panel has closed could not be told from an answer that was lost. An error has
        `may_have_been_accepted` set unless the connection could not be made.
        """
        request = self._requests.Request(
            "POST",
            self._connection.url + path,
            headers={**self._headers, "Content-Type": "application/json"},
            auth=self._auth,
            data=json.dumps(document).encode(),
        ).prepare()
        adapter = self._new_adapter()
        try:
            return self._exchange(adapter, request, remaining)
        finally:
            adapter.close()

    def _new_adapter(self) -> t.Any:
        utils = self._requests.utils
        adapter = self._requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=self._connection.concurrency)
        watch_connections(adapter.poolmanager)
        proxy = utils.select_proxy(self._connection.url, self._proxies)
        if proxy:
            # The adapter keeps the manager of a proxy by this text.
            watch_connections(adapter.proxy_manager_for(utils.prepend_scheme_if_needed(proxy, "http")))
        return adapter

    def _exchange(self, adapter: t.Any, request: t.Any, remaining: Callable[[], float | None]) -> Answer:
        left = remaining()
        seconds = self._connection.timeout if left is None else min(self._connection.timeout, left)
        with self.exchanges.begin(seconds) as exchange:
            try:
                response = adapter.send(
                    request, stream=True, timeout=(seconds, seconds), verify=self._verify, proxies=self._proxies
                )
                with contextlib.closing(response):
                    whole = BODY_TIMEOUTS * self._connection.timeout
                    exchange.seconds = whole if left is None else min(whole, left)
                    if response.status_code == 407:
                        raise proxy_error(self._proxy, "asks for credentials (HTTP 407)")
                    body = _body(response, self._largest_body)
                # An end that was forced looks like the end of headers, trailers, or a body without a length.
                exchange.left()
                return Answer(response.status_code, response.headers, body)
            except OnAppError as error:
                error.may_have_been_accepted = exchange.is_connected and not isinstance(error, ConfigError)
                raise
            except Exception as error:
                # An odd answer makes requests, urllib3 and http.client raise more than they document.
                failure: OnAppError
                if exchange.is_stopped:
                    failure = Stopped("The run was stopped.")
                elif isinstance(error, zlib.error):
                    failure = DecodeError("The answer's compression is broken.", worth_retrying=True)
                else:
                    failure = network_error(error, self._proxy, exchange.limit, is_connected=exchange.is_connected)
                failure.may_have_been_accepted = exchange.is_connected
                raise failure from error


def _body(response: t.Any, limit: int) -> bytes:
    """The whole body, decompressed. That of a redirect is not read, and a bad or long one of an error is ignored."""
    status = response.status_code
    if 300 <= status < 400:
        return b""
    if 200 <= status < 300:
        body = _limited_body(response, limit)
        _check_cost(body)
        return body
    try:
        return _limited_body(response, LARGEST_ERROR_BODY)
    except Exception:
        # The status says more than why its explanation could not be read.
        return b""


def _limited_body(response: t.Any, limit: int) -> bytes:
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip"):
        raise DecodeError(
            "The answer has a compression that was not asked for (only gzip is). Check what stands between this"
            " machine and the control panel."
        )
    # Requests in flight share the memory, so the limit of each depends on their number.
    larger = f"is larger than {limit / MIB:.3g} MiB"
    length = response.headers.get("Content-Length", "").strip()
    declared = int(length) if re.fullmatch("[0-9]{1,18}", length) else None
    if (declared or 0) > limit:
        raise too_large(larger)
    received = 0

    def pieces() -> Iterator[bytes]:
        nonlocal received
        while True:
            piece = response.raw.read(CHUNK, decode_content=False)
            if not piece:
                break
            received += len(piece)
            yield piece
            if received == declared and "Transfer-Encoding" not in response.headers:
                break
        if "Transfer-Encoding" not in response.headers and received < (declared or 0):
            raise ConnectionError("the answer is shorter than its length says")

    decoded = bytearray()
    for piece in _gunzipped(pieces(), limit) if "gzip" in coding else pieces():
        decoded += piece
        if len(decoded) > limit:
            raise too_large(larger)
    return bytes(decoded)


def _gunzipped(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """The decompressed pieces, each at most one byte larger than the limit. Raises zlib.error."""
    unzip: t.Any = None
    members = 0
    for piece in pieces:
        while piece:
            if unzip is None or unzip.eof:
                members += 1
                if members > MOST_GZIP_MEMBERS:
                    raise zlib.error("too many members")
                unzip = zlib.decompressobj(16 + zlib.MAX_WBITS)
            yield unzip.decompress(piece, limit + 1)
            piece = unzip.unused_data if unzip.eof else unzip.unconsumed_tail
    if unzip is not None and not unzip.eof:
        raise zlib.error("it is cut")


def _check_cost(body: bytes) -> None:
    """Raise DecodeError for a body that would become too many objects: 64 MiB of `[],` take 2 GiB."""
    if (
        len(body) > MIB
        and body.count(b",") + body.count(b"<") + 2 * (body.count(b"{") + body.count(b"[")) > MOST_VALUES
    ):
        raise too_large(f"has more than {MOST_VALUES:,} values")
