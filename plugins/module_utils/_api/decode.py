# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parses bodies of answers in JSON and in Rails' typed XML: objects, rows and error texts. Pure."""

from __future__ import annotations

import functools
import json
import re
import typing as t
import xml.parsers.expat
from collections.abc import Callable, Iterator

from .. import _errors, _fields, _text
from . import paging

WEB_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
WEB_PAGE_SHOWS_WITHIN = 4096
ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
# Stands for what XML cannot hold, and for a field with two values. No panel sends it: it is no character of Unicode.
BROKEN = "\ufdd0"
BROKEN_TEXT = re.compile(f"[{_text.SURROGATES}{BROKEN}]+")
DIGITS_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")
# Every fourth byte of a number of more than MOST_DIGITS, at least; nearly no other text holds so many digits there.
DIGITS_OF_LONG_NUMBER = b"0" * ((_fields.MOST_DIGITS + 1) // 4)
XML_INTEGER = re.compile(rf"[+-]?[0-9]{{1,{_fields.MOST_DIGITS}}}")
XML_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,8}));")
ERROR_NAMES = ("error", "errors")
# A row in the wrapper of another kind is no row of a list.
WRAPPERS = frozenset(("virtual_machine", "disk", "backup", "recovery_point", "schedule", "transaction"))
DEEPEST = 64
# Of bytes that are no text, whose repair takes several copies.
LARGEST_DAMAGED = 16 * 1024 * 1024
BYTES_PER_VALUE = 64
NOT_THE_API = "Check that url names a control panel, or try the other response_format."


class DamagedRow(dict[str, t.Any]):
    """A row in which damaged text was replaced by U+FFFD."""


def weight_of(body: bytes) -> int:
    """About how many bytes the parsed answer takes: short values take many times their text."""
    return len(body) + BYTES_PER_VALUE * (len(body) - len(body.translate(None, b",[{<")))


def decode(body: bytes, response_format: str, redact: Callable[[str], str] | None = None) -> t.Any:
    """The object of a successful answer; `response_format` is `json` or `xml`. Raises DecodeError.

    `redact` removes our own credentials from the texts in it. Damaged text shows U+FFFD. Numbers that no field holds,
    and NaN and Infinity, become text.
    """
    if WEB_PAGE.match(body, 0, WEB_PAGE_SHOWS_WITHIN):
        raise _errors.DecodeError(
            "The answer is a web page, not an API answer: the address belongs to a login page, a proxy or another web"
            " server. Check url, and whether the account may use the API."
        )
    if not body.strip():
        raise _errors.DecodeError(_empty("the body is empty"))
    try:
        document, is_damaged = parse_xml(body) if response_format == "xml" else _from_json(body)
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else _text.printable(error)
        raise _errors.DecodeError(
            f"The answer is not readable as {response_format.upper()} ({why}). If it stays so, try the other"
            " response_format, or check for a proxy between this host and the panel.",
            worth_retrying=True,
        ) from error
    # Nearly no answer holds a credential, which its text shows at once unless parts of it are escaped.
    escapes = (b"&", b"<!") if response_format == "xml" else (b"\\",)
    if redact is not None and (
        any(escape in body for escape in escapes) or redact(text := body.decode("utf-8", "replace")) != text
    ):
        document = _map_texts(document, redact)
    if is_damaged:
        document = [_repaired(item) for item in document] if isinstance(document, list) else _repaired(document)
    return document


def rows(document: t.Any, wrapper: str) -> paging.Page:
    """The rows of a list answer, `[{"backup": {…}}, …]`, without wrappers and without secrets.

    Raises DecodeError when the answer is no list, which is never taken for an empty one.
    """
    if not isinstance(document, list):
        raise _errors.DecodeError(_not_expected(document, f"a list of {wrapper} rows"))
    found = [row for row in (_row(item, wrapper) for item in document) if row is not None]
    broken = tuple(row["id"] for row in found if row.__class__ is DamagedRow)
    return paging.Page(found, None, broken=broken, strange=len(document) - len(found))


def row(document: t.Any, wrapper: str) -> paging.Row:
    """One row, `{"backup": {…}}`, without its wrapper and without secrets. Raises DecodeError for anything else."""
    found = _row(document, wrapper)
    if found is None:
        raise _errors.DecodeError(_not_expected(document, f"a {wrapper} with a whole number as its id"))
    return found


def _row(item: t.Any, wrapper: str) -> paging.Row | None:
    """A row without its wrapper and without secrets; None for what has no whole number as its id."""
    inner = item
    if isinstance(item, dict) and "id" not in item:
        inner = item.get(wrapper)
        if inner is None and len(item) == 1 and WRAPPERS.isdisjoint(item):
            (inner,) = item.values()
    number = _fields.as_integer(inner.get("id")) if isinstance(inner, dict) else None
    if number is None:
        return None
    inner["id"] = number
    _fields.remove_secrets(inner)
    return DamagedRow(inner) if item.__class__ is DamagedRow else inner


