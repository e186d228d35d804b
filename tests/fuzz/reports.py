# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports in which every text that somebody else chose is hostile: each file stays valid in its format."""

from __future__ import annotations

import collections.abc
import itertools
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report
from ansible_collections.community.onapp.tests.fuzz.formats import CHECKS, must_be_valid
from ansible_collections.community.onapp.tests.fuzz.running import Target
from ansible_collections.community.onapp.tests.fuzz.values import texts, words
from ansible_collections.community.onapp.tests.sample_report import STATES, machine, sample_report
from hypothesis import strategies as st

# Fields whose text comes from tenants, from the panel, or from whoever wrote the policy.
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


def hostile(states: list[str], words_of_others: list[str]) -> Report:
    """A record of virtual machines in these states, with the words in place of all texts of others, in turns."""
    report = sample_report([machine(number, state) for number, state in enumerate(states, 1)])
    turn = itertools.cycle(words_of_others)
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


def _target(name: str, share: int) -> Target:
    def stays_valid(report: Report) -> bool:
        must_be_valid(report, [name])
        return False

    return Target(f"report: {name}", "valid for any text", share, reports, stays_valid)


# A page takes ten times as long to read as any other file.
TARGETS = [_target(name, 5 if name == "html" else 20) for name in CHECKS]
