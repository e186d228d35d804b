# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""A compliance run: collect, judge, check, count. No clock, no environment, no AnsibleModule."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.fetch import (
    CloudFetch,
    Failure,
    FetchedVm,
    FetchSpec,
)
from ansible_collections.community.onapp.plugins.module_utils._api.orphans import find_orphans
from ansible_collections.community.onapp.plugins.module_utils._assessment.records import Records, assess_records
from ansible_collections.community.onapp.plugins.module_utils._checks import cloud
from ansible_collections.community.onapp.plugins.module_utils._checks.results import (
    EXEMPT,
    FAIL,
    UNKNOWN,
    WARN,
    Result,
)
from ansible_collections.community.onapp.plugins.module_utils._checks.run import run_checks
from ansible_collections.community.onapp.plugins.module_utils._compliance.counters import Counters, Rank, rank_of
from ansible_collections.community.onapp.plugins.module_utils._compliance.entries import finding, vm_entry
from ansible_collections.community.onapp.plugins.module_utils._compliance.outcome import Outcome
from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Spool
from ansible_collections.community.onapp.plugins.module_utils._errors import OnAppError
from ansible_collections.community.onapp.plugins.module_utils._fields import as_integer
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import duration_text
from ansible_collections.community.onapp.plugins.module_utils._policy.match import matches
from ansible_collections.community.onapp.plugins.module_utils._records import VirtualMachine

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
    from ansible_collections.community.onapp.plugins.module_utils._compliance.previous import Previous
    from ansible_collections.community.onapp.plugins.module_utils._policy.filters import Filter
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Policy

    Facts = dict[str, t.Any]


class Params(t.NamedTuple):
    """What is to be judged, checked. `now` is the time of the evaluation, `started` that of the clock, in UTC seconds;
    `keep_machines` says whether a report will list the virtual machines."""

    policy: Policy
    sha256: str
    filters: tuple[Filter, ...]
    now: int
    started: float
    fail_on: str
    previous: Previous | None
    cloud_name: str | None
    keep_vms: bool


