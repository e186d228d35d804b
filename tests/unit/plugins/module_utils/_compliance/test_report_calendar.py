# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The heat map. The last letter is that of 2026-03-30, of which 6 hours have passed."""

from __future__ import annotations

import pytest
from ansible_collections.community.onapp.plugins.module_utils._compliance.report import DAYS, heat_map
from ansible_collections.community.onapp.plugins.module_utils._fields import moment
from ansible_collections.community.onapp.plugins.module_utils._policy.policy import parse_policy
from ansible_collections.community.onapp.plugins.module_utils._records import Target
from ansible_collections.community.onapp.tests.unit.plugins.module_utils.records import (
    DAY,
    DISK_2,
    HOUR,
    MINUTE,
    NOW,
    TWO_DISKS,
    VM,
    attempt,
    case_of,
    dated,
    disk,
    having,
    healthy,
    limits,
    point,
    vm,
)


def letters(**given):
    found = heat_map(case_of(**given))
    assert len(found) == DAYS == 35
    return found


def daily(*days, target=VM, first=1):
    """Points of some days of March 2026 at 02:00."""
    return [dated(first + place, f"2026-03-{number:02d}T02:00:00Z", target) for place, number in enumerate(days)]


def try_of(number, text, **fields):
    return attempt(number, NOW - moment(text), **fields)


