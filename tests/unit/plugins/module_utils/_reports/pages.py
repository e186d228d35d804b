# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTML reports as trees, for the tests that read them."""

from __future__ import annotations

import html5lib
from ansible_collections.community.onapp.plugins.module_utils._reports import html
from ansible_collections.community.onapp.tests.sample_report import text_of


def page_of(report):
    """The page of a record as a tree, after its style sheet was taken away."""
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text_of(html.HtmlReport, report))
    head = page.find("head")
    for style in head.findall("style"):
        head.remove(style)
    return page


def section(report, name):
    """One section of the page of a record."""
    return page_of(report).find(f".//section[@id='{name}']")


def words_of(item):
    """The text of an element with single spaces."""
    return " ".join("".join(item.itertext()).split())


def rows_of(item, kind):
    """The texts of the rows of a table of some kind."""
    return [[words_of(cell) for cell in row] for row in item.findall(f".//table[@class='{kind}']/tbody/tr")]
