# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two runs that write into one report folder or one cache at the same time: each file is of one run."""

from __future__ import annotations

import concurrent.futures
import pathlib
import typing as t
from functools import partial

import pytest
from ansible_collections.community.onapp.tests.integration.moments import Stopper
from ansible_collections.community.onapp.tests.integration.runner import Ansible
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
MOMENTS = ["write 1", "rename 1"]


def run_both(panel: Simulator, stopper: Stopper, command: t.Callable[[], t.Any]) -> list[t.Any]:
    """The outcomes of two runs, on the old cloud and on the new one, that write at the same time."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        running = []
        try:
            for cloud in (OLD, NEW):
                show(panel, cloud)
                running.append(pool.submit(command))
                stopper.wait(len(running))
        finally:
            stopper.proceed()
        return [one.result() for one in running]


def test_each_report_is_of_one_run(ansible: Ansible, panel: Simulator, tmp_path: pathlib.Path) -> None:
    old, new = reports_of_both(ansible, panel, tmp_path)
    for moment in ("write 1", "write 4", "rename 4"):
        folder = tmp_path / moment
        stopper = Stopper(tmp_path / f"state of {moment}", folder, moment)
        done = run_both(panel, stopper, partial(check_cloud, ansible, panel, folder, **stopper.environment))
        assert [one.status for one in done] == [0, 0], [one.output for one in done]
        files = report_files(folder)
        assert sorted(files) == FILES
        assert all(files[name] in (old[name], new[name]) for name in FILES), "a file is of neither run"
        assert sorted(path.name for path in folder.iterdir()) == FILES, "a run left something behind"


@pytest.mark.parametrize("moment", MOMENTS)
def test_cache_is_of_one_run(ansible: Ansible, panel: Simulator, tmp_path: pathlib.Path, moment: str) -> None:
    source = ansible.source(evaluate_at=NOW, **CACHE)
    stopper = Stopper(tmp_path / "state", ansible.folder / "cache", moment)
    done = run_both(panel, stopper, lambda: ansible.inventory(source, panel=panel, environment=stopper.environment))
    assert [(one.status, len(one.hosts)) for one in done] == [(0, 29), (0, 39)]

    panel.reset()
    warm = ansible.inventory(source, panel=panel)
    assert (warm.status, warm.health["source"], warm.finds("corrupt")) == (0, "cache", 0)
    assert panel.counts()["by_route"] == {}
    assert warm.hosts.keys() in [one.hosts.keys() for one in done]
