# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Report files: after any failure they are complete or unchanged, without other files."""

from __future__ import annotations

import errno
import json
import os
import pathlib
import signal
import stat
import subprocess
import sys
import threading

import pytest
from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report
from ansible_collections.community.onapp.plugins.module_utils._errors import ConfigError
from ansible_collections.community.onapp.plugins.module_utils._reports import files
from ansible_collections.community.onapp.tests.sample_report import REPORT_FILES, machine, sample_report

NAMES = REPORT_FILES
ALL = tuple(files.FORMATS)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def identity(path):
    """The inode and the modification time."""
    return path.stat().st_ino, path.stat().st_mtime_ns


def write(folder, report=None, formats=ALL, dry_run=False):
    return files.write_reports(report or sample_report(), formats, str(folder), dry_run=dry_run)


class Broken:
    """Virtual machines with a second one that raises an error."""

    def __init__(self, error):
        self.error = error

    def __iter__(self):
        yield machine(1)
        raise self.error


def broken(error):
    report = sample_report()
    return Report(report.head, Broken(error), report.findings)


def test_all_formats(tmp_path):
    written = write(tmp_path / "a" / "b")
    assert [file.path for file in written] == [str(tmp_path / "a" / "b" / name) for name in NAMES]
    assert [file.format for file in written] == [*ALL, "csv", "status"]
    assert all(file.changed for file in written)
    assert sorted(contents(tmp_path / "a" / "b")) == sorted(NAMES)
    for name, data in contents(tmp_path / "a" / "b").items():
        assert data.decode("utf-8").endswith("\r\n" if name.endswith(".csv") else "\n"), name
        assert data.startswith(b"\xef\xbb\xbf") == name.endswith(".csv"), name
        assert (b"\r" in data) == name.endswith(".csv"), name


def test_chosen_formats_in_their_order_and_once(tmp_path):
    written = write(tmp_path, formats=["prometheus", "json", "prometheus"])
    assert [os.path.basename(file.path) for file in written] == ["onapp_backup.prom", "report.json", "status.json"]
    assert sorted(contents(tmp_path)) == ["onapp_backup.prom", "report.json", "status.json"]


def test_equal_report_changes_nothing(tmp_path):
    write(tmp_path)
    before = contents(tmp_path)
    assert not any(file.changed for file in write(tmp_path))
    assert contents(tmp_path) == before


@pytest.mark.parametrize("dry_run", [True, False])
def test_time_of_the_run_is_no_change(tmp_path, dry_run):
    write(tmp_path)
    before = contents(tmp_path)
    later = sample_report(generated_at="2027-01-02T03:04:05Z")
    assert not any(file.changed for file in write(tmp_path, later, dry_run=dry_run))
    assert (contents(tmp_path) == before) == dry_run
    other = sample_report(generated_at="2027-01-02T03:04:05Z", evaluated_at="2026-03-30T06:00:01Z")
    changed = [file.format for file in write(tmp_path, other) if file.changed]
    assert changed == ["json", "html", "junit", "markdown", "status"]


def test_changed_files(tmp_path):
    write(tmp_path)
    (tmp_path / "summary.md").write_bytes(b"other")
    (tmp_path / "vms.csv").unlink()
    for dry_run in (True, False):
        changed = [os.path.basename(file.path) for file in write(tmp_path, dry_run=dry_run) if file.changed]
        assert changed == ["summary.md", "vms.csv"]
    assert not any(file.changed for file in write(tmp_path))


@pytest.mark.parametrize("more", [b"x", b"\n"])
def test_longer_and_shorter_files_differ(tmp_path, more):
    write(tmp_path, formats=["json"])
    path = tmp_path / "report.json"
    complete = path.read_bytes()
    for other in (complete + more, complete[:-1], b""):
        path.write_bytes(other)
        assert write(tmp_path, formats=["json"])[0].changed
        assert path.read_bytes() == complete


