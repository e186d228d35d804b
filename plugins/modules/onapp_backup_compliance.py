#!/usr/bin/python
# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: onapp_backup_compliance
short_description: Check the backups of OnApp virtual machines against a policy, and write reports
description:
  - Reads the disks and backups of virtual machines, assesses each by a policy, writes reports, and fails if the policy
    is not met.
  - Data that cannot be read is never compliant. Then RV(status) is V(unknown) or V(non_compliant), and the task fails
    unless O(fail_on=never).
  - OnApp lists the backups that exist, not the runs that made them. Reports claim nothing about the time before the
    oldest existing backup.
version_added: 1.0.0
author:
  - The community.onapp authors (@ansible-collections)
options:
  policy_file:
    description: A YAML or JSON file with the policy (see O(policy)), on the host that runs the task. YAML needs
      C(PyYAML) on the Python used there.
    type: path
  filters:
    description:
      - Which virtual machines to assess. It is applied before their backups are read. The first entry that matches
        decides; a virtual machine that no entry matches is included.
      - Each entry is a dictionary with the one key C(include) or C(exclude), whose value is written like C(match) in a
        policy.
    type: list
    elements: dict
    default: []
  fail_on:
    description:
      - When the task fails.
      - The default is C(report.fail_on) of the policy, which is V(critical) unless the policy sets it.
    type: str
    choices:
      critical: At a critical finding, and when anything could not be judged.
      warning: At a warning, too.
      unknown: Only when something could not be judged.
      never: Never because of findings. It still fails when the virtual machines cannot be read at all.
  report_dir:
    description:
      - The directory for the reports. It is created if it is missing. Without it no report is written.
      - C(status.json), a small file for O(history) of later runs, is always written there.
      - All reports are written before the task fails, each completely or not at all.
    type: path
  report_formats:
    description: Which reports to write into O(report_dir).
    type: list
    elements: str
    choices:
      json: C(report.json), the complete result; all other formats show parts of it.
      html: C(report.html), one page without scripts, to be read or printed. Needs C(Jinja2) on the Python that runs the
        task; if it is not there, omit this format.
      junit: C(junit.xml), a test case for each virtual machine and check.
      markdown: C(summary.md), for job summaries and merge requests.
      prometheus: C(onapp_backup.prom), for the textfile collector of node_exporter.
      csv: C(vms.csv) and C(findings.csv).
    default: [json, html, junit, markdown, prometheus, csv]
  previous_report:
    description:
      - The C(report.json) of an earlier run, on the host that runs the task.
      - With it, a drop in the number of judged virtual machines is noticed (C(scope.max_drop) of the policy), and the
        reports name the findings that are new, those that remain, and what became of the others.
      - A report of another control panel or O(cloud_name) is an error.
    type: path
  history:
    description:
      - A folder with the reports of earlier runs, on the host that runs the task. Every C(status*.json) in it and its
        subfolders is one earlier run; links to folders are not followed.
      - With it C(report.json) and C(report.html) show on which days the cloud and each virtual machine were compliant,
        not compliant or unknown. Days without a run are unknown. Runs of another control panel or O(cloud_name), and
        files that cannot be read, are skipped and named; runs under another policy are counted separately.
    type: path
  history_days:
    description: How many days O(history) covers, including the current one.
    type: int
    default: 35
  cloud_name:
    description: A name for this cloud, for several control panels whose ids repeat. Metrics, JUnit names and the names
      of the report files have it, such as C(report-NAME.json); characters other than letters, digits, dots, underscores
      and dashes become dashes in file names.
    type: str
extends_documentation_fragment:
  - community.onapp.onapp
  - community.onapp.policy
  - community.onapp.attributes
requirements:
  - Jinja2, for the HTML report (O(report_formats=html), which is part of the default)
attributes:
  check_mode:
    support: full
    description: Assesses, and writes nothing. RV(ignore:changed) says whether reports would change.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details: Reports are written by every run. RV(ignore:changed) is true if more than the time of the run is different,
      which is so with every run unless O(evaluate_at) is set.
seealso:
  - module: community.onapp.onapp_backup_info
"""

EXAMPLES = r"""
# The connection comes from the environment variables ONAPP_URL, ONAPP_USERNAME and ONAPP_PASSWORD.
- name: Every disk can be restored to the last 26 hours
  community.onapp.onapp_backup_compliance:

- name: Check against the policy of this repository, and keep the reports
  community.onapp.onapp_backup_compliance:
    policy_file: "{{ playbook_dir }}/backup-policy.yml"
    report_dir: "{{ playbook_dir }}/reports"
    report_formats: [json, html, junit, markdown]

- name: Only databases, and warnings count
  community.onapp.onapp_backup_compliance:
    filters:
      - include: {label: "db-*"}
      - exclude: {any: true}
    fail_on: warning

- name: Strict for databases, where an age above 8 hours is critical at once
  community.onapp.onapp_backup_compliance:
    policy:
      name: production
      defaults:
        rpo: 26h
        rpo_critical: 50h
      rules:
        - name: gold
          match: {label: "db-*"}
          rpo: 8h
        - name: standard
          match: {any: true}

