# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""From the names that a user gave to the rows of virtual machines, with the fewest requests.

An id or an identifier costs one request. A single label or host name is looked up through the panel's own search, and
in the whole list where the search shows nothing of that name. Several names are looked up in the whole list, read once.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.paging import Listing
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError, NotFoundError
from ansible_collections.community.onapp.plugins.module_utils._fields import as_integer, as_text
from ansible_collections.community.onapp.plugins.module_utils._text import printable

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ansible_collections.community.onapp.plugins.module_utils._api.client import Client

    Row = dict[str, t.Any]

NUMBER = re.compile(r"[0-9]{1,18}")
IDENTIFIER = re.compile(r"[a-z0-9]{14}")
MOST_SINGLE_LOOK_UPS = 10
MOST_MATCHES_SHOWN = 10


class SelectedVms(t.NamedTuple):
    """The rows of the virtual machines asked for, each once.

    `problem` tells why rows may be missing, None when none are. `listed` is the number of virtual machines that the
    panel listed, None when the list was not read.
    """

    rows: list[Row]
    problem: str | None
    listed: int | None


class VmSelector:
    """Finds the virtual machines asked for. `map_concurrently` works like `map`, with several requests in flight."""

    def __init__(self, client: Client, map_concurrently: Callable[..., Iterator[t.Any]]) -> None:
        self._client = client
        self._map = map_concurrently

    def choose(self, names: Sequence[str]) -> SelectedVms:
        """The rows for the names, in their order; every row, by id, when there are no names.

        Raises NotFoundError for names that match nothing, ConfigError for names that match more than one virtual
        machine, and what the client raises.
        """
        spec = list(dict.fromkeys(name.strip() for name in names))
        if "" in spec:
            raise ConfigError(
                "The option virtual_machines holds an empty name: remove it, or leave the option out for all."
            )
        if not spec:
            listing = self._list()
            rows = sorted(listing.rows, key=lambda row: as_integer(row["id"]) or 0)
            return SelectedVms(rows, listing.problem, len(rows))
        found = self._ask_for_each([name for name in spec if NUMBER.fullmatch(name) or IDENTIFIER.fullmatch(name)])
        unknown = [name for name in spec if name not in found]
        searched = self._listing_for(unknown)
        if searched is not None:
            found.update(_match(unknown, searched))
        rows_by_id = {str(found[name]["id"]): found[name] for name in spec}
        return SelectedVms(list(rows_by_id.values()), None, len(searched.rows) if searched else None)

    def _list(self, **query: str) -> Listing:
        return self._client.get_list("virtual_machine", "virtual_machines", query=query, map_pages=self._map)

    def _ask_for_each(self, names: list[str]) -> dict[str, Row]:
        """Rows by name of those names that are an id or identifier; the first alone: a password is tried once."""
        if len(names) > MOST_SINGLE_LOOK_UPS:
            return {}
        answers = [*map(self._ask_for, names[:1]), *self._map(self._ask_for, names[1:])]
        return {name: row for name, row in zip(names, answers) if row is not None}

    def _ask_for(self, name: str) -> Row | None:
        try:
            row = self._client.get_row("virtual_machine", "virtual_machines", name)
        except NotFoundError:
            return None
        return row if name in (str(row["id"]), row.get("identifier")) else None

    def _listing_for(self, names: list[str]) -> Listing | None:
        """A list in which to look for the names; None when there are none to look for."""
        if not names:
            return None
        if len(names) == 1:
            searched = self._list(q=names[0])
            if any(names[0] in _names(row) for row in searched.rows):
                return searched
        return self._list()


def _names(row: Row) -> Iterator[str]:
    yield str(row["id"])
    yield from filter(None, (as_text(row.get(field)) for field in ("identifier", "label", "hostname")))


def _match(names: Iterable[str], listing: Listing) -> dict[str, Row]:
    """The one row for each name. An id or an identifier goes before a label or a host name, which are not unique."""
    rows_by_name: dict[str, dict[str, Row]] = {}
    unique: dict[str, Row] = {}
    for row in listing.rows:
        for name in _names(row):
            rows_by_name.setdefault(name, {})[str(row["id"])] = row
        unique[str(row["id"])] = row
        if as_text(row.get("identifier")):
            unique[str(row["identifier"])] = row
    found = {name: unique[name] for name in names if name in unique}
    missing = []
    for name in names:
        matches = list(rows_by_name.get(name, {}).values())
        if name in found:
            continue
        if len(matches) > 1:
            raise ConfigError(
                f'The name "{printable(name)}" in virtual_machines matches {len(matches)} virtual machines:'
                f" {_shown(matches)}. Name the one you mean by its id or identifier."
            )
        if matches:
            found[name] = matches[0]
        else:
            missing.append(f'"{printable(name)}"')
    if missing:
        incomplete = f" The list is not whole, though: {listing.problem}." if listing.problem else ""
        raise NotFoundError(
            f"No virtual machine that this account may read has the id, identifier, label or host name"
            f" {', '.join(missing)}, named in virtual_machines. Check the spelling (upper and lower case differ) and"
            f" the account's permissions.{incomplete}"
        )
    return found


def _shown(rows: list[Row]) -> str:
    texts = [
        f"id {row['id']} (label {printable(row.get('label'))}, host name {printable(row.get('hostname'))})"
        for row in rows[:MOST_MATCHES_SHOWN]
    ]
    more = len(rows) - len(texts)
    return "; ".join(texts) + (f"; and {more} more" if more > 0 else "")