def test_large_files_are_compared_completely(tmp_path):
    machines = [machine(number) for number in range(100)]
    write(tmp_path, sample_report(machines), ["json"])
    assert (tmp_path / "report.json").stat().st_size > 2 * 65536
    assert not write(tmp_path, sample_report(machines), ["json"], dry_run=True)[0].changed
    machines[99]["copies"] = 1
    assert write(tmp_path, sample_report(machines), ["json"], dry_run=True)[0].changed


def test_dry_run_writes_nothing(tmp_path):
    written = write(tmp_path / "new", dry_run=True)
    assert all(file.changed for file in written)
    assert [os.path.basename(file.path) for file in written] == NAMES
    assert list(tmp_path.iterdir()) == []


def test_dry_run_keeps_files(tmp_path):
    (tmp_path / "report.json").write_bytes(b"old")
    before = identity(tmp_path), identity(tmp_path / "report.json")
    assert all(file.changed for file in write(tmp_path, dry_run=True))
    assert contents(tmp_path) == {"report.json": b"old"}
    assert (identity(tmp_path), identity(tmp_path / "report.json")) == before


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o000, 0o666)])
def test_umask(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        write(tmp_path)
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {mode}


@pytest.mark.parametrize("error", [ValueError("bug"), KeyboardInterrupt(), OSError(errno.EIO, "Input/output error")])
@pytest.mark.parametrize("dry_run", [True, False])
def test_rendering_error_keeps_the_old_files(tmp_path, error, dry_run):
    for name in NAMES:
        (tmp_path / name).write_bytes(b"old")
    with pytest.raises(ConfigError if isinstance(error, OSError) else error.__class__):
        write(tmp_path, broken(error), dry_run=dry_run)
    assert contents(tmp_path) == dict.fromkeys(NAMES, b"old")


def test_temporary_files(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: seen.append(sorted(contents(tmp_path))))
    write(tmp_path)
    assert len(seen) == len(NAMES)
    assert len(seen[-1]) == len(NAMES)
    for name in seen[-1]:
        assert name.startswith(".")
        assert not name.endswith(".prom")


def test_every_file_is_on_disk_before_the_first_is_renamed(tmp_path, monkeypatch):
    events = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: events.append("fsync") or fsync(descriptor))
    monkeypatch.setattr(os, "replace", lambda old, new: events.append("replace") or replace(old, new))
    write(tmp_path)
    assert events == ["fsync"] * len(NAMES) + ["replace"] * len(NAMES)


def test_full_disk(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "report.json").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match=r"report_dir \(.*\): No space left on device\. Name a directory"):
        write(tmp_path)
    assert contents(tmp_path) == {"report.json": b"old"}


def test_rename_that_fails(tmp_path, monkeypatch):
    replace = os.replace

    def only_one(old, new):
        if not new.endswith("report.json"):
            raise PermissionError(errno.EACCES, "Permission denied")
        replace(old, new)

    for name in NAMES:
        (tmp_path / name).write_bytes(b"old")
    monkeypatch.setattr(os, "replace", only_one)
    with pytest.raises(ConfigError, match="Permission denied"):
        write(tmp_path)
    found = contents(tmp_path)
    assert json.loads(found.pop("report.json"))["schema_version"] == 1
    assert found == dict.fromkeys(NAMES[1:], b"old")


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("below", ["", "below"])
def test_directory_that_is_a_file(tmp_path, dry_run, below):
    (tmp_path / "file").write_bytes(b"mine")
    with pytest.raises(ConfigError, match="report_dir") as caught:
        write(tmp_path / "file" / below, dry_run=dry_run)
    assert caught.value.code == "config"
    assert contents(tmp_path) == {"file": b"mine"}


@pytest.mark.parametrize("dry_run", [True, False])
def test_file_that_is_a_directory(tmp_path, dry_run):
    (tmp_path / "vms.csv").mkdir()
    (tmp_path / "report.json").write_bytes(b"old")
    with pytest.raises(ConfigError, match=r"report_dir .*vms\.csv is a directory"):
        write(tmp_path, dry_run=dry_run)
    assert (tmp_path / "report.json").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 2


