# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names select the right virtual machines or raise an error, with few requests."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._api.paging import Listing
from ansible_collections.community.onapp.plugins.module_utils._api.selection import (
    MOST_MATCHES_SHOWN,
    MOST_SINGLE_LOOK_UPS,
    VmSelector,
)
from ansible_collections.community.onapp.plugins.module_utils._errors import (
    AuthError,
    ConfigError,
    DecodeError,
    NotFoundError,
)
from hypothesis import given
from hypothesis import strategies as st


def vm(number, label=None, hostname=None, **fields):
    return {"id": number, "identifier": f"identifier{number:04d}", "label": label, "hostname": hostname, **fields}


WEB = vm(1, "web", "web.example.com")
DB = vm(2, "db", "db.example.com")
TWIN_A = vm(3, "twin", "a.example.com")
TWIN_B = vm(4, "twin", "b.example.com")
SHARED_LABEL = vm(5, "shared", "c.example.com")
SHARED_HOST = vm(6, "other", "shared")
NUMERIC = vm(7, "2", "d.example.com")
SAME = vm(8, "same", "same")
BARE = {"id": 9, "identifier": None}
LIKE_IDENTIFIER = vm(10, "productionsrv1", None)
CLOUD = (WEB, DB, TWIN_A, TWIN_B, SHARED_LABEL, SHARED_HOST, NUMERIC, SAME, BARE, LIKE_IDENTIFIER)
ALL = ("list", {})


def search(text):
    return ("list", {"q": text})


class FakeClient:
    """A client that answers from rows. `requests` are sent ones, `finds` is the panel's search, by default correct."""

    def __init__(self, rows=CLOUD, problem=None, finds=None, broken=(), strange=0):
        self.rows = rows
        self.flaws = (problem, frozenset(broken), strange)
        self.finds = finds or (lambda row, text: text in f"{row.get('label')} {row.get('hostname')}")
        self.requests = []

    def get_row(self, wrapper, *segments):
        assert (wrapper, segments[0]) == ("virtual_machine", "virtual_machines")
        (name,) = segments[1:]
        self.requests.append(name)
        for row in self.rows:
            if name in (str(row["id"]), row["identifier"]):
                return row
        raise NotFoundError("The control panel knows nothing under this address (HTTP 404).", status=404)

    def get_list(self, wrapper, *segments, query, map_pages):
        assert (wrapper, segments) == ("virtual_machine", ("virtual_machines",))
        self.requests.append(("list", query))
        assert list(map_pages(str, [2, 3])) == ["2", "3"]
        return Listing([row for row in self.rows if "q" not in query or self.finds(row, query["q"])], *self.flaws)


def choose(*names, client=None):
    """The ids of the rows for the names, and the requests."""
    client = client or FakeClient()
    chosen = VmSelector(client, map).select(names)
    assert chosen.problem is None
    return [row["id"] for row in chosen.rows], client.requests


class TestOneName:
    @pytest.mark.parametrize(
        ("name", "number", "requests"),
        [
            pytest.param("1", 1, ["1"], id="id"),
            pytest.param(" 1 ", 1, ["1"], id="id with spaces"),
            pytest.param("identifier0002", 2, ["identifier0002"], id="identifier"),
            pytest.param("web", 1, [search("web")], id="label"),
            pytest.param("db.example.com", 2, [search("db.example.com")], id="host name"),
            pytest.param("same", 8, [search("same")], id="label and host name of one machine"),
            pytest.param("2", 2, ["2"], id="an id goes before the label of another"),
            pytest.param("label:web", 1, [search("web")], id="label by prefix"),
            pytest.param("label: 2", 7, [search("2")], id="label of digits by prefix"),
            pytest.param("hostname:shared", 6, [search("shared")], id="host name by prefix"),
            pytest.param("label:shared", 5, [search("shared")], id="label by prefix, host name of another"),
            pytest.param("label:productionsrv1", 10, [search("productionsrv1")], id="label like an identifier"),
            pytest.param("002", 2, ["2"], id="id with leading zeros"),
        ],
    )
    def test_is_found(self, name, number, requests):
        assert choose(name) == ([number], requests)

    @pytest.mark.parametrize("name", ["2024", "productionsrv1", "12345678901234", "9" * 30])
    def test_label_is_no_id_or_identifier(self, name):
        client = FakeClient([vm(1, name, name)])
        with pytest.raises(NotFoundError, match="prefix label: or hostname:"):
            choose(name, client=client)
        assert client.requests == [name, ALL]
        assert choose(f"label:{name}", client=client)[0] == [1]

    def test_identifier_of_digits(self):
        assert choose("01234567890123", client=FakeClient([vm(1, identifier="01234567890123")]))[0] == [1]

    @pytest.mark.parametrize(
        "finds",
        [
            pytest.param(lambda row, text: False, id="finds nothing"),
            pytest.param(lambda row, text: row is DB, id="finds something else"),
            pytest.param(lambda row, text: f"{text}." in str(row.get("hostname")), id="ignores labels"),
        ],
    )
    def test_search_without_a_match_is_not_trusted(self, finds):
        assert choose("same", client=FakeClient(finds=finds)) == ([8], [search("same"), ALL])

    def test_panel_that_ignores_the_search(self):
        client = FakeClient(finds=lambda row, text: True)
        assert choose("db", client=client) == ([2], [search("db")])

    def test_case_matters(self):
        with pytest.raises(NotFoundError, match='"WEB"'):
            choose("WEB")

    def test_part_of_a_label_is_no_match(self):
        with pytest.raises(NotFoundError, match='"we"'):
            choose("we")


