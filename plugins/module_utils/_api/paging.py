# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads a paged list to its end and knows whether that was the end. Pure: pages come from a callable.

Panels differ. Some send `X-Total`; some send no totals; some ignore `page` and `per_page` and answer with everything;
some cap `per_page` for the whole panel (its setting `pagination_max_items_limit`). One algorithm reads them all.

The list goes on changing: when a row of a page that was read is deleted, the first of the next page moves to the page
before and is on none. So a list of several pages is read until two consecutive readings show the same rows.
"""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t
from collections.abc import Callable, Iterable

from .. import _errors, _text

MapPages = Callable[[Callable[[int], "Page"], Iterable[int]], Iterable["Page"]]

Row = dict[str, t.Any]
WALKS = 4
PAGES_AT_ONCE = 64
# Of one list. No list is that long: a longer list is not genuine.
MOST_PAGES = 100_000
MOST_WEIGHT = 320 * 1024 * 1024


class Page(t.NamedTuple):
    """One page: its rows, each with a whole number as `id`, and the panel's counts.

    `total` is the number of rows in all (`X-Total`), `limit` the panel's page size (`X-Limit`), `date` its clock
    (`Date`, UTC seconds), None where it sends none. Without a total, only a page shorter than `limit` is the last.
    `broken` are ids of rows with damaged text, `strange` the number of elements that are no rows, `weight` about the
    bytes that the page takes, 0 for the first page of a list.
    """

    rows: list[Row]
    total: int | None
    limit: int | None = None
    broken: t.Sequence[int] = ()
    strange: int = 0
    weight: int = 0
    date: float | None = None


class Listing(t.NamedTuple):
    """A list that was read: each row once, in the panel's order.

    `problem` says why rows may be missing, None when none are. `broken` are ids of rows with damaged text and of
    different rows with one id, `strange` is the number of elements that are no rows, `date` the panel's clock at the
    last answer that had a `Date`. Of selected rows, `listed` is the length of the list that was read for them.
    """

    rows: list[Row]
    problem: str | None
    broken: frozenset[int] = frozenset()
    strange: int = 0
    date: float | None = None
    listed: int | None = None


@dataclasses.dataclass
class LongestPage:
    """The longest page that this panel has sent. The panel's cap on pages cannot have cut a shorter one."""

    rows: int = 0


def read_list(
    fetch: Callable[[int], Page],
    page_size: int,
    longest_page: LongestPage,
    map_pages: MapPages = map,
    *,
    exact: bool = False,
) -> Listing:
    """Read every page of a list; `fetch` takes the number of a page, from 1, and requests `page_size` rows.

    `map_pages` applies `fetch` to several numbers, perhaps at once; it is used where the total says how many pages
    there are. A list of one page is read once, one of several at least twice, and up to WALKS times as long as it
    changes: rows come or go, or, with `exact`, any value in them differs.
    """
    before: t.Any = None
    for _number in range(WALKS):
        walk = _Walk(fetch, page_size, longest_page, map_pages)
        walk.run()
        if len(walk.totals) < 2 and walk.is_single:
            return walk.listing()
        shown = walk.digest() if exact else frozenset(walk.rows)
        if (len(walk.totals) < 2 and shown == before) or walk.is_endless:
            return walk.listing()
        before = shown
    return walk.listing()._replace(problem=f"the list changed each of the {WALKS} times that it was read")


