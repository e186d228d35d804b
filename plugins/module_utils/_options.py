# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options, once for every entry point: argument spec, environment, conversion and secrets, proxy."""

from __future__ import annotations

import base64
import importlib.util
import os
import re
import ssl
import sys
import typing as t
import urllib.parse
from collections.abc import Iterator, Mapping

from ansible.module_utils.basic import env_fallback
from ansible.module_utils.parsing.convert_bool import BOOLEANS_FALSE, BOOLEANS_TRUE

from . import _errors, _fields, _records
from ._policy import values

try:
    from ansible.module_utils.secrets import register_secret
except ImportError:  # ansible-core before 2.22
    register_secret = str

MOST_CONCURRENCY = 256
MOST_PAGE_SIZE = 10000
# Shorter texts are parts of ordinary words, and a secret is masked wherever it occurs.
SHORTEST_MASKED = 8
PROXY_ADVICE = (
    "Check the environment variables HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, or add the panel's host name to NO_PROXY."
)


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """The options that every entry point has, with their environment variables as fallbacks."""
    return {
        "url": {"type": "str", "required": True, "fallback": (env_fallback, ["ONAPP_URL"])},
        "username": {"type": "str", "required": True, "fallback": (env_fallback, ["ONAPP_USERNAME"])},
        "password": {
            "type": "str",
            "required": True,
            "no_log": True,
            "aliases": ["api_key"],
            "fallback": (env_fallback, ["ONAPP_PASSWORD", "ONAPP_API_KEY"]),
        },
        "validate_certs": {"type": "raw", "default": True, "fallback": (env_fallback, ["ONAPP_VALIDATE_CERTS"])},
        "ca_path": {"type": "path", "fallback": (env_fallback, ["ONAPP_CA_PATH"])},
        "response_format": {"type": "str", "default": "json", "choices": ["json", "xml"]},
        "timeout": {"type": "float", "default": 60, "fallback": (env_fallback, ["ONAPP_TIMEOUT"])},
        "deadline": {"type": "float", "default": 0},
        "retries": {"type": "int", "default": 3},
        "concurrency": {"type": "int", "default": 8},
        "page_size": {"type": "int", "default": 100},
        "evidence": {"type": "list", "elements": "str", "choices": list(_records.EVIDENCE), "default": []},
    }


class Connection(t.NamedTuple):
    """How to reach a control panel; every value was checked. `url` has no trailing slash and no credentials."""

    url: str
    username: str
    password: str
    validate_certs: bool
    ca_path: str | None
    response_format: str
    timeout: float
    deadline: float
    retries: int
    concurrency: int
    page_size: int

    @classmethod
    def from_options(cls, options: Mapping[str, t.Any]) -> Connection:
        """The connection of an entry point's options. Raises ConfigError that names the option to fix.

        Before anything can fail, the secrets in the options are registered with ansible-core, so that it masks them.
        """
        for text in secret_texts(options):
            if len(text) >= SHORTEST_MASKED:
                register_secret(text)
        url, username = _panel_url(options["url"]), _filled("username", options["username"])
        validate_certs = _validate_certs(options["validate_certs"])
        if ":" in username:
            raise _errors.ConfigError(
                "The option username must not hold a colon: HTTP Basic authentication cannot carry one."
            )
        return cls(
            url=url,
            username=username,
            password=_filled("password", options["password"]),
            validate_certs=validate_certs,
            ca_path=_ca_path(options["ca_path"] or None, validate_certs and url.startswith("https:")),
            response_format=options["response_format"],
            timeout=between("timeout", options["timeout"], 0.001, 86400),
            deadline=between("deadline", options["deadline"], 0, 7 * 86400),
            retries=between("retries", options["retries"], 0, 100),
            concurrency=between("concurrency", options["concurrency"], 1, MOST_CONCURRENCY),
            page_size=between("page_size", options["page_size"], 1, MOST_PAGE_SIZE),
        )

    def warnings(self) -> list[str]:
        """What the user should know about these options although they can be used."""
        if self.url.startswith("http://"):
            return ["The option url is plain http, which shows the password to everyone on the network: use https."]
        if not self.validate_certs:
            text = (
                "The option validate_certs is false: whoever controls the network can pose as the control panel and"
                " read the password. Set ca_path to the panel's certificate authority instead."
            )
            return [text]
        return []

    def __repr__(self) -> str:
        return f"Connection(url={self.url!r})"


