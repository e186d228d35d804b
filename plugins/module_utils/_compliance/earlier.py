# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Earlier runs: what changed since the report of one, and the days on which the status.json of each was compliant."""

from __future__ import annotations

import json
import os
import re
import typing as t
from collections.abc import Iterable, Mapping

from .. import _errors, _fields, _text
from .._checks.results import EXEMPT, FAIL, PASS, UNKNOWN, WARN
from .._policy import catalogue
from .._policy.document import read_plain_file
from .outcome import COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE, OUTCOMES

if t.TYPE_CHECKING:
    from .._policy.calendar import Calendar

    Facts = dict[str, t.Any]

HINT = "give the report.json of an earlier run of this check on this control panel"
MOST_REPORT_BYTES = 256 * 1024 * 1024
# A report has one of `,{[` in 20 bytes. 256 MiB of `[],` would take half a minute and 8 GiB.
MOST_VALUES = 10_000_000
KINDS = ("new", "still", "resolved", "no_longer_judged", "exempted", "policy_changed")
# Large parts of a report that are not compared.
DROPPED = frozenset(("virtual_machines", "results", "disks", "backup_ids", "effective", "retention", "hidden"))

MOST_DAYS = 3660
MOST_ENTRIES = 100_000
MOST_STATUS_BYTES = 8 * 1024 * 1024
SKIPPED_SHOWN = 100
STATUS_FILE = re.compile(r"status.*\.json", re.DOTALL)
NO_RUN, NOT_THERE = "-", " "
# The letter of a day; of several runs on one day the worst counts.
LETTERS = {
    catalogue.CRITICAL: "N",
    NON_COMPLIANT: "N",
    catalogue.WARNING: "W",
    UNKNOWN: "U",
    EXEMPT: "E",
    COMPLIANT: "C",
    NOT_APPLICABLE: ".",
}
WORST_FIRST = f"NUWEC.{NO_RUN}"
# What reading a document of another shape raises.
DAMAGED = (KeyError, TypeError, ValueError, OverflowError, AttributeError, RecursionError)


class Key(t.NamedTuple):
    """Identifies a finding across runs. `about` is the exemption or rule of a finding about the policy."""

    virtual_machine_id: int | None
    check: str
    about: str | None

    @classmethod
    def of(cls, item: Facts) -> Key:
        """The key of an entry of `findings`. Raises KeyError, TypeError or ValueError when it is none."""
        number, check = item["virtual_machine_id"], item["check"]
        about = (item["exemption"] or item["rule"]) if number is None else None
        is_of_vm = number.__class__ is int
        if (
            not (is_of_vm or number is None)
            or check not in catalogue.CHECKS
            or not (about is None or isinstance(about, str))
        ):
            raise ValueError("not a finding")
        return cls(number, check, about)

    def change(self, label: str | None) -> Facts:
        """An entry of `changes`; `label` is that of the virtual machine."""
        return {"virtual_machine_id": self.virtual_machine_id, "virtual_machine_label": label, **self._asdict()}


class Previous(t.NamedTuple):
    """What is compared of an earlier report.

    `assessed` is the number of virtual machines that were assessed, `findings` are those that were not exempt.
    """

    generated_at: str
    sha256: str
    assessed: int
    findings: dict[Key, Facts]

    def changes(
        self, findings: Iterable[Facts], results: Mapping[int, Mapping[str, str]], cloud_checks: set[str], sha256: str
    ) -> Facts:
        """The part `changes` of the report of a run with some findings under the policy `sha256`.

        `results` has the status of each check by virtual machine, at least of those with earlier findings;
        `cloud_checks` are the checks of the cloud that gave an answer.
        """
        found: dict[str, list[Facts]] = {kind: [] for kind in KINDS}
        current: dict[Key, str] = {}
        for item in findings:
            if item["status"] == EXEMPT:
                continue
            key = Key.of(item)
            if key in current:  # a second finding about an exemption
                continue
            current[key] = item["status"]
            before = self.findings.get(key)
            is_still = before is not None and (before["status"] == UNKNOWN) == (item["status"] == UNKNOWN)
            found["still" if is_still else "new"].append(key.change(item["virtual_machine_label"]))
        for key, before in self.findings.items():
            status: str | None = current.get(key)
            if status in (WARN, FAIL) or (status is not None and status == before["status"]):
                continue
            if key.virtual_machine_id is None:
                status = PASS if key.check in cloud_checks else UNKNOWN
            else:
                status = results.get(key.virtual_machine_id, {key.check: UNKNOWN}).get(key.check)
            if status == EXEMPT:
                kind = "exempted"
            elif status != UNKNOWN and sha256 != self.sha256:
                kind = "policy_changed"
            else:
                kind = "resolved" if status == PASS else "no_longer_judged"
            found[kind].append(key.change(before["label"]))
        return {"previous_generated_at": self.generated_at, "judged_before": self.assessed, **found}


