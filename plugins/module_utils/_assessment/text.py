# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""Words of messages: counts, and ids of which only the first are named."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ansible_collections.community.onapp.plugins.module_utils._assessment.coverage import Cover

IDS_SHOWN = 10


def counted(number: int, what: str) -> str:
    """A number and what is counted: `1 disk`, `2 disks`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def ids_named(what: str, ids: Sequence[int]) -> str:
    """Ids in words: `disk 1`, `disks 1, 2`; of many, the first and how many more."""
    more = f" and {len(ids) - IDS_SHOWN} more" if len(ids) > IDS_SHOWN else ""
    return f"{what}{'s' if len(ids) > 1 else ''} {', '.join(str(number) for number in ids[:IDS_SHOWN])}{more}"


def disks_named(covers: Iterable[Cover]) -> str:
    """Disks by id in words."""
    return ids_named("disk", sorted(cover.disk.id for cover in covers))
