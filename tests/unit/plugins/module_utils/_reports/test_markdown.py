# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The summary: content, limited length, and tenants' texts without markup in GitHub and GitLab."""

from __future__ import annotations

import re

import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._reports import markdown, writer
from ansible_collections.community.onapp.tests.sample_report import (
    HOSTILE_LABELS,
    machine,
    result,
    sample_report,
    text_of,
)
from hypothesis import strategies as st
from markdown_it import MarkdownIt

RENDERER = MarkdownIt("gfm-like")  # with HTML, tables, strikethrough, and addresses as links
# GitHub makes links only of names with a scheme or www., and those with www. are in REFERENCE.
RENDERER.linkify.set({"fuzzy_link": False})
PLAIN_TOKENS = {"text", "text_special", "strong_open", "strong_close"}
# Special text in pages of GitHub and GitLab: mentions, references, emoji, addresses, inline diffs.
REFERENCE = re.compile(r"[@#!~%$^&*\[{][^\s\u200b]|:[^\s\d\u200b]|www\.", re.IGNORECASE)
LARGEST_SUMMARY = 1024 * 1024
SPECIAL = [
    *"|`<>&*_[]#@~$^!{}\\:-+=()\"'\n\r\t\x00\x1b\u2028\u200b\u202e\ud800 1aé",
    "www.evil.example",
    "https://evil.example/",
    "a@evil.example",
    "@all",
    "![x](y)",
    "[x]: /y",
    "<script>",
    "<!--",
    "&#64;",
    "```",
    "---",
    "| --- |",
    ":rocket:",
    "#1",
]
characters = st.characters(exclude_categories=["Cn", "Co", "Cf"])
texts = st.lists(st.one_of(st.sampled_from(SPECIAL), characters), max_size=30).map("".join)


def shown(text, longest):
    """The expected visible form of a text."""
    kept = "".join(character if character.isprintable() or character in "\u200c\u200d" else " " for character in text)
    line = " ".join(kept.split())
    return line if len(line) <= longest else line[: longest - 1] + "\u2026"


def comparable(text):
    """A text without spaces and characters that have no glyph."""
    return "".join(character for character in text if character.isprintable() and not character.isspace())


def inlines(text):
    """The rendered text of each paragraph, headline and cell, with assertions about its markup."""
    found = []
    for token in RENDERER.parse(text):
        assert token.type not in ("html_block", "code_block", "fence", "blockquote_open", "hr", "ordered_list_open")
        if token.type == "inline":
            assert {child.type for child in token.children or ()} <= PLAIN_TOKENS
            found.append("".join(child.content for child in token.children or ()))
            assert not REFERENCE.search(found[-1])
    return [line.replace("\u200b", "") for line in found]


def table(report, title):
    """The rendered rows of the table under a headline."""
    text = text_of(markdown.MarkdownSummary, report)
    cells: list[list[str]] = []
    tokens = RENDERER.parse(text[text.index(f"## {title}\n") :])
    for place, token in enumerate(tokens):
        if token.type == "tr_open":
            cells.append([])
        elif token.type in ("td_open", "th_open"):
            cells[-1].append("".join(child.content for child in tokens[place + 1].children).replace("\u200b", ""))
        elif token.type == "table_close":
            break
    assert cells
    return cells


def test_status_comes_first():
    lines = text_of(markdown.MarkdownSummary, sample_report()).splitlines()
    assert lines[0] == "# OnApp backup compliance"
    assert lines[2] == (
        "**Not compliant**: 2 of 14 VMs break the policy critically, 1 has warnings, 1 could not be judged; 8 comply,"
        " 2 not applicable"
    )


@pytest.mark.parametrize(("status", "word"), [("compliant", "Compliant"), ("unknown", "Unknown")])
def test_word_for_the_status(status, word):
    assert f"\n**{word}**: " in text_of(markdown.MarkdownSummary, sample_report(status=status))