- name: Report on the last 35 days, from the archived reports of earlier runs
  community.onapp.onapp_backup_compliance:
    policy_file: backup-policy.yml
    report_dir: "{{ playbook_dir }}/archive/{{ now(utc=true, fmt='%Y-%m-%d') }}"
    history: "{{ playbook_dir }}/archive"

- name: Metrics for node_exporter, whatever was found
  community.onapp.onapp_backup_compliance:
    report_dir: /var/lib/prometheus/node-exporter
    report_formats: [prometheus]
    fail_on: never
"""

RETURN = r"""
status:
  description:
    - V(non_compliant) if the policy is broken at or above the severity that counts (V(critical), or V(warning) with
      O(fail_on=warning)), else V(unknown) if something could not be judged, or if no virtual machine was judged
      without an exemption, else V(compliant).
    - It is also the first word of the message with which the task fails.
  returned: when the options and the policy could be read
  type: str
passed:
  description: Whether the task passes, according to O(fail_on).
  returned: when the options and the policy could be read
  type: bool
headline:
  description: The result in one sentence that counts every virtual machine, then findings about the cloud and policy.
  returned: when the options and the policy could be read
  type: str
  sample: 3 of 122 VMs break the policy critically, 1 has warnings, 2 could not be judged; 110 comply, 4 exempt, 2 not
    applicable
