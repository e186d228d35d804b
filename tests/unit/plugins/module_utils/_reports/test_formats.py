# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports with hostile texts in all foreign fields are valid in each format."""

from __future__ import annotations

import collections.abc
import itertools
import typing as t

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report
from ansible_collections.community.onapp.plugins.module_utils._reports.files import FORMATS
from ansible_collections.community.onapp.tests.properties import examples
from ansible_collections.community.onapp.tests.sample_report import STATES, machine, sample_report, text_of
from ansible_collections.community.onapp.tests.unit.plugins.module_utils._reports.formats import CHECKS, assert_valid
from ansible_collections.community.onapp.tests.unit.strategies import texts, words
from hypothesis import strategies as st

# Fields with text of tenants, the panel or the author of the policy.
FOREIGN = {
    "actual",
    "api_user",
    "approved_by",
    "cloud_name",
    "expected",
    "hostname",
    "identifier",
    "initiated",
    "label",
    "message",
    "reason",
    "reasons",
    "rule",
    "site",
    "target_type",
    "text",
    "ticket",
    "headline",
    "virtual_machine_label",
}


def hostile(states: list[str], others: list[str]) -> Report:
    """A report on VMs in these states, with all foreign texts replaced by the given ones in turn."""
    report = sample_report([machine(number, state) for number, state in enumerate(states, 1)])
    turn = itertools.cycle(others)
    head = {**_replaced(report.head, turn), "headline": next(turn)}
    head["policy"] = {**head["policy"], "name": next(turn)}
    return Report(head, _replaced(list(report.vms), turn), _replaced(list(report.findings), turn))


reports = st.builds(
    hostile,
    st.lists(st.sampled_from(STATES), max_size=3),
    st.lists(st.one_of(texts, words, st.lists(texts, max_size=3).map(" ".join)), min_size=1, max_size=6),
)


def _replaced(value: t.Any, turn: collections.abc.Iterator[str], name: str = "") -> t.Any:
    if isinstance(value, dict):
        return {key: _replaced(item, turn, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, turn, name) for item in value]
    return next(turn) if isinstance(value, str) and name in FOREIGN else value


def test_all_formats() -> None:
    assert CHECKS.keys() == FORMATS.keys()


def test_long_labels() -> None:
    """A tenant's label must not make a file too large for its reader."""
    short, long = (sample_report([machine(1, "stale", label)]) for label in ("x", "x" * 1_000_000))
    for files in FORMATS.values():
        for name, writer in files.items():
            if not name.endswith(".json"):
                assert len(text_of(writer, long)) < len(text_of(writer, short)) + 70_000, name


def test_separators_of_large_numbers() -> None:
    headline = "346 of 5000 VMs break the policy critically; 4654 comply"
    report = sample_report([machine(1)], headline=headline, status="non_compliant")
    report.head["population"].update(vms_listed=5000, backups=60000)
    report.head["summary"]["by_outcome"].update(critical=346, compliant=4654)
    texts = {name: text_of(writer, report) for files in FORMATS.values() for name, writer in files.items()}
    page = texts.pop("report.html")
    assert "<h1><bdi>346 of 5,000 VMs break the policy critically; 4,654 comply</bdi></h1>" in page
    assert ": 5,000 VMs listed, 1 judged, 60,000 backups; " in page
    summary = texts.pop("summary.md")
    assert ": 346 of 5,000 VMs break the policy critically; 4,654 comply\n" in summary
    assert "\n5,000 VMs listed. " in summary
    assert f'"headline": "{headline}"' in texts["report.json"]
    assert f'message="{headline}"' in texts["junit.xml"]
    assert 'onapp_backup_outcomes{outcome="compliant"} 4654\n' in texts["onapp_backup.prom"]
    assert not [name for name, text in texts.items() if "5,000" in text or "4,654" in text]


@pytest.mark.parametrize("name", [name for name in CHECKS if name != "html"])
@hypothesis.settings(max_examples=examples(25))
@hypothesis.given(report=reports)
def test_valid_with_any_text(name: str, report: Report) -> None:
    assert_valid(report, [name])


@pytest.mark.slow  # parsing HTML takes ten times as long
@hypothesis.settings(max_examples=examples(6))
@hypothesis.given(report=reports)
def test_html_is_valid_with_any_text(report: Report) -> None:
    assert_valid(report, ["html"])
