# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""JUnit XML, as CI servers read it: a test case for each check of each virtual machine.

`fail` is a failure, `unknown` an error, `exempt` and `insufficient_data` are skipped, `warn` passes with its sentence
as output, `not_applicable` is left out. GitLab shows the class name and the text within an element, drops cases whose
class and name are equal, and compares names from run to run: names hold nothing that changes by itself.
"""

from __future__ import annotations

import re
import typing as t
import urllib.parse
from xml.etree import ElementTree

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report

    Facts = dict[str, t.Any]

NAME = "onapp-backup-compliance"
CLASS = "onapp_backup"
# What XML 1.0 has no way to write, escaped or not.
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
PARTS = re.compile(r"[.\s]+")
# Each status's element, and the attribute of the suite that counts it.
OUTCOMES = {
    "pass": None,
    "warn": None,
    "fail": ("failure", "failures"),
    "unknown": ("error", "errors"),
    "exempt": ("skipped", "skipped"),
    "insufficient_data": ("skipped", "skipped"),
}


class Case(t.NamedTuple):
    """A test case: its class is that of `check`, `result` is a result or a finding of the record."""

    name: str
    check: str
    result: Facts
    rule: str | None


def render(report: Report, write: Callable[[str], object]) -> None:
    """Write the test cases, one after the other; the virtual machines are gone through twice, to count first."""
    suite = ElementTree.Element("testsuite", _suite_attributes(report))
    # Jenkins' schema has no count of skipped cases for all suites together.
    counts = {name: suite.attrib[name] for name in ("tests", "failures", "errors", "time")}
    suites = ElementTree.Element("testsuites", {"name": NAME, **counts})
    write('<?xml version="1.0" encoding="UTF-8"?>\n')
    write(f"{_start_tag(suites)}\n  {_start_tag(suite)}\n")
    expiries = {exemption["id"]: exemption for exemption in reversed(report.head["exemptions"])}
    prefix = _class_prefix(report.head["source"]["cloud_name"])
    for case in _cases(report):
        write(f"    {_xml(_test_case(case, prefix, expiries))}\n")
    write("  </testsuite>\n</testsuites>\n")


def _cases(report: Report) -> Iterator[Case]:
    """Every result of every virtual machine, then what is about the cloud, all under different names."""
    for vm in report.vms:
        name = f"{vm['label'] or vm['identifier'] or vm['hostname'] or 'no label'} (vm {vm['id']})"
        for result in _results(vm):
            if result["status"] in OUTCOMES:
                yield Case(name, result["check"], result, vm["rule"])
    seen: dict[tuple[str, str], int] = {}
    for finding in report.findings:
        if finding["virtual_machine_id"] is not None or finding["status"] not in OUTCOMES:
            continue
        name = f"cloud ({finding['exemption']})" if finding["exemption"] else "cloud"
        number = seen[finding["check"], name] = seen.get((finding["check"], name), 0) + 1
        yield Case(name if number == 1 else f"{name} #{number}", finding["check"], finding, finding["rule"])


def _results(vm: Facts) -> Iterator[Facts]:
    """A machine's results; one that could not be judged has an error among its cases, whatever else it has."""
    yield from vm["results"]
    if vm["state"] == "unknown" and all(result["status"] != "unknown" for result in vm["results"]):
        message = "; ".join(vm["reasons"]) or "The virtual machine could not be judged."
        yield {
            "check": "state",
            "status": "unknown",
            "severity": "critical",
            "disk_id": None,
            "expected": "",
            "actual": "",
            "message": message,
            "exemption": None,
        }


def _suite_attributes(report: Report) -> dict[str, str]:
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for case in _cases(report):
        counts["tests"] += 1
        outcome = OUTCOMES[case.result["status"]]
        if outcome:
            counts[outcome[1]] += 1
    return {
        "name": _text(report.head["policy"]["name"] or NAME),
        **{name: str(count) for name, count in counts.items()},
        "time": "0",
        "timestamp": report.head["evaluated_at"].rstrip("Z"),
        "hostname": _host_of(report.head["source"]["control_panel"]),
    }


def _test_case(case: Case, prefix: str, exemptions: dict[str, Facts]) -> ElementTree.Element:
    result = case.result
    attributes = {"classname": f"{prefix}.{_text(result['check'])}", "name": _text(case.name), "time": "0"}
    element = ElementTree.Element("testcase", attributes)
    outcome = OUTCOMES[result["status"]]
    sentence = _sentence(result, case.rule)
    if outcome:
        detail = ElementTree.SubElement(element, outcome[0])
        if result["status"] == "fail":
            detail.set("type", result["severity"])
        elif result["status"] == "unknown":
            detail.set("type", "unknown")
        message = _exempted(result, exemptions) if result["status"] == "exempt" else result["message"]
        detail.set("message", _text(message))
        detail.text = sentence
    elif result["status"] == "warn":
        ElementTree.SubElement(element, "system-out").text = sentence
    return element


def _exempted(result: Facts, exemptions: dict[str, Facts]) -> str:
    """Which exemption covers a result, until when and why."""
    exemption = exemptions.get(result["exemption"])
    if exemption is None:
        return result["exemption"] or result["message"]
    return f"{exemption['id']} until {exemption['expires']}: {exemption['reason']}"


def _sentence(result: Facts, rule: str | None) -> str:
    """All that is known of a result, in one line."""
    details = {"disk": result["disk_id"], "expected": result["expected"], "actual": result["actual"], "rule": rule}
    told = ", ".join(f"{name} {value}" for name, value in details.items() if value not in (None, ""))
    return _text(result["message"] + (f" ({told})" if told else ""))


def _class_prefix(cloud_name: str | None) -> str:
    """The first parts of a class name. Dots part packages, so the name of a cloud must not bring its own."""
    return f"{CLASS}.{PARTS.sub('_', _text(cloud_name))}" if cloud_name else CLASS


def _host_of(url: str) -> str:
    try:
        return _text(urllib.parse.urlsplit(url).hostname or "localhost")
    except ValueError:
        return "localhost"


def _text(text: str) -> str:
    """One line of characters that XML can hold."""
    return " ".join(ILLEGAL.sub("", text).split())


def _xml(element: ElementTree.Element) -> str:
    return ElementTree.tostring(element, encoding="unicode")


def _start_tag(element: ElementTree.Element) -> str:
    """The start tag of an element whose children are written one by one."""
    return f"{_xml(element)[: -len(' />')]}>"
