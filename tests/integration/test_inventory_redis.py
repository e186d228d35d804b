# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory cache in a real Redis server, through the cache plugin of community.general."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import socket
import subprocess
import typing as t

import pytest
import redis
import yaml
from ansible_collections.community.onapp.tests.integration.runner import Ansible, cached_text, variables
from ansible_collections.community.onapp.tests.simulator.process import Simulator

pytestmark = [pytest.mark.newest, pytest.mark.slow]

COLLECTIONS = pathlib.Path(__file__).resolve().parents[2] / ".venv" / "collections"
REQUIRED = bool(os.environ.get("CI"))


@pytest.fixture
def server(tmp_path: pathlib.Path) -> t.Iterator[redis.Redis]:
    """A client of a new Redis server that stores nothing on disk."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(tmp_path)]
    process = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
    try:
        retry = redis.retry.Retry(redis.backoff.ConstantBackoff(0.05), 200)
        client = redis.Redis("127.0.0.1", port, retry=retry, retry_on_error=[redis.exceptions.ConnectionError])
        client.ping()
        yield client
        client.close()
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.mark.skipif(not shutil.which("redis-server") and not REQUIRED, reason="redis-server is not installed")
def test_cache_in_redis(ansible: Ansible, panel: Simulator, server: redis.Redis) -> None:
    port = server.connection_pool.connection_kwargs["port"]
    options = {
        "plugin": "community.onapp.onapp",
        "evaluate_at": panel.now,
        "include_backups": "all",
        "cache": True,
        "cache_plugin": "community.general.redis",
        "cache_connection": f"127.0.0.1:{port}:0",
    }
    source = ansible.folder / "cloud.onapp.yml"
    source.write_text(json.dumps(options), encoding="utf-8")
    environment = {**variables(panel), "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}

    def groups() -> tuple[dict[str, t.Any], dict[str, t.Any]]:
        into = ansible.folder / "inventory.yml"
        arguments = ["-i", str(source), "--list", "--export", "--yaml", "--output", str(into)]
        done = ansible.command("ansible-inventory", *arguments, environment=environment)
        assert done.status == 0, done.output
        inventory = yaml.safe_load(into.read_text(encoding="utf-8"))
        return inventory["all"]["children"]["onapp"]["children"], inventory["all"]["vars"]["onapp_inventory"]

    fresh, health = groups()
    found = sum(len(group.get("hosts", ())) for group in fresh.values())
    assert (health["source"], health["complete"], found) == ("api", True, health["virtual_machines"])
    requests = panel.counts()["requests"]
    assert requests == health["requests"] > 0
    (key,) = server.keys("*onapp*")
    stored = cached_text(server.get(key) or b"")
    assert "virtual_machine" in stored and panel.password not in stored

    cached, health = groups()
    assert (health["source"], health["requests"]) == ("cache", 0)
    assert cached == fresh
    assert panel.counts()["requests"] == requests
