# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one text that a run ends with, and its place in the guide on performance."""

from __future__ import annotations

import pathlib
import textwrap
import typing as t

from ansible_collections.community.onapp.tests.benchmarks.figures import AIM_HEADER, HEADER, Outcome
from ansible_collections.community.onapp.tests.benchmarks.measure import table

GUIDE = pathlib.Path(__file__).parents[2] / "docs" / "docsite" / "rst" / "performance_guide.rst"
BEGIN, END = ".. figures: begin", ".. figures: end"
LEGEND = (
    "CPU s: of the command and all it started. peak MiB: of the largest process. waiting s: for how long the answers"
    " alone keep a client waiting that always has as many requests in flight as it may. x s, x MiB: beside the static"
    " script on the same cloud."
)


def text(outcome: Outcome, heading: str) -> str:
    """All that was measured, the aims, and the notes, as plain text."""
    parts = [textwrap.fill(heading, 118)]
    if outcome.lines:
        parts += [table(HEADER, [line.cells() for line in outcome.lines]), textwrap.fill(LEGEND, 118)]
    if outcome.aims:
        parts.append(table(AIM_HEADER, [aim.cells() for aim in outcome.aims]))
    if outcome.notes:
        parts.append("\n".join(textwrap.fill(note, 118, subsequent_indent="  ") for note in outcome.notes))
    return "\n\n".join(parts)


def placed(guide: str, figures: str) -> str:
    """The guide with other figures between its marks. Raises ValueError unless each is there once, in order."""
    before, begin, rest = guide.partition(f"{BEGIN}\n")
    _old, end, after = rest.partition(f"{END}\n")
    if not (begin and end) or BEGIN in after or END in before + after:
        raise ValueError(f"the guide must have the lines {BEGIN!r} and {END!r}, once each and in this order")
    block = textwrap.indent(figures, "    ", predicate=None)
    return f"{before}{begin}\n.. code-block:: text\n\n{block.rstrip()}\n\n{end}{after}"


def write(figures: str, guide: pathlib.Path = GUIDE) -> None:
    """Put figures into the guide."""
    guide.write_text(placed(guide.read_text(encoding="utf-8"), figures), encoding="utf-8")


def heading(versions: str, command: t.Sequence[str], runs: int, backups: int) -> str:
    """What it was measured with and on."""
    often = "once" if runs == 1 else f"medians of {runs} runs, or once where its page says so"
    return (
        f"{versions}. {' '.join(command)}: simulated clouds whose virtual machines have {backups} backups, if any;"
        f" {often}. Panel and client share the processors."
    )
