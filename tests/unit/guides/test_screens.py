# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parsing of screens, and comparison of their output."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.tests.guides.reading import GuideError
from ansible_collections.community.onapp.tests.guides.screens import Command, difference, read_screen


def test_commands_output_and_status() -> None:
    screen = "$ cd /tmp\n$ ls \\\n> -l\ntotal 0\n\n(exit status 2)\n$ cat <<end\n> one\n>\n> end\none\n\n"
    assert read_screen(screen) == [
        Command("cd /tmp", ()),
        Command("ls \\\n-l", ("total 0",), 2),
        Command("cat <<end\none\n\nend", ("one",)),
    ]


@pytest.mark.parametrize(
    ("screen", "complaint"),
    [
        ("", "a screen begins with a command"),
        ("total 0\n$ ls", "a screen begins with a command"),
        ("$ ", "without a command"),
        ("$ ls \\\ntotal 0", "begins with '> '"),
        ("$ ls \\", "begins with '> '"),
        ("$ ls\n(exit status 0)", "a number above 0 in the last line"),
        ("$ ls\n(exit status 2)\nmore", "a number above 0 in the last line"),
        ("$ ls\n(exit status two)", "a number above 0 in the last line"),
    ],
)
def test_invalid_screens(screen: str, complaint: str) -> None:
    with pytest.raises(GuideError) as error:
        read_screen(screen)
    assert complaint in str(error.value)


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ([], ""),
        ([], "\n \n"),
        (["one", "", "two"], "\none  \n\ntwo\n\n"),
        (["took ... s, ... requests"], "took 3.1 s, 14 requests\n"),
        (["took ... s"], "took  s\n"),
        (["..."], ""),
        (["..."], "one\ntwo\n"),
        (["one", "...", "three"], "one\nthree\n"),
        (["one", "  ...", "three"], "one\ntwo\ntwo\nthree\nfour\nthree\n"),
        (["...", "a", "...", "b"], "a\nb\na\nb\n"),
        (["a+b [c] ..."], "a+b [c] d\n"),
    ],
)
def test_equal_output(shown: list[str], printed: str) -> None:
    assert difference(shown, printed) is None


@pytest.mark.parametrize(
    ("shown", "printed", "complaint"),
    [
        ([], "one\n", "comes after it: 'one'"),
        (["one"], "", "'one'"),
        (["one"], "one\ntwo\n", "comes after it: 'two'"),
        (["one", "two"], "one\n", "'two'"),
        (["one", "two"], "two\none\n", "'one'"),
        (["one", "two"], "one\n\ntwo\n", "'two'"),
        (["One"], "one\n", "'One'"),
        (["one"], " one\n", "'one'"),
        (["on"], "one\n", "'on'"),
        (["o.e"], "one\n", "'o.e'"),
        (["took ... s"], "took 3 s more\n", "'took ... s'"),
        (["took ... s"], "took 3\n4 s\n", "'took ... s'"),
        (["...", "two"], "one\n", "'two'"),
        (["one", "...", "two"], "one\ntwo\nthree\n", "comes after it: 'three'"),
    ],
)
def test_different_output(shown: list[str], printed: str, complaint: str) -> None:
    wrong = difference(shown, printed)
    assert wrong is not None
    assert complaint in wrong


def test_many_ellipses_take_no_time() -> None:
    assert difference(["...", "a"] * 200 + ["b"], "a\n" * 2000) is not None
