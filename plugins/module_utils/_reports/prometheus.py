# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Metrics for node_exporter's textfile collector.

Timestamps and limits, not ages: one alert fits every schedule, and 0 stands for never, because a series that is missing
alerts nobody. What could not be read has no sample but its state. Labels hold nothing that a new backup changes.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._fields import moment

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report

    Facts = dict[str, t.Any]
    Sample = tuple[dict[str, str], int]

STATUSES = ("compliant", "non_compliant", "unknown")
SEVERITIES = ("critical", "warning", "info")
UNPRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Metric(t.NamedTuple):
    """A gauge: `samples` gives the labels and the value of each of its series."""

    name: str
    help: str
    samples: t.Callable[[Report], Iterator[Sample]]


def render(report: Report, write: Callable[[str], object]) -> None:
    """Write the metrics one after the other; those of virtual machines go through all of them each."""
    cloud_name = report.head["source"]["cloud_name"]
    constant = {"cp": cloud_name} if cloud_name else {}
    for metric in METRICS:
        write(f"# HELP {metric.name} {metric.help}\n# TYPE {metric.name} gauge\n")
        for labels, value in metric.samples(report):
            write(f"{metric.name}{_label_set({**constant, **labels})} {value}\n")


def _label_set(labels: dict[str, str]) -> str:
    inner = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{inner}}}" if inner else ""


def _escaped(text: str) -> str:
    """A label's value; characters that readers choke on become U+FFFD."""
    clean = UNPRINTABLE.sub("\ufffd", text)
    return clean.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _last_run(report: Report) -> Iterator[Sample]:
    yield {}, moment(report.head["generated_at"])


def _success(report: Report) -> Iterator[Sample]:
    population = report.head["population"]
    unknown = population["unknown"] or any(finding["status"] == "unknown" for finding in report.findings)
    yield {}, int(population["pages_complete"] and not unknown and report.head["status"] != "unknown")


def _status(report: Report) -> Iterator[Sample]:
    for status in STATUSES:
        yield {"status": status}, int(report.head["status"] == status)


def _vms(report: Report) -> Iterator[Sample]:
    for state, count in report.head["summary"]["by_state"].items():
        yield {"state": state}, count


def _findings(report: Report) -> Iterator[Sample]:
    """Also the zeros: a series that comes and goes cannot be told from a report that does."""
    counts = {(check, severity): 0 for check in report.head["summary"]["by_check"] for severity in SEVERITIES}
    for finding in report.findings:
        if finding["status"] in ("fail", "warn"):
            key = finding["check"], finding["severity"]
            counts[key] = counts.get(key, 0) + 1
    for (check, severity), count in counts.items():
        yield {"check": check, "severity": severity}, count


def _judged(report: Report) -> Iterator[Facts]:
    """The virtual machines of which there is something to say besides their state."""
    return (vm for vm in report.vms if vm["state"] not in ("unknown", "not_applicable"))


def _info(report: Report) -> Iterator[Sample]:
    for vm in report.vms:
        if vm["state"] != "not_applicable":
            yield {"vm_id": str(vm["id"]), "vm": vm["label"] or "", "rule": vm["rule"]}, 1


def _state(report: Report) -> Iterator[Sample]:
    for vm in report.vms:
        for state in report.head["summary"]["by_state"]:
            yield {"vm_id": str(vm["id"]), "state": state}, int(vm["state"] == state)


def _last_usable(report: Report) -> Iterator[Sample]:
    for vm in _judged(report):
        yield {"vm_id": str(vm["id"])}, 0 if vm["newest_at"] is None else moment(vm["newest_at"])


def _limit(report: Report) -> Iterator[Sample]:
    for vm in _judged(report):
        yield {"vm_id": str(vm["id"])}, vm["rpo_seconds"]


def _exempt(report: Report) -> Iterator[Sample]:
    for vm in _judged(report):
        exempt = any(result["check"] == "rpo" and result["status"] == "exempt" for result in vm["results"])
        yield {"vm_id": str(vm["id"])}, int(exempt)


def _copies(report: Report) -> Iterator[Sample]:
    for vm in _judged(report):
        if vm["copies"] is not None:
            yield {"vm_id": str(vm["id"])}, vm["copies"]


METRICS = (
    Metric("onapp_backup_report_last_run_timestamp_seconds", "When this file was produced.", _last_run),
    Metric("onapp_backup_report_success", "1 if everything could be evaluated.", _success),
    Metric("onapp_backup_report_status", "1 for the verdict, 0 for the others.", _status),
    Metric("onapp_backup_vms", "Number of VMs per state.", _vms),
    Metric("onapp_backup_findings", "Results that break the policy, per check and severity.", _findings),
    Metric("onapp_backup_vm_info", "Labels that may change; join on vm_id.", _info),
    Metric("onapp_backup_vm_state", "1 for the current state, 0 for the others.", _state),
    Metric(
        "onapp_backup_vm_last_usable_timestamp_seconds",
        "Data time of the worst disk's newest usable point; 0 = never.",
        _last_usable,
    ),
    Metric("onapp_backup_vm_rpo_seconds", "Limit that applies to this VM.", _limit),
    Metric("onapp_backup_vm_rpo_exempt", "1 if an exemption covers a breach of that limit.", _exempt),
    Metric("onapp_backup_vm_copies", "Usable points, fewest over eligible disks.", _copies),
)
