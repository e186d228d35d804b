# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTML report: valid, harmless, reproducible, and correct with little data."""

from __future__ import annotations

import re

import html5lib
import hypothesis
import pytest
from ansible_collections.community.onapp.plugins.module_utils._reports import html, html_template
from ansible_collections.community.onapp.plugins.module_utils._reports.writer import STATUS_WORDS
from ansible_collections.community.onapp.tests.properties import examples
from ansible_collections.community.onapp.tests.sample_report import (
    machine,
    result,
    sample_report,
    text_of,
)
from hypothesis import strategies as st

SECTIONS = (
    "todo",
    "all",
    "calendar",
    "rules",
    "checks",
    "exemptions",
    "changes",
    "retention",
    "servers",
    "not-assessed",
    "method",
)
NOTHING = {"retention": [], "backup_servers": [], "exemptions": [], "not_assessed": []}


def many(number, **states):
    """The given numbers of VMs of each state, all others protected."""
    spec = [state for state, count in states.items() for place in range(count)]
    spec += ["protected"] * (number - len(spec))
    return [machine(place, state) for place, state in enumerate(spec, 1)]


CLOUDS = {
    "sample": sample_report,
    "nothing": lambda: sample_report([], **NOTHING),
    "one": lambda: sample_report([machine(1)]),
    "all unknown": lambda: sample_report([machine(number, "unknown") for number in range(1, 30)]),
    "thirty": lambda: sample_report(many(30, unprotected=5, stale=4, unknown=1)),
}


@pytest.fixture(scope="module", params=CLOUDS)
def report(request):
    """Reports of different clouds."""
    return CLOUDS[request.param]()


@pytest.fixture(scope="module")
def text(report):
    return text_of(html.HtmlReport, report)


@pytest.fixture(scope="module")
def page(text):
    return parse(text)


