# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A compliance run: fetch, assess, check and count. No clock, no environment, no AnsibleModule."""

from __future__ import annotations

import collections
import concurrent.futures
import datetime
import typing as t
from collections.abc import Iterable, Iterator

from .. import _errors, _fields, _options, _records
from .._api.fetch import CloudFetch, Failure, FetchedVm, clock_offset, clock_warnings
from .._assessment import state as states
from .._checks import cloud
from .._checks.results import EXEMPT, FAIL, INSUFFICIENT_DATA, UNKNOWN, WARN, Result
from .._checks.run import run_checks, with_exempt_flag
from .._policy import rules, values
from .outcome import Counters, Outcome, rank_of
from .report import Report, Spool, SpoolError, report_head, vm_entry

if t.TYPE_CHECKING:
    from .._api.client import Client
    from .._policy.policy import Policy
    from .earlier import History, Previous

    Facts = dict[str, t.Any]


class Filter(t.NamedTuple):
    """An entry of the option `filters`: includes or excludes the VMs that match. The first that matches decides."""

    include: bool
    match: tuple[rules.Condition, ...]


def parse_filters(entries: t.Any) -> tuple[Filter, ...]:
    """The entries of the option `filters`. Raises ConfigError that names the invalid entry."""
    filters = []
    for where, verb, match in _options.filter_entries(entries, "exclude: {label: test-*}"):
        try:
            filters.append(Filter(verb == "include", rules.MATCH(match, where)))
        except values.PolicyError as error:
            raise _errors.ConfigError(f"The option filters is wrong: {error}.") from error
    return tuple(filters)


class Params(t.NamedTuple):
    """The parsed options. `now` is the time of the evaluation, `started` the clock, in UTC seconds; `keep_vms` says
    whether a report needs the virtual machines."""

    policy: Policy
    sha256: str
    filters: tuple[Filter, ...]
    now: int
    started: float
    fail_on: str
    previous: Previous | None
    cloud_name: str | None
    keep_vms: bool
    history: History | None = None
    evidence: tuple[str, ...] = ()


