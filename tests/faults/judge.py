# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was seen of a run, and whether it may be so. Nothing here knows what the fault was meant to do on the wire."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.community.onapp.tests.faults.cases import FAILS, INCOMPLETE, UNKNOWN, WHOLE, Expected

MARGIN = 20.0  # seconds beyond the deadline in which a run must have ended, also on a busy machine


@dataclasses.dataclass
class Seen:
    """What there is to see of one run.

    `parts` holds each virtual machine by its name: its state and all that is said of it, and in `rows` the backups that
    are shown of it. Backups of deleted virtual machines are a part, too. `green` lists everything that says that all is
    well, or was read. `troubles` are those of the run itself: no result, files that are not whole, what contradicts
    itself. `output` is all text that the run gave or wrote, `heard` what a server got that should get nothing.
    """

    failed: bool
    codes: list[str]
    complete: bool
    parts: dict[str, dict[str, t.Any]]
    green: list[str] = dataclasses.field(default_factory=list)
    troubles: list[str] = dataclasses.field(default_factory=list)
    output: str = ""
    heard: list[str] = dataclasses.field(default_factory=list)
    seconds: float = 0.0


def word_of(seen: Seen, healthy: Seen) -> str:
    """How the run ended, in one word."""
    if seen.failed:
        return FAILS
    # A verdict that nobody can have, such as on one kind of backups, is unknown without the fault, too.
    if any(part["state"] == UNKNOWN and part != healthy.parts.get(name) for name, part in seen.parts.items()):
        return UNKNOWN
    if seen.complete and not seen.codes and seen.parts == healthy.parts:
        return WHOLE
    return INCOMPLETE


def complaints(seen: Seen, healthy: Seen, spec: Expected, *, deadline: float, secrets: t.Iterable[str]) -> list[str]:
    """Everything that is wrong with a run; empty when it is as it must be."""
    found = [*seen.troubles, *_false_greens(seen, healthy)]
    word = word_of(seen, healthy)
    if word != spec.word:
        found.append(f"it is {word}, and must be {spec.word}")
    elif set(seen.codes) != ({spec.code} if spec.code else set()):
        found.append(f"its failures are {', '.join(sorted(set(seen.codes))) or 'none'}, and must be {spec.code}")
    if "Traceback (most recent call last)" in seen.output:
        found.append("it shows a traceback")
    if any(secret in seen.output for secret in secrets):
        found.append("its output, reports or cache hold a secret")
    if seen.heard:
        found.append("it sent a request to another place")
    if seen.seconds > deadline + MARGIN:
        found.append(f"it took {seen.seconds:.0f} s, with a deadline of {deadline:g} s")
    return found


def _false_greens(seen: Seen, healthy: Seen) -> t.Iterator[str]:
    """What is shown and was not read, and what is not shown although nothing says so."""
    whole = seen.parts == healthy.parts
    if not whole and (seen.green or seen.complete):
        said = ", ".join([*seen.green, *(["complete"] if seen.complete else [])])
        yield f"false green: it is not what the panel has, and says {said}"
    if not whole and not seen.codes:
        yield "it is not what the panel has, and tells no failure"
    for name in sorted(healthy.parts.keys() | seen.parts.keys()):
        before, now = healthy.parts.get(name), seen.parts.get(name)
        if before is None:
            yield f"{name} is made up"
        elif now is None:
            if not seen.failed:
                yield f"{name} is left out"
        elif now != before and now["state"] != UNKNOWN:
            kind = "false green" if now["state"] in ("protected", "assessed") else "wrong"
            yield f"{kind}: {name} is {now['state']} by what was read in part"
        elif now["rows"] not in ([], before["rows"]):
            yield f"half-read: {name} shows {len(now['rows'])} of {len(before['rows'])} backups"