def parse(text):
    """The page as a tree. Raises an error for invalid markup."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


def page_of(report):
    """The page of a record as a tree."""
    return parse(text_of(html.HtmlReport, report))


def text_of_element(item):
    """The text of an element with single spaces."""
    return " ".join("".join(item.itertext()).split())


def section(page, name):
    """One section of a page."""
    return page.find(f".//section[@id='{name}']")


def rows_of(item, kind):
    """The texts of all rows in the body of a table with this class."""
    return [[text_of_element(cell) for cell in row] for row in item.findall(f".//table[@class='{kind}']/tbody/tr")]


# --- form ---


def test_page_is_valid_and_encodes_as_utf_8(text, page):
    assert text.startswith("<!DOCTYPE html>\n")
    assert text.encode("utf-8").decode("utf-8") == text
    assert page.get("lang") == "en"
    assert page.find(".//meta[@charset]").get("charset") == "utf-8"
    assert page.find(".//meta[@name='viewport']") is not None


def test_order_of_headings(report, page):
    headings = [item for item in page.iter() if item.tag in ("h1", "h2", "h3", "h4")]
    assert [item.tag for item in headings].count("h1") == 1
    assert text_of_element(headings[0]) == report.head["headline"]
    assert headings[0].tag == "h1"
    sections = [name for name in SECTIONS if name != "servers" or report.head["backup_servers"]]
    assert [item.get("id") for item in page.iter("section")] == sections
    for name in sections:
        assert len(section(page, name)) > 1, "a section says at least one sentence"


def test_links_and_ids(page):
    ids = [item.get("id") for item in page.iter() if item.get("id")]
    assert len(ids) == len(set(ids))
    links = [item.get("href") for item in page.iter("a")]
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert {item.get("id") for item in page.iter("section")} <= {link.removeprefix("#") for link in links}
    assert page.find("body")[0].get("class") == "skip"
    labels = [name for item in page.iter() for name in item.get("aria-labelledby", "").split()]
    assert set(labels) <= set(ids)


def test_accessible_tables(page):
    parents = {child: parent for parent in page.iter() for child in parent}
    for table in page.iter("table"):
        assert text_of_element(table.find("caption"))
        assert parents[table].get("tabindex") == "0"
        assert parents[table].get("role") == "region"
        assert parents[table].get("aria-label") == text_of_element(table.find("caption"))
        assert all(cell.get("scope") for cell in table.iter("th"))
        assert all(row[0].tag == "th" for row in table.find("tbody"))


def test_no_external_resources_and_scripts(page):
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


def test_page_is_reproducible(report, text):
    assert text_of(html.HtmlReport, report) == text


@pytest.mark.slow
def test_page_is_written_in_pieces():
    pieces = []
    report = sample_report(many(5000, unprotected=250, stale=240, unknown=10))
    written = html.HtmlReport(report, pieces.append)
    for vm in report.vms:
        written.add(vm)
    written.end()
    assert max(map(len, pieces)) < 1024 * 1024
    assert sum(len(piece.encode()) for piece in pieces) < 3_000_000


# --- content ---


def findings_of(vm):
    return [one for one in vm["results"] if one["status"] in ("fail", "warn", "unknown", "exempt")]


def test_rows_of_vms_link_to_findings(report, page):
    rows = section(page, "all").findall(".//table[@class='vms']/tbody/tr")
    assert [text_of_element(row[0]).rpartition("#")[2] for row in rows] == [str(vm["id"]) for vm in report.vms]
    for row, vm in zip(rows, report.vms, strict=True):
        assert text_of_element(row[1]) == vm["backup"]["state"].replace("_", " ")
        links = [item.get("href") for item in row.iter("a")]
        assert links == ([f"#vm-{vm['id']}"] if findings_of(vm) else [])


def test_each_finding_is_shown_with_its_message(report, page):
    entries = {item.get("id"): item for item in page.iter("article")}
    assert set(entries) == {f"vm-{vm['id']}" for vm in report.vms if findings_of(vm)}
    for vm in report.vms:
        texts = [item.text for item in entries[f"vm-{vm['id']}"].iter("li")] if findings_of(vm) else []
        for one in findings_of(vm):
            (text,) = [text for text in texts if text.endswith(f": {one['message']}") and one["check"] in text]


def test_findings_are_grouped_by_state():
    vms = [machine(1, "stale"), machine(2, "unprotected"), machine(3, "stale"), machine(4)]
    headings = [text_of_element(item) for item in section(page_of(sample_report(vms)), "todo").iter("h3")]
    assert headings == ["Unprotected: 1 VM", "Stale: 2 VMs"]


def test_checks_with_the_same_message_share_an_entry():
    results = [result(check, "unknown", message="The backups were not read.") for check in ("coverage", "rpo")]
    page = page_of(sample_report([machine(1, "unknown", results=results)]))
    assert [text_of_element(item) for item in page.find(".//article").iter("li")] == [
        "Unknown: coverage, rpo: The backups were not read."
    ]


def test_states_are_counted_in_plain_numbers():
    page = page_of(sample_report([machine(1, "stale"), machine(2)]))
    shown = [text_of_element(item) for item in section(page, "all").findall(".//dl[@class='states']/div/dt")]
    assert shown == [
        "0 unprotected",
        "0 failing",
        "1 stale",
        "0 unknown",
        "0 pending",
        "1 protected",
        "0 not applicable",
    ]


def test_calendar_begins_with_the_current_day():
    page = page_of(sample_report([machine(1, "pending"), machine(2, "unknown")]))
    table = section(page, "calendar").find(".//table")
    assert text_of_element(table.find("thead")[1][0]) == "30"
    rows = table.findall("tbody/tr")
    assert (text_of_element(rows[0][1]), text_of_element(rows[1][1])) == ("R", "could not be judged")
    assert len(rows[0]) == 36


def test_calendar_of_a_large_cloud(monkeypatch):
    monkeypatch.setattr(html, "MOST_CALENDAR_ROWS", 2)
    page = page_of(sample_report([machine(1, "stale"), machine(2), machine(3)]))
    assert len(section(page, "calendar").findall(".//tbody/tr")) == 1
    assert "2 VMs not shown: 2 of rule standard." in text_of_element(section(page, "calendar"))


def test_many_rules():
    rules = [
        {"name": f"r{number}", "match": {"id": [number]}, "limits": {"rpo": "1h", "min_copies": 2}, "matched": 1,
         "decided": int(number == 999)}
        for number in range(1000)
    ]  # fmt: skip
    rules.append(
        {"name": "defaults", "match": None, "limits": {"rpo": "26h", "min_copies": 2}, "matched": 1, "decided": 0}
    )
    rows = section(page_of(sample_report(rules=rules)), "rules").findall(".//tbody/tr")
    assert len(rows) == html.MOST_LISTED
    assert [text_of_element(cell) for cell in rows[-1]] == ["r999", "decides for 1 VM", "id: [999]", "rpo: 1h"]


def test_checks_link_to_their_vms():
    vms = [machine(number, "stale") for number in range(1, 26)]
    row = section(page_of(sample_report(vms)), "checks").find(".//tbody/tr")
    assert [item.get("href") for item in row.iter("a")] == [f"#vm-{number}" for number in range(1, 21)]
    assert text_of_element(row).endswith("and 5 more")


def test_exemptions():
    text = text_of_element(section(page_of(sample_report()), "exemptions"))
    assert "EX-014 expiring, until the end of 2026-04-02" in text
    assert "web-04 #4: rpo: Disk 91 can be restored to" in text


def test_changes_name_vms():
    change = {"virtual_machine_id": 4, "virtual_machine_label": "web-04", "check": "rpo", "about": None}
    kinds = dict.fromkeys(html_template.CHANGES, [])
    changes = {"previous_generated_at": "2026-03-29T06:00:00Z", "judged_before": 3, **kinds, "resolved": [change]}
    text = text_of_element(section(page_of(sample_report(changes=changes)), "changes"))
    assert "Resolved: judged again, and passed under the same policy: 1 rpo of web-04 #4" in text
    assert "New findings: 0" in text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "No backup is without a VM."),
        (1, "1 backup that belongs to no listed VM."),
        (2, "2 backups that belong to no listed VM."),
    ],
)
def test_number_of_orphans(number, text):
    report = sample_report()
    report.head["orphans"]["backups"] = report.head["orphans"]["backups"][:1] * number
    assert text in text_of_element(section(page_of(report), "not-assessed"))


@pytest.mark.parametrize(
    ("number", "last"), [(51, "1 more cause, see report.json"), (1250, "1,200 more causes, see report.json")]
)
def test_omitted_causes_are_counted(number, last):
    failures = [{"code": "server", "text": f"Problem {item}", "virtual_machine_id": item} for item in range(number)]
    assert list(html.failure_causes(failures))[html.MOST_FAILURES :] == [("The cloud", last)]


@pytest.mark.parametrize(
    ("number", "rest"), [(200, ""), (201, "1 more in report.json."), (1300, "1,100 more in report.json.")]
)
def test_omitted_changes_are_counted(number, rest):
    change = {"virtual_machine_id": 4, "virtual_machine_label": "web-04", "check": "rpo", "about": None}
    kinds = dict.fromkeys(html_template.CHANGES, [])
    changes = {"previous_generated_at": "2026-03-29T06:00:00Z", "judged_before": 3, **kinds, "new": [change] * number}
    found = section(page_of(sample_report(changes=changes)), "changes")
    assert len(found.findall("ul/li")) == html.MOST_LISTED
    assert " ".join(text_of_element(item) for item in found.findall("p")[1:]) == rest


def test_period_counts_days():
    def days(letters, percent):
        kinds = {"compliant": "C", "non_compliant": "N", "unknown": "U", "exempt": "E", "not_applicable": "."}
        counts = {kind: letters.count(letter) for kind, letter in kinds.items()}
        return {**counts, "unknown": counts["unknown"] + letters.count("-"), "calendar": letters, "percent": percent}

    history = {
        "days": ["2026-03-28", "2026-03-29", "2026-03-30"],
        "runs": 2,
        "days_without_run": ["2026-03-29"],
        "cloud": days("C-N", 33.3),
        "virtual_machines": [
            {"virtual_machine_id": 1, "virtual_machine_label": "web", **days("C-C", 66.6)},
            {"virtual_machine_id": 2, "virtual_machine_label": None, **days("C-N", 33.3)},
        ],
        "other_policies": [{"sha256": "ab" * 32, "runs": 1, **days("C--", 33.3)}],
        "skipped": [{"path": "old/status.json", "reason": "It is of another control panel."}],
        "more_skipped": 3,
    }
    page = section(page_of(sample_report(history=history)), "period")
    assert rows_of(page, "period") == [
        ["The cloud", "1", "1", "1", "0", "33.3 %", "N-C"],
        ["no label #2", "1", "1", "1", "0", "33.3 %", "N-C"],
        ["web #1", "2", "0", "1", "0", "66.6 %", "C-C"],
    ]
    text = text_of_element(page)
    assert "Days without a run, of which nothing is known: 2026-03-29." in text
    assert "Under another policy (SHA-256 abababababab): 1 run, 33.3 %." in text
    assert "Skipped: old/status.json: It is of another control panel." in text
    assert "Skipped: 3 more files" in text


@pytest.mark.parametrize(("dark", "ground"), [(0, 1), (2, 3)])
@pytest.mark.parametrize("name", html_template.PALETTE)
def test_contrast(name, dark, ground):
    def luminance(colour):
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    one, other = sorted(luminance(html_template.PALETTE[name][place]) for place in (dark, ground))
    assert (other + 0.05) / (one + 0.05) >= 4.5


# --- foreign texts ---

HOSTILE = st.text(
    st.one_of(st.sampled_from("<>&\"'/-![]{}\\;= \t\r\n\x00\x0b\x1b\x85\ud800\udfff\ufffe\U0010ffff"), st.characters())
)


def full_of(text):
    """A record with the text in all foreign fields."""
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
    """All elements with attributes, without text."""
    return [(item.tag, dict(item.attrib)) for item in page.iter()]


HARMLESS = skeleton(page_of(full_of("")))


@hypothesis.settings(max_examples=examples(40), deadline=None)
@hypothesis.example("</style></title></pre><script>alert(1)</script>")
@hypothesis.example('"><img src=x onerror=alert(1)> ]]> --> &lt; {{ 7 * 7 }}')
@hypothesis.example("\u202e\u2066\U0001f4be" + "long" * 60)
@hypothesis.given(HOSTILE)
def test_foreign_text_is_no_markup(text):
    page = page_of(full_of(text))
    assert skeleton(page) == HARMLESS
    shown = html.clean("t" + text)
    cells = section(page, "all").findall(".//tbody/tr")
    assert ["".join(row.find("th/bdi").itertext()) for row in cells] == [shown, shown]
    assert page.find(".//article//li").text == f"Warning: rpo: {shown}"


def test_label_without_letters():
    page = page_of(sample_report([machine(4, "stale", "  "), machine(5, "stale")]))
    assert rows_of(section(page, "all"), "vms")[0][0] == "no label #4"


# --- other content ---


@pytest.mark.parametrize(
    ("population", "notice"),
    [
        ({"vms_listed": 0}, "The control panel listed no VM."),
        ({"pages_complete": False}, "The list of VMs is incomplete"),
    ],
)
def test_implausible_population(population, notice):
    report = sample_report([machine(1)])
    report.head["population"].update(population)
    assert text_of_element(page_of(report).find(".//header/p[@class='notice']")).startswith(notice)


@pytest.mark.parametrize("status", ["compliant", "unknown", "non_compliant"])
def test_colour_of_the_status(status):
    band = page_of(sample_report(status=status)).find(".//header")
    assert band.get("class") == f"band {status}"
    assert text_of_element(band.find("p[@class='word']")) == STATUS_WORDS[status]


def test_time_is_shown_in_utc_and_in_the_zone_of_the_policy():
    report = sample_report()
    report.head["calendar"]["timezone"] = "Europe/Berlin"
    band = page_of(report).find(".//header")
    assert band.find(".//time").get("datetime") == "2026-03-30T06:00:00Z"
    assert "2026-03-30 06:00 UTC (2026-03-30 08:00 Europe/Berlin)" in text_of_element(band)


def test_footer_of_printed_pages():
    styles = page_of(sample_report()).findall(".//style")
    text = "".join("".join(item.itertext()) for item in styles)
    foot = re.search(r'@bottom-left \{ content: "([^"]*)"', text).group(1)
    plain = re.sub(r"\\([0-9a-f]+) ", lambda match: chr(int(match.group(1), 16)), foot)
    assert plain.startswith("2026-03-30T06:00:00Z  policy 9f86d081")
    assert plain.endswith("https://onapp.example.com")


@pytest.mark.parametrize(
    ("size", "text"), [(None, "unknown"), (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1 << 50, "1,024.0 TiB")]
)
def test_sizes(size, text):
    assert html.size_text(size) == text
