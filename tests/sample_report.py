# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records of compliance runs to render: `sample_report()` has each kind of content, its parameters set the size."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report
from ansible_collections.community.onapp.plugins.module_utils._fields import moment, utc_text
from ansible_collections.community.onapp.plugins.module_utils._reports.writer import ReportWriter

NOW = moment("2026-03-30T06:00:00Z")
DAY = 86400
STATES = ("unknown", "not_applicable", "pending", "unprotected", "failing", "stale", "protected")
STATUSES = ("pass", "warn", "fail", "unknown", "exempt", "not_applicable", "insufficient_data")
CHECKS = ("coverage", "rpo", "attempt", "min_copies", "retention_daily", "max_gap", "size")
# The files of each format, in the order in which they are written.
REPORTS = {
    "json": ("report.json",),
    "html": ("report.html",),
    "junit": ("junit.xml",),
    "markdown": ("summary.md",),
    "prometheus": ("onapp_backup.prom",),
    "csv": ("vms.csv", "findings.csv"),
}
REPORT_FILES = [*(name for names in REPORTS.values() for name in names), "status.json"]
HOSTILE_LABELS = (
    "<script>alert(1)</script>",
    '=HYPERLINK("https://evil.example/","click")',
    "a|b`c`*d* @all <b>",
    'quote" back\\slash\nnew line\x00\x0b\x1b[31m\ufffe',
    "\u202egnp.exe \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "\U0001f4be " + "long-label-" * 18 + "end",
    "{{ 7 * 7 }} ]]> --> &amp; \udcff",
)


def result(check: str, status: str = "pass", severity: str = "warning", **more: t.Any) -> dict[str, t.Any]:
    """A result; the defaults are those of a check that passes."""
    return {
        "check": check,
        "status": status,
        "severity": severity,
        "disk_id": None,
        "expected": "at most 26h",
        "actual": "5h",
        "message": f"{check} of disk 91 is {status}",
        "backup_ids": [1951],
        "exemption": None,
        **more,
    }


def machine(
    number: int,
    state: str = "protected",
    label: str | None = None,
    **more: t.Any,
) -> dict[str, t.Any]:
    """A virtual machine whose results and calendar fit its state; `more` replaces parts of it or of its `backup`."""
    status, severity, letter, age = {
        "unknown": ("unknown", "critical", None, None),
        "not_applicable": ("not_applicable", "critical", None, None),
        "pending": ("insufficient_data", "critical", "R", None),
        "unprotected": ("fail", "critical", "x", None),
        "failing": ("fail", "critical", "F", 60 * 3600),
        "stale": ("warn", "warning", "N", 42 * 3600),
        "protected": ("pass", "warning", "S", 5 * 3600),
    }[state]
    calendar = None if letter is None else "xxxxxxxxSSSSSS.SSPSSSSSSSSMSSS.SSS"[:34] + letter
    newest = None if age is None else utc_text(NOW - age)
    results = [result(check, status, severity) for check in CHECKS[:2]]
    results += [result(check) if age is not None else result(check, status) for check in CHECKS[2:]]
    entry: dict[str, t.Any] = {
        "id": number,
        "identifier": f"vm{number:08d}",
        "label": f"web-{number:02d}" if label is None else label,
        "hostname": f"web-{number:02d}.example.com",
        "user_id": 7,
        "created_at": utc_text(NOW - 400 * DAY),
        "outcome": {"unknown": "unknown", "stale": "warning", "protected": "compliant"}.get(
            state, "not_applicable" if state in ("pending", "not_applicable") else "critical"
        ),
        "backup": {
            "state": state,
            "flags": ["single_copy"] if state == "protected" else [],
            "reasons": [f"it is {state}"],
            "rule": "standard",
            "age_seconds": age,
            "newest_at": newest,
            "oldest_at": None if age is None else utc_text(NOW - 26 * DAY),
            "copies": None if state == "unknown" else 0 if age is None else 24,
            "total_size_bytes": None if state == "unknown" else 0 if age is None else 24 * 318357504,
            "disks": []
            if state == "unknown"
            else [
                {
                    "id": 91,
                    "identifier": "kxqjuxidtqrxxm",
                    "label": "root",
                    "is_swap": False,
                    "created_at": utc_text(NOW - 400 * DAY),
                    "newest_at": newest,
                    "oldest_at": None if age is None else utc_text(NOW - 26 * DAY),
                    "age_seconds": age,
                    "copies": 0 if age is None else 24,
                    "source_backup_id": None if age is None else 1951,
                }
            ],
            "evaluated_at": utc_text(NOW),
        },
        "rpo_seconds": 26 * 3600,
        "rpo_critical_seconds": 50 * 3600,
        "worst_disk_id": None if state in ("unknown", "not_applicable") else 91,
        "calendar": calendar,
        "results": results,
    }
    for name, value in more.items():
        (entry["backup"] if name in entry["backup"] else entry)[name] = value
    return entry


def sample_machines(labels: tuple[str, ...] = HOSTILE_LABELS) -> list[dict[str, t.Any]]:
    """One virtual machine of each state, then healthy ones with the labels."""
    order = ("unprotected", "failing", "unknown", "stale", "pending", "protected", "not_applicable")
    machines = [machine(number, state) for number, state in enumerate(order, 1)]
    return machines + [machine(number, "protected", label) for number, label in enumerate(labels, 100)]


