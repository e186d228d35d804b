# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""The days of a period on which the cloud and each virtual machine was compliant, from the status.json of each run."""

from __future__ import annotations

import datetime
import json
import os
import re
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._checks.results import EXEMPT, UNKNOWN
from ansible_collections.community.onapp.plugins.module_utils._compliance.outcome import (
    COMPLIANT,
    NON_COMPLIANT,
    NOT_APPLICABLE,
    OUTCOMES,
)
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._fields import moment
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CRITICAL, WARNING
from ansible_collections.community.onapp.plugins.module_utils._policy.document import read_plain_file
from ansible_collections.community.onapp.plugins.module_utils._text import printable

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.community.onapp.plugins.module_utils._policy.calendar import Calendar

    Facts = dict[str, t.Any]

MOST_DAYS = 3660
MOST_ENTRIES = 100_000
MOST_BYTES = 8 * 1024 * 1024
SKIPPED_SHOWN = 100
STATUS_FILE = re.compile(r"status.*\.json", re.DOTALL)
NO_RUN, NOT_THERE = "-", " "
# A day's letter; of several runs on one day the first of these counts.
LETTERS = {
    CRITICAL: "N",
    NON_COMPLIANT: "N",
    WARNING: "W",
    UNKNOWN: "U",
    EXEMPT: "E",
    COMPLIANT: "C",
    NOT_APPLICABLE: ".",
}
WORST_FIRST = "NUWEC."


class EarlierRun(t.NamedTuple):
    """One status.json: for when it was evaluated (UTC seconds), by which policy, and its outcomes by id."""

    evaluated_at: int
    sha256: str
    status: str
    outcomes: dict[int, str]


class Days:
    """One letter for each day of the period."""

    def __init__(self, number: int) -> None:
        self._letters = [NO_RUN] * number

    def add(self, day: int, letter: str) -> None:
        """Note what a run found on a day."""
        known = self._letters[day]
        self._letters[day] = letter if known == NO_RUN else min(known, letter, key=WORST_FIRST.index)

    def facts(self, run_days: set[int], missing_before: int = 0) -> Facts:
        """The letters and their counts. Of days with a run that did not find it nothing is known; before the day
        `missing_before` it did not exist."""
        letters = [
            NOT_THERE
            if letter == NO_RUN and day < missing_before
            else "U"
            if letter == NO_RUN and day in run_days
            else letter
            for day, letter in enumerate(self._letters)
        ]
        compliant, exempt = letters.count("C"), letters.count("E")
        non_compliant = letters.count("N") + letters.count("W")
        unknown = letters.count("U") + letters.count(NO_RUN)
        base = compliant + non_compliant + unknown
        return {
            "calendar": "".join(letters),
            "compliant": compliant,
            "non_compliant": non_compliant,
            "unknown": unknown,
            "exempt": exempt,
            "not_applicable": letters.count("."),
            "percent": compliant * 1000 // base / 10 if base else None,
        }


