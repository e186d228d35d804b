# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report files: their names, and writing them side by side, each complete or not at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.util
import itertools
import os
import pathlib
import re
import secrets
import signal
import stat
import tempfile
import threading
import typing as t
from collections.abc import Iterable, Iterator

from .. import _errors, _fields
from .data import FindingsCsv, JsonReport, StatusFile, VmsCsv
from .html import HtmlReport
from .junit import JUnitFile
from .markdown import MarkdownSummary
from .prometheus import PrometheusFile, source_of

if t.TYPE_CHECKING:
    from .._compliance.report import Report
    from .writer import ReportWriter

# The files of each format, and the classes that write them.
FORMATS: dict[str, dict[str, type[ReportWriter]]] = {
    "json": {"report.json": JsonReport},
    "html": {"report.html": HtmlReport},
    "junit": {"junit.xml": JUnitFile},
    "markdown": {"summary.md": MarkdownSummary},
    "prometheus": {"onapp_backup.prom": PrometheusFile},
    "csv": {"vms.csv": VmsCsv, "findings.csv": FindingsCsv},
}
LONGEST_SUFFIX = 80
LONGEST_FIRST_LINE = 4096
# The forms in which a file may show when it was made.
STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|\d{4}-\d\d-\d\d \d\d:\d\d|\d{9,11}")


class WrittenFile(t.NamedTuple):
    """A file that was written, or would be in check mode; `changed` says whether more than its time is different."""

    format: str
    path: str
    changed: bool


def write_reports(report: Report, formats: Iterable[str], directory: str, *, dry_run: bool) -> list[WrittenFile]:
    """Write the files of these formats into a directory, which is made if it is missing.

    All are rendered, in one pass over the virtual machines, before the first of them replaces an older one. With
    `dry_run` nothing is written there. Raises ConfigError if the directory cannot take the files.
    """
    source = report.head["source"]
    _check_metrics_file(directory, formats, source["control_panel"], source["cloud_name"])
    try:
        return _write(report, formats, directory, dry_run)
    except OSError as error:
        raise _errors.ConfigError(
            f"The reports cannot be written into report_dir ({directory!a}): {error.strerror or error}. Name a"
            " directory that this user may write to, on a disk with free space."
        ) from error


def check_reports(directory: str, formats: Iterable[str], control_panel: str, cloud_name: str | None) -> None:
    """Raises ConfigError if files could not be written there, before anything is read from a panel for them."""
    if not directory or "\0" in directory:
        raise _errors.ConfigError(
            "The option report_dir is empty or not a path: name a directory, or omit it for no reports."
        )
    place = os.path.abspath(directory)
    while not os.path.lexists(place):
        place = os.path.dirname(place)
    why = None
    if not os.path.isdir(place):
        why = f"{place!a} is not a directory"
    elif not os.access(place, os.W_OK | os.X_OK):
        why = f"this user may not write to {place!a}"
    if why is not None:
        raise _errors.ConfigError(
            f"The reports cannot be written into report_dir ({directory!a}): {why}. Name a directory that this user may"
            " write to."
        )
    _check_metrics_file(directory, formats, control_panel, cloud_name)
    if "html" in formats and importlib.util.find_spec("jinja2") is None:
        raise _errors.ConfigError(
            "The HTML report needs Jinja2 on the Python that runs this task: install it there, or omit html from"
            " report_formats."
        )


def _check_metrics_file(directory: str, formats: Iterable[str], control_panel: str, cloud_name: str | None) -> None:
    """Raises ConfigError if the metrics file that would be replaced is of another control panel or cloud."""
    if "prometheus" not in formats:
        return
    (name,) = FORMATS["prometheus"]
    path = os.path.join(directory, _named(name, cloud_name))
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, encoding="utf-8", errors="replace") as file:
            first = file.readline(LONGEST_FIRST_LINE) if stat.S_ISREG(os.fstat(descriptor).st_mode) else ""
    except OSError:
        return  # There is none, or writing says what is wrong.
    source = source_of(first)
    if source is not None and source != [control_panel, cloud_name]:
        raise _errors.ConfigError(
            f"The option report_dir has metrics of another cloud in {os.path.basename(path)!a}, which would be lost."
            " Give each cloud a cloud_name of its own, or another report_dir."
        )


