# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Markup of the HTML report: everything goes through elements of the standard library, which escape what they hold.

The page is written piece by piece, a row or a section at a time, so that a large cloud needs no more memory than a
small one.
"""

from __future__ import annotations

import contextlib
import re
import typing as t
from xml.etree import ElementTree

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree.ElementTree import Element

    Content = t.Union[str, Element, None, Iterable["Content"]]
    Facts = dict[str, t.Any]

# What a HTML document may not hold: controls besides tab and line feed, lone surrogates and noncharacters.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
SIZES = ("KiB", "MiB", "GiB", "TiB")


def clean(text: str) -> str:
    """The text with U+FFFD in place of every character that HTML does not allow."""
    return FORBIDDEN.sub("\ufffd", text)


def element(tag: str, *content: Content, **attributes: str | float | None) -> Element:
    """An element; `class_` is written `class`, `aria_label` `aria-label`, and an attribute of None is left out."""
    made = ElementTree.Element(
        tag,
        {
            name.rstrip("_").replace("_", "-"): clean(str(value))
            for name, value in attributes.items()
            if value is not None
        },
    )
    _fill(made, content)
    return made


def _fill(parent: Element, content: Iterable[Content]) -> None:
    for item in content:
        if isinstance(item, str):
            _add_text(parent, clean(item))
        elif isinstance(item, ElementTree.Element):
            parent.append(item)
        elif item is not None:
            _fill(parent, item)


def _add_text(parent: Element, text: str) -> None:
    """Text after what the element holds already."""
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def markup(item: Element) -> str:
    """The element as HTML."""
    return ElementTree.tostring(item, encoding="unicode", method="html")


class Page:
    """A page on its way out: `write` takes its text."""

    def __init__(self, write: t.Callable[[str], object]) -> None:
        self.write = write

    def put(self, *items: Element) -> None:
        """Write whole elements, each on a line of its own."""
        for item in items:
            self.write(markup(item) + "\n")

    def put_lean_row(self, row: Element) -> None:
        """Write a row of many cells without the end tags of the cells, which HTML implies: that saves a third."""
        self.write(markup(row).replace("</td>", "") + "\n")

    @contextlib.contextmanager
    def inside(self, tag: str, **attributes: str | float | None) -> Iterator[None]:
        """Write the start of an element, then what the body of the `with` statement writes, then its end."""
        end = f"</{tag}>"
        self.write(markup(element(tag, **attributes))[: -len(end)] + "\n")
        yield
        self.write(end + "\n")

    @contextlib.contextmanager
    def section(self, name: str, heading: str) -> Iterator[None]:
        """A part of the report with its heading; `name` is where links lead."""
        with self.inside("section", id=name, aria_labelledby=f"{name}-heading"):
            self.put(element("h2", heading, id=f"{name}-heading"))
            yield

    @contextlib.contextmanager
    def table(self, caption: str, *headings: Element, kind: str | None = None) -> Iterator[None]:
        """A table that scrolls by itself where the page is narrow; `headings` are rows, the body writes the others."""
        with self.inside("div", class_="wide", role="region", tabindex=0, aria_label=caption):  # noqa: SIM117
            with self.inside("table", class_=kind):
                self.put(element("caption", caption), element("thead", *headings))
                with self.inside("tbody"):
                    yield


def heading_row(*names: Content) -> Element:
    """A row of column headings."""
    return element("tr", *(element("th", name, scope="col") for name in names))


def row(first: Content, *others: Content) -> Element:
    """A row whose first cell names it."""
    return element("tr", element("th", first, scope="row"), *(element("td", other) for other in others))


def foreign(text: str) -> Element:
    """Text that others wrote: its direction of writing does not reach beyond it."""
    return element("bdi", text)


def vm_name(number: int, label: str | None) -> list[Content]:
    """A virtual machine by its label and its id, which alone is unique."""
    return [foreign(label) if label and label.strip() else "no label", " ", element("small", f"#{number}")]


def time(text: str | None, absent: str = "none") -> Content:
    """A UTC time of the record, to the minute."""
    return element("time", f"{text[:10]} {text[11:16]} UTC", datetime=text) if text else absent


def count(number: int, one: str, many: str | None = None) -> str:
    """A number of things: `1 virtual machine`, `5,000 virtual machines`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def machines(number: int) -> str:
    """A number of virtual machines."""
    return count(number, "virtual machine")


def size_text(size: int | None) -> str:
    """Bytes as people read them: `620 B`, `303.6 MiB`."""
    if size is None:
        return "unknown"
    if size < 1024:
        return f"{size} B"
    value = size / 1024
    for unit in SIZES[:-1]:
        if value < 1024:
            return f"{value:,.1f} {unit}"
        value /= 1024
    return f"{value:,.1f} {SIZES[-1]}"


def some(items: Iterable[t.Any], limit: int = 10) -> str:
    """A list in a sentence; beyond `limit` the rest is counted."""
    texts = [str(item) for item in items]
    more = f" and {len(texts) - limit:,} more" if len(texts) > limit else ""
    return ", ".join(texts[:limit]) + more
