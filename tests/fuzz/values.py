# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of every kind that an answer, a policy or a report may hold, from harmless to hostile."""

from __future__ import annotations

import datetime
import typing as t

from hypothesis import strategies as st

NOW = 1774850400
HOUR = 3600
VM_ID = 42
SPECIAL = (
    "<>&\"'`|*_[]{}()#@=+-;,:!\\/% \t\r\n\x00\x0b\x1b\x7f\x85\xa0\u200b\u2028\u202e\ufeff\ufffe\U0001f4be\ud800\udfff"
)
# As in the ages of a policy: on both sides of each limit, and of now.
AGES = (-48 * HOUR, -301, -300, 0, HOUR, 5 * HOUR, 24 * HOUR - 1, 24 * HOUR, 26 * HOUR, 26 * HOUR + 1, 900 * HOUR)

texts = st.text(st.one_of(st.sampled_from(SPECIAL), st.characters()), max_size=40)
words = st.sampled_from(
    [
        "",
        "true",
        "no",
        "0",
        "-1",
        " 8 ",
        "1e999",
        "9" * 30,
        "NaN",
        "26h",
        "2026-03-30",
        "0000-00-00T00:00:00Z",
        "{{ 7 * 7 }}",
        "</script><script>alert(1)</script>",
        '=HYPERLINK("https://evil.example/")',
        "]]>",
        "Disk",
        "VirtualMachine",
    ]
)
numbers = st.one_of(
    st.integers(-2, 50),
    st.sampled_from([0, -1, 2**31, 2**63, -(2**63) - 1, 10**18, 10**40, 10**320, 10**4000]),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, words, texts)
# What a decoder may hand on: infinity and NaN never.
json_values: st.SearchStrategy[t.Any] = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.one_of(words, texts), inner, max_size=4)),
    max_leaves=12,
)


def stamp(age: int) -> str:
    """The time so many seconds before now, as panels write it."""
    return datetime.datetime.fromtimestamp(NOW - age, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@st.composite
def seldom(draw: st.DrawFn, good: st.SearchStrategy[t.Any], bad: st.SearchStrategy[t.Any] = json_values) -> t.Any:
    """Mostly one, now and then the other."""
    return draw(bad if draw(st.integers(0, 11)) == 11 else good)


times = seldom(
    st.one_of(
        st.sampled_from(AGES).map(stamp),
        st.sampled_from(AGES).map(stamp),
        st.sampled_from(
            [None, "", "soon", "2026-03-30 05:00:00", "2026-03-30T05:00:00.000+03:00", "9999-12-31T23:59:59Z"]
        ),
    )
)
yes = seldom(st.sampled_from([True, True, True, True, "true", 1, False, None]))
no = seldom(st.sampled_from([False, False, False, False, "false", None, True]))
