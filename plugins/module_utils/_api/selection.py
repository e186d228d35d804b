# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Finds the virtual machines that a user named, with the fewest requests.

Digits are only ever an id, exactly 14 of `[a-z0-9]` only ever an identifier: a tenant must not take another virtual
machine's place by a label. `label:` and `hostname:` force a name; any other text is a label or a host name. An id or an
identifier costs one request. A single name is looked up through the panel's own search, and in the whole list where the
search does not show it. Several names are looked up in the whole list, read once.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.decode import DamagedRow
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError, DecodeError, NotFoundError
from ansible_collections.community.onapp.plugins.module_utils._fields import as_text
from ansible_collections.community.onapp.plugins.module_utils._text import counted, ids_named, printable

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
    from ansible_collections.community.onapp.plugins.module_utils._api.paging import Listing

    Row = dict[str, t.Any]

NUMBER = re.compile(r"[0-9]+")
IDENTIFIER = re.compile(r"[a-z0-9]{14}")
FORCED = re.compile(r"(label|hostname):\s*(.*)", re.DOTALL)
ID_FIELDS = ("id", "identifier")
NAME_FIELDS = ("label", "hostname")
MOST_SINGLE_LOOK_UPS = 10
MOST_MATCHES_SHOWN = 10


class SelectedVms(t.NamedTuple):
    """The rows of the selected virtual machines, each once.

    `problem` tells why rows may be missing, None when none are. `listed` is the number of virtual machines that the
    panel listed, None when the list was not read. `broken` are ids of unreadable rows, `strange` is the number
    of listed elements that are no rows.
    """

    rows: list[Row]
    problem: str | None
    listed: int | None
    broken: frozenset[int] = frozenset()
    strange: int = 0


class _Name(t.NamedTuple):
    """An entry of the option: its text, the value to look for, and the fields that may have that value."""

    text: str
    value: str
    fields: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> _Name:
        forced = FORCED.fullmatch(text)
        if forced:
            if not forced.group(2):
                raise ConfigError(f'The entry "{text}" of the option virtual_machines has no name after the colon.')
            return cls(text, forced.group(2), (forced.group(1),))
        if NUMBER.fullmatch(text):
            # An identifier of digits only is possible, if unlikely; a label never is meant.
            return cls(text, text.lstrip("0") or "0", ID_FIELDS if len(text) == 14 else ("id",))
        return cls(text, text, ("identifier",) if IDENTIFIER.fullmatch(text) else NAME_FIELDS)

    @property
    def is_name(self) -> bool:
        return self.fields[0] in NAME_FIELDS

    def matches(self, row: Row) -> bool:
        return any(self.value == (as_text(row.get(field)) or "").strip() for field in self.fields) or (
            not self.is_name and self.text == row.get("identifier")
        )


