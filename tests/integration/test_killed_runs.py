# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs that are killed while they write: existing files stay unchanged, and the next run works."""

from __future__ import annotations

import concurrent.futures
import os
import pathlib
import shutil
import signal
import time
import typing as t
from functools import partial

import pytest
from ansible_collections.community.onapp.tests.integration.moments import Stopper
from ansible_collections.community.onapp.tests.integration.runner import Ansible, cached_text
from ansible_collections.community.onapp.tests.integration.two_clouds import (
    CACHE,
    FILES,
    NEW,
    NOW,
    OLD,
    check_cloud,
    report_files,
    reports_of_both,
    show,
)
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = [pytest.mark.once, pytest.mark.slow]
TWO_DAYS = 2 * 86400


def run_until(stopper: Stopper, command: t.Callable[[], t.Any]) -> t.Any:
    """Run a command until it stops, kill it with all its processes, and return its outcome."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running = pool.submit(command)
        try:
            stopper.wait()
        finally:
            stopper.kill()
        return running.result()


class TestReports:
    def test_each_file_is_of_one_run(self, ansible: Ansible, panel: Simulator, tmp_path: pathlib.Path) -> None:
        old, new = reports_of_both(ansible, panel, tmp_path)
        for moment, replaced in [("write 4", 0), ("rename 1", 0), ("rename 4", 3), ("rename 7", 6)]:
            folder = shutil.copytree(tmp_path / "old", tmp_path / moment)
            stopper = Stopper(tmp_path / f"state of {moment}", folder, moment)
            done = run_until(stopper, partial(check_cloud, ansible, panel, folder, **stopper.environment))
            assert done.status == -signal.SIGKILL
            files = report_files(folder)
            assert sorted(files) == FILES, "another file looks like a report"
            assert all(files[name] in (old[name], new[name]) for name in FILES), "a file is of neither run"
            assert sum(files[name] == new[name] for name in FILES) == replaced, "it was killed at another moment"

        assert check_cloud(ansible, panel, folder).status == 0
        assert report_files(folder) == new

    def test_first_reports_are_complete_or_missing(
        self, ansible: Ansible, panel: Simulator, tmp_path: pathlib.Path
    ) -> None:
        folder = tmp_path / "reports"
        show(panel, NEW)
        stopper = Stopper(tmp_path / "state", folder, "rename 1")
        run_until(stopper, partial(check_cloud, ansible, panel, folder, **stopper.environment))
        assert report_files(folder) == {}
        assert any(path.stat().st_size for path in folder.iterdir()), "it was killed before it wrote"
        assert check_cloud(ansible, panel, folder).status == 0
        assert sorted(report_files(folder)) == FILES


class TestCache:
    @pytest.mark.parametrize("moment", ["write 2", "rename 1"])
    @pytest.mark.parametrize("is_filled", [True, False], ids=["filled", "empty"])
    def test_cache_stays_unchanged(
        self, ansible: Ansible, panel: Simulator, tmp_path: pathlib.Path, moment: str, is_filled: bool
    ) -> None:
        source, folder = ansible.source(evaluate_at=NOW, **CACHE), ansible.folder / "cache"
        if is_filled:
            show(panel, OLD)
            assert ansible.inventory(source, panel=panel).status == 0
            (kept,) = folder.iterdir()
            before = kept.read_bytes()
            old_enough = time.time() - TWO_DAYS
            os.utime(kept, (old_enough, old_enough))
        show(panel, NEW)
        stopper = Stopper(tmp_path / "state", folder, moment)
        done = run_until(stopper, lambda: ansible.inventory(source, panel=panel, environment=stopper.environment))
        assert done.status == -signal.SIGKILL
        cached = {path for path in folder.iterdir() if path.name.startswith("ansible_inventory_")}
        if is_filled:
            assert cached == {kept}
            assert kept.read_bytes() == before
            assert "old-29" in cached_text(before)
        else:
            assert cached == set()

        again = ansible.inventory(source, panel=panel)
        assert (again.status, again.health["source"], len(again.hosts)) == (0, "api", 39)
        warm = ansible.inventory(source, panel=panel)
        assert (warm.status, warm.health["source"], warm.hosts.keys()) == (0, "cache", again.hosts.keys())
        assert again.finds("corrupt") == warm.finds("corrupt") == 0
