# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start and stop of the process, and options of the command line."""

from __future__ import annotations

import base64
import json
import os
import signal
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from ansible_collections.community.onapp.tests.simulator import process
from ansible_collections.community.onapp.tests.simulator.__main__ import options
from ansible_collections.community.onapp.tests.simulator.process import Simulator

# Each test starts a simulator.
pytestmark = pytest.mark.slow


def get(panel: Simulator, path: str, **more: Any) -> requests.Response:
    with requests.Session() as client:
        client.trust_env = False
        return client.get(panel.url + path, auth=(panel.username, panel.password), timeout=10, **more)


def start(*arguments: str, **more: Any) -> subprocess.Popen[bytes]:
    folder = process.HERE
    command = [sys.executable, "-P", "-m", folder.name, *arguments]
    environment = os.environ | {"PYTHONPATH": str(folder.parent)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, **more)


def test_any_folder_and_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "simulator").mkdir()
    (tmp_path / "simulator" / "__init__.py").write_text("raise SystemExit('the wrong one')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with Simulator(vms=3) as panel:
        assert get(panel, "/virtual_machines.json").status_code == 200
        assert panel.counts()["requests"] == 1
    with pytest.raises(ProcessLookupError):
        os.kill(panel.pid, 0)
    panel.stop()


def test_tls_prefix_and_login() -> None:
    login = {"username": "j\u00f6rg", "password": "p\u00e4ss w\u00f6rd"}
    with Simulator(tls=True, path_prefix="cp", **login) as panel:
        assert panel.url == f"https://127.0.0.1:{panel.port}/cp"
        assert (panel.username, panel.password) == tuple(login.values())
        token = base64.b64encode(f"{panel.username}:{panel.password}".encode()).decode()
        more: Any = {"headers": {"Authorization": f"Basic {token}"}, "verify": panel.ca_file, "timeout": 10}
        answer = requests.get(f"{panel.url}/profile.json", **more)
        assert answer.status_code == 200
        outside = f"https://127.0.0.1:{panel.port}/profile.json"
        assert requests.get(outside, **more).status_code == 404
        ca_file = panel.ca_file
        context = ssl.create_default_context(cafile=ca_file)
        assert len(context.get_ca_certs()) == 1
        with pytest.raises(requests.exceptions.SSLError):
            get(panel, "/profile.json")
        assert panel.counts()["requests"] == 2
    assert ca_file
    assert not Path(ca_file).exists()


def test_certificate_of_another_name() -> None:
    with Simulator(tls=True, tls_name="onapp.example.com") as panel:
        with pytest.raises(requests.exceptions.SSLError, match="onapp.example.com|IP address mismatch"):
            get(panel, "/profile.json", verify=panel.ca_file)
        assert panel.counts()["requests"] == 0


def test_wrong_options(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="did not start"):
        Simulator(paging="sideways")
    assert "sideways" in capfd.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ready_line_and_clean_stop(tmp_path: Path, number: signal.Signals) -> None:
    announce_file = tmp_path / "ready.json"
    child = start("--tls", f"--announce={announce_file}", stderr=subprocess.PIPE)
    assert child.stdout
    assert child.stderr
    with child, child.stderr:
        line = child.stdout.readline()
        ready = json.loads(line)
        assert announce_file.read_bytes() == line
        assert {"url", "port", "username", "password", "ca_file", "pid"} <= set(ready)
        assert ready["pid"] == child.pid
        child.send_signal(number)
        assert child.wait(10) == 0
        assert child.stdout.read() == b""
        assert child.stderr.read() == b""
    assert not Path(ready["ca_file"]).exists()


def test_stops_with_its_parent() -> None:
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)\n"
        "sys.stdout.buffer.write(child.stdout.readline())\n"
    )
    folder = process.HERE
    command = [sys.executable, "-P", "-m", folder.name, "--with-parent"]
    environment = os.environ | {"PYTHONPATH": str(folder.parent)}
    read, write = os.pipe()  # the simulator holds the writing end as long as it lives
    parent = subprocess.run(
        [sys.executable, "-c", code, *command], env=environment, stdout=subprocess.PIPE, stderr=write, check=True
    )
    os.close(write)
    with open(read, "rb") as end:
        assert json.loads(parent.stdout)["pid"]
        assert end.read() == b""


def test_command_line(tmp_path: Path) -> None:
    assert options([]).data == {"generate": {"vms": 12, "backups": 10, "seed": 1}}
    cloud = tmp_path / "cloud.json"
    cloud.write_text('{"virtual_machines": []}')
    given = options([f"--cloud={cloud}", "--setting=generation=2.x", '--setting=refused=["users"]'])
    assert given.data == {"cloud": {"virtual_machines": []}}
    assert (given.settings.generation, given.settings.refused) == ("2.x", ("users",))


@pytest.mark.parametrize(
    "wrong", [["--username=x"], ["--cloud=/nonexistent"], ["--setting=now=soon"], ["--setting=page_cap=0"]]
)
def test_wrong_command_lines(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options(wrong)
    assert "error:" in capsys.readouterr().err
