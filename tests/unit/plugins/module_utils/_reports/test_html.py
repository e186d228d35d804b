# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTML report as a whole: valid, harmless, the same every time, and honest where there is little to show."""

from __future__ import annotations

import json
import re

import html5lib
import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._reports import html
from ansible_collections.community.onapp.plugins.module_utils._reports.html_elements import clean
from ansible_collections.community.onapp.tests.properties import examples
from ansible_collections.community.onapp.tests.sample_report import (
    machine,
    result,
    sample_report,
    text_of,
)
from hypothesis import strategies as st

SECTIONS = (
    "covers",
    "worst",
    "calendar",
    "retention",
    "servers",
    "checks",
    "exemptions",
    "orphans",
    "changes",
    "not-assessed",
    "method",
)
NOTHING = {"timelines": [], "retention": [], "backup_servers": [], "exemptions": [], "not_assessed": []}


def many(number, **states):
    """As many machines of each state as asked for, the rest protected."""
    spec = [state for state, count in states.items() for place in range(count)]
    spec += ["protected"] * (number - len(spec))
    return [machine(place, state) for place, state in enumerate(spec, 1)]


CLOUDS = {
    "sample": sample_report,
    "nothing": lambda: sample_report([], **NOTHING),
    "one": lambda: sample_report([machine(1)]),
    "all unknown": lambda: sample_report([machine(number, "unknown") for number in range(1, 30)]),
    "large": lambda: sample_report(many(5000, unprotected=20, stale=40, unknown=3, not_applicable=5)),
}


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=pytest.mark.slow) if name == "large" else name for name in CLOUDS],
)
def report(request):
    """Clouds of every kind."""
    return CLOUDS[request.param]()


@pytest.fixture(scope="module")
def text(report):
    return text_of(html.HtmlReport, report)


@pytest.fixture(scope="module")
def page(text):
    return parse(text)