def base64_credentials(username: str, password: str) -> list[str]:
    """What follows `Basic` in the request header, and the password alone."""
    texts = (f"{username}:{password}", password)
    return [base64.b64encode(text.encode(errors="surrogatepass")).decode() for text in texts]


def secret_texts(options: Mapping[str, t.Any]) -> set[str]:
    """The secrets in raw connection options, in each encoding in which they could be shown; options may be invalid.

    These are the password, the token of the request header, and credentials in the URL, which are refused later.
    """
    found = set()
    for password in _texts(options.get("password")):
        quoted = urllib.parse.quote(password, safe="", errors="surrogatepass")
        lower = re.sub("%[0-9A-F]{2}", lambda match: match.group().lower(), quoted)
        spaces = quoted.replace("%20", "+")
        escaped = password.translate(ESCAPED)
        found |= {password, quoted, lower, spaces, escaped, escaped.replace("&#39;", "&#x27;")}
        for encoded in base64_credentials(str(options.get("username")), password):
            found |= {encoded, encoded.rstrip("="), encoded.translate(URL_SAFE)}
    for url in _texts(options.get("url")):
        before_host = url.rpartition("@")[0]
        found |= {before_host, before_host.rpartition("//")[2]}
    # Masking a blank would make every message unreadable.
    return {text for text in found if text.strip()}


URL_SAFE = str.maketrans("+/", "-_", "=")
# As Rails does in HTML; Python's own module for this loads a large table of names.
ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})


def _texts(value: t.Any) -> Iterator[str]:
    """Every text in a value that should have been one text."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, (list, tuple, set)):
        for item in value:
            yield from _texts(item)
    elif value is not None:
        yield str(value)


def _validate_certs(value: t.Any) -> bool:
    """Whether to check certificates: only a recognized false value switches that off. None or empty text is unset."""
    text = str(value).strip().lower()
    if value is None or text in ("", *map(str, BOOLEANS_TRUE), "true"):
        return True
    if text in (*map(str, BOOLEANS_FALSE), "false"):
        return False
    raise _errors.ConfigError(
        "The option validate_certs (or ONAPP_VALIDATE_CERTS) is neither true nor false: write one of true and false."
    )


def read_moment(option: str, text: str | None) -> int | None:
    """The UTC seconds of an option that is a time, None when it is not set. Raises ConfigError that names it."""
    if text is None:
        return None
    try:
        return _fields.moment(text)
    except ValueError as error:
        raise _errors.ConfigError(f"The option {option} is not a time: {error}.") from error


def read_duration(option: str, text: str | None) -> int | None:
    """The seconds of an option that is a duration, None when it is not set. Raises ConfigError that names it."""
    if text is None:
        return None
    try:
        return values.DURATION(text, f"The option {option}")
    except values.PolicyError as error:
        raise _errors.ConfigError(f"{error}.") from error


def read_evidence(kinds: t.Any) -> tuple[str, ...]:
    """The kinds of the option `evidence`, whose choices ansible-core checks, each once and in the order of EVIDENCE."""
    return tuple(kind for kind in _records.EVIDENCE if kind in (kinds or ()))


def filter_entries(entries: t.Any, example: str) -> Iterator[tuple[str, str, t.Any]]:
    """Path, verb and value of each entry of the option `filters`. Raises ConfigError that names the wrong one."""
    for place, entry in enumerate(entries or ()):
        if not isinstance(entry, dict) or list(entry) not in (["include"], ["exclude"]):
            raise _errors.ConfigError(
                f"The option filters[{place}] must be a dictionary with the one key include or exclude, such as"
                f" {example}."
            )
        ((verb, value),) = entry.items()
        yield f"filters[{place}].{verb}", verb, value


def between(name: str, value: t.Any, least: float, most: float) -> t.Any:
    """A number of an option. Raises ConfigError that names the option if it is out of range."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise _errors.ConfigError(f"The option {name} is {value}: it must be from {least:g} to {most:g}.")
    return value