def _named(name: str, cloud_name: str | None) -> str:
    """The name of a file, with a cloud name `report-<name>.json`: plain characters only, and not too many."""
    if not cloud_name:
        return name
    clean = re.sub(r"[^A-Za-z0-9._-]+", "-", cloud_name).strip("-.")
    if not clean or len(clean) > LONGEST_SUFFIX:
        digest = hashlib.sha256(cloud_name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        clean = f"{clean[:LONGEST_SUFFIX]}-{digest}".lstrip("-")
    stem, extension = os.path.splitext(name)
    return f"{stem}-{clean}{extension}"


def _write(report: Report, formats: Iterable[str], directory: str, dry_run: bool) -> list[WrittenFile]:
    wanted = [(name, *file) for name in dict.fromkeys(formats) for file in FORMATS[name].items()]
    # Written with every report, whatever the formats.
    wanted.append(("status", "status.json", StatusFile))
    head = report.head
    files: list[tuple[str, str, t.Any]] = []
    writers = []
    with _ended_by_signals(), contextlib.ExitStack() as cleaning:
        if not dry_run:
            os.makedirs(directory, exist_ok=True)
        for name, file_name, writer in wanted:
            path = os.path.join(directory, _named(file_name, head["source"]["cloud_name"]))
            file = _temporary_file(None if dry_run else path, cleaning)
            files.append((name, path, file))
            writers.append(writer(report, file.write))
        for vm in report.vms:
            for each in writers:
                each.add(vm)
        for each in writers:
            each.end()
        written = []
        for name, path, file in files:
            file.flush()
            if not dry_run:
                os.fsync(file.fileno())
            written.append(WrittenFile(name, path, not _holds(path, file.buffer, head["generated_at"])))
        if not dry_run:
            for _name, path, file in files:
                os.replace(file.name, path)
    return written


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Lets SIGTERM and SIGHUP end the process by an exception, so that temporary files are removed first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _frame: t.Any) -> None:
        for each in previous:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    previous = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        for number in previous:
            signal.signal(number, stop)
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


def _temporary_file(path: str | None, cleaning: contextlib.ExitStack) -> t.Any:
    """A file that is deleted in the end: beside a path, for an atomic rename, under a name that no exporter reads."""
    how: dict[str, t.Any] = {"encoding": "utf-8", "errors": "replace", "newline": ""}
    if path is None:
        return cleaning.enter_context(tempfile.TemporaryFile("w+", **how))
    directory, name = os.path.split(path)
    beside = pathlib.Path(directory, f".{name}.{secrets.token_hex(8)}.tmp")
    cleaning.callback(beside.unlink, missing_ok=True)
    return cleaning.enter_context(open(beside, "x+", **how))


def _holds(path: str, rendered: t.BinaryIO, generated_at: str) -> bool:
    """Whether the file at a path has the same content but for the time at which it was made."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, f"{os.path.basename(path)} is a directory")
    # Reading a pipe may wait for ever.
    if not stat.S_ISREG(mode):
        return False
    forms = generated_at, f"{generated_at[:10]} {generated_at[11:16]}", str(_fields.moment(generated_at))
    made = re.compile("|".join(map(re.escape, forms)).encode())
    rendered.seek(0)
    with open(path, "rb") as old:
        return all(
            new_line == old_line or _is_same_but_time(new_line, old_line, made)
            for new_line, old_line in itertools.zip_longest(rendered, old, fillvalue=b"")
        )


def _is_same_but_time(new: bytes, old: bytes, made: re.Pattern[bytes]) -> bool:
    """Whether two lines differ only where the new one has the time of the run, and the old one another time."""
    if len(new) != len(old):
        return False
    for found in made.finditer(new):
        if STAMP.fullmatch(old, *found.span()):
            old = old[: found.start()] + found[0] + old[found.end() :]
    return new == old
