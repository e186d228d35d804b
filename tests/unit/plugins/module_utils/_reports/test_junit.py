# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JUnit XML: valid for other parsers, one case for each check, and stable names."""

from __future__ import annotations

import copy
import pathlib
import re
from xml.etree import ElementTree

import hypothesis
import junitparser
import pytest
import xmlschema
from ansible_collections.community.onapp.plugins.module_utils._reports import junit
from ansible_collections.community.onapp.tests.sample_report import machine, result, sample_report, text_of
from hypothesis import strategies as st

SCHEMA = xmlschema.XMLSchema(str(pathlib.Path(__file__).with_name("schemas") / "junit.xsd"))


def parsed(report):
    """The root element of a report, which must be valid."""
    text = text_of(junit.JUnitFile, report)
    assert text.endswith("</testsuites>\n")
    root = ElementTree.fromstring(text.encode("utf-8"))
    SCHEMA.validate(root)
    return root


def case_of(root, check, number):
    """The one test case of a check of a virtual machine."""
    (found,) = (
        case
        for case in root.iter("testcase")
        if case.get("classname").endswith(f".{check}") and case.get("name").endswith(f"(vm {number})")
    )
    return found


def cloud_finding(check, status="warn", **more):
    return {"virtual_machine_id": None, "virtual_machine_label": None, "rule": None, **result(check, status, **more)}


def with_findings(*findings):
    return sample_report([machine(1)])._replace(findings=list(findings))


def test_suite():
    root = parsed(sample_report())
    suite = root.find("testsuite")
    counts = {"tests": "92", "failures": "10", "errors": "7", "time": "0"}
    assert root.attrib == {"name": "onapp-backup-compliance", **counts}
    assert suite.attrib == {
        "name": "production-backups",
        **counts,
        "skipped": "7",
        "timestamp": "2026-03-30T06:00:00",
        "hostname": "onapp.example.com",
    }


def test_policy_without_a_name():
    report = sample_report([])
    report.head["policy"]["name"] = None
    suite = parsed(report).find("testsuite")
    assert (suite.get("name"), suite.get("tests")) == ("onapp-backup-compliance", "1")


def test_counts_of_other_parsers():
    report = sample_report()
    (suite,) = junitparser.JUnitXml.fromstring(text_of(junit.JUnitFile, report).encode())
    totals = (suite.tests, suite.failures, suite.errors, suite.skipped)
    suite.update_statistics()
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == totals
    results = [item["status"] for vm in report.vms for item in vm["results"]]
    assert totals == (
        len(results) - results.count("not_applicable") + 1,
        results.count("fail") + 1,
        results.count("unknown"),
        results.count("exempt") + results.count("insufficient_data"),
    )


def test_passed_case_has_no_text():
    case = case_of(parsed(sample_report()), "rpo", 6)
    assert case.attrib == {"classname": "onapp_backup.rpo", "name": "web-06 (vm 6)", "time": "0"}
    assert list(case) == []


@pytest.mark.parametrize(
    ("status", "element", "attributes"),
    [
        ("fail", "failure", {"type": "critical", "message": "It is old."}),
        ("unknown", "error", {"type": "unknown", "message": "It is old."}),
        ("insufficient_data", "skipped", {"message": "It is old."}),
        ("exempt", "skipped", {"message": "EX-014 until 2026-04-02: Replicated by the <database> layer"}),
        ("warn", "system-out", {}),
    ],
)
def test_outcome(status, element, attributes):
    found = result("rpo", status, "critical", disk_id=91, message="It is old.", exemption="EX-014")
    root = parsed(sample_report([machine(1, "stale", results=[found])]))
    (detail,) = case_of(root, "rpo", 1)
    assert (detail.tag, detail.attrib) == (element, attributes)
    assert detail.text == "It is old. (disk 91, expected at most 26h, actual 5h, rule standard)"


def test_exemption_that_is_not_listed():
    found = result("rpo", "exempt", exemption="EX-9")
    root = parsed(sample_report([machine(1, "stale", results=[found])], exemptions=[]))
    assert case_of(root, "rpo", 1).find("skipped").get("message") == "EX-9"


