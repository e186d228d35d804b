# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parse report files with strict, common parsers. Every report format needs a check in this module."""

from __future__ import annotations

import collections.abc
import csv as csv_reader
import io
import json
import pathlib
import typing as t
from xml.etree import ElementTree

import html5lib
import jsonschema
import markdown_it
import prometheus_client.parser
from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report
from ansible_collections.community.onapp.plugins.module_utils._reports.files import FORMATS
from ansible_collections.community.onapp.tests.sample_report import text_of

ROOT = pathlib.Path(__file__).resolve().parents[5]
SCHEMA = json.loads((ROOT / "docs/schemas/backup_report.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
# Cells with these first characters are formulas in spreadsheets.
FORMULA = tuple("=+-@\t\r")
ACTIVE = {"script", "iframe", "img", "object", "embed", "link", "form", "input", "svg/script", "base"}


def check_json(text: str, report: Report) -> None:
    read = json.loads(text)
    assert read == {**report.head, "virtual_machines": list(report.vms), "findings": list(report.findings)}
    VALIDATOR.validate(read)


def check_csv(text: str, report: Report) -> None:
    header, *rows = csv_reader.reader(io.StringIO(text, newline=""), strict=True)
    assert all(len(row) == len(header) for row in rows)
    assert len(rows) == len(list(report.vms if "worst_status" in header else report.findings))
    assert not any(_is_formula(cell) for row in rows for cell in row)


def check_junit(text: str, report: Report) -> None:
    root = ElementTree.fromstring(text.encode("utf-8"))
    cases = list(root.iter("testcase"))
    assert int(root.attrib["tests"]) == len(cases)
    assert int(root.attrib["failures"]) == len(list(root.iter("failure")))
    assert int(root.attrib["errors"]) == len(list(root.iter("error")))
    names = [(case.get("classname"), case.get("name")) for case in cases]
    assert len(names) == len(set(names))


def check_markdown(text: str, report: Report) -> None:
    """Assert that no foreign text becomes markup, a picture, a link or another kind of block."""
    for token in markdown_it.MarkdownIt("gfm-like", {"linkify": False}).parse(text):
        assert token.type not in ("html_block", "fence", "code_block", "blockquote_open", "hr"), token.type
        for inner in token.children or ():
            assert inner.type not in ("html_inline", "image", "link_open"), inner.type


def check_prometheus(text: str, report: Report) -> None:
    found = set()
    for family in prometheus_client.parser.text_string_to_metric_families(text):
        for sample in family.samples:
            key = (sample.name, *sorted(sample.labels.items()))
            assert key not in found, "duplicate series"
            found.add(key)
    assert found


def check_html(text: str, report: Report) -> None:
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    for element in page.iter():
        assert element.tag not in ACTIVE
        assert not any(name.startswith("on") for name in element.attrib)


CHECKS: dict[str, collections.abc.Callable[[str, Report], None]] = {
    "json": check_json,
    "html": check_html,
    "junit": check_junit,
    "markdown": check_markdown,
    "prometheus": check_prometheus,
    "csv": check_csv,
}


def assert_valid(report: Report, formats: t.Iterable[str] = tuple(CHECKS)) -> None:
    """Encode the files of some formats as UTF-8, and parse them strictly."""
    for name in formats:
        for writer in FORMATS[name].values():
            text = text_of(writer, report)
            CHECKS[name](text.encode("utf-8", "replace").decode(), report)


def _is_formula(cell: str) -> bool:
    if cell.startswith("-") and cell[1:].replace(".", "").isdigit():
        return False
    return cell.startswith(FORMULA)