def read_previous(path: str, control_panel: str, cloud_name: str | None) -> Previous:
    """The earlier report in a file. Raises ConfigError if it is none, or of another control panel or cloud."""
    data = read_plain_file("previous_report", path, MOST_REPORT_BYTES)
    try:
        if data.lstrip()[:1] != b"{" or sum(map(data.count, (b",", b"{", b"["))) > MOST_VALUES:
            raise ValueError("not an object")
        document = json.loads(
            data, object_pairs_hook=lambda pairs: {name: value for name, value in pairs if name not in DROPPED}
        )
        previous = _parse_report(document)
        panel, cloud = document["source"]["control_panel"], document["source"]["cloud_name"]
    except DAMAGED as error:
        raise _errors.ConfigError(
            f"The option previous_report is not a report of this collection: {path}; {HINT}."
        ) from error
    if panel != control_panel:
        raise _errors.ConfigError(f"The option previous_report is of another control panel: {path}; {HINT}.")
    if cloud != cloud_name:
        raise _errors.ConfigError(f"The option previous_report is of another cloud_name: {path}; {HINT} and cloud.")
    return previous


def _parse_report(document: t.Any) -> Previous:
    """Raises one of DAMAGED when it is no report."""
    counts = document["summary"]["by_outcome"]
    findings = {}
    for item in document["findings"]:
        label = item["virtual_machine_label"]
        if item["status"] not in (WARN, FAIL, UNKNOWN, EXEMPT) or not (label is None or isinstance(label, str)):
            raise ValueError("not a finding")
        if item["status"] != EXEMPT:
            findings[Key.of(item)] = {"label": label, "status": item["status"]}
    numbers = [counts[name] for name in ("critical", "warning", "exempt", "compliant")]
    sha256 = document["policy"]["sha256"]
    has_counts = all(number.__class__ is int and number >= 0 for number in numbers)
    if document["schema_version"] != 1 or not isinstance(sha256, str) or not has_counts:
        raise ValueError("not a report")
    _fields.moment(document["generated_at"])
    return Previous(document["generated_at"], sha256, sum(numbers) + _only_schedules_unknown(findings), findings)


def _only_schedules_unknown(findings: Mapping[Key, Facts]) -> int:
    """How many virtual machines were unknown only because of their schedules: the population counts them as assessed.

    Of the unknown results of each, a report shows the first as a finding.
    """
    of_schedules = {
        key.virtual_machine_id
        for key, item in findings.items()
        if item["status"] == UNKNOWN and key.check in catalogue.SCHEDULE_CHECKS
    }
    return len(of_schedules - {key.virtual_machine_id for key, item in findings.items() if item["status"] == FAIL})


class History:
    """The earlier runs of a folder, and the run that is going on, in the last `days` before `now`.

    A letter for each day says what was found of the cloud, by policy, and of each virtual machine.
    """

    def __init__(self, calendar: Calendar, now: int, days: int, sha256: str) -> None:
        self._calendar = calendar
        self._days = calendar.last_days(now, days)
        self._sha256 = sha256
        self._now = now
        self._cloud = {sha256: [NO_RUN] * days}
        self._runs = {sha256: 0}
        self._vms: dict[int, list[str]] = {}
        # Their labels, and the places of the days on which they were created.
        self._listed: dict[int, tuple[str | None, int]] = {}
        self._run_days: set[int] = set()
        self._skipped: list[Facts] = []
        self._more_skipped = 0

    def read(self, folder: str, control_panel: str, cloud_name: str | None) -> None:
        """Read every `status*.json` of a folder and its subfolders. Raises ConfigError if the folder cannot be used."""
        for path in _status_files(folder, self._skip):
            try:
                data = read_plain_file("history", os.path.join(folder, path), MOST_STATUS_BYTES)
                run = _parse_status(data, control_panel, cloud_name)
            except _errors.ConfigError as error:
                self._skip(path, error.text)
            except DAMAGED:
                self._skip(path, "It is damaged, or not a status.json of this collection.")
            else:
                self.add_run(*run)

    def add_vm(self, number: int, label: str | None, created_at: int | None, outcome: str) -> None:
        """Note a virtual machine of the run that is going on."""
        known = 0 if created_at is None or created_at > self._now else created_at
        self._listed[number] = label, max(0, self._place_of(known))
        self._note(self._vms, number, len(self._days) - 1, outcome)

    def facts(self) -> Facts:
        """The part `history` of the report."""
        listed = {number: self._listed.get(number, (None, 0)) for number in self._vms}
        return {
            "days": [day.isoformat() for day in self._days],
            "runs": self._runs[self._sha256],
            "days_without_run": [
                day.isoformat() for number, day in enumerate(self._days) if number not in self._run_days
            ],
            "cloud": _count_days(self._cloud[self._sha256], self._run_days),
            "virtual_machines": [
                {
                    "virtual_machine_id": number,
                    "virtual_machine_label": listed[number][0],
                    **_count_days(letters, self._run_days, listed[number][1]),
                }
                for number, letters in sorted(self._vms.items())
            ],
            "other_policies": [
                {"sha256": sha256, "runs": self._runs[sha256], **_count_days(letters, set())}
                for sha256, letters in sorted(self._cloud.items())
                if sha256 != self._sha256
            ],
            "skipped": self._skipped,
            "more_skipped": self._more_skipped,
        }

    def _place_of(self, seconds: int) -> int:
        """The place of the day of a time, negative before the first one."""
        return (self._calendar.day_of(seconds) - self._days[0]).days

    def add_run(self, evaluated_at: int, sha256: str, status: str, outcomes: Mapping[int, str]) -> None:
        """Note a run under the policy `sha256`, with its outcomes by id of the virtual machine."""
        day = self._place_of(evaluated_at)
        if not 0 <= day < len(self._days) or evaluated_at > self._now:
            return
        self._runs[sha256] = self._runs.get(sha256, 0) + 1
        self._note(self._cloud, sha256, day, status)
        if sha256 != self._sha256:
            return
        self._run_days.add(day)
        for number, outcome in outcomes.items():
            self._note(self._vms, number, day, outcome)

    def _note(self, letters: dict[t.Any, list[str]], key: t.Any, day: int, found: str) -> None:
        if key not in letters:
            letters[key] = [NO_RUN] * len(self._days)
        letters[key][day] = min(letters[key][day], LETTERS[found], key=WORST_FIRST.index)

    def _skip(self, path: str, reason: str) -> None:
        if len(self._skipped) < SKIPPED_SHOWN:
            self._skipped.append({"path": _text.printable(path), "reason": reason})
        else:
            self._more_skipped += 1


