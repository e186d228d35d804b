# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All targets by name, and how many of some inputs each of them gets."""

from __future__ import annotations

import math

from ansible_collections.community.onapp.tests.fuzz import (
    caches,
    clouds,
    decoders,
    policies,
    reports,
    rows,
    verdicts,
)
from ansible_collections.community.onapp.tests.fuzz.running import Target

TARGETS: dict[str, Target] = {
    target.name: target
    for module in (decoders, rows, verdicts, policies, caches, reports, clouds)
    for target in module.TARGETS
}


def shares(names: list[str], inputs: int) -> dict[str, int]:
    """The inputs of each target, at least as many in all as were asked for."""
    total = sum(TARGETS[name].share for name in names)
    return {name: math.ceil(inputs * TARGETS[name].share / total) for name in names}
