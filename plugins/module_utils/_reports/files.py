# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private utility of the community.onapp collection. It may change without notice.

"""The report files: their names, and writing them side by side, each complete or not at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.util
import itertools
import os
import re
import secrets
import signal
import stat
import tempfile
import threading
import typing as t

from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._fields import moment
from ansible_collections.community.onapp.plugins.module_utils._reports import (
    csv,
    html,
    json,
    junit,
    markdown,
    prometheus,
)

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report
    from ansible_collections.community.onapp.plugins.module_utils._reports.writer import ReportWriter

METRICS = "onapp_backup.prom"
LONGEST_SUFFIX = 80
LONGEST_FIRST_LINE = 4096
# The forms in which a file may show when it was made.
STAMP_PATTERNS = (
    re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d"),
    re.compile(rb"\d{9,11}"),
)


class ReportFile(t.NamedTuple):
    """A file of a format, and the class that writes it."""

    name: str
    writer: type[ReportWriter]

    def named(self, cloud_name: str | None) -> str:
        """The file's name; with a cloud name `report-<name>.json`."""
        stem, extension = os.path.splitext(self.name)
        return f"{stem}{_suffix(cloud_name)}{extension}"


class WrittenFile(t.NamedTuple):
    """A file that was written, or would be in check mode; `changed` says whether more than its time is different."""

    format: str
    path: str
    changed: bool


FORMATS: dict[str, tuple[ReportFile, ...]] = {
    "json": (ReportFile("report.json", json.JsonReport),),
    "html": (ReportFile("report.html", html.HtmlReport),),
    "junit": (ReportFile("junit.xml", junit.JUnitFile),),
    "markdown": (ReportFile("summary.md", markdown.MarkdownSummary),),
    "prometheus": (ReportFile(METRICS, prometheus.PrometheusFile),),
    "csv": (ReportFile("vms.csv", csv.VmsCsv), ReportFile("findings.csv", csv.FindingsCsv)),
}
# Written with every report, whatever the formats.
STATUS = ReportFile("status.json", json.StatusFile)


def write_reports(report: Report, formats: Iterable[str], directory: str, *, dry_run: bool) -> list[WrittenFile]:
    """Write the files of these formats into a directory, which is made if it is missing.

    All are rendered, in one pass over the virtual machines, before the first of them replaces an older one. With
    `dry_run` nothing is written there. Raises ConfigError if the directory cannot take the files.
    """
    source = report.head["source"]
    check_metrics_file(directory, formats, source["control_panel"], source["cloud_name"])
    try:
        return _dry_run(report, formats, directory) if dry_run else _write(report, formats, directory)
    except OSError as error:
        raise ConfigError(
            f"The reports cannot be written into report_dir ({directory!a}): {error.strerror or error}. Name a"
            " directory that this user may write to, on a disk with free space."
        ) from error


def check_directory(directory: str) -> None:
    """Raises ConfigError if files could not be written there, before anything is read from a panel for them."""
    if not directory or "\0" in directory:
        raise ConfigError("The option report_dir is empty or not a path: name a directory, or omit it for no reports.")
    place = os.path.abspath(directory)
    while not os.path.lexists(place):
        place = os.path.dirname(place)
    why = None
    if not os.path.isdir(place):
        why = f"{place!a} is not a directory"
    elif not os.access(place, os.W_OK | os.X_OK):
        why = f"this user may not write to {place!a}"
    if why is not None:
        raise ConfigError(
            f"The reports cannot be written into report_dir ({directory!a}): {why}. Name a directory that this user may"
            " write to."
        )


def check_html() -> None:
    """Raises ConfigError if the HTML report cannot be written because Jinja2 is missing."""
    if importlib.util.find_spec("jinja2") is None:
        raise ConfigError(
            "The HTML report needs Jinja2 on the Python that runs this task: install it there, or omit html from"
            " report_formats."
        )


def check_metrics_file(directory: str, formats: Iterable[str], control_panel: str, cloud_name: str | None) -> None:
    """Raises ConfigError if the metrics file that would be replaced is of another control panel or cloud."""
    if "prometheus" not in formats:
        return
    path = os.path.join(directory, ReportFile(METRICS, prometheus.PrometheusFile).named(cloud_name))
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, encoding="utf-8", errors="replace") as file:
            first = file.readline(LONGEST_FIRST_LINE) if stat.S_ISREG(os.fstat(descriptor).st_mode) else ""
    except OSError:
        return  # There is none, or writing says what is wrong.
    source = prometheus.source_of(first)
    if source is not None and source != [control_panel, cloud_name]:
        raise ConfigError(
            f"The option report_dir has metrics of another cloud in {os.path.basename(path)!a}, which would be lost."
            " Give each cloud a cloud_name of its own, or another report_dir."
        )


