# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""The report of an earlier run, and what changed since then."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._checks.results import (
    EXEMPT,
    FAIL,
    PASS,
    UNKNOWN,
    WARN,
)
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._fields import moment
from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CHECKS
from ansible_collections.community.onapp.plugins.module_utils._policy.document import read_plain_file

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ansible_collections.community.onapp.plugins.module_utils._checks.results import Result

    Facts = dict[str, t.Any]

HINT = "give the report.json of an earlier run of this check on this control panel"
MOST_BYTES = 256 * 1024 * 1024
# A report has one of `,{[` in 20 bytes. 256 MiB of `[],` would take half a minute and 8 GiB.
MOST_VALUES = 10_000_000
FINDING = (WARN, FAIL, UNKNOWN)
KINDS = ("new", "still", "resolved", "no_longer_judged", "exempted", "policy_changed")
# Large parts of a report that are not compared.
DROPPED = frozenset(("virtual_machines", "results", "disks", "backup_ids", "effective", "retention", "hidden"))


class Key(t.NamedTuple):
    """Identifies a finding across runs. `about` is the exemption or rule of a finding about the policy."""

    virtual_machine_id: int | None
    check: str
    about: str | None

    @classmethod
    def of(cls, item: Facts) -> Key:
        """The key of an entry of `findings`. Raises KeyError, TypeError or ValueError when it is none."""
        number, check = item["virtual_machine_id"], item["check"]
        if not (number is None or (isinstance(number, int) and not isinstance(number, bool))) or check not in CHECKS:
            raise ValueError("not a finding")
        about = (item["exemption"] or item["rule"]) if number is None else None
        if not (about is None or isinstance(about, str)):
            raise ValueError("not a finding")
        return cls(number, check, about)


class Previous(t.NamedTuple):
    """What is compared of an earlier report.

    `judged` is the number of virtual machines that were judged, `findings` their entries that were not exempt.
    """

    generated_at: str
    sha256: str
    judged: int
    findings: dict[Key, Facts]


def read_previous(path: str, control_panel: str, cloud_name: str | None) -> Previous:
    """The earlier report in a file. Raises ConfigError if it is none, or of another control panel or cloud."""
    data = read_plain_file("previous_report", path, MOST_BYTES)
    try:
        if data.lstrip()[:1] != b"{" or sum(map(data.count, (b",", b"{", b"["))) > MOST_VALUES:
            raise ValueError("not an object")
        document = json.loads(data, object_pairs_hook=_needed)
        previous = _parse(document)
        panel, cloud = document["source"]["control_panel"], document["source"]["cloud_name"]
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError, RecursionError) as error:
        raise ConfigError(f"The option previous_report is not a report of this collection: {path}; {HINT}.") from error
    if panel != control_panel:
        raise ConfigError(f"The option previous_report is of another control panel: {path}; {HINT}.")
    if cloud != cloud_name:
        raise ConfigError(f"The option previous_report is of another cloud_name: {path}; {HINT} and cloud.")
    return previous


def _needed(pairs: list[tuple[str, t.Any]]) -> Facts:
    return {name: value for name, value in pairs if name not in DROPPED}


def _parse(document: t.Any) -> Previous:
    """Raises an exception of many kinds when it is no report."""
    counts = document["summary"]["by_outcome"]
    findings = {}
    for item in document["findings"]:
        label = item["virtual_machine_label"]
        if item["status"] not in (*FINDING, EXEMPT) or not (label is None or isinstance(label, str)):
            raise ValueError("not a finding")
        if item["status"] != EXEMPT:
            findings[Key.of(item)] = {"label": label, "status": item["status"]}
    numbers = [counts[name] for name in ("critical", "warning", "exempt", "compliant")]
    sha256 = document["policy"]["sha256"]
    if (
        document["schema_version"] != 1
        or not isinstance(sha256, str)
        or any(isinstance(number, bool) or not isinstance(number, int) or number < 0 for number in numbers)
    ):
        raise ValueError("not a report")
    moment(document["generated_at"])
    return Previous(document["generated_at"], sha256, sum(numbers), findings)


class Changes:
    """The findings of a run beside those of an earlier one."""

    def __init__(self, previous: Previous, sha256: str) -> None:
        self._previous = previous
        self._is_same_policy = previous.sha256 == sha256
        self._statuses: dict[Key, str] = {}
        self._vms: dict[int, dict[str, str]] = {}
        self._checks_of: dict[int, list[str]] = {}
        for key in previous.findings:
            if key.virtual_machine_id is not None:
                self._checks_of.setdefault(key.virtual_machine_id, []).append(key.check)

    def add_vm(self, number: int, results: Sequence[Result]) -> None:
        """Note the results of a virtual machine that had findings."""
        if number in self._checks_of:
            self._vms[number] = {one.check: one.status for one in results}

    def compare(self, findings: Iterable[Facts], judged_cloud_checks: set[str]) -> None:
        """Sort all findings into the lists; `judged_cloud_checks` are the checks of the cloud that gave an answer."""
        found: dict[str, list[Facts]] = {kind: [] for kind in KINDS}
        current: dict[Key, str] = {}
        for item in findings:
            if item["status"] == EXEMPT:
                continue
            key = Key.of(item)
            current[key] = item["status"]
            before = self._previous.findings.get(key)
            is_still = before is not None and (before["status"] == UNKNOWN) == (item["status"] == UNKNOWN)
            found["still" if is_still else "new"].append(_change(key, item["virtual_machine_label"]))
        for key, before in self._previous.findings.items():
            status = current.get(key)
            if status in (WARN, FAIL) or (status is not None and status == before["status"]):
                continue
            found[self._kind(key, judged_cloud_checks)].append(_change(key, before["label"]))
        self._found = found

    def lists(self) -> Facts:
        """The part `changes` of the report."""
        return {
            "previous_generated_at": self._previous.generated_at,
            "judged_before": self._previous.judged,
            **self._found,
        }

    def _kind(self, key: Key, judged_cloud_checks: set[str]) -> str:
        """What became of a finding of the earlier report that is none any more."""
        if key.virtual_machine_id is None:
            status: str | None = PASS if key.check in judged_cloud_checks else UNKNOWN
        elif key.virtual_machine_id not in self._vms:
            status = UNKNOWN
        else:
            status = self._vms[key.virtual_machine_id].get(key.check)
        if status == UNKNOWN:
            return "no_longer_judged"
        if status == EXEMPT:
            return "exempted"
        if not self._is_same_policy:
            return "policy_changed"
        return "resolved" if status == PASS else "no_longer_judged"


def _change(key: Key, label: str | None) -> Facts:
    return {
        "virtual_machine_id": key.virtual_machine_id,
        "virtual_machine_label": label,
        "check": key.check,
        "about": key.about,
    }
