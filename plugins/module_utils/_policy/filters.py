# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.
"""The option `filters` of a module: which virtual machines are looked at, decided before their backups are read."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import PolicyError
from ansible_collections.community.onapp.plugins.module_utils._policy.match import Condition, Match

VERBS = ("include", "exclude")


class Filter(t.NamedTuple):
    """One entry: what matches is taken in, or left out. The first that matches decides."""

    include: bool
    match: tuple[Condition, ...]


def read_filters(entries: t.Any) -> tuple[Filter, ...]:
    """The entries of the option. Raises ConfigError that names the entry to mend."""
    filters = []
    for position, entry in enumerate(entries or ()):
        where = f"filters[{position}]"
        if not isinstance(entry, dict) or len(entry) != 1 or next(iter(entry)) not in VERBS:
            raise ConfigError(
                f"The option {where} must be a dictionary with the one key include or exclude, such as"
                " exclude: {label: test-*}."
            )
        ((verb, match),) = entry.items()
        try:
            filters.append(Filter(verb == "include", Match()(match, f"{where}.{verb}")))
        except PolicyError as error:
            raise ConfigError(f"The option filters is wrong: {error}.") from error
    return tuple(filters)
