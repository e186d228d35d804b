# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cloud that changes while it is read: VMs and backups are created, built and deleted between two answers.

The changes are a function of the seed and the number of answers. A VM that comes first in the list, or is deleted,
moves all rows behind it to other places, as in any list that Rails pages.
"""

from __future__ import annotations

import random
from datetime import timedelta

from ansible_collections.community.onapp.tests.simulator import shapes

# Ids of new VMs and backups are above those of the given cloud.
FIRST_ID = 1_000_000
KINDS = (
    "vm_created",
    "vm_built",
    "vm_removed",
    "backup_created",
    "backup_built",
    "backup_marked",
    "backup_removed",
)


class Churn:
    """After every ``every`` answers ``changes`` changes of the ``kinds``, up to ``times`` in all (None: no end).

    ``log`` has one entry per change: after which answer, the kind, and the ids of the VM and the backup.
    """

    def __init__(self, seed=1, every=1, changes=1, kinds=None, times=None):
        self._random = random.Random(seed)
        self._every, self._changes, self._kinds, self._left = every, changes, kinds or KINDS, times
        self._answers = 0
        self._next_id = FIRST_ID
        self.log = []

    def answered(self, cloud):
        """Count an answer, and change the cloud if it is due; returns whether it changed."""
        self._answers += 1
        if self._answers % self._every:
            return False
        known = len(self.log)
        for _change in range(self._changes):
            if self._left != 0:
                self._change(cloud)
        return len(self.log) > known

    def _change(self, cloud):
        """Make one change of a random possible kind, if there is one."""
        for kind in self._random.sample(self._kinds, len(self._kinds)):
            work = getattr(self, f"_{kind}")
            done = work(cloud)
            if done is not None:
                self.log.append({"answer": self._answers, "change": kind, **done})
                self._left = None if self._left is None else self._left - 1
                return

    def _vm_created(self, cloud):
        """Add a VM in front or at the end, because the order of a panel's lists is unknown."""
        facts = {"id": self._new_id(), "built": False, "created_at": _stamp(cloud, 0), "disks": [{}]}
        cloud.add(facts, in_front=self._random.random() < 0.5)
        return {"vm": facts["id"]}

    def _vm_built(self, cloud):
        unbuilt = [key for key in cloud.existing() if cloud.vm(key).get("built") is False]
        if not unbuilt:
            return None
        key = self._random.choice(unbuilt)
        cloud.vm(key).update(built=True, booted=True)
        for disk in cloud.disks(key):
            disk["built"] = True
        return {"vm": cloud.vm(key).get("id")}

    def _vm_removed(self, cloud):
        """Delete a VM, more often one of the first, whose page was read already."""
        keys = cloud.existing()
        if len(keys) < 2:
            return None
        key = keys[int(len(keys) * self._random.random() ** 2)]
        cloud.delete(key)
        return {"vm": cloud.vm(key).get("id")}

    def _backup_created(self, cloud):
        keys = [key for key in cloud.existing() if cloud.disks(key)]
        if not keys:
            return None
        key = self._random.choice(keys)
        disk_id = self._random.choice(cloud.disks(key)).get("id")
        facts = {"id": self._new_id(), "built": False, "created_at": _stamp(cloud, 60), "target_id": disk_id}
        cloud.add_backup(key, facts, in_front=self._random.random() < 0.5)
        return {"vm": cloud.vm(key).get("id"), "backup": facts["id"]}

    def _backup_built(self, cloud):
        return self._on_backup(
            cloud,
            lambda row: row.get("built") is False,
            lambda rows, place: rows[place].update(built=True, built_at=_stamp(cloud, 0), backup_size=310896),
        )

    def _backup_marked(self, cloud):
        return self._on_backup(
            cloud,
            lambda row: row.get("built") is True and row.get("marked_for_delete") is False,
            lambda rows, place: rows[place].update(marked_for_delete=True),
        )

    def _backup_removed(self, cloud):
        return self._on_backup(cloud, lambda row: True, lambda rows, place: rows.pop(place))

    def _on_backup(self, cloud, condition, work):
        """Change a random backup that meets a condition; returns None if there is none."""
        candidates = [
            (key, place) for key in cloud.existing() for place, row in enumerate(cloud.backups(key)) if condition(row)
        ]
        if not candidates:
            return None
        key, place = self._random.choice(candidates)
        done = {"vm": cloud.vm(key).get("id"), "backup": cloud.backups(key)[place].get("id")}
        work(cloud.backups(key), place)
        return done

    def _new_id(self):
        self._next_id += 1
        return self._next_id


def _stamp(cloud, seconds_ago):
    return shapes.stamp(cloud.generation, cloud.now - timedelta(seconds=seconds_ago))
