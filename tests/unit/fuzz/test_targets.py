# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A short run of every target, and targets that must fail: a check that cannot fail finds nothing."""

from __future__ import annotations

import re
import types

import pytest
from ansible_collections.community.onapp.plugins.module_utils import _fields
from ansible_collections.community.onapp.plugins.module_utils._api import decode
from ansible_collections.community.onapp.plugins.module_utils._assessment import records, state
from ansible_collections.community.onapp.plugins.module_utils._records import Backup
from ansible_collections.community.onapp.plugins.module_utils._reports import files
from ansible_collections.community.onapp.tests.fuzz import decoders, formats
from ansible_collections.community.onapp.tests.fuzz.running import BrokenPromise, run
from ansible_collections.community.onapp.tests.fuzz.targets import TARGETS, shares

pytestmark = pytest.mark.slow

INPUTS = 1300
SEED = 20260330
# Where much is refused, what is taken must not be forgotten, and the other way round.
BOTH = ("json", "xml", "answers", "records", "policies", "policy files", "cache")


def test_every_format_of_reports_is_read_back() -> None:
    assert formats.CHECKS.keys() == files.FORMATS.keys()


@pytest.mark.parametrize("name", TARGETS)
def test_keeps_its_promise(name: str) -> None:
    inputs = shares(list(TARGETS), INPUTS)[name]
    figures = run(TARGETS[name], inputs, SEED)
    assert figures.inputs == inputs
    if name in BOTH:
        assert 0 < figures.refused < inputs
    else:
        assert figures.refused == (inputs if name == "errors" else 0)


class TestSabotage:
    """What the targets are for: each of these mistakes is found, in a few inputs."""

    def broken(self, name: str, inputs: int = 600) -> BrokenPromise:
        with pytest.raises(BrokenPromise) as caught:
            run(TARGETS[name], inputs, SEED)
        return caught.value

    def test_a_verdict_without_evidence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(state, "_state", lambda *unused: (state.PROTECTED, ["it looks good"]))
        _row, disks, backups = self.broken("verdicts").value
        assert backups == [] and len(disks) == 1, "the input is not minimal"

    def test_a_copy_that_goes_and_counts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def unmarked(row, naive_as):
            return Backup.from_row({**row, "marked_for_delete": False}, naive_as)

        monkeypatch.setattr(records, "Backup", types.SimpleNamespace(from_row=unmarked))
        assert "protected without a usable point" in str(self.broken("verdicts").error)

    def test_a_secret(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(decode, "remove_secrets", lambda value: value)
        assert decoders.SECRET in str(self.broken("secrets").value)

    def test_another_exception(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(decode.rails_xml, "DEEPEST", "none")
        assert isinstance(self.broken("xml").error, TypeError)

    def test_a_file_that_is_broken_by_a_text(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def render(report, write):
            write("# HELP x x\n# TYPE x gauge\n")
            for vm in report.vms:
                write(f'x{{label="{vm["label"]}"}} 1\n')

        monkeypatch.setitem(files.FORMATS, "prometheus", (files.ReportFile("x.prom", render),))
        self.broken("report: prometheus")

    def test_the_seed_brings_it_back(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_fields, "SECRET_NAME", re.compile("never"))
        _fields._secret_names.cache_clear()
        try:
            first = self.broken("secrets")
            again = pytest.raises(BrokenPromise, run, TARGETS["secrets"], 500, first.seed).value
        finally:
            _fields._secret_names.cache_clear()
        assert again.value == first.value
