# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A paged list is read to its end from panels of every habit, each row once, in a bounded number of requests."""

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

    `cap` is the panel's own limit on pages. `total` makes an X-Total out of the true number of rows. `ignores_paging`
    sends everything each time, `repeats_last_page` the last page in place of those behind it. `meanwhile` is called
    with the rows and the number of the request after each answer.
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
        meanwhile=lambda rows, request: None,
    ):
        self.rows = [{"id": number} for number in range(length)]
        self.page_size = page_size
        self.page_length = min(page_size, cap)
        self.total = total
        self.ignores_paging = ignores_paging
        self.repeats_last_page = repeats_last_page
        self.meanwhile = meanwhile
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
        self.meanwhile(self.rows, len(self.requests))
        return page

    @property
    def pages(self):
        """How many pages have rows, at least 1."""
        return max(1, -(-len(self.rows) // self.page_length))

    @property
    def ends_with_whole_page(self):
        """Whether one page more is asked for, as the total may be too low."""
        if self.ignores_paging:
            return len(self.rows) == self.page_size
        is_whole = len(self.rows) > 0 and len(self.rows) % self.page_length == 0
        return is_whole and (self.pages > 1 or self.page_length == self.page_size)

    @property
    def readings(self):
        """How often a list that rests is read: one that is cut into pages once more, to see that nothing moved."""
        if len(self.rows) == self.page_size:
            return 2
        return 1 if self.ignores_paging or self.pages == 1 else 2

    @property
    def is_provable(self):
        """Whether the panel's answers show that its rows are all: not where the only page is full and comes again."""
        counts = self.total(len(self.rows)) is not None
        comes_again = self.ignores_paging or (self.repeats_last_page and self.pages == 1)
        return counts or not self.rows or len(self.rows) % self.page_size > 0 or not comes_again

    @property
    def requests_needed(self):
        """Those for a list that rests on a panel that counts its rows rightly."""
        return self.readings * ((1 if self.ignores_paging else self.pages) + self.ends_with_whole_page)

    def read(self, longest_page=None, map_pages=map):
        return read_list(self, self.page_size, longest_page or LongestPage(), map_pages)


def ids(listing):
    return [row["id"] for row in listing.rows]


def truth(length):
    return length


LENGTHS = [0, 1, 3, 4, 5, 9, 10, 11, 19, 20, 21, 25, 200]
REPEATS = pytest.mark.parametrize("repeats_last_page", [False, True], ids=["empty behind it", "repeats its last page"])
CAPS = pytest.mark.parametrize("cap", [10**6, 10, 4, 1], ids=lambda cap: f"cap {cap}")


@pytest.mark.parametrize("length", LENGTHS)
@REPEATS
@CAPS
class TestHonestPanels:
    def test_with_totals_as_many_requests_as_there_are_pages(self, length, cap, repeats_last_page):
        panel = Panel(length, cap=cap, total=truth, repeats_last_page=repeats_last_page)
        listing = panel.read()
        assert ids(listing) == list(range(length))
        assert listing.problem is None
        assert panel.requests == panel.readings * list(range(1, panel.pages + panel.ends_with_whole_page + 1))

    def test_without_totals_one_request_more_at_most(self, length, cap, repeats_last_page):
        panel = Panel(length, cap=cap, repeats_last_page=repeats_last_page)
        listing = panel.read()
        assert ids(listing) == list(range(length))
        assert (listing.problem is None) == panel.is_provable
        assert len(panel.requests) <= panel.readings * (panel.pages + 1)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("total", [truth, lambda length: None], ids=["totals", "no totals"])
def test_a_panel_that_ignores_paging(length, total):
    panel = Panel(length, total=total, ignores_paging=True)
    listing = panel.read()
    assert ids(listing) == list(range(length))
    assert (listing.problem is None) == panel.is_provable
    assert len(panel.requests) <= (panel.requests_needed if total is truth else 2 * panel.readings)


class TestWrongTotals:
    @pytest.mark.parametrize("excess", [1, 9, 10, 11, 640, 10**9])
    @pytest.mark.parametrize("length", [1, 9, 10, 25, 1000])
    @REPEATS
    def test_too_high_is_told_with_all_rows_that_there_are(self, length, excess, repeats_last_page):
        panel = Panel(length, total=lambda length: length + excess, repeats_last_page=repeats_last_page)
        listing = panel.read()
        assert ids(listing) == list(range(length))
        assert listing.problem == f"the panel counts {length + excess} rows and sent {length}"
        # The first page, whole blocks of pages up to one that brings nothing, and one page more.
        blocks = -(-(panel.pages - 1) // PAGES_AT_ONCE) + 1
        readings = 2 if length >= 10 else 1
        assert len(panel.requests) <= readings * (1 + blocks * PAGES_AT_ONCE + 1)
        assert len(panel.requests) <= readings * (-(-(length + excess) // min(10, length)) + 1)

    def test_rows_counted_and_none_sent(self):
        panel = Panel(0, total=lambda length: 5)
        assert panel.read()[:2] == ([], "the panel counts 5 rows and sent 0")
        assert panel.requests == [1]

    @pytest.mark.parametrize("total", [-1, 0, 1, 9, 10, 11, 15, 19, 20, 21, 29, 30, 31])
    @REPEATS
    def test_too_low_is_read_beyond_where_the_pages_show_it(self, total, repeats_last_page):
        panel = Panel(35, total=lambda length: total, repeats_last_page=repeats_last_page)
        listing = panel.read()
        assert ids(listing) == list(range(35))
        assert listing.problem is None
        assert len(panel.requests) <= 2 * (panel.pages + 1)

    def test_a_panel_that_sends_its_first_page_only(self):
        panel = Panel(35, total=truth)
        listing = read_list(lambda number: panel(1), 10, LongestPage())
        assert ids(listing) == list(range(10))
        assert listing.problem == "the panel counts 35 rows and sent 10"
        assert len(panel.requests) == 2 * 5

    def test_rows_that_are_counted_and_hidden(self):
        """A panel that takes out, page by page, what the account may not see."""

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
    """Whatever moves between two pages, each row that was there all the time is there once, or the problem is told."""

    @CHANGES
    @pytest.mark.parametrize("has_totals", [True, False])
    @pytest.mark.parametrize("moment", [1, 2, 3, 4])
    def test_a_list_that_changes_once_is_read_until_it_rests(self, change, moment, has_totals):
        total = truth if has_totals else lambda length: None
        panel = Panel(35, total=total, meanwhile=lambda rows, request: request == moment and change(rows))
        assert panel.read()[:2] == (panel.rows, None)
        # The change is seen in the first reading, by its totals, or in the second; then two are alike.
        assert len(panel.requests) <= 3 * (panel.pages + 1)

    @pytest.mark.parametrize("length", [9, 10, 11])
    def test_the_row_behind_a_full_page_does_not_slip_into_it_unseen(self, length):
        """Without a total, an empty second page does not show that there was no row behind the first."""
        panel = Panel(length, meanwhile=lambda rows, request: request == 1 and remove_first(rows))
        listing = panel.read()
        assert set(range(1, length)) <= {*ids(listing)} and listing.problem is None

    @CHANGES
    def test_a_list_that_never_rests_is_told(self, change):
        panel = Panel(200, total=truth, meanwhile=lambda rows, request: change(rows))
        listing = panel.read()
        assert listing.problem == f"the list changed each of the {WALKS} times that it was read"
        assert len(ids(listing)) == len(set(ids(listing)))
        assert len(panel.requests) <= WALKS * (panel.pages + 10)

    def test_a_row_is_kept_as_it_came_first(self):
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

    def test_a_huge_total_and_rows_without_end(self):
        fetch, requests = self.endless(lambda number: 10**9)
        listing = read_list(fetch, 100, LongestPage())
        assert listing.problem == f"the panel counts 1000000000 rows and sent {self.MOST_PAGES}"
        assert len(requests) == self.MOST_PAGES

    @pytest.mark.parametrize("total", [None, 0, 1, 5])
    def test_rows_without_end(self, total):
        fetch, requests = self.endless(lambda number: total)
        listing = read_list(fetch, 1, LongestPage())
        sent = self.MOST_PAGES
        assert listing.problem == f"the panel sent {sent} rows on {sent} pages and did not come to an end"
        assert len(requests) == sent

    def test_more_rows_than_counted_without_end(self):
        requests = []

        def fetch(number):
            requests.append(number)
            return Page([{"id": 2 * number}, {"id": 2 * number + 1}], 3)

        listing = read_list(fetch, 2, LongestPage())
        assert listing.problem == (
            f"the panel sent {2 * self.MOST_PAGES} rows on {self.MOST_PAGES} pages and did not come to an end"
        )
        assert len(requests) == self.MOST_PAGES

    def test_totals_and_rows_without_end(self):
        fetch, requests = self.endless(lambda number: 10**9 + number)
        listing = read_list(fetch, 100, LongestPage())
        assert listing.problem.startswith("the panel counts 10000")
        assert len(requests) == self.MOST_PAGES

    def test_the_longest_list_allowed_is_whole(self):
        panel = Panel(self.MOST_PAGES, 1, total=truth)
        assert panel.read().problem is None
        assert len(panel.requests) == 2 * self.MOST_PAGES


class TestManyPagesAtOnce:
    def test_blocks_are_bounded_and_in_order(self):
        blocks = []

        def map_pages(fetch, numbers):
            blocks.append(list(numbers))
            return map(fetch, blocks[-1])

        panel = Panel(2000, total=truth)
        assert ids(panel.read(map_pages=map_pages)) == list(range(2000))
        assert max(map(len, blocks)) == PAGES_AT_ONCE
        assert list(itertools.chain(*blocks)) == 2 * list(range(2, 201))

    def test_the_first_page_is_asked_for_alone(self):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            panel = Panel(95, total=truth)
            listing = panel.read(map_pages=pool.map)
        assert (ids(listing), listing.problem) == (list(range(95)), None)
        assert panel.requests[0] == 1
        assert sorted(panel.requests) == sorted(2 * list(range(1, 11)))

    def test_an_error_ends_it(self):
        def fetch(number):
            if number == 3:
                raise OSError("gone")
            return panel(number)

        panel = Panel(95, total=truth)
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
def test_every_row_exactly_once(length, page_size, cap, has_totals, ignores_paging, repeats_last_page):
    panel = Panel(
        length,
        page_size,
        cap=cap,
        total=truth if has_totals else lambda length: None,
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
                total=truth if has_totals else lambda length: None,
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

    def test_a_page_shorter_than_one_seen_costs_no_second_request(self):
        longest_page = LongestPage()
        assert Panel(25, cap=4).read(longest_page).problem is None
        for length in (0, 1, 3):
            panel = Panel(length, cap=4)
            assert ids(panel.read(longest_page)) == list(range(length))
            assert panel.requests == [1]

    @pytest.mark.parametrize("order", list(itertools.permutations([0, 4, 8, 5])))
    def test_lists_that_end_with_a_whole_page(self, order):
        longest_page = LongestPage()
        for length in order:
            assert ids(Panel(length, cap=4).read(longest_page)) == list(range(length))


def pages_of(*pages, then=()):
    """What fetches given pages, and `then` for any other."""
    requests = []

    def fetch(number):
        requests.append(number)
        page = pages[number - 1] if number <= len(pages) else then
        return page if isinstance(page, Page) else Page([{"id": each} for each in page], None)

    return fetch, requests


class TestOddAnswers:
    def test_rows_twice_on_one_page_count_as_received(self):
        fetch, _requests = pages_of(Page([{"id": 1}, {"id": 2}, {"id": 2}], 3))
        listing = read_list(fetch, 10, LongestPage())
        assert (ids(listing), listing.problem, listing.broken) == ([1, 2], None, frozenset())

    @pytest.mark.parametrize("changed", [{"built": False}, {"marked_for_delete": True}, {"built": None}])
    @pytest.mark.parametrize("order", [1, -1])
    def test_different_rows_with_one_id_on_one_page_are_not_readable(self, changed, order):
        row = {"id": 2, "built": True}
        fetch, _requests = pages_of(Page([{"id": 1}, *[row, {**row, **changed}][::order]], 3))
        listing = read_list(fetch, 10, LongestPage())
        assert (ids(listing), listing.problem, listing.broken) == ([1, 2], None, {2})

    @pytest.mark.parametrize(("value", "broken"), [(False, {2}), (True, frozenset())])
    def test_different_rows_with_one_id_on_two_pages_are_not_readable(self, value, broken):
        pages = [[{"id": 1}, {"id": 2, "built": True}], [{"id": 2, "built": value}, {"id": 3}]]
        fetch, _requests = pages_of(*(Page(rows, None) for rows in pages))
        listing = read_list(fetch, 2, LongestPage())
        assert (ids(listing), listing.problem, listing.broken) == ([1, 2, 3], None, broken)

    def test_a_row_again_on_the_next_page_does_not(self):
        fetch, _requests = pages_of(Page([{"id": 1}, {"id": 2}], 4), Page([{"id": 2}, {"id": 3}], 4), then=Page([], 4))
        assert read_list(fetch, 2, LongestPage()).problem == "the panel counts 4 rows and sent 3"

    def test_a_capped_page_that_the_total_equals_is_not_believed(self):
        first = Page([{"id": 1}, {"id": 2}], 2, limit=2)
        fetch, requests = pages_of(first, Page([{"id": 3}], 2, limit=2), then=Page([], 2, limit=2))
        listing = read_list(fetch, 10, LongestPage())
        assert ids(listing) == [1, 2, 3]
        assert 2 in requests

    def test_a_capped_page_with_nothing_behind_it_is_the_whole_list(self):
        fetch, requests = pages_of(Page([{"id": 1}, {"id": 2}], 2, limit=2), then=Page([], 2, limit=2))
        listing = read_list(fetch, 10, LongestPage())
        assert (ids(listing), listing.problem, requests) == ([1, 2], None, [1, 2])

    def test_capped_pages_whose_totals_are_their_own_lengths(self):
        pages = [Page([{"id": number} for number in ids], len(ids), limit=len(ids)) for ids in ([1, 2], [3, 4], [5])]
        fetch, _requests = pages_of(*pages, then=Page([], 0, limit=0))
        listing = read_list(fetch, 10, LongestPage())
        assert (ids(listing), listing.problem) == ([1, 2, 3, 4, 5], None)

    def test_a_page_without_rows_but_with_elements_counts(self):
        fetch, _requests = pages_of(Page([{"id": 1}, {"id": 2}], 3), Page([], 3, strange=1), then=Page([], 3))
        assert read_list(fetch, 2, LongestPage()) == Listing([{"id": 1}, {"id": 2}], None, frozenset(), 1)

    @pytest.mark.parametrize("length", [2, 4, 6])
    def test_the_same_rows_for_every_page_may_not_be_all(self, length):
        fetch, _requests = pages_of(then=range(length))
        assert "the same" in read_list(fetch, 2, LongestPage()).problem

    @pytest.mark.parametrize("length", [0, 1, 3, 5])
    def test_unless_they_do_not_fill_the_page(self, length):
        fetch, _requests = pages_of(then=range(length))
        assert read_list(fetch, 2, LongestPage()).problem is None

    @pytest.mark.parametrize("total", [None, 3])
    def test_elements_that_are_no_rows_count_as_received(self, total):
        fetch, _requests = pages_of(Page([{"id": 1}, {"id": 2}], total, strange=1, broken=[2]))
        assert read_list(fetch, 10, LongestPage()) == Listing([{"id": 1}, {"id": 2}], None, {2}, 1)

    @pytest.mark.parametrize("total", [None, 10**6])
    def test_a_list_that_grows_too_large_ends(self, total, monkeypatch):
        monkeypatch.setattr(paging, "MOST_WEIGHT", 1000)
        requests = []

        def fetch(number):
            requests.append(number)
            return Page([{"id": number}], total, weight=100)

        assert "did not come to an end" in read_list(fetch, 1, LongestPage()).problem
        assert len(requests) <= 11
