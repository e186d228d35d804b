# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which routes of the panel each entry point uses, and how it is brought to use them."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.tests.faults.cloud import TOUCHED

# What becomes of a run that cannot read a route depends on what that route is for.
LIST = "list"  # the virtual machines themselves: nothing can be said without it
ROW = "row"  # the one virtual machine that was asked for
SPARE = "spare"  # a cheaper way to what other routes have, too
PART = "part"  # disks or backups of one virtual machine
OWNERS = "owners"  # backups by owner, which show those of deleted virtual machines

ROUTES = (
    "virtual_machines",
    "virtual_machine",
    "settings_disks",
    "disks",
    "backups",
    "backups_images",
    "backups_files",
    "user_backups",
)
# The paths of the API, for people.
PATHS = {
    "virtual_machines": "/virtual_machines",
    "virtual_machine": "/virtual_machines/ID",
    "settings_disks": "/settings/disks",
    "disks": "…/ID/disks",
    "backups": "…/ID/backups",
    "backups_images": "…/backups/images",
    "backups_files": "…/backups/files",
    "user_backups": "/users/ID/backups",
}
# Routes of one virtual machine: the fault is on the second one only.
OF_ONE = frozenset({"virtual_machine", "disks", "backups", "backups_images", "backups_files"})


class Way(t.NamedTuple):
    """How an entry point comes to use a route: its options, and the routes that answer 403 to it."""

    role: str
    options: dict[str, t.Any] = {}
    refused: tuple[str, ...] = ()


class Entry(t.NamedTuple):
    """An entry point as the matrix runs it. `kind` is what is run: `info`, `inventory` or `compliance`."""

    name: str
    kind: str
    ways: dict[str, Way]
    options: dict[str, t.Any] = {}


COMMON = {
    "virtual_machines": Way(LIST),
    "settings_disks": Way(SPARE),
    "disks": Way(PART, refused=("settings_disks",)),
    "backups": Way(PART),
}
INFO = {
    **COMMON,
    "virtual_machine": Way(ROW, {"virtual_machines": [str(TOUCHED)]}),
    "backups_images": Way(PART, {"backup_type": "normal"}),
    "backups_files": Way(PART, {"backup_type": "incremental"}),
}
LIMITS = {"min_copies": 1, "retention": None, "max_gap": None}
ORPHANS = {"policy": {"defaults": LIMITS, "scope": {"orphans": True}}}
COMPLIANCE = {**COMMON, "user_backups": Way(OWNERS, ORPHANS)}

ENTRIES: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry("onapp_backup_info", "info", INFO),
        Entry("inventory", "inventory", COMMON, {"include_backups": "all"}),
        Entry("onapp_backup_compliance", "compliance", COMPLIANCE, {"policy": {"defaults": LIMITS}}),
    )
}