def parse(text):
    """The page as a tree, which an error in its markup prevents."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


def page_of(report):
    """The page of a record as a tree."""
    return parse(text_of(html.HtmlReport, report))


def words_of(item):
    """The text of an element with single spaces."""
    return " ".join("".join(item.itertext()).split())


def section(page, name):
    """One section of a page."""
    return page.find(f".//section[@id='{name}']")


def rows_of(item, kind):
    """The texts of all rows in the body of a table of some kind."""
    return [[words_of(cell) for cell in row] for row in item.findall(f".//table[@class='{kind}']/tbody/tr")]


# --- form ---


def test_page_is_valid_and_encodes_as_utf_8(text, page):
    assert text.startswith("<!DOCTYPE html>\n")
    assert text.encode("utf-8").decode("utf-8") == text
    assert page.get("lang") == "en"
    assert page.find(".//meta[@charset]").get("charset") == "utf-8"
    assert page.find(".//meta[@name='viewport']") is not None


def test_verdict_is_the_first_heading_and_the_sections_follow_in_order(report, page):
    headings = [item for item in page.iter() if item.tag in ("h1", "h2", "h3")]
    assert [item.tag for item in headings].count("h1") == 1
    assert words_of(headings[0]) == report.head["headline"]
    assert headings[0].tag == "h1"
    assert tuple(item.get("id") for item in page.iter("section")) == SECTIONS
    for name in SECTIONS:
        assert len(section(page, name)) > 1, "a section says at least one sentence"


def test_every_link_leads_somewhere_and_ids_are_unique(page):
    ids = [item.get("id") for item in page.iter() if item.get("id")]
    assert len(ids) == len(set(ids))
    links = [item.get("href") for item in page.iter("a")]
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert set(SECTIONS) <= {link.removeprefix("#") for link in links}
    assert page.find("body")[0].get("class") == "skip"
    labels = [name for item in page.iter() for name in item.get("aria-labelledby", "").split()]
    assert set(labels) <= set(ids)


def test_tables_can_be_read_aloud_and_scrolled_by_keyboard(page):
    parents = {child: parent for parent in page.iter() for child in parent}
    for table in page.iter("table"):
        assert words_of(table.find("caption"))
        assert parents[table].get("tabindex") == "0"
        assert parents[table].get("role") == "region"
        assert parents[table].get("aria-label") == words_of(table.find("caption"))
        assert all(cell.get("scope") for cell in table.iter("th"))
        assert all(row[0].tag == "th" for row in table.find("tbody"))


def test_nothing_is_loaded_or_run(page):
    policy = page.find(".//meta[@http-equiv='Content-Security-Policy']").get("content")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    tags = {item.tag.rpartition("}")[2] for item in page.iter()}
    assert not tags & {"script", "link", "img", "image", "iframe", "object", "embed", "base", "form", "use", "input"}
    for item in page.iter():
        for name, value in item.attrib.items():
            assert name not in ("src", "srcset", "style", "action", "data", "background")
            assert not name.startswith("on")
            assert name != "href" or value.startswith("#")
    styles = "".join("".join(item.itertext()) for item in page.iter("style"))
    assert not any(loading in styles for loading in ("url(", "@import", "@font-face"))


def test_same_record_gives_the_same_text(report, text):
    assert text_of(html.HtmlReport, report) == text


@pytest.mark.slow
def test_page_is_written_row_by_row():
    pieces = []
    html.render(CLOUDS["large"](), pieces.append)
    assert max(len(piece) for piece in pieces) < 16 * 1024
    assert len(pieces) > 68 * 2


# --- texts of others ---

HOSTILE = st.text(
    st.one_of(st.sampled_from("<>&\"'/-![]{}\\;= \t\r\n\x00\x0b\x1b\x85\ud800\udfff\ufffe\U0010ffff"), st.characters())
)


def full_of(text):
    """A record with the text wherever somebody else's text can be."""
    text = "t" + text
    vm = machine(
        7, "stale", text, hostname=text, rule=text, reasons=[text], results=[result("rpo", "warn", message=text)]
    )
    vm["backup"]["disks"][0].update(label=text, identifier=text)
    unknown = machine(8, "unknown", text, reasons=[text])
    report = sample_report([vm, unknown])
    head = report.head
    head["headline"] = text
    head["source"].update(control_panel=text, api_user=text, cloud_name=text)
    head["policy"].update(name=text, effective={text: [text]})
    head["population"]["failures"] = [{"virtual_machine_id": 8, "code": "server", "status": 500, "text": text}]
    head["backup_servers"][0]["site"] = text
    head["retention"] = [{**item, "rule": text} for item in head["retention"]]
    for item in head["exemptions"]:
        item.update(id=text, reason=text, approved_by=text, ticket=text)
    head["orphans"]["backups"][0]["target_type"] = text
    head["not_assessed"] = [{"id": text, "text": text}]
    head["controls"] = {"rpo": [text]}
    return report._replace(
        findings=[
            {
                "virtual_machine_id": None,
                "virtual_machine_label": None,
                "rule": None,
                **result("population", message=text),
            }
        ]
    )


def skeleton(page):
    """All elements with all their attributes, without any text."""
    return [(item.tag, dict(item.attrib)) for item in page.iter()]


HARMLESS = skeleton(page_of(full_of("")))


@hypothesis.settings(max_examples=examples(40), deadline=None)
@hypothesis.example("</style></title></pre><script>alert(1)</script>")
@hypothesis.example('"><img src=x onerror=alert(1)> ]]> --> &lt; {{ 7 * 7 }}')
@hypothesis.example("\u202e\u2066\U0001f4be" + "long" * 60)
@hypothesis.given(HOSTILE)
def test_no_text_of_others_becomes_markup(text):
    page = page_of(full_of(text))
    assert skeleton(page) == HARMLESS
    shown = clean("t" + text)
    cells = section(page, "worst").findall(".//tbody/tr")
    assert ["".join(row.find("th/bdi").itertext()) for row in cells] == [shown, shown]
    assert "".join(cells[0][-1].find("bdi").itertext()) == shown


