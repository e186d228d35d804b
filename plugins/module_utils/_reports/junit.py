# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JUnit XML, as CI servers read it: a test case for each check of each virtual machine.

`fail` is a failure, `unknown` an error, `exempt` and `insufficient_data` are skipped, `warn` passes with its sentence
as output, `not_applicable` is omitted. GitLab shows the class name and the text within an element, drops cases whose
class and name are equal, and compares names from run to run: names hold nothing that changes by itself.
"""

from __future__ import annotations

import collections
import re
import typing as t
import urllib.parse
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree

from .. import _text
from .._checks.results import Result
from .._policy import catalogue
from .writer import Facts, ReportWriter

NAME = "onapp-backup-compliance"
# The element of a case by the status of its result.
ELEMENTS = {
    "pass": None,
    "warn": "system-out",
    "fail": "failure",
    "unknown": "error",
    "exempt": "skipped",
    "insufficient_data": "skipped",
}


class JUnitFile(ReportWriter):
    """junit.xml: first a test case for the run itself, then the results of each virtual machine, then the cloud's."""

    def begin(self) -> None:
        head, source = self.head, self.head["source"]
        self._exemptions = {
            one["id"]: f"{one['id']} until {one['expires']}: {one['reason']}" for one in reversed(head["exemptions"])
        }
        self._class = "onapp_backup"
        if source["cloud_name"]:
            # Dots separate packages, so the name of a cloud must not bring its own.
            self._class += "." + re.sub(r"[.\s]+", "_", _xml_text(source["cloud_name"]))
        self._cloud = list(_cloud_cases(self.report.findings))
        # The run as a result says what the status says, also where no virtual machine has a result.
        status = {"compliant": "pass", "non_compliant": "fail"}.get(head["status"], "unknown")
        run = Result("run", status, "critical", "compliant", head["status"], head["headline"]).as_facts()
        # The counts come first in the file, so they are taken from the summary.
        numbers = collections.Counter([status, *(finding["status"] for _name, finding in self._cloud)])
        for check in catalogue.VM_CHECKS:
            numbers.update(head["summary"]["by_check"].get(check, {}))
        counts = {
            "tests": str(sum(numbers[status] for status in ELEMENTS)),
            "failures": str(numbers["fail"]),
            "errors": str(numbers["unknown"]),
        }
        try:
            host = urllib.parse.urlsplit(source["control_panel"]).hostname
        except ValueError:
            host = None
        suite = {
            "name": _xml_text(head["policy"]["name"] or NAME),
            **counts,
            "skipped": str(numbers["exempt"] + numbers["insufficient_data"]),
            "time": "0",
            "timestamp": head["evaluated_at"].rstrip("Z"),
            "hostname": _xml_text(host or "localhost"),
        }
        # Jenkins' schema has no count of skipped cases for all suites together.
        suites = {"name": NAME, **counts, "time": "0"}
        self.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        self.write(f"{_start_tag('testsuites', suites)}\n  {_start_tag('testsuite', suite)}\n")
        self._write_case("backup compliance", run, None)

    def add(self, vm: Facts) -> None:
        label = _text.shortened(vm["label"] or vm["identifier"] or vm["hostname"] or "no label")
        name = f"{label} (vm {vm['id']})"
        for result in vm["results"]:
            if result["status"] in ELEMENTS:
                self._write_case(name, result, vm["backup"]["rule"])

    def end(self) -> None:
        for name, finding in self._cloud:
            self._write_case(name, finding, finding["rule"])
        self.write("  </testsuite>\n</testsuites>\n")

    def _write_case(self, name: str, result: Facts, rule: str | None) -> None:
        """Write a test case; `result` is a result or a finding of the report."""
        attributes = {"classname": f"{self._class}.{_xml_text(result['check'])}", "name": _xml_text(name), "time": "0"}
        case = ElementTree.Element("testcase", attributes)
        status, element = result["status"], ELEMENTS[result["status"]]
        if element is not None:
            detail = ElementTree.SubElement(case, element)
            if status in ("fail", "unknown"):
                detail.set("type", result["severity"] if status == "fail" else "unknown")
            message = result["message"]
            if status == "exempt":
                message = self._exemptions.get(result["exemption"], result["exemption"]) or message
            if status != "warn":
                detail.set("message", _xml_text(message))
            detail.text = _sentence(result, rule)
        self.write(f"    {ElementTree.tostring(case, encoding='unicode')}\n")


def _cloud_cases(findings: Sequence[Facts]) -> Iterator[tuple[str, Facts]]:
    """Findings about the cloud and the policy, each under another name."""
    seen = collections.Counter[t.Any]()
    for finding in findings:
        if finding["virtual_machine_id"] is None and finding["status"] in ELEMENTS:
            about = finding["exemption"] or finding["rule"]
            name = f"cloud ({about})" if about else "cloud"
            seen[finding["check"], name] += 1
            number = seen[finding["check"], name]
            yield name if number == 1 else f"{name} #{number}", finding


def _sentence(result: Facts, rule: str | None) -> str:
    """All that is known of a result, in one line."""
    details = {"disk": result["disk_id"], "expected": result["expected"], "actual": result["actual"], "rule": rule}
    known = ", ".join(f"{name} {value}" for name, value in details.items() if value not in (None, ""))
    return _xml_text(result["message"] + (f" ({known})" if known else ""))


def _xml_text(text: str) -> str:
    """One line of characters that XML can hold."""
    return " ".join(_text.XML_FORBIDDEN.sub("", text).split())


def _start_tag(name: str, attributes: dict[str, str]) -> str:
    """The start tag of an element whose children are written one by one."""
    return ElementTree.tostring(ElementTree.Element(name, attributes), encoding="unicode").removesuffix(" />") + ">"