class Run:
    """One run; after `judge` it holds everything that a report says.

    `aborted_by` is the error that ended the collection before its time; the virtual machines that were not read by then
    are unknown. `is_whole` says whether all of them were listed and asked for.
    """

    def __init__(self, client: Client, params: Params) -> None:
        self.client = client
        self.params = params
        self.fetch = CloudFetch(client, FetchSpec(keep=self._is_kept))
        self.counters = Counters()
        self.spool = Spool()
        self.findings: list[tuple[Rank, Facts]] = []
        self.matched: dict[str, list[int]] = {one.id: [] for one in params.policy.exemptions}
        self.used = dict.fromkeys(self.matched, 0)
        self.filtered_out = 0
        self.orphans: list[Facts] = []
        self.orphans_assessed = False
        self.aborted_by: OnAppError | None = None
        self.is_whole = False
        self._done: set[int] = set()
        self._backups: set[int] = set()

    @property
    def clock_offset(self) -> int | None:
        """The panel's clock minus the clock here, in seconds, to the minute: less would differ from run to run."""
        if self.client.server_date is None:
            return None
        theirs, elapsed = self.client.server_date
        return round((theirs - self.params.started - elapsed) / 60) * 60

    def judge(self) -> Outcome:
        """Judge everything, and say how it ended."""
        try:
            for fetched in self.fetch.virtual_machines():
                self._add(fetched)
        except OnAppError as error:
            self.aborted_by = error
            self.fetch.failures.append(Failure(error))
            self._give_up_on_the_rest(error)
        self.is_whole = all(one.virtual_machine_id is not None for one in self.fetch.failures)
        for one in self._cloud_results():
            self.counters.count(one)
            self._find(one, None)
        self.findings.sort(key=lambda item: item[0])
        return Outcome.of(self)

    def warnings(self) -> list[str]:
        """What the user must be told besides the findings."""
        offset, skew = self.clock_offset, self.params.policy.clock.max_skew
        texts = self.fetch.deletions()
        if offset is not None and abs(offset) > skew:
            side = "ahead of" if offset > 0 else "behind"
            texts.append(
                f"The control panel's clock is {duration_text(abs(offset))} {side} the clock here, which makes ages"
                " wrong by as much: set both by the same time server."
            )
        return texts

    def close(self) -> None:
        """Give the disk space of the report back."""
        self.spool.close()

    def _is_kept(self, row: Facts) -> bool:
        vm = VirtualMachine.from_row(row, self.params.policy.clock.naive_as)
        for filter_ in self.params.filters:
            if matches(filter_.match, vm):
                self.filtered_out += not filter_.include
                return filter_.include
        return True

    def _add(self, fetched: FetchedVm) -> None:
        policy, now = self.params.policy, self.params.now
        records = Records.of(fetched, policy.clock.naive_as)
        vm = records.vm
        self._done.add(vm.id)
        assessment = assess_records(records, policy, now)
        results = run_checks(vm, assessment, policy, now)
        rank = self.counters.add_vm(vm, assessment, results)
        for exemption in policy.exemptions:
            if matches(exemption.match, vm):
                self.matched[exemption.id].append(vm.id)
        if policy.scope.orphans:
            self._backups.update(backup.id for backup in records.backups or ())
        if self.params.keep_vms:
            self.spool.add(rank, vm_entry(vm, assessment, results))
        unknown = [one for one in results if one.status == UNKNOWN]
        for one in unknown[:1] + [one for one in results if one.status in (FAIL, WARN, EXEMPT)]:
            self._find(one, vm, assessment.rule.name)

    def _find(self, one: Result, vm: VirtualMachine | None, rule: str | None = None) -> None:
        if one.status not in (FAIL, WARN, UNKNOWN, EXEMPT):
            return
        if one.status == EXEMPT and one.exemption is not None:
            self.used[one.exemption] += 1
        rank = (rank_of(one.status, one.severity), -1 if vm is None else vm.id, len(self.findings))
        self.findings.append((rank, finding(one, vm, rule)))

    def _give_up_on_the_rest(self, error: OnAppError) -> None:
        """Every virtual machine that was listed and not read is unknown."""
        gone = {as_integer(row["id"]) for row in self.fetch.dropped}
        self.filtered_out = 0
        for row in self.fetch.listed:
            number = as_integer(row["id"])
            if self._is_kept(row) and number is not None and number not in self._done and number not in gone:
                self._add(FetchedVm(row, None, None, (Failure(error, number),)))

    def _cloud_results(self) -> Iterator[Result]:
        policy, previous = self.params.policy, self.params.previous
        whole = next((one.error.text for one in self.fetch.failures if one.virtual_machine_id is None), None)
        seen = sum(self.counters.by_state.values())
        before = None if previous is None else previous.vms
        population = cloud.Population(seen, self.counters.read, self.counters.with_backups, before, whole)
        yield cloud.population(population, policy)
        yield from cloud.exemptions(policy, self.matched, self.params.now)
        if policy.scope.orphans:
            yield self._orphans()

    def _orphans(self) -> Result:
        """Backups without a virtual machine: they can be told only when all backups of all machines were read."""
        policy = self.params.policy
        if self.fetch.failures:
            return cloud.orphan_not_judged("Not every virtual machine could be read.", failed=True)
        if self.filtered_out:
            why = "Filters leave virtual machines out, whose backups are not read."
            return cloud.orphan_not_judged(why, failed=False)
        rows = self.fetch.listed
        owners = {number for number in (as_integer(row.get("user_id")) for row in rows) if number is not None}
        vms = {number for number in (as_integer(row.get("id")) for row in rows) if number is not None}
        vms -= {as_integer(row["id"]) or 0 for row in self.fetch.dropped}
        try:
            self.orphans = find_orphans(
                self.client, owners, vms, self._backups, int(self.params.started), policy.clock.naive_as
            )
        except OnAppError as error:
            self.fetch.failures.append(Failure(error))
            return cloud.orphan_not_judged(f"Backups by owner could not be read: {error.text}", failed=True)
        self.orphans_assessed = True
        return cloud.orphan(self.orphans, policy)
