# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""When a request is sent again, and after how long. Pure: no clock, no sleep."""

from __future__ import annotations

import datetime
import email.utils

RETRIED_STATUSES = frozenset({429, 502, 503, 504})
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
LONGEST_RETRY_AFTER = 120.0


def retry_after(header: str | None, date: str | None) -> float | None:
    """Seconds that a `Retry-After` header asks for, at most LONGEST_RETRY_AFTER; None when it asks for nothing.

    The header holds seconds or an HTTP date. A date is compared with the answer's own `Date` header, so that a clock
    that is wrong here or there does not matter; without that header it is left aside.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_RETRY_AFTER)
    until, since = http_date(text), http_date(date)
    if until is None or since is None:
        return None
    return min(max((until - since).total_seconds(), 0.0), LONGEST_RETRY_AFTER)


def pause_before(retry: int, asked: float | None, chance: float) -> float:
    """Seconds to wait before the given retry (1 is the first).

    Exponential with jitter: between half and all of 0.5, 1, 2, 4 … seconds, at most LONGEST_PAUSE; `chance` is a random
    number from 0 to 1. What the panel `asked` for is waited in full, with a little jitter on top, so that waiting
    workers do not all come back in the same moment.
    """
    if asked is not None:
        return asked + chance * min(FIRST_PAUSE, asked / 10)
    return min(FIRST_PAUSE * 2.0 ** min(retry - 1, 16), LONGEST_PAUSE) * (0.5 + chance / 2)


def http_date(text: str | None) -> datetime.datetime | None:
    """The time of a header such as `Date`; None where there is none or it cannot be read."""
    try:
        moment = email.utils.parsedate_to_datetime(text) if text else None
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    if moment is not None and moment.tzinfo is None:
        return moment.replace(tzinfo=datetime.timezone.utc)
    return moment