def test_label_without_letters_still_has_a_name():
    page = page_of(sample_report([machine(4, "stale", "  "), machine(5, "stale")]))
    assert rows_of(section(page, "worst"), "worst")[0][0] == "no label #4"


# --- clouds with little to show ---


@pytest.mark.parametrize("status", ["compliant", "unknown", "non_compliant"])
@pytest.mark.parametrize("machines", [[], [machine(1, "unknown")], [machine(1, "not_applicable")]])
def test_a_cloud_without_evidence_never_looks_compliant(machines, status):
    page = page_of(sample_report(machines, status=status))
    band = page.find(".//header")
    assert "compliant" not in band.get("class").split()
    assert words_of(band.find("p[@class='word']")) not in ("Compliant", "")
    assert not words_of(page.find(".//title")).startswith("Compliant")
    assert band.find("p[@class='notice']") is not None


def test_a_list_that_was_not_read_whole_never_looks_compliant():
    report = sample_report([machine(1)])
    assert page_of(report).find(".//header").get("class") == "band compliant"
    report.head["population"]["pages_complete"] = False
    band = page_of(report).find(".//header")
    assert band.get("class") == "band unknown"
    assert "not read whole" in words_of(band)


@pytest.mark.slow
def test_all_states_are_counted_in_plain_numbers():
    page = page_of(sample_report(many(5000, unprotected=2, unknown=1)))
    shown = {words_of(item.find("span")): words_of(item.find("b")) for item in section(page, "covers").iter("li")}
    assert shown == {
        "unprotected": "2",
        "failing": "0",
        "stale": "0",
        "unknown": "1",
        "pending": "0",
        "protected": "4,997",
        "not applicable": "0",
    }


# --- who, when, by what ---


def test_time_is_shown_in_utc_and_in_the_zone_of_the_policy():
    report = sample_report()
    report.head["calendar"]["timezone"] = "Europe/Berlin"
    band = page_of(report).find(".//header")
    assert band.find(".//time").get("datetime") == "2026-03-30T06:00:00Z"
    assert "2026-03-30 06:00 UTC (2026-03-30 08:00 Europe/Berlin)" in words_of(band)
    report.head["calendar"]["timezone"] = "Mars/Olympus"
    assert "2026-03-30 06:00 UTC (policy's zone Mars/Olympus)" in words_of(page_of(report).find(".//header"))


def test_source_and_policy_are_named():
    report = sample_report()
    report.head["source"]["server_date_offset_s"] = -420
    shown = words_of(section(page_of(report), "covers"))
    assert "https://onapp.example.com" in shown
    assert "auditor@example.com" in shown
    assert report.head["policy"]["sha256"] in shown
    assert "14 listed, 12 evaluated, 1 unknown, 1 not applicable, 0 filtered out, 0 deleted meanwhile" in shown
    assert "336 read with 16 API calls" in shown
    assert "7 min behind the clock here" in shown


def test_policy_in_force_is_there_word_for_word():
    report = sample_report()
    report.head["policy"]["effective"] = {"rules": [{"name": "</pre>"}], "zone": "Köln"}
    details = section(page_of(report), "method").find("details")
    assert json.loads("".join(details.find("pre").itertext())) == report.head["policy"]["effective"]


def test_foot_of_printed_pages_names_the_policy_and_the_source():
    styles = page_of(sample_report()).findall(".//style")
    text = "".join("".join(item.itertext()) for item in styles)
    foot = re.search(r'@bottom-left \{ content: "([^"]*)"', text).group(1)
    plain = re.sub(r"\\([0-9a-f]+) ", lambda match: chr(int(match.group(1), 16)), foot)
    assert plain.startswith("2026-03-30T06:00:00Z  policy SHA-256 9f86d081")
    assert plain.endswith("https://onapp.example.com")
