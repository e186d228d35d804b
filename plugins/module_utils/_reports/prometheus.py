# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Metrics for node_exporter's textfile collector.

Timestamps and limits, not ages: one alert fits every schedule. 0 stands for never, because a missing series raises no
alert. A virtual machine that could not be read has no sample but its state. Labels hold nothing that a new backup
changes.
"""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import Callable, Iterator

from ansible_collections.community.onapp.plugins.module_utils._assessment.state import STATES
from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report
from ansible_collections.community.onapp.plugins.module_utils._fields import moment
from ansible_collections.community.onapp.plugins.module_utils._reports.writer import ReportWriter, TextBuffer

Facts = dict[str, t.Any]
Sample = tuple[dict[str, str], int]

STATUSES = ("compliant", "non_compliant", "unknown")
SEVERITIES = ("critical", "warning", "info")
# A comment on the first line says whose metrics these are, so that a file of another cloud is not replaced.
MARK = "# community.onapp "
UNPRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class PrometheusFile(ReportWriter):
    """onapp_backup.prom. Each metric's samples must be in one block, so those of virtual machines are buffered."""

    def __init__(self, report: Report, write: Callable[[str], object]) -> None:
        super().__init__(report, write)
        source = report.head["source"]
        self._constant = {"cp": source["cloud_name"]} if source["cloud_name"] else {}
        write(f"{MARK}{json.dumps([source['control_panel'], source['cloud_name']])}\n")
        for name, (text, samples) in RUN_METRICS.items():
            self._write_metric(name, text)
            for labels, value in samples(report):
                write(self._sample(name, labels, value))
        self._vm_metrics = {**VM_METRICS, **(RECOVERY_POINT_METRICS if self.shows_recovery_points else {})}
        self._buffers = {name: TextBuffer() for name in self._vm_metrics}

    def add(self, vm: Facts) -> None:
        for name, (_text, samples) in self._vm_metrics.items():
            for labels, value in samples(vm):
                self._buffers[name].write(self._sample(name, {"vm_id": str(vm["id"]), **labels}, value))

    def end(self) -> None:
        for name, (text, _samples) in self._vm_metrics.items():
            self._write_metric(name, text)
            self._buffers[name].copy_to(self.write)

    def _write_metric(self, name: str, text: str) -> None:
        self.write(f"# HELP {name} {text}\n# TYPE {name} gauge\n")

    def _sample(self, name: str, labels: dict[str, str], value: int) -> str:
        inner = ",".join(f'{label}="{_escaped(text)}"' for label, text in {**self._constant, **labels}.items())
        return f"{name}{{{inner}}} {value}\n" if inner else f"{name} {value}\n"


def source_of(line: str) -> list[str | None] | None:
    """Control panel and cloud name from the first line of a metrics file; None if this collection did not write it."""
    if not line.startswith(MARK):
        return None
    try:
        source = json.loads(line[len(MARK) :])
    except ValueError:
        return None
    return source if isinstance(source, list) and len(source) == 2 else None


def _escaped(text: str) -> str:
    """A label's value; characters that readers of the format do not accept become U+FFFD."""
    clean = UNPRINTABLE.sub("\ufffd", text)
    return clean.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _last_run(report: Report) -> Iterator[Sample]:
    yield {}, moment(report.head["generated_at"])


def _success(report: Report) -> Iterator[Sample]:
    yield {}, int(report.head["status"] != "unknown" and report.head["summary"]["is_complete"])


def _status(report: Report) -> Iterator[Sample]:
    for status in STATUSES:
        yield {"status": status}, int(report.head["status"] == status)


def _vms(report: Report) -> Iterator[Sample]:
    for state, count in report.head["summary"]["by_state"].items():
        yield {"state": state}, count


def _outcomes(report: Report) -> Iterator[Sample]:
    for outcome, count in report.head["summary"]["by_outcome"].items():
        yield {"outcome": outcome}, count


def _findings(report: Report) -> Iterator[Sample]:
    """Zeros included: a series that comes and goes cannot be distinguished from a report that does not run."""
    counts = {(check, severity): 0 for check in report.head["summary"]["by_check"] for severity in SEVERITIES}
    for finding in report.findings:
        if finding["status"] in ("fail", "warn"):
            key = finding["check"], finding["severity"]
            counts[key] = counts.get(key, 0) + 1
    for (check, severity), count in counts.items():
        yield {"check": check, "severity": severity}, count


def _info(vm: Facts) -> Iterator[Sample]:
    if vm["backup"]["state"] != "not_applicable":
        yield {"vm": vm["label"] or "", "rule": vm["backup"]["rule"]}, 1


def _state(vm: Facts) -> Iterator[Sample]:
    for state in STATES:
        yield {"state": state}, int(vm["backup"]["state"] == state)


def _last_usable(vm: Facts) -> Iterator[Sample]:
    if _is_judged(vm):
        yield {}, 0 if vm["backup"]["newest_at"] is None else moment(vm["backup"]["newest_at"])


def _limit(vm: Facts) -> Iterator[Sample]:
    if _is_judged(vm):
        yield {}, vm["rpo_seconds"]


def _exempt(vm: Facts) -> Iterator[Sample]:
    if _is_judged(vm):
        yield {}, int(any(one["check"] == "rpo" and one["status"] == "exempt" for one in vm["results"]))


def _copies(vm: Facts) -> Iterator[Sample]:
    if _is_judged(vm) and vm["backup"]["copies"] is not None:
        yield {}, vm["backup"]["copies"]


def _recovery_points(vm: Facts) -> Iterator[Sample]:
    if _is_judged(vm) and vm.get("recovery_points") is not None:
        yield {}, vm["recovery_points"]


def _is_judged(vm: Facts) -> bool:
    """Whether there is something to say besides the state: 0 would mean `never`."""
    return vm["backup"]["state"] not in ("unknown", "not_applicable")


RUN_METRICS: dict[str, tuple[str, Callable[[Report], Iterator[Sample]]]] = {
    "onapp_backup_report_last_run_timestamp_seconds": ("When this file was produced.", _last_run),
    "onapp_backup_report_success": ("1 if everything could be evaluated, and anything was.", _success),
    "onapp_backup_report_status": ("1 for the status of the report, 0 for the others.", _status),
    "onapp_backup_vms": ("Number of VMs per state.", _vms),
    "onapp_backup_outcomes": ("Number of VMs per outcome, as in the headline.", _outcomes),
    "onapp_backup_findings": ("Results that break the policy, per check and severity.", _findings),
}
VM_METRICS: dict[str, tuple[str, Callable[[Facts], Iterator[Sample]]]] = {
    "onapp_backup_vm_info": ("Labels that may change; join on vm_id.", _info),
    "onapp_backup_vm_state": ("1 for the current state, 0 for the others.", _state),
    "onapp_backup_vm_last_usable_timestamp_seconds": (
        "Data time of the worst disk's newest usable point; 0 = never.",
        _last_usable,
    ),
    "onapp_backup_vm_rpo_seconds": ("Limit that applies to this VM.", _limit),
    "onapp_backup_vm_rpo_exempt": ("1 if an exemption covers a breach of that limit.", _exempt),
    "onapp_backup_vm_copies": ("Usable points, fewest over eligible disks.", _copies),
}
# Only where plug-in recovery points were read.
RECOVERY_POINT_METRICS = {
    "onapp_backup_vm_recovery_points": ("Usable plug-in recovery points of the VM.", _recovery_points),
}
