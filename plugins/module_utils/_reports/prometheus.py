# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Metrics for node_exporter's textfile collector.

Timestamps and limits, not ages: one alert fits every schedule. 0 stands for never, because a missing series raises no
alert. A virtual machine that could not be read has no sample but its state. Labels hold nothing that a new backup
changes.
"""

from __future__ import annotations

import functools
import json
import re

from .. import _fields, _text
from .._assessment.state import STATES
from .._policy import catalogue
from .writer import Facts, ReportWriter, TextBuffer

# A comment on the first line says whose metrics these are, so that a file of another cloud is not replaced.
MARK = "# community.onapp "
UNPRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
METRICS = {
    "onapp_backup_report_last_run_timestamp_seconds": "When this file was produced.",
    "onapp_backup_report_success": "1 if everything could be evaluated, and anything was.",
    "onapp_backup_report_status": "1 for the status of the report, 0 for the others.",
    "onapp_backup_vms": "Number of VMs per state.",
    "onapp_backup_outcomes": "Number of VMs per outcome, as in the headline.",
    "onapp_backup_findings": "Results that break the policy, per check and severity.",
    "onapp_backup_vm_info": "Labels that may change; join on vm_id.",
    "onapp_backup_vm_state": "1 for the current state, 0 for the others.",
    "onapp_backup_vm_last_usable_timestamp_seconds": "Data time of the worst disk's newest usable point; 0 = never.",
    "onapp_backup_vm_rpo_seconds": "Limit that applies to this VM.",
    "onapp_backup_vm_rpo_exempt": "1 if an exemption covers a breach of that limit.",
    "onapp_backup_vm_copies": "Usable points, fewest over eligible disks.",
}
# Only where plug-in recovery points were read.
RECOVERY_POINT_METRICS = {"onapp_backup_vm_recovery_points": "Usable plug-in recovery points of the VM."}


class PrometheusFile(ReportWriter):
    """onapp_backup.prom. Each metric's samples must be in one block, so all are buffered."""

    def begin(self) -> None:
        source = self.head["source"]
        self._constant = {"cp": source["cloud_name"]} if source["cloud_name"] else {}
        self._metrics = {**METRICS, **(RECOVERY_POINT_METRICS if self.shows_recovery_points else {})}
        self._buffers = {name: TextBuffer() for name in self._metrics}
        self.write(f"{MARK}{json.dumps([source['control_panel'], source['cloud_name']])}\n")
        head, summary = self.head, self.head["summary"]
        self._sample("onapp_backup_report_last_run_timestamp_seconds", _fields.moment(head["generated_at"]))
        self._sample("onapp_backup_report_success", int(head["status"] != "unknown" and summary["is_complete"]))
        for status in ("compliant", "non_compliant", "unknown"):
            self._sample("onapp_backup_report_status", int(head["status"] == status), status=status)
        for state, count in summary["by_state"].items():
            self._sample("onapp_backup_vms", count, state=state)
        for outcome, count in summary["by_outcome"].items():
            self._sample("onapp_backup_outcomes", count, outcome=outcome)
        # Zeros, too: a series that comes and goes looks like a run that failed.
        counts = {(check, severity): 0 for check in summary["by_check"] for severity in catalogue.SEVERITIES}
        for finding in self.report.findings:
            if finding["status"] in ("fail", "warn"):
                key = finding["check"], finding["severity"]
                counts[key] = counts.get(key, 0) + 1
        for (check, severity), count in counts.items():
            self._sample("onapp_backup_findings", count, check=check, severity=severity)

    def add(self, vm: Facts) -> None:
        sample = functools.partial(self._sample, vm_id=str(vm["id"]))
        backup, state = vm["backup"], vm["backup"]["state"]
        if state != "not_applicable":
            sample("onapp_backup_vm_info", 1, vm=_text.shortened(vm["label"] or ""), rule=backup["rule"])
        for one in STATES:
            sample("onapp_backup_vm_state", int(one == state), state=one)
        if state in ("unknown", "not_applicable"):
            return
        newest_at = backup["newest_at"]
        sample("onapp_backup_vm_last_usable_timestamp_seconds", 0 if newest_at is None else _fields.moment(newest_at))
        sample("onapp_backup_vm_rpo_seconds", vm["rpo_seconds"])
        is_exempt = any(one["check"] == "rpo" and one["status"] == "exempt" for one in vm["results"])
        sample("onapp_backup_vm_rpo_exempt", int(is_exempt))
        if backup["copies"] is not None:
            sample("onapp_backup_vm_copies", backup["copies"])
        if vm.get("recovery_points") is not None:
            sample("onapp_backup_vm_recovery_points", vm["recovery_points"])

    def end(self) -> None:
        for name, text in self._metrics.items():
            self.write(f"# HELP {name} {text}\n# TYPE {name} gauge\n")
            for piece in self._buffers[name]:
                self.write(piece)

    def _sample(self, metric: str, number: int, **labels: str) -> None:
        inner = ",".join(f'{label}="{_escaped(text)}"' for label, text in {**self._constant, **labels}.items())
        self._buffers[metric].write(f"{metric}{{{inner}}} {number}\n" if inner else f"{metric} {number}\n")


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