def _panel_url(url: str) -> str:
    """The base URL of a panel, without a trailing slash."""
    example = "write the panel's base URL, such as https://onapp.example.com"
    text = _filled("url", url).strip()
    if "@" in text:
        # Anywhere, because a slash or a # in the password moves the rest of it, and the @, behind the host.
        raise _errors.ConfigError("The option url must not hold credentials: put them into username and password.")
    try:
        parts = urllib.parse.urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        # Python's own text may quote a part of a password.
        raise _errors.ConfigError(
            f"The option url is not a valid URL, its host or port cannot be read: {example}."
        ) from None
    if port == 0:
        raise _errors.ConfigError(f"The option url names port 0, where no panel can listen: {example}.")
    if parts.scheme not in ("http", "https") or not host or any(c.isspace() or not c.isprintable() for c in text):
        raise _errors.ConfigError(f"The option url must start with https:// or http:// and name a host: {example}.")
    if any(c in host for c in '\\"<>^`{|}%') or "\\" in text:
        raise _errors.ConfigError(f"The option url has a host name that is not valid: {example}.")
    if parts.query or parts.fragment:
        raise _errors.ConfigError(f"The option url must end with the panel's path, without ? and #: {example}.")
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def _filled(name: str, value: t.Any) -> str:
    if isinstance(value, (dict, list, tuple, set)):
        raise _errors.ConfigError(f"The option {name} is a list or a dictionary: write one text.")
    if not isinstance(value, str) or not value.strip():
        raise _errors.ConfigError(
            f"The option {name} is empty: set it, or its environment variable ONAPP_{name.upper()}."
        )
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _errors.ConfigError(f"The option {name} is not valid UTF-8: write it in UTF-8.") from None
    return value


def _ca_path(path: str | None, is_used: bool) -> str | None:
    """The option ca_path, which must exist. If it is used, OpenSSL must be able to take certificates from it."""
    why = "is neither a file nor a directory"
    try:
        if path is None or (os.path.exists(path) and not is_used):
            return path
        if os.path.isdir(path):
            if any(re.fullmatch(r"[0-9a-f]{8}\.[0-9]+", name) for name in os.listdir(path)):
                return path
            why = "is a directory without hashed certificates: run openssl rehash on it, or name a PEM file"
        elif os.path.isfile(path):
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
            return path
        elif not os.path.exists(path):
            why = "does not exist on the host that runs this task: put the certificates there, or fix the path"
    except ssl.SSLError:
        why = "has no certificates in PEM format: convert a DER file with openssl x509 -inform der"
    except OSError as error:
        why = f"cannot be read: {error.strerror or 'unknown reason'}"
    raise _errors.ConfigError(f"The option ca_path names {path}, which {why}.")


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
        raise _errors.ConfigError(f"The URL of the proxy is not valid. {PROXY_ADVICE}")
    name = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
    if parts.scheme not in ("http", "https", "socks4", "socks4a", "socks5", "socks5h"):
        raise _errors.ConfigError(
            f"The URL of the proxy {name} must start with http://, https:// or socks5://. {PROXY_ADVICE}"
        )
    if parts.scheme.startswith("socks") and importlib.util.find_spec("socks") is None:
        raise _errors.ConfigError(
            f"The proxy {name} needs the Python library PySocks, which is not installed for {sys.executable}:"
            f" python -m pip install PySocks. {PROXY_ADVICE}"
        )
    return name
