# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Rails' typed XML, to the very objects that the panel's JSON gives.

`<backups type="array"><backup><id type="integer">7</id></backup></backups>` becomes `[{"backup": {"id": 7}}]`. Times
and decimals stay text, as in JSON. OnApp 2.x leaves numbers untyped; they stay text here and are typed by field later.
"""

from __future__ import annotations

import re
import typing as t
import xml.parsers.expat

from ansible_collections.community.onapp.plugins.module_utils._fields import (
    MOST_DIGITS,
    finite_float,
    is_secret_name,
)

DEEPEST = 64
# Stands for what XML cannot hold. No panel sends it, because Unicode reserves it for such uses.
BROKEN = "\ufdd0"
INTEGER = re.compile(rf"[+-]?[0-9]{{1,{MOST_DIGITS}}}")
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,8}));")


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
        if self.type == "array" or (not self.type and repeats):
            # Plain values lose their name here, by which secrets are recognised and removed later.
            return [
                {name: value} if isinstance(value, (dict, list)) else value
                for name, value in self.children
                if isinstance(value, (dict, list)) or not is_secret_name(name)
            ]
        if self.children:
            return unique(ambiguous, self.children)
        return _typed("".join(self.text), self.type)


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


def parse(body: bytes) -> tuple[t.Any, bool]:
    """The JSON-like value of a document, and whether anything in it was replaced by BROKEN.

    The value is a list for an array at the root, the inner object for `hash`, else `{root: value}`. A byte or character
    that XML cannot hold becomes BROKEN, and so does a field with different values: they must not make the other rows
    unreadable. Raises XmlError. A document type or an entity declaration is refused before it can name a file or grow.
    """
    ambiguous: set[str] = set()
    sound = body
    try:
        root, value = _parse_root(body, ambiguous)
    except XmlError:
        sound = _sound(body)
        if sound == body:
            raise
        root, value = _parse_root(sound, ambiguous)
    if not (isinstance(value, list) and root != "errors") and not (isinstance(value, dict) and root == "hash"):
        value = {root: value}
    return value, bool(ambiguous) or sound is not body


def _sound(body: bytes) -> bytes:
    """A document in UTF-8 with BROKEN in place of all that XML cannot hold."""
    text = FORBIDDEN.sub(BROKEN, body.decode("utf-8", "surrogateescape"))
    return REFERENCE.sub(_sound_reference, text).encode()


def _sound_reference(match: re.Match[str]) -> str:
    number = int(match.group(1), 16) if match.group(1) else int(match.group(2))
    is_sound = number <= 0x10FFFF and (number in (9, 10, 13) or not FORBIDDEN.match(chr(number)))
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
        return int(stripped) if INTEGER.fullmatch(stripped) else text
    if kind == "float":
        try:
            return finite_float(stripped)
        except ValueError:
            return text
    if kind == "boolean":
        return {"true": True, "1": True, "false": False, "0": False}.get(stripped.lower(), text)
    return text
