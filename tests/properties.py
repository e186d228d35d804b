# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Profiles of property tests: how many inputs they try."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

import hypothesis
from hypothesis.strategies import SearchStrategy

# How many inputs each profile tries in tests without their own number. `quick` is for `make units`
# and `make test`, `standard` for CORES=all, both with the same inputs in every run; `thorough`, for `make fuzz`, tries
# new ones.
STANDARD, QUICK, THOROUGH = 60, 10, 8000


def register_profiles() -> None:
    """Make the profiles known to hypothesis and use the standard one unless the command line names another."""
    common = {"deadline": None, "database": None, "suppress_health_check": list(hypothesis.HealthCheck)}
    hypothesis.settings.register_profile("quick", max_examples=QUICK, derandomize=True, **common)
    hypothesis.settings.register_profile("standard", max_examples=STANDARD, derandomize=True, **common)
    hypothesis.settings.register_profile("thorough", max_examples=THOROUGH, **common)
    hypothesis.settings.load_profile("standard")


def examples(number: int) -> int:
    """A test's own number of inputs: `number` percent of those that the profile in use tries in other tests."""
    return max(1, number * hypothesis.settings().max_examples // 100)


def find(strategy: SearchStrategy[t.Any], condition: Callable[[t.Any], bool]) -> t.Any:
    """An input that meets the condition, not a minimal one. Raises hypothesis.errors.NoSuchExample."""
    settings = hypothesis.settings(max_examples=1000, phases=[hypothesis.Phase.generate])
    return hypothesis.find(strategy, condition, settings=settings)
