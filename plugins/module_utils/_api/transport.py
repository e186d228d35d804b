# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""One exchange with the control panel over HTTP, on `requests`: connections, TLS, credentials, redirects, body limits.

`requests` is imported when a client is made, so that documentation and checks work without it. Its adapter is used
without its session: a session lets environment variables replace the certificate check, takes credentials from
`.netrc`, follows redirects with them and keeps cookies; none of that may happen here.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import sys
import threading
import typing as t
import urllib.parse
import warnings

from ansible_collections.community.onapp.plugins.module_utils._errors import (
    ConfigError,
    ConnectionFailed,
    DecodeError,
    ServerError,
    TlsError,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ansible_collections.community.onapp.plugins.module_utils._options import Connection

LARGEST_BODY = 64 * 1024 * 1024
CHUNK = 256 * 1024
MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Answer(t.NamedTuple):
    """What came back: the HTTP status, the headers (names in any case), the whole decompressed body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """Sends GET requests to one control panel; may be used from any number of threads.

    Raises ConfigError when `requests` is missing on this Python.
    """

    def __init__(self, connection: Connection, user_agent: str) -> None:
        try:
            import requests
            import requests.adapters
            import requests.utils
            import urllib3.exceptions
        except ImportError as error:
            raise ConfigError(
                f"The Python library requests is not installed for {sys.executable}, which runs this task. Install it"
                " there (python -m pip install requests), or run the task where it is: delegate_to: localhost with the"
                ' variable ansible_python_interpreter set to "{{ ansible_playbook_python }}".'
            ) from error
        self._requests = requests
        self._connection = connection
        self._adapter = requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=connection.concurrency)
        self._proxies = requests.utils.get_environ_proxies(connection.url)
        self._verify = (connection.ca_path or True) if connection.validate_certs else False
        self._auth = (connection.username.encode(), connection.password.encode())
        media_type = f"application/{connection.response_format}"
        self._headers = {
            "Accept": media_type,
            "Content-Type": media_type,
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": user_agent,
        }
        if not connection.validate_certs:
            # The option says it already; a warning for each connection would drown what matters.
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
        # urllib3's own error tells of a label of the host name that is empty or too long.
        self._no_address = (
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidProxyURL,
            urllib3.exceptions.LocationValueError,
            UnicodeError,
        )
        self._first_request: t.Any = None

    def close(self) -> None:
        """Close the idle connections."""
        self._adapter.close()

    def get(self, path: str, query: Mapping[str, t.Any], remaining: Callable[[], float | None]) -> Answer:
        """Send one GET and read its answer, following redirects within the panel.

        `path` starts with a slash and is quoted already. `remaining` gives the seconds until the deadline, None without
        one, and raises when it is over. Raises ConfigError, ConnectionFailed, TlsError, DecodeError, ServerError.
        """
        url = self._connection.url + path + ("?" + urllib.parse.urlencode(query) if query else "")
        for _hop in range(MOST_REDIRECTS + 1):
            answer = self._exchange(url, remaining)
            if answer.status not in REDIRECTS or not answer.headers.get("Location"):
                return answer
            url = self._redirected(url, answer.headers["Location"])
        raise ServerError(
            f"The control panel redirects in a circle (more than {MOST_REDIRECTS} times). Check url.",
            status=answer.status,
        )

    def _redirected(self, url: str, location: str) -> str:
        """Where a redirect leads, if that is the same panel: credentials go nowhere else."""
        try:
            target = urllib.parse.urljoin(url, location)
            old, new = urllib.parse.urlsplit(url), urllib.parse.urlsplit(target)
            same = (old.scheme, old.hostname, _port(old)) == (new.scheme, new.hostname, _port(new))
        except ValueError as error:
            raise ServerError("The control panel redirects to something that is no address.") from error
        if not same:
            place = re.sub(r"[^A-Za-z0-9.:/\[\]_-]", "?", f"{new.scheme}://{new.netloc.rpartition('@')[2]}")
            raise ConfigError(
                f"The control panel redirects to {place}, another place than url names."
                " Credentials are not sent there. If that is the panel, set url to it."
            )
        return target

    def _exchange(self, url: str, remaining: Callable[[], float | None]) -> Answer:
        exceptions = self._requests.exceptions
        left = remaining()
        seconds = self._connection.timeout if left is None else min(self._connection.timeout, left)
        try:
            response = self._adapter.send(
                self._request(url), stream=True, timeout=(seconds, seconds), verify=self._verify, proxies=self._proxies
            )
            try:
                with _ended_by(response, remaining()):
                    body = self._body(response)
            finally:
                response.close()
        except (exceptions.SSLError, ssl.SSLError) as error:
            raise _tls_error(error) from error
        except exceptions.ContentDecodingError as error:
            raise DecodeError("The answer's compression is broken.", worth_retrying=True) from error
        except self._no_address as error:
            raise ConfigError("The option url is no address that can be asked: check its host name.") from error
        except (exceptions.RequestException, OSError) as error:
            if "certificate bundle" in str(error):
                raise ConfigError("The option ca_path holds no certificates that can be read.") from error
            if any(isinstance(cause, (TimeoutError, socket.timeout, exceptions.Timeout)) for cause in _causes(error)):
                raise ConnectionFailed(
                    f"The control panel did not answer within {seconds:g} s. Long lists can take half a minute: raise"
                    " timeout, or lower page_size and concurrency."
                ) from error
            raise ConnectionFailed(
                f"The control panel cannot be reached or broke off: {_innermost_reason(error)}. Check url, that the"
                " panel is up, and that the network or a proxy lets this machine through."
            ) from error
        return Answer(response.status_code, response.headers, body)

    def _request(self, url: str) -> t.Any:
        """A request to a URL. All but the URL is the same each time, and is made once."""
        if self._first_request is None:
            self._first_request = self._requests.Request("GET", url, headers=self._headers, auth=self._auth).prepare()
        request = self._first_request.copy()
        request.prepare_url(url, None)
        return request

    def _body(self, response: t.Any) -> bytes:
        """The whole body, decompressed."""
        chunks: list[bytes] = []
        size = 0
        for chunk in response.iter_content(CHUNK):
            size += len(chunk)
            if size > LARGEST_BODY:
                raise DecodeError(
                    f"The answer is larger than {LARGEST_BODY // 1024 // 1024} MiB. Lower page_size; if one page is"
                    " still that large, this is not the API."
                )
            chunks.append(chunk)
        expected = response.headers.get("Content-Length", "")
        if expected.isdigit() and response.raw.tell() < int(expected):
            raise self._requests.exceptions.ChunkedEncodingError("the answer is shorter than its length says")
        return b"".join(chunks)


def _port(parts: urllib.parse.SplitResult) -> int | None:
    return parts.port or {"http": 80, "https": 443}.get(parts.scheme)


@contextlib.contextmanager
def _ended_by(response: t.Any, seconds: float | None) -> Iterator[None]:
    """Break off a body that is still coming after some seconds; None lets it take as long as it takes.

    The time-out given with a request holds for each read anew, so a body that trickles would outlive any deadline.
    """
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, _break_off, [response])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _break_off(response: t.Any) -> None:
    """End the connection under a reader in another thread.

    urllib3 shows the socket of a connection that stays open; of one that the panel closes after its answer, only the
    body's own file still holds it.
    """
    open_socket = getattr(response.raw.connection, "sock", None)
    if open_socket is None:
        body_file = getattr(getattr(response.raw, "_fp", None), "fp", None)
        open_socket = getattr(getattr(body_file, "raw", None), "_sock", None)
    if open_socket is not None:
        with contextlib.suppress(OSError):
            # Past TLS: its own farewell would wait for the reader.
            socket.socket.shutdown(open_socket, socket.SHUT_RDWR)


def _tls_error(error: BaseException) -> TlsError | ConnectionFailed:
    """What a TLS failure means: a certificate that is not trusted, a peer that broke off, or no TLS at all."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return TlsError(
                f"The control panel's certificate is not trusted ({cause.verify_message}). Set ca_path to the"
                " certificate authority that signed it (on the host that runs this task), or, on a test system only,"
                " validate_certs to false."
            )
        if isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
            return ConnectionFailed("The panel broke off the TLS connection. Check that url names its HTTPS port.")
    return TlsError(
        f"No TLS connection to the control panel can be made ({_innermost_reason(error)}). Check that url names an"
        " HTTPS port, and that ca_path, if set, holds certificates in PEM format."
    )


def _innermost_reason(error: BaseException) -> str:
    """The cause of a failure in the operating system's words."""
    for cause in reversed(_causes(error)):
        if isinstance(cause, socket.gaierror):
            return "the host name cannot be resolved"
        if isinstance(cause, ssl.SSLError):
            return (cause.reason or "protocol error").lower().replace("_", " ")
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
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
