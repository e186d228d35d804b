# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual machines of a report are stored on disk, in the order of their keys."""

from __future__ import annotations

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Spool
from hypothesis import strategies as st

keys = st.tuples(st.integers(0, 3), st.integers(0, 3))
values = st.dictionaries(
    st.text(max_size=5), st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20)), max_size=4
)


def kept(*pairs):
    spool = Spool()
    for key, value in pairs:
        spool.add(key, value)
    return spool


@hypothesis.given(st.lists(st.tuples(keys, values), max_size=12))
def test_order(pairs):
    spool = kept(*pairs)
    expected = [value for _key, value in sorted(pairs, key=lambda pair: pair[0])]
    assert list(spool) == expected
    assert list(spool) == expected
    spool.close()


def test_two_simultaneous_iterations():
    spool = kept((2, {"id": 2}), (1, {"id": 1}), (3, {"id": 3}))
    assert [(one["id"], other["id"]) for one, other in zip(spool, spool, strict=True)] == [(1, 1), (2, 2), (3, 3)]


def test_added_after_an_iteration():
    spool = kept((2, {"id": 2}), (1, {"id": 1}))
    assert next(iter(spool)) == {"id": 1}
    spool.add(0, {"id": 0})
    assert [value["id"] for value in spool] == [0, 1, 2]


def test_lone_surrogates():
    assert list(kept((1, {"label": "\ud800\n\u2028"}))) == [{"label": "\ud800\n\u2028"}]


def test_closed():
    spool = kept((1, {"id": 1}))
    spool.close()
    spool.close()
    with pytest.raises(ValueError):
        list(spool)