@dataclasses.dataclass
class _Walk:
    """One reading of a list from its first page to its last."""

    fetch: Callable[[int], Page]
    page_size: int
    longest_page: LongestPage
    map_pages: MapPages
    rows: dict[int, Row] = dataclasses.field(default_factory=dict)
    broken: set[int] = dataclasses.field(default_factory=set)
    totals: set[int] = dataclasses.field(default_factory=set)
    strange: int = 0
    received: int = 0
    weight: int = 0
    pages: int = 0
    date: float | None = None
    problem: str | None = None
    is_single: bool = False

    @property
    def is_endless(self) -> bool:
        return self.problem is not None and (self.pages >= MOST_PAGES or self.weight > MOST_WEIGHT)

    def endless(self) -> str:
        return f"the panel sent {len(self.rows)} rows on {self.pages} pages and did not come to an end"

    def listing(self) -> Listing:
        return Listing(list(self.rows.values()), self.problem, frozenset(self.broken), self.strange, self.date)

    def digest(self) -> bytes:
        """Differs where any value of any row does."""
        digest = hashlib.sha256()
        for row in self.rows.values():
            digest.update(repr(row).encode())
        return digest.digest()

    def run(self) -> None:
        first = self.fetch(1)
        self.take(first)
        length = len(first.rows) + first.strange
        if first.total is not None and first.total >= length:
            self.run_with_total(first.total, length, first.limit)
        else:
            self.run_without_total(first)
        if self.weight > MOST_WEIGHT:
            self.problem = self.endless()
        # Pages that bring nothing show that the first was the whole list, unless it may have been cut.
        self.is_single = self.pages == 1 or (len(self.rows) == len(first.rows) and length != self.page_size)

    def take(self, page: Page) -> bool:
        """Keep the rows that are new; whether there was any.

        Rows that one page holds twice count as received, because the panel's total counts them, too.
        """
        self.pages += 1
        self.weight += page.weight
        self.date = max(filter(None, (self.date, page.date)), default=None)
        new = sum(row["id"] not in self.rows for row in page.rows)
        # A page that repeats known rows repeats its elements that are no rows, too.
        if new or self.pages == 1 or not page.rows:
            for row in page.rows:
                kept = self.rows.setdefault(row["id"], row)
                if kept is not row and kept != row:
                    self.broken.add(row["id"])
            self.received += new + page.strange
            self.strange += page.strange
            self.broken.update(page.broken)
        # A total that is the length of the page, as is the limit, says nothing about the list.
        if page.total is not None and not page.total == page.limit == len(page.rows) + page.strange:
            self.totals.add(page.total)
        self.longest_page.rows = max(self.longest_page.rows, len(page.rows) + page.strange)
        return bool(new)

    def run_with_total(self, total: int, page_length: int, limit: int | None) -> None:
        """The end is where as many rows were received as the panel counts, or where a page brings nothing new.

        A total that ends with a whole page costs one request more, because it may count too few rows. More rows than
        the total show that it is wrong: then only a page that brings nothing new is the end.
        """
        page_numbers = range(2, min(-(-total // page_length), MOST_PAGES) + 1) if page_length else range(0)
        for start in range(0, len(page_numbers), PAGES_AT_ONCE):
            known = len(self.rows)
            for page in self.map_pages(self.fetch, page_numbers[start : start + PAGES_AT_ONCE]):
                self.take(page)
                if self.weight > MOST_WEIGHT:
                    return
            if len(self.rows) == known:
                break
        number = page_numbers.stop
        while page_length and number <= MOST_PAGES and self.weight <= MOST_WEIGHT and len(self.totals) < 2:
            ends_with_whole_page = total % page_length == 0 and (
                number > 2 or page_length == self.page_size or (page_length == limit and limit < self.page_size)
            )
            if self.received == total and not ends_with_whole_page:
                break
            if not self.take(self.fetch(number)):
                break
            number += 1
        if self.received < total:
            self.problem = f"the panel counts {total} rows and sent {self.received}"
        elif self.received > total and number > MOST_PAGES:
            self.problem = self.endless()

    def run_without_total(self, first: Page) -> None:
        """The end is a page that is empty, repeats known rows, or is shorter than what this panel can send."""
        number, page = 1, first
        limit = first.limit or self.page_size
        while len(page.rows) + page.strange >= min(self.longest_page.rows, self.page_size, limit):
            number += 1
            if number > MOST_PAGES or self.weight > MOST_WEIGHT:
                self.problem = self.endless()
                return
            page = self.fetch(number)
            if not self.take(page):
                break
        length = len(first.rows) + first.strange
        if number == 2 and page.rows and length and length % self.page_size == 0 and len(self.rows) == len(first.rows):
            self.problem = (
                f"the panel sends the same {length} rows for every page, which may be all or the first of more"
            )


def list_error(listing: Listing, wrapper: str) -> _errors.DecodeError | None:
    """What could not be read of a list of `wrapper` rows, None when it is whole."""
    what = wrapper.replace("_", " ") + "s"
    if listing.problem:
        return incomplete(what, listing.problem)
    if listing.strange:
        return strange_rows(what, listing.strange)
    return damaged_text(wrapper, listing.broken) if listing.broken else None


def incomplete(what: str, problem: str) -> _errors.DecodeError:
    """The error of a list that was not read to its end."""
    return _errors.DecodeError(
        f"The list of {what} is incomplete: {problem}. Run again; if that does not help, change page_size."
    )


def strange_rows(what: str, number: int) -> _errors.DecodeError:
    """The error of a list with elements that are no rows."""
    return _errors.DecodeError(
        f"The list of {what} holds {elements_without_id(number)}. Report it to the administrators of the panel."
    )


def elements_without_id(number: int) -> str:
    """The elements of a list that are no rows, in words."""
    return f"{_text.counted(number, 'element')} without a whole number as id, such as null"


def damaged_text(wrapper: str, ids: Iterable[int]) -> _errors.DecodeError:
    """The error for rows, by id, that hold text which was damaged on its way."""
    kind = wrapper.replace("_", " ")
    return _errors.DecodeError(
        f"The row of {_text.ids_named(kind, sorted(ids))} holds bytes or characters that are no text, or another row"
        " with the same id differs. Correct the label or note in the panel, or report it to its administrators."
    )


def unreadable_value(text: str) -> _errors.DecodeError:
    """The error for a record with a value that has no meaning, which `unreadable_fields` found."""
    return _errors.DecodeError(f"{text[0].upper()}{text[1:]}.")