# The days from 24 to 30 March.
WEEK = {
    "every day": (having(backups=daily(*range(24, 31))), "SSSSSSS"),
    "S: each disk by a copy of its own": (
        having(disks=TWO_DISKS, backups=[*healthy(), *healthy(DISK_2, first=2000)]),
        "SSSSSSS",
    ),
    "P: only some disks": (
        having(
            disks=TWO_DISKS, backups=[*daily(24, 25, 26, 28, 29, 30), point(90, NOW - moment("2026-03-27T02:00:00Z"))]
        ),
        "SSSPSSS",
    ),
    "F: never completed": (
        having(backups=[*daily(24, 25, 26, 28, 29, 30), try_of(90, "2026-03-27T02:00:00Z")]),
        "SSSFSSS",
    ),
    "F: today, stuck": (
        having(
            backups=[*daily(24, 25, 26, 27, 28, 29), try_of(90, "2026-03-30T00:00:00Z")],
            policy=limits(build_timeout="5h"),
        ),
        "SSSSSSF",
    ),
    "M: a success and one that hangs": (
        having(backups=[*daily(*range(24, 31)), try_of(90, "2026-03-27T12:00:00Z")]),
        "SSSMSSS",
    ),
    "M: some disks and one that hangs": (
        having(disks=TWO_DISKS, backups=[*daily(24), point(50, 4 * DAY), try_of(90, "2026-03-26T02:00:00Z")]),
        "SNMNNNN",
    ),
    "R: running": (having(backups=[*daily(24, 25, 26, 27, 28, 29), attempt(90, HOUR)]), "SSSSSSR"),
    "R: since yesterday evening": (
        having(backups=[*daily(24, 25, 26, 27, 28), attempt(90, 10 * HOUR)]),
        "SSSSSRN",
    ),
    "S: one is running, too": (having(backups=[*daily(*range(24, 31)), attempt(90, HOUR)]), "SSSSSSS"),
    ".: not needed today": (having(backups=daily(24, 25, 26, 27, 28, 29), policy=limits(rpo="28h")), "SSSSSS."),
    ".: not needed that day": (having(backups=daily(24, 26, 28, 30), policy=limits(rpo="46h")), "S.S.S.S"),
    "N: needed that day": (having(backups=daily(24, 26, 28, 30), policy=limits(rpo="45h")), "SNSNSNS"),
    "N: needed today": (having(backups=daily(24, 25, 26, 27, 28, 29), policy=limits(rpo="27h")), "SSSSSSN"),
    "N: from then on": (having(backups=daily(24, 25, 26)), "SSSNNNN"),
    "N: of one disk": (
        having(
            disks=TWO_DISKS,
            backups=[*daily(24, 26), point(90, NOW - moment("2026-03-27T23:00:00Z"))],
            policy=limits(rpo="46h"),
        ),
        "S.SPNNN",
    ),
    "x: before the oldest point": (having(backups=daily(27, 28, 29, 30)), "xxxSSSS"),
    "x: before the oldest point of one disk": (
        having(disks=TWO_DISKS, backups=[*healthy(), *daily(28, 29, 30, target=DISK_2)]),
        "PPPPSSS",
    ),
    "x: nothing of one disk, nothing new of the other": (
        having(disks=TWO_DISKS, backups=[*daily(24, target=DISK_2), *daily(27, 28, 29, 30, first=10)]),
        "PxxSSSS",
    ),
    "x: an attempt before it is known all the same": (
        having(backups=[*daily(27, 28, 29, 30), try_of(90, "2026-03-25T02:00:00Z")]),
        "xFxSSSS",
    ),
    "blank: before the VM": (
        having(disks=[disk(age=NOW - moment("2026-03-27T12:00:00Z"))], backups=daily(28, 29, 30)),
        "   xSSS",
    ),
    "blank: created in the last second of a day": (
        having(disks=[disk(age=NOW - moment("2026-03-27T23:59:59Z"))], backups=daily(28, 29, 30)),
        "   xSSS",
    ),
    "blank: created in the first second of the next": (
        having(disks=[disk(age=NOW - moment("2026-03-28T00:00:00Z"))], backups=daily(28, 29, 30)),
        "    SSS",
    ),
    "blank: as old as the VM where a disk does not tell": (
        having(
            disks=[disk(age=None)], backups=daily(28, 29, 30), machine=vm(created_at=moment("2026-03-28T00:00:00Z"))
        ),
        "    SSS",
    ),
    "a disk added later": (
        having(disks=[disk(), disk(2, age=NOW - moment("2026-03-28T12:00:00Z"))], backups=daily(*range(24, 31))),
        "SSSSPSS",
    ),
    "a disk added later, not covered yet": (
        having(
            disks=[disk(), disk(2, age=NOW - moment("2026-03-29T12:00:00Z"))],
            backups=daily(24, 25, 26, 27, 28, 29),
            policy=limits(rpo="28h"),
        ),
        "SSSSSP.",
    ),
    "pending": (having(disks=[disk(age=HOUR)]), "      ."),
    "pending since yesterday": (having(disks=[disk(age=10 * HOUR)]), "     x."),
    "lost": (having(), "xxxxxxN"),
    "one of two lost": (having(disks=TWO_DISKS, backups=daily(28, 29, target=Target("Disk", 1))), "xxxxPPN"),
    "one of two lost, the other within its limit": (
        having(disks=TWO_DISKS, backups=daily(28, 29, target=Target("Disk", 1)), policy=limits(rpo="7d")),
        "xxxxPPN",
    ),
    "one waits, one is lost": (having(disks=[disk(), disk(2, age=HOUR)]), "xxxxxxN"),
    "R: exactly as long as it may": (having(backups=[*daily(28), attempt(90, 12 * HOUR)]), "xxxxSRN"),
    "F: a second longer": (having(backups=[*daily(28), attempt(90, 12 * HOUR + 1)]), "xxxxSFN"),
    "one waits, the other is within its limit": (
        having(disks=[disk(), disk(2, age=HOUR)], backups=daily(28, 29), policy=limits(rpo="28h")),
        "xxxxSS.",
    ),
    "one waits, the other is past its limit": (
        having(disks=[disk(), disk(2, age=HOUR)], backups=daily(28, 29), policy=limits(rpo="27h")),
        "xxxxSSN",
    ),
    "within the skew is today": (having(backups=[point(1, -3 * MINUTE)]), "xxxxxxS"),
    "marked for delete is no backup": (
        having(backups=[one._replace(marked_for_delete=one.id == 4) for one in daily(*range(24, 31))]),
        "SSSNSSS",
    ),
    "swap does not count": (
        having(disks=[disk(), disk(2, is_swap=True)], backups=daily(*range(24, 31), target=Target("Disk", 1))),
        "SSSSSSS",
    ),
}


