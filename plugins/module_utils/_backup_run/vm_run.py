# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""One virtual machine's turn: read its disks and backups, start what is missing, wait until it is built."""

from __future__ import annotations

import copy
import time
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.fetch import Failure, FetchedVm
from ansible_collections.community.onapp.plugins.module_utils._assessment.state import (
    FAILING,
    PROTECTED,
    STALE,
    assess_fetched,
)
from ansible_collections.community.onapp.plugins.module_utils._backup_run.plan import (
    FAILED,
    Plan,
    is_served,
    plan_backups,
)
from ansible_collections.community.onapp.plugins.module_utils._checks.run import flag_exempt
from ansible_collections.community.onapp.plugins.module_utils._errors import (
    BackupFailed,
    BackupTimeout,
    ConnectionFailed,
    DecodeError,
    OnAppError,
    RateLimitedError,
    ServerError,
)
from ansible_collections.community.onapp.plugins.module_utils._fields import as_boolean, as_integer
from ansible_collections.community.onapp.plugins.module_utils._policy.values import duration_text
from ansible_collections.community.onapp.plugins.module_utils._records import (
    DISK,
    INCREMENTAL,
    VIRTUAL_MACHINE,
    Backup,
    Target,
)

if t.TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable

    from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
    from ansible_collections.community.onapp.plugins.module_utils._assessment.state import Assessment
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Policy

    Row = dict[str, t.Any]

# A look that fails like this is repeated: nothing is known of the backup meanwhile, and it goes on.
PASSING_ERRORS = (ConnectionFailed, RateLimitedError, ServerError, DecodeError)


class Params(t.NamedTuple):
    """The options of a run. Durations and intervals are seconds; `policy` comes from `policy_for`; `now` is the clock
    of this host, for a panel that sends no `Date`."""

    names: tuple[str, ...]
    max_age: int | None
    backup_type: str
    note: str | None
    force_windows_backup: bool
    wait: bool
    wait_timeout: int
    poll_interval: float
    max_parallel: int
    policy: Policy
    check_mode: bool
    now: Callable[[], float]


