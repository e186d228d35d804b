# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Reading a paged list to its end, and knowing whether that was the end. Pure: pages come from a callable.

Panels differ. Some send `X-Total`; some send no totals; some ignore `page` and `per_page` and answer with everything;
some cap `per_page` for the whole panel (its setting `pagination_max_items_limit`). The same walk reads them all.

Pages are windows on a list that goes on changing. When a row of a page that was read goes away, all rows behind it move
up, and the first of the next page is in none; the total stays the same where another row came. So a list of several
pages is read until two readings in a row show the same rows.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Row = dict[str, t.Any]
WALKS = 4
PAGES_AT_ONCE = 64
# No list is that long: a panel that sends new rows even then makes them up.
MOST_PAGES = 100_000


class Page(t.NamedTuple):
    """One page: its rows, each with an `id`, and the number of rows in all if the panel told it (`X-Total`)."""

    rows: list[Row]
    total: int | None


class Listing(t.NamedTuple):
    """A list that was read: each row once, in the panel's order; `problem` is None when it is known to be whole."""

    rows: list[Row]
    problem: str | None


class LongestPage:
    """The longest page that this panel has sent. A shorter one cannot have been cut by the panel's cap on pages."""

    def __init__(self) -> None:
        self.rows = 0

    def saw(self, page: Page) -> None:
        self.rows = max(self.rows, len(page.rows))


def read_list(
    fetch: Callable[[int], Page],
    page_size: int,
    longest_page: LongestPage,
    fetch_many: Callable[[Iterable[int]], Iterable[Page]] | None = None,
    *,
    exact: bool = False,
) -> Listing:
    """Read every page of a list; `fetch` takes a page's number, from 1, and asks for `page_size` rows.

    `fetch_many` may fetch several pages at once; it is used where the total says how many there are. A list of one page
    is read once, one of several at least twice, and up to WALKS times as long as it changes: rows come or go, or, with
    `exact`, any value in them is another.
    """
    before: t.Any = None
    rows: list[Row] = []
    for _walk in range(WALKS):
        walk = _Walk(fetch, page_size, longest_page, fetch_many or (lambda pages: map(fetch, pages)))
        walk.run()
        rows, shown = list(walk.rows.values()), walk.rows if exact else frozenset(walk.rows)
        is_settled = len(walk.totals) < 2 and (walk.is_single or shown == before)
        if is_settled or (walk.problem and walk.pages >= MOST_PAGES):
            return Listing(rows, walk.problem)
        before = shown
    return Listing(rows, f"the list changed each of the {WALKS} times that it was read")


class _Walk:
    """One reading of a list from its first page to its last."""

    def __init__(
        self,
        fetch: Callable[[int], Page],
        page_size: int,
        longest_page: LongestPage,
        fetch_many: Callable[[Iterable[int]], Iterable[Page]],
    ) -> None:
        self.fetch = fetch
        self.page_size = page_size
        self.longest_page = longest_page
        self.fetch_many = fetch_many
        self.rows: dict[t.Any, Row] = {}
        self.totals: set[int] = set()
        self.pages = 0
        self.problem: str | None = None
        self.is_single = False

    def run(self) -> None:
        first = self.fetch(1)
        self.take(first)
        if first.total is not None and first.total >= len(first.rows):
            self.run_with_total(first.total, len(first.rows))
        else:
            self.run_without_total(first)
        # Pages that bring nothing show that the first was the whole list, unless it may have been cut.
        self.is_single = self.pages == 1 or (len(self.rows) == len(first.rows) != self.page_size)

    def take(self, page: Page) -> bool:
        """Keep the rows that are new; whether there was any."""
        known = len(self.rows)
        self.pages += 1
        for row in page.rows:
            self.rows.setdefault(str(row["id"]), row)
        if page.total is not None:
            self.totals.add(page.total)
        self.longest_page.saw(page)
        return len(self.rows) > known

    def run_with_total(self, total: int, page_length: int) -> None:
        """The end is where the rows are as many as the panel counts; pages that bring nothing new end it too.

        It costs one request more where that is the end of a whole page. More rows than the panel counts show that it
        counts wrongly: then only pages that bring nothing new end it.
        """
        page_numbers = range(2, min(-(-total // page_length), MOST_PAGES) + 1) if page_length else range(0)
        for start in range(0, len(page_numbers), PAGES_AT_ONCE):
            known = len(self.rows)
            for page in self.fetch_many(page_numbers[start : start + PAGES_AT_ONCE]):
                self.take(page)
            if len(self.rows) == known:
                break
        number = page_numbers.stop
        while page_length and number <= MOST_PAGES and len(self.totals) == 1:
            # A total that ends with a whole page may be one that counts too few.
            ends_with_whole_page = total % page_length == 0 and (number > 2 or page_length == self.page_size)
            if len(self.rows) == total and not ends_with_whole_page:
                break
            if not self.take(self.fetch(number)):
                break
            number += 1
        if len(self.rows) < total:
            self.problem = f"the panel counts {total} rows and sent {len(self.rows)}"
        elif len(self.rows) > total and number > MOST_PAGES:
            self.problem = self.endless()

    def run_without_total(self, first: Page) -> None:
        """The end is a page that is empty, repeats what is known, or is shorter than what this panel can send."""
        number, page = 1, first
        while len(page.rows) >= min(self.longest_page.rows, self.page_size):
            number += 1
            if number > MOST_PAGES:
                self.problem = self.endless()
                return
            page = self.fetch(number)
            if not self.take(page):
                return

    def endless(self) -> str:
        return f"the panel sent {len(self.rows)} rows on {MOST_PAGES} pages and did not come to an end"