class Run:
    """One run, and after `execute` what the report shows of it.

    `aborted_by` is the error that ended the fetch early; virtual machines that were not read by then are unknown.
    `is_whole` says whether all of them were listed.
    """

    def __init__(self, client: Client, params: Params) -> None:
        self.client = client
        self.params = params
        naive_as = params.policy.clock.naive_as
        self.fetch = CloudFetch(client, keep=self._is_kept, naive_as=naive_as, evidence=params.evidence)
        self.counters = Counters()
        self.spool = Spool()
        self.matched: dict[str, list[int]] = {one.id: [] for one in params.policy.exemptions}
        self.hidden: dict[str, list[Facts]] = {one.id: [] for one in params.policy.exemptions}
        self.changes: Facts | None = None
        self.orphans: list[Facts] | None = None
        self.aborted_by: _errors.OnAppError | None = None
        self.is_whole = False
        self._findings: list[tuple[tuple[int, ...], Facts]] = []
        self._compared = {key.virtual_machine_id for key in params.previous.findings} if params.previous else set()
        self._statuses: dict[int, dict[str, str]] = {}
        # How many virtual machines of each exemption were assessed by all checks.
        self._assessed: collections.Counter[str] = collections.Counter()
        # Those without which a result would fail.
        self._needed: set[str] = set()
        self._backups: set[int] = set()

    @property
    def clock_offset(self) -> int | None:
        """The panel's clock minus ours in seconds, rounded to the minute so that it does not differ between runs."""
        offset = clock_offset(self.client, self.params.started)
        return None if offset is None else round(offset / 60) * 60

    def execute(self) -> tuple[Outcome, Report]:
        """Fetch, assess and check everything."""
        try:
            for fetched in self.fetch.virtual_machines():
                self._add(fetched)
        except SpoolError:
            raise
        except _errors.OnAppError as error:
            self.aborted_by = error
            self.fetch.failures.append(Failure(error))
            for fetched in self.fetch.unread_by(error):
                self._add(fetched)
        self.is_whole = all(one.vm is not None for one in self.fetch.failures)
        # Rules and exemptions can only be matched against a complete list, before `filters`.
        self._can_match = self.is_whole and bool(self.fetch.listed)
        self.rule_matches, self.exemption_matches = cloud.match_list(self.params.policy, self.fetch.listed)
        evaluated_checks = set()
        for rule, one in self._cloud_results():
            self.counters.add_result(one)
            if one.status not in (UNKNOWN, INSUFFICIENT_DATA):
                evaluated_checks.add(one.check)
            self._find(one, None, rule)
        self._findings.sort(key=lambda item: item[0])
        findings = [item for _rank, item in self._findings]
        if self._can_match:
            evaluated_checks |= {"exemption", "rule"}
        if self.params.previous is not None:
            self.changes = self.params.previous.changes(findings, self._statuses, evaluated_checks, self.params.sha256)
        about_cloud = [item for item in findings if item["virtual_machine_id"] is None]
        aborted_by = None if self.aborted_by is None else self.aborted_by.text
        outcome = Outcome.of(self.counters, self.params.fail_on, about_cloud, aborted_by)
        if self.params.history is not None:
            self.params.history.add_run(self.params.now, self.params.sha256, outcome.status, {})
        return outcome, Report(report_head(self, outcome), self.spool, findings)

    def warnings(self) -> list[str]:
        """Warnings for the user that are not findings."""
        skew = self.params.policy.clock.max_skew
        return self.fetch.notes() + clock_warnings(self.client, self.params.started, skew)

    def _is_kept(self, vm: _records.VirtualMachine) -> bool:
        for one in self.params.filters:
            if rules.matches(one.match, vm):
                return one.include
            # No VM is removed because of a field that could not be read.
            if one.include and rules.may_match(one.match, vm):
                return True
        return True

    def _add(self, fetched: FetchedVm) -> None:
        policy, now = self.params.policy, self.params.now
        vm = fetched.vm
        assessment = states.assess(fetched, policy, now, read_at=int(self.params.started))
        results = run_checks(vm, assessment, policy, now)
        assessment = with_exempt_flag(assessment, results)
        outcome, rank = self.counters.add_vm(vm, assessment, results)
        if self.params.history is not None:
            self.params.history.add_vm(vm.id, vm.label, vm.created_at, outcome)
        unknown = [one for one in results if one.status == UNKNOWN]
        for exemption in policy.exemptions:
            if rules.matches(exemption.match, vm):
                self.matched[exemption.id].append(vm.id)
                self._assessed[exemption.id] += assessment.is_assessed and not unknown
                if any(one.status == EXEMPT and one.check in exemption.checks for one in results):
                    self._needed.add(exemption.id)
        if policy.scope.orphans:
            self._backups.update(backup.id for backup in fetched.backups or ())
        if vm.id in self._compared:
            self._statuses[vm.id] = {one.check: one.status for one in results}
        if self.params.keep_vms:
            self.spool.add(rank, vm_entry(vm, assessment, results, outcome, now))
        for one in unknown[:1] + [one for one in results if one.status in (FAIL, WARN, EXEMPT)]:
            self._find(one, vm, assessment.rule.name)

    def _find(self, one: Result, vm: _records.VirtualMachine | None, rule: str | None) -> None:
        if one.status not in (FAIL, WARN, UNKNOWN, EXEMPT):
            return
        number, label = (None, None) if vm is None else (vm.id, vm.label)
        names = {"virtual_machine_id": number, "virtual_machine_label": label}
        if vm is not None and one.status == EXEMPT and one.exemption is not None:
            self.hidden[one.exemption].append({**names, "check": one.check, "message": one.message})
        rank = (rank_of(one.status, one.severity), -1 if number is None else number, len(self._findings))
        self._findings.append((rank, {**names, "rule": rule, **one.as_facts()}))

    def _cloud_results(self) -> Iterator[tuple[str | None, Result]]:
        """The results that are about no virtual machine; of those about a rule with its name."""
        policy, previous, counters = self.params.policy, self.params.previous, self.counters
        problem = next((one.error.text for one in self.fetch.failures if one.vm is None), None)
        before = None if previous is None else previous.assessed
        population = cloud.Population(counters.total, counters.population, counters.owners, before, problem)
        if _records.RECOVERY_POINTS in self.params.evidence:
            proof = "backup or plug-in recovery point", "backups or plug-in recovery points"
            population = population._replace(proof=proof)
        yield None, cloud.population(population, policy)
        if self._can_match:
            yield from cloud.rules(policy, self.rule_matches)
        listed = self.exemption_matches if self._can_match else None
        for one in cloud.exemptions(policy, listed, self._assessed, self._needed, self.params.now):
            yield None, one
        if policy.scope.orphans:
            yield None, self._orphans()

    def _orphans(self) -> Result:
        """Backups without a virtual machine, which can be found only if all backups of all machines were read."""
        policy = self.params.policy
        if self.fetch.failures:
            return cloud.orphan_not_assessed("Not every virtual machine could be read.", failed=True)
        if self.fetch.skipped_rows:
            why = "Filters skip virtual machines, whose backups are not read."
            return cloud.orphan_not_assessed(why, failed=False)
        owners = {vm.user_id for vm in self.fetch.listed if vm.user_id is not None}
        vms = {vm.id for vm in self.fetch.listed} - {vm.id for vm in self.fetch.dropped}
        try:
            self.orphans = find_orphans(
                self.client, owners, vms, self._backups, int(self.params.started), policy.clock.naive_as
            )
        except _errors.OnAppError as error:
            self.fetch.failures.append(Failure(error))
            return cloud.orphan_not_assessed(f"Backups by owner could not be read: {error.text}", failed=True)
        return cloud.orphan(self.orphans, policy)


