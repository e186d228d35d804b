# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paged lists on panels with any kind of paging: each row once, in a bounded number of requests."""

from __future__ import annotations

import concurrent.futures
import itertools

import pytest
from ansible_collections.community.onapp.plugins.module_utils._api import paging
from ansible_collections.community.onapp.plugins.module_utils._api.paging import (
    PAGES_AT_ONCE,
    WALKS,
    Listing,
    LongestPage,
    Page,
    read_list,
)
from hypothesis import example, given
from hypothesis import strategies as st


class Panel:
    """A list on a panel. Called with a page's number, it answers with the page and counts the request.

    `cap` is the panel's limit of the page size. `total` makes an X-Total of the true number of rows. `ignores_paging`
    sends all rows each time, `repeats_last_page` the last page instead of empty ones. `on_answer` is called with the
    rows and the number of the request after each answer.
    """

    def __init__(
        self,
        length,
        page_size=10,
        *,
        cap=10**6,
        total=lambda length: None,
        ignores_paging=False,
        repeats_last_page=False,
        on_answer=lambda rows, request: None,
    ):
        self.rows = [{"id": number} for number in range(length)]
        self.page_size = page_size
        self.page_length = min(page_size, cap)
        self.total = total
        self.ignores_paging = ignores_paging
        self.repeats_last_page = repeats_last_page
        self.on_answer = on_answer
        self.requests = []

    def __call__(self, number):
        self.requests.append(number)
        if self.ignores_paging:
            start, end = 0, len(self.rows)
        else:
            if self.repeats_last_page:
                number = min(number, self.pages)
            start, end = (number - 1) * self.page_length, number * self.page_length
        page = Page(self.rows[start:end], self.total(len(self.rows)))
        self.on_answer(self.rows, len(self.requests))
        return page

    @property
    def pages(self):
        """The number of pages with rows, at least 1."""
        return max(1, -(-len(self.rows) // self.page_length))

    @property
    def ends_with_full_page(self):
        """Whether one more page is requested, because the total may be too low."""
        if self.ignores_paging:
            return len(self.rows) == self.page_size
        is_full = len(self.rows) > 0 and len(self.rows) % self.page_length == 0
        return is_full and (self.pages > 1 or self.page_length == self.page_size)

    @property
    def readings(self):
        """How often an unchanged list is read: one with several pages twice, to detect changes."""
        if len(self.rows) == self.page_size:
            return 2
        return 1 if self.ignores_paging or self.pages == 1 else 2

    @property
    def is_provable(self):
        """Whether the answers prove that all rows were sent: not if the only page is full and is sent again."""
        counts = self.total(len(self.rows)) is not None
        is_repeated = self.ignores_paging or (self.repeats_last_page and self.pages == 1)
        return counts or not self.rows or len(self.rows) % self.page_size > 0 or not is_repeated

    @property
    def requests_needed(self):
        """The number of requests for an unchanged list with right totals."""
        return self.readings * ((1 if self.ignores_paging else self.pages) + self.ends_with_full_page)

    def read(self, longest_page=None, map_pages=map):
        return read_list(self, self.page_size, longest_page or LongestPage(), map_pages)


def ids(listing):
    return [row["id"] for row in listing.rows]


def true_total(length):
    return length


LENGTHS = [0, 1, 3, 4, 5, 9, 10, 11, 19, 20, 21, 25, 200]
REPEATS = pytest.mark.parametrize("repeats_last_page", [False, True], ids=["empty behind it", "repeats its last page"])
CAPS = pytest.mark.parametrize("cap", [10**6, 10, 4, 1], ids=lambda cap: f"cap {cap}")


@pytest.mark.parametrize("length", LENGTHS)
@REPEATS
@CAPS
class TestCorrectPanels:
    def test_requests_with_totals(self, length, cap, repeats_last_page):
        panel = Panel(length, cap=cap, total=true_total, repeats_last_page=repeats_last_page)
        listing = panel.read()
        assert ids(listing) == list(range(length))
        assert listing.problem is None
        assert panel.requests == panel.readings * list(range(1, panel.pages + panel.ends_with_full_page + 1))

    def test_requests_without_totals(self, length, cap, repeats_last_page):
        panel = Panel(length, cap=cap, repeats_last_page=repeats_last_page)
        listing = panel.read()
        assert ids(listing) == list(range(length))
        assert (listing.problem is None) == panel.is_provable
        assert len(panel.requests) <= panel.readings * (panel.pages + 1)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("total", [true_total, lambda length: None], ids=["totals", "no totals"])
def test_panel_that_ignores_paging(length, total):
    panel = Panel(length, total=total, ignores_paging=True)
    listing = panel.read()
    assert ids(listing) == list(range(length))
    assert (listing.problem is None) == panel.is_provable
    assert len(panel.requests) <= (panel.requests_needed if total is true_total else 2 * panel.readings)


class TestWrongTotals:
    @pytest.mark.parametrize("excess", [1, 9, 10, 11, 640, 10**9])
    @pytest.mark.parametrize("length", [1, 9, 10, 25, 1000])
    @REPEATS
    def test_too_high_total(self, length, excess, repeats_last_page):
        panel = Panel(length, total=lambda length: length + excess, repeats_last_page=repeats_last_page)
        listing = panel.read()
        assert ids(listing) == list(range(length))
        assert listing.problem == f"the panel counts {length + excess} rows and sent {length}"
        # The first page, blocks of pages up to an empty one, and one more page.
        blocks = -(-(panel.pages - 1) // PAGES_AT_ONCE) + 1
        readings = 2 if length >= 10 else 1
        assert len(panel.requests) <= readings * (1 + blocks * PAGES_AT_ONCE + 1)
        assert len(panel.requests) <= readings * (-(-(length + excess) // min(10, length)) + 1)

    def test_total_without_rows(self):
        panel = Panel(0, total=lambda length: 5)
        assert panel.read()[:2] == ([], "the panel counts 5 rows and sent 0")
        assert panel.requests == [1]

    @pytest.mark.parametrize("total", [-1, 0, 1, 9, 10, 11, 15, 19, 20, 21, 29, 30, 31])
    @REPEATS
    def test_too_low_total(self, total, repeats_last_page):
        panel = Panel(35, total=lambda length: total, repeats_last_page=repeats_last_page)
        listing = panel.read()
        assert ids(listing) == list(range(35))
        assert listing.problem is None
        assert len(panel.requests) <= 2 * (panel.pages + 1)

    def test_panel_that_sends_its_first_page_only(self):
        panel = Panel(35, total=true_total)
        listing = read_list(lambda number: panel(1), 10, LongestPage())
        assert ids(listing) == list(range(10))
        assert listing.problem == "the panel counts 35 rows and sent 10"
        assert len(panel.requests) == 2 * 5

    def test_hidden_rows(self):
        """A panel that removes rows without permission from each page."""

        def fetch(number):
            rows = [{"id": n} for n in range((number - 1) * 10, min(number * 10, 35)) if n % 3]
            return Page(rows, 35)

        listing = read_list(fetch, 10, LongestPage())
        assert ids(listing) == [n for n in range(35) if n % 3]
        assert listing.problem == "the panel counts 35 rows and sent 23"


def insert_in_front(rows):
    rows.insert(0, {"id": 1000 + len(rows)})


def remove_first(rows):
    del rows[0]


def replace_last(rows):
    del rows[-1]
    rows.insert(0, {"id": 2000})


def replace_first(rows):
    del rows[0]
    rows.append({"id": 2000})


CHANGES = pytest.mark.parametrize("change", [insert_in_front, remove_first, replace_first, replace_last])


class TestRowsThatMove:
    """If rows move between pages, each unchanged row is returned once, or the problem is reported."""

    @CHANGES
    @pytest.mark.parametrize("has_totals", [True, False])
    @pytest.mark.parametrize("moment", [1, 2, 3, 4])
    def test_list_that_changes_once(self, change, moment, has_totals):
        total = true_total if has_totals else lambda length: None
        panel = Panel(35, total=total, on_answer=lambda rows, request: request == moment and change(rows))
        assert panel.read()[:2] == (panel.rows, None)
        # The totals of the first reading or the second reading show the change; then two readings are equal.
        assert len(panel.requests) <= 3 * (panel.pages + 1)

    @pytest.mark.parametrize("length", [9, 10, 11])
    def test_row_that_moves_into_a_full_page(self, length):
        """Without a total, an empty second page does not prove that there was no row behind the first."""
        panel = Panel(length, on_answer=lambda rows, request: request == 1 and remove_first(rows))
        listing = panel.read()
        assert set(range(1, length)) <= {*ids(listing)} and listing.problem is None

    @CHANGES
    def test_list_that_always_changes(self, change):
        panel = Panel(200, total=true_total, on_answer=lambda rows, request: change(rows))
        listing = panel.read()
        assert listing.problem == f"the list changed each of the {WALKS} times that it was read"
        assert len(ids(listing)) == len(set(ids(listing)))
        assert len(panel.requests) <= WALKS * (panel.pages + 10)

    def test_first_version_of_a_row_is_kept(self):
        pages = [
            Page([{"id": 1, "at": 1}, {"id": 2, "at": 1}], None),
            Page([{"id": 2, "at": 2}, {"id": 3}], None),
            Page([], None),
        ]
        assert read_list(lambda number: pages[number - 1], 2, LongestPage()).rows == [
            {"id": 1, "at": 1},
            {"id": 2, "at": 1},
            {"id": 3},
        ]


class TestHostilePanels:
    """The bound: MOST_PAGES requests for each of at most WALKS walks."""

    MOST_PAGES = 300

    @pytest.fixture(autouse=True)
    def _bound(self, monkeypatch):
        monkeypatch.setattr(paging, "MOST_PAGES", self.MOST_PAGES)

    @staticmethod
    def endless(total):
        requests = []

        def fetch(number):
            requests.append(number)
            return Page([{"id": number}], total(number))

        return fetch, requests

    def test_huge_total_and_endless_rows(self):
        fetch, requests = self.endless(lambda number: 10**9)
        listing = read_list(fetch, 100, LongestPage())
        assert listing.problem == f"the panel counts 1000000000 rows and sent {self.MOST_PAGES}"
        assert len(requests) == self.MOST_PAGES

    @pytest.mark.parametrize("total", [None, 0, 1, 5])
    def test_endless_rows(self, total):
        fetch, requests = self.endless(lambda number: total)
        listing = read_list(fetch, 1, LongestPage())
        sent = self.MOST_PAGES
        assert listing.problem == f"the panel sent {sent} rows on {sent} pages and did not come to an end"
        assert len(requests) == sent

    def test_endless_rows_above_the_total(self):
        requests = []

        def fetch(number):
            requests.append(number)
            return Page([{"id": 2 * number}, {"id": 2 * number + 1}], 3)

        listing = read_list(fetch, 2, LongestPage())
        assert listing.problem == (
            f"the panel sent {2 * self.MOST_PAGES} rows on {self.MOST_PAGES} pages and did not come to an end"
        )
        assert len(requests) == self.MOST_PAGES

    def test_growing_totals_and_endless_rows(self):
        fetch, requests = self.endless(lambda number: 10**9 + number)
        listing = read_list(fetch, 100, LongestPage())
        assert listing.problem.startswith("the panel counts 10000")
        assert len(requests) == self.MOST_PAGES

    def test_longest_list(self):
        panel = Panel(self.MOST_PAGES, 1, total=true_total)
        assert panel.read().problem is None
        assert len(panel.requests) == 2 * self.MOST_PAGES


class TestManyPagesAtOnce:
    def test_blocks_are_bounded_and_in_order(self):
        blocks = []

        def map_pages(fetch, numbers):
            blocks.append(list(numbers))
            return map(fetch, blocks[-1])

        panel = Panel(2000, total=true_total)
        assert ids(panel.read(map_pages=map_pages)) == list(range(2000))
        assert max(map(len, blocks)) == PAGES_AT_ONCE
        assert list(itertools.chain(*blocks)) == 2 * list(range(2, 201))

    def test_first_page_is_requested_alone(self):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            panel = Panel(95, total=true_total)
            listing = panel.read(map_pages=pool.map)
        assert (ids(listing), listing.problem) == (list(range(95)), None)
        assert panel.requests[0] == 1
        assert sorted(panel.requests) == sorted(2 * list(range(1, 11)))

    def test_error_ends_the_reading(self):
        def fetch(number):
            if number == 3:
                raise OSError("gone")
            return panel(number)

        panel = Panel(95, total=true_total)
        with pytest.raises(OSError, match="gone"):
            read_list(fetch, 10, LongestPage())


@given(
    length=st.integers(0, 120),
    page_size=st.integers(1, 40),
    cap=st.integers(1, 40),
    has_totals=st.booleans(),
    ignores_paging=st.booleans(),
    repeats_last_page=st.booleans(),
)
@example(length=40, page_size=40, cap=20, has_totals=False, ignores_paging=False, repeats_last_page=True)
def test_any_panel(length, page_size, cap, has_totals, ignores_paging, repeats_last_page):
    panel = Panel(
        length,
        page_size,
        cap=cap,
        total=true_total if has_totals else lambda length: None,
        ignores_paging=ignores_paging,
        repeats_last_page=repeats_last_page,
    )
    listing = panel.read()
    assert (listing.rows, listing.problem is None) == (panel.rows, panel.is_provable)
    pages = 1 if ignores_paging else panel.pages
    assert len(panel.requests) <= (panel.requests_needed if has_totals else panel.readings * (pages + 1))


class TestSharedLongestPage:
    @given(
        lengths=st.lists(st.integers(0, 60), min_size=1, max_size=8),
        page_size=st.integers(1, 20),
        cap=st.integers(1, 20),
        has_totals=st.booleans(),
        repeats_last_page=st.booleans(),
    )
    def test_lists_of_one_panel_in_any_order(self, lengths, page_size, cap, has_totals, repeats_last_page):
        longest_page = LongestPage()
        for length in lengths:
            panel = Panel(
                length,
                page_size,
                cap=cap,
                total=true_total if has_totals else lambda length: None,
                repeats_last_page=repeats_last_page,
            )
            listing = panel.read(longest_page)
            assert (listing.rows, listing.problem is None) == (panel.rows, panel.is_provable)
            assert len(panel.requests) <= panel.readings * (panel.pages + 1)

    @given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.integers(1, 20))
    def test_lists_of_one_panel_that_ignores_paging(self, lengths, page_size):
        longest_page = LongestPage()
        for length in lengths:
            panel = Panel(length, page_size, ignores_paging=True)
            listing = panel.read(longest_page)
            assert (listing.rows, listing.problem is None) == (panel.rows, panel.is_provable)
            assert len(panel.requests) <= 2 * panel.readings

    def test_page_shorter_than_an_earlier_one(self):
        longest_page = LongestPage()
        assert Panel(25, cap=4).read(longest_page).problem is None
        for length in (0, 1, 3):
            panel = Panel(length, cap=4)
            assert ids(panel.read(longest_page)) == list(range(length))
            assert panel.requests == [1]

    @pytest.mark.parametrize("order", list(itertools.permutations([0, 4, 8, 5])))
    def test_lists_that_end_with_a_full_page(self, order):
        longest_page = LongestPage()
        for length in order:
            assert ids(Panel(length, cap=4).read(longest_page)) == list(range(length))


def pages_of(*pages, then=()):
    """A function that fetches the given pages, and `then` for all others."""
    requests = []

    def fetch(number):
        requests.append(number)
        page = pages[number - 1] if number <= len(pages) else then
        return page if isinstance(page, Page) else Page([{"id": each} for each in page], None)

    return fetch, requests


class TestInvalidAnswers:
    def test_row_twice_on_one_page(self):
        fetch, _requests = pages_of(Page([{"id": 1}, {"id": 2}, {"id": 2}], 3))
        listing = read_list(fetch, 10, LongestPage())
        assert (ids(listing), listing.problem, listing.broken) == ([1, 2], None, frozenset())

    @pytest.mark.parametrize("changed", [{"built": False}, {"marked_for_delete": True}, {"built": None}])
    @pytest.mark.parametrize("order", [1, -1])
    def test_different_rows_with_one_id_on_one_page(self, changed, order):
        row = {"id": 2, "built": True}
        fetch, _requests = pages_of(Page([{"id": 1}, *[row, {**row, **changed}][::order]], 3))
        listing = read_list(fetch, 10, LongestPage())
        assert (ids(listing), listing.problem, listing.broken) == ([1, 2], None, {2})

    @pytest.mark.parametrize(("value", "broken"), [(False, {2}), (True, frozenset())])
    def test_different_rows_with_one_id_on_two_pages(self, value, broken):
        pages = [[{"id": 1}, {"id": 2, "built": True}], [{"id": 2, "built": value}, {"id": 3}]]
        fetch, _requests = pages_of(*(Page(rows, None) for rows in pages))
        listing = read_list(fetch, 2, LongestPage())
        assert (ids(listing), listing.problem, listing.broken) == ([1, 2, 3], None, broken)

    def test_row_again_on_the_next_page(self):
        fetch, _requests = pages_of(Page([{"id": 1}, {"id": 2}], 4), Page([{"id": 2}, {"id": 3}], 4), then=Page([], 4))
        assert read_list(fetch, 2, LongestPage()).problem == "the panel counts 4 rows and sent 3"

    def test_capped_page_with_its_length_as_total(self):
        first = Page([{"id": 1}, {"id": 2}], 2, limit=2)
        fetch, requests = pages_of(first, Page([{"id": 3}], 2, limit=2), then=Page([], 2, limit=2))
        listing = read_list(fetch, 10, LongestPage())
        assert ids(listing) == [1, 2, 3]
        assert 2 in requests

    def test_capped_page_without_a_total(self):
        pages = [Page([{"id": number} for number in ids], None, limit=2) for ids in ([1, 2], [3, 4], [5])]
        fetch, requests = pages_of(*pages, then=Page([], None, limit=2))
        listing = read_list(fetch, 10, LongestPage())
        assert (ids(listing), listing.problem, requests) == ([1, 2, 3, 4, 5], None, [1, 2, 3] * 2)

    @pytest.mark.parametrize("limit", [3, 10, 100, None])
    def test_page_shorter_than_the_limit(self, limit):
        fetch, requests = pages_of(Page([{"id": 1}, {"id": 2}], None, limit=limit), then=Page([], None))
        longest = LongestPage()
        longest.rows = 5
        assert (ids(read_list(fetch, 10, longest)), requests) == ([1, 2], [1])

    def test_capped_page_before_an_empty_one(self):
        fetch, requests = pages_of(Page([{"id": 1}, {"id": 2}], 2, limit=2), then=Page([], 2, limit=2))
        listing = read_list(fetch, 10, LongestPage())
        assert (ids(listing), listing.problem, requests) == ([1, 2], None, [1, 2])

    def test_capped_pages_with_their_lengths_as_totals(self):
        pages = [Page([{"id": number} for number in ids], len(ids), limit=len(ids)) for ids in ([1, 2], [3, 4], [5])]
        fetch, _requests = pages_of(*pages, then=Page([], 0, limit=0))
        listing = read_list(fetch, 10, LongestPage())
        assert (ids(listing), listing.problem) == ([1, 2, 3, 4, 5], None)

    def test_page_without_rows_but_with_elements(self):
        fetch, _requests = pages_of(Page([{"id": 1}, {"id": 2}], 3), Page([], 3, strange=1), then=Page([], 3))
        assert read_list(fetch, 2, LongestPage()) == Listing([{"id": 1}, {"id": 2}], None, frozenset(), 1)

    @pytest.mark.parametrize("length", [2, 4, 6])
    def test_same_rows_on_every_full_page(self, length):
        fetch, _requests = pages_of(then=range(length))
        assert "the same" in read_list(fetch, 2, LongestPage()).problem

    @pytest.mark.parametrize("length", [0, 1, 3, 5])
    def test_same_rows_on_every_short_page(self, length):
        fetch, _requests = pages_of(then=range(length))
        assert read_list(fetch, 2, LongestPage()).problem is None

    @pytest.mark.parametrize("total", [None, 3])
    def test_elements_that_are_no_rows(self, total):
        fetch, _requests = pages_of(Page([{"id": 1}, {"id": 2}], total, strange=1, broken=[2]))
        assert read_list(fetch, 10, LongestPage()) == Listing([{"id": 1}, {"id": 2}], None, {2}, 1)

    @pytest.mark.parametrize("total", [None, 10**6])
    def test_list_that_grows_too_large(self, total, monkeypatch):
        monkeypatch.setattr(paging, "MOST_WEIGHT", 1000)
        requests = []

        def fetch(number):
            requests.append(number)
            return Page([{"id": number}], total, weight=100)

        assert "did not come to an end" in read_list(fetch, 1, LongestPage()).problem
        assert len(requests) <= 11
