# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The assessment of records that a playbook has: rows of the control panel, or facts of `onapp_backup_info`."""

from __future__ import annotations

import time
import typing as t
from collections.abc import Mapping, Sequence

from ..module_utils import _errors, _fields, _options, _records
from ..module_utils._api.fetch import FetchedVm
from ..module_utils._facts import assess_vm
from ..module_utils._policy.policy import read_policy

Facts = dict[str, t.Any]


def assess_rows(
    virtual_machine: t.Any,
    backups: t.Any = None,
    disks: t.Any = None,
    policy: t.Any = None,
    evaluate_at: t.Any = None,
    recovery_points: t.Any = None,
) -> Facts:
    """The assessment of a virtual machine, as `onapp_backup_info` returns it in `backup`.

    Records of other virtual machines are ignored. The default of `disks` are those of the facts, which have schedules,
    too, if these were read. Without disks or backups the state is `unknown`. Raises ConfigError that names the wrong
    argument.
    """
    if policy is not None and not isinstance(policy, Mapping):
        raise _errors.ConfigError("The argument policy must be a dictionary.")
    rules = read_policy(policy)
    clock = int(time.time())
    now = clock if evaluate_at is None else t.cast(int, _options.read_moment("evaluate_at", str(evaluate_at)))
    naive_as = rules.clock.naive_as
    row = _row(virtual_machine, "virtual_machine", "The value")
    try:
        number = _records.row_id(row, "virtual machine")
        fact = row.get("backup")
        if disks is None and isinstance(fact, Mapping) and fact.get("copies") is not None:
            # Without copies the disks were not read.
            disks = fact.get("disks")
        disk_rows = _rows(disks, "disk", "disks", number)
        backup_rows = _rows(backups, "backup", "backups", number)
        evidence: dict[str, list[Facts] | None] = {}
        if recovery_points is not None:
            points = _rows(recovery_points, "recovery_point", "recovery_points", number) or []
            # A fact has a time without a zone in `extra`, as the panel sent it.
            evidence[_records.RECOVERY_POINTS] = [
                {**point, **extra} if isinstance(extra := point.get("extra"), Mapping) else point for point in points
            ]
        if _records.SCHEDULES in row:
            evidence[_records.SCHEDULES] = _rows(row[_records.SCHEDULES], "schedule", _records.SCHEDULES, number)
        fetched = FetchedVm.of_rows(row, disk_rows, backup_rows, naive_as=naive_as)
        fetched = fetched.with_evidence(evidence, {}, naive_as)
    except ValueError as error:
        raise _errors.ConfigError(f"These are not records of a control panel: {error}.") from error
    if fetched.backups is not None:
        # Only facts have what the transaction of a backup says.
        for place, made in enumerate(backup_rows or ()):
            fetched.backups[place] = fetched.backups[place]._replace(
                transaction_status=_fields.as_word(made.get("transaction_status")),
                transaction_at=_fields.as_instant(made.get("transaction_at"), naive_as).seconds,
            )
    # The assessment itself says which records it cannot read.
    fetched = fetched._replace(failures=(), evidence_failures={})
    return assess_vm(fetched, rules, now, read_at=clock).as_facts(now)


def _rows(items: t.Any, wrapper: str, argument: str, vm_id: int) -> list[Facts] | None:
    if items is None:
        return None
    if not isinstance(items, Sequence) or isinstance(items, (str, bytes)):
        raise _errors.ConfigError(f"The argument {argument} must be a list of dictionaries.")
    # A template passes the list of a whole cloud for each virtual machine: rows of others must cost next to nothing.
    own = ((place, item) for place, item in enumerate(items) if not _is_of_another(item, vm_id))
    rows = [_row(item, wrapper, f"The argument {argument}[{place}]") for place, item in own]
    return [row for row in rows if not _is_of_another(row, vm_id)]


def _is_of_another(item: t.Any, vm_id: int) -> bool:
    return isinstance(item, Mapping) and _fields.as_integer(item.get("virtual_machine_id")) not in (None, vm_id)


def _row(item: t.Any, wrapper: str, what: str) -> Facts:
    """A record without the wrapper that the API puts around it.

    A fact keeps unreadable values in `extra`. They are put back, because an unreadable time proves less than a missing
    one.
    """
    if isinstance(item, Mapping) and isinstance(item.get(wrapper), Mapping) and "id" not in item:
        item = item[wrapper]
    if not isinstance(item, Mapping) or "id" not in item:
        raise _errors.ConfigError(
            f"{what} must be a dictionary with an id: a row of the API, or a fact of onapp_backup_info."
        )
    row = dict(item)
    extra = row.get("extra")
    if isinstance(extra, Mapping):
        row.update((name, value) for name, value in extra.items() if name in row and row[name] is None)
    return row
