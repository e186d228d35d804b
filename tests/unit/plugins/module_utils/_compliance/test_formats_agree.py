# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On generated clouds and policies, all formats have the same status and counts."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from xml.etree import ElementTree

import hypothesis
import jsonschema
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import FAIL_ON
from ansible_collections.community.onapp.plugins.module_utils._reports.data import JsonReport, StatusFile, VmsCsv
from ansible_collections.community.onapp.plugins.module_utils._reports.html import HtmlReport
from ansible_collections.community.onapp.plugins.module_utils._reports.junit import JUnitFile
from ansible_collections.community.onapp.plugins.module_utils._reports.markdown import MarkdownSummary
from ansible_collections.community.onapp.plugins.module_utils._reports.prometheus import PrometheusFile
from ansible_collections.community.onapp.tests.sample_report import text_of
from ansible_collections.community.onapp.tests.unit.collection.tree import ROOT
from ansible_collections.community.onapp.tests.unit.plugins.module_utils._compliance.test_run import (
    KINDS,
    LENIENT,
    exempt,
    finished_run,
    panel,
)
from hypothesis import strategies as st

SCHEMA = json.loads((ROOT / "docs/schemas/backup_report.schema.json").read_text(encoding="utf-8"))
WORDS = {"compliant": "Compliant", "non_compliant": "Not compliant", "unknown": "Unknown"}
JUNIT = {"compliant": [], "non_compliant": ["failure"], "unknown": ["error"]}

policies = st.one_of(
    st.just(LENIENT),
    st.builds(
        lambda ids, checks, least: {**exempt({"match": {"id": sorted(ids)}, "checks": checks}), "scope": least},
        st.sets(st.integers(1, 6), min_size=1),
        st.sampled_from(["*", "rpo", ["coverage", "rpo", "min_copies"]]),
        st.sampled_from([{}, {"min_vms": 3}, {"powered_off": "exclude"}]),
    ),
)


@hypothesis.settings(deadline=None)
@hypothesis.given(
    st.lists(st.sampled_from(KINDS), max_size=6),
    policies,
    st.sampled_from(FAIL_ON),
    st.sets(st.integers(1, 6), max_size=2),
    st.booleans(),
)
def test_all_formats_agree(names, policy, fail_on, skipped, are_built):
    filters = [{"exclude": {"id": sorted(skipped)}}] if skipped else []
    run, outcome = finished_run(panel(*names, built=are_built), policy, filters, fail_on=fail_on)
    head, vms = outcome.report.head, list(run.spool)
    numbers = head["summary"]["by_outcome"]
    population = head["population"]

    # Counts and headline have each virtual machine once.
    assert sum(numbers.values()) == len(vms)
    assert len(vms) == population["vms_listed"] - population["filtered_out"] - population["deleted_meanwhile"]
    assert numbers == {name: sum(vm["outcome"] == name for vm in vms) for name in numbers}
    sentence = re.sub(r" \(\d+ of them with exemptions\)", "", head["headline"]).partition(".")[0]
    found = [int(number) for number in re.findall(r"(?<!of )\b\d+\b", sentence)]
    assert sum(found) == len(vms)

    # Exempt results are not compliant, and green needs a virtual machine that was assessed without an exemption.
    statuses = {vm["id"]: {one["status"] for one in vm["results"]} for vm in vms}
    assert not any("exempt" in statuses[vm["id"]] for vm in vms if vm["outcome"] == "compliant")
    proving = [vm for vm in vms if vm["outcome"] in ("compliant", "warning") and "exempt" not in statuses[vm["id"]]]
    if outcome.status == "compliant":
        assert proving and not numbers["unknown"] and not numbers["critical"]
        assert not any(item["status"] == "unknown" for item in outcome.report.findings)

    report = json.loads(text_of(JsonReport, outcome.report))
    jsonschema.Draft202012Validator(SCHEMA).validate(report)
    assert report["status"] == outcome.status
    status = json.loads(text_of(StatusFile, outcome.report))
    assert status["status"] == outcome.status
    assert status["virtual_machines"] == {str(vm["id"]): vm["outcome"] for vm in vms}
    suite = ElementTree.fromstring(text_of(JUnitFile, outcome.report)).find("testsuite")
    assert [detail.tag for detail in suite[0]] == JUNIT[outcome.status]
    assert len(suite) == int(suite.get("tests"))
    for tag, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert len(suite.findall(f"testcase/{tag}")) == int(suite.get(count))
    metrics = text_of(PrometheusFile, outcome.report)
    success = "onapp_backup_report_success 1\n" in metrics
    assert success == (outcome.status != "unknown" and head["summary"]["is_complete"])
    assert f'onapp_backup_report_status{{status="{outcome.status}"}} 1\n' in metrics
    assert all(f'onapp_backup_outcomes{{outcome="{name}"}} {number}\n' in metrics for name, number in numbers.items())
    summary = text_of(MarkdownSummary, outcome.report)
    assert f"\n**{WORDS[outcome.status]}**: " in summary
    assert all(f"| {name.replace('_', ' ')} | {number} |" in summary for name, number in numbers.items() if number)
    assert_page_agrees(text_of(HtmlReport, outcome.report), outcome, vms)
    rows = csv.DictReader(io.StringIO(text_of(VmsCsv, outcome.report).lstrip("\ufeff"), newline=""))
    assert {int(row["id"]): row["outcome"] for row in rows} == {vm["id"]: vm["outcome"] for vm in vms}


def assert_page_agrees(page, outcome, vms):
    """Assert that the page has the status, the headline, the counts of its rows, and each finding."""
    head = outcome.report.head
    band = page[page.index("<header") : page.index("</header>")]
    assert f'<header class="band {outcome.status}">\n<p class="word">{WORDS[outcome.status]}</p>\n' in band
    assert f"<h1><bdi>{html.escape(head['headline'])}</bdi></h1>" in band
    rows = re.findall(r'<small>#(\d+)</small><td><span class="state (\w+)">', page)
    assert sorted(rows) == sorted((str(vm["id"]), vm["backup"]["state"]) for vm in vms)
    counts = re.findall(r"<dt><b>([\d,]+)</b> ([\w ]+)</dt>", page)
    assert {name.replace(" ", "_"): int(number) for number, name in counts} == head["summary"]["by_state"]
    found = {item["virtual_machine_id"] for item in outcome.report.findings}
    assert set(map(int, re.findall(r'<article id="vm-(\d+)">', page))) == found - {None}
    assert all(html.escape(item["message"]) in page for item in outcome.report.findings)
    assert (outcome.status == "compliant") == ('class="band compliant"' in page)
