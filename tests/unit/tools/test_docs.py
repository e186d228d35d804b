# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation's own checks find, in Markdown and in what Sphinx reads."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.community.onapp.tests.tools import docs_files, docs_markdown, docs_sphinx

GOOD = """\
# A heading: `code`, and "more"

## A heading: `code`, and "more"

[a file](below/other.md), [its heading](below/other.md#one), [here](#a-heading-code-and-more-1),
[elsewhere](https://onapp.example.com/a?b=c#d), <mailto:someone@example.com>, ![a picture](below)
and `docs/examples/backup-policy.yml`, `docs/*.md`.

```yaml
a: 1
```
"""


def check(folder: pathlib.Path, text: str) -> list[str]:
    (folder / "below").mkdir(exist_ok=True)
    (folder / "below" / "other.md").write_text("# One\n", encoding="utf-8")
    (folder / "page.md").write_text(text, encoding="utf-8")
    return [f"{line}: {what}" for line, what in docs_markdown.check(folder, folder / "page.md")]


def test_good_markdown(tmp_path: pathlib.Path) -> None:
    assert check(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("x\n\n[a](other.md)", "3: there is no such file: other.md"),
        ("[a](below/other.md#two)", "1: there is no such heading: below/other.md#two"),
        ("[a](#one)", "1: there is no such heading: #one"),
        ("[a](below#one)", "1: there is no such heading: below#one"),
        ("[a](../outside)", "1: this link leads out of the repository: ../outside"),
        ("![a](picture.png)", "1: there is no such file: picture.png"),
        ("[a](http://example.com)", "1: this address has not the form that it should have: http://example.com"),
        ("[a](https://example)", "1: this address has not the form that it should have: https://example"),
        ("* x\n\n  ```\n  a\n  ```", "3: this block of code has no type"),
        ("x\n\n    indented", "3: this block of code has no type"),
        ("| a |\n| - |\n| `docs/none.yml` |", "3: docs/none.yml is not in the collection"),
    ],
)
def test_bad_markdown(text: str, complaint: str, tmp_path: pathlib.Path) -> None:
    assert check(tmp_path, text) == [complaint]


@pytest.mark.parametrize(
    "text", ["docs/examples", "docs/examples/", "docs/*.yml", "docs", "plugins/modules/…", "docs/NAME.yml", "a/b"]
)
def test_names_that_are_no_mistake(text: str) -> None:
    assert docs_files.is_there(text)


def build(folder: pathlib.Path, text: str, capsys: pytest.CaptureFixture[str]) -> tuple[bool, str]:
    source = folder / "source"
    source.mkdir()
    (source / "index.rst").write_text(f"A page\n======\n\n{text}\n", encoding="utf-8")
    failed = docs_sphinx.build(source, folder / "site")
    return failed, capsys.readouterr().err


def test_a_good_page(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = """\
.. _here:

A section
---------

:ref:`here`, :ref:`common_return_values`, :envvar:`ANSIBLE_CACHE_PLUGIN`, :ansplugin:`ansible.builtin.debug#module`,
:ansopt:`ansible.builtin.copy#module:src`, ``docs/examples/backup-policy.yml``, https://onapp.example.com

.. code-block:: yaml

    a: 1
"""
    assert build(tmp_path, text, capsys) == (False, "")
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert 'href="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/debug_module.html"' in page


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (":ref:`nowhere`", "undefined label: 'nowhere'"),
        ("`nowhere`", "'any' reference target not found: nowhere"),
        (
            ":ansplugin:`community.onapp.none#module`",
            "undefined label: 'ansible_collections.community.onapp.none_module'",
        ),
        ("As follows::\n\n    a: 1", "this block of code has no type"),
        ("http://example.com", "this address has not the form that it should have"),
        ("``docs/none.yml``", "docs/none.yml is not in the collection"),
        (f".. image:: {docs_sphinx.PUBLISHED}none.png", "image file not readable: pictures/none.png"),
        (".. code-block:: yaml\n\n    a: }", "Lexing literal_block"),
        (".. code-block:: cobolt\n\n    a", "Pygments lexer name 'cobolt' is not known"),
    ],
)
def test_a_bad_page(text: str, complaint: str, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    failed, said = build(tmp_path, text, capsys)
    assert failed
    assert complaint in said