@pytest.mark.parametrize("name", WEEK)
def test_letters_of_the_last_week(name):
    given, expected = WEEK[name]
    assert letters(**given)[-7:] == expected


def test_all_days():
    assert letters(backups=healthy()) == "S" * 35
    assert letters(disks=[disk(age=10 * DAY)], backups=daily(29, 30)) == " " * 24 + "x" * 9 + "SS"
    assert letters(backups=[point(1, 34 * DAY)], policy=limits(rpo="34d")) == "S" + "." * 34
    assert letters(backups=[point(1, 34 * DAY + 6 * HOUR + 1)], policy=limits(rpo="900d")) == "." * 35
    assert letters(backups=[point(1, 34 * DAY + 6 * HOUR)], policy=limits(rpo="900d")) == "S" + "." * 34
    assert letters(backups=[attempt(1, 34 * DAY + 6 * HOUR + 1)]) == "x" * 34 + "N"


@pytest.mark.parametrize(
    ("text", "letter"),
    [("2026-03-28T21:59:59Z", "."), ("2026-03-28T21:59:58Z", "N")],
    ids=["exactly the limit at the end of the day", "a second more"],
)
def test_limit_at_the_end_of_a_day(text, letter):
    assert letters(backups=[dated(1, text), *daily(30, first=2)])[-2] == letter


@pytest.mark.parametrize(
    ("now", "text", "expected"),
    [
        # 2026-03-29 in Berlin is 23 hours long, 2026-10-25 is 25.
        ("2026-03-30T06:00:00Z", "2026-03-28T22:59:59Z", "S.."),
        ("2026-03-30T06:00:00Z", "2026-03-28T23:00:00Z", "xS."),
        ("2026-03-30T06:00:00Z", "2026-03-29T21:59:59Z", "xS."),
        ("2026-03-30T06:00:00Z", "2026-03-29T22:00:00Z", "xxS"),
        ("2026-10-26T06:00:00Z", "2026-10-24T21:59:59Z", "S.."),
        ("2026-10-26T06:00:00Z", "2026-10-24T22:00:00Z", "xS."),
        ("2026-10-26T06:00:00Z", "2026-10-25T22:59:59Z", "xS."),
        ("2026-10-26T06:00:00Z", "2026-10-25T23:00:00Z", "xxS"),
    ],
)
def test_days_on_which_clocks_change(now, text, expected):
    policy = {"timezone": "Europe/Berlin", **limits(rpo="7d")}
    assert letters(backups=[dated(1, text)], policy=policy, now=moment(now))[-3:] == expected


def shown_days(policy, now):
    return policy.calendar.last_days(now, DAYS)


@pytest.mark.parametrize(("text", "expected"), [("2026-03-28T15:59:59Z", "S.."), ("2026-03-28T16:00:00Z", "xS.")])
def test_days_that_start_in_the_afternoon(text, expected):
    # At 06:00 the current day is that which began on 29 March at 16:00.
    policy = {"day_starts_at": "16:00", **limits(rpo="7d")}
    assert letters(backups=[dated(1, text)], policy=policy)[-3:] == expected
    assert shown_days(parse_policy(policy), NOW)[-1].isoformat() == "2026-03-29"


def test_shown_days():
    days = [day.isoformat() for day in shown_days(parse_policy(None), NOW)]
    assert (days[0], days[-2], days[-1]) == ("2026-02-24", "2026-03-29", "2026-03-30")
    assert len(set(days)) == 35
    assert days == sorted(days)
    samoa = parse_policy({"timezone": "Pacific/Kiritimati"})
    assert shown_days(samoa, moment("2026-03-30T10:00:00Z"))[-1].isoformat() == "2026-03-31"


@pytest.mark.parametrize("now", [-(10**12), 10**12])
def test_times_beyond_the_calendar(now):
    assert len(heat_map(case_of(backups=[point(1, NOW - now)], now=now))) == 35
