# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One virtual machine's turn: read its disks and backups, start what is missing, wait until it is built."""

from __future__ import annotations

import copy
import dataclasses
import threading
import time
import typing as t
from collections.abc import Callable, Iterable

from .. import _errors, _records, _text
from .._api import paging, throttle
from .._api.evidence import TransactionLog
from .._api.fetch import FetchedVm
from .._assessment.state import FAILING, PROTECTED, STALE
from .._facts import assess_vm
from .._policy import values
from .plan import FAILED, STARTED, Params, Plan, find_made, is_served, plan_backups

if t.TYPE_CHECKING:
    from .._api.client import Client
    from .._api.evidence import EvidenceReader
    from .._assessment.state import Assessment

# A list of backups that ends like this is read again: the backup goes on meanwhile.
PASSING_ERRORS = (_errors.ConnectionFailed, _errors.RateLimitedError, _errors.ServerError, _errors.DecodeError)


@dataclasses.dataclass(eq=False)
class VmRun:
    """The turn of one virtual machine, whose `row` the panel listed; `row_error` is what is wrong with that row.
    `evidence_reader` reads its recovery points and schedules.

    `stop` ends every wait; `log` gets a sentence for each change of state. After `run` the attributes are the result:
    `action`, `failure`, the `rows` by id of the backups that were started or joined, the ids of those `started`,
    `seconds` and `warnings`. `going_on` are the ids of those that were not seen built; `unanswered` names what a
    request to start a backup was sent for, as long as there is no answer.
    """

    client: Client
    params: Params
    row: paging.Row
    row_error: _errors.OnAppError | None
    evidence_reader: EvidenceReader
    stop: threading.Event
    log: Callable[[str], None]

    def __post_init__(self) -> None:
        self._disks: list[paging.Row] | None = None
        self._backups: list[paging.Row] | None = None
        self._evidence: dict[str, list[paging.Row] | None] = {}
        self._evidence_errors: dict[str, _errors.OnAppError] = {}
        self._read_at = (self.params.now(), time.monotonic())
        self.vm = _records.VirtualMachine.from_row(self.row, self.params.policy.clock.naive_as)
        self.action = FAILED
        self.failure: _errors.OnAppError | None = None
        self.rows: dict[int, paging.Row] = {}
        self.started: list[int] = []
        self.going_on: set[int] = set()
        self.unanswered: str | None = None
        self.warnings: list[str] = []
        self.seconds = 0.0

    @property
    def changed(self) -> bool:
        """Whether a backup was started; in check mode, whether one would be."""
        return bool(self.started) or (self.params.check_mode and self.action == STARTED)

    def run(self) -> None:
        """Do it all; raises nothing that the panel can cause."""
        began = time.monotonic()
        try:
            self._run()
        except _errors.OnAppError as error:
            # A refused log-in elsewhere stops every turn. A copy, because it ends the turns of many.
            failure = copy.copy((self.client.refused or error) if isinstance(error, throttle.Stopped) else error)
            if not isinstance(failure, _errors.BackupTimeout):
                failure.text = " ".join([failure.text, *self.left_behind()])
            self.failure = failure
            self.action = FAILED
            self._log_state(f"failed ({failure.code}): {failure.text}")
        self.seconds = round(time.monotonic() - began, 3)

    def assess(self) -> tuple[FetchedVm, Assessment, int]:
        """The records as they were read last, the assessment of them, and its time in UTC seconds.

        The time is the panel's: the `Date` of the last list of backups, and the seconds since.
        """
        backups = self._backups
        if backups is not None:
            # What the list does not show proves nothing: it is too new for the list, or was deleted.
            listed = {row["id"] for row in backups}
            missing = [row for number, row in self.rows.items() if number not in listed]
            backups = [*backups, *({**row, "built": False} for row in missing)]
        errors = () if self.failure is None or backups is not None else (self.failure,)
        policy = self.params.policy
        date, at = self._read_at
        now = int(date + time.monotonic() - at)
        naive_as = policy.clock.naive_as
        fetched = FetchedVm.of_rows(self.row, self._disks, backups, errors, naive_as, self.vm)
        fetched = fetched.with_evidence(self._evidence, self._evidence_errors, naive_as)
        return fetched, assess_vm(fetched, policy, now), now

    def _run(self) -> None:
        if self.row_error is not None:
            raise self.row_error
        self._read_all()
        params = self.params
        _fetched, assessment, now = self.assess()
        plan = plan_backups(assessment, params.max_age, params.backup_type)
        self.rows = {row["id"]: row for row in self._backups or () if row["id"] in plan.joined}
        self.going_on = set(self.rows)
        if self.going_on:
            self._log_state(f"joined {_text.ids_named('backup', sorted(self.going_on))}")
        if not params.check_mode:
            ends_at = time.monotonic() + params.wait_timeout
            self._start(plan)
            if params.wait:
                self._wait(ends_at)
                self._check(now)
        self.action = plan.action
        self._log_state(f"would be {self.action} (check mode)" if params.check_mode else self.action)

    def _read_all(self) -> None:
        """Read everything that an assessment needs; nothing of a virtual machine that is not built."""
        if self.vm.built is False:
            self._disks, self._backups = [], []
            return
        disks = self._disks = self._list("disk")
        self._backups = self._list("backup")
        pending = self.evidence_reader.start(self.vm.id, lambda: disks)
        self._evidence, self._evidence_errors = self.evidence_reader.finish(self.vm.id, pending, disks, ())
        self._read_transactions(self._backups)

    def _read_transactions(self, rows: Iterable[paging.Row]) -> dict[int, str]:
        """Read the transactions of the attempts among some backups, if asked for; the status of those that failed."""
        if _records.TRANSACTIONS not in self.params.evidence:
            return {}
        naive_as = self.params.policy.clock.naive_as
        # Each time from the newest entry on, because entries change.
        log = TransactionLog(self.client, naive_as)
        found, error = log.of_attempts(_records.Backup.from_row(row, naive_as) for row in rows)
        known = {row["id"]: row for row in (*(self._evidence.get(_records.TRANSACTIONS) or ()), *found)}
        self._evidence[_records.TRANSACTIONS] = list(known.values())
        if error is not None:
            self._evidence_errors[_records.TRANSACTIONS] = error
        records = [_records.Transaction.from_row(row, naive_as) for row in found]
        return {
            one.backup_id: one.status for one in records if one.backup_id and one.status in _records.FAILED_STATUSES
        }

    def _list(self, wrapper: str) -> list[paging.Row]:
        """The disks or the backups of the virtual machine. Raises DecodeError unless all could be read."""
        listing = self.client.get_list(wrapper, "virtual_machines", self.vm.id, f"{wrapper}s")
        error = paging.list_error(listing, wrapper)
        if error is not None:
            raise error
        if wrapper == "backup":
            self._read_at = (self.params.now() if listing.date is None else listing.date, time.monotonic())
        return listing.rows

    def _start(self, plan: Plan) -> None:
        """Start every backup of the plan. The row in the answer decides what was made."""
        known = {row["id"] for row in self._backups or ()}
        missing = list(plan.unserved)
        incremental = plan.incremental
        while missing:
            target = _records.Target(_records.VIRTUAL_MACHINE, self.vm.id)
            if not incremental:
                target = _records.Target(_records.DISK, missing.pop(0))
            made = _records.Backup.from_row(self._post(target, known)).target
            if made.kind == _records.VIRTUAL_MACHINE:
                return
            if self.params.backup_type == _records.INCREMENTAL:
                raise _errors.BackupFailed(
                    "The control panel made a normal backup of one disk instead of an incremental backup: set"
                    " backup_type to auto, or allow incremental backups in the configuration of the cloud."
                )
            missing = [disk for disk in missing if disk != made.id]
            incremental = False

    def _post(self, target: _records.Target, known: set[int]) -> paging.Row:
        """Start one backup and return its row; `known` are the ids of the backups that were there before."""
        segments: tuple[t.Any, ...] = ("virtual_machines", self.vm.id)
        content: paging.Row = {"note": self.params.note or ""}
        name = "the virtual machine"
        if target.kind == _records.DISK:
            segments = ("settings", "disks", target.id)
            content["force_windows_backup"] = int(self.params.force_windows_backup)
            name = f"disk {target.id}"
        self.unanswered = name
        try:
            row = self.client.post_row("backup", *segments, "backups", body={"backup": content}, known=known)
        except _errors.OnAppError as error:
            if not error.may_have_been_accepted:
                self.unanswered = None
                raise
            self._log_state(f"the answer to the start of a backup of {name} was lost; looking for that backup")
            row = self._find(target, known, name, error)
        number = row["id"]
        self.rows[number] = row
        self.started.append(number)
        # Only the list shows that a backup is built.
        self.going_on.add(number)
        self.unanswered = None
        known.add(number)
        self._log_state(f"started backup {number} of {name}")
        return row

    def _find(self, target: _records.Target, known: set[int], name: str, lost: _errors.OnAppError) -> paging.Row:
        """The row that a POST whose answer was lost has created, looked for until `timeout` has passed."""
        timeout = self.client.connection.timeout
        ends_at = time.monotonic() + timeout
        found = "could not be read"
        is_last = False
        while not is_last:
            is_last = time.monotonic() >= ends_at
            if self._look():
                found = "shows no new one"
                row = find_made((row for row in self._backups or () if row["id"] not in known), target, is_last)
                if row is not None:
                    return row
            self._sleep_until(ends_at)
        failure = _errors.ConnectionFailed(
            f"The answer to the start of a backup of {name} was lost, and the list of backups {found} after"
            f" {timeout:g} s. The request was not sent again. It ended with: {lost.text}",
            status=lost.status,
        )
        failure.method, failure.path, failure.attempts = lost.method, lost.path, lost.attempts
        raise failure

    def _wait(self, ends_at: float) -> None:
        """Look at the list of backups until everything started or joined is built."""
        absent: set[int] = set()
        while self.going_on:
            if time.monotonic() >= ends_at:
                raise _errors.BackupTimeout(
                    f"Waited {values.duration_text(self.params.wait_timeout)} (wait_timeout) for"
                    f" {_text.ids_named('backup', sorted(self.going_on))}, which may still be running in OnApp. Raise"
                    " wait_timeout, or run again to wait longer."
                )
            self._sleep_until(ends_at)
            if not self._look():
                continue
            listed = {row["id"]: row for row in self._backups or ()}
            # One reading may miss a row that was added a moment before it.
            lost = absent & (self.going_on - listed.keys())
            if lost:
                self.going_on -= lost
                raise _errors.BackupFailed(
                    f"The control panel no longer lists {_text.ids_named('backup', sorted(lost))}, not yet built: see"
                    " the transactions of the virtual machine in OnApp."
                )
            absent = self.going_on - listed.keys()
            failed = self._read_transactions(listed[own] for own in self.going_on & listed.keys())
            for number in sorted(self.going_on & listed.keys()):
                row = self.rows[number] = listed[number]
                record = _records.Backup.from_row(row)
                if record.marked_for_delete or record.built or number in failed:
                    self.going_on.discard(number)
                if record.marked_for_delete:
                    raise _errors.BackupFailed(
                        f"Backup {number} is marked for delete: see the transactions of the virtual machine in OnApp."
                    )
                if record.built:
                    self._log_state(f"backup {number} is built")
                elif number in failed:
                    raise _errors.BackupFailed(
                        f"Backup {number} will not be built: the status of its transaction is {failed[number]}. See"
                        " that transaction in OnApp."
                    )

    def _check(self, planned_at: int) -> None:
        """Check that what was built is what was missing at `planned_at` (UTC seconds)."""
        max_age = self.params.max_age
        _fetched, assessment, _now = self.assess()
        if not self.rows or (max_age is not None and assessment.state == PROTECTED):
            return
        is_covered = assessment.state in (PROTECTED, STALE, FAILING)
        covers = assessment.evidence.covers if assessment.evidence and is_covered else []
        if max_age is None:
            served = [any(point.id in self.rows for point in cover.backups) for cover in covers]
        else:
            served = [is_served(cover, planned_at - max_age) for cover in covers]
        if not served or not all(served):
            raise _errors.BackupFailed(
                "The backups that were missing are built, but the virtual machine is still not protected:"
                f" {'; '.join(assessment.reasons)}."
            )
        if max_age is not None:
            self.warnings.append(
                f"The wait for {_text.vm_named(self.vm.id, self.vm.label)} took so long that the next run with max_age"
                f" {values.duration_text(max_age)} will start another backup. Raise max_age."
            )

    def _look(self) -> bool:
        """Read the list of backups again; False after an error that passes."""
        try:
            self._backups = self._list("backup")
        except PASSING_ERRORS as error:
            if self.stop.is_set():
                raise
            self._log_state(f"its list of backups cannot be read at the moment: {error.text}")
            return False
        return True

    def _sleep_until(self, ends_at: float) -> None:
        """Wait for `poll_interval`, but not beyond `ends_at`. Raises DeadlineError or Stopped when either is due."""
        seconds = min(self.params.poll_interval, max(0.0, ends_at - time.monotonic()))
        left = self.client.throttle.remaining()
        self.stop.wait(seconds if left is None else min(seconds, left))
        self.client.throttle.remaining()

    def left_behind(self) -> list[str]:
        """What may still happen in OnApp, in sentences."""
        texts = []
        if self.unanswered is not None:
            texts.append(f"A backup of {self.unanswered} may have been started.")
        if self.going_on:
            texts.append(f"{_text.ids_named('Backup', sorted(self.going_on))} may still be running in OnApp.")
        return texts

    def _log_state(self, text: str) -> None:
        self.log(f"virtual machine {self.vm.id}: {text}")
