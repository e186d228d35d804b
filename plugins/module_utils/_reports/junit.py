# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""JUnit XML, as CI servers read it: a test case for each check of each virtual machine.

`fail` is a failure, `unknown` an error, `exempt` and `insufficient_data` are skipped, `warn` passes with its sentence
as output, `not_applicable` is omitted. GitLab shows the class name and the text within an element, drops cases whose
class and name are equal, and compares names from run to run: names hold nothing that changes by itself.
"""

from __future__ import annotations

import re
import typing as t
import urllib.parse
from xml.etree import ElementTree

from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import VM_CHECKS
from ansible_collections.community.onapp.plugins.module_utils._reports.writer import ReportWriter

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report

    Facts = dict[str, t.Any]

NAME = "onapp-backup-compliance"
CLASS = "onapp_backup"
# What XML 1.0 has no way to write, escaped or not. A negated class takes ten times as long to compile.
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
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
    """A test case: its class ends in `check`, `result` is a result or a finding of the report."""

    name: str
    check: str
    result: Facts
    rule: str | None


class JUnitFile(ReportWriter):
    """junit.xml: first a test case for the run itself, then the results of each virtual machine, then the cloud's."""

    def __init__(self, report: Report, write: Callable[[str], object]) -> None:
        super().__init__(report, write)
        self._exemptions = {exemption["id"]: exemption for exemption in reversed(report.head["exemptions"])}
        self._prefix = _class_prefix(report.head["source"]["cloud_name"])
        self._run = _run_case(report.head)
        self._cloud = list(_cloud_cases(report.findings))
        suite = ElementTree.Element("testsuite", self._suite_attributes())
        # Jenkins' schema has no count of skipped cases for all suites together.
        counts = {name: suite.attrib[name] for name in ("tests", "failures", "errors", "time")}
        suites = ElementTree.Element("testsuites", {"name": NAME, **counts})
        write('<?xml version="1.0" encoding="UTF-8"?>\n')
        write(f"{_start_tag(suites)}\n  {_start_tag(suite)}\n")
        self._write_case(self._run)

    def add(self, vm: Facts) -> None:
        name = f"{vm['label'] or vm['identifier'] or vm['hostname'] or 'no label'} (vm {vm['id']})"
        for result in vm["results"]:
            if result["status"] in OUTCOMES:
                self._write_case(Case(name, result["check"], result, vm["backup"]["rule"]))

    def end(self) -> None:
        for case in self._cloud:
            self._write_case(case)
        self.write("  </testsuite>\n</testsuites>\n")

    def _write_case(self, case: Case) -> None:
        self.write(f"    {_xml(_test_case(case, self._prefix, self._exemptions))}\n")

    def _suite_attributes(self) -> dict[str, str]:
        """The counts come first in the file, so they are taken from the summary."""
        head = self.report.head
        statuses = [case.result["status"] for case in (self._run, *self._cloud)]
        numbers = {status: statuses.count(status) for status in OUTCOMES}
        for check in VM_CHECKS:
            for status in OUTCOMES:
                numbers[status] += head["summary"]["by_check"].get(check, {}).get(status, 0)
        counts = {"tests": sum(numbers.values()), "failures": 0, "errors": 0, "skipped": 0}
        for status, outcome in OUTCOMES.items():
            if outcome:
                counts[outcome[1]] += numbers[status]
        return {
            "name": _text(head["policy"]["name"] or NAME),
            **{name: str(count) for name, count in counts.items()},
            "time": "0",
            "timestamp": head["evaluated_at"].rstrip("Z"),
            "hostname": _host_of(head["source"]["control_panel"]),
        }


def _run_case(head: Facts) -> Case:
    """The run as a test case, which says what the status says, also where no virtual machine has a result."""
    status = {"compliant": "pass", "non_compliant": "fail", "unknown": "unknown"}[head["status"]]
    result = {
        "check": "run",
        "status": status,
        "severity": "critical",
        "disk_id": None,
        "expected": "compliant",
        "actual": head["status"],
        "message": head["headline"],
        "exemption": None,
    }
    return Case("backup compliance", "run", result, None)


def _cloud_cases(findings: Sequence[Facts]) -> Iterator[Case]:
    """Findings about the cloud and the policy, each under another name."""
    seen: dict[tuple[str, str], int] = {}
    for finding in findings:
        if finding["virtual_machine_id"] is not None or finding["status"] not in OUTCOMES:
            continue
        about = finding["exemption"] or finding["rule"]
        name = f"cloud ({about})" if about else "cloud"
        number = seen[finding["check"], name] = seen.get((finding["check"], name), 0) + 1
        yield Case(name if number == 1 else f"{name} #{number}", finding["check"], finding, finding["rule"])


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
    known = ", ".join(f"{name} {value}" for name, value in details.items() if value not in (None, ""))
    return _text(result["message"] + (f" ({known})" if known else ""))


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