def test_policy_and_time():
    report = sample_report(evaluated_at="2026-03-29T06:00:00Z")
    report.head["source"]["cloud_name"] = "ams"
    line = inlines(text_of(markdown.MarkdownSummary, report))[2]
    assert line == (
        "Policy production-backups (SHA-256 9f86d081884c), evaluated at 2026-03-29T06:00:00Z, made at"
        " 2026-03-30T06:00:00Z. Read from ams, https://onapp.example.com as auditor@example.com."
    )
    report.head["policy"]["name"] = None
    assert "Policy without a name (" in text_of(markdown.MarkdownSummary, report)


def test_counts():
    report = sample_report([machine(1), machine(2), machine(3, "stale")])
    report.head["population"].update(vms_listed=6, filtered_out=2, deleted_meanwhile=1)
    assert table(report, "Virtual machines") == [["Outcome", "Number"], ["warning", "1"], ["compliant", "2"]]
    text = text_of(markdown.MarkdownSummary, report)
    assert "6 VMs listed, 2 filtered out, 1 deleted meanwhile. States: 1 stale, 2 protected.\n" in text
    assert "0 critical findings, 2 warnings, 0 findings of severity info. 87.5 % of 64 results that count pass." in text


@pytest.mark.parametrize(
    ("percent", "counted", "exempt", "text"),
    [
        (77.0, 178, 12, "77.0 % of 178 results that count pass; 12 exempt."),
        (100.0, 1, 0, "100.0 % of 1 result that counts passes."),
        (None, 0, 9, "No result counts; 9 exempt."),
        (None, 0, 0, "No result counts."),
    ],
)
def test_percentage_has_its_base(percent, counted, exempt, text):
    summary = {"percent": percent, "results_counted": counted, "results_exempt": exempt}
    assert writer.percentage_text(summary) == text


@pytest.mark.parametrize(
    ("headline", "text"),
    [
        ("346 of 5000 VMs have warnings; 4654 comply", "346 of 5,000 VMs have warnings; 4,654 comply"),
        (
            "2000 of 2000 VMs have warnings (1000 of them with exemptions)",
            "2,000 of 2,000 VMs have warnings (1,000 of them with exemptions)",
        ),
        ("1234567 of 1234567 VMs are exempt", "1,234,567 of 1,234,567 VMs are exempt"),
        ("999 of 999 VMs comply", "999 of 999 VMs comply"),
        (
            "1 of 1000 VMs complies. No VM is 10000. And 1500 more findings about the cloud and the policy.",
            "1 of 1,000 VMs complies. No VM is 10000. And 1,500 more findings about the cloud and the policy.",
        ),
        ("Nothing could be judged: Port 18080 is closed.", "Nothing could be judged: Port 18080 is closed."),
        ("No VM was judged. The rule '1 of 5000 VMs' is.", "No VM was judged. The rule '1 of 5000 VMs' is."),
    ],
)
def test_separators_in_the_headline(headline, text):
    assert writer.headline_text({"headline": headline}) == text


def test_every_count_has_separators():
    report = sample_report([])
    report.head["population"].update(vms_listed=5000, filtered_out=2000, recovery_points=1000, backups=60000)
    report.head["summary"].update(results_counted=64000, results_exempt=1000)
    report.head["summary"]["by_outcome"]["compliant"] = report.head["summary"]["by_state"]["protected"] = 4321
    report.head["summary"]["by_severity"]["warning"] = 1001
    text = text_of(markdown.MarkdownSummary, report)
    assert "| compliant | 4,321 |" in text
    assert "5,000 VMs listed, 2,000 filtered out. States: 4,321 protected.\n" in text
    assert "1,000 usable plug-in recovery points beside 60,000 backups.\n" in text
    assert "0 critical findings, 1,001 warnings, 0 findings of severity info. " in text