class VmSelector:
    """Finds virtual machines. `map_concurrently` works like `map`, with several requests in flight."""

    def __init__(self, client: Client, map_concurrently: Callable[..., Iterator[t.Any]]) -> None:
        self._client = client
        self._map = map_concurrently

    def select(self, texts: Sequence[str]) -> SelectedVms:
        """The rows for the names, in their order; every row, by id, when there are no names.

        Raises NotFoundError for names that match nothing, ConfigError for names that match more than one virtual
        machine, DecodeError for those whose match may be among what could not be read, and what the client raises.
        """
        names = list(dict.fromkeys(_Name.parse(text.strip()) for text in texts))
        if any(not name.text for name in names):
            raise ConfigError(
                "The option virtual_machines has an empty entry: remove it, or leave the option empty for all."
            )
        if not names:
            whole = self.list_all()
            rows = sorted(whole.rows, key=lambda row: t.cast(int, row["id"]))
            return SelectedVms(rows, whole.problem, len(rows), whole.broken, whole.strange)
        found = self._get_each([name for name in names if not name.is_name])
        missing = [name for name in names if name not in found]
        listing = self._listing_for(missing) if missing else None
        if listing is not None:
            found.update(_match(missing, listing))
        rows_by_id = {found[name]["id"]: found[name] for name in names}
        return SelectedVms(
            list(rows_by_id.values()),
            None,
            len(listing.rows) if listing else None,
            (listing.broken if listing else frozenset())
            | {row["id"] for row in found.values() if isinstance(row, DamagedRow)},
        )

    def list_all(self, **query: str) -> Listing:
        """The list of all virtual machines, or of those that the panel's search finds."""
        return self._client.get_list("virtual_machine", "virtual_machines", query=query, map_pages=self._map)

    def _get_each(self, names: list[_Name]) -> dict[_Name, Row]:
        """The rows of ids and identifiers that the panel knows; the first alone: a wrong password is sent once."""
        if len(names) > MOST_SINGLE_LOOK_UPS:
            return {}
        answers = [*map(self._get, names[:1]), *self._map(self._get, names[1:])]
        return {name: row for name, row in zip(names, answers) if row is not None}

    def _get(self, name: _Name) -> Row | None:
        try:
            row = self._client.get_row("virtual_machine", "virtual_machines", name.value)
        except NotFoundError:
            return None
        return row if name.matches(row) else None

    def _listing_for(self, names: list[_Name]) -> Listing:
        """A list in which to look for the names."""
        if len(names) == 1 and names[0].is_name:
            searched = self.list_all(q=names[0].value)
            if any(map(names[0].matches, searched.rows)):
                return searched
        return self.list_all()


def _match(names: list[_Name], listing: Listing) -> dict[_Name, Row]:
    """The one row for each name."""
    rows_by_value: dict[tuple[str, str], list[Row]] = {}
    for row in listing.rows:
        for field in (*ID_FIELDS, *NAME_FIELDS):
            rows_by_value.setdefault((field, (as_text(row.get(field)) or "").strip()), []).append(row)
    found: dict[_Name, Row] = {}
    missing: list[_Name] = []
    unsure: list[_Name] = []
    for name in names:
        values = [(field, name.text if field == "identifier" else name.value) for field in name.fields]
        matches = {row["id"]: row for value in values for row in rows_by_value.get(value, ())}
        if len(matches) > 1:
            raise ConfigError(
                f'The name "{printable(name.text)}" in virtual_machines matches {len(matches)} virtual machines:'
                f" {_shown(list(matches.values()))}. Use the id or the identifier of the one that you mean."
            )
        if matches:
            found[name] = next(iter(matches.values()))
        # A row that could not be read may be the one that is meant, or a second one of that name.
        if (name.is_name or not matches) and (listing.problem or listing.strange):
            unsure.append(name)
        elif not matches:
            (unsure if name.is_name and listing.broken else missing).append(name)
    if unsure:
        raise DecodeError(
            f"The list of virtual machines cannot be read whole ({_unreadable(listing)}), so it is not known which"
            f" virtual machine is {_quoted(unsure)} in virtual_machines. Use ids or identifiers, or run again."
        )
    if missing:
        raise NotFoundError(
            f"No virtual machine that this account may read matches {_quoted(missing)} in virtual_machines. Digits"
            " are only looked up as an id, exactly 14 lower-case letters and digits only as an identifier; write the"
            " prefix label: or hostname: before a name of that form. Check the spelling (case matters) and the"
            " account's permissions."
        )
    return found


def _unreadable(listing: Listing) -> str:
    """What of a list could not be read, in words."""
    texts = [listing.problem] if listing.problem else []
    if listing.strange:
        texts.append(f"{counted(listing.strange, 'element')} without a whole number as id, such as null")
    if listing.broken:
        texts.append(f"damaged text in the row of {ids_named('virtual machine', sorted(listing.broken))}")
    return "; ".join(texts)


def _quoted(names: list[_Name]) -> str:
    return ", ".join(f'"{printable(name.text)}"' for name in names)


def _shown(rows: list[Row]) -> str:
    texts = [
        f"id {row['id']} (label {printable(row.get('label'))}, host name {printable(row.get('hostname'))})"
        for row in rows[:MOST_MATCHES_SHOWN]
    ]
    more = len(rows) - len(texts)
    return "; ".join(texts) + (f"; and {more} more" if more > 0 else "")
