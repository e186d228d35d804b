# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The judgement on a run: it tells everything that must not be, and a false green above all."""

from __future__ import annotations

import copy
import dataclasses
import typing as t

import pytest
from ansible_collections.community.onapp.tests.faults.cases import FAILS, INCOMPLETE, UNKNOWN, WHOLE, Expected
from ansible_collections.community.onapp.tests.faults.judge import MARGIN, Seen, complaints, word_of

SECRET = "canary-key"
AS_EVER = Expected(WHOLE, None)
UNREAD = Expected(UNKNOWN, "decode")
OVER = Expected(FAILS, "auth")


def part(state: str, *rows: int) -> dict[str, t.Any]:
    return {"state": state, "facts": {"disks": len(rows)}, "rows": list(rows)}


HEALTHY = Seen(False, [], True, {"VM 1": part("protected", 1), "VM 2": part("unprotected", 2, 3)}, ["passed"])
TOLD = Seen(False, ["decode"], False, {**HEALTHY.parts, "VM 2": part("unknown")})
FAILED = Seen(True, ["auth"], False, {})


def judged(seen: Seen, spec: Expected, **changes: t.Any) -> list[str]:
    changed = dataclasses.replace(copy.deepcopy(seen), **changes)
    return complaints(changed, HEALTHY, spec, deadline=2, secrets=[SECRET])


@pytest.mark.parametrize(
    ("seen", "spec"), [(HEALTHY, AS_EVER), (TOLD, UNREAD), (FAILED, OVER)], ids=["whole", "unknown", "fails"]
)
def test_what_is_as_it_must_be(seen: Seen, spec: Expected) -> None:
    assert judged(seen, spec) == []


@pytest.mark.parametrize(
    ("seen", "spec", "changes", "told"),
    [
        # What was read in part is shown as if it were all.
        (HEALTHY, UNREAD, {"parts": {**HEALTHY.parts, "VM 2": part("protected", 2, 3)}}, "false green: VM 2"),
        (TOLD, UNREAD, {"parts": {**TOLD.parts, "VM 2": part("protected", 2)}}, "false green: VM 2"),
        (TOLD, UNREAD, {"parts": {**TOLD.parts, "VM 2": part("stale", 2)}}, "wrong: VM 2 is stale"),
        (TOLD, UNREAD, {"parts": {**TOLD.parts, "VM 2": part("unprotected", 2)}}, "wrong: VM 2 is unprotected"),
        (TOLD, UNREAD, {"parts": {**TOLD.parts, "VM 2": part("unknown", 2)}}, "half-read: VM 2 shows 1 of 2 backups"),
        (TOLD, UNREAD, {"parts": {"VM 1": HEALTHY.parts["VM 1"]}}, "VM 2 is left out"),
        (TOLD, UNREAD, {"parts": {**TOLD.parts, "VM 3": part("unknown")}}, "VM 3 is made up"),
        # What is missing is not told, or something says that nothing is.
        (TOLD, UNREAD, {"complete": True}, "false green: it is not what the panel has, and says complete"),
        (TOLD, UNREAD, {"green": ["passed"]}, "false green: it is not what the panel has, and says passed"),
        (TOLD, UNREAD, {"codes": []}, "tells no failure"),
        (FAILED, OVER, {"complete": True}, "false green: it is not what the panel has, and says complete"),
        # Another end, or another reason.
        (HEALTHY, UNREAD, {}, "it is whole, and must be unknown"),
        (TOLD, AS_EVER, {}, "it is unknown, and must be whole"),
        (HEALTHY, AS_EVER, {"codes": ["decode"]}, "it is incomplete, and must be whole"),
        (FAILED, UNREAD, {}, "it is fails, and must be unknown"),
        (TOLD, UNREAD, {"codes": ["server"]}, "its failures are server, and must be decode"),
        (TOLD, UNREAD, {"codes": ["decode", "server"]}, "its failures are decode, server, and must be decode"),
        # Everything else that must never be.
        (TOLD, UNREAD, {"output": f"password={SECRET}"}, "hold a secret"),
        (FAILED, OVER, {"output": "Traceback (most recent call last):"}, "traceback"),
        (FAILED, OVER, {"heard": ["GET / HTTP/1.1"]}, "another place"),
        (FAILED, OVER, {"seconds": 3 + MARGIN}, "with a deadline of 2 s"),
        (FAILED, OVER, {"troubles": ["the cache holds 2 files"]}, "the cache holds 2 files"),
    ],
)
def test_what_must_not_be_is_told(seen: Seen, spec: Expected, changes: dict[str, t.Any], told: str) -> None:
    assert told in "; ".join(judged(seen, spec, **changes))


def test_a_verdict_that_is_always_unknown_is_no_failure_and_its_loss_is() -> None:
    healthy = dataclasses.replace(HEALTHY, parts={"VM 1": part("unknown", 1)})
    lost = dataclasses.replace(TOLD, parts={"VM 1": part("unknown")})
    assert (word_of(healthy, healthy), word_of(lost, healthy)) == (WHOLE, UNKNOWN)


def test_all_that_came_and_more_that_may_be() -> None:
    assert word_of(dataclasses.replace(HEALTHY, codes=["decode"], complete=False), HEALTHY) == INCOMPLETE