class TestSeveralNames:
    def test_order_of_rows(self):
        names = ("db", "1", " web ", "identifier0002", "same", "1", "web.example.com")
        assert choose(*names) == ([2, 1, 8], ["1", "identifier0002", ALL])

    def test_requests_of_ids_and_identifiers(self):
        assert choose("1", "identifier0002", "3") == ([1, 2, 3], ["1", "identifier0002", "3"])

    def test_one_label_is_searched(self):
        assert choose("1", "web", "db") == ([1, 2], ["1", ALL])
        assert choose("3", "web") == ([3, 1], ["3", search("web")])

    def test_labels_need_one_list(self):
        assert choose("web", "db", "same") == ([1, 2, 8], [ALL])

    def test_many_ids_need_one_list(self):
        cloud = [vm(number) for number in range(1, 30)]
        few = [str(number) for number in range(1, MOST_SINGLE_LOOK_UPS + 1)]
        assert choose(*few, client=FakeClient(cloud)) == (list(map(int, few)), few)
        assert choose(*few, "29", client=FakeClient(cloud)) == ([*map(int, few), 29], [ALL])
        identifiers = [row["identifier"] for row in cloud]
        assert choose(*identifiers, client=FakeClient(cloud)) == ([row["id"] for row in cloud], [ALL])

    def test_labels_of_digits_do_not_match_in_the_list(self):
        cloud = [vm(number, label=str(number + 1)) for number in range(1, 15)]
        names = [str(number) for number in range(1, 15)]
        assert choose(*names, client=FakeClient(cloud))[0] == list(range(1, 15))
        with pytest.raises(NotFoundError, match='"15"'):
            choose(*names, "15", client=FakeClient(cloud))

    @given(st.lists(st.integers(0, 29), min_size=1, max_size=20), st.data())
    def test_any_names_of_the_same_rows(self, numbers, data):
        cloud = [vm(number, f"label {number}", f"host{number}.example.com") for number in range(30)]
        names = [
            data.draw(
                st.sampled_from(
                    [str(number), cloud[number]["identifier"], f"label {number}", f"host{number}.example.com"]
                )
            )
            for number in numbers
        ]
        found, requests = choose(*names, client=FakeClient(cloud))
        assert found == list(dict.fromkeys(numbers))
        assert len(requests) <= min(len(set(names)), MOST_SINGLE_LOOK_UPS + 1)


class TestFirstRequest:
    """The first request is sent alone, so that a wrong password is sent once."""

    def test_sent_alone(self):
        client = FakeClient()
        batches = []

        def map_concurrently(function, items):
            items = list(items)
            batches.append((list(client.requests), [name.text for name in items]))
            return map(function, items)

        VmSelector(client, map_concurrently).select(["1", "2", "identifier0003"])
        assert batches == [(["1"], ["2", "identifier0003"])]

    def test_wrong_password(self):
        class Locked(FakeClient):
            def get_row(self, wrapper, *segments):
                self.requests.append(segments[1])
                raise AuthError("refused")

        client = Locked()
        with pytest.raises(AuthError):
            choose("1", "2", "web", client=client)
        assert client.requests == ["1"]


class TestAmbiguousNames:
    @pytest.mark.parametrize(
        ("names", "text"),
        [
            pytest.param(
                ["twin"],
                'The name "twin" in virtual_machines matches 2 virtual machines: id 3 (label twin, host name'
                " a.example.com); id 4 (label twin, host name b.example.com). Use the id or the"
                " identifier of the one that you mean.",
                id="label",
            ),
            pytest.param(
                ["shared"],
                'The name "shared" in virtual_machines matches 2 virtual machines: id 5 (label shared, host name'
                " c.example.com); id 6 (label other, host name shared). Use the id or the identifier of the one"
                " that you mean.",
                id="label of one, host name of another",
            ),
        ],
    )
    def test_error_names_the_matches(self, names, text):
        for others in ([], ["web"], ["1", "missing"]):
            with pytest.raises(ConfigError) as caught:
                choose(*names, *others)
            assert str(caught.value) == text

    def test_id_instead_of_the_name(self):
        assert choose("3", "identifier0004") == ([3, 4], ["3", "identifier0004"])

    def test_many_matches_are_shortened(self):
        cloud = [vm(number, "twin") for number in range(MOST_MATCHES_SHOWN + 2)]
        with pytest.raises(
            ConfigError, match=f"matches {len(cloud)} virtual machines: id 0 .*; and 2 more\\. Use"
        ) as caught:
            choose("twin", client=FakeClient(cloud))
        assert str(caught.value).count("(label twin") == MOST_MATCHES_SHOWN

    def test_labels_in_the_error_are_printable(self):
        cloud = [vm(1, "x", "<b>\u202e\n1</b>"), vm(2, "x", "y" * 1000)]
        with pytest.raises(ConfigError) as caught:
            choose("x", client=FakeClient(cloud))
        assert "host name <b> 1</b>)" in str(caught.value)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 1000


