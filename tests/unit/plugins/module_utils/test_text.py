# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cleaning of printed text, and texts of counts and ids."""

from __future__ import annotations

import pathlib
import re
import textwrap
import unicodedata

import pytest
import yaml
from ansible_collections.community.onapp.plugins.module_utils._text import (
    TEXT_LIMIT,
    counted,
    ids_named,
    printable,
    vm_named,
)
from hypothesis import example, given
from hypothesis import strategies as st

ROOT = pathlib.Path(__file__).resolve().parents[4]
PASSWORD = 'Zq9!<K7&x"Wv'
COMMANDS = re.compile(r"##\w*\[|::[\w -]*")


def redact(text):
    return text.replace(PASSWORD, "********")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("a" * TEXT_LIMIT, "a" * TEXT_LIMIT, id="longest"),
        pytest.param("a" * (TEXT_LIMIT + 1), "a" * (TEXT_LIMIT - 1) + "…", id="longer"),
        pytest.param(" a \n\n b ", "a b", id="lines"),
        pytest.param("a\r\nb\x0bc\x0cd\x1ce\x85f\u2028g\u2029h", "a b c d e f g h", id="every line separator"),
        pytest.param("web-\u202e10\u2066\u200b", "web- 10", id="direction characters"),
        pytest.param("a\u2060\u00adb\U000e0041c", "a b c", id="invisible characters"),
        pytest.param("a\ud800b\udfffc", "a b c", id="halves of a surrogate pair"),
        pytest.param("a\ufdd0b\uffffc\U0010ffffd", "a b c d", id="noncharacters"),
        pytest.param("\x1b[1;31mred\x1b[0m \x9b2Jclear", "red clear", id="terminal sequences"),
        pytest.param("\x1b]0;title\x07x\x1bc", "]0;title x c", id="other escapes lose their control characters"),
        pytest.param("a\0\x7f\x80b", "a b", id="controls"),
        pytest.param("##vso[task.setvariable]x", "# #vso[task.setvariable]x", id="Azure Pipelines"),
        pytest.param("###vso[x]", "# # #vso[x]", id="Azure Pipelines, three signs"),
        pytest.param("####[error]x", "# # # #[error]x", id="Azure Pipelines, four signs"),
        pytest.param("#\x1b[m#vso[x]", "# #vso[x]", id="signs put together by a removed sequence"),
        pytest.param("#\u200b#[error]", "# #[error]", id="signs put together by a removed character"),
        pytest.param("##teamcity[x]", "# #teamcity[x]", id="TeamCity"),
        pytest.param("::error file=a::b", ": :error file=a: :b", id="GitHub"),
        pytest.param(":::stop-commands::x", ": : :stop-commands: :x", id="GitHub, three colons"),
        pytest.param("12:30: #5 [x]", "12:30: #5 [x]", id="single signs stay"),
        pytest.param("<b>web</b> &amp;", "<b>web</b> &amp;", id="markup stays"),
        pytest.param("Zürich 日本 \U0001f600", "Zürich 日本 \U0001f600", id="letters of all kinds"),
        pytest.param("", "", id="empty"),
        pytest.param(None, "None", id="not text"),
        pytest.param(57, "57", id="number"),
    ],
)
def test_printable(text, line):
    assert printable(text) == line


def test_limit():
    assert printable("a" * 50, 10) == "a" * 9 + "…"


@given(st.text())
@example("\u202eevil\u2066\u200b\u2028\u2029\x85")
@example("#" * 500 + "vso[" + ":" * 500)
@example("x " * 60 + "::error::y")
def test_any_text(text):
    line = printable(text)
    assert len(line) <= TEXT_LIMIT
    assert not {unicodedata.category(character) for character in line} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(character) for character in line} & {
        *("RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI")
    }
    for width in (20, 79):
        assert not [part for part in textwrap.wrap(f"message ({line}): x", width) if COMMANDS.match(part)]
    assert not COMMANDS.search(line)
    assert printable(line) == line
    line.encode()


class TestRedaction:
    @given(st.integers(TEXT_LIMIT - 40, TEXT_LIMIT + 5))
    def test_shortened_text(self, before):
        text = printable("a" * before + PASSWORD + "b" * 50, redact=redact)
        assert len(text) == TEXT_LIMIT
        assert text.endswith("…")
        assert set(text) <= set("a*b…")

    @pytest.mark.parametrize("between", ["\0 ", " \u200b", "\t\n", "\x1b[m"])
    def test_removed_characters_within_a_secret(self, between):
        password = "open sesame"
        message = f"wrong: {password.replace(' ', between)}"
        assert printable(message, redact=lambda text: text.replace(password, "********")) == "wrong: ********"

    @pytest.mark.parametrize("password", ["a##b::c", "##[x]", "::add-mask::"])
    def test_redacted_before_commands_are_split(self, password):
        assert printable(f"x {password}", redact=lambda text: text.replace(password, "***")) == "x ***"


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("web-07", "virtual machine 57 (web-07)"),
        (None, "virtual machine 57"),
        ("", "virtual machine 57"),
        ("\n", "virtual machine 57"),
        ("##vso[x]", "virtual machine 57 (# #vso[x])"),
        (7, "virtual machine 57 (7)"),
    ],
)
def test_vm_named(label, text):
    assert vm_named(57, label) == text


@pytest.mark.parametrize(("number", "words"), [(0, "0 disks"), (1, "1 disk"), (2, "2 disks"), (1000, "1000 disks")])
def test_counted(number, words):
    assert counted(number, "disk") == words


def test_characters_removed_by_playbooks():
    """Only characters that a terminal can receive: no surrogates and no noncharacters."""
    variables = yaml.safe_load((ROOT / "playbooks" / "vars" / "common.yml").read_text(encoding="utf-8"))
    removed = re.compile(variables["onapp_active_text"])
    for character in map(chr, range(0x110000)):
        if unicodedata.category(character) not in ("Cs", "Cn", "Zs"):
            assert (removed.sub("", character) == "") == (printable(f"a{character}b") != f"a{character}b"), character
    assert [removed.sub(" ", text) for text in ("##vso[", "::error::", "a:b#c")] == [" #vso[", " :error :", "a:b#c"]


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([7], "disk 7"),
        ([7, 3], "disks 7, 3"),
        (list(range(1, 11)), "disks 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"),
        (list(range(1, 12)), "disks 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 1 more"),
        (list(range(1, 1001)), "disks 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 990 more"),
    ],
)
def test_ids_named(ids, words):
    assert ids_named("disk", ids) == words
