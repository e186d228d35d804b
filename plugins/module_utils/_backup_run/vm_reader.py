# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The rows of one virtual machine as they were read last, and the assessment of them."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._api.evidence import TransactionLog
from ansible_collections.community.onapp.plugins.module_utils._api.fetch import Failure, FetchedVm
from ansible_collections.community.onapp.plugins.module_utils._api.paging import list_error
from ansible_collections.community.onapp.plugins.module_utils._evidence import TRANSACTIONS, Transaction
from ansible_collections.community.onapp.plugins.module_utils._fields import as_boolean
from ansible_collections.community.onapp.plugins.module_utils._info import assess_vm
from ansible_collections.community.onapp.plugins.module_utils._records import FAILED_STATUSES, Backup

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ansible_collections.community.onapp.plugins.module_utils._api.client import Client
    from ansible_collections.community.onapp.plugins.module_utils._api.evidence import EvidenceReader
    from ansible_collections.community.onapp.plugins.module_utils._assessment.state import Assessment
    from ansible_collections.community.onapp.plugins.module_utils._errors import OnAppError
    from ansible_collections.community.onapp.plugins.module_utils._policy.policy import Policy

    Row = dict[str, t.Any]


class Params(t.NamedTuple):
    """The options of a run. Durations and intervals are seconds; `policy` comes from `policy_for`; `evidence` are kinds
    of EVIDENCE; `now` is the clock of this host, for a panel that sends no `Date`."""

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
    evidence: tuple[str, ...]
    check_mode: bool
    now: Callable[[], float]


class VmReader:
    """Reads the disks, backups and evidence of one virtual machine, whose `row` the panel listed.

    `evidence_reader` reads recovery points and schedules. `backups` are the rows of the last list, None before.
    """

    def __init__(self, client: Client, params: Params, row: Row, evidence_reader: EvidenceReader) -> None:
        self._client = client
        self._params = params
        self._row = row
        self._evidence_reader = evidence_reader
        self._disks: list[Row] | None = None
        self.backups: list[Row] | None = None
        self._evidence: dict[str, list[Row] | None] = {}
        self._evidence_errors: dict[str, OnAppError] = {}
        self._read_at = (params.now(), time.monotonic())

    def read_all(self) -> None:
        """Read everything that an assessment needs; nothing of a virtual machine that is not built."""
        if as_boolean(self._row.get("built")) is False:
            self._disks, self.backups = [], []
            return
        number = self._row["id"]
        disks = self._disks = self._list("disk")
        self.read_backups()
        pending = self._evidence_reader.start(number, lambda: disks)
        self._evidence, self._evidence_errors = self._evidence_reader.finish(number, pending, disks, None)
        self.read_transactions(self.backups or ())

    def read_backups(self) -> None:
        """Read the list of backups."""
        self.backups = self._list("backup")

    def read_transactions(self, rows: Iterable[Row]) -> dict[int, str]:
        """Read the transactions of the attempts among some backups, if asked for; the status of those that failed."""
        if TRANSACTIONS not in self._params.evidence:
            return {}
        naive_as = self._params.policy.clock.naive_as
        # Each time from the newest entry on, because entries change.
        log = TransactionLog(self._client, naive_as)
        found = log.of_attempts([Backup.from_row(row, naive_as) for row in rows])
        known = {row["id"]: row for row in (*(self._evidence.get(TRANSACTIONS) or ()), *(found.rows or ()))}
        self._evidence[TRANSACTIONS] = list(known.values())
        if found.error is not None:
            self._evidence_errors[TRANSACTIONS] = found.error
        records = [Transaction.from_row(row, naive_as) for row in found.rows or ()]
        return {one.backup_id: one.status for one in records if one.backup_id and one.status in FAILED_STATUSES}

    def assess(
        self, own: dict[int, Row] | None = None, failure: OnAppError | None = None
    ) -> tuple[FetchedVm, Assessment, int]:
        """The records as they were read last, the assessment of them, and its time in UTC seconds.

        `own` are the rows of backups that were started or joined, by id; `failure` is why nothing could be read.
        The time is the panel's: the `Date` of the last list of backups, and the seconds since.
        """
        backups = self.backups
        if backups is not None:
            # What the list does not show proves nothing: it is too new for the list, or was deleted.
            listed = {row["id"] for row in backups}
            backups = [
                *backups,
                *({**row, "built": False} for number, row in (own or {}).items() if number not in listed),
            ]
        failures = () if failure is None or backups is not None else (Failure(failure),)
        policy = self._params.policy
        date, at = self._read_at
        now = int(date + time.monotonic() - at)
        fetched = FetchedVm.of_rows(self._row, self._disks, backups, failures, policy.clock.naive_as)
        fetched = fetched.with_evidence(self._evidence, self._evidence_errors, policy.clock.naive_as)
        return fetched, assess_vm(fetched, policy, now), now

    def _list(self, wrapper: str) -> list[Row]:
        """The disks or the backups of the virtual machine. Raises DecodeError unless all could be read."""
        listing = self._client.get_list(wrapper, "virtual_machines", self._row["id"], f"{wrapper}s")
        error = list_error(listing, wrapper)
        if error is not None:
            raise error
        if wrapper == "backup":
            self._read_at = (self._params.now() if listing.date is None else listing.date, time.monotonic())
        return listing.rows
