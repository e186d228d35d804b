# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Rails' typed XML, to the very objects that the panel's JSON gives.

`<backups type="array"><backup><id type="integer">7</id></backup></backups>` becomes `[{"backup": {"id": 7}}]`. Times
and decimals stay text, as in JSON. OnApp 2.x leaves numbers untyped; they stay text here and are typed by field later.
"""

from __future__ import annotations

import math
import re
import typing as t
import xml.parsers.expat

from ansible_collections.community.onapp.plugins.module_utils._fields import SECRET_NAME

DEEPEST = 64
INTEGER = re.compile(r"[+-]?[0-9]+")


class XmlError(ValueError):
    """The document is not well-formed, or uses what no panel sends and no reader should accept."""


class _Element:
    __slots__ = ("children", "name", "text", "type")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name.replace("-", "_")
        self.type = "nil" if attributes.get("nil") in ("true", "1") else attributes.get("type", "")
        self.children: list[tuple[str, t.Any]] = []
        self.text: list[str] = []

    def value(self) -> t.Any:
        if self.type == "nil":
            return None
        if self.type == "array" or (not self.type and self._repeats()):
            # Plain values lose their name here, by which secrets are known and taken out later.
            return [
                {name: value} if isinstance(value, (dict, list)) else value
                for name, value in self.children
                if isinstance(value, (dict, list)) or not SECRET_NAME.search(name)
            ]
        if self.children:
            return dict(self.children)
        return _typed("".join(self.text), self.type)

    def _repeats(self) -> bool:
        return len(self.children) > 1 and len({name for name, unused in self.children}) == 1


def parse(body: bytes) -> t.Any:
    """The JSON-like value of a document: a list for an array at the root, else `{root: value}`. Raises XmlError."""
    name, value = parse_root(body)
    return value if isinstance(value, list) else {name: value}


def parse_root(body: bytes) -> tuple[str, t.Any]:
    """The name of a document's root element and its JSON-like value.

    Raises XmlError. A document type or an entity declaration is refused before it can name a file or grow.
    """
    root = _Element("", {})
    open_elements = [root]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_elements) > DEEPEST:
            raise XmlError(f"elements are nested deeper than {DEEPEST}")
        open_elements.append(_Element(name, attributes))

    def end(unused: str) -> None:
        element = open_elements.pop()
        open_elements[-1].children.append((element.name, element.value()))

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
    try:
        if kind == "integer":
            return int(stripped) if INTEGER.fullmatch(stripped) else text
        if kind == "float":
            number = float(stripped)
            return number if math.isfinite(number) else text
    except ValueError:
        return text
    if kind == "boolean":
        return {"true": True, "1": True, "false": False, "0": False}.get(stripped.lower(), text)
    return text
