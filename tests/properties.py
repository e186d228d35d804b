# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many examples property tests try."""

from __future__ import annotations

import hypothesis

# hypothesis' own number, which a test tries that does not say another.
FULL = 100
# Of every ten examples, the profile `quick` leaves one.
QUICK = 10


def examples(number: int) -> int:
    """A test's own number of examples, less by as much as the profile in use tries less than hypothesis' own."""
    return max(1, number * hypothesis.settings().max_examples // FULL)
