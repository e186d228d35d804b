# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of the panel that can change while it runs."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from .routes import NAMES
from .shapes import GENERATIONS

# Routes that answer 403 to the primary account, by profile; with "own" it sees only its own objects.
REFUSED_ROUTES: dict[str, tuple[str, ...]] = {
    "admin": (),
    "own": (),
    "no_disk_list": ("settings_disks",),
    "read_only": ("create_backup", "create_disk_backup", "delete_backup", "delete_virtual_machine"),
    "no_evidence": ("recovery_points", "recovery_point", "schedules", "schedule", "virtual_machine_schedules",
                    "disk_schedules", "transactions", "transaction", "virtual_machine_transactions"),
}  # fmt: skip
CHOICES: dict[str, tuple[str, ...]] = {
    "generation": GENERATIONS,
    "paging": ("headers", "plain", "ignored"),
    "profile": tuple(REFUSED_ROUTES),
    "search": ("label", "ignored"),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Immutable settings; ``changed`` returns changed ones."""

    generation: str = "6.x"
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    paging: str = "headers"
    page_cap: int | None = None  # limit of rows in a page with any per_page
    backup_lists_page: bool = True
    search: str = "label"
    profile: str = "admin"
    refused: tuple[str, ...] = ()  # routes that answer 403 to the primary account, besides those of the profile
    absent: tuple[str, ...] = ()  # routes that this panel does not have (404)
    delay_ms: float = 0
    gzip: bool = False
    allow_incremental_backups: bool = True
    simultaneous_backups: int = 4
    build_seconds: float = 2
    transactions_kept: int = 1000
    own_date: bool = False  # the Date header follows ``now``

    def changed(self, spec: dict[str, Any]) -> Settings:
        """Settings with some values replaced. Raises ValueError that names a wrong value."""
        known = {field.name: field.default for field in fields(self)}
        values = dict(spec)
        for name, value in spec.items():
            if name not in known:
                raise ValueError(f"there is no setting {name!r}; settings: {', '.join(sorted(known))}")
            if name in CHOICES:
                expected, valid = f"one of {', '.join(CHOICES[name])}", value in CHOICES[name]
            elif name == "now":
                expected, valid, values[name] = "an ISO time", True, moment(value)
            elif isinstance(known[name], tuple):
                expected, valid = "a list of routes", isinstance(value, list | tuple) and set(value) <= set(NAMES)
                values[name] = tuple(value) if valid else ()
            elif isinstance(known[name], bool):
                expected, valid = "true or false", isinstance(value, bool)
            elif name in ("delay_ms", "build_seconds"):
                expected, valid = "a number", isinstance(value, int | float) and value >= 0
            else:
                optional = value is None and known[name] is None
                expected, valid = "a number above 0", optional or (isinstance(value, int) and value > 0)
            if not valid:
                raise ValueError(f"{name} must be {expected}, not {value!r}")
        return replace(self, **values)


def moment(value: str | datetime) -> datetime:
    """An ISO time in UTC, in whole seconds; without an offset it is UTC."""
    parsed = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    aware = parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return aware.replace(microsecond=0)