def test_changes_name_virtual_machines():
    one = {"virtual_machine_id": 4, "virtual_machine_label": "db<1>", "check": "rpo", "about": None}
    rule = {"virtual_machine_id": None, "virtual_machine_label": None, "check": "rule", "about": "gold"}
    lists = {"new": [one, rule], "still": [one] * 25, "resolved": [], "no_longer_judged": [one]}
    changes = {"previous_generated_at": "2026-03-29T06:00:00Z", "judged_before": 9, **lists}
    report = sample_report(changes={**changes, "exempted": [], "policy_changed": []})
    text = text_of(markdown.MarkdownSummary, report)
    assert "- new: 2 (db&lt;1&gt; (vm 4): rpo, the cloud: rule gold)\n" in text
    assert "rpo and 5 more)\n- no longer judged: 1 (" in text
    assert "resolved" not in text


def test_empty_report_has_no_tables():
    text = text_of(markdown.MarkdownSummary, sample_report([], exemptions=[]))
    assert "|" not in text
    assert re.findall("(?m)^#.*", text) == ["# OnApp backup compliance", "## Virtual machines"]
    assert "\n0 VMs listed.\n" in text
    assert text.endswith(".\n")


def test_one_row_for_each_machine_with_its_worst_finding():
    assert table(sample_report(), "Findings") == [
        ["Virtual machine", "Result", "Check", "What", "Rule", "More"],
        ["web-01 (vm 1)", "critical", "coverage", "coverage of disk 91 is fail", "standard", "6"],
        ["web-02 (vm 2)", "critical", "coverage", "coverage of disk 91 is fail", "standard", "1"],
        ["web-03 (vm 3)", "unknown", "coverage", "coverage of disk 91 is unknown", "standard", "6"],
        ["web-04 (vm 4)", "warning", "coverage", "coverage of disk 91 is warn", "standard", "1"],
    ]


def test_findings_that_are_covered_or_about_the_cloud():
    cloud = {"virtual_machine_id": None, "virtual_machine_label": None, "rule": None, **result("population", "unknown")}
    vm = machine(
        1, "stale", results=[result("rpo", "exempt"), result("size", "warn", disk_id=91, message="It shrank.")]
    )
    report = sample_report([vm])
    report = report._replace(findings=[cloud, cloud, *report.findings])
    assert table(report, "Findings")[1:] == [
        ["the cloud", "unknown", "population", "population of disk 91 is unknown", "", "0"],
        ["the cloud", "unknown", "population", "population of disk 91 is unknown", "", "0"],
        ["web-01 (vm 1)", "warning", "size", "It shrank.", "standard", "0"],
    ]


@pytest.mark.parametrize(
    ("number", "more"), [(50, None), (51, "and 1 more in the report"), (53, "and 3 more in the report")]
)
def test_at_most_fifty_machines(number, more):
    report = sample_report([machine(place, "stale") for place in range(1, number + 1)], exemptions=[])
    assert len(table(report, "Findings")) == 51
    lines = inlines(text_of(markdown.MarkdownSummary, report))
    assert [line for line in lines if line.startswith("and ")] == ([more] if more else [])


def test_exemptions_that_hide_something_or_expire():
    report = sample_report()
    first = report.head["exemptions"][0]
    active = {**first, "id": "EX-1", "state": "active"}
    report.head["exemptions"] += [active, {**active, "id": "EX-2", "hidden": []}]
    assert table(report, "Exemptions") == [
        ["Exemption", "State", "Last day", "Reason", "Approved by", "Hidden results"],
        ["EX-014", "expiring", "2026-04-02", "Replicated by the <database> layer", "J. Doe", "1"],
        ["EX-014", "expired", "2026-03-01", "Replicated by the <database> layer", "J. Doe", "1"],
        ["EX-1", "active", "2026-04-02", "Replicated by the <database> layer", "J. Doe", "1"],
    ]