class History:
    """The earlier runs of a folder, and the run that is going on."""

    def __init__(self, calendar: Calendar, now: int, days: int, sha256: str) -> None:
        today = calendar.day_of(now)
        self._calendar = calendar
        self._days = [today - datetime.timedelta(days=back) for back in range(days - 1, -1, -1)]
        self._sha256 = sha256
        self._now = now
        self._cloud: dict[str, Days] = {sha256: Days(days)}
        self._runs: dict[str, int] = {sha256: 0}
        self._vms: dict[int, Days] = {}
        self._labels: dict[int, str | None] = {}
        self._created: dict[int, int | None] = {}
        self._run_days: set[int] = set()
        self._skipped: list[Facts] = []
        self._more_skipped = 0

    def read(self, folder: str, control_panel: str, cloud_name: str | None) -> None:
        """Read every `status*.json` of a folder and its subfolders. Raises ConfigError if the folder cannot be used."""
        for path in _status_files(folder, self._skip):
            try:
                run = _parse(
                    read_plain_file("history", os.path.join(folder, path), MOST_BYTES), control_panel, cloud_name
                )
            except ConfigError as error:
                self._skip(path, error.text)
            except _OtherCloud as error:
                self._skip(path, f"It is of another {error}.")
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
                self._skip(path, "It is damaged, or not a status.json of this collection.")
            else:
                self._add(run)

    def add_vm(self, number: int, label: str | None, created_at: int | None, outcome: str) -> None:
        """Note a virtual machine of the run that is going on."""
        self._labels[number] = label
        self._created[number] = created_at
        self._add_vm(len(self._days) - 1, number, outcome)

    def end(self, status: str) -> None:
        """Note the status of the run that is going on."""
        self._add(EarlierRun(self._now, self._sha256, status, {}))

    def facts(self) -> Facts:
        """The part `history` of the report."""
        return {
            "days": [day.isoformat() for day in self._days],
            "runs": self._runs[self._sha256],
            "days_without_run": [
                day.isoformat() for number, day in enumerate(self._days) if number not in self._run_days
            ],
            "cloud": self._cloud[self._sha256].facts(self._run_days),
            "virtual_machines": [
                {
                    "virtual_machine_id": number,
                    "virtual_machine_label": self._labels.get(number),
                    **days.facts(self._run_days, self._first_day(number)),
                }
                for number, days in sorted(self._vms.items())
            ],
            "other_policies": [
                {"sha256": sha256, "runs": self._runs[sha256], **days.facts(set())}
                for sha256, days in sorted(self._cloud.items())
                if sha256 != self._sha256
            ],
            "skipped": self._skipped,
            "more_skipped": self._more_skipped,
        }

    def _first_day(self, number: int) -> int:
        """The place of the day on which a virtual machine was created; 0 if that is not known."""
        created = self._created.get(number)
        if created is None or created > self._now:
            return 0
        return min(max(0, (self._calendar.day_of(created) - self._days[0]).days), len(self._days) - 1)

    def _add(self, run: EarlierRun) -> None:
        day = (self._calendar.day_of(run.evaluated_at) - self._days[0]).days
        if not 0 <= day < len(self._days) or run.evaluated_at > self._now:
            return
        self._runs[run.sha256] = self._runs.get(run.sha256, 0) + 1
        self._cloud.setdefault(run.sha256, Days(len(self._days))).add(day, LETTERS[run.status])
        if run.sha256 != self._sha256:
            return
        self._run_days.add(day)
        for number, outcome in run.outcomes.items():
            self._add_vm(day, number, outcome)

    def _add_vm(self, day: int, number: int, outcome: str) -> None:
        if number not in self._vms:
            self._vms[number] = Days(len(self._days))
        self._vms[number].add(day, LETTERS[outcome])

    def _skip(self, path: str, reason: str) -> None:
        if len(self._skipped) < SKIPPED_SHOWN:
            self._skipped.append({"path": printable(path), "reason": reason})
        else:
            self._more_skipped += 1


class _OtherCloud(Exception):
    """A run of another control panel or cloud name."""


def check_days(days: int) -> int:
    """The option history_days. Raises ConfigError if it is out of range."""
    if not 1 <= days <= MOST_DAYS:
        raise ConfigError(f"The option history_days is {days}: it must be from 1 to {MOST_DAYS}.")
    return days


def _status_files(folder: str, skip: t.Callable[[str, str], None]) -> Iterator[str]:
    """Paths below a folder, in order. Links to folders are not followed, so that no loop is endless."""
    if "\0" in folder or not os.path.isdir(folder):
        raise ConfigError(
            f"The option history ({folder!a}) is not a folder: name the folder that holds the reports of earlier runs."
        )
    found: list[str] = []
    entries = 0
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            with os.scandir(os.path.join(folder, below)) as scan:
                for entry in scan:
                    entries += 1
                    if entries > MOST_ENTRIES:
                        raise ConfigError(
                            f"The option history ({folder!a}) holds more than {MOST_ENTRIES} files and folders: name a"
                            " folder that holds reports only."
                        )
                    path = os.path.join(below, entry.name)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(path)
                    elif STATUS_FILE.fullmatch(entry.name):
                        found.append(path)
        except OSError as error:
            if not below:
                raise ConfigError(f"The option history ({folder!a}) cannot be read: {error.strerror}.") from error
            skip(below, f"It cannot be read: {error.strerror}.")
    yield from sorted(found)


def _parse(data: bytes, control_panel: str, cloud_name: str | None) -> EarlierRun:
    """Raises _OtherCloud, or an exception of many kinds for what is no status.json."""
    document = json.loads(data)
    if document["schema_version"] != 1:
        raise ValueError
    for key, ours, name in (
        ("control_panel", control_panel, "control panel"),
        ("cloud_name", cloud_name, "cloud name"),
    ):
        theirs = document[key]
        if not (theirs is None or isinstance(theirs, str)):
            raise ValueError
        if theirs != ours:
            raise _OtherCloud(key.replace("_", " "))
    sha256, status = document["policy_sha256"], document["status"]
    if not re.fullmatch("[0-9a-f]{64}", sha256) or status not in (COMPLIANT, NON_COMPLIANT, UNKNOWN):
        raise ValueError
    outcomes = {}
    for number, outcome in document["virtual_machines"].items():
        if outcome not in OUTCOMES or not re.fullmatch("[0-9]{1,18}", number):
            raise ValueError
        outcomes[int(number)] = outcome
    return EarlierRun(moment(document["evaluated_at"]), sha256, status, outcomes)
