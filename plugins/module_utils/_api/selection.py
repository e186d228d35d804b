# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the virtual machines that a user named, with the fewest requests.

Digits are only ever an id, exactly 14 of `[a-z0-9]` only ever an identifier: a tenant must not take another virtual
machine's place by a label. `label:` and `hostname:` force a name; any other text is a label or a host name. An id or an
identifier costs one request. A single name is looked up through the panel's search first, several in the whole list.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Iterator, Sequence

from .. import _errors, _fields, _text
from . import paging
from .decode import DamagedRow

if t.TYPE_CHECKING:
    from .client import Client

NUMBER = re.compile(r"[0-9]+")
IDENTIFIER = re.compile(r"[a-z0-9]{14}")
FORCED = re.compile(r"(label|hostname):\s*(.*)", re.DOTALL)
NAME_FIELDS = ("label", "hostname")
MOST_SINGLE_LOOK_UPS = 10
MOST_MATCHES_SHOWN = 10


class _Name(t.NamedTuple):
    """An entry of the option, and the fields that may have a value, with that value."""

    text: str
    keys: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str) -> _Name:
        forced = FORCED.fullmatch(text)
        if forced:
            if not forced.group(2):
                raise _errors.ConfigError(
                    f'The entry "{text}" of the option virtual_machines has no name after the colon.'
                )
            return cls(text, ((forced.group(1), forced.group(2)),))
        if NUMBER.fullmatch(text):
            # An identifier of digits only is possible, if unlikely; a label never is meant.
            own = ("id", text.lstrip("0") or "0")
            return cls(text, (own, ("identifier", text)) if len(text) == 14 else (own,))
        fields = ("identifier",) if IDENTIFIER.fullmatch(text) else NAME_FIELDS
        return cls(text, tuple((field, text) for field in fields))

    @property
    def is_name(self) -> bool:
        return self.keys[0][0] in NAME_FIELDS

    def matches(self, row: paging.Row) -> bool:
        return not _keys_of(row).isdisjoint(self.keys)


class VmSelector:
    """Finds virtual machines. `map_concurrently` works like `map`, with several requests in flight."""

    def __init__(self, client: Client, map_concurrently: Callable[..., Iterator[t.Any]]) -> None:
        self._client = client
        self._map = map_concurrently

    def select(self, texts: Sequence[str]) -> paging.Listing:
        """The rows for the names, each once and in their order; every row, by id, when there are no names.

        Raises NotFoundError for names that match nothing, ConfigError for names that match more than one virtual
        machine, DecodeError for those whose match may be among what could not be read, and what the client raises.
        """
        names = list(dict.fromkeys(_Name.parse(text.strip()) for text in texts))
        if any(not name.text for name in names):
            raise _errors.ConfigError(
                "The option virtual_machines has an empty entry: remove it, or leave the option empty for all."
            )
        if not names:
            whole = self.list_all()
            ordered = sorted(whole.rows, key=lambda row: t.cast(int, row["id"]))
            return whole._replace(rows=ordered, listed=len(ordered))
        found = self._get_each([name for name in names if not name.is_name])
        missing = [name for name in names if name not in found]
        listing = self._listing_for(missing) if missing else paging.Listing([], None)
        found.update(_match(missing, listing))
        rows = {found[name]["id"]: found[name] for name in names}
        broken = listing.broken.union(number for number, row in rows.items() if isinstance(row, DamagedRow))
        return paging.Listing(list(rows.values()), None, broken, listed=len(listing.rows) if missing else None)

    def list_all(self, **query: str) -> paging.Listing:
        """The list of all virtual machines, or of those that the panel's search finds."""
        return self._client.get_list("virtual_machine", "virtual_machines", query=query, map_pages=self._map)

    def _get_each(self, names: list[_Name]) -> dict[_Name, paging.Row]:
        """The rows of ids and identifiers that the panel knows; the first alone: a wrong password is sent once."""
        if len(names) > MOST_SINGLE_LOOK_UPS:
            return {}
        answers = [*map(self._get, names[:1]), *self._map(self._get, names[1:])]
        return {name: row for name, row in zip(names, answers) if row is not None}

    def _get(self, name: _Name) -> paging.Row | None:
        try:
            row = self._client.get_row("virtual_machine", "virtual_machines", name.keys[0][1])
        except _errors.NotFoundError:
            return None
        return row if name.matches(row) else None

    def _listing_for(self, names: list[_Name]) -> paging.Listing:
        """A list in which to look for the names."""
        if len(names) == 1 and names[0].is_name:
            searched = self.list_all(q=names[0].keys[0][1])
            if any(map(names[0].matches, searched.rows)):
                return searched
        return self.list_all()


def _keys_of(row: paging.Row) -> set[tuple[str, str]]:
    """The fields of a row by which it can be named, with their values."""
    return {(field, (_fields.as_text(row.get(field)) or "").strip()) for field in ("id", "identifier", *NAME_FIELDS)}


def _match(names: list[_Name], listing: paging.Listing) -> dict[_Name, paging.Row]:
    """The one row for each name."""
    rows_by_key: dict[tuple[str, str], list[paging.Row]] = {}
    for row in listing.rows:
        for key in _keys_of(row):
            rows_by_key.setdefault(key, []).append(row)
    found: dict[_Name, paging.Row] = {}
    missing: list[_Name] = []
    unsure: list[_Name] = []
    for name in names:
        matches = {row["id"]: row for key in name.keys for row in rows_by_key.get(key, ())}
        if len(matches) > 1:
            texts = [
                f"id {number} (label {_text.printable(row.get('label'))},"
                f" host name {_text.printable(row.get('hostname'))})"
                for number, row in matches.items()
            ]
            raise _errors.ConfigError(
                f'The name "{_text.printable(name.text)}" in virtual_machines matches {len(matches)} virtual machines:'
                f" {_text.some_of(texts, MOST_MATCHES_SHOWN)}. Use the id or the identifier of the one that you mean."
            )
        if matches:
            found[name] = next(iter(matches.values()))
        # A row that could not be read may be the one that is meant, or a second one of that name.
        if (name.is_name or not matches) and (listing.problem or listing.strange):
            unsure.append(name)
        elif not matches:
            (unsure if name.is_name and listing.broken else missing).append(name)
    if unsure:
        raise _errors.DecodeError(
            f"The list of virtual machines cannot be read whole ({_unreadable(listing)}), so it is not known which"
            f" virtual machine is {_quoted(unsure)} in virtual_machines. Use ids or identifiers, or run again."
        )
    if missing:
        raise _errors.NotFoundError(
            f"No virtual machine that this account may read matches {_quoted(missing)} in virtual_machines. Digits"
            " are only looked up as an id, exactly 14 lower-case letters and digits only as an identifier; write the"
            " prefix label: or hostname: before a name of that form. Check the spelling (case matters) and the"
            " account's permissions."
        )
    return found


def _unreadable(listing: paging.Listing) -> str:
    """What of a list could not be read, in words."""
    texts = [listing.problem] if listing.problem else []
    if listing.strange:
        texts.append(paging.elements_without_id(listing.strange))
    if listing.broken:
        texts.append(f"damaged text in the row of {_text.ids_named('virtual machine', sorted(listing.broken))}")
    return "; ".join(texts)


def _quoted(names: list[_Name]) -> str:
    return ", ".join(f'"{_text.printable(name.text)}"' for name in names)