def error_text(body: bytes, redact: Callable[[str], str] = str) -> str:
    """What an error answer says in `error` or `errors`, as one line for a message; empty when it has neither.

    Anything else is never quoted: a body cut half-way may hold another object's password. `redact` removes credentials.
    The panel sends `error` with text, `errors` as a list or as a map of fields, and their XML twins.
    """
    if WEB_PAGE.match(body, 0, WEB_PAGE_SHOWS_WITHIN):
        return ""
    for parse in (_from_json, parse_xml):
        try:
            return _error_words(_repaired(parse(body)[0]), redact)
        except (ValueError, RecursionError):
            continue
    return ""


def _error_words(document: t.Any, redact: Callable[[str], str] = str) -> str:
    """The words of `error` and `errors` in an object; empty when it has neither."""
    if not isinstance(document, dict):
        return ""
    said = [document[name] for name in ERROR_NAMES if name in document]
    return _text.printable("; ".join(dict.fromkeys(_texts(said))), redact=redact)


def _empty(what: str) -> str:
    return (
        f"The answer holds nothing ({what}), where even an empty list has brackets. Check for a proxy between this host"
        " and the panel, and whether the account may read this."
    )


def _not_expected(document: t.Any, expected: str) -> str:
    words = _error_words(document)
    if words:
        return f'The control panel answered with an error in place of {expected}: "{words}".'
    if document is None or (isinstance(document, dict) and list(document.values()) == [None]):
        return _empty("the body is empty: null")
    kinds = {dict: "an object", list: "a list", str: "text", bool: "a flag"}
    return f"The answer should be {expected} and is {kinds.get(type(document), 'a number')}. {NOT_THE_API}"


def _from_json(body: bytes) -> tuple[t.Any, bool]:
    """The value of a JSON body, and whether anything in it is damaged.

    A value of an object that has two for one name becomes BROKEN, a byte that is no UTF-8 a lone surrogate. NaN,
    Infinity and control characters are no JSON: they make one value odd, not the whole list unreadable. Raises
    ValueError, RecursionError.
    """
    is_damaged = b"\\u" in body and ESCAPED_SURROGATE.search(body) is not None
    try:
        text = body.decode()
    except UnicodeDecodeError:
        if len(body) > LARGEST_DAMAGED:
            raise
        text, is_damaged = body.decode("utf-8", "surrogateescape"), True
    may_have_long_numbers = DIGITS_OF_LONG_NUMBER in body[::4].translate(DIGITS_TO_ZERO)
    read = functools.partial(
        json.loads,
        text.removeprefix("\ufeff"),
        parse_constant=str,
        parse_float=_fields.finite_float,
        parse_int=_short_integer if may_have_long_numbers else None,
        strict=False,
    )
    document = read()
    # Where all values are there that the brackets and commas announce, no object has two values for one name.
    missing_commas = body.count(b",")
    missing_containers = body.count(b"{") + body.count(b"[")
    level = _fields.containers_in([document])
    for _depth in range(DEEPEST):
        missing_containers -= len(level)
        missing_commas -= sum(map(len, level)) - sum(map(bool, level))
        if missing_containers <= 0:
            break
        items = (outer.values() if outer.__class__ is dict else outer for outer in level)
        level = [item for values in items for item in values if item.__class__ in _fields.CONTAINERS]
    if missing_containers > 0 and level:
        raise ValueError(f"it is nested deeper than {DEEPEST}")
    ambiguous: set[str] = set()
    if missing_commas:
        del document, level  # two of a large one would take twice the memory
        document = read(object_pairs_hook=functools.partial(unique, ambiguous))
    return document, is_damaged or bool(ambiguous)


def _short_integer(text: str) -> int | str:
    """A whole number; one that is too long for any field stays text, as Python may not even print it."""
    return int(text) if len(text.lstrip("-")) <= _fields.MOST_DIGITS else text


def _map_texts(value: t.Any, change: Callable[[str], str]) -> t.Any:
    """The same JSON value with every text in it, names too, changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_map_texts(item, change) for item in value]
    if isinstance(value, dict):
        return {change(name): _map_texts(item, change) for name, item in value.items()}
    return value


def _repaired(item: t.Any) -> t.Any:
    """The same value with damaged text replaced by U+FFFD; an object in which there was any is a DamagedRow."""
    repaired = _map_texts(item, lambda text: BROKEN_TEXT.sub("\ufffd", text))
    return DamagedRow(repaired) if isinstance(repaired, dict) and repaired != item else repaired


def _texts(value: t.Any, name: str = "") -> Iterator[str]:
    """Every text in an error document, each field's with its name (`base` stands for the whole object)."""
    if isinstance(value, dict):
        for key, item in _fields.remove_secrets(dict(value)).items():
            yield from _texts(item, "" if key in ("base", *ERROR_NAMES) else str(key))
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, name)
    elif value is not None:
        yield f"{name}: {value}" if name else str(value)


