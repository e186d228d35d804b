# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Time zones by their IANA names."""

from __future__ import annotations

import datetime
import zoneinfo

from ansible_collections.community.onapp.plugins.module_utils._policy.durations import PolicyError, nearest, shown

ZONE_HINT = "the IANA name of a time zone, such as UTC or Europe/Berlin"


def time_zone(name: str, path: str) -> datetime.tzinfo:
    """The zone of a name such as `Europe/Berlin`. Raises PolicyError when this machine does not know it."""
    if name == "UTC":
        # Works on machines without a time zone database, and is what the fast reading of times looks for.
        return datetime.timezone.utc
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        known = zoneinfo.available_timezones()
        if not known:
            raise PolicyError(
                f"{path} is {shown(name)}, but this machine has no time zone database; write UTC, or install the "
                "Python package tzdata or the tzdata package of the operating system"
            ) from error
        raise PolicyError(
            f"{path} is {shown(name)}, which is no time zone known to this machine{nearest(name, sorted(known))}; "
            "write the IANA name of one, such as UTC or Europe/Berlin"
        ) from error


def zone_name(zone: datetime.tzinfo) -> str:
    """The IANA name of a zone."""
    return "UTC" if zone is datetime.timezone.utc else str(zone)
