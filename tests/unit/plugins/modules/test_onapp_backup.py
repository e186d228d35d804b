# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module in this process on the simulated panel: options, messages, log, and signals."""

from __future__ import annotations

import os
import signal
import threading
import time
import typing as t

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.community.onapp.plugins.modules import onapp_backup

if t.TYPE_CHECKING:
    from ansible_collections.community.onapp.tests.simulator.process import Simulator

Run = t.Callable[..., dict[str, t.Any]]
STALE = "2020-01-01T00:00:00Z"
CLOUD: dict[str, t.Any] = {
    "virtual_machines": [
        {"id": 1, "label": "fresh", "backups": [{}]},
        *(
            {"id": number, "label": f"stale-{number}", "backups": [{"created_at": STALE, "built_at": STALE}]}
            for number in (2, 3)
        ),
    ]
}


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The log of the module."""
    found: list[str] = []
    monkeypatch.setattr(AnsibleModule, "log", lambda self, msg, log_args=None: found.append(msg))
    return found


@pytest.fixture
def run(run_module: t.Any, panel: Simulator, lines: list[str]) -> Run:
    """A function that runs the module on a panel that builds backups in no time."""
    panel.reset(cloud=CLOUD)
    panel.settings(build_seconds=0)

    def run_backup(**options: t.Any) -> dict[str, t.Any]:
        given = {"virtual_machines": ["2"], "max_age": "6h", "poll_interval": 1, "retries": 1, **options}
        return t.cast("dict[str, t.Any]", run_module(onapp_backup, panel, **given))

    return run_backup


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"virtual_machines": []}, "The option virtual_machines is empty"),
        ({"virtual_machines": ["", "2"]}, "The option virtual_machines has an empty entry"),
        ({"max_age": "4"}, "The option max_age is '4'"),
        ({"max_age": "0h"}, "The option max_age is '0h'"),
        ({"max_age": "1M"}, "months and years have no fixed length"),
        ({"wait_timeout": "soon"}, "The option wait_timeout is 'soon'"),
        ({"poll_interval": 0.5}, "The option poll_interval is 0.5"),
        ({"poll_interval": "nan"}, "The option poll_interval is nan"),
        ({"max_parallel": 0}, "The option max_parallel is 0"),
        ({"max_parallel": 1000}, "The option max_parallel is 1000"),
        ({"policy": {"defaults": {"rpoo": "4h"}}}, "rpoo"),
        ({"url": "nonsense"}, "The option url"),
    ],
)
def test_wrong_options(options: dict[str, t.Any], text: str, run: Run, panel: Simulator) -> None:
    result = run(**options)
    assert result["failed"] and text in result["msg"]
    assert result["failure"]["code"] == "config"
    assert "virtual_machines" not in result
    assert panel.counts()["requests"] == 0


def test_unknown_names_start_nothing(run: Run, panel: Simulator) -> None:
    result = run(virtual_machines=["stale-2", "nobody"])
    assert result["failure"]["code"] == "not_found" and '"nobody"' in result["msg"]
    assert "virtual_machines" not in result
    assert panel.counts()["backups_accepted"] == []


def test_result_and_log(run: Run, panel: Simulator, lines: list[str]) -> None:
    panel.faults([{"fault": "status", "status": 422, "text": "not now", "route": "create_disk_backup", "vm": 3}])
    result = run(virtual_machines=["1", "stale-2", "3", "2"], note="x")
    assert [vm["id"] for vm in result["virtual_machines"]] == [1, 2, 3], "each once, in the order of the option"
    assert [vm["action"] for vm in result["virtual_machines"]] == ["fresh", "started", "failed"]
    assert [vm["changed"] for vm in result["virtual_machines"]] == [False, True, False]
    assert (result["changed"], result["failed"]) == (True, True)
    assert result["msg"].startswith("No fresh backup of 1 of 3 virtual machines. The first, virtual machine 3 (")
    assert "not now" in result["msg"]
    assert result["failure"] == {key: value for key, value in result["virtual_machines"][2]["failure"].items()
                                 if key != "text"}  # fmt: skip
    assert result["summary"] == {
        "virtual_machines": 3,
        "fresh": 1,
        "joined": 0,
        "started": 1,
        "failed": 1,
        "backups_started": 1,
        "backups_joined": 0,
        "backups_going_on": 0,
    }
    (backup,) = result["backups"]
    assert (backup["virtual_machine_id"], backup["note"], backup["built"], backup["usable"]) == (2, "x", True, True)
    assert result["api"]["requests"] == panel.counts()["requests"]
    own = [line for line in lines if line.startswith("virtual machine 2:")]
    assert own == [
        f"virtual machine 2: started backup {backup['id']} of disk {backup['disk_id']}",
        f"virtual machine 2: backup {backup['id']} is built",
        "virtual machine 2: started",
    ]


def test_check_mode(run: Run, panel: Simulator) -> None:
    result = run(virtual_machines=["1", "2", "3"], _ansible_check_mode=True)
    assert [vm["action"] for vm in result["virtual_machines"]] == ["fresh", "started", "started"]
    assert result["changed"] and result["backups"] == []
    assert panel.counts()["backups_accepted"] == []


def test_no_secret_in_a_refusal(run: Run, run_module: t.Any, panel: Simulator, lines: list[str]) -> None:
    for status in (422, 403, 500):
        panel.clear_faults()
        panel.faults([{"fault": "echo_credentials", "route": "create_disk_backup", "status": status,
                       "body_shape": "errors_list"}])  # fmt: skip
        result = run(timeout=0.5)
        assert result["failed"]
        assert panel.password not in run_module.output + "".join(lines)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals(number: signal.Signals, run: Run, panel: Simulator, lines: list[str]) -> None:
    """No more backups are started, and the log names those in progress."""
    panel.settings(build_seconds=600)

    def interrupt() -> None:
        while not any("started backup" in line for line in lines):
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    threading.Thread(target=interrupt, daemon=True).start()
    result = run(virtual_machines=["2", "3"], max_parallel=1, poll_interval=60)
    assert result["failed"] and result["msg"].startswith("Interrupted.")
    assert len(panel.counts()["backups_accepted"]) == 1
    (last,) = [line for line in lines if "interrupted" in line]
    assert last.startswith("virtual machine 2: interrupted. Backup ")
    assert last.endswith(" may still be running in OnApp.")
