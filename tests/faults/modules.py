# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules, run in this process as ansible would run them in one of their own, and what is seen of them."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import pathlib
import typing as t
from unittest import mock

from ansible.module_utils import basic
from ansible.module_utils.common import warnings
from ansible_collections.community.onapp.tests.faults import files
from ansible_collections.community.onapp.tests.faults.cloud import NOW
from ansible_collections.community.onapp.tests.faults.judge import Seen

PLUGINS = "ansible_collections.community.onapp.plugins.modules."
Result = dict[str, t.Any]
Options = dict[str, t.Any]


def info(options: Options, folder: pathlib.Path) -> Seen:
    """Run onapp_backup_info."""
    result, output, troubles = _run("onapp_backup_info", {**options, "evaluate_at": NOW})
    if result.get("failed"):
        return Seen(True, [result.get("failure", {}).get("code", "none")], False, {}, [], troubles, output)
    health, parts = result["health"], {}
    for machine in result["virtual_machines"]:
        own = [backup for backup in result["backups"] if backup["virtual_machine_id"] == machine["id"]]
        parts[f"VM {machine['id']}"] = {"state": machine["backup"]["state"], "facts": machine, "rows": own}
    shown = sum(len(part["rows"]) for part in parts.values())
    if (shown, len(parts)) != (result["summary"]["backups"], result["summary"]["virtual_machines"]):
        troubles.append("summary counts otherwise than the lists")
    codes = [failure["code"] for failure in health["failures"]]
    return Seen(False, codes, health["complete"], parts, [], troubles, output)


def compliance(options: Options, folder: pathlib.Path) -> Seen:
    """Run onapp_backup_compliance with reports of all formats."""
    reports = folder / "reports"
    where = {"report_dir": str(reports), "report_formats": list(files.REPORTS), "evaluate_at": NOW}
    result, output, troubles = _run("onapp_backup_compliance", {**options, **where})
    texts, problems = files.reports(reports)
    troubles += problems
    output += "".join(texts.values())
    if problems:
        return Seen(True, [], False, {}, [], troubles, output)
    record = json.loads(texts["report.json"])
    for name in ("status", "findings", "headline"):
        if record[name] != result[name]:
            troubles.append(f"{name} differs between the result and the report")
    population, failures = record["population"], record["population"]["failures"]
    # The report says of a virtual machine what its findings say, and which backups it has only as numbers.
    parts = {f"VM {vm['id']}": {"state": vm["state"], "facts": vm, "rows": []} for vm in record["virtual_machines"]}
    failed = "failure" in result
    if "scope" in options["policy"] and not failed:
        orphans = record["orphans"]
        assessed = "assessed" if orphans["assessed"] else "unknown"
        parts["orphans"] = {"state": assessed, "facts": orphans, "rows": []}
    findings = [finding for finding in record["findings"] if finding["status"] == "unknown"]
    metrics = texts["onapp_backup.prom"]
    green = [
        said
        for said, holds in {
            "passed": result["passed"],
            "no failed task": not result.get("failed", False),
            "status compliant": result["status"] == "compliant",
            "pages_complete without a failure": population["pages_complete"] and not failures,
            "success in the metrics": "\nonapp_backup_report_success 1\n" in metrics,
            "no finding that is unknown": not findings,
            "no error in JUnit": "<error" not in texts["junit.xml"],
        }.items()
        if holds
    ]
    codes = [failure["code"] for failure in failures]
    if failed and result["failure"]["code"] not in codes:
        troubles.append("the code of the failed task is not in the report")
    return Seen(failed, codes, population["pages_complete"] and not failures, parts, green, troubles, output)


def _run(name: str, options: Options) -> tuple[Result, str, list[str]]:
    """The result of a module, all that it printed, and what is wrong with how it ended."""
    module = importlib.import_module(PLUGINS + name)
    arguments = json.dumps({"ANSIBLE_MODULE_ARGS": {"_ansible_remote_tmp": "/tmp", **options}}).encode()
    out, err, troubles = io.StringIO(), io.StringIO(), []
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(basic, "_ANSIBLE_ARGS", arguments))
        if hasattr(basic, "_ANSIBLE_PROFILE"):
            stack.enter_context(mock.patch.object(basic, "_ANSIBLE_PROFILE", "legacy"))
        if hasattr(warnings, "_internal"):
            # This process is a controller's, too, whose warnings are shown and not returned.
            stack.enter_context(mock.patch.object(warnings._internal, "is_controller", False))
        stack.enter_context(mock.patch.object(warnings, "_global_warnings", type(warnings._global_warnings)()))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        try:
            module.main()
            troubles.append("it ended without a result")
        except SystemExit:
            pass
        except Exception as error:
            troubles.append(f"it raised {type(error).__name__}")
    printed = out.getvalue()
    try:
        result = json.loads(printed)
    except ValueError:
        result = {"failed": True}
        troubles.append("what it printed is no JSON")
    return result, printed + err.getvalue(), troubles
