# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin in this process, with the options of its documentation, against the simulated panel."""

from __future__ import annotations

import importlib
import json

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.utils.display import Display
from ansible_collections.community.onapp.plugins.inventory import onapp

NAME = "community.onapp.onapp"
CLOUD = {
    "virtual_machines": [
        {"id": number, "label": f"vm-{number}", "disks": [{"id": 100 + number}], "backups": [{}]} for number in (1, 2)
    ]
}


def fragments(documentation):
    """The classes of the fragments that a documentation is extended by."""
    for name in documentation["extends_documentation_fragment"]:
        *fetch, module, part = name.split(".") if name.count(".") > 2 else [*name.split("."), "documentation"]
        place = f"ansible_collections.{'.'.join(fetch)}.plugins" if len(fetch) == 2 else "ansible.plugins"
        found = importlib.import_module(f"{place}.doc_fragments.{module}").ModuleDocFragment
        yield yaml.safe_load(getattr(found, part.upper()))


@pytest.fixture(scope="module")
def _defined():
    """As Ansible's loader does it, which is not there in this process."""
    documentation = yaml.safe_load(onapp.DOCUMENTATION)
    options = {}
    for part in (*fragments(documentation), documentation):
        for name, option in part.get("options", {}).items():
            options.setdefault(name, {}).update(option)
    constants.config.initialize_plugin_configuration_definitions("inventory", NAME, options)


@pytest.fixture
def make(_defined):
    """A new plugin, as a run has one for each source."""

    def new():
        plugin = onapp.InventoryModule()
        plugin._load_name, plugin._redirected_names = NAME, [NAME]
        return plugin

    return new


@pytest.fixture
def said(monkeypatch):
    """What the user is warned of, and what -v shows."""
    texts = []
    monkeypatch.setattr(Display, "warning", lambda self, msg, *unused, **more: texts.append(msg))
    monkeypatch.setattr(Display, "v", lambda self, msg, *unused, **more: texts.append(msg))
    return texts


@pytest.fixture
def read(make, panel, tmp_path, said):
    """Reads a source with some options: the inventory, which a run that fails leaves as `read.inventory`."""
    panel.reset(cloud=CLOUD)
    connection = {"url": panel.url, "username": panel.username, "password": panel.password}
    file = tmp_path / "cloud.onapp.yml"

    def run(uses_cache=True, **options):
        file.write_text(json.dumps({"plugin": NAME, **connection, **options}), encoding="utf-8")
        plugin = make()
        run.inventory = InventoryData()
        plugin.parse(run.inventory, DataLoader(), str(file), uses_cache)
        if options.get("cache"):
            plugin.update_cache_if_changed()
        return run.inventory

    return run


def health(inventory):
    return inventory.groups["all"].vars["onapp_inventory"]


def test_hosts_with_their_state_and_a_record(read, said):
    inventory = read()
    assert sorted(inventory.hosts) == ["vm-1", "vm-2"]
    assert inventory.hosts["vm-1"].vars["onapp_backup"]["state"] == "protected"
    assert health(inventory)["complete"] is True
    assert [text for text in said if "plain http" in text] == said


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("onapp.yml", True), ("prod.onapp.yaml", True), ("hosts.yml", False), ("gone.onapp.yml", False)],
)
def test_names_of_files(make, tmp_path, said, name, is_one):
    path = tmp_path / name
    if not name.startswith("gone"):
        path.write_text("{}", encoding="utf-8")
    assert make().verify_file(str(path)) is is_one
    assert [text for text in said if "leaves" in text] == said
    assert len(said) == (name == "hosts.yml")


def test_a_refused_login_adds_nothing_but_the_record(read, panel):
    with pytest.raises(AnsibleParserError, match="password"):
        read(password="wrong")
    assert (read.inventory.hosts, health(read.inventory)["complete"]) == ({}, False)
    assert health(read.inventory)["failures"][0]["code"] == "auth"
    assert health(read.inventory)["requests"] == panel.counts()["requests"] == 1


@pytest.mark.parametrize("options", [{"policy": {"rpo": "1h"}}, {"timeout": "soon"}, {"no_such_option": 1}])
def test_a_wrong_option_adds_nothing_but_the_record(read, panel, options):
    with pytest.raises(AnsibleError):
        read(**options)
    assert read.inventory.hosts == {}
    assert health(read.inventory)["failures"][0]["code"] == "config"
    assert panel.counts()["requests"] == 0


class TestCache:
    def test_the_second_run_asks_for_nothing(self, read, panel, tmp_path):
        options = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "c")}
        fresh = read(**options)
        asked = panel.counts()["requests"]
        cached = read(**options)
        assert panel.counts()["requests"] == asked > 0
        assert (health(fresh)["source"], health(cached)["source"]) == ("api", "cache")
        read(uses_cache=False, **options)
        assert panel.counts()["requests"] == 2 * asked

    @pytest.mark.parametrize("cache", [False, True])
    def test_one_that_keeps_nothing_is_told(self, read, said, cache):
        read(cache=cache, cache_plugin="memory")
        assert len([text for text in said if "keeps nothing between runs" in text]) == cache


@pytest.mark.parametrize("use_extra_vars", [False, True])
def test_constructed_options(read, use_extra_vars):
    inventory = read(compose={"twice": "onapp_id * 2"}, use_extra_vars=use_extra_vars, strict=True)
    assert inventory.hosts["vm-2"].vars["twice"] == 4
