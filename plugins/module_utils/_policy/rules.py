# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The rules of a policy: for which virtual machines each decides, and its limits with what they inherit."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.community.onapp.plugins.module_utils._policy.catalogue import CLOUD_CHECKS, VM_CHECKS
from ansible_collections.community.onapp.plugins.module_utils._policy.durations import (
    PolicyError,
    shown,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.language import (
    Later,
    Schema,
    Section,
    Setting,
    text,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.limits import (
    LIMITS,
    BackupServers,
    DurationLimits,
    LockLimits,
    MaxGap,
    Retention,
    SizeLimits,
    Window,
    severities_of,
)
from ansible_collections.community.onapp.plugins.module_utils._policy.match import Condition, Match
from ansible_collections.community.onapp.plugins.module_utils._policy.readers import Text

DEFAULTS = "defaults"
NAME = Text("a name as text (in quotes if it looks like a number)")


class RuleName:
    """Reads the name of a rule."""

    def __call__(self, value: t.Any, path: str) -> str:
        name = text(value, path, NAME.spec)
        if name == DEFAULTS:
            raise PolicyError(
                f"{path} is {shown(name)}, the name of what decides where no rule matches; write another one"
            )
        return name

    def schema(self) -> Schema:
        return {**NAME.schema(), "not": {"const": DEFAULTS}}


class Rule(t.NamedTuple):
    """The limits for a VM, in seconds, under the name of the rule that set them; `match` is what it demands of it.

    None is a check that is switched off. `written` are the limits that the policy itself sets, for this or every rule.
    """

    name: str
    rpo: int
    rpo_critical: int | None
    build_timeout: int
    min_copies: int | None
    scheduled: bool | None
    plan: bool | None
    schedule_failures: bool | None
    retention: Retention | None
    max_gap: MaxGap | None
    size: SizeLimits | None
    empty: bool | None
    min_backup_servers: BackupServers | None
    duration: DurationLimits | None
    window: Window | None
    max_retention: int | None
    locked: LockLimits | None
    severity: Mapping[str, str]
    new_vm_grace: int
    match: tuple[Condition, ...] = ()
    written: frozenset[str] = frozenset()


# Limits as they are written: they are read together with what they inherit.
WRITTEN = {key: setting._replace(read=Later(setting.read)) for key, setting in LIMITS.items()}
RULE: dict[str, Setting] = {
    "name": Setting(RuleName(), "Its name, which every result shows.", required=True),
    "match": Setting(Match(), "The virtual machines that it decides for. All conditions must hold.", required=True),
    **{key: setting._replace(default=None) for key, setting in WRITTEN.items()},
    # What is about the whole cloud cannot matter more or less for some of its virtual machines.
    "severity": LIMITS["severity"]._replace(read=severities_of(tuple(VM_CHECKS)), default=None),
}


def read_rule(
    fixed: dict[str, t.Any], given: Mapping[str, t.Any], inherited: Mapping[str, t.Any], path: str
) -> tuple[Rule, dict[str, t.Any]]:
    """A rule, and all its limits as they would be written: as given, else as inherited, key by key at every depth."""
    if "rpo" in given and "rpo_critical" not in given:
        # Its own limit must not be softened by an age that was written for another one.
        inherited = {**inherited, "rpo_critical": None}
    merged = _merged(inherited, given)
    limits = Section(LIMITS, dict).read(merged, path)
    whole = Section(LIMITS, dict).complete(merged)
    if fixed["name"] != DEFAULTS:
        for severities in (limits["severity"], whole["severity"]):
            for name in CLOUD_CHECKS:
                severities.pop(name, None)
    if limits["rpo_critical"] is not None and limits["rpo_critical"] < limits["rpo"]:
        raise PolicyError(
            f"{path}.rpo_critical is {shown(whole['rpo_critical'])}, less than rpo ({whole['rpo']}); write at "
            "least that, or omit it: without it a breach of rpo is critical"
        )
    return Rule(**fixed, **limits), whole


def _merged(below: Mapping[str, t.Any], above: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What is above, and below it what is not said there; dictionaries within merge the same way."""
    merged = dict(below)
    for key, value in above.items():
        under = below.get(key)
        merged[key] = _merged(under, value) if isinstance(value, Mapping) and isinstance(under, Mapping) else value
    return merged
