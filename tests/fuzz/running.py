# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running one target: inputs from a seed, in rounds, until one breaks its promise, made as small as it can be."""

from __future__ import annotations

import collections
import collections.abc
import time
import typing as t

import hypothesis
from hypothesis import strategies as st

# A round begins afresh with the next seed: long ones would come back to what they know.
ROUND = 500


class Target(t.NamedTuple):
    """Something that takes inputs, and what it promises of all of them.

    `keeps` raises when an input breaks the promise, and says whether the input was refused with a clear error. `share`
    is how many of 1000 inputs are for this target.
    """

    name: str
    promise: str
    share: int
    inputs: st.SearchStrategy[t.Any]
    keeps: collections.abc.Callable[[t.Any], bool]


class Figures(t.NamedTuple):
    """What a run of a target came to."""

    inputs: int
    refused: int
    seconds: float


class BrokenPromise(Exception):
    """An input for which a target does not do what it promises; `value` is a minimal one, `seed` that of its round."""

    def __init__(self, target: Target, value: t.Any, seed: int, error: BaseException) -> None:
        super().__init__(f"{target.name}: {error.__class__.__name__}: {error}")
        self.target, self.value, self.seed, self.error = target, value, seed, error


def run(target: Target, inputs: int, seed: int) -> Figures:
    """Give a target so many inputs. Raises BrokenPromise at the first round with one that breaks the promise."""
    began = time.monotonic()
    done = refused = 0
    while done < inputs:
        round_done, round_refused = _round(target, min(ROUND, inputs - done), seed)
        done, refused, seed = done + round_done, refused + round_refused, seed + 1
    return Figures(done, refused, time.monotonic() - began)


def _round(target: Target, inputs: int, seed: int) -> tuple[int, int]:
    """How many inputs there were in one round, and how many of them were refused."""
    counts: collections.Counter[bool] = collections.Counter()
    values: list[t.Any] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=inputs,
        database=None,
        deadline=None,
        derandomize=False,
        phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
        suppress_health_check=list(hypothesis.HealthCheck),
        report_multiple_bugs=False,
        verbosity=hypothesis.Verbosity.quiet,
    )
    @hypothesis.given(target.inputs)
    def check(value: t.Any) -> None:
        values[:] = [value]  # the last one after a failure is the smallest
        counts[bool(target.keeps(value))] += 1

    try:
        check()
    except Exception as error:
        raise BrokenPromise(target, values[0] if values else None, seed, error) from error
    if not counts:
        raise ValueError(f"the target {target.name} makes no inputs")
    return counts.total(), counts[True]