class VmRun:
    """The turn of one virtual machine, whose `row` the panel listed.

    `stop` ends every wait; `log` gets a sentence for each change of state. After `run` the attributes are the result:
    `action`, `failure`, the `rows` by id of the backups that were started or joined, the ids of those `started`,
    `seconds` and `warnings`. `going_on` are the ids of those that are not built; `unanswered` names what a request to
    start a backup was sent for, as long as there is no answer.
    """

    def __init__(
        self, client: Client, params: Params, row: Row, stop: threading.Event, log: Callable[[str], None]
    ) -> None:
        self._client = client
        self._params = params
        self._stop = stop
        self._log = log
        self.row = row
        self.id = t.cast(int, as_integer(row["id"]))
        self.action = FAILED
        self.failure: OnAppError | None = None
        self.rows: dict[int, Row] = {}
        self.started: list[int] = []
        self.going_on: set[int] = set()
        self.unanswered: str | None = None
        self.warnings: list[str] = []
        self.seconds = 0.0
        self._disks: list[Row] | None = None
        self._backups: list[Row] | None = None
        self._read_at = (params.now(), time.monotonic())

    @property
    def now(self) -> int:
        """The panel's clock in UTC seconds: the `Date` of the last list of backups, and the time since."""
        date, at = self._read_at
        return int(date + time.monotonic() - at)

    @property
    def changed(self) -> bool:
        """Whether a backup was started; in check mode, whether one would be."""
        return bool(self.started) or (self._params.check_mode and self.action == "started")

    def run(self) -> None:
        """Do it all; raises nothing that the panel can cause."""
        began = time.monotonic()
        try:
            self._run()
        except OnAppError as error:
            self.failure = self._explained(self._client.refused or error)
            self.action = FAILED
            self._log_state(f"failed ({self.failure.code}): {self.failure.text}")
        self.seconds = round(time.monotonic() - began, 3)

    def assess(self) -> tuple[FetchedVm, Assessment, int]:
        """The records as they were read last, the assessment of them, and its time in UTC seconds."""
        backups = self._backups
        if backups is not None:
            listed = {as_integer(row.get("id")) for row in backups}
            backups = [*backups, *(row for number, row in self.rows.items() if number not in listed)]
        failures = () if self.failure is None or backups is not None else (Failure(self.failure),)
        policy, now = self._params.policy, self.now
        fetched = FetchedVm.of_rows(self.row, self._disks, backups, failures, policy.clock.naive_as)
        return fetched, flag_exempt(assess_fetched(fetched, policy, now), fetched.vm, policy, now), now

    def _run(self) -> None:
        if as_boolean(self.row.get("built")) is False:
            self._disks, self._backups = [], []
        else:
            self._disks = self._list("disk", "disks")
            self._look()
        params = self._params
        fetched, _assessment, now = self.assess()
        plan = plan_backups(
            fetched,
            params.policy,
            params.max_age,
            params.backup_type,
            now,
            supports_incremental=as_boolean(self.row.get("support_incremental_backups")) is True,
        )
        if plan.failure is not None:
            raise plan.failure
        self._adopt_known(plan)
        if not params.check_mode:
            before = {as_integer(row.get("id")) for row in self._backups or ()}
            ends_at = time.monotonic() + params.wait_timeout
            self._start(plan, before)
            if params.wait:
                self._wait(ends_at)
                self._check(now)
        self.action = plan.action
        self._log_state(self.action)

    def _adopt_known(self, plan: Plan) -> None:
        for row in self._backups or ():
            number = as_integer(row["id"])
            if number is not None and number in plan.joined:
                self.rows[number] = row
                self.going_on.add(number)
                self._log_state(f"joined backup {number}")

    def _start(self, plan: Plan, before: set[int | None]) -> None:
        """Start every backup of the plan. The row in the answer decides what was made."""
        missing = list(plan.unserved)
        if missing and plan.incremental:
            made = Backup.from_row(self._post(Target(VIRTUAL_MACHINE, self.id), before)).target
            if made.kind == VIRTUAL_MACHINE:
                return
            if self._params.backup_type == INCREMENTAL:
                raise BackupFailed(
                    "The control panel made a normal backup of one disk instead of an incremental backup: set"
                    " backup_type to auto, or allow incremental backups in the configuration of the cloud."
                )
            missing = [disk for disk in missing if disk != made.id]
        for disk in missing:
            self._post(Target(DISK, disk), before)

    def _post(self, target: Target, before: set[int | None]) -> Row:
        """Start one backup and return its row."""
        segments: tuple[t.Any, ...] = ("virtual_machines", self.id)
        content: Row = {"note": self._params.note or ""}
        if target.kind == DISK:
            segments = ("settings", "disks", target.id)
            content["force_windows_backup"] = int(self._params.force_windows_backup)
        name = f"disk {target.id}" if target.kind == DISK else "the virtual machine"
        self.unanswered = name
        try:
            row = self._client.post_row("backup", *segments, "backups", body={"backup": content})
        except OnAppError as error:
            if not error.may_have_been_accepted:
                self.unanswered = None
                raise
            self._log_state(f"the answer to the start of a backup of {name} was lost; looking for it")
            row = self._find(target, before, name, error)
        number = t.cast(int, as_integer(row["id"]))
        self.unanswered = None
        self.rows[number] = row
        self.started.append(number)
        before.add(number)
        self._log_state(f"started backup {number} of {name}")
        if not self._is_done(row):
            self.going_on.add(number)
        return row

    def _find(self, target: Target, before: set[int | None], name: str, lost: OnAppError) -> Row:
        """The row that a POST whose answer was lost has created, looked for until `timeout` has passed."""
        ends_at = time.monotonic() + self._client.connection.timeout
        while True:
            is_last = time.monotonic() >= ends_at
            if self._look(tolerant=True):
                new = [row for row in self._backups or () if as_integer(row.get("id")) not in before]
                # The VM's route may have made a backup of one disk.
                matching = [row for row in new if self._is_of(row, target)]
                if target.kind == VIRTUAL_MACHINE and not matching:
                    matching = [row for row in new if Backup.from_row(row).target.kind == DISK]
                if matching:
                    return min(matching, key=lambda row: t.cast(int, as_integer(row["id"])))
            if is_last:
                break
            self._sleep(min(self._params.poll_interval, max(0.0, ends_at - time.monotonic())))
        raise ConnectionFailed(
            f"The answer to the start of a backup of {name} was lost, and the control panel lists no new one after"
            f" {self._client.connection.timeout:g} s. The request was not sent again. It ended with: {lost.text}",
            status=lost.status,
            method=lost.method,
            path=lost.path,
            attempts=lost.attempts,
        )

    def _is_of(self, row: Row, target: Target) -> bool:
        own = Backup.from_row(row).target
        return own.kind == target.kind and own.id in (
            (None, self.id) if target.kind == VIRTUAL_MACHINE else (target.id,)
        )

    def _wait(self, ends_at: float) -> None:
        """Look at the list of backups until everything started or joined is built."""
        absent: set[int] = set()
        while self.going_on:
            is_last = time.monotonic() >= ends_at
            if is_last:
                raise BackupTimeout(
                    f"{shown_ids(self.going_on)} not built after {duration_text(self._params.wait_timeout)}"
                    " (wait_timeout), and may go on in OnApp. Raise wait_timeout, or run again to wait for it."
                )
            self._sleep(min(self._params.poll_interval, max(0.0, ends_at - time.monotonic())))
            if not self._look(tolerant=True):
                continue
            listed = {as_integer(row.get("id")): row for row in self._backups or ()}
            # One reading may miss a row that was added a moment before it.
            lost = absent & (self.going_on - listed.keys())
            if lost:
                self.going_on -= lost
                raise BackupFailed(
                    f"{shown_ids(lost)} no longer listed, although not built: see the log of transactions."
                )
            absent = self.going_on - listed.keys()
            for number in sorted(self.going_on & listed.keys()):
                row = self.rows[number] = listed[number]
                if self._is_done(row):
                    self.going_on.discard(number)
                    self._log_state(f"backup {number} is built")

    def _is_done(self, row: Row) -> bool:
        """Whether a backup is built. Raises BackupFailed when it never will be."""
        record = Backup.from_row(row, self._params.policy.clock.naive_as)
        if record.marked_for_delete:
            self.going_on.discard(record.id)
            raise BackupFailed(f"Backup {record.id} is marked for delete: see the log of transactions in OnApp.")
        return record.built is True

    def _check(self, planned_at: int) -> None:
        """Whether what was built is what was missing."""
        max_age = self._params.max_age
        _fetched, assessment, _now = self.assess()
        if max_age is None or not self.rows or assessment.state == PROTECTED:
            return
        covers = assessment.evidence.covers if assessment.evidence and assessment.state in (STALE, FAILING) else []
        if not covers or not all(is_served(cover, planned_at - max_age) for cover in covers):
            raise BackupFailed(
                "All backups that were missing are built, and the virtual machine is still not protected:"
                f" {'; '.join(assessment.reasons)}."
            )
        self.warnings.append(
            f"Virtual machine {self.id}: its backup took so long that it is older than max_age"
            f" ({duration_text(max_age)}) already, so the next run starts another. Raise max_age."
        )

    def _list(self, wrapper: str, route: str) -> list[Row]:
        listing = self._client.get_list(wrapper, "virtual_machines", self.id, route)
        if listing.problem:
            raise DecodeError(f"The list of {route} is incomplete: {listing.problem}. Run again.")
        if listing.strange or listing.broken:
            raise DecodeError(f"The list of {route} holds rows that cannot be read, such as null.")
        if wrapper == "backup":
            self._read_at = (self._params.now() if listing.date is None else listing.date, time.monotonic())
        return listing.rows

    def _look(self, *, tolerant: bool = False) -> bool:
        """Read the list of backups; whether that worked. A `tolerant` look survives errors that pass."""
        try:
            self._backups = self._list("backup", "backups")
        except PASSING_ERRORS as error:
            if not tolerant or self._client.refused is not None or self._stop.is_set():
                raise
            self._log_state(f"its list of backups cannot be read at the moment: {error.text}")
            return False
        return True

    def _sleep(self, seconds: float) -> None:
        """Wait, but not beyond the deadline. Raises DeadlineError when it is over, Stopped when stopped."""
        left = self._client.throttle.remaining()
        self._stop.wait(seconds if left is None else min(seconds, left))
        self._client.throttle.remaining()

    def _explained(self, error: OnAppError) -> OnAppError:
        """The error, with what may go on in OnApp in its text. A copy: one refusal ends the turns of many."""
        error = copy.copy(error)
        if self.unanswered is not None:
            error.text += f" A backup of {self.unanswered} may have been started."
        if self.going_on and not isinstance(error, BackupTimeout):
            error.text += f" {shown_ids(self.going_on)} may go on in OnApp."
        return error

    def _log_state(self, text: str) -> None:
        self._log(f"virtual machine {self.id}: {text}")


def shown_ids(ids: Iterable[int]) -> str:
    """Backups by id, as the subject of a sentence: `Backup 7` or `Backups 7, 8`."""
    numbers = sorted(ids)
    return f"Backup{'' if len(numbers) == 1 else 's'} {', '.join(map(str, numbers))}"
