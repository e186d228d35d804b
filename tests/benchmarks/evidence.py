# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests and processor time that each kind of the option `evidence` adds for a cloud."""

from __future__ import annotations

import json
import sys
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._records import EVIDENCE
from ansible_collections.community.onapp.tests.benchmarks.measure import IN_FLIGHT, Cloud, WrongResult
from ansible_collections.community.onapp.tests.benchmarks.modules import NO_BACKUPS
from ansible_collections.community.onapp.tests.benchmarks.report import Line, Outcome

MODULE = "ansible_collections.community.onapp.plugins.modules.onapp_backup_info"
ALL = "all"
# Kind, description of the panel, and its settings.
CASES: tuple[tuple[str, str, dict[str, t.Any]], ...] = (
    ("none", "", {}),
    ("recovery_points", "", {}),
    ("recovery_points", "the panel has none", {"absent": ["recovery_points"]}),
    ("schedules", "", {}),
    ("schedules", "not for the whole cloud", {"refused": ["schedules"]}),
    ("schedules", "refused", {"refused": ["schedules", "virtual_machine_schedules", "disk_schedules"]}),
    ("transactions", "", {}),
    ("transactions", "refused", {"refused": ["transactions"]}),
    (ALL, "", {}),
    (ALL, "refused", {"profile": "no_evidence"}),
)


def outcomes(_small: Cloud, large: Cloud, *_others: t.Any) -> t.Iterator[Outcome]:
    """Measure each case. Raises WrongResult if the module did not read the complete cloud."""
    lines = []
    given = large.folder / "options.json"
    for kind, special, settings in CASES:
        kinds = list(EVIDENCE) if kind == ALL else [kind] if kind in EVIDENCE else []
        given.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": {**NO_BACKUPS, "evidence": kinds}}), encoding="utf-8")
        done = large.run([sys.executable, "-m", MODULE, str(given)], **settings)
        found = len(json.loads(done.output)["virtual_machines"])
        if found != large.vms:
            raise WrongResult(f"onapp_backup_info found {found} VMs, not {large.vms}")
        name = f"evidence: {kind}{', ' if special else ''}{special}"
        lines.append(Line(name, large.vms, done.cost, 0, IN_FLIGHT, done.requests))
    yield Outcome(lines, [], [])
