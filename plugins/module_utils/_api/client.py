# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The client of the control panel's REST API: objects and whole lists, with retries, one throttle and counts."""

from __future__ import annotations

import base64
import random
import typing as t
import urllib.parse

from ansible_collections.community.onapp.plugins.module_utils._api import decode, retry
from ansible_collections.community.onapp.plugins.module_utils._api.paging import Listing, LongestPage, Page, read_list
from ansible_collections.community.onapp.plugins.module_utils._api.throttle import Stopped, Throttle
from ansible_collections.community.onapp.plugins.module_utils._api.transport import Answer, Transport
from ansible_collections.community.onapp.plugins.module_utils._errors import (
    AuthError,
    ConnectionFailed,
    DecodeError,
    OnAppError,
    error_for_status,
)
from ansible_collections.community.onapp.plugins.module_utils._fields import as_integer
from ansible_collections.community.onapp.plugins.module_utils._version import VERSION

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ansible_collections.community.onapp.plugins.module_utils._options import Connection

    Row = dict[str, t.Any]

USER_AGENT = f"community.onapp/{VERSION}"


class Client:
    """Reads one control panel; every method may be called from any thread. Raises OnAppError, never anything else.

    Rows come without wrappers and without secrets. After a 401, kept in `refused`, no further request is sent.
    `server_date` is the panel's clock by the `Date` of its first answer, as UTC seconds, and after how many seconds of
    this client's life it came; None as long as no answer had one.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.throttle = Throttle(connection.concurrency, connection.deadline)
        self._transport = Transport(connection, USER_AGENT)
        self.refused: AuthError | None = None
        self.server_date: tuple[float, float] | None = None
        self._longest_page = LongestPage()
        self._credentials = _credential_forms(connection)

    def close(self) -> None:
        """Let no further request start and close the connections."""
        self.throttle.stop()
        self._transport.close()

    def get_row(self, wrapper: str, *segments: t.Any) -> dict[str, t.Any]:
        """One object, for example `get_row("virtual_machine", "virtual_machines", 42)`."""
        return self._request(_path(segments), {}, lambda document, answer: decode.row(document, wrapper))

    def get_list(
        self,
        wrapper: str,
        *segments: t.Any,
        query: dict[str, str] | None = None,
        map_pages: Callable[[Callable[[int], Page], Iterable[int]], Iterable[Page]] = map,
        exact: bool = False,
        trim: Callable[[Row], Row] | None = None,
    ) -> Listing:
        """A whole list, for example `get_list("disk", "settings", "disks")`.

        `map_pages` applies a function to page numbers, in order; one that works concurrently makes long lists faster.
        With `exact`, two readings of several pages must agree on every value, not just on which rows there are.
        `trim` makes each row smaller as it comes.
        """

        def read_page(document: t.Any, answer: Answer) -> Page:
            rows = decode.rows(document, wrapper)
            return Page(list(map(trim, rows)) if trim else rows, as_integer(answer.headers.get("X-Total")))

        def fetch(number: int) -> Page:
            paging = {"page": str(number), "per_page": str(self.connection.page_size)}
            return self._request(_path(segments), {**(query or {}), **paging}, read_page)

        return read_list(
            fetch,
            self.connection.page_size,
            self._longest_page,
            lambda numbers: map_pages(fetch, numbers),
            exact=exact,
        )

    def _request(self, path: str, query: dict[str, str], read: Callable[[t.Any, Answer], t.Any]) -> t.Any:
        """Send a GET, again where that may help, and read its answer."""
        path_on_panel = f"{path}.{self.connection.response_format}"
        attempts = 0
        while True:
            answer: Answer | None = None
            try:
                with self.throttle.request():
                    attempts += 1
                    answer = self._transport.get(path_on_panel, query, self.throttle.remaining)
                self._note_date(answer)
                if 200 <= answer.status < 300:
                    return read(decode.decode(answer.body, self.connection.response_format), answer)
                raise error_for_status(answer.status, decode.error_text(answer.body, self._redacted))
            except OnAppError as error:
                error.status = answer.status if answer else error.status
                error.method, error.path, error.attempts = "GET", path_on_panel, attempts
                if isinstance(error, AuthError):
                    self.refused = error
                    self.throttle.stop()
                if not _worth_retrying(error) or (attempts > self.connection.retries and not self.throttle.is_over):
                    raise
                self._pause(attempts, answer, error)

    def _note_date(self, answer: Answer) -> None:
        if self.server_date is None:
            date = retry.http_date(answer.headers.get("Date"))
            self.server_date = None if date is None else (date.timestamp(), self.throttle.elapsed_seconds)

    def _pause(self, attempts: int, answer: Answer | None, error: OnAppError) -> None:
        """Wait before the next attempt; when the panel asks for it, all workers wait."""
        headers = answer.headers if answer else {}
        asked = retry.retry_after(headers.get("Retry-After"), headers.get("Date"))
        try:
            self.throttle.pause(
                retry.pause_before(attempts, asked, random.random()),
                everyone=asked is not None or error.status == 429,
            )
        except OnAppError as given_up:
            given_up.method, given_up.path, given_up.attempts = error.method, error.path, attempts
            given_up.text = f"{given_up.text} The last attempt ended with: {error.text}"
            raise given_up from error

    def _redacted(self, text: str) -> str:
        for form in self._credentials:
            text = text.replace(form, "********")
        return text


def _worth_retrying(error: OnAppError) -> bool:
    if isinstance(error, Stopped):
        return False
    if isinstance(error, DecodeError):
        return error.worth_retrying
    return isinstance(error, ConnectionFailed) or error.status in retry.RETRIED_STATUSES


def _path(segments: Iterable[t.Any]) -> str:
    return "".join("/" + urllib.parse.quote(str(segment), safe="") for segment in segments)


def _credential_forms(connection: Connection) -> list[str]:
    """The password in every form in which an error text could repeat it, longest first."""
    forms = {connection.password, urllib.parse.quote(connection.password, safe=""), basic_token(connection)}
    return sorted(forms, key=len, reverse=True)


def basic_token(connection: Connection) -> str:
    """What follows `Basic` in the request header: as secret as the password itself."""
    return base64.b64encode(f"{connection.username}:{connection.password}".encode()).decode()
