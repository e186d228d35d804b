# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""Names for hosts: what the user prefers, fit for every host pattern, each once, the same in every run.

Labels and host names are written by tenants. A name made of them must neither break a pattern, nor leave the folder in
which Ansible looks for the variables of a host, nor pass for a group or for the controller.
"""

from __future__ import annotations

import typing as t
import unicodedata

from ansible import constants as C
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.plugin_utils._expressions import ExpressionError

if t.TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ansible_collections.community.onapp.plugins.plugin_utils._expressions import Expressions

    Facts = dict[str, t.Any]

# With the suffix still a file name, for host_vars: 255 bytes on common file systems.
LONGEST_NAME = 200
KEPT_PUNCTUATION = "._-"
MOST_SHOWN = 5
# Names that Ansible takes for something else than a host of the inventory.
NEVER_NAMES = frozenset({"all", "ungrouped", *C.LOCALHOST})


class HostNames:
    """The options `hostnames` and `on_duplicate`: which name each virtual machine is to have."""

    def __init__(self, hostnames: Sequence[str], on_duplicate: str, prefix: str) -> None:
        self._hostnames = hostnames
        self._on_duplicate = on_duplicate
        self._prefix = prefix
        self.failed: dict[str, str] = {}

    def naming(
        self, variables: Sequence[Facts], taken: Collection[str], expressions: Expressions, *, strict: bool
    ) -> Naming:
        """Names for virtual machines in the order of their ids, of which these are the variables.

        Raises ConfigError for duplicates that are to fail, and when strict for an expression that fails.
        """
        self.failed = {}
        spec = [(each[f"{self._prefix}id"], self._preferred(each, expressions, strict)) for each in variables]
        naming = name_hosts(spec, taken, self._on_duplicate)
        return naming._replace(notes=[*self.failed.values(), *naming.notes])

    def _preferred(self, variables: Facts, expressions: Expressions, strict: bool) -> str:
        number = variables[f"{self._prefix}id"]
        for place, entry in enumerate(self._hostnames):
            field = next((name for name in (self._prefix + entry, entry) if name in variables), None)
            try:
                value = variables[field] if field else expressions.value(entry, variables)
            except ExpressionError as error:
                text = f"The expression of hostnames[{place}] failed for virtual machine {number}: {error}."
                if strict:
                    raise ConfigError(text) from error
                self.failed.setdefault(
                    entry, f"{text} The next entry was taken. Set strict to true to make this an error."
                )
                continue
            name = "" if value is None else clean_name(str(value))
            if name.strip("_"):
                return name
        return clean_name(variables[f"{self._prefix}identifier"] or "") or f"virtual-machine-{number}"


class Naming(t.NamedTuple):
    """Names in the order of what was named, None for what is left out, and a sentence for each name asked for twice."""

    names: list[str | None]
    notes: list[str]


def clean_name(text: str) -> str:
    """A text as part of a host name: letters, marks and digits of any script, and `._-`; the rest becomes `_`."""
    normal = unicodedata.normalize("NFC", text.strip())
    kept = "".join(c if c in KEPT_PUNCTUATION or unicodedata.category(c)[0] in "LMN" else "_" for c in normal)
    short = kept.encode(errors="replace")[:LONGEST_NAME].decode(errors="ignore")
    # `--limit -name` would be an option, and `..` another folder.
    return "_" + short[1:] if short[:1] in ("-", ".") else short


def name_hosts(spec: Sequence[tuple[int, str]], taken: Collection[str], on_duplicate: str) -> Naming:
    """Names for (id, wanted name) in the order of ids: the lowest id gets its name, the others one with `-<id>`.

    `taken` are names that no host may have, those of groups; they and NEVER_NAMES never count as duplicates. Raises
    ConfigError at duplicates when `on_duplicate` is `fail`; with `skip` all but the lowest id are left out.
    """
    forbidden = NEVER_NAMES.union(taken)
    names: list[str | None] = [None] * len(spec)
    owners: dict[str, int] = {}
    twins: dict[str, list[int]] = {}
    later = []
    for place, (number, name) in enumerate(spec):
        if name not in forbidden and owners.setdefault(name, number) == number:
            names[place] = name
            continue
        if name not in forbidden:
            twins.setdefault(name, []).append(number)
            if on_duplicate == "skip":
                continue
        later.append((place, number, name))
    if twins and on_duplicate == "fail":
        raise ConfigError(
            f"Several virtual machines have one host name: {_shown(twins, owners)}. Mend hostnames so that each gets"
            " its own, for example with identifier, or set on_duplicate to suffix or skip."
        )
    for place, number, name in later:
        unique = f"{name}-{number}"
        while unique in owners or unique in forbidden:
            unique += f"-{number}"
        owners[unique] = number
        names[place] = unique
    notes = []
    if twins and on_duplicate == "skip":
        notes.append(
            f"Virtual machines are left out, because others have their host name (on_duplicate is skip):"
            f" {_shown(twins, owners)}."
        )
    return Naming(names, notes)


def _shown(twins: dict[str, list[int]], owners: dict[str, int]) -> str:
    texts = [
        f"{name} (ids {', '.join(map(str, [owners[name], *numbers][:MOST_SHOWN]))})" for name, numbers in twins.items()
    ]
    more = len(texts) - MOST_SHOWN
    return "; ".join(texts[:MOST_SHOWN]) + (f"; and {more} more names" if more > 0 else "")
