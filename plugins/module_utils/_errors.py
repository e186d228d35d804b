# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The errors of the collection, one class for each value of `failure.code`.

Library code raises these; only an entry point turns one into a failed task or a refused inventory source. The text of
an error is one paragraph that says what happened and what to do; it never holds a credential.

Modules import this first of ours, because ansible-core 2.19 starts them on Python 3.8, too, which cannot import others.
"""

from __future__ import annotations

import sys
import typing as t

if sys.version_info < (3, 9):  # noqa: UP036
    raise RuntimeError(
        "The modules of community.onapp need Python 3.9 or newer: set ansible_python_interpreter for this host, or"
        " run the task on the controller with delegate_to: localhost."
    )


class OnAppError(Exception):
    """An error of the collection; `code` names its kind.

    `status` is the HTTP status if there was an answer, `method` and `path` name the request (never host, query or
    credentials), `attempts` is how often it was sent. `may_have_been_accepted` is true when a write was sent and its
    outcome is not known, because the answer was lost, a 5xx or unreadable.
    """

    code = "server"
    worth_retrying = False

    def __init_subclass__(cls, code: str = "") -> None:
        cls.code = code or cls.code

    def __init__(self, text: str, *, status: int | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.status = status
        self.method: str | None = None
        self.path: str | None = None
        self.attempts = 0
        self.may_have_been_accepted = False

    def __str__(self) -> str:
        return self.text

    def as_failure(self) -> dict[str, t.Any]:
        """The machine-readable part of a failed task: `code`, `status`, `method`, `path`, `attempts`."""
        return {name: getattr(self, name) for name in ("code", "status", "method", "path", "attempts")}


class ConfigError(OnAppError, code="config"):
    """An option, a policy, a proxy or the set-up of this host is wrong; a retry cannot help."""


class MissingLibrary(ConfigError):
    """A Python library is not installed for the Python that runs this code."""


class ConnectionFailed(OnAppError, code="connection"):
    """No complete answer came: the host is unknown, refuses, breaks off or takes too long."""

    worth_retrying = True


class TlsError(OnAppError, code="tls"):
    """The panel's certificate is not trusted, or no TLS connection could be made."""


class AuthError(OnAppError, code="auth"):
    """HTTP 401. Never retried: panels lock accounts after a few wrong passwords."""


class ForbiddenError(OnAppError, code="forbidden"):
    """HTTP 403: the account is known but has no permission for this."""


class NotFoundError(OnAppError, code="not_found"):
    """HTTP 404: there is no such object, or it belongs to another user."""


class RateLimitedError(OnAppError, code="rate_limited"):
    """HTTP 429, after all retries."""


class ServerError(OnAppError, code="server"):
    """Any other status that is not success."""


class DecodeError(OnAppError, code="decode"):
    """An answer that is not what the API sends: a web page, broken JSON or XML, another shape, too large."""

    def __init__(self, text: str, *, worth_retrying: bool = False) -> None:
        super().__init__(text)
        self.worth_retrying = worth_retrying


class DeadlineError(OnAppError, code="deadline"):
    """The time that the whole run may take has passed."""


class ConflictError(OnAppError, code="conflict"):
    """A backup cannot be started, because a backup attempt that is stuck stands in its way."""


class BackupFailed(OnAppError, code="failed"):
    """A backup was started and failed, or disappeared before it was built."""


class BackupTimeout(OnAppError, code="timeout"):
    """A backup was not built in the time that the user set; it goes on in OnApp."""


# What the panel does (and, after the status and its own words, what to do) by status.
_STATUSES: dict[int, tuple[type[OnAppError], str, str]] = {
    401: (
        AuthError,
        "refuses the credentials",
        (
            "Check username and password: an e-mail address goes with an API key, a login with its password. The"
            " request is not retried, because panels lock accounts after a few wrong passwords."
        ),
    ),
    403: (
        ForbiddenError,
        "does not allow this account to send this request",
        (
            "Give its role the permission to read virtual machines, disks and backups, or check the address lists that"
            " limit its login."
        ),
    ),
    404: (
        NotFoundError,
        "has nothing at this address",
        "The object was deleted or belongs to another user; if every request ends like this, check the path in url.",
    ),
    429: (RateLimitedError, "asks for fewer requests", "Lower concurrency, raise retries, or run at a quieter time."),
}
_HINTS = {
    406: "Try the other response_format. ",
    422: "Panels may limit the length of a page: lower page_size. ",
}


def error_for_status(status: int, said: str) -> OnAppError:
    """The error for an HTTP status that is not success; `said` is the panel's own text, cleaned, or empty."""
    if status in _STATUSES:
        kind, what, remedy = _STATUSES[status]
    elif status < 500:
        kind, what = ServerError, "does not accept this request"
        remedy = f"{_HINTS.get(status, '')}If url is right, this panel does not support it."
    else:
        kind, what = ServerError, "could not answer"
        remedy = "Look into the panel's own log; if it is overloaded, lower concurrency or raise timeout and retries."
    quoted = f' and says "{said}"' if said else ""
    return kind(f"The control panel {what} (HTTP {status}){quoted}. {remedy}", status=status)
