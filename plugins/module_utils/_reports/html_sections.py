# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Labels of the HTML report, and values of report.json as its sections show them."""

from __future__ import annotations

import datetime
import itertools
import typing as t
import zoneinfo

from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import VM_CHECKS
from ansible_collections.community.onapp.plugins.module_utils._policy.values import duration_text

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Facts = dict[str, t.Any]

MOST_RULES = 200
MOST_VMS_OF_A_CHECK = 20
MOST_LISTED = 200
MOST_PERIOD_ROWS = 2000
MOST_FAILURES = 50
# In the order in which an operator works.
STATES = {
    "unprotected": "some disk has no usable recovery point: no full restore is possible",
    "failing": "older than the limit, and the last attempt is stuck or failed",
    "stale": "older than the limit, without a sign of an attempt",
    "unknown": "could not be judged: nothing is known about its backups",
    "pending": "too new to need a backup",
    "protected": "every disk can be restored to a point no older than the limit",
    "not_applicable": "the policy does not apply to it",
}
# Letters of the calendar with their class and meaning. The most frequent one, S, needs no class.
CELLS = {
    "S": ("", "every disk has a completed backup dated that day"),
    "V": ("", "every disk has a recovery point of that day, some of them only from a backup plug-in"),
    "P": ("P", "only some disks have one"),
    "F": ("F", "an attempt of that day was never completed, and none succeeded"),
    "M": ("M", "mixed: a backup, and an attempt that failed or is stuck"),
    "R": ("R", "a backup is running"),
    ".": ("d", "no backup, and none was needed to stay within the limit"),
    "N": ("N", "no backup, although the limit was exceeded by the end of that day"),
    "x": ("x", "before the oldest backup that is still kept: rotated or never made, which cannot be known"),
    " ": ("e", "the VM did not exist"),
}
TERMS = {
    "Usable recovery point": "a backup that is complete, not marked for delete, and has a valid time that is "
    "not in the future. A locked backup is usable.",
    "Eligible disk": "a disk that is not a swap disk. Swap disks are never backed up.",
    "Age": "the time since the newest usable recovery point of the worst disk. A backup covers its disk; a "
    "backup of the whole VM covers the disks that existed when it was made.",
    "Limit": "the recovery point objective (rpo) of the rule. An age of exactly the limit passes.",
    "Oldest retained backup": "the control panel lists the backups that still exist, not every run. Nothing is "
    "claimed about the time before the oldest one.",
    "Completed is not restorable": "no backup was restored for this report.",
    "Exempt": "a result that fails and that an exemption of the policy covers. It never counts as compliant, "
    "and no exemption covers what is unknown.",
    "Times": "ages are differences of UTC times. Days, weeks, months and years are those of the policy's time "
    "zone; weeks begin on Monday; the current period does not count for retention.",
}
PERIOD = {
    "C": "compliant",
    "N": "not compliant",
    "W": "only warnings, which count as not compliant",
    "U": "unknown",
    "E": "exempt",
    ".": "not applicable",
    "-": "no run, which counts as unknown",
}
CHANGES = {
    "new": "New findings",
    "still": "Findings that remain",
    "resolved": "Resolved: judged again, and passed under the same policy",
    "no_longer_judged": "No longer judged: not read, deleted or filtered out",
    "exempted": "Exempted since then",
    "policy_changed": "No finding under the changed policy",
}


def local_time_text(text: str, zone: str) -> str:
    """The time in the time zone of the policy, in parentheses; empty for UTC."""
    if zone == "UTC":
        return ""
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return f" ({moment.astimezone(zoneinfo.ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone})"


def words(name: str) -> str:
    """An id such as `not_applicable` as words."""
    return name.replace("_", " ")


def counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def grouped_findings(results: Iterable[Facts]) -> list[Facts]:
    """Findings as `label` and `message`; checks with the same status and message share one entry."""
    groups: dict[tuple[str, str], list[Facts]] = {}
    for one in results:
        groups.setdefault((one["status"], one["message"]), []).append(one)
    return [
        {"label": f"{_label(items[0])}: {', '.join(one['check'] for one in items)}", "message": message}
        for (_status, message), items in groups.items()
    ]