def sample_report(machines: list[dict[str, t.Any]] | None = None, **more: t.Any) -> Report:
    """The record of a run over some virtual machines; `more` replaces parts of its head."""
    vms = sample_machines() if machines is None else machines
    states = {state: sum(vm["backup"]["state"] == state for vm in vms) for state in STATES}
    by_check = {check: dict.fromkeys(STATUSES, 0) for check in CHECKS}
    findings: list[dict[str, t.Any]] = []
    for vm in vms:
        for item in vm["results"]:
            by_check[item["check"]][item["status"]] += 1
            if item["status"] in ("fail", "warn", "unknown", "exempt"):
                findings.append(
                    {
                        "virtual_machine_id": vm["id"],
                        "virtual_machine_label": vm["label"],
                        "rule": vm["backup"]["rule"],
                        **item,
                    }
                )
    days = [t.cast(str, utc_text(NOW - back * DAY))[:10] for back in range(34, -1, -1)]
    head: dict[str, t.Any] = {
        "schema_version": 1,
        "tool": {"name": "community.onapp", "version": "1.0.0"},
        "status": "non_compliant" if any(item["status"] == "fail" for item in findings) else "compliant",
        "headline": "2 of 14 VMs break the policy critically, 1 has warnings, 1 could not be judged; 8 comply, "
        "2 not applicable",
        "generated_at": utc_text(NOW),
        "evaluated_at": utc_text(NOW),
        "source": {
            "control_panel": "https://onapp.example.com",
            "api_user": "auditor@example.com",
            "cloud_name": None,
            "server_date_offset_s": 0,
        },
        "policy": {
            "name": "production-backups",
            "version": 1,
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "effective": {"version": 1, "name": "production-backups", "defaults": {"rpo": "26h"}},
        },
        "population": {
            "vms_listed": len(vms),
            "filtered_out": 0,
            "deleted_meanwhile": 0,
            "evaluated": len(vms) - states["unknown"] - states["not_applicable"],
            "not_applicable": states["not_applicable"],
            "unknown": states["unknown"],
            "backups": 24 * len(vms),
            "api_calls": len(vms) + 2,
            "pages_complete": True,
            "failures": [
                {
                    "virtual_machine_id": vm["id"],
                    "code": "server",
                    "status": 503,
                    "text": "The control panel could not answer.",
                }
                for vm in vms
                if vm["backup"]["state"] == "unknown"
            ],
        },
        "summary": {
            "by_state": states,
            "by_check": by_check,
            "by_severity": {
                "critical": sum(item["status"] == "fail" for item in findings),
                "warning": sum(item["status"] == "warn" for item in findings),
                "info": 0,
            },
            "by_outcome": {
                outcome: sum(vm["outcome"] == outcome for vm in vms)
                for outcome in ("critical", "unknown", "warning", "exempt", "compliant", "not_applicable")
            },
            "results_counted": 64,
            "results_exempt": 0,
            "is_complete": not states["unknown"],
            "percent": 87.5 if vms else None,
        },
        "calendar": {"timezone": "UTC", "day_starts_at": "00:00", "days": days},
        "rules": [
            {
                "name": name,
                "match": match,
                "limits": {"rpo": "26h", "rpo_critical": "50h", "min_copies": 2},
                "matched": matched,
                "decided": matched,
            }
            for name, match, matched in (("standard", {"any": True}, len(vms)), ("defaults", None, 0))
        ],
        "exemptions": [
            {
                "id": "EX-014",
                "state": state,
                "category": "mitigated",
                "checks": ["rpo", "min_copies"],
                "reason": "Replicated by the <database> layer",
                "approved_by": "J. Doe",
                "ticket": "OPS-2231",
                "expires": expires,
                "virtual_machine_ids": ids,
                "hidden": [
                    {
                        "virtual_machine_id": number,
                        "virtual_machine_label": f"web-{number:02d}",
                        "check": "rpo",
                        "message": "Disk 91 can be restored to 2026-03-28T12:00:00Z (backup 1951), 42h ago.",
                    }
                    for number in ids
                ],
            }
            for state, expires, ids in (("expiring", "2026-04-02", [4]), ("expired", "2026-03-01", [2]))
        ],
        "changes": None,
        "history": None,
        "retention": [
            {
                "rule": "standard",
                "tier": "daily",
                "count": 7,
                "min": 6,
                "periods": [
                    {"period": day, "held": 3, "missing": int(day.endswith("27")), "not_applicable": 1}
                    for day in days[-8:-1]
                ],
            },
            {
                "rule": "standard",
                "tier": "weekly",
                "count": 4,
                "min": 4,
                "periods": [
                    {"period": f"2026-W{week}", "held": 3, "missing": int(week == 10), "not_applicable": 1}
                    for week in range(10, 14)
                ],
            },
        ],
        "backup_servers": [
            {"id": 3, "site": "ams", "copies": 120, "size_kb": 120 * 310896},
            {"id": None, "site": None, "copies": 12, "size_kb": 12 * 310896},
        ],
        "orphans": {
            "assessed": True,
            "backups": [
                {
                    "id": 77,
                    "user_id": 7,
                    "target_type": "Disk",
                    "target_id": 990,
                    "created_at": utc_text(NOW - 90 * DAY),
                    "size_bytes": 318357504,
                }
            ],
        },
        "not_assessed": [{"id": "encryption", "text": "Whether backups are encrypted."}],
        "controls": {check: ["CIS 11.2"] for check in CHECKS},
        **more,
    }
    return Report(head, vms, findings)


def text_of(writer: type[ReportWriter], report: Report) -> str:
    """The complete text of a report writer."""
    pieces: list[str] = []
    written = writer(report, pieces.append)
    for vm in report.vms:
        written.add(vm)
    written.end()
    return "".join(pieces)
