# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules on a whole cloud: facts with everything and with summaries only, compliance with and without reports.

The module is run alone, as Ansible packs it, because with everything ansible-playbook would mostly be measured by the
size of the result. Once for each, with answers that come at once: no ratio of two of them is an aim. Summaries are
measured on the small and the huge cloud, too, to see how they grow, and compliance on the small one: its reading is the
same.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._reports.files import FORMATS
from ansible_collections.community.onapp.tests.benchmarks.cloud import Cloud, Clouds, Plan
from ansible_collections.community.onapp.tests.benchmarks.figures import Line, Outcome
from ansible_collections.community.onapp.tests.benchmarks.growth import growth
from ansible_collections.community.onapp.tests.benchmarks.inventory import IN_FLIGHT
from ansible_collections.community.onapp.tests.benchmarks.measure import WrongResult
from ansible_collections.community.onapp.tests.benchmarks.packed import module

INFO, COMPLIANCE = "community.onapp.onapp_backup_info", "community.onapp.onapp_backup_compliance"
NO_BACKUPS = {"created_after": "9999-01-01"}
JUDGE = {"fail_on": "never"}
EVERYTHING, SUMMARIES = "onapp_backup_info: everything", "onapp_backup_info: summaries only"
JUDGED, REPORTED = "onapp_backup_compliance: no report", "onapp_backup_compliance: all reports"


def main(plan: Plan, clouds: Clouds) -> Outcome:
    """Measure it all. Raises WrongResult when what was measured did not do its job."""
    maker = clouds.of(2)
    cloud = clouds.of(plan.vms)
    reports = cloud.folder / "reports"
    every = {**JUDGE, "report_dir": str(reports), "report_formats": list(FORMATS)}
    lines = [_facts(maker, cloud, EVERYTHING, {}), _judged(maker, cloud, REPORTED, every)]
    written = sorted(path.name for path in reports.glob("*"))
    if len(written) < len(FORMATS):
        raise WrongResult(f"only these reports were written: {written}")
    lines += [_judged(maker, clouds.of(size), JUDGED, JUDGE) for size in (plan.small, plan.vms)]
    summaries = [_facts(maker, clouds.of(size), SUMMARIES, NO_BACKUPS) for size in (plan.small, plan.vms, plan.huge)]
    return Outcome.of([Outcome([*lines, *summaries], [], []), growth(summaries)])


def check_facts(output: str, cloud: Cloud, backups: int) -> None:
    """The module must have found everything."""
    facts = json.loads(output)
    found = (facts["health"]["complete"], len(facts["virtual_machines"]), len(facts["backups"]))
    if found != (True, cloud.vms, backups):
        raise WrongResult(f"found {found} (complete, VMs, backups), not {(True, cloud.vms, backups)}")


def check_assessment(output: str, cloud: Cloud) -> None:
    """The module must have judged every virtual machine."""
    found = json.loads(output)["summary"]["virtual_machines"]
    if found != cloud.vms:
        raise WrongResult(f"{found} virtual machines were judged, not {cloud.vms}")


def _facts(maker: Cloud, cloud: Cloud, name: str, options: t.Mapping[str, t.Any]) -> Line:
    done = cloud.run(module(maker.folder, maker.environment, f"facts-{len(options)}", {INFO: options}), name)
    check_facts(done.output, cloud, 0 if options else cloud.backups)
    return Line(name, cloud.vms, done.cost, 0, IN_FLIGHT, done.requests)


def _judged(maker: Cloud, cloud: Cloud, name: str, options: t.Mapping[str, t.Any]) -> Line:
    done = cloud.run(module(maker.folder, maker.environment, f"judged-{len(options)}", {COMPLIANCE: options}), name)
    check_assessment(done.output, cloud)
    return Line(name, cloud.vms, done.cost, 0, IN_FLIGHT, done.requests)