def _label(one: Facts) -> str:
    if one["status"] == "exempt":
        return f"Exempt ({one['exemption']})"
    return "Unknown" if one["status"] == "unknown" else str(one["severity"]).capitalize()


def age_text(vm: Facts) -> str:
    age = vm["backup"]["age_seconds"]
    limit = f"limit {duration_text(vm['rpo_seconds'])}"
    if age is None:
        return f"none, {limit}"
    return f"{duration_text(age)}, {limit} ({age / vm['rpo_seconds']:.1f}x)"


def copies_text(vm: Facts) -> str:
    """The copies of the disk with the fewest, and how many plug-in recovery points the VM has."""
    copies, points = vm["backup"]["copies"], vm.get("recovery_points")
    text = "unknown" if copies is None else str(copies)
    return text if points is None else f"{text} ({counted(points, 'plug-in recovery point')})"


def size_text(size: int | None) -> str:
    """Bytes as people read them: `620 B`, `303.6 MiB`."""
    if size is None:
        return "unknown"
    value, unit = float(size), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{size} B" if unit == "B" else f"{value:,.1f} {unit}"


def notices(population: Facts) -> Iterator[str]:
    """Why the result covers less than one might think."""
    if not population["vms_listed"]:
        yield (
            "The control panel listed no VM. That does not prove that there is none: an account with too few"
            " permissions gets an empty list, too."
        )
    if not population["pages_complete"]:
        yield "The list of VMs is incomplete: some may be missing from every number in this report."


def population_texts(population: Facts) -> Iterator[str]:
    yield f"{counted(population['vms_listed'], 'VM')} listed"
    for name in ("filtered_out", "deleted_meanwhile"):
        if population[name]:
            yield f"{population[name]:,} {words(name)}"
    yield f"{population['evaluated']:,} judged"
    yield counted(population["backups"], "backup")
    if "recovery_points" in population:
        yield counted(population["recovery_points"], "usable plug-in recovery point")


def failure_causes(failures: list[Facts]) -> Iterator[Facts]:
    """What could not be read, by cause: one cause can affect thousands of VMs."""
    causes: dict[tuple[str, str], list[int | None]] = {}
    for one in failures:
        causes.setdefault((one["code"], one["text"]), []).append(one["virtual_machine_id"])
    for (code, text), ids in itertools.islice(causes.items(), MOST_FAILURES):
        named = [f"#{number}" for number in ids[:MOST_VMS_OF_A_CHECK] if number is not None]
        more = f" and {len(ids) - MOST_VMS_OF_A_CHECK:,} more" if len(ids) > MOST_VMS_OF_A_CHECK else ""
        yield {"where": f"VM {', '.join(named)}{more}" if named else "The cloud", "text": text, "code": code}
    if len(causes) > MOST_FAILURES:
        more = f"{len(causes) - MOST_FAILURES:,} more causes are in the record (JSON)"
        yield {"where": "The cloud", "text": more, "code": "several"}


def rule_rows(rules: list[Facts]) -> tuple[list[Facts], str | None]:
    """Rules with the limits that differ from the defaults; of very many, first those that decide for a VM."""
    defaults = rules[-1]["limits"]
    shown = rules
    if len(rules) > MOST_RULES:
        order = sorted(range(len(rules)), key=lambda place: (not rules[place]["decided"], place))[:MOST_RULES]
        shown = [rules[place] for place in sorted(order)]
    rest = len(rules) - len(shown)
    return [
        {
            "name": one["name"],
            "decided": counted(one["decided"], "VM"),
            "matched": counted(one["matched"], "VM"),
            "match": "every other VM" if one["match"] is None else _setting(one["match"]),
            "limits": [
                (key, _setting(value))
                for key, value in one["limits"].items()
                if value != ({} if one["match"] is None else defaults.get(key))
            ],
        }
        for one in shown
    ], f"{counted(rest, 'more rule')} in the record (JSON)." if rest else None


