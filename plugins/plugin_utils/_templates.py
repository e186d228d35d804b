# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Options of an inventory file that are templates, filled in before their types and choices are looked at."""

from __future__ import annotations

import typing as t

from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import nearest
from ansible_collections.community.onapp.plugins.module_utils._text import printable

if t.TYPE_CHECKING:
    from collections.abc import Mapping

# Expressions over the variables of a host, which are not there yet.
LATER = frozenset({"plugin", "compose", "groups", "keyed_groups", "filters", "hostnames"})


def check_names(options: Mapping[str, t.Any] | None, definitions: Mapping[str, t.Any]) -> None:
    """Raises ConfigError for an option that there is not: ansible-core would leave it out in silence."""
    known = {*definitions, *(alias for definition in definitions.values() for alias in definition.get("aliases") or ())}
    for name in options or ():
        if name not in known:
            raise ConfigError(
                f"There is no option {printable(name)}{nearest(str(name), sorted(known))}; remove it or mend its"
                " name. The options are in: ansible-doc -t inventory community.onapp.onapp."
            )


def filled_in(options: Mapping[str, t.Any] | None, templar: t.Any, variables: Mapping[str, t.Any]) -> t.Any:
    """The options of a file with their templates filled in; `variables` are what templates may use.

    Raises ConfigError that names the option whose template fails.
    """
    if not options:
        return options
    templar.available_variables = variables
    filled = {}
    for name, value in options.items():
        try:
            filled[name] = value if name in LATER else templar.template(value)
        except Exception as error:
            raise ConfigError(f"The option {name} is a template that fails: {printable(error)}") from error
    return filled