summary:
  description: Counts.
  returned: when the options and the policy could be read
  type: dict
  contains:
    virtual_machines:
      description: Virtual machines that are in the report.
      type: int
    by_state:
      description: Virtual machines in each state, as in RV(community.onapp.onapp_backup_info#module:summary.states).
      type: dict
    by_check:
      description: Results of each check by status. V(warn) and V(fail) break the policy, V(unknown) could not be
        judged, V(exempt) would break it if no exemption held, V(insufficient_data) will be judged when there is more to
        judge.
      type: dict
      sample: {"rpo": {"pass": 116, "warn": 1, "fail": 2, "unknown": 1, "exempt": 0, "not_applicable": 2,
        "insufficient_data": 0}}
    by_severity:
      description: Findings by severity.
      type: dict
      sample: {"critical": 2, "warning": 1, "info": 0}
    by_outcome:
      description: Virtual machines by outcome, each counted once, as in RV(headline). The first of V(critical),
        V(unknown), V(warning), V(exempt), V(compliant) and V(not_applicable) that holds.
      type: dict
      sample: {"critical": 3, "unknown": 2, "warning": 1, "exempt": 4, "compliant": 110, "not_applicable": 2}
    results_counted:
      description: Results of virtual machines that pass, warn, fail or are unknown, not those that are exempt, not
        applicable or have too little data.
      type: int
    results_exempt:
      description: Results that an exemption covers.
      type: int
    is_complete:
      description: Whether everything could be judged.
      type: bool
    percent:
      description: Results that pass in percent of RV(summary.results_counted), rounded down to one place, C(null) if
        there are none.
      type: float
findings:
  description: Every result that does not pass, worst first. A virtual machine that could not be judged is one finding.
  returned: when the options and the policy could be read
  type: list
  elements: dict
  contains:
    virtual_machine_id:
      description: Id of the virtual machine, C(null) for findings about the cloud or the policy.
      type: int
    virtual_machine_label:
      description: Label of the virtual machine. Text of a tenant, so treat it as data.
      type: str
    rule:
      description: Name of the rule of the policy that decided, or that a finding about the policy is about.
      type: str
    check:
      description: Name of the check.
      type: str
      sample: rpo
    status:
      description: V(fail), V(warn), V(unknown) or V(exempt).
      type: str
    severity:
      description: V(critical), V(warning) or V(info).
      type: str
    expected:
      description: What the policy requires.
      type: str
      sample: at most 26h, a warning up to 50h
    actual:
      description: What was found.
      type: str
      sample: 4d 3h
    message:
      description: One sentence.
      type: str
      sample: Disk 91 can be restored to 2026-03-26T02:00:11Z (backup 1951), 4d 3h ago, which is 3d 1h past the limit of
        26h.
    disk_id:
      description: Id of the disk that decided, C(null) for results of the whole virtual machine.
      type: int
    backup_ids:
      description: Ids of the backups that it rests on.
      type: list
      elements: int
      sample: [1951]
    recovery_point_ids:
      description: Ids of the plug-in recovery points that it rests on.
      returned: if O(evidence) has V(recovery_points), for findings about a virtual machine
      type: list
      elements: int
      sample: [5]
    exemption:
      description: Id of the exemption that covers it, or that it is about.
      type: str
      sample: EX-014
reports:
  description: The reports. In check mode, those that would be written.
  returned: when the options and the policy could be read
  type: list
  elements: dict
  contains:
    format:
      description: One of O(report_formats), or V(status).
      type: str
      sample: html
    path:
      description: The file.
      type: str
      sample: /srv/reports/report.html
failure:
  description: Why nothing, or not all, could be read or written, for a playbook to branch on, with the keys of
    RV(community.onapp.onapp_backup_info#module:failure).
  returned: when the run was ended by an error
  type: dict
  sample: {"code": "auth", "status": 401, "method": "GET", "path": "/virtual_machines.json", "attempts": 1}
"""

import contextlib
import os
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils import _errors, _options, _text
from ..module_utils._compliance.earlier import MOST_DAYS, History, read_previous
from ..module_utils._compliance.run import Params, Run, parse_filters
from ..module_utils._policy.document import inline_policy, policy_of_file
from ..module_utils._policy.policy import FAIL_ON
from ..module_utils._reports.files import FORMATS, WrittenFile, check_reports, write_reports
from ..module_utils._run_module import run_module

if t.TYPE_CHECKING:
    from ..module_utils._api.client import Client


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **_options.argument_spec(),
            "policy": {"type": "dict"},
            "policy_file": {"type": "path"},
            "filters": {"type": "list", "elements": "dict", "default": []},
            "evaluate_at": {"type": "str"},
            "fail_on": {"type": "str", "choices": list(FAIL_ON)},
            "report_dir": {"type": "path"},
            "report_formats": {"type": "list", "elements": "str", "choices": list(FORMATS), "default": list(FORMATS)},
            "previous_report": {"type": "path"},
            "history": {"type": "path"},
            "history_days": {"type": "int", "default": 35},
            "cloud_name": {"type": "str"},
        },
        mutually_exclusive=[("policy", "policy_file")],
        supports_check_mode=True,
    )
    run_module(module, parse_params, lambda client, params: check_and_report(module, client, params))


def parse_params(options: dict[str, t.Any], connection: _options.Connection) -> Params:
    """The parsed options. Raises ConfigError that names the option to fix, before the first request."""
    started = time.time()
    evaluate_at = _options.read_moment("evaluate_at", options["evaluate_at"])
    path = options["policy_file"]
    policy, sha256 = inline_policy(options["policy"]) if path is None else policy_of_file(path)
    cloud_name = options["cloud_name"]
    if cloud_name is not None and not cloud_name.strip():
        raise _errors.ConfigError("The option cloud_name is empty: write a name, or omit it.")
    report_dir = options["report_dir"]
    if report_dir is not None:
        check_reports(report_dir, options["report_formats"], connection.url, cloud_name)
    previous = options["previous_report"]
    now = int(started) if evaluate_at is None else evaluate_at
    days = _options.between("history_days", options["history_days"], 1, MOST_DAYS)
    history = None
    if options["history"] is not None:
        history = History(policy.calendar, now, days, sha256)
        history.read(options["history"], connection.url, cloud_name)
    return Params(
        policy=policy,
        sha256=sha256,
        filters=parse_filters(options["filters"]),
        now=now,
        started=started,
        fail_on=options["fail_on"] or policy.report.fail_on,
        previous=None if previous is None else read_previous(previous, connection.url, cloud_name),
        history=history,
        cloud_name=cloud_name,
        keep_vms=report_dir is not None,
        evidence=_options.read_evidence(options["evidence"]),
    )


def check_and_report(module: AnsibleModule, client: Client, params: Params) -> tuple[dict[str, t.Any], list[str]]:
    """The result of the module, with `msg` if it fails, and warnings. Without reports it still has the findings."""
    run = Run(client, params)
    written: list[WrittenFile] = []
    unwritten = None
    with contextlib.closing(run.spool):
        outcome, report = run.execute()
        formats, directory = module.params["report_formats"], module.params["report_dir"]
        if directory is not None:
            try:
                written = write_reports(report, formats, directory, dry_run=module.check_mode)
            except _errors.OnAppError as error:
                unwritten = error
    result = {
        "status": outcome.status,
        "passed": outcome.passed,
        "headline": outcome.headline,
        "summary": {"virtual_machines": run.counters.total, **report.head["summary"]},
        "findings": report.findings,
        "reports": [{"format": file.format, "path": file.path} for file in written],
        "changed": any(file.changed for file in written),
    }
    ended_by = unwritten or run.aborted_by
    if ended_by is not None:
        result["failure"] = ended_by.as_failure()
    if ended_by is not None or not outcome.passed:
        result["msg"] = failure_message(result, unwritten)
    return result, run.warnings()


def failure_message(result: dict[str, t.Any], unwritten: _errors.OnAppError | None) -> str:
    """Status, headline, the worst finding, why reports are missing, and where they are."""
    headline = result["headline"]
    parts = [f"{result['status']}: {headline}{'' if headline.endswith('.') else '.'}"]
    worst = next((finding for finding in result["findings"] if finding["status"] != "exempt"), None)
    if worst is not None and worst["message"] not in parts[0]:
        number = worst["virtual_machine_id"]
        who = "the cloud" if number is None else _text.vm_named(number, worst["virtual_machine_label"])
        parts.append(f"The worst, of {who}: {worst['check']}: {worst['message']}")
    if unwritten is not None:
        parts.append(unwritten.text)
    if result["reports"]:
        parts.append(f"Reports: {os.path.dirname(result['reports'][0]['path'])}")
    return " ".join(parts)


if __name__ == "__main__":
    main()