def _suffix(cloud_name: str | None) -> str:
    """The part of a file name that says which cloud it is of: plain characters only, and not too many."""
    if not cloud_name:
        return ""
    clean = re.sub(r"[^A-Za-z0-9._-]+", "-", cloud_name).strip("-.")
    if not clean or len(clean) > LONGEST_SUFFIX:
        digest = hashlib.sha256(cloud_name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        clean = f"{clean[:LONGEST_SUFFIX]}-{digest}".lstrip("-")
    return f"-{clean}"


def _wanted(report: Report, formats: Iterable[str], directory: str) -> Iterator[tuple[str, str, ReportFile]]:
    """The files of each format with their paths, and status.json; a format that is named twice counts once."""
    files = [(name, file) for name in dict.fromkeys(formats) for file in FORMATS[name]]
    for name, file in [*files, ("status", STATUS)]:
        yield name, os.path.join(directory, file.named(report.head["source"]["cloud_name"])), file


def _dry_run(report: Report, formats: Iterable[str], directory: str) -> list[WrittenFile]:
    with contextlib.ExitStack() as closing:
        wanted = list(_wanted(report, formats, directory))
        files = [closing.enter_context(tempfile.TemporaryFile()) for _each in wanted]
        _render(report, [file for _name, _path, file in wanted], [file.fileno() for file in files])
        return [
            WrittenFile(name, path, not _holds(path, rendered, report))
            for (name, path, _file), rendered in zip(wanted, files)
        ]


def _write(report: Report, formats: Iterable[str], directory: str) -> list[WrittenFile]:
    os.makedirs(directory, exist_ok=True)
    written = []
    with _ended_by_signals(), contextlib.ExitStack() as cleaning:
        wanted = list(_wanted(report, formats, directory))
        temporary = []
        files = []
        for _name, path, _file in wanted:
            temporary.append(_temporary_beside(path))
            cleaning.callback(_remove, temporary[-1])
            descriptor = os.open(temporary[-1], os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o666)
            files.append(cleaning.enter_context(open(descriptor, "rb")))
        _render(report, [file for _name, _path, file in wanted], [file.fileno() for file in files])
        for (name, path, _file), rendered in zip(wanted, files):
            os.fsync(rendered.fileno())
            written.append(WrittenFile(name, path, not _holds(path, rendered, report)))
        for source, (_name, path, _file) in zip(temporary, wanted):
            os.replace(source, path)
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


def _temporary_beside(path: str) -> str:
    """A name that no other run uses, in the same directory so that a rename is atomic, and that no exporter reads."""
    directory, name = os.path.split(path)
    return os.path.join(directory, f".{name}.{secrets.token_hex(8)}.tmp")


def _render(report: Report, files: Sequence[ReportFile], descriptors: Sequence[int]) -> None:
    """Write all files through their descriptors, which stay open."""
    with contextlib.ExitStack() as closing:
        writers = []
        for file, descriptor in zip(files, descriptors):
            text = open(descriptor, "w", encoding="utf-8", errors="replace", newline="", closefd=False)  # noqa: SIM115
            writers.append(file.writer(report, closing.enter_context(text).write))
        for vm in report.vms:
            for writer in writers:
                writer.add(vm)
        for writer in writers:
            writer.end()


def _holds(path: str, rendered: t.IO[bytes], report: Report) -> bool:
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
    generated_at = report.head["generated_at"]
    stamps = [
        (stamp.encode(), pattern)
        for stamp, pattern in zip(
            (generated_at, f"{generated_at[:10]} {generated_at[11:16]}", str(moment(generated_at))), STAMP_PATTERNS
        )
    ]
    rendered.seek(0)
    with open(path, "rb") as old:
        return all(
            new_line is not None
            and old_line is not None
            and (new_line == old_line or _is_same_but_time(new_line, old_line, stamps))
            for new_line, old_line in itertools.zip_longest(rendered, old)
        )


def _is_same_but_time(new: bytes, old: bytes, stamps: Sequence[tuple[bytes, re.Pattern[bytes]]]) -> bool:
    """Whether two lines differ only where the new one has the time of the run, and the old one another time."""
    if len(new) != len(old):
        return False
    for stamp, pattern in stamps:
        start = new.find(stamp)
        while start >= 0:
            end = start + len(stamp)
            if pattern.fullmatch(old, start, end):
                old = old[:start] + stamp + old[end:]
            start = new.find(stamp, end)
    return new == old


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