def test_directory_that_cannot_be_created(tmp_path, monkeypatch):
    def refuse(path, exist_ok):
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(os, "makedirs", refuse)
    with pytest.raises(ConfigError, match="report_dir .*Permission denied"):
        write(tmp_path / "new")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_directory_that_is_read_only(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(ConfigError, match="report_dir .*Permission denied"):
            write(tmp_path)
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("dry_run", [True, False])
def test_pipe(tmp_path, dry_run):
    os.mkfifo(tmp_path / "report.json")
    assert write(tmp_path, formats=["json"], dry_run=dry_run)[0].changed
    assert (tmp_path / "report.json").is_file() == (not dry_run)


def test_link(tmp_path):
    (tmp_path / "elsewhere").write_bytes(b"mine")
    (tmp_path / "report.json").symlink_to(tmp_path / "elsewhere")
    assert write(tmp_path, formats=["json"])[0].changed
    assert (tmp_path / "elsewhere").read_bytes() == b"mine"
    assert not (tmp_path / "report.json").is_symlink()


KILLED_AFTER_SOME = """
import os, signal, sys
from ansible_collections.community.onapp.plugins.module_utils._compliance.report import Report
from ansible_collections.community.onapp.plugins.module_utils._reports.files import FORMATS, write_reports
from ansible_collections.community.onapp.tests.sample_report import sample_report

class Machines:
    def __iter__(self):
        for number, vm in enumerate(report.vms):
            if number == int(sys.argv[2]):
                os.kill(os.getpid(), signal.Signals[sys.argv[3]])
            yield vm

report = sample_report()
write_reports(Report(report.head, Machines(), report.findings), FORMATS, sys.argv[1], dry_run=False)
"""


@pytest.mark.parametrize("after", [0, 6])
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_stopped_run_keeps_only_the_old_files(tmp_path, after, name):
    for file in NAMES:
        (tmp_path / file).write_bytes(b"old")
    command = [sys.executable, "-c", KILLED_AFTER_SOME, str(tmp_path), str(after), name]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode != 0
    assert contents(tmp_path) == dict.fromkeys(NAMES, b"old")


@pytest.mark.parametrize("after", [0, 6])
def test_killed_run_keeps_the_old_files(tmp_path, after):
    for name in NAMES:
        (tmp_path / name).write_bytes(b"old")
    command = [sys.executable, "-c", KILLED_AFTER_SOME, str(tmp_path), str(after), "SIGKILL"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    found = contents(tmp_path)
    assert {name: found.pop(name) for name in NAMES} == dict.fromkeys(NAMES, b"old")
    assert all(name.startswith(".") and not name.endswith(".prom") for name in found)
    assert all(file.changed for file in write(tmp_path))


@pytest.mark.slow
def test_two_simultaneous_runs(tmp_path):
    reports = [sample_report([machine(number) for number in range(size)]) for size in (5, 50)]
    folders = [tmp_path / "small", tmp_path / "large"]
    for folder, report in zip(folders, reports, strict=True):
        write(folder, report)
    complete = [contents(folder) for folder in folders]
    errors: list[Exception] = []
    shared = tmp_path / "shared"

    def repeat(report):
        try:
            for unused in range(10):
                write(shared, report)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=repeat, args=(report,)) for report in reports]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        for name in NAMES:
            path = pathlib.Path(shared, name)
            assert not path.exists() or path.read_bytes() in (complete[0][name], complete[1][name])
    assert errors == []
    assert sorted(contents(shared)) == sorted(NAMES)


def test_directory_is_checked_before_the_first_request(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    source = ALL, "https://onapp.example.com", None
    files.check_reports(str(tmp_path), *source)
    files.check_reports(str(tmp_path / "made" / "later"), *source)
    assert not (tmp_path / "made").exists()
    for place, why in ((tmp_path / "file" / "below", "file' is not a directory"), ("", "report_dir is empty")):
        with pytest.raises(ConfigError, match=why):
            files.check_reports(str(place), *source)
    monkeypatch.setattr(files.os, "access", lambda *unused: False)
    with pytest.raises(ConfigError, match="this user may not write to"):
        files.check_reports(str(tmp_path), *source)
