# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The files of the reports: which there are, and how they get where they belong, whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import tempfile
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._reports import (
    csv,
    html,
    json,
    junit,
    markdown,
    prometheus,
)

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report

CHUNK = 1 << 16


class ReportFile(t.NamedTuple):
    """A file of a format: its name and what writes its text."""

    name: str
    render: t.Callable[[Report, t.Callable[[str], object]], None]


class WrittenFile(t.NamedTuple):
    """A file that was written, or would be; `changed` tells whether other bytes, or none, were there."""

    format: str
    path: str
    changed: bool


FORMATS: dict[str, tuple[ReportFile, ...]] = {
    "json": (ReportFile("report.json", json.render),),
    "html": (ReportFile("report.html", html.render),),
    "junit": (ReportFile("junit.xml", junit.render),),
    "markdown": (ReportFile("summary.md", markdown.render),),
    "prometheus": (ReportFile("onapp_backup.prom", prometheus.render),),
    "csv": (ReportFile("vms.csv", csv.render_vms), ReportFile("findings.csv", csv.render_findings)),
}


def write_reports(report: Report, formats: Iterable[str], directory: str, *, dry_run: bool) -> list[WrittenFile]:
    """Write the files of these formats into a directory, which is made if it is missing.

    All are rendered before the first of them replaces an older one; a file whose bytes are the same stays untouched.
    With `dry_run` nothing is made or written there. Raises ConfigError when the directory cannot take the files.
    """
    try:
        return _dry_run(report, formats, directory) if dry_run else _write(report, formats, directory)
    except OSError as error:
        raise ConfigError(
            f"The reports cannot be written into report_dir ({directory!a}): {error.strerror or error}. Name a"
            " directory that this user may write to, on a disk with free space."
        ) from error


def check_directory(directory: str) -> None:
    """Raises ConfigError when files could not be written there, before anything is read from a panel for them."""
    if not directory:
        raise ConfigError("The option report_dir is empty: name a directory, or leave it out for no reports.")
    place = os.path.abspath(directory)
    while not os.path.lexists(place):
        place = os.path.dirname(place)
    why = None
    if not os.path.isdir(place):
        why = f"{place!a} is no directory"
    elif not os.access(place, os.W_OK | os.X_OK):
        why = f"this user may not write to {place!a}"
    if why is not None:
        raise ConfigError(
            f"The reports cannot be written into report_dir ({directory!a}): {why}. Name a directory that this user may"
            " write to."
        )


def _wanted(formats: Iterable[str], directory: str) -> Iterator[tuple[str, str, ReportFile]]:
    """Each format's files with their paths; a format that is named twice counts once."""
    for name in dict.fromkeys(formats):
        for file in FORMATS[name]:
            yield name, os.path.join(directory, file.name), file


def _dry_run(report: Report, formats: Iterable[str], directory: str) -> list[WrittenFile]:
    written = []
    for name, path, file in _wanted(formats, directory):
        with tempfile.TemporaryFile() as rendered:
            _render(file, report, rendered.fileno())
            written.append(WrittenFile(name, path, not _holds(path, rendered)))
    return written


def _write(report: Report, formats: Iterable[str], directory: str) -> list[WrittenFile]:
    os.makedirs(directory, exist_ok=True)
    written = []
    renames = []
    with contextlib.ExitStack() as cleaning:
        for name, path, file in _wanted(formats, directory):
            temporary = _temporary_beside(path)
            descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
            cleaning.callback(_remove, temporary)
            with open(descriptor, "rb") as rendered:
                _render(file, report, descriptor)
                os.fsync(descriptor)
                changed = not _holds(path, rendered)
            written.append(WrittenFile(name, path, changed))
            if changed:
                renames.append((temporary, path))
        for temporary, path in renames:
            os.replace(temporary, path)
    return written


def _temporary_beside(path: str) -> str:
    """A name of its own for each run in the same directory, where a rename is one step; no exporter takes it up."""
    directory, name = os.path.split(path)
    return os.path.join(directory, f".{name}.{secrets.token_hex(8)}.tmp")


def _render(file: ReportFile, report: Report, descriptor: int) -> None:
    """Write a file's text through a descriptor, which stays open."""
    with open(descriptor, "w", encoding="utf-8", errors="replace", newline="", closefd=False) as text:
        file.render(report, text.write)


def _holds(path: str, rendered: t.IO[bytes]) -> bool:
    """Whether the file at a path holds the same bytes."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, f"{os.path.basename(path)} is a directory")
    # Whoever reads a pipe may wait for ever.
    if not stat.S_ISREG(mode):
        return False
    rendered.seek(0)
    with open(path, "rb") as old:
        while True:
            chunk = rendered.read(CHUNK)
            if chunk != old.read(CHUNK):
                return False
            if not chunk:
                return True


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
