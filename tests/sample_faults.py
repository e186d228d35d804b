# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults of the simulator that a list of the panel may have, for tests that go through them all."""

from __future__ import annotations

import typing as t

Fault = dict[str, t.Any]

HARMLESS: list[Fault] = [
    {"fault": "slow_first_byte", "seconds": 0.1},
    {"fault": "slow_body", "seconds": 0.01, "pieces": 5},
]
STATUSES: list[Fault] = [
    {"fault": "status", "status": status} for status in (400, 403, 404, 406, 422, 429, 500, 502, 503, 504)
]
# Times are longer, bodies larger than the tests' clients wait for and take.
FAULTS: list[Fault] = [
    *STATUSES,
    {"fault": "html"},
    {"fault": "truncated"},
    {"fault": "truncated", "chunked": True},
    {"fault": "wrong_length_short"},
    {"fault": "malformed"},
    {"fault": "wrong_top", "shape": "object"},
    {"fault": "wrong_elements"},
    {"fault": "wrong_elements", "mixed": True},
    {"fault": "slow_first_byte", "seconds": 8},
    {"fault": "slow_body", "seconds": 1, "pieces": 8},
    {"fault": "stall", "seconds": 8},
    {"fault": "drop"},
    {"fault": "reset_in_body"},
    {"fault": "gzip_bomb", "mib": 70},
    {"fault": "big_body", "mib": 70},
    {"fault": "xml_doctype"},
    {"fault": "redirect", "location": "circle"},
    {"fault": "wrong_total", "total": 9},
    {"fault": "echo_credentials"},
]
