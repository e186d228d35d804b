# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client of the control panel's REST API: rows, whole lists and new rows, with retries, one throttle and counts."""

from __future__ import annotations

import contextlib
import random
import re
import threading
import typing as t
import urllib.parse
from collections.abc import Callable, Container, Iterable, Mapping

from .. import _errors, _fields, _options
from .._version import VERSION
from . import decode, paging, throttle
from .transport import Answer, Transport

USER_AGENT = f"community.onapp/{VERSION}"
LARGE_BODY = 1024 * 1024
LONGEST_TARGET = 200
# Of an error or a redirect that may be quoted. Longer ones would take long to search for credentials.
LONGEST_QUOTED = 10_000
# Before an escaped character of a credential. Without a limit, a text of backslashes would take for ever.
MOST_BACKSLASHES = 16
WHOLE_ANSWERS = (200, 201, 203, 204)
REDIRECT_TARGET = re.compile(
    r"(?:(?:https?:)?//(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?![^/?#]))?(?:/[A-Za-z0-9._~/-]*)?",
    re.IGNORECASE,
)


class Client:
    """Talks to one control panel; every method may be called from any thread. Raises OnAppError, never anything else.

    After a 401, kept in `refused`, no further request is sent. `server_date` is the first `Date` that the panel sent,
    as UTC seconds, and after how many seconds of this client's life it came; None before.
    """

    def __init__(self, connection: _options.Connection) -> None:
        self.connection = connection
        self._transport = Transport(connection, USER_AGENT)
        self.throttle = throttle.Throttle(connection.concurrency, connection.deadline, on_stop=self._transport.stop)
        self.refused: _errors.AuthError | None = None
        self.server_date: tuple[float, float] | None = None
        self._longest_page = paging.LongestPage()
        secrets = {
            text for text in _options.secret_texts(connection._asdict()) if len(text) >= _options.SHORTEST_MASKED
        }
        # A form that holds another one, such as base64 with and without `=`, is masked with it.
        self._masked_forms = [text for text in secrets if not any(other in text for other in secrets - {text})]
        self._large_body = threading.Lock()

    def close(self) -> None:
        """End all requests in flight, let no further one start, and close the connections."""
        self.throttle.stop()
        self._transport.close()

    def get_row(self, wrapper: str, *segments: t.Any) -> paging.Row:
        """One object, for example `get_row("virtual_machine", "virtual_machines", 42)`."""
        return self._request("GET", segments, {}, lambda document, answer: decode.row(document, wrapper))

    def get_list(
        self,
        wrapper: str,
        *segments: t.Any,
        query: dict[str, str] | None = None,
        map_pages: paging.MapPages = map,
        exact: bool = False,
    ) -> paging.Listing:
        """A whole list, for example `get_list("disk", "settings", "disks")`.

        `map_pages` applies a function to page numbers, in order; one that works concurrently makes long lists faster.
        With `exact`, two readings of several pages must agree on every value, not just on which rows there are.
        """

        def fetch(number: int) -> paging.Page:
            return self.get_page(wrapper, *segments, number=number, query=query)

        return paging.read_list(fetch, self.connection.page_size, self._longest_page, map_pages, exact=exact)

    def get_page(self, wrapper: str, *segments: t.Any, number: int, query: dict[str, str] | None = None) -> paging.Page:
        """One page of a list, from 1."""

        def read_page(document: t.Any, answer: Answer) -> paging.Page:
            total, limit = _count(answer.headers.get("X-Total")), _count(answer.headers.get("X-Limit"))
            if total is None and answer.headers.get("X-Total"):
                limit = 1  # There is a number of rows, which cannot be read: only an empty page is the last.
            return decode.rows(document, wrapper)._replace(
                total=total,
                limit=limit,
                # A list of one page has the limit of one answer.
                weight=decode.weight_of(answer.body) if number > 1 else 0,
                date=throttle.http_date(answer.headers.get("Date")),
            )

        place = {"page": str(number), "per_page": str(self.connection.page_size)}
        return self._request("GET", segments, {**(query or {}), **place}, read_page)

    def post_row(
        self, wrapper: str, *segments: t.Any, body: Mapping[str, t.Any], known: Container[int] = ()
    ) -> paging.Row:
        """Create an object with one POST of a JSON body, which is never sent again, and return its row.

        For example `post_row("backup", "settings", "disks", 7, "backups", body={"backup": {"note": "x"}})`. An object
        whose id is among the `known` ones was not created: that is a DecodeError, as for any unreadable answer.
        """

        def read(document: t.Any, answer: Answer) -> paging.Row:
            row = decode.row(document, wrapper)
            if row["id"] in known:
                raise _errors.DecodeError(f"The answer holds {wrapper} {row['id']}, which was there before.")
            return row

        return self._request("POST", segments, body, read)

    def _request(
        self,
        method: str,
        segments: Iterable[t.Any],
        payload: Mapping[str, t.Any],
        read: Callable[[t.Any, Answer], t.Any],
    ) -> t.Any:
        """Send a request, a GET again where that may help, and read its answer. `payload` is the query or the body."""
        path = "".join("/" + urllib.parse.quote(str(segment), safe="") for segment in segments)
        path_on_panel = f"{path}.{self.connection.response_format}"
        send = self._transport.post if method == "POST" else self._transport.get
        attempts = 0
        while True:
            answer: Answer | None = None
            try:
                with self.throttle.request():
                    attempts += 1
                    answer = send(path_on_panel, payload, self.throttle.remaining)
                if self.server_date is None and (date := throttle.http_date(answer.headers.get("Date"))) is not None:
                    self.server_date = date, self.throttle.elapsed_seconds
                return self._read(answer, read)
            except _errors.OnAppError as error:
                if answer is not None:
                    error.status = answer.status
                    error.may_have_been_accepted = method == "POST" and not 300 <= answer.status < 500
                error.method, error.path, error.attempts = method, path_on_panel, attempts
                if isinstance(error, _errors.AuthError):
                    self.refused = error
                    self.throttle.stop()
                if not error.worth_retrying and error.status not in throttle.RETRIED_STATUSES:
                    raise
                try:
                    self.throttle.remaining()
                    if method == "POST" or attempts > self.connection.retries:
                        raise error
                    self._pause(attempts, answer, error)
                except (_errors.DeadlineError, throttle.Stopped) as given_up:
                    given_up.method, given_up.path, given_up.attempts = error.method, error.path, attempts
                    given_up.may_have_been_accepted = error.may_have_been_accepted
                    given_up.text = f"{given_up.text} The last attempt ended with: {error.text}"
                    raise given_up from error

    def _read(self, answer: Answer, read: Callable[[t.Any, Answer], t.Any]) -> t.Any:
        if 300 <= answer.status < 400:
            raise _errors.ConfigError(
                f"The control panel redirects to {self._redirect_target(answer)} (HTTP {answer.status}). Redirects are"
                " not followed, so that credentials are sent only to url: set url to the address of the API itself."
            )
        if answer.status not in WHOLE_ANSWERS:
            if 200 <= answer.status < 300:
                raise _errors.DecodeError(
                    f"The control panel sent HTTP {answer.status}, which is not a whole answer. Check for a proxy"
                    " between this host and the panel.",
                    worth_retrying=True,
                )
            raise _errors.error_for_status(answer.status, decode.error_text(answer.body, self._redacted))
        try:
            # One at a time: the objects of a large answer may take ten times its size.
            with self._large_body if len(answer.body) > LARGE_BODY else contextlib.nullcontext():
                if answer.status == 204 and not answer.body:
                    return read([], answer)
                mask = self._masked if self._masked_forms else None
                return read(decode.decode(answer.body, self.connection.response_format, mask), answer)
        except (ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
            raise _errors.DecodeError(f"The answer cannot be converted ({type(error).__name__}).") from error

    def _pause(self, attempts: int, answer: Answer | None, error: _errors.OnAppError) -> None:
        """Wait before the next attempt; when the panel asks for it, all workers wait."""
        headers = answer.headers if answer else {}
        asked = throttle.retry_after(headers.get("Retry-After"), headers.get("Date"))
        self.throttle.pause(
            throttle.pause_before(attempts, asked, random.random()), everyone=asked is not None or error.status == 429
        )

    def _masked(self, text: str) -> str:
        """A text of a row without our credentials. Plain replacements, because this sees every answer whole."""
        for form in self._masked_forms:
            text = text.replace(form, "********")
        return text

    def _redacted(self, text: str) -> str:
        # The pattern is made here, because it takes long to compile and few answers are quoted.
        masked = _credential_pattern(self.connection).sub("********", text[:LONGEST_QUOTED])
        # What is cut may end with the beginning of a credential.
        return masked if len(text) <= LONGEST_QUOTED else masked[: -LONGEST_QUOTED // 2]

    def _redirect_target(self, answer: Answer) -> str:
        """The target of a redirect, up to the first character that two parsers could understand differently."""
        location = self._redacted(re.sub("%40", "@", answer.headers.get("Location") or ""))
        before, at, after = location.rpartition("@")
        scheme = before.partition("//")[0] + "//" if at and "//" in before else ""
        match = REDIRECT_TARGET.match(scheme + after)
        return (match.group()[:LONGEST_TARGET] if match else "") or "an address that is not valid"


def _count(header: str | None) -> int | None:
    """The number of a header, which a proxy may have repeated; None without one that is at least 0."""
    numbers = {_fields.as_integer(part) for part in (header or "").split(",")}
    number = numbers.pop() if len(numbers) == 1 else None
    return None if number is None or number < 0 else number


def _credential_pattern(connection: _options.Connection) -> re.Pattern[str]:
    """Matches the password and the token of the header in each encoding in which a panel could repeat them."""
    encoded = [text.rstrip("=") for text in _options.base64_credentials(connection.username, connection.password)]
    texts = (*encoded, connection.password)
    forms = ["".join(map(_run_pattern, re.findall(r"\\+|[^\\]", text))) for text in texts]
    ends = "(?:=|%(?:25)*3[Dd])*"
    return re.compile(f"{forms[0]}{ends}|{forms[1]}{ends}|{forms[2]}")


def _run_pattern(run: str) -> str:
    """A character, or several backslashes, as they are, escaped as in JSON or HTML, percent-encoded once or more, or as
    in URL-safe base64."""
    character, number = run[0], len(run)
    backslashes = rf"\\{{0,{MOST_BACKSLASHES}}}"
    percent = "".join(f"%(?:25)*(?i:{byte:02x})" for byte in character.encode())
    units = re.findall("....", character.encode("utf-16-be").hex())
    escaped = backslashes.join(f"u(?i:{unit})" for unit in units)
    other = {" ": r"|\+", "+": "|-", "/": "|_"}.get(character, "")
    name = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}.get(character, "")
    entity = f"&(?:amp;)*(?:#0*{ord(character)}|#[xX]0*(?i:{ord(character):x}){'|' if name else ''}{name});"
    if character == "\\":
        # Not one by one, because it would not be clear which backslash escapes which.
        plain = rf"\\{{{number},{number * MOST_BACKSLASHES}}}"
        return rf"(?:{plain}|(?:{backslashes}{escaped}|{percent}|{entity}){{{number}}})"
    return rf"(?:{backslashes}(?:{re.escape(character)}|{escaped}{other})|{percent}|{entity})"
