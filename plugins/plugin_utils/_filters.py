# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The option `filters`: which virtual machines belong into the inventory, decided before their backups are read."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.plugin_utils._expressions import ExpressionError

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.community.onapp.plugins.plugin_utils._expressions import Expressions

VERBS = ("include", "exclude")


class Filter(t.NamedTuple):
    """One entry of the option: what holds decides, `include` or `exclude`."""

    position: int
    verb: str
    condition: bool | str


def read_filters(entries: t.Any) -> list[Filter]:
    """The entries of the option. Raises ConfigError that names the entry to mend."""
    filters = []
    for position, entry in enumerate(entries or ()):
        if not isinstance(entry, dict) or len(entry) != 1 or next(iter(entry)) not in VERBS:
            raise ConfigError(
                f"The option filters[{position}] must be a dictionary with the one key include or exclude, such as"
                " include: onapp_booted."
            )
        ((verb, condition),) = entry.items()
        if not isinstance(condition, (bool, str)) or condition == "":
            raise ConfigError(f"The option filters[{position}].{verb} must be an expression, or true or false.")
        filters.append(Filter(position, verb, condition))
    return filters


def is_kept(filters: list[Filter], variables: Mapping[str, t.Any], who: str, expressions: Expressions) -> bool:
    """Whether the first filter that holds includes; a virtual machine for which none holds is included.

    Raises ConfigError when an expression fails: neither to take a virtual machine in nor to leave it out would be safe.
    """
    for position, verb, condition in filters:
        try:
            if expressions.condition(condition, variables):
                return verb == "include"
        except ExpressionError as error:
            raise ConfigError(
                f"The option filters[{position}].{verb} cannot be decided for virtual machine {who}: {error}. Mend the"
                " expression, for example with | default(false)."
            ) from error
    return True