class XmlError(ValueError):
    """The document is not well-formed, or uses what no panel sends and no reader should accept."""


class _Element:
    __slots__ = ("children", "name", "text", "type")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name.replace("-", "_")
        self.type = "nil" if attributes.get("nil") in ("true", "1") else attributes.get("type", "")
        self.children: list[tuple[str, t.Any]] = []
        self.text: list[str] = []

    def value(self, ambiguous: set[str]) -> t.Any:
        if self.type == "nil":
            return None
        repeats = len(self.children) > 1 and len({name for name, _value in self.children}) == 1
        text = "".join(self.text)
        if self.type == "array" and text.strip():
            return text
        if self.type == "array" or (not self.type and repeats):
            # Plain values lose their name here, by which secrets are recognised and removed later.
            return [
                {name: value} if isinstance(value, (dict, list)) else value
                for name, value in self.children
                if isinstance(value, (dict, list)) or not _fields.is_secret_name(name)
            ]
        if self.children:
            return unique(ambiguous, self.children)
        return _typed(text, self.type)


def unique(ambiguous: set[str], pairs: list[tuple[str, t.Any]]) -> dict[str, t.Any]:
    """The object of some pairs, with BROKEN for a name that has different values, which is added to `ambiguous`."""
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    found.clear()
    for name, value in pairs:
        if found.setdefault(name, value) != value:
            found[name] = BROKEN
            ambiguous.add(name)
    return found


def parse_xml(body: bytes) -> tuple[t.Any, bool]:
    """The value of a document in Rails' typed XML, as JSON has it, and whether anything in it is damaged.

    `<backups type="array"><backup><id type="integer">7</id></backup></backups>` becomes `[{"backup": {"id": 7}}]`. The
    numbers of OnApp 2.x have no type and stay text. What XML cannot hold becomes BROKEN, and so does a field with two
    values: it must not make the other rows unreadable. Raises XmlError. A document type or an entity declaration is
    refused before it can name a file or grow.
    """
    ambiguous: set[str] = set()
    sound = body
    try:
        root, value = _parse_root(body, ambiguous)
    except XmlError:
        if len(body) > LARGEST_DAMAGED:
            raise
        sound = _sound(body)
        if sound == body:
            raise
        root, value = _parse_root(sound, ambiguous)
    if not (isinstance(value, list) and root != "errors") and not (isinstance(value, dict) and root == "hash"):
        value = {root: value}
    return value, bool(ambiguous) or sound is not body


def _sound(body: bytes) -> bytes:
    """A document in UTF-8 with BROKEN in place of all that XML cannot hold."""
    text = _text.XML_FORBIDDEN.sub(BROKEN, body.decode("utf-8", "surrogateescape"))
    return XML_REFERENCE.sub(_sound_reference, text).encode()


def _sound_reference(match: re.Match[str]) -> str:
    number = int(match.group(1), 16) if match.group(1) else int(match.group(2))
    is_sound = number <= 0x10FFFF and (number in (9, 10, 13) or not _text.XML_FORBIDDEN.match(chr(number)))
    return match.group(0) if is_sound and number else BROKEN


def _parse_root(body: bytes, ambiguous: set[str]) -> tuple[str, t.Any]:
    """The name of a document's root element and its value, see `unique`. Raises XmlError."""
    root = _Element("", {})
    open_elements = [root]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_elements) > DEEPEST:
            raise XmlError(f"elements are nested deeper than {DEEPEST}")
        open_elements.append(_Element(name, attributes))

    def end(unused: str) -> None:
        element = open_elements.pop()
        open_elements[-1].children.append((element.name, element.value(ambiguous)))

    def text(data: str) -> None:
        open_elements[-1].text.append(data)

    def refuse(*unused: t.Any) -> None:
        raise XmlError("it declares a document type or entities, which no control panel does")

    parser = xml.parsers.expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except xml.parsers.expat.ExpatError as error:
        raise XmlError(str(error)) from error
    except (LookupError, ValueError) as error:
        if isinstance(error, XmlError):
            raise
        raise XmlError("its encoding cannot be read") from error
    return root.children[0]


def _typed(text: str, kind: str) -> t.Any:
    """The text of an element as its type says; text that is no such thing stays text."""
    stripped = text.strip()
    if kind in ("integer", "float", "boolean", "datetime", "dateTime", "date") and not stripped:
        return None
    if kind == "integer":
        return int(stripped) if XML_INTEGER.fullmatch(stripped) else text
    if kind == "float":
        try:
            return _fields.finite_float(stripped)
        except ValueError:
            return text
    if kind == "boolean":
        return {"true": True, "1": True, "false": False, "0": False}.get(stripped.lower(), text)
    return text
