# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a command costs: seconds, processor seconds, memory. And tables to show it in."""

from __future__ import annotations

import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import typing as t

BIN = pathlib.Path(sys.executable).parent
PLUGINS = "inventory_plugins"
RSS_UNIT = 1 if sys.platform == "darwin" else 1024

# The memory of the process that starts a command counts as the command's own at first. So a small one starts it.
LAUNCHER = """\
import json, os, sys, time
started = time.monotonic()
process = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
status, usage = os.wait4(process, 0)[1:]
figures = [time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss]
with open(sys.argv[1], "w") as stream:
    json.dump([os.waitstatus_to_exitcode(status), figures], stream)
"""


class WrongResult(Exception):
    """What was measured did not do what it should; its cost says nothing."""


class Cost(t.NamedTuple):
    """Seconds on the wall, processor seconds of the command and of all it started, and the memory of the largest
    process among these in MiB."""

    seconds: float
    cpu: float
    mebibytes: float


class Run(t.NamedTuple):
    """One run of a command: what it cost and what it printed."""

    cost: Cost
    output: str


def run(command: t.Sequence[str], environment: t.Mapping[str, str], folder: pathlib.Path) -> Run:
    """Run a command to its end. Raises WrongResult with what it printed if it fails."""
    report = folder / "cost.json"
    launcher = [sys.executable, "-I", "-S", "-c", LAUNCHER, str(report), *command]
    # Into files: a pipe would have to be read, by this process and on the same processors.
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        subprocess.run(
            launcher, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, check=True
        )
        texts = []
        for stream in (stdout, stderr):
            stream.seek(0)
            texts.append(stream.read().decode(errors="replace"))
    status, (seconds, cpu, rss) = json.loads(report.read_text())
    if status:
        raise WrongResult(f"{command[0]} ended with {status}:\n{texts[0][-3000:]}\n{texts[1][-3000:]}")
    return Run(Cost(seconds, cpu, rss * RSS_UNIT / 1024**2), texts[0])


def median(costs: t.Sequence[Cost]) -> Cost:
    """The median of each figure by itself."""
    return Cost(*(statistics.median(figures) for figures in zip(*costs, strict=True)))


def clean_environment(folder: pathlib.Path) -> dict[str, str]:
    """An environment in which Ansible's commands find no settings but their defaults."""
    settings = folder / "ansible.cfg"
    settings.touch()
    return {
        "PATH": os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)]),
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_CONFIG": str(settings),
        "ANSIBLE_HOME": str(folder / ".ansible"),
        "ANSIBLE_INVENTORY_PLUGINS": str(folder / PLUGINS),
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_LOCALHOST_WARNING": "false",
    }


def progress(text: str = "") -> None:
    """Say on a terminal what is under way; without a text, nothing is."""
    if sys.stderr.isatty():
        print(f"\r{text:70}\r", end="", file=sys.stderr, flush=True)


def versions() -> str:
    """What the figures were taken with."""
    import ansible.release

    processors = f"{os.cpu_count()} processors"
    return f"ansible-core {ansible.release.__version__}, Python {platform.python_version()}, {processors}"


def table(header: t.Sequence[str], rows: t.Sequence[t.Sequence[str]]) -> str:
    """Rows in columns: the first to the left, the others to the right."""
    widths = [max(len(row[place]) for row in [header, *rows]) for place in range(len(header))]

    def line(cells: t.Sequence[str]) -> str:
        others = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
        return "  ".join([cells[0].ljust(widths[0]), *others]).rstrip()

    return "\n".join([line(header), "  ".join("-" * width for width in widths), *map(line, rows)])