class TestMissingNames:
    @pytest.mark.parametrize("name", ["99", "identifier9999", "missing", "missing.example.com"])
    def test_kinds_of_names(self, name):
        with pytest.raises(NotFoundError) as caught:
            choose(name)
        assert str(caught.value).startswith(
            f'No virtual machine that this account may read matches "{name}" in virtual_'
        )
        assert "prefix label: or hostname:" in str(caught.value)

    def test_all_are_in_the_error(self):
        with pytest.raises(NotFoundError, match='matches "99", "missing" in'):
            choose("1", "99", "web", "missing")

    @pytest.mark.parametrize("name", ["missing", "label:missing", "99", "identifier0099"])
    @pytest.mark.parametrize(
        ("unread", "reason"),
        [
            ({"problem": "3 rows are missing"}, "3 rows are missing"),
            ({"strange": 1}, "1 element without a whole number as id"),
            ({"problem": "3 rows are missing", "strange": 2}, "3 rows are missing; 2 elements without"),
        ],
    )
    def test_unreadable_rows(self, unread, reason, name):
        with pytest.raises(DecodeError, match=f'{reason}.* which virtual machine is "{name}"'):
            choose(name, client=FakeClient(**unread))

    def test_damaged_names(self):
        with pytest.raises(DecodeError, match='damaged text in the row of virtual machine 2.* is "missing"'):
            choose("missing", client=FakeClient(broken={2}))
        with pytest.raises(NotFoundError, match='"99"'):
            choose("99", client=FakeClient(broken={2}))

    def test_requests_of_missing_names(self):
        client = FakeClient()
        with pytest.raises(NotFoundError):
            choose("99", client=client)
        assert client.requests == ["99", ALL]

    def test_rows_without_names(self):
        with pytest.raises(NotFoundError, match='"None"'):
            choose("None", client=FakeClient([BARE]))


@pytest.mark.parametrize("unread", [{"problem": "3 rows are missing"}, {"strange": 1}])
def test_name_that_an_unread_row_can_have(unread):
    """A label could also belong to an unread row; ids are unique."""
    with pytest.raises(DecodeError, match='is "db" in virtual_machines'):
        choose("1", "db", client=FakeClient(**unread))
    ids = [str(number) for number in range(1, 11)]
    client = FakeClient(**unread)
    assert len(VmSelector(client, map).select([*ids, "identifier0001"]).rows) == 10
    assert client.requests == [ALL]


def test_other_damaged_rows():
    chosen = VmSelector(FakeClient(broken={1}), map).select(["db"])
    assert ([row["id"] for row in chosen.rows], chosen.broken) == ([2], {1})


@pytest.mark.parametrize("names", [[""], ["web", "  "], ["\n"], ["label:"], ["web", "hostname: "]])
def test_empty_name_sends_no_request(names):
    client = FakeClient()
    with pytest.raises(
        ConfigError, match="option virtual_machines has (an empty entry: remove it|no name after the colon)"
    ):
        choose(*names, client=client)
    assert client.requests == []


class TestAll:
    def test_sorted_by_id_from_one_list(self):
        client = FakeClient([vm(10), vm(9), vm(2)])
        chosen = VmSelector(client, map).select([])
        assert [row["id"] for row in chosen.rows] == [2, 9, 10]
        assert (chosen.problem, chosen.listed) == (None, 3)
        assert client.requests == [ALL]

    def test_empty_cloud(self):
        assert VmSelector(FakeClient([]), map).select([]) == Listing([], None, listed=0)

    def test_incomplete_list(self):
        chosen = VmSelector(FakeClient(problem="3 rows are missing"), map).select([])
        assert chosen.problem == "3 rows are missing"
        assert len(chosen.rows) == len(CLOUD)


@pytest.mark.parametrize(
    ("names", "listed"),
    [
        pytest.param([], len(CLOUD), id="all"),
        pytest.param(["web", "db"], len(CLOUD), id="labels"),
        pytest.param(["1", "2"], None, id="ids: no list was read"),
    ],
)
def test_number_of_listed_rows(names, listed):
    assert VmSelector(FakeClient(), map).select(names).listed == listed
