# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The connection options, once for every entry point: argument spec, environment, and what they mean."""

from __future__ import annotations

import os
import typing as t
import urllib.parse

from ansible.module_utils.basic import env_fallback
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._fields import moment
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import PolicyError, duration

if t.TYPE_CHECKING:
    from collections.abc import Mapping

MOST_CONCURRENCY = 256
MOST_PAGE_SIZE = 10000


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """The connection options of a module, with their environment variables as fallbacks."""
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
        "validate_certs": {"type": "bool", "default": True, "fallback": (env_fallback, ["ONAPP_VALIDATE_CERTS"])},
        "ca_path": {"type": "path", "fallback": (env_fallback, ["ONAPP_CA_PATH"])},
        "response_format": {"type": "str", "default": "json", "choices": ["json", "xml"]},
        "timeout": {"type": "float", "default": 60, "fallback": (env_fallback, ["ONAPP_TIMEOUT"])},
        "deadline": {"type": "float", "default": 0},
        "retries": {"type": "int", "default": 3},
        "concurrency": {"type": "int", "default": 8},
        "page_size": {"type": "int", "default": 100},
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
        """The connection of an entry point's options. Raises ConfigError that names the option to mend."""
        return cls(
            url=_panel_url(options["url"]),
            username=_username(options["username"]),
            password=_filled("password", options["password"]),
            validate_certs=options["validate_certs"],
            ca_path=_existing_path(options["ca_path"]),
            response_format=options["response_format"],
            timeout=_between("timeout", options["timeout"], 0.001, 86400),
            deadline=_between("deadline", options["deadline"], 0, 7 * 86400),
            retries=_between("retries", options["retries"], 0, 100),
            concurrency=_between("concurrency", options["concurrency"], 1, MOST_CONCURRENCY),
            page_size=_between("page_size", options["page_size"], 1, MOST_PAGE_SIZE),
        )

    def warnings(self) -> list[str]:
        """What the user should know of these options, although they can be used."""
        if self.url.startswith("http://"):
            return ["The option url is plain http, which shows the password to everyone on the network: use https."]
        return []

    def __repr__(self) -> str:
        return f"Connection(url={self.url!r})"


def read_moment(option: str, text: str | None) -> int | None:
    """The UTC seconds of an option that is a time, None when it is not set. Raises ConfigError that names it."""
    if text is None:
        return None
    try:
        return moment(text)
    except ValueError as error:
        raise ConfigError(f"The option {option} is no time: {error}.") from error


def read_duration(option: str, text: str | None) -> int | None:
    """The seconds of an option that is a duration, None when it is not set. Raises ConfigError that names it."""
    if text is None:
        return None
    try:
        return duration(text, f"The option {option}")
    except PolicyError as error:
        raise ConfigError(f"{error}.") from error


def _panel_url(url: str) -> str:
    """The base address of a panel, without a trailing slash."""
    example = "write the panel's base address, such as https://onapp.example.com"
    text = _filled("url", url).strip()
    if "@" in text:
        # Anywhere, because a slash or a # in the password moves the rest of it, and the @, behind the host.
        raise ConfigError("The option url must not hold credentials: put them into username and password.")
    try:
        parts = urllib.parse.urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        # Python's own text may quote a part of a password.
        raise ConfigError(f"The option url is no address, its host or port cannot be read: {example}.") from None
    if port == 0:
        raise ConfigError(f"The option url names port 0, where no panel can listen: {example}.")
    if parts.scheme not in ("http", "https") or not host or any(c.isspace() or not c.isprintable() for c in text):
        raise ConfigError(f"The option url must start with https:// or http:// and name a host: {example}.")
    if parts.query or parts.fragment:
        raise ConfigError(f"The option url must end with the panel's path, without ? and #: {example}.")
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def _username(username: str) -> str:
    if ":" in _filled("username", username):
        raise ConfigError("The option username must not hold a colon: HTTP Basic authentication cannot carry one.")
    return username


def _filled(name: str, value: str | None) -> str:
    if not value or not value.strip():
        raise ConfigError(f"The option {name} is empty: set it, or its environment variable ONAPP_{name.upper()}.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ConfigError(f"The option {name} holds bytes that are no UTF-8 text: write it in UTF-8.") from None
    return value


def _existing_path(path: str | None) -> str | None:
    if path and not os.path.exists(path):
        raise ConfigError(
            f"The option ca_path names {path}, which does not exist on the host that runs this task: put the"
            " certificates there, or mend the path."
        )
    return path or None


def _between(name: str, value: t.Any, least: float, most: float) -> t.Any:
    if value is None or not least <= value <= most:
        raise ConfigError(f"The option {name} is {value}: it must be from {least:g} to {most:g}.")
    return value