def _count_days(noted: list[str], run_days: set[int], missing_before: int = 0) -> Facts:
    """The letters and their counts. Of days with a run that did not find it nothing is known; before the day
    `missing_before` it did not exist."""
    letters = list(noted)
    for day, letter in enumerate(noted):
        if letter == NO_RUN and day < missing_before:
            letters[day] = NOT_THERE
        elif letter == NO_RUN and day in run_days:
            letters[day] = "U"
    compliant = letters.count("C")
    non_compliant = letters.count("N") + letters.count("W")
    unknown = letters.count("U") + letters.count(NO_RUN)
    base = compliant + non_compliant + unknown
    return {
        "calendar": "".join(letters),
        "compliant": compliant,
        "non_compliant": non_compliant,
        "unknown": unknown,
        "exempt": letters.count("E"),
        "not_applicable": letters.count("."),
        "percent": compliant * 1000 // base / 10 if base else None,
    }


def _status_files(folder: str, skip: t.Callable[[str, str], None]) -> list[str]:
    """Paths below a folder, in order. Links to folders are not followed, so that no loop is endless."""
    option = f"The option history ({folder!a})"
    if "\0" in folder or not os.path.isdir(folder):
        raise _errors.ConfigError(f"{option} is not a folder: name the folder that holds the reports of earlier runs.")
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
                        raise _errors.ConfigError(
                            f"{option} holds more than {MOST_ENTRIES} files and folders: name a folder that holds"
                            " reports only."
                        )
                    path = os.path.join(below, entry.name)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(path)
                    elif STATUS_FILE.fullmatch(entry.name):
                        found.append(path)
        except OSError as error:
            if not below:
                raise _errors.ConfigError(f"{option} cannot be read: {error.strerror}.") from error
            skip(below, f"It cannot be read: {error.strerror}.")
    return sorted(found)


def _parse_status(data: bytes, control_panel: str, cloud_name: str | None) -> tuple[int, str, str, dict[int, str]]:
    """The time (UTC seconds), policy and status of the run of a status.json, and its outcomes by id.

    Raises ConfigError for a run of another cloud, one of DAMAGED for what is no status.json.
    """
    document = json.loads(data)
    if document["schema_version"] != 1:
        raise ValueError
    for key, ours in (("control_panel", control_panel), ("cloud_name", cloud_name)):
        theirs = document[key]
        if not (theirs is None or isinstance(theirs, str)):
            raise ValueError
        if theirs != ours:
            raise _errors.ConfigError(f"It is of another {key.replace('_', ' ')}.")
    sha256, status = document["policy_sha256"], document["status"]
    if not re.fullmatch("[0-9a-f]{64}", sha256) or status not in (COMPLIANT, NON_COMPLIANT, UNKNOWN):
        raise ValueError
    outcomes = {}
    for number, outcome in document["virtual_machines"].items():
        if outcome not in OUTCOMES or not re.fullmatch("[0-9]{1,18}", number):
            raise ValueError
        outcomes[int(number)] = outcome
    return _fields.moment(document["evaluated_at"]), sha256, status, outcomes
