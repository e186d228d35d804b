# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Bodies of answers to objects, rows and error texts. Pure."""

from __future__ import annotations

import json
import math
import re
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api import rails_xml
from ansible_collections.community.onapp.plugins.module_utils._errors import DecodeError
from ansible_collections.community.onapp.plugins.module_utils._fields import (
    as_integer,
    containers_in,
    remove_secrets,
)
from ansible_collections.community.onapp.plugins.module_utils._text import printable

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WEB_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
WEB_PAGE_SHOWS_WITHIN = 4096
ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
ERROR_NAMES = ("error", "errors")
DEEPEST = rails_xml.DEEPEST
NOT_THE_API = "Check that url names a control panel, or ask for the other response_format."


def decode(body: bytes, response_format: str) -> t.Any:
    """The object that a successful answer holds; `response_format` is `json` or `xml`. Raises DecodeError."""
    if _is_web_page(body):
        raise DecodeError(
            "This answered as a web page, not as the API: a log-in page, a proxy or another web server stands at this"
            " address. Check url, and whether the account may use the API."
        )
    try:
        return rails_xml.parse(body) if response_format == "xml" else _from_json(body)
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else printable(error)
        raise DecodeError(
            f"The answer is not readable as {response_format.upper()} ({why or 'it is empty'}). If it stays so, ask for"
            " the other response_format, or look at what stands between this machine and the panel.",
            worth_retrying=True,
        ) from error


def rows(document: t.Any, wrapper: str) -> list[dict[str, t.Any]]:
    """The rows of a list answer, `[{"backup": {…}}, …]`, without wrappers and without secrets.

    Raises DecodeError when the answer is no list of rows: that is never taken for "nothing there".
    """
    if not isinstance(document, list):
        raise DecodeError(f"The answer should be a list of {wrapper} rows and is {_kind(document)}. {NOT_THE_API}")
    return [row(item, wrapper) for item in document]


def row(document: t.Any, wrapper: str) -> dict[str, t.Any]:
    """One row, `{"backup": {…}}`, without its wrapper and without secrets. Raises DecodeError for anything else."""
    inner = document
    if isinstance(document, dict) and "id" not in document:
        inner = document.get(wrapper)
        if inner is None and len(document) == 1:
            (inner,) = document.values()
    if not isinstance(inner, dict) or as_integer(inner.get("id")) is None:
        raise DecodeError(
            f"The answer should hold a {wrapper} with a number as its id and holds {_kind(inner)}. {NOT_THE_API}"
        )
    return remove_secrets(inner)


def error_text(body: bytes, redact: Callable[[str], str] = str) -> str:
    """What an error answer says in `error` or `errors`, as one line for a message; empty when it has neither.

    Anything else is never quoted: a body cut half-way may hold another object's password. `redact` removes credentials.
    The panel sends `error` with text, `errors` as a list or as a map of fields, and their XML twins.
    """
    try:
        said = _said(body)
    except (ValueError, RecursionError):
        return ""
    return printable("; ".join(dict.fromkeys(_texts(said))), redact=redact)


def _is_web_page(body: bytes) -> bool:
    return WEB_PAGE.match(body, 0, WEB_PAGE_SHOWS_WITHIN) is not None


def _said(body: bytes) -> t.Any:
    """The values of `error` and `errors` in an answer of either format. Raises ValueError when it is of neither."""
    try:
        document = _from_json(body)
    except (ValueError, RecursionError):
        root, document = rails_xml.parse_root(body)
        if root in ERROR_NAMES:
            return document
    return [document[name] for name in ERROR_NAMES if name in document] if isinstance(document, dict) else None


def _from_json(body: bytes) -> t.Any:
    document = JSON.decode(body.decode("utf-8-sig"))
    # Nothing is nested deeper than there are brackets: of a short list, that is all there is to look at.
    if body.count(b"{") + body.count(b"[") > DEEPEST and _is_too_deep(document):
        raise ValueError(f"it is nested deeper than {DEEPEST}")
    return _without_surrogates(document) if ESCAPED_SURROGATE.search(body) else document


def _is_too_deep(document: t.Any) -> bool:
    """Whether lists and objects lie more than DEEPEST deep in one another: whatever walks them may call itself."""
    level = containers_in([document])
    for unused in range(DEEPEST + 1):
        if not level:
            return False
        level = [item for outer in level for item in containers_in(outer)]
    return True


def _float(text: str) -> float | str:
    """A number with a fraction or an exponent. One that no float holds stays text, because infinity is no JSON."""
    number = float(text)
    return number if math.isfinite(number) else text


def _no_constant(name: str) -> t.NoReturn:
    raise ValueError(f"{name} is no JSON")


JSON = json.JSONDecoder(parse_constant=_no_constant, parse_float=_float)


def _without_surrogates(value: t.Any) -> t.Any:
    """The same value with each half of a surrogate pair, which no output can encode, replaced by U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(name): _without_surrogates(item) for name, item in value.items()}
    return value


def _texts(value: t.Any, name: str = "") -> Iterator[str]:
    """Every text in an error document, each field's with its name (`base` stands for the whole object)."""
    if isinstance(value, dict):
        for key, item in remove_secrets(dict(value)).items():
            yield from _texts(item, "" if key in ("base", "error", "errors") else str(key))
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, name)
    elif value is not None:
        yield f"{name}: {value}" if name else str(value)


def _kind(value: t.Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "a flag", type(None): "nothing"}
    return names.get(type(value), "a number")
