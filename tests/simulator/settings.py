# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be changed about the panel while it runs; every name here is also an option of the command line."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from .routes import NAMES
from .shapes import GENERATIONS

PAGING = ("headers", "plain", "ignored")
# What the primary account is refused with 403, by profile; "own" sees only its own objects.
REFUSED_ROUTES = {
    "admin": (),
    "own": (),
    "no_disk_list": ("settings_disks",),
    "read_only": ("create_backup", "create_disk_backup", "delete_backup", "delete_virtual_machine"),
    "no_evidence": ("recovery_points", "recovery_point", "schedules", "schedule", "virtual_machine_schedules",
                    "disk_schedules", "transactions", "transaction", "virtual_machine_transactions"),
}  # fmt: skip
PROFILES = tuple(REFUSED_ROUTES)
SEARCH = ("label", "ignored")
CHOICES = {"generation": GENERATIONS, "paging": PAGING, "profile": PROFILES, "search": SEARCH}


@dataclass(frozen=True, slots=True)
class Settings:
    """One value each; replaced as a whole by ``changed``."""

    generation: str = "6.x"
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    paging: str = "headers"
    page_cap: int | None = None
    backup_lists_page: bool = True
    search: str = "label"
    profile: str = "admin"
    delay_ms: float = 0
    gzip: bool = False
    refused: tuple[str, ...] = ()  # routes that the primary account is refused with 403, beside those of the profile
    absent: tuple[str, ...] = ()  # routes that this panel does not have (404)
    allow_incremental_backups: bool = True
    simultaneous_backups: int = 4
    build_seconds: float = 2
    own_date: bool = False  # the Date header follows ``now``
    transactions_kept: int = 1000

    def changed(self, spec: dict[str, Any]) -> Settings:
        """The same with some values replaced; raises ValueError that names what is wrong."""
        known = {field.name for field in fields(self)}
        values = dict(spec)
        for name, value in spec.items():
            if name not in known:
                raise ValueError(f"there is no setting {name!r}; settings: {', '.join(sorted(known))}")
            if name in CHOICES and value not in CHOICES[name]:
                raise ValueError(f"{name} must be one of {', '.join(CHOICES[name])}, not {value!r}")
            if name in ("backup_lists_page", "gzip", "allow_incremental_backups", "own_date") and not isinstance(
                value, bool
            ):
                raise ValueError(f"{name} must be true or false, not {value!r}")
            if name == "page_cap" and not (value is None or (isinstance(value, int) and value > 0)):
                raise ValueError(f"page_cap must be a number above 0 or null, not {value!r}")
            if name in ("delay_ms", "build_seconds") and not (isinstance(value, int | float) and value >= 0):
                raise ValueError(f"{name} must be a number, not {value!r}")
            if name in ("simultaneous_backups", "transactions_kept") and not (isinstance(value, int) and value > 0):
                raise ValueError(f"{name} must be a number above 0, not {value!r}")
            if name in ("refused", "absent"):
                if not isinstance(value, list | tuple) or not set(value) <= set(NAMES):
                    raise ValueError(f"{name} must be a list of routes, not {value!r}")
                values[name] = tuple(value)
        if "now" in values:
            values["now"] = moment(values["now"])
        return replace(self, **values)


def moment(value: str | datetime) -> datetime:
    """An ISO time in UTC, in whole seconds; without an offset it is UTC."""
    parsed = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    aware = parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return aware.replace(microsecond=0)