def find_orphans(
    client: Client,
    owners: Iterable[int],
    vms: set[int],
    backups: set[int],
    before: int,
    naive_as: datetime.tzinfo | None,
) -> list[Facts]:
    """The backups of some owners that belong to no virtual machine, by id; one request for each owner.

    `vms` and `backups` are the ids that are known. A backup recorded later than `before` (UTC seconds) may be of a
    virtual machine that was created meanwhile. Raises OnAppError when a list cannot be read.
    """
    with concurrent.futures.ThreadPoolExecutor(client.connection.concurrency, "onapp-owners") as pool:
        try:
            lists = list(pool.map(lambda owner: (owner, _backups_of(client, owner)), sorted(set(owners))))
        except BaseException:
            client.throttle.stop()
            raise
    found: dict[int, Facts] = {}
    for owner, rows in lists:
        for row in rows:
            backup = _records.Backup.from_row(row, naive_as)
            seconds = backup.created_at.seconds
            is_of_vm = backup.target.kind == _records.VIRTUAL_MACHINE and backup.target.id in vms
            if backup.id in backups or is_of_vm or (seconds is not None and seconds > before):
                continue
            found[backup.id] = {
                "id": backup.id,
                "user_id": owner,
                "target_type": backup.target.kind,
                "target_id": backup.target.id,
                "created_at": _fields.utc_text(seconds),
                "size_bytes": None if backup.size is None else backup.size * 1024,
            }
    return [found[number] for number in sorted(found)]


def _backups_of(client: Client, owner: int) -> list[Facts]:
    listing = client.get_list("backup", "users", owner, "backups")
    if listing.problem or listing.strange:
        why = listing.problem or "it holds elements that are no rows"
        raise _errors.DecodeError(f"The list of backups of user {owner} is incomplete: {why}. Run again.")
    return listing.rows
