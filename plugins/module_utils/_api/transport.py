# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTP exchange with the control panel, on `requests`: TLS, proxies, and what its failures mean.

`requests` is imported when a client is made, so that documentation and checks work without it. Its adapter is used
without its session: a session lets environment variables replace the certificate check, takes credentials from
`.netrc`, follows redirects with them and keeps cookies; none of that may happen here.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import ssl
import sys
import threading
import typing as t
import urllib.parse
import warnings
import zlib
from collections.abc import Callable, Mapping

from .. import _errors, _options
from . import throttle
from .exchange import LARGEST_BODY, MIB, Exchange, read_body, watch_connections

# The bodies of all answers that are read at the same time.
LARGEST_TOGETHER = 256 * MIB
# A whole answer may take this many times the time-out of its headers.
BODY_TIMEOUTS = 10
WRONG_NAME = "Put the host name for which the certificate was issued into url."
# By the codes of OpenSSL for certificates that it does not trust.
CERTIFICATE_ADVICE = {
    9: "Correct the clock of the host that runs this task, or that of the panel.",
    10: "Renew the certificate, or correct the clock of the host that runs this task.",
    18: "It is self-signed: set ca_path to a copy of it in PEM format (on the host that runs this task), or, on a"
    " test system only, validate_certs to false.",
    62: WRONG_NAME,
    64: WRONG_NAME,
}
OTHER_CERTIFICATE_ADVICE = (
    "Set ca_path to the certificate authority that signed it (on the host that runs this task), or let the panel send"
    " its intermediate certificate. A requests library installed by pip trusts the certificates of certifi, not those"
    " of the system. On a test system only, set validate_certs to false."
)
OLD_TLS = ("UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "VERSION_TOO_LOW", "NO_PROTOCOLS_AVAILABLE")


class Answer(t.NamedTuple):
    """An answer: the HTTP status, the headers (names in any case), the whole decompressed body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """Sends requests to one control panel; may be used from any number of threads.

    Raises MissingLibrary without `requests`, ConfigError when the proxy cannot be used.
    """

    def __init__(self, connection: _options.Connection, user_agent: str) -> None:
        try:
            import requests
            import requests.adapters
            import requests.utils
            import urllib3.exceptions
        except ImportError as error:
            raise _errors.MissingLibrary(
                f"The Python library requests is not installed for {sys.executable}, which runs this: {sys.executable}"
                " -m pip install requests."
            ) from error
        self._requests = requests
        self._connection = connection
        self._lock = threading.RLock()
        self._is_stopped = False
        self.running: set[Exchange] = set()
        self._largest_body = min(LARGEST_BODY, LARGEST_TOGETHER // connection.concurrency)
        self._proxies = requests.utils.get_environ_proxies(connection.url)
        self._proxy = _options.usable_proxy(requests.utils.select_proxy(connection.url, self._proxies))
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
        try:
            self._get = requests.Request("GET", connection.url, headers=self._headers, auth=self._auth).prepare()
        except (requests.exceptions.RequestException, ValueError) as error:
            raise _invalid_url() from error

    def stop(self) -> None:
        """End every exchange in flight, and let none begin."""
        with self._lock:
            self._is_stopped = True
            for exchange in self.running:
                exchange.stop()

    def close(self) -> None:
        """End what is in flight and close the idle connections."""
        self.stop()
        self._adapter.close()

    def get(self, path: str, query: Mapping[str, t.Any], remaining: Callable[[], float | None]) -> Answer:
        """Send one GET and read its answer.

        `path` starts with a slash and is quoted already. `remaining` gives the seconds until the deadline, None without
        one, and raises when it is over. Raises ConfigError, ConnectionFailed, TlsError, DecodeError, Stopped.
        """
        request = self._get.copy()
        # Instead of `prepare_url`, because the path and the query are quoted, and the rest was prepared once.
        request.url = str(self._get.url).rstrip("/") + path + ("?" + urllib.parse.urlencode(query) if query else "")
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
        base: t.Any = self._requests.adapters.HTTPAdapter

        class Adapter(base):
            """For one panel: finds its pool of connections once, and leaves cookies and encodings alone."""

            pool: t.Any = None

            def get_connection_with_tls_context(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
                self.pool = self.pool or super().get_connection_with_tls_context(*args, **kwargs)
                return self.pool

            def build_response(self, req: t.Any, resp: t.Any) -> t.Any:
                return resp

        adapter = Adapter(pool_connections=1, pool_maxsize=self._connection.concurrency)
        watch_connections(adapter.poolmanager)
        proxy = utils.select_proxy(self._connection.url, self._proxies)
        if proxy:
            # The adapter keeps the manager of a proxy by this text.
            watch_connections(adapter.proxy_manager_for(utils.prepend_scheme_if_needed(proxy, "http")))
        return adapter

    def _exchange(self, adapter: t.Any, request: t.Any, remaining: Callable[[], float | None]) -> Answer:
        left = remaining()
        seconds = self._connection.timeout if left is None else min(self._connection.timeout, left)
        exchange = Exchange(seconds)
        with self._lock:
            if self._is_stopped:
                raise throttle.Stopped("The run was stopped.")
            self.running.add(exchange)
        try:
            response = adapter.send(
                request, stream=True, timeout=(seconds, seconds), verify=self._verify, proxies=self._proxies
            )
            with contextlib.closing(response):
                whole = BODY_TIMEOUTS * self._connection.timeout
                exchange.seconds = whole if left is None else min(whole, left)
                if response.status == 407:
                    raise _proxy_error(self._proxy, "asks for credentials (HTTP 407)")
                body = read_body(response, self._largest_body)
            # An end that was forced looks like the end of headers, trailers, or a body without a length.
            exchange.left()
            return Answer(response.status, response.headers, body)
        except _errors.OnAppError as error:
            error.may_have_been_accepted = exchange.is_connected and not isinstance(error, _errors.ConfigError)
            raise
        except Exception as error:
            # An odd answer makes requests, urllib3 and http.client raise more than they document.
            failure: _errors.OnAppError
            if exchange.is_stopped:
                failure = throttle.Stopped("The run was stopped.")
            elif isinstance(error, zlib.error):
                failure = _errors.DecodeError("The answer's compression is broken.", worth_retrying=True)
            else:
                failure = network_error(error, self._proxy, exchange.limit, is_connected=exchange.is_connected)
            failure.may_have_been_accepted = exchange.is_connected
            raise failure from error
        finally:
            with self._lock:
                self.running.discard(exchange)


def _invalid_url() -> _errors.ConfigError:
    """The error for a host name that no request can be sent to."""
    return _errors.ConfigError("The option url is not a valid URL: check its host name.")


def network_error(error: BaseException, proxy: str | None, seconds: float, *, is_connected: bool) -> _errors.OnAppError:
    """The error for an exception of an exchange that had `seconds`; `is_connected` once bytes could be sent.

    `proxy` is its URL without credentials, None without one.
    """
    causes = _causes(error)
    names = {kind.__name__ for cause in causes for kind in type(cause).__mro__}
    if any(isinstance(cause, (TimeoutError, socket.timeout)) for cause in causes) or "Timeout" in names:
        if is_connected:
            return _errors.ConnectionFailed(
                f"The control panel did not answer within {seconds:g} s. Long lists can take half a minute: raise"
                " timeout, or lower page_size and concurrency."
            )
        return _errors.ConnectionFailed(
            f"No connection to {f'the proxy {proxy}' if proxy else 'the control panel'} could be made within"
            f" {seconds:g} s. Check url, name resolution on this host, and that no firewall drops the connection."
        )
    for cause in causes:
        refusal = re.search(r"Tunnel connection failed: (\d+)", str(cause)) if isinstance(cause, OSError) else None
        if refusal:
            return _proxy_error(proxy, f"refuses the connection to the control panel (HTTP {refusal.group(1)})")
    if any(isinstance(cause, ssl.SSLError) for cause in causes) or "SSLError" in names:
        return _tls_error(causes)
    # urllib3 has an error of its own for a label of the host name that is empty or too long.
    if names & {"InvalidURL", "LocationValueError", "UnicodeError"}:
        return _invalid_url()
    if "ProxyError" in names:
        return _errors.ConnectionFailed(
            f"The proxy {proxy} cannot be reached: {_innermost_reason(causes)}. {_options.PROXY_ADVICE}"
        )
    through = f" through the proxy {proxy}" if proxy else ""
    return _errors.ConnectionFailed(
        f"The control panel cannot be reached{through} or broke off: {_innermost_reason(causes)}. Check url, that the"
        " panel is up, and that the network or a proxy lets this machine through."
    )


def _proxy_error(proxy: str | None, what: str) -> _errors.ConfigError:
    """The error for a proxy that does not let the request through."""
    name = f"The proxy {proxy}" if proxy else "A proxy between this host and the control panel"
    return _errors.ConfigError(f"{name} {what}. {_options.PROXY_ADVICE}")


def _tls_error(causes: list[BaseException]) -> _errors.TlsError | _errors.ConnectionFailed:
    """What a TLS failure means: a certificate that is not trusted, a peer that broke off, or no common protocol."""
    for cause in causes:
        # urllib3 1 compares the names itself, and raises a class of its own.
        code = getattr(cause, "verify_code", 62 if type(cause).__name__ == "CertificateError" else None)
        if code is not None:
            said = getattr(cause, "verify_message", "hostname mismatch")
            advice = CERTIFICATE_ADVICE.get(code, OTHER_CERTIFICATE_ADVICE)
            return _errors.TlsError(f"The control panel's certificate is not trusted ({said}). {advice}")
        if isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
            return _errors.ConnectionFailed(
                "The panel broke off the TLS connection. Check that url names its HTTPS port, and that the panel does"
                " not demand a client certificate, which cannot be sent."
            )
    reason = next((str(cause.reason) for cause in causes if isinstance(cause, ssl.SSLError) and cause.reason), "")
    if any(word in reason for word in OLD_TLS):
        advice = "The control panel offers only versions of TLS that are too old: enable TLS 1.2 or newer there."
    elif "CERTIFICATE_REQUIRED" in reason:
        advice = "The control panel demands a client certificate, which cannot be sent: use an address without that."
    elif "HANDSHAKE_FAILURE" in reason or "BAD_CERTIFICATE" in reason:
        advice = (
            "The control panel demands a client certificate, which cannot be sent, or has no cipher in common with"
            " this host: use an address without client certificates, or update the panel's TLS settings."
        )
    else:
        advice = "Check that url names an HTTPS port, and that ca_path, if set, holds certificates in PEM format."
    return _errors.TlsError(
        f"No TLS connection to the control panel can be made ({_innermost_reason(causes)}). {advice}"
    )


def _innermost_reason(causes: list[BaseException]) -> str:
    """The cause of a failure in the operating system's words."""
    for cause in reversed(causes):
        if isinstance(cause, socket.gaierror):
            return "the host name cannot be resolved"
        if isinstance(cause, ssl.SSLError):
            return (cause.reason or "protocol error").lower().replace("_", " ")
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    is_cut = any(isinstance(cause, (http.client.IncompleteRead, http.client.RemoteDisconnected)) for cause in causes)
    if not is_cut and any(
        isinstance(cause, http.client.HTTPException) or type(cause).__name__ == "InvalidHeader" for cause in causes
    ):
        return "the answer is not valid HTTP"
    return "the connection was closed in the middle of the answer"


def _causes(error: BaseException) -> list[BaseException]:
    """The exception and everything behind it, outermost first, whichever way it was handed on."""
    found: list[BaseException] = []
    waiting: list[t.Any] = [error]
    while waiting:
        cause = waiting.pop(0)
        if isinstance(cause, BaseException) and not any(cause is known for known in found):
            found.append(cause)
            waiting += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
    return found