@pytest.mark.parametrize(
    ("status", "element", "counts"),
    [("compliant", None, "00"), ("non_compliant", "failure", "10"), ("unknown", "error", "01")],
)
@pytest.mark.parametrize("machines", [[], [machine(1, "not_applicable")]])
def test_case_of_the_run(status, element, counts, machines):
    """Every file has the status as a case; results that are not applicable are no cases."""
    root = parsed(sample_report(machines, status=status, headline="So it ended", exemptions=[]))
    (case,) = root.iter("testcase")
    assert (case.get("classname"), case.get("name")) == ("onapp_backup.run", "backup compliance")
    assert [detail.tag for detail in case] == ([element] if element else [])
    assert all(detail.text.startswith("So it ended (") for detail in case)
    assert root.get("failures") + root.get("errors") == counts


def test_machine_without_a_label():
    vm = machine(1, identifier=None, hostname="", label="")
    names = {case.get("name") for case in parsed(sample_report([vm])).iter("testcase")}
    assert names == {"backup compliance", "no label (vm 1)"}


def test_name_is_one_line():
    vm = machine(1, "stale", " db\t-\r\n01\x00 ", results=[result("rpo", "warn", message="one\ntwo")])
    case = case_of(parsed(sample_report([vm])), "rpo", 1)
    assert case.get("name") == "db - 01 (vm 1)"
    assert case.find("system-out").text.startswith("one two (")


def test_cloud_findings():
    report = with_findings(
        cloud_finding("population", "unknown"),
        cloud_finding("population", "fail"),
        cloud_finding("exemption", exemption="EX-1"),
        cloud_finding("exemption", exemption="EX-2"),
        cloud_finding("orphans", "not_applicable"),
    )
    names = [(case.get("classname"), case.get("name")) for case in parsed(report).iter("testcase")]
    assert names[-4:] == [
        ("onapp_backup.population", "cloud"),
        ("onapp_backup.population", "cloud #2"),
        ("onapp_backup.exemption", "cloud (EX-1)"),
        ("onapp_backup.exemption", "cloud (EX-2)"),
    ]


def test_name_of_the_cloud():
    report = sample_report()
    report.head["source"]["cloud_name"] = "ams 1.prod"
    classes = {case.get("classname") for case in parsed(report).iter("testcase")}
    assert "onapp_backup.ams_1_prod.rpo" in classes
    assert all(name.startswith("onapp_backup.ams_1_prod.") for name in classes)


@pytest.mark.parametrize(
    ("url", "host"),
    [("https://[2001:db8::1]:8443/x", "2001:db8::1"), ("https://[broken", "localhost"), ("nonsense", "localhost")],
)
def test_host(url, host):
    report = sample_report([])
    report.head["source"]["control_panel"] = url
    assert parsed(report).find("testsuite").get("hostname") == host


def test_names_are_unique_and_stable():
    first, later = sample_report(), copy.deepcopy(sample_report())
    for vm in later.vms:
        vm["backup"].update(age_seconds=1, newest_at="2026-04-01T00:00:00Z", copies=1, reasons=["other"])
        for item in vm["results"]:
            item.update(actual="1s", message="new", backup_ids=[9])
    later.head.update(evaluated_at="2026-04-01T00:00:00Z", generated_at="2026-04-01T00:00:00Z")
    names = [
        [(case.get("classname"), case.get("name")) for case in parsed(report).iter("testcase")]
        for report in (first, later)
    ]
    assert names[0] == names[1]
    assert len(set(names[0])) == len(names[0])
    assert not any(re.search(r"\d{4}-\d\d-\d\d|\d+[hd]\b", name) for classname, name in names[0])


@hypothesis.given(st.text(st.one_of(st.characters(), st.sampled_from("<>&\"'\x00\x0b\r\n\t]\ufffe\ud800 "))))
def test_any_text(text):
    allowed = "".join(
        sign
        for sign in text
        if sign in "\t\n\r" or "\x20" <= sign <= "\ud7ff" or "\ue000" <= sign <= "\ufffd" or sign >= "\U00010000"
    )
    found = result("rpo", "fail", message=text)
    report = sample_report([machine(1, "stale", f"x{text}", results=[found])])
    report.head["source"]["cloud_name"] = f"c{text}"
    case = case_of(parsed(report), "rpo", 1)
    assert case.get("name").split() == f"x{allowed} (vm 1)".split()
    assert case.find("failure").get("message").split() == allowed.split()
    assert case.find("failure").text.split()[: len(allowed.split())] == allowed.split()
    assert case.get("classname").count(".") == 2
