# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""What a failed connection means: the error to raise for exceptions of requests, urllib3, ssl and http.client.

`ca_path` and the proxy are checked here before anything is sent, so that their errors name the setting to fix.
"""

from __future__ import annotations

import http.client
import importlib.util
import os
import re
import socket
import ssl
import sys
import typing as t
import urllib.parse

from ansible_collections.community.onapp.plugins.module_utils._errors import (
    ConfigError,
    ConnectionFailed,
    OnAppError,
    TlsError,
)


def check_certificates(path: str) -> None:
    """Raise ConfigError unless OpenSSL can take certificates from `path`."""
    why = "is neither a file nor a directory"
    try:
        if os.path.isdir(path):
            if any(re.fullmatch(r"[0-9a-f]{8}\.[0-9]+", name) for name in os.listdir(path)):
                return
            why = "is a directory without hashed certificates: run openssl rehash on it, or name a PEM file"
        elif os.path.isfile(path):
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
            return
    except ssl.SSLError:
        why = "has no certificates in PEM format: convert a DER file with openssl x509 -inform der"
    except OSError as error:
        why = f"cannot be read: {error.strerror or 'unknown reason'}"
    raise ConfigError(f"The option ca_path names {path}, which {why}.")


def invalid_url() -> ConfigError:
    """The error for a host name that no request can be sent to."""
    return ConfigError("The option url is not a valid URL: check its host name.")


_PROXY_ADVICE = (
    "Check the environment variables HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, or add the panel's host name to NO_PROXY."
)


def usable_proxy(proxy: str | None) -> str | None:
    """A proxy's URL without credentials. Raises ConfigError for one that cannot be used."""
    if not proxy:
        return None
    try:
        parts = urllib.parse.urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not re.fullmatch(r"[A-Za-z0-9._:-]+", host) or port == 0:
        raise ConfigError(f"The URL of the proxy is not valid. {_PROXY_ADVICE}")
    name = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
    if parts.scheme not in ("http", "https", "socks4", "socks4a", "socks5", "socks5h"):
        raise ConfigError(
            f"The URL of the proxy {name} must start with http://, https:// or socks5://. {_PROXY_ADVICE}"
        )
    if parts.scheme.startswith("socks") and importlib.util.find_spec("socks") is None:
        raise ConfigError(
            f"The proxy {name} needs the Python library PySocks, which is not installed for {sys.executable}:"
            f" python -m pip install PySocks. {_PROXY_ADVICE}"
        )
    return name


def network_error(error: BaseException, proxy: str | None, seconds: float, *, is_connected: bool) -> OnAppError:
    """The error for an exception of an exchange that had `seconds`; `is_connected` once bytes could be sent.

    `proxy` is its URL without credentials, None without one.
    """
    causes = _causes(error)
    names = {kind.__name__ for cause in causes for kind in type(cause).__mro__}
    if any(isinstance(cause, (TimeoutError, socket.timeout)) for cause in causes) or "Timeout" in names:
        if is_connected:
            return ConnectionFailed(
                f"The control panel did not answer within {seconds:g} s. Long lists can take half a minute: raise"
                " timeout, or lower page_size and concurrency."
            )
        return ConnectionFailed(
            f"No connection to {f'the proxy {proxy}' if proxy else 'the control panel'} could be made within"
            f" {seconds:g} s. Check url, name resolution on this host, and that no firewall drops the connection."
        )
    for cause in causes:
        refusal = re.search(r"Tunnel connection failed: (\d+)", str(cause)) if isinstance(cause, OSError) else None
        if refusal:
            return proxy_error(proxy, f"refuses the connection to the control panel (HTTP {refusal.group(1)})")
    if any(isinstance(cause, ssl.SSLError) for cause in causes) or "SSLError" in names:
        return _tls_error(causes)
    # urllib3 has an error of its own for a label of the host name that is empty or too long.
    if names & {"InvalidURL", "LocationValueError", "UnicodeError"}:
        return invalid_url()
    if "ProxyError" in names:
        return ConnectionFailed(f"The proxy {proxy} cannot be reached: {_innermost_reason(causes)}. {_PROXY_ADVICE}")
    through = f" through the proxy {proxy}" if proxy else ""
    return ConnectionFailed(
        f"The control panel cannot be reached{through} or broke off: {_innermost_reason(causes)}. Check url, that the"
        " panel is up, and that the network or a proxy lets this machine through."
    )


def proxy_error(proxy: str | None, what: str) -> ConfigError:
    """The error for a proxy that does not let the request through."""
    name = f"The proxy {proxy}" if proxy else "A proxy between this host and the control panel"
    return ConfigError(f"{name} {what}. {_PROXY_ADVICE}")


_WRONG_NAME = "Put the host name for which the certificate was issued into url."
# By the codes of OpenSSL for certificates that it does not trust.
_CERTIFICATE_ADVICE = {
    9: "Correct the clock of the host that runs this task, or that of the panel.",
    10: "Renew the certificate, or correct the clock of the host that runs this task.",
    18: "It is self-signed: set ca_path to a copy of it in PEM format (on the host that runs this task), or, on a"
    " test system only, validate_certs to false.",
    62: _WRONG_NAME,
    64: _WRONG_NAME,
}
_OTHER_CERTIFICATE_ADVICE = (
    "Set ca_path to the certificate authority that signed it (on the host that runs this task), or let the panel send"
    " its intermediate certificate. A requests library installed by pip trusts the certificates of certifi, not those"
    " of the system. On a test system only, set validate_certs to false."
)
_OLD_TLS = ("UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "VERSION_TOO_LOW", "NO_PROTOCOLS_AVAILABLE")


def _tls_error(causes: list[BaseException]) -> TlsError | ConnectionFailed:
    """What a TLS failure means: a certificate that is not trusted, a peer that broke off, or no common protocol."""
    for cause in causes:
        # urllib3 1 compares the names itself, and raises a class of its own.
        code = getattr(cause, "verify_code", 62 if type(cause).__name__ == "CertificateError" else None)
        if code is not None:
            said = getattr(cause, "verify_message", "hostname mismatch")
            advice = _CERTIFICATE_ADVICE.get(code, _OTHER_CERTIFICATE_ADVICE)
            return TlsError(f"The control panel's certificate is not trusted ({said}). {advice}")
        if isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
            return ConnectionFailed(
                "The panel broke off the TLS connection. Check that url names its HTTPS port, and that the panel does"
                " not demand a client certificate, which cannot be sent."
            )
    reason = next((str(cause.reason) for cause in causes if isinstance(cause, ssl.SSLError) and cause.reason), "")
    if any(word in reason for word in _OLD_TLS):
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
    return TlsError(f"No TLS connection to the control panel can be made ({_innermost_reason(causes)}). {advice}")


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