def test_failures():
    report = sample_report()
    report.head["population"]["pages_complete"] = False
    report.head["population"]["failures"] += [
        {"virtual_machine_id": None, "code": "connection", "status": None, "text": "<b>No</b> answer."}
    ] * 60
    text = text_of(markdown.MarkdownSummary, report)
    assert text[text.index("## Not read") :].splitlines()[2:5] == [
        "- The list of virtual machines is incomplete.",
        "- vm 3: The control panel could not answer. (server, HTTP 503)",
        "- the cloud: &lt;b&gt;No&lt;/b&gt; answer. (connection)",
    ]
    assert text.endswith("(connection)\n\nand 11 more in the report\n")


@pytest.mark.parametrize("character", ["&", "@", "[", "\U0001f4be", "a", "\n"])
def test_limit_of_github(character):
    long = character * 20_000
    vms = [
        machine(number, "stale", long, rule=long, results=[result("rpo", "warn", message=long)])
        for number in range(1, 101)
    ]
    report = sample_report(vms, assessment=long)
    exemption = {**report.head["exemptions"][0], "id": long, "reason": long, "approved_by": long}
    report.head["exemptions"] = [exemption] * 100
    report.head["population"]["failures"] = [{"virtual_machine_id": 1, "code": long, "status": 503, "text": long}] * 100
    report.head["policy"]["name"] = long
    report.head["source"].update(control_panel=long, api_user=long, cloud_name=long)
    text = text_of(markdown.MarkdownSummary, report)
    assert len(text.encode("utf-8")) < LARGEST_SUMMARY
    assert text.count("\n| ") > 100


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("web-01.example.com", "web-01.example.com"),
        ("at 06:00:00, 5 % of 4 GB", "at 06:00:00, 5 % of 4 GB"),
        ("a|b", "a\\|b"),
        ("<b>&amp;", "&lt;b&gt;&amp;&#8203;amp;"),
        ("@all", "@&#8203;all"),
        ("a\\(b", "a\\\\(b"),
        ("a\\|b", "a\\\\\\|b"),
        ("a\r\nb\x00\u202ec", "a b c"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "\u2026"),
        ("*" * 81, "\\*&#8203;" * 79 + "\u2026"),
        ("a\udcffb", "a b"),
    ],
)
def test_escaped_name(text, written):
    assert markdown.escaped(text) == written


@pytest.mark.parametrize("label", HOSTILE_LABELS)
def test_hostile_labels_stay_text(label):
    report = sample_report([machine(1, "stale", label)])
    inlines(text_of(markdown.MarkdownSummary, report))
    assert table(report, "Findings")[1][0] == f"{shown(label, 80)} (vm 1)"


@hypothesis.settings(deadline=None)
@hypothesis.given(label=texts, message=texts, reason=texts, failure=texts, policy=texts)
def test_any_text(label, message, reason, failure, policy):
    vm = machine(1, "stale", label or "x", rule=policy, results=[result("rpo", "warn", message=message)])
    report = sample_report([vm], headline=message)
    report.head["policy"]["name"] = policy
    report.head["exemptions"][0].update(reason=reason, approved_by=label, id=policy)
    report.head["population"]["failures"] = [
        {"virtual_machine_id": 1, "code": "server", "status": None, "text": failure}
    ]
    text = text_of(markdown.MarkdownSummary, report)
    text.encode("utf-8")
    lines = inlines(text)
    assert comparable(lines[1]) == comparable(f"Compliant: {shown(message, 300)}")
    assert comparable(lines[-1]) == comparable(f"vm 1: {shown(failure, 300)} (server)")
    rows = table(report, "Findings")
    assert [len(row) for row in rows] == [6, 6]
    assert [comparable(cell) for cell in rows[1]] == [
        comparable(f"{shown(label or 'x', 80)} (vm 1)"),
        "warning",
        "rpo",
        comparable(shown(message, 300)),
        comparable(shown(policy, 80)),
        "0",
    ]
    rows = table(report, "Exemptions")
    assert [len(row) for row in rows] == [6, 6, 6]
    assert comparable(rows[1][3]) == comparable(shown(reason, 300))
    assert len(re.findall("(?m)^#", text)) == 5