def _setting(value: t.Any) -> str:
    """A value of the policy language on one line, as YAML writes it."""
    if value is None:
        return "off"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_setting(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_setting, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def exemption_entry(one: Facts) -> Facts:
    """An exemption with the first of the results that it hides."""
    rest = len(one["hidden"]) - MOST_LISTED
    return {
        **one,
        "category": one["category"].capitalize(),
        "checks": "every check" if len(one["checks"]) == len(VM_CHECKS) else ", ".join(one["checks"]),
        "matches": counted(len(one["virtual_machine_ids"]), "VM"),
        "hidden": one["hidden"][:MOST_LISTED],
        "rest": f"{counted(rest, 'more result')} in the record (JSON)." if rest > 0 else None,
    }


def change_lists(changes: Facts) -> Iterator[Facts]:
    for kind, heading in CHANGES.items():
        items = changes[kind]
        rest = len(items) - MOST_LISTED
        yield {
            "heading": f"{heading}: {len(items):,}",
            "findings": items[:MOST_LISTED],
            "rest": f"{counted(rest, 'more')[:-1]} in the record (JSON)." if rest > 1 else None,
        }


def orphan_table(orphans: Facts) -> Facts:
    found = orphans["backups"]
    if not orphans["assessed"]:
        text = "Backups that belong to no listed VM were not looked for."
    else:
        text = (
            f"{counted(len(found), 'backup')} that belong to no listed VM." if found else "No backup is without a VM."
        )
    return {
        "text": text,
        "rows": [
            {
                **one,
                "target": "unknown" if one["target_id"] is None else f"{one['target_type']} {one['target_id']}",
                "size": size_text(one["size_bytes"]),
            }
            for one in found[:MOST_LISTED]
        ],
    }


def period(history: Facts) -> Facts:
    """The days of the period for the cloud and for each VM, those with the fewest compliant days first."""
    days, missing = history["days"], history["days_without_run"]
    counts = "The share is that of compliant days among compliant, not compliant and unknown days."
    texts = [
        f"{counted(history['runs'], 'run')} of this cloud under this policy from {days[0]} to {days[-1]}. {counts}",
        f"Days without a run, of which nothing is known: {', '.join(_spans(days, missing))}."
        if missing
        else "Every day has a run.",
        f"Letters: {', '.join(f'{letter} {meaning}' for letter, meaning in PERIOD.items())}.",
    ]
    texts += [
        f"Under another policy (SHA-256 {one['sha256'][:12]}): {counted(one['runs'], 'run')}, {_period_share(one)}."
        for one in history["other_policies"]
    ]
    vms = sorted(
        history["virtual_machines"],
        key=lambda one: (101 if one["percent"] is None else one["percent"], one["virtual_machine_id"]),
    )
    cloud = {"virtual_machine_id": None, "virtual_machine_label": None, **history["cloud"]}
    more = len(vms) - MOST_PERIOD_ROWS
    skipped = list(history["skipped"])
    if history["more_skipped"]:
        skipped.append({"path": counted(history["more_skipped"], "more file"), "reason": "see the folder."})
    return {
        "texts": texts,
        "columns": ["VM", "Compliant", "Not compliant", "Unknown", "Exempt", "Share", "Days"],
        "rows": [
            {
                "id": one["virtual_machine_id"],
                "label": one["virtual_machine_label"],
                "cells": [
                    *(f"{one[kind]:,}" for kind in ("compliant", "non_compliant", "unknown", "exempt")),
                    _period_share(one),
                ],
                "days": one["calendar"][::-1],
            }
            for one in [cloud, *vms[:MOST_PERIOD_ROWS]]
        ],
        "rest": f"{counted(more, 'more VM')} in the record (JSON)." if more > 0 else None,
        "skipped": skipped,
    }


def _spans(days: list[str], some: list[str]) -> Iterator[str]:
    """Some of consecutive days, those that follow one another as `first to last`."""
    place_of = {day: place for place, day in enumerate(days)}
    places = [place_of[day] for day in some]
    for _shift, group in itertools.groupby(enumerate(places), lambda item: item[1] - item[0]):
        found = [days[place] for _number, place in group]
        yield found[0] if len(found) == 1 else f"{found[0]} to {found[-1]}"


def _period_share(days: Facts) -> str:
    return "no day counts" if days["percent"] is None else f"{days['percent']} %"
